/* Whole ledgers as cells, for those who compute over everybody: no record, no JSON and no title is made of a row. */
#include "ledger/excel.h"
#include "ledger/inner.h"

enum { ASKED_AT_ONCE = 500 }; /* ids in one statement */

struct reading {
    struct tx *tx;
    const struct plan *plan;
    const struct cells_query *query;
    struct feel *where;
    bool by_row;                /* something asked for is no column: rows answer */
    struct arg *cells;
    int *ids;                   /* which of the values are ids; the record is the first */
    size_t id_count;
    cells_fn *each;
    void *context;
};

/* ---- from the table ---------------------------------------------------------------------------------------------- */

static str cell_sql(struct op *op, const struct plan *p, const struct field *f)
{
    if (f->column >= 0)
        return sql_column(op, S("t"), f->name);
    return f->tally ? sql_tally(op, p, field_index(p, f), S("t")) : S("");
}

static str columns_sql(struct reading *r)
{
    struct op *op = r->tx->op;
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("t.record"));
    for (size_t i = 0; i < r->query->field_count; i++)
        buf_text(&b, ", %.*s", PS(cell_sql(op, r->plan, r->query->fields[i])));
    return buf_str(&b);
}

/* +removed: an index of what is not withdrawn holds as many entries as the table has rows. Going by it, as SQLite otherwise
 * would, visits the table in the order of a key instead of as it lies, which takes twice as long. */
static void from_write(struct reading *r, struct sql *s, const id *of, size_t count)
{
    const struct field *key = r->query->key;
    sql_add(s, "from ");
    sql_str(s, sql_table(r->tx->op, r->plan));
    sql_add(s, " t where +t.removed = 0");
    for (size_t i = 0; of && i < count; i++) {
        sql_add(s, i ? ", " : " and ");
        if (i == 0) {
            sql_str(s, key ? sql_column(r->tx->op, S("t"), key->name) : S("t.record"));
            sql_add(s, " in (");
        }
        sql_arg(s, ID(of[i]));
    }
    sql_add(s, of ? ")" : "");
    if (key && !of) {
        sql_add(s, " and coalesce(");
        sql_str(s, sql_column(r->tx->op, S("t"), key->name));
        sql_add(s, ", null) is not null");
    }
    if (r->where && !r->by_row) {
        str reason;
        sql_add(s, " and ");
        must(sql_condition(s, r->plan, r->where, S("t"), &reason)); /* reading_open has tried it */
    }
}

/* Without passing the cell about: it is done for every reference of every row. */
static id id_in(const struct arg *cell)
{
    id x = {0};
    if (cell->kind == ARG_BLOB && cell->text.n == sizeof x.b)
        memcpy(x.b, cell->text.p, sizeof x.b);
    return x;
}

static bool table_row(void *context, struct arg *values)
{
    const struct reading *r = context;
    for (size_t i = 0; i < r->id_count; i++) {
        struct arg *value = &values[r->ids[i]];
        if (value->kind == ARG_BLOB)
            *value = ID(id_in(value));
    }
    return r->each(r->context, id_in(&values[0]), values + 1);
}

static bool table_each(struct reading *r, const id *of, size_t count)
{
    struct sql s;
    sql_init(&s, r->tx->op);
    from_write(r, &s, of, count);
    return store_each(r->tx, columns_sql(r), buf_str(&s.text), sql_args(&s), table_row, r);
}

/* ---- row by row -------------------------------------------------------------------------------------------------- */

static bool row_give(struct reading *r, struct row *row)
{
    if (row->head.removed || (r->where && !feel_true(row_eval(row, r->where))))
        return !row->broken;
    for (size_t i = 0; i < r->query->field_count; i++)
        r->cells[i] = row_cell(row, r->query->fields[i]);
    return !row->broken && r->each(r->context, row->record, r->cells);
}

static bool rows_each(struct reading *r, const id *of, size_t count)
{
    struct op *op = r->tx->op;
    struct sql s;
    struct rows *rows;
    bool more;
    sql_init(&s, op);
    sql_add(&s, "select ");
    sql_str(&s, r->plan->whole.sql);
    sql_add(&s, " ");
    from_write(r, &s, of, count);
    if (!store_query(r->tx, sql_z(&s), sql_args(&s), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        struct mark mark = op_mark(op);
        struct row row;
        row_init(&row, r->tx, r->plan);
        row_take(&row, rows, &r->plan->whole, false);
        if (!row_give(r, &row))
            return false;
        op_reset(op, mark);
        if (!rows_next(rows, &more))
            return false;
    }
    return true;
}

static bool past_give(void *context, struct row *row, enum past_next *ret)
{
    *ret = PAST_DROP;
    return row_give(context, row);
}

static bool past_records(struct reading *r, const struct past *past)
{
    struct op *op = r->tx->op;
    for (size_t i = 0; i < r->query->of_count; i++) {
        struct mark mark = op_mark(op);
        struct row row;
        bool found;
        if (!past_row(past, r->query->of[i], &row, &found) || (found && !row_give(r, &row)))
            return false;
        op_reset(op, mark);
    }
    return true;
}

static bool past_read(struct reading *r)
{
    struct op *op = r->tx->op;
    struct fact fact;
    bool found;
    if (!fact_get(r->tx, r->query->as_of_fact, &fact, &found))
        return false;
    time_ms moment = r->query->moment ? r->query->moment : found ? fact.at : op->now;
    struct past past = past_at(r->tx, r->plan, r->query->as_of_fact, moment, counts_new(side_op(op)));
    must(!r->query->of || !r->query->key);
    return r->query->of ? past_records(r, &past) : past_each(&past, NULL, past_give, r);
}

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static bool reading_open(struct reading *r, struct tx *tx, const struct ledger *l, const struct cells_query *q)
{
    struct op *op = tx->op;
    struct sql trial;
    str reason;
    *r = (struct reading){.tx = tx, .plan = plan_of(l), .query = q, .by_row = q->as_of_fact > 0};
    r->cells = op_array(op, struct arg, q->field_count + 2);
    r->ids = op_array(op, int, q->field_count + 1);
    if (str_trim(q->where).n && !feel_parse(op, q->where, reach_scope(op, r->plan, q->where), &r->where))
        return false;
    sql_init(&trial, op);
    r->by_row |= r->where && !sql_condition(&trial, r->plan, r->where, S("t"), &reason);
    r->by_row |= q->field_count + 1 > STORE_EACH_MAX;
    for (size_t i = 0; i < q->field_count; i++) {
        r->by_row |= cell_sql(op, r->plan, q->fields[i]).n == 0;
        if (field_columns[q->fields[i]->value] == COLUMN_ID)
            r->ids[r->id_count++] = (int)i + 1;
    }
    return true;
}

bool cells_each(struct tx *tx, const struct ledger *l, const struct cells_query *q, cells_fn *each, void *context)
{
    struct reading r;
    if (!reading_open(&r, tx, l, q))
        return false;
    r.each = each;
    r.context = context;
    if (q->as_of_fact)
        return past_read(&r);
    if (!q->of)
        return r.by_row ? rows_each(&r, NULL, 0) : table_each(&r, NULL, 0);
    for (size_t at = 0; at < q->of_count; at += ASKED_AT_ONCE) {
        size_t n = q->of_count - at < ASKED_AT_ONCE ? q->of_count - at : ASKED_AT_ONCE;
        if (r.by_row ? !rows_each(&r, q->of + at, n) : !table_each(&r, q->of + at, n))
            return false;
    }
    return true;
}

/* ---- what cells follow from -------------------------------------------------------------------------------------- */

struct sources {
    struct op *op;
    bool *seen;                 /* of the town's ledgers */
    const struct town *town;
    int depth;
};

static void names_follow(struct sources *s, const struct plan *p, const struct feel *tree);

static void plan_add(struct sources *s, const struct plan *p)
{
    for (size_t i = 0; i < s->town->count; i++)
        s->seen[i] |= s->town->plans[i] == p;
}

/* Towards the village group, reference by reference. */
static void group_follow(struct sources *s, const struct plan *p)
{
    if (++s->depth < GROUP_VIA_MAX * 2)
        for (size_t i = 0; i < p->group_via_count; i++) {
            const struct plan *target = p->targets[p->group_via[i]];
            plan_add(s, target);
            group_follow(s, target);
        }
    s->depth--;
}

static void field_follow(struct sources *s, const struct plan *p, const struct field *f)
{
    int i = field_index(p, f);
    if (f->column >= 0 || s->depth == GROUP_VIA_MAX * 2)
        return;
    s->depth++;
    if (f->tally) {
        plan_add(s, p->tally[i]->from);
        if (p->tally[i]->where)
            names_follow(s, p->tally[i]->from, p->tally[i]->where);
    } else if (p->formula && p->formula[i]) {
        names_follow(s, p, p->formula[i]);
    }
    s->depth--;
}

static void reach_follow(struct sources *s, const struct plan *p, const struct reach *reach)
{
    const struct plan *at = p;
    for (size_t i = 0; i < reach->step_count; i++) {
        if (reach->steps[i] < 0)
            group_follow(s, at);
        at = reach_step(p, reach, i);
        plan_add(s, at);
    }
    if (reach->end)
        field_follow(s, at, reach->end);
}

static void names_follow(struct sources *s, const struct plan *p, const struct feel *tree)
{
    const int *names;
    size_t count;
    feel_names(s->op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *source = source_of(tree, names[i]);
        if (source->kind == SOURCE_FIELD)
            field_follow(s, p, &p->def.fields[source->field]);
        if (source->kind == SOURCE_REACH)
            reach_follow(s, p, source->reach);
        if (source->kind == SOURCE_GROUP || (source->kind == SOURCE_PATH && source->field < 0))
            group_follow(s, p);
        if (source->kind != SOURCE_PATH)
            continue;
        plan_add(s, source->target);
        if (source->of == SOURCE_FIELD)
            field_follow(s, source->target, &source->target->def.fields[source->of_field]);
    }
}

bool cells_sources(struct tx *tx, const struct ledger *l, const struct cells_query *q, const struct ledger ***ret,
                   size_t *ret_count)
{
    struct reading r;
    const struct town *town = plan_of(l)->town;
    struct sources s = {.op = tx->op, .town = town, .seen = op_array(tx->op, bool, town->count + 1)};
    const struct ledger **found = op_array(tx->op, const struct ledger *, town->count + 1);
    size_t n = 0;
    if (!reading_open(&r, tx, l, q))
        return false;
    if (r.where)
        names_follow(&s, r.plan, r.where);
    for (size_t i = 0; i < q->field_count; i++)
        field_follow(&s, r.plan, q->fields[i]);
    for (size_t i = 0; i < town->count; i++)
        if (s.seen[i])
            found[n++] = &town->plans[i]->def;
    *ret = found;
    *ret_count = n;
    return true;
}

/* ---- titles ------------------------------------------------------------------------------------------------------ */

bool record_titles(struct tx *tx, const struct ledger *l, const id *records, size_t count, int64_t as_of_fact, str *ret)
{
    struct op *op = tx->op;
    struct who system = {.name = S("系统"), .system = true};
    struct labels *labels = labels_new(tx, &system);
    struct fact fact;
    time_ms moment = 0;
    bool found;
    if (as_of_fact) {
        if (!fact_get(tx, as_of_fact, &fact, &found))
            return false;
        moment = found ? fact.at : op->now;
    }
    for (size_t i = 0; i < count; i++) {
        struct row row;
        row_init(&row, tx, plan_of(l));
        row.as_of = as_of_fact;
        row.moment = moment;
        row.labels = labels;
        if (!row_load(&row, records[i], &found))
            return false;
        ret[i] = found ? row_title(&row) : S("");
        if (row.broken)
            return false;
    }
    return true;
}
