/* A Word document, as little of it as an office needs: the same title, headings, paragraphs, tables and figures as on
 * paper. ECMA-376 part 1, clauses 11 and 17; fonts and sizes are those of GB/T 9704-2012. */
#include "base/xml.h"
#include "report/inner.h"
#include "xlsx/zip.h"

#include <stdlib.h>

#define W_NS "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define R_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* Sizes are half points: 二号 is 22 pt, 三号 16 pt, 小四 12 pt. First lines stand two characters in, 22 rows on a page (28.99 pt). */
static const struct look {
    const char *id, *name, *font;
    int size;
    const char *paragraph;
} looks[] = {
    {"Normal", "Normal", "仿宋_GB2312", 32,
     "<w:spacing w:line=\"580\" w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>"},
    {"Title", "Title", "方正小标宋简体", 44,
     "<w:spacing w:line=\"700\" w:lineRule=\"exact\" w:after=\"400\"/><w:ind w:firstLineChars=\"0\" "
     "w:firstLine=\"0\"/><w:jc w:val=\"center\"/>"},
    {"Heading1", "heading 1", "黑体", 32, "<w:keepNext/><w:outlineLvl w:val=\"0\"/>"},
    {"Heading2", "heading 2", "楷体_GB2312", 32, "<w:keepNext/><w:outlineLvl w:val=\"1\"/>"},
    {"Cell", "Cell", "仿宋_GB2312", 24,
     "<w:spacing w:line=\"360\" w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"0\" w:firstLine=\"0\"/><w:jc "
     "w:val=\"center\"/>"},
    {"Bar", "Bar", "黑体", 18,
     "<w:spacing w:line=\"360\" w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"0\" w:firstLine=\"0\"/><w:jc "
     "w:val=\"left\"/>"},
    {"Sign", "Sign", "仿宋_GB2312", 32, "<w:keepNext/><w:spacing w:line=\"580\" w:lineRule=\"exact\"/><w:jc w:val=\"right\"/>"},
};

static void run(struct buf *b, str text)
{
    buf_add(b, S("<w:r><w:t xml:space=\"preserve\">"));
    xtree_escape(b, text);
    buf_add(b, S("</w:t></w:r>"));
}

static void paragraph(struct buf *b, const char *look, str text)
{
    buf_text(b, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/></w:pPr>", look);
    run(b, text);
    buf_add(b, S("</w:p>"));
}

static bool counts_with(str text, str after)
{
    static const str digits = SC("一二三四五六七八九十");
    size_t n = 0, at;
    while (text.n) {
        str rest = text;
        (void)utf8_next(&rest);
        if (!str_find(digits, str_part(text, 0, text.n - rest.n), &at))
            break;
        text = rest;
        n++;
    }
    return n && str_starts(text, after);
}

/* 一、 is a heading of the first level and （一） of the second, when it is a line of its own and not the beginning of a
 * sentence. */
static const char *look_of(const struct report_block *b)
{
    size_t at;
    if (b->run_count != 1 || str_find(b->runs[0].text, S("。"), &at))
        return "Normal";
    str text = str_trim(b->runs[0].text);
    if (counts_with(text, S("、")))
        return "Heading1";
    return str_starts(text, S("（")) && counts_with(str_part(text, strlen("（"), text.n), S("）")) ? "Heading2" : "Normal";
}

/* A figure carries its indicator as a content control, so that whoever edits the words does not type over it. */
static void figure(struct buf *b, const struct report *r, const struct report_run *x)
{
    buf_add(b, S("<w:sdt><w:sdtPr><w:alias w:val=\""));
    xtree_escape(b, r->figures[x->figure].indicator->name);
    buf_add(b, S("\"/><w:lock w:val=\"contentLocked\"/></w:sdtPr><w:sdtContent>"));
    run(b, x->text);
    buf_add(b, S("</w:sdtContent></w:sdt>"));
}

/* last: it goes with the signature below it, which is never alone on a page. */
static void block(struct buf *b, const struct report *r, const struct report_block *x, bool last)
{
    buf_text(b, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/>%s</w:pPr>", look_of(x), last ? "<w:keepNext/>" : "");
    for (size_t i = 0; i < x->run_count; i++) {
        if (x->runs[i].figure >= 0)
            figure(b, r, &x->runs[i]);
        else
            run(b, x->runs[i].text);
    }
    buf_add(b, S("</w:p>"));
}

#define BORDER(side) "<w:" side " w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>"

/* A bar is as many full blocks as it is long: Word draws it without a picture, and who edits it sees what it is. */
static void bar_or_text(struct buf *b, str cell)
{
    enum { BLOCKS = 20 };
    if (!str_starts(cell, S(REPORT_BAR))) {
        paragraph(b, "Cell", cell);
        return;
    }
    double share = strtod(cell.p + strlen(REPORT_BAR), NULL);
    int blocks = (int)(share * BLOCKS + 0.5);
    buf_add(b, S("<w:p><w:pPr><w:pStyle w:val=\"Bar\"/></w:pPr><w:r><w:t>"));
    for (int i = 0; i < (blocks > 0 ? blocks : 1); i++)
        buf_add(b, S("█"));
    buf_add(b, S("</w:t></w:r></w:p>"));
}

static void table(struct buf *b, const str *cells, size_t rows, size_t columns)
{
    enum { WIDTH = 8844 }; /* the type area of 156 mm in twentieths of a point */
    buf_text(b,
             "<w:tbl><w:tblPr><w:tblW w:w=\"%d\" w:type=\"dxa\"/><w:tblBorders>" BORDER("top") BORDER("left")
                 BORDER("bottom") BORDER("right") BORDER("insideH")
                     BORDER("insideV") "</w:tblBorders></w:tblPr><w:tblGrid>",
             WIDTH);
    for (size_t c = 0; c < columns; c++)
        buf_text(b, "<w:gridCol w:w=\"%d\"/>", WIDTH / (int)columns);
    buf_add(b, S("</w:tblGrid>"));
    for (size_t row = 0; row < rows; row++) {
        buf_text(b, "<w:tr><w:trPr><w:cantSplit/>%s</w:trPr>", row == 0 ? "<w:tblHeader/>" : "");
        for (size_t c = 0; c < columns; c++) {
            buf_text(b, "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/></w:tcPr>", WIDTH / (int)columns);
            bar_or_text(b, cells[row * columns + c]);
            buf_add(b, S("</w:tc>"));
        }
        buf_add(b, S("</w:tr>"));
    }
    buf_add(b, S("</w:tbl>"));
}

/* Width in whole characters and halves. */
static size_t halves(str s)
{
    size_t n = 0;
    while (s.n)
        n += utf8_next(&s) < 0x80 ? 1 : 2;
    return n;
}

/* As the paper room sets them without a seal: the date begins two characters right of the name; the longer one ends two from the
 * right. */
static void signed_by(struct buf *b, str name, str date)
{
    enum { GAP = 4 };
    size_t of_name = halves(name), of_date = halves(date) + GAP, longer = of_name > of_date ? of_name : of_date;
    const struct {
        str text;
        size_t end;
    } rows[] = {{name, longer - of_name}, {date, longer - of_date}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!rows[i].text.n)
            continue;
        buf_text(b, "<w:p><w:pPr><w:pStyle w:val=\"Sign\"/><w:ind w:rightChars=\"%zu\" w:right=\"%zu\"/></w:pPr>", (rows[i].end + GAP) * 50,
                 (rows[i].end + GAP) * 160);
        run(b, rows[i].text);
        buf_add(b, S("</w:p>"));
    }
}

static str document_part(struct op *op, const struct report *r)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S(XML_HEAD "<w:document xmlns:w=\"" W_NS "\" xmlns:r=\"" R_NS "\"><w:body>"));
    paragraph(&b, "Title", r->title);
    for (size_t i = 0; i < r->block_count; i++) {
        const struct report_block *x = &r->blocks[i];
        if (x->cells)
            table(&b, x->cells, x->rows, x->columns);
        else
            block(&b, r, x, i + 1 == r->block_count);
    }
    str signers = str_eq(r->of->signers, S("本人")) ? r->ask.person_name : r->of->signers;
    signed_by(&b, signers, day_shown(op, day_at(op->now)));
    /* A4 with the margins of GB/T 9704: 37 mm above, 35 below, 28 left, 26 right. */
    buf_add(&b, S("<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId3\"/><w:footerReference w:type=\"even\" "
                  "r:id=\"rId4\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"2098\" w:bottom=\"1984\" "
                  "w:left=\"1587\" w:right=\"1474\" "
                  "w:header=\"851\" w:footer=\"1588\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>"));
    return buf_str(&b);
}

static str styles_part(struct op *op)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S(XML_HEAD "<w:styles xmlns:w=\"" W_NS "\">"));
    for (size_t i = 0; i < COUNT(looks); i++) {
        const struct look *l = &looks[i];
        buf_text(&b,
                 "<w:style w:type=\"paragraph\"%s w:styleId=\"%s\"><w:name "
                 "w:val=\"%s\"/>%s<w:pPr>%s</w:pPr><w:rPr><w:rFonts w:ascii=\"%s\" w:hAnsi=\"%s\" "
                 "w:eastAsia=\"%s\"/><w:sz w:val=\"%d\"/><w:szCs w:val=\"%d\"/></w:rPr></w:style>",
                 i == 0 ? " w:default=\"1\"" : "", l->id, l->name, i == 0 ? "" : "<w:basedOn w:val=\"Normal\"/>",
                 l->paragraph, l->font, l->font, l->font, l->size, l->size);
    }
    buf_add(&b, S("</w:styles>"));
    return buf_str(&b);
}

/* — 1 — in Song of size 四号, one character in from the outer edge: right on odd pages, left on even ones. */
static str footer_part(struct op *op, const char *side)
{
#define LOOK                                                                                                         \
    "<w:rPr><w:rFonts w:ascii=\"宋体\" w:hAnsi=\"宋体\" w:eastAsia=\"宋体\"/><w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/></w:rPr>"
    return op_text(op,
                   XML_HEAD "<w:ftr xmlns:w=\"" W_NS "\"><w:p><w:pPr><w:ind w:%sChars=\"100\" w:%s=\"280\" "
                            "w:firstLineChars=\"0\" w:firstLine=\"0\"/><w:jc w:val=\"%s\"/></w:pPr>"
                            "<w:r>" LOOK "<w:t xml:space=\"preserve\">— </w:t></w:r><w:r>" LOOK
                            "<w:fldChar w:fldCharType=\"begin\"/></w:r><w:r>" LOOK
                            "<w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r>" LOOK
                            "<w:fldChar w:fldCharType=\"separate\"/></w:r><w:r>" LOOK "<w:t>1</w:t></w:r><w:r>" LOOK
                            "<w:fldChar w:fldCharType=\"end\"/></w:r><w:r>" LOOK
                            "<w:t xml:space=\"preserve\"> —</w:t></w:r></w:p></w:ftr>",
                   side, side, side);
#undef LOOK
}

bool report_docx(struct op *op, const struct report *r, str path)
{
    const struct {
        str name, text;
    } parts[] = {
        {S("[Content_Types].xml"),
         S(XML_HEAD
           "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
           "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" "
           "ContentType=\"application/xml\"/>"
           "<Override PartName=\"/word/document.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
           "<Override PartName=\"/word/styles.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>"
           "<Override PartName=\"/word/settings.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>"
           "<Override PartName=\"/word/footer1.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>"
           "<Override PartName=\"/word/footer2.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/></Types>")},
        {S("_rels/.rels"),
         S(XML_HEAD "<Relationships "
                    "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
                    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" "
                    "Target=\"word/document.xml\"/></Relationships>")},
        {S("word/_rels/document.xml.rels"),
         S(XML_HEAD "<Relationships "
                    "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
                    "Type=\"" R_NS "/styles\" Target=\"styles.xml\"/><Relationship Id=\"rId2\" "
                    "Type=\"" R_NS "/settings\" Target=\"settings.xml\"/><Relationship Id=\"rId3\" "
                    "Type=\"" R_NS "/footer\" Target=\"footer1.xml\"/><Relationship Id=\"rId4\" "
                    "Type=\"" R_NS "/footer\" Target=\"footer2.xml\"/></Relationships>")},
        {S("word/document.xml"), document_part(op, r)},
        {S("word/styles.xml"), styles_part(op)},
        {S("word/settings.xml"), S(XML_HEAD "<w:settings xmlns:w=\"" W_NS "\"><w:evenAndOddHeaders/></w:settings>")},
        {S("word/footer1.xml"), footer_part(op, "right")},
        {S("word/footer2.xml"), footer_part(op, "left")},
    };
    enum { LEVEL = 6 };
    struct zip_file *file;
    struct xlsx_sink sink;
    if (!zip_file_new(op, path, &file, &sink))
        return false;
    struct zip_out *out = zip_out_new(op, sink, LEVEL);
    for (size_t i = 0; i < COUNT(parts); i++) {
        zip_out_part(out, parts[i].name);
        zip_out_add(out, parts[i].text);
    }
    if (!zip_out_end(out))
        return false;
    zip_file_keep(file);
    return true;
}
