#!/bin/sh
# Policies from outside: the shipped ones may be in force, a town is screened, asked again, and a threshold is moved.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
zhenwu=build/zhenwu
n=0

# tell STATUS TITLE
tell() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work"/*.out 2>/dev/null | tail -n 40
    fi
}

"$zhenwu" policies packs >"$work/policies.out" 2>&1
tell $? 'every shipped policy may be in force'
"$zhenwu" demo --data "$work/town" --people 600 >"$work/demo.out" 2>&1
tell $? 'a demo town is made to be screened'
"$zhenwu" screen 卫生费 --data "$work/town" --out "$work/list.xlsx" >"$work/first.out" 2>&1
tell $? 'a whole town is screened by one command'
[ -s "$work/list.xlsx" ]
tell $? 'the screening comes as a workbook'
"$zhenwu" screen sanitation_fee --data "$work/town" --threads 1 --out "$work/again.xlsx" >"$work/second.out" 2>&1 &&
    [ "$(grep -o '[0-9a-f]\{64\}' "$work/first.out")" = "$(grep -o '[0-9a-f]\{64\}' "$work/second.out")" ]
tell $? 'the same facts screened again, by another number of threads, give the same digest'
cmp "$work/list.xlsx" "$work/again.xlsx" >"$work/same.out" 2>&1
tell $? 'and the same workbook, byte for byte'
"$zhenwu" simulate 卫生费 --data "$work/town" --set '8:2=[0..3];9:2=> 3' >"$work/simulate.out" 2>&1 && grep -q '^合计' "$work/simulate.out"
tell $? 'moving a threshold shows the cost for the whole town'
"$zhenwu" simulate 卫生费 --data "$work/town" --set '99:1=-' >"$work/wrong.out" 2>&1
[ $? -eq 1 ] && grep -q '不在表里' "$work/wrong.out"
tell $? 'a cell that is not there is refused with words'
"$zhenwu" screen 没有的政策 --data "$work/town" >"$work/none.out" 2>&1
[ $? -eq 1 ] && grep -q '没有这个政策' "$work/none.out"
tell $? 'a policy that is not there is refused and the others are named'
"$zhenwu" table 卫生费 "$work/table.xlsx" >"$work/table.out" 2>&1 &&
    "$zhenwu" table 卫生费 "$work/table.xlsx" --into "$work/back.dmn" >>"$work/table.out" 2>&1 && "$zhenwu" dmn check "$work/back.dmn" >>"$work/table.out"
tell $? 'a decision table goes out to Excel and comes back whole'
"$zhenwu" audit verify --data "$work/town" >"$work/audit.out" 2>&1
tell $? 'screenings are facts of an unbroken chain'
echo "1..$n"
