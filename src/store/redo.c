/* What a group has written, to write it again without the one who gives up.
 *
 * A savepoint for each save would have every page copied that it touches, a fifth of all its work, so that it can be taken
 * back; hardly any is. So statements are kept with their values until the commit; who gives up after having written takes
 * the whole group back, and what the others wrote is run again. They wrote one after another, and SQL here depends on
 * nothing but the database and its values, so it becomes what it was. */
#include <stdlib.h>

#include "store/inside.h"

enum { REDO_BYTES_MAX = 1 << 20 }; /* some hundred saves; a group with more is closed */

/* One statement: this, its args, the bytes of its texts, its SQL. */
struct entry {
    size_t bytes, arg_count;
    const char *sql;
};

static bool has_bytes(const struct arg *a)
{
    return (a->kind == ARG_TEXT || a->kind == ARG_BLOB) && a->text.n;
}

void redo_note(struct redo *r, const char *sql, struct args args)
{
    size_t sql_bytes = strlen(sql) + 1, bytes = sizeof(struct entry) + args.n * sizeof(struct arg) + sql_bytes;
    for (size_t i = 0; i < args.n; i++)
        bytes += has_bytes(&args.p[i]) ? args.p[i].text.n : 0;
    bytes = (bytes + 15) / 16 * 16;
    r->full |= bytes > REDO_BYTES_MAX - r->used;
    if (r->full)
        return;
    if (!r->bytes)
        must(r->bytes = malloc(REDO_BYTES_MAX));
    struct entry *entry = (struct entry *)(r->bytes + r->used);
    struct arg *to = (struct arg *)(entry + 1);
    char *p = (char *)(to + args.n);
    if (args.n)
        memcpy(to, args.p, args.n * sizeof *to);
    for (size_t i = 0; i < args.n; i++)
        if (has_bytes(&to[i])) {
            memcpy(p, to[i].text.p, to[i].text.n);
            to[i].text.p = p;
            p += to[i].text.n;
        }
    *entry = (struct entry){bytes, args.n, memcpy(p, sql, sql_bytes)};
    r->used += bytes;
}

enum engine_status redo_run(const struct redo *r, const struct store *s, struct connection *c)
{
    enum engine_status status = ENGINE_DONE;
    for (size_t at = 0; at < r->used && status == ENGINE_DONE;) {
        const struct entry *entry = (const struct entry *)(r->bytes + at);
        status = connection_run(s, c, entry->sql, store_args((const struct arg *)(entry + 1), entry->arg_count));
        at += entry->bytes;
    }
    return status;
}

void redo_cut(struct redo *r, size_t used)
{
    must(used <= r->used);
    r->used = used;
    r->full = false;
}

void redo_free(struct redo *r)
{
    free(r->bytes);
}
