"""Works from outside: votes counted by two people apart from each other. What does not fit is refused in Chinese, and nothing is lost."""
import io, json, os, shutil, sys

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Server, accounts, end, folder, run
from works import Office, ok, says



def holds(clerk, home, name, **more):
    """The household's account is in the name of one of its own people: only to such is anything paid."""
    one = clerk.add("人", 姓名=name, 证件类型="无证", 户=home["id"], 与户主关系="其他", 登记性别="女", 登记出生日期="1970-03-01")
    now = clerk.call("GET", f"/api/ledgers/户/records/{home['id']}")[1]
    clerk.change("户", now, 一卡通开户名=name, 开户人=one["id"], **more)


data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "240", "--seed", "7")[1])

with Server(data) as server:
    office = Office(server, people)
    clerk, leader = office.clerk, office.leader

    # ---- who is offered what ---------------------------------------------------------------------------------------------------
    offered = {login: [w["english"] for w in getattr(office, login).call("GET", "/api/works")[1]["items"]] for login in ("clerk", "cadre")}
    refused = [(login, w) for login, all_ in offered.items() for w in all_ if getattr(office, login).call("GET", f"/api/works/{w}")[0] != 200]
    ok("roster" in offered["clerk"] and offered["cadre"] and not refused, "whoever is offered a work can open its page", (offered, refused))

    # ---- votes: 21 electors, two seats, three candidates, two boxes ----------------------------------------------------------
    persons = office.rows("人", "状态 = \"在册\" and 居住状态 = \"常住\"", 40)
    groups = office.rows("村组", "类型 in (\"村\", \"嘎查\")", 1)
    staff = office.rows("干部", "", 12)
    election = clerk.add("选举", 层级="乡级人大", 届次=20, 选举日="2021-10-26")
    place = clerk.add("选区", 选举=election["id"], 选区号=3, 名称="东片", 覆盖村组=[groups[0]["id"]], 应选名额=2)
    for p in persons[:21]:
        clerk.add("选民", 选区=place["id"], 人=p["id"], 登记方式="沿用")
    chosen = []
    for n, p in enumerate(persons[:3]):
        c = clerk.add("候选人", 选区=place["id"], 人=p["id"], 提名方式="联合推荐", 简历="务农", 名单排序=n + 1)
        for to in ("讨论协商", "预选", "正式"):
            c = clerk.move("候选人", c, to)
        chosen.append(c["title"])
    one = clerk.add("票箱", 选区=place["id"], 箱号="1", 类型="投票站", 领出选票=12, 剩余退回=2, 到场投票人数=10)
    two = clerk.add("票箱", 选区=place["id"], 箱号="2", 类型="流动票箱", 负责人=[staff[0]["id"], staff[1]["id"]], 领出选票=6, 到场投票人数=6)

    def sheet(who, box, collected, invalid, yes, step=1, note="", **more):
        return who.act("count", "报票", 票箱=box["id"], 遍=step, 收回选票=collected, 有效票=collected - invalid, 无效票=invalid, 说明=note,
                       得票=[{"姓名": n, "赞成": v, "反对": 0} for n, v in zip(chosen, yes)] + [{"姓名": n, "赞成": v, "反对": 0} for n, v in more.items()])

    def state(who=clerk):
        return who.call("GET", f"/api/works/count?of={place['id']}")[1]

    ok([b["state"] for b in state()["boxes"]] == ["未点", "未点"] and state()["seats"] == 2 and state()["names"] == chosen and state()["rule"]["list_least"] == 3,
       "a constituency shows its boxes, its seats and who stands", state())
    s, a = sheet(clerk, one, 11, 0, (8, 5, 4))
    ok(s == 422 and says(a, "收回选票11张，多于本箱发出的10张"), "more ballots in a box than were given out is refused until somebody says that they were counted again", a)
    s, a = sheet(clerk, one, 10, 1, (9, 8, 4))
    ok(s == 422 and says(a, "有多选的票没有作废"), "more votes than the ballots can hold is refused: ballots with too many names were not put aside", a)
    s, a = clerk.act("count", "报票", 票箱=one["id"], 遍=1, 收回选票=10, 有效票=8, 无效票=1, 得票=[{"姓名": n, "赞成": 1, "反对": 0} for n in chosen])
    ok(s == 422 and says(a, "不等于收回选票10"), "valid and invalid ballots must add up", a)
    s, a = sheet(clerk, one, 10, 1, (8, 5, 3))
    ok(s == 200 and a["boxes"][0]["state"] == "一人已点" and a["result"] is None, "the first count of a box is kept", a)
    s, a = sheet(clerk, one, 10, 1, (8, 5, 3))
    ok(s == 409 and says(a, "另一遍须由别人单独点"), "nobody counts both times", a)
    seen = leader.call("GET", "/api/ledgers/点票单/records")[1]
    lines = leader.call("GET", "/api/ledgers/点票明细/records")[1]
    ok(seen["items"] == [] and lines["items"] == [] and len(clerk.call("GET", "/api/ledgers/点票明细/records")[1]["items"]) == 3,
       "the second counter cannot see what the first has counted", seen)
    s, a = sheet(leader, one, 10, 0, (8, 5, 4))
    ok(s == 200 and a["boxes"][0]["state"] == "锁定" and "无效票：一人点得1，一人点得0" in a["boxes"][0]["differences"] and
       f"{chosen[2]} 赞成：一人点得3，一人点得4" in a["boxes"][0]["differences"], "two different counts lock the box and say in what they differ", a)
    s, a = clerk.act("count", "宣布", 选区=place["id"])
    ok(s == 409 and says(a, "1号票箱锁定"), "nothing is declared while a box is locked", a)
    s, a = clerk.act("count", "重点", 票箱=one["id"])
    ok(s == 422 and says(a, "须写明理由"), "a recount needs its reason", a)
    s, a = clerk.act("count", "重点", 票箱=one["id"], 理由="两人不一致，当众重点")
    ok(s == 200 and a["boxes"][0]["state"] == "未点" and a["boxes"][0]["pass"] == 2, "a recount opens the box for two new counts", a)
    s, a = sheet(leader, one, 10, 1, (8, 5, 3))
    ok(s == 409 and says(a, "第2遍"), "a count of the pass before is refused after a recount was ordered", a)
    for who in (leader, clerk):
        s, a = sheet(who, one, 10, 1, (8, 5, 3), step=2)
    ok(a["boxes"][0]["state"] == "一致", "the same numbers twice settle a box", a)
    sheet(clerk, two, 6, 0, (5, 3, 2), 云登=1)
    s, a = sheet(leader, two, 6, 0, (5, 3, 2), 云登=1)
    r = a["result"]
    ok(r["end"] == "部分选出" and (r["present"], r["present_least"], r["votes_least"], r["elected"], r["open"]) == (16, 11, 9, 1, 1) and r["next"] == chosen[1:],
       "13 of 16 elect, 8 of 16 are exactly half and do not; the next two stand for the seat left", r)
    s, a = clerk.act("count", "宣布", 选区=place["id"])
    tally = office.rows("计票", f"选区 = \"{place['id']}\"", 5)
    votes = office.rows("得票", f"计票 = \"{tally[0]['id']}\"", 9)
    ok(s == 200 and tally[0]["values"]["结论"] == "部分选出另行选举" and tally[0]["values"]["是否有效"] is True and len(votes) == 4 and
       [v["values"]["姓名"] for v in votes if v["values"]["当选"]] == [chosen[0]] and sum(v["values"]["赞成"] for v in votes) == 13 + 8 + 5 + 1,
       "declaring makes the records of the round: sums and names, and no ballot", a)
    states = [c["state"] for c in office.rows("候选人", f"选区 = \"{place['id']}\"", 9)]
    ok(sorted(states) == ["当选", "正式", "正式"], "who is elected in the first round is so at once; the others still stand", states)
    ok(a["round"] == "另行选举" and a["seats"] == 1 and a["names"] == chosen[1:] and a["boxes"] == [], "the round that follows knows its seat and its two names", a)
    again = clerk.add("票箱", 选区=place["id"], 轮次="另行选举", 箱号="1", 类型="投票站", 领出选票=15, 到场投票人数=15)
    for who in (clerk, leader):
        s, a = who.act("count", "报票", 票箱=again["id"], 遍=1, 收回选票=15, 有效票=14, 无效票=1,
                       得票=[{"姓名": chosen[1], "赞成": 5, "反对": 0}, {"姓名": chosen[2], "赞成": 4, "反对": 0}])
    ok(s == 200 and a["result"]["end"] == "全部选出" and a["result"]["votes_least"] == 5, "in the second round a third of the ballots is enough", a)
    s, a = leader.act("count", "宣布", 选区=place["id"])
    ok(s == 403, "who may not add to the tally does not declare", a)
    s, a = clerk.act("count", "宣布", 选区=place["id"])
    ok(s == 200 and a["round"] == "" and [d["round"] for d in a["declared"]] == ["第一次", "另行选举"], "both rounds are declared and nothing is left to vote on", a)
    states = {c["title"]: c["state"] for c in office.rows("候选人", f"选区 = \"{place['id']}\"", 9)}
    ok(states == {chosen[0]: "当选", chosen[1]: "当选", chosen[2]: "落选"}, "candidates follow what was declared: elected as soon as they are, not elected when nothing is left to vote on", states)
    s, a = clerk.act("count", "宣布", 选区=place["id"])
    ok(s == 409 and says(a, "已经宣布"), "a result is declared once", a)
    s, a = clerk.act("count", "瞎办")
    ok(s == 404 and says(a, "不能办"), "an act that no kind has is refused", a)

    # ---- a round with more ballots than were given out --------------------------------------------------------------------------
    west = clerk.add("选区", 选举=election["id"], 选区号=4, 名称="西片", 覆盖村组=[groups[0]["id"]], 应选名额=1)
    for p in persons[21:28]:
        clerk.add("选民", 选区=west["id"], 人=p["id"], 登记方式="沿用")
    box = clerk.add("票箱", 选区=west["id"], 箱号="1", 类型="投票站", 领出选票=5, 到场投票人数=5)
    for who in (clerk, leader):
        s, a = who.act("count", "报票", 票箱=box["id"], 遍=1, 收回选票=6, 有效票=6, 无效票=0, 说明="复点属实", 得票=[{"姓名": "云登", "赞成": 6, "反对": 0}])
    ok(s == 200 and a["result"]["end"] == "无效" and a["result"]["too_many"] is True, "more ballots than were given out, counted again, make the round void", a)
    s, a = clerk.act("count", "宣布", 选区=west["id"])
    t = office.rows("计票", f"选区 = \"{west['id']}\"", 5)[0]["values"]
    ok(s == 200 and t["结论"] == "选举无效" and t["是否有效"] is False and t["收回选票"] == 6, "a void round is kept as it was", a)

    # ---- a duty roster: three people, a month ahead -----------------------------------------------------------------------------
    import datetime
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    first = (now.replace(day=1) + datetime.timedelta(days=40)).replace(day=1).date()
    last = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
    month = {"from": str(first), "to": str(last)}
    for login, n in (("clerk", 4), ("leader", 5)):
        account = office.rows("账号", f"登录名 = \"{login}\"", 1)[0]
        office.admin.change("账号", account, 干部=staff[n]["id"])
    s, a = clerk.act("roster", "排班", keeps=False, **month)
    ok(s == 422 and says(a, "还没有登记值班岗位"), "without posts there is nothing to plan, and it says where to begin", a)
    clerk.add("值班岗位", 岗="值班员", 人员=[staff[n]["id"] for n in (4, 5, 6)], 起=str(first), 调班要批准=False)
    away = first + datetime.timedelta(days=9)
    clerk.add("代岗", 干部=staff[4]["id"], 代岗人=staff[5]["id"], 事由="请假", 起=f"{away}T00:00:00+08:00", 止=f"{away + datetime.timedelta(days=4)}T18:00:00+08:00",
              批准人=staff[6]["id"])
    s, plan = clerk.act("roster", "排班", keeps=False, **month)
    loads = [sum(x["person"] == staff[n]["id"] for x in plan["shifts"]) for n in (4, 5, 6)]
    ok(s == 200 and len(plan["shifts"]) == last.day and max(loads) - min(loads) <= 1 and all(x["person"] for x in plan["shifts"]) and
       all(a["name"] for a in plan["people"]), "a month is planned so that loads differ by one at most", loads)
    ok(not any(x["person"] == staff[4]["id"] and str(away - datetime.timedelta(days=1)) <= x["day"] <= str(away + datetime.timedelta(days=4)) for x in plan["shifts"]) and
       plan["away"], "who is on leave is not planned, not even for the night before")
    ok(office.rows("值班表", "", 5) == [], "a plan keeps nothing")
    wanted = [{"日期": x["day"], "岗": x["post"], "人": x["person"]} for x in plan["shifts"]]
    wrong = [dict(w) for w in wanted]
    wrong[9]["人"] = staff[4]["id"]
    s, a = clerk.act("roster", "存排班", **month, 班=wrong)
    ok(s == 422 and says(a, "那天不在岗") and office.rows("值班表", "", 5) == [], "a shift given to somebody on leave is refused and nothing is kept", a)
    s, a = clerk.act("roster", "存排班", **month, 班=wanted)
    ok(s == 200 and len(office.rows("值班表", "", 99)) == last.day, "the plan is kept as records of the roster", a)
    s, a = clerk.act("roster", "存排班", **month, 班=wanted[:1])
    ok(s == 409 and says(a, "已经有人"), "a shift is kept once", a)
    mine = [x for x in a_shifts if x["person"] == staff[4]["id"]] if (a_shifts := clerk.call("GET", f"/api/works/roster?from={first}&to={last}")[1]["shifts"]) else []
    theirs = [x for x in a_shifts if x["person"] == staff[5]["id"]]
    s, a = leader.act("roster", "申请调班", 值班=mine[0]["id"], 替班人=staff[5]["id"], 理由="想换", **month)
    ok(s == 403 and says(a, "只能申请调自己的班"), "nobody gives away another's shift", a)
    s, a = clerk.act("roster", "申请调班", 值班=mine[0]["id"], 替班人=staff[0]["id"], 理由="家里有事", **month)
    ok(s == 422 and says(a, "不在值班人员名单里"), "only people of the post can take a shift", a)
    swaps = []
    for x in mine:
        for y in theirs:
            s, a = clerk.act("roster", "申请调班", 值班=x["id"], 替班人=staff[5]["id"], 换回=y["id"], 理由="家里有事", **month)
            if s == 200:
                swaps = a["swaps"]
                break
        if swaps:
            break
    ok(swaps and swaps[0]["answer"] == "待答复" and swaps[0]["returned"], "an exchange that leaves everybody their rest is asked for", a)
    s, a = clerk.act("roster", "申请调班", 值班=x["id"], 替班人=staff[5]["id"], 理由="再来", **month)
    ok(s == 409 and says(a, "没办完的调班"), "a shift is in one exchange at a time", a)
    s, a = clerk.act("roster", "答复调班", 调班=swaps[0]["id"], 同意=True, **month)
    ok(s == 403 and says(a, "只有被请替班的人"), "nobody consents for another", a)
    s, a = leader.act("roster", "答复调班", 调班=swaps[0]["id"], 同意=True, **month)
    by = {z["id"]: z["person"] for z in a["shifts"]} if s == 200 else {}
    ok(by.get(x["id"]) == staff[5]["id"] and by.get(y["id"]) == staff[4]["id"] and a["swaps"] == [], "with consent of both the two shifts change hands", a)
    history = clerk.call("GET", f"/api/ledgers/值班表/records/{x['id']}/history")[1]["items"]
    ok("双方同意" in history[0]["reason"], "the history says that both agreed", history[0])
    s, a = leader.act("roster", "到岗", 值班=x["id"], **month)
    ok(s == 422 and says(a, "还没到这一班的时间"), "nobody is on duty before the time", a)
    today, yesterday = now.date(), now.date() - datetime.timedelta(days=1)
    at = lambda d, h: (datetime.datetime.combine(d, datetime.time(0), now.tzinfo) + datetime.timedelta(hours=h)).isoformat()
    before = clerk.add("值班表", 日期=str(yesterday), 岗="值班员", 人=staff[4]["id"], 起=at(yesterday, 0), 止=at(today, 0))
    current = clerk.add("值班表", 日期=str(today), 岗="值班员", 人=staff[5]["id"], 起=at(today, 0), 止=at(today, 24))
    s, a = leader.act("roster", "到岗", 值班=current["id"])
    ok(s == 422 and says(a, "还没有写交接记录"), "nobody takes over what was not handed over", a)
    s, a = clerk.act("roster", "交班", 值班=before["id"], 记录="大风蓝色预警，已通知各村组")
    ok(s == 200, "the notes of a shift are kept", a)
    s, a = leader.act("roster", "到岗", 值班=current["id"])
    row = [z for z in office.rows("值班表", f"id = \"{before['id']}\"", 1)][0]["values"]
    ok(s == 200 and row["接班人"] == staff[5]["id"] and row["交接记录"].startswith("大风"), "taking over signs for what was handed over", a)
    s, a = clerk.act("roster", "交班", 值班=before["id"], 记录="改一改")
    ok(s == 409 and says(a, "接班人已经签收"), "what was signed for is not rewritten", a)

    # ---- a village cadre on duty: sees who is on, relieves, hands over, swaps; changes nothing by hand
    cadre = office.cadre
    account = office.rows("账号", "登录名 = \"cadre\"", 1)[0]
    office.admin.change("账号", account, 干部=staff[6]["id"])
    s, duty, _ = cadre.call("GET", f"/api/works/roster?from={first}&to={last}")
    own = [z for z in duty["shifts"] if z["mine"]] if s == 200 else []
    ok(s == 200 and len(duty["shifts"]) == last.day and own and all(z["person"] == staff[6]["id"] for z in own) and duty["away"] and
       "roster" in [w["english"] for w in cadre.call("GET", "/api/works")[1]["items"]],
       "a village cadre sees who is on duty and which shifts are theirs", duty)
    ok(cadre.call("GET", "/api/ledgers/代岗/records")[1]["items"] == [], "why somebody else is away is not for a village cadre")
    s, a, _ = cadre.call("PATCH", f"/api/ledgers/值班表/records/{own[0]['id']}", {"values": {"人": staff[4]["id"]}}, {"If-Match": "\"1\""})
    ok(s == 403, "nor is a shift given away by hand", a)
    for z in own:
        s, a = cadre.act("roster", "申请调班", 值班=z["id"], 替班人=staff[5]["id"], 理由="接羔", **month)
        if s == 200:
            break
    ok(s == 200 and [w["mine"] for w in a["swaps"]] == [True], "a village cadre asks for an exchange", a)
    s, a = leader.act("roster", "答复调班", 调班=a["swaps"][0]["id"], 同意=True, **month)
    ok(s == 200 and [w["person"] for w in a["shifts"] if w["id"] == z["id"]] == [staff[5]["id"]], "and by consent the shift changes hands", a)
    for w in a["shifts"]:
        s, b = leader.act("roster", "申请调班", 值班=w["id"], 替班人=staff[6]["id"], 理由="下村", **month) if w["mine"] else (0, None)
        if s == 200:
            break
    s, a = cadre.act("roster", "答复调班", 调班=b["swaps"][0]["id"], 同意=True, **month)
    ok(s == 200 and [v["person"] for v in a["shifts"] if v["id"] == w["id"]] == [staff[6]["id"]], "a village cadre consents to another's, and the roster changes by that", a)
    soon = lambda h: (now + datetime.timedelta(hours=h)).isoformat(timespec="seconds")
    night = clerk.add("值班表", 日期=str(today + datetime.timedelta(days=1)), 岗="值班员", 人=staff[6]["id"], 起=soon(1), 止=soon(2))
    s, a = cadre.act("roster", "到岗", 值班=night["id"], 说明="前一班在路上，电话交接")
    shift = office.rows("值班表", f"id = \"{current['id']}\"", 1)[0]["values"]
    ok(s == 200 and shift["接班人"] == staff[6]["id"], "a village cadre relieves the shift before and thereby signs for it", a)
    s, a = cadre.act("roster", "交班", 值班=night["id"], 记录="无异常")
    ok(s == 200, "and hands over", a)
    history = clerk.call("GET", f"/api/ledgers/值班表/records/{current['id']}/history")[1]["items"]
    ok(history[0]["name"] == account["values"]["姓名"], "the history says who relieved", history[0])

    # ---- a law beside an enterprise's rule -----------------------------------------------------------------------------------------
    law = clerk.add("政策", 名称="动火作业管理办法", 发文机关="某县应急管理局", 层级="县旗", 生效="2021-01-01")
    s, a = clerk.act("compare", "对照", keeps=False, 政策=law["id"], 企业文件="安全生产标准", 文本="第一条 甲")
    ok(s == 422 and says(a, "还没有录入条款"), "a law without clauses cannot be compared, and it says what to do", a)
    text = "动火作业管理办法\n第一条 动火作业应当办理动火审批手续，落实现场监护。\n第二条 从业人员上岗前应当接受安全培训，经考核合格。\n第三条 发生事故应当在一小时内报告。"
    s, a = clerk.act("compare", "录条文", 政策=law["id"], 文本=text)
    ok(s == 200 and a["count"] == 3 and len(office.rows("条款", f"政策 = \"{law['id']}\"", 9)) == 3, "the text of a law becomes its clauses", a)
    s, a = clerk.act("compare", "录条文", 政策=law["id"], 文本=text)
    ok(s == 409 and says(a, "已有3条条款"), "a law's clauses are recorded once", a)
    own = "第一条 员工上岗前须接受安全培训，经考核合格。\n第二条 食堂每日留样。\n第三条 动火作业应当办理动火审批手续，落实专人监护。"
    asked = dict(政策=law["id"], 企业文件="安全生产标准", 文本=own)
    s, a = clerk.act("compare", "对照", keeps=False, **asked)
    pairs = [(p["left"] and p["left"]["label"], p["right"] and p["right"]["label"]) for p in a["pairs"]]
    ok(pairs == [("第一条", "第三条"), ("第二条", "第一条"), (None, "第二条"), ("第三条", None)], "clauses in another order are paired; what one side lacks stands alone", pairs)
    runs = a["pairs"][0]["runs"]
    ok({"gone": "现场"} in runs and {"new": "专人"} in runs and "".join(r.get("same", "") + r.get("gone", "") for r in runs) == a["pairs"][0]["left"]["text"],
       "what differs is marked and the marks give back the text", runs)
    judged = dict(法规条款=a["pairs"][0]["left"]["id"], 企业文件="安全生产标准", 主题="动火作业", 企业条款="第三条", 企业原文=a["pairs"][0]["right"]["text"])
    s, b = clerk.act("compare", "记结论", **judged, 结论="企业更严")
    ok(s == 422 and any(e["field"] == "差异" for e in b["errors"]), "a judgement without the difference in words is refused", b)
    s, b = clerk.act("compare", "记结论", **judged, 结论="企业更严", 差异="企业要求专人监护")
    s, again = clerk.act("compare", "对照", keeps=False, **asked)
    ok(again["pairs"][0]["found"] and again["pairs"][0]["found"]["verdict"] == "企业更严" and again["pairs"][1]["found"] is None,
       "the same comparison made again shows the judgement", again["pairs"][0])
    s, b = clerk.act("compare", "记结论", 记录=b["found"]["id"], **judged, 结论="一致", 差异="专人即现场监护人")
    ok(s == 200 and len(office.rows("对比", "企业文件 = \"安全生产标准\"", 9)) == 1 and b["found"]["verdict"] == "一致", "a judgement is changed, not doubled", b)
    split = "第一条 动火作业应当办理动火审批手续。\n第二条 落实现场监护。\n第三条 从业人员上岗前应当接受安全培训，经考核合格。发生事故应当在一小时内报告。"
    s, b = clerk.act("compare", "对照", keeps=False, 政策=law["id"], 企业文件="拆并文件", 文本=split)
    ok([(p["left"]["label"], p["right"]["label"], p["left_count"], p["right_count"], p["moved"]) for p in b["pairs"]] ==
       [("第一条", "第一条、第二条", 1, 2, False), ("第二条、第三条", "第三条", 2, 1, False)] and len(b["pairs"][1]["merged"]) == 1,
       "a clause written as two, and two written as one, are told as such", b["pairs"])
    s, b = clerk.act("compare", "记结论", 法规条款=b["pairs"][1]["left"]["id"], 合并条款=b["pairs"][1]["merged"], 企业文件="拆并文件", 主题="培训和报告", 企业条款="第三条",
                     企业原文=b["pairs"][1]["right"]["text"], 结论="一致", 差异="合成一条，意思一样")
    kept_ = office.rows("对比", "企业文件 = \"拆并文件\"", 9)
    ok(s == 200 and len(kept_) == 1 and len(kept_[0]["values"]["合并条款"]) == 1, "clauses judged together are one judgement that names them all", (s, b))
    s, b = clerk.act("compare", "对照", keeps=False, 政策=law["id"], 企业文件="大文件", 文本="第一条 长。\n" * 600)
    ok(s == 422 and says(b, "超过500条"), "a text with too many clauses is refused", b)

    # ---- stock by batch --------------------------------------------------------------------------------------------------------------
    tent = clerk.add("物资品类", 代码="ZP", 大类="生活类", 名称="棉帐篷", 单位="顶", 最低储备=30)
    depot = clerk.add("储备点", 代码="K1", 名称="镇仓库", 保管人=staff[0]["id"], 权属="镇")
    where = dict(品类=tent["id"], 储备点=depot["id"])
    s, a = clerk.act("stock", "入库", **where, 批次="A", 数量="20", 来源="采购", 有效期="2099-12-31", 事由="采购")
    ok(s == 200 and a["there"] == 20 and len(a["moves"]) == 1, "goods received make their batch and its first movement", a)
    clerk.act("stock", "入库", **where, 批次="B", 数量="10.5", 来源="捐赠", 有效期="2098-01-01", 事由="捐赠")
    clerk.act("stock", "入库", **where, 批次="C", 数量="99", 来源="捐赠", 有效期="2020-01-01", 事由="旧账")
    s, a = clerk.act("stock", "试出库", keeps=False, **where, 数量="12")
    ok(s == 200 and sorted((x["batch"], x["quantity"]) for x in a["taken"]) == [("A", 1.5), ("B", 10.5)], "what expires first would go first, what has expired never", a)
    s, a = clerk.act("stock", "出库", **where, 数量="31", 领用人="巴特尔", 事由="暴雪救灾")
    ok(s == 422 and says(a, "没有过期的只有30.5，还差0.5") and len(office.rows("出入库", "方向 = \"出\"", 9)) == 0, "more than there is is refused with what is missing, and nothing is moved", a)
    s, a = clerk.act("stock", "出库", **where, 数量="12", 领用人="巴特尔", 事由="暴雪救灾")
    batches = {b["batch"]: b for b in clerk.call("GET", "/api/works/stock")[1]["batches"]}
    ok(s == 200 and batches["A"]["there"] == 18.5 and batches["B"]["there"] == 0, "goods issued are movements of their batches", batches)
    stock_a = office.rows("库存", "批次 = \"A\"", 1)[0]
    move = dict(方向="出", 时间="2021-01-01T08:00:00+08:00", 储备点=depot["id"], 品类=tent["id"], 库存=stock_a["id"], 数量=1, 事由="补记", 领用人="甲")
    s, a, _ = clerk.call("POST", "/api/ledgers/出入库/records", {"values": move})
    ok(s == 422 and says(a, "库存会在某一时刻小于零"), "a movement that is entered late may not be earlier than what it takes, whichever door it comes by", a)
    received = office.rows("出入库", f"库存 = \"{stock_a['id']}\" and 方向 = \"入\"", 1)[0]
    s, a, _ = clerk.call("POST", f"/api/ledgers/出入库/records/{received['id']}/withdraw", {"reason": "错"}, {"If-Match": f"\"{received['version']}\""})
    ok(s == 422 and says(a, "小于零"), "what was received cannot be withdrawn when some of it has gone", a)
    card = clerk.call("GET", f"/api/works/stock?of={stock_a['id']}")[1]
    ok([m["after"] for m in card["moves"]] == [20, 18.5] and card["good"] and card["unit"] == tent["values"]["单位"], "a card shows the balance after each movement, and in what it is counted", card)

    far = clerk.add("储备点", 代码="K2", 名称="东片库", 保管人=staff[0]["id"], 权属="镇")
    s, a = clerk.act("stock", "调拨", **where, 对方储备点=depot["id"], 数量="5", 事由="东片备用")
    ok(s == 422 and says(a, "不能是原来那个"), "goods are not moved to where they are", a)
    s, a = clerk.act("stock", "调拨", **where, 对方储备点=far["id"], 数量="99", 事由="东片备用")
    ok(s == 422 and says(a, "库存不够") and office.rows("库存", f"储备点 = \"{far['id']}\"", 9) == [], "more than there is is not moved, and no batch is made for it", a)
    s, a = clerk.act("stock", "调拨", **where, 对方储备点=far["id"], 数量="5", 事由="东片备用")
    there = office.rows("库存", f"储备点 = \"{far['id']}\"", 9)
    moved = office.rows("出入库", "事由 = \"东片备用\"", 9)
    ok(s == 200 and [(b["values"]["批次"], b["values"]["数量"], b["values"]["有效期"]) for b in there] == [("A", 5, "2099-12-31")] and office.rows("库存", "批次 = \"A\"", 2)[0]["values"]["数量"] + 5 == 18.5
       and moved[0]["values"]["对方储备点"] == far["id"], "what is moved to another depot keeps its batch and date, and leaves here what arrives there", (s, a, there))
    s, a = clerk.act("stock", "盘点", 库存=stock_a["id"], 实有="12.5", 事由="年底盘点")
    ok(s == 200 and a["there"] == 12.5 and a["moves"][-1]["way"] == "盘亏" and a["moves"][-1]["change"] == -1, "what a stocktake misses is a loss", a)
    s, a = clerk.act("stock", "盘点", 库存=stock_a["id"], 实有="13", 事由="找到半顶")
    ok(s == 200 and a["there"] == 13 and a["moves"][-1]["way"] == "盘盈", "what it finds is a gain", a)
    s, a = clerk.act("stock", "盘点", 库存=stock_a["id"], 实有="13", 事由="复核")
    ok(s == 422 and says(a, "账实相符"), "where nothing differs nothing is recorded", a)
    gone = office.rows("库存", "批次 = \"C\"", 1)[0]
    s, a = clerk.act("stock", "报废", 库存=gone["id"], 数量="100", 事由="过期")
    ok(s == 422 and says(a, "小于零"), "no more is scrapped than there is", a)
    s, a = clerk.act("stock", "报废", 库存=gone["id"], 数量="99", 事由="过期")
    ok(s == 200 and a["there"] == 0 and a["moves"][-1]["way"] == "报废", "what has expired is scrapped from its card", a)

    # ---- fees --------------------------------------------------------------------------------------------------------------------------
    village = groups[0]["id"]
    reviews = [clerk.add("民主评议", 村组=village, 事项="低保", 会议类型="村民会议", 日期="2021-08-01", 应到=20, 实到=18)]
    deal = clerk.add("卫生协议", 村组=village, 评议=reviews[0]["id"], 内容="每周清运两次", 起="2021-01-01")
    homes = office.rows("户", f"村组 = \"{village}\" and 状态 = \"在册\"", 2)
    for year in ("2020", "2021"):
        clerk.add("卫生费", 协议=deal["id"], 户=homes[0]["id"], 期=year, 应收=60)
    asked = dict(协议=deal["id"], 缴费人=homes[0]["id"])
    s, a = clerk.act("fee", "收款", **asked, 金额="130")
    ok(s == 422 and says(a, "只欠120元，多出10元，没有入账") and office.rows("收据", "", 5) == [], "more than is owed is refused and no receipt is written", a)
    s, a = clerk.act("fee", "收款", **asked, 金额="壹佰")
    ok(s == 422 and says(a, "最多到分"), "an amount that is no number is refused", a)
    s, a = clerk.act("fee", "收款", **asked, 金额="90.50", 方式="现金", 交款人="其木格")
    bills = {b["period"]: b for b in a["bills"]} if s == 200 else {}
    ok(s == 200 and bills["2020"]["owing"] == 0 and bills["2021"]["owing"] == 29.5 and a["receipts"][0]["words"] == "玖拾元伍角", "a payment goes to what was owed longest, and the receipt has the amount in words", a)
    ok(a["receipts"][0]["periods"] == "2020年、2021年", "a receipt says which years it is for", a["receipts"])
    receipt = a["receipts"][0]
    s, a = clerk.act("fee", "收款", 协议=deal["id"], 缴费人=homes[1]["id"], 金额="1")
    ok(s == 422 and says(a, "没有应收"), "somebody who owes nothing pays nothing", a)
    s, a = clerk.act("fee", "作废收据", 收据=receipt["id"])
    ok(s == 422 and says(a, "须写明理由"), "a receipt is made void with a reason", a)
    s, a = clerk.act("fee", "作废收据", 收据=receipt["id"], 理由="金额写错")
    ok(s == 200 and sum(b["owing"] for b in a["bills"]) == 120 and a["receipts"][0]["void"] is True, "what a void receipt had paid is owed again, and the receipt stays", a)
    s, a = clerk.act("fee", "作废收据", 收据=receipt["id"], 理由="再作废")
    ok(s == 409 and says(a, "已经作废"), "a receipt is made void once", a)

    s, a = clerk.act("fee", "试开", keeps=False, 协议=deal["id"], 年度=2020)
    ok(s == 422 and says(a, "在2020年没有效"), "an agreement bills no year in which it does not hold", a)
    s, a = clerk.act("fee", "试开", keeps=False, 协议=deal["id"], 年度=2021)
    ok(s == 422 and says(a, "2021年底以前这里还没有记录"), "a year of which the office has no records is not billed to the households of today", a)
    year = dict(协议=deal["id"], 年度=now.year)
    clerk.add("卫生费", 协议=deal["id"], 户=homes[0]["id"], 期=str(now.year), 应收=60)
    s, plan = clerk.act("fee", "试开", keeps=False, **year)
    every = {h["id"] for h in office.rows("户", f"村组 = \"{village}\" and 状态 = \"在册\"", 500)}
    ends = {b["household"]: b["end"] for b in plan["bills"]} if s == 200 else {}
    ok(s == 200 and set(ends) == every and ends[homes[0]["id"]] == "已有" and plan["count"] == list(ends.values()).count("开单") > 0 and
       plan["total"] == sum(b["due"] - b["reduced"] for b in plan["bills"] if b["end"] == "开单"),
       "before a year is billed every household is shown once: what it would owe, or why not", plan)
    s, a = clerk.act("fee", "开单", **year, 户数=plan["count"] + 1, 应交=plan["total"])
    ok(s == 409 and says(a, "请重新试算"), "what is no longer as it was shown is not written", a)
    s, a = clerk.act("fee", "开单", **year, 户数=plan["count"], 应交=plan["total"])
    bills = office.rows("卫生费", f"协议 = \"{deal['id']}\" and 期 = \"{now.year}\"", 500)
    ok(s == 200 and len(bills) == plan["count"] + 1 and len({b["values"]["户"] for b in bills}) == len(bills), "the year's bills are written at once, one for each household", a)
    s, a = clerk.act("fee", "试开", keeps=False, **year)
    ok(s == 200 and a["count"] == 0 and a["there"] == len(bills), "asked again nobody would be billed", a)
    s, a = clerk.act("fee", "开单", **year, 户数=0, 应交=0)
    ok(s == 422 and says(a, "没有要开的"), "and nobody is", a)
    other = clerk.add("卫生协议", 村组=village, 评议=reviews[0]["id"], 内容="另一份", 起="2021-01-01")
    s, a = clerk.act("fee", "试开", keeps=False, 协议=other["id"], 年度=now.year)
    ok(s == 200 and a["count"] == 0, "nor under another agreement of the same place", a)

    # ---- a bank's return ---------------------------------------------------------------------------------------------------------------
    batch = clerk.add("发放批", 业务="冬春救助", 来源批次="2021-01")
    def luhn(body):
        total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(int(c) for c in reversed(body)))
        return body + str((10 - total % 10) % 10)
    cards = [luhn("621700001000123456"), luhn("621700001000123457")]
    for n, card in enumerate(cards):
        holds(clerk, homes[n], f"户{n + 1}", 一卡通账号=card)
        clerk.add("发放明细", 批=batch["id"], 序=n + 1, 户=homes[n]["id"], 收款人=f"户{n + 1}", 账号=card, 金额=300 + n)
    said = [{"账号": cards[0], "金额": "300.00", "结果": "成功"}, {"账号": "6217000099990000", "金额": "300", "结果": "成功", "户名": "某人"}, {"账号": cards[1], "金额": "300", "结果": "成功"}]
    s, a = clerk.act("bank_return", "核对", keeps=False, 批=batch["id"], 行=said)
    ok(s == 200 and [l["end"] for l in a["lines"]] == ["对上", "账号不在本批", "金额不符"] and a["missing"] == [f"户2 …{cards[1][-4:]}"], "a return is checked line by line before anything is entered", a)
    s, a = clerk.act("bank_return", "入账", 批=batch["id"], 行=said)
    results = sorted(r["values"]["结果"] for r in office.rows("发放明细", f"批 = \"{batch['id']}\"", 5))
    ok(s == 422 and any(e["field"] == "第2行" and "账号…0000 账号不在本批" in e["text"] for e in a["errors"]) and results == ["待", "待"],
       "a return that names an unknown account is refused as a whole: which line, what to do, and nothing is entered", a)
    s, a = clerk.act("bank_return", "入账", 批=batch["id"], 行=said, 照单收=True, 到账日="2021-12-20")
    rows = office.rows("发放明细", f"批 = \"{batch['id']}\"", 5)
    troubles = office.rows("回单异常", f"批 = \"{batch['id']}\"", 5)
    ok(s == 200 and sorted(r["values"]["结果"] for r in rows) == ["待", "成功"] and sorted(x["values"]["情况"] for x in troubles) == ["账号不在本批", "金额不符"],
       "the others are entered when somebody says so, and what could not be placed is kept for looking into", a)
    s, a = clerk.act("bank_return", "入账", 批=batch["id"], 行=[{"账号": cards[1], "金额": "301", "结果": "失败"}])
    ok(s == 422 and any("失败" in e["text"] for e in a["errors"]), "a failure without its reason is refused by the ledger's own rule", a)
    s, a = clerk.act("bank_return", "核对", keeps=False, 批=batch["id"], 行=[{"账号": "12", "金额": "x", "结果": "好"}])
    ok(s == 422 and a["errors"][0]["field"] == "第1行", "a line that is none is named", a)

    # ---- the file that goes to the bank, and the file that comes back -------------------------------------------------------------------
    second = clerk.add("发放批", 业务="冬春救助", 来源批次="2021-02", 制单=staff[0]["id"], 复核=staff[1]["id"])
    for n, home in enumerate(homes):
        holds(clerk, home, "其木格")
        clerk.add("发放明细", 批=second["id"], 序=n + 1, 户=home["id"], 收款人="其木格", 账号=cards[n], 金额=300)
    s, a = clerk.act("bank_return", "代发文件", 批=second["id"])
    ok(s == 422 and says(a, "签发以后才能生成代发文件"), "no file for the bank before the run is signed", a)
    for to in ("复核", "签发"):
        second = clerk.move("发放批", second, to)
    s, a = office.auditor.act("bank_return", "代发文件", 批=second["id"])
    ok(s in (403, 404), "who may not open accounts makes no file of them", a)
    s, made = clerk.act("bank_return", "代发文件", 批=second["id"])
    ok(s == 200 and made["count"] == 2 and made["amount"] == 600, "the file for the bank has every line of the run", made)
    s, a = clerk.act("bank_return", "代发文件", 批=second["id"])
    ok(s == 409 and says(a, "已经生成过"), "it is made once", a)

    def kept(name, content):
        status, answer, _ = clerk.call("POST", "/api/files", raw=content, headers={"X-File-Name": "a"})
        return [{"名": name, "摘要": answer["digest"], "大小": len(content)}]

    def book(rows):
        b = openpyxl.Workbook()
        for row in rows:
            b.active.append(row)
        out = io.BytesIO()
        b.save(out)
        return out.getvalue()

    head = ["序号", "收款账号", "户名", "交易金额（元）", "交易结果", "退票原因"]
    stranger = "6217000099990000"
    rows = [["某银行代发回单"], head, [1, cards[0], "其木格", 300, "交易成功", ""], [2, cards[1], "其木格", 300, "退票", "退票：户名不符"], [3, stranger, "无此户", 10, "交易成功", ""], ["合计", "", "", 610, "", ""]]
    s, a = clerk.act("bank_return", "核对", keeps=False, 批=second["id"], 文件=kept("回单.xlsx", book(rows)))
    ok(s == 200 and len(a["lines"]) == 3 and a["found"] == 2 and a["lines"][2]["end"] == "账号不在本批", "the bank's workbook is read by its heading; its title and its total are no lines", a)
    s, a = clerk.act("bank_return", "入账", 批=second["id"], 文件=kept("回单.xlsx", book(rows)))
    ok(s == 422 and says(a, "账号…0000 账号不在本批：没有入账"), "an unknown account in the bank's file refuses the whole, and says which", a)
    csv = "\ufeff" + "\n".join(",".join(str(x) for x in row) for row in rows[1:4])
    told = [clerk.act("bank_return", "核对", keeps=False, 批=second["id"], 文件=kept("a.csv", text))[1]
            for text in (csv.encode(), csv[1:].encode(), csv[1:].encode("gb18030"))]
    ok(told[0]["found"] == 2 and told[0] == told[1] == told[2], "a bank's CSV says the same in UTF-8, with or without byte order mark, and in GB18030", told)
    broken = csv[1:].encode("gb18030").replace("户名不符".encode("gb18030"), b"\xff\xff")
    s, a = clerk.act("bank_return", "核对", keeps=False, 批=second["id"], 文件=kept("a.csv", broken))
    ok(s == 422 and says(a, "第3行") and says(a, "另存为"), "bytes that are no text are refused by their line, with what to do", a)
    s, a = clerk.act("bank_return", "入账", 批=second["id"], 到账日="2021-12-21", 文件=kept("回单.csv", csv.encode("gb18030", "ignore")))
    lines = {x["values"]["序"]: x["values"] for x in office.rows("发放明细", f"批 = \"{second['id']}\"", 5)}
    ok(s == 200 and lines[1]["结果"] == "成功" and lines[1]["到账日"] == "2021-12-21" and lines[2]["结果"] == "失败" and lines[2]["失败原因"] == "户名不符",
       "a bank's CSV enters what it says, in the words of the ledger", lines)
    ok(clerk.call("GET", f"/api/ledgers/发放批/records/{second['id']}")[1]["values"]["回单"][0]["名"] == "回单.csv", "the bank's file stays with the run")
    bad = [kept("a.xlsx", book([["账号", "金额"], [cards[0], 300]])), kept("a.csv", "账号,金额,结果\n甲".encode("gb18030")), kept("a.csv", b"\x00\x01"), kept("a.xlsx", b"PK\x03\x04 broken"),
           [{"名": "x", "摘要": "0" * 64}], [], kept("a.xlsx", book([["账号", "金额", "结果"], [6217000010001234567, 300, "成功"]]))]
    answers = [clerk.act("bank_return", "核对", keeps=False, 批=second["id"], 文件=f)[0] for f in bad]
    ok(all(400 <= x < 500 for x in answers), "a file that is none, has no heading or has lost digits of its accounts is refused with words", answers)

    # ---- scores that hold their evidence -------------------------------------------------------------------------------------------------
    kpi = clerk.add("考核指标", 年度=2021, 指标号="K1", 一级="党的建设", 二级="值班值守", 计分规则="按到岗率", 分值=10)
    clerk.add("考核指标", 年度=2021, 指标号="K2", 一级="党的建设", 二级="学习", 计分规则="按次数", 分值=5)
    s, a = clerk.act("score", "自评", 指标=kpi["id"], 得分="9.5")
    ok(s == 422 and says(a, "还没有佐证，不能自评得分"), "points that nothing proves cannot be claimed", a)
    s, a = clerk.act("score", "加佐证", 指标=kpi["id"], 名称="值班表", 台账="值班表", 条件="岗 = \"没有的岗\"")
    ok(s == 422 and says(a, "没有符合条件的记录"), "a proof that points at nothing is refused", a)
    s, a = clerk.act("score", "加佐证", 指标=kpi["id"], 名称="值班表", 台账="值班表", 条件="岗 = \"值班员\"")
    ok(s == 200 and a["items"][0]["proofs"][0]["records"] == len(office.rows("值班表", "岗 = \"值班员\"", 99)), "a proof opens exactly the records that it counts", a)
    _, figures, _ = clerk.call("GET", "/api/indicators?from=2021-07-01&to=2021-12-31")
    figure = next(x for x in figures["items"] if x["name"] == "考核有佐证指标数")
    ok(int(figure["value"]) == sum(1 for i in a["items"] if i["proofs"]) == 1, "the figure of items with proof counts what the score sheet shows as proven", figure)
    s, a = clerk.act("score", "自评", 指标=kpi["id"], 得分="10.01")
    ok(s == 422 and says(a, "0到10之间"), "more than an item is worth is refused", a)
    s, a = clerk.act("score", "自评", 指标=kpi["id"], 得分="9.5")
    ok(s == 200 and a["sum"] == {"worth": 15, "own": 9.5, "proven": 9.5, "checked": 0, "percent": 63.3, "open": 1, "unproven": 0}, "the sheet adds up", a["sum"])
    s, a = clerk.act("score", "核定", 指标=kpi["id"], 得分="9")
    ok(s == 422 and says(a, "写明扣分原因"), "points taken off need their reason", a)
    s, a = clerk.act("score", "核定", 指标=kpi["id"], 得分="9", 扣分原因="一次脱岗")
    ok(s == 200 and a["sum"]["percent"] == 60, "what was checked goes before what was claimed", a)

# ---- the bank's file as the bank takes it: declared by the pack ---------------------------------------------------------------------------

packs = os.path.join(folder(), "packs")
shutil.copytree(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packs"), packs)
declared = os.path.join(packs, "relief", "works", "bank_return.json")
with open(declared, encoding="utf-8") as f:
    work = json.load(f)


def bank(form, payees):
    """A run of these payees under a pack that declares this form: the answer, and the file."""
    with open(declared, "w", encoding="utf-8") as f:
        json.dump({**work, "文件": form}, f, ensure_ascii=False)
    with Server(data, "--packs", packs) as server:
        clerk = Office(server, people).clerk
        run_ = clerk.add("发放批", 业务="冬春救助", 来源批次="2021-03", 制单=staff[0]["id"], 复核=staff[1]["id"])
        for n, payee in enumerate(payees):
            holds(clerk, homes[n], payee)
            clerk.add("发放明细", 批=run_["id"], 序=n + 1, 户=homes[n]["id"], 收款人=payee, 账号=cards[n], 金额=300 + n)
        for to in ("复核", "签发"):
            run_ = clerk.move("发放批", run_, to)
        status, answer = clerk.act("bank_return", "代发文件", 批=run_["id"])
        where = f"/api/files/{answer.get('digest')}?ledger=发放批&record={run_['id']}"
        return answer, clerk.call("GET", where)[1] if status == 200 else b""


made, content = bank("CSV GB18030", ["阿拉坦·其其格", "王𠀀"])
lines = content.decode("gb18030").split("\r\n")
ok(made.get("name", "").endswith("代发.csv") and lines[1] == f'"1","{cards[0]}","阿拉坦·其其格",300.00' and lines[2] == f'"2","{cards[1]}","王𠀀",301.00',
   "the file for the bank is in the encoding that the pack declares, every name in it", (made, content[:200]))
made, content = bank("CSV GBK", ["阿拉坦·其其格", "王𠀀"])
ok(not content and says(made, "第2笔“王𠀀”里的“𠀀”") and says(made, "与银行商定"), "a name that the bank's encoding has not is refused by its line, with what to do", made)
made, content = bank("CSV UTF-8", ["阿拉坦·其其格", "王𠀀"])
ok(content.startswith(b"\xef\xbb\xbf") and "王𠀀" in content.decode(), "UTF-8 for a bank has its mark, so that Excel knows it", content[:60])
with open(declared, "w", encoding="utf-8") as f:
    json.dump({**work, "文件": "CSV BIG5"}, f, ensure_ascii=False)
status, out, err = run("check", packs, check=False)
ok(status == 1 and "CSV GB18030" in out + err, "a form of file that is none is refused when packs are read", out + err)
shutil.rmtree(os.path.dirname(packs))

end()
