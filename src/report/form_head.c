/* The blank form: where its headings stand and what they mean. */
#include "ledger/excel.h"
#include "report/form.h"

const str form_sure_names[SURES] = {
    [SURE_NO] = SC("不明"),   [SURE_LIKE] = SC("相近，请核对"), [SURE_REACH] = SC("引用得来"), [SURE_ALIAS] = SC("别名"),
    [SURE_SAME] = SC("同名"), [SURE_CHOSEN] = SC("上次所选"),
};

/* ---- the first rows, as text ------------------------------------------------------------------------------------- */

[[nodiscard]] static bool grid_read(struct op *op, struct xlsx_book *book, size_t sheet, struct grid *g)
{
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    *g = (struct grid){.op = op};
    if (!xlsx_layout(book, sheet, &g->layout) || !xlsx_rows_open(book, sheet, &rows))
        return false;
    while (g->rows.n < FORM_SCAN_ROWS) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found)
            return true;
        struct grid_row r = {.number = row.number};
        for (size_t i = 0; i < row.count && row.cells[i].column <= FORM_COLUMNS_MAX; i++) {
            str text = str_trim(row.cells[i].text);
            if (row.cells[i].formula)
                *list_add(op, &g->formulas) = (struct grid_place){row.number, row.cells[i].column};
            if (!text.n)
                continue;
            *list_add(op, &r.cells) = (struct grid_cell){
                row.cells[i].column, op_copy(op, text), excel_heading(op, text), row.cells[i].kind == XLSX_NUMBER_CELL};
            if (row.cells[i].column > g->last_column)
                g->last_column = row.cells[i].column;
        }
        if (r.cells.n)
            *list_add(op, &g->rows) = r;
    }
    return true;
}

const struct grid_row *grid_row(const struct grid *g, uint32_t number)
{
    for (size_t i = 0; i < g->rows.n; i++)
        if (g->rows.p[i].number == number)
            return &g->rows.p[i];
    return NULL;
}

const struct xlsx_range *grid_merge(const struct grid *g, uint32_t row, uint32_t column)
{
    for (size_t i = 0; i < g->layout.merge_count; i++) {
        const struct xlsx_range *m = &g->layout.merges[i];
        if (m->row <= row && row <= m->row_last && m->column <= column && column <= m->column_last)
            return m;
    }
    return NULL;
}

/* what covers the place, merged cells included */
static str grid_text(const struct grid *g, uint32_t row, uint32_t column)
{
    const struct xlsx_range *m = grid_merge(g, row, column);
    const struct grid_row *r = grid_row(g, m ? m->row : row);
    for (size_t k = 0; r && k < r->cells.n; k++)
        if (r->cells.p[k].column == (m ? m->column : column))
            return r->cells.p[k].text;
    return S("");
}

static const struct {
    str word;
    int64_t yuan;
} yuan_units[] = {
    {SC("亿元"), 100000000}, {SC("百万元"), 1000000}, {SC("万元"), 10000}, {SC("千元"), 1000}, {SC("百元"), 100}};

/* Thousands and ten thousands of yuan that a text speaks of, in yuan; 0: none. */
int64_t yuan_of(str text)
{
    size_t at;
    for (size_t i = 0; i < COUNT(yuan_units); i++)
        if (str_find(text, yuan_units[i].word, &at))
            return yuan_units[i].yuan;
    return 0;
}

str yuan_name(int64_t yuan)
{
    for (size_t i = 0; i < COUNT(yuan_units); i++)
        if (yuan_units[i].yuan == yuan)
            return yuan_units[i].word;
    return S("元");
}

static bool is_money(const struct form_column *c)
{
    return (c->field && c->field->value == F_MONEY) || (c->indicator && str_eq(c->indicator->unit, S("元")));
}

/* The unit stands in the heading, or above the table: 单位：人、万元. */
static void units_read_of(const struct grid *g, struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    int64_t whole = 0;
    size_t at;
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].number < f->heading_first; i++)
        for (size_t k = 0; k < g->rows.p[i].cells.n; k++) {
            str text = g->rows.p[i].cells.p[k].text;
            if (str_find(text, S("单位"), &at) && yuan_of(text))
                whole = yuan_of(text);
        }
    for (size_t i = 0; i < f->column_count; i++) {
        int64_t own = yuan_of(columns[i].heading);
        bool plain = str_find(columns[i].heading, S("元"), &at);
        columns[i].per = !is_money(&columns[i]) ? 1 : own ? own : whole && !plain ? whole : 1;
    }
}

/* 填报人：联系电话： are there to be written behind, they head no column; nor does 填报日期：  年  月  日, or a date by itself. */
static bool is_label(str text)
{
    size_t at, open;
    day d;
    if (day_parse(text, &d))
        return true;
    bool said = str_find(text, S("："), &at) || str_find(text, S(":"), &at);
    bool within = said && (str_find(text, S("（"), &open) || str_find(text, S("("), &open)) && open < at && at + 3 < text.n; /* 等级（一般：甲） */
    return said && !within && !str_starts(text, S("其中"));
}

/* The title is merged over the whole table: it says what the table is, not what a column is. */
static bool is_title(const struct grid *g, uint32_t row, uint32_t bottom)
{
    const struct xlsx_range *m = grid_merge(g, row, 1);
    uint32_t last = 0;
    for (uint32_t i = m ? m->row_last + 1 : bottom + 1; i <= bottom; i++) {
        const struct grid_row *r = grid_row(g, i);
        if (r && r->cells.n && r->cells.p[r->cells.n - 1].column > last)
            last = r->cells.p[r->cells.n - 1].column;
    }
    return m && m->column_last > 2 && last && m->column_last >= last;
}

/* Merged over several columns, with words of their own below: it heads none of them. */
static bool is_group(const struct grid *g, uint32_t row, uint32_t column)
{
    const struct xlsx_range *m = grid_merge(g, row, column);
    if (!m || m->column_last == m->column)
        return false;
    str first = grid_text(g, m->row_last + 1, m->column), second = grid_text(g, m->row_last + 1, m->column + 1);
    return first.n && second.n && !str_eq(first, second);
}

static struct form_column column_read(const struct grid *g, const struct meanings *m, uint32_t bottom, int levels,
                                      uint32_t column)
{
    str last = {0}, joined = {0};
    int count = 0;
    for (int i = levels - 1; i >= 0; i--) {
        str text = grid_text(g, bottom - (uint32_t)i, column);
        uint32_t row = bottom - (uint32_t)i;
        if (!text.n || str_eq(text, last) || is_label(text) || (i > 0 ? is_title(g, row, bottom) : is_group(g, row, column)))
            continue;
        joined = count++ ? op_text(m->op, "%.*s/%.*s", PS(joined), PS(text)) : text;
        last = text;
    }
    const struct form_column *means = count > 1 ? heading_means(m, joined) : last.n ? word_find(m, last) : NULL;
    struct form_column c = means ? *means : (struct form_column){0};
    c.column = column;
    c.heading = joined;
    return c;
}

/* ---- the heading ------------------------------------------------------------------------------------------------- */

/* The second 值班员 and the 电话 of each post of a 横表 are no second column of the same. */
static bool says_again(const struct form_column *columns, uint32_t first, uint32_t second)
{
    const struct form_column *a = &columns[first], *b = &columns[second];
    if (a->use != b->use || a->field != b->field || a->reach != b->reach || a->indicator != b->indicator || !str_eq(a->choice, b->choice) ||
        b->choice.n)
        return false;
    for (uint32_t k = first + 1; k < second; k++)
        if (columns[k].choice.n)
            return false;
    return true;
}

/* Of all rows and depths the one that names most. */
static int heading_try(const struct grid *g, const struct meanings *m, uint32_t bottom, int levels,
                       struct form_column *columns)
{
    int score = 0;
    for (uint32_t c = 1; c <= g->last_column; c++) {
        columns[c] = column_read(g, m, bottom, levels, c);
        for (uint32_t k = 1; k < c && columns[c].use > FORM_SERIAL; k++)
            if (says_again(columns, k, c))
                columns[c] = (struct form_column){.column = c, .heading = columns[c].heading};
        bool known = columns[c].use != FORM_NOTHING || heading_hints(m, columns[c].heading);
        score += columns[c].use != FORM_SERIAL && known;
    }
    return score;
}

/* 甲 乙 1 2 3 below the headings: the numbers of the columns. */
static bool is_numbering(const struct grid *g, const struct form *f)
{
    static const str stems[] = {SC("甲"), SC("乙"), SC("丙"), SC("丁"), SC("戊")};
    const struct grid_row *r = grid_row(g, f->heading_last + 1);
    size_t stem = 0, number = 0;
    if (!r || r->cells.n < 2 || r->cells.n + 1 < f->column_count)
        return false;
    for (size_t k = 0; k < r->cells.n; k++) {
        str text = r->cells.p[k].plain;
        if (stem < COUNT(stems) && str_eq(text, stems[stem]))
            stem++;
        else if (str_eq(text, op_text(g->op, "%zu", number + 1)) || str_eq(text, op_text(g->op, "(%zu)", number + 1)))
            number++;
        else
            return false;
    }
    return true;
}

static void heading_take(const struct grid *g, const struct meanings *m, uint32_t bottom, int levels,
                         const struct form_column *columns, struct form *f)
{
    struct { struct form_column *p; size_t n, cap; } list = {0};
    f->heading_first = bottom - (uint32_t)levels + 1;
    f->heading_last = bottom;
    for (uint32_t c = 1; c <= g->last_column; c++) {
        const struct xlsx_range *wide = grid_merge(g, bottom, c);
        if (columns[c].heading.n && !(wide && wide->column < c)) /* 备注 over two columns is one */
            *list_add(m->op, &list) = columns[c];
    }
    f->columns = list.p;
    f->column_count = list.n;
}

enum { HEADING_LEVELS = 3 };

/* The row above says of every column what it belongs to: 基本情况 监护人. */
static bool is_grouping(const struct grid *g, const struct form *f, uint32_t row)
{
    str first = {0};
    bool differs = false;
    for (size_t i = 0; i < f->column_count; i++) {
        str text = grid_text(g, row, f->columns[i].column);
        size_t at;
        bool label = str_find(text, S("："), &at) || str_find(text, S(":"), &at);
        if (!text.n || (label && !str_starts(text, S("其中"))))
            return false;
        differs |= i > 0 && !str_eq(text, first);
        first = i ? first : text;
    }
    return differs;
}

/* As far up and down as merged headings reach that stand partly among those found: what stands above says of whom a word
 * speaks, what stands below says more of each column. */
static void heading_grow(const struct grid *g, const struct meanings *m, struct form_column *columns, struct form *f,
                         int *score)
{
    uint32_t top = f->heading_first, bottom = f->heading_last;
    for (size_t i = 0; i < g->layout.merge_count; i++) {
        const struct xlsx_range *x = &g->layout.merges[i];
        if (x->row_last >= x->row + HEADING_LEVELS)
            continue;
        if (x->row < top && x->row_last >= f->heading_first)
            top = x->row;
        if (x->row >= f->heading_first && x->row <= f->heading_last && x->row_last > bottom)
            bottom = x->row_last;
    }
    if (bottom > f->heading_last) {
        int levels = (int)(bottom - f->heading_first + 1);
        f->heading_last = bottom;
        if (levels <= HEADING_LEVELS && heading_try(g, m, bottom, levels, columns) >= *score)
            heading_take(g, m, bottom, levels, columns, f);
    }
    if (top == f->heading_first && top > 1 && is_grouping(g, f, top - 1))
        top--;
    int levels = (int)(f->heading_last - top + 1);
    if (top < f->heading_first && levels <= HEADING_LEVELS) {
        *score = heading_try(g, m, f->heading_last, levels, columns);
        heading_take(g, m, f->heading_last, levels, columns, f);
    }
}

int heading_find(const struct grid *g, const struct meanings *m, struct form *f)
{
    struct form_column *columns = op_array(m->op, struct form_column, FORM_COLUMNS_MAX + 1);
    int best = 0;
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].number <= FORM_HEADING_ROWS; i++) {
        uint32_t bottom = g->rows.p[i].number;
        for (int levels = 1; levels <= HEADING_LEVELS && (uint32_t)levels <= bottom; levels++) {
            int score = heading_try(g, m, bottom, levels, columns);
            if (score <= best)
                continue;
            best = score;
            heading_take(g, m, bottom, levels, columns, f);
        }
    }
    if (best)
        heading_grow(g, m, columns, f, &best);
    if (best && is_numbering(g, f))
        f->heading_last++;
    return best;
}

/* Columns that no word explained, by likeness; a meaning is not given twice. */
static void likenesses(const struct meanings *m, struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    for (size_t i = 0; i < f->column_count; i++) {
        str last, joined = heading_joined(m->op, columns[i].heading, &last);
        if (columns[i].use != FORM_NOTHING)
            continue;
        bool elsewhere = heading_elsewhere(m, columns[i].heading);
        const struct form_column *like = word_like(m, elsewhere ? joined : last, elsewhere);
        const struct form_column below = {.use = FORM_INDICATOR, .indicator = m->ledger ? NULL : count_below(m, columns[i].heading)};
        if (below.indicator)
            like = &below;
        for (size_t k = 0; like && k < f->column_count; k++)
            if (columns[k].use == like->use && columns[k].field == like->field && columns[k].reach == like->reach &&
                columns[k].indicator == like->indicator && str_eq(columns[k].choice, like->choice))
                like = NULL;
        if (!like)
            continue;
        str whole = columns[i].heading;
        uint32_t column = columns[i].column;
        columns[i] = *like;
        columns[i].sure = SURE_LIKE;
        columns[i].heading = whole;
        columns[i].column = column;
    }
}

/* ---- reading it -------------------------------------------------------------------------------------------------- */

static bool is_number(const struct grid_cell *c)
{
    bool digits = c->text.n > 0;
    for (size_t i = 0; i < c->text.n; i++)
        digits = digits && c->text.p[i] >= '0' && c->text.p[i] <= '9';
    return c->number || digits;
}

/* 合计, 全镇合计 */
static bool is_total(struct op *op, str text)
{
    static const str ends[] = {SC("合计"), SC("总计")};
    str plain = excel_heading(op, text);
    for (size_t i = 0; i < COUNT(ends); i++)
        if (str_ends(plain, ends[i]) && utf8_count(plain) <= 6)
            return true;
    return excel_is_total(op, text);
}

/* Rows that wait for data: empty but for a serial number, or for the names of units. */
static void room_find(struct op *op, const struct grid *g, struct form *f)
{
    f->data_first = f->heading_last + 1;
    for (size_t i = 0; i < g->rows.n; i++) {
        const struct grid_row *r = &g->rows.p[i];
        str first = r->cells.p[0].text;
        if (r->number <= f->heading_last)
            continue;
        bool total = is_total(op, first) || (r->cells.n > 1 && is_total(op, r->cells.p[1].text));
        bool more = i + 1 == g->rows.n || !excel_is_ending(op, g->rows.p[i + 1].cells.p[0].text);
        if (total && more && !f->ledger && r->number == f->data_first) { /* the whole comes first */
            f->total_row = f->data_first++;
            continue;
        }
        bool waits = (r->cells.n == 1 && is_number(&r->cells.p[0])) ||
                     (!f->ledger && r->cells.n <= 2 && !total && !excel_is_ending(op, first));
        if (total && !f->total_row)
            f->total_row = r->number;
        if (waits)
            continue;
        f->data_rows = r->number - f->data_first;
        f->bounded = true;
        return;
    }
}

/* The lines above the first row that could be headings. */
static str titles_of(const struct grid *g)
{
    struct buf b;
    buf_init(&b, g->op, 0);
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].cells.n <= 2; i++)
        buf_text(&b, "%.*s\n", PS(g->rows.p[i].cells.p[0].text));
    return buf_str(&b);
}

[[nodiscard]] static bool form_try(struct tx *tx, const struct indicators *all, const struct ledger *l, bool reaches,
                                   const struct grid *g, struct form *f, int *ret_score)
{
    struct meanings m;
    if (!meanings_make(tx, all, l, reaches, &m))
        return false;
    m.titles = titles_of(g);
    f->ledger = l;
    *ret_score = heading_find(g, &m, f);
    if (*ret_score)
        likenesses(&m, f);
    return true;
}

/* ---- which ledger it asks about ------------------------------------------------------------------------------------ */

/* How many of the texts in the first rows this ledger and its own sheet know; trying every place with every ledger would
 * take seconds. */
[[nodiscard]] static bool promise_of(struct tx *tx, const struct indicators *all, const struct ledger *l,
                                     const struct grid *g, int *ret)
{
    struct meanings m;
    int count = 0;
    if (!meanings_make(tx, all, l, true, &m))
        return false;
    for (size_t i = 0; i < g->rows.n && g->rows.p[i].number <= FORM_HEADING_ROWS; i++)
        for (size_t k = 0; k < g->rows.p[i].cells.n; k++) {
            const struct form_column *c = word_find(&m, g->rows.p[i].cells.p[k].text);
            count += !c || c->use == FORM_SERIAL ? 0 : c->reach ? 1 : 2;
        }
    *ret = count;
    return true;
}

/* The line that names the table: the nearest above its headings that is neither a note nor a label. */
static str title_find(const struct grid *g, const struct form *f)
{
    static const str others[] = {SC("附件"), SC("附表"), SC("说明"), SC("注"), SC("填报"), SC("单位"), SC("表号")};
    size_t at;
    for (size_t i = g->rows.n; i-- > 0;) {
        str text = g->rows.p[i].cells.p[0].text;
        bool other = str_find(text, S("："), &at) || str_find(text, S(":"), &at) || g->rows.p[i].cells.n > 1 ||
                     g->rows.p[i].number >= f->heading_first;
        for (size_t k = 0; !other && k < COUNT(others); k++)
            other = str_starts(text, others[k]);
        if (!other)
            return text;
    }
    return g->rows.p[0].number < f->heading_first ? g->rows.p[0].cells.p[0].text : S("");
}

/* 2021年, 2021—2022年度: the first and the last. */
static void title_years(struct form *f)
{
    str s = f->title;
    if (!excel_title_year(s))
        return;
    for (size_t i = 0, digits = 0, year = 0; i <= s.n; i++) {
        bool digit = i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
        if (!digit && digits == 4 && year >= 1950 && year <= 2100) {
            f->year = f->year && f->year < (int)year ? f->year : (int)year;
            f->year_last = f->year_last > (int)year ? f->year_last : (int)year;
        }
        digits = digit ? digits + 1 : 0;
        year = digit && digits <= 4 ? year * 10 + (size_t)(s.p[i] - '0') : 0;
    }
}

/* 退役军人登记表 is about the ledger 退役军人, and so is a title that has the whole name of its sheet. Names of one
 * character (人, 户) stand in too many titles. */
static bool title_names(str title, const struct ledger *l)
{
    size_t at;
    return l && title.n &&
           ((utf8_count(l->name) > 1 && str_find(title, l->name, &at)) ||
            (l->sheet.name.n && str_find(title, l->sheet.name, &at)));
}

/* 党员名册, 农村低保户花名册: the records of this ledger that are such. */
static bool title_scopes(str title, const struct ledger *l)
{
    size_t at;
    for (size_t i = 0; l && i < l->scope_count; i++)
        for (size_t k = 0; k < l->scopes[i].word_count; k++)
            if (str_find(title, l->scopes[i].words[k], &at))
                return true;
    for (size_t i = 0; l && i < l->field_count; i++)
        for (size_t k = 0; k < l->fields[i].asked_count; k++)
            if (str_find(title, l->fields[i].asked[k], &at))
                return true;
    return false;
}

/* 冬春救助 and 救助对象 begin alike. */
static bool title_hints(str title, const struct ledger *l)
{
    size_t at;
    str start = l ? str_part(l->name, 0, utf8_skip(l->name, 2)) : S("");
    return utf8_count(start) == 2 && str_find(title, start, &at);
}

enum { PROMISES = 5, NAMED_PROMISES = 3, HEADING_LEAST = 2, HINT_WORTH = 3 };

struct promise {
    const struct ledger *ledger;
    int count;
};

struct trial {
    struct form form;
    int matches, worth;  /* a field of its own is worth two that it only reaches */
    bool named, scoped, hinted; /* by the title */
};

/* The most promising, best first; the first met goes before its equals. Those whose name stands above the table have
 * places of their own. */
[[nodiscard]] static bool promises_find(struct tx *tx, const struct town *town, const struct indicators *all,
                                        const struct grid *g, struct promise best[PROMISES + NAMED_PROMISES])
{
    for (size_t i = 0; i <= town_ledger_count(town); i++) {
        struct promise p = {.ledger = i ? town_ledger_at(town, i - 1) : NULL};
        struct mark mark = op_mark(tx->op);
        bool named = false;
        if (!promise_of(tx, all, p.ledger, g, &p.count))
            return false;
        op_reset(tx->op, mark);
        for (size_t r = 0; r < g->rows.n && g->rows.p[r].number <= FORM_HEADING_ROWS; r++)
            named |= g->rows.p[r].cells.n == 1 && (title_names(g->rows.p[r].cells.p[0].text, p.ledger) ||
                                                     title_scopes(g->rows.p[r].cells.p[0].text, p.ledger));
        struct promise *places = named ? best + PROMISES : best;
        for (int k = 0; k < (named ? NAMED_PROMISES : PROMISES); k++) {
            if (p.count <= places[k].count)
                continue;
            struct promise next = places[k];
            places[k] = p;
            p = next;
        }
    }
    return true;
}

/* What the ledger reaches beyond its own sheet. */
[[nodiscard]] static bool distant_read(struct tx *tx, const struct indicators *all, const struct grid *g, struct form *f)
{
    struct meanings m;
    if (!f->ledger)
        return true;
    if (!meanings_make(tx, all, f->ledger, true, &m))
        return false;
    m.titles = titles_of(g);
    distant_columns(&m, f);
    return true;
}

/* What else of the form this ledger reaches: the columns as they would be filled. */
[[nodiscard]] static bool reached_try(struct tx *tx, const struct indicators *all, const struct grid *g, const struct form *f, struct form *ret)
{
    struct form_column *columns = op_array(tx->op, struct form_column, f->column_count + 1);
    memcpy(columns, f->columns, f->column_count * sizeof *columns);
    *ret = *f;
    ret->columns = columns;
    return distant_read(tx, all, g, ret);
}

/* Its own fields say most about which ledger it is, then what its sheet shows of others, then the title. */
[[nodiscard]] static bool trial_make(struct tx *tx, const struct indicators *all, const struct ledger *l,
                                     const struct grid *g, const struct form *empty, struct trial *t)
{
    *t = (struct trial){.form = *empty};
    if (!form_try(tx, all, l, l != NULL, g, &t->form, &t->matches))
        return false;
    str title = t->matches ? title_find(g, &t->form) : S("");
    struct form reached = t->form;
    if (t->matches && !reached_try(tx, all, g, &t->form, &reached))
        return false;
    for (size_t i = 0; i < reached.column_count; i++) {
        const struct form_column *c = &reached.columns[i];
        t->worth += c->use == FORM_NOTHING || c->use == FORM_SERIAL ? 0 : c->reach ? 1 : 2;
    }
    t->named = title_names(title, l);
    t->scoped = title_scopes(title, l);
    t->hinted = t->named || t->scoped || title_hints(title, l);
    t->worth += t->hinted ? HINT_WORTH : 0;
    return true;
}

static void worthier(const struct trial **best, const struct trial *t, bool counts)
{
    if (counts && (!*best || t->worth > (*best)->worth))
        *best = t;
}

/* The worthiest; but what the title names, or else what it names a part of, goes before it when it understands at least half
 * as much. */
static const struct trial *trial_choose(const struct trial *trials, size_t count)
{
    const struct trial *best = NULL, *named = NULL, *scoped = NULL, *any = NULL;
    for (size_t i = 0; i < count; i++) {
        bool enough = trials[i].matches >= HEADING_LEAST;
        worthier(&any, &trials[i], trials[i].matches > 0);
        worthier(&best, &trials[i], enough);
        worthier(&named, &trials[i], trials[i].named && enough);
        worthier(&scoped, &trials[i], trials[i].scoped && enough);
    }
    best = best ? best : any; /* a title alone makes no table */
    if (named && named->matches * 2 >= best->matches)
        return named;
    return scoped && scoped->matches * 2 >= best->matches ? scoped : best;
}

[[nodiscard]] static bool sheet_read(struct tx *tx, const struct town *town, const struct indicators *all,
                                     const struct ledger *ledger, const struct grid *g, struct form *best,
                                     int *ret_score)
{
    struct promise promises[PROMISES + NAMED_PROMISES] = {0};
    struct trial trials[PROMISES + NAMED_PROMISES];
    size_t count = 0;
    *ret_score = 0;
    if (ledger)
        promises[0] = (struct promise){ledger, 1};
    else if (!promises_find(tx, town, all, g, promises))
        return false;
    for (size_t i = 0; i < COUNT(promises); i++)
        if (promises[i].count && !trial_make(tx, all, promises[i].ledger, g, best, &trials[count++]))
            return false;
    const struct trial *t = trial_choose(trials, count);
    if (!t)
        return true;
    *ret_score = t->matches;
    *best = t->form;
    for (size_t i = 0; i < count; i++) {
        const struct form *f = &trials[i].form;
        if (trials[i].hinted && !t->hinted && trials[i].matches >= HEADING_LEAST && !best->meant)
            best->meant = f->ledger;
        bool apart = f->heading_first > best->heading_last || f->heading_last < best->heading_first;
        if (trials[i].matches >= HEADING_LEAST && t->matches >= HEADING_LEAST && apart)
            best->other_row = f->heading_first;
    }
    return true;
}

/* A sheet that says little as a list may be a card: of the ledger that was named, of what the title names, or of the one that
 * understands most places. */
[[nodiscard]] static bool card_try(struct tx *tx, const struct town *town, const struct indicators *all, const struct ledger *ledger,
                                   const struct grid *g, struct form *f)
{
    struct promise promises[PROMISES + NAMED_PROMISES] = {0};
    struct form best = {0}, one;
    bool named = false;
    if (ledger)
        promises[0].ledger = ledger;
    else if (!promises_find(tx, town, all, g, promises))
        return false;
    str title = g->rows.n ? g->rows.p[0].cells.p[0].text : S("");
    for (size_t i = 0; i < COUNT(promises); i++) {
        const struct ledger *l = promises[i].ledger;
        bool called = l && title_names(title, l);
        if ((!l && !promises[i].count) || (named && !called))
            continue; /* an empty place; and the title has named another */
        if (!card_read(tx, all, g, l, f, &one))
            return false;
        if (one.understood && ((called && !named) || one.understood > best.understood)) {
            best = one;
            named = called;
        }
    }
    if (best.understood > f->understood) {
        *f = best;
        f->title = title;
    }
    return true;
}

/* A column that the form computes is understood: it is not to be filled. */
static void formulas_mark(const struct grid *g, struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    for (size_t i = 0; i < g->formulas.n; i++)
        for (size_t k = 0; k < f->column_count; k++)
            if (g->formulas.p[i].row == f->data_first && g->formulas.p[i].column == columns[k].column)
                columns[k].formula = true;
}

/* What a sheet is, if anything: a score of 0 is no table. */
[[nodiscard]] static bool sheet_form(struct tx *tx, const struct town *town, const struct indicators *all,
                                     struct xlsx_book *book, size_t sheet, const struct ledger *ledger, struct grid *g,
                                     struct form *f, int *ret_score)
{
    *f = (struct form){.book = book, .sheet = sheet, .sheet_name = xlsx_sheet_info(book, sheet)->name};
    if (!grid_read(tx->op, book, sheet, g) || !sheet_read(tx, town, all, ledger, g, f, ret_score))
        return false;
    if (*ret_score < HEADING_LEAST)
        *ret_score = 0;
    return true;
}

bool form_read(struct tx *tx, const struct town *town, const struct indicators *all, struct xlsx_book *book, str sheet,
               const struct ledger *ledger, struct form **ret)
{
    struct op *op = tx->op;
    struct form *f = op_new(op, struct form), other;
    struct grid *g = op_new(op, struct grid), around;
    struct { str *p; size_t n, cap; } others = {0};
    bool found = false;
    for (size_t i = 0; i < xlsx_sheet_count(book); i++) {
        const struct xlsx_sheet_info *info = xlsx_sheet_info(book, i);
        bool wanted = !found && (!sheet.n || str_eq(info->name, sheet));
        int score;
        if (info->visibility != XLSX_VISIBLE)
            continue;
        if (!sheet_form(tx, town, all, book, i, wanted ? ledger : NULL, wanted ? g : &around, wanted ? f : &other, &score))
            return false;
        if (score && wanted)
            found = true;
        else if (score)
            *list_add(op, &others) = info->name;
    }
    if (!found && !sheet.n && xlsx_sheet_count(book) > 0) { /* no list: perhaps a card */
        *f = (struct form){.book = book, .sheet_name = xlsx_sheet_info(book, 0)->name};
        if (!grid_read(op, book, 0, g) || !card_try(tx, town, all, ledger, g, f))
            return false;
        found = f->card;
    }
    if (!found)
        return op_fail(op, FAULT_INPUT, sheet,
                       "没有找到表头：前 %d 行里没有两个以上栏名与%s相同；请核对工作表，或用“台账”指明要填哪一本", FORM_HEADING_ROWS,
                       ledger ? "这本台账的字段" : "任何一本台账的字段或指标");
    f->grid = g;
    f->others = others.p;
    f->other_count = others.n;
    if (f->card) {
        lawful_read(op, g, f);
        *ret = f;
        return true;
    }
    f->title = title_find(g, f);
    title_years(f);
    if (!f->ledger)
        counts_by_title(op, all, f);
    room_find(op, g, f);
    formulas_mark(g, f);
    if (!distant_read(tx, all, g, f))
        return false;
    spread_learn(f);
    units_read_of(g, f);
    for (size_t k = 0; k < f->column_count; k++)
        f->understood += f->columns[k].use != FORM_NOTHING || f->columns[k].formula;
    if (card_looks(g) && !card_try(tx, town, all, ledger, g, f))
        return false;
    lawful_read(op, g, f);
    if (!f->understood) /* its words stand beside the places, one record to a sheet */
        return op_fail(op, FAULT_INPUT, f->sheet_name,
                       "没有一栏认得；像是一人（户）一张的登记卡，请在要填的格里写 {{姓名}} 这样的话，做成模板再填");
    *ret = f;
    return true;
}

bool form_choose(struct tx *tx, const struct who *who, const struct ledger *ledger, str heading, str meaning)
{
    enum { HEADING_BYTES_MAX = 400 };
    str plain = excel_heading(tx->op, heading);
    if (!plain.n || plain.n > HEADING_BYTES_MAX)
        return op_fail(tx->op, FAULT_INPUT, S("表头"), "表头须写，且不超过 %d 字节", HEADING_BYTES_MAX);
    struct reach reach;
    str why, choice;
    if (ledger && !spread_choice(ledger, meaning, &choice) && !ledger_field(ledger, meaning) && !reach_find(tx->op, plan_of(ledger), meaning, &reach, &why))
        return op_fail(tx->op, FAULT_INPUT, S("字段"), "台账“%.*s”没有字段“%.*s”", PS(ledger->name), PS(meaning));
    return store_run(
        tx,
        "insert into report_heading (town, ledger, heading, meaning, by_name, at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (town, ledger, heading) do update set meaning = excluded.meaning, by_name = excluded.by_name, at "
        "= excluded.at",
        ARGS(TEXT(store_town(tx)), TEXT(ledger ? ledger->english : S("")), TEXT(plain), TEXT(meaning), TEXT(who->name),
             INT(tx->op->now)),
        NULL);
}
