/* Opening, transactions and SQL.
 *
 * The writer's place is a baton. A handler thread waits its turn, works on the one write connection inside a savepoint,
 * and at store_commit leaves its work in the group and passes the baton on. Whoever passes it to nobody (or closes a full group)
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
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

/* ---- connections and their prepared statements ------------------------------------------------------------- */

struct prepared {
    char *sql;
    size_t n;
    uint64_t hash, used;
    void *statement;
    bool busy, cached;
    struct prepared *next; /* with the same last bits of the hash */
};

enum { STATEMENT_CHAINS = 256 };

struct connection {
    void *raw;
    struct prepared *prepared[STORE_STATEMENTS_MAX];
    struct prepared *chains[STATEMENT_CHAINS];
    int count;
    uint64_t ticks;
    struct connection *next; /* among idle readers */
};

struct group {
    int members, users;
    bool done;
    enum engine_status status;
    char message[200];
};

struct waiter {
    pthread_cond_t turn;
    bool mine, alone;
    struct waiter *next;
};

struct store {
    const struct store_engine *engine;
    char *folder, *town;
    int lock_fd;
    bool reading;
    int64_t log_bytes;
    void (*random)(void *bytes, size_t count);
    void *digest;

    pthread_mutex_t lock; /* of all below */
    struct waiter *first, *last;
    bool taken;           /* somebody holds the baton */
    bool broken;          /* not even a rollback worked */
    struct group *group;  /* saves that wait for their commit; NULL: no transaction is open */
    pthread_cond_t group_done;
    struct connection *writer;

    struct connection *idle;
    int idle_count, reader_count;
    pthread_cond_t reader_free;

    struct connection *keeper; /* moves the log into the database */
    pthread_t keeper_thread;
    pthread_cond_t keeper_due;
    bool keeper_runs, keep_due, empty_due, list_due, stop;
    int64_t log_seen, tail_grown;
};

bool store_fault(struct op *op, enum engine_status status, const char *message, const char *sql)
{
    switch (status) {
    case ENGINE_UNIQUE: { /* "UNIQUE constraint failed: now_person.证件号, now_person.town" */
        str rest = str_z(message), head = S(""), name = S("");
        size_t at;
        if (str_find(rest, S(": "), &at))
            rest = str_part(rest, at + 2, rest.n);
        while (rest.n && (name.n == 0 || str_eq(name, S("town")))) {
            str_split(rest, ',', &head, &rest);
            str_split(str_trim(head), '.', &head, &name);
        }
        return op_fail(op, FAULT_CONFLICT, name, "%.*s已有相同的值，不能重复", PS(name));
    }
    case ENGINE_FULL:
        return op_fail(op, FAULT_SYSTEM, S(""), "磁盘已满，这次没有保存；请清理磁盘后再办一次");
    case ENGINE_IO:
        return op_fail(op, FAULT_SYSTEM, S(""), "磁盘读写出错，这次没有保存；请检查磁盘后再办一次（%s）", message);
    case ENGINE_BUSY:
        return op_fail(op, FAULT_SYSTEM, S(""), "数据库正忙，这次没有保存；请稍后再办一次");
    case ENGINE_DAMAGED:
        return op_fail(op, FAULT_SYSTEM, S(""), "数据库文件已损坏，请停止使用并从备份恢复（%s）", message);
    case ENGINE_CANCELLED:
        return op_fail(op, FAULT_SYSTEM, S(""), "已取消");
    case ENGINE_REFUSED:
    case ENGINE_ERROR:
    case ENGINE_ROW:
    case ENGINE_DONE:
    case ENGINE_STATUSES:
        break;
    }
    return op_fail(op, FAULT_SYSTEM, S(""), "数据库不接受这次操作：%s（%.200s）", message, sql);
}

static uint64_t sql_hash(const char *p, size_t n)
{
    uint64_t h = n * 0x9E3779B97F4A7C15u, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, p, n);
    h = (h ^ word) * 0x9FB21C651E98DF25u;
    return h ^ h >> 29;
}

static void prepared_free(const struct store_engine *e, struct prepared *p)
{
    e->finalize(e, p->statement);
    free(p->sql);
    free(p);
}

static void chain_leave(struct connection *c, struct prepared *p)
{
    struct prepared **at = &c->chains[p->hash % STATEMENT_CHAINS];
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
}

static enum engine_status prepared_get(const struct store_engine *e, struct connection *c, const char *sql, struct prepared **ret)
{
    size_t n = strlen(sql);
    uint64_t hash = sql_hash(sql, n);
    for (struct prepared *p = c->chains[hash % STATEMENT_CHAINS]; p; p = p->next)
        if (!p->busy && p->hash == hash && p->n == n && memcmp(p->sql, sql, n) == 0) {
            p->busy = true;
            p->used = ++c->ticks;
            *ret = p;
            return ENGINE_DONE;
        }
    int oldest = -1;
    for (int i = 0; i < c->count && c->count == STORE_STATEMENTS_MAX; i++)
        if (!c->prepared[i]->busy && (oldest < 0 || c->prepared[i]->used < c->prepared[oldest]->used))
            oldest = i;
    void *statement;
    enum engine_status status = e->prepare(e, c->raw, (str){sql, n}, &statement);
    if (status != ENGINE_DONE)
        return status;
    struct prepared *p = calloc(1, sizeof *p);
    char *copy = malloc(n + 1);
    must(p && copy);
    memcpy(copy, sql, n + 1);
    *p = (struct prepared){.sql = copy, .n = n, .hash = hash, .used = ++c->ticks, .statement = statement, .busy = true, .cached = true};
    if (c->count < STORE_STATEMENTS_MAX) {
        c->prepared[c->count++] = p;
    } else if (oldest >= 0) {
        chain_leave(c, c->prepared[oldest]);
        prepared_free(e, c->prepared[oldest]);
        c->prepared[oldest] = p;
    } else {
        p->cached = false;
    }
    if (p->cached) {
        p->next = c->chains[hash % STATEMENT_CHAINS];
        c->chains[hash % STATEMENT_CHAINS] = p;
    }
    *ret = p;
    return ENGINE_DONE;
}

static void prepared_end(const struct store_engine *e, struct prepared *p)
{
    e->reset(e, p->statement);
    p->busy = false;
    if (!p->cached)
        prepared_free(e, p);
}

/* A statement without arguments or rows: begin, commit … */
static enum engine_status plain(const struct store *s, struct connection *c, const char *sql)
{
    struct prepared *p;
    enum engine_status status = prepared_get(s->engine, c, sql, &p);
    if (status != ENGINE_DONE)
        return status;
    do
        status = s->engine->step(s->engine, p->statement);
    while (status == ENGINE_ROW);
    prepared_end(s->engine, p);
    return status;
}

static enum engine_status connection_open(const struct store *s, unsigned flags, struct connection **ret)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/zhenwu.db", s->folder);
    void *raw;
    enum engine_status status = s->engine->open(s->engine, path, flags, &raw);
    if (status != ENGINE_DONE)
        return status;
    struct connection *c = calloc(1, sizeof *c);
    must(c);
    c->raw = raw;
    *ret = c;
    return status;
}

static void connection_close(const struct store *s, struct connection *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->count; i++)
        prepared_free(s->engine, c->prepared[i]);
    s->engine->close(s->engine, c->raw);
    free(c);
}

/* ---- the baton --------------------------------------------------------------------------------------------- */

static void group_end(struct store *s, enum engine_status status)
{
    struct group *g = s->group;
    char message[sizeof g->message];
    snprintf(message, sizeof message, "%s", status == ENGINE_DONE ? "" : s->engine->message(s->engine, s->writer->raw));
    for (int tries = 0; tries < 2 && s->engine->in_transaction(s->engine, s->writer->raw); tries++)
        plain(s, s->writer, "rollback");
    bool broken = s->engine->in_transaction(s->engine, s->writer->raw);
    pthread_mutex_lock(&s->lock);
    s->broken |= broken;
    s->group = NULL;
    if (g) {
        g->done = true;
        g->status = status;
        memcpy(g->message, message, sizeof message);
        if (g->users == 0)
            free(g);
        pthread_cond_broadcast(&s->group_done);
    }
    pthread_mutex_unlock(&s->lock);
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
    if (s->empty_due || log - s->log_seen >= STORE_LOG_BYTES / 2) {
        s->log_seen = log;
        s->keep_due = true;
        pthread_cond_signal(&s->keeper_due);
    }
    pthread_mutex_unlock(&s->lock);
}

static void group_commit(struct store *s)
{
    if (s->group->members == 0)
        group_end(s, ENGINE_DONE); /* everybody in it gave up */
    else
        group_end(s, plain(s, s->writer, "commit"));
    keeper_tell(s, false, 0);
}

/* `alone`: with no transaction of a group open. */
static void baton_take(struct store *s, bool alone)
{
    struct waiter w = {.turn = PTHREAD_COND_INITIALIZER, .alone = alone};
    pthread_mutex_lock(&s->lock);
    if (s->taken) {
        *(s->last ? &s->last->next : &s->first) = &w;
        s->last = &w;
        while (!w.mine)
            pthread_cond_wait(&w.turn, &s->lock);
    }
    s->taken = true;
    pthread_mutex_unlock(&s->lock);
    pthread_cond_destroy(&w.turn);
    if (alone && s->group)
        group_commit(s);
}

static void baton_pass(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->group && (!s->first || s->first->alone || s->group->members >= STORE_GROUP_MAX)) {
        pthread_mutex_unlock(&s->lock);
        group_commit(s);
        pthread_mutex_lock(&s->lock);
    }
    struct waiter *w = s->first;
    if (w) {
        s->first = w->next;
        if (!s->first)
            s->last = NULL;
        w->mine = true;
        pthread_cond_signal(&w->turn);
    } else {
        s->taken = false;
    }
    pthread_mutex_unlock(&s->lock);
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
    s->engine->checkpoint(s->engine, s->keeper->raw, false, false);
    baton_take(s, true);
    bool wait = s->engine->log_bytes(s->engine, s->writer->raw) > 4 * (int64_t)STORE_LOG_BYTES;
    enum engine_status status = s->engine->checkpoint(s->engine, s->keeper->raw, wait, empty);
    if (empty)
        log_grow(s);
    baton_pass(s);
    return status;
}

/* One batch of search's tail into its list, and what is left of it: one that was just too short is looked at again when it has grown.
 * A failure is no loss: the next save asks again. */
static bool tail_list(struct store *s)
{
    struct op op;
    struct tx *tx;
    bool more = false;
    int64_t left;
    op_init(&op, 0, 0);
    bool done = store_begin(s, &op, TX_BULK, &tx) && search_list(tx, false, &more) && search_tail(tx, &left);
    if (done) { /* before others may save again: what they add is counted after this */
        pthread_mutex_lock(&s->lock);
        s->tail_grown = left;
        pthread_mutex_unlock(&s->lock);
        done = store_commit(tx);
    }
    op_done(&op);
    return done && more;
}

static void *keeper_run(void *context)
{
    struct store *s = context;
    if (s->log_bytes) {
        baton_take(s, true);
        log_grow(s);
        baton_pass(s);
    }
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        bool keep = s->keep_due, list = s->list_due, empty = s->empty_due;
        if (!keep && !list) {
            pthread_cond_wait(&s->keeper_due, &s->lock);
            continue;
        }
        s->keep_due = s->list_due = s->empty_due = false;
        pthread_mutex_unlock(&s->lock);
        bool moved = !keep || log_move(s, empty) == ENGINE_DONE, more = list && tail_list(s);
        pthread_mutex_lock(&s->lock);
        s->list_due |= more;
        s->empty_due |= empty && !moved; /* a reader still needs the log: with the next save */
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
        return op_fail(op, FAULT_SYSTEM, str_z(path), "数据文件夹不能写入：%s", strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(s->lock_fd, text, sizeof text - 1, 0);
        return op_fail(op, FAULT_CONFLICT, str_z(s->folder), "数据文件夹正由另一个程序使用（进程 %.*s），请先停止它", n > 0 ? (int)n : 1,
                       n > 0 ? text : "?");
    }
    int n = snprintf(text, sizeof text, "%d", (int)getpid());
    if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, text, (size_t)n, 0) != n)
        return op_fail(op, FAULT_SYSTEM, str_z(path), "数据文件夹不能写入：%s", strerror(errno));
    return true;
}

static bool setup(struct tx *tx, str town)
{
    bool found;
    int64_t any;
    if (!store_int(tx, "select 1 from sqlite_schema where name = 'store_info'", ARGS(), &any, &found))
        return false;
    if (!found && (!store_run(tx, "create table store_schema (room text not null primary key, version integer not null)", ARGS(), NULL) ||
                   !store_run(tx, "create table store_info (town text not null primary key, made integer not null)", ARGS(), NULL) ||
                   !store_run(tx, "insert into store_info (town, made) values ($1, $2)",
                              ARGS(TEXT(town.n ? town : S("000000000")), INT(tx->op->now)), NULL)))
        return false;
    if (!fact_setup(tx) || !search_setup(tx) || !search_tail(tx, &tx->store->tail_grown))
        return false;
    tx->store->list_due = tx->store->tail_grown >= SEARCH_TAIL_MAX;
    return true;
}

static bool town_read(struct tx *tx, str wanted)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select town from store_info", ARGS(), &rows) || !rows_next(rows, &found))
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
            return op_fail(op, FAULT_SYSTEM, str_z(s->folder), "不能建立数据文件夹：%s", strerror(errno));
        if (!lock_take(op, s))
            return false;
        enum engine_status status = connection_open(s, ENGINE_MAKE, &s->writer);
        if (status == ENGINE_DONE)
            status = connection_open(s, 0, &s->keeper);
        if (status != ENGINE_DONE)
            return store_fault(op, status, path, "open");
    }
    struct tx *tx;
    if (!s->reading && (!store_begin(s, op, TX_BULK, &tx) || !setup(tx, town) || !store_commit(tx)))
        return false;
    if (!store_begin(s, op, TX_READ, &tx) || !town_read(tx, town) || !store_commit(tx))
        return false;
    if (!s->reading) {
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
    s->lock_fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->group_done, NULL);
    pthread_cond_init(&s->reader_free, NULL);
    pthread_cond_init(&s->keeper_due, NULL);
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
    must(!s->taken && !s->group); /* every transaction has ended */
    while (s->idle) {
        struct connection *c = s->idle;
        s->idle = c->next;
        s->reader_count--;
        connection_close(s, c);
    }
    must(s->reader_count == 0);
    if (s->keeper)
        s->engine->checkpoint(s->engine, s->keeper->raw, false, s->empty_due);
    connection_close(s, s->keeper);
    connection_close(s, s->writer);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    sm3_free(s->digest);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->group_done);
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
    if (tx->store->random) {
        tx->store->random(bytes, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(op_random(tx->op) >> 32);
}

void *store_digest(const struct tx *tx)
{
    must(tx->kind != TX_READ);
    return tx->store->digest;
}

const struct store_engine *store_engine_of(const struct store *s)
{
    return s->engine;
}

void *store_connection(const struct tx *tx)
{
    return tx->inside->connection->raw;
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
    bool sound = plain(s, c, "rollback") == ENGINE_DONE;
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
    status = plain(tx->store, tx->inside->connection, "begin");
    if (status == ENGINE_DONE) /* the first reading takes the snapshot: now, not when the caller gets round to it */
        status = plain(tx->store, tx->inside->connection, "select 1 from sqlite_schema limit 1");
    if (status != ENGINE_DONE)
        reader_give(tx->store, tx->inside->connection);
    return status;
}

static enum engine_status begin_write(struct tx *tx)
{
    struct store *s = tx->store;
    baton_take(s, tx->kind == TX_BULK);
    tx->inside->connection = s->writer;
    enum engine_status status = s->broken ? ENGINE_DAMAGED : ENGINE_DONE;
    if (status == ENGINE_DONE && !s->group)
        status = plain(s, s->writer, "begin immediate");
    if (status == ENGINE_DONE && tx->kind == TX_WRITE) {
        if (!s->group) {
            s->group = calloc(1, sizeof *s->group);
            must(s->group);
        }
        status = plain(s, s->writer, "savepoint save");
        if (status != ENGINE_DONE && !s->engine->in_transaction(s->engine, s->writer->raw))
            group_end(s, status);
    }
    if (status != ENGINE_DONE)
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
    tx->open = true;
    op_defer(op, tx_end, tx);
    *ret = tx;
    return true;
}

void store_abandon(struct tx *tx)
{
    if (!tx->open)
        return;
    struct store *s = tx->store;
    while (tx->inside->rows)
        rows_close(tx->inside->rows);
    tx->open = false;
    if (tx->kind == TX_READ) {
        reader_give(s, tx->inside->connection);
        return;
    }
    enum engine_status status = ENGINE_IO;
    if (tx->kind == TX_WRITE && s->engine->in_transaction(s->engine, s->writer->raw)) {
        status = plain(s, s->writer, "rollback to save");
        if (status == ENGINE_DONE)
            status = plain(s, s->writer, "release save");
    }
    if (status != ENGINE_DONE)
        group_end(s, status); /* its own, or everybody's because it cannot be taken out of the group's */
    baton_pass(s);
}

static bool commit_alone(struct tx *tx)
{
    struct store *s = tx->store;
    enum engine_status status = plain(s, s->writer, "commit");
    if (status != ENGINE_DONE) {
        bool refused = store_fault(tx->op, status, s->engine->message(s->engine, s->writer->raw), "commit");
        store_abandon(tx);
        return refused;
    }
    tx->open = false;
    keeper_tell(s, tx->inside->empty_log, tx->inside->tail_grown);
    baton_pass(s);
    return true;
}

static bool commit_in_group(struct tx *tx)
{
    struct store *s = tx->store;
    enum engine_status status = plain(s, s->writer, "release save");
    if (status != ENGINE_DONE) {
        bool refused = store_fault(tx->op, status, s->engine->message(s->engine, s->writer->raw), "release");
        store_abandon(tx);
        return refused;
    }
    tx->open = false;
    struct group *g = s->group;
    pthread_mutex_lock(&s->lock);
    g->members++;
    g->users++;
    pthread_mutex_unlock(&s->lock);
    baton_pass(s);
    pthread_mutex_lock(&s->lock);
    while (!g->done)
        pthread_cond_wait(&s->group_done, &s->lock);
    bool last = --g->users == 0;
    status = g->status;
    pthread_mutex_unlock(&s->lock);
    bool kept = status == ENGINE_DONE || store_fault(tx->op, status, g->message, "commit");
    if (last)
        free(g);
    if (kept && (tx->inside->empty_log || tx->inside->tail_grown))
        keeper_tell(s, tx->inside->empty_log, tx->inside->tail_grown);
    return kept;
}

bool store_commit(struct tx *tx)
{
    must(tx->open && tx->inside->parts == 0);
    while (tx->inside->rows)
        rows_close(tx->inside->rows);
    if (tx->kind == TX_READ) {
        store_abandon(tx);
        return true;
    }
    if (tx->failed || !fact_head_keep(tx)) {
        if (!tx->op->faults) /* its fault was forgiven, but what was to be written is not */
            (void)op_fail(tx->op, FAULT_SYSTEM, S(""), "这次保存中途出错，没有保存；请再办一次");
        store_abandon(tx);
        return false;
    }
    return tx->kind == TX_BULK ? commit_alone(tx) : commit_in_group(tx);
}

/* ---- statements -------------------------------------------------------------------------------------------- */

static bool failed(struct tx *tx, enum engine_status status, const char *sql)
{
    struct store *s = tx->store;
    tx->failed = true;
    if (tx->kind != TX_READ && !s->engine->in_transaction(s->engine, s->writer->raw))
        tx->inside->lost = true; /* without this, what follows would be saved by itself */
    return store_fault(tx->op, status, s->engine->message(s->engine, tx->inside->connection->raw), sql);
}

static bool statement_start(struct tx *tx, const char *sql, struct args args, bool copy, struct prepared **ret)
{
    must(tx->open && args.n <= STORE_ARGS_MAX);
    const struct store_engine *e = tx->store->engine;
    if (tx->inside->lost)
        return op_fail(tx->op, FAULT_SYSTEM, S(""), "这次保存已中止，请再办一次");
    struct prepared *p;
    enum engine_status status = prepared_get(e, tx->inside->connection, sql, &p);
    if (status != ENGINE_DONE)
        return failed(tx, status, sql);
    status = e->bind(e, p->statement, args, copy);
    if (status != ENGINE_DONE) {
        prepared_end(e, p);
        return failed(tx, status, sql);
    }
    *ret = p;
    return true;
}

bool store_run(struct tx *tx, const char *sql, struct args args, int64_t *ret_changed)
{
    must(tx->kind != TX_READ);
    const struct store_engine *e = tx->store->engine;
    struct prepared *p;
    if (!statement_start(tx, sql, args, false, &p))
        return false;
    enum engine_status status;
    do
        status = e->step(e, p->statement);
    while (status == ENGINE_ROW);
    bool done = status == ENGINE_DONE || failed(tx, status, sql);
    if (done && ret_changed)
        *ret_changed = e->changed(e, tx->inside->connection->raw);
    prepared_end(e, p);
    return done;
}

bool store_int(struct tx *tx, const char *sql, struct args args, int64_t *ret, bool *ret_found)
{
    const struct store_engine *e = tx->store->engine;
    struct prepared *p;
    if (!statement_start(tx, sql, args, false, &p))
        return false;
    enum engine_status status = e->step(e, p->statement);
    bool done = status == ENGINE_DONE || status == ENGINE_ROW || failed(tx, status, sql);
    if (done) {
        *ret_found = status == ENGINE_ROW;
        if (*ret_found)
            *ret = e->whole(e, p->statement, 0);
    }
    prepared_end(e, p);
    return done;
}

struct rows {
    struct tx *tx;
    struct prepared *prepared; /* NULL: ended */
    struct rows *next, **link; /* among the open rows of the tx */
};

static void rows_end(void *rows)
{
    rows_close(rows);
}

bool store_query(struct tx *tx, const char *sql, struct args args, struct rows **ret)
{
    struct prepared *p;
    if (!statement_start(tx, sql, args, true, &p))
        return false;
    struct rows *rows = op_new(tx->op, struct rows);
    *rows = (struct rows){.tx = tx, .prepared = p, .next = tx->inside->rows, .link = &tx->inside->rows};
    if (rows->next)
        rows->next->link = &rows->next;
    tx->inside->rows = rows;
    op_defer(tx->op, rows_end, rows);
    *ret = rows;
    return true;
}

void rows_close(struct rows *rows)
{
    if (!rows->prepared)
        return;
    prepared_end(rows->tx->store->engine, rows->prepared);
    rows->prepared = NULL;
    *rows->link = rows->next;
    if (rows->next)
        rows->next->link = rows->link;
}

bool rows_next(struct rows *rows, bool *ret_found)
{
    if (!rows->prepared) {
        *ret_found = false;
        return true;
    }
    const struct store_engine *e = rows->tx->store->engine;
    enum engine_status status = e->step(e, rows->prepared->statement);
    if (status == ENGINE_ROW) {
        *ret_found = true;
        return true;
    }
    bool done = status == ENGINE_DONE || failed(rows->tx, status, rows->prepared->sql);
    rows_close(rows);
    if (done)
        *ret_found = false;
    return done;
}

static void *rows_at(const struct rows *rows, int column)
{
    must(rows->prepared && column >= 0 && column < rows_count(rows));
    return rows->prepared->statement;
}

int rows_count(const struct rows *rows)
{
    must(rows->prepared);
    const struct store_engine *e = rows->tx->store->engine;
    return e->columns(e, rows->prepared->statement);
}

bool rows_is_null(const struct rows *rows, int column)
{
    const struct store_engine *e = rows->tx->store->engine;
    return e->kind(e, rows_at(rows, column), column) == ARG_NULL;
}

int64_t rows_int(const struct rows *rows, int column)
{
    const struct store_engine *e = rows->tx->store->engine;
    return e->whole(e, rows_at(rows, column), column);
}

str rows_peek(const struct rows *rows, int column)
{
    const struct store_engine *e = rows->tx->store->engine;
    return e->bytes(e, rows_at(rows, column), column);
}

str rows_text(const struct rows *rows, int column)
{
    return op_copy(rows->tx->op, rows_peek(rows, column));
}

str rows_blob(const struct rows *rows, int column)
{
    return rows_text(rows, column);
}

id rows_id(const struct rows *rows, int column)
{
    str bytes = rows_peek(rows, column);
    id x = {0};
    if (bytes.n == sizeof x.b)
        memcpy(x.b, bytes.p, sizeof x.b);
    return x;
}

struct arg rows_value(const struct rows *rows, int column)
{
    const struct store_engine *e = rows->tx->store->engine;
    switch (e->kind(e, rows_at(rows, column), column)) {
    case ARG_NULL:
        return NUL;
    case ARG_INT:
        return INT(rows_int(rows, column));
    case ARG_TEXT:
        return TEXT(rows_text(rows, column));
    case ARG_BLOB:
    case ARG_ID:
        break;
    }
    return BLOB(rows_blob(rows, column));
}

/* ---- parts ------------------------------------------------------------------------------------------------- */

bool store_part_begin(struct tx *tx)
{
    struct tx_inside *in = tx->inside;
    must(in->parts < STORE_PARTS_MAX);
    if (!store_run(tx, "savepoint part", ARGS(), NULL))
        return false;
    in->head_before[in->parts] = in->head;
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
    if (!store_run(tx, "rollback to part", ARGS(), NULL) || !store_run(tx, "release part", ARGS(), NULL))
        return false;
    tx->failed = in->failed_before[in->parts];
    in->head = in->head_before[in->parts];
    memset(in->scopes, 0, sizeof in->scopes);
    tx->undone++;
    return true;
}

/* ---- names and schema -------------------------------------------------------------------------------------- */

str store_name(struct op *op, str name)
{
    char *p = op_alloc(op, name.n * 2 + 3);
    size_t n = 0;
    p[n++] = '"';
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            p[n++] = '"';
        p[n++] = name.p[i];
    }
    p[n++] = '"';
    return (str){p, n};
}

str store_like(struct op *op, str part)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_byte(&b, '%');
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '\\')
            buf_byte(&b, '\\');
        buf_byte(&b, part.p[i]);
    }
    buf_byte(&b, '%');
    return buf_str(&b);
}

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
    for (size_t i = (size_t)version; i < count; i++)
        if (!store_run(tx, steps[i], ARGS(), NULL))
            return false;
    return store_run(tx, "insert into store_schema (room, version) values ($1, $2) on conflict (room) do update set version = excluded.version",
                     ARGS(TEXT(room), INT((int64_t)count)), NULL);
}
