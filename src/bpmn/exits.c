/* How a scope can come to its end, seen from outside: as it is drawn, by an error that nobody inside catches, by being
 * cancelled. Ways are followed, not counted: what can be reached is taken for possible. */
#include "bpmn/net.h"

struct finder {
    struct op *op;
    const struct bpmn *m;
    struct net_exit *exits;
    uint8_t *state; /* 0: not looked at, 1: being looked at, 2: known */
};

static bool matches(const struct event *catching, const struct event *thrown)
{
    return !thrown || catching->any || !catching->name.n || str_eq(catching->name, thrown->name);
}

static bool has_event(const struct bpmn *m, const struct node *n, enum event_kind kind)
{
    for (size_t i = 0; i < n->events.n; i++)
        if (m->events[n->events.p[i]].kind == kind)
            return true;
    return false;
}

/* What answers a task from outside may answer with an error; of no code that is known here. */
static bool answered_outside(const struct node *n)
{
    return n->kind == NODE_SERVICE || n->kind == NODE_SCRIPT || n->kind == NODE_RULE || (n->kind == NODE_CALL && n->called < 0);
}

int net_inside(const struct bpmn *m, int node)
{
    enum node_kind k = m->nodes[node].kind;
    return k == NODE_CALL ? m->nodes[node].called : node_is_container(k) && k != NODE_PROCESS ? node : -1;
}

bool net_event_comes(const struct bpmn *m, const struct net_exit *exits, int boundary)
{
    const struct node *b = &m->nodes[boundary], *around = &m->nodes[b->attached];
    int inside = net_inside(m, b->attached);
    const struct net_exit *x = inside >= 0 ? &exits[inside] : NULL;
    bool throws = around->loop.event >= 0 || around->loop.complex_count; /* what its repetitions tell */
    for (size_t i = 0; i < b->events.n; i++) {
        const struct event *e = &m->events[b->events.p[i]];
        if (e->kind == EVENT_COMPENSATE)
            continue;
        if (e->kind == EVENT_CANCEL ? x && x->cancelled : e->kind == EVENT_ESCALATION ? x && x->escalates : e->kind != EVENT_ERROR)
            return true;
        if (throws || (e->kind != EVENT_CANCEL && answered_outside(around)))
            return true;
        for (size_t k = 0; e->kind == EVENT_ERROR && x && k < x->errors.n; k++)
            if (matches(e, x->errors.p[k] < 0 ? NULL : &m->events[x->errors.p[k]]))
                return true;
    }
    return false;
}

static bool caught_at(const struct bpmn *m, const struct ints *nodes, int error)
{
    for (size_t i = 0; i < nodes->n; i++)
        for (size_t k = 0; k < m->nodes[nodes->p[i]].events.n; k++) {
            const struct event *e = &m->events[m->nodes[nodes->p[i]].events.p[k]];
            if (error >= 0 && e->kind == EVENT_ERROR && matches(e, &m->events[error]))
                return true;
        }
    return false;
}

static bool cancel_caught(const struct bpmn *m, const struct node *n)
{
    for (size_t i = 0; i < n->boundaries.n; i++)
        if (has_event(m, &m->nodes[n->boundaries.p[i]], EVENT_CANCEL))
            return true;
    return false;
}

bool net_vanishes(const struct bpmn *m, const struct net_exit *exits, int node)
{
    int inside = net_inside(m, node);
    return inside >= 0 && exits[inside].cancelled && !cancel_caught(m, &m->nodes[node]);
}

bool net_breaks(const struct bpmn *m, const struct net_exit *exits, int node)
{
    int inside = net_inside(m, node);
    for (size_t i = 0; inside >= 0 && i < exits[inside].errors.n; i++)
        if (exits[inside].errors.p[i] >= 0 && !caught_at(m, &m->nodes[node].boundaries, exits[inside].errors.p[i]))
            return true;
    return false;
}

static void error_add(struct finder *f, struct net_exit *x, int error)
{
    for (size_t i = 0; i < x->errors.n; i++)
        if (x->errors.p[i] == error)
            return;
    *list_add(f->op, &x->errors) = error;
}

static void container_find(struct finder *f, int container);

/* What it hands out of the scope that it stands in. */
static void node_exits(struct finder *f, int node, struct net_exit *x)
{
    const struct node *n = &f->m->nodes[node];
    int inside = net_inside(f->m, node);
    bool ends = false;
    for (size_t i = 0; i < n->events.n && (n->kind == NODE_END || n->kind == NODE_THROW); i++) {
        const struct event *e = &f->m->events[n->events.p[i]];
        ends |= e->kind == EVENT_ERROR || e->kind == EVENT_CANCEL;
        x->cancelled |= e->kind == EVENT_CANCEL;
        x->escalates |= e->kind == EVENT_ESCALATION;
        if (e->kind == EVENT_ERROR)
            error_add(f, x, n->events.p[i]);
    }
    if (answered_outside(n))
        error_add(f, x, -1);
    if (inside >= 0) {
        for (size_t i = 0; i < f->exits[inside].errors.n; i++)
            if (!caught_at(f->m, &n->boundaries, f->exits[inside].errors.p[i]))
                error_add(f, x, f->exits[inside].errors.p[i]);
        x->escalates |= f->exits[inside].escalates;
    }
    x->normal |= n->out.n == 0 && !ends && (inside < 0 || f->exits[inside].normal);
    x->normal |= net_vanishes(f->m, f->exits, node);
}

/* Its event sub-processes: they end the scope too, and catch errors of it. */
static void subs_find(struct finder *f, const struct node *c, struct net_exit *x)
{
    struct ints starts = {0}, thrown = x->errors;
    for (size_t i = 0; i < c->event_subs.n; i++) {
        const struct node *sub = &f->m->nodes[c->event_subs.p[i]];
        container_find(f, c->event_subs.p[i]);
        for (size_t k = 0; k < sub->children.n; k++)
            if (f->m->nodes[sub->children.p[k]].kind == NODE_START)
                *list_add(f->op, &starts) = sub->children.p[k];
    }
    x->errors = (struct ints){0};
    for (size_t i = 0; i < thrown.n; i++)
        if (!caught_at(f->m, &starts, thrown.p[i]))
            error_add(f, x, thrown.p[i]);
    for (size_t i = 0; i < c->event_subs.n; i++) {
        const struct net_exit *sub = &f->exits[c->event_subs.p[i]];
        x->normal |= sub->normal;
        x->escalates |= sub->escalates;
        x->cancelled |= sub->cancelled;
        for (size_t k = 0; k < sub->errors.n; k++)
            error_add(f, x, sub->errors.p[k]);
    }
}

static void container_find(struct finder *f, int container)
{
    const struct bpmn *m = f->m;
    const struct node *c = &m->nodes[container];
    if (f->state[container])
        return;
    f->state[container] = 1;
    f->exits[container] = (struct net_exit){.normal = true, .escalates = true}; /* while it is asked by itself, through a call */
    error_add(f, &f->exits[container], -1);
    struct net_exit x = {.normal = c->children.n == 0};
    uint8_t *seen = op_array(f->op, uint8_t, m->node_count + 1);
    struct ints todo = {0};
    for (size_t i = 0; i < c->children.n; i++) {
        const struct node *n = &m->nodes[c->children.p[i]];
        bool entry = n->kind == NODE_START || n->instantiate || (n->in.n == 0 && n->kind != NODE_BOUNDARY && n->kind != NODE_EVENT_SUB);
        if (entry && !n->for_compensation)
            *list_add(f->op, &todo) = c->children.p[i];
    }
    while (todo.n > 0) {
        int node = todo.p[--todo.n], inside = net_inside(m, node);
        const struct node *n = &m->nodes[node];
        if (seen[node]++)
            continue;
        if (inside >= 0)
            container_find(f, inside);
        node_exits(f, node, &x);
        for (size_t i = 0; i < n->out.n && (inside < 0 || f->exits[inside].normal); i++)
            *list_add(f->op, &todo) = m->edges[n->out.p[i]].target;
        for (size_t i = 0; i < n->boundaries.n; i++)
            if (net_event_comes(m, f->exits, n->boundaries.p[i]))
                *list_add(f->op, &todo) = n->boundaries.p[i];
    }
    subs_find(f, c, &x);
    f->exits[container] = x;
    f->state[container] = 2;
}

struct net_exit *net_exits(struct op *op, const struct bpmn *m)
{
    struct finder f = {op, m, op_array(op, struct net_exit, m->node_count + 1), op_array(op, uint8_t, m->node_count + 1)};
    for (size_t i = 0; i < m->node_count; i++)
        if (node_is_container(m->nodes[i].kind))
            container_find(&f, (int)i);
    return f.exits;
}
