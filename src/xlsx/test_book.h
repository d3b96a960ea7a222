/* Workbooks in memory, for the tests of this room. */
#pragma once

#include <stdio.h>
#include <unistd.h>

#include "base/test.h"
#include "xlsx/book.h"

[[maybe_unused]] static bool sink_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

[[maybe_unused]] static struct xlsx_sink memory(struct op *op, struct buf *b)
{
    buf_init(b, op, 0);
    return (struct xlsx_sink){sink_write, b};
}

[[maybe_unused]] static const struct xlsx_page plain = {.name = SC("表")};

struct part {
    str name, text;
};

[[maybe_unused]] static str zip_of(struct op *op, const struct part *parts, size_t count)
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
[[maybe_unused]] static str book_of(struct op *op, const char *sheet, const char *styles, const char *strings)
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

[[maybe_unused]] static str sheet_of(struct op *op, const char *rows)
{
    return book_of(op, op_text(op, "<worksheet><sheetData>%s</sheetData></worksheet>", rows).p, "<styleSheet/>",
                   "<sst/>");
}

/* Everything in the first sheet as one text: "2: A=文字 C=12.3;" … A fault gives its words instead. */
[[maybe_unused]] static str dump(struct op *op, str bytes)
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

[[maybe_unused]] static bool has(str s, const char *part)
{
    size_t at;
    return str_find(s, str_z(part), &at);
}

[[maybe_unused]] static str part_text(struct op *op, str bytes, const char *name)
{
    struct zip *z;
    str text = S("");
    if (!zip_open(op, (struct zip_source){.bytes = bytes, .fd = -1, .size = bytes.n}, &z) || !zip_find(z, str_z(name))
        || !zip_whole(z, zip_find(z, str_z(name)), XLSX_SMALL_PART_MAX, &text))
        return S("");
    return text;
}

/* What a program that is not ours makes of a file; run from the project's folder, as ./test does. */
[[maybe_unused]] static str openpyxl(struct op *op, const char *verb, str path)
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

[[maybe_unused]] static str file_bytes(struct op *op, str path)
{
    str bytes = S("");
    check(file_read(op, path, XLSX_FILE_BYTES_MAX, &bytes));
    return bytes;
}

[[maybe_unused]] static str sample(struct op *op)
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
