"""zhenwu paper from outside. PDF is read back by pdftotext and pdfinfo (poppler-utils), OFD by Python's zipfile and XML parser."""
import json, os, re, subprocess, xml.etree.ElementTree, zipfile
from server import end, folder, ok, run

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

with zipfile.ZipFile(ofd) as z:
    names = z.namelist()
    ok(z.testzip() is None and all(part in names for part in ("OFD.xml", "Doc_0/Document.xml", "Doc_0/PublicRes.xml", "Doc_0/Pages/Page_0/Content.xml")),
       "the OFD has its required parts, each with a right checksum", names)
    trees = {name: xml.etree.ElementTree.fromstring(z.read(name)) for name in names if name.endswith(".xml")}
    ok(all(tree.tag.startswith(OFD) for tree in trees.values()), "every part is well-formed XML in the standard's namespace")
    ids = [e.get("ID") for name, tree in trees.items() for e in tree.iter() if e.get("ID")]
    most = int(trees["Doc_0/Document.xml"].find(f".//{OFD}MaxUnitID").text)
    ok(len(ids) == len(set(ids)) and max(map(int, ids)) <= most, "ids are unique and not above MaxUnitID")
    content = sorted((n for n in names if n.endswith("Content.xml")), key=lambda n: int(re.search(r"Page_(\d+)", n)[1]))
    words = bare("".join(re.sub(r"— \d+ —", "", "".join(e.text or "" for e in trees[n].iter(OFD + "TextCode"))) for n in content))
    ok(bare(BODY * 4) in words, "the OFD holds the same text")
    ok(len(content) == int(re.search(r"Pages: +(\d+)", info)[1]), "PDF and OFD have the same pages")

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
end()
