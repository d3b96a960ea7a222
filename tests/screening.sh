#!/bin/sh
# Policies through the server: library, simulation, why, screening, doubts, rosters, editions, and who may.
exec /usr/bin/python3 tests/screening.py
