exec python3 tests/rolls.py
