/* Procedures that the office changes itself: drafts, putting in force, going back, and what newer packs make of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "flow/test_office.h"

/* Two steps; what is tested is a third between them. */
#define SHORT(name, more)                                                                                                      \
    BPMN_HEAD("name='" name "' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")                                        \
    BPMN_TASK("A", "拟办", "zw:who='角色:文书'") more BPMN_TASK("B", "批示", "zw:who='角色:领导'") BPMN_FLOW("B", "e")            \
    "<endEvent id='e' name='办结'/>" BPMN_TAIL
#define PLAIN SHORT("用印", BPMN_FLOW("A", "B"))
#define CHECKED SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "zw:who='角色:站所'") BPMN_FLOW("C", "B"))
#define NEWER SHORT("用印", BPMN_FLOW("A", "D") BPMN_TASK("D", "登记用印", "zw:who='角色:文书'") BPMN_FLOW("D", "B"))

/* The clerk may design and put in force. */
static void seal_office(struct op *op, struct test_office *o, const struct store_engine *engine)
{
    static const struct grant grants[] = {
        {.ledger = SC("收文"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true},
        {.ledger = SC("岗位"), .acts = 1u << ACT_READ | 1u << ACT_CHANGE | 1u << ACT_STATE, .whole_town = true}};
    office_open_with(op, o, engine);
    o->who[CLERK].grants = grants;
    o->who[CLERK].grant_count = COUNT(grants);
    office_procedure(o, "seal", PLAIN);
    office_begin(o);
    check(office_load(o));
    office_commit(o);
}

/* What a transaction that begins now sees. */
static const struct flow *now_seen(struct test_office *o)
{
    const struct flow *flow = NULL;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(flow_now(o->tx, o->flow, &flow));
    store_abandon(o->tx);
    return flow;
}

static bool force_model(struct test_office *o, int person, const struct flow_model *m, const char *reason, int64_t seen, int64_t *ret)
{
    const struct flow *flow;
    office_begin(o);
    bool done = office_end(o, flow_now(o->t.tx, o->flow, &flow) &&
                                  flow_force(o->t.tx, flow, &o->who[person], m, str_z(reason), seen, ret));
    o->flow = now_seen(o);
    return done;
}

static int64_t in_force_of(struct test_office *o, const char *key)
{
    const struct procedure *const *all;
    size_t count = flow_procedures(now_seen(o), &all);
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i]->key, str_z(key)))
            return all[i]->version;
    return 0;
}

static bool force(struct test_office *o, const char *text, const char *reason)
{
    int64_t version;
    return force_model(o, CLERK, &(struct flow_model){.key = S("seal"), .text = str_z(text)}, reason, in_force_of(o, "seal"), &version);
}

static id begun(struct test_office *o, const char *title)
{
    struct flow_done done = {0};
    id paper = office_paper(o, title, "");
    office_begin(o);
    bool good = office_end(o, flow_start(o->t.tx, o->flow, &o->who[CLERK], flow_procedure(o->flow, S("seal"), 0), paper, (id){0}, &done));
    check(good);
    return done.case_id;
}

static size_t versions_of(struct test_office *o, const char *key, struct flow_version **ret)
{
    size_t count = 0;
    const struct flow *flow;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    check(flow_now(o->tx, o->flow, &flow) && flow_versions(o->tx, flow, str_z(key), ret, &count));
    store_abandon(o->tx);
    return count;
}

static size_t drafts_of(struct test_office *o, const char *key, struct flow_draft **ret)
{
    size_t count = 0;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    check(flow_drafts(o->tx, str_z(key), ret, &count));
    store_abandon(o->tx);
    return count;
}

TEST("a model put in force is what begins from now on; what runs stays on its own; who, when, why and the digest stay in the history")
{
    struct test_office o;
    struct flow_version *versions;
    seal_office(op, &o, NULL);
    id old = begun(&o, "老的");
    time_ms before = op->now += 1000;
    check(force(&o, CHECKED, "党政办〔2021〕3号"));
    id fresh = begun(&o, "新的");
    check(office_do(&o, CLERK, DO_AGREE, old, "拟办", "拟同意", NULL));
    check(office_do(&o, CLERK, DO_AGREE, fresh, "拟办", "拟同意", NULL));
    check_str(office_place(&o, old), S("批示"));
    check_str(office_place(&o, fresh), S("核稿"));
    check_int((int)versions_of(&o, "seal", &versions), 2);
    check_int((int)versions[0].version, 2);
    check(versions[0].in_force);
    check(versions[0].since >= before && versions[0].since <= op->now);
    check_int((int)versions[0].cases, 1);
    check_str(versions[0].by, S("文书"));
    check_str(versions[0].reason, S("党政办〔2021〕3号"));
    check(versions[1].version == 1 && !versions[1].in_force && versions[1].cases == 1 && !versions[1].by.n);
    struct fact *facts;
    size_t count, at;
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(fact_list(o.tx, &(struct fact_query){.ledger = S("flow"), .limit = 10}, &facts, &count));
    store_abandon(o.tx);
    bool kept = false;
    for (size_t i = 0; i < count; i++)
        kept = kept || (facts[i].act == FACT_DECIDE && str_eq(facts[i].account_name, S("文书")) &&
                        str_find(facts[i].body, S("党政办〔2021〕3号"), &at) && str_find(facts[i].body, versions[0].hash, &at));
    check(kept);
    check(office_equal(&o));
    test_faults(op);
}

TEST("after a crash the version in force is the same, and running cases are where they were")
{
    struct test_office o;
    seal_office(op, &o, NULL);
    id old = begun(&o, "老的");
    check(force(&o, CHECKED, "改"));
    id fresh = begun(&o, "新的");
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 2);
    check(office_do(&o, CLERK, DO_AGREE, old, "拟办", "", NULL));
    check(office_do(&o, CLERK, DO_AGREE, fresh, "拟办", "", NULL));
    check_str(office_place(&o, old), S("批示"));
    check_str(office_place(&o, fresh), S("核稿"));
    test_faults(op);
}

TEST("a case goes over to the version that was put in force while it ran")
{
    struct test_office o;
    struct flow_done done;
    seal_office(op, &o, NULL);
    id c = begun(&o, "老的");
    check(force(&o, CHECKED, "改"));
    struct flow_act act = office_act(&o, FLOW_MIGRATE, c, -1, "按新办法办");
    check(office_do_act(&o, CHIEF, &act, &done));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check_str(office_place(&o, c), S("核稿"));
    test_faults(op);
}

TEST("going back puts an earlier version in force as a new one, and the history keeps all of them")
{
    struct test_office o;
    struct flow_version *versions;
    int64_t version;
    seal_office(op, &o, NULL);
    check(force(&o, CHECKED, "改"));
    check(force_model(&o, CLERK, &(struct flow_model){.key = S("seal"), .version = 1}, "核稿太慢，改回去", 2, &version) && version == 3);
    id c = begun(&o, "再来");
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check_str(office_place(&o, c), S("批示"));
    check_int((int)versions_of(&o, "seal", &versions), 3);
    check_str(versions[0].hash, versions[2].hash);
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 3);
    test_faults(op);
}

TEST("a draft changes nothing until it is put in force; thrown away it is gone, and neither is done twice")
{
    struct test_office o;
    struct flow_draft *drafts;
    int64_t version;
    id first, second;
    const struct flow_model model = {.key = S("seal"), .text = S(CHECKED)};
    seal_office(op, &o, NULL);
    office_begin(&o);
    check(flow_draft_keep(o.t.tx, o.flow, &o.who[CLERK], &model, S("先看看"), &first) &&
          flow_draft_keep(o.t.tx, o.flow, &o.who[CLERK], &model, S("再看看"), &second));
    office_commit(&o);
    check_int((int)drafts_of(&o, "seal", &drafts), 2);
    check_str(drafts[0].name, S("用印"));
    check(drafts[0].base == 1 && in_force_of(&o, "seal") == 1);
    check(force_model(&o, CLERK, &(struct flow_model){.key = S("seal"), .draft = first}, "同意", 1, &version) && version == 2);
    check_int((int)drafts_of(&o, "", &drafts), 1);
    check(!force_model(&o, CLERK, &(struct flow_model){.key = S("seal"), .draft = first}, "同意", 2, &version) && test_says(op, "没有这个草稿"));
    op_forgive(op, 0);
    office_begin(&o);
    check(flow_draft_drop(o.t.tx, o.flow, &o.who[CLERK], S("seal"), second, S("不要了")));
    check(!flow_draft_drop(o.t.tx, o.flow, &o.who[CLERK], S("seal"), second, S("")));
    op_forgive(op, 0);
    store_abandon(o.t.tx);
    test_faults(op);
}

TEST("a procedure that no pack has is put in force under its key, begins, and is there after the next start")
{
    struct test_office o;
    int64_t version;
    seal_office(op, &o, NULL);
    const struct flow_model leave = {.key = S("leave_note"), .text = S(SHORT("请假", BPMN_FLOW("A", "B")))};
    check(force_model(&o, CLERK, &leave, "镇里要用", 0, &version) && version == 1);
    office_reopen(&o);
    check(in_force_of(&o, "leave_note") == 1);
    struct flow_done done;
    id paper = office_paper(&o, "请假条", "");
    office_begin(&o);
    check(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("leave_note"), 0), paper, (id){0}, &done)));
    check_str(office_place(&o, done.case_id), S("拟办"));
    test_faults(op);
}

TEST("what start would refuse is refused before it is in force, all of it at once, and nothing of it is kept")
{
    static const struct {
        const char *key, *text, *says;
    } wrong[] = {
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "zw:who='某某'") BPMN_FLOW("C", "B")), "“某某”不认识"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "") BPMN_FLOW("C", "B")), "没有写明谁办"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "zw:who='角色:领导' zw:form='没有'") BPMN_FLOW("C", "B")), "要填的“没有”"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "zw:who='角色:领导' zw:stamp='标题'") BPMN_FLOW("C", "B")), "时或日字段"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") "<callActivity id='C' calledElement='nothing'/>" BPMN_FLOW("C", "B")), "没有流程“nothing”"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "C") "<businessRuleTask id='C' name='定' zw:decision='没有的政策'/>" BPMN_FLOW("C", "B")), "没有的政策"},
        {"seal", SHORT("用印", BPMN_FLOW("A", "nowhere")), "nowhere"},
        {"seal", SHORT("收文办理", BPMN_FLOW("A", "B")), "已有叫“收文办理”的流程"},
        {"seal", ERRAND_PROCEDURE, "不能改成“村组任务”"},
        {"seal", PLAIN, "和现行的第 1 版一样"},
        {"Seal", CHECKED, "小写字母"},
        {"../seal", CHECKED, "小写字母"},
        {"seal", "<definitions", "本流程"},
    };
    struct test_office o;
    int64_t version;
    struct flow_version *versions;
    seal_office(op, &o, NULL);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct flow_model m = {.key = str_z(wrong[i].key), .text = str_z(wrong[i].text)};
        check(!force_model(&o, CLERK, &m, "改", str_eq(m.key, S("seal")) ? 1 : 0, &version));
        if (!test_says(op, wrong[i].says))
            test_failed(__FILE__, __LINE__, "%s", wrong[i].says);
        op_forgive(op, 0);
    }
    const struct flow_model good = {.key = S("seal"), .text = S(CHECKED)};
    check(!force_model(&o, CLERK, &good, " ", 1, &version) && test_says(op, "为什么改"));
    op_forgive(op, 0);
    check(!force_model(&o, CLERK, &good, "改", 0, &version) && test_says(op, "看过变化再定"));
    op_forgive(op, 0);
    check(!force_model(&o, CHIEF, &good, "改", 1, &version) && op_has_fault(op, FAULT_DENIED));
    op_forgive(op, 0);
    check_int((int)versions_of(&o, "seal", &versions), 1);
    test_faults(op);
}

TEST("of a wrong model every fault is found, before anybody puts it in force")
{
    struct test_office o;
    const struct bpmn_finding *f;
    seal_office(op, &o, NULL);
    check(office_judge(&o, "seal", S(SHORT("用印", BPMN_FLOW("A", "C") BPMN_TASK("C", "核稿", "zw:who='某某' zw:stamp='标题' zw:words='标题'")
                                            BPMN_FLOW("C", "D") "<callActivity id='D' calledElement='nothing'/>" BPMN_FLOW("D", "B"))), &f));
    int refused = 0;
    for (; f; f = f->next)
        refused += f->kind == BPMN_REFUSED;
    check_int(refused, 4);
    check(office_judge(&o, "seal", S(CHECKED), &f));
    check(!f || f->kind != BPMN_REFUSED);
    test_faults(op);
}

TEST("a printed form that names a step which would be no more is told as a hint, and keeps nothing out of force")
{
    struct test_office o;
    const struct bpmn_finding *f;
    size_t at;
    seal_office(op, &o, NULL);
    office_print_of(&o, "收文", "用印单", "'值':{'意见':'意见:批示'}");
    office_procedure(&o, "paper", SHORT("收文办理", BPMN_FLOW("A", "C") BPMN_TASK("C", "阅", "zw:who='角色:领导'") BPMN_FLOW("C", "B")));
    office_procedure(&o, "county", SHORT("县里来文", BPMN_FLOW("A", "B")));
    office_reopen(&o);
    check(office_judge(&o, "seal", S(CHECKED), &f) && !f);
    test_write(op, o.t.packs, "base/prints/用印单.json", test_json(op, S("{'印件':'用印单','台账':'收文','表单':'用印单','值':{'意见':'意见:阅'}}")));
    office_reopen(&o);
    check(office_judge(&o, "paper", S(SHORT("收文办理", BPMN_FLOW("A", "B"))), &f));
    check(f && f->kind == BPMN_HINT && str_find(f->text, S("意见:阅"), &at) && !f->next);
    test_faults(op);
}

TEST("a procedure that others call stays callable: what is in force, and what cases still run on, is asked")
{
    static const char by_itself[] =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'"
        " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><process id='p' isExecutable='true' name='村组任务' zw:ledger='村组任务'>"
        "<startEvent id='s'><conditionalEventDefinition><condition xsi:type='tFormalExpression'>反馈 = \"急\"</condition>"
        "</conditionalEventDefinition></startEvent>" BPMN_FLOW("s", "H") BPMN_TASK("H", "办理", "zw:who='角色:文书'")
        BPMN_FLOW("H", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL;
    struct test_office o;
    int64_t version;
    seal_office(op, &o, NULL);
    const struct flow_model m = {.key = S("errand"), .text = str_z(by_itself)};
    check(!force_model(&o, CLERK, &m, "改", 1, &version) && test_says(op, "自行发起，没有可调用的开始事件"));
    op_forgive(op, 0);
    struct flow_done done;
    id paper = office_paper(&o, "县里的", "");
    office_begin(&o);
    check(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("county"), 0), paper, (id){0}, &done)));
    const struct flow_model alone = {.key = S("county"), .text = S(SHORT("县里来文", BPMN_FLOW("A", "B")))};
    check(force_model(&o, CLERK, &alone, "不再下达", 1, &version));
    check(!force_model(&o, CLERK, &m, "改", 1, &version)); /* the case that runs will call it yet */
    op_forgive(op, 0);
    struct flow_act act = office_act(&o, DO_END, done.case_id, -1, "不办了");
    check(office_do_act(&o, CHIEF, &act, &done));
    check(force_model(&o, CLERK, &m, "改", 1, &version));
    test_faults(op);
}

TEST("a transaction that is taken back leaves the procedures as they were; one that began before sees what was then")
{
    struct test_office o;
    struct op one;
    struct tx *reader;
    const struct flow *flow, *then;
    int64_t version;
    seal_office(op, &o, NULL);
    const struct flow_model m = {.key = S("seal"), .text = S(CHECKED)};
    office_begin(&o);
    check(flow_force(o.t.tx, o.flow, &o.who[CLERK], &m, S("改"), 1, &version));
    check(flow_now(o.t.tx, o.flow, &flow) && flow_procedure(flow, S("seal"), 0)->version == 2);
    store_abandon(o.t.tx);
    check(in_force_of(&o, "seal") == 1);
    op_init(&one, op->now, 1);
    check(store_begin(o.t.store, &one, TX_READ, &reader) && flow_now(reader, o.flow, &then));
    check(force(&o, NEWER, "改"));
    check(flow_now(reader, o.flow, &flow) && flow == then && flow_procedure(flow, S("seal"), 0)->version == 1);
    op_done(&one);
    check(in_force_of(&o, "seal") == 2);
    check(flow_procedure(o.flow, S("seal"), 2) && bpmn_named(flow_procedure(o.flow, S("seal"), 2)->model, S("登记用印")));
    test_faults(op);
}

#define FORMAL "xsi:type='tFormalExpression'"
#define ROSTER(id, name, at)                                                                                                   \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'"                                   \
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><process id='p' isExecutable='true' name='排班' zw:ledger='收文'>"  \
    "<startEvent id='" id "' zw:fields='标题=&quot;" name " &quot; + string(today())'><timerEventDefinition><timeCycle " FORMAL ">R/" at "/P1M</timeCycle>"  \
    "</timerEventDefinition></startEvent>" BPMN_FLOW("" id "", "A") BPMN_TASK("A", "排班", "zw:who='角色:文书'") BPMN_FLOW("A", "e") \
    "<endEvent id='e'/>" BPMN_TAIL

TEST("the clock of the version before stops, and that of the new one begins")
{
    struct test_office o;
    struct flow_page page;
    int64_t version;
    seal_office(op, &o, NULL);
    const struct flow_model by_eighth = {.key = S("roster"), .text = S(ROSTER("s", "八日", "2021-12-08T08:00:00+08:00"))};
    const struct flow_model by_tenth = {.key = S("roster"), .text = S(ROSTER("s", "十日", "2021-12-10T08:00:00+08:00"))};
    check(force_model(&o, CLERK, &by_eighth, "要用", 0, &version));
    check(force_model(&o, CLERK, &by_tenth, "改到十日", 1, &version));
    op->now = office_at("2021-12-08T09:00:00+08:00");
    check_int(office_tick(&o), 0);
    op->now = office_at("2021-12-10T09:00:00+08:00");
    check_int(office_tick(&o), 1);
    check_int(office_tick(&o), 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CLERK], &(struct flow_query){.box = FLOW_TODO}, &page) && page.count == 1);
    check_str(page.items[0].title, S("十日 2021-12-10"));
    test_faults(op);
}

TEST("what would change is told by step, against what is in force; of a new procedure everything is new")
{
    struct test_office o;
    const struct procedure *from;
    struct flow_move_step *steps;
    size_t count, at;
    seal_office(op, &o, NULL);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_changes(o.tx, o.flow, &(struct flow_model){.key = S("seal"), .text = S(CHECKED)}, &from, &steps, &count));
    check(from && from->version == 1);
    check_int((int)count, 2);
    check(steps[0].kind == FLOW_MOVE_ALTERED && str_eq(steps[0].node, S("A")) && str_find(steps[0].text, S("批示 → 核稿"), &at));
    check(steps[1].kind == FLOW_MOVE_ADDED && str_eq(steps[1].to_name, S("核稿")));
    static const char told[] =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'><signal id='g' name='停电'/>"
        "<process id='p' isExecutable='true' name='用印' zw:ledger='收文' zw:start='角色:领导'><startEvent id='s'/>" BPMN_FLOW("s", "A")
        "<userTask id='A' name='拟办' zw:who='角色:文书' zw:words='拟办意见' zw:phrases='可用'><documentation>先看章</documentation></userTask>" BPMN_FLOW("A", "B")
        BPMN_TASK("B", "批示", "zw:who='角色:领导'") BPMN_FLOW("B", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL;
    check(flow_changes(o.tx, o.flow, &(struct flow_model){.key = S("seal"), .text = str_z(told)}, &from, &steps, &count));
    check_int((int)count, 2);
    check_str(steps[0].text, S("谁可以发起：角色:文书 → 角色:领导；消息、信号这些定义有变"));
    check_str(steps[1].text, S("话写到：无 → 拟办意见；常用语：无 → 可用；办理说明有变"));
    check(flow_changes(o.tx, o.flow, &(struct flow_model){.key = S("leave"), .text = S(CHECKED)}, &from, &steps, &count));
    check(!from && count == 5 && steps[0].kind == FLOW_MOVE_ADDED);
    check(!flow_changes(o.tx, o.flow, &(struct flow_model){.key = S("seal"), .text = S("<x")}, &from, &steps, &count));
    op_forgive(op, 0);
    store_abandon(o.tx);
    test_faults(op);
}

TEST("newer packs take the place of their own; beside the office's edition they wait as a draft, once, and are told no more when thrown away")
{
    struct test_office o;
    struct flow_draft *drafts;
    struct flow_version *versions;
    seal_office(op, &o, NULL);
    office_procedure(&o, "seal", CHECKED);
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 2); /* nobody has changed it here */
    check(force(&o, PLAIN, "不要核稿"));
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 3); /* the file is one that is known */
    check_int((int)drafts_of(&o, "seal", &drafts), 0);
    office_procedure(&o, "seal", NEWER);
    office_reopen(&o);
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 3);
    check_int((int)versions_of(&o, "seal", &versions), 3);
    check_int((int)drafts_of(&o, "seal", &drafts), 1);
    check(!drafts[0].by.n && drafts[0].base == 3);
    check_str(drafts[0].reason, S("业务包更新"));
    id draft = drafts[0].id;
    office_begin(&o);
    check(flow_draft_drop(o.t.tx, o.flow, &o.who[CLERK], S("seal"), draft, S("用我们的")));
    office_commit(&o);
    office_reopen(&o);
    check_int((int)drafts_of(&o, "seal", &drafts), 0);
    check(in_force_of(&o, "seal") == 3);
    test_faults(op);
}

TEST("an edition that newer packs would refuse gives its place to the pack's own, with the reason; one without a pack begins no more")
{
    struct test_office o;
    struct flow_version *versions;
    int64_t version;
    size_t at;
    static const char calls[] = SHORT("用印", BPMN_FLOW("A", "C") "<callActivity id='C' name='下达' calledElement='errand' zw:fields='任务=标题'/>"
                                              BPMN_FLOW("C", "B"));
    static const char calls_too[] = SHORT("请假", BPMN_FLOW("A", "C") "<callActivity id='C' name='下达' calledElement='errand' zw:fields='任务=标题'/>"
                                                  BPMN_FLOW("C", "B"));
    seal_office(op, &o, NULL);
    check(force(&o, calls, "也要下达"));
    check(force_model(&o, CLERK, &(struct flow_model){.key = S("leave"), .text = str_z(calls_too)}, "要用", 0, &version));
    office_procedure(&o, "county", SHORT("县里来文", BPMN_FLOW("A", "B")));
    must(unlink(op_z(op, op_text(op, "%.*s/base/procedures/errand.bpmn", PS(o.t.packs)))) == 0);
    office_reopen(&o);
    office_reopen(&o);
    check(in_force_of(&o, "seal") == 3);
    check_int((int)versions_of(&o, "seal", &versions), 3);
    check(!versions[0].by.n && versions[0].in_force && str_find(versions[0].reason, S("第 2 版在新的业务包下不能执行"), &at));
    check(in_force_of(&o, "leave") == 0);
    check_int((int)versions_of(&o, "leave", &versions), 1);
    check(str_find(versions[0].refused, S("errand"), &at));
    test_faults(op);
}

TEST("whichever call of the storage fails, a model is wholly in force, with its fact, or not at all")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct test_office o;
    bool done = false;
    int n;
    failing_init(engine, &store_sqlite);
    seal_office(op, &o, &engine->engine);
    const struct flow_model m = {.key = S("seal"), .text = S(CHECKED)};
    for (n = 1; !done && n < 1000; n++) {
        struct op one;
        struct tx *tx;
        const struct flow *flow;
        int64_t version;
        op_init(&one, op->now, (uint64_t)n);
        engine->fail_at = engine->calls + n;
        engine->fails_left = 1;
        done = store_begin(o.t.store, &one, TX_WRITE, &tx) && flow_now(tx, o.flow, &flow) &&
               flow_force(tx, flow, &o.who[CLERK], &m, S("改"), 1, &version) && store_commit(tx);
        engine->fail_at = 0;
        check(done || one.fault_count > 0);
        op_done(&one);
        struct flow_version *versions;
        check(in_force_of(&o, "seal") == (done ? 2 : 1));
        check_int((int)versions_of(&o, "seal", &versions), done ? 2 : 1);
    }
    check(done && n > 10);
    test_faults(op);
}

/* ---- others at work meanwhile ------------------------------------------------------------------------------- */

enum { READERS = 3, EDITIONS = 25 };
struct reading_on {
    struct test_office *o;
    const struct flow *flow;
    atomic_bool *stop;
    bool good;
};

/* Goes through the whole model of the version in force, again and again. */
static void *read_on(void *context)
{
    struct reading_on *r = context;
    r->good = true;
    for (int64_t last = 0; !atomic_load(r->stop);) {
        struct op one;
        struct tx *tx;
        const struct flow *flow;
        op_init(&one, r->o->op->now, 7);
        const struct procedure *p = NULL;
        struct flow_move_step *steps;
        size_t count;
        bool read = store_begin(r->o->t.store, &one, TX_READ, &tx) && flow_now(tx, r->flow, &flow) &&
                    flow_changes(tx, flow, &(struct flow_model){.key = S("seal"), .text = S(PLAIN)}, &p, &steps, &count);
        r->good = r->good && read && p->version >= last && str_eq(p->name, S("用印"));
        last = read ? p->version : last;
        op_done(&one);
    }
    return NULL;
}

TEST("who is at work while versions come in force walks on through what they see, and never sees less than before")
{
    struct test_office o;
    pthread_t threads[READERS];
    struct reading_on readers[READERS];
    atomic_bool stop = false;
    seal_office(op, &o, NULL);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reading_on){.o = &o, .flow = o.flow, .stop = &stop};
        must(pthread_create(&threads[i], NULL, read_on, &readers[i]) == 0);
    }
    for (int i = 0; i < EDITIONS; i++)
        check(force(&o, i % 2 ? NEWER : CHECKED, "改"));
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        check(readers[i].good);
    }
    check(in_force_of(&o, "seal") == EDITIONS + 1);
    test_faults(op);
}
