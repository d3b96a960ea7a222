/* Decision tables: which rules hit, and what the hit policy makes of them (clauses 8.2.8 to 8.2.11, 10.3.2.10). */
#include "dmn/model.h"

#define HERE dmn_where(f->run, f->element)

const str dmn_status_names[DMN_STATUSES] = {[DMN_DECIDED] = SC("已判定"), [DMN_NO_RULE] = SC("没有规则管到"),
                                            [DMN_CONFLICT] = SC("规则相互冲突"), [DMN_LACKS] = SC("缺少信息，不能判定"),
                                            [DMN_BARRED] = SC("信息不在规定的值里")};

bool dmn_hits_one(enum hit hit)
{
    return hit == HIT_UNIQUE || hit == HIT_FIRST || hit == HIT_PRIORITY || hit == HIT_ANY;
}

/* `rule`: from 1; 0: the default. */
static feel_value output_value(struct frame *f, const struct table_output *o, const struct feel *tree, size_t rule)
{
    feel_value v;
    if (dmn_fit(f->run, dmn_feel(f, tree, NULL, rule), o->type, &v))
        return v;
    str said = rule ? op_text(f->run->op, "第%zu条规则", rule) : S("缺省");
    return NOTE_NULL(f->run, HERE, "%.*s的结果不属于类型「%.*s」", PS(said), PS(o->type->name));
}

static feel_value output_entry(struct frame *f, const struct table *t, size_t rule, size_t column)
{
    const struct table_cell *c = &t->rules[rule].outputs[column];
    if (!c->tree)
        return NOTE_NULL(f->run, HERE, "第%zu条规则的结果：%.*s", rule + 1, PS(c->fault));
    return output_value(f, &t->outputs[column], c->tree, rule + 1);
}

static feel_value output_of(struct frame *f, const struct table *t, size_t rule)
{
    if (t->output_count == 1)
        return output_entry(f, t, rule, 0);
    struct feel_entry *entries = op_array(f->run->op, struct feel_entry, t->output_count + 1);
    for (size_t i = 0; i < t->output_count; i++)
        entries[i] = (struct feel_entry){t->outputs[i].name, output_entry(f, t, rule, i)};
    return feel_of_context(f->run->op, entries, t->output_count);
}

static feel_value fallback(struct frame *f, const struct table *t)
{
    bool any = false;
    struct feel_entry *entries = op_array(f->run->op, struct feel_entry, t->output_count + 1);
    for (size_t i = 0; i < t->output_count; i++) {
        const struct table_output *o = &t->outputs[i];
        any |= o->fallback != NULL;
        entries[i] = (struct feel_entry){o->name, o->fallback ? output_value(f, o, o->fallback, 0) : feel_null()};
    }
    if (!any)
        return NOTE_NULL(f->run, HERE, "没有一条规则符合");
    return t->output_count == 1 ? entries[0].value : feel_of_context(f->run->op, entries, t->output_count);
}

/* The place of a rule's outputs in the order of the output values; what is not listed comes last. */
static size_t rank(const struct table *t, feel_value v, size_t column)
{
    const struct table_output *o = &t->outputs[column];
    feel_value entry = t->output_count == 1 ? v : v.context->entries[column].value;
    size_t i = 0;
    while (i < o->order_count && !feel_same(o->order[i], entry))
        i++;
    return i;
}

static bool outranks(const struct table *t, feel_value a, feel_value b)
{
    for (size_t i = 0; i < t->output_count; i++) {
        size_t x = rank(t, a, i), y = rank(t, b, i);
        if (x != y)
            return x < y;
    }
    return false;
}

/* Stable: rules of equal rank stay in rule order. */
static void by_rank(const struct table *t, feel_value *values, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && outranks(t, values[j], values[j - 1]); j--) {
            feel_value v = values[j];
            values[j] = values[j - 1];
            values[j - 1] = v;
        }
}

static str rule_list(struct op *op, struct hits hits)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < hits.n && i < 10; i++)
        buf_text(&b, "%s%zu", i ? "、" : "", hits.p[i] + 1);
    return op_copy(op, buf_str(&b));
}

static feel_value collected(struct frame *f, const struct table *t, const feel_value *values, size_t n)
{
    static const char *const functions[] = {[AGGREGATE_SUM] = "sum", [AGGREGATE_MIN] = "min", [AGGREGATE_MAX] = "max"};
    feel_value list = feel_of_list(values, n);
    switch (t->aggregate) {
    case AGGREGATE_NONE:
        return list;
    case AGGREGATE_COUNT:
        return feel_of_int((int64_t)n);
    case AGGREGATE_SUM:
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        break;
    }
    struct feel_run run = {.op = f->run->op};
    size_t count;
    const struct feel_builtin *rows = feel_builtins(&count);
    while (!str_eq(str_z(rows->name), str_z(functions[t->aggregate])))
        rows++;
    feel_value v = rows->call(&run, &list, 1);
    return v.kind == FEEL_NULL ? NOTE_NULL(f->run, HERE, "符合的规则的结果不能汇总") : v;
}

feel_value dmn_outcome(struct frame *f, const struct table *t, struct hits hits, enum dmn_status *ret_status,
                       int *ret_chosen)
{
    *ret_status = DMN_DECIDED;
    *ret_chosen = -1;
    if (hits.n == 0) {
        for (size_t i = 0; i < t->output_count; i++)
            if (t->outputs[i].fallback)
                return fallback(f, t);
        if (t->hit == HIT_COLLECT && t->aggregate == AGGREGATE_COUNT)
            return feel_of_int(0);
        *ret_status = DMN_NO_RULE;
        return fallback(f, t);
    }
    if (t->hit == HIT_UNIQUE && hits.n > 1) {
        *ret_status = DMN_CONFLICT;
        return NOTE_NULL(f->run, HERE, "第%.*s条规则同时符合，而本表只许一条符合", PS(rule_list(f->run->op, hits)));
    }
    feel_value *values = op_array(f->run->op, feel_value, hits.n);
    for (size_t i = 0; i < hits.n; i++)
        values[i] = output_of(f, t, hits.p[i]);
    size_t best = 0;
    switch (t->hit) {
    case HIT_UNIQUE:
    case HIT_FIRST:
        break;
    case HIT_ANY:
        for (size_t i = 1; i < hits.n; i++)
            if (!feel_same(values[0], values[i])) {
                *ret_status = DMN_CONFLICT;
                return NOTE_NULL(f->run, HERE, "第%.*s条规则同时符合，结果却不同", PS(rule_list(f->run->op, hits)));
            }
        break;
    case HIT_PRIORITY:
        for (size_t i = 1; i < hits.n; i++)
            best = outranks(t, values[i], values[best]) ? i : best;
        break;
    case HIT_OUTPUT_ORDER:
        by_rank(t, values, hits.n);
        return feel_of_list(values, hits.n);
    case HIT_RULE_ORDER:
        return feel_of_list(values, hits.n);
    case HIT_COLLECT:
        return collected(f, t, values, hits.n);
    }
    *ret_chosen = (int)hits.p[best];
    return values[best];
}

const size_t *dmn_rule_order(struct frame *f, const struct table *t)
{
    size_t *order = op_array(f->run->op, size_t, t->rule_count + 1);
    feel_value *values = op_array(f->run->op, feel_value, t->rule_count + 1);
    for (size_t r = 0; r < t->rule_count; r++) {
        order[r] = r;
        for (size_t i = 0; t->hit == HIT_PRIORITY && i < t->output_count; i++) {
            size_t count = 0;
            const int *names;
            if (t->rules[r].outputs[i].tree)
                feel_names(f->run->op, t->rules[r].outputs[i].tree, &names, &count);
            if (count || !t->rules[r].outputs[i].tree)
                return NULL;
        }
        if (t->hit == HIT_PRIORITY)
            values[r] = output_of(f, t, r);
    }
    for (size_t i = 1; t->hit == HIT_PRIORITY && i < t->rule_count; i++)
        for (size_t j = i; j > 0 && outranks(t, values[order[j]], values[order[j - 1]]); j--) {
            size_t r = order[j];
            order[j] = order[j - 1];
            order[j - 1] = r;
        }
    return order;
}

static bool among(struct hits hits, size_t rule)
{
    for (size_t i = 0; i < hits.n; i++)
        if (hits.p[i] == rule)
            return true;
    return false;
}

/* From the hits for certain and the hits a missing value might add: does the certain part decide? */
static bool decides(const struct table *t, const size_t *order, struct hits certain, struct hits possible)
{
    if (possible.n == certain.n)
        return true;
    /* rules of these tables exclude each other or agree: what holds for certain is the result */
    if (t->hit == HIT_UNIQUE || t->hit == HIT_ANY)
        return certain.n > 0;
    if (!dmn_hits_one(t->hit) || !order)
        return false;
    for (size_t i = 0; i < t->rule_count; i++)
        if (among(possible, order[i]))
            return among(certain, order[i]);
    return false;
}

enum match { MATCH_NO, MATCH_MAYBE, MATCH_YES };

/* Whether a rule matches; ret_failed: the first column that does not, or -1. A missing value may match any cell. */
static enum match rule_match(struct frame *f, const struct table *t, size_t rule, const feel_value *inputs,
                             int *ret_failed)
{
    enum match match = MATCH_YES;
    *ret_failed = -1;
    for (size_t i = 0; i < t->input_count; i++) {
        const struct table_cell *c = &t->rules[rule].inputs[i];
        if (!c->tree)
            dmn_note_add(f->run, HERE, "第%zu条规则第%zu格：%.*s", rule + 1, i + 1, PS(c->fault));
        if (f->run->needs_all && c->tree && feel_is_null(inputs[i]) && !t->inputs[i].null_is_value) {
            if (!c->anything && match == MATCH_YES)
                *ret_failed = (int)i;
            match = c->anything ? match : MATCH_MAYBE;
            continue;
        }
        if (!c->tree || !feel_true(dmn_feel(f, c->tree, &inputs[i], 0))) {
            *ret_failed = (int)i;
            return MATCH_NO;
        }
    }
    return match;
}

static void trace(struct frame *f, const struct table *t, struct dmn_trace step)
{
    struct dmn_run *run = f->run;
    struct dmn_trace *kept = op_new(run->op, struct dmn_trace);
    str *texts = op_array(run->op, str, t->input_count + 1), *labels = op_array(run->op, str, t->rule_count + 1);
    for (size_t i = 0; i < t->input_count; i++)
        texts[i] = t->inputs[i].text;
    for (size_t i = 0; i < t->rule_count; i++)
        labels[i] = t->rules[i].label;
    *kept = step;
    kept->decision = f->element->name;
    kept->table = true;
    kept->hit_policy = str_z(dmn_hit_name(t->hit));
    kept->inputs = texts;
    kept->input_count = t->input_count;
    kept->rule_labels = labels;
    kept->rule_count = t->rule_count;
    if (run->last_trace)
        run->last_trace->next = kept;
    else
        run->traces = kept;
    run->last_trace = kept;
}

/* False: a value is forbidden; the note says which. */
static bool inputs_of(struct frame *f, const struct table *t, feel_value *inputs)
{
    for (size_t i = 0; i < t->input_count; i++) {
        const struct table_input *in = &t->inputs[i];
        if (!in->expression) {
            dmn_note_add(f->run, HERE, "第%zu列：%.*s", i + 1, PS(in->fault));
            continue;
        }
        feel_value v = dmn_feel(f, in->expression, NULL, 0);
        if (!dmn_fit(f->run, v, in->type, &inputs[i]))
            dmn_note_add(f->run, HERE, "「%.*s」的值不属于类型「%.*s」", PS(in->text), PS(in->type->name));
        bool missing = f->run->needs_all && feel_is_null(inputs[i]); /* is lacking, not forbidden */
        if (in->values && !missing && !feel_true(dmn_feel(f, in->values, &inputs[i], 0))) {
            dmn_note_add(f->run, HERE, "「%.*s」的值 %.*s 不在规定的值里", PS(in->text),
                         PS(str_part(feel_literal(f->run->op, inputs[i]), 0, 100)));
            return false;
        }
    }
    return true;
}

static str lacking(struct frame *f, const struct table *t, const feel_value *inputs)
{
    struct buf b;
    buf_init(&b, f->run->op, 0);
    for (size_t i = 0; i < t->input_count; i++) {
        bool asked = false;
        for (size_t r = 0; r < t->rule_count; r++)
            asked |= !t->rules[r].inputs[i].anything;
        if (asked && feel_is_null(inputs[i]) && !t->inputs[i].null_is_value)
            buf_text(&b, "%s「%.*s」", b.n ? "、" : "", PS(t->inputs[i].text));
    }
    return op_copy(f->run->op, buf_str(&b));
}

feel_value dmn_table(struct frame *f, const struct table *t)
{
    feel_value *inputs = op_array(f->run->op, feel_value, t->input_count + 1);
    struct hits hits = {0}, possible = {0};
    struct dmn_trace step = {.status = DMN_BARRED, .chosen = -1, .values = inputs};
    int *failed = f->run->explain ? op_array(f->run->op, int, t->rule_count + 1) : NULL, column;
    bool barred = !inputs_of(f, t, inputs);
    for (size_t r = 0; r < t->rule_count && (!barred || failed); r++) {
        enum match match = rule_match(f, t, r, inputs, &column);
        if (failed)
            failed[r] = column;
        if (match != MATCH_NO)
            *list_add(f->run->op, &possible) = r;
        if (match == MATCH_YES)
            *list_add(f->run->op, &hits) = r;
        if (match == MATCH_YES && t->hit == HIT_FIRST && !failed)
            break;
    }
    step.failed = failed;
    if (barred) {
        step.result = feel_null();
    } else if (!decides(t, possible.n > hits.n ? dmn_rule_order(f, t) : NULL, hits, possible)) {
        step.status = DMN_LACKS;
        step.lacks = lacking(f, t, inputs);
        step.result = NOTE_NULL(f->run, HERE, "缺少%.*s，不能判定", PS(step.lacks));
    } else {
        if (t->hit == HIT_FIRST && hits.n > 1)
            hits.n = 1;
        step.result = dmn_outcome(f, t, hits, &step.status, &step.chosen);
    }
    if (failed)
        trace(f, t, step);
    return step.result;
}
