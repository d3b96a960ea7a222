"""The conventions of offices' sheets, one by one, seen by openpyxl: what goes out carries them, and what comes in with them is understood."""
import datetime, os, re, shutil, sys, zipfile

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import end, folder, ok, run

top = folder()
data = os.path.join(top, "data")
run("demo", "--data", data, "--people", "200", "--seed", "7")


def take(ledger, name, *flags):
    path = os.path.join(top, name)
    run("export", ledger, path, "--data", data, *flags)
    return path


def bring(ledger, path, *flags):
    """Exit status; new, changed, as they were, wrong and skipped rows; what was said."""
    status, out, err = run("import", ledger, path, "--data", data, *flags, check=False)
    found = re.search(r"：(\d+) 行，新增 (\d+)，修改 (\d+)，未变 (\d+)，有误 (\d+)，跳过 (\d+)", out)
    return status, tuple(int(n) for n in found.groups()[1:]) if found else None, out + err


def heading_of(page):
    return next(r[0].row for r in page.iter_rows() if sum(c.value is not None for c in r) > 3 and r[0].value == "序号")


# ---- what goes out -------------------------------------------------------------------------------------------

out = take("人", "people.xlsx")
book = openpyxl.load_workbook(out)
page = book.active
heading = next(r for r in page.iter_rows() if "姓名" in [c.value for c in r])
row = heading[0].row
column = {c.value: c.column for c in heading}
last = page.max_row
merged = [str(r) for r in page.merged_cells.ranges]
ok(any(r.startswith("A1:") for r in merged) and page["A1"].value.startswith("人台账") and page["A1"].alignment.horizontal == "center",
   "the first row is a title over the whole sheet", (page["A1"].value, merged))
second = [c.value for c in page[2] if c.value]
ok(second[0] == "填报单位（盖章）：" and re.search(r"\d{4}年\d+月\d+日$", second[-1]), "the second row has the unit that reports, to be stamped, and the day", second)
money = openpyxl.load_workbook(take("发放明细", "money.xlsx", "--template")).active
ok("单位：元" in [c.value for c in money[2] if c.value][-1] and "单位：元" not in second[-1], "a sheet of money says that it counts in yuan", [c.value for c in money[2]])
ok(page.freeze_panes == f"A{row + 1}" and page.print_title_rows == f"$1:${row}", "title and heading stay in view, and stand on every printed page",
   (page.freeze_panes, page.print_title_rows))
setup = page.page_setup
ok(setup.orientation == "landscape" and setup.fitToWidth == 1 and setup.fitToHeight == 0 and page.sheet_properties.pageSetUpPr.fitToPage,
   "it prints across, one page wide", (setup.orientation, setup.fitToWidth))
wide = sum(d.width for d in page.column_dimensions.values() if not d.hidden)
small = openpyxl.load_workbook(take("值班表", "roster.xlsx", "--office")).active
narrow = sum(d.width for d in small.column_dimensions.values() if not d.hidden)
ok(setup.paperSize == 8 and small.page_setup.paperSize == 9 and narrow < wide, "on A4, and what would be too small to read there on A3",
   (wide, setup.paperSize, narrow, small.page_setup.paperSize))
foot = page.oddFooter
ok(all(w in (foot.left.text or "") for w in ("单位负责人", "填表人", "联系电话")) and re.fullmatch(r"第 &\[?P\w*\]? 页，共 &\[?N\w*\]? 页", foot.right.text or ""),
   "each page ends with who answers for it, who filled it in, and its number", (foot.left.text, foot.right.text))
ok({page["A1"].font.name, page.cell(row + 1, column["姓名"]).font.name} == {"方正小标宋简体", "仿宋"}, "title and rows name the fonts of offices",
   (page["A1"].font.name, page.cell(row + 1, column["姓名"]).font.name))
ids = [page.cell(r, column["证件号"]) for r in range(row + 1, last + 1)]
ok(all(c.value is None or (isinstance(c.value, str) and c.number_format == "@") for c in ids) and any(c.value and re.fullmatch(r"\d{17}[\dX]", c.value) for c in ids),
   "identity numbers are texts of all their digits", [c.value for c in ids[:3]])
days = [page.cell(r, column["出生日期"]).value for r in range(row + 1, row + 4)]
ok(all(isinstance(d, datetime.datetime) for d in days), "days are dates that Excel can sort", days)
key = heading[-1].column
letter = openpyxl.utils.get_column_letter(key)
keys = [page.cell(r, key).value for r in range(row + 1, last + 1)]
ok(page.column_dimensions[letter].hidden and len(set(keys)) == len(keys) and all(re.fullmatch(r"[0-9a-f]{32}-\d+", k) for k in keys),
   "each row carries its record and version in a hidden column", keys[:2])
with zipfile.ZipFile(out) as package:
    properties = re.findall(r"<vt:\w+>([^<]*)<", package.read("docProps/custom.xml").decode())
ok("person" in properties and any(p.isdigit() for p in properties), "the workbook knows which ledger it is and of which moment", properties)
serial = [page.cell(r, 1).value for r in range(row + 1, last + 1)]
ok(serial == list(range(1, len(serial) + 1)), "rows are numbered from one", serial[:3])

# ---- what comes back -----------------------------------------------------------------------------------------

page.insert_cols(4)
page.cell(row, 4).value = "镇里要的备注栏"
page.cell(row + 1, 4).value = "已核"
phone = next(c for c in page[row] if c.value == "手机").column
page.cell(row + 1, phone).value = " １３９４７９１１１２２\u00a0"
page.column_dimensions[letter].hidden, page.column_dimensions[openpyxl.utils.get_column_letter(key + 1)].hidden = False, True
book.save(os.path.join(top, "returned.xlsx"))
status, counts, said = bring("人", os.path.join(top, "returned.xlsx"))
ok(status == 0 and counts[:4] == (0, 1, last - row - 1, 0), "a returned sheet with a column added merges by its keys: one cell, one change", (counts, said))
again = openpyxl.load_workbook(take("人", "again.xlsx")).active
ok(again.cell(row + 1, column["手机"]).value == "13947911122", "full-width digits and spaces that cannot be seen are set right", again.cell(row + 1, column["手机"]).value)

# ---- a roll as it was typed ----------------------------------------------------------------------------------


def citizen(birth, order):
    digits = f"159901{birth}{order:03d}"
    return digits + "10X98765432"[sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(digits)) % 11]


roll = openpyxl.Workbook()
sheet = roll.active
sheet.title = "花名册"
names = ["序号", "户主", "姓名", "证件号", "与户主关系", "居住状态", "联系方式", None, "备注"]
body = [
    ["坤都伦村组", None, None, None, None, None, None, None, None],
    [1, "新户甲", "新户甲", citizen("19600101", 1), "户主", "常住", 13947900001, None, None],
    [2, "新户甲", "新户甲妻", "'" + citizen("19620202", 2), "配偶", "常住", "１３９４７９０００１２", None, None],
    [3, "新户甲", "新户甲子", citizen("19900303", 3) + " ", "子", "常住", None, None, "　"],
    ["小计", None, "3人", None, None, None, None, None, None],
    [1, "新户乙", "新户乙", citizen("19700404", 4), "户主", "常住", None, None, None],
    [2, "新户乙", "张三、李四", None, "子", "常住", None, None, None],
    [3, "新户乙", "错了号的", citizen("19910505", 5)[:17] + ("0" if citizen("19910505", 5)[17] != "0" else "1"), "子", "常住", None, None, None],
    ["合计", None, "6人", None, None, None, None, None, None],
    ["单位负责人：", None, "填表人：", None, None, "联系电话：", None, None, None],
]
sheet.append(["××镇坤都伦村组2021年人口花名册"])
sheet.merge_cells("A1:I1")
sheet.append(["填报单位（盖章）：", None, None, None, None, "单位：户、人", None, None, "2021年12月3日"])
sheet.append(names[:6] + ["联系方式", None, "备注"])
sheet.append([None] * 6 + ["手机", "座机", None])
for c in "ABCDEFI":
    sheet.merge_cells(f"{c}3:{c}4")
sheet.merge_cells("G3:H3")
for r in body:
    sheet.append(r)
thin = openpyxl.styles.Side(style="thin")
for r in range(sheet.max_row + 1, sheet.max_row + 9): # styled rows that hold nothing
    for c in range(1, 10):
        sheet.cell(r, c).border = openpyxl.styles.Border(thin, thin, thin, thin)
sheet.column_dimensions["D"].width = 23
typed = os.path.join(top, "roll.xlsx")
roll.save(typed)
status, counts, said = bring("人", typed, "--dry-run")
ok(status == 3 and counts[0] == 4 and counts[3] == 2, "title, two heading rows, group, subtotal, total, signatures and empty frames are passed over; six people are seen", (counts, said))
ok("2个人" in said or "2 个人" in said, "several people in one cell are sent back with what to do", said)
marked = os.path.join(top, "marked.xlsx")
status, counts, said = bring("人", typed, "--errors", marked)
ok(status == 1 and counts[3] == 2, "with errors nothing is written", (counts, said))
before, after = openpyxl.load_workbook(typed).active, openpyxl.load_workbook(marked).active
changed = [c.coordinate for r in after.iter_rows(max_row=before.max_row, max_col=9) for c in r
           if c.value != before[c.coordinate].value or c.comment or (c.fill.fill_type or None) != (before[c.coordinate].fill.fill_type or None)]
ok(sorted(changed) == ["C11", "D12"] and all(after[c].comment and after[c].fill.fgColor.rgb.endswith("FF7C80") for c in changed),
   "the same workbook comes back with a red cell and a comment at each mistake, and nowhere else", changed)
ok(sorted(map(str, after.merged_cells.ranges)) == sorted(map(str, before.merged_cells.ranges)) and after.column_dimensions["D"].width == 23
   and all(after[c].value == before[c].value for c in changed), "its words, merges and widths are as they were", sorted(map(str, after.merged_cells.ranges)))
status, counts, said = bring("人", typed, "--good-rows")
ok(status == 3 and counts[0] == 4, "the good rows go in when that is asked", (counts, said))
there = openpyxl.load_workbook(take("人", "after.xlsx", "--where", 'starts with(姓名, "新户")')).active
found = {r[column["姓名"] - 1].value: r for r in there.iter_rows(min_row=row + 1)}
ok(sorted(found) == ["新户乙", "新户甲", "新户甲妻", "新户甲子"] and found["新户甲"][column["手机"] - 1].value == "13947900001"
   and found["新户甲妻"][column["证件号"] - 1].value == citizen("19620202", 2) and found["新户甲妻"][column["手机"] - 1].value == "13947900012",
   "numbers typed as numbers, with an apostrophe or full-width are what was meant", {k: [c.value for c in v[:9]] for k, v in found.items()})

# ---- sheets of the office: columns of the person or household that a record names ------------------------------


def table(path):
    """The rows below the heading, the last heading row's cells with what stands above, and the sheet."""
    page = openpyxl.load_workbook(path).active
    top_row = next(r[0].row for r in page.iter_rows() if r[0].value == "序号")
    two = any(str(r) == f"A{top_row}:A{top_row + 1}" for r in page.merged_cells.ranges)
    bottom = top_row + two
    heads = [page.cell(bottom, c).value or page.cell(top_row, c).value for c in range(1, page.max_column)]
    return [[c.value for c in r] for r in page.iter_rows(min_row=bottom + 1)], heads, page


def typed_sheet(name, title, heads, rows):
    book = openpyxl.Workbook()
    book.active.append([title])
    book.active.append(heads)
    for r in rows:
        book.active.append(r)
    path = os.path.join(top, name)
    book.save(path)
    return path


people, heads, _ = table(take("人", "known.xlsx", "--where", '出生日期 != null and 年龄 >= 18 and 性别 = "男"'))
column = {h: i for i, h in enumerate(heads)}
known = [(r[column["姓名"]], r[column["证件号"]], r[column["手机"]], r[column["文化程度"]]) for r in people if r[column["证件号"]]]
names = [n for n, *_ in known]
alone = [k for k in known if names.count(k[0]) == 1]
ok("村组" in column and "户主" in column and people[0][column["村组"]] and people[0][column["户主"]],
   "the roll of people shows group and head of the household that each belongs to", heads)
militia = ["序号", "姓名", "身份证号", "文化程度", "入队时间", "编组及职务", "家庭住址", "类别"]
title = "巴彦敖包镇2021年基干民兵花名册"
a, b, c, d = alone[:4]
status, counts, said = bring("民兵", typed_sheet("militia.xlsx", title, militia, [
    [1, a[0], a[1], a[3], "2021-04-10", "队员", None, "基干"],
    [2, b[0], " " + b[1].lower() + " ", "文盲" if b[3] != "文盲" else "小学", "2021.4.10", "队员", "别处9号", "基干"],
    [3, c[0], None, None, "2021年4月10日", "队员", None, "基干"]]))
ok(status == 0 and counts[:4] == (3, 0, 0, 0), "identity number, or a name that only one person has, finds the person; the year stands in the title", (counts, said))
found, heads, page = table(take("民兵", "office.xlsx", "--office"))
column = {h: i for i, h in enumerate(heads)}
ok(heads == ["序号", "姓名", "性别", "民族", "出生年月", "身份证号", "文化程度", "政治面貌", "入队时间", "是否退役军人", "专业特长", "编组及职务", "联系电话", "家庭住址", "备注"],
   "the sheet of the office has the office's columns, in its order, and no others", heads)
ok([r[column["身份证号"]] for r in found[:3]] == [a[1], b[1], c[1]] and [r[column["文化程度"]] for r in found[:3]] == [a[3], b[3], c[3]],
   "what is shown of a person is what the register says, whatever the sheet had said", found)
ok(page["A1"].value == "巴彦敖包镇2021年基干民兵花名册" and "单位：人" in [x.value for x in page[2] if x.value][-1] and found[-1][0].startswith("单位负责人："),
   "its title names unit and year, and who signs stands below the rows", (page["A1"].value, found[-1]))
plain = [c for r in page.iter_rows(max_row=2) for c in r] + [c for c in page[page.max_row]]
ok(not any(side.style for c in plain for side in (c.border.left, c.border.right, c.border.top, c.border.bottom)), "no lines stand around its title and its signatures",
   [c.coordinate for c in plain if c.border.left.style or c.border.top.style])
red = [c.value for c in page[heading_of(page)] if c.font.color is not None and c.font.color.rgb == "FFC00000"]
filled_in = openpyxl.load_workbook(take("民兵", "empty.xlsx", "--office", "--template")).active
ok(not red and any(c.font.color is not None and c.font.color.rgb == "FFC00000" for c in filled_in[heading_of(filled_in)]),
   "its headings are black: what must be filled in is red where somebody fills it in", red)
long = [(r, c) for r in page.iter_rows(min_row=heading_of(page) + 1, max_row=page.max_row - 1) for c in r
        if isinstance(c.value, str) and c.alignment.wrap_text and sum(2 if ord(x) > 127 else 1 for x in c.value) > page.column_dimensions[c.column_letter].width]
ok(all((page.row_dimensions[c.row].height or 15) > 15 for r, c in long), "a row with a longer text is as high as its text", [(c.coordinate, c.value, page.row_dimensions[c.row].height) for r, c in long[:3]])
status, counts, said = bring("民兵", os.path.join(top, "office.xlsx"))
ok(status == 0 and counts == (0, 0, 3, 0, 1), "it comes back without changing anything, the line of signatures passed over", (counts, said))
status, counts, said = bring("民兵", typed_sheet("wrong.xlsx", title, militia, [
    [1, b[0], a[1], None, "2021-04-10", "队员", None, "基干"],
    [2, d[0], citizen("19800808", 808), None, "2021-04-10", "队员", None, "基干"],
    [3, "没有这人", None, None, "2021-04-10", "队员", None, "基干"]]), "--errors", os.path.join(top, "wrong-marked.xlsx"))
marked = openpyxl.load_workbook(os.path.join(top, "wrong-marked.xlsx")).active
ok(status == 1 and counts[3] == 3 and f"那里是“{a[0]}”" in marked["B3"].comment.text and "没有身份证号为" in marked["C4"].comment.text and "先在那里登记" in marked["B5"].comment.text,
   "a name that is not the number's, a number and a name that nobody has are sent back, each at its cell", (counts, said))
twice = next((n for n in names if names.count(n) > 1), None)
if twice:
    status, counts, said = bring("民兵", typed_sheet("twice.xlsx", title, militia, [[1, twice, None, None, "2021-04-10", "队员", None, "基干"]]))
    ok(status == 1 and "不止一个" in said and "身份证号" in said, "a name of several people asks for the number", said)
page.cell(4, column["身份证号"] + 1).value = d[1]
page.cell(4, column["姓名"] + 1).value = d[0]
page.cell(4, column["联系电话"] + 1).value = "13900000000"
page.parent.save(os.path.join(top, "other-person.xlsx"))
status, counts, said = bring("民兵", os.path.join(top, "other-person.xlsx"))
found, _, _ = table(take("民兵", "office2.xlsx", "--office"))
ok(status == 0 and counts[:4] == (0, 1, 2, 0) and d[1] in [r[column["身份证号"]] for r in found], "another person's number and name in a row that comes back names that person", (counts, said))
phone = openpyxl.load_workbook(take("人", "phones.xlsx", "--where", f'证件号 = "{d[1]}"')).active
ok("13900000000" not in [c.value for r in phone.iter_rows() for c in r], "and nothing of it is written into the register of people", d)

crowd = [(f"众{chr(0x4E00 + i)}", citizen(f"19{55 + i % 30}0101", 400 + i // 30)) for i in range(1200)]
status, counts, said = bring("人", typed_sheet("crowd.xlsx", "巴彦敖包镇坤都伦村组2021年花名册", ["姓名", "证件号", "与户主关系"], [[n, number, "户主"] for n, number in crowd]))
ok(status == 0 and counts[:4] == (1200, 0, 0, 0), "a long roll comes in", (counts, said[:300]))
listed = [[n, number, "退役军士"] for n, number in reversed(crowd)]
listed[600] = [listed[600][0], listed[601][1], "退役军士"]
listed[1100][1] = citizen("19800808", 808)
listed.append(listed[0])
status, counts, said = bring("退役军人", typed_sheet("long.xlsx", "退役军人花名册", ["姓名", "身份证号", "类别"], listed), "--good-rows")
ok(counts[:4] == (1198, 0, 0, 3) and "那里是“" in said and "没有身份证号为" in said and "同一条记录" in said,
   "in a long list each number finds its person; a name that is another's, a number that nobody has and a person listed twice are told", (counts, said[:600]))

# ---- a superior's blank form -----------------------------------------------------------------------------------

form = typed_sheet("form.xlsx", "旗民兵情况调查表", ["序号", "姓名", "身份证号", "家庭住址", "入队时间", "编组及职务"], [])
run("fill", form, os.path.join(top, "form-filled.xlsx"), "--ledger", "民兵", "--data", data)
filled = [[c.value for c in r] for r in openpyxl.load_workbook(os.path.join(top, "form-filled.xlsx")).active.iter_rows(min_row=3)]
ok({(r[1], r[2]) for r in filled} == {(b[0], b[1]), (c[0], c[1]), (d[0], d[1])} and all(r[3] and r[5] == "队员" for r in filled),
   "a superior's blank form is filled with the same columns of the person, found by the headings of the office's sheet", filled)

# ---- totals and two rows of headings ----------------------------------------------------------------------------

groups = sorted({r[1] for r in table(take("户", "homes.xlsx"))[0] if r[1]})[:3]
fire = typed_sheet("fire.xlsx", "巴彦敖包镇2021年村组消防达标情况统计表", ["序号", "村组", "志愿队人数", "灭火器", "水泵"],
                   [[i + 1, g, 10 + i, 2 * i, 1] for i, g in enumerate(groups)] + [["合计", None, 33, 6, 3]])
status, counts, said = bring("消防达标", fire)
ok(status == 0 and counts[0] == 3, "the year of a sheet stands in its title", (counts, said))
found, heads, page = table(take("消防达标", "fire-office.xlsx", "--office", "--where", "年度 = 2021"))
column = {h: i for i, h in enumerate(heads)}
total = next(r for r in found if r[0] == "合计")
first, last = 4, 3 + len(groups)
ok(total[column["志愿队人数"]] == f"=SUM(D{first}:D{last})" and total[column["水源"]] is None, "what the pack says adds up is added up, as a formula", total)
shown = openpyxl.load_workbook(os.path.join(top, "fire-office.xlsx"), data_only=True).active
ok(shown.cell(last + 1, column["志愿队人数"] + 1).value == 33 and shown.cell(last + 1, column["灭火器"] + 1).value == 6, "with its value, for programs that do not reckon",
   [c.value for c in shown[last + 1]])
status, counts, said = bring("消防达标", os.path.join(top, "fire-office.xlsx"))
ok(status == 0 and counts == (0, 0, 3, 0, 2), "total and signatures are passed over when the sheet comes back", (counts, said))
office = next(r for r in table(take("站所", "offices.xlsx"))[0])[2]
blank, heads, page = table(take("公开目录", "open.xlsx", "--office", "--template"))
merged = {str(r) for r in page.merged_cells.ranges}
ok({"B3:C3", "A3:A4", "D3:D4"} <= merged and [page["B3"].value, page["B4"].value, page["C4"].value] == ["公开事项", "一级", "二级"],
   "columns of one group stand under its heading, merged; the others over both rows", sorted(merged))
ok(page.print_title_rows == "$1:$4" and page.freeze_panes == "A5", "both rows of the heading stand on every page", (page.print_title_rows, page.freeze_panes))
for i in range(2):
    for head, value in {"一级": f"财政{i}", "二级": "预算", "公开内容(要素)": "预算公开", "公开主体": "镇人民政府", "公开时限": "20个工作日", "公开渠道和载体": "政府网站", "领域": "财政", "责任站所": office, "公开对象(全社会/特定群众)": "全社会",
                        "公开方式(主动/依申请)": "主动"}.items():
        page.cell(5 + i, heads.index(head) + 1).value = value
    page.cell(5 + i, 1).value = i + 1
page.parent.save(os.path.join(top, "open-filled.xlsx"))
status, counts, said = bring("公开目录", os.path.join(top, "open-filled.xlsx"))
ok(status == 0 and counts[0] == 2, "a blank form with two rows of headings comes back as new records", (counts, said))
found, _, _ = table(take("公开目录", "open2.xlsx", "--office"))
ok([r[1:3] for r in found] == [["财政0", "预算"], ["财政1", "预算"]], "each value under its own heading", found)

# ---- text files --------------------------------------------------------------------------------------------------

lines = [["巴彦敖包镇2021年基干民兵花名册"], ["序号", "姓名", "身份证号", "入队时间", "编组及职务", "类别"],
         ["1", alone[5][0], alone[5][1], "2021.4.10", "队员", "基干"], ["2", alone[6][0], alone[6][1], "2021.4.10", "队员", "基干"]]


def text_file(name, encoding, between=",", extra=()):
    path = os.path.join(top, name)
    with open(path, "wb") as f:
        for r in [*lines, *extra]:
            f.write((between.join(r) + "\r\n").encode(encoding))
    return path


said = [bring("民兵", text_file(n, e, b), "--dry-run") for n, e, b in
        (("a.csv", "utf-8", ","), ("b.csv", "utf-8-sig", ","), ("c.csv", "gb18030", ","), ("d.txt", "gbk", "\t"))]
ok(all(s == 0 and c == (2, 0, 0, 0, 0) for s, c, _ in said), "a text file says the same in UTF-8, with or without mark, in GB18030, and with tabulators", said)
wrong_row = ["3", alone[7][0], citizen("19700101", 901), "2021.4.10", "队员", "基干"]
status, counts, out = bring("民兵", text_file("e.csv", "gb18030", ",", [wrong_row]), "--errors", os.path.join(top, "e-marked.xlsx"))
marked = openpyxl.load_workbook(os.path.join(top, "e-marked.xlsx")).active
ok(status == 1 and marked["C5"].comment and marked["B5"].value == alone[7][0], "what is wrong in a text file comes back as a workbook, red at its place", (counts, out))
for name, content, what in (("f.csv", b"\xd0\xf2\xba\xc5,\xff\xff\n", "第1行第6个字节"), ("g.csv", b"\xff\xfea\x00", "UTF-16"), ("h.csv", b"a,b\n\x00\x01", "第2行"),
                            ("i.csv", b'"a,b\n', "双引号没有闭合"), ("j.csv", b"", "表头")):
    path = os.path.join(top, name)
    with open(path, "wb") as f:
        f.write(content)
    status, counts, out = bring("民兵", path)
    ok(status == 1 and what in out, f"a text file that is none is refused: {what}", out)
shutil.copy(typed, os.path.join(top, "book.csv"))
status, counts, out = bring("人", os.path.join(top, "book.csv"), "--dry-run")
ok(counts and counts[4] > 0, "a workbook that was renamed to .csv is read as what it is", out)

# ---- what a sheet lacks and a record must have ---------------------------------------------------------------

papers = typed_sheet("papers.xlsx", "2021年收文登记簿", ["序号", "收文日期", "来文单位", "来文字号", "文件标题", "份数"],
                     [[1, "2021.7.5", "旗应急管理局", "旗应急〔2021〕12号", "关于开展汛前安全检查的通知", 2],
                      [2, "2021-07-06", "旗委办公室", "旗党办发〔2021〕30号", "关于商请调阅档案的函", 1]])
found, heads, _ = table(take("干部", "staff.xlsx"))
signer = found[0][heads.index("姓名")]
status, counts, out = bring("收文", papers, "--dry-run")
ok(status == 3 and counts[3] == 2 and "--fill" in out and "方式、签收人" in out, "a register that lacks what every paper must have asks for it once", (counts, out))
status, counts, out = bring("收文", papers, "--fill", f"方式=飞鸽；签收人={signer}", "--dry-run")
ok(counts[3] == 2 and "公文交换" in out, "what is filled in for all is checked as if it stood in each row", (counts, out))
status, counts, out = bring("收文", papers, "--fill", f"方式=公文交换；没有这一栏={signer}")
ok(status == 1 and counts is None and "没有这一栏" in out, "a field that is not there cannot be filled in", out)
status, counts, out = bring("收文", papers, "--fill", f"方式=公文交换；签收人={signer}")
found, heads, _ = table(take("收文", "in.xlsx", "--where", '来文单位 in ("旗应急管理局", "旗委办公室")'))
at = {h: i for i, h in enumerate(heads)}
ok(status == 0 and counts[0] == 2 and [r[at["文种"]] for r in found] == ["通知", "函"], "told once, it comes in; the kind of a paper is the one its title ends with", (counts, out, found))



# ---- a superior's blank forms ----------------------------------------------------------------------------------

def blank_form(path, title, heads):
    """Title over everything, a line for unit and day, one or two levels of headings, empty rows, the total, who signs."""
    book = openpyxl.Workbook()
    page = book.active
    page.cell(1, 1, title)
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heads))
    page.cell(2, 1, "填报单位（盖章）：")
    page.cell(2, len(heads) - 1, "填报日期：    年  月  日")
    deep = any("/" in h for h in heads)
    for c, head in enumerate(heads, 1):
        above, _, below = head.rpartition("/")
        page.cell(3, c, above or below)
        if above:
            page.cell(4, c, below)
            if c > 1 and heads[c - 2].startswith(above + "/"):
                page.cell(3, c).value = None
        elif deep:
            page.merge_cells(start_row=3, start_column=c, end_row=4, end_column=c)
    for above in {h.rpartition("/")[0] for h in heads} - {""}:
        under = [c for c, h in enumerate(heads, 1) if h.startswith(above + "/")]
        page.merge_cells(start_row=3, start_column=under[0], end_row=3, end_column=under[-1])
    last = 16 if deep else 15
    page.cell(last, 1, "合计")
    for i, word in enumerate(("单位负责人：", "填表人：", "联系电话：", "报出日期：    年  月  日")):
        page.cell(last + 1, 1 + i * 2, word)
    book.save(path)


def counted(ledger, where):
    """Of the records, those that the condition means; 留守 and 低保 are marked in 标签."""
    marked = {"年龄 < 16 and 留守": ("主体人", "留守儿童"), "低保": ("主体户", "农村低保户")}.get(where)
    path = os.path.join(top, "counted.csv")
    if marked:
        ledger, where = "标签", f'标签 = "{marked[1]}" and {marked[0]} != null and (止 = null or 止 >= today())'
    out = run("export", ledger, path, "--data", data, *([] if where == "-" else ["--where", where]))[1]
    return int(re.search(r"(\d+)", out).group(1))


with open(os.path.join(os.path.dirname(__file__), "blank-forms.txt"), encoding="utf-8") as f:
    wanted = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
wrong = []
for title, ledger, where, heads in wanted:
    heads = heads.split("|")
    form, filled = os.path.join(top, "form.xlsx"), os.path.join(top, "filled.xlsx")
    blank_form(form, title, [h.rstrip("!") for h in heads])
    status, out, err = run("fill", form, filled, "--data", data, "--from", "2021-07-01", "--to", "2021-12-31", check=False)
    first = out.split("\n")[0]
    columns = {c[1]: c[3] for c in (line.split("\t") for line in out.split("\n")) if len(c) > 3}
    unknown = [h for h, sure in columns.items() if sure == "不明"]
    rows = re.search(r"填 (\d+) 行", first)
    if (status not in (0, 3) or (f"台账 {ledger}，" if ledger != "指标表" else "指标表") not in first or f"“{title}”" not in first
            or unknown != [h[:-1] for h in heads if h.endswith("!")] or list(columns) != [h.rstrip("!") for h in heads]
            or (ledger != "指标表" and rows and int(rows.group(1)) != counted(ledger, where))
            or (where != "-") != ("题目：说的是" in out)):
        wrong.append((title, first, unknown, ledger != "指标表" and counted(ledger, where), err[:200]))
ok(not wrong, f"{len(wanted)} blank forms of superiors: each is taken for what it asks for, the part of it that its title names, every heading rightly "
   "or not at all", wrong)
shutil.rmtree(top)

end()
