/* An engine that fails on demand: see engine.h. */
#include <stdatomic.h>
#include <stdlib.h>

#include "store/engine.h"

static struct failing_engine *outer(const struct store_engine *e)
{
    return (struct failing_engine *)((char *)(uintptr_t)e - offsetof(struct failing_engine, engine));
}

static bool fails(struct failing_engine *f)
{
    long call = ++f->calls, from = f->fail_at;
    int left = from && call >= from ? f->fails_left : 0;
    while (left > 0 && !atomic_compare_exchange_weak(&f->fails_left, &left, left - 1))
        ;
    return left > 0;
}

static enum engine_status failing_open(const struct store_engine *e, const char *place, unsigned flags, void **ret)
{
    struct failing_engine *f = outer(e);
    return fails(f) ? f->fail_with : f->inner->open(f->inner, place, flags, ret);
}

static enum engine_status failing_snapshot(const struct store_engine *e, void *connection, int64_t *ret_version)
{
    struct failing_engine *f = outer(e);
    return fails(f) ? f->fail_with : f->inner->snapshot(f->inner, connection, ret_version);
}

/* The statement carries whether it is a commit and whether it writes, because step only sees the statement. */
struct wrapped {
    void *inner;
    bool commit, writes;
};

static bool writes(str sql)
{
    static const str verbs[] = {SC("insert"), SC("update"), SC("delete"), SC("replace"), SC("commit")};
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (str_starts(sql, verbs[i]))
            return true;
    return false;
}

static void failing_close(const struct store_engine *e, void *connection)
{
    outer(e)->inner->close(outer(e)->inner, connection);
}

static enum engine_status failing_prepare(const struct store_engine *e, void *connection, str sql, void **ret)
{
    struct failing_engine *f = outer(e);
    if (fails(f))
        return f->fail_with;
    void *inner;
    enum engine_status status = f->inner->prepare(f->inner, connection, sql, &inner);
    if (status != ENGINE_DONE)
        return status;
    struct wrapped *w = calloc(1, sizeof *w);
    must(w);
    *w = (struct wrapped){inner, str_eq(sql, S("commit")), writes(sql)};
    *ret = w;
    return status;
}

static void failing_finalize(const struct store_engine *e, void *statement)
{
    outer(e)->inner->finalize(outer(e)->inner, ((struct wrapped *)statement)->inner);
    free(statement);
}

static enum engine_status failing_bind(const struct store_engine *e, void *statement, struct args args, bool copy)
{
    struct failing_engine *f = outer(e);
    return fails(f) ? f->fail_with : f->inner->bind(f->inner, ((struct wrapped *)statement)->inner, args, copy);
}

static enum engine_status failing_step(const struct store_engine *e, void *statement)
{
    struct failing_engine *f = outer(e);
    struct wrapped *w = statement;
    if (w->commit && ++f->commits == f->fail_commit)
        return f->fail_with;
    if (w->writes && ++f->writes == f->fail_write)
        return f->fail_with;
    return fails(f) ? f->fail_with : f->inner->step(f->inner, w->inner);
}

static enum engine_status failing_each(const struct store_engine *e, void *connection, void *statement,
                                       struct engine_each *to)
{
    struct failing_engine *f = outer(e);
    return fails(f) ? f->fail_with : f->inner->each(f->inner, connection, ((struct wrapped *)statement)->inner, to);
}

static void failing_reset(const struct store_engine *e, void *statement)
{
    outer(e)->inner->reset(outer(e)->inner, ((struct wrapped *)statement)->inner);
}

static int64_t failing_changed(const struct store_engine *e, void *connection)
{
    return outer(e)->inner->changed(outer(e)->inner, connection);
}

static bool failing_in_transaction(const struct store_engine *e, void *connection)
{
    return outer(e)->inner->in_transaction(outer(e)->inner, connection);
}

static const char *failing_message(const struct store_engine *e, void *connection)
{
    return outer(e)->inner->message(outer(e)->inner, connection);
}

static void failing_hold(const struct store_engine *e, void *connection, int64_t bytes)
{
    outer(e)->inner->hold(outer(e)->inner, connection, bytes);
}

static void failing_large(const struct store_engine *e, void *connection, bool large)
{
    outer(e)->inner->large(outer(e)->inner, connection, large);
}

static int failing_columns(const struct store_engine *e, void *statement)
{
    return outer(e)->inner->columns(outer(e)->inner, ((struct wrapped *)statement)->inner);
}

static struct arg failing_cell(const struct store_engine *e, void *statement, int column)
{
    return outer(e)->inner->cell(outer(e)->inner, ((struct wrapped *)statement)->inner, column);
}

static void failing_cells(const struct store_engine *e, void *statement, int from, int count, struct arg *ret)
{
    outer(e)->inner->cells(outer(e)->inner, ((struct wrapped *)statement)->inner, from, count, ret);
}

static int64_t failing_whole(const struct store_engine *e, void *statement, int column)
{
    return outer(e)->inner->whole(outer(e)->inner, ((struct wrapped *)statement)->inner, column);
}

static str failing_bytes(const struct store_engine *e, void *statement, int column)
{
    return outer(e)->inner->bytes(outer(e)->inner, ((struct wrapped *)statement)->inner, column);
}

static int64_t failing_log_bytes(const struct store_engine *e, void *connection)
{
    return outer(e)->inner->log_bytes(outer(e)->inner, connection);
}

static enum engine_status failing_checkpoint(const struct store_engine *e, void *connection, bool wait, bool empty)
{
    return outer(e)->inner->checkpoint(outer(e)->inner, connection, wait, empty);
}

static void failing_log_end(const struct store_engine *e, void *connection)
{
    outer(e)->inner->log_end(outer(e)->inner, connection);
}

static enum engine_status failing_copy(const struct store_engine *e, void *connection, const char *path,
                                       store_tell *tell, void *context)
{
    struct failing_engine *f = outer(e);
    return fails(f) ? f->fail_with : f->inner->copy(f->inner, connection, path, tell, context);
}

void failing_init(struct failing_engine *f, const struct store_engine *inner)
{
    *f = (struct failing_engine){
        .engine = {.name = inner->name,
                   .table_end = inner->table_end,
                   .keyed_end = inner->keyed_end,
                   .insert_rows = inner->insert_rows,
                   .each_begin = inner->each_begin,
                   .each_end = inner->each_end,
                   .table_find = inner->table_find,
                   .sound = inner->sound,
                   .guards = inner->guards,
                   .guard_count = inner->guard_count,
                   .open = failing_open,
                   .close = failing_close,
                   .snapshot = failing_snapshot,
                   .prepare = failing_prepare,
                   .finalize = failing_finalize,
                   .bind = failing_bind,
                   .step = failing_step,
                   .each = failing_each,
                   .reset = failing_reset,
                   .changed = failing_changed,
                   .in_transaction = failing_in_transaction,
                   .message = failing_message,
                   .hold = failing_hold,
                   .large = failing_large,
                   .columns = failing_columns,
                   .cell = failing_cell,
                   .cells = failing_cells,
                   .whole = failing_whole,
                   .bytes = failing_bytes,
                   .log_bytes = failing_log_bytes,
                   .log_end = failing_log_end,
                   .checkpoint = failing_checkpoint,
                   .copy = failing_copy},
        .inner = inner,
        .fail_with = ENGINE_IO,
        .fails_left = 1,
    };
}
