/* What can be said of a model's shape without running it: nodes out of reach, ways that lead nowhere, joins that wait
 * for ever, branches that meet without being joined, cycles that never wait (cycle.c). */
#include "bpmn/net.h"

static void mark_from(const struct bpmn *m, int node, bool forward, uint8_t *seen, int *todo)
{
    size_t n = 0;
    if (seen[node])
        return;
    todo[n++] = node;
    seen[node] = 1;
    while (n > 0) {
        const struct node *at = &m->nodes[todo[--n]];
        const struct ints *ways = forward ? &at->out : &at->in;
        for (size_t i = 0; i < ways->n; i++) {
            int to = forward ? m->edges[ways->p[i]].target : m->edges[ways->p[i]].source;
            if (!seen[to]) {
                seen[to] = 1;
                todo[n++] = to;
            }
        }
        for (size_t i = 0; forward && i < at->boundaries.n; i++)
            if (!seen[at->boundaries.p[i]]) {
                seen[at->boundaries.p[i]] = 1;
                todo[n++] = at->boundaries.p[i];
            }
        if (!forward && at->attached >= 0 && !seen[at->attached]) {
            seen[at->attached] = 1;
            todo[n++] = at->attached;
        }
    }
}

static void reachable_check(struct bpmn *m)
{
    uint8_t *from = op_array(m->op, uint8_t, m->node_count + 1), *to = op_array(m->op, uint8_t, m->node_count + 1);
    int *todo = op_array(m->op, int, m->node_count + 1);
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        for (size_t k = 0; k < n->entries.n; k++)
            mark_from(m, n->entries.p[k], true, from, todo);
        if (n->kind == NODE_START || n->instantiate || n->for_compensation)
            mark_from(m, (int)i, true, from, todo);
        if (n->out.n == 0)
            mark_from(m, (int)i, false, to, todo);
    }
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        if (n->up < 0 || n->kind == NODE_EVENT_SUB || n->for_compensation || m->nodes[n->up].kind == NODE_ADHOC)
            continue;
        if (!from[i])
            bpmn_find(m, BPMN_STRUCTURE, n->xml, "unreachable", "从开始走不到这里");
        else if (!to[i])
            bpmn_find(m, BPMN_STRUCTURE, n->xml, "dead end", "走到这里就转圈，到不了结束");
    }
}

static void start_marking(const struct net *n, uint8_t *marking, const struct node *container, int only)
{
    for (size_t i = 0; only < 0 && i < container->entries.n; i++)
        net_put(n, marking, (int32_t)n->model->edge_count + container->entries.p[i]);
    if (only >= 0)
        net_put(n, marking, (int32_t)n->model->edge_count + only);
}

static void search_report(struct bpmn *m, const struct node *container, const struct net_result *r)
{
    const struct xtree *at = container->xml;
    if (r->at >= 0)
        at = r->trouble == NET_TWICE ? m->edges[r->at].xml : m->nodes[r->at].xml;
    switch (r->trouble) {
    case NET_DEADLOCK:
        bpmn_find(m, BPMN_STRUCTURE, at, "deadlock", "这里会一直等下去：%.*s", PS(r->trace));
        return;
    case NET_TWICE:
        bpmn_find(m, BPMN_STRUCTURE, at, "lack of synchronisation", "并行的分支没有汇合，这条路会走两遍：%.*s", PS(r->trace));
        return;
    case NET_ENDLESS:
        bpmn_find(m, BPMN_STRUCTURE, at, "no end", "走到这里就再也结束不了：%.*s", PS(r->trace));
        return;
    case NET_FINE:
        return;
    }
}

/* Searched from there; true: nothing more is to be said of the container. start -1: all its entries at once. */
static bool start_check(struct bpmn *m, const struct net *net, const struct node *c, int start, bool *whole)
{
    struct net_result r = {0};
    uint8_t *marking = net_marking(m->op, net);
    start_marking(net, marking, c, start);
    net_search(m->op, net, marking, NULL, &r);
    *whole &= r.complete;
    if (r.trouble != NET_FINE)
        search_report(m, c, &r);
    return r.trouble != NET_FINE;
}

static bool several_wait(const struct node *n) /* it begins with the first of several, and the others are waited for */
{
    return n->kind == NODE_GATE && n->parallel_multiple;
}

static void container_check(struct bpmn *m, const struct net_exit *exits, int number)
{
    const struct node *c = &m->nodes[number];
    struct net net;
    net_make(m->op, m, exits, number, &net);
    bool whole = !net.counts, in_turn = c->kind == NODE_ADHOC && c->sequential;
    for (size_t i = 0; i < c->entries.n && whole && (in_turn || i == 0); i++) /* in turn: each ends by itself */
        if (start_check(m, &net, c, in_turn ? c->entries.p[i] : -1, &whole))
            return;
    for (size_t i = 0; i < c->children.n && whole; i++) {
        const struct node *n = &m->nodes[c->children.p[i]];
        if (!(n->kind == NODE_START && n->events.n) && !n->instantiate)
            continue;
        whole &= !several_wait(n);
        if (whole && start_check(m, &net, c, c->children.p[i], &whole))
            return;
    }
    if (!whole && net.node_count)
        bpmn_find(m, BPMN_HINT, c->xml, "undecided", net.counts ? "这里有复杂网关或要几份才走的环节，会不会卡住、会不会走两遍没有推演，请人工核对"
                                                               : "这里的走法太多，会不会卡住、会不会走两遍没有推演完，请人工核对");
}

/* unreachable, dead end, deadlock, lack of synchronisation, endless cycle */
static void bpmn_structure(struct bpmn *m)
{
    reachable_check(m);
    const struct net_exit *exits = net_exits(m->op, m);
    for (size_t i = 0; i < m->node_count; i++)
        if (node_is_container(m->nodes[i].kind))
            container_check(m, exits, (int)i);
    bpmn_cycles_check(m, exits);
}

static bool before(const struct bpmn_finding *a, const struct bpmn_finding *b)
{
    return a->kind != b->kind ? a->kind < b->kind : a->line < b->line;
}

const struct bpmn_finding *bpmn_check(struct bpmn *m)
{
    if (!m->checked)
        bpmn_structure(m);
    m->checked = true;
    struct bpmn_finding *sorted = NULL;
    for (struct bpmn_finding *f = m->findings, *next; f; f = next) {
        struct bpmn_finding **at = &sorted;
        next = f->next;
        while (*at && !before(f, *at))
            at = &(*at)->next;
        f->next = *at;
        *at = f;
    }
    m->findings = sorted;
    for (m->last = sorted; m->last && m->last->next;)
        m->last = m->last->next;
    return sorted;
}
