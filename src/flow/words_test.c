/* What was said at a step stands in the field of the record that the step names (zw:words, zw:readers). */
#include "flow/test_office.h"

#define SAID(task) BPMN_FLOW("s", "A") BPMN_TASK("A", "拟办", "zw:who='角色:文书'") BPMN_FLOW("A", "B") task BPMN_FLOW("B", "e") "<endEvent id='e' name='办结'/>" BPMN_TAIL

static id said_begin(struct test_office *o, struct op *op, const char *model, const char *more, id *ret_paper)
{
    office_open(op, o);
    office_procedure(o, "paper", model);
    office_begin(o);
    check(office_load(o));
    office_commit(o);
    *ret_paper = office_paper(o, "防汛通知", more);
    return office_start(o, *ret_paper);
}

static str said_field(struct test_office *o, id paper, const char *field)
{
    struct record *r;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(record_get(o->tx, o->t.town, &o->t.system, o->papers, paper, &r));
    store_abandon(o->tx);
    return json_str(r->values, str_z(field));
}

static str line_of(struct test_office *o, int person, const char *words)
{
    struct date d = date_of(day_at(o->op->now));
    return op_text(o->op, "%s：%s（%d年%d月%d日）", office_people[person].name, words, d.year, d.month, d.day);
}

TEST("a step with zw:words keeps in the record what each of its people said, with name and day; what is taken back stands there no more")
{
    struct test_office o;
    struct flow_done done;
    struct flow_view v;
    id paper, c = said_begin(&o, op, BPMN_HEAD("name='办文' zw:ledger='收文' zw:start='角色:文书' zw:chief='角色:领导'")
                             SAID(BPMN_TASK("B", "批示", "zw:who='角色:领导' zw:rule='all' zw:words='拟办意见'")), ",'拟办意见':'旧登记簿上写的','结果':'已落实'", &paper);
    check_str(said_field(&o, paper, "拟办意见"), S("旧登记簿上写的")); /* the case has not come there yet */
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "请民政所抓紧", NULL));
    str first = line_of(&o, CHIEF, "请民政所抓紧");
    check_str(said_field(&o, paper, "拟办意见"), first);
    struct flow_act back = office_act(&o, DO_BACK_FIRST, c, office_seat(&o, SECOND, c, "批示"), "重拟");
    check(office_do_act(&o, SECOND, &back, &done));
    check_str(said_field(&o, paper, "拟办意见"), S(""));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check(office_do(&o, SECOND, DO_READ, c, "批示", "", NULL));
    op->now += 86400000;
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "", NULL));
    str lines = said_field(&o, paper, "拟办意见"), one, two;
    check(str_split(lines, '\n', &one, &two));
    check_str(two, line_of(&o, CHIEF, "办好"));
    check(office_view(&o, CHIEF, c, &v));
    struct flow_act mend = office_act(&o, DO_CORRECT, c, -1, "应为五日内");
    mend.target = v.words[v.word_count - 1].number;
    check(office_do_act(&o, CHIEF, &mend, &done));
    check(str_find(said_field(&o, paper, "拟办意见"), S("补正：应为五日内"), &(size_t){0}));
    check(office_equal(&o));
    test_faults(op);
}

TEST("zw:readers keeps in the record to whom it went and who has read it, and neither whom it was taken back from")
{
    struct test_office o;
    struct flow_done done;
    struct flow_page page;
    id paper, c = said_begin(&o, op, BPMN_HEAD("name='办文' zw:ledger='收文' zw:readers='拟办意见' zw:start='角色:文书' zw:chief='角色:领导'")
                             SAID(BPMN_TASK("B", "批示", "zw:who='角色:领导'")), "", &paper);
    str sent[] = {id_text(op, o.account[OTHER]), id_text(op, o.account[HEAD])};
    struct flow_act copy = office_act(&o, DO_COPY, c, -1, "请阅");
    copy.who = sent;
    copy.who_count = COUNT(sent);
    check(office_do_act(&o, CLERK, &copy, &done));
    str unread = op_text(op, "%s：未阅\n%s：未阅", office_people[OTHER].name, office_people[HEAD].name);
    check_str(said_field(&o, paper, "拟办意见"), unread);
    must(store_begin(o.t.store, op, TX_READ, &o.tx));
    check(flow_list(o.tx, o.flow, &o.who[OTHER], &(struct flow_query){.box = FLOW_COPY}, &page));
    store_abandon(o.tx);
    struct flow_act read = office_act(&o, DO_COPY_READ, c, -1, "知道了"), recall = office_act(&o, DO_COPY_RECALL, c, -1, "发错");
    read.target = page.items[0].seat;
    recall.target = page.items[0].seat + 1;
    check(office_do_act(&o, OTHER, &read, &done));
    check(office_do_act(&o, CLERK, &recall, &done));
    check_str(said_field(&o, paper, "拟办意见"), line_of(&o, OTHER, "知道了"));
    check(office_equal(&o));
    test_faults(op);
}

TEST("words go into a 长文 of the ledger; any other field is refused with its line")
{
    struct test_office o;
    id paper, c = said_begin(&o, op, BPMN_HEAD("name='办文' zw:ledger='收文' zw:start='角色:文书'")
                             SAID(BPMN_TASK("B", "批示", "zw:who='角色:领导' zw:words='拟办意见'")), "", &paper);
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    check(flow_fills(o.flow, o.papers, ledger_field(o.papers, S("拟办意见"))));
    office_procedure(&o, "paper", BPMN_HEAD("name='办文' zw:ledger='收文' zw:start='角色:文书'")
                     SAID(BPMN_TASK("B", "批示", "zw:who='角色:领导' zw:words='结果'")));
    office_begin(&o);
    check(!office_load(&o) && test_says(op, "长文字段") && test_says(op, "zw:words"));
    op_forgive(op, 0);
}
