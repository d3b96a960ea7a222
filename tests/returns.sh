exec /usr/bin/python3 tests/returns.py
