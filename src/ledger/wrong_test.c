/* Definitions: what is wrong with one is said with file, line and cure. */
#include "ledger/test_town.h"

/* A person's definition with one field more, on line 3. */
#define WITH(field) TOWN_PERSON_HEAD TOWN_PERSON_HEAD_FIELDS field "]}"
#define TOWN_PERSON_HEAD_FIELDS                                                                                                               \
    "{'名':'姓名','类型':'文30'},{'名':'证件号','类型':'证','唯一':true},{'名':'户','类型':'引→户'},{'名':'出生','" \
    "类型':'日'},{'名':'死亡日期','类型':'日'},{'名':'补助','类型':'元'},\n"

static bool parses(struct test_town *t)
{
    struct town *town;
    return town_parse(t->op, t->packs, &town);
}

TEST("an error in a definition names file, line and cure")
{
    struct test_town t;
    test_town_open(op, &t);
    static const struct {
        const char *text, *place, *says;
    } cases[] = {
        {WITH("{'名':'民族','类型':'字20'}"), "base/ledgers/person.json 第4行", "类型“字20”不认识；例：文30"},
        {WITH("{'名':'民族','类型':'文20','必须':true}"), "base/ledgers/person.json 第4行", "没有“必须”这一项"},
        {WITH("{'名':'姓名','类型':'文20'}"), "base/ledgers/person.json 第4行", "字段“姓名”重复；请改名"},
        {WITH("{'名':'单位','类型':'引→单位'}"), "base/ledgers/person.json 第4行", "台账“单位”不存在"},
        {WITH("{'名':'民族','类型':'枚'}"), "base/ledgers/person.json 第4行", "须写明“选项”或“代码表”"},
        {WITH("{'名':'关系','类型':'枚','选项':['夫妻'],'同义':{'配偶':['妻']}}"), "base/ledgers/person.json 第4行",
         "“配偶”不是字段“关系”的选项"},
        {WITH("{'名':'关系','类型':'枚','选项':['子','女'],'同义':{'子':['孩'],'女':['孩']}}"), "base/ledgers/person.json 第4行",
         "“孩”已是“子”的同义词"},
        {WITH("{'名':'关系','类型':'枚','选项':['子','女'],'同义':{'子':['女']}}"), "base/ledgers/person.json 第4行",
         "“女”本身是字段“关系”的选项"},
        {WITH("{'名':'甲','类型':'算','值类型':'整','算':'年岁 + 1'}"), "base/ledgers/person.json 第4行", "第1字"},
        {WITH("{'名':'甲','类型':'算','值类型':'整','算':'姓名'}"), "base/ledgers/person.json 第4行", "须得出"},
        {WITH("{'名':'甲','类型':'算','值类型':'整','算':'乙 + 1'},\n{'名':'乙','类型':'算','值类型':'整','算':'甲 + "
              "1'}"),
         "base/ledgers/person.json 第4行", "算来算去又用到它自己"},
        {WITH("{'名':'甲','类型':'算','值类型':'整','计':{'台账':'户','按':'住址'}}"), "base/ledgers/person.json 第4行",
         "引用“人”的字段"},
        {WITH("{'名':'甲','类型':'号','号':'{年}'}"), "base/ledgers/person.json 第4行", "须以一段流水号结尾"},
        {WITH("{'名':'宗教信仰','类型':'文20'}"), "base/ledgers/person.json 第4行", "不得设立“宗教信仰”：宪法第36条"},
        {WITH("{'名':'信仰','类型':'文20'}"), "base/ledgers/person.json 第4行", "宪法第36条"},
        {WITH("{'名':'活动轨迹','类型':'长文'}"), "base/ledgers/person.json 第4行", "不得跟踪人的行踪"},
        {WITH("{'名':'名次','类型':'整'}"), "base/ledgers/person.json 第4行", "不得积分排名"},
        {WITH("{'名':'在线时间','类型':'整'}"), "base/ledgers/person.json 第4行", "不得考核在线时长"},
        {WITH("{'名':'子弹数','类型':'整'}"), "base/ledgers/person.json 第4行", "武器弹药数据不得入本系统"},
        {WITH("{'名':'号码','类型':'文20','核验':{'字段':'姓名','值':['护照']}}"), "base/ledgers/person.json 第4行",
         "只有类型为“证”的字段才能有“核验”"},
        {WITH("{'名':'号码','类型':'证','核验':{'字段':'姓名','值':['护照']}}"), "base/ledgers/person.json 第4行",
         "“姓名”须是本台账一个“枚”字段的名字"},
        {WITH("{'名':'号码','类型':'证','核验':{'字段':'纸','值':['船票']}},\n{'名':'纸','类型':'枚','选项':['护照']}"),
         "base/ledgers/person.json 第4行", "“船票”不是“纸”的选项"},
        {WITH("{'名':'积分','类型':'整'}"), "base/ledgers/person.json 第4行", "不得积分排名"},
        {"{'台账':'人',\n'英文名':'person'", "base/ledgers/person.json 第2行", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_define(&t, "person", cases[i].text);
        check(!parses(&t));
        check(test_fault(op)->kind == FAULT_INPUT && test_says(op, cases[i].place) && test_says(op, cases[i].says));
        op_forgive(op, 0);
    }
}

TEST("every error of a pack is told in one go")
{
    struct test_town t;
    test_town_open(op, &t);
    test_define(&t, "person", WITH("{'名':'甲','类型':'字'},\n{'名':'乙','类型':'字'}"));
    test_define(&t, "matter", "{'台账':'事项'}");
    check(!parses(&t));
    check(op->fault_count > 5);
    check(test_says(op, "person.json 第4行") && test_says(op, "person.json 第5行") && test_says(op, "matter.json"));
    op_forgive(op, 0);
}

TEST("a town knows its ledgers and fields by Chinese, English and former names")
{
    struct test_town t;
    test_town_open(op, &t);
    test_define(&t, "person", WITH("{'名':'联系电话','英文名':'phone','原名':['手机'],'类型':'电'}"));
    check(test_load(&t));
    check(town_ledger(t.town, S("person")) == town_ledger(t.town, S("人")));
    check(!town_ledger(t.town, S("狗")));
    check(ledger_field(t.people, S("手机")) == ledger_field(t.people, S("phone")) &&
          ledger_field(t.people, S("phone")) == ledger_field(t.people, S("联系电话")));
    check_int((long long)town_ledger_count(t.town), 4);
}
