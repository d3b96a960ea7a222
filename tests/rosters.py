"""A town's own duty table, a row a day and a column for each post, taken in and filled in whatever the posts are."""
import datetime, os, re, shutil, sys

import openpyxl

sys.path.insert(0, os.path.dirname(__file__))
from server import end, folder, ok, run

top = folder()
data = os.path.join(top, "data")
run("demo", "--data", data, "--people", "200", "--seed", "7")


def take(ledger, *flags):
    path = os.path.join(top, "out.xlsx")
    run("export", ledger, path, "--data", data, *flags)
    page = openpyxl.load_workbook(path).active
    head = next(r for r in page.iter_rows() if sum(c.value is not None for c in r) > 3)
    names = [c.value for c in head]
    return [dict(zip(names, r)) for r in page.iter_rows(min_row=head[0].row + 1, values_only=True) if any(r)]


def bring(name, rows, merges=(), *flags):
    """New, changed, as they were and wrong; what was said."""
    book = openpyxl.Workbook()
    for r in rows:
        book.active.append(r)
    for m in merges:
        book.active.merge_cells(m)
    path = os.path.join(top, name)
    book.save(path)
    status, out, err = run("import", "值班表", path, "--data", data, *flags, check=False)
    found = re.search(r"新增 (\d+)，修改 (\d+)，未变 (\d+)，有误 (\d+)", out)
    return tuple(int(n) for n in found.groups()) if found else None, out + err


def fill(rows, *flags):
    book = openpyxl.Workbook()
    for r in rows:
        book.active.append(r)
    book.active.merge_cells("A1:F1")
    form, filled = os.path.join(top, "form.xlsx"), os.path.join(top, "filled.xlsx")
    book.save(form)
    status, out, err = run("fill", form, filled, "--data", data, *flags, check=False)
    return [list(r) for r in openpyxl.load_workbook(filled).active.iter_rows(values_only=True)] if status in (0, 3) else [], out + err


staff = take("干部")
count = {}
for r in staff:
    count[r["姓名"]] = count.get(r["姓名"], 0) + 1
alone = [r for r in staff if count[r["姓名"]] == 1 and not r["离任"] and " " not in r["姓名"]]
names = [r["姓名"] for r in alone]
phone = {r["姓名"]: r["值班电话"] or r["手机"] for r in alone}
ok(len(names) > 20, "the demo town has people who can be on duty", len(names))

TITLE = "某镇2022年1月值班安排表"
HEAD = ["日期", "星期", "带班领导", "值班干部", "联系电话", "司机", "草原巡护", "备班", "备注"]


def day(i, *people):
    return [f"1月{i}日", "一二三四五六日"[datetime.date(2022, 1, i).weekday()], *people, None]


rows = [[TITLE], HEAD,
        day(10, names[0], f"{names[1]}、{names[2]}", "13900001111", f"{names[3]}　{phone[names[3]]}", names[4], names[5]),
        day(11, names[6], f"{names[7][0]} {names[7][1:]}", None, names[8], f"{names[9]}\n{names[10]}", names[11]),
        day(12, names[12], "无", None, None, "/", None),
        ["1月13日"],
        ["值班电话：0479-1234567"]]
counts, said = bring("own.xlsx", rows, ["A1:I1"])
ok(counts == (11, 0, 0, 0), "every name under a post is a shift of that day; two names in a cell are two, an empty cell or 无 is nobody", (counts, said))
roster = {(r["日期"].strftime("%d"), r["岗"], r["序"] and int(r["序"])): r for r in take("值班表") if r["日期"] and r["日期"] >= datetime.datetime(2022, 1, 10)}
who = {k: r["人"].split(" ")[0] for k, r in roster.items()}
ok(who == {("10", "带班领导", None): names[0], ("10", "值班员", None): names[1], ("10", "值班员", 2): names[2], ("10", "司机", None): names[3],
           ("10", "草原巡护", None): names[4], ("11", "带班领导", None): names[6], ("11", "值班员", None): names[7], ("11", "司机", None): names[8],
           ("11", "草原巡护", None): names[9], ("11", "草原巡护", 2): names[10], ("12", "带班领导", None): names[12]},
   "值班干部 is the post 值班员, and a post that nobody knew is one because only people stand below it", who)
first = roster[("10", "带班领导", None)]
ok(first["备班"].split(" ")[0] == names[5] and str(first["起"]).startswith("2022-01-10 08:30") and str(first["止"]).startswith("2022-01-11 08:30"),
   "who stands by does so for each post of the day; a shift begins when the day's does and is as long", first)
counts, said = bring("own.xlsx", rows, ["A1:I1"])
ok(counts == (0, 0, 11, 0), "the same table again changes nothing", (counts, said))
rows[3][2] = names[13]
counts, said = bring("own.xlsx", rows, ["A1:I1"])
ok(counts == (0, 1, 10, 0), "another name in a cell changes that shift", (counts, said))

marked = os.path.join(top, "marked.xlsx")
counts, said = bring("wrong.xlsx", [[TITLE], HEAD, day(20, names[0], "查无此人", None, names[3], None, None)], ["A1:I1"], "--errors", marked)
red = [c.coordinate for r in openpyxl.load_workbook(marked).active.iter_rows() for c in r if c.comment]
ok(counts and counts[3] == 1 and red == ["D3"] and "查无此人" in said, "a name that nobody has comes back red in its own cell", (counts, red, said))

levels = [[TITLE], ["日期", "带班领导", None, "防汛值班", None], [None, "姓名", "电话", "姓名", "电话"],
          ["2022-01-21", names[0], phone[names[0]], names[1], phone[names[1]]]]
counts, said = bring("levels.xlsx", levels, ["A1:E1", "A2:A3", "B2:C2", "D2:E2"])
ok(counts == (2, 0, 0, 0), "姓名 and 电话 below each post are read of that post", (counts, said))
listed = [["日期", "岗", "人", "司机"], ["2022-01-22", "带班领导", names[0], "甲"]]
counts, said = bring("list.xlsx", listed)
ok(counts == (1, 0, 0, 0) and "“司机”不是" in said, "a list with a column for the post stays a list", (counts, said))

# ---- an empty one, filled -------------------------------------------------------------------------------------

page, said = fill([[TITLE], ["日期", "星期", "带班领导", "电话", "值班干部", "草原巡护", "备班", "天气"], [None], ["负责人：", None, "制表人："]])
days = {str(r[0])[:10]: r for r in page[2:] if r[0] and str(r[0]).startswith("2022-01")}
ok(days["2022-01-10"] == ["2022-01-10", "一", names[0], str(phone[names[0]]), f"{names[1]}、{names[2]}", names[4], names[5], None],
   "a blank table has a row a day, each post's people by name, their telephone beside them, who stands by", days.get("2022-01-10"))
ok(list(days) == sorted(days) and "2022-01-22" in days and not any(str(r[0]).startswith("2021") for r in page) and "说的是“2022年1月”" in said,
   "only the month that the title names, in order, and that is said", (list(days), said))
ok("“防汛”" in said or "“汛情”" in said, "posts on duty for which the table has no column are named", said)
ok("H列“天气”" in said, "what the ledger does not know stays empty and is listed", said)
page, said = fill([["值班表（2022年1月）"], ["日期", "带班领导", "司机"], ["10日"], ["11日"], ["12日"]])
ok([r[:3] for r in page[2:]] == [["10日", names[0], names[3]], ["11日", names[13], names[8]], ["12日", names[12], None]],
   "where the days are printed the names go beside them, and the days stay as they are", page)
ok("2022-01-21：表里没有这一天的行" in said, "a day that the table has no row for is named", said)
shutil.rmtree(top)

end()
