/* One record under the policy in force, for a step of a procedure: read alone, decided as in a screening. */
#include "policy/inner.h"

/* A single result is called by the output's own name and 结果; a rule's row of outputs by its columns. */
static feel_value outputs_of(struct op *op, const struct policy_version *v, feel_value result)
{
    if (result.kind == FEEL_CONTEXT)
        return result;
    struct feel_entry *e = op_array(op, struct feel_entry, 2);
    str own = dmn_output_name(v->decision);
    e[0] = (struct feel_entry){own.n ? own : dmn_element_name(v->decision), result};
    e[1] = (struct feel_entry){S("结果"), result};
    return feel_of_context(op, e, 2);
}

[[nodiscard]] static bool one_load(struct tx *tx, const struct town *town, const struct policy *p, id record,
                                   struct population **ret)
{
    struct population like = {.town = town, .policy = p, .on = day_at(tx->op->now)};
    struct population *one = population_new(tx->op, &like);
    one->others = op_array(one->own, const struct ledger *, 1);
    *ret = one;
    return population_made(tx, one, population_read(tx, one->own, one, &record, 1));
}

bool policy_ask(struct tx *tx, const struct town *town, const struct policy *p, id record, struct policy_answer *ret)
{
    struct op *op = tx->op;
    struct shelf shelf;
    struct population *one;
    struct screening *s;
    struct why why;
    day today = day_at(op->now);
    if (!policy_shelf(tx, p, &shelf))
        return false;
    const struct policy_version *v = policy_version_on(&shelf.now, today);
    *ret = (struct policy_answer){.version = v};
    if (!v) {
        ret->trouble = op_text(op, "%.*s没有生效的版本", PS(day_text(op, today)));
        return true;
    }
    if (!one_load(tx, town, p, record, &one))
        return false;
    if (one->count == 0) {
        ret->trouble = p->where.n ? op_text(op, "这条记录不在它的范围内（%.*s）", PS(p->where)) : S("这条记录已不在");
        return true;
    }
    if (!screening_run(op, v, one, NULL, 0, 1, &s) || !screening_account(op, s, 0, S(""), NULL, &why))
        return false;
    ret->rule = why.rule;
    ret->clause = why.clause;
    ret->doubtful = why.doubtful;
    if (why.status == DMN_DECIDED)
        ret->outputs = outputs_of(op, v, screening_value(op, s, 0));
    else
        ret->trouble = why.doubt.n ? why.doubt : op_copy(op, dmn_status_names[why.status]);
    return true;
}

bool policy_sound(struct op *op, const struct policy *p)
{
    bool sound = true;
    for (size_t i = 0; i < p->version_count; i++)
        sound = version_sound(op, &p->versions[i]) && sound;
    return sound;
}
