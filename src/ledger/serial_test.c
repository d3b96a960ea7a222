/* Numbers: of which year they are, what becomes of them when dates change, and old registers. */
#include "ledger/test_town.h"

#define PAPER                                                                                                                \
    "{'台账':'收件','英文名':'paper','业务条线':'基础','键':['收文号'],'密级':'内部','保管期限':'10年','标题':'收文号','字段':[\n" \
    "{'名':'收文号','类型':'号','号':'{收文日.年}{3}','唯一':true},\n"                                                        \
    "{'名':'收文日','类型':'日','默认':'today()'},\n"                                                                        \
    "{'名':'签收','类型':'时'},{'名':'标题','类型':'文50'}]}"
#define PAPER_CHECK                                                                                                      \
    "{'台账':'查件','英文名':'paper_check','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年','标题':'号','字段':[\n" \
    "{'名':'号','类型':'号','号':'查{件.收文日.年}-{时间.日}{2}','唯一':true},\n"                                              \
    "{'名':'件','类型':'引→收件'},{'名':'时间','类型':'时'}]}"
#define GEAR                                                                                                             \
    "{'台账':'器材','英文名':'gear','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','字段':[\n"     \
    "{'名':'编号','类型':'号','号':'{4}','唯一':true},{'名':'名称','类型':'文20'}]}"

static const struct ledger *papers;

static void papers_open(struct op *op, struct test_town *t)
{
    test_town_open(op, t);
    test_define(t, "paper", PAPER);
    test_define(t, "paper_check", PAPER_CHECK);
    test_define(t, "gear", GEAR);
    test_again(t);
    must(test_load(t));
    papers = town_ledger(t->town, S("收件"));
}

static str number(const struct record *r, str field)
{
    return json_str(r->values, field);
}

TEST("a number is of the year of its record's date, whenever it is registered, and today's where the date is left out")
{
    struct test_town t;
    papers_open(op, &t);
    op->now = day_end(day_of(2022, 1, 5));
    check_str(number(test_record(&t, papers, S("{'收文日':'2021-12-30'}")), S("收文号")), S("2021001"));
    check_str(number(test_record(&t, papers, S("{'收文日':'2022-01-04'}")), S("收文号")), S("2022001"));
    check_str(number(test_record(&t, papers, S("{'收文日':'2021-12-31'}")), S("收文号")), S("2021002"));
    check_str(number(test_record(&t, papers, S("{'标题':'甲'}")), S("收文号")), S("2022002"));
    /* a moment's day is the town's, not that of Greenwich; the date of another record is read like one's own */
    struct record *r = test_record(&t, papers, S("{'收文日':'2020-06-01'}"));
    r = test_record(&t, town_ledger(t.town, S("查件")),
                    op_text(op, "{'件':'%.*s','时间':'2022-01-01T00:30:00+08:00'}", PS(id_text(op, r->id))));
    check_str(number(r, S("号")), S("查2020-2022010101"));
}

TEST("without the date no number is made up, and what is missing is told once")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    papers_open(op, &t);
    check(!record_add(t.tx, t.town, &t.system, town_ledger(t.town, S("查件")), test_values(op, "{}"), &warnings, &r));
    check(test_says(op, "件.收文日") && test_says(op, "请先填好"));
    op_forgive(op, 0);
    check(!record_add(t.tx, t.town, &t.system, papers, test_values(op, "{'收文日':'上月'}"), &warnings, &r));
    check_int(op->fault_count, 1);
    op_forgive(op, 0);
}

TEST("a number stays when its date is corrected to another year, and that is said")
{
    struct test_town t;
    struct warning *warnings;
    papers_open(op, &t);
    struct record *r = test_record(&t, papers, S("{'收文日':'2021-12-30'}"));
    check(record_change(t.tx, t.town, &t.system, papers, r->id, 1, test_values(op, "{'收文日':'2022-01-03'}"), S(""), &warnings, &r));
    check_str(number(r, S("收文号")), S("2021001"));
    check(test_warned(warnings, "2021001已经编定，不随着改"));
    check(record_change(t.tx, t.town, &t.system, papers, r->id, 2, test_values(op, "{'收文日':'2022-01-04'}"), S(""), &warnings, &r));
    check(!warnings);
}

TEST("the numbers of an old register are kept as they are, one that its date contradicts is told, and none is given again")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    papers_open(op, &t);
    check(record_add(t.tx, t.town, &t.system, papers, test_values(op, "{'收文号':'2020007','收文日':'2020-03-01'}"), &warnings, &r));
    check(!warnings);
    check(record_add(t.tx, t.town, &t.system, papers, test_values(op, "{'收文号':'2019004','收文日':'2020-01-02'}"), &warnings, &r));
    check_str(number(r, S("收文号")), S("2019004"));
    check(test_warned(warnings, "照日期应以“2020”开头"));
    check(record_add(t.tx, t.town, &t.system, papers, test_values(op, "{'收文号':'旧-12','收文日':'2020-01-02'}"), &warnings, &r));
    check(!warnings);
    check_str(number(test_record(&t, papers, S("{'收文日':'2020-05-05'}")), S("收文号")), S("2020008"));
    check_str(number(test_record(&t, papers, S("{'收文日':'2019-05-05'}")), S("收文号")), S("2019005"));
}

TEST("numbers that are nothing but a running number go on after those of an old register, also when all is made anew")
{
    struct test_town t;
    int64_t records, different;
    papers_open(op, &t);
    const struct ledger *gear = town_ledger(t.town, S("器材"));
    test_record(&t, gear, S("{'编号':'0041'}"));
    check_str(number(test_record(&t, gear, S("{'名称':'甲'}")), S("编号")), S("0042"));
    must(store_run(t.tx, "delete from ledger_serial", ARGS(), NULL));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_str(number(test_record(&t, gear, S("{'名称':'乙'}")), S("编号")), S("0043"));
}
