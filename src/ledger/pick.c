/* Which columns of a now_ table are read. A list shows a dozen of a person's forty; reading the others would cost more
 * than all else. */
#include "ledger/define.h"

static void group_wanted(const struct plan *p, bool *columns)
{
    columns[p->group_column] = true;
    for (size_t i = 0; i < p->group_via_count; i++)
        columns[p->def.fields[p->group_via[i]].column] = true;
}

static void source_wanted(struct op *op, const struct plan *p, const struct source *s, bool *columns)
{
    switch (s->kind) {
    case SOURCE_FIELD:
        pick_field(op, p, s->field, columns);
        break;
    case SOURCE_GROUP:
        group_wanted(p, columns);
        break;
    case SOURCE_PATH:
        if (s->field < 0)
            group_wanted(p, columns);
        else
            pick_field(op, p, s->field, columns);
        break;
    case SOURCE_REACH:
        reach_pick(op, p, s->reach, columns);
        break;
    case SOURCE_ID:
    case SOURCE_STATE:
    case SOURCE_ADDED:
    case SOURCE_CHANGED:
    case SOURCE_WORKDAYS:
        break;
    }
}

void pick_tree(struct op *op, const struct plan *p, const struct feel *tree, bool *columns)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++)
        source_wanted(op, p, source_of(tree, names[i]), columns);
}

void pick_field(struct op *op, const struct plan *p, int field, bool *columns)
{
    const struct field *f = &p->def.fields[field];
    if (f->column >= 0)
        columns[f->column] = true;
    else if (p->formula[field]) /* a moving one is computed of others; they never go round in a circle */
        pick_tree(op, p, p->formula[field], columns);
}

struct pick pick_columns(struct op *op, const struct plan *p, const bool *columns)
{
    struct buf sql;
    int *list = op_array(op, int, p->table.count);
    struct pick pick = {.columns = list};
    buf_init(&sql, op, 0);
    buf_add(&sql, S("t.record, t.fact_no, t.version, t.state, t.added, t.changed, t.removed"));
    for (size_t i = 0; i < p->table.count; i++) {
        if (columns && !columns[i])
            continue;
        list[pick.count++] = (int)i;
        buf_add(&sql, S(", "));
        buf_add(&sql, p->column_sql[i]);
    }
    pick.sql = buf_str(&sql);
    return pick;
}

/* What a record's title follows from, and its key fields, which stand in for a title with a gap. */
static void title_wanted(struct op *op, const struct plan *p, bool *columns)
{
    if (p->title_column >= 0)
        columns[p->title_column] = true;
    pick_tree(op, p, p->title, columns);
    for (size_t i = 0; i < p->def.key_count; i++)
        pick_field(op, p, field_index(p, ledger_field(&p->def, p->def.keys[i])), columns);
    group_wanted(p, columns);
}

/* What an expression of this ledger asks of the records it refers to, they must have at hand. */
static void paths_wanted(struct op *op, const struct plan *p, const struct feel *tree, struct map *wanted)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(tree, names[i]);
        if (s->kind == SOURCE_PATH && s->of == SOURCE_FIELD)
            pick_field(op, s->target, s->of_field, map_get(wanted, s->target->def.english));
        if (s->kind == SOURCE_REACH)
            reach_wanted(op, p, s->reach, wanted);
    }
}

static const bool *searched_wanted(struct op *op, const struct plan *p)
{
    bool *columns = op_array(op, bool, p->table.count);
    const str *names;
    size_t count = searched_fields(&p->def, &names);
    memcpy(columns, p->titled, p->table.count * sizeof *columns);
    for (size_t i = 0; i < count; i++)
        pick_field(op, p, field_index(p, ledger_field(&p->def, names[i])), columns);
    return columns;
}

void picks_link(struct reader *r)
{
    struct town *town = r->town;
    struct op *op = r->op;
    struct map wanted;
    map_init(&wanted, op);
    for (size_t i = 0; i < town->count; i++) {
        struct plan *p = town->plans[i];
        p->column_sql = op_array(op, str, p->table.count);
        for (size_t k = 0; k < p->table.count; k++)
            p->column_sql[k] = sql_column(op, S("t"), p->table.columns[k].name);
        bool *columns = op_array(op, bool, p->table.count);
        title_wanted(op, p, columns);
        map_put(&wanted, p->def.english, columns);
    }
    for (size_t i = 0; i < town->count; i++) {
        const struct plan *p = town->plans[i];
        paths_wanted(op, p, p->title, &wanted);
        for (size_t k = 0; k < p->def.field_count; k++)
            if (p->formula[k])
                paths_wanted(op, p, p->formula[k], &wanted);
    }
    for (size_t i = 0; i < town->count; i++) { /* a ledger's own list needs not what others show of it */
        struct plan *p = town->plans[i];
        bool *titled = op_array(op, bool, p->table.count);
        memcpy(titled, map_get(&wanted, p->def.english), p->table.count * sizeof *titled);
        p->titled = titled;
        p->searched = searched_wanted(op, p);
    }
    for (size_t i = 0; i < town->count; i++)
        for (size_t k = 0; k < town->plans[i]->def.reach_count; k++) {
            const struct plan *p = town->plans[i];
            const struct reach *reach = p->def.reaches[k];
            reach_wanted(op, p, reach, &wanted);
            if (reach->formula)
                paths_wanted(op, reach->list ? plan_of(reach->list->from) : p, reach->formula, &wanted);
        }
    for (size_t i = 0; i < town->count; i++) {
        struct plan *p = town->plans[i];
        p->whole = pick_columns(op, p, NULL);
        p->lean = pick_columns(op, p, map_get(&wanted, p->def.english));
        p->sql_lean =
            op_text(op, "select %.*s from %.*s t where t.record = $1", PS(p->lean.sql), PS(sql_table(op, p))).p;
    }
}
