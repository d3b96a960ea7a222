exec /usr/bin/python3 tests/report.py
