/* What being overdue does, public notices, jumps that need two people, records beside their cases, posts that have
 * gone. */
#include "flow/test_office.h"

#define HOURS(n) ((time_ms)(n) * 3600 * 1000)
#define DAYS(n) HOURS((n) * 24)

/* One task with that deadline rule, done by `who`; the leaders are its chiefs. */
static id late_task(struct test_office *o, const char *rule, const char *task)
{
    struct flow_done done;
    office_begin(o);
    office_add(o, o->rules, str_z(rule));
    office_procedure(
        o, "late",
        op_z(o->op, op_text(o->op,
                            BPMN_HEAD("name='限时办' zw:ledger='收文' zw:chief='角色:领导'")
                                BPMN_FLOW("s", "A") "<userTask id='A' name='承办' zw:due='XX' %s/>" BPMN_FLOW(
                                    "A", "e") "<endEvent id='e' name='登记'/>" BPMN_TAIL,
                            task)));
    if (!office_load(o))
        test_faults(o->op);
    office_commit(o);
    id paper = office_paper(o, "限时的文", "");
    office_begin(o);
    bool begun = office_end(
        o, flow_start(o->t.tx, o->flow, &o->t.system, flow_procedure(o->flow, S("late"), 0), paper, (id){0}, &done));
    if (!begun)
        test_faults(o->op);
    must(begun);
    return done.case_id;
}

#define RULE(ratios, actions)                                                                                          \
    "{'代码':'XX','版本':1,'数量':10,'单位':'小时','起算':'收到当日','预警比例':'" ratios "','逾期动作':[" actions     \
    "],'生效':'2020-01-01'}"

TEST("a rule's ladder is climbed step by step: at the deadline the leaders are told, then one sits beside, then the "
     "task is a leader's")
{
    struct test_office o;
    struct flow_view v;
    office_open(op, &o);
    id c = late_task(&o, RULE("100 150 200", "'催办','抄送分管领导','上报','自动升级'"), "zw:who='账号:suozhang' zw:rule='any'");
    op->now += HOURS(10) + 1;
    check_int(office_tick(&o), 1);
    check_int(office_seat(&o, CHIEF, c, "承办"), -1);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.reader_count, 2);
    op->now += HOURS(5);
    check_int(office_tick(&o), 1);
    check(office_seat(&o, CHIEF, c, "承办") >= 0);
    check(office_seat(&o, HEAD, c, "承办") >= 0);
    op->now += HOURS(5);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check_int(office_seat(&o, HEAD, c, "承办"), -1);
    check(office_seat(&o, SECOND, c, "承办") >= 0);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.reader_count, 2);
    bool passed = false;
    for (size_t i = 0; i < v.word_count; i++)
        passed = passed || (v.words[i].op == DO_TRANSFER && str_eq(v.words[i].person, S("系统")));
    check(passed);
    check(office_do(&o, SECOND, DO_AGREE, c, "承办", "我来办", NULL));
    check_str(office_place(&o, c), S("（完）"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a rule without ratios above the deadline takes all its steps there, also after a week off, and once")
{
    struct test_office o;
    struct flow_view v;
    office_open(op, &o);
    id c = late_task(&o, RULE("50 100", "'自动升级'"), "zw:who='账号:suozhang' zw:rule='all'");
    op->now += DAYS(7);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check_int(office_seat(&o, HEAD, c, "承办"), -1);
    check(office_seat(&o, CHIEF, c, "承办") >= 0);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.visits[0].seat_count, 2);
    check(office_equal(&o));
    test_faults(op);
}

TEST("when everybody who sits at a task has left, who supervises is told, and gives it to somebody")
{
    struct test_office o;
    struct flow_view v;
    struct flow_done done;
    struct record *r;
    struct warning *w;
    office_open(op, &o);
    id c = late_task(&o, RULE("50 100", "'催办'"), "zw:who='账号:suozhang'");
    office_begin(&o);
    check(record_change(o.t.tx, o.t.town, &o.t.system, o.posts, o.post_of[HEAD], 0,
                        test_values(op, "{'止':'2020-12-31'}"), S("调离"), &w, &r));
    office_commit(&o);
    op->now += HOURS(6);
    check_int(office_tick(&o), 1);
    check(office_view(&o, CHIEF, c, &v));
    check(str_find(v.head.stuck, S("停用或没有岗位"), &(size_t){0}));
    str second = id_text(op, o.account[SECOND]);
    struct flow_act give = office_act(&o, DO_TRANSFER, c, v.visits[0].seats[0].seat, "所长已调离");
    give.who = &second;
    give.who_count = 1;
    check(office_do_act(&o, CHIEF, &give, &done));
    check(office_seat(&o, SECOND, c, "承办") >= 0);
    check(office_view(&o, CHIEF, c, &v));
    check_str(v.head.stuck, S(""));
    check(office_equal(&o));
    test_faults(op);
}

/* A public notice of three calendar days over the papers' errands. */
static id notice(struct test_office *o, id *ret_paper)
{
    struct flow_done done;
    office_begin(o);
    office_add(o, o->rules, S("{'代码':'GS','版本':1,'数量':3,'单位':'日','起算':'事件日','预警比例':'100','生效':'2020-01-01'}"));
    office_procedure(o, "notice",
                     BPMN_HEAD("name='公示' zw:ledger='收文'")
                         BPMN_FLOW("s", "t") "<intermediateCatchEvent id='t' name='公示' zw:due='GS' "
                                             "zw:watch='村组任务.来文'><timerEventDefinition>"
                                             "<timeDuration "
                                             "xsi:type='tFormalExpression'>PT1H</timeDuration></timerEventDefinition></"
                                             "intermediateCatchEvent>" BPMN_FLOW("t", "A")
                                                 BPMN_TASK("A", "公示结论", "zw:who='账号:suozhang'")
                                                     BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    if (!office_load(o))
        test_faults(o->op);
    office_commit(o);
    *ret_paper = office_paper(o, "名单", "");
    office_begin(o);
    bool begun = office_end(o, flow_start(o->t.tx, o->flow, &o->t.system, flow_procedure(o->flow, S("notice"), 0),
                                          *ret_paper, (id){0}, &done));
    if (!begun)
        test_faults(o->op);
    must(begun);
    return done.case_id;
}

TEST("a public notice lasts the days of its rule, and counts anew from every change of the roster it shows")
{
    struct test_office o;
    struct record *line, *r;
    struct warning *w;
    id paper;
    office_open(op, &o);
    op->now = office_at("2021-12-06T09:00:00+08:00");
    id c = notice(&o, &paper);
    const struct ledger *errands = town_ledger(o.t.town, S("村组任务"));
    op->now = office_at("2021-12-08T15:00:00+08:00");
    check_int(office_tick(&o), 0);
    office_begin(&o);
    line = test_record(&o.t, errands,
                       op_text(op, "{'任务':'甲户','村组':'%.*s','来文':'%.*s','期限':'2021-12-20T18:00:00+08:00'}",
                               PS(id_text(op, o.village)), PS(id_text(op, paper))));
    office_commit(&o);
    op->now = office_at("2021-12-10T09:00:00+08:00"); /* the first three days are over */
    check_int(office_tick(&o), 1);
    check_int(office_seat(&o, HEAD, c, NULL), -1);
    op->now = office_at("2021-12-11T12:00:00+08:00");
    check_int(office_tick(&o), 0);
    office_begin(&o);
    check(record_withdraw(o.t.tx, o.t.town, &o.t.system, errands, line->id, 0, S("有异议，撤下"), &r));
    office_commit(&o);
    op->now = office_at("2021-12-12T09:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(office_seat(&o, HEAD, c, NULL), -1);
    op->now = office_at("2021-12-14T23:00:00+08:00");
    check_int(office_tick(&o), 0);
    op->now = office_at("2021-12-15T08:00:00+08:00");
    check_int(office_tick(&o), 1);
    check(office_seat(&o, HEAD, c, "公示结论") >= 0);
    check(office_equal(&o));
    (void)w;
    test_faults(op);
}

TEST("a timer that names no rule, or watches what does not refer to its record, is refused by file and line")
{
    static const struct {
        const char *timer, *says;
    } wrong[] = {{"zw:watch='村组任务.来文'", "zw:watch"}, {"zw:due='GS' zw:watch='村组任务'", "zw:watch"},
                 {"zw:due='GS' zw:watch='村组任务.任务'", "zw:watch"}};
    struct test_office o;
    office_open(op, &o);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct flow *flow;
        office_procedure(
            &o, "wrong",
            op_z(op, op_text(op,
                             BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW(
                                 "s", "t") "<intermediateCatchEvent id='t' %s><timerEventDefinition><timeDuration "
                                           "xsi:type='tFormalExpression'>PT1H"
                                           "</timeDuration></timerEventDefinition></intermediateCatchEvent>" BPMN_FLOW(
                                               "t", "e") "<endEvent id='e'/>" BPMN_TAIL,
                             wrong[i].timer)));
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        check(test_says(op, wrong[i].says) && test_says(op, "wrong.bpmn"));
        op_forgive(op, 0);
    }
}

TEST("a jump over what cannot be undone takes two people: one proposes it with a reason, another confirms it, nobody "
     "does both")
{
    struct test_office o;
    struct flow_view v;
    struct flow_done done;
    office_open(op, &o);
    o.who[SECOND].grants = o.who[CHIEF].grants;
    o.who[SECOND].grant_count = o.who[CHIEF].grant_count;
    id c = late_task(&o, RULE("50 100", "'催办'"), "zw:who='账号:suozhang' zw:irreversible='true'");
    check(office_view(&o, CHIEF, c, &v));
    int32_t tok = -1;
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_HERE && str_eq(v.places[i].node, S("A")))
            tok = v.places[i].tok;
    struct flow_act jump = office_act(&o, DO_JUMP, c, -1, "款已另行退回");
    jump.toks = &tok;
    jump.tok_count = 1;
    jump.node = S("e");
    check(!office_do_act(&o, CHIEF, &jump, &done));
    check(test_says(op, "两名管理员"));
    op_forgive(op, 0);
    jump.op = FLOW_PROPOSE;
    check(!office_do_act(&o, HEAD, &jump, &done));
    op_forgive(op, 0);
    check(office_do_act(&o, CHIEF, &jump, &done));
    check_str(office_place(&o, c), S("承办"));
    check(office_view(&o, SECOND, c, &v));
    check_str(v.wish.by, S("书记"));
    check_str(v.wish.opinion, S("款已另行退回"));
    check(office_equal(&o));
    struct flow_act confirm = office_act(&o, FLOW_CONFIRM, c, -1, "");
    check(!office_do_act(&o, CHIEF, &confirm, &done));
    check(test_says(op, "不能自己复核"));
    op_forgive(op, 0);
    check(!office_do_act(&o, HEAD, &confirm, &done));
    op_forgive(op, 0);
    check(office_do_act(&o, SECOND, &confirm, &done));
    check_str(office_place(&o, c), S("（完）"));
    check(office_view(&o, CHIEF, c, &v));
    check_str(v.words[v.word_count - 1].person, S("书记"));
    check(str_find(v.words[v.word_count - 1].opinion, S("复核：镇长"), &(size_t){0}));
    check(!office_do_act(&o, SECOND, &confirm, &done));
    op_forgive(op, 0);
    check(office_equal(&o));
}

TEST("the state of a record on which a case runs is not changed beside it: the refusal names procedure, place and case")
{
    struct test_office o;
    office_open(op, &o);
    id paper = office_paper(&o, "通知", ""), free_paper = office_paper(&o, "另一份", "");
    id c = office_start(&o, paper);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(!flow_record_free(o.tx, o.flow, o.papers, paper));
    check(test_says(op, "收文办理") && test_says(op, "拟办") && test_says(op, op_z(op, id_text(op, c))));
    op_forgive(op, 0);
    check(flow_record_free(o.tx, o.flow, o.papers, free_paper));
    store_abandon(o.tx);
    test_faults(op);
}

TEST("what is ended by hand is called so where its ledger has the word, and what is late of it shines no more")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    office_open(op, &o);
    id paper = office_paper(&o, "一件来文", ""), c = office_start(&o, paper);
    struct flow_act end = office_act(&o, DO_END, c, -1, "上级撤文");
    check(office_do_act(&o, CHIEF, &end, &done) && done.ended);
    check_str(done.state, S("终止"));
    check(office_view(&o, CHIEF, c, &v));
    check_str(v.record->state, S("终止"));
    check(v.head.light == FLOW_NO_LIGHT);
    test_faults(op);
}
