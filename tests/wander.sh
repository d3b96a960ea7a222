exec /usr/bin/python3 tests/wander.py
