#!/bin/sh
# The town's own tests: every story of the packs, told in a town made for them.
cd "$(dirname "$0")/.." || exit 1
exec "${PROGRAM:-build/zhenwu}" story packs
