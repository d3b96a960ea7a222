#include <stdio.h>
#include <unistd.h>

#include "base/test.h"
#include "xlsx/book.h"

/* ---- helpers: workbooks in memory ---------------------------------------------------------------------------- */

static bool sink_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

static struct xlsx_sink memory(struct op *op, struct buf *b)
{
    buf_init(b, op, 0);
    return (struct xlsx_sink){sink_write, b};
}

static const struct xlsx_page plain = {.name = SC("表")};

struct part {
    str name, text;
};

static str zip_of(struct op *op, const struct part *parts, size_t count)
{
    struct buf b;
    struct zip_out *out = zip_out_new(op, memory(op, &b), 6);
    for (size_t i = 0; i < count; i++) {
        zip_out_part(out, parts[i].name);
        zip_out_add(out, parts[i].text);
    }
    check(zip_out_end(out));
    return buf_str(&b);
}

#define REL                                                                                                          \
    "<Relationship Id=\"%s\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s\" "       \
    "Target=\"%s\"/>"

/* A workbook of one sheet, by hand: what stands in the sheet, in the styles, in the shared strings. */
static str book_of(struct op *op, const char *sheet, const char *styles, const char *strings)
{
    const struct part parts[] = {
        {S("[Content_Types].xml"), S("<Types "
                                     "xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>")},
        {S("_rels/.rels"),
         op_text(op, "<Relationships>" REL "</Relationships>", "r1", "officeDocument", "/xl/book.xml")},
        {S("xl/book.xml"), S("<x:workbook xmlns:x=\"m\" xmlns:r=\"r\"><x:sheets><x:sheet name=\"甲&amp;乙\" "
                             "r:id='r9'/>"
                             "</x:sheets></x:workbook>")},
        {S("xl/_rels/book.xml.rels"),
         op_text(op, "<Relationships>" REL REL REL "</Relationships>", "r9", "worksheet", "sheets/one.xml", "r2",
                 "styles", "./styles.xml", "r3", "sharedStrings", "../xl/strings.xml")},
        {S("xl/sheets/one.xml"), str_z(sheet)},
        {S("xl/styles.xml"), str_z(styles)},
        {S("xl/strings.xml"), str_z(strings)},
    };
    return zip_of(op, parts, COUNT(parts));
}

static str sheet_of(struct op *op, const char *rows)
{
    return book_of(op, op_text(op, "<worksheet><sheetData>%s</sheetData></worksheet>", rows).p, "<styleSheet/>",
                   "<sst/>");
}

/* Everything in the first sheet as one text: "2: A=文字 C=12.3;" … A fault gives its words instead. */
static str dump(struct op *op, str bytes)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct buf b;
    int before = op->fault_count;
    buf_init(&b, op, 0);
    if (xlsx_open(op, bytes, &book) && xlsx_rows_open(book, 0, &rows)) {
        for (bool found; xlsx_row_next(rows, &row, &found);) {
            if (!found)
                return buf_str(&b);
            buf_text(&b, "%u%s:", row.number, row.hidden ? "藏" : "");
            for (size_t i = 0; i < row.count; i++) {
                const struct xlsx_cell *c = &row.cells[i];
                buf_text(&b, " %.*s%s%.*s%s%s", PS(xlsx_ref(op, 0, c->column)), c->kind == XLSX_BLANK ? "" : "=",
                         PS(c->text), c->formula ? "'f" : "", c->lost_digits ? "'lost" : "");
            }
            buf_add(&b, S(";"));
        }
    }
    must(op->fault_count > before); /* false is never silent */
    struct fault *f = op->faults;
    while (f->next)
        f = f->next;
    str text = op_text(op, "%.*s: %.*s", PS(f->field), PS(f->text));
    op_forgive(op, before);
    return text;
}

static bool has(str s, const char *part)
{
    size_t at;
    return str_find(s, str_z(part), &at);
}

static str part_text(struct op *op, str bytes, const char *name)
{
    struct zip *z;
    str text = S("");
    if (!zip_open(op, (struct zip_source){.bytes = bytes, .fd = -1, .size = bytes.n}, &z) || !zip_find(z, str_z(name))
        || !zip_whole(z, zip_find(z, str_z(name)), XLSX_SMALL_PART_MAX, &text))
        return S("");
    return text;
}

/* What a program that is not ours makes of a file; run from the project's folder, as ./test does. */
static str openpyxl(struct op *op, const char *verb, str path)
{
    struct buf b;
    char chunk[4096];
    buf_init(&b, op, 0);
    FILE *f = popen(op_text(op, "/usr/bin/python3 tests/xlsx_openpyxl.py %s %.*s 2>&1", verb, PS(path)).p, "r");
    must(f);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        buf_add(&b, (str){chunk, n});
    check(pclose(f) == 0);
    return buf_str(&b);
}

static str file_bytes(struct op *op, str path)
{
    str bytes = S("");
    check(file_read(op, path, XLSX_FILE_BYTES_MAX, &bytes));
    return bytes;
}

/* ---- round trips --------------------------------------------------------------------------------------------- */

static str sample(struct op *op)
{
    struct buf b;
    struct xlsx_out *out;
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_set_property(out, S("模板"), S("冬春救助/3"));
    static const struct xlsx_column columns[] = {
        {6, XLSX_DEFAULT, false}, {20, XLSX_ID, false}, {0, XLSX_LOCKED, true}};
    xlsx_sheet(out, &(struct xlsx_page){.name = S("花名'册"), .columns = columns, .column_count = 3, .freeze_rows = 2,
                                        .freeze_columns = 1, .repeat_from = 1, .repeat_to = 2, .filter = {2, 1, 4, 3},
                                        .print = true, .protect = true, .header = S("A&B")});
    xlsx_row(out, 36);
    xlsx_text(out, XLSX_TITLE, S("2021年花名册"));
    xlsx_merge(out, 1, 1, 1, 3);
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_HEADING, S("金额"));
    xlsx_text(out, XLSX_REQUIRED, S("身份证号"));
    xlsx_text(out, XLSX_HEADING, S("键"));
    xlsx_row(out, 0);
    xlsx_number(out, XLSX_MONEY, S("-1234567.80"));
    xlsx_text(out, XLSX_ID, S("152524198001010011"));
    xlsx_text(out, XLSX_LOCKED, S(" =1+1 <&>\"\n"));
    xlsx_row_hidden(out);
    xlsx_day(out, XLSX_DATE, day_of(2021, 12, 3));
    xlsx_time(out, XLSX_DATE_TIME, op->now);
    xlsx_bool(out, XLSX_DEFAULT, true);
    xlsx_skip_rows(out, 1);
    xlsx_row(out, 0);
    xlsx_formula(out, XLSX_TOTAL_MONEY, S("SUM(A3:A4)"), S("-1234567.80"));
    xlsx_skip(out, 1);
    xlsx_blank(out, XLSX_TOTAL);
    xlsx_int(out, XLSX_INTEGER, -42);
    xlsx_comment(out, 3, 2, S("18位"));
    xlsx_choices(out, (struct xlsx_range){3, 3, 100, 3}, (str[]){S("男"), S("女")}, 2, true);
    xlsx_choices(out, (struct xlsx_range){3, 1, 100, 1}, (str[]){S("甲,乙"), S("丙")}, 2, false);
    xlsx_sheet(out, &(struct xlsx_page){.name = S("二"), .visibility = XLSX_HIDDEN});
    check(xlsx_end(out));
    return buf_str(&b);
}

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

/* ---- what other programs write -------------------------------------------------------------------------------- */

TEST("workbooks of openpyxl are read: formulas, dates, numbers that were id numbers, hidden rows and columns")
{
    str folder;
    test_dir_make(op, &folder);
    str path = op_text(op, "%.*s/a.xlsx", PS(folder));
    openpyxl(op, "make", path);
    check_str(dump(op, file_bytes(op, path)),
              S("1: A=××镇花名册;2: A=姓名 B=身份证号 C=出生日期 D=金额;3: A=张三 B=152524198001010011 C=1980-01-01 D=300.5;"
                "4藏: A=李四 B=152524198001010000'lost C=2021-12-03 08:30:00 D'f;"));
}

TEST("rich text is joined, phonetic guides are left out, prefixes and missing references do not matter")
{
    str bytes = book_of(op,
                        "<?xml version='1.0'?><!-- c --><x:worksheet xmlns:x='m'><x:sheetPr/><x:sheetData>"
                        "<x:row><x:c t='s'><x:v>0</x:v></x:c><x:c t=\"s\"><x:v>1</x:v></x:c><x:c/><x:c "
                        "t='inlineStr'><x:is><x:r><x:t>甲</x:t></x:r>"
                        "<x:r><x:t xml:space='preserve'> "
                        "乙</x:t></x:r><x:rPh><x:t>yi</x:t></x:rPh></x:is></x:c></x:row>"
                        "<x:row r='9' a='>'><x:c r='C9' t='str' ><x:f "
                        "a=\">\">A1&amp;B1</x:f><x:v><![CDATA[<x>]]></x:v></x:c><x:c t='b'><x:v>1</x:v></x:c>"
                        "<x:c t='e'><x:v>#N/A</x:v></x:c><x:c "
                        "t='d'><x:v>2021-12-03T08:30:00</x:v></x:c></x:row><x:row/></x:sheetData></x:worksheet>",
                        "<styleSheet/>",
                        "<sst><si><r><rPr><b/></rPr><t>张</t></r><r><t>&#x4e09;&lt;</t></r><rPh><t>zhang</t></rPh></"
                        "si><si><t/></si></sst>");
    check_str(dump(op, bytes), S("1: A=张三< B= C D=甲 乙;9: C=<x>'f D=TRUE E=#N/A F=2021-12-03 08:30:00;10:;"));
}

TEST("numbers keep their exact digits, rounded to the fifteen that Excel shows")
{
    static const struct {
        const char *raw, *text;
        bool lost;
    } cases[] = {
        {"0", "0", false},
        {"-0", "0", false},
        {"12", "12", false},
        {"12.50", "12.5", false},
        {"0.1", "0.1", false},
        {"007", "7", false},
        {".5", "0.5", false},
        {"-.5", "-0.5", false},
        {"1234.5599999999999", "1234.56", false},
        {"0.30000000000000004", "0.3", false},
        {"9.9999999999999999", "10", false},
        {"1E3", "1000", false},
        {"1.5e-3", "0.0015", false},
        {"999999999999999", "999999999999999", false},
        {"1000000000000000", "1000000000000000", true},
        {"3.2010119900101101E+17", "320101199001011000", true},
        {"152524198001010011", "152524198001010000", true},
        {"-12345.678", "-12345.678", false},
        {"1E-300", "1E-300", false},
        {"1E+99", "1E+99", true},
        {"0.000000000000000000001", "0.000000000000000000001", false},
        {"+5", "5", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(dump(op, sheet_of(op, op_text(op, "<row><c><v>%s</v></c></row>", cases[i].raw).p)),
                  op_text(op, "1: A=%s%s;", cases[i].text, cases[i].lost ? "'lost" : ""));
    static const char *wrong[] = {"x", "1.2.3", "1E", "--1", "1 2", "0x10", "NaN", "Infinity", "."};
    for (size_t i = 0; i < COUNT(wrong); i++)
        check(has(dump(op, sheet_of(op, op_text(op, "<row><c><v>%s</v></c></row>", wrong[i]).p)), "甲&乙!A1: "
                                                                                                  "内容格式不对（数字"
                                                                                                  "）"));
}

TEST("a number is a date when its format says so, in both calendars, and the day that never was stays a number")
{
    static const struct {
        const char *format, *raw, *text;
    } cases[] = {
        {"yyyy\\-mm\\-dd", "44533", "2021-12-03"},
        {"yyyy/m/d h:mm", "44533.354166666664", "2021-12-03 08:30:00"},
        {"h:mm:ss", "0.354166666666667", "08:30:00"},
        {"[h]:mm", "1.5", "1.5"},
        {"General", "44533", "44533"},
        {"0.00E+00", "44533", "44533"},
        {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "44533", "2021-12-03"},
        {"yyyy\"年\"m\"月\"", "44531", "2021-12-01"},
        {"\"d\"0", "5", "5"},
        {"[Red]0", "5", "5"},
        {"0.00%", "0.5", "0.5"},
        {"m/d", "1", "1900-01-01"},
        {"m/d", "59", "1900-02-28"},
        {"m/d", "60", "60"},
        {"m/d", "61", "1900-03-01"},
        {"m/d", "2958465", "9999-12-31"},
        {"m/d", "2958466", "2958466"},
        {"m/d", "-1", "-1"},
        {"m/d", "0", "0"},
        {"yyyy/m/d h:mm", "44533.9999999999", "2021-12-04 00:00:00"},
        {"mm:ss", "0.5", "12:00:00"},
        {"0;yyyy", "5", "5"},
        {"_d0\\y", "5", "5"},
        {"e\"年\"", "44533", "2021-12-03"},
        {"yyyy", "44533.5", "2021-12-03"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf code;
        buf_init(&code, op, 0);
        xml_escape(&code, str_z(cases[i].format));
        str styles = op_text(op,
                             "<styleSheet><numFmts><numFmt numFmtId=\"200\" "
                             "formatCode=\"%.*s\"/></numFmts><cellXfs><xf/>"
                             "<xf numFmtId=\"200\"/></cellXfs></styleSheet>",
                             PS(buf_str(&code)));
        str sheet = op_text(op, "<worksheet><sheetData><row><c s=\"1\"><v>%s</v></c></row></sheetData></worksheet>",
                            cases[i].raw);
        check_str(dump(op, book_of(op, sheet.p, styles.p, "<sst/>")), op_text(op, "1: A=%s;", cases[i].text));
    }
    str bytes =
        book_of(op,
                "<worksheet><sheetData><row><c s='0'><v>44533</v></c><c s='1'><v>31</v></c><c "
                "s='9'><v>5</v></c></row>"
                "</sheetData></worksheet>",
                "<styleSheet><cellXfs><xf numFmtId='14'/><xf numFmtId='31'/></cellXfs></styleSheet>", "<sst/>");
    check_str(dump(op, bytes), S("1: A=2021-12-03 B=1900-01-31 C=5;"));
    const struct part parts[] = {
        {S("xl/workbook.xml"), S("<workbook><workbookPr date1904='1'/><sheets><sheet name='a' "
                                 "r:id='r1'/></sheets></workbook>")},
        {S("xl/_rels/workbook.xml.rels"),
         op_text(op, "<R>" REL REL "</R>", "r1", "worksheet", "s.xml", "r2", "styles", "t.xml")},
        {S("xl/s.xml"), S("<worksheet><sheetData><row><c s='0'><v>0</v></c><c "
                          "s='0'><v>43071</v></c></row></sheetData></worksheet>")},
        {S("xl/t.xml"), S("<styleSheet><cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>")},
    };
    check_str(dump(op, zip_of(op, parts, COUNT(parts))), S("1: A=1904-01-01 B=2021-12-03;"));
}

/* ---- hostile and mistaken files ------------------------------------------------------------------------------- */

TEST("files that are not workbooks are named, with what to do")
{
    char old[1600] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    char locked[1600] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    old[30] = locked[30] = 9; /* sectors of 512 bytes; the directory is sector 1, at 1024 */
    old[48] = locked[48] = 1;
    for (int i = 0; i < 16; i++)
        locked[1024 + 128 + 2 * i] = "EncryptedPackage"[i];
    const struct {
        str bytes;
        const char *says;
    } cases[] = {
        {S(""), "文件是空的"},
        {{old, sizeof old}, "旧格式的表格"},
        {{locked, sizeof locked}, "去掉密码"},
        {S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "旧格式的表格"},
        {S("%PDF-1.7"), "PDF"},
        {S("\r\n <html><table>"), "网页"},
        {S("姓名,身份证号\r\n"), "CSV"},
        {S("Rar!\x1A"), "压缩包"},
        {S("PK\3\4"), "不完整"},
        {zip_of(op, (struct part[]){{S("word/document.xml"), S("x")}}, 1), "Word"},
        {zip_of(op, (struct part[]){{S("ppt/presentation.xml"), S("x")}}, 1), "演示文稿"},
        {zip_of(op, (struct part[]){{S("xl/workbook.bin"), S("x")}}, 1), ".xlsb"},
        {zip_of(op, (struct part[]){{S("META-INF/manifest.xml"), S("x")}}, 1), ".ods"},
        {zip_of(op, (struct part[]){{S("花名册.txt"), S("x")}}, 1), "压缩包"},
        {zip_of(op, (struct part[]){{S("xl/workbook.xml"), S("x")}, {S("xl/vbaProject.bin"), S("x")}}, 2), "宏"},
        {zip_of(op, (struct part[]){{S("xl/workbook.xml"), S("<workbook/>")}}, 1), "没有工作表"},
        {zip_of(op, (struct part[]){{S("../x"), S("x")}}, 1), "不合规的名称"},
        {zip_of(op, (struct part[]){{S("a\\b"), S("x")}}, 1), "不合规的名称"},
        {zip_of(op, (struct part[]){{S("a"), S("x")}, {S("a"), S("x")}}, 2), "同名"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check(has(dump(op, cases[i].bytes), cases[i].says));
}

/* The first central directory entry's field at `offset`, changed. */
static str entry_poked(struct op *op, str bytes, size_t offset, uint8_t value)
{
    size_t at = 0;
    bytes = op_copy(op, bytes);
    check(str_find(bytes, S("PK\1\2"), &at));
    ((char *)bytes.p)[at + offset] = (char)value;
    return bytes;
}

TEST("an encrypted part, an unknown method, zip64 and a lie about the size are refused")
{
    str bytes = sample(op);
    check(has(dump(op, entry_poked(op, bytes, 8, 1)), "去掉密码"));
    check(has(dump(op, entry_poked(op, bytes, 10, 12)), "压缩方式 12"));
    check(has(dump(op, entry_poked(op, bytes, 16, 1)), "校验和不符"));
    check(has(dump(op, entry_poked(op, bytes, 24, 1)), "大小"));
    str big = bytes;
    for (size_t i = 20; i < 24; i++)
        big = entry_poked(op, big, i, 0xFF);
    check(has(dump(op, big), "zip64"));
}

TEST("a zip bomb is stopped by its ratio, long before it is inflated whole")
{
    struct buf b;
    struct zip_out *out = zip_out_new(op, memory(op, &b), 9);
    struct part parts[] = {
        {S("xl/workbook.xml"), S("<workbook><sheets><sheet name='a' r:id='r1'/></sheets></workbook>")},
        {S("xl/_rels/workbook.xml.rels"), op_text(op, "<R>" REL "</R>", "r1", "worksheet", "s.xml")},
        {S("xl/s.xml"), S("<worksheet><sheetData>")},
    };
    for (size_t i = 0; i < COUNT(parts); i++) {
        zip_out_part(out, parts[i].name);
        zip_out_add(out, parts[i].text);
    }
    struct buf rows;
    buf_init(&rows, op, 0);
    for (int i = 0; i < 1000; i++)
        buf_text(&rows, "<row>%0*d</row>", 1000, 0);
    for (int i = 0; i < 64; i++)
        zip_out_add(out, buf_str(&rows));
    zip_out_add(out, S("</sheetData></worksheet>"));
    check(zip_out_end(out));
    check(has(dump(op, buf_str(&b)), "膨胀异常"));
    check(b.n < 1 << 20);
}

TEST("all parts together may not inflate beyond the limit")
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, sample(op), &book) && xlsx_rows_open(book, 0, &rows));
    book->zip->inflated = XLSX_INFLATED_MAX - 100; /* as after a gigabyte of other sheets */
    check(!xlsx_row_next(rows, &row, &found));
    check(op->fault_count == 1 && has(op->faults->text, "展开后超过 2000 MB"));
    op_forgive(op, 0);
}

TEST("too many parts are refused before they are listed")
{
    struct buf b;
    struct zip_out *out = zip_out_new(op, memory(op, &b), 1);
    for (int i = 0; i <= XLSX_PARTS_MAX; i++)
        zip_out_part(out, op_text(op, "%d", i));
    check(zip_out_end(out));
    check(has(dump(op, buf_str(&b)), "部件超过 4096 个"));
}

TEST("a workbook cut off at any length is refused with a sentence")
{
    str bytes = sheet_of(op, "<row><c t='inlineStr'><is><t>张三</t></is></c></row>");
    for (size_t n = 0; n < bytes.n; n++) {
        struct op own;
        struct xlsx_book *book;
        op_init(&own, 0, 1);
        check(!xlsx_open(&own, str_part(bytes, 0, n), &book));
        check(own.fault_count == 1 && own.faults->text.n > 0);
        op_done(&own);
    }
    check_str(dump(op, bytes), S("1: A=张三;"));
}

TEST("a workbook with one byte changed gives its rows or a fault")
{
    str whole = sheet_of(op, "<row><c t='inlineStr'><is><t>张三</t></is></c></row>");
    for (size_t n = 0; n < whole.n; n++) {
        struct op own;
        op_init(&own, 0, 1);
        str bytes = op_copy(&own, whole);
        ((char *)bytes.p)[n] ^= 1 << n % 8;
        str found = dump(&own, bytes);
        check(str_eq(found, S("1: A=张三;")) || has(found, "请"));
        op_done(&own);
    }
}

TEST("sheets that break the rules are refused at the cell")
{
    static const struct {
        const char *rows, *says;
    } cases[] = {
        {"<row r='2'/><row r='2'/>", "行的次序"},
        {"<row r='0'/>", "行的次序"},
        {"<row r='1048577'/>", "行的次序"},
        {"<row r='x'/>", "行号"},
        {"<row><c r='B1'/><c r='A1'/></row>", "单元格次序"},
        {"<row><c r='A2'/></row>", "单元格次序"},
        {"<row><c r='XFE1'/></row>", "单元格次序"},
        {"<row><c r='XFD1'/><c/></row>", "单元格次序"},
        {"<row><c t='s'><v>0</v></c></row>", "A1: 内容格式不对（文字编号"},
        {"<row><c t='s'><v>99999999999999999999</v></c></row>", "文字编号"},
        {"<row><c t='z'><v>0</v></c></row>", "单元格类型"},
        {"<row><c t='d'><v>昨天</v></c></row>", "日期"},
        {"<row><c t='inlineStr'><is><t>\xFF</t></is></c></row>", "文字编码"},
        {"<row><c t='inlineStr'><is><t>&nbsp;</t></is></c></row>", "文字编码"},
        {"<row><c t='inlineStr'><is><t>&#0;</t></is></c></row>", "文字编码"},
        {"<row><c t='inlineStr'><is><t>&#xD800;</t></is></c></row>", "文字编码"},
        {"<row><c", "标签不完整"},
        {"<row><c>", "标签不成对"},
        {"</sheetData></worksheet></a>", "标签不成对"},
        {"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>", "DTD"},
        {"<>", "标签没有名称"},
        {"<!-- ", "注释不完整"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check(has(dump(op, sheet_of(op, cases[i].rows)), cases[i].says));
    check(has(dump(op, book_of(op, "\xFF\xFE<\0w\0", "<styleSheet/>", "<sst/>")), "UTF-8"));
}

TEST("one cell of more than a megabyte is refused, not kept")
{
    char *big = op_alloc(op, (3 << 20) + 1);
    memset(big, 'a', 3 << 20);
    check(has(dump(op, sheet_of(op, op_text(op, "<row><c t='inlineStr'><is><t>%s</t></is></c></row>", big).p)), "过长"));
    check(has(dump(op, sheet_of(op, op_text(op, "<row><c a='%s'/></row>", big).p)), "过长"));
}

TEST("references are read and written as Excel writes them")
{
    static const struct {
        const char *ref;
        uint32_t row, column;
    } cases[] = {{"A1", 1, 1},    {"Z9", 9, 26},   {"AA10", 10, 27}, {"XFD1048576", 1048576, 16384},
                 {"ZZ1", 1, 702}, {"AAA1", 1, 703}};
    uint32_t row, column;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(xlsx_ref_parse(str_z(cases[i].ref), &row, &column) && row == cases[i].row && column == cases[i].column);
        check_str(xlsx_ref(op, cases[i].row, cases[i].column), str_z(cases[i].ref));
    }
    check(xlsx_ref_parse(S("$C$17"), &row, &column) && row == 17 && column == 3);
    static const char *wrong[] = {
        "", "A", "1", "A0", "XFE1", "A1048577", "a1", "A1B", "A 1", "AAAAAAAAAAAAA1", "A99999999999999"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        check(!xlsx_ref_parse(str_z(wrong[i]), &row, &column));
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
    check(has(part_text(op, once, "xl/worksheets/sheet1.xml"), "<c r=\"A3\" s=\"21\"><v>"));
    check(has(sheet, "<c r=\"A3\" s=\"23\"><v>")); /* 21 and 22 are the red copies */
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
