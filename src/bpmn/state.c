/* Rows of an instance: firings and tokens, which only grow, and the lists that follow from them. */
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

                                                       .cause = -1,
                                                       .undone = -1,
                                                       .act = run->act,
                                                       .data = -1,
                                                       .order = s->orders++,
                                                       .vars = (int32_t)s->vars.n,
                                                       .kind = (uint8_t)kind};
    run->fired++;
    return (int32_t)s->fires.n - 1;
}

int32_t tok_make(struct bpmn_run *run, enum place_kind kind, int node, int32_t scope, int32_t fire)
{
    struct bpmn_state *s = &run->state;
    must(s->toks.n < BPMN_ROWS_MAX);
    int32_t t = (int32_t)s->toks.n;
    *list_add(run->op, &s->toks) =
        (struct bpmn_tok){.place = place_of(run->model, kind, node), .scope = scope, .made = fire, .used = -1};
    *list_add(run->op, &s->live) = t;
    if (kind == PLACE_EDGE || kind == PLACE_AT)
        *list_add(run->op, &s->ready) = t;
    if (scope >= 0) {
        FIRE(run, scope).live++;
        FIRE(run, scope).settled = false;
    }
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
    t->stuck = false;
    live_remove(&run->state, tok);
    if (t->scope >= 0) {
        FIRE(run, t->scope).settled = false;
        if (--FIRE(run, t->scope).live == 0)
            *list_add(run->op, &run->state.idle) = t->scope;
    }
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
    if (t->scope >= 0) {
        FIRE(run, t->scope).live++;
        FIRE(run, t->scope).settled = false;
    }
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
    struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->live.n;) {
        int32_t t = s->live.p[i];
        if (t == spare || !scope_within(run, TOK(run, t).scope, scope) ||
            (spare >= 0 && scope_within(run, TOK(run, t).scope, tok_scope_opened(run, spare)))) {
            i++;
            continue;
        }
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
    TOK(run, tok).stuck = true;
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

/* After reading bytes: what is not kept because it follows. */
void state_index(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    s->live.n = s->ready.n = s->idle.n = s->starts = 0;
    s->orders = 0;
    for (size_t i = 0; i < s->fires.n; i++) {
        s->fires.p[i].live = 0;
        s->fires.p[i].settled = false;
        if (s->fires.p[i].order >= s->orders)
            s->orders = s->fires.p[i].order + 1;
    }
    for (size_t i = 0; i < s->toks.n; i++) {
        if (s->toks.p[i].used >= 0)
            continue;
        *list_add(run->op, &s->live) = (int32_t)i;
        if (s->toks.p[i].scope >= 0)
            s->fires.p[s->toks.p[i].scope].live++;
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
}
