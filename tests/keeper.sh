exec /usr/bin/python3 tests/keeper.py
