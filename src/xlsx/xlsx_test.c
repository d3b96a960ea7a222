#include "base/test.h"
#include "xlsx/xlsx.h"

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

TEST("what is written is read back the same")
{
    struct buf b;
    struct xlsx_out *out;
    check(xlsx_begin(op, memory(op, &b), &out));
    xlsx_sheet(out, &(struct xlsx_page){.name = S("花名册"), .print = true, .freeze_rows = 1});
    check(xlsx_row(out, 0));
    xlsx_text(out, XLSX_TITLE, S("标题"));
    check(xlsx_row(out, 0));
    xlsx_number(out, XLSX_MONEY, S("-12.30"));
    xlsx_day(out, XLSX_DATE, day_of(2021, 12, 3));
    xlsx_time(out, XLSX_DATE_TIME, op->now);
    check(xlsx_end(out));
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, buf_str(&b), &book));
    check(xlsx_rows_open(book, 0, &rows));
    check(xlsx_row_next(rows, &row, &found) && found);
    check_str(row.cells[0].text, S("标题"));
    check(xlsx_row_next(rows, &row, &found) && found);
    check_str(row.cells[0].text, S("-12.3"));
    check_str(row.cells[1].text, S("2021-12-03"));
    check_str(row.cells[2].text, S("2021-12-06 09:00:00"));
    check(xlsx_row_next(rows, &row, &found) && !found);
}
