exec /usr/bin/python3 tests/sheets.py
