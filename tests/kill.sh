exec python3 tests/kill.py
