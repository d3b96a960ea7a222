/* Rows that a thread reads ahead. */
#include "xlsx/test_book.h"

enum { ROWS = 5000, BATCH = 300 };

/* A sheet of so many rows; the text of row 4000 moves its row's memory; `after` stands behind them. */
static str rows_book(struct op *op, int rows, const char *after)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "<worksheet><sheetData>");
    for (int i = 1; i <= rows; i++) {
        buf_text(&b, "<row r=\"%d\"%s><c t=\"s\"><v>%d</v></c><c><v>%d.5</v></c><c t=\"inlineStr\"><is><t>第%d行", i,
                 i % 7 ? "" : " hidden=\"1\"", i % 2, i, i);
        for (int k = 0; i == 4000 && k < 9000; k++)
            buf_text(&b, "长");
        buf_text(&b, "</t></is></c><c/><c t=\"b\"><v>1</v></c></row>");
    }
    buf_text(&b, "%s</sheetData></worksheet>", after);
    return book_of(op, op_z(op, buf_str(&b)), "<styleSheet/>", "<sst><si><t>张三</t></si><si><t>李四</t></si></sst>");
}

static bool rows_same(const struct xlsx_row *a, const struct xlsx_row *b)
{
    bool same = a->number == b->number && a->hidden == b->hidden && a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->cells[i].column == b->cells[i].column && a->cells[i].kind == b->cells[i].kind &&
               str_eq(a->cells[i].text, b->cells[i].text) && str_eq(a->cells[i].raw, b->cells[i].raw);
    return same;
}

static void same_as_one_by_one(struct op *op, int rows)
{
    struct op other;
    struct xlsx_book *book, *again;
    struct xlsx_rows *one;
    struct xlsx_row row;
    struct xlsx_ahead *ahead;
    struct xlsx_batch batch;
    bool found;
    str bytes = rows_book(op, rows, "");
    op_init(&other, op->now, 0);
    check(xlsx_open(op, bytes, &book) && xlsx_rows_open(book, 0, &one));
    check(xlsx_open(&other, bytes, &again) && xlsx_ahead_open(again, 0, BATCH, &ahead));
    int count = 0, different = 0;
    do {
        check(xlsx_ahead_next(ahead, &batch));
        check(batch.count <= BATCH);
        for (size_t i = 0; i < batch.count; i++, count++)
            different += !xlsx_row_next(one, &row, &found) || !found || !rows_same(&row, &batch.rows[i]);
    } while (batch.count);
    check_int(different, 0);
    check_int(count, rows);
    check(xlsx_row_next(one, &row, &found) && !found);
    check(xlsx_ahead_next(ahead, &batch) && batch.count == 0); /* the end stays the end */
    op_done(&other);
}

TEST("rows read ahead are those read one by one: of a sheet of many, of one batch, of none")
{
    const int sizes[] = {ROWS, BATCH, BATCH + 1, 3, 0};
    for (size_t i = 0; i < COUNT(sizes); i++)
        same_as_one_by_one(op, sizes[i]);
}

TEST("what is wrong far down in a sheet is said when its turn comes, and stays said")
{
    struct op other;
    struct xlsx_book *book;
    struct xlsx_ahead *ahead;
    struct xlsx_batch batch = {.count = 1};
    op_init(&other, op->now, 0);
    check(xlsx_open(&other, rows_book(op, ROWS, "<row><c t=\"s\"><v>9</v></c></row>"), &book));
    check(xlsx_ahead_open(book, 0, BATCH, &ahead));
    size_t count = 0;
    while (xlsx_ahead_next(ahead, &batch) && batch.count)
        count += batch.count;
    check(batch.count && count >= ROWS - BATCH && count <= ROWS);
    check(!xlsx_ahead_next(ahead, &batch));
    xlsx_ahead_end(ahead);
    check(other.fault_count == 1 && str_ends(other.faults->field, S("!A5001")));
    op_done(&other);
}

TEST("who has seen enough ends the reading, and the book is theirs again; or the op ends it")
{
    for (int by_op = 0; by_op < 2; by_op++) {
        struct op other;
        struct xlsx_book *book;
        struct xlsx_ahead *ahead;
        struct xlsx_batch batch;
        struct xlsx_rows *rows;
        struct xlsx_row row;
        bool found;
        op_init(&other, op->now, 0);
        check(xlsx_open(&other, rows_book(op, ROWS, ""), &book) && xlsx_ahead_open(book, 0, BATCH, &ahead));
        check(xlsx_ahead_next(ahead, &batch) && batch.count == BATCH && batch.rows[0].number == 1);
        if (!by_op) {
            xlsx_ahead_end(ahead);
            xlsx_ahead_end(ahead);
            check(xlsx_rows_open(book, 0, &rows) && xlsx_row_next(rows, &row, &found) && found && row.number == 1);
        }
        op_done(&other);
    }
}
