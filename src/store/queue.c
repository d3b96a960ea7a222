/* What a bulk writes, run by a thread of its own while the caller prepares the next rows.
 *
 *     caller   [fill][fill][fill]…            settle: waits, runs the rest itself
 *     thread         [ run ][ run ][ run ]…
 *
 * Statements that give nothing back are kept, with their values, in blocks; a full block goes to the thread, which is
 * made with the first one, so small bulks have none. The connection is one thread's at a time: everything that reads,
 * and every beginning and end of a part, settles first. A statement that fails is told there, and nothing after it is
 * run. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/inside.h"

enum {
    BLOCK_BYTES = 256 << 10,
    BLOCKS_WAITING_MAX = 8,
    SQL_SHOWN = 200,
};

/* One statement: this, its args, its SQL with a zero, the bytes of its texts. */
struct entry {
    size_t bytes, arg_count;
};

struct block {
    struct block *next;
    size_t used;
    _Alignas(16) char bytes[BLOCK_BYTES];
};

struct queue {
    const struct store *store;
    struct connection *connection;
    struct block *filling;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more, fewer;
    struct block *first, *last; /* waiting, and the one being run first */
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
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
    pthread_cond_init(&q->fewer, NULL);
    return q;
}

/* ---- running ----------------------------------------------------------------------------------------------- */

static void block_run(struct queue *q, const struct block *b)
{
    const struct store_engine *e = store_engine_of(q->store);
    for (size_t at = 0; at < b->used && q->status == ENGINE_DONE && !q->drop;) {
        const struct entry *entry = (const struct entry *)(b->bytes + at);
        const struct arg *args = (const struct arg *)(entry + 1);
        const char *sql = (const char *)(args + entry->arg_count);
        q->status = connection_do(q->store, q->connection, sql, store_args(args, entry->arg_count));
        if (q->status != ENGINE_DONE) {
            snprintf(q->message, sizeof q->message, "%s", e->message(e, q->connection->raw));
            snprintf(q->sql, sizeof q->sql, "%s", sql);
        }
        at += entry->bytes;
    }
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
        pthread_mutex_unlock(&q->lock);
        block_run(q, b);
        pthread_mutex_lock(&q->lock);
        q->first = b->next;
        if (!q->first)
            q->last = NULL;
        q->waiting--;
        free(b);
        pthread_cond_signal(&q->fewer);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static void wait_until(struct queue *q, int waiting)
{
    pthread_mutex_lock(&q->lock);
    while (q->waiting > waiting)
        pthread_cond_wait(&q->fewer, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

/* ---- filling ----------------------------------------------------------------------------------------------- */

static void block_send(struct queue *q)
{
    struct block *b = q->filling;
    if (!q->has_thread)
        q->has_thread = pthread_create(&q->thread, NULL, queue_run, q) == 0;
    if (!q->has_thread) { /* then it is only slower */
        block_run(q, b);
        b->used = 0;
        return;
    }
    q->filling = NULL;
    wait_until(q, BLOCKS_WAITING_MAX - 1);
    pthread_mutex_lock(&q->lock);
    *(q->last ? &q->last->next : &q->first) = b;
    q->last = b;
    q->waiting++;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
}

static bool has_bytes(const struct arg *a)
{
    return a->kind == ARG_TEXT || a->kind == ARG_BLOB;
}

bool queue_add(struct queue *q, const char *sql, struct args args)
{
    size_t sql_bytes = strlen(sql) + 1, bytes = sizeof(struct entry) + args.n * sizeof(struct arg) + sql_bytes;
    for (size_t i = 0; i < args.n; i++)
        bytes += has_bytes(&args.p[i]) ? args.p[i].text.n : 0;
    bytes = (bytes + 15) / 16 * 16;
    if (bytes > BLOCK_BYTES)
        return false;
    if (q->filling && q->filling->used + bytes > BLOCK_BYTES)
        block_send(q);
    if (!q->filling) {
        q->filling = malloc(sizeof *q->filling);
        must(q->filling);
        q->filling->next = NULL;
        q->filling->used = 0;
    }
    struct entry *entry = (struct entry *)(q->filling->bytes + q->filling->used);
    struct arg *to = (struct arg *)(entry + 1);
    char *p = (char *)(to + args.n);
    *entry = (struct entry){bytes, args.n};
    if (args.n)
        memcpy(to, args.p, args.n * sizeof *to);
    memcpy(p, sql, sql_bytes);
    p += sql_bytes;
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
        block_run(q, q->filling);
        q->filling->used = 0;
    }
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
    free(q->filling);
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->more);
    pthread_cond_destroy(&q->fewer);
    free(q);
}
