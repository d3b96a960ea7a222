/* What we write, read again by us and by others; marking. */
#include "xlsx/test_book.h"

/* ---- round trips --------------------------------------------------------------------------------------------- */

TEST("what is written is read back the same: types, merges, hidden things, names, properties")
{
    struct xlsx_book *book;
    struct xlsx_layout layout;
    size_t count;
    str bytes = sample(op);
    check_str(dump(op, bytes), S("1: A=2021年花名册;2: A=金额 B=身份证号 C=键;3: A=-1234567.8 B=152524198001010011 "
                                 "C= =1+1 <&>\"\n;"
                                 "4藏: A=2021-12-03 B=2021-12-06 09:00:00 C=TRUE;6: A=-1234567.8'f C D=-42;"));
    check(xlsx_open(op, bytes, &book));
    check_int((int64_t)xlsx_sheet_count(book), 3);
    check_str(xlsx_sheet_info(book, 0)->name, S("花名'册"));
    check_int(xlsx_sheet_info(book, 0)->visibility, XLSX_VISIBLE);
    check_int(xlsx_sheet_info(book, 1)->visibility, XLSX_HIDDEN);
    check_int(xlsx_sheet_info(book, 2)->visibility, XLSX_VERY_HIDDEN);
    check_str(xlsx_property(book, S("模板")), S("冬春救助/3"));
    check_str(xlsx_property(book, S("creator")), S("镇务"));
    check_str(xlsx_property(book, S("无")), S(""));
    const struct xlsx_name *names = xlsx_names(book, &count);
    check_int((int64_t)count, 2);
    check_str(names[0].refers_to, S("'花名''册'!$A$2:$C$4"));
    check(names[0].hidden && names[0].sheet == 0);
    check_str(names[1].refers_to, S("'花名''册'!$1:$2"));
    check(xlsx_layout(book, 0, &layout));
    check(layout.merge_count == 1 && layout.merges[0].column_last == 3 && layout.merges[0].row_last == 1);
    check(layout.hidden_column_count == 1 && layout.hidden_columns[0].column == 3);
}

TEST("a cell can be had by its column, and a day with its time")
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, sample(op), &book) && xlsx_rows_open(book, 0, &rows));
    for (int i = 0; i < 4; i++)
        check(xlsx_row_next(rows, &row, &found) && found);
    const struct xlsx_cell *c = xlsx_row_cell(&row, 2);
    check(c && c->format == XLSX_DAY_TIME && c->day == day_of(2021, 12, 6) && c->day_ms == 9 * 3600 * 1000);
    check(!xlsx_row_cell(&row, 4));
}

TEST("the same calls write the same bytes")
{
    check_str(sample(op), sample(op));
}

TEST("each part of our workbook is dated alike in both places where a zip says so, and a comment's box is at its "
     "cell")
{
    str bytes = sample(op), rest = bytes;
    size_t at, parts = 0;
    for (; str_find(rest, S("PK\1\2"), &at); parts++) {
        const uint8_t *central = (const uint8_t *)rest.p + at;
        uint32_t local = central[42] | (uint32_t)central[43] << 8 | (uint32_t)central[44] << 16;
        check(memcmp(bytes.p + local, "PK\3\4", 4) == 0 && memcmp(bytes.p + local + 10, central + 12, 4) == 0);
        rest = str_part(rest, at + 46, rest.n);
    }
    check(parts > 8);
    check(has(part_text(op, bytes, "xl/drawings/vmlDrawing1.vml"), "<x:Row>2</x:Row><x:Column>1</x:Column>"));
}

TEST("a form is filled: values take the look of their place, what computes keeps its formula and is counted, other "
     "parts stay")
{
    static const char *const same[] = {"xl/styles.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"};
    struct xlsx_book *book;
    str dir, before = sample(op);
    int64_t kept;
    test_dir_make(op, &dir);
    str path = op_text(op, "%.*s/filled.xlsx", PS(dir));
    const struct xlsx_fill fills[] = {{.row = 3, .column = 2, .text = S("152524198001010029")},
                                      {.row = 6, .column = 1, .number = true, .text = S("5")},
                                      {.row = 6, .column = 2, .text = S("=1+1 <&>")},
                                      {.row = 7, .column = 4, .number = true, .text = S("12.50"), .like_row = 6}};
    check(xlsx_open(op, before, &book) && xlsx_fill(book, path, fills, COUNT(fills), &kept));
    check_int(kept, 1);
    str after = file_bytes(op, path);
    check_str(dump(op, after),
              S("1: A=2021年花名册;2: A=金额 B=身份证号 C=键;3: A=-1234567.8 B=152524198001010029 C= =1+1 <&>\"\n;"
                "4藏: A=2021-12-03 B=2021-12-06 09:00:00 C=TRUE;6: A=-1234567.8'f B==1+1 <&> C D=-42;7: D=12.5;"));
    check(has(part_text(op, after, "xl/workbook.xml"), "fullCalcOnLoad"));
    for (size_t i = 0; i < COUNT(same); i++)
        check_str(part_text(op, after, same[i]), part_text(op, before, same[i]));
}

TEST("openpyxl sees in our workbook what we put there")
{
    str folder;
    test_dir_make(op, &folder);
    str path = op_text(op, "%.*s/a.xlsx", PS(folder)), bytes = sample(op);
    FILE *f = fopen(path.p, "w");
    must(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0);
    check_str(openpyxl(op, "show", path),
              S("sheet 花名'册 visible B3 $1:$2 A2:C4 True A1:C1\n"
                "A1 '2021年花名册' General - -\nA2 '金额' General - -\nB2 '身份证号' General - -\nC2 '键' General - -\n"
                "A3 -1234567.8 #,##0.00 - -\nB3 '152524198001010011' @ - '18位'\nC3 ' =1+1 <&>\"\\n' @ - -\n"
                "A4 datetime.datetime(2021, 12, 3, 0, 0) yyyy\\-mm\\-dd - -\n"
                "B4 datetime.datetime(2021, 12, 6, 9, 0) yyyy\\-mm\\-dd\\ hh:mm - -\nC4 True General - -\n"
                "A6 '=SUM(A3:A4)' #,##0.00 - -\nD6 -42 0 - -\n"
                "choices C3:C100 \"男,女\"\nchoices A3:A100 '_选项'!$A$1:$A$2\n"
                "sheet 二 hidden None None None False\nsheet _选项 veryHidden None None None False\n"
                "A1 '甲,乙' General - -\nA2 '丙' General - -\n"));
}

static str random_text(struct op *op)
{
    static const char *odd[] = {"<",  "&",        "_x0041_", "_x",  "\"",     "'",       "\r",           "\n",
                                "\t", " ",        "\x01",    "]]>", "&#10;",  "_x005F_", "\xEF\xBF\xBE", "𠮷",
                                "昇", "\xC2\xA0", "=",       "é",   "_xD800_"};
    struct buf b;
    buf_init(&b, op, 0);
    for (uint64_t n = 1 + op_random(op) % 12; n > 0; n--)
        if (op_random(op) % 3)
            buf_code(&b, 0x4E00 + (uint32_t)(op_random(op) % 20000));
        else
            buf_add(&b, str_z(odd[op_random(op) % COUNT(odd)]));
    return buf_str(&b);
}

TEST("random cells in random columns come back the same, control characters and look-alike escapes included")
{
    enum { ROWS = 400 };
    struct buf b;
    struct xlsx_out *out;
    struct {
        uint32_t column;
        str text;
    } cells[ROWS][8];
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &plain);
    for (int r = 0; r < ROWS; r++) {
        uint32_t column = 0;
        check(xlsx_row(out, 0));
        for (int c = 0; c < 8; c++) {
            uint32_t gap = (uint32_t)(op_random(op) % (r % 50 ? 3 : 2000));
            xlsx_skip(out, gap);
            column += gap + 1;
            cells[r][c].column = column;
            if (op_random(op) % 3 == 0) {
                int64_t n = (int64_t)(op_random(op) % 2000000) - 1000000;
                cells[r][c].text = op_text(op, "%lld", (long long)n);
                xlsx_int(out, XLSX_INTEGER, n);
            } else {
                cells[r][c].text = random_text(op);
                xlsx_text(out, XLSX_PARAGRAPH, cells[r][c].text);
            }
        }
    }
    check(xlsx_end(out));
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, buf_str(&b), &book) && xlsx_rows_open(book, 0, &rows));
    for (int r = 0; r < ROWS; r++) {
        check(xlsx_row_next(rows, &row, &found) && found && row.count == 8);
        for (int c = 0; c < 8; c++) {
            check_int(row.cells[c].column, cells[r][c].column);
            check_str(row.cells[c].text, cells[r][c].text);
        }
    }
    check(xlsx_row_next(rows, &row, &found) && !found);
    check(xlsx_row_next(rows, &row, &found) && !found);
}

TEST("long cells and wide rows: what was read of a row stays when its text grows")
{
    struct buf b;
    struct xlsx_out *out;
    char *big = op_alloc(op, XLSX_CELL_CHARS_MAX * 3);
    for (size_t i = 0; i < XLSX_CELL_CHARS_MAX; i++)
        memcpy(big + i * 3, "镇", 3);
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &plain);
    for (int i = 0; i < 2; i++) {
        check(xlsx_row(out, 0));
        xlsx_text(out, XLSX_DEFAULT, S("首"));
        xlsx_number(out, XLSX_DEFAULT, S("0.50"));
        for (int k = 0; k < 9; k++)
            xlsx_text(out, XLSX_DEFAULT, (str){big, XLSX_CELL_CHARS_MAX * 3});
    }
    check(xlsx_end(out));
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, buf_str(&b), &book) && xlsx_rows_open(book, 0, &rows));
    for (int i = 0; i < 2; i++) {
        check(xlsx_row_next(rows, &row, &found) && found && row.count == 11);
        check_str(row.cells[0].text, S("首"));
        check_str(row.cells[1].text, S("0.5"));
        check_str(row.cells[1].raw, S("0.50"));
        for (size_t k = 2; k < 11; k++)
            check(str_eq(row.cells[k].text, (str){big, XLSX_CELL_CHARS_MAX * 3}));
    }
}

TEST("two hundred thousand rows need no more memory than twenty thousand")
{
    size_t taken[2];
    for (int i = 0; i < 2; i++) {
        str folder;
        struct op own;
        struct xlsx_out *out;
        test_dir_make(op, &folder);
        op_init(&own, op->now, 1);
        str path = op_text(op, "%.*s/a.xlsx", PS(folder));
        check(xlsx_create(&own, path, &out));
        xlsx_sheet(out, &plain);
        for (int r = 0; r < (i ? 200000 : 20000) && xlsx_row(out, 0); r++) {
            xlsx_int(out, XLSX_INTEGER, r);
            xlsx_text(out, XLSX_DEFAULT, S("张三"));
        }
        check(xlsx_end(out));
        struct xlsx_book *book;
        struct xlsx_rows *rows;
        struct xlsx_row row;
        uint32_t last = 0;
        check(xlsx_open_path(&own, path, &book) && xlsx_rows_open(book, 0, &rows));
        for (bool found = true; found;) {
            check(xlsx_row_next(rows, &row, &found));
            last = found ? row.number : last;
        }
        check_int(last, i ? 200000 : 20000);
        taken[i] = own.bytes;
        op_done(&own);
    }
    check_int((int64_t)taken[0], (int64_t)taken[1]);
    check(taken[1] < 2 << 20);
}
/* ---- writing ------------------------------------------------------------------------------------------------- */

enum breach {
    TOO_MANY_ROWS,
    TOO_MANY_COLUMNS,
    TOO_LONG,
    TOO_MANY_DIGITS,
    NOT_A_NUMBER,
    BAD_NAME,
    SAME_NAME,
    NOTHING_VISIBLE
};

static str breach_try(struct op *op, enum breach breach)
{
    struct buf b;
    struct xlsx_out *out;
    char *big = op_alloc(op, XLSX_CELL_CHARS_MAX + 1);
    memset(big, 'a', XLSX_CELL_CHARS_MAX + 1);
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &(struct xlsx_page){.name = S("表"),
                                        .visibility = breach == NOTHING_VISIBLE ? XLSX_HIDDEN : XLSX_VISIBLE});
    xlsx_skip_rows(out, 6);
    check(xlsx_row(out, 0));
    switch (breach) {
    case TOO_MANY_ROWS:
        xlsx_skip_rows(out, XLSX_ROWS_MAX - 7);
        check(!xlsx_row(out, 0));
        break;
    case TOO_MANY_COLUMNS:
        xlsx_skip(out, XLSX_COLUMNS_MAX);
        xlsx_blank(out, XLSX_DEFAULT);
        break;
    case TOO_LONG: xlsx_text(out, XLSX_DEFAULT, (str){big, XLSX_CELL_CHARS_MAX + 1}); break;
    case TOO_MANY_DIGITS: xlsx_number(out, XLSX_DEFAULT, S("1234567890123456")); break;
    case NOT_A_NUMBER: xlsx_number(out, XLSX_DEFAULT, S("1E+50")); break;
    case BAD_NAME: xlsx_sheet(out, &(struct xlsx_page){.name = S("2021/12")}); break;
    case SAME_NAME: xlsx_sheet(out, &plain); break;
    case NOTHING_VISIBLE: break;
    }
    xlsx_text(out, XLSX_DEFAULT, S("此后都不算"));
    check(!xlsx_end(out));
    check_int(op->fault_count, 1);
    str text = op->faults ? op_text(op, "%.*s: %.*s", PS(op->faults->field), PS(op->faults->text)) : S("");
    op_forgive(op, 0);
    return text;
}

TEST("what Excel cannot hold is refused once, at the cell, and xlsx_end says so")
{
    check(has(breach_try(op, TOO_MANY_ROWS), "1048576 行"));
    check(has(breach_try(op, TOO_MANY_COLUMNS), "16384 列"));
    check(has(breach_try(op, TOO_LONG), "表!A7: 一格超出 Excel 的 32767 字"));
    check(has(breach_try(op, TOO_MANY_DIGITS), "15 位"));
    check(has(breach_try(op, NOT_A_NUMBER), "须是数字"));
    check(has(breach_try(op, BAD_NAME), "工作表名"));
    check(has(breach_try(op, SAME_NAME), "工作表名"));
    check(has(breach_try(op, NOTHING_VISIBLE), "可见"));
}

TEST("numbers of fifteen digits are written, zeros before and behind not counted")
{
    struct buf b;
    struct xlsx_out *out;
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &plain);
    check(xlsx_row(out, 0));
    xlsx_number(out, XLSX_DEFAULT, S("123456789012345"));
    xlsx_number(out, XLSX_DEFAULT, S("-0.00000000123456789012345"));
    xlsx_number(out, XLSX_DEFAULT, S("1000000000000.00000"));
    xlsx_int(out, XLSX_DEFAULT, 0);
    xlsx_day(out, XLSX_DATE, day_of(1899, 1, 1));
    xlsx_day(out, XLSX_DATE, day_of(1900, 3, 1));
    check(xlsx_end(out));
    check_str(dump(op, buf_str(&b)), S("1: A=123456789012345 B=-0.00000000123456789012345 C=1000000000000 D=0 "
                                       "E=1899-01-01 F=1900-03-01;"));
}

static bool sink_full(void *to, [[maybe_unused]] str bytes)
{
    return op_fail(to, FAULT_SYSTEM, S(""), "磁盘已满");
}

TEST("a sink that fails is told once")
{
    struct xlsx_out *out;
    check(xlsx_begin(op, (struct xlsx_sink){sink_full, op}, &out));
    xlsx_sheet(out, &plain);
    for (int i = 0; i < 100000 && xlsx_row(out, 0); i++)
        xlsx_text(out, XLSX_DEFAULT, random_text(op));
    check(!xlsx_end(out));
    check_int(op->fault_count, 1);
    op_forgive(op, 0);
}

TEST("a file that was not finished does not remain")
{
    str folder;
    test_dir_make(op, &folder);
    str path = op_text(op, "%.*s/a.xlsx", PS(folder));
    for (int finish = 0; finish < 2; finish++) {
        struct op own;
        struct xlsx_out *out;
        op_init(&own, op->now, 1);
        check(xlsx_create(&own, path, &out));
        xlsx_sheet(out, &plain);
        check(xlsx_row(out, 0));
        if (finish)
            check(xlsx_end(out));
        op_done(&own);
        check(access(path.p, F_OK) == (finish ? 0 : -1));
    }
    struct xlsx_out *out;
    check(!xlsx_create(op, op_text(op, "%.*s/none/a.xlsx", PS(folder)), &out));
    op_forgive(op, 0);
}

TEST("a long drop-down list is kept on a very hidden sheet")
{
    struct buf b;
    struct xlsx_out *out;
    str villages[60];
    for (size_t i = 0; i < COUNT(villages); i++)
        villages[i] = op_text(op, "第%zu村民小组", i + 1);
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &plain);
    xlsx_choices(out, (struct xlsx_range){2, 1, 99, 1}, villages, COUNT(villages), true);
    check(xlsx_end(out));
    check(has(part_text(op, buf_str(&b), "xl/worksheets/sheet1.xml"), "<formula1>'_选项'!$A$1:$A$60</formula1>"));
    struct xlsx_book *book;
    check(xlsx_open(op, buf_str(&b), &book) && xlsx_sheet_count(book) == 2);
    check_int(xlsx_sheet_info(book, 1)->visibility, XLSX_VERY_HIDDEN);
}

/* ---- marking ------------------------------------------------------------------------------------------------- */

static str marked(struct op *op, str bytes, const struct xlsx_mark *marks, size_t count)
{
    struct xlsx_book *book;
    struct buf b;
    int before = op->fault_count;
    struct xlsx_sink sink = memory(op, &b);
    if (xlsx_open(op, bytes, &book) && xlsx_mark_book(book, sink, marks, count))
        return buf_str(&b);
    must(op->fault_count > before);
    struct fault *f = op->faults;
    while (f->next)
        f = f->next;
    str text = op_copy(op, f->text);
    op_forgive(op, before);
    return text;
}

TEST("a marked workbook of another program has red cells with comments, and the rest as it was")
{
    str folder;
    test_dir_make(op, &folder);
    str in = op_text(op, "%.*s/a.xlsx", PS(folder)), out = op_text(op, "%.*s/b.xlsx", PS(folder));
    openpyxl(op, "make", in);
    const struct xlsx_mark marks[] = {
        {0, 3, 2, S("校验位不符")}, {0, 40, 30, S("空格 <&>")}, {0, 3, 1, S("姓名重复")},
        {0, 3, 2, S("第二处")},     {0, 5, 1, S("缺")},         {1, 1, 1, S("二")},
    };
    check(xlsx_mark(op, in, out, marks, COUNT(marks)));
    str before = file_bytes(op, in), after = file_bytes(op, out);
    check_str(openpyxl(op, "show", out),
              S("sheet 花名册 visible None None None False A1:D1\nA1 '××镇花名册' General - -\n"
                "A2 '姓名' General - -\nB2 '身份证号' General - -\nC2 '出生日期' General - -\nD2 '金额' General - -\n"
                "A3 '张三' General red '原有批注\\n姓名重复'\nB3 '152524198001010011' General red '校验位不符\\n第二处'\n"
                "C3 datetime.datetime(1980, 1, 1, 0, 0) yyyy-mm-dd - -\nD3 300.5 General - -\nA4 '李四' General - -\n"
                "B4 1.5252419800101e+17 General - -\nC4 datetime.datetime(2021, 12, 3, 8, 30) yyyy-mm-dd h:mm:ss - -\n"
                "D4 '=D3*2' General - -\nA5 None General red '缺'\nAD40 None General red '空格 <&>'\n"
                "choices A3:A9 \"甲,乙\"\nsheet 说明 visible None None None False\nA1 '第二张表' General red '二'\n"
                "sheet 藏 veryHidden None None None False\n"));
    static const char *same[] = {"xl/workbook.xml", "xl/theme/theme1.xml", "xl/worksheets/sheet3.xml",
                                 "docProps/core.xml", "_rels/.rels"};
    for (size_t i = 0; i < COUNT(same); i++)
        check_str(part_text(op, after, same[i]), part_text(op, before, same[i]));
    check(part_text(op, before, same[0]).n > 0);
}

TEST("marking again replaces what was said before and adds no formats")
{
    str once = marked(op, sample(op), (struct xlsx_mark[]){{0, 3, 1, S("旧话")}, {0, 3, 2, S("旧")}}, 2);
    str twice = marked(op, once, (struct xlsx_mark[]){{0, 3, 1, S("新话")}, {0, 4, 1, S("另一处")}}, 2);
    str comments = part_text(op, twice, "xl/comments1.xml");
    check(has(comments, "新话") && !has(comments, "旧话") && has(comments, "18位") && has(comments, "另一处"));
    size_t first = part_text(op, once, "xl/styles.xml").n;
    str thrice = marked(op, twice, (struct xlsx_mark[]){{0, 3, 1, S("三")}, {0, 3, 2, S("三")}, {0, 4, 1, S("三")}}, 3);
    check_str(part_text(op, thrice, "xl/styles.xml"), part_text(op, twice, "xl/styles.xml"));
    check(first > 0 && has(part_text(op, thrice, "xl/styles.xml"), "FFFF7C80"));
    check_str(dump(op, thrice), dump(op, sample(op)));
}

TEST("every shape of sheet can be marked: empty, without references, with prefixes, in front of and behind what is "
     "there")
{
    static const char *sheets[] = {
        "<worksheet><sheetData/></worksheet>",
        "<worksheet><sheetData></sheetData></worksheet>",
        "<worksheet><sheetData><row/></sheetData><extLst><ext/></extLst></worksheet>",
        "<x:worksheet xmlns:x='m'><x:sheetData><x:row><x:c/><x:c "
        "t='inlineStr'><x:is><x:t>甲</x:t></x:is></x:c></x:row></x:sheetData>"
        "<x:pageMargins/><x:tableParts/></x:worksheet>",
        "<worksheet><sheetData><row r='2'><c r='B2'><v>1</v></c><c r='D2' s='7'/></row><row "
        "r='5'/></sheetData><drawing r:id='d'/></worksheet>",
    };
    const struct xlsx_mark marks[] = {
        {0, 1, 1, S("一")}, {0, 2, 1, S("二")}, {0, 2, 3, S("三")}, {0, 2, 4, S("四")}, {0, 9, 2, S("五")}};
    static const char *dumps[] = {
        "1: A;2: A C D;9: B;",      "1: A;2: A C D;9: B;",        "1: A;2: A C D;9: B;",
        "1: A B=甲;2: A C D;9: B;", "1: A;2: A B=1 C D;5:;9: B;",
    };
    for (size_t i = 0; i < COUNT(sheets); i++) {
        str bytes = book_of(op, sheets[i],
                            "<styleSheet><fills count='1'><fill/></fills><cellXfs><xf "
                            "numFmtId='14'/></cellXfs></styleSheet>",
                            "<sst/>");
        str after = marked(op, bytes, marks, COUNT(marks));
        check_str(dump(op, after), str_z(dumps[i]));
        str sheet = part_text(op, after, "xl/sheets/one.xml");
        size_t drawing = 0, tail = sheet.n;
        check(str_find(sheet, S("legacyDrawing "), &drawing));
        if (str_find(sheet, S("tableParts"), &tail) || str_find(sheet, S("extLst"), &tail))
            check(drawing < tail);
        check(has(part_text(op, after, "xl/styles.xml"), "<xf numFmtId='14' applyFill=\"1\" fillId=\"1\"/></cellXfs>")
              || has(part_text(op, after, "xl/styles.xml"), "<xf applyFill=\"1\" fillId=\"1\" "
                                                            "numFmtId='14'/></cellXfs>"));
        check(has(part_text(op, after, "xl/sheets/_rels/one.xml.rels"), "commentsZhenwu1.xml"));
        check(has(part_text(op, after, "[Content_Types].xml"), "/xl/commentsZhenwu1.xml"));
        check(has(part_text(op, after, "xl/commentsZhenwu1.xml"), "ref=\"B9\""));
    }
}

TEST("a workbook without formats gets comments only")
{
    str after = marked(op, sheet_of(op, "<row><c/></row>"), (struct xlsx_mark[]){{0, 1, 1, S("一")}}, 1);
    check_str(part_text(op, after, "xl/styles.xml"), S("<styleSheet/>"));
    check(has(part_text(op, after, "xl/sheets/one.xml"), "<row><c/></row></sheetData><legacyDrawing"));
    check(has(part_text(op, after, "xl/commentsZhenwu1.xml"), "一"));
}

TEST("no marks: the same parts; too many: the rest is counted")
{
    str bytes = sample(op), after = marked(op, bytes, NULL, 0);
    check_str(part_text(op, after, "xl/worksheets/sheet1.xml"), part_text(op, bytes, "xl/worksheets/sheet1.xml"));
    check_str(dump(op, after), dump(op, bytes));
    size_t count = XLSX_MARKS_MAX + 7;
    struct xlsx_mark *marks = op_array(op, struct xlsx_mark, count);
    for (size_t i = 0; i < count; i++)
        marks[i] = (struct xlsx_mark){0, (uint32_t)(1 + i / 20), (uint32_t)(1 + i % 20), S("错")};
    after = marked(op, bytes, marks, count);
    check(has(part_text(op, after, "xl/comments1.xml"), "另有 7 处"));
    check(!has(dump(op, after), "请"));
}

TEST("a strict workbook is not marked but explained")
{
    str bytes =
        book_of(op, "<worksheet xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'><sheetData/></worksheet>",
                "<styleSheet/>", "<sst/>");
    check(has(marked(op, bytes, (struct xlsx_mark[]){{0, 1, 1, S("一")}}, 1), "严格 Open XML"));
}

TEST("a cell that was marked and is right now loses its red, and its comment says so; the rest of its format stays")
{
    struct xlsx_mark first[] = {{0, 3, 1, S("金额不符")}, {0, 3, 2, S("校验位不符")}}, second[] = {{0, 3, 2, S("还是不符")}};
    str once = marked(op, sample(op), first, COUNT(first)), twice = marked(op, once, second, COUNT(second));
    str comments = part_text(op, twice, "xl/comments1.xml"), sheet = part_text(op, twice, "xl/worksheets/sheet1.xml");
    check(has(comments, "还是不符") && has(comments, "已无误") && !has(comments, "金额不符") && has(comments, "18位"));
    /* the red copies of two looks follow ours, then the one that lost its red */
    static_assert(XLSX_STYLES == 22);
    check(has(part_text(op, once, "xl/worksheets/sheet1.xml"), "<c r=\"A3\" s=\"22\"><v>"));
    check(has(sheet, "<c r=\"A3\" s=\"24\"><v>"));
    check(has(part_text(op, twice, "xl/styles.xml"), "numFmtId=\"4\" fontId=\"5\" fillId=\"0\" borderId=\"1\""));
    str thrice = marked(op, twice, second, COUNT(second));
    check_str(part_text(op, thrice, "xl/styles.xml"), part_text(op, twice, "xl/styles.xml"));
    check_str(dump(op, thrice), dump(op, sample(op)));
}

TEST("a marked cell that was not there takes the format of its row or column, so that an id number typed into it "
     "stays text")
{
    str styles = S("<styleSheet><fills count='1'><fill/></fills><cellXfs><xf/><xf numFmtId='49'/><xf "
                   "numFmtId='14'/></cellXfs></styleSheet>");
    str bytes = book_of(op,
                        "<worksheet><cols><col min='2' max='3' style='1'/></cols><sheetData><row r='4' s='2' "
                        "customFormat='1'/>"
                        "</sheetData></worksheet>",
                        styles.p, "<sst/>");
    str after = marked(op, bytes, (struct xlsx_mark[]){{0, 3, 2, S("缺")}, {0, 4, 2, S("缺")}, {0, 3, 9, S("缺")}}, 3);
    check(has(part_text(op, after, "xl/sheets/one.xml"), "<c r=\"B3\" s=\"3\"/><c r=\"I3\" s=\"4\"/>"));
    check(has(part_text(op, after, "xl/sheets/one.xml"), "<c r=\"B4\" s=\"5\"/>"));
    check(has(part_text(op, after, "xl/styles.xml"), "fillId=\"1\" numFmtId='49'/>"));
}

/* ---- CSV ------------------------------------------------------------------------------------------------------ */

TEST("CSV is read back the same, and cannot be taken for formulas")
{
    struct buf b;
    buf_init(&b, op, 0);
    csv_begin(&b);
    csv_text(&b, S("姓\"名\n"));
    csv_number(&b, S("-1.50"));
    csv_line(&b);
    csv_number(&b, S(""));
    csv_text(&b, S("=cmd|' /C calc'!A0"));
    csv_text(&b, S("-1"));
    csv_text(&b, S(""));
    csv_line(&b);
    check_str(buf_str(&b), S("\xEF\xBB\xBF\"姓\"\"名\n\",-1.50\r\n\"\",\"'=cmd|' /C calc'!A0\",\"'-1\",\"\"\r\n"));
}
