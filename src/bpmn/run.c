/* The doors of the game: starting, what comes from outside, going on after an incident. */
#include "bpmn/state.h"

static bool running(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    if (s->fires.n == 0)
        return op_fail(run->op, FAULT_CONFLICT, S(""), "流程还没有启动");
    if (s->end != BPMN_RUNNING)
        return op_fail(run->op, FAULT_CONFLICT, S(""), "流程已经结束，不能再办");
    if (s->suspended)
        return op_fail(run->op, FAULT_CONFLICT, S(""), "流程已挂起，恢复后再办");
    run_now(run);
    return true;
}

static void values_keep(struct bpmn_run *run, int32_t scope, const struct feel_entry *values, size_t count,
                        int32_t fire)
{
    for (size_t i = 0; i < count; i++)
        value_set(run, scope, op_copy(run->op, values[i].name), value_copy(run->op, values[i].value), fire);
}

static bool begin(struct bpmn_run *run, int process, str drafter, const struct feel_entry *values, size_t count)
{
    if (process < 0 || (size_t)process >= run->model->node_count || run->model->nodes[process].kind != NODE_PROCESS)
        return op_fail(run->op, FAULT_INPUT, S("流程"), "没有这个流程，请检查编号");
    if (run->state.fires.n > 0)
        return op_fail(run->op, FAULT_CONFLICT, S(""), "流程已经启动过");
    run->state.process = process;
    run->state.drafter = op_copy(run->op, drafter);
    run_now(run);
    int32_t f = fire_add(run, FIRE_OPEN, process, -1);
    FIRE(run, f).tok = tok_make(run, PLACE_IN, process, -1, f);
    for (size_t i = 0; i < count; i++)
        value_local(run, f, op_copy(run->op, values[i].name), value_copy(run->op, values[i].value), f);
    events_arm(run, FIRE(run, f).tok);
    return true;
}

bool bpmn_start(struct bpmn_run *run, int process, str drafter, const struct feel_entry *values, size_t count)
{
    if (!begin(run, process, drafter, values, count))
        return false;
    if (tok_live(run, FIRE(run, 0).tok))
        scope_open(run, FIRE(run, 0).tok, process);
    game_run(run);
    return true;
}

/* A parallel event-based gateway begins a process with the first of its events; the others are still to come. */
static void companions_wait(struct bpmn_run *run, int start)
{
    const struct bpmn *m = run->model;
    const struct node *n = &m->nodes[start];
    const struct node *gate = n->in.n == 1 ? &m->nodes[m->edges[n->in.p[0]].source] : NULL;
    if (!gate || gate->kind != NODE_GATE || !gate->parallel_multiple)
        return;
    for (size_t i = 0; i < gate->out.n; i++) {
        int other = m->edges[gate->out.p[i]].target;
        if (other != start && m->nodes[other].kind == NODE_RECEIVE)
            tok_make(run, PLACE_AT, other, 0, 0);
        else if (other != start)
            catch_begin(run, other, 0, NULL, 0);
    }
}

/* All events of a start that must come together are waited for where it begins; one of them is there. */
static void start_waits(struct bpmn_run *run, int start, int event)
{
    catch_begin(run, start, 0, NULL, 0);
    event_trigger(run, (int32_t)run->state.toks.n - 1, start, event, -1, (struct payload){0});
}

/* What the message said that begins the case, of whose conversation it is then. */
static void start_correlate(struct bpmn_run *run, const struct node *n, int event, const struct bpmn_carried *with)
{
    const struct event *e = event >= 0 ? &run->model->events[event] : NULL;
    if (with && (!e || e->kind == EVENT_MESSAGE))
        correlate(run, 0, e ? e->name : n->message, (struct payload){with->values, with->count}, 0);
}

bool bpmn_start_at(struct bpmn_run *run, int start, int event, const struct bpmn_carried *with, str drafter,
                   const struct feel_entry *values, size_t count)
{
    const struct bpmn *m = run->model;
    bool known = start >= 0 && (size_t)start < m->node_count && m->nodes[start].up >= 0 &&
                 m->nodes[m->nodes[start].up].kind == NODE_PROCESS;
    const struct node *n = known ? &m->nodes[start] : NULL;
    if (!n || (n->kind != NODE_START && n->kind != NODE_RECEIVE && n->kind != NODE_CATCH))
        return op_fail(run->op, FAULT_INPUT, S("开始"), "不能从这里启动，请检查开始事件的编号");
    must(event < (int)m->event_count);
    if (!begin(run, n->up, drafter, values, count))
        return false;
    start_correlate(run, n, event, with);
    if (n->kind == NODE_START && n->parallel_multiple && n->events.n > 1) {
        start_waits(run, start, event);
        game_run(run);
        return true;
    }
    companions_wait(run, start);
    int32_t f = fire_add(run, FIRE_EVENT, start, 0);
    FIRE(run, f).read = FIRE(run, 0).tok;
    outputs_write(run, n, 0, 0, f);
    outs_make(run, start, 0, f);
    if (FIRE(run, 0).live == 0)
        *list_add(run->op, &run->state.idle) = 0;
    game_run(run);
    return true;
}

/* A token that waits at that start for that clock; -1: none. */
static int32_t start_waiting(const struct bpmn_run *run, str start, str clock, int *ret_event)
{
    const struct bpmn *m = run->model;
    const struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->waits.n; i++) {
        const struct bpmn_wait *w = &s->waits.p[i];
        const struct event *e = &m->events[w->event];
        const struct node *n = &m->nodes[e->node];
        if (w->used >= 0 || !tok_live(run, w->tok) || e->kind != EVENT_TIMER || n->kind != NODE_START ||
            m->nodes[n->up].kind != NODE_PROCESS || !str_eq(n->id, start) || !str_eq(e->text, clock))
            continue;
        *ret_event = w->event;
        return w->tok;
    }
    return -1;
}

bool bpmn_start_rings(struct bpmn_run *run, str start, str clock)
{
    int event;
    int32_t tok = run->state.end == BPMN_RUNNING ? start_waiting(run, start, clock, &event) : -1;
    if (tok < 0)
        return false;
    if (run->state.suspended) {
        struct feel_entry text = {S("clock"), feel_of_text(clock)};
        return held_keep(run, HELD_CLOCK, -1, start, (struct payload){&text, 1});
    }
    run_now(run);
    event_trigger(run, tok, run->model->events[event].node, event, -1, (struct payload){0});
    game_run(run);
    return true;
}

/* A token inside a task that was handed out. */
static bool waiting_task(struct bpmn_run *run, int32_t tok)
{
    static const bool outside[NODE_KINDS] = {
        [NODE_SCRIPT] = true, [NODE_SERVICE] = true, [NODE_RULE] = true, [NODE_CALL] = true};
    if (!running(run))
        return false;
    if (!tok_live(run, tok) || tok_kind(run, tok) != PLACE_IN || !outside[tok_node(run, tok)->kind] ||
        tok_scope_opened(run, tok) >= 0)
        if (!tok_live(run, tok) || tok_node(run, tok)->kind != NODE_CALL || tok_node(run, tok)->called >= 0)
            return op_fail(run->op, FAULT_CONFLICT, S(""), "这一步已经不在等结果了，可能已被退回、取消或办过");
    return true;
}

bool bpmn_done(struct bpmn_run *run, int32_t tok, const struct feel_entry *values, size_t count)
{
    if (!waiting_task(run, tok))
        return false;
    values_keep(run, tok_data_scope(run, tok), values, count, TOK(run, tok).made);
    activity_done(run, tok, FIRE_DONE);
    game_run(run);
    return true;
}

bool bpmn_throw(struct bpmn_run *run, int32_t tok, str code)
{
    if (!waiting_task(run, tok))
        return false;
    error_throw(run, tok, TOK(run, tok).scope, code, TOK(run, tok).made);
    game_run(run);
    return true;
}

bool held_keep(struct bpmn_run *run, enum bpmn_held_kind kind, int32_t tok, str name, struct payload p)
{
    struct op *op = run->op;
    struct feel_entry *values = op_array(op, struct feel_entry, p.count + 1);
    for (size_t i = 0; i < p.count; i++)
        values[i] = (struct feel_entry){op_copy(op, p.values[i].name), value_copy(op, p.values[i].value)};
    if (run->state.held.n == BPMN_HELD_MAX)
        return false;
    *list_add(op, &run->state.held) =
        (struct bpmn_held){kind, tok, op_copy(op, name), feel_of_context(op, values, p.count)};
    return true;
}

/* In the order they came. What nobody waits for any more is dropped, as it is when it comes to a running case. */
void held_deliver(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    struct bpmn_held *held = s->held.p;
    size_t count = s->held.n;
    s->held.p = NULL;
    s->held.n = s->held.cap = 0;
    for (size_t i = 0; i < count; i++) {
        const struct feel_entry *values = held[i].values.context->entries;
        size_t value_count = held[i].values.context->count;
        if (held[i].kind == HELD_SIGNAL)
            (void)bpmn_signal(run, held[i].name, values, value_count);
        else if (held[i].kind == HELD_MESSAGE)
            (void)bpmn_message(run, held[i].name, values, value_count);
        else if (held[i].kind == HELD_CLOCK)
            (void)bpmn_start_rings(run, held[i].name, value_count && values[0].value.kind == FEEL_TEXT ? values[0].value.text : S(""));
        else if (tok_live(run, held[i].tok))
            (void)!bpmn_escalate(run, held[i].tok, held[i].name);
    }
}

bool bpmn_escalate(struct bpmn_run *run, int32_t tok, str code)
{
    if (run->state.suspended && tok_live(run, tok))
        return held_keep(run, HELD_ESCALATION, tok, code, (struct payload){0});
    if (!waiting_task(run, tok))
        return false;
    escalation_throw(run, tok, code);
    game_run(run);
    return true;
}

bool bpmn_calls(const struct bpmn_run *run, int32_t tok, str *ret_process)
{
    if (!tok_live(run, tok) || tok_kind(run, tok) != PLACE_IN || tok_node(run, tok)->kind != NODE_CALL ||
        tok_node(run, tok)->called >= 0)
        return false;
    *ret_process = tok_node(run, tok)->called_key;
    return true;
}

void bpmn_hold(struct bpmn_run *run, int32_t tok, str why)
{
    must(tok_live(run, tok));
    incident_add(run, tok, op_copy(run->op, why));
}

void bpmn_learn(struct bpmn_run *run, const struct feel_entry *values, size_t count)
{
    if (run->state.fires.n == 0 || run->state.end != BPMN_RUNNING)
        return;
    run_now(run);
    for (size_t i = 0; i < count; i++)
        value_local(run, 0, op_copy(run->op, values[i].name), value_copy(run->op, values[i].value), 0);
}

void bpmn_change(struct bpmn_run *run, const struct feel_entry *values, size_t count)
{
    bpmn_learn(run, values, count);
    if (run->state.fires.n && run->state.end == BPMN_RUNNING && !run->state.suspended)
        game_run(run);
}

/* What was ready when a command had fired all it may is ready again. */
static void all_go_on(struct bpmn_run *run)
{
    for (size_t i = 0; i < run->state.live.n; i++) {
        int32_t t = run->state.live.p[i];
        if (TOK(run, t).stuck != STUCK_TOGETHER)
            continue;
        TOK(run, t).stuck = STUCK_NOT;
        scope_stir(run, TOK(run, t).scope);
        run->state.starts += tok_kind(run, t) == PLACE_IN; /* a repetition that has not begun */
        *list_add(run->op, &run->state.ready) = t;
    }
}

bool bpmn_retry(struct bpmn_run *run, int32_t tok)
{
    if (!running(run))
        return false;
    if (!tok_live(run, tok) || !TOK(run, tok).stuck)
        return op_fail(run->op, FAULT_CONFLICT, S(""), "这里没有等待重试的差错");
    if (TOK(run, tok).stuck == STUCK_TOGETHER) {
        all_go_on(run);
    } else {
        TOK(run, tok).stuck = STUCK_NOT;
        scope_stir(run, TOK(run, tok).scope);
        if (tok_kind(run, tok) == PLACE_IN)
            activity_start(run, tok);
        else
            *list_add(run->op, &run->state.ready) = tok;
    }
    game_run(run);
    return true;
}

int32_t bpmn_stuck_next(const struct bpmn_run *run, int32_t after)
{
    bool together = false; /* of those only the first stands for all */
    for (size_t i = 0; i < run->state.live.n; i++) {
        int32_t t = run->state.live.p[i];
        bool one = TOK(run, t).stuck == STUCK_ITSELF || (TOK(run, t).stuck == STUCK_TOGETHER && !together);
        together |= TOK(run, t).stuck == STUCK_TOGETHER;
        if (one && t > after)
            return t;
    }
    return -1;
}

void bpmn_act_note(struct bpmn_run *run, int op, str actor, str opinion, int32_t other)
{
    must(other >= -1 && op >= BPMN_OWN_ACTS && op < BPMN_OWN_ACTS_MAX);
    *list_add(run->op, &run->state.acts) = (struct bpmn_act_row){.actor = op_copy(run->op, actor),
                                                                 .opinion = op_copy(run->op, opinion),
                                                                 .op = op,
                                                                 .work = -1,
                                                                 .seat = -1,
                                                                 .other = other,
                                                                 .at = run_now(run)};
}
