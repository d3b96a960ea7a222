/* Reading what we have not written: other programs, mistakes, attacks. */
#include "xlsx/test_book.h"

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
        {"\"日期\"yyyy/m/d", "44533", "2021-12-03"},
        {"0\"d", "5", "5"},
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
