#!/bin/sh
# Policies through the server: library, simulation, why, screening, doubts, rosters, editions, and who may.
exec python3 tests/screening.py
