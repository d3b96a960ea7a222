/* What time does: deadlines of the calendar, lights, reminders, overdue, pauses, clocks that go wrong. */
#include "flow/test_office.h"

/* The tests' clock stands at Monday 2021-12-06 09:00. */
#define HOURS(n) ((time_ms)(n) * 3600 * 1000)
#define DAYS(n) HOURS(24 * (n))

static void calendar(struct test_office *o, const char *text)
{
    test_write(o->op, o->t.packs, "codes/work-calendar.csv", str_z(text));
}

static struct flow_item first_todo(struct test_office *o, int person)
{
    struct flow_page page = {0};
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    if (!flow_list(o->tx, o->flow, &o->who[person], &(struct flow_query){.box = FLOW_TODO}, &page))
        test_faults(o->op);
    store_abandon(o->tx);
    return page.count ? page.items[0] : (struct flow_item){.seat = -1};
}

TEST("a deadline in working days counts from the day after and leaves out the weekend")
{
    struct test_office o;
    office_open(op, &o);
    op->now = office_at("2021-12-10T15:00:00+08:00"); /* a Friday */
    office_start(&o, office_paper(&o, "周五来的文", ""));
    check_int(first_todo(&o, CLERK).due, office_at("2021-12-13T23:59:59.999+08:00"));
    test_faults(op);
}

TEST("a deadline in hours counts from the moment, and one that the record names is that moment")
{
    struct test_office o;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ",'办理限':'2021-12-20T12:00:00+08:00'"));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    check_int(first_todo(&o, CHIEF).due, op->now + HOURS(48));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL) && office_do(&o, SECOND, DO_AGREE, c, "批示", "同意", NULL));
    check_int(first_todo(&o, VILLAGER).due, office_at("2021-12-20T12:00:00+08:00"));
    test_faults(op);
}

TEST("a rule that changes applies to what begins after it; what has begun keeps its deadline")
{
    struct test_office o;
    office_open(op, &o);
    office_begin(&o);
    office_add(&o, o.rules, S("{'代码':'NB','版本':2,'数量':3,'单位':'工作日','起算':'收到次日','预警比例':'100','生效':'2021-12-08'}"));
    office_commit(&o);
    office_start(&o, office_paper(&o, "以前的", ""));
    check_int(first_todo(&o, CLERK).due, office_at("2021-12-07T23:59:59.999+08:00"));
    op->now += DAYS(2);
    office_start(&o, office_paper(&o, "以后的", ""));
    struct flow_page page;
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CLERK], &(struct flow_query){.box = FLOW_TODO}, &page));
    store_abandon(o.tx);
    check_int(page.count, 2);
    check_int(page.items[0].due, office_at("2021-12-07T23:59:59.999+08:00"));
    check_int(page.items[1].due, office_at("2021-12-13T23:59:59.999+08:00"));
    test_faults(op);
}

TEST("the light is green, yellow from the last ratio on, red after the deadline; each ratio reminds once")
{
    struct test_office o;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    check_int(first_todo(&o, CHIEF).light, FLOW_GREEN);
    check_int(office_tick(&o), 0);
    op->now += HOURS(24) + 1;
    check_int(first_todo(&o, CHIEF).light, FLOW_YELLOW);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check_int(first_todo(&o, CHIEF).nudges, 1);
    op->now += HOURS(24);
    check_int(first_todo(&o, CHIEF).light, FLOW_RED);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check_int(first_todo(&o, CHIEF).nudges, 2);
    check(office_equal(&o));
    test_faults(op);
}

TEST("what is overdue is told to the leaders as the rule says, once")
{
    struct test_office o;
    struct flow_page page;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    op->now += HOURS(49);
    check_int(office_tick(&o), 1);
    op->now += HOURS(49);
    check_int(office_tick(&o), 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CHIEF], &(struct flow_query){.box = FLOW_COPY}, &page));
    store_abandon(o.tx);
    check_int(page.count, 1);
    check_str(page.items[0].owner, S("系统"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a week switched off: two hundred cases are due at once, and each is reminded once, in bounded batches")
{
    struct test_office o;
    struct flow_done done;
    office_open(op, &o);
    for (int i = 0; i < 201; i++) {
        office_begin(&o);
        id paper = office_add(&o, o.papers, op_text(op, "{'标题':'第%d份','村组':'%.*s'}", i, PS(id_text(op, o.village))));
        must(flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("paper"), 0), paper, (id){0}, &done));
        office_commit(&o);
    }
    op->now += DAYS(9);
    check_int(office_tick(&o), FLOW_TICK_MAX);
    check_int(office_tick(&o), FLOW_TICK_MAX);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    struct flow_item item = first_todo(&o, CLERK);
    check_int(item.nudges, 1); /* not one for each ratio that passed */
    test_faults(op);
}

TEST("a clock that goes back moves nothing: no reminder comes twice and no case goes into the past")
{
    struct test_office o;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    op->now += HOURS(25);
    check_int(office_tick(&o), 1);
    op->now -= HOURS(24);
    check_int(office_tick(&o), 0);
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    op->now += HOURS(24);
    check_int(office_tick(&o), 0);
    check_int(first_todo(&o, SECOND).nudges, 1);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a pause over a weekend moves a deadline in working days by the working days only, and its reminders with it")
{
    struct test_office o;
    struct flow_done done;
    office_open(op, &o);
    op->now = office_at("2021-12-10T15:00:00+08:00"); /* Friday; due Monday */
    id c = office_start(&o, office_paper(&o, "通知", ""));
    struct flow_act act = office_act(&o, DO_SUSPEND, c, -1, "等上级答复");
    check(office_do_act(&o, CHIEF, &act, &done));
    check(!office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    check(test_says(op, "挂起"));
    op_forgive(op, 0);
    op->now = office_at("2021-12-13T10:00:00+08:00");
    check_int(office_tick(&o), 0);
    act = office_act(&o, DO_RESUME, c, -1, "");
    check(office_do_act(&o, CHIEF, &act, &done));
    check_int(first_todo(&o, CLERK).due, office_at("2021-12-14T23:59:59.999+08:00")); /* Friday was lost */
    check(office_equal(&o));
    test_faults(op);
}

TEST("a timer of the model goes off once, also when it is looked at late and twice")
{
    struct test_office o;
    office_open(op, &o);
    office_procedure(&o, "wait",
                     BPMN_HEAD("name='等三天' zw:ledger='收文'")
                         BPMN_FLOW("s", "t") "<intermediateCatchEvent id='t' name='批示'><timerEventDefinition>"
                                             "<timeDuration"
                                             " xsi:type='tFormalExpression'>P3D</timeDuration></timerEventDefinition></"
                                             "intermediateCatchEvent>" BPMN_FLOW("t", "A")
                                                 BPMN_TASK("A", "承办", "zw:who='账号:suozhang'")
                                                     BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    if (!office_load(&o))
        test_faults(op);
    office_commit(&o);
    id paper = office_paper(&o, "公示", "");
    struct flow_done done;
    office_begin(&o);
    check(office_end(
        &o, flow_start(o.t.tx, o.flow, &o.t.system, flow_procedure(o.flow, S("wait"), 0), paper, (id){0}, &done)));
    check_int(first_todo(&o, HEAD).seat, -1);
    check_int(office_tick(&o), 0);
    op->now += DAYS(8);
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    check(first_todo(&o, HEAD).seat >= 0);
    check_str(office_state(&o, paper), S("承办"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("the notices of the year's holidays move a deadline")
{
    struct test_office o;
    office_open(op, &o);
    must(mkdir(op_z(op, op_text(op, "%.*s/codes", PS(o.t.packs))), 0700) == 0);
    calendar(&o, "date,kind,holiday\n2021-12-07,off,停电\n2021-12-11,work,停电\n");
    office_begin(&o);
    bool loaded = office_load(&o);
    if (!loaded)
        test_faults(op);
    office_commit(&o);
    office_start(&o, office_paper(&o, "通知", ""));
    check_int(first_todo(&o, CLERK).due, office_at("2021-12-08T23:59:59.999+08:00"));
    test_faults(op);
}

TEST("a case whose clock cannot run is an incident, does not hold up the others, and is tried again later")
{
    struct test_office o;
    struct flow_page page;
    struct record *r;
    office_open(op, &o);
    id gone = office_paper(&o, "收回的", "");
    office_start(&o, gone);
    office_start(&o, office_paper(&o, "照常的", ""));
    office_begin(&o);
    check(record_withdraw(o.t.tx, o.t.town, &o.t.system, o.papers, gone, 0, S("收回"), &r));
    office_commit(&o);
    op->now += DAYS(3);
    check_int(office_tick(&o), 2);
    check_int(office_tick(&o), 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CHIEF], &(struct flow_query){.box = FLOW_INCIDENTS}, &page));
    store_abandon(o.tx);
    check_int(page.count, 1);
    check(str_find(page.items[0].stuck, S("已作废"), &(size_t){0}));
    op->now += HOURS(1);
    check_int(office_tick(&o), 1);
    check(office_equal(&o));
    test_faults(op);
}
