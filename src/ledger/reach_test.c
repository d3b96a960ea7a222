#include "ledger/test_town.h"

/* 登记: somebody of the roll, with columns of the person and of the household. */
#define TOWN_ENTRY                                                                                                             \
    "{'台账':'登记','英文名':'entry','业务条线':'基础','键':['人'],'密级':'内部','保管期限':'10年','标题':'人.姓名','归属':'人.户.村组',\n"      \
    "'列表':['人','人.手机'],'字段':[{'名':'人','类型':'引→人','必填':true},{'名':'金额','类型':'元'},{'名':'村组备注','类型':'文20'}],\n"       \
    "'表头':['村组',{'头':'姓名','栏':'人.姓名'},{'头':'身份证号','栏':'人.证件号'},{'头':'住址','栏':'人.户.住址'},{'头':'户','栏':'人.户'},\n" \
    "{'头':'岁数','栏':'人.年龄'},{'头':'成年','算':'人.年龄 >= 18'},{'头':'金额','栏':'金额','合计':true},{'头':'签字'}]}"
static const str asked[] = {SC("*"),       SC("村组"), SC("人.姓名"), SC("人.证件号"), SC("人.户.住址"),
                            SC("人.户"), SC("人.年龄"),   SC("=成年"),   SC("人.手机")};

struct entries {
    struct test_town t;
    const struct ledger *entries;
    id east, west;
};

static void entries_open(struct op *op, struct entries *e)
{
    test_town_open(op, &e->t);
    test_define(&e->t, "entry", TOWN_ENTRY);
    test_again(&e->t);
    bool loaded = test_load(&e->t);
    if (!loaded)
        test_faults(op);
    must(loaded);
    e->entries = town_ledger(e->t.town, S("登记"));
    id homes[] = {test_household(&e->t, e->t.east, "东街1号"), test_household(&e->t, e->t.west, "西街2号")};
    id people[] = {test_person(&e->t, "张东", 19600101, 1, homes[0], ",'手机':'13947900011'")->id,
                   test_person(&e->t, "李西", 20150101, 2, homes[1], ",'手机':'13947900022'")->id};
    id *kept[] = {&e->east, &e->west};
    for (size_t i = 0; i < 2; i++)
        *kept[i] = test_record(&e->t, e->entries, op_text(op, "{'人':'%.*s','金额':%zu.50}", PS(id_text(op, people[i])), i + 1))->id;
}

static struct list_page entries_read(struct entries *e, const struct who *who, const char *sort)
{
    struct list_page page = {0};
    const str by = str_z(sort);
    const struct list_query q = {.fields = asked, .field_count = COUNT(asked), .sort = &by, .sort_count = 1};
    bool done = list_read(e->t.tx, e->t.town, who, e->entries, &q, &page);
    if (!done)
        test_faults(e->t.op);
    check(done);
    return page;
}

static str value(const struct list_page *page, size_t i, str name)
{
    const struct json *v = i < page->record_count ? json_get(page->records[i].values, name) : NULL;
    return !v ? S("(absent)") : v->kind == JSON_TRUE ? S("true") : v->kind == JSON_FALSE ? S("false") : v->text;
}

TEST("columns of the person and the household that a record names are shown, ordered by, and computed with")
{
    struct entries e;
    entries_open(op, &e);
    struct list_page page = entries_read(&e, &e.t.system, "-人.户.住址");
    check(page.record_count == 2 && !page.slow);
    check(str_eq(value(&page, 0, S("人.姓名")), S("李西")) && str_eq(value(&page, 1, S("人.姓名")), S("张东")));
    check(str_eq(value(&page, 0, S("村组")), S("西村")) && str_eq(value(&page, 0, S("人.户.住址")), S("西街2号")));
    check(str_eq(value(&page, 1, S("人.证件号")), test_citizen(op, 19600101, 1)));
    check(str_eq(value(&page, 0, S("=成年")), S("false")) && str_eq(value(&page, 1, S("=成年")), S("true")));
    check(str_eq(json_str(page.records[0].labels, S("人.户")), S("020001")));
    page = entries_read(&e, &e.t.system, "人.年龄");
    check(page.slow && str_eq(value(&page, 0, S("人.姓名")), S("李西")));
}

TEST("what is covered in the other ledger is covered here, and what is not theirs says no more than that")
{
    struct entries e;
    entries_open(op, &e);
    const unsigned read = 1u << ACT_READ;
    const struct grant masks[] = {{.ledger = S("*"), .acts = read, .whole_town = true, .masks = true}};
    struct who who = test_who(masks, COUNT(masks));
    struct list_page page = entries_read(&e, &who, "人.姓名");
    check(str_eq(value(&page, 0, S("人.姓名")), S("张东")) && str_eq(value(&page, 0, S("人.手机")), S("139****0011")));
    check(!str_eq(value(&page, 0, S("人.证件号")), test_citizen(op, 19600101, 1)));
    const str sorts[] = {S("人.手机"), S("人.证件号")};
    for (size_t i = 0; i < COUNT(sorts); i++) {
        const struct list_query q = {.sort = &sorts[i], .sort_count = 1};
        check(!list_read(e.t.tx, e.t.town, &who, e.entries, &q, &page) && test_says(op, "打码"));
        op_forgive(op, 0);
    }

    /* all entries, but only the people of the east: those of the west say nothing, and order would say something */
    const struct grant east[] = {{.ledger = S("登记"), .acts = read, .whole_town = true},
                                 {.ledger = S("人"), .acts = read, .group = e.t.east},
                                 {.ledger = S("户"), .acts = read, .group = e.t.east},
                                 {.ledger = S("村组"), .acts = read, .whole_town = true}};
    who = test_who(east, COUNT(east));
    page = entries_read(&e, &who, "金额");
    check(str_eq(value(&page, 0, S("人.手机")), S("13947900011")) && str_eq(value(&page, 0, S("=成年")), S("true")));
    check(str_eq(value(&page, 1, S("人.手机")), REACH_UNSEEN) && str_eq(value(&page, 1, S("人.户.住址")), REACH_UNSEEN));
    check(str_eq(value(&page, 1, S("=成年")), REACH_UNSEEN) && str_eq(value(&page, 1, S("村组")), S("西村")));
    const str by = S("人.姓名");
    const struct list_query q = {.sort = &by, .sort_count = 1};
    check(!list_read(e.t.tx, e.t.town, &who, e.entries, &q, &page) && test_says(op, "看不到全部"));
    op_forgive(op, 0);

    /* no right to the people at all */
    const struct grant none[] = {{.ledger = S("登记"), .acts = read, .whole_town = true}};
    who = test_who(none, COUNT(none));
    page = entries_read(&e, &who, "金额");
    check(str_eq(value(&page, 0, S("人.姓名")), REACH_UNSEEN) && str_eq(value(&page, 0, S("人.年龄")), REACH_UNSEEN));
}

static bool bytes_put(void *context, str bytes)
{
    buf_add(context, bytes);
    return true;
}

TEST("what may be read of other people but not taken out stays in the office when a list is exported")
{
    struct entries e;
    size_t at;
    int64_t rows;
    struct buf b;
    entries_open(op, &e);
    const unsigned read = 1u << ACT_READ, both = read | 1u << ACT_EXPORT;
    const struct grant grants[] = {{.ledger = S("登记"), .acts = both, .whole_town = true},
                                   {.ledger = S("人"), .acts = read, .whole_town = true},
                                   {.ledger = S("户"), .acts = both, .whole_town = true}};
    struct who who = test_who(grants, COUNT(grants));
    buf_init(&b, op, 0);
    const struct export_options o = {.csv = true, .sheet = true, .write = bytes_put, .context = &b};
    check(export_list(e.t.tx, e.t.town, &who, e.entries, &o, &rows) && rows == 2);
    check(str_find(buf_str(&b), REACH_UNSEEN, &at) && !str_find(buf_str(&b), S("张东"), &at) && str_find(buf_str(&b), S("1.50"), &at));
}

TEST("columns of other records are those of the day when a list is read as it was")
{
    struct entries e;
    entries_open(op, &e);
    struct fact_head head;
    check(store_head(e.t.tx, &head));
    const struct json *person = json_get(entries_read(&e, &e.t.system, "金额").records[0].values, S("人"));
    id x;
    check(person && id_parse(person->text, &x));
    e.t.op->now += 1000;
    test_change(&e.t, e.t.people, x, S("{'姓名':'张改名'}"));
    struct list_page page;
    const str by = S("金额");
    struct list_query q = {.fields = asked, .field_count = COUNT(asked), .sort = &by, .sort_count = 1};
    check(list_read(e.t.tx, e.t.town, &e.t.system, e.entries, &q, &page) && str_eq(value(&page, 0, S("人.姓名")), S("张改名")));
    q.as_of_fact = head.no;
    check(list_read(e.t.tx, e.t.town, &e.t.system, e.entries, &q, &page) && str_eq(value(&page, 0, S("人.姓名")), S("张东")));
}

TEST("what refers to a record stands in one cell, the newest first, as far as it may be seen")
{
    struct entries e;
    test_town_open(op, &e.t);
    test_define(&e.t, "household",
                "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','标题':'户号','归属':'村组','字段':["
                "{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组','必填':true}],"
                "'表头':['户号',{'头':'成员','列':{'台账':'人','按':'户','写':'姓名 + 手机','条件':'死亡日期 = null','取':2}}]}");
    test_again(&e.t);
    bool loaded = test_load(&e.t);
    if (!loaded)
        test_faults(op);
    check(loaded);
    id home = test_record(&e.t, e.t.households, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, e.t.east))))->id;
    test_person(&e.t, "老大", 19600101, 1, home, ",'手机':'13947900011'");
    test_person(&e.t, "老二", 19610101, 2, home, ",'手机':'13947900012'");
    test_person(&e.t, "老三", 19620101, 3, home, ",'手机':'13947900013','死亡日期':'2020-01-01'");
    test_person(&e.t, "老四", 19630101, 4, home, ",'手机':'13947900014'");
    const str members[] = {S("=成员")};
    const struct list_query q = {.fields = members, .field_count = 1};
    struct list_page page;
    check(list_read(e.t.tx, e.t.town, &e.t.system, e.t.households, &q, &page));
    check(str_eq(value(&page, 0, members[0]), S("老四13947900014、老二13947900012")));
    const struct grant grants[] = {{.ledger = S("*"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true}};
    struct who who = test_who(grants, COUNT(grants));
    check(list_read(e.t.tx, e.t.town, &who, e.t.households, &q, &page) && str_eq(value(&page, 0, members[0]), S("")));
    const struct grant west[] = {{.ledger = S("户"), .acts = 1u << ACT_READ, .whole_town = true},
                                 {.ledger = S("人"), .acts = 1u << ACT_READ, .group = e.t.west}};
    who = test_who(west, COUNT(west));
    check(list_read(e.t.tx, e.t.town, &who, e.t.households, &q, &page) && str_eq(value(&page, 0, members[0]), S("")));
}

TEST("a reach that the ledger does not show of itself can be asked for, and it is told which values are covered or not theirs")
{
    struct entries e;
    struct list_page page;
    struct reach far[2];
    str why;
    entries_open(op, &e);
    check(reach_find(op, plan_of(e.entries), S("人.户.电话"), &far[0], &why) &&
          reach_find(op, plan_of(e.entries), S("人.死亡日期"), &far[1], &why));
    const struct reach *const reaches[] = {&far[0], &far[1]};
    const str sort = S("金额");
    const struct list_query q = {.sort = &sort, .sort_count = 1, .takes = true, .reaches = reaches, .reach_count = COUNT(reaches)};
    check(list_read(e.t.tx, e.t.town, &e.t.system, e.entries, &q, &page));
    check(page.record_count == 2 && page.records[0].reached[0] == REACH_SEEN && page.records[0].reached[1] == REACH_NONE);
    check_str(value(&page, 0, S("人.户.电话")), S("13947900001"));
    const unsigned both = 1u << ACT_READ | 1u << ACT_EXPORT;
    const struct grant grants[] = {{.ledger = S("登记"), .acts = both, .whole_town = true},
                                   {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true},
                                   {.ledger = S("户"), .acts = both, .whole_town = true}};
    struct who who = test_who(grants, COUNT(grants));
    check(list_read(e.t.tx, e.t.town, &who, e.entries, &q, &page) && page.records[0].reached[1] == REACH_HIDDEN);
    const struct list_query looked = {.sort = &sort, .sort_count = 1, .reaches = reaches, .reach_count = COUNT(reaches)};
    check(list_read(e.t.tx, e.t.town, &who, e.entries, &looked, &page) && page.records[0].reached[1] == REACH_NONE);
}
