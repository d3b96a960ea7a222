"""Every interchange file is read with the counts of index.json and written back without loss; what is not well-formed is
refused with line and column."""
import json
import re
import subprocess
import sys
import xml.parsers.expat
from pathlib import Path

pack = Path(sys.argv[1])
wrong = read = refused = 0


def zhenwu(verb, path):
    return subprocess.run(["build/zhenwu", "bpmn", verb, str(path)], capture_output=True)


def pieces(text):
    """All that a document says, in order: tags with their attributes in any order, texts, CDATA, comments, instructions."""
    found = []
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: found.append(("start", name, sorted(attributes.items())))
    parser.EndElementHandler = lambda name: found.append(("end", name))
    parser.CharacterDataHandler = lambda data: found.append(("text", data))
    parser.CommentHandler = lambda data: found.append(("comment", data))
    parser.StartCdataSectionHandler = lambda: found.append(("cdata",))
    parser.EndCdataSectionHandler = lambda: found.append(("cdata end",))
    parser.ProcessingInstructionHandler = lambda target, data: found.append(("instruction", target, data))
    parser.Parse(text, True)
    joined = []
    for piece in found:
        if piece[0] == "text" and joined and joined[-1][0] == "text":
            piece = ("text", joined.pop()[1] + piece[1])
        joined.append(piece)
    return joined


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
        good = good and pieces(zhenwu("write", path).stdout) == pieces(path.read_bytes())
        read += bool(good)
    if not good:
        wrong += 1
        print("wrong:", entry["file"])
print(f"{read} read and written back, {refused} refused with their place, {wrong} wrong")
sys.exit(wrong > 0)
