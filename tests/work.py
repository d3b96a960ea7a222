"""Works from outside: votes counted by two people apart from each other. What does not fit is refused in Chinese, and nothing is lost."""
import shutil, sys, os

sys.path.insert(0, os.path.dirname(__file__))
from server import Server, accounts, end, folder, run
from works import Office, ok, says

data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "240", "--seed", "7")[1])

with Server(data) as server:
    office = Office(server, people)
    clerk, leader = office.clerk, office.leader

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

end()
