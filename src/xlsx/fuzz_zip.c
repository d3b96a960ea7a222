/* Any bytes as a workbook, and a sound workbook with some bytes changed: rows or a fault, never both, never a crash.
 * The input is read as bytes, and again as a list of changes: two bytes where, one byte what. */
#include "xlsx/xlsx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool sink_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

static bool all_read(struct op *op, str bytes)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    if (!xlsx_open(op, bytes, &book))
        return false;
    for (size_t i = 0; i < xlsx_sheet_count(book); i++) {
        if (!xlsx_rows_open(book, i, &rows))
            return false;
        for (bool found = true; found;)
            if (!xlsx_row_next(rows, &row, &found))
                return false;
    }
    struct buf b;
    buf_init(&b, op, 0);
    return xlsx_mark_book(book, (struct xlsx_sink){sink_write, &b}, &(struct xlsx_mark){0, 1, 1, S("错")}, 1);
}

static void try_one(struct op *op, str bytes)
{
    bool good = all_read(op, bytes);
    must(good == (op->fault_count == 0));
    must(op->fault_count <= 1);
    op_forgive(op, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    struct buf b;
    struct xlsx_out *out;
    op_init(&op, 1638752400000, 7);
    try_one(&op, (str){(const char *)data, size});
    buf_init(&b, &op, 0);
    must(xlsx_begin(&op, (struct xlsx_sink){sink_write, &b}, &out));
    xlsx_level(out, 0); /* stored blocks: changes reach the XML, and checksums catch most of them */
    xlsx_sheet(out, &(struct xlsx_page){.name = S("a"), .print = true});
    must(xlsx_row(out, 0));
    xlsx_text(out, XLSX_TITLE, S("甲"));
    xlsx_comment(out, 1, 1, S("乙"));
    must(xlsx_end(out));
    for (size_t i = 0; i + 2 < size; i += 3)
        b.p[((size_t)data[i] << 8 | data[i + 1]) % b.n] = (char)data[i + 2];
    try_one(&op, buf_str(&b));
    op_done(&op);
    return 0;
}
