/* An office's own Word and Excel files: what is filled in, what stays, what is refused. */
#include "base/xml.h"
#include "report/office.h"
#include "report/test_report.h"

static const struct report_ask half = {.from = 18809, .to = 18992}; /* 2021-07-01 … 2021-12-31 */

struct test_part {
    str name, text;
};

#define TYPES "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
#define DOCUMENT(body)                                                                                               \
    "<?xml version='1.0'?><w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' "       \
    "xmlns:w14='http://schemas.microsoft.com/office/word/2010/wordml'><w:body>" body "</w:body></w:document>"
#define P(text) "<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"
#define CELL(text) "<w:tc>" P(text) "</w:tc>"

static str package(struct test_report *r, const char *name, const struct test_part *parts, size_t count)
{
    struct op *op = r->t.op;
    str path = op_text(op, "%.*s/%s", PS(r->t.folder), name);
    struct zip_file *file;
    struct xlsx_sink sink;
    must(zip_file_new(op, path, &file, &sink));
    struct zip_out *out = zip_out_new(op, sink, 6);
    for (size_t i = 0; i < count; i++) {
        zip_out_part(out, parts[i].name);
        zip_out_add(out, parts[i].text);
    }
    must(zip_out_end(out));
    zip_file_keep(file);
    return path;
}

static str word_file(struct test_report *r, str document)
{
    const struct test_part parts[] = {{S("[Content_Types].xml"), S(TYPES)},
                                      {S("word/document.xml"), document},
                                      {S("word/footnotes.xml"),
                                       S("<w:footnotes xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
                                         "<w:footnote w:id='1'><w:p><w:r><w:t>截至{{期止}}</w:t></w:r></w:p></w:footnote>"
                                         "</w:footnotes>")},
                                      {S("word/media/a.png"), S("picture")},
                                      {S("word/header1.xml"),
                                       S("<w:hdr xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
                                         "<w:p><w:r><w:t>{{年度}}年度</w:t></w:r></w:p></w:hdr>")}};
    return package(r, "a.docx", parts, COUNT(parts));
}

static str part_of(struct op *op, str path, const char *name)
{
    struct zip_source source;
    struct zip *zip;
    str text;
    bool good = zip_source_path(op, path, &source) && zip_open(op, source, &zip) && zip_find(zip, str_z(name)) &&
                zip_whole(zip, zip_find(zip, str_z(name)), 1 << 20, &text);
    check(good);
    return good ? text : S("");
}

static void town_open(struct op *op, struct test_report *r)
{
    report_open(op, r);
    check(report_setup(r->t.tx));
    report_ticket(r, r->t.east, "2021-07-01", "投诉", ",'金额':100");
    report_ticket(r, r->t.west, "2021-08-01", "咨询", ",'金额':50.50,'来人':'甲&<乙>'");
}

static struct report *filled(struct test_report *r, const struct who *who, str path, str *ret_out)
{
    struct op *op = r->t.op;
    struct office_file *form;
    struct report *report = NULL;
    *ret_out = op_text(op, "%.*s.out", PS(path));
    if (!office_file_read(op, r->t.town, r->all, path, S("表"), &form) ||
        !office_file_make(r->t.tx, r->t.town, who, r->all, form, &half, *ret_out, &report))
        return NULL;
    return report;
}

/* The texts of the filled document one after the other, a stroke at the end of each paragraph. */
static str document_text(struct op *op, const struct xtree *e)
{
    struct buf b;
    buf_init(&b, op, 0);
    if (xtree_is(e, "t"))
        buf_add(&b, e->text);
    for (const struct xtree *c = e->first; c; c = c->next)
        buf_add(&b, document_text(op, c));
    if (xtree_is(e, "p"))
        buf_add(&b, S("|"));
    return buf_str(&b);
}

static str word_filled(struct test_report *r, const struct who *who, const char *document, const char *part)
{
    struct op *op = r->t.op;
    struct xtree *root;
    str out;
    struct report *report = filled(r, who, word_file(r, str_z(document)), &out);
    if (!report || !xtree_parse(op, part_of(op, out, part), S("结果"), &root))
        return S("");
    return document_text(op, root);
}

TEST("a placeholder that Word has cut into several runs is filled with the look of the run in which it begins")
{
    struct test_report r;
    str out;
    size_t at;
    town_open(op, &r);
    str path = word_file(&r, S(DOCUMENT("<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>共{</w:t></w:r><w:r><w:t>{全部</w:t></w:r>"
                                        "<w:r><w:t>件数}</w:t></w:r><w:r><w:t xml:space='preserve'>}件 </w:t></w:r></w:p>")));
    struct report *report = filled(&r, &r.t.system, path, &out);
    test_faults(op);
    check(report != NULL);
    str text = part_of(op, out, "word/document.xml");
    check(str_find(text, S("<w:b/></w:rPr><w:t xml:space=\"preserve\">共2</w:t></w:r>"), &at));
    check(str_find(text, S("<w:t xml:space=\"preserve\">件 </w:t>"), &at));
    check_str(part_of(op, out, "word/media/a.png"), S("picture"));
    check_int((int64_t)report->figure_count, 1);
    check_int(report->blocks[0].runs[1].figure, 0);
}

TEST("a quotient that nobody has rounded is said to two digits, one that the template rounds as it is rounded")
{
    struct test_report r;
    town_open(op, &r);
    check_str(word_filled(&r, &r.t.system, DOCUMENT(P("{{全部件数 / 3}}、{{decimal(全部件数 / 3, 4)}}、{{金额合计 / 全部件数}}、{{0 - 全部件数 / 3}}")), "word/document.xml"),
              S("0.67、0.6667、75.25、-0.67|"));
    test_faults(op);
}

TEST("in Word a row is written for each record, paragraphs as long as their condition holds, headers like the rest")
{
    struct test_report r;
    town_open(op, &r);
    const char *document = DOCUMENT(
        P("{{#若 全部件数 > 5}}") P("很多") P("{{#否则}}") P("不多") P("{{#完}}") "<w:tbl><w:tr>" CELL("类型") CELL("村")
        "</w:tr><w:tr>" CELL("{{#行 全部件数}}{{序}}{{类型}}") CELL("{{村组}}{{#若 金额 &gt; 60}}！{{#完}}") "</w:tr><w:tr>" CELL(
            "{{#每 工单 当 类型 = “咨询”}}{{编号}}{{状态}}") CELL("{{来人}}{{#完}}") "</w:tr></w:tbl>" P("完"));
    check_str(word_filled(&r, &r.t.system, document, "word/document.xml"),
              S("不多|类型|村|1投诉|东村！|2咨询|西村|2021002登记|甲&<乙>|完|"));
    test_faults(op);
    check_str(word_filled(&r, &r.t.system, document, "word/header1.xml"), S("2021年度|"));
    check(str_starts(word_filled(&r, &r.t.system, document, "word/footnotes.xml"), S("截至2021")));
}

TEST("a repeated row without records stays as one empty row, and a cell keeps a paragraph when all of it is left out")
{
    struct test_report r;
    town_open(op, &r);
    check_str(word_filled(&r, &r.t.system,
                          DOCUMENT("<w:tbl><w:tr><w:tc>" P("{{#若 1 > 2}}") P("不写") P("{{#完}}") "</w:tc></w:tr><w:tr>" CELL(
                              "{{#行 工单 当 类型 = \"没有\"}}（{{编号}}）") CELL("单位") "</w:tr></w:tbl>"),
                          "word/document.xml"),
              S("||单位|"));
    check_str(word_filled(&r, &r.t.system,
                          DOCUMENT("<w:tbl><w:tr>" CELL("{{#若 1 > 2}}") CELL("{{#完}}") "</w:tr></w:tbl>" P("{{年度}}")),
                          "word/document.xml"),
              S("2021|"));
}

TEST("rows go through the village groups, each with its own figures, and the whole is a figure of the report")
{
    struct test_report r;
    struct office_file *form;
    str out;
    town_open(op, &r);
    str path = word_file(&r, S(DOCUMENT("<w:tbl><w:tr>" CELL("{{#行 各村组}}{{名称}}") CELL("{{全部件数}}") CELL(
                                  "{{#每 全部件数}}{{类型}}{{#完}}") "</w:tr></w:tbl>" P("{{金额合计}}"))));
    struct report *report = filled(&r, &r.t.system, path, &out);
    test_faults(op);
    check(report && report->figure_count == 2);
    struct xtree *root;
    check(xtree_parse(op, part_of(op, out, "word/document.xml"), S("x"), &root));
    check_str(document_text(op, root), S("东村|1|投诉|西村|1|咨询|150.5|"));
    test_change(&r.t, town_ledger(r.t.town, S("村组")), r.t.west, S("{'止':'2021-10-01'}"));
    check(filled(&r, &r.t.system, path, &out) != NULL && xtree_parse(op, part_of(op, out, "word/document.xml"), S("x"), &root));
    str text = document_text(op, root);
    size_t at;
    check(str_find(text, S("西村（2021-10-01撤销）"), &at)); /* a group that was abolished within the period says so */
    path = word_file(&r, S(DOCUMENT("<w:tbl><w:tr>" CELL("{{#行 各村组}}{{平均金额}}") "</w:tr></w:tbl>")));
    check(!office_file_read(op, r.t.town, r.all, path, S("表"), &form) && test_says(op, "分组里有“村组”的指标"));
}

TEST("records are written under the reader's own rights: without the right to export the row is empty and it is said")
{
    struct test_report r;
    str out;
    town_open(op, &r);
    struct grant reads[] = {
        {.ledger = S("工单"), .acts = 1u << ACT_READ, .whole_town = true},
        {.ledger = S("村组"), .acts = 1u << ACT_READ, .whole_town = true}};
    struct who clerk = test_who(reads, COUNT(reads));
    const char *document = DOCUMENT("<w:tbl><w:tr>" CELL("{{#行 工单}}{{编号}}") "</w:tr></w:tbl>" P("{{全部件数}}"));
    struct report *report = filled(&r, &clerk, word_file(&r, str_z(document)), &out);
    test_faults(op);
    check(report != NULL);
    check_int(report ? (int64_t)report->note_count : -1, 1);
    check_str(report && report->note_count ? report->notes[0] : S(""), S("“工单”无权导出，没有逐条写出"));
    check_str(word_filled(&r, &clerk, document, "word/document.xml"), S("|2|"));
    reads[0].acts |= 1u << ACT_EXPORT;
    check_str(word_filled(&r, &clerk, document, "word/document.xml"), S("2021001|2021002|2|"));
}

static str excel_file(struct test_report *r, const char *const *cells, size_t rows, size_t columns)
{
    struct op *op = r->t.op;
    str path = op_text(op, "%.*s/a.xlsx", PS(r->t.folder));
    struct xlsx_page page = {.name = S("表 1")};
    struct xlsx_out *out;
    must(xlsx_create(op, path, &out));
    xlsx_sheet(out, &page);
    for (size_t row = 0; row < rows; row++) {
        must(xlsx_row(out, 0));
        for (size_t c = 0; c < columns; c++) {
            const char *text = cells[row * columns + c];
            if (text && *text == '=')
                xlsx_formula(out, XLSX_INTEGER, str_z(text + 1), S("0"));
            else
                xlsx_text(out, XLSX_CENTRED, text ? str_z(text) : S(""));
        }
    }
    must(xlsx_end(out));
    return path;
}

static str excel_text(struct op *op, str path)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct buf b;
    buf_init(&b, op, 0);
    must(xlsx_open_path(op, path, &book) && xlsx_rows_open(book, 0, &rows));
    for (bool found = true; xlsx_row_next(rows, &row, &found) && found;) {
        buf_text(&b, row.hidden ? "%u藏:" : "%u:", row.number);
        for (size_t i = 0; i < row.count; i++)
            if (row.cells[i].kind != XLSX_BLANK)
                buf_text(&b, " %.*s%s", PS(row.cells[i].text), row.cells[i].kind == XLSX_NUMBER_CELL ? "#" : "");
        buf_add(&b, S("|"));
    }
    return buf_str(&b);
}

TEST("in Excel a row is written for each record and each group, figures are numbers, sums and what is below follow")
{
    static const char *const cells[] = {
        "{{年度}}年", "",
        "{{#行 各村组}}{{名称}}", "{{全部件数}}",
        "合计", "=SUM(B2:B2)",
        "{{#若 全部件数 > 5}}多", "",
        "{{#否则}}少", "{{全部件数}}件{{#完}}",
        "{{#每 全部件数}}{{序}}", "{{类型}}",
        "", "{{金额}}{{#完}}",
        "完", "=B3",
    };
    struct test_report r;
    str out;
    size_t at;
    town_open(op, &r);
    struct report *report = filled(&r, &r.t.system, excel_file(&r, cells, 8, 2), &out);
    test_faults(op);
    check(report != NULL);
    check_str(excel_text(op, out), S("1: 2021年|2: 东村 1#|3: 西村 1#|4: 合计 0#|5藏:|6: 少 2件|7: 1# 投诉|8: 100#|9: 2# 咨询|"
                                     "10: 50.5#|11: 完 0#|"));
    str sheet = part_of(op, out, "xl/worksheets/sheet1.xml");
    check(str_find(sheet, S("<f>SUM(B2:B3)</f>"), &at) && str_find(sheet, S("<f>B4</f>"), &at));
}

#define REL(id, type, target)                                                                                        \
    "<Relationship Id='" id "' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/" type "' Target='" target "'/>"
#define RUN(font, text) "<r><rPr>" font "</rPr><t xml:space='preserve'>" text "</t></r>"

/* A workbook whose shared strings have fonts of their own, one of them in a row that repeats, and one rich cell inline. */
static str rich_file(struct test_report *r)
{
    const struct test_part parts[] = {
        {S("[Content_Types].xml"), S(TYPES)},
        {S("_rels/.rels"), S("<Relationships>" REL("r1", "officeDocument", "xl/workbook.xml") "</Relationships>")},
        {S("xl/workbook.xml"), S("<workbook xmlns:r='r'><sheets><sheet name='表' r:id='r9'/></sheets></workbook>")},
        {S("xl/_rels/workbook.xml.rels"),
         S("<Relationships>" REL("r9", "worksheet", "one.xml") REL("r3", "sharedStrings", "strings.xml") "</Relationships>")},
        {S("xl/strings.xml"),
         S("<sst><si><t>平常</t></si><si>" RUN("<b/>", "共") RUN("<color rgb='FFFF0000'/><sz val='14'/>", "｛｛全部")
           RUN("<i/>", "件数｝｝件") "<r><t>（{{年度}}年）</t></r></si><si>" RUN("<b/>", "{{#行 各村组}}村：") RUN("<u/>", "{{名称}}")
           "</si></sst>")},
        {S("xl/one.xml"),
         S("<x:worksheet xmlns:x='m'><x:sheetData><x:row r='1'><x:c r='A1' t='s'><x:v>1</x:v></x:c><x:c r='B1' t='s'><x:v>0</x:v></x:c>"
           "</x:row><x:row r='2'><x:c r='A2' s='0' t='s'><x:v>2</x:v></x:c></x:row><x:row r='3'><x:c r='A3' t='inlineStr'><x:is>"
           "<x:r><x:rPr><x:b/></x:rPr><x:t>合计{{全部件数}}</x:t></x:r><x:r><x:t>件</x:t></x:r></x:is></x:c></x:row></x:sheetData></x:worksheet>")}};
    return package(r, "rich.xlsx", parts, COUNT(parts));
}

TEST("a cell of which parts have fonts of their own keeps them when it is filled: words keep theirs, what is filled in has that of "
     "its first brace, in a row that repeats as well")
{
    struct test_report r;
    str out;
    size_t at;
    town_open(op, &r);
    check(filled(&r, &r.t.system, rich_file(&r), &out) != NULL);
    test_faults(op);
    str sheet = part_of(op, out, "xl/one.xml");
    const char *const looks[] = {
        "<x:is><x:r><x:rPr><x:b/></x:rPr><x:t xml:space=\"preserve\">共</x:t></x:r>"
        "<x:r><x:rPr><x:color rgb='FFFF0000'/><x:sz val='14'/></x:rPr><x:t xml:space=\"preserve\">2</x:t></x:r>"
        "<x:r><x:rPr><x:i/></x:rPr><x:t xml:space=\"preserve\">件</x:t></x:r>"
        "<x:r><x:t xml:space=\"preserve\">（2021年）</x:t></x:r></x:is>",
        "<x:r><x:rPr><x:b/></x:rPr><x:t xml:space=\"preserve\">村：</x:t></x:r><x:r><x:rPr><x:u/></x:rPr><x:t "
        "xml:space=\"preserve\">东村</x:t></x:r>",
        "<x:r><x:rPr><x:u/></x:rPr><x:t xml:space=\"preserve\">西村</x:t></x:r>",
        "<x:r><x:rPr><x:b/></x:rPr><x:t xml:space=\"preserve\">合计2</x:t></x:r><x:r><x:t xml:space=\"preserve\">件</x:t></x:r>"};
    for (size_t i = 0; i < COUNT(looks); i++)
        if (!str_find(sheet, str_z(looks[i]), &at))
            test_failed(__FILE__, __LINE__, "%s is not in %.*s", looks[i], PS(sheet));
    check_str(excel_text(op, out), S("1: 共2件（2021年） 平常|2: 村：东村|3: 村：西村|4: 合计2件|"));
}

TEST("what is wrong in an office's file is told all at once, with the file, the place and the cure")
{
    static const struct {
        const char *cell, *next, *says;
    } excel[] = {
        {"{{没有的数}}", "", "“没有的数”读不懂"},
        {"{{#行 没有}}", "", "没有指标“没有”，也没有叫这个名字的台账"},
        {"{{#每 工单}}", "", "没有“{{#完}}”"},
        {"{{#完}}", "", "多了一个“{{#完}}”"},
        {"{{全部件数", "", "没有合上"},
        {"{{#若 全部件数 + \"a\"}}", "{{#完}}", "全部件数"},
        {"{{#行 工单 当 没有 = 1}}", "", "条件“没有 = 1”读不懂"},
        {"{{#行 投诉占比}}", "", "是比率"},
        {"{{#行 全部件数 当 金额 > 1}}", "", "自有条件"},
        {"{{#表 全部件数 按 村组}}", "", "{{#行 各村组}}"},
        {"{{#段 心得}}x{{#完}}", "", "不能写“#段”"},
        {"{{#否则}}", "", "只能写在“{{#若 …}}”和“{{#完}}”之间"},
        {"没有要填的", "", "没有一处 {{…}}"},
    };
    struct test_report r;
    struct office_file *form;
    town_open(op, &r);
    for (size_t i = 0; i < COUNT(excel); i++) {
        const char *cells[] = {excel[i].cell, excel[i].next};
        op_forgive(op, 0);
        check(!office_file_read(op, r.t.town, r.all, excel_file(&r, cells, 1, 2), S("表.xlsx"), &form));
        check(test_says(op, excel[i].says) && test_says(op, "表.xlsx"));
        if (i + 1 < COUNT(excel))
            check(test_says(op, "工作表“表 1”A1格"));
    }
    const char *two[] = {"{{甲}}", "{{乙}}"};
    op_forgive(op, 0);
    check(!office_file_read(op, r.t.town, r.all, excel_file(&r, two, 1, 2), S("表.xlsx"), &form));
    check(test_says(op, "A1格") && test_says(op, "B1格"));
}

/* How many faults name this. */
static int said_of(struct op *op, const char *part)
{
    int n = 0;
    size_t at;
    for (const struct fault *f = op->faults; f; f = f->next)
        n += str_find(f->text, str_z(part), &at);
    return n;
}

TEST("an unknown name is told together with a 每 that has no end, and a field of its records is not taken for one")
{
    struct test_report r;
    struct office_file *form;
    town_open(op, &r);
    const char *cells[] = {"{{#每 工单}}{{编号}}", "{{没有的数}}"};
    check(!office_file_read(op, r.t.town, r.all, excel_file(&r, cells, 1, 2), S("表.xlsx"), &form));
    check(said_of(op, "没有“{{#完}}”") == 1 && said_of(op, "“没有的数”读不懂") == 1 && op->fault_count == 2);
    op_forgive(op, 0);
    str path = word_file(&r, S(DOCUMENT(P("{{#每 工单}}") P("{{编号}}{{甲}}") P("{{#若 乙 > 1}}"))));
    check(!office_file_read(op, r.t.town, r.all, path, S("表.docx"), &form));
    check(said_of(op, "没有“{{#完}}”") == 2 && said_of(op, "甲") == 1 && said_of(op, "乙") >= 1 && said_of(op, "编号”") == 0);
}

TEST("placeholders of a text box are filled where they stand")
{
    struct test_report r;
    town_open(op, &r);
    const char *document = DOCUMENT("<w:p><w:r><w:t>外{{年度}}</w:t></w:r><w:r><w:pict><w:txbxContent>" P("内{{全部件数}}件") P(
        "尾") "</w:txbxContent></w:pict></w:r></w:p>");
    str text = word_filled(&r, &r.t.system, document, "word/document.xml");
    size_t at;
    test_faults(op);
    check(str_find(text, S("外2021"), &at) && str_find(text, S("内2件|尾|"), &at));
}

TEST("a Word file whose directives do not meet is refused with its paragraph and the cure")
{
    static const struct {
        const char *document, *says;
    } bad[] = {
        {DOCUMENT(P("好") P("{{没有的数}}")), "第2段“{{没有的数}}”"},
        {DOCUMENT(P("{{#每 工单}}") P("{{编号}}")), "没有“{{#完}}”"},
        {DOCUMENT(P("前面{{#每 工单}}") P("{{编号}}") P("{{#完}}")), "都单独成段"},
        {DOCUMENT(P("{{#行 工单}}{{编号}}")), "要写在表格的一行里"},
        {DOCUMENT(P("{{#每 工单}}") "<w:tbl><w:tr>" CELL("{{#完}}") "</w:tr></w:tbl>"), "都单独成段"},
        {DOCUMENT("<w:tbl><w:tr>" CELL("{{#行 工单}}") CELL("{{#若 1 > 0}}") "</w:tr><w:tr>" CELL("{{#完}}") "</w:tr></w:tbl>"), "交叉"},
        {DOCUMENT(P("{{#完}}")), "多了一个"},
        {"<!DOCTYPE x [<!ENTITY a 'b'>]><w:document/>", "DOCTYPE"},
        {DOCUMENT("<w:p>"), "标签不对应"},
    };
    struct test_report r;
    struct office_file *form;
    town_open(op, &r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        op_forgive(op, 0);
        check(!office_file_read(op, r.t.town, r.all, word_file(&r, str_z(bad[i].document)), S("文.docx"), &form));
        check(test_says(op, bad[i].says) && test_says(op, "文.docx"));
    }
}

TEST("a file that carries programs, objects or links to the outside is refused with what to do, and nothing is written")
{
    static const struct {
        const char *name, *text, *says;
    } bad[] = {
        {"word/vbaProject.bin", "x", "含有宏"},
        {"word/activeX/activeX1.xml", "<a/>", "控件"},
        {"word/embeddings/oleObject1.bin", "x", "嵌有别的文件"},
        {"xl/externalLinks/externalLink1.xml", "<a/>", "引用了别的工作簿"},
        {"word/_rels/settings.xml.rels",
         "<Relationships><Relationship Id='r1' Type='http://x/attachedTemplate' Target='http://x/a.dotm' "
         "TargetMode='External'/></Relationships>",
         "链接到外面"},
        {"word/_rels/document.xml.rels",
         "<Relationships><Relationship Id='r1' Type='http://x/hyperlink' Target='file:///etc/passwd' "
         "TargetMode='External'/></Relationships>",
         "链接到外面"},
        {"word/_rels/b.xml.rels", "<!DOCTYPE a><Relationships/>", "DOCTYPE"},
        {"word/../../a.xml", "<a/>", "已损坏"},
    };
    struct test_report r;
    struct office_file *form;
    town_open(op, &r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct test_part parts[] = {{S("[Content_Types].xml"), S(TYPES)},
                                          {S("word/document.xml"), S(DOCUMENT(P("{{年度}}")))},
                                          {str_z(bad[i].name), str_z(bad[i].text)}};
        op_forgive(op, 0);
        check(!office_file_read(op, r.t.town, r.all, package(&r, "b.docx", parts, COUNT(parts)), S("文.docx"), &form));
        check(test_says(op, bad[i].says) && test_says(op, "文.docx"));
    }
    static const char *const fetching[] = {
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\cmd.exe</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>",
        "<w:p><w:fldSimple w:instr=' includepicture \"http://x/a.png\"'/></w:p>"};
    for (size_t i = 0; i < COUNT(fetching); i++) {
        op_forgive(op, 0);
        str document = op_text(op, DOCUMENT(P("{{年度}}") "%s"), fetching[i]);
        check(!office_file_read(op, r.t.town, r.all, word_file(&r, document), S("文.docx"), &form) && test_says(op, "域"));
    }
    op_forgive(op, 0);
    check(office_file_read(op, r.t.town, r.all, word_file(&r, S(DOCUMENT(P("{{年度}}") "<w:p><w:fldSimple w:instr=' PAGE '/></w:p>"))), S("文.docx"), &form));
    const struct test_part macros[] = {
        {S("[Content_Types].xml"), S("<Types><Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/></Types>")},
        {S("word/document.xml"), S(DOCUMENT(P("{{年度}}")))}};
    op_forgive(op, 0);
    check(!office_file_read(op, r.t.town, r.all, package(&r, "c.docx", macros, 2), S("文.docx"), &form) &&
          test_says(op, "带宏的文件"));
}
