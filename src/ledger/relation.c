/* What refers to a record: counted for its page, in the way of withdrawing it, and following it when it moves. */
#include "ledger/save.h"

/* SQL: rows of `in->from` x that refer to the record $1. */
static str inward_condition(struct op *op, const struct inward *in, struct arg *ret_arg, id record)
{
    const struct field *f = &in->from->def.fields[in->field];
    str column = sql_column(op, S("t"), f->name);
    if (f->type == F_REF) {
        *ret_arg = ID(record);
        return op_text(op, "%.*s = ", PS(column));
    }
    *ret_arg = TEXT(store_like(op, op_text(op, "\"%.*s\"", PS(id_text(op, record)))));
    return op_text(op, "%.*s like ", PS(column));
}

static bool inward_count(struct tx *tx, const struct inward *in, const struct right *right, id record, int64_t *ret)
{
    struct sql s;
    struct arg arg;
    bool found;
    sql_init(&s, tx->op);
    sql_add(&s, "select count(*) from ");
    sql_str(&s, sql_table(tx->op, in->from));
    sql_add(&s, " t where ");
    right_add(&s, right);
    sql_add(&s, " and t.removed = 0 and ");
    sql_str(&s, inward_condition(tx->op, in, &arg, record));
    sql_arg(&s, arg);
    if (in->from->def.fields[in->field].type == F_REFS)
        sql_add(&s, " escape '\\'");
    *ret = 0;
    return store_int(tx, sql_z(&s), sql_args(&s), ret, &found);
}

/* Nothing may be left pointing at a record that is withdrawn or destroyed. */
bool save_unreferred(struct save *s, const char *what)
{
    const struct right all = {.all = true};
    for (size_t i = 0; i < s->plan->inward_count; i++) {
        const struct inward *in = &s->plan->inward[i];
        int64_t count;
        if (!inward_count(s->tx, in, &all, s->row.record, &count))
            return false;
        if (count)
            return op_fail(s->op, FAULT_INPUT, in->from->def.fields[in->field].name,
                           "台账“%.*s”里还有 %lld 条记录以它为“%.*s”，请先改掉或作废它们，再%s", PS(in->from->def.name),
                           (long long)count, PS(in->from->def.fields[in->field].name), what);
    }
    return true;
}

bool record_relations(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                      struct relation **ret, size_t *ret_count)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    size_t n = 0;
    must(plan->town == town);
    if (!right_check(tx, who, plan, ACT_READ, record, &right))
        return false;
    struct relation *relations = op_array(tx->op, struct relation, plan->inward_count);
    for (size_t i = 0; i < plan->inward_count; i++) {
        const struct inward *in = &plan->inward[i];
        struct relation *r = &relations[n];
        if (!right_ask(tx->op, who, in->from, ACT_READ, &right))
            continue;
        *r = (struct relation){.ledger = &in->from->def, .field = &in->from->def.fields[in->field]};
        if (!inward_count(tx, in, &right, record, &r->count))
            return false;
        n++;
    }
    *ret = relations;
    *ret_count = n;
    return true;
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

/* A household has moved: its people, houses and tags belong to the new village group too, in the same transaction. */
bool group_moved(struct tx *tx, const struct plan *plan, id record)
{
    struct op *op = tx->op;
    for (size_t i = 0; i < plan->inward_count; i++) {
        const struct inward *in = &plan->inward[i];
        bool follows = false;
        for (size_t k = 0; k < in->from->group_via_count; k++)
            follows = follows || in->from->group_via[k] == in->field;
        if (!follows || plan->is_group)
            continue;
        id *ids;
        size_t count;
        str table = sql_table(op, in->from);
        str sql = op_text(op, "select record from %.*s where %.*s = $1", PS(table),
                          PS(store_name(op, in->from->def.fields[in->field].name)));
        if (!store_ids(tx, sql.p, ARGS(ID(record)), &ids, &count))
            return false;
        for (size_t k = 0; k < count; k++) {
            struct row row;
            id group;
            bool found;
            row_init(&row, tx, in->from);
            if (!row_load(&row, ids[k], &found) || !row_group(&row, &group))
                return false;
            struct arg *cell = &row.cells[in->from->group_column], now = id_none(group) ? NUL : ID(group);
            if (cell_eq(*cell, now))
                continue;
            *cell = now;
            nearby_forget(tx, in->from, ids[k]);
            str update =
                op_text(op, "update %.*s set %.*s = $1 where record = $2", PS(table), PS(store_name(op, S("组"))));
            if (!store_run(tx, update.p, ARGS(now, ID(ids[k])), NULL) ||
                (!row.head.removed && !row_searchable(&row, false)) || !group_moved(tx, in->from, ids[k]))
                return false;
        }
    }
    return true;
}
