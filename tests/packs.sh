#!/bin/sh
exec python3 tests/packs.py
