/* Cycles that never wait: a command that enters one would fire without end, and is stopped after BPMN_FIRINGS_MAX with an incident.
 *
 * Two things can be known without running it.
 *   certain: whoever is there goes on there, whatever conditions say: from every node of a set at least one token comes to the set
 *     again at once. The largest such set is what remains when all are taken out that may leave it or may wait.
 *   once round: the way out is decided by data, and no step of the cycle changes that data: whoever goes round once goes round for
 *     ever. Said as a hint, and only where nothing else can move in between and everything that the cycle does is known.
 * A cycle whose way out is decided by data that it may change is left alone: nobody can tell.
 *
 * What an arc is: a flow or link out of a step that does not wait; into a sub-process or call; from what throws to what catches it,
 * an event at an edge, an event sub-process, or a start event that begins another case. */
#include "bpmn/net.h"

enum { STARTS_HEARD = 20, NAMES_TOLD = 30 };

struct arc {
    int to;
    bool sure; /* taken whenever that node fires */
};
struct arcs {
    struct arc *p;
    size_t n, cap;
};
enum passing { PASSING_UNKNOWN, PASSING_ASKED, PASSING_NO, PASSING_YES };
struct cycles {
    struct bpmn *m;
    const struct net_exit *exits;
    struct arcs *arcs;
    uint8_t *passing; /* enum passing, of every node: a token is through it in the same command */
    bool *stays;      /* in the set of those from which it never ends */
    int *component;   /* the same number: each can be reached from each; -1: of none, or alone */
};

static bool passes(struct cycles *c, int node);

/* ---- what does not wait ------------------------------------------------------------------------------------------ */

/* A clock that has no time to run, or a moment that is over for good when it has passed. */
static bool clock_passes(const struct event *e)
{
    if (e->expr || !e->text.n)
        return false;
    if (e->timer == TIMER_DATE)
        return true;
    bool zero = e->timer == TIMER_DURATION;
    for (size_t i = 0; i < e->text.n; i++)
        zero &= e->text.p[i] < '1' || e->text.p[i] > '9';
    return zero;
}

static bool catch_passes(const struct bpmn *m, const struct node *n)
{
    bool some = false, all = true;
    for (size_t i = 0; i < n->events.n; i++) {
        const struct event *e = &m->events[n->events.p[i]];
        bool one = e->kind == EVENT_LINK || e->kind == EVENT_CONDITION || (e->kind == EVENT_TIMER && clock_passes(e));
        some |= one;
        all &= one;
    }
    return n->parallel_multiple ? some && all : some;
}

/* All that can be reached inside without waiting does not wait: then it is through at once. */
static bool inside_passes(struct cycles *c, int container)
{
    const struct bpmn *m = c->m;
    const struct node *box = &m->nodes[container];
    struct mark mark = op_mark(m->op);
    uint8_t *seen = op_array(m->op, uint8_t, m->node_count + 1);
    struct ints todo = {0};
    bool all = true;
    for (size_t i = 0; i < box->entries.n; i++)
        *list_add(m->op, &todo) = box->entries.p[i];
    while (todo.n > 0 && all) {
        int node = todo.p[--todo.n];
        if (seen[node]++)
            continue;
        all = passes(c, node);
        for (size_t i = 0; i < m->nodes[node].out.n; i++)
            *list_add(m->op, &todo) = m->edges[m->nodes[node].out.p[i]].target;
    }
    op_reset(m->op, mark);
    return all;
}

static bool node_passes(struct cycles *c, int node)
{
    const struct bpmn *m = c->m;
    const struct node *n = &m->nodes[node];
    if (n->start_quantity > 1 || n->set_count > 0)
        return false;
    switch (n->kind) {
    case NODE_START:
    case NODE_END:
    case NODE_BOUNDARY:
    case NODE_TASK:
    case NODE_SEND:
    case NODE_RULE:
    case NODE_XOR:
    case NODE_AND:
    case NODE_OR:
        return true;
    case NODE_COMPLEX:
        return n->in.n < 2;
    case NODE_CATCH:
        return catch_passes(m, n);
    case NODE_THROW:
        for (size_t i = 0; i < n->events.n; i++)
            if (m->events[n->events.p[i]].kind == EVENT_COMPENSATE) /* its handlers may wait */
                return false;
        return true;
    case NODE_SCRIPT:
    case NODE_SERVICE:
        return n->script || (n->kind == NODE_SCRIPT && !n->script_text.n);
    case NODE_SUB:
    case NODE_TRANSACTION:
    case NODE_ADHOC:
    case NODE_CALL:
        return net_inside(m, node) >= 0 && inside_passes(c, net_inside(m, node));
    case NODE_PROCESS:
    case NODE_USER:
    case NODE_RECEIVE:
    case NODE_EVENT_SUB:
    case NODE_GATE:
    case NODE_KINDS:
        return false;
    }
    return false;
}

static bool passes(struct cycles *c, int node)
{
    if (c->passing[node] == PASSING_UNKNOWN) {
        c->passing[node] = PASSING_ASKED; /* a process that calls itself is not through while it is asked */
        c->passing[node] = node_passes(c, node) ? PASSING_YES : PASSING_NO;
    }
    return c->passing[node] == PASSING_YES;
}

/* ---- arcs -------------------------------------------------------------------------------------------------------- */

static void arc_add(struct cycles *c, int from, int to, bool sure)
{
    *list_add(c->m->op, &c->arcs[from]) = (struct arc){to, sure};
}

/* Of a sub-process or a call: it ends as it is drawn and in no other way. */
static bool ends_plainly(const struct cycles *c, int node)
{
    const struct node *n = &c->m->nodes[node];
    int inside = net_inside(c->m, node);
    const struct net_exit *x = inside < 0 ? NULL : &c->exits[inside];
    for (size_t i = 0; x && i < x->errors.n; i++)
        if (x->errors.p[i] >= 0)
            return false;
    return !x || (x->normal && !x->cancelled && n->boundaries.n == 0);
}

static void flows_add(struct cycles *c, int node)
{
    const struct bpmn *m = c->m;
    const struct node *n = &m->nodes[node];
    bool one = n->kind == NODE_XOR && n->out.n > 1, waits = n->kind == NODE_CATCH;
    bool asks = n->kind == NODE_XOR || n->kind == NODE_OR || n->kind == NODE_COMPLEX || node_is_activity(n->kind);
    for (size_t i = 0; i < n->events.n && waits; i++)
        waits = m->events[n->events.p[i]].kind == EVENT_LINK ? false : m->events[n->events.p[i]].kind == EVENT_CONDITION;
    for (size_t i = 0; i < n->out.n; i++) {
        const struct edge *e = &m->edges[n->out.p[i]];
        bool open = !asks || (!e->condition && n->out.p[i] != n->standard);
        arc_add(c, node, e->target, open && !one && !waits && ends_plainly(c, node));
    }
}

static bool catches(const struct event *catching, const struct event *thrown)
{
    bool coded = thrown->kind == EVENT_ERROR || thrown->kind == EVENT_ESCALATION;
    return catching->kind == thrown->kind &&
           ((thrown->name.n && str_eq(catching->name, thrown->name)) || (coded && (catching->any || !catching->name.n)));
}

/* What interrupts takes along where its thrower would have gone on. */
static void caught(struct cycles *c, int node, int by)
{
    for (size_t i = 0; i < c->arcs[node].n && c->m->nodes[by].interrupting; i++)
        c->arcs[node].p[i].sure = false;
    arc_add(c, node, by, true);
}

static bool any_catches(const struct bpmn *m, int node, const struct event *thrown)
{
    for (size_t i = 0; i < m->nodes[node].events.n; i++)
        if (catches(&m->events[m->nodes[node].events.p[i]], thrown) && !m->nodes[node].parallel_multiple)
            return true;
    return false;
}

static int start_in(const struct bpmn *m, int sub, const struct event *thrown) /* -1: it does not hear it */
{
    for (size_t k = 0; k < m->nodes[sub].children.n; k++)
        if (m->nodes[m->nodes[sub].children.p[k]].kind == NODE_START && any_catches(m, m->nodes[sub].children.p[k], thrown))
            return m->nodes[sub].children.p[k];
    return -1;
}

static bool interrupts(const struct bpmn *m, int sub)
{
    for (size_t k = 0; k < m->nodes[sub].children.n; k++)
        if (m->nodes[m->nodes[sub].children.p[k]].kind == NODE_START && m->nodes[m->nodes[sub].children.p[k]].interrupting)
            return true;
    return false;
}

/* Scope by scope outwards. An error or an escalation is caught once, and not by the event sub-process that throws it; where one
 * that interrupts has begun, its scope begins no other. */
static void climb(struct cycles *c, int node, const struct event *thrown)
{
    const struct bpmn *m = c->m;
    bool once = thrown->kind != EVENT_SIGNAL;
    for (int up = m->nodes[node].up, from = node; up >= 0; from = up, up = m->nodes[up].up) {
        const struct node *box = &m->nodes[up];
        bool sub = m->nodes[from].kind == NODE_EVENT_SUB, over = sub && interrupts(m, from);
        for (size_t i = 0; i < box->event_subs.n && !over; i++) {
            int start = once && box->event_subs.p[i] == from ? -1 : start_in(m, box->event_subs.p[i], thrown);
            if (start >= 0)
                caught(c, node, start);
            if (start >= 0 && once)
                return;
        }
        for (size_t i = 0; i < box->boundaries.n; i++)
            if (any_catches(m, box->boundaries.p[i], thrown)) {
                caught(c, node, box->boundaries.p[i]);
                if (once)
                    return;
            }
    }
}

/* A message is first for whoever waits for it. */
static bool waited_for(const struct bpmn *m, str message)
{
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        bool begins = n->kind == NODE_START && m->nodes[n->up].kind == NODE_PROCESS;
        if (n->kind == NODE_RECEIVE && str_eq(n->message, message))
            return true;
        for (size_t k = 0; k < n->events.n && !begins && n->kind != NODE_THROW && n->kind != NODE_END; k++)
            if (m->events[n->events.p[k]].kind == EVENT_MESSAGE && str_eq(m->events[n->events.p[k]].name, message))
                return true;
    }
    return false;
}

static void starts_add(struct cycles *c, int node, const struct event *thrown)
{
    const struct bpmn *m = c->m;
    if (thrown->kind == EVENT_MESSAGE && waited_for(m, thrown->name))
        return;
    int found = 0; /* thousands of these throwing at thousands would be millions: a few tell enough */
    for (size_t i = 0; i < m->node_count && found < STARTS_HEARD; i++)
        if (m->nodes[i].kind == NODE_START && m->nodes[m->nodes[i].up].kind == NODE_PROCESS && any_catches(m, (int)i, thrown)) {
            arc_add(c, node, (int)i, true);
            found++;
        }
}

static void thrown_add(struct cycles *c, int node, const struct event *thrown)
{
    bool climbs = thrown->kind == EVENT_SIGNAL || thrown->kind == EVENT_ERROR || thrown->kind == EVENT_ESCALATION;
    if (climbs)
        climb(c, node, thrown);
    if (thrown->kind == EVENT_SIGNAL || thrown->kind == EVENT_MESSAGE)
        starts_add(c, node, thrown);
}

static void arcs_fill(struct cycles *c)
{
    const struct bpmn *m = c->m;
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        int inside = net_inside(m, (int)i);
        bool throws = n->kind == NODE_THROW || n->kind == NODE_END;
        if (n->up < 0)
            continue;
        if (passes(c, (int)i))
            flows_add(c, (int)i);
        for (size_t k = 0; inside >= 0 && k < m->nodes[inside].entries.n; k++)
            arc_add(c, (int)i, m->nodes[inside].entries.p[k], n->loop.kind == LOOP_NONE && n->start_quantity == 1 && !n->set_count);
        for (size_t k = 0; throws && k < n->events.n; k++)
            thrown_add(c, (int)i, &m->events[n->events.p[k]]);
        if (n->kind == NODE_SEND && n->message.n)
            thrown_add(c, (int)i, &(struct event){.kind = EVENT_MESSAGE, .name = n->message});
    }
}

/* ---- what never ends --------------------------------------------------------------------------------------------- */

/* Something it makes surely comes there again; a join only where nobody from elsewhere is waited for. */
static bool stays_now(const struct cycles *c, int node)
{
    const struct bpmn *m = c->m;
    const struct node *n = &m->nodes[node];
    bool joins = (n->kind == NODE_AND || n->kind == NODE_OR) && n->in.n > 1, all = n->kind == NODE_XOR && c->arcs[node].n > 0;
    for (size_t i = 0; i < n->in.n && joins; i++)
        if (!c->stays[m->edges[n->in.p[i]].source])
            return false;
    for (size_t i = 0; i < c->arcs[node].n; i++) {
        const struct arc *a = &c->arcs[node].p[i];
        if (a->sure && c->stays[a->to])
            return true;
        all &= c->stays[a->to];
    }
    return all;
}

static void stays_find(struct cycles *c)
{
    const struct bpmn *m = c->m;
    for (size_t i = 0; i < m->node_count; i++)
        c->stays[i] = m->nodes[i].up >= 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = m->node_count; i-- > 0;)
            if (c->stays[i] && !stays_now(c, (int)i)) {
                c->stays[i] = false;
                changed = true;
            }
    }
}

/* ---- cycles ------------------------------------------------------------------------------------------------------ */

struct finder {
    int *index, *low, *stack, *path;
    size_t *next; /* the arc to go on with */
    int count, on_stack, depth;
    bool *open;
};

static void component_close(struct cycles *c, struct finder *f, int node)
{
    int size = 0, member;
    do {
        member = f->stack[--f->on_stack];
        f->open[member] = false;
        c->component[member] = node;
        size++;
    } while (member != node);
    bool itself = false;
    for (size_t i = 0; i < c->arcs[node].n; i++)
        itself |= c->arcs[node].p[i].to == node;
    if (size == 1 && !itself)
        c->component[node] = -1;
}

static void enter(struct finder *f, int node)
{
    f->index[node] = f->low[node] = ++f->count;
    f->stack[f->on_stack++] = f->path[f->depth++] = node;
    f->open[node] = true;
}

/* Strongly connected components, by Tarjan, without recursion: a hostile model is one long chain. */
static void components_from(struct cycles *c, struct finder *f, int root, bool certain)
{
    enter(f, root);
    while (f->depth > 0) {
        int node = f->path[f->depth - 1];
        if (f->next[node] == c->arcs[node].n) {
            f->depth--;
            if (f->low[node] == f->index[node])
                component_close(c, f, node);
            if (f->depth > 0 && f->low[node] < f->low[f->path[f->depth - 1]])
                f->low[f->path[f->depth - 1]] = f->low[node];
            continue;
        }
        int to = c->arcs[node].p[f->next[node]++].to;
        if (certain && !c->stays[to])
            continue;
        if (!f->index[to])
            enter(f, to);
        else if (f->open[to] && f->index[to] < f->low[node])
            f->low[node] = f->index[to];
    }
}

static void components_find(struct cycles *c, bool certain)
{
    struct op *op = c->m->op;
    size_t n = c->m->node_count + 1;
    struct finder f = {.index = op_array(op, int, n), .low = op_array(op, int, n), .stack = op_array(op, int, n),
                       .path = op_array(op, int, n), .next = op_array(op, size_t, n), .open = op_array(op, bool, n)};
    for (size_t i = 0; i < c->m->node_count; i++)
        c->component[i] = -1;
    for (size_t i = 0; i < c->m->node_count; i++)
        if (!f.index[i] && (!certain || c->stays[i]))
            components_from(c, &f, (int)i, certain);
}

/* 甲 → 乙 → 甲: from its first element by arcs of the cycle until one comes again. */
static str cycle_text(const struct cycles *c, int first)
{
    struct op *op = c->m->op;
    struct {
        str *p;
        size_t n, cap;
    } names = {0};
    int *at = op_array(op, int, c->m->node_count + 1), node = first;
    while (!at[node]) {
        *list_add(op, &names) = bpmn_node_name(c->m, node);
        at[node] = (int)names.n;
        for (size_t i = 0; i < c->arcs[node].n; i++)
            if (c->component[c->arcs[node].p[i].to] == c->component[first]) {
                node = c->arcs[node].p[i].to;
                break;
            }
    }
    *list_add(op, &names) = bpmn_node_name(c->m, node);
    size_t from = (size_t)at[node] - 1;
    if (names.n - from > NAMES_TOLD)
        from = names.n - NAMES_TOLD;
    return op_join(op, names.p + from, names.n - from, S(" → "));
}

/* ---- once round is for ever -------------------------------------------------------------------------------------- */

/* Nothing else in the model can move while a token goes round. */
static bool alone(const struct bpmn *m)
{
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        bool splits = n->out.n > 1 && n->kind != NODE_XOR && n->kind != NODE_GATE;
        bool beside = n->event_subs.n > 0 || (n->kind == NODE_BOUNDARY && !n->interrupting) || n->entries.n > 1;
        if (splits || beside || n->loop.kind == LOOP_PARALLEL || n->completion_quantity > 1)
            return false;
    }
    return true;
}

static bool speaks_of(const struct bpmn *m, const struct node *n, str name)
{
    bool found = false;
    size_t at;
    for (size_t i = 0; i < n->out.n && name.n; i++) {
        const struct feel *t = m->edges[n->out.p[i]].condition;
        found |= t && str_find(feel_source(t), name, &at);
    }
    for (size_t i = 0; i < n->events.n && name.n; i++) {
        const struct feel *t = n->kind == NODE_CATCH ? m->events[n->events.p[i]].expr : NULL;
        found |= t && str_find(feel_source(t), name, &at);
    }
    return found;
}

/* What it changes is known, and nobody who decides in this cycle asks for it. */
static bool changes_nothing(const struct cycles *c, int node)
{
    const struct bpmn *m = c->m;
    const struct node *n = &m->nodes[node];
    bool scripted = (n->kind == NODE_SCRIPT || n->kind == NODE_SERVICE) && n->script;
    bool opens = node_is_container(n->kind) || n->kind == NODE_CALL || n->kind == NODE_RULE || n->loop.kind != LOOP_NONE;
    bool of_record = xtree_attr(m->nodes[n->up].xml, "ledger").n && n->name.n && n->kind != NODE_XOR; /* may be a state of it */
    if (opens || of_record || (scripted && !n->result.n))
        return false;
    for (size_t i = 0; i < m->node_count; i++) {
        if (c->component[i] != c->component[node])
            continue;
        if (scripted && speaks_of(m, &m->nodes[i], n->result))
            return false;
        for (size_t k = 0; k < n->output_count; k++)
            if (speaks_of(m, &m->nodes[i], n->outputs[k].to))
                return false;
    }
    return true;
}

/* Its way out is an exclusive choice, and all of it is drawn in one place. */
static bool once_round(const struct cycles *c, int first)
{
    const struct bpmn *m = c->m;
    bool chooses = false, asks = true;
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        if (c->component[i] != c->component[first])
            continue;
        bool joins = n->in.n > 1 && (n->kind == NODE_AND || n->kind == NODE_OR);
        bool starts = n->kind == NODE_START || n->kind == NODE_BOUNDARY || n->kind == NODE_END;
        if (c->stays[i] || joins || starts || n->up != m->nodes[first].up || !changes_nothing(c, (int)i))
            return false;
        chooses |= n->kind == NODE_XOR && n->out.n > 1;
        for (size_t k = 0; k < n->out.n && n->kind == NODE_XOR && n->out.n > 1; k++)
            asks &= m->edges[n->out.p[k]].condition || n->out.p[k] == n->standard; /* else it is a sketch */
        if (n->kind == NODE_CATCH && m->events[n->events.p[0]].kind == EVENT_TIMER)
            return false;
    }
    return chooses && asks;
}

/* A standard loop of which nothing waits and that only its condition ends: true says it all. */
static void loops_check(struct cycles *c)
{
    struct bpmn *m = c->m;
    for (size_t i = 0; i < m->node_count; i++) {
        const struct loop *l = &m->nodes[i].loop;
        if (l->kind == LOOP_STANDARD && !l->maximum && l->condition && m->nodes[i].boundaries.n == 0 && passes(c, (int)i) &&
            ends_plainly(c, (int)i) &&
            str_eq(str_trim(feel_source(l->condition)), S("true")))
            bpmn_find(m, BPMN_STRUCTURE, m->nodes[i].xml, "endless cycle", "条件永远成立，又没有最多次数，里面也不等人：走到这里就停不下来");
    }
}

/* What throws comes last in a command: only a cycle that throws itself lets an end elsewhere take it along. */
static bool may_be_ended(const struct cycles *c, int first)
{
    const struct bpmn *m = c->m;
    bool throws = false, ends = false;
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        bool inside = c->component[i] == c->component[first];
        throws |= inside && n->throws;
        for (size_t k = 0; k < n->events.n && n->kind == NODE_END && !inside; k++) {
            enum event_kind kind = m->events[n->events.p[k]].kind;
            ends |= kind == EVENT_TERMINATE || kind == EVENT_ERROR || kind == EVENT_CANCEL;
        }
    }
    return throws && ends;
}

void bpmn_cycles_check(struct bpmn *m, const struct net_exit *exits)
{
    size_t count = m->node_count + 1;
    struct cycles c = {.m = m, .exits = exits, .arcs = op_array(m->op, struct arcs, count), .passing = op_array(m->op, uint8_t, count),
                       .stays = op_array(m->op, bool, count), .component = op_array(m->op, int, count)};
    bool *told = op_array(m->op, bool, count), single = alone(m);
    arcs_fill(&c);
    stays_find(&c);
    loops_check(&c);
    for (int certain = 1; certain >= 0; certain--) {
        components_find(&c, certain);
        for (size_t i = 0; i < m->node_count; i++)
            if (certain && c.component[i] >= 0 && !told[c.component[i]]) {
                told[c.component[i]] = true;
                if (!single && may_be_ended(&c, (int)i))
                    continue;
                bpmn_find(m, BPMN_STRUCTURE, m->nodes[i].xml, "endless cycle", "这一圈不等人，也没有出口，走到这里就停不下来：%.*s",
                          PS(cycle_text(&c, (int)i)));
            }
        for (size_t i = 0; i < m->node_count && !certain; i++) {
            if (c.component[i] < 0 || told[c.component[i]])
                continue;
            told[c.component[i]] = true;
            if (single && once_round(&c, (int)i))
                bpmn_find(m, BPMN_HINT, m->nodes[i].xml, "endless cycle",
                          "这一圈不等人，走不走出去看的数据圈里没有一步会改，走了一圈就停不下来：%.*s", PS(cycle_text(&c, (int)i)));
        }
        memset(told, 0, count * sizeof *told);
    }
}
