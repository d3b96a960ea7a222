/* A running case moves to another version of its model: every node it ever touched must be there under the same id, or under
 * the one that whoever moves it names, every flow it waits on between the same two nodes, and from where it stands the
 * process must still be able to end. A step may have come between where it has been. History keeps its meaning, so undo
 * works across the move. moves.c matches the steps. */
#include "bpmn/move.h"
#include "bpmn/net.h"
#include "bpmn/office.h"

static str place_name(struct op *op, const struct bpmn *m, int32_t place)
{
    if (place >= (int32_t)m->edge_count)
        return bpmn_node_name(m, place_node(m, place));
    return op_text(op, "%.*s → %.*s", PS(bpmn_node_name(m, m->edges[place].source)),
                   PS(bpmn_node_name(m, m->edges[place].target)));
}

static int32_t place_moved(const struct moving *v, int32_t place, bool live)
{
    if (place < (int32_t)v->from->edge_count)
        return live ? v->edges[place] : v->past[place];
    int node = v->nodes[place_node(v->from, place)];
    return node < 0 ? -1 : place_of(v->to, place_kind(v->from, place), node);
}

/* Every open scope of the moved state: can it still end? */
static bool scopes_end(struct bpmn_run *run)
{
    const struct net_exit *exits = net_exits(run->op, run->model);
    for (size_t f = 0; f < run->state.fires.n; f++) {
        const struct bpmn_fire *x = &run->state.fires.p[f];
        bool open = x->tok >= 0 && x->undone < 0 && tok_live(run, x->tok) &&
                    (x->kind == FIRE_OPEN || x->kind == FIRE_INSTANCE) && x->live > 0;
        struct net net;
        struct net_result r;
        if (!open)
            continue;
        int container = run->model->nodes[x->node].kind == NODE_CALL ? run->model->nodes[x->node].called : x->node;
        net_make(run->op, run->model, exits, container, &net);
        if (net.undecidable)
            continue;
        uint8_t *marking = net_marking(run->op, &net);
        for (size_t i = 0; i < run->state.live.n; i++) {
            int32_t place = TOK(run, run->state.live.p[i]).place;
            if (TOK(run, run->state.live.p[i]).scope == (int32_t)f)
                net_put(&net, marking,
                        place < (int32_t)run->model->edge_count
                            ? place
                            : (int32_t)run->model->edge_count + place_node(run->model, place));
        }
        net_search(run->op, &net, marking, NULL, &r);
        if (r.trouble == NET_DEADLOCK || r.trouble == NET_ENDLESS)
            return op_fail(run->op, FAULT_CONFLICT, bpmn_node_name(run->model, r.at < 0 ? container : r.at),
                           "换到新版以后这里会永远等下去，不能迁移");
    }
    return true;
}

bool bpmn_migrate(struct bpmn_run *run, const struct bpmn *to, const struct bpmn_rename *renames, size_t count)
{
    struct moving v = {.from = run->model, .to = to, .renames = renames, .rename_count = count};
    struct bpmn_state moved = run->state;
    struct bpmn_run at = *run;
    if (!moves_find(run->op, &v))
        return false;
    state_copy(run->op, &moved);
    for (size_t i = 0; i < moved.live.n; i++) /* first where it stands: that is what people ask about */
        if (place_moved(&v, moved.toks.p[moved.live.p[i]].place, true) < 0)
            return op_fail(run->op, FAULT_CONFLICT, place_name(run->op, v.from, moved.toks.p[moved.live.p[i]].place),
                           "这件正停在这里，新版流程里没有它了，不能迁移；改了名的请指明改成哪一步，没有了的请等它走过或先退回");
    for (size_t i = 0; i < moved.fires.n; i++) {
        if (v.nodes[moved.fires.p[i].node] < 0)
            return op_fail(run->op, FAULT_CONFLICT, bpmn_node_name(v.from, moved.fires.p[i].node),
                           "这件走过这里，新版流程里没有它了，不能迁移；改了名的请指明改成哪一步");
        moved.fires.p[i].node = v.nodes[moved.fires.p[i].node];
        if (moved.fires.p[i].kind == FIRE_COMPENSATE && moved.fires.p[i].data >= 0)
            moved.fires.p[i].data = v.nodes[moved.fires.p[i].data];
    }
    for (size_t i = 0; i < moved.toks.n; i++) {
        int32_t place = place_moved(&v, moved.toks.p[i].place, moved.toks.p[i].used < 0);
        if (place < 0)
            return op_fail(run->op, FAULT_CONFLICT, place_name(run->op, v.from, moved.toks.p[i].place),
                           "这件走过这里，新版流程里没有它了，不能迁移；改了名的请指明改成哪一步");
        moved.toks.p[i].place = place;
    }
    for (size_t i = 0; i < moved.waits.n; i++) {
        if (v.events[moved.waits.p[i].event] < 0)
            return op_fail(run->op, FAULT_CONFLICT, bpmn_node_name(v.from, v.from->events[moved.waits.p[i].event].node),
                           "新版流程里这个事件变了，不能迁移");
        moved.waits.p[i].event = v.events[moved.waits.p[i].event];
    }
    for (size_t i = 0; i < moved.works.n; i++)
        moved.works.p[i].node = v.nodes[moved.works.p[i].node];
    moved.process = moved.process < 0 ? -1 : v.nodes[moved.process];
    run->model = to;
    run->state = moved;
    state_index(run);
    const char *wrong = bpmn_check_state(to, &run->state);
    if (!wrong && scopes_end(run))
        return true;
    *run = at;
    return wrong ? op_fail(run->op, FAULT_CONFLICT, S(""), "新版流程装不下这件现在的状态（%s），不能迁移", wrong) : false;
}

bool bpmn_touched(const struct bpmn_run *run, int node, bool *ret_here)
{
    bool touched = false;
    *ret_here = false;
    for (size_t i = 0; i < run->state.fires.n && !touched; i++)
        touched = run->state.fires.p[i].node == node;
    for (size_t i = 0; i < run->state.live.n && !*ret_here; i++)
        *ret_here = place_node(run->model, TOK(run, run->state.live.p[i]).place) == node;
    return touched || *ret_here;
}
