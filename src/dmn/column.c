/* Making a plan: each column of the table cut into regions, each region with the mask of the rules that match there;
 * the cells that cannot be cut are marked slow. column_run.c runs it. */
#include "dmn/plan.h"

static void slow(struct dmn_plan *p, int rule, int column, str reason)
{
    struct dmn_slow *s = op_new(p->op, struct dmn_slow);
    *s = (struct dmn_slow){NULL, rule, column, reason};
    struct dmn_slow **end = &p->slow;
    while (*end)
        end = &(*end)->next;
    *end = s;
}

static void by_row(struct dmn_plan *p, int column, str reason)
{
    p->by_row = true;
    slow(p, -1, column, reason);
}

static void set(uint64_t *mask, size_t bit)
{
    mask[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* ---- what the decision needs -------------------------------------------------------------------------------- */

/* A text met before has its code. */
static int64_t code_of(struct op *op, struct map *codes, struct texts *texts, str text)
{
    void *found = map_get(codes, text);
    if (found)
        return (int64_t)(intptr_t)found;
    *list_add(op, texts) = text;
    map_put(codes, text, (void *)(intptr_t)texts->n);
    return (int64_t)texts->n;
}

/* The values of a decision that this one needs, as a column. False: they are of several kinds, or not plain. */
static bool vector_of_values(struct op *op, struct dmn_plan *needed, const uint16_t *outcomes, size_t rows,
                             struct feel_vector *v)
{
    struct map codes;
    struct texts texts = {0};
    enum { SCALE = 6 };
    int64_t *out = op_array(op, int64_t, rows + 1);
    enum feel_kind kind = FEEL_NULL;
    map_init(&codes, op);
    for (size_t i = 0; i < rows; i++) {
        struct mark mark = op_mark(op);
        feel_value value;
        bool kept = dmn_plan_constant(needed, outcomes[i], &value);
        if (!kept)
            value = dmn_plan_value(op, needed, i, outcomes[i]);
        kind = kind == FEEL_NULL ? value.kind : kind;
        bool fits = value.kind == FEEL_NULL || value.kind == kind;
        out[i] = FEEL_VECTOR_NULL;
        if (value.kind == FEEL_NUMBER)
            fits &= dec_scaled(value.number, SCALE, &out[i]);
        else if (value.kind == FEEL_BOOL)
            out[i] = value.truth;
        else if (value.kind == FEEL_DATE)
            out[i] = value.day;
        else if (value.kind == FEEL_TEXT && kept)
            out[i] = code_of(op, &codes, &texts, value.text);
        else
            fits &= value.kind == FEEL_NULL;
        if (value.kind != FEEL_TEXT)
            op_reset(op, mark);
        if (!fits)
            return false;
    }
    v->kind = kind == FEEL_BOOL   ? FEEL_VECTOR_BOOL
              : kind == FEEL_DATE ? FEEL_VECTOR_DAY
              : kind == FEEL_TEXT ? FEEL_VECTOR_TEXT
                                  : FEEL_VECTOR_NUMBER;
    v->scale = kind == FEEL_NUMBER ? SCALE : 0;
    v->nulls = true;
    v->texts = texts.p;
    v->text_count = texts.n;
    v->width = v->kind == FEEL_VECTOR_BOOL ? 1 : v->kind == FEEL_VECTOR_TEXT ? 4 : 8;
    v->values = out;
    for (size_t i = 0; v->width == 4 && i < rows; i++)
        ((int32_t *)out)[i] = out[i] == FEEL_VECTOR_NULL ? 0 : (int32_t)out[i];
    for (size_t i = 0; v->width == 1 && i < rows; i++)
        ((uint8_t *)out)[i] = out[i] == FEEL_VECTOR_NULL ? 0 : (uint8_t)(out[i] + 1);
    return true;
}

static bool make_plan(struct op *op, const struct dmn *d, const struct dmn_element *decision,
                      const struct feel_rows *rows, struct dmn_plan **made, struct dmn_plan **ret);

/* Inputs are columns that came from outside; decisions are run first, each once (`made`, by number). */
static bool gather_columns(struct dmn_plan *p, struct dmn_plan **made)
{
    const struct dmn_element *e = p->decision;
    struct feel_vector *vectors = op_array(p->op, struct feel_vector, e->required_count + 1);
    size_t n = 0;
    for (size_t i = 0; i < e->required_count && !p->by_row; i++) {
        const struct dmn_element *to = e->required[i].element;
        if (to->kind == ELEMENT_INPUT) {
            const struct feel_vector *given = feel_rows_find(p->given, to->name);
            if (given)
                vectors[n] = *given;
            else
                by_row(p, -1, op_text(p->op, "没有「%.*s」一列", PS(to->name)));
        } else if (to->kind == ELEMENT_DECISION) {
            struct dmn_plan *needed = made[to->number];
            if (!needed && !make_plan(p->op, p->dmn, to, p->given, made, &needed))
                return false;
            uint16_t *outcomes = op_array(p->op, uint16_t, p->given->rows + 16);
            dmn_plan_run(p->op, needed, 1, outcomes);
            if (!vector_of_values(p->op, needed, outcomes, p->given->rows, &vectors[n]))
                by_row(p, -1, op_text(p->op, "决策「%.*s」的结果不是单一的文字、数、日期或是否", PS(to->name)));
        } else {
            by_row(p, -1, op_text(p->op, "用到了「%.*s」", PS(to->name)));
        }
        vectors[n++].name = e->required[i].name;
    }
    p->rows = (struct feel_rows){vectors, p->by_row ? 0 : n, p->given->rows};
    return true;
}

/* ---- regions of one column ---------------------------------------------------------------------------------- */

/* The masks where the column has this value. False: the table forbids the value. */
static bool masks_at(struct dmn_plan *p, size_t c, feel_value sample, uint64_t *certain, uint64_t *possible)
{
    const struct table_input *in = &p->table->inputs[c];
    struct dmn_run run;
    feel_value v;
    dmn_run_init(&run, p->op, p->dmn);
    (void)dmn_fit(&run, sample, in->type, &v);
    bool missing = feel_is_null(v) && !in->null_is_value;
    struct feel_run feel = {.op = p->op};
    if (in->values && !feel_is_null(v) && !feel_true(feel_test(&feel, in->values, v)))
        return false;
    for (size_t i = 0; i < p->table->rule_count; i++) {
        size_t r = p->order[i];
        const struct table_cell *cell = &p->table->rules[r].inputs[c];
        bool is_slow = p->slow_cells[r * p->table->input_count + c];
        bool sure = missing ? cell->anything : is_slow || (cell->tree && feel_true(feel_test(&feel, cell->tree, v)));
        if (sure)
            set(certain, i);
        if (sure || missing)
            set(possible, i);
    }
    return true;
}

static bool same_masks(const struct plan_side *s, size_t a, size_t b, size_t words)
{
    return memcmp(s->certain + a * words, s->certain + b * words, words * sizeof *s->certain) == 0 &&
           memcmp(s->possible + a * words, s->possible + b * words, words * sizeof *s->possible) == 0 &&
           s->barred[a] == s->barred[b];
}

/* Neighbours that answer alike become one region. Region 0 is null and stays by itself. */
static void merge_regions(struct plan_side *s, int64_t *cuts, size_t words)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->cut_count; i++) { /* cut i divides regions i + 1 and i + 2 */
        if (same_masks(s, kept + 1, i + 2, words))
            continue;
        cuts[kept++] = cuts[i];
        memcpy(s->certain + (kept + 1) * words, s->certain + (i + 2) * words, words * sizeof *s->certain);
        memcpy(s->possible + (kept + 1) * words, s->possible + (i + 2) * words, words * sizeof *s->possible);
        s->barred[kept + 1] = s->barred[i + 2];
    }
    s->cut_count = kept;
    s->region_count = kept + 2;
}

static bool add_points(struct dmn_plan *p, const struct feel *tests, struct points *out)
{
    const feel_value *found;
    size_t count;
    bool ordered;
    if (!feel_test_points(p->op, tests, &found, &count, &ordered))
        return false;
    for (size_t i = 0; i < count; i++)
        *list_add(p->op, out) = found[i];
    return true;
}

static bool points_of(struct dmn_plan *p, size_t c, struct points *out)
{
    const struct table_input *in = &p->table->inputs[c];
    for (size_t r = 0; r < p->table->rule_count; r++) {
        const struct table_cell *cell = &p->table->rules[r].inputs[c];
        if (!cell->tree || add_points(p, cell->tree, out))
            continue;
        p->slow_cells[r * p->table->input_count + c] = true;
        for (size_t i = 0; i < p->table->rule_count; i++)
            if (p->order[i] == r)
                set(p->slow_rules, i);
        p->any_slow = true;
        slow(p, (int)r, (int)c, S("这一格不全是写死的值"));
    }
    for (size_t i = 0; in->type && i < in->type->allowed_count; i++)
        if (!add_points(p, in->type->allowed[i], out))
            return false;
    return !in->values || add_points(p, in->values, out);
}

static void cut_side(struct dmn_plan *p, size_t c)
{
    struct plan_side *s = &p->sides[c];
    const struct table_input *in = &p->table->inputs[c];
    struct points points = {0};
    str reason;
    if (!in->expression) {
        by_row(p, (int)c, in->fault);
        return;
    }
    if (!feel_compile(p->op, in->expression, &p->rows, &s->program, &reason)) {
        by_row(p, (int)c, reason);
        return;
    }
    s->vector = feel_program_column(s->program);
    s->kind = feel_program_kind(s->program);
    if (s->kind == FEEL_VECTOR_TEXT && !s->vector) {
        by_row(p, (int)c, S("文字的算式逐行计算"));
        return;
    }
    if (!points_of(p, c, &points)) {
        by_row(p, (int)c, S("规定的值不全是写死的"));
        return;
    }
    bool coded = s->vector && (s->kind == FEEL_VECTOR_TEXT || s->kind == FEEL_VECTOR_BOOL);
    const int64_t *cuts = NULL;
    int scale = feel_program_scale(s->program);
    if (!coded && !feel_cuts(p->op, points.p, points.n, s->kind, scale, &cuts, &s->cut_count)) {
        by_row(p, (int)c, S("条件里的数太多或太大"));
        return;
    }
    size_t texts = s->kind == FEEL_VECTOR_TEXT ? s->vector->text_count : 2;
    s->coded = coded;
    s->region_count = coded ? texts + 1 : s->cut_count + 2;
    if (s->region_count > PLAN_REGIONS_MAX || s->region_count * (p->table->rule_count + 1) > PLAN_TESTS_MAX) {
        by_row(p, (int)c, S("不同的值太多"));
        return;
    }
    s->certain = op_array(p->op, uint64_t, s->region_count * p->words);
    s->possible = op_array(p->op, uint64_t, s->region_count * p->words);
    s->barred = op_array(p->op, bool, s->region_count);
    for (size_t i = 0; i < s->region_count; i++) {
        struct mark mark = op_mark(p->op);
        feel_value sample = feel_null();
        if (i && coded)
            sample = s->kind == FEEL_VECTOR_TEXT ? feel_of_text(s->vector->texts[i - 1]) : feel_of_bool(i == 2);
        else if (i)
            sample = feel_cut_sample(i > 1 ? cuts[i - 2] : s->cut_count ? cuts[0] - 1 : 0, s->kind, scale);
        s->barred[i] = !masks_at(p, c, sample, s->certain + i * p->words, s->possible + i * p->words);
        p->bars |= s->barred[i];
        op_reset(p->op, mark);
    }
    if (coded)
        return;
    int64_t *own = op_array(p->op, int64_t, s->cut_count + 1);
    memcpy(own, cuts, s->cut_count * sizeof *own);
    s->cuts = own;
    merge_regions(s, own, p->words);
}

/* The masks sliced by eight rules for the kernel. */
static void slice(struct dmn_plan *p)
{
    size_t planes = (p->table->rule_count + 7) / 8;
    p->sliced = p->words == 1 && planes <= KERNEL_PLANES && p->table->input_count > 0 && dmn_hits_one(p->table->hit) &&
                !p->any_slow;
    for (size_t c = 0; c < p->table->input_count; c++)
        p->sliced &= p->sides[c].region_count <= KERNEL_REGIONS;
    for (size_t c = 0; p->sliced && c < p->table->input_count; c++) {
        p->sides[c].planes = op_alloc(p->op, planes * sizeof *p->sides[c].planes);
        for (size_t i = 0; i < p->sides[c].region_count; i++)
            for (size_t k = 0; k < planes; k++)
                p->sides[c].planes[k][i] = (uint8_t)(p->sides[c].certain[i] >> 8 * k);
    }
    p->plane_count = planes;
}

/* ---- results ------------------------------------------------------------------------------------------------ */

static bool constant_tree(struct op *op, const struct feel *tree)
{
    size_t count;
    const int *names;
    feel_names(op, tree, &names, &count);
    return count == 0;
}

/* Outcome r is what rule r gives when it alone decides. */
static void rule_outcomes(struct dmn_plan *p)
{
    const struct table *t = p->table;
    struct dmn_run run;
    dmn_run_init(&run, p->op, p->dmn);
    struct frame f = {&run, p->decision, NULL};
    for (size_t r = 0; r < t->rule_count; r++) {
        struct plan_outcome o = {.constant = true};
        for (size_t i = 0; i < t->output_count; i++)
            o.constant &= t->rules[r].outputs[i].tree && constant_tree(p->op, t->rules[r].outputs[i].tree);
        enum dmn_status status;
        int chosen;
        if (o.constant && dmn_hits_one(t->hit)) {
            feel_value v = dmn_outcome(&f, t, (struct hits){&r, 1, 1}, &status, &chosen);
            (void)dmn_fit(&run, v, p->decision->type, &o.value);
        }
        p->constant_rules &= o.constant;
        *list_add(p->op, &p->outcomes) = o;
    }
    p->none = DMN_OUTCOME_STATUS + DMN_NO_RULE;
    struct plan_outcome o = {.constant = true};
    bool any = false;
    for (size_t i = 0; i < t->output_count; i++) {
        any |= t->outputs[i].fallback != NULL;
        o.constant &= !t->outputs[i].fallback || constant_tree(p->op, t->outputs[i].fallback);
    }
    p->constant_rules &= o.constant;
    enum dmn_status status;
    int chosen;
    if (!any)
        return;
    if (o.constant) {
        feel_value v = dmn_outcome(&f, t, (struct hits){0}, &status, &chosen);
        (void)dmn_fit(&run, v, p->decision->type, &o.value);
    }
    p->none = (uint16_t)p->outcomes.n;
    *list_add(p->op, &p->outcomes) = o;
}

static void cut_table(struct dmn_plan *p)
{
    const struct table *t = p->table;
    struct dmn_run run;
    dmn_run_init(&run, p->op, p->dmn);
    p->order = dmn_rule_order(&(struct frame){&run, p->decision, NULL}, t);
    p->in_order = t->hit != HIT_PRIORITY;
    rule_outcomes(p);
    if (!p->order)
        by_row(p, -1, S("结果要计算，优先次序定不下来"));
    if (!dmn_hits_one(t->hit) && (!p->constant_rules || t->rule_count > 64))
        by_row(p, -1, S("多条规则合并的结果要逐户计算"));
    p->words = (t->rule_count + 63) / 64 + (t->rule_count == 0);
    p->sides = op_array(p->op, struct plan_side, t->input_count + 1);
    p->slow_cells = op_array(p->op, bool, t->rule_count * t->input_count + 1);
    p->slow_rules = op_array(p->op, uint64_t, p->words);
    for (size_t c = 0; c < t->input_count && !p->by_row; c++)
        cut_side(p, c);
    if (!p->by_row)
        slice(p);
}

static bool make_plan(struct op *op, const struct dmn *d, const struct dmn_element *decision,
                      const struct feel_rows *rows, struct dmn_plan **made, struct dmn_plan **ret)
{
    struct dmn_plan *p = op_new(op, struct dmn_plan);
    *p = (struct dmn_plan){.op = op, .dmn = d, .decision = decision, .given = rows, .constant_rules = true};
    made[decision->number] = p;
    map_init(&p->found, op);
    *ret = p;
    if (!gather_columns(p, made))
        return false;
    p->table = decision->logic && decision->logic->kind == BOX_TABLE ? decision->logic->table : NULL;
    if (p->table && p->table->rule_count > DMN_PLAN_RULES_MAX)
        p->table = NULL;
    if (p->table)
        cut_table(p);
    else
        by_row(p, -1, S("不是决策表，或规则太多"));
    return true;
}

bool dmn_plan_make(struct op *op, const struct dmn *d, const struct dmn_element *decision, const struct feel_rows *rows,
                   struct dmn_plan **ret)
{
    must(decision);
    str circle = dmn_circle(op, d, decision);
    if (circle.n)
        return op_fail(op, FAULT_INPUT, decision->name, "决策绕了一圈又依赖自己：%.*s；请改正依赖关系", PS(circle));
    if (decision->kind != ELEMENT_DECISION)
        return op_fail(op, FAULT_INPUT, decision->name, "不是决策，不能筛查");
    return make_plan(op, d, decision, rows, op_array(op, struct dmn_plan *, d->element_count + 1), ret);
}

size_t dmn_plan_rules(const struct dmn_plan *p)
{
    return p->table && dmn_hits_one(p->table->hit) ? p->table->rule_count : 0;
}

const struct dmn_slow *dmn_plan_slow(const struct dmn_plan *p)
{
    return p->slow;
}
