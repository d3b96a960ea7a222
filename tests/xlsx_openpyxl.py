"""The second opinion on our workbooks: openpyxl, which shares no code with us. Used by src/xlsx/xlsx_test.c.

show FILE   prints what openpyxl sees: sheets, cells, fills, comments, drop-downs, one line each; every part must be XML
make FILE   writes a workbook with the things that offices' workbooks have
"""
import datetime
import sys
import zipfile
from xml.etree import ElementTree

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation


def show(path):
    with zipfile.ZipFile(path) as package:
        for part in package.namelist():
            ElementTree.fromstring(package.read(part))
    book = openpyxl.load_workbook(path)
    for sheet in book:
        print("sheet", sheet.title, sheet.sheet_state, sheet.freeze_panes, sheet.print_title_rows, sheet.auto_filter.ref,
              sheet.protection.sheet, *sorted(str(r) for r in sheet.merged_cells.ranges))
        for row in sheet.iter_rows():
            for cell in row:
                red = cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == "FFFF7C80"
                if cell.value is None and cell.comment is None and not red:
                    continue
                line = [cell.coordinate, repr(cell.value), cell.number_format, "red" if red else "-",
                        repr(cell.comment.text) if cell.comment else "-"]
                print(*line)
        for rule in sheet.data_validations.dataValidation:
            print("choices", rule.sqref, rule.formula1)


def make(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "花名册"
    sheet["A1"] = "××镇花名册"
    sheet.merge_cells("A1:D1")
    sheet.append(["姓名", "身份证号", "出生日期", "金额"])
    sheet.append(["张三", "152524198001010011", datetime.date(1980, 1, 1), 300.5])
    sheet.append(["李四", 152524198001010011, datetime.datetime(2021, 12, 3, 8, 30), "=D3*2"])
    sheet["A3"].font = Font(bold=True, name="仿宋")
    sheet["A3"].fill = PatternFill("solid", fgColor="FFFFFF00")
    sheet["A3"].comment = Comment("原有批注", "村会计")
    sheet["A4"].font = Font(italic=True)
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[4].hidden = True
    rule = DataValidation(type="list", formula1='"甲,乙"')
    rule.add("A3:A9")
    sheet.add_data_validation(rule)
    book.create_sheet("说明")["A1"] = "第二张表"
    book.create_sheet("藏").sheet_state = "veryHidden"
    book.save(path)


{"show": show, "make": make}[sys.argv[1]](sys.argv[2])
