/* The acts, beyond the scenes of office.cases: what a state holds, what a refusal says, what time does. */
#include "base/test.h"
#include "bpmn/acts.h"
#include "bpmn/model.h"

#define HEAD                                                                                                           \
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "                                              \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""                                                          \
    " xmlns:zw=\"urn:zhenwu\"><process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"/>"
#define TAIL "<endEvent id=\"e\"/></process></definitions>"
#define FLOW(from, to) "<sequenceFlow id=\"" from to "\" sourceRef=\"" from "\" targetRef=\"" to "\"/>"
#define TASK(id, who) "<userTask id=\"" id "\" name=\"" id "\" zw:assignee=\"" who "\"/>"
#define SIGNERS(id, who, rule) "<userTask id=\"" id "\" name=\"" id "\" zw:users=\"" who "\" zw:rule=\"" rule "\"/>"
#define THREE                                                                                                        \
    HEAD FLOW("s", "A") TASK("A", "甲") FLOW("A", "B") TASK("B", "乙") FLOW("B", "C") TASK("C", "丙") FLOW("C", "e") \
        TAIL
#define PARALLEL                                                                                                   \
    HEAD FLOW("s", "A") TASK("A", "甲") FLOW("A", "x") "<parallelGateway id=\"x\"/>" FLOW("x", "B") FLOW("x", "C") \
        TASK("B", "乙") TASK("C", "丙") FLOW("B", "y") FLOW("C", "y") "<parallelGateway id=\"y\"/>" FLOW("y", "D") \
            TASK("D", "丁") FLOW("D", "e") TAIL
#define SIGN(who, rule) HEAD FLOW("s", "A") SIGNERS("A", who, rule) FLOW("A", "B") TASK("B", "乙方") FLOW("B", "e") TAIL

struct office {
    const char *absent, *deputy, *owner;
};

static bool admin(void *from, str who)
{
    (void)from;
    return str_eq(who, S("管理员")) || str_eq(who, S("副管理员"));
}

static bool in_office(void *from, str who)
{
    const struct office *o = from;
    return !o || !o->absent || !str_eq(who, str_z(o->absent));
}

static bool stands_for(void *from, str who, str owner)
{
    const struct office *o = from;
    return o && o->deputy && str_eq(who, str_z(o->deputy)) && str_eq(owner, str_z(o->owner));
}

static struct bpmn_run *begin_at(struct op *op, const char *text, struct office *office)
{
    struct bpmn_doc doc = {S("甲.bpmn"), str_z(text)};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m))
        test_failed(__FILE__, __LINE__, "%.*s %.*s", PS(op->faults->field), PS(op->faults->text));
    struct bpmn_run *run = op_new(op, struct bpmn_run);
    bpmn_run_init(run, op, m);
    run->administrator = admin;
    run->holds_office = in_office;
    run->deputy = stands_for;
    run->from = office;
    check(bpmn_start(run, bpmn_process(m, S("p")), S("拟稿"), NULL, 0));
    return run;
}

static struct bpmn_run *begin(struct op *op, const char *text)
{
    return begin_at(op, text, NULL);
}

static int32_t seat_of(const struct bpmn_run *run, const char *who)
{
    for (size_t i = run->state.seats.n; i-- > 0;)
        if (run->state.seats.p[i].state == SEAT_OPEN && str_eq(run->state.seats.p[i].who, str_z(who)))
            return (int32_t)i;
    return -1;
}

static int32_t acted_seat(const struct bpmn_run *run, const char *who)
{
    for (size_t i = run->state.seats.n; i-- > 0;)
        if (run->state.seats.p[i].act >= 0 && str_eq(run->state.seats.p[i].who, str_z(who)))
            return (int32_t)i;
    return -1;
}

static int32_t work_of(const struct bpmn_run *run, const char *node)
{
    for (size_t i = run->state.works.n; i-- > 0;)
        if (str_eq(bpmn_node_id(run->model, run->state.works.p[i].node), str_z(node)))
            return (int32_t)i;
    return -1;
}

/* The nodes with open works, in order of the model: "B C". */
static str open_nodes(struct bpmn_run *run)
{
    struct buf b;
    buf_init(&b, run->op, 0);
    for (size_t n = 0; n < run->model->node_count; n++)
        for (size_t i = 0; i < run->state.works.n; i++)
            if (run->state.works.p[i].node == (int32_t)n && run->state.works.p[i].state == WORK_OPEN) {
                if (b.n)
                    buf_byte(&b, ' ');
                buf_add(&b, bpmn_node_id(run->model, (int)n));
            }
    return buf_str(&b);
}

static bool try_act(struct bpmn_run *run, struct bpmn_act a)
{
    int faults = run->op->fault_count;
    bpmn_run_next(run);
    a.rev = -1;
    bool done = bpmn_act(run, &a);
    const char *wrong = bpmn_check_state(run->model, &run->state);
    if (wrong)
        test_failed(__FILE__, __LINE__, "%s: %s", bpmn_act_rules()[a.op].name, wrong);
    op_forgive(run->op, faults);
    return done;
}

static bool say(struct bpmn_run *run, const char *who, enum bpmn_op what)
{
    return try_act(run,
                   (struct bpmn_act){.op = what, .actor = str_z(who), .seat = seat_of(run, who), .opinion = S("意见")});
}

static bool back_to(struct bpmn_run *run, const char *who, const char *node, bool direct)
{
    return try_act(run, (struct bpmn_act){.op = DO_BACK,
                                          .actor = str_z(who),
                                          .seat = seat_of(run, who),
                                          .opinion = S("退"),
                                          .target = work_of(run, node),
                                          .direct = direct});
}

static bool take(struct bpmn_run *run, const char *who)
{
    return try_act(run, (struct bpmn_act){.op = DO_TAKE_BACK, .actor = str_z(who), .seat = acted_seat(run, who)});
}

static bool with(struct bpmn_run *run, const char *who, enum bpmn_op what, const char *other)
{
    str names[1] = {str_z(other)};
    return try_act(run, (struct bpmn_act){.op = what,
                                          .actor = str_z(who),
                                          .seat = seat_of(run, who),
                                          .who = names,
                                          .who_count = 1,
                                          .opinion = S("请"),
                                          .rule = RULE_ALL,
                                          .num = 1,
                                          .den = 1});
}

#define WHEN(from, to, condition)                                                                                      \
    "<sequenceFlow id=\"" from to "\" sourceRef=\"" from "\" targetRef=\"" to                                           \
    "\"><conditionExpression xsi:type=\"tFormalExpression\">" condition "</conditionExpression></sequenceFlow>"

/* From A the loop leads to the inclusive join too, but by both its ways: A never held it up. */
TEST("a return into one branch in a loop leaves alone what is done behind an inclusive join in the other")
{
    struct bpmn_run *run = begin(
        op, HEAD FLOW("s", "j") "<exclusiveGateway id=\"j\"/>" FLOW("j", "x") "<parallelGateway id=\"x\"/>" FLOW("x", "A")
                TASK("A", "甲") FLOW("x", "o") "<inclusiveGateway id=\"o\" default=\"oB\"/>" FLOW("o", "B") TASK("B", "乙")
                    WHEN("o", "C", "again = true") TASK("C", "丙") FLOW("B", "q") FLOW("C", "q") "<inclusiveGateway id=\"q\"/>"
                        FLOW("q", "D") TASK("D", "丁") FLOW("A", "y") FLOW("D", "y") "<parallelGateway id=\"y\"/>"
                            FLOW("y", "E") TASK("E", "戊") FLOW("E", "k") "<exclusiveGateway id=\"k\" default=\"ke\"/>"
                                WHEN("k", "j", "again = true") FLOW("k", "e") TAIL);
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_AGREE) && say(run, "丁", DO_AGREE));
    check_str(open_nodes(run), S("E"));
    check(back_to(run, "戊", "A", false));
    check_str(open_nodes(run), S("A"));
    check(run->state.works.p[work_of(run, "D")].state == WORK_DONE && say(run, "甲", DO_AGREE));
    check_str(open_nodes(run), S("E"));
    check(say(run, "戊", DO_AGREE) && run->state.end == BPMN_COMPLETED);
}

TEST("S7: in a loop done three times, a return to the second visit leaves the first as it was")
{
    struct bpmn_run *run = begin(
        op, HEAD FLOW("s", "j") "<exclusiveGateway id=\"j\"/>" FLOW("j", "A") TASK("A", "甲")
                FLOW("A", "k") "<exclusiveGateway id=\"k\" default=\"kB\"/><sequenceFlow id=\"kj\" sourceRef=\"k\" "
                               "targetRef=\"j\"><conditionExpression "
                               "xsi:type=\"tFormalExpression\">again = true</conditionExpression></sequenceFlow>" FLOW(
                                   "k", "B") TASK("B", "乙") FLOW("B", "e") TAIL);
    struct feel_entry again = {S("again"), feel_of_bool(true)}, enough = {S("again"), feel_of_bool(false)};
    bpmn_change(run, &again, 1);
    check(say(run, "甲", DO_AGREE) && say(run, "甲", DO_AGREE));
    bpmn_change(run, &enough, 1);
    check(say(run, "甲", DO_AGREE));
    check_str(open_nodes(run), S("B"));
    check(try_act(run,
                  (struct bpmn_act){
                      .op = DO_BACK, .actor = S("乙"), .seat = seat_of(run, "乙"), .opinion = S("退"), .target = 1}));
    check_str(open_nodes(run), S("A"));
    check(run->state.works.p[0].state == WORK_DONE && run->state.works.p[1].state == WORK_RETURNED &&
          run->state.works.p[2].state == WORK_WITHDRAWN);
}

TEST("直达 into a sub-process where something has begun meanwhile takes the usual way, and nothing is left behind")
{
    struct bpmn_run *run = begin(
        op, HEAD FLOW("s", "n") "<subProcess id=\"n\"><startEvent id=\"ns\"/>" FLOW("ns", "A")
            "<userTask id=\"A\" zw:assignee=\"甲\"/>" FLOW("A", "ne") "<endEvent id=\"ne\"/>"
            "<subProcess id=\"q\" triggeredByEvent=\"true\"><startEvent id=\"qs\" isInterrupting=\"false\"><timerEventDefinition>"
            "<timeDuration xsi:type=\"tFormalExpression\">PT1H</timeDuration></timerEventDefinition></startEvent>" FLOW("qs", "Q")
            "<userTask id=\"Q\" zw:assignee=\"乙\"/>" FLOW("Q", "qe") "<endEvent id=\"qe\"/></subProcess></subProcess>"
            FLOW("n", "B") "<userTask id=\"B\" zw:assignee=\"丙\"/>" FLOW("B", "e") TAIL);
    check(say(run, "甲", DO_AGREE));
    check(back_to(run, "丙", "A", true));
    op->now += 2 * 3600000;
    bpmn_tick(run);
    check_str(open_nodes(run), S("A Q"));
    check(say(run, "甲", DO_AGREE));
    check_str(open_nodes(run), S("Q"));
    check(say(run, "乙", DO_AGREE));
    check_str(open_nodes(run), S("B"));
    check(say(run, "丙", DO_AGREE) && run->state.end == BPMN_COMPLETED && !bpmn_check_state(run->model, &run->state));
}

TEST("S11 S37: where whoever did it has left office, the work waits to be assigned and never passes by itself")
{
    struct office office = {.absent = NULL};
    struct bpmn_run *run = begin_at(op, THREE, &office);
    check(say(run, "甲", DO_AGREE));
    office.absent = "甲";
    check(back_to(run, "乙", "A", false) && seat_of(run, "甲") < 0);
    check_str(open_nodes(run), S("A"));
    str who[1] = {S("新甲")};
    check(try_act(run,
                  (struct bpmn_act){
                      .op = DO_ASSIGN, .actor = S("管理员"), .work = work_of(run, "A"), .who = who, .who_count = 1}));
    check(say(run, "新甲", DO_AGREE));
    check_str(open_nodes(run), S("B"));
}

TEST("S12 S13 S14 S16: the rule of a step decides as soon as it can, or when all have spoken")
{
    struct bpmn_run *run = begin(op, SIGN("甲,乙,丙", "ratio 2/3"));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_AGREE));
    check_str(open_nodes(run), S("B"));
    check(run->state.seats.p[2].state == SEAT_CANCELLED && !say(run, "丙", DO_AGREE));
    run = begin(op, SIGN("甲,乙,丙", "ratio 2/3"));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_REFUSE));
    check_str(open_nodes(run), S("A"));
    check(say(run, "丙", DO_REFUSE));
    check_str(bpmn_value(run, 0, S("outcome")).text, S("refuse"));
    run = begin(op, SIGN("甲,乙,丙", "ratio 1/3 collect"));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_REFUSE));
    check_str(open_nodes(run), S("A"));
    check(say(run, "丙", DO_ABSTAIN));
    check_str(bpmn_value(run, 0, S("outcome")).text, S("agree"));
    run = begin(op, SIGN("甲,乙,丙", "all"));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_REFUSE)); /* one veto */
    check_str(bpmn_value(run, 0, S("outcome")).text, S("refuse"));
}

TEST("S15 S17 S18: an added seat counts; in turn means in turn; of two who act at once one wins and the other is told")
{
    struct bpmn_run *run = begin(op, SIGN("甲,乙", "ratio 1/2"));
    check(with(run, "甲", DO_BESIDE, "丙") && say(run, "甲", DO_AGREE));
    check_str(open_nodes(run), S("A")); /* of three, two are needed */
    check(say(run, "丙", DO_AGREE));
    check_str(open_nodes(run), S("B"));
    run = begin(op, SIGN("甲,乙,丙", "order"));
    check(seat_of(run, "乙") < 0 && say(run, "甲", DO_AGREE) && say(run, "乙", DO_REFUSE));
    check_str(bpmn_value(run, 0, S("outcome")).text, S("refuse"));
    run = begin(op, SIGN("甲,乙", "any"));
    int32_t late = seat_of(run, "乙"), rev = run->state.seats.p[late].rev;
    check(say(run, "甲", DO_AGREE));
    struct bpmn_act second = {.op = DO_AGREE, .actor = S("乙"), .seat = late, .rev = rev};
    check(!bpmn_act(run, &second) && op_has_fault(op, FAULT_CONFLICT));
}

TEST("a take-back reopens one's own seat only: what the others have said stays said")
{
    struct bpmn_run *run = begin(op, SIGN("甲,乙,丙", "ratio 2/3"));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_AGREE) && take(run, "乙"));
    check_str(open_nodes(run), S("A"));
    check(seat_of(run, "甲") < 0 && seat_of(run, "乙") >= 0 && say(run, "乙", DO_AGREE));
    check_str(open_nodes(run), S("B"));
}

TEST("S29 S30 S31: copies outlive return, refusal and end; unread ones can be recalled; in turn skips who is absent")
{
    struct office office = {.absent = NULL};
    struct bpmn_run *run = begin_at(op, THREE, &office);
    str readers[3] = {S("子"), S("丑"), S("寅")};
    struct bpmn_act act = {
        .op = DO_COPY, .actor = S("甲"), .who = readers, .who_count = 3, .in_order = true, .work = -1, .rev = -1};
    check(bpmn_act(run, &act));
    check(bpmn_copy_open(run, 0) && !bpmn_copy_open(run, 1) && !bpmn_copy_open(run, 2));
    check(try_act(run, (struct bpmn_act){.op = DO_COPY_READ, .actor = S("子"), .target = 0}));
    office.absent = "丑";
    check(bpmn_copy_open(run, 2));
    check(say(run, "甲", DO_AGREE) && back_to(run, "乙", "A", false) && bpmn_copy_open(run, 2));
    check(!try_act(run, (struct bpmn_act){.op = DO_COPY_RECALL, .actor = S("甲"), .target = 0}));
    check(try_act(run, (struct bpmn_act){.op = DO_COPY_RECALL, .actor = S("甲"), .target = 1}) &&
          !bpmn_copy_open(run, 1));
    check(say(run, "甲", DO_AGREE) && say(run, "乙", DO_AGREE) && say(run, "丙", DO_AGREE) &&
          run->state.end == BPMN_COMPLETED);
    check(try_act(run, (struct bpmn_act){.op = DO_COPY_READ, .actor = S("寅"), .target = 2}));
}

TEST("S35: while suspended nothing moves, and clocks keep the time they had left")
{
    struct bpmn_run *run = begin(
        op,
        HEAD FLOW(
            "s",
            "A") "<userTask id=\"A\" zw:assignee=\"甲\" zw:due=\"PT8H\"/><boundaryEvent id=\"b\" attachedToRef=\"A\">"
                 "<timerEventDefinition><timeDuration "
                 "xsi:type=\"tFormalExpression\">PT4H</timeDuration></timerEventDefinition></boundaryEvent>" FLOW(
                     "b", "B") TASK("B", "乙") FLOW("B", "e") FLOW("A", "e") TAIL);
    time_ms due = run->state.works.p[0].due;
    check(try_act(run, (struct bpmn_act){.op = DO_SUSPEND, .actor = S("管理员"), .opinion = S("等裁决")}));
    check(!say(run, "甲", DO_AGREE));
    op->now += 3 * 86400000;
    bpmn_tick(run);
    check_str(open_nodes(run), S("A"));
    check(try_act(run, (struct bpmn_act){.op = DO_RESUME, .actor = S("管理员")}));
    check(run->state.works.p[0].due == due + 3 * 86400000);
    bpmn_tick(run);
    check_str(open_nodes(run), S("A"));
    op->now += 4 * 3600000;
    bpmn_tick(run);
    check_str(open_nodes(run), S("B"));
}

TEST("S36: a jump is made where the process can still end, and refused into one branch of a join, with the reason")
{
    struct bpmn_run *run = begin(op, PARALLEL);
    int32_t tok = run->state.works.p[0].tok;
    struct bpmn_act act = {.op = DO_JUMP,
                           .actor = S("管理员"),
                           .opinion = S("急"),
                           .toks = &tok,
                           .tok_count = 1,
                           .target = bpmn_node(run->model, S("B")),
                           .rev = -1};
    check(!bpmn_act(run, &act) && str_find(op->faults->text, S("永远等下去"), &(size_t){0}));
    op_forgive(op, 0);
    act.target = bpmn_node(run->model, S("D"));
    check(try_act(run, act));
    check_str(open_nodes(run), S("D"));
    check(say(run, "丁", DO_AGREE) && run->state.end == BPMN_COMPLETED);
}

TEST("a jump in a large process with long branches beside each other is looked at to the end, and made")
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S(HEAD FLOW("s", "x") "<parallelGateway id=\"x\"/><parallelGateway id=\"y\"/>"));
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 10; k++) {
            buf_text(&b, "<userTask id=\"t%d_%d\" zw:assignee=\"甲\"/><sequenceFlow id=\"f%d_%d\" targetRef=\"t%d_%d\" sourceRef=\"", i,
                     k, i, k, i, k);
            if (k)
                buf_text(&b, "t%d_%d\"/>", i, k - 1);
            else
                buf_add(&b, S("x\"/>"));
            if (k == 9)
                buf_text(&b, "<sequenceFlow id=\"e%d\" sourceRef=\"t%d_9\" targetRef=\"y\"/>", i, i);
        }
    buf_add(&b, S(FLOW("y", "e") TAIL));
    struct bpmn_run *run = begin(op, op_z(op, buf_str(&b)));
    int32_t tok = run->state.works.p[3].tok;
    check(try_act(run, (struct bpmn_act){.op = DO_JUMP,
                                         .actor = S("管理员"),
                                         .opinion = S("急"),
                                         .toks = &tok,
                                         .tok_count = 1,
                                         .target = bpmn_node(run->model, S("t3_7"))}));
    check(run->state.works.p[work_of(run, "t3_7")].state == WORK_OPEN);
}

TEST("S39: a case stays on its version; it moves to another only if all it has touched is there and it can still end")
{
    struct bpmn_run *run = begin(op, THREE);
    static const char *longer = HEAD FLOW("s", "A") TASK("A", "甲") FLOW("A", "B") TASK("B", "乙") FLOW("B", "C")
        TASK("C", "丙") FLOW("C", "D") TASK("D", "丁") FLOW("D", "e") TAIL;
    static const char *without = HEAD FLOW("s", "A") TASK("A", "甲") FLOW("A", "C") TASK("C", "丙") FLOW("C", "e") TAIL;
    struct bpmn_doc docs[2] = {{S("二.bpmn"), str_z(longer)}, {S("三.bpmn"), str_z(without)}};
    struct bpmn *second, *third;
    check(bpmn_load(op, &docs[0], NULL, &second) && bpmn_load(op, &docs[1], NULL, &third));
    check(say(run, "甲", DO_AGREE) && !bpmn_migrate(run, third, NULL, 0) && op->fault_count == 1);
    check_str(op->faults->field, S("B")); /* it waits there */
    op_forgive(op, 0);
    check(bpmn_migrate(run, second, NULL, 0));
    check_str(open_nodes(run), S("B"));
    check(back_to(run, "乙", "A", false) && say(run, "甲", DO_AGREE) && say(run, "乙", DO_AGREE) &&
          say(run, "丙", DO_AGREE));
    check_str(open_nodes(run), S("D"));
    struct bpmn_run other;
    bpmn_run_init(&other, op, third);
    check(!bpmn_state_read(&other, bpmn_state_write(op, run)) &&
          op_has_fault(op, FAULT_CONFLICT)); /* bytes know their model */
    op_forgive(op, 0);
}

TEST("a rule that is not said is the same as any")
{
    static const char *said = HEAD FLOW("s", "A") "<userTask id=\"A\" zw:who=\"甲\" zw:rule=\"any\"/>" FLOW("A", "e") TAIL;
    static const char *unsaid = HEAD FLOW("s", "A") "<userTask id=\"A\" zw:who=\"甲\"/>" FLOW("A", "e") TAIL;
    static const char *all = HEAD FLOW("s", "A") "<userTask id=\"A\" zw:who=\"甲\" zw:rule=\"all\"/>" FLOW("A", "e") TAIL;
    struct bpmn *from, *same, *other;
    const struct bpmn_pair *pairs;
    size_t count;
    check(bpmn_load(op, &(struct bpmn_doc){S("旧.bpmn"), str_z(said)}, NULL, &from) && bpmn_load(op, &(struct bpmn_doc){S("新.bpmn"), str_z(unsaid)}, NULL, &same) &&
          bpmn_load(op, &(struct bpmn_doc){S("另.bpmn"), str_z(all)}, NULL, &other));
    check(bpmn_compare(op, from, same, NULL, 0, &pairs, &count));
    for (size_t i = 0; i < count; i++)
        check_str(pairs[i].altered, S(""));
    check(bpmn_compare(op, from, other, NULL, 0, &pairs, &count));
    for (size_t i = 0; i < count; i++)
        if (pairs[i].from == bpmn_node(from, S("A")))
            check_str(pairs[i].altered, S("会签规则：无 → all"));
}

TEST("a step that is called otherwise in the other version is named when a case moves there: history, return and joins go "
     "on; what cannot be one step is refused with what to do")
{
    static const char *old = HEAD FLOW("s", "x") "<parallelGateway id=\"x\"/><parallelGateway id=\"y\"/>" FLOW("x", "A")
        FLOW("x", "B") TASK("A", "甲") TASK("B", "乙") FLOW("A", "y") FLOW("B", "y") FLOW("y", "C") TASK("C", "丙")
        FLOW("C", "e") TAIL;
    static const char *now = HEAD FLOW("s", "x") "<parallelGateway id=\"x\"/><parallelGateway id=\"y\"/>" FLOW("x", "A2")
        FLOW("x", "B2") TASK("A2", "甲") TASK("B2", "乙") FLOW("A2", "y") FLOW("B2", "y") FLOW("y", "C") TASK("C", "丁")
        FLOW("C", "D") "<serviceTask id=\"D\"/>" FLOW("D", "e") TAIL;
    static const struct bpmn_rename both[] = {{SC("A"), SC("A2")}, {SC("B"), SC("B2")}};
    static const struct bpmn_rename same[] = {{SC("A"), SC("A2")}, {SC("B"), SC("A2")}};
    static const struct bpmn_rename twice[] = {{SC("A"), SC("A2")}, {SC("A"), SC("B2")}};
    static const struct bpmn_rename other[] = {{SC("A"), SC("D")}};
    static const struct bpmn_rename gone[] = {{SC("Z"), SC("A2")}}, nowhere[] = {{SC("A"), SC("Z")}};
    static const struct {
        const struct bpmn_rename *renames;
        size_t count;
        const char *says;
    } wrong[] = {{NULL, 0, "改了名的请指明改成哪一步"},    {both, 1, "改了名的请指明"},     {same, 2, "不能都改成它"},
                 {twice, 2, "写了两次"},                    {other, 1, "不能当作同一个环节"}, {gone, 1, "没有这个环节"},
                 {nowhere, 1, "要迁移到的版本里没有这个环节"}};
    struct bpmn_run *run = begin(op, old);
    struct bpmn_doc doc = {S("新.bpmn"), str_z(now)};
    struct bpmn *to;
    check(bpmn_load(op, &doc, NULL, &to) && say(run, "甲", DO_AGREE));
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (bpmn_migrate(run, to, wrong[i].renames, wrong[i].count) || !str_find(op->faults->text, str_z(wrong[i].says), &(size_t){0}))
            test_failed("acts_test.c", __LINE__, "case %zu is not refused with: %s", i, wrong[i].says);
        op_forgive(op, 0);
    }
    const struct bpmn_pair *pairs;
    size_t count, altered = 0, fresh = 0;
    check(bpmn_compare(op, run->model, to, both, 2, &pairs, &count));
    for (size_t i = 0; i < count; i++) {
        altered += pairs[i].altered.n > 0;
        fresh += pairs[i].from < 0;
        if (pairs[i].from == bpmn_node(run->model, S("C")))
            check_str(pairs[i].altered, S("办理人：丙 → 丁；之后：结束事件 → 服务任务"));
    }
    check_int(fresh, 1);
    check(altered >= 1);
    check(bpmn_migrate(run, to, both, 2));
    check_str(open_nodes(run), S("B2"));
    check(back_to(run, "乙", "A2", false) == false); /* beside each other: A2 does not cause B2 */
    op_forgive(op, 0);
    check(say(run, "乙", DO_AGREE));
    check_str(open_nodes(run), S("C"));
    check(back_to(run, "丁", "A2", false));
    check(say(run, "甲", DO_AGREE) && say(run, "丁", DO_AGREE));
}

TEST("S40: after a return the opinions it took away are struck, and stay in the record")
{
    struct bpmn_run *run = begin(op, PARALLEL);
    check(say(run, "甲", DO_AGREE) && say(run, "丙", DO_AGREE) && back_to(run, "乙", "A", false));
    int struck = 0;
    for (size_t i = 0; i < run->state.acts.n; i++)
        struck += run->state.acts.p[i].struck;
    check_int(struck, 2);
    check(run->state.acts.n == 3);
    check(try_act(run, (struct bpmn_act){.op = DO_CORRECT, .actor = S("丙"), .target = 1, .opinion = S("更正")}));
    check_int(run->state.acts.p[3].other, 1);
}

TEST("a command that was accepted is accepted again without effect, and a preview changes nothing")
{
    struct bpmn_run *run = begin(op, PARALLEL);
    struct bpmn_act act = {.op = DO_AGREE, .cmd = S("c1"), .actor = S("甲"), .seat = seat_of(run, "甲"), .rev = -1};
    check(bpmn_act(run, &act));
    size_t fires = run->state.fires.n;
    check(bpmn_act(run, &act) && run->state.fires.n == fires);
    check(say(run, "丙", DO_AGREE));
    struct bpmn_preview seen;
    struct bpmn_act back = {
        .op = DO_BACK, .actor = S("乙"), .seat = seat_of(run, "乙"), .rev = -1, .opinion = S("退"), .target = 0};
    str before = bpmn_state_write(op, run);
    check(bpmn_preview(run, &back, &seen) && seen.withdrawn_count == 2);
    check_str(bpmn_state_write(op, run), before);
    check(seat_of(run, "乙") >= 0 && bpmn_act(run, &back));
}

TEST("超时 agrees by itself only where the node says so; otherwise it is a notice, and the drafter may cancel only early")
{
    struct bpmn_run *run = begin(
        op,
        HEAD FLOW("s", "A") "<userTask id=\"A\" zw:assignee=\"甲\" zw:due=\"PT1H\" zw:rule=\"any auto-agree\"/>" FLOW(
            "A", "B") "<userTask id=\"B\" zw:assignee=\"乙\" zw:due=\"PT1H\"/>" FLOW("B", "e") TAIL);
    struct bpmn_act late = {.op = DO_TIMEOUT, .actor = S("系统"), .seat = seat_of(run, "甲")};
    check(!try_act(run, late));
    op->now += 2 * 3600000;
    check(try_act(run, late));
    check_str(open_nodes(run), S("B"));
    op->now += 2 * 3600000;
    late.seat = seat_of(run, "乙");
    check(try_act(run, late) && run->last_command->kind == BPMN_NOTICE);
    run = begin(op, THREE);
    check(say(run, "甲", DO_AGREE) &&
          !try_act(run, (struct bpmn_act){.op = DO_CANCEL, .actor = S("拟稿"), .opinion = S("不办了")}));
    check(try_act(run, (struct bpmn_act){.op = DO_END, .actor = S("管理员"), .opinion = S("作废")}) &&
          run->state.end == BPMN_TERMINATED);
    run = begin(op, THREE);
    check(try_act(run, (struct bpmn_act){.op = DO_CANCEL, .actor = S("拟稿"), .opinion = S("不办了")}) &&
          run->state.end == BPMN_CANCELLED);
}

TEST("S25: a work with added seats runs out of time seat by seat: who waits for another is not agreed for, who is only asked never")
{
    struct bpmn_run *run = begin(
        op, HEAD FLOW("s", "A") "<userTask id=\"A\" zw:assignee=\"甲\" zw:due=\"PT1H\" zw:rule=\"all auto-agree\"/>" FLOW(
                "A", "B") "<userTask id=\"B\" zw:assignee=\"乙\"/>" FLOW("B", "e") TAIL);
    struct bpmn_act late = {.op = DO_TIMEOUT, .actor = S("系统"), .seat = seat_of(run, "甲")};
    int32_t first = late.seat;
    check(with(run, "甲", DO_BEFORE, "子") && with(run, "子", DO_ASK, "丑"));
    op->now += 2 * 3600000;
    check(!try_act(run, late)); /* it waits for 子 */
    late.seat = seat_of(run, "丑");
    check(try_act(run, late) && run->last_command->kind == BPMN_NOTICE && seat_of(run, "丑") >= 0);
    check(say(run, "丑", DO_AGREE));
    late.seat = seat_of(run, "子");
    check(try_act(run, late) && seat_of(run, "甲") == first && run->state.works.p[0].state == WORK_OPEN);
    late.seat = first;
    check(try_act(run, late));
    check_str(open_nodes(run), S("B"));
}

TEST("a state written and read again goes on as if nothing had happened; damaged bytes are refused")
{
    struct bpmn_run *run = begin(op, PARALLEL);
    check(say(run, "甲", DO_AGREE));
    struct feel_entry list = {
        S("名单"), feel_of_list((feel_value[]){feel_of_text(S("张三")), feel_of_int(3), feel_of_day(18000)}, 3)};
    bpmn_change(run, &list, 1);
    str bytes = bpmn_state_write(op, run);
    struct bpmn_run again;
    bpmn_run_init(&again, op, run->model);
    check(bpmn_state_read(&again, bytes));
    check_str(bpmn_state_write(op, &again), bytes);
    check(feel_same(bpmn_value(&again, 0, S("名单")), list.value));
    check(say(&again, "乙", DO_AGREE) && say(&again, "丙", DO_AGREE));
    check_str(open_nodes(&again), S("D"));
    for (size_t cut = 0; cut < bytes.n; cut += 3) {
        struct bpmn_run damaged;
        int faults = op->fault_count;
        bpmn_run_init(&damaged, op, run->model);
        check(!bpmn_state_read(&damaged, str_part(bytes, 0, cut)) && damaged.state.fires.n == 0);
        op_forgive(op, faults);
    }
}

/* ---- what an act moves ------------------------------------------------------------------------------------- */

/* A's B and C wait beside each other: B has three signers, a deadline and a timer, behind which nobody sits. */
#define MOVED                                                                                                          \
    HEAD FLOW("s", "A") TASK("A", "甲") FLOW("A", "x") "<parallelGateway id=\"x\"/>" FLOW("x", "B") FLOW("x", "C")      \
        "<userTask id=\"B\" name=\"B\" zw:users=\"乙,丁,戊\" zw:rule=\"ratio 1/3 auto-agree\" zw:due=\"PT8H\"/>"        \
        "<boundaryEvent id=\"b\" attachedToRef=\"B\" cancelActivity=\"false\"><timerEventDefinition><timeDuration "     \
        "xsi:type=\"tFormalExpression\">P9D</timeDuration></timerEventDefinition></boundaryEvent>" FLOW("b", "L")       \
        "<userTask id=\"L\" name=\"L\"/>" FLOW("L", "y") TASK("C", "丙") FLOW("B", "y") FLOW("C", "y")   \
        "<inclusiveGateway id=\"y\"/>" FLOW("y", "D") "<userTask id=\"D\" name=\"D\" zw:assignee=\"丁\" zw:due=\"PT1H\"/>"  \
        FLOW("D", "e") TAIL

enum moved { MOVED_TOKENS, MOVED_VOTES, MOVED_CLOCKS, MOVED_DATA, MOVED_COPIES, MOVED_KINDS };

static str moved_of(struct bpmn_run *run, enum moved kind)
{
    struct bpmn_state *s = &run->state;
    struct buf b;
    buf_init(&b, run->op, 0);
    for (size_t i = 0; i < s->live.n && kind == MOVED_TOKENS; i++)
        buf_text(&b, "%d ", s->live.p[i]);
    for (size_t i = 0; i < s->seats.n && kind == MOVED_VOTES; i++)
        if (s->works.p[s->seats.p[i].work].state <= WORK_DONE)
            buf_text(&b, "%zu%.*s%d ", i, PS(s->seats.p[i].who), s->seats.p[i].state);
    for (size_t i = 0; i < s->works.n && kind == MOVED_CLOCKS; i++)
        if (s->works.p[i].state == WORK_OPEN)
            buf_text(&b, "%zu:%lld ", i, s->works.p[i].due ? (long long)(s->works.p[i].due - s->suspended) : 0);
    for (size_t i = 0; i < s->waits.n && kind == MOVED_CLOCKS; i++)
        if (s->waits.p[i].used < 0)
            buf_text(&b, "%lld ", (long long)(s->waits.p[i].due - s->suspended));
    for (size_t i = 0; i < s->vars.n && kind == MOVED_DATA; i++)
        if (s->fires.p[s->vars.p[i].made].undone < 0)
            buf_text(&b, "%.*s=%.*s ", PS(s->vars.p[i].name), PS(feel_literal(run->op, s->vars.p[i].value)));
    for (size_t i = 0; i < s->copies.n && kind == MOVED_COPIES; i++)
        buf_text(&b, "%.*s%d%d ", PS(s->copies.p[i].who), s->copies.p[i].read_at != 0, s->copies.p[i].recalled);
    return buf_str(&b);
}

/* The act as it would be asked for there; what has to be before it is done first. */
static struct bpmn_act moving(struct bpmn_run *run, enum bpmn_op what, str *who, int32_t *tok)
{
    unsigned may = bpmn_act_rules()[what].may;
    int32_t mine = seat_of(run, "乙");
    struct bpmn_act a = {.op = what,
                         .actor = may & MAY_HOLDER   ? S("乙")
                                  : may & MAY_SYSTEM ? S("系统")
                                  : may & MAY_ADMIN  ? S("管理员")
                                                     : S("甲"),
                         .seat = mine,
                         .work = -1,
                         .rev = -1,
                         .opinion = S("意见"),
                         .who = who,
                         .who_count = 1,
                         .rule = RULE_ALL,
                         .num = 1,
                         .den = 1};
    *who = S("新人");
    if (what == DO_REFUSE || what == DO_ABSTAIN || what == DO_READ) { /* the last of them decides */
        check(say(run, "丁", what) && say(run, "戊", what));
    } else if (what == DO_REMOVE) { /* of four two are needed, of three one */
        check(with(run, "乙", DO_BESIDE, "子") && say(run, "丁", DO_AGREE));
        a.seat = seat_of(run, "子");
    } else if (what == DO_TAKE_BACK) {
        a.seat = acted_seat(run, "甲");
    } else if (what == DO_RESUME) {
        check(try_act(run, (struct bpmn_act){.op = DO_SUSPEND, .actor = S("管理员"), .opinion = S("等")}));
        run->op->now += 3600000;
    } else if (what == DO_TIMEOUT) {
        run->op->now += 9 * 3600000;
    } else if (what == DO_COPY_READ) {
        a.actor = S("丑");
    } else if (what == DO_ASSIGN) {
        run->op->now += 10 * (time_ms)86400000;
        bpmn_tick(run);
        a.work = work_of(run, "L");
    } else if (what == DO_HAND_OVER) {
        a.for_whom = S("乙");
    } else if (what == DO_JUMP) {
        *tok = run->state.works.p[work_of(run, "C")].tok;
        a.toks = tok;
        a.tok_count = 1;
        a.target = bpmn_node(run->model, S("C"));
    }
    return a;
}

/* The cell of the table in docs/acts.md: column 0 is the act's name. */
static str moved_cell(struct op *op, str text, int what, int column)
{
    size_t at;
    str line, cell = S(""), table;
    must(str_find(text, S("## What an act moves"), &at));
    table = str_part(text, at, text.n);
    while (str_split(table, '\n', &line, &table)) {
        str rest = line, name;
        if (!str_starts(line, S("| ")))
            continue;
        str_split(str_part(rest, 1, rest.n), '|', &name, &rest);
        if (!str_eq(str_trim(name), str_z(bpmn_act_rules()[what].name)))
            continue;
        for (int i = 0; i < column; i++)
            str_split(rest, '|', &cell, &rest);
        return str_trim(cell);
    }
    test_failed("docs/acts.md", 0, "%s has no row", bpmn_act_rules()[what].name);
    return op_copy(op, cell);
}

TEST("what docs/acts.md says that an act moves it moves, and nothing else: tokens, votes, clocks, data, copies")
{
    static const char *const kinds[MOVED_KINDS] = {"标记", "票", "钟", "数据", "传阅"};
    str text, who;
    int32_t tok;
    check(file_read(op, S("docs/acts.md"), 1 << 20, &text));
    for (int what = 0; what < DO_ACTS; what++) {
        struct bpmn_run *run = begin(op, MOVED);
        str before[MOVED_KINDS], reader = S("丑");
        check(try_act(run, (struct bpmn_act){.op = DO_COPY, .actor = S("甲"), .work = -1, .who = &reader, .who_count = 1}));
        check(say(run, "甲", DO_AGREE));
        struct bpmn_act a = moving(run, (enum bpmn_op)what, &who, &tok);
        for (int k = 0; k < MOVED_KINDS; k++)
            before[k] = moved_of(run, (enum moved)k);
        op->now += 60000;
        bpmn_run_next(run);
        if (!bpmn_act(run, &a))
            test_failed(__FILE__, __LINE__, "%s: %.*s", bpmn_act_rules()[what].name, PS(op->faults->text));
        op_forgive(op, 0);
        for (int k = 0; k < MOVED_KINDS; k++) {
            bool moved = !str_eq(moved_of(run, (enum moved)k), before[k]), said = moved_cell(op, text, what, k + 1).n > 0;
            if (moved != said)
                test_failed("docs/acts.md", 0, "%s %s %s: «%.*s» «%.*s»", bpmn_act_rules()[what].name, moved ? "moves" : "does not move",
                            kinds[k], PS(before[k]), PS(moved_of(run, (enum moved)k)));
        }
    }
}

TEST("the table in docs/acts.md is the table that decides")
{
    str text;
    check(file_read(op, S("docs/acts.md"), 1 << 20, &text));
    for (int i = 0; i < DO_ACTS; i++) {
        const struct bpmn_act_rule *r = &bpmn_act_rules()[i];
        str line = op_text(op, "| %s | %s |", r->name, r->who_text),
            rest = op_text(op, "| %s | %s | %s |\n", r->effect, r->siblings, r->kept);
        if (!str_find(text, line, &(size_t){0}) || !str_find(text, rest, &(size_t){0}))
            test_failed(__FILE__, __LINE__, "%s is not as written", r->name);
    }
}

TEST("a text that both know is not written with a state, and stands in it all the same")
{
    struct bpmn_run *run = begin(op, PARALLEL), again;
    size_t before = bpmn_state_write(op, run).n;
    run->known = S("拟稿");
    str bytes = bpmn_state_write(op, run);
    check(bytes.n < before);
    bpmn_run_init(&again, op, run->model);
    again.known = run->known;
    check(bpmn_state_read(&again, bytes));
    check_str(again.state.drafter, S("拟稿"));
    check_str(bpmn_state_write(op, &again), bytes);
}
