exec /usr/bin/python3 tests/deploy.py
