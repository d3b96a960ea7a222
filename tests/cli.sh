exec python3 tests/cli.py
