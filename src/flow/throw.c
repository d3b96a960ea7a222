/* What a case throws beyond itself. An escalation (升级) goes to the call that began it; a signal (信号) is heard by every
 * case of the same path, above and below; a message (消息) is taken by the one that waits for it, those above asked
 * first. An error or an end is the answer of the call itself: kin.c.
 *
 * A case that is begun while the one above is in hand may throw at once: what it throws is then handed up in memory
 * (struct thrown), for the one above is not yet what the tables say. */
#include "flow/inner.h"


struct ids {
    id *p;
    size_t n, cap;
};

static bool among(const struct ids *all, id x)
{
    for (size_t i = 0; i < all->n; i++)
        if (id_eq(all->p[i], x))
            return true;
    return false;
}

/* The cases of its path: those above, nearest first, then all others from the top down. */
[[nodiscard]] static bool path_read(struct flow_tx *f, struct ids *ret)
{
    id *next;
    size_t count;
    *ret = (struct ids){0};
    id top = f->case_id, above = f->parent;
    for (int i = 0; !id_none(above) && i <= FLOW_DEPTH_MAX; i++) {
        top = above;
        *list_add(f->op, ret) = above;
        if (!case_above(f->tx, above, &above))
            return false;
    }
    struct ids below = {0};
    *list_add(f->op, &below) = top;
    for (size_t i = 0; i < below.n && below.n < FLOW_KIN_MAX; i++) {
        int64_t no;
        if (!fact_first(f->tx, CASE_LEDGER, below.p[i], &no) ||
            !store_ids(f->tx, "select id from flow_case where parent = $1 order by no", ARGS(INT(no)), &next, &count))
            return false;
        for (size_t k = 0; k < count; k++)
            *list_add(f->op, &below) = next[k];
    }
    for (size_t i = 0; i < below.n; i++)
        if (!among(ret, below.p[i]))
            *list_add(f->op, ret) = below.p[i];
    return true;
}

/* Gives it to a case that is in hand; tok: the call that an escalation comes from. True: it was heard. */
static bool hear(struct flow_tx *f, const struct thrown *t, int32_t tok)
{
    struct bpmn_run *run = &f->run;
    if (run->state.end != BPMN_RUNNING)
        return false;
    if (t->kind == BPMN_SIGNAL)
        return bpmn_signal(run, t->name, t->values, t->value_count);
    if (t->kind == BPMN_SEND)
        return bpmn_message(run, t->name, t->values, t->value_count);
    if (t->kind == BPMN_CLOCK)
        return bpmn_start_rings(run, t->name, t->clock);
    return (size_t)tok < run->state.toks.n && bpmn_alive(run, tok) && bpmn_escalate(run, tok, t->name);
}

static const str words[BPMN_COMMAND_KINDS] = {
    [BPMN_SIGNAL] = SC("收到信号"), [BPMN_SEND] = SC("收到消息"), [BPMN_ESCALATION] = SC("下级上报"),
    [BPMN_CLOCK] = SC("时间已到")};

/* To a case that is only in the tables. */
[[nodiscard]] static bool relay(struct flow_tx *f, id other, const struct thrown *t, bool *ret_heard)
{
    struct flow_tx k;
    *ret_heard = false;
    if (f->relays >= RELAYS_MAX)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "上下级流程互相发信号没有尽头，请改流程");
    case_init(&k, f->tx, f->flow, f->who);
    if (!case_load(&k, other))
        return false;
    if (k.run.state.end != BPMN_RUNNING)
        return true;
    k.ticking = f->ticking;
    k.relays = f->relays + 1;
    if (!case_record(&k))
        return false;
    *ret_heard = hear(&k, t, f->parent_tok);
    struct case_fact what = {.act = words[t->kind], .planned = t->planned};
    if (t->kind == BPMN_CLOCK)
        what.start = t->name;
    return !*ret_heard || (act_settle(&k, S("")) && act_keep(&k, &what));
}

bool thrown_join(struct flow_tx *f, const struct procedure *p, const struct thrown *t, bool *ret_heard)
{
    id *all;
    size_t all_count;
    bool heard;
    *ret_heard = false;
    if (!store_ids(f->tx, "select id from flow_case where procedure = $1 and ended = 0 and town = $2 order by no limit $3",
                   ARGS(TEXT(p->key), TEXT(store_town(f->tx)), INT(FLOW_KIN_MAX)), &all, &all_count))
        return false;
    for (size_t i = 0; i < all_count && !(*ret_heard && t->kind != BPMN_SIGNAL); i++) {
        if (!id_eq(all[i], f->case_id) && !relay(f, all[i], t, &heard))
            return false;
        *ret_heard |= heard;
    }
    return true;
}

/* Others have moved, and may have moved this one: it is what the tables say now. What it did stays told. */
[[nodiscard]] static bool again(struct flow_tx *f)
{
    struct flow_tx was = *f;
    case_init(f, was.tx, was.flow, was.who);
    if (!case_load(f, was.case_id) || !case_record(f))
        return false;
    f->ticking = was.ticking;
    f->within = was.within;
    f->above = was.above;
    f->relays = was.relays;
    f->told = was.told;
    f->fact_no = was.fact_no; /* the act's own */
    f->run.commands = was.run.commands;
    f->run.last_command = was.run.last_command;
    return true;
}

/* The case above is in hand: it looks when it settles. */
static void hand_up(struct flow_tx *f, struct thrown t)
{
    must((size_t)t.heard_count < COUNT(t.heard));
    t.heard[t.heard_count++] = f->case_id;
    t.tok = f->parent_tok;
    *list_add(f->op, &f->above->thrown) = t;
}

[[nodiscard]] static bool throw_one(struct flow_tx *f, struct thrown t, bool *ret_moved)
{
    struct ids path;
    bool heard = false;
    if (f->within && f->above) {
        hand_up(f, t);
        return true;
    }
    if (f->within)
        return true;
    if (t.kind == BPMN_ESCALATION) {
        bool told = id_none(f->parent) || relay(f, f->parent, &t, &heard);
        *ret_moved |= heard;
        return told;
    }
    if (!path_read(f, &path))
        return false;
    for (size_t i = 0; i < path.n && !(heard && t.kind == BPMN_SEND); i++) {
        bool skip = id_eq(path.p[i], f->case_id);
        for (int k = 0; k < t.heard_count; k++)
            skip |= id_eq(path.p[i], t.heard[k]);
        if (!skip && !relay(f, path.p[i], &t, &heard))
            return false;
        *ret_moved |= heard;
    }
    if (heard && t.kind == BPMN_SEND)
        return true;
    return starts_hear(f, t.kind == BPMN_SEND ? BPMN_START_MESSAGE : BPMN_START_SIGNAL, t.name, t.values, t.value_count);
}

/* What came up from a case below that was begun in this same step: for this one first, then for whoever is further. */
[[nodiscard]] static bool thrown_take(struct flow_tx *f, bool *ret_moved)
{
    for (size_t i = 0; i < f->thrown.n; i++) {
        struct thrown t = f->thrown.p[i];
        bool heard = hear(f, &t, t.tok);
        struct case_fact what = {.act = words[t.kind]};
        if (heard && (!act_settle(f, S("")) || !case_keep(f, &what)))
            return false;
        *ret_moved |= heard;
        if (t.kind == BPMN_SIGNAL || (t.kind == BPMN_SEND && !heard))
            if (!throw_one(f, t, ret_moved))
                return false;
    }
    f->thrown.n = 0;
    return true;
}

bool thrown_tell(struct flow_tx *f, bool *ret_moved)
{
    bool others = false;
    *ret_moved = false;
    if (!thrown_take(f, ret_moved))
        return false;
    for (const struct bpmn_command *c = f->told ? f->told->next : f->run.commands; c; c = c->next) {
        f->told = c;
        bool thrown = c->kind == BPMN_SIGNAL || c->kind == BPMN_SEND || c->kind == BPMN_ESCALATION;
        if (thrown && !throw_one(f, (struct thrown){.kind = c->kind,
                                                   .name = c->name,
                                                   .tok = -1,
                                                   .values = c->values,
                                                   .value_count = c->value_count},
                                 &others))
            return false;
    }
    if (others && !again(f))
        return false;
    *ret_moved |= others && f->run.state.end == BPMN_RUNNING;
    return true;
}
