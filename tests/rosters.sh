exec /usr/bin/python3 tests/rosters.py
