#!/bin/sh
# Documents and forms from outside: zhenwu paper, and what poppler and Python's zip and XML readers make of its files.
exec /usr/bin/python3 tests/paper.py
