/* Lists: conditions, order, pages, rights, the past. */
#include "ledger/test_town.h"

/* Six people in two villages; 补助 has ties and empty values. */
static void people_open(struct op *op, struct test_town *t)
{
    test_town_open(op, t);
    id one = test_household(t, t->east_one, "东街1号"), two = test_household(t, t->west, "西街2号");
    test_person(t, "甲", 19600101, 101, one, ",'补助':300,'手机':'13947911111'");
    test_person(t, "乙", 19700202, 102, one, ",'补助':100");
    test_person(t, "丙", 19800303, 103, two, ",'手机':'13947922222','特长':['木工','骑马']");
    test_person(t, "丁", 19900404, 104, two, ",'补助':300");
    test_person(t, "戊", 20100505, 105, two, "");
    test_person(t, "己", 19550606, 106, one, ",'补助':200.50,'死亡日期':'2020-01-01'");
}

static bool read(struct test_town *t, const struct who *who, struct list_query q, struct list_page *ret)
{
    return list_read(t->tx, t->town, who, t->people, &q, ret);
}

/* The names that a query of the system gives; all pages of `limit`, joined. */
static str names_of(struct test_town *t, struct list_query q)
{
    struct list_page page;
    struct buf b;
    buf_init(&b, t->op, 0);
    do {
        bool done = read(t, &t->system, q, &page);
        if (!done)
            test_faults(t->op);
        must(done);
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(test_names(t->op, &page, S("姓名"))));
        q.cursor = page.next;
    } while (q.cursor.n);
    return buf_str(&b);
}

#define SORT(...) .sort = (const str[]){__VA_ARGS__}, .sort_count = sizeof((const str[]){__VA_ARGS__}) / sizeof(str)

TEST("a condition in FEEL chooses the records, by the database where it can")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    check_str(names_of(&t, (struct list_query){.where = S("补助 >= 200.5")}), S("甲、丁、己"));
    check_str(names_of(&t, (struct list_query){.where = S("年龄 >= 60")}), S("甲、己"));
    check_str(names_of(&t, (struct list_query){.where = S("户.住址 = \"西街2号\" and 死亡日期 = null")}), S("丙、丁、戊"));
    check_str(names_of(&t, (struct list_query){.where = S("list contains(特长, \"骑马\")")}), S("丙"));
    check(read(&t, &t.system, (struct list_query){.where = S("补助 > 0"), .count = true, .limit = 2}, &page));
    check_int(page.count, 4);
    check_int((long long)page.record_count, 2);
    check(!page.slow);
}

/* How the database goes about a condition over people. */
static str way_of(struct test_town *t, str condition)
{
    struct op *op = t->op;
    const struct plan *plan = plan_of(t->people);
    struct feel *tree;
    struct rows *rows;
    struct sql s;
    str reason;
    bool found;
    must(feel_parse(op, condition, &plan->scope, &tree));
    sql_init(&s, op);
    sql_str(&s, op_text(op, "explain query plan select count(*) from %.*s t where ", PS(sql_table(op, plan))));
    must(sql_condition(&s, plan, tree, S("t"), &reason));
    must(store_query(t->tx, sql_z(&s), sql_args(&s), &rows) && rows_next(rows, &found) && found);
    str way = op_copy(op, rows_text(rows, 3));
    rows_close(rows);
    return way;
}

TEST("a condition on a village group is answered by its index, however the group is asked for")
{
    struct test_town t;
    people_open(op, &t);
    str east = id_text(op, t.east_one), both = op_text(op, "%.*s\", \"%.*s", PS(east), PS(id_text(op, t.west)));
    const struct {
        const char *before;
        str groups;
        const char *after;
    } conditions[] = {
        {"归属 = ", east, ""},
        {"归属 in (", east, ")"},
        {"归属 in (", both, ")"},
        {"补助 > 100 and (归属 in (", east, "))"},
        {"((归属 in (", east, ")) and 补助 > 100)"},
    };
    for (size_t i = 0; i < COUNT(conditions); i++) {
        str condition = op_text(op, "%s\"%.*s\"%s", conditions[i].before, PS(conditions[i].groups), conditions[i].after);
        str way = way_of(&t, condition);
        if (!str_starts(way, S("SEARCH ")))
            test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(condition), PS(way));
    }
}

TEST("a condition that the database cannot answer is asked of each row, and the page says so")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    struct list_query q = {
        .where = S("count(for x in 特长 return x) > 1 or string length(姓名 + 姓名) > 2"), .count = true, .limit = 1};
    check(read(&t, &t.system, q, &page));
    check(page.slow && page.slow_reason.n);
    check_int(page.count, 1);
    check_str(test_names(op, &page, S("姓名")), S("丙"));
    q = (struct list_query){.where = S("sum(for x in [补助] return x) >= 200"), SORT(S("-补助")), .limit = 1};
    check_str(names_of(&t, q), S("丁、甲、己"));
}

TEST("a condition that takes long for each record is stopped in words, not asked of the whole ledger for hours")
{
    static const str long_ones[] = {
        SC("count(for a in 1..10000000 return a) > string length(姓名) + 1 and matches(姓名, \"x\")"),
        SC("matches(姓名, \"x\") or some a in 1..100000, b in 1..100000 satisfies a + b < string length(姓名)")};
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    for (size_t i = 0; i < COUNT(long_ones); i++) {
        check(!read(&t, &t.system, (struct list_query){.where = long_ones[i]}, &page) &&
              test_says(op, "请写得简单些"));
        op_forgive(op, 0);
    }
}

TEST("an error in a condition points at the character")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    check(!read(&t, &t.system, (struct list_query){.where = S("年龄 >= ")}, &page));
    check(test_fault(op)->kind == FAULT_INPUT && test_says(op, "第1行第"));
    op_forgive(op, 0);
    check(!read(&t, &t.system, (struct list_query){.where = S("姓名 = \"甲\" and\n 年纪 > 3")}, &page));
    check(test_says(op, "第2行第2字"));
    op_forgive(op, 0);
    check(!read(&t, &t.system, (struct list_query){.where = S("年龄 + 1")}, &page));
    check(test_says(op, "是或否"));
    op_forgive(op, 0);
}

TEST("pages follow one another without gap or repetition, whatever the order, ties and empty values")
{
    struct test_town t;
    people_open(op, &t);
    static const struct {
        str sort[2];
        size_t count;
        str names;
    } cases[] = {
        {{S("")}, 0, S("甲、乙、丙、丁、戊、己")},
        {{S("补助")}, 1, S("乙、己、甲、丁、丙、戊")},
        {{S("-补助")}, 1, S("丁、甲、己、乙、戊、丙")},
        {{S("-补助"), S("姓名")}, 2, S("丁、甲、己、乙、丙、戊")},
        {{S("户"), S("-补助")}, 2, S("甲、己、乙、丁、戊、丙")},
        {{S("年龄")}, 1, S("戊、丁、丙、乙、甲、己")},
        {{S("-新增时间")}, 1, S("己、戊、丁、丙、乙、甲")},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int limit = 1; limit <= 7; limit++)
            check_str(
                names_of(&t, (struct list_query){.sort = cases[i].sort, .sort_count = cases[i].count, .limit = limit}),
                cases[i].names);
}

TEST("what is changed between two pages shifts nothing")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    struct list_query q = {SORT(S("补助")), .limit = 3};
    check(read(&t, &t.system, q, &page));
    check_str(test_names(op, &page, S("姓名")), S("乙、己、甲"));
    test_change(&t, t.people, page.records[2].id, S("{'补助':50}"));
    q.cursor = page.next;
    check(read(&t, &t.system, q, &page));
    check_str(test_names(op, &page, S("姓名")), S("丁、丙、戊"));
}

TEST("a cursor of another query, or one that was tampered with, is refused")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    check(read(&t, &t.system, (struct list_query){SORT(S("补助")), .limit = 2}, &page));
    str good = page.next;
    check(good.n > 16);
    check(!read(&t, &t.system, (struct list_query){SORT(S("-补助")), .limit = 2, .cursor = good}, &page));
    check(test_fault(op)->kind == FAULT_INPUT);
    check_str(test_fault(op)->field, S("cursor"));
    op_forgive(op, 0);
    for (size_t i = 0; i <= good.n; i++) {
        str bad = op_copy(op, good);
        if (i < good.n)
            ((char *)bad.p)[i] = bad.p[i] == '0' ? '1' : '0';
        else
            bad.n--;
        check(!read(&t, &t.system, (struct list_query){SORT(S("补助")), .limit = 2, .cursor = bad}, &page));
        op_forgive(op, 0);
    }
}

TEST("people see the rows of their own village group and below, in lists and counts alike")
{
    struct test_town t;
    struct list_page page;
    int64_t n;
    people_open(op, &t);
    struct grant grant = {.ledger = S("人"), .acts = 1u << ACT_READ, .group = t.east};
    struct who who = test_who(&grant, 1);
    check(read(&t, &who, (struct list_query){.count = true}, &page));
    check_str(test_names(op, &page, S("姓名")), S("甲、乙、己"));
    check_int(page.count, 3);
    check(list_count(t.tx, t.town, &who, t.people, S("年龄 >= 60"), &n));
    check_int(n, 2);
    check(list_count(t.tx, t.town, &who, t.people, S("sum(for x in [补助] return x) >= 0"), &n));
    check_int(n, 3);
    check(!list_count(t.tx, t.town, &who, t.households, S(""), &n));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    grant = (struct grant){.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .where = S("补助 = 300")};
    check(list_count(t.tx, t.town, &who, t.people, S(""), &n));
    check_int(n, 2);
}

TEST("a masked field is masked in a list, and can be learnt neither by a condition nor by an order")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    struct grant grants[] = {{.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true},
                             {.ledger = S("户"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true}};
    struct who who = test_who(grants, COUNT(grants));
    check(read(&t, &who, (struct list_query){.limit = 1}, &page));
    size_t at;
    check(str_find(json_str(page.records[0].values, S("证件号")), S("****"), &at));
    check(str_find(json_str(page.records[0].values, S("手机")), S("***"), &at));
    static const str wheres[] = {SC("证件号 = \"152527196001011017\""), SC("substring(手机, 1, 5) = \"13947\""),
                                 SC("户.电话 = \"13947900001\""), SC("count([证件号]) = 1"), SC("户.电话 = null")};
    for (size_t i = 0; i < COUNT(wheres); i++) {
        check(!read(&t, &who, (struct list_query){.where = wheres[i]}, &page));
        check(test_fault(op)->kind == FAULT_DENIED && test_says(op, "打码"));
        op_forgive(op, 0);
    }
    check(!read(&t, &who, (struct list_query){SORT(S("手机"))}, &page));
    check(test_fault(op)->kind == FAULT_DENIED);
    op_forgive(op, 0);
    check(read(&t, &who, (struct list_query){.where = S("年龄 >= 60"), SORT(S("-年龄"))}, &page));
    check_str(test_names(op, &page, S("姓名")), S("己、甲"));
    check(!list_read(t.tx, t.town, &(struct who){.grants = grants, .grant_count = 1}, t.people,
                     &(struct list_query){.where = S("户.住址 = \"x\"")}, &page));
    check(test_fault(op)->kind == FAULT_DENIED && test_says(op, "不能查看台账“户”"));
    op_forgive(op, 0);
}

TEST("withdrawn records are listed only when asked for")
{
    struct test_town t;
    struct list_page page;
    struct record *r;
    people_open(op, &t);
    check(read(&t, &t.system, (struct list_query){.where = S("姓名 = \"戊\"")}, &page));
    check(record_withdraw(t.tx, t.town, &t.system, t.people, page.records[0].id, page.records[0].version, S("重复登记"),
                          &r));
    check_str(names_of(&t, (struct list_query){0}), S("甲、乙、丙、丁、己"));
    check_str(names_of(&t, (struct list_query){.withdrawn = true}), S("甲、乙、丙、丁、戊、己"));
}

TEST("a list shows only the fields asked for, and names the records that references mean")
{
    struct test_town t;
    struct list_page page;
    people_open(op, &t);
    check(read(&t, &t.system,
               (struct list_query){.fields = (const str[]){S("户"), S("年龄")}, .field_count = 2, .limit = 1}, &page));
    check_int((long long)page.records[0].values->count, 2);
    check_str(json_str(page.records[0].labels, S("户")), S("0110001"));
    check_str(page.records[0].title, S("甲"));
    check(!read(&t, &t.system, (struct list_query){.fields = (const str[]){S("户籍")}, .field_count = 1}, &page));
    check(!read(&t, &t.system, (struct list_query){.limit = LIST_LIMIT_MAX + 1}, &page));
    check(!read(&t, &t.system, (struct list_query){SORT(S("备注"))}, &page));
    check(!read(&t, &t.system, (struct list_query){SORT(S("没有"))}, &page));
    op_forgive(op, 0);
}

TEST("a list as of a moment or a fact is what was so then, with its counts, its village groups and its withdrawn")
{
    struct test_town t;
    struct list_page page, groups;
    struct record *r;
    int64_t then;
    people_open(op, &t);
    check(store_fact_count(t.tx, &then));
    time_ms moment = op->now;
    op->now += 86400000;
    check(read(&t, &t.system, (struct list_query){0}, &page));
    test_change(&t, t.people, page.records[0].id, S("{'补助':1,'姓名':'甲甲'}"));
    check(record_withdraw(t.tx, t.town, &t.system, t.people, page.records[1].id, 1, S("重复"), &r));
    id moved = {0};
    check(id_parse(json_str(page.records[0].values, S("户")), &moved));
    test_change(&t, t.households, moved, op_text(op, "{'村组':'%.*s'}", PS(id_text(op, t.west))));
    test_person(&t, "庚", 19910101, 107, moved, "");
    check_str(names_of(&t, (struct list_query){SORT(S("-补助"))}), S("丁、己、甲甲、庚、戊、丙"));
    struct list_query was = {SORT(S("-补助")), .as_of = moment, .limit = 2};
    check_str(names_of(&t, was), S("丁、甲、己、乙、戊、丙"));
    was = (struct list_query){.where = S("补助 = 300"), .as_of_fact = then, .count = true};
    check(read(&t, &t.system, was, &page));
    check_str(test_names(op, &page, S("姓名")), S("甲、丁"));
    check_int(page.count, 2);
    check(page.slow);
    struct grant grant = {.ledger = S("人"), .acts = 1u << ACT_READ, .group = t.east};
    struct who who = test_who(&grant, 1);
    check(read(&t, &who, (struct list_query){0}, &page));
    check_int((long long)page.record_count, 0);
    check(read(&t, &who, (struct list_query){.as_of = moment}, &page));
    check_str(test_names(op, &page, S("姓名")), S("甲、乙、己"));
    struct list_query numbers = {.fields = (const str[]){S("人数")}, .field_count = 1, SORT(S("代码")), .as_of_fact = then};
    check(list_read(t.tx, t.town, &t.system, t.groups, &numbers, &groups));
    check_str(test_names(op, &groups, S("人数")), S("5、2、2、3"));
    numbers.as_of_fact = 0;
    check(list_read(t.tx, t.town, &t.system, t.groups, &numbers, &groups));
    check_str(test_names(op, &groups, S("人数")), S("5、0、0、5"));
    check(read(&t, &t.system, (struct list_query){.as_of = 1}, &page));
    check_int((long long)page.record_count, 0);
}

TEST("the search box of a list finds by what search finds, the best first, within the condition")
{
    struct test_town t;
    people_open(op, &t);
    check_str(names_of(&t, (struct list_query){.find = S("丁")}), S("丁"));
    check_str(names_of(&t, (struct list_query){.find = S("丁"), .where = S("补助 < 300")}), S(""));
    check_str(names_of(&t, (struct list_query){.find = S("查无此人")}), S(""));
    check_str(names_of(&t, (struct list_query){.find = S(" ")}), S("甲、乙、丙、丁、戊、己"));
}

TEST(
    "today and ages of a list as of a moment are of that day, also in conditions, in order and by the number of a fact")
{
    struct test_town t;
    struct list_page page;
    int64_t then;
    people_open(op, &t);
    check(store_fact_count(t.tx, &then));
    time_ms moment = op->now;
    struct list_query was = {.where = S("年龄 >= 60"), SORT(S("-年龄")), .as_of = moment}, now = {.where = S("年龄 >= 60")};
    str old = names_of(&t, was);
    check_str(old, S("己、甲"));
    op->now += 12 * 365ll * 86400000;
    check_str(names_of(&t, now), S("甲、乙、己"));
    check_str(names_of(&t, was), old);
    was.as_of = 0;
    was.as_of_fact = then;
    check_str(names_of(&t, was), old);
    check(read(&t, &t.system,
               (struct list_query){.as_of = moment, .fields = (const str[]){S("年龄")}, .field_count = 1}, &page));
    str ages = test_names(op, &page, S("年龄"));
    check_str(str_part(ages, 0, 2), S("61")); /* born on 1 January 1960, seen in 2021 */
    was = (struct list_query){.where = S("today() < date(\"2030-01-01\")"), .as_of = moment, .count = true};
    check(read(&t, &t.system, was, &page));
    check_int(page.count, 6);
}

TEST("the search box finds in the past by what records said then, and the withdrawn when they are asked for")
{
    struct test_town t;
    struct list_page page;
    struct record *r;
    people_open(op, &t);
    time_ms moment = op->now;
    op->now += 86400000;
    check(read(&t, &t.system, (struct list_query){0}, &page));
    test_change(&t, t.people, page.records[0].id, S("{'姓名':'庚'}"));
    check(record_withdraw(t.tx, t.town, &t.system, t.people, page.records[1].id, 1, S("重复"), &r));
    check_str(names_of(&t, (struct list_query){.find = S("甲"), .as_of = moment}), S("甲"));
    check_str(names_of(&t, (struct list_query){.find = S("庚"), .as_of = moment}), S(""));
    check_str(names_of(&t, (struct list_query){.find = S("bing"), .as_of = moment}), S("丙"));
    check_str(names_of(&t, (struct list_query){.find = S("乙")}), S(""));
    check_str(names_of(&t, (struct list_query){.find = S("乙"), .withdrawn = true}), S("乙"));
    check_str(names_of(&t, (struct list_query){.find = S("庚"), .withdrawn = true}), S("庚"));
    check_str(names_of(&t, (struct list_query){.find = S("乙"), .withdrawn = true, SORT(S("姓名")), .count = true}),
              S("乙"));
    check_str(names_of(&t, (struct list_query){.find = S("乙"), .as_of = op->now, .withdrawn = true}), S("乙"));
    struct grant grant = {.ledger = S("人"),
                          .acts = 1u << ACT_READ,
                          .whole_town = true,
                          .masked = (const str[]){S("手机")},
                          .masked_count = 1};
    struct who who = test_who(&grant, 1);
    check(read(&t, &who, (struct list_query){.find = S("3947911"), .as_of = moment}, &page));
    check_int((long long)page.record_count, 0);
}

struct visited {
    struct op *op;
    int64_t count;
    size_t bytes, most;
    str last;
    bool sorted;
};

static bool visit(void *context, const struct record *r)
{
    struct visited *v = context;
    const struct json *name = json_get(r->values, S("代码"));
    char last[16] = {0};
    v->sorted = v->sorted && (!v->last.n || str_cmp(v->last, name->text) > 0);
    memcpy(last, name->text.p, name->text.n);
    memcpy((char *)v->last.p, last, sizeof last);
    v->last.n = name->text.n;
    v->count++;
    size_t held = v->op->bytes - v->bytes;
    v->most = held > v->most ? held : v->most;
    return true;
}

TEST("every match is visited in order, in memory that does not grow with their number")
{
    struct test_town t;
    char last[16];
    test_town_open(op, &t);
    for (int i = 0; i < 3000; i++) {
        struct mark mark = op_mark(op);
        test_group(&t, op_z(op, op_text(op, "7%05d", i)), "组", t.west);
        op_reset(op, mark);
    }
    struct visited v = {.op = op, .bytes = op->bytes, .last = {last, 0}, .sorted = true};
    struct list_query q = {.where = S("名称 = \"组\""), SORT(S("-代码"))};
    check(list_each(t.tx, t.town, &t.system, t.groups, &q, ACT_EXPORT, visit, &v));
    check_int(v.count, 3000);
    check(v.sorted);
    check(v.most < 4 << 20);
}

TEST("adding up gives what the list shows: rows, filled values, different values and their sum, by SQL and by rows "
     "alike")
{
    struct test_town t;
    struct list_total now, past;
    int64_t facts;
    test_town_open(op, &t);
    id home = test_household(&t, t.east, "东街");
    test_person(&t, "甲", 19600101, 1, home, ",'补助':100.50");
    test_person(&t, "乙", 19700101, 2, home, ",'补助':100.50");
    test_person(&t, "丙", 19800101, 3, home, "");
    check(store_fact_count(t.tx, &facts));
    struct total_query q = {.where = S("姓名 != \"丁\""), .of = ledger_field(t.people, S("补助")), .distinct = true};
    check(list_total(t.tx, t.town, &t.system, t.people, &q, &now));
    q.as_of_fact = facts;
    check(list_total(t.tx, t.town, &t.system, t.people, &q, &past));
    check(now.rows == 3 && now.filled == 2 && now.distinct == 1);
    check_str(dec_text(op, now.sum), S("201"));
    check(past.rows == now.rows && past.filled == now.filled && past.distinct == now.distinct &&
          dec_eq(past.sum, now.sum));
    test_faults(op);
    static const str money[] = {SC("补助")};
    struct grant grants[] = {
        {.ledger = S("人"), .acts = 1 << ACT_READ, .whole_town = true, .masked = money, .masked_count = 1}};
    struct who covered = test_who(grants, 1);
    check(!list_total(t.tx, t.town, &covered, t.people, &(struct total_query){.of = q.of}, &now) &&
          test_says(op, "打码"));
    op_forgive(op, 0);
    check(!list_total(t.tx, t.town, &covered, t.people, &(struct total_query){.where = S("补助 > 100")}, &now) &&
          test_says(op, "不能用来筛选"));
}

/* What list_totals gives for each part, and list_total for the part alone. */
static bool parts_agree(struct test_town *t, const struct who *who, const struct total_query *q,
                        const struct total_parts *parts, const str *wheres)
{
    struct list_total *together = op_array(t->op, struct list_total, parts->count), alone;
    bool good = list_totals(t->tx, t->town, who, t->people, q, parts, together);
    for (size_t i = 0; good && i < parts->count; i++) {
        struct total_query one = *q;
        one.where = q->where.n ? op_text(t->op, "(%.*s) and (%.*s)", PS(q->where), PS(wheres[i])) : wheres[i];
        good = list_total(t->tx, t->town, who, t->people, &one, &alone) && alone.rows == together[i].rows &&
               alone.filled == together[i].filled && alone.distinct == together[i].distinct &&
               dec_eq(alone.sum, together[i].sum) && alone.dated == together[i].dated &&
               (!alone.dated || alone.first == together[i].first);
    }
    return good;
}

TEST("adding up by parts gives for each part what it gives alone, now and as it was, for everybody and for one village's "
     "cadre")
{
    struct test_town t;
    int64_t facts;
    test_town_open(op, &t);
    id homes[] = {test_household(&t, t.east, "东街"), test_household(&t, t.east_one, "一组"),
                  test_household(&t, t.west, "西街"), test_household(&t, t.whole, "镇上")};
    static const char *const more[] = {",'补助':100.50,'特长':['木工','瓦工']", ",'死亡日期':'2020-01-02'", ",'补助':-3", "",
                                       ",'补助':100.50,'死亡日期':'2019-05-06','特长':['骑马']"};
    for (int i = 0; i < 23; i++)
        test_person(&t, "甲", 19600101 + i, i + 1, homes[(size_t)i * 7 % COUNT(homes)], more[i % 5]);
    test_record(&t, t.people, S("{'姓名':'乙','补助':8}")); /* of no village group */
    check(store_fact_count(t.tx, &facts));
    const struct part_group groups[] = {{t.east, 0}, {t.east_one, 0}, {t.west, 1}};
    str east = op_text(op, "归属 in (\"%.*s\", \"%.*s\")", PS(id_text(op, t.east)), PS(id_text(op, t.east_one))),
        west = op_text(op, "归属 in (\"%.*s\")", PS(id_text(op, t.west)));
    str by_group[] = {east, west, S("归属 = null")}, by_money[] = {S("补助 > 0"), S("补助 <= 0"), S("补助 = null")},
        by_home[] = {S("户.住址 = \"东街\""), S("户.住址 = null"), S("户.村组.名称 = \"西村\" and 户.住址 != \"东街\"")},
        by_rows[] = {S("list contains(特长, \"木工\")"), S("特长 = null")};
    struct total_parts parts[] = {
        {.count = 3, .groups = groups, .group_count = COUNT(groups), .none = 2},
        {.count = 2, .groups = groups, .group_count = COUNT(groups), .none = 2},
        {.count = 3, .conditions = by_money},
        {.count = 3, .conditions = by_home},
        {.count = 2, .conditions = by_rows},
    };
    const str *wheres[] = {by_group, by_group, by_money, by_home, by_rows};
    static const char *const of[] = {NULL, "补助", "死亡日期", "特长", "姓名"}, *const conditions[] = {"", "年龄 > 40", "户.住址 != \"西街\""};
    struct grant grants[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = t.east}};
    struct who cadre = test_who(grants, 1);
    for (size_t f = 0; f < COUNT(of); f++)
        for (size_t c = 0; c < COUNT(conditions); c++)
            for (size_t p = 0; p < COUNT(parts); p++)
                for (int past = 0; past < 2; past++) {
                    struct total_query q = {.where = str_z(conditions[c]),
                                            .of = of[f] ? ledger_field(t.people, str_z(of[f])) : NULL,
                                            .distinct = true,
                                            .first = f == 2,
                                            .as_of_fact = past ? facts : 0};
                    check(parts_agree(&t, &t.system, &q, &parts[p], wheres[p]));
                    check(parts_agree(&t, &cadre, &q, &parts[p], wheres[p]));
                }
    test_faults(op);
}

TEST("a condition whose constant part takes too much is refused in words, and never answered with nobody or everybody")
{
    static const char *const much[] = {"count(for i in 1..1000000 return i) > 0", "姓名 = \"甲\" and count(for i in 1..1000000 return i) > 0",
                                       "(for i in 1..190000 return [i, i, i, i, i, i, i, i]) = null"};
    struct test_town t;
    people_open(op, &t);
    for (size_t i = 0; i < COUNT(much); i++) {
        struct list_page page;
        struct list_total total;
        struct mark mark = op_mark(op);
        check(!read(&t, &t.system, (struct list_query){.where = str_z(much[i]), .count = true}, &page));
        check(fault_last(op)->kind == FAULT_INPUT);
        op_forgive(op, 0);
        check(!list_total(t.tx, t.town, &t.system, t.people, &(struct total_query){.where = str_z(much[i])}, &total));
        check(fault_last(op)->kind == FAULT_INPUT);
        op_forgive(op, 0);
        op_reset(op, mark);
    }
}

/* What list_total says of each, as text. */
static str totals_said(struct test_town *t, struct tx *tx, const struct who *who, const struct total_query *queries, size_t count)
{
    struct op *op = tx->op;
    struct buf said;
    buf_init(&said, t->op, 0);
    for (size_t i = 0; i < count; i++) {
        struct list_total x;
        int faults = op->fault_count;
        if (list_total(tx, t->town, who, t->people, &queries[i], &x)) {
            str sum = dec_text(op, x.sum);
            buf_text(&said, "%lld %lld %lld %.*s %d %d; ", (long long)x.rows, (long long)x.filled, (long long)x.distinct,
                     PS(sum), x.dated, x.dated ? x.first : 0);
        } else {
            buf_text(&said, "fault %d; ", fault_last(op)->kind);
        }
        op_forgive(op, faults);
    }
    return buf_str(&said);
}

static void ahead_as_alone(struct test_town *t, const struct who *who, const struct total_query *queries, size_t count)
{
    struct op reading;
    struct tx *tx;
    str alone = totals_said(t, t->tx, who, queries, count); /* nothing is kept while writing */
    test_again(t);
    op_init(&reading, t->op->now, 1);
    must(store_begin(t->store, &reading, TX_READ, &tx));
    check(list_totals_ahead(tx, t->town, who, t->people, queries, count) && reading.fault_count == 0);
    check_str(totals_said(t, tx, who, queries, count), alone);
    must(store_commit(tx));
    op_done(&reading);
}

TEST("what is asked ahead of a ledger is answered as it is alone: for everybody, within rights, and where it is refused")
{
    struct test_town t;
    test_town_open(op, &t);
    id homes[] = {test_household(&t, t.east, "东街"), test_household(&t, t.west, "西街")};
    static const char *const more[] = {",'补助':100.50,'特长':['木工']", ",'死亡日期':'2020-01-02'", ",'补助':-3", ""};
    for (int i = 0; i < 17; i++)
        test_person(&t, i % 3 ? "甲" : "乙", 19600101 + i, i + 1, homes[i % 2], more[i % 4]);
    const struct field *money = ledger_field(t.people, S("补助")), *died = ledger_field(t.people, S("死亡日期")),
                       *skills = ledger_field(t.people, S("特长"));
    const struct total_query queries[] = {
        {.where = S("")},
        {.where = S("姓名 = \"甲\"")},
        {.where = S("姓名 = \"甲\" and 补助 > 100"), .of = money, .distinct = true},
        {.where = S("补助 < 0"), .of = money},
        {.where = S("死亡日期 != null"), .of = died, .first = true, .distinct = true},
        {.where = S("姓名 = \"没有\""), .of = money, .distinct = true},
        {.where = S("户.住址 = \"东街\"")},
        {.where = S("list contains(特长, \"木工\")"), .of = skills, .distinct = true},
        {.where = S("没有这个字段 = 1")},
    };
    /* what all of them ask for; those who look into the same record; and some that are alone in what they look into */
    const struct total_query alike[] = {
        {.where = S("姓名 in (\"甲\", \"乙\") and 补助 > 0 and 出生日期 < date(\"1960-01-09\")")},
        {.where = S("(补助 > 0 and 性别 = \"男\") and 姓名 in (\"甲\", \"乙\")"), .of = money, .distinct = true},
        {.where = S("姓名 in (\"甲\", \"乙\") and not(补助 = 7) and 补助 > 0"), .of = died, .first = true},
        {.where = S("补助 > 0 and 姓名 in (\"甲\", \"乙\")"), .of = money},
        {.where = S("户.住址 = \"东街\" and 性别 = \"男\"")},
        {.where = S("户.住址 = \"东街\" and 户.状态 = \"在册\""), .of = money},
        {.where = S("户.住址 = \"西街\" or 户.住址 = \"东街\" and 补助 > 0")},
    };
    static const str covered[] = {SC("补助")};
    struct grant near[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = t.east}},
                 blind[] = {{.ledger = S("人"), .acts = 1 << ACT_READ, .whole_town = true, .masked = covered, .masked_count = 1}},
                 none[] = {{.ledger = S("户"), .acts = 1 << ACT_READ, .whole_town = true}};
    struct who cadre = test_who(near, 1), clerk = test_who(blind, 1), stranger = test_who(none, 1);
    const struct who *readers[] = {&t.system, &cadre, &clerk, &stranger};
    for (size_t r = 0; r < COUNT(readers); r++) {
        ahead_as_alone(&t, readers[r], queries, COUNT(queries));
        ahead_as_alone(&t, readers[r], alike, COUNT(alike));
        test_person(&t, "丙", 19300101, 90 + (int)r, homes[0], ",'补助':7"); /* what was kept holds no longer */
    }
}

/* ---- written straight out ---------------------------------------------------------------------------------------- */

/* The records of a page as an array of JSON, and what list_write gives for the same query. */
static str page_of_records(struct test_town *t, const struct who *who, struct list_query q)
{
    struct list_page page;
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, t->op, 0);
    must(list_read(t->tx, t->town, who, t->people, &q, &page));
    json_open(&w, '[');
    for (size_t i = 0; i < page.record_count; i++)
        record_write(&w, t->people, &page.records[i]);
    json_close(&w, ']');
    return op_text(t->op, "%.*s %.*s %lld", PS(buf_str(&b)), PS(page.next), (long long)page.count);
}

static str page_written(struct test_town *t, const struct who *who, struct list_query q)
{
    struct list_page page;
    struct buf b;
    buf_init(&b, t->op, 0);
    must(list_write(t->tx, t->town, who, t->people, &q, &(struct json_out){.b = &b}, &page));
    return op_text(t->op, "%.*s %.*s %lld", PS(buf_str(&b)), PS(page.next), (long long)page.count);
}

TEST("a page written straight out says what its records say, whatever is chosen, ordered, covered or past")
{
    struct test_town t;
    people_open(op, &t);
    const struct grant covered = {.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true, .masks = true},
                       village = {.ledger = S("*"), .acts = 1 << ACT_READ, .group = t.west};
    const struct who readers[] = {t.system, test_who(&covered, 1), test_who(&village, 1)};
    const str some[] = {S("姓名"), S("年龄"), S("户"), S("特长")}, one[] = {S("补助")};
    int64_t before = 0;
    struct fact_head head;
    must(store_head(t.tx, &head));
    before = head.no;
    struct list_page page;
    must(read(&t, &t.system, (struct list_query){.limit = 1}, &page));
    test_change(&t, t.people, page.records[0].id, S("{'补助':77,'备注':'行\\n“引号”`'}"));
    const struct list_query queries[] = {
        {.count = true},
        {.limit = 2, .fields = some, .field_count = COUNT(some)},
        {.limit = 3, SORT(S("-补助"), S("姓名")), .fields = one, .field_count = 1},
        {.limit = 2, SORT(S("年龄"))},
        {.where = S("户.住址 = \"西街2号\" and count(for x in 特长 return x) > 0"),
         .fields = one,
         .field_count = 1,
         .count = true},
        {.find = S("甲"), .withdrawn = true, .fields = one, .field_count = 1},
        {.as_of_fact = before, .limit = 4, .fields = some, .field_count = COUNT(some)},
    };
    for (size_t r = 0; r < COUNT(readers); r++)
        for (size_t i = 0; i < COUNT(queries); i++)
            check_str(page_written(&t, &readers[r], queries[i]), page_of_records(&t, &readers[r], queries[i]));
    str text = page_written(&t, &readers[1], (struct list_query){.where = S("补助 = 77")});
    size_t at;
    check(str_find(text, S("\"证件号\":\"1525**********"), &at) && str_find(text, S("\"masked\":[\"证件号\",\"手机\"]"), &at));
    check(str_find(text, S("\"备注\":\"行\\n“引号”\\\"\""), &at));
}

/* What the readers of a committed state see: counts and the titles of what records refer to. */
static str seen(struct test_town *t)
{
    struct op op;
    struct tx *tx;
    struct list_page page;
    static const str fields[] = {SC("户")};
    const struct list_query q = {.where = S("姓名 = \"甲\""), .fields = fields, .field_count = 1};
    int64_t count;
    op_init(&op, t->op->now, 1);
    must(store_begin(t->store, &op, TX_READ, &tx) &&
         list_count(tx, t->town, &t->system, t->people, S("补助 >= 300"), &count) &&
         list_read(tx, t->town, &t->system, t->people, &q, &page) && page.record_count == 1);
    str said = op_text(t->op, "%lld %.*s", (long long)count, PS(json_str(page.records[0].labels, S("户"))));
    must(store_commit(tx));
    op_done(&op);
    return said;
}

TEST("what readers remember of rows referred to, and counts, hold until somebody commits and no longer")
{
    struct test_town t;
    size_t at;
    const str whole = S(TOWN_HOUSEHOLD), title = S("'标题':'户号'");
    people_open(op, &t);
    must(str_find(whole, title, &at)); /* a household is called by where it is */
    test_define(
        &t, "household",
        op_text(op, "%.*s'标题':'住址'%.*s", PS(str_part(whole, 0, at)), PS(str_part(whole, at + title.n, whole.n))).p);
    must(test_load(&t));
    test_again(&t);
    for (int i = 0; i < 2; i++)
        check_str(seen(&t), S("2 东街1号"));
    struct list_page page;
    must(read(&t, &t.system, (struct list_query){.where = S("姓名 = \"乙\"")}, &page));
    id home = {0};
    must(id_parse(json_str(page.records[0].values, S("户")), &home));
    test_change(&t, t.people, page.records[0].id, S("{'补助':400}"));
    test_change(&t, t.households, home, S("{'住址':'南街9号'}"));
    check_str(seen(&t), S("2 东街1号"));
    test_again(&t);
    for (int i = 0; i < 2; i++)
        check_str(seen(&t), S("3 南街9号"));
}
