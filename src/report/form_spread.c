/* The blank form with a row for all records of a day: 日期 | 星期 | 带班领导 | 电话 | 值班员 | 电话 | 备班. */
#include "ledger/excel.h"
#include "report/form.h"

static bool is_repeated(const struct form *f, const struct form_column *c)
{
    size_t count = 0;
    for (size_t i = 0; i < f->column_count; i++)
        count += f->columns[i].field == c->field && f->columns[i].reach == c->reach;
    return c->use == FORM_FIELD && !c->choice.n && count > 1;
}

/* What follows from the person, right behind them: 值班员 | 电话 | 备班. */
static bool is_beside(const struct form *f, size_t i)
{
    const struct form_column *c = &f->columns[i];
    return c->use == FORM_FIELD && !c->reach && c->field->type == F_COMPUTED && i > 0 && f->columns[i - 1].choice.n;
}

void spread_learn(struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    const struct spread *s = f->ledger ? &f->ledger->spread : NULL;
    bool list = !s || !s->by;
    uint32_t post = 0;
    for (size_t i = 0; i < f->column_count; i++)
        list = list || (columns[i].use == FORM_FIELD && !columns[i].choice.n && !columns[i].reach &&
                        (columns[i].field == s->by || columns[i].field == s->cell));
    for (size_t i = 0; i < f->column_count; i++) {
        struct form_column *c = &columns[i];
        if (list && c->choice.n) /* a list has a column for the post */
            *c = (struct form_column){.column = c->column, .heading = c->heading, .per = 1};
        post = c->choice.n ? c->column : post;
        c->owner = !list && (is_repeated(f, c) || is_beside(f, i)) ? post : 0;
        f->spread = f->spread || c->choice.n;
    }
}

/* ---- the records of one row -------------------------------------------------------------------------------------- */

struct lines {
    struct record *p;
    size_t n, cap;
};

static bool is_row_key(const struct spread *s, const struct field *f)
{
    return f != s->by && f != s->next;
}

static bool same_row(const struct ledger *l, const struct record *a, const struct record *b)
{
    bool same = true;
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        same = same && (!is_row_key(&l->spread, f) || str_eq(json_str(a->values, f->name), json_str(b->values, f->name)));
    }
    return same;
}

static const struct form_column *column_at(const struct form *f, uint32_t column)
{
    for (size_t i = 0; i < f->column_count; i++)
        if (f->columns[i].column == column)
            return &f->columns[i];
    return NULL;
}

/* The how manyth of the columns of this choice it is, and whether it is the last. */
static size_t place_among(const struct form *f, const struct form_column *post, bool *ret_last)
{
    size_t before = 0, after = 0;
    for (size_t i = 0; i < f->column_count; i++) {
        bool same = f->columns[i].choice.n && str_eq(f->columns[i].choice, post->choice);
        before += same && f->columns[i].column < post->column;
        after += same && f->columns[i].column > post->column;
    }
    *ret_last = after == 0;
    return before;
}

struct said {
    struct { str *p; size_t n, cap; } texts;
    bool number, hidden;
};

static void said_add(struct op *op, struct said *said, str text)
{
    for (size_t i = 0; i < said->texts.n; i++)
        if (str_eq(said->texts.p[i], text))
            return;
    if (text.n)
        *list_add(op, &said->texts) = text;
}

/* What the column says of the records of this row: those of its post, or of the post on its left, or all. */
static struct said column_said(struct filling *f, size_t column, const struct record *records, size_t count)
{
    const struct form_column *c = &f->form->columns[column], *post = c->choice.n ? c : c->owner ? column_at(f->form, c->owner) : NULL;
    const struct field *by = f->form->ledger->spread.by;
    struct said said = {0};
    bool last = true;
    size_t place = post ? place_among(f->form, post, &last) : 0, nth = 0;
    for (size_t i = 0; i < count; i++) {
        str text;
        if (post && !str_eq(json_str(records[i].values, by->name), post->choice))
            continue;
        bool own = !post || (last ? nth >= place : nth == place);
        nth++;
        if (!own)
            continue;
        if (fill_cell(f, &records[i], column, &text, &said.number))
            said_add(f->op, &said, text);
        else
            said.hidden = true;
    }
    return said;
}

struct outcome {
    int64_t filled, hidden, differ;
};

/* printed: the column that the form has filled in itself; NULL: none. */
static void row_put(struct filling *f, uint32_t row, const struct record *records, size_t count, const struct form_column *printed,
                    struct outcome *outcomes)
{
    const struct form *form = f->form;
    f->rows++;
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        if (c->use == FORM_SERIAL)
            fill_put(f, row, c, op_text(f->op, "%lld", (long long)f->rows), true, S("序号"));
        if (c->use != FORM_FIELD || c == printed)
            continue;
        struct said said = column_said(f, i, records, count);
        bool people = c->choice.n || c->owner || (c->reach && c->reach->step_count > 0) || c->field->type == F_REF;
        outcomes[i].hidden += said.hidden;
        if (said.texts.n > 1 && !people) { /* 起 of the day, where each post begins when it does */
            outcomes[i].differ++;
            continue;
        }
        outcomes[i].filled += said.texts.n > 0;
        fill_put(f, row, c, op_join(f->op, said.texts.p, said.texts.n, S("、")), said.number && said.texts.n == 1,
                 op_text(f->op, "%.*s.%.*s%s%.*s", PS(form->ledger->name), PS(form_column_name(c)), c->choice.n ? "，" : "", PS(c->choice)));
    }
}

/* ---- rows whose days are printed ---------------------------------------------------------------------------------- */

struct printed {
    struct { struct printed_row { str on; uint32_t row; } *p; size_t n, cap; } rows;
};

static const struct form_column *day_column(const struct form *form)
{
    const struct ledger *l = form->ledger;
    for (size_t i = 0; i < form->column_count; i++)
        for (size_t k = 0; k < l->key_count; k++) {
            const struct form_column *c = &form->columns[i];
            if (c->use == FORM_FIELD && !c->reach && c->field == ledger_field(l, l->keys[k]) && c->field->type == F_DAY)
                return c;
        }
    return NULL;
}

/* 1月3日, 3日 and 3 are days of the year and month that the title names. */
static bool day_said(struct op *op, const struct form *form, str text, day *ret)
{
    int year, month;
    str plain = str_trim(text);
    if (day_parse(plain, ret))
        return true;
    if (!form_month(form->title, &year, &month))
        return false;
    str tail = str_ends(plain, S("日")) ? str_part(plain, 0, plain.n - S("日").n) : plain;
    return day_parse(op_text(op, "%d年%.*s", year, PS(plain)), ret) || (month && day_parse(op_text(op, "%d-%d-%.*s", year, month, PS(tail)), ret));
}

[[nodiscard]] static bool printed_read(struct filling *f, struct printed *ret)
{
    const struct form *form = f->form;
    const struct form_column *c = day_column(form);
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    *ret = (struct printed){0};
    if (!c)
        return true;
    if (!xlsx_rows_open(form->book, form->sheet, &rows))
        return false;
    for (;;) {
        day d;
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found || row.number > form->data_first + FORM_ROWS_MAX)
            return true;
        const struct xlsx_cell *cell = row.number < form->data_first ? NULL : xlsx_row_cell(&row, c->column);
        if (cell && cell->text.n && day_said(f->op, form, cell->text, &d))
            *list_add(f->op, &ret->rows) = (struct printed_row){day_text(f->op, d), row.number};
    }
}

static uint32_t printed_at(const struct printed *p, str on)
{
    for (size_t i = 0; i < p->rows.n; i++)
        if (str_eq(p->rows.p[i].on, on))
            return p->rows.p[i].row;
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool records_read(struct filling *f, struct list_query *q, struct lines *ret)
{
    const struct ledger *l = f->form->ledger;
    str *sort = op_array(f->op, str, l->key_count + 1);
    struct list_page page;
    *ret = (struct lines){0};
    for (size_t i = 0; i < l->key_count; i++)
        if (is_row_key(&l->spread, ledger_field(l, l->keys[i])))
            sort[q->sort_count++] = l->keys[i];
    q->sort = sort;
    do {
        if (!list_read(f->tx, f->town, f->who, l, q, &page))
            return false;
        if (!q->cursor.n && page.count > FORM_ROWS_MAX)
            return op_fail(f->op, FAULT_INPUT, l->name, "符合的记录有 %lld 条，一张表最多填 %d 条；请加上条件", (long long)page.count, FORM_ROWS_MAX);
        for (size_t i = 0; i < page.record_count; i++)
            *list_add(f->op, ret) = page.records[i];
        q->cursor = page.next;
        q->count = false;
    } while (page.next.n);
    return true;
}

static int64_t nth_of(const struct ledger *l, const struct record *r)
{
    const struct json *v = l->spread.next ? json_get(r->values, l->spread.next->name) : NULL;
    int64_t nth;
    return v && json_int(v, &nth) ? nth : 0;
}

/* The first of a post, who has no number, before the second. */
static void in_order(const struct ledger *l, struct record *records, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && nth_of(l, &records[k - 1]) > nth_of(l, &records[k]); k--) {
            struct record r = records[k];
            records[k] = records[k - 1];
            records[k - 1] = r;
        }
}

static int64_t rows_of(const struct ledger *l, const struct lines *lines)
{
    int64_t rows = 0;
    for (size_t i = 0; i < lines->n; i++)
        rows += i == 0 || !same_row(l, &lines->p[i - 1], &lines->p[i]);
    return rows;
}

/* Choices that have records and no column, each once. */
static void choices_left(struct filling *f, const struct lines *lines)
{
    const struct field *by = f->form->ledger->spread.by;
    struct said left = {0};
    for (size_t i = 0; i < lines->n; i++) {
        str choice = json_str(lines->p[i].values, by->name);
        bool has = false;
        for (size_t k = 0; k < f->form->column_count; k++)
            has = has || str_eq(f->form->columns[k].choice, choice);
        if (!has)
            said_add(f->op, &left, choice);
    }
    if (left.texts.n)
        fill_gap(f, by->name, op_text(f->op, "“%.*s”在台账里有，表里没有这一栏，没有填", PS(op_join(f->op, left.texts.p, left.texts.n, S("”“")))));
}

static void ends_tell(struct filling *f, const struct outcome *outcomes)
{
    for (size_t i = 0; i < f->form->column_count; i++) {
        const struct form_column *c = &f->form->columns[i];
        if (outcomes[i].hidden)
            fill_gap(f, fill_place(f->op, c), op_text(f->op, "有 %lld 行无权导出，没有填", (long long)outcomes[i].hidden));
        if (outcomes[i].differ)
            fill_gap(f, fill_place(f->op, c), op_text(f->op, "有 %lld 行各岗的不一样，一格写不下，没有填", (long long)outcomes[i].differ));
        if (c->choice.n && !outcomes[i].filled && !outcomes[i].hidden)
            fill_gap(f, fill_place(f->op, c), op_text(f->op, "台账里没有“%.*s”", PS(c->choice)));
    }
}

bool spread_fill(struct filling *f, struct list_query *q)
{
    const struct form *form = f->form;
    const struct ledger *l = form->ledger;
    const struct form_column *days = day_column(form);
    struct outcome *outcomes = op_array(f->op, struct outcome, form->column_count + 1);
    struct lines lines;
    struct printed printed;
    if (!records_read(f, q, &lines) || !printed_read(f, &printed))
        return false;
    if (!printed.rows.n && !fill_room(f, rows_of(l, &lines)))
        return false;
    for (size_t from = 0, to; from < lines.n; from = to) {
        str on = days ? json_str(lines.p[from].values, days->field->name) : S("");
        uint32_t row = printed.rows.n ? printed_at(&printed, on) : form->data_first + (uint32_t)f->rows;
        for (to = from + 1; to < lines.n && same_row(l, &lines.p[from], &lines.p[to]); to++)
            ;
        in_order(l, &lines.p[from], to - from);
        if (row)
            row_put(f, row, &lines.p[from], to - from, printed.rows.n ? days : NULL, outcomes);
        else
            fill_gap(f, on, S("表里没有这一天的行"));
    }
    choices_left(f, &lines);
    ends_tell(f, outcomes);
    return true;
}
