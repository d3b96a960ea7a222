exec /usr/bin/python3 tests/kill_destroy.py
