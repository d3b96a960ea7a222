/* Business rule tasks: a policy of the town decides for the record of a case. */
#include "flow/test_office.h"

#define LEVELS(unknown)                                                                                                \
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' namespace='urn:l' name='分级'>"                 \
    "<inputData id='i1' name='密级'><variable name='密级' typeRef='string'/></inputData>"                               \
    "<inputData id='i2' name='结果'><variable name='结果' typeRef='string'/></inputData>"                               \
    "<decision id='d' name='等级'><informationRequirement><requiredInput href='#i1'/></informationRequirement>"         \
    "<informationRequirement><requiredInput href='#i2'/></informationRequirement>"                                      \
    "<decisionTable hitPolicy='FIRST'><input><inputExpression typeRef='string'><text>密级</text></inputExpression></input>" \
    "<input><inputExpression typeRef='string'><text>结果</text></inputExpression></input><output name='等级'/>"         \
    "<rule><inputEntry><text>\"秘密\"</text></inputEntry><inputEntry><text>-</text></inputEntry>"                       \
    "<outputEntry><text>\"一级\"</text></outputEntry><annotationEntry><text>第三条</text></annotationEntry></rule>"     \
    "<rule><inputEntry><text>not(\"秘密\")</text></inputEntry><inputEntry><text>\"急\"</text></inputEntry>"             \
    "<outputEntry><text>\"" unknown "\"</text></outputEntry><annotationEntry><text>第四条</text></annotationEntry></rule>" \
    "<rule><inputEntry><text>not(\"秘密\")</text></inputEntry><inputEntry><text>not(\"急\")</text></inputEntry>"        \
    "<outputEntry><text>\"三级\"</text></outputEntry><annotationEntry><text>第五条</text></annotationEntry></rule>"     \
    "</decisionTable></decision></definitions>"
#define LEVEL_POLICY                                                                                                   \
    "{'政策':'来文分级','英文名':'levels','总体':{'台账':'收文','条件':''},"                                            \
    "'输入':[{'名':'密级','取':'密级'},{'名':'结果','取':'结果'}],'版本':["                                             \
    "{'生效':'2021-01-01','止':'2021-12-31','模型':'levels.dmn','决策':'等级','用例':'levels.csv'},"                    \
    "{'生效':'2022-01-01','模型':'levels_2022.dmn','决策':'等级','用例':'levels_2022.csv'}]}"

#define BPMN_RULE "<businessRuleTask id='r' name='定' zw:decision='甲'/>"
/* 登记 → (policy) → by its answer 一级: 批示, else 承办. */
#define BY_POLICY(more)                                                                                                \
    BPMN_HEAD("name='分级办理' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")                              \
    BPMN_TASK("A", "登记", "zw:who='角色:文书'") BPMN_FLOW("A", "r")                                                    \
    "<businessRuleTask id='r' name='分级' zw:decision='来文分级' " more "/>" BPMN_FLOW("r", "x")                        \
    "<exclusiveGateway id='x' default='xC'/>" BPMN_IF("x", "B", "来文分级.等级 = \"一级\"") BPMN_FLOW("x", "C")         \
    BPMN_TASK("B", "批示", "zw:who='角色:领导'") BPMN_TASK("C", "承办", "zw:who='角色:站所'") BPMN_FLOW("B", "e")       \
    BPMN_FLOW("C", "e") "<endEvent id='e'/>" BPMN_TAIL

static void rule_office(struct op *op, struct test_office *o, const struct store_engine *engine, const char *more)
{
    office_open_with(op, o, engine);
    must(mkdir(op_z(op, op_text(op, "%.*s/base/policies", PS(o->t.packs))), 0700) == 0);
    test_write(op, o->t.packs, "base/policies/levels.json", test_json(op, S(LEVEL_POLICY)));
    test_write(op, o->t.packs, "base/policies/levels.dmn", S(LEVELS("二级")));
    test_write(op, o->t.packs, "base/policies/levels.csv",
               S("密级,结果,应得 等级\n秘密,,一级\n无,急,二级\n无,缓,三级\n"));
    test_write(op, o->t.packs, "base/policies/levels_2022.dmn", S(LEVELS("一级")));
    test_write(op, o->t.packs, "base/policies/levels_2022.csv",
               S("密级,结果,应得 等级\n秘密,,一级\n无,急,一级\n无,缓,三级\n"));
    office_procedure(o, "graded", op_z(op, op_text(op, "%s", more)));
    office_begin(o);
    bool ready = office_load(o);
    if (!ready)
        test_faults(op);
    must(ready);
    office_commit(o);
}

static id graded(struct test_office *o, const char *title, const char *more, id *ret_paper)
{
    struct flow_done done = {0};
    *ret_paper = office_paper(o, title, more);
    office_begin(o);
    bool begun = office_end(o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("graded"), 0),
                                          *ret_paper, (id){0}, &done));
    if (!begun)
        test_faults(o->op);
    must(begun);
    return done.case_id;
}

static str ruled(struct test_office *o, id c)
{
    struct flow_view v = {0};
    struct buf b;
    buf_init(&b, o->op, 0);
    if (!office_view(o, CHIEF, c, &v))
        test_faults(o->op);
    for (size_t i = 0; i < v.ruling_count; i++)
        buf_text(&b, "%s%.*s 按%.*s（%.*s起）第%d条 %.*s：%.*s%s", i ? "；" : "", PS(v.rulings[i].node),
                 PS(v.rulings[i].policy), PS(v.rulings[i].since), v.rulings[i].rule, PS(v.rulings[i].reason),
                 PS(v.rulings[i].result), v.rulings[i].undone ? "（撤销）" : "");
    return buf_str(&b);
}

static int incidents(struct test_office *o, str *ret_text)
{
    struct flow_page page;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(flow_list(o->tx, o->flow, &o->who[CHIEF], &(struct flow_query){.box = FLOW_INCIDENTS, .limit = 50}, &page));
    store_abandon(o->tx);
    *ret_text = page.count ? page.items[0].stuck : S("");
    return (int)page.count;
}

/* The record changed by somebody in its ledger, as the doors do it. */
static void changed(struct test_office *o, id paper, const char *patch)
{
    office_begin(o);
    struct record *r = test_change(&o->t, o->papers, paper, str_z(patch));
    bool told = flow_record_changed(o->t.tx, o->flow, &o->who[CLERK], o->papers, r);
    if (!told)
        test_faults(o->op);
    must(told);
    office_commit(o);
}

TEST("a business rule task asks the policy in force that day about the record; the answer, its rule and its reason stand with the step and lead on")
{
    struct test_office o;
    id paper, other;
    rule_office(op, &o, NULL, BY_POLICY(""));
    id secret = graded(&o, "密件", ",'密级':'秘密'", &paper);
    check(office_do(&o, CLERK, DO_AGREE, secret, "登记", "", NULL));
    check_str(office_place(&o, secret), S("批示"));
    check_str(ruled(&o, secret), S("分级 按来文分级（2021-01-01起）第1条 第三条：等级：一级"));
    id urgent = graded(&o, "急件", ",'结果':'急'", &other);
    check(office_do(&o, CLERK, DO_AGREE, urgent, "登记", "", NULL));
    check_str(office_place(&o, urgent), S("承办"));
    check_str(ruled(&o, urgent), S("分级 按来文分级（2021-01-01起）第2条 第四条：等级：二级"));
    op->now = office_at("2022-02-08T09:00:00+08:00");
    id later = graded(&o, "明年急件", ",'结果':'急'", &other);
    check(office_do(&o, CLERK, DO_AGREE, later, "登记", "", NULL));
    check_str(office_place(&o, later), S("批示"));
    check_str(ruled(&o, later), S("分级 按来文分级（2022-01-01起）第2条 第四条：等级：一级"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a return takes the answer back with the step; the next time the record is asked as it is then")
{
    struct test_office o;
    id paper;
    rule_office(op, &o, NULL, BY_POLICY("zw:fields='拟办意见=等级'"));
    id c = graded(&o, "急件", ",'结果':'急'", &paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "登记", "", NULL));
    check(office_do(&o, HEAD, DO_BACK_FIRST, c, "承办", "不归我们", NULL));
    changed(&o, paper, "{'密级':'秘密'}");
    check(office_do(&o, CLERK, DO_AGREE, c, "登记", "", NULL));
    check_str(office_place(&o, c), S("批示"));
    check_str(ruled(&o, c), S("分级 按来文分级（2021-01-01起）第2条 第四条：等级：二级（撤销）；"
                              "分级 按来文分级（2021-01-01起）第1条 第三条：等级：一级"));
    struct flow_view v;
    check(office_view(&o, CHIEF, c, &v));
    check_str(json_str(v.record->values, S("拟办意见")), S("一级"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("what a policy lacks holds the case as an incident that names it, passes nothing on, and goes on when the record is filled in or it is tried again")
{
    struct test_office o;
    id paper;
    str says;
    rule_office(op, &o, NULL, BY_POLICY(""));
    id c = graded(&o, "缺项", "", &paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "登记", "", NULL));
    check_int(incidents(&o, &says), 1);
    check_str(says, S("「分级」《来文分级》定不了：缺少「结果」，请补上"));
    check_str(office_place(&o, c), S("分级"));
    check_str(ruled(&o, c), S(""));
    changed(&o, paper, "{'拟办意见':'别的事'}");
    check_int(incidents(&o, &says), 1);
    changed(&o, paper, "{'结果':'缓'}");
    check_int(incidents(&o, &says), 0);
    check_str(office_place(&o, c), S("承办"));
    id other = graded(&o, "又缺", "", &paper);
    check(office_do(&o, CLERK, DO_AGREE, other, "登记", "", NULL));
    office_begin(&o);
    test_change(&o.t, o.papers, paper, S("{'结果':'急'}"));
    office_commit(&o);
    struct flow_view v;
    struct flow_done done;
    check(office_view(&o, CHIEF, other, &v));
    int32_t tok = -1;
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_STUCK)
            tok = v.places[i].tok;
    struct flow_act retry = office_act(&o, FLOW_RETRY, other, -1, "");
    retry.target = tok;
    check(office_do_act(&o, CHIEF, &retry, &done));
    check_str(office_place(&o, other), S("承办"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("whichever call of the storage fails, a step that a policy decides is wholly there, with its answer, or not at all")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct test_office o;
    id paper;
    bool done = false;
    int n;
    failing_init(engine, &store_sqlite);
    rule_office(op, &o, &engine->engine, BY_POLICY("zw:fields='拟办意见=等级'"));
    id c = graded(&o, "密件", ",'密级':'秘密'", &paper);
    struct flow_act act = office_act(&o, DO_AGREE, c, office_seat(&o, CLERK, c, "登记"), "");
    act.command = id_new(op);
    for (n = 1; !done && n < 3000; n++) {
        done = office_act_failing(&o, engine, n, CLERK, &act, NULL);
        check(done == (ruled(&o, c).n > 0));
        if (n % 37 == 0)
            check(office_equal(&o));
    }
    check(done && n > 30);
    check_str(office_place(&o, c), S("批示"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("no rule decides about a person by itself: a model in which a way from the rule to the end meets nobody is refused")
{
    static const struct {
        const char *rest;
        bool good;
    } ways[] = {
        {BPMN_RULE BPMN_FLOW("r", "e") "<endEvent id='e'/>", false},
        {BPMN_RULE BPMN_FLOW("r", "B") BPMN_TASK("B", "核定", "zw:who='角色:领导'") BPMN_FLOW("B", "e") "<endEvent id='e'/>", true},
        {BPMN_RULE BPMN_FLOW("r", "x") "<exclusiveGateway id='x' default='xe'/>" BPMN_IF("x", "B", "甲.等级 = \"一级\"") BPMN_FLOW("x", "e")
         BPMN_TASK("B", "核定", "zw:who='角色:领导'") BPMN_FLOW("B", "e") "<endEvent id='e'/>", false},
    };
    struct test_office o;
    struct flow *flow;
    rule_office(op, &o, NULL, BY_POLICY(""));
    test_write(op, o.t.packs, "base/policies/people.json",
               test_json(op, S("{'政策':'甲','英文名':'people','总体':{'台账':'人','条件':''},'输入':[{'名':'密级','取':'姓名'},{'名':'结果','取':'姓名'}],"
                               "'版本':[{'生效':'2021-01-01','模型':'levels.dmn','决策':'等级','用例':'levels.csv'}]}")));
    for (size_t i = 0; i < COUNT(ways); i++) {
        office_procedure(&o, "person",
                         op_z(op, op_text(op, BPMN_HEAD("name='甲' zw:ledger='人'") BPMN_FLOW("s", "r") "%s" BPMN_TAIL, ways[i].rest)));
        bool good = flow_parse(op, o.t.town, o.t.packs, &flow);
        check(good == ways[i].good);
        check(good || test_says(op, "可以不经人就办结"));
        op_forgive(op, 0);
    }
}

TEST("a rule task without a policy, of a policy about other records, or of one that may not be in force is refused, naming step and cure")
{
    static const struct {
        const char *more, *says;
    } wrong[] = {{"zw:other='x'", "没有写按哪个政策定"},
                 {"zw:decision='没有的'", "业务包里没有这个政策"},
                 {"zw:decision='来文分级' zw:of='标题'", "须是台账“收文”的引用字段"},
                 {"zw:decision='来文分级' zw:of='主办'", "这里是“站所”"},
                 {"zw:decision='来文分级' zw:fields='没有=等级'", "须是 台账字段=结果的名字"},
                 {"zw:decision='来文分级'", "还不能生效"}};
    struct test_office o;
    struct flow *flow;
    rule_office(op, &o, NULL, BY_POLICY(""));
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct bpmn_finding *found;
        const char *model = op_z(op, op_text(op,
            BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "r") "<businessRuleTask id='r' name='定' %s/>"
            BPMN_FLOW("r", "e") "<endEvent id='e'/>" BPMN_TAIL, wrong[i].more));
        office_procedure(&o, "wrong", model);
        if (i + 1 == COUNT(wrong))
            test_write(op, o.t.packs, "base/policies/levels_2022.csv", S("密级,结果,应得 等级\n秘密,,三级\n"));
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        if (!test_says(op, wrong[i].says))
            test_failed(__FILE__, __LINE__, "%s", wrong[i].says);
        op_forgive(op, 0);
        check(office_judge(&o, "", str_z(model), &found));
        check(i + 1 == COUNT(wrong) || (found && found->kind == BPMN_REFUSED));
    }
}
