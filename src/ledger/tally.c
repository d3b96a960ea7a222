/* Counts (计) as of a fact. What the database counts now has to be counted from facts then: the whole other ledger is read once for
 * each count, and all rows of a list share the result. */
#include "ledger/excel.h"
#include "ledger/inner.h"

enum { GROUP_LEVELS_MAX = 50 };

struct counts {
    struct op *op;
    struct map known;           /* ledger, field, fact -> struct count */
};

struct count {
    struct op *op;
    struct map of;              /* 16 bytes of a record's id -> int64_t */
};

struct counts *counts_new(struct op *op)
{
    struct counts *c = op_new(op, struct counts);
    c->op = op;
    map_init(&c->known, op);
    return c;
}

static void count_add(struct count *c, id record, int64_t n)
{
    str key = {(const char *)record.b, sizeof record.b};
    int64_t *sum = map_get(&c->of, key);
    if (!sum) {
        sum = op_new(c->op, int64_t);
        map_put(&c->of, op_copy(c->op, key), sum);
    }
    *sum += n;
}

struct counting {
    const struct tally_plan *tally;
    const struct plan *groups;  /* by 归属 */
    int64_t as_of;
    struct count *count;
};

/* A record of a village counts for every group above it too, as they stood then. */
static bool groups_add(struct counting *c, struct row *from, int64_t n)
{
    const struct field *parent = group_parent(c->groups);
    id group;
    if (!row_group(from, &group))
        return false;
    for (int level = 0; !id_none(group) && level < GROUP_LEVELS_MAX; level++) {
        struct row row;
        bool found;
        count_add(c->count, group, n);
        row_init(&row, from->tx, c->groups);
        row.as_of = c->as_of;
        if (!row_load(&row, group, &found))
            return false;
        struct arg up = found && parent ? row.cells[parent->column] : NUL;
        group = up.kind == ARG_ID ? up.id : (id){0};
    }
    return true;
}

static bool fact_count(void *context, struct tx *tx, const struct fact *fact)
{
    struct counting *c = context;
    const struct tally_plan *t = c->tally;
    struct mark mark = op_mark(tx->op);
    struct row row;
    bool done = true;
    if (fact->destroyed || fact->act == FACT_REMOVE)
        return true;
    row_init(&row, tx, t->from);
    row.as_of = c->as_of;
    if (!row_from_fact(&row, fact))
        return false;
    if (!t->where || feel_true(row_eval(&row, t->where))) {
        struct arg value = t->sum < 0 ? INT(1) : row.cells[t->from->def.fields[t->sum].column];
        int64_t n = value.kind == ARG_INT ? value.i : 0;
        struct arg by = t->by < 0 ? NUL : row.cells[t->from->def.fields[t->by].column];
        if (t->by < 0)
            done = groups_add(c, &row, n);
        else if (by.kind == ARG_ID)
            count_add(c->count, by.id, n);
    }
    op_reset(tx->op, mark);
    return done && !row.broken;
}

bool tally_as_of(struct row *row, int field, int64_t *ret)
{
    const struct plan *p = row->plan;
    if (!row->counts) /* beside the op: its memory is given back between facts */
        row->counts = counts_new(side_op(row->tx->op));
    struct counts *counts = row->counts;
    str key = op_text(row->tx->op, "%.*s %d %lld", PS(p->def.english), field, (long long)row->as_of);
    struct count *count = map_get(&counts->known, key);
    if (!count) {
        count = op_new(counts->op, struct count);
        count->op = counts->op;
        map_init(&count->of, counts->op);
        struct counting c = {p->tally[field], p, row->as_of, count};
        if (!store_facts_as_of(row->tx, p->tally[field]->from->def.english, row->as_of, fact_count, &c))
            return false;
        map_put(&counts->known, op_copy(counts->op, key), count);
    }
    const int64_t *sum = map_get(&count->of, (str){(const char *)row->record.b, sizeof row->record.b});
    *ret = sum ? *sum : 0;
    return true;
}
