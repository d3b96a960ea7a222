/* What is wrong with a model before anyone relies on it. Tables are cut into elementary regions: between two
 * neighbouring constants of a column every cell answers the same, so one sample of each region stands for all of it,
 * and the product of the regions answers exactly which inputs no rule, or several rules, match. */
#include <stdlib.h>

#include "dmn/model.h"

enum { RULES_CHECKED_MAX = 2000, TESTS_MAX = 4000000, STEPS_MAX = 200000, GAPS_MAX = 10, OVERLAPS_MAX = 20 };
enum { PAIR_STEPS_MAX = 200000000 }; /* some tenths of a second */

struct findings {
    struct op *op;
    struct dmn_finding *first, *last;
    int count;
    int rule, column; /* the cell being looked at; 0: none */
    const struct dmn_element *element; /* being looked at */
};

__attribute__((format(printf, 6, 7))) static void find(struct findings *f, enum dmn_finding_kind kind, int line,
                                                       str where, str example, const char *format, ...)
{
    if (f->count++ >= DMN_FINDINGS_MAX)
        return;
    struct dmn_finding *finding = op_new(f->op, struct dmn_finding);
    va_list args;
    va_start(args, format);
    finding->text = op_vtext(f->op, format, args);
    va_end(args);
    finding->kind = kind;
    finding->line = line;
    finding->rule = f->rule;
    finding->column = f->column;
    finding->where = where;
    finding->example = example;
    if (f->last)
        f->last->next = finding;
    else
        f->first = finding;
    f->last = finding;
}

/* ---- regions ----------------------------------------------------------------------------------------------- */

typedef uint64_t word;

struct region {
    feel_value sample;
    word *rules; /* those whose cell matches here */
};
struct column {
    struct region *regions;
    size_t count;
    word *of_rule;  /* [rule * words] the regions that it matches */
    size_t words;
    bool free;   /* no cell says anything: there is no sample to show */
    bool cut;    /* into regions; else there are none */
    str name;
};
struct grid {
    struct op *op;
    struct findings *out;
    const struct table *t;
    str where;
    int line;
    const bool *spoilt; /* [rule * inputs + column] cells that are told as wrong already: they match nothing */
    struct column *columns;
    size_t words;
    int64_t steps, pair_steps;
    bool gave_up;
    feel_value *chosen; /* one sample per column while searching */
    int gaps;
    struct map seen;
};

static bool has(const word *set, size_t i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static bool any(const struct grid *g, const word *set)
{
    for (size_t i = 0; i < g->words; i++)
        if (set[i])
            return true;
    return false;
}

static int by_order(const void *a, const void *b)
{
    int order = 0;
    const feel_value *x = a, *y = b;
    if (x->kind == FEEL_BOOL)
        return x->truth - y->truth;
    return feel_order(*x, *y, &order) ? order : 0;
}

/* A value strictly between two others (either may be missing); false: there is none. */
static bool between(const feel_value *low, const feel_value *high, feel_value *ret)
{
    feel_value v = low ? *low : *high;
    int64_t *whole = v.kind == FEEL_DATE ? &v.day : v.kind == FEEL_MONTHS ? &v.months : NULL, a, b;
    if (whole) {
        a = low ? (v.kind == FEEL_DATE ? low->day : low->months) : 0;
        b = high ? (v.kind == FEEL_DATE ? high->day : high->months) : 0;
        if (low && high && b - a < 2)
            return false;
        *whole = low && high ? a + (b - a) / 2 : low ? a + 1 : b - 1;
        *ret = v;
        return true;
    }
    dec d;
    switch (v.kind) {
    case FEEL_NUMBER:
        if (low && high) {
            if (!dec_add(low->number, high->number, &d) || !dec_div(d, dec_of(2), &d))
                return false;
            dec rounded; /* a plain number reads better, where one fits */
            if (dec_round(d, 0, DEC_FLOOR, &rounded) && dec_cmp(rounded, low->number) > 0 &&
                dec_cmp(rounded, high->number) < 0)
                d = rounded;
        } else if (!dec_add(low ? low->number : high->number, dec_of(low ? 1 : -1), &d)) {
            return false;
        }
        *ret = feel_of_dec(d);
        return !low || !high || (dec_cmp(d, low->number) > 0 && dec_cmp(d, high->number) < 0);
    case FEEL_SPAN:
    case FEEL_TIME:
    case FEEL_DATE_TIME: {
        int64_t *second = v.kind == FEEL_SPAN ? &v.seconds : &v.ns;
        int64_t unit = v.kind == FEEL_SPAN ? 1 : 1000000000;
        int order;
        *second += low ? unit : -unit;
        *ret = v;
        return !(low && high) || (feel_order(v, *high, &order) && order < 0);
    }
    case FEEL_TEXT:
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_DATE:
    case FEEL_MONTHS:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return false;
}

struct values {
    feel_value *p;
    size_t n, cap;
};

static bool gather(struct grid *g, const struct feel *tests, struct values *out, bool *ordered)
{
    const feel_value *points;
    size_t count;
    bool by_size;
    if (!feel_test_points(g->op, tests, &points, &count, &by_size))
        return false;
    *ordered |= by_size;
    for (size_t i = 0; i < count; i++)
        *list_add(g->op, out) = points[i];
    return true;
}

static bool within(struct grid *g, const struct table_input *in, feel_value v)
{
    struct feel_run run = {.op = g->op};
    if (in->values && !feel_true(feel_test(&run, in->values, v)))
        return false;
    for (size_t i = 0; in->type && i < in->type->allowed_count; i++)
        if (!feel_true(feel_test(&run, in->type->allowed[i], v)))
            return false;
    return true;
}

/* One more region, unless one with the same rules is there: they need no telling apart. */
static void add_region(struct grid *g, size_t c, feel_value sample)
{
    struct column *column = &g->columns[c];
    word *rules = op_array(g->op, word, g->words);
    if (!within(g, &g->t->inputs[c], sample))
        return;
    for (size_t r = 0; r < g->t->rule_count; r++) {
        struct mark mark = op_mark(g->op);
        struct feel_run run = {.op = g->op};
        const struct feel *cell = g->t->rules[r].inputs[c].tree;
        if (cell && feel_true(feel_test(&run, cell, sample)))
            rules[r / 64] |= (word)1 << (r % 64);
        op_reset(g->op, mark);
    }
    for (size_t i = 0; i < column->count; i++)
        if (memcmp(column->regions[i].rules, rules, g->words * sizeof *rules) == 0)
            return;
    column->regions[column->count++] = (struct region){sample, rules};
}

/* Each value once: neighbours share their bounds. */
static void points_unique(struct values *points)
{
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++)
        if (n == 0 || by_order(&points->p[n - 1], &points->p[i]) != 0)
            points->p[n++] = points->p[i];
    points->n = n;
}

/* A text that none of the cells names; 其他 is a choice of its own in many lists. */
static feel_value unnamed(struct grid *g, const struct values *points)
{
    str text = S("其他");
    for (size_t i = 0; i < points->n;) {
        bool named = str_eq(points->p[i].text, text);
        text = named ? op_text(g->op, "另外的%.*s", PS(text)) : text;
        i = named ? 0 : i + 1;
    }
    return feel_of_text(text);
}

/* False: ret_why says why the column cannot be cut into regions. */
static bool cut_column(struct grid *g, size_t c, const char **ret_why)
{
    struct values points = {0};
    bool ordered = false;
    *ret_why = "条件不全是写死的值";
    const struct table_input *in = &g->t->inputs[c];
    struct column *column = &g->columns[c];
    column->name = in->text;
    for (size_t r = 0; r < g->t->rule_count; r++)
        if (g->t->rules[r].inputs[c].tree && !g->spoilt[r * g->t->input_count + c] &&
            !gather(g, g->t->rules[r].inputs[c].tree, &points, &ordered))
            return false;
    size_t own = points.n;
    if (in->values && !gather(g, in->values, &points, &ordered))
        return false;
    for (size_t i = 0; in->type && i < in->type->allowed_count; i++)
        if (!gather(g, in->type->allowed[i], &points, &ordered))
            return false;
    enum feel_kind kind = points.n ? points.p[0].kind : FEEL_ANY;
    *ret_why = "条件里有几种类型的值";
    for (size_t i = 0; i < points.n; i++)
        if (points.p[i].kind != kind)
            return false;
    *ret_why = "条件比较文字的先后";
    if (kind == FEEL_TEXT && ordered)
        return false;
    column->free = own == 0;
    column->regions = op_array(g->op, struct region, 2 * points.n + 3);
    if (points.n == 0) {
        word *all = op_array(g->op, word, g->words);
        for (size_t r = 0; r < g->t->rule_count; r++)
            all[r / 64] |= (word)1 << (r % 64);
        column->regions[column->count++] = (struct region){feel_null(), all};
        return true;
    }
    qsort(points.p, points.n, sizeof *points.p, by_order);
    points_unique(&points);
    *ret_why = "分界太多";
    if ((int64_t)points.n * 2 * (int64_t)g->t->rule_count > TESTS_MAX)
        return false;
    feel_value sample;
    if (kind == FEEL_BOOL) {
        add_region(g, c, feel_of_bool(true));
        add_region(g, c, feel_of_bool(false));
        return true;
    }
    if (kind != FEEL_TEXT && between(NULL, &points.p[0], &sample))
        add_region(g, c, sample);
    for (size_t i = 0; i < points.n; i++) {
        add_region(g, c, points.p[i]);
        if (kind != FEEL_TEXT && between(&points.p[i], i + 1 < points.n ? &points.p[i + 1] : NULL, &sample))
            add_region(g, c, sample);
    }
    if (kind == FEEL_TEXT)
        add_region(g, c, unnamed(g, &points));
    return true;
}

/* The samples chosen, as an input. */
static str example(struct grid *g)
{
    struct buf b;
    buf_init(&b, g->op, 0);
    for (size_t i = 0; i < g->t->input_count; i++)
        if (!g->columns[i].free && g->columns[i].count)
            buf_text(&b, "%s%.*s = %s", b.n ? "，" : "", PS(g->columns[i].name),
                     op_z(g->op, feel_literal(g->op, g->chosen[i])));
    return op_copy(g->op, buf_str(&b));
}

/* An input that this rule would match, were it not for its cells that nothing can match. */
static str example_of_rule(struct grid *g, size_t rule)
{
    for (size_t c = 0; c < g->t->input_count; c++) {
        const struct column *column = &g->columns[c];
        size_t at = 0;
        while (at < column->count && !has(column->regions[at].rules, rule))
            at++;
        if (column->count)
            g->chosen[c] = column->regions[at < column->count ? at : 0].sample;
    }
    return example(g);
}

/* ---- gaps -------------------------------------------------------------------------------------------------- */

static void search_gaps(struct grid *g, size_t c, const word *rules)
{
    if (g->gaps >= GAPS_MAX || g->gave_up)
        return;
    if (++g->steps > STEPS_MAX) {
        g->gave_up = true;
        return;
    }
    if (!any(g, rules)) {
        g->gaps++;
        for (size_t i = c; i < g->t->input_count; i++) /* the rest may be anything */
            g->chosen[i] = g->columns[i].count ? g->columns[i].regions[0].sample : feel_null();
        find(g->out, DMN_GAP, g->line, g->where, example(g), "有的情形没有一条规则管到，请补上规则");
        return;
    }
    if (c == g->t->input_count)
        return;
    /* the same rules left at the same column were looked at before */
    str key = op_text(g->op, "%zu:", c);
    char *whole = op_alloc(g->op, key.n + g->words * sizeof *rules);
    memcpy(whole, key.p, key.n);
    memcpy(whole + key.n, rules, g->words * sizeof *rules);
    if (!map_put(&g->seen, (str){whole, key.n + g->words * sizeof *rules}, g))
        return;
    for (size_t i = 0; i < g->columns[c].count; i++) {
        word *left = op_array(g->op, word, g->words);
        for (size_t w = 0; w < g->words; w++)
            left[w] = rules[w] & g->columns[c].regions[i].rules[w];
        g->chosen[c] = g->columns[c].regions[i].sample;
        search_gaps(g, c + 1, left);
    }
}

/* ---- overlaps, duplicates, dead rules ---------------------------------------------------------------------- */

/* The regions of each column in which each rule matches, as sets: two rules are compared a word at a time. */
static void turn_regions(struct grid *g)
{
    for (size_t c = 0; c < g->t->input_count; c++) {
        struct column *column = &g->columns[c];
        column->words = column->count / 64 + 1;
        column->of_rule = op_array(g->op, word, op_size(g->t->rule_count, column->words));
        for (size_t i = 0; i < column->count; i++)
            for (size_t r = 0; r < g->t->rule_count; r++)
                if (has(column->regions[i].rules, r))
                    column->of_rule[r * column->words + i / 64] |= (word)1 << (i % 64);
    }
}

/* Both rules match somewhere; leaves where in g->chosen. */
static bool meet(struct grid *g, size_t a, size_t b, bool *ret_same)
{
    *ret_same = true;
    for (size_t c = 0; c < g->t->input_count; c++) {
        const struct column *column = &g->columns[c];
        const word *x = column->of_rule + a * column->words, *y = column->of_rule + b * column->words;
        bool found = false;
        for (size_t i = 0; i < column->words; i++) {
            *ret_same &= x[i] == y[i];
            if (x[i] & y[i] && !found) {
                found = true;
                g->chosen[c] = column->regions[i * 64 + (size_t)__builtin_ctzll(x[i] & y[i])].sample;
            }
        }
        g->pair_steps += (int64_t)column->words;
        if (!found)
            return false;
    }
    return true;
}

static bool same_outputs(const struct table *t, size_t a, size_t b)
{
    for (size_t i = 0; i < t->output_count; i++) {
        const struct feel *x = t->rules[a].outputs[i].tree, *y = t->rules[b].outputs[i].tree;
        if (!x || !y || !str_eq(str_trim(feel_source(x)), str_trim(feel_source(y))))
            return false;
    }
    return true;
}

static void search_overlaps(struct grid *g)
{
    int told = 0;
    turn_regions(g);
    for (size_t a = 0; a < g->t->rule_count; a++)
        for (size_t b = a + 1; b < g->t->rule_count && told < OVERLAPS_MAX; b++) {
            bool same;
            if (g->pair_steps > PAIR_STEPS_MAX) {
                g->gave_up = true;
                return;
            }
            if (!meet(g, a, b, &same))
                continue;
            bool alike = same_outputs(g->t, a, b);
            if (same && alike) {
                find(g->out, DMN_DUPLICATE, g->t->rules[b].line, g->where, example(g),
                     "第%zu条规则与第%zu条完全一样，请删去一条", b + 1, a + 1);
                told++;
            } else if (g->t->hit == HIT_UNIQUE || (g->t->hit == HIT_ANY && !alike)) {
                find(g->out, DMN_OVERLAP, g->t->rules[b].line, g->where, example(g),
                     "第%zu条与第%zu条规则会同时符合%s，请把条件分开", a + 1, b + 1, g->t->hit == HIT_ANY ? "而结果不同" : "，而本表只许一条符合");
                told++;
            }
        }
}

/* Is there a place for rule r where none of the earlier rules match? */
static bool alive(struct grid *g, size_t r, size_t c, const word *earlier)
{
    if (++g->steps > STEPS_MAX * INT64_C(50)) {
        g->gave_up = true;
        return true;
    }
    if (!any(g, earlier))
        return true;
    if (c == g->t->input_count)
        return false;
    for (size_t i = 0; i < g->columns[c].count; i++) {
        if (!has(g->columns[c].regions[i].rules, r))
            continue;
        struct mark mark = op_mark(g->op);
        word *left = op_array(g->op, word, g->words);
        for (size_t w = 0; w < g->words; w++)
            left[w] = earlier[w] & g->columns[c].regions[i].rules[w];
        bool found = alive(g, r, c + 1, left);
        op_reset(g->op, mark);
        if (found)
            return true;
    }
    return false;
}

/* A cell for what is missing: no region has it, and yet it has its use. */
static bool meets_null(const struct grid *g, size_t rule, size_t column)
{
    struct feel_run run = {.op = g->op};
    const struct feel *cell = g->t->rules[rule].inputs[column].tree;
    return cell && feel_true(feel_test(&run, cell, feel_null()));
}

static void search_dead(struct grid *g)
{
    word *earlier = op_array(g->op, word, g->words);
    for (size_t r = 0; r < g->t->rule_count && !g->gave_up; r++) {
        bool possible = true; /* by some value of every column */
        for (size_t c = 0; c < g->t->input_count && possible; c++) {
            possible = g->spoilt[r * g->t->input_count + c];
            for (size_t i = 0; i < g->columns[c].count; i++)
                possible |= has(g->columns[c].regions[i].rules, r);
            if (!possible && !meets_null(g, r, c))
                find(g->out, DMN_DEAD, g->t->rules[r].line, g->where, example_of_rule(g, r),
                     "第%zu条规则永远不会符合：「%.*s」一格没有可取的值，请改正或删去", r + 1, PS(g->columns[c].name));
        }
        if (possible && g->t->hit == HIT_FIRST && !alive(g, r, 0, earlier))
            find(g->out, DMN_DEAD, g->t->rules[r].line, g->where, example_of_rule(g, r), "第%zu条规则永远轮不到：前面的规则已全部管到，请调整次序或删去", r + 1);
        earlier[r / 64] |= (word)1 << (r % 64);
    }
}

/* Every column that can be is cut, so that what is wrong can be shown by an input. False: ret_why says why one cannot be. */
static bool cut_columns(struct grid *g, size_t *ret_column, const char **ret_why)
{
    bool all = true;
    for (size_t c = 0; c < g->t->input_count; c++) {
        const char *why;
        g->columns[c].cut = cut_column(g, c, &why);
        if (g->columns[c].cut)
            continue;
        g->columns[c].count = 0;
        if (all) {
            *ret_column = c;
            *ret_why = why;
        }
        all = false;
    }
    return all;
}

static void check_regions(struct findings *f, const struct table *t, const bool *spoilt, struct dmn_finding *cells,
                          str where, int line)
{
    struct grid g = {
        .op = f->op, .out = f, .t = t, .where = where, .line = line, .spoilt = spoilt, .words = t->rule_count / 64 + 1};
    if (t->rule_count == 0)
        find(f, DMN_GAP, line, where, S(""), "决策表还没有规则，什么情形都管不到，请补上规则");
    if (t->rule_count == 0 || t->input_count == 0)
        return;
    g.columns = op_array(f->op, struct column, t->input_count);
    g.chosen = op_array(f->op, feel_value, t->input_count);
    map_init(&g.seen, f->op);
    if (t->rule_count > RULES_CHECKED_MAX) {
        find(f, DMN_UNCHECKED, line, where, S(""), "规则超过%d条，没有检查空缺与重叠", RULES_CHECKED_MAX);
        return;
    }
    size_t column = 0;
    const char *why = "";
    bool whole = cut_columns(&g, &column, &why);
    for (struct dmn_finding *cell = cells; cell; cell = cell->next)
        if (cell->rule && cell->kind != DMN_TOLD)
            cell->example = example_of_rule(&g, (size_t)cell->rule - 1);
    if (!whole) {
        find(f, DMN_UNCHECKED, line, where, S(""), "「%.*s」一列的%s，没有检查空缺与重叠", PS(t->inputs[column].text), why);
        return;
    }
    bool fallback = false;
    for (size_t i = 0; i < t->output_count; i++)
        fallback |= t->outputs[i].fallback != NULL;
    word *all = op_array(f->op, word, g.words);
    for (size_t r = 0; r < t->rule_count; r++)
        all[r / 64] |= (word)1 << (r % 64);
    if (t->hit != HIT_COLLECT && !fallback)
        search_gaps(&g, 0, all);
    if (t->hit != HIT_COLLECT)
        search_overlaps(&g);
    search_dead(&g);
    if (g.gave_up)
        find(f, DMN_UNCHECKED, line, where, S(""), "规则太多，没有查完");
}

/* ---- texts and types --------------------------------------------------------------------------------------- */

/* What may stand there: of a constrained type one of the values that its constraints speak of, or one beside them. */
static bool sample_constrained(struct op *op, const struct dtype *t, feel_value *ret)
{
    struct feel_run run = {.op = op};
    for (size_t i = 0; i < t->allowed_count; i++) {
        const feel_value *points;
        size_t count;
        bool ordered;
        if (!feel_test_points(op, t->allowed[i], &points, &count, &ordered))
            return false;
        for (size_t k = 0; k < count; k++) {
            feel_value tries[3] = {points[k]};
            size_t n = 1;
            n += between(&points[k], NULL, &tries[n]);
            n += between(NULL, &points[k], &tries[n]);
            for (size_t x = 0; x < n; x++) {
                bool fits = true;
                for (size_t a = 0; a < t->allowed_count && fits; a++)
                    fits = feel_true(feel_test(&run, t->allowed[a], tries[x]));
                *ret = tries[x];
                if (fits)
                    return true;
            }
        }
    }
    return false;
}

/* Something of a type: 1, "甲", {姓名: "甲", 岁数: 1}, [1]. `t`: with its constraints, NULL: not known. False: of no type. */
static bool sample_add(struct op *op, struct buf *b, const struct dtype *t, const struct feel_type *type, int depth)
{
    static const char *const samples[FEEL_KINDS] = {[FEEL_BOOL] = "true",
                                                    [FEEL_NUMBER] = "1",
                                                    [FEEL_TEXT] = "\"甲\"",
                                                    [FEEL_DATE] = "@\"2021-01-01\"",
                                                    [FEEL_TIME] = "@\"08:30:00\"",
                                                    [FEEL_DATE_TIME] = "@\"2021-01-01T08:30:00\"",
                                                    [FEEL_SPAN] = "@\"P1D\"",
                                                    [FEEL_MONTHS] = "@\"P1M\""};
    enum { DEPTH_MAX = 4, FIELDS_MAX = 20, BYTES_MAX = 400 };
    feel_value v;
    if (depth == DEPTH_MAX || b->n > BYTES_MAX)
        return false;
    if (t && t->allowed_count && !t->collection && sample_constrained(op, t, &v)) {
        buf_add(b, feel_literal(op, v));
        return true;
    }
    if (type->kind == FEEL_LIST && type->of) {
        buf_byte(b, '[');
        bool known = sample_add(op, b, t && t->collection ? t->of : NULL, type->of, depth + 1);
        buf_byte(b, ']');
        return known;
    }
    if (type->kind == FEEL_CONTEXT && type->field_count && type->field_count <= FIELDS_MAX) {
        bool known = true;
        for (size_t i = 0; i < type->field_count && known; i++) {
            buf_text(b, "%s%.*s: ", i ? ", " : "{", PS(type->fields[i].name));
            known = type->fields[i].type &&
                    sample_add(op, b, t && i < t->field_count ? t->fields[i].type : NULL, type->fields[i].type, depth + 1);
        }
        buf_byte(b, '}');
        return known;
    }
    if (samples[type->kind])
        buf_add(b, str_z(samples[type->kind]));
    return samples[type->kind];
}

/* What the element being checked requires under that name; NULL: nothing. */
static const struct dmn_element *required_named(const struct dmn_element *e, str name)
{
    for (size_t i = 0; e && i < e->required_count; i++)
        if (str_eq(e->required[i].name, name))
            return e->required[i].element;
    return NULL;
}

/* Its type with its constraints; NULL: it is no value of such a type. */
static const struct dtype *required_type(const struct dmn_element *e, str name)
{
    const struct dmn_element *r = required_named(e, name);
    return r && (r->kind == ELEMENT_INPUT || r->kind == ELEMENT_DECISION) ? r->type : NULL;
}

/* An input for an expression: something of its type for each name in it. Empty: it has no names, or none of a type that
 * is known; then it does not depend on them. */
static str example_of_names(struct findings *f, const struct feel *tree)
{
    struct op *op = f->op;
    const int *names;
    size_t count;
    struct buf b;
    buf_init(&b, op, 0);
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct feel_name *name = &feel_scope_of(tree)->names[names[i]];
        struct buf sample;
        buf_init(&sample, op, 0);
        if (name->type && sample_add(op, &sample, required_type(f->element, name->name), name->type, 0))
            buf_text(&b, "%s%.*s = %.*s", b.n ? "，" : "", PS(name->name), PS(buf_str(&sample)));
    }
    return op_copy(op, buf_str(&b));
}

static void check_tree(struct findings *f, const struct feel *tree, str where, const struct feel_type **ret_type)
{
    struct feel_note *notes = NULL;
    const struct feel_type *type = feel_check(f->op, tree, &notes);
    for (struct feel_note *n = notes; n; n = n->next)
        find(f, DMN_TYPE, n->line, where, example_of_names(f, tree), "%.*s（「%.*s」第%d字）", PS(n->text),
             PS(str_part(str_trim(feel_source(tree)), 0, 120)), n->column);
    if (ret_type)
        *ret_type = type;
}

/* 低保 without quotes, alone or among others: it would be null, and match nothing. */
static bool check_names(struct findings *f, const struct table_cell *cell, int line, str where, size_t rule, str column)
{
    str name;
    if (!cell->tree ? cell->bare.n == 0 : !feel_unknown(cell->tree, &name))
        return false;
    name = cell->tree ? name : cell->bare;
    find(f, DMN_NAME, line, where, S(""), "第%zu条规则「%.*s」一格：没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"",
         rule + 1, PS(column), PS(name), PS(name));
    return true;
}

/* False: the cell can match nothing as it stands. */
static bool check_input(struct findings *f, const struct table *t, size_t r, size_t c, const struct feel_type *type,
                        str where)
{
    const struct table_input *in = &t->inputs[c];
    const struct table_cell *cell = &t->rules[r].inputs[c];
    struct feel_note *notes = NULL;
    int line = t->rules[r].line;
    f->rule = (int)r + 1;
    f->column = (int)c + 1;
    if (check_names(f, cell, line, where, r, in->text))
        return false;
    if (!cell->tree) {
        find(f, DMN_FAULT, line, where, S(""), "第%zu条规则「%.*s」一格：%.*s", r + 1, PS(in->text), PS(cell->fault));
        return false;
    }
    feel_check_tests(f->op, cell->tree, type, &notes);
    if (cell->told.n)
        find(f, DMN_TOLD, line, where, S(""), "第%zu条规则「%.*s」一格按 %.*s 理解，请改成半角写法", r + 1,
             PS(in->text), PS(cell->told));
    for (struct feel_note *n = notes; n; n = n->next)
        find(f, DMN_TYPE, n->line, where, S(""), "第%zu条规则「%.*s」一格：%.*s", r + 1, PS(in->text), PS(n->text));
    return !notes;
}

static void check_output(struct findings *f, const struct table *t, size_t r, size_t i, str where)
{
    const struct table_cell *cell = &t->rules[r].outputs[i];
    int line = t->rules[r].line;
    str name = t->outputs[i].name.n ? t->outputs[i].name : S("结果");
    f->rule = (int)r + 1;
    f->column = (int)(t->input_count + i) + 1;
    if (check_names(f, cell, line, where, r, name))
        return;
    if (cell->told.n)
        find(f, DMN_TOLD, line, where, S(""), "第%zu条规则「%.*s」一格按 %.*s 理解，请改成半角写法", r + 1, PS(name),
             PS(cell->told));
    if (cell->tree)
        check_tree(f, cell->tree, op_text(f->op, "%.*s第%zu条规则", PS(where), r + 1), NULL);
    else
        find(f, DMN_FAULT, line, where, S(""), "第%zu条规则「%.*s」一格：%.*s", r + 1, PS(name), PS(cell->fault));
}

static void check_table(struct findings *f, const struct table *t, str where, int line)
{
    bool *spoilt = op_array(f->op, bool, op_size(t->rule_count, t->input_count) + 1);
    struct dmn_finding *before = f->last;
    for (size_t c = 0; c < t->input_count; c++) {
        const struct table_input *in = &t->inputs[c];
        const struct feel_type *type = NULL;
        if (!in->expression)
            find(f, DMN_FAULT, in->line, where, S(""), "第%zu列：%.*s", c + 1, PS(in->fault));
        else
            check_tree(f, in->expression, where, &type);
        if (in->type)
            type = &in->type->feel;
        for (size_t r = 0; r < t->rule_count; r++)
            spoilt[r * t->input_count + c] = !check_input(f, t, r, c, type, where);
        f->rule = f->column = 0;
    }
    for (size_t r = 0; r < t->rule_count; r++)
        for (size_t i = 0; i < t->output_count; i++)
            check_output(f, t, r, i, where);
    f->rule = f->column = 0;
    check_regions(f, t, spoilt, before ? before->next : f->first, where, line);
}

/* What an expression gives, where it can be told. */
static const struct feel_type *gives(struct findings *f, const struct box *b)
{
    struct feel_note *notes;
    return b->kind == BOX_LITERAL ? feel_check(f->op, b->tree, &notes) : &feel_any;
}

/* Of one kind, or turned into it: a list of one is its item, a date is the moment at which it begins. */
static bool may_be(enum feel_kind kind, enum feel_kind wanted)
{
    return wanted == FEEL_ANY || kind == FEEL_ANY || kind == FEEL_NULL || kind == wanted || kind == FEEL_LIST ||
           (kind == FEEL_DATE && wanted == FEEL_DATE_TIME);
}

static void check_kind(struct findings *f, const struct box *b, enum feel_kind wanted, str what, str where)
{
    const struct feel_type *type = gives(f, b);
    if (!may_be(type->kind, wanted))
        find(f, DMN_TYPE, b->line, where, example_of_names(f, b->tree), "%.*s须是%.*s，这里得出%.*s（「%.*s」）", PS(what),
             PS(feel_type_text(f->op, &(struct feel_type){.kind = wanted})), PS(feel_type_text(f->op, type)),
             PS(str_part(str_trim(feel_source(b->tree)), 0, 120)));
}

/* Bindings of an invocation of something that the model holds. */
static void check_invocation(struct findings *f, const struct box *b, str where)
{
    const struct box *callee = b->boxes[0];
    const struct dmn_element *e = callee && callee->kind == BOX_LITERAL
                                      ? required_named(f->element, str_trim(feel_source(callee->tree))) : NULL;
    if (!e || (e->kind != ELEMENT_KNOWLEDGE && e->kind != ELEMENT_SERVICE))
        return;
    for (size_t i = 1; i < b->count; i++) {
        str name = b->names[i - 1];
        size_t k = 0;
        while (k < e->param_count && !str_eq(e->params[k].name, name))
            k++;
        if (k == e->param_count)
            find(f, DMN_FAULT, b->line, where, S(""), "调用「%.*s」时给了「%.*s」，它没有这个参数，请核对名称", PS(e->name), PS(name));
        else if (b->boxes[i] && e->params[k].type)
            check_kind(f, b->boxes[i], e->params[k].type->kind, op_text(f->op, "「%.*s」的参数「%.*s」", PS(e->name), PS(name)), where);
    }
}

static void check_box(struct findings *f, const struct box *b, str where)
{
    if (!b)
        return;
    if (b->kind == BOX_IF && b->boxes[0])
        check_kind(f, b->boxes[0], FEEL_BOOL, S("条件"), where);
    if (b->kind == BOX_INVOCATION && b->count)
        check_invocation(f, b, where);
    switch (b->kind) {
    case BOX_BROKEN:
        find(f, DMN_FAULT, b->line, where, S(""), "%.*s", PS(b->fault));
        return;
    case BOX_LITERAL:
        check_tree(f, b->tree, where, NULL);
        return;
    case BOX_TABLE:
        check_table(f, b->table, where, b->line);
        return;
    case BOX_FUNCTION:
        if (!b->java)
            check_box(f, b->boxes[0], where);
        return;
    case BOX_FILTER:
        check_box(f, b->boxes[0], where);
        if (b->item_known) /* else what the items hold is not known here */
            check_box(f, b->boxes[1], where);
        return;
    case BOX_CONTEXT:
    case BOX_INVOCATION:
    case BOX_RELATION:
    case BOX_LIST:
    case BOX_IF:
    case BOX_FOR:
    case BOX_SOME:
    case BOX_EVERY:
        break;
    }
    for (size_t i = 0; i < b->count; i++)
        check_box(f, b->boxes[i], where);
}

/* ---- circles ----------------------------------------------------------------------------------------------- */

struct chain {
    const struct chain *up;
    const struct dmn_element *element;
    int depth;
};

/* `done`: elements known to lead to no circle. ret_closed: the chain that closes one. */
static bool circle_from(struct op *op, const struct chain *at, uint8_t *done, const struct chain **ret_closed)
{
    const struct dmn_element *e = at->element;
    for (const struct chain *up = at->up; up; up = up->up)
        if (up->element == e) {
            *ret_closed = at;
            return true;
        }
    if (done[e->number])
        return false;
    for (size_t i = 0; i < e->required_count && at->depth < DMN_DEPTH_MAX; i++) {
        struct chain *next = op_new(op, struct chain);
        *next = (struct chain){at, e->required[i].element, at->depth + 1};
        if (circle_from(op, next, done, ret_closed))
            return true;
    }
    *ret_closed = at;
    done[e->number] = 1;
    return at->depth >= DMN_DEPTH_MAX;
}

str dmn_circle(struct op *op, const struct dmn *d, const struct dmn_element *from)
{
    struct chain first = {NULL, from, 0};
    const struct chain *closed;
    if (!circle_from(op, &first, op_array(op, uint8_t, d->element_count + 1), &closed))
        return S("");
    str text = op_text(op, "「%.*s」", PS(closed->element->name));
    int shown = 0;
    for (const struct chain *c = closed->up; c && shown < 10; c = c->up, shown++) {
        text = op_text(op, "「%.*s」→%.*s", PS(c->element->name), PS(text));
        if (c->element == closed->element)
            break;
    }
    return text;
}

void dmn_check(struct op *op, const struct dmn *d, struct dmn_finding **ret)
{
    struct findings f = {.op = op};
    struct dmn_run run;
    dmn_run_init(&run, op, d);
    const struct model *m = d->models;
    for (size_t i = 0; i < m->import_count; i++)
        if (!m->imports[i].model)
            find(&f, DMN_FAULT, 0, m->where, S(""), "引入的模型「%.*s」不在一起打开的文件里", PS(m->imports[i].name));
    struct map ids, names;
    map_init(&ids, op);
    map_init(&names, op);
    for (size_t i = 0; i < m->element_count; i++) {
        const struct dmn_element *e = m->elements[i];
        if (e->id.n && !map_put(&ids, e->id, (void *)e))
            find(&f, DMN_FAULT, e->xml->line, dmn_where(&run, e), S(""), "编号「%.*s」与别的元素重复，引用会指错，请改成不同的编号", PS(e->id));
        if (!map_put(&names, e->name, (void *)e))
            find(&f, DMN_FAULT, e->xml->line, dmn_where(&run, e), S(""), "名称与别的元素重复，请改成不同的名称");
        if (e->dangling.n)
            find(&f, DMN_FAULT, e->xml->line, dmn_where(&run, e), S(""), "引用的「%.*s」不在模型里，请改正依赖关系", PS(e->dangling));
        if ((e->kind == ELEMENT_DECISION || e->kind == ELEMENT_KNOWLEDGE) && !e->logic)
            find(&f, DMN_FAULT, e->xml->line, dmn_where(&run, e), S(""), "没有写内容，请补上");
        f.element = e;
        check_box(&f, e->logic, dmn_where(&run, e));
        if (e->kind == ELEMENT_DECISION && e->logic && e->type && !e->type->collection)
            check_kind(&f, e->logic, e->type->feel.kind, S("结果"), dmn_where(&run, e));
        str circle = dmn_circle(op, d, e);
        if (circle.n)
            find(&f, DMN_FAULT, e->xml->line, dmn_where(&run, e), S(""), "绕了一圈又依赖自己：%.*s；请改正依赖关系", PS(circle));
    }
    *ret = f.first;
}
