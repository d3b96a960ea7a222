/* The town at a glance, search, help, files, and the history of everything. */
#include <fcntl.h>

#include "api/call.h"

[[nodiscard]] static bool limit_param(struct call *c, int most, int usual, int *ret)
{
    str text = http_query(c->request, S("limit"));
    struct json number = {.kind = JSON_NUMBER, .text = text};
    int64_t n = usual;
    if (text.n && (!json_int(&number, &n) || n < 1 || n > most))
        return op_fail(c->op, FAULT_INPUT, S("limit"), "须是 1 到 %d 的整数", most);
    *ret = (int)n;
    return true;
}

/* Who typed a whole number that is covered for them, and found its owner, leaves a trace on that record. */
static bool numbers_trace(struct call *c, const struct found *found, size_t count)
{
    struct tx *tx = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!found[i].known.n)
            continue;
        if ((!tx && !store_begin(c->api->config.store, c->op, TX_WRITE, &tx)) || !record_known(tx, c->who, &found[i]))
            return false;
    }
    return !tx || store_commit(tx);
}

bool search_all(struct call *c)
{
    struct found *found;
    size_t count;
    int limit;
    if (!limit_param(c, 100, 20, &limit) ||
        !search(c->tx, c->town, c->who, http_query(c->request, S("q")), limit, &found, &count) ||
        !numbers_trace(c, found, count))
        return false;
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        json_put_text(w, S("ledger"), found[i].ledger->name);
        json_put_text(w, S("english"), found[i].ledger->english);
        json_put_text(w, S("id"), id_text(c->op, found[i].id));
        json_put_text(w, S("title"), found[i].title);
        json_put_text(w, S("note"), found[i].note);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* What a clerk types most, before the functions. */
static const struct {
    str text, meaning, example;
} operators[] = {
    {SC("="), SC("等于"), SC("居住状态 = \"常住\"")},
    {SC("!="), SC("不等于"), SC("健康状况 != \"健康\"")},
    {SC(">="), SC("大于或等于（另有 > < <=）"), SC("年龄 >= 60")},
    {SC("and"), SC("并且"), SC("年龄 >= 60 and 居住状态 = \"常住\"")},
    {SC("or"), SC("或者"), SC("文化程度 = \"文盲\" or 文化程度 = \"小学\"")},
    {SC("not"), SC("不是"), SC("not(居住状态 = \"死亡\")")},
    {SC("in"), SC("是其中之一，或在范围之内"), SC("年龄 in [18..59]")},
    {SC("between"), SC("介于两数之间（含两端）"), SC("年龄 between 6 and 15")},
    {SC("= null"), SC("没有填写"), SC("手机 = null")},
    {SC("if then else"), SC("如果……那么……否则……"), SC("if 年龄 >= 60 then \"老年\" else \"其他\"")},
    {SC("some satisfies"), SC("至少一个满足"), SC("some x in [1, 2, 3] satisfies x > 2")},
    {SC("every satisfies"), SC("每一个都满足"), SC("every x in [1, 2, 3] satisfies x > 0")},
};

bool feel_help(struct call *c)
{
    struct json_out *w = &c->out;
    size_t count;
    const struct feel_builtin *functions = feel_builtins(&count);
    json_open(w, '{');
    json_put_open(w, S("functions"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        json_put_text(w, S("name"), str_z(functions[i].name));
        json_put_text(w, S("chinese"), str_z(functions[i].chinese));
        json_put_text(w, S("signature"), op_text(c->op, "%s(%s)", functions[i].name, functions[i].params));
        json_put_text(w, S("example"), str_z(functions[i].example));
        json_put_text(w, S("result"), str_z(functions[i].result));
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_open(w, S("operators"), '[');
    for (size_t i = 0; i < COUNT(operators); i++) {
        json_open(w, '{');
        json_put_text(w, S("text"), operators[i].text);
        json_put_text(w, S("meaning"), operators[i].meaning);
        json_put_text(w, S("example"), operators[i].example);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- the workbench ----------------------------------------------------------------------------------------- */

/* Each village group with its households and people, as its own computed fields say. */
[[nodiscard]] static bool write_groups(struct call *c)
{
    static const str fields[] = {SC("代码"), SC("名称"), SC("类型"), SC("户数"), SC("户籍人口"), SC("常住人口")};
    static const str sort[] = {SC("代码")};
    struct json_out *w = &c->out;
    const struct ledger *groups = town_ledger(c->town, S("村组"));
    json_put_open(w, S("groups"), '[');
    if (ledger_readable(c, groups)) {
        struct list_query q = {.where = S("类型 in (\"村\", \"嘎查\", \"社区\")"),
                               .sort = sort,
                               .sort_count = COUNT(sort),
                               .limit = 200,
                               .fields = fields,
                               .field_count = COUNT(fields)};
        struct list_page page;
        if (!list_read(c->tx, c->town, c->who, groups, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++) {
            const struct json *values = page.records[i].values;
            json_open(w, '{');
            json_put_text(w, S("id"), id_text(c->op, page.records[i].id));
            json_put_text(w, S("name"), json_str(values, S("名称")));
            static const struct { str key, field; } numbers[] = {
                {SC("households"), SC("户数")}, {SC("people"), SC("户籍人口")}, {SC("residents"), SC("常住人口")}};
            for (size_t k = 0; k < COUNT(numbers); k++) {
                const struct json *n = json_get(values, numbers[k].field);
                json_key(w, numbers[k].key);
                if (n && n->kind == JSON_NUMBER)
                    json_value(w, n);
                else
                    json_null(w);
            }
            json_close(w, '}');
        }
    }
    json_close(w, ']');
    return true;
}

/* after an import of another village the workbench says nothing rather than look for long */
enum { RECENT_LOOKED_MAX = 200 };

/* What a fact speaks of: a ledger, or what else is kept as facts. */
static str fact_about(const struct ledger *l, str kept_as)
{
    static const struct {
        str kept_as, name;
    } others[] = {{SC("flow"), SC("流程")},
                  {SC("decision_table"), SC("政策表")},
                  {SC("policy"), SC("政策筛查")},
                  {SC("report"), SC("报告")}};
    if (l)
        return l->name;
    for (size_t i = 0; i < COUNT(others); i++)
        if (str_eq(others[i].kept_as, kept_as))
            return others[i].name;
    return kept_as;
}

/* Facts as people see them; those of ledgers they may not read, and records not theirs, are left out. */
[[nodiscard]] static bool write_facts(struct call *c, const struct fact_query *q, int want, bool brief,
                                      int64_t *ret_next)
{
    struct json_out *w = &c->out;
    struct fact_query query = *q;
    int written = 0, looked = 0;
    *ret_next = 0;
    json_open(w, '[');
    for (bool more = true; more && written < want && (!brief || looked < RECENT_LOOKED_MAX); looked += query.limit) {
        struct fact *facts;
        size_t count;
        query.limit = want * 2;
        if (!fact_list(c->tx, &query, &facts, &count))
            return false;
        more = count == (size_t)query.limit;
        for (size_t i = 0; i < count && written < want; i++) {
            const struct fact *f = &facts[i];
            query.before = f->no;
            const struct ledger *l = town_ledger(c->town, f->ledger), *of = l;
            id about = f->record;
            if (l ? !ledger_readable(c, l) : brief) /* what belongs to no ledger has no title that says something */
                continue;
            if (str_eq(f->ledger, S("flow")) && !flow_about(c->tx, c->flow, f->record, &of, &about))
                return false;
            str title = S("");
            int faults = c->op->fault_count;
            struct record *r;
            if (of && !id_none(about)) {
                if (!record_get(c->tx, c->town, c->who, of, about, &r)) {
                    bool system = op_has_fault(c->op, FAULT_SYSTEM);
                    op_forgive(c->op, faults);
                    if (system || brief)
                        continue;
                    r = NULL;
                }
                title = r ? r->title : S("（不在可见范围）");
            }
            struct json *body;
            if (!brief && f->act == FACT_EXPORT && json_parse(c->op, f->body, &body))
                title = json_str(body, S("理由")); /* what was taken out; no record alone */
            json_open(w, '{');
            json_put_int(w, S("no"), f->no);
            json_put_text(w, S("at"), time_text(c->op, f->at));
            json_put_text(w, S("account"), id_none(f->account) ? S("") : id_text(c->op, f->account));
            json_put_text(w, S("name"), f->account_name);
            json_put_text(w, S("act"), fact_act_name(f->act));
            json_put_text(w, S("ledger"), fact_about(l, f->ledger));
            json_put_text(w, S("english"), l ? l->english : f->ledger);
            json_put_text(w, S("record"), id_none(f->record) ? S("") : id_text(c->op, f->record));
            json_put_text(w, S("title"), title);
            json_put_int(w, S("version"), f->version);
            if (!brief)
                json_put_text(w, S("hash"), f->hash_text);
            json_close(w, '}');
            written++;
            *ret_next = f->no;
        }
    }
    json_close(w, ']');
    if (written < want)
        *ret_next = 0;
    return true;
}

bool workbench(struct call *c)
{
    struct json_out *w = &c->out;
    int64_t next;
    json_open(w, '{');
    json_put_text(w, S("today"), day_text(c->op, day_at(c->op->now)));
    if (!write_groups(c) || !write_figures(c, S("figures"), false, S("")) ||
        !write_figures(c, S("doubts"), true, S("")) || !write_guide(c))
        return false;
    json_key(w, S("recent"));
    if (!write_facts(c, &(struct fact_query){0}, 12, true, &next))
        return false;
    json_close(w, '}');
    return true;
}

/* ---- audit ------------------------------------------------------------------------------------------------- */

/* The right 审计 on every ledger (台账 = *) opens the history as a whole. */
bool audit_allowed(struct call *c)
{
    for (size_t i = 0; i < c->who->grant_count; i++)
        if (str_eq(c->who->grants[i].ledger, S("*")) && (c->who->grants[i].acts & 1u << ACT_AUDIT))
            return true;
    return c->who->system || op_fail(c->op, FAULT_DENIED, S(""), "您的岗位没有审计权限");
}

bool audit_facts(struct call *c)
{
    struct fact_query q = {0};
    int limit;
    if (!audit_allowed(c) || !limit_param(c, 500, 50, &limit))
        return false;
    str ledger = http_query(c->request, S("ledger")), account = http_query(c->request, S("account"));
    str record = http_query(c->request, S("record")), from = http_query(c->request, S("from")),
        to = http_query(c->request, S("to"));
    str cursor = http_query(c->request, S("cursor"));
    if (ledger.n) {
        const struct ledger *l = town_ledger(c->town, ledger);
        if (!l)
            return op_fail(c->op, FAULT_INPUT, S("ledger"), "没有名为“%.*s”的台账", PS(ledger));
        q.ledger = l->english;
    }
    if (account.n && !id_parse(account, &q.account))
        return op_fail(c->op, FAULT_INPUT, S("account"), "账号编号不成样子");
    if (record.n && !id_parse(record, &q.record))
        return op_fail(c->op, FAULT_INPUT, S("record"), "记录编号不成样子");
    if ((from.n && !time_parse(from, &q.from)) || (to.n && !time_parse(to, &q.to)))
        return op_fail(c->op, FAULT_INPUT, S("from"), "时间须写成 2021-12-31 或 2021-12-31T08:00 的样子");
    struct json number = {.kind = JSON_NUMBER, .text = cursor};
    if (cursor.n && !json_int(&number, &q.before))
        return op_fail(c->op, FAULT_INPUT, S("cursor"), "翻页标记不成样子，请从头查起");
    struct json_out *w = &c->out;
    int64_t next;
    json_open(w, '{');
    json_key(w, S("items"));
    if (!write_facts(c, &q, limit, false, &next))
        return false;
    json_key(w, S("next"));
    if (next)
        json_text(w, op_text(c->op, "%lld", (long long)next));
    else
        json_null(w);
    json_close(w, '}');
    return true;
}

/* ---- files ------------------------------------------------------------------------------------------------- */

bool file_put(struct call *c)
{
    int fd;
    str digest;
    if (c->request->body_size == 0)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "文件是空的，请重新选择");
    if (!http_body_file(c->op, c->request, &fd) || !store_file_keep(c->tx, fd, &digest) ||
        !store_file_waits(c->tx, digest))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("name"), upload_name(c));
    json_put_text(&c->out, S("digest"), digest);
    json_put_int(&c->out, S("size"), c->request->body_size);
    json_close(&c->out, '}');
    return true;
}

static bool mentions(const struct json *v, str digest)
{
    if (v->kind == JSON_STRING)
        return str_eq(v->text, digest);
    for (const struct json *m = v->first; m; m = m->next)
        if (mentions(m, digest))
            return true;
    return false;
}

/* The record that shows it, by one's own right or by a case that one takes part in. */
[[nodiscard]] static bool file_record(struct call *c, struct record **ret, bool *ret_proof)
{
    const struct ledger *l = town_ledger(c->town, http_query(c->request, S("ledger")));
    str of_case = http_query(c->request, S("case"));
    id record;
    struct flow_view v;
    if (of_case.n) {
        if (!id_parse(of_case, &record))
            return op_fail(c->op, FAULT_INPUT, S("case"), "须说明文件属于哪件事项");
        if (!flow_view(c->tx, c->flow, c->who, record, &v))
            return false;
        *ret = v.record;
        for (size_t i = 0; i < v.word_count; i++) /* signatures, and papers that an opinion was taken from */
            *ret_proof = *ret_proof ||
                         (c->word.n && (str_eq(v.words[i].signature, c->word) || str_eq(v.words[i].evidence, c->word)));
        return true;
    }
    if (!l || !id_parse(http_query(c->request, S("record")), &record))
        return op_fail(c->op, FAULT_INPUT, S("record"), "须说明文件属于哪条记录");
    return record_get(c->tx, c->town, c->who, l, record, ret);
}

/* A file is seen by who sees a record that holds it. */
bool file_get(struct call *c)
{
    struct record *r;
    bool proof = false;
    if (!file_record(c, &r, &proof))
        return false;
    if (!proof && !mentions(r->values, c->word))
        return op_fail(c->op, FAULT_MISSING, S("文件"), "这条记录没有这个文件");
    int fd;
    int64_t size;
    if (!store_file_open(c->tx, c->word, &fd, &size))
        return false;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* the store's ends with the op, the reply's when it is sent */
    if (fd < 0)
        return op_fail(c->op, FAULT_SYSTEM, S("文件"), "打开的文件太多，请稍后再试");
    str name = http_query(c->request, S("name"));
    http_attachment(c->reply, name.n ? name : c->word); /* always saved, never shown by the browser as a page of ours */
    http_send_file(c->reply, S("application/octet-stream"), fd, 0, size);
    return true;
}

/* ---- about ------------------------------------------------------------------------------------------------- */

bool openapi(struct call *c)
{
    c->reply->type = S("application/json");
    c->reply->body = api_describe(c->op, c->town, c->api->config.version);
    c->answered = true;
    return true;
}

bool health(struct call *c)
{
    struct json_out *w = &c->out;
    int64_t facts;
    if (!store_fact_count(c->tx, &facts))
        return false;
    json_open(w, '{');
    json_put_bool(w, S("ok"), true);
    json_put_text(w, S("version"), c->api->config.version);
    json_put_text(w, S("started"), time_text(c->op, c->api->config.started));
    json_put_int(w, S("facts"), facts);
    json_close(w, '}');
    return true;
}
