#!/bin/sh
exec /usr/bin/python3 tests/chosen.py
