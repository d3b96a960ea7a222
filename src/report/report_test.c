/* Indicators: what they count, who may see it, and what is refused. */
#include "report/test_report.h"

static const struct indicator_ask half = {.from = 18809, .to = 18992}; /* 2021-07-01 … 2021-12-31 */

static str value_of(struct test_report *r, const char *name, const struct indicator_ask *asked)
{
    struct indicator_value v;
    bool good = indicator_value(r->t.tx, r->t.town, &r->t.system, indicator_find(r->all, str_z(name)), asked, &v);
    if (!good)
        test_faults(r->t.op);
    return good ? v.text : S("(refused)");
}

static str table_of(struct test_report *r, const char *name, const struct indicator_ask *asked, const char *by)
{
    struct indicator_row *rows;
    size_t count;
    str note;
    struct buf b;
    buf_init(&b, r->t.op, 0);
    bool good = indicator_by(r->t.tx, r->t.town, &r->t.system, indicator_find(r->all, str_z(name)), asked, str_z(by),
                             &rows, &count, &note);
    if (!good)
        test_faults(r->t.op);
    for (size_t i = 0; good && i < count; i++)
        buf_text(&b, "%s%.*s %.*s", i ? "，" : "", PS(rows[i].name), PS(rows[i].value.text));
    return buf_str(&b);
}

static void some_tickets(struct test_report *r)
{
    report_ticket(r, r->t.east, "2021-07-01", "投诉", ",'金额':100.50");
    report_ticket(r, r->t.east_one, "2021-12-31", "投诉", ",'金额':200");
    report_ticket(r, r->t.west, "2021-09-01", "咨询", "");
    report_ticket(r, (id){0}, "2021-10-01", "咨询", "");
    report_ticket(r, r->t.west, "2022-01-01", "投诉", ",'金额':1000");
    report_ticket(r, r->t.west, "2021-06-30", "投诉", ",'金额':1000");
}

TEST("a figure counts the records of its period, both ends included, and nothing of the days beside them")
{
    struct test_report r;
    report_open(op, &r);
    some_tickets(&r);
    check_str(value_of(&r, "办结件数", &half), S("2"));
    check_str(value_of(&r, "全部件数", &half), S("4"));
    check_str(value_of(&r, "金额合计", &half), S("300.5"));
    check_str(value_of(&r, "平均金额", &half), S("150.25"));
    check_str(value_of(&r, "投诉占比", &half), S("50"));
    check_str(value_of(&r, "投诉占比", &(struct indicator_ask){.from = 0, .to = 1}), S("—"));
}

TEST("the middle value is the one in the middle, of an even number between the two, and one that is far off does not move it")
{
    struct test_report r;
    report_open(op, &r);
    check_str(value_of(&r, "中位金额", &half), S("—"));
    report_ticket(&r, r.t.west, "2021-07-01", "投诉", ",'金额':300");
    check_str(value_of(&r, "中位金额", &half), S("300"));
    report_ticket(&r, r.t.west, "2021-07-02", "投诉", ",'金额':100.5");
    report_ticket(&r, r.t.west, "2021-07-03", "投诉", "");
    check_str(value_of(&r, "中位金额", &half), S("200.25"));
    report_ticket(&r, r.t.east, "2021-12-31", "投诉", ",'金额':90000");
    check_str(value_of(&r, "中位金额", &half), S("300"));
    report_ticket(&r, r.t.east, "2022-01-01", "投诉", ",'金额':1");
    check_str(value_of(&r, "中位金额", &half), S("300"));
}

TEST("different persons are counted once, however many records name them")
{
    struct test_report r;
    report_open(op, &r);
    id home = test_household(&r.t, r.t.east, "东街");
    id a = test_person(&r.t, "甲", 19600101, 1, home, "")->id, b = test_person(&r.t, "乙", 19700101, 2, home, "")->id;
    str two = op_text(op, ",'经手':['%.*s','%.*s']", PS(id_text(op, a)), PS(id_text(op, b)));
    report_ticket(&r, r.t.east, "2021-08-01", "投诉", op_z(op, two));
    report_ticket(&r, r.t.east, "2021-08-02", "投诉", op_z(op, op_text(op, ",'经手':['%.*s']", PS(id_text(op, a)))));
    check_str(value_of(&r, "经手人数", &half), S("2"));
}

TEST("a figure is told by whom a field refers to: only those of whom there is something, and what names nobody")
{
    struct test_report r;
    report_open(op, &r);
    id home = test_household(&r.t, r.t.east, "东街");
    id a = test_person(&r.t, "甲", 19600101, 1, home, "")->id, b = test_person(&r.t, "乙", 19700101, 2, home, "")->id;
    test_person(&r.t, "丙", 19800101, 1, home, "");
    report_ticket(&r, r.t.east, "2021-08-01", "投诉", op_z(op, op_text(op, ",'主办':'%.*s'", PS(id_text(op, a)))));
    report_ticket(&r, r.t.east, "2021-08-02", "咨询", op_z(op, op_text(op, ",'主办':'%.*s'", PS(id_text(op, a)))));
    report_ticket(&r, r.t.west, "2022-08-02", "咨询", op_z(op, op_text(op, ",'主办':'%.*s'", PS(id_text(op, b)))));
    check_str(table_of(&r, "全部件数", &half, "主办"), S("甲 2，合计 2"));
    report_ticket(&r, r.t.west, "2021-09-01", "咨询", "");
    check_str(table_of(&r, "全部件数", &half, "主办"), S("甲 2，未填 1，合计 3"));
}

/* How many records opening it shows, through all its parts. */
static int64_t opened(struct test_report *r, const struct indicator_value *v)
{
    struct list_query q = {.where = v->where, .limit = 100, .count = true, .as_of_fact = v->as_of_fact};
    struct list_page page;
    int64_t rows = 0;
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++)
        rows += opened(r, &v->parts[k]);
    if (v->parts)
        return rows;
    check(list_read(r->t.tx, r->t.town, &r->t.system, v->ledger, &q, &page));
    check_int(page.count, v->rows);
    check_int((int64_t)page.record_count, v->rows);
    return page.count;
}

TEST("the number shown is the number of rows that opening it lists, for every unit of a table and for the whole")
{
    struct test_report r;
    struct indicator_row *rows;
    size_t count;
    str note;
    report_open(op, &r);
    some_tickets(&r);
    for (size_t i = 0; i < indicators_count(r.all); i++) {
        const struct indicator *x = indicators_at(r.all, i);
        if (!x->by_unit)
            continue;
        check(indicator_by(r.t.tx, r.t.town, &r.t.system, x, &half, S("村组"), &rows, &count, &note));
        for (size_t k = 0; k < count; k++) {
            int64_t shown = opened(&r, &rows[k].value);
            check_int(shown, rows[k].value.rows);
            if (x->up == UP_COUNT)
                check_str(rows[k].value.text, op_text(op, "%lld", (long long)shown));
        }
    }
}

TEST("figures are shown by month where their records are of a day, and not where they are of a year")
{
    struct test_report r;
    report_open(op, &r);
    check(indicator_monthly(indicator_find(r.all, S("办结件数"))));
    check(indicator_monthly(indicator_find(r.all, S("投诉占比"))));
    check(!indicator_monthly(indicator_find(r.all, S("年度件数"))));
}

TEST("a table by village group adds up what is below each, shows what belongs to none, and ends with the whole")
{
    struct test_report r;
    report_open(op, &r);
    some_tickets(&r);
    check_str(table_of(&r, "全部件数", &half, "村组"), S("东村 2，西村 1，镇本级 1，合计 4"));
    check_str(table_of(&r, "全部件数", &half, "类型"), S("投诉 2，咨询 2，合计 4"));
    check_str(table_of(&r, "金额合计", &half, "村组"), S("东村 300.5，西村 0，镇本级 0，合计 300.5"));
}

/* What a row of a table says, and what its figure says alone. */
static void row_alone(struct test_report *r, const struct who *who, const struct indicator *x,
                      const struct indicator_ask *asked, const struct indicator_row *row)
{
    struct indicator_value alone;
    check(indicator_value(r->t.tx, r->t.town, who, x, asked, &alone));
    check_str(row->value.text, alone.text);
    check_int(row->value.rows, alone.rows);
    check_str(row->value.where, alone.where);
    check(row->value.known == alone.known && row->value.denied == alone.denied);
}

static void tables_alone(struct test_report *r, const struct who *who, const struct indicator *x,
                         struct indicator_ask asked)
{
    struct indicator_row *rows;
    size_t count;
    str note;
    if (x->by_unit) {
        check(indicator_by(r->t.tx, r->t.town, who, x, &asked, S("村组"), &rows, &count, &note));
        for (size_t k = 0; k < count; k++) {
            struct indicator_ask one = asked;
            one.unit = rows[k].unit;
            row_alone(r, who, x, &one, &rows[k]);
        }
    }
    for (size_t f = 0; f < x->by_count; f++) {
        if (x->by[f]->type == F_REF) /* a row has the name of what is referred to; who may not read that is refused */
            continue;
        check(indicator_by(r->t.tx, r->t.town, who, x, &asked, x->by[f]->name, &rows, &count, &note));
        for (size_t k = 0; k + 1 < count; k++) {
            struct indicator_ask one = asked;
            one.by = x->by[f];
            one.choice = str_eq(rows[k].name, S("未填")) ? S("") : rows[k].name;
            row_alone(r, who, x, &one, &rows[k]);
        }
    }
    if (!indicator_monthly(x))
        return;
    check(indicator_by(r->t.tx, r->t.town, who, x, &asked, S("月"), &rows, &count, &note));
    for (size_t k = 0; k + 1 < count; k++) {
        struct indicator_ask one = asked;
        one.from = day_of(2021, 7 + (int)k, 1);
        one.to = (k == 5 ? day_of(2022, 1, 1) : day_of(2021, 8 + (int)k, 1)) - 1;
        row_alone(r, who, x, &one, &rows[k]);
    }
}

TEST("a table counted together says of each row what its figure says alone: by village group, choice and month, now and "
     "as it was, under each reader's rights")
{
    struct test_report r;
    int64_t facts;
    report_open(op, &r);
    pack_write(&r, "indicators/more.json",
               "{'指标':[{'名':'类型数','英文名':'kinds','台账':'工单','聚合':'去重','字段':'类型','日期字段':'办结','分组':['村组'],'口径':'x'},\n"
               "{'名':'电话数','英文名':'phones','台账':'工单','聚合':'去重','字段':'电话','分组':['村组'],'口径':'x'},\n"
               "{'名':'经手','英文名':'hands2','台账':'工单','聚合':'去重','字段':'经手','日期字段':'办结','分组':['村组','类型'],'口径':'x'},\n"
               "{'名':'村数','英文名':'places','台账':'工单','聚合':'村组数','日期字段':'办结','分组':['村组','类型'],'口径':'x'},\n"
               "{'名':'编号们','英文名':'numbers','台账':'工单','聚合':'列举','字段':'编号','日期字段':'办结','分组':['村组'],'口径':'x'},\n"
               "{'名':'登记数','英文名':'years','台账':'工单','聚合':'计数','日期字段':'所属年度','分组':['村组'],'口径':'x'},\n"
               "{'名':'混合','英文名':'mixed','聚合':'比率','分子':'金额合计','分母':'登记数','口径':'x'},\n"
               "{'名':'均价','英文名':'each','聚合':'比率','分子':'金额合计','分母':'全部件数','口径':'x'}]}");
    pack_write(&r, "indicators/left.json", REPORT_BALANCE);
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    id home = test_household(&r.t, r.t.east, "东街");
    id a = test_person(&r.t, "甲", 19600101, 1, home, "")->id;
    some_tickets(&r);
    report_ticket(&r, r.t.whole, "2021-10-09", "投诉", ",'金额':7");
    report_ticket(&r, r.t.east_one, "2021-07-31", "投诉",
                  op_z(op, op_text(op, ",'所属年度':2021,'经手':['%.*s']", PS(id_text(op, a)))));
    check(store_fact_count(r.t.tx, &facts));
    static const str money[] = {SC("金额")};
    struct grant grants[] = {
        {.ledger = S("*"), .acts = 1 << ACT_READ, .group = r.t.east, .masked = money, .masked_count = 1}};
    struct who cadre = test_who(grants, 1), nobody = test_who(NULL, 0);
    struct indicator_ask then = half;
    then.as_of_fact = facts;
    for (size_t i = 0; i < indicators_count(r.all); i++) {
        const struct indicator *x = indicators_at(r.all, i);
        tables_alone(&r, &r.t.system, x, half);
        tables_alone(&r, &r.t.system, x, then);
        tables_alone(&r, &cadre, x, half);
        struct indicator_ask known = half; /* nobody may read the tree either */
        struct units none = {0};
        known.units = &none;
        tables_alone(&r, &nobody, x, known);
    }
    test_faults(op);
}

/* Ten in the east and one below it, cost in the east and the west. */
static void income_and_cost(struct test_report *r)
{
    report_ticket(r, r->t.east, "2021-07-01", "投诉", ",'金额':100.50");
    report_ticket(r, r->t.east_one, "2021-12-31", "投诉", ",'金额':200");
    report_ticket(r, r->t.east, "2021-08-01", "咨询", ",'金额':120.50");
    report_ticket(r, r->t.west, "2021-09-01", "咨询", ",'金额':30");
    report_ticket(r, r->t.west, "2022-01-01", "投诉", ",'金额':1000");
}

TEST("what is left is what came in less what went out, by village group, month and as of a past moment, and each part "
     "opens as many records as it says")
{
    struct test_report r;
    struct indicator_value v;
    int64_t facts;
    report_open(op, &r);
    pack_write(&r, "indicators/left.json", REPORT_BALANCE);
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    income_and_cost(&r);
    check(store_fact_count(r.t.tx, &facts));
    report_ticket(&r, r.t.west, "2021-10-01", "咨询", ",'金额':0.50");
    check_str(value_of(&r, "收支结余", &half), S("149.5"));
    check_str(value_of(&r, "结余率", &half), S("49.8"));
    check_str(table_of(&r, "收支结余", &half, "村组"), S("东村 180，西村 -30.5，合计 149.5"));
    check_str(table_of(&r, "收支结余", &(struct indicator_ask){.from = 18809, .to = 18870}, "月"),
              S("7月 100.5，8月 -120.5，合计 -20"));
    struct indicator_ask then = half;
    then.as_of_fact = facts;
    check_str(value_of(&r, "收支结余", &then), S("150"));
    const struct indicator *left = indicator_find(r.all, S("收支结余"));
    check(left->by_count == 1 && str_eq(left->by[0]->name, S("主办")));
    check(indicator_value(r.t.tx, r.t.town, &r.t.system, left, &then, &v));
    check_int(v.rows, 4);
    check_int(opened(&r, &v), 4);
    check_str(indicator_parts_said(op, &v), S("收入 300.5 －支出 150.5"));
    check(left->parts[1].sign == SIGN_MINUS && v.parts[1].rows == 2 && v.ledger == NULL);
    check(indicator_value(r.t.tx, r.t.town, &r.t.system, indicator_find(r.all, S("结余率")), &half, &v));
    check_int(opened(&r, &v), v.rows);
    test_faults(op);
}

TEST("what is left is not told to whom one of its parts is covered, and the part that he may see still opens")
{
    struct test_report r;
    struct indicator_value v;
    report_open(op, &r);
    pack_write(&r, "indicators/left.json", REPORT_BALANCE);
    pack_write(&r, "indicators/people.json",
               "{'指标':[{'名':'人数','英文名':'people','台账':'人','聚合':'计数','单位':'','口径':'x'},\n"
               "{'名':'件数','英文名':'tickets','台账':'工单','聚合':'计数','单位':'','口径':'x'},\n"
               "{'名':'人减件','英文名':'less','聚合':'结余','加':['人数'],'减':['件数'],'单位':'','口径':'x'}]}");
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    income_and_cost(&r);
    struct grant grants[] = {{.ledger = S("ticket"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who cadre = test_who(grants, 1);
    check(indicator_value(r.t.tx, r.t.town, &cadre, indicator_find(r.all, S("收支结余")), &half, &v));
    check_str(v.text, S("180"));
    check(indicator_value(r.t.tx, r.t.town, &cadre, indicator_find(r.all, S("人减件")), &half, &v));
    check(v.denied && v.parts[0].denied && !v.parts[1].denied && v.parts[1].rows == 3);
    check_str(v.text, S("无权查看"));
    test_faults(op);
}

TEST("parts that cannot be added up are refused when packs are read, with the indicator and the cure")
{
    static const struct { const char *pack, *why; } cases[] = {
        {"{'名':'甲','英文名':'a','聚合':'结余','加':['金额合计'],'减':['全部件数'],'单位':'元','口径':'x'}", "“全部件数”的是“件”，不能相加减"},
        {"{'名':'甲','英文名':'a','聚合':'结余','加':['金额合计'],'单位':'元','口径':'x'}", "至少写两个指标"},
        {"{'名':'甲','英文名':'a','聚合':'结余','减':['金额合计','平均金额'],'单位':'元','口径':'x'}", "“加”不能空着"},
        {"{'名':'甲','英文名':'a','聚合':'结余','加':['金额合计'],'减':['没有的'],'单位':'元','口径':'x'}", "用到的指标“没有的”没有，请核对减的名称"},
        {"{'名':'甲','英文名':'a','聚合':'结余','加':['金额合计'],'减':['金额合计'],'单位':'元','口径':'x'}", "写了两次"},
        {"{'名':'甲','英文名':'a','聚合':'结余','分子':'金额合计','分母':'全部件数','口径':'x'}", "“结余”不要“分子”"},
        {"{'名':'甲','英文名':'a','聚合':'比率','加':['金额合计'],'口径':'x'}", "“比率”不要“加”"},
        {"{'名':'甲','英文名':'a','聚合':'结余','加':['金额合计'],'减':['乙'],'单位':'元','口径':'x'},\n"
         "{'名':'乙','英文名':'b','聚合':'结余','加':['金额合计'],'减':['甲'],'单位':'元','口径':'x'}", "成了圈：甲 → 乙 → 甲"},
    };
    struct test_report r;
    report_open(op, &r);
    for (size_t i = 0; i < COUNT(cases); i++) {
        pack_write(&r, "indicators/left.json", op_z(op, op_text(op, "{'指标':[%s]}", cases[i].pack)));
        check(!indicators_load(op, r.t.town, r.t.packs, &r.all));
        if (!test_says(op, cases[i].why))
            test_faults(op);
        check(test_says(op, cases[i].why));
        op_forgive(op, 0);
    }
}

TEST("a figure that was told before is told anew as soon as what it counts has changed, also by a record of another ledger "
     "or a village group that moved")
{
    struct test_report r;
    struct indicator_value v;
    report_open(op, &r);
    struct grant grants[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who cadre = test_who(grants, 1);
    const struct indicator *x = indicator_find(r.all, S("全部件数"));
    some_tickets(&r);
    static const char *const said[] = {"2", "2", "3", "2"};
    for (size_t i = 0; i < COUNT(said); i++) {
        struct tx *reading;
        if (i == 1) /* something else */
            test_household(&r.t, r.t.east, "东街");
        if (i == 2)
            report_ticket(&r, r.t.east, "2021-09-09", "咨询", "");
        if (i == 3) /* its records with it */
            test_change(&r.t, r.t.groups, r.t.east_one, op_text(op, "{'上级':'%.*s'}", PS(id_text(op, r.t.west))));
        test_again(&r.t);
        for (int twice = 0; twice < 2; twice++) {
            check(store_begin(r.t.store, op, TX_READ, &reading) &&
                  indicator_value(reading, r.t.town, &cadre, x, &half, &v) && store_commit(reading));
            check_str(v.text, str_z(said[i]));
        }
    }
    test_faults(op);
}

TEST("a village cadre's figure counts only the rows that his lists show him, and a covered field is not added up for "
     "him")
{
    struct test_report r;
    struct indicator_value v;
    report_open(op, &r);
    some_tickets(&r);
    static const str money[] = {SC("金额")};
    struct grant grants[] = {
        {.ledger = S("工单"), .acts = 1 << ACT_READ, .group = r.t.east, .masked = money, .masked_count = 1}};
    struct who cadre = test_who(grants, 1), nobody = test_who(NULL, 0);
    check(indicator_value(r.t.tx, r.t.town, &cadre, indicator_find(r.all, S("全部件数")), &half, &v));
    check_str(v.text, S("2"));
    check(indicator_value(r.t.tx, r.t.town, &cadre, indicator_find(r.all, S("金额合计")), &half, &v) && v.denied);
    check(indicator_value(r.t.tx, r.t.town, &nobody, indicator_find(r.all, S("全部件数")), &half, &v) && v.denied &&
          !v.known);
    check_str(v.text, S("无权查看"));
    check_int(op->fault_count, 0);
}

TEST("a period that crosses a reorganisation keeps each group's records where they were, and says what changed")
{
    struct test_report r;
    struct units *units;
    op->now = day_ends(day_of(2021, 1, 1));
    report_open(op, &r);
    struct indicator_ask third = {.from = day_of(2021, 7, 1), .to = day_of(2021, 9, 30)};
    op->now = day_ends(day_of(2021, 8, 1));
    id north = test_record(&r.t, r.t.groups,
                           op_text(op, "{'代码':'03','名称':'北村','上级':'%.*s','起':'2021-08-01'}",
                                   PS(id_text(op, r.t.whole))))
                   ->id;
    report_ticket(&r, north, "2021-08-02", "投诉", "");
    report_ticket(&r, r.t.east_one, "2021-08-03", "投诉", "");
    str before = table_of(&r, "办结件数", &third, "村组");
    check_str(before, S("东村 1，西村 0，北村 1，合计 2"));
    op->now = day_ends(day_of(2021, 11, 1));
    test_change(&r.t, r.t.groups, r.t.east_one, op_text(op, "{'上级':'%.*s'}", PS(id_text(op, r.t.west))));
    test_change(&r.t, r.t.groups, north, S("{'止':'2021-11-01'}"));
    op->now = day_ends(day_of(2021, 12, 31)) + 1;
    check_str(table_of(&r, "办结件数", &third, "村组"), before);
    check(units_read(r.t.tx, r.t.town, &r.t.system, third.from, third.to, &units));
    check_str(unit_find(units, north)->note, S("2021-08-01设立"));
    check_str(units->note, S("2021-09-30以后村组有调整，本表按当日的村组和当日的记录统计"));
    check(units_read(r.t.tx, r.t.town, &r.t.system, half.from, half.to, &units));
    check_str(unit_find(units, north)->note, S("2021-08-01设立，2021-11-01撤销"));
    check_str(table_of(&r, "办结件数", &half, "村组"), S("东村 0，西村 1，北村 1，合计 2"));
    struct indicator_ask next = {.from = day_of(2022, 1, 1), .to = day_of(2022, 6, 30)};
    check_str(table_of(&r, "办结件数", &next, "村组"), S("东村 0，西村 0，合计 0"));
}

TEST("who has handed in, who was late and who is missing is told for every unit")
{
    struct test_report r;
    struct submissions s;
    report_open(op, &r);
    report_ticket(&r, r.t.east_one, "2021-08-10", "投诉", "");
    report_ticket(&r, r.t.east, "2021-08-20", "投诉", "");
    check(submissions_read(r.t.tx, r.t.town, &r.t.system, indicator_find(r.all, S("办结件数")), half.from, half.to,
                           day_of(2021, 8, 9), &s));
    check_int((int64_t)s.count, 2);
    check_int(s.handed_in, 1);
    check_int(s.late, 1);
    check_int(s.missing, 1);
    check_str(day_text(op, s.p[0].first), S("2021-08-10"));
}

/* Loading with one more file. */
static bool loads(struct test_report *r, const char *text)
{
    struct indicators *all;
    pack_write(r, "indicators/more.json", text);
    return indicators_load(r->t.op, r->t.town, r->t.packs, &all);
}

TEST("a figure of a past day, moment or fact is what was known then, with that day as today, opens the same rows, and the "
     "clock is put back")
{
    struct test_report r;
    struct indicator_ask asked = half;
    struct indicator_value v;
    struct figures_then then;
    int64_t facts;
    report_open(op, &r);
    pack_write(&r, "indicators/more.json",
               "{'指标':[{'名':'到今天','英文名':'till','台账':'工单','条件':'办结 <= today()','聚合':'计数','口径':'x'}]}");
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    op->now = 1640678400000; /* 2021-12-28 16:00 */
    report_ticket(&r, r.t.west, "2021-07-01", "投诉", ",'金额':300");
    report_ticket(&r, r.t.west, "2021-12-30", "咨询", "");
    check(store_fact_count(r.t.tx, &facts));
    op->now += 4 * 86400000ll;
    report_ticket(&r, r.t.west, "2021-07-02", "投诉", ",'金额':100");
    time_ms now = op->now;
    check(figures_at(r.t.tx, S(""), &then) && then.fact == 0 && then.moment == 0 && !then.said.n && op->now == now);
    const struct { str as_of, said; const char *closed, *till; } cases[] = {
        {S("2021-12-30"), S("2021-12-30"), "1", "2"},
        {S("2021-12-28T18:00"), S("2021-12-28T18:00"), "1", "1"},
        {op_text(op, "#%lld", (long long)facts), op_text(op, "第%lld条留痕", (long long)facts), "1", "1"},
        {S("2022-01-01"), S(""), "2", "3"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(figures_at(r.t.tx, cases[i].as_of, &then) && then.now == now);
        check_str(then.said, cases[i].said);
        asked.as_of_fact = then.fact;
        asked.as_of = then.moment;
        check(indicator_value(r.t.tx, r.t.town, &r.t.system, indicator_find(r.all, S("办结件数")), &asked, &v));
        check_str(v.text, str_z(cases[i].closed));
        check(indicator_value(r.t.tx, r.t.town, &r.t.system, indicator_find(r.all, S("到今天")), &asked, &v));
        check_str(v.text, str_z(cases[i].till));
        op->now = then.now; /* the list is asked later, with today's clock */
        struct list_query q = {.where = v.where, .count = true};
        struct list_page page;
        str opens = value_as_of(op, &v);
        check((!opens.n || as_of_read(op, opens, &q.as_of, &q.as_of_fact)) &&
              list_read(r.t.tx, r.t.town, &r.t.system, v.ledger, &q, &page));
        check_int(page.count, v.rows);
    }
    static const char *const wrong[] = {"2021-12-31后", "2020-01-01", "2022-01-02", "#", "#0", "#999999", "#x"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        check(!figures_at(r.t.tx, str_z(wrong[i]), &then) && op->now == now);
        op_forgive(op, 0);
    }
}

TEST("indicators that refer to each other in a circle are refused with the chain")
{
    struct test_report r;
    report_open(op, &r);
    check(!loads(&r, "{'指标':[{'名':'甲','英文名':'a','聚合':'比率','分子':'乙','分母':'全部件数','口径':'x'},\n"
                     "{'名':'乙','英文名':'b','聚合':'比率','分子':'全部件数','分母':'丙','口径':'x'},\n"
                     "{'名':'丙','英文名':'c','聚合':'比率','分子':'甲','分母':'全部件数','口径':'x'}]}"));
    check(test_says(op, "甲 → 乙 → 丙 → 甲"));
    check(test_says(op, "more.json"));
}

TEST("an indicator over an unknown ledger, an unknown field or a condition that cannot be read is refused with file, "
     "line and cure")
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'没有','聚合':'计数','口径':'x'}]}", "没有台账“没有”"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'求和','字段':'钱','口径':'x'}]}", "没有字段“钱”；有：编号、村组"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'计数','条件':'钱 > 1','口径':'x'}]}", "读不懂"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'求和','字段':'类型','口径':'x'}]}", "不是数，不能求和"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'计数','日期字段':'类型','口径':'x'}]}", "不能用来分期"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'计数','分组':['金额'],'口径':'x'}]}", "只能按村组、有选项的字段或引用分组"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'计数'}]}", "“口径”"},
        {"{'指标':[\n{'名':'办结件数','英文名':'a','台账':'工单','聚合':'计数','口径':'x'}]}", "已有同名的指标"},
        {"{'指标':[\n{'名':'甲','英文名':'a','聚合':'比率','分子':'没有的','分母':'全部件数','口径':'x'}]}", "用到的指标“没有的”没有"},
        {"{'指标':[\n{'名':'甲','英文名':'a','台账':'工单','聚合':'总计','口径':'x'}]}", "“聚合”须是计数"},
        {"{'指标':[\n{'名':'甲','名字':'a'}]}", "没有“名字”这一项"},
    };
    struct test_report r;
    report_open(op, &r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        op_forgive(op, 0);
        check(!loads(&r, bad[i].text));
        check(test_says(op, bad[i].says));
        check(test_says(op, "第2行"));
    }
}

TEST("the indicators that are shipped load, and each can be asked of an empty town")
{
    str folder;
    struct store *store;
    struct tx *tx;
    struct town *town;
    struct indicators *all;
    struct indicator_value v;
    struct who system = {.system = true};
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){.town = S("152527201")}, &store));
    op_defer(op, test_store_close, store);
    check(store_begin(store, op, TX_BULK, &tx) && town_load(tx, S("packs"), &town) &&
          indicators_load(op, town, S("packs"), &all));
    test_faults(op);
    for (size_t i = 0; !op->faults && i < indicators_count(all); i++) {
        check(indicator_value(tx, town, &system, indicators_at(all, i), &half, &v));
        check(v.rows == 0 && !v.denied);
    }
    test_faults(op);
}
