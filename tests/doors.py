"""What must not happen, tried by the other doors: the interface, an import, search, history, relations, exports, reports of one's own,
conditions that guess. The stories try the front door."""
import io, os, re, shutil, sys, urllib.parse, zipfile

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

NAME, LETTER = "萨日朗其其格", "举报村务收支不公开的来信"
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
    wrong = text_of(model).replace('name="自救能力"', 'name="民族"', 1)
    s, a, _ = shiwu.call("POST", "/api/policies/冬春救助类别与金额/model", raw=wrong.encode(), headers={"Content-Type": "application/xml"})
    ok(s >= 400, "a model that asks for somebody's ethnic group is not taken in for a policy", (s, text_of(a)[:300]))

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
end()
