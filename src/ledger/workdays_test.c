/* Working days in expressions of ledgers. */
#include "ledger/test_town.h"

#define DEADLINES                                                                                                                             \
    "{'台账':'期限','英文名':'limit_day','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'" \
    "编号','字段':[\n"                                                                                                                    \
    "{'名':'编号','类型':'号','号':'{年}{4}','唯一':true},{'名':'收','类型':'日'},{'名':'办','类型':'日'},\n"             \
    "{'名':'限','类型':'算','值类型':'日','算':'工作日后(收, "                                                                 \
    "5)'},{'名':'用','类型':'算','值类型':'整','算':'工作日数(收, 办)'},\n"                                                   \
    "{'名':'作准','类型':'算','值类型':'否','算':'放假已知(工作日后(收, 5))'}],\n"                                        \
    "'规则':[{'名':'上班办','条件':'是工作日(办)','提示':'那天不上班','字段':'办'}]}"

TEST("a ledger counts in working days by the yearly notice with its make-up days, says which years it does not know, "
     "and never keeps the answer")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    int64_t count;
    test_town_open(op, &t);
    must(mkdir(op_z(op, op_text(op, "%.*s/codes", PS(t.packs))), 0700) == 0);
    /* Thursday and Friday off, the Sunday after worked. */
    test_write(op, t.packs, "codes/work-calendar.csv",
               S("date,kind,holiday\n2021-11-04,off,某节\n2021-11-05,off,某节\n2021-11-07,work,某节\n"));
    test_define(&t, "limit_day", DEADLINES);
    test_again(&t);
    must(test_load(&t));
    const struct ledger *l = town_ledger(t.town, S("期限"));
    r = test_record(&t, l, S("{'收':'2021-11-03','办':'2021-11-09'}"));
    check_str(json_str(r->values, S("限")), S("2021-11-11")); /* 7, 8, 9, 10, 11 */
    check_str(json_get(r->values, S("用"))->text, S("3"));
    check(json_true(r->values, S("作准")));
    check(!record_add(t.tx, t.town, &t.system, l, test_values(op, "{'收':'2021-11-03','办':'2021-11-04'}"), &warnings,
                      &r) &&
          test_says(op, "那天不上班"));
    op_forgive(op, 0);
    r = test_record(&t, l, S("{'收':'2021-12-30'}"));
    check_str(json_str(r->values, S("限")), S("2022-01-06"));
    check(!json_true(r->values, S("作准")) && json_get(r->values, S("用"))->kind == JSON_NULL);
    check(list_count(t.tx, t.town, &t.system, l, S("限 <= date(\"2021-11-11\")"), &count) && count == 1);
    check(list_count(t.tx, t.town, &t.system, l, S("工作日后(收, 6) = date(\"2021-11-12\")"), &count) && count == 1);
    check(ledger_field(l, S("限"))->moving); /* a notice that comes out later must hold for old records too */
}
