/* Opening, transactions, SQL, durability, failures beneath. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "store/inside.h"

static const char *const steps[] = {
    "create table test_note (town text not null, no integer primary key, text text unique, b blob)",
};

static struct store *open_at(struct op *op, str folder, const struct store_engine *engine)
{
    struct store *store;
    must(store_open(op, folder, &(struct store_options){.town = S("152524101"), .engine = engine}, &store));
    struct tx *tx;
    must(store_begin(store, op, TX_WRITE, &tx) && store_schema(tx, S("test"), steps, COUNT(steps)) && store_commit(tx));
    return store;
}

static struct store *open_new(struct op *op, str *ret_folder)
{
    test_dir_make(op, ret_folder);
    return open_at(op, *ret_folder, NULL);
}

[[nodiscard]] static bool note(struct tx *tx, int64_t no, str text)
{
    return store_run(tx, "insert into test_note (town, no, text) values ($1, $2, $3)",
                     ARGS(TEXT(store_town(tx)), INT(no), TEXT(text)), NULL);
}

[[nodiscard]] static bool save(struct store *store, struct op *op, int64_t no, str text)
{
    struct tx *tx;
    return store_begin(store, op, TX_WRITE, &tx) && note(tx, no, text) && store_commit(tx);
}

static int64_t count_notes(struct store *store, struct op *op)
{
    struct tx *tx;
    int64_t n = -1;
    bool found;
    must(store_begin(store, op, TX_READ, &tx));
    must(store_int(tx, "select count(*) from test_note", ARGS(), &n, &found) && store_commit(tx));
    return n;
}

TEST("what was committed is there after closing and opening")
{
    str folder;
    struct store *store = open_new(op, &folder);
    check(save(store, op, 1, S("一")));
    store_close(store);
    store = open_at(op, folder, NULL);
    check_int(count_notes(store, op), 1);
    struct tx *tx;
    check(store_begin(store, op, TX_READ, &tx));
    check_str(store_town(tx), S("152524101"));
    check(store_commit(tx));
    store_close(store);
}

TEST("a folder serves one program at a time, but may be read beside it")
{
    str folder;
    struct store *store = open_new(op, &folder), *other;
    check(save(store, op, 1, S("一")));
    check(!store_open(op, folder, &(struct store_options){0}, &other));
    check(op_has_fault(op, FAULT_CONFLICT));
    op_forgive(op, 0);
    check(store_open(op, folder, &(struct store_options){.reading = true}, &other));
    check_int(count_notes(other, op), 1);
    check(save(store, op, 2, S("二")));
    check_int(count_notes(other, op), 2);
    store_close(other);
    store_close(store);
}

TEST("another town's data is refused, and so is a folder without any")
{
    str folder;
    struct store *store = open_new(op, &folder);
    store_close(store);
    check(!store_open(op, folder, &(struct store_options){.town = S("152524102")}, &store));
    check(op_has_fault(op, FAULT_CONFLICT));
    op_forgive(op, 0);
    check(!store_open(op, op_text(op, "%.*s/none", PS(folder)), &(struct store_options){.reading = true}, &store));
    check(op_has_fault(op, FAULT_MISSING));
}

TEST("values come back as they were given, whatever order the parameters have")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    struct rows *rows;
    bool found;
    id x = id_new(op), none = {0};
    check(store_begin(store, op, TX_WRITE, &tx));
    check(store_run(tx, "insert into test_note (b, text, no, town) values ($4, $3, $2, $1)",
                    ARGS(TEXT(S("t")), INT(-9007199254740993), TEXT(S("张三 $1 '\"")), ID(x)), NULL));
    check(store_run(tx, "insert into test_note (town, no, text, b) values ('$1', $1, $2, $3)",
                    ARGS(INT(2), TEXT(S("")), ID(none)), NULL));
    check(
        store_query(tx, "select no, text, b, null, 1.5 from test_note where no < $1 order by no", ARGS(INT(3)), &rows));
    check(rows_next(rows, &found) && found);
    check_int(rows_count(rows), 5);
    check(rows_int(rows, 0) == -9007199254740993);
    str text = rows_text(rows, 1);
    check(id_eq(rows_id(rows, 2), x));
    check(rows_is_null(rows, 3) && !rows_is_null(rows, 0));
    check_str(rows_text(rows, 4), S("1.5"));
    check(rows_value(rows, 2).kind == ARG_BLOB && rows_value(rows, 3).kind == ARG_NULL);
    check(rows_next(rows, &found) && found);
    check_str(text, S("张三 $1 '\""));
    check(rows_is_null(rows, 2) && !rows_is_null(rows, 1) && rows_text(rows, 1).n == 0);
    check(rows_next(rows, &found) && !found);
    check(rows_next(rows, &found) && !found);
    check(store_commit(tx));
    store_close(store);
}

TEST("queries nest, may be left unfinished, and end with their mark")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    check(store_begin(store, op, TX_WRITE, &tx));
    for (int i = 1; i <= 5; i++)
        check(note(tx, i, op_text(op, "%d", i)));
    struct rows *outer, *inner;
    bool found;
    int sum = 0;
    check(store_query(tx, "select no from test_note order by no", ARGS(), &outer) && rows_next(outer, &found));
    while (found) {
        struct mark mark = op_mark(op);
        check(store_query(tx, "select no from test_note order by no", ARGS(), &inner) && rows_next(inner, &found));
        sum += (int)rows_int(outer, 0) * (int)rows_int(inner, 0);
        op_reset(op, mark);
        check(rows_next(outer, &found));
    }
    check_int(sum, 15);
    check(store_query(tx, "select no from test_note", ARGS(), &outer) && rows_next(outer, &found));
    check(store_commit(tx));
    check_int(count_notes(store, op), 5);
    store_close(store);
}

struct notes_seen {
    struct tx *tx;
    int rows, inner, until;
    int64_t sum;
    bool plain;
};

static bool note_within(void *context, [[maybe_unused]] struct arg *values)
{
    ((struct notes_seen *)context)->inner++;
    return true;
}

static bool note_seen(void *context, struct arg *values)
{
    struct notes_seen *seen = context;
    seen->rows++;
    seen->sum += values[0].i;
    seen->plain &= values[0].kind == ARG_INT && values[1].kind == ARG_TEXT && values[2].kind == ARG_NULL &&
                   (int64_t)values[1].text.n == values[0].i && values[3].kind == ARG_BLOB && values[3].text.n == 1;
    values[0] = NUL; /* its own to change */
    if (seen->rows == seen->until)
        return op_fail(seen->tx->op, FAULT_INPUT, S("no"), "够了");
    return store_each(seen->tx, S("no"), S("from test_note where no < $1"), ARGS(INT(3)), note_within, seen);
}

TEST("every row is given with its values; whoever takes them may read within, and ends it by saying why")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    check(store_begin(store, op, TX_WRITE, &tx));
    for (int i = 1; i <= 5; i++)
        check(note(tx, i, (str){"12345", (size_t)i}));
    struct notes_seen all = {.tx = tx, .plain = true}, some = {.tx = tx, .plain = true, .until = 2}, none = all;
    str columns = S("no, text, null, x'07'"), from = S("from test_note where no > $1");
    check(store_each(tx, columns, from, ARGS(INT(0)), note_seen, &all));
    check(all.rows == 5 && all.sum == 15 && all.plain && all.inner == 10);
    check(store_each(tx, columns, from, ARGS(INT(5)), note_seen, &none) && none.rows == 0);
    check(!store_each(tx, columns, from, ARGS(INT(0)), note_seen, &some) && some.rows == 2);
    check(op_has_fault(op, FAULT_INPUT) && !op_has_fault(op, FAULT_SYSTEM));
    op_forgive(op, 0);
    check(store_each(tx, columns, from, ARGS(INT(4)), note_seen, &none) && none.rows == 1); /* nothing was left open */
    check(store_commit(tx));
    store_close(store);
}

TEST("the log of a large import is cut to its working size when the store is closed, and nothing of it is lost")
{
    enum { ROWS = 40, ROW_BYTES = 1 << 20 };
    static_assert((int64_t)ROWS * ROW_BYTES > 2 * (int64_t)STORE_LOG_BYTES, "more than the log is to keep");
    str folder, large = {op_alloc(op, ROW_BYTES), ROW_BYTES};
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    struct stat log;
    check(store_begin(store, op, TX_BULK, &tx));
    for (int i = 0; i < ROWS; i++)
        check(store_run(tx, "insert into test_note (town, no, b) values ($1, $2, $3)",
                        ARGS(TEXT(store_town(tx)), INT(i), BLOB(large)), NULL));
    check(store_commit(tx));
    store_close(store);
    check(stat(op_text(op, "%.*s/zhenwu.db-wal", PS(folder)).p, &log) == 0 && log.st_size <= STORE_LOG_BYTES);
    store = open_at(op, folder, NULL);
    check_int(count_notes(store, op), ROWS);
    store_close(store);
}

TEST("a bulk that goes on keeps what came before, whatever comes after, and its log begins anew again and again")
{
    enum { PARTS = 8, ROWS = 20, ROW_BYTES = 1 << 20 };
    static_assert((int64_t)ROWS * ROW_BYTES * 4 > 4 * (int64_t)STORE_LOG_BYTES, "half of it is more than the log may be");
    str folder, large = {op_alloc(op, ROW_BYTES), ROW_BYTES};
    struct store *store = open_new(op, &folder);
    const char *path = op_text(op, "%.*s/zhenwu.db-wal", PS(folder)).p;
    struct tx *tx;
    struct stat log;
    off_t longest = 0;
    check(store_begin(store, op, TX_BULK, &tx));
    for (int part = 0; part < PARTS; part++) {
        for (int i = 0; i < ROWS; i++)
            check(store_run(tx, "insert into test_note (town, no, b) values ($1, $2, $3)",
                            ARGS(TEXT(store_town(tx)), INT(part * ROWS + i), BLOB(large)), NULL));
        check(store_go_on(tx) && tx->open && stat(path, &log) == 0);
        longest = log.st_size > longest ? log.st_size : longest;
    }
    check(longest < (off_t)PARTS / 2 * ROWS * ROW_BYTES * 5 / 4);
    check(note(tx, 1000, S("后来的")));
    store_abandon(tx);
    check_int(count_notes(store, op), PARTS * ROWS);
    check(store_begin(store, op, TX_BULK, &tx) && note(tx, 1000, S("一")) && !note(tx, 1000, S("二")) && !store_go_on(tx));
    check(!tx->open);
    op_forgive(op, 0);
    check_int(count_notes(store, op), PARTS * ROWS);
    store_close(store);
}

TEST("an operation that ends without a commit leaves nothing")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct op other;
    struct tx *tx;
    op_init(&other, op->now, 1);
    check(store_begin(store, &other, TX_WRITE, &tx) && note(tx, 1, S("一")));
    op_done(&other);
    op_init(&other, op->now, 1);
    check(store_begin(store, &other, TX_BULK, &tx) && note(tx, 1, S("一")));
    op_done(&other);
    check_int(count_notes(store, op), 0);
    store_close(store);
}

TEST("a broken unique rule is a conflict that names the column, and the commit is refused")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    check(save(store, op, 1, S("一")));
    check(store_begin(store, op, TX_WRITE, &tx));
    check(note(tx, 2, S("二")) && !note(tx, 3, S("一")));
    check(op->faults->kind == FAULT_CONFLICT);
    check_str(op->faults->field, S("text"));
    op_forgive(op, 0);
    check(!store_commit(tx));
    check(op->fault_count == 1);
    check_int(count_notes(store, op), 1);
    store_close(store);
}

TEST("a part that is undone leaves the rest, and parts nest")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    check(store_begin(store, op, TX_BULK, &tx));
    check(note(tx, 1, S("一")) && store_part_begin(tx) && note(tx, 2, S("二")));
    check(store_part_begin(tx) && !note(tx, 3, S("一")) && store_part_undo(tx));
    check(store_part_keep(tx) && store_part_begin(tx) && note(tx, 4, S("四")) && store_part_undo(tx));
    op_forgive(op, 0);
    check(store_commit(tx));
    check_int(count_notes(store, op), 2);
    store_close(store);
}

TEST("a reader sees the moment it began, however many saves follow")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *reader, *later;
    int64_t n;
    bool found;
    check(save(store, op, 1, S("一")));
    check(store_begin(store, op, TX_READ, &reader));
    check(save(store, op, 2, S("二")));
    check(store_int(reader, "select count(*) from test_note", ARGS(), &n, &found) && n == 1);
    check(store_begin(store, op, TX_READ, &later));
    check(store_int(later, "select count(*) from test_note", ARGS(), &n, &found) && n == 2);
    check(store_int(reader, "select count(*) from test_note", ARGS(), &n, &found) && n == 1);
    check(store_commit(reader) && store_commit(later));
    store_close(store);
}

TEST("names from definitions cannot leave their quotes, and patterns match themselves only")
{
    check_str(store_name(op, S("证件号")), S("\"证件号\""));
    check_str(store_name(op, S("a\"; drop table fact --")), S("\"a\"\"; drop table fact --\""));
    check_str(store_like(op, S("50%_\\")), S("%50\\%\\_\\\\%"));
}

TEST("a room's tables are made step by step, and older programs refuse newer data")
{
    static const char *const more[] = {"create table test_a (town text)", "create table test_b (town text)"};
    str folder;
    struct store *store = open_new(op, &folder);
    struct tx *tx;
    int64_t n;
    bool found;
    check(store_begin(store, op, TX_WRITE, &tx));
    check(store_schema(tx, S("more"), more, 1) && store_schema(tx, S("more"), more, 2) &&
          store_schema(tx, S("more"), more, 2));
    check(store_int(tx, "select count(*) from test_b", ARGS(), &n, &found));
    check(!store_schema(tx, S("more"), more, 1));
    check(op_has_fault(op, FAULT_CONFLICT));
    store_abandon(tx);
    store_close(store);
}

TEST("data of another format is told and left as it is, whether it would be read or written")
{
    static const char *const other[] = {"update store_schema set version = version - 1 where room = 'format'",
                                        "delete from store_schema where room = 'format'"};
    for (size_t i = 0; i < COUNT(other); i++)
        for (int reading = 0; reading < 2; reading++) {
            str folder;
            struct store *store = open_new(op, &folder);
            struct tx *tx;
            int faults = op->fault_count;
            check(store_begin(store, op, TX_WRITE, &tx) && store_run(tx, other[i], ARGS(), NULL) && store_commit(tx));
            store_close(store);
            struct store_options options = {.town = S("152524101"), .reading = reading};
            check(!store_open(op, folder, &options, &store));
            check(op_has_fault(op, FAULT_CONFLICT) && str_find(op->faults->text, S("另一个版本"), &(size_t){0}));
            op_forgive(op, faults);
        }
}

/* ---- many at once ------------------------------------------------------------------------------------------ */

struct client {
    struct store *store;
    int first, count, every_fails;
    int kept;
    pthread_t thread;
};

static void *client_run(void *context)
{
    struct client *c = context;
    for (int i = 0; i < c->count; i++) {
        struct op op;
        struct tx *tx;
        op_init(&op, 1638752400000, (uint64_t)(c->first + i));
        int no = c->first + i;
        if (c->every_fails && i % c->every_fails == 0) { /* a save that is refused half way */
            if (store_begin(c->store, &op, TX_WRITE, &tx) && note(tx, no, op_text(&op, "%d", no)))
                store_abandon(tx);
        } else if (save(c->store, &op, no, op_text(&op, "%d", no))) {
            c->kept++;
        }
        op_done(&op);
    }
    return NULL;
}

TEST("saves of many clients share their commits, and a refused one spoils nobody's")
{
    enum { CLIENTS = 16, SAVES = 30 };
    struct failing_engine engine;
    struct client clients[CLIENTS];
    str folder;
    failing_init(&engine, &store_sqlite);
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder, &engine.engine);
    long before = engine.commits;
    int kept = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            (struct client){.store = store, .first = 1 + i * SAVES, .count = SAVES, .every_fails = i % 3 ? 0 : 4};
        must(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) == 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        kept += clients[i].kept;
    }
    long commits = engine.commits - before;
    check_int(kept, CLIENTS * SAVES - 6 * 8);
    check_int(count_notes(store, op), kept);
    if (commits * 2 >= kept)
        test_failed(__FILE__, __LINE__, "%ld commits for %d saves", commits, kept);
    store_close(store);
}

TEST("an import waits for the saves before it and shares its commit with nobody")
{
    str folder;
    struct store *store = open_new(op, &folder);
    struct client c = {.store = store, .first = 1, .count = 50};
    must(pthread_create(&c.thread, NULL, client_run, &c) == 0);
    for (int round = 0; round < 10; round++) {
        struct tx *tx;
        check(store_begin(store, op, TX_BULK, &tx));
        for (int i = 0; i < 20; i++)
            check(note(tx, 1000 + round * 20 + i, op_text(op, "b%d", round * 20 + i)));
        if (round % 2)
            store_abandon(tx);
        else
            check(store_commit(tx));
    }
    pthread_join(c.thread, NULL);
    check_int(c.kept, 50);
    check_int(count_notes(store, op), 150);
    store_close(store);
}

TEST("when the group's commit fails, each of its members is told, nothing of any is kept, and a retry works")
{
    struct failing_engine engine;
    struct tx *tx;
    str folder;
    failing_init(&engine, &store_sqlite);
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder, &engine.engine);
    struct client other = {.store = store, .first = 2, .count = 1};
    check(store_begin(store, op, TX_WRITE, &tx) && note(tx, 1, S("一")));
    must(pthread_create(&other.thread, NULL, client_run, &other) == 0);
    while (store_waiting(store) == 0)
        sched_yield();
    engine.fail_with = ENGINE_FULL;
    engine.fail_commit = engine.commits + 1;
    check(!store_commit(tx));
    pthread_join(other.thread, NULL);
    check_int(other.kept, 0);
    check(op_has_fault(op, FAULT_SYSTEM));
    check_int(count_notes(store, op), 0);
    check(save(store, op, 1, S("一")));
    check_int(count_notes(store, op), 1);
    store_close(store);
}

/* ---- failures beneath -------------------------------------------------------------------------------------- */

static const struct column thing_columns[] = {{SC("名称"), COLUMN_TEXT, true, true}};
static const struct table thing = {.name = SC("thing"), .columns = thing_columns, .count = 1};

static id thing_id(int n)
{
    id x = {0};
    x.b[0] = 1;
    x.b[15] = (uint8_t)n;
    return x;
}

/* One save as the offices make it: fact, row and search words, and a part that is taken back. */
[[nodiscard]] static bool thing_write(struct tx *tx, int n)
{
    str name = op_text(tx->op, "物件%d", n);
    struct fact f = {.act = FACT_ADD, .ledger = thing.name, .record = thing_id(n), .version = 1, .body = name};
    struct row_head head = {.version = 1, .state = S("")};
    return table_make(tx, &thing) && fact_keep(tx, &f, &head.fact_no) &&
           table_put(tx, &thing, f.record, &head, ARGS(TEXT(name)).p) && store_part_begin(tx) &&
           fact_keep(tx, &f, &head.fact_no) && store_part_undo(tx) &&
           search_put(tx, thing.name, f.record, (id){0}, name, &(const struct search_term){SEARCH_TEXT, name}, 1);
}

[[nodiscard]] static bool thing_save(struct store *store, struct op *op, int n)
{
    struct tx *tx;
    return store_begin(store, op, TX_WRITE, &tx) && thing_write(tx, n) && store_commit(tx);
}

/* Facts, rows and search agree, and the chain verifies. */
static int64_t things_check(struct store *store, struct op *op)
{
    struct tx *tx;
    struct audit_report report;
    int64_t rows = 0, docs = 0;
    bool found;
    must(store_begin(store, op, TX_READ, &tx) && audit_verify(tx, NULL, NULL, &report));
    check(report.ok);
    must(store_int(tx, "select count(*) from sqlite_schema where name = 'now_thing'", ARGS(), &rows, &found));
    if (rows)
        must(store_int(tx, "select count(*) from now_thing", ARGS(), &rows, &found));
    must(store_int(tx, "select count(*) from search_doc", ARGS(), &docs, &found) && store_commit(tx));
    check_int(rows, report.facts);
    check_int(docs, report.facts);
    return report.facts;
}

TEST("torture: whichever call of a save fails, and however, it leaves nothing, says so, and works when tried again")
{
    static const enum engine_status ways[] = {ENGINE_FULL, ENGINE_IO, ENGINE_BUSY};
    for (size_t way = 0; way < COUNT(ways); way++) {
        struct failing_engine engine;
        str folder;
        failing_init(&engine, &store_sqlite);
        test_dir_make(op, &folder);
        struct store *store = open_at(op, folder, &engine.engine);
        engine.fail_with = ways[way];
        int64_t kept = 0;
        bool done = false;
        int n;
        for (n = 1; !done && n < 500; n++) {
            struct op one;
            op_init(&one, op->now, (uint64_t)n);
            engine.fail_at = engine.calls + n;
            engine.fails_left = 1;
            done = thing_save(store, &one, (int)kept + 1);
            bool failed = engine.fails_left == 0;
            engine.fail_at = 0;
            if (done) /* only a failure after the commit may pass unnoticed */
                kept++;
            else
                check(failed && one.fault_count > 0);
            op_done(&one);
            op_init(&one, op->now, (uint64_t)n);
            check_int(things_check(store, &one), kept);
            if (n % 3 == 0) { /* tried again */
                check(thing_save(store, &one, (int)kept + 1));
                kept++;
            }
            op_done(&one);
        }
        check(done && n > 20);
        store_close(store);
    }
}

struct quitter {
    struct store *store;
    struct failing_engine *engine;
    long fail_after;
    int n;
    pthread_t thread;
};

/* Writes a thing and gives up; from then on a call of the engine fails. */
static void *quitter_run(void *context)
{
    struct quitter *q = context;
    struct op op;
    struct tx *tx;
    op_init(&op, 1638752400000, 7);
    must(store_begin(q->store, &op, TX_WRITE, &tx) && thing_write(tx, q->n));
    if (q->fail_after)
        q->engine->fail_at = q->engine->calls + q->fail_after;
    store_abandon(tx);
    op_done(&op);
    return NULL;
}

static void *thing_client_run(void *context)
{
    struct client *c = context;
    struct op op;
    op_init(&op, 1638752400000, 9);
    c->kept = thing_save(c->store, &op, c->first);
    op_done(&op);
    return NULL;
}

static void waiting_until(struct store *store, int count)
{
    while (store_waiting(store) < count)
        sched_yield();
}

TEST("who gives up after having written leaves the saves of its group as they were; should that fail, all of them are told")
{
    struct failing_engine engine;
    str folder;
    failing_init(&engine, &store_sqlite);
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder, &engine.engine);
    int64_t kept = thing_save(store, op, 1);
    int told = 0, n = 1;
    for (long fail_after = 0; fail_after < 60; fail_after++) { /* 0: nothing fails */
        struct op one;
        struct tx *tx;
        op_init(&one, op->now, (uint64_t)fail_after);
        struct quitter q = {store, &engine, fail_after, n + 2, 0};
        struct client after = {.store = store, .first = n + 3};
        check(store_begin(store, &one, TX_WRITE, &tx) && thing_write(tx, n + 1));
        must(pthread_create(&q.thread, NULL, quitter_run, &q) == 0);
        waiting_until(store, 1);
        must(pthread_create(&after.thread, NULL, thing_client_run, &after) == 0);
        waiting_until(store, 2);
        engine.fails_left = 1;
        bool done = store_commit(tx);
        pthread_join(q.thread, NULL);
        pthread_join(after.thread, NULL);
        check(fail_after || (done && after.kept));
        check(done || one.fault_count);
        engine.fail_at = 0;
        kept += done + after.kept;
        told += !done;
        n += 3;
        check_int(things_check(store, &one), kept);
        op_done(&one);
    }
    check(told > 10);
    store_close(store);
}

TEST("torture: whichever call of opening fails, the folder opens when tried again")
{
    bool done = false;
    int n;
    for (n = 1; !done && n < 500; n++) {
        struct failing_engine engine;
        struct store *store;
        struct op one;
        str folder;
        op_init(&one, op->now, (uint64_t)n);
        failing_init(&engine, &store_sqlite);
        engine.fail_at = n;
        test_dir_make(&one, &folder);
        bool opened =
            store_open(&one, folder, &(struct store_options){.town = S("152524101"), .engine = &engine.engine}, &store);
        done = engine.fails_left == 1; /* the call that was to fail never came */
        check(opened || (!done && one.fault_count > 0));
        if (opened)
            store_close(store);
        store = open_at(&one, folder, NULL);
        check(thing_save(store, &one, 1));
        check_int(things_check(store, &one), 1);
        store_close(store);
        op_done(&one);
    }
    check(done && n > 10);
}

TEST("torture: a disk that really fills up loses no acknowledged save and keeps nothing by halves")
{
    str folder;
    struct store *store = open_new(op, &folder);
    check(thing_save(store, op, 1));
    store_close(store);
    int pipes[2];
    must(pipe(pipes) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        struct rlimit limit = {300 << 10, 300 << 10};
        int saved = 1;
        signal(SIGXFSZ, SIG_IGN);
        store = open_at(op, folder, NULL);
        setrlimit(RLIMIT_FSIZE, &limit); /* no file may grow beyond 300 KB: writing fails in the middle of anything */
        for (int n = 2; n < 250; n++) {
            struct op one;
            op_init(&one, op->now, (uint64_t)n);
            if (thing_save(store, &one, n))
                saved = n;
            op_done(&one);
        }
        if (write(pipes[1], &saved, sizeof saved) != sizeof saved)
            _exit(1);
        _exit(0);
    }
    int saved = 0, status;
    must(read(pipes[0], &saved, sizeof saved) == sizeof saved && waitpid(child, &status, 0) == child);
    close(pipes[0]);
    close(pipes[1]);
    check(saved > 1 && saved < 249);
    store = open_at(op, folder, NULL);
    check_int(things_check(store, op), saved);
    check(thing_save(store, op, 250));
    store_close(store);
}

TEST("every acknowledged save survives kill -9 at any moment, and nothing is half there")
{
    enum { ROUNDS = 12 };
    str folder;
    test_dir_make(op, &folder);
    int64_t kept = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int pipes[2];
        must(pipe(pipes) == 0);
        pid_t child = fork();
        must(child >= 0);
        if (child == 0) {
            struct store *store = open_at(op, folder, NULL);
            for (int n = (int)kept + 1; n < 256; n++) {
                struct op one;
                op_init(&one, op->now, (uint64_t)n);
                if (!thing_save(store, &one, n) || write(pipes[1], &n, sizeof n) != sizeof n)
                    _exit(1);
                op_done(&one);
            }
            _exit(0);
        }
        close(pipes[1]);
        int acknowledged = (int)kept, n;
        for (int left = 1 + (int)(op_random(op) % 15); left > 0 && read(pipes[0], &n, sizeof n) == sizeof n; left--)
            acknowledged = n;
        for (uint64_t spin = op_random(op) % 100000; spin > 0;
             spin--) /* so that the child is anywhere in its next save */
            __atomic_signal_fence(__ATOMIC_SEQ_CST);
        kill(child, SIGKILL);
        while (read(pipes[0], &n, sizeof n) == sizeof n)
            acknowledged = n;
        close(pipes[0]);
        int status;
        must(waitpid(child, &status, 0) == child);
        struct op one;
        op_init(&one, op->now, 1);
        struct store *store = open_at(&one, folder, NULL);
        kept = things_check(store, &one);
        if (kept != acknowledged && kept != acknowledged + 1)
            test_failed(__FILE__, __LINE__, "%lld kept, %d acknowledged", (long long)kept, acknowledged);
        store_close(store);
        op_done(&one);
    }
    check(kept > ROUNDS);
}
