"""What must not happen, tried by the other doors: the interface, an import, search, history, relations, exports, reports of one's own,
conditions that guess. The stories try the front door."""
import io, os, re, shutil, sys, urllib.parse, zipfile

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

NAME, LETTER, CALLER = "萨日朗其其格", "举报村务收支不公开的来信", "孟和巴雅尔"
data = folder()
shutil.rmtree(data)
run("replay", "--data", data, "--people", "600", "--seed", "7", "--counts", os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay", "other.json"))
with open(f"{data}/demo-accounts.txt", encoding="utf-8") as f:
    people = accounts(f.read())


def text_of(answer):
    """All that a reader could find in an answer, packed or not."""
    if not isinstance(answer, bytes):
        return str(answer)
    if answer[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer)) as z:
            return "".join(z.read(n).decode("utf-8", "replace") for n in z.namelist())
    return answer.decode("utf-8", "replace")


def book(headings, *rows):
    wb = openpyxl.Workbook()
    for row in (headings, *rows):
        wb.active.append(row)
    out = io.BytesIO()
    wb.save(out)
    return out.getvalue()


def docx(words):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
                   'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
                   '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
        z.writestr("_rels/.rels", '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
                   'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')
        z.writestr("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
                   f'{words}</w:t></w:r></w:p></w:body></w:document>')
    return out.getvalue()


with Server(data) as server:
    def signed(login):
        c = Client(server.port)
        assert c.sign_in(login, people[login])[0] == 200, login
        return c

    def changed(who, ledger, r, **values):
        return who.call("PATCH", f"/api/ledgers/{ledger}/records/{r['id']}", {"values": values, "reason": "试一试"}, {"If-Match": f"\"{r['version']}\""})[:2]

    def imported(who, ledger, raw, mode=""):
        s, a, _ = who.call("POST", f"/api/ledgers/{ledger}/import{mode}", raw=raw, headers={"X-File-Name": "a.xlsx"})
        return (s, a) if s != 202 else (s, who.job(a["job"]))

    desk, others = signed("xinfang"), {login: signed(login) for login in ("leader", "mayor", "clerk", "cadre", "auditor", "deputy", "shiwu")}
    clerk, shiwu, auditor, leader = (others[n] for n in ("clerk", "shiwu", "auditor", "leader"))

    # ---- who wrote the letter ------------------------------------------------------------------------------------------------
    s, petition, _ = desk.call("POST", "/api/ledgers/信访/records", {"values": {
        "形式": "来信", "收到": "2022-01-04T09:00:00+08:00", "信访人": NAME, "电话": "13904870011", "性质": "检举控告", "内容分类": "村务财务", "诉求": LETTER}})
    ok(s == 201, "the desk registers a letter about the accounts of a village", petition)
    record = petition["id"]
    doors = [f"/api/ledgers/信访/records/{record}{rest}" for rest in ("", "/history", "/relations", "/cases")]
    doors += ["/api/ledgers/信访/records", f"/api/ledgers/信访/records?where=信访人 = \"{NAME}\"", f"/api/ledgers/信访/records?find={NAME}",
              "/api/ledgers/信访/export.xlsx", "/api/ledgers/信访/export.csv", "/api/ledgers/信访/print.pdf", f"/api/search?q={NAME}", "/api/search?q=13904870011",
              f"/api/search?q={petition['values']['信访号']}", "/api/lines/信访与纠纷", "/api/audit/facts", f"/api/audit/facts?ledger=petition&record={record}",
              "/api/indicators", "/api/tasks", "/api/workbench"]
    told = [(login, door) for login, who in others.items() for door in doors
            for answer in [text_of(who.call("GET", door)[1])] if NAME in answer or LETTER in answer or "13904870011" in answer]
    ok(not told, "nobody else finds the name, the number or the words of a letter by any door: record, history, relations, lists, guesses, search, exports, "
       "traces, figures", told)
    guesses = [(login, s) for login, who in others.items()
               for s, a, _ in [who.call("GET", f"/api/ledgers/信访/records?where=信访人 = \"{NAME}\"")] if s == 200 and a["items"]]
    ok(not guesses, "a condition does not tell whether somebody has written", guesses)
    refused = [(login, s) for login, who in others.items() for s, a, _ in [who.call(
        "POST", f"/api/ledgers/信访/records/{record}/reveal", {"field": "信访人", "reason": "想知道是谁"})] if s == 200]
    ok(not refused, "nobody else can uncover the name", refused)
    s, a, _ = clerk.call("POST", "/api/templates", raw=docx("{{#每 信访}}{{信访人}}{{诉求}}{{#完}}"), headers={"X-File-Name": urllib.parse.quote("我的表.docx")})
    s, made, _ = clerk.call("POST", f"/api/reports/{a['name']}/preview", {"from": "2021-07-01", "to": "2022-01-31"})
    ok(s == 200 and NAME not in text_of(made) and LETTER not in text_of(made), "a report of one's own shows no letter that its author may not read", made)

    # ---- classified papers ---------------------------------------------------------------------------------------------------
    paper = {"收文日": "2022-01-04", "方式": "机要", "来文单位": "旗委办公室", "标题": "关于某事的密件", "文种": "通知", "密级": "机密", "紧急": "平件", "签收时": "2022-01-04T09:00:00+08:00"}
    staff = clerk.call("GET", "/api/ledgers/干部/records?limit=1")[1]["items"][0]["id"]
    s, a, _ = clerk.call("POST", "/api/ledgers/收文/records", {"values": {**paper, "签收人": staff}})
    ok(s == 422 and "涉密" in text_of(a), "a classified paper cannot be registered with its title", a)
    s, a, _ = clerk.call("POST", "/api/ledgers/收文/records", {"values": {**paper, "签收人": staff, "密级": "无", "方式": "邮件", "标题": "普通通知"}})
    s2, b = changed(clerk, "收文", a, 密级="绝密")
    ok(s == 201 and s2 == 422, "a paper that is registered with its title cannot be made a classified one", b)
    s, a = imported(clerk, "收文", book(list(paper) + ["签收人"], [paper[k] for k in paper] + ["负责人"]))
    left = clerk.call("GET", "/api/ledgers/收文/records?find=关于某事的密件")[1]["items"]
    ok(not left, "nor can it come in with a workbook", (a, left))

    # ---- what is computed ----------------------------------------------------------------------------------------------------
    fee = clerk.call("GET", "/api/ledgers/卫生费/records?where=欠费 > 0&limit=1")[1]["items"][0]
    s, a = changed(clerk, "卫生费", fee, 欠费=0)
    now = clerk.call("GET", f"/api/ledgers/卫生费/records/{fee['id']}")[1]
    ok(s == 422 and now["values"]["欠费"] == fee["values"]["欠费"], "what is owed cannot be typed", a)
    stock = clerk.call("GET", "/api/ledgers/库存/records?limit=1")[1]["items"][0]
    s, a = changed(clerk, "库存", stock, 数量=9999)
    ok(s == 422, "what is in store cannot be typed", a)

    # ---- choosing people by what they believe or are --------------------------------------------------------------------------
    model = shiwu.call("GET", "/api/policies/冬春救助类别与金额/model.dmn")[1]
    for name, said in (("民族", "政策不得按“民族”挑选人"), ("户主的政治面貌", "政策不得按“政治面貌”挑选人"), ("户主证件号", "不取“户主证件号”")):
        wrong = text_of(model).replace("自救能力", name)
        s, a, _ = shiwu.call("POST", "/api/policies/冬春救助类别与金额/model?from=2022-10-01", raw=wrong.encode(), headers={"Content-Type": "application/xml"})
        ok(s == 422 and said in text_of(a), f"a model that asks for {name} is not taken in for a policy", (s, text_of(a)[:300]))

    # ---- what an epidemic leaves ---------------------------------------------------------------------------------------------
    wave = clerk.call("GET", "/api/ledgers/疫情轮次/records?where=止 != null&limit=1")[1]["items"]
    ok(wave, "an outbreak has ended", wave)
    if wave:
        s, a, _ = clerk.call("POST", "/api/ledgers/涉疫人员/records", {"values": {"轮次": wave[0]["id"], "姓名": "某人", "来源": "排查", "抵达日": "2021-11-30", "措施": "居家健康监测", "包联": staff}})
        ok(s == 422, "after an outbreak nobody is put on its list any more", a)

    # ---- what a bank account or an identity number is shown to -----------------------------------------------------------------
    full = text_of(auditor.call("GET", "/api/ledgers/救助对象/export.csv")[1])
    numbers = [w for w in full.replace("\n", ",").split(",") if len(w.strip()) == 18 and w.strip()[:17].isdigit()]
    ok(not numbers, "an auditor's export holds no whole identity number", numbers[:2])

    # ---- the other doors: workbooks that come in, forms that are filled in, forms of one's own ---------------------------------
    def whole(answer):
        """Eighteen digits of a person or the account of a household, whole."""
        found = re.findall(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)62\d{17}(?!\d)", text_of(answer))
        return found[:3]

    s, a = imported(clerk, "卫生费", book(["协议", "户", "期", "欠费"], [fee["labels"]["协议"], fee["labels"]["户"], fee["values"]["期"], 0]))
    now = clerk.call("GET", f"/api/ledgers/卫生费/records/{fee['id']}")[1]
    ok(now["values"]["欠费"] == fee["values"]["欠费"], "what is owed does not come in with a workbook either", a)
    roll = io.BytesIO()
    wb = openpyxl.Workbook()
    wb.active.append(["户主", "证件号", "账号"])
    wb.active.append(["{{#行 救助对象}}{{户主姓名}}", "{{户主证件号}}", "{{账号}}"])
    wb.save(roll)
    period = {"from": "2021-07-01", "to": "2022-01-31"}
    s, a, _ = clerk.call("POST", "/api/templates", raw=roll.getvalue(), headers={"X-File-Name": urllib.parse.quote("名册.xlsx")})
    ok(s == 200, "an office keeps the roll that it drew itself", a)
    for login in ("clerk", "shiwu", "cadre", "auditor"):
        who = others[login]
        s2, made, _ = who.call("POST", f"/api/reports/{urllib.parse.quote('名册.xlsx')}/file", period)
        ok(not whole(made) and (login not in ("clerk", "shiwu") or (s2 == 200 and "*" in text_of(made))), f"a roll of one's own, made by {login}, holds no whole number and no whole account", whole(made))
    blank = io.BytesIO()
    wb = openpyxl.Workbook()
    wb.active.append(["序号", "户主姓名", "身份证号", "一卡通账号", "救助金额"])
    wb.active.append([None] * 5)
    wb.save(blank)
    for login in ("cadre", "auditor"):
        s, a, _ = others[login].call("POST", "/api/forms?from=2021-07-01&to=2021-12-31", raw=blank.getvalue())
        ok(not whole(a), f"a blank form filled for {login} holds no whole number and no whole account", whole(a))

    # ---- a letter that turns out to be an accusation -----------------------------------------------------------------------------
    leader_hears = leader.events("/api/events")
    s, turned, _ = desk.call("POST", "/api/ledgers/信访/records", {"values": {
        "形式": "来信", "收到": "2022-01-04T10:00:00+08:00", "信访人": NAME, "电话": "13904870011", "性质": "申诉求决", "内容分类": "村务财务", "诉求": LETTER}})
    registered = auditor.call("GET", f"/api/audit/facts?ledger=petition&record={turned['id']}")[1]["items"][0]["no"]
    ok(leader.call("GET", f"/api/ledgers/信访/records/{turned['id']}")[0] == 200, "before it is known for one, a letter is read as others are")
    name, data_of = next(leader_hears)
    ok(turned["id"] in str(data_of), "who may read a letter hears that there is one", data_of)
    s, a = changed(desk, "信访", turned, 性质="检举控告")
    assert s == 200, a
    s, accusation, _ = desk.call("POST", "/api/ledgers/信访/records", {"values": {
        "形式": "来信", "收到": "2022-01-04T11:00:00+08:00", "信访人": NAME, "性质": "检举控告", "内容分类": "村务财务", "诉求": LETTER}})
    s, plain, _ = desk.call("POST", "/api/ledgers/信访/records", {"values": {
        "形式": "来信", "收到": "2022-01-04T12:00:00+08:00", "信访人": "高娃", "性质": "建议意见", "内容分类": "环境", "诉求": "村口路灯不亮"}})
    name, data_of = next(leader_hears)
    ok(plain["id"] in str(data_of), "nobody hears of an accusation that they may not read: the next they hear of is the next letter", data_of)
    then = [(login, door) for login, who in others.items() for door in (
        f"/api/ledgers/信访/records?as_of=%23{registered}&limit=1000", f"/api/ledgers/信访/records?as_of=%23{registered}&find={NAME}",
        f"/api/ledgers/信访/export.csv?as_of=%23{registered}", f"/api/ledgers/信访/records/{turned['id']}/history",
        f"/api/indicators?as_of=%23{registered}") if LETTER in text_of(who.call("GET", door)[1]) or turned["id"] in text_of(who.call("GET", door)[1])]
    ok(not then, "what is an accusation now is not read by asking how things stood before", then)

    # ---- the desk's own reports -------------------------------------------------------------------------------------------------
    s, a, _ = desk.call("POST", "/api/templates", raw=docx("{{#每 信访 当 性质 = &quot;检举控告&quot;}}{{信访人}}：{{诉求}}{{#完}}"), headers={"X-File-Name": urllib.parse.quote("来信摘要.docx")})
    s, frozen, _ = desk.call("POST", f"/api/reports/{a['name']}/freeze", {"from": "2021-07-01", "to": "2022-01-31"})
    s2, own, _ = desk.call("GET", f"/api/frozen/{frozen['id']}/changes")
    ok(s == 200 and s2 == 200 and LETTER in text_of(own), "the desk freezes its own summary of the letters and reads it", (s, frozen, s2))
    told = [(login, door) for login, who in others.items() for door in (f"/api/frozen/{frozen['id']}/changes", "/api/reports", "/api/audit/facts")
            for answer in [text_of(who.call("GET", door)[1])] if NAME in answer or LETTER in answer]
    ok(not told, "a summary that the desk froze tells its letters to nobody who may not read them", told)

    # ---- a superior's form, and columns and conditions that reach the letter from elsewhere ---------------------------------------
    blank = io.BytesIO()
    wb = openpyxl.Workbook()
    wb.active.append(["信访事项登记表"])
    wb.active.append(["序号", "信访人", "住址", "联系电话", "信访时间", "方式", "反映问题", "责任领导", "责任单位", "办理情况"])
    wb.active.append([None] * 10)
    wb.save(blank)
    told = [login for login, who in others.items() for more in ("", "&download=1", "&ledger=信访", "&ledger=信访&download=1")
            if any(w in text_of(who.call("POST", f"/api/forms?from=2021-07-01&to=2022-01-31{more}", raw=blank.getvalue())[1]) for w in (NAME, LETTER, "1390487"))]
    ok(not told, "a superior's form about petitions, filled for somebody else, holds no letter", told)
    s, longer, _ = clerk.call("POST", "/api/ledgers/延期/records", {"values": {"主单": "来信", "信访": record, "序": 1, "申请人": staff, "拟延至": "2022-03-01", "理由": "需要核实"}})
    doors = ["/api/ledgers/延期/records?fields=信访.信访人,信访.诉求,信访", "/api/ledgers/延期/records?fields=信访&sort=信访.信访人",
             f"/api/ledgers/延期/records?where=信访.信访人 = \"{NAME}\"&count=1", f"/api/ledgers/延期/records?where=信访.内容分类 = \"村务财务\"&count=1",
             f"/api/ledgers/延期/export.csv?fields=信访.信访人,信访.诉求"]
    answers = [(login, door, who.call("GET", door)) for login, who in others.items() for door in doors]
    told = [(login, door, text_of(a)[:200]) for login, door, (s, a, _) in answers if NAME in text_of(a) or LETTER in text_of(a) or
            s == 200 and "where" in door and a["items"]]
    ok(not told, "neither a column nor a condition of another ledger reaches the letter", told)

    # ---- who asked to stay unknown -----------------------------------------------------------------------------------------------
    self = clerk.call("GET", f"/api/ledgers/干部/records?find={clerk.name()}&limit=1")[1]["items"][0]["id"]
    s, ticket, _ = clerk.call("POST", "/api/ledgers/工单/records", {"values": {
        "来源": "来访", "来电时": "2022-01-04T09:00:00+08:00", "保密": True, "类型": "举报", "分类": "其他", "标题": "反映占用草场", "内容": "有人占用草场", "派单时": "2022-01-04T09:10:00+08:00"}})
    s2, caller, _ = clerk.call("POST", "/api/ledgers/保密诉求人/records", {"values": {"工单": ticket.get("id"), "诉求人": CALLER, "电话": "13904870022", "登记人": self}})
    ok(s == 201 and s2 == 201, "a caller who asks to stay unknown is written apart from the ticket", (ticket, caller))
    if s2 == 201:
        doors = [f"/api/ledgers/保密诉求人/records/{caller['id']}", f"/api/ledgers/保密诉求人/records/{caller['id']}/history", "/api/ledgers/保密诉求人/records",
                 f"/api/ledgers/保密诉求人/records?where=诉求人 = \"{CALLER}\"", "/api/ledgers/保密诉求人/export.csv", f"/api/search?q={CALLER}", "/api/search?q=13904870022",
                 f"/api/ledgers/工单/records/{ticket['id']}/relations", f"/api/ledgers/工单/records/{ticket['id']}", "/api/ledgers/工单/export.csv",
                 f"/api/audit/facts?record={caller['id']}", "/api/ledgers/工单/records?fields=保密诉求人"]
        rest = {n: w for n, w in others.items() if n != "clerk"} | {"xinfang": desk}
        told = [(login, door) for login, who in rest.items() for door in doors
                for answer in [text_of(who.call("GET", door)[1])] if CALLER in answer or "13904870022" in answer]
        ok(not told, "and nobody but who wrote it down finds the name or the number", told)

    # ---- chosen rows, sums and orders that guess ----------------------------------------------------------------------------------
    tag = {"标签": "护林护草员", "认定部门": "旗林草局", "认定文号": "旗林草〔2021〕9号", "起": "2021-07-01"}
    doors = [("POST", "/api/ledgers/人/tags?where=健康状况 = \"残疾\"", {"values": tag, "dry": True}), ("POST", "/api/ledgers/人/where", {"where": "starts with(证件号, \"15\")"}),
             ("GET", "/api/ledgers/人/records?sort=证件号", None), ("GET", "/api/ledgers/户/records?sort=户主.证件号", None), ("GET", "/api/ledgers/标签/records?where=主体人.健康状况 = \"残疾\"&count=1", None),
             ("GET", "/api/ledgers/人/export.csv?where=健康状况 = \"残疾\"", None), ("GET", "/api/ledgers/人/export.xlsx?sort=手机", None), ("GET", "/api/ledgers/户/records?where=string length(一卡通账号) > 0&count=1", None)]
    told = [(login, path, s) for login in ("clerk", "cadre", "auditor", "leader") for method, path, body in doors
            for s, _, _ in [others[login].call(method, path, body)] if s == 200]
    ok(not told, "what is shown covered cannot be guessed by choosing, counting or ordering", told)

    # ---- workbooks that bring in what the page refuses ------------------------------------------------------------------------------
    def refused_book(ledger, said, **values):
        s, a = imported(clerk, ledger, book(list(values), list(values.values())))
        return ok(a.get("report", {}).get("added") == 0 and said in text_of(a), f"{ledger}: a workbook is refused as the page refuses ({said})", a)

    refused_book("考核指标", "不得用来考核", 年度="2021", 指标号="Z-9", 二级="公众号点赞转发量", 计分规则="每月不少于一百次", 分值=5)
    refused_book("上报任务", "依法拒报", 来源单位="旗委", 报表名称="政务应用安装率通报表", 频率="月", 截止="2022-02-01 10:00", 责任="党政综合办公室", 处置="自动生成")
    refused_book("村组任务", "不得再向村组要", 任务="上报本村户数、人口数", 村组=clerk.call("GET", "/api/ledgers/村组/records?where=类型 = \"嘎查\"&limit=1")[1]["items"][0]["title"], 期限="2022-02-01 10:00")
    refused_book("归档件", "涉密档案不得入本系统", 全宗号="0012", 门类="WS", 年度="2021", 保管期限="永久", 机构问题="BGS", 件号="91", 责任者="旗委", 题名="关于某项工作的通知", 日期="20211011", 密级="机密", 页数=3)
    refused_book("公示", "完整的证件号", 标题="救助公示 159901197812270013", 依据事项="冬春救助批次", 脱敏规则="全脱敏", 起="2022-01-10", 法定最短=7, 单位="日")
    s, a = imported(others["leader"], "信访", book(["形式", "收到", "性质", "内容分类", "诉求"], ["来信", "2022-01-04 09:00", "建议意见", "其他", "x"]))
    ok(s == 403, "who may not bring petitions in does not bring them in with a workbook", (s, a))

    # ---- after an outbreak ---------------------------------------------------------------------------------------------------------
    admin = signed("admin")
    ill = admin.call("GET", "/api/ledgers/涉疫人员/records?limit=100")[1]["items"]
    ok(ill, "an outbreak has left people's records in this town")
    before = auditor.call("GET", "/api/audit/facts?limit=1")[1]["items"][0]["no"]
    gone, law = ill[0], {"reason": "疫情结束", "approval": "镇党委会2021年第12次会议"}
    for ledger in ("采样", "健康监测"):
        for r in admin.call("GET", f"/api/ledgers/{ledger}/records?where=人员 = \"{gone['id']}\"")[1]["items"]:
            admin.call("POST", f"/api/ledgers/{ledger}/records/{r['id']}/destroy", law)
    s, a, _ = admin.call("POST", f"/api/ledgers/涉疫人员/records/{gone['id']}/destroy", law)
    ok(s in (200, 204), "what an outbreak left is destroyed when that is approved", (s, a))
    doors = [f"/api/ledgers/涉疫人员/records/{gone['id']}", f"/api/ledgers/涉疫人员/records/{gone['id']}/history", f"/api/ledgers/涉疫人员/records?as_of=%23{before}&limit=1000",
             "/api/ledgers/涉疫人员/records?withdrawn=1&limit=1000", f"/api/ledgers/涉疫人员/export.csv?as_of=%23{before}&fields=人,抵达日", "/api/lines/防疫"]
    left = [(login, door) for login, who in {**others, "admin": admin}.items() for door in doors
            for s, a, _ in [who.call("GET", door)] if s == 200 and gone["id"] in text_of(a)]
    rows = [len(admin.call("GET", f"/api/ledgers/涉疫人员/records?limit=1000{q}")[1]["items"]) for q in ("", f"&as_of=%23{before}", "&withdrawn=1")]
    ok(not left and max(rows) == len(ill) - 1, "and it is found by no door: record, history, as it was, withdrawn, exports", (left, rows, len(ill)))
end()
