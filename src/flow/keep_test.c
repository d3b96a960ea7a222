/* Nothing by halves: storage that fails, versions of models, rows against facts. */
#include "flow/test_office.h"

TEST("whichever call of the storage fails, an act is wholly there or not at all, and can be done again")
{
    struct failing_engine *engine = op_new(op, struct failing_engine); /* the store ends after the test */
    struct test_office o;
    failing_init(engine, &store_sqlite);
    office_open_with(op, &o, &engine->engine);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    struct flow_act act = office_act(&o, DO_AGREE, c, office_seat(&o, CLERK, c, "拟办"), "拟办");
    act.command = id_new(op);
    act.values = test_values(op, TO_HEAD(&o));
    bool done = false;
    int n;
    for (n = 1; !done && n < 3000; n++) {
        done = office_act_failing(&o, engine, n, CLERK, &act, NULL);
        bool moved = office_seat(&o, CHIEF, c, "批示") >= 0;
        check(done == moved);
        if (n % 37 == 0)
            check(office_equal(&o));
    }
    check(done && n > 30);
    check_str(office_place(&o, c), S("批示"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("whichever call of the storage fails, a reminder comes once")
{
    struct failing_engine *engine = op_new(op, struct failing_engine);
    struct test_office o;
    failing_init(engine, &store_sqlite);
    office_open_with(op, &o, &engine->engine);
    bool untouched = false;
    int n;
    time_ms morning = op->now;
    for (n = 1; !untouched && n < 1000; n++) {
        op->now = morning + n; /* another day might be before a weekend */
        id c = office_start(&o, office_paper(&o, op_z(op, op_text(op, "第%d份", n)), ""));
        op->now += (time_ms)26 * 3600 * 1000; /* half of a working day's time, and not yet the end of it */
        untouched = office_tick_failing(&o, engine, n);
        struct flow_done done;
        struct flow_view v;
        check(office_view(&o, CLERK, c, &v));
        check_int(v.visits[0].seats[0].nudges, 1);
        struct flow_act end = office_act(&o, DO_END, c, -1, "试完");
        check(office_do_act(&o, CHIEF, &end, &done));
    }
    check(untouched && n > 30);
    check(office_equal(&o));
    test_faults(op);
}

TEST("rows that were altered behind the program's back are found and made again from the facts")
{
    struct test_office o;
    int64_t cases, different, reworded;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    office_start(&o, office_paper(&o, "另一份", ""));
    static const char *const harms[] = {
        "update flow_case set place = '不在'",
        "delete from flow_seat",
        "update flow_seat set due = 1",
        "delete from flow_hand",
        "insert into flow_stuck (case_no, text) select no, '坏' from flow_case",
        "insert into flow_seat (case_no, seat, account, node, opened, due, warn, nudges) values (1, 1, 2, 0, 0, 0, 0, 0)"};
    for (size_t i = 0; i < COUNT(harms); i++) {
        int64_t harmed;
        office_begin(&o);
        check(store_run(o.t.tx, harms[i], ARGS(), &harmed));
        check(flow_rebuild(o.t.tx, o.flow, (struct progress){0}, &cases, &different, &reworded));
        check(harmed == 0 || (different > 0 && reworded == 0));
        check_int(cases, 2);
        office_commit(&o);
        check(office_equal(&o));
    }
    check_str(office_place(&o, c), S("拟办"));
    test_faults(op);
}

#define WAITING_PROCEDURE                                                                                              \
    BPMN_HEAD("name='等回单' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "w")                               \
    "<receiveTask id='w' name='等银行回单'/>" BPMN_FLOW("w", "e") "<endEvent id='e'/>" BPMN_TAIL

TEST("what another version of the program told in other words is written anew and told apart from what is not as the facts say")
{
    struct test_office o;
    struct flow_done done;
    int64_t cases, different, reworded, touched;
    office_open(op, &o);
    office_procedure(&o, "waiting", WAITING_PROCEDURE);
    office_reopen(&o);
    id paper = office_paper(&o, "等着的", "");
    office_begin(&o);
    check(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], flow_procedure(o.flow, S("waiting"), 0), paper, (id){0}, &done)));
    check_str(office_place(&o, done.case_id), S("等银行回单"));
    static const struct {
        const char *change;
        int64_t different, reworded;
    } older[] = {{"update flow_case set place = '等消息'", 0, 1},
                 {"update flow_case set place = '等消息', due = 1", 1, 0},
                 {"update flow_case set rev = 9", 1, 0}};
    for (size_t i = 0; i < COUNT(older); i++) {
        office_begin(&o);
        check(store_run(o.t.tx, older[i].change, ARGS(), &touched) && touched == 1);
        check(flow_rebuild(o.t.tx, o.flow, (struct progress){0}, &cases, &different, &reworded));
        check_int(different, older[i].different);
        check_int(reworded, older[i].reworded);
        office_commit(&o);
        check(office_equal(&o));
    }
    check_str(office_place(&o, done.case_id), S("等银行回单"));
    test_faults(op);
}

TEST("a model that changes makes a new version; what is under way goes on as it began, also after a restart")
{
    struct test_office o;
    office_open(op, &o);
    id old = office_start(&o, office_paper(&o, "旧的", ""));
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "Z")
                         BPMN_TASK("Z", "批示", "zw:who='角色:领导'")
                             BPMN_FLOW("Z", "z") "<endEvent id='z' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    check_int(flow_procedure(o.flow, S("paper"), 0)->version, 2);
    id fresh = office_start(&o, office_paper(&o, "新的", ""));
    check_str(office_place(&o, fresh), S("批示"));
    check_str(office_place(&o, old), S("拟办"));
    check(office_do(&o, CLERK, DO_AGREE, old, "拟办", "拟办", TO_HEAD(&o)));
    check(office_do(&o, CHIEF, DO_AGREE, old, "批示", "同意", NULL));
    check(office_do(&o, SECOND, DO_AGREE, old, "批示", "同意", NULL));
    check_str(office_place(&o, old), S("承办、村里办"));
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    check_int(flow_procedure(o.flow, S("paper"), 0)->version, 2);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a model that does not fit its ledger or cannot be executed is refused, and file, element and cure are named")
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {BPMN_HEAD("name='甲' zw:ledger='没有的'") BPMN_TAIL, "没有写明办的是哪个台账"},
        {BPMN_HEAD("zw:ledger='收文'") BPMN_TAIL, "没有名字"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") "<serviceTask id='A' name='推送'/>" BPMN_FLOW("A", "e")
             "<endEvent id='e'/>" BPMN_TAIL,
         "“推送”这一步没有人也没有程序来办"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK("A", "承办", "")
             BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "没有写明谁办"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK("A", "承办", "zw:who='某某'")
             BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不认识"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK("A", "承办", "zw:who='字段:标题'")
             BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不认识"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK(
             "A", "承办", "zw:who='角色:领导' zw:form='没有的'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不是台账“收文”的字段"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK(
             "A", "承办", "zw:who='角色:领导' zw:due='字段:标题'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不是记录里的日期或时间"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK(
             "A", "承办", "zw:who='角色:领导' zw:form='结果!' zw:rule='all skip-same'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不能写 skip-same 自动同意"},
        {BPMN_HEAD("name='甲' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK("A", "会签", "zw:who='角色:领导' zw:rule='all' zw:agrees='true'")
             BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL,
         "不同意没有去处"},
        {"<definitions", "第1行"},
    };
    struct test_office o;
    office_open(op, &o);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct flow *flow;
        office_procedure(&o, "wrong", wrong[i].text);
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        check(test_says(op, wrong[i].says));
        check(test_says(op, "wrong.bpmn"));
        op_forgive(op, 0);
    }
}

TEST("a running case goes over to another version only when somebody who supervises says so with a reason; what does "
     "not fit is "
     "refused with token and element, shown before, and kept in the history")
{
    struct test_office o;
    struct flow_old *old;
    struct flow_done done;
    struct flow_view v;
    size_t count;
    office_open(op, &o);
    id first = office_start(&o, office_paper(&o, "旧的", "")), second = office_start(&o, office_paper(&o, "已到批示", ""));
    check(office_do(&o, CLERK, DO_AGREE, second, "拟办", "拟办", TO_HEAD(&o)));
    /* 拟办 stays, 批示 is called otherwise and has another element */
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'")
                         BPMN_FLOW("s", "x") "<exclusiveGateway id='x' default='xA'/>" BPMN_IF(
                             "x", "m", "密级 != \"无\"") "<endEvent id='m' name='目录'/>" BPMN_FLOW("x", "A")
                             BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:form='拟办意见!'") BPMN_FLOW("A", "Y")
                                 BPMN_TASK("Y", "承办", "zw:who='角色:站所'")
                                     BPMN_FLOW("Y", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    check(flow_older(o.t.tx, o.flow, &o.t.system, flow_procedure(o.flow, S("paper"), 0), NULL, 0, &old, &count));
    office_commit(&o);
    check_int(count, 2);
    for (size_t i = 0; i < count; i++)
        check(id_eq(old[i].case_id, first) ? old[i].why.n == 0 : str_find(old[i].why, S("批示"), &(size_t){0}));
    struct flow_act move = office_act(&o, FLOW_MIGRATE, first, -1, "按新办法办");
    check(!office_do_act(&o, CLERK, &move, &done));
    check(test_says(op, "督办权限"));
    op_forgive(op, 0);
    office_begin(&o);
    check(flow_preview(o.t.tx, o.flow, &o.who[CHIEF], &move, &done));
    store_abandon(o.t.tx);
    check(office_view(&o, CHIEF, first, &v));
    check_int(v.head.procedure->version, 1);
    move.opinion = S("");
    check(!office_do_act(&o, CHIEF, &move, &done));
    check(test_says(op, "理由"));
    op_forgive(op, 0);
    move.opinion = S("按新办法办");
    check(office_do_act(&o, CHIEF, &move, &done));
    check(!office_do_act(&o, CHIEF, &move, &done));
    check(test_says(op, "已在第 2 版"));
    op_forgive(op, 0);
    move.case_id = second;
    check(!office_do_act(&o, CHIEF, &move, &done));
    check(test_says(op, "批示") && test_says(op, "改成哪一步") && !str_find(op->faults->text, S("标记"), &(size_t){0}));
    op_forgive(op, 0);
    check(office_view(&o, CHIEF, first, &v));
    check_int(v.head.procedure->version, 2);
    check(office_do(&o, CLERK, DO_AGREE, first, "拟办", "拟办", "{'拟办意见':'请站所办'}"));
    check_str(office_place(&o, first), S("承办"));
    check_str(office_place(&o, second), S("批示"));
    check(office_equal(&o));
    /* Who moved it, from where to where and why, stands with what else was said. */
    check(office_view(&o, CHIEF, first, &v));
    bool told = false;
    for (size_t i = 0; i < v.word_count; i++)
        told |= v.words[i].op == FLOW_MIGRATE && v.words[i].version == 2 && str_eq(v.words[i].opinion, S("按新办法办"));
    check(told);
}

TEST("before a case goes over to another version, who supervises it sees what would change and which step is called "
     "otherwise there; the case goes by the names that they give, and the record's history tells of it")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    struct flow_move move;
    office_open(op, &o);
    id paper = office_start(&o, office_paper(&o, "已到批示", ""));
    check(office_do(&o, CLERK, DO_AGREE, paper, "拟办", "拟办", TO_HEAD(&o)));
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'")
                         BPMN_FLOW("s", "x") "<exclusiveGateway id='x' default='xA'/>" BPMN_IF(
                             "x", "m", "密级 != \"无\"") "<endEvent id='m' name='目录'/>" BPMN_FLOW("x", "A")
                             BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:form='拟办意见!'") BPMN_FLOW("A", "Y")
                                 BPMN_TASK("Y", "审签", "zw:who='角色:领导'") BPMN_FLOW("Y", "Z")
                                     BPMN_TASK("Z", "承办", "zw:who='角色:站所'") BPMN_FLOW("Z", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    check(!flow_move(o.t.tx, o.flow, &o.who[CLERK], paper, 0, NULL, 0, &move));
    check(test_says(op, "督办权限"));
    op_forgive(op, 0);
    check(flow_move(o.t.tx, o.flow, &o.who[CHIEF], paper, 0, NULL, 0, &move));
    office_commit(&o);
    check_int(move.from->version, 1);
    check_int(move.to->version, 2);
    check(str_find(move.refused, S("批示"), &(size_t){0}));
    const struct flow_move_step *lost = NULL;
    for (size_t i = 0; i < move.step_count; i++)
        if (move.steps[i].kind == FLOW_MOVE_LOST && move.steps[i].here)
            lost = &move.steps[i];
    check(lost && str_eq(lost->name, S("批示")) && lost->choice_count >= 1);
    if (!lost)
        return;
    struct bpmn_rename renames[] = {{lost->node, S("Y")}};
    office_begin(&o);
    check(flow_move(o.t.tx, o.flow, &o.who[CHIEF], paper, 2, renames, 1, &move));
    office_commit(&o);
    check_str(move.refused, S(""));
    struct flow_act act = office_act(&o, FLOW_MIGRATE, paper, -1, "批示改称审签");
    act.renames = renames;
    act.rename_count = 1;
    act.command = id_new(op);
    check(office_do_act(&o, CHIEF, &act, &done));
    check(office_do_act(&o, CHIEF, &act, &done) && done.repeated);
    check_str(office_place(&o, paper), S("审签"));
    check(office_view(&o, CHIEF, paper, &v));
    check_int(v.head.procedure->version, 2);
    check(office_equal(&o));
}

static str renamed(struct op *op, str text, str from, str to)
{
    size_t at;
    return str_find(text, from, &at) ? op_text(op, "%.*s%.*s%.*s", PS(str_part(text, 0, at)), PS(to),
                                               PS(str_part(text, at + from.n, text.n)))
                                     : text;
}

#define SLIP_OF(step) "'值':{'人':'人:" step "'},'行':{'话':{'取':'意见:" step "','值':{'话':'内容'}}}"

static id instructed(struct test_office *o, const char *title, const char *task, const char *words)
{
    id c = office_start(o, office_paper(o, title, ""));
    check(office_do(o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(o)) && office_do(o, CHIEF, DO_AGREE, c, task, words, NULL));
    return c;
}

static bool slip_says(struct test_office *o, id c, const char *words)
{
    str slip = office_slip(o, &o->who[CHIEF], c, "批办单");
    size_t at;
    return str_find(slip, str_z(words), &at) && str_find(slip, S("\"人\":\"书记\""), &at);
}

TEST("a step that is given another name keeps what is said at it on the slip, whichever of its names the slip was made for")
{
    struct test_office o;
    struct flow *flow;
    office_open(op, &o);
    office_print(&o, "批办单", SLIP_OF("批示"));
    office_reopen(&o);
    id before = instructed(&o, "改名以前的", "批示", "速办");
    check(slip_says(&o, before, "速办"));
    office_procedure(&o, "paper", op_z(op, renamed(op, S(PAPER_PROCEDURE), S("name='批示'"), S("name='领导批示'"))));
    office_reopen(&o);
    id after = instructed(&o, "改名以后的", "领导批示", "照办");
    check(slip_says(&o, before, "速办") && slip_says(&o, after, "照办"));
    office_print(&o, "批办单", SLIP_OF("领导批示"));
    office_reopen(&o);
    check(slip_says(&o, before, "速办") && slip_says(&o, after, "照办"));
    office_print(&o, "批办单", SLIP_OF("B")); /* its id will do too */
    office_reopen(&o);
    check(slip_says(&o, before, "速办") && slip_says(&o, after, "照办"));
    check(flow_parse(op, o.t.town, o.t.packs, &flow));
    test_faults(op);
}

TEST("a print of a step that no procedure of its ledger has is refused when packs are checked, and does not stop a town that runs")
{
    static const char *const wrong[] = {SLIP_OF("没有的"), "'值':{'何时':'时:没有的'}", "'行':{'话':{'取':'意见:没有的','值':{}}}"};
    struct test_office o;
    struct flow *flow;
    office_open(op, &o);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        office_print(&o, "批办单", wrong[i]);
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        check(test_says(op, "没有的") && test_says(op, "批办单.json"));
        op_forgive(op, 0);
        office_reopen(&o);
    }
    test_faults(op);
}

#define PAPER_OF(parts) "'值':{" parts "}"

TEST("a print takes the first of its sources that says something, an expression, people by their names and days as an office writes them")
{
    struct test_office o;
    office_open(op, &o);
    office_print(&o, "批办单",
                 "'值':{'主办':['主办','`无`'],'人':'=主办.负责人.姓名','机关':'`{镇}人民政府`','缺':['拟办意见','`无`'],"
                 "'限':'=if 办理限 = null then null else date(办理限)','时':'时:批示','日':'日:批示','本人':'本人'},"
                 "'行':{'件':{'取':'本记录','值':{'字':'=标题 + `。`'}}}");
    office_reopen(&o);
    id c = instructed(&o, "防汛", "批示", "速办");
    str slip = office_slip(&o, &o.who[CHIEF], c, "批办单");
    struct date today = date_of(day_at(op->now));
    size_t at;
    check(str_find(slip, S("\"人\":\"所长\""), &at));
    check(str_find(slip, S("人民政府\""), &at) && !str_find(slip, S("{镇}"), &at));
    check(str_find(slip, S("\"限\":\"\""), &at));
    check(str_find(slip, S("\"字\":\"防汛。\""), &at));
    check(str_find(slip, S("\"本人\":\"书记\""), &at));
    check(str_find(slip, op_text(op, "\"日\":\"%d年%d月%d日\"", today.year, today.month, today.day), &at));
    check(str_find(slip, op_text(op, "\"时\":\"%d年%d月%d日 ", today.year, today.month, today.day), &at));
    test_faults(op);
}

TEST("a paper that goes out is laid out as an official document from its record; a print that names no part of one, or an expression that cannot be read, is refused with its file")
{
    static const struct { const char *parts, *said; } wrong[] = {
        {PAPER_OF("'标题':'=标题 +'"), "标题"}, {PAPER_OF("'没有的项':'标题'"), "没有的项"}, {PAPER_OF("'标题':['标题',3]"), "不知从哪里取"},
        {PAPER_OF("'标题':'=[1]'"), "须得出文字"}, {"'行':{'件':{'取':'村组任务.来文','条件':'没有 = 1','值':{}}}", "条件"}};
    struct test_office o;
    struct flow *flow;
    struct paper *paper;
    str rules;
    office_open(op, &o);
    office_print(&o, "公文", PAPER_OF("'发文机关':'`{镇}人民政府`','标题':'标题','正文':['拟办意见','`（没有正文）`'],'印章':'`留`','署名':'`{镇}人民政府`','成文日期':'日:批示'"));
    check(file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &rules));
    test_write(op, o.t.packs, "documents/gb9704.json", rules);
    office_reopen(&o);
    id c = instructed(&o, "关于防汛的通知", "批示", "速办");
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    bool laid = flow_print(o.tx, o.flow, &o.who[CHIEF], &(struct flow_print){.case_id = c, .form = S("公文")}, &paper);
    store_abandon(o.tx);
    check(laid);
    size_t marks = 0, titles = 0;
    for (size_t i = 0; laid && i < paper->pages[0].count; i++) {
        const struct paper_item *item = &paper->pages[0].items[i];
        marks += str_eq(item->part, S("发文机关标志")) && item->color == PAPER_RED;
        titles += str_eq(item->part, S("标题"));
    }
    check(marks && titles);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        office_print(&o, "公文", wrong[i].parts);
        check(!flow_parse(op, o.t.town, o.t.packs, &flow));
        check(test_says(op, wrong[i].said) && test_says(op, "公文.json"));
        op_forgive(op, 0);
    }
    test_faults(op);
}

#define RUN_LEDGER                                                                                                                \
    "{'台账':'发放批','英文名':'pay_run'," OFFICE_HEAD "'键':['批号'],'标题':'批号','字段':[{'名':'批号','类型':'文20','必填':true},"          \
    "{'名':'起','类型':'日'},{'名':'金额','类型':'元','敏感':true},{'名':'份','类型':'数2'},{'名':'经手','类型':'多引→干部'}]}"
#define LINE_LEDGER                                                                                                               \
    "{'台账':'发放明细','英文名':'pay_line'," OFFICE_HEAD "'键':['批','序'],'标题':'收款人','字段':[{'名':'批','类型':'引→发放批','必填':true},"   \
    "{'名':'序','类型':'整'},{'名':'收款人','类型':'文20'},{'名':'账号','类型':'文30','敏感':true}]}"

static bool record_says(struct test_office *o, const struct who *who, id record, enum flow_print_kind kind, str *ret)
{
    struct flow_print ask = {.ledger = town_ledger(o->t.town, S("发放批")), .form = S("花名册"), .from = S("2021-01-01"), .to = S("2021-12-31")};
    ask.record = kind == PRINT_RECORD ? record : (id){0};
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    bool done = print_values(o->tx, o->flow, who, &ask, ret);
    store_abandon(o->tx);
    return done;
}

TEST("a record without a case is printed by its reader's right: a list of others' records is taken out like an export, what they may not see is covered")
{
    struct test_office o;
    str said = S(""), names[4];
    size_t at;
    office_open(op, &o);
    office_define(&o, "pay_run", RUN_LEDGER);
    office_define(&o, "pay_line", LINE_LEDGER);
    office_print_of(&o, "发放批", "花名册",
                 "'值':{'大写':'大写:金额','份':'=份 + 0','镇':'镇'},'行':{'名单':{'取':'发放明细.批','排':'序','值':{'姓名':'收款人','账号':'账号'}},"
                 "'人':{'取':'本记录.经手','值':{'姓名':'姓名'}}}");
    office_reopen(&o);
    const struct ledger *runs = town_ledger(o.t.town, S("发放批")), *lines = town_ledger(o.t.town, S("发放明细"));
    office_begin(&o);
    id run = office_add(&o, runs, op_text(op, "{'批号':'2021-1','金额':'119700','份':'2','经手':['%.*s','%.*s']}", PS(id_text(op, o.staff_of[HEAD])),
                                          PS(id_text(op, o.staff_of[CLERK]))));
    for (int i = 2; i >= 1; i--)
        office_add(&o, lines, op_text(op, "{'批':'%.*s','序':%d,'收款人':'户%d','账号':'62281234567890%02d'}", PS(id_text(op, run)), i, i, i));
    office_commit(&o);
    struct grant grant = {.ledger = S("*"), .acts = 1u << ACT_READ, .whole_town = true};
    struct who who = o.who[CHIEF];
    who.grants = &grant;
    who.grant_count = 1;
    check(!record_says(&o, &who, run, PRINT_RECORD, &said) && test_says(op, "导出"));
    op_forgive(op, 0);
    grant.acts |= 1u << ACT_EXPORT;
    check(record_says(&o, &who, run, PRINT_RECORD, &said));
    check(str_find(said, S("\"姓名\":\"户1\",\"账号\":\"6228123456789001\"},{\"姓名\":\"户2\""), &at));
    check(str_find(said, S("\"人\":[{\"姓名\":\"所长\"},{\"姓名\":\"文书\"}]"), &at));
    check(str_find(said, S("\"大写\":\"壹拾壹万玖仟柒佰元整\""), &at));
    check(str_find(said, S("\"份\":\"2\""), &at));
    grant.masks = true;
    check(record_says(&o, &who, run, PRINT_RECORD, &said));
    check(str_find(said, S("户1"), &at) && !str_find(said, S("6228123456789001"), &at) && !str_find(said, S("壹拾"), &at));
    check(!record_says(&o, &who, run, PRINT_LEDGER, &said)); /* it is no register */
    op_forgive(op, 0);
    check_int((long long)flow_prints(o.flow, runs, PRINT_RECORD, names, COUNT(names)), 1);
    check_int((long long)flow_prints(o.flow, runs, PRINT_LEDGER, names, COUNT(names)), 0);
    check_int((long long)flow_prints(o.flow, runs, PRINT_CASE, names, COUNT(names)), 1);
    test_faults(op);
}

TEST("a register says the days it was asked for, also where its ledger has fields of these names")
{
    struct test_office o;
    str said = S("");
    size_t at;
    office_open(op, &o);
    office_define(&o, "pay_run", RUN_LEDGER);
    office_print_of(&o, "发放批", "花名册", "'值':{'起':'起','止':'止'},'行':{'名单':{'取':'本台账','期':'起','值':{'批号':'批号'}}}");
    office_reopen(&o);
    struct grant grant = {.ledger = S("*"), .acts = 1u << ACT_READ, .whole_town = true};
    struct who who = o.who[CHIEF];
    who.grants = &grant;
    who.grant_count = 1;
    check(record_says(&o, &who, (id){0}, PRINT_LEDGER, &said));
    check(str_find(said, S("\"起\":\"2021-01-01\",\"止\":\"2021-12-31\""), &at));
    test_faults(op);
}
