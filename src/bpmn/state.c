/* Rows of an instance: firings and tokens, which only grow, and the lists that follow from them. */
#include <stdlib.h>

#include "bpmn/state.h"

void bpmn_run_init(struct bpmn_run *run, struct op *op, const struct bpmn *m)
{
    *run = (struct bpmn_run){.op = op, .model = m, .act = -1};
    run->state.process = -1;
}

void bpmn_run_next(struct bpmn_run *run)
{
    run->commands = run->last_command = NULL;
    run->fired = 0;
    run->act = -1;
}

time_ms run_now(struct bpmn_run *run)
{
    if (run->op->now > run->state.clock)
        run->state.clock = run->op->now;
    return run->state.clock;
}

void command_add(struct bpmn_run *run, enum bpmn_command_kind kind, int32_t number, int node, str name, time_ms due)
{
    struct bpmn_command *c = op_new(run->op, struct bpmn_command);
    *c = (struct bpmn_command){.kind = kind, .number = number, .node = node, .name = name, .due = due};
    if (run->last_command)
        run->last_command->next = c;
    else
        run->commands = c;
    run->last_command = c;
}

/* ---- live tokens, by scope and by place --------------------------------------------------------------------- */

static struct bpmn_link *link_of(struct bpmn_state *s, int32_t tok, bool at_place)
{
    return at_place ? &s->toks.p[tok].at_place : &s->toks.p[tok].in_scope;
}

static void chain_add(struct bpmn_state *s, struct bpmn_chain *c, int32_t tok, bool at_place)
{
    int32_t before = c->last, after = -1;
    while (before > tok) { /* one that comes back */
        after = before;
        before = link_of(s, before, at_place)->before;
    }
    *link_of(s, tok, at_place) = (struct bpmn_link){before, after};
    *(before < 0 ? &c->first : &link_of(s, before, at_place)->after) = tok;
    *(after < 0 ? &c->last : &link_of(s, after, at_place)->before) = tok;
}

static void chain_remove(struct bpmn_state *s, struct bpmn_chain *c, int32_t tok, bool at_place)
{
    struct bpmn_link l = *link_of(s, tok, at_place);
    *(l.before < 0 ? &c->first : &link_of(s, l.before, at_place)->after) = l.after;
    *(l.after < 0 ? &c->last : &link_of(s, l.after, at_place)->before) = l.before;
}

void scope_stir(struct bpmn_run *run, int32_t scope)
{
    if (scope < 0 || FIRE(run, scope).restless)
        return;
    FIRE(run, scope).restless = true;
    *list_add(run->op, &run->state.restless) = scope;
}

static void tok_enters(struct bpmn_run *run, int32_t tok)
{
    struct bpmn_state *s = &run->state;
    const struct bpmn_tok *t = &TOK(run, tok);
    chain_add(s, &s->places.p[t->place], tok, true);
    if (t->scope < 0)
        return;
    FIRE(run, t->scope).live++;
    chain_add(s, &FIRE(run, t->scope).inside, tok, false);
    scope_stir(run, t->scope);
}

static void tok_leaves(struct bpmn_run *run, int32_t tok)
{
    struct bpmn_state *s = &run->state;
    const struct bpmn_tok *t = &TOK(run, tok);
    chain_remove(s, &s->places.p[t->place], tok, true);
    if (t->scope < 0)
        return;
    FIRE(run, t->scope).live--;
    chain_remove(s, &FIRE(run, t->scope).inside, tok, false);
    scope_stir(run, t->scope);
}

static void places_clear(struct bpmn_run *run)
{
    size_t n = (size_t)places_count(run->model);
    run->state.places.p = op_array(run->op, struct bpmn_chain, n + 1);
    run->state.places.n = run->state.places.cap = n;
    for (size_t i = 0; i < n; i++)
        run->state.places.p[i] = (struct bpmn_chain){-1, -1};
}

/* Both chains are followed side by side: the shorter one tells. */
int32_t tok_at(const struct bpmn_run *run, int32_t place, int32_t scope)
{
    const struct bpmn_state *s = &run->state;
    int32_t here = s->places.p[place].first, within = FIRE(run, scope).inside.first;
    while (here >= 0 && within >= 0) {
        if (TOK(run, here).scope == scope)
            return here;
        if (TOK(run, within).place == place)
            return within;
        here = TOK(run, here).at_place.after;
        within = TOK(run, within).in_scope.after;
    }
    return -1;
}

static void gather(const struct bpmn_run *run, int32_t scope, struct ints *ret)
{
    for (int32_t t = FIRE(run, scope).inside.first; t >= 0; t = TOK(run, t).in_scope.after) {
        int32_t opened = tok_scope_opened(run, t);
        *list_add(run->op, ret) = t;
        if (opened >= 0)
            gather(run, opened, ret);
    }
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

void scope_toks(const struct bpmn_run *run, int32_t scope, struct ints *ret)
{
    gather(run, scope, ret);
    if (ret->n > 1)
        qsort(ret->p, ret->n, sizeof *ret->p, by_number);
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

int32_t fire_add(struct bpmn_run *run, enum bpmn_fire_kind kind, int node, int32_t scope)
{
    struct bpmn_state *s = &run->state;
    must(s->fires.n < BPMN_ROWS_MAX);
    if (run->act < 0 && (s->moments.n == 0 || s->moments.p[s->moments.n - 1].at != s->clock))
        *list_add(run->op, &s->moments) = (struct bpmn_moment){(int32_t)s->fires.n, s->clock};
    *list_add(run->op, &s->fires) = (struct bpmn_fire){.node = node,
                                                       .scope = scope,
                                                       .outer = scope,
                                                       .tok = -1,
                                                       .read = -1,
                                                       .inside = {-1, -1},
                                                       .cause = -1,
                                                       .undone = -1,
                                                       .act = run->act,
                                                       .data = -1,
                                                       .order = s->orders++,
                                                       .values = -1,
                                                       .kind = (uint8_t)kind};
    run->fired++;
    return (int32_t)s->fires.n - 1;
}

int32_t tok_make(struct bpmn_run *run, enum place_kind kind, int node, int32_t scope, int32_t fire)
{
    struct bpmn_state *s = &run->state;
    must(s->toks.n < BPMN_ROWS_MAX);
    if (s->places.n == 0)
        places_clear(run);
    int32_t t = (int32_t)s->toks.n;
    *list_add(run->op, &s->toks) =
        (struct bpmn_tok){.place = place_of(run->model, kind, node), .scope = scope, .made = fire, .used = -1};
    *list_add(run->op, &s->live) = t;
    if (kind == PLACE_EDGE || kind == PLACE_AT)
        *list_add(run->op, &s->ready) = t;
    tok_enters(run, t);
    return t;
}

/* Room is left for what comes from outside and finds the case full. */
bool rows_full(const struct bpmn_run *run)
{
    const struct bpmn_state *s = &run->state;
    size_t most = s->fires.n > s->toks.n ? s->fires.n : s->toks.n;
    return most > BPMN_ROWS_MAX - 20 * BPMN_FIRINGS_MAX || s->waits.n > BPMN_ROWS_MAX - 20 * BPMN_FIRINGS_MAX ||
           s->vars.n > BPMN_ROWS_MAX - 20 * BPMN_FIRINGS_MAX;
}

/* Live tokens stand in the order of their numbers. */
static size_t live_at(const struct bpmn_state *s, int32_t tok)
{
    size_t low = 0, high = s->live.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->live.p[middle] < tok)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void live_remove(struct bpmn_state *s, int32_t tok)
{
    size_t i = s->live.n > 0 && s->live.p[s->live.n - 1] == tok ? s->live.n - 1 : live_at(s, tok);
    must(i < s->live.n && s->live.p[i] == tok);
    memmove(s->live.p + i, s->live.p + i + 1, (s->live.n - i - 1) * sizeof *s->live.p);
    s->live.n--;
}

void tok_use(struct bpmn_run *run, int32_t tok, int32_t fire)
{
    struct bpmn_tok *t = &TOK(run, tok);
    must(t->used < 0);
    t->used = fire;
    t->stuck = STUCK_NOT;
    live_remove(&run->state, tok);
    tok_leaves(run, tok);
    if (t->scope >= 0 && FIRE(run, t->scope).live == 0)
        *list_add(run->op, &run->state.idle) = t->scope;
}

/* An undone firing gives back what it used. */
void tok_revive(struct bpmn_run *run, int32_t tok)
{
    struct bpmn_state *s = &run->state;
    struct bpmn_tok *t = &TOK(run, tok);
    must(t->used >= 0);
    t->used = -1;
    size_t i = s->live.n;
    (void)list_add(run->op, &s->live);
    for (; i > 0 && s->live.p[i - 1] > tok; i--)
        s->live.p[i] = s->live.p[i - 1];
    s->live.p[i] = tok;
    enum place_kind kind = place_kind(run->model, t->place);
    if (kind == PLACE_EDGE || kind == PLACE_AT || kind == PLACE_OUT)
        *list_add(run->op, &s->ready) = tok;
    tok_enters(run, tok);
}

bool tok_live(const struct bpmn_run *run, int32_t tok)
{
    return tok >= 0 && (size_t)tok < run->state.toks.n && TOK(run, tok).used < 0;
}

bool bpmn_alive(const struct bpmn_run *run, int32_t tok)
{
    return tok_live(run, tok);
}

int bpmn_tok_node(const struct bpmn_run *run, int32_t tok)
{
    must(tok >= 0 && (size_t)tok < run->state.toks.n);
    return place_node(run->model, TOK(run, tok).place);
}

bool tok_repeats(const struct bpmn_run *run, int32_t tok)
{
    const struct bpmn_tok *t = &TOK(run, tok);
    return tok_kind(run, tok) == PLACE_IN && t->scope >= 0 && FIRE(run, t->scope).kind == FIRE_LOOP &&
           FIRE(run, t->scope).node == place_node(run->model, t->place);
}

int32_t tok_scope_opened(const struct bpmn_run *run, int32_t tok)
{
    int32_t made = TOK(run, tok).made;
    return FIRE(run, made).tok == tok ? made : -1;
}

bool scope_within(const struct bpmn_run *run, int32_t scope, int32_t outer)
{
    while (scope >= 0 && scope != outer)
        scope = FIRE(run, scope).scope;
    return scope == outer && scope >= 0;
}

void scope_kill(struct bpmn_run *run, int32_t scope, int32_t fire, int32_t spare)
{
    struct ints all = {0};
    int32_t spared = spare < 0 ? -1 : tok_scope_opened(run, spare);
    scope_toks(run, scope, &all);
    for (size_t i = 0; i < all.n; i++) {
        int32_t t = all.p[i];
        if (t == spare || (spared >= 0 && scope_within(run, TOK(run, t).scope, spared)))
            continue;
        work_closed(run, t, WORK_WITHDRAWN);
        tok_use(run, t, fire);
    }
}

void tok_kill(struct bpmn_run *run, int32_t tok, int32_t fire)
{
    int32_t opened = tok_scope_opened(run, tok);
    if (opened >= 0)
        scope_kill(run, opened, fire, -1);
    work_closed(run, tok, WORK_WITHDRAWN);
    tok_use(run, tok, fire);
}

void incident_add(struct bpmn_run *run, int32_t tok, str text)
{
    TOK(run, tok).stuck = STUCK_ITSELF;
    command_add(run, BPMN_INCIDENT, tok, place_node(run->model, TOK(run, tok).place), text, 0);
}

void instance_end(struct bpmn_run *run, enum bpmn_end end, str code)
{
    run->state.end = end;
    run->state.end_code = code;
    run->state.ended_at = run_now(run);
    run->state.ready.n = run->state.idle.n = run->state.starts = 0;
    command_add(run, BPMN_ENDED, -1, run->state.process, code, 0);
}

/* After reading bytes, or for another model: what is not kept because it follows. */
void state_index(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    s->live.n = s->ready.n = s->idle.n = s->restless.n = s->conditions.n = s->starts = 0;
    s->orders = 0;
    places_clear(run);
    for (size_t i = 0; i < s->fires.n; i++) {
        s->fires.p[i].live = 0;
        s->fires.p[i].inside = (struct bpmn_chain){-1, -1};
        s->fires.p[i].restless = false;
        s->fires.p[i].values = -1;
        if (s->fires.p[i].order >= s->orders)
            s->orders = s->fires.p[i].order + 1;
    }
    for (size_t i = 0; i < s->toks.n; i++) {
        if (s->toks.p[i].used >= 0)
            continue;
        *list_add(run->op, &s->live) = (int32_t)i;
        tok_enters(run, (int32_t)i);
    }
    for (size_t i = 0; i < s->waits.n; i++) {
        s->toks.p[s->waits.p[i].tok].armed = true;
        if (run->model->events[s->waits.p[i].event].kind == EVENT_CONDITION)
            *list_add(run->op, &s->conditions) = (int32_t)i;
    }
    for (size_t i = 0; i < s->vars.n; i++) {
        s->vars.p[i].before = FIRE(run, s->vars.p[i].scope).values;
        FIRE(run, s->vars.p[i].scope).values = (int32_t)i;
    }
}

#define KEEP(list)                                                                                                  \
    do {                                                                                                            \
        void *kept_ = op_alloc(op, ((list).n + 1) * sizeof *(list).p);                                              \
        if ((list).n)                                                                                               \
            memcpy(kept_, (list).p, (list).n * sizeof *(list).p);                                                   \
        (list).p = kept_;                                                                                           \
        (list).cap = (list).n + 1;                                                                                  \
    } while (0)

/* The lists of s become its own. */
void state_copy(struct op *op, struct bpmn_state *s)
{
    KEEP(s->fires);
    KEEP(s->toks);
    KEEP(s->waits);
    KEEP(s->vars);
    KEEP(s->undos);
    KEEP(s->works);
    KEEP(s->steps);
    KEEP(s->seats);
    KEEP(s->copies);
    KEEP(s->acts);
    KEEP(s->held);
    KEEP(s->moments);
    KEEP(s->live);
    KEEP(s->ready);
    KEEP(s->idle);
    KEEP(s->restless);
    KEEP(s->conditions);
    KEEP(s->places);
}
