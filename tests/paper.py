"""Paper from outside: zhenwu paper, and what a town prints after its half year. PDF is read back by pdftotext and pdfinfo (poppler-utils), OFD by Python's zipfile and XML parser."""
import io, json, os, re, shutil, subprocess, xml.etree.ElementTree, zipfile
from server import Client, Server, accounts, end, folder, ok, run

work = folder()
OFD = "{http://www.ofdspec.org/2016}"
HEAD = """发文机关：青石镇人民政府
发文字号：青政发〔2021〕12号
标题：青石镇人民政府关于做好2021年冬春救助工作的通知
主送：各村民委员会，镇属各单位
署名：青石镇人民政府
成文日期：2021-12-06
附注：此件公开发布
抄送：县应急管理局，县民政局
印发机关：青石镇党政综合办公室
印发日期：2021-12-07

"""
BODY = """为切实保障受灾群众基本生活，根据《自然灾害救助条例》（国务院令第577号）要求，现通知如下：
一、总体要求
坚持“以人为本、公开公正”的原则，全镇12个村组、212户、531人列入救助范围，占98.5%。联系人：王堃、买买提·阿不都拉，电话0471-1234567。
（一）民主评议。参会人数不得少于三分之二……结果公示——不少于7日。
1.公示内容包括户主姓名、救助金额1,800.00元。
（1）GB 2312以外的字：镕旸垚喆堃昇囧㛃䶮。
"""


def write(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def make(source, out, *args):
    path = os.path.join(work, out)
    run("paper", source, path, *args)
    return path


def tool(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True).stdout


def bare(text):
    return re.sub(r"\s+", "", text)


source = write("通知.txt", HEAD + BODY * 4)
pdf, ofd, svg, png = (make(source, "通知." + kind) for kind in ("pdf", "ofd", "svg", "png"))

pages = tool("pdftotext", "-raw", pdf, "-").split("\f")
text = bare("".join(re.sub(r"— \d+ —", "", page) for page in pages))
ok(bare(BODY * 4) in text, "the text extracted from the PDF is the text that was typed, whole and in order")
ok(all(bare(part) in text for part in ("青石镇人民政府文件", "青政发〔2021〕12号", "各村民委员会，镇属各单位：", "2021年12月6日", "（此件公开发布）",
                                       "抄送：县应急管理局，县民政局。", "2021年12月7日印发")), "the elements around it are text too")
info = tool("pdfinfo", pdf)
ok("595.276 x 841.89" in info and int(re.search(r"Pages: +(\d+)", info)[1]) % 2 == 0, "A4 pages, and the imprint on an even one", info)
ok("标题" not in info and "关于做好2021年冬春救助工作的通知" in info, "the PDF bears the document's title", info)
fonts = tool("pdffonts", pdf).splitlines()[2:]
ok(fonts and all(re.search(r" yes yes yes ", line) for line in fonts), "every font is embedded, cut to what is used, and maps to text", fonts)
ok(os.path.getsize(pdf) < 400_000, "a document of some pages is small", os.path.getsize(pdf))

def ofd_text(file, said, pages):
    """The words of an OFD, once its structure has been looked at (GB/T 33190)."""
    with zipfile.ZipFile(file) as z:
        names = z.namelist()
        ok(z.testzip() is None and all(part in names for part in ("OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml", "Doc_0/Pages/Page_0/Content.xml")),
           f"{said} has the parts that an OFD must have, each with a right checksum", names)
        trees = {name: xml.etree.ElementTree.fromstring(z.read(name)) for name in names if name.endswith(".xml")}
        ok(all(tree.tag.startswith(OFD) for tree in trees.values()), f"every part of {said} is well-formed XML in the standard's namespace")
        ids = [e.get("ID") for name, tree in trees.items() for e in tree.iter() if e.get("ID")]
        most = int(trees["Doc_0/Document.xml"].find(f".//{OFD}MaxUnitID").text)
        ok(len(ids) == len(set(ids)) and max(map(int, ids)) <= most, f"ids of {said} are unique and not above MaxUnitID")
        content = sorted((n for n in names if n.endswith("Content.xml")), key=lambda n: int(re.search(r"Page_(\d+)", n)[1]))
        ok(len(content) == pages, f"PDF and OFD of {said} have the same pages", (len(content), pages))
        return bare("".join(re.sub(r"— \d+ —", "", "".join(e.text or "" for e in trees[n].iter(OFD + "TextCode"))) for n in content))


ok(bare(BODY * 4) in ofd_text(ofd, "a document", int(re.search(r"Pages: +(\d+)", info)[1])), "the OFD holds the same text")

ok(open(svg, encoding="utf-8").read(200).startswith("<?xml") and open(png, "rb").read(8) == b"\x89PNG\r\n\x1a\n", "previews are SVG and PNG")

roll = {"表单": "花名册", "值": {"标题": "发放花名册", "名单": [{"姓名": f"户{n:04d}", "金额": "1.00"} for n in range(300)]}}
table = tool("pdftotext", "-raw", make(write("花名册.json", json.dumps(roll, ensure_ascii=False)), "花名册.pdf"), "-")
ok(all(f"户{n:04d}" in table for n in range(300)) and table.count("身份证号") == table.count("\f"),
   "a roll of 300 rows keeps every row and repeats its heading on each page")

for name, text in {"bytes.txt": "标题：\udcff", "none.txt": "没有冒号\n\n正文", "broken.json": '{"标题": ', "form.json": '{"表单": "../../x", "值": {}}',
                   "seal.txt": "标题：通知\n印章：没有.png\n署名：镇\n\n正文", "many.txt": "标题：通知\n\n" + "镇\n" * 1_000_000}.items():
    path = os.path.join(work, name)
    with open(path, "wb") as f:
        f.write(text.encode("utf-8", "surrogateescape"))
    status, out, err = run("paper", path, os.path.join(work, "x.pdf"), check=False)
    ok(status == 1 and err.strip() and not os.path.exists(os.path.join(work, "x.pdf")), f"{name} is refused with a reason and leaves no file", err)

# ---- a town after its half year --------------------------------------------------------------------------------------------
data = folder()
shutil.rmtree(data)
people = accounts(run("replay", "--data", data, "--people", "1200")[1])
with Server(data) as server:
    def signed(account):
        c = Client(server.port)
        status, answer = c.sign_in(account, people[account])
        assert status == 200, answer
        return c

    clerk = signed("clerk")

    def records(ledger, where="", limit=500):
        status, answer, _ = clerk.call("GET", f"/api/ledgers/{ledger}/records?limit={limit}" + (f"&where={where}" if where else ""))
        assert status == 200, answer
        return answer["items"]

    def printed(who, path):
        status, answer, headers = who.call("GET", path)
        if status != 200:
            return status, answer
        file = os.path.join(work, "printed.pdf")
        with open(file, "wb") as f:
            f.write(answer)
        return status, tool("pdftotext", "-layout", file, "-").split("\f")[:-1]

    run_of = next(r for r in records("发放批") if r["values"]["笔数"])
    lines = [x for x in records("发放明细") if x["values"]["批"] == run_of["id"]]
    roll = f"/api/ledgers/发放批/records/{run_of['id']}/print"
    status, sheets = printed(clerk, roll + ".pdf?form=发放花名册")
    money = lambda x: int(x.replace(".", ""))
    subtotals = [money(re.search(r"本页小计 +\d+笔 +(\d+\.\d\d)", sheet)[1]) for sheet in sheets]
    total = re.search(r"合计 +(\d+)笔 +大写：(\S+) +(\d+\.\d\d)", sheets[-1])
    ok(status == 200 and len(sheets) > 1 and all("领款人签字" in sheet for sheet in sheets), "a payment list prints with its heading and the column to sign on every page", len(sheets))
    ok(sum(subtotals) == money(total[3]) == sum(money("%.2f" % float(x["values"]["金额"])) for x in lines) and int(total[1]) == len(lines),
       "the subtotals of its pages add up to its total, and that to its records", (subtotals, total and total[0]))
    ok("元整" in total[2] and all(word in sheets[-1] for word in ("负责人：", "审核：", "制表：")), "the total stands in capitals, and who answers for it below")
    whole = "\n".join(sheets)
    ok(not re.search(r"\d{16,}", whole) and whole.count("****") >= 2 * len(lines), "whom rights do not let see numbers and accounts gets them covered on paper too")
    status, trace, _ = clerk.call("GET", roll + ".svg?form=发放花名册")
    ok(status == 200 and trace.startswith(b"<?xml"), "it is previewed by the same layout")
    status, answer = printed(signed("cadre"), roll + ".pdf?form=发放花名册")
    ok(status in (403, 404), "who may not take the list out of its ledger does not get it as paper", status)
    status, whole, headers = clerk.call("GET", roll + ".ofd?form=发放花名册")
    words = ofd_text(io.BytesIO(whole), "a payment list", len(sheets)) if status == 200 else ""
    ok(status == 200 and headers.get("content-type") == "application/ofd" and total[2] in words and not re.search(r"\d{16,}", words) and words.count("****") >= 2 * len(lines),
       "what is printed is had as OFD too, the same pages with the same words, and what is covered is covered there", (status, len(words)))
    ok(signed("cadre").call("GET", roll + ".ofd?form=发放花名册")[0] in (403, 404), "nor as OFD does anybody get what they may not take out")
    status, notes, _ = clerk.call("GET", roll + ".json?form=发放花名册")
    ok(status == 200 and notes["pages"] == len(sheets) and all(n["text"] for n in notes["notes"]), "what to know before printing is told, and how many pages", notes)
    status, found, _ = signed("auditor").call("GET", "/api/audit/facts?limit=50")
    told = json.dumps(found, ensure_ascii=False)
    ok(status == 200 and "打印：发放花名册" in told and "预览印件：发放花名册" in told, "that it was printed leaves a trace, and that its preview was opened", status)

    bill = next(r for r in records("卫生费") if float(r["values"]["欠费"]) > 0)
    status, sheets = printed(clerk, f"/api/ledgers/卫生费/records/{bill['id']}/print.pdf?form=缴费提醒单")
    said = re.sub(r"\s", "", sheets[0]) if status == 200 else ""
    ok(status == 200 and len(sheets) == 1 and f"尚欠{float(bill['values']['欠费']):.2f}元（大写：" in said and "元整）" in said and "联系人：" in said,
       "who owes is reminded on one sheet of what is owed, in figures and capitals, and of whom to ask", (status, sheets))
    receipt = records("收据")[0]
    status, sheets = printed(clerk, f"/api/ledgers/收据/records/{receipt['id']}/print.pdf?form=收据")
    ok(status == 200 and len(sheets) == 1 and receipt["values"]["金额大写"] in sheets[0] and receipt["values"]["收据号"] in sheets[0], "a receipt says its number, and its amount in capitals", sheets)
    ok(receipt["values"]["收费期"] and receipt["values"]["收费期"] + "环境卫生费" in sheets[0], "a receipt says which year it is for", sheets)
    meeting = next(r for r in records("会议") if r["values"]["应到"])
    status, sheets = printed(clerk, f"/api/ledgers/会议/records/{meeting['id']}/print.pdf?form=会议签到表")
    called = {r["id"]: r["values"]["姓名"] for r in records("干部")}
    ok(status == 200 and all(called[one] in sheets[0] for one in meeting["values"]["应到"]) and "签到" in sheets[0], "a meeting has a sheet to sign, with all who are to come", sheets)
    count = signed("leader").call("GET", "/api/ledgers/计票/records?limit=1")[1]["items"][0]
    status, sheets = printed(signed("leader"), f"/api/ledgers/计票/records/{count['id']}/print.pdf?form=选举结果报告单")
    ok(status == 200 and re.search(r"应选名额 +\d+ ", sheets[0]) and "当选" in sheets[0], "an election's result is one sheet, its seats a whole number", sheets)
    status, sheets = printed(clerk, "/api/ledgers/值班表/print.pdf?form=值班表&from=2021-12-20&to=2022-01-31")
    ok(status == 200 and "2021-12-20 至 2022-01-31" in sheets[0] and sheets[0].count("带班领导") > 5, "a duty roster prints between two days", sheets)
    status, file, _ = clerk.call("GET", "/api/ledgers/值班表/print.ofd?form=值班表&from=2021-12-20&to=2022-01-31")
    ok(status == 200 and "2021-12-20至2022-01-31" in ofd_text(io.BytesIO(file), "a duty roster", len(sheets)), "and as OFD", status)
end()
