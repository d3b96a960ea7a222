/* What a rule says of being overdue (逾期动作), step by step: told, raised, passed up. */
#include "flow/inner.h"

bool system_act(struct flow_tx *f, enum bpmn_op op, int32_t work, int32_t seat, str words, const str *who,
                size_t who_count)
{
    struct bpmn_act a = {.op = op,
                         .actor = SYSTEM_ACTOR,
                         .opinion = words,
                         .work = work,
                         .seat = seat,
                         .other = -1,
                         .target = -1,
                         .rev = -1,
                         .who = who,
                         .who_count = who_count,
                         .rule = RULE_ALL,
                         .num = 1,
                         .den = 1};
    return bpmn_act(&f->run, &a);
}

struct chiefs {
    const str *p;
    size_t n;
};

/* 抄送分管领导: each once per work. */
[[nodiscard]] static bool tell(struct flow_tx *f, int32_t work, const struct chiefs *chiefs)
{
    const struct bpmn_state *s = &f->run.state;
    struct { str *p; size_t n, cap; } fresh = {0};
    for (size_t i = 0; i < chiefs->n; i++) {
        bool told = false;
        for (size_t k = 0; k < s->copies.n && !told; k++)
            told = str_eq(s->copies.p[k].who, chiefs->p[i]) && s->copies.p[k].work == work &&
                   str_eq(s->copies.p[k].from, SYSTEM_ACTOR);
        if (!told)
            *list_add(f->op, &fresh) = chiefs->p[i];
    }
    str words = op_text(f->op, "「%.*s」已逾期", PS(bpmn_node_name(f->run.model, s->works.p[work].node)));
    return fresh.n == 0 || system_act(f, DO_COPY, work, -1, words, fresh.p, fresh.n);
}

static bool sits_in(const struct bpmn_state *s, int32_t step, str who)
{
    for (size_t i = 0; i < s->seats.n; i++)
        if (s->seats.p[i].step == step && str_eq(s->seats.p[i].who, who) && s->seats.p[i].state != SEAT_TRANSFERRED)
            return true;
    return false;
}

/* The first chief who holds office and does not sit there yet; NULL: none is left. */
static const str *free_chief(const struct flow_tx *f, const struct chiefs *chiefs, int32_t step)
{
    for (size_t i = 0; i < chiefs->n; i++)
        if (!sits_in(&f->run.state, step, chiefs->p[i]) && f->run.holds_office(f->run.from, chiefs->p[i]))
            return &chiefs->p[i];
    return NULL;
}

static bool is_chief(const struct chiefs *chiefs, str who)
{
    for (size_t i = 0; i < chiefs->n; i++)
        if (str_eq(chiefs->p[i], who))
            return true;
    return false;
}

/* Does to every late seat that is not a chief's. What bpmn refuses (asked for advice only, passed on too often) stays
 * as it is. */
[[nodiscard]] static bool seats_move(struct flow_tx *f, int32_t work, const struct chiefs *chiefs, enum bpmn_op op,
                                     str words)
{
    struct bpmn_state *s = &f->run.state;
    size_t count = s->seats.n;
    for (size_t i = 0; i < count && s->works.p[work].state == WORK_OPEN; i++) {
        struct bpmn_seat seat = s->seats.p[i];
        int faults = f->op->fault_count;
        if (seat.work != work || seat.state != SEAT_OPEN || is_chief(chiefs, seat.who))
            continue;
        bool there = false; /* 上报 once per step is enough */
        for (size_t k = 0; k < chiefs->n && op == DO_BESIDE; k++)
            there = there || sits_in(s, seat.step, chiefs->p[k]);
        const str *chief = there ? NULL : free_chief(f, chiefs, seat.step);
        if (chief && !system_act(f, op, work, (int32_t)i, words, chief, 1))
            op_forgive(f->op, faults);
        if (f->failed)
            return false;
    }
    return true;
}

[[nodiscard]] static bool raise(struct flow_tx *f, int32_t work, const struct chiefs *chiefs)
{
    return seats_move(f, work, chiefs, DO_BESIDE, S("逾期上报")) && tell(f, work, chiefs);
}

[[nodiscard]] static bool pass_up(struct flow_tx *f, int32_t work, const struct chiefs *chiefs)
{
    return seats_move(f, work, chiefs, DO_TRANSFER, S("逾期自动升级")) && tell(f, work, chiefs);
}

/* grade: at which ratio from the deadline on; a rule that has fewer ratios does the rest at its last. */
static const struct {
    str name;
    int grade;
    bool (*climb)(struct flow_tx *f, int32_t work, const struct chiefs *chiefs);
} steps[] = {{SC("抄送分管领导"), 0, tell}, {SC("上报"), 1, raise}, {SC("自动升级"), 2, pass_up}};

bool ladder_climb(struct flow_tx *f, const struct wake *w)
{
    const struct bpmn_work *work = &f->run.state.works.p[w->work];
    struct due due;
    struct chiefs chiefs;
    int passed = 0, all = 0;
    for (int k = 0; k < w->count; k++) {
        all += w->at[k] >= w->due;
        passed += w->at[k] >= w->due && w->at[k] <= f->op->now;
    }
    if (!flow_due(f, bpmn_node_people(f->run.model, work->node)->due, work->opened_at, &due) ||
        !flow_seats(f, f->procedure->chief, &chiefs.p, &chiefs.n))
        return false;
    for (size_t i = 0; i < COUNT(steps); i++)
        for (size_t k = 0; k < due.action_count; k++) {
            int grade = steps[i].grade < all ? steps[i].grade : all - 1;
            if (str_eq(due.actions[k], steps[i].name) && passed > grade && !steps[i].climb(f, w->work, &chiefs))
                return false;
        }
    return true;
}
