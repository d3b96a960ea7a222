#include "bpmn/net.h"

enum { SUBSETS_OF = 8, PLACE_MAX = 2, MEMORY_MAX = 64 << 20 };

struct search {
    struct op *op;
    const struct net *net;
    uint8_t *markings;     /* rows of net->places bytes */
    int32_t *parent, *by;  /* row it came from, node that moved */
    uint32_t *slots;
    size_t count, limit, slot_count;
    struct {
        int32_t *p;
        size_t n, cap;
    } arcs;                /* pairs from, to: for the way back from the end */
    int32_t current;
    bool full, moved, partial; /* partial: not every choice was tried */
    struct net_result *result;
    uint8_t *next;
    const uint8_t *goal;
    const int *onward;     /* NULL: every flow for itself */
};

void net_make(struct op *op, const struct bpmn *m, const struct net_exit *exits, int container, struct net *ret)
{
    struct ints edges = {0}, nodes = {0};
    *ret = (struct net){.model = m, .container = container, .exits = exits};
    ret->local_edge = op_array(op, int, m->edge_count + 1);
    ret->local_node = op_array(op, int, m->node_count + 1);
    for (size_t i = 0; i < m->edge_count; i++) {
        bool here = m->nodes[m->edges[i].source].up == container && m->nodes[m->edges[i].target].up == container;
        ret->local_edge[i] = here ? (int)edges.n : -1;
        if (here)
            *list_add(op, &edges) = (int)i;
    }
    for (size_t i = 0; i < m->node_count; i++) {
        bool here = m->nodes[i].up == container;
        ret->local_node[i] = here ? (int)nodes.n : -1;
        if (here)
            *list_add(op, &nodes) = (int)i;
        ret->counts |= here && (m->nodes[i].kind == NODE_COMPLEX || m->nodes[i].start_quantity > 1 ||
                                m->nodes[i].completion_quantity > 1);
    }
    ret->edges = edges.p;
    ret->nodes = nodes.p;
    ret->edge_count = edges.n;
    ret->node_count = nodes.n;
    ret->places = edges.n + nodes.n;
    ret->undecidable = ret->counts || m->nodes[container].kind == NODE_ADHOC;
}

/* ---- flows that come to the same --------------------------------------------------------------------------- */

static int last_of(const int *onward, int edge)
{
    while (onward[edge] != edge)
        edge = onward[edge];
    return edge;
}

/* Where a token on this flow can go on alone, and only there: the next node needs no other and gives it one way, or ways
 * that all come to the same. -1: there it waits for another, or there is something to choose. */
static int only_way(const struct net *n, const int *onward, int edge)
{
    const struct bpmn *m = n->model;
    const struct node *t = &m->nodes[m->edges[edge].target];
    bool joins = (t->kind == NODE_AND || t->kind == NODE_OR || t->kind == NODE_COMPLEX) && t->in.n > 1;
    bool chooses = t->kind == NODE_XOR || t->kind == NODE_GATE;
    int way = -1, inside = net_inside(m, m->edges[edge].target);
    bool plain = inside < 0 || (n->exits[inside].normal && !n->exits[inside].errors.n && !n->exits[inside].cancelled);
    if (!plain || joins || t->kind == NODE_END || t->boundaries.n || (t->out.n > 1 && !chooses))
        return -1;
    for (size_t i = 0; i < t->out.n; i++) {
        int out = last_of(onward, t->out.p[i]);
        if (n->local_edge[out] < 0)
            return -1;
        if (m->edges[out].target == m->edges[edge].target) /* round a loop: as if it had stayed */
            continue;
        if (way >= 0 && way != out)
            return -1;
        way = out;
    }
    return way;
}

/* Most steps only hand a token on. Whether they have done so yet changes nothing about what can wait for ever or come
 * twice, so a token is thought of as being where it waits for another or where there is something to choose: branches of
 * five tasks each beside each other then have no more markings than branches of one. */
static int *onward_find(struct op *op, const struct net *n)
{
    int *onward = op_array(op, int, n->model->edge_count + 1);
    for (size_t i = 0; i < n->model->edge_count; i++)
        onward[i] = (int)i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n->edge_count; i++) {
            int edge = n->edges[i], to = onward[edge] == edge ? only_way(n, onward, edge) : -1;
            if (to >= 0) {
                onward[edge] = to;
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < n->edge_count; i++)
        onward[n->edges[i]] = last_of(onward, n->edges[i]);
    return onward;
}

uint8_t *net_marking(struct op *op, const struct net *n)
{
    return op_array(op, uint8_t, n->places + 1);
}

void net_put(const struct net *n, uint8_t *marking, int32_t place)
{
    bool edge = place < (int32_t)n->model->edge_count;
    int local = edge ? n->local_edge[place] : n->local_node[place - (int32_t)n->model->edge_count];
    if (local >= 0 && marking[edge ? (size_t)local : n->edge_count + (size_t)local] < 255)
        marking[edge ? (size_t)local : n->edge_count + (size_t)local]++;
}

/* Markings are long and mostly empty: eight places at a time. */
static uint64_t marking_hash(const uint8_t *marking, size_t places)
{
    uint64_t h = 1469598103934665603u, word;
    for (size_t i = 0; i < places; i += sizeof word) {
        word = 0;
        memcpy(&word, marking + i, places - i < sizeof word ? places - i : sizeof word);
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 32;
    }
    return h ^ (h >> 29);
}

/* ---- the set of markings ----------------------------------------------------------------------------------- */

static int32_t keep(struct search *s, const uint8_t *marking, int32_t by)
{
    size_t places = s->net->places;
    uint64_t h = marking_hash(marking, places);
    for (size_t i = h & (s->slot_count - 1);; i = (i + 1) & (s->slot_count - 1)) {
        if (s->slots[i] == 0) {
            if (s->count == s->limit) {
                s->full = true;
                return -1;
            }
            memcpy(s->markings + s->count * places, marking, places);
            s->parent[s->count] = s->current;
            s->by[s->count] = by;
            s->slots[i] = (uint32_t)++s->count;
            s->result->found |= s->goal && memcmp(marking, s->goal, places) == 0;
            return (int32_t)s->count - 1;
        }
        if (memcmp(s->markings + (s->slots[i] - 1) * places, marking, places) == 0)
            return (int32_t)s->slots[i] - 1;
    }
}

static str trace_of(struct search *s, int32_t row)
{
    struct {
        str *p;
        size_t n, cap;
    } names = {0};
    for (int32_t r = row, after = -1; r >= 0 && s->by[r] >= 0 && names.n < 60; after = s->by[r], r = s->parent[r])
        if (s->by[r] != after) /* in and out again: named once */
            *list_add(s->op, &names) = bpmn_node_name(s->net->model, s->by[r]);
    for (size_t i = 0; i < names.n / 2; i++) {
        str swap = names.p[i];
        names.p[i] = names.p[names.n - 1 - i];
        names.p[names.n - 1 - i] = swap;
    }
    return op_join(s->op, names.p, names.n, S(" → "));
}

static void trouble(struct search *s, enum net_trouble what, int at, int32_t row)
{
    if (s->result->trouble != NET_FINE)
        return;
    s->result->trouble = what;
    s->result->at = at;
    s->result->trace = trace_of(s, row);
}

/* A marking has been made in s->next by `by`. */
static void arrive(struct search *s, int by)
{
    s->moved = true;
    size_t before = s->count;
    int32_t row = keep(s, s->next, by);
    if (row < 0)
        return;
    *list_add(s->op, &s->arcs) = s->current;
    *list_add(s->op, &s->arcs) = row;
    for (size_t i = 0; i < s->net->edge_count && s->count > before; i++) /* once for each marking */
        if (s->next[i] >= PLACE_MAX)
            trouble(s, NET_TWICE, s->net->edges[i], row);
    for (size_t i = 0; i < s->net->node_count && s->count > before; i++)
        if (s->next[s->net->edge_count + i] >= PLACE_MAX && s->net->model->nodes[s->net->nodes[i]].in.n)
            trouble(s, NET_TWICE, s->net->model->nodes[s->net->nodes[i]].in.p[0], row);
}

/* ---- moves ------------------------------------------------------------------------------------------------- */

static void put_out(struct search *s, int edge)
{
    int local = s->net->local_edge[s->onward ? s->onward[edge] : edge];
    if (local >= 0 && s->next[local] < 255)
        s->next[local]++;
}

/* The flows whose condition is open are `open`; those without one are taken too, and the default where nothing decides otherwise. */
static bool ways_fill(struct search *s, const struct node *n, const struct ints *asking, unsigned open)
{
    const struct bpmn *m = s->net->model;
    size_t taken = 0;
    for (size_t i = 0; i < asking->n; i++)
        if (open >> i & 1) {
            put_out(s, asking->p[i]);
            taken++;
        }
    bool some = taken > 0;
    for (size_t i = 0; i < n->out.n; i++)
        if (!m->edges[n->out.p[i]].condition && n->out.p[i] != n->standard) {
            put_out(s, n->out.p[i]);
            taken++;
        }
    if (n->standard >= 0 && !(node_is_activity(n->kind) ? some : taken > 0)) {
        put_out(s, n->standard);
        taken++;
    }
    return taken > 0;
}

/* Leaves in every way that conditions may choose: base in s->next already has the input taken. */
static void leave(struct search *s, int node, const struct node *n)
{
    const struct bpmn *m = s->net->model;
    size_t places = s->net->places;
    bool chooses = n->kind == NODE_OR || n->kind == NODE_COMPLEX || node_is_activity(n->kind);
    struct ints asking = {0};
    uint8_t *before = op_alloc(s->op, places + 1);
    memcpy(before, s->next, places);
    for (size_t i = 0; i < n->out.n; i++)
        if (!chooses)
            put_out(s, n->out.p[i]);
        else if (m->edges[n->out.p[i]].condition && n->out.p[i] != n->standard)
            *list_add(s->op, &asking) = n->out.p[i];
    if (!chooses || n->out.n == 0) {
        arrive(s, node);
        return;
    }
    size_t ways = asking.n < 31 ? asking.n : 31;
    bool small = asking.n <= SUBSETS_OF;
    s->partial |= !small; /* none, each alone and all of them */
    for (unsigned k = 0; k < (small ? 1u << ways : (unsigned)ways + 2); k++) {
        memcpy(s->next, before, places);
        if (ways_fill(s, n, &asking, small ? k : k == 0 ? 0 : k > ways ? (1u << ways) - 1 : 1u << (k - 1)))
            arrive(s, node);
    }
}

static bool ends_all(const struct bpmn *m, const struct node *n)
{
    for (size_t i = 0; i < n->events.n; i++) {
        enum event_kind k = m->events[n->events.p[i]].kind;
        if (k == EVENT_TERMINATE || k == EVENT_ERROR || k == EVENT_CANCEL)
            return true;
    }
    return false;
}

static void outs_put(struct search *s, int node)
{
    for (size_t i = 0; i < s->net->model->nodes[node].out.n; i++)
        put_out(s, s->net->model->nodes[node].out.p[i]);
}

/* Every way out of an activity beside which `taken` is left: as drawn, interrupted, or by what happens inside. */
static void activity_leave(struct search *s, int node, const struct node *n, const uint8_t *taken)
{
    const struct net *net = s->net;
    int inside = net_inside(net->model, node);
    memcpy(s->next, taken, net->places);
    if (inside < 0 || net->exits[inside].normal)
        leave(s, node, n);
    for (size_t i = 0; i < n->boundaries.n; i++) {
        int b = n->boundaries.p[i];
        if (!net->model->nodes[b].interrupting || !net_event_comes(net->model, net->exits, b))
            continue;
        memcpy(s->next, taken, net->places);
        outs_put(s, b);
        arrive(s, b);
    }
    memcpy(s->next, taken, net->places);
    if (net_vanishes(net->model, net->exits, node))
        arrive(s, node);
    memset(s->next, 0, net->places);
    if (net_breaks(net->model, net->exits, node))
        arrive(s, node);
}

/* What comes beside it without ending it: each once or not at all, while it is under way. What a repeated activity tells of its
 * repetitions interrupts nothing either. */
static bool comes_beside(const struct net *net, const struct node *n, int boundary)
{
    bool tells = n->loop.event >= 0 || n->loop.complex_count > 0;
    return (!net->model->nodes[boundary].interrupting || tells) && net_event_comes(net->model, net->exits, boundary);
}

static uint8_t *place_in(const struct net *net, uint8_t *marking, int node)
{
    return marking + net->edge_count + net->local_node[node];
}

/* It is under way: what may come beside it is still to come. False: nothing may. */
static bool activity_waits(const struct net *net, int node, uint8_t *marking)
{
    const struct node *n = &net->model->nodes[node];
    bool some = false;
    for (size_t i = 0; i < n->boundaries.n; i++)
        if (comes_beside(net, n, n->boundaries.p[i])) {
            *place_in(net, marking, n->boundaries.p[i]) = 1;
            some = true;
        }
    return some;
}

static void activity_moves(struct search *s, int node, const struct node *n, bool enters)
{
    const struct net *net = s->net;
    uint8_t *base = op_alloc(s->op, net->places + 1);
    if (enters && activity_waits(net, node, s->next)) {
        ++*place_in(net, s->next, node);
        arrive(s, node);
        return;
    }
    for (size_t i = 0; i < n->boundaries.n; i++)
        *place_in(net, s->next, n->boundaries.p[i]) = 0;
    memcpy(base, s->next, net->places);
    activity_leave(s, node, n, base);
}

static void single(struct search *s, int node, const struct node *n, bool enters)
{
    const struct bpmn *m = s->net->model;
    if (n->kind == NODE_XOR || n->kind == NODE_GATE) {
        size_t places = s->net->places;
        uint8_t *taken = op_alloc(s->op, places + 1);
        memcpy(taken, s->next, places);
        for (size_t i = 0; i < n->out.n; i++) {
            memcpy(s->next, taken, places);
            put_out(s, n->out.p[i]);
            arrive(s, node);
        }
        if (n->out.n == 0)
            arrive(s, node);
    } else if (n->kind == NODE_END && ends_all(m, n)) {
        memset(s->next, 0, s->net->places);
        arrive(s, node);
    } else if (node_is_activity(n->kind)) {
        activity_moves(s, node, n, enters);
    } else {
        leave(s, node, n);
    }
}

static void seen_back(const struct net *net, int edge, int join, bool events, uint8_t *seen, int32_t *todo)
{
    const struct bpmn *m = net->model;
    size_t n = 0;
    todo[n++] = edge;
    seen[net->local_edge[edge]] = 1;
    while (n > 0) {
        int from = m->edges[todo[--n]].source;
        const struct node *s = &m->nodes[from];
        if (from == join)
            continue;
        seen[net->edge_count + (size_t)net->local_node[from]] = 1;
        const struct node *sources[2] = {s, events && s->attached >= 0 ? &m->nodes[s->attached] : NULL};
        if (events && s->attached >= 0 && net->local_node[s->attached] >= 0)
            seen[net->edge_count + (size_t)net->local_node[s->attached]] = 1;
        for (int k = 0; k < 2 && sources[k]; k++)
            for (size_t i = 0; i < sources[k]->in.n; i++) {
                int local = net->local_edge[sources[k]->in.p[i]];
                if (local >= 0 && !seen[local]) {
                    seen[local] = 1;
                    todo[n++] = sources[k]->in.p[i];
                }
            }
    }
}

/* What is still to come at the edge of an activity is no token: that is in the activity. */
static bool is_edge_of(const struct net *net, size_t place)
{
    return place >= net->edge_count && net->model->nodes[net->nodes[place - net->edge_count]].kind == NODE_BOUNDARY;
}

/* May an inclusive join go: nothing can still reach an empty way in, or it could as well reach a full one. */
static bool or_ready(struct search *s, int node, const struct node *n, const uint8_t *marking)
{
    const struct net *net = s->net;
    uint8_t *full = op_array(s->op, uint8_t, net->places + 1), *empty = op_array(s->op, uint8_t, net->places + 1);
    int32_t *todo = op_array(s->op, int32_t, net->model->edge_count + 1);
    for (size_t i = 0; i < n->in.n; i++)
        if (net->local_edge[n->in.p[i]] >= 0)
            seen_back(net, n->in.p[i], node, !marking[net->local_edge[n->in.p[i]]],
                      marking[net->local_edge[n->in.p[i]]] ? full : empty, todo);
    for (size_t i = 0; i < net->places; i++)
        if (marking[i] && empty[i] && !full[i] && i != net->edge_count + (size_t)net->local_node[node] && !is_edge_of(net, i))
            return false;
    return true;
}

static void joins(struct search *s, int node, const struct node *n, const uint8_t *marking)
{
    const struct net *net = s->net;
    size_t full = 0;
    for (size_t i = 0; i < n->in.n; i++)
        full += net->local_edge[n->in.p[i]] >= 0 && marking[net->local_edge[n->in.p[i]]] > 0;
    if (full == 0 || (n->kind == NODE_AND ? full < n->in.n : !or_ready(s, node, n, marking)))
        return;
    memcpy(s->next, marking, net->places);
    for (size_t i = 0; i < n->in.n; i++)
        if (net->local_edge[n->in.p[i]] >= 0 && s->next[net->local_edge[n->in.p[i]]] > 0)
            s->next[net->local_edge[n->in.p[i]]]--;
    leave(s, node, n);
}

static void moves(struct search *s, int local)
{
    const struct net *net = s->net;
    int node = net->nodes[local];
    const struct node *n = &net->model->nodes[node];
    const uint8_t *marking = s->markings + (size_t)s->current * net->places;
    size_t place = net->edge_count + (size_t)local;
    if (marking[place]) {
        memcpy(s->next, marking, net->places);
        s->next[place]--;
        single(s, node, n, false);
    }
    if ((n->kind == NODE_AND || n->kind == NODE_OR) && n->in.n > 1) {
        joins(s, node, n, marking);
        return;
    }
    for (size_t i = 0; i < n->in.n; i++) {
        int edge = net->local_edge[n->in.p[i]];
        marking = s->markings + (size_t)s->current * net->places;
        if (edge < 0 || !marking[edge])
            continue;
        memcpy(s->next, marking, net->places);
        s->next[edge]--;
        single(s, node, n, true);
    }
}

static bool empty(const uint8_t *marking, size_t places)
{
    for (size_t i = 0; i < places; i++)
        if (marking[i])
            return false;
    return true;
}

static int waits_for_ever(const struct search *s, const uint8_t *marking)
{
    for (size_t i = 0; i < s->net->edge_count; i++)
        if (marking[i])
            return s->net->model->edges[s->net->edges[i]].target;
    return -1;
}

/* From which markings can the end still be reached? One that cannot is a trap. */
static void endings(struct search *s)
{
    uint8_t *good = op_array(s->op, uint8_t, s->count + 1);
    size_t ends = 0;
    for (size_t i = 0; i < s->count; i++)
        ends += good[i] = empty(s->markings + i * s->net->places, s->net->places);
    bool changed = ends > 0;
    while (changed) {
        changed = false;
        for (size_t i = s->arcs.n; i >= 2; i -= 2)
            if (good[s->arcs.p[i - 1]] && !good[s->arcs.p[i - 2]])
                good[s->arcs.p[i - 2]] = changed = true;
    }
    for (size_t i = 0; i < s->count; i++)
        if (!good[i]) {
            trouble(s, NET_ENDLESS, waits_for_ever(s, s->markings + i * s->net->places), (int32_t)i);
            return;
        }
}

/* Nodes that a token stands before or in: only they can move. */
static void near_tokens(const struct net *n, const uint8_t *marking, uint8_t *near)
{
    memset(near, 0, n->node_count);
    for (size_t i = 0; i < n->places; i++) {
        uint64_t word = 0;
        if (i % sizeof word == 0) {
            memcpy(&word, marking + i, n->places - i < sizeof word ? n->places - i : sizeof word);
            if (!word) {
                i += sizeof word - 1;
                continue;
            }
        }
        int node = !marking[i]          ? -1
                   : i < n->edge_count ? n->local_node[n->model->edges[n->edges[i]].target]
                                       : (int)(i - n->edge_count);
        if (node >= 0)
            near[node] = 1;
    }
}

/* The marking to begin with; its tokens moved on where they can only go one way. */
static void begin(struct search *s, const uint8_t *from)
{
    const struct net *n = s->net;
    memcpy(s->next, from, n->places);
    if (s->onward)
        memset(s->next, 0, n->edge_count);
    for (size_t i = 0; i < n->node_count; i++)
        if (from[n->edge_count + i] && node_is_activity(n->model->nodes[n->nodes[i]].kind))
            (void)activity_waits(n, n->nodes[i], s->next);
    for (size_t i = 0; i < n->edge_count && s->onward; i++)
        for (uint8_t k = 0; k < from[i]; k++)
            put_out(s, n->edges[i]);
    keep(s, s->next, -1);
    for (size_t i = 0; i < n->edge_count && s->onward; i++)
        if (s->next[i] >= PLACE_MAX)
            trouble(s, NET_TWICE, n->edges[i], 0);
}

static void search_up_to(struct op *op, const struct net *n, const uint8_t *from, const uint8_t *goal, size_t limit,
                         bool onward, struct net_result *ret)
{
    struct mark mark = op_mark(op);
    struct search s = {.op = op, .net = n, .result = ret, .limit = limit, .current = -1, .goal = goal};
    *ret = (struct net_result){.at = -1};
    if (n->places * s.limit > MEMORY_MAX)
        s.limit = MEMORY_MAX / (n->places + 1) + 1;
    for (s.slot_count = 1; s.slot_count <= s.limit * 2;)
        s.slot_count *= 2;
    s.markings = op_alloc(op, op_size(s.limit, n->places + 1));
    s.parent = op_array(op, int32_t, s.limit);
    s.by = op_array(op, int32_t, s.limit);
    s.slots = op_array(op, uint32_t, s.slot_count);
    s.next = op_alloc(op, n->places + 1);
    uint8_t *near = op_alloc(op, n->node_count + sizeof(uint64_t));
    s.onward = onward ? onward_find(op, n) : NULL;
    begin(&s, from);
    for (size_t row = 0; row < s.count && !s.full && ret->trouble == NET_FINE && !ret->found; row++) {
        s.current = (int32_t)row;
        s.moved = false;
        near_tokens(n, s.markings + row * n->places, near);
        for (size_t i = 0; i < n->node_count && ret->trouble == NET_FINE; i++) {
            uint64_t word = 1;
            if (i % sizeof word == 0) /* mostly none is: eight at a time */
                memcpy(&word, near + i, sizeof word);
            if (!word)
                i += sizeof word - 1;
            if (!word || !near[i])
                continue;
            struct mark step = op_mark(op);
            size_t arcs = s.arcs.cap;
            moves(&s, (int)i);
            if (s.arcs.cap == arcs &&
                ret->trouble == NET_FINE) /* the list of arcs did not move into the memory given back */
                op_reset(op, step);
        }
        const uint8_t *marking = s.markings + row * n->places;
        if (!s.moved && !empty(marking, n->places))
            trouble(&s, NET_DEADLOCK, waits_for_ever(&s, marking), (int32_t)row);
    }
    ret->complete = !s.full && !s.partial;
    ret->markings = (int)s.count;
    if (ret->complete && ret->trouble == NET_FINE && !goal)
        endings(&s);
    str trace = ret->trace;
    char kept[2000];
    size_t length = trace.n < sizeof kept ? trace.n : 0;
    memcpy(kept, trace.p ? trace.p : "", length);
    op_reset(op, mark);
    ret->trace = op_copy(op, (str){kept, length});
}

/* Most processes have under a hundred markings: room for all that is allowed is made only when it is needed. */
static void search_all(struct op *op, const struct net *n, const uint8_t *from, const uint8_t *goal, bool onward,
                       struct net_result *ret)
{
    search_up_to(op, n, from, goal, 500, onward, ret);
    if (!ret->complete && ret->trouble == NET_FINE && !ret->found)
        search_up_to(op, n, from, goal, BPMN_MARKINGS_MAX, onward, ret);
}

void net_search(struct op *op, const struct net *n, const uint8_t *from, const uint8_t *goal, struct net_result *ret)
{
    if (goal) {
        search_all(op, n, from, goal, false, ret);
        return;
    }
    search_all(op, n, from, NULL, true, ret);
    if (ret->trouble == NET_FINE)
        return;
    struct net_result whole; /* with every step on the way there, where that can be found */
    search_all(op, n, from, NULL, false, &whole);
    if (whole.trouble != NET_FINE)
        *ret = whole;
}
