/* A Word document or an Excel sheet of any content in a sound package: it is refused with a fault, or it is filled, and
 * what comes out opens again, has every part that went in, and has no placeholder left. Inputs are taken as a list of
 * tokens, most of them as moves within a sound document, so that noise reaches deep. There is no town: figures are unknown
 * names, rows go through two village groups. */
#include "base/xml.h"
#include "report/office.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *word_tokens[] = {
    "<w:p>",
    "</w:p>",
    "<w:r>",
    "</w:r>",
    "<w:t>",
    "</w:t>",
    "<w:tbl>",
    "</w:tbl>",
    "<w:tr>",
    "</w:tr>",
    "<w:tc>",
    "</w:tc>",
    "<w:p><w:r><w:t>",
    "</w:t></w:r></w:p>",
    "</w:t></w:r></w:p><w:p><w:r><w:t>",
    "</w:t></w:r><w:r><w:t>",
    "</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>",
    "</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>",
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>",
    "</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
    "<w:br/>",
    "<w:sectPr/>",
    "<w:txbxContent>",
    "</w:txbxContent>",
    "<w:bookmarkStart w:id='1'/>",
    "{",
    "}",
    "{{",
    "}}",
    "{{年度}}",
    "{{名称}}",
    "{{#行 各村组}}",
    "{{#每 各村组}}",
    "{{#若 1 > 0}}",
    "{{#若 序 = 1}}",
    "{{#否则}}",
    "{{#完}}",
    "{{#段 x}}",
    "字&amp;",
    "｛｛年度｝｝",
};
static const char *sheet_tokens[] = {
    "<row r='1'>",
    "<row r='2'>",
    "<row r='3'>",
    "<row r='7' hidden='1'>",
    "</row>",
    "<c r='A1' t='inlineStr'><is><t>",
    "<c r='A2' t='inlineStr'><is><t>",
    "<c r='B2' t='inlineStr'><is><t>",
    "<c r='A3' t='inlineStr'><is><t>",
    "<c r='C7' t='inlineStr'><is><t>",
    "</t></is></c>",
    "</t></is></c></row><row r='4'><c r='A4' t='inlineStr'><is><t>",
    "<c><f>SUM(A1:A3)</f><v>1</v></c>",
    "<c><f t='shared' si='0' ref='A1:B2'>A1+$B$2</f></c>",
    "<c><f t='shared' si='0'/></c>",
    "{{",
    "}}",
    "{{年度}}",
    "{{名称}}",
    "{{#行 各村组}}",
    "{{#每 各村组}}",
    "{{#若 1 > 0}}",
    "{{#若 1 > 2}}",
    "{{#否则}}",
    "{{#完}}",
    "字",
    "</sheetData><mergeCells count='1'><mergeCell ref='A2:B2'/></mergeCells><sheetData>",
    "\n",
};

/* What opens is closed in the next row or paragraph more often than not. */
static const char *texts[] = {
    "{{年度}}",
    "{{名称}}",
    "{{序}}",
    "字&amp;",
    "｛｛年度｝｝",
    "{{#行 各村组}}{{名称}}",
    "{{#行 各村组}}",
    "{{#每 各村组}}{{名称}}{{#完}}",
    "{{#若 年度 > 0}}是{{#否则}}否{{#完}}",
    "甲{{年度}}乙",
    "{{#行 各村组}}{{序}}",
    "字",
    "字",
    "{",
    "}}",
    "{{#每 各村组}}",
    "{{#若 1 > 2}}",
    "{{#完}}",
    "{{#否则}}",
};
static const char *word_blocks[] = {
    "</w:t></w:r></w:p><w:p><w:r><w:t>{{#每 "
    "各村组}}</w:t></w:r></w:p><w:p><w:r><w:t>{{名称}}</w:t></w:r></w:p><w:p><w:r><w:t>"
    "{{#完}}</w:t></w:r></w:p><w:p><w:r><w:t>",
    "</w:t></w:r></w:p><w:p><w:r><w:t>{{#若 1 > 2}}</w:t></w:r></w:p><w:p><w:r><w:t>多</w:t></w:r></w:p><w:p><w:r><w:t>"
    "{{#否则}}</w:t></w:r></w:p><w:p><w:r><w:t>少</w:t></w:r></w:p><w:p><w:r><w:t>{{#完}}</w:t></w:r></"
    "w:p><w:p><w:r><w:t>",
    "</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>{{#每 "
    "各村组}}{{</w:t></w:r><w:r><w:t>名称}}</w:t></w:r></w:p></w:tc>"
    "</w:tr><w:tr><w:tc><w:p><w:r><w:t>{{序}}{{#完}}</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p><w:r><w:t>",
};

/* Well formed whatever the bytes: paragraphs, cells, rows, tables within cells. */
static void word_grow(struct buf *b, const uint8_t *data, size_t size)
{
    int depth = 0;
    buf_add(b, S("<w:p><w:r><w:t>"));
    for (size_t i = 0; i < size; i++) {
        switch (data[i] % 32) {
        case 0 ... 3:
            buf_add(b, data[i] < 96 ? str_z(word_blocks[data[i] / 32]) : S("</w:t></w:r></w:p><w:p><w:r><w:t>"));
            break;
        case 4:
            if (depth++ < 8)
                buf_add(b, S("</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>"));
            else
                depth--;
            break;
        case 5:
            if (depth)
                buf_add(b, S("</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p><w:r><w:t>"));
            depth -= depth > 0;
            break;
        case 6 ... 7:
            buf_add(b, depth ? S("</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>") : S(""));
            break;
        case 8 ... 10:
            buf_add(b, depth ? S("</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>") : S(""));
            break;
        case 11:
            buf_add(b, S("</w:t></w:r><w:r><w:t>"));
            break;
        default:
            buf_add(b, str_z(texts[(data[i] / 3) % COUNT(texts)]));
        }
    }
    buf_add(b, S("</w:t></w:r></w:p>"));
    for (; depth > 0; depth--)
        buf_add(b, S("</w:tc></w:tr></w:tbl>"));
}

static void sheet_grow(struct buf *b, const uint8_t *data, size_t size)
{
    uint32_t row = 1, column = 1;
    buf_add(b, S("<row r='1'><c r='A1' t='inlineStr'><is><t>"));
    for (size_t i = 0; i < size; i++) {
        switch (data[i] % 24) {
        case 0 ... 3:
            buf_text(b, "</t></is></c></row><row r='%u'><c r='A%u' t='inlineStr'><is><t>", row + 1, row + 1);
            row++;
            column = 1;
            break;
        case 4 ... 6:
            if (++column < 20)
                buf_text(b, "</t></is></c><c r='%c%u' t='inlineStr'><is><t>", (char)('A' + column - 1), row);
            break;
        case 7:
            if ((column += 2) < 20)
                buf_text(b, "</t></is></c><c r='%c%u'><f>SUM(A1:B%u)</f></c><c r='%c%u' t='inlineStr'><is><t>",
                         (char)('A' + column - 2), row, row, (char)('A' + column - 1), row);
            break;
        default:
            buf_add(b, str_z(texts[(data[i] / 3) % COUNT(texts)]));
        }
    }
    buf_add(b, S("</t></is></c></row>"));
}

static bool memory_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

struct fuzz_part {
    str name, text;
};

static void package(struct op *op, const struct fuzz_part *parts, size_t count, str path)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct zip_out *out = zip_out_new(op, (struct xlsx_sink){memory_write, &b}, 1);
    for (size_t i = 0; i < count; i++) {
        zip_out_part(out, parts[i].name);
        zip_out_add(out, parts[i].text);
    }
    must(zip_out_end(out) && file_make(op, path, buf_str(&b)));
}

#define W "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

static void word_put(struct op *op, str body, str path)
{
    const struct fuzz_part parts[] = {
        {S("[Content_Types].xml"), S("<Types/>")},
        {S("word/document.xml"),
         op_text(op, "<w:document xmlns:w='" W "'><w:body>%.*s</w:body></w:document>", PS(body))}};
    package(op, parts, COUNT(parts), path);
}

static void book_put(struct op *op, str body, str path)
{
    const struct fuzz_part parts[] = {
        {S("[Content_Types].xml"), S("<Types/>")},
        {S("xl/workbook.xml"), S("<workbook xmlns:r='r'><sheets><sheet name='a' r:id='r1'/></sheets></workbook>")},
        {S("xl/_rels/workbook.xml.rels"),
         S("<R><Relationship Id='r1' Type='" REL "worksheet' Target='worksheets/sheet1.xml'/></R>")},
        {S("xl/worksheets/sheet1.xml"), op_text(op, "<worksheet><sheetData>%.*s</sheetData></worksheet>", PS(body))}};
    package(op, parts, COUNT(parts), path);
}

/* No text of the result begins a placeholder. */
static void nothing_left(const struct xtree *e)
{
    size_t at;
    must(!xtree_is(e, "t") || !str_find(e->text, S("{{#"), &at));
    for (const struct xtree *c = e->first; c; c = c->next)
        nothing_left(c);
}

static void result_check(struct op *op, const struct office_file *form, str in, str out)
{
    struct zip_source a, b;
    struct zip *before, *after;
    struct xtree *root;
    str text;
    must(zip_source_path(op, in, &a) && zip_source_path(op, out, &b) && zip_open(op, a, &before) &&
         zip_open(op, b, &after));
    must(before->count == after->count);
    for (size_t i = 0; i < before->count; i++)
        must(zip_find(after, before->entries[i].name));
    const struct zip_entry *e = zip_find(after, form->word ? S("word/document.xml") : S("xl/worksheets/sheet1.xml"));
    must(zip_whole(after, e, 64 << 20, &text) && xtree_parse(op, text, S("out"), &root));
    nothing_left(root);
}

static void try_office(const uint8_t *data, size_t size, bool word)
{
    struct op op;
    struct town town = {0};
    struct indicators none = {0};
    struct unit units[] = {{.id = {.b = {1}}, .name = S("东村"), .above = {.b = {3}}, .cover_count = 1},
                           {.id = {.b = {2}}, .name = S("西村"), .above = {.b = {3}}, .cover_count = 1},
                           {.id = {.b = {3}}, .name = S("镇"), .cover_count = 3}};
    struct units tree = {.p = units, .count = COUNT(units)};
    struct buf body;
    struct office_file *form;
    op_init(&op, 1700000000000, 1);
    buf_init(&body, &op, 0);
    if (data[0] & 6)
        (word ? word_grow : sheet_grow)(&body, data + 1, size < 400 ? size - 1 : 399);
    for (size_t i = 1; i < size && i < 400 && !(data[0] & 6); i++)
        buf_add(&body, word ? str_z(word_tokens[data[i] % COUNT(word_tokens)])
                            : str_z(sheet_tokens[data[i] % COUNT(sheet_tokens)]));
    str folder = str_z(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    str in = op_text(&op, "%.*s/fuzz_office_%d.in", PS(folder), (int)getpid()), out = op_text(&op, "%.*s.out", PS(in));
    (word ? word_put : book_put)(&op, buf_str(&body), in);
    if (office_file_read(&op, &town, &none, in, S("件"), &form)) {
        struct report report = {.of = &form->of, .ask = {.from = 18809, .to = 18992}};
        struct making m = {.op = &op,
                           .town = &town,
                           .all = &none,
                           .ask = &report.ask,
                           .report = &report,
                           .units = &tree,
                           .office = true};
        if (word ? word_make(&m, form, out) : book_make(&m, form, out))
            result_check(&op, form, in, out);
        else
            must(op.fault_count > 0);
    } else {
        must(op.fault_count > 0);
    }
    unlink(op_z(&op, in));
    unlink(op_z(&op, out));
    op_done(&op);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        try_office(data, size, data[0] & 1);
    return 0;
}
