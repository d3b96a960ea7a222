/* Asking a model: what is in it, what it is called, who does it, what can start it. */
#include "bpmn/model.h"

static void count_in(const struct xtree *e, struct bpmn_counts *c)
{
    int tag = bpmn_tag(e);
    c->processes += tag == 0;
    c->nodes += tag > 0; /* global tasks too: they are compiled like the others */
    c->flows += bpmn_is(e, "sequenceFlow");
    c->shapes += xtree_is(e, "BPMNShape");
    c->edges += xtree_is(e, "BPMNEdge");
    for (const struct xtree *k = e->first; k; k = k->next)
        count_in(k, c);
}

struct bpmn_counts bpmn_count(const struct bpmn *m)
{
    struct bpmn_counts c = {0};
    count_in(m->root, &c);
    return c;
}

int bpmn_process(const struct bpmn *m, str key)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < m->processes.n; i++) {
            const struct node *n = &m->nodes[m->processes.p[i]];
            if (key.n ? str_eq(n->id, key) : n->executable || pass)
                return m->processes.p[i];
        }
    return -1;
}

int bpmn_node(const struct bpmn *m, str key)
{
    for (size_t i = 0; i < m->node_count; i++)
        if (str_eq(m->nodes[i].id, key))
            return (int)i;
    return -1;
}

str bpmn_node_id(const struct bpmn *m, int node)
{
    must(node >= 0 && (size_t)node < m->node_count);
    return m->nodes[node].id;
}

str bpmn_node_name(const struct bpmn *m, int node)
{
    must(node >= 0 && (size_t)node < m->node_count);
    str name = str_trim(m->nodes[node].name);
    return name.n ? name : m->nodes[node].id;
}

bool bpmn_named(const struct bpmn *m, str name)
{
    for (size_t i = 0; i < m->node_count; i++)
        if (m->nodes[i].name.n && str_eq(str_trim(m->nodes[i].name), name))
            return true;
    return false;
}

str bpmn_node_title(const struct bpmn *m, int node)
{
    must(node >= 0 && (size_t)node < m->node_count);
    str name = str_trim(m->nodes[node].name);
    return name.n ? name : str_z(bpmn_tag_text(m->nodes[node].xml));
}

const struct bpmn_people *bpmn_node_people(const struct bpmn *m, int node)
{
    must(node >= 0 && (size_t)node < m->node_count);
    return &m->nodes[node].people;
}

static bool reads_outcome(const struct feel *tree)
{
    size_t at;
    return tree && str_find(feel_source(tree), S("outcome"), &at);
}

static bool node_reads_outcome(const struct bpmn *m, const struct node *n)
{
    bool reads = reads_outcome(n->enough) || reads_outcome(n->script) || reads_outcome(n->loop.condition);
    for (size_t i = 0; i < n->input_count && !reads; i++)
        reads = reads_outcome(n->inputs[i].from);
    for (size_t i = 0; i < n->out.n && !reads; i++)
        reads = reads_outcome(m->edges[n->out.p[i]].condition);
    return reads;
}

void bpmn_trace_outcomes(struct bpmn *m)
{
    int *todo = op_array(m->op, int, m->node_count);
    size_t n = 0;
    for (size_t i = 0; i < m->node_count; i++)
        if (node_reads_outcome(m, &m->nodes[i])) {
            m->nodes[i].asks_outcome = true;
            todo[n++] = (int)i;
        }
    while (n) {
        const struct node *reader = &m->nodes[todo[--n]];
        if (reader->kind == NODE_USER || node_is_container(reader->kind))
            continue; /* it has an outcome of its own, or variables of its own */
        for (size_t i = 0; i < reader->in.n; i++) {
            int before = m->edges[reader->in.p[i]].source;
            if (!m->nodes[before].asks_outcome) {
                m->nodes[before].asks_outcome = true;
                todo[n++] = before;
            }
        }
    }
}

bool bpmn_asks_outcome(const struct bpmn *m, int node)
{
    return m->nodes[node].asks_outcome;
}

bool bpmn_must_fill(const struct bpmn *m, int node)
{
    size_t at;
    return str_find(bpmn_node_people(m, node)->form, S("!"), &at);
}

bool bpmn_decides(const struct bpmn *m, int node)
{
    return bpmn_node_people(m, node)->agrees || (bpmn_asks_outcome(m, node) && !bpmn_must_fill(m, node));
}

void bpmn_starts(struct op *op, const struct bpmn *m, const struct bpmn_start_row **ret, size_t *ret_count)
{
    static const enum bpmn_start_kind kinds[EVENT_KINDS] = {[EVENT_TIMER] = BPMN_START_TIMER,
                                                            [EVENT_MESSAGE] = BPMN_START_MESSAGE,
                                                            [EVENT_SIGNAL] = BPMN_START_SIGNAL,
                                                            [EVENT_CONDITION] = BPMN_START_CONDITION};
    struct {
        struct bpmn_start_row *p;
        size_t n, cap;
    } rows = {0};
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *n = &m->nodes[i];
        if (n->up < 0 || m->nodes[n->up].kind != NODE_PROCESS)
            continue;
        if (n->kind == NODE_START && n->events.n == 0)
            *list_add(op, &rows) = (struct bpmn_start_row){n->up, (int)i, BPMN_START_NONE, {0}, .event = -1};
        for (size_t k = 0; n->kind == NODE_START && k < n->events.n; k++) {
            const struct event *e = &m->events[n->events.p[k]];
            *list_add(op, &rows) =
                (struct bpmn_start_row){n->up, (int)i, kinds[e->kind], e->kind == EVENT_TIMER ? e->text : e->name,
                                        .event = (int)(e - m->events),
                                        .together = n->parallel_multiple && n->events.n > 1,
                                        .others = n->parallel_multiple && n->events.n > 1,
                                        .carried = n->received,
                                        .carried_count = n->received_count};
        }
        if (n->kind == NODE_RECEIVE && n->instantiate)
            *list_add(op, &rows) =
                (struct bpmn_start_row){n->up, (int)i, BPMN_START_MESSAGE, n->message, .event = -1,
                                        .carried = n->received, .carried_count = n->received_count};
        for (size_t k = 0; n->kind == NODE_GATE && n->instantiate && k < n->out.n; k++) {
            const struct node *t = &m->nodes[m->edges[n->out.p[k]].target];
            for (size_t x = 0; x < t->events.n; x++)
                *list_add(op, &rows) =
                    (struct bpmn_start_row){n->up, m->edges[n->out.p[k]].target, kinds[m->events[t->events.p[x]].kind],
                                            m->events[t->events.p[x]].name, .event = t->events.p[x],
                                            .others = n->parallel_multiple,
                                            .carried = t->received, .carried_count = t->received_count};
            if (t->kind == NODE_RECEIVE)
                *list_add(op, &rows) =
                    (struct bpmn_start_row){n->up, m->edges[n->out.p[k]].target, BPMN_START_MESSAGE, t->message,
                                            .event = -1, .others = n->parallel_multiple, .carried = t->received, .carried_count = t->received_count};
        }
    }
    *ret = rows.p;
    *ret_count = rows.n;
}
