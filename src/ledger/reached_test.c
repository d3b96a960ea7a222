/* Conditions that walk over several references: by the database, by rows, under rights, of the past, taken out. */
#include "ledger/test_town.h"

#define TOWN_CLAIM \
    "{'台账':'登记','英文名':'claim','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年',\n" \
    "'标题':'string(号)','归属':'人.户.村组',\n" \
    "'字段':[{'名':'号','类型':'整','必填':true},{'名':'人','类型':'引→人'},\n" \
    "{'名':'事','类型':'引→事项'},{'名':'金额','类型':'元'}]}"
#define TOWN_PAYMENT \
    "{'台账':'发放','英文名':'payment','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年','标题':'string(号)',\n" \
    "'字段':[{'名':'号','类型':'整','必填':true},{'名':'登记','类型':'引→登记'},{'名':'实发','类型':'元'}]}"

enum { CLAIMS = 60 };

struct claims {
    struct test_town t;
    const struct ledger *claims, *payments;
    id homes[5], people[12];
    int64_t facts;              /* when all had been written */
};

static int chance(uint64_t *seed, int below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((*seed >> 33) % (uint64_t)below);
}

static id any_of(uint64_t *seed, const id *of, int count)
{
    int i = chance(seed, count + 1);
    return i < count ? of[i] : (id){0};
}

static str member(struct op *op, const char *name, id x)
{
    return id_none(x) ? S("") : op_text(op, ",'%s':'%.*s'", name, PS(id_text(op, x)));
}

/* Who claims what, and what was paid: references are empty here and there. */
static void claims_open(struct op *op, struct claims *c, uint64_t seed)
{
    struct test_town *t = &c->t;
    test_town_open(op, t);
    test_define(t, "claim", TOWN_CLAIM);
    test_define(t, "payment", TOWN_PAYMENT);
    test_again(t);
    bool loaded = test_load(t);
    if (!loaded)
        test_faults(op);
    must(loaded);
    c->claims = town_ledger(t->town, S("登记"));
    c->payments = town_ledger(t->town, S("发放"));
    const id groups[] = {t->whole, t->east, t->east_one, t->west, t->west};
    id matters[4], claims[CLAIMS];
    for (size_t i = 0; i < COUNT(c->homes); i++)
        c->homes[i] = test_household(t, groups[i], op_z(op, op_text(op, "街%zu号", i)));
    for (size_t i = 0; i < COUNT(c->people); i++) {
        size_t at = i % (COUNT(c->homes) + 1);
        id home = at < COUNT(c->homes) ? c->homes[at] : (id){0};
        str number = test_citizen(op, 19500101 + chance(&seed, 60) * 10000, (int)i + 1);
        str values = op_text(op, "{'姓名':'甲%zu','证件号':'%.*s'%.*s%s}", i, PS(number), PS(member(op, "户", home)),
                             i % 3 ? ",'手机':'13947900011'" : "");
        c->people[i] = test_record(t, t->people, values)->id;
    }
    for (size_t i = 0; i < COUNT(matters); i++) {
        struct record *r = NULL;
        matters[i] = test_record(t, t->matters, op_text(op, "{'事由':'事%zu'}", i))->id;
        must(i % 2 || record_state(t->tx, t->town, &t->system, t->matters, matters[i], 1, S("办理"), S(""), &r));
    }
    for (int i = 0; i < CLAIMS; i++)
        claims[i] = test_record(t, c->claims,
                                op_text(op, "{'号':%d,'金额':%d%.*s%.*s}", i, chance(&seed, 9) * 100,
                                        PS(member(op, "人", any_of(&seed, c->people, COUNT(c->people)))),
                                        PS(member(op, "事", any_of(&seed, matters, COUNT(matters))))))->id;
    for (int i = 0; i < CLAIMS; i++)
        test_record(t, c->payments, op_text(op, "{'号':%d,'实发':%d%.*s}", i, chance(&seed, 5) * 100,
                                            PS(member(op, "登记", any_of(&seed, claims, CLAIMS)))));
    must(store_fact_count(t->tx, &c->facts));
}

static bool rows_same(struct claims *c, const struct who *who, const struct ledger *l, str where, str expected)
{
    int64_t count;
    struct list_total total;
    size_t rows = 0;
    for (size_t i = 0; i < expected.n; i++)
        rows += expected.p[i] == ' ';
    return list_count(c->t.tx, c->t.town, who, l, where, &count) && (size_t)count == rows &&
           list_total(c->t.tx, c->t.town, who, l, &(struct total_query){.where = where}, &total) &&
           (size_t)total.rows == rows;
}

TEST("a condition over several references gives the same by the database, by rows, as of the last fact, counted and "
     "added up")
{
    struct claims c;
    claims_open(op, &c, 20211115);
    str east = id_text(op, c.t.east);
    const struct {
        const struct ledger *of;
        str where;
    } conditions[] = {
        {c.claims, S("人.户.住址 = \"街1号\"")},
        {c.claims, S("人.户.村组.名称 = \"西村\"")},
        {c.claims, S("人.户.村组.名称 in (\"西村\", \"东村\") and 金额 >= 300")},
        {c.claims, S("人.户.村组.上级.名称 = \"某镇\"")},
        {c.claims, S("人.户.住址 = null")},
        {c.claims, S("人.户.村组.上级.名称 = null and 人 != null")},
        {c.claims, S("not(starts with(人.户.住址, \"街2\")) or 事.状态 = \"办理\"")},
        {c.claims, op_text(op, "人.户.村组 = \"%.*s\"", PS(east))},
        {c.claims, S("人.村组 = \"东村一组\"")},
        {c.claims, S("人.户.户号 > \"010002\" and 人.出生 < date(\"1980-01-01\")")},
        {c.payments, S("登记.人.户.村组.名称 = \"西村\"")},
        {c.payments, S("登记.事.状态 = \"办理\"")},
        {c.payments, S("登记.事.状态 = null and 登记.人.姓名 != \"甲3\"")},
        {c.payments, S("登记.人.出生.year < 1980 and 实发 > 100")},
        {c.payments, S("登记.人.姓名 in (\"甲1\", \"甲2\", \"甲3\")")},
    };
    int some = 0;
    for (size_t i = 0; i < COUNT(conditions); i++) {
        bool slow, rows;
        str where = conditions[i].where;
        str by_sql = test_numbers(&c.t, &c.t.system, conditions[i].of, where, 0, &slow);
        str by_rows = test_numbers(&c.t, &c.t.system, conditions[i].of,
                              op_text(op, "(%.*s) and sum(for x in [1] return x) = 1", PS(where)), 0, &rows);
        str then = test_numbers(&c.t, &c.t.system, conditions[i].of, where, c.facts, &rows);
        test_faults(op);
        if (slow || !rows || !str_eq(by_sql, by_rows) || !str_eq(by_sql, then) ||
            !rows_same(&c, &c.t.system, conditions[i].of, where, by_sql))
            test_failed(__FILE__, __LINE__, "%.*s: %.*s | %.*s | %.*s", PS(where), PS(by_sql), PS(by_rows), PS(then));
        some += by_sql.n > 0;
    }
    check(some == COUNT(conditions));
}

TEST("a condition that looks into more records than the database joins at once is counted all the same")
{
    enum { WAYS = 70 };
    struct test_town t;
    struct buf definition, asked;
    struct list_total total;
    test_town_open(op, &t);
    buf_init(&definition, op, 0);
    buf_init(&asked, op, 0);
    buf_add(&definition, S("{'台账':'名册','英文名':'wide','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年',\n"
                           "'标题':'string(号)','字段':[{'名':'号','类型':'整','必填':true}"));
    for (int i = 0; i < WAYS; i++) {
        buf_text(&definition, ",{'名':'第%d人','类型':'引→人'}", i);
        buf_text(&asked, "%s第%d人.姓名 = %s", i ? " and " : "", i, i % 2 ? "\"甲\"" : "null");
    }
    buf_add(&definition, S("]}"));
    test_define(&t, "wide", op_z(op, buf_str(&definition)));
    test_again(&t);
    must(test_load(&t));
    id person = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), "")->id;
    for (int missing = WAYS - 3; missing < WAYS; missing++) { /* an odd one is asked for, an even one is not */
        struct buf values;
        buf_init(&values, op, 0);
        buf_text(&values, "{'号':%d", missing);
        for (int i = 1; i < WAYS; i += 2)
            if (i != missing)
                buf_text(&values, ",'第%d人':'%.*s'", i, PS(id_text(op, person)));
        buf_byte(&values, '}');
        test_record(&t, town_ledger(t.town, S("名册")), buf_str(&values));
    }
    check(list_total(t.tx, t.town, &t.system, town_ledger(t.town, S("名册")),
                     &(struct total_query){.where = buf_str(&asked)}, &total));
    check_int(total.rows, 1);
    test_faults(op);
}

TEST("a count or an age at the end of the way is asked of each row, and a name that leads nowhere is told by its place")
{
    struct claims c;
    bool slow;
    claims_open(op, &c, 1);
    check(str_eq(test_numbers(&c.t, &c.t.system, c.claims, S("人.户.人口 > 1000"), 0, &slow), S("")) && slow);
    str old = test_numbers(&c.t, &c.t.system, c.payments, S("登记.人.年龄 >= 60"), 0, &slow);
    check(old.n && slow && rows_same(&c, &c.t.system, c.payments, S("登记.人.年龄 >= 60"), old));
    static const char *const wrong[] = {"人.户.地址 = \"1\"", "人.姓名.住址 = \"1\"", "人.户.村组.上级.上级.名称 = \"1\"", "户.人.户 = 1"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        str got = test_numbers(&c.t, &c.t.system, c.claims, str_z(wrong[i]), 0, &slow);
        bool refused = str_eq(got, S("-")) && test_fault(op)->kind == FAULT_INPUT && test_says(op, "第1行第");
        /* what comes after a value that has no such member is null, as FEEL has it */
        if (!refused && got.n)
            test_failed(__FILE__, __LINE__, "%s: %.*s", wrong[i], PS(got));
        op_forgive(op, 0);
    }
}

TEST("a condition is refused where a step of its way is covered or not theirs, in the middle as at the end")
{
    struct claims c;
    bool slow;
    claims_open(op, &c, 2);
    const unsigned read = 1u << ACT_READ;
    const str homes[] = {SC("户")}, phone[] = {SC("手机")};
    const struct {
        struct grant grants[5];
        size_t count;
        const char *where, *says;
    } cases[] = {
        {{{.ledger = S("*"), .acts = read, .whole_town = true, .masks = true}}, 1, "登记.人.户.电话 = \"13947900001\"", "打码"},
        {{{.ledger = S("*"), .acts = read, .whole_town = true, .masks = true}}, 1, "登记.人.手机 != null", "打码"},
        {{{.ledger = S("*"), .acts = read, .whole_town = true, .masked = homes, .masked_count = 1}},
         1, "登记.人.户.住址 = \"街1号\"", "打码"},
        {{{.ledger = S("*"), .acts = read, .whole_town = true, .masked = phone, .masked_count = 1}},
         1, "登记.人.户.住址 = \"街1号\"", NULL},
        {{{.ledger = S("发放"), .acts = read, .whole_town = true}}, 1, "登记.人.姓名 = \"甲1\"", "不能查看台账“登记”"},
        {{{.ledger = S("发放"), .acts = read, .whole_town = true}, {.ledger = S("登记"), .acts = read, .whole_town = true}},
         2, "登记.人.姓名 = \"甲1\"", "不能查看台账“人”"},
        {{{.ledger = S("发放"), .acts = read, .whole_town = true}, {.ledger = S("登记"), .acts = read, .whole_town = true},
          {.ledger = S("户"), .acts = read, .whole_town = true}},
         3, "登记.人.户.住址 = \"街1号\"", "不能查看台账“人”"},
        {{{.ledger = S("发放"), .acts = read, .whole_town = true}, {.ledger = S("登记"), .acts = read, .whole_town = true},
          {.ledger = S("人"), .acts = read, .whole_town = true}},
         3, "登记.人.户.住址 = \"街1号\"", "不能查看台账“户”"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct who who = test_who(cases[i].grants, cases[i].count);
        str where = str_z(cases[i].where);
        struct list_total total;
        int64_t rows;
        str got = test_numbers(&c.t, &who, c.payments, where, 0, &slow);
        bool refused = str_eq(got, S("-")) && test_fault(op)->kind == FAULT_DENIED;
        check(cases[i].says ? refused && test_says(op, cases[i].says) : got.n > 1 && !slow);
        op_forgive(op, 0);
        bool counted = list_count(c.t.tx, c.t.town, &who, c.payments, where, &rows),
             added = list_total(c.t.tx, c.t.town, &who, c.payments, &(struct total_query){.where = where}, &total),
             then = !str_eq(test_numbers(&c.t, &who, c.payments, where, c.facts, &slow), S("-"));
        check(counted == !cases[i].says && added == counted && then == counted);
        op_forgive(op, 0);
    }
}

TEST("who sees only a part of another ledger learns nothing of the rest by asking, over one reference or several")
{
    struct claims c;
    bool slow;
    claims_open(op, &c, 3);
    const unsigned read = 1u << ACT_READ;
    const struct grant grants[] = {{.ledger = S("发放"), .acts = read, .whole_town = true},
                                   {.ledger = S("登记"), .acts = read, .whole_town = true},
                                   {.ledger = S("人"), .acts = read, .whole_town = true},
                                   {.ledger = S("户"), .acts = read, .group = c.t.east}};
    struct who who = test_who(grants, COUNT(grants));
    static const char *const of_east[] = {"登记.人.户.住址 = \"街1号\"", "登记.人.户.住址 in (\"街1号\", \"街2号\")"},
                            *const of_west[] = {"登记.人.户.住址 = \"街3号\"", "starts with(登记.人.户.住址, \"街4\")"};
    for (size_t i = 0; i < 2; i++) {
        for (int past = 0; past < 2; past++) {
            str all = test_numbers(&c.t, &c.t.system, c.payments, str_z(of_east[i]), past ? c.facts : 0, &slow);
            str theirs = test_numbers(&c.t, &who, c.payments, str_z(of_east[i]), past ? c.facts : 0, &slow);
            check(all.n && str_eq(all, theirs) && slow);
            check(rows_same(&c, &who, c.payments, str_z(of_east[i]), theirs));
            all = test_numbers(&c.t, &c.t.system, c.payments, str_z(of_west[i]), past ? c.facts : 0, &slow);
            theirs = test_numbers(&c.t, &who, c.payments, str_z(of_west[i]), past ? c.facts : 0, &slow);
            check(all.n && !theirs.n && slow);
        }
    }
    test_faults(op);
    int64_t all, theirs;
    check(list_count(c.t.tx, c.t.town, &c.t.system, c.t.people, S("户.住址 = \"街3号\""), &all) && all > 0);
    check(list_count(c.t.tx, c.t.town, &who, c.t.people, S("户.住址 = \"街3号\""), &theirs) && theirs == 0);
}

TEST("the past is asked of the records of the past, at every step")
{
    struct claims c;
    bool slow;
    claims_open(op, &c, 4);
    str where = S("登记.人.户.住址 = \"街3号\"");
    str before = test_numbers(&c.t, &c.t.system, c.payments, where, 0, &slow);
    test_change(&c.t, c.t.households, c.homes[3], S("{'住址':'新街'}"));
    check(before.n && str_eq(test_numbers(&c.t, &c.t.system, c.payments, where, 0, &slow), S("")));
    check(str_eq(test_numbers(&c.t, &c.t.system, c.payments, where, c.facts, &slow), before));
    check(str_eq(test_numbers(&c.t, &c.t.system, c.payments, S("登记.人.户.住址 = \"新街\""), 0, &slow), before));
}

struct taken {
    struct buf b;
    int64_t rows;
};

static bool bytes_put(void *context, str bytes)
{
    buf_add(&((struct taken *)context)->b, bytes);
    return true;
}

TEST("an export takes exactly the records that a condition over several references shows")
{
    struct claims c;
    bool slow;
    claims_open(op, &c, 5);
    const unsigned both = 1u << ACT_READ | 1u << ACT_EXPORT;
    const struct grant grants[] = {{.ledger = S("发放"), .acts = both, .whole_town = true},
                                   {.ledger = S("登记"), .acts = 1u << ACT_READ, .whole_town = true},
                                   {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true},
                                   {.ledger = S("户"), .acts = 1u << ACT_READ, .group = c.t.east}};
    const struct who askers[] = {c.t.system, test_who(grants, COUNT(grants))};
    for (size_t i = 0; i < COUNT(askers); i++) {
        struct taken taken = {0};
        str where = S("登记.人.户.住址 != null");
        str shown = test_numbers(&c.t, &askers[i], c.payments, where, 0, &slow);
        buf_init(&taken.b, op, 0);
        const struct export_options o = {
            .query = {.where = where, .takes = true}, .csv = true, .write = bytes_put, .context = &taken};
        check(export_list(c.t.tx, c.t.town, &askers[i], c.payments, &o, &taken.rows));
        check(taken.rows > 0 && rows_same(&c, &askers[i], c.payments, where, shown));
        for (size_t k = 0; k < shown.n; k++)
            taken.rows -= shown.p[k] == ' ';
        check_int(taken.rows, 0);
    }
}
