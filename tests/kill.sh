exec /usr/bin/python3 tests/kill.py
