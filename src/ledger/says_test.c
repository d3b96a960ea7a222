/* Rights, and whatever else speaks of ledgers, say what can be. */
#include "ledger/test_town.h"

#define RULE                                                                                                              \
    "{'台账':'规矩','英文名':'house_rule','业务条线':'基础','键':['名'],'密级':'内部','保管期限':'10年','标题':'名','字段':[\n" \
    "{'名':'名','类型':'文20'},{'名':'本子','类型':'文40','所指':'台账'},\n"                                              \
    "{'名':'条件','类型':'文200','所指':'条件'},{'名':'遮盖','类型':'文200','所指':'栏目'}]}"

static const struct ledger *rules;

static void rules_open(struct op *op, struct test_town *t)
{
    test_town_open(op, t);
    test_define(t, "house_rule", RULE);
    test_again(t);
    must(test_load(t));
    rules = town_ledger(t->town, S("规矩"));
}

static bool tried(struct test_town *t, const char *values)
{
    struct warning *warnings;
    struct record *r;
    return record_add(t->tx, t->town, &t->system, rules, test_values(t->op, values), &warnings, &r);
}

TEST("a condition that a ledger cannot be asked is refused when it is saved, at its field, with the place in it")
{
    static const struct { const char *ledger, *condition, *says; } wrong[] = {
        {"人", "姓名 = ", "第"},
        {"人", "年岁 > 60", "第1字"},
        {"人", "补助 + 1", "须得出是或否"},
        {"*", "补助 > 0", "请改为写明哪一本台账"},
    };
    static const struct { const char *ledger, *condition; } right[] = {
        {"人", "补助 > 100 and 户.住址 = `东街`"}, {"person", "户.村组.名称 = `东村`"}, {"人", "id = 本人 or id = 本账号"}, {"*", "id = 本人"}, {"人", ""},
    };
    struct test_town t;
    rules_open(op, &t);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        check(!tried(&t, op_z(op, op_text(op, "{'名':'甲%zu','本子':'%s','条件':'%s'}", i, wrong[i].ledger, wrong[i].condition))));
        check_str(test_fault(op)->field, S("条件"));
        check(test_says(op, wrong[i].says));
        op_forgive(op, 0);
    }
    for (size_t i = 0; i < COUNT(right); i++)
        check(tried(&t, op_z(op, op_text(op, "{'名':'乙%zu','本子':'%s','条件':'%s'}", i, right[i].ledger, right[i].condition))));
    test_faults(op);
}

TEST("a ledger or a covered field that is not there is refused, and what was sound is asked again when its ledger is changed")
{
    struct test_town t;
    struct warning *warnings;
    rules_open(op, &t);
    check(!tried(&t, "{'名':'甲','本子':'人口'}") && test_says(op, "没有名为“人口”的台账"));
    op_forgive(op, 0);
    check(!tried(&t, "{'名':'甲','本子':'人','遮盖':'手机、电话'}") && test_says(op, "“人”没有“电话”这一栏"));
    op_forgive(op, 0);
    check(!tried(&t, "{'名':'甲','本子':'*','遮盖':'手机、电话、工资'}") && test_says(op, "哪本台账都没有“工资”"));
    op_forgive(op, 0);
    struct record *r = test_record(&t, rules, S("{'名':'甲','本子':'人','条件':'补助 > 1','遮盖':'手机'}"));
    check(!record_change(t.tx, t.town, &t.system, rules, r->id, 1, test_values(op, "{'本子':'户'}"), S(""), &warnings, &r));
    check(test_says(op, "手机"));
    op_forgive(op, 0);
    r = test_change(&t, rules, r->id, S("{'名':'丙'}"));
    check(r->version == 2);
}

TEST("what a pack's rows say is checked when packs are read, with file and line")
{
    struct test_town t;
    struct town *town;
    rules_open(op, &t);
    must(mkdir(op_z(op, op_text(op, "%.*s/base/rows", PS(t.packs))), 0700) == 0);
    test_write(op, t.packs, "base/rows/house_rule.json",
               test_json(op, S("[{'名':'甲','本子':'人',\n'条件':'补助 >'}]")));
    check(!town_parse(op, t.packs, &town) && test_says(op, "base/rows/house_rule.json 第2行") && test_says(op, "“条件”第"));
    op_forgive(op, 0);
}
