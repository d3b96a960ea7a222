#!/bin/sh
exec /usr/bin/python3 tests/packs.py
