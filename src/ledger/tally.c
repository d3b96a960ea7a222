/* Counts (计) as of a fact. Records that nobody has written since are counted by the database, as now; the others are
 * read as they were, once for all rows of a list. What the database cannot tell (a condition over other records,
 * village groups as they stood) is counted by reading the whole other ledger once. */
#include "ledger/excel.h"
#include "ledger/inner.h"

enum { GROUP_LEVELS_MAX = 50 };

struct counts {
    struct op *op;
    struct map known;           /* ledger, field, fact -> struct count */
};

struct count {
    struct op *op;
    bool changed_only;          /* those not written since are counted by the database */
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

static bool row_counts(struct counting *c, struct row *row)
{
    const struct tally_plan *t = c->tally;
    if (row->head.removed || (t->where && !feel_true(row_eval(row, t->where))))
        return !row->broken;
    struct arg value = t->sum < 0 ? INT(1) : row->cells[t->from->def.fields[t->sum].column];
    int64_t n = value.kind == ARG_INT ? value.i : 0;
    struct arg by = t->by < 0 ? NUL : row->cells[t->from->def.fields[t->by].column];
    if (t->by < 0)
        return groups_add(c, row, n);
    if (by.kind == ARG_ID)
        count_add(c->count, by.id, n);
    return true;
}

static bool past_counts(void *context, struct row *row, [[maybe_unused]] enum past_next *ret)
{
    return row_counts(context, row);
}

/* Of those written since: as they were. */
static bool changed_count(struct counting *c, const struct past *past)
{
    struct op *op = past->tx->op;
    id *records;
    size_t count;
    if (!store_written_since(past->tx, past->plan->def.english, past->no, &records, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mark mark = op_mark(op);
        struct row row;
        bool found;
        if (!past_row(past, records[i], &row, &found) || (found && !row_counts(c, &row)))
            return false;
        op_reset(op, mark);
    }
    return true;
}

/* The database can tell whom a record counts for: the condition asks only what stands in the record's own row. */
static bool told_by_rows(struct op *op, const struct tally_plan *t)
{
    const int *names;
    size_t count;
    struct sql trial;
    str reason;
    if (t->by < 0 || t->from->def.fields[t->by].type != F_REF)
        return false;
    if (!t->where)
        return true;
    feel_names(op, t->where, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(t->where, names[i]);
        if (s->kind == SOURCE_PATH || s->kind == SOURCE_REACH || s->kind == SOURCE_GROUP ||
            (s->kind == SOURCE_FIELD && t->from->def.fields[s->field].column < 0))
            return false;
    }
    sql_init(&trial, op);
    return sql_condition(&trial, t->from, t->where, S("t"), &reason);
}

static bool unchanged_count(struct row *row, const struct tally_plan *t, int64_t *ret)
{
    struct op *op = row->tx->op;
    struct sql s;
    str reason;
    bool found;
    sql_init(&s, op);
    sql_add(&s, "select ");
    sql_str(&s, t->sum < 0 ? S("count(*)")
                           : op_text(op, "coalesce(sum(%.*s), 0)",
                                     PS(sql_column(op, S("t"), t->from->def.fields[t->sum].name))));
    sql_add(&s, " from ");
    sql_str(&s, sql_table(op, t->from));
    sql_add(&s, " t where ");
    sql_str(&s, sql_column(op, S("t"), t->from->def.fields[t->by].name));
    sql_add(&s, " = ");
    sql_arg(&s, ID(row->record));
    sql_add(&s, " and t.removed = 0 and t.fact_no <= ");
    sql_arg(&s, INT(row->as_of));
    if (t->where) {
        time_ms now = op->now;
        sql_add(
            &s,
            " and case when "); /* hidden from the planner, as in sql_tally: the record decides which rows are looked at */
        op->now = row->moment ? row->moment : now; /* today() is that day */
        must(sql_condition(&s, t->from, t->where, S("t"), &reason)); /* told_by_rows has tried it */
        op->now = now;
        sql_add(&s, " then 1 else 0 end = 1");
    }
    *ret = 0;
    return store_int(row->tx, sql_z(&s), sql_args(&s), ret, &found);
}

bool tally_as_of(struct row *row, int field, int64_t *ret)
{
    const struct plan *p = row->plan;
    const struct tally_plan *t = p->tally[field];
    struct op *op = row->tx->op;
    int64_t unchanged = 0;
    if (!row->counts) /* beside the op: its memory is given back between facts */
        row->counts = counts_new(side_op(op));
    struct counts *counts = row->counts;
    str key = op_text(op, "%.*s %d %lld", PS(p->def.english), field, (long long)row->as_of);
    struct count *count = map_get(&counts->known, key);
    if (!count) {
        count = op_new(counts->op, struct count);
        *count = (struct count){.op = counts->op, .changed_only = told_by_rows(op, t)};
        map_init(&count->of, counts->op);
        struct counting c = {t, p, row->as_of, count};
        struct past past = past_at(row->tx, t->from, row->as_of, row->moment, NULL);
        if (!(count->changed_only ? changed_count(&c, &past) : past_each(&past, NULL, past_counts, &c)))
            return false;
        map_put(&counts->known, op_copy(counts->op, key), count);
    }
    if (count->changed_only && !unchanged_count(row, t, &unchanged))
        return false;
    const int64_t *sum = map_get(&count->of, (str){(const char *)row->record.b, sizeof row->record.b});
    *ret = unchanged + (sum ? *sum : 0);
    return true;
}
