#!/bin/sh
exec /usr/bin/python3 tests/upgrade.py
