/* A ledger as it was. */
#include "ledger/inner.h"

struct past past_at(struct tx *tx, const struct plan *plan, int64_t no, time_ms moment, struct counts *counts)
{
    return (struct past){.tx = tx, .plan = plan, .no = no, .moment = moment, .counts = counts};
}

static void past_init(const struct past *past, struct row *row)
{
    row_init(row, past->tx, past->plan);
    row->as_of = past->no;
    row->moment = past->moment;
    row->counts = past->counts;
    row->masked = past->masked;
}

bool past_row(const struct past *past, id record, struct row *row, bool *ret_found)
{
    past_init(past, row);
    return row_load(row, record, ret_found);
}

static bool rows_open(const struct past *past, const id *after, struct rows **ret)
{
    struct op *op = past->tx->op;
    struct sql s;
    sql_init(&s, op);
    sql_add(&s, "select ");
    sql_str(&s, past->plan->whole.sql);
    sql_add(&s, " from ");
    sql_str(&s, sql_table(op, past->plan));
    sql_add(&s, " t");
    if (after) {
        sql_add(&s, " where t.record > ");
        sql_arg(&s, ID(*after));
    }
    sql_add(&s, " order by t.record");
    return store_query(past->tx, sql_z(&s), sql_args(&s), ret);
}

bool past_each(const struct past *past, const id *after, past_fn *each, void *context)
{
    struct op *op = past->tx->op;
    struct rows *rows;
    bool more;
    if (past->no == 0)
        return true;
    if (!rows_open(past, after, &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        struct mark mark = op_mark(op);
        enum past_next next = PAST_DROP;
        struct row row;
        bool found = true;
        past_init(past, &row);
        row_take(&row, rows, &past->plan->whole, true);
        if ((row.head.fact_no > past->no && !past_row(past, row.record, &row, &found)) ||
            (found && !each(context, &row, &next)))
            return false;
        if (next == PAST_DROP)
            op_reset(op, mark);
        if (next == PAST_STOP)
            break;
        if (!rows_next(rows, &more))
            return false;
    }
    rows_close(rows);
    return true;
}
