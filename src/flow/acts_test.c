/* Every act of the office, one after another on one paper: shown before, done whichever call of the storage fails, and done
 * once however often its command comes. */
#include "flow/test_office.h"

struct scene {
    struct test_office *o;
    struct failing_engine *engine;
    id c;
    struct flow_view v;             /* as who supervises sees it now */
};

/* What an act is aimed at, found in the case as it stands. */
enum aim {
    AIM_OWN_SEAT, AIM_NONE, AIM_SEAT_OF, AIM_CLOSED_SEAT, AIM_FIRST_WORK, AIM_ADDED, AIM_COPY, AIM_WORD, AIM_TOKEN, AIM_WORK
};

struct act_step {
    int person, op;
    enum aim aim;
    const char *task, *opinion;
    int other;                      /* -1: nobody */
    const char *place;              /* where the case is then; NULL: not looked at */
    const char *values;
    const char *node;               /* a jump's */
    bool direct;
};

#define STEP(who, what, at, where, words, whom, then, ...)                                                             \
    {.person = who, .op = what, .aim = at, .task = where, .opinion = words, .other = whom, .place = then,              \
     __VA_ARGS__}
#define AGREES(who, where, then, ...) STEP(who, DO_AGREE, AIM_OWN_SEAT, where, "同意", -1, then, __VA_ARGS__)
static const struct act_step steps[] = {
    STEP(CLERK, DO_COPY, AIM_NONE, NULL, "请阅", OTHER, "拟办"),
    STEP(OTHER, DO_COPY_READ, AIM_COPY, NULL, "知道了", -1, "拟办"),
    STEP(CLERK, DO_COPY, AIM_NONE, NULL, "请阅", SECOND, "拟办"),
    STEP(CLERK, DO_COPY_RECALL, AIM_COPY, NULL, "发错", -1, "拟办"),
    STEP(CLERK, DO_AGREE, AIM_OWN_SEAT, "拟办", "拟办", -1, "批示", .values = "form"),
    STEP(CLERK, DO_NUDGE, AIM_SEAT_OF, "批示", "请阅批", CHIEF, "批示"),
    STEP(CLERK, DO_TAKE_BACK, AIM_CLOSED_SEAT, "拟办", "漏了附件", -1, "拟办"),
    AGREES(CLERK, "拟办", "批示"),
    STEP(CHIEF, DO_BACK, AIM_FIRST_WORK, "批示", "附件不全", -1, "拟办", .direct = true),
    AGREES(CLERK, "拟办", "批示"),
    STEP(CHIEF, DO_BACK_FIRST, AIM_OWN_SEAT, "批示", "重拟", -1, "拟办"),
    AGREES(CLERK, "拟办", "批示"),
    STEP(CHIEF, DO_ASK, AIM_OWN_SEAT, "批示", "你看呢", OTHER, "批示"),
    STEP(OTHER, DO_REFUSE, AIM_OWN_SEAT, "批示", "不妥", -1, "批示"),
    STEP(CHIEF, DO_BEFORE, AIM_OWN_SEAT, "批示", "先请他看", VILLAGER, "批示"),
    AGREES(VILLAGER, "批示", "批示"),
    STEP(CHIEF, DO_BESIDE, AIM_OWN_SEAT, "批示", "一并看", HEAD, "批示"),
    STEP(CHIEF, DO_REMOVE, AIM_ADDED, "批示", "不用了", -1, "批示"),
    STEP(CHIEF, DO_AFTER, AIM_OWN_SEAT, "批示", "同意，再请他看", HEAD, "批示"),
    STEP(SECOND, DO_ABSTAIN, AIM_OWN_SEAT, "批示", "回避", -1, "批示"),
    STEP(HEAD, DO_READ, AIM_OWN_SEAT, "批示", "圈阅", -1, "承办、村里办"),
    STEP(HEAD, DO_TRANSFER, AIM_OWN_SEAT, "承办", "请代办", OTHER, "承办、村里办"),
    STEP(CHIEF, DO_HAND_OVER, AIM_NONE, NULL, "离岗", OTHER, "承办、村里办"),
    STEP(CHIEF, DO_SUSPEND, AIM_NONE, NULL, "等上级答复", -1, "承办、村里办"),
    STEP(CHIEF, DO_RESUME, AIM_NONE, NULL, "答复了", -1, "承办、村里办"),
    STEP(VILLAGER, DO_AGREE, AIM_OWN_SEAT, "村里办", "已办", -1, "承办"),
    STEP(HEAD, DO_AGREE, AIM_OWN_SEAT, "承办", "办完", -1, "（完）", .values = "{'结果':'落实'}"),
    STEP(HEAD, DO_CORRECT, AIM_WORD, NULL, "应为已落实三户", -1, "（完）"),
};
static const struct act_step jumping[] = {
    AGREES(CLERK, "拟办", "批示", .values = "form"),
    STEP(CHIEF, DO_JUMP, AIM_TOKEN, "批示", "退回重拟不必，直接重走", -1, "拟办", .node = "A"),
    STEP(CHIEF, DO_END, AIM_NONE, NULL, "上级撤文", -1, "（完）"),
};
static const struct act_step cancelling[] = {STEP(CLERK, DO_CANCEL, AIM_NONE, NULL, "登记错了", -1, "（完）")};
static const struct act_step giving[] = {
    AGREES(CLERK, "拟办", "批示", .values = "form"),
    AGREES(CHIEF, "批示", "批示"),
    AGREES(SECOND, "批示", "承办、村里办"),
    STEP(CHIEF, DO_ASSIGN, AIM_WORK, "村里办", "请代办", OTHER, "承办、村里办"),
    AGREES(OTHER, "村里办", "承办"),
};

static const struct flow_visit *visit_of(const struct scene *s, const char *task)
{
    const struct flow_visit *latest = NULL;
    for (size_t i = 0; i < s->v.visit_count; i++)
        if (task && str_eq(s->v.visits[i].name, str_z(task)))
            latest = &s->v.visits[i];
    return latest;
}

static void aim_at(struct scene *s, const struct act_step *step, struct flow_act *act, int32_t *tok)
{
    struct test_office *o = s->o;
    const struct flow_visit *visit = visit_of(s, step->task);
    str other = step->other >= 0 ? id_text(o->op, o->account[step->other]) : S("");
    act->seat = step->aim == AIM_OWN_SEAT || step->aim == AIM_FIRST_WORK ? office_seat(o, step->person, s->c, step->task) : -1;
    if (step->aim == AIM_FIRST_WORK)
        act->target = visit_of(s, "拟办")->work;
    for (size_t i = 0; visit && i < visit->seat_count; i++) {
        const struct flow_seat *seat = &visit->seats[i];
        if (step->aim == AIM_SEAT_OF && str_eq(seat->account, other))
            act->seat = seat->seat;
        if (step->aim == AIM_CLOSED_SEAT)
            act->seat = seat->seat;
        if (step->aim == AIM_ADDED && seat->state == SEAT_OPEN && str_eq(seat->person, str_z(office_people[HEAD].name)))
            act->other = act->seat = seat->seat;
    }
    if (step->aim == AIM_WORK && visit)
        act->work = visit->work;
    if (step->aim == AIM_COPY)
        act->target = s->v.readers[s->v.reader_count - 1].copy;
    if (step->aim == AIM_WORD)
        act->target = s->v.words[s->v.word_count - 1].number;
    for (size_t i = 0; i < s->v.place_count && step->aim == AIM_TOKEN; i++)
        if (s->v.places[i].kind == FLOW_HERE)
            *tok = s->v.places[i].tok;
}

static int64_t facts_of(struct test_office *o)
{
    int64_t count = -1;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx) && store_fact_count(o->tx, &count));
    store_abandon(o->tx);
    return count;
}

static void step_play(struct scene *s, const struct act_step *step, int number)
{
    struct test_office *o = s->o;
    struct op *op = o->op;
    struct flow_done seen = {0}, done = {0};
    int32_t tok = -1;
    str who = step->other >= 0 ? id_text(op, o->account[step->op == DO_HAND_OVER ? HEAD : step->other]) : S("");
    must(office_view(o, CHIEF, s->c, &s->v));
    struct flow_act act = office_act(o, step->op, s->c, -1, step->opinion);
    aim_at(s, step, &act, &tok);
    act.command = id_new(op);
    act.who = &who;
    act.who_count = step->other >= 0 && step->op != DO_NUDGE ? 1 : 0;
    act.for_whom = step->op == DO_HAND_OVER ? id_text(op, o->account[step->other]) : S("");
    act.rule = RULE_ALL;
    act.direct = step->direct;
    act.toks = &tok;
    act.tok_count = tok >= 0;
    act.node = step->node ? str_z(step->node) : S("");
    if (step->values)
        act.values = test_values(op, str_eq(str_z(step->values), S("form")) ? TO_HEAD(o) : step->values);
    office_begin(o);
    if (!flow_preview(o->t.tx, o->flow, &o->who[step->person], &act, &seen))
        test_failed(__FILE__, __LINE__, "step %d %.*s: %.*s", number, PS(flow_op(step->op).name), PS(op->faults->text));
    store_abandon(o->t.tx);
    str shown = office_effects(op, seen.effects), did = S("");
    int64_t before = facts_of(o);
    bool whole = false;
    int n;
    for (n = 1; !whole && n < 3000; n++) {
        whole = office_act_failing(o, s->engine, n, step->person, &act, &did);
        check(whole || facts_of(o) == before);
    }
    int64_t after = facts_of(o);
    check(whole && after > before);
    check_str(did, shown);
    check(office_do_act(o, step->person, &act, &done)); /* the command comes again: the first answer, and nothing else */
    check(done.repeated);
    check_int(facts_of(o), after);
    check(office_equal(o));
    if (step->place)
        check_str(office_place(o, s->c), str_z(step->place));
}

static void play(struct op *op, const struct act_step *list, size_t count, bool nobody)
{
    struct test_office o;
    struct scene s = {.o = &o, .engine = op_new(op, struct failing_engine)}; /* the store ends after the test */
    failing_init(s.engine, &store_sqlite);
    office_open_with(op, &o, &s.engine->engine);
    s.c = office_start(&o, office_paper(&o, "通知", ""));
    if (nobody) { /* the village has nobody when its task comes */
        office_begin(&o);
        test_change(&o.t, o.posts, o.post_of[VILLAGER], S("{'止':'2021-01-01'}"));
        office_commit(&o);
    }
    for (size_t i = 0; i < count; i++)
        step_play(&s, &list[i], (int)i);
    test_faults(op);
}

TEST("every act of the office is there wholly or not at all whichever call of the storage fails, and once however often its command comes")
{
    play(op, steps, COUNT(steps), false);
}

TEST("so are a jump, an end, a cancelling, and the giving of what nobody has")
{
    play(op, jumping, COUNT(jumping), false);
    play(op, cancelling, COUNT(cancelling), false);
    play(op, giving, COUNT(giving), true);
}

TEST("one word for one act: whether a step is agreed to or done, the list, its page and the history say alike; several are agreed to at once only where nothing must be filled in")
{
    static const struct {
        const char *step, *read;
        bool decides, at_once;
    } rows[] = {
        {"", "outcome = \"refuse\"", true, true},
        {"zw:form='结果'", "outcome = \"refuse\"", true, true}, /* it may stay empty */
        {"zw:form='结果!'", "outcome = \"refuse\"", false, false},
        {"zw:form='结果!' zw:agrees='true'", "outcome = \"refuse\"", true, false},
        {"", "结果 = \"办不了\"", false, false},                /* yes or no leads nowhere */
        {"zw:form='结果'", "结果 = \"办不了\"", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct test_office o;
        struct flow_done done;
        struct flow_page page;
        struct flow_view v;
        office_open(op, &o);
        office_procedure(&o, "asked", op_z(op, op_text(op,
            BPMN_HEAD("name='问一句' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
            "<userTask id='A' name='核验' zw:who='角色:文书' %s/>" BPMN_FLOW("A", "x") "<exclusiveGateway id='x' default='xe'/>"
            "<sequenceFlow id='xA' sourceRef='x' targetRef='A'><conditionExpression xsi:type='tFormalExpression'>%s</conditionExpression>"
            "</sequenceFlow>" BPMN_FLOW("x", "e") "<endEvent id='e'/>" BPMN_TAIL, rows[i].step, rows[i].read)));
        office_begin(&o);
        check(office_load(&o));
        office_commit(&o);
        id paper = office_paper(&o, "一件来文", "");
        office_begin(&o);
        must(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("asked"), 0), paper, (id){0}, &done)));
        must(store_begin(o.t.store, op, TX_READ, &o.tx));
        check(flow_list(o.tx, o.flow, &o.who[CLERK], &(struct flow_query){.box = FLOW_TODO}, &page) && page.count == 1);
        store_abandon(o.tx);
        check(page.items[0].decides == rows[i].at_once);
        check(office_view(&o, CLERK, done.case_id, &v) && v.visit_count == 1);
        check(v.visits[0].seats[0].decides == rows[i].decides);
        check(office_do(&o, CLERK, DO_AGREE, done.case_id, "核验", "", strstr(rows[i].step, "结果!") ? "{'结果':'已办'}" : NULL));
        must(office_view(&o, CLERK, done.case_id, &v) && v.word_count == 1);
        check_str(v.words[0].said, rows[i].decides ? S("同意") : S("办好"));
        test_faults(op);
    }
}

/* What yes is called at the first task of a list. */
static str office_yes(struct test_office *o, int who)
{
    struct flow_page page;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    check(flow_list(o->tx, o->flow, &o->who[who], &(struct flow_query){.box = FLOW_TODO}, &page) && page.count == 1);
    store_abandon(o->tx);
    return page.count ? page.items[0].yes : S("");
}

TEST("a yes or no is called by the flow that it takes: on the button, for who writes it down, in the history; advice stays 同意 or 不同意")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    size_t named = 0;
    office_open(op, &o);
    office_procedure(&o, "named", BPMN_HEAD("name='派一件' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
        "<userTask id='A' name='签收' zw:who='角色:文书'/>" BPMN_FLOW("A", "x") "<exclusiveGateway id='x' default='xe'/>"
        "<sequenceFlow id='xA' sourceRef='x' targetRef='A' name='退单'><conditionExpression xsi:type='tFormalExpression'>outcome = \"refuse\"</conditionExpression>"
        "</sequenceFlow><sequenceFlow id='xe' sourceRef='x' targetRef='e' name='接单'/><endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "一件来文", "");
    office_begin(&o);
    must(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("named"), 0), paper, (id){0}, &done)));
    check_str(office_yes(&o, CLERK), S("接单"));
    check(office_view(&o, CLERK, done.case_id, &v));
    check_str(v.visits[0].seats[0].yes, S("接单"));
    check_str(v.visits[0].seats[0].no, S("退单"));
    for (size_t i = 0; i < v.may_count; i++)
        if (v.may[i].op == DO_AGREE || v.may[i].op == DO_REFUSE) {
            check_str(v.may[i].name, v.may[i].op == DO_AGREE ? S("接单") : S("退单"));
            named++;
        }
    check(named == 2);
    check(office_do(&o, CLERK, DO_REFUSE, done.case_id, "签收", "不是我们的", NULL));
    str who[] = {id_text(op, o.account[HEAD])};
    struct flow_act ask = office_act(&o, DO_ASK, done.case_id, office_seat(&o, CLERK, done.case_id, "签收"), "接不接");
    ask.who = who;
    ask.who_count = 1;
    check(office_do_act(&o, CLERK, &ask, &done));
    check_str(office_yes(&o, HEAD), S("同意")); /* in the list too */
    check(office_do(&o, HEAD, DO_REFUSE, done.case_id, "签收", "不妥", NULL));
    check(office_do(&o, CLERK, DO_AGREE, done.case_id, "签收", "", NULL));
    must(office_view(&o, CLERK, done.case_id, &v));
    static const struct {
        int op;
        str said, to;
    } history[] = {{DO_REFUSE, SC("退单"), {0}}, {DO_ASK, {0}, SC("所长")}, {DO_REFUSE, SC("不同意"), {0}}, {DO_AGREE, SC("接单"), {0}}};
    check(v.word_count == COUNT(history));
    for (size_t i = 0; i < v.word_count && i < COUNT(history); i++) {
        check(v.words[i].op == history[i].op);
        check_str(v.words[i].said, history[i].said.n ? history[i].said : flow_op(v.words[i].op).name);
        check_str(v.words[i].to, history[i].to);
    }
    test_faults(op);
}

TEST("who is asked for advice at a step that is done agrees or not, and need not fill in what the step asks for")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    paper = office_paper(&o, "一件来文", "");
    id c = office_start(&o, paper);
    str who[] = {id_text(op, o.account[HEAD])};
    struct flow_done done;
    struct flow_act act = office_act(&o, DO_BEFORE, c, office_seat(&o, CLERK, c, "拟办"), "请先看看");
    act.who = who;
    act.who_count = 1;
    act.rule = RULE_ALL;
    check(office_do_act(&o, CLERK, &act, &done));
    check(office_view(&o, HEAD, c, &v));
    for (size_t i = 0; i < v.visits[0].seat_count; i++)
        check(v.visits[0].seats[i].decides == (v.visits[0].seats[i].state == SEAT_OPEN)); /* the one behind it fills in */
    check_str(office_yes(&o, HEAD), S("同意"));
    check(office_do(&o, HEAD, DO_AGREE, c, "拟办", "可以", NULL));
    check_str(office_yes(&o, CLERK), S(""));
    check(!office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check(str_find(op->faults->text, S("须填写"), &(size_t){0}));
    op_forgive(op, 0);
    test_faults(op);
}

TEST("who may jump is told where to, steps that are still to come too; a case never stands at the process itself; whose seat was taken off is told")
{
    struct test_office o;
    struct flow_view v;
    struct flow_done done;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "一件来文", ""));
    check(office_view(&o, CHIEF, c, &v));
    bool ahead = false;
    for (size_t i = 0; i < v.target_count; i++)
        ahead |= str_eq(v.targets[i].name, S("批示"));
    check(ahead);
    int here = 0;
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_HERE) {
            here++;
            check_str(v.places[i].node, v.visits[0].node);
        }
    check_int(here, 1);
    str who[] = {id_text(op, o.account[HEAD])};
    struct flow_act act = office_act(&o, DO_BESIDE, c, office_seat(&o, CLERK, c, "拟办"), "一起看");
    act.who = who;
    act.who_count = 1;
    check(office_do_act(&o, CLERK, &act, &done));
    act = office_act(&o, DO_REMOVE, c, office_seat(&o, HEAD, c, "拟办"), "");
    check(office_do_act(&o, CLERK, &act, &done));
    check(office_view(&o, CLERK, c, &v));
    check(v.target_count == 0);
    check(v.word_count == 2 && v.words[1].op == DO_REMOVE);
    check_str(v.words[0].to, S("所长"));
    check_str(v.words[1].to, S("所长"));
    test_faults(op);
}

/* 拟办 → 会签 by three → 办结; whoever is against leads back to 拟办 if the rule says so. */
static id vote_begin(struct op *op, struct test_office *o, const char *rule)
{
    struct flow_done done;
    id paper;
    office_open(op, o);
    office_procedure(o, "vote", op_z(op, op_text(op, BPMN_HEAD("name='会签一件' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
        "<userTask id='A' name='拟稿' zw:who='拟稿人'/>" BPMN_FLOW("A", "B")
        "<userTask id='B' name='会签' zw:who='账号:shuji、账号:zhenzhang、账号:suozhang' zw:rule='%s' zw:agrees='true'/>" BPMN_FLOW("B", "x")
        "<exclusiveGateway id='x' default='xe'/><sequenceFlow id='xA' sourceRef='x' targetRef='A' name='退改'><conditionExpression>"
        "outcome = \"refuse\"</conditionExpression></sequenceFlow><sequenceFlow id='xe' sourceRef='x' targetRef='e' name='付印'/>"
        "<endEvent id='e'/>" BPMN_TAIL, rule)));
    office_begin(o);
    check(office_load(o));
    office_commit(o);
    paper = office_paper(o, "一件发文", "");
    office_begin(o);
    must(office_end(o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("vote"), 0), paper, (id){0}, &done)));
    check(office_do(o, CLERK, DO_AGREE, done.case_id, "拟稿", "", NULL));
    return done.case_id;
}

TEST("whoever is asked to agree can say no, with a reason, and the rule of the vote decides where it goes")
{
    static const int voters[] = {CHIEF, SECOND, HEAD};
    static const struct {
        const char *rule, *votes; /* of the three, in order: y, n, -: has no say any more */
        const char *then;         /* the open task; empty: the case has ended */
        const char *yes, *no;     /* what these are called there: one voice of a share takes no flow */
    } rows[] = {
        {"all", "n--", "拟稿", "付印", "退改"},
        {"all", "yyn", "拟稿", "付印", "退改"},
        {"all collect", "nyy", "拟稿", "付印", "退改"},
        {"any", "n--", "拟稿", "付印", "退改"},
        {"any", "y--", "", "付印", "退改"},
        {"ratio 2/3", "yny", "", "同意", "不同意"},
        {"ratio 2/3", "nn-", "拟稿", "同意", "不同意"},
        {"count 2", "nyy", "", "同意", "不同意"},
        {"count 2", "nn-", "拟稿", "同意", "不同意"},
        {"order", "yn-", "拟稿", "付印", "退改"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct test_office o;
        struct flow_view v;
        struct flow_done done;
        id c = vote_begin(op, &o, rows[i].rule);
        int faults = op->fault_count;
        struct flow_act no = office_act(&o, DO_REFUSE, c, office_seat(&o, CHIEF, c, "会签"), " ");
        check(!office_do_act(&o, CHIEF, &no, &done)); /* no reason */
        op_forgive(op, faults);
        check_str(office_yes(&o, CHIEF), str_z(rows[i].yes));
        check(office_view(&o, CHIEF, c, &v));
        const struct flow_visit *visit = &v.visits[v.visit_count - 1];
        for (size_t k = 0; k < visit->seat_count; k++) {
            check(visit->seats[k].decides || visit->seats[k].state != SEAT_OPEN);
            check_str(visit->seats[k].yes, str_z(rows[i].yes));
            check_str(visit->seats[k].no, str_z(rows[i].no));
        }
        for (size_t k = 0; k < COUNT(voters); k++) {
            if (rows[i].votes[k] == '-')
                check(office_seat(&o, voters[k], c, "会签") < 0);
            else
                check(office_do(&o, voters[k], rows[i].votes[k] == 'y' ? DO_AGREE : DO_REFUSE, c, "会签", "说明", NULL));
        }
        check((office_seat(&o, CLERK, c, "拟稿") >= 0) == (rows[i].then[0] != 0));
        check(office_view(&o, CLERK, c, &v));
        check((v.end == BPMN_RUNNING) == (rows[i].then[0] != 0));
        check(office_equal(&o));
        test_faults(op);
    }
}
