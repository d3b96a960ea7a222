"""Procedures put in force while the service runs: checked, compared, who may, two at once, kill -9 in the middle, newer packs, the command."""
import os, random, re, shutil, sqlite3, sys, threading

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

ROUNDS = int(os.environ.get("ROUNDS", "12"))
rng = random.Random(1978)
data, packs = folder(), folder()
for f in (data, packs):
    shutil.rmtree(f)
shutil.copytree("packs", packs)
people = accounts(run("demo", "--data", data, "--people", "60", "--seed", "7")[1])
server = Server(data, "--packs", packs)


def signed(name):
    c = Client(server.port)
    status, answer = c.sign_in(name, people[name])
    assert status == 200, answer
    c.account = answer["account"]["id"]
    return c


admin, leader, clerk, auditor = (signed(a) for a in ("admin", "leader", "clerk", "auditor"))


def model(**more):
    query = "&".join(f"{k}={v}" for k, v in more.items())
    return admin.call("GET", f"/api/procedures/writing_task/model.bpmn{'?' + query if query else ''}")[1].decode()


def with_step(text, key, name, after="edited_settle", who="角色:办公室经办"):
    """One more task on the way that `after` leads."""
    flow = re.search(rf'<sequenceFlow id="{after}" sourceRef="(\w+)" targetRef="(\w+)"/>', text)
    return text.replace(flow[0], f'<userTask id="{key}" name="{name}" zw:who="{who}"/><sequenceFlow id="{after}" sourceRef="{flow[1]}" targetRef="{key}"/>'
                                 f'<sequenceFlow id="{key}_on" sourceRef="{key}" targetRef="{flow[2]}"/>')


def versions(c=None):
    return (c or admin).call("GET", "/api/procedures/writing_task/versions")


def force(c, seen, reason="党政办〔2021〕3号", **meant):
    return c.call("PUT", f"/api/procedures/{meant.pop('key', 'writing_task')}/force", {"reason": reason, "seen": seen, **meant})


def in_force():
    return next(v["version"] for v in versions()[1]["versions"] if v["in_force"])


# ---- who may --------------------------------------------------------------------------------------------------------

ok(clerk.call("GET", "/api/procedures")[1]["acts"] == [] and "drafts" not in clerk.call("GET", "/api/procedures")[1] and
   auditor.call("GET", "/api/procedures")[1]["acts"] == ["see"] and admin.call("GET", "/api/procedures")[1]["acts"] == ["see", "edit", "force"],
   "who arranges posts designs procedures and puts them in force; who may see posts sees the versions; nobody else is offered anything")
plain = model()
changed = with_step(plain, "read", "通读")
ok([versions(c)[0] for c in (clerk, leader, auditor)][0] == 403 and versions(auditor)[0] == 200 and
   force(clerk, 1, xml=changed)[0] == 403 and force(auditor, 1, xml=changed)[0] == 403 and
   auditor.call("POST", "/api/procedures/writing_task/drafts", {"xml": changed, "reason": "看看"})[0] == 403 and
   clerk.call("POST", "/api/procedures/check", {"xml": changed})[0] == 403, "whoever may not is told so", versions(clerk))

# ---- looked at, then in force ----------------------------------------------------------------------------------------

staff = admin.call("GET", "/api/ledgers/干部/records?limit=1")[1]["items"][0]["id"]
person = admin.call("GET", f"/api/ledgers/账号/records/{clerk.account}")[1]
if not person["values"].get("干部"):
    admin.call("PATCH", f"/api/ledgers/账号/records/{clerk.account}", {"values": {"干部": staff}}, {"If-Match": f'"{person["version"]}"'})
staff = admin.call("GET", f"/api/ledgers/账号/records/{clerk.account}")[1]["values"]["干部"]


def begun(c, title):
    values = {"名称": title, "类型": "总结", "执笔": staff, "交办人": staff, "截止": "2031-12-31"}
    status, r, _ = c.call("POST", "/api/ledgers/材料任务/records", {"values": values})
    assert status == 201, r
    status, done, _ = c.call("POST", "/api/cases", {"procedure": "writing_task", "record": r["id"]})
    assert status in (200, 201), done
    return done["case"]


def act(c, case, word="agree"):
    view = c.call("GET", f"/api/cases/{case}")[1]
    seat = next(s["seat"] for v in view["visits"] if v["state"] == "open" for s in v["seats"] if s["mine"])
    return c.call("POST", f"/api/cases/{case}/act", {"act": word, "seat": seat, "opinion": "办"})


def place(case):
    return admin.call("GET", f"/api/cases/{case}")[1]["place"]


old = begun(clerk, "老材料")
status, changes, _ = admin.call("POST", "/api/procedures/writing_task/changes", {"xml": changed})
ok(status == 200 and not changes["refused"] and changes["in_force"]["version"] == 1 and
   [(s["kind"], s["to_name"]) for s in changes["steps"] if s["kind"] == "added"] == [("added", "通读")] and
   any(s["kind"] == "altered" and "通读" in s["text"] for s in changes["steps"]), "what would change is told by step before anybody says so", changes)
wrong = with_step(plain, "read", "通读", who="某某")
status, changes, _ = admin.call("POST", "/api/procedures/writing_task/changes", {"xml": wrong})
ok(status == 200 and changes["refused"] and any("某某" in f["text"] and "行" in f["where"] for f in changes["findings"]), "and what is wrong, with its line", changes)
status, answer, _ = force(admin, 1, xml=wrong)
ok(status == 422 and "某某" in answer["errors"][0]["text"], "a model that start would refuse is not put in force", answer)
for body, says in (({"xml": changed, "seen": 1}, "为什么改"), ({"xml": changed, "reason": "改"}, "seen"), ({"reason": "改", "seen": 1}, "哪个流程模型"),
                   ({"xml": plain, "reason": "改", "seen": 1}, "不必再生效"), ({"xml": changed, "reason": "改", "seen": 3}, "看过变化再定"),
                   ({"draft": "x", "reason": "改", "seen": 1}, "编号"), ({"version": -1, "reason": "改", "seen": 1}, "版本"),
                   ({"version": 99, "reason": "改", "seen": 1}, "没有流程"), ({"xml": "<x", "reason": "改", "seen": 1}, ""), ({"xml": "x" * 600000, "reason": "改", "seen": 1}, "太大")):
    status, answer, _ = admin.call("PUT", "/api/procedures/writing_task/force", body)
    said = "".join(e["field"] + e["text"] for e in answer["errors"])
    ok(400 <= status < 500 and says in said, f"refused: {says or 'no XML'}", answer)
status, answer, _ = force(admin, 1, xml=changed)
ok(status == 200 and answer["version"] == 2, "put in force it is the next version, without a restart", answer)
fresh = begun(clerk, "新材料")
for c in (old, fresh):
    act(clerk, c), act(clerk, c)
ok(place(old) != "通读" and place(fresh) == "通读", "what begins now has the new step; what ran keeps its own version", (place(old), place(fresh)))
status, move, _ = admin.call("POST", f"/api/cases/{old}/migration", {})
ok(status == 200 and move["to"]["version"] == 2 and any(s["to_name"] == "通读" for s in move["steps"]), "a running case may go over to it at once", move)
shown = versions()[1]["versions"]
ok([(v["version"], v["in_force"], bool(v["by"]), v["cases"]) for v in shown] == [(2, True, True, 1), (1, False, False, 1)] and shown[0]["reason"] == "党政办〔2021〕3号",
   "who put it in force, when and why is told, and how many cases run on each version", shown)
facts = admin.call("GET", "/api/audit/facts?limit=20")[1]
facts = facts.get("items", facts)
ok(any(f["act"] == "决定" and f["ledger"] == "流程" for f in facts), "it is a fact of the history", facts[:3])
ok(model() == changed and model(version=1) == plain, "each version's model is what was put in force, byte for byte")

# ---- drafts, going back ------------------------------------------------------------------------------------------------

draft_text = with_step(changed, "again", "再看一遍")
status, draft, _ = admin.call("POST", "/api/procedures/writing_task/drafts", {"xml": draft_text, "reason": "先放着"})
ok(status == 201 and in_force() == 2 and model(draft=draft["draft"]) == draft_text and
   [d["draft"] for d in admin.call("GET", "/api/procedures")[1]["drafts"]] == [draft["draft"]], "a draft is kept, can be read, and changes nothing", draft)
ok(clerk.call("GET", f"/api/procedures/writing_task/model.bpmn?draft={draft['draft']}")[0] == 403, "not by whoever may not see it")
status, answer, _ = force(admin, 2, draft=draft["draft"])
ok(status == 200 and answer["version"] == 3 and versions()[1]["drafts"] == [] and model() == draft_text, "in force it is the next version, and no draft any more", answer)
status, answer, _ = force(admin, 3, version=1, reason="改回去")
ok(status == 200 and answer["version"] == 4 and model() == plain, "an earlier version in force again is a new version", answer)
status, draft, _ = admin.call("POST", "/api/procedures/writing_task/drafts", {"xml": draft_text, "reason": "再放着"})
ok(admin.call("DELETE", f"/api/procedures/writing_task/drafts/{draft['draft']}")[0] == 204 and
   admin.call("DELETE", f"/api/procedures/writing_task/drafts/{draft['draft']}")[0] == 404, "a draft is thrown away once")

# ---- a new procedure, others that call ----------------------------------------------------------------------------------

ours = plain.replace('name="材料撰写审核"', 'name="镇里的材料"')
status, answer, _ = force(admin, 0, key="our_writing", xml=plain)
ok(status == 422 and "已有叫" in answer["errors"][0]["text"], "two procedures are not called the same", answer)
ok(force(admin, 0, key="Our Writing", xml=ours)[0] == 422, "a key is a file's name")
status, answer, _ = force(admin, 0, key="our_writing", xml=ours)
ok(status == 200 and answer["version"] == 1 and any(p["key"] == "our_writing" for p in clerk.call("GET", "/api/procedures")[1]["items"]),
   "a procedure that no pack has is offered to everybody as soon as it is in force", answer)
task = admin.call("GET", "/api/procedures/group_task/model.bpmn")[1].decode()
other = re.sub(r'zw:feedback="[^"]*"', '', re.sub(r'zw:ledger="[^"]*"', 'zw:ledger="收文"', task))
status, answer, _ = force(admin, 1, key="group_task", xml=other)
ok(status == 422 and any("不能改成" in e["text"] for e in answer["errors"]), "what others call keeps its ledger", answer)

# ---- two at once, and others at work meanwhile ----------------------------------------------------------------------------

answers = []
texts = [with_step(plain, f"step{i}", f"第{i}人的一步") for i in range(4)]
seen = in_force()
threads = [threading.Thread(target=lambda t=t, c=signed("admin"): answers.append(force(c, seen, xml=t)[0])) for t in texts]
for t in threads:
    t.start()
for t in threads:
    t.join()
ok(sorted(answers) == [200, 409, 409, 409], "of several who put a version in force at once one does, and the others are told to look again", answers)
stop, broken = threading.Event(), []


def at_work(name):
    c = signed(name)
    n = 0
    while not stop.is_set():
        n += 1
        status, answer, _ = c.call("GET", "/api/tasks?box=todo")
        if status != 200:
            broken.append(answer)
        case = begun(c, f"{name}忙着 {n}")
        view = c.call("GET", f"/api/cases/{case}")
        if view[0] != 200 or view[1]["runs_on"]["version"] > view[1]["in_force"]["version"]:
            broken.append(view[1])


workers = [threading.Thread(target=at_work, args=("clerk",)) for _ in range(3)]
for w in workers:
    w.start()
for i in range(30):
    at = in_force()
    status, answer, _ = force(admin, at, xml=with_step(plain, f"busy{i}", f"忙时{i}"))
    if status != 200:
        broken.append(answer)
stop.set()
for w in workers:
    w.join()
ok(not broken, "while thirty versions come in force one after another, whoever is at work goes on", broken[:2])

# ---- kill -9 ---------------------------------------------------------------------------------------------------------------

lost, half = [], []
for i in range(ROUNDS):
    at, text, said = in_force(), with_step(plain, f"cut{i}", f"断电{i}"), []

    def ask(c=signed("admin")):
        try:
            said.append(force(c, at, xml=text)[0])
        except OSError:
            pass
        except Exception:
            pass

    t = threading.Thread(target=ask)
    t.start()
    threading.Event().wait(rng.uniform(0.0, 0.03))
    server.kill()
    t.join()
    server = Server(data, "--packs", packs)
    admin, clerk = signed("admin"), signed("clerk")
    now = in_force()
    if said == [200] and now != at + 1:
        lost.append((i, at, now))
    if now not in (at, at + 1) or (now == at + 1 and model() != text):
        half.append((i, at, now))
ok(not lost, f"what was answered is in force after kill -9 ({ROUNDS} times)", lost)
ok(not half, "and what was not is in force wholly or not at all", half)
status, done, _ = act(clerk, begun(clerk, "断电以后"))
ok(status == 200, "cases begin and go on", done)

# ---- newer packs --------------------------------------------------------------------------------------------------------------

at = in_force()
server.stop()
file = os.path.join(packs, "writing", "procedures", "writing_task.bpmn")
newer = with_step(plain, "archive", "存档", after="settled_done")
with open(file, "w", encoding="utf-8") as f:
    f.write(newer)
for _ in range(2):
    server = Server(data, "--packs", packs)
    admin, clerk = signed("admin"), signed("clerk")
    shown = versions()[1]
    waiting = [(d["by"], d["reason"]) for d in shown["drafts"]]
    ok(in_force() == at and waiting == [("", "业务包更新")], "what newer packs have stands beside the office's own as a draft, once", shown["drafts"])
    server.stop()

# ---- the command -----------------------------------------------------------------------------------------------------------------

mine = os.path.join(packs, "writing_task.bpmn")
with open(mine, "w", encoding="utf-8") as f:
    f.write(with_step(plain, "by_hand", "命令行来的"))
status, out, err = run("deploy", mine, "--data", data, "--packs", packs, check=False)
ok(status == 0 and "多出  命令行来的" in out and "写明 --reason 才生效" in out, "the command tells what would change", out + err)
status, out, err = run("deploy", mine, "--data", data, "--packs", packs, "--reason", "停机时改", check=False)
ok(status == 0 and f"第 {at + 1} 版" in out, "and with a reason puts it in force", out + err)
with open(mine, "w", encoding="utf-8") as f:
    f.write(wrong)
status, out, err = run("deploy", mine, "--data", data, "--packs", packs, "--reason", "停机时改", check=False)
ok(status == 1 and "某某" in out, "what is wrong is told, and not put in force", out + err)
status, out, err = run("deploy", "writing_task", "--back", "1", "--data", data, "--packs", packs, "--reason", "改回", check=False)
ok(status == 0 and f"第 {at + 2} 版" in out, "it goes back, too", out + err)
status, out, err = run("audit", "verify", "--data", data, check=False)
ok(status == 0, "the chain of facts verifies", out + err)
status, out, err = run("rebuild", "--data", data, "--packs", packs, check=False)
ok(status == 0, "every table equals what its facts say", out + err)
shutil.rmtree(data)
shutil.rmtree(packs)
end()
