/* Why one member ended so, in parts that a page can lay out and a sentence that can be printed. */
#include "policy/inner.h"

const struct dmn_trace *screening_trace(const struct screening *s, const struct dmn_run *run)
{
    const struct dmn_trace *last = NULL;
    for (const struct dmn_trace *t = run->traces; t; t = t->next)
        if (t->table && str_eq(t->decision, dmn_element_name(s->version->decision)))
            last = t;
    return last;
}

/* What an expression of the table shows is hidden when it speaks of a hidden input, or of something that may be made
 * from one. */
static bool shows_hidden(const struct policy *p, str text, const bool *hidden)
{
    bool any = false, plain = false;
    size_t at;
    for (size_t i = 0; hidden && i < p->input_count; i++) {
        any |= hidden[i];
        plain |= str_eq(p->inputs[i].name, text);
        if (hidden[i] && str_find(text, p->inputs[i].name, &at))
            return true;
    }
    return any && !plain;
}

static void sentence_of(struct op *op, const struct screening *s, size_t member, str title, struct why *w)
{
    struct buf b;
    buf_init(&b, op, 0);
    const struct population *people = s->people;
    buf_text(&b, "%.*s（%.*s）按《%.*s》%.*s的规则：", PS(title), PS(people->group_names[people->groups[member]]),
             PS(s->version->policy->name), PS(day_text(op, people->on)));
    if (w->status != DMN_DECIDED)
        buf_text(&b, "不能由规则定，%.*s%.*s。", PS(dmn_status_names[w->status]), PS(w->lacks));
    else
        buf_text(&b, "%.*s%s。", PS(w->result), w->doubtful ? "（须由人核定）" : "");
    if (w->rule)
        buf_text(&b, "符合第%d条规则%s%.*s%s。", w->rule, w->clause.n ? "（" : "", PS(w->clause),
                 w->clause.n ? "）" : "");
    for (size_t i = 0; i < w->value_count; i++) {
        const struct why_value *v = &w->values[i];
        buf_text(&b, "%s%.*s：%.*s", i ? "；" : "所用信息——", PS(v->name),
                 PS(v->hidden    ? S("（已遮盖）")
                    : v->missing ? S("（缺）")
                                 : v->text));
    }
    if (w->value_count)
        buf_add(&b, S("。"));
    size_t others = 0;
    for (size_t r = 0; r < w->rule_count; r++) { /* 第2—19条“已申报”: what many in a row lack is said once */
        const struct why_rule *rule = &w->rules[r];
        size_t last = r;
        while (rule->failed.n && last + 1 < w->rule_count && str_eq(w->rules[last + 1].failed, rule->failed))
            last++;
        if (!rule->failed.n)
            continue;
        buf_text(&b, "%s第%d", others++ ? "，" : "其他规则不符合之处——", rule->number);
        if (last > r)
            buf_text(&b, "%s%d", last > r + 1 ? "—" : "、", w->rules[last].number);
        buf_text(&b, "条“%.*s”", PS(rule->failed));
        r = last;
    }
    if (others)
        buf_add(&b, S("。"));
    buf_add(&b, S("规则只提出意见，由人决定；本人可以查询、要求更正所用信息。"));
    w->sentence = buf_str(&b);
}

/* As the table's column is headed: 需救助人口不多于家庭人口, not the expression behind it. */
static str input_called(const struct screening *s, const struct dmn_trace *t, size_t input)
{
    str label = dmn_column_label(s->version->decision, false, input);
    return label.n ? label : t->inputs[input];
}

bool screening_account(struct op *op, const struct screening *s, size_t member, str title, const bool *hidden,
                       struct why *ret)
{
    must(member < s->people->count);
    struct dmn_run run;
    feel_value v = dmn_plan_explain(op, s->plan, member, &run);
    const struct dmn_trace *t = screening_trace(s, &run);
    uint16_t outcome = s->outcomes[member];
    struct why w = {.status = dmn_outcome_status(outcome),
                    .included = s->included[member],
                    .doubtful = s->doubtful[member],
                    .amount_fen = s->amount_fen[member],
                    .doubt = screening_doubt(op, s, member)};
    w.result = w.status == DMN_DECIDED ? policy_result_text(op, v) : S("");
    w.lacks = t ? t->lacks : S("");
    if (outcome < dmn_plan_rules(s->plan)) {
        w.rule = outcome + 1;
        w.clause = dmn_rule_label(s->version->decision, outcome);
    }
    w.values = op_array(op, struct why_value, (t ? t->input_count : 0) + 1);
    w.rules = op_array(op, struct why_rule, (t ? t->rule_count : 0) + 1);
    for (size_t i = 0; t && i < t->input_count; i++) {
        bool covered = shows_hidden(s->people->policy, t->inputs[i], hidden), missing = feel_is_null(t->values[i]);
        w.values[w.value_count++] =
            (struct why_value){input_called(s, t, i), covered || missing ? S("") : policy_result_text(op, t->values[i]), covered,
                               missing};
    }
    for (size_t r = 0; t && r < t->rule_count; r++) {
        bool hit = t->failed[r] < 0;
        struct why_rule *rule = &w.rules[w.rule_count++];
        *rule = (struct why_rule){.number = (int)r + 1, .clause = t->rule_labels[r], .chosen = hit && (int)r == t->chosen};
        if (hit)
            continue;
        rule->failed = input_called(s, t, (size_t)t->failed[r]);
        rule->wanted = dmn_part_text(s->version->decision, DMN_INPUT_CELL, r, (size_t)t->failed[r]);
        rule->type = dmn_column_type(s->version->decision, false, (size_t)t->failed[r]);
    }
    sentence_of(op, s, member, title, &w);
    *ret = w;
    return true;
}
