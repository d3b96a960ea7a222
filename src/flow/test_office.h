/* A small office for the tests of this room: six people, a village, papers, deadlines, and one procedure that has
 * everything. */
#pragma once

#include "flow/inner.h"
#include "ledger/test_town.h"
#include "store/engine.h"

#define OFFICE_HEAD "'业务条线':'办公','密级':'内部','保管期限':'永久',"
#define OFFICE_ACCOUNT                                                                                                        \
    "{'台账':'账号','英文名':'account'," OFFICE_HEAD "'键':['登录名'],'标题':'姓名','字段':[{'名':'登录名','类型':'文30','必填':true,'唯一':true},"  \
    "{'名':'姓名','类型':'文30'},{'名':'干部','类型':'引→干部'},{'名':'停用','类型':'否'}]}"
#define OFFICE_POST                                                                                                           \
    "{'台账':'岗位','英文名':'post'," OFFICE_HEAD "'键':['账号','角色','村组'],'标题':'角色','字段':[{'名':'账号','类型':'引→账号','必填':true},"         \
    "{'名':'角色','类型':'文20','必填':true},{'名':'村组','类型':'引→村组'},{'名':'起','类型':'日'},{'名':'止','类型':'日'}]}"
#define OFFICE_STAFF                                                                                                          \
    "{'台账':'干部','英文名':'staff'," OFFICE_HEAD "'键':['姓名'],'标题':'姓名','字段':[{'名':'姓名','类型':'文20','必填':true}]}"
#define OFFICE_OFFICE                                                                                                         \
    "{'台账':'站所','英文名':'office'," OFFICE_HEAD "'键':['名称'],'标题':'名称','字段':[{'名':'名称','类型':'文20','必填':true},"              \
    "{'名':'负责人','类型':'引→干部'}]}"
#define OFFICE_STAND_IN                                                                                                       \
    "{'台账':'代岗','英文名':'stand_in'," OFFICE_HEAD "'键':['干部','起'],'标题':'干部.姓名','字段':[{'名':'干部','类型':'引→干部'},"           \
    "{'名':'代岗人','类型':'引→干部'},{'名':'起','类型':'时'},{'名':'止','类型':'时'}]}"
#define OFFICE_RULE                                                                                                           \
    "{'台账':'时限规则','英文名':'deadline_rule'," OFFICE_HEAD "'键':['代码','版本'],'标题':'代码','字段':[{'名':'代码','类型':'码'},"          \
    "{'名':'版本','类型':'整'},{'名':'数量','类型':'整'},{'名':'单位','类型':'文10'},{'名':'起算','类型':'文10'},{'名':'预警比例','类型':'文20'},"      \
    "{'名':'逾期动作','类型':'多枚','选项':['变色','催办','抄送分管领导','上报','自动升级']},{'名':'生效','类型':'日'},{'名':'失效','类型':'日'}]}"
#define OFFICE_PAPER                                                                                                          \
    "{'台账':'收文','英文名':'paper'," OFFICE_HEAD "'键':['标题'],'标题':'标题','归属':'村组','字段':[{'名':'标题','类型':'文100','必填':true},"    \
    "{'名':'来文人','类型':'文20','敏感':true},"                                                                              \
    "{'名':'密级','类型':'枚','选项':['无','秘密'],'默认':'`无`'},{'名':'紧急','类型':'否'},{'名':'主办','类型':'引→站所'},{'名':'村组','类型':'引→村组'},"   \
    "{'名':'拟办意见','类型':'长文'},{'名':'结果','类型':'文50'},{'名':'办理限','类型':'时'},{'名':'下达村组','类型':'多引→村组'},{'名':'下属','类型':'子→村组任务'}],"                                         \
    "'状态':['登记','拟办','批示','承办','村里办','办结','目录','终止'],'流转':[{'从':'登记','到':'拟办'}],"                                      \
    "'规则':[{'名':'办结有结果','条件':'状态 != `办结` or 结果 != null','提示':'办结前请填结果','字段':'结果'}]}"

#define OFFICE_ERRAND                                                                                                         \
    "{'台账':'村组任务','英文名':'errand'," OFFICE_HEAD "'键':['编号'],'标题':'任务 + ` ` + 村组.名称','归属':'村组','字段':["                   \
    "{'名':'编号','类型':'号','必填':true,'唯一':true,'号':'{年}{4}'},{'名':'任务','类型':'文100','必填':true},{'名':'村组','类型':'引→村组','必填':true},{'名':'来文','类型':'引→收文'},"                     \
    "{'名':'期限','类型':'时','必填':true},{'名':'反馈','类型':'长文'}],'状态':['下达','办理','核验','办结','收回']}"

#define BPMN_HEAD(attributes)                                                                                                 \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'" \
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><process id='p' isExecutable='true' " attributes ">" \
    "<startEvent id='s'/>"
#define BPMN_TAIL "</process></definitions>"
#define BPMN_FLOW(from, to) "<sequenceFlow id='" from to "' sourceRef='" from "' targetRef='" to "'/>"
#define BPMN_IF(from, to, condition)                                                                                   \
    "<sequenceFlow id='" from to "' sourceRef='" from "' targetRef='" to "'><conditionExpression>" condition           \
    "</conditionExpression></sequenceFlow>"
#define BPMN_TASK(id, name, more) "<userTask id='" id "' name='" name "' " more "/>"

/* 登记 → (密级?) → 拟办 → 批示 → 承办 and 村里办 beside each other → 办结; what is secret ends as 目录. */
#define PAPER_PROCEDURE                                                                                                       \
    BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'") BPMN_FLOW("s", "x")                        \
    "<exclusiveGateway id='x' default='xA'/>" BPMN_IF("x", "m", "密级 != \"无\"") "<endEvent id='m' name='目录'/>" BPMN_FLOW("x", "A")    \
    BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:form='拟办意见!、主办!' zw:due='NB'") BPMN_FLOW("A", "B")                             \
    BPMN_TASK("B", "批示", "zw:who='角色:领导' zw:rule='all' zw:due='PS' zw:agrees='true'") BPMN_FLOW("B", "y")             \
    "<exclusiveGateway id='y' default='yg'/>" BPMN_IF("y", "A", "outcome = \"refuse\"") BPMN_FLOW("y", "g") "<parallelGateway id='g'/>" \
    BPMN_FLOW("g", "C") BPMN_FLOW("g", "D") BPMN_TASK("C", "承办", "zw:who='字段:主办' zw:form='结果!' zw:due='CB'")                   \
    BPMN_TASK("D", "村里办", "zw:who='角色:村干部@村组' zw:due='字段:办理限'") BPMN_FLOW("C", "j") BPMN_FLOW("D", "j")                  \
    "<parallelGateway id='j'/>" BPMN_FLOW("j", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL

/* 拟办 → 下达 to each village group, a record and a case of its own → 汇总. */
#define COUNTY_PROCEDURE                                                                                                      \
    BPMN_HEAD("name='县里来文' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")                                        \
    BPMN_TASK("A", "拟办", "zw:who='角色:文书'") BPMN_FLOW("A", "K")                                                              \
    "<callActivity id='K' name='下达' calledElement='errand' zw:fields='任务=标题、村组=村组、来文=记录、期限=办理限' zw:results='答=反馈'>"    \
    "<multiInstanceLoopCharacteristics zw:collection='下达村组' zw:elementVariable='村组'/></callActivity>"                    \
    BPMN_FLOW("K", "B") BPMN_TASK("B", "汇总", "zw:who='角色:文书'") BPMN_FLOW("B", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL
#define ERRAND_PROCEDURE                                                                                                      \
    BPMN_HEAD("name='村组任务' zw:ledger='村组任务' zw:feedback='反馈'") BPMN_FLOW("s", "H")                                      \
    BPMN_TASK("H", "办理", "zw:who='角色:村干部@村组' zw:form='反馈!' zw:due='字段:期限'") BPMN_FLOW("H", "V")                       \
    BPMN_TASK("V", "核验", "zw:who='拟稿人'") BPMN_FLOW("V", "x") "<exclusiveGateway id='x' default='xe'/>"                       \
    BPMN_IF("x", "H", "outcome = \"refuse\"") BPMN_FLOW("x", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL

enum { CLERK, CHIEF, SECOND, HEAD, VILLAGER, OTHER, PEOPLE };

struct test_office {
    struct op *op;
    struct test_town t;             /* its tx is open only while the office is made, and in steps of the tests */
    const struct flow *flow;
    const struct ledger *papers, *accounts, *posts, *staff, *offices, *stand_ins, *rules;
    struct store **open;            /* what is closed in the end */
    const struct store_engine *engine;
    id account[PEOPLE], staff_of[PEOPLE], post_of[PEOPLE], office, village;
    struct who who[PEOPLE];
    struct tx *tx;
};

static const struct {
    const char *login, *name, *role;
} office_people[PEOPLE] = {{"wenshu", "文书", "文书"},   {"shuji", "书记", "领导"},      {"zhenzhang", "镇长", "领导"},
                           {"suozhang", "所长", "站所"}, {"cunzhang", "村长", "村干部"}, {"pangren", "旁人", "旁人"}};

static inline time_ms office_at(const char *text)
{
    time_ms t = 0;
    must(time_parse(str_z(text), &t));
    return t;
}

static inline int office_tick(struct test_office *o)
{
    int done = -1;
    if (!flow_tick(o->op, o->t.store, o->flow, &done))
        test_faults(o->op);
    return done;
}

static inline void office_define(struct test_office *o, const char *english, const char *text)
{
    test_define(&o->t, english, text);
}

static inline void office_procedure(struct test_office *o, const char *key, const char *text)
{
    test_write(o->op, o->t.packs, op_z(o->op, op_text(o->op, "base/procedures/%s.bpmn", key)), str_z(text));
}

/* A print of the office's papers, and the empty form it is laid out on. */
static inline void office_print_of(struct test_office *o, const char *ledger, const char *name, const char *parts)
{
    static const char *const folders[] = {"packs/base/prints", "packs/documents", "packs/documents/forms"};
    struct op *op = o->op;
    for (size_t i = 0; i < COUNT(folders); i++)
        (void)mkdir(op_z(op, op_text(op, "%.*s/%s", PS(o->t.folder), folders[i])), 0700);
    test_write(op, o->t.packs, op_z(op, op_text(op, "documents/forms/%s.json", name)), S("{}"));
    test_write(op, o->t.packs, op_z(op, op_text(op, "base/prints/%s.json", name)),
               test_json(op, op_text(op, "{'印件':'%s','台账':'%s','表单':'%s',%s}", name, ledger, name, parts)));
}

static inline void office_print(struct test_office *o, const char *name, const char *parts)
{
    office_print_of(o, "收文", name, parts);
}

static inline id office_add(struct test_office *o, const struct ledger *l, str values)
{
    return test_record(&o->t, l, values)->id;
}

/* What is written here ends with a commit: every act has a transaction of its own. */
static inline void office_begin(struct test_office *o)
{
    bool begun = store_begin(o->t.store, o->op, TX_WRITE, &o->t.tx);
    if (!begun)
        test_faults(o->op);
    must(begun);
}

static inline void office_commit(struct test_office *o)
{
    bool kept = store_commit(o->t.tx);
    if (!kept)
        test_faults(o->op);
    must(kept);
}

static inline bool office_load(struct test_office *o)
{
    struct flow *flow;
    if (!test_load(&o->t))
        return false;
    o->papers = town_ledger(o->t.town, S("收文"));
    o->accounts = town_ledger(o->t.town, S("账号"));
    o->posts = town_ledger(o->t.town, S("岗位"));
    o->staff = town_ledger(o->t.town, S("干部"));
    o->offices = town_ledger(o->t.town, S("站所"));
    o->stand_ins = town_ledger(o->t.town, S("代岗"));
    o->rules = town_ledger(o->t.town, S("时限规则"));
    if (!flow_load(o->t.tx, o->t.town, o->t.packs, &flow))
        return false;
    o->flow = flow;
    return true;
}

static inline void office_people_add(struct test_office *o)
{
    static const struct grant reads[] = {
        {.ledger = SC("收文"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true}};
    static const struct grant supervises[] = {
        {.ledger = SC("*"), .acts = 1u << ACT_READ | 1u << ACT_SUPERVISE, .whole_town = true}};
    struct op *op = o->op;
    for (int i = 0; i < PEOPLE; i++) {
        o->staff_of[i] = office_add(o, o->staff, op_text(op, "{'姓名':'%s'}", office_people[i].name));
        o->account[i] = office_add(o, o->accounts,
                                   op_text(op, "{'登录名':'%s','姓名':'%s','干部':'%.*s'}", office_people[i].login,
                                           office_people[i].name, PS(id_text(op, o->staff_of[i]))));
        str village = i == VILLAGER ? op_text(op, ",'村组':'%.*s'", PS(id_text(op, o->village))) : S("");
        o->post_of[i] = office_add(o, o->posts,
                                   op_text(op, "{'账号':'%.*s','角色':'%s','起':'2020-01-01'%.*s}",
                                           PS(id_text(op, o->account[i])), office_people[i].role, PS(village)));
        o->who[i] = (struct who){.account = o->account[i], .post = o->post_of[i], .name = str_z(office_people[i].name)};
    }
    o->who[CLERK].grants = reads;
    o->who[CLERK].grant_count = COUNT(reads);
    o->who[CHIEF].grants = supervises;
    o->who[CHIEF].grant_count = COUNT(supervises);
    o->office = office_add(o, o->offices, op_text(op, "{'名称':'民政所','负责人':'%.*s'}", PS(id_text(op, o->staff_of[HEAD]))));
}

static inline void office_store_close(void *open)
{
    store_close(*(struct store **)open);
}

static inline void office_store_open(struct test_office *o)
{
    must(store_open(o->op, op_text(o->op, "%.*s/data", PS(o->t.folder)),
                    &(struct store_options){.town = S("152527201"), .engine = o->engine}, &o->t.store));
    *o->open = o->t.store;
}

/* As after a crash: the files are opened again, town and procedures read anew. */
static inline void office_reopen(struct test_office *o)
{
    store_close(o->t.store);
    office_store_open(o);
    office_begin(o);
    bool loaded = office_load(o);
    if (!loaded)
        test_faults(o->op);
    must(loaded);
    office_commit(o);
}

static inline void office_open_with(struct op *op, struct test_office *o, const struct store_engine *engine)
{
    static const char *const folders[] = {"packs", "packs/base", "packs/base/ledgers", "packs/base/procedures"};
    static const char *const ledgers[][2] = {
        {"town_group", TOWN_GROUP},     {"household", TOWN_HOUSEHOLD}, {"person", TOWN_PERSON},
        {"matter", TOWN_MATTER},        {"account", OFFICE_ACCOUNT},   {"post", OFFICE_POST},
        {"staff", OFFICE_STAFF},        {"office", OFFICE_OFFICE},     {"stand_in", OFFICE_STAND_IN},
        {"deadline_rule", OFFICE_RULE}, {"paper", OFFICE_PAPER},
        {"errand", OFFICE_ERRAND}};
    *o = (struct test_office){.op = op, .t = {.op = op, .system = {.name = S("系统"), .system = true}}};
    test_dir_make(op, &o->t.folder);
    o->t.packs = op_text(op, "%.*s/packs", PS(o->t.folder));
    for (size_t i = 0; i < COUNT(folders); i++)
        must(mkdir(op_z(op, op_text(op, "%.*s/%s", PS(o->t.folder), folders[i])), 0700) == 0);
    test_write(op, o->t.packs, "base/pack.json", test_json(op, S(TOWN_PACK)));
    for (size_t i = 0; i < COUNT(ledgers); i++)
        office_define(o, ledgers[i][0], ledgers[i][1]);
    office_procedure(o, "paper", PAPER_PROCEDURE);
    office_procedure(o, "county", COUNTY_PROCEDURE);
    office_procedure(o, "errand", ERRAND_PROCEDURE);
    o->engine = engine;
    o->open = op_new(op, struct store *);
    office_store_open(o);
    op_defer(op, office_store_close, o->open);
    office_begin(o);
    bool ready = office_load(o);
    if (!ready)
        test_faults(op);
    must(ready);
    o->village = test_group(&o->t, "01", "东村", (id){0});
    office_people_add(o);
    office_add(
        o, o->rules,
        S("{'代码':'NB','版本':1,'数量':1,'单位':'工作日','起算':'收到次日','预警比例':'50 100','逾期动作':['催办'],'生效':'2020-01-01'}"));
    office_add(o, o->rules, S("{'代码':'PS','版本':1,'数量':48,'单位':'小时','起算':'收到当日','预警比例':'50 100','逾期动作':['催办','抄送分管领导'],"
                              "'生效':'2020-01-01'}"));
    office_add(o, o->rules, S("{'代码':'CB','版本':1,'数量':5,'单位':'工作日','起算':'收到次日','预警比例':'80 100','逾期动作':['催办','抄送分管领导'],"
                              "'生效':'2020-01-01'}"));
    office_commit(o);
}

static inline void office_open(struct op *op, struct test_office *o)
{
    office_open_with(op, o, NULL);
}

/* What would be said of a model, were it put in force as that procedure. */
static inline bool office_judge(struct test_office *o, const char *key, str text, const struct bpmn_finding **ret)
{
    struct tx *tx;
    const struct flow *flow;
    bool done = store_begin(o->t.store, o->op, TX_READ, &tx) && flow_now(tx, o->flow, &flow) &&
                flow_check(tx, flow, str_z(key), text, ret);
    store_abandon(tx);
    return done;
}

static inline id office_paper(struct test_office *o, const char *title, const char *more)
{
    office_begin(o);
    id paper = office_add(o, o->papers,
                          op_text(o->op, "{'标题':'%s','村组':'%.*s'%s}", title, PS(id_text(o->op, o->village)), more));
    office_commit(o);
    return paper;
}

static inline bool office_end(struct test_office *o, bool done)
{
    if (done)
        return store_commit(o->t.tx);
    store_abandon(o->t.tx);
    return false;
}

static inline id office_start(struct test_office *o, id paper)
{
    struct flow_done done = {0};
    office_begin(o);
    bool begun = office_end(
        o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("paper"), 0), paper, (id){0}, &done));
    if (!begun)
        test_faults(o->op);
    must(begun);
    return done.case_id;
}

/* The seat at that task which this person may act on now; -1. */
static inline int32_t office_seat(struct test_office *o, int person, id c, const char *task)
{
    struct flow_page page = {0};
    struct flow_query q = {.box = FLOW_TODO};
    int32_t seat = -1;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    if (!flow_list(o->tx, o->flow, &o->who[person], &q, &page))
        test_faults(o->op);
    for (size_t i = 0; i < page.count; i++)
        if (id_eq(page.items[i].case_id, c) && (!task || str_eq(page.items[i].node, str_z(task))))
            seat = page.items[i].seat;
    store_abandon(o->tx);
    return seat;
}

static inline struct flow_act office_act(struct test_office *o, int op, id c, int32_t seat, const char *opinion)
{
    (void)o;
    return (struct flow_act){.op = op,
                             .case_id = c,
                             .seat = seat,
                             .seat_rev = -1,
                             .work = -1,
                             .other = -1,
                             .target = -1,
                             .opinion = str_z(opinion)};
}

static inline bool office_do_act(struct test_office *o, int person, const struct flow_act *act, struct flow_done *ret)
{
    office_begin(o);
    return office_end(o, flow_do(o->t.tx, o->flow, &o->who[person], act, ret));
}

/* The person's open task there, with an opinion and values of its form. */
static inline bool office_do(struct test_office *o, int person, int op, id c, const char *task, const char *opinion,
                             const char *values)
{
    struct flow_done done;
    struct flow_act act = office_act(o, op, c, office_seat(o, person, c, task), opinion);
    if (values)
        act.values = test_values(o->op, values);
    return office_do_act(o, person, &act, &done);
}

static inline str office_state(struct test_office *o, id paper)
{
    struct record *r;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(record_get(o->tx, o->t.town, &o->t.system, o->papers, paper, &r));
    store_abandon(o->tx);
    return r->state;
}

static inline bool office_view(struct test_office *o, int person, id c, struct flow_view *ret)
{
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    bool done = flow_view(o->tx, o->flow, &o->who[person], c, ret);
    store_abandon(o->tx);
    return done;
}

/* What stands on a print of that case. */
static inline str office_slip(struct test_office *o, const struct who *who, id c, const char *name)
{
    str said = S("");
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    if (!print_values(o->tx, o->flow, who, &(struct flow_print){.case_id = c, .form = str_z(name)}, &said))
        test_faults(o->op);
    store_abandon(o->tx);
    return said;
}

static inline str office_place(struct test_office *o, id c)
{
    struct flow_view v = {0};
    if (!office_view(o, CHIEF, c, &v))
        test_faults(o->op);
    return v.end == BPMN_RUNNING ? v.head.place : S("（完）");
}

#define TO_HEAD(o) op_z((o)->op, op_text((o)->op, "{'拟办意见':'请民政所办','主办':'%.*s'}", PS(id_text((o)->op, (o)->office))))

/* As far as the leaders. */
static inline id office_at_leaders(struct test_office *o, id *ret_paper)
{
    *ret_paper = office_paper(o, "关于防汛的通知", "");
    id c = office_start(o, *ret_paper);
    check(office_do(o, CLERK, DO_AGREE, c, "拟办", "拟请民政所承办", TO_HEAD(o)));
    return c;
}

static inline id office_at_work(struct test_office *o, id *ret_paper)
{
    id c = office_at_leaders(o, ret_paper);
    check(office_do(o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    check(office_do(o, SECOND, DO_AGREE, c, "批示", "同意", NULL));
    check_str(office_place(o, c), S("承办、村里办"));
    return c;
}

/* What is due now, the store failing at its nth call, and then again without failing. true: it never came to that call. */
static inline bool office_tick_failing(struct test_office *o, struct failing_engine *engine, int n)
{
    bool untouched = false;
    int count = 0;
    for (int round = 0; count == 0 && round < 3; round++) {
        struct op one;
        op_init(&one, o->op->now, (uint64_t)n);
        engine->fail_at = round ? 0 : engine->calls + n;
        engine->fails_left = 1;
        (void)!flow_tick(&one, o->t.store, o->flow, &count);
        untouched = round == 0 && engine->fails_left == 1;
        engine->fail_at = 0;
        op_done(&one);
    }
    return untouched;
}

static inline str office_effects(struct op *op, const struct flow_effect *e)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (; e; e = e->next)
        buf_text(&b, "%d %.*s %.*s；", (int)e->kind, PS(e->node), PS(e->person));
    return op_copy(op, buf_str(&b));
}

/* An act, the store failing at its nth call; what was not done is told in words. true: it was done; ret_effects, where
 * asked for: what it did. */
static inline bool office_act_failing(struct test_office *o, struct failing_engine *engine, int n, int person,
                                      const struct flow_act *act, str *ret_effects)
{
    struct flow_done result;
    struct tx *tx;
    struct op one;
    op_init(&one, o->op->now, (uint64_t)n);
    engine->fail_at = engine->calls + n;
    engine->fails_left = 1;
    bool done = store_begin(o->t.store, &one, TX_WRITE, &tx) && flow_do(tx, o->flow, &o->who[person], act, &result) &&
                store_commit(tx);
    engine->fail_at = 0;
    check(done || one.fault_count > 0);
    if (done && ret_effects)
        *ret_effects = office_effects(o->op, result.effects);
    op_done(&one);
    return done;
}

/* Every row follows from the facts: nothing would be different. */
static inline bool office_equal(struct test_office *o)
{
    int64_t cases, different = -1, reworded = -1;
    office_begin(o);
    bool done = flow_rebuild(o->t.tx, o->flow, (struct progress){0}, &cases, &different, &reworded);
    if (!done)
        test_faults(o->op);
    store_abandon(o->t.tx);
    return done && different == 0 && reworded == 0;
}
