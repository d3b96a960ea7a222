/* Rows of a form written several times, and what speaks of them. */
#include "xlsx/formula.h"
#include "xlsx/test_book.h"

static void down_one(void *context, str sheet, struct ref *first, struct ref *last)
{
    str only = context ? *(str *)context : S("");
    if (!str_eq(sheet, only))
        return;
    first->row++;
    if (last)
        last->row++;
}

TEST("references of a formula are found wherever they stand, and nothing else of it is touched")
{
    static const struct {
        const char *formula, *changed;
    } cases[] = {
        {"SUM(C5:C5)*$B$1", "SUM(C6:C6)*$B$2"},
        {"\"A1\"&A1", "\"A1\"&A2"},
        {"'表 2'!A1+表2!$A1+A1", "'表 2'!A1+表2!$A1+A2"},
        {"LOG10(A1)+A1B+TRUE", "LOG10(A2)+A1B+TRUE"},
        {"SUM($1:$3)+SUM(A:A)+1", "SUM($2:$4)+SUM(A:A)+1"},
        {"T[[#This Row],[A1]]+XFD1048575", "T[[#This Row],[A1]]+XFD1048576"},
        {"A1:B2 C3,D4", "A2:B3 C4,D5"},
        {"\"没有结尾", "\"没有结尾"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(formula_change(op, str_z(cases[i].formula), down_one, NULL), str_z(cases[i].changed));
    str sheet = S("表 2");
    check_str(formula_change(op, S("'表 2'!A1+A1"), down_one, &sheet), S("'表 2'!A2+A1"));
}

static str sheet_part(struct op *op, str bytes, const char *name)
{
    struct zip *zip;
    str text;
    bool good = zip_open(op, (struct zip_source){.bytes = bytes, .fd = -1, .size = bytes.n}, &zip) &&
                zip_whole(zip, zip_find(zip, str_z(name)), 1 << 20, &text);
    check(good);
    return good ? text : S("");
}

static str repeated(struct op *op, str book_bytes, const struct xlsx_repeat *repeats, size_t count,
                    const struct xlsx_hide *hides, size_t hide_count)
{
    struct xlsx_book *book;
    struct buf b;
    bool good = xlsx_open(op, book_bytes, &book) &&
                xlsx_repeat_book(book, memory(op, &b), repeats, count, hides, hide_count);
    check(good);
    return good ? buf_str(&b) : S("");
}

TEST("a repeated row takes its formats and merged cells along, sums over it sum all copies, what stands below moves down")
{
    str book = book_of(op,
                       "<worksheet><dimension ref='A1:D4'/><sheetData>"
                       "<row r='1'><c r='A1' t='inlineStr'><is><t>头</t></is></c></row>"
                       "<row r='2' ht='20'><c r='A2' s='1'><v>1</v></c><c r='B2'><f>A2*2</f><v>2</v></c></row>"
                       "<row r='3'><c r='A3'><f>SUM(A2:A2)</f></c><c r='B3'><f>A2+B$1</f></c></row>"
                       "<row r='4'><c r='A4'><f>A3</f></c></row></sheetData>"
                       "<mergeCells count='2'><mergeCell ref='C2:D2'/><mergeCell ref='C3:D4'/></mergeCells>"
                       "<conditionalFormatting sqref='A2 B3'/></worksheet>",
                       "<styleSheet/>", "<sst/>");
    const struct xlsx_repeat twice = {.sheet = 0, .first = 2, .last = 2, .copies = 3};
    const struct xlsx_hide hide = {.sheet = 0, .row = 6};
    str text = sheet_part(op, repeated(op, book, &twice, 1, &hide, 1), "xl/sheets/one.xml");
    size_t at;
    static const char *const parts[] = {
        "<row r=\"2\" ht=\"20\"><c r=\"A2\" s=\"1\"><v>1</v></c><c r=\"B2\"><f>A2*2</f>",
        "<row r=\"4\" ht=\"20\"><c r=\"A4\" s=\"1\"><v>1</v></c><c r=\"B4\"><f>A4*2</f>",
        "<c r=\"A5\"><f>SUM(A2:A4)</f></c><c r=\"B5\"><f>A2+B$1</f></c>",
        "<row hidden=\"1\" r=\"6\"><c r=\"A6\"><f>A5</f></c></row>",
        "<mergeCells count=\"4\"><mergeCell ref=\"C2:D2\"/>",
        "<mergeCell ref=\"C3:D3\"/>",
        "<mergeCell ref=\"C4:D4\"/>",
        "<mergeCell ref=\"C5:D6\"/>",
        "sqref=\"A2:A4 B5\"",
        "ref=\"A1:D6\"",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!str_find(text, str_z(parts[i]), &at))
            test_failed(__FILE__, __LINE__, "%s is not in %.*s", parts[i], PS(text));
}

TEST("a chart over the row that is repeated shows all copies, drawn from the cells; the name of its series and what stands elsewhere do not grow")
{
    static const char sheet[] = "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c></row><row r='2'><c r='A2'><v>1</v></c></row>"
                                "<row r='3'><c r='A3'><v>1</v></c></row></sheetData></worksheet>";
    static const char chart[] = "<c:chartSpace xmlns:c='c'><c:ser><c:tx><c:strRef><c:f>'甲&amp;乙'!$A$2</c:f></c:strRef></c:tx>"
                                "<c:cat><c:strRef><c:f>'甲&amp;乙'!$A$2</c:f><c:strCache><c:ptCount val='1'/></c:strCache></c:strRef></c:cat>"
                                "<c:val><c:numRef><c:f>'甲&amp;乙'!$B$2</c:f><c:numCache/></c:numRef></c:val>"
                                "<c:val><c:numRef><c:f>'甲&amp;乙'!$B$3</c:f><c:numCache/></c:numRef></c:val></c:ser></c:chartSpace>";
    struct zip *zip;
    struct part parts[16];
    size_t count = 0;
    str book = book_of(op, sheet, "<styleSheet/>", "<sst/>");
    check(zip_open(op, (struct zip_source){.bytes = book, .fd = -1, .size = book.n}, &zip));
    for (; count < zip->count; count++) {
        parts[count].name = zip->entries[count].name;
        check(zip_whole(zip, &zip->entries[count], 1 << 20, &parts[count].text));
    }
    parts[count++] = (struct part){S("xl/charts/chart1.xml"), str_z(chart)};
    const struct xlsx_repeat thrice = {.sheet = 0, .first = 2, .last = 2, .copies = 3};
    str text = sheet_part(op, repeated(op, zip_of(op, parts, count), &thrice, 1, NULL, 0), "xl/charts/chart1.xml");
    static const char *const has[] = {"<c:tx><c:strRef><c:f>'甲&amp;乙'!$A$2</c:f>", "<c:cat><c:strRef><c:f>'甲&amp;乙'!$A$2:$A$4</c:f></c:strRef>",
                                      "<c:val><c:numRef><c:f>'甲&amp;乙'!$B$2:$B$4</c:f></c:numRef>", "<c:f>'甲&amp;乙'!$B$5</c:f><c:numCache/>"};
    size_t at;
    for (size_t i = 0; i < COUNT(has); i++)
        if (!str_find(text, str_z(has[i]), &at))
            test_failed(__FILE__, __LINE__, "%s is not in %.*s", has[i], PS(text));
}

TEST("a formula that cells share is written out in each, so that rows may move apart")
{
    str book = book_of(op,
                       "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c><c r='B1'><f t='shared' ref='B1:B3' "
                       "si='0'>A1+$A$1</f></c></row>"
                       "<row r='2'><c r='B2'><f t='shared' si='0'/></c></row><row r='3'><c r='B3'><f t='shared' "
                       "si='0'/></c></row></sheetData></worksheet>",
                       "<styleSheet/>", "<sst/>");
    const struct xlsx_repeat twice = {.sheet = 0, .first = 2, .last = 2, .copies = 2};
    str text = sheet_part(op, repeated(op, book, &twice, 1, NULL, 0), "xl/sheets/one.xml");
    size_t at;
    check(str_find(text, S("<c r=\"B1\"><f>A1+$A$1</f>"), &at) && str_find(text, S("<c r=\"B3\"><f>A3+$A$1</f>"), &at) &&
          str_find(text, S("<c r=\"B4\"><f>A4+$A$1</f>"), &at));
}
