/* Every kind of event in every place it may stand, and events, data and compensation across calls and repetitions:
 * what the standard says, one model each. */
#include "bpmn/acts.h"
#include "bpmn/test_corner.h"

#define HEAD                                                                                                           \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                                                \
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:zw='urn:zhenwu' targetNamespace='urn:t'>"             \
    "<message id='m' name='m'/><message id='m2' name='m2'/><signal id='g' name='g'/><error id='ex' errorCode='X'/>"    \
    "<escalation id='u' escalationCode='U'/>"
static bool anybody(void *from, str who)
{
    (void)from;
    (void)who;
    return true;
}

#define FORMAL "xsi:type='tFormalExpression'"
#define AND(id) "<parallelGateway id='" id "'/>"
#define END(id) "<endEvent id='" id "'/>"
#define CALL(id) "<callActivity id='" id "' calledElement='called'/>"
#define CALLED(body) "<process id='called' isExecutable='true'>" body "</process>"
#define EDGE(id, to, interrupting, event)                                                                              \
    "<boundaryEvent id='" id "' attachedToRef='" to "' cancelActivity='" interrupting "'>" event "</boundaryEvent>"
#define EDGE_SAYS(id, to, interrupting, event, say)                                                                    \
    EDGE(id, to, interrupting, event) FLOW(id, say) SAY(say) FLOW(say, id "end") END(id "end")

/* ---- every kind in every place ----------------------------------------------------------------------------- */

static const struct kind {
    const char *event;  /* as it is caught */
    const char *inside; /* what the activity does that the event is caught from; NULL: waits for m2, and it is set off
        outside */
    bool between;       /* may stand between, and behind an event-based gateway */
    bool goes_on;       /* may be caught without interrupting */
} kinds[] = {
    {"<messageEventDefinition messageRef='m'/>", NULL, true, true},
    {"<signalEventDefinition signalRef='g'/>", NULL, true, true},
    {"<timerEventDefinition><timeDuration " FORMAL ">PT1H</timeDuration></timerEventDefinition>", NULL, true, true},
    {"<conditionalEventDefinition><condition " FORMAL ">n > 5</condition></conditionalEventDefinition>", NULL, true,
        true},
    {"<escalationEventDefinition escalationRef='u'/>",
     "<intermediateThrowEvent id='t'><escalationEventDefinition escalationRef='u'/></intermediateThrowEvent>", false,
        true},
    {"<errorEventDefinition errorRef='ex'/>", "<endEvent id='t'><errorEventDefinition errorRef='ex'/></endEvent>",
        false, false},
};
enum { ERROR = COUNT(kinds) - 1 };

/* Sets off the k-th kind from outside. */
static void set_off(struct bpmn_run *run, size_t k)
{
    struct feel_entry n = {S("n"), feel_of_int(6)}, back = {S("n"), feel_of_int(0)};
    bpmn_run_next(run);
    switch (k) {
    case 0:
        check(bpmn_message(run, S("m"), NULL, 0));
        return;
    case 1:
        check(bpmn_signal(run, S("g"), NULL, 0));
        return;
    case 2:
        run->op->now += 3600000;
        bpmn_tick(run);
        return;
    case 3:
        bpmn_change(run, &back, 1);
        bpmn_change(run, &n, 1);
        return;
    default:
        return; /* thrown from inside */
    }
}

/* What the sub-process P does: throws, or waits, and then says w. */
static str work_of(struct op *op, size_t k)
{
    if (!kinds[k].inside)
        return S("<startEvent id='Ps'/>" FLOW("Ps", "t") WAIT("t", "m2") FLOW("t", "w") SAY("w") FLOW("w", "Pe")
        END("Pe"));
    return op_text(op, "<startEvent id='Ps'/>" FLOW("Ps", "t") "%s%s", kinds[k].inside,
                   k == ERROR ? "" : FLOW("t", "w") SAY("w") FLOW("w", "k") WAIT("k", "m2") FLOW("k", "Pe") END("Pe"));
}

TEST("an event at the edge of a sub-process, whatever its kind, ends it or lets it go on, as it says")
{
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (int interrupting = 1; interrupting >= !kinds[k].goes_on; interrupting--) {
            str text = op_text(op, HEAD "<process id='p' isExecutable='true'>" S0 FLOW("s", "P")
            "<subProcess id='P'>%.*s</subProcess>"
                               "<boundaryEvent id='b' attachedToRef='P' cancelActivity='%s'>%s</boundaryEvent>"
            FLOW("b", "q") SAY("q")
                               FLOW("q", "e2") END("e2") FLOW("P", "z") SAY("z") FLOW("z", "e") E0
            "</process></definitions>",
                               PS(work_of(op, k)), interrupting ? "true" : "false", kinds[k].event);
            struct bpmn_run *run = play(op, text.p);
            set_off(run, k);
            feel_value v = bpmn_value(run, 0, S("trace"));
            str said = v.kind == FEEL_TEXT ? v.text : S("");
            bool inside = kinds[k].inside != NULL;
            if (interrupting) {
                check(run->state.end == BPMN_COMPLETED);
                check_str(said, S("q"));
                continue;
            }
            check(run->state.end == BPMN_RUNNING);
            check(inside ? said.n == 2 : str_eq(said, S("q"))); /* q and w, whichever is taken first */
            tell(run, "m2");
            v = bpmn_value(run, 0, S("trace"));
            check(run->state.end == BPMN_COMPLETED && v.text.n == 3 && str_ends(v.text, S("z")));
            check(bpmn_check_state(run->model, &run->state) == NULL);
        }
}

TEST("an event sub-process, whatever sets it off, ends the scope around it or runs beside it, as it says")
{
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (int interrupting = 1; interrupting >= !kinds[k].goes_on; interrupting--) {
            str text = op_text(op, HEAD "<process id='p' isExecutable='true'>" S0 FLOW("s", "P")
            "<subProcess id='P'>%.*s"
                               "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns' "
                               "isInterrupting='%s'>%s</startEvent>"
                               FLOW("Ns", "q") SAY("q") FLOW("q", "Ne") END("Ne") "</subProcess></subProcess>"
                               FLOW("P", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>",
                               PS(work_of(op, k)), interrupting ? "true" : "false", kinds[k].event);
            struct bpmn_run *run = play(op, text.p);
            set_off(run, k);
            if (interrupting) {
                check_trace(run, "qz", BPMN_COMPLETED);
                continue;
            }
            check(run->state.end == BPMN_RUNNING);
            tell(run, "m2");
            feel_value v = bpmn_value(run, 0, S("trace"));
            check(run->state.end == BPMN_COMPLETED && v.text.n == 3 && str_ends(v.text, S("z")));
        }
}

TEST("an event sub-process of the process itself takes the whole process or runs beside it")
{
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (int interrupting = 1; interrupting >= !kinds[k].goes_on; interrupting--) {
            str text = op_text(op, HEAD "<process id='p' isExecutable='true'>%.*s"
                               "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns' "
                               "isInterrupting='%s'>%s</startEvent>"
                               FLOW("Ns", "q") SAY("q") FLOW("q", "Ne") END("Ne")
            "</subProcess></process></definitions>",
                               PS(work_of(op, k)), interrupting ? "true" : "false", kinds[k].event);
            struct bpmn_run *run = play(op, text.p);
            set_off(run, k);
            if (!interrupting) {
                check(run->state.end == BPMN_RUNNING);
                tell(run, "m2");
            }
            feel_value v = bpmn_value(run, 0, S("trace"));
            check(run->state.end == BPMN_COMPLETED && v.text.n == (interrupting ? 1 : 2));
        }
}

TEST("a catch between, and one behind an event-based gateway, goes on with its event and waits for nothing else then")
{
    for (size_t k = 0; k < COUNT(kinds); k++) {
        if (!kinds[k].between)
            continue;
        str text = op_text(op, HEAD "<process id='p' isExecutable='true'>" S0 FLOW("s", "c")
        "<intermediateCatchEvent id='c'>%s"
                           "</intermediateCatchEvent>" FLOW("c", "q") SAY("q") FLOW("q", "e") E0
            "</process></definitions>", kinds[k].event);
        struct bpmn_run *run = play(op, text.p);
        check_trace(run, "", BPMN_RUNNING);
        set_off(run, k);
        check_trace(run, "q", BPMN_COMPLETED);
        text = op_text(op, HEAD "<process id='p' isExecutable='true'>" S0 FLOW("s", "G") "<eventBasedGateway id='G'/>"
        FLOW("G", "c")
                       FLOW("G", "o") "<intermediateCatchEvent id='c'>%s</intermediateCatchEvent>" FLOW("c", "q")
            SAY("q") FLOW("q", "e") E0
                       WAIT("o", "m2") FLOW("o", "r") SAY("r") FLOW("r", "e2") END("e2") "</process></definitions>",
            kinds[k].event);
        run = play(op, text.p);
        set_off(run, k);
        check_trace(run, "q", BPMN_COMPLETED);
        run = play(op, text.p);
        tell(run, "m2");
        check_trace(run, "r", BPMN_COMPLETED);
    }
}

TEST("after an interrupting event sub-process has begun, no other of its scope begins")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "P")
        SUB("P", FLOW("Ps", "w") WAIT("w", "m2") FLOW("w", "Pe")
            ON("N", "true", MESSAGE("m"), FLOW("Ns", "k") WAIT("k", "m2") FLOW("k", "n") SAY("n") FLOW("n", "Ne"))
            ON("O", "false", "<signalEventDefinition signalRef='g'/>", FLOW("Os", "o") SAY("o") FLOW("o", "Oe")))
        FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    check(bpmn_signal(run, S("g"), NULL, 0));
    check_trace(run, "o", BPMN_RUNNING);
    tell(run, "m");
    check(!bpmn_signal(run, S("g"), NULL, 0) && !bpmn_message(run, S("m"), NULL, 0));
    check_trace(run, "o", BPMN_RUNNING);
    tell(run, "m2");
    check_trace(run, "onz", BPMN_COMPLETED);
}

TEST("several events that must all come ring again and again where they do not interrupt")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "r") "<receiveTask id='r' messageRef='m2'/>"
        "<boundaryEvent id='b' attachedToRef='r' cancelActivity='false' parallelMultiple='true'>" MESSAGE("m")
        "<signalEventDefinition signalRef='g'/></boundaryEvent>" FLOW("b", "q") SAY("q") FLOW("q", "e2") END("e2")
        FLOW("r", "e") E0));
    for (int i = 0; i < 2; i++) {
        tell(run, "m");
        check(bpmn_signal(run, S("g"), NULL, 0));
    }
    check_trace(run, "qq", BPMN_RUNNING);
    tell(run, "m2");
    check_trace(run, "qq", BPMN_COMPLETED);
}

TEST("a cycle may say when it begins, when it ends, or both")
{
    static const struct {
        const char *cycle;
        int rings;
    } cycles[] = {{"R3/PT1H", 3}, {"R/PT1H/2021-12-06T05:30:00Z", 4}, {"R2/PT1H/2021-12-06T05:30:00Z", 2},
                  {"R3/2021-12-06T03:00:00Z/PT2H", 3}, {"R2/2021-12-06T03:00:00Z/2021-12-06T04:00:00Z", 2}};
    for (size_t i = 0; i < COUNT(cycles); i++) {
        check(time_parse(S("2021-12-06T01:00:00Z"), &op->now));
        struct bpmn_run *run = play(op, with(op, PROCESS(S0 FLOW("s", "r") "<receiveTask id='r' messageRef='m'/>"
            "<boundaryEvent id='b' attachedToRef='r' cancelActivity='false'><timerEventDefinition><timeCycle " FORMAL
            ">%s</timeCycle>"
            "</timerEventDefinition></boundaryEvent>" FLOW("b", "q") SAY("q") FLOW("q", "e2") END("e2") FLOW("r", "e")
            E0), cycles[i].cycle));
        op->now += (time_ms)24 * 3600000;
        bpmn_tick(run);
        feel_value v = bpmn_value(run, 0, S("trace"));
        check_int(v.kind == FEEL_TEXT ? v.text.n : 0, cycles[i].rings);
    }
}

TEST("a time is every ISO 8601 duration, weeks and months with days too; what could never be set is refused before it is begun")
{
    static const struct {
        const char *kind, *text, *due; /* NULL: refused */
    } times[] = {{"Duration", "PT90S", "2021-12-06T01:01:30Z"},      {"Duration", "P2W", "2021-12-20T01:00:00Z"},
                 {"Duration", "P1M", "2022-01-06T01:00:00Z"},        {"Duration", "P1Y2M3DT4H5M6.5S", "2023-02-09T05:05:06.5Z"},
                 {"Duration", "P2M1D", "2022-02-07T01:00:00Z"},      {"Duration", "P0D", "2021-12-06T01:00:00Z"},
                 {"Date", "2021-12-07", "2021-12-06T16:00:00Z"},     {"Date", "2021-12-07T08:00:00+08:00", "2021-12-07T00:00:00Z"},
                 {"Cycle", "R2/P1W", "2021-12-13T01:00:00Z"},        {"Duration", "P2WT1H", NULL},
                 {"Duration", "P", NULL},                            {"Duration", "PW", NULL},
                 {"Duration", "P1M2Y", NULL},                        {"Cycle", "R0/PT1H", NULL},
                 {"Cycle", "R3/PT0S", NULL},                         {"Cycle", "R3/P1M1D", NULL},
                 {"Date", "2021-13-07", NULL}};
    for (size_t i = 0; i < COUNT(times); i++) {
        static const char *const text = PROCESS(S0 FLOW("s", "c") "<intermediateCatchEvent id='c'><timerEventDefinition>%s</timerEventDefinition>"
                                                "</intermediateCatchEvent>" FLOW("c", "e") E0);
        const char *timer = op_z(op, op_text(op, "<time%s " FORMAL ">%s</time%s>", times[i].kind, times[i].text, times[i].kind));
        struct bpmn_doc doc = {S("钟.bpmn"), str_z(with(op, text, timer))};
        struct bpmn *m;
        time_ms due, wanted;
        check(time_parse(S("2021-12-06T01:00:00Z"), &op->now));
        bool loaded = bpmn_load(op, &doc, NULL, &m);
        if (loaded != (times[i].due != NULL))
            test_failed(__FILE__, __LINE__, "%s: %d", times[i].text, loaded);
        op_forgive(op, 0);
        if (!loaded || !times[i].due)
            continue;
        struct bpmn_run run;
        bpmn_run_init(&run, op, m);
        check(bpmn_start(&run, bpmn_process(m, S("p")), S("张三"), NULL, 0));
        check(time_parse(str_z(times[i].due), &wanted) && bpmn_next_due(&run, &due));
        if (due != wanted)
            test_failed(__FILE__, __LINE__, "%s: %lld ms off", times[i].text, (long long)(due - wanted));
    }
}

/* ---- across calls ------------------------------------------------------------------------------------------ */

TEST("what a called process throws is caught at the call, or by the event sub-processes of the caller, kind by kind")
{
    static const struct {
        const char *thrown, *caught;
        bool goes_on;
    } rows[] = {
        {"<endEvent id='t'><errorEventDefinition errorRef='ex'/></endEvent>", "<errorEventDefinition errorRef='ex'/>",
        false},
        {"<endEvent id='t'><escalationEventDefinition escalationRef='u'/></endEvent>",
        "<escalationEventDefinition escalationRef='u'/>", true},
        {"<endEvent id='t'><signalEventDefinition signalRef='g'/></endEvent>",
        "<signalEventDefinition signalRef='g'/>", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int interrupting = 1; interrupting >= !rows[i].goes_on; interrupting--) {
            const char *word = interrupting ? "true" : "false";
            str called = op_text(op, HEAD CALLED("<startEvent id='cs'/>" FLOW("cs", "a") SAY("a") FLOW("a", "t") "%s"),
            rows[i].thrown);
            str edge = op_text(op, "%.*s<process id='p' isExecutable='true'>" S0 FLOW("s", "K") CALL("K")
                               "<boundaryEvent id='b' attachedToRef='K' cancelActivity='%s'>%s</boundaryEvent>"
            FLOW("b", "q") SAY("q")
                               FLOW("q", "e2") END("e2") FLOW("K", "z") SAY("z") FLOW("z", "e") E0
            "</process></definitions>",
                               PS(called), word, rows[i].caught);
            str sub = op_text(op, "%.*s<process id='p' isExecutable='true'>" S0 FLOW("s", "K") CALL("K") FLOW("K", "z")
            SAY("z") FLOW("z", "e")
                              E0
            "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns' isInterrupting='%s'>%s</startEvent>"
                              FLOW("Ns", "q") SAY("q") FLOW("q", "Ne") END("Ne")
            "</subProcess></process></definitions>",
                              PS(called), word, rows[i].caught);
            for (int where = 0; where < 2; where++) {
                struct bpmn_run *run = play(op, where ? sub.p : edge.p);
                feel_value v = bpmn_value(run, 0, S("trace"));
                bool q = str_find(v.text, S("q"), &(size_t){0}), z = str_find(v.text, S("z"), &(size_t){0});
                check(run->state.end == BPMN_COMPLETED && q && z == !interrupting);
            }
        }
}

TEST("a called process that is terminated ends alone: its caller goes on")
{
    struct bpmn_run *run = play(op, HEAD CALLED("<startEvent id='cs'/>" FLOW("cs", "f") AND("f") FLOW("f", "w")
        FLOW("f", "t") WAIT("w", "m")
        FLOW("w", "we") END("we") "<endEvent id='t'><terminateEventDefinition/></endEvent>")
        "<process id='p' isExecutable='true'>" S0 FLOW("s", "K") CALL("K") FLOW("K", "z") SAY("z") FLOW("z", "e") E0
        "</process></definitions>");
    check_trace(run, "z", BPMN_COMPLETED);
}

TEST("compensating a finished call runs the compensation event sub-process of what was called, else the handlers in it")
{
    static const char *text = HEAD CALLED("<startEvent id='cs'/>" FLOW("cs", "a") SAY("a") UNDO("a", "A") FLOW("a",
        "ce") END("ce") "%s")
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0 FLOW("s", "K") CALL("K") FLOW("K",
        "b") SAY("b")
        FLOW("b", "t") "<intermediateThrowEvent id='t'><compensateEventDefinition/></intermediateThrowEvent>" FLOW("t",
        "z") SAY("z")
        FLOW("z", "e") E0 "</process></definitions>";
    static const struct {
        const char *sub;
        str handler;
    } rows[] = {{"", SC("A")},
        {"<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns'><compensateEventDefinition/></startEvent>"
        FLOW("Ns", "n") SAY("n") FLOW("n", "Ne") END("Ne") "</subProcess>", SC("N")}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bpmn_run *run = play(op, with(op, text, rows[i].sub));
        int handlers = 0;
        check_trace(run, "bz", BPMN_COMPLETED);
        for (size_t f = 0; f < run->state.fires.n; f++)
            if (run->state.fires.p[f].kind == FIRE_HANDLER) {
                handlers++;
                check_str(bpmn_node_id(run->model, run->state.fires.p[f].node), rows[i].handler);
            }
        check_int(handlers, 1);
    }
}

TEST("a compensation that nobody waits for runs beside what comes next")
{
    static const char *text = PROCESS(S0 FLOW("s", "a") SAY("a")
        "<boundaryEvent id='ca' attachedToRef='a'><compensateEventDefinition/></boundaryEvent>"
        "<receiveTask id='h' isForCompensation='true' messageRef='m'/><association id='x' sourceRef='ca' "
        "targetRef='h'/>"
        FLOW("a", "t")
        "<intermediateThrowEvent id='t'><compensateEventDefinition waitForCompletion='%s'/></intermediateThrowEvent>"
        FLOW("t", "z") SAY("z") FLOW("z", "e") E0);
    struct bpmn_run *run = play(op, with(op, text, "true"));
    check_trace(run, "a", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "az", BPMN_COMPLETED);
    run = play(op, with(op, text, "false"));
    check_trace(run, "az", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "az", BPMN_COMPLETED);
}

TEST("a call hands its inputs over in the order the called process declares them, and takes the outputs back alike")
{
    struct bpmn_run *run = play(op, HEAD
        "<process id='called' isExecutable='true'><ioSpecification><dataInput id='ci' name='one'/>"
        "<dataOutput id='co' name='two'/><inputSet><dataInputRefs>ci</dataInputRefs></inputSet><outputSet>"
        "<dataOutputRefs>co</dataOutputRefs>"
        "</outputSet></ioSpecification><startEvent id='cs'/>" FLOW("cs", "a")
        "<scriptTask id='a' zw:result='two'><script>one + \"!\"</script></scriptTask>" FLOW("a", "ce") END("ce")
        "</process>"
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0 FLOW("s", "b") SAY("b") FLOW("b",
        "K")
        "<callActivity id='K' calledElement='called'><ioSpecification><dataInput id='ki' name='in'/><dataOutput "
        "id='ko' name='out'/>"
        "<inputSet><dataInputRefs>ki</dataInputRefs></inputSet><outputSet><dataOutputRefs>ko</dataOutputRefs>"
        "</outputSet></ioSpecification>"
        "<dataInputAssociation><sourceRef>trace</sourceRef><targetRef>ki</targetRef></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>ko</sourceRef><targetRef>trace</targetRef></dataOutputAssociation>"
        "</callActivity>"
        FLOW("K", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>");
    check_trace(run, "b!z", BPMN_COMPLETED);
}

/* ---- repetitions and data ---------------------------------------------------------------------------------- */

TEST("a repetition takes its list through the activity's own input and gives its results through its own output")
{
    static const char *text = HEAD
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/><dataObject id='all' name='all' "
        "isCollection='true'/><dataObject id='done' name='done' isCollection='true'/>" S0 FLOW("s", "f")
        "<scriptTask id='f' zw:result='all'><script>[\"x\",\"y\"]</script></scriptTask>" FLOW("f", "m1")
        "<scriptTask id='m1' zw:result='one'><ioSpecification><dataInput id='list' isCollection='true'/><dataOutput "
        "id='results' isCollection='true'/>"
        "<inputSet><dataInputRefs>list</dataInputRefs></inputSet><outputSet><dataOutputRefs>results</dataOutputRefs>"
        "</outputSet></ioSpecification>"
        "<dataInputAssociation><sourceRef>all</sourceRef><targetRef>list</targetRef></dataInputAssociation>"
        "<dataOutputAssociation><sourceRef>results</sourceRef><targetRef>done</targetRef></dataOutputAssociation>"
        "<multiInstanceLoopCharacteristics isSequential='%s'><loopDataInputRef>list</loopDataInputRef>"
        "<loopDataOutputRef>results</loopDataOutputRef>"
        "<inputDataItem id='it' name='item'/><outputDataItem id='one' name='one'/></multiInstanceLoopCharacteristics>"
        "<script>item + item</script></scriptTask>" FLOW("m1", "j")
        "<scriptTask id='j' zw:result='trace'><script>string join(done)</script></scriptTask>" FLOW("j", "e") E0
        "</process></definitions>";
    check_trace(play(op, with(op, text, "true")), "xxyy", BPMN_COMPLETED);
    check_trace(play(op, with(op, text, "false")), "xxyy", BPMN_COMPLETED);
}

TEST("every repetition reads the inputs of its activity")
{
    static const char *text = HEAD "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0
        FLOW("s", "f") SAY("f") FLOW("f", "r")
        "<scriptTask id='r' zw:result='trace'><ioSpecification><dataInput id='before'/><inputSet>"
        "<dataInputRefs>before</dataInputRefs></inputSet>"
        "<outputSet/></ioSpecification><dataInputAssociation><sourceRef>trace</sourceRef><targetRef>before</targetRef>"
        "</dataInputAssociation>%s"
        "<script>before + \"r\"</script></scriptTask>" FLOW("r", "e") E0 "</process></definitions>";
    check_trace(play(op, with(op, text, "<standardLoopCharacteristics loopMaximum='3'/>")), "frrr", BPMN_COMPLETED);
    check_trace(play(op, with(op, text, "<multiInstanceLoopCharacteristics isSequential='true'><loopCardinality " FORMAL
                                        ">2</loopCardinality></multiInstanceLoopCharacteristics>")), "frr",
            BPMN_COMPLETED);
}

TEST("what a repetition throws by its behaviour comes to the edge of the repeated activity: never, at each, at the "
        "first, or when a condition says")
{
    static const struct {
        const char *behavior, *trace;
    } rows[] = {{"behavior='All'", "aaaz"}, {"behavior='None' noneBehaviorEventRef='sd'", "aaaqqqz"},
                {"behavior='One' oneBehaviorEventRef='sd'", "aaaqz"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        str text = op_text(op, HEAD
        "<signalEventDefinition id='sd' signalRef='g'/><process id='p' isExecutable='true'>" S0 FLOW("s", "r")
            "<scriptTask id='r' zw:result='trace'><multiInstanceLoopCharacteristics isSequential='false' %s>"
            "<loopCardinality " FORMAL
            ">3</loopCardinality></multiInstanceLoopCharacteristics><script>(if trace = null then \"\" else trace) + "
            "\"a\"</script></scriptTask>"
            EDGE_SAYS("b", "r", "false", "<signalEventDefinition signalRef='g'/>", "q") FLOW("r", "z") SAY("z")
            FLOW("z", "e") E0
            "</process></definitions>", rows[i].behavior);
        struct bpmn_run *run = play(op, text.p);
        feel_value v = bpmn_value(run, 0, S("trace"));
        check(run->state.end == BPMN_COMPLETED);
        check_int(v.text.n, strlen(rows[i].trace));
        size_t rings = 0, wanted = 0;
        for (size_t c = 0; c < v.text.n; c++)
            rings += v.text.p[c] == 'q';
        for (const char *c = rows[i].trace; *c; c++)
            wanted += *c == 'q';
        check_int(rings, wanted);
    }
}

TEST("what a message brings goes where the output of the event that caught it says")
{
    static const char *text = HEAD "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0
        FLOW("s", "c")
        "<intermediateCatchEvent id='c'><dataOutput id='o' name='words'/><dataOutputAssociation>"
        "<sourceRef>o</sourceRef><targetRef>trace</targetRef>"
        "</dataOutputAssociation><outputSet><dataOutputRefs>o</dataOutputRefs></outputSet><messageEventDefinition "
        "messageRef='m'/>"
        "</intermediateCatchEvent>" FLOW("c", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>";
    struct bpmn_run *run = play(op, text);
    struct feel_entry words = {S("words"), feel_of_text(S("hello"))};
    check(bpmn_message(run, S("m"), &words, 1));
    check_trace(run, "helloz", BPMN_COMPLETED);
}

/* An item that a signal or a message takes along: thrown by t out of `from`, and caught as `to`. */
#define CARRIES(from)                                                                                                  \
    "<dataInput id='in' name='in'/><dataInputAssociation><sourceRef>" from "</sourceRef><targetRef>in</targetRef>"     \
    "</dataInputAssociation><inputSet><dataInputRefs>in</dataInputRefs></inputSet>"
#define TAKES(to)                                                                                                      \
    "<dataOutput id='out' name='out'/><dataOutputAssociation><sourceRef>out</sourceRef><targetRef>" to "</targetRef>"  \
    "</dataOutputAssociation><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>"

TEST("what a signal carries reaches each that hears it, by the mappings of both ends, whatever the data is called there")
{
    static const char *text = HEAD
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/><property id='word' name='word'/>"
        "<scriptTask id='w' zw:result='word'><script>\"hello\"</script></scriptTask>" S0 FLOW("s", "w") FLOW("w", "g1")
        AND("g1") FLOW("g1", "c") FLOW("g1", "k")
        "<intermediateCatchEvent id='c'>" TAKES("trace") "<signalEventDefinition signalRef='g'/></intermediateCatchEvent>"
        FLOW("c", "z") SAY("z") FLOW("z", "e") E0
        "<intermediateThrowEvent id='k'>" CARRIES("word") "<signalEventDefinition signalRef='g'/></intermediateThrowEvent>"
        FLOW("k", "k2") END("k2") "</process></definitions>";
    struct bpmn_run *run = play(op, text);
    check_trace(run, "helloz", BPMN_COMPLETED);
    check(feel_is_null(bpmn_value(run, 0, S("in"))) && feel_is_null(bpmn_value(run, 0, S("out"))));
    const struct bpmn_command *told = run->commands;
    while (told && told->kind != BPMN_SIGNAL)
        told = told->next;
    check(told && told->value_count == 1 && str_eq(told->values[0].value.text, S("hello")));
}

TEST("a parallel multiple event keeps what each of its events brought until the last has come")
{
    static const char *text = HEAD
        "<process id='p' isExecutable='true'><property id='a' name='a'/><property id='b' name='b'/>" S0 FLOW("s", "c")
        "<intermediateCatchEvent id='c' parallelMultiple='true'><dataOutput id='o1' name='o1'/><dataOutput id='o2' name='o2'/>"
        "<dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>a</targetRef></dataOutputAssociation>"
        "<dataOutputAssociation><sourceRef>o2</sourceRef><targetRef>b</targetRef></dataOutputAssociation>"
        "<outputSet><dataOutputRefs>o1</dataOutputRefs><dataOutputRefs>o2</dataOutputRefs></outputSet>"
        "<messageEventDefinition messageRef='m'/><messageEventDefinition messageRef='m2'/></intermediateCatchEvent>"
        FLOW("c", "e") E0 "</process></definitions>";
    static const char *const order[][2] = {{"m", "m2"}, {"m2", "m"}};
    for (size_t i = 0; i < COUNT(order); i++) {
        struct bpmn_run *run = play(op, text);
        for (int k = 0; k < 2; k++) {
            struct feel_entry brought = {S("x"), feel_of_text(str_z(order[i][k]))};
            check(bpmn_message(run, str_z(order[i][k]), &brought, 1));
        }
        check(run->state.end == BPMN_COMPLETED);
        check_str(bpmn_value(run, 0, S("a")).text, S("m"));
        check_str(bpmn_value(run, 0, S("b")).text, S("m2"));
    }
}

TEST("what comes while a case is suspended is kept with what it carries, also in its bytes, and heard once when it goes on")
{
    static const char *text = HEAD "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0
        FLOW("s", "w") "<userTask id='w' zw:assignee='甲'/>" FLOW("w", "e") E0
        EDGE("b", "w", "false", TAKES("trace") "<messageEventDefinition messageRef='m'/>") FLOW("b", "z") SAY("z")
        FLOW("z", "ze") END("ze") EDGE_SAYS("h", "w", "false", "<signalEventDefinition signalRef='g'/>", "y")
        "</process></definitions>";
    struct bpmn_run *run = play(op, text), again;
    struct feel_entry word = {S("x"), feel_of_text(S("信"))};
    struct bpmn_act act = {.op = DO_SUSPEND, .actor = S("管理员"), .opinion = S("等"), .work = -1, .seat = -1, .rev = -1};
    run->administrator = anybody;
    check(bpmn_act(run, &act));
    check(bpmn_message(run, S("m"), &word, 1) && bpmn_signal(run, S("g"), NULL, 0));
    check(!bpmn_message(run, S("m2"), NULL, 0) && !bpmn_signal(run, S("没人等"), NULL, 0));
    check(feel_is_null(bpmn_value(run, 0, S("trace"))) && run->state.held.n == 2);
    bpmn_run_init(&again, op, run->model);
    again.administrator = anybody;
    check(bpmn_state_read(&again, bpmn_state_write(op, run)));
    act = (struct bpmn_act){.op = DO_RESUME, .actor = S("管理员"), .work = -1, .seat = -1, .rev = -1};
    check(bpmn_act(&again, &act) && again.state.held.n == 0);
    check_trace(&again, "信zy", BPMN_RUNNING);
}

/* ---- gateways ---------------------------------------------------------------------------------------------- */

TEST("a parallel event-based gateway begins a process with the first of its messages, and it ends when all have come")
{
    static const char *text = PROCESS("<eventBasedGateway id='G' instantiate='true' eventGatewayType='Parallel'/>"
        FLOW("G", "c1") FLOW("G", "c2")
        WAIT("c1", "m") WAIT("c2", "m2") FLOW("c1", "a") FLOW("c2", "b") SAY("a") SAY("b") FLOW("a", "j") FLOW("b",
        "j") AND("j") FLOW("j", "z")
        SAY("z") FLOW("z", "e") E0);
    struct bpmn_doc doc = {S("角.bpmn"), str_z(text)};
    for (int first = 0; first < 2; first++) {
        struct bpmn *m = NULL;
        struct bpmn_run run;
        check(bpmn_load(op, &doc, NULL, &m));
        must(m != NULL);
        bpmn_run_init(&run, op, m);
        check(bpmn_start_at(&run, bpmn_node(m, first ? S("c2") : S("c1")), -1, NULL, S("张三"), NULL, 0));
        check_trace(&run, first ? "b" : "a", BPMN_RUNNING);
        check(!bpmn_message(&run, first ? S("m2") : S("m"), NULL, 0));
        tell(&run, first ? "m" : "m2");
        check_trace(&run, first ? "baz" : "abz", BPMN_COMPLETED);
    }
}

TEST("an inclusive join waits for a token that can still come by a boundary event or a link, and for none that cannot")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "o") "<inclusiveGateway id='o'/>" IF("o", "a", "true") IF("o",
        "r", "true")
        SAY("a") FLOW("a", "j") "<receiveTask id='r' messageRef='m'/>" FLOW("r", "re") END("re")
        "<boundaryEvent id='b' attachedToRef='r'>" MESSAGE("m2") "</boundaryEvent>" FLOW("b", "l")
        "<intermediateThrowEvent id='l'><linkEventDefinition name='there'/></intermediateThrowEvent>"
        "<intermediateCatchEvent id='k'><linkEventDefinition name='there'/></intermediateCatchEvent>" FLOW("k", "j")
        "<inclusiveGateway id='j'/>" FLOW("j", "z") SAY("z") FLOW("z", "e") E0));
    check_trace(run, "a", BPMN_RUNNING);
    struct bpmn_run *other = play(op, "" PROCESS(S0 FLOW("s", "o") "<inclusiveGateway id='o'/>" IF("o", "a", "true")
        IF("o", "r", "true")
        SAY("a") FLOW("a", "j") "<receiveTask id='r' messageRef='m'/>" FLOW("r", "re") END("re") SAY("c") FLOW("s",
        "x") "<exclusiveGateway id='x'/>"
        IF("x", "c", "false") IF("x", "re", "true") FLOW("c", "j") "<inclusiveGateway id='j'/>" FLOW("j", "z") SAY("z")
        FLOW("z", "e") E0));
    check_trace(other, "az", BPMN_RUNNING);
    tell(run, "m2");
    check_trace(run, "az", BPMN_COMPLETED);
}

TEST("several link throws lead to one catch of their name")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "f") AND("f") FLOW("f", "l1") FLOW("f", "l2")
        "<intermediateThrowEvent id='l1'><linkEventDefinition name='there'/></intermediateThrowEvent>"
        "<intermediateThrowEvent id='l2'><linkEventDefinition name='there'/></intermediateThrowEvent>"
        "<intermediateCatchEvent id='k'><linkEventDefinition name='there'/></intermediateCatchEvent>" FLOW("k", "z")
        SAY("z") FLOW("z", "e") E0));
    check_trace(run, "zz", BPMN_COMPLETED);
}

TEST("an activity's default flow is taken when none of its conditions holds, and its plain flows always")
{
    static const char *text = HEAD "<process id='p' isExecutable='true'>" S0 FLOW("s", "a")
        "<scriptTask id='a' default='a_d' zw:result='trace'><script>\"\"</script></scriptTask>" IF("a", "c", "%s")
        FLOW("a", "d") FLOW("a", "b")
        SAY("b") SAY("c") SAY("d") FLOW("b", "e") FLOW("c", "e") FLOW("d", "e") E0 "</process></definitions>";
    feel_value v = bpmn_value(play(op, with(op, text, "true")), 0, S("trace"));
    check(v.text.n == 2 && str_find(v.text, S("c"), &(size_t){0}) && str_find(v.text, S("b"), &(size_t){0}));
    v = bpmn_value(play(op, with(op, text, "false")), 0, S("trace"));
    check(v.text.n == 2 && str_find(v.text, S("d"), &(size_t){0}) && str_find(v.text, S("b"), &(size_t){0}));
}

/* ---- scopes within scopes ---------------------------------------------------------------------------------- */

#define ERROR_X "<errorEventDefinition errorRef='ex'/>"
#define ESCALATES "<escalationEventDefinition escalationRef='u'/>"

TEST("what a non-interrupting event sub-process throws is caught by another of the same scope, never by itself")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "P") SUB("P", FLOW("Ps", "w") WAIT("w", "m2") FLOW("w", "Pe")
        "<subProcess id='A' triggeredByEvent='true'><startEvent id='As' isInterrupting='false'>" MESSAGE("m")
        "</startEvent>"
        FLOW("As", "a") SAY("a") FLOW("a", "At") "<endEvent id='At'>" ERROR_X "</endEvent></subProcess>"
        ON("N", "true", ERROR_X, FLOW("Ns", "n") SAY("n") FLOW("n", "Ne")))
        "<boundaryEvent id='b' attachedToRef='P'>" ERROR_X "</boundaryEvent>" FLOW("b", "q") SAY("q") FLOW("q", "e2")
        END("e2")
        FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    tell(run, "m");
    check_trace(run, "anz", BPMN_COMPLETED);
    run = play(op, PROCESS(S0 FLOW("s", "P") SUB("P", FLOW("Ps", "t0") "<intermediateThrowEvent id='t0'>" ESCALATES
        "</intermediateThrowEvent>"
        FLOW("t0", "Pe")
        "<subProcess id='A' triggeredByEvent='true'><startEvent id='As' isInterrupting='false'>" ESCALATES
        "</startEvent>"
        FLOW("As", "a") SAY("a") FLOW("a", "At") "<endEvent id='At'>" ESCALATES "</endEvent></subProcess>")
        "<boundaryEvent id='b' attachedToRef='P' cancelActivity='false'>" ESCALATES "</boundaryEvent>" FLOW("b", "q")
        SAY("q") FLOW("q", "e2") END("e2")
        FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED && v.text.n == 3 && str_starts(v.text, S("a")));
}

TEST("a transaction that is cancelled inside a called process ends there; its caller goes on")
{
    struct bpmn_run *run = play(op, HEAD "<process id='called' isExecutable='true'><startEvent id='cs'/>" FLOW("cs",
        "T")
        "<transaction id='T'><startEvent id='Ts'/>" FLOW("Ts", "a") "<task id='a'/>" FLOW("a", "Tc")
        "<endEvent id='Tc'><cancelEventDefinition/></endEvent></transaction>"
        "<boundaryEvent id='b' attachedToRef='T'><cancelEventDefinition/></boundaryEvent>" FLOW("b", "ce") END("ce")
        FLOW("T", "ce2") END("ce2") "</process>"
        "<process id='p' isExecutable='true'>" S0 FLOW("s", "K") "<callActivity id='K' calledElement='called'/>"
        FLOW("K", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>");
    check_trace(run, "z", BPMN_COMPLETED);
}

TEST("an interrupting boundary ends a call and everything in it")
{
    struct bpmn_run *run = play(op, HEAD "<process id='called' isExecutable='true'><startEvent id='cs'/>" FLOW("cs",
        "w")
        WAIT("w", "m2") FLOW("w", "ce") END("ce") "</process><process id='p' isExecutable='true'>" S0 FLOW("s", "K")
        "<callActivity id='K' calledElement='called'><multiInstanceLoopCharacteristics><loopCardinality "
        "xsi:type='tFormalExpression'>3</loopCardinality></multiInstanceLoopCharacteristics></callActivity>"
        "<boundaryEvent id='b' attachedToRef='K'>" MESSAGE("m") "</boundaryEvent>" FLOW("b", "q") SAY("q") FLOW("q",
        "e2") END("e2") FLOW("K", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>");
    tell(run, "m2");
    tell(run, "m");
    check_trace(run, "q", BPMN_COMPLETED);
}

TEST("compensation in an event sub-process of the process compensates what the process has done")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "a") SAY("a") UNDO("a", "A") FLOW("a", "b") SAY("b") UNDO("b",
        "B") FLOW("b", "t")
        "<endEvent id='t'>" ERROR_X "</endEvent>"
        "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns'>" ERROR_X "</startEvent>" FLOW("Ns", "c")
        "<intermediateThrowEvent id='c'><compensateEventDefinition/></intermediateThrowEvent>" FLOW("c", "n") SAY("n")
        FLOW("n", "Ne") END("Ne") "</subProcess>"));
    check_trace(run, "abBAn", BPMN_COMPLETED);
}

TEST("compensating one activity by name leaves the others")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "a") SAY("a") UNDO("a", "A") FLOW("a", "b") SAY("b") UNDO("b",
        "B") FLOW("b", "t")
        "<intermediateThrowEvent id='t'><compensateEventDefinition activityRef='a'/></intermediateThrowEvent>"
        FLOW("t", "z") SAY("z") FLOW("z", "e") E0));
    check_trace(run, "abAz", BPMN_COMPLETED);
}

TEST("a sequential ad hoc sub-process does one thing after another and stops when it is enough")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "H") "<adHocSubProcess id='H' ordering='Sequential'>" SAY("a")
        SAY("b") SAY("c")
        "<completionCondition xsi:type='tFormalExpression'>string length(trace) >= 2</completionCondition>"
        "</adHocSubProcess>" FLOW("H", "z") SAY("z") FLOW("z", "e") E0));
    feel_value v = bpmn_value(run, 0, S("trace"));
    check(run->state.end == BPMN_COMPLETED && v.text.n == 3 && str_ends(v.text, S("z")));
}

TEST("a timer inside a repeated sub-process ends its repetition alone")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "P")
        "<subProcess id='P'><multiInstanceLoopCharacteristics><loopCardinality "
        "xsi:type='tFormalExpression'>2</loopCardinality></multiInstanceLoopCharacteristics>"
        "<startEvent id='Ps'/>" FLOW("Ps", "r") "<receiveTask id='r' messageRef='m'/>"
        "<boundaryEvent id='b' attachedToRef='r'><timerEventDefinition><timeDuration "
        "xsi:type='tFormalExpression'>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
        FLOW("b", "q") SAY("q") FLOW("q", "Pe2") END("Pe2") FLOW("r", "a") SAY("a") FLOW("a", "Pe") END("Pe")
        "</subProcess>" FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    tell(run, "m");
    check_trace(run, "a", BPMN_RUNNING);
    op->now += 3600000;
    bpmn_tick(run);
    check_trace(run, "aqz", BPMN_COMPLETED);
}

TEST("an inclusive gateway in a sub-process is not held up by tokens outside of it")
{
    struct bpmn_run *run = play(op, PROCESS(S0 FLOW("s", "f") "<parallelGateway id='f'/>" FLOW("f", "r") FLOW("f", "P")
        "<receiveTask id='r' messageRef='m'/>" FLOW("r", "e")
        SUB("P", FLOW("Ps", "o") "<inclusiveGateway id='o'/>" IF("o", "a", "true") IF("o", "b", "false") SAY("a")
        SAY("b") FLOW("a", "j") FLOW("b", "j") "<inclusiveGateway id='j'/>" FLOW("j", "Pe"))
        FLOW("P", "z") SAY("z") FLOW("z", "e") E0));
    check_trace(run, "az", BPMN_RUNNING);
    tell(run, "m");
    check_trace(run, "az", BPMN_COMPLETED);
}

TEST("an activity that completes without what its output set must hold is an incident that names it; with another set, or what "
     "is optional, it goes on; when the data has come it is tried again and handed on")
{
    static const char *text = HEAD
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/><dataObject id='o' name='o'/>" S0 FLOW("s", "a")
        "<scriptTask id='a' zw:result='%s'><ioSpecification><dataOutput id='one' name='one'/><dataOutput id='two' name='two'/>"
        "<inputSet/><outputSet><dataOutputRefs>one</dataOutputRefs></outputSet>"
        "<outputSet><dataOutputRefs>two</dataOutputRefs></outputSet></ioSpecification>"
        "<dataOutputAssociation><sourceRef>one</sourceRef><targetRef>trace</targetRef></dataOutputAssociation>"
        "<dataOutputAssociation><sourceRef>two</sourceRef><targetRef>trace</targetRef></dataOutputAssociation>"
        "<script>\"x\"</script></scriptTask>" FLOW("a", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>";
    static const char *optional = HEAD
        "<process id='p' isExecutable='true'><property id='trace' name='trace'/>" S0 FLOW("s", "a")
        "<scriptTask id='a'><ioSpecification><dataOutput id='one' name='one'/><inputSet/><outputSet>"
        "<dataOutputRefs>one</dataOutputRefs><optionalOutputRefs>one</optionalOutputRefs></outputSet></ioSpecification>"
        "<dataOutputAssociation><sourceRef>one</sourceRef><targetRef>trace</targetRef></dataOutputAssociation>"
        "<script>{}</script></scriptTask>" FLOW("a", "z") SAY("z") FLOW("z", "e") E0 "</process></definitions>";
    check_trace(play(op, with(op, text, "one")), "xz", BPMN_COMPLETED);
    check_trace(play(op, with(op, text, "two")), "xz", BPMN_COMPLETED);
    check_trace(play(op, optional), "z", BPMN_COMPLETED);
    struct bpmn_run *run = play(op, with(op, text, "other"));
    check(run->state.end == BPMN_RUNNING && run->last_command->kind == BPMN_INCIDENT);
    check(str_find(run->last_command->name, S("应当交出的数据还没有：one"), &(size_t){0}));
    int32_t tok = run->last_command->number;
    bpmn_run_next(run);
    check(bpmn_retry(run, tok) && run->last_command->kind == BPMN_INCIDENT);
    struct feel_entry one = {S("one"), feel_of_text(S("y"))};
    bpmn_run_next(run);
    bpmn_change(run, &one, 1);
    check(bpmn_retry(run, tok));
    check(!bpmn_check_state(run->model, &run->state));
    check_trace(run, "yz", BPMN_COMPLETED);
}

/* ---- what it waits for ------------------------------------------------------------------------------------- */

static const struct bpmn_waiting *waits_at(struct bpmn_run *run, const char *node)
{
    const struct bpmn_waiting *all;
    size_t count;
    bpmn_waitings(run, &all, &count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(bpmn_node_id(run->model, all[i].node), str_z(node)))
            return &all[i];
    test_failed("event_test.c", 0, "nothing waits at %s", node);
    return NULL;
}

TEST("what a case waits for is told of every kind of wait, by name and since when, also after it was kept and read")
{
    static const struct {
        const char *node;
        enum bpmn_waiting_kind kind;
        const char *what;
        bool later;
    } all[] = {
        {"h", BPMN_WAITS_PERSON, "", false},        {"r", BPMN_WAITS_MESSAGE, "m", true},
        {"g2", BPMN_WAITS_SIGNAL, "g", false},       {"c", BPMN_WAITS_CONDITION, "n > 5", false},
        {"t", BPMN_WAITS_CLOCK, "", false},          {"d", BPMN_WAITS_DATA, "附件", false},
        {"k", BPMN_WAITS_BELOW, "elsewhere", false}, {"v", BPMN_WAITS_OUTSIDE, "", false},
        {"x", BPMN_WAITS_MENDING, "", false},        {"gm", BPMN_WAITS_MESSAGE, "m3", false},
        {"gt", BPMN_WAITS_CLOCK, "", false},         {"j", BPMN_WAITS_OTHERS, "审核", false},
    };
    static const char *model =
        HEAD "<message id='m3' name='m3'/><process id='p' isExecutable='true'>" S0 AND("f") FLOW("s", "f")
        FLOW("f", "h") "<userTask id='h' zw:assignee='甲'/>" FLOW("f", "w") "<receiveTask id='w' messageRef='m2'/>" FLOW("w", "r")
        "<receiveTask id='r' messageRef='m'/>" FLOW("f", "g2") "<intermediateCatchEvent id='g2'><signalEventDefinition signalRef='g'/>"
        "</intermediateCatchEvent>" FLOW("f", "c") "<intermediateCatchEvent id='c'><conditionalEventDefinition><condition " FORMAL
        ">n &gt; 5</condition></conditionalEventDefinition></intermediateCatchEvent>" FLOW("f", "t")
        "<intermediateCatchEvent id='t'><timerEventDefinition><timeDuration " FORMAL ">PT2H</timeDuration></timerEventDefinition>"
        "</intermediateCatchEvent>" FLOW("f", "d") "<dataObject id='o'/><dataObjectReference id='or' name='附件' dataObjectRef='o'/>"
        "<scriptTask id='d'><ioSpecification><dataInput id='di'/><inputSet><dataInputRefs>di</dataInputRefs></inputSet><outputSet/>"
        "</ioSpecification><dataInputAssociation><sourceRef>or</sourceRef><targetRef>di</targetRef></dataInputAssociation>"
        "<script>{}</script></scriptTask>" FLOW("f", "k") "<callActivity id='k' calledElement='elsewhere'/>" FLOW("f", "v")
        "<serviceTask id='v'/>" FLOW("f", "x") "<exclusiveGateway id='x'/>" IF("x", "e", "false") IF("x", "e2", "false") END("e2")
        FLOW("f", "gate") "<eventBasedGateway id='gate'/>" FLOW("gate", "gm") FLOW("gate", "gt")
        "<intermediateCatchEvent id='gm'><messageEventDefinition messageRef='m3'/></intermediateCatchEvent>"
        "<intermediateCatchEvent id='gt'><timerEventDefinition><timeDuration " FORMAL ">PT9H</timeDuration></timerEventDefinition>"
        "</intermediateCatchEvent>" FLOW("f", "j") AND("j") FLOW("f", "y") "<userTask id='y' name='审核' zw:assignee='甲'/>"
        FLOW("y", "j") FLOW("j", "e") FLOW("h", "e") FLOW("r", "e") FLOW("g2", "e") FLOW("c", "e") FLOW("t", "e") FLOW("d", "e") FLOW("k", "e")
        FLOW("v", "e") FLOW("gm", "e") FLOW("gt", "e") E0 "</process></definitions>";
    struct bpmn_run *run = play(op, model), again;
    time_ms begun = op->now;
    op->now += 60000;
    bpmn_run_next(run);
    check(bpmn_message(run, S("m2"), NULL, 0));
    bpmn_run_init(&again, op, run->model);
    check(bpmn_state_read(&again, bpmn_state_write(op, run)));
    for (size_t i = 0; i < COUNT(all); i++) {
        const struct bpmn_waiting *w = waits_at(&again, all[i].node);
        if (!w)
            continue;
        if (w->kind != all[i].kind || !str_eq(w->what, str_z(all[i].what)))
            test_failed("event_test.c", 0, "%s waits for %d %.*s", all[i].node, w->kind, PS(w->what));
        check_int(w->since, all[i].later ? begun + 60000 : begun);
        check_int(w->due, str_eq(str_z(all[i].node), S("t"))    ? begun + 2 * 3600000
                          : str_eq(str_z(all[i].node), S("gt")) ? begun + 9 * 3600000
                                                                : 0);
    }
    const struct bpmn_waiting *list;
    size_t count;
    bpmn_waitings(&again, &list, &count);
    check_int(count, COUNT(all) + 1); /* and 审核 itself */
}
