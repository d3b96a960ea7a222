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
ok(setup.paperSize == 9 and setup.orientation == "landscape" and setup.fitToWidth == 1 and setup.fitToHeight == 0 and page.sheet_properties.pageSetUpPr.fitToPage,
   "it prints on A4 across, one page wide", (setup.paperSize, setup.orientation, setup.fitToWidth))
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

shutil.rmtree(top)
end()
