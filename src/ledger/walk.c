/* Walks: which records of other ledgers a condition looks at, and by which way. `单位.经营状态 = "在营"` over 平台注册 looks at 经营状态
 * of the record of 单位 that stands at 单位; so does a computed field whose formula says it. A counted field (计) is looked at from the
 * other side: at the records that refer to the one that counts them. */
#include "ledger/inner.h"

struct walking {
    struct op *op;
    const struct plan *plan;
    bool valued;
    struct { struct walk *p; size_t n, cap; } found;
};

static void walk_add(struct walking *w, str path, const struct plan *to, const struct field *field, const struct field *back)
{
    if (field && (field->type == F_COMPUTED || field->tally))
        field = NULL; /* it follows from others of its record */
    for (size_t i = 0; i < w->found.n; i++) {
        const struct walk *had = &w->found.p[i];
        if (had->ledger == &to->def && had->back == back && str_eq(had->path, path) && had->field == field)
            return;
    }
    if (w->found.n < WALKS_MAX)
        *list_add(w->op, &w->found) = (struct walk){path, &to->def, field, back, w->valued};
}

static void field_walks(struct walking *w, const struct plan *plan, int field, str prefix, int depth);

/* 户.村组 of 户.村组.名称: its first `count` words. */
static str words_of(str name, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.' && ++at == count)
            return str_part(name, 0, i);
    return name;
}

static str joined(struct op *op, str prefix, str path)
{
    return prefix.n ? op_text(op, "%.*s.%.*s", PS(prefix), PS(path)) : path;
}

static const struct field *field_at(const struct plan *p, int field)
{
    return field < 0 ? NULL : &p->def.fields[field];
}

static void name_walks(struct walking *w, const struct plan *plan, const struct source *s, str name, str prefix, int depth)
{
    if (s->kind == SOURCE_FIELD) {
        field_walks(w, plan, s->field, prefix, depth);
    } else if (s->kind == SOURCE_PATH) {
        str path = joined(w->op, prefix, words_of(name, 1));
        int end = s->of == SOURCE_FIELD ? s->of_field : -1;
        walk_add(w, path, s->target, field_at(s->target, end), NULL);
        if (end >= 0)
            field_walks(w, s->target, end, path, depth);
    } else if (s->kind == SOURCE_REACH) {
        for (size_t i = 0; i < s->reach->step_count; i++) {
            const struct plan *at = reach_step(plan, s->reach, i);
            bool last = i + 1 == s->reach->step_count;
            str path = joined(w->op, prefix, words_of(s->reach->name, i + 1));
            walk_add(w, path, at, last ? s->reach->end : field_at(at, s->reach->steps[i + 1]), NULL);
            if (last && s->reach->end && s->reach->of == &at->def)
                field_walks(w, at, field_index(at, s->reach->end), path, depth);
        }
    }
}

static void tree_walks(struct walking *w, const struct plan *plan, const struct feel *tree, str prefix, int depth)
{
    const int *names;
    size_t count;
    feel_names(w->op, tree, &names, &count);
    for (size_t i = 0; i < count; i++)
        name_walks(w, plan, source_of(tree, names[i]), feel_scope_of(tree)->names[names[i]].name, prefix, depth);
}

static void field_walks(struct walking *w, const struct plan *plan, int field, str prefix, int depth)
{
    const struct tally_plan *tally = plan->tally[field];
    if (depth == 0)
        return;
    if (plan->formula[field])
        tree_walks(w, plan, plan->formula[field], prefix, depth - 1);
    if (tally && tally->by >= 0 && !prefix.n)
        walk_add(w, S(""), tally->from, NULL, &tally->from->def.fields[tally->by]);
}

void walks_of(struct op *op, const struct ledger *l, str where, const struct field *of, struct walk **ret, size_t *ret_count)
{
    const struct plan *plan = plan_of(l);
    struct walking w = {.op = op, .plan = plan};
    struct feel *tree;
    int faults = op->fault_count;
    if (where.n && feel_parse(op, where, reach_scope(op, plan, where), &tree))
        tree_walks(&w, plan, tree, S(""), REACH_STEPS_MAX);
    op_forgive(op, faults); /* a condition that is not understood any more looks at nothing */
    w.valued = true;
    if (of)
        field_walks(&w, plan, field_index(plan, of), S(""), REACH_STEPS_MAX);
    *ret = w.found.p;
    *ret_count = w.found.n;
}
