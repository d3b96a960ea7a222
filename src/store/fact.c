/* Facts: appending, destroying, reading, verifying the chain. */
#include <stdlib.h>

#include "store/inside.h"

enum { SALT_BYTES = 16 };

struct act_row {
    str code, name;
    bool carries; /* a record's values */
};
static const struct act_row acts[] = {
    [FACT_ADD] = {SC("add"), SC("新增"), true},
    [FACT_CHANGE] = {SC("change"), SC("修改"), true},
    [FACT_STATE] = {SC("state"), SC("流转"), true},
    [FACT_REMOVE] = {SC("remove"), SC("作废"), true},
    [FACT_REVEAL] = {SC("reveal"), SC("查看敏感"), false},
    [FACT_DESTROY] = {SC("destroy"), SC("销毁"), false},
    [FACT_IMPORT] = {SC("import"), SC("导入"), false},
    [FACT_EXPORT] = {SC("export"), SC("导出"), false},
    [FACT_DEFINE] = {SC("define"), SC("定义"), false},
    [FACT_SIGN_IN] = {SC("sign_in"), SC("登录"), false},
    [FACT_SIGN_OUT] = {SC("sign_out"), SC("退出"), false},
    [FACT_SIGN_REFUSED] = {SC("sign_refused"), SC("登录失败"), false},
    [FACT_PASSWORD] = {SC("password"), SC("改密"), false},
    [FACT_SCREEN] = {SC("screen"), SC("筛查"), false},
    [FACT_DECIDE] = {SC("decide"), SC("决定"), false},
    [FACT_WORK] = {SC("work"), SC("办理"), true},
    [FACT_MISS] = {SC("miss"), SC("未能发起"), false},
};
static_assert(COUNT(acts) == FACT_ACTS, "every act has a name");

str fact_act_name(enum fact_act act)
{
    must(act < FACT_ACTS);
    return acts[act].name;
}

bool fact_setup(struct tx *tx)
{
    const char *const steps[] = {
        /* fact_head repeats the last fact, so that facts missing from the end are noticed. */
        "create table fact_head (town text not null primary key, no integer not null, hash blob not null)",
        /* Facts come with growing numbers and moments, and new records with growing ids: all three are written at
         * their ends. What the system itself does is not asked for by account. */
        "create index fact_record on fact (ledger, record, no, version)",
        "create index fact_moment on fact (at)",
        "create index fact_account on fact (account) where account is not null",
    };
    const struct store_engine *e = store_engine_of(tx->store);
    bool found;
    int64_t any;
    if (!store_int(tx, "select 1 from store_schema where room = 'fact'", ARGS(), &any, &found))
        return false;
    if (!found) {
        str sql = op_text(
            tx->op,
            "create table fact (no integer not null primary key, town text not null, at integer not null, account blob,"
            " account_name text not null, post blob, act text not null, ledger text not null, record blob,"
            " version integer not null, state text not null, salt blob, body text, commitment blob,"
            " hash blob not null)%s",
            e->table_end);
        if (!store_run(tx, sql.p, ARGS(), NULL))
            return false;
        for (size_t i = 0; i < e->guard_count; i++)
            if (!store_run(tx, e->guards[i], ARGS(), NULL))
                return false;
    }
    return store_schema(tx, S("fact"), steps, COUNT(steps));
}

/* ---- the chain --------------------------------------------------------------------------------------------- */

static void commitment_of(void *digest, const uint8_t salt[SALT_BYTES], str body, uint8_t ret[DIGEST_BYTES])
{
    sm3_begin(digest);
    sm3_add(digest, salt, SALT_BYTES);
    sm3_add(digest, body.p ? body.p : "", body.n);
    sm3_end(digest, ret);
}

/* What is hashed, put together: many short pieces given one by one would cost as much as their hash. */
struct pieces {
    void *digest;
    size_t n;
    char bytes[512];
};

static void piece_add(struct pieces *p, const void *bytes, size_t count)
{
    if (count > sizeof p->bytes - p->n) {
        sm3_add(p->digest, p->bytes, p->n);
        p->n = 0;
    }
    if (count > sizeof p->bytes) {
        sm3_add(p->digest, bytes, count);
        return;
    }
    memcpy(p->bytes + p->n, bytes, count);
    p->n += count;
}

static void add_number(struct pieces *p, uint64_t v)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (56 - 8 * i));
    piece_add(p, bytes, sizeof bytes);
}

static void add_text(struct pieces *p, str s)
{
    add_number(p, s.n);
    piece_add(p, s.p ? s.p : "", s.n);
}

/* Everything of a fact but its body, which is behind the commitment. Numbers are 8 bytes big endian, texts have their
 * length before them. */
static void hash_of(void *digest, const uint8_t prev[DIGEST_BYTES], const struct fact *f, str act, str town,
                    const uint8_t commitment[DIGEST_BYTES], uint8_t ret[DIGEST_BYTES])
{
    static const char tag[] = "zhenwu-fact-1";
    struct pieces p;
    p.digest = digest;
    p.n = 0;
    sm3_begin(digest);
    piece_add(&p, tag, sizeof tag - 1);
    piece_add(&p, prev, DIGEST_BYTES);
    add_number(&p, (uint64_t)f->no);
    add_number(&p, (uint64_t)f->at);
    add_number(&p, (uint64_t)f->version);
    piece_add(&p, f->account.b, sizeof f->account.b);
    piece_add(&p, f->post.b, sizeof f->post.b);
    piece_add(&p, f->record.b, sizeof f->record.b);
    add_text(&p, town);
    add_text(&p, f->account_name);
    add_text(&p, act);
    add_text(&p, f->ledger);
    add_text(&p, f->state);
    piece_add(&p, commitment, DIGEST_BYTES);
    sm3_add(digest, p.bytes, p.n);
    sm3_end(digest, ret);
}

[[nodiscard]] static bool head_read(struct tx *tx, struct chain_head *ret)
{
    struct rows *rows;
    bool found;
    const struct known *known = tx->inside->known;
    if (known && known->head.known) { /* it is written down at the commit only */
        if (!tx_settle(tx))
            return false;
        *ret = known->head;
        return true;
    }
    if (!store_query(tx, "select no, hash from fact_head where town = $1", ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    *ret = (struct chain_head){.known = true};
    if (found) {
        str hash = rows_peek(rows, 1);
        if (hash.n != DIGEST_BYTES)
            return op_fail(tx->op, FAULT_SYSTEM, S("留痕"), "留痕链的末端已损坏，请从备份恢复");
        ret->no = rows_int(rows, 0);
        memcpy(ret->hash, hash.p, DIGEST_BYTES);
    }
    rows_close(rows);
    return true;
}

enum engine_status fact_head_keep(const struct store *s, struct connection *c, str town, const struct chain_head *head)
{
    if (!head->moved)
        return ENGINE_DONE;
    return connection_run(s, c,
                          "insert into fact_head (town, no, hash) values ($1, $2, $3)"
                          " on conflict (town) do update set no = excluded.no, hash = excluded.hash",
                          ARGS(TEXT(town), INT(head->no), BLOB(((str){(const char *)head->hash, DIGEST_BYTES}))));
}

/* The values of a fact in its row; salt and hash are not the caller's. */
enum fact_value {
    F_NO, F_TOWN, F_AT, F_ACCOUNT, F_ACCOUNT_NAME, F_POST, F_ACT, F_LEDGER, F_RECORD, F_VERSION, F_STATE, F_SALT,
    F_BODY, F_HASH, FACT_VALUES
};

/* What a fact commits to needs no other fact: the queue has it computed by whoever has time. It waits where the hash will be. */
static void commit_ahead(void *context, void *digest, struct arg *args)
{
    commitment_of(digest ? digest : store_digest(context), (const uint8_t *)args[F_SALT].text.p, args[F_BODY].text,
                  (uint8_t *)args[F_HASH].text.p);
}

/* The hashes, into the bytes they have. In a bulk this is the queue's: the chain is made in the order of writing, on the
 * second processor. */
static void chain_add(void *context, struct arg *const *rows, size_t count)
{
    struct tx *tx = context;
    uint8_t *hash = tx->inside->known->head.hash;
    for (size_t i = 0; i < count; i++) {
        const struct arg *args = rows[i];
        const struct fact f = {
            .no = args[F_NO].i,
            .at = args[F_AT].i,
            .account = args[F_ACCOUNT].id,
            .account_name = args[F_ACCOUNT_NAME].text,
            .post = args[F_POST].id,
            .ledger = args[F_LEDGER].text,
            .record = args[F_RECORD].id,
            .version = args[F_VERSION].i,
            .state = args[F_STATE].text,
        };
        hash_of(store_digest(tx), hash, &f, args[F_ACT].text, args[F_TOWN].text,
                (const uint8_t *)args[F_HASH].text.p, hash);
        memcpy((char *)args[F_HASH].text.p, hash, DIGEST_BYTES);
    }
}

[[nodiscard]] static bool append(struct tx *tx, const struct fact *f, int64_t *ret_no)
{
    struct op *op = tx->op;
    if (f->body.n > FACT_BODY_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "一条记录的内容超过%d兆字节，请把大段内容放进附件", FACT_BODY_MAX >> 20);
    struct chain_head *head = &tx->inside->known->head;
    if (!head->known) {
        struct mark mark = op_mark(op);
        bool done = head_read(tx, head);
        op_reset(op, mark);
        if (!done)
            return false;
    }
    char salt[SALT_BYTES], hash[DIGEST_BYTES] = {0};
    store_random(tx, salt, sizeof salt);
    const struct arg args[FACT_VALUES] = {
        [F_NO] = INT(head->no + 1),
        [F_TOWN] = TEXT(store_town(tx)),
        [F_AT] = INT(op->now),
        [F_ACCOUNT] = ID(f->account),
        [F_ACCOUNT_NAME] = TEXT(f->account_name),
        [F_POST] = ID(f->post),
        [F_ACT] = TEXT(acts[f->act].code),
        [F_LEDGER] = TEXT(f->ledger),
        [F_RECORD] = ID(f->record),
        [F_VERSION] = INT(f->version),
        [F_STATE] = TEXT(f->state),
        [F_SALT] = BLOB(((str){salt, sizeof salt})),
        [F_BODY] = TEXT(f->body),
        [F_HASH] = BLOB(((str){hash, sizeof hash})),
    };
    const struct later row = {
        .sql = "insert into fact (no, town, at, account, account_name, post, act, ledger, record, version, state, salt,"
               " body, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        .is_row = true,
        .ahead = commit_ahead,
        .fill = chain_add,
        .context = tx,
    };
    if (!tx_later(tx, &row, store_args(args, FACT_VALUES)))
        return false;
    head->no++;
    head->moved = true;
    if (ret_no)
        *ret_no = head->no;
    return true;
}

bool fact_keep(struct tx *tx, const struct fact *f, int64_t *ret_no)
{
    must(f->act < FACT_ACTS && f->act != FACT_DESTROY);
    must(acts[f->act].carries == (f->version > 0) && (f->version == 0 || (f->ledger.n && !id_none(f->record))));
    return append(tx, f, ret_no);
}

/* What salt and body committed to stays in their place, so that the chain still verifies. */
[[nodiscard]] static bool body_destroy(struct tx *tx, int64_t no)
{
    uint8_t commitment[DIGEST_BYTES];
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select salt, body from fact where no = $1 and body is not null and act <> 'destroy'",
                     ARGS(INT(no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found || rows_peek(rows, 0).n != SALT_BYTES) {
        tx->failed = true;
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "第%lld号留痕不存在、已销毁，或是销毁记录本身", (long long)no);
    }
    commitment_of(store_digest(tx), (const uint8_t *)rows_peek(rows, 0).p, rows_peek(rows, 1), commitment);
    str body = rows_text(rows, 1);
    rows_close(rows);
    return gone_note(tx, body) &&
           store_run(tx, "update fact set body = null, salt = null, commitment = $1 where no = $2",
                     ARGS(BLOB(((str){(const char *)commitment, sizeof commitment})), INT(no)), NULL);
}

bool fact_destroy(struct tx *tx, const struct fact *who, const int64_t *nos, size_t count, str reason, str approval,
                  int64_t *ret_no)
{
    struct op *op = tx->op;
    if (reason.n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "销毁须写明理由");
    if (approval.n == 0)
        return op_fail(op, FAULT_INPUT, S("批准"), "销毁须写明批准人和批准文号");
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_open(&w, S("facts"), '[');
    for (size_t i = 0; i < count; i++)
        json_int_out(&w, nos[i]);
    json_close(&w, ']');
    json_put_text(&w, S("reason"), reason);
    json_put_text(&w, S("approval"), approval);
    json_close(&w, '}');
    for (size_t i = 0; i < count; i++)
        if (!body_destroy(tx, nos[i]))
            return false;
    struct fact f = *who;
    f.act = FACT_DESTROY;
    f.version = 0;
    f.state = S("");
    f.body = buf_str(&b);
    tx->inside->empty_log = true;
    return append(tx, &f, ret_no);
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

#define FACT_COLUMNS "no, at, account, account_name, post, act, ledger, record, version, state, body, hash"

static enum fact_act act_of(str code)
{
    for (int i = 0; i < FACT_ACTS; i++)
        if (str_eq(acts[i].code, code))
            return (enum fact_act)i;
    return FACT_ACTS;
}

/* Texts are those of the row: gone with it. */
[[nodiscard]] static bool fact_peek(const struct rows *rows, struct op *op, char hex[2 * DIGEST_BYTES + 1],
                                    struct fact *ret)
{
    str hash = rows_peek(rows, 11);
    *ret = (struct fact){
        .no = rows_int(rows, 0),
        .at = rows_int(rows, 1),
        .account = rows_id(rows, 2),
        .account_name = rows_peek(rows, 3),
        .post = rows_id(rows, 4),
        .act = act_of(rows_peek(rows, 5)),
        .ledger = rows_peek(rows, 6),
        .record = rows_id(rows, 7),
        .version = rows_int(rows, 8),
        .state = rows_peek(rows, 9),
        .body = rows_peek(rows, 10),
        .destroyed = rows_is_null(rows, 10),
    };
    if (ret->act == FACT_ACTS || hash.n != DIGEST_BYTES)
        return op_fail(op, FAULT_SYSTEM, S("留痕"), "第%lld号留痕已被改动，请运行校验", (long long)ret->no);
    hex_write(hex, (const uint8_t *)hash.p, DIGEST_BYTES);
    ret->hash_text = (str){hex, 2 * DIGEST_BYTES};
    return true;
}

[[nodiscard]] static bool fact_read(const struct rows *rows, struct op *op, struct fact *ret)
{
    char hex[2 * DIGEST_BYTES + 1];
    if (!fact_peek(rows, op, hex, ret))
        return false;
    str *const texts[] = {&ret->account_name, &ret->ledger, &ret->state, &ret->body, &ret->hash_text};
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = op_copy(op, *texts[i]);
    return true;
}

[[nodiscard]] static bool facts_read(struct tx *tx, const char *sql, struct args args, struct fact **ret,
                                     size_t *ret_count)
{
    struct {
        struct fact *p;
        size_t n, cap;
    } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx, sql, args, &rows) || !rows_next(rows, &found))
        return false;
    while (found)
        if (!fact_read(rows, tx->op, list_add(tx->op, &list)) || !rows_next(rows, &found))
            return false;
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

[[nodiscard]] static bool fact_one(struct tx *tx, const char *sql, struct args args, struct fact *ret, bool *ret_found)
{
    struct fact *facts;
    size_t count;
    if (!facts_read(tx, sql, args, &facts, &count))
        return false;
    *ret_found = count > 0;
    if (count)
        *ret = facts[0];
    return true;
}

bool fact_get(struct tx *tx, int64_t no, struct fact *ret, bool *ret_found)
{
    return fact_one(tx, "select " FACT_COLUMNS " from fact where no = $1", ARGS(INT(no)), ret, ret_found);
}

bool fact_first(struct tx *tx, str ledger, id record, int64_t *ret)
{
    bool found;
    *ret = 0;
    return store_int(tx, "select no from fact where ledger = $1 and record = $2 order by no limit 1",
                     ARGS(TEXT(ledger), ID(record)), ret, &found);
}

bool fact_record(struct tx *tx, int64_t no, id *ret)
{
    struct rows *rows;
    bool found;
    *ret = (id){0};
    if (!store_query(tx, "select record from fact where no = $1", ARGS(INT(no)), &rows) || !rows_next(rows, &found))
        return false;
    if (found) {
        *ret = rows_id(rows, 0);
        rows_close(rows);
    }
    return true;
}

bool fact_history(struct tx *tx, str ledger, id record, struct fact **ret, size_t *ret_count)
{
    return facts_read(tx, "select " FACT_COLUMNS " from fact where ledger = $1 and record = $2 order by no",
                      ARGS(TEXT(ledger), ID(record)), ret, ret_count);
}

bool fact_list(struct tx *tx, const struct fact_query *q, struct fact **ret, size_t *ret_count)
{
    int limit = q->limit ? q->limit : 50;
    must(limit > 0 && limit <= FACT_LIST_MAX);
    struct arg args[8];
    size_t n = 0;
    struct buf b;
    buf_init(&b, tx->op, 0);
    buf_add(&b, S("select " FACT_COLUMNS " from fact where town = $1"));
    args[n++] = TEXT(store_town(tx));
    const struct {
        bool asked;
        str condition;
        struct arg arg;
    } conditions[] = {
        {q->ledger.n > 0, S("ledger ="), TEXT(q->ledger)},    {!id_none(q->record), S("record ="), ID(q->record)},
        {!id_none(q->account), S("account ="), ID(q->account)}, {q->from != 0, S("at >="), INT(q->from)},
        {q->to != 0, S("at <"), INT(q->to)},                    {q->before != 0, S("no <"), INT(q->before)},
    };
    for (size_t i = 0; i < COUNT(conditions); i++)
        if (conditions[i].asked) {
            args[n++] = conditions[i].arg;
            buf_text(&b, " and %.*s $%zu", PS(conditions[i].condition), n);
        }
    args[n++] = INT(limit);
    buf_text(&b, " order by no desc limit $%zu", n);
    return facts_read(tx, op_z(tx->op, buf_str(&b)), store_args(args, n), ret, ret_count);
}

bool store_fact_count(struct tx *tx, int64_t *ret)
{
    struct chain_head head;
    if (!head_read(tx, &head))
        return false;
    *ret = head.no;
    return true;
}

bool store_fact_at(struct tx *tx, time_ms moment, int64_t *ret_no)
{
    /* Facts made together are numbered in the order of saving, not of their clocks: look at all of the last ten
     * minutes. */
    bool found;
    *ret_no = 0;
    return store_int(tx,
                     "select coalesce(max(no), 0) from fact"
                     " where at <= $1 and at >= (select max(at) from fact where at <= $1) - 600000",
                     ARGS(INT(moment)), ret_no, &found);
}

[[nodiscard]] static bool facts_each(struct tx *tx, const char *sql, struct args args, fact_each_fn *each,
                                     void *context)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, sql, args, &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        char hex[2 * DIGEST_BYTES + 1];
        struct fact f;
        if (!fact_peek(rows, tx->op, hex, &f) || !each(context, tx, &f) || !rows_next(rows, &found)) {
            rows_close(rows);
            return false;
        }
    }
    return true;
}

bool store_facts_as_of(struct tx *tx, str ledger, int64_t no, fact_each_fn *each, void *context)
{
    return facts_each(tx,
                      "select " FACT_COLUMNS
                      " from fact where no in (select max(no) from fact where ledger = $1 and no <= $2 and version > 0"
                      " group by record) order by record",
                      ARGS(TEXT(ledger), INT(no)), each, context);
}

bool fact_as_of(struct tx *tx, str ledger, id record, int64_t no, struct fact *ret, bool *ret_found)
{
    return fact_one(
        tx,
        "select " FACT_COLUMNS
        " from fact where ledger = $1 and record = $2 and no <= $3 and version > 0 order by no desc limit 1",
        ARGS(TEXT(ledger), ID(record), INT(no)), ret, ret_found);
}

bool store_written_since(struct tx *tx, str ledger, int64_t no, id **ret, size_t *ret_count)
{
    /* By number: what was written lately is asked most. coalesce keeps it from reading the whole ledger by its index. */
    return store_ids(tx, "select distinct record from fact where no > $1 and coalesce(ledger, null) = $2 and version > 0",
                     ARGS(INT(no), TEXT(ledger)), ret, ret_count);
}

bool store_rebuild(struct tx *tx, fact_each_fn *each, void *context)
{
    return facts_each(tx, "select " FACT_COLUMNS " from fact order by no", ARGS(), each, context);
}

/* ---- verifying --------------------------------------------------------------------------------------------- */

bool store_head(struct tx *tx, struct fact_head *ret)
{
    struct chain_head head;
    if (!head_read(tx, &head))
        return false;
    *ret = (struct fact_head){.no = head.no, .hash = head.no ? hex_text(tx->op, head.hash, sizeof head.hash) : S("")};
    return true;
}

struct verifying {
    struct tx *tx;
    void *digest;
    struct audit_report *report;
    struct {
        int64_t *p;
        size_t n, cap;
    } emptied, named; /* facts without a body; facts that a destroying fact names */
};

static void wrong(struct verifying *v, int64_t no, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void wrong(struct verifying *v, int64_t no, const char *format, ...)
{
    struct audit_report *r = v->report;
    if (!r->ok && r->bad_no <= no)
        return;
    va_list args;
    va_start(args, format);
    r->ok = false;
    r->bad_no = no;
    r->text = op_vtext(v->tx->op, format, args);
    va_end(args);
}

static void named_add(struct verifying *v, int64_t no, str body)
{
    struct op *op = v->tx->op;
    int faults = op->fault_count;
    struct json *tree;
    if (!json_parse(op, body, &tree)) {
        op_forgive(op, faults);
        return; /* nothing is named: what it emptied will be found wrong */
    }
    const struct json *list = json_get(tree, S("facts"));
    int64_t n;
    for (const struct json *x = list ? list->first : NULL; x; x = x->next)
        if (json_int(x, &n) && n < no)
            *list_add(op, &v->named) = n;
}

/* Columns of the query in verify_rows. false: a wrong fact was found. */
static bool verify_row(struct verifying *v, const struct rows *rows, int64_t expected, uint8_t prev[DIGEST_BYTES])
{
    struct fact f = {
        .no = rows_int(rows, 0),
        .at = rows_int(rows, 2),
        .account = rows_id(rows, 3),
        .account_name = rows_peek(rows, 4),
        .post = rows_id(rows, 5),
        .ledger = rows_peek(rows, 7),
        .record = rows_id(rows, 8),
        .version = rows_int(rows, 9),
        .state = rows_peek(rows, 10),
        .body = rows_peek(rows, 12),
    };
    str act = rows_peek(rows, 6), salt = rows_peek(rows, 11), commitment = rows_peek(rows, 13),
        hash = rows_peek(rows, 14);
    uint8_t committed[DIGEST_BYTES], computed[DIGEST_BYTES];
    if (f.no != expected) {
        wrong(v, expected, "第%lld号留痕缺失", (long long)expected);
        return false;
    }
    bool emptied = rows_is_null(rows, 12);
    if (commitment.n != (emptied ? DIGEST_BYTES : 0) || hash.n != DIGEST_BYTES) {
        wrong(v, f.no, "第%lld号留痕的摘要被改动", (long long)f.no);
        return false;
    }
    if (!emptied && salt.n != SALT_BYTES) {
        wrong(v, f.no, "第%lld号留痕的盐被改动", (long long)f.no);
        return false;
    }
    if (emptied) {
        *list_add(v->tx->op, &v->emptied) = f.no;
        memcpy(committed, commitment.p, DIGEST_BYTES);
    } else {
        commitment_of(v->digest, (const uint8_t *)salt.p, f.body, committed);
    }
    hash_of(v->digest, prev, &f, act, rows_peek(rows, 1), committed, computed);
    if (memcmp(computed, hash.p, DIGEST_BYTES) != 0) {
        wrong(v, f.no, "第%lld号留痕或其内容被改动，或次序被调换", (long long)f.no);
        return false;
    }
    memcpy(prev, computed, DIGEST_BYTES);
    if (str_eq(act, S("destroy")))
        named_add(v, f.no, f.body);
    return true;
}

static int number_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Both lists in order: every fact without a body must have been named by a destroying fact. */
static void verify_emptied(struct verifying *v)
{
    if (v->named.n)
        qsort(v->named.p, v->named.n, sizeof *v->named.p, number_order);
    size_t at = 0;
    for (size_t i = 0; i < v->emptied.n; i++) {
        while (at < v->named.n && v->named.p[at] < v->emptied.p[i])
            at++;
        if (at == v->named.n || v->named.p[at] != v->emptied.p[i]) {
            wrong(v, v->emptied.p[i], "第%lld号留痕的内容被清空，没有销毁记录", (long long)v->emptied.p[i]);
            return;
        }
    }
}

bool audit_verify_anchor(struct tx *tx, const struct fact_head *anchor, store_tell *tell, void *context,
                         struct audit_report *ret)
{
    enum { TELL_EVERY = 4096 };
    struct op *op = tx->op;
    struct chain_head end;
    struct audit_report report = {.ok = true};
    struct verifying v = {.tx = tx, .digest = sm3_new(), .report = &report};
    op_defer(op, sm3_free, v.digest);
    struct rows *rows;
    bool found;
    if (!head_read(tx, &end) ||
        !store_query(tx,
                     "select no, town, at, account, account_name, post, act, ledger, record, version, state, salt, "
                     "body, commitment, hash"
                     " from fact order by no",
                     ARGS(), &rows) ||
        !rows_next(rows, &found))
        return false;
    uint8_t prev[DIGEST_BYTES] = {0};
    int64_t no = 0;
    while (found) {
        if (!verify_row(&v, rows, no + 1, prev))
            break;
        no++;
        if (anchor && no == anchor->no && !str_eq(hex_text(op, prev, sizeof prev), anchor->hash)) {
            wrong(&v, no, "第%lld号留痕与抄存的摘要不符，此前的留痕被重写过", (long long)no);
            break;
        }
        if (tell && no % TELL_EVERY == 0 && !tell(context, S("校验留痕"), no, end.no))
            return op_fail(op, FAULT_INPUT, S(""), "已取消");
        if (!rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    if (report.ok && (no < end.no || (anchor && no < anchor->no)))
        wrong(&v, no + 1, "第%lld号起的留痕缺失", (long long)no + 1);
    if (report.ok && (no != end.no || memcmp(prev, end.hash, DIGEST_BYTES) != 0))
        wrong(&v, no, "留痕链的末端与登记不符");
    if (report.ok) /* else what destroyed them may not have been reached */
        verify_emptied(&v);
    report.facts = no;
    report.head = no ? hex_text(op, prev, sizeof prev) : S("");
    *ret = report;
    return true;
}

bool audit_verify(struct tx *tx, store_tell *tell, void *context, struct audit_report *ret)
{
    return audit_verify_anchor(tx, NULL, tell, context, ret);
}
