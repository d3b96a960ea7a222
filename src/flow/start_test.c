/* Procedures that begin by themselves: by the clock, by a signal, by a message. */
#include "flow/test_office.h"

#define FORMAL "xsi:type='tFormalExpression'"
#define STARTING(attributes)                                                                                           \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'"                           \
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><signal id='g' name='停电'/><message id='m' name='求援'/><message id='n' name='断路'/>"     \
    "<process id='p' isExecutable='true' " attributes ">"
#define BY_CLOCK(fields, timer)                                                                                        \
    STARTING("name='月度排班' zw:ledger='收文'")                                                                           \
    "<startEvent id='s' zw:fields='" fields "'><timerEventDefinition>" timer "</timerEventDefinition></startEvent>"    \
    BPMN_FLOW("s", "A") BPMN_TASK("A", "排班", "zw:who='角色:文书'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL
#define CYCLE(text) "<timeCycle " FORMAL ">" text "</timeCycle>"
#define MONTHLY CYCLE("R/2021-12-08T08:00:00+08:00/P1M")
#define TITLE "标题=&quot;排班 &quot; + string(today())"
#define TWO_FIELDS "标题=substring(&quot;先办、后报，下月&quot;, 1, 5)、结果=&quot;甲、乙&quot;"

static void roster_open(struct op *op, struct test_office *o, const char *text)
{
    office_open(op, o);
    office_procedure(o, "roster", text);
    office_begin(o);
    check(office_load(o));
    office_commit(o);
}

static int rosters(struct test_office *o, str *ret_titles)
{
    struct flow_page page;
    struct buf b;
    buf_init(&b, o->op, 0);
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(flow_list(o->tx, o->flow, &o->who[CLERK], &(struct flow_query){.box = FLOW_TODO, .limit = FLOW_LIST_MAX}, &page));
    for (size_t i = 0; i < page.count; i++)
        buf_text(&b, "%s%.*s", i ? "、" : "", PS(page.items[i].title));
    store_abandon(o->tx);
    *ret_titles = buf_str(&b);
    return (int)page.count;
}

TEST("a procedure begins by its cycle, each time once, with a record that the model describes, and tells when it is next")
{
    struct test_office o;
    str titles;
    time_ms next;
    bool found;
    roster_open(op, &o, BY_CLOCK(TITLE, MONTHLY));
    check_int(office_tick(&o), 0);
    check_int(rosters(&o, &titles), 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_next(o.tx, o.flow, &next, &found) && found && next == office_at("2021-12-08T08:00:00+08:00"));
    store_abandon(o.tx);
    op->now = office_at("2021-12-08T08:00:01+08:00");
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check_int(rosters(&o, &titles), 1);
    check_str(titles, S("排班 2021-12-08"));
    op->now = office_at("2022-01-08T07:59:59+08:00");
    check_int(office_tick(&o), 0);
    op->now = office_at("2022-01-08T08:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(rosters(&o, &titles), 2);
    check(office_equal(&o));
    test_faults(op);
}

TEST("commas and stops inside quotes and brackets of an expression part no fields")
{
    struct test_office o;
    str titles;
    roster_open(op, &o, BY_CLOCK(TWO_FIELDS, MONTHLY));
    op->now = office_at("2021-12-08T08:00:01+08:00");
    check_int(office_tick(&o), 1);
    check_int(rosters(&o, &titles), 1);
    check_str(titles, S("先办、后报"));
    test_faults(op);
}

TEST("of what should have begun while the program was off only the last begins; a clock that goes back begins nothing again")
{
    struct test_office o;
    str titles;
    roster_open(op, &o, BY_CLOCK(TITLE, CYCLE("R/2021-12-07T08:00:00+08:00/P1D")));
    op->now = office_at("2021-12-14T10:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(rosters(&o, &titles), 1);
    op->now = office_at("2021-12-10T10:00:00+08:00");
    check_int(office_tick(&o), 0);
    op->now = office_at("2021-12-15T08:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(rosters(&o, &titles), 2);
    office_begin(&o);
    check(office_load(&o)); /* as after a restart */
    office_commit(&o);
    check_int(office_tick(&o), 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a date begins it once, a cycle with a number so often, and a changed model counts from when it came")
{
    struct test_office o;
    str titles;
    roster_open(op, &o, BY_CLOCK(TITLE, "<timeDate " FORMAL ">2021-12-20T09:00:00+08:00</timeDate>"));
    op->now = office_at("2022-03-01T09:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    office_procedure(&o, "roster", BY_CLOCK("标题=&quot;又 &quot; + string(now())", CYCLE("R2/PT1H")));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    check_int(office_tick(&o), 0);
    for (int hour = 1; hour < 5; hour++) {
        op->now += 3600000;
        check_int(office_tick(&o), hour <= 2);
    }
    check_int(rosters(&o, &titles), 3);
    check(office_equal(&o));
    test_faults(op);
}

static size_t missed(struct test_office *o, int person, struct flow_miss **ret)
{
    size_t count;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(flow_missed(o->tx, o->flow, &o->who[person], ret, &count));
    store_abandon(o->tx);
    return count;
}

TEST("what cannot begin by its clock is an incident with an owner and a reason, is tried again later and later, and by hand at once")
{
    struct test_office o;
    struct flow_miss *m;
    str titles;
    time_ms next;
    bool found;
    office_open(op, &o);
    office_procedure(&o, "roster",
                     STARTING("name='月度排班' zw:ledger='收文' zw:chief='角色:领导'")
                     "<startEvent id='s' zw:fields='标题=\"排班\"、结果=\"" "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"
                     "一二三四五六七八九十一二三四五六七八九十过长" "\"'>"
                     "<timerEventDefinition>" MONTHLY "</timerEventDefinition></startEvent>" BPMN_FLOW("s", "A")
                     BPMN_TASK("A", "排班", "zw:who='角色:文书'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    op->now = office_at("2021-12-08T08:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0); /* not at every look */
    check_int(rosters(&o, &titles), 0);
    check_int((int)missed(&o, CHIEF, &m), 1);
    check_str(m->owner, S("书记、镇长"));
    check(m->tries == 1 && m->planned == op->now && m->again == op->now + 600000);
    check(str_starts(m->why, S("到时没有发起成：")));
    check_int((int)missed(&o, SECOND, &m), 1);
    check_int((int)missed(&o, OTHER, &m), 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_next(o.tx, o.flow, &next, &found) && found && next == op->now + 600000);
    store_abandon(o.tx);
    op->now += 600000;
    check_int(office_tick(&o), 1);
    check_int((int)missed(&o, CHIEF, &m), 1);
    check(m->tries == 2 && m->again == op->now + 1200000);
    check(office_equal(&o));
    office_begin(&o);
    check(!flow_missed_retry(o.t.tx, o.flow, &o.who[OTHER], S("roster"), S("s")) && test_says(op, "您不能重试"));
    store_abandon(o.t.tx);
    op_forgive(op, 0);
    office_begin(&o);
    check(!flow_missed_retry(o.t.tx, o.flow, &o.who[CHIEF], S("roster"), S("s")) && op->fault_count > 0);
    store_abandon(o.t.tx);
    op_forgive(op, 0);
    op->now = office_at("2022-01-08T08:00:00+08:00"); /* the next month's takes its place */
    check_int(office_tick(&o), 1);
    check_int((int)missed(&o, CHIEF, &m), 1);
    check(m->tries == 1 && m->planned == op->now);
    check(office_equal(&o));
    test_faults(op);
}

TEST("what could not begin begins as soon as what stood in its way is gone, and the incident ends")
{
    struct test_office o;
    struct flow_miss *m;
    str titles;
    roster_open(op, &o, BY_CLOCK("标题=&quot;排班&quot;", MONTHLY));
    id taken = office_paper(&o, "排班", "");
    op->now = office_at("2021-12-08T08:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(rosters(&o, &titles), 0);
    check_int((int)missed(&o, CHIEF, &m), 1);
    office_begin(&o);
    test_change(&o.t, o.papers, taken, S("{'标题':'旧的排班'}"));
    office_commit(&o);
    office_begin(&o);
    check(office_end(&o, flow_missed_retry(o.t.tx, o.flow, &o.who[CHIEF], S("roster"), S("s"))));
    check_int(rosters(&o, &titles), 1);
    check_int((int)missed(&o, CHIEF, &m), 0);
    office_begin(&o);
    check(!flow_missed_retry(o.t.tx, o.flow, &o.who[CHIEF], S("roster"), S("s")) && test_says(op, "已经发起"));
    store_abandon(o.t.tx);
    op_forgive(op, 0);
    op->now += 600000;
    check_int(office_tick(&o), 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("after a week switched off, a hundred clocks that rang every hour begin once each, and those that cannot hold up nobody")
{
    struct test_office o;
    struct flow_miss *m;
    str titles;
    enum { CLOCKS = 100 };
    office_open(op, &o);
    for (int i = 0; i < CLOCKS; i++)
        office_procedure(&o, op_z(op, op_text(op, "hourly%d", i)),
                         op_z(op, op_text(op, BY_CLOCK("标题=&quot;%s第%d个&quot;", CYCLE("R/2021-12-07T08:00:00+08:00/PT1H")),
                                          i % 10 ? "" : "占用", i)));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    for (int i = 0; i < CLOCKS; i += 10)
        office_paper(&o, op_z(op, op_text(op, "占用第%d个", i)), "");
    op->now = office_at("2021-12-14T10:30:00+08:00");
    int looks = 0, done;
    while ((done = office_tick(&o)) > 0 && looks < 20)
        looks++;
    check(looks <= 2);
    check_int(rosters(&o, &titles), CLOCKS - CLOCKS / 10);
    check_int((int)missed(&o, CHIEF, &m), CLOCKS / 10);
    check(office_equal(&o));
    test_faults(op);
}

TEST("whichever call of the storage fails, what begins by the clock begins once for each moment, with its record or not at all")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct test_office o;
    str titles;
    int n, begun = 0;
    bool untouched = false;
    failing_init(engine, &store_sqlite);
    office_open_with(op, &o, &engine->engine);
    office_procedure(&o, "roster", BY_CLOCK(TITLE, CYCLE("R/2021-12-07T08:00:00+08:00/P1D")));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    for (n = 1; !untouched && n < 400; n++) {
        op->now += 86400000;
        untouched = office_tick_failing(&o, engine, n);
        begun++;
        if (n < 60)
            check_int(rosters(&o, &titles), begun);
    }
    check(untouched && n > 20);
    check(office_equal(&o));
    test_faults(op);
}

/* The models laid down are loaded and the one called tells begins by hand, on a paper of this title: its case. */
static id tells_begin(struct test_office *o, const char *title)
{
    struct flow_done done;
    office_begin(o);
    check(office_load(o));
    office_commit(o);
    id record = office_paper(o, title, "");
    office_begin(o);
    must(office_end(o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("tells"), 0), record,
                                  (id){0}, &done)));
    return done.case_id;
}

TEST("a signal begins every procedure that waits for it, a message that nobody waited for one, with what they carry")
{
    struct test_office o;
    str titles;
    office_open(op, &o);
    office_procedure(&o, "tells", STARTING("name='报告' zw:ledger='收文' zw:start='角色:文书'")
        "<startEvent id='s'/>" BPMN_FLOW("s", "A") BPMN_TASK("A", "报告", "zw:who='角色:文书'") BPMN_FLOW("A", "t")
        "<intermediateThrowEvent id='t'><dataInput id='i1'/><dataInput id='i2'/>"
        "<dataInputAssociation><targetRef>i1</targetRef><assignment><from " FORMAL ">标题</from><to " FORMAL ">i1</to>"
        "</assignment></dataInputAssociation><dataInputAssociation><targetRef>i2</targetRef><assignment>"
        "<from " FORMAL ">&quot;救援&quot;</from><to " FORMAL ">i2</to></assignment></dataInputAssociation>"
        "<inputSet><dataInputRefs>i1</dataInputRefs><dataInputRefs>i2</dataInputRefs></inputSet>"
        "<signalEventDefinition signalRef='g'/><messageEventDefinition messageRef='m'/></intermediateThrowEvent>"
        BPMN_FLOW("t", "e") "<endEvent id='e'/>" BPMN_TAIL);
    static const char *const hears[][3] = {{"lights", "<signalEventDefinition signalRef='g'/>", "断电 "},
                                           {"repair", "<signalEventDefinition signalRef='g'/>", "抢修 "},
                                           {"rescue", "<messageEventDefinition messageRef='m'/>", "出动 "}};
    for (size_t i = 0; i < COUNT(hears); i++)
        office_procedure(&o, hears[i][0], op_z(op, op_text(op, STARTING("name='%s' zw:ledger='收文'")
            "<startEvent id='s' zw:fields='标题=&quot;%s&quot; + 来的'><dataOutput id='o' name='来的'/>"
            "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>%s</startEvent>" BPMN_FLOW("s", "A")
            BPMN_TASK("A", "处置", "zw:who='角色:文书'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
            hears[i][0], hears[i][2], hears[i][1])));
    check(office_do(&o, CLERK, DO_AGREE, tells_begin(&o, "东街停电"), "报告", "", NULL));
    check_int(rosters(&o, &titles), 3);
    check_str(titles, S("断电 东街停电、抢修 东街停电、出动 救援"));
    check(office_equal(&o));
    test_faults(op);
}

#define BY_CONDITION(name, condition, end)                                                                              \
    STARTING("name='" name "' zw:ledger='收文'")                                                                        \
    "<startEvent id='s'><conditionalEventDefinition><condition " FORMAL ">" condition "</condition>"                   \
    "</conditionalEventDefinition></startEvent>" BPMN_FLOW("s", "A") BPMN_TASK("A", "督办", "zw:who='角色:文书'")       \
    BPMN_FLOW("A", "e") end BPMN_TAIL

/* As the doors do it: changed by somebody in its ledger, added where there is no record yet. */
static id told(struct test_office *o, id paper, const char *values)
{
    office_begin(o);
    struct record *r = id_none(paper) ? test_record(&o->t, o->papers, str_z(values))
                                      : test_change(&o->t, o->papers, paper, str_z(values));
    if (!flow_record_changed(o->t.tx, o->flow, &o->who[CLERK], o->papers, r))
        test_faults(o->op);
    office_commit(o);
    return r->id;
}

TEST("a condition begins a case on the record whose change has made it true, one at a time, and again only after it was false")
{
    struct test_office o;
    str titles;
    roster_open(op, &o, BY_CONDITION("督办", "紧急 = true", "<endEvent id='e'/>"));
    id calm = told(&o, (id){0}, "{'标题':'平件'}"), urgent = told(&o, (id){0}, "{'标题':'急件','紧急':true}");
    check_int(rosters(&o, &titles), 1);
    check_str(titles, S("急件"));
    told(&o, calm, "{'紧急':true}");
    check_int(rosters(&o, &titles), 2);
    told(&o, calm, "{'结果':'仍急'}");
    told(&o, urgent, "{'紧急':false}");
    told(&o, urgent, "{'紧急':true}"); /* the first still runs */
    check_int(rosters(&o, &titles), 2);
    struct flow_page page;
    must(store_begin(o.t.store, o.op, TX_READ, &o.tx));
    must(flow_of_record(o.tx, o.flow, &o.who[CLERK], o.papers, urgent, &page));
    store_abandon(o.tx);
    check_int((int)page.count, 1);
    check(office_do(&o, CLERK, DO_AGREE, page.items[0].case_id, "督办", "", NULL));
    check_int(rosters(&o, &titles), 1);
    told(&o, urgent, "{'结果':'已说过'}");
    check_int(rosters(&o, &titles), 1);
    told(&o, urgent, "{'紧急':false}");
    told(&o, urgent, "{'紧急':true}");
    check_int(rosters(&o, &titles), 2);
    check(office_equal(&o));
    test_faults(op);
}

TEST("what a procedure itself makes of a record begins another by its condition, in the same transaction")
{
    struct test_office o;
    str titles;
    office_open(op, &o);
    office_procedure(&o, "reads", BPMN_HEAD("name='阅' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
        BPMN_TASK("A", "阅", "zw:who='角色:文书' zw:form='结果'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_procedure(&o, "roster", BY_CONDITION("督办", "结果 = \"要办\"", "<endEvent id='e'/>"));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "通知", "");
    struct flow_done done;
    office_begin(&o);
    must(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("reads"), 0), paper, (id){0}, &done)));
    check(office_do(&o, CLERK, DO_AGREE, done.case_id, "阅", "", "{'结果':'要办'}"));
    check_int(rosters(&o, &titles), 1);
    check(office_seat(&o, CLERK, (id){0}, "督办") < 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a case that leads to no state of its record holds nobody's hand; one of whose steps is a state does")
{
    static const struct { const char *model; bool free; } ways[] = {
        {BY_CONDITION("上报", "紧急 = true", "<endEvent id='e' name='报出'/>"), true},
        {BY_CONDITION("上报", "紧急 = true", "<endEvent id='e' name='办结'/>"), false}};
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct test_office o;
        str titles;
        roster_open(op, &o, ways[i].model);
        id paper = told(&o, (id){0}, "{'标题':'急件','紧急':true}");
        check_int(rosters(&o, &titles), 1);
        must(store_begin(o.t.store, op, TX_READ, &o.tx));
        check(flow_record_free(o.tx, o.flow, o.papers, paper) == ways[i].free);
        op_forgive(op, 0);
        str why;
        check(flow_record_held(o.tx, o.flow, o.papers, paper, &why) && (why.n == 0) == ways[i].free);
        store_abandon(o.tx);
    }
}

TEST("what somebody fills in does not take away the task at which they fill it in: conditions are looked at when it is done")
{
    struct test_office o;
    office_open(op, &o);
    office_procedure(&o, "calls", BPMN_HEAD("name='叫应' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
        BPMN_TASK("A", "应答", "zw:who='角色:文书' zw:form='结果!'") BPMN_FLOW("A", "e") "<endEvent id='e'/>"
        "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'><conditionalEventDefinition><condition " FORMAL
        ">结果 != null</condition></conditionalEventDefinition></startEvent>" BPMN_FLOW("hs", "he")
        "<endEvent id='he'/></subProcess>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    static const char *const ways[] = {"填在环节里", "登在台账里"};
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct flow_done done;
        struct flow_view v;
        id paper = office_paper(&o, ways[i], "");
        office_begin(&o);
        must(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("calls"), 0), paper,
                                       (id){0}, &done)));
        if (i == 0)
            check(office_do(&o, CLERK, DO_AGREE, done.case_id, "应答", "", "{'结果':'收到'}"));
        else
            told(&o, paper, "{'结果':'收到'}");
        check(office_view(&o, CLERK, done.case_id, &v));
        check(v.end == BPMN_COMPLETED && v.visits[0].state == (i == 0 ? WORK_DONE : WORK_WITHDRAWN));
    }
    check(office_equal(&o));
    test_faults(op);
}

TEST("whichever call of the storage fails, a change and the case that it begins are both there or neither")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct test_office o;
    str titles;
    bool done = false;
    int n;
    failing_init(engine, &store_sqlite);
    office_open_with(op, &o, &engine->engine);
    office_procedure(&o, "roster", BY_CONDITION("督办", "紧急 = true", "<endEvent id='e'/>"));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "通知", "");
    for (n = 1; !done && n < 3000; n++) {
        struct warning *warnings;
        struct record *r;
        struct tx *tx;
        struct op one;
        op_init(&one, op->now, (uint64_t)n);
        engine->fail_at = engine->calls + n;
        engine->fails_left = 1;
        done = store_begin(o.t.store, &one, TX_WRITE, &tx) &&
               record_change(tx, o.t.town, &o.t.system, o.papers, paper, 0, test_values(&one, "{'紧急':true}"), S(""), &warnings, &r) &&
               flow_record_changed(tx, o.flow, &o.who[CLERK], o.papers, r) && store_commit(tx);
        engine->fail_at = 0;
        check(done || one.fault_count > 0);
        op_done(&one);
        check_int(rosters(&o, &titles), done);
    }
    check(done && n > 30);
    check(office_equal(&o));
    test_faults(op);
}

#define FROM_GATE(id) BPMN_FLOW("w", id)

TEST("an event gateway begins a case with the first that comes; a parallel one waits in that case for the others, and nothing else begins")
{
    static const char *const kinds[] = {"", "eventGatewayType='Parallel' "}, *const came[] = {"断电、停电", "断电、断电"};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct test_office o;
        str titles;
        office_open(op, &o);
        office_procedure(&o, "tells", STARTING("name='报告' zw:ledger='收文' zw:start='角色:文书'")
            "<startEvent id='s'/>" BPMN_FLOW("s", "t")
            "<intermediateThrowEvent id='t'><messageEventDefinition messageRef='n'/></intermediateThrowEvent>" BPMN_FLOW("t", "e")
            "<endEvent id='e'><messageEventDefinition messageRef='m'/></endEvent>" BPMN_TAIL);
        office_procedure(&o, "meets", op_z(op, op_text(op, STARTING("name='会商' zw:ledger='收文'")
            "<eventBasedGateway id='w' %sinstantiate='true'/>" FROM_GATE("a") FROM_GATE("b")
            "<intermediateCatchEvent id='a' zw:fields='标题=&quot;停电&quot;'><messageEventDefinition messageRef='m'/>"
            "</intermediateCatchEvent>"
            "<intermediateCatchEvent id='b' zw:fields='标题=&quot;断电&quot;'><messageEventDefinition messageRef='n'/>"
            "</intermediateCatchEvent>"
            BPMN_FLOW("a", "A") BPMN_FLOW("b", "B") BPMN_TASK("A", "救人", "zw:who='角色:文书'")
            BPMN_TASK("B", "抢修", "zw:who='角色:文书'") BPMN_FLOW("A", "e") BPMN_FLOW("B", "e") "<endEvent id='e'/>" BPMN_TAIL,
            kinds[i])));
        (void)tells_begin(&o, "东街");
        check_int(rosters(&o, &titles), 2);
        check_str(titles, str_z(came[i]));
        check(office_equal(&o));
        test_faults(op);
    }
}

TEST("a start that needs several events begins its case with the first; the case waits there for the others, and only then is there a task")
{
    static const char *const ends[] = {"signalEventDefinition signalRef='g'", "messageEventDefinition messageRef='m'"};
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct test_office o;
        str titles;
        office_open(op, &o);
        office_procedure(&o, "tells", op_z(op, op_text(op, STARTING("name='报告' zw:ledger='收文' zw:start='角色:文书'")
            "<startEvent id='s'/>" BPMN_FLOW("s", "t")
            "<intermediateThrowEvent id='t'><messageEventDefinition messageRef='n'/></intermediateThrowEvent>" BPMN_FLOW("t", "e")
            "<endEvent id='e'><%s/></endEvent>" BPMN_TAIL, ends[i])));
        office_procedure(&o, "meets", STARTING("name='会商' zw:ledger='收文'")
            "<startEvent id='s' parallelMultiple='true' zw:fields='标题=&quot;断路又停电&quot;'>"
            "<signalEventDefinition signalRef='g'/><messageEventDefinition messageRef='n'/></startEvent>"
            BPMN_FLOW("s", "A") BPMN_TASK("A", "抢修", "zw:who='角色:文书'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
        (void)tells_begin(&o, "东街");
        check_int(rosters(&o, &titles), i == 0 ? 1 : 0);
        check_str(titles, i == 0 ? S("断路又停电") : S(""));
        int64_t waiting;
        bool found;
        office_begin(&o);
        check(store_int(o.t.tx, "select count(*) from flow_case where procedure = 'meets' and ended = $1", ARGS(INT(0)), &waiting,
                        &found));
        check_int(waiting, 1);
        store_abandon(o.t.tx);
        check(office_equal(&o));
        test_faults(op);
    }
}

/* A start that needs the clock and a message; and who sends one. */
#define TELLS_N                                                                                                        \
    STARTING("name='报告' zw:ledger='收文' zw:start='角色:文书'")                                                          \
    "<startEvent id='s'/>" BPMN_FLOW("s", "t")                                                                        \
    "<intermediateThrowEvent id='t'><messageEventDefinition messageRef='n'/></intermediateThrowEvent>"                 \
    BPMN_FLOW("t", "e") "<endEvent id='e'/>" BPMN_TAIL
#define WITH_N(fields, other)                                                                                          \
    STARTING("name='会商' zw:ledger='收文'")                                                                             \
    "<startEvent id='s' parallelMultiple='true'" fields "><messageEventDefinition messageRef='n'/>" other              \
    "</startEvent>" BPMN_FLOW("s", "A") BPMN_TASK("A", "抢修", "zw:who='角色:文书'") BPMN_FLOW("A", "e")                 \
    "<endEvent id='e'/>" BPMN_TAIL

TEST("a start that needs the clock and a message begins with whichever comes first, and a ring that a waiting case takes "
     "begins nothing else")
{
    time_ms now = op->now;
    for (int clock_first = 0; clock_first < 2; clock_first++) {
        struct test_office o;
        str titles;
        op->now = now;
        roster_open(op, &o, WITH_N(" zw:fields='标题=&quot;会商&quot;'", "<timerEventDefinition>" MONTHLY "</timerEventDefinition>"));
        office_procedure(&o, "tells", TELLS_N);
        if (!clock_first)
            (void)tells_begin(&o, "东街");
        check_int(rosters(&o, &titles), 0);
        op->now = office_at("2021-12-08T08:00:01+08:00");
        check_int(office_tick(&o), 1);
        check_int(rosters(&o, &titles), clock_first ? 0 : 1);
        check_int(office_tick(&o), 0);
        if (clock_first)
            (void)tells_begin(&o, "东街");
        check_int(rosters(&o, &titles), 1);
        check_str(titles, S("会商"));
        check(office_equal(&o));
        test_faults(op);
    }
}

TEST("a start that needs a condition and a message begins on the record that makes it true, or waits with its own record for it")
{
    struct test_office o;
    str titles;
    roster_open(op, &o, WITH_N(" zw:fields='标题=&quot;会商&quot;'", "<conditionalEventDefinition><condition " FORMAL
                               ">紧急 = true</condition></conditionalEventDefinition>"));
    office_procedure(&o, "tells", TELLS_N);
    told(&o, (id){0}, "{'标题':'急件','紧急':true}");
    check_int(rosters(&o, &titles), 0);
    (void)tells_begin(&o, "东街");
    check_int(rosters(&o, &titles), 1);
    check_str(titles, S("急件"));
    (void)tells_begin(&o, "西街");
    check_int(rosters(&o, &titles), 1);
    check(office_equal(&o));
    test_faults(op);
}

TEST("who would begin by hand what begins by itself is told so; a start without the record's required fields is refused")
{
    static const struct {
        const char *text, *says;
    } wrong[] = {{BY_CLOCK("", MONTHLY), "缺必填的“标题”"},
                 {BY_CLOCK("没有=1", MONTHLY), "不是台账“收文”的字段"},
                 {BY_CLOCK("标题=1 +", MONTHLY), "写的不是表达式"},
                 {BY_CLOCK(TITLE, CYCLE("每月一次")), "不是合规的周期"},
                 {STARTING("name='甲' zw:ledger='收文'") "<startEvent id='s' parallelMultiple='true' zw:fields='标题=&quot;甲&quot;'>"
                  "<timerEventDefinition>" CYCLE("R/PT1H") "</timerEventDefinition><timerEventDefinition>" MONTHLY "</timerEventDefinition></startEvent>"
                  BPMN_FLOW("s", "e") "<endEvent id='e'/>" BPMN_TAIL, "其中只能有一个时间"}};
    struct test_office o;
    struct flow_done done;
    roster_open(op, &o, BY_CLOCK(TITLE, MONTHLY));
    id record = office_paper(&o, "手工", "");
    office_begin(&o);
    check(!flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("roster"), 0), record, (id){0}, &done));
    check(test_says(op, "自行发起"));
    store_abandon(o.t.tx);
    op_forgive(op, 0);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct flow *flow;
        office_procedure(&o, "roster", wrong[i].text);
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        if (!test_says(op, wrong[i].says))
            test_failed(__FILE__, __LINE__, "%s", wrong[i].says);
        op_forgive(op, 0);
    }
}
