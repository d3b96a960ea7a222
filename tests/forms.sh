exec /usr/bin/python3 tests/forms.py
