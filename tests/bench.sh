#!/bin/sh
# What measures is no test, but it must build with the rooms as they are, or nobody can measure: programs of bench/ and their scripts.
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
bad=0
tell() { # STATUS TITLE
    if [ "$1" -eq 0 ]; then
        echo "ok - $2"
    else
        echo "not ok - $2"
        sed 's/^/# /' "$work/log" | tail -n 20
        bad=1
    fi
}
for source in bench/*/*.c; do
    library=
    grep -q 'include <xlsxwriter.h>' "$source" && library=-lxlsxwriter
    sh bench/compile "$work/program" "$source" $library >"$work/log" 2>&1
    tell $? "$source builds"
done
for script in bench/*/run; do
    sh -n "$script" >"$work/log" 2>&1
    tell $? "$script can be read by the shell"
done
for program in bench/*/*.py; do
    PYTHONPYCACHEPREFIX="$work" python3 -m py_compile "$program" >"$work/log" 2>&1
    tell $? "$program can be read by Python"
done
exit $bad
