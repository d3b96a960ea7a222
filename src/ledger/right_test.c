/* Rights: whose rows, which acts, what stays covered. */
#include "ledger/test_town.h"

enum { ALL = (1u << ACTS) - 1 };

static bool has(str s, const char *part)
{
    size_t at;
    return str_find(s, str_z(part), &at);
}

TEST("nobody does what no grant names")
{
    struct test_town t;
    struct right right;
    test_town_open(op, &t);
    struct grant grant = {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true};
    struct who who = test_who(&grant, 1), nobody = test_who(NULL, 0);
    for (enum act act = 0; act < ACTS; act++) {
        check(right_for(op, t.town, &who, t.people, act, &right) == (act == ACT_READ));
        check(!right_for(op, t.town, &who, t.groups, act, &right));
        check(!right_for(op, t.town, &nobody, t.people, act, &right));
    }
    check(op_has_fault(op, FAULT_DENIED) && test_says(op, "没有新增“人”的权限"));
    op_forgive(op, 0);
}

TEST("a record of another village is not there for reading, and refused for changing, adding and moving")
{
    struct test_town t;
    struct record *r = NULL;
    struct warning *warnings;
    struct change *changes;
    size_t count;
    test_town_open(op, &t);
    id east = test_household(&t, t.east_one, "东街"), west = test_household(&t, t.west, "西街");
    id mine = test_person(&t, "甲", 19600101, 1, east, "")->id, other = test_person(&t, "乙", 19600102, 2, west, "")->id;
    struct grant grant = {.ledger = S("*"), .acts = ALL, .group = t.east};
    struct who who = test_who(&grant, 1);
    check(record_get(t.tx, t.town, &who, t.people, mine, &r));
    check(!record_get(t.tx, t.town, &who, t.people, other, &r) && test_fault(op)->kind == FAULT_MISSING);
    op_forgive(op, 0);
    check(!record_history(t.tx, t.town, &who, t.people, other, &changes, &count) &&
          test_fault(op)->kind == FAULT_MISSING);
    op_forgive(op, 0);
    check(!record_change(t.tx, t.town, &who, t.people, other, 1, test_values(op, "{'补助':1}"), S(""), &warnings, &r));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    int64_t facts = 0, facts_after = 0;
    check(store_fact_count(t.tx, &facts));
    str values = op_text(op, "{'姓名':'丙','证件号':'%.*s','户':'%.*s'}", PS(test_citizen(op, 19600103, 3)),
                         PS(id_text(op, west)));
    check(!record_add(t.tx, t.town, &who, t.people, test_values(op, op_z(op, values)), &warnings, &r) &&
          test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    values = op_text(op, "{'户':'%.*s'}", PS(id_text(op, west)));
    check(
        !record_change(t.tx, t.town, &who, t.people, mine, 1, test_values(op, op_z(op, values)), S(""), &warnings, &r));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    /* Refused before anything was written: nothing stays, even if the transaction went on. */
    check(store_fact_count(t.tx, &facts_after));
    check_int(facts_after, facts);
    check(record_get(t.tx, t.town, &who, t.people, mine, &r));
    check_int(r->version, 1);
    check_str(json_str(r->values, S("户")), id_text(op, east));
    struct list_page page;
    check(list_read(t.tx, t.town, &t.system, t.people, &(struct list_query){.withdrawn = true}, &page));
    check_int((long long)page.record_count, 2);
}

TEST("a village group is added and moved only under one's own")
{
    struct test_town t;
    struct record *r = NULL;
    struct warning *warnings;
    test_town_open(op, &t);
    struct grant grant = {.ledger = S("村组"), .acts = ALL, .group = t.east};
    struct who who = test_who(&grant, 1);
    str own = op_text(op, "{'代码':'012','名称':'东村二组','上级':'%.*s'}", PS(id_text(op, t.east)));
    str other = op_text(op, "{'代码':'021','名称':'西村一组','上级':'%.*s'}", PS(id_text(op, t.west)));
    str away = op_text(op, "{'上级':'%.*s'}", PS(id_text(op, t.west)));
    check(!record_add(t.tx, t.town, &who, t.groups, test_values(op, op_z(op, other)), &warnings, &r) &&
          test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    check(!record_change(t.tx, t.town, &who, t.groups, t.east_one, 1, test_values(op, op_z(op, away)), S(""), &warnings,
                         &r));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    check(record_add(t.tx, t.town, &who, t.groups, test_values(op, op_z(op, own)), &warnings, &r));
    check(record_change(t.tx, t.town, &who, t.groups, t.east, 1, test_values(op, "{'名称':'东嘎查'}"), S(""), &warnings,
                        &r));
}

TEST("several grants add up: a field is covered unless a grant over every row leaves it open")
{
    struct test_town t;
    struct right right;
    test_town_open(op, &t);
    size_t number = (size_t)(ledger_field(t.people, S("证件号")) - t.people->fields),
           name = (size_t)(ledger_field(t.people, S("姓名")) - t.people->fields);
    struct grant grants[] = {{.ledger = S("人"),
                              .acts = ALL,
                              .group = t.east,
                              .masks = true,
                              .masked = (const str[]){S("姓名")},
                              .masked_count = 1},
                             {.ledger = S("人"), .acts = ALL, .group = t.west},
                             {.ledger = S("人"), .acts = 1u << ACT_EXPORT, .whole_town = true}};
    struct who who = test_who(grants, 3);
    check(right_for(op, t.town, &who, t.people, ACT_READ, &right) && right.masked[number] && right.masked[name] &&
          !right.all);
    check(right_for(op, t.town, &who, t.people, ACT_EXPORT, &right) && !right.masked[number] && right.all);
    grants[2] = (struct grant){.ledger = S("person"), .acts = ALL, .whole_town = true, .where = S("补助 > 0")};
    check(right_for(op, t.town, &who, t.people, ACT_READ, &right) && right.masked[number] && !right.all);
}

TEST("what a condition narrows lies within a right of that condition over the whole town, and nothing that lets in more")
{
    struct test_town t;
    test_town_open(op, &t);
    struct grant grants[] = {{.ledger = S("人"), .acts = ALL, .whole_town = true, .where = S("姓名 = \"张三\"")},
                             {.ledger = S("人"), .acts = ALL, .group = t.east}};
    struct who who = test_who(grants, 2);
    check(right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\"")));
    check(right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" and (年龄 > 1 or 年龄 = null)")));
    check(!right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" and 年龄 > 1 or 年龄 = null")));
    check(!right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" or 年龄 > 1")));
    check(!right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" and 年龄 > 1\nor(年龄 = null)")));
    check(!right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" and 备注 = \"\\\"\" or 年龄 > 1 or 备注 = \"\"")));
    check(right_within(&who, t.people, ACT_READ, S("姓名 = \"张三\" and 备注 = \"a or b\"")));
    check(!right_within(&who, t.people, ACT_READ, S("年龄 > 1")) && !right_within(&who, t.people, ACT_READ, S("")));
    check(!right_within(&who, t.households, ACT_READ, S("姓名 = \"张三\"")));
    grants[0].where = S("");
    check(right_within(&who, t.people, ACT_READ, S("年龄 > 1")));
}

TEST("what is masked is masked on the page, in history, in conflicts and in titles of what refers to it")
{
    struct test_town t;
    struct record *r;
    struct change *changes;
    struct warning *warnings;
    size_t count;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    id who_id = test_person(&t, "欧阳甲", 19600101, 1, home, ",'手机':'13947911111'")->id;
    test_change(&t, t.people, who_id, S("{'手机':'13947922222'}"));
    struct grant grant = {.ledger = S("人"),
                          .acts = ALL,
                          .whole_town = true,
                          .masks = true,
                          .masked = (const str[]){S("姓名")},
                          .masked_count = 1};
    struct who who = test_who(&grant, 1);
    check(record_get(t.tx, t.town, &who, t.people, who_id, &r));
    check(!has(json_str(r->values, S("手机")), "13947922222") && has(json_str(r->values, S("手机")), "*"));
    check(!has(r->title, "欧阳甲") && has(r->title, "*"));
    check(record_history(t.tx, t.town, &who, t.people, who_id, &changes, &count) && count == 2);
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++)
        json_value(&(struct json_out){.b = &b}, changes[i].fields);
    check(!has(buf_str(&b), "13947911111") && !has(buf_str(&b), "13947922222") && !has(buf_str(&b), "欧阳甲") &&
          has(buf_str(&b), "139"));
    check(!record_change(t.tx, t.town, &who, t.people, who_id, 1, test_values(op, "{'备注':'x'}"), S(""), &warnings, &r));
    for (const struct fault *f = op->faults; f; f = f->next)
        check(f->kind == FAULT_CONFLICT && !has(f->text, "13947922222"));
    op_forgive(op, 0);
    check(!record_change(t.tx, t.town, &who, t.people, who_id, 2, test_values(op, "{'手机':'139****2222'}"), S(""),
                         &warnings, &r));
    check(test_says(op, "打码显示"));
    op_forgive(op, 0);
}

TEST("opening a masked value needs its right and a reason, and leaves a fact")
{
    struct test_town t;
    struct json *values;
    int64_t before, after;
    test_town_open(op, &t);
    id who_id = test_person(&t, "甲", 19600101, 1, test_household(&t, t.east, "东街"), ",'手机':'13947911111'")->id;
    struct grant grant = {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true};
    struct who who = test_who(&grant, 1);
    const str field = S("手机");
    check(!record_reveal(t.tx, t.town, &who, t.people, who_id, &field, 1, S("核对"), &values) &&
          test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    grant.acts |= 1u << ACT_REVEAL;
    check(!record_reveal(t.tx, t.town, &who, t.people, who_id, &field, 1, S(" "), &values) &&
          test_fault(op)->kind == FAULT_INPUT);
    op_forgive(op, 0);
    check(store_fact_count(t.tx, &before));
    check(record_reveal(t.tx, t.town, &who, t.people, who_id, &field, 1, S("电话核对补助"), &values));
    check_str(json_str(values, S("手机")), S("13947911111"));
    struct fact fact;
    bool found;
    check(store_fact_count(t.tx, &after) && after == before + 1 && fact_get(t.tx, after, &fact, &found) && found);
    check(fact.act == FACT_REVEAL && id_eq(fact.record, who_id) && has(fact.body, "电话核对补助") &&
          has(fact.body, "手机") && !has(fact.body, "13947911111"));
    check_str(fact.account_name, S("王干事"));
}

TEST("a row condition with 本人 or 本账号 shows each person their own rows, in lists, counts, single records and "
     "totals, and adds no others")
{
    struct test_town t;
    struct record *r;
    struct warning *warnings;
    int64_t count;
    test_town_open(op, &t);
    id east = test_household(&t, t.east_one, "东街");
    id mine = test_person(&t, "甲", 19600101, 1, east, "")->id, other = test_person(&t, "乙", 19600102, 2, east, "")->id;
    struct grant grant = {.ledger = S("人"), .acts = ALL, .whole_town = true, .where = S("id = 本人 and 姓名 != \"本人\"")};
    struct who who = test_who(&grant, 1), nobody = test_who(&grant, 1);
    who.staff = mine;
    check(list_count(t.tx, t.town, &who, t.people, S(""), &count));
    check_int(count, 1);
    check(list_count(t.tx, t.town, &nobody, t.people, S(""), &count));
    check_int(count, 0);
    check(record_get(t.tx, t.town, &who, t.people, mine, &r) && !record_get(t.tx, t.town, &who, t.people, other, &r));
    op_forgive(op, 0);
    check(!record_change(t.tx, t.town, &who, t.people, other, 1, test_values(op, "{'补助':1}"), S(""), &warnings, &r));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    struct grant all = {.ledger = S("人"), .acts = ALL, .whole_town = true};
    who.grants = &all;
    struct list_total total;
    check(list_count(t.tx, t.town, &who, t.people, S("id != 本人"), &count));
    check_int(count, 1);
    check(list_total(t.tx, t.town, &who, t.people, &(struct total_query){.where = S("id = 本人")}, &total));
    check_int(total.rows, 1);
    check(list_count(t.tx, t.town, &who, t.people, S("备注 = 本账号"), &count));
    check_int(count, 0);
}

TEST("whether records lie within a right is told of many as of one, and rights that show the same have the same key")
{
    struct test_town t;
    enum { PEOPLE = 150 };
    id people[PEOPLE];
    bool holds[PEOPLE], one;
    test_town_open(op, &t);
    id east = test_household(&t, t.east_one, "东街"), west = test_household(&t, t.west, "西街");
    for (int i = 0; i < PEOPLE; i++)
        people[i] = test_person(&t, "甲", 19600101, i + 1, i % 3 ? east : west, "")->id;
    const struct grant grants[] = {
        {.ledger = S("人"), .acts = 1u << ACT_READ, .group = t.east_one},
        {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .where = S("id = 本人")},
        {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true},
        {.ledger = S("人"), .acts = 1u << ACT_READ, .group = t.west},
    };
    str keys[COUNT(grants)];
    for (size_t g = 0; g < COUNT(grants); g++) {
        struct who who = test_who(&grants[g], 1), same = test_who(&grants[g], 1);
        struct right right, again;
        who.staff = same.staff = people[100];
        check(right_for(op, t.town, &who, t.people, ACT_READ, &right) && right_for(op, t.town, &same, t.people, ACT_READ, &again));
        keys[g] = right_key(op, &right);
        check_str(right_key(op, &again), keys[g]);
        for (size_t k = 0; k < g; k++)
            check(!str_eq(keys[k], keys[g]));
        for (size_t count = 0; count <= PEOPLE; count += count < 2 ? 1 : 74) {
            check(right_holds_each(t.tx, t.people, &right, people, count, holds));
            for (size_t i = 0; i < count; i++) {
                check(record_within(t.tx, t.town, &who, t.people, ACT_READ, people[i], &one));
                check(holds[i] == one);
            }
        }
    }
}
