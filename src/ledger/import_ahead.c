/* Rows come from a thread that reads some way ahead of where they are taken in. If the sheet names records by what is
 * unique, the store is asked once for all that a batch of them names: each question waits for everything that is still
 * to be written. */
#include "ledger/import.h"

enum { AHEAD_ROWS = 100 }; /* at a time; more would leave the processor's memory before they are taken */

struct ahead {
    struct xlsx_ahead *rows;
    const struct column_in *by; /* NULL: none */
    struct xlsx_batch batch;
    size_t at;
};

bool reach_direct(const struct reach *reach)
{
    const struct field *end = reach->end;
    return reach->step_count == 1 && end->unique && end->type != F_COMPUTED && end->column >= 0 &&
           field_columns[end->value] == COLUMN_TEXT;
}

bool ahead_open(struct import *im, struct ahead **ret)
{
    struct ahead *a = op_new(im->side, struct ahead);
    for (size_t i = 0; i < im->columns.n && !a->by; i++)
        if (im->columns.p[i].reach && reach_direct(im->columns.p[i].reach))
            a->by = &im->columns.p[i];
    *ret = a;
    return xlsx_ahead_open(im->book, im->sheet, a->by ? BULK_FETCH_MAX : AHEAD_ROWS, &a->rows) ||
           side_failed(im->op, im->book_op);
}

/* What they name; a cell that is wrong is told when its row's turn comes. */
static bool named_fetch(struct import *im, const struct ahead *a)
{
    str texts[BULK_FETCH_MAX];
    size_t count = 0;
    const struct reach *reach = a->by->reach;
    struct field as = *reach->end;
    as.type = as.value;
    struct mark mark = op_mark(im->op);
    for (size_t i = 0; i < a->batch.count; i++) {
        const struct xlsx_row *row = &a->batch.rows[i];
        const struct xlsx_cell *cell = xlsx_row_cell(row, a->by->column);
        struct checked v;
        if (cell && row->number > im->heading_last && check_text(im->op, &as, cell->text, &v) && v.kind == CHECKED_TEXT)
            texts[count++] = v.text;
    }
    bool done = count == 0 || bulk_fetch(im->bulk, reach->of, reach->end, texts, count);
    op_reset(im->op, mark);
    return done;
}

bool ahead_next(struct import *im, struct ahead *a, struct xlsx_row *ret, bool *ret_found)
{
    if (a->at == a->batch.count) {
        a->at = 0;
        if (!xlsx_ahead_next(a->rows, &a->batch))
            return side_failed(im->op, im->book_op);
        if (a->by && !named_fetch(im, a))
            return false;
    }
    *ret_found = a->at < a->batch.count;
    if (*ret_found)
        *ret = a->batch.rows[a->at++];
    return true;
}

uint32_t ahead_about(const struct ahead *a)
{
    return a->batch.about;
}

void ahead_end(struct ahead *a)
{
    xlsx_ahead_end(a->rows);
}
