/* From request to route to answer: the one place where a session is asked for, a transaction opened and committed, an
 * error told. */
#include "api/call.h"

#include <openssl/crypto.h>
#include <stdlib.h>

enum { JSON_BODY_MAX = 1 << 20 }; /* the largest form, with its child rows, is far below */

static const struct {
    int status;
    str title;
} problems[FAULT_KINDS] = {
    [FAULT_INPUT] = {422, SC("内容有误")},
    [FAULT_DENIED] = {403, SC("没有权限")},
    [FAULT_MISSING] = {404, SC("没有找到")},
    [FAULT_CONFLICT] = {409, SC("与他人的修改冲突")},
    [FAULT_SYSTEM] = {500, SC("系统未能完成")},
};
static const str kind_names[FAULT_KINDS] = {SC("input"), SC("denied"), SC("missing"), SC("conflict"), SC("system")};

/* The first fault decides the status; a handler that knows better has set it. */
static void call_problem(struct call *c)
{
    struct op *op = c->op;
    const struct fault *first = op->faults;
    enum fault_kind kind = first ? first->kind : FAULT_SYSTEM;
    int status = c->reply->status >= 400 ? c->reply->status : problems[kind].status;
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_text(&w, S("type"), S("about:blank"));
    json_put_text(&w, S("title"), problems[kind].title);
    json_put_int(&w, S("status"), status);
    json_put_text(&w, S("detail"), first ? first->text : S("请稍后再试；仍不成功请联系管理员"));
    json_put_open(&w, S("errors"), '[');
    for (const struct fault *f = first; f; f = f->next) {
        json_open(&w, '{');
        json_put_text(&w, S("field"), f->field);
        json_put_text(&w, S("text"), f->text);
        json_put_text(&w, S("kind"), kind_names[f->kind]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    if (c->current) {
        json_key(&w, S("current"));
        struct json_out kept = c->out;
        c->out = w;
        write_record(c, c->ledger, c->current);
        w = c->out;
        c->out = kept;
    }
    json_close(&w, '}');
    c->reply->status = status;
    c->reply->type = S("application/problem+json");
    c->reply->etag = (str){0};
    c->reply->body = buf_str(&b);
}

[[nodiscard]] static bool refuse(struct call *c, int status, enum fault_kind kind, const char *text)
{
    c->reply->status = status;
    return op_fail(c->op, kind, S(""), "%s", text);
}

/* ---- matching ---------------------------------------------------------------------------------------------- */

/* "/api/ledgers/{ledger}/records/{id}" against a path; what the braces took goes to words in order. */
static bool path_matches(const char *pattern, str path, str words[4], str names[4])
{
    int taken = 0;
    size_t at = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p != '{') {
            if (at == path.n || path.p[at++] != *p)
                return false;
            continue;
        }
        const char *name = p + 1;
        size_t from = at;
        while (*p != '}')
            p++;
        while (at < path.n && path.p[at] != '/')
            at++;
        if (at == from)
            return false;
        must(taken < 4);
        names[taken] = (str){name, (size_t)(p - name)};
        words[taken++] = str_part(path, from, at);
    }
    return at == path.n;
}

/* Which methods an address takes (RFC 9110, 10.2.1). */
static str methods_of(struct op *op, str path)
{
    str words[4], names[4], taken[HTTP_METHODS];
    size_t count = 0;
    for (size_t i = 0; i < route_count && count < HTTP_METHODS; i++)
        if (path_matches(routes[i].path, path, words, names))
            taken[count++] = http_methods[routes[i].method];
    return op_join(op, taken, count, S(", "));
}

static const struct route *route_find(const struct http_request *request, str words[4], str names[4],
                                      bool *ret_other_method)
{
    *ret_other_method = false;
    for (size_t i = 0; i < route_count; i++) {
        if (!path_matches(routes[i].path, request->path, words, names))
            continue;
        if (routes[i].method == request->method)
            return &routes[i];
        *ret_other_method = true;
    }
    return NULL;
}

int64_t api_body_max([[maybe_unused]] void *api, const struct http_request *request)
{
    str words[4] = {0}, names[4] = {0};
    bool other;
    const struct route *route = route_find(request, words, names, &other);
    if (!route)
        return 0;
    switch (route->body) {
    case BODY_NONE:
        return 0;
    case BODY_JSON:
        return JSON_BODY_MAX;
    case BODY_FILE:
        return (int64_t)UPLOAD_MAX_MB << 20;
    }
    return 0;
}

/* ---- pages ------------------------------------------------------------------------------------------------- */

/* The pages are one application: what is not below /assets/ is a place inside it, even when it ends like a file: an
 * office's own template is called 救助.xlsx. */
static void page_reply(const struct api *api, const struct http_request *request, struct http_reply *reply)
{
    str path = str_eq(request->path, S("/")) ? S("/index.html") : request->path;
    const struct http_asset *asset = http_asset_find(api->config.assets, api->config.asset_count, path);
    if (!asset) {
        size_t last = path.n;
        while (last && path.p[last - 1] != '/')
            last--;
        size_t dot;
        bool deep = last > 1 && !str_starts(path, S("/assets/"));
        if (deep || !str_find(str_part(path, last, path.n), S("."), &dot))
            asset = http_asset_find(api->config.assets, api->config.asset_count, S("/index.html"));
    }
    if (request->method != HTTP_GET || !asset) {
        reply->status = asset ? 405 : 404;
        if (asset)
            http_add(reply, S("Allow"), S("GET"));
        reply->type = S("text/plain; charset=utf-8");
        reply->body = asset ? S("只能用 GET 打开网页\n") : S("没有这个网页\n");
        return;
    }
    http_asset_reply(asset, request, reply);
}

/* ---- a call ------------------------------------------------------------------------------------------------ */

void session_cookie(struct call *c, str token)
{
    http_add(c->reply, S("Set-Cookie"),
             op_text(c->op, "zhenwu=%.*s; Path=/; HttpOnly; SameSite=Strict%s%s", PS(token),
                     c->api->config.secure_only || c->request->secure ? "; Secure" : "", token.n ? "" : "; Max-Age=0"));
}

static bool same_secret(str a, str b)
{
    return a.n == b.n && a.n > 0 && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

/* Reads the session behind the cookie. Its read snapshot is left open when the route reads anyway. */
[[nodiscard]] static bool session_read(struct call *c, str token)
{
    bool found;
    uint64_t generation = known_generation(c->api);
    if (!store_begin(c->api->config.store, c->op, TX_READ, &c->tx) ||
        !org_session(c->tx, c->town, token, &c->session, &found))
        return false;
    if (!found) {
        session_cookie(c, S(""));
        return refuse(c, 401, FAULT_DENIED, "登录已过期，请重新登录");
    }
    known_keep(c, token, generation);
    if (c->route->tx == OPEN_READ)
        return true;
    struct tx *done = c->tx;
    c->tx = NULL;
    return store_commit(done);
}

/* Writes down that the session is in use, now and then. */
[[nodiscard]] static bool session_touch(struct call *c, str token)
{
    struct tx *read = c->tx, *touch;
    c->tx = NULL;
    if (read && !store_commit(read))
        return false;
    if (!store_begin(c->api->config.store, c->op, TX_WRITE, &touch) || !org_touch(touch, token) || !store_commit(touch))
        return false;
    known_forget(c->api);
    return true;
}

[[nodiscard]] static bool session_enter(struct call *c)
{
    str token = http_cookie(c->request, S("zhenwu"));
    if (token.n == 0)
        return refuse(c, 401, FAULT_DENIED, "请先登录");
    if (!known_take(c, token) && !session_read(c, token))
        return false;
    c->who = &c->session->who;
    if (c->request->method != HTTP_GET && !same_secret(http_header(c->request, S("X-CSRF")), c->session->csrf))
        return refuse(c, 403, FAULT_DENIED, "请求缺少防伪标记，请刷新页面后再试");
    if (c->session->must_change && !str_starts(str_z(c->route->path), S("/api/session")))
        return refuse(c, 403, FAULT_DENIED, "一次性密码须先修改，才能办理其他事项");
    return !org_is_stale(c->session, c->op->now) || session_touch(c, token);
}

/* Records of most ledgers say nothing about who somebody is. */
static bool may_change_sessions(const struct call *c)
{
    static const str followed[] = {SC("账号"), SC("岗位"), SC("权限"), SC("村组")};
    if (c->request->method == HTTP_GET)
        return false;
    for (size_t i = 0; i < COUNT(followed); i++)
        if (c->ledger && str_eq(c->ledger->name, followed[i]))
            return true;
    return !c->ledger;
}

[[nodiscard]] static bool words_take(struct call *c, const str words[4], const str names[4])
{
    for (int i = 0; i < 4 && names[i].n; i++) {
        if (str_eq(names[i], S("ledger"))) {
            c->ledger = town_ledger(c->town, words[i]);
            if (!c->ledger)
                return op_fail(c->op, FAULT_MISSING, S("台账"), "没有名为“%.*s”的台账", PS(words[i]));
        } else if (str_eq(names[i], S("id"))) {
            if (!id_parse(words[i], &c->id))
                return op_fail(c->op, FAULT_MISSING, S("编号"), "没有编号为“%.*s”的记录，请从列表里打开", PS(words[i]));
        } else {
            c->word = words[i];
        }
    }
    return true;
}

/* A parameter that is misspelt must not be answered as if it had not been asked: as-of is not today. */
[[nodiscard]] static bool query_known(struct call *c)
{
    str all = str_z(c->route->query);
    for (size_t i = 0; i < c->request->query.n; i++) {
        str name = c->request->query.p[i].name, known = {0}, rest = all;
        while (rest.n && !(known.n && str_eq(known, name)))
            str_split(rest, ' ', &known, &rest);
        if (name.n && str_eq(known, name))
            continue;
        c->reply->status = 400;
        return op_fail(c->op, FAULT_INPUT, name, "没有“%.*s”这个参数%s%.*s，请核对写法", PS(name), all.n ? "，可用的有 " : "", PS(all));
    }
    return true;
}

[[nodiscard]] static bool body_take(struct call *c)
{
    if (c->route->body != BODY_JSON)
        return true;
    str body = c->request->body;
    if (c->request->body_fd >= 0 && !http_body_read(c->op, c->request, 0, JSON_BODY_MAX, &body))
        return false;
    struct json *tree;
    if (!json_parse(c->op, body.n ? body : S("{}"), &tree)) {
        c->reply->status = 400;
        return false;
    }
    if (tree->kind != JSON_OBJECT)
        return refuse(c, 400, FAULT_INPUT, "请求内容须是一个 JSON 对象");
    c->body = tree;
    return true;
}

[[nodiscard]] static bool seen_take(struct call *c)
{
    if (route_version(c->route) != VERSION_SEEN)
        return true;
    str seen = http_header(c->request, S("If-Match"));
    if (seen.n == 0) {
        c->reply->status = 428;
        return op_fail(c->op, FAULT_INPUT, S("If-Match"), "请求须带所见版本，请刷新后再试");
    }
    if (seen.n >= 2 && seen.p[0] == '"')
        seen = str_part(seen, 1, seen.n - 1);
    struct json number = {.kind = JSON_NUMBER, .text = seen};
    if (seen.n && json_int(&number, &c->seen))
        return true;
    c->reply->status = 400;
    return op_fail(c->op, FAULT_INPUT, S("If-Match"), "所见版本须是整数");
}

[[nodiscard]] static bool call_run(struct call *c, const str words[4], const str names[4])
{
    if (c->route->need == NEED_SESSION && !session_enter(c))
        return false;
    if (!query_known(c) || !words_take(c, words, names) || !body_take(c) || !seen_take(c))
        return false;
    if (c->route->tx != OPEN_NONE && !c->tx &&
        !store_begin(c->api->config.store, c->op, c->route->tx == OPEN_WRITE ? TX_WRITE : TX_READ, &c->tx))
        return false;
    if (c->tx && !flow_now(c->tx, c->flow, &c->flow))
        return false;
    if (!c->route->handle(c))
        return false;
    struct tx *done = c->tx;
    c->tx = NULL;
    return !done || store_commit(done);
}

void api_handle(void *context, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    struct api *api = context;
    if (!str_starts(request->path, S("/api/"))) {
        page_reply(api, request, reply);
        return;
    }
    struct call c = {.api = api, .op = op, .town = api->config.town, .flow = api->config.flow, .request = request, .reply = reply};
    buf_init(&c.text, op, 0);
    c.out.b = &c.text;
    str words[4] = {0}, names[4] = {0};
    bool other_method, done;
    c.route = route_find(request, words, names, &other_method);
    if (!c.route && other_method)
        http_add(reply, S("Allow"), methods_of(op, request->path));
    if (!c.route)
        done = refuse(&c, other_method ? 405 : 404, FAULT_MISSING, other_method ? "这个地址不接受这种请求" : "没有这个接口");
    else
        done = call_run(&c, words, names);
    if (may_change_sessions(&c))
        known_forget(api);
    if (!done) {
        if (c.answered)
            http_break(reply); /* half a download must not look whole */
        else
            call_problem(&c);
        if (c.tx)
            store_abandon(c.tx);
        return;
    }
    if (c.told.ledger || c.route->tx == OPEN_WRITE)
        live_tell(api, op->now, &c.told, c.route->tx == OPEN_WRITE);
    if (c.answered)
        return;
    if (c.text.n == 0 && !reply->file) {
        reply->status = 204;
        return;
    }
    if (c.text.n) {
        reply->type = S("application/json");
        reply->body = buf_str(&c.text);
    }
}

/* ---- opening and closing ----------------------------------------------------------------------------------- */

bool api_open(struct op *op, const struct api_config *config, struct api **ret)
{
    struct api *api = op_new(op, struct api);
    api->config = *config;
    struct who system = org_system();
    static const str name[] = {SC("名称")}; /* its counts would take as long as the town is large */
    struct list_query q = {.where = S("类型 = \"镇\""), .limit = 1, .fields = name, .field_count = COUNT(name)};
    struct list_page page = {0};
    struct tx *tx;
    const struct ledger *groups = town_ledger(config->town, S("村组"));
    if (!store_begin(config->store, op, TX_READ, &tx) ||
        (groups && !list_read(tx, config->town, &system, groups, &q, &page)))
        return false;
    store_abandon(tx);
    api->town_name = page.record_count ? json_str(page.records[0].values, S("名称")) : S("镇务");
    pthread_mutex_init(&api->lock, NULL);
    known_open(api);
    lives_open(api);
    *ret = api;
    return true;
}

void api_close(struct api *api)
{
    jobs_close(api);
    lives_close(api);
    crowds_close(api);
    known_close(api);
    pthread_mutex_destroy(&api->lock);
}
