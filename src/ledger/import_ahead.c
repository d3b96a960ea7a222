/* Rows are read some way ahead of where they are taken in. Two things come of it:
 *
 *     reading thread  [500 rows][500 rows][500 rows]…      inflates, reads XML, copies
 *     caller                [checks, keeps][checks, keeps]…
 *
 * a long sheet is inflated and read beside the work on its rows, and if the sheet names records by what is unique, the
 * store is asked once for all that so many rows name. Each question waits for everything that is still to be written.
 *
 * The workbook and its op (im->reading) are the thread's from the first full batch until ahead_close; a batch is the
 * thread's until it has been read, then the caller's until the next is asked for. */
#include <pthread.h>

#include "ledger/import.h"

enum {
    BATCHES = 4,
    BATCH_BYTES = 1 << 20, /* of their cells; then there are fewer rows */
};

struct batch {
    struct op *memory; /* of its rows */
    struct mark empty;
    struct xlsx_row list[BULK_FETCH_MAX];
    size_t count;
    uint32_t about;
    bool last, failed;
};

struct ahead {
    struct xlsx_rows *rows;
    const struct column_in *by; /* NULL: they name none so */
    struct batch batches[BATCHES];
    const struct batch *now;    /* NULL: none yet */
    size_t at;                  /* in it */
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    size_t read, done;    /* batches; those between wait for the caller, or are at work there */
    bool stop;
};

bool reach_direct(const struct reach *reach)
{
    const struct field *end = reach->end;
    return reach->step_count == 1 && end->unique && end->type != F_COMPUTED && end->column >= 0 &&
           field_columns[end->value] == COLUMN_TEXT;
}

bool ahead_open(struct import *im, struct ahead **ret)
{
    struct ahead *a = op_new(im->side, struct ahead);
    for (size_t i = 0; i < BATCHES; i++) {
        struct batch *b = &a->batches[i];
        b->memory = side_op(im->side);
        op_space(b->memory, 1); /* its first block stays */
        b->empty = op_mark(b->memory);
    }
    for (size_t i = 0; i < im->columns.n && !a->by; i++)
        if (im->columns.p[i].reach && reach_direct(im->columns.p[i].reach))
            a->by = &im->columns.p[i];
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    *ret = a;
    return xlsx_rows_open(im->book, im->sheet, &a->rows) || side_failed(im->op, im->reading);
}

void ahead_close(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
    if (a->has_thread)
        pthread_join(a->thread, NULL);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
}

static struct xlsx_row row_copy(struct op *op, const struct xlsx_row *row)
{
    struct xlsx_cell *cells = op_array(op, struct xlsx_cell, row->count);
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = row->cells[i];
        cells[i].text = op_copy(op, cells[i].text);
        cells[i].raw = cells[i].raw.n ? op_copy(op, cells[i].raw) : (str){0};
    }
    return (struct xlsx_row){row->number, row->hidden, cells, row->count};
}

static void batch_read(struct batch *b, struct xlsx_rows *rows)
{
    op_reset(b->memory, b->empty);
    b->count = 0;
    while (b->count < BULK_FETCH_MAX && b->memory->bytes < BATCH_BYTES && !b->last && !b->failed) {
        struct xlsx_row row;
        bool found;
        if (!xlsx_row_next(rows, &row, &found))
            b->failed = true;
        else if (!found)
            b->last = true;
        else
            b->list[b->count++] = row_copy(b->memory, &row);
    }
    b->about = xlsx_rows_about(rows);
}

static void *ahead_run(void *context)
{
    struct ahead *a = context;
    pthread_mutex_lock(&a->lock);
    for (bool more = true; more && !a->stop;) {
        if (a->read - a->done == BATCHES) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        struct batch *b = &a->batches[a->read % BATCHES];
        pthread_mutex_unlock(&a->lock);
        batch_read(b, a->rows);
        more = !b->last && !b->failed;
        pthread_mutex_lock(&a->lock);
        a->read++;
        pthread_cond_signal(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* The next batch; the one before is the thread's again. A sheet of one batch needs no thread, and where none is to be
 * had the caller reads. */
static const struct batch *batch_next(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->done += a->now != NULL;
    if (a->has_thread) {
        pthread_cond_signal(&a->changed);
        while (a->read == a->done)
            pthread_cond_wait(&a->changed, &a->lock);
    }
    struct batch *b = &a->batches[a->done % BATCHES];
    pthread_mutex_unlock(&a->lock);
    if (!a->has_thread) {
        batch_read(b, a->rows);
        a->read++;
        a->has_thread = !b->last && !b->failed && pthread_create(&a->thread, NULL, ahead_run, a) == 0;
    }
    return b;
}

/* What they name; a cell that is wrong is told when its row's turn comes. */
static bool named_fetch(struct import *im, const struct ahead *a)
{
    str texts[BULK_FETCH_MAX];
    size_t count = 0;
    const struct reach *reach = a->by->reach;
    struct field as = *reach->end;
    as.type = as.value;
    struct mark mark = op_mark(im->op);
    for (size_t i = 0; i < a->now->count; i++) {
        const struct xlsx_row *row = &a->now->list[i];
        const struct xlsx_cell *cell = xlsx_row_cell(row, a->by->column);
        struct checked v;
        if (cell && row->number > im->heading_last && check_text(im->op, &as, cell->text, &v) && v.kind == CHECKED_TEXT)
            texts[count++] = v.text;
    }
    bool done = count == 0 || bulk_fetch(im->bulk, reach->of, reach->end, texts, count);
    op_reset(im->op, mark);
    return done;
}

bool ahead_next(struct import *im, struct ahead *a, struct xlsx_row *ret, bool *ret_found)
{
    while (!a->now || (a->at == a->now->count && !a->now->last)) {
        a->now = batch_next(a);
        a->at = 0;
        if (a->now->failed)
            return side_failed(im->op, im->reading);
        if (a->by && !named_fetch(im, a))
            return false;
    }
    *ret_found = a->at < a->now->count;
    if (*ret_found)
        *ret = a->now->list[a->at++];
    return true;
}

uint32_t ahead_about(const struct ahead *a)
{
    return a->now->about;
}
