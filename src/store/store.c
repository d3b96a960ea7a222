/* Opening and transactions.
 *
 * The writer's place is a baton. A handler thread waits its turn, works on the one write connection, and at
 * store_commit leaves its work in the group and passes the baton on. Whoever passes it to nobody (or closes a full group)
 * commits for all and wakes them:
 *
 *     thread A   [save A.......release]pass         wait..................... answer
 *     thread B        wait             [save B...release]pass   wait......... answer
 *     thread C            wait                       [save C...release|COMMIT|wake] answer
 *
 * So there is no writer thread, a single save costs no thread switch, and a hundred saves cost one flush. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

/* On the stack of a thread that waits: for the baton, then for the commit. */
struct waiter {
    sem_t woken;
    bool alone;
    enum engine_status status;
    char message[200];
    struct waiter *next;
};

/* Saves that wait for their commit, in one transaction. Its own is whoever's who has the baton. */
struct group {
    bool open, closing;          /* closing: nobody joins it any more */
    int members;
    struct waiter *waiting;      /* them */
    struct chain_head head;      /* after the last of them */
    int64_t tail_grown;
    bool empty_log;
};

struct store {
    const struct store_engine *engine;
    char *folder, *town;
    int lock_fd;
    bool reading;
    int64_t log_bytes;
    void (*random)(void *bytes, size_t count);
    struct kept *kept;

    struct connection *writer; /* this and what follows: whoever's who has the baton */
    bool broken;               /* not even a rollback worked */
    struct group group;
    struct redo redo;
    struct known known;
    void *digest;
    uint8_t salts[RANDOM_BYTES]; /* drawn beforehand: asking the system for every fact would cost as much as hashing it */
    size_t salts_left;

    pthread_mutex_t lock; /* of all below */
    struct waiter *first, *last;
    bool taken;           /* somebody holds the baton */

    struct connection *idle;
    int idle_count, reader_count;
    pthread_cond_t reader_free;

    struct connection *keeper; /* moves the log into the database; the keeper's thread opens it when it is needed */
    pthread_t keeper_thread;
    pthread_cond_t keeper_due;
    bool keeper_runs, keep_due, empty_due, list_due, stop;
    bool files_due; /* store_files_settle */
    int64_t log_seen, tail_grown;

    pthread_mutex_t listing; /* one at a time moves search's tail; taken before the baton */
};

/* ---- the baton --------------------------------------------------------------------------------------------- */

/* The transaction is over. Gives those who wait for it: answer them. */
static struct waiter *group_end(struct store *s, enum engine_status status)
{
    struct waiter *members = s->group.waiting;
    for (struct waiter *w = members; w; w = w->next) {
        w->status = status;
        snprintf(w->message, sizeof w->message, "%s",
                 status == ENGINE_DONE ? "" : s->engine->message(s->engine, s->writer->raw));
    }
    for (int tries = 0; tries < 2 && s->engine->in_transaction(s->engine, s->writer->raw); tries++)
        connection_run(s, s->writer, "rollback", ARGS());
    s->broken |= s->engine->in_transaction(s->engine, s->writer->raw);
    s->group = (struct group){0};
    redo_cut(&s->redo, 0);
    s->known.stamps = (struct stamps){0};
    s->known.head.moved = false;
    if (status != ENGINE_DONE)
        s->known = (struct known){0};
    return members;
}

static void wake_wait(struct waiter *w)
{
    while (sem_wait(&w->woken) != 0) /* interrupted by a signal */
        ;
    sem_destroy(&w->woken);
}

static void answer(struct waiter *members)
{
    for (struct waiter *w = members, *next; w; w = next) {
        next = w->next; /* once woken it is gone */
        sem_post(&w->woken);
    }
}

static enum engine_status commit_run(struct store *s)
{
    str town = str_z(s->town);
    enum engine_status status = fact_head_keep(s, s->writer, town, &s->known.head);
    if (status == ENGINE_DONE)
        status = stamps_keep(s, s->writer, town, &s->known.stamps);
    return status == ENGINE_DONE ? connection_run(s, s->writer, "commit", ARGS()) : status;
}

/* Tells the keeper when the log has grown by half its working size since it last looked, or search's tail is long. */
static void keeper_tell(struct store *s, bool empty, int64_t tail_grown)
{
    int64_t log = s->engine->log_bytes(s->engine, s->writer->raw);
    pthread_mutex_lock(&s->lock);
    if (log < s->log_seen)
        s->log_seen = 0;
    s->tail_grown += tail_grown;
    if (s->tail_grown >= SEARCH_TAIL_MAX) {
        s->list_due = true;
        pthread_cond_signal(&s->keeper_due);
    }
    s->empty_due |= empty;
    s->files_due |= empty;
    if (s->empty_due || log - s->log_seen >= STORE_LOG_BYTES / 2) {
        s->log_seen = log;
        s->keep_due = true;
        pthread_cond_signal(&s->keeper_due);
    }
    pthread_mutex_unlock(&s->lock);
}

static struct waiter *group_commit(struct store *s)
{
    const struct group g = s->group;
    struct waiter *members = group_end(s, g.members ? commit_run(s) : ENGINE_DONE);
    keeper_tell(s, g.empty_log, g.tail_grown);
    return members;
}

/* `alone`: with no transaction of a group open. */
static void baton_take(struct store *s, bool alone)
{
    struct waiter w = {.alone = alone};
    pthread_mutex_lock(&s->lock);
    bool wait = s->taken;
    if (wait) {
        sem_init(&w.woken, 0, 0);
        *(s->last ? &s->last->next : &s->first) = &w;
        s->last = &w;
    }
    s->taken = true;
    pthread_mutex_unlock(&s->lock);
    if (wait)
        wake_wait(&w);
    if (alone && s->group.open)
        answer(group_commit(s));
}

/* Those answered may save again at once: they are woken before the baton is free, or the first of them would take it and
 * pay a flush for itself alone, while the others are still waking. */
static void baton_pass(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->group.open && (!s->first || s->first->alone || s->group.closing)) {
        pthread_mutex_unlock(&s->lock);
        answer(group_commit(s));
        pthread_mutex_lock(&s->lock);
    }
    struct waiter *w = s->first;
    if (w)
        s->first = w->next;
    if (!s->first)
        s->last = NULL;
    s->taken = w != NULL;
    pthread_mutex_unlock(&s->lock);
    if (w)
        sem_post(&w->woken);
}

int store_waiting(struct store *s)
{
    int count = 0;
    pthread_mutex_lock(&s->lock);
    for (const struct waiter *w = s->first; w; w = w->next)
        count++;
    pthread_mutex_unlock(&s->lock);
    return count;
}

/* ---- the keeper: the log into the database ----------------------------------------------------------------- */

static void log_grow(struct store *s)
{
    static const char zeros[1 << 16];
    char path[4096];
    snprintf(path, sizeof path, "%s/zhenwu.db-wal", s->folder);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return; /* only slower */
    if (fstat(fd, &st) == 0)
        for (int64_t at = st.st_size; at < s->log_bytes;) {
            ssize_t n = pwrite(fd, zeros, sizeof zeros, at);
            if (n <= 0)
                break;
            at += n;
        }
    fdatasync(fd);
    close(fd);
}

/* Most of it while saves go on; the rest, which is little, while nobody saves: so that the log can begin anew. */
static enum engine_status log_move(struct store *s, bool empty)
{
    enum engine_status opened = s->keeper ? ENGINE_DONE : connection_open(s, 0, &s->keeper);
    if (opened != ENGINE_DONE)
        return opened;
    s->engine->checkpoint(s->engine, s->keeper->raw, false, false);
    baton_take(s, true);
    bool wait = s->engine->log_bytes(s->engine, s->writer->raw) > 4 * (int64_t)STORE_LOG_BYTES;
    enum engine_status status = s->engine->checkpoint(s->engine, s->keeper->raw, wait, empty);
    if (empty)
        log_grow(s);
    baton_pass(s);
    return status;
}

void store_listed(struct store *s, int64_t left)
{
    pthread_mutex_lock(&s->lock);
    s->tail_grown = left;
    pthread_mutex_unlock(&s->lock);
}

bool store_stopping(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

/* A step of search's tail into its list. A failure is no loss: the next save asks again. */
static bool tail_list(struct store *s)
{
    struct op op;
    bool more = false;
    if (pthread_mutex_trylock(&s->listing) != 0) /* somebody is doing all of it */
        return false;
    op_init(&op, 0, 0);
    bool done = search_step(s, &op, true, &more);
    op_done(&op);
    pthread_mutex_unlock(&s->listing);
    return done && more;
}

bool search_settle(struct store *s, struct op *op)
{
    bool done = true;
    pthread_mutex_lock(&s->listing);
    for (bool more = true; more && done;) {
        struct mark mark = op_mark(op);
        done = search_step(s, op, false, &more);
        op_reset(op, mark);
    }
    pthread_mutex_unlock(&s->listing);
    return done;
}

/* A reader that still needs the log is done within moments, or stays for hours: an export, a slow page. */
enum { AGAIN_MS = 100, AGAIN_MAX_MS = 10000 };

/* Until there is something to do; after ms at the latest, 0: however long that is. Under the lock. */
static void keeper_wait(struct store *s, int64_t ms)
{
    struct timespec until;
    if (!ms || clock_gettime(CLOCK_MONOTONIC, &until) != 0) {
        pthread_cond_wait(&s->keeper_due, &s->lock);
        return;
    }
    timespec_add(&until, ms);
    if (pthread_cond_timedwait(&s->keeper_due, &s->lock, &until) == ETIMEDOUT)
        s->keep_due = true;
}

static void *keeper_run(void *context)
{
    int64_t again_ms = 0; /* since the log that must be emptied was held by a reader, which tells nobody when it is done */
    struct store *s = context;
    if (s->log_bytes) {
        baton_take(s, true);
        log_grow(s);
        baton_pass(s);
    }
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        bool keep = s->keep_due, list = s->list_due, empty = keep && s->empty_due;
        if (!keep && !list) {
            keeper_wait(s, again_ms);
            continue;
        }
        s->keep_due = s->list_due = false;
        s->empty_due = s->empty_due && !empty;
        pthread_mutex_unlock(&s->lock);
        bool moved = !keep || log_move(s, empty) == ENGINE_DONE, more = list && tail_list(s);
        pthread_mutex_lock(&s->lock);
        s->list_due |= more;
        s->empty_due |= empty && !moved;
        if (empty)
            again_ms = moved ? 0 : again_ms ? again_ms * 2 : AGAIN_MS;
        again_ms = again_ms < AGAIN_MAX_MS ? again_ms : AGAIN_MAX_MS;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static bool lock_take(struct op *op, struct store *s)
{
    char path[4096], text[32];
    snprintf(path, sizeof path, "%s/lock", s->folder);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return op_fail(op, FAULT_SYSTEM, str_z(path), "数据文件夹不能写入：%s", errno_said(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(s->lock_fd, text, sizeof text - 1, 0);
        return op_fail(op, FAULT_CONFLICT, str_z(s->folder), "数据文件夹正由另一个程序使用（进程 %.*s），请先停止它", n > 0 ? (int)n : 1,
                       n > 0 ? text : "?");
    }
    int n = snprintf(text, sizeof text, "%d", (int)getpid());
    if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, text, (size_t)n, 0) != n)
        return op_fail(op, FAULT_SYSTEM, str_z(path), "数据文件夹不能写入：%s", errno_said(errno));
    return true;
}

/* Raised when facts, or what rooms keep in them, are no longer read as they were. */
enum { STORE_FORMAT = 4 };

static bool format_check(struct tx *tx)
{
    int64_t format = 0;
    bool found;
    if (!store_int(tx, "select version from store_schema where room = 'format'", ARGS(), &format, &found))
        return false;
    return format == STORE_FORMAT ||
           op_fail(tx->op, FAULT_CONFLICT, store_folder(tx->store),
                   "这份数据是另一个版本的程序建立的（格式 %lld，本程序是 %d），没有改动它；请用那个版本打开，或另选数据文件夹",
                   (long long)format, STORE_FORMAT);
}

static bool setup(struct tx *tx, str town)
{
    bool found;
    int64_t any;
    if (!store_int(tx, tx->store->engine->table_find, ARGS(TEXT(S("store_info"))), &any, &found))
        return false;
    if (!found &&
        (!store_run(tx, "create table store_schema (room text not null primary key, version integer not null)", ARGS(),
                    NULL) ||
         !store_run(tx, "insert into store_schema (room, version) values ('format', $1)", ARGS(INT(STORE_FORMAT)),
                    NULL) ||
         !store_run(tx, "create table store_info (town text not null primary key, made integer not null)", ARGS(),
                    NULL) ||
         !store_run(tx, "insert into store_info (town, made) values ($1, $2)",
                    ARGS(TEXT(town.n ? town : S("000000000")), INT(tx->op->now)), NULL)))
        return false;
    return format_check(tx) && fact_setup(tx) && search_setup(tx) && load_setup(tx) && kept_setup(tx) &&
           gone_setup(tx);
}

static bool town_read(struct tx *tx, str wanted)
{
    struct rows *rows;
    bool found;
    if (!format_check(tx) || !store_query(tx, "select town from store_info", ARGS(), &rows) || !rows_next(rows, &found))
        return false;
    must(found);
    str town = rows_peek(rows, 0);
    if (wanted.n && !str_eq(town, wanted))
        return op_fail(tx->op, FAULT_CONFLICT, store_folder(tx->store), "这是%.*s的数据，不是%.*s的", PS(town), PS(wanted));
    tx->store->town = strndup(town.p, town.n);
    return true;
}

static bool open_inside(struct op *op, struct store *s, str town)
{
    char path[4096];
    bool there;
    snprintf(path, sizeof path, "%s/zhenwu.db", s->folder);
    there = access(path, F_OK) == 0;
    if (s->reading && !there)
        return op_fail(op, FAULT_MISSING, str_z(s->folder), "这里没有镇务数据");
    if (!s->reading) {
        if (mkdir(s->folder, 0700) != 0 && errno != EEXIST)
            return op_fail(op, FAULT_SYSTEM, str_z(s->folder), "不能建立数据文件夹：%s", errno_said(errno));
        if (!lock_take(op, s))
            return false;
        enum engine_status status = connection_open(s, ENGINE_MAKE, &s->writer);
        if (status != ENGINE_DONE)
            return store_fault(op, status, path, "open");
    }
    struct tx *tx;
    /* One connection: a schema of a hundred ledgers takes each some 10 ms to read. */
    if (s->reading ? !store_begin(s, op, TX_READ, &tx) || !town_read(tx, town)
                   : !store_begin(s, op, TX_BULK, &tx) || !setup(tx, town) || !town_read(tx, town) ||
                         !search_tail(tx, &s->tail_grown) || !gone_any(tx, 0, &s->files_due))
        return false;
    if (!store_commit(tx))
        return false;
    if (!s->reading) {
        int faults = op->fault_count;
        if (!store_files_settle(s, op)) /* no reason to be closed: whoever serves tries again, and says so */
            op_forgive(op, faults);
        s->list_due = s->tail_grown >= SEARCH_TAIL_MAX;
        s->keeper_runs = pthread_create(&s->keeper_thread, NULL, keeper_run, s) == 0;
        if (!s->keeper_runs)
            return op_fail(op, FAULT_SYSTEM, S(""), "系统不能再开线程");
    }
    return true;
}

bool store_open(struct op *op, str folder, const struct store_options *options, struct store **ret)
{
    struct store *s = calloc(1, sizeof *s);
    must(s);
    s->engine = options->engine ? options->engine : &store_sqlite;
    s->folder = strndup(folder.p, folder.n);
    s->reading = options->reading;
    s->log_bytes = options->log_bytes;
    s->random = options->random;
    s->digest = sm3_new();
    s->kept = options->reading ? NULL : kept_new();
    s->lock_fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->listing, NULL);
    pthread_cond_init(&s->reader_free, NULL);
    pthread_condattr_t by_monotonic; /* the keeper's waiting does not care what the clock on the wall is set to */
    pthread_condattr_init(&by_monotonic);
    pthread_condattr_setclock(&by_monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->keeper_due, &by_monotonic);
    pthread_condattr_destroy(&by_monotonic);
    struct mark mark = op_mark(op);
    bool done = open_inside(op, s, options->town);
    op_reset(op, mark); /* ends what was left open */
    if (!done) {
        store_close(s);
        return false;
    }
    *ret = s;
    return true;
}

void store_close(struct store *s)
{
    if (s->keeper_runs) {
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_signal(&s->keeper_due);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->keeper_thread, NULL);
    }
    must(!s->taken && !s->group.open); /* every transaction has ended */
    while (s->idle) {
        struct connection *c = s->idle;
        s->idle = c->next;
        s->reader_count--;
        connection_close(s, c);
    }
    must(s->reader_count == 0);
    connection_close(s, s->keeper);
    if (s->writer && s->empty_due)
        s->engine->checkpoint(s->engine, s->writer->raw, false, true);
    else if (s->writer)
        s->engine->log_end(s->engine, s->writer->raw);
    connection_close(s, s->writer);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    sm3_free(s->digest);
    redo_free(&s->redo);
    kept_free(s->kept);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->listing);
    pthread_cond_destroy(&s->reader_free);
    pthread_cond_destroy(&s->keeper_due);
    free(s->folder);
    free(s->town);
    free(s);
}

str store_folder(const struct store *s)
{
    return str_z(s->folder);
}

str store_town(const struct tx *tx)
{
    return str_z(tx->store->town);
}

void store_random(struct tx *tx, void *bytes, size_t count)
{
    struct store *s = tx->store;
    must(tx->kind != TX_READ && count <= RANDOM_BYTES);
    if (s->random) {
        if (s->salts_left < count) {
            s->random(s->salts, RANDOM_BYTES);
            s->salts_left = RANDOM_BYTES;
        }
        s->salts_left -= count;
        memcpy(bytes, s->salts + s->salts_left, count);
        memset(s->salts + s->salts_left, 0, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(op_random(tx->op) >> 32);
}

void gone_due(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->files_due = true;
    pthread_mutex_unlock(&s->lock);
}

bool gone_due_take(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    bool due = s->files_due;
    s->files_due = false;
    pthread_mutex_unlock(&s->lock);
    return due;
}

void *store_digest(const struct tx *tx)
{
    must(tx->kind != TX_READ);
    return tx->store->digest;
}

struct kept *store_keeps(const struct store *store)
{
    return store->kept;
}

const struct store_engine *store_engine_of(const struct store *s)
{
    return s->engine;
}

void *store_connection(const struct tx *tx)
{
    return tx->inside->connection->raw;
}

void bulk_hold(const struct tx *tx, int64_t bytes)
{
    if (tx->kind == TX_BULK)
        tx->store->engine->hold(tx->store->engine, tx->store->writer->raw, bytes);
}

/* ---- transactions ------------------------------------------------------------------------------------------ */

static enum engine_status reader_take(struct store *s, struct connection **ret)
{
    pthread_mutex_lock(&s->lock);
    while (!s->idle && s->reader_count == STORE_READERS_MAX)
        pthread_cond_wait(&s->reader_free, &s->lock);
    struct connection *c = s->idle;
    if (c) {
        s->idle = c->next;
        s->idle_count--;
    } else {
        s->reader_count++;
    }
    pthread_mutex_unlock(&s->lock);
    enum engine_status status = c ? ENGINE_DONE : connection_open(s, ENGINE_READING, &c);
    if (status == ENGINE_DONE) {
        *ret = c;
        return status;
    }
    pthread_mutex_lock(&s->lock);
    s->reader_count--;
    pthread_cond_signal(&s->reader_free);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void reader_give(struct store *s, struct connection *c)
{
    bool sound = connection_run(s, c, "rollback", ARGS()) == ENGINE_DONE;
    pthread_mutex_lock(&s->lock);
    bool keep = sound && s->idle_count < STORE_READERS_IDLE;
    if (keep) {
        c->next = s->idle;
        s->idle = c;
        s->idle_count++;
    } else {
        s->reader_count--;
    }
    pthread_cond_signal(&s->reader_free);
    pthread_mutex_unlock(&s->lock);
    if (!keep)
        connection_close(s, c);
}

static void tx_end(void *context)
{
    store_abandon(context);
}

static enum engine_status begin_read(struct tx *tx)
{
    enum engine_status status = reader_take(tx->store, &tx->inside->connection);
    if (status != ENGINE_DONE)
        return status;
    status = connection_run(tx->store, tx->inside->connection, "begin", ARGS());
    if (status == ENGINE_DONE)
        status = connection_snapshot(tx->store, tx->inside->connection);
    if (status != ENGINE_DONE)
        reader_give(tx->store, tx->inside->connection);
    return status;
}

static enum engine_status begin_write(struct tx *tx)
{
    struct store *s = tx->store;
    baton_take(s, tx->kind == TX_BULK);
    tx->inside->connection = s->writer;
    tx->inside->known = &s->known;
    tx->inside->redo = tx->kind == TX_WRITE ? &s->redo : NULL;
    tx->inside->redo_from = s->redo.used;
    s->known.stamps.later = NULL;
    enum engine_status status = s->broken ? ENGINE_DAMAGED : ENGINE_DONE;
    if (status == ENGINE_DONE && !s->group.open)
        status = connection_run(s, s->writer, "begin immediate", ARGS());
    if (status == ENGINE_DONE)
        s->group.open = tx->kind == TX_WRITE;
    else
        baton_pass(s);
    return status;
}

bool store_begin(struct store *s, struct op *op, enum tx_kind kind, struct tx **ret)
{
    must(kind == TX_READ || !s->reading);
    struct tx *tx = op_new(op, struct tx);
    *tx = (struct tx){.op = op, .store = s, .kind = kind, .inside = op_new(op, struct tx_inside)};
    enum engine_status status = kind == TX_READ ? begin_read(tx) : begin_write(tx);
    if (status != ENGINE_DONE)
        return store_fault(op, status, "begin", "begin");
    if (kind == TX_BULK) {
        tx->inside->queue = queue_new(s, s->writer);
        bulk_hold(tx, STORE_BULK_BYTES);
        s->engine->large(s->engine, s->writer->raw, true);
    }
    tx->open = true;
    op_defer(op, tx_end, tx);
    *ret = tx;
    return true;
}

static void queue_end(struct tx *tx)
{
    if (tx->inside->queue)
        queue_free(tx->inside->queue);
    tx->inside->queue = NULL;
}

/* Memory and log as single saves have them. */
static void bulk_end(struct tx *tx)
{
    struct store *s = tx->store;
    bulk_hold(tx, STORE_WRITER_BYTES);
    if (tx->kind == TX_BULK)
        s->engine->large(s->engine, s->writer->raw, false);
}

/* The group goes on without this one, which has no more to say. Gives those who must be told that it does not. */
static struct waiter *group_without(struct tx *tx)
{
    struct store *s = tx->store;
    struct group *g = &s->group;
    if (!s->engine->in_transaction(s->engine, s->writer->raw))
        return group_end(s, ENGINE_IO);
    bool wrote = tx->failed || s->redo.full || s->redo.used > tx->inside->redo_from;
    if (!wrote)
        return NULL;
    if (g->members == 0)
        return group_end(s, ENGINE_CANCELLED);
    redo_cut(&s->redo, tx->inside->redo_from);
    enum engine_status status = connection_run(s, s->writer, "rollback", ARGS());
    if (status == ENGINE_DONE)
        status = connection_run(s, s->writer, "begin immediate", ARGS());
    if (status == ENGINE_DONE)
        status = redo_run(&s->redo, s, s->writer);
    if (status != ENGINE_DONE)
        return group_end(s, status);
    s->known = (struct known){.head = g->head, .stamps = s->known.stamps};
    g->closing = true; /* nobody's work is done more than twice */
    return NULL;
}

void store_abandon(struct tx *tx)
{
    if (!tx->open)
        return;
    struct store *s = tx->store;
    while (tx->inside->rows)
        rows_close(tx->inside->rows);
    tx->open = false;
    queue_end(tx);
    if (tx->kind == TX_READ) {
        reader_give(s, tx->inside->connection);
        return;
    }
    struct waiter *members = tx->kind == TX_WRITE ? group_without(tx) : group_end(s, ENGINE_CANCELLED);
    bulk_end(tx);
    baton_pass(s);
    answer(members);
}

/* What a bulk has written, alone; the baton stays. */
static bool bulk_commit(struct tx *tx)
{
    struct store *s = tx->store;
    enum engine_status status = commit_run(s);
    if (status == ENGINE_DONE) {
        group_end(s, ENGINE_DONE);
        return true;
    }
    bool refused = store_fault(tx->op, status, s->engine->message(s->engine, s->writer->raw), "commit");
    store_abandon(tx);
    return refused;
}

static bool commit_alone(struct tx *tx)
{
    struct store *s = tx->store;
    if (!bulk_commit(tx))
        return false;
    tx->open = false;
    queue_end(tx);
    bulk_end(tx);
    keeper_tell(s, tx->inside->empty_log, tx->inside->tail_grown);
    baton_pass(s);
    return true;
}

static bool commit_in_group(struct tx *tx)
{
    struct store *s = tx->store;
    struct group *g = &s->group;
    struct waiter w = {.next = g->waiting};
    sem_init(&w.woken, 0, 0);
    tx->open = false;
    g->waiting = &w;
    g->members++;
    g->head = s->known.head;
    g->tail_grown += tx->inside->tail_grown;
    g->empty_log |= tx->inside->empty_log;
    g->closing |= g->members == STORE_GROUP_MAX || s->redo.full;
    baton_pass(s);
    wake_wait(&w);
    return w.status == ENGINE_DONE || store_fault(tx->op, w.status, w.message, "commit");
}

/* Everything is written, and may be committed. */
static bool whole(struct tx *tx)
{
    while (tx->inside->rows)
        rows_close(tx->inside->rows);
    if (!tx->failed && tx_settle(tx))
        return true;
    if (!tx->op->faults) /* its fault was forgiven, but what was to be written is not */
        (void)op_fail(tx->op, FAULT_SYSTEM, S(""), "这次保存中途出错，没有保存；请再办一次");
    store_abandon(tx);
    return false;
}

bool store_commit(struct tx *tx)
{
    must(tx->open && tx->inside->parts == 0 && !tx->inside->load.on);
    if (tx->kind == TX_READ) {
        store_abandon(tx);
        return true;
    }
    return search_crowd_note(tx) && whole(tx) && (tx->kind == TX_BULK ? commit_alone(tx) : commit_in_group(tx));
}

/* The keeper would wait for the baton, and meanwhile the log would be twice as long. */
bool store_go_on(struct tx *tx)
{
    struct store *s = tx->store;
    must(tx->open && tx->kind == TX_BULK && tx->inside->parts == 0);
    if (!search_crowd_note(tx) || !whole(tx) || !bulk_commit(tx))
        return false;
    if (s->engine->log_bytes(s->engine, s->writer->raw) > 4 * (int64_t)STORE_LOG_BYTES)
        (void)s->engine->checkpoint(s->engine, s->writer->raw, true, false); /* a reader keeps it: after the next */
    tx->inside->load.reads = 0;
    enum engine_status status = connection_run(s, s->writer, "begin immediate", ARGS());
    if (status == ENGINE_DONE)
        return true;
    (void)store_fault(tx->op, status, s->engine->message(s->engine, s->writer->raw), "begin");
    store_abandon(tx);
    return false;
}

/* ---- parts ------------------------------------------------------------------------------------------------- */

bool store_part_begin(struct tx *tx)
{
    struct tx_inside *in = tx->inside;
    must(in->parts < STORE_PARTS_MAX);
    if (!store_run(tx, "savepoint part", ARGS(), NULL))
        return false;
    in->head_before[in->parts] = in->known->head;
    in->failed_before[in->parts++] = tx->failed;
    return true;
}

bool store_part_keep(struct tx *tx)
{
    must(tx->inside->parts > 0);
    tx->inside->parts--;
    return store_run(tx, "release part", ARGS(), NULL);
}

bool store_part_undo(struct tx *tx)
{
    struct tx_inside *in = tx->inside;
    must(in->parts > 0);
    in->parts--;
    if (in->queue) { /* what failed in it goes with it */
        const char *message, *sql;
        if (queue_settle(in->queue, &message, &sql) != ENGINE_DONE)
            queue_forgive(in->queue);
    }
    if (!store_run(tx, "rollback to part", ARGS(), NULL) || !store_run(tx, "release part", ARGS(), NULL))
        return false;
    tx->failed = in->failed_before[in->parts];
    in->known->head = in->head_before[in->parts];
    in->crowd_from = 0;
    memset(in->known->scopes, 0, sizeof in->known->scopes);
    if (in->load.on && in->load.part > in->parts)
        in->load.on = false; /* its indexes are back, and nothing is due */
    tx->undone++;
    return true;
}

/* ---- schema ------------------------------------------------------------------------------------------------ */

bool store_schema(struct tx *tx, str room, const char *const *steps, size_t count)
{
    int64_t version = 0;
    bool found;
    if (!store_int(tx, "select version from store_schema where room = $1", ARGS(TEXT(room)), &version, &found))
        return false;
    if (version > (int64_t)count)
        return op_fail(tx->op, FAULT_CONFLICT, store_folder(tx->store), "这份数据由更新的程序版本建立，请使用新版程序");
    if (version == (int64_t)count)
        return true;
    const str keyed = S(") keyed");
    for (size_t i = (size_t)version; i < count; i++) {
        str step = str_z(steps[i]);
        if (str_ends(step, keyed))
            step = op_text(tx->op, "%.*s)%s", PS(str_part(step, 0, step.n - keyed.n)), tx->store->engine->keyed_end);
        if (!store_run(tx, step.p, ARGS(), NULL))
            return false;
    }
    return store_run(tx,
                     "insert into store_schema (room, version) values ($1, $2) on conflict (room) do update set "
                     "version = excluded.version",
                     ARGS(TEXT(room), INT((int64_t)count)), NULL);
}
