/* The sign plan of a work: steps one after another, in each step seats opened together and a rule that decides.
 * What is open, cancelled or decided follows from what the seats have said; plan_refresh makes it so. */
#include "bpmn/office.h"

#define WORK(run, w) ((run)->state.works.p[w])
#define STEP(run, s) ((run)->state.steps.p[s])
#define SEAT(run, s) ((run)->state.seats.p[s])

int32_t work_of_tok(const struct bpmn_run *run, int32_t tok)
{
    for (size_t i = run->state.works.n; i-- > 0;)
        if (run->state.works.p[i].tok == tok)
            return (int32_t)i;
    return -1;
}

void seat_set(struct bpmn_run *run, int32_t seat, enum bpmn_seat_state state)
{
    struct bpmn_seat *s = &SEAT(run, seat);
    if (s->state == state)
        return;
    bool was_open = s->state == SEAT_OPEN;
    s->state = state;
    s->rev++;
    if (state == SEAT_OPEN)
        command_add(run, BPMN_SEAT_OPENED, seat, WORK(run, s->work).node, s->who, WORK(run, s->work).due);
    else if (was_open)
        command_add(run, BPMN_SEAT_CLOSED, seat, WORK(run, s->work).node, s->who, 0);
}

int32_t step_add(struct bpmn_run *run, int32_t work, int32_t place, const struct bpmn_step *like)
{
    struct bpmn_step step = *like;
    step.work = work;
    step.place = place;
    step.decided = step.passed = false;
    for (size_t i = 0; i < run->state.steps.n && place >= 0; i++)
        if (STEP(run, i).work == work && STEP(run, i).place >= place)
            STEP(run, i).place++;
    *list_add(run->op, &run->state.steps) = step;
    return (int32_t)run->state.steps.n - 1;
}

int32_t seat_add(struct bpmn_run *run, int32_t work, int32_t step, str who, enum bpmn_seat_state state)
{
    *list_add(run->op, &run->state.seats) = (struct bpmn_seat){.work = work,
                                                               .step = step,
                                                               .who = op_copy(run->op, who),
                                                               .state = SEAT_WAITING,
                                                               .from = -1,
                                                               .act = -1,
                                                               .born = run->act};
    int32_t seat = (int32_t)run->state.seats.n - 1;
    seat_set(run, seat, state);
    return seat;
}

/* ---- the rule of a step ------------------------------------------------------------------------------------ */

struct votes {
    int64_t n, agreed, refused, other, open;
};

static struct votes votes_of(const struct bpmn_run *run, int32_t step)
{
    struct votes v = {0};
    for (size_t i = 0; i < run->state.seats.n; i++) {
        const struct bpmn_seat *s = &SEAT(run, i);
        if (s->step != step || s->ask || s->state == SEAT_TRANSFERRED || s->state == SEAT_VOID ||
            (s->state == SEAT_CANCELLED && !s->moot))
            continue;
        v.n++;
        v.agreed += s->state == SEAT_AGREED;
        v.refused += s->state == SEAT_REFUSED;
        v.other += s->state == SEAT_ABSTAINED || s->state == SEAT_READ;
        v.open += s->state == SEAT_OPEN || s->state == SEAT_WAITING || s->moot;
    }
    return v;
}

/* 0: open, 1: passed, -1: failed. Exact fractions: ⌈p·n⌉ of n votes. */
static int decide(const struct bpmn_step *s, struct votes v)
{
    int64_t need = 0;
    if (v.n == 0)
        return 1;
    if (s->collect && v.open > 0)
        return 0;
    switch (s->rule) {
    case RULE_ANY:
        if (s->collect)
            return v.agreed > 0 || v.refused == 0 ? 1 : -1;
        return v.agreed > 0 ? 1 : v.refused > 0 ? -1 : v.open == 0 ? 1 : 0;
    case RULE_ALL:
        return v.refused > 0 ? -1 : v.open == 0 ? 1 : 0;
    case RULE_RATIO:
        if (s->cast && v.open > 0)
            return 0;
        need = ((s->cast ? v.agreed + v.refused : v.n) * s->num + s->den - 1) / s->den;
        break;
    case RULE_COUNT:
        need = s->num < v.n ? s->num : v.n;
        break;
    case RULES:
        break;
    }
    return v.agreed >= need ? 1 : v.agreed + v.open < need || v.open == 0 ? -1 : 0;
}

static void step_close(struct bpmn_run *run, int32_t step)
{
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).step == step && (SEAT(run, i).state == SEAT_OPEN || SEAT(run, i).state == SEAT_WAITING)) {
            SEAT(run, i).moot = true;
            seat_set(run, (int32_t)i, SEAT_CANCELLED);
        }
}

/* Does a seat wait for an answer, or for people added before it? */
static bool seat_held(const struct bpmn_run *run, int32_t seat)
{
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).ask && SEAT(run, i).from == seat &&
            (SEAT(run, i).state == SEAT_OPEN || SEAT(run, i).state == SEAT_WAITING))
            return true;
    for (size_t i = 0; i < run->state.steps.n; i++)
        if (STEP(run, i).by_seat == seat && !STEP(run, i).decided)
            return true;
    return false;
}

static void step_open(struct bpmn_run *run, int32_t step)
{
    for (size_t i = 0; i < run->state.seats.n; i++) {
        struct bpmn_seat *s = &SEAT(run, i);
        if (s->step != step)
            continue;
        if (s->moot && s->state == SEAT_CANCELLED) {
            s->moot = false;
            s->state = SEAT_WAITING;
        }
        if (s->state == SEAT_WAITING && !seat_held(run, (int32_t)i))
            seat_set(run, (int32_t)i, SEAT_OPEN);
        else if (s->state == SEAT_OPEN && seat_held(run, (int32_t)i))
            seat_set(run, (int32_t)i, SEAT_WAITING);
    }
}

static void step_shut(struct bpmn_run *run, int32_t step)
{
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).step == step && SEAT(run, i).state == SEAT_OPEN)
            seat_set(run, (int32_t)i, SEAT_WAITING);
}

/* Whoever has not spoken when a work ends need not any more. */
static void seats_clear(struct bpmn_run *run, int32_t work)
{
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).work == work && (SEAT(run, i).state == SEAT_OPEN || SEAT(run, i).state == SEAT_WAITING)) {
            SEAT(run, i).moot = true;
            seat_set(run, (int32_t)i, SEAT_CANCELLED);
        }
}

/* 直达 has given back what closed these visits: they are done again, and what was said in them counts again. Who had taken
 * their word back before has a seat without it. */
static void visits_restore(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->works.n; i++)
        if (WORK(run, i).state == WORK_WITHDRAWN && TOK(run, WORK(run, i).tok).used == WORK(run, i).closed &&
            FIRE(run, WORK(run, i).closed).undone < 0 && FIRE(run, WORK(run, i).closed).kind == FIRE_DONE)
            WORK(run, i).state = WORK_DONE;
    for (size_t i = 0; i < s->seats.n; i++)
        if (SEAT(run, i).act >= 0 && WORK(run, SEAT(run, i).work).state == WORK_DONE)
            s->acts.p[SEAT(run, i).act].struck = false;
}

static void work_complete(struct bpmn_run *run, int32_t work, bool passed)
{
    seats_clear(run, work);
    struct bpmn_work *w = &WORK(run, work);
    int32_t tok = w->tok, back = w->back_to;
    int node = w->node;
    w->state = WORK_DONE;
    w->closed = (int32_t)run->state.fires.n;
    command_add(run, BPMN_WORK_CLOSED, work, node, passed ? S("同意") : S("不同意"), 0);
    int32_t scope = tok_data_scope(run, tok);
    if (passed && back >= 0 && redo_possible(run, back)) { /* 直达: what the return took away comes back */
        int32_t f = fire_add(run, FIRE_DONE, node, TOK(run, tok).scope);
        FIRE(run, f).data = TOK(run, tok).made;
        value_set(run, scope, S("outcome"), feel_of_text(S("agree")), f);
        tok_use(run, tok, f);
        redo(run, back, f);
        visits_restore(run);
        size_t works = run->state.works.n;
        for (size_t i = 0; i < works; i++) {
            struct bpmn_work *old = &WORK(run, i);
            bool lives = tok_live(run, old->tok) && work_of_tok(run, old->tok) == (int32_t)i;
            if (lives && old->state != WORK_OPEN)
                work_again(run, old->tok, (int32_t)i, old->state == WORK_WITHDRAWN ? ALL_SAID : NOTHING_SAID);
        }
        return;
    }
    value_set(run, scope, S("outcome"), feel_of_text(passed ? S("agree") : S("refuse")), w->closed);
    activity_done(run, tok, FIRE_DONE);
}

/* Attached steps (前加签) first: when one has decided, the seat that waits for it opens again. */
static void attached_refresh(struct bpmn_run *run, int32_t work)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < run->state.steps.n; i++) {
            struct bpmn_step *s = &STEP(run, i);
            if (s->work != work || s->by_seat < 0 || s->decided)
                continue;
            int verdict = decide(s, votes_of(run, (int32_t)i));
            if (verdict == 0) {
                step_open(run, (int32_t)i);
                continue;
            }
            s->decided = changed = true;
            s->passed = verdict > 0;
            step_close(run, (int32_t)i);
            if (verdict < 0 && !s->advice && SEAT(run, s->by_seat).state == SEAT_WAITING)
                seat_set(run, s->by_seat, SEAT_REFUSED); /* binding: their no is mine */
        }
    }
}

void plan_refresh(struct bpmn_run *run, int32_t work)
{
    if (WORK(run, work).state != WORK_OPEN)
        return;
    attached_refresh(run, work);
    for (int32_t place = 0;; place++) {
        int32_t step = -1;
        for (size_t i = 0; i < run->state.steps.n && step < 0; i++)
            if (STEP(run, i).work == work && STEP(run, i).place == place)
                step = (int32_t)i;
        if (step < 0)
            break;
        int verdict =
            STEP(run, step).decided ? (STEP(run, step).passed ? 1 : -1) : decide(&STEP(run, step), votes_of(run, step));
        if (verdict == 0) {
            WORK(run, work).step = step;
            step_open(run, step);
            for (size_t i = 0; i < run->state.steps.n; i++)
                if (STEP(run, i).work == work && STEP(run, i).place > place)
                    step_shut(run, (int32_t)i);
            return;
        }
        STEP(run, step).decided = true;
        STEP(run, step).passed = verdict > 0;
        step_close(run, step);
        if (verdict < 0) {
            for (size_t i = 0; i < run->state.steps.n; i++)
                if (STEP(run, i).work == work && STEP(run, i).place > place)
                    step_close(run, (int32_t)i);
            work_complete(run, work, false);
            return;
        }
    }
    bool anybody = false;
    for (size_t i = 0; i < run->state.seats.n; i++)
        anybody |= SEAT(run, i).work == work;
    if (anybody)
        work_complete(run, work, true);
}

/* ---- opening a work ---------------------------------------------------------------------------------------- */

bool rule_word(str rule, const char *word)
{
    str head, rest = rule;
    while (rest.n > 0) {
        str_split(rest, ' ', &head, &rest);
        if (str_eq(head, str_z(word)))
            return true;
    }
    return false;
}

/* "all", "any", "ratio 2/3", "count 2"; with "collect", "cast", "order". */
static struct bpmn_step rule_read(str rule)
{
    struct bpmn_step s = {.rule = RULE_ANY,
                          .num = 1,
                          .den = 1,
                          .by_seat = -1,
                          .collect = rule_word(rule, "collect"),
                          .cast = rule_word(rule, "cast")};
    str head, rest = rule;
    bool fraction = false;
    if (rule_word(rule, "all") || rule_word(rule, "order"))
        s.rule = RULE_ALL;
    while (rest.n > 0) {
        str_split(rest, ' ', &head, &rest);
        if (fraction) {
            str a, b;
            struct json number = {.kind = JSON_NUMBER};
            int64_t num = 1, den = 1;
            bool both = str_split(head, '/', &a, &b);
            number.text = a;
            if (json_int(&number, &num) && num > 0 && num <= BPMN_SEATS_MAX)
                s.num = (int32_t)num;
            number.text = b;
            if (both && json_int(&number, &den) && den >= num && den <= 1000)
                s.den = (int32_t)den;
        }
        fraction = str_eq(head, S("ratio")) || str_eq(head, S("count"));
        if (fraction)
            s.rule = str_eq(head, S("ratio")) ? RULE_RATIO : RULE_COUNT;
    }
    return s;
}

struct strs {
    str *p;
    size_t n, cap;
};

static void people_text(struct bpmn_run *run, int32_t scope, str text, struct strs *ret)
{
    str one, rest = text;
    bool expression = str_starts(text, S("${")) || str_starts(text, S("#{")) || str_starts(text, S("="));
    if (expression) {
        struct feel *tree;
        int faults = run->op->fault_count;
        if (feel_parse(run->op, bpmn_expression_text(run->op, text), &run->model->scope, &tree)) {
            feel_value v = value_eval(run, scope, tree, NULL, 0);
            if (v.kind == FEEL_TEXT)
                *list_add(run->op, ret) = op_copy(run->op, v.text);
            for (size_t i = 0; v.kind == FEEL_LIST && i < v.count && i < BPMN_SEATS_MAX; i++)
                if (v.items[i].kind == FEEL_TEXT)
                    *list_add(run->op, ret) = op_copy(run->op, v.items[i].text);
        }
        op_forgive(run->op, faults);
        return;
    }
    while (rest.n > 0 && ret->n < BPMN_SEATS_MAX) {
        str_split(rest, ',', &one, &rest);
        if (str_trim(one).n)
            *list_add(run->op, ret) = str_trim(one);
    }
}

static bool acted_before(const struct bpmn_run *run, str who, bool last_only)
{
    for (size_t i = run->state.acts.n; i-- > 0;) {
        const struct bpmn_act_row *a = &run->state.acts.p[i];
        if (a->op != DO_AGREE || a->struck)
            continue;
        if (str_eq(a->actor, who))
            return true;
        if (last_only)
            return false;
    }
    return false;
}

/* 去重: whoever has just agreed need not agree again. Not after a return to this node. */
static void same_person(struct bpmn_run *run, int32_t work, str rule)
{
    bool last = rule_word(rule, "skip-same"), any = rule_word(rule, "skip-all");
    for (size_t i = 0; (last || any) && i < run->state.seats.n && !WORK(run, work).returned_into; i++) {
        struct bpmn_seat *s = &SEAT(run, i);
        if (s->work != work || s->state != SEAT_OPEN || !acted_before(run, s->who, !any))
            continue;
        *list_add(run->op, &run->state.acts) = (struct bpmn_act_row){.actor = s->who,
                                                                     .opinion = S("自动（同前意见）"),
                                                                     .op = DO_AGREE,
                                                                     .work = work,
                                                                     .seat = (int32_t)i,
                                                                     .other = -1,
                                                                     .at = run_now(run)};
        SEAT(run, i).act = (int32_t)run->state.acts.n - 1;
        seat_set(run, (int32_t)i, SEAT_AGREED);
    }
}

static time_ms due_of(struct bpmn_run *run, const struct bpmn_people *p)
{
    time_ms now = run_now(run), due = 0;
    feel_value v;
    if (!p->due.n)
        return 0;
    if (run->due)
        return run->due(run->from, now, p->due);
    if (feel_duration_parse(p->due, &v) && v.kind == FEEL_SPAN && v.seconds >= 0 && v.seconds < 100000000000)
        return now + v.seconds * 1000;
    return time_parse(p->due, &due) ? due : 0;
}

static int32_t work_new(struct bpmn_run *run, int32_t tok)
{
    int node = place_node(run->model, TOK(run, tok).place);
    *list_add(run->op, &run->state.works) = (struct bpmn_work){.tok = tok,
                                                               .node = node,
                                                               .opened = (int32_t)run->state.fires.n - 1,
                                                               .closed = -1,
                                                               .back_to = -1,
                                                               .step = -1,
                                                               .due = due_of(run, &run->model->nodes[node].people),
                                                               .opened_at = run_now(run)};
    int32_t work = (int32_t)run->state.works.n - 1;
    command_add(run, BPMN_WORK_OPENED, work, node, bpmn_node_name(run->model, node), WORK(run, work).due);
    return work;
}

void work_open(struct bpmn_run *run, int32_t tok)
{
    const struct node *n = tok_node(run, tok);
    const struct bpmn_people *p = &n->people;
    int32_t work = work_new(run, tok), scope = tok_data_scope(run, tok);
    struct strs who = {0};
    const str *given;
    size_t count;
    if (run->people && run->people(run->from, run, work, &given, &count)) {
        for (size_t i = 0; i < count && i < BPMN_SEATS_MAX; i++)
            *list_add(run->op, &who) = given[i];
    } else {
        people_text(run, scope,
                    p->who.n        ? op_text(run->op, "=%.*s", PS(p->who))
                    : p->assignee.n ? p->assignee
                                    : p->users,
                    &who);
    }
    struct bpmn_step like = rule_read(p->rule);
    int32_t step = -1;
    bool order = rule_word(p->rule, "order");
    for (size_t i = 0; i < who.n; i++) {
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice |= str_eq(who.p[k], who.p[i]);
        if (twice)
            continue;
        if (step < 0 || order)
            step = step_add(run, work, order ? (int32_t)i : 0, &like);
        seat_add(run, work, step, who.p[i], SEAT_WAITING);
    }
    if (who.n == 0) { /* 空席: never passes by itself */
        step_add(run, work, 0, &like);
        command_add(run, BPMN_INCIDENT, tok, WORK(run, work).node, S("待分派：没有找到办理人"), 0);
        return;
    }
    plan_refresh(run, work);
    if (WORK(run, work).state == WORK_OPEN) {
        same_person(run, work, p->rule);
        plan_refresh(run, work);
    }
}

/* A visit anew, with the people of an earlier one. reopened_seat: what the others have said stays said; ALL_SAID: whatever was;
 * NOTHING_SAID: all are asked again. */
void work_again(struct bpmn_run *run, int32_t tok, int32_t old, int32_t reopened_seat)
{
    int32_t work = work_new(run, tok);
    WORK(run, work).returned_into = true;
    size_t steps = run->state.steps.n, seats = run->state.seats.n;
    int32_t *moved_step = op_array(run->op, int32_t, steps + 1), *moved_seat = op_array(run->op, int32_t, seats + 1);
    for (size_t i = 0; i < seats; i++)
        moved_seat[i] = -1;
    for (size_t i = 0; i < steps; i++)
        if (STEP(run, i).work == old && (reopened_seat >= 0 || STEP(run, i).by_seat < 0)) { /* 前加签 is not asked again */
            struct bpmn_step like = STEP(run, i);
            *list_add(run->op, &run->state.steps) = like;
            moved_step[i] = (int32_t)run->state.steps.n - 1;
            STEP(run, moved_step[i]).work = work;
            bool keeps = reopened_seat >= 0 && SEAT(run, reopened_seat).step != (int32_t)i;
            STEP(run, moved_step[i]).decided =
                like.decided && (reopened_seat == ALL_SAID ||
                                 (keeps && like.place < STEP(run, SEAT(run, reopened_seat).step).place));
        }
    for (size_t i = 0; i < seats; i++) {
        struct bpmn_seat s = SEAT(run, i);
        if (s.work != old || s.ask || (reopened_seat < 0 && STEP(run, s.step).by_seat >= 0) ||
            s.state == SEAT_TRANSFERRED || (s.state == SEAT_CANCELLED && !s.moot))
            continue;
        if (run->holds_office && !run->holds_office(run->from, s.who))
            continue; /* who has left does not sit again; an empty work becomes 待分派 */
        int32_t seat = seat_add(run, work, moved_step[s.step], s.who, SEAT_WAITING);
        moved_seat[i] = seat;
        SEAT(run, seat).from = -1;
        if (reopened_seat != NOTHING_SAID && (int32_t)i != reopened_seat && seat_acted(s.state)) {
            SEAT(run, seat).state = s.state;
            SEAT(run, seat).act = s.act;
            if (s.act >= 0)
                run->state.acts.p[s.act].struck = false;
        }
    }
    for (size_t i = steps; i < run->state.steps.n; i++)
        if (STEP(run, i).by_seat >= 0)
            STEP(run, i).by_seat = moved_seat[STEP(run, i).by_seat];
    if (run->state.seats.n == seats)
        command_add(run, BPMN_INCIDENT, tok, WORK(run, work).node, S("待分派：原办理人都已离任"), 0);
    plan_refresh(run, work);
}

/* The token is used or dead: the work on it ends with it. */
void work_closed(struct bpmn_run *run, int32_t tok, enum bpmn_work_state state)
{
    int32_t work = work_of_tok(run, tok);
    if (work < 0 || WORK(run, work).state != WORK_OPEN)
        return;
    WORK(run, work).state = state;
    WORK(run, work).closed = (int32_t)run->state.fires.n - 1;
    seats_clear(run, work);
    command_add(run, BPMN_WORK_CLOSED, work, WORK(run, work).node, state == WORK_RETURNED ? S("退回") : S("收回"), 0);
}
