/* What time does to cases: timers of the model, reminders, what a rule says of being overdue. Each in a transaction
 * of its own, once. */
#include "flow/inner.h"

#define RETRY_MS ((time_ms)10 * 60 * 1000)
enum { TRIES_MAX = 8 };             /* after that, once every 42 hours */

bool flow_next(struct tx *tx, const struct flow *flow, time_ms *ret, bool *ret_found)
{
    time_ms begins;
    size_t count;
    if (!flow_now(tx, flow, &flow) ||
        !store_int(tx, "select next from flow_case where next > 0 order by next limit 1", ARGS(), ret, ret_found) ||
        !starts_due(tx, flow, NULL, 0, &count, &begins))
        return false;
    if (begins && (!*ret_found || begins < *ret))
        *ret = begins;
    *ret_found = *ret_found || begins;
    return true;
}

/* The seat that a closed one has let open: of whoever wanted that voice first (前加签); -1: none. */
static int32_t seat_behind(const struct bpmn_state *s, int32_t seat)
{
    int32_t asker = s->seats.p[seat].state == SEAT_OPEN ? -1 : s->steps.p[s->seats.p[seat].step].by_seat;
    return asker >= 0 && asker < seat && s->seats.p[asker].state == SEAT_OPEN ? asker : -1;
}

/* One reminder per seat, however many ratios passed while nobody looked. Where time agrees for a seat, the one that waited for
 * it is as late. */
[[nodiscard]] static bool work_remind(struct flow_tx *f, const struct wake *w)
{
    struct bpmn_state *s = &f->run.state;
    int32_t work = w->work;
    time_ms due_at = s->works.p[work].due;
    bool overdue = due_at && f->op->now >= due_at;
    for (size_t i = 0; i < s->seats.n; i++)
        for (int32_t seat = (int32_t)i; seat >= 0 && s->end == BPMN_RUNNING && s->works.p[work].state == WORK_OPEN;
             seat = seat_behind(s, seat)) {
            int faults = f->op->fault_count;
            if (s->seats.p[seat].work != work || s->seats.p[seat].state != SEAT_OPEN)
                break;
            if (!system_act(f, DO_NUDGE, work, seat, overdue ? S("已到期") : S("快到期"), NULL, 0))
                op_forgive(f->op, faults); /* somebody reminded them within the half hour */
            if (f->failed || (overdue && !system_act(f, DO_TIMEOUT, work, seat, S("到期"), NULL, 0)))
                return false;
        }
    return !overdue || s->works.p[work].state != WORK_OPEN || ladder_climb(f, w);
}

static bool wake_passed(const struct flow_tx *f, const struct wake *w)
{
    for (int k = 0; k < w->count; k++)
        if (w->at[k] > f->reminded && w->at[k] <= f->op->now)
            return true;
    return false;
}

[[nodiscard]] static bool case_tick(struct flow_tx *f)
{
    if (f->run.state.end != BPMN_RUNNING || !case_record(f))
        return f->run.state.end != BPMN_RUNNING;
    if (f->withdrawn)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "所办的记录已作废");
    if (!flow_clocks(f))
        return false;
    bpmn_tick(&f->run);
    size_t count = f->wakes.n;
    for (size_t i = 0; i < count; i++) {
        struct wake w = f->wakes.p[i];
        if (wake_passed(f, &w) && f->run.state.works.p[w.work].state == WORK_OPEN && !work_remind(f, &w))
            return false;
    }
    bool moved;
    if (!post_settle(f, &moved)) /* a post that ends by its date changes nothing that anybody could tell us */
        return false;
    if (f->op->now > f->reminded)
        f->reminded = f->op->now;
    struct case_fact what = {.act = f->restarted ? S("重新起算") : S("到时")};
    return act_settle(f, S("到时")) && act_keep(f, &what);
}

/* Its clock cannot run: what is the matter becomes an incident, and it is tried again later. */
[[nodiscard]] static bool case_delay(struct flow_tx *f, str why)
{
    int tries = f->tries + 1;
    f->tries = tries;
    f->retry = f->op->now + (RETRY_MS << (tries < TRIES_MAX ? tries - 1 : TRIES_MAX));
    stuck_set(f, op_text(f->op, "定时事项没有办成：%.*s", PS(why)));
    struct case_fact what = {.act = S("受阻"), .opinion = why};
    return case_keep(f, &what);
}

/* The clocks of one case that are due: all of it, or nothing of it and an incident. */
[[nodiscard]] static bool case_round(struct tx *tx, const struct flow *flow, id case_id)
{
    struct op *op = tx->op;
    struct flow_tx f;
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    case_init(&f, tx, flow, &system);
    f.ticking = true;
    bool done = case_load(&f, case_id);
    if (done && store_part_begin(tx)) {
        struct flow_tx before = f;
        int faults = op->fault_count;
        done = case_tick(&f);
        if (done) {
            done = store_part_keep(tx);
        } else {
            str why = op->faults ? op_copy(op, op->faults->text) : S("原因不明");
            if (op_has_fault(op, FAULT_SYSTEM)) /* a disk that fails is not the case's fault: the next round tries again */
                return false;
            op_forgive(op, faults);
            case_init(&f, tx, flow, &system);
            f.ticking = true;
            done = store_part_undo(tx) && case_load(&f, case_id);
            f.tries = before.tries;
            done = done && case_delay(&f, why);
        }
    }
    return done;
}

/* What begins by the clock: its record and its case, or nothing of them and an incident. */
[[nodiscard]] static bool start_round(struct tx *tx, const struct flow *flow, const struct start_due *d)
{
    struct op *op = tx->op;
    int faults = op->fault_count;
    time_ms planned;
    if (!store_part_begin(tx))
        return false;
    if (start_ring(tx, flow, *d, false))
        return store_part_keep(tx);
    str why = op->faults ? op_copy(op, op->faults->text) : S("原因不明");
    if (op_has_fault(op, FAULT_SYSTEM))
        return false;
    op_forgive(op, faults);
    return store_part_undo(tx) && start_moment(tx, *d, &planned) &&
           missed_keep(tx, d, planned, op_text(op, "到时没有发起成：%.*s", PS(why)));
}

/* Begun by the version that is in force now; a later one has clocks of its own. */
[[nodiscard]] static bool start_round_now(struct tx *tx, const struct flow *flow, const struct start_due *d)
{
    return flow_in_force(flow, d->procedure->key) != d->procedure || start_round(tx, flow, d);
}

/* Its own op: what a thousand cases need is not kept until the last. begins: a procedure that begins by itself; NULL:
 * that case. */
[[nodiscard]] static bool one_tick(struct op *outer, struct store *store, const struct flow *flow,
                                   const struct start_due *begins, id case_id)
{
    struct op op;
    struct tx *tx;
    op_init(&op, outer->now, op_random(outer));
    bool done = store_begin(store, &op, TX_WRITE, &tx) && flow_now(tx, flow, &flow) &&
                (begins ? start_round_now(tx, flow, begins) : case_round(tx, flow, case_id)) && store_commit(tx);
    if (!done && op.faults)
        (void)!op_fail(outer, op.faults->kind, op_copy(outer, op.faults->field), "%.*s", PS(op.faults->text));
    op_done(&op);
    return done;
}

[[nodiscard]] static bool cases_due(struct tx *tx, id due[FLOW_TICK_MAX], int *ret_count)
{
    struct rows *rows;
    bool found;
    int count = 0;
    if (!store_query(tx, "select id from flow_case where next > 0 and next <= $1 order by next limit $2",
                     ARGS(INT(tx->op->now), INT(FLOW_TICK_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found && count < FLOW_TICK_MAX) {
        due[count++] = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    *ret_count = count;
    return true;
}

bool flow_tick_within(struct tx *tx, const struct flow *flow, int *ret_done)
{
    id due[FLOW_TICK_MAX];
    struct start_due begins[FLOW_TICK_MAX];
    size_t begin_count;
    time_ms next;
    int count;
    *ret_done = 0;
    if (!flow_now(tx, flow, &flow) || !starts_due(tx, flow, begins, FLOW_TICK_MAX, &begin_count, &next))
        return false;
    for (size_t i = 0; i < begin_count; i++, (*ret_done)++)
        if (!start_round(tx, flow, &begins[i]))
            return false;
    if (!cases_due(tx, due, &count))
        return false;
    for (int i = 0; i < count; i++, (*ret_done)++)
        if (!case_round(tx, flow, due[i]))
            return false;
    return true;
}

bool flow_tick(struct op *op, struct store *store, const struct flow *flow, int *ret_done)
{
    struct tx *tx;
    id due[FLOW_TICK_MAX];
    struct start_due begins[FLOW_TICK_MAX];
    size_t begin_count;
    time_ms next;
    int count;
    *ret_done = 0;
    if (!store_begin(store, op, TX_READ, &tx) || !flow_now(tx, flow, &flow) ||
        !starts_due(tx, flow, begins, FLOW_TICK_MAX, &begin_count, &next) || !cases_due(tx, due, &count))
        return false;
    store_abandon(tx);
    for (size_t i = 0; i < begin_count; i++) /* one that fails does not hold up the others */
        *ret_done += one_tick(op, store, flow, &begins[i], (id){0});
    for (int i = 0; i < count; i++)
        *ret_done += one_tick(op, store, flow, NULL, due[i]);
    return count + (int)begin_count == 0 || *ret_done > 0;
}
