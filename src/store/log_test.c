/* The log in large pieces: a transaction of many pages that change again, taken back, in turn with another connection. */
#include <stdlib.h>

#include "base/test.h"
#include "store/engine.h"

enum { LITTLE_MEMORY = 64 << 10, ROWS = 4000 };

static const struct store_engine *const e = &store_sqlite;

static int64_t ask(void *connection, const char *sql, int64_t value)
{
    const struct arg arg = INT(value);
    bool has_value = strchr(sql, '$') != NULL;
    int64_t answer = 0;
    void *statement;
    must(e->prepare(e, connection, str_z(sql), &statement) == ENGINE_DONE);
    must(e->bind(e, statement, store_args(&arg, has_value), false) == ENGINE_DONE);
    enum engine_status status;
    while ((status = e->step(e, statement)) == ENGINE_ROW)
        answer = e->whole(e, statement, 0);
    must(status == ENGINE_DONE);
    e->reset(e, statement);
    e->finalize(e, statement);
    return answer;
}

static void *open_little(struct op *op, str folder, unsigned flags)
{
    void *connection;
    must(e->open(e, op_text(op, "%.*s/test.db", PS(folder)).p, flags, &connection) == ENGINE_DONE);
    e->hold(e, connection, LITTLE_MEMORY);
    e->large(e, connection, true);
    return connection;
}

static void *open_with_rows(struct op *op, str folder)
{
    void *connection = open_little(op, folder, ENGINE_MAKE);
    ask(connection, "create table t (no integer primary key, worth integer not null, text text not null)", 0);
    return connection;
}

/* Far more pages than are kept in memory, from the first row on; then early ones change once more. */
static void write_much(void *connection, int64_t worth)
{
    ask(connection, "begin immediate", 0);
    ask(connection,
        "with recursive n (no) as (select 1 union all select no + 1 from n where no < 4000)"
        " insert or replace into t (no, worth, text) select no, $1, hex(zeroblob(300)) from n",
        worth);
    ask(connection, "update t set worth = worth + 1 where no % 1000 = 1 or no = 3999", 0);
}

static int64_t damaged(void *connection)
{
    return ask(connection, "select count(*) from pragma_integrity_check where integrity_check <> 'ok'", 0);
}

TEST("what was written of one transaction and changed once more is there for others after the commit, not before")
{
    str folder;
    test_dir_make(op, &folder);
    void *writer = open_with_rows(op, folder), *reader = open_little(op, folder, ENGINE_READING);
    write_much(writer, 10);
    check_int(ask(reader, "select count(*) from t", 0), 0);
    check_int(ask(writer, "select sum(worth) from t", 0), 10 * ROWS + 5); /* its own, from the log */
    ask(writer, "commit", 0);
    check_int(ask(reader, "select sum(worth) from t", 0), 10 * ROWS + 5);
    check_int(damaged(reader), 0);
    e->close(e, reader);
    e->close(e, writer);
    reader = open_little(op, folder, ENGINE_READING);
    check_int(ask(reader, "select sum(worth) from t", 0), 10 * ROWS + 5);
    e->close(e, reader);
}

TEST("a log that was copied in the middle is read up to the commit that is in it")
{
    str folder, other;
    test_dir_make(op, &folder);
    test_dir_make(op, &other);
    void *writer = open_with_rows(op, folder);
    write_much(writer, 10);
    ask(writer, "commit", 0);
    write_much(writer, 20); /* as after a power cut: the files, and nothing of what is in memory */
    str command = op_text(op, "cp %.*s/test.db %.*s/test.db-wal %.*s", PS(folder), PS(folder), PS(other));
    must(system(op_z(op, command)) == 0);
    void *found = open_little(op, other, 0);
    check_int(ask(found, "select sum(worth) from t", 0), 10 * ROWS + 5);
    check_int(damaged(found), 0);
    e->close(e, found);
    ask(writer, "commit", 0);
    check_int(ask(writer, "select sum(worth) from t", 0), 20 * ROWS + 5);
    e->close(e, writer);
}

TEST("what was rolled back never comes into the log after others have written there")
{
    str folder;
    test_dir_make(op, &folder);
    void *first = open_with_rows(op, folder), *second = open_little(op, folder, 0);
    for (int round = 1; round <= 3; round++) {
        write_much(first, 1000 * round);
        ask(first, "rollback", 0);
        write_much(second, 10 * round);
        ask(second, "commit", 0);
        ask(first, "begin immediate", 0);
        ask(first, "update t set worth = worth + 1 where no = $1", round);
        ask(first, "commit", 0);
        check_int(ask(second, "select sum(worth) from t", 0), 10 * round * ROWS + 5 + 1);
        check_int(damaged(second), 0);
    }
    e->close(e, second);
    e->close(e, first);
    void *found = open_little(op, folder, ENGINE_READING);
    check_int(ask(found, "select sum(worth) from t", 0), 30 * ROWS + 5 + 1);
    check_int(damaged(found), 0);
    e->close(e, found);
}

TEST("parts of a transaction that are taken back after much was written leave the rest whole")
{
    str folder;
    test_dir_make(op, &folder);
    void *writer = open_with_rows(op, folder);
    write_much(writer, 10);
    ask(writer, "savepoint part", 0);
    ask(writer, "update t set worth = worth + 7", 0);
    ask(writer, "rollback to part", 0);
    ask(writer, "release part", 0);
    ask(writer, "update t set worth = worth + 1 where no = 2", 0);
    ask(writer, "commit", 0);
    void *reader = open_little(op, folder, ENGINE_READING);
    check_int(ask(reader, "select sum(worth) from t", 0), 10 * ROWS + 5 + 1);
    check_int(damaged(reader), 0);
    e->close(e, reader);
    e->close(e, writer);
}
