/* Records below the one that a case runs on (子): 隐患 of a 安全检查. Where the model asks for them, a case is told as soon as one is
 * added or changes; its conditions and collections then go by what is there. */
#include "flow/inner.h"

/* The field by which records of `below` refer to those of `l`; NULL: none. */
static const struct field *field_back(const struct ledger *l, const struct ledger *below)
{
    for (size_t i = 0; i < below->field_count; i++)
        if (below->fields[i].type == F_REF && str_eq(below->fields[i].target, l->name))
            return &below->fields[i];
    return NULL;
}

bool below_read(struct flow_tx *f, const struct field *children, feel_value *ret)
{
    static const struct who system = {.name = {"系统", sizeof "系统" - 1}, .system = true};
    const struct ledger *below = town_ledger(f->town, children->target);
    const struct field *back = field_back(f->procedure->ledger, below);
    struct { feel_value *p; size_t n, cap; } list = {0};
    struct list_page page;
    str where = op_text(f->op, "%.*s = \"%.*s\"", PS(back->name), PS(id_text(f->op, f->record)));
    struct list_query q = {.where = where, .limit = LIST_LIMIT_MAX};
    if (!list_read(f->tx, f->town, &system, below, &q, &page))
        return false;
    for (size_t i = 0; i < page.record_count; i++) {
        struct feel_entry *e = op_array(f->op, struct feel_entry, 2);
        e[0] = (struct feel_entry){S("id"), feel_of_text(id_text(f->op, page.records[i].id))};
        e[1] = (struct feel_entry){S("状态"), feel_of_text(page.records[i].state)};
        *list_add(f->op, &list) = feel_of_context(f->op, e, 2);
    }
    *ret = feel_of_list(list.p, list.n);
    return true;
}

static bool asks_below(const struct procedure *p, const struct ledger *below)
{
    for (size_t i = 0; i < p->asked_count; i++)
        if (p->asked[i]->type == F_CHILDREN && (!below || str_eq(p->asked[i]->target, below->name)))
            return true;
    return false;
}

bool below_tell(struct flow_tx *f, bool *ret_moved)
{
    *ret_moved = false;
    if (!asks_below(f->procedure, NULL) || f->run.state.end != BPMN_RUNNING)
        return true;
    if (!case_record(f))
        return false;
    *ret_moved = case_tell(f);
    return !f->failed;
}

[[nodiscard]] static bool case_below(struct tx *tx, const struct flow *flow, const struct who *who, id case_id,
                                     const struct ledger *below)
{
    struct flow_tx f;
    struct case_fact what = {.act = BELOW_CHANGED};
    bool moved;
    case_init(&f, tx, flow, who);
    if (!case_load(&f, case_id))
        return false;
    if (!asks_below(f.procedure, below))
        return true;
    f.ticking = true;
    if (!below_tell(&f, &moved))
        return false;
    return !moved || f.withdrawn || (act_settle(&f, S("")) && act_keep(&f, &what));
}

/* Conditions that waited for it, rules that lacked something. What is merely different is told with the next step. */
[[nodiscard]] static bool case_own(struct tx *tx, const struct flow *flow, const struct who *who, id case_id,
                                   const struct ledger *l)
{
    struct flow_tx f;
    struct case_fact what = {.act = S("记录有变")};
    case_init(&f, tx, flow, who);
    if (!case_load(&f, case_id))
        return false;
    if (f.procedure->ledger != l || f.run.state.end != BPMN_RUNNING)
        return true;
    f.ticking = true;
    if (!case_record(&f))
        return false;
    str was = f.stuck;
    int fired = f.run.fired;
    bool asked = !f.withdrawn && (case_tell(&f), rules_retry(&f));
    if (f.failed || (f.run.fired == fired && !asked))
        return !f.failed;
    if (!act_settle(&f, S("")))
        return false;
    return (f.run.fired == fired && str_eq(was, f.stuck)) || act_keep(&f, &what);
}

/* Running cases on a record; what each does may end others, so they are read first. */
[[nodiscard]] static bool cases_on(struct tx *tx, id record, id **ret, size_t *ret_count)
{
    return store_ids(tx, "select id from flow_case where record = $1 and ended = 0 order by no", ARGS(ID(record)), ret,
                     ret_count);
}

bool own_changed(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                 const struct record *r)
{
    id *cases;
    size_t count;
    if (!cases_on(tx, r->id, &cases, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!case_own(tx, flow, who, cases[i], l))
            return false;
    return true;
}

bool below_changed(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                   const struct record *r)
{
    for (size_t i = 0; i < l->field_count; i++) {
        id above, *cases;
        size_t count;
        if (l->fields[i].type != F_REF || !id_parse(json_str(r->values, l->fields[i].name), &above))
            continue;
        if (!cases_on(tx, above, &cases, &count))
            return false;
        for (size_t k = 0; k < count; k++)
            if (!case_below(tx, flow, who, cases[k], l))
                return false;
    }
    return true;
}
