/* What stands between a version and its force: the model's own findings, its cases, rules that no case reaches. */
#include "policy/inner.h"

struct troubles {
    struct op *op;
    struct policy_trouble *first, *last;
};

__attribute__((format(printf, 5, 6))) static void tell(struct troubles *t, bool blocks, str where, str example,
                                                       const char *format, ...)
{
    struct policy_trouble *trouble = op_new(t->op, struct policy_trouble);
    va_list args;
    va_start(args, format);
    *trouble = (struct policy_trouble){
        .where = where, .text = op_vtext(t->op, format, args), .example = example, .blocks = blocks};
    va_end(args);
    if (t->last)
        t->last->next = trouble;
    else
        t->first = trouble;
    t->last = trouble;
}

static void check_model(struct troubles *t, const struct policy_version *v)
{
    struct dmn_finding *findings;
    dmn_check(t->op, v->model, &findings);
    for (const struct dmn_finding *f = findings; f; f = f->next) {
        tell(t, f->kind != DMN_UNCHECKED && f->kind != DMN_TOLD,
             op_text(t->op, "%.*s 第%d行 %.*s", PS(v->model_file), f->line, PS(f->where)), f->example, "%.*s",
             PS(f->text));
        t->last->rule = f->rule;
        t->last->column = f->column;
    }
}

bool version_readable(struct op *op, const struct policy_version *v)
{
    struct dmn_finding *findings;
    bool good = true;
    dmn_check(op, v->model, &findings);
    for (const struct dmn_finding *f = findings; f; f = f->next)
        if (f->kind == DMN_NAME || (f->kind == DMN_FAULT && f->column))
            good = op_fail(op, FAULT_INPUT, f->where, "%.*s", PS(f->text));
    return good;
}

/* ---- cases ------------------------------------------------------------------------------------------------ */

/* Empty is null: the value is missing. */
static bool cell_value(struct op *op, const struct feel_type *type, str text, feel_value *ret)
{
    dec number;
    day d;
    text = str_trim(text);
    *ret = feel_null();
    if (text.n == 0)
        return true;
    switch (type->kind) {
    case FEEL_NUMBER:
        *ret = dec_parse(text, &number) ? feel_of_dec(number) : feel_null();
        return !feel_is_null(*ret);
    case FEEL_DATE:
        *ret = day_parse(text, &d) ? feel_of_day(d) : feel_null();
        return !feel_is_null(*ret);
    case FEEL_BOOL: {
        bool yes = str_eq(text, S("是")) || str_eq(text, S("true")) || str_eq(text, S("TRUE"));
        *ret = feel_of_bool(yes);
        return yes || str_eq(text, S("否")) || str_eq(text, S("false")) || str_eq(text, S("FALSE"));
    }
    case FEEL_TEXT:
        *ret = feel_of_text(text);
        return true;
    case FEEL_NULL:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    static const struct feel_scope none = {0}; /* others are written in FEEL: [{年龄: 61}] */
    struct feel *tree;
    struct feel_run run = {.op = op};
    int faults = op->fault_count;
    if (!feel_parse(op, text, &none, &tree)) {
        op_forgive(op, faults);
        return false;
    }
    *ret = feel_eval(&run, tree);
    return true;
}

static bool same_as_text(struct op *op, feel_value v, str expected)
{
    dec number;
    expected = str_trim(expected);
    if (v.kind == FEEL_NUMBER && dec_parse(expected, &number))
        return dec_eq(v.number, number);
    if (v.kind == FEEL_BOOL && (str_eq(expected, S("是")) || str_eq(expected, S("否"))))
        return v.truth == str_eq(expected, S("是"));
    if (v.kind == FEEL_NULL)
        return str_eq(expected, S("空"));
    return str_eq(feel_text_of(op, v), expected);
}

static void cover(const struct dmn_run *run, const struct policy_version *v, int *covered, size_t rules)
{
    for (const struct dmn_trace *t = run->traces; t; t = t->next)
        for (size_t r = 0;
             t->table && str_eq(t->decision, dmn_element_name(v->decision)) && r < t->rule_count && r < rules; r++)
            covered[r] += t->failed[r] < 0 && (t->chosen < 0 || t->chosen == (int)r);
}

static void check_case(struct troubles *t, const struct policy_version *v, const struct csv_row *head,
                       const struct csv_row *row, size_t number, struct policy_cases *sum)
{
    static const str wanted = SC("应得"), status = SC("应得状态");
    struct dmn_run run;
    str where = op_text(t->op, "%.*s 第%zu行", PS(v->cases_file), number + 1), bad = S("");
    const struct dmn_element *const *inputs;
    size_t input_count;
    dmn_run_init(&run, t->op, v->model);
    run.explain = run.needs_all = true;
    dmn_inputs(v->model, &inputs, &input_count);
    for (size_t i = 0; i < row->count && i < head->count; i++)
        for (size_t k = 0; k < input_count; k++) {
            feel_value value;
            if (!str_eq(str_trim(head->fields[i]), dmn_element_name(inputs[k])))
                continue;
            if (!cell_value(t->op, dmn_element_type(inputs[k]), row->fields[i], &value))
                bad = op_text(t->op, "「%.*s」的值 %.*s 读不懂", PS(dmn_element_name(inputs[k])), PS(row->fields[i]));
            (void)dmn_input(&run, dmn_element_name(inputs[k]), value);
        }
    feel_value got = dmn_decide(&run, v->decision);
    cover(&run, v, sum->by_rule, sum->rules);
    for (size_t i = 0; i < row->count && i < head->count && bad.n == 0; i++) {
        str name = str_trim(head->fields[i]), expected = str_trim(row->fields[i]);
        if (!str_starts(name, wanted) || expected.n == 0)
            continue;
        str output = str_trim(str_part(name, wanted.n, name.n));
        if (str_eq(name, status)) {
            str ended = dmn_status_names[run.last_trace ? run.last_trace->status : DMN_DECIDED];
            if (!str_eq(ended, expected))
                bad = op_text(t->op, "应得状态「%.*s」，得「%.*s」", PS(expected), PS(ended));
            continue;
        }
        feel_value value = got.kind == FEEL_CONTEXT ? feel_get(got, output) : got;
        if (!same_as_text(t->op, value, expected))
            bad = op_text(t->op, "%.*s应得 %.*s，得 %.*s", PS(output), PS(expected), PS(feel_literal(t->op, value)));
    }
    sum->ends[sum->cases++] = bad;
    sum->passed += bad.n == 0;
    if (bad.n)
        tell(t, true, where, S(""), "用例不符：%.*s", PS(bad));
}

[[nodiscard]] static bool check_cases(struct troubles *t, const struct policy_version *v, struct policy_cases *sum)
{
    struct csv_row *rows;
    size_t count;
    if (!policy_case_rows(t->op, v, &rows, &count))
        return false;
    sum->rules = dmn_rule_count(v->decision);
    sum->by_rule = op_array(t->op, int, sum->rules + 1);
    sum->ends = op_array(t->op, str, count + 1);
    for (size_t i = 1; i < count; i++)
        check_case(t, v, &rows[0], &rows[i], i, sum);
    for (size_t r = 0; r < sum->rules; r++) {
        sum->covered += sum->by_rule[r] > 0;
        if (!sum->by_rule[r])
            tell(t, true, v->cases_file.n ? v->cases_file : v->policy->file, S(""), "第%zu条规则没有用例，请补上一行", r + 1);
    }
    if (sum->cases == 0)
        tell(t, true, v->policy->file, S(""), "还没有用例；没有用例的政策不能生效");
    return true;
}

bool policy_check(struct op *op, const struct policy_version *v, struct policy_trouble **ret,
                  struct policy_cases *ret_cases)
{
    struct troubles t = {.op = op};
    struct policy_cases sum = {0};
    check_model(&t, v);
    if (!check_cases(&t, v, &sum))
        return false;
    *ret = t.first;
    *ret_cases = sum;
    return true;
}
