/* The packs that are shipped, as the reader understands them. */
#include "base/test.h"
#include "ledger/ledger.h"

static struct town *shipped(struct op *op)
{
    struct town *town = NULL;
    if (!town_parse(op, S("packs"), &town))
        for (const struct fault *f = op->faults; f; f = f->next)
            test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(town);
    return town;
}

/* 2026-09-30+5 */
static bool moment_read(str input, day *ret_from, int *ret_count)
{
    str from, count;
    str_split(input, '+', &from, &count);
    *ret_count = count.n == 1 ? count.p[0] - '0' : 0;
    return day_parse(from, ret_from) && *ret_count > 0;
}

TEST("every published test vector of working days comes out of the calendar that is shipped")
{
    const struct work_calendar *calendar = town_calendar(shipped(op));
    struct csv_row *rows;
    size_t count, tried = 0;
    str text;
    check(file_read(op, S("tests/vectors.csv"), 1 << 20, &text) && csv_parse(op, text, &rows, &count));
    for (size_t i = 1; i < count; i++) {
        day from, wanted;
        int days;
        bool guessed;
        if (!str_eq(rows[i].fields[0], S("workday")))
            continue;
        check(moment_read(rows[i].fields[1], &from, &days) && day_parse(rows[i].fields[2], &wanted));
        check_int(work_calendar_after(calendar, from, days, &guessed), wanted);
        check(!guessed);
        tried++;
    }
    check_int((long long)tried, 3);
}

TEST("the offices' room finds in the shipped packs every ledger and field that it asks for")
{
    static const struct {
        const char *ledger, *fields[8];
    } asked[] = {
        {"账号", {"登录名", "姓名", "停用"}},
        {"岗位", {"账号", "名称", "角色", "村组", "起", "止"}},
        {"权限", {"角色", "台账", "动作", "范围", "遮盖", "遮盖字段", "行条件"}},
        {"村组", {"代码", "名称", "类型", "户数", "户籍人口", "常住人口"}},
    };
    const struct town *town = shipped(op);
    for (size_t i = 0; i < COUNT(asked); i++) {
        const struct ledger *l = town_ledger(town, str_z(asked[i].ledger));
        check(l != NULL);
        for (size_t k = 0; l && k < COUNT(asked[i].fields) && asked[i].fields[k]; k++)
            check(ledger_field(l, str_z(asked[i].fields[k])) != NULL);
    }
}

/* What a role may do with a ledger, from the starting records. */
static bool role_may(const struct town *town, str role, str ledger, str act)
{
    size_t count;
    const struct start *starts = town_starts(town, &count);
    for (size_t i = 0; i < count; i++) {
        const struct json *v = starts[i].values, *acts = json_get(v, S("动作"));
        if (!str_eq(starts[i].ledger->name, S("权限")) || !str_eq(json_str(v, S("角色")), role) ||
            !str_eq(json_str(v, S("台账")), ledger))
            continue;
        for (const struct json *e = acts ? acts->first : NULL; e; e = e->next)
            if (str_eq(e->text, act))
                return true;
    }
    return false;
}

TEST("at first only the administrator changes accounts, posts and rights, and an auditor changes nothing")
{
    static const str roles[] = {SC("系统管理员"), SC("领导"), SC("办公室经办"), SC("村干部"), SC("审计")};
    static const str doors[] = {SC("账号"), SC("岗位"), SC("权限")};
    static const str changes[] = {SC("新增"), SC("修改"), SC("流转"), SC("作废"), SC("导入"), SC("销毁")};
    const struct town *town = shipped(op);
    for (size_t d = 0; d < COUNT(doors); d++) {
        check(town_ledger(town, doors[d])->named_only);
        for (size_t i = 0; i < COUNT(roles); i++)
            check(role_may(town, roles[i], doors[d], S("修改")) == (i == 0));
    }
    for (size_t i = 0; i < COUNT(changes); i++)
        check(!role_may(town, S("审计"), S("*"), changes[i]));
    check(role_may(town, S("办公室经办"), S("*"), S("新增")) && !role_may(town, S("村干部"), S("*"), S("查看")));
}

TEST("a right over everything does not reach the ledgers that give rights")
{
    const struct town *town = shipped(op);
    struct grant grants[] = {{.ledger = S("*"), .acts = ~0u, .whole_town = true},
                             {.ledger = S("账号"), .acts = 1u << ACT_READ, .whole_town = true}};
    struct who clerk = {.name = S("经办"), .grants = grants, .grant_count = 1};
    struct right right;
    check(right_for(op, town, &clerk, town_ledger(town, S("人")), ACT_CHANGE, &right) && right.all);
    check(!right_for(op, town, &clerk, town_ledger(town, S("权限")), ACT_READ, &right));
    clerk.grant_count = 2;
    check(right_for(op, town, &clerk, town_ledger(town, S("账号")), ACT_READ, &right) && right.all);
    check(!right_for(op, town, &clerk, town_ledger(town, S("账号")), ACT_CHANGE, &right));
}

TEST("every right that a new town begins with names a ledger, fields and a condition that are there")
{
    const struct town *town = shipped(op);
    size_t count, rights = 0;
    const struct start *starts = town_starts(town, &count);
    for (size_t i = 0; i < count; i++) {
        const struct json *v = starts[i].values;
        str ledger = json_str(v, S("台账"));
        if (!str_eq(starts[i].ledger->name, S("权限")) || str_eq(ledger, S("*")))
            continue;
        const struct ledger *l = town_ledger(town, ledger);
        rights++;
        if (!l) {
            test_failed(__FILE__, __LINE__, "%.*s: no such ledger", PS(ledger));
            continue;
        }
        struct grant grant = {
            .ledger = ledger, .acts = 1u << ACT_READ, .whole_town = true, .where = json_str(v, S("行条件"))};
        struct who who = {.name = S("某人"), .grants = &grant, .grant_count = 1};
        struct right right;
        check(right_for(op, town, &who, l, ACT_READ, &right));
        str masked = json_str(v, S("遮盖字段"));
        check(masked.n == 0 || ledger_field(l, masked) != NULL);
    }
    check(rights > 50);
}

static void close_store(void *store)
{
    store_close(store);
}

TEST("a new town begins with the rights and deadlines of its packs, once, and each of them passes its ledger's rules")
{
    struct who system = {.name = S("系统"), .system = true};
    struct store *store;
    struct tx *tx;
    struct town *town;
    str folder;
    size_t count;
    int64_t before = -1, after = -1;
    test_dir_make(op, &folder);
    bool ready =
        store_open(op, op_text(op, "%.*s/data", PS(folder)), &(struct store_options){.town = S("152524199")}, &store);
    must(ready);
    op_defer(op, close_store, store);
    ready = store_begin(store, op, TX_WRITE, &tx) && town_load(tx, S("packs"), &town) && town_begin(tx, town, NULL) &&
            store_fact_count(tx, &before);
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(ready);
    check(town_begin(tx, town, NULL) && store_fact_count(tx, &after));
    check_int(after, before);
    const struct start *starts = town_starts(town, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t here, wanted = 0;
        for (size_t k = 0; k < count; k++)
            wanted += starts[k].ledger == starts[i].ledger;
        if (i && starts[i].ledger == starts[i - 1].ledger)
            continue;
        check(list_count(tx, town, &system, starts[i].ledger, S(""), &here));
        check_int(here, wanted);
    }
    check(store_commit(tx));
}
