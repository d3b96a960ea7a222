exec python3 tests/hostile.py
