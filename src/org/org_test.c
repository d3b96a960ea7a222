#include "base/test.h"
#include "org/org.h"

/* The town as it is shipped: its roles and rights are part of what is tested. */
struct house {
    struct op *op;
    struct store *store;
    struct town *town;
    struct who system;
    str admin;                   /* the first password */
};

static void close_store(void *store)
{
    store_close(store);
}

static void house_open(struct op *op, struct house *h)
{
    str folder, login;
    struct tx *tx;
    *h = (struct house){.op = op, .system = org_system()};
    test_dir_make(op, &folder);
    must(store_open(op, op_text(op, "%.*s/data", PS(folder)), &(struct store_options){.town = S("152524101")},
                    &h->store));
    op_defer(op, close_store, h->store);
    must(store_begin(h->store, op, TX_WRITE, &tx) && town_load(tx, S("packs"), &h->town) && org_setup(tx) &&
         town_begin(tx, h->town, NULL) && org_first(tx, h->town, &login, &h->admin) && store_commit(tx));
    check_str(login, S("admin"));
}

static id account_add(struct house *h, str login, str role, str password)
{
    struct tx *tx;
    id account = {0};
    check(store_begin(h->store, h->op, TX_WRITE, &tx) &&
          org_account_add(tx, h->town, &h->system,
                          &(struct org_new){.login = login, .name = S("王芳"), .role = role, .password = password},
                          &account, &password) &&
          store_commit(tx));
    return account;
}

static bool sign_in(struct house *h, str login, str password, str address, struct session **ret)
{
    return org_sign_in(h->op, h->store, h->town, login, password, address, ret);
}

/* The words of the refusal, which is then forgiven. */
static str refused(struct house *h, str login, str password, str address)
{
    struct session *s;
    int faults = h->op->fault_count;
    check(!sign_in(h, login, password, address, &s));
    str text = h->op->faults ? op_copy(h->op, h->op->faults->text) : S("");
    op_forgive(h->op, faults);
    return text;
}

static bool has(str text, str part)
{
    size_t at;
    return str_find(text, part, &at);
}

/* Whether the cookie still opens a session. */
static bool opens(struct house *h, str token, struct session **ret)
{
    struct tx *tx;
    bool found = false;
    check(store_begin(h->store, h->op, TX_READ, &tx) && org_session(tx, h->town, token, ret, &found) &&
          store_commit(tx));
    return found;
}

static bool may(struct house *h, const struct session *s, str ledger, enum act act)
{
    struct right right;
    int faults = h->op->fault_count;
    bool yes = right_for(h->op, h->town, &s->who, town_ledger(h->town, ledger), act, &right);
    op_forgive(h->op, faults);
    return yes;
}

static void account_change(struct house *h, str ledger, id record, str patch_text)
{
    struct tx *tx;
    struct json *patch;
    struct record *r;
    const struct ledger *l = town_ledger(h->town, ledger);
    check(json_parse(h->op, patch_text, &patch) && store_begin(h->store, h->op, TX_WRITE, &tx) &&
          record_get(tx, h->town, &h->system, l, record, &r) &&
          record_change(tx, h->town, &h->system, l, record, r->version, patch, S("测试"), NULL, &r) && store_commit(tx));
}

TEST("a new town has one account, whose password must be changed before anything else")
{
    struct house h;
    struct session *s;
    struct tx *tx;
    str login, again;
    house_open(op, &h);
    check(utf8_count(h.admin) == 14);
    check(sign_in(&h, S("admin"), h.admin, S("10.0.0.1"), &s) && s->must_change);
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_first(tx, h.town, &login, &again) && store_commit(tx));
    check_str(again, S("")); /* the second start makes no other */
    check(org_password_change(op, h.store, s, s->token, h.admin, S("镇里的新密码2021")));
    check(sign_in(&h, S("admin"), S("镇里的新密码2021"), S("10.0.0.1"), &s) && !s->must_change);
    check(may(&h, s, S("账号"), ACT_CHANGE) && may(&h, s, S("权限"), ACT_READ));
}

TEST("the words of a refusal do not tell whether the account exists")
{
    struct house h;
    house_open(op, &h);
    str known = refused(&h, S("admin"), S("不是这个密码"), S("10.0.0.2"));
    check_str(refused(&h, S("nobody"), S("不是这个密码"), S("10.0.0.3")), known);
    check(refused(&h, S(""), S("x"), S("10.0.0.3")).n > 0);
    check(refused(&h, S("\" or true or \""), S("x"), S("10.0.0.4")).n > 0);
}

TEST("after five wrong passwords account and address wait fifteen minutes, and then may try again")
{
    struct house h;
    struct session *s;
    house_open(op, &h);
    account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    for (int i = 0; i < GUESSES_MAX; i++)
        check(has(refused(&h, S("wangfang"), op_text(op, "猜测%d", i), S("10.0.0.5")), S("不对")));
    check(has(refused(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.6")), S("15 分钟")));
    check(has(refused(&h, S("admin"), h.admin, S("10.0.0.5")), S("分钟")));
    check(sign_in(&h, S("admin"), h.admin, S("10.0.0.6"), &s)); /* others are not held up */
    op->now += GUESS_WAIT_MS - 1;
    check(has(refused(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.6")), S("1 分钟")));
    op->now += 1;
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.5"), &s));
    check(has(refused(&h, S("wangfang"), S("又错了一次"), S("10.0.0.6")), S("不对"))); /* counting began anew */
}

TEST("a session ends two hours after its last use and twelve after signing in, and a copy of the database opens none")
{
    struct house h;
    struct session *s, *again;
    struct tx *tx;
    house_open(op, &h);
    account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.7"), &s));
    str token = s->token;
    time_ms began = op->now;
    check(token.n == TOKEN_TEXT && s->csrf.n == 32 && !str_eq(token, s->csrf));
    check(!opens(&h, S("0000000000000000000000000000000000000000000000000000000000000000"), &again) &&
          !opens(&h, S(""), &again));
    int64_t n;
    bool found;
    check(store_begin(h.store, op, TX_READ, &tx) &&
          store_int(tx, "select count(*) from org_session where token = $1", ARGS(TEXT(token)), &n, &found) && n == 0 &&
          store_commit(tx));
    op->now = began + SESSION_IDLE_MS - 1;
    check(opens(&h, token, &again) && org_is_stale(again, op->now));
    op->now = began + SESSION_IDLE_MS;
    check(!opens(&h, token, &again));
    for (op->now = began; op->now < began + SESSION_LIFE_MS - SESSION_IDLE_MS; op->now += SESSION_IDLE_MS / 2)
        check(opens(&h, token, &again) && store_begin(h.store, op, TX_WRITE, &tx) && org_touch(tx, token) &&
              store_commit(tx));
    op->now = began + SESSION_LIFE_MS - SESSION_IDLE_MS / 2 - 1;
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_touch(tx, token) && store_commit(tx));
    op->now = began + SESSION_LIFE_MS - 1;
    check(opens(&h, token, &again));
    op->now = began + SESSION_LIFE_MS;
    check(!opens(&h, token, &again));
}

TEST("who is stopped, or whose post has ended, is signed out at once and cannot sign in")
{
    struct house h;
    struct session *s, *again;
    house_open(op, &h);
    id account = account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.8"), &s));
    check(may(&h, s, S("人"), ACT_CHANGE) && !may(&h, s, S("权限"), ACT_READ) && !may(&h, s, S("人"), ACT_DESTROY));
    account_change(&h, S("账号"), account, S("{\"停用\":true}"));
    check(!opens(&h, s->token, &again));
    check(has(refused(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.8")), S("停用")));
    account_change(&h, S("账号"), account, S("{\"停用\":false}"));
    check(opens(&h, s->token, &again));
    id post = again->post.id;
    account_change(&h, S("岗位"), post, op_text(op, "{\"止\":\"%.*s\"}", PS(day_text(op, day_at(op->now)))));
    check(opens(&h, s->token, &again)); /* until the end of its last day */
    op->now += 24 * 3600 * 1000;
    check(has(refused(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.8")), S("岗位")));
}

TEST("who has left the office signs in until the end of the last day, and not after it")
{
    struct house h;
    struct session *s;
    struct tx *tx;
    struct record *gone;
    struct warning *warnings;
    struct json *values;
    house_open(op, &h);
    id account = account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    str today = day_text(op, day_at(op->now));
    must(json_parse(op, op_text(op, "{\"姓名\":\"王芳\",\"单位\":\"镇政府\",\"编制\":\"行政\",\"到任\":\"2019-01-01\",\"离任\":\"%.*s\"}", PS(today)),
                    &values));
    check(store_begin(h.store, op, TX_WRITE, &tx) &&
          record_add(tx, h.town, &h.system, town_ledger(h.town, S("干部")), values, &warnings, &gone) && store_commit(tx));
    account_change(&h, S("账号"), account, op_text(op, "{\"干部\":\"%.*s\"}", PS(id_text(op, gone->id))));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.8"), &s));
    op->now += 24 * 3600 * 1000;
    check(has(refused(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.8")), S("没有在任岗位")));
}

TEST("who somebody is without a session: the rights of their post, and nobody when the account was stopped")
{
    struct house h;
    struct tx *tx;
    struct who who;
    house_open(op, &h);
    id account = account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    must(store_begin(h.store, op, TX_READ, &tx));
    check(org_who(tx, h.town, account, &who) && id_eq(who.account, account) && str_eq(who.name, S("王芳")));
    store_abandon(tx);
    account_change(&h, S("账号"), account, S("{\"停用\":true}"));
    must(store_begin(h.store, op, TX_READ, &tx));
    check(!org_who(tx, h.town, account, &who) && has(op->faults->text, S("停用")));
    store_abandon(tx);
}

TEST("nobody acts from a post that is not theirs; signing out ends one session, a new password all others")
{
    struct house h;
    struct session *one, *two, *three, *again;
    struct tx *tx;
    house_open(op, &h);
    id account = account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    check(sign_in(&h, S("admin"), h.admin, S("10.0.0.9"), &three));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.9"), &one));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.9"), &two));
    int faults = op->fault_count;
    check(store_begin(h.store, op, TX_WRITE, &tx));
    check(!org_post_choose(tx, one, one->token, three->post.id));
    store_abandon(tx);
    op_forgive(op, faults);
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_post_choose(tx, one, one->token, one->post.id) &&
          store_commit(tx));

    static const str weak[] = {SC("短"), SC("12345678"), SC("aaaaaaaaa"), SC("wangfang"), SC("春天的草原2021")};
    for (size_t i = 0; i < COUNT(weak); i++) {
        check(!org_password_change(op, h.store, one, one->token, S("春天的草原2021"), weak[i]));
        op_forgive(op, faults);
    }
    check(!org_password_change(op, h.store, one, one->token, S("不是原来的"), S("秋天的草原2022")));
    op_forgive(op, faults);
    check(org_password_change(op, h.store, one, one->token, S("春天的草原2021"), S("秋天的草原2022")));
    check(opens(&h, one->token, &again) && !opens(&h, two->token, &again) && opens(&h, three->token, &again));
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_sign_out(tx, one, one->token) && store_commit(tx));
    check(!opens(&h, one->token, &again));

    str once;
    check(sign_in(&h, S("wangfang"), S("秋天的草原2022"), S("10.0.0.9"), &one));
    check(store_begin(h.store, op, TX_WRITE, &tx) &&
          !org_password_reset(tx, h.town, &one->who, account, &once)); /* clerks reset nobody's */
    store_abandon(tx);
    op_forgive(op, faults);
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_password_reset(tx, h.town, &three->who, account, &once) &&
          store_commit(tx));
    check(!opens(&h, one->token, &again));
    check(sign_in(&h, S("wangfang"), once, S("10.0.0.9"), &one) && one->must_change);
}

TEST("signing in and out, wrong passwords and new ones are facts of the account, without the password in them")
{
    struct house h;
    struct session *s;
    struct tx *tx;
    struct fact *facts;
    size_t count, seen[FACT_ACTS] = {0};
    house_open(op, &h);
    id account = account_add(&h, S("wangfang"), S("办公室经办"), S("春天的草原2021"));
    refused(&h, S("wangfang"), S("夏天的草原2020"), S("10.0.0.10"));
    check(sign_in(&h, S("wangfang"), S("春天的草原2021"), S("10.0.0.10"), &s));
    check(org_password_change(op, h.store, s, s->token, S("春天的草原2021"), S("秋天的草原2022")));
    check(store_begin(h.store, op, TX_WRITE, &tx) && org_sign_out(tx, s, s->token) && store_commit(tx));
    check(store_begin(h.store, op, TX_READ, &tx) && fact_history(tx, S("account"), account, &facts, &count));
    for (size_t i = 0; i < count; i++) {
        seen[facts[i].act]++;
        check(!has(facts[i].body, S("草原")) && !has(facts[i].body, s->token));
    }
    check(seen[FACT_ADD] == 1 && seen[FACT_SIGN_REFUSED] == 1 && seen[FACT_SIGN_IN] == 1 && seen[FACT_PASSWORD] == 1 &&
          seen[FACT_SIGN_OUT] == 1);
    check(store_commit(tx));
}

TEST("made passwords are fit to be read out, and none is like another")
{
    struct map seen;
    map_init(&seen, op);
    for (int i = 0; i < 1000; i++) {
        str p = org_password_new(op);
        check(p.n == 14 && p.p[4] == '-' && p.p[9] == '-' && map_put(&seen, p, op));
        for (size_t k = 0; k < p.n; k++)
            check(p.p[k] == '-' || (((p.p[k] >= 'a' && p.p[k] <= 'z') || (p.p[k] >= '2' && p.p[k] <= '9')) &&
                                    p.p[k] != 'i' && p.p[k] != 'l' && p.p[k] != 'o'));
    }
}
