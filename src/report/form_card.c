/* A card: one record to a sheet, each word with its place to the right of it (姓名 ▁ 性别 ▁). Its columns are those places.
 * One of figures is about the town, and may have a unit and a code between the two: 户籍人口 | 人 | 02 | ▁. */
#include "ledger/excel.h"
#include "report/form.h"

enum { CARD_WORD_MAX = 16, CARD_LEAST = 3 };

static const struct grid_cell *written(const struct grid *g, uint32_t row, uint32_t column)
{
    const struct grid_row *r = grid_row(g, row);
    for (size_t k = 0; r && k < r->cells.n; k++)
        if (r->cells.p[k].column == column)
            return &r->cells.p[k];
    return NULL;
}

/* The unit of a figure or its code. */
static bool is_between(const struct grid_cell *c)
{
    static const str units[] = {SC("人"), SC("户"), SC("个"), SC("家"), SC("件"), SC("次"), SC("条"), SC("项"), SC("起"), SC("处"), SC("名"),
                                SC("人次"), SC("户次"), SC("元"), SC("千元"), SC("万元"), SC("亿元"), SC("亩"), SC("公顷"), SC("公里"), SC("平方米"),
                                SC("头"), SC("只"), SC("头只"), SC("吨"), SC("台"), SC("所"), SC("%"), SC("期"), SC("份"), SC("班")};
    bool digits = c->text.n > 0 && c->text.n <= 4;
    for (size_t i = 0; i < c->text.n; i++)
        digits = digits && c->text.p[i] >= '0' && c->text.p[i] <= '9';
    for (size_t i = 0; i < COUNT(units) && !digits; i++)
        digits = str_eq(units[i], c->text);
    return digits;
}

/* The empty cell to the right of a word, merged cells as one. 填表人： is to be written behind, not beside. */
static bool place_beside(const struct grid *g, uint32_t row, const struct grid_cell *word, bool figures, uint32_t *ret, str *ret_unit)
{
    enum { BETWEEN_MOST = 2 };
    const struct xlsx_range *m = grid_merge(g, row, word->column), *next;
    const struct grid_cell *there;
    *ret = (m ? m->column_last : word->column) + 1;
    *ret_unit = S("");
    for (int i = 0; figures && i < BETWEEN_MOST && (there = written(g, row, *ret)) && is_between(there); i++, ++*ret)
        *ret_unit = ret_unit->n ? *ret_unit : there->text;
    next = grid_merge(g, row, *ret);
    return utf8_count(word->plain) <= CARD_WORD_MAX && !str_ends(word->text, S("：")) && !str_ends(word->text, S(":")) && *ret <= FORM_COLUMNS_MAX &&
           (!next || (next->row == row && next->column == *ret)) && !written(g, row, *ret);
}

/* The headings above such places: 指标名称 | 计量单位 | 代码 | 本期数. */
static bool is_heading_row(const struct grid *g, const struct grid_row *r, uint32_t place)
{
    return r->cells.n > 1 && place > g->last_column && r->cells.p[r->cells.n - 1].column - r->cells.p[0].column + 1 == r->cells.n;
}

/* On three rows and more words have a place beside them. */
bool card_looks(const struct grid *g)
{
    size_t rows = 0;
    for (size_t i = 1; i < g->rows.n; i++) { /* the first is the title */
        const struct grid_row *r = &g->rows.p[i];
        uint32_t place;
        str unit;
        bool has = false;
        for (size_t k = 0; k < r->cells.n && !has; k++)
            has = place_beside(g, r->number, &r->cells.p[k], true, &place, &unit) && place <= g->last_column + 1;
        rows += has;
    }
    return rows >= CARD_LEAST;
}

/* Neither 人, 02 or —, nor what is written behind its own words: 报送期：2026年下半年. */
static bool names_figure(const struct grid_cell *c)
{
    size_t at;
    return utf8_count(c->plain) > 1 && !is_between(c) && !str_find(c->text, S("："), &at) && !str_find(c->text, S(":"), &at);
}

static void places_find(const struct grid *g, const struct meanings *m, struct form *f)
{
    struct { struct form_column *p; size_t n, cap; } list = {0};
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].number <= FORM_HEADING_ROWS * 2; i++) {
        const struct grid_row *r = &g->rows.p[i];
        uint32_t place;
        str unit;
        for (size_t k = 0; k < r->cells.n; k++) {
            if (!place_beside(g, r->number, &r->cells.p[k], !m->ledger, &place, &unit) || (r->cells.n == 1 && i == 0) ||
                (!m->ledger && (is_heading_row(g, r, place) || !names_figure(&r->cells.p[k]))))
                continue;
            const struct form_column *means = word_find(m, r->cells.p[k].plain);
            bool meant = means && means->use != FORM_SERIAL && (m->ledger || means->use == FORM_INDICATOR);
            struct form_column c = meant ? *means : (struct form_column){0};
            for (size_t n = 0; n < list.n && c.use != FORM_NOTHING; n++)
                if (list.p[n].use == c.use && list.p[n].field == c.field && list.p[n].reach == c.reach && list.p[n].indicator == c.indicator)
                    c = (struct form_column){0};
            int64_t yuan = c.indicator && str_eq(c.indicator->unit, S("元")) ? yuan_of(unit.n ? unit : r->cells.p[k].text) : 0;
            c.heading = r->cells.p[k].plain;
            c.row = r->number;
            c.column = place;
            c.per = yuan ? yuan : 1;
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
    if (!l)
        meanings_whole(&m);
    places_find(g, &m, ret);
    if (l)
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
