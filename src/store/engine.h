/* The engine beneath the store: a table of functions, so that another database can stand in for SQLite and tests can
 * make every call fail. Transactions are SQL texts (begin immediate, savepoint, commit …) and go through prepare and
 * step like all else.
 *
 * The SQL of all rooms is the same for every engine, and so are its functions: those of the standard, and id_text(id),
 * which writes the 16 bytes of an id as people and FEEL see them. What differs stands in this table.
 *
 * A connection is used by one thread at a time. A statement is prepared once and used again: bind, step until
 * ENGINE_DONE or a failure, reset. After a failure `message` tells more until the next call on the connection. */
#pragma once

#include "store/store.h"

enum engine_status {
    ENGINE_ROW,
    ENGINE_DONE,        /* also: a call without rows did its work */
    ENGINE_UNIQUE,      /* a unique rule was broken; message ends in "<table>.<column>, <table>.<column>" */
    ENGINE_REFUSED,     /* another rule or a trigger */
    ENGINE_BUSY,
    ENGINE_FULL,
    ENGINE_IO,
    ENGINE_DAMAGED,
    ENGINE_CANCELLED,
    ENGINE_ERROR,       /* wrong SQL and whatever else */
    ENGINE_STATUSES
};

enum { ENGINE_MAKE = 1, ENGINE_READING = 2 }; /* open: create if absent; only for reading */

struct engine_each {
    values_fn *each;
    void *context;
    bool refused;       /* it has said false; the status is then a failure, but none of the engine's */
};

struct store_engine {
    const char *name;
    const char *table_end;              /* after the ")" of create table */
    const char *keyed_end;              /* the same for a table that is nothing but its key */
    const char *insert_rows;            /* for "insert into", of several rows that need not be taken back by themselves */
    const char *each_begin, *each_end;  /* about the columns of a query whose rows `each` gives out */
    const char *table_find;             /* one row when the table $1 is there */
    const char *sound;                  /* one row, "ok", when nothing of the database is damaged; NULL: it has no such question */
    const char *const *guards;          /* statements that make the table fact append-only */
    size_t guard_count;

    enum engine_status (*open)(const struct store_engine *e, const char *place, unsigned flags, void **ret_connection);
    void (*close)(const struct store_engine *e, void *connection);
    /* Within a transaction just begun: takes the snapshot now, not at the first reading. ret_version changes whenever
     * somebody else has committed since this connection last asked. */
    enum engine_status (*snapshot)(const struct store_engine *e, void *connection, int64_t *ret_version);
    enum engine_status (*prepare)(const struct store_engine *e, void *connection, str sql, void **ret_statement);
    void (*finalize)(const struct store_engine *e, void *statement);
    enum engine_status (*bind)(const struct store_engine *e, void *statement, struct args args,
                               bool copy); /* copy: args may go before reset */
    enum engine_status (*step)(const struct store_engine *e, void *statement);
    /* Gives every row, of up to STORE_EACH_MAX values, to `each`; no row comes out. */
    enum engine_status (*each)(const struct store_engine *e, void *connection, void *statement, struct engine_each *to);
    void (*reset)(const struct store_engine *e, void *statement);
    int64_t (*changed)(const struct store_engine *e, void *connection); /* rows, by the last statement */
    bool (*in_transaction)(const struct store_engine *e, void *connection);
    const char *(*message)(const struct store_engine *e, void *connection);
    void (*hold)(const struct store_engine *e, void *connection,
                 int64_t bytes); /* how much of the database it may keep in memory */
    void (*large)(const struct store_engine *e, void *connection,
                  bool large); /* what is written from now on is far more than that: a bulk begins, or has ended */

    int (*columns)(const struct store_engine *e, void *statement);
    /* NULL, INT, TEXT or BLOB as it stands; what it points to lives until the next step or reset. */
    struct arg (*cell)(const struct store_engine *e, void *statement, int column);
    /* The same for `count` columns from one on: one call for a row. */
    void (*cells)(const struct store_engine *e, void *statement, int from, int count, struct arg *ret);
    int64_t (*whole)(const struct store_engine *e, void *statement, int column);
    str (*bytes)(const struct store_engine *e, void *statement, int column); /* until the next step or reset */

    int64_t (*log_bytes)(const struct store_engine *e,
                         void *connection); /* written since the log was last begun anew */
    /* Moves the log into the database; `wait` for readers and begin the log anew, `empty` also overwrites what was in
     * it. */
    enum engine_status (*checkpoint)(const struct store_engine *e, void *connection, bool wait, bool empty);
    /* Before the last connection closes: the log is moved, begun anew and cut to its working size, because whoever opens
     * next reads it up to where it was written last. When that fails the opening is only slower. */
    void (*log_end)(const struct store_engine *e, void *connection);
    /* A consistent copy into a new file while others write. */
    enum engine_status (*copy)(const struct store_engine *e, void *connection, const char *path, store_tell *tell,
                               void *context);
};

extern const struct store_engine store_sqlite;

/* Wraps another engine and fails one call: the `fail_at`-th of those that may fail (open, snapshot, prepare, bind,
 * step, copy), counted from 1; 0 never. The call is not passed on. `calls` and `commits` count.
 * The store's own threads call it, too, so whoever counts and whoever is counted may meet. */
struct failing_engine {
    struct store_engine engine; /* give this to store_open */
    const struct store_engine *inner;
    _Atomic long fail_at;
    _Atomic enum engine_status fail_with;
    _Atomic long calls, commits;
    _Atomic int fails_left;     /* how many calls fail from fail_at on; 1 */
    _Atomic long fail_commit;   /* the commit with this number fails; 0 none */
    _Atomic long writes, fail_write; /* the same for statements that change something, the commit among them */
};
void failing_init(struct failing_engine *f, const struct store_engine *inner);
