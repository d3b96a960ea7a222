/* Repeated activities: standard loops, multi-instance one after another or at once, and ad hoc sub-processes.
 * The loop is a scope of its own: one token stands for it, one more for each repetition under way. */
#include "bpmn/state.h"

/* Counts that conditions may ask for, by the standard's names and the common other ones. */
struct counts {
    int32_t wanted, active, completed, index;
};

/* Goes on from where it counted last, and anew when something has been undone or redone since. */
static struct counts counts_of(struct bpmn_run *run, int32_t scope)
{
    const struct bpmn_state *s = &run->state;
    size_t from = run->counted.scope == scope ? run->counted.seen : 0;
    for (size_t i = from; i < s->fires.n && from; i++)
        if (s->fires.p[i].kind == FIRE_UNDO || s->fires.p[i].kind == FIRE_REDO)
            from = 0;
    if (from <= (size_t)scope || from > s->fires.n) {
        from = (size_t)scope;
        run->counted.completed = run->counted.index = 0;
    }
    for (size_t i = from; i < s->fires.n; i++)
        if (s->fires.p[i].scope == scope && s->fires.p[i].undone < 0) {
            run->counted.completed += s->fires.p[i].kind == FIRE_DONE || s->fires.p[i].kind == FIRE_CLOSE;
            run->counted.index += s->fires.p[i].kind == FIRE_INSTANCE;
        }
    run->counted.scope = scope;
    run->counted.seen = s->fires.n;
    return (struct counts){.wanted = FIRE(run, scope).data, .active = FIRE(run, scope).live,
                           .completed = run->counted.completed, .index = run->counted.index};
}

static feel_value loop_eval(struct bpmn_run *run, int32_t scope, const struct feel *tree)
{
    struct counts c = counts_of(run, scope);
    struct extra extras[] = {
        {"numberOfInstances", feel_of_int(c.wanted)},          {"nrOfInstances", feel_of_int(c.wanted)},
        {"numberOfActiveInstances", feel_of_int(c.active)},    {"nrOfActiveInstances", feel_of_int(c.active)},
        {"numberOfCompletedInstances", feel_of_int(c.completed)}, {"nrOfCompletedInstances", feel_of_int(c.completed)},
        {"numberOfTerminatedInstances", feel_of_int(c.index - c.active - c.completed)},
        {"loopCounter", feel_of_int(c.index)},
    };
    return value_eval(run, scope, tree, extras, COUNT(extras));
}

static void instance_launch(struct bpmn_run *run, int32_t scope, int32_t cause)
{
    int node = FIRE(run, scope).node;
    const struct node *n = &run->model->nodes[node];
    struct counts c = counts_of(run, scope);
    int32_t f = fire_add(run, FIRE_INSTANCE, node, scope);
    int32_t t = tok_make(run, PLACE_IN, node, scope, f);
    TOK(run, t).index = c.index;
    FIRE(run, f).read = FIRE(run, scope).tok;
    FIRE(run, f).cause = cause;
    if (node_is_container(n->kind) || n->kind == NODE_CALL)
        FIRE(run, f).tok = t;
    value_local(run, f, S("loopCounter"), feel_of_int(c.index + 1), f);
    feel_value list = n->loop.collection ? value_eval(run, scope, n->loop.collection, NULL, 0) : feel_null();
    if (list.kind == FEEL_LIST && n->loop.item.n && (size_t)c.index < list.count)
        value_local(run, f, n->loop.item, value_copy(run->op, list.items[c.index]), f);
    if (n->loop.result.n) /* each repetition has its own */
        value_local(run, f, n->loop.result, feel_null(), f);
    inputs_read(run, n, t);
    run->state.starts++;
    *list_add(run->op, &run->state.ready) =
        t; /* begun by the game, not from here: ten thousand of them would fill the stack */
}

static void loop_end(struct bpmn_run *run, int32_t scope)
{
    int32_t tok = FIRE(run, scope).tok;
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    if (n->loop.results.n && n->loop.result.n) { /* one result of each, in order of the repetitions */
        struct {
            feel_value *p;
            size_t n, cap;
        } results = {0};
        for (size_t i = 0; i < run->state.fires.n; i++)
            if (FIRE(run, i).kind == FIRE_INSTANCE && FIRE(run, i).scope == scope && FIRE(run, i).undone < 0)
                *list_add(run->op, &results) = value_get(run, (int32_t)i, n->loop.result);
        if (n->loop.results_inside)
            value_local(run, scope, n->loop.results, feel_of_list(results.p, results.n), scope);
        else
            value_set(run, FIRE(run, scope).scope, n->loop.results, feel_of_list(results.p, results.n), scope);
    }
    activity_done(run, tok, FIRE_DONE);
}

/* How many; -1: not a count. */
static int32_t instances_wanted(struct bpmn_run *run, const struct node *n, int32_t scope)
{
    int64_t count = 0;
    if (n->loop.collection) {
        feel_value v = value_eval(run, scope, n->loop.collection, NULL, 0);
        count = v.kind == FEEL_LIST ? (int64_t)v.count : v.kind == FEEL_NULL ? 0 : -1;
    } else {
        feel_value v = value_eval(run, scope, n->loop.count, NULL, 0);
        if (v.kind != FEEL_NUMBER || !dec_int(v.number, &count))
            return -1;
    }
    return count < 0 || count > BPMN_INSTANCES_MAX ? -1 : (int32_t)count;
}

static bool standard_goes_on(struct bpmn_run *run, const struct node *n, int32_t scope, int32_t done)
{
    return (!n->loop.maximum || done < n->loop.maximum) &&
           (!n->loop.condition || feel_true(loop_eval(run, scope, n->loop.condition)));
}

void loop_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count, int32_t cause)
{
    const struct node *n = &run->model->nodes[node];
    bool multi = n->loop.kind != LOOP_STANDARD;
    must(count > 0);
    const struct bpmn_fire *made = &FIRE(run, TOK(run, used[0]).made);
    int32_t data = made->kind == FIRE_HANDLER ? made->outer : scope; /* a handler sees the data of what it is for */
    int32_t wanted = multi ? instances_wanted(run, n, data) : 0;
    if (wanted < 0) {
        incident_add(run, used[0], op_text(run->op, "「%.*s」做几次算不出来，须是 0 到 %d 的整数或一个列表",
                                           PS(bpmn_node_name(run->model, node)), BPMN_INSTANCES_MAX));
        return;
    }
    int32_t f = fire_add(run, FIRE_LOOP, node, scope);
    FIRE(run, f).cause = cause;
    FIRE(run, f).outer = data;
    FIRE(run, f).data = wanted;
    for (size_t i = 0; i < count; i++)
        tok_use(run, used[i], f);
    int32_t t = tok_make(run, PLACE_LOOP, node, scope, f);
    FIRE(run, f).tok = t;
    events_arm(run, t);
    if (!tok_live(run, t))
        return;
    bool none = multi ? wanted == 0 : n->loop.test_before && !standard_goes_on(run, n, f, 0);
    int32_t first = n->loop.kind == LOOP_PARALLEL ? wanted : 1;
    if (none)
        loop_end(run, f);
    for (int32_t i = 0; !none && i < first && tok_live(run, t) && run->state.end == BPMN_RUNNING; i++)
        instance_launch(run, f, f);
}

/* The event that a repetition throws goes to the edge of the loop only, and does not end it. */
static void behavior_throw(struct bpmn_run *run, int32_t scope, int event, int32_t cause)
{
    int32_t tok = FIRE(run, scope).tok;
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    if (event < 0)
        return;
    const struct event *thrown = &run->model->events[event];
    for (size_t i = 0; i < n->boundaries.n && tok_live(run, tok); i++) {
        const struct node *b = &run->model->nodes[n->boundaries.p[i]];
        for (size_t k = 0; k < b->events.n; k++) {
            const struct event *e = &run->model->events[b->events.p[k]];
            if (e->kind != thrown->kind || !(str_eq(e->name, thrown->name) || e->any))
                continue;
            int32_t outer = TOK(run, tok).scope, f = fire_add(run, FIRE_EVENT, n->boundaries.p[i], outer);
            FIRE(run, f).read = tok;
            FIRE(run, f).cause = cause;
            outs_make(run, n->boundaries.p[i], outer, f);
        }
    }
}

void loop_after(struct bpmn_run *run, int32_t scope, int32_t done)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    const struct loop *l = &n->loop;
    int32_t tok = FIRE(run, scope).tok;
    struct counts c = counts_of(run, scope);
    bool enough = false;
    if (l->kind == LOOP_STANDARD) {
        enough = !standard_goes_on(run, n, scope, c.completed);
    } else {
        if (l->behavior == BEHAVIOR_NONE || (l->behavior == BEHAVIOR_ONE && c.completed == 1))
            behavior_throw(run, scope, l->event, done);
        for (size_t i = 0; l->behavior == BEHAVIOR_COMPLEX && i < l->complex_count; i++)
            if (feel_true(loop_eval(run, scope, l->complex[i].condition))) {
                behavior_throw(run, scope, l->complex[i].event, done);
                enough = true;
            }
        enough |= l->condition && feel_true(loop_eval(run, scope, l->condition));
        enough |= c.completed + c.active >= c.wanted && c.active == 0;
    }
    /* What has come true meanwhile at its edge comes before the next round and before its end; of rounds that run at once none is the next. */
    bool pauses = l->kind != LOOP_PARALLEL || enough;
    while (pauses && tok_live(run, tok) && conditions_check(run, tok))
        ;
    if (!tok_live(run, tok))
        return;
    if (enough) {
        scope_kill(run, scope, done, -1);
        loop_end(run, scope);
    } else if (l->kind != LOOP_PARALLEL && c.active == 0) {
        instance_launch(run, scope, done);
    }
}

/* ---- ad hoc ------------------------------------------------------------------------------------------------ */

static bool begun(const struct bpmn_run *run, int32_t scope, int node)
{
    for (size_t i = 0; i < run->state.toks.n; i++) {
        const struct bpmn_tok *t = &TOK(run, i);
        if (t->scope == scope && place_node(run->model, t->place) == node && FIRE(run, t->made).undone < 0)
            return true;
    }
    return false;
}

/* Everything nothing leads to may begin: all at once, or one after another; it ends by its condition, or when all is
 * done. */
void adhoc_after(struct bpmn_run *run, int32_t scope)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    int32_t tok = FIRE(run, scope).tok;
    bool first = true;
    for (size_t i = 0; i < n->entries.n; i++)
        first &= !begun(run, scope, n->entries.p[i]);
    if (!first && n->enough && value_true(run, scope, n->enough)) {
        activity_done(run, tok, FIRE_CLOSE);
        return;
    }
    bool some = false;
    for (size_t i = 0; i < n->entries.n && !(some && n->sequential); i++)
        if (!begun(run, scope, n->entries.p[i])) {
            int32_t last = (int32_t)run->state.fires.n - 1; /* one after another: each follows from the one before */
            while (last > scope && (FIRE(run, last).scope != scope || FIRE(run, last).undone >= 0))
                last--;
            int32_t f = fire_add(run, FIRE_PASS, FIRE(run, scope).node, scope);
            FIRE(run, f).read = tok;
            FIRE(run, f).cause = n->sequential && last > scope ? last : scope;
            tok_make(run, PLACE_AT, n->entries.p[i], scope, f);
            some = true;
        }
    if (!some)
        activity_done(run, tok, FIRE_CLOSE);
}

/* Each activity that ends asks whether it is enough; then what is left is stopped at once, or waited for. */
void adhoc_enough(struct bpmn_run *run, int32_t scope, int32_t done)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    if (n->cancel_rest && n->enough && FIRE(run, scope).live > 0 && value_true(run, scope, n->enough))
        scope_kill(run, scope, done, -1);
}
