"""What nobody means well with: broken, huge and deceiving input. The program answers with words, keeps nothing of it and goes on."""
import io, json, os, random, select, shutil, socket, struct, sys, threading, urllib.parse, zipfile, zlib

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "0", "--seed", "1")[1])
server = Server(data)
clerk = Client(server.port)
assert clerk.sign_in("clerk", people["clerk"])[0] == 200
UNITS = "/api/ledgers/单位/records"


def alive(title, good, detail=""):
    """Whatever was sent, the next person is served, and nothing was kept."""
    status, answer, _ = Client(server.port, clerk.cookie, clerk.csrf).call("GET", UNITS + "?count=1&limit=1")
    ok(good and status == 200 and answer["count"] == before and server.process.poll() is None, title, (detail, status))


before = clerk.call("GET", UNITS + "?count=1&limit=1")[1]["count"]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(raw, name, content=None):
    """The same workbook with one part replaced; None: left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            if item != name:
                new.writestr(item, old.read(item))
        if content is not None:
            new.writestr(name, content)
    return out.getvalue()


def bring(raw, query=""):
    """The end of an import: ("refused", words) or ("done", report)."""
    c = Client(server.port, clerk.cookie, clerk.csrf)
    status, answer, _ = c.call("POST", "/api/ledgers/单位/import" + query, raw=raw, headers={"X-File-Name": "a.xlsx"})
    if status != 202:
        return "refused", answer
    state = c.job(answer["job"])
    if state["state"] != "完成":
        return "refused", state
    return "done", state["report"]


# ---- workbooks -----------------------------------------------------------------------------------------------

good = workbook(["名称", "类型"], ["甲店", "企业"], ["乙店", "企业"])
sheet = "xl/worksheets/sheet1.xml"
main = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
cells = '<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c><c r="B%d" t="inlineStr"><is><t>%s</t></is></c></row>'
heading = cells % (1, 1, "名称", 1, "类型")
rng = random.Random(7)
truncated = [bring(good[:n]) for n in (0, 1, 4, 30, len(good) // 3, len(good) // 2, len(good) - 22, len(good) - 1)]
alive("a truncated workbook is refused wherever it breaks off", all(kind == "refused" for kind, _ in truncated), truncated)
spoilt = []
for i in range(60):
    raw = bytearray(good)
    for _ in range(rng.randint(1, 8)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    spoilt.append(bring(bytes(raw), "?dry_run=1")[0])
alive("a workbook with bytes changed at random harms nothing", set(spoilt) <= {"refused", "done"}, spoilt)


def bomb(megabytes, copies=1):
    raw = changed(good, sheet)
    out = io.BytesIO(raw)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as z:
        with z.open(sheet, "w") as f:
            f.write((main.split("%s")[0] + heading).encode())
            for _ in range(megabytes):
                f.write(b" " * (1 << 20))
            f.write(main.split("%s")[1].encode())
    return out.getvalue()


small = bomb(700)
kind, words = bring(small)
alive("a workbook that unpacks to seven hundred times its size is refused", kind == "refused" and len(small) < 2 << 20, (kind, words, len(small)))
lies = bytearray(good)
at = lies.rfind(sheet.encode()) - 46  # its entry in the list at the end
lies[at + 24:at + 28] = struct.pack("<I", 7)
alive("a part that says it is smaller than it is, is refused", bring(bytes(lies))[0] == "refused")
deep = changed(good, sheet, main % (heading + "<row>" + "<x>" * 100000 + "</x>" * 100000 + "</row>"))
alive("a hundred thousand nested elements do no harm", bring(deep, "?dry_run=1")[0] in ("refused", "done"))
entity = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) +
          ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + heading + cells % (2, 2, "&j;", 2, "企业") +
          '</sheetData></worksheet>')
alive("entities that unfold without end are refused", bring(changed(good, sheet, entity))[0] == "refused")
outside = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
           '<sheetData>' + heading + cells % (2, 2, "&a;", 2, "企业") + '</sheetData></worksheet>')
kind, words = bring(changed(good, sheet, outside))
alive("a file of the server cannot be drawn into a workbook", kind == "refused" and "root:" not in json.dumps(words, ensure_ascii=False), words)
alive("a workbook without its sheet is refused", bring(changed(good, sheet))[0] == "refused")
alive("a workbook that is something else is refused", all(bring(raw)[0] == "refused" for raw in (
    b"%PDF-1.7 nothing here", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"<html><table><tr><td>x</td></tr></table></html>", bytes(1000), "名称,类型\n甲,企业\n".encode("utf-16"))))
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as z:
    z.writestr("../../../../tmp/zhenwu-escaped", "x")
    z.writestr("/tmp/zhenwu-escaped", "x")
alive("an archive whose names climb out writes nothing outside", bring(out.getvalue())[0] == "refused" and not os.path.exists("/tmp/zhenwu-escaped"))

with zipfile.ZipFile(io.BytesIO(good)) as z:
    types = z.read("[Content_Types].xml").decode()
macro = changed(changed(good, "[Content_Types].xml", types.replace("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                                                                   "application/vnd.ms-excel.sheet.macroEnabled.main+xml")), "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(2000))
kind, words = bring(macro, "?dry_run=1")
alive("a workbook with macros is refused, and says how to save it without", kind == "refused" and "宏" in json.dumps(words, ensure_ascii=False), (kind, words))
kind, report = bring(workbook(["名称", "类型"], ["=HYPERLINK(\"http://x\",\"甲\")", "企业"], ["=1+1", "企业"], [12345, True], ["乙", 3.5]), "?dry_run=1")
alive("cells of other types than the field's are told row by row", kind == "refused" or report["bad"] >= 2, report)
kind, report = bring(workbook(["名称", "类型"], ["x" * 30000, "企业"], ["乙" * 61, "企业"]))
alive("text longer than the field is refused by its cell", kind == "refused" or (report["bad"] == 2 and not report["kept"]), report)
wide = workbook(["名称", "类型"] + [f"列{i}" for i in range(16000)], ["甲", "企业"])
alive("sixteen thousand columns do no harm", bring(wide, "?dry_run=1")[0] in ("refused", "done"))
far = changed(good, sheet, main % (heading + '<row r="99999999999"><c r="ZZZZZZ99999999999"><v>1</v></c></row><row r="-1"><c r="??"><v>1</v></c></row>'))
alive("a cell that lies nowhere does no harm", bring(far, "?dry_run=1")[0] in ("refused", "done"))

# ---- an office's own Word file -------------------------------------------------------------------------------------

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT = f'<w:document xmlns:w="{W}"><w:body>%s</w:body></w:document>'
PARAGRAPH = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"


def word(body=PARAGRAPH % "{{年度}}", **more):
    """A document; further parts by name, with __ for / and _dot_ for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        parts = {"[Content_Types].xml": TYPES, "word/document.xml": body if body.startswith("<?") or body.startswith("<!") else DOCUMENT % body}
        parts.update({k.replace("_dot_", ".").replace("__", "/"): v for k, v in more.items()})
        for name, text in parts.items():
            z.writestr(name, text)
    return out.getvalue()


def keep(raw, name="样.docx"):
    status, answer, _ = Client(server.port, clerk.cookie, clerk.csrf).call("POST", "/api/templates", raw=raw, headers={"X-File-Name": "%E6%A0%B7.docx"})
    return status, str(answer)


def refused(title, raws, *words):
    answers = [keep(raw) for raw in raws]
    kept = clerk.call("GET", "/api/reports")[1]["own"]
    alive(title, all(400 <= s < 500 and "样.docx" in a and all(w in a for w in words) for s, a in answers) and kept == [], answers)


sound = word()
refused("a truncated Word file is refused wherever it breaks off, with its name", [sound[:n] for n in (1, 4, 30, len(sound) // 3, len(sound) // 2, len(sound) - 22, len(sound) - 1)])
refused("a Word file with macros is refused, and told how to be saved without", [word(word__vbaProject_dot_bin="x"), word(**{"[Content_Types].xml": "<Types><Override PartName='/word/document.xml' ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/></Types>"})], "宏", "另存")
LINK = "<Relationships><Relationship Id='r1' Type='http://x/%s' Target='%s' TargetMode='External'/></Relationships>"
refused("a Word file that reaches for something outside when it is opened is refused",
        [word(**{"word/_rels/settings.xml.rels": LINK % ("attachedTemplate", "http://example.org/a.dotm")}), word(**{"word/_rels/document.xml.rels": LINK % ("image", "\\\\host\\a.png")}),
         word(**{"word/_rels/document.xml.rels": LINK % ("hyperlink", "file:///etc/passwd")})], "链接到外面")
refused("and one with objects inside", [word(**{"word/embeddings/oleObject1.bin": "x"}), word(**{"word/activeX/activeX1.xml": "<a/>"})], "不予接收")
ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + "]>"
refused("entities are not expanded, nor fetched", [word(ENTITIES + (DOCUMENT % (PARAGRAPH % "&j;{{年度}}"))), word('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + (DOCUMENT % (PARAGRAPH % "&a;{{年度}}")))], "DOCTYPE")
refused("a Word file that unpacks to hundreds of times its size is refused", [word(PARAGRAPH % ("{{年度}}" + " " * (400 << 20)))])
refused("names that lead out of the file, or stand twice, are refused", [word(**{"word/../../../tmp/x": "x"}), word(**{"/etc/x": "x"}), word(**{"word\\x.xml": "x"})])
refused("so are a hundred thousand elements within each other, and what is not XML", [word("<w:p>" * 100000 + "</w:p>" * 100000), word("<w:p>"), word(PARAGRAPH % "\x01{{年度}}")])
refused("what is no Word or Excel file is named", [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + b"x" * 600, b"%PDF-1.7", b"{\\rtf1", b"<html>", b"x", word(PARAGRAPH % "没有要填的")])
spoilt = []
for i in range(60):
    raw = bytearray(sound)
    for _ in range(rng.randint(1, 8)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    spoilt.append(keep(bytes(raw))[0])
alive("a Word file with bytes changed at random harms nothing", set(spoilt) <= {200, 400, 409, 422}, spoilt)
for name in [o["name"] for o in clerk.call("GET", "/api/reports")[1]["own"]]:
    clerk.call("DELETE", "/api/templates/" + urllib.parse.quote(name))

# ---- conditions ----------------------------------------------------------------------------------------------

for text in ("(" * 10000 + "1" + ")" * 10000, "[" * 10000, "{a:" * 10000, "not(" * 10000 + "true" + ")" * 10000, "if " * 10000, "1" + "+1" * 50000, "-" * 10000 + "1",
             "a.b" * 9000, "\"" + "x" * 100000, "for x in 1..1000000000 return x", "some x in 1..100000000 satisfies some y in 1..100000000 satisfies x < 0",
             "matches(名称, \"(a+)+$\")", "名称 = \"" + "\\u0000" * 100 + "\"", "\x00\x01\x02", "'; drop table now_entity; --", "名称 = \"' or 1=1 --\""):
    status, answer, _ = clerk.call("POST", "/api/ledgers/单位/where", {"where": text})
    good_answer = (status == 200 and (answer["ok"] is False and answer["error"]["text"] or answer["ok"] and answer["count"] >= 0)) or 400 <= status < 500
    alive(f"the condition {text[:14]!r}… of {len(text)} characters is answered", good_answer, (status, str(answer)[:300]))

# ---- JSON and HTTP -------------------------------------------------------------------------------------------

for raw in (b"", b"{", b"[1,2]", b"null", b"\xff\xfe{}", b'{"values":{"\xc3\x28":1}}', b'{"values":{"a":"\\ud800"}}', b'{"values":' + b"[" * 100000, b'{"a":1,"a":2}', b'{"values":{"\\u0000":1}}',
            b'{"values":1e999}', b'{"values":{"\xe5\x90\x8d\xe7\xa7\xb0":"\\u0000","\xe7\xb1\xbb\xe5\x9e\x8b":[[]]}}', b'{"values":{"\xe5\x90\x8d\xe7\xa7\xb0":{"a":{}}}}',
            '{"values":{"名称":"甲\\u202e乙","类型":"没有"}}'.encode()):
    status, answer, headers = clerk.call("POST", UNITS, raw=raw, headers={"Content-Type": "application/json"})
    alive(f"the body {raw[:24]!r} is refused with words", 400 <= status < 500 and headers["Content-Type"] == "application/problem+json" and answer["detail"], (status, answer))
status, answer, _ = clerk.call("POST", UNITS, raw=b'{"values":{"a":"' + b"x" * (3 << 20) + b'"}}', headers={"Content-Type": "application/json"})
alive("a form of three megabytes is too large", status == 413, (status, answer))
status, answer, _ = Client(server.port, clerk.cookie, clerk.csrf).call("GET", UNITS + "?where=" + "a" * 20000)
alive("an address of twenty thousand characters is too long", status in (414, 431), (status, answer))


def raw_call(*parts, until=1 << 16):
    """Bytes as they are; what comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        got = b""
        try:
            for part in parts:
                s.sendall(part)
            s.shutdown(socket.SHUT_WR)
            while len(got) < until:
                more = s.recv(1 << 16)
                if not more:
                    break
                got += more
        except OSError:
            pass
        return got


def first_line(got):
    return got.split(b"\r\n", 1)[0]


for request in (b"GET /api/health\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /api/ledgers/%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /api/ledgers/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n", b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
                b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 500 + b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 40000 + b"\r\n\r\n",
                b"GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: zhenwu=" + b"0" * 64 + b"\r\n\r\n", b"GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: zhenwu=' or 1=1\r\n\r\n"):
    got = raw_call(request)
    alive(f"the request {request[:44]!r} gets nothing", b" 200 " not in first_line(got) and b"root:" not in got, got[:200])
waiting = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(40)]
for s in waiting:
    s.sendall(b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
alive("forty people who never finish their request hold up nobody", True)
for s in waiting:
    s.close()


def upload_cut():
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        s.sendall(("POST /api/ledgers/entity/import HTTP/1.1\r\nHost: x\r\nX-CSRF: %s\r\nCookie: zhenwu=%s\r\nContent-Length: 5000000\r\n\r\n" % (clerk.csrf, clerk.cookie)).encode())
        s.sendall(b"PK\x03\x04" + bytes(200000))


for _ in range(5):
    upload_cut()
alive("an upload that is cut off leaves nothing", True)
left = [n for n in os.listdir(os.path.join(data, "work")) if not n.endswith(".xlsx")]
ok(not left, "and no file of its own", left)

# ---- many at once, with rubbish ------------------------------------------------------------------------------

answers = []


def rubbish(seed):
    r = random.Random(seed)
    c = Client(server.port, clerk.cookie, clerk.csrf)
    for _ in range(40):
        method = r.choice(["GET", "POST", "PATCH", "DELETE", "PUT"])
        place = r.choice(["/api/ledgers/单位/records", "/api/ledgers/人/where", "/api/search?q=" + chr(r.randrange(0x20, 0x9fff)), "/api/jobs/x", "/api/ledgers/" + "%2f" * 3,
                          "/api/audit/facts?cursor=9", "/api/files/" + "0" * 64, "/api/ledgers/单位/records/" + "0" * 32 + "/reveal", "/api/events/x", "/api/feel"])
        body = r.choice([None, b"{}", b'{"values":{}}', b'{"fields":["x"],"reason":"y"}', bytes(r.randrange(256) for _ in range(50))])
        try:
            answers.append(c.call(method, place, raw=body, headers={"If-Match": r.choice(['"1"', "x", '""', '"'])})[0])
        except Exception as e:  # the server may close a connection whose body it does not want
            c = Client(server.port, clerk.cookie, clerk.csrf)
            if not isinstance(e, (ConnectionError, OSError)) and type(e).__module__ != "http.client":
                raise


threads = [threading.Thread(target=rubbish, args=(i,)) for i in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
alive("eight people who send rubbish at once never meet a fault of the system", answers and all(a < 500 or a == 501 for a in answers), sorted(set(answers)))

status = server.stop()
ok(status == 0, "after all of it the program ends well when told to", status)

# ---- who takes their time, and who takes all of it -----------------------------------------------------------


def reach(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))


def drip(s, piece, most):
    """Sends a piece whenever the server has said nothing for a hundredth of a second; how many, and what it then said until it closed."""
    sent, said = 0, b""
    while sent < most and not select.select([s], [], [], 0.01)[0]:
        try:
            s.sendall(piece)
        except OSError:
            break
        sent += 1
    try:
        while part := s.recv(65536):
            said += part
    except OSError:
        pass
    return sent, said


with Server(data, "--header-seconds", "1", "--body-seconds", "1", "--per-address", "4") as hasty:
    s = reach(hasty.port)
    ok(s.recv(1) == b"", "who connects and asks nothing is sent away")
    s = reach(hasty.port)
    s.sendall(b"GET /api/health HTTP/1.1\r\nHost: t\r\nX-Slow: ")
    sent, said = drip(s, b"x", 5000)
    ok(sent < 5000 and b" 408 " in said and b"application/problem+json" in said, "a header that comes letter by letter is cut off, and told why", (sent, said[:80]))
    s = reach(hasty.port)
    s.sendall(b"POST /api/session HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    sent, said = drip(s, b" ", 20000)
    ok(sent < 20000 and b" 408 " in said, "and so is a body", (sent, said[:80]))
    held = [reach(hasty.port) for _ in range(4)]
    for h in held:
        h.sendall(b"GET /api/health HTTP/1.1\r\nHost: t\r\n\r\n")
    served = [b" 200 " in h.recv(65536) for h in held]
    fifth = reach(hasty.port)
    try:
        fifth.sendall(b"GET /api/health HTTP/1.1\r\nHost: t\r\n\r\n")
        answer = fifth.recv(65536)
    except OSError:
        answer = b""
    elsewhere = reach(hasty.port, "127.0.0.9")
    elsewhere.sendall(b"GET /api/health HTTP/1.1\r\nHost: t\r\n\r\n")
    ok(all(served) and answer == b"" and b" 200 " in elsewhere.recv(65536), "one address cannot take the connections of the others", (served, answer[:80]))
    for h in held:
        h.close()
status, _, words = run("serve", "--data", data, "--listen", "127.0.0.1:0", "--header-seconds", "0", check=False)
ok(status == 1 and "--header-seconds" in words, "a limit that would lock everybody out is refused", (status, words))
code, out, err = run("audit", "verify", "--data", data, check=False)
ok(code == 0, "and the chain of facts verifies", out + err)
shutil.rmtree(data)
end()
