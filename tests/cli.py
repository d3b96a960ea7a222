"""Every command of `zhenwu help`, its exit status, and what offices do with it: export, edit, import; verify; back up and restore; rebuild."""
import csv, io, json, os, pty, re, shutil, signal, sqlite3, subprocess, sys, termios, threading

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import PROGRAM, Client, Server, accounts, end, folder, ok, run

top = folder()
data = os.path.join(top, "data")
PACKS = os.path.join(os.path.dirname(__file__), "..", "packs")


def z(*args):
    return run(*args, check=False)


def rows(path):
    return [list(r) for r in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def table(path):
    """Heading row and the rows below, of an exported sheet: the heading is the first row that holds 名称."""
    all_rows = rows(path)
    at = next(i for i, r in enumerate(all_rows) if "名称" in r)
    return at, all_rows[at], [r for r in all_rows[at + 1:] if any(v is not None for v in r)]


# ---- usage ---------------------------------------------------------------------------------------------------

status, usage, err = z("help")
commands = re.findall(r"^  zhenwu ((?:audit )?\w+)", usage, re.M)
ok(status == 0 and not err and {"serve", "demo", "import", "export", "audit verify", "backup", "restore", "rebuild", "check", "openapi", "dmn"} <= set(commands),
   "help lists the commands", commands)
ok(z()[0] == 2 and z("nothing")[0] == 2 and z("--help")[0] == 0, "no command and an unknown one are wrong usage")
ok("没有这个命令：nothing" in z("nothing")[2], "an unknown command is named, not answered with the whole list", z("nothing"))
helps = [z("help", "import"), z("import", "--help"), z("audit", "verify", "--help")]
ok(all(h[0] == 0 and h[1].count("zhenwu ") == 1 for h in helps), "a command tells its own usage when asked", helps)
ok("zhenwu import LEDGER FILE.xlsx" in z("import")[2], "wrong usage shows the right one beside the reason", z("import"))
for args in (("export",), ("export", "单位"), ("export", "单位", "a.xlsx", "b"), ("demo", "--people"), ("demo", "--nothing"), ("backup",), ("audit", "nothing"), ("serve", "x")):
    status, out, err = z(*args)
    ok(status == 2 and err, f"zhenwu {' '.join(args)} is wrong usage, and says why", (status, out, err))
for args in (("export", "单位", "a.xlsx", "--data", top + "/none"), ("rebuild", "--data", top + "/none"), ("audit", "verify", "--data", top + "/none"),
             ("import", "单位", top + "/none.xlsx", "--data", top + "/none"), ("backup", top + "/b", "--data", top + "/none"), ("restore", top + "/none", "--data", top + "/r"),
             ("demo", "--people", "-1", "--data", top + "/d"), ("demo", "--people", "viel", "--data", top + "/d"), ("check", top + "/none"),
             ("serve", "--listen", "nowhere", "--data", top + "/d"), ("openapi", "--packs", top + "/none")):
    status, out, err = z(*args)
    ok(status == 1 and err and not os.path.exists(top + "/none"), f"zhenwu {args[0]} {args[1][-8:]} that cannot be done ends with 1 and words", (status, out, err))

# ---- definitions ---------------------------------------------------------------------------------------------

status, out, err = z("check", PACKS)
ok(status == 0 and re.search(r"\d+ 个台账", out), "check accepts the packs of the town", out + err)
broken = os.path.join(top, "packs")
shutil.copytree(PACKS, broken)
place = os.path.join(broken, "base", "ledgers", "person.json")
text = open(place, encoding="utf-8").read()
open(place, "w", encoding="utf-8").write(text.replace('"类型": "文30"', '"类型": "文三十"', 1))
status, out, err = z("check", broken)
ok(status == 1 and "person.json" in err and re.search(r"\d", err), "check names file and line of what is wrong", (status, out, err))
status, out, _ = z("openapi", "--packs", PACKS)
ok(status == 0 and json.loads(out)["openapi"].startswith("3.1"), "openapi prints the description", status)
ok(z("dmn")[0] == 2, "dmn without arguments is wrong usage")
model = os.path.join(top, "sum.dmn")
open(model, "w", encoding="utf-8").write(
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:a" name="a"><inputData id="i" name="x"/><decision id="d" name="y">'
    '<informationRequirement><requiredInput href="#i"/></informationRequirement><literalExpression><text>1 + x</text></literalExpression></decision></definitions>')
asked = ("dmn", "eval", model, "--decision", "y", "--input", '{"x": null}')
plain, neutral = z(*asked), z(*asked, "--b-feel")
ok(plain[:2] == (0, "null\n") and neutral[:2] == (0, "1\n") and "无法相加" in plain[2] and "无法相加" in neutral[2],
   "dmn eval answers null with the reason, and with --b-feel the neutral value with the same reason", (plain, neutral))

def model(name, text):
    path = os.path.join(top, name)
    open(path, "w", encoding="utf-8").write(text)
    return path


BPMN = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:t">\n%s</definitions>'
FLOW = '<sequenceFlow id="%s_%s" sourceRef="%s" targetRef="%s"/>'
ROUND = '<process id="p" isExecutable="true"><startEvent id="s"/><task id="a"/><task id="b"/>' + "".join(FLOW % (x * 2) for x in (("s", "a"), ("a", "b"), ("b", "a"))) + "</process>"
for name, text, status, words in (("sound.bpmn", BPMN % ('<process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>' + FLOW % ("s", "e", "s", "e") + "</process>"), 0, "没有发现问题"),
                                  ("round.bpmn", BPMN % ROUND, 1, ":2:57: 任务「a」：这一圈不等人，也没有出口，走到这里就停不下来：a → b → a"),
                                  ("doctype.bpmn", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n' + BPMN % "&x;", 1, ":1:13: 文件：不允许文档类型声明"),
                                  ("deep.bpmn", BPMN % ("<a>" * 250 + "</a>" * 250), 1, ":2:598: 文件：层次太深"),
                                  ("many.bpmn", BPMN % ('<process id="p">' + "".join(f'<task id="t{i}"/>' for i in range(10001)) + "</process>"), 1, ":1:1: 文件：一个文件里最多 10000 个节点"),
                                  ("page.bpmn", "<html/>", 1, ":1:1: 文件：不是BPMN文件"),
                                  ("cut.bpmn", (BPMN % ROUND)[:200], 2, "第2行第"),
                                  ("deep_cut.bpmn", BPMN % ("<a>" * 250 + "</a>" * 249), 2, "第2行第")):
    got, out, err = z("bpmn", "check", model(name, text))
    ok(got == status and words in (err if status == 2 else out), f"bpmn check of {name}: {status}, and what is the matter with its place", (got, out[-300:], err[-300:]))

ages = os.path.join(top, "age.dmn")
open(ages, "w", encoding="utf-8").write(
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:b" name="b"><inputData id="i" name="年龄"><variable name="年龄" '
    'typeRef="number"/></inputData><decision id="d" name="补助"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
    '<decisionTable hitPolicy="UNIQUE"><input><inputExpression typeRef="number"><text>年龄</text></inputExpression></input><output name="补助"/>' +
    "".join(f"<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{result}</text></outputEntry></rule>"
            for cell, result in (("≥ ６０", "100"), ("&lt; 50", "-1"), ("[80..70]", "1"), ("低保", "2"))) +
    "</decisionTable></decision></definitions>")
status, out, err = z("dmn", "check", ages)
ok(status == 1 and "按 >= 60 理解" in out and out.count("；例如 年龄 = ") == 3 and "没有一条规则管到，请补上规则；例如 年龄 = 5" in out
   and "第3条规则永远不会符合" in out and '请加引号："低保"' in out,
   "dmn check tells gaps, dead rules and words without quotes, each with an input that shows it, and what it read of full-width signs", (status, out, err))
status, out, err = z("dmn", "eval", ages, "--decision", "补助", "--input", '{"年龄": 65}', "--explain")
ok(status == 0 and out.startswith("100\n") and "第1条符合" in out and "第2条不符合：「年龄」一格" in out,
   "dmn eval --explain says which rule matched, and the first false cell of each that did not", (status, out, err))
status, out, err = z("dmn", "eval", ages, "--decision", "补助", "--input", "{}")
ok(status == 0 and out == "null\n" and "缺少「年龄」，不能判定" in err, "an input that is not given decides nothing: dmn eval says what is lacking", (status, out, err))
status, out, err = z("dmn", "eval", ages, "--decision", "补助", "--input", "[65]")
ok(status == 2 and "JSON 对象" in err, "an input that is no object is refused in words", (status, out, err))
outer = os.path.join(top, "outer.dmn")
open(outer, "w", encoding="utf-8").write(
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:c" name="c"><import name="库" namespace="urn:b" '
    'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/><decision id="o" name="加倍"><informationRequirement><requiredDecision href="urn:b#d"/>'
    '</informationRequirement><literalExpression><text>2 * 库.补助</text></literalExpression></decision></definitions>')
status, out, err = z("dmn", "eval", outer, "--decision", "加倍", "--input", '{"库.年龄": 65}')
ok((status, out) == (0, "200\n"), "what a model imports is found beside it, in its folder", (status, out, err))

# ---- a town --------------------------------------------------------------------------------------------------

status, out, err = z("demo", "--data", data, "--people", "60", "--seed", "3")
people = accounts(out)
ok(status == 0 and {"admin", "clerk", "cadre"} <= set(people) and "合成" in out, "demo makes a town and prints its accounts", out + err)
ok(z("demo", "--data", data)[0] == 1, "demo refuses a folder that exists: a real town might be in it")
status, out, err = z("export", "人", top + "/a.pdf", "--data", data)
ok(status == 1 and ".xlsx" in err, "an export into another kind of file is refused", err)
status, out, err = z("export", "没有", top + "/a.xlsx", "--data", data)
ok(status == 1 and "单位" in err, "an unknown ledger is refused with those there are", err)
status, out, err = z("export", "人", top + "/a.csv", "--data", data, "--where", "年龄 >= ")
ok(status == 1 and err and not os.path.exists(top + "/a.csv"), "a broken condition is refused, and no file is left", err)
status, out, err = z("export", "person", top + "/a.csv", "--data", data, "--where", "年龄 >= 60")
old = list(csv.DictReader(io.StringIO(open(top + "/a.csv", encoding="utf-8-sig").read())))
ok(status == 0 and old and all(int(r["年龄"]) >= 60 for r in old) and f"{len(old)} 条" in out, "an export holds who meets the condition", (out, err))
status, out, err = z("export", "单位", top + "/t.xlsx", "--data", data, "--template")
ok(status == 0 and "名称" in sum(([str(v) for v in r] for r in rows(top + "/t.xlsx")), []), "a template has the headings", (out, err))

# ---- out, edited, and in again -------------------------------------------------------------------------------

status, out, err = z("export", "单位", top + "/units.xlsx", "--data", data)
at, heading, body = table(top + "/units.xlsx")
ok(status == 0 and body, "a ledger goes out as a workbook", (out, err))
book = openpyxl.load_workbook(top + "/units.xlsx")
page = book.active
column = {h: i + 1 for i, h in enumerate(heading) if h}
first = at + 2
page.cell(first, column["名称"]).value = "改了名的店"
page.cell(first + 1, column["地址"]).value = "南街9号"
new = page.max_row + 1
page.cell(new, column["名称"]).value = "手工加的店"
page.cell(new, column["类型"]).value = "企业"
book.save(top + "/edited.xlsx")
status, out, err = z("import", "单位", top + "/edited.xlsx", "--data", data, "--dry-run")
ok(status == 0 and re.search(r"新增 1，修改 2，未变 %d" % (len(body) - 2), out), "a dry run of the edited workbook tells one new, two changed, the rest as they were", (out, err))
status, out, err = z("import", "单位", top + "/edited.xlsx", "--data", data)
ok(status == 0 and "新增 1，修改 2" in out, "returned, it is merged: nothing doubles", (out, err))
z("export", "单位", top + "/again.xlsx", "--data", data)
_, heading2, body2 = table(top + "/again.xlsx")
names = [r[heading2.index("名称")] for r in body2]
ok(len(body2) == len(body) + 1 and names.count("改了名的店") == 1 and names.count("手工加的店") == 1, "a renamed unit is still the same unit", names)
status, out, err = z("import", "单位", top + "/again.xlsx", "--data", data)
ok(status == 0 and f"新增 0，修改 0，未变 {len(body2)}" in out, "a workbook that was not edited changes nothing", (out, err))

at, heading, body = table(top + "/again.xlsx")
turned = openpyxl.Workbook()
order = list(range(len(heading)))[::-1]
turned.active.append([heading[i] for i in order])
for r in body[::-1]:
    turned.active.append([r[i] for i in order])
turned.save(top + "/turned.xlsx")
status, out, err = z("import", "单位", top + "/turned.xlsx", "--data", data)
ok(status == 0 and f"新增 0，修改 0，未变 {len(body)}" in out, "columns and rows in another order merge all the same", (out, err, heading))

bad = openpyxl.Workbook()
for r in (["名称", "类型"], ["好的", "企业"], ["坏的", "没有这种"]):
    bad.active.append(r)
bad.save(top + "/bad.xlsx")
status, out, err = z("import", "单位", top + "/bad.xlsx", "--data", data, "--errors", top + "/marked.xlsx")
ok(status == 1 and "第3行" in err and "类型" in err, "bad rows are refused by row and field; nothing is kept", (status, out, err))
cell = next(c for r in openpyxl.load_workbook(top + "/marked.xlsx").active.iter_rows() for c in r if c.value == "没有这种")
ok(cell.comment is not None, "and come back marked")
ok(z("import", "单位", top + "/bad.xlsx", "--data", data, "--dry-run")[0] == 3, "a dry run with bad rows ends with 3")
ok(z("import", "单位", top + "/bad.xlsx", "--data", data, "--good-rows")[0] == 3, "so does keeping the good rows")

# ---- on a terminal -------------------------------------------------------------------------------------------


def heeds_interrupt(p):
    """Has it said what it does at Ctrl-C? Until then that would end it as any other program."""
    with open(f"/proc/{p.pid}/status") as status:
        caught = int(re.search(r"SigCgt:\t(\w+)", status.read())[1], 16)
    return caught >> (signal.SIGINT - 1) & 1


def terminal(*args, stop=False):
    """Runs a command at a terminal; `stop` presses Ctrl-C while it is at its work: the terminal takes nothing of what it says until then,
    so it stands still. Returns its status and what it wrote there."""
    ours, theirs = pty.openpty()
    if stop:
        termios.tcflow(theirs, termios.TCOOFF)
    p = subprocess.Popen([PROGRAM, *args], stdout=subprocess.DEVNULL, stderr=theirs,
                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # whoever runs the tests may not listen to it
    if stop:
        while p.poll() is None and not heeds_interrupt(p):
            os.sched_yield()
        p.send_signal(signal.SIGINT)
        termios.tcflow(theirs, termios.TCOON)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side has closed it
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    return p.wait(), said.decode()


status, out, err = z("demo", "--data", top + "/quiet", "--people", "60", "--seed", "3")
ok(status == 0 and not err, "where nobody looks on, no bar is drawn", err)
many = openpyxl.Workbook(write_only=True)
sheet = many.create_sheet()
sheet.append(["名称", "类型"])
for i in range(9000):
    sheet.append([f"第{i}店", "企业"])
many.save(top + "/many.xlsx")
before = z("export", "单位", top + "/before.csv", "--data", data)[1]
for args, left in ((("demo", "--data", top + "/cut", "--people", "20000"), ("/cut", "/cut.part")),
                   (("replay", "--data", top + "/cut"), ("/cut", "/cut.part")),
                   (("import", "单位", top + "/many.xlsx", "--data", data), ()),
                   (("import", "单位", top + "/many.xlsx", "--data", data, "--errors", top + "/cut.xlsx"), ("/cut.xlsx",))):
    status, said = terminal(*args, stop=True)
    ok(status == 130 and "取消" in said and not any(os.path.exists(top + name) for name in left),
       f"zhenwu {args[0]} that is stopped by Ctrl-C says so, ends with 130 and leaves nothing", (status, said))
ok(z("export", "单位", top + "/after.csv", "--data", data)[1].split("到")[0] == before.split("到")[0] and z("audit", "verify", "--data", data)[0] == 0,
   "a stopped import has written nothing", before)
status, said = terminal("import", "单位", top + "/many.xlsx", "--data", data)
ok(status == 0 and re.match(r"\r\[\.+\] +0% 导入 0/\d+ ", said) and re.search(r"\r\[#+\] 100% 导入 9000/9000 ", said),
   "at a terminal a bar tells how far an import is", said[-300:])
for args, left in ((("export", "单位", top + "/cut.xlsx", "--data", data), ("/cut.xlsx", "/cut.xlsx.part")),
                   (("export", "单位", top + "/cut.csv", "--data", data), ("/cut.csv", "/cut.csv.part")),
                   (("backup", top + "/cut.backup", "--data", data), ("/cut.backup",))):
    names = set(os.listdir(top))
    status, said = terminal(*args, stop=True)
    ok(status == 130 and "取消" in said and set(os.listdir(top)) == names, f"so does zhenwu {args[0]} {left[0][1:]}", (status, said))
ok(z("backup", top + "/whole.backup", "--data", data)[0] == 0, "a backup can be made after one that was stopped")
status, said = terminal("restore", top + "/whole.backup", "--data", top + "/back", stop=True)
ok(status == 130 and not os.path.exists(top + "/back"), "a restore that is stopped leaves no folder", (status, said))
os.mkdir(top + "/old.part")
status, out, err = z("demo", "--data", top + "/old", "--people", "0")
ok(status == 1 and "old.part" in err and not os.path.exists(top + "/old"), "what an earlier start left half made is told, not taken", err)

# ---- as it was -----------------------------------------------------------------------------------------------

with sqlite3.connect(os.path.join(data, "zhenwu.db")) as db:
    edited_at = db.execute("select min(at) from fact where act = 'change' and ledger = 'entity'").fetchone()[0]
from datetime import datetime, timedelta, timezone


def town_time(ms):
    return datetime.fromtimestamp(ms / 1000, timezone(timedelta(hours=8))).isoformat(timespec="milliseconds")


z("export", "单位", top + "/then.xlsx", "--data", data, "--as-of", town_time(edited_at - 1))
_, heading, then = table(top + "/then.xlsx")
names = [r[heading.index("名称")] for r in then]
ok("改了名的店" not in names and "手工加的店" not in names and len(then) == len(body) - 1, "a ledger can be exported as it was before the edit", names[:3])
ok(z("export", "单位", top + "/x.xlsx", "--data", data, "--as-of", "昨天")[0] == 1, "a moment that is none is refused")

# ---- while serving -------------------------------------------------------------------------------------------

with Server(data) as server:
    clerk = Client(server.port)
    clerk.sign_in("clerk", people["clerk"])
    status, out, err = z("rebuild", "--data", data)
    ok(status == 1 and err, "what would write beside a serving program is refused", (status, out, err))
    stop, saved = threading.Event(), []

    def save():
        while not stop.is_set():
            saved.append(clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": f"备份时{len(saved)}", "类型": "企业"}})[0])

    writer = threading.Thread(target=save)
    writer.start()
    status, out, err = z("backup", top + "/one.backup", "--data", data)
    verify = z("audit", "verify", "--data", data)
    stop.set()
    writer.join()
    ok(status == 0 and os.path.getsize(top + "/one.backup") > 0, "a backup is made while people save", out + err)
    ok(verify[0] == 0 and "完好" in verify[1], "and the chain can be verified", verify)
    ok(saved and set(saved) == {201}, "who saves is not held up", set(saved))
    ok(z("backup", top + "/one.backup", "--data", data)[0] == 1, "a backup never overwrites another")

status, out, err = z("restore", top + "/one.backup", "--data", top + "/restored")
ok(status == 0 and "留痕" in out, "a backup is restored into an empty folder", out + err)
ok(z("restore", top + "/one.backup", "--data", data)[0] == 1, "never into one that is in use")
status, out, err = z("rebuild", "--data", top + "/restored")
ok(status == 0 and "不同的 0 条" in out, "what was restored is what its facts say", (status, out, err))
with Server(top + "/restored") as server:
    ok(Client(server.port).sign_in("clerk", people["clerk"])[0] == 200, "and people sign in with their passwords")
raw = bytearray(open(top + "/one.backup", "rb").read())
for name, spoilt in (("cut", raw[:-100]), ("flipped", raw[:len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1:]), ("empty", b""), ("other", b"PK\x03\x04" + bytes(100))):
    open(top + "/" + name, "wb").write(spoilt)
    status, out, err = z("restore", top + "/" + name, "--data", top + "/bad-" + name)
    ok(status == 1 and err and not os.path.exists(top + "/bad-" + name + "/zhenwu.db"), f"a damaged backup ({name}) is refused and leaves nothing", (status, out, err))

# ---- the chain -----------------------------------------------------------------------------------------------

status, out, err = z("audit", "verify", "--data", data)
ok(status == 0 and re.search(r"链头 [0-9a-f]{64}", out), "a sound chain verifies, and its head can be written down", out + err)


def tampered(name, *sqls):
    """A copy of the town, changed behind the program's back."""
    copy = os.path.join(top, name)
    shutil.copytree(data, copy)
    with sqlite3.connect(os.path.join(copy, "zhenwu.db")) as db:
        for (trigger,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger \"{trigger}\"")
        for sql in sqls:
            db.execute(sql)
    db.close()
    return z("audit", "verify", "--data", copy)


with sqlite3.connect(os.path.join(data, "zhenwu.db")) as db:
    n = db.execute("select min(no) from fact where ledger = 'entity' and act = 'change'").fetchone()[0]
db.close()
for what, sqls, number in (
        ("altered", [f"update fact set body = replace(body, '改了名', '又改名') where no = {n}"], n),
        ("given to another account", [f"update fact set account_name = '别人' where no = {n}"], n),
        ("moved to another time", [f"update fact set at = at + 1 where no = {n}"], n),
        ("removed", [f"delete from fact where no = {n}"], n),
        ("put before another", [f"update fact set no = -1 where no = {n}", f"update fact set no = {n} where no = {n + 1}", f"update fact set no = {n + 1} where no = -1"], n)):
    status, out, err = tampered("tampered " + what, *sqls)
    ok(status == 1 and re.search(rf"第 ({number}|{number + 1}) 条", out), f"a fact that was {what} is found and named", (status, out, err, n))

# ---- rebuild -------------------------------------------------------------------------------------------------

status, out, err = z("rebuild", "--data", data)
ok(status == 0 and "不同的 0 条" in out, "rebuilding a sound town changes nothing", (status, out, err))
with sqlite3.connect(os.path.join(data, "zhenwu.db")) as db:
    db.execute("update now_entity set \"名称\" = '数据库里改的' where record = (select record from now_entity where removed = 0 limit 1)")
db.close()
status, out, err = z("rebuild", "--data", data)
ok(status == 3 and "不同的 1 条" in out, "a row that was changed behind the program's back is put right, and said", (status, out, err))
z("export", "单位", top + "/last.csv", "--data", data)
ok("数据库里改的" not in open(top + "/last.csv", encoding="utf-8-sig").read(), "and reads as its facts say")
shutil.rmtree(top)
end()
