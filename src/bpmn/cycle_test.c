/* Cycles that never wait: what the check says of them, and what becomes of them where nobody asked it. */
#include "bpmn/test_corner.h"

#define GATE(id) "<exclusiveGateway id='" id "'/>"
#define ELSE(id, flow) "<exclusiveGateway id='" id "' default='" flow "'/>"
#define BOTH(id) "<parallelGateway id='" id "'/>"
#define TASK(id) "<task id='" id "'/>"
#define SET(id, name, value) "<scriptTask id='" id "' zw:result='" name "'><script>" value "</script></scriptTask>"
#define CLOCK(id, time)                                                                                                \
    "<intermediateCatchEvent id='" id "'><timerEventDefinition><timeDuration xsi:type='tFormalExpression'>" time       \
    "</timeDuration></timerEventDefinition></intermediateCatchEvent>"
#define END_WITH(id, event) "<endEvent id='" id "'>" event "</endEvent>"
#define THROW(id, event) "<intermediateThrowEvent id='" id "'>" event "</intermediateThrowEvent>"
#define EDGE(id, at, event) "<boundaryEvent id='" id "' attachedToRef='" at "'>" event "</boundaryEvent>"
#define ERROR "<errorEventDefinition errorRef='ex'/>"
#define SIGNAL "<signalEventDefinition signalRef='g'/>"
#define ESCALATES(code) "<escalationEventDefinition escalationRef='" code "'/>"
#define LOOP_TRUE(more)                                                                                                \
    "<standardLoopCharacteristics " more "><loopCondition xsi:type='tFormalExpression'>true</loopCondition></standardLoopCharacteristics>"
#define OTHER(id, body) "</process><process id='" id "' isExecutable='true'>" body

enum said { NOTHING, ONCE_ROUND, CERTAIN };

static const struct {
    enum said said;
    const char *names; /* of the cycle, as the finding tells it */
    const char *text;
} models[] = {
    /* every round a token goes out and one goes round */
    {CERTAIN, "j → a → k → j", PROCESS(S0 GATE("j") TASK("a") BOTH("k") E0 FLOW("s", "j") FLOW("j", "a") FLOW("a", "k") FLOW("k", "e") FLOW("k", "j"))},
    {CERTAIN, "j → a → j", PROCESS(S0 GATE("j") TASK("a") E0 FLOW("s", "j") FLOW("j", "a") FLOW("a", "e") FLOW("a", "j"))},
    {CERTAIN, "j → k → a → q → j",
     PROCESS(S0 GATE("j") BOTH("k") TASK("a") TASK("b") BOTH("q") FLOW("s", "j") FLOW("j", "k") FLOW("k", "a") FLOW("k", "b") FLOW("a", "q")
                 FLOW("b", "q") FLOW("q", "j"))},
    /* a sub-process that is through at once, an error that brings it back, a link, a clock without time */
    {CERTAIN, "j → P → k → j",
     PROCESS(S0 GATE("j") SUB("P", FLOW("Ps", "a") TASK("a") FLOW("a", "Pe")) BOTH("k") E0 FLOW("s", "j") FLOW("j", "P") FLOW("P", "k")
                 FLOW("k", "e") FLOW("k", "j"))},
    {CERTAIN, "j → P → Ps → t → b → j",
     PROCESS(S0 GATE("j") SUB_OPEN("P", FLOW("Ps", "t") END_WITH("t", ERROR)) EDGE("b", "P", ERROR) E0 FLOW("s", "j") FLOW("j", "P")
                 FLOW("P", "e") FLOW("b", "j"))},
    {CERTAIN, "j → a → l → c → j",
     PROCESS(S0 GATE("j") TASK("a") THROW("l", "<linkEventDefinition name='L'/>")
                 "<intermediateCatchEvent id='c'><linkEventDefinition name='L'/></intermediateCatchEvent>" FLOW("s", "j") FLOW("j", "a")
                     FLOW("a", "l") FLOW("c", "j"))},
    {CERTAIN, "j → w → k → j",
     PROCESS(S0 GATE("j") CLOCK("w", "PT0S") BOTH("k") E0 FLOW("s", "j") FLOW("j", "w") FLOW("w", "k") FLOW("k", "e") FLOW("k", "j"))},
    /* events that set each other off, within a case and from case to case */
    {CERTAIN, "Ns → q → Ns",
     PROCESS(S0 WAIT("w", "m") E0 FLOW("s", "w") FLOW("w", "e") ON("N", "false", SIGNAL, THROW("q", SIGNAL) FLOW("Ns", "q") FLOW("q", "Ne")))},
    {CERTAIN, "Ns → x → Ms → y → Ns",
     PROCESS(S0 WAIT("w", "m") E0 FLOW("s", "w") FLOW("w", "e")
                 ON("N", "false", ESCALATES("u"), FLOW("Ns", "x") END_WITH("x", ESCALATES("v")))
                     ON("M", "false", ESCALATES("v"), FLOW("Ms", "y") END_WITH("y", ESCALATES("u"))))},
    {CERTAIN, "t → o → z → y → t",
     PROCESS("<startEvent id='t'>" SIGNAL "</startEvent>" END_WITH("o", MESSAGE("m")) FLOW("t", "o")
                 OTHER("p2", "<startEvent id='z'>" MESSAGE("m") "</startEvent>" END_WITH("y", SIGNAL) FLOW("z", "y")))},
    {CERTAIN, "s → K → s", PROCESS(S0 "<callActivity id='K' calledElement='p'/>" E0 FLOW("s", "K") FLOW("K", "e"))},
    {CERTAIN, "", PROCESS(S0 "<scriptTask id='a'>" LOOP_TRUE("") "<script>1</script></scriptTask>" E0 FLOW("s", "a") FLOW("a", "e"))},
    /* who goes round once goes round for ever: nothing there changes k */
    {ONCE_ROUND, "j → a → d → j",
     PROCESS(S0 GATE("j") SET("a", "n", "n + 1") ELSE("d", "d_j") E0 FLOW("s", "j") FLOW("j", "a") FLOW("a", "d") FLOW("d", "j")
                 IF("d", "e", "k > 3"))},
    /* a way out by data that the cycle changes, or may change */
    {NOTHING, "", PROCESS(S0 GATE("j") SET("a", "n", "n + 1") ELSE("d", "d_j") E0 FLOW("s", "j") FLOW("j", "a") FLOW("a", "d") FLOW("d", "j")
                              IF("d", "e", "n > 3"))},
    {NOTHING, "", PROCESS(S0 GATE("j") "<scriptTask id='a'><script>{n: 1}</script></scriptTask>" ELSE("d", "d_j") E0 FLOW("s", "j")
                              FLOW("j", "a") FLOW("a", "d") FLOW("d", "j") IF("d", "e", "k > 3"))},
    {NOTHING, "", PROCESS(S0 BOTH("f") SET("w", "k", "5") END_WITH("e3", "") GATE("j") TASK("a") ELSE("d", "d_j") E0 FLOW("s", "f")
                              FLOW("f", "w") FLOW("w", "e3") FLOW("f", "j") FLOW("j", "a") FLOW("a", "d") FLOW("d", "j") IF("d", "e", "k > 3"))},
    /* somebody is waited for, or time */
    {NOTHING, "", PROCESS(S0 GATE("j") "<userTask id='a'/>" ELSE("d", "d_j") E0 FLOW("s", "j") FLOW("j", "a") FLOW("a", "d") FLOW("d", "j")
                              IF("d", "e", "k > 3"))},
    {NOTHING, "", PROCESS(S0 GATE("j") CLOCK("w", "PT5S") BOTH("k") E0 FLOW("s", "j") FLOW("j", "w") FLOW("w", "k") FLOW("k", "e")
                              FLOW("k", "j"))},
    {NOTHING, "", PROCESS(S0 GATE("j") SUB("P", FLOW("Ps", "a") "<userTask id='a'/>" FLOW("a", "Pe")) BOTH("k") E0 FLOW("s", "j")
                              FLOW("j", "P") FLOW("P", "k") FLOW("k", "e") FLOW("k", "j"))},
    /* it ends: by what it throws, by an event sub-process that begins once, by its own number, by its edge */
    {NOTHING, "", PROCESS(S0 SUB_OPEN("P", FLOW("Ps", "j") GATE("j") THROW("q", SIGNAL) FLOW("j", "q") FLOW("q", "j")) EDGE("b", "P", SIGNAL)
                              E0 END_WITH("e2", "") FLOW("s", "P") FLOW("P", "e") FLOW("b", "e2"))},
    {NOTHING, "", PROCESS(S0 WAIT("w", "m") E0 FLOW("s", "w") FLOW("w", "e")
                              ON("N", "true", SIGNAL, THROW("q", SIGNAL) FLOW("Ns", "q") FLOW("q", "Ne")))},
    {NOTHING, "", PROCESS(S0 "<scriptTask id='a'>" LOOP_TRUE("loopMaximum='3'") "<script>1</script></scriptTask>" E0 FLOW("s", "a")
                              FLOW("a", "e"))},
    {NOTHING, "", PROCESS(S0 ELSE("d", "d_e") "<callActivity id='K' calledElement='p'/>" E0 FLOW("s", "d") IF("d", "K", "k = 1")
                              FLOW("d", "e") FLOW("K", "e"))},
    {NOTHING, "", PROCESS("<startEvent id='t'>" MESSAGE("m") "</startEvent>" WAIT("w", "m") END_WITH("o", MESSAGE("m")) FLOW("t", "w")
                              FLOW("w", "o"))},
};

TEST("a cycle that never waits is told with its elements: as certain, or as for ever once it goes round; not where the data that it goes by may change in it")
{
    for (size_t i = 0; i < COUNT(models); i++) {
        struct bpmn_doc doc = {S("圈.bpmn"), str_z(models[i].text)};
        struct bpmn *m;
        enum said said = NOTHING;
        size_t at;
        check(bpmn_read(op, &doc, NULL, &m));
        for (const struct bpmn_finding *f = bpmn_check(m); f; f = f->next)
            if (str_eq(f->rule, S("endless cycle"))) {
                said = f->kind == BPMN_HINT ? ONCE_ROUND : CERTAIN;
                if (!str_find(f->text, str_z(models[i].names), &at))
                    test_failed(__FILE__, __LINE__, "model %zu: %.*s, expected %s", i, PS(f->text), models[i].names);
            }
        if (said != models[i].said)
            test_failed(__FILE__, __LINE__, "model %zu: said %d, expected %d", i, said, models[i].said);
    }
}

TEST("what is told as certain is stopped as an incident when it is begun, and the program goes on; clocks without time are no way round that")
{
    int stopped = 0;
    for (size_t i = 0; i < COUNT(models); i++) {
        struct bpmn_doc doc = {S("圈.bpmn"), str_z(models[i].text)};
        struct bpmn *m;
        struct bpmn_run run;
        bool incident = false;
        if (models[i].said != CERTAIN || !bpmn_load(op, &doc, NULL, &m) || !bpmn_starts_plainly(m, bpmn_process(m, S("p"))))
            continue;
        bpmn_run_init(&run, op, m);
        check(bpmn_start(&run, bpmn_process(m, S("p")), S("张三"), NULL, 0));
        bpmn_tick(&run);
        (void)bpmn_signal(&run, S("g"), NULL, 0);
        for (const struct bpmn_command *c = run.commands; c; c = c->next)
            incident |= c->kind == BPMN_INCIDENT;
        bool begun_inside = str_starts(str_z(models[i].names), S("Ns → x")); /* its escalation comes from nowhere else */
        if (incident == begun_inside || run.state.fires.n > 3 * BPMN_FIRINGS_MAX)
            test_failed(__FILE__, __LINE__, "model %zu: %zu firings", i, run.state.fires.n);
        time_ms due;
        check(!incident || !bpmn_next_due(&run, &due)); /* nothing rings again before somebody has looked */
        stopped += incident;
    }
    check(stopped >= 8);
}
