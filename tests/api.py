"""The API from outside: sessions, records, conflicts, paging, conditions, masks, jobs, files, what OpenAPI says, headers."""
import csv, io, json, os, re, shutil, sqlite3, sys, threading

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

HERE = os.path.dirname(__file__)
PEOPLE = 240
data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", str(PEOPLE), "--seed", "7")[1])
server = Server(data)


def signed(account, password=None, source="127.0.0.1"):
    c = Client(server.port, source=source)
    status, answer = c.sign_in(account, password or people[account])
    assert status == 200, answer
    return c


def database(sql, *args):
    """Time is moved in the database, not waited for."""
    with sqlite3.connect(os.path.join(data, "zhenwu.db"), timeout=30) as db:
        return db.execute(sql, args).fetchall()


def problem(answer, status, headers):
    """RFC 9457, with the fields that are wrong."""
    return (headers["Content-Type"] == "application/problem+json" and answer["status"] == status and answer["title"] and answer["detail"]
            and isinstance(answer["errors"], list) and all(e["text"] and "field" in e for e in answer["errors"]))


def everything(c, ledger, query=""):
    found, cursor = [], ""
    while cursor is not None:
        status, page, _ = c.call("GET", f"/api/ledgers/{ledger}/records?limit=200&cursor={cursor}{query}")
        assert status == 200, page
        found += page["items"]
        cursor = page["next"]
    return found


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet(raw):
    return [[str(v) if v is not None else "" for v in row] for row in openpyxl.load_workbook(io.BytesIO(raw)).active.iter_rows(values_only=True)]


admin, leader, clerk, cadre, auditor = (signed(a) for a in ("admin", "leader", "clerk", "cadre", "auditor"))
staff = {r["id"]: r["values"]["姓名"] for r in everything(admin, "干部")}
ok(all(staff.get(c.call("GET", "/api/session")[1]["account"].get("staff")) == c.name() for c in (leader, clerk, cadre)),
   "the accounts of a demo town are those of its 干部, by whose names they go: 本人 is somebody", staff)

# ---- sessions ------------------------------------------------------------------------------------------------

c = Client(server.port, source="127.0.0.9")
status, wrong, headers = c.call("POST", "/api/session", {"account": "clerk", "password": "不是这个"})
status2, unknown, _ = c.call("POST", "/api/session", {"account": "nobody", "password": "不是这个"})
ok(status == status2 == 401 and problem(wrong, 401, headers) and wrong["detail"] == unknown["detail"],
   "a wrong password and an unknown account get the same answer", (status, wrong, unknown))
status, _, _ = c.call("GET", "/api/ledgers")
ok(status == 401, "without a session nothing is shown", status)

status, answer, headers = c.call("POST", "/api/session", {"account": "clerk", "password": people["clerk"]})
cookie = headers["Set-Cookie"]
ok(status == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie and answer["account"]["login"] == "clerk" and answer["post"]["role"],
   "signing in says who and from which post; scripts cannot read the cookie", (status, cookie, answer))
c.csrf = answer["csrf"]
ok(database("select count(*) from org_session where token = ?", c.cookie) == [(0,)], "the database holds no token that opens a session")
status, answer, headers = Client(server.port, c.cookie).call("POST", "/api/ledgers/单位/records", {"values": {"名称": "甲", "类型": "企业"}})
status2, _, _ = Client(server.port, c.cookie, "0" * 32).call("POST", "/api/ledgers/单位/records", {"values": {"名称": "甲", "类型": "企业"}})
ok(status == status2 == 403 and problem(answer, 403, headers), "a change without the session's own mark is refused", (status, status2, answer))
status, _, _ = c.call("PUT", "/api/session/post", {"post": "00000000-0000-7000-8000-000000000001"})
ok(status == 403, "nobody acts from a post that is not theirs", status)
token = c.cookie
status, _, _ = c.call("DELETE", "/api/session")
ok(status == 204 and Client(server.port, token).call("GET", "/api/session")[0] == 401, "after signing out the cookie opens nothing", status)

c = signed("clerk")
database("update org_session set used = used - 7140000 where csrf = ?", c.csrf)
ok(c.call("GET", "/api/session")[0] == 200, "a session that was used within two hours goes on")
database("update org_session set used = used - 7260000 where csrf = ?", c.csrf)
ok(c.call("GET", "/api/session")[0] == 401, "a session that was not used for two hours has ended")
c = signed("clerk")
database("update org_session set made = made - 43260000 where csrf = ?", c.csrf)
ok(c.call("GET", "/api/session")[0] == 401, "twelve hours after signing in a session ends, used or not")

guess = Client(server.port, source="127.0.0.2")
tries = [guess.call("POST", "/api/session", {"account": "leader", "password": f"猜{i}"})[0] for i in range(5)]
status, answer, _ = Client(server.port, source="127.0.0.3").call("POST", "/api/session", {"account": "leader", "password": people["leader"]})
ok(tries == [401] * 5 and status == 401 and "分钟" in answer["detail"], "after five wrong passwords an account waits, whoever asks from wherever",
   (tries, answer))
status, answer, _ = guess.call("POST", "/api/session", {"account": "clerk", "password": people["clerk"]})
ok(status == 401 and "分钟" in answer["detail"], "after five wrong passwords an address waits, for whichever account", answer)
ok(leader.call("GET", "/api/session")[0] == 200, "who was signed in already goes on working")
database("update org_guess set until = until - 900000")
ok(guess.call("POST", "/api/session", {"account": "leader", "password": people["leader"]})[0] == 200, "fifteen minutes later both may try again")

leader_id = leader.call("GET", "/api/session")[1]["account"]["id"]
ok(clerk.call("POST", f"/api/accounts/{leader_id}/password")[0] == 403, "a clerk cannot reset a password")
status, answer, _ = admin.call("POST", f"/api/accounts/{leader_id}/password")
once = answer.get("password", "")
ok(status == 200 and leader.call("GET", "/api/session")[0] == 401, "a reset password ends the account's sessions", (status, answer))
leader = signed("leader", once)
status, answer, _ = leader.call("GET", "/api/ledgers")
ok(status == 403, "with a one-time password nothing can be done but change it", (status, answer))
status, answer, _ = leader.call("PUT", "/api/session/password", {"old": once, "new": "12345678"})
ok(status == 422 and answer["errors"][0]["field"] == "new", "a password that is easily guessed is refused", answer)
status, answer, _ = leader.call("PUT", "/api/session/password", {"old": once, "new": "镇里的新密码2021"})
ok(status == 204 and leader.call("GET", "/api/ledgers")[0] == 200, "after the change work goes on in the same session", (status, answer))

# ---- records -------------------------------------------------------------------------------------------------

status, r, headers = clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "红旗商店", "类型": "个体工商户", "电话": "0479-7234567"}})
unit = r.get("id")
ok(status == 201 and headers["Location"].endswith(unit) and headers["ETag"] == '"1"' and r["version"] == 1 and r["values"]["单位编号"],
   "a new record is answered with its place, version and number", (status, r, dict(headers)))
ok(clerk.call("GET", headers["Location"])[1]["values"]["名称"] == "红旗商店", "its place shows it")
ok(clerk.call("GET", f"/api/ledgers/entity/records/{unit}", headers={"If-None-Match": '"1"'})[0] == 304, "who has this version already is told so")
path = f"/api/ledgers/单位/records/{unit}"
status, answer, headers = clerk.call("PATCH", path, {"values": {"地址": "东街1号"}})
ok(status == 428 and problem(answer, 428, headers), "a change that does not say what it saw is refused", (status, answer))
status, r, headers = clerk.call("PATCH", path, {"values": {"地址": "东街1号"}}, {"If-Match": '"1"'})
ok(status == 200 and headers["ETag"] == '"2"' and r["version"] == 2 and r["values"]["名称"] == "红旗商店", "a change touches what it names", (status, r))
status, answer, headers = admin.call("PATCH", path, {"values": {"地址": "西街2号"}}, {"If-Match": '"1"'})
ok(status == 412 and problem(answer, 412, headers) and answer["current"]["version"] == 2 and answer["current"]["values"]["地址"] == "东街1号"
   and clerk.name() in answer["detail"], "who changes what has changed meanwhile sees who was first and what it is now", (status, answer))
answers = []
threads = [threading.Thread(target=lambda c=c: answers.append(c.call("PATCH", path, {"values": {"行业": "零售"}}, {"If-Match": '"2"'})[0]))
           for c in (signed("clerk"), signed("admin"))]
[t.start() for t in threads]
[t.join() for t in threads]
ok(sorted(answers) == [200, 412], "of two who change the same version at once one is first and the other is told", answers)

wish = {"command": "0190c0de-1111-4222-8333-000000000007", "values": {"名称": "断网时报的店", "类型": "个体工商户"}}
status, first, _ = clerk.call("POST", "/api/ledgers/单位/records", wish)
status2, again, _ = clerk.call("POST", "/api/ledgers/单位/records", wish)
status3, answer, _ = clerk.call("POST", "/api/ledgers/单位/records", {**wish, "command": "甲"})
ok(status == 201 and status2 == 200 and first["id"] == again["id"] and status3 == 422 and answer["errors"][0]["field"] == "command",
   "a record sent twice under one command is kept once", (status, status2, status3, answer))
status, answer, headers = clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "", "类型": "不在表里", "电话": "12", "没有这个": 1, "从业人数": -3}})
fields = {e["field"] for e in answer["errors"]}
ok(status == 422 and problem(answer, 422, headers) and {"类型", "电话", "没有这个", "名称"} <= fields, "all that is wrong is told at once, field by field",
   (status, answer))
status, answer, _ = clerk.call("POST", "/api/ledgers/单位/check", {"values": {"名称": "甲", "类型": "企业", "从业人数": -3}})
before = clerk.call("GET", "/api/ledgers/单位/records?count=1")[1]["count"]
ok(status == 200 and answer["ok"] is False and answer["errors"][0]["field"] == "从业人数", "values can be checked as they are typed", answer)
ok(clerk.call("GET", "/api/ledgers/单位/records?count=1")[1]["count"] == before, "checking keeps nothing")
for method, where, want in (("GET", "/api/ledgers/没有/records", 404), ("GET", "/api/ledgers/单位/records/xyz", 404), ("PUT", path, 405), ("GET", "/api/nothing", 404),
                            ("GET", "/api/ledgers/单位/records/00000000-0000-7000-8000-000000000001", 404)):
    status, answer, headers = clerk.call(method, where)
    ok(status == want and problem(answer, want, headers), f"{method} {where.split('/')[-1]} is answered {want}, as a problem", (status, answer))

person = clerk.call("GET", "/api/ledgers/人/records?limit=1")[1]["items"][0]
status, answer, _ = clerk.call("POST", f"/api/ledgers/人/records/{person['id']}/state", {"to": "没有"}, {"If-Match": f'"{person["version"]}"'})
ok(status == 422, "a record moves only along the moves of its ledger", (status, answer))
status, moved, _ = clerk.call("POST", f"/api/ledgers/人/records/{person['id']}/state", {"to": "迁出", "reason": "迁往县城"}, {"If-Match": f'"{person["version"]}"'})
ok(status == 200 and moved["state"] == "迁出" and moved["version"] == person["version"] + 1, "a move to another state is a new version", (status, moved))

status, answer, _ = clerk.call("POST", path + "/withdraw", {"reason": ""}, {"If-Match": '"3"'})
ok(status == 422, "withdrawing needs a reason", (status, answer))
status, answer, _ = clerk.call("POST", path + "/withdraw", {"reason": "重复登记"}, {"If-Match": '"3"'})
listed = [r["id"] for r in everything(clerk, "单位")]
with_old = [r["id"] for r in everything(clerk, "单位", "&withdrawn=1")]
ok(status == 200 and answer["withdrawn"] and unit not in listed and unit in with_old, "a withdrawn record is out of the list and still there", (status, answer))
status, past, _ = clerk.call("GET", path + "/history")
ok(status == 200 and [h["version"] for h in past["items"]][:4] == [4, 3, 2, 1] and past["items"][0]["reason"] == "重复登记"
   and {"field": "地址", "before": "", "after": "东街1号"} in past["items"][2]["fields"], "history tells who changed what from what, newest first", past)
first_fact = past["items"][3]["fact"]
member = clerk.call("GET", "/api/ledgers/干部/records?limit=1")[1]["items"][0]
two = clerk.call("GET", "/api/ledgers/村组/records?limit=2")[1]["items"]
status, answer, _ = clerk.call("PATCH", f"/api/ledgers/干部/records/{member['id']}", {"values": {"包联村组": [g["id"] for g in two]}},
                               {"If-Match": f'"{member["version"]}"'})
told = clerk.call("GET", f"/api/ledgers/干部/records/{member['id']}/history")[1]["items"][0]["fields"]
ok(status == 200 and [f["after"] for f in told if f["field"] == "包联村组"] == ["、".join(g["title"] for g in two)],
   "history names what a list of references points to", (status, answer, told))
then = clerk.call("GET", f"/api/ledgers/单位/records?where=名称 = \"红旗商店\"&as_of=%23{first_fact}")[1]
ok(len(then.get("items", [])) == 1 and then["items"][0]["values"]["地址"] is None, "a ledger can be read as it was after any fact", then)

# ---- lists ---------------------------------------------------------------------------------------------------

everybody = everything(admin, "人")
count = admin.call("GET", "/api/ledgers/人/records?count=1&limit=1")[1]["count"]
ok(len(everybody) == len({r["id"] for r in everybody}) == count >= PEOPLE / 2, "paging meets every record once", (len(everybody), count))
for sort in ("年龄", "-姓名", "居住状态,-年龄", ""):
    ids, cursor = [], ""
    while cursor is not None:
        page = admin.call("GET", f"/api/ledgers/人/records?limit=37&sort={sort}&cursor={cursor}")[1]
        ids += [r["id"] for r in page["items"]]
        cursor = page["next"]
    ok(len(ids) == count and len(set(ids)) == count, f"so it does sorted by {sort or 'nothing'}", (len(ids), count))
page = admin.call("GET", "/api/ledgers/人/records?limit=10&sort=姓名")[1]
extra = admin.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "翻页时新来的", "类型": "企业"}})
second = admin.call("GET", f"/api/ledgers/人/records?limit=10&sort=姓名&cursor={page['next']}")[1]
ok(not {r["id"] for r in page["items"]} & {r["id"] for r in second["items"]}, "pages do not overlap while others add records")
for cursor in ("不成样子", "00", page["next"][:-2], page["next"][::-1]):
    status, answer, headers = admin.call("GET", f"/api/ledgers/人/records?limit=10&sort=姓名&cursor={cursor}")
    ok(status == 422 and problem(answer, 422, headers), "a cursor that was not given is refused", (cursor, status, answer))
for query in ("limit=0", "limit=1001", "limit=abc", "sort=没有", "fields=没有", "where=年龄 >=", "where=没有这个 = 1", "as_of=昨天"):
    status, answer, headers = admin.call("GET", f"/api/ledgers/人/records?{query}")
    ok(status in (400, 422) and problem(answer, status, headers), f"{query} is refused with words", (status, answer))
status, answer, headers = admin.call("GET", "/api/ledgers/人/records?as-of=2021-12-31")
ok(status == 400 and problem(answer, 400, headers) and answer["errors"][0]["field"] == "as-of" and "as_of" in answer["errors"][0]["text"],
   "a parameter that is misspelt is refused, with those there are, instead of answering for today", (status, answer))
status, answer, headers = admin.call("PUT", "/api/ledgers/人/records")
ok(status == 405 and headers["Allow"] == "GET, POST", "an address says which methods it takes", (status, headers["Allow"]))

for where, holds in (("年龄 >= 60", lambda v: v["年龄"] is not None and v["年龄"] >= 60), ("性别 = \"女\" and 年龄 < 18", lambda v: v["性别"] == "女" and v["年龄"] < 18),
                     ("居住状态 in (\"外出半年以上\", \"外出半年以下\")", lambda v: v["居住状态"].startswith("外出")), ("not(民族 = \"汉族\")", lambda v: v["民族"] not in ("汉族", None)),
                     ("手机 = null", None)):
    want = sum(bool(holds(r["values"])) for r in everybody) if holds else None
    status, page, _ = admin.call("GET", f"/api/ledgers/人/records?count=1&limit=1&where={where.replace('&', '%26')}")
    if holds:
        typed = admin.call("POST", "/api/ledgers/人/where", {"where": where})[1]
        exported = admin.call("GET", f"/api/ledgers/人/export.csv?where={where}")[1]
        rows = len([r for r in csv.reader(io.StringIO(exported.decode("utf-8-sig"))) if r]) - 1
        ok(page["count"] == want == typed["count"] == rows, f"“{where}” means the same in list, count, typing and export", (page, want, rows))
    else:
        ok(status == 403 and "手机" in page["detail"], "what is masked cannot be found out by asking for it", (status, page))
status, answer, _ = admin.call("POST", "/api/ledgers/人/where", {"where": "年龄 >= "})
ok(status == 200 and answer["ok"] is False and "第1行" in answer["error"]["field"], "a condition that is being typed says where it breaks off", answer)

# ---- rights and masks ----------------------------------------------------------------------------------------

one = next(r for r in everything(clerk, "人") if r["values"]["证件号"] and r["values"]["手机"])
full = dict(admin.call("POST", f"/api/ledgers/人/records/{one['id']}/reveal", {"fields": ["证件号", "手机"], "reason": "测试核对"})[1]["values"])
secret, phone = full["证件号"], full["手机"]
ok("*" in one["values"]["证件号"] and one["values"]["证件号"][-4:] == secret[-4:] and "证件号" in one["masked"], "a sensitive field is shown masked", one)
seen = {
    "record": json.dumps(clerk.call("GET", f"/api/ledgers/人/records/{one['id']}")[1], ensure_ascii=False),
    "list": json.dumps(everything(clerk, "人"), ensure_ascii=False),
    "list as it was": json.dumps(everything(clerk, "人", "&as_of=2999-01-01"), ensure_ascii=False),
    "history": json.dumps(clerk.call("GET", f"/api/ledgers/人/records/{one['id']}/history")[1], ensure_ascii=False),
    "typing": json.dumps(clerk.call("POST", "/api/ledgers/人/where", {"where": "年龄 >= 0"})[1], ensure_ascii=False),
    "search": json.dumps(clerk.call("GET", f"/api/search?q={secret[-4:]}&limit=100")[1], ensure_ascii=False),
    "export.csv": clerk.call("GET", "/api/ledgers/人/export.csv")[1].decode("utf-8-sig"),
    "export.xlsx": json.dumps(sheet(clerk.call("GET", "/api/ledgers/人/export.xlsx")[1]), ensure_ascii=False),
}
for door, text in seen.items():
    ok(secret not in text and phone not in text and one["values"]["姓名"] in text, f"masked in {door} as everywhere", text[:300])
found = clerk.call("GET", f"/api/search?q={secret}")[1]["items"]
ok([f["id"] for f in found] == [one["id"]] and secret not in json.dumps(found), "who types the whole of a masked number finds its owner, and sees no more of it", found)
found = clerk.call("GET", f"/api/search?q={secret[:-1]}")[1]["items"]
ok(not [f for f in found if f["id"] == one["id"]], "all but its last character finds nobody", found)
found = auditor.call("GET", f"/api/audit/facts?record={one['id']}&limit=1")[1]["items"]
ok(found[0]["act"] == "查看敏感" and found[0]["name"] == clerk.name(), "that leaves a fact on the record", found)
for asked in (f"sort=证件号", f"where=证件号 = \"{secret}\"", f"where=substring(手机, 1, 3) = \"138\""):
    status, answer, _ = clerk.call("GET", f"/api/ledgers/人/records?{asked}")
    ok(status == 403, f"a masked field cannot be asked about: {asked[:12]}", (status, answer))

status, answer, _ = clerk.call("POST", f"/api/ledgers/人/records/{one['id']}/reveal", {"fields": ["证件号"], "reason": ""})
ok(status == 422, "opening a masked value needs a reason", (status, answer))
status, answer, _ = auditor.call("POST", f"/api/ledgers/人/records/{one['id']}/reveal", {"fields": ["证件号"], "reason": "看看"})
ok(status == 403, "who has no right to open masked values cannot", (status, answer))
status, answer, _ = clerk.call("POST", f"/api/ledgers/人/records/{one['id']}/reveal", {"fields": ["证件号"], "reason": "核对低保申请"})
spoken = {f["ledger"] for f in auditor.call("GET", "/api/audit/facts?limit=200")[1]["items"]}
ok(not any(re.fullmatch(r"[a-z_]+", name) for name in spoken), "the audit calls everything by its Chinese name", spoken)
facts = auditor.call("GET", f"/api/audit/facts?record={one['id']}&limit=5")[1]["items"]
ok(status == 200 and answer["values"]["证件号"] == secret and facts[0]["act"] == "查看敏感" and facts[0]["name"] == clerk.name(),
   "opening a masked value leaves a fact that says who", (status, answer, facts[:2]))
past = auditor.call("GET", f"/api/ledgers/人/records/{one['id']}/history")[1]
ok(any(h["act"] == "查看敏感" and h["reason"] == "核对低保申请" for h in past["items"]), "and why", past)
status, answer, _ = clerk.call("PATCH", f"/api/ledgers/人/records/{one['id']}", {"values": {"证件号": one["values"]["证件号"]}}, {"If-Match": f'"{one["version"]}"'})
ok(status == 422, "a masked value sent back does not overwrite what it hides", (status, answer))

group = cadre.call("GET", "/api/session")[1]["post"]["group"]["id"]
mine = everything(cadre, "人")
households = {h["id"]: h["values"]["村组"] for h in everything(admin, "户")}
groups = {g["id"]: g["values"]["上级"] for g in everything(admin, "村组")}


def within(x):
    while x and x != group:
        x = groups.get(x)
    return x == group


theirs = [r for r in everybody if within(households[r["values"]["户"]])]
other = next(r for r in everybody if not within(households[r["values"]["户"]]))
ok(mine and {r["id"] for r in mine} == {r["id"] for r in theirs} and len(mine) < len(everybody), "a village cadre sees the people of the village, all of them",
   (len(mine), len(theirs), len(everybody)))
exported = cadre.call("GET", "/api/ledgers/人/export.csv")[1].decode("utf-8-sig")
ok(len([r for r in csv.reader(io.StringIO(exported)) if r]) - 1 == len(mine) == cadre.call("GET", "/api/ledgers/人/records?count=1")[1]["count"],
   "export and count show the same people")
for method, where, body in (("GET", "", None), ("GET", "/history", None), ("GET", "/relations", None), ("PATCH", "", {"values": {"备注": "改"}}),
                            ("POST", "/reveal", {"fields": ["证件号"], "reason": "看看"}), ("POST", "/state", {"to": "迁出", "reason": "试"})):
    status, answer, _ = cadre.call(method, f"/api/ledgers/人/records/{other['id']}{where}", body, {"If-Match": f'"{other["version"]}"'})
    ok(status in (403, 404), f"another village's person is closed to {method} {where or 'record'}", (status, answer))
found = cadre.call("GET", f"/api/search?q={other['values']['姓名']}&limit=100")[1]["items"]
ok(other["id"] not in {f["id"] for f in found}, "and search does not find them", found)
ok(cadre.call("GET", "/api/ledgers/账号/records")[0] == 403 and cadre.call("GET", "/api/audit/facts")[0] == 403, "accounts and the audit are not for cadres")
ok(clerk.call("GET", "/api/ledgers/权限/records")[0] == 403, "a clerk cannot read who may do what")
lines = [line["name"] for line in clerk.call("GET", "/api/ledgers")[1]["lines"]]
ok(len(lines) == len(set(lines)) > 10, "a line of work stands once, whichever packs add ledgers to it", lines)
names = {l["name"] for line in cadre.call("GET", "/api/ledgers")[1]["lines"] for l in line["ledgers"]}
ok("人" in names and "账号" not in names, "the list of ledgers holds those that one may read", names)

# ---- search --------------------------------------------------------------------------------------------------

name = one["values"]["姓名"]
for typed in (name, name[:1], secret[-4:], phone[-4:]):
    found = clerk.call("GET", f"/api/search?q={typed}&limit=100")[1]["items"]
    ok(any(f["id"] == one["id"] for f in found) or len(found) == 100, f"search finds a person by {len(typed)} characters of theirs", (typed, found[:3]))
status, r, _ = clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "重庆火锅店", "类型": "个体工商户"}})
for typed in ("chongqing", "cqhgd", "火锅", "CQHG"):
    found = clerk.call("GET", f"/api/search?q={typed}")[1]["items"]
    ok(r["id"] in {f["id"] for f in found}, f"search finds 重庆火锅店 by {typed}", found)

staff = [r for r in everything(clerk, "干部") if r["values"]["姓名"]]
namesakes = [r for r in staff if any(p["values"]["姓名"] == r["values"]["姓名"] for p in everybody)]
firsts = [clerk.call("GET", f"/api/search?q={r['values']['姓名']}&limit=8")[1]["items"][0] for r in staff[:20] + namesakes[:5]]
ok(namesakes and all(f["ledger"] in ("干部", "账号") for f in firsts), "a name brings those of the office before residents who are called the same", firsts)

# ---- jobs ----------------------------------------------------------------------------------------------------


def bring(c, ledger, raw, query="", name="表.xlsx"):
    from urllib.parse import quote
    return c.call("POST", f"/api/ledgers/{ledger}/import{query}", raw=raw, headers={"X-File-Name": quote(name)})


heading = ["名称", "类型", "电话"]
many = workbook([heading] + [[f"导入{i}号店", "个体工商户", ""] for i in range(3000)])
before = len(everything(clerk, "单位"))
status, job, _ = bring(clerk, "单位", many)
events = list(clerk.events(f"/api/jobs/{job['job']}/events"))
last = clerk.call("GET", f"/api/jobs/{job['job']}")[1]
ok(status == 202 and events[-1][0] == "done" and events[-1][1]["state"] == "完成" and last["report"]["added"] == 3000,
   "an import answers at once and tells its end", (events[-1], last))
ok(any(e[0] == "progress" for e in events) and all(a[1]["done"] <= b[1]["done"] or a[1]["stage"] != b[1]["stage"] for a, b in zip(events, events[1:])),
   "and how far it is, going forward", events[:3])
ok(len(everything(clerk, "单位")) == before + 3000, "all its rows are there")
ok(admin.call("GET", f"/api/jobs/{job['job']}")[0] == 404, "a job is its owner's")
status, answer, _ = clerk.call("DELETE", f"/api/jobs/{job['job']}")
ok(status == 409 and "已经写入，来不及取消" in json.dumps(answer, ensure_ascii=False), "who cancels what has been written is told that it has been", answer)

status, job, _ = bring(clerk, "单位", workbook([heading] + [[f"取消{i}号店", "个体工商户", ""] for i in range(20000)]))
stream = clerk.events(f"/api/jobs/{job['job']}/events")
next(stream)
clerk2 = Client(server.port, clerk.cookie, clerk.csrf)
cancelled = clerk2.call("DELETE", f"/api/jobs/{job['job']}")[0]
last = list(stream)[-1]
ok(cancelled == 204 and last[1]["state"] == "已取消", "a job can be cancelled", (cancelled, last))
ok(not clerk.call("GET", "/api/ledgers/单位/records?find=取消")[1]["items"] and len(everything(clerk, "单位")) == before + 3000,
   "a cancelled import leaves nothing")

bad = workbook([heading, ["好店", "个体工商户", ""], ["坏店", "没有这种", "12"]])
job = bring(clerk, "单位", bad)[1]["job"]
last = clerk.job(job)
ok(last["report"]["bad"] == 1 and not last["report"]["kept"] and {e["field"] for e in last["report"]["errors"]} >= {"类型", "电话"}, "bad rows are told by cell",
   last)
marked = openpyxl.load_workbook(io.BytesIO(clerk.call("GET", f"/api/jobs/{job}/errors.xlsx")[1])).active
cell = next(c for row in marked.iter_rows() for c in row if c.value == "没有这种")
ok(cell.comment is not None and cell.fill.fgColor.rgb not in ("00000000", None), "and come back as the same workbook with the cells marked", cell)
ok(not clerk.call("GET", "/api/ledgers/单位/records?find=好店")[1]["items"], "nothing of a refused import is kept")
worse = workbook([heading] + [[f"坏{i}" * 40, "没有这种" * 20, "12"] for i in range(1500)])
last = clerk.job(bring(clerk, "单位", worse)[1]["job"])
ok(last["report"]["bad"] == 1500 and len(last["report"]["errors"]) == 1000, "a report of a thousand bad cells arrives, however long it is", len(str(last)))
last = clerk.job(bring(clerk, "单位", bad, "?good_rows=1")[1]["job"])
ok(last["report"]["kept"] and last["report"]["added"] == 1, "unless the good rows are asked for", last)
last = clerk.job(bring(clerk, "单位", workbook([heading, ["试店", "企业", ""]]), "?dry_run=1")[1]["job"])
ok(last["report"]["added"] == 1 and not last["report"]["kept"] and not clerk.call("GET", "/api/ledgers/单位/records?find=试店")[1]["items"],
   "a dry run tells what would happen and keeps nothing", last)
status, answer, _ = bring(auditor, "单位", bad)
ok(status == 403, "who may not import cannot", (status, answer))

reports = {}


def roll(i):
    c = Client(server.port, clerk.cookie, clerk.csrf)
    raw = workbook([heading] + [[f"同时{i}-{k}", "企业", ""] for k in range(200)])
    status, answer, _ = bring(c, "单位", raw, name=f"{i}.xlsx")
    reports[i] = c.job(answer["job"]) if status == 202 else (status, answer)


threads = [threading.Thread(target=roll, args=(i,)) for i in range(12)]
[t.start() for t in threads]
[t.join() for t in threads]
ok(len(reports) == 12 and all(isinstance(r, dict) and r["state"] == "完成" and r["report"]["added"] == 200 for r in reports.values()),
   "twelve villages import at once", list(reports.values())[:2])
got = [r for r in everything(clerk, "单位", "&fields=名称,单位编号") if r["values"]["名称"].startswith("同时")]
ok(len(got) == 2400 and len({r["values"]["单位编号"] for r in got}) == 2400, "every row of each is there, with a number of its own", len(got))

status, job, _ = bring(clerk, "收文", workbook([["收文日期", "来文单位", "文件标题"], ["2021-07-05", "旗委办公室", "关于商请调阅档案的函"]]), "?dry_run=true")
lacks = clerk.job(job["job"])["report"]["lacks"]
ok(lacks == ["方式", "签收人"], "an import names the fields that every record must have and the sheet lacks", lacks)

words = ["某巷独此一家137号", "又迁到另一条巷246号"]
status, gone, _ = clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "将要销毁的店", "类型": "企业", "地址": words[0]}})
clerk.call("PATCH", f"/api/ledgers/单位/records/{gone['id']}", {"values": {"地址": words[1]}}, {"If-Match": '"1"'})
where, asked = f"/api/ledgers/单位/records/{gone['id']}", {"reason": "本人要求，依法删除", "approval": "某镇〔2021〕1号"}
ok(clerk.call("POST", where + "/destroy", asked)[0] == 403, "who has no right to destroy cannot")
status, answer, _ = admin.call("POST", where + "/destroy", {"reason": asked["reason"]})
ok(status == 422 and "批准" in answer["detail"], "destroying needs an approval", (status, answer))
stored = lambda: b"".join(open(os.path.join(data, name), "rb").read() for name in os.listdir(data) if name.startswith("zhenwu.db"))
ok(all(w.encode() in stored() for w in words), "what a record was and is stands in the files of the town")
status, answer, _ = admin.call("POST", where + "/destroy", asked)
left = True
for _ in range(2000):  # the log is overwritten right behind the answer, once no reader needs it; nobody saves meanwhile
    left = any(w.encode() in stored() for w in words)
    if not left:
        break
facts = auditor.call("GET", f"/api/audit/facts?record={gone['id']}&limit=20")[1]["items"]
ok(status in (200, 204) and admin.call("GET", where)[0] == 404 and facts[0]["act"] == "销毁" and not left,
   "a record that is destroyed by law is nowhere in the files of the town any more; who did it is told", (status, answer, facts[:1]))

job = auditor.call("POST", "/api/audit/verify")[1]
last = auditor.job(job["job"])
ok(last["state"] == "完成" and last["report"]["ok"] is True, "the chain of facts verifies while people work", last)

# ---- live, files ---------------------------------------------------------------------------------------------

stream = cadre.events("/api/events")
head = next(r for r in mine if r["state"] == "在册")
got = []
listener = threading.Thread(target=lambda: got.append(next(stream)))
listener.start()
status, answer = 0, None
while listener.is_alive() and status in (0, 200):
    now = clerk.call("GET", f"/api/ledgers/人/records/{head['id']}")[1]
    status, answer, _ = clerk.call("PATCH", f"/api/ledgers/人/records/{head['id']}", {"values": {"备注": f"第{now['version']}次"}}, {"If-Match": f'"{now["version"]}"'})
    listener.join(0.05)
ok(status == 200 and got and got[0][0] == "fact" and got[0][1]["ledger"] == "人" and "values" not in got[0][1], "who looks on is told that a record has changed",
   (status, answer, got))

# Many saves at once: everybody who listens hears of each that is theirs to see, and of no other.
standing = [r["id"] for r in everything(clerk, "人") if r["state"] == "在册"]
own = {r["id"] for r in mine} & set(standing)
last = next(x for x in reversed(standing) if x in own and x != head["id"])
heard = {"cadre": set(), "leader": set()}


def hear(name, stream):
    for _, data in stream:
        heard[name].add(data["record"])
        if data["record"] == last:
            return


def note(c, record, text):
    version = c.call("GET", f"/api/ledgers/人/records/{record}")[1]["version"]
    return c.call("PATCH", f"/api/ledgers/人/records/{record}", {"values": {"备注": text}}, {"If-Match": f'"{version}"'})[0]


said = []
hearers = [threading.Thread(target=hear, args=(n, c.events("/api/events"))) for n, c in (("cadre", cadre), ("leader", leader))]
desks = [Client(server.port, clerk.cookie, clerk.csrf) for _ in range(4)]
savers = [threading.Thread(target=lambda c=c, part=[x for x in standing if x != last][i::4]: said.extend(note(c, x, "一起改") for x in part)) for i, c in enumerate(desks)]
for t in hearers + savers:
    t.start()
for t in savers:
    t.join()
ok(note(clerk, last, "最后改") == 200 and len(said) == len(standing) - 1 and set(said) == {200}, "four desks correct everybody at once", set(said))
for t in hearers:
    t.join()
ok(len(own) > 10 and heard["cadre"] == own, "a village cadre hears of each of the village's people, and of nobody else",
   (len(own), len(heard["cadre"] - own), len(own - heard["cadre"])))
ok(set(standing) <= heard["leader"], "who sees the whole town hears of everybody", len(set(standing) - heard["leader"]))

# Who has signed out hears no more, although the line is still open.
guest = signed("auditor")
over = threading.Thread(target=lambda stream: [None for _ in stream], args=(guest.events("/api/events"),))
over.start()
ok(guest.call("DELETE", "/api/session")[0] == 204, "somebody signs out while the page still listens")
while over.is_alive() and note(clerk, head["id"], "又改") == 200:
    over.join(0.05)
ok(not over.is_alive(), "and the line ends when there is news")

status, kept, _ = clerk.call("POST", "/api/files", raw=b"%PDF-1.4 a file", headers={"X-File-Name": "a.pdf"})
ok(status == 200 and re.fullmatch("[0-9a-f]{64}", kept["digest"]) and kept["size"] == 15, "a file is kept by its digest", (status, kept))
unit = r["id"]  # in no village group
status, answer, _ = clerk.call("POST", "/api/ledgers/证照/records", {"values": {"单位": unit, "证照名": "营业执照", "影像": [{"名": "a.pdf", "摘要": kept["digest"], "大小": 15}]}})
ok(status == 201, "and belongs to the record that names it", (status, answer))
where = f"/api/files/{kept['digest']}?ledger=证照&record={answer.get('id')}"
status, body, headers = clerk.call("GET", where + "&name=a.pdf")
ok(status == 200 and body == b"%PDF-1.4 a file" and "attachment" in headers["Content-Disposition"], "who sees the record gets the file, to save", (status, body))
ok(cadre.call("GET", where)[0] in (403, 404), "who does not see the record does not")
ok(clerk.call("GET", f"/api/files/{kept['digest']}?ledger=单位&record={unit}")[0] == 404, "a digest alone opens nothing")

# ---- what the program says of itself -------------------------------------------------------------------------

status, doc, _ = Client(server.port).call("GET", "/api/openapi.json")
routes = re.findall(r"\{HTTP_(\w+), \"(/api[^\"]*)\"", open(os.path.join(HERE, "..", "src", "api", "routes.c"), encoding="utf-8").read())
missing = [(m, p) for m, p in routes if m.lower() not in doc["paths"].get(p, {})]
ok(len(routes) > 30 and not missing, "every route is in openapi.json", missing)
wrong = []


def walk(node, where):
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.rsplit("/", 1)[-1] not in doc["components"]["schemas"]:
            wrong.append((where, ref))
        kind = node.get("type")
        if where.startswith("schema") and kind is not None and not isinstance(kind, dict):
            for k in kind if isinstance(kind, list) else [kind]:
                if k not in ("object", "array", "string", "integer", "number", "boolean", "null"):
                    wrong.append((where, k))
        for key, value in node.items():
            walk(value, where + "/" + key)
    elif isinstance(node, list):
        for value in node:
            walk(value, where)


walk(doc["components"]["schemas"], "schema")
walk(doc["paths"], "paths")
for path, operations in doc["paths"].items():
    for method, o in operations.items():
        declared = {p["name"] for p in o["parameters"] if p["in"] == "path"}
        if set(re.findall(r"\{(\w+)\}", path)) != declared or not o["responses"] or method not in ("get", "post", "put", "patch", "delete"):
            wrong.append((path, method))
        if [x["operationId"] for each in doc["paths"].values() for x in each.values()].count(o["operationId"]) != 1:
            wrong.append((path, method, o["operationId"]))
        if not all(re.fullmatch(r"[1-5](\d\d|XX)|default", code) and answer["description"] for code, answer in o["responses"].items()):
            wrong.append((path, method, list(o["responses"])))
ok(doc["openapi"].startswith("3.1.") and doc["info"]["title"] and doc["info"]["version"] and not wrong, "openapi.json is sound OpenAPI 3.1", wrong[:5])
seen = {(m, p): ("If-Match" in {h["name"] for h in o["parameters"] if h["in"] == "header" and h["required"]},
                any("ETag" in answer.get("headers", {}) for answer in o["responses"].values()), "412" in o["responses"] and "428" in o["responses"])
        for p, operations in doc["paths"].items() for m, o in operations.items()}
of_record = "/api/ledgers/{ledger}/records/{id}"
versions = {("post", "/api/ledgers/{ledger}/records"): (False, True, False), ("get", of_record): (False, True, False), ("patch", of_record): (True, True, True),
            ("post", of_record + "/state"): (True, True, True), ("post", of_record + "/withdraw"): (True, True, True)}
ok({k: v for k, v in seen.items() if any(v)} == versions, "and says which answers carry a version as ETag and which requests must name it as If-Match",
   {k: v for k, v in seen.items() if any(v)})
status, shown, headers = clerk.call("GET", f"/api/ledgers/人/records/{person['id']}")
ok(headers["ETag"] == f'"{shown["version"]}"', "as the answers do", headers["ETag"])
for method, where, body in (("PATCH", "", {"values": {"备注": "甲"}}), ("POST", "/state", {"to": "迁出"}), ("POST", "/withdraw", {"reason": "重复"})):
    said = [clerk.call(method, f"/api/ledgers/人/records/{person['id']}{where}", body, h)[0] for h in ({}, {"If-Match": "x"}, {"If-Match": '"99"'})]
    ok(said == [428, 400, 412], f"a change of a record ({method} {where or 'itself'}) without the version seen, with none or with another is refused", said)
for name in ("人", "单位"):
    english = next(l["english"] for line in admin.call("GET", "/api/ledgers")[1]["lines"] for l in line["ledgers"] if l["name"] == name)
    ok("values-" + english in doc["components"]["schemas"], f"and describes the values of {name}")
status, answer, _ = Client(server.port).call("GET", "/api/health")
ok(status == 200 and answer["ok"] is True, "anybody may ask whether it is well", answer)

for where in ("/", "/api/health", "/api/ledgers"):
    status, _, headers = Client(server.port).call("GET", where)
    policy = headers["Content-Security-Policy"] or ""
    ok("default-src 'self'" in policy and "unsafe-inline" not in policy.split("script-src")[-1].split(";")[0] and "frame-ancestors 'none'" in policy
       and headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] and "Server" not in headers,
       f"{where} comes with the headers that keep browsers safe", dict(headers))
status, page, headers = Client(server.port).call("GET", "/")
ok(status == 200 and b"<script" in page and not re.search(rb"(src|href)=\"https?:", page), "the pages load nothing from elsewhere", page[:300])
ok(Client(server.port).call("GET", "/ledgers/x")[1] == page and Client(server.port).call("GET", "/nothing.js")[0] == 404,
   "a place inside the pages is the pages; a file that is not there is not")

status = server.stop()
ok(status == 0, "told to stop, it finishes and ends well", status)
shutil.rmtree(data)
end()
