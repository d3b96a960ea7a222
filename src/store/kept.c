/* Results that outlive the reading that made them, for all readers.
 *
 * A commit that wrote to a derived table counts it on in store_stamp, in the same transaction; so a snapshot knows how
 * often each of its tables had been written to. The counts are part of what a result is kept under: a result of a table
 * that has changed since is never found again, one of a table that has not is true whatever else was saved meanwhile. */
#include <pthread.h>
#include <stdlib.h>

#include "store/inside.h"

enum { KEPT_BYTES_MAX = 4 << 20 }; /* some ten thousand figures; beyond it everything is forgotten and made anew */

struct kept {
    pthread_mutex_t lock;
    struct op op;
    struct map map;             /* digest of the key -> str */
};

struct kept *kept_new(void)
{
    struct kept *k = calloc(1, sizeof *k);
    must(k);
    pthread_mutex_init(&k->lock, NULL);
    op_init(&k->op, 0, 1);
    map_init(&k->map, &k->op);
    return k;
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    op_done(&k->op);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

bool kept_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table store_stamp (name text not null primary key, town text not null, no integer not null)",
    };
    return store_schema(tx, S("kept"), steps, COUNT(steps));
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

/* The derived table that a statement writes to; empty: none. */
static str written_by(str sql)
{
    static const str begins[] = {SC("insert into "), SC("update "), SC("delete from "), SC("drop table if exists "),
                                 SC("alter table ")};
    size_t n = 0;
    for (size_t i = 0; i < COUNT(begins); i++) {
        if (!str_starts(sql, begins[i]))
            continue;
        str name = str_part(sql, begins[i].n, sql.n);
        bool quoted = name.n && name.p[0] == '"';
        name = str_part(name, quoted, name.n);
        while (n < name.n && name.p[n] != ' ' && name.p[n] != '"' && name.p[n] != '(')
            n++;
        return str_starts(name, S("now_")) ? str_part(name, 0, n) : S("");
    }
    return S("");
}

void stamp_note(struct tx *tx, const char *sql)
{
    struct stamps *s = &tx->inside->known->stamps;
    str name = written_by(str_z(sql));
    if (!name.n)
        return;
    for (int i = 0; i < s->count; i++)
        if (str_eq(str_z(s->names[i]), name))
            return;
    if (name.n >= STAMP_NAME_MAX || s->count == STAMPS_MAX) {
        s->all = true;
        return;
    }
    memcpy(s->names[s->count], name.p, name.n);
    s->names[s->count++][name.n] = 0;
}

enum engine_status stamps_keep(const struct store *s, struct connection *c, str town, const struct stamps *stamps)
{
    enum engine_status status = ENGINE_DONE;
    for (int i = stamps->all ? -1 : 0; i < stamps->count && status == ENGINE_DONE; i++) /* -1: all of them */
        status = connection_run(s, c,
                                "insert into store_stamp (name, town, no) values ($1, $2, 1)"
                                " on conflict (name) do update set no = store_stamp.no + 1",
                                ARGS(TEXT(i < 0 ? S("") : str_z(stamps->names[i])), TEXT(town)));
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

bool store_kept_key(struct tx *tx, const str *tables, size_t count, str key, str *ret)
{
    struct buf b;
    *ret = S("");
    if (tx->kind != TX_READ || !store_keeps(tx->store))
        return true;
    buf_init(&b, tx->op, 0);
    for (size_t i = 0; i <= count; i++) { /* the last: all of them */
        int64_t no = 0;
        bool found;
        str name = i < count ? tables[i] : S("");
        if (!store_int(tx, "select no from store_stamp where name = $1", ARGS(TEXT(name)), &no, &found))
            return false;
        buf_text(&b, "%.*s=%lld\x1f", PS(name), (long long)no);
    }
    buf_add(&b, key);
    *ret = store_digest_text(tx->op, buf_str(&b));
    return true;
}

bool store_kept(const struct tx *tx, str key, str *ret)
{
    struct kept *k = store_keeps(tx->store);
    if (!key.n)
        return false;
    pthread_mutex_lock(&k->lock);
    const str *found = map_get(&k->map, key);
    if (found)
        *ret = op_copy(tx->op, *found);
    pthread_mutex_unlock(&k->lock);
    return found != NULL;
}

void store_keep(const struct tx *tx, str key, str bytes)
{
    struct kept *k = store_keeps(tx->store);
    if (!key.n || bytes.n > KEPT_BYTES_MAX / 8)
        return;
    pthread_mutex_lock(&k->lock);
    if (k->op.bytes + bytes.n + key.n > KEPT_BYTES_MAX) {
        op_done(&k->op);
        op_init(&k->op, 0, 1);
        map_init(&k->map, &k->op);
    }
    str *value = op_new(&k->op, str);
    *value = op_copy(&k->op, bytes);
    map_put(&k->map, op_copy(&k->op, key), value);
    pthread_mutex_unlock(&k->lock);
}
