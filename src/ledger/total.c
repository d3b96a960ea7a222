/* Adding up: how many records answer a condition, and what one of their fields comes to.
 *
 * Mostly the database adds up. What SQL cannot say, fields that hold several values, and a ledger as it was are gone
 * through row by row with the rows a list shows; rights and covered fields are asked in the same place as for lists. */
#include "ledger/excel.h"
#include "ledger/inner.h"

struct adding {
    struct op *op;
    const struct field *of;
    struct list_total *total;
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

static bool record_add_up(void *context, const struct record *r)
{
    struct adding *a = context;
    const struct json *v = a->of ? json_get(r->values, a->of->name) : NULL;
    dec number;
    a->total->rows++;
    if (!v || v->kind == JSON_NULL)
        return true;
    a->total->filled++;
    if (v->kind == JSON_ARRAY)
        for (const struct json *e = v->first; e; e = e->next)
            value_seen(a, e);
    else
        value_seen(a, v);
    if (v->kind == JSON_NUMBER && dec_parse(v->text, &number) && !dec_add(a->total->sum, number, &a->total->sum))
        a->broken = true;
    return true;
}

static bool rows_add_up(struct tx *tx, const struct who *who, const struct plan *plan, const struct total_query *q,
                        struct list_total *ret)
{
    struct op *side = side_op(tx->op);
    struct adding a = {.op = tx->op, .of = q->of, .total = ret};
    str fields[1] = {q->of ? q->of->name : S("")};
    struct list_query list = {
        .where = q->where, .as_of_fact = q->as_of_fact, .fields = fields, .field_count = q->of != NULL};
    map_init(&a.seen, side);
    if (!list_each(tx, plan->town, who, &plan->def, &list, ACT_READ, record_add_up, &a))
        return false;
    ret->distinct = (int64_t)a.seen.count;
    return !a.broken || op_fail(tx->op, FAULT_INPUT, q->of->name, "“%.*s”的合计太大，算不出来；请检查有没有填错的数", PS(q->of->name));
}

/* The field's column when the database can add it up: one value a record, nothing covered. */
static bool column_of(const struct plan *plan, const struct right *right, const struct total_query *q)
{
    if (!q->of)
        return true;
    return q->of->column >= 0 && !right->masked[field_index(plan, q->of)] && field_columns[q->of->value] != COLUMN_JSON;
}

static bool table_add_up(struct tx *tx, const struct plan *plan, const struct right *right, const struct total_query *q,
                         const struct feel *where, bool *ret_done, struct list_total *ret)
{
    struct op *op = tx->op;
    struct sql s;
    struct rows *rows;
    bool found;
    str reason;
    sql_init(&s, op);
    sql_add(&s, "select count(*)");
    if (q->of) {
        str column = sql_column(op, S("t"), q->of->name);
        bool number = field_feel_types[q->of->value] == &feel_number;
        sql_str(&s, op_text(op, ", count(%.*s), count(distinct %.*s), %.*s", PS(column), PS(column),
                            PS(number ? op_text(op, "coalesce(sum(%.*s), 0)", PS(column)) : S("0"))));
    }
    sql_add(&s, " from ");
    sql_str(&s, sql_table(op, plan));
    sql_add(&s, " t where ");
    right_add(&s, right);
    sql_add(&s, " and t.removed = 0");
    if (where) {
        sql_add(&s, " and ");
        if (!sql_condition(&s, plan, where, S("t"), &reason))
            return true;
    }
    *ret_done = true;
    if (!store_query(tx, sql_z(&s), sql_args(&s), &rows) || !rows_next(rows, &found))
        return false;
    must(found);
    ret->rows = rows_int(rows, 0);
    if (q->of) {
        ret->filled = rows_int(rows, 1);
        ret->distinct = rows_int(rows, 2);
        ret->sum = dec_of_scaled(rows_int(rows, 3), field_scale(q->of));
    }
    rows_close(rows);
    return true;
}

bool list_total(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                const struct total_query *q, struct list_total *ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct feel *where = NULL;
    struct list_total total = {.sum = dec_of(0)};
    bool done = false;
    must(plan->town == town);
    if (!right_for(tx->op, town, who, l, ACT_READ, &right))
        return false;
    if (str_trim(q->where).n &&
        (!feel_parse(tx->op, who_condition(tx->op, who, plan, q->where), &plan->scope, &where) ||
         !where_allowed(tx->op, who, plan, &right, where)))
        return false;
    if (q->of && right.masked[field_index(plan, q->of)])
        return op_fail(tx->op, FAULT_DENIED, q->of->name, "“%.*s”对您是打码显示的，不能合计", PS(q->of->name));
    if (!q->as_of_fact && column_of(plan, &right, q) && !table_add_up(tx, plan, &right, q, where, &done, &total))
        return false;
    if (!done && !rows_add_up(tx, who, plan, q, &total))
        return false;
    *ret = total;
    return true;
}
