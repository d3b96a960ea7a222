/* Tables are cut into elementary regions: between two neighbouring constants of a column every cell answers the same,
 * so one sample of each region stands for all of it, and the product of the regions answers exactly which inputs no
 * rule, or several rules, match. */
#include <stdlib.h>

#include "dmn/check.h"

enum { RULES_CHECKED_MAX = 2000, TESTS_MAX = 4000000, STEPS_MAX = 200000, GAPS_MAX = 10, OVERLAPS_MAX = 20 };
enum { PAIR_STEPS_MAX = 200000000 }; /* some tenths of a second */

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
    if (kind != FEEL_TEXT && check_between(NULL, &points.p[0], &sample))
        add_region(g, c, sample);
    for (size_t i = 0; i < points.n; i++) {
        add_region(g, c, points.p[i]);
        if (kind != FEEL_TEXT && check_between(&points.p[i], i + 1 < points.n ? &points.p[i + 1] : NULL, &sample))
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
        check_find(g->out, DMN_GAP, g->line, g->where, example(g), "有的情形没有一条规则管到，请补上规则");
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
                check_find(g->out, DMN_DUPLICATE, g->t->rules[b].line, g->where, example(g),
                     "第%zu条规则与第%zu条完全一样，请删去一条", b + 1, a + 1);
                told++;
            } else if (g->t->hit == HIT_UNIQUE || (g->t->hit == HIT_ANY && !alike)) {
                check_find(g->out, DMN_OVERLAP, g->t->rules[b].line, g->where, example(g),
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
                check_find(g->out, DMN_DEAD, g->t->rules[r].line, g->where, example_of_rule(g, r),
                     "第%zu条规则永远不会符合：「%.*s」一格没有可取的值，请改正或删去", r + 1, PS(g->columns[c].name));
        }
        if (possible && g->t->hit == HIT_FIRST && !alive(g, r, 0, earlier))
            check_find(g->out, DMN_DEAD, g->t->rules[r].line, g->where, example_of_rule(g, r),
                       "第%zu条规则永远轮不到：前面的规则已全部管到，请调整次序或删去", r + 1);
        earlier[r / 64] |= (word)1 << (r % 64);
    }
}

/* Every column that can be is cut, so that what is wrong can be shown by an input. False: ret_why says why one cannot
 * be. */
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

void check_regions(struct findings *f, const struct table *t, const bool *spoilt, struct dmn_finding *cells, str where,
                   int line)
{
    struct grid g = {
        .op = f->op, .out = f, .t = t, .where = where, .line = line, .spoilt = spoilt, .words = t->rule_count / 64 + 1};
    if (t->rule_count == 0)
        check_find(f, DMN_GAP, line, where, S(""), "决策表还没有规则，什么情形都管不到，请补上规则");
    if (t->rule_count == 0 || t->input_count == 0)
        return;
    g.columns = op_array(f->op, struct column, t->input_count);
    g.chosen = op_array(f->op, feel_value, t->input_count);
    map_init(&g.seen, f->op);
    if (t->rule_count > RULES_CHECKED_MAX) {
        check_find(f, DMN_UNCHECKED, line, where, S(""), "规则超过%d条，没有检查空缺与重叠", RULES_CHECKED_MAX);
        return;
    }
    size_t column = 0;
    const char *why = "";
    bool whole = cut_columns(&g, &column, &why);
    for (struct dmn_finding *cell = cells; cell; cell = cell->next)
        if (cell->rule && cell->kind != DMN_TOLD)
            cell->example = example_of_rule(&g, (size_t)cell->rule - 1);
    if (!whole) {
        check_find(f, DMN_UNCHECKED, line, where, S(""), "「%.*s」一列的%s，没有检查空缺与重叠", PS(t->inputs[column].text), why);
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
        check_find(f, DMN_UNCHECKED, line, where, S(""), "规则太多，没有查完");
}
