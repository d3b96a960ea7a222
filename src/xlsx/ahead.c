/* Rows of a sheet, read by a thread some way ahead of whoever takes them. Batches go round:
 *
 *     thread         [read][read][read]… waits until one is free
 *     caller   [read][take][take]…       the first it reads itself: most sheets have no second, and need no thread */
#include <pthread.h>

#include "xlsx/book.h"

enum { BATCHES = 4, BATCH_BYTES = 1 << 20 };

struct batch {
    struct op memory;
    struct xlsx_row *rows;
    size_t count;
    uint32_t about;
    bool last, failed;
};

struct xlsx_ahead {
    struct xlsx_rows *rows; /* the thread's, while there is one */
    size_t rows_max, taken; /* the caller has the batch before `taken` */
    struct batch batches[BATCHES];
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more, fewer;
    size_t read, given_back;
    bool stop;
};

static void batch_read(struct xlsx_ahead *a, struct batch *b)
{
    bool found = true;
    struct xlsx_row row;
    if (b->memory.blocks)
        op_reset(&b->memory, (struct mark){0});
    b->rows = op_array(&b->memory, struct xlsx_row, a->rows_max);
    for (b->count = 0; b->count < a->rows_max && b->memory.bytes < BATCH_BYTES;) {
        b->failed = !xlsx_row_next(a->rows, &row, &found);
        b->last = b->failed || !found;
        if (b->last)
            break;
        b->rows[b->count++] = row_copy(&b->memory, a->rows);
    }
    b->about = xlsx_rows_about(a->rows);
}

static void *ahead_run(void *ahead)
{
    struct xlsx_ahead *a = ahead;
    pthread_mutex_lock(&a->lock);
    for (bool last = false; !last;) {
        while (a->read - a->given_back == BATCHES && !a->stop)
            pthread_cond_wait(&a->fewer, &a->lock);
        if (a->stop)
            break;
        struct batch *b = &a->batches[a->read % BATCHES];
        pthread_mutex_unlock(&a->lock);
        batch_read(a, b);
        last = b->last;
        pthread_mutex_lock(&a->lock);
        a->read++;
        pthread_cond_signal(&a->more);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void ahead_free(void *ahead)
{
    struct xlsx_ahead *a = ahead;
    xlsx_ahead_end(a);
    for (size_t i = 0; i < BATCHES; i++)
        op_done(&a->batches[i].memory);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->more);
    pthread_cond_destroy(&a->fewer);
}

bool xlsx_ahead_open(struct xlsx_book *book, size_t sheet, size_t rows_max, struct xlsx_ahead **ret)
{
    must(rows_max > 0);
    struct xlsx_ahead *a = op_new(book->op, struct xlsx_ahead);
    if (!xlsx_rows_open(book, sheet, &a->rows))
        return false;
    a->rows_max = rows_max;
    for (size_t i = 0; i < BATCHES; i++)
        op_init(&a->batches[i].memory, book->op->now, 0);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->more, NULL);
    pthread_cond_init(&a->fewer, NULL);
    op_defer(book->op, ahead_free, a);
    *ret = a;
    return true;
}

bool xlsx_ahead_next(struct xlsx_ahead *a, struct xlsx_batch *ret)
{
    must(!a->stop);
    const struct batch *before = a->taken ? &a->batches[(a->taken - 1) % BATCHES] : NULL;
    if (before && before->last) {
        *ret = (struct xlsx_batch){.about = before->about};
        return !before->failed;
    }
    struct batch *b = &a->batches[a->taken % BATCHES];
    if (a->has_thread) {
        pthread_mutex_lock(&a->lock);
        a->given_back = a->taken;
        pthread_cond_signal(&a->fewer);
        while (a->read == a->taken)
            pthread_cond_wait(&a->more, &a->lock);
        pthread_mutex_unlock(&a->lock);
    } else {
        batch_read(a, b);
        a->given_back = a->read++;
        a->has_thread = !b->last && pthread_create(&a->thread, NULL, ahead_run, a) == 0; /* or else it is only slower */
    }
    a->taken++;
    *ret = (struct xlsx_batch){b->rows, b->count, b->about};
    return !b->failed;
}

void xlsx_ahead_end(struct xlsx_ahead *a)
{
    if (a->has_thread) {
        pthread_mutex_lock(&a->lock);
        a->stop = true;
        pthread_cond_signal(&a->fewer);
        pthread_mutex_unlock(&a->lock);
        pthread_join(a->thread, NULL);
    }
    a->has_thread = false;
    a->stop = true;
}
