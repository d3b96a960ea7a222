/* A paper through the office, and every act on its way. */
#include "flow/test_office.h"

#include <stdlib.h>
#include <unistd.h>

TEST(
    "a paper goes from the clerk to the leaders, to the office and the village, and is done; its record's state goes"
    " with it")
{
    struct test_office o;
    office_open(op, &o);
    id paper = office_paper(&o, "关于防汛的通知", "");
    id c = office_start(&o, paper);
    check_str(office_place(&o, c), S("拟办"));
    check_str(office_state(&o, paper), S("拟办"));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟请民政所承办", TO_HEAD(&o)));
    check_str(office_place(&o, c), S("批示"));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    check_str(office_state(&o, paper), S("批示"));
    check(office_do(&o, SECOND, DO_READ, c, "批示", "", NULL));
    check_str(office_place(&o, c), S("承办、村里办"));
    check(office_do(&o, VILLAGER, DO_AGREE, c, "村里办", "已办", NULL));
    check(office_do(&o, HEAD, DO_AGREE, c, "承办", "办完了", "{'结果':'已落实'}"));
    check_str(office_place(&o, c), S("（完）"));
    check_str(office_state(&o, paper), S("办结"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("whoever sent a paper and whoever supervises it see in whose hands it is, before they open it")
{
    struct test_office o;
    struct flow_page sent, watched;
    id paper;
    office_open(op, &o);
    office_at_leaders(&o, &paper);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CLERK], &(struct flow_query){.box = FLOW_SENT}, &sent));
    check(flow_list(o.tx, o.flow, &o.who[CHIEF], &(struct flow_query){.box = FLOW_SUPERVISE}, &watched));
    store_abandon(o.tx);
    must(sent.count == 1 && watched.count == 1);
    str both = op_text(op, "%s、%s", office_people[CHIEF].name, office_people[SECOND].name);
    check_str(sent.items[0].holders, both);
    check_str(watched.items[0].holders, both);
    test_faults(op);
}

TEST("a secret paper is entered in the catalogue only: nobody gets a task, and the case has ended")
{
    struct test_office o;
    office_open(op, &o);
    id paper = office_paper(&o, "（涉密）", ",'密级':'秘密'");
    id c = office_start(&o, paper);
    check_str(office_place(&o, c), S("（完）"));
    check_str(office_state(&o, paper), S("目录"));
    check(office_equal(&o));
    test_faults(op);
}

TEST(
    "what the task's form demands must be filled in before it is agreed to, and only what it asks for may be changed"
    " with it")
{
    struct test_office o;
    office_open(op, &o);
    id c = office_start(&o, office_paper(&o, "关于防汛的通知", ""));
    check(!office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", NULL));
    check(test_says(op, "拟办意见"));
    check(test_says(op, "主办"));
    op_forgive(op, 0);
    check(!office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", "{'标题':'另一份'}"));
    check(test_says(op, "不是“拟办”这一步填的"));
    op_forgive(op, 0);
    check_str(office_place(&o, c), S("拟办"));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    test_faults(op);
}

TEST(
    "退回 undoes what the return's target caused and takes the record's state back; 直达 then comes straight back to who"
    " returned it")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    struct flow_act back = office_act(&o, DO_BACK, c, office_seat(&o, HEAD, c, "承办"), "不属本所职责");
    back.target = 1;
    back.direct = true;
    check(office_do_act(&o, HEAD, &back, &done));
    check_str(office_place(&o, c), S("批示"));
    check_str(office_state(&o, paper), S("批示"));
    check_int(office_seat(&o, VILLAGER, c, NULL), -1);
    check(office_equal(&o));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "仍请民政所办", NULL));
    check(office_do(&o, SECOND, DO_AGREE, c, "批示", "同意", NULL));
    check_str(office_place(&o, c), S("承办、村里办"));
    check(office_seat(&o, VILLAGER, c, "村里办") >= 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a return without a reason is refused, and nothing has changed")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    struct flow_act back = office_act(&o, DO_BACK_FIRST, c, office_seat(&o, HEAD, c, "承办"), "");
    check(!office_do_act(&o, HEAD, &back, &done));
    check(test_says(op, "须写明"));
    op_forgive(op, 0);
    check_str(office_place(&o, c), S("承办、村里办"));
    check(office_equal(&o));
}

TEST("撤回 before anybody has acted on it brings the task back to who did it; afterwards it is refused")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_leaders(&o, &paper);
    check(office_view(&o, CLERK, c, &v));
    struct flow_act take = office_act(&o, DO_TAKE_BACK, c, v.visits[0].seats[0].seat, "");
    check(office_do_act(&o, CLERK, &take, &done));
    check_str(office_place(&o, c), S("拟办"));
    check_str(office_state(&o, paper), S("拟办"));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "再报", NULL));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    check(office_view(&o, CLERK, c, &v));
    for (size_t i = 0; i < v.visit_count; i++)
        if (v.visits[i].state == WORK_DONE)
            take.seat = v.visits[i].seats[0].seat;
    check(!office_do_act(&o, CLERK, &take, &done));
    op_forgive(op, 0);
    check(office_equal(&o));
}

TEST("转办 moves the seat and its deadline to one other; 会签 waits for all; 加签 before me comes before me")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    str other = id_text(op, o.account[OTHER]), second = id_text(op, o.account[SECOND]);
    struct flow_act act = office_act(&o, DO_TRANSFER, c, office_seat(&o, HEAD, c, "承办"), "请旁人办");
    act.who = &other;
    act.who_count = 1;
    check(office_do_act(&o, HEAD, &act, &done));
    check_int(office_seat(&o, HEAD, c, NULL), -1);
    check(office_seat(&o, OTHER, c, "承办") >= 0);
    struct flow_act before = office_act(&o, DO_BEFORE, c, office_seat(&o, OTHER, c, "承办"), "请先看");
    before.who = &second;
    before.who_count = 1;
    before.rule = RULE_ALL;
    check(office_do_act(&o, OTHER, &before, &done));
    check_int(office_seat(&o, OTHER, c, NULL), -1);
    check(office_do(&o, SECOND, DO_AGREE, c, "承办", "可以", "{'结果':'拟结'}"));
    check(office_do(&o, OTHER, DO_AGREE, c, "承办", "办完", "{'结果':'落实'}"));
    check_str(office_place(&o, c), S("村里办"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a refusal that is about a person names them")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_leaders(&o, &paper);
    str second = id_text(op, o.account[SECOND]);
    struct flow_act act = office_act(&o, DO_TRANSFER, c, office_seat(&o, CHIEF, c, "批示"), "请镇长定");
    act.who = &second;
    act.who_count = 1;
    check(!office_do_act(&o, CHIEF, &act, &done));
    check(test_says(op, "镇长已经在这一步里"));
    op_forgive(op, 0);
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    struct flow_view v; /* and so does the reason why an act is not offered */
    bool said = false;
    check(office_view(&o, CLERK, c, &v));
    for (size_t i = 0; i < v.may_count; i++)
        said |= v.may[i].op == DO_TAKE_BACK && str_find(v.may[i].reason, S("书记已经办过，不能撤回"), &(size_t){0});
    check(said);
}

TEST("传阅 goes to who is named, is read once, and a return or the end does not undo it")
{
    struct test_office o;
    struct flow_done done;
    struct flow_page page;
    id paper;
    office_open(op, &o);
    id c = office_at_leaders(&o, &paper);
    str other = id_text(op, o.account[OTHER]);
    struct flow_act copy = office_act(&o, DO_COPY, c, -1, "请阅");
    copy.who = &other;
    copy.who_count = 1;
    check(office_do_act(&o, CHIEF, &copy, &done));
    struct flow_act back = office_act(&o, DO_BACK_FIRST, c, office_seat(&o, CHIEF, c, "批示"), "重拟");
    check(office_do_act(&o, CHIEF, &back, &done));
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[OTHER], &(struct flow_query){.box = FLOW_COPY}, &page));
    store_abandon(o.tx);
    check_int(page.count, 1);
    check(!page.items[0].read);
    struct flow_act read = office_act(&o, DO_COPY_READ, c, -1, "已阅");
    read.target = page.items[0].seat;
    check(office_do_act(&o, OTHER, &read, &done));
    check(!office_do_act(&o, OTHER, &read, &done));
    op_forgive(op, 0);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[OTHER], &(struct flow_query){.box = FLOW_COPY}, &page));
    store_abandon(o.tx);
    check(page.items[0].read);
    check(office_equal(&o));
    test_faults(op);
}

TEST("two people act on one thing at once: the first wins, the second is told, and nothing of theirs is kept")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    check(office_view(&o, HEAD, c, &v));
    int64_t seen = v.head.rev;
    struct flow_act agree = office_act(&o, DO_AGREE, c, office_seat(&o, HEAD, c, "承办"), "办完");
    agree.rev = seen;
    agree.values = test_values(op, "{'结果':'落实'}");
    struct flow_act also = agree;
    check(office_do_act(&o, HEAD, &agree, &done));
    check(!office_do_act(&o, HEAD, &also, &done));
    check(test_fault(op)->kind == FAULT_CONFLICT);
    check(test_says(op, "刷新后再办"));
    op_forgive(op, 0);
    check(office_equal(&o));
}

TEST("signers beside each other do not disturb each other: what counts is the seat each of them saw")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_leaders(&o, &paper);
    struct flow_act chief = office_act(&o, DO_AGREE, c, office_seat(&o, CHIEF, c, "批示"), "同意");
    struct flow_act second = office_act(&o, DO_AGREE, c, office_seat(&o, SECOND, c, "批示"), "同意");
    struct flow_view v;
    check(office_view(&o, CHIEF, c, &v));
    chief.rev = second.rev = v.head.rev;
    chief.seat_rev = second.seat_rev = v.visits[1].seats[0].rev;
    check(office_do_act(&o, CHIEF, &chief, &done));
    check(office_do_act(&o, SECOND, &second, &done));
    check_str(office_place(&o, c), S("承办、村里办"));
    test_faults(op);
}

TEST("a repeated command gives the first answer again and changes nothing; another's command is refused")
{
    struct test_office o;
    struct flow_done first = {0}, again = {0};
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    struct flow_act agree = office_act(&o, DO_AGREE, c, office_seat(&o, VILLAGER, c, "村里办"), "办完");
    agree.command = id_new(op);
    check(office_do_act(&o, VILLAGER, &agree, &first));
    check(office_do_act(&o, VILLAGER, &agree, &again));
    check(again.repeated && !first.repeated);
    check_int(again.rev, first.rev);
    check_int(again.fact_no, first.fact_no);
    check(!office_do_act(&o, HEAD, &agree, &again));
    check(test_fault(op)->kind == FAULT_CONFLICT);
    op_forgive(op, 0);
    id start = id_new(op), record = office_paper(&o, "另一份", "");
    const struct procedure *p = flow_procedure(o.flow, S("paper"), 0);
    for (int i = 0; i < 2; i++) {
        office_begin(&o);
        check(office_end(&o, flow_start(o.t.tx, o.flow, &o.who[CLERK], p, record, start, i ? &again : &first)));
    }
    check(id_eq(first.case_id, again.case_id) && again.repeated);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a preview says what would happen, and nothing has")
{
    struct test_office o;
    struct flow_done seen = {0};
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    struct flow_act back = office_act(&o, DO_BACK_FIRST, c, office_seat(&o, HEAD, c, "承办"), "重办");
    back.command = id_new(op);
    office_begin(&o);
    int64_t before, after;
    check(store_fact_count(o.t.tx, &before));
    check(flow_preview(o.t.tx, o.flow, &o.who[HEAD], &back, &seen));
    check(store_fact_count(o.t.tx, &after));
    check_int(after, before);
    office_commit(&o);
    int withdrawn = 0, arrives = 0;
    for (const struct flow_effect *e = seen.effects; e; e = e->next) {
        withdrawn += e->kind == FLOW_WITHDRAWS;
        arrives += e->kind == FLOW_ARRIVES && str_eq(e->node, S("拟办"));
    }
    check(withdrawn >= 2);
    check_int(arrives, 1);
    check_str(office_place(&o, c), S("承办、村里办"));
    check_str(office_state(&o, paper), S("村里办"));
    check(office_equal(&o));
    test_faults(op);
}

TEST(
    "who has no part in a case and may not read its record does not learn that there is one; who takes part sees the"
    " record, covered")
{
    struct test_office o;
    struct flow_view v;
    struct flow_done done;
    office_open(op, &o);
    id paper = office_paper(&o, "关于防汛的通知", ",'来文人':'张三丰'");
    id c = office_start(&o, paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    check(!office_view(&o, OTHER, c, &v));
    check(test_fault(op)->kind == FAULT_MISSING);
    op_forgive(op, 0);
    struct flow_act agree = office_act(&o, DO_AGREE, c, 1, "同意");
    check(!office_do_act(&o, OTHER, &agree, &done));
    check(test_fault(op)->kind == FAULT_MISSING);
    op_forgive(op, 0);
    check(!office_do_act(&o, CLERK, &agree, &done));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    check(office_view(&o, SECOND, c, &v));
    size_t at;
    check(!str_find(json_str(v.record->values, S("来文人")), S("三"), &at));
    test_faults(op);
}

TEST("who has a task in hand opens what is masked of its record, with a reason and a fact of their own; who has had it or waits for it does not")
{
    static const struct {
        int person;
        const char *reason;
        bool may, opens;
    } rows[] = {{CHIEF, "要回电话", true, true}, {CHIEF, " ", true, false}, {VILLAGER, "看看", false, false}, {OTHER, "看看", false, false}};
    struct test_office o;
    struct flow_view v;
    struct json *values;
    str field = S("来文人");
    office_open(op, &o);
    id paper = office_paper(&o, "关于防汛的通知", ",'来文人':'张三丰'");
    id c = office_start(&o, paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟办", TO_HEAD(&o)));
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (office_view(&o, rows[i].person, c, &v))
            check(v.reveals == rows[i].may);
        op_forgive(op, 0);
        office_begin(&o);
        bool opened = office_end(&o, flow_reveal(o.t.tx, o.flow, &o.who[rows[i].person], c, &field, 1, str_z(rows[i].reason), &values));
        check(opened == rows[i].opens);
        if (opened)
            check_str(json_str(values, field), S("张三丰"));
        op_forgive(op, 0);
    }
    struct fact *facts;
    size_t count, reveals = 0;
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    must(fact_history(o.tx, S("paper"), paper, &facts, &count));
    for (size_t i = 0; i < count; i++)
        if (facts[i].act == FACT_REVEAL) {
            check_str(facts[i].account_name, o.who[CHIEF].name);
            reveals++;
        }
    check(reveals == 1);
    store_abandon(o.tx);
    test_faults(op);
}

TEST("a paper that is under way is not begun a second time; who may not begin it is told who may")
{
    struct test_office o;
    struct flow_done done;
    str reason;
    office_open(op, &o);
    id paper = office_paper(&o, "关于防汛的通知", "");
    const struct procedure *p = flow_procedure(o.flow, S("paper"), 0);
    office_begin(&o);
    check(!flow_start(o.t.tx, o.flow, &o.who[CHIEF], p, paper, (id){0}, &done));
    check(test_says(op, "角色:文书"));
    op_forgive(op, 0);
    store_abandon(o.t.tx);
    office_start(&o, paper);
    office_begin(&o);
    check(!flow_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, (id){0}, &done));
    check(test_fault(op)->kind == FAULT_CONFLICT);
    op_forgive(op, 0);
    check(flow_may_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, &reason));
    check(reason.n > 0);
    store_abandon(o.t.tx);
    test_faults(op);
}

TEST("what has come to its end is not begun again by the procedure that led it there: asked or told, the answer is one")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    str reason;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    check(office_do(&o, HEAD, DO_AGREE, c, "承办", "办完了", "{'结果':'落实'}"));
    check(office_do(&o, VILLAGER, DO_AGREE, c, "村里办", "", NULL));
    check(office_view(&o, CLERK, c, &v));
    check_str(v.record->state, S("办结"));
    for (size_t i = 0; i < v.word_count; i++)
        check_str(v.words[i].said, str_eq(v.words[i].node, S("批示")) ? S("同意") : S("办好")); /* there one says yes or no; the others are done */
    const struct procedure *p = flow_procedure(o.flow, S("paper"), 0);
    office_begin(&o);
    check(flow_may_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, &reason));
    check(str_find(reason, S("已是“办结”"), &(size_t){0}));
    check(!flow_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, (id){0}, &done));
    check(test_fault(op)->kind == FAULT_CONFLICT);
    op_forgive(op, 0);
    store_abandon(o.t.tx);
    test_faults(op);
}

TEST("a paper that is only catalogued is not begun again where it stands; once it is no secret any more it is")
{
    static const char catalogued[] =
        BPMN_HEAD("name='登记办理' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "x")
        "<exclusiveGateway id='x' default='xA'/>" BPMN_IF("x", "m", "密级 != \"无\"") "<endEvent id='m' name='拟办'/>" BPMN_FLOW("x", "A")
        BPMN_TASK("A", "拟办", "zw:who='角色:文书'") BPMN_FLOW("A", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL;
    struct test_office o;
    struct flow_done done;
    struct record *r;
    struct warning *warnings;
    str reason;
    office_open(op, &o);
    office_procedure(&o, "catalogued", catalogued);
    office_begin(&o);
    struct flow *flow;
    check(flow_load(o.t.tx, o.t.town, o.t.packs, &flow));
    o.flow = flow;
    const struct procedure *p = flow_procedure(o.flow, S("catalogued"), 0);
    id paper = office_add(&o, o.papers, S("{'标题':'（涉密）','密级':'秘密'}"));
    check(flow_may_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, &reason));
    check_str(reason, S(""));
    check(flow_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, (id){0}, &done));
    check(record_get(o.t.tx, o.t.town, &o.who[CLERK], o.papers, paper, &r));
    check_str(r->state, S("拟办"));
    check(flow_may_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, &reason));
    check(str_find(reason, S("没有要办的"), &(size_t){0}));
    check(!flow_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, (id){0}, &done));
    op_forgive(op, 0);
    check(record_change(o.t.tx, o.t.town, &o.t.system, o.papers, paper, 0, test_values(op, "{'密级':'无'}"), S("定错了"), &warnings, &r));
    check(flow_may_start(o.t.tx, o.flow, &o.who[CLERK], p, paper, &reason));
    check_str(reason, S(""));
    store_abandon(o.t.tx);
    test_faults(op);
}

TEST("the deputy of an absent person does their task in their name; both are in the history, and nobody else can")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    check_int(office_seat(&o, OTHER, c, NULL), -1);
    office_begin(&o);
    office_add(
        &o, o.stand_ins,
        op_text(op, "{'干部':'%.*s','代岗人':'%.*s','起':'2021-12-01T00:00:00+08:00','止':'2021-12-31T00:00:00+08:00'}",
                PS(id_text(op, o.staff_of[HEAD])), PS(id_text(op, o.staff_of[OTHER]))));
    office_commit(&o);
    check(office_do(&o, OTHER, DO_AGREE, c, "承办", "代办完了", "{'结果':'落实'}"));
    check(office_view(&o, CHIEF, c, &v));
    const struct flow_word *last = &v.words[v.word_count - 1];
    check_str(last->person, S("旁人"));
    check_str(last->for_whom, S("所长"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("a task that nobody has is an incident with who supervises, who gives it to somebody; it never passes by itself")
{
    struct test_office o;
    struct flow_page page;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    office_begin(&o);
    test_change(&o.t, o.posts, o.post_of[VILLAGER], S("{'止':'2021-01-01'}"));
    office_commit(&o);
    id c = office_at_work(&o, &paper);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CHIEF], &(struct flow_query){.box = FLOW_INCIDENTS}, &page));
    store_abandon(o.tx);
    check_int(page.count, 1);
    check(str_find(page.items[0].stuck, S("待分派"), &(size_t){0}));
    struct flow_view v;
    check(office_view(&o, CHIEF, c, &v));
    str other = id_text(op, o.account[OTHER]);
    struct flow_act assign = office_act(&o, DO_ASSIGN, c, -1, "");
    for (size_t i = 0; i < v.may_count; i++)
        if (v.may[i].op == DO_ASSIGN)
            assign.work = v.may[i].target;
    assign.who = &other;
    assign.who_count = 1;
    check(!office_do_act(&o, HEAD, &assign, &done));
    op_forgive(op, 0);
    check(office_do_act(&o, CHIEF, &assign, &done));
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[CHIEF], &(struct flow_query){.box = FLOW_INCIDENTS}, &page));
    store_abandon(o.tx);
    check_int(page.count, 0);
    check(office_do(&o, OTHER, DO_AGREE, c, "村里办", "办完", NULL));
    check(office_equal(&o));
    test_faults(op);
}

TEST("who leaves hands over everything that waits for them in one step; nothing moves when one of it may not")
{
    struct test_office o;
    id paper;
    int64_t moved = 0;
    office_open(op, &o);
    id first = office_at_work(&o, &paper), second = office_start(&o, office_paper(&o, "另一份", ""));
    check(office_do(&o, CLERK, DO_AGREE, second, "拟办", "拟办", TO_HEAD(&o)));
    check(office_do(&o, CHIEF, DO_AGREE, second, "批示", "同意", NULL));
    check(office_do(&o, SECOND, DO_AGREE, second, "批示", "同意", NULL));
    office_begin(&o);
    check(!flow_hand_over(o.t.tx, o.flow, &o.who[CLERK], o.account[HEAD], o.account[OTHER], S("调离"), &moved));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    store_abandon(o.t.tx);
    office_begin(&o);
    check(flow_hand_over(o.t.tx, o.flow, &o.who[CHIEF], o.account[HEAD], o.account[OTHER], S("调离"), &moved));
    office_commit(&o);
    check_int(moved, 2);
    check_int(office_seat(&o, HEAD, first, NULL), -1);
    check(office_seat(&o, OTHER, first, "承办") >= 0 && office_seat(&o, OTHER, second, "承办") >= 0);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a task is not given to an account that was stopped or has no post")
{
    struct test_office o;
    struct flow_done done;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    office_begin(&o);
    test_change(&o.t, o.accounts, o.account[OTHER], S("{'停用':true}"));
    office_commit(&o);
    str other = id_text(op, o.account[OTHER]), nobody = S("没有这个人");
    struct flow_act act = office_act(&o, DO_TRANSFER, c, office_seat(&o, HEAD, c, "承办"), "");
    act.who = &other;
    act.who_count = 1;
    check(!office_do_act(&o, HEAD, &act, &done));
    check(test_says(op, "停用"));
    op_forgive(op, 0);
    act.who = &nobody;
    check(!office_do_act(&o, HEAD, &act, &done));
    check(test_says(op, "不是账号"));
    op_forgive(op, 0);
}

/* A picture that was kept before. */
static str picture(struct test_office *o, const char *text)
{
    char name[] = "/tmp/zhenwu-picture-XXXXXX";
    int fd = mkstemp(name);
    str digest;
    must(fd >= 0 && unlink(name) == 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
         lseek(fd, 0, SEEK_SET) == 0);
    office_begin(o);
    must(store_file_keep(o->t.tx, fd, &digest));
    office_commit(o);
    close(fd);
    return digest;
}

TEST("what a leader wrote on paper is written down by who may, with its picture; both names stand there, and nobody "
     "else may")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    office_open(op, &o);
    office_procedure(&o, "paper", BPMN_HEAD("name='收文办理' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "B")
                     BPMN_TASK("B", "批示", "zw:who='账号:shuji' zw:record='角色:文书'") BPMN_FLOW("B", "C")
                     BPMN_TASK("C", "承办", "zw:who='账号:suozhang'") BPMN_FLOW("C", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id c = office_start(&o, office_paper(&o, "通知", ""));
    check(office_view(&o, CLERK, c, &v));
    check(v.visits[0].seats[0].recordable && !v.visits[0].seats[0].mine);
    str scan = picture(&o, "scan"), ink = picture(&o, "ink");
    struct flow_act act = office_act(&o, DO_AGREE, c, v.visits[0].seats[0].seat, "同意。请民政所办");
    act.for_whom = id_text(op, o.account[CHIEF]);
    check(!office_do_act(&o, CLERK, &act, &done));
    check(test_says(op, "须附签批原件的照片"));
    op_forgive(op, 0);
    act.evidence = S("00112233");
    check(!office_do_act(&o, CLERK, &act, &done));
    check(test_says(op, "没有收到"));
    op_forgive(op, 0);
    act.evidence = scan;
    check(!office_do_act(&o, HEAD, &act, &done)); /* has no part in it */
    op_forgive(op, 0);
    act.for_whom = id_text(op, o.account[SECOND]);
    check(!office_do_act(&o, CLERK, &act, &done));
    check(test_says(op, "这一席办理人"));
    op_forgive(op, 0);
    act.for_whom = id_text(op, o.account[CHIEF]);
    check(office_do_act(&o, CLERK, &act, &done));
    check(office_view(&o, CLERK, c, &v));
    check_str(v.words[0].person, S("文书"));
    check_str(v.words[0].for_whom, S("书记"));
    check_str(v.words[0].evidence, scan);
    check(v.words[0].recorded);
    struct flow_act sign = office_act(&o, DO_AGREE, c, office_seat(&o, HEAD, c, "承办"), "");
    sign.signature = ink;
    check(office_do_act(&o, HEAD, &sign, &done));
    check(office_view(&o, CLERK, c, &v));
    check_str(v.words[1].signature, ink);
    check(!v.words[1].recorded && v.end == BPMN_COMPLETED);
    check(office_equal(&o));
    test_faults(op);
}

TEST("a task that gives numbers takes the next of its series in that year, and a number that was taken is never taken "
     "again")
{
    struct test_office o;
    struct record *r;
    office_open(op, &o);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='编号' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "B") BPMN_TASK(
                         "B", "拟办", "zw:who='角色:文书' zw:form='结果!' zw:number='结果' zw:series='密级:无=镇政发'")
                         BPMN_FLOW("B", "e") "<endEvent id='e' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    for (int i = 1; i <= 3; i++) {
        id paper = office_paper(&o, op_z(op, op_text(op, "第%d份", i)), "");
        check(office_do(&o, CLERK, DO_AGREE, office_start(&o, paper), "拟办", "", NULL));
        office_begin(&o);
        check(record_get(o.t.tx, o.t.town, &o.t.system, o.papers, paper, &r));
        check_str(json_str(r->values, S("结果")), op_text(op, "镇政发〔%d〕%d号", date_of(day_at(op->now)).year, i));
        if (i == 2) /* withdrawn, and still taken */
            check(record_withdraw(o.t.tx, o.t.town, &o.t.system, o.papers, paper, 0, S("作废"), &r));
        office_commit(&o);
    }
    id secret = office_paper(&o, "（涉密）", ",'密级':'秘密'");
    check(!office_do(&o, CLERK, DO_AGREE, office_start(&o, secret), "拟办", "", NULL));
    check(test_says(op, "结果"));
    op_forgive(op, 0);
}

TEST("fields that the steps of a procedure ask for, number or stamp are told, so that a new record need not ask for them")
{
    struct test_office o;
    office_open(op, &o);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='编号' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "B") BPMN_TASK(
                         "B", "拟办", "zw:who='角色:文书' zw:form='主办!' zw:number='结果' zw:series='密级:无=镇政发'")
                         BPMN_FLOW("B", "e") "<endEvent id='e' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    check(flow_fills(o.flow, o.papers, ledger_field(o.papers, S("主办"))));
    check(flow_fills(o.flow, o.papers, ledger_field(o.papers, S("结果"))));
    check(!flow_fills(o.flow, o.papers, ledger_field(o.papers, S("标题"))));
    office_commit(&o);
}

TEST("a number of a series is of the year of its paper's date, and of today's where the date is not filled in")
{
    struct test_office o;
    struct record *r;
    static const struct { const char *more; int year; } cases[] = {{",'办理限':'2019-12-31T23:59:00+08:00'", 2019}, {"", 0}};
    office_open(op, &o);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='编号' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "B") BPMN_TASK(
                         "B", "拟办", "zw:who='角色:文书' zw:form='结果!' zw:number='结果' zw:series='密级:无=镇政发' zw:dated='办理限'")
                         BPMN_FLOW("B", "e") "<endEvent id='e' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    for (size_t i = 0; i < COUNT(cases); i++) {
        int year = cases[i].year ? cases[i].year : date_of(day_at(op->now)).year;
        id paper = office_paper(&o, op_z(op, op_text(op, "第%zu份", i)), cases[i].more);
        check(office_do(&o, CLERK, DO_AGREE, office_start(&o, paper), "拟办", "", NULL));
        office_begin(&o);
        check(record_get(o.t.tx, o.t.town, &o.t.system, o.papers, paper, &r));
        check_str(json_str(r->values, S("结果")), op_text(op, "镇政发〔%d〕1号", year));
        office_commit(&o);
    }
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='编号' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "B") BPMN_TASK(
                         "B", "拟办", "zw:who='角色:文书' zw:number='结果' zw:series='密级:无=镇政发' zw:dated='标题'")
                         BPMN_FLOW("B", "e") "<endEvent id='e' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(!office_load(&o) && test_says(op, "zw:dated"));
    op_forgive(op, 0);
}

TEST("a task with a stamp keeps when it was done, after a return the later time, and a stamp on anything but a time is refused")
{
    struct test_office o;
    struct record *r;
    office_open(op, &o);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='记时' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:stamp='办理限'") BPMN_FLOW("A", "B")
                             BPMN_TASK("B", "批示", "zw:who='角色:文书'") BPMN_FLOW("B", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "通知", ""), c = office_start(&o, paper);
    for (int i = 0; i < 2; i++) {
        op->now += 3600000;
        check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
        office_begin(&o);
        check(record_get(o.t.tx, o.t.town, &o.t.system, o.papers, paper, &r));
        check_str(json_str(r->values, S("办理限")), time_text(op, op->now));
        office_commit(&o);
        struct flow_done done;
        struct flow_act back = office_act(&o, DO_BACK_FIRST, c, office_seat(&o, CLERK, c, "批示"), "请再核");
        check(i || office_do_act(&o, CLERK, &back, &done));
    }
    check(office_equal(&o));
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='记时' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:stamp='标题'") BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(!office_load(&o) && test_says(op, "时或日字段"));
    op_forgive(op, 0);
}

TEST("an end with a stamp keeps when it was reached, and leaves the field alone where the other way was taken")
{
    struct test_office o;
    struct record *r;
    office_open(op, &o);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='记时' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:form='标题、结果'") BPMN_FLOW("A", "g")
                         "<exclusiveGateway id='g' default='g_e'/><sequenceFlow id='g_e' sourceRef='g' targetRef='e'/>"
                         "<sequenceFlow id='g_A' sourceRef='g' targetRef='A'><conditionExpression>标题 = \"再办\"</conditionExpression></sequenceFlow>"
                         "<endEvent id='e' name='办结' zw:stamp='办理限'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "再办", ""), c = office_start(&o, paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    office_begin(&o);
    check(record_get(o.t.tx, o.t.town, &o.t.system, o.papers, paper, &r));
    check(json_str(r->values, S("办理限")).n == 0);
    office_commit(&o);
    op->now += 3600000;
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", "{'标题':'办好','结果':'已报'}"));
    office_begin(&o);
    check(record_get(o.t.tx, o.t.town, &o.t.system, o.papers, paper, &r));
    check_str(json_str(r->values, S("办理限")), time_text(op, op->now));
    check_str(r->state, S("办结"));
    office_commit(&o);
    check(office_equal(&o));
}

TEST("a record that is withdrawn ends what runs on it, and says so")
{
    struct test_office o;
    struct record *r;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    office_begin(&o);
    check(record_withdraw(o.t.tx, o.t.town, &o.t.system, o.papers, paper, 0, S("来文单位收回"), &r));
    check(flow_record_withdrawn(o.t.tx, o.flow, &o.t.system, o.papers, paper, S("来文单位收回")));
    office_commit(&o);
    check_int(office_seat(&o, HEAD, c, NULL), -1);
    check(office_equal(&o));
    test_faults(op);
}

TEST("where a paper is, since when, who had it and what they said is one answer")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    check(office_view(&o, CLERK, c, &v));
    check_str(v.head.place, S("承办、村里办"));
    check_str(v.head.drafter, S("文书"));
    check_int(v.visit_count, 4);
    check_str(v.visits[1].name, S("批示"));
    check_int(v.visits[1].seat_count, 2);
    check_str(v.visits[1].seats[0].person, S("书记"));
    check_str(v.visits[1].seats[0].opinion, S("同意"));
    check(v.visits[1].closed > 0 && v.visits[3].closed == 0);
    int here = 0;
    for (size_t i = 0; i < v.place_count; i++)
        here += v.places[i].kind == FLOW_HERE;
    check(here >= 2);
    test_faults(op);
}

TEST("what I may do is told with the reason where I may not")
{
    struct test_office o;
    struct flow_view v;
    id paper;
    office_open(op, &o);
    id c = office_at_work(&o, &paper);
    bool agree = false, back = false;
    check(office_view(&o, HEAD, c, &v));
    for (size_t i = 0; i < v.may_count; i++) {
        agree = agree || (v.may[i].op == DO_AGREE && v.may[i].reason.n == 0);
        back = back || (v.may[i].op == DO_BACK && v.may[i].reason.n == 0);
    }
    check(agree && back);
    check(office_view(&o, CLERK, c, &v));
    bool cancel = false;
    for (size_t i = 0; i < v.may_count; i++)
        cancel = cancel || (v.may[i].op == DO_CANCEL && v.may[i].reason.n > 0);
    check(cancel);
    test_faults(op);
}

TEST("a model is judged without being taken in: a sound one has no finding, an unknown person and a missing ledger are "
     "named")
{
    struct test_office o;
    const struct bpmn_finding *f = NULL;
    office_open(op, &o);
    const struct procedure *const *all;
    size_t before = flow_procedures(o.flow, &all), at;
    check(office_judge(&o, "", flow_procedure(o.flow, S("paper"), 0)->text, &f));
    check(f == NULL || f->kind != BPMN_REFUSED);
    str wrong = S(BPMN_HEAD("name='错' zw:ledger='收文'") BPMN_FLOW("s", "A") BPMN_TASK("A", "办", "zw:who='某某'")
                      BPMN_FLOW("A", "e") "<endEvent id='e'/>" BPMN_TAIL);
    check(office_judge(&o, "", wrong, &f));
    check(f && f->kind == BPMN_REFUSED && str_find(f->text, S("某某"), &at));
    check(office_judge(&o, "", S("<definitions"), &f));
    check(f && f->kind == BPMN_REFUSED);
    check_int((int)flow_procedures(o.flow, &all), (int)before);
    test_faults(op);
}
