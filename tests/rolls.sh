exec /usr/bin/python3 tests/rolls.py
