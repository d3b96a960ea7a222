/* What a case waits for, and since when: a reading of its live tokens. A person's task, a message, a signal, a condition, a
 * clock, data, other branches, a case below, an answer from outside, or somebody to mend what went wrong. */
#include "bpmn/acts.h"
#include "bpmn/state.h"

struct waitings {
    struct bpmn_waiting *p;
    size_t n, cap;
};

time_ms bpmn_fired_at(const struct bpmn_run *run, int32_t fire)
{
    const struct bpmn_state *s = &run->state;
    must(fire >= 0 && (size_t)fire < s->fires.n);
    int32_t act = s->fires.p[fire].act;
    size_t low = 0, high = s->moments.n;
    if (act >= 0 && (size_t)act < s->acts.n)
        return s->acts.p[act].at;
    while (low < high) { /* the last that begins no later */
        size_t middle = (low + high) / 2;
        if (s->moments.p[middle].fire <= fire)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? s->moments.p[low - 1].at : 0;
}

static struct bpmn_waiting *add(struct bpmn_run *run, struct waitings *list, int32_t tok, int node, enum bpmn_waiting_kind kind,
                                str what)
{
    struct bpmn_waiting *w = list_add(run->op, list);
    *w = (struct bpmn_waiting){.tok = tok,
                               .node = node,
                               .kind = kind,
                               .what = what,
                               .event = -1,
                               .since = bpmn_fired_at(run, TOK(run, tok).made)};
    return w;
}

static void name_add(struct buf *b, str name)
{
    size_t at;
    if (!str_find(buf_str(b), name, &at)) /* each once */
        buf_text(b, "%s%.*s", b->n ? "、" : "", PS(name));
}

/* ---- events -------------------------------------------------------------------------------------------------- */

/* What still runs for that token and event: its clock's moment, or whether one of several has already come. */
static bool wait_of(const struct bpmn_run *run, int32_t tok, int event, bool *ret_noted, time_ms *ret_due)
{
    const struct bpmn_state *s = &run->state;
    bool found = false;
    *ret_noted = false;
    *ret_due = 0;
    for (size_t i = 0; i < s->waits.n; i++) {
        const struct bpmn_wait *w = &s->waits.p[i];
        if (w->tok != tok || w->event != event || FIRE(run, w->made).undone >= 0)
            continue;
        bool over = w->used >= 0 && FIRE(run, w->used).undone < 0;
        *ret_noted |= over;
        if (!over && w->due != INT64_MAX)
            *ret_due = w->due;
        found |= !over;
    }
    return found;
}

static void event_add(struct bpmn_run *run, struct waitings *list, int32_t tok, int node, int event)
{
    static const struct {
        bool waited;
        enum bpmn_waiting_kind kind;
    } kinds[EVENT_KINDS] = {[EVENT_TIMER] = {true, BPMN_WAITS_CLOCK},
                            [EVENT_MESSAGE] = {true, BPMN_WAITS_MESSAGE},
                            [EVENT_SIGNAL] = {true, BPMN_WAITS_SIGNAL},
                            [EVENT_CONDITION] = {true, BPMN_WAITS_CONDITION}};
    const struct event *e = &run->model->events[event];
    bool noted;
    time_ms due;
    (void)wait_of(run, tok, event, &noted, &due);
    if (!kinds[e->kind].waited || (noted && run->model->nodes[node].parallel_multiple))
        return;
    str what = e->kind == EVENT_CONDITION && e->expr ? feel_source(e->expr) : e->kind == EVENT_TIMER ? S("") : e->name;
    struct bpmn_waiting *w = add(run, list, tok, node, kinds[e->kind].kind, what);
    w->event = event;
    w->due = due;
}

static void events_add(struct bpmn_run *run, struct waitings *list, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    for (size_t i = 0; i < n->events.n; i++)
        event_add(run, list, tok, node, n->events.p[i]);
    if (n->kind == NODE_RECEIVE)
        add(run, list, tok, node, BPMN_WAITS_MESSAGE, n->message);
}

/* ---- tokens that have not come in ---------------------------------------------------------------------------- */

/* The steps from which a join still lacks a token. */
static str lacking(struct bpmn_run *run, const struct node *n, int32_t scope)
{
    struct buf b;
    buf_init(&b, run->op, 0);
    for (size_t i = 0; i < n->in.n; i++)
        if (tok_at(run, n->in.p[i], scope) < 0)
            name_add(&b, bpmn_node_title(run->model, run->model->edges[n->in.p[i]].source));
    return buf_str(&b);
}

/* Data that is not there, of the set that lacks the least. */
static str data_lacking(struct bpmn_run *run, const struct node *n, int32_t scope)
{
    str best = S("");
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < n->set_count; i++) {
        struct buf b;
        size_t lacks = 0;
        buf_init(&b, run->op, 0);
        for (size_t k = 0; k < n->sets[i].count; k++)
            for (size_t x = 0; x < n->input_count && n->sets[i].inputs[k].required; x++)
                for (size_t d = 0; d < n->inputs[x].need_count && str_eq(n->inputs[x].to, n->sets[i].inputs[k].name); d++)
                    if (feel_is_null(value_get(run, scope, n->inputs[x].needs[d]))) {
                        name_add(&b, n->inputs[x].needs[d]);
                        lacks++;
                    }
        if (lacks < least) {
            least = lacks;
            best = buf_str(&b);
        }
    }
    return best;
}

static void outside_add(struct bpmn_run *run, struct waitings *list, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    int32_t scope = TOK(run, tok).scope;
    if (!inputs_there(run, n, scope))
        add(run, list, tok, node, BPMN_WAITS_DATA, data_lacking(run, n, scope));
    else if (n->kind == NODE_AND || n->kind == NODE_OR || n->kind == NODE_COMPLEX)
        add(run, list, tok, node, BPMN_WAITS_OTHERS, lacking(run, n, scope));
    else if (node_is_activity(n->kind) && n->start_quantity > 1)
        add(run, list, tok, node, BPMN_WAITS_OTHERS, S(""));
}

/* ---- tokens inside -------------------------------------------------------------------------------------------- */

static void inside_add(struct bpmn_run *run, struct waitings *list, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    switch (n->kind) {
    case NODE_USER:
        add(run, list, tok, node, BPMN_WAITS_PERSON, S(""));
        return;
    case NODE_SERVICE:
    case NODE_SCRIPT:
    case NODE_RULE:
    case NODE_SEND:
        add(run, list, tok, node, BPMN_WAITS_OUTSIDE, S(""));
        return;
    case NODE_CALL:
        if (n->called < 0)
            add(run, list, tok, node, BPMN_WAITS_BELOW, n->called_key);
        return;
    case NODE_CATCH:
    case NODE_RECEIVE:
    case NODE_START:
        events_add(run, list, tok, node);
        return;
    case NODE_GATE:
        for (size_t i = 0; i < n->out.n; i++)
            events_add(run, list, tok, run->model->edges[n->out.p[i]].target);
        return;
    case NODE_COMPLEX:
        add(run, list, tok, node, BPMN_WAITS_OTHERS, lacking(run, n, TOK(run, tok).scope));
        return;
    case NODE_PROCESS:
    case NODE_END:
    case NODE_THROW:
    case NODE_BOUNDARY:
    case NODE_TASK:
    case NODE_SUB:
    case NODE_TRANSACTION:
    case NODE_ADHOC:
    case NODE_EVENT_SUB:
    case NODE_XOR:
    case NODE_AND:
    case NODE_OR:
    case NODE_KINDS:
        return;
    }
}

void bpmn_waitings(struct bpmn_run *run, const struct bpmn_waiting **ret, size_t *ret_count)
{
    struct waitings list = {0};
    size_t live = run->state.end == BPMN_RUNNING ? run->state.live.n : 0;
    bool together = false;
    for (size_t i = 0; i < live && list.n < BPMN_WAITINGS_MAX; i++) {
        int32_t tok = run->state.live.p[i];
        int node = place_node(run->model, TOK(run, tok).place);
        enum place_kind kind = tok_kind(run, tok);
        if (TOK(run, tok).stuck == STUCK_TOGETHER && together)
            continue; /* the first stands for all */
        together |= TOK(run, tok).stuck == STUCK_TOGETHER;
        if (TOK(run, tok).stuck)
            add(run, &list, tok, node, BPMN_WAITS_MENDING, S(""));
        else if (kind == PLACE_EDGE || kind == PLACE_AT)
            outside_add(run, &list, tok, node);
        else if (kind == PLACE_IN)
            inside_add(run, &list, tok, node);
    }
    *ret = list.p;
    *ret_count = list.n;
}

/* ---- where it may be put ----------------------------------------------------------------------------------- */

int jump_container(const struct bpmn_run *run, int32_t scope)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    bool plain = FIRE(run, scope).kind == FIRE_OPEN || FIRE(run, scope).kind == FIRE_INSTANCE;
    return !plain ? -1 : n->kind == NODE_CALL ? n->called : FIRE(run, scope).node;
}

void bpmn_jump_targets(const struct bpmn_run *run, const int **ret, size_t *ret_count)
{
    struct ints found = {0};
    bool *open = op_array(run->op, bool, run->model->node_count + 1);
    for (size_t i = 0; i < run->state.live.n; i++) {
        int32_t scope = TOK(run, run->state.live.p[i]).scope;
        int container = scope < 0 ? -1 : jump_container(run, scope);
        if (container >= 0)
            open[container] = true;
    }
    for (size_t i = 0; i < run->model->node_count; i++) {
        const struct node *n = &run->model->nodes[i];
        bool held = n->kind == NODE_USER || n->kind == NODE_CALL || n->kind == NODE_SUB || n->kind == NODE_TRANSACTION ||
                    n->kind == NODE_ADHOC || n->kind == NODE_RECEIVE;
        if (held && n->up >= 0 && open[n->up] && !n->for_compensation)
            *list_add(run->op, &found) = (int)i;
    }
    *ret = found.p;
    *ret_count = found.n;
}
