/* The chain of facts: kept, read, destroyed, tampered with, found out. */
#include <sqlite3.h>
#include <stdio.h>

#include "base/test.h"
#include "store/store.h"

static id who_of(int n)
{
    id x = {0};
    x.b[0] = 7;
    x.b[15] = (uint8_t)n;
    return x;
}

static struct fact fact_of(enum fact_act act, int record, int64_t version, str body)
{
    return (struct fact){.account = who_of(100),
                         .account_name = S("王芳"),
                         .post = who_of(101),
                         .act = act,
                         .ledger = S("person"),
                         .record = who_of(record),
                         .version = version,
                         .state = S("在册"),
                         .body = body};
}

static struct store *open_at(struct op *op, str folder)
{
    struct store *store;
    must(store_open(op, folder, &(struct store_options){.town = S("152524101")}, &store));
    return store;
}

/* Ten facts: records 1 … 4 added, 1 changed twice, 2 removed, 3 looked at, 4 moved on, one export. A second apart. */
static struct store *ten(struct op *op, str *ret_folder)
{
    static const struct {
        enum fact_act act;
        int record, version;
        str body;
    } rows[] = {
        {FACT_ADD, 1, 1, SC("{\"姓名\":\"张三\"}")},        {FACT_ADD, 2, 1, SC("{\"姓名\":\"李四\"}")},
        {FACT_ADD, 3, 1, SC("{\"姓名\":\"王五\"}")},        {FACT_CHANGE, 1, 2, SC("{\"姓名\":\"张三丰\"}")},
        {FACT_ADD, 4, 1, SC("{\"姓名\":\"赵六\"}")},        {FACT_REMOVE, 2, 2, SC("{\"姓名\":\"李四\"}")},
        {FACT_REVEAL, 3, 0, SC("{\"字段\":[\"证件号\"]}")}, {FACT_STATE, 4, 2, SC("{\"姓名\":\"赵六\"}")},
        {FACT_CHANGE, 1, 3, SC("{\"姓名\":\"张君宝\"}")},   {FACT_EXPORT, 0, 0, SC("")},
    };
    test_dir_make(op, ret_folder);
    struct store *store = open_at(op, *ret_folder);
    time_ms start = op->now;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tx *tx;
        int64_t no;
        struct fact f = fact_of(rows[i].act, rows[i].record, rows[i].version, rows[i].body);
        if (rows[i].record == 0)
            f.record = (id){0};
        op->now = start + 1000 * (time_ms)i;
        must(store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && store_commit(tx));
        check_int(no, (int64_t)i + 1);
    }
    op->now = start;
    return store;
}

static struct audit_report verify(struct op *op, struct store *store, const struct fact_head *anchor)
{
    struct tx *tx;
    struct audit_report report = {0};
    must(store_begin(store, op, TX_READ, &tx) && audit_verify_anchor(tx, anchor, NULL, NULL, &report) &&
         store_commit(tx));
    return report;
}

static struct fact_head head(struct op *op, struct store *store)
{
    struct tx *tx;
    struct fact_head h;
    must(store_begin(store, op, TX_READ, &tx) && store_head(tx, &h) && store_commit(tx));
    return h;
}

/* Somebody with the file and an SQL tool. */
static void tamper(struct op *op, str folder, const char *sql)
{
    sqlite3 *db;
    must(sqlite3_open(op_text(op, "%.*s/zhenwu.db", PS(folder)).p, &db) == SQLITE_OK);
    must(sqlite3_exec(db, "drop trigger if exists fact_no_change; drop trigger if exists fact_no_delete", NULL, NULL,
                      NULL) == SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        test_failed(__FILE__, __LINE__, "%s: %s", sql, why);
    sqlite3_free(why);
    sqlite3_close(db);
}

TEST("facts are numbered without gaps, come back as they were kept, and the chain verifies")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    struct fact f;
    bool found;
    int64_t count;
    check(store_begin(store, op, TX_READ, &tx));
    check(fact_get(tx, 8, &f, &found) && found);
    check_int(f.no, 8);
    check_int(f.act, FACT_STATE);
    check_int(f.version, 2);
    check(f.at == op->now + 7000 && id_eq(f.account, who_of(100)) && id_eq(f.post, who_of(101)) &&
          id_eq(f.record, who_of(4)));
    check_str(f.account_name, S("王芳"));
    check_str(f.ledger, S("person"));
    check_str(f.state, S("在册"));
    check_str(f.body, S("{\"姓名\":\"赵六\"}"));
    check(!f.destroyed && f.hash_text.n == 64);
    check(fact_get(tx, 11, &f, &found) && !found);
    check(store_fact_count(tx, &count) && count == 10);
    check(store_commit(tx));
    struct audit_report r = verify(op, store, NULL);
    check(r.ok && r.facts == 10);
    check_str(r.head, head(op, store).hash);
    store_close(store);
}

TEST("the same facts with the same salts make the same chain: its algorithm does not change unnoticed")
{
    str folder;
    struct store *store = ten(op, &folder);
    check_str(head(op, store).hash, S("7a2423d339b004b84cb9cc11922084f620f02f7ac055064dac21d0d8c5e0bdd0"));
    store_close(store);
}

TEST("an empty chain verifies")
{
    str folder;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    struct audit_report r = verify(op, store, NULL);
    check(r.ok && r.facts == 0 && r.head.n == 0 && head(op, store).no == 0);
    store_close(store);
}

TEST("a fact of an abandoned save leaves no gap, and neither does one of an undone part")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    int64_t no;
    struct fact f = fact_of(FACT_CHANGE, 1, 4, S("{}"));
    check(store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && no == 11);
    store_abandon(tx);
    check(store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && no == 11);
    check(store_part_begin(tx) && fact_keep(tx, &f, &no) && no == 12 && store_part_undo(tx));
    check(fact_keep(tx, &f, &no) && no == 12 && store_commit(tx));
    check(verify(op, store, NULL).ok);
    store_close(store);
}

TEST("the database itself refuses to change or delete a fact")
{
    static const char *const attempts[] = {
        "update fact set body = '{}' where no = 3",
        "update fact set account_name = '李四' where no = 3",
        "update fact set body = null, salt = null, commitment = zeroblob(32), version = 9 where no = 3",
        "update fact set body = null, salt = null where no = 3",
        "update fact set commitment = zeroblob(32) where no = 3",
        "delete from fact where no = 10",
    };
    str folder;
    struct store *store = ten(op, &folder);
    for (size_t i = 0; i < COUNT(attempts); i++) {
        struct tx *tx;
        check(store_begin(store, op, TX_WRITE, &tx));
        check(!store_run(tx, attempts[i], ARGS(), NULL));
        store_abandon(tx);
    }
    check(verify(op, store, NULL).ok);
    store_close(store);
}

TEST("whoever alters, removes or reorders facts in the file is found out, and the first is named")
{
    static const struct {
        const char *sql;
        int64_t bad;
    } cases[] = {
        {"update fact set body = '{\"姓名\":\"张四\"}' where no = 4", 4},
        {"update fact set body = '' where no = 10", 0}, /* was empty: nothing changed */
        {"update fact set salt = zeroblob(16) where no = 2", 2},
        {"update fact set account_name = '李四' where no = 5", 5},
        {"update fact set account = null where no = 5", 5},
        {"update fact set post = null where no = 1", 1},
        {"update fact set at = at + 1 where no = 7", 7},
        {"update fact set version = 3 where no = 6", 6},
        {"update fact set act = 'change' where no = 6", 6},
        {"update fact set ledger = 'house' where no = 3", 3},
        {"update fact set record = zeroblob(16) where no = 3", 3},
        {"update fact set state = '' where no = 9", 9},
        {"update fact set town = '152524102' where no = 9", 9},
        {"update fact set commitment = zeroblob(32) where no = 8", 8},
        {"update fact set hash = zeroblob(32) where no = 8", 8},
        {"update fact set hash = zeroblob(31) where no = 8", 8},
        {"delete from fact where no = 1", 1},
        {"delete from fact where no = 5", 5},
        {"delete from fact where no = 10", 10},
        {"delete from fact where no > 7", 8},
        {"delete from fact", 1},
        {"delete from fact where no = 5; update fact set no = no - 1 where no > 5", 5},
        {"update fact set no = -6 where no = 6; update fact set no = 6 where no = 7; update fact set no = 7 where no = "
         "-6",
         6},
        {"insert into fact select 11, town, at, account, account_name, post, act, ledger, record, version, state, "
         "salt, body, commitment, hash"
         " from fact where no = 10",
         11},
        {"update fact set body = null, salt = null where no = 4", 4},
        {"update fact set body = null, salt = null, commitment = zeroblob(32) where no = 4", 4},
        {"update fact_head set no = 9", 10},
        {"delete from fact_head", 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mark mark = op_mark(op);
        str folder;
        store_close(ten(op, &folder));
        tamper(op, folder, cases[i].sql);
        struct store *store = open_at(op, folder);
        struct audit_report r = verify(op, store, NULL);
        if (r.ok != (cases[i].bad == 0) || r.bad_no != cases[i].bad)
            test_failed(__FILE__, __LINE__, "%s: found %lld «%.*s», expected %lld", cases[i].sql, (long long)r.bad_no,
                        PS(r.text), (long long)cases[i].bad);
        check(r.ok == (r.text.n == 0));
        store_close(store);
        op_reset(op, mark);
    }
}

TEST("a chain that was rewritten as a whole, or cut and its end corrected, does not match the hash people wrote down")
{
    str folder, other;
    struct store *store = ten(op, &folder);
    struct fact_head written = head(op, store);
    check(verify(op, store, &written).ok);
    store_close(store);
    struct op liar;
    op_init(&liar, op->now, 99);
    store = ten(&liar, &other); /* the same facts by somebody else's program: sound in itself */
    check(verify(&liar, store, NULL).ok);
    struct audit_report r = verify(&liar, store, &written);
    check(!r.ok);
    check_int(r.bad_no, 10);
    store_close(store);
    op_done(&liar);
    tamper(op, folder,
           "delete from fact where no > 6; update fact_head set no = 6, hash = (select hash from fact where no = 6)");
    store = open_at(op, folder);
    check(verify(op, store, NULL).ok); /* this is why the head should be written down */
    r = verify(op, store, &written);
    check(!r.ok);
    check_int(r.bad_no, 7);
    store_close(store);
}

static bool file_holds(struct op *op, str path, str part)
{
    str bytes;
    size_t at;
    if (!file_read(op, path, 64 << 20, &bytes)) {
        op_forgive(op, 0);
        return false;
    }
    return str_find(bytes, part, &at);
}

TEST("destroying by law takes the contents out of database and log, leaves a fact that says so, and the chain verifies")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    struct fact f, destroyer = fact_of(FACT_DESTROY, 1, 0, S(""));
    int64_t no;
    bool found;
    str secret = S("张君宝"), database = op_text(op, "%.*s/zhenwu.db", PS(folder)),
        log = op_text(op, "%.*s/zhenwu.db-wal", PS(folder));
    check(file_holds(op, database, secret) || file_holds(op, log, secret));
    check(store_begin(store, op, TX_WRITE, &tx));
    check(!fact_destroy(tx, &destroyer, (const int64_t[]){1}, 1, S(""), S("张书记"), &no));
    check(!fact_destroy(tx, &destroyer, (const int64_t[]){1}, 1, S("突发事件结束"), S(""), &no));
    op_forgive(op, 0);
    check(fact_destroy(tx, &destroyer, (const int64_t[]){1, 4, 9}, 3, S("突发事件结束"), S("张书记，镇政发〔2021〕3号"),
                       &no) &&
          no == 11);
    check(store_commit(tx));
    check(store_begin(store, op, TX_READ, &tx));
    check(fact_get(tx, 9, &f, &found) && found && f.destroyed && f.body.n == 0);
    check(fact_get(tx, 11, &f, &found) && found && f.act == FACT_DESTROY && !f.destroyed);
    check(str_find(f.body, S("[1,4,9]"), &(size_t){0}));
    check(store_commit(tx));
    check(verify(op, store, NULL).ok);
    store_close(store);
    check(!file_holds(op, database, secret));
    check(!file_holds(op, log, secret));
    store = open_at(op, folder);
    check(store_begin(store, op, TX_WRITE, &tx)); /* not twice, and not the record of destroying itself */
    check(!fact_destroy(tx, &destroyer, (const int64_t[]){9}, 1, S("再次"), S("张书记"), &no) && !store_commit(tx));
    check(store_begin(store, op, TX_WRITE, &tx));
    check(!fact_destroy(tx, &destroyer, (const int64_t[]){11}, 1, S("灭迹"), S("张书记"), &no) && !store_commit(tx));
    check(verify(op, store, NULL).ok);
    store_close(store);
    tamper(op, folder, "update fact set body = null, salt = null where no = 5");
    store = open_at(op, folder);
    check_int(verify(op, store, NULL).bad_no, 5);
    store_close(store);
}

TEST("a body that somebody destroyed without saying so is found out, although its commitment is the right one")
{
    str folder;
    struct tx *tx;
    struct rows *rows;
    bool found;
    int64_t no;
    struct fact destroyer = fact_of(FACT_EXPORT, 0, 1, S(""));
    struct store *store = ten(op, &folder);
    check(store_begin(store, op, TX_WRITE, &tx));
    check(fact_destroy(tx, &destroyer, (const int64_t[]){5}, 1, S("试"), S("张书记"), &no));
    check(store_query(tx, "select lower(hex(commitment)) from fact where no = 5", ARGS(), &rows) &&
          rows_next(rows, &found) && found);
    str commitment = rows_text(rows, 0);
    store_abandon(tx);
    store_close(store);
    tamper(op, folder,
           op_text(op, "update fact set body = null, salt = null, commitment = x'%.*s' where no = 5", PS(commitment)).p);
    store = open_at(op, folder);
    struct audit_report r = verify(op, store, NULL);
    check(!r.ok && str_find(r.text, S("没有销毁记录"), &(size_t){0}));
    check_int(r.bad_no, 5);
    store_close(store);
}

TEST("history is found by record, account, time and ledger, newest first, page by page")
{
    static const struct {
        str ledger;
        int record, account; /* 0: any */
        time_ms from, to;
        int64_t before;
        int limit;
        int64_t first, count;
    } cases[] = {
        {SC(""), 0, 0, 0, 0, 0, 0, 10, 10},
        {SC(""), 0, 0, 0, 0, 0, 3, 10, 3},
        {SC(""), 0, 0, 0, 0, 8, 3, 7, 3},
        {SC(""), 0, 0, 0, 0, 1, 0, 0, 0},
        {SC("person"), 0, 0, 0, 0, 0, 0, 10, 10},
        {SC("house"), 0, 0, 0, 0, 0, 0, 0, 0},
        {SC(""), 1, 0, 0, 0, 0, 0, 9, 3},
        {SC("person"), 3, 0, 0, 0, 0, 0, 7, 2},
        {SC(""), 0, 100, 0, 0, 0, 1, 10, 1},
        {SC(""), 0, 99, 0, 0, 0, 0, 0, 0},
        {SC(""), 0, 0, 5000, 0, 0, 0, 10, 5},
        {SC(""), 0, 0, 2000, 4000, 0, 0, 4, 2},
    };
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    check(store_begin(store, op, TX_READ, &tx));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fact *facts;
        size_t count;
        struct fact_query q = {.ledger = cases[i].ledger, .before = cases[i].before, .limit = cases[i].limit};
        if (cases[i].record)
            q.record = who_of(cases[i].record);
        if (cases[i].account)
            q.account = who_of(cases[i].account);
        if (cases[i].from)
            q.from = op->now + cases[i].from;
        if (cases[i].to)
            q.to = op->now + cases[i].to;
        check(fact_list(tx, &q, &facts, &count));
        if ((int64_t)count != cases[i].count || (count && facts[0].no != cases[i].first))
            test_failed(__FILE__, __LINE__, "case %zu: %zu facts from %lld", i, count,
                        count ? (long long)facts[0].no : 0);
        for (size_t k = 1; k < count; k++)
            check(facts[k].no < facts[k - 1].no);
    }
    struct fact *facts;
    size_t count;
    check(fact_history(tx, S("person"), who_of(1), &facts, &count) && count == 3 && facts[0].no == 1 &&
          facts[2].no == 9);
    check(store_commit(tx));
    store_close(store);
}

struct seen {
    struct op *op;
    str text;
};

static bool see(void *context, [[maybe_unused]] struct tx *tx, const struct fact *f)
{
    struct seen *s = context;
    s->text = op_text(s->op, "%.*s%d.%d ", PS(s->text), f->record.b[15], (int)f->version);
    return true;
}

TEST("a ledger is read as of a fact number or a moment: of each record the last values until then")
{
    static const struct {
        int64_t no;
        str text;
    } cases[] = {{0, SC("")},
                 {1, SC("1.1 ")},
                 {3, SC("1.1 2.1 3.1 ")},
                 {4, SC("1.2 2.1 3.1 ")},
                 {7, SC("1.2 2.2 3.1 4.1 ")},
                 {99, SC("1.3 2.2 3.1 4.2 ")}};
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    check(store_begin(store, op, TX_READ, &tx));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {op, S("")};
        check(store_facts_as_of(tx, S("person"), cases[i].no, see, &s));
        check_str(s.text, cases[i].text);
    }
    struct fact f;
    bool found;
    int64_t no;
    check(fact_as_of(tx, S("person"), who_of(1), 8, &f, &found) && found && f.no == 4);
    check(fact_as_of(tx, S("person"), who_of(4), 4, &f, &found) && !found);
    check(store_fact_at(tx, op->now - 1, &no) && no == 0);
    check(store_fact_at(tx, op->now + 3500, &no) && no == 4);
    check(store_fact_at(tx, op->now + 999999, &no) && no == 10);
    check(store_commit(tx));
    store_close(store);
}

TEST("a moment includes every fact numbered before its last one, although clocks of the savers differ")
{
    str folder;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    struct tx *tx;
    int64_t no;
    time_ms start = op->now;
    for (int i = 1; i <= 4; i++) {
        struct fact f = fact_of(FACT_ADD, i, 1, S("{}"));
        op->now = start + (i == 2 ? 5 : i); /* 1, 5, 3, 4 */
        check(store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && store_commit(tx));
    }
    check(store_begin(store, op, TX_READ, &tx));
    check(store_fact_at(tx, start + 3, &no) && no == 3);
    check(store_fact_at(tx, start + 5, &no) && no == 4);
    check(store_commit(tx));
    store_close(store);
}

static bool count_and_write(void *context, struct tx *tx, const struct fact *f)
{
    int64_t *last = context;
    check_int(f->no, *last + 1);
    *last = f->no;
    return store_run(tx, "insert into store_schema (room, version) values ($1, 1)", ARGS(TEXT(f->hash_text)), NULL);
}

TEST("rebuilding visits every fact in order and may write as it goes")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    int64_t last = 0, n;
    bool found;
    check(store_begin(store, op, TX_BULK, &tx) && store_rebuild(tx, count_and_write, &last));
    check_int(last, 10);
    check(store_int(tx, "select count(*) from store_schema where length(room) = 64", ARGS(), &n, &found) && n == 10);
    store_abandon(tx);
    store_close(store);
}

TEST("facts that a bulk writes together, of every length, make a chain that verifies one by one")
{
    enum { FACTS = 400 };
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    int64_t no;
    char *bytes = op_alloc(op, 16 * FACTS);
    memset(bytes, 'x', 16 * FACTS);
    check(store_begin(store, op, TX_BULK, &tx));
    for (size_t i = 0; i < FACTS; i++) {
        size_t n = i % 7 == 6 ? 16 * i : i;
        struct fact f = fact_of(FACT_ADD, 200, 1, (str){bytes, n});
        f.record = id_new(op);
        check(fact_keep(tx, &f, &no) && no == 11 + (int64_t)i);
    }
    check(store_commit(tx));
    struct audit_report r = verify(op, store, NULL);
    check(r.ok && r.facts == 10 + FACTS);
    check_str(r.head, head(op, store).hash);
    store_close(store);
}

TEST("facts that come faster than they are written, after as many that were given up, make a chain that verifies")
{
    enum { FACTS = 12000, BODY = 600 }; /* some times what may wait: whoever brings them computes ahead meanwhile */
    str folder;
    struct store *store = ten(op, &folder);
    char *bytes = op_alloc(op, BODY);
    memset(bytes, 'x', BODY);
    for (int round = 0; round < 3; round++) {
        struct tx *tx;
        check(store_begin(store, op, TX_BULK, &tx));
        for (size_t i = 0; i < FACTS; i++) {
            struct fact f = fact_of(FACT_ADD, 200, 1, (str){bytes, BODY - i % 100});
            f.record = id_new(op);
            check(fact_keep(tx, &f, NULL));
        }
        if (round == 1)
            check(store_commit(tx));
        else
            store_abandon(tx);
    }
    struct audit_report r = verify(op, store, NULL);
    check(r.ok && r.facts == 10 + FACTS);
    store_close(store);
}

TEST("a body beyond the limit is refused in words")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    char *big = op_alloc(op, FACT_BODY_MAX + 1);
    struct fact f = fact_of(FACT_CHANGE, 1, 4, (str){big, FACT_BODY_MAX + 1});
    int64_t no;
    check(store_begin(store, op, TX_WRITE, &tx) && !fact_keep(tx, &f, &no));
    check(op_has_fault(op, FAULT_INPUT));
    store_abandon(tx);
    store_close(store);
}

static bool stop_at_once(void *context, [[maybe_unused]] str stage, int64_t done, int64_t total)
{
    *(int64_t *)context = total - done;
    return false;
}

TEST("verifying tells how far it is and can be cancelled")
{
    str folder;
    struct store *store = ten(op, &folder);
    struct tx *tx;
    struct audit_report report;
    int64_t no, left = 0;
    check(store_begin(store, op, TX_BULK, &tx));
    for (int i = 10; i < 5000; i++)
        check(fact_keep(tx, &(const struct fact){.act = FACT_SIGN_IN, .account = who_of(1)}, &no));
    check(store_commit(tx));
    check(verify(op, store, NULL).facts == 5000);
    check(store_begin(store, op, TX_READ, &tx) && !audit_verify(tx, stop_at_once, &left, &report));
    check_int(left, 5000 - 4096);
    store_abandon(tx);
    store_close(store);
}
