/* Definitions that meet the store: migrating, refusing, rebuilding. */
#include "ledger/test_town.h"

static int64_t whole(struct test_town *t, const char *sql)
{
    int64_t n = -1;
    bool found;
    check(store_int(t->tx, sql, ARGS(), &n, &found) && found);
    return n;
}

static struct record *get(struct test_town *t, const struct ledger *l, id record)
{
    struct record *r = NULL;
    bool done = record_get(t->tx, t->town, &t->system, l, record, &r);
    if (!done)
        test_faults(t->op);
    must(done);
    return r;
}

static str value(const struct record *r, str field)
{
    const struct json *v = json_get(r->values, field);
    return v ? v->text : S("");
}

#define PERSON_WITH(fields) TOWN_PERSON_HEAD fields "]}"
#define NAME_AND_NUMBER "{'名':'姓名','类型':'文30','必填':true},{'名':'证件号','类型':'证','唯一':true,'敏感':true},{'名':'户','类型':'引→户'},"
/* A household that adds nothing up, so that 补助 may change its type. */
#define HOUSEHOLD_PLAIN                                                                                                                             \
    "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','标题':'户号'," \
    "'归属':'村组',\n"                                                                                                                          \
    "'字段':[{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组'},{'名':'住址',"  \
    "'类型':'文100'},\n"                                                                                                                         \
    "{'名':'电话','类型':'电'}]}"
#define BIRTH "{'名':'出生','类型':'算','值类型':'日','算':'date(1990, 1, 1)'},{'名':'死亡日期','类型':'日'},"

TEST("the packs that are shipped load into an empty store, and a second start finds nothing to do")
{
    str folder;
    struct store *store;
    struct tx *tx;
    struct town *town;
    int64_t facts, again;
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){.town = S("152527201")}, &store));
    op_defer(op, test_store_close, store);
    check(store_begin(store, op, TX_BULK, &tx) && town_load(tx, S("packs"), &town));
    test_faults(op);
    check(store_fact_count(tx, &facts) && facts == (int64_t)town_ledger_count(town));
    check(store_commit(tx) && store_begin(store, op, TX_BULK, &tx) && town_load(tx, S("packs"), &town));
    check(store_fact_count(tx, &again) && again == facts);
}

TEST("a field that is added is empty in old records; one that is renamed keeps its values; an index comes and goes")
{
    struct test_town t;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    id who = test_person(&t, "甲", 19600101, 1, home, ",'手机':'13947911111','备注':'老党员'")->id;
    test_again(&t);
    test_define(
        &t, "person",
        PERSON_WITH(
            NAME_AND_NUMBER BIRTH
            "{'名':'补助','类型':'元'},{'名':'联系电话','类型':'电','原名':['手机'],'索引':true},"
            "{'名':'特长','类型':'多枚','选项':['木工']},{'名':'备注','类型':'长文'},{'名':'民族','类型':'文20'}"));
    check(test_load(&t));
    test_faults(op);
    struct record *r = get(&t, t.people, who);
    check_str(value(r, S("联系电话")), S("13947911111"));
    check_str(value(r, S("备注")), S("老党员"));
    check_str(value(r, S("民族")), S(""));
    check(json_get(r->values, S("民族"))->kind == JSON_NULL);
    check_int(r->version, 1);
    struct change *changes;
    size_t count;
    check(record_history(t.tx, t.town, &t.system, t.people, who, &changes, &count) && count == 1);
    check_int(whole(&t, "select count(*) from fact where act = 'define' and ledger = 'person'"), 2);
}

TEST("a computed field follows its new formula in every old record")
{
    struct test_town t;
    test_town_open(op, &t);
    id who = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), "")->id;
    check_str(value(get(&t, t.people, who), S("出生")), S("1960-01-01"));
    test_again(&t);
    test_define(&t, "person", PERSON_WITH(NAME_AND_NUMBER BIRTH "{'名':'手机','类型':'电'},{'名':'补助','类型':'元'}"));
    check(test_load(&t));
    test_faults(op);
    check_str(value(get(&t, t.people, who), S("出生")), S("1990-01-01"));
    struct list_page page;
    check(list_read(t.tx, t.town, &t.system, t.people, &(struct list_query){.where = S("出生 = @\"1990-01-01\"")},
                    &page) &&
          page.record_count == 1);
}

TEST("a formula may from now on ask for today or for the calendar: what was computed gives way, what was typed is refused")
{
    struct test_town t;
    test_town_open(op, &t);
    id who = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), ",'备注':'老党员'")->id;
    test_again(&t);
    test_define(&t, "person",
                PERSON_WITH(NAME_AND_NUMBER "{'名':'出生','类型':'算','值类型':'日','算':'if today() > date(2020, 1, 1) then date(1970, 1, 1) else null'},"
                                            "{'名':'备注','类型':'文60'},{'名':'手机','类型':'电'},{'名':'补助','类型':'元'},{'名':'死亡日期','类型':'日'}"));
    check(test_load(&t));
    test_faults(op);
    check_str(value(get(&t, t.people, who), S("出生")), S("1970-01-01"));
    must(store_commit(t.tx) && store_begin(t.store, op, TX_BULK, &t.tx));
    test_define(&t, "person",
                PERSON_WITH(NAME_AND_NUMBER BIRTH "{'名':'备注','类型':'算','值类型':'日','算':'today()'},"
                                            "{'名':'手机','类型':'电'},{'名':'补助','类型':'元'}"));
    check(!test_load(&t));
    check(test_fault(op)->kind == FAULT_CONFLICT && test_says(op, "“备注”有1条记录填了值"));
}

TEST("a record may from now on be called by what it refers to, and by itself again: titles are nobody's values")
{
    static const char called_by_home[] =
        "{'台账':'人','英文名':'person','业务条线':'基础','键':['证件号'],'密级':'敏感','保管期限':'永久','标题':'姓名 + ` ` + 户.住址','归属':'户.村组',\n"
        "'检索':['姓名','证件号'],'字段':[" TOWN_PERSON_FIELDS "]}";
    struct test_town t;
    test_town_open(op, &t);
    struct record *who = test_person(&t, "张三", 19600101, 1, test_household(&t, t.east, "东街1号"), "");
    const struct {
        const char *definition, *title;
    } turns[] = {{called_by_home, "张三 东街1号"}, {TOWN_PERSON, "张三"}};
    for (size_t i = 0; i < COUNT(turns); i++) {
        test_define(&t, "person", turns[i].definition);
        test_again(&t);
        bool loaded = test_load(&t);
        if (!loaded)
            test_faults(op);
        check(loaded && str_eq(get(&t, t.people, who->id)->title, str_z(turns[i].title)));
    }
}

TEST("a type that holds every old value takes them over; the numbers are the same afterwards")
{
    struct test_town t;
    test_town_open(op, &t);
    id who = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), ",'补助':300,'死亡日期':'2020-01-02'")->id;
    test_again(&t);
    test_define(&t, "household", HOUSEHOLD_PLAIN);
    test_define(&t, "person",
                PERSON_WITH(NAME_AND_NUMBER
                            "{'名':'出生','类型':'算','值类型':'时','算':'date and time(`1960-01-01T00:00:00+08:00`)'},"
                            "{'名':'补助','类型':'数4'},{'名':'死亡日期','类型':'时'}"));
    check(test_load(&t));
    test_faults(op);
    check_str(value(get(&t, t.people, who), S("补助")), S("300.0000"));
    check_str(value(get(&t, t.people, who), S("死亡日期")), S("2020-01-02T00:00:00.000+08:00"));
}

TEST("a change that would lose a value is refused with file, line, count and cure, and nothing is changed")
{
    struct test_town t;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    id who = test_person(&t, "甲", 19600101, 1, home, ",'补助':300.5,'备注':'老党员'")->id;
    test_person(&t, "乙", 19600102, 2, home, ",'补助':300");
    test_again(&t);
    test_define(&t, "person", PERSON_WITH(NAME_AND_NUMBER BIRTH "{'名':'补助','类型':'元'}"));
    check(!test_load(&t));
    check(test_fault(op)->kind == FAULT_CONFLICT && test_says(op, "“备注”有1条记录填了值") &&
          test_says(op, "base/ledgers/person.json"));
    op_forgive(op, 0);
    store_abandon(t.tx);
    must(store_begin(t.store, op, TX_BULK, &t.tx));
    test_define(&t, "household", HOUSEHOLD_PLAIN);
    test_define(&t, "person", PERSON_WITH(NAME_AND_NUMBER BIRTH "\n{'名':'补助','类型':'整'},{'名':'备注','类型':'长文'}"));
    check(!test_load(&t));
    check(test_fault(op)->kind == FAULT_CONFLICT && test_says(op, "“补助”有1条记录的值不合新的类型") &&
          test_says(op, "person.json 第4行"));
    op_forgive(op, 0);
    store_abandon(t.tx);
    must(store_begin(t.store, op, TX_BULK, &t.tx));
    test_define(&t, "household", TOWN_HOUSEHOLD);
    test_define(&t, "person", TOWN_PERSON);
    check(test_load(&t));
    check_str(value(get(&t, t.people, who), S("补助")), S("300.50"));
    check_str(value(get(&t, t.people, who), S("备注")), S("老党员"));
}

TEST("a field cannot become unique while two records share a value")
{
    struct test_town t;
    test_town_open(op, &t);
    test_household(&t, t.east, "东街");
    test_household(&t, t.east, "东街");
    test_again(&t);
    test_define(&t, "household",
                "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','"
                "标题':'户号','归属':'村组',\n"
                "'字段':[{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组'},\n"
                "{'名':'住址','类型':'文100','唯一':true},{'名':'电话','类型':'电'},{'名':'补助','类型':'元'},{'名':'"
                "人口','类型':'整'}]}");
    check(!test_load(&t));
    check(test_fault(op)->kind == FAULT_CONFLICT && test_says(op, "household.json"));
    op_forgive(op, 0);
}

TEST("when the way to the village group changes, the records behind it move too")
{
    struct test_town t;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    test_person(&t, "甲", 19600101, 1, home, "");
    check_int(whole(&t, "select count(*) from now_person where \"组\" is not null"), 1);
    test_again(&t);
    test_define(&t, "household",
                "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','"
                "标题':'户号','归属':'管区',\n"
                "'字段':[{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组'},{'"
                "名':'管区','类型':'引→村组'},\n"
                "{'名':'住址','类型':'文100'},{'名':'电话','类型':'电'}]}");
    test_define(&t, "person",
                "{'台账':'人','英文名':'person','业务条线':'基础','键':['证件号'],'密级':'敏感','保管期限':'永久','"
                "标题':'姓名','归属':'户.管区',\n"
                "'字段':[" TOWN_PERSON_FIELDS "]}");
    check(test_load(&t));
    test_faults(op);
    check_int(whole(&t, "select count(*) from now_person where \"组\" is not null"), 0);
    test_change(&t, t.households, home, op_text(op, "{'管区':'%.*s'}", PS(id_text(op, t.west))));
    check_int(whole(&t, "select count(*) from now_person where \"组\" is not null"), 1);
}

TEST("rebuilding from facts gives the same tables, and counts the records that were altered behind the program's back")
{
    struct test_town t;
    int64_t records, different;
    struct record *r;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    id a = test_person(&t, "甲", 19600101, 1, home, ",'补助':300.5,'特长':['木工']")->id;
    id b = test_person(&t, "乙", 19600102, 2, home, "")->id, c = test_person(&t, "丙", 19600103, 3, home, "")->id;
    test_change(&t, t.people, a, S("{'补助':null,'手机':'13947911111'}"));
    test_change(&t, t.households, home, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, t.west))));
    check(record_withdraw(t.tx, t.town, &t.system, t.people, b, 1, S("重复"), &r));
    check(record_destroy(t.tx, t.town, &t.system, t.people, c, S("依法删除"), S("某镇〔2021〕1号")));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_int(records, 7);
    check_int(different, 0);
    check_str(value(get(&t, t.people, a), S("手机")), S("13947911111"));
    check(get(&t, t.people, b)->withdrawn);
    check(store_run(t.tx, "update now_person set \"姓名\" = '假' where record = $1", ARGS(ID(a)), NULL));
    check(store_run(t.tx, "delete from now_household", ARGS(), NULL));
    check(store_run(t.tx,
                    "insert into now_matter (record, town, fact_no, version, state, added, changed, removed) values "
                    "($1, '152527201', 1, 1, '', 1, 1, 0)",
                    ARGS(ID(a)), NULL));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_int(different, 3);
    check_str(value(get(&t, t.people, a), S("姓名")), S("甲"));
    check(store_run(t.tx, "drop table now_matter", ARGS(), NULL) &&
          store_run(t.tx, "drop table now_person", ARGS(), NULL));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    test_faults(op);
    check_int(different, 2);
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_int(different, 0);
    struct list_page page;
    check(list_read(t.tx, t.town, &t.system, t.people, &(struct list_query){.find = S("甲")}, &page) &&
          page.record_count == 1);
}

TEST("a number is not given twice after rebuilding, also when the counters are lost and its record is withdrawn")
{
    struct test_town t;
    int64_t records, different;
    struct record *r;
    test_town_open(op, &t);
    test_household(&t, t.east, "东街");
    test_record(&t, t.matters, S("{'事由':'一'}"));
    r = test_record(&t, t.matters, S("{'事由':'二'}"));
    check(record_withdraw(t.tx, t.town, &t.system, t.matters, r->id, 1, S("重复"), &r));
    test_record(&t, t.matters, S("{'事由':'旧册','编号':'甲-9'}"));
    check(store_run(t.tx, "delete from ledger_serial", ARGS(), NULL));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_str(value(test_record(&t, t.matters, S("{'事由':'三'}")), S("编号")), S("2021003"));
    check_str(value(get(&t, t.households, test_household(&t, t.east, "东街2号")), S("户号")), S("010002"));
    check(store_run(t.tx, "update ledger_serial set last = 40 where ledger = 'matter'", ARGS(), NULL));
    check(town_rebuild(t.tx, t.town, (struct progress){0}, &records, &different));
    check_str(value(test_record(&t, t.matters, S("{'事由':'四'}")), S("编号")), S("2021041"));
}

static bool stop(void *context, [[maybe_unused]] str stage, [[maybe_unused]] int64_t done,
                 [[maybe_unused]] int64_t total)
{
    ++*(int *)context;
    return false;
}

TEST("rebuilding can be stopped, and then nothing of it is kept")
{
    struct test_town t;
    int64_t records, different;
    int asked = 0;
    test_town_open(op, &t);
    for (int i = 0; i < 600; i++)
        test_group(&t, op_z(op, op_text(op, "8%03d", i)), "组", t.west);
    test_again(&t);
    check(!town_rebuild(t.tx, t.town, (struct progress){stop, &asked}, &records, &different));
    check_int(asked, 1);
    op_forgive(op, 0);
    store_abandon(t.tx);
    must(store_begin(t.store, op, TX_BULK, &t.tx));
    check_int(whole(&t, "select count(*) from now_town_group"), 604);
}
