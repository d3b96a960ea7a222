exec /usr/bin/python3 tests/kill_import.py
