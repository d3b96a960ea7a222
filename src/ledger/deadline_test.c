/* Deadlines of the rules that are shipped, to the day: over the holidays of 2021 with their working weekends, before a
 * target, by month and date, in hours; and those that a town changes. */
#include "ledger/test_town.h"

static bool due_of(struct test_town *t, str code, str start, str *ret)
{
    struct op *op = t->op;
    struct deadline rule;
    time_ms from, span;
    bool found;
    day due;
    must(time_parse(start, &from));
    if (!deadline_rule(t->tx, t->town, code, day_at(from), &rule, &found) || !found)
        return false;
    if (deadline_hours(&rule, &span))
        *ret = time_text(op, from + span);
    else if (deadline_day(t->tx, t->town, &rule, day_at(from), &due))
        *ret = day_text(op, due);
    else
        return false;
    return true;
}

static void close_store(void *store)
{
    store_close(store);
}

/* A new town with the packs that are shipped. */
static void shipped_open(struct op *op, struct test_town *t)
{
    *t = (struct test_town){.op = op, .system = {.name = S("系统"), .system = true}};
    test_dir_make(op, &t->folder);
    bool good = store_open(op, op_text(op, "%.*s/data", PS(t->folder)), &(struct store_options){.town = S("152524199")}, &t->store);
    must(good);
    op_defer(op, close_store, t->store);
    good = store_begin(t->store, op, TX_WRITE, &t->tx) && town_load(t->tx, S("packs"), &t->town) && town_begin(t->tx, t->town, NULL);
    if (!good)
        test_faults(op);
    must(good);
}

/* tests/deadlines.csv: every rule that is shipped, at least once. */
TEST("every deadline that is shipped ends on the very day, over holidays and working weekends")
{
    struct test_town t;
    struct csv_row *rows;
    struct json *rules;
    struct map tried;
    size_t count;
    str text, due;
    shipped_open(op, &t);
    map_init(&tried, op);
    must(file_read(op, S("tests/deadlines.csv"), 1 << 20, &text) && csv_parse(op, text, &rows, &count) && count > 1);
    for (size_t i = 1; i < count; i++) {
        must(rows[i].count >= 3);
        map_put(&tried, rows[i].fields[0], &tried);
        due = S("no such rule on that day");
        (void)due_of(&t, rows[i].fields[0], rows[i].fields[1], &due);
        if (!str_eq(due, rows[i].fields[2]))
            test_failed(__FILE__, __LINE__, "%.*s from %.*s: %.*s, expected %.*s", PS(rows[i].fields[0]),
                        PS(rows[i].fields[1]), PS(due), PS(rows[i].fields[2]));
    }
    must(file_read(op, S("packs/rules/rows/deadline_rule.json"), 1 << 20, &text) && json_parse(op, text, &rules));
    for (const struct json *r = rules->first; r; r = r->next)
        if (!map_get(&tried, json_str(r, S("代码"))))
            test_failed(__FILE__, __LINE__, "%.*s is never tried", PS(json_str(r, S("代码"))));
}

#define RULE                                                                                                                              \
    "{'台账':'时限规则','英文名':'deadline_rule','业务条线':'基础','键':['代码','版本'],'密级':'公开','保管期限':'永久','标题':'代码','字段':[" \
    "{'名':'代码','类型':'码'},{'名':'版本','类型':'整'},{'名':'数量','类型':'整'},{'名':'单位','类型':'文10'},{'名':'起算','类型':'文10'},"   \
    "{'名':'延长上限','类型':'整'},{'名':'末日顺延','类型':'否'},{'名':'生效','类型':'日'},{'名':'失效','类型':'日'}]}"
#define OWN_DAYS                                                                                                                              \
    "{'台账':'工作日历','英文名':'work_calendar','业务条线':'基础','键':['日期'],'密级':'公开','保管期限':'永久','标题':'性质','字段':[" \
    "{'名':'日期','类型':'日'},{'名':'性质','类型':'文10'},{'名':'地方假','类型':'否'}]}"
#define LETTER                                                                                                                            \
    "{'台账':'来信','英文名':'letter','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','字段':[" \
    "{'名':'编号','类型':'号','号':'{年}{4}','唯一':true},{'名':'收','类型':'日'},{'名':'时','类型':'时'},"                     \
    "{'名':'限','类型':'算','值类型':'日','算':'到期日(\\\"LX\\\", 收)'},"                                                        \
    "{'名':'最迟','类型':'算','值类型':'日','算':'最迟日(\\\"LX\\\", 收)'},"                                                      \
    "{'名':'报','类型':'算','值类型':'时','算':'到期时(\\\"BS\\\", 时)'}]}"

static str limit_of(struct test_town *t, id letter, str field)
{
    struct record *r;
    must(record_get(t->tx, t->town, &t->system, town_ledger(t->town, S("来信")), letter, &r));
    return json_str(r->values, field);
}

TEST("a deadline in a ledger follows its rule in force on the day it starts, and a rule or a day of the town's own that is "
     "written down holds at once")
{
    struct test_town t;
    test_town_open(op, &t);
    test_define(&t, "deadline_rule", RULE);
    test_define(&t, "work_calendar", OWN_DAYS);
    test_define(&t, "letter", LETTER);
    test_again(&t);
    must(test_load(&t));
    const struct ledger *rules = town_ledger(t.town, S("时限规则")), *days = town_ledger(t.town, S("工作日历"));
    id letter = test_record(&t, town_ledger(t.town, S("来信")), S("{'收':'2021-11-03','时':'2021-11-03T23:30:00+08:00'}"))->id;
    check_str(limit_of(&t, letter, S("限")), S("")); /* no rule yet: nothing is made up */
    test_record(&t, rules, S("{'代码':'LX','版本':1,'数量':5,'单位':'工作日','起算':'收到次日','延长上限':5,'生效':'2021-01-01','失效':'2021-11-30'}"));
    test_record(&t, rules, S("{'代码':'LX','版本':2,'数量':3,'单位':'日','起算':'收到次日','末日顺延':true,'生效':'2021-12-01'}"));
    test_record(&t, rules, S("{'代码':'BS','版本':1,'数量':2,'单位':'小时','起算':'事件日','生效':'2021-01-01'}"));
    check_str(limit_of(&t, letter, S("限")), S("2021-11-10"));
    check_str(limit_of(&t, letter, S("最迟")), S("2021-11-17"));
    check_str(limit_of(&t, letter, S("报")), S("2021-11-04T01:30:00.000+08:00"));
    test_record(&t, days, S("{'日期':'2021-11-08','性质':'法定假日','地方假':true}"));
    test_record(&t, days, S("{'日期':'2021-11-13','性质':'调休上班','地方假':true}"));
    check_str(limit_of(&t, letter, S("限")), S("2021-11-11"));
    check_str(limit_of(&t, letter, S("最迟")), S("2021-11-17"));
    letter = test_record(&t, town_ledger(t.town, S("来信")), S("{'收':'2021-12-01'}"))->id; /* ends on a Saturday */
    check_str(limit_of(&t, letter, S("限")), S("2021-12-06"));
}

TEST("what is taken back takes its rule with it")
{
    struct test_town t;
    test_town_open(op, &t);
    test_define(&t, "deadline_rule", RULE);
    test_define(&t, "letter", LETTER);
    test_again(&t);
    must(test_load(&t));
    id letter = test_record(&t, town_ledger(t.town, S("来信")), S("{'收':'2021-11-03'}"))->id;
    must(store_part_begin(t.tx));
    test_record(&t, town_ledger(t.town, S("时限规则")), S("{'代码':'LX','版本':1,'数量':5,'单位':'日','起算':'收到次日','生效':'2021-01-01'}"));
    check_str(limit_of(&t, letter, S("限")), S("2021-11-08"));
    must(store_part_undo(t.tx));
    check_str(limit_of(&t, letter, S("限")), S(""));
}
