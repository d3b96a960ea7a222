/* Adding up: how many records answer a condition, and what one of their fields comes to; of all of them, or of each part
 * of them at once.
 *
 * Mostly the database adds up. What SQL cannot say, fields that hold several values, and a ledger as it was are gone
 * through row by row with the rows a list shows; rights and covered fields are asked in the same place as for lists. */
#include "ledger/excel.h"
#include "ledger/inner.h"

struct totalling {
    struct tx *tx;
    struct op *op;
    const struct plan *plan;
    const struct who *who;
    const struct total_query *q;
    struct right right;
    struct feel *where;         /* NULL: all */
    const struct plan *partly;  /* it looks into this ledger, of which they see only a part: rows are asked */
};

static bool total_open(struct totalling *t, struct tx *tx, const struct town *town, const struct who *who,
                       const struct ledger *l, const struct total_query *q)
{
    *t = (struct totalling){.tx = tx, .op = tx->op, .plan = plan_of(l), .who = who, .q = q};
    must(t->plan->town == town);
    if (!right_for(tx->op, town, who, l, ACT_READ, &t->right))
        return false;
    str where = who_condition(tx->op, who, t->plan, str_trim(q->where));
    if (where.n && (!feel_parse(tx->op, where, reach_scope(tx->op, t->plan, where), &t->where) ||
                    !where_allowed(tx->op, who, t->plan, &t->right, t->where, &t->partly)))
        return false;
    if (q->of && t->right.masked[field_index(t->plan, q->of)])
        return op_fail(tx->op, FAULT_DENIED, q->of->name, "“%.*s”对您是打码显示的，不能合计", PS(q->of->name));
    return true;
}

static bool too_much(const struct totalling *t)
{
    return op_fail(t->op, FAULT_INPUT, t->q->of->name, "“%.*s”的合计太大，算不出来；请检查有没有填错的数",
                   PS(t->q->of->name));
}

/* ---- row by row -------------------------------------------------------------------------------------------------- */

struct adding {
    const struct total_query *q;
    struct list_total total;
    struct map seen;            /* texts of the values met, for counting each once */
    bool broken;                /* a sum that left 34 digits */
};

static void value_seen(struct adding *a, const struct json *v)
{
    if (v->kind == JSON_NULL)
        return;
    if (!map_get(&a->seen, v->text)) {
        str key = op_copy(a->seen.op, v->text);
        map_put(&a->seen, key, a);
    }
}

static void first_seen(struct list_total *total, day d)
{
    if (!total->dated || d < total->first)
        total->first = d;
    total->dated = true;
}

static void record_add_up(struct adding *a, const struct record *r)
{
    const struct field *of = a->q->of;
    const struct json *v = of ? json_get(r->values, of->name) : NULL;
    time_ms moment;
    dec number;
    a->total.rows++;
    if (!v || v->kind == JSON_NULL)
        return;
    a->total.filled++;
    if (a->q->distinct && v->kind == JSON_ARRAY)
        for (const struct json *e = v->first; e; e = e->next)
            value_seen(a, e);
    else if (a->q->distinct)
        value_seen(a, v);
    if (v->kind == JSON_NUMBER && dec_parse(v->text, &number) && !dec_add(a->total.sum, number, &a->total.sum))
        a->broken = true;
    if (a->q->first && v->kind == JSON_STRING && time_parse(v->text, &moment))
        first_seen(&a->total, day_at(moment));
}

/* Parts by village group. */
struct sharing {
    struct map of;              /* 16 bytes of a group's id -> its part + 1 */
    const struct total_parts *parts;
    struct adding *p;           /* [parts->count]; of the whole: one, and no parts */
};

static void sharing_begin(struct sharing *s, const struct totalling *t, const struct total_parts *parts)
{
    struct op *side = side_op(t->op);
    size_t count = parts ? parts->count : 1;
    *s = (struct sharing){.parts = parts, .p = op_array(side, struct adding, count ? count : 1)};
    map_init(&s->of, side);
    for (size_t i = 0; parts && i < parts->group_count; i++) {
        size_t *part = op_new(side, size_t);
        *part = parts->groups[i].part;
        map_put(&s->of, op_copy(side, (str){(const char *)parts->groups[i].group.b, sizeof(id)}), part);
    }
    for (size_t i = 0; i < count; i++) {
        s->p[i].q = t->q;
        s->p[i].total.sum = dec_of(0);
        map_init(&s->p[i].seen, side);
    }
}

/* NULL: it is in no part. */
static struct adding *sharing_part(const struct sharing *s, id group)
{
    if (!s->parts)
        return s->p;
    if (id_none(group))
        return s->parts->none < s->parts->count ? &s->p[s->parts->none] : NULL;
    const size_t *part = map_get(&s->of, (str){(const char *)group.b, sizeof group.b});
    return part ? &s->p[*part] : NULL;
}

static bool sharing_add(void *context, const struct record *r)
{
    struct adding *a = sharing_part(context, r->group);
    if (a)
        record_add_up(a, r);
    return true;
}

/* Counting needs no field, but a list shows one at least: not one that is made, nor all of them. */
static const struct field *any_stored(const struct ledger *l)
{
    size_t i = 0;
    while (i + 1 < l->field_count && l->fields[i].column < 0)
        i++;
    return &l->fields[i];
}

static bool rows_add_up(const struct totalling *t, struct sharing *s)
{
    const struct total_query *q = t->q;
    const struct field *of = q->of ? q->of : any_stored(&t->plan->def);
    struct list_query list = {.where = q->where,
                              .as_of = q->as_of,
                              .as_of_fact = q->as_of_fact,
                              .fields = &of->name,
                              .field_count = 1,
                              .grouped = s->parts != NULL};
    if (!list_each(t->tx, t->plan->town, t->who, &t->plan->def, &list, ACT_READ, sharing_add, s))
        return false;
    for (size_t i = 0; i < (s->parts ? s->parts->count : 1); i++) {
        s->p[i].total.distinct = (int64_t)s->p[i].seen.count;
        if (s->p[i].broken)
            return too_much(t);
    }
    return true;
}

/* ---- by the database --------------------------------------------------------------------------------------------- */

/* The field's column when the database can add it up: one value a record, nothing covered. */
static bool column_of(const struct totalling *t)
{
    const struct field *of = t->q->of;
    return !t->q->as_of_fact && (!of || (of->column >= 0 && field_columns[of->value] != COLUMN_JSON));
}

static str column_sql(const struct totalling *t)
{
    return sql_column(t->op, S("t"), t->q->of->name);
}

/* What has been written so far, as a text; the parameters stay. */
static str sql_cut(struct sql *s)
{
    str text = op_copy(s->op, buf_str(&s->text));
    s->text.n = 0;
    return text;
}

/* Which records. False: the condition cannot be said in SQL, or not under these rights. */
static bool where_write(const struct totalling *t, struct sql *s)
{
    str reason;
    s->counts = true;
    sql_add(s, " where ");
    right_add(s, &t->right);
    sql_add(s, " and t.removed + 0 = 0"); /* not by the index of a unique field, which is of these */
    if (!t->where)
        return true;
    sql_add(s, " and ");
    return !t->partly && sql_condition(s, t->plan, t->where, S("t"), &reason);
}

/* Rows, those filled, different ones, their sum, the least; `only`: " filter (where …)" or nothing. */
static str sums_said(const struct totalling *t, str only)
{
    const struct total_query *q = t->q;
    struct op *op = t->op;
    if (!q->of)
        return op_text(op, "count(*)%.*s, 0, 0, 0, null", PS(only));
    str c = column_sql(t), distinct = S("0"), sum = S("0"), least = S("null");
    if (q->distinct)
        distinct = op_text(op, "count(distinct %.*s)%.*s", PS(c), PS(only));
    if (field_feel_types[q->of->value] == &feel_number)
        sum = op_text(op, "coalesce(sum(%.*s)%.*s, 0)", PS(c), PS(only));
    if (q->first)
        least = op_text(op, "min(%.*s)%.*s", PS(c), PS(only));
    return op_text(op, "count(*)%.*s, count(%.*s)%.*s, %.*s, %.*s, %.*s", PS(only), PS(c), PS(only), PS(distinct), PS(sum),
                   PS(least));
}

/* What one row of an answer says; the same bytes are kept for the next to ask. */
struct sums {
    id group;                   /* by village group: none for the town's own */
    int64_t part;               /* by condition; -1: none */
    int64_t rows, filled, distinct, sum, least;
    bool dated;
};
struct answer {
    struct sums *p;
    size_t n, cap;
};

enum { SUMS_COLUMNS = 5 };

/* `at`: the first column of what sums_said asks for. */
static struct sums sums_of(const struct rows *rows, int at)
{
    return (struct sums){.rows = rows_int(rows, at),
                         .filled = rows_int(rows, at + 1),
                         .distinct = rows_int(rows, at + 2),
                         .sum = rows_int(rows, at + 3),
                         .dated = !rows_is_null(rows, at + 4),
                         .least = rows_int(rows, at + 4)};
}

static struct sums sums_keyed(const struct rows *rows)
{
    struct sums x = sums_of(rows, 1);
    x.group = rows_id(rows, 0);
    x.part = rows_is_null(rows, 0) ? -1 : rows_int(rows, 0);
    return x;
}

/* Under which the answer is kept. A figure is asked for again and again while the office works on other things: what its tables
 * gave is true until one of them is written to. */
static bool sums_key(const struct totalling *t, const struct sql *s, str *ret)
{
    const str *tables;
    size_t count;
    sql_tables(s, &tables, &count);
    return store_kept_key(t->tx, tables, count, sql_key(s), ret);
}

/* `s`: key, then sums_said. */
static bool sums_ask(const struct totalling *t, struct sql *s, struct answer *ret)
{
    struct op *op = t->op;
    struct rows *rows;
    bool more;
    str key, bytes;
    *ret = (struct answer){0};
    if (!sums_key(t, s, &key))
        return false;
    if (store_kept(t->tx, key, &bytes)) {
        ret->n = bytes.n / sizeof *ret->p;
        ret->p = op_array(op, struct sums, ret->n + 1);
        memcpy(ret->p, bytes.p, bytes.n);
        return true;
    }
    if (!store_query(t->tx, sql_z(s), sql_args(s), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        *list_add(op, ret) = sums_keyed(rows);
        if (!rows_next(rows, &more))
            return false;
    }
    store_keep(t->tx, key, (str){(const char *)ret->p, ret->n * sizeof *ret->p});
    return true;
}

static bool sums_take(const struct totalling *t, const struct sums *x, struct list_total *total)
{
    const struct field *of = t->q->of;
    total->rows += x->rows;
    total->filled += x->filled;
    total->distinct += x->distinct;
    if (x->dated)
        first_seen(total, field_columns[of->value] == COLUMN_TIME ? day_at(x->least) : (day)x->least);
    return !of || dec_add(total->sum, dec_of_scaled(x->sum, field_scale(of)), &total->sum) || too_much(t);
}

/* The whole question. False: the condition cannot be said in SQL, or not under these rights. */
static bool table_ask(const struct totalling *t, struct sql *s)
{
    sql_init(s, t->op);
    if (!where_write(t, s))
        return false;
    str where = sql_cut(s);
    sql_add(s, "select 0, ");
    sql_str(s, sums_said(t, S("")));
    sql_str(s, sql_from(s, t->plan));
    sql_str(s, where);
    return true;
}

static bool table_add_up(const struct totalling *t, bool *ret_done, struct list_total *ret)
{
    struct sql s;
    struct answer answer;
    if (!table_ask(t, &s))
        return true;
    *ret_done = true;
    if (!sums_ask(t, &s, &answer))
        return false;
    must(answer.n == 1);
    return sums_take(t, answer.p, ret);
}

/* Different values of a part are not the sum of those of its groups: each is met once with each group. */
static bool values_share(const struct totalling *t, str from, const struct sql *sums, struct sharing *share)
{
    struct rows *rows;
    bool more;
    str column = column_sql(t);
    str text = op_text(t->op, "select t.%.*s, %.*s%.*s and %.*s is not null group by 1, 2", PS(store_name(t->op, S("组"))),
                       PS(column), PS(from), PS(column));
    if (!store_query(t->tx, op_z(t->op, text), sql_args(sums), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        struct adding *a = sharing_part(share, rows_id(rows, 0));
        struct arg v = rows_cell(rows, 1);
        str key = v.kind == ARG_INT ? (str){(const char *)&v.i, sizeof v.i} : v.text;
        if (a && !map_get(&a->seen, key))
            map_put(&a->seen, op_copy(a->seen.op, key), a);
        if (!rows_next(rows, &more))
            return false;
    }
    for (size_t i = 0; i < share->parts->count; i++)
        share->p[i].total.distinct = (int64_t)share->p[i].seen.count;
    return true;
}

static bool groups_add_up(const struct totalling *t, bool *ret_done, struct sharing *share)
{
    struct total_query plain = *t->q;
    struct totalling one = *t;
    struct sql s;
    struct answer answer;
    sql_init(&s, t->op);
    if (!where_write(t, &s))
        return true;
    plain.distinct = false;
    one.q = &plain;
    str where = sql_cut(&s), from = op_text(t->op, "%.*s%.*s", PS(sql_from(&s, t->plan)), PS(where)), group = sql_column(t->op, S("t"), S("组"));
    sql_str(&s, op_text(t->op, "select %.*s, ", PS(group)));
    sql_str(&s, sums_said(&one, S("")));
    sql_str(&s, op_text(t->op, "%.*s group by %.*s", PS(from), PS(group)));
    *ret_done = true;
    if (!sums_ask(t, &s, &answer))
        return false;
    for (size_t i = 0; i < answer.n; i++) {
        struct adding *a = sharing_part(share, answer.p[i].group);
        if (a && !sums_take(t, &answer.p[i], &a->total))
            return false;
    }
    return !t->q->of || !t->q->distinct || values_share(t, from, &s, share);
}

/* Which part a record is in, as SQL: 0, 1, 2 …, or null. False: a condition cannot be said in SQL. */
static bool parts_write(const struct totalling *t, const struct total_parts *parts, struct sql *s, bool *ret_done)
{
    str reason;
    sql_add(s, "select case");
    for (size_t i = 0; i < parts->count; i++) {
        struct feel *tree;
        const struct plan *partly = NULL;
        if (!feel_parse(t->op, parts->conditions[i], reach_scope(t->op, t->plan, parts->conditions[i]), &tree) ||
            !where_allowed(t->op, t->who, t->plan, &t->right, tree, &partly))
            return false;
        sql_add(s, " when ");
        if (partly || !sql_condition(s, t->plan, tree, S("t"), &reason))
            return true;
        sql_str(s, op_text(t->op, " then %zu", i));
    }
    sql_add(s, " end, ");
    *ret_done = true;
    return true;
}

static bool conditions_add_up(const struct totalling *t, const struct total_parts *parts, bool *ret_done,
                              struct list_total *ret)
{
    struct sql s;
    struct answer answer;
    bool written = false;
    sql_init(&s, t->op);
    if (!where_write(t, &s))
        return true;
    str where = sql_cut(&s);
    if (!parts_write(t, parts, &s, &written))
        return false;
    if (!written)
        return true;
    sql_str(&s, sums_said(t, S("")));
    sql_str(&s, sql_from(&s, t->plan));
    sql_str(&s, where);
    sql_add(&s, " group by 1");
    *ret_done = true;
    if (!sums_ask(t, &s, &answer))
        return false;
    for (size_t i = 0; i < answer.n; i++) {
        const struct sums *x = &answer.p[i];
        if (x->part >= 0 && x->part < (int64_t)parts->count && !sums_take(t, x, &ret[x->part]))
            return false;
    }
    return true;
}

/* ---- the two ways to ask ----------------------------------------------------------------------------------------- */

bool list_total(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                const struct total_query *q, struct list_total *ret)
{
    struct totalling t;
    struct sharing whole;
    struct list_total total = {.sum = dec_of(0)};
    bool done = false;
    if (!total_open(&t, tx, town, who, l, q) || (column_of(&t) && !table_add_up(&t, &done, &total)))
        return false;
    if (!done) {
        sharing_begin(&whole, &t, NULL);
        if (!rows_add_up(&t, &whole))
            return false;
        total = whole.p->total;
    }
    *ret = total;
    return true;
}

static bool groups_total(const struct totalling *t, const struct total_parts *parts, struct list_total *ret)
{
    struct sharing share;
    bool done = false;
    sharing_begin(&share, t, parts);
    if ((column_of(t) && !groups_add_up(t, &done, &share)) || (!done && !rows_add_up(t, &share)))
        return false;
    for (size_t i = 0; i < parts->count; i++)
        ret[i] = share.p[i].total;
    return true;
}

bool list_totals(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                 const struct total_query *q, const struct total_parts *parts, struct list_total *ret)
{
    struct totalling t;
    bool done = false;
    if (!total_open(&t, tx, town, who, l, q))
        return false;
    if (!parts->conditions)
        return groups_total(&t, parts, ret);
    for (size_t i = 0; i < parts->count; i++)
        ret[i] = (struct list_total){.sum = dec_of(0)};
    if (column_of(&t) && !conditions_add_up(&t, parts, &done, ret))
        return false;
    for (size_t i = 0; !done && i < parts->count; i++) {
        struct total_query one = *q;
        one.where = str_trim(q->where).n ? op_text(tx->op, "(%.*s) and (%.*s)", PS(q->where), PS(parts->conditions[i]))
                                         : parts->conditions[i];
        if (!list_total(tx, town, who, l, &one, &ret[i]))
            return false;
    }
    return true;
}

/* ---- several questions in one reading -------------------------------------------------------------------------------- */

enum { AHEAD_MAX = 100 }; /* questions; statements of SQLite and PostgreSQL have more than a thousand columns */

struct question {
    struct totalling t;
    str key;                    /* under which list_total looks for it */
    str joins;                  /* the records it looks into, as SQL; empty: none */
    bool asked;
};
struct questions {
    struct question *p;
    size_t n, cap;
};

/* A condition on columns of the ledger's own that an index may answer. */
static bool narrowed(str condition)
{
    size_t at;
    for (str rest = condition; str_find(rest, S("t.\""), &at); rest = str_part(rest, at + 1, rest.n))
        if (!str_ends(str_part(rest, 0, at), S("coalesce(")))
            return true;
    return false;
}

/* A condition that looks into other records is quicker by itself where it looks there only for some: for those that the rest
 * of it finds. What counts (计) is asked for each record. */
static bool better_alone(const struct totalling *t, str *ret_joins)
{
    struct sql alone;
    str reason;
    size_t at;
    *ret_joins = S("");
    if (!t->where)
        return false;
    sql_init(&alone, t->op);
    alone.counts = true;
    if (!sql_condition(&alone, t->plan, t->where, S("t"), &reason) || str_find(buf_str(&alone.text), S("select"), &at))
        return true;
    if (alone.joins.n)
        *ret_joins = sql_from(&alone, t->plan);
    return alone.joins.n && narrowed(buf_str(&alone.text));
}

static bool question_take(const struct totalling *t, struct questions *list)
{
    struct sql one;
    struct question x = {.t = *t};
    str kept;
    if (!column_of(t) || !table_ask(t, &one))
        return true;
    if (!sums_key(t, &one, &x.key))
        return false;
    if (!store_kept(t->tx, x.key, &kept) && !better_alone(t, &x.joins)) /* mostly it is kept, and nothing more is to be found out */
        *list_add(t->op, list) = x;
    return true;
}

/* Takes out of `some` what every one of `all` has, and says it as one condition; empty: nothing. */
static str common_taken(const struct sql *s, struct conditions *all, size_t count)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    for (size_t i = 0; i < all->n;) {
        size_t has = 1, at[AHEAD_MAX] = {i};
        for (; has < count; has++) {
            size_t k = 0;
            while (k < all[has].n && !sql_same(s, all->p[i], all[has].p[k]))
                k++;
            if (k == all[has].n)
                break;
            at[has] = k;
        }
        if (has < count) {
            i++;
            continue;
        }
        buf_text(&b, "%s%.*s", b.n ? " and " : "", PS(all->p[i]));
        for (size_t q = 0; q < count; q++)
            memmove(all[q].p + at[q], all[q].p + at[q] + 1, (--all[q].n - at[q]) * sizeof *all[q].p);
    }
    return buf_str(&b);
}

static str filter_said(struct op *op, const struct conditions *c)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < c->n; i++)
        buf_text(&b, "%s%.*s", i ? " and " : " filter (where ", PS(c->p[i]));
    buf_add(&b, c->n ? S(")") : S(""));
    return buf_str(&b);
}

/* What all of them ask for is asked once, of the record; " is true" keeps it from indexes. */
static void questions_write(struct question *const *some, size_t count, struct sql *s)
{
    struct totalling all = some[0]->t;
    struct op *op = all.op;
    struct conditions *each = op_array(op, struct conditions, count);
    str reason;
    all.where = NULL;
    must(where_write(&all, s)); /* first: rights begin to count parameters */
    str where = sql_cut(s);
    s->all_rows = true;
    for (size_t i = 0; i < count; i++)
        if (some[i]->t.where) {
            must(sql_condition(s, all.plan, some[i]->t.where, S("t"), &reason)); /* it could be said a moment ago */
            sql_conjuncts(op, sql_cut(s), &each[i]);
        }
    str common = common_taken(s, each, count);
    for (size_t i = 0; i < count; i++) {
        sql_add(s, i ? ", " : "select ");
        sql_str(s, sums_said(&some[i]->t, filter_said(op, &each[i])));
    }
    sql_str(s, sql_from(s, all.plan));
    sql_str(s, where);
    if (common.n)
        sql_str(s, op_text(op, " and (%.*s) is true", PS(common)));
    sql_renumber(s);
}

static bool questions_ask(struct tx *tx, struct question *const *some, size_t count)
{
    struct sql s;
    struct rows *rows;
    bool found;
    sql_init(&s, tx->op);
    questions_write(some, count, &s);
    if (!store_query(tx, sql_z(&s), sql_args(&s), &rows) || !rows_next(rows, &found))
        return false;
    must(found);
    for (size_t i = 0; i < count; i++) {
        struct sums x = sums_of(rows, (int)i * SUMS_COLUMNS);
        store_keep(tx, some[i]->key, (str){(const char *)&x, sizeof x});
    }
    return true;
}

bool list_totals_ahead(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                       const struct total_query *queries, size_t count)
{
    struct questions all = {0};
    struct totalling t;
    struct question *some[AHEAD_MAX];
    for (size_t i = 0; i < count && all.n < AHEAD_MAX; i++) {
        int faults = tx->op->fault_count;
        if (!total_open(&t, tx, town, who, l, &queries[i]))
            op_forgive(tx->op, faults); /* list_total says it to whoever asks */
        else if (!question_take(&t, &all))
            return false;
    }
    for (size_t i = 0; i < all.n; i++) {
        size_t together = 0;
        for (size_t k = i; k < all.n && !all.p[i].asked; k++)
            if (str_eq(all.p[k].joins, all.p[i].joins))
                some[together++] = &all.p[k];
        for (size_t k = 0; k < together; k++)
            some[k]->asked = true;
        if (together > 1 && !questions_ask(tx, some, together))
            return false;
    }
    return true;
}
