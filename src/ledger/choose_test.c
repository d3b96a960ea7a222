/* Records made by choosing among those that belong to the same. */
#include "ledger/test_town.h"

#define AID                                                                                                                    \
    "{'台账':'救助','英文名':'aid','业务条线':'基础','键':['户'],'密级':'内部','保管期限':'10年','标题':'户.户号','归属':'户.村组','字段':[\n"     \
    "{'名':'户','类型':'引→户','必填':true},{'名':'需要','类型':'整'},\n"                                                             \
    "{'名':'成员','类型':'子→救助成员','选自':{'栏':'人','同':'户','条件':'死亡日期 = null','数':'需要','示':['年龄']}}]}"
#define AID_MEMBER                                                                                                             \
    "{'台账':'救助成员','英文名':'aid_member','业务条线':'基础','键':['救助','人'],'密级':'内部','保管期限':'10年','标题':'人.姓名','归属':'救助.户.村组','字段':[\n" \
    "{'名':'救助','类型':'引→救助','必填':true},{'名':'人','类型':'引→人','必填':true}],\n"                                            \
    "'规则':[{'名':'不要瓦工','条件':'人.特长 = null or not(list contains(人.特长, `瓦工`))','提示':'瓦工不行','字段':'人'}]}"

static void aid_open(struct op *op, struct test_town *t)
{
    test_town_open(op, t);
    test_define(t, "aid", AID);
    test_define(t, "aid_member", AID_MEMBER);
    test_again(t);
    bool loaded = test_load(t);
    if (!loaded)
        test_faults(op);
    must(loaded);
}

TEST("people of the household are chosen in one step, those who are there already are told apart, and there are never more than are needed")
{
    struct test_town t;
    struct choosing c;
    aid_open(op, &t);
    id home = test_household(&t, t.east, "东街"), other = test_household(&t, t.east, "西街");
    id a = test_person(&t, "巴特尔", 19600101, 1, home, "")->id, b = test_person(&t, "其其格", 19620202, 2, home, "")->id,
       d = test_person(&t, "苏和", 19900303, 3, home, "")->id, stranger = test_person(&t, "外人", 19700404, 5, other, "")->id;
    test_person(&t, "故去的", 19300101, 7, home, ",'死亡日期':'2020-01-01'");
    const struct ledger *aid = town_ledger(t.town, S("救助")), *members = town_ledger(t.town, S("救助成员"));
    id one = test_record(&t, aid, op_text(op, "{'户':'%.*s','需要':2}", PS(id_text(op, home))))->id;
    check(choose_read(t.tx, t.town, &t.system, aid, one, S("成员"), &c));
    check_int((int64_t)c.candidate_count, 3);
    check_int(c.wanted, 2);
    check_int(c.have, 0);
    check(choose_keep(t.tx, t.town, &t.system, aid, one, S("成员"), &a, 1, &c) && c.have == 1);
    check(choose_read(t.tx, t.town, &t.system, aid, one, S("成员"), &c));
    int taken = 0;
    for (size_t i = 0; i < c.candidate_count; i++)
        taken += c.candidates[i].taken && id_eq(c.candidates[i].record, a);
    check_int(taken, 1);
    const id both[] = {b, d}, again[] = {a, b};
    check(!choose_keep(t.tx, t.town, &t.system, aid, one, S("成员"), both, 2, &c) && test_says(op, "多于“需要”的 2"));
    op_forgive(op, 0);
    check(!choose_keep(t.tx, t.town, &t.system, aid, one, S("成员"), &stranger, 1, &c) && test_says(op, "不在可以选的里面"));
    op_forgive(op, 0);
    check(!choose_keep(t.tx, t.town, &t.system, aid, one, S("成员"), &a, 1, &c) && test_says(op, "没有选中还没登记的"));
    op_forgive(op, 0);
    check(choose_keep(t.tx, t.town, &t.system, aid, one, S("成员"), again, 2, &c) && c.have == 2);
    struct list_page page;
    check(list_read(t.tx, t.town, &t.system, members, &(struct list_query){.count = true}, &page));
    check_int(page.count, 2);
    test_faults(op);
}

TEST("who may not add such a record may not choose, and what is not made of a choice is said to be none")
{
    struct test_town t;
    struct choosing c;
    aid_open(op, &t);
    id home = test_household(&t, t.east, "东街"), a = test_person(&t, "巴特尔", 19600101, 1, home, "")->id;
    const struct ledger *aid = town_ledger(t.town, S("救助"));
    id one = test_record(&t, aid, op_text(op, "{'户':'%.*s','需要':2}", PS(id_text(op, home))))->id;
    struct grant reads[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = t.east}};
    struct who reader = test_who(reads, 1);
    check(choose_read(t.tx, t.town, &reader, aid, one, S("成员"), &c));
    check(!choose_keep(t.tx, t.town, &reader, aid, one, S("成员"), &a, 1, &c) && op_has_fault(op, FAULT_DENIED));
    op_forgive(op, 0);
    check(!choose_read(t.tx, t.town, &t.system, aid, one, S("户"), &c) && test_says(op, "不是从别的台账里选出来的"));
    op_forgive(op, 0);
}
