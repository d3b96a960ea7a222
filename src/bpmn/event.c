/* Events: who listens, what is caught and where, clocks and conditions; errors and escalations on their way up. */
#include "bpmn/state.h"

/* A token that waits, the node that listens there, and for which event. */
struct listener {
    int32_t tok;
    int node, event;
};
struct listeners {
    struct listener *p;
    size_t n, cap;
};

static void listen_node(struct bpmn_run *run, int32_t tok, int node, struct listeners *ret)
{
    const struct node *n = &run->model->nodes[node];
    for (size_t i = 0; i < n->events.n; i++)
        *list_add(run->op, ret) = (struct listener){tok, node, n->events.p[i]};
    if (n->kind == NODE_RECEIVE)
        *list_add(run->op, ret) = (struct listener){tok, node, -1};
}

/* The container whose event sub-processes are awake while this token is there; -1: none. */
static int container_of(const struct bpmn_run *run, int32_t tok)
{
    int32_t opened = tok_scope_opened(run, tok);
    if (opened < 0 || FIRE(run, opened).kind == FIRE_LOOP || FIRE(run, opened).kind == FIRE_COMPENSATE)
        return -1;
    int node = place_node(run->model, TOK(run, tok).place);
    return run->model->nodes[node].kind == NODE_CALL ? run->model->nodes[node].called : node;
}

/* What catches it ends what it listened beside: whoever else heard the same goes first, in whichever order the model names them. */
static bool takes_over(const struct bpmn_run *run, int node)
{
    const struct node *n = &run->model->nodes[node];
    return n->interrupting &&
           (n->kind == NODE_BOUNDARY || (n->kind == NODE_START && run->model->nodes[n->up].kind == NODE_EVENT_SUB));
}

/* An interrupting event sub-process runs in that scope: it is the last that the scope will begin. */
static bool interrupted(const struct bpmn_run *run, int32_t scope)
{
    for (int32_t t = FIRE(run, scope).inside.first; t >= 0; t = TOK(run, t).in_scope.after) {
        int32_t opened = tok_scope_opened(run, t);
        if (opened >= 0 && FIRE(run, opened).kind == FIRE_EVENT && run->model->nodes[FIRE(run, opened).node].interrupting)
            return true;
    }
    return false;
}

bool scope_interrupted(const struct bpmn_run *run, int32_t scope)
{
    int container = scope < 0 ? -1 : container_of(run, FIRE(run, scope).tok);
    if (container < 0 || run->model->nodes[container].event_subs.n == 0)
        return false;
    for (size_t i = (size_t)scope + 1; i < run->state.fires.n; i++) {
        const struct bpmn_fire *f = &FIRE(run, i);
        if (f->scope == scope && f->kind == FIRE_EVENT && f->undone < 0 && takes_over(run, f->node) &&
            run->model->nodes[f->node].kind == NODE_START)
            return true;
    }
    return false;
}

static void listen_subs(struct bpmn_run *run, int32_t tok, struct listeners *ret)
{
    int container = container_of(run, tok);
    if (container < 0 || !run->model->nodes[container].event_subs.n || interrupted(run, tok_scope_opened(run, tok)))
        return;
    for (size_t i = 0; i < run->model->nodes[container].event_subs.n; i++) {
        const struct node *sub = &run->model->nodes[run->model->nodes[container].event_subs.p[i]];
        for (size_t k = 0; k < sub->children.n; k++)
            if (run->model->nodes[sub->children.p[k]].kind == NODE_START)
                listen_node(run, tok, sub->children.p[k], ret);
    }
}

static bool carries_boundary(const struct bpmn_run *run, int32_t tok)
{
    return tok_kind(run, tok) == PLACE_LOOP || (tok_kind(run, tok) == PLACE_IN && !tok_repeats(run, tok));
}

static void listen_boundaries(struct bpmn_run *run, int32_t tok, struct listeners *ret)
{
    const struct node *n = tok_node(run, tok);
    for (size_t i = 0; carries_boundary(run, tok) && i < n->boundaries.n; i++)
        listen_node(run, tok, n->boundaries.p[i], ret);
}

/* Everything one token listens for: inside first, then at its edge. */
static void listen_all(struct bpmn_run *run, int32_t tok, struct listeners *ret)
{
    const struct node *n = tok_node(run, tok);
    if (tok_kind(run, tok) == PLACE_IN) {
        if (n->kind == NODE_CATCH || n->kind == NODE_RECEIVE || n->kind == NODE_START)
            listen_node(run, tok, place_node(run->model, TOK(run, tok).place), ret);
        for (size_t i = 0; n->kind == NODE_GATE && i < n->out.n; i++)
            listen_node(run, tok, run->model->edges[n->out.p[i]].target, ret);
        listen_subs(run, tok, ret);
    }
    listen_boundaries(run, tok, ret);
}

/* A clock or condition still waits: its token does, and neither was it set by an undone firing nor has it gone off. */
static bool waiting(const struct bpmn_run *run, const struct bpmn_wait *w)
{
    return tok_live(run, w->tok) && FIRE(run, w->made).undone < 0 && (w->used < 0 || FIRE(run, w->used).undone >= 0);
}

/* Of an event sub-process beside one that interrupts: its scope begins nothing any more. */
static bool silenced(const struct bpmn_run *run, const struct bpmn_wait *w)
{
    const struct node *n = &run->model->nodes[run->model->events[w->event].node];
    return n->kind == NODE_START && run->model->nodes[n->up].kind == NODE_EVENT_SUB &&
           interrupted(run, tok_scope_opened(run, w->tok));
}

/* ---- triggering -------------------------------------------------------------------------------------------- */

/* Of several events of one node, which in order this is. */
static size_t place_among(const struct node *n, int event)
{
    size_t at = 0;
    while (at < n->events.n && n->events.p[at] != event)
        at++;
    return at < n->events.n ? at : 0;
}

/* What came is seen under the names of the node's data outputs by its own associations (data); a node without any
 * takes it into the data of its scope. Of several events each fills the output in its own place. */
static void payload_keep(struct bpmn_run *run, const struct node *n, int event, struct payload p, int32_t data,
                         int32_t scope, int32_t fire)
{
    size_t first = n->events.n > 1 ? place_among(n, event) : 0;
    for (size_t i = 0; i < p.count; i++) {
        feel_value v = value_copy(run->op, p.values[i].value);
        if (n->received_count == 0)
            value_set(run, scope, op_copy(run->op, p.values[i].name), v, fire);
        else if (first + i < n->received_count && (i == 0 || n->events.n <= 1))
            value_local(run, data, n->received[first + i], v, fire);
    }
}

struct payload payload_of(struct bpmn_run *run, const struct node *n, size_t from, size_t count, int32_t scope)
{
    struct feel_entry *values = op_array(run->op, struct feel_entry, count + 1);
    struct payload p = {values, 0};
    for (size_t i = from; i < n->input_count && p.count < count; i++)
        values[p.count++] = (struct feel_entry){
            n->inputs[i].to, value_copy(run->op, value_eval(run, scope, n->inputs[i].from, NULL, 0))};
    return p;
}

void thrown_add(struct bpmn_run *run, enum bpmn_command_kind kind, int32_t cause, int node, str name, struct payload p)
{
    command_add(run, kind, cause, node, name, 0);
    run->last_command->values = p.values;
    run->last_command->value_count = p.count;
}

/* One of several events that must all come: true when it was the last. */
static bool note_last(struct bpmn_run *run, int32_t tok, int node, int event, struct payload p)
{
    struct bpmn_state *s = &run->state;
    bool last = true, noted = false;
    for (size_t i = 0; i < s->waits.n; i++) {
        struct bpmn_wait *w = &s->waits.p[i];
        if (w->tok != tok || run->model->events[w->event].node != node || !waiting(run, w))
            continue;
        if (w->event == event && !noted) {
            int32_t f = fire_add(run, FIRE_NOTE, node, TOK(run, tok).scope);
            FIRE(run, f).read = tok;
            s->waits.p[i].used = f;
            noted = true;
            payload_keep(run, &run->model->nodes[node], event, p, tok_data_scope(run, tok), TOK(run, tok).scope, f);
        } else {
            last = false;
        }
    }
    return noted && last;
}

static void sub_begin(struct bpmn_run *run, int32_t tok, int start, int event, int32_t cause, struct payload p)
{
    const struct bpmn *m = run->model;
    int sub = m->nodes[start].up;
    int32_t scope = tok_scope_opened(run, tok), f = fire_add(run, FIRE_EVENT, start, scope);
    FIRE(run, f).read = tok;
    FIRE(run, f).cause = cause;
    int32_t t = tok_make(run, PLACE_IN, sub, scope, f);
    FIRE(run, f).tok = t;
    if (m->nodes[start].interrupting)
        scope_kill(run, scope, f, t);
    payload_keep(run, &m->nodes[start], event, p, f, scope, f);
    outputs_write(run, &m->nodes[start], f, scope, f);
    outs_make(run, start, f, f);
    if (FIRE(run, f).live == 0)
        *list_add(run->op, &run->state.idle) = f;
    events_arm(run, t);
}

/* The clock of a cycle goes on; so does the wait of whoever is not used up by this event. */
static bool cycle_goes_on(const struct bpmn_run *run, int32_t tok, int event)
{
    const struct bpmn_state *s = &run->state;
    for (size_t i = s->waits.n; i-- > 0;)
        if (s->waits.p[i].tok == tok && s->waits.p[i].event == event && waiting(run, &s->waits.p[i]))
            return s->waits.p[i].left < 0 || s->waits.p[i].left > 1;
    return false;
}

static void wait_row(struct bpmn_run *run, struct bpmn_wait w)
{
    struct bpmn_state *s = &run->state;
    if (run->model->events[w.event].kind == EVENT_CONDITION)
        *list_add(run->op, &s->conditions) = (int32_t)s->waits.n;
    *list_add(run->op, &s->waits) = w;
}

/* What must come together has come, and whoever waited waits on: for all of it anew. A clock that rang once stays
 * silent. */
static void notes_renew(struct bpmn_run *run, int32_t tok, int node, int32_t fire)
{
    size_t known = run->state.waits.n;
    for (size_t i = 0; i < known; i++) {
        struct bpmn_wait w = run->state.waits.p[i];
        if (w.tok != tok || run->model->events[w.event].node != node || w.due != INT64_MAX || w.left < 1)
            continue;
        run->state.waits.p[i].left = 0;
        w.used = -1;
        w.made = fire;
        wait_row(run, w);
    }
}

bool event_trigger(struct bpmn_run *run, int32_t tok, int node, int event, int32_t cause, struct payload p)
{
    const struct bpmn *m = run->model;
    const struct node *n = &m->nodes[node];
    bool whole = n->parallel_multiple && n->events.n > 1;
    if (whole && !note_last(run, tok, node, event, p))
        return true;
    int32_t scope = TOK(run, tok).scope;
    /* of itself, or behind an event-based gateway; or a process that waits at its start for the rest of its events */
    bool inside = n->kind == NODE_CATCH || n->kind == NODE_RECEIVE ||
                  (n->kind == NODE_START && m->nodes[n->up].kind == NODE_PROCESS);
    if (whole && !n->interrupting && !inside)
        notes_renew(run, tok, node, (int32_t)run->state.fires.n);
    if (whole)
        p = (struct payload){0}; /* kept as each came */
    if (n->kind == NODE_START && !inside) {
        sub_begin(run, tok, node, event, cause, p);
        return true;
    }
    bool goes_on = event >= 0 && inside && tok_node(run, tok)->kind != NODE_GATE &&
                   m->events[event].kind == EVENT_TIMER && m->events[event].timer == TIMER_CYCLE &&
                   cycle_goes_on(run, tok, event);
    if (n->kind == NODE_RECEIVE && tok_node(run, tok)->kind == NODE_RECEIVE) {
        payload_keep(run, n, event, p, TOK(run, tok).made, scope, TOK(run, tok).made);
        activity_done(run, tok, FIRE_DONE);
        return true;
    }
    int32_t f = fire_add(run, FIRE_EVENT, node, scope);
    FIRE(run, f).cause = cause;
    if (inside ? !goes_on : n->interrupting)
        tok_kill(run, tok, f);
    else
        FIRE(run, f).read = tok;
    if (whole)
        FIRE(run, f).outer = tok_data_scope(run, tok);
    payload_keep(run, n, event, p, f, scope, f);
    outputs_write(run, n, f, scope, f);
    outs_make(run, node, scope, f);
    return true;
}

/* ---- arming ------------------------------------------------------------------------------------------------ */

static void wait_add(struct bpmn_run *run, struct bpmn_wait w)
{
    must(run->state.waits.n < BPMN_ROWS_MAX);
    wait_row(run, w);
    TOK(run, w.tok).armed = true;
    if (w.due != INT64_MAX)
        command_add(run, BPMN_CLOCK, (int32_t)run->state.waits.n - 1, run->model->events[w.event].node, (str){0},
                    w.due);
}

/* What is tried again after an incident keeps the clocks it had. */
static bool armed(const struct bpmn_run *run, int32_t tok, int event)
{
    for (size_t i = 0; i < run->state.waits.n && TOK(run, tok).armed; i++)
        if (run->state.waits.p[i].tok == tok && run->state.waits.p[i].event == event)
            return true;
    return false;
}

/* What already holds is seen when everything listens: of several events that must all come it may be the first. */
static void conditions_seen(struct bpmn_run *run, int32_t tok, size_t from)
{
    size_t known = run->state.waits.n;
    for (size_t i = from; i < 2 * known - from && tok_live(run, tok); i++) {
        size_t at = i < known ? i : i - known + from;
        const struct bpmn_wait *w = &run->state.waits.p[at];
        const struct event *e = &run->model->events[w->event];
        const struct node *n = &run->model->nodes[e->node];
        if (w->tok != tok || w->used >= 0 || e->kind != EVENT_CONDITION || takes_over(run, e->node) != (i >= known) ||
            !value_true(run, tok_data_scope(run, tok), e->expr))
            continue;
        if (!n->parallel_multiple || n->events.n < 2)
            run->state.waits.p[at].used = (int32_t)run->state.fires.n;
        event_trigger(run, tok, e->node, (int)(e - run->model->events), -1, (struct payload){0});
    }
}

void events_arm(struct bpmn_run *run, int32_t tok)
{
    struct listeners all = {0};
    size_t first = run->state.waits.n;
    listen_all(run, tok, &all);
    for (size_t i = 0; i < all.n; i++) {
        if (all.p[i].event < 0 || armed(run, tok, all.p[i].event))
            continue;
        const struct event *e = &run->model->events[all.p[i].event];
        const struct node *n = &run->model->nodes[all.p[i].node];
        struct bpmn_wait w = {
            .tok = tok, .event = all.p[i].event, .made = TOK(run, tok).made, .used = -1, .left = 1, .due = INT64_MAX};
        bool one_of_all = n->parallel_multiple && n->events.n > 1;
        int32_t scope = tok_data_scope(run, tok);
        bool of_process = n->kind == NODE_START && run->model->nodes[n->up].kind == NODE_PROCESS; /* bpmn_start_rings */
        if (e->kind == EVENT_TIMER && !of_process && !clock_set(run, e, scope, &w)) {
            incident_add(run, tok, op_text(run->op, "「%.*s」的时间写得不对", PS(bpmn_node_name(run->model, all.p[i].node))));
            continue;
        }
        if (e->kind == EVENT_TIMER || e->kind == EVENT_CONDITION || one_of_all)
            wait_add(run, w);
    }
    conditions_seen(run, tok, first);
}

/* ---- clocks and conditions --------------------------------------------------------------------------------- */

bool bpmn_next_due(const struct bpmn_run *run, time_ms *ret)
{
    const struct bpmn_state *s = &run->state;
    bool found = false;
    for (size_t i = 0; i < s->waits.n && s->end == BPMN_RUNNING; i++)
        if (s->waits.p[i].due != INT64_MAX && waiting(run, &s->waits.p[i]) && !silenced(run, &s->waits.p[i]) &&
            (!found || s->waits.p[i].due < *ret)) {
            *ret = s->waits.p[i].due;
            found = true;
        }
    return found;
}

int32_t bpmn_clock_next(const struct bpmn_run *run, int32_t after, int *ret_node, time_ms *ret_due)
{
    const struct bpmn_state *s = &run->state;
    for (size_t i = (size_t)(after + 1); i < s->waits.n && s->end == BPMN_RUNNING; i++)
        if (s->waits.p[i].due != INT64_MAX && waiting(run, &s->waits.p[i]) && !silenced(run, &s->waits.p[i])) {
            *ret_node = run->model->events[s->waits.p[i].event].node;
            *ret_due = s->waits.p[i].due;
            return (int32_t)i;
        }
    return -1;
}

void bpmn_clock_move(struct bpmn_run *run, int32_t clock, time_ms due)
{
    must(clock >= 0 && (size_t)clock < run->state.waits.n && run->state.waits.p[clock].due != INT64_MAX);
    run->state.waits.p[clock].due = due;
}

/* Clocks that are due, the next to ring first: a heap. */
struct alarms {
    int32_t *p;
    size_t n, cap;
};

/* By moment; of one moment, what ends that which it listened beside comes last. */
static bool rings_before(const struct bpmn_run *run, int32_t a, int32_t b)
{
    const struct bpmn_wait *x = &run->state.waits.p[a], *y = &run->state.waits.p[b];
    bool last_x = takes_over(run, run->model->events[x->event].node), last_y = takes_over(run, run->model->events[y->event].node);
    return x->due != y->due ? x->due < y->due : last_x != last_y ? last_y : a < b;
}

static void alarm_add(struct bpmn_run *run, struct alarms *h, int32_t clock)
{
    size_t at = h->n;
    (void)list_add(run->op, h);
    for (; at > 0 && rings_before(run, clock, h->p[(at - 1) / 2]); at = (at - 1) / 2)
        h->p[at] = h->p[(at - 1) / 2];
    h->p[at] = clock;
}

static int32_t alarm_take(struct bpmn_run *run, struct alarms *h)
{
    int32_t first = h->p[0], last = h->p[--h->n];
    size_t at = 0;
    for (size_t below; (below = 2 * at + 1) < h->n; at = below) {
        below += below + 1 < h->n && rings_before(run, h->p[below + 1], h->p[below]);
        if (!rings_before(run, h->p[below], last))
            break;
        h->p[at] = h->p[below];
    }
    h->p[at] = last;
    return first;
}

/* Those set since row `from`. What is none now will be none before somebody acts: only an undo gives clocks back. */
static void alarms_gather(struct bpmn_run *run, size_t from, time_ms now, struct alarms *h)
{
    for (size_t i = from; i < run->state.waits.n; i++)
        if (run->state.waits.p[i].due <= now && waiting(run, &run->state.waits.p[i]))
            alarm_add(run, h, (int32_t)i);
}

static void clock_ring(struct bpmn_run *run, int32_t at)
{
    struct bpmn_wait w = run->state.waits.p[at];
    int node = run->model->events[w.event].node;
    bool whole = run->model->nodes[node].parallel_multiple && run->model->nodes[node].events.n > 1;
    int32_t fire = (int32_t)run->state.fires.n;
    event_trigger(run, w.tok, node, w.event, -1, (struct payload){0});
    if (whole)
        return; /* note_last has used the row */
    run->state.waits.p[at].used = fire;
    if (!tok_live(run, w.tok) || w.left == 1 || w.every == 0)
        return;
    if (w.left > 0)
        w.left--;
    w.due = clock_step(w.due, w.every, 1);
    w.made = fire;
    wait_add(run, w);
}

/* A town switched off for a week rings each clock as often as it would have rung, but never more than a command may
 * fire. A clock that was set meanwhile and had no time to run still rings then: it is of a loop that never waits, and the game
 * stops what comes behind it as such. */
void bpmn_tick(struct bpmn_run *run)
{
    time_ms now = run_now(run);
    struct alarms h = {0};
    size_t seen = 0, before = run->state.waits.n;
    for (;;) {
        alarms_gather(run, seen, now, &h);
        seen = run->state.waits.n;
        if (h.n == 0 || run->state.end != BPMN_RUNNING || run->state.suspended || rows_full(run))
            return;
        if (run->fired >= BPMN_FIRINGS_MAX && ((size_t)h.p[0] < before || run->state.waits.p[h.p[0]].every))
            return;
        int32_t at = alarm_take(run, &h);
        const struct bpmn_wait *w = &run->state.waits.p[at];
        if (!waiting(run, w) || silenced(run, w))
            continue;
        clock_ring(run, at);
        game_run(run);
    }
}

static bool condition_ready(struct bpmn_run *run, const struct bpmn_wait *w)
{
    return tok_live(run, w->tok) && value_true(run, tok_data_scope(run, w->tok), run->model->events[w->event].expr);
}

/* True: one was met. A condition that was met wakes again only after it has been false. tok: only what listens on it; -1:
 * all. */
bool conditions_check(struct bpmn_run *run, int32_t tok)
{
    struct bpmn_state *s = &run->state;
    if (run->seen_vars == s->vars.n)
        return false;
    size_t known = s->conditions.n;
    bool over = tok >= 0 && scope_interrupted(run, tok_scope_opened(run, tok));
    for (size_t k = 0; k < 2 * known; k++) {
        int32_t i = s->conditions.p[k % known];
        struct bpmn_wait w = s->waits.p[i];
        if (!tok_live(run, w.tok) || (tok >= 0 && w.tok != tok) ||
            takes_over(run, run->model->events[w.event].node) != (k >= known) || silenced(run, &w) ||
            (over && run->model->nodes[run->model->events[w.event].node].kind == NODE_START))
            continue;
        bool again = !waiting(run, &w) && FIRE(run, w.made).undone < 0 && w.left > 0;
        if (again && !condition_ready(run, &w)) {
            s->waits.p[i].left = 0;
            w.used = -1;
            w.made = s->waits.p[i].used;
            wait_add(run, w);
        } else if (waiting(run, &w) && condition_ready(run, &w)) {
            int node = run->model->events[w.event].node;
            bool whole = run->model->nodes[node].parallel_multiple && run->model->nodes[node].events.n > 1;
            if (!whole)
                s->waits.p[i].used = (int32_t)s->fires.n;
            event_trigger(run, w.tok, node, w.event, -1, (struct payload){0});
            return true;
        }
    }
    if (tok < 0)
        run->seen_vars = s->vars.n;
    return false;
}

/* ---- messages and signals ---------------------------------------------------------------------------------- */

/* Of several events that must come together this one is still to come: what has come already may be for somebody else. */
static bool still_to_come(const struct bpmn_run *run, const struct listener *l)
{
    const struct node *n = &run->model->nodes[l->node];
    bool open = !n->parallel_multiple || n->events.n < 2;
    for (size_t i = 0; i < run->state.waits.n && !open; i++) {
        const struct bpmn_wait *w = &run->state.waits.p[i];
        open = w->tok == l->tok && w->event == l->event && waiting(run, w);
    }
    return open;
}

/* Where tokens stand that can hear an event of that node: in it, behind an event-based gateway, at the edge of an activity, or
 * around an event sub-process. */
static void spots_of(const struct bpmn_run *run, int node, struct ints *ret)
{
    const struct bpmn *m = run->model;
    const struct node *n = &m->nodes[node];
    bool sub = n->kind == NODE_START && m->nodes[n->up].kind == NODE_EVENT_SUB;
    int at = n->kind == NODE_BOUNDARY ? n->attached : sub ? m->nodes[n->up].up : node;
    if (at < 0)
        return;
    *list_add(run->op, ret) = place_of(m, PLACE_IN, at);
    if (n->kind == NODE_BOUNDARY)
        *list_add(run->op, ret) = place_of(m, PLACE_LOOP, at);
    for (size_t i = 0; (n->kind == NODE_CATCH || n->kind == NODE_RECEIVE) && i < n->in.n; i++)
        if (m->nodes[m->edges[n->in.p[i]].source].kind == NODE_GATE)
            *list_add(run->op, ret) = place_of(m, PLACE_IN, m->edges[n->in.p[i]].source);
    for (size_t i = 0; sub && m->nodes[at].kind == NODE_PROCESS && i < m->node_count; i++)
        if (m->nodes[i].kind == NODE_CALL && m->nodes[i].called == at)
            *list_add(run->op, ret) = place_of(m, PLACE_IN, (int)i);
}

/* The oldest token from there on, of all these places; their chains go on behind it. -1: no more. */
static int32_t oldest(const struct bpmn_run *run, struct ints *heads)
{
    int32_t found = -1;
    for (size_t i = 0; i < heads->n; i++)
        if (heads->p[i] >= 0 && (found < 0 || heads->p[i] < found))
            found = heads->p[i];
    for (size_t i = 0; i < heads->n && found >= 0; i++)
        if (heads->p[i] == found)
            heads->p[i] = TOK(run, found).at_place.after;
    return found;
}

static bool hears(const struct bpmn_run *run, int node, int event, enum event_kind kind, str name)
{
    const struct event *e = event < 0 ? NULL : &run->model->events[event];
    return e ? e->kind == kind && str_eq(e->name, name)
             : kind == EVENT_MESSAGE && str_eq(run->model->nodes[node].message, name);
}

/* p: what comes with a message, which is for the first whose conversation it is of; NULL: for all who wait. */
static void listeners_of(struct bpmn_run *run, enum event_kind kind, str name, const struct payload *p,
                         struct listeners *ret)
{
    const struct bpmn *m = run->model;
    struct ints heads = {0};
    for (size_t i = 0; i < m->event_count; i++)
        if (hears(run, m->events[i].node, (int)i, kind, name))
            spots_of(run, m->events[i].node, &heads);
    for (size_t i = 0; kind == EVENT_MESSAGE && i < m->node_count; i++)
        if (m->nodes[i].kind == NODE_RECEIVE && hears(run, (int)i, -1, kind, name))
            spots_of(run, (int)i, &heads);
    for (size_t i = 0; i < heads.n; i++)
        heads.p[i] = run->state.places.n ? run->state.places.p[heads.p[i]].first : -1;
    for (int32_t t = oldest(run, &heads); t >= 0 && !(p && ret->n); t = oldest(run, &heads)) {
        struct listeners all = {0};
        listen_all(run, t, &all);
        for (size_t i = 0; i < all.n; i++)
            if (hears(run, all.p[i].node, all.p[i].event, kind, name) && still_to_come(run, &all.p[i]) &&
                (!p || correlates(run, tok_data_scope(run, t), name, *p)))
                *list_add(run->op, ret) = all.p[i];
    }
}

static bool signal_send(struct bpmn_run *run, str name, int32_t cause, struct payload p)
{
    struct listeners heard = {0};
    listeners_of(run, EVENT_SIGNAL, name, NULL, &heard);
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < heard.n; i++) {
            int32_t t = heard.p[i].tok;
            if (takes_over(run, heard.p[i].node) == last && tok_live(run, t) &&
                !(last && run->model->nodes[heard.p[i].node].kind == NODE_START && interrupted(run, tok_scope_opened(run, t))))
                event_trigger(run, t, heard.p[i].node, heard.p[i].event, cause, p);
        }
    return heard.n > 0;
}

bool bpmn_signal(struct bpmn_run *run, str name, const struct feel_entry *values, size_t count)
{
    if (run->state.end != BPMN_RUNNING || run->state.fires.n == 0)
        return false;
    if (run->state.suspended) {
        struct listeners waiting = {0};
        listeners_of(run, EVENT_SIGNAL, name, NULL, &waiting);
        return waiting.n > 0 && held_keep(run, HELD_SIGNAL, -1, name, (struct payload){values, count});
    }
    run_now(run);
    bool heard = signal_send(run, name, -1, (struct payload){values, count});
    game_run(run);
    return heard;
}

bool bpmn_waits_for(const struct bpmn_run *run, str message)
{
    struct bpmn_run looking = *run;
    struct listeners heard = {0};
    if (run->state.end == BPMN_RUNNING)
        listeners_of(&looking, EVENT_MESSAGE, message, NULL, &heard);
    return heard.n > 0;
}

bool bpmn_message(struct bpmn_run *run, str name, const struct feel_entry *values, size_t count)
{
    struct listeners heard = {0};
    struct payload p = {values, count};
    if (run->state.end != BPMN_RUNNING || run->state.fires.n == 0)
        return false;
    listeners_of(run, EVENT_MESSAGE, name, &p, &heard);
    if (heard.n == 0)
        return false;
    if (run->state.suspended)
        return held_keep(run, HELD_MESSAGE, -1, name, p);
    run_now(run);
    int32_t scope = tok_data_scope(run, heard.p[0].tok), fire = (int32_t)run->state.fires.n;
    event_trigger(run, heard.p[0].tok, heard.p[0].node, heard.p[0].event, -1, p);
    correlate(run, scope, name, p, fire);
    game_run(run);
    return true;
}

/* ---- errors and escalations -------------------------------------------------------------------------------- */

static bool catches(const struct event *e, enum event_kind kind, str code)
{
    return e->kind == kind && (e->any || !e->name.n || str_eq(e->name, code));
}

/* An exact code is caught before one that catches all. */
static bool caught_at(struct bpmn_run *run, const struct listeners *all, enum event_kind kind, str code, int32_t cause)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < all->n; i++) {
            const struct event *e = all->p[i].event < 0 ? NULL : &run->model->events[all->p[i].event];
            if (!e || !catches(e, kind, code) || (pass == 0 && !str_eq(e->name, code)))
                continue;
            event_trigger(run, all->p[i].tok, all->p[i].node, all->p[i].event, cause, (struct payload){0});
            return true;
        }
    return false;
}

/* From a token's edge outwards, scope by scope: event sub-processes of the scope, then the edge of its activity. */
static bool climb(struct bpmn_run *run, int32_t tok, int32_t scope, enum event_kind kind, str code, int32_t cause)
{
    struct listeners here = {0};
    if (tok >= 0)
        listen_boundaries(run, tok, &here);
    if (caught_at(run, &here, kind, code, cause))
        return true;
    int from = -1; /* an event sub-process does not catch what it throws itself; others of its scope do */
    while (scope >= 0) {
        int32_t t = FIRE(run, scope).tok, next = FIRE(run, scope).scope;
        here.n = 0;
        if (tok_live(run, t)) {
            listen_subs(run, t, &here);
            for (size_t i = here.n; i-- > 0;)
                if (from >= 0 && run->model->nodes[here.p[i].node].up == from)
                    here.p[i] = here.p[--here.n];
            listen_boundaries(run, t, &here);
        }
        int opener = FIRE(run, scope).node;
        const struct node *o = &run->model->nodes[opener];
        from = o->kind == NODE_START ? o->up : o->kind == NODE_EVENT_SUB ? opener : -1;
        if (caught_at(run, &here, kind, code, cause))
            return true;
        scope = next;
    }
    return false;
}

void error_throw(struct bpmn_run *run, int32_t tok, int32_t scope, str code, int32_t cause)
{
    code = op_copy(run->op, code);
    if (climb(run, tok, scope, EVENT_ERROR, code, cause))
        return;
    int32_t f = fire_add(run, FIRE_STOP, FIRE(run, 0).node, -1);
    FIRE(run, f).cause = cause;
    tok_kill(run, FIRE(run, 0).tok, f);
    instance_end(run, BPMN_ERROR, code);
}

/* From below, at a call: what nobody catches goes on upwards. */
void escalation_throw(struct bpmn_run *run, int32_t tok, str code)
{
    code = op_copy(run->op, code);
    int32_t cause = TOK(run, tok).made;
    if (!climb(run, tok, TOK(run, tok).scope, EVENT_ESCALATION, code, cause))
        command_add(run, BPMN_ESCALATION, cause, place_node(run->model, TOK(run, tok).place), code, 0);
}

/* What an activity throws of its repetitions carries nothing: its inputs are for its own use. */
static struct payload thrown_of(struct bpmn_run *run, int32_t scope, int event)
{
    const struct node *n = &run->model->nodes[run->model->events[event].node];
    if (n->kind != NODE_THROW && n->kind != NODE_END)
        return (struct payload){0};
    bool several = n->events.n > 1;
    return payload_of(run, n, several ? place_among(n, event) : 0, several ? 1 : n->input_count, scope);
}

void event_throw(struct bpmn_run *run, int32_t scope, int event, int32_t cause)
{
    const struct event *e = &run->model->events[event];
    struct payload p = thrown_of(run, scope, event);
    switch (e->kind) {
    case EVENT_SIGNAL:
        signal_send(run, e->name, cause, p);
        thrown_add(run, BPMN_SIGNAL, cause, e->node, e->name, p);
        return;
    case EVENT_MESSAGE:
        correlate(run, scope, e->name, p, cause);
        thrown_add(run, BPMN_SEND, cause, e->node, e->name, p);
        return;
    case EVENT_ERROR:
        error_throw(run, -1, scope, e->name, cause);
        return;
    case EVENT_ESCALATION:
        if (!climb(run, -1, scope, EVENT_ESCALATION, e->name, cause))
            command_add(run, BPMN_ESCALATION, cause, e->node, e->name, 0);
        return;
    case EVENT_TERMINATE:
        scope_kill(run, scope, cause, -1);
        return;
    case EVENT_TIMER:
    case EVENT_COMPENSATE:
    case EVENT_CONDITION:
    case EVENT_CANCEL:
    case EVENT_LINK:
    case EVENT_KINDS:
        return;
    }
}
