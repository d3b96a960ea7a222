/* Files of what was destroyed by law. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/test.h"
#include "store/engine.h"

enum { RECORDS = 4 };

static id record_of(int n)
{
    id x = {0};
    x.b[0] = 1;
    x.b[15] = (uint8_t)n;
    return x;
}

static str keep_file(struct store *store, struct op *op, str content)
{
    struct tx *tx;
    str digest;
    must(store_begin(store, op, TX_WRITE, &tx) && store_bytes_keep(tx, content, &digest) && store_commit(tx));
    return digest;
}

static int64_t keep_fact(struct store *store, struct op *op, int record, int64_t version, str digest)
{
    struct tx *tx;
    int64_t no;
    struct fact f = {.act = version > 1 ? FACT_CHANGE : FACT_ADD,
                     .ledger = S("person"),
                     .record = record_of(record),
                     .version = version,
                     .body = op_text(op, "{\"值\":{\"照片\":[{\"名\":\"a.jpg\",\"摘要\":\"%.*s\",\"大小\":3}]}}", PS(digest))};
    must(store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && store_commit(tx));
    return no;
}

static bool destroy(struct store *store, struct op *op, int64_t no)
{
    struct mark mark = op_mark(op);
    struct tx *tx;
    int64_t by;
    struct fact who = {.ledger = S("person"), .record = record_of(1)};
    bool done = store_begin(store, op, TX_WRITE, &tx) &&
                fact_destroy(tx, &who, &no, 1, S("本人要求"), S("张书记"), &by) && store_commit(tx);
    op_reset(op, mark); /* what failed is abandoned */
    return done;
}

static bool there(struct store *store, struct op *op, str digest)
{
    struct tx *tx;
    must(store_begin(store, op, TX_READ, &tx));
    bool found = store_file_there(tx, digest);
    must(store_commit(tx));
    return found;
}

/* Rows of files that are to go. */
static int64_t due(struct store *store, struct op *op)
{
    struct tx *tx;
    int64_t n = -1;
    bool found;
    must(store_begin(store, op, TX_READ, &tx) && store_int(tx, "select count(*) from store_gone", ARGS(), &n, &found) &&
         store_commit(tx));
    return n;
}

static struct store *open_at(struct op *op, str folder)
{
    struct store *store;
    must(store_open(op, folder, &(struct store_options){0}, &store));
    return store;
}

TEST("a destroyed record's files go from the disk, those of its earlier versions too; others stay")
{
    str folder;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str first = keep_file(store, op, S("旧照片")), second = keep_file(store, op, S("新照片")),
        other = keep_file(store, op, S("别人的照片")), loose = keep_file(store, op, S("没有挂上的照片"));
    int64_t a = keep_fact(store, op, 1, 1, first), b = keep_fact(store, op, 1, 2, second);
    (void)keep_fact(store, op, 2, 1, other);
    check(store_files_settle(store, op) && there(store, op, first));
    check(destroy(store, op, a) && destroy(store, op, b));
    check(store_files_settle(store, op));
    check(!there(store, op, first) && !there(store, op, second));
    check(there(store, op, other) && there(store, op, loose));
    check_int(due(store, op), 0);
    store_close(store);
}

/* In the database or its log. */
static bool stored(struct op *op, str folder, str word)
{
    static const char *const names[] = {"zhenwu.db", "zhenwu.db-wal"};
    struct mark mark = op_mark(op);
    bool found = false;
    size_t at;
    for (size_t i = 0; i < COUNT(names); i++) {
        str bytes;
        must(file_read(op, op_text(op, "%.*s/%s", PS(folder), names[i]), 64 << 20, &bytes));
        found = found || str_find(bytes, word, &at);
    }
    op_reset(op, mark);
    return found;
}

TEST("what was destroyed leaves the log once the reader that held it is done, though nobody saves again")
{
    enum { LOOKS_MAX = 100000 }; /* each reads the files: minutes */
    const str word = S("某巷独此一家137号");
    str folder;
    struct tx *reader;
    int64_t n;
    bool found;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    int64_t no = keep_fact(store, op, 1, 1, word);
    must(store_begin(store, op, TX_READ, &reader) && store_int(reader, "select count(*) from fact", ARGS(), &n, &found));
    check(destroy(store, op, no));
    check(stored(op, folder, word)); /* for as long as somebody may still read it */
    must(store_commit(reader));
    int looks = 0;
    while (stored(op, folder, word) && ++looks < LOOKS_MAX)
        sched_yield();
    check(looks < LOOKS_MAX);
    store_close(store);
}

static str send_file(struct store *store, struct op *op, str content)
{
    struct tx *tx;
    str digest;
    must(store_begin(store, op, TX_WRITE, &tx) && store_bytes_keep(tx, content, &digest) && store_file_waits(tx, digest) &&
         store_commit(tx));
    return digest;
}

TEST("a file that was sent and never attached goes when its time is over; one that is attached, sent again or later stays")
{
    enum { DAY_MS = 86400000 };
    str folder;
    bool done;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str vain = send_file(store, op, S("白传")), used = send_file(store, op, S("挂上")), again = send_file(store, op, S("又传"));
    (void)keep_fact(store, op, 1, 1, used);
    time_ms before = op->now;
    op->now += DAY_MS;
    (void)send_file(store, op, S("又传"));
    str later = send_file(store, op, S("后传")), spare = send_file(store, op, S("挂上"));
    check_str(spare, used);
    check(store_files_settle(store, op)); /* nothing was destroyed */
    check(there(store, op, vain));
    check(store_uploads_settle(store, op, before, &done) && done);
    check(!there(store, op, vain));
    check(there(store, op, used) && there(store, op, again) && there(store, op, later));
    store_close(store);
    store = open_at(op, folder); /* what waits outlives the program, and is no reason to go */
    check(there(store, op, later));
    check(store_uploads_settle(store, op, op->now, &done) && done);
    check(there(store, op, used) && !there(store, op, again) && !there(store, op, later));
    check_int(due(store, op), 0);
    store_close(store);
}

TEST("a file whose record is destroyed while it waits, or is sent again afterwards, is gone or waits anew")
{
    str folder;
    bool done;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str digest = send_file(store, op, S("照片"));
    int64_t no = keep_fact(store, op, 1, 1, digest);
    check(destroy(store, op, no) && store_files_settle(store, op));
    check(!there(store, op, digest));
    digest = send_file(store, op, S("照片"));
    check(store_files_settle(store, op) && there(store, op, digest));
    check(store_uploads_settle(store, op, op->now, &done) && !there(store, op, digest));
    store_close(store);
}

TEST("a file that hangs on several records goes with the last of them")
{
    str folder;
    int64_t nos[RECORDS];
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str digest = keep_file(store, op, S("合影"));
    for (int i = 0; i < RECORDS; i++)
        nos[i] = keep_fact(store, op, i, 1, digest);
    for (int i = 0; i < RECORDS; i++) {
        check(there(store, op, digest));
        check(destroy(store, op, nos[i]) && store_files_settle(store, op));
        check_int(due(store, op), 0);
    }
    check(!there(store, op, digest));
    store_close(store);
}

TEST("what a crash kept from going goes when the store is next opened, and so after a backup from before is restored")
{
    str folder;
    struct audit_report report;
    test_dir_make(op, &folder);
    str data = op_text(op, "%.*s/data", PS(folder)), backup = op_text(op, "%.*s/backup", PS(folder)),
        restored = op_text(op, "%.*s/restored", PS(folder));
    struct store *store = open_at(op, data);
    str digest = keep_file(store, op, S("照片")), other = keep_file(store, op, S("别人的照片"));
    int64_t no = keep_fact(store, op, 1, 1, digest);
    (void)keep_fact(store, op, 2, 1, other);
    check(destroy(store, op, no)); /* and no more */
    check(there(store, op, digest));
    check(store_backup(store, op, backup, NULL, NULL));
    store_close(store);
    check(store_restore(op, backup, restored, NULL, NULL, &report) && report.ok);
    const str folders[] = {data, restored};
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct tx *tx;
        store = open_at(op, folders[i]);
        check(!there(store, op, digest) && there(store, op, other));
        check_int(due(store, op), 0);
        check(store_begin(store, op, TX_READ, &tx) && audit_verify(tx, NULL, NULL, &report) && report.ok &&
              store_commit(tx));
        store_close(store);
    }
}

TEST("a file that is kept again before it went stays; a row without its file is no trouble")
{
    str folder;
    struct tx *tx;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str digest = keep_file(store, op, S("照片"));
    check(destroy(store, op, keep_fact(store, op, 1, 1, digest)));
    check_int(due(store, op), 1);
    check_str(keep_file(store, op, S("照片")), digest);
    check_int(due(store, op), 0);
    check(store_files_settle(store, op) && there(store, op, digest));
    check(destroy(store, op, keep_fact(store, op, 2, 1, digest)));
    check(unlink(op_text(op, "%.*s/files/%.2s/%s", PS(folder), digest.p, digest.p + 2).p) == 0);
    check(store_files_settle(store, op));
    check_int(due(store, op), 0);
    /* nor is a digest of something that is no file, or is longer */
    check(destroy(store, op, keep_fact(store, op, 3, 1, S("0000000000000000000000000000000000000000000000000000000000000000"))));
    str kept = keep_file(store, op, S("照片"));
    check(destroy(store, op, keep_fact(store, op, 3, 2, op_text(op, "%.*s0", PS(kept)))));
    check_int(due(store, op), 0);
    check(store_begin(store, op, TX_READ, &tx) && !store_file_there(tx, S("../../lock")) && store_commit(tx));
    store_close(store);
}

TEST("while a backup is made no file goes; it goes afterwards")
{
    str folder;
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    str digest = keep_file(store, op, S("照片"));
    check(destroy(store, op, keep_fact(store, op, 1, 1, digest)));
    int backup = open(op_z(op, folder), O_RDONLY | O_DIRECTORY);
    check(backup >= 0 && flock(backup, LOCK_SH) == 0);
    check(store_files_settle(store, op) && there(store, op, digest));
    close(backup);
    check(store_files_settle(store, op) && !there(store, op, digest));
    store_close(store);
}

TEST("whatever call of the database fails, a file that facts name stays, and one that none names goes in the end")
{
    bool more = true;
    for (long n = 1; more; n++) {
        struct mark mark = op_mark(op);
        struct store *store;
        struct failing_engine engine;
        str folder;
        test_dir_make(op, &folder);
        failing_init(&engine, &store_sqlite);
        must(store_open(op, folder, &(struct store_options){.engine = &engine.engine}, &store));
        str digest = keep_file(store, op, S("照片")), other = keep_file(store, op, S("别人的照片"));
        int64_t no = keep_fact(store, op, 1, 1, digest);
        (void)keep_fact(store, op, 2, 1, other);
        engine.fail_with = ENGINE_IO;
        engine.fail_at = engine.calls + n;
        bool destroyed = destroy(store, op, no);
        bool settled = destroyed && store_files_settle(store, op);
        more = !settled;
        engine.fail_at = 0;
        check(there(store, op, other) && (!settled || !there(store, op, digest)));
        check(destroyed || there(store, op, digest));
        check(destroyed || destroy(store, op, no));
        check(store_files_settle(store, op) && !there(store, op, digest) && there(store, op, other));
        store_close(store);
        op_reset(op, mark);
        op_forgive(op, 0);
    }
}
