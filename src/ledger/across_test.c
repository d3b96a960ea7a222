/* Rules over several records: at every door, before anything is written. */
#include "ledger/test_town.h"

#define ACROSS(rules)                                                                                                                              \
    "{'台账':'班次','英文名':'shift','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','" \
    "字段':[\n"                                                                                                                                  \
    "{'名':'编号','类型':'号','号':'{年}{4}','唯一':true},{'名':'人','类型':'引→人'},{'名':'岗','类型':'文20'},\n"          \
    "{'名':'起','类型':'日'},{'名':'止','类型':'日'},{'名':'量','类型':'数2'},{'名':'取消','类型':'否'}],\n'跨记录':"      \
    "[" rules "]}"
#define ONCE "{'名':'一岗','种类':'唯一','按':['岗','起'],'条件':'取消 != true','提示':'这天这个岗已有人','字段':'岗'}"
#define MOST "{'名':'三次','种类':'最多','数':2,'按':['人'],'提示':'一人最多两次','字段':'人'}"
#define APART "{'名':'不双岗','种类':'不重叠','按':['人'],'期间':['起','止'],'提示':'同时有别的班','字段':'人'}"
#define BALANCE "{'名':'不负','种类':'结存','按':['岗'],'求':'量','先后':'起','提示':'会小于零','字段':'量'}"

#define LAST                                                                                                                            \
    "{'名':'末位','种类':'末位','按':['岗'],'条件':'取消 != true','先后':'起','谁':'量 = 9','提示':'主持人最后说','字段':'起'}"

static const struct ledger *shifts_open(struct op *op, struct test_town *t, const char *text)
{
    test_town_open(op, t);
    test_define(t, "shift", text);
    test_again(t);
    must(test_load(t));
    return town_ledger(t->town, S("班次"));
}

static bool adds(struct test_town *t, const struct ledger *l, const char *values, id *ret)
{
    struct record *r;
    struct warning *warnings;
    t->op->now++;
    if (!record_add(t->tx, t->town, &t->system, l, test_values(t->op, values), &warnings, &r))
        return false;
    if (ret)
        *ret = r->id;
    return true;
}

static bool refuses(struct test_town *t, const struct ledger *l, const char *values, const char *says)
{
    bool refused = !adds(t, l, values, NULL) && test_says(t->op, says);
    op_forgive(t->op, 0);
    return refused;
}

TEST("what may be there once is refused a second time, unless the condition leaves one of them out or a value is empty")
{
    struct test_town t;
    struct record *r;
    id first;
    const struct ledger *l = shifts_open(op, &t, ACROSS(ONCE));
    check(adds(&t, l, "{'岗':'门','起':'2021-11-01'}", &first));
    check(refuses(&t, l, "{'岗':'门','起':'2021-11-01'}", "这天这个岗已有人"));
    check(adds(&t, l, "{'岗':'门','起':'2021-11-02'}", NULL) && adds(&t, l, "{'岗':'门'}", NULL) &&
          adds(&t, l, "{'岗':'门'}", NULL));
    check(adds(&t, l, "{'岗':'门','起':'2021-11-01','取消':true}", NULL));
    test_change(&t, l, first, S("{'止':'2021-11-01'}")); /* it is not in its own way */
    check(record_withdraw(t.tx, t.town, &t.system, l, first, 0, S("错"), &r));
    check(adds(&t, l, "{'岗':'门','起':'2021-11-01'}", NULL));
}

TEST("more than so many are refused, and a change is held to it like an addition")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    id third;
    const struct ledger *l = shifts_open(op, &t, ACROSS(MOST));
    id home = test_household(&t, t.east, "东街");
    str one = id_text(op, test_person(&t, "甲", 19600101, 1, home, "")->id);
    const char *values = op_z(op, op_text(op, "{'人':'%.*s'}", PS(one)));
    check(adds(&t, l, values, NULL) && adds(&t, l, values, NULL) && refuses(&t, l, values, "最多两次"));
    check(adds(&t, l, "{'岗':'空'}", &third));
    check(!record_change(t.tx, t.town, &t.system, l, third, 0, test_values(op, values), S(""), &warnings, &r) &&
          test_says(op, "最多两次"));
    op_forgive(op, 0);
}

TEST("spans of the same person do not overlap; one that begins when the other ends is no overlap")
{
    struct test_town t;
    const struct ledger *l = shifts_open(op, &t, ACROSS(APART));
    id home = test_household(&t, t.east, "东街");
    str one = id_text(op, test_person(&t, "甲", 19600101, 1, home, "")->id),
        two = id_text(op, test_person(&t, "乙", 19600102, 2, home, "")->id);
#define SPAN(who, from, to) op_z(op, op_text(op, "{'人':'%.*s','起':'" from "','止':'" to "'}", PS(who)))
    check(adds(&t, l, SPAN(one, "2021-11-01", "2021-11-05"), NULL));
    check(refuses(&t, l, SPAN(one, "2021-11-04", "2021-11-06"), "同时有别的班"));
    check(refuses(&t, l, SPAN(one, "2021-11-02", "2021-11-03"), "同时有别的班"));
    check(adds(&t, l, SPAN(one, "2021-11-05", "2021-11-06"), NULL) &&
          adds(&t, l, SPAN(two, "2021-11-02", "2021-11-03"), NULL));
}

TEST("who comes last comes after all others, whatever is written first; those that the condition leaves out may be anywhere")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    id chair, second;
    const struct ledger *l = shifts_open(op, &t, ACROSS(LAST));
    check(adds(&t, l, "{'岗':'会','起':'2021-11-03','量':9}", &chair));
    check(adds(&t, l, "{'岗':'会','起':'2021-11-02','量':1}", &second));
    check(refuses(&t, l, "{'岗':'会','起':'2021-11-04','量':1}", "主持人最后说"));
    check(refuses(&t, l, "{'岗':'会','起':'2021-11-03','量':1}", "主持人最后说"));
    check(adds(&t, l, "{'岗':'会','起':'2021-11-09','量':1,'取消':true}", NULL));
    check(adds(&t, l, "{'岗':'别的会','起':'2021-11-09','量':1}", NULL));
    check(!record_change(t.tx, t.town, &t.system, l, chair, 0, test_values(op, "{'起':'2021-11-01'}"), S(""), &warnings, &r) &&
          test_says(op, "主持人最后说"));
    op_forgive(op, 0);
    test_change(&t, l, second, S("{'量':9,'起':'2021-11-01'}")); /* two who come last: among themselves as they like */
}

TEST("a balance is below zero at no moment: not by taking, not by taking earlier, not by making less of what came or "
     "withdrawing it, not by moving it")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    id in;
    const struct ledger *l = shifts_open(op, &t, ACROSS(BALANCE));
    check(refuses(&t, l, "{'岗':'库','起':'2021-11-01','量':-1}", "会小于零（还差1）"));
    check(adds(&t, l, "{'岗':'库','起':'2021-11-10','量':10.5}", &in) &&
          adds(&t, l, "{'岗':'库','起':'2021-11-12','量':-10.5}", NULL));
    check(refuses(&t, l, "{'岗':'库','起':'2021-11-13','量':-0.01}", "还差0.01"));
    check(refuses(&t, l, "{'岗':'库','起':'2021-11-09','量':-1}", "会小于零"));
    check(adds(&t, l, "{'岗':'别库','起':'2021-11-01','量':3}", NULL));
    const char *patches[] = {"{'量':10}", "{'起':'2021-11-13'}", "{'岗':'别库'}"};
    for (size_t i = 0; i < COUNT(patches); i++) {
        check(!record_change(t.tx, t.town, &t.system, l, in, 0, test_values(op, patches[i]), S(""), &warnings, &r) &&
              test_says(op, "会小于零"));
        op_forgive(op, 0);
    }
    check(!record_withdraw(t.tx, t.town, &t.system, l, in, 0, S("错"), &r) && test_says(op, "会小于零"));
    op_forgive(op, 0);
    test_change(&t, l, in, S("{'量':12}"));
    check(adds(&t, l, "{'岗':'库','起':'2021-11-11','量':-1.5}", NULL));
}

TEST("a rule over several records that cannot be asked is told with file, line and cure")
{
    struct test_town t;
    struct town *town;
    static const struct {
        const char *rule, *says;
    } cases[] = {
        {"{'名':'甲','种类':'唯独','按':['岗'],'提示':'x'}", "须是唯一、最多、不重叠、结存、末位之一"},
        {"{'名':'甲','种类':'唯一','按':['岗位'],'提示':'x'}", "“岗位”不是本台账存着的字段"},
        {"{'名':'甲','种类':'最多','按':['岗'],'提示':'x'}", "须写“数”"},
        {"{'名':'甲','种类':'不重叠','按':['岗'],'期间':['起','岗'],'提示':'x'}", "须同是日或同是时"},
        {"{'名':'甲','种类':'结存','按':['岗'],'求':'岗','先后':'起','提示':'x'}", "“求”须是数"},
        {"{'名':'甲','种类':'唯一','按':['岗'],'条件':'岗位 = 1','提示':'x'}", "跨记录规则的条件"},
    };
    test_town_open(op, &t);
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_define(
            &t, "shift",
            op_z(op, op_text(op, "%s%s]}",
                             "{'台账':'班次','英文名':'shift','业务条线':'基础','键':['岗'],'密级':'内部','保管期限':'"
                             "10年','标题':'岗',\n'字段':["
                             "{'名':'岗','类型':'文20'},{'名':'起','类型':'日'},{'名':'止','类型':'日'}],\n'跨记录':[",
                             cases[i].rule)));
        check(!town_parse(op, t.packs, &town) && test_says(op, cases[i].says) && test_says(op, "shift.json 第3行"));
        op_forgive(op, 0);
    }
}
