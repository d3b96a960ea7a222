/* Running a plan: regions of each column, then the masks of the rules, then an outcome per row. */
#include <pthread.h>
#include <stdlib.h>

#include "dmn/plan.h"

enum { WORDS_MAX = DMN_PLAN_RULES_MAX / 64 + 1 };

/* One thread's work: rows from … to. */
struct worker {
    struct dmn_plan *plan;
    struct op *op;              /* its own memory, for rows that are run singly */
    size_t from, to;
    uint16_t *out;
    int64_t *scratch;           /* of programs */
    uint8_t *narrow;            /* [side][FEEL_CHUNK] regions, if sliced … */
    uint16_t *wide;             /* … or else */
    const uint8_t **codes;      /* [side] narrow, or the column itself */
    struct kernel_side *sides;
    uint8_t *first;
    pthread_t thread;
};

/* ---- one row ------------------------------------------------------------------------------------------------ */

static feel_value run_row(struct op *op, const struct dmn_plan *p, size_t row, struct dmn_run *run)
{
    dmn_run_init(run, op, p->dmn);
    run->explain = true;
    run->needs_all = true;
    for (size_t i = 0; i < p->given->count; i++)
        (void)dmn_input(run, p->given->vectors[i].name, feel_vector_value(op, &p->given->vectors[i], row));
    return dmn_decide(run, p->decision);
}

feel_value dmn_plan_explain(struct op *op, const struct dmn_plan *p, size_t row, struct dmn_run *ret_run)
{
    return run_row(op, p, row, ret_run);
}

static uint16_t add_outcome(struct dmn_plan *p, struct plan_outcome o)
{
    if (p->outcomes.n >= DMN_PLAN_OUTCOMES_MAX)
        return DMN_OUTCOME_STATUS + DMN_CONFLICT;
    *list_add(p->op, &p->outcomes) = o;
    return (uint16_t)(p->outcomes.n - 1);
}

/* A value that has no rule of its own; equal values have one outcome. Only one thread does this. */
static uint16_t outcome_of_value(struct dmn_plan *p, struct op *op, feel_value v)
{
    str literal = feel_literal(op, v);
    void *found = map_get(&p->found, literal);
    if (found)
        return (uint16_t)((uintptr_t)found - 1);
    /* kept as its own literal: the value itself lives in the memory of one row */
    static const struct feel_scope none = {0};
    struct feel *tree;
    struct feel_run run = {.op = p->op};
    int faults = p->op->fault_count;
    struct plan_outcome o = {.constant = feel_parse(p->op, literal, &none, &tree)};
    op_forgive(p->op, faults);
    if (o.constant)
        o.value = feel_eval(&run, tree);
    uint16_t outcome = add_outcome(p, o);
    if (dmn_outcome_decided(outcome))
        map_put(&p->found, op_copy(p->op, literal), (void *)(uintptr_t)(outcome + 1));
    return outcome;
}

static uint16_t outcome_by_row(struct worker *w, size_t row)
{
    struct dmn_plan *p = w->plan;
    struct mark mark = op_mark(w->op);
    struct dmn_run run;
    feel_value v = run_row(w->op, p, row, &run);
    const struct dmn_trace *last = NULL;
    for (const struct dmn_trace *t = run.traces; t; t = t->next)
        if (t->table && str_eq(t->decision, p->decision->name))
            last = t;
    uint16_t outcome;
    if (last && last->status != DMN_DECIDED)
        outcome = (uint16_t)(DMN_OUTCOME_STATUS + last->status);
    else if (p->table && dmn_hits_one(p->table->hit) && last)
        outcome = last->chosen >= 0 ? (uint16_t)last->chosen : p->none;
    else
        outcome = feel_is_null(v) ? DMN_OUTCOME_STATUS + DMN_NO_RULE : outcome_of_value(p, w->op, v);
    op_reset(w->op, mark);
    return outcome;
}

static size_t lowest_bit(const uint64_t *mask, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (mask[i])
            return i * 64 + (size_t)__builtin_ctzll(mask[i]);
    return SIZE_MAX;
}

static size_t bit_count(const uint64_t *mask, size_t words)
{
    size_t n = 0;
    for (size_t i = 0; i < words; i++)
        n += (size_t)__builtin_popcountll(mask[i]);
    return n;
}

/* The rules that hit agree, as far as their constant results tell. */
static bool agree(const struct dmn_plan *p, const uint64_t *hits, size_t first)
{
    const struct plan_outcome *one = &p->outcomes.p[p->order[first]];
    for (size_t i = first; i < p->table->rule_count; i++) {
        const struct plan_outcome *o = &p->outcomes.p[p->order[i]];
        if (hits[i / 64] >> i % 64 & 1 && (!one->constant || !o->constant || !feel_same(one->value, o->value)))
            return false;
    }
    return true;
}

static uint16_t outcome_of_hits(struct worker *w, uint64_t hits)
{
    struct dmn_plan *p = w->plan;
    for (size_t i = p->table->rule_count; i < p->outcomes.n; i++)
        if (p->outcomes.p[i].hits == hits && i != p->none)
            return (uint16_t)i;
    struct dmn_run run;
    struct hits list = {0};
    enum dmn_status status;
    int chosen;
    dmn_run_init(&run, p->op, p->dmn);
    struct frame f = {&run, p->decision, NULL};
    for (size_t r = 0; r < p->table->rule_count; r++)
        if (hits >> r & 1)
            *list_add(p->op, &list) = r;
    struct plan_outcome o = {.constant = true, .hits = hits};
    feel_value v = dmn_outcome(&f, p->table, list, &status, &chosen);
    (void)dmn_fit(&run, v, p->decision->type, &o.value);
    return status == DMN_DECIDED ? add_outcome(p, o) : (uint16_t)(DMN_OUTCOME_STATUS + status);
}

static size_t region_of(const struct worker *w, size_t side, size_t i)
{
    return w->plan->sliced ? w->codes[side][i] : w->wide[side * FEEL_CHUNK + i];
}

/* Row from + i of the chunk, from its regions. */
static uint16_t outcome_at(struct worker *w, size_t from, size_t i)
{
    struct dmn_plan *p = w->plan;
    uint64_t certain[WORDS_MAX], possible[WORDS_MAX];
    size_t words = p->words;
    memset(certain, 0xff, words * sizeof *certain);
    memset(possible, 0xff, words * sizeof *possible);
    if (p->table->rule_count % 64 || p->table->rule_count == 0)
        certain[words - 1] = possible[words - 1] = (UINT64_C(1) << p->table->rule_count % 64) - 1;
    for (size_t c = 0; c < p->table->input_count; c++) {
        size_t region = region_of(w, c, i);
        const struct plan_side *s = &p->sides[c];
        if (s->barred[region])
            return DMN_OUTCOME_STATUS + DMN_BARRED;
        for (size_t k = 0; k < words; k++) {
            certain[k] &= s->certain[region * words + k];
            possible[k] &= s->possible[region * words + k];
        }
    }
    for (size_t k = 0; p->any_slow && k < words; k++)
        if (possible[k] & p->slow_rules[k])
            return outcome_by_row(w, from + i);
    size_t first = lowest_bit(certain, words), maybe = lowest_bit(possible, words);
    if (maybe == SIZE_MAX)
        return dmn_hits_one(p->table->hit) ? p->none : outcome_of_hits(w, 0);
    switch (p->table->hit) {
    case HIT_UNIQUE:
        if (bit_count(certain, words) > 1)
            return DMN_OUTCOME_STATUS + DMN_CONFLICT;
        break;
    case HIT_ANY:
        if (first != SIZE_MAX && bit_count(certain, words) > 1 && !agree(p, certain, first))
            return outcome_by_row(w, from + i);
        break;
    case HIT_FIRST:
    case HIT_PRIORITY:
        if (first != maybe)
            return DMN_OUTCOME_STATUS + DMN_LACKS;
        break;
    case HIT_COLLECT:
    case HIT_RULE_ORDER:
    case HIT_OUTPUT_ORDER:
        return certain[0] == possible[0] ? outcome_of_hits(w, certain[0]) : (uint16_t)(DMN_OUTCOME_STATUS + DMN_LACKS);
    }
    return first == SIZE_MAX ? (uint16_t)(DMN_OUTCOME_STATUS + DMN_LACKS) : (uint16_t)p->order[first];
}

/* ---- a chunk ------------------------------------------------------------------------------------------------- */

static void codes_narrow(struct worker *w, size_t c, size_t from, size_t n)
{
    const struct plan_side *s = &w->plan->sides[c];
    uint8_t *out = w->narrow + c * FEEL_CHUNK;
    int32_t cuts[KERNEL_REGIONS];
    w->codes[c] = out;
    if (s->coded && s->vector->width == 1) { /* the column is the codes, if there is room to read past its end */
        if (n % 16 == 0)
            w->codes[c] = (const uint8_t *)s->vector->values + from;
        else
            memcpy(out, (const uint8_t *)s->vector->values + from, n);
        return;
    }
    if (s->coded) {
        const int32_t *codes = (const int32_t *)s->vector->values + from;
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)codes[i];
        return;
    }
    if (s->vector && s->vector->width == 4) {
        const int32_t *values = (const int32_t *)s->vector->values + from;
        size_t cut_count = 0;
        for (size_t i = 0; i < s->cut_count; i++) /* those above all 32-bit numbers are never reached */
            if (s->cuts[i] <= INT32_MAX)
                cuts[cut_count++] = s->cuts[i] <= INT32_MIN ? INT32_MIN + 1 : (int32_t)s->cuts[i];
        if (s->vector->nulls)
            kernel_present32(values, n, out);
        else
            memset(out, 1, n);
        kernel_cuts32(values, n, cuts, cut_count, out);
        return;
    }
    const int64_t *values = feel_program_run(s->program, from, n, w->scratch);
    kernel_present64(values, n, out);
    kernel_cuts64(values, n, s->cuts, s->cut_count, out);
}

static void codes_wide(struct worker *w, size_t c, size_t from, size_t n)
{
    const struct plan_side *s = &w->plan->sides[c];
    uint16_t *out = w->wide + c * FEEL_CHUNK;
    const int64_t *values = feel_program_run(s->program, from, n, w->scratch);
    int64_t shift = s->kind == FEEL_VECTOR_BOOL;
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = s->cut_count;
        int64_t v = values[i];
        if (s->coded || v == FEEL_VECTOR_NULL) {
            out[i] = v == FEEL_VECTOR_NULL ? 0 : (uint16_t)(v + shift);
            continue;
        }
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (s->cuts[middle] <= v)
                low = middle + 1;
            else
                high = middle;
        }
        out[i] = (uint16_t)(low + 1);
    }
}

static void run_sliced(struct worker *w, size_t from, size_t n)
{
    struct dmn_plan *p = w->plan;
    uint16_t *out = w->out + from;
    bool nulls = false, by_order = p->table->hit == HIT_FIRST || p->table->hit == HIT_PRIORITY;
    for (size_t c = 0; c < p->table->input_count; c++) {
        codes_narrow(w, c, from, n);
        w->sides[c] = (struct kernel_side){w->codes[c], (const uint8_t (*)[KERNEL_REGIONS])p->sides[c].planes};
        nulls |= (!p->sides[c].vector || p->sides[c].vector->nulls) && memchr(w->codes[c], 0, n);
    }
    kernel_rules(w->sides, p->table->input_count, p->plane_count, !by_order, n, w->first);
    kernel_outcomes(w->first, n, p->none, DMN_OUTCOME_STATUS + DMN_CONFLICT, out);
    for (size_t i = 0; !p->in_order && i < n; i++)
        if (w->first[i] < KERNEL_SEVERAL)
            out[i] = (uint16_t)p->order[w->first[i]];
    /* what the fast way cannot tell apart is looked at again */
    bool again = nulls || p->bars || (p->table->hit == HIT_ANY && memchr(w->first, KERNEL_SEVERAL, n));
    for (size_t i = 0; again && i < n; i++)
        if (w->first[i] >= KERNEL_SEVERAL || (by_order && nulls))
            out[i] = outcome_at(w, from, i);
}

static void run_wide(struct worker *w, size_t from, size_t n)
{
    for (size_t c = 0; c < w->plan->table->input_count; c++)
        codes_wide(w, c, from, n);
    for (size_t i = 0; i < n; i++)
        w->out[from + i] = outcome_at(w, from, i);
}

static void *work(void *of)
{
    struct worker *w = of;
    for (size_t from = w->from; from < w->to; from += FEEL_CHUNK) {
        size_t n = w->to - from < FEEL_CHUNK ? w->to - from : FEEL_CHUNK;
        if (w->plan->sliced)
            run_sliced(w, from, n);
        else if (!w->plan->by_row)
            run_wide(w, from, n);
        for (size_t i = 0; w->plan->by_row && i < n; i++)
            w->out[from + i] = outcome_by_row(w, from + i);
    }
    return NULL;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static void worker_init(struct worker *w, struct op *op, struct dmn_plan *p)
{
    size_t columns = p->table ? p->table->input_count : 0, scratch = 0;
    for (size_t c = 0; !p->by_row && c < columns; c++) {
        size_t need = feel_program_scratch(p->sides[c].program);
        scratch = need > scratch ? need : scratch;
    }
    w->scratch = op_array(op, int64_t, scratch + 1);
    if (p->sliced)
        w->narrow = op_array(op, uint8_t, columns * FEEL_CHUNK + 16);
    else if (!p->by_row)
        w->wide = op_array(op, uint16_t, columns * FEEL_CHUNK + 1);
    w->codes = op_array(op, const uint8_t *, columns + 1);
    w->sides = op_array(op, struct kernel_side, columns + 1);
    w->first = op_array(op, uint8_t, FEEL_CHUNK + 16);
}

void dmn_plan_run(struct op *op, struct dmn_plan *p, int threads, uint16_t *out)
{
    size_t rows = p->given->rows, chunks = (rows + FEEL_CHUNK - 1) / FEEL_CHUNK;
    struct worker workers[DMN_PLAN_THREADS_MAX] = {0};
    struct op memory[DMN_PLAN_THREADS_MAX];
    bool finds = !p->table || !dmn_hits_one(p->table->hit); /* outcomes are numbered as they are met */
    size_t count = finds || threads < 1 ? 1 : threads > DMN_PLAN_THREADS_MAX ? DMN_PLAN_THREADS_MAX : (size_t)threads;
    count = count > chunks ? chunks : count;
    for (size_t i = 0; i < count; i++) {
        struct worker *w = &workers[i];
        op_init(&memory[i], op->now, op_random(op));
        *w = (struct worker){.plan = p, .op = &memory[i], .out = out, .from = chunks * i / count * FEEL_CHUNK,
                             .to = chunks * (i + 1) / count * FEEL_CHUNK};
        w->to = w->to > rows ? rows : w->to;
        worker_init(w, &memory[i], p);
        /* a thread that cannot be had is done without */
        if (i + 1 == count || pthread_create(&w->thread, NULL, work, w) != 0) {
            w->thread = pthread_self();
            work(w);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!pthread_equal(workers[i].thread, pthread_self()))
            pthread_join(workers[i].thread, NULL);
        op_done(&memory[i]);
    }
}

bool dmn_plan_constant(const struct dmn_plan *p, uint16_t outcome, feel_value *ret)
{
    *ret = feel_null();
    if (!dmn_outcome_decided(outcome))
        return true;
    must(outcome < p->outcomes.n);
    if (!p->outcomes.p[outcome].constant)
        return false;
    *ret = p->outcomes.p[outcome].value;
    return true;
}

feel_value dmn_plan_value(struct op *op, const struct dmn_plan *p, size_t row, uint16_t outcome)
{
    feel_value v;
    struct dmn_run run;
    return dmn_plan_constant(p, outcome, &v) ? v : run_row(op, p, row, &run);
}
