/* What a bulk writes, run by a thread of its own while the caller prepares the next rows.
 *
 *     caller   [fill][fill][fill]… [ahead]    settle: waits, runs the rest itself
 *     thread         [ run ][ run ][ run ]…
 *
 * Statements that give nothing back are kept, with their values, in blocks; a full block goes to the thread, which is
 * made with the first one, so small bulks have none. The connection is one thread's at a time: everything that reads,
 * and every beginning and end of a part, settles first. A statement that fails is told there, and nothing after it is
 * run. A bulk repeats few statements: they stay prepared between two settlings and are known by where their text is.
 *
 * What of a row follows from the row alone (`ahead`) is computed for a whole block before it is run: by the caller when it
 * would have to wait for the thread, or else by the thread. So whichever has less to do does it.
 *
 * Rows of one table, which are most of it, go several at a time: opening its tree and its indexes and finding their
 * ends costs as much as one row. So they wait in groups until one is full or the block is at its end; rows of different
 * tables change places, those of one do not. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/inside.h"

enum {
    BLOCK_BYTES = 256 << 10,
    BLOCKS_WAITING_MAX = 8,
    HELD_MAX = 16,
    GROUPS_MAX = 8,      /* tables that a bulk writes to; rows of more go one by one */
    SQL_SHOWN = 200,
};

/* One statement: this, its args, the bytes of its texts. */
struct entry {
    size_t bytes, arg_count;
    const char *sql;
    bool is_row;
    queue_ahead *ahead;
    queue_fill *fill;
    void *context;
};

/* Rows that wait for each other, in the block that is being run. */
struct rows_group {
    const struct entry *like; /* the first of them */
    const char *sql, *several;
    str table;
    struct arg *rows[QUEUE_ROWS];
    struct arg *all; /* of them, one after another */
    size_t count;
};

/* What follows from each row alone: not computed yet, being computed by the caller, computed. */
enum block_state { BLOCK_RAW, BLOCK_TAKEN, BLOCK_READY };

struct block {
    struct block *next, *before; /* before: while waiting */
    enum block_state state;      /* under the lock while waiting */
    size_t used;
    _Alignas(16) char bytes[BLOCK_BYTES];
};

struct queue {
    const struct store *store;
    struct connection *connection;
    struct block *filling;
    pthread_t thread;
    bool has_thread;
    struct {
        const char *sql;
        struct prepared *prepared;
    } held[HELD_MAX]; /* whoever has the connection */
    size_t held_count;
    struct rows_group groups[GROUPS_MAX]; /* likewise */
    size_t group_count;
    struct op texts; /* of their SQL */
    void *ahead_digest; /* the caller's, for computing ahead */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more, fewer;
    struct block *first, *last; /* waiting, and the one being run first */
    struct block *spare;        /* run: memory anew from the system for each would cost as much as filling it */
    int waiting;
    bool stop;
    atomic_bool drop; /* also looked at while a block is run */
    enum engine_status status;  /* of the first that failed */
    char message[SQL_SHOWN + 1], sql[SQL_SHOWN + 1];
};

struct queue *queue_new(const struct store *s, struct connection *c)
{
    struct queue *q = calloc(1, sizeof *q);
    must(q);
    q->store = s;
    q->connection = c;
    q->status = ENGINE_DONE;
    q->ahead_digest = sm3_new();
    op_init(&q->texts, 0, 0);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
    pthread_cond_init(&q->fewer, NULL);
    return q;
}

/* ---- running ----------------------------------------------------------------------------------------------- */

static void held_release(struct queue *q)
{
    for (size_t i = 0; i < q->held_count; i++)
        prepared_end(q->store, q->held[i].prepared);
    q->held_count = 0;
}

static enum engine_status held_get(struct queue *q, const char *sql, struct prepared **ret)
{
    for (size_t i = 0; i < q->held_count; i++)
        if (q->held[i].sql == sql) {
            *ret = q->held[i].prepared;
            return ENGINE_DONE;
        }
    if (q->held_count == HELD_MAX)
        held_release(q);
    enum engine_status status = prepared_get(q->store, q->connection, sql, ret);
    if (status == ENGINE_DONE) {
        q->held[q->held_count].sql = sql;
        q->held[q->held_count++].prepared = *ret;
    }
    return status;
}

static void statement_run(struct queue *q, const char *sql, struct args args)
{
    const struct store_engine *e = store_engine_of(q->store);
    struct prepared *prepared;
    q->status = held_get(q, sql, &prepared);
    if (q->status == ENGINE_DONE)
        q->status = prepared_do(q->store, prepared, args);
    if (q->status != ENGINE_DONE) {
        snprintf(q->message, sizeof q->message, "%s", e->message(e, q->connection->raw));
        snprintf(q->sql, sizeof q->sql, "%s", sql);
    }
}

/* insert into t (…) values ($1, $2) …, for QUEUE_ROWS rows. */
static const char *several_sql(struct queue *q, str one, size_t columns)
{
    const str begin = S("insert into"), values = S(" values (");
    struct buf b;
    size_t at, length;
    must(str_starts(one, begin) && str_find(one, values, &at));
    str row = str_part(one, at + values.n, one.n);
    must(str_find(row, S(")"), &length));
    buf_init(&b, &q->texts, 0);
    buf_text(&b, "%s%.*s", store_engine_of(q->store)->insert_rows, PS(str_part(one, begin.n, at + values.n - 1)));
    for (size_t i = 0; i < QUEUE_ROWS * columns; i++)
        buf_text(&b, "%s$%zu%s", i % columns ? ", " : i ? ", (" : "(", i + 1, (i + 1) % columns ? "" : ")");
    buf_add(&b, str_part(row, length + 1, row.n));
    return buf_str(&b).p;
}

static void group_run(struct queue *q, struct rows_group *g)
{
    size_t columns = g->like->arg_count;
    if (g->like->fill)
        g->like->fill(g->like->context, g->rows, g->count);
    for (size_t i = 0; i < g->count; i++)
        memcpy(g->all + i * columns, g->rows[i], columns * sizeof *g->all);
    if (g->count == QUEUE_ROWS) {
        if (!g->several)
            g->several = several_sql(q, str_z(g->sql), columns);
        statement_run(q, g->several, store_args(g->all, QUEUE_ROWS * columns));
    }
    for (size_t i = 0; i < g->count && g->count < QUEUE_ROWS && q->status == ENGINE_DONE; i++)
        statement_run(q, g->sql, store_args(g->all + i * columns, columns));
    g->count = 0;
}

static struct rows_group *group_of(struct queue *q, const struct entry *entry)
{
    for (size_t i = 0; i < q->group_count; i++)
        if (q->groups[i].sql == entry->sql)
            return &q->groups[i];
    if (q->group_count == GROUPS_MAX)
        return NULL;
    struct rows_group *g = &q->groups[q->group_count++];
    str sql = str_z(entry->sql), columns;
    *g = (struct rows_group){.sql = entry->sql,
                             .all = op_array(&q->texts, struct arg, QUEUE_ROWS * entry->arg_count)};
    str_split(sql, '(', &g->table, &columns);
    return g;
}

/* Rows of one table keep their order, whichever statement puts them. */
static void others_run(struct queue *q, const struct rows_group *g)
{
    for (size_t i = 0; i < q->group_count && q->status == ENGINE_DONE; i++) {
        struct rows_group *other = &q->groups[i];
        if (other != g && other->count && str_eq(other->table, g->table))
            group_run(q, other);
    }
}

static void groups_run(struct queue *q)
{
    for (size_t i = 0; i < q->group_count; i++) {
        if (q->groups[i].count && q->status == ENGINE_DONE && !q->drop)
            group_run(q, &q->groups[i]);
        q->groups[i].count = 0; /* after a failure, too */
    }
}

static void entry_run(struct queue *q, const struct entry *entry, struct arg *args)
{
    struct rows_group *g = entry->is_row ? group_of(q, entry) : NULL;
    if (!g) {
        if (entry->is_row)
            groups_run(q);
        if (entry->fill)
            entry->fill(entry->context, &args, 1);
        statement_run(q, entry->sql, store_args(args, entry->arg_count));
        return;
    }
    if (g->count == 0) {
        others_run(q, g);
        g->like = entry;
    }
    g->rows[g->count++] = args;
    if (g->count == QUEUE_ROWS)
        group_run(q, g);
}

/* digest: of whoever computes; NULL: the writer's own. */
static void block_ahead(struct block *b, void *digest)
{
    for (size_t at = 0; at < b->used;) {
        struct entry *entry = (struct entry *)(b->bytes + at);
        if (entry->ahead)
            entry->ahead(entry->context, digest, (struct arg *)(entry + 1));
        at += entry->bytes;
    }
}

static void block_run(struct queue *q, struct block *b)
{
    for (size_t at = 0; at < b->used && q->status == ENGINE_DONE && !q->drop;) {
        struct entry *entry = (struct entry *)(b->bytes + at);
        entry_run(q, entry, (struct arg *)(entry + 1));
        at += entry->bytes;
    }
    groups_run(q); /* their values are in the block */
}

static void *queue_run(void *queue)
{
    struct queue *q = queue;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (!q->first && !q->stop)
            pthread_cond_wait(&q->more, &q->lock);
        struct block *b = q->first;
        if (!b)
            break;
        while (b->state == BLOCK_TAKEN)
            pthread_cond_wait(&q->more, &q->lock);
        bool raw = b->state == BLOCK_RAW;
        b->state = BLOCK_READY;
        pthread_mutex_unlock(&q->lock);
        if (raw && !q->drop)
            block_ahead(b, NULL);
        block_run(q, b);
        pthread_mutex_lock(&q->lock);
        q->first = b->next;
        if (q->first)
            q->first->before = NULL;
        else
            q->last = NULL;
        q->waiting--;
        b->next = q->spare;
        q->spare = b;
        pthread_cond_signal(&q->fewer);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* The last that is not computed yet: the thread comes to it last. */
static struct block *block_raw(const struct queue *q)
{
    struct block *b = q->last;
    while (b && b->state != BLOCK_RAW)
        b = b->before;
    return b;
}

/* Has something to do meanwhile, if there is. */
static void wait_until(struct queue *q, int waiting)
{
    pthread_mutex_lock(&q->lock);
    while (q->waiting > waiting) {
        struct block *b = block_raw(q);
        if (!b) {
            pthread_cond_wait(&q->fewer, &q->lock);
            continue;
        }
        b->state = BLOCK_TAKEN;
        pthread_mutex_unlock(&q->lock);
        block_ahead(b, q->ahead_digest);
        pthread_mutex_lock(&q->lock);
        b->state = BLOCK_READY;
        pthread_cond_signal(&q->more);
    }
    pthread_mutex_unlock(&q->lock);
}

/* ---- filling ----------------------------------------------------------------------------------------------- */

static void block_send(struct queue *q)
{
    struct block *b = q->filling;
    if (!q->has_thread)
        q->has_thread = pthread_create(&q->thread, NULL, queue_run, q) == 0;
    if (!q->has_thread) { /* then it is only slower */
        block_ahead(b, NULL);
        block_run(q, b);
        b->used = 0;
        return;
    }
    q->filling = NULL;
    wait_until(q, BLOCKS_WAITING_MAX - 1);
    pthread_mutex_lock(&q->lock);
    *(q->last ? &q->last->next : &q->first) = b;
    b->before = q->last;
    q->last = b;
    q->waiting++;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
}

static bool has_bytes(const struct arg *a)
{
    return a->kind == ARG_TEXT || a->kind == ARG_BLOB;
}

static void block_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct block *b = q->spare;
    if (b)
        q->spare = b->next;
    pthread_mutex_unlock(&q->lock);
    q->filling = b ? b : malloc(sizeof *b);
    must(q->filling);
    q->filling->next = q->filling->before = NULL;
    q->filling->state = BLOCK_RAW;
    q->filling->used = 0;
}

bool queue_add(struct queue *q, const struct later *what, struct args args)
{
    size_t bytes = sizeof(struct entry) + args.n * sizeof(struct arg);
    for (size_t i = 0; i < args.n; i++)
        bytes += has_bytes(&args.p[i]) ? args.p[i].text.n : 0;
    bytes = (bytes + 15) / 16 * 16;
    if (bytes > BLOCK_BYTES)
        return false;
    if (q->filling && q->filling->used + bytes > BLOCK_BYTES)
        block_send(q);
    if (!q->filling)
        block_take(q);
    struct entry *entry = (struct entry *)(q->filling->bytes + q->filling->used);
    struct arg *to = (struct arg *)(entry + 1);
    char *p = (char *)(to + args.n);
    *entry = (struct entry){bytes, args.n, what->sql, what->is_row, what->ahead, what->fill, what->context};
    if (args.n)
        memcpy(to, args.p, args.n * sizeof *to);
    for (size_t i = 0; i < args.n; i++)
        if (has_bytes(&to[i]) && to[i].text.n) {
            memcpy(p, to[i].text.p, to[i].text.n);
            to[i].text.p = p;
            p += to[i].text.n;
        }
    q->filling->used += bytes;
    return true;
}

/* ---- ending ------------------------------------------------------------------------------------------------ */

enum engine_status queue_settle(struct queue *q, const char **ret_message, const char **ret_sql)
{
    if (q->has_thread)
        wait_until(q, 0);
    if (q->filling) {
        block_ahead(q->filling, NULL);
        block_run(q, q->filling);
        q->filling->used = 0;
    }
    held_release(q);
    *ret_message = q->message;
    *ret_sql = q->sql;
    return q->status;
}

void queue_forgive(struct queue *q)
{
    q->status = ENGINE_DONE;
}

void queue_free(struct queue *q)
{
    if (q->has_thread) {
        pthread_mutex_lock(&q->lock);
        q->drop = q->stop = true;
        pthread_cond_signal(&q->more);
        pthread_mutex_unlock(&q->lock);
        pthread_join(q->thread, NULL);
    }
    held_release(q);
    op_done(&q->texts);
    sm3_free(q->ahead_digest);
    free(q->filling);
    for (struct block *lists[] = {q->first, q->spare}, **at = lists; at < lists + COUNT(lists); at++)
        for (struct block *next; *at; *at = next) {
            next = (*at)->next;
            free(*at);
        }
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->more);
    pthread_cond_destroy(&q->fewer);
    free(q);
}
