/* Titles: how a record is called where it is referred to. Nearly all are names and literals put together, and a page
 * needs one for each row, so those are read in pieces (feel_pieces) straight from the cells. FEEL itself is asked when
 * a title is more than that, or when a part of it is missing. */
#include "ledger/inner.h"

/* A cell in a title, as string() would write it; false: FEEL is to say. */
static bool cell_put(struct buf *b, const struct field *f, struct arg cell, enum feel_piece_kind kind)
{
    char text[DAY_TEXT_BYTES];
    if (cell.kind == ARG_NULL)
        return false;
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        buf_add(b, cell.text);
        return kind != FEEL_PIECE_YEAR;
    case COLUMN_INT:
        buf_int(b, cell.i);
        return kind == FEEL_PIECE_STRING && field_scale(f) == 0;
    case COLUMN_DAY: {
        size_t n = day_put(text, (day)cell.i);
        /* years of four digits: others are written in other ways */
        bool usual = n == sizeof "2021-12-31" - 1 && text[0] != '0' && text[0] != '-';
        buf_add(b, (str){text, kind == FEEL_PIECE_YEAR ? 4 : n});
        return usual && kind != FEEL_PIECE_NAME;
    }
    case COLUMN_TIME:
    case COLUMN_BOOL:
    case COLUMN_ID:
    case COLUMN_JSON:
    case COLUMN_TYPES:
        break;
    }
    return false;
}

static bool pieces_put(struct row *row, const struct feel_piece *piece, struct buf *b)
{
    for (; piece; piece = piece->next) {
        const struct field *f;
        struct arg cell;
        if (piece->kind == FEEL_PIECE_TEXT) {
            buf_add(b, piece->text);
            continue;
        }
        if (!row_named(row, source_of(row->plan->title, piece->name), &f, &cell))
            return false;
        if (piece->kind != FEEL_PIECE_EITHER) {
            if (!cell_put(b, f, cell, piece->kind))
                return false;
            continue;
        }
        /* what is kept of several values may be nothing FEEL can read */
        if (field_columns[f->value] == COLUMN_JSON ||
            !pieces_put(row, cell.kind == ARG_NULL ? piece->missing : piece->present, b))
            return false;
    }
    return true;
}

str row_title_make(struct row *row)
{
    struct op *op = row->tx->op;
    struct buf b;
    buf_init(&b, op, 0);
    if (row->plan->title_pieces && pieces_put(row, row->plan->title_pieces, &b) && b.n)
        return buf_str(&b);
    feel_value v = row_eval(row, row->plan->title);
    if (v.kind == FEEL_TEXT && v.text.n)
        return v.text;
    /* A part of the title is empty: the key fields alone. */
    const struct ledger *l = &row->plan->def;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        struct arg cell = row_cell(row, f);
        if (row->hide && row->masked && row->masked[field_index(row->plan, f)])
            cell = cell_masked(op, f, cell);
        if (cell.kind == ARG_NULL || cell.kind == ARG_ID)
            continue;
        if (b.n)
            buf_byte(&b, ' ');
        buf_add(&b, cell_text(op, f, cell));
    }
    return b.n ? buf_str(&b) : l->name;
}

static bool title_hides(const struct row *row)
{
    for (size_t i = 0; i < row->plan->title_field_count; i++)
        if (row->masked[row->plan->title_fields[i]])
            return true;
    return false;
}

str row_title(struct row *row)
{
    const struct plan *p = row->plan;
    bool hides = row->masked && title_hides(row);
    if (p->title_column >= 0 && !hides && row->cells[p->title_column].kind == ARG_TEXT)
        return row->cells[p->title_column].text;
    row->hide = row->masked != NULL;
    str title = row_title_make(row);
    row->hide = false;
    return title;
}
