/* Search's tail into its list.
 *
 * A batch that is a part of the tail meets pages all over the list, because terms come in no order. While a town grows by
 * people saving, that is little. After an import of a county each batch would write the whole list anew, in a transaction
 * of gigabytes. So a very long tail is sorted outside of the database first, and then merged into the list in its
 * order, where each page is met once:
 *
 *     tail -> [run][run][run] … -> the smallest of them all, again and again -> list, in pieces
 *
 * Others may save between the pieces. A record that they change meanwhile goes from the tail into search_gone, and what
 * the list has got of it is taken out again when the last piece is kept; a crash before that leaves the tail a tail. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/inside.h"

enum {
    BATCH_MIN = 2000,       /* records moved at once: few pages are written twice, and savers wait some 20 ms … */
    BATCH_MAX = 20000,      /* … or 200 ms, and so many are sorted in memory, some 20 MB; a longer tail is merged */
    PIECE_ENTRIES = 50000,  /* of the list in one transaction: where each is on another page, 200 MB of log */
    RUN_BYTES = 16 << 10,   /* of each run in memory: ten million people are a thousand runs */
};

struct entry {
    uint64_t first;         /* the term's first bytes, so that most comparing is of two numbers */
    const char *term;
    int64_t doc;
    uint32_t scope;
    uint8_t kind, n;
};

/* Of some records, counted first: in a list that grows they would take twice the memory. */
struct entries {
    struct entry *p;
    size_t count;
    int64_t doc, scope;     /* of the record at hand */
};

static bool entry_count(void *context, [[maybe_unused]] int kind, [[maybe_unused]] str term)
{
    ((struct entries *)context)->count++;
    return true;
}

static bool entry_collect(void *context, int kind, str term)
{
    struct entries *e = context;
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof first; i++)
        first = first << 8 | (i < term.n ? (uint8_t)term.p[i] : 0);
    must(term.n <= UINT8_MAX); /* it has been cut */
    e->p[e->count++] = (struct entry){first, term.p, e->doc, (uint32_t)e->scope, (uint8_t)kind, (uint8_t)term.n};
    return true;
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    int order = str_cmp((str){x->term, x->n}, (str){y->term, y->n});
    return order ? order : (x->doc > y->doc) - (x->doc < y->doc);
}

struct doc {
    int64_t no, scope;
    str terms;
};

[[nodiscard]] static bool docs_each(struct op *op, const struct doc *docs, size_t count, entry_fn *each, struct entries *e)
{
    for (size_t i = 0; i < count; i++) {
        e->doc = docs[i].no;
        e->scope = docs[i].scope;
        for (int kind = 0; kind < SEARCH_LISTS; kind++)
            if (!search_entries(op, docs[i].terms, kind, each, e))
                return false;
    }
    return true;
}

/* Of the records after `from` up to `to`, in the list's order, each once. */
[[nodiscard]] static bool entries_sorted(struct tx *tx, int64_t from, int64_t to, struct entries *ret)
{
    struct { struct doc *p; size_t n, cap; } docs = {0};
    struct op *op = tx->op;
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select no, scope, terms from search_doc where no > $1 and no <= $2 order by no",
                     ARGS(INT(from), INT(to)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(op, &docs) = (struct doc){rows_int(rows, 0), rows_int(rows, 1), rows_text(rows, 2)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = (struct entries){0};
    struct mark mark = op_mark(op);
    bool counted = docs_each(op, docs.p, docs.n, entry_count, ret);
    op_reset(op, mark);
    ret->p = op_array(op, struct entry, ret->count);
    ret->count = 0;
    if (!counted || !docs_each(op, docs.p, docs.n, entry_collect, ret))
        return false;
    qsort(ret->p, ret->count, sizeof *ret->p, entry_order);
    size_t kept = 0;
    for (size_t i = 0; i < ret->count; i++)
        if (i == 0 || entry_order(&ret->p[i], &ret->p[kept - 1]) != 0)
            ret->p[kept++] = ret->p[i];
    ret->count = kept;
    return true;
}

[[nodiscard]] static bool entry_keep(struct tx *tx, const struct entry *e)
{
    static const struct later row = {
        .sql = "insert into search_term (kind, term, doc, scope) values ($1, $2, $3, $4) on conflict do nothing",
        .is_row = true,
    };
    return tx_later(tx, &row, ARGS(INT(e->kind), TEXT(((str){e->term, e->n})), INT(e->doc), INT(e->scope)));
}

/* The list has everything up to there. */
[[nodiscard]] static bool listed_keep(struct tx *tx, int64_t to)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select no, terms from search_gone where no <= $1", ARGS(INT(to)), &rows) || !rows_next(rows, &found))
        return false;
    while (found)
        if (!search_unlist(tx, rows_int(rows, 0), rows_text(rows, 1)) || !rows_next(rows, &found))
            return false;
    tx->inside->known->docs = false;
    return store_run(tx, "delete from search_gone where no <= $1", ARGS(INT(to)), NULL) &&
           store_run(tx, "delete from search_crowd where last <= $1", ARGS(INT(to)), NULL) &&
           store_run(tx, "insert into search_state (town, listed) values ($1, $2) on conflict (town) do update set listed "
                         "= excluded.listed", ARGS(TEXT(store_town(tx)), INT(to)), NULL);
}

[[nodiscard]] static bool ends_read(struct tx *tx, int64_t *ret_listed, int64_t *ret_last)
{
    bool found;
    *ret_last = 0;
    return search_listed(tx, ret_listed) &&
           store_int(tx, "select coalesce(max(no), 0) from search_doc", ARGS(), ret_last, &found);
}

bool search_tail(struct tx *tx, int64_t *ret)
{
    int64_t listed, last;
    if (!ends_read(tx, &listed, &last))
        return false;
    *ret = last > listed ? last - listed : 0; /* numbers that nobody has any more are counted, too: they are few */
    return true;
}

bool search_list(struct tx *tx, bool all, bool *ret_more)
{
    struct entries entries;
    int64_t listed, last;
    if (!ends_read(tx, &listed, &last))
        return false;
    /* Entries are put in order, so that each page is met once: keeping many would not help, and the sorting needs memory. */
    bulk_hold(tx, STORE_WRITER_BYTES);
    *ret_more = false;
    if (last <= listed || (!all && last - listed < SEARCH_TAIL_MAX))
        return true;
    int64_t batch = listed / 8 < BATCH_MIN ? BATCH_MIN : listed / 8, to = listed + (batch < BATCH_MAX ? batch : BATCH_MAX);
    if (!entries_sorted(tx, listed, to, &entries))
        return false;
    for (size_t i = 0; i < entries.count; i++)
        if (!entry_keep(tx, &entries.p[i]))
            return false;
    *ret_more = last > to;
    return listed_keep(tx, last < to ? last : to);
}

/* ---- a very long tail: runs -------------------------------------------------------------------------------- */

/* An entry in the file: this, then the term. */
struct written {
    int64_t doc;
    uint32_t scope;
    uint8_t kind, n;
};

struct run {
    int64_t at, end;        /* what of it has not been read from the file */
    char *bytes;            /* what has been */
    size_t used, have;
    struct entry entry;     /* the next one; its term is in `bytes` */
};

struct merge {
    struct store *store;
    struct op *op;
    int fd;
    struct run *runs;
    size_t run_count;
    struct run **heap;      /* the one with the smallest entry first */
    size_t count;
};

static bool file_fault(struct merge *m)
{
    return op_fail(m->op, FAULT_SYSTEM, store_folder(m->store), "数据文件夹不能写入：%s", errno_said(errno));
}

static void file_close(void *merge)
{
    close(((struct merge *)merge)->fd);
}

/* Without a name: whatever happens, nothing of it stays. */
[[nodiscard]] static bool file_open(struct merge *m)
{
    char *path = (char *)op_z(m->op, op_text(m->op, "%.*s/search-XXXXXX", PS(store_folder(m->store))));
    m->fd = mkostemp(path, O_CLOEXEC);
    if (m->fd < 0)
        return file_fault(m);
    unlink(path);
    op_defer(m->op, file_close, m);
    return true;
}

[[nodiscard]] static bool bytes_write(struct merge *m, const char *bytes, size_t count, int64_t at)
{
    for (size_t done = 0; done < count;) {
        ssize_t n = pwrite(m->fd, bytes + done, count - done, at + (int64_t)done);
        if (n <= 0)
            return file_fault(m);
        done += (size_t)n;
    }
    return true;
}

/* Behind the run before it. */
[[nodiscard]] static bool run_write(struct merge *m, const struct entries *entries)
{
    struct run *r = &m->runs[m->run_count];
    char bytes[RUN_BYTES];
    size_t used = 0;
    r->at = r->end = m->run_count ? r[-1].end : 0;
    m->run_count++;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *e = &entries->p[i];
        const struct written w = {e->doc, e->scope, e->kind, e->n};
        if (used + sizeof w + e->n > sizeof bytes) {
            if (!bytes_write(m, bytes, used, r->end))
                return false;
            r->end += (int64_t)used;
            used = 0;
        }
        memcpy(bytes + used, &w, sizeof w);
        memcpy(bytes + used + sizeof w, e->term, e->n);
        used += sizeof w + e->n;
    }
    bool done = bytes_write(m, bytes, used, r->end);
    r->end += (int64_t)used;
    return done;
}

/* Of the records after `listed` up to `last`, so many in each. Each reads a moment of its own, so that the log need not wait
 * for all of them. */
[[nodiscard]] static bool runs_write(struct merge *m, int64_t listed, int64_t last)
{
    m->runs = op_array(m->op, struct run, (size_t)((last - listed) / BATCH_MAX + 1));
    for (int64_t from = listed; from < last; from += BATCH_MAX) {
        struct mark mark = op_mark(m->op);
        struct tx *tx;
        struct entries entries;
        if (store_stopping(m->store) || !store_begin(m->store, m->op, TX_READ, &tx) ||
            !entries_sorted(tx, from, from + BATCH_MAX < last ? from + BATCH_MAX : last, &entries) || !run_write(m, &entries) ||
            !store_commit(tx))
            return false;
        op_reset(m->op, mark);
    }
    return true;
}

/* ---- and their merging ------------------------------------------------------------------------------------- */

/* What is left in memory goes to the front, and the file gives what fits behind it. */
[[nodiscard]] static bool run_fill(struct merge *m, struct run *r)
{
    r->have -= r->used;
    memmove(r->bytes, r->bytes + r->used, r->have);
    r->used = 0;
    size_t room = RUN_BYTES - r->have, want = (int64_t)room < r->end - r->at ? room : (size_t)(r->end - r->at);
    while (want) {
        ssize_t n = pread(m->fd, r->bytes + r->have, want, r->at);
        if (n <= 0)
            return file_fault(m);
        r->have += (size_t)n;
        r->at += n;
        want -= (size_t)n;
    }
    return true;
}

[[nodiscard]] static bool run_next(struct merge *m, struct run *r, bool *ret_found)
{
    struct written w;
    if (r->have - r->used < sizeof w + UINT8_MAX && r->at < r->end && !run_fill(m, r))
        return false;
    *ret_found = r->used < r->have;
    if (!*ret_found)
        return true;
    memcpy(&w, r->bytes + r->used, sizeof w);
    struct entries one = {.p = &r->entry, .doc = w.doc, .scope = w.scope};
    r->used += sizeof w + w.n;
    return entry_collect(&one, w.kind, (str){r->bytes + r->used - w.n, w.n});
}

/* The run at this place of the heap goes down to where it belongs. */
static void heap_settle(struct merge *m, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < m->count; child++)
            if (entry_order(&m->heap[child]->entry, &m->heap[least]->entry) < 0)
                least = child;
        if (least == at)
            return;
        struct run *r = m->heap[at];
        m->heap[at] = m->heap[least];
        m->heap[least] = r;
        at = least;
    }
}

[[nodiscard]] static bool heap_make(struct merge *m)
{
    m->heap = op_array(m->op, struct run *, m->run_count);
    for (size_t i = 0; i < m->run_count; i++) {
        struct run *r = &m->runs[i];
        bool found;
        r->bytes = op_space(m->op, RUN_BYTES);
        if (!run_next(m, r, &found))
            return false;
        if (found)
            m->heap[m->count++] = r;
    }
    for (size_t i = m->count; i-- > 0;)
        heap_settle(m, i);
    return true;
}

[[nodiscard]] static bool piece_keep(struct merge *m, struct tx *tx)
{
    bulk_hold(tx, STORE_WRITER_BYTES);
    for (int n = 0; n < PIECE_ENTRIES && m->count; n++) {
        struct run *r = m->heap[0];
        bool found;
        if (!entry_keep(tx, &r->entry) || !run_next(m, r, &found))
            return false;
        if (!found)
            m->heap[0] = m->heap[--m->count];
        heap_settle(m, 0);
    }
    return true;
}

[[nodiscard]] static bool tail_merge(struct store *store, struct op *op, int64_t listed, int64_t last)
{
    struct merge *m = op_new(op, struct merge);
    *m = (struct merge){.store = store, .op = op};
    if (!file_open(m) || !runs_write(m, listed, last) || !heap_make(m))
        return false;
    for (bool more = true; more;) {
        struct mark mark = op_mark(op);
        struct tx *tx;
        if (store_stopping(store) || !store_begin(store, op, TX_BULK, &tx) || !piece_keep(m, tx))
            return false;
        more = m->count > 0;
        if ((!more && !listed_keep(tx, last)) || !store_commit(tx))
            return false;
        op_reset(op, mark);
    }
    return true;
}

bool search_step(struct store *store, struct op *op, bool patient, bool *ret_more)
{
    struct tx *tx;
    struct due_table due;
    int64_t listed, last, left;
    bool waits = false;
    *ret_more = false;
    if (!store_begin(store, op, TX_READ, &tx) || !ends_read(tx, &listed, &last) ||
        (patient && !store_due(tx, &due, &waits)) || !store_commit(tx))
        return false;
    if (waits)
        return true;
    if (last - listed > BATCH_MAX) {
        *ret_more = true; /* what came meanwhile */
        return tail_merge(store, op, listed, last);
    }
    if (!store_begin(store, op, TX_BULK, &tx) || !search_list(tx, false, ret_more) || !search_tail(tx, &left))
        return false;
    store_listed(store, left);
    return store_commit(tx);
}
