/* Templates that offices have made themselves: kept by name, the file by its digest. */
#include "report/inner.h"

static str actor_text(struct op *op, const struct own_template *t, bool gone)
{
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("模板"), t->name);
    json_put_text(&w, gone ? S("撤下") : S("文件"), t->digest);
    json_close(&w, '}');
    return buf_str(&b);
}

/* Who brought or took away which file stays to be seen; the file itself stays as well. */
[[nodiscard]] static bool own_fact(struct tx *tx, const struct who *who, const struct own_template *t, bool gone)
{
    int64_t no;
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_DEFINE,
                        .ledger = S("report"),
                        .body = actor_text(tx->op, t, gone)};
    return fact_keep(tx, &fact, &no);
}

[[nodiscard]] static bool own_rows(struct tx *tx, str name, struct own_template **ret, size_t *ret_count)
{
    struct { struct own_template *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select name, digest, by_name, account, at from report_own where town = $1 and ($2 = '' or name = $2)"
                     " order by name",
                     ARGS(TEXT(store_town(tx)), TEXT(name)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &list) = (struct own_template){.name = rows_text(rows, 0),
                                                         .digest = rows_text(rows, 1),
                                                         .by = rows_text(rows, 2),
                                                         .account = rows_id(rows, 3),
                                                         .at = rows_int(rows, 4)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

bool own_list(struct tx *tx, struct own_template **ret, size_t *ret_count)
{
    return own_rows(tx, S(""), ret, ret_count);
}

bool own_find(struct tx *tx, str name, struct own_template *ret, bool *ret_found)
{
    struct own_template *list;
    size_t count = 0;
    *ret_found = false;
    if (name.n && !own_rows(tx, name, &list, &count))
        return false;
    if (count) {
        *ret = list[0];
        *ret_found = true;
    }
    return true;
}

static bool may_replace(const struct who *who, const struct own_template *t)
{
    return who->system || id_eq(who->account, t->account);
}

bool own_keep(struct tx *tx, const struct who *who, str name, int fd, struct own_template *ret)
{
    struct op *op = tx->op;
    struct own_template before, *all, t = {.name = name, .by = who->name, .account = who->account, .at = op->now};
    size_t count;
    bool found;
    if (!own_find(tx, name, &before, &found) || !own_list(tx, &all, &count))
        return false;
    if (found && !may_replace(who, &before))
        return op_fail(op, FAULT_CONFLICT, name, "%.*s 已经上传过同名的模板；请换一个文件名", PS(before.by));
    if (!found && count >= OWN_TEMPLATES_MAX)
        return op_fail(op, FAULT_INPUT, name, "模板已有 %d 个，请先撤下不用的", OWN_TEMPLATES_MAX);
    if (!store_file_keep(tx, fd, &t.digest) ||
        !store_run(tx,
                   "insert into report_own (town, name, digest, by_name, account, at) values ($1, $2, $3, $4, $5, $6)"
                   " on conflict (town, name) do update set digest = excluded.digest, by_name = excluded.by_name,"
                   " account = excluded.account, at = excluded.at",
                   ARGS(TEXT(store_town(tx)), TEXT(name), TEXT(t.digest), TEXT(t.by), ID(t.account), INT(t.at)), NULL) ||
        !own_fact(tx, who, &t, false))
        return false;
    *ret = t;
    return true;
}

bool own_drop(struct tx *tx, const struct who *who, str name)
{
    struct own_template t;
    bool found;
    if (!own_find(tx, name, &t, &found))
        return false;
    if (!found)
        return op_fail(tx->op, FAULT_MISSING, name, "没有这个模板");
    if (!may_replace(who, &t))
        return op_fail(tx->op, FAULT_DENIED, name, "这个模板是 %.*s 上传的，由本人撤下", PS(t.by));
    return store_run(tx, "delete from report_own where town = $1 and name = $2", ARGS(TEXT(store_town(tx)), TEXT(name)),
                     NULL) &&
           own_fact(tx, who, &t, true);
}

bool own_open(struct tx *tx, const struct own_template *t, str *ret_path)
{
    int fd;
    int64_t size;
    if (!store_file_open(tx, t->digest, &fd, &size))
        return false;
    *ret_path = op_text(tx->op, "/proc/self/fd/%d", fd);
    return true;
}
