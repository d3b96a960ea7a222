exec /usr/bin/python3 tests/cli.py
