"""A town made by an older program, served by a newer one: it gets what packs have added since, once, and keeps what it has made its own."""
import glob, json, os, random, shutil, subprocess, sys, time

sys.path.insert(0, os.path.dirname(__file__))
from server import PROGRAM, Client, Server, accounts, end, folder, ok, run

NEW = os.path.join(os.path.dirname(__file__), "..", "packs")
TOP = folder()
OLD = os.path.join(TOP, "older")
TOWN = os.path.join(TOP, "town")
RULES = "rules/rows/deadline_rule.json"
ADDED = ("FJ-LG", "XF-BJ")  # rows that the older packs have not


def rows(packs):
    with open(os.path.join(packs, RULES), encoding="utf-8") as f:
        return json.load(f)


def write(packs, rules):
    with open(os.path.join(packs, RULES), "w", encoding="utf-8") as f:
        json.dump(rules, f, ensure_ascii=False)


def exported(town, *more):
    """代码 -> 数量 of the rules that the town has."""
    out = os.path.join(TOP, "rules.csv")
    if os.path.exists(out):
        os.remove(out)
    run("export", "时限规则", out, "--data", town, *more)
    import csv
    with open(out, encoding="utf-8-sig", newline="") as f:
        lines = list(csv.reader(f))
    head = next(i for i, r in enumerate(lines) if "代码" in r)
    code, number = lines[head].index("代码"), lines[head].index("数量")
    return [(r[code], r[number]) for r in lines[head + 1:] if len(r) > code and r[code]]


def serve_until(town, *packs):
    """Starts the service, waits for its address, stops it; returns what it said."""
    p = subprocess.Popen([PROGRAM, "serve", "--data", town, "--listen", "127.0.0.1:0", *packs],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = p.stdout.readline()
    p.terminate()
    out, err = p.communicate(timeout=60)
    return first + out + err


shutil.copytree(NEW, OLD)
known = rows(NEW)
changed = next(r for r in known if r["代码"] not in ADDED and r["数量"] > 1 and "延长上限" not in r)
older = [dict(r) for r in known if r["代码"] not in ADDED]
for r in older:
    if r["代码"] == changed["代码"]:
        r["数量"] += 1
write(OLD, older)
missing = len(known) - len(older)
people = accounts(run("demo", "--people", "0", "--data", TOWN, "--packs", OLD)[1])
ok(not [c for c, _ in exported(TOWN, "--packs", OLD) if c in ADDED], "the older program's town has no rule that came later")
shutil.copytree(TOWN, os.path.join(TOP, "before"))

said = serve_until(TOWN)
ok(f"已放入 {missing} 条" in said and all(f"时限规则 {c} " in said for c in ADDED), "the newer program says at its start what it gave", said)
ok(f"数量：本镇“{changed['数量'] + 1}”，业务包“{changed['数量']}”" in said, "and what packs have changed, which is left", said)
have = exported(TOWN)
ok(all([c for c, _ in have].count(c) == sum(r["代码"] == c for r in known) for c in ADDED), "the town has each of them once", have)
ok((changed["代码"], str(changed["数量"] + 1)) in have, "and its own where packs have changed", have)
said = serve_until(TOWN)
ok("已放入" not in said and "zhenwu upgrade" in said, "the next start gives nothing, and still says what is to be decided", said)
name = f"时限规则 {changed['代码']} {changed['版本']}"
status, out, err = run("upgrade", "--data", TOWN, "--take", "时限规则 没有 1", check=False)
ok(status == 1 and "zhenwu upgrade 列出" in err, "a name that differs in nothing is refused", err)
out = run("upgrade", "--data", TOWN, "--take", name)[1]
ok("改为业务包的 1 条" in out and "都有了" in out, "the keeper takes what the packs say", out)
ok((changed["代码"], str(changed["数量"])) in exported(TOWN), "which is then in the ledger")
ok("时限规则" not in serve_until(TOWN), "and the next start says nothing")
ok("完好" in run("audit", "verify", "--data", TOWN)[1], "the history is whole")
ok(" 0 条" in run("rebuild", "--data", TOWN)[1] and "时限规则" not in serve_until(TOWN), "rebuilding brings nothing back and forgets nothing")

# ---- an administrator decides, at a page -----------------------------------------------------------------------------

asked = os.path.join(TOP, "asked")
shutil.copytree(os.path.join(TOP, "before"), asked)
with Server(asked) as server:
    def signed(login):
        c = Client(server.port)
        c.sign_in(login, people[login])
        return c

    def of(answer):
        return next((n for n in answer["differing"] if (n["ledger"], n["key"]) == ("时限规则", f"{changed['代码']} {changed['版本']}")), None)

    admin, clerk = signed("admin"), signed("clerk")
    status, answer, _ = clerk.call("GET", "/api/starts")
    refused = clerk.call("POST", "/api/starts", {"items": [], "take": True})[0]
    ok((status, refused) == (403, 403), "who may not give rights neither sees nor decides what newer packs say", answer)
    status, answer, _ = admin.call("GET", "/api/starts")
    news = of(answer)
    ok(status == 200 and news and news["differences"] == [{"field": "数量", "masked": False, "ours": str(changed["数量"] + 1), "theirs": str(changed["数量"])}]
       and not answer["refused"], "an administrator reads field by field what the town has and what the packs say", answer)
    item = {k: news[k] for k in ("ledger", "key", "version")}
    place = f"/api/ledgers/时限规则/records/{news['record']}"
    status, answer, _ = admin.call("PATCH", place, {"values": {"数量": changed["数量"] + 2}, "reason": "镇里定的"}, {"If-Match": f'"{news["version"]}"'})
    ok(status == 200, "meanwhile the town changes it again", answer)
    status, answer, _ = admin.call("POST", "/api/starts", {"items": [item], "take": True})
    ok(status in (409, 412) and "刚被改动过" in answer["detail"], "who decides on what stands there no more is told", (status, answer))
    item["version"] = of(admin.call("GET", "/api/starts")[1])["version"]
    ok(admin.call("POST", "/api/starts", {"items": [item]})[0] == 422 and admin.call("POST", "/api/starts", {"items": [], "take": True})[0] == 422,
       "what is decided, and on what, must be said")
    status, answer, _ = admin.call("POST", "/api/starts", {"items": [item], "take": False, "reason": "旗里另有规定"})
    past = admin.call("GET", f"{place}/history")[1]["items"]
    ok(status == 200 and not of(answer) and not of(admin.call("GET", "/api/starts")[1]) and admin.call("GET", place)[1]["values"]["数量"] == changed["数量"] + 2,
       "the town's own stays, and is not told again", answer)
    ok(past[0]["act"] == "决定" and past[0]["name"] == admin.name() and "旗里另有规定" in past[0]["reason"], "the history says who decided, and why", past[0])
    status, answer, _ = admin.call("POST", "/api/starts", {"items": [item], "take": True})
    ok(status == 409 and "已经决定过" in answer["detail"], "what has been decided is decided once", (status, answer))

taken = os.path.join(TOP, "taken")
shutil.copytree(os.path.join(TOP, "before"), taken)
with Server(taken) as server:
    admin = Client(server.port)
    admin.sign_in("admin", people["admin"])
    news = of(admin.call("GET", "/api/starts")[1])
    status, answer, _ = admin.call("POST", "/api/starts", {"items": [{k: news[k] for k in ("ledger", "key", "version")}], "take": True})
    record = admin.call("GET", f"/api/ledgers/时限规则/records/{news['record']}")[1]
    ok(status == 200 and not of(answer) and record["values"]["数量"] == changed["数量"] and record["version"] == news["version"] + 1,
       "or the record becomes what the packs say", (answer, record))

# ---- power fails while it is given ---------------------------------------------------------------------------------

begun = time.monotonic()
trial = os.path.join(TOP, "trial")
shutil.copytree(os.path.join(TOP, "before"), trial)
run("upgrade", "--data", trial)
whole = time.monotonic() - begun
random.seed(1)
bad, given, none = [], 0, 0
for i in range(30):
    shutil.rmtree(trial)
    shutil.copytree(os.path.join(TOP, "before"), trial)
    p = subprocess.Popen([PROGRAM, "upgrade", "--data", trial], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.wait(timeout=random.uniform(0, whole))
    except subprocess.TimeoutExpired:
        pass
    p.kill()
    p.wait()
    if "完好" not in run("audit", "verify", "--data", trial)[1]:
        bad.append((i, "verify"))
    said = run("upgrade", "--data", trial)[2]
    given += "已放入" not in said
    none += "已放入" in said
    if "已放入" in said and f"已放入 {missing} 条" not in said:
        bad.append((i, said))
    codes = sorted(c for c, _ in exported(trial))
    if codes != sorted(r["代码"] for r in known):
        bad.append((i, codes))
ok(not bad and none > 0, f"killed at any moment, a start has given all of it or nothing, and the next makes it whole ({given} had, {none} had not)", bad)
shutil.rmtree(TOP)
end()
