exec /usr/bin/python3 tests/flow.py
