/* Compensation: what was completed in a scope is undone by its handlers, latest first, one after another.
 * A throwing event waits inside a scope of its own (FIRE_COMPENSATE) until the last handler has ended. */
#include "bpmn/state.h"

/* The scope whose work is compensated from here: that in which the activity stands; where none is named, out of event
 * sub-processes, which serve the scope around them. */
static int32_t compensated_scope(const struct bpmn_run *run, int32_t scope, int activity)
{
    const struct bpmn *m = run->model;
    for (; scope >= 0; scope = FIRE(run, scope).outer) {
        const struct node *opener = &m->nodes[FIRE(run, scope).node];
        bool serves = opener->kind == NODE_START || opener->kind == NODE_EVENT_SUB;
        int inside = opener->kind == NODE_START ? opener->up
                     : opener->kind == NODE_CALL ? opener->called : FIRE(run, scope).node;
        if (activity < 0 ? !serves : inside == m->nodes[activity].up)
            return scope;
    }
    return 0;
}

static int32_t wait_open(struct bpmn_run *run, int node, int32_t scope, int32_t tok, int activity)
{
    int32_t f = fire_add(run, FIRE_COMPENSATE, node, scope);
    tok_use(run, tok, f);
    FIRE(run, f).tok = tok_make(run, PLACE_IN, node, scope, f);
    FIRE(run, f).data = activity;
    FIRE(run, f).cause = compensated_scope(run, scope, activity);
    *list_add(run->op, &run->state.idle) = f;
    return f;
}

void compensate_begin(struct bpmn_run *run, int node, int32_t scope, int32_t tok, int activity)
{
    int32_t f = wait_open(run, node, scope, tok, activity);
    const struct node *n = &run->model->nodes[node];
    if (n->kind == NODE_THROW && !n->wait)
        outs_make(run, node, scope, f);
}

/* The transaction's work stops, what it completed is compensated, then it leaves by its cancel event. */
void cancel_begin(struct bpmn_run *run, int node, int32_t scope, int32_t tok)
{
    int32_t transaction = scope;
    while (transaction > 0 && run->model->nodes[FIRE(run, transaction).node].kind != NODE_TRANSACTION)
        transaction = FIRE(run, transaction).scope;
    if (FIRE(run, transaction).kind == FIRE_INSTANCE) /* a repeated one is cancelled whole */
        transaction = FIRE(run, transaction).scope;
    int32_t f = wait_open(run, node, scope, tok, -1);
    FIRE(run, f).cause = transaction;
    struct ints all = {0};
    scope_toks(run, transaction, &all);
    for (size_t i = 0; i < all.n; i++) { /* everything but what the waiting token hangs on */
        int32_t t = all.p[i], opened = tok_scope_opened(run, t);
        if (t == FIRE(run, f).tok || (opened >= 0 && scope_within(run, f, opened)))
            continue;
        work_closed(run, t, WORK_WITHDRAWN);
        tok_use(run, t, f);
    }
}

static bool compensated(const struct bpmn_run *run, int32_t completion)
{
    for (size_t i = (size_t)completion + 1; i < run->state.fires.n; i++)
        if (FIRE(run, i).kind == FIRE_HANDLER && FIRE(run, i).cause == completion && FIRE(run, i).undone < 0)
            return true;
    return false;
}

/* The event sub-process that compensates it: its own, or of the process it calls. -1: none. */
static int handler_sub(const struct bpmn_run *run, int node)
{
    const struct node *n = &run->model->nodes[node];
    return n->kind == NODE_CALL && n->called >= 0 ? run->model->nodes[n->called].comp_sub : n->comp_sub;
}

static bool own_handler(const struct bpmn_run *run, int node)
{
    return run->model->nodes[node].handler >= 0 || handler_sub(run, node) >= 0;
}

/* The firing that closed the scope, -1: still open. */
static int32_t closed_by(const struct bpmn_run *run, int32_t scope)
{
    int32_t tok = FIRE(run, scope).tok;
    int32_t used = tok >= 0 ? TOK(run, tok).used : -1;
    bool done = used >= 0 && FIRE(run, used).undone < 0 &&
                (FIRE(run, used).kind == FIRE_CLOSE || FIRE(run, used).kind == FIRE_DONE);
    return done ? used : -1;
}

/* Does the completion belong to what is compensated: in the scope itself, or in completed sub-processes without a
 * handler of their own, whose insides are then compensated one by one. */
static bool eligible(const struct bpmn_run *run, int32_t completion, int32_t target, int activity)
{
    int32_t began = FIRE(run, completion).data;
    if (began >= 0 && FIRE(run, began).kind == FIRE_LOOP)
        return false; /* of a repeated activity each repetition is compensated */
    bool whole = FIRE(run, target).kind == FIRE_LOOP; /* a repeated transaction that is cancelled: what it has done so far */
    for (int depth = 0; depth < 2 * BPMN_DEPTH_MAX; depth++) {
        const struct bpmn_fire *c = &FIRE(run, completion);
        int32_t scope = c->scope;
        if (whole && scope >= 0 && FIRE(run, scope).scope == target && FIRE(run, scope).kind == FIRE_INSTANCE)
            return closed_by(run, scope) < 0 || !own_handler(run, FIRE(run, scope).node);
        if (scope >= 0 && FIRE(run, scope).kind == FIRE_LOOP) {
            if (tok_live(run, FIRE(run, scope).tok))
                return false;
            scope = FIRE(run, scope).scope;
        }
        if (scope == target)
            return activity < 0 || c->node == activity;
        if (scope < 0 || own_handler(run, FIRE(run, scope).node))
            return false;
        completion = closed_by(run, scope);
        if (completion < 0)
            return false;
    }
    return false;
}

static void handler_begin(struct bpmn_run *run, int32_t scope, int32_t completion)
{
    const struct bpmn *m = run->model;
    const struct node *done = &m->nodes[FIRE(run, completion).node];
    int32_t inner = FIRE(run, completion).data; /* the firing that opened what was completed */
    int node = done->handler >= 0 ? done->handler : handler_sub(run, FIRE(run, completion).node);
    bool sub = done->handler < 0;
    int32_t f = fire_add(run, FIRE_HANDLER, node, scope);
    FIRE(run, f).cause = completion;
    bool repeated =
        inner >= 0 && FIRE(run, inner).kind == FIRE_INSTANCE; /* its handler knows which repetition it is for */
    FIRE(run, f).outer = sub || repeated ? inner : FIRE(run, completion).scope;
    if (!sub && m->nodes[node].loop.kind != LOOP_NONE) {
        int32_t whole = tok_make(run, PLACE_AT, node, scope, f);
        loop_begin(run, node, scope, &whole, 1, f);
        return;
    }
    int32_t t = tok_make(run, PLACE_IN, node, scope, f);
    if (node_is_container(m->nodes[node].kind) || m->nodes[node].kind == NODE_CALL)
        FIRE(run, f).tok = t;
    if (!sub) {
        inputs_read(run, &m->nodes[node], t);
        activity_start(run, t);
        return;
    }
    for (size_t i = 0; i < m->nodes[node].children.n; i++)
        if (m->nodes[m->nodes[node].children.p[i]].kind == NODE_START)
            outs_make(run, m->nodes[node].children.p[i], f, f);
}

static void compensate_end(struct bpmn_run *run, int32_t scope)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    int node = FIRE(run, scope).node;
    int32_t tok = FIRE(run, scope).tok, outer = FIRE(run, scope).scope, transaction = FIRE(run, scope).cause;
    bool cancels = false;
    for (size_t i = 0; i < n->events.n; i++)
        cancels |= run->model->events[n->events.p[i]].kind == EVENT_CANCEL;
    int32_t f = fire_add(run, n->kind == NODE_END ? FIRE_END : FIRE_DONE, node, outer);
    FIRE(run, f).data = scope;
    tok_use(run, tok, f);
    if (!cancels) {
        if (n->kind == NODE_THROW && n->wait)
            outs_make(run, node, outer, f);
        return;
    }
    int32_t whole = FIRE(run, transaction).tok;
    const struct node *t = tok_node(run, whole);
    for (size_t i = 0; i < t->boundaries.n; i++) {
        const struct node *b = &run->model->nodes[t->boundaries.p[i]];
        if (b->events.n && run->model->events[b->events.p[0]].kind == EVENT_CANCEL) {
            event_trigger(run, whole, t->boundaries.p[i], b->events.p[0], f, (struct payload){0});
            return;
        }
    }
    tok_kill(run, whole, f); /* nobody catches it: the path ends here */
}

void compensate_next(struct bpmn_run *run, int32_t scope)
{
    int32_t target = FIRE(run, scope).cause;
    int activity = FIRE(run, scope).data;
    for (int32_t c = scope - 1; c > target; c--) {
        const struct bpmn_fire *f = &FIRE(run, c);
        bool completion = (f->kind == FIRE_DONE || f->kind == FIRE_CLOSE) && f->undone < 0;
        if (completion && own_handler(run, f->node) && eligible(run, c, target, activity) && !compensated(run, c)) {
            handler_begin(run, scope, c);
            if (FIRE(run, scope).live == 0)
                *list_add(run->op, &run->state.idle) = scope;
            return;
        }
    }
    compensate_end(run, scope);
}
