/* Files that are to go: of what was destroyed by law, and those that were sent and never attached to anything. Whatever
 * digest stands in a destroyed body is written down in the transaction that destroys it; after the commit, or when the
 * store is next opened, the file goes, unless a fact still names it: the same photo may hang on two records.
 *
 * The long look through all facts is a reader's; only what has been written since is looked through in the writer's
 * place, alone, in which the file goes as well. Nobody can keep the same content or name it meanwhile: store_file_keep
 * and whoever saves what names it work in that place too. A crash between the file and its row leaves a row of no file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/backup.h"

enum {
    DIGEST_TEXT = 2 * DIGEST_BYTES,
    GONE_AT_ONCE = 1000, /* of which it is known at once whether facts name them */
};

bool gone_setup(struct tx *tx)
{
    static const char *const steps[] = {
        /* noted: the last fact whose body named it and was destroyed, or a later one */
        "create table store_gone (town text not null, digest text not null, noted integer not null,"
        " primary key (town, digest))",
        /* kept: when it was sent and named by nothing yet; 0: what named it was destroyed */
        "alter table store_gone add column kept integer not null default 0",
    };
    return store_schema(tx, S("gone"), steps, COUNT(steps));
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The next 64 digits that stand alone. A place that is no digit rules out all before it, so hardly any is looked at. */
static bool digest_next(str text, size_t *at, str *ret)
{
    while (*at + DIGEST_TEXT <= text.n) {
        size_t from = *at, i = from + DIGEST_TEXT;
        while (i > from && is_hex(text.p[i - 1]))
            i--;
        if (i > from) {
            *at = i;
            continue;
        }
        i = from + DIGEST_TEXT;
        while (i < text.n && is_hex(text.p[i]))
            i++;
        *at = i;
        if (i == from + DIGEST_TEXT) {
            *ret = str_part(text, from, i);
            return true;
        }
    }
    return false;
}

bool gone_note(struct tx *tx, str body)
{
    size_t at = 0;
    int64_t count;
    if (!store_fact_count(tx, &count))
        return false;
    for (str digest; digest_next(body, &at, &digest);)
        if (store_file_there(tx, digest) &&
            !store_run(tx, "insert into store_gone (town, digest, noted) values ($1, $2, $3)"
                           " on conflict (town, digest) do update set noted = excluded.noted, kept = 0",
                       ARGS(TEXT(store_town(tx)), TEXT(digest), INT(count + 1)), NULL))
            return false;
    return true;
}

bool gone_forget(struct tx *tx, str digest)
{
    return store_run(tx, "delete from store_gone where town = $1 and digest = $2",
                     ARGS(TEXT(store_town(tx)), TEXT(digest)), NULL);
}

bool store_file_waits(struct tx *tx, str digest)
{
    return store_run(tx, "insert into store_gone (town, digest, noted, kept) values ($1, $2, 0, $3)", /* store_file_keep has forgotten it */
                     ARGS(TEXT(store_town(tx)), TEXT(digest), INT(tx->op->now)), NULL);
}

bool gone_any(struct tx *tx, time_ms before, bool *ret)
{
    int64_t one;
    return store_int(tx, "select 1 from store_gone where town = $1 and kept <= $2 limit 1",
                     ARGS(TEXT(store_town(tx)), INT(before)), &one, ret);
}

/* ---- afterwards -------------------------------------------------------------------------------------------- */

struct going {
    time_ms before; /* those that were sent later stay; 0: all that were sent */
    struct map digests;
    str list[GONE_AT_ONCE];
    bool named[GONE_AT_ONCE];
    size_t count;
};

/* Which of them the facts after one and up to another name. */
[[nodiscard]] static bool names_find(struct tx *tx, struct going *g, int64_t after, int64_t to)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select body from fact where no > $1 and no <= $2 and body is not null",
                     ARGS(INT(after), INT(to)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        size_t at = 0;
        str body = rows_peek(rows, 0);
        for (str digest; digest_next(body, &at, &digest);) {
            bool *named = map_get(&g->digests, digest);
            if (named)
                *named = true;
        }
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

[[nodiscard]] static bool going_read(struct store *store, struct op *op, struct going *g, int64_t *ret_seen)
{
    struct tx *tx;
    struct rows *rows;
    bool found;
    map_init(&g->digests, op);
    if (!store_begin(store, op, TX_READ, &tx) || !store_fact_count(tx, ret_seen) ||
        !store_query(tx, "select digest from store_gone where town = $1 and kept <= $3 order by digest limit $2",
                     ARGS(TEXT(store_town(tx)), INT(GONE_AT_ONCE), INT(g->before)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        g->list[g->count] = rows_text(rows, 0);
        map_put(&g->digests, g->list[g->count], &g->named[g->count]);
        g->count++;
        if (!rows_next(rows, &found))
            return false;
    }
    return (g->count == 0 || names_find(tx, g, 0, *ret_seen)) && store_commit(tx);
}

/* Somebody may have kept it again: then its row is gone, or waits anew. Or destroyed another record that names it, which the reader
 * did not know: then it is left for the next look. */
[[nodiscard]] static bool one_go(struct tx *tx, str digest, bool named, int64_t seen, time_ms before)
{
    int64_t rows;
    str path = store_file_path(tx->op, store_folder(tx->store), digest);
    if (!store_run(tx, "delete from store_gone where town = $1 and digest = $2 and noted <= $3 and kept <= $4",
                   ARGS(TEXT(store_town(tx)), TEXT(digest), INT(seen), INT(before)), &rows))
        return false;
    if (rows == 0 || named)
        return true;
    if (unlink(path.p) != 0)
        return errno == ENOENT || file_trouble(tx->op, path);
    return folder_sync(tx->op, str_part(path, 0, path.n - (DIGEST_TEXT - 2) - 1));
}

[[nodiscard]] static bool batch_go(struct store *store, struct op *op, time_ms before, size_t *ret_count)
{
    struct going *g = op_new(op, struct going);
    struct tx *tx;
    int64_t seen, now;
    g->before = before;
    if (!going_read(store, op, g, &seen))
        return false;
    *ret_count = g->count;
    if (g->count == 0)
        return true;
    if (!store_begin(store, op, TX_BULK, &tx) || !store_fact_count(tx, &now) || !names_find(tx, g, seen, now))
        return false;
    for (size_t i = 0; i < g->count; i++)
        if (!one_go(tx, g->list[i], g->named[i], seen, before))
            return false;
    return store_commit(tx);
}

[[nodiscard]] static bool all_go(struct store *store, struct op *op, time_ms before)
{
    for (size_t count = GONE_AT_ONCE; count > 0;) {
        struct mark mark = op_mark(op);
        bool done = batch_go(store, op, before, &count);
        op_reset(op, mark);
        if (!done)
            return false;
    }
    return true;
}

bool store_files_settle(struct store *store, struct op *op)
{
    int lock;
    if (!gone_due_take(store))
        return true;
    if (!folder_lock(op, store_folder(store), LOCK_EX | LOCK_NB, &lock)) {
        gone_due(store);
        return false;
    }
    bool done = lock < 0 || all_go(store, op, 0);
    if (lock < 0 || !done)
        gone_due(store);
    if (lock >= 0)
        close(lock);
    return done;
}

bool store_uploads_settle(struct store *store, struct op *op, time_ms before, bool *ret_done)
{
    struct tx *tx;
    int lock;
    bool any;
    if (!store_begin(store, op, TX_READ, &tx) || !gone_any(tx, before, &any) || !store_commit(tx))
        return false;
    *ret_done = !any;
    if (!any)
        return true;
    if (!folder_lock(op, store_folder(store), LOCK_EX | LOCK_NB, &lock))
        return false;
    bool done = lock < 0 || all_go(store, op, before);
    *ret_done = lock >= 0 && done;
    if (lock >= 0)
        close(lock);
    return done;
}
