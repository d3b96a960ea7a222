exec python3 tests/api.py
