/* Definitions that walk over several references: rights, computed fields, rules, counts, rules over several records. */
#include "ledger/test_town.h"

#define TOWN_SCHEME                                                                                                   \
    "{'台账':'项目','英文名':'scheme','业务条线':'基础','键':['名称'],'密级':'内部','保管期限':'10年','标题':'名称',\n" \
    "'字段':[{'名':'名称','类型':'文20','必填':true},\n"                                                              \
    "{'名':'西村笔数','类型':'算','值类型':'整','计':{'台账':'申请','按':'项目','条件':'人.户.村组.名称 = `西村`'}},\n" \
    "{'名':'西村金额','类型':'算','值类型':'元','计':{'台账':'申请','按':'项目','求':'金额','条件':'人.户.村组.名称 = `西村`'}}]}"
#define TOWN_SCHEME_OF(more)                                                                                          \
    "{'台账':'项目','英文名':'scheme','业务条线':'基础','键':['名称'],'密级':'内部','保管期限':'10年','标题':'名称',\n" \
    "'字段':[{'名':'名称','类型':'文20','必填':true},{'名':'各笔','类型':'子→申请'}" more "]}"
#define TOWN_CLAIM                                                                                                    \
    "{'台账':'申请','英文名':'claim','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年',\n"                \
    "'标题':'string(号)','归属':'人.户.村组',\n"                                                                      \
    "'字段':[{'名':'号','类型':'整','必填':true},{'名':'人','类型':'引→人'},{'名':'项目','类型':'引→项目'},{'名':'金额','类型':'元'}]}"
#define TOWN_AUDIT_HEAD                                                                                               \
    "{'台账':'核验','英文名':'audit','业务条线':'基础','键':['号'],'密级':'内部','保管期限':'10年','标题':'string(号)',\n" \
    "'规则':[{'名':'北街','条件':'申请.人.户.住址 != `北街`','提示':'北街的不在此核验','字段':'申请'}],\n"            \
    "'跨记录':[{'名':'东村','种类':'唯一','按':['年'],'条件':'申请.人.户.村组.名称 = `东村`','提示':'东村今年已经核验过','字段':'年'}],\n" \
    "'字段':[{'名':'号','类型':'整','必填':true},{'名':'申请','类型':'引→申请'},{'名':'年','类型':'整'},\n"           \
    "{'名':'住址','类型':'算','值类型':'文60','算':'申请.人.户.住址'},\n"                                             \
    "{'名':'所在','类型':'算','值类型':'文60','算':'if 住址 = null then `无` else 申请.人.户.村组.名称 + 住址'}"
#define TOWN_AUDIT TOWN_AUDIT_HEAD "]}"

enum { CLAIMS = 24 };

struct far {
    struct test_town t;
    const struct ledger *schemes, *claims, *audits;
    id homes[3], people[5], schemes_made[2], claims_made[CLAIMS];
    int64_t facts;
};

static str refers(struct op *op, const char *name, id x)
{
    return id_none(x) ? S("") : op_text(op, ",'%s':'%.*s'", name, PS(id_text(op, x)));
}

/* Claim i is that of person i % 6, the sixth of whom is nobody; person i lives in household i % 4, the fourth is none. */
static void far_open(struct op *op, struct far *c)
{
    struct test_town *t = &c->t;
    test_town_open(op, t);
    test_define(t, "scheme", TOWN_SCHEME);
    test_define(t, "claim", TOWN_CLAIM);
    test_define(t, "audit", TOWN_AUDIT);
    test_again(t);
    bool loaded = test_load(t);
    if (!loaded)
        test_faults(op);
    must(loaded);
    c->schemes = town_ledger(t->town, S("项目"));
    c->claims = town_ledger(t->town, S("申请"));
    c->audits = town_ledger(t->town, S("核验"));
    const id groups[] = {t->east, t->west, t->east_one};
    for (size_t i = 0; i < COUNT(c->homes); i++)
        c->homes[i] = test_household(t, groups[i], op_z(op, op_text(op, "街%zu号", i)));
    for (size_t i = 0; i < COUNT(c->people); i++)
        c->people[i] = test_record(t, t->people,
                                   op_text(op, "{'姓名':'甲%zu','证件号':'%.*s'%.*s}", i,
                                           PS(test_citizen(op, 19500101 + (int)i * 100000, (int)i + 1)),
                                           PS(refers(op, "户", i % 4 < 3 ? c->homes[i % 4] : (id){0}))))->id;
    for (size_t i = 0; i < COUNT(c->schemes_made); i++)
        c->schemes_made[i] = test_record(t, c->schemes, op_text(op, "{'名称':'项目%zu'}", i))->id;
    for (int i = 0; i < CLAIMS; i++)
        c->claims_made[i] = test_record(t, c->claims,
                                        op_text(op, "{'号':%d,'金额':%d%.*s%.*s}", i, 100 + i,
                                                PS(refers(op, "人", i % 6 < 5 ? c->people[i % 6] : (id){0})),
                                                PS(refers(op, "项目", c->schemes_made[i % 2]))))->id;
    must(store_fact_count(t->tx, &c->facts));
}

static struct record *audit(struct far *c, int number, int claim, int year)
{
    struct record *r = NULL;
    struct warning *warnings;
    str values = op_text(c->t.op, "{'号':%d,'年':%d%.*s}", number, year, PS(refers(c->t.op, "申请", c->claims_made[claim])));
    bool done = record_add(c->t.tx, c->t.town, &c->t.system, c->audits, test_values(c->t.op, values.p), &warnings, &r);
    return done ? r : NULL;
}

static str value(struct far *c, const struct ledger *l, id record, str field)
{
    struct record *r = NULL;
    bool got = record_get(c->t.tx, c->t.town, &c->t.system, l, record, &r);
    must(got);
    const struct json *v = json_get(r->values, field);
    return v && v->kind != JSON_NULL ? v->text : S("");
}

TEST("a computed field over several references is of today: it follows the far record, and of a past day it is what it was")
{
    struct far c;
    far_open(op, &c);
    id a = audit(&c, 1, 1, 2021)->id; /* of person 1, household 1, 西村 */
    int64_t then;
    check(store_fact_count(c.t.tx, &then));
    check_str(value(&c, c.audits, a, S("住址")), S("街1号"));
    check_str(value(&c, c.audits, a, S("所在")), S("西村街1号"));
    check_str(test_numbers(&c.t, &c.t.system, c.audits, S("所在 = \"西村街1号\""), 0, NULL), S("1 "));
    test_change(&c.t, c.t.households, c.homes[1], S("{'住址':'新街'}"));
    check_str(value(&c, c.audits, a, S("所在")), S("西村新街"));
    check_str(test_numbers(&c.t, &c.t.system, c.audits, S("所在 = \"西村街1号\""), 0, NULL), S(""));
    check_str(test_numbers(&c.t, &c.t.system, c.audits, S("所在 = \"西村新街\""), 0, NULL), S("1 "));
    check_str(test_numbers(&c.t, &c.t.system, c.audits, S("所在 = \"西村街1号\""), then, NULL), S("1 "));
    test_change(&c.t, c.t.people, c.people[1], op_text(op, "{'户':'%.*s'}", PS(id_text(op, c.homes[2]))));
    check_str(value(&c, c.audits, a, S("所在")), S("东村一组街2号"));
    id b = audit(&c, 2, 5, 2021)->id; /* of nobody */
    check_str(value(&c, c.audits, b, S("所在")), S("无"));
    check_str(value(&c, c.audits, b, S("住址")), S(""));
    test_again(&c.t);
    test_faults(op);
}

TEST("a rule over several references refuses what it says, and a rule over several records counts those whom it means")
{
    struct far c;
    far_open(op, &c);
    check(audit(&c, 1, 0, 2021) != NULL); /* of 东村 */
    check(audit(&c, 2, 6, 2021) == NULL && test_says(op, "东村今年已经核验过"));
    op_forgive(op, 0);
    check(audit(&c, 3, 6, 2022) != NULL && audit(&c, 4, 1, 2021) != NULL && audit(&c, 5, 7, 2021) != NULL);
    test_change(&c.t, c.t.households, c.homes[1], S("{'住址':'北街'}"));
    check(audit(&c, 6, 1, 2023) == NULL && test_says(op, "北街的不在此核验"));
    op_forgive(op, 0);
    check(audit(&c, 7, 5, 2023) != NULL); /* of nobody: what cannot be told lets pass */
    test_again(&c.t);
}

TEST("a count whose condition walks over several references follows them, by record, by list, and of a past day")
{
    struct far c;
    far_open(op, &c);
    int64_t then, count, sum;
    bool found;
    for (int past = 0; past < 2; past++) {
        for (int i = 0; i < 2; i++) {
            /* the same, asked of the claims */
            const char *sql = "select count(*) from now_claim x join now_person p on p.record = x.\"人\" join now_household h"
                              " on h.record = p.\"户\" where h.\"村组\" = $1 and x.\"项目\" = $2";
            check(store_int(c.t.tx, sql, ARGS(ID(c.t.west), ID(c.schemes_made[i])), &count, &found));
            check_str(value(&c, c.schemes, c.schemes_made[i], S("西村笔数")), op_text(op, "%lld", (long long)count));
            check(list_count(c.t.tx, c.t.town, &c.t.system, c.schemes,
                             op_text(op, "西村笔数 = %lld and 名称 = \"项目%d\"", (long long)count, i), &sum) &&
                  sum == 1);
        }
        check(past || count > 0);
        check(store_fact_count(c.t.tx, &then));
        test_change(&c.t, c.t.households, c.homes[0], op_text(op, "{'村组':'%.*s'}", PS(id_text(op, c.t.west))));
        test_change(&c.t, c.t.households, c.homes[1], op_text(op, "{'村组':'%.*s'}", PS(id_text(op, c.t.east))));
    }
    struct list_page page;
    const struct list_query q = {.where = S("西村金额 > 0"), .as_of_fact = c.facts, .count = true};
    check(list_read(c.t.tx, c.t.town, &c.t.system, c.schemes, &q, &page) && page.count == 1);
    check_str(json_get(page.records[0].values, S("名称"))->text, S("项目1"));
    test_faults(op);
}

TEST("a right whose condition walks over several references shows the same by the database, of the past, one by one, and "
     "when writing")
{
    struct far c;
    far_open(op, &c);
    for (int i = 0; i < 12; i++)
        check(audit(&c, i, i, 3000 + i) != NULL);
    must(store_fact_count(c.t.tx, &c.facts));
    const unsigned all = 1u << ACT_READ | 1u << ACT_ADD | 1u << ACT_CHANGE | 1u << ACT_EXPORT;
    static const char *const conditions[] = {
        "申请.人.户.村组.名称 = \"西村\"",
        "申请.人.户.住址 = null",
        "not(申请.人.村组.上级.名称 = \"东村\") and 号 > 2",
        "申请.人.户.村组.名称 in (\"东村\", \"东村一组\") or 申请.金额 > 108",
        "申请.项目.名称 = \"项目1\" and 申请.人 != null",
        "住址 = \"街1号\" or 住址 = \"街0号\"", /* computed, over the same way */
    };
    for (size_t i = 0; i < COUNT(conditions); i++) {
        str where = str_z(conditions[i]);
        const struct grant grant = {.ledger = S("核验"), .acts = all, .whole_town = true, .where = where};
        struct who who = test_who(&grant, 1);
        str meant = test_numbers(&c.t, &c.t.system, c.audits, where, 0, NULL);
        str by_rows = test_numbers(&c.t, &c.t.system, c.audits,
                                   op_text(op, "(%.*s) and sum(for x in [1] return x) = 1", PS(where)), 0, NULL);
        check(meant.n > 0);
        check_str(by_rows, meant);
        check_str(test_numbers(&c.t, &who, c.audits, S(""), 0, NULL), meant);
        check_str(test_numbers(&c.t, &who, c.audits, S(""), c.facts, NULL), meant);
        test_faults(op);
        struct list_page page;
        check(list_read(c.t.tx, c.t.town, &c.t.system, c.audits, &(struct list_query){.limit = LIST_LIMIT_MAX}, &page));
        for (size_t k = 0; k < page.record_count; k++) {
            struct record *r = NULL;
            size_t at;
            struct warning *warnings;
            str number = json_get(page.records[k].values, S("号"))->text;
            bool shown = str_find(op_text(op, " %.*s", PS(meant)), op_text(op, " %.*s ", PS(number)), &at);
            bool got = record_get(c.t.tx, c.t.town, &who, c.audits, page.records[k].id, &r);
            if (got != shown)
                test_failed(__FILE__, __LINE__, "%.*s: %.*s in %.*s: %d %d", PS(where), PS(number), PS(meant), got, shown);
            op_forgive(op, 0);
            /* the same claim checked by them: only where it is theirs */
            str values = op_text(op, "{'号':%zu,'年':%zu,'申请':'%.*s'}", 1000 + 100 * i + k, 5000 + 100 * i + k,
                                 PS(json_get(page.records[k].values, S("申请"))->text));
            bool numbered = str_find(where, S("号"), &at);
            bool added = record_add(c.t.tx, c.t.town, &who, c.audits, test_values(op, values.p), &warnings, &r);
            check(numbered || added == shown);
            op_forgive(op, 0);
        }
        test_again(&c.t);
        must(store_fact_count(c.t.tx, &c.facts));
    }
    const struct grant counted = {.ledger = S("核验"), .acts = all, .whole_town = true, .where = S("申请.人.户.人口 > 1")};
    struct who who = test_who(&counted, 1);
    check_str(test_numbers(&c.t, &who, c.audits, S(""), 0, NULL), S("-")); /* the database cannot tell: nothing is shown */
    check(test_says(op, "已按无权处理"));
}

TEST("what would go round, or cannot be counted, or tells what is sensitive is refused when the packs are read")
{
    struct test_town t;
    struct town *town;
    test_town_open(op, &t);
    test_define(&t, "scheme", TOWN_SCHEME);
    test_define(&t, "claim", TOWN_CLAIM);
    static const struct {
        const char *english, *text, *says;
    } cases[] = {
        {"audit", TOWN_AUDIT_HEAD ",{'名':'上次','类型':'引→核验'},{'名':'第几','类型':'算','值类型':'整','算':'上次.第几 + 1'}]}", "又用到它自己"},
        {"audit", TOWN_AUDIT_HEAD ",{'名':'甲','类型':'算','值类型':'文60','算':'申请.人.户.街'}]}", "第"},
        {"audit", TOWN_AUDIT_HEAD ",{'名':'甲','类型':'算','值类型':'文60','算':'申请.人.证件号'}]}", "须也标为敏感"},
        {"audit", TOWN_AUDIT_HEAD ",{'名':'户主','类型':'文20','默认':'申请.人'}]}", "得出的是一条记录"},
        {"audit", TOWN_AUDIT_HEAD ",{'名':'户主','类型':'算','值类型':'文60','算':'申请.人.户 + `号`'}]}", "得出的是一条记录"},
        {"scheme",
         "{'台账':'项目','英文名':'scheme','业务条线':'基础','键':['名称'],'密级':'内部','保管期限':'10年','标题':'名称',\n"
         "'字段':[{'名':'名称','类型':'文20','必填':true},\n"
         "{'名':'笔数','类型':'算','值类型':'整','计':{'台账':'申请','按':'项目','条件':'人.户.人口 > 2'}}]}",
         "不能在数据库里计算"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_define(&t, "audit", TOWN_AUDIT);
        test_define(&t, "scheme", TOWN_SCHEME);
        check(town_parse(op, t.packs, &town));
        test_faults(op);
        test_define(&t, cases[i].english, cases[i].text);
        check(!town_parse(op, t.packs, &town) && test_says(op, cases[i].says));
        op_forgive(op, 0);
    }
}

TEST("the records that one is made of are not looked into by conditions and formulas: that is said, and not answered with nothing")
{
    struct test_town t;
    struct town *town;
    struct list_page page;
    static const char *const asks[] = {"some x in 各笔 satisfies x.金额 > 1", "count(各笔) > 1", "各笔 = null"};
    test_town_open(op, &t);
    test_define(&t, "claim", TOWN_CLAIM);
    test_define(&t, "scheme", TOWN_SCHEME_OF(""));
    check(test_load(&t));
    for (size_t i = 0; i < COUNT(asks); i++) {
        struct list_query q = {.where = str_z(asks[i]), .limit = 1};
        check(!list_read(t.tx, t.town, &t.system, town_ledger(t.town, S("项目")), &q, &page));
        check(test_fault(op)->kind == FAULT_INPUT && test_says(op, "“各笔”是“申请”台账里的一条条记录"));
        op_forgive(op, 0);
    }
    test_define(&t, "scheme", TOWN_SCHEME_OF(",{'名':'几笔','类型':'算','值类型':'整','算':'count(各笔)'}"));
    check(!town_parse(op, t.packs, &town) && test_says(op, "一条条记录"));
    op_forgive(op, 0);
}
