/* A small town for the tests of this room: definitions of its own in a folder of its own, one writing transaction that
 * ends with the op. In definitions and values ' stands for " and ` for \", so that they can be read. */
#pragma once

#include <stdio.h>
#include <sys/stat.h>

#include "base/test.h"
#include "ledger/inner.h"

#define TOWN_PACK "{'业务包':'基础','英文名':'base','次序':1}"
#define TOWN_GROUP                                                                                                             \
    "{'台账':'村组','英文名':'town_group','业务条线':'基础','键':['代码'],'密级':'公开','保管期限':'永久','标题':'名称',\n"                     \
    "'检索':['名称'],'字段':[\n"                                                                                                  \
    "{'名':'代码','类型':'码','必填':true,'唯一':true},\n"                                                                           \
    "{'名':'名称','类型':'文40','必填':true},\n"                                                                                    \
    "{'名':'上级','类型':'引→村组'},\n"                                                                                             \
    "{'名':'人数','类型':'算','值类型':'整','计':{'台账':'人','按':'归属','条件':'死亡日期 = null'}}]}"
#define TOWN_HOUSEHOLD                                                                                                         \
    "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','标题':'户号','归属':'村组',\n"              \
    "'检索':['户号','住址'],'字段':[\n"                                                                                            \
    "{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},\n"                                                                 \
    "{'名':'村组','类型':'引→村组','必填':true},\n"                                                                                 \
    "{'名':'住址','类型':'文100'},\n"                                                                                             \
    "{'名':'电话','类型':'电','敏感':true},\n"                                                                                      \
    "{'名':'人口','类型':'算','值类型':'整','计':{'台账':'人','按':'户','条件':'死亡日期 = null'}},\n"                                     \
    "{'名':'补助','类型':'算','值类型':'元','计':{'台账':'人','按':'户','求':'补助'}}]}"
#define TOWN_PERSON_FIELDS                                                                                                     \
    "{'名':'姓名','类型':'文30','必填':true,'索引':true},\n"                                                                         \
    "{'名':'证件号','类型':'证','唯一':true,'敏感':true},\n"                                                                         \
    "{'名':'出生','类型':'算','值类型':'日','算':'date(substring(证件号, 7, 4) + `-` + substring(证件号, 11, 2) + `-` + substring(证件号, 13, 2))'},\n" \
    "{'名':'年龄','类型':'算','值类型':'整','算':'years and months duration(出生, today()).years'},\n"                                  \
    "{'名':'户','类型':'引→户'},\n"                                                                                               \
    "{'名':'手机','类型':'电','敏感':true},\n"                                                                                      \
    "{'名':'补助','类型':'元','索引':true},\n"                                                                                      \
    "{'名':'死亡日期','类型':'日'},\n"                                                                                             \
    "{'名':'特长','类型':'多枚','选项':['木工','瓦工','骑马']},\n"                                                                     \
    "{'名':'备注','类型':'长文'}"
#define TOWN_PERSON_HEAD                                                                                                       \
    "{'台账':'人','英文名':'person','业务条线':'基础','键':['证件号'],'密级':'敏感','保管期限':'永久','标题':'姓名','归属':'户.村组',\n"            \
    "'检索':['姓名','证件号'],'规则':[{'名':'生死','条件':'死亡日期 >= 出生','提示':'死亡日期早于出生','字段':'死亡日期'}],'字段':[\n"
#define TOWN_PERSON TOWN_PERSON_HEAD TOWN_PERSON_FIELDS "]}"
#define TOWN_MATTER                                                                                                            \
    "{'台账':'事项','英文名':'matter','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','归属':'村组',\n"              \
    "'状态':['登记','办理','办结'],'流转':[{'从':'登记','到':'办理'},{'从':'办理','到':'办结'},{'从':'办理','到':'登记','退回':true}],\n"            \
    "'字段':[\n"                                                                                                                \
    "{'名':'编号','类型':'号','号':'{年}{3}','唯一':true},\n"                                                                       \
    "{'名':'事由','类型':'文100','必填':true},\n"                                                                                   \
    "{'名':'村组','类型':'引→村组'}]}"

struct test_town {
    struct op *op;
    str folder, packs;
    struct store *store;
    struct tx *tx;
    struct town *town;
    struct who system;
    const struct ledger *groups, *households, *people, *matters;
    id whole, east, west, east_one; /* 镇 → 东村 → 东村一组, 西村 */
};

static inline str test_json(struct op *op, str text)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < text.n; i++)
        buf_add(&b, text.p[i] == '\'' ? S("\"") : text.p[i] == '`' ? S("\\\"") : str_part(text, i, i + 1));
    return buf_str(&b);
}

static inline void test_write(struct op *op, str folder, const char *name, str text)
{
    FILE *f = fopen(op_z(op, op_text(op, "%.*s/%s", PS(folder), name)), "wb");
    must(f != NULL);
    must(fwrite(text.p, 1, text.n, f) == text.n && fclose(f) == 0);
}

static inline void test_define(struct test_town *t, const char *english, const char *text)
{
    test_write(t->op, t->packs, op_z(t->op, op_text(t->op, "base/ledgers/%s.json", english)), test_json(t->op, str_z(text)));
}

static inline void test_faults(struct op *op)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
}

static inline const struct fault *test_fault(struct op *op)
{
    static const struct fault none = {0};
    return op->faults ? op->faults : &none;
}

static inline bool test_says(struct op *op, const char *part)
{
    size_t at;
    for (const struct fault *f = op->faults; f; f = f->next)
        if (str_find(f->text, str_z(part), &at) || str_find(f->field, str_z(part), &at))
            return true;
    test_faults(op);
    return false;
}

static inline bool test_warned(const struct warning *warnings, const char *part)
{
    size_t at;
    for (const struct warning *w = warnings; w; w = w->next)
        if (str_find(w->text, str_z(part), &at))
            return true;
    return false;
}

static inline void test_store_close(void *store)
{
    store_close(store);
}

static inline struct json *test_values(struct op *op, const char *text)
{
    struct json *j = NULL;
    must(json_parse(op, test_json(op, str_z(text)), &j));
    return j;
}

/* Adds a record that must be good. */
static inline struct record *test_record(struct test_town *t, const struct ledger *l, str values)
{
    struct record *r = NULL;
    struct warning *warnings;
    t->op->now++; /* ids of one moment have no order */
    bool done = record_add(t->tx, t->town, &t->system, l, test_values(t->op, op_z(t->op, values)), &warnings, &r);
    if (!done)
        test_faults(t->op);
    must(done);
    return r;
}

static inline struct record *test_change(struct test_town *t, const struct ledger *l, id record, str patch)
{
    struct record *r = NULL;
    struct warning *warnings;
    bool done = record_change(t->tx, t->town, &t->system, l, record, 0, test_values(t->op, op_z(t->op, patch)), S(""), &warnings, &r);
    if (!done)
        test_faults(t->op);
    must(done);
    return r;
}

/* The 号 of the records that answer, in order, each with a blank; -: refused. ret_slow may be NULL. */
static inline str test_numbers(struct test_town *t, const struct who *who, const struct ledger *l, str where, int64_t as_of,
                               bool *ret_slow)
{
    struct list_page page;
    struct buf b;
    const str by = S("号");
    const struct list_query q = {
        .where = where, .sort = &by, .sort_count = 1, .limit = LIST_LIMIT_MAX, .count = true, .as_of_fact = as_of};
    if (ret_slow)
        *ret_slow = false;
    if (!list_read(t->tx, t->town, who, l, &q, &page))
        return S("-");
    buf_init(&b, t->op, 0);
    for (size_t i = 0; i < page.record_count; i++)
        buf_text(&b, "%.*s ", PS(json_get(page.records[i].values, by)->text));
    check_int(page.count, (long long)page.record_count);
    if (ret_slow)
        *ret_slow = page.slow;
    return buf_str(&b);
}

static inline id test_group(struct test_town *t, const char *code, const char *name, id above)
{
    str upper = id_none(above) ? S("null") : op_text(t->op, "'%.*s'", PS(id_text(t->op, above)));
    return test_record(t, t->groups, op_text(t->op, "{'代码':'%s','名称':'%s','上级':%.*s}", code, name, PS(upper)))->id;
}

static inline id test_household(struct test_town *t, id group, const char *address)
{
    return test_record(t, t->households, op_text(t->op, "{'村组':'%.*s','住址':'%s','电话':'13947900001'}", PS(id_text(t->op, group)), address))->id;
}

/* A valid number of GB 11643 for a birth date and an order. */
static inline str test_citizen(struct op *op, int birth, int order)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    str s = op_text(op, "152527%08d%03d", birth, order);
    int sum = 0;
    for (size_t i = 0; i < 17; i++)
        sum += (s.p[i] - '0') * weights[i];
    return op_text(op, "%.*s%c", PS(s), "10X98765432"[sum % 11]);
}

/* more: further members, beginning with a comma. */
static inline struct record *test_person(struct test_town *t, const char *name, int birth, int order, id household,
                                         const char *more)
{
    return test_record(t, t->people, op_text(t->op, "{'姓名':'%s','证件号':'%.*s','户':'%.*s'%s}", name, PS(test_citizen(t->op, birth, order)),
                                          PS(id_text(t->op, household)), more));
}

static inline bool test_load(struct test_town *t)
{
    if (!town_load(t->tx, t->packs, &t->town))
        return false;
    t->groups = town_ledger(t->town, S("村组"));
    t->households = town_ledger(t->town, S("户"));
    t->people = town_ledger(t->town, S("人"));
    t->matters = town_ledger(t->town, S("事项"));
    return true;
}

/* Ends the transaction and begins the next, as after a restart. */
static inline void test_again(struct test_town *t)
{
    must(store_commit(t->tx) && store_begin(t->store, t->op, TX_BULK, &t->tx));
}

static inline void test_town_open(struct op *op, struct test_town *t)
{
    *t = (struct test_town){.op = op, .system = {.name = S("系统"), .system = true}};
    test_dir_make(op, &t->folder);
    t->packs = op_text(op, "%.*s/packs", PS(t->folder));
    static const char *const folders[] = {"packs", "packs/base", "packs/base/ledgers"};
    for (size_t i = 0; i < COUNT(folders); i++)
        must(mkdir(op_z(op, op_text(op, "%.*s/%s", PS(t->folder), folders[i])), 0700) == 0);
    test_write(op, t->packs, "base/pack.json", test_json(op, S(TOWN_PACK)));
    test_define(t, "town_group", TOWN_GROUP);
    test_define(t, "household", TOWN_HOUSEHOLD);
    test_define(t, "person", TOWN_PERSON);
    test_define(t, "matter", TOWN_MATTER);
    must(store_open(op, op_text(op, "%.*s/data", PS(t->folder)), &(struct store_options){.town = S("152527201")}, &t->store));
    op_defer(op, test_store_close, t->store);
    bool ready = store_begin(t->store, op, TX_BULK, &t->tx) && test_load(t);
    if (!ready)
        test_faults(op);
    must(ready);
    t->whole = test_group(t, "00", "某镇", (id){0});
    t->east = test_group(t, "01", "东村", t->whole);
    t->west = test_group(t, "02", "西村", t->whole);
    t->east_one = test_group(t, "011", "东村一组", t->east);
}

/* Somebody at a post with these grants. */
static inline struct who test_who(const struct grant *grants, size_t count)
{
    return (struct who){.account = {.b = {1}}, .post = {.b = {2}}, .name = S("王干事"), .grants = grants, .grant_count = count};
}

/* The names on a page, as 张三、李四. */
static inline str test_names(struct op *op, const struct list_page *p, str field)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < p->record_count; i++) {
        const struct json *v = json_get(p->records[i].values, field);
        buf_text(&b, "%s%.*s", i ? "、" : "", PS(v ? v->text : S("")));
    }
    return buf_str(&b);
}
