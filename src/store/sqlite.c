/* SQLite 3.40 as an engine. One file, WAL, flushed at each commit. */
#include <malloc.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/engine.h"
#include "store/log.h"

enum {
    PAGE_BYTES = 4096,
    COPY_PAGES = 512,          /* between two tellings of a backup */
    WAIT_MS = 1000,            /* for a reader that keeps the log from being begun anew */
};

struct sqlite {
    sqlite3 *db;
    sqlite3_stmt *version; /* NULL until a snapshot has been asked for */
    int log_pages;
    struct engine_each *each; /* whom each_row gives its rows to */
};

static enum engine_status status_of(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
        return ENGINE_DONE;
    case SQLITE_ROW:
        return ENGINE_ROW;
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ? ENGINE_UNIQUE
                                                                                        : ENGINE_REFUSED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ENGINE_BUSY;
    case SQLITE_FULL:
        return ENGINE_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return ENGINE_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ENGINE_DAMAGED;
    case SQLITE_INTERRUPT:
        return ENGINE_CANCELLED;
    default:
        return ENGINE_ERROR;
    }
}

static int log_grew(void *context, [[maybe_unused]] sqlite3 *db, [[maybe_unused]] const char *name, int pages)
{
    ((struct sqlite *)context)->log_pages = pages;
    return SQLITE_OK;
}

static void rolled_back(void *context)
{
    log_forget(((struct sqlite *)context)->db);
}

static void sqlite_close(const struct store_engine *e, void *connection);
static void each_row(sqlite3_context *c, int count, sqlite3_value **values);
static void id_text_of(sqlite3_context *c, int count, sqlite3_value **values);
static void each_end(sqlite3_context *c);

/* It would count every piece of memory under a lock that all threads share; nobody reads the sums. */
static void without_counting(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum engine_status sqlite_open(const struct store_engine *e, const char *place, unsigned flags, void **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const char *const settings[] = {
        "pragma page_size = 4096",
        "pragma journal_mode = wal",
        "pragma synchronous = full",
        "pragma foreign_keys = on",
        "pragma secure_delete = on",
        "pragma wal_autocheckpoint = 0",
        "pragma trusted_schema = off",
        "pragma cell_size_check = on",
    };
    pthread_once(&once, without_counting);
    struct sqlite *s = calloc(1, sizeof *s);
    must(s);
    int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
              (flags & ENGINE_MAKE ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(place, &s->db, how, flags & ENGINE_READING ? NULL : log_files());
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(s->db, WAIT_MS);
    for (size_t i = 0; code == SQLITE_OK && i < COUNT(settings); i++)
        code = sqlite3_exec(s->db, settings[i], NULL, NULL, NULL);
    if (code == SQLITE_OK)
        /* Who writes may have to sort an index of ten million rows: what its memory does not hold goes to a file. */
        code = sqlite3_exec(s->db,
                            flags & ENGINE_READING ? "pragma query_only = on; pragma temp_store = memory"
                                                   : "pragma cache_size = -16384; pragma temp_store = file",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        char limit[64];
        snprintf(limit, sizeof limit, "pragma journal_size_limit = %lld", (long long)STORE_LOG_BYTES);
        sqlite3_exec(s->db, limit, NULL, NULL, NULL); /* what a large import made of it, once it begins anew */
        int keep = 1; /* the log stays at its working size when the last connection closes */
        sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_wal_hook(s->db, log_grew, s);
        sqlite3_rollback_hook(s->db, rolled_back, s);
        code = sqlite3_create_function_v2(s->db, "each_row", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, s, NULL, each_row,
                                          each_end, NULL);
    }
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(s->db, "id_text", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, id_text_of, NULL,
                                          NULL, NULL);
    if (code == SQLITE_OK) {
        *ret = s;
        return ENGINE_DONE;
    }
    sqlite_close(e, s);
    return status_of(code);
}

static void sqlite_close([[maybe_unused]] const struct store_engine *e, void *connection)
{
    struct sqlite *s = connection;
    sqlite3_finalize(s->version);
    sqlite3_exec(s->db, "pragma journal_size_limit = -1", NULL, NULL, NULL); /* the last one would cut it to nothing */
    must(sqlite3_close(s->db) == SQLITE_OK); /* every statement has been finalized */
    free(s);
}

static enum engine_status sqlite_snapshot([[maybe_unused]] const struct store_engine *e, void *connection,
                                          int64_t *ret_version)
{
    struct sqlite *s = connection;
    int code = s->version
                   ? SQLITE_OK
                   : sqlite3_prepare_v3(s->db, "pragma data_version", -1, SQLITE_PREPARE_PERSISTENT, &s->version, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(s->version);
    if (code == SQLITE_ROW)
        *ret_version = sqlite3_column_int64(s->version, 0);
    int end = s->version ? sqlite3_reset(s->version) : SQLITE_OK;
    return code == SQLITE_ROW ? status_of(end) : status_of(code);
}

/* SQLite numbers $1 by first appearance and ?1 by its number: outside of quotes $ and a digit becomes ? and the
 * digit. */
static enum engine_status sqlite_prepare([[maybe_unused]] const struct store_engine *e, void *connection, str sql,
                                         void **ret)
{
    struct sqlite *s = connection;
    char *text = malloc(sql.n + 1);
    must(text);
    char quote = 0;
    for (size_t i = 0; i < sql.n; i++) {
        char c = sql.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '$' && i + 1 < sql.n && sql.p[i + 1] >= '1' && sql.p[i + 1] <= '9')
            c = '?';
        text[i] = c;
    }
    text[sql.n] = 0;
    sqlite3_stmt *statement = NULL;
    const char *rest = NULL;
    int code = sqlite3_prepare_v3(s->db, text, (int)sql.n + 1, SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    bool one = code != SQLITE_OK || (statement && str_trim(str_z(rest)).n == 0);
    free(text);
    must(one); /* one statement, nothing after it */
    if (code == SQLITE_OK)
        *ret = statement;
    return status_of(code);
}

static void sqlite_finalize([[maybe_unused]] const struct store_engine *e, void *statement)
{
    sqlite3_finalize(statement);
}

static enum engine_status sqlite_bind([[maybe_unused]] const struct store_engine *e, void *statement, struct args args,
                                      bool copy)
{
    sqlite3_destructor_type how = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    must(sqlite3_bind_parameter_count(statement) == (int)args.n);
    int code = SQLITE_OK;
    for (int i = 0; code == SQLITE_OK && i < (int)args.n; i++) {
        const struct arg *a = &args.p[i];
        switch (a->kind) {
        case ARG_NULL: /* what is not bound is null, and nothing stays bound: see sqlite_reset */
            break;
        case ARG_INT:
            code = sqlite3_bind_int64(statement, i + 1, a->i);
            break;
        case ARG_TEXT:
            code = sqlite3_bind_text64(statement, i + 1, a->text.n ? a->text.p : "", a->text.n, how, SQLITE_UTF8);
            break;
        case ARG_BLOB:
            code = sqlite3_bind_blob64(statement, i + 1, a->text.n ? a->text.p : "", a->text.n, how);
            break;
        case ARG_ID:
            if (!id_none(a->id))
                code = sqlite3_bind_blob64(statement, i + 1, a->id.b, sizeof a->id.b, how);
            break;
        }
    }
    return status_of(code);
}

static enum engine_status sqlite_step([[maybe_unused]] const struct store_engine *e, void *statement)
{
    return status_of(sqlite3_step(statement));
}

static void sqlite_reset([[maybe_unused]] const struct store_engine *e, void *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int64_t sqlite_changed([[maybe_unused]] const struct store_engine *e, void *connection)
{
    return sqlite3_changes64(((struct sqlite *)connection)->db);
}

static bool sqlite_in_transaction([[maybe_unused]] const struct store_engine *e, void *connection)
{
    return !sqlite3_get_autocommit(((struct sqlite *)connection)->db);
}

static const char *sqlite_message([[maybe_unused]] const struct store_engine *e, void *connection)
{
    return sqlite3_errmsg(((struct sqlite *)connection)->db);
}

static void sqlite_hold([[maybe_unused]] const struct store_engine *e, void *connection, int64_t bytes)
{
    struct sqlite *s = connection;
    char sql[64];
    int used = 0, most = 0;
    snprintf(sql, sizeof sql, "pragma cache_size = -%lld", (long long)bytes >> 10);
    sqlite3_exec(s->db, sql, NULL, NULL, NULL); /* otherwise it is only slower */
    sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
    if (used <= bytes)
        return;
    sqlite3_db_release_memory(s->db);
    malloc_trim(0); /* or each thread that makes a large bulk would keep as much for itself */
}

static void sqlite_large([[maybe_unused]] const struct store_engine *e, void *connection, bool large)
{
    log_gather(((struct sqlite *)connection)->db, large);
}

static int sqlite_columns([[maybe_unused]] const struct store_engine *e, void *statement)
{
    return sqlite3_column_count(statement);
}

static inline struct arg arg_of(sqlite3_value *v)
{
    switch (sqlite3_value_type(v)) {
    case SQLITE_NULL:
        return NUL;
    case SQLITE_INTEGER:
        return INT(sqlite3_value_int64(v));
    case SQLITE_BLOB: {
        const char *bytes = sqlite3_value_blob(v);
        return BLOB(((str){bytes ? bytes : "", (size_t)sqlite3_value_bytes(v)}));
    }
    case SQLITE_TEXT: { /* as bytes: asked for text, it would copy each to put a zero behind it */
        const char *bytes = sqlite3_value_blob(v);
        return TEXT(((str){bytes ? bytes : "", (size_t)sqlite3_value_bytes(v)}));
    }
    default: { /* a computed double is read as its text */
        const char *text = (const char *)sqlite3_value_text(v);
        return TEXT(((str){text ? text : "", (size_t)sqlite3_value_bytes(v)}));
    }
    }
}

/* By way of the value: it is looked up once, where sqlite3_column_… would look it up for its type, its bytes and its
 * size. That is lawful because one thread at a time has the connection (SQLITE_OPEN_NOMUTEX). */
static struct arg sqlite_cell([[maybe_unused]] const struct store_engine *e, void *statement, int column)
{
    return arg_of(sqlite3_column_value(statement, column));
}

static void sqlite_cells(const struct store_engine *e, void *statement, int from, int count, struct arg *ret)
{
    for (int i = 0; i < count; i++)
        ret[i] = sqlite_cell(e, statement, from + i);
}

/* Stepping from row to row, SQLite leaves and enters its machine, makes a result row, and looks every value up behind a
 * lock. A function of many rows is handed their values inside of the machine. */
static void each_row(sqlite3_context *c, int count, sqlite3_value **values)
{
    struct engine_each *to = ((struct sqlite *)sqlite3_user_data(c))->each;
    struct arg cells[STORE_EACH_MAX];
    must(to && count <= STORE_EACH_MAX);
    for (int i = 0; i < count; i++)
        cells[i] = arg_of(values[i]);
    if (to->each(to->context, cells))
        return;
    to->refused = true;
    sqlite3_result_error_code(c, SQLITE_ABORT);
}

static void id_text_of(sqlite3_context *c, [[maybe_unused]] int count, sqlite3_value **values)
{
    id x;
    char text[ID_TEXT_BYTES];
    if (sqlite3_value_bytes(values[0]) != sizeof x)
        return; /* null */
    memcpy(&x, sqlite3_value_blob(values[0]), sizeof x);
    id_put(text, x);
    sqlite3_result_text(c, text, ID_TEXT_BYTES, SQLITE_TRANSIENT);
}

static void each_end(sqlite3_context *c)
{
    sqlite3_result_null(c);
}

static enum engine_status sqlite_each(const struct store_engine *e, void *connection, void *statement,
                                      struct engine_each *to)
{
    struct sqlite *s = connection;
    struct engine_each *outer = s->each; /* who reads while being given a row */
    enum engine_status status;
    s->each = to;
    do
        status = sqlite_step(e, statement);
    while (status == ENGINE_ROW);
    s->each = outer;
    return status;
}

static int64_t sqlite_whole([[maybe_unused]] const struct store_engine *e, void *statement, int column)
{
    return sqlite3_column_int64(statement, column);
}

static str sqlite_bytes([[maybe_unused]] const struct store_engine *e, void *statement, int column)
{
    const char *p = sqlite3_column_type(statement, column) == SQLITE_BLOB
                        ? sqlite3_column_blob(statement, column)
                        : (const char *)sqlite3_column_text(statement, column);
    return (str){p ? p : "", (size_t)sqlite3_column_bytes(statement, column)};
}

static int64_t sqlite_log_bytes([[maybe_unused]] const struct store_engine *e, void *connection)
{
    return (int64_t)((struct sqlite *)connection)->log_pages * PAGE_BYTES;
}

static enum engine_status sqlite_checkpoint([[maybe_unused]] const struct store_engine *e, void *connection, bool wait,
                                            bool empty)
{
    int mode = empty ? SQLITE_CHECKPOINT_TRUNCATE : wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    return status_of(sqlite3_wal_checkpoint_v2(((struct sqlite *)connection)->db, NULL, mode, NULL, NULL));
}

/* A log whose pages have all been moved is begun anew by the next that writes: here a number that nobody uses. */
static void sqlite_log_end(const struct store_engine *e, void *connection)
{
    struct sqlite *s = connection;
    if (sqlite_checkpoint(e, connection, true, false) == ENGINE_DONE)
        sqlite3_exec(s->db, "pragma user_version = 0", NULL, NULL, NULL);
}

/* The source is held in one snapshot throughout, so the copy is of one moment however long it takes. */
static enum engine_status sqlite_copy([[maybe_unused]] const struct store_engine *e, void *connection, const char *path,
                                      store_tell *tell, void *context)
{
    struct sqlite *s = connection;
    sqlite3 *to = NULL;
    sqlite3_backup *backup = NULL;
    int code = sqlite3_open_v2(
        path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(to, "pragma journal_mode = off; pragma synchronous = full", NULL, NULL, NULL);
    if (code == SQLITE_OK && !(backup = sqlite3_backup_init(to, "main", s->db, "main")))
        code = sqlite3_extended_errcode(to);
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, COPY_PAGES);
        int total = sqlite3_backup_pagecount(backup);
        if ((code == SQLITE_OK || code == SQLITE_DONE) && tell &&
            !tell(context, S("复制数据库"), total - sqlite3_backup_remaining(backup), total))
            code = SQLITE_INTERRUPT;
    }
    int end = backup ? sqlite3_backup_finish(backup) : SQLITE_OK;
    sqlite3_close(to);
    return status_of(code == SQLITE_DONE ? end : code);
}

/* Facts are only appended. Destroying by law empties body and salt and nothing else. */
static const char *const guards[] = {
    "create trigger fact_no_delete before delete on fact begin select raise(abort, 'facts are never deleted'); end",
    "create trigger fact_no_change before update on fact when not (new.body is null and new.salt is null and old.body "
    "is not null"
    " and new.no = old.no and new.town = old.town and new.at = old.at and new.account is old.account"
    " and new.account_name = old.account_name and new.post is old.post and new.act = old.act and new.ledger = "
    "old.ledger"
    " and new.record is old.record and new.version = old.version and new.state = old.state"
    " and old.commitment is null and coalesce(length(new.commitment), 0) = 32 and new.hash = old.hash and old.act <> 'destroy')"
    " begin select raise(abort, 'facts are never changed'); end",
};

const struct store_engine store_sqlite = {
    .name = "SQLite",
    .table_end = " strict",
    .keyed_end = " strict, without rowid",
    .insert_rows = "insert or fail into", /* or else it copies every page beforehand */
    .each_begin = "each_row(",
    .each_end = ")",
    .table_find = "select 1 from sqlite_schema where type = 'table' and name = $1",
    .sound = "pragma integrity_check(1)",
    .guards = guards,
    .guard_count = COUNT(guards),
    .open = sqlite_open,
    .close = sqlite_close,
    .snapshot = sqlite_snapshot,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .each = sqlite_each,
    .reset = sqlite_reset,
    .changed = sqlite_changed,
    .in_transaction = sqlite_in_transaction,
    .message = sqlite_message,
    .hold = sqlite_hold,
    .large = sqlite_large,
    .columns = sqlite_columns,
    .cell = sqlite_cell,
    .cells = sqlite_cells,
    .whole = sqlite_whole,
    .bytes = sqlite_bytes,
    .log_bytes = sqlite_log_bytes,
    .checkpoint = sqlite_checkpoint,
    .log_end = sqlite_log_end,
    .copy = sqlite_copy,
};
