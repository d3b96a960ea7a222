"""Acts on many rows of a list at once: the chosen leave as Excel, get a tag, or lose it; each row under the rights of who asks."""
import io, json, os, shutil, sqlite3, sys, time

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "2600", "--seed", "7")[1])
server = Server(data)


def signed(account):
    c = Client(server.port)
    status, answer = c.sign_in(account, people[account])
    assert status == 200, answer
    return c


def facts():
    return sqlite3.connect(os.path.join(data, "zhenwu.db"), timeout=30).execute("select count(*) from fact").fetchone()[0]


def listed(c, ledger, query=""):
    return c.call("GET", f"/api/ledgers/{ledger}/records?count=1&limit=1000{query}")[1]


def tagged(c, who, tag="护林护草员"):
    return listed(c, "标签", f'&where=标签 = "{tag}" and 主体人 = "{who}"')["items"]


admin, clerk, cadre = (signed(a) for a in ("admin", "clerk", "cadre"))
everybody = listed(clerk, "人")["items"]
three = [r["id"] for r in everybody[:3]]
values = {"标签": "护林护草员", "认定部门": "旗林草局", "认定文号": "旗林草〔2021〕9号", "起": "2021-07-01"}

# ---- export ----------------------------------------------------------------------------------------------------

status, raw, headers = clerk.call("POST", "/api/ledgers/人/export.xlsx", {"ids": three})
book = [[str(v) for v in row if v is not None] for row in openpyxl.load_workbook(io.BytesIO(raw)).active.iter_rows(values_only=True)]
text = json.dumps(book, ensure_ascii=False)
ok(status == 200 and all(r["values"]["姓名"] in text for r in everybody[:3]) and everybody[4]["values"]["证件号"] not in text, "the chosen leave as a workbook, and nobody else")
ok(everybody[0]["values"]["证件号"] in text and "*" in everybody[0]["values"]["证件号"], "covered as everywhere", text[:400])
trace = admin.call("GET", "/api/audit/facts?limit=5")[1]["items"][0]
ok(trace["act"] == "导出", "that they left is traced", trace)
ok(clerk.call("POST", "/api/ledgers/人/export.xlsx", {"ids": []})[0] == 422, "nobody chosen is nothing to export")
ok(clerk.call("POST", "/api/ledgers/人/export.xlsx", {"ids": ["x"]})[0] == 422, "what is no id is refused")
ok(clerk.call("POST", "/api/ledgers/人/export.xlsx", {"ids": three * 400})[0] == 422, "more than a thousand are chosen by a condition")
far = next(r for r in everybody if r["id"] not in {m["id"] for m in listed(cadre, "人")["items"]})
status, raw, _ = cadre.call("POST", "/api/ledgers/人/export.xlsx", {"ids": [far["id"]]})
rows = [row for row in openpyxl.load_workbook(io.BytesIO(raw)).active.iter_rows(values_only=True)] if status == 200 else []
ok(status in (200, 403, 404) and far["values"]["姓名"] not in str(rows), "another village's people do not leave by their ids")

# ---- tags ------------------------------------------------------------------------------------------------------

before = facts()
status, seen, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": three, "values": values, "dry": True})
ok(status == 200 and (seen["chosen"], seen["done"], seen["rows"]) == (3, 3, []) and facts() == before, "a dry run tells and writes nothing", seen)
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": three, "values": values})
ok(status == 200 and done == seen and facts() == before + 3, "what was told is done, a fact each", (done, facts() - before))
tag = tagged(clerk, three[0])
ok(len(tag) == 1 and tag[0]["values"]["认定文号"] == values["认定文号"] and tag[0]["values"]["起"] == "2021-07-01", "the tag is a record with who decided it", tag)
four = three + [everybody[3]["id"]]
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": four, "values": values})
ok((done["done"], done["skipped"]) == (1, 3) and {r["id"] for r in done["rows"]} == set(three) and all("已有" in r["text"] for r in done["rows"]),
   "who has it already is told and left", done)
status, answer, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": four, "values": {"起": "2021-07-01"}})
ok(status == 422 and answer["errors"][0]["field"] == "标签", "no tag is said at its field", answer)
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": [everybody[5]["id"]], "values": {**values, "认定部门": ""}})
ok(status == 200 and done["refused"] == 1 and "认定部门" in done["rows"][0]["text"], "what the ledger refuses is said row by row", done)
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": [three[0], everybody[6]["id"]], "values": {**values, "标签": "护林护草员", "止": "2021-06-01"}})
ok(done["refused"] == 1 and done["skipped"] == 1 and "止" in done["rows"][1]["text"] + done["rows"][0]["text"], "a rule of the ledger holds for each", done)

status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": four + [everybody[7]["id"]], "tag": "护林护草员", "end": "2021-12-31", "reason": "合同到期", "dry": False})
ok((done["done"], done["skipped"]) == (4, 1) and "没有这个标签" in done["rows"][0]["text"], "a tag is ended for all who have it; who has not is told", done)
tag = tagged(clerk, three[0])[0]
past = clerk.call("GET", f"/api/ledgers/标签/records/{tag['id']}/history")[1]["items"]
ok(tag["values"]["止"] == "2021-12-31" and past[0]["reason"] == "合同到期" and past[0]["name"] == clerk.name(), "its record stays, with its last day, who and why", past[0])

# ---- rights of each row ----------------------------------------------------------------------------------------

mine = [r["id"] for r in listed(cadre, "人")["items"]]
status, answer, _ = cadre.call("POST", "/api/ledgers/人/tags", {"ids": mine[:2], "values": values})
ok(status == 403, "who may not tag at all is refused whole", answer)
status, right, _ = admin.call("POST", "/api/ledgers/权限/records", {"values": {"角色": "村干部", "台账": "标签", "序": 9, "动作": ["新增", "修改"], "范围": "本村组"}})
assert status == 201, right
cadre = signed("cadre")
status, done, _ = cadre.call("POST", "/api/ledgers/人/tags", {"ids": [far["id"], mine[10], far["id"]], "values": {**values, "标签": "财政供养", "起": "2019-02-03"}})
lost = [r for r in done["rows"] if r["id"] == far["id"]]
ok(status == 200 and (done["chosen"], done["done"], done["refused"]) == (2, 1, 1) and len(lost) == 1 and lost[0]["title"] == "" and "范围" in lost[0]["text"],
   "somebody of another village is refused by name of nothing, the others are done", done)
ours = lambda who: [t for t in tagged(admin, who, "财政供养") if t["values"]["起"] == "2019-02-03"]
ok(not ours(far["id"]) and len(ours(mine[10])) == 1, "as was said")
status, gone, _ = clerk.call("POST", "/api/ledgers/人/records", {"values": {"姓名": "乌云", "证件类型": "无证", "户": everybody[0]["values"]["户"], "与户主关系": "其他", "户籍类别": "本镇"}})
assert status == 201, gone
assert clerk.call("POST", f"/api/ledgers/人/records/{gone['id']}/withdraw", {"reason": "重复登记"}, {"If-Match": f'"{gone["version"]}"'})[0] == 200
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags", {"ids": [gone["id"]], "values": values})
ok(done["refused"] == 1 and done["rows"][0]["text"], "a withdrawn record gets none", done)

# ---- all that the list shows -----------------------------------------------------------------------------------

where = "年龄 >= 60"
count = listed(clerk, "人", f"&where={where}")["count"]
status, done, _ = clerk.call("POST", f"/api/ledgers/人/tags?where={where}", {"values": {**values, "标签": "独居老人", "起": "2021-08-01"}, "dry": True})
ok(0 < count <= 2000 and done["chosen"] == count == done["done"] + done["skipped"] + done["refused"], "all that a condition shows are counted", (count, done["chosen"]))
begun = time.monotonic()
status, answer, _ = clerk.call("POST", "/api/ledgers/人/tags", {"values": values, "dry": True})
ok(status == 422 and "2000" in answer["detail"], "more than two thousand are narrowed first", answer)
status, answer, _ = clerk.call("POST", "/api/ledgers/单位/tags", {"ids": three, "values": values})
ok(status == 422 and "没有标签" in answer["detail"], "a ledger whose records have no tags says so", answer)
homes = listed(clerk, "户")["items"][:2]
status, done, _ = clerk.call("POST", "/api/ledgers/户/tags", {"ids": [h["id"] for h in homes], "values": {**values, "标签": "脱贫户", "起": "2020-01-01"}})
ok(status == 200 and done["done"] + done["skipped"] == 2, "households have tags as people do", done)
begun = time.monotonic()
adults = listed(clerk, "人", "&where=年龄 >= 18")["count"]
status, done, _ = clerk.call("POST", "/api/ledgers/人/tags?where=年龄 >= 18", {"values": {**values, "标签": "网格员", "起": "2021-08-01"}})
spent = time.monotonic() - begun
with open(f"/proc/{server.process.pid}/status") as f:
    resident = int(next(l for l in f if l.startswith("VmRSS")).split()[1]) // 1024
print(f"# {done.get('done')} of {adults} rows in {spent:.2f} s, {resident} MB resident")
ok(status == 200 and done["done"] > 1000 or adults > 2000, "a great many are one act", done.get("detail", ""))
ok("完好" in run("audit", "verify", "--data", data)[1], "the history is whole")
server.stop()
shutil.rmtree(data)
end()
