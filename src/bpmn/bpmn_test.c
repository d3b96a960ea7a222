#include "base/test.h"
#include "bpmn/model.h"
#include "dmn/dmn.h"

#define HEAD                                                                                                           \
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "                                              \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""                                                          \
    " xmlns:zw=\"urn:zhenwu\" targetNamespace=\"urn:t\">"
#define PROCESS(body) HEAD "<process id=\"p\" isExecutable=\"true\">" body "</process></definitions>"
#define START(to) "<startEvent id=\"s\"/><sequenceFlow id=\"f0\" sourceRef=\"s\" targetRef=\"" to "\"/>"
#define FLOW(name, from, to) "<sequenceFlow id=\"" name "\" sourceRef=\"" from "\" targetRef=\"" to "\"/>"
#define FLOW_IF(name, from, to, condition)                                                                             \
    "<sequenceFlow id=\"" name "\" sourceRef=\"" from "\" targetRef=\"" to                                             \
    "\"><conditionExpression xsi:type=\"tFormalExpression\">" condition "</conditionExpression></sequenceFlow>"
#define NAMED(name, said) "<sequenceFlow id=\"" name "\" sourceRef=\"x\" targetRef=\"e\" name=\"" said "\"/>"
#define NAMED_IF(name, said, condition)                                                                                \
    "<sequenceFlow id=\"" name "\" sourceRef=\"x\" targetRef=\"e\" name=\"" said                                       \
    "\"><conditionExpression xsi:type=\"tFormalExpression\">" condition "</conditionExpression></sequenceFlow>"
#define END "<endEvent id=\"e\"/>"

/* Scripts append a letter to the variable `trace`, so that each test reads what ran. */
static struct bpmn *load(struct op *op, const char *text)
{
    struct bpmn_doc doc = {S("甲.bpmn"), str_z(text)};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m))
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(op->faults->field), PS(op->faults->text));
    return m;
}

static struct bpmn_run *play(struct op *op, const char *text, const struct feel_entry *values, size_t count)
{
    struct bpmn_run *run = op_new(op, struct bpmn_run);
    struct bpmn *m = load(op, text);
    bpmn_run_init(run, op, m);
    check(bpmn_start(run, bpmn_process(m, S("p")), S("张三"), values, count));
    check(bpmn_check_state(m, &run->state) == NULL);
    return run;
}

static str trace(struct bpmn_run *run)
{
    feel_value v = bpmn_value(run, 0, S("trace"));
    return v.kind == FEEL_TEXT ? v.text : S("");
}

#define SAY(id, letter)                                                                                                \
    "<scriptTask id=\"" id "\" zw:result=\"trace\"><script>(if trace = null then \"\" else trace) + \"" letter         \
    "\"</script></scriptTask>"

TEST("an exclusive gateway takes the first way whose condition holds, else the default, else it stops with an incident")
{
    static const char *with_default =
        PROCESS(START("x") "<exclusiveGateway id=\"x\" default=\"f3\"/>" FLOW_IF("f1", "x", "a", "n > 10")
                    FLOW_IF("f2", "x", "b", "n > 5") FLOW("f3", "x", "c") SAY("a", "A") SAY("b", "B") SAY("c", "C")
                        END FLOW("g1", "a", "e") FLOW("g2", "b", "e") FLOW("g3", "c", "e"));
    static const struct {
        int n;
        const char *trace;
    } cases[] = {{11, "A"}, {6, "B"}, {1, "C"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct feel_entry n = {S("n"), feel_of_int(cases[i].n)};
        struct bpmn_run *run = play(op, with_default, &n, 1);
        check_str(trace(run), str_z(cases[i].trace));
        check(run->state.end == BPMN_COMPLETED);
    }
    struct bpmn_run *run = play(op,
                                PROCESS(START("x") "<exclusiveGateway id=\"x\"/>" FLOW_IF("f1", "x", "e", "n > 1")
                                            FLOW_IF("f2", "x", "e", "n > 2") END),
                                NULL, 0);
    check(run->state.end == BPMN_RUNNING && run->last_command->kind == BPMN_INCIDENT);
    struct feel_entry n = {S("n"), feel_of_int(2)};
    int32_t stuck = run->last_command->number;
    bpmn_change(run, &n, 1);
    check(bpmn_retry(run, stuck) && run->state.end == BPMN_COMPLETED);
}

TEST("an inclusive join waits for the branches that were taken, and for no others")
{
    static const char *text = PROCESS(
        START("o") "<inclusiveGateway id=\"o\"/>" FLOW_IF("f1", "o", "a", "n >= 1") FLOW_IF("f2", "o", "b", "n >= 2")
            FLOW_IF("f3", "o", "c", "n >= 3") SAY("a", "A") SAY("b", "B") SAY("c", "C") FLOW("g1", "a", "j")
                FLOW("g2", "b", "j") FLOW("g3", "c", "j") "<inclusiveGateway id=\"j\"/>" FLOW("h", "j", "d")
                    SAY("d", "D") FLOW("h2", "d", "e") END);
    for (int n = 1; n <= 3; n++) {
        struct feel_entry value = {S("n"), feel_of_int(n)};
        struct bpmn_run *run = play(op, text, &value, 1);
        check_str(trace(run), str_part(S("ABCD"), (size_t)0, (size_t)n).n == 3 ? S("ABCD")
                              : n == 1                                         ? S("AD")
                                                                               : S("ABD"));
        check(run->state.end == BPMN_COMPLETED);
    }
}

TEST("what begins beside a task and meets it in an inclusive join does not let that go before the task has ended")
{
    static const char *text = HEAD
        "<message id=\"m\" name=\"m\"/><message id=\"n\" name=\"n\"/><process id=\"p\" isExecutable=\"true\">" START("b")
            "<receiveTask id=\"b\" messageRef=\"m\"/>" FLOW("f1", "b", "j")
            "<boundaryEvent id=\"r\" attachedToRef=\"b\" cancelActivity=\"false\"><messageEventDefinition messageRef=\"n\"/>"
            "</boundaryEvent>" FLOW("f2", "r", "l") SAY("l", "L") FLOW("f3", "l", "j") "<inclusiveGateway id=\"j\"/>" FLOW("f4", "j", "d")
                SAY("d", "D") FLOW("f5", "d", "e") END "</process></definitions>";
    struct bpmn_run *run = play(op, text, NULL, 0);
    check(bpmn_message(run, S("n"), NULL, 0));
    check_str(trace(run), S("L"));
    check(bpmn_message(run, S("m"), NULL, 0));
    check_str(trace(run), S("LD"));
    check(run->state.end == BPMN_COMPLETED);
}

TEST("a loop that never waits is stopped and told, and the program goes on")
{
    struct bpmn_run *run =
        play(op,
             PROCESS(START("x") "<exclusiveGateway id=\"x\"/>" SAY("a", "A") FLOW_IF("f1", "x", "a", "n = null")
                         FLOW("g", "a", "x") FLOW_IF("f2", "x", "e", "n = 1") END),
             NULL, 0);
    check(run->state.end == BPMN_RUNNING && run->last_command->kind == BPMN_INCIDENT);
    check(run->state.fires.n < 2 * BPMN_FIRINGS_MAX);
}

TEST("a loop of ten thousand needs no more stack than one of ten, and is stopped where a command may fire no more")
{
    static const char *text = PROCESS(START("a") "<scriptTask id=\"a\"><standardLoopCharacteristics "
                                                 "loopMaximum=\"10000\"/><script>{n: (if n = null then 0 else n) + 1}"
                                                 "</script></scriptTask>" FLOW("f1", "a", "e") END);
    struct bpmn_run *run = play(op, text, NULL, 0);
    check(run->state.end == BPMN_RUNNING && run->last_command->kind == BPMN_INCIDENT);
    for (int i = 0; i < 10 && run->state.end == BPMN_RUNNING; i++) {
        int32_t stuck = run->last_command->number;
        bpmn_run_next(run);
        check(bpmn_retry(run, stuck));
    }
    check(run->state.end == BPMN_COMPLETED);
    int64_t n = 0;
    check(dec_int(bpmn_value(run, 0, S("n")).number, &n) && n == 10000);
}

TEST("many that one command could not carry to their end are one incident, which says how many; tried again, all of them go on, also after they were kept")
{
    static const char *text =
        PROCESS(START("w") "<subProcess id=\"w\"><multiInstanceLoopCharacteristics><loopCardinality xsi:type=\"tFormalExpression\">900"
                           "</loopCardinality></multiInstanceLoopCharacteristics><startEvent id=\"ws\"/>" FLOW("w1", "ws", "a") "<task id=\"a\"/>"
                FLOW("w2", "a", "b") "<task id=\"b\"/>" FLOW("w3", "b", "c") "<task id=\"c\"/>" FLOW("w4", "c", "d") "<task id=\"d\"/>"
                FLOW("w5", "d", "f") "<task id=\"f\"/>" FLOW("w6", "f", "g") "<task id=\"g\"/>" FLOW("w7", "g", "h") "<task id=\"h\"/>"
                FLOW("w8", "h", "k") "<task id=\"k\"/>" FLOW("w9", "k", "we") "<endEvent id=\"we\"/></subProcess>" FLOW("f1", "w", "e") END);
    struct bpmn_run *run = play(op, text, NULL, 0);
    for (int tries = 0; run->state.end == BPMN_RUNNING && tries < 3; tries++) {
        const struct bpmn_command *told = NULL;
        const struct bpmn_waiting *waits;
        size_t count;
        for (const struct bpmn_command *c = run->commands; c; c = c->next)
            if (c->kind == BPMN_INCIDENT) {
                check(!told);
                told = c;
            }
        must(told != NULL);
        check(tries || str_find(told->name, S("连同另外"), &(size_t){0}));
        check_int(bpmn_stuck_next(run, -1), told->number);
        check_int(bpmn_stuck_next(run, told->number), -1);
        bpmn_waitings(run, &waits, &count);
        check(count == 1 && waits[0].kind == BPMN_WAITS_MENDING);
        struct bpmn_run *kept = op_new(op, struct bpmn_run);
        bpmn_run_init(kept, op, run->model);
        check(bpmn_state_read(kept, bpmn_state_write(op, run)));
        run = kept;
        check(bpmn_retry(run, told->number));
    }
    check(run->state.end == BPMN_COMPLETED);
    check(!bpmn_check_state(run->model, &run->state));
}

TEST("clocks ring at their time, earliest first, and an interrupting one takes what was under way with it")
{
    static const char *text =
        PROCESS(START("w") "<subProcess id=\"w\"><startEvent id=\"ws\"/>" FLOW(
            "w1", "ws",
            "wc") "<intermediateCatchEvent id=\"wc\"><timerEventDefinition><timeDuration "
                  "xsi:type=\"tFormalExpression\">PT2H</timeDuration></timerEventDefinition>"
                  "</intermediateCatchEvent>" FLOW("w2", "wc", "wa") SAY("wa", "W") FLOW(
                      "w3", "wa",
                      "we") "<endEvent id=\"we\"/></subProcess>"
                            "<boundaryEvent id=\"b1\" attachedToRef=\"w\" "
                            "cancelActivity=\"false\"><timerEventDefinition><timeCycle xsi:type=\"tFormalExpression\">"
                            "R2/PT20M</timeCycle></timerEventDefinition></boundaryEvent>" FLOW("r1", "b1", "r") SAY("r",
                                                                                                                    "R")
                                FLOW("r2", "r",
                                     "re") "<endEvent id=\"re\"/>"
                                           "<boundaryEvent id=\"b2\" "
                                           "attachedToRef=\"w\"><timerEventDefinition><timeDuration "
                                           "xsi:type=\"tFormalExpression\">PT1H</timeDuration>"
                                           "</timerEventDefinition></boundaryEvent>" FLOW("t1", "b2", "t") SAY("t", "T")
                                               FLOW("t2", "t", "te") "<endEvent id=\"te\"/>" FLOW("f9", "w", "e") END);
    struct bpmn_run *run = play(op, text, NULL, 0);
    time_ms due;
    check(bpmn_next_due(run, &due) && due == op->now + 20 * 60000);
    op->now += 10 * 60000;
    bpmn_tick(run);
    check_str(trace(run), S(""));
    op->now += 170 * 60000; /* a weekend switched off: all that was due comes in order */
    bpmn_tick(run);
    check_str(trace(run), S("RRT"));
    check(run->state.end == BPMN_COMPLETED && bpmn_check_state(run->model, &run->state) == NULL);
}

TEST("an error is caught by the nearest that knows its code; uncaught, it ends the case and says so")
{
#define INNER(code)                                                                                                    \
    "<subProcess id=\"w\"><startEvent id=\"ws\"/>" FLOW(                                                               \
        "w1", "ws", "we") "<endEvent id=\"we\"><errorEventDefinition errorRef=\"" code "\"/></endEvent></subProcess>"
#define CATCH_AND_END                                                                                                  \
    "<boundaryEvent id=\"b\" attachedToRef=\"w\"><errorEventDefinition errorRef=\"r1\"/></boundaryEvent>" FLOW(        \
        "b1", "b", "a") SAY("a", "A") FLOW("b2", "a", "ae") "<endEvent id=\"ae\"/>" FLOW("f9", "w", "e") END
#define ERRORS "<error id=\"r1\" errorCode=\"缺章\"/><error id=\"r2\" errorCode=\"超期\"/>"
    static const char *caught = HEAD ERRORS "<process id=\"p\" isExecutable=\"true\">" START("w") INNER("r1")
        CATCH_AND_END "</process></definitions>";
    static const char *uncaught = HEAD ERRORS "<process id=\"p\" isExecutable=\"true\">" START("w") INNER("r2")
        CATCH_AND_END "</process></definitions>";
    check_str(trace(play(op, caught, NULL, 0)), S("A"));
    struct bpmn_run *run = play(op, uncaught, NULL, 0);
    check(run->state.end == BPMN_ERROR);
    check_str(run->state.end_code, S("超期"));
}

TEST("compensation runs the handlers of what was completed, the latest first, and then goes on")
{
    static const char *text = PROCESS(START("a") SAY("a", "A") FLOW("f1", "a", "b") SAY("b", "B") FLOW(
        "f2", "b", "t") "<boundaryEvent id=\"ba\" attachedToRef=\"a\"><compensateEventDefinition/></boundaryEvent>"
                        "<boundaryEvent id=\"bb\" attachedToRef=\"b\"><compensateEventDefinition/></boundaryEvent>"
                        "<association id=\"x1\" sourceRef=\"ba\" targetRef=\"ha\"/><association id=\"x2\" "
                        "sourceRef=\"bb\" targetRef=\"hb\"/>"
                        "<scriptTask id=\"ha\" isForCompensation=\"true\" zw:result=\"trace\"><script>trace + "
                        "\"a\"</script></scriptTask>"
                        "<scriptTask id=\"hb\" isForCompensation=\"true\" zw:result=\"trace\"><script>trace + "
                        "\"b\"</script></scriptTask>"
                        "<intermediateThrowEvent id=\"t\"><compensateEventDefinition/></intermediateThrowEvent>" FLOW(
                            "f3", "t", "c") SAY("c", "C") FLOW("f4", "c", "e") END);
    struct bpmn_run *run = play(op, text, NULL, 0);
    check_str(trace(run), S("ABbaC"));
    check(run->state.end == BPMN_COMPLETED);
}

TEST("a repetition over a list gives each its item, collects the results in order, and may end early")
{
    static const char *text = PROCESS(
        START("m") "<scriptTask id=\"m\" zw:result=\"each\"><multiInstanceLoopCharacteristics isSequential=\"true\" "
                   "zw:collection=\"groups\" zw:elementVariable=\"group\">"
                   "<completionCondition xsi:type=\"tFormalExpression\">numberOfCompletedInstances &gt;= "
                   "2</completionCondition>"
                   "</multiInstanceLoopCharacteristics><script>group + string(loopCounter)</script></scriptTask>" FLOW(
                       "f1", "m", "e") END);
    feel_value groups[] = {feel_of_text(S("甲")), feel_of_text(S("乙")), feel_of_text(S("丙"))};
    struct feel_entry value = {S("groups"), feel_of_list(groups, 3)};
    struct bpmn_run *run = play(op, text, &value, 1);
    check(run->state.end == BPMN_COMPLETED);
    check_str(bpmn_value(run, 0, S("each")).text, S("乙2"));
}

TEST("a message goes to one that waits for it; a signal is heard by all that listen")
{
    static const char *text = HEAD
        "<message id=\"m1\" name=\"批复\"/><signal id=\"g1\" name=\"停电\"/><process id=\"p\" "
        "isExecutable=\"true\">" START("x") "<parallelGateway id=\"x\"/>" FLOW("f1", "x", "c1") FLOW("f2", "x", "c2")
            FLOW("f3", "x",
                 "c3") "<intermediateCatchEvent id=\"c1\"><messageEventDefinition "
                       "messageRef=\"m1\"/></intermediateCatchEvent>" FLOW("g1f", "c1", "a") SAY("a", "A")
                           FLOW("h1", "a",
                                "e") "<intermediateCatchEvent id=\"c2\"><signalEventDefinition "
                                     "signalRef=\"g1\"/></intermediateCatchEvent>" FLOW("g2f", "c2", "b") SAY("b", "B")
                                         FLOW("h2", "b",
                                              "e") "<intermediateCatchEvent id=\"c3\"><signalEventDefinition "
                                                   "signalRef=\"g1\"/></intermediateCatchEvent>" FLOW("g3f", "c3", "c")
                                                       SAY("c", "B") FLOW("h3", "c", "e") END
        "</process></definitions>";
    struct bpmn_run *run = play(op, text, NULL, 0);
    check(!bpmn_message(run, S("无关"), NULL, 0) && bpmn_waits_for(run, S("批复")));
    struct feel_entry value = {S("文号"), feel_of_text(S("〔2021〕7号"))};
    check(bpmn_message(run, S("批复"), &value, 1) && !bpmn_message(run, S("批复"), &value, 1));
    check_str(bpmn_value(run, 0, S("文号")).text, S("〔2021〕7号"));
    check(bpmn_signal(run, S("停电"), NULL, 0));
    check_str(trace(run), S("ABB"));
    check(run->state.end == BPMN_COMPLETED);
}

static const struct dmn *decision(void *from, str key)
{
    (void)key;
    return from;
}

TEST("a business rule task asks its decision and keeps the answer")
{
    struct dmn_doc doc = {
        S("资格.dmn"),
        S("<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" namespace=\"n\" name=\"n\">"
          "<inputData id=\"i\" name=\"年龄\"><variable name=\"年龄\" typeRef=\"number\"/></inputData>"
          "<decision id=\"d\" name=\"资格\"><variable name=\"资格\"/><informationRequirement>"
          "<requiredInput href=\"#i\"/></informationRequirement><literalExpression><text>"
          "if 年龄 &gt;= 60 then \"是\" else \"否\"</text></literalExpression></decision></definitions>")};
    struct dmn *d;
    check(dmn_load(op, &doc, 1, &d));
    struct bpmn *m = load(
        op, PROCESS(START("r") "<businessRuleTask id=\"r\" zw:decision=\"资格.dmn#资格\"/>" FLOW("f1", "r", "e") END));
    struct bpmn_run run;
    bpmn_run_init(&run, op, m);
    run.decision = decision;
    run.from = d;
    struct feel_entry age = {S("年龄"), feel_of_int(61)};
    check(bpmn_start(&run, bpmn_process(m, S("")), S("张三"), &age, 1));
    check_str(bpmn_value(&run, 0, S("资格")).text, S("是"));
    check(run.state.end == BPMN_COMPLETED);
}

TEST("a task asks how it ended where a condition before the next task reads it, and nowhere else")
{
    struct bpmn *m = load(
        op, PROCESS(START("draft") "<userTask id=\"draft\"/><userTask id=\"check\"/><userTask id=\"file\"/>"
                    "<parallelGateway id=\"and\"/><exclusiveGateway id=\"x\" default=\"f5\"/>" SAY("note", "N")
                        FLOW("f1", "draft", "check") FLOW("f2", "check", "and") FLOW("f3", "and", "note")
                            FLOW("f4", "note", "x") FLOW_IF("f6", "x", "draft", "outcome = \"refuse\"")
                                FLOW("f5", "x", "file") FLOW("f7", "file", "e") END));
    check(bpmn_asks_outcome(m, bpmn_node(m, S("check"))));
    check(!bpmn_asks_outcome(m, bpmn_node(m, S("draft"))));
    check(!bpmn_asks_outcome(m, bpmn_node(m, S("file"))));
}

TEST("yes and no are called by the flows that they take, and by no name where those are not all named or are the same")
{
    static const struct {
        const char *flows, *yes, *no;
    } rows[] = {
        {NAMED_IF("a", "退改", "outcome = \"refuse\"") NAMED("b", "送签"), "送签", "退改"},
        {NAMED_IF("a", "退改", "outcome = \"refuse\"") NAMED("b", ""), "", "退改"},
        {NAMED_IF("a", "", "outcome = \"refuse\"") NAMED("b", "送签"), "送签", ""},
        {NAMED_IF("a", "送签", "outcome != \"refuse\"") NAMED("b", "退改"), "送签", "退改"},
        {NAMED_IF("a", "不予", "outcome = \"refuse\" and n = 1") NAMED_IF("c", "补正", "outcome = \"refuse\"") NAMED("b", ""), "", "不予或补正"},
        {NAMED_IF("a", "不予", "outcome = \"refuse\" and n = 1") NAMED("b", ""), "", ""}, /* may well go on */
        {NAMED_IF("a", "不合格", "outcome = \"refuse\" or n = 1") NAMED("b", "销号"), "", "不合格"},
        {NAMED_IF("a", "甲", "n = 1 and outcome != null") NAMED("b", "乙"), "", ""}, /* both may go both ways */
        {NAMED_IF("a", "甲", "not(outcome = \"refuse\")") NAMED("b", "乙"), "", ""}, /* not understood: no word rather than a wrong one */
        {NAMED_IF("a", "甲", "n = 1") NAMED_IF("c", "退改", "outcome = \"refuse\"") NAMED("b", "送签"), "", "甲或退改"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bpmn *m = load(op, op_z(op, op_text(op, PROCESS(START("check") "<userTask id=\"check\"/><exclusiveGateway id=\"x\" default=\"b\"/>%s"
                                                               FLOW("f2", "check", "x") END), rows[i].flows)));
        check_str(bpmn_answer_name(m, bpmn_node(m, S("check")), BPMN_YES), str_z(rows[i].yes));
        check_str(bpmn_answer_name(m, bpmn_node(m, S("check")), BPMN_NO), str_z(rows[i].no));
    }
}

TEST("what will not be executed is refused, with the line, the element and the rule")
{
    static const struct {
        const char *text, *rule, *where;
    } cases[] = {
        {PROCESS(START("a") "<task id=\"a\"/>" FLOW("f1", "a", "nowhere") END), "REF", "顺序流「f1」"},
        {PROCESS(START("a") "<task id=\"a\"/><task id=\"a\"/>" FLOW("f1", "a", "e") END), "EXT002", "任务「a」"},
        {PROCESS(START("x") "<exclusiveGateway id=\"x\"/>" FLOW_IF("f1", "x", "e", "n &gt;") FLOW("f2", "x", "e") END),
         "FEEL", "conditionExpression"},
        {PROCESS(START("x") "<exclusiveGateway id=\"x\"/>" FLOW_IF("f1", "x", "e", "the amount is large")
                     FLOW("f2", "x", "e") END),
         "EXT012", "conditionExpression"},
        {PROCESS(START("e") END FLOW("f1", "e", "e")), "EXT104", "结束事件「e」"},
        {PROCESS(START("e") "<task id=\"a\"/>" FLOW("f1", "a", "e") END), "EXT150", "任务「a」"},
        {PROCESS(START("c") "<choreographyTask id=\"c\"/>" FLOW("f1", "c", "e") END), "EXT027",
         "choreographyTask「c」"},
        {PROCESS(START("l") "<task id=\"l\"><standardLoopCharacteristics/></task>" FLOW("f1", "l", "e") END), "loop",
         "standardLoopCharacteristics"},
        {PROCESS(START("l") "<task id=\"l\"><multiInstanceLoopCharacteristics behavior=\"One\"><loopCardinality "
                            "xsi:type=\"tFormalExpression\">2</loopCardinality></multiInstanceLoopCharacteristics></task>"
                     FLOW("f1", "l", "e") END),
         "EXT074", "multiInstanceLoopCharacteristics"},
        {PROCESS(START("g") "<eventBasedGateway id=\"g\" eventGatewayType=\"Parallel\"/>" FLOW("f1", "g", "e") END),
         "EXT135", "事件网关「g」"},
        {PROCESS(START("u") "<subProcess id=\"u\"><receiveTask id=\"r\" instantiate=\"true\"/><endEvent id=\"ue\"/>"
                     FLOW("f2", "r", "ue") "</subProcess>" FLOW("f1", "u", "e") END),
         "instantiate", "接收任务「r」"},
        {PROCESS(START("u") "<subProcess id=\"u\"><eventBasedGateway id=\"g\" instantiate=\"true\"/><receiveTask id=\"r\"/>"
                            "<receiveTask id=\"q\"/><endEvent id=\"ue\"/>" FLOW("f2", "g", "r") FLOW("f3", "g", "q")
                     FLOW("f4", "r", "ue") FLOW("f5", "q", "ue") "</subProcess>" FLOW("f1", "u", "e") END),
         "instantiate", "事件网关「g」"},
        {PROCESS(START("e") "<dataStoreReference id=\"d\" dataStoreRef=\"nowhere\"/>" END), "REF", "dataStoreReference「d」"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bpmn_doc doc = {S("乙.bpmn"), str_z(cases[i].text)};
        struct bpmn *m = NULL;
        bool found = false;
        check(!bpmn_load(op, &doc, NULL, &m) && !m);
        for (const struct fault *f = op->faults; f; f = f->next)
            found |= str_find(f->text, str_z(cases[i].rule), &(size_t){0}) &&
                     str_find(f->field, str_z(cases[i].where), &(size_t){0});
        if (!found)
            test_failed(__FILE__, __LINE__, "case %zu: %.*s %.*s", i, PS(op->faults->field), PS(op->faults->text));
        op_forgive(op, 0);
    }
}

TEST("what only looks odd is not refused: a data store of an imported file, several-at-once said of one event, a process that a message begins")
{
    static const char *const texts[] = {
        HEAD "<import importType=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" location=\"stores.bpmn\" namespace=\"urn:s\"/>"
             "<process id=\"p\" isExecutable=\"true\">" START("e") "<dataStoreReference id=\"d\" dataStoreRef=\"zw:rolls\"/>" END
             "</process></definitions>",
        PROCESS(START("e") "<dataStoreReference id=\"d\"/>" END),
        PROCESS("<startEvent id=\"s\" parallelMultiple=\"true\"><timerEventDefinition><timeDate xsi:type=\"tFormalExpression\">"
                "2026-01-01T00:00:00Z</timeDate></timerEventDefinition></startEvent>" FLOW("f1", "s", "e") END),
        PROCESS("<receiveTask id=\"r\" instantiate=\"true\"/>" FLOW("f1", "r", "e") END),
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        check(load(op, texts[i]));
}

TEST("the check finds what is out of reach, what waits for ever and what runs twice, with the way there")
{
    static const struct {
        const char *text, *rule;
    } cases[] = {
        {PROCESS(START("x") "<exclusiveGateway id=\"x\"/>" FLOW_IF("f1", "x", "a", "n=1")
                     FLOW_IF("f2", "x", "b", "n=2") "<task id=\"a\"/><task id=\"b\"/>" FLOW("g1", "a", "j")
                         FLOW("g2", "b", "j") "<parallelGateway id=\"j\"/>" FLOW("h", "j", "e") END),
         "deadlock"},
        {PROCESS(START("x") "<parallelGateway id=\"x\"/>" FLOW("f1", "x", "a")
                     FLOW("f2", "x", "b") "<task id=\"a\"/><task id=\"b\"/>" FLOW("g1", "a", "j")
                         FLOW("g2", "b", "j") "<exclusiveGateway id=\"j\"/>" FLOW("h", "j", "e") END),
         "lack of synchronisation"},
        {PROCESS(START("e") END "<task id=\"a\"/><task id=\"b\"/>" FLOW("f1", "a", "b") FLOW("f2", "b", "a")),
         "unreachable"},
        {PROCESS(START("a") "<task id=\"a\"/><task id=\"b\"/>" FLOW("f1", "a", "b") FLOW("f2", "b", "a")), "dead end"},
        {PROCESS(START("x") "<parallelGateway id=\"x\"/>" FLOW("f1", "x", "a")
                     FLOW("f2", "x", "b") "<task id=\"a\"/><task id=\"b\"/>" FLOW("g1", "a", "j")
                         FLOW("g2", "b", "j") "<complexGateway id=\"j\"/>" FLOW("h", "j", "e") END),
         "undecided"},
        {PROCESS(START("w") "<adHocSubProcess id=\"w\" ordering=\"Sequential\"><task id=\"a\"/><task id=\"b\"/>"
                            "<parallelGateway id=\"j\"/>" FLOW("g1", "a", "j") FLOW("g2", "b", "j") "</adHocSubProcess>"
                                FLOW("f1", "w", "e") END),
         "deadlock"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bpmn_doc doc = {S("丙.bpmn"), str_z(cases[i].text)};
        struct bpmn *m;
        bool found = false;
        check(bpmn_read(op, &doc, NULL, &m));
        for (const struct bpmn_finding *f = bpmn_check(m); f; f = f->next)
            found |= str_eq(f->rule, str_z(cases[i].rule));
        if (!found)
            test_failed(__FILE__, __LINE__, "case %zu does not find %s", i, cases[i].rule);
    }
}

TEST("a model is written back with its diagram and with extensions of other tools")
{
    static const char *text = HEAD
        "<!-- 起草：办公室 --><process id=\"p\"><userTask id=\"a\" camunda:assignee=\"${starter}\" "
        "xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\">"
        "<documentation> 逐户登记，登齐再办好 </documentation>"
        "<extensionElements><camunda:property name=\"k\">v</camunda:property></extensionElements></userTask></process>"
        "<d:BPMNDiagram xmlns:d=\"urn:di\"><d:BPMNShape bpmnElement=\"a\"/></d:BPMNDiagram></definitions>";
    struct bpmn_doc doc = {S("丁.bpmn"), str_z(text)};
    struct bpmn *m;
    struct buf b;
    check(bpmn_read(op, &doc, NULL, &m));
    check_str(bpmn_node_people(m, bpmn_node(m, S("a")))->assignee, S("${starter}"));
    check_str(bpmn_node_people(m, bpmn_node(m, S("a")))->advice, S("逐户登记，登齐再办好"));
    buf_init(&b, op, 0);
    bpmn_write(m, &b);
    check(str_find(buf_str(&b), S("<camunda:property name=\"k\">v</camunda:property>"), &(size_t){0}));
    check(str_find(buf_str(&b), S("<!-- 起草：办公室 -->"), &(size_t){0}));
    check(str_find(buf_str(&b), S("<d:BPMNShape bpmnElement=\"a\"/>"), &(size_t){0}));
    check_int(bpmn_count(m).shapes, 1);
}

TEST("expressions of other tools read as FEEL")
{
    static const struct {
        const char *other, *feel;
    } cases[] = {{"${a == 1 && !b}", "a  =  1  and  not(b)"},
                 {"#{amount > 100 || vip}", "amount > 100  or  vip"},
                 {"= a + 1", " a + 1"},
                 {"name.contains(\"张\")", "contains(name, \"张\")"},
                 {"${list.size() > 2}", "count(list) > 2"},
                 {"a = 1 and b", "a = 1 and b"}};
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(bpmn_expression_text(op, str_z(cases[i].other)), str_z(cases[i].feel));
}
