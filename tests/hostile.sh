exec /usr/bin/python3 tests/hostile.py
