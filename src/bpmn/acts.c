/* The acts: who may, in which state of a seat, and what each does. The table decides; the functions carry out. */
#include "bpmn/net.h"
#include "bpmn/office.h"

#define WORK(run, w) ((run)->state.works.p[w])
#define STEP(run, s) ((run)->state.steps.p[s])
#define SEAT(run, s) ((run)->state.seats.p[s])
#define BIT(state) (1u << (state))
#define REFUSE(...) op_fail(run->op, FAULT_CONFLICT, S(""), __VA_ARGS__)
#define WRONG(field, ...) op_fail(run->op, FAULT_INPUT, S(field), __VA_ARGS__)

enum { ACTED = BIT(SEAT_AGREED) | BIT(SEAT_REFUSED) | BIT(SEAT_ABSTAINED) | BIT(SEAT_READ) };

static const struct bpmn_act_rule rules[DO_ACTS] = {
    [DO_AGREE] = {"同意", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "席位本人或其代理",
                  "席位记同意；按本步规则判定，最后一步通过后环节办结", "本步已定的，其余席位注明已由他人办结",
                  "意见入留痕"},
    [DO_REFUSE] = {"不同意", MAY_HOLDER, BIT(SEAT_OPEN), true, false, "同上",
                   "席位记不同意；本步不通过则环节以不同意办结，去向由流程图定", "同上", "意见必填"},
    [DO_ABSTAIN] = {"弃权", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "同上", "席位记弃权，不算同意", "无",
                    "意见入留痕"},
    [DO_READ] = {"圈阅", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "同上", "席位记圈阅", "无", "入留痕"},
    [DO_BACK] = {"退回", MAY_HOLDER, BIT(SEAT_OPEN), true, false, "席位本人或其代理，环节允许时",
                 "撤销目标环节的办结及其引起的一切，原办理人重办；直达则重办后回到退回人",
                 "由它引起的分支收回，别的分支不动", "意见划去留存，传阅件不受影响"},
    [DO_BACK_FIRST] = {"驳回", MAY_HOLDER, BIT(SEAT_OPEN), true, false, "同上", "退回到第一个环节", "全部收回", "同上"},
    [DO_TAKE_BACK] = {"撤回", MAY_CLOSER, ACTED, false, false, "办了这一席的人，后面还没有人办时",
                      "本步未定：席位重开；已定：撤销自己的办结，只重开自己的席位",
                      "由它打开而未办的收回；有人办过则不准，并指出是谁", "意见划去，未读传阅收回"},
    [DO_CANCEL] = {"撤销", MAY_DRAFTER | MAY_ADMIN, 0, true, false, "拟稿人，别人未办之前；之后须管理员",
                   "流程以撤销结束", "全部收回", "编号不再用"},
    [DO_END] = {"终止", MAY_ADMIN, 0, true, true, "管理员", "流程以终止结束", "全部收回", "入留痕"},
    [DO_TRANSFER] = {"转办", MAY_HOLDER | MAY_ADMIN, BIT(SEAT_OPEN), false, false, "席位本人，或管理员",
                     "席位转给一人，责任随之；最多五次，转回原人须写意见", "无", "链条保留"},
    [DO_ASK] = {"委派", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "席位本人",
                "另开一席征求意见，本席等待；答复后本席再定", "无", "两份意见都留"},
    [DO_BEFORE] = {"前加签", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "席位本人",
                   "先由所加的人办，本席等待；他们不同意作为意见，或按约定有约束力", "无", "入留痕"},
    [DO_AFTER] = {"后加签", MAY_HOLDER, BIT(SEAT_OPEN), false, false, "席位本人，同时同意",
                  "在本步之后加一步，它通过后环节才办结", "无", "入留痕"},
    [DO_BESIDE] = {"并签", MAY_HOLDER | MAY_SYSTEM, BIT(SEAT_OPEN), false, false, "席位本人；逾期上报时为系统",
                   "本步加席位，所需票数重算", "无",
                   "入留痕"},
    [DO_REMOVE] = {"减签", MAY_ADDER | MAY_ADMIN, BIT(SEAT_OPEN) | BIT(SEAT_WAITING), false, false, "加的人，或管理员",
                   
                   "未办的席位取消；空了的一步消失；没有人办过的环节，最后一席不能减", "等它的席位重开", "入留痕"},
    [DO_COPY] = {"传阅", MAY_ANYONE, 0, false, false, "看得到这份件的人", "每人一份传阅件，可按次序轮阅", "不动办理",
                 "退回、驳回、结束都不收回"},
    [DO_COPY_READ] = {"已阅", MAY_READER, 0, false, true, "收到的人", "记阅读时间和批注", "无", "回执"},
    [DO_COPY_RECALL] = {"收回传阅", MAY_ANYONE, 0, false, true, "发出的人", "未读的收回；已读不可", "无", "入留痕"},
    [DO_NUDGE] = {"催办", MAY_DRAFTER | MAY_EARLIER | MAY_ADMIN, BIT(SEAT_OPEN), false, false,
                  "拟稿人、前面办过的人、管理员", "给席位一次提醒，半小时内只一次", "无", "计次"},
    [DO_JUMP] = {"自由跳转", MAY_ADMIN, 0, true, false, "管理员；涉及不可逆环节须两人",
                 "所选的位置移到目标，且推演得流程还能结束", "所选的收回，其余不动", "记为干预"},
    [DO_SUSPEND] = {"挂起", MAY_ADMIN, 0, true, false, "管理员",
                    "除终止、恢复、交接、已阅、收回传阅、补正意见外都不准，钟停", "全流程", "入留痕"},
    [DO_RESUME] = {"恢复", MAY_ADMIN, 0, false, true, "管理员", "钟和期限顺延挂起的时间", "全流程", "入留痕"},
    [DO_HAND_OVER] = {"交接", MAY_ADMIN, 0, true, true, "管理员", "一人名下未办的席位一次全转给另一人", "无",
                      "清单留存"},
    [DO_TIMEOUT] = {"超时", MAY_SYSTEM, BIT(SEAT_OPEN), false, false, "系统",
                    "节点写明的自动同意，不可逆环节除外；其余提醒", "同所作动作", "经办人记系统"},
    [DO_ASSIGN] = {"分派", MAY_ADMIN, 0, false, false, "管理员", "给空席的环节安排人", "无", "入留痕"},
    [DO_CORRECT] = {"补正意见", MAY_ANYONE, 0, true, true, "说那句意见的人", "另记一条，原意见不改", "无", "两条都留"},
};

const struct bpmn_act_rule *bpmn_act_rules(void)
{
    return rules;
}

/* People are known by their account; faults speak of them by name. */
static str named(const struct bpmn_run *run, str who)
{
    return run->name ? run->name(run->from, who) : who;
}

/* ---- who may ----------------------------------------------------------------------------------------------- */

static bool row(int32_t i, size_t n)
{
    return i >= 0 && (size_t)i < n;
}

static bool administrator(const struct bpmn_run *run, str who)
{
    return run->administrator && run->administrator(run->from, who);
}

/* AB岗: the seat stays its owner's. Not for a paper that the deputy drafted (回避). */
static bool stands_in(const struct bpmn_run *run, str who, str owner)
{
    return run->deputy && run->deputy(run->from, who, owner) && !str_eq(who, run->state.drafter);
}

static bool acted_earlier(const struct bpmn_run *run, str who)
{
    for (size_t i = 0; i < run->state.acts.n; i++)
        if (str_eq(run->state.acts.p[i].actor, who) && run->state.acts.p[i].op <= DO_READ)
            return true;
    return false;
}

/* Most seats are made during somebody's act: the task before was done, or a return opened it again. Only these acts add one. */
str bpmn_seat_adder(const struct bpmn_run *run, int32_t number)
{
    static const unsigned adds = BIT(DO_ASK) | BIT(DO_BEFORE) | BIT(DO_AFTER) | BIT(DO_BESIDE) | BIT(DO_ASSIGN),
                          passes_on = BIT(DO_TRANSFER) | BIT(DO_HAND_OVER);
    const struct bpmn_state *s = &run->state;
    int32_t seat = number;
    for (size_t i = 0; i <= s->seats.n && row(seat, s->seats.n); i++) {
        const struct bpmn_seat *x = &SEAT(run, seat);
        if (x->ask)
            return row(x->from, s->seats.n) ? SEAT(run, x->from).who : S("");
        if (!row(x->born, s->acts.n))
            return S("");
        unsigned made_by = BIT((unsigned)s->acts.p[x->born].op);
        if (!(made_by & passes_on))
            return made_by & adds ? s->acts.p[x->born].actor : S("");
        seat = x->from;
    }
    return S("");
}

static bool may(const struct bpmn_run *run, const struct bpmn_act *a, const struct bpmn_act_rule *r)
{
    const struct bpmn_seat *s = row(a->seat, run->state.seats.n) ? &SEAT(run, a->seat) : NULL;
    const struct bpmn_copy *c = row(a->target, run->state.copies.n) ? &run->state.copies.p[a->target] : NULL;
    if (r->may & MAY_ANYONE)
        return a->actor.n > 0;
    if ((r->may & MAY_SYSTEM) && str_eq(a->actor, S("系统")))
        return true;
    if ((r->may & MAY_ADMIN) && administrator(run, a->actor))
        return true;
    if ((r->may & MAY_DRAFTER) && a->actor.n && str_eq(a->actor, run->state.drafter))
        return true;
    if ((r->may & MAY_EARLIER) && acted_earlier(run, a->actor))
        return true;
    if ((r->may & MAY_READER) && c && str_eq(c->who, a->actor))
        return true;
    if ((r->may & MAY_HOLDER) && s && (str_eq(s->who, a->actor) || stands_in(run, a->actor, s->who)))
        return true;
    if (a->recorded && a->op <= DO_READ && s && run->recorder && run->recorder(run->from, a->actor, s->work))
        return true;
    if ((r->may & MAY_CLOSER) && s && row(s->act, run->state.acts.n) &&
        str_eq(run->state.acts.p[s->act].actor, a->actor))
        return true;
    return (r->may & MAY_ADDER) && s && a->actor.n && str_eq(bpmn_seat_adder(run, a->seat), a->actor);
}

/* What must hold of every act before it is looked at. */
static bool admit(struct bpmn_run *run, const struct bpmn_act *a, const struct bpmn_act_rule *r)
{
    struct bpmn_state *s = &run->state;
    bool after_end = a->op == DO_COPY || a->op == DO_COPY_READ || a->op == DO_COPY_RECALL || a->op == DO_CORRECT;
    if (s->fires.n == 0)
        return REFUSE("流程还没有启动");
    if (s->end != BPMN_RUNNING && !after_end)
        return REFUSE("流程已经结束，不能%s；确需再办，请另起一件并注明原件", r->name);
    if (s->suspended && !r->while_suspended)
        return REFUSE("流程已挂起，恢复后再%s", r->name);
    if (a->opinion.n > BPMN_TEXT_MAX)
        return WRONG("意见", "意见太长，请改为附件");
    if (r->opinion && str_trim(a->opinion).n == 0)
        return WRONG("意见", "%s须写明意见或理由", r->name);
    if (r->seats) {
        if (!row(a->seat, s->seats.n))
            return WRONG("席位", "没有这个席位，请刷新");
        const struct bpmn_seat *seat = &SEAT(run, a->seat);
        if (a->rev >= 0 && a->rev != seat->rev)
            return REFUSE("此件刚被他人办过，请刷新后再办");
        enum bpmn_work_state visit = WORK(run, seat->work).state;
        if (a->op != DO_TAKE_BACK && (visit == WORK_RETURNED || visit == WORK_WITHDRAWN))
            return REFUSE("这一环节已被退回或收回，不必再%s", r->name);
        if (!(r->seats & BIT(seat->state)))
            return REFUSE(seat->moot ? "此件已由他人办结，不必再%s" : "当前状态不能%s，请刷新", r->name);
        if (a->op != DO_TAKE_BACK && visit != WORK_OPEN)
            return REFUSE("这一环节已经办结，不能%s", r->name);
    }
    if (!may(run, a, r))
        return op_fail(run->op, FAULT_DENIED, S(""), "您不能%s：须是%s", r->name, r->who_text);
    return true;
}

static bool one_person(struct bpmn_run *run, const struct bpmn_act *a)
{
    return a->who_count == 1 && a->who[0].n ? true : WRONG("人员", "%s须选一个人", rules[a->op].name);
}

static bool some_people(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (a->who_count < 1 || a->who_count > BPMN_SEATS_MAX)
        return WRONG("人员", "%s须选 1 到 %d 人", rules[a->op].name, BPMN_SEATS_MAX);
    for (size_t i = 0; i < a->who_count; i++)
        if (a->who[i].n == 0)
            return WRONG("人员", "有一个人没有写");
    return true;
}

/* Does a person already sit, or has sat, in a step without having left it? */
static bool sits(const struct bpmn_run *run, int32_t step, str who)
{
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).step == step && str_eq(SEAT(run, i).who, who) && SEAT(run, i).state != SEAT_TRANSFERRED &&
            SEAT(run, i).state != SEAT_VOID && (SEAT(run, i).state != SEAT_CANCELLED || SEAT(run, i).moot))
            return true;
    return false;
}

/* ---- voting ------------------------------------------------------------------------------------------------ */

static bool vote(struct bpmn_run *run, const struct bpmn_act *a)
{
    static const enum bpmn_seat_state states[] = {
        [DO_AGREE] = SEAT_AGREED, [DO_REFUSE] = SEAT_REFUSED, [DO_ABSTAIN] = SEAT_ABSTAINED, [DO_READ] = SEAT_READ};
    int32_t work = SEAT(run, a->seat).work;
    SEAT(run, a->seat).act = run->act;
    seat_set(run, a->seat, states[a->op]);
    plan_refresh(run, work);
    return true;
}

static bool transfer(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat s = SEAT(run, a->seat);
    if (!one_person(run, a))
        return false;
    if (str_eq(a->who[0], s.who))
        return WRONG("人员", "不能转给原办理人自己");
    if (sits(run, s.step, a->who[0]))
        return WRONG("人员", "%.*s已经在这一步里，不能再转给他", PS(named(run, a->who[0])));
    if (s.hops >= BPMN_TRANSFERS_MAX)
        return REFUSE("这一席已转办 %d 次，请由现在的办理人办理", BPMN_TRANSFERS_MAX);
    int32_t f = s.ask ? -1 : s.from;
    for (int i = 0; f >= 0 && i <= BPMN_TRANSFERS_MAX; i++, f = SEAT(run, f).from)
        if (str_eq(SEAT(run, f).who, a->who[0]) && str_trim(a->opinion).n == 0)
            return WRONG("意见", "转回给%.*s须写明意见", PS(named(run, a->who[0])));
    seat_set(run, a->seat, SEAT_TRANSFERRED);
    SEAT(run, a->seat).act = run->act;
    int32_t t = seat_add(run, s.work, s.step, a->who[0], SEAT_OPEN);
    SEAT(run, t).from = s.ask ? s.from : a->seat;
    SEAT(run, t).ask = s.ask;
    SEAT(run, t).hops = s.hops + 1;
    return true;
}

static bool ask(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat s = SEAT(run, a->seat);
    if (!one_person(run, a))
        return false;
    if (str_eq(a->who[0], s.who) || s.ask)
        return s.ask ? REFUSE("受委派的人不能再委派，可以转办") : WRONG("人员", "不能委派给自己");
    int32_t t = seat_add(run, s.work, s.step, a->who[0], SEAT_OPEN);
    SEAT(run, t).ask = true;
    SEAT(run, t).from = a->seat;
    seat_set(run, a->seat, SEAT_WAITING);
    return true;
}

/* ---- adding and removing signers --------------------------------------------------------------------------- */

static bool seats_fit(struct bpmn_run *run, const struct bpmn_act *a)
{
    size_t n = 0;
    for (size_t i = 0; i < run->state.seats.n; i++)
        n += SEAT(run, i).work == SEAT(run, a->seat).work;
    if (!some_people(run, a))
        return false;
    if (a->rule >= RULES || ((a->rule == RULE_RATIO || a->rule == RULE_COUNT) &&
                             (a->num < 1 || a->den < (a->rule == RULE_RATIO ? a->num : 0))))
        return WRONG("规则", "会签比例写得不对，应像 2/3");
    return n + a->who_count <= BPMN_SEATS_MAX ? true : REFUSE("一个环节最多 %d 个席位", BPMN_SEATS_MAX);
}

static bool add(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat s = SEAT(run, a->seat);
    struct bpmn_step like = {.rule = a->rule,
                             .num = a->num,
                             .den = a->den < 1 ? 1 : a->den,
                             .collect = a->collect,
                             .cast = a->cast,
                             .by_seat = -1};
    int32_t step = s.step;
    if (!seats_fit(run, a))
        return false;
    if (s.ask)
        return REFUSE("受委派的人不能加签");
    if (a->op == DO_BESIDE) {
        for (size_t i = 0; i < a->who_count; i++)
            if (sits(run, s.step, a->who[i]))
                return WRONG("人员", "%.*s已经在这一步里", PS(named(run, a->who[i])));
    } else if (a->op == DO_BEFORE) {
        like.by_seat = a->seat;
        like.advice = !a->binding;
        step = step_add(run, s.work, -1, &like);
        seat_set(run, a->seat, SEAT_WAITING);
    } else {
        int32_t chain = s.step;
        for (int i = 0; STEP(run, chain).by_seat >= 0 && i < BPMN_SEATS_MAX;
             i++) /* behind people added before: behind the one they were added for */
            chain = SEAT(run, STEP(run, chain).by_seat).step;
        if (STEP(run, chain).place < 0)
            return REFUSE("加签套得太深");
        step = step_add(run, s.work, STEP(run, chain).place + 1, &like);
        SEAT(run, a->seat).act = run->act;
        seat_set(run, a->seat, SEAT_AGREED);
    }
    for (size_t i = 0; i < a->who_count; i++)
        if (!sits(run, step, a->who[i]))
            seat_add(run, s.work, step, a->who[i], a->op == DO_AFTER ? SEAT_WAITING : SEAT_OPEN);
    plan_refresh(run, s.work);
    return true;
}

/* The only seat left of those whose voice closes the task, and nobody has spoken: without it the task would pass by itself. */
static bool last_voice(const struct bpmn_run *run, int32_t seat)
{
    if (SEAT(run, seat).ask || STEP(run, SEAT(run, seat).step).by_seat >= 0)
        return false;
    for (size_t i = 0; i < run->state.seats.n; i++) {
        const struct bpmn_seat *s = &SEAT(run, i);
        if ((int32_t)i != seat && s->work == SEAT(run, seat).work && !s->ask && STEP(run, s->step).by_seat < 0 &&
            (s->state == SEAT_OPEN || s->state == SEAT_WAITING || seat_acted(s->state)))
            return false;
    }
    return true;
}

static bool remove_seat(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat s = SEAT(run, a->seat);
    if (last_voice(run, a->seat))
        return REFUSE("这是最后一席，减了就没有人办了；请转办");
    SEAT(run, a->seat).moot = false;
    seat_set(run, a->seat, SEAT_CANCELLED);
    for (size_t i = 0; i < run->state.steps.n; i++) /* who was added before the removed one goes with it */
        if (STEP(run, i).by_seat == a->seat && !STEP(run, i).decided) {
            STEP(run, i).decided = true;
            for (size_t k = 0; k < run->state.seats.n; k++)
                if (SEAT(run, k).step == (int32_t)i &&
                    (SEAT(run, k).state == SEAT_OPEN || SEAT(run, k).state == SEAT_WAITING))
                    seat_set(run, (int32_t)k, SEAT_CANCELLED);
        }
    for (size_t k = 0; k < run->state.seats.n; k++)
        if (SEAT(run, k).ask && SEAT(run, k).from == a->seat && SEAT(run, k).state == SEAT_OPEN)
            seat_set(run, (int32_t)k, SEAT_CANCELLED);
    plan_refresh(run, s.work);
    return true;
}

/* ---- going back -------------------------------------------------------------------------------------------- */

/* Agreed, refused, abstained, read; 后加签 agrees too, and 超时 where it has closed the seat. */
static bool is_vote(const struct bpmn_run *run, size_t act)
{
    const struct bpmn_act_row *a = &run->state.acts.p[act];
    return a->op <= DO_READ || a->op == DO_AFTER ||
           (a->op == DO_TIMEOUT && a->seat >= 0 && SEAT(run, a->seat).act == (int32_t)act);
}

static void strike(struct bpmn_run *run, int32_t work)
{
    for (size_t i = 0; i < run->state.acts.n; i++)
        if (run->state.acts.p[i].work == work && is_vote(run, i))
            run->state.acts.p[i].struck = true;
}

/* A payment sent, a seal used: only what has a handler can be gone back over. */
static bool reversible(struct bpmn_run *run, const bool *members)
{
    for (size_t f = 0; f < run->state.fires.n; f++) {
        const struct bpmn_fire *x = &run->state.fires.p[f];
        const struct node *n = &run->model->nodes[x->node];
        if (members[f] && (x->kind == FIRE_DONE || x->kind == FIRE_CLOSE) &&
            (n->people.irreversible || str_eq(xtree_attr(n->xml, "irreversible"), S("true"))) && n->handler < 0)
            return REFUSE("「%.*s」已经办完且不可逆，不能退到它前面", PS(bpmn_node_name(run->model, x->node)));
    }
    return true;
}

static void handlers_run(struct bpmn_run *run, const bool *members, size_t count)
{
    for (size_t f = count; f-- > 0;) {
        const struct bpmn_fire x = run->state.fires.p[f];
        const struct node *n = &run->model->nodes[x.node];
        bool open = x.scope >= 0 && FIRE(run, x.scope).undone < 0 && tok_live(run, FIRE(run, x.scope).tok);
        if (members[f] && x.kind == FIRE_DONE && n->handler >= 0 && open &&
            str_eq(xtree_attr(n->xml, "irreversible"), S("true")))
            activity_begin(run, n->handler, x.scope, NULL, 0, -1);
    }
}

/* Undoes what closed the work `target`, and gives it to its people again. */
static bool go_back(struct bpmn_run *run, int32_t target, int32_t from, bool direct, int32_t reopened_seat)
{
    struct bpmn_state *s = &run->state;
    int32_t fire = WORK(run, target).closed;
    size_t count = s->fires.n;
    bool *members = op_array(run->op, bool, count + 1);
    future_of(run, fire, members);
    if (from >= 0 && !members[TOK(run, WORK(run, from).tok).made])
        return REFUSE("「%.*s」不是由那一环节引起的，不能退到那里", PS(bpmn_node_name(run->model, WORK(run, from).node)));
    if (!reversible(run, members))
        return false;
    size_t works = s->works.n;
    for (size_t w = 0; w < works; w++) {
        bool fell = (int32_t)w != target && members[TOK(run, WORK(run, w).tok).made];
        if (fell)
            strike(run, (int32_t)w);
        if (fell && WORK(run, w).state == WORK_DONE)
            WORK(run, w).state = WORK_WITHDRAWN;
    }
    if (from >= 0)
        work_closed(run, WORK(run, from).tok, WORK_RETURNED);
    WORK(run, target).state = WORK_RETURNED;
    if (reopened_seat < 0)
        strike(run, target);
    int32_t u = undo(run, fire, members);
    for (size_t w = 0; w < works; w++) { /* every visit whose token is alive again is open again */
        bool again = tok_live(run, WORK(run, w).tok) && WORK(run, w).state != WORK_OPEN &&
                     work_of_tok(run, WORK(run, w).tok) == (int32_t)w;
        if (!again)
            continue;
        work_again(run, WORK(run, w).tok, (int32_t)w, (int32_t)w == target ? reopened_seat : NOTHING_SAID);
        if ((int32_t)w == target && direct)
            WORK(run, s->works.n - 1).back_to = u;
    }
    handlers_run(run, members, count);
    return true;
}

void bpmn_back_targets(struct bpmn_run *run, int32_t seat, const int32_t **ret, size_t *ret_count)
{
    struct bpmn_state *s = &run->state;
    struct ints found = {0};
    bool *members = op_array(run->op, bool, s->fires.n + 1);
    for (size_t w = row(seat, s->seats.n) ? (size_t)SEAT(run, seat).work : 0; w-- > 0;) {
        if (WORK(run, w).state != WORK_DONE || FIRE(run, WORK(run, w).closed).undone >= 0)
            continue;
        future_of(run, WORK(run, w).closed, members);
        if (members[TOK(run, WORK(run, SEAT(run, seat).work).tok).made])
            *list_add(run->op, &found) = (int)w;
    }
    *ret = found.p;
    *ret_count = found.n;
}

static bool back(struct bpmn_run *run, const struct bpmn_act *a)
{
    int32_t work = SEAT(run, a->seat).work, target = a->target;
    const int32_t *targets;
    size_t count;
    if (str_eq(run->model->nodes[WORK(run, work).node].people.back, S("none")))
        return REFUSE("「%.*s」这一环节不能退回", PS(bpmn_node_name(run->model, WORK(run, work).node)));
    if (a->op == DO_BACK_FIRST) {
        bpmn_back_targets(run, a->seat, &targets, &count);
        if (count == 0)
            return REFUSE("前面没有环节可退");
        target = targets[count - 1];
    }
    if (!row(target, run->state.works.n) || WORK(run, target).state != WORK_DONE ||
        FIRE(run, WORK(run, target).closed).undone >= 0)
        return WRONG("退到", "不能退到那里，请从前面办过的环节里选");
    return go_back(run, target, work, a->direct, -1);
}

/* Whoever acted later because of this closing; empty: nobody. */
static str acted_since(struct bpmn_run *run, int32_t work, const bool *members)
{
    const struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->seats.n; i++) {
        const struct bpmn_seat *x = &s->seats.p[i];
        bool later = x->work != work && members[TOK(run, WORK(run, x->work).tok).made] && row(x->act, s->acts.n);
        if (later && !s->acts.p[x->act].struck)
            return s->acts.p[x->act].actor;
    }
    return (str){0};
}

/* What the actor sent round from this work and nobody has read. */
static void copies_recall(struct bpmn_run *run, int32_t work, str actor)
{
    for (size_t i = 0; i < run->state.copies.n; i++) {
        struct bpmn_copy *c = &run->state.copies.p[i];
        if (c->work == work && str_eq(c->from, actor) && c->read_at == 0)
            c->recalled = true;
    }
}

static bool take_back(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_state *s = &run->state;
    struct bpmn_seat *seat = &SEAT(run, a->seat);
    int32_t work = seat->work, mine = seat->act;
    if (WORK(run, work).state == WORK_OPEN && (STEP(run, seat->step).decided || seat->ask))
        for (size_t i = 0; i < s->seats.n; i++)
            if (SEAT(run, i).work == work && SEAT(run, i).act > mine)
                return REFUSE("%.*s已经办过，不能撤回", PS(named(run, s->acts.p[SEAT(run, i).act].actor)));
    if (WORK(run, work).state == WORK_OPEN) {
        s->acts.p[mine].struck = true;
        STEP(run, seat->step).decided = false;
        for (size_t i = 0; i < s->steps.n; i++) /* 后加签 goes with the agreement it hung on */
            for (size_t k = 0; k < s->seats.n; k++)
                if (SEAT(run, k).born == mine && SEAT(run, k).step == (int32_t)i && SEAT(run, k).state <= SEAT_OPEN)
                    seat_set(run, (int32_t)k, SEAT_CANCELLED);
        SEAT(run, a->seat).act = -1;
        seat_set(run, a->seat, SEAT_OPEN);
        copies_recall(run, work, a->actor);
        plan_refresh(run, work);
        return true;
    }
    if (WORK(run, work).state != WORK_DONE || FIRE(run, WORK(run, work).closed).undone >= 0)
        return REFUSE("这一环节已被退回或收回，不必撤回");
    if (FIRE(run, WORK(run, work).closed).act != mine)
        return REFUSE("这一环节后来由别人办结，不能撤回");
    bool *members = op_array(run->op, bool, s->fires.n + 1);
    future_of(run, WORK(run, work).closed, members);
    str who = acted_since(run, work, members);
    if (who.n)
        return REFUSE("后面的环节%.*s已经办过，不能撤回；可请他退回", PS(named(run, who)));
    s->acts.p[mine].struck = true;
    copies_recall(run, work, a->actor);
    return go_back(run, work, -1, false, a->seat);
}

/* ---- ending, pausing --------------------------------------------------------------------------------------- */

static bool finish(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (a->op == DO_CANCEL && !administrator(run, a->actor))
        for (size_t i = 0; i < run->state.acts.n; i++)
            if (run->state.acts.p[i].op <= DO_READ && !str_eq(run->state.acts.p[i].actor, a->actor))
                return REFUSE("%.*s已经办过，拟稿人不能自行撤销；请管理员办理", PS(named(run, run->state.acts.p[i].actor)));
    int32_t f = fire_add(run, FIRE_STOP, run->state.process, -1);
    tok_kill(run, FIRE(run, 0).tok, f);
    instance_end(run, a->op == DO_CANCEL ? BPMN_CANCELLED : BPMN_TERMINATED, op_copy(run->op, a->opinion));
    return true;
}

static bool suspend(struct bpmn_run *run, const struct bpmn_act *a)
{
    (void)a;
    run->state.suspended = run_now(run);
    return true;
}

static bool resume(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_state *s = &run->state;
    (void)a;
    if (!s->suspended)
        return REFUSE("流程没有挂起");
    time_ms pause = run_now(run) - s->suspended;
    for (size_t i = 0; i < s->waits.n; i++)
        if (s->waits.p[i].due != INT64_MAX)
            s->waits.p[i].due += pause;
    for (size_t i = 0; i < s->works.n; i++)
        if (s->works.p[i].state == WORK_OPEN && s->works.p[i].due)
            s->works.p[i].due += pause;
    s->suspended = 0;
    held_deliver(run);
    return true;
}

/* ---- jumping ----------------------------------------------------------------------------------------------- */

/* What would be there after the jump, as a marking; then everything that can happen from it is tried. */
static bool jump_ends(struct bpmn_run *run, const struct bpmn_act *a, int32_t scope, int container)
{
    struct net net;
    struct net_result r;
    net_make(run->op, run->model, net_exits(run->op, run->model), container, &net);
    uint8_t *marking = net_marking(run->op, &net);
    for (size_t i = 0; i < run->state.live.n; i++) {
        int32_t t = run->state.live.p[i];
        bool moved = false;
        for (size_t k = 0; k < a->tok_count; k++)
            moved |= a->toks[k] == t;
        if (TOK(run, t).scope != scope || moved)
            continue;
        int32_t place = TOK(run, t).place;
        net_put(&net, marking,
                place < (int32_t)run->model->edge_count
                    ? place
                    : (int32_t)run->model->edge_count + place_node(run->model, place));
    }
    net_put(&net, marking, (int32_t)run->model->edge_count + a->target);
    if (net.undecidable)
        return REFUSE("这里有复杂网关，推演不了跳转的后果，不能跳");
    net_search(run->op, &net, marking, NULL, &r);
    if (!r.complete)
        return REFUSE("流程太大，推演不完跳转的后果，不能跳");
    if (r.trouble == NET_FINE)
        return true;
    int at = r.at < 0 ? a->target : r.trouble == NET_TWICE ? run->model->edges[r.at].target : r.at;
    return REFUSE("跳过去以后「%.*s」会%s，不能跳", PS(bpmn_node_name(run->model, at)), r.trouble == NET_TWICE ? "重复办理" : "永远等下去");
}

static bool jump(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (a->tok_count < 1 || !row(a->target, run->model->node_count))
        return WRONG("跳到", "须选要移动的位置和目标环节");
    const struct node *target = &run->model->nodes[a->target];
    int32_t scope = -1;
    bool grave = target->people.irreversible;
    for (size_t i = 0; i < a->tok_count; i++) {
        int32_t t = a->toks[i];
        if (!tok_live(run, t) || TOK(run, t).scope < 0)
            return REFUSE("所选的位置已经变了，请刷新");
        if (i > 0 && TOK(run, t).scope != scope)
            return WRONG("跳到", "所选的位置不在同一层");
        for (size_t k = 0; k < i; k++)
            if (a->toks[k] == t)
                return WRONG("跳到", "同一位置选了两次");
        scope = TOK(run, t).scope;
        grave |= tok_node(run, t)->people.irreversible;
    }
    int container = jump_container(run, scope);
    if (container < 0 || target->up != container || (!node_is_activity(target->kind) && target->kind != NODE_END) ||
        target->for_compensation)
        return WRONG("跳到", "只能跳到同一层的活动或结束");
    if (grave && (!a->second.n || str_eq(a->second, a->actor) || !administrator(run, a->second)))
        return op_fail(run->op, FAULT_DENIED, S("复核人"), "涉及不可逆的环节，须两名管理员");
    if (!jump_ends(run, a, scope, container))
        return false;
    int32_t f = fire_add(run, FIRE_JUMP, a->target, scope);
    for (size_t i = 0; i < a->tok_count; i++)
        if (tok_live(run, a->toks[i]))
            tok_kill(run, a->toks[i], f);
    tok_make(run, PLACE_AT, a->target, scope, f);
    return true;
}

/* ---- copies, nudges, people -------------------------------------------------------------------------------- */

/* Sent while one sits at a task it goes with that visit: who takes the visit back has sent nothing. */
static int32_t work_at_hand(const struct bpmn_run *run, str who)
{
    for (size_t i = run->state.seats.n; i-- > 0;)
        if (SEAT(run, i).state == SEAT_OPEN && WORK(run, SEAT(run, i).work).state == WORK_OPEN &&
            str_eq(SEAT(run, i).who, who))
            return SEAT(run, i).work;
    return -1;
}

static bool copy(struct bpmn_run *run, const struct bpmn_act *a)
{
    int32_t work = row(a->work, run->state.works.n) ? a->work : work_at_hand(run, a->actor);
    if (!some_people(run, a))
        return false;
    for (size_t i = 0; i < a->who_count; i++) {
        *list_add(run->op, &run->state.copies) = (struct bpmn_copy){.who = op_copy(run->op, a->who[i]),
                                                                    .from = op_copy(run->op, a->actor),
                                                                    .work = work,
                                                                    .act = run->act,
                                                                    .order = a->in_order ? (int32_t)i + 1 : 0,
                                                                    .sent = run_now(run)};
        command_add(run, BPMN_COPY_SENT, (int32_t)run->state.copies.n - 1, -1, op_copy(run->op, a->who[i]), 0);
    }
    return true;
}

bool bpmn_copy_open(const struct bpmn_run *run, int32_t number)
{
    const struct bpmn_copy *c = row(number, run->state.copies.n) ? &run->state.copies.p[number] : NULL;
    if (!c || c->recalled)
        return false;
    for (size_t i = 0; i < run->state.copies.n; i++) {
        const struct bpmn_copy *o = &run->state.copies.p[i];
        bool earlier = c->order > 0 && o->act == c->act && o->order < c->order && !o->recalled && o->read_at == 0;
        if (earlier && !(run->holds_office && !run->holds_office(run->from, o->who))) /* who is gone holds nobody up */
            return false;
    }
    return true;
}

static bool copy_read(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_copy *c = &run->state.copies.p[a->target];
    if (c->read_at)
        return REFUSE("已经阅过");
    if (!bpmn_copy_open(run, a->target))
        return REFUSE(c->recalled ? "这份传阅已被收回" : "还没有轮到，请等前面的人阅后");
    c->read_at = run_now(run);
    c->note = op_copy(run->op, a->opinion);
    return true;
}

static bool copy_recall(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (!row(a->target, run->state.copies.n))
        return WRONG("传阅", "没有这份传阅件");
    struct bpmn_copy *c = &run->state.copies.p[a->target];
    if (!str_eq(c->from, a->actor))
        return op_fail(run->op, FAULT_DENIED, S(""), "只有发出的人能收回");
    if (c->read_at || c->recalled)
        return REFUSE(c->read_at ? "%.*s已经阅过，不能收回" : "%.*s的这份已经收回", PS(named(run, c->who)));
    c->recalled = true;
    return true;
}

static bool nudge(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat *s = &SEAT(run, a->seat);
    time_ms now = run_now(run);
    if (s->nudges > 0 && now - s->nudged < BPMN_NUDGE_MS)
        return REFUSE("半小时内已催过，请稍后再催");
    s->nudged = now;
    s->nudges++;
    command_add(run, BPMN_NOTICE, a->seat, WORK(run, s->work).node, S("催办"), 0);
    return true;
}

static bool hand_over(struct bpmn_run *run, const struct bpmn_act *a)
{
    size_t n = run->state.seats.n, moved = 0;
    if (!one_person(run, a))
        return false;
    if (!a->for_whom.n || str_eq(a->for_whom, a->who[0]))
        return WRONG("人员", "须写明谁交给谁，且不是同一人");
    for (size_t i = 0; i < n; i++) {
        struct bpmn_seat s = SEAT(run, i);
        if (!str_eq(s.who, a->for_whom) || (s.state != SEAT_OPEN && s.state != SEAT_WAITING) ||
            WORK(run, s.work).state != WORK_OPEN)
            continue;
        moved++;
        if (sits(run, s.step, a->who[0])) { /* the other sits there already: one voice is enough */
            seat_set(run, (int32_t)i, SEAT_CANCELLED);
            plan_refresh(run, s.work);
            continue;
        }
        int32_t t = seat_add(run, s.work, s.step, a->who[0], SEAT_WAITING);
        SEAT(run, t).from = s.ask ? s.from : (int32_t)i;
        SEAT(run, t).ask = s.ask;
        SEAT(run, t).hops = s.hops;
        for (size_t k = 0; k < run->state.steps.n; k++)
            if (STEP(run, k).by_seat == (int32_t)i)
                STEP(run, k).by_seat = t;
        for (size_t k = 0; k < n; k++)
            if (SEAT(run, k).ask && SEAT(run, k).from == (int32_t)i)
                SEAT(run, k).from = t;
        seat_set(run, (int32_t)i, SEAT_TRANSFERRED);
        SEAT(run, i).act = run->act;
        if (s.state == SEAT_OPEN)
            seat_set(run, t, SEAT_OPEN);
    }
    return moved ? true : REFUSE("%.*s名下没有未办的席位", PS(named(run, a->for_whom)));
}

static bool timeout(struct bpmn_run *run, const struct bpmn_act *a)
{
    struct bpmn_seat *s = &SEAT(run, a->seat);
    const struct bpmn_work *w = &WORK(run, s->work);
    const struct bpmn_people *p = &run->model->nodes[w->node].people;
    if (!w->due || run_now(run) < w->due)
        return REFUSE("还没有到期");
    if (rule_word(p->rule, "auto-agree") && !p->irreversible && !s->ask) {
        s->act = run->act;
        int32_t work = s->work;
        seat_set(run, a->seat, SEAT_AGREED);
        plan_refresh(run, work);
        return true;
    }
    command_add(run, BPMN_NOTICE, a->seat, w->node, S("超时"), 0);
    return true;
}

static bool assign(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (!row(a->work, run->state.works.n) || WORK(run, a->work).state != WORK_OPEN)
        return WRONG("环节", "这一环节不在等分派");
    if (!some_people(run, a))
        return false;
    int32_t step = -1;
    for (size_t i = 0; i < run->state.seats.n; i++)
        if (SEAT(run, i).work == a->work && (SEAT(run, i).state == SEAT_OPEN || SEAT(run, i).state == SEAT_WAITING))
            return REFUSE("这一环节已有人办理，可用转办");
    for (size_t i = 0; i < run->state.steps.n && step < 0; i++)
        if (STEP(run, i).work == a->work && STEP(run, i).place >= 0 && !STEP(run, i).decided)
            step = (int32_t)i;
    struct bpmn_step like = {.rule = RULE_ANY, .num = 1, .den = 1, .by_seat = -1};
    if (step < 0)
        step = step_add(run, a->work, 0, &like);
    for (size_t i = 0; i < a->who_count; i++)
        if (!sits(run, step, a->who[i]))
            seat_add(run, a->work, step, a->who[i], SEAT_WAITING);
    plan_refresh(run, a->work);
    return true;
}

static bool correct(struct bpmn_run *run, const struct bpmn_act *a)
{
    if (!row(a->target, run->state.acts.n) || (int32_t)a->target == run->act)
        return WRONG("意见", "没有这条意见");
    if (!str_eq(run->state.acts.p[a->target].actor, a->actor))
        return op_fail(run->op, FAULT_DENIED, S(""), "只能补正自己的意见");
    run->state.acts.p[run->act].other = a->target;
    return true;
}

/* ---- the door ---------------------------------------------------------------------------------------------- */

static bool (*const effects[DO_ACTS])(struct bpmn_run *run, const struct bpmn_act *a) = {
    [DO_AGREE] = vote,         [DO_REFUSE] = vote,     [DO_ABSTAIN] = vote,     [DO_READ] = vote,
    [DO_BACK] = back,          [DO_BACK_FIRST] = back, [DO_TAKE_BACK] = take_back, [DO_CANCEL] = finish,
    [DO_END] = finish,         [DO_TRANSFER] = transfer, [DO_ASK] = ask,        [DO_BEFORE] = add,
    [DO_AFTER] = add,          [DO_BESIDE] = add,      [DO_REMOVE] = remove_seat, [DO_COPY] = copy,
    [DO_COPY_READ] = copy_read, [DO_COPY_RECALL] = copy_recall, [DO_NUDGE] = nudge, [DO_JUMP] = jump,
    [DO_SUSPEND] = suspend,    [DO_RESUME] = resume,   [DO_HAND_OVER] = hand_over, [DO_TIMEOUT] = timeout,
    [DO_ASSIGN] = assign,      [DO_CORRECT] = correct,
};

static bool repeated(const struct bpmn_run *run, const struct bpmn_act *a)
{
    for (size_t i = 0; a->cmd.n && i < run->state.acts.n; i++)
        if (str_eq(run->state.acts.p[i].cmd, a->cmd))
            return true;
    return false;
}

bool bpmn_act(struct bpmn_run *run, const struct bpmn_act *a)
{
    must(a->op < DO_ACTS && effects[a->op]);
    if (repeated(run, a))
        return true;
    run_now(run);
    if (!admit(run, a, &rules[a->op]))
        return false;
    struct bpmn_state before = run->state;
    state_copy(run->op, &before);
    struct bpmn_run at = *run;
    *list_add(run->op, &run->state.acts) =
        (struct bpmn_act_row){.cmd = op_copy(run->op, a->cmd),
                              .actor = op_copy(run->op, a->actor),
                              .for_whom = op_copy(run->op, a->for_whom),
                              .opinion = op_copy(run->op, a->opinion),
                              .op = a->op,
                              .seat = rules[a->op].seats ? a->seat : -1,
                              .work = rules[a->op].seats ? SEAT(run, a->seat).work : a->work,
                              .other = -1,
                              .at = run_now(run)};
    run->act = (int32_t)run->state.acts.n - 1;
    if (rules[a->op].seats && !str_eq(a->actor, SEAT(run, a->seat).who) &&
        (a->recorded || stands_in(run, a->actor, SEAT(run, a->seat).who)))
        run->state.acts.p[run->act].for_whom = SEAT(run, a->seat).who;
    if (!effects[a->op](run, a)) {
        *run = at;
        run->state = before;
        return false;
    }
    game_run(run);
    /* A state that was kept badly may hold every rule and still be no run of its model; then nothing is done to it. */
    const char *wrong = bpmn_check_state(run->model, &run->state);
    if (wrong) {
        *run = at;
        run->state = before;
        return op_fail(run->op, FAULT_SYSTEM, S("流程状态"), "流程状态前后不一致（%s），请从留痕重建", wrong);
    }
    run->state.rev++;
    run->act = -1;
    return true;
}

bool bpmn_preview(struct bpmn_run *run, const struct bpmn_act *a, struct bpmn_preview *ret)
{
    struct bpmn_state before = run->state;
    state_copy(run->op, &before);
    struct bpmn_run at = *run;
    struct ints withdrawn = {0};
    run->commands = run->last_command = NULL;
    bool done = bpmn_act(run, a);
    for (size_t i = 0; done && i < before.works.n; i++) {
        enum bpmn_work_state was = before.works.p[i].state, now = run->state.works.p[i].state;
        if (now != was && (now == WORK_WITHDRAWN || (now == WORK_RETURNED && was == WORK_OPEN)))
            *list_add(run->op, &withdrawn) = (int)i;
    }
    if (done)
        *ret = (struct bpmn_preview){run->commands, withdrawn.p, withdrawn.n};
    *run = at;
    run->state = before;
    return done;
}

void bpmn_seats_of(const struct bpmn_run *run, struct op *op, str who, const int32_t **ret, size_t *ret_count)
{
    struct ints found = {0};
    for (size_t i = 0; i < run->state.seats.n; i++) {
        const struct bpmn_seat *s = &SEAT(run, i);
        if (s->state == SEAT_OPEN && WORK(run, s->work).state == WORK_OPEN &&
            (str_eq(s->who, who) || stands_in(run, who, s->who)))
            *list_add(op, &found) = (int)i;
    }
    *ret = found.p;
    *ret_count = found.n;
}
