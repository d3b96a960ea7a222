/* After an import: the indexes that were away, and search for what it brought. In transactions of their own, one after
 * another, so that others may save between them; begun again at the next opening if it was broken off. */
#include "ledger/inner.h"

enum {
    READ_AT_ONCE = 2000,  /* rows in memory, with all that is made of them; some 10 MB */
    PUT_AT_ONCE = 50000,  /* in one transaction: others wait for it some half a second */
};

struct settling {
    struct store *store;
    const struct plan *plan;
    int64_t after;        /* facts */
    id last;              /* record that has been put */
    bool more;
};

/* Records that search has never heard of; one changed since was put by that. */
static bool rows_read(struct settling *s, struct tx *tx, struct row *list, size_t *ret_count)
{
    struct op *op = tx->op;
    struct rows *rows;
    bool found;
    struct pick pick = pick_columns(op, s->plan, s->plan->searched);
    str sql = op_text(op,
                      "select %.*s from %.*s t where t.fact_no > $1 and t.removed = 0 and t.record > $2 and not exists"
                      " (select 1 from search_doc d where d.record = t.record and d.ledger = $3)"
                      " order by t.record limit $4",
                      PS(pick.sql), PS(sql_table(op, s->plan)));
    struct args args = ARGS(INT(s->after), BLOB(((str){(const char *)s->last.b, sizeof s->last})),
                            TEXT(s->plan->def.english), INT(READ_AT_ONCE));
    *ret_count = 0;
    if (!store_query(tx, sql.p, args, &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        struct row *row = &list[(*ret_count)++];
        row_init(row, tx, s->plan);
        row_take(row, rows, &pick, true);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

static bool rows_put(struct settling *s, struct tx *tx)
{
    struct op *op = tx->op;
    struct row *list = op_array(op, struct row, READ_AT_ONCE);
    struct labels *labels = labels_new(tx, NULL);
    size_t count;
    nearby_rest(tx);
    if (!rows_read(s, tx, list, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        list[i].labels = labels; /* the village groups are the same for many */
        if (!row_searchable(&list[i], true) || list[i].broken)
            return false;
        s->last = list[i].record;
    }
    s->more = count == READ_AT_ONCE;
    return true;
}

static bool batch_put(struct settling *s, struct op *op)
{
    struct tx *tx;
    if (!store_begin(s->store, op, TX_BULK, &tx))
        return false;
    nearby_begin(tx);
    s->more = true;
    for (int put = 0; put < PUT_AT_ONCE && s->more; put += READ_AT_ONCE) {
        struct mark mark = op_mark(op);
        bool done = rows_put(s, tx);
        op_reset(op, mark);
        if (!done)
            return false;
    }
    return (s->more || store_due_done(tx, s->plan->def.english)) && store_commit(tx);
}

static bool due_settle(struct store *store, struct op *op, const struct plan *plan, int64_t after)
{
    struct settling s = {.store = store, .plan = plan, .after = after, .more = true};
    struct tx *tx;
    if (!store_begin(store, op, TX_BULK, &tx) || !table_indexes_follow(tx, &plan->table) || !store_commit(tx))
        return false;
    while (s.more) {
        struct mark mark = op_mark(op);
        bool done = batch_put(&s, op);
        op_reset(op, mark);
        if (!done)
            return false;
    }
    return true;
}

bool town_settle(struct store *store, struct op *op, const struct town *town)
{
    for (bool any = false;;) {
        struct mark mark = op_mark(op);
        struct tx *tx;
        struct due_table due;
        bool found;
        if (!store_begin(store, op, TX_READ, &tx) || !store_due(tx, &due, &found) || !store_commit(tx))
            return false;
        if (!found)
            return !any || search_settle(store, op);
        any = true;
        const struct ledger *l = town_ledger(town, due.name);
        bool done = l ? due_settle(store, op, plan_of(l), due.after)
                      : store_begin(store, op, TX_BULK, &tx) && store_due_done(tx, due.name) && store_commit(tx);
        op_reset(op, mark);
        if (!done)
            return false;
    }
}
