exec /usr/bin/python3 tests/work.py
