"""Figures, reports and superiors' forms from outside: what is counted is what is listed, and nothing else of a form changes."""
import datetime, html, io, json, os, re, shutil, subprocess, sys, urllib.parse, zipfile

import openpyxl
from openpyxl.styles import Font

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

HERE = os.path.dirname(__file__)
data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "240", "--seed", "7")[1])
HALF = "from=2021-07-01&to=2021-12-31"
q = urllib.parse.quote


def sheet_bytes(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def roll_form():
    book = openpyxl.Workbook()
    s = book.active
    s.title = "花名册"
    s.merge_cells("A1:F1")
    s["A1"] = "户籍人口花名册"
    s["A1"].font = Font(name="方正小标宋简体", size=22)
    s["A2"] = "表号：民统1表　　制定机关：某县统计局　　批准文号：某统制〔2021〕3号　　有效期至：2099年12月"
    for place in ("A3:A4", "B3:C3", "D3:D4", "E3:E4"):
        s.merge_cells(place)
    s["A3"], s["B3"], s["B4"], s["C4"], s["D3"], s["E3"] = "序号", "基本情况", "姓名", "身份证号码", "性别", "鞋码"
    s["G2"] = "=COUNTA(B5:B1000)"
    s["B5"].font = Font(name="仿宋", size=11)
    s.column_dimensions["C"].width = 24
    s.row_dimensions[3].height = 31
    return sheet_bytes(book)


def plain_form(title, headings):
    book = openpyxl.Workbook()
    s = book.active
    s["A1"] = title
    s.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headings))
    for i, h in enumerate(headings, 1):
        s.cell(2, i).value = h
    return sheet_bytes(book)


def table_form(names):
    book = openpyxl.Workbook()
    s = book.active
    s.append(["序号", "嘎查（村）", "在册户数", "户籍人口数", "备注"])
    for n in names:
        s.append([None, n])
    s.append(["合计"])
    return sheet_bytes(book)


def looks(raw):
    s = openpyxl.load_workbook(io.BytesIO(raw)).active
    return (sorted(map(str, s.merged_cells.ranges)), {k: d.width for k, d in s.column_dimensions.items()}, {k: d.height for k, d in s.row_dimensions.items() if d.height},
            s["A1"].font.name, s["A1"].font.size, s["B5"].font.name, s["A2"].value, s["G2"].value)


with Server(data) as server:
    def signed(account):
        c = Client(server.port)
        status, answer = c.sign_in(account, people[account])
        assert status == 200, answer
        return c

    clerk, cadre, leader = signed("clerk"), signed("cadre"), signed("leader")

    def add(ledger, values, who=clerk):
        status, answer, _ = who.call("POST", f"/api/ledgers/{ledger}/records", {"values": values})
        assert status in (200, 201), answer
        return answer

    groups = clerk.call("GET", "/api/ledgers/group/records?limit=50&where=" + q('类型 in ("村", "嘎查")'))[1]["items"]
    for i, g in enumerate(groups):
        add("haul", {"村组": g["id"], "日期": f"2021-0{7 + i % 3}-10", "趟": i + 1})
    add("safety_education", {"日期": "2021-11-02", "形式": "培训", "主题": "冬季防火", "人数": 45})
    add("safety_education", {"日期": "2022-01-01", "形式": "培训", "主题": "节前", "人数": 900})

    def figures(who, more=""):
        status, answer, _ = who.call("GET", f"/api/indicators?{HALF}{more}")
        assert status == 200, answer
        return answer["items"]

    def one(who, name, more=""):
        return figures(who, f"&name={q(name)}{more}")[0]

    def listed(who, f):
        if "parts" in f:
            return sum(listed(who, p) for p in f["parts"])
        status, page, _ = who.call("GET", f"/api/ledgers/{f['ledger']}/records?limit=1&count=true&where={q(f['where'])}&as_of={q(f['as_of'])}")
        assert status == 200, page
        return page["count"]

    wrong = [f["name"] for f in figures(clerk) if not f["denied"] and listed(clerk, f) != f["rows"]]
    ok(not wrong, "every figure opens exactly the records it counts", wrong)
    ok(one(clerk, "宣教人次")["value"] == "45" and one(clerk, "清运趟数")["value"] == str(len(groups)),
       "figures add up the records of the period and no others", (one(clerk, "宣教人次"), one(clerk, "清运趟数"), len(groups)))
    table = one(clerk, "清运趟数", "&by=" + q("村组"))["table"]
    ok([r["value"] for r in table if r["group"] in {g["id"] for g in groups}] != [] and table[-1]["name"] == "合计"
       and sum(int(r["value"]) for r in table[:-1]) == int(table[-1]["value"]) and all(listed(clerk, r) == r["rows"] for r in table),
       "a figure by village group adds up to the whole, and each of its rows opens its own records")
    deal = [{"金额": 30, "村组": groups[0]["id"]}, {"金额": 12.5, "村组": groups[1]["id"]}]
    for d in deal:
        add("sanitation_cost", {"日期": "2021-09-10", "事项": "油料", **d})
    left = one(clerk, "卫生费结余", "&by=" + q("村组"))
    ok(left["value"] == "-42.5" and [(p["sign"], p["name"], p["value"], p["rows"]) for p in left["parts"]] == [("加", "卫生费实收", "0", 0), ("减", "环卫支出", "42.5", 2)]
       and left["ledger"] is None and listed(clerk, left) == left["rows"] == 2
       and {r["name"]: r["value"] for r in left["table"] if r["rows"]} == {groups[0]["values"]["名称"]: "-30", groups[1]["values"]["名称"]: "-12.5", "合计": "-42.5"}
       and all(listed(clerk, r) == r["rows"] for r in left["table"]),
       "what is left is told with each part, its sign, amount and records, for the town and by village group", left)
    mine = one(cadre, "户籍人口数")
    ok(int(mine["value"]) == listed(cadre, mine) < int(one(clerk, "户籍人口数")["value"]), "a village cadre's figure counts the rows of his own group")
    hidden = [f for f in figures(cadre) if f["denied"]]
    ok(hidden and all(f["value"] == "无权查看" and f["where"] == "" for f in hidden), "a figure over what somebody may not read says so and tells nothing")
    status, s, _ = clerk.call("GET", f"/api/indicators/{q('消防达标方案数')}/submissions?{HALF}")
    ok(status == 200 and s["missing"] == len(s["items"]) > 0 and s["handed_in"] == 0, "who has not handed in is listed by village group")

    # reports
    status, reports, _ = clerk.call("GET", "/api/reports")
    ok(status == 200 and [bool(t["person"]) for t in reports["templates"] if t["name"] == "履职报告"] == [True],
       "the templates of the packs are offered, with the person of whom such a report usually is", reports)
    ask = {"from": "2021-07-01", "to": "2021-12-31", "prose": {"心得": "同吃同住，走访了12户。"}}
    status, preview, _ = clerk.call("POST", f"/api/reports/{q('履职报告')}/preview", ask)
    text = "\n".join("".join(r["text"] for r in b["runs"]) for b in preview["blocks"] if "runs" in b)
    ok(status == 200 and "宣教45人次" in text and "同吃同住" in text and any("12户" in n for n in preview["notes"]),
       "a report sets live figures into the author's words and points out numbers typed by hand", preview)
    kept = clerk.call("PUT", f"/api/reports/{q('履职报告')}/prose", {"from": "2021-07-01", "to": "2021-12-31", "name": "计划", "text": "继续走访。"})[0]
    again = clerk.call("POST", f"/api/reports/{q('履职报告')}/preview", ask)[1]
    ok(kept == 200 and any(r["text"] == "继续走访。" and r["prose"] for b in again["blocks"] for r in b.get("runs", [])), "what an author wrote is there the next time")
    kinds = {"pdf": b"%PDF", "ofd": b"PK", "docx": b"PK"}
    files = {k: clerk.call("POST", f"/api/reports/{q('履职报告')}/file", {**ask, "format": k}) for k in kinds}
    ok(all(files[k][0] == 200 and files[k][1].startswith(kinds[k]) for k in kinds), "a report is had as PDF, OFD and Word")
    document = zipfile.ZipFile(io.BytesIO(files["docx"][1])).read("word/document.xml").decode()
    ofd = zipfile.ZipFile(io.BytesIO(files["ofd"][1]))
    contents = sorted((n for n in ofd.namelist() if n.endswith("Content.xml")), key=lambda n: int(re.search(r"Page_(\d+)", n)[1]))
    bare = lambda text: html.unescape(re.sub(r"\s+|— ?\d+ ?—", "", text))
    said = {"docx": bare("".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", document))),
            "ofd": "".join(bare("".join(re.findall(r"<ofd:TextCode[^>]*>([^<]*)<", ofd.read(n).decode()))) for n in contents),
            "pdf": bare(subprocess.run(["pdftotext", "-raw", "-", "-"], input=files["pdf"][1], capture_output=True, check=True).stdout.decode())}
    ok(len(said["pdf"]) > 500 and said["pdf"] == said["docx"] == said["ofd"], "a report says the same in Word, PDF and OFD: words, headings, figures and tables, to the last character",
       {k: (len(v), v[-80:]) for k, v in said.items()})
    ok("宣教</w:t>" in document and 'w:val="宣教人次"' in document, "in the Word document each figure carries the name of its indicator")
    status, frozen, _ = clerk.call("POST", f"/api/reports/{q('履职报告')}/freeze", ask)
    same = clerk.call("GET", f"/api/frozen/{frozen['id']}/changes")[1]["changes"]
    late = add("safety_education", {"日期": "2021-12-30", "形式": "演练", "主题": "补录", "人数": 5})
    moved = clerk.call("GET", f"/api/frozen/{frozen['id']}/changes")[1]["changes"]
    whole = clerk.call("GET", f"/api/frozen/{frozen['id']}/changes")[1]
    ok(whole["title"] == again["title"] and ["继续走访。"] in whole["text"], "what was frozen can be read again, word for word", whole["text"])
    ok(status in (200, 201) and same == [] and [(m["name"], m["before"], m["now"]) for m in moved] == [("宣教人次", "45", "50")]
       and moved[0]["records"][0]["id"] == late["id"] and moved[0]["records"][0]["counted_now"],
       "a frozen report tells which figure moved since, by which record and by whom", moved)

    day = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()  # the town's own
    status, then, _ = clerk.call("GET", f"/api/indicators?{HALF}&name=" + q("宣教人次") + "&as_of=" + day)
    early = clerk.call("GET", f"/api/indicators?{HALF}&name=" + q("宣教人次") + "&as_of=2000-01-01")
    ok(status == 200 and then["items"][0]["value"] == one(clerk, "宣教人次")["value"] and early[0] in (400, 422) and "还没有任何记录" in str(early[1]),
       "figures are had as of a day; of a day before the first record it is said that there is none", early)
    _, log, _ = clerk.call("GET", f"/api/ledgers/safety_education/records/{late['id']}/history")
    before = "#" + str(min(f["fact"] for f in log["items"]) - 1)
    was, now = one(clerk, "宣教人次", "&as_of=" + q(before)), one(clerk, "宣教人次")
    told = clerk.call("POST", f"/api/reports/{q('履职报告')}/preview", {**ask, "as_of": before})[1]
    words = "\n".join("".join(r["text"] for r in b["runs"]) for b in told["blocks"] if "runs" in b)
    ok(was["value"] == "45" and now["value"] == "50" and listed(clerk, was) == was["rows"] == now["rows"] - 1 and "宣教45人次" in words
       and f"截至第{before[1:]}条留痕" in words and f"第{before[1:]}条留痕" in told["as_of"],
       "figures and reports of a past entry of the history count and open what was there then, and the paper says so", (was, now, words[-200:]))
    paper = clerk.call("POST", f"/api/reports/{q('履职报告')}/file", {**ask, "as_of": before, "format": "docx"})[1]
    refused = clerk.call("POST", f"/api/reports/{q('履职报告')}/freeze", {**ask, "as_of": before})
    ok("条留痕" in zipfile.ZipFile(io.BytesIO(paper)).read("word/document.xml").decode() and refused[0] in (400, 422) and "截至" in str(refused[1]),
       "the file of such a report says it as well, and it is not frozen", refused)

    # forms
    status, told, _ = clerk.call("POST", f"/api/forms?{HALF}", raw=roll_form())
    ok(status == 200 and told["ledger"] == "person" and told["understood"] == 4 and told["columns_count"] == 5 and not told["refusable"]
       and any("鞋码" in g["where"] for g in told["gaps"]) and told["cells"][1]["source"] == "人.姓名",
       "an empty form is understood heading by heading, each cell with its source, what is missing listed", told)
    status, filled, _ = clerk.call("POST", f"/api/forms?{HALF}&download=1", raw=roll_form())
    s = openpyxl.load_workbook(io.BytesIO(filled)).active
    ok(status == 200 and s.max_row == 4 + told["rows"] and s["A5"].value == 1 and s["B5"].value and s["E5"].value is None, "the form comes back filled")
    ok(looks(filled) == looks(roll_form()), "widths, heights, merged cells, fonts and formulas of the form are as they were")
    names = [g["values"]["名称"] for g in groups]
    status, filled, _ = clerk.call("POST", f"/api/forms?{HALF}&download=1", raw=table_form(names[::-1]))
    s = openpyxl.load_workbook(io.BytesIO(filled)).active
    rows = {r[1].value: r[3].value for r in s.iter_rows(min_row=2) if r[1].value}
    by = {r["name"]: int(r["value"]) for r in one(clerk, "户籍人口数", "&by=" + q("村组"))["table"]}
    ok(all(rows[n] == by[n] for n in names) and s.cell(len(names) + 2, 4).value == by["合计"], "a table by village group is filled in the form's own order, with its total")
    status, told, _ = clerk.call("POST", f"/api/forms?{HALF}", raw=table_form(names))
    ok(told["refusable"] and "缺表号" in told["refusal"], "a form without number, maker, approval and term is said to be lawfully refusable")
    for title, headings, ledger, meant in (
            ("退役军人登记表", "序号 姓名 性别 民族 身份证号 联系电话 家庭住址", "veteran", ""),
            ("危房改造对象花名册", "序号 村组 户主 身份证号 家庭人口 联系电话 六类类型 房屋结构 危险等级 改造方式", "housing_case", ""),
            ("人口花名册", "序号 姓名 性别 民族 出生年月 身份证号 文化程度 政治面貌 联系电话 家庭住址", "person", ""),
            ("冬春救助花名册", "序号 村组 户主 身份证号 联系电话 家庭人口 一卡通账号 开户名 备注", "relief_beneficiary", ""),
            ("冬春救助", "村组 户主 户籍人口 常住人口 联系电话 一卡通账号", "household", "像是要“救助对象”")):
        told = clerk.call("POST", f"/api/forms?{HALF}", raw=plain_form(title, headings.split()))[1]
        ok(told.get("ledger") == ledger and any(meant in g["what"] for g in told["gaps"]) and bool(meant) == any(g["where"] == "题目" for g in told["gaps"]),
           f"a form {title} is filled from the ledger that its headings and its title mean, and what they disagree about is said", told)
    status, told, _ = clerk.call("POST", f"/api/forms?{HALF}", raw=plain_form("基干民兵花名册", "序号 姓名 性别 民族 身份证号 专业特长 联系电话".split()))
    ok(status == 403 and "民兵" in str(told), "a form about what somebody may not take out is refused, and not filled with everybody else", told)
    clerk.call("POST", "/api/forms/choices", {"ledger": "person", "heading": "鞋码", "meaning": "民族"})
    told = clerk.call("POST", f"/api/forms?{HALF}", raw=roll_form())[1]
    ok([c["sure"] for c in told["columns"] if c["meaning"] == "民族"] == ["上次所选"], "what a heading was once said to mean is remembered")

    # the form as a task, and what has left the office
    offices = [o for o in clerk.call("GET", "/api/ledgers/office/records?limit=50")[1]["items"] if o["values"]["名称"] == "应急管理办公室"]
    asked = f"&request=1&source={q('某县统计局')}&due={q('2021-12-20T17:00:00+08:00')}&office={q('应急管理办公室')}"
    status, told, _ = clerk.call("POST", f"/api/forms?{HALF}{asked}", raw=roll_form())
    tasks = clerk.call("GET", "/api/ledgers/reporting_request/records?limit=5")[1]["items"]
    task = tasks[0]["values"] if tasks else {}
    ok(status == 200 and len(tasks) == 1 and task["表号"] == "民统1表" and task["制定机关"] == "某县统计局" and task["有效期至"] == "2099-12-31"
       and task["合法性"] == "合法" and task["责任"] == offices[0]["id"] and task["处置"] == "自动生成" and task["字段数"] == told["columns_count"]
       and task["可生成字段数"] == told["columns_count"], "a form is registered as a task with what stands on it, and a row for each of its columns", [told, task])
    status, told, _ = clerk.call("POST", f"/api/forms?{HALF}{asked}", raw=table_form(names))
    tasks = clerk.call("GET", "/api/ledgers/reporting_request/records?limit=5&where=" + q("表号 = null"))[1]["items"]
    ok(status == 200 and [(t["values"]["合法性"], t["values"]["处置"]) for t in tasks] == [("要素不全", "依法拒报")],
       "a form without number, maker, approval and term is registered as lawfully refusable", tasks)
    status, answer, _ = clerk.call("POST", f"/api/forms?{HALF}&request=1&due={q('2021-12-20T17:00:00+08:00')}&office={q('没有的办公室')}", raw=roll_form())
    ok(status in (400, 422) and "没有的办公室" in str(answer) and len(clerk.call("GET", "/api/ledgers/reporting_request/records?limit=5")[1]["items"]) == 2,
       "who is to answer must be known, else nothing is registered", answer)
    clerk.call("GET", "/api/ledgers/人/export.csv")
    auditor = signed("auditor")
    facts = [f for f in auditor.call("GET", "/api/audit/facts?limit=100")[1]["items"] if f["act"] in ("导出", "export")]
    said = str(facts)
    ok(all(word in said for word in ("履职", "pdf", "docx", "填上级报表：户籍人口花名册", "CSV")) and all(f["name"] == clerk.name() for f in facts),
       "who took a report, a filled form or an export out of the office is a fact", facts[:3])

    # an office's own files
    def bring(raw, name, who=clerk, more=""):
        return who.call("POST", "/api/templates" + more, raw=raw, headers={"X-File-Name": q(name)})[:2]

    own = openpyxl.Workbook()
    own.active.title = "表"
    own.active.append(["{{宣教人次}}", "共{{宣教人次}}人次"])
    own.active.append(["{{#行 宣教人次}}{{主题}}", "{{人数}}"])
    status, answer = bring(sheet_bytes(own), "宣教.xlsx")
    listed_own = clerk.call("GET", "/api/reports")[1]["own"]
    ok(status == 200 and answer["places"] == 4 and [(o["name"], o["mine"]) for o in listed_own] == [("宣教.xlsx", True)],
       "an office's own workbook is checked and kept for everybody", [answer, listed_own])
    status, made, _ = clerk.call("POST", f"/api/reports/{q('宣教.xlsx')}/preview", ask)
    said = {b["place"]: "".join(r["text"] for r in b["runs"]) for b in made["blocks"]}
    ok(status == 200 and said["表!A1"] == "50" and said["表!B1"] == "共50人次" and [said["表!A2"], said["表!A3"]] == ["冬季防火", "补录"] and "表!A4" not in said
       and made["figures"][0]["name"] == "宣教人次" and listed(clerk, made["figures"][0]) == made["figures"][0]["rows"],
       "its preview says what goes where, and its figures open the records they count", made)
    status, raw, headers = clerk.call("POST", f"/api/reports/{q('宣教.xlsx')}/file", ask)
    s = openpyxl.load_workbook(io.BytesIO(raw)).active
    ok(status == 200 and [[c.value for c in r] for r in s.iter_rows()] == [[50, "共50人次"], ["冬季防火", 45], ["补录", 5]],
       "it comes back filled, figures as numbers", headers)
    status, original, _ = clerk.call("GET", f"/api/templates/{q('宣教.xlsx')}")
    ok(status == 200 and original == sheet_bytes(own) or openpyxl.load_workbook(io.BytesIO(original)).active["A1"].value == "{{宣教人次}}", "the file itself can be had again")
    status, frozen, _ = clerk.call("POST", f"/api/reports/{q('宣教.xlsx')}/freeze", ask)
    late = add("safety_education", {"日期": "2021-12-29", "形式": "演练", "主题": "又补", "人数": 1})
    moved = clerk.call("GET", f"/api/frozen/{frozen['id']}/changes")[1]["changes"]
    ok([(m["name"], m["before"], m["now"]) for m in moved] == [("宣教人次", "50", "51")], "its figures freeze as those of other reports do", moved)
    status, made, _ = cadre.call("POST", f"/api/reports/{q('宣教.xlsx')}/preview", ask)
    ok(status == 200 and all("冬季防火" not in str(b) for b in made["blocks"]) or any("无权" in n for n in made["notes"]),
       "who may not export the records gets the form without them", made)
    own.active["A1"], own.active["B1"] = "{{没有的数}}", "{{#若 宣教人次 > 0}}"
    status, answer = bring(sheet_bytes(own), "宣教2.xlsx")
    ok(status in (400, 422) and sorted(e["field"] for e in answer["errors"]) == ["宣教2.xlsx 工作表“表”A1格", "宣教2.xlsx 工作表“表”B1格"] and "{{#完}}" in answer["errors"][0]["text"], "all that is wrong is said at once, with sheet and cell", answer)
    own.active["B1"] = "{{也没有的数}}"
    status, answer = bring(sheet_bytes(own), "宣教2.xlsx")
    ok(status in (400, 422) and len(answer["errors"]) == 2 and len(clerk.call("GET", "/api/reports")[1]["own"]) == 1, "all of it at once, and nothing is kept", answer)
    ok(bring(sheet_bytes(openpyxl.Workbook()), "空.xlsx")[0] in (400, 422) and bring(original, "宣教.xlsx", leader)[0] == 409
       and leader.call("DELETE", f"/api/templates/{q('宣教.xlsx')}")[0] == 403 and clerk.call("DELETE", f"/api/templates/{q('宣教.xlsx')}")[0] == 200
       and clerk.call("GET", f"/api/templates/{q('宣教.xlsx')}")[0] == 404, "a name is replaced and taken away by who brought it")

    # bad input
    nothing = openpyxl.Workbook()
    nothing.active["A1"] = "无关"
    macros = io.BytesIO(roll_form())
    with zipfile.ZipFile(macros, "a") as z:
        z.writestr("xl/vbaProject.bin", b"x" * 100)
    bad = [clerk.call("POST", "/api/forms", raw=raw)[:2] for raw in (sheet_bytes(nothing), macros.getvalue(), b"not a workbook", b"PK\x03\x04" + b"\0" * 50)]
    bad += [clerk.call("GET", "/api/indicators?from=2021-12-31&to=2021-01-01")[:2], clerk.call("GET", "/api/indicators?by=" + q("村组"))[:2],
            clerk.call("POST", f"/api/reports/{q('履职报告')}/file", {**ask, "format": "doc"})[:2]]
    ok(all(b[0] == 400 or b[0] == 422 for b in bad) and all(b[1]["errors"] for b in bad), "forms without headings, with macros, and no forms at all are refused in words", bad)
    ok(clerk.call("GET", "/api/indicators?name=x")[0] == 404 and clerk.call("POST", "/api/reports/x/preview", ask)[0] == 404, "an unknown figure or report is not found")
    ok(clerk.call("GET", "/api/health")[0] == 200, "the server serves on")

# from the command line
out = folder()
status, text, _ = run("report", "--data", data, "履职报告", f"{out}/r.docx", "--from", "2021-07-01", "--to", "2021-12-31", "--freeze")
ok(status == 0 and os.path.getsize(f"{out}/r.docx") > 1000 and "已冻结" in text, "zhenwu report writes and freezes a report")
frozen = re.search(r"编号 (\S+?)，", text)[1]
ok("与冻结时相同" in run("changes", "--data", data, frozen)[1], "zhenwu changes finds nothing when nothing has moved")
with open(f"{out}/form.xlsx", "wb") as f:
    f.write(roll_form())
text = run("fill", "--data", data, f"{out}/form.xlsx", f"{out}/filled.xlsx")[1]
ok("复用率 100%" in text and "E\t鞋码\t民族\t上次所选" in text, "zhenwu fill writes the form and says where each column comes from", text)
# an office's own Excel and Word files
book = openpyxl.Workbook()
s = book.active
s.title = "各村组"
s.merge_cells("A1:C1")
s["A1"], s["A1"].font = "{{年度}}年{{镇名}}清运情况", Font(name="方正小标宋简体", size=22)
s.append(["序号", "村组", "趟数"])
s.append(["{{#行 各村组}}{{序}}", "{{名称}}", "{{清运趟数}}"])
s.append(["合计", None, "=SUM(C3:C3)"])
s.append(["落款"])
s["B3"].font, s.row_dimensions[3].height, s.print_area = Font(name="仿宋", size=14), 30, "A1:C5"
s.merge_cells("A5:C5")
book.create_sheet("另")["A1"] = "=各村组!C4"
with open(f"{out}/own.xlsx", "wb") as f:
    f.write(sheet_bytes(book))
status, text, err = run("report", "--data", data, f"{out}/own.xlsx", f"{out}/own-filled.xlsx", "--from", "2021-07-01", "--to", "2021-12-31", check=False)
filled = openpyxl.load_workbook(f"{out}/own-filled.xlsx") if status == 0 else book
s, n = filled["各村组"], len(groups)
ok(status == 0 and [s.cell(3 + i, 1).value for i in range(n)] == list(range(1, n + 1)) and all(isinstance(s.cell(3 + i, 3).value, (int, float)) for i in range(n))
   and {s.cell(3 + i, 2).font.name for i in range(n)} == {"仿宋"} and {s.row_dimensions[3 + i].height for i in range(n)} == {30},
   "an office's own workbook is filled: one row for each village group, each with its look", [text, err, [[c.value for c in r] for r in s.iter_rows()]])
ok(s.cell(3 + n, 3).value == f"=SUM(C3:C{2 + n})" and filled["另"]["A1"].value == f"=各村组!C{3 + n}" and f"$C${4 + n}" in str(s.print_area)
   and f"A{4 + n}:C{4 + n}" in map(str, s.merged_cells.ranges), "sums, formulas of other sheets, merged cells and the print area follow the rows")
s["B3"] = "{{没有的数}}"
filled.save(f"{out}/own-bad.xlsx")
status, text, err = run("report", "--data", data, f"{out}/own-bad.xlsx", f"{out}/x.xlsx", check=False)
ok(status != 0 and "own-bad.xlsx 工作表“各村组”B3格" in err and "没有的数" in err and not os.path.exists(f"{out}/x.xlsx"),
   "a placeholder that means nothing is refused with file, sheet and cell, and nothing is written", err)

status, text, err = run("report", "--data", data, "没有的报告", f"{out}/r.pdf", check=False)
ok(status != 0 and "有：" in err and not os.path.exists(f"{out}/r.pdf"), "an unknown report names those there are, and writes nothing")
for tool in ("coverage", "duties"):
    status = subprocess.run([os.path.join(HERE, "..", "tools", tool), "--check"], cwd=os.path.join(HERE, ".."), capture_output=True, text=True)
    ok(status.returncode == 0, f"docs/{tool}.md says what the packs say, and nothing of it is without proof", status.stdout + status.stderr)
shutil.rmtree(data)
shutil.rmtree(out)
end()
