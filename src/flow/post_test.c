/* What waits for people whose posts change. */
#include "flow/test_office.h"

/* A task of those words, and the case that waits there. */
static id waiting(struct test_office *o, struct op *op, const char *who)
{
    office_open(op, o);
    office_procedure(o, "paper", op_z(op, op_text(op, BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' "
        "zw:chief='角色:领导'") BPMN_FLOW("s", "C") "<userTask id='C' name='承办' zw:who='%s'/>" BPMN_FLOW("C", "e")
        "<endEvent id='e'/>" BPMN_TAIL, who)));
    office_begin(o);
    check(office_load(o));
    office_commit(o);
    return office_start(o, office_paper(o, "通知", ""));
}

static struct record *post_given(struct test_office *o, int person, const char *role, const char *more)
{
    office_begin(o);
    struct record *r = test_record(&o->t, o->posts, op_text(o->op, "{'账号':'%.*s','角色':'%s','起':'2020-01-01'%s}",
                                                             PS(id_text(o->op, o->account[person])), role, more));
    check(flow_record_changed(o->t.tx, o->flow, &o->who[CHIEF], o->posts, r));
    office_commit(o);
    return r;
}

static void post_changed(struct test_office *o, int person, const char *values)
{
    struct record *r;
    struct warning *w;
    office_begin(o);
    check(record_change(o->t.tx, o->t.town, &o->t.system, o->posts, o->post_of[person], 0, test_values(o->op, values),
                        S("岗位变动"), &w, &r));
    check(flow_record_changed(o->t.tx, o->flow, &o->who[CHIEF], o->posts, r));
    office_commit(o);
}

static str stuck_text(struct test_office *o, id c)
{
    struct flow_view v = {0};
    check(office_view(o, CHIEF, c, &v));
    return v.head.stuck;
}

TEST("when a post passes to another, what waited for the first waits for the second at once")
{
    struct test_office o;
    id c = waiting(&o, op, "角色:站所");
    check(office_seat(&o, HEAD, c, "承办") >= 0);
    post_given(&o, OTHER, "站所", "");
    check(office_seat(&o, HEAD, c, "承办") >= 0); /* it is still theirs: only a second has come */
    post_changed(&o, HEAD, "{'止':'2020-12-31'}");
    check_int(office_seat(&o, HEAD, c, "承办"), -1);
    check(office_seat(&o, OTHER, c, "承办") >= 0);
    check_str(stuck_text(&o, c), S(""));
    check(office_do(&o, OTHER, DO_AGREE, c, "承办", "已办", NULL));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a post that nobody holds is told as 空席, and the task is handed to who comes next")
{
    struct test_office o;
    id c = waiting(&o, op, "角色:站所");
    post_changed(&o, HEAD, "{'止':'2020-12-31'}");
    check(str_find(stuck_text(&o, c), S("空席"), &(size_t){0}));
    post_given(&o, OTHER, "站所", "");
    check(office_seat(&o, OTHER, c, "承办") >= 0);
    check_str(stuck_text(&o, c), S(""));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a task that began without anybody is handed to the first who gets the post")
{
    struct test_office o;
    id c = waiting(&o, op, "角色:水利员");
    check(str_find(stuck_text(&o, c), S("待分派"), &(size_t){0}));
    post_given(&o, OTHER, "水利员", "");
    check(office_seat(&o, OTHER, c, "承办") >= 0);
    check_str(stuck_text(&o, c), S(""));
    check(office_equal(&o));
    test_faults(op);
}

TEST("of several who sit at a task the one who leaves gives up the seat, and the others keep theirs")
{
    struct test_office o;
    id c = waiting(&o, op, "角色:领导");
    check(office_seat(&o, SECOND, c, "承办") >= 0 && office_seat(&o, CHIEF, c, "承办") >= 0);
    post_changed(&o, SECOND, "{'角色':'审计'}");
    check_int(office_seat(&o, SECOND, c, "承办"), -1);
    check(office_seat(&o, CHIEF, c, "承办") >= 0);
    check_str(stuck_text(&o, c), S(""));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a task that somebody's act has opened passes on with its post like the first of a case")
{
    struct test_office o;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL) && office_do(&o, SECOND, DO_AGREE, c, "批示", "同意", NULL));
    check(office_seat(&o, VILLAGER, c, "村里办") >= 0);
    office_begin(&o);
    id west = test_group(&o.t, "02", "西村", (id){0});
    office_commit(&o);
    post_given(&o, OTHER, "村干部", op_z(op, op_text(op, ",'村组':'%.*s'", PS(id_text(op, o.village)))));
    post_changed(&o, VILLAGER, op_z(op, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, west)))));
    check_int(office_seat(&o, VILLAGER, c, "村里办"), -1);
    check(office_seat(&o, OTHER, c, "村里办") >= 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a cadre who goes to another village group leaves what is the first one's; who is named by account keeps the task")
{
    struct test_office o;
    id c = waiting(&o, op, "角色:村干部@村组");
    check(office_seat(&o, VILLAGER, c, "承办") >= 0);
    office_begin(&o);
    id west = test_group(&o.t, "02", "西村", (id){0});
    office_commit(&o);
    post_given(&o, OTHER, "村干部", op_z(op, op_text(op, ",'村组':'%.*s'", PS(id_text(op, o.village)))));
    post_changed(&o, VILLAGER, op_z(op, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, west)))));
    check_int(office_seat(&o, VILLAGER, c, "承办"), -1);
    check(office_seat(&o, OTHER, c, "承办") >= 0);
    check(office_equal(&o));
    c = waiting(&o, op, "账号:suozhang");
    post_changed(&o, HEAD, "{'角色':'审计'}");
    check(office_seat(&o, HEAD, c, "承办") >= 0);
    check_str(stuck_text(&o, c), S(""));
    test_faults(op);
}

TEST("what is sent to a 站所 whose head has no account goes to who stands in, else back to who has sent it, with the reason in the history; what the system sends, to the chief")
{
    static const struct {
        bool stand_in, agrees;
        int gets;
        const char *told;           /* NULL: nothing */
    } rows[] = {{true, false, OTHER, "由代岗的人办"}, {false, false, CLERK, "水管所"}, {false, true, CHIEF, "水管所"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct test_office o;
        struct flow_view v;
        id c = {0};
        office_open(op, &o);
        office_procedure(&o, "paper", op_z(op, op_text(op, BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'")
            BPMN_FLOW("s", "A") "<userTask id='A' name='派单' zw:who='角色:文书' zw:form='主办!'/>" BPMN_FLOW("A", "C")
            "<userTask id='C' name='承办' zw:who='字段:主办' zw:agrees='%s'/>" BPMN_FLOW("C", "y")
            "<exclusiveGateway id='y' default='ye'/>" BPMN_IF("y", "A", "outcome = \"refuse\"") BPMN_FLOW("y", "e") "<endEvent id='e'/>" BPMN_TAIL,
            rows[i].agrees ? "true" : "false")));
        office_begin(&o);
        check(office_load(&o));
        id head = office_add(&o, o.staff, S("{'姓名':'没有账号的'}"));
        id office = office_add(&o, o.offices, op_text(op, "{'名称':'水管所','负责人':'%.*s'}", PS(id_text(op, head))));
        if (rows[i].stand_in)
            office_add(&o, o.stand_ins, op_text(op, "{'干部':'%.*s','代岗人':'%.*s','起':'2020-01-01T00:00:00+08:00','止':'2030-01-01T00:00:00+08:00'}",
                                                PS(id_text(op, head)), PS(id_text(op, o.staff_of[OTHER]))));
        office_commit(&o);
        c = office_start(&o, office_paper(&o, "通知", ""));
        check(office_do(&o, CLERK, DO_AGREE, c, "派单", "请办", op_z(op, op_text(op, "{'主办':'%.*s'}", PS(id_text(op, office))))));
        check(office_seat(&o, rows[i].gets, c, "承办") >= 0);
        check_str(stuck_text(&o, c), S(""));
        check(office_view(&o, CHIEF, c, &v));
        const struct flow_word *told = NULL;
        for (size_t k = 0; k < v.word_count; k++)
            if (v.words[k].op == FLOW_VACANT)
                told = &v.words[k];
        check((told != NULL) == (rows[i].told != NULL));
        if (told) {
            check(str_find(told->opinion, str_z(rows[i].told), &(size_t){0}));
            check_str(told->person, SYSTEM_ACTOR);
        }
        check(office_do(&o, rows[i].gets, DO_AGREE, c, "承办", "已办", NULL));
        check(office_equal(&o));
        test_faults(op);
    }
}

TEST("whoever looks at a running paper is told whom it names and does not reach: an office none of whose heads has an account")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.unreached_count, 0);
    office_begin(&o);
    test_change(&o.t, o.accounts, o.account[HEAD], S("{'停用':true}"));
    office_commit(&o);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.unreached_count, 1);
    check_str(v.unreached[0].field, S("主办"));
    check(v.unreached[0].name.n > 0);
    test_faults(op);
}

TEST("an account that holds no post today reaches nobody either")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    office_begin(&o);
    test_change(&o.t, o.posts, o.post_of[HEAD], S("{'止':'2021-01-01'}"));
    office_commit(&o);
    check(office_view(&o, CHIEF, c, &v));
    check_int(v.unreached_count, 1);
    test_faults(op);
}

/* A paper that was sent to a 站所 whose head has no account. */
struct vacancy_case {
    struct test_office o;
    id head, office, second_head, second_office, c;
};

static void vacancy_begin(struct op *op, struct vacancy_case *x, const char *rule)
{
    struct test_office *o = &x->o;
    office_open(op, o);
    office_procedure(o, "paper", op_z(op, op_text(op, BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'")
        BPMN_FLOW("s", "A") "<userTask id='A' name='派单' zw:who='角色:文书' zw:form='主办!'/>" BPMN_FLOW("A", "C")
        "<userTask id='C' name='承办' zw:who='字段:主办' %s/>" BPMN_FLOW("C", "y")
        "<exclusiveGateway id='y' default='ye'/>" BPMN_IF("y", "A", "outcome = \"refuse\"") BPMN_FLOW("y", "e") "<endEvent id='e'/>" BPMN_TAIL,
        rule)));
    office_begin(o);
    check(office_load(o));
    x->head = office_add(o, o->staff, S("{'姓名':'没有账号的'}"));
    x->office = office_add(o, o->offices, op_text(op, "{'名称':'水管所','负责人':'%.*s'}", PS(id_text(op, x->head))));
    office_commit(o);
    x->c = office_start(o, office_paper(o, "通知", ""));
    check(office_do(o, CLERK, DO_AGREE, x->c, "派单", "请办", op_z(op, op_text(op, "{'主办':'%.*s'}", PS(id_text(op, x->office))))));
}

/* 旁人 is that head from now on: their account gets the 干部. */
static void vacancy_end(struct vacancy_case *x)
{
    struct record *r;
    struct warning *w;
    struct test_office *o = &x->o;
    office_begin(o);
    check(record_change(o->t.tx, o->t.town, &o->t.system, o->accounts, o->account[OTHER], 0,
                        test_values(o->op, op_z(o->op, op_text(o->op, "{'干部':'%.*s'}", PS(id_text(o->op, x->head))))), S("开账号"), &w, &r));
    check(flow_record_changed(o->t.tx, o->flow, &o->who[CHIEF], o->accounts, r));
    office_commit(o);
}

static size_t words_of(struct vacancy_case *x, int op_wanted, const char *said)
{
    struct flow_view v;
    size_t n = 0;
    check(office_view(&x->o, CHIEF, x->c, &v));
    for (size_t i = 0; i < v.word_count; i++)
        n += v.words[i].op == op_wanted && str_find(v.words[i].opinion, str_z(said), &(size_t){0}) && v.words[i].for_whom.n == 0;
    return n;
}

TEST("what went to another desk as a 站所 had nobody goes over by itself when it has, if nobody has begun it, and the history says so")
{
    struct vacancy_case x;
    struct flow_view v;
    vacancy_begin(op, &x, "");
    check(office_seat(&x.o, CLERK, x.c, "承办") >= 0);
    vacancy_end(&x);
    check_int(office_seat(&x.o, CLERK, x.c, "承办"), -1);
    check(office_seat(&x.o, OTHER, x.c, "承办") >= 0);
    check_int((int)words_of(&x, FLOW_VACANT, "水管所"), 1);
    check_int((int)words_of(&x, DO_TRANSFER, "空席已补：“水管所”的旁人现在能办"), 1);
    check(office_view(&x.o, CHIEF, x.c, &v));
    for (size_t i = 0; i < v.visits[v.visit_count - 1].seat_count; i++)
        check_str(v.visits[v.visit_count - 1].seats[i].by, S("")); /* the system has not done it for anybody */
    check(office_equal(&x.o));
    check(office_do(&x.o, OTHER, DO_AGREE, x.c, "承办", "已办", NULL));
    check(office_equal(&x.o));
    test_faults(op);
}

TEST("what somebody has begun at another desk stays there: who was asked for advice, a signer added")
{
    struct vacancy_case x;
    struct flow_done done;
    vacancy_begin(op, &x, "");
    str who[] = {id_text(op, x.o.account[HEAD])};
    struct flow_act ask = office_act(&x.o, DO_BESIDE, x.c, office_seat(&x.o, CLERK, x.c, "承办"), "一起办");
    ask.who = who;
    ask.who_count = 1;
    check(office_do_act(&x.o, CLERK, &ask, &done));
    vacancy_end(&x);
    check(office_seat(&x.o, CLERK, x.c, "承办") >= 0);
    check_int(office_seat(&x.o, OTHER, x.c, "承办"), -1);
    check(office_equal(&x.o));
    test_faults(op);
}

TEST("a 站所 that gets a head, or somebody who stands in, gets what was sent to it; two chiefs who had it for the 站所 both give it up")
{
    struct vacancy_case x;
    struct record *r;
    struct warning *w;
    vacancy_begin(op, &x, "zw:rule='all' zw:agrees='true'");
    struct test_office *o = &x.o;
    check(office_seat(o, CHIEF, x.c, "承办") >= 0 && office_seat(o, SECOND, x.c, "承办") >= 0);
    check_int((int)words_of(&x, FLOW_VACANT, "水管所"), 1);
    office_begin(o);
    r = test_record(&o->t, o->stand_ins, op_text(op, "{'干部':'%.*s','代岗人':'%.*s','起':'2020-01-01T00:00:00+08:00','止':'2030-01-01T00:00:00+08:00'}",
                                                 PS(id_text(op, x.head)), PS(id_text(op, o->staff_of[HEAD]))));
    check(flow_record_changed(o->t.tx, o->flow, &o->who[CHIEF], o->stand_ins, r));
    office_commit(o);
    check(office_seat(o, HEAD, x.c, "承办") >= 0);
    check(office_seat(o, CHIEF, x.c, "承办") < 0 && office_seat(o, SECOND, x.c, "承办") < 0);
    check(office_equal(o));
    office_begin(o);
    check(record_change(o->t.tx, o->t.town, &o->t.system, o->offices, x.office, 0,
                        test_values(op, op_z(op, op_text(op, "{'负责人':'%.*s'}", PS(id_text(op, o->staff_of[VILLAGER]))))), S("换人"), &w, &r));
    check(flow_record_changed(o->t.tx, o->flow, &o->who[CHIEF], o->offices, r));
    office_commit(o);
    check(office_seat(o, VILLAGER, x.c, "承办") >= 0); /* from who stood in to the head, in turn */
    check_int(office_seat(o, HEAD, x.c, "承办"), -1);
    check(office_equal(o));
    test_faults(op);
}
