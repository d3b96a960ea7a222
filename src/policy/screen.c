/* A version over a population, what it comes to, and how two of them differ. */
#include <stdlib.h>

#include "policy/inner.h"

/* ---- what a result means ------------------------------------------------------------------------------------- */

static feel_value output_at(void *from, int name)
{
    const feel_value *values = from;
    return values[name];
}

/* A condition over the outputs, parsed for results of one shape. */
struct condition {
    str text;
    struct feel_scope scope;
    struct feel *tree;           /* NULL: not yet */
};
struct judge {
    struct op *op;               /* trees stay there */
    const struct policy_version *version;
    struct condition included, doubtful;
};

static struct judge judge_of(struct op *op, const struct policy_version *v)
{
    return (struct judge){op, v, {.text = v->included}, {.text = v->doubtful}};
}

static bool shape_fits(const struct condition *c, const struct feel_name *names, size_t n)
{
    bool fits = c->tree && c->scope.count == n;
    for (size_t i = 0; fits && i < n; i++)
        fits = str_eq(c->scope.names[i].name, names[i].name);
    return fits;
}

[[nodiscard]] static bool condition_parse(struct op *op, struct condition *c, const struct feel_name *names, size_t n)
{
    struct feel_name *kept = op_array(op, struct feel_name, n + 1);
    for (size_t i = 0; i < n; i++)
        kept[i] = (struct feel_name){.name = op_copy(op, names[i].name)};
    c->scope = (struct feel_scope){.names = kept, .count = n, .open = true};
    return feel_parse(op, c->text, &c->scope, &c->tree);
}

/* A single result may also be called 结果. */
[[nodiscard]] static bool condition_holds(struct op *op, struct judge *judge, struct condition *c, feel_value result,
                                          bool *ret)
{
    bool many = result.kind == FEEL_CONTEXT;
    size_t n = many ? result.context->count : 2;
    struct feel_name *names = op_array(op, struct feel_name, n + 1);
    feel_value *values = op_array(op, feel_value, n + 1);
    for (size_t i = 0; many && i < n; i++) {
        names[i].name = result.context->entries[i].name;
        values[i] = result.context->entries[i].value;
    }
    if (!many) {
        str own = dmn_output_name(judge->version->decision);
        names[0].name = S("结果");
        names[1].name = own.n ? own : dmn_element_name(judge->version->decision);
        values[0] = values[1] = result;
    }
    if (!shape_fits(c, names, n) && !condition_parse(judge->op, c, names, n))
        return false;
    struct feel_run run = {.op = op, .value = output_at, .from = values};
    *ret = feel_true(feel_eval(&run, c->tree));
    return true;
}

/* What it takes is in `op`; faults are the judge's. */
[[nodiscard]] static bool judge_result(struct op *op, struct judge *judge, feel_value result, struct judged *ret)
{
    const struct policy_version *v = judge->version;
    struct judged j = {0};
    feel_value amount = result.kind == FEEL_CONTEXT ? feel_get(result, v->amount) : v->amount.n ? result : feel_null();
    if (amount.kind == FEEL_NUMBER) {
        dec fen;
        if (!dec_mul(amount.number, dec_of(100), &fen) || !dec_round(fen, 0, DEC_HALF_UP, &fen) ||
            !dec_int(fen, &j.amount_fen) || j.amount_fen < 0)
            return op_fail(judge->op, FAULT_INPUT, v->amount, "金额 %.*s 不是合理的钱数，请改正政策表",
                           PS(dec_text(op, amount.number)));
    }
    j.included = feel_true(result) || j.amount_fen > 0;
    if ((v->included.n && !condition_holds(op, judge, &judge->included, result, &j.included)) ||
        (v->doubtful.n && !condition_holds(op, judge, &judge->doubtful, result, &j.doubtful)))
        return false;
    j.amount_fen = j.included ? j.amount_fen : 0;
    *ret = j;
    return true;
}

str policy_result_text(struct op *op, feel_value result)
{
    struct buf b;
    buf_init(&b, op, 0);
    if (result.kind != FEEL_CONTEXT)
        return result.kind == FEEL_BOOL ? (result.truth ? S("是") : S("否")) : feel_text_of(op, result);
    for (size_t i = 0; i < result.context->count; i++) {
        const struct feel_entry *e = &result.context->entries[i];
        if (!feel_is_null(e->value))
            buf_text(&b, "%s%.*s %.*s", b.n ? "，" : "", PS(e->name), PS(policy_result_text(op, e->value)));
    }
    return op_copy(op, buf_str(&b));
}

/* ---- running -------------------------------------------------------------------------------------------------- */

static int by_outcome(const void *a, const void *b)
{
    const struct screen_tally *x = a, *y = b;
    return (int)x->outcome - (int)y->outcome;
}

/* What is known of each outcome that occurs: an outcome that is the same for all is judged once. */
struct outcomes {
    struct known {
        struct screen_tally tally;
        struct judged judged;
        bool same;
    } *p;
    size_t n, cap;
    uint32_t of[UINT16_MAX + 1]; /* 1 + its place */
};

[[nodiscard]] static bool outcome_known(struct judge *judge, const struct screening *s, struct outcomes *all,
                                        uint16_t outcome, struct known **ret)
{
    struct op *op = judge->op;
    feel_value v;
    if (all->of[outcome]) {
        *ret = &all->p[all->of[outcome] - 1];
        return true;
    }
    struct known *k = list_add(op, all);
    all->of[outcome] = (uint32_t)all->n;
    *k = (struct known){.tally = {.outcome = outcome, .status = dmn_outcome_status(outcome)}};
    if (outcome < dmn_plan_rules(s->plan)) {
        k->tally.rule = outcome + 1;
        k->tally.clause = dmn_rule_label(s->version->decision, outcome);
    }
    k->same = k->tally.status != DMN_DECIDED || dmn_plan_constant(s->plan, outcome, &v);
    if (k->tally.status != DMN_DECIDED)
        k->judged.doubtful = k->tally.status != DMN_NO_RULE;
    else if (k->same && !judge_result(op, judge, v, &k->judged))
        return false;
    else if (k->same)
        k->tally.result = policy_result_text(op, v);
    *ret = k;
    return true;
}

/* Results that depend on the row (400 * 人口): whoever is alike in every input is decided alike, once. */
struct alike {
    struct judge *judge;
    const struct screening *s;
    struct op scratch;           /* of one row */
    int64_t *inputs;             /* of one row; NULL: an input is a list, and rows are not compared */
    struct map known;
};

static void alike_init(struct alike *a, struct judge *judge, const struct screening *s)
{
    const struct feel_rows *rows = &s->people->inputs;
    *a = (struct alike){.judge = judge, .s = s, .inputs = op_array(judge->op, int64_t, rows->count + 1)};
    op_init(&a->scratch, judge->op->now, 1);
    map_init(&a->known, judge->op);
    for (size_t i = 0; i < rows->count; i++)
        if (rows->vectors[i].kind == FEEL_VECTOR_MEMBERS)
            a->inputs = NULL;
}

[[nodiscard]] static bool judge_row(struct alike *a, size_t member, struct judged *ret)
{
    enum { KINDS_MAX = 20000 };
    const struct feel_rows *rows = &a->s->people->inputs;
    struct op *op = a->judge->op, *scratch = &a->scratch;
    str key = {(const char *)a->inputs, a->inputs ? (rows->count + 1) * sizeof *a->inputs : 0};
    for (size_t i = 0; a->inputs && i < rows->count; i++)
        feel_vector_read(&rows->vectors[i], member, 1, &a->inputs[i]);
    if (a->inputs)
        a->inputs[rows->count] = a->s->outcomes[member];
    const struct judged *known = key.n ? map_get(&a->known, key) : NULL;
    if (known) {
        *ret = *known;
        return true;
    }
    struct mark mark = op_mark(scratch);
    feel_value v = dmn_plan_value(scratch, a->s->plan, member, a->s->outcomes[member]);
    bool done = judge_result(scratch, a->judge, v, ret);
    op_reset(scratch, mark);
    if (done && key.n && a->known.count < KINDS_MAX) {
        struct judged *kept = op_new(op, struct judged);
        *kept = *ret;
        map_put(&a->known, op_copy(op, key), kept);
    }
    return done;
}

[[nodiscard]] static bool judge_members(struct judge *judge, struct alike *alike, struct outcomes *all,
                                        struct screening *s)
{
    for (size_t i = 0; i < s->people->count; i++) {
        struct known *k;
        if (!outcome_known(judge, s, all, s->outcomes[i], &k))
            return false;
        struct judged j = k->judged;
        if (!k->same && !judge_row(alike, i, &j))
            return false;
        s->included[i] = j.included;
        s->doubtful[i] = j.doubtful;
        s->amount_fen[i] = j.amount_fen;
        s->included_count += j.included;
        s->total_fen += j.amount_fen;
        s->doubt_count += j.doubtful;
        k->tally.count++;
        k->tally.included = j.included;
        k->tally.amount_fen += j.amount_fen;
    }
    return true;
}

[[nodiscard]] static bool judge_all(struct op *op, struct screening *s)
{
    struct outcomes *all = op_new(op, struct outcomes);
    struct judge judge = judge_of(op, s->version);
    struct alike alike;
    alike_init(&alike, &judge, s);
    bool done = judge_members(&judge, &alike, all, s);
    op_done(&alike.scratch);
    if (!done)
        return false;
    struct screen_tally *tallies = op_array(op, struct screen_tally, all->n + 1);
    for (size_t i = 0; i < all->n; i++)
        tallies[i] = all->p[i].tally;
    qsort(tallies, all->n, sizeof *tallies, by_outcome);
    s->tallies = tallies;
    s->tally_count = all->n;
    return true;
}

bool screening_run(struct op *op, const struct policy_version *v, const struct population *people,
                   const struct dmn_edit *edits, size_t edit_count, int threads, struct screening **ret)
{
    struct screening *s = op_new(op, struct screening);
    struct policy_version *version = op_new(op, struct policy_version);
    *version = *v;
    if (edit_count > POLICY_EDITS_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "一次模拟最多改%d格", POLICY_EDITS_MAX);
    if (edit_count) {
        struct dmn_doc doc = {.where = v->model_file};
        if (!dmn_write(op, v->model, edits, edit_count, &doc.text) || !dmn_load(op, &doc, 1, &version->model))
            return false;
        version->model_text = doc.text;
        version->decision = dmn_decision(version->model, dmn_element_name(v->decision));
        must(version->decision);
    }
    *s = (struct screening){.version = version, .people = people, .model_text = version->model_text};
    if (!dmn_plan_make(op, version->model, version->decision, &people->inputs, &s->plan))
        return false;
    s->outcomes = op_array(op, uint16_t, people->count + 1);
    s->included = op_array(op, bool, people->count + 1);
    s->doubtful = op_array(op, bool, people->count + 1);
    s->amount_fen = op_array(op, int64_t, people->count + 1);
    dmn_plan_run(op, s->plan, threads, s->outcomes);
    if (!judge_all(op, s))
        return false;
    *ret = s;
    return true;
}

feel_value screening_value(struct op *op, const struct screening *s, size_t member)
{
    must(member < s->people->count);
    return dmn_plan_value(op, s->plan, member, s->outcomes[member]);
}

/* ---- one member ----------------------------------------------------------------------------------------------- */

str screening_doubt(struct op *op, const struct screening *s, size_t member)
{
    enum dmn_status status = dmn_outcome_status(s->outcomes[member]);
    if (!s->doubtful[member])
        return S("");
    if (status == DMN_DECIDED) { /* the rule says why */
        str clause = s->outcomes[member] < dmn_plan_rules(s->plan)
                         ? dmn_rule_label(s->version->decision, s->outcomes[member])
                         : S("");
        return op_text(op, "规则要求由人核定%s%.*s", clause.n ? "：" : "", PS(clause));
    }
    struct dmn_run run;
    (void)dmn_plan_explain(op, s->plan, member, &run);
    const struct dmn_trace *t = screening_trace(s, &run);
    if (status == DMN_LACKS && t)
        return op_text(op, "缺少%.*s", PS(t->lacks));
    return run.notes ? op_copy(op, run.notes->text) : dmn_status_names[status];
}

/* ---- two screenings -------------------------------------------------------------------------------------------- */

struct group_list { struct screen_group *p; size_t n, cap; };

static struct screen_group *group_named(struct op *op, struct map *places, struct group_list *groups, str name)
{
    void *found = map_get(places, name);
    if (found)
        return &groups->p[(uintptr_t)found - 1];
    *list_add(op, groups) = (struct screen_group){.name = name};
    map_put(places, name, (void *)(uintptr_t)groups->n);
    return &groups->p[groups->n - 1];
}

bool screening_compare(struct op *op, const struct screening *before, const struct screening *after,
                       struct comparison *ret)
{
    if (before->version->policy != after->version->policy)
        return op_fail(op, FAULT_INPUT, S(""), "只能比较同一政策的两次筛查");
    struct map places;
    struct group_list groups = {0};
    struct {
        struct screen_change *p;
        size_t n, cap;
    } changes = {0};
    const struct population *x = before->people, *y = after->people;
    map_init(&places, op);
    for (size_t i = 0, k = 0; i < x->count || k < y->count;) { /* both are ordered by record */
        int order = i == x->count ? 1 : k == y->count ? -1 : memcmp(x->ids[i].b, y->ids[k].b, sizeof x->ids[i].b);
        const struct population *of = order < 0 ? x : y;
        size_t at = order < 0 ? i : k;
        struct screen_change change = {
            .record = of->ids[at], .of = of, .member = at, .group = of->group_names[of->groups[at]]};
        if (order <= 0) {
            change.before = before->included[i];
            change.before_fen = before->amount_fen[i++];
        }
        if (order >= 0) {
            change.after = after->included[k];
            change.after_fen = after->amount_fen[k++];
        }
        struct screen_group *g = group_named(op, &places, &groups, change.group);
        g->entering += !change.before && change.after;
        g->leaving += change.before && !change.after;
        g->changed += change.before && change.after && change.before_fen != change.after_fen;
        g->before_fen += change.before_fen;
        g->after_fen += change.after_fen;
        if (change.before != change.after || change.before_fen != change.after_fen)
            *list_add(op, &changes) = change;
    }
    struct screen_group whole = {.name = S("合计")};
    for (size_t i = 0; i < groups.n; i++) {
        whole.entering += groups.p[i].entering;
        whole.leaving += groups.p[i].leaving;
        whole.changed += groups.p[i].changed;
        whole.before_fen += groups.p[i].before_fen;
        whole.after_fen += groups.p[i].after_fen;
    }
    *list_add(op, &groups) = whole;
    *ret = (struct comparison){
        .groups = groups.p, .group_count = groups.n, .changes = changes.p, .change_count = changes.n};
    return true;
}
