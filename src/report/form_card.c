/* A card: one record to a sheet, each word with its place to the right of it (姓名 ▁ 性别 ▁). Its columns are those places. */
#include "ledger/excel.h"
#include "report/form.h"

enum { CARD_WORD_MAX = 16, CARD_LEAST = 3 };

static bool is_written(const struct grid *g, uint32_t row, uint32_t column)
{
    const struct grid_row *r = grid_row(g, row);
    for (size_t k = 0; r && k < r->cells.n; k++)
        if (r->cells.p[k].column == column)
            return true;
    return false;
}

/* The empty cell to the right of a word, merged cells as one. 填表人： is to be written behind, not beside. */
static bool place_beside(const struct grid *g, uint32_t row, const struct grid_cell *word, uint32_t *ret)
{
    const struct xlsx_range *m = grid_merge(g, row, word->column), *next;
    *ret = (m ? m->column_last : word->column) + 1;
    next = grid_merge(g, row, *ret);
    return utf8_count(word->plain) <= CARD_WORD_MAX && !str_ends(word->text, S("：")) && !str_ends(word->text, S(":")) && *ret <= FORM_COLUMNS_MAX &&
           (!next || (next->row == row && next->column == *ret)) && !is_written(g, row, *ret);
}

/* On three rows and more words have a place beside them. */
bool card_looks(const struct grid *g)
{
    size_t rows = 0;
    for (size_t i = 1; i < g->rows.n; i++) { /* the first is the title */
        const struct grid_row *r = &g->rows.p[i];
        uint32_t place;
        bool has = false;
        for (size_t k = 0; k < r->cells.n && !has; k++)
            has = place_beside(g, r->number, &r->cells.p[k], &place) && place <= g->last_column + 1;
        rows += has;
    }
    return rows >= CARD_LEAST;
}

static void places_find(const struct grid *g, const struct meanings *m, struct form *f)
{
    struct { struct form_column *p; size_t n, cap; } list = {0};
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].number <= FORM_HEADING_ROWS * 2; i++) {
        const struct grid_row *r = &g->rows.p[i];
        uint32_t place;
        for (size_t k = 0; k < r->cells.n; k++) {
            if (!place_beside(g, r->number, &r->cells.p[k], &place) || (r->cells.n == 1 && i == 0))
                continue;
            const struct form_column *means = word_find(m, r->cells.p[k].plain);
            struct form_column c = means && means->use != FORM_SERIAL ? *means : (struct form_column){0};
            for (size_t n = 0; n < list.n && c.use != FORM_NOTHING; n++)
                if (list.p[n].use == c.use && list.p[n].field == c.field && list.p[n].reach == c.reach)
                    c = (struct form_column){0};
            c.heading = r->cells.p[k].plain;
            c.row = r->number;
            c.column = place;
            c.per = 1;
            *list_add(m->op, &list) = c;
        }
    }
    f->columns = list.p;
    f->column_count = list.n;
}

bool card_read(struct tx *tx, const struct indicators *all, const struct grid *g, const struct ledger *l, const struct form *empty, struct form *ret)
{
    struct meanings m;
    *ret = *empty;
    ret->ledger = l;
    ret->card = true;
    ret->understood = 0;
    if (!meanings_make(tx, all, l, true, &m))
        return false;
    places_find(g, &m, ret);
    distant_columns(&m, ret);
    for (size_t i = 0; i < ret->column_count; i++)
        ret->understood += ret->columns[i].use != FORM_NOTHING;
    ret->heading_first = ret->column_count ? ret->columns[0].row : 1;
    ret->heading_last = ret->data_first = ret->heading_first;
    ret->bounded = false;
    ret->total_row = ret->other_row = 0;
    if (ret->understood < CARD_LEAST)
        ret->understood = 0;
    return true;
}
