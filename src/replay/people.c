/* Who plays: accounts with posts, as an administrator makes them, signed in on the first day. */
#include "org/org.h"
#include "replay/inner.h"

struct person *person_named(struct play *p, str login)
{
    for (size_t i = 0; i < p->people.n; i++)
        if (str_eq(p->people.p[i].login.login, login))
            return &p->people.p[i];
    return NULL;
}

struct person *person_of(struct play *p, id account)
{
    for (size_t i = 0; i < p->people.n; i++)
        if (id_eq(p->people.p[i].account, account))
            return &p->people.p[i];
    return NULL;
}

static bool staff_find(struct play *p, str file, const struct json *login, struct record **ret)
{
    struct who system = org_system();
    struct list_query q = {.limit = 1};
    struct list_page page;
    *ret = NULL;
    if (!say_text(p, file, json_get(login, S("干部")), &q.where))
        return false;
    if (!q.where.n)
        return true;
    if (!list_read(p->tx, p->town, &system, town_ledger(p->town, S("干部")), &q, &page))
        return false;
    if (!page.record_count)
        return script_wrong(p, file, login, "没有这样的干部：%.*s", PS(q.where));
    *ret = &page.records[0];
    return true;
}

static bool person_make(struct play *p, str file, const struct json *login, str password)
{
    struct who system = org_system();
    struct person one = {.login = {.password = password, .shown = json_true(login, S("演示"))}};
    struct record *staff;
    str group;
    if (!say_text(p, file, json_get(login, S("登录")), &one.login.login) ||
        !say_text(p, file, json_get(login, S("称")), &one.called) ||
        !say_text(p, file, json_get(login, S("姓名")), &one.login.name) ||
        !say_text(p, file, json_get(login, S("角色")), &one.login.role) ||
        !say_text(p, file, json_get(login, S("村组")), &group) || !staff_find(p, file, login, &staff))
        return false;
    if (group.n && !id_parse(group, &one.group))
        return script_wrong(p, file, login, "“村组”须是村组的编号");
    if (staff) {
        one.login.name = json_str(staff->values, S("姓名"));
        one.staff = staff->id;
    }
    one.called = op_copy(p->keep, one.called);
    one.login.login = op_copy(p->keep, one.login.login);
    one.login.name = op_copy(p->keep, one.login.name);
    one.login.role = op_copy(p->keep, one.login.role);
    if (!org_account_add(p->tx, p->town, &system,
                         &(struct org_new){one.login.login, one.login.name, one.login.role, password, one.group, one.staff},
                         &one.account, &password))
        return false;
    *list_add(p->keep, &p->people) = one;
    return true;
}

static bool people_of_file(struct play *p, const struct script_file *f, struct op *chance)
{
    const struct json *logins = json_get(f->root, S("账号"));
    for (const struct json *l = logins ? logins->first : NULL; l; l = l->next) {
        const struct json *each = json_get(l, S("每"));
        struct things rows = {0};
        if (each && !list_of(p, f->name, each, &rows))
            return false;
        for (size_t i = 0; i < (each ? rows.n : 1); i++) {
            struct turn turn = {.number = (int64_t)i + 1, .row = each ? rows.p[i] : (struct thing){0}};
            p->turn = &turn;
            bool made = person_make(p, f->name, l, op_copy(p->keep, org_password_new(chance)));
            p->turn = NULL;
            if (!made)
                return false;
        }
    }
    return true;
}

/* Passwords come from the caller's chance: the seed of a replay is known to everybody. */
bool people_make(struct play *p)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (!people_of_file(p, &p->files[i], p->chance))
            return false;
    return true;
}

/* Everybody's rights, from their posts. */
bool people_rights(struct play *p)
{
    struct tx *tx;
    if (!store_begin(p->store, p->keep, TX_READ, &tx))
        return false;
    for (size_t i = 0; i < p->people.n; i++)
        if (!org_who(tx, p->town, p->people.p[i].account, &p->people.p[i].who))
            return false;
    store_abandon(tx);
    return true;
}
