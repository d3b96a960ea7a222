/* Records: one way of saving, whatever is done with them. */
#include "ledger/test_town.h"

static bool add(struct test_town *t, const struct ledger *l, const char *values, struct record **ret)
{
    struct warning *warnings;
    return record_add(t->tx, t->town, &t->system, l, test_values(t->op, values), &warnings, ret);
}

static bool change(struct test_town *t, const struct ledger *l, id record, int64_t seen, const char *patch,
                   struct record **ret)
{
    struct warning *warnings;
    return record_change(t->tx, t->town, &t->system, l, record, seen, test_values(t->op, patch), S(""), &warnings, ret);
}

static str value(const struct record *r, str field)
{
    const struct json *v = json_get(r->values, field);
    return v ? v->text : S("");
}

TEST("every wrong field is told at once, and nothing is kept of a record that is refused")
{
    struct test_town t;
    struct record *r = NULL;
    int64_t before, after;
    test_town_open(op, &t);
    check(store_fact_count(t.tx, &before));
    check(!add(&t, t.people, "{'证件号':'152527196001011010','手机':'1','补助':'很多','年岁':3,'年龄':5}", &r));
    static const char *const fields[] = {"姓名", "证件号", "手机", "补助", "年岁", "年龄"};
    for (size_t i = 0; i < COUNT(fields); i++)
        check(test_says(op, fields[i]));
    op_forgive(op, 0);
    check(store_fact_count(t.tx, &after) && after == before);
}

TEST("a rule of the ledger refuses what contradicts itself, at its field")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    id who = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), "")->id;
    check(!change(&t, t.people, who, 1, "{'死亡日期':'1950-01-01'}", &r));
    check_str(test_fault(op)->field, S("死亡日期"));
    check_str(test_fault(op)->text, S("死亡日期早于出生"));
    op_forgive(op, 0);
}

TEST("nobody's whole identity number is written into a ledger that is public, by whatever field; into another it is")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    check(!change(&t, t.groups, t.east, 1, "{'名称':'东村 11010519491231002X'}", &r));
    check_str(test_fault(op)->field, S("名称"));
    op_forgive(op, 0);
    check(change(&t, t.groups, t.east, 1, "{'名称':'东村 ***002X'}", &r));
    check(add(&t, t.matters, "{'事由':'核对 11010519491231002X'}", &r));
}

TEST("a value that must be unique is refused with the record that has it, and free again when that is withdrawn")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    struct record *first = test_person(&t, "甲", 19600101, 1, home, "");
    const char *again = op_z(op, op_text(op, "{'姓名':'乙','证件号':'%.*s'}", PS(test_citizen(op, 19600101, 1))));
    check(!add(&t, t.people, again, &r));
    check(test_says(op, "已被“甲”使用"));
    op_forgive(op, 0);
    check(record_withdraw(t.tx, t.town, &t.system, t.people, first->id, 1, S("登错"), &r));
    check(add(&t, t.people, again, &r));
    test_faults(op);
}

TEST("a number that is spent stays spent when its record is withdrawn; the record itself may be saved again")
{
    struct test_town t;
    struct record *r = NULL, *other = NULL;
    struct warning *warnings;
    test_town_open(op, &t);
    test_define(&t, "letter",
                "{'台账':'信','英文名':'letter','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','字段':["
                "{'名':'编号','类型':'号','号':'{年}{4}','唯一':true},"
                "{'名':'文号','类型':'文40','唯一':true,'不复用':true},{'名':'题','类型':'文40'}]}");
    test_again(&t);
    must(test_load(&t));
    const struct ledger *l = town_ledger(t.town, S("信"));
    const struct json *first = test_values(op, "{'文号':'镇发〔2021〕1号'}");
    check(record_add(t.tx, t.town, &t.system, l, first, &warnings, &r));
    check(record_change(t.tx, t.town, &t.system, l, r->id, 1, test_values(op, "{'题':'甲'}"), S(""), &warnings, &r));
    check(record_withdraw(t.tx, t.town, &t.system, l, r->id, r->version, S("写错"), &r));
    check(!record_add(t.tx, t.town, &t.system, l, first, &warnings, &other));
    check(test_says(op, "取过的号不再用"));
    op_forgive(op, 0);
    check(record_add(t.tx, t.town, &t.system, l, test_values(op, "{'文号':'镇发〔2021〕2号'}"), &warnings, &other));
    test_faults(op);
}

TEST("what is sent twice under one command is kept once; the same command of another account is another record")
{
    struct test_town t;
    struct record *first = NULL, *second = NULL, *other = NULL;
    struct warning *warnings;
    int64_t before, after;
    bool again = true;
    test_town_open(op, &t);
    id command;
    check(id_parse(S("0190c0de-0000-4000-8000-000000000001"), &command));
    struct who somebody = t.system, else_ = t.system;
    somebody.account = id_new(op);
    else_.account = id_new(op);
    const struct ledger *l = t.groups;
    const struct json *values = test_values(op, "{'代码':'77','名称':'南村'}");
    check(record_add_once(t.tx, t.town, &somebody, l, command, values, &warnings, &first, &again) && !again);
    check(store_fact_count(t.tx, &before));
    check(record_add_once(t.tx, t.town, &somebody, l, command, values, &warnings, &second, &again) && again);
    check(store_fact_count(t.tx, &after) && after == before && id_eq(first->id, second->id));
    check(memcmp(first->id.b, command.b, 6) == 0 && first->id.b[6] >> 4 == 7);
    values = test_values(op, "{'代码':'78','名称':'北村'}");
    check(record_add_once(t.tx, t.town, &else_, l, command, values, &warnings, &other, &again) && !again);
    check(!id_eq(first->id, other->id));
}

TEST("who saves over somebody else's change is told who changed what, and decides")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    id who = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), ",'补助':100")->id;
    check(change(&t, t.people, who, 1, "{'补助':200}", &r) && r->version == 2);
    check(!change(&t, t.people, who, 1, "{'补助':300}", &r));
    check(test_fault(op)->kind == FAULT_CONFLICT && test_says(op, "系统于") && test_says(op, "把“补助”由“100.00”改为“200.00”"));
    op_forgive(op, 0);
    check(!change(&t, t.people, who, 1, "{'备注':'x'}", &r));
    check(test_says(op, "不同的字段"));
    op_forgive(op, 0);
    check(change(&t, t.people, who, 2, "{'补助':300}", &r) && r->version == 3);
    check(change(&t, t.people, who, 3, "{'补助':300}", &r) && r->version == 3);
}

TEST("numbers are given without gaps, by prefix, and one from an old register moves the counter past it")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    check(add(&t, t.matters, "{'事由':'一'}", &r));
    check_str(value(r, S("编号")), S("2021001"));
    check(!add(&t, t.matters, "{'事由':null}", &r));
    op_forgive(op, 0);
    check(add(&t, t.matters, "{'事由':'二'}", &r));
    check_str(value(r, S("编号")), S("2021002"));
    check(add(&t, t.matters, "{'事由':'旧','编号':'2021017'}", &r));
    check(add(&t, t.matters, "{'事由':'三'}", &r));
    check_str(value(r, S("编号")), S("2021018"));
    check(!change(&t, t.matters, r->id, 1, "{'编号':'2021099'}", &r) && test_says(op, "不能更改"));
    op_forgive(op, 0);
    struct record *east = NULL, *west = NULL;
    check(record_get(t.tx, t.town, &t.system, t.households, test_household(&t, t.east, "a"), &east));
    check(record_get(t.tx, t.town, &t.system, t.households, test_household(&t, t.west, "b"), &west));
    check_str(value(east, S("户号")), S("010001"));
    check_str(value(west, S("户号")), S("020001"));
    op->now += (int64_t)400 * 86400000;
    check(add(&t, t.matters, "{'事由':'明年'}", &r));
    check_str(value(r, S("编号")), S("2023001"));
}

TEST("a state moves only along its ways; going back needs a reason")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    check(add(&t, t.matters, "{'事由':'一'}", &r));
    check_str(r->state, S("登记"));
    id matter = r->id;
    check(!record_state(t.tx, t.town, &t.system, t.matters, matter, 1, S("办结"), S(""), &r) && test_says(op, "可以转到：办理"));
    op_forgive(op, 0);
    check(record_state(t.tx, t.town, &t.system, t.matters, matter, 1, S("办理"), S(""), &r) && r->version == 2);
    check(!record_state(t.tx, t.town, &t.system, t.matters, matter, 2, S("登记"), S(" "), &r) &&
          test_says(op, "退回须写明理由"));
    op_forgive(op, 0);
    check(!record_state(t.tx, t.town, &t.system, t.matters, matter, 1, S("办结"), S(""), &r) &&
          test_says(op, "已把状态改为“办理”"));
    op_forgive(op, 0);
    check(record_state(t.tx, t.town, &t.system, t.matters, matter, 2, S("登记"), S("材料不全"), &r));
    check_str(r->state, S("登记"));
    struct change *changes;
    size_t count;
    check(record_history(t.tx, t.town, &t.system, t.matters, matter, &changes, &count) && count == 3);
    check_str(changes[0].reason, S("材料不全"));
    check_str(json_str(changes[0].fields->first, S("前")), S("办理"));
    check_str(json_str(changes[0].fields->first, S("后")), S("登记"));
    check(!record_state(t.tx, t.town, &t.system, t.people, matter, 1, S("办理"), S(""), &r));
    op_forgive(op, 0);
}

TEST("what is settled is corrected with a reason, which the fact keeps; what is under way needs none")
{
    struct test_town t;
    struct record *r = NULL;
    struct change *changes;
    struct warning *warnings;
    size_t count;
    test_town_open(op, &t);
    check(add(&t, t.matters, "{'事由':'一'}", &r));
    id matter = r->id;
    check(record_state(t.tx, t.town, &t.system, t.matters, matter, 1, S("办理"), S(""), &r));
    check(change(&t, t.matters, matter, 2, "{'事由':'二'}", &r));
    check(record_state(t.tx, t.town, &t.system, t.matters, matter, 3, S("办结"), S(""), &r) && r->version == 4);
    check(!change(&t, t.matters, matter, 4, "{'事由':'三'}", &r) && test_says(op, "已经“办结”，修改须写明理由"));
    check_str(test_fault(op)->field, S("理由"));
    op_forgive(op, 0);
    check(change(&t, t.matters, matter, 4, "{'事由':'二'}", &r) && r->version == 4); /* nothing is corrected */
    check(record_change(t.tx, t.town, &t.system, t.matters, matter, 4, test_values(op, "{'事由':'三'}"), S("录入时写错"), &warnings, &r));
    check(record_history(t.tx, t.town, &t.system, t.matters, matter, &changes, &count) && count == 5);
    check_str(changes[0].reason, S("录入时写错"));
}

TEST("computed fields follow their record, moving ones the day, counts the records that refer to it")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    id home = test_household(&t, t.east_one, "东街"), other = test_household(&t, t.west, "西街");
    id who = test_person(&t, "甲", 19601207, 1, home, ",'补助':300")->id;
    test_person(&t, "乙", 19700101, 2, home, ",'补助':0.5");
    check(record_get(t.tx, t.town, &t.system, t.people, who, &r));
    check_str(value(r, S("出生")), S("1960-12-07"));
    check_str(value(r, S("年龄")), S("60"));
    op->now += 86400000;
    check(record_get(t.tx, t.town, &t.system, t.people, who, &r));
    check_str(value(r, S("年龄")), S("61"));
    check(record_get(t.tx, t.town, &t.system, t.households, home, &r));
    check_str(value(r, S("人口")), S("2"));
    check_str(value(r, S("补助")), S("300.50"));
    check(change(&t, t.people, who, 0, op_z(op, op_text(op, "{'户':'%.*s'}", PS(id_text(op, other)))), &r));
    check(record_get(t.tx, t.town, &t.system, t.households, home, &r));
    check_str(value(r, S("人口")), S("1"));
    check(record_get(t.tx, t.town, &t.system, t.groups, t.west, &r));
    check_str(value(r, S("人数")), S("1"));
    check(record_get(t.tx, t.town, &t.system, t.groups, t.whole, &r));
    check_str(value(r, S("人数")), S("2"));
}

TEST("a household that moves takes its people to the new village group, in search and in rights")
{
    struct test_town t;
    int64_t n;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    test_person(&t, "甲", 19600101, 1, home, "");
    struct grant grant = {.ledger = S("人"), .acts = 1u << ACT_READ, .group = t.west};
    struct who who = test_who(&grant, 1);
    check(list_count(t.tx, t.town, &who, t.people, S(""), &n) && n == 0);
    test_change(&t, t.households, home, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, t.west))));
    check(list_count(t.tx, t.town, &who, t.people, S(""), &n) && n == 1);
    struct found *found;
    size_t count;
    check(search(t.tx, t.town, &who, S("甲"), 10, &found, &count) && count == 1);
}

TEST("a record that others refer to is not withdrawn, and references to withdrawn records are refused")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    struct record *who = test_person(&t, "甲", 19600101, 1, home, "");
    check(!record_withdraw(t.tx, t.town, &t.system, t.households, home, 1, S("登错"), &r) && test_says(op, "还有 1 条记录"));
    op_forgive(op, 0);
    check(!record_withdraw(t.tx, t.town, &t.system, t.people, who->id, 1, S(""), &r) && test_says(op, "理由"));
    op_forgive(op, 0);
    check(record_withdraw(t.tx, t.town, &t.system, t.people, who->id, 1, S("登错"), &r) && r->withdrawn);
    check(!change(&t, t.people, who->id, 2, "{'补助':1}", &r) && test_says(op, "已作废"));
    op_forgive(op, 0);
}

TEST("destroying by law leaves no value, an approval, and a chain that verifies")
{
    struct test_town t;
    struct record *r = NULL;
    struct audit_report report;
    int64_t n;
    bool found;
    test_town_open(op, &t);
    id who = test_person(&t, "甲乙丙", 19600101, 1, test_household(&t, t.east, "东街"), ",'手机':'13947911111'")->id;
    test_change(&t, t.people, who, S("{'手机':'13947922222'}"));
    check(!record_destroy(t.tx, t.town, &t.system, t.people, who, S("依法"), S("")) && test_says(op, "批准"));
    op_forgive(op, 0);
    check(record_destroy(t.tx, t.town, &t.system, t.people, who, S("本人要求，依法删除"), S("某镇〔2021〕1号")));
    test_again(&t);
    check(!record_get(t.tx, t.town, &t.system, t.people, who, &r) && test_fault(op)->kind == FAULT_MISSING);
    op_forgive(op, 0);
    check(store_int(t.tx,
                    "select count(*) from fact where record = $1 and act <> 'destroy' and body is not null and "
                    "length(body) > 0",
                    ARGS(ID(who)), &n, &found) &&
          n == 0);
    check(store_int(t.tx,
                    "select count(*) from fact where act = 'destroy' and cast(body as text) like '%某镇〔2021〕1号%'",
                    ARGS(), &n, &found) &&
          n == 1);
    check(audit_verify(t.tx, NULL, NULL, &report) && report.ok);
    struct change *changes;
    size_t count;
    check(record_history(t.tx, t.town, &t.system, t.people, who, &changes, &count) && count == 3);
    check_str(changes[0].act, S("销毁"));
    check_int((long long)changes[1].fields->count, 0);
}

TEST("the page of a household is made of the ledgers that refer to it, within rights")
{
    struct test_town t;
    struct relation *relations;
    size_t count;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    test_person(&t, "甲", 19600101, 1, home, "");
    check(record_relations(t.tx, t.town, &t.system, t.households, home, &relations, &count) && count == 1);
    check(relations[0].ledger == t.people && relations[0].count == 1);
    struct grant grant = {.ledger = S("户"), .acts = 1u << ACT_READ, .whole_town = true};
    struct who who = test_who(&grant, 1);
    check(record_relations(t.tx, t.town, &who, t.households, home, &relations, &count) && count == 0);
}

TEST("checking tells what saving would say, and saves nothing")
{
    struct test_town t;
    struct warning *warnings;
    int64_t before, after;
    test_town_open(op, &t);
    check(store_fact_count(t.tx, &before));
    check(record_check(t.tx, t.town, t.people, (id){0}, test_values(op, "{'姓名':'甲'}"), &warnings));
    check(!record_check(t.tx, t.town, t.people, (id){0}, test_values(op, "{'手机':'12'}"), &warnings));
    op_forgive(op, 0);
    check(store_fact_count(t.tx, &after) && after == before);
}

TEST("the number of a passport is no citizen's: only the papers that the definition names are checked as identity cards")
{
    struct test_town t;
    struct record *r = NULL;
    test_town_open(op, &t);
    test_define(&t, "person",
                TOWN_PERSON_HEAD "{'名':'姓名','类型':'文30'},\n{'名':'死亡日期','类型':'日'},\n{'名':'出生','类型':'日'},\n{'名':'户','类型':'引→户'},\n"
                                 "{'名':'补助','类型':'元'},\n{'名':'证件类型','英文名':'kind','类型':'枚','选项':['身份证','护照']},\n"
                                 "{'名':'证件号','类型':'证','核验':{'字段':'证件类型','值':['身份证']}}]}");
    check(test_load(&t));
    check(!add(&t, t.people, "{'证件号':'G12345678'}", &r) && test_says(op, "证件号"));
    op_forgive(op, 0);
    check(!add(&t, t.people, "{'证件号':'G12345678','证件类型':'身份证'}", &r));
    op_forgive(op, 0);
    check(add(&t, t.people, "{'证件号':'G12345678','kind':'护照'}", &r));
    check_str(value(r, S("证件号")), S("G12345678"));
    id x = r->id;
    check(change(&t, t.people, x, 0, "{'证件号':'G87654321'}", &r)); /* the paper stands as it was */
    check(!change(&t, t.people, x, 0, "{'证件类型':'身份证'}", &r) && test_says(op, "证件号"));
    op_forgive(op, 0);
    check(!change(&t, t.people, x, 0, "{'证件类型':null}", &r));
    op_forgive(op, 0);
    check(change(&t, t.people, x, 0,
                 op_z(op, op_text(op, "{'证件号':'%.*s','证件类型':'身份证'}", PS(test_citizen(op, 19900101, 11)))), &r));
    check(!change(&t, t.people, x, 0, "{'证件号':'G87654321'}", &r));
    op_forgive(op, 0);
}

TEST("a signature is told by who and when, a place by its two numbers, as the history shows them")
{
    static const struct { struct field f; const char *kept, *told; } cases[] = {
        {{.name = SC("签"), .type = F_SIGNATURE, .value = F_SIGNATURE}, "{'人':'王芳','时':'2021-12-03T09:30:00+08:00','图':'3a17'}", "王芳 2021-12-03 09:30"},
        {{.name = SC("处"), .type = F_PLACE, .value = F_PLACE}, "{'经度':119.65,'纬度':45.39}", "119.65,45.39"}};
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(cell_text(op, &cases[i].f, TEXT(test_json(op, str_z(cases[i].kept)))), str_z(cases[i].told));
}
