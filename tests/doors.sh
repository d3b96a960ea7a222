exec /usr/bin/python3 tests/doors.py
