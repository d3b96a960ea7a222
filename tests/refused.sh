#!/bin/sh
# A command that is refused in the middle of its work says why and ends.
cd "$(dirname "$0")/.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
mkdir -p "$folder/packs/bad/ledgers"
echo '{"业务包": "坏", "英文名": "bad", "次序": 1}' >"$folder/packs/bad/pack.json"
echo '{"台账": "坏", "英文名": "bad", "字段": [{"名": "甲", "英文名": "a", "类型": "没有这种"}]}' >"$folder/packs/bad/ledgers/bad.json"
bad=0
for command in "demo --people 3" "serve --listen 127.0.0.1:0"; do
    timeout 20 "${PROGRAM:-build/zhenwu}" $command --data "$folder/data" --packs "$folder/packs" >"$folder/out" 2>"$folder/err"
    status=$?
    if [ "$status" = 1 ] && grep -q 'bad.json' "$folder/err"; then
        echo "ok - ${command%% *}: definitions with a mistake are refused with the file's name, and the program ends"
    else
        echo "not ok - ${command%% *}: definitions with a mistake are refused with the file's name, and the program ends"
        echo "# status $status"; sed 's/^/# /' "$folder/err"
        bad=1
    fi
    rm -rf "$folder/data"
done
exit $bad
