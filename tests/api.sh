exec /usr/bin/python3 tests/api.py
