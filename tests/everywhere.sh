exec /usr/bin/python3 tests/everywhere.py
