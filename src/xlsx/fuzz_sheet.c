/* A sheet of any bytes, in a sound workbook: it is refused with a fault, or what is read can be written and read again
 * the same, and marked without changing what is read. Half of the inputs are taken as a list of tokens, so that noise
 * reaches deep into the grammar. */
#include "xlsx/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool sink_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

static const char *tokens[] = {
    "<row>",
    "</row>",
    "<row r='2'>",
    "<row r=\"7\" hidden='1'/>",
    "<c>",
    "</c>",
    "<c/>",
    "<c t='s'>",
    "<c t=\"inlineStr\">",
    "<c r='C2' s='1'>",
    "<c r=\"A1\" s=\"2\">",
    "<c t='str'>",
    "<c t='d'>",
    "<c t='b'>",
    "<c t='e'>",
    "<v>",
    "</v>",
    "<is>",
    "</is>",
    "<t>",
    "<t xml:space='preserve'>",
    "</t>",
    "<r>",
    "</r>",
    "<rPh>",
    "</rPh>",
    "<f>",
    "</f>",
    "0",
    "1",
    "44533",
    ".5",
    "-",
    "E+17",
    "15252419800101",
    "张三",
    "&amp;",
    "&#x10FFFF;",
    "_x0041_",
    "_x005F_",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "2021-12-03T08:30:00",
    "<sheetData>",
    "</sheetData>",
    "<sheetData/>",
    "\r\n",
    "<mergeCells>",
    "<mergeCell ref='A1:B2'/>",
    "<cols>",
    "</cols>",
    "<col min='1' max='9' hidden='1'/>",
    "<legacyDrawing r:id='r1'/>",
    "<extLst/>",
    "<x:row>",
    "</x:row>",
    "<x:c>",
    "</x:c>",
};

static str book_of(struct op *op, str sheet)
{
    struct buf *b = op_new(op, struct buf);
    buf_init(b, op, 0);
    struct zip_out *out = zip_out_new(op, (struct xlsx_sink){sink_write, b}, 1);
#define TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    const str parts[][2] = {
        {S("xl/workbook.xml"), S("<workbook><sheets><sheet name='a' r:id='r1'/></sheets></workbook>")},
        {S("[Content_Types].xml"), S("<Types/>")},
        {S("xl/_rels/workbook.xml.rels"), S("<R><Relationship Id='r1' Type='" TYPE "worksheet' "
                                                                                   "Target='s.xml'/><Relationship "
                                                                                   "Id='r2' Type='" TYPE
                                            "styles' Target='t.xml'/><Relationship Id='r3' Type='" TYPE "sharedString"
                                                                                                        "s' "
                                                                                                        "Target='u."
                                                                                                        "xml'/></"
                                                                                                        "R>")},
        {S("xl/t.xml"), S("<styleSheet><fills><fill/></fills><cellXfs><xf/><xf numFmtId='14'/><xf "
                          "numFmtId='22'/></cellXfs></styleSheet>")},
        {S("xl/u.xml"), S("<sst><si><t>甲</t></si><si><r><t>乙</t></r><r><t>丙</t></r></si></sst>")},
        {S("xl/s.xml"), sheet},
    };
#undef TYPE
    for (size_t i = 0; i < COUNT(parts); i++) {
        zip_out_part(out, parts[i][0]);
        zip_out_add(out, parts[i][1]);
    }
    must(zip_out_end(out));
    return buf_str(b);
}

/* Cells as text, blank ones left out; false: refused. With `copy`, they are written there too. */
static bool take(struct op *op, str bytes, struct buf *ret, struct xlsx_out *copy)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct xlsx_layout layout;
    uint32_t last = 0;
    if (!xlsx_open(op, bytes, &book) || !xlsx_layout(book, 0, &layout) || !xlsx_rows_open(book, 0, &rows))
        return false;
    for (bool found = true;;) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found)
            return true;
        must(row.number > last && row.number <= XLSX_ROWS_MAX);
        if (copy) {
            xlsx_skip_rows(copy, row.number - last - 1);
            must(xlsx_row(copy, 0));
        }
        last = row.number;
        uint32_t column = 0;
        for (size_t i = 0; i < row.count; i++) {
            const struct xlsx_cell *c = &row.cells[i];
            must(c->column > column && c->column <= XLSX_COLUMNS_MAX && utf8_valid(c->text) && c->kind < XLSX_KINDS);
            must(xlsx_row_cell(&row, c->column) == c);
            if (copy) {
                xlsx_skip(copy, c->column - column - 1);
                xlsx_text(copy, XLSX_PARAGRAPH, c->text);
            }
            column = c->column;
            if (c->text.n)
                buf_text(ret, "%u,%u=%.*s\n", row.number, c->column, PS(c->text));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    struct buf sheet, once, twice, file, marked;
    op_init(&op, 1638752400000, 7);
    buf_init(&sheet, &op, 0);
    buf_init(&once, &op, 0);
    buf_init(&twice, &op, 0);
    buf_init(&file, &op, 0);
    buf_init(&marked, &op, 0);
    if (size && data[0] % 2) {
        buf_add(&sheet, S("<worksheet><sheetData>"));
        for (size_t i = 1; i < size; i++)
            buf_add(&sheet, str_z(tokens[data[i] % COUNT(tokens)]));
        buf_add(&sheet, S("</sheetData></worksheet>"));
    } else {
        buf_add(&sheet, (str){(const char *)data, size});
    }
    str bytes = book_of(&op, buf_str(&sheet));
    struct xlsx_out *out;
    must(xlsx_begin(&op, (struct xlsx_sink){sink_write, &file}, &out));
    xlsx_sheet(out, &(struct xlsx_page){.name = S("a")});
    bool read = take(&op, bytes, &once, out);
    must(read == (op.fault_count == 0)); /* a refusal is said, and once */
    must(op.fault_count <= 1);
    if (read) {
        must(xlsx_end(out) && take(&op, buf_str(&file), &twice, NULL));
        must(str_eq(buf_str(&once), buf_str(&twice)));
        struct xlsx_book *book;
        const struct xlsx_mark marks[] = {{0, 2, 2, S("错")}, {0, 1, 3, S("错")}, {0, 9, 1, S("错")}};
        must(xlsx_open(&op, bytes, &book));
        if (xlsx_mark_book(book, (struct xlsx_sink){sink_write, &marked}, marks, COUNT(marks))) {
            twice.n = 0;
            must(take(&op, buf_str(&marked), &twice, NULL) && str_eq(buf_str(&once), buf_str(&twice)));
        } else {
            must(op.fault_count == 1);
        }
    }
    op_done(&op);
    return 0;
}
