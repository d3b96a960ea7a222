/* The token game: which token moves next, and what each kind of node does with it.
 * Order within a command: what does not throw; then inclusive joins; then, one at a time, what throws. */
#include "bpmn/state.h"
#include "dmn/dmn.h"

/* ---- leaving ----------------------------------------------------------------------------------------------- */

static bool edge_open(struct bpmn_run *run, const struct node *n, int edge, int32_t scope)
{
    const struct edge *e = &run->model->edges[edge];
    return edge != n->standard && (!e->condition || value_true(run, scope, e->condition));
}

/* False: no way out, though there are ways drawn. */
static bool outs_choose(struct bpmn_run *run, const struct node *n, int32_t scope, struct ints *ret)
{
    bool plain = n->kind == NODE_AND || n->kind == NODE_GATE || n->kind == NODE_START || n->kind == NODE_THROW ||
                 n->kind == NODE_CATCH || n->kind == NODE_BOUNDARY;
    bool conditional = false, taken = false;
    for (size_t i = 0; i < n->out.n; i++) {
        int edge = n->out.p[i];
        if (plain) {
            *list_add(run->op, ret) = edge;
            continue;
        }
        conditional |= run->model->edges[edge].condition != NULL;
        if (!edge_open(run, n, edge, scope))
            continue;
        *list_add(run->op, ret) = edge;
        taken |= run->model->edges[edge].condition != NULL || n->standard < 0;
        if (n->kind == NODE_XOR)
            return true;
    }
    bool decides = n->kind == NODE_XOR || n->kind == NODE_OR || n->kind == NODE_COMPLEX;
    if (n->standard >= 0 &&
        !(decides ? ret->n > 0 : conditional && taken)) /* an activity's plain flows go along with the default */
        *list_add(run->op, ret) = n->standard;
    return ret->n > 0 || n->out.n == 0;
}

static void outs_fill(struct bpmn_run *run, const struct node *n, const struct ints *outs, int32_t scope, int32_t fire)
{
    int times = node_is_activity(n->kind) ? n->completion_quantity : 1;
    for (size_t i = 0; i < outs->n; i++)
        for (int k = 0; k < times; k++)
            tok_make(run, PLACE_EDGE, outs->p[i], scope, fire);
    run->fired += (int)outs->n * (times - 1); /* copies are work still to come: they count against the limit */
}

/* Leaves a node by a firing that is already there. Where no way out opens, a token waits to leave: an incident. */
void outs_make(struct bpmn_run *run, int node, int32_t scope, int32_t fire)
{
    const struct node *n = &run->model->nodes[node];
    struct ints outs = {0};
    if (outs_choose(run, n, scope, &outs)) {
        outs_fill(run, n, &outs, scope, fire);
        return;
    }
    int32_t t = tok_make(run, PLACE_OUT, node, scope, fire);
    incident_add(run, t, op_text(run->op, "「%.*s」之后没有一条路的条件成立", PS(bpmn_node_name(run->model, node))));
}

/* One firing that takes the token in and out again. */
static int32_t pass(struct bpmn_run *run, int32_t tok, int node)
{
    int32_t scope = TOK(run, tok).scope;
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    tok_use(run, tok, f);
    outs_make(run, node, scope, f);
    return f;
}

/* ---- gateways ---------------------------------------------------------------------------------------------- */

static void choose_enter(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    struct ints outs = {0};
    int32_t scope = TOK(run, tok).scope;
    if (!outs_choose(run, n, scope, &outs)) {
        incident_add(run, tok, op_text(run->op, "「%.*s」没有一条路的条件成立，也没有默认路", PS(bpmn_node_name(run->model, node))));
        return;
    }
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    tok_use(run, tok, f);
    outs_fill(run, n, &outs, scope, f);
}

static void and_enter(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    int32_t scope = TOK(run, tok).scope;
    if (n->in.n < 2) {
        pass(run, tok, node);
        return;
    }
    for (size_t i = 0; i < n->in.n; i++)
        if (tok_at(run, n->in.p[i], scope) < 0)
            return;
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    for (size_t i = 0; i < n->in.n; i++) /* the one that came is used itself: it is not looked at again */
        tok_use(run, n->in.p[i] == TOK(run, tok).place ? tok : tok_at(run, n->in.p[i], scope), f);
    outs_make(run, node, scope, f);
}

/* ---- inclusive and complex joins --------------------------------------------------------------------------- */

void reach_from(const struct bpmn *m, int edge, int join, bool events, uint8_t *seen, int32_t *todo)
{
    size_t n = 0;
    todo[n++] = edge;
    seen[edge] = 1;
    while (n > 0) {
        int from = m->edges[todo[--n]].source;
        if (from == join)
            continue;
        const struct node *s = &m->nodes[from];
        for (size_t i = 0; i < s->in.n; i++)
            if (!seen[s->in.p[i]]) {
                seen[s->in.p[i]] = 1;
                todo[n++] = s->in.p[i];
            }
        /* A boundary event can begin whenever its activity can. */
        for (size_t i = 0; events && s->attached >= 0 && i < m->nodes[s->attached].in.n; i++) {
            int e = m->nodes[s->attached].in.p[i];
            if (!seen[e]) {
                seen[e] = 1;
                todo[n++] = e;
            }
        }
        seen[m->edge_count + (size_t)from] = 1;
        if (events && s->attached >= 0)
            seen[m->edge_count + (size_t)s->attached] = 1;
    }
}

/* True: no token of the scope can still reach an empty way into the join, save through the join itself, unless it can
 * as well reach one that has a token (13.4.4 of the standard). An event at the edge of an activity that is under way may still
 * come, and then its way is waited for; but that it might come, or has come, excuses nobody: the activity goes on beside it. full:
 * per way in, whether a token is there. */
static bool upstream_quiet(struct bpmn_run *run, int node, int32_t scope, const bool *full)
{
    const struct bpmn *m = run->model;
    const struct node *n = &m->nodes[node];
    size_t places = m->edge_count + m->node_count;
    struct mark mark = op_mark(run->op);
    uint8_t *to_full = op_array(run->op, uint8_t, places + 1), *to_empty = op_array(run->op, uint8_t, places + 1);
    int32_t *todo = op_array(run->op, int32_t, m->edge_count + 1);
    bool quiet = true;
    for (size_t i = 0; i < n->in.n; i++)
        reach_from(m, n->in.p[i], node, !full[i], full[i] ? to_full : to_empty, todo);
    for (int32_t i = FIRE(run, scope).inside.first; i >= 0 && quiet; i = TOK(run, i).in_scope.after) {
        const struct bpmn_tok *t = &TOK(run, i);
        enum place_kind kind = place_kind(m, t->place);
        int at = place_node(m, t->place);
        if (at == node)
            continue;
        size_t place = kind == PLACE_EDGE ? (size_t)t->place : m->edge_count + (size_t)at;
        quiet = !to_empty[place] || to_full[place];
    }
    op_reset(run->op, mark);
    return quiet;
}

bool way_used(const struct bpmn_run *run, int32_t fire, int edge)
{
    for (size_t i = 0; i < run->state.toks.n; i++)
        if (TOK(run, i).used == fire && TOK(run, i).place == edge)
            return true;
    return false;
}

/* First phase: enough have come. Second: the rest have come too, or cannot come any more. */
static bool complex_try(struct bpmn_run *run, int node, int32_t scope)
{
    const struct node *n = &run->model->nodes[node];
    int32_t waiting = tok_at(run, place_of(run->model, PLACE_IN, node), scope);
    int32_t activation = waiting >= 0 ? TOK(run, waiting).made : -1;
    bool *full = op_array(run->op, bool, n->in.n + 1);
    int32_t count = 0;
    for (size_t i = 0; i < n->in.n; i++) {
        bool before = waiting >= 0 && way_used(run, activation, n->in.p[i]);
        int32_t t = tok_at(run, n->in.p[i], scope);
        full[i] = before || t >= 0;
        count += t >= 0;
    }
    struct extra extras[] = {{"activationCount", feel_of_int(count)}, {"waitingForStart", feel_of_bool(waiting < 0)}};
    if (waiting < 0 && count == 0)
        return false;
    bool asks = waiting < 0 && n->enough; /* its condition decides alone: what never comes true waits for ever */
    if (asks ? !feel_true(value_eval(run, scope, n->enough, extras, COUNT(extras)))
             : !upstream_quiet(run, node, scope, full))
        return false;
    struct ints outs = {0};
    for (size_t i = 0; i < n->out.n; i++) {
        const struct edge *e = &run->model->edges[n->out.p[i]];
        bool taken = n->out.p[i] != n->standard &&
                     (!e->condition || feel_true(value_eval(run, scope, e->condition, extras, COUNT(extras))));
        /* At the reset only a way that speaks of it gets a token. */
        if (waiting < 0 ? taken : taken && e->named)
            *list_add(run->op, &outs) = n->out.p[i];
    }
    if (waiting < 0 && outs.n == 0 && n->standard >= 0)
        *list_add(run->op, &outs) = n->standard;
    if (waiting < 0 && outs.n == 0 && n->out.n > 0) {
        for (size_t i = 0; i < n->in.n; i++) {
            int32_t t = tok_at(run, n->in.p[i], scope);
            if (t >= 0 && !TOK(run, t).stuck)
                incident_add(run, t, op_text(run->op, "「%.*s」没有一条路的条件成立", PS(bpmn_node_name(run->model, node))));
        }
        return false;
    }
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    for (size_t i = 0; i < n->in.n; i++) {
        int32_t t = tok_at(run, n->in.p[i], scope);
        if (t >= 0 && !(waiting >= 0 && way_used(run, activation, n->in.p[i])))
            tok_use(run, t, f);
    }
    if (waiting >= 0)
        tok_use(run, waiting, f);
    else if (n->in.n > 1)
        tok_make(run, PLACE_IN, node, scope, f);
    outs_fill(run, n, &outs, scope, f);
    return true;
}

static bool or_try(struct bpmn_run *run, int node, int32_t scope)
{
    const struct node *n = &run->model->nodes[node];
    bool *full = op_array(run->op, bool, n->in.n + 1);
    for (size_t i = 0; i < n->in.n; i++)
        full[i] = tok_at(run, n->in.p[i], scope) >= 0;
    if (!upstream_quiet(run, node, scope, full))
        return false;
    struct ints outs = {0};
    if (!outs_choose(run, n, scope, &outs)) {
        for (size_t i = 0; i < n->in.n; i++)
            if (full[i])
                incident_add(run, tok_at(run, n->in.p[i], scope),
                             op_text(run->op, "「%.*s」没有一条路的条件成立，也没有默认路", PS(bpmn_node_name(run->model, node))));
        return false;
    }
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    for (size_t i = 0; i < n->in.n; i++)
        if (full[i])
            tok_use(run, tok_at(run, n->in.p[i], scope), f);
    outs_fill(run, n, &outs, scope, f);
    return true;
}

/* One that waits to go in, and no incident holds it; or a complex join that waits for the rest. */
static bool waits_at_join(const struct bpmn_run *run, int node, int32_t scope)
{
    const struct node *n = &run->model->nodes[node];
    bool waits = n->kind == NODE_COMPLEX && tok_at(run, place_of(run->model, PLACE_IN, node), scope) >= 0;
    for (size_t i = 0; i < n->in.n && !waits; i++) {
        int32_t t = tok_at(run, n->in.p[i], scope);
        waits = t >= 0 && !TOK(run, t).stuck;
    }
    return waits;
}

/* The container whose nodes that scope runs; -1: none, it is of a loop or of an event. */
static int scope_container(const struct bpmn_run *run, int32_t scope)
{
    int node = FIRE(run, scope).node;
    const struct node *n = &run->model->nodes[node];
    return n->kind == NODE_START ? n->up : n->kind == NODE_CALL ? n->called : node_is_container(n->kind) ? node : -1;
}

static bool scope_joins_try(struct bpmn_run *run, int32_t scope)
{
    int container = scope_container(run, scope);
    const struct ints *joins = container < 0 ? NULL : &run->model->nodes[container].joins;
    for (size_t i = 0; joins && i < joins->n; i++) {
        int node = joins->p[i];
        if (waits_at_join(run, node, scope) &&
            (run->model->nodes[node].kind == NODE_OR ? or_try(run, node, scope) : complex_try(run, node, scope)))
            return true;
    }
    return false;
}

/* A complex join goes by data too. */
static void data_stirs(struct bpmn_run *run)
{
    if (run->seen_joins == run->state.vars.n)
        return;
    run->seen_joins = run->state.vars.n;
    for (size_t i = 0; i < run->model->complexes.n; i++) {
        const struct node *n = &run->model->nodes[run->model->complexes.p[i]];
        for (size_t k = 0; k < n->in.n; k++)
            for (int32_t t = run->state.places.p[n->in.p[k]].first; t >= 0; t = TOK(run, t).at_place.after)
                scope_stir(run, TOK(run, t).scope);
    }
}

/* Whether one can go depends on the tokens of its scope alone: none is tried again before one of these has moved. */
static bool joins_try(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    data_stirs(run);
    while (s->restless.n > 0) {
        int32_t scope = s->restless.p[s->restless.n - 1];
        if (scope_joins_try(run, scope))
            return true;
        FIRE(run, scope).restless = false; /* the last: an attempt moves nothing where it fails */
        s->restless.n--;
    }
    return false;
}

/* ---- activities -------------------------------------------------------------------------------------------- */

void inputs_read(struct bpmn_run *run, const struct node *n, int32_t tok)
{
    int32_t made = TOK(run, tok).made;
    const struct input_set *set = inputs_set(run, n, made);
    for (size_t i = 0; i < n->input_count; i++)
        if (input_filled(n, set, n->inputs[i].to))
            value_local(run, made, n->inputs[i].to,
                        value_copy(run->op, value_eval(run, made, n->inputs[i].from, NULL, 0)), made);
}

void activity_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count, int32_t cause)
{
    const struct node *n = &run->model->nodes[node];
    if (n->loop.kind != LOOP_NONE) {
        loop_begin(run, node, scope, used, count, cause);
        return;
    }
    bool opens = node_is_container(n->kind) || n->kind == NODE_CALL;
    int32_t f = fire_add(run, opens ? FIRE_OPEN : FIRE_ENTER, node, scope);
    FIRE(run, f).cause = cause;
    for (size_t i = 0; i < count; i++)
        tok_use(run, used[i], f);
    int32_t t = tok_make(run, PLACE_IN, node, scope, f);
    if (opens)
        FIRE(run, f).tok = t;
    inputs_read(run, n, t);
    activity_start(run, t);
}

static void activity_enter(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    int32_t *used = op_array(run->op, int32_t, (size_t)n->start_quantity);
    int32_t scope = TOK(run, tok).scope;
    int found = 0;
    used[found++] = tok;
    int32_t first = n->start_quantity > 1 ? FIRE(run, scope).inside.first : -1;
    for (int32_t t = first; t >= 0 && found < n->start_quantity; t = TOK(run, t).in_scope.after) {
        enum place_kind kind = tok_kind(run, t);
        if ((kind == PLACE_EDGE || kind == PLACE_AT) && place_node(run->model, TOK(run, t).place) == node && t != tok)
            used[found++] = t;
    }
    if (found == n->start_quantity && inputs_there(run, n, scope))
        activity_begin(run, node, scope, used, (size_t)found, -1);
}

void scope_open(struct bpmn_run *run, int32_t tok, int container)
{
    const struct node *c = &run->model->nodes[container];
    int32_t f = TOK(run, tok).made;
    if (scope_interrupted(run, f)) /* a condition that is true from the start comes first */
        return;
    if (c->kind == NODE_ADHOC) {
        adhoc_after(run, f);
        return;
    }
    for (size_t i = 0; i < c->entries.n; i++)
        tok_make(run, PLACE_AT, c->entries.p[i], f, f);
    if (c->entries.n == 0)
        *list_add(run->op, &run->state.idle) = f;
}

static void outside(struct bpmn_run *run, int32_t tok, const struct node *n)
{
    struct bpmn_task task = {
        .tok = tok, .node = TOK(run, tok).place, .scope = tok_data_scope(run, tok), .script = n->script_text};
    task.node = place_node(run->model, TOK(run, tok).place);
    switch (run->task ? run->task(run->from, run, &task) : BPMN_TASK_LATER) {
    case BPMN_TASK_DONE:
        activity_done(run, tok, FIRE_DONE);
        return;
    case BPMN_TASK_LATER:
        command_add(run, BPMN_TASK, tok, task.node, n->script_text.n ? n->script_text : n->decision, 0);
        return;
    case BPMN_TASK_ERROR:
        error_throw(run, tok, TOK(run, tok).scope, task.code, TOK(run, tok).made);
        return;
    case BPMN_TASK_FAILED:
        incident_add(run, tok, task.code);
        return;
    }
}

static void rule_start(struct bpmn_run *run, int32_t tok, const struct node *n)
{
    str file, decision;
    bool both = str_split(n->decision, '#', &file, &decision);
    const struct dmn *d = run->decision && n->decision.n ? run->decision(run->from, file) : NULL;
    const struct dmn_element *e = d ? dmn_decision(d, both ? decision : file) : NULL;
    if (!d) {
        outside(run, tok, n);
        return;
    }
    if (!e) {
        incident_add(run, tok, op_text(run->op, "决策模型里没有「%.*s」", PS(n->decision)));
        return;
    }
    const struct dmn_element *const *inputs;
    size_t count;
    struct dmn_run dmn;
    dmn_run_init(&dmn, run->op, d);
    dmn_inputs(d, &inputs, &count);
    int32_t scope = tok_data_scope(run, tok);
    for (size_t i = 0; i < count; i++)
        (void)dmn_input(&dmn, dmn_element_name(inputs[i]), value_get(run, scope, dmn_element_name(inputs[i])));
    feel_value v = value_copy(run->op, dmn_decide(&dmn, e));
    value_set(run, scope, n->result.n ? n->result : dmn_element_name(e), v, TOK(run, tok).made);
    activity_done(run, tok, FIRE_DONE);
}

static void script_start(struct bpmn_run *run, int32_t tok, const struct node *n)
{
    int32_t scope = tok_data_scope(run, tok);
    value_assign(run, scope, n, value_eval(run, scope, n->script, NULL, 0), TOK(run, tok).made);
    activity_done(run, tok, FIRE_DONE);
}

static void send_start(struct bpmn_run *run, int32_t tok, const struct node *n)
{
    struct payload p = payload_of(run, n, 0, n->input_count, TOK(run, tok).made);
    correlate(run, TOK(run, tok).made, n->message, p, TOK(run, tok).made);
    thrown_add(run, BPMN_SEND, TOK(run, tok).made, place_node(run->model, TOK(run, tok).place), n->message, p);
    activity_done(run, tok, FIRE_DONE);
}

void activity_start(struct bpmn_run *run, int32_t tok)
{
    int node = place_node(run->model, TOK(run, tok).place);
    const struct node *n = &run->model->nodes[node];
    int depth = 0;
    for (int32_t s = TOK(run, tok).scope; s >= 0; s = FIRE(run, s).scope)
        depth++;
    if (depth > BPMN_DEPTH_MAX) {
        incident_add(run, tok, op_text(run->op, "调用套得太深，超过 %d 层", BPMN_DEPTH_MAX));
        return;
    }
    events_arm(run, tok);
    if (!tok_live(run, tok))
        return;
    switch (n->kind) {
    case NODE_SUB:
    case NODE_TRANSACTION:
    case NODE_ADHOC:
        scope_open(run, tok, node);
        return;
    case NODE_CALL:
        if (n->called >= 0)
            scope_open(run, tok, n->called);
        else
            command_add(run, BPMN_CALL, tok, node, n->called_key, 0);
        return;
    case NODE_TASK:
        activity_done(run, tok, FIRE_DONE);
        return;
    case NODE_USER:
        work_open(run, tok);
        return;
    case NODE_SCRIPT:
        if (n->script || !n->script_text.n)
            script_start(run, tok, n);
        else
            outside(run, tok, n);
        return;
    case NODE_SERVICE:
        if (n->script)
            script_start(run, tok, n);
        else
            outside(run, tok, n);
        return;
    case NODE_SEND:
        send_start(run, tok, n);
        return;
    case NODE_RULE:
        rule_start(run, tok, n);
        return;
    case NODE_RECEIVE:
    case NODE_PROCESS:
    case NODE_START:
    case NODE_END:
    case NODE_CATCH:
    case NODE_THROW:
    case NODE_BOUNDARY:
    case NODE_EVENT_SUB:
    case NODE_XOR:
    case NODE_AND:
    case NODE_OR:
    case NODE_COMPLEX:
    case NODE_GATE:
    case NODE_KINDS:
        return;
    }
}

/* Of several sets only the first that is there is handed on. */
static bool output_chosen(const struct node *n, const struct input_set *set, str source)
{
    bool of_a_set = false;
    for (size_t i = 0; i < n->out_set_count; i++)
        for (size_t k = 0; k < n->out_sets[i].count; k++)
            of_a_set |= str_eq(n->out_sets[i].inputs[k].name, source);
    for (size_t k = 0; set && k < set->count; k++)
        if (str_eq(set->inputs[k].name, source))
            return true;
    return !of_a_set || !set;
}

/* No output set is there though the activity is done: a run-time exception (13.3.2 of the standard). It waits to leave until the
 * data has come and it is tried again. */
static bool outputs_held(struct bpmn_run *run, int32_t tok, int node, int32_t data)
{
    const struct node *n = &run->model->nodes[node];
    if (!outputs_asked(n) || outputs_set(run, n, data))
        return false;
    incident_add(run, tok, op_text(run->op, "「%.*s」办完了，应当交出的数据还没有：%.*s；补上后请重试",
                                   PS(bpmn_node_name(run->model, node)), PS(outputs_lacking(run, n, data))));
    return true;
}

/* Each repetition hands on what is its own; what they have collected is handed on once, when all have ended. */
static bool output_due(const struct loop *l, const struct data_map *output, bool repetition)
{
    bool collected = l->results_inside && str_eq(output->source, l->results);
    return l->kind == LOOP_NONE || collected != repetition;
}

void outputs_write(struct bpmn_run *run, const struct node *n, int32_t data, int32_t scope, int32_t fire)
{
    const struct input_set *set = outputs_set(run, n, data);
    bool repetition = n->loop.kind != LOOP_NONE && scope >= 0 && FIRE(run, scope).kind == FIRE_LOOP &&
                      &run->model->nodes[FIRE(run, scope).node] == n;
    if (outputs_asked(n) && !set)
        return;
    for (size_t i = 0; i < n->output_count; i++) {
        if (!output_due(&n->loop, &n->outputs[i], repetition) || !output_chosen(n, set, n->outputs[i].source))
            continue;
        feel_value v = value_eval(run, data, n->outputs[i].from, NULL, 0);
        if (repetition && n->loop.result.n && str_eq(n->outputs[i].to, n->loop.result)) /* its part of what is collected */
            value_local(run, data, n->loop.result, value_copy(run->op, v), fire);
        else if (!feel_is_null(v)) /* an output that was not produced leaves what is there */
            value_set(run, scope, n->outputs[i].to, value_copy(run->op, v), fire);
    }
}

void activity_done(struct bpmn_run *run, int32_t tok, enum bpmn_fire_kind kind)
{
    int node = place_node(run->model, TOK(run, tok).place);
    const struct node *n = &run->model->nodes[node];
    int32_t scope = TOK(run, tok).scope, inner = TOK(run, tok).made;
    bool repeats = tok_repeats(run, tok), inside = scope >= 0 && FIRE(run, scope).kind == FIRE_COMPENSATE;
    int32_t f = fire_add(run, kind, node, scope);
    FIRE(run, f).data = inner;
    int32_t data = tok_data_scope(run, tok);
    tok_use(run, tok, f);
    outputs_write(run, n, data, scope, f);
    bool lacks = outputs_asked(n) && !repeats && !inside && !outputs_set(run, n, data);
    if (lacks)
        outputs_held(run, tok_make(run, PLACE_OUT, node, scope, f), node, data);
    else if (repeats)
        loop_after(run, scope, f);
    else if (!inside)
        outs_make(run, node, scope, f);
    if (!repeats && scope >= 0 && run->model->nodes[FIRE(run, scope).node].kind == NODE_ADHOC)
        adhoc_enough(run, scope, f);
}

/* ---- events that are nodes --------------------------------------------------------------------------------- */

void catch_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count)
{
    int32_t f = fire_add(run, FIRE_ENTER, node, scope);
    for (size_t i = 0; i < count; i++)
        tok_use(run, used[i], f);
    events_arm(run, tok_make(run, PLACE_IN, node, scope, f));
}

static void catch_enter(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    bool link = n->events.n && run->model->events[n->events.p[0]].kind == EVENT_LINK;
    if (link) {
        pass(run, tok, node);
        return;
    }
    catch_begin(run, node, TOK(run, tok).scope, &tok, 1);
}

static int compensating(const struct bpmn_run *run, const struct node *n)
{
    for (size_t i = 0; i < n->events.n; i++)
        if (run->model->events[n->events.p[i]].kind == EVENT_COMPENSATE)
            return n->events.p[i];
    return -1;
}

static void throw_enter(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    int32_t scope = TOK(run, tok).scope;
    int compensation = compensating(run, n);
    bool cancels = false;
    if (!inputs_there(run, n, scope))
        return;
    for (size_t i = 0; i < n->events.n; i++)
        cancels |= run->model->events[n->events.p[i]].kind == EVENT_CANCEL;
    if (cancels) {
        cancel_begin(run, node, scope, tok);
        return;
    }
    int32_t cause = (int32_t)run->state.fires.n;
    if (compensation >= 0) {
        compensate_begin(run, node, scope, tok, run->model->events[compensation].activity);
    } else {
        int32_t f = fire_add(run, n->kind == NODE_END ? FIRE_END : FIRE_THROW, node, scope);
        tok_use(run, tok, f);
        if (n->kind == NODE_THROW)
            outs_make(run, node, scope, f);
    }
    for (size_t i = 0; i < n->events.n && run->state.end == BPMN_RUNNING; i++)
        if (n->events.p[i] != compensation)
            event_throw(run, scope, n->events.p[i], cause);
}

static void end_enter(struct bpmn_run *run, int32_t tok, int node)
{
    if (run->model->nodes[node].throws) {
        throw_enter(run, tok, node);
        return;
    }
    int32_t f = fire_add(run, FIRE_END, node, TOK(run, tok).scope);
    tok_use(run, tok, f);
}

static void gate_enter(struct bpmn_run *run, int32_t tok, int node)
{
    catch_begin(run, node, TOK(run, tok).scope, &tok, 1);
}

/* Inclusive and complex joins are decided when nothing else moves. */
static void or_enter(struct bpmn_run *run, int32_t tok, int node)
{
    if (run->model->nodes[node].in.n < 2)
        choose_enter(run, tok, node);
}

static void pass_enter(struct bpmn_run *run, int32_t tok, int node)
{
    pass(run, tok, node);
}

static void (*const enters[NODE_KINDS])(struct bpmn_run *run, int32_t tok, int node) = {
    [NODE_START] = pass_enter,
    [NODE_END] = end_enter,
    [NODE_CATCH] = catch_enter,
    [NODE_THROW] = throw_enter,
    [NODE_BOUNDARY] = pass_enter,
    [NODE_TASK] = activity_enter,
    [NODE_USER] = activity_enter,
    [NODE_SCRIPT] = activity_enter,
    [NODE_SERVICE] = activity_enter,
    [NODE_SEND] = activity_enter,
    [NODE_RECEIVE] = activity_enter,
    [NODE_RULE] = activity_enter,
    [NODE_SUB] = activity_enter,
    [NODE_CALL] = activity_enter,
    [NODE_ADHOC] = activity_enter,
    [NODE_TRANSACTION] = activity_enter,
    [NODE_XOR] = choose_enter,
    [NODE_AND] = and_enter,
    [NODE_OR] = or_enter,
    [NODE_COMPLEX] = or_enter,
    [NODE_GATE] = gate_enter,
};

/* ---- the loop ---------------------------------------------------------------------------------------------- */

/* The first that throws, or does not; what has died meanwhile is dropped on the way to it. */
static bool pick(struct bpmn_run *run, bool throws, int32_t *ret)
{
    struct bpmn_state *s = &run->state;
    size_t kept = 0, i = 0, skip = 0;
    bool found = false;
    for (size_t k = 0; run->shuffle && k < s->ready.n; k++) {
        int32_t t = s->ready.p[k];
        skip += tok_live(run, t) && !TOK(run, t).stuck && tok_node(run, t)->throws == throws;
    }
    skip = skip ? op_random(run->op) % skip : 0;
    for (; i < s->ready.n && !found; i++) {
        int32_t t = s->ready.p[i];
        if (!tok_live(run, t) || TOK(run, t).stuck)
            continue;
        found = tok_node(run, t)->throws == throws && skip-- == 0;
        if (found)
            *ret = t;
        else
            s->ready.p[kept++] = t;
    }
    if (i > kept)
        memmove(s->ready.p + kept, s->ready.p + i, (s->ready.n - i) * sizeof *s->ready.p);
    s->ready.n -= i - kept;
    return found;
}

/* Repetitions begin before anything else goes on: to the rest of the process a loop is one step. */
static bool repetition_pick(struct bpmn_run *run, int32_t *ret)
{
    struct bpmn_state *s = &run->state;
    for (size_t i = 0; s->starts > 0 && i < s->ready.n;) {
        int32_t t = s->ready.p[i];
        if (tok_kind(run, t) != PLACE_IN) {
            i++;
            continue;
        }
        memmove(s->ready.p + i, s->ready.p + i + 1, (s->ready.n - i - 1) * sizeof *s->ready.p);
        s->ready.n--;
        s->starts--;
        *ret = t;
        if (tok_live(run, t) && !TOK(run, t).stuck)
            return true;
    }
    return false;
}

/* A scope without a token has come to its end. */
static void settle(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    while (s->idle.n > 0 && s->end == BPMN_RUNNING) {
        int32_t scope = s->idle.p[--s->idle.n];
        const struct bpmn_fire *f = &FIRE(run, scope);
        const struct node *n = &run->model->nodes[f->node];
        if (f->live > 0 || f->undone >= 0 || !tok_live(run, f->tok))
            continue;
        if (f->kind == FIRE_LOOP)
            continue; /* loop.c ends its own */
        if (f->kind != FIRE_COMPENSATE && conditions_check(run, f->tok)) {
            *list_add(run->op, &s->idle) = scope; /* what has come true while it ran comes before its end */
            return;
        }
        if (f->kind == FIRE_COMPENSATE) {
            compensate_next(run, scope);
        } else if (n->kind == NODE_ADHOC) {
            adhoc_after(run, scope);
        } else if (n->kind == NODE_PROCESS) {
            int32_t c = fire_add(run, FIRE_CLOSE, f->node, -1);
            FIRE(run, c).data = scope;
            tok_use(run, FIRE(run, scope).tok, c);
            instance_end(run, BPMN_COMPLETED, (str){0});
        } else if (n->kind == NODE_START || n->kind == NODE_EVENT_SUB) { /* an event sub-process hands nothing on */
            int32_t tok = f->tok, outer = f->scope, c = fire_add(run, FIRE_CLOSE, f->node, outer);
            FIRE(run, c).data = scope;
            tok_use(run, tok, c);
        } else {
            activity_done(run, f->tok, FIRE_CLOSE);
        }
    }
}

/* One incident for all that would go on: tried again, all do. */
static void too_many(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    int32_t first = -1;
    int held = 0;
    for (size_t i = 0; i < s->ready.n; i++) {
        int32_t t = s->ready.p[i];
        if (!tok_live(run, t) || TOK(run, t).stuck)
            continue;
        TOK(run, t).stuck = STUCK_TOGETHER;
        first = first < 0 || t < first ? t : first;
        held++;
    }
    s->ready.n = s->starts = 0;
    if (first < 0)
        return;
    str all = held > 1 ? op_text(run->op, "（连同另外 %d 处）", held - 1) : S("");
    command_add(run, BPMN_INCIDENT, first, place_node(run->model, TOK(run, first).place),
                rows_full(run) ? S("这件事走得太久，记录已满，请另起一件")
                               : op_text(run->op, "一步里走了 %d 次还没有停：流程里有不等人的循环，或一次分得太多；停在这里%.*s，可重试接着走，或改流程",
                                         BPMN_FIRINGS_MAX, PS(all)), 0);
}

static bool written_by(const struct bpmn_run *run, int32_t fire)
{
    for (size_t i = 0; i < run->state.vars.n; i++)
        if (run->state.vars.p[i].made == fire)
            return true;
    return false;
}

/* Tried again: no way out opened, or what it hands on was not there. */
static void leave_again(struct bpmn_run *run, int32_t tok, int node)
{
    const struct node *n = &run->model->nodes[node];
    int32_t scope = TOK(run, tok).scope, made = TOK(run, tok).made, data = FIRE(run, made).data;
    bool ended = FIRE(run, made).kind == FIRE_DONE || FIRE(run, made).kind == FIRE_CLOSE;
    if (ended && outputs_held(run, tok, node, data))
        return;
    int32_t f = fire_add(run, FIRE_PASS, node, scope);
    tok_use(run, tok, f);
    if (ended && outputs_asked(n) && !written_by(run, made))
        outputs_write(run, n, data, scope, f);
    outs_make(run, node, scope, f);
}

void game_run(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    int32_t t;
    for (;;) {
        settle(run);
        if (s->end != BPMN_RUNNING)
            return;
        if (run->fired > BPMN_FIRINGS_MAX || rows_full(run)) {
            too_many(run);
            return;
        }
        if (repetition_pick(run, &t)) {
            activity_start(run, t);
            continue;
        }
        if (!pick(run, false, &t)) {
            if (joins_try(run))
                continue;
            if (!pick(run, true, &t)) {
                if (conditions_check(run, -1) || inputs_check(run))
                    continue;
                return;
            }
        }
        int node = place_node(run->model, TOK(run, t).place);
        if (tok_kind(run, t) == PLACE_OUT)
            leave_again(run, t, node);
        else if (enters[run->model->nodes[node].kind])
            enters[run->model->nodes[node].kind](run, t, node);
    }
}
