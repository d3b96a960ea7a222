"""Every interchange file is read with the counts of index.json and written back without loss; what is not well-formed is
refused with line and column."""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

pack = Path(sys.argv[1])
wrong = read = refused = 0


def zhenwu(verb, path):
    return subprocess.run(["build/zhenwu", "bpmn", verb, str(path)], capture_output=True)


for entry in json.loads((pack / "index.json").read_text())["files"]:
    path = pack / entry["file"]
    check = zhenwu("check", path)
    if not entry["wellformed"]:
        good = check.returncode == 2 and re.search("第[0-9]+行第[0-9]+字", check.stderr.decode())
        refused += bool(good)
    else:
        wanted = tuple(entry[k] for k in ("processes", "flowNodes", "sequenceFlows", "shapes", "edges"))
        found = re.search("流程 ([0-9]+)，节点 ([0-9]+)，顺序流 ([0-9]+)，图形 ([0-9]+)，连线 ([0-9]+)", check.stdout.decode())
        good = check.returncode in (0, 1) and found and tuple(map(int, found.groups())) == wanted
        before = tree.canonicalize(from_file=str(path), with_comments=True)
        good = good and tree.canonicalize(xml_data=zhenwu("write", path).stdout.decode(), with_comments=True) == before
        read += bool(good)
    if not good:
        wrong += 1
        print("wrong:", entry["file"])
print(f"{read} read and written back, {refused} refused with their place, {wrong} wrong")
sys.exit(wrong > 0)
