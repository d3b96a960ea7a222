"""Procedures from outside: a whole paper, acts and their refusals, two people at once, repeated commands, kill -9 between any two writes."""
import os, queue, random, re, shutil, sqlite3, subprocess, sys, threading, time, uuid
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

ROUNDS = int(os.environ.get("ROUNDS", "12"))
rng = random.Random(1949)
data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "60", "--seed", "7")[1])
server = Server(data)


def signed(name):
    c = Client(server.port)
    status, answer = c.sign_in(name, people[name])
    assert status == 200, answer
    c.account = answer["account"]["id"]
    return c


admin, leader, clerk, cadre, auditor = (signed(a) for a in ("admin", "leader", "clerk", "cadre", "auditor"))


def add(c, ledger, values):
    status, r, _ = c.call("POST", f"/api/ledgers/{ledger}/records", {"values": values})
    assert status == 201, r
    return r


def staff_of(c, name):
    """The 干部 behind an account, made when the town does not say who it is."""
    account = admin.call("GET", f"/api/ledgers/账号/records/{c.account}")[1]
    if account["values"].get("干部"):
        return account["values"]["干部"]
    staff = add(admin, "干部", {"姓名": name, "单位": "某镇", "编制": "行政", "到任": "2020-01-01"})["id"]
    status, r, _ = admin.call("PATCH", f"/api/ledgers/账号/records/{c.account}", {"values": {"干部": staff}},
                              {"If-Match": f'"{account["version"]}"'})
    assert status == 200, r
    return staff


leader_staff, clerk_staff, cadre_staff = staff_of(leader, "书记"), staff_of(clerk, "文书"), staff_of(cadre, "村长")
papers = clerk.call("GET", "/api/ledgers/收文")[1]["fields"]
ok(clerk.call("GET", "/api/session")[1]["account"].get("staff") == clerk_staff and next(f["default"] for f in papers if f["name"] == "签收人") == "本人"
   and next(f["default"] for f in clerk.call("GET", "/api/ledgers/发文")[1]["fields"] if f["name"] == "签发时") == "此刻",
   "a session says which record of 干部 is whoever is signed in, and a ledger where a form begins with them")
office = add(admin, "站所", {"代码": "ZZ9", "名称": "财政所", "负责人": cadre_staff})["id"]


def paper(title, **more):
    values = {"方式": "电子公文", "来文单位": "县政府办", "标题": title, "文种": "通知", "密级": "无", "紧急": "平件", "收文日": "2021-12-06",
              "签收人": clerk_staff, "签收时": "2021-12-06T09:00:00+08:00"}
    values.update(more)
    return add(clerk, "收文", values)["id"]


def begin(record, command=None):
    return clerk.call("POST", "/api/cases", {"procedure": "inbound_doc", "record": record, **({"command": command} if command else {})})


def act(c, case, name, seat=None, **more):
    body = {"act": name, **more}
    if seat is not None:
        body["seat"] = seat
    return c.call("POST", f"/api/cases/{case}/act", body)


def tasks(c, box="todo"):
    status, page, _ = c.call("GET", f"/api/tasks?box={box}")
    assert status == 200, page
    return page["items"]


def seat(c, case):
    return next((t["seat"] for t in tasks(c) if t["case"] == case), None)


def show(c, case):
    status, view, _ = c.call("GET", f"/api/cases/{case}")
    assert status == 200, view
    return view


def proposal():
    return {"传阅范围": [leader_staff], "具体措施": "排查隐患", "预想成效": "安全度汛", "批示领导": [leader_staff], "主办": office}


def to_leader(case):
    assert act(clerk, case, "agree", seat(clerk, case), values={"初审": "合格"})[0] == 200
    status, r, _ = act(clerk, case, "agree", seat(clerk, case), opinion="拟请财政所承办", values=proposal())
    assert status == 200, r


# ---- one whole paper --------------------------------------------------------------------------------------------

status, procedures, _ = clerk.call("GET", "/api/procedures")
ok(status == 200 and {"inbound_doc", "outbound_doc", "hazard", "ticket", "relief_batch", "action_item"} <= {p["key"] for p in procedures["items"]},
   "the procedures of the packs are listed", procedures)
status, model, _ = clerk.call("GET", "/api/procedures/inbound_doc/model.bpmn")
ok(status == 200 and b"BPMNDiagram" in model and "收文办理".encode() in model, "a procedure's model with its diagram can be fetched")

first = paper("关于做好防汛工作的通知")
later = clerk.call("GET", "/api/ledgers/收文")[1]["later"]
ok({"初审", "具体措施", "办结时"} <= set(later) and not {"标题", "收文日", "签收人"} & set(later), "a ledger says which of its fields the steps of its procedures fill in")
later = clerk.call("GET", "/api/ledgers/发文")[1]["later"]
ok({"发文号", "印制份数", "字数", "归档"} <= set(later) and not {"标题", "主送", "正文"} & set(later), "who drafts a paper is not asked for what its printing and filing will tell", later)
later = clerk.call("GET", "/api/ledgers/救助对象")[1]["later"]
ok({"规则结论", "核定类别", "核定金额", "调整签", "镇审人"} <= set(later) and not {"户", "申请日", "需救助人口"} & set(later),
   "who enters an applicant is not asked for what village and town decide afterwards, though the batch travels, not the applicant", later)
status, cases, _ = clerk.call("GET", f"/api/ledgers/收文/records/{first}/cases")
ok(status == 200 and cases["items"] == [] and [m["procedure"] for m in cases["may_start"]] == ["inbound_doc"] and not cases["may_start"][0]["reason"],
   "a record tells which procedures may be begun on it", cases)
status, begun, _ = begin(first)
case = begun["case"]
ok(status == 200 and begun["state"] == "初审" and [e["kind"] for e in begun["effects"]][:1] == ["arrives"], "a paper is begun by who enters papers", begun)
seen = clerk.call("GET", f"/api/ledgers/收文/records/{first}")[1]
held = clerk.call("GET", f"/api/ledgers/收文/records/{first}/cases")[1]["held"]
status, refused, _ = clerk.call("POST", f"/api/ledgers/收文/records/{first}/state", {"to": "拟办"}, {"If-Match": f'"{seen["version"]}"'})
ok(not cases["held"] and "收文办理" in held and status == 409 and refused["detail"] == held, "a record on which a procedure runs says beforehand why its state is not moved by hand", (held, refused))
status, refused, _ = begin(first)
ok(status == 409, "the same paper is not begun twice at a time", refused)
status, refused, _ = cadre.call("POST", "/api/cases", {"procedure": "inbound_doc", "record": first})
ok(status in (403, 404), "who may not begin it is refused", refused)

told = next(f for f in auditor.call("GET", "/api/audit/facts?limit=20")[1]["items"] if f["record"] == case)
ok(told["english"] == "flow" and "关于做好防汛工作的通知" in told["title"], "the audit says which paper an act was done on", told)

status, refused, _ = act(clerk, case, "同意", seat(clerk, case))
ok(status == 422 and refused["errors"][0]["field"] == "初审", "what the task must record is asked for by name", refused)
to_leader(case)
view = show(clerk, case)
ok(view["place"] == "批示" and view["record"] == first and view["values"]["values"]["具体措施"] == "排查隐患" and view["visits"][-1]["seats"][0]["person"],
   "where it is, since when and with whom is one answer", view)
status, seen, _ = leader.call("POST", f"/api/cases/{case}/preview", {"act": "back_first", "seat": seat(leader, case), "opinion": "重拟"})
ok(status == 200 and any(e["kind"] == "withdraws" for e in seen["effects"]) and show(clerk, case)["rev"] == view["rev"],
   "what a return would do is shown before it is done, and nothing has changed", seen)
status, refused, _ = act(cadre, case, "agree", 1)
ok(status in (403, 404), "who has no seat cannot act on it", refused)
status, r, _ = act(leader, case, "agree", seat(leader, case), opinion="同意，请财政所抓紧落实", rev=view["rev"])
ok(status == 200 and any(e["kind"] == "copies" for e in r["effects"]), "a leader's instruction hands it on and sends it round", r)
status, refused, _ = act(leader, case, "agree", 1, rev=view["rev"])
ok(status == 409 and "刷新" in refused["detail"], "who acts on what has changed meanwhile is told, and nothing of theirs is kept", refused)
copy = next(t for t in tasks(leader, "copies") if t["case"] == case)
status, r, _ = leader.call("POST", f"/api/cases/{case}/read", {"copy": copy["copy"], "note": "已阅"})
ok(status == 200 and next(t for t in tasks(leader, "copies") if t["case"] == case)["read_at"], "a copy is read once and says when", r)
status, r, _ = act(cadre, case, "agree", seat(cadre, case), opinion="已落实", values={"办理结果": "三处隐患已排除"})
ok(status == 200 and r["state"] == "办结", "the office in charge reports what it did", r)
command = str(uuid.uuid4())
last = seat(clerk, case)
status, r, _ = act(clerk, case, "agree", last, command=command)
status2, again, _ = act(clerk, case, "agree", last, command=command)
ok(status == 200 and r["ended"] and r["state"] == "归档" and status2 == 200 and again["repeated"] and again["rev"] == r["rev"],
   "a command sent twice is done once and answered alike", again)
view = show(leader, case)
ok(view["end"] == "completed" and [w["act"] for w in view["words"]].count("同意") == 5 and all(v["closed"] for v in view["visits"]),
   "the path of a finished paper is complete", view["words"])
ok(clerk.call("GET", f"/api/ledgers/收文/records/{first}")[1]["state"] == "归档", "the record stands where its procedure took it")
ok({(w["node"], w["said"]) for w in view["words"] if w["node"] in ("拟办", "批示") and w["act"] == "同意"} == {("拟办", "办好"), ("批示", "同意")},
   "a word says whether something was filled in there, or agreed to", view["words"])
cases = clerk.call("GET", f"/api/ledgers/收文/records/{first}/cases")[1]
status, refused, _ = begin(first)
ok("已是“归档”" in cases["may_start"][0]["reason"] and status == 409 and refused["detail"] == cases["may_start"][0]["reason"],
   "what its procedure has led to the end is not begun again: offered and refused for one reason", (cases["may_start"], refused))
ok(case in [t["case"] for t in tasks(clerk, "sent")] and case in [t["case"] for t in tasks(cadre, "done")], "what I sent and what I did are lists of their own")

secret = paper("（涉密）", 密级="秘密")
status, r, _ = begin(secret)
ok(status == 200 and r["ended"] and r["state"] == "登记" and not [t for t in tasks(clerk) if t["record"] == secret],
   "a classified paper is entered in the catalogue only", r)

second = paper("关于春季造林的通知")
case2 = begin(second)[1]["case"]
to_leader(case2)
status, r, _ = act(leader, case2, "refuse", seat(leader, case2), opinion="措施不具体")
ok(status == 200 and r["state"] == "拟办" and seat(clerk, case2) is not None, "what a leader refuses goes back to be proposed anew", r)
status, r, _ = cadre.call("GET", f"/api/cases/{case2}")
ok(status == 404, "who takes no part and may not read the record does not learn of the case", r)
may = show(leader, case2)["may"]
ok({"end", "suspend"} <= {m["act"] for m in may if not m["reason"]}, "who supervises is told that they may intervene", may)
status, r, _ = act(leader, case2, "suspend", opinion="等上级答复")
status2, refused, _ = act(clerk, case2, "agree", seat(clerk, case2), values=proposal())
ok(status == 200 and status2 == 409 and "挂起" in refused["detail"], "a case that is suspended waits", refused)
ok(act(leader, case2, "resume")[0] == 200, "and goes on when resumed")
status, r, _ = act(clerk, case2, "end", opinion="试")
ok(status == 403, "who does not supervise cannot end it", r)
version = clerk.call("GET", f"/api/ledgers/收文/records/{second}")[1]["version"]
status, r, _ = clerk.call("POST", f"/api/ledgers/收文/records/{second}/withdraw", {"reason": "重复登记"}, {"If-Match": f'"{version}"'})
ok(status == 200 and seat(clerk, case2) is None and show(leader, case2)["end"] != "running", "a record that is withdrawn ends what runs on it", r)

for name, path, body in [("an unknown act", f"/api/cases/{case}/act", {"act": "飞"}), ("an act without a name", f"/api/cases/{case}/act", {}),
                         ("people who are no list", f"/api/cases/{case}/act", {"act": "copy", "who": "x"}),
                         ("numbers that are none", f"/api/cases/{case}/act", {"act": "agree", "seat": "一"}),
                         ("an unknown procedure", "/api/cases", {"procedure": "没有", "record": first}),
                         ("a record that is none", "/api/cases", {"procedure": "inbound_doc", "record": "x"}),
                         ("values that are no object", f"/api/cases/{case}/act", {"act": "agree", "seat": 0, "values": [1]})]:
    status, r, _ = clerk.call("POST", path, body)
    ok(status == 422 and r["errors"], f"{name} is refused with what is the matter", r)
status, r, _ = clerk.call("GET", "/api/tasks?box=飞")
ok(status == 422, "an unknown box is refused", r)
ok(clerk.call("GET", f"/api/cases/{uuid.uuid4()}")[0] == 404, "a case that is none is not found")

# ---- handed down to village groups ------------------------------------------------------------------------------

groups = [r["id"] for r in admin.call("GET", "/api/ledgers/村组/records?limit=200")[1]["items"]]
third = begin(paper("关于秸秆禁烧的通知"))[1]["case"]
assert act(clerk, third, "agree", seat(clerk, third), values={"初审": "合格"})[0] == 200
status, r, _ = act(clerk, third, "agree", seat(clerk, third), values={**proposal(), "下达村组": groups[:3]})
ok(status == 422 and any(e["field"] == "反馈时限" for e in r["errors"]), "what is handed down to village groups needs a time to answer", r)
status, r, _ = act(clerk, third, "agree", seat(clerk, third),
                   values={**proposal(), "下达村组": groups[:3], "任务要求": "逐户告知", "反馈时限": "2021-12-20T18:00:00+08:00"})
assert status == 200, r
status, r, _ = act(leader, third, "agree", seat(leader, third), opinion="同意")
assert status == 200, r
status, tree, _ = clerk.call("GET", f"/api/cases/{third}/path")
below = tree["items"][1:]
ok(status == 200 and len(below) == 3 and {t["above"] for t in below} == {third} and all(t["due"] and t["name"] == "村组任务" for t in below)
   and len({t["group"] for t in below}) == 3, "a county's paper and its village groups' tasks are one path", tree)
status, r, _ = act(cadre, third, "agree", seat(cadre, third), values={"办理结果": "已部署"})
assert status == 200, r
view = show(leader, third)
waits = [(w["kind"], w["name"], w["text"]) for w in view["waits"]]
ok(view["place"] == "下达村组" and ("below", "下达村组", f"等下级办结：“村组任务” {len(below)} 件") in waits and all(w["since"] for w in view["waits"]),
   "the paper waits for the village groups and says so, and since when", (view["place"], waits))
status, view, _ = clerk.call("GET", f"/api/cases/{below[0]['case']}")
ok(status == 200 and view["values"]["values"]["来文"] and view["values"]["values"]["要求"] == "逐户告知", "who handed it down sees each task", view)
news = queue.Queue()
threading.Thread(target=lambda stream: [news.put(data) for _, data in stream], args=(leader.events("/api/events"),), daemon=True).start()
for t in below:
    status, view, _ = leader.call("GET", f"/api/cases/{t['case']}")
    where = next(v for v in view["visits"] if v["state"] == "open")
    if not any(s["state"] == "open" for s in where["seats"]):  # a village group without a cadre: the office gives it to somebody
        status, r, _ = act(leader, t["case"], "assign", work=where["work"], who=[cadre.account])
        assert status == 200, r
    holder = next(s for v in show(leader, t["case"])["visits"] for s in v["seats"] if s["state"] == "open")
    if holder["account"] != cadre.account:
        status, r, _ = act(leader, t["case"], "transfer", holder["seat"], who=[cadre.account], opinion="代办")
        assert status == 200, r
    status, r, _ = act(cadre, t["case"], "agree", seat(cadre, t["case"]), values={"反馈": "已告知到户"})
    assert status == 200, r
    status, r, _ = act(clerk, t["case"], "agree", seat(clerk, t["case"]))
    assert status == 200, r
tree = clerk.call("GET", f"/api/cases/{third}/path")[1]["items"]
told = news.get(timeout=60)
while told["record"] != tree[0]["record"]:
    told = news.get(timeout=60)
ok(told["ledger"] == "收文", "whoever has the paper open is told that it moved, though nobody acted on it or changed its record", told)
ok(all(t["feedback"] == "已告知到户" and t["end"] == "completed" for t in tree[1:]) and show(leader, third)["place"] == "办结",
   "when the last has answered the paper goes on, and shows every answer", tree)
status, r, _ = leader.call("GET", f"/api/cases/{uuid.uuid4()}/path")
ok(status == 404, "the path of a case that is none is not found", r)
record = tree[0]["record"]
version = clerk.call("GET", f"/api/ledgers/收文/records/{record}")[1]["version"]
status, r, _ = clerk.call("POST", f"/api/ledgers/收文/records/{record}/state", {"to": "归档", "reason": "手工"}, {"If-Match": f'"{version}"'})
ok(status == 409 and "收文办理" in r["detail"] and third in r["detail"], "a record's state is not changed by hand beside its case", r)

# ---- a paper that goes out ----------------------------------------------------------------------------------------

numbers = []
for n, wrong in ((1, True), (2, False)):
    out = add(clerk, "发文", {"标题": f"关于做好冬季防火工作的通知{n}", "文种": "通知", "发文机关": "镇政府", "主送": "各村民委员会", "公开属性": "主动公开",
                             "拟稿人": clerk_staff})["id"]
    status, r, _ = clerk.call("POST", "/api/cases", {"procedure": "outbound_doc", "record": out})
    assert status == 200, r
    sent = r["case"]
    steps = [(clerk, {"核稿人": clerk_staff, "合法性审核": "不需", "审核人": leader_staff, "签发人": leader_staff}), (leader, {}),
             (leader, {"签发时": "2021-12-07T10:00:00+08:00"}), (clerk, {"复核人": clerk_staff}), (clerk, {}), (clerk, {"印制份数": 20, "成文日": "2021-12-07"}),
             (clerk, {}), (clerk, {})]
    if wrong:
        status, r, _ = act(clerk, sent, "refuse", seat(clerk, sent), opinion="依据没有写明")
        assert status == 200 and r["state"] == "拟稿", r
        assert act(clerk, sent, "agree", seat(clerk, sent), opinion="已补")[0] == 200
    states = []
    for c, values in steps:
        asked = [f for v in c.call("GET", f"/api/cases/{sent}")[1]["visits"] if v["state"] == "open" and v["name"] == "登记编号" for f in v["form"]]
        ok(all(f["given"] and not f["required"] for f in asked), "a step that takes a number by itself does not ask for one", asked)
        status, r, _ = act(c, sent, "agree", seat(c, sent), **({"values": values} if values else {}))
        assert status == 200, (states, r)
        states.append(r["state"])
    numbers.append(clerk.call("GET", f"/api/ledgers/发文/records/{out}")[1]["values"]["发文号"])
ok(states == ["审核", "签发", "复核", "登记编号", "印制", "用印", "核发", "归档"] and r["ended"], "a paper goes out step by step, as far as the archive", states)
ok(all(re.fullmatch(r"镇政发〔20\d\d〕\d+号", x) for x in numbers) and numbers[0] != numbers[1],
   "it takes the next number of its series when it is registered", numbers)
status, r, _ = clerk.call("POST", "/api/ledgers/发文/records", {"values": {"标题": "甲", "文种": "便条", "发文机关": "镇政府", "主送": "乙", "公开属性": "主动公开", "拟稿人": clerk_staff}})
ok(status == 422 and r["errors"][0]["field"] == "文种", "a kind of document that is none of the fifteen is refused", r)

# ---- what an inspection finds ------------------------------------------------------------------------------------------

unit = admin.call("GET", "/api/ledgers/单位/records?limit=1")[1]["items"][0]["id"]
inspection = add(clerk, "安全检查", {"单位": unit, "时间": "2021-12-06T09:00:00+08:00", "检查组": [clerk_staff, cadre_staff], "类型": "专项检查"})["id"]
status, r, _ = clerk.call("POST", "/api/cases", {"procedure": "inspection", "record": inspection})
assert status == 200, r
inspected = r["case"]
group = admin.call("GET", "/api/ledgers/村组/records?limit=1")[1]["items"][0]["id"]


def hazard(part):
    return add(clerk, "隐患", {"检查": inspection, "来源": "检查", "单位": unit, "村组": group, "部位": part, "描述": "老化", "领域": "用电", "等级": "一般",
                             "整改措施": "更换", "整改责任人": "负责人", "期限": "2021-12-20"})


found = [hazard("后厨"), hazard("前厅")]
tree = clerk.call("GET", f"/api/cases/{inspected}/path")[1]["items"]
ok([t["name"] for t in tree] == ["安全检查办理", "隐患整改", "隐患整改"] and [t["record"] for t in tree[1:]] == [f["id"] for f in found]
   and all(t["above"] == inspected and t["place"] == "交办" for t in tree[1:]), "each hazard that is recorded in an inspection is a case below it at once", tree)
ok(all(f["state"] == "交办" for f in found), "and the answer to recording it shows it as it then stands", found)
status, r, _ = clerk.call("PATCH", f"/api/ledgers/隐患/records/{found[0]['id']}", {"values": {"描述": "线路老化"}}, {"If-Match": f'"{found[0]["version"]}"'})
ok(status == 200, "its version is the one to go on with", r)
inspection_now = clerk.call("GET", f"/api/ledgers/安全检查/records/{inspection}")[1]["values"]
ok((inspection_now["隐患数"], inspection_now["未销号隐患"]) == (2, 2), "the inspection shows how many it found and how many are open", inspection_now)
status, r, _ = clerk.call("POST", "/api/cases", {"procedure": "hazard", "record": found[0]["id"]})
ok(status == 409, "what has begun by itself is not begun by hand", r)

# ---- on paper --------------------------------------------------------------------------------------------------------


def printed(c, path):
    status, pdf, _ = c.call("GET", path)
    assert status == 200 and pdf[:5] == b"%PDF-", (status, pdf[:300])
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


slip = printed(clerk, f"/api/cases/{third}/print.pdf?form=批办单")
ok(all(t in slip for t in ("收文批办单", "关于秸秆禁烧的通知", "排查隐患", "安全度汛", "同意", "财政所", "已告知到户")) and "未办结" in slip,
   "the slip of a running paper shows what was said and by whom, the village groups' answers, and that it is not done", slip)
status, preview, _ = clerk.call("GET", f"/api/cases/{third}/print.svg?form=批办单")
ok(status == 200 and b"<svg" in preview, "the page previews the same layout", preview[:200])
status, slip_ofd, _ = clerk.call("GET", f"/api/cases/{third}/print.ofd?form=批办单")
ok(status == 200 and slip_ofd[:2] == b"PK" and cadre.call("GET", f"/api/cases/{case2}/print.ofd?form=批办单")[0] == 404, "it is had as OFD by whoever may print it, and by nobody else", status)
slip = printed(clerk, f"/api/cases/{case2}/print.pdf?form=批办单")
ok("措施不具体" in slip, "a leader's refusal is on the slip", slip)
spoken = next(w for w in show(leader, third)["words"] if w["opinion"] == "同意")
status, r, _ = act(leader, third, "correct", target=spoken["number"], opinion="并于月底前报结果")
assert status == 200, r
slip = printed(clerk, f"/api/cases/{third}/print.pdf?form=批办单")
ok("补正：并于月底前报结果" in "".join(slip.split()) and slip.count("同意") >= 1 and slip.count(spoken["person"]) >= 2 and slip.index("同意") < slip.index("补正："),
   "an opinion that was mended stands on the slip as it was said, and right below it what mends it, with name and time", slip)
book = printed(clerk, "/api/ledgers/收文/print.pdf?form=收文登记簿&from=2021-12-01&to=2021-12-31")
ok("收文登记簿" in book and "关于做好防汛工作的" in book and "2021-12-01 至 2021-12-31" in book and "领导批示" in book and spoken["person"] + "：" in book, "the register of a period prints, with what leaders wrote", book[:600])
status, r, _ = clerk.call("GET", "/api/ledgers/收文/print.pdf?form=收文登记簿&from=某日&to=2021-12-31")
ok(status == 422, "a period that is none is refused", r)
status, r, _ = clerk.call("GET", f"/api/cases/{third}/print.pdf?form=没有的")
ok(status == 404 and "没有的" in r["detail"], "a print that is none is not found", r)
status, r, _ = cadre.call("GET", f"/api/cases/{case2}/print.pdf?form=批办单")
ok(status == 404, "who may not see a case does not print it", r)

DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082")
for picture, drawn in ((DOT, True), (b"no picture at all", False)):
    status, kept, _ = leader.call("POST", "/api/files", raw=picture, headers={"X-File-Name": "signature.png"})
    assert status in (200, 201), kept
    by_hand = begin(paper("手写签批的文"))[1]["case"]
    to_leader(by_hand)
    status, r, _ = act(leader, by_hand, "agree", seat(leader, by_hand), opinion="同意，请速办", signature=kept["digest"])
    assert status == 200, r
    status, page, _ = clerk.call("GET", f"/api/cases/{by_hand}/print.svg?form=批办单")
    ok(status == 200 and (b"<image" in page) == drawn and "同意，请速办" in printed(clerk, f"/api/cases/{by_hand}/print.pdf?form=批办单"),
       "a leader's handwriting stands on the slip beside the opinion" if drawn else "what is no picture leaves its place empty, and the slip prints", r)

# ---- two at once ---------------------------------------------------------------------------------------------------

case3 = begin(paper("同时办理的文"))[1]["case"]
to_leader(case3)
mine, answers = seat(leader, case3), []
clients = [signed("leader") for _ in range(6)]
threads = [threading.Thread(target=lambda c=c: answers.append(act(c, case3, "agree", mine, opinion="同意")[0])) for c in clients]
[t.start() for t in threads]
[t.join() for t in threads]
ok(sorted(answers) == [200] + [409] * 5, "six hands on one seat at once: one wins, five are told", answers)

# ---- kill -9 -------------------------------------------------------------------------------------------------------

acked, pending = {}, {}


def hurry(c, records):
    """Begins and moves cases until the server is gone; what was answered is written down."""
    try:
        for record in records:
            command = str(uuid.uuid4())
            pending[command] = record
            status, r, _ = c.call("POST", "/api/cases", {"procedure": "inbound_doc", "record": record, "command": command})
            if status == 200:
                acked[r["case"]] = r["rev"]
                for values in ({"初审": "合格"}, proposal()):
                    where = next(v for v in c.call("GET", f"/api/cases/{r['case']}")[1]["visits"] if v["state"] == "open")
                    status, r, _ = act(c, r["case"], "agree", where["seats"][0]["seat"], values=values, command=str(uuid.uuid4()))
                    if status == 200:
                        acked[r["case"]] = r["rev"]
    except OSError:
        return
    except Exception as e:  # http.client raises its own kinds when the server is killed in mid-answer
        if type(e).__module__ not in ("http.client", "json.decoder"):
            raise


lost, halves, again_differs = [], [], []
for n in range(ROUNDS):
    records = [[paper(f"第{n}轮第{k}份{i}") for i in range(6)] for k in range(2)]
    clerks = [signed("clerk") for _ in range(2)]
    threads = [threading.Thread(target=hurry, args=(c, r)) for c, r in zip(clerks, records)]
    [t.start() for t in threads]
    threading.Event().wait(rng.uniform(0.02, 0.5))
    server.kill()
    [t.join() for t in threads]
    server = Server(data)
    admin, leader, clerk, cadre, auditor = (signed(a) for a in ("admin", "leader", "clerk", "cadre", "auditor"))
    for number, rev in acked.items():
        status, view, _ = clerk.call("GET", f"/api/cases/{number}")
        if status != 200 or view["rev"] < rev:
            lost.append((number, rev, view))
    for command, record in pending.items():  # sent again, a command that was done gives its case, another makes it now
        status, r, _ = begin(record, command)
        if status != 200 and not (status == 409 and "正在办理" in r["detail"]):
            again_differs.append(r)
    pending.clear()
    for t in tasks(leader, "supervise"):
        view = show(leader, t["case"])
        open_seats = [s for v in view["visits"] if v["state"] == "open" for s in v["seats"] if s["state"] == "open"]
        if view["end"] == "running" and not open_seats or view["values"]["state"] != {"初审": "初审", "拟办": "拟办", "批示": "批示"}.get(view["place"], view["values"]["state"]):
            halves.append(view)
ok(not lost, "every acknowledged act is there after kill -9", lost[:3])
ok(not halves, "no case is half moved: seats and the record's state agree with its place", halves[:1])
ok(not again_differs, "commands whose answer was lost can be sent again", again_differs[:3])
server.stop()
status, out, err = run("rebuild", "--data", data)
ok(status == 0 and "不同的 0 条" in out, "rebuilding from the facts finds nothing that differs", out + err)
ok(run("audit", "verify", "--data", data)[0] == 0, "the chain of facts verifies")

# ---- another version of a procedure ---------------------------------------------------------------------------------

packs = folder()
shutil.rmtree(packs)
shutil.copytree("packs", packs)
model_file = os.path.join(packs, "document", "procedures", "inbound_doc.bpmn")
with open(model_file, encoding="utf-8") as f:
    text = f.read()
text = re.sub(r'(id|sourceRef|targetRef|bpmnElement)="propose"', r'\1="plan"', text).replace('id="plan" name="拟办"', 'id="plan" name="拟办" zw:copy="拟稿人"')
with open(model_file, "w", encoding="utf-8") as f:
    f.write(text)
server = Server(data)
clerk, leader = signed("clerk"), signed("leader")
waiting = begin(paper("等新版的文"))[1]["case"]
to_leader(waiting)
server.stop()
server = Server(data, "--packs", packs)
clerk, leader = signed("clerk"), signed("leader")
view = show(leader, waiting)
ok((view["runs_on"]["version"], view["in_force"]["version"]) == (1, 2) and view["in_force"]["since"],
   "a case says which version of its procedure it runs on and which is in force since when", view["runs_on"])
status, refused, _ = clerk.call("POST", f"/api/cases/{waiting}/migration", {})
ok(status == 403 and "督办" in refused["errors"][0]["text"], "what migrating would change is told to who supervises the case", refused)
status, move, _ = leader.call("POST", f"/api/cases/{waiting}/migration", {})
lost = [s for s in move["steps"] if s["kind"] == "lost"]
ok(status == 200 and move["refused"] and [s["node"] for s in lost] == ["propose"] and {"node": "plan", "name": "拟办"} in lost[0]["choices"],
   "it names the step that the new version lacks and what it may be called now", move)
for steps, says in (({"propose": "nowhere"}, "没有这个环节"), ({"nobody": "plan"}, "没有这个环节"), ({"propose": 7}, "编号"), (["propose"], "写成")):
    status, answer, _ = leader.call("POST", f"/api/cases/{waiting}/act", {"act": "migrate", "opinion": "按新办法", "steps": steps})
    ok(status == 422 and says in answer["errors"][0]["text"], f"steps {steps} are refused with what to do", answer)
status, answer, _ = leader.call("POST", f"/api/cases/{waiting}/act", {"act": "migrate", "opinion": "按新办法"})
ok(status == 409 and "改成哪一步" in answer["errors"][0]["text"], "without the name the case does not go over", answer)
wish = {"act": "migrate", "opinion": "按新办法", "steps": {"propose": "plan"}, "command": str(uuid.uuid4())}
status, answer, _ = leader.call("POST", f"/api/cases/{waiting}/preview", wish)
ok(status == 200 and show(leader, waiting)["runs_on"]["version"] == 1, "a preview of it changes nothing", answer)
first, again = (leader.call("POST", f"/api/cases/{waiting}/act", wish) for _ in range(2))
view = show(leader, waiting)
ok(first[0] == 200 and again[1]["repeated"] and view["runs_on"]["version"] == 2 and view["place"] == "批示",
   "with the name it does, once, and stands where it stood", (first, again))
ok([w["opinion"] for w in view["words"] if w["act"] == "迁移" and w["version"] == 2] == ["按新办法"], "who moved it and why stands in the history", view["words"])
status, answer, _ = act(leader, waiting, "agree", next(s["seat"] for v in view["visits"] for s in v["seats"] if s["mine"] and s["state"] == "open"), opinion="同意")
ok(status == 200 and show(leader, waiting)["place"] != "批示", "and it goes on by the new version", answer)
server.stop()
status, out, err = run("rebuild", "--data", data)
ok(status == 0 and "不同的 0 条" in out, "rebuilding from the facts finds nothing that differs", out + err)

# ---- time ------------------------------------------------------------------------------------------------------------

with sqlite3.connect(os.path.join(data, "zhenwu.db")) as db:
    late = db.execute("select count(*) from flow_case where next > 0").fetchone()[0]
    db.execute("update flow_case set next = 1 where next > 0")  # time is moved in the database, not waited for
server = Server(data)
for _ in range(600):
    with sqlite3.connect(os.path.join(data, "zhenwu.db"), timeout=30) as db:
        left = db.execute("select count(*) from flow_case where next = 1").fetchone()[0]
    if left == 0:
        break
    threading.Event().wait(0.1)
ok(late > 0 and left == 0, "clocks that were due while the program was off are run when it is on again", (late, left))
server.stop()

moment, case = os.path.join(data, "moment"), None
today = datetime.now(timezone(timedelta(hours=8))).replace(microsecond=0)


def clock(text):
    """What serve --clock reads: written beside and moved, as a test should, or torn on purpose."""
    with open(moment + ".new", "w") as f:
        f.write(text)
    os.rename(moment + ".new", moment)


clock(today.isoformat())
ok(run("serve", "--data", data, "--listen", ":0", "--clock", moment, check=False)[0] == 1, "the time of a test is not served to other machines")
ok(run("serve", "--data", data, "--listen", "127.0.0.1:0", "--clock", moment + ".none", check=False)[0] == 1, "nor without a file that holds a moment")
server = Server(data, "--clock", moment)
clerk, leader = signed("clerk"), signed("leader")
case = begin(paper("过了期的文"))[1]["case"]
to_leader(case)
ok(show(leader, case)["light"] == "green", "with --clock a paper of today is in time")
for text in ("", "明天"):
    clock(text)
    ok(clerk.call("GET", "/api/session")[1]["town"]["today"] == today.date().isoformat(), f"a file that holds {text or 'nothing'} changes no time")
later = today + timedelta(days=40)
clock(later.isoformat())
ok(leader.call("GET", "/api/session")[0] == 401, "when the file names another day it is that day: a session of forty days ago has ended")
leader = signed("leader")
ok(leader.call("GET", "/api/session")[1]["town"]["today"] == later.date().isoformat(), "and the town's day is the file's")
for _ in range(600):
    view = show(leader, case)
    if any(s["nudges"] for v in view["visits"] for s in v["seats"]):
        break
    threading.Event().wait(0.05)
ok(view["light"] == "red" and any(s["nudges"] for v in view["visits"] for s in v["seats"]), "what forty days bring about is brought about", view["visits"])
server.stop()
end()
