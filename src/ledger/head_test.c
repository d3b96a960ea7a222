/* 户主: what a person says and what the home says is one thing. */
#include "ledger/test_town.h"

#define HOME                                                                                                       \
    "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','标题':'户号','归属':'村组',\n" \
    "'规则':[{'名':'本户','条件':'户主 = null or 户主.户 = null or 户主.户 = id','提示':'户主须为本户成员','字段':'户主'}],'字段':[\n" \
    "{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组','必填':true},\n"          \
    "{'名':'住址','类型':'文100'},{'名':'电话','类型':'电','敏感':true},{'名':'户主','类型':'引→人'}]}"
#define PERSON                                                                                                        \
    "{'台账':'人','英文名':'person','业务条线':'基础','键':['证件号'],'密级':'敏感','保管期限':'永久','标题':'姓名','归属':'户.村组','字段':[\n" \
    "{'名':'姓名','类型':'文30','必填':true},{'名':'证件号','类型':'证','唯一':true},{'名':'户','类型':'引→户'},\n"       \
    "{'名':'死亡日期','类型':'日'},{'名':'与户主关系','类型':'枚','选项':['户主','配偶','子','其他'],'必填':true}]}"
static void homes_open(struct op *op, struct test_town *t)
{
    test_town_open(op, t);
    test_define(t, "household", HOME);
    test_define(t, "person", PERSON);
    test_again(t);
    must(test_load(t));
}

static str said_by(struct test_town *t, const struct ledger *l, id record, const char *field)
{
    struct record *r = NULL;
    must(record_get(t->tx, t->town, &t->system, l, record, &r));
    return json_str(r->values, str_z(field));
}

static id somebody(struct test_town *t, int order, id home, const char *relation)
{
    return test_person(t, "甲", 19600101, order, home, op_z(t->op, op_text(t->op, ",'与户主关系':'%s'", relation)))->id;
}

static bool change(struct test_town *t, const struct ledger *l, id record, str patch, struct warning **warnings)
{
    struct record *r;
    return record_change(t->tx, t->town, &t->system, l, record, 0, test_values(t->op, op_z(t->op, patch)), S(""), warnings, &r);
}

TEST("who is entered as head becomes the head of the home, both recorded in one step, and a second head is refused")
{
    struct test_town t;
    struct warning *warnings;
    struct record *r;
    struct change *changes;
    size_t count;
    homes_open(op, &t);
    id home = test_household(&t, t.east, "东街"), wife = somebody(&t, 1, home, "配偶");
    check_str(said_by(&t, t.households, home, "户主"), S(""));
    id head = somebody(&t, 2, home, "户主");
    check_str(said_by(&t, t.households, home, "户主"), id_text(op, head));
    check(record_history(t.tx, t.town, &t.system, t.households, home, &changes, &count));
    check_int((long long)count, 2);
    check_str(changes[0].reason, S("登记户主"));
    check(!record_add(t.tx, t.town, &t.system, t.people,
                      test_values(op, op_z(op, op_text(op, "{'姓名':'乙','证件号':'%.*s','户':'%.*s','与户主关系':'户主'}",
                                                       PS(test_citizen(op, 19700101, 3)), PS(id_text(op, home))))),
                      &warnings, &r));
    check_str(test_fault(op)->field, S("与户主关系"));
    check(test_says(op, "这一户已有户主"));
    op_forgive(op, 0);
    check(!change(&t, t.people, wife, S("{'与户主关系':'户主'}"), &warnings) && test_says(op, "这一户已有户主"));
    op_forgive(op, 0);
    check(!change(&t, t.people, head, S("{'与户主关系':'子'}"), &warnings) && test_says(op, "这是本户的户主"));
    op_forgive(op, 0);
    check_str(said_by(&t, t.households, home, "户主"), id_text(op, head));
}

TEST("another head is chosen at the home: both persons' relations follow, and that the family's are to be looked at is said")
{
    struct test_town t;
    struct warning *warnings;
    homes_open(op, &t);
    id home = test_household(&t, t.east, "东街"), old = somebody(&t, 1, home, "户主"), son = somebody(&t, 2, home, "子");
    check(change(&t, t.households, home, op_text(op, "{'户主':'%.*s'}", PS(id_text(op, son))), &warnings));
    check_str(said_by(&t, t.people, son, "与户主关系"), S("户主"));
    check_str(said_by(&t, t.people, old, "与户主关系"), S("其他"));
    check(warnings && test_warned(warnings, "请核对"));
    check_str(said_by(&t, t.households, home, "户主"), id_text(op, son));
}

TEST("a head who moves leaves the old home without one, which is said, and becomes that of a home that has none")
{
    struct test_town t;
    struct warning *warnings;
    homes_open(op, &t);
    id home = test_household(&t, t.east, "东街"), other = test_household(&t, t.west, "西街"), head = somebody(&t, 1, home, "户主");
    check(change(&t, t.people, head, op_text(op, "{'户':'%.*s'}", PS(id_text(op, other))), &warnings));
    check_str(said_by(&t, t.households, home, "户主"), S(""));
    check_str(said_by(&t, t.households, other, "户主"), id_text(op, head));
    check(test_warned(warnings, "没有户主了"));
    id third = test_household(&t, t.west, "北街");
    somebody(&t, 2, third, "户主");
    check(!change(&t, t.people, head, op_text(op, "{'户':'%.*s'}", PS(id_text(op, third))), &warnings) &&
          test_says(op, "这一户已有户主"));
    op_forgive(op, 0);
    check_str(said_by(&t, t.households, other, "户主"), id_text(op, head));
}
