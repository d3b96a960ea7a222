/* A county's paper, its tasks for village groups, and their answers: cases within cases. */
#include "flow/inner.h"
#include "flow/test_office.h"

enum { GROUPS = 12 };

struct county {
    struct test_office o;
    id groups[GROUPS], paper, c;
};

/* Twelve village groups, all with the same cadre; the paper has gone to `count` of them. */
static void county_open_with(struct county *k, struct op *op, int count, const char *due,
                             const struct store_engine *engine)
{
    struct test_office *o = &k->o;
    struct buf list;
    struct flow_done done;
    office_open_with(op, o, engine);
    buf_init(&list, op, 0);
    office_begin(o);
    for (int i = 0; i < GROUPS; i++) {
        k->groups[i] =
            test_group(&o->t, op_z(op, op_text(op, "1%02d", i)), op_z(op, op_text(op, "第%d组", i + 1)), (id){0});
        office_add(o, o->posts, op_text(op, "{'账号':'%.*s','角色':'村干部','起':'2020-01-01','村组':'%.*s'}",
                                        PS(id_text(op, o->account[VILLAGER])), PS(id_text(op, k->groups[i]))));
        if (i < count)
            buf_text(&list, "%s'%.*s'", i ? "," : "", PS(id_text(op, k->groups[i])));
    }
    office_commit(o);
    k->paper = office_paper(o, "关于秸秆禁烧的通知", op_z(op, op_text(op, ",'下达村组':[%.*s]%s", PS(buf_str(&list)), due)));
    office_begin(o);
    bool begun = office_end(o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("county"), 0),
                                          k->paper, (id){0}, &done));
    if (!begun)
        test_faults(op);
    must(begun);
    k->c = done.case_id;
}

static void county_open(struct county *k, struct op *op, int count)
{
    county_open_with(k, op, count, ",'办理限':'2021-12-20T18:00:00+08:00'", NULL);
}

static size_t path_of(struct county *k, int person, struct flow_kin **ret)
{
    struct test_office *o = &k->o;
    size_t count = 0;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    if (!flow_path(o->tx, o->flow, &o->who[person], k->c, ret, &count))
        test_faults(o->op);
    store_abandon(o->tx);
    return count;
}

static bool group_answers(struct county *k, id c, const char *answer)
{
    char values[200];
    snprintf(values, sizeof values, "{'反馈':'%s'}", answer);
    return office_do(&k->o, VILLAGER, DO_AGREE, c, "办理", "已办", values) &&
           office_do(&k->o, CLERK, DO_AGREE, c, "核验", "属实", NULL);
}

TEST("a paper handed down to twelve village groups is a record and a case for each, with its own deadline; the paper "
     "waits for all of "
     "them and sees their answers as one path")
{
    struct county k;
    struct flow_kin *path;
    county_open(&k, op, GROUPS);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "下达各村组", NULL));
    check_int(path_of(&k, CLERK, &path), 1 + GROUPS);
    check_str(path[0].title, S("关于秸秆禁烧的通知"));
    for (int i = 1; i <= GROUPS; i++) {
        check_int(path[i].up, 0);
        check_str(path[i].node, S("下达"));
        check_str(path[i].place, S("办理"));
        check_str(path[i].people, S("村长"));
        check_str(path[i].group, op_text(op, "第%d组", i));
        check(path[i].due > 0 && path[i].light == FLOW_GREEN && path[i].end == BPMN_RUNNING);
    }
    check(office_equal(&k.o));
    struct flow_page watched;
    must(store_begin(k.o.t.store, op, TX_READ, &k.o.tx));
    check(flow_list(k.o.tx, k.o.flow, &k.o.who[CHIEF], &(struct flow_query){.box = FLOW_SUPERVISE}, &watched));
    store_abandon(k.o.tx);
    for (size_t i = 0; i < watched.count; i++) /* the paper, too, is in the hands of those it waits for */
        check_str(watched.items[i].holders, S("村长"));
    check_int((long long)watched.count, 1 + GROUPS);
    for (int i = 1; i <= GROUPS; i++) {
        check_int(office_seat(&k.o, CLERK, k.c, "汇总"), -1);
        check(group_answers(&k, path[i].case_id, "没有焚烧"));
    }
    check(office_seat(&k.o, CLERK, k.c, "汇总") >= 0);
    path_of(&k, CLERK, &path);
    check_str(path[7].feedback, S("没有焚烧"));
    check_int(path[7].end, BPMN_COMPLETED);
    check_str(path[7].state, S("办结"));
    office_begin(&k.o);
    struct record *r;
    struct warning *w;
    check(record_change(k.o.t.tx, k.o.t.town, &k.o.t.system, k.o.papers, k.paper, 0, test_values(op, "{'结果':'已落实'}"),
                        S("汇总"), &w, &r));
    office_commit(&k.o);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "汇总", "已汇总", NULL));
    check_str(office_place(&k.o, k.c), S("（完）"));
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("an answer that is not accepted goes back to its village group; the others and the paper do not notice")
{
    struct county k;
    struct flow_kin *path;
    county_open(&k, op, 2);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    check(office_do(&k.o, VILLAGER, DO_AGREE, path[1].case_id, "办理", "已办", "{'反馈':'办了'}"));
    check(office_do(&k.o, CLERK, DO_REFUSE, path[1].case_id, "核验", "没有照片", NULL));
    path_of(&k, CLERK, &path);
    check_str(path[1].place, S("办理"));
    check_str(path[2].place, S("办理"));
    check_str(path[0].place, S("下达"));
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("what the paper gives up by a return ends below it and says so; handed down again, each begins anew")
{
    struct county k;
    struct flow_kin *path;
    struct flow_view v;
    struct flow_done done;
    county_open(&k, op, 2);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    check(office_view(&k.o, CLERK, k.c, &v));
    struct flow_act take = office_act(&k.o, DO_TAKE_BACK, k.c, v.visits[0].seats[0].seat, "下错了");
    check(office_do_act(&k.o, CLERK, &take, &done));
    check_int(path_of(&k, CLERK, &path), 3);
    for (int i = 1; i <= 2; i++) {
        check_int(path[i].end, BPMN_TERMINATED);
        check_str(path[i].state, S("收回"));
        check_int(office_seat(&k.o, VILLAGER, path[i].case_id, NULL), -1);
    }
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    check_int(path_of(&k, CLERK, &path), 5);
    int running = 0;
    for (int i = 1; i <= 4; i++)
        running += path[i].end == BPMN_RUNNING;
    check_int(running, 2);
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("a task that was ended without an answer holds the paper and is told; tried again, another is handed down")
{
    struct county k;
    struct flow_kin *path;
    struct flow_view v;
    struct flow_done done;
    county_open(&k, op, 1);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    struct flow_act end = office_act(&k.o, DO_END, path[1].case_id, -1, "重复下达");
    check(office_do_act(&k.o, CHIEF, &end, &done));
    check(office_view(&k.o, CHIEF, k.c, &v));
    check(str_find(v.head.stuck, S("没有办成就结束了"), &(size_t){0}));
    struct flow_act retry = office_act(&k.o, FLOW_RETRY, k.c, -1, "");
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_STUCK)
            retry.target = v.places[i].tok;
    check(office_do_act(&k.o, CHIEF, &retry, &done));
    check_int(path_of(&k, CLERK, &path), 3);
    check(office_view(&k.o, CHIEF, k.c, &v));
    check_str(v.head.stuck, S(""));
    for (int i = 1; i <= 2; i++)
        if (path[i].end == BPMN_RUNNING)
            check(group_answers(&k, path[i].case_id, "好"));
    check(office_seat(&k.o, CLERK, k.c, "汇总") >= 0);
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("what cannot be handed down is an incident that says why; mended and tried again, it goes")
{
    struct county k;
    struct flow_kin *path;
    struct flow_view v;
    struct flow_done done;
    struct record *r;
    struct warning *w;
    county_open_with(&k, op, 1, "", NULL);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    check_int(path_of(&k, CLERK, &path), 1);
    check(office_view(&k.o, CHIEF, k.c, &v));
    check(str_find(v.head.stuck, S("期限"), &(size_t){0}));
    check(office_equal(&k.o));
    office_begin(&k.o);
    check(record_change(k.o.t.tx, k.o.t.town, &k.o.t.system, k.o.papers, k.paper, 0,
                        test_values(op, "{'办理限':'2021-12-20T18:00:00+08:00'}"), S("补期限"), &w, &r));
    office_commit(&k.o);
    struct flow_act retry = office_act(&k.o, FLOW_RETRY, k.c, -1, "");
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_STUCK)
            retry.target = v.places[i].tok;
    check(office_do_act(&k.o, CHIEF, &retry, &done));
    check_int(path_of(&k, CLERK, &path), 2);
    check_str(path[1].place, S("办理"));
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("an answer that comes while the paper is suspended is kept, and the paper goes on with it when it is resumed")
{
    struct county k;
    struct flow_kin *path;
    struct flow_done done;
    county_open(&k, op, 1);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    struct flow_act act = office_act(&k.o, DO_SUSPEND, k.c, -1, "等上级答复");
    check(office_do_act(&k.o, CHIEF, &act, &done));
    check(group_answers(&k, path[1].case_id, "办了"));
    check_int(office_seat(&k.o, CLERK, k.c, "汇总"), -1);
    act = office_act(&k.o, DO_RESUME, k.c, -1, "");
    check(office_do_act(&k.o, CHIEF, &act, &done));
    check(office_seat(&k.o, CLERK, k.c, "汇总") >= 0);
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("who has a task of a village group sees the path and its deadlines, but not what others answered; a stranger sees "
     "nothing")
{
    struct county k;
    struct flow_kin *path;
    size_t count;
    county_open(&k, op, 2);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    k.c = path[1].case_id;
    check_int(path_of(&k, VILLAGER, &path), 3);
    check_str(path[0].title, S("县里来文"));
    check_str(path[1].title, S("关于秸秆禁烧的通知 第1组"));
    must(store_begin(k.o.t.store, op, TX_READ, &k.o.tx));
    check(!flow_path(k.o.tx, k.o.flow, &k.o.who[OTHER], k.c, &path, &count));
    store_abandon(k.o.tx);
    op_forgive(op, 0);
    struct flow_view v;
    check(office_view(&k.o, CLERK, k.c, &v));
}

TEST("procedures that call each other without end are held where they are, and nothing is lost")
{
    struct county k;
    struct flow_kin *path;
    struct flow_done done;
    county_open(&k, op, 1);
    office_procedure(&k.o, "errand",
                     BPMN_HEAD("name='村组任务' zw:ledger='村组任务'") BPMN_FLOW("s", "K")
                         "<callActivity id='K' name='再下达' calledElement='errand' zw:fields='任务=任务、村组=村组、期限=期限'/>"
                             BPMN_FLOW("K", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&k.o);
    check(office_load(&k.o));
    office_commit(&k.o);
    struct flow_act agree = office_act(&k.o, DO_AGREE, k.c, office_seat(&k.o, CLERK, k.c, "拟办"), "");
    check(office_do_act(&k.o, CLERK, &agree, &done));
    size_t count = path_of(&k, CLERK, &path);
    check_int(count, 1 + FLOW_DEPTH_MAX);
    check(str_find(path[count - 1].stuck, S("层"), &(size_t){0}));
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("a call of a procedure that does not exist, or of fields that neither side knows, is refused and named")
{
    static const struct {
        const char *call, *says;
    } wrong[] = {
        {"calledElement='没有的'", "没有流程“没有的”"},
        {"calledElement='errand' zw:fields='没有=标题'", "“没有=标题”说不清"},
        {"calledElement='errand' zw:fields='任务=没有'", "“任务=没有”说不清"},
        {"calledElement='errand' zw:results='答=没有'", "“答=没有”说不清"},
    };
    struct test_office o;
    office_open(op, &o);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct flow *flow;
        office_procedure(&o, "wrong", op_z(op, op_text(op, BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "K")
                                                       "<callActivity id='K' name='下达' %s/>" BPMN_FLOW("K", "e")
                                                       "<endEvent id='e'/>" BPMN_TAIL, wrong[i].call)));
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        check(test_says(op, wrong[i].says));
        op_forgive(op, 0);
    }
}

TEST("whichever call of the storage fails while the last answer carries the paper on, all of it is there or none of it")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct county k;
    struct flow_kin *path;
    failing_init(engine, &store_sqlite);
    county_open_with(&k, op, 1, ",'办理限':'2021-12-20T18:00:00+08:00'", &engine->engine);
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    id below = path[1].case_id;
    check(office_do(&k.o, VILLAGER, DO_AGREE, below, "办理", "", "{'反馈':'办了'}"));
    struct flow_act act = office_act(&k.o, DO_AGREE, below, office_seat(&k.o, CLERK, below, "核验"), "属实");
    bool done = false;
    int n;
    for (n = 1; !done && n < 3000; n++) {
        done = office_act_failing(&k.o, engine, n, CLERK, &act, NULL);
        check(done == (office_seat(&k.o, CLERK, k.c, "汇总") >= 0));
    }
    check(done && n > 30);
    check(office_equal(&k.o));
    test_faults(op);
}

/* ---- thrown across the call -------------------------------------------------------------------------------- */

#define THROWS "<escalation id='u' escalationCode='U'/><signal id='g' name='停电'/><message id='m' name='催报'/>"
/* The process's attributes, with elements before it. */
#define THROWING(attributes) \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'" \
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'" \
    " xmlns:zw='urn:zhenwu' targetNamespace='urn:t'>" THROWS "<process id='p' isExecutable='true' " attributes ">" \
    "<startEvent id='s'/>"
#define CALL_ERRAND \
    "<callActivity id='K' name='下达' calledElement='errand' zw:fields='任务=标题、村组=村组、来文=记录、期限=办理限'>" \
    "<multiInstanceLoopCharacteristics zw:collection='下达村组' zw:elementVariable='村组'/></callActivity>"

/* The procedures as they are written now, and another paper that has gone through 拟办. */
static void county_again(struct county *k, int count)
{
    struct op *op = k->o.op;
    office_begin(&k->o);
    check(office_load(&k->o));
    office_commit(&k->o);
    struct flow_done done;
    id record = office_paper(&k->o, "另一份来文", op_z(op, op_text(op,
        ",'办理限':'2021-12-20T18:00:00+08:00','下达村组':['%.*s'%s%.*s%s]",
        PS(id_text(op, k->groups[0])), count > 1 ? ",'" : "", PS(count > 1 ? id_text(op, k->groups[1]) : S("")), count
        > 1 ? "'" : "")));
    office_begin(&k->o);
    must(office_end(&k->o, flow_start(k->o.t.tx, k->o.flow, &k->o.who[CLERK], flow_procedure(k->o.flow, S("county"),
        0), record, (id){0}, &done)));
    k->c = done.case_id;
    check(office_do(&k->o, CLERK, DO_AGREE, k->c, "拟办", "", NULL));
}

/* county: 拟办 → 下达, with something at its edge that leads to 另办; errand: 办理, then it throws, then 核验. */
static void throwing_open(struct county *k, struct op *op, int count, const char *edge, const char *thrown, bool
        at_once)
{
    county_open(k, op, count);
    office_procedure(&k->o, "county", op_z(op, op_text(op,
        THROWING("name='县里来文' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A") BPMN_TASK("A", "拟办",
        "zw:who='角色:文书'")
        BPMN_FLOW("A", "K") CALL_ERRAND "%s" BPMN_FLOW("b", "Q") BPMN_TASK("Q", "另办", "zw:who='角色:文书'") BPMN_FLOW("Q",
        "qe")
        "<endEvent id='qe'/>" BPMN_FLOW("K", "B") BPMN_TASK("B", "汇总", "zw:who='角色:文书'") BPMN_FLOW("B", "e")
        "<endEvent id='e' name='办结'/>" BPMN_TAIL, edge)));
    office_procedure(&k->o, "errand", op_z(op, op_text(op, "%s%s" BPMN_TASK("V", "核验", "zw:who='拟稿人'") BPMN_FLOW("V",
        "e")
        "<endEvent id='e' name='办结'/>%s" BPMN_TAIL, THROWING("name='村组任务' zw:ledger='村组任务' zw:feedback='反馈'"),
        at_once ? BPMN_FLOW("s", "t") BPMN_FLOW("t", "H") BPMN_TASK("H", "办理", "zw:who='角色:村干部@村组' zw:form='反馈!'")
        BPMN_FLOW("H", "V")
                : BPMN_FLOW("s", "H") BPMN_TASK("H", "办理", "zw:who='角色:村干部@村组' zw:form='反馈!'") BPMN_FLOW("H", "t")
            BPMN_FLOW("t", "V"),
        thrown)));
    county_again(k, count);
}

#define BOUNDARY(interrupting, event) \
    "<boundaryEvent id='b' attachedToRef='K' cancelActivity='" interrupting "'>" event "</boundaryEvent>"
#define ESCALATES "<escalationEventDefinition escalationRef='u'/>"
#define SIGNALS "<signalEventDefinition signalRef='g'/>"
#define SENDS "<messageEventDefinition messageRef='m'/>"
#define THROW(event) "<intermediateThrowEvent id='t'>" event "</intermediateThrowEvent>"

TEST("what a case below throws, escalation, signal or message, is caught at the call of the case above, which goes on "
     "beside it")
{
    static const struct {
        const char *edge, *thrown;
    } rows[] = {{BOUNDARY("false", ESCALATES), THROW(ESCALATES)}, {BOUNDARY("false", SIGNALS), THROW(SIGNALS)},
                {BOUNDARY("false", SENDS), THROW(SENDS)}};
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int at_once = 0; at_once < 2; at_once++) {
            struct county k;
            struct flow_kin *path;
            throwing_open(&k, op, 2, rows[i].edge, rows[i].thrown, at_once);
            check_int(path_of(&k, CLERK, &path), 3);
            id below = path[1].case_id;
            if (!at_once) {
                check_int(office_seat(&k.o, CLERK, k.c, "另办"), -1);
                check(office_do(&k.o, VILLAGER, DO_AGREE, below, "办理", "", "{'反馈':'有难处'}"));
            }
            check(office_seat(&k.o, CLERK, k.c, "另办") >= 0);
            check_str(office_place(&k.o, below), at_once ? S("办理") : S("核验"));
            check(office_equal(&k.o));
            test_faults(op);
        }
}

TEST("an escalation that interrupts the call ends every case below it, and whoever threw it is told so at once")
{
    struct county k;
    struct flow_kin *path;
    struct flow_done done;
    throwing_open(&k, op, 2, BOUNDARY("true", ESCALATES), THROW(ESCALATES), false);
    path_of(&k, CLERK, &path);
    id below = path[1].case_id, beside = path[2].case_id;
    struct flow_act act = office_act(&k.o, DO_AGREE, below, office_seat(&k.o, VILLAGER, below, "办理"), "办不了");
    act.values = test_values(op, "{'反馈':'办不了'}");
    check(office_do_act(&k.o, VILLAGER, &act, &done));
    check(done.ended);
    check_str(office_place(&k.o, k.c), S("另办"));
    check_str(office_place(&k.o, below), S("（完）"));
    check_str(office_place(&k.o, beside), S("（完）"));
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("a case that escalates at once when it is begun interrupts the call before anybody below is asked")
{
    struct county k;
    struct flow_kin *path;
    throwing_open(&k, op, 1, BOUNDARY("true", ESCALATES), THROW(ESCALATES), true);
    check_int(path_of(&k, CLERK, &path), 2);
    check_str(office_place(&k.o, k.c), S("另办"));
    check_int(path[1].end, BPMN_TERMINATED);
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("an escalation that nobody above catches changes nothing; a signal is heard by the cases beside")
{
    struct county k;
    struct flow_kin *path;
    throwing_open(&k, op, 2, BOUNDARY("false", SENDS), THROW(ESCALATES), false);
    path_of(&k, CLERK, &path);
    check(office_do(&k.o, VILLAGER, DO_AGREE, path[1].case_id, "办理", "", "{'反馈':'有难处'}"));
    check_str(office_place(&k.o, path[1].case_id), S("核验"));
    check_str(office_place(&k.o, path[2].case_id), S("办理"));
    check_int(office_seat(&k.o, CLERK, k.c, "另办"), -1);
    throwing_open(&k, op, 2, BOUNDARY("false", SENDS),
                  THROW(SIGNALS)
            "<subProcess id='N' triggeredByEvent='true'><startEvent id='Ns' isInterrupting='true'>" SIGNALS
                                 "</startEvent>" BPMN_FLOW("Ns", "n") BPMN_TASK("n", "停电处置", "zw:who='角色:村干部@村组'")
                                     BPMN_FLOW("n", "Ne") "<endEvent id='Ne'/></subProcess>", false);
    path_of(&k, CLERK, &path);
    check(office_do(&k.o, VILLAGER, DO_AGREE, path[1].case_id, "办理", "", "{'反馈':'停电'}"));
    check_str(office_place(&k.o, path[1].case_id), S("停电处置"));
    check_str(office_place(&k.o, path[2].case_id), S("停电处置"));
    check(office_equal(&k.o));
    test_faults(op);
}

#define CARRIED(event)                                                                                                 \
    "<intermediateThrowEvent id='t'><dataInput id='in'/><dataInputAssociation><targetRef>in</targetRef><assignment>"   \
    "<from xsi:type='tFormalExpression'>反馈 + &quot;！&quot;</from><to xsi:type='tFormalExpression'>in</to></assignment></dataInputAssociation><inputSet><dataInputRefs>in</dataInputRefs>"        \
    "</inputSet>" event "</intermediateThrowEvent>"
#define CAUGHT(event)                                                                                                  \
    "<property id='难处' name='难处'/><boundaryEvent id='b' attachedToRef='K' cancelActivity='false'><dataOutput id='out'/><dataOutputAssociation>"     \
    "<sourceRef>out</sourceRef><targetRef>难处</targetRef></dataOutputAssociation><outputSet><dataOutputRefs>out"      \
    "</dataOutputRefs></outputSet>" event "</boundaryEvent>"

/* Data of the case above, as FEEL writes it. */
static str datum(struct county *k, str name)
{
    struct flow_tx f;
    struct op *op = k->o.op;
    must(store_begin(k->o.t.store, op, TX_READ, &k->o.tx));
    case_init(&f, k->o.tx, k->o.flow, &k->o.who[CLERK]);
    must(case_load(&f, k->c));
    str said = op_copy(op, feel_literal(op, bpmn_value(&f.run, 0, name)));
    store_abandon(k->o.tx);
    return said;
}

#define CALL_FOR_LAST \
    "<callActivity id='K' name='下达' calledElement='errand' zw:fields='任务=标题、村组=村组、来文=记录、期限=办理限' zw:results='答=反馈'>" \
    "<multiInstanceLoopCharacteristics zw:collection='下达村组' zw:elementVariable='村组'/></callActivity>"
/* All answers as one list: what each case below gives back is its part of it. */
#define CALL_FOR_ANSWERS \
    "<dataObject id='答复' name='答复' isCollection='true'/>" \
    "<callActivity id='K' name='下达' calledElement='errand' zw:fields='任务=标题、村组=村组、来文=记录、期限=办理限' zw:results='答=反馈'>" \
    "<multiInstanceLoopCharacteristics zw:collection='下达村组' zw:elementVariable='村组'><loopDataOutputRef>答复</loopDataOutputRef>" \
    "<outputDataItem id='答' name='答'/></multiInstanceLoopCharacteristics></callActivity>"

TEST("what the cases below give back is data of the case above: of several the last, or a list of all of them in the order of the village "
     "groups, by which the case goes on")
{
    static const struct {
        const char *call, *condition, *name, *value;
    } rows[] = {{CALL_FOR_LAST, "答 = &quot;没有秸秆&quot;", "答", "\"没有秸秆\""},
                {CALL_FOR_ANSWERS, "答复[1] = &quot;没有秸秆&quot;", "答复", "[\"没有秸秆\", \"已巡查\"]"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct county k;
        struct flow_kin *path;
        county_open(&k, op, 2);
        office_procedure(&k.o, "county", op_z(op, op_text(op,
            THROWING("name='县里来文' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A") BPMN_TASK("A", "拟办", "zw:who='角色:文书'")
            BPMN_FLOW("A", "K") "%s" BPMN_FLOW("K", "x") "<exclusiveGateway id='x' default='xe'/><sequenceFlow id='x_B' sourceRef='x'"
            " targetRef='B'><conditionExpression xsi:type='tFormalExpression'>%s</conditionExpression></sequenceFlow>"
            BPMN_TASK("B", "汇总", "zw:who='角色:文书'") BPMN_FLOW("B", "e") BPMN_FLOW("x", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL,
            rows[i].call, rows[i].condition)));
        county_again(&k, 2);
        path_of(&k, CLERK, &path);
        check(group_answers(&k, path[2].case_id, "已巡查") && group_answers(&k, path[1].case_id, "没有秸秆"));
        check_str(datum(&k, str_z(rows[i].name)), str_z(rows[i].value));
        check(office_seat(&k.o, CLERK, k.c, "汇总") >= 0);
        check(office_equal(&k.o));
        test_faults(op);
    }
}

TEST("data of the case that throws a signal or a message reach the data of the case that catches it, by the model's mappings")
{
    static const struct {
        const char *edge, *thrown;
    } rows[] = {{CAUGHT(SIGNALS), CARRIED(SIGNALS)}, {CAUGHT(SENDS), CARRIED(SENDS)}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct county k;
        struct flow_kin *path;
        throwing_open(&k, op, 2, rows[i].edge, rows[i].thrown, false);
        path_of(&k, CLERK, &path);
        check(office_do(&k.o, VILLAGER, DO_AGREE, path[1].case_id, "办理", "", "{'反馈':'路不通'}"));
        check(office_seat(&k.o, CLERK, k.c, "另办") >= 0);
        check_str(datum(&k, S("难处")), S("\"路不通！\""));
        check(office_equal(&k.o));
        test_faults(op);
    }
}

TEST("a signal or a message to a suspended case is kept and heard when the case goes on, with what it carries, once")
{
    static const struct {
        const char *edge, *thrown;
    } rows[] = {{CAUGHT(SIGNALS), CARRIED(SIGNALS)}, {CAUGHT(SENDS), CARRIED(SENDS)}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct county k;
        struct flow_kin *path;
        struct flow_done done;
        throwing_open(&k, op, 1, rows[i].edge, rows[i].thrown, false);
        path_of(&k, CLERK, &path);
        struct flow_act act = office_act(&k.o, DO_SUSPEND, k.c, -1, "等上级答复");
        check(office_do_act(&k.o, CHIEF, &act, &done));
        check(office_do(&k.o, VILLAGER, DO_AGREE, path[1].case_id, "办理", "", "{'反馈':'路不通'}"));
        check_int(office_seat(&k.o, CLERK, k.c, "另办"), -1);
        check(office_equal(&k.o));
        act = office_act(&k.o, DO_RESUME, k.c, -1, "");
        check(office_do_act(&k.o, CHIEF, &act, &done));
        check(office_seat(&k.o, CLERK, k.c, "另办") >= 0);
        check_str(datum(&k, S("难处")), S("\"路不通！\""));
        check(office_equal(&k.o));
        test_faults(op);
    }
}

/* ---- records below, each a case by itself ---------------------------------------------------------------------- */

#define EACH_BELOW                                                                                                     \
    "<subProcess id='E' triggeredByEvent='true'><startEvent id='Es' isInterrupting='false'><conditionalEventDefinition>"  \
    "<condition xsi:type='tFormalExpression'>count(下属[状态 = \"下达\"]) &gt; 0</condition></conditionalEventDefinition>" \
    "</startEvent>" BPMN_FLOW("Es", "K") "<callActivity id='K' name='办下属' calledElement='errand' zw:fields='记录=一件'>"  \
    "<multiInstanceLoopCharacteristics zw:collection='下属[状态 = \"下达\"]' zw:elementVariable='一件'/></callActivity>"     \
    BPMN_FLOW("K", "Ee") "<endEvent id='Ee'/></subProcess>"

static void below_open(struct county *k, struct op *op, const struct store_engine *engine)
{
    static const struct grant adds[] = {{.ledger = SC("收文"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true},
                                        {.ledger = SC("村组任务"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true}};
    struct flow_done done;
    county_open_with(k, op, 1, "", engine);
    office_procedure(&k->o, "county",
                     BPMN_HEAD("name='县里来文' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书'") EACH_BELOW BPMN_FLOW("A", "e")
                             "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&k->o);
    check(office_load(&k->o));
    office_commit(&k->o);
    k->o.who[CLERK].grants = adds;
    k->o.who[CLERK].grant_count = COUNT(adds);
    k->paper = office_paper(&k->o, "检查出的事", "");
    office_begin(&k->o);
    must(office_end(&k->o, flow_start(k->o.t.tx, k->o.flow, &k->o.who[CLERK], flow_procedure(k->o.flow, S("county"), 0),
                                      k->paper, (id){0}, &done)));
    k->c = done.case_id;
}

/* A record below the paper, as a page adds it: record and what follows in one transaction. */
static bool below_add(struct county *k, struct op *op, const char *task, id *ret)
{
    struct test_office *o = &k->o;
    const struct ledger *l = town_ledger(o->t.town, S("村组任务"));
    struct json *values = test_values(op, op_text(op, "{'任务':'%s','村组':'%.*s','来文':'%.*s','期限':'2021-12-20T18:00:00+08:00'}", task,
                                                  PS(id_text(op, k->groups[0])), PS(id_text(op, k->paper))).p);
    struct warning *warnings;
    struct record *r;
    struct tx *tx;
    if (!store_begin(o->t.store, op, TX_WRITE, &tx))
        return false;
    bool done = record_add(tx, o->t.town, &o->who[CLERK], l, values, &warnings, &r) &&
                flow_record_changed(tx, o->flow, &o->who[CLERK], l, r);
    if (!done || !store_commit(tx)) {
        store_abandon(tx);
        return false;
    }
    *ret = r->id;
    return true;
}

TEST("each record that is added below a case's record is begun as a case below it, on that record, and the case waits for all")
{
    struct county k;
    struct flow_kin *path;
    id first, second;
    below_open(&k, op, NULL);
    check_int(path_of(&k, CLERK, &path), 1);
    check(below_add(&k, op, "甲处", &first) && below_add(&k, op, "乙处", &second));
    check_int(path_of(&k, CLERK, &path), 3);
    check(id_eq(path[1].record, first) && id_eq(path[2].record, second));
    check_str(path[1].place, S("办理"));
    check_str(path[1].state, S("办理"));
    check(office_do(&k.o, CLERK, DO_AGREE, k.c, "拟办", "", NULL));
    path_of(&k, CLERK, &path);
    check_int(path[0].end, BPMN_RUNNING);
    for (int i = 1; i < 3; i++)
        check(group_answers(&k, path[i].case_id, "办了"));
    path_of(&k, CLERK, &path);
    check(path[0].end == BPMN_COMPLETED && path[1].end == BPMN_COMPLETED && path[2].end == BPMN_COMPLETED);
    check(office_equal(&k.o));
    test_faults(op);
}

TEST("a record below that comes while its case is suspended is begun when that is resumed; one that runs already is not begun twice")
{
    struct county k;
    struct flow_kin *path;
    struct flow_done done;
    id first;
    below_open(&k, op, NULL);
    struct flow_act act = office_act(&k.o, DO_SUSPEND, k.c, -1, "等");
    check(office_do_act(&k.o, CHIEF, &act, &done));
    check(below_add(&k, op, "甲处", &first));
    check_int(path_of(&k, CLERK, &path), 1);
    act = office_act(&k.o, DO_RESUME, k.c, -1, "");
    check(office_do_act(&k.o, CHIEF, &act, &done));
    check_int(path_of(&k, CLERK, &path), 2);
    check(id_eq(path[1].record, first));
    office_begin(&k.o);
    check(!flow_start(k.o.t.tx, k.o.flow, &k.o.who[CLERK], flow_procedure(k.o.flow, S("errand"), 0), first, (id){0}, &done));
    check(test_says(op, "正在办理"));
    store_abandon(k.o.t.tx);
    op_forgive(op, 0);
    check(office_equal(&k.o));
}

TEST("whichever call of the storage fails, a record below is there with its case or not at all")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct county k;
    struct flow_kin *path;
    failing_init(engine, &store_sqlite);
    below_open(&k, op, &engine->engine);
    bool untouched = false;
    int n, kept = 0;
    for (n = 1; !untouched && n < 1000; n += 1 + n / 20) {
        struct op one;
        id record;
        op_init(&one, op->now + n, (uint64_t)n);
        engine->fail_at = engine->calls + n;
        engine->fails_left = 1;
        bool added = below_add(&k, &one, "一处", &record);
        untouched = engine->fails_left == 1;
        engine->fail_at = 0;
        op_done(&one);
        kept += added;
        if (added || n % 7 == 0)
            check_int(path_of(&k, CLERK, &path), 1 + kept);
    }
    check(untouched && n > 50 && kept > 0);
    check(office_equal(&k.o));
    test_faults(op);
}
