/* Corners of BPMN 2.0 that engines differ in: what the standard says, one model each. */
#include "bpmn/test_corner.h"

TEST("a sub-process waits for its non-interrupting event sub-process, which may run again and again")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "P") SUB("P", FLOW("Ps", "w") WAIT("w", "m") FLOW("w", "Pe")
                                                   ON("N", "false", MESSAGE("m2"),
                                                      FLOW("Ns", "n") SAY("n") FLOW("n", "k") WAIT("k", "m")
                                                          FLOW("k", "Ne"))) FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    tell(run, "m2");
    tell(run, "m2");
    check_trace(run, "nn", BPMN_RUNNING);
    tell(run, "m");
    tell(run, "m");
    check_trace(run, "nn", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "nnz", BPMN_COMPLETED);
}

TEST("an interrupting event sub-process takes the rest of its sub-process with it, and the sub-process then ends "
     "normally")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "P")
                             SUB("P", FLOW("Ps", "w") WAIT("w", "m") FLOW("w", "a") SAY("a") FLOW("a", "Pe")
                                          ON("N", "true", MESSAGE("m2"), FLOW("Ns", "n") SAY("n") FLOW("n", "Ne")))
                                 FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    tell(run, "m2");
    check_trace(run, "nz", BPMN_COMPLETED);
}

TEST("an error is caught by the event sub-process of the nearest scope before the boundary around it")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "P") SUB_OPEN(
                     "P", FLOW("Ps", "t") "<endEvent id='t'><errorEventDefinition errorRef='ex'/></endEvent>" ON(
                              "N", "true", "<errorEventDefinition errorRef='ex'/>",
                              FLOW("Ns", "n") SAY("n")
                                  FLOW("n", "Ne"))) "<boundaryEvent id='b' attachedToRef='P'><errorEventDefinition "
                                                    "errorRef='ex'/></boundaryEvent>" FLOW("b", "q") SAY("q")
                                                        FLOW("q", "e2") "<endEvent id='e2'/>" FLOW("P", "z") SAY("z")
                                                            FLOW("z", "e") E0));
    check_trace(run, "nz", BPMN_COMPLETED);
}

TEST("an error thrown inside an event sub-process is not caught by that event sub-process again")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW("s", "P") SUB_OPEN(
            "P", FLOW("Ps",
                      "t") "<endEvent id='t'><errorEventDefinition errorRef='ex'/></endEvent>"
                           "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns'><errorEventDefinition "
                           "errorRef='ex'/></startEvent>" FLOW("Ns", "n") SAY("n") FLOW(
                               "n", "Nt") "<endEvent id='Nt'><errorEventDefinition "
                                          "errorRef='ex'/></endEvent></subProcess>") "<boundaryEvent id='b' "
                                                                                     "attachedToRef='P'><"
                                                                                     "errorEventDefinition "
                                                                                     "errorRef='ex'/></"
                                                                                     "boundaryEvent>" FLOW("b", "q")
                                                                                         SAY("q") FLOW(
                                                                                             "q",
                                                                                             "e2") "<endEvent "
                                                                                                   "id='e2'/>" FLOW("P",
                                                                                                                    "z")
                                                                                                       SAY("z") FLOW(
                                                                                                           "z", "e")
                                                                                                           E0));
    check_trace(run, "nq", BPMN_COMPLETED);
}

TEST("an escalation leaves a called process, and a non-interrupting boundary lets the caller go on")
{
    static const char *text =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:zw='urn:zhenwu'"
        " targetNamespace='urn:t'><escalation id='u' escalationCode='U'/><process id='called' "
        "isExecutable='true'><startEvent id='s1'/>" FLOW(
            "s1",
            "t1") "<intermediateThrowEvent id='t1'><escalationEventDefinition "
                  "escalationRef='u'/></intermediateThrowEvent>" FLOW("t1", "a") SAY("a")
                      FLOW("a", "e1") "<endEvent id='e1'/></process><process id='p' isExecutable='true'>" S0 FLOW(
                          "s",
                          "K") "<callActivity id='K' calledElement='called'/>"
                               "<boundaryEvent id='b' attachedToRef='K' cancelActivity='%s'><escalationEventDefinition "
                               "escalationRef='u'/></boundaryEvent>" FLOW("b", "q") SAY("q")
                                   FLOW("q", "e2") "<endEvent id='e2'/>" FLOW("K", "z") SAY("z") FLOW("z", "e") E0
        "</process></definitions>";
    struct bpmn_run *run = play(op, with(op, text, "false"));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED && str_find(v.text, S("q"), &(size_t){0}) && str_ends(v.text, S("z")));
    run = play(op, with(op, text, "true"));
    check_trace(run, "q", BPMN_COMPLETED);
}

TEST("an escalation that nobody catches is of no consequence")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW(
            "s", "t") "<intermediateThrowEvent id='t'><escalationEventDefinition "
                      "escalationRef='u'/></intermediateThrowEvent>" FLOW("t", "a") SAY("a")
                          FLOW("a", "e") "<endEvent id='e'><escalationEventDefinition escalationRef='v'/></endEvent>"));
    check_trace(run, "a", BPMN_COMPLETED);
}

#define JOIN_OF_THREE(round)                                                                                           \
    "<complexGateway id='j'><activationCondition xsi:type='tFormalExpression'>activationCount >= "                     \
    "2</activationCondition></complexGateway>"

TEST("a complex join goes on with the second of three, swallows the third, and can then do so again")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "l") "<exclusiveGateway id='l'/>" FLOW("l", "f") "<parallelGateway id='f'/>" FLOW(
                     "f", "w1") FLOW("f", "w2") FLOW("f", "w3") WAIT("w1", "m")
                             WAIT("w2", "m2") "<intermediateCatchEvent id='w3'><signalEventDefinition "
                                              "signalRef='g'/></intermediateCatchEvent>" FLOW("w1", "j") FLOW("w2", "j")
                                                  FLOW("w3", "j") JOIN_OF_THREE("") FLOW("j", "a") SAY("a")
                                                      FLOW("a", "x") "<exclusiveGateway id='x' default='x_e'/>" IF(
                                                          "x", "l", "trace = \"a\"") FLOW("x", "e") E0));
    tell(run, "m");
    check_trace(run, "", BPMN_RUNNING);
    tell(run, "m2");
    check_trace(run, "a", BPMN_RUNNING);
    bpmn_signal(run, S("g"), NULL, 0);
    check_trace(run, "a", BPMN_RUNNING);
    tell(run, "m"); /* the signal was the third of the first round and the first of the second */
    check_trace(run, "aa", BPMN_RUNNING);
    tell(run, "m2");
    check_trace(run, "aa", BPMN_COMPLETED);
}

TEST("an inclusive split and join inside of a loop wait each round for that round's branches only")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "l") "<exclusiveGateway id='l'/>" FLOW("l", "o") "<inclusiveGateway id='o'/>" IF(
                     "o", "a", "true") IF("o", "b", "trace = null") SAY("a") SAY("b") FLOW("a", "j")
                             FLOW("b", "j") "<inclusiveGateway id='j'/>" FLOW("j", "c") SAY("c")
                                 FLOW("c", "x") "<exclusiveGateway id='x' default='x_e'/>" IF(
                                     "x", "l", "string length(trace) &lt; 7") FLOW("x", "e") E0));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED);
    check_int(v.text.n, 7);
    check_str(str_part(v.text, 2, 7), S("cacac"));
}

TEST("compensation goes through what was completed in reverse, also into a finished sub-process without a handler of "
     "its own")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "a") SAY("a") UNDO("a", "A") FLOW("a", "P")
                        SUB("P", FLOW("Ps", "b") SAY("b") UNDO("b", "B") FLOW("b", "c") SAY("c") UNDO("c", "C")
                                     FLOW("c", "Pe")) FLOW("P", "d") SAY("d") UNDO("d", "D")
                            FLOW("d", "t") "<intermediateThrowEvent "
                                           "id='t'><compensateEventDefinition/></intermediateThrowEvent>" FLOW("t", "z")
                                               SAY("z") FLOW("z", "e") E0));
    check_trace(run, "abcdDCBAz", BPMN_COMPLETED);
}

TEST("a sub-process with a compensation event sub-process is compensated by that, not by the handlers inside of it")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "P") SUB(
                "P", FLOW("Ps", "b") SAY("b") UNDO("b", "B") FLOW("b", "Pe")
                         ON("N", "true", "<compensateEventDefinition/>", FLOW("Ns", "n") SAY("n") FLOW("n", "Ne")))
                        FLOW("P", "t") "<intermediateThrowEvent "
                                       "id='t'><compensateEventDefinition/></intermediateThrowEvent>" FLOW("t", "z")
                                           SAY("z") FLOW("z", "e") E0));
    check_trace(run, "bnz", BPMN_COMPLETED);
}

TEST("of a repeated activity every repetition is compensated, the latest first, and each handler knows its own")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "a") "<scriptTask id='a' zw:result='trace'>" LIST(
                "[\"1\",\"2\",\"3\"]") "<script>(if trace = null then \"\" else trace) + item</script></scriptTask>"
                                       "<boundaryEvent id='ca' "
                                       "attachedToRef='a'><compensateEventDefinition/></boundaryEvent>"
                                       "<scriptTask id='h' isForCompensation='true' zw:result='trace'><script>trace + "
                                       "\"-\" + item</script></scriptTask>"
                                       "<association id='as' sourceRef='ca' targetRef='h' "
                                       "associationDirection='One'/>" FLOW(
                                           "a", "t") "<intermediateThrowEvent id='t'><compensateEventDefinition "
                                                     "activityRef='a'/></intermediateThrowEvent>" FLOW("t", "z")
                                                         SAY("z") FLOW("z", "e") E0));
    check_trace(run, "123-3-2-1z", BPMN_COMPLETED);
}

TEST("of a repeated sub-process the handlers inside of each repetition run, the latest repetition first")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "P") "<subProcess id='P'>" LIST("[1,2]") "<startEvent id='Ps'/>" FLOW("Ps", "b")
                             SAY("b") UNDO("b", "B") FLOW("b", "Pe") "<endEvent id='Pe'/></subProcess>" FLOW(
                                 "P", "t") "<intermediateThrowEvent "
                                           "id='t'><compensateEventDefinition/></intermediateThrowEvent>" FLOW("t", "e")
                                               E0));
    check_trace(run, "bbBB", BPMN_COMPLETED);
}

TEST("what was not completed is not compensated, and what was compensated is not compensated again")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(
            S0 FLOW("s", "f") "<parallelGateway id='f'/>" FLOW("f", "a") FLOW("f", "w") SAY("a") UNDO("a", "A") WAIT(
                "w", "m") FLOW("w", "b") SAY("b") UNDO("b", "B")
                FLOW("b", "e1") "<endEvent id='e1'/>" FLOW("a", "t") "<intermediateThrowEvent "
                                                                     "id='t'><compensateEventDefinition/></"
                                                                     "intermediateThrowEvent>" FLOW(
                                                                         "t",
                                                                         "t2") "<intermediateThrowEvent "
                                                                               "id='t2'><compensateEventDefinition/></"
                                                                               "intermediateThrowEvent>" FLOW("t2", "e")
                                                                                   E0));
    check_trace(run, "aA", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "aAb", BPMN_COMPLETED);
}

#define TRANSACTION(body) "<transaction id='T'><startEvent id='Ts'/>" body "</transaction>"
TEST("a transaction that is cancelled compensates what it completed, stops what it has not, and leaves by its cancel "
     "event")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW("s", "T") TRANSACTION(
            FLOW("Ts", "a") SAY("a") UNDO("a", "A") FLOW("a", "f") "<parallelGateway id='f'/>" FLOW("f", "w")
                FLOW("f", "b") WAIT("w", "m") FLOW("w", "Te") "<endEvent id='Te'/>" SAY("b") UNDO("b", "B") FLOW(
                    "b",
                    "Tc") "<endEvent id='Tc'><cancelEventDefinition/></endEvent>") "<boundaryEvent id='k' "
                                                                                   "attachedToRef='T'><"
                                                                                   "cancelEventDefinition/></"
                                                                                   "boundaryEvent>" FLOW("k",
                                                                                                         "q") SAY("q")
                                                                                       FLOW("q",
                                                                                            "e2") "<endEvent "
                                                                                                  "id='e2'/>" FLOW("T",
                                                                                                                   "z")
                                                                                                      SAY("z")
                                                                                                          FLOW("z", "e")
                                                                                                              E0));
    check_trace(run, "abBAq", BPMN_COMPLETED);
    check(!bpmn_waits_for(run, S("m")));
}

TEST("an error out of a transaction does not compensate")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "T") TRANSACTION(FLOW("Ts", "a") SAY(
                "a") UNDO("a", "A") FLOW("a", "Tx") "<endEvent id='Tx'><errorEventDefinition "
                                                    "errorRef='ex'/></endEvent>") "<boundaryEvent id='k' "
                                                                                  "attachedToRef='T'><"
                                                                                  "errorEventDefinition "
                                                                                  "errorRef='ex'/></"
                                                                                  "boundaryEvent>" FLOW("k",
                                                                                                        "q") SAY("q")
                                                                                      FLOW("q", "e2") "<endEvent "
                                                                                                      "id='e2'/>" FLOW(
                                                                                                          "T", "e")
                                                                                                          E0));
    check_trace(run, "aq", BPMN_COMPLETED);
}

TEST("a terminate end inside of a sub-process ends that sub-process only; of a repeated one, that repetition only")
{
    struct bpmn_run *run = play(
        op, PROCESS(S0 FLOW("s", "P") "<subProcess id='P'>" LIST("[1,2]") "<startEvent id='Ps'/>" FLOW(
                "Ps", "f") "<parallelGateway id='f'/>" FLOW("f", "a") FLOW("f", "w") SAY("a")
                        FLOW("a", "x") "<endEvent id='x'><terminateEventDefinition/></endEvent>" WAIT("w", "m")
                            FLOW("w", "b") SAY("b") FLOW("b", "Pe") "<endEvent id='Pe'/></subProcess>" FLOW("P", "z")
                                SAY("z") FLOW("z", "e") E0));
    check_trace(run, "aaz", BPMN_COMPLETED);
}

TEST("an error in one repetition stops all of them")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW("s", "P") "<subProcess id='P'><multiInstanceLoopCharacteristics zw:collection='[1,2,3]' "
                                  "zw:elementVariable='item'/><startEvent id='Ps'/>" FLOW(
                                      "Ps", "x") "<exclusiveGateway id='x' default='x_w'/>" IF("x", "t", "item = 2")
                                      FLOW("x", "w") WAIT("w", "m") FLOW(
                                          "w", "Pe") "<endEvent id='Pe'/>"
                                                     "<endEvent id='t'><errorEventDefinition "
                                                     "errorRef='x2'/></endEvent></subProcess>"
                                                     "<boundaryEvent id='b' "
                                                     "attachedToRef='P'><errorEventDefinition/></boundaryEvent>" FLOW(
                                                         "b", "q") SAY("q")
                                                         FLOW("q", "e2") "<endEvent id='e2'/>" FLOW("P", "e") E0
                "</process><error id='x2' errorCode='X2'/><process id='other'>"));
    check_trace(run, "q", BPMN_COMPLETED);
}

TEST("a signal is heard by boundaries, catches and event sub-processes at once, also by one that the sender's own path "
     "reaches later")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW("s", "f") "<parallelGateway id='f'/>" FLOW("f", "c1") FLOW("f", "P") FLOW(
            "f", "w") "<intermediateCatchEvent id='c1'><signalEventDefinition "
                      "signalRef='g'/></intermediateCatchEvent>" FLOW("c1", "a") SAY("a")
                          FLOW("a", "e1") "<endEvent id='e1'/>" SUB(
                              "P", FLOW("Ps", "pw") WAIT("pw", "m2") FLOW(
                                       "pw",
                                       "Pe")) "<boundaryEvent id='b' attachedToRef='P'><signalEventDefinition "
                                              "signalRef='g'/></boundaryEvent>" FLOW("b", "c") SAY("c")
                                                  FLOW("c", "e2") "<endEvent id='e2'/>" FLOW(
                                                      "P", "e3") "<endEvent id='e3'/>" WAIT("w", "m")
                                                      FLOW("w",
                                                           "t") "<intermediateThrowEvent id='t'><signalEventDefinition "
                                                                "signalRef='g'/></intermediateThrowEvent>" FLOW("t",
                                                                                                                "e")
                                                                    E0 ON("N", "false",
                                                                          "<signalEventDefinition signalRef='g'/>",
                                                                          FLOW("Ns", "n") SAY("n") FLOW("n", "Ne"))));
    tell(run, "m");
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED);
    check_int(v.text.n, 3);
}

TEST("a standard loop tests before or after, and never goes over its maximum")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW(
            "s",
            "a") "<scriptTask id='a' zw:result='trace'><standardLoopCharacteristics testBefore='true'><loopCondition "
                 "xsi:type='tFormalExpression'>false</loopCondition>"
                 "</standardLoopCharacteristics><script>(if trace = null then \"\" else trace) + "
                 "\"a\"</script></scriptTask>" FLOW(
                     "a",
                     "b") "<scriptTask id='b' zw:result='trace'><standardLoopCharacteristics><loopCondition "
                          "xsi:type='tFormalExpression'>false</loopCondition>"
                          "</standardLoopCharacteristics><script>(if trace = null then \"\" else trace) + "
                          "\"b\"</script></scriptTask>" FLOW(
                              "b",
                              "c") "<scriptTask id='c' zw:result='trace'><standardLoopCharacteristics "
                                   "loopMaximum='3'><loopCondition xsi:type='tFormalExpression'>true</loopCondition>"
                                   "</standardLoopCharacteristics><script>trace + \"c\"</script></scriptTask>" FLOW(
                                       "c", "e") E0));
    check_trace(run, "bccc", BPMN_COMPLETED);
}

TEST("an ad hoc sub-process ends by its condition, and takes the rest with it or waits for it as it says")
{
    static const char *text =
        PROCESS(S0 FLOW("s", "P") "<adHocSubProcess id='P' ordering='Parallel' cancelRemainingInstances='%s'>" SAY(
            "a") "<receiveTask id='r' messageRef='m'/>"
                 "<completionCondition xsi:type='tFormalExpression'>trace != "
                 "null</completionCondition></adHocSubProcess>" FLOW("P", "z") SAY("z") FLOW("z", "e") E0);
    struct bpmn_run *run = play(op, with(op, text, "true"));
    check_trace(run, "az", BPMN_COMPLETED);
    run = play(op, with(op, text, "false"));
    check_trace(run, "a", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "az", BPMN_COMPLETED);
}

TEST(
    "an event-based gateway may begin a process: the message that comes first decides, the other is waited for no more")
{
    struct bpmn_doc doc = {S("角.bpmn"),
                           S(PROCESS("<eventBasedGateway id='G' instantiate='true'/>" FLOW("G", "c1") FLOW("G", "c2")
                                         WAIT("c1", "m") WAIT("c2", "m2") FLOW("c1", "a") SAY("a") FLOW("c2", "b")
                                             SAY("b") FLOW("a", "e") FLOW("b", "e2") E0 "<endEvent id='e2'/>"))};
    struct bpmn *m = NULL;
    struct bpmn_run run;
    const struct bpmn_start_row *rows;
    size_t count;
    if (!bpmn_load(op, &doc, NULL, &m))
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(op->faults->field), PS(op->faults->text));
    must(m != NULL);
    bpmn_starts(op, m, &rows, &count);
    check_int(count, 2);
    for (size_t i = 0; i < count; i++)
        check(rows[i].kind == BPMN_START_MESSAGE);
    bpmn_run_init(&run, op, m);
    check(bpmn_start_at(&run, bpmn_node(m, S("c2")), -1, NULL, S("张三"), NULL, 0));
    check_trace(&run, "b", BPMN_COMPLETED);
}

TEST("a conditional boundary rings when its condition becomes true, and a non-interrupting one again only after it was "
     "false")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "r") "<receiveTask id='r' messageRef='m'/>"
                                           "<boundaryEvent id='b' attachedToRef='r' "
                                           "cancelActivity='false'><conditionalEventDefinition><condition "
                                           "xsi:type='tFormalExpression'>n > 5</condition>"
                                           "</conditionalEventDefinition></boundaryEvent>" FLOW("b", "q") SAY("q")
                                               FLOW("q", "e2") "<endEvent id='e2'/>" FLOW("r", "e") E0));
    static const int values[] = {3, 6, 7, 2, 9};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct feel_entry n = {S("n"), feel_of_int(values[i])};
        bpmn_change(run, &n, 1);
    }
    check_trace(run, "qq", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "qq", BPMN_COMPLETED);
}

TEST("a catch of several parallel events goes on when all have come, a plain one with the first")
{
    static const char *text =
        PROCESS(S0 FLOW("s", "w") "<intermediateCatchEvent id='w' parallelMultiple='%s'><messageEventDefinition "
                                  "messageRef='m'/><signalEventDefinition signalRef='g'/>"
                                  "</intermediateCatchEvent>" FLOW("w", "a") SAY("a") FLOW("a", "e") E0);
    struct bpmn_run *run = play(op, with(op, text, "true"));
    tell(run, "m");
    check_trace(run, "", BPMN_RUNNING);
    bpmn_signal(run, S("g"), NULL, 0);
    check_trace(run, "a", BPMN_COMPLETED);
    run = play(op, with(op, text, "false"));
    bpmn_signal(run, S("g"), NULL, 0);
    check_trace(run, "a", BPMN_COMPLETED);
}

TEST("data of a sub-process is its own: what is set inside with a declared property is not seen outside")
{
    struct bpmn_run *run = play(
        op, PROCESS("<property id='trace' name='trace'/>" S0 FLOW(
                "s", "P") "<subProcess id='P'><property id='inner' name='inner'/><startEvent "
                          "id='Ps'/>" FLOW(
                              "Ps", "a") "<scriptTask id='a' "
                                         "zw:result='inner'><script>\"i\"</script></"
                                         "scriptTask>" FLOW(
                                             "a",
                                             "b") "<scriptTask id='b' "
                                                  "zw:result='trace'><"
                                                  "script>inner + "
                                                  "\"n\"</script></"
                                                  "scriptTask>" FLOW("b", "Pe") "<endEvent id='Pe'/></subProcess>" FLOW(
                                                      "P", "c") "<scriptTask "
                                                                "id='c' "
                                                                "zw:result='"
                                                                "trace'><"
                                                                "script>trace "
                                                                "+ (if inner "
                                                                "= null then "
                                                                "\"o\" else "
                                                                "\"x\")</"
                                                                "script></"
                                                                "scriptTask"
                                                                ">" FLOW("c", "e") E0));
    check_trace(run, "ino", BPMN_COMPLETED);
}

#define AFTER(id, duration)                                                                                            \
    "<intermediateCatchEvent id='" id "'><timerEventDefinition><timeDuration xsi:type='tFormalExpression'>" duration   \
    "</timeDuration></timerEventDefinition></intermediateCatchEvent>"
#define LATER(id, duration) FLOW("a", id) AFTER(id, duration) FLOW(id, "say" id) SAY("say" id) FLOW("say" id, "e")

TEST("clocks that came due while nobody looked ring by their moments, in whatever order they were set, and so do those they set")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "a") "<parallelGateway id='a'/>" LATER("5", "PT5H") LATER("2", "PT2H") LATER("4", "PT4H")
                             FLOW("a", "t") "<receiveTask id='t' messageRef='m'/>" FLOW("t", "e")
                                 "<boundaryEvent id='r' attachedToRef='t' cancelActivity='false'><timerEventDefinition>"
                                 "<timeCycle xsi:type='tFormalExpression'>R2/PT90M</timeCycle></timerEventDefinition></boundaryEvent>"
                                 FLOW("r", "again") SAY("again") FLOW("again", "e") LATER("6", "PT240H") E0));
    op->now += (time_ms)9 * 3600 * 1000;
    bpmn_run_next(run);
    bpmn_tick(run);
    check_trace(run, "againsay2againsay4say5", BPMN_RUNNING);
    time_ms due;
    check(bpmn_next_due(run, &due) && due == op->now + (time_ms)231 * 3600 * 1000);
}

TEST("a clock whose activity an earlier clock has ended does not ring")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "t") "<receiveTask id='t' messageRef='m'/><boundaryEvent id='late' attachedToRef='t'>"
                             "<timerEventDefinition><timeDuration xsi:type='tFormalExpression'>PT3H</timeDuration></timerEventDefinition>"
                             "</boundaryEvent><boundaryEvent id='soon' attachedToRef='t'><timerEventDefinition><timeDuration"
                             " xsi:type='tFormalExpression'>PT2H</timeDuration></timerEventDefinition></boundaryEvent>"
                             FLOW("t", "e") FLOW("late", "l") SAY("l") FLOW("l", "e") FLOW("soon", "n") SAY("n") FLOW("n", "e") E0));
    op->now += (time_ms)9 * 3600 * 1000;
    bpmn_run_next(run);
    bpmn_tick(run);
    check_trace(run, "n", BPMN_COMPLETED);
}

TEST("a process of several start events that is begun at one waits for no other; one without a start event begins "
     "everywhere")
{
    struct bpmn_run *run = play(op, PROCESS(SAY("a") SAY("b")));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED && v.text.n == 2);
}

TEST("tokens that arrive one after another at an activity start it each time; at a parallel join a second of one way "
     "waits")
{
    struct bpmn_run *run =
        play(op, PROCESS(S0 FLOW("s", "f") "<parallelGateway id='f'/>" FLOW("f", "a") FLOW("f", "b") SAY("a") SAY("b")
                             FLOW("a", "c") FLOW("b", "c") SAY("c") FLOW("c", "e") E0));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED);
    check_int(v.text.n, 4);
}

TEST("an interrupting timer on a repeated activity takes all repetitions with it")
{
    struct bpmn_run *run = play(
        op,
        PROCESS(S0 FLOW(
            "s", "r") "<receiveTask id='r' messageRef='m'><multiInstanceLoopCharacteristics><loopCardinality "
                      "xsi:type='tFormalExpression'>3"
                      "</loopCardinality></multiInstanceLoopCharacteristics></receiveTask><boundaryEvent id='b' "
                      "attachedToRef='r'><timerEventDefinition><timeDuration"
                      " xsi:type='tFormalExpression'>PT1H</timeDuration></timerEventDefinition></boundaryEvent>" FLOW(
                          "b", "q") SAY("q") FLOW("q", "e2") "<endEvent id='e2'/>" FLOW("r", "e") E0));
    tell(run, "m");
    op->now += 3600000;
    bpmn_tick(run);
    check_trace(run, "q", BPMN_COMPLETED);
}
