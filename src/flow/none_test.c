/* A step is not done as long as there is something of a kind (zw:none). */
#include "flow/test_office.h"

TEST("a task that must not be done as long as there is something of a kind is refused with which and what to do, and done when that is put "
     "right; a condition on what does not refer to the record is refused")
{
    struct test_office o;
    struct warning *w;
    struct record *line, *r;
    static const struct grant reads[] = {{.ledger = SC("*"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true}};
    office_open(op, &o);
    o.who[CLERK].grants = reads;
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='评议' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:none='村组任务.来文：反馈 = null' zw:cure='请先催反馈'") BPMN_FLOW("A", "e")
                             "<endEvent id='e' name='登记'/>" BPMN_TAIL);
    office_begin(&o);
    check(office_load(&o));
    office_commit(&o);
    id paper = office_paper(&o, "通知", ""), c = office_start(&o, paper);
    const struct ledger *errands = town_ledger(o.t.town, S("村组任务"));
    office_begin(&o);
    line = test_record(&o.t, errands, op_text(op, "{'任务':'甲户','村组':'%.*s','来文':'%.*s','期限':'2021-12-20T18:00:00+08:00'}",
                                              PS(id_text(op, o.village)), PS(id_text(op, paper))));
    office_commit(&o);
    check(!office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL) && test_says(op, "甲户") && test_says(op, "请先催反馈"));
    op_forgive(op, 0);
    office_begin(&o);
    check(record_change(o.t.tx, o.t.town, &o.t.system, errands, line->id, 0, test_values(op, "{'反馈':'已办'}"), S("反馈"), &w, &r));
    office_commit(&o);
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "", NULL));
    test_faults(op);
    office_procedure(&o, "paper",
                     BPMN_HEAD("name='评议' zw:ledger='收文' zw:start='角色:文书'") BPMN_FLOW("s", "A")
                         BPMN_TASK("A", "拟办", "zw:who='角色:文书' zw:none='收文.标题：标题 = null' zw:cure='先办'") BPMN_FLOW("A", "e")
                             "<endEvent id='e'/>" BPMN_TAIL);
    office_begin(&o);
    check(!office_load(&o) && test_says(op, "zw:none"));
    op_forgive(op, 0);
}
