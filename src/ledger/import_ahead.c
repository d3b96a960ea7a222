/* Rows are read some way ahead of where they are taken in, if the sheet names records by what is unique: then the store
 * is asked once for all that so many rows name. Each question waits for everything that is still to be written. */
#include "ledger/import.h"

enum { AHEAD_BYTES = 1 << 20 /* of their texts; then there are fewer */ };

struct ahead {
    struct xlsx_rows *rows;
    const struct column_in *by; /* NULL: none; rows come one by one */
    struct op *memory;          /* of the rows below */
    struct xlsx_row list[BULK_FETCH_MAX];
    size_t count, at;
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
    a->memory = side_op(im->side);
    for (size_t i = 0; i < im->columns.n && !a->by; i++)
        if (im->columns.p[i].reach && reach_direct(im->columns.p[i].reach))
            a->by = &im->columns.p[i];
    *ret = a;
    return xlsx_rows_open(im->book, im->sheet, &a->rows) || side_failed(im->op, im->side);
}

static struct xlsx_row row_copy(struct op *op, const struct xlsx_row *row)
{
    struct xlsx_cell *cells = op_array(op, struct xlsx_cell, row->count);
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = row->cells[i];
        cells[i].text = op_copy(op, cells[i].text);
        cells[i].raw = op_copy(op, cells[i].raw);
    }
    return (struct xlsx_row){row->number, row->hidden, cells, row->count};
}

/* What they name; a cell that is wrong is told when its row's turn comes. */
static bool named_fetch(struct import *im, struct ahead *a)
{
    str texts[BULK_FETCH_MAX];
    size_t count = 0;
    const struct reach *reach = a->by->reach;
    struct field as = *reach->end;
    as.type = as.value;
    for (size_t i = 0; i < a->count; i++) {
        const struct xlsx_cell *cell = xlsx_row_cell(&a->list[i], a->by->column);
        struct checked v;
        if (cell && a->list[i].number > im->heading_last && check_text(a->memory, &as, cell->text, &v) &&
            v.kind == CHECKED_TEXT)
            texts[count++] = v.text;
    }
    struct mark mark = op_mark(im->op);
    bool done = count == 0 || bulk_fetch(im->bulk, reach->of, reach->end, texts, count);
    op_reset(im->op, mark);
    return done;
}

bool ahead_next(struct import *im, struct ahead *a, struct xlsx_row *ret, bool *ret_found)
{
    if (!a->by)
        return xlsx_row_next(a->rows, ret, ret_found) || side_failed(im->op, im->side);
    if (a->at == a->count) {
        if (a->memory->blocks)
            op_reset(a->memory, (struct mark){0});
        a->count = a->at = 0;
        for (size_t from = a->memory->bytes; a->count < BULK_FETCH_MAX && a->memory->bytes - from < AHEAD_BYTES;) {
            if (!xlsx_row_next(a->rows, ret, ret_found))
                return side_failed(im->op, im->side);
            if (!*ret_found)
                break;
            a->list[a->count++] = row_copy(a->memory, ret);
        }
        if (!named_fetch(im, a))
            return false;
    }
    *ret_found = a->at < a->count;
    if (*ret_found)
        *ret = a->list[a->at++];
    return true;
}

uint32_t ahead_about(const struct ahead *a)
{
    return xlsx_rows_about(a->rows);
}
