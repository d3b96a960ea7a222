#include "org/org.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

/* RFC 9106 with OWASP's smaller memory: 19 MiB, 2 passes, 1 lane; about 50 ms of one core. */
enum { HASH_PASSES = 2, HASH_KIB = 19 << 10, HASH_LANES = 1, HASH_BYTES = 32, SALT_BYTES = 16, HASH_TEXT_MAX = 160 };
enum { PASSWORD_MADE = 12, TOUCH_MS = 5 * 60 * 1000 };

struct who org_system(void)
{
    return (struct who){.name = S("系统"), .system = true};
}

static const char *const steps[] = {
    "create table org_secret (town text not null, account blob primary key, hash text not null, must_change integer "
    "not null)",
    "create table org_guess (town text not null, subject text primary key, count integer not null, until integer not "
    "null)",
    "create table org_session (town text not null, token text primary key, account blob not null, post blob not null, "
    "csrf text not null,"
    " made integer not null, used integer not null)",
    "create index org_session_account on org_session (account)",
};

bool org_setup(struct tx *tx)
{
    return store_schema(tx, S("org"), steps, COUNT(steps));
}

/* ---- secrets ----------------------------------------------------------------------------------------------- */

static str hex(struct op *op, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *p = op_alloc(op, count * 2 + 1);
    for (size_t i = 0; i < count; i++) {
        p[2 * i] = digits[bytes[i] >> 4];
        p[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (str){p, count * 2};
}

/* Secrets come from the system's generator, not from op: a replay must not be able to repeat them. */
static str secret_new(struct op *op, size_t bytes)
{
    unsigned char *p = op_alloc(op, bytes);
    must(RAND_bytes(p, (int)bytes) == 1);
    return hex(op, p, bytes);
}

/* Letters and digits that are not mistaken for each other when read out over the telephone. */
str org_password_new(struct op *op)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    char *p = op_alloc(op, PASSWORD_MADE + 3);
    size_t n = 0;
    for (int i = 0; i < PASSWORD_MADE; i++) {
        unsigned char byte;
        do
            must(RAND_bytes(&byte, 1) == 1);
        while (byte >= 256 / (sizeof letters - 1) * (sizeof letters - 1));
        if (i && i % 4 == 0)
            p[n++] = '-';
        p[n++] = letters[byte % (sizeof letters - 1)];
    }
    return (str){p, n};
}

static str hash_new(struct op *op, str password)
{
    unsigned char salt[SALT_BYTES];
    char *text = op_alloc(op, HASH_TEXT_MAX);
    must(RAND_bytes(salt, sizeof salt) == 1);
    must(argon2id_hash_encoded(HASH_PASSES, HASH_KIB, HASH_LANES, password.p, password.n, salt, sizeof salt, HASH_BYTES,
                               text, HASH_TEXT_MAX) == ARGON2_OK);
    return str_z(text);
}

/* What the database holds of a token: SM3, so that a copy of it opens no session. */
static str token_digest(struct op *op, str token)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n;
    must(EVP_Digest(token.p, token.n, digest, &n, EVP_sm3(), NULL) == 1);
    return hex(op, digest, n);
}

[[nodiscard]] static bool password_fits(struct op *op, str password, str login)
{
    size_t count = utf8_count(password);
    if (count < PASSWORD_MIN || password.n > PASSWORD_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("new"), "密码须有 %d 到 %d 个字符", PASSWORD_MIN, PASSWORD_MAX);
    bool same = true, rising = true;
    for (size_t i = 1; i < password.n; i++) {
        same = same && password.p[i] == password.p[0];
        rising = rising && password.p[i] == password.p[i - 1] + 1;
    }
    if (same || rising || str_eq(password, login))
        return op_fail(op, FAULT_INPUT, S("new"), "这个密码太容易猜到，请换一个");
    return true;
}

/* ---- accounts ---------------------------------------------------------------------------------------------- */

static struct json *object_new(struct op *op)
{
    struct json *o = op_new(op, struct json);
    o->kind = JSON_OBJECT;
    return o;
}

static void member_add(struct op *op, struct json *object, str key, enum json_kind kind, str text)
{
    struct json **end = &object->first;
    while (*end)
        end = &(*end)->next;
    struct json *m = *end = op_new(op, struct json);
    *m = (struct json){.kind = kind, .key = key, .text = text};
    object->count++;
}

[[nodiscard]] static bool secret_keep(struct tx *tx, id account, str hash, bool must_change)
{
    return store_run(tx,
                     "insert into org_secret (town, account, hash, must_change) values ($1, $2, $3, $4)"
                     " on conflict (account) do update set hash = excluded.hash, must_change = excluded.must_change",
                     ARGS(TEXT(store_town(tx)), ID(account), TEXT(hash), INT(must_change)), NULL);
}

[[nodiscard]] static bool account_fact(struct tx *tx, id account, id by, str by_name, enum fact_act act, str what)
{
    struct buf b;
    buf_init(&b, tx->op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_text(&w, S("理由"), what);
    json_close(&w, '}');
    struct fact f = {.account = by,
                     .account_name = by_name,
                     .ledger = S("account"),
                     .record = account,
                     .act = act,
                     .body = buf_str(&b)};
    int64_t no;
    return fact_keep(tx, &f, &no);
}

bool org_account_add(struct tx *tx, const struct town *town, const struct who *who, const struct org_new *a,
                     id *ret_account, str *ret_password)
{
    struct op *op = tx->op;
    const struct ledger *accounts = town_ledger(town, S("账号")), *posts = town_ledger(town, S("岗位"));
    if (!accounts || !posts)
        return op_fail(op, FAULT_SYSTEM, S(""), "业务包“系统”缺少账号或岗位台账");
    struct json *values = object_new(op);
    member_add(op, values, S("登录名"), JSON_STRING, a->login);
    member_add(op, values, S("姓名"), JSON_STRING, a->name);
    if (!id_none(a->staff))
        member_add(op, values, S("干部"), JSON_STRING, id_text(op, a->staff));
    struct record *account, *post;
    struct warning *warnings;
    if (!record_add(tx, town, who, accounts, values, &warnings, &account))
        return false;
    struct json *post_values = object_new(op);
    member_add(op, post_values, S("账号"), JSON_STRING, id_text(op, account->id));
    member_add(op, post_values, S("名称"), JSON_STRING, a->role);
    member_add(op, post_values, S("角色"), JSON_STRING, a->role);
    member_add(op, post_values, S("起"), JSON_STRING, day_text(op, day_at(op->now)));
    if (!id_none(a->group))
        member_add(op, post_values, S("村组"), JSON_STRING, id_text(op, a->group));
    if (!record_add(tx, town, who, posts, post_values, &warnings, &post))
        return false;
    str password = a->password.n ? a->password : org_password_new(op);
    if (!secret_keep(tx, account->id, hash_new(op, password), a->password.n == 0))
        return false;
    *ret_account = account->id;
    *ret_password = password;
    return true;
}

bool org_first(struct tx *tx, const struct town *town, str *ret_login, str *ret_password)
{
    struct who who = org_system();
    const struct ledger *accounts = town_ledger(town, S("账号"));
    int64_t count;
    id account;
    *ret_login = S("admin");
    *ret_password = S("");
    if (!accounts)
        return op_fail(tx->op, FAULT_SYSTEM, S(""), "业务包“系统”缺少账号台账");
    if (!list_count(tx, town, &who, accounts, S(""), &count))
        return false;
    if (count > 0)
        return true;
    return org_account_add(tx, town, &who,
                           &(struct org_new){.login = S("admin"), .name = S("管理员"), .role = S("系统管理员")},
                           &account, ret_password);
}

/* ---- sessions ---------------------------------------------------------------------------------------------- */

static const str *names_split(struct op *op, str text, size_t *ret_count)
{
    struct { str *p; size_t n, cap; } names = {0};
    for (str name; str_take(&text, S("、"), &name);)
        if (str_trim(name).n)
            *list_add(op, &names) = op_copy(op, str_trim(name));
    *ret_count = names.n;
    return names.p;
}

static unsigned acts_of(const struct json *list)
{
    unsigned acts = 0;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next)
        for (int act = 0; act < ACTS; act++)
            if (str_eq(e->text, act_names[act]))
                acts |= 1u << act;
    return acts;
}

/* FEEL text of a value, safe inside a condition. */
static str quoted(struct op *op, str text)
{
    return feel_literal(op, feel_of_text(text));
}

/* The rows of 权限 for a role, as grants. */
[[nodiscard]] static bool grants_load(struct tx *tx, const struct town *town, const struct post *post, struct who *who)
{
    struct op *op = tx->op;
    struct who system = org_system();
    const struct ledger *rights = town_ledger(town, S("权限"));
    struct list_query q = {.where = op_text(op, "角色 = %.*s", PS(quoted(op, post->role))), .limit = LIST_LIMIT_MAX};
    struct list_page page;
    if (!rights || !list_read(tx, town, &system, rights, &q, &page))
        return false;
    struct grant *grants = op_array(op, struct grant, page.record_count);
    for (size_t i = 0; i < page.record_count; i++) {
        const struct json *v = page.records[i].values;
        struct grant *g = &grants[i];
        g->ledger = json_str(v, S("台账"));
        g->acts = acts_of(json_get(v, S("动作")));
        g->whole_town = str_eq(json_str(v, S("范围")), S("全镇"));
        g->group = post->group;
        g->masks = json_true(v, S("遮盖"));
        g->masked = names_split(op, json_str(v, S("遮盖字段")), &g->masked_count);
        g->where = json_str(v, S("行条件"));
    }
    who->grants = grants;
    who->grant_count = page.record_count;
    return true;
}

/* The posts of an account that are in force today. */
[[nodiscard]] static bool posts_load(struct tx *tx, const struct town *town, id account, struct post **ret,
                                     size_t *ret_count)
{
    struct op *op = tx->op;
    struct who system = org_system();
    const struct ledger *posts = town_ledger(town, S("岗位"));
    struct list_query q = {.where = op_text(op, "账号 = \"%.*s\" and 起 <= today() and (止 = null or 止 >= today())",
                                            PS(id_text(op, account))),
                           .limit = 50};
    struct list_page page;
    if (!posts || !list_read(tx, town, &system, posts, &q, &page))
        return false;
    struct post *list = op_array(op, struct post, page.record_count);
    for (size_t i = 0; i < page.record_count; i++) {
        const struct record *r = &page.records[i];
        list[i] = (struct post){.id = r->id, .name = json_str(r->values, S("名称")), .role = json_str(r->values, S("角色")),
                                .group_name = json_str(r->labels, S("村组"))};
        id_parse(json_str(r->values, S("村组")), &list[i].group);
    }
    *ret = list;
    *ret_count = page.record_count;
    return true;
}

/* Whoever has left the office signs in no more from the day after; what they signed stays theirs. */
static bool has_left(const struct record *account, day today)
{
    day left;
    return day_parse(json_str(account->values, S("离任")), &left) && left < today;
}

/* Everything a session needs, from its account. Not found: stopped, withdrawn, gone or without a post. */
[[nodiscard]] static bool session_fill(struct tx *tx, const struct town *town, id account, id post, struct session *s,
                                       bool *ret_found)
{
    struct op *op = tx->op;
    struct who system = org_system();
    const struct ledger *accounts = town_ledger(town, S("账号"));
    struct list_query q = {.where = op_text(op, "id = \"%.*s\"", PS(id_text(op, account))), .limit = 1};
    struct list_page page;
    *ret_found = false;
    if (!accounts || !list_read(tx, town, &system, accounts, &q, &page))
        return false;
    if (page.record_count == 0 || json_true(page.records[0].values, S("停用")) ||
        has_left(&page.records[0], day_at(op->now)))
        return true;
    s->who.account = account;
    s->who.name = json_str(page.records[0].values, S("姓名"));
    s->login = json_str(page.records[0].values, S("登录名"));
    id_parse(json_str(page.records[0].values, S("干部")), &s->who.staff);
    if (!posts_load(tx, town, account, &s->posts, &s->post_count))
        return false;
    if (s->post_count == 0)
        return true;
    s->post = s->posts[0];
    for (size_t i = 0; i < s->post_count; i++)
        if (id_eq(s->posts[i].id, post))
            s->post = s->posts[i];
    s->who.post = s->post.id;
    *ret_found = true;
    return grants_load(tx, town, &s->post, &s->who);
}

bool org_session(struct tx *tx, const struct town *town, str token, struct session **ret, bool *ret_found)
{
    struct op *op = tx->op;
    struct rows *rows;
    bool more;
    *ret_found = false;
    if (token.n != TOKEN_TEXT)
        return true;
    if (!store_query(tx,
                     "select s.account, s.post, s.csrf, s.made, s.used, k.must_change from org_session s"
                     " join org_secret k on k.account = s.account where s.token = $1",
                     ARGS(TEXT(token_digest(op, token))), &rows) ||
        !rows_next(rows, &more))
        return false;
    if (!more)
        return true;
    struct session *s = op_new(op, struct session);
    id account = rows_id(rows, 0), post = rows_id(rows, 1);
    s->csrf = op_copy(op, rows_text(rows, 2));
    time_ms made = rows_int(rows, 3);
    s->used = rows_int(rows, 4);
    s->must_change = rows_int(rows, 5) != 0;
    rows_close(rows);
    s->expires =
        s->used + SESSION_IDLE_MS < made + SESSION_LIFE_MS ? s->used + SESSION_IDLE_MS : made + SESSION_LIFE_MS;
    if (op->now >= s->expires)
        return true;
    *ret = s;
    return session_fill(tx, town, account, post, s, ret_found);
}

bool org_is_stale(const struct session *s, time_ms now)
{
    return now - s->used > TOUCH_MS;
}

bool org_touch(struct tx *tx, str token)
{
    return store_run(tx, "update org_session set used = $1 where token = $2",
                     ARGS(INT(tx->op->now), TEXT(token_digest(tx->op, token))), NULL) &&
           store_run(tx, "delete from org_session where used < $1 or made < $2",
                     ARGS(INT(tx->op->now - SESSION_IDLE_MS), INT(tx->op->now - SESSION_LIFE_MS)), NULL);
}

/* ---- signing in -------------------------------------------------------------------------------------------- */

/* Guesses are counted for the account and for the address, so that neither one account nor many can be tried at
 * will. */
[[nodiscard]] static bool guess_waits(struct tx *tx, str subject, time_ms *ret_until)
{
    struct rows *rows;
    bool more;
    *ret_until = 0;
    if (!store_query(tx, "select until from org_guess where subject = $1 and count >= $2",
                     ARGS(TEXT(subject), INT(GUESSES_MAX)), &rows) ||
        !rows_next(rows, &more))
        return false;
    if (more)
        *ret_until = rows_int(rows, 0);
    rows_close(rows);
    return true;
}

[[nodiscard]] static bool guess_count(struct tx *tx, str subject)
{
    time_ms now = tx->op->now;
    /* Wrong tries further apart than the wait are forgotten. */
    return store_run(
        tx,
        "insert into org_guess (town, subject, count, until) values ($1, $2, 1, $3) on conflict (subject) do update set"
        " count = case when org_guess.until <= $4 then 1 else org_guess.count + 1 end, until = excluded.until",
        ARGS(TEXT(store_town(tx)), TEXT(subject), INT(now + GUESS_WAIT_MS), INT(now)), NULL);
}

struct candidate {
    id account;
    str hash;
    bool must_change;
};

/* The account of a login name and its hash. An unknown one gets a hash that nothing fits, so that both answers take as
 * long. */
[[nodiscard]] static bool candidate_load(struct tx *tx, const struct town *town, str login, struct candidate *ret)
{
    static const str nobody =
        SC("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    struct op *op = tx->op;
    struct who system = org_system();
    struct list_query q = {.where = op_text(op, "登录名 = %.*s", PS(quoted(op, login))), .limit = 1};
    struct list_page page = {0};
    const struct ledger *accounts = town_ledger(town, S("账号"));
    *ret = (struct candidate){.hash = nobody};
    if (!accounts || !list_read(tx, town, &system, accounts, &q, &page))
        return false;
    if (page.record_count == 0)
        return true;
    struct rows *rows;
    bool more;
    if (!store_query(tx, "select hash, must_change from org_secret where account = $1", ARGS(ID(page.records[0].id)),
                     &rows) ||
        !rows_next(rows, &more))
        return false;
    if (more)
        *ret = (struct candidate){page.records[0].id, op_copy(op, rows_text(rows, 0)), rows_int(rows, 1) != 0};
    rows_close(rows);
    return true;
}

bool org_guesses_forget(struct tx *tx)
{
    return store_run(tx, "delete from org_guess where town = $1", ARGS(TEXT(store_town(tx))), NULL);
}

bool org_account_find(struct tx *tx, const struct town *town, str login, id *ret_account)
{
    struct op *op = tx->op;
    struct who system = org_system();
    struct list_query q = {.where = op_text(op, "登录名 = %.*s", PS(quoted(op, login))), .limit = 1};
    struct list_page page;
    const struct ledger *accounts = town_ledger(town, S("账号"));
    if (!accounts)
        return op_fail(op, FAULT_SYSTEM, S(""), "业务包“系统”缺少账号台账");
    if (!list_read(tx, town, &system, accounts, &q, &page))
        return false;
    if (page.record_count == 0)
        return op_fail(op, FAULT_MISSING, login, "没有这个登录名；用 zhenwu export 账号 账号.csv 看有哪些");
    if (json_true(page.records[0].values, S("停用")))
        return op_fail(op, FAULT_CONFLICT, login, "这个账号已停用；请由管理员在“账号”里恢复");
    *ret_account = page.records[0].id;
    return true;
}

static bool fits(const struct candidate *c, str password)
{
    return argon2id_verify(c->hash.p, password.p, password.n) == ARGON2_OK;
}

[[nodiscard]] static bool wrong_password(struct op *op, struct store *store, str login, str address, id account)
{
    struct tx *tx;
    if (!store_begin(store, op, TX_WRITE, &tx) || !guess_count(tx, op_text(op, "账号 %.*s", PS(login))) ||
        !guess_count(tx, op_text(op, "地址 %.*s", PS(address))))
        return false;
    if (!id_none(account) && !account_fact(tx, account, (id){0}, S("（未登录）"), FACT_SIGN_REFUSED,
                                           op_text(op, "密码错误，来自 %.*s", PS(address))))
        return false;
    if (!store_commit(tx))
        return false;
    return op_fail(op, FAULT_DENIED, S("password"), "账号或密码不对，请核对后再试（连错 %d 次将暂停 15 分钟）", GUESSES_MAX);
}

static bool without_post(struct op *op)
{
    return op_fail(op, FAULT_DENIED, S("account"), "这个账号已停用或没有在任岗位，请联系管理员");
}

bool org_who(struct tx *tx, const struct town *town, id account, struct who *ret)
{
    struct session s = {0};
    bool found;
    if (!session_fill(tx, town, account, (id){0}, &s, &found))
        return false;
    *ret = s.who;
    return found || without_post(tx->op);
}

bool org_sign_in(struct op *op, struct store *store, const struct town *town, str login, str password, str address,
                 struct session **ret)
{
    if (login.n == 0 || login.n > 200 || password.n == 0 || password.n > PASSWORD_MAX * 4)
        return op_fail(op, FAULT_DENIED, S("password"), "请填写账号和密码");
    struct tx *tx;
    struct candidate c;
    time_ms account_until, address_until;
    if (!store_begin(store, op, TX_READ, &tx) || !candidate_load(tx, town, login, &c) ||
        !guess_waits(tx, op_text(op, "账号 %.*s", PS(login)), &account_until) ||
        !guess_waits(tx, op_text(op, "地址 %.*s", PS(address)), &address_until))
        return false;
    store_abandon(tx);
    time_ms until = account_until > address_until ? account_until : address_until;
    if (until > op->now)
        return op_fail(op, FAULT_DENIED, S("password"), "连续输错太多，请 %lld 分钟后再试，或请管理员重置密码",
                       (long long)((until - op->now + 59999) / 60000));
    bool right = fits(&c, password); /* 50 ms; no transaction is open */
    if (!right || id_none(c.account))
        return wrong_password(op, store, login, address, c.account);

    struct session *s = op_new(op, struct session);
    bool found;
    if (!store_begin(store, op, TX_WRITE, &tx) || !session_fill(tx, town, c.account, (id){0}, s, &found))
        return false;
    if (!found) {
        store_abandon(tx); /* others need not wait for the answer to this */
        return without_post(op);
    }
    s->token = secret_new(op, TOKEN_TEXT / 2);
    s->csrf = secret_new(op, 16);
    s->used = op->now;
    s->must_change = c.must_change;
    s->expires = op->now + SESSION_IDLE_MS;
    if (!store_run(tx,
                   "insert into org_session (town, token, account, post, csrf, made, used) values ($1, $2, $3, $4, $5, "
                   "$6, $7)",
                   ARGS(TEXT(store_town(tx)), TEXT(token_digest(op, s->token)), ID(c.account), ID(s->post.id),
                        TEXT(s->csrf), INT(op->now), INT(op->now)),
                   NULL) ||
        !store_run(tx, "delete from org_guess where subject = $1", ARGS(TEXT(op_text(op, "账号 %.*s", PS(login)))),
                   NULL) ||
        !account_fact(tx, c.account, c.account, s->who.name, FACT_SIGN_IN,
                      op_text(op, "登录，来自 %.*s", PS(address))) ||
        !store_commit(tx))
        return false;
    *ret = s;
    return true;
}

bool org_sign_out(struct tx *tx, const struct session *s, str token)
{
    return store_run(tx, "delete from org_session where token = $1", ARGS(TEXT(token_digest(tx->op, token))), NULL) &&
           account_fact(tx, s->who.account, s->who.account, s->who.name, FACT_SIGN_OUT, S("退出"));
}

bool org_post_choose(struct tx *tx, const struct session *s, str token, id post)
{
    for (size_t i = 0; i < s->post_count; i++)
        if (id_eq(s->posts[i].id, post))
            return store_run(tx, "update org_session set post = $1 where token = $2",
                             ARGS(ID(post), TEXT(token_digest(tx->op, token))), NULL);
    return op_fail(tx->op, FAULT_DENIED, S("post"), "这不是您在任的岗位");
}

bool org_password_change(struct op *op, struct store *store, const struct session *s, str token, str old_password,
                         str new_password)
{
    struct tx *tx;
    struct rows *rows;
    bool more;
    struct candidate c = {.account = s->who.account};
    if (!password_fits(op, new_password, s->login))
        return false;
    if (str_eq(old_password, new_password))
        return op_fail(op, FAULT_INPUT, S("new"), "新密码不能与原密码相同");
    if (!store_begin(store, op, TX_READ, &tx) ||
        !store_query(tx, "select hash from org_secret where account = $1", ARGS(ID(c.account)), &rows) ||
        !rows_next(rows, &more))
        return false;
    c.hash = more ? op_copy(op, rows_text(rows, 0)) : S("");
    rows_close(rows);
    store_abandon(tx);
    if (!fits(&c, old_password))
        return op_fail(op, FAULT_INPUT, S("old"), "原密码不对");
    str hash = hash_new(op, new_password);
    return store_begin(store, op, TX_WRITE, &tx) && secret_keep(tx, c.account, hash, false) &&
           store_run(tx, "delete from org_session where account = $1 and token <> $2",
                     ARGS(ID(c.account), TEXT(token_digest(op, token))), NULL) &&
           account_fact(tx, c.account, c.account, s->who.name, FACT_PASSWORD, S("修改密码")) && store_commit(tx);
}

bool org_password_reset(struct tx *tx, const struct town *town, const struct who *who, id account, str *ret_password)
{
    struct op *op = tx->op;
    const struct ledger *accounts = town_ledger(town, S("账号"));
    struct record *r;
    struct right right;
    if (!accounts || !right_for(op, town, who, accounts, ACT_CHANGE, &right) ||
        !record_get(tx, town, who, accounts, account, &r))
        return false;
    str password = org_password_new(op);
    if (!secret_keep(tx, account, hash_new(op, password), true) ||
        !store_run(tx, "delete from org_session where account = $1", ARGS(ID(account)), NULL) ||
        !store_run(tx, "delete from org_guess where subject = $1",
                   ARGS(TEXT(op_text(op, "账号 %.*s", PS(json_str(r->values, S("登录名")))))), NULL) ||
        !account_fact(tx, account, who->account, who->name, FACT_PASSWORD, S("重置密码")))
        return false;
    *ret_password = password;
    return true;
}
