"""Empty forms as different superiors send them, filled from a town after its half year: each column means what it says, what
stands under somebody else's name is not filled from the record, and nothing else of a form changes."""
import os, shutil, sys

import openpyxl
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

sys.path.insert(0, os.path.dirname(__file__))
from server import end, folder, ok, run

data, out = folder(), folder()
shutil.rmtree(data)
run("replay", "--data", data, "--people", "1200")
HALF = ("--from", "2021-07-01", "--to", "2021-12-31")
EDGE = Border(*[Side(style="thin")] * 4)


def form(name, lines, title, heading, rows, foot):
    """heading: [(text, [below …]) …]; lines above, an empty body with edges, rows below it."""
    book = openpyxl.Workbook()
    s = book.active
    width = sum(max(1, len(below)) for _, below in heading)
    for line in lines:
        s.append(line)
    s.append([title])
    top = s.max_row
    s.merge_cells(start_row=top, start_column=1, end_row=top, end_column=width)
    s.cell(top, 1).font, s.cell(top, 1).alignment = Font(name="方正小标宋简体", size=20), Alignment(horizontal="center")
    s.append(["填报单位（盖章）：", None, None, "填报人：", "联系电话："])
    column, first = 1, s.max_row + 1
    for text, below in heading:
        s.cell(first, column, text)
        last = column + max(1, len(below)) - 1
        s.merge_cells(start_row=first, start_column=column, end_row=first if below else first + 1, end_column=last)
        for i, word in enumerate(below):
            s.cell(first + 1, column + i, word)
        column = last + 1
    for row in range(first, first + 2 + rows + bool(foot)):
        for c in range(1, width + 1):
            s.cell(row, c).border = EDGE
        s.row_dimensions[row].height = 21
    for i, text in enumerate(foot):
        s.cell(first + 2 + rows + i, 1, text)
    for c in range(1, width + 1):
        s.column_dimensions[get_column_letter(c)].width = 9 + c % 4
    path = f"{out}/{name}.xlsx"
    book.save(path)
    return path, first + 2, first + 2 + rows


def looks(path):
    s = openpyxl.load_workbook(path).active
    return (sorted(map(str, s.merged_cells.ranges)), {k: v.width for k, v in s.column_dimensions.items()},
            [s.row_dimensions[r].height for r in range(1, 12)], [(c.font.name, c.font.sz, c.border.left.style) for r in s.iter_rows(max_row=12) for c in r])


def fill(path, *more):
    filled = path.replace(".xlsx", "-filled.xlsx")
    status, text, err = run("fill", path, filled, "--data", data, *HALF, *more, check=False)
    if status:
        return None, {}, text + err
    columns = {}
    for line in text.splitlines():
        if line.startswith("  "):
            letter, heading, meaning, sure = (line.strip().split("\t") + [""] * 4)[:4]
            columns[heading] = (letter, meaning, sure)
    return openpyxl.load_workbook(filled).active, columns, text


# a ministry's table by village: what is needed and what was given are two things
path, first, total = form("冬春", [[None] * 6 + ["表    号：某统救灾02表"], [None] * 6 + ["有效期至：2023年3月"]], "2021—2022年度受灾群众冬春生活救助情况汇总表",
                          [("序号", []), ("嘎查村名称", []), ("需救助情况", ["户数", "人数"]), ("已救助情况", ["户数", "人数", "救助资金"]), ("备注", [])],
                          12, ["合计", "单位负责人：　　　填表人："])
s, columns, text = fill(path)
ok({h: c[1] for h, c in columns.items() if "/" in h} == {"需救助情况/户数": "冬春需救助户数", "需救助情况/人数": "冬春需救助人数", "已救助情况/户数": "冬春救助户数",
   "已救助情况/人数": "冬春救助人数", "已救助情况/救助资金": "冬春救助金额"} and columns["已救助情况/救助资金"][2] == "相近，请核对",
   "a number of households is the one that its upper heading speaks of, and what is only like it is to be looked at", text)
ok([s.cell(total, c).value for c in (5, 6)] == [212, 531] and sum(s.cell(r, 5).value for r in range(first, total)) == 212
   and s.cell(first, 2).value and s.cell(first, 8).value is None, "the half year's relief stands in the form, village by village and in total")
ok(looks(path) == looks(path.replace(".xlsx", "-filled.xlsx")), "its heights, widths, merged cells, fonts and edges are as they were")
ok("题目" not in text and "另有一张表" not in text and "备注" in text, "a title of two years holds the period, labels are no table, the column nobody knows is named", text)

# a register of houses: the head of the household, the house, its appraisal
path, first, total = form("危房", [], "农村牧区危房（CD级）台账",
                          [("序号", []), ("户主基本情况", ["姓名", "身份证号码", "联系电话", "所在嘎查村"]), ("房屋基本情况", ["房屋地址", "建造年代", "结构类型", "建筑面积"]),
                           ("鉴定情况", ["危险等级", "鉴定时间", "鉴定机构"]), ("是否享受过危房改造政策", [])], 30, ["合计"])
s, columns, text = fill(path)
houses = int(text.split("填 ")[1].split(" 行")[0])
ok(houses > 30 and s.cell(first + houses, 1).value == "合计" and s.cell(first + houses - 1, 1).value == houses and s.row_dimensions[first + houses - 1].height == 21
   and s.cell(first + houses - 1, 3).border.left.style == "thin" and f"照这一行加了 {houses - 30} 行" in text and "加上条件" in text,
   "more houses than rows: the form grows by rows like its own, the total moves down, and a condition is offered", text)
s, columns, text = fill(path, "--where", '现鉴定等级 in ("C", "D")')
ok([columns[h][1] for h in ("户主基本情况/姓名", "户主基本情况/身份证号码", "房屋基本情况/房屋地址", "房屋基本情况/建造年代", "鉴定情况/危险等级")]
   == ["权利户.户主.姓名", "权利户.户主.证件号", "地址", "建成年份", "现鉴定等级"], "of a house its household's head is found two references away", text)
rows = [[c.value for c in r] for r in s.iter_rows(min_row=first, max_row=total - 1) if r[0].value]
ok(rows and all(len(str(r[2])) == 18 and r[9] in ("C", "D") and r[11] is None for r in rows) and "鉴定机构" in text and "合计" in text,
   "only houses of grade C and D, identity numbers whole, what the town does not hold left empty and named", rows[:2])

# a register of people with a column about somebody else
path, first, total = form("残疾人", [], "残疾人基本状况调查表",
                          [("序号", []), ("嘎查村", []), ("姓名", []), ("出生年月", []), ("残疾类别", []), ("监护人", ["姓名", "联系电话"]), ("家庭人口数", []), ("康复需求", [])], 300, [])
s, columns, text = fill(path, "--where", '健康状况 = "残疾"')
ok(columns["监护人/姓名"][2] == columns["监护人/联系电话"][2] == "不明" and columns["姓名"][1] == "姓名", "a guardian's telephone is not that of the person", text)
row = [c.value for c in s[first]]
ok(row[5] is None and row[6] is None and len(row[3]) == 7 and row[4] and row[7] and "监护人/联系电话" in text,
   "it stays empty and is named, a month of birth is a month", row)

# what stands on the household's card and what others have recognised: counts and tags, by the right to take them out
path, first, total = form("常住人口", [], "农村牧区常住人口花名册",
                          [("序号", []), ("嘎查村", []), ("户主姓名", []), ("姓名", []), ("身份证号", []), ("与户主关系", []), ("家庭人口", []), ("是否低保/脱贫户", []),
                           ("是否监测户（是/否）", []), ("人员类别", []), ("家庭类型", []), ("是否党员", []), ("备注", [])], 6, ["合计"])
s, columns, text = fill(path, "--where", "户.有效标签数 > 0")
ok([columns[h][1] for h in ("家庭人口", "是否低保/脱贫户", "是否监测户（是/否）", "人员类别", "家庭类型", "是否党员")] ==
   ["户.户籍人口", '户.身份标签（"农村低保户", "脱贫户"）', '户.身份标签（"易返贫致贫监测户"）', "标签", "户.身份标签", '标签（"党员"）'],
   "how many live in the home, which kind of home it is and who somebody is are found through the home and through what refers to it", text)
rows = [[c.value for c in r] for r in s.iter_rows(min_row=first) if isinstance(r[0].value, int)]
ok(rows and all(isinstance(r[6], int) for r in rows) and {r[7] for r in rows} == {"是", "否"} and
   all((r[7] == "是") == any(k in r[10].split("、") for k in ("农村低保户", "脱贫户")) for r in rows) and
   all((r[8] == "是") == ("易返贫致贫监测户" in r[10]) for r in rows) and all((r[11] == "是") == ("党员" in (r[9] or "")) for r in rows),
   "a question is answered 是 or 否 as the tags in force say, and the list names them", rows[:3])

# two levels, units in the headings, a total, 填报人 审核人 日期 below
path, first, total = form("摸底", [], "农牧户基本情况调查摸底表",
                          [("序号", []), ("嘎查（村）", []), ("户主情况", ["姓名", "公民身份号码", "联系方式"]), ("家庭人口（人）", ["户籍人口", "常住人口"]),
                           ("生产资料", ["草场面积（亩）", "牲畜头数（头只）"]), ("是否脱贫户（是/否）", []), ("备注", [])], 8, ["合　计", "填报人：　　审核人：　　日期："])
s, columns, text = fill(path)
last = next(c.row for r in s.iter_rows(min_row=first) for c in r[:1] if str(c.value).replace("　", "") == "合计")
ok(s.cell(last, 6).value == sum(s.cell(r, 6).value for r in range(first, last)) and s.cell(last, 8).value and s.cell(last + 1, 1).value.startswith("填报人"),
   "persons and land are added up in the row of the total, and who signs stands below it as before", text)

# the whole first, ten thousands of yuan in one heading and yuan in another, what is counted below another word
path, first, total = form("民生", [], "2021年下半年民生工作统计表",
                          [("嘎查村", []), ("冬春救助", ["户数", "人数", "救助资金（万元）"]), ("住房保障", ["上报户数"]), ("人居环境", ["应收卫生费（元）", "实收卫生费（元）"])], 0,
                          ["全镇合计"])
s, columns, text = fill(path)
whole = [c.value for c in s[total]]
ok(whole[:3] == ["全镇合计", 212, 531] and whole[4:] == [30, 780, 630] and abs(whole[3] * 10000 - sum(s.cell(r, 4).value * 10000 for r in range(total + 1, total + 13))) < 1
   and s.cell(total + 13, 1).value is None, "the whole stands first, each figure in the unit of its heading, 上报户数 below 住房保障 is of the housing", (whole, text))

# a register with strokes in a bracket and days that are called otherwise; what nobody keeps stays empty
path, first, total = form("热线", [], "12345热线办理情况登记表",
                          [(h, []) for h in ("来电日期", "来电人", "联系电话", "诉求类别（咨询/投诉）", "反映内容", "承办部门", "办理时限", "办理结果", "是否办结", "办结时间", "督办单位")], 3, [])
s, columns, text = fill(path)
row = [c.value for c in s[first]]
ok([columns[h][1] for h in ("来电日期", "来电人", "诉求类别（咨询/投诉）", "办结时间", "是否办结", "督办单位")] == ["来电时", "诉求人", "类型", "办结时", "", ""]
   and len(row[0]) == 10 and row[3] == "投诉" and row[8] is None and row[10] is None, "days, kinds and offices are known by other words; a stroke in a bracket is of the word", (row, text))

# a card of one person: each word with its place to the right, merged places, a photograph, who signs
book = openpyxl.Workbook()
s = book.active
for line in (["农牧民基本信息登记表"], ["姓  名", None, "性  别", None, "照片"], ["出生年月", None, "民  族"], ["身份证号"], ["家庭住址"], ["联系电话", None, "政治面貌"],
             ["家庭人口", None, "是否低保户"], ["户主姓名", None, "所在嘎查村"], ["主要事迹"], ["本人签字：", None, "审核人：", None, "日期："]):
    s.append(line)
for area in ("A1:E1", "B4:E4", "B5:E5", "E2:E3", "B9:E9"):
    s.merge_cells(area)
path = f"{out}/卡片.xlsx"
book.save(path)
_, _, text = fill(path)
ok("只选出要填的那一条" in text, "a card is for one record: without a condition that leaves one it is refused", text)
people = openpyxl.load_workbook(f"{out}/常住人口-filled.xlsx").active
one = next(r for r in people.iter_rows(min_row=5, values_only=True) if isinstance(r[0], int) and r[7] == "是")
s, columns, text = fill(path, "--where", f'证件号 = "{one[4]}"')
ok(s and [s[c].value for c in ("B2", "B4", "B7", "D7", "B8", "D8")] == [one[3], one[4], one[6], "是" if "农村低保户" in one[10].split("、") else "否", one[2], one[1]]
   and s["B9"].value is None and s["A10"].value == "本人签字：" and "B4:E4" in map(str, s.merged_cells.ranges) and "B9格“主要事迹”" in text,
   "the card holds that person and their home, what nobody keeps is named by its cell, and its shape is as it was", text)
end()
