/* Business rule tasks: the policy that the step names, in force on that day, decides for the record of the case, or for
 * the one that a field of it refers to (zw:of). What it says, by which rule and why, becomes data of the case, made by
 * that very firing: a return that undoes the step undoes it too. With zw:fields it also fills in fields of the record.
 *
 * A policy that cannot decide passes nothing on: the step is an incident that says what is lacking, the paper is with
 * whoever supervises it, and it is tried again by 重试 or as soon as the record is filled in. */
#include "flow/inner.h"

/* ---- the model --------------------------------------------------------------------------------------------- */

/* What a way through the model meets next: somebody, its end, or more of the way. */
static bool has_people(const struct xtree *e)
{
    static const char *const with[] = {"userTask",   "callActivity", "subProcess",
                                       "transaction", "adHocSubProcess"};
    for (size_t i = 0; i < COUNT(with); i++)
        if (xtree_is(e, with[i]))
            return true;
    return false;
}

/* Whether every way from here meets somebody who decides before it ends. `seen`: where a way was already. */
static bool people_follow(struct op *op, const struct xtree *e, struct map *seen)
{
    const struct xtree *in = e->up;
    bool goes_on = false;
    if (!map_put(seen, xtree_attr(e, "id"), seen))
        return true;
    for (const struct xtree *flow = xtree_first(in, "sequenceFlow"); flow; flow = xtree_next(flow, "sequenceFlow")) {
        if (!str_eq(xtree_attr(flow, "sourceRef"), xtree_attr(e, "id")))
            continue;
        goes_on = true;
        for (const struct xtree *next = xtree_first(in, NULL); next; next = xtree_next(next, NULL))
            if (str_eq(xtree_attr(next, "id"), xtree_attr(flow, "targetRef")) && !has_people(next) &&
                !people_follow(op, next, seen))
                return false;
    }
    /* The end of a part is where the whole goes on. */
    return goes_on || (!xtree_is(in, "process") && in->up && people_follow(op, in, seen));
}

struct rules_list {
    struct procedure_rule *p;
    size_t n, cap;
};

[[nodiscard]] static bool rule_read(struct op *op, const struct flow *flow, const struct procedure *p,
                                    const struct xtree *e, struct procedure_rule *ret)
{
    str place = op_text(op, "%.*s 第%d行", PS(p->file), e->line), name = xtree_attr(e, "decision"), of = xtree_attr(e, "of");
    str fields = xtree_attr(e, "fields"), field, source, result = xtree_attr(e, "result");
    struct procedure_rule r = {.node = bpmn_node(p->model, xtree_attr(e, "id")),
                               .policy = policy_find(flow->policies, name),
                               .by = of.n ? ledger_field(p->ledger, of) : NULL,
                               .result = result.n ? result : name,
                               .fields = fields};
    str step = bpmn_node_name(p->model, r.node);
    if (!name.n)
        return op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”没有写按哪个政策定；请写 zw:decision=\"政策名\"", PS(step));
    if (!r.policy)
        return op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”要按政策“%.*s”定，业务包里没有这个政策", PS(step), PS(name));
    if (of.n && (!r.by || r.by->type != F_REF))
        return op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”的 zw:of=“%.*s”须是台账“%.*s”的引用字段", PS(step), PS(of),
                       PS(p->ledger->name));
    str about = r.by ? r.by->target : p->ledger->name;
    if (!str_eq(about, r.policy->ledger->name))
        return op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”：政策“%.*s”定的是台账“%.*s”的记录，这里是“%.*s”；可用 zw:of 写明由哪个字段引到",
                       PS(step), PS(name), PS(r.policy->ledger->name), PS(about));
    while (flow_pair_next(&fields, &field, &source))
        if (!ledger_field(p->ledger, field) || !source.n)
            return op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”的 zw:fields=“%.*s=%.*s”须是 台账字段=结果的名字", PS(step),
                           PS(field), PS(source));
    *ret = r;
    struct map seen;
    map_init(&seen, op);
    /* duties §9: a rule proposes about a person; somebody decides (个人信息保护法 art. 24). */
    if (str_eq(r.policy->ledger->secrecy, S("敏感")) && !people_follow(op, e, &seen))
        return op_fail(op, FAULT_INPUT, place,
                       "规则任务“%.*s”以后可以不经人就办结；“%.*s”的事由人决定（个人信息保护法第二十四条），请在它后面画一个办理环节",
                       PS(step), PS(about));
    return policy_sound(op, r.policy) ||
           op_fail(op, FAULT_INPUT, place, "规则任务“%.*s”所按的政策“%.*s”还不能生效", PS(step), PS(name));
}

[[nodiscard]] static bool rules_collect(struct op *op, const struct flow *flow, const struct procedure *p,
                                        const struct xtree *e, struct rules_list *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        struct procedure_rule r;
        if (xtree_is(c, "globalBusinessRuleTask"))
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                         "全局规则任务“%.*s”没有所办的记录，请把规则任务画在流程里", PS(xtree_attr(c, "name")));
        if (xtree_is(c, "businessRuleTask")) {
            bool good = rule_read(op, flow, p, c, &r);
            if (good)
                *list_add(op, ret) = r;
            ok = good && ok;
        }
        ok = rules_collect(op, flow, p, c, ret) && ok;
    }
    return ok;
}

bool rules_find(struct op *op, const struct flow *flow, struct procedure *p, const struct xtree *root)
{
    struct rules_list list = {0};
    if (!rules_collect(op, flow, p, root, &list))
        return false;
    p->rules = list.p;
    p->rule_count = list.n;
    return true;
}

const struct procedure_rule *rule_of(const struct procedure *p, int node)
{
    for (size_t i = 0; i < p->rule_count; i++)
        if (p->rules[i].node == node)
            return &p->rules[i];
    return NULL;
}

/* ---- deciding ---------------------------------------------------------------------------------------------- */

#define RULE_WORD S("规则")
#define REASON_WORD S("依据")
#define POLICY_WORD S("政策")
#define SINCE_WORD S("生效")

/* Its outputs by their names, then which rule of which version said so and why. */
static feel_value ruling_of(struct op *op, const struct procedure_rule *r, const struct policy_answer *a)
{
    size_t n = a->outputs.context->count;
    struct feel_entry *e = op_array(op, struct feel_entry, n + 4);
    for (size_t i = 0; i < n; i++)
        e[i] = a->outputs.context->entries[i];
    e[n++] = (struct feel_entry){RULE_WORD, feel_of_dec(dec_of(a->rule))};
    e[n++] = (struct feel_entry){REASON_WORD, feel_of_text(a->clause)};
    e[n++] = (struct feel_entry){POLICY_WORD, feel_of_text(r->policy->name)};
    e[n++] = (struct feel_entry){SINCE_WORD, feel_of_text(day_text(op, a->version->from))};
    return feel_of_context(op, e, n);
}

/* The record that is decided for; empty: trouble says why there is none. */
static id record_of(struct flow_tx *f, const struct procedure_rule *r, str *trouble)
{
    id x = f->record;
    if (r->by && !id_parse(json_str(f->values, r->by->name), &x)) {
        x = (id){0};
        *trouble = op_text(f->op, "缺少「%.*s」", PS(r->by->name));
    }
    return x;
}

/* Fields of the record that the result fills in, changed as what the procedure does; then the model knows them. */
[[nodiscard]] static bool fields_fill(struct flow_tx *f, struct bpmn_task *task, const struct procedure_rule *r,
                                      feel_value ruling)
{
    struct op *op = f->op;
    str fields = r->fields, field, source;
    struct feel_entry *asked;
    size_t count;
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    while (flow_pair_next(&fields, &field, &source)) {
        json_key(&w, field);
        feel_to_json(op, &w, feel_get(ruling, source));
    }
    json_close(&w, '}');
    str reason = op_text(op, "按《%.*s》：%.*s", PS(r->policy->name), PS(bpmn_node_name(f->run.model, task->node)));
    if (!case_patch(f, buf_str(&b), reason))
        return false;
    case_asked(f, &asked, &count);
    for (size_t i = 0; i < count; i++)
        bpmn_task_set(&f->run, task, asked[i].name, asked[i].value);
    return !f->failed;
}

[[nodiscard]] static bool decide(struct flow_tx *f, struct bpmn_task *task, const struct procedure_rule *r, str *trouble)
{
    struct policy_answer a = {0};
    id record = record_of(f, r, trouble);
    if (trouble->n)
        return true;
    if (!policy_ask(f->tx, f->town, r->policy, record, &a))
        return false;
    *trouble = a.trouble;
    if (trouble->n)
        return true;
    feel_value ruling = ruling_of(f->op, r, &a);
    bpmn_task_set(&f->run, task, r->result, ruling);
    return !r->fields.n || fields_fill(f, task, r, ruling);
}

enum bpmn_task_answer rule_task(void *from, struct bpmn_run *run, struct bpmn_task *task)
{
    struct flow_tx *f = from;
    const struct procedure_rule *r = rule_of(f->procedure, task->node);
    str trouble = S("");
    int faults = f->op->fault_count;
    (void)run;
    if (f->failed)
        return BPMN_TASK_LATER;
    if (!r) {
        task->code = S("没有程序来办这一步");
        return BPMN_TASK_FAILED;
    }
    if (!decide(f, task, r, &trouble)) {
        if (op_has_fault(f->op, FAULT_SYSTEM)) {
            f->failed = true;
            return BPMN_TASK_LATER;
        }
        trouble = op_copy(f->op, f->op->faults->text);
        op_forgive(f->op, faults);
    }
    if (!trouble.n)
        return BPMN_TASK_DONE;
    task->code = op_text(f->op, "《%.*s》定不了：%.*s，请补上", PS(r->policy->name), PS(trouble));
    return BPMN_TASK_FAILED;
}

/* ---- again ------------------------------------------------------------------------------------------------- */

bool rules_retry(struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    size_t count = s->toks.n;
    bool any = false;
    for (size_t i = 0; i < count && s->end == BPMN_RUNNING && !s->suspended && !f->failed; i++)
        if (s->toks.p[i].used < 0 && s->toks.p[i].stuck &&
            rule_of(f->procedure, bpmn_tok_node(&f->run, (int32_t)i)))
            any |= bpmn_retry(&f->run, (int32_t)i);
    return any;
}

/* ---- told -------------------------------------------------------------------------------------------------- */

static str value_words(struct op *op, feel_value v)
{
    if (v.kind == FEEL_BOOL)
        return v.truth ? S("是") : S("否");
    return feel_is_null(v) ? S("空") : feel_text_of(op, v);
}

void rulings_read(struct flow_tx *f, struct flow_ruling **ret, size_t *ret_count)
{
    const struct bpmn_state *s = &f->run.state;
    struct { struct flow_ruling *p; size_t n, cap; } list = {0};
    for (size_t i = 0; i < s->vars.n; i++) {
        const struct bpmn_var *v = &s->vars.p[i];
        const struct bpmn_fire *fire = &s->fires.p[v->made];
        const struct procedure_rule *r = rule_of(f->procedure, fire->node);
        dec rule = {0};
        int64_t number = 0;
        if (!r || !str_eq(v->name, r->result) || v->value.kind != FEEL_CONTEXT)
            continue;
        feel_value n = feel_get(v->value, RULE_WORD);
        if (n.kind == FEEL_NUMBER)
            rule = n.number;
        (void)dec_int(rule, &number);
        struct buf b;
        buf_init(&b, f->op, 0);
        for (size_t k = 0; k < v->value.context->count; k++) {
            const struct feel_entry *e = &v->value.context->entries[k];
            if (str_eq(e->name, RULE_WORD)) /* what follows is not the policy's own */
                break;
            if (k && str_eq(e->name, S("结果"))) /* the same once more */
                continue;
            buf_text(&b, "%s%.*s：%.*s", k ? "；" : "", PS(e->name), PS(value_words(f->op, e->value)));
        }
        *list_add(f->op, &list) = (struct flow_ruling){
            .node = bpmn_node_name(f->run.model, fire->node),
            .policy = r->policy->name,
            .result = buf_str(&b),
            .reason = op_copy(f->op, feel_get(v->value, REASON_WORD).text),
            .since = op_copy(f->op, feel_get(v->value, SINCE_WORD).text),
            .rule = (int)number,
            .at = fire->act >= 0 && (size_t)fire->act < s->acts.n ? s->acts.p[fire->act].at : f->started,
            .undone = fire->undone >= 0};
    }
    *ret = list.p;
    *ret_count = list.n;
}
