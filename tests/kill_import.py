"""kill -9 inside a large import, while the indexes it does without are away: after the restart nothing of it is there, all
indexes are, and the next import works. And after it was told to be kept, before its indexes are made: all of it is there."""
import os, shutil, sqlite3, subprocess, sys, zipfile

sys.path.insert(0, os.path.dirname(__file__))
from server import PROGRAM, Client, Server, accounts, end, folder, ok, run

ROWS = int(os.environ.get("ROWS", "24000"))
HEADINGS = ["村组", "户号", "户主", "姓名", "证件号", "与户主关系", "手机"]
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def person(i, group):
    """Every second one begins a household."""
    number = f"159801{1950 + i // 1000:04}0101{i % 1000:03}"
    number += "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS)) % 11]
    return [group, f"9{i // 2:09}", f"户主{i // 2 * 2}", f"成员{i}" if i % 2 else f"户主{i}", number, "配偶" if i % 2 else "户主", f"168{i:08}"]


def workbook(path, rows):
    """Written by hand: a library would take longer than the import."""
    def line(n, cells):
        return f'<row r="{n}">' + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in cells) + "</row>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType='
                   '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats'
                   '-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
                   'officedocument.spreadsheetml.worksheet+xml"/></Types>')
        z.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://'
                   'schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr("xl/workbook.xml", '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/'
                   'officeDocument/2006/relationships"><sheets><sheet name="花名册" sheetId="1" r:id="rId1"/></sheets></workbook>')
        z.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
                   'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        z.writestr("xl/worksheets/sheet1.xml", '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' +
                   "".join(line(n + 1, cells) for n, cells in enumerate([HEADINGS, *rows])) + "</sheetData></worksheet>")


def kept(data):
    """What a restart must leave as it was: indexes, and how many there are of people, households and facts."""
    db = sqlite3.connect(f"file:{data}/zhenwu.db?mode=ro", uri=True)
    indexes = {name for name, in db.execute("select name from sqlite_schema where type = 'index'")}
    counts = [db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("now_person", "now_household", "fact", "search_doc", "store_due")]
    db.close()
    return indexes, counts


def sound(data, when):
    status, out, err = run("audit", "verify", "--data", data, check=False)
    ok(status == 0, f"the chain of facts verifies {when}", out + err)
    status, out, err = run("rebuild", "--data", data, check=False)
    ok(status == 0, f"every table equals what its facts say {when}", out + err)


data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "0", "--seed", "1")[1])
groups = os.path.join(data, "groups.csv")
run("export", "--data", data, "村组", "--where", '类型 = "嘎查" or 类型 = "村"', groups)
group = open(groups, encoding="utf-8-sig").read().split("\n")[1].split(",")[1]
roll = os.path.join(data, "roll.xlsx")
workbook(roll, [person(i, group) for i in range(ROWS)])

with Server(data) as server:  # what a first start adds is there
    c = Client(server.port)
    assert c.sign_in("clerk", people["clerk"])[0] == 200
indexes, counts = kept(data)

# Killed in the middle: progress tells that rows are being written.
server = Server(data)
c = Client(server.port, c.cookie, c.csrf)
status, job, _ = c.call("POST", "/api/ledgers/人/import", raw=open(roll, "rb").read(), headers={"X-File-Name": "a.xlsx"})
state = {}
while status in (200, 202) and not (state.get("done", 0) > ROWS // 4 or state.get("state", "运行") != "运行"):
    status, state, _ = c.call("GET", "/api/jobs/" + job["job"])
server.kill()
ok(state.get("state") == "运行" and ROWS // 4 < state["done"] < ROWS, "it was killed in the middle of the import", state)
with Server(data):
    pass
after = kept(data)
ok(after[0] == indexes, "after the restart all indexes are there again", after[0] ^ indexes)
ok(after[1] == counts, "and nothing of the import is", (after[1], counts))
sound(data, "after the restart")
indexes, counts = kept(data)

# The next one works; killed when it has been told to be kept, before its indexes and search are made.
p = subprocess.Popen([PROGRAM, "import", "--data", data, "人", roll], stdout=subprocess.PIPE, text=True)
told = p.stdout.readline()
p.kill()
p.wait()
p.stdout.close()
ok(f"新增 {ROWS}" in told, "the next import works", told)
with Server(data) as server:
    c = Client(server.port, c.cookie, c.csrf)
    name = f"户主{ROWS - 2}"
    found = c.call("GET", f"/api/search?q={name}&limit=10")[1]["items"]
    ok(any(f["title"].startswith(name) for f in found), "whom it brought is found by search after the restart", found)
after = kept(data)
ok(after[0] == indexes, "all its indexes have been made then", after[0] ^ indexes)
more = [a - b for a, b in zip(after[1], counts)]
ok(more[0] == ROWS and more[1] == ROWS // 2 and more[3] == ROWS + ROWS // 2 and after[1][4] == 0,
   "what was told to be kept is there, each record once in search", more)
sound(data, "after the second restart")
shutil.rmtree(data)
end()
