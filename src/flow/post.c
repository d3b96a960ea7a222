/* When posts change (岗位): somebody leaves a role, gets another village group, is stopped. What waits for them follows the
 * words of its model as posts stand now: it passes to who holds the post, or goes to the others who sit there; where there
 * is nobody it becomes 空席, told to who supervises. And a task without anybody is handed to who has come. */
#include "flow/inner.h"

enum { POST_CASES_MAX = 20000 };    /* of one change; what is left follows when its own clock is looked at */
#define MOVED S("岗位变动")

static bool is_among(const str *all, size_t count, str who)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i], who))
            return true;
    return false;
}

/* Only roles come and go with posts: who is named by the record or by name keeps the task while in office. */
static bool by_roles(str words)
{
    bool some = false;
    while (words.n) {
        str word = flow_word_next(&words);
        some |= word.n > 0;
        if (word.n && !str_starts(word, S("角色:")))
            return false;
    }
    return some;
}

static bool sits_open(const struct bpmn_seat *seat, int32_t work)
{
    return seat->work == work && (seat->state == SEAT_OPEN || seat->state == SEAT_WAITING);
}

bool seat_manned(struct flow_tx *f, int32_t number)
{
    const struct bpmn_seat *seat = &f->run.state.seats.p[number];
    const str *all;
    size_t count;
    str words = bpmn_node_people(f->run.model, f->run.state.works.p[seat->work].node)->who;
    if (!f->run.holds_office(f, seat->who))
        return false;
    if (seat->from >= 0 || bpmn_seat_adder(&f->run, number).n || !by_roles(words))
        return true;
    if (!flow_seats(f, words, &all, &count)) {
        f->failed = true;
        return true;
    }
    return is_among(all, count, seat->who);
}

/* The first of them who has no seat in that step; NULL: all have. */
static const str *free_of(const struct bpmn_state *s, int32_t step, const str *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool sits = false;
        for (size_t k = 0; k < s->seats.n && !sits; k++)
            sits = s->seats.p[k].step == step && str_eq(s->seats.p[k].who, all[i]);
        if (!sits)
            return &all[i];
    }
    return NULL;
}

static bool others_sit(struct flow_tx *f, int32_t number)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->seats.n; i++)
        if ((int32_t)i != number && s->seats.p[i].step == s->seats.p[number].step &&
            sits_open(&s->seats.p[i], s->seats.p[number].work) && seat_manned(f, (int32_t)i))
            return true;
    return false;
}

/* What cannot be passed on, a seat that was passed on too often, stays and is told. */
static bool seat_pass(struct flow_tx *f, int32_t number, const str *all, size_t count)
{
    const struct bpmn_state *s = &f->run.state;
    int32_t work = s->seats.p[number].work;
    int faults = f->op->fault_count;
    const str *next = free_of(s, s->seats.p[number].step, all, count);
    bool done = next                    ? system_act(f, DO_TRANSFER, work, number, MOVED, next, 1)
                : others_sit(f, number) ? system_act(f, DO_REMOVE, work, number, MOVED, NULL, 0)
                                        : false;
    if (!done && !f->failed)
        op_forgive(f->op, faults);
    return done;
}

[[nodiscard]] static bool work_settle(struct flow_tx *f, int32_t work, bool *moved)
{
    const struct bpmn_state *s = &f->run.state;
    str words = bpmn_node_people(f->run.model, s->works.p[work].node)->who;
    const str *all;
    size_t count, seats = s->seats.n;
    bool sat = false;
    if (!words.n)
        return true;
    if (!flow_seats(f, words, &all, &count))
        return false;
    for (size_t i = 0; i < seats && s->works.p[work].state == WORK_OPEN; i++) {
        sat |= sits_open(&s->seats.p[i], work);
        if (s->seats.p[i].work == work && s->seats.p[i].state == SEAT_OPEN && !seat_manned(f, (int32_t)i))
            *moved |= seat_pass(f, (int32_t)i, all, count);
        if (f->failed)
            return false;
    }
    if (sat || count == 0 || s->works.p[work].state != WORK_OPEN)
        return true;
    int faults = f->op->fault_count;
    if (system_act(f, DO_ASSIGN, work, -1, MOVED, all, count))
        *moved = true;
    else if (!f->failed)
        op_forgive(f->op, faults);
    return !f->failed;
}

bool post_settle(struct flow_tx *f, bool *ret_moved)
{
    size_t works = f->run.state.works.n;
    *ret_moved = false;
    for (size_t i = 0; i < works && f->run.state.end == BPMN_RUNNING && !f->run.state.suspended; i++)
        if (f->run.state.works.p[i].state == WORK_OPEN && !work_settle(f, (int32_t)i, ret_moved))
            return false;
    return f->run.state.suspended || vacancies_settle(f, ret_moved);
}

[[nodiscard]] static bool case_follow(struct tx *tx, const struct flow *flow, const struct who *who, id case_id)
{
    struct flow_tx f;
    struct case_fact what = {.act = MOVED};
    bool moved;
    case_init(&f, tx, flow, who);
    if (!case_load(&f, case_id))
        return false;
    if (f.run.state.end != BPMN_RUNNING || f.run.state.suspended)
        return true;
    f.ticking = true;
    if (!case_record(&f))
        return false;
    if (f.withdrawn)
        return true;
    str before = f.stuck;
    if (!post_settle(&f, &moved) || !act_settle(&f, S("")))
        return false;
    return (!moved && str_eq(before, f.stuck)) || act_keep(&f, &what);
}

bool flow_record_changed(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                         const struct record *r)
{
    static const str who_answers[] = {SC("岗位"), SC("账号"), SC("站所"), SC("代岗")};
    bool post = str_eq(l->name, S("岗位")), answers = false;
    id *cases;
    size_t count;
    id account = r->id;
    int64_t number = 0;
    for (size_t i = 0; i < COUNT(who_answers); i++)
        answers = answers || str_eq(l->name, who_answers[i]);
    bool account_too = post || str_eq(l->name, S("账号"));
    if (!account_too && (!own_changed(tx, flow, who, l, r) || !below_changed(tx, flow, who, l, r) ||
                         !starts_watch(tx, flow, l, r->id, r->fact_no - 1, 0)))
        return false;
    if (!answers)
        return true;
    if (post && !id_parse(json_str(r->values, S("账号")), &account))
        return true;
    if ((account_too && !account_number(tx, flow->town, account, &number)) ||
        !store_ids(tx,
                   "select id from flow_case where no in (select case_no from flow_seat where account = $1"
                   " union select case_no from flow_stuck union select case_no from flow_vacant) order by no limit $2",
                   ARGS(INT(number), INT(POST_CASES_MAX)), &cases, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mark mark = op_mark(tx->op);
        if (!case_follow(tx, flow, who, cases[i]))
            return false;
        op_reset(tx->op, mark);
    }
    return true;
}
