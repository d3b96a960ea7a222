exec /usr/bin/python3 tests/kill_clock.py
