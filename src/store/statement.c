/* Connections, their prepared statements, and SQL through them. */
#include <stdio.h>
#include <stdlib.h>

#include "store/inside.h"

/* ---- prepared statements ----------------------------------------------------------------------------------- */

struct prepared {
    char *sql;
    size_t n;
    uint64_t hash, used;
    void *statement;
    bool busy, cached;
    struct prepared *next; /* with the same last bits of the hash */
};

bool store_fault(struct op *op, enum engine_status status, const char *message, const char *sql)
{
    switch (status) {
    case ENGINE_UNIQUE: { /* "UNIQUE constraint failed: now_person.证件号, now_person.town" */
        str rest = str_z(message), head = S(""), name = S("");
        size_t at;
        if (str_find(rest, S(": "), &at))
            rest = str_part(rest, at + 2, rest.n);
        while (rest.n && (name.n == 0 || str_eq(name, S("town")))) {
            str_split(rest, ',', &head, &rest);
            str_split(str_trim(head), '.', &head, &name);
        }
        return op_fail(op, FAULT_CONFLICT, name, "%.*s已有相同的值，不能重复", PS(name));
    }
    case ENGINE_FULL:
        return op_fail(op, FAULT_SYSTEM, S(""), "磁盘已满，这次没有保存；请清理磁盘后再办一次");
    case ENGINE_IO:
        return op_fail(op, FAULT_SYSTEM, S(""), "磁盘读写出错，这次没有保存；请检查磁盘后再办一次（%s）", message);
    case ENGINE_BUSY:
        return op_fail(op, FAULT_SYSTEM, S(""), "数据库正忙，这次没有保存；请稍后再办一次");
    case ENGINE_DAMAGED:
        return op_fail(op, FAULT_SYSTEM, S(""), "数据库文件已损坏，请停止使用并从备份恢复（%s）", message);
    case ENGINE_CANCELLED:
        return op_fail(op, FAULT_SYSTEM, S(""), "已取消");
    case ENGINE_REFUSED:
    case ENGINE_ERROR:
    case ENGINE_ROW:
    case ENGINE_DONE:
    case ENGINE_STATUSES:
        break;
    }
    return op_fail(op, FAULT_SYSTEM, S(""), "数据库不接受这次操作：%s（%.200s）", message, sql);
}

static uint64_t sql_hash(const char *p, size_t n)
{
    uint64_t h = n * 0x9E3779B97F4A7C15u, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, p, n);
    h = (h ^ word) * 0x9FB21C651E98DF25u;
    return h ^ h >> 29;
}

static void prepared_free(const struct store_engine *e, struct prepared *p)
{
    e->finalize(e, p->statement);
    free(p->sql);
    free(p);
}

static void chain_leave(struct connection *c, struct prepared *p)
{
    struct prepared **at = &c->chains[p->hash % STATEMENT_CHAINS];
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
}

enum engine_status prepared_get(const struct store *s, struct connection *c, const char *sql, struct prepared **ret)
{
    const struct store_engine *e = store_engine_of(s);
    size_t n = strlen(sql);
    uint64_t hash = sql_hash(sql, n);
    for (struct prepared *p = c->chains[hash % STATEMENT_CHAINS]; p; p = p->next)
        if (!p->busy && p->hash == hash && p->n == n && memcmp(p->sql, sql, n) == 0) {
            p->busy = true;
            p->used = ++c->ticks;
            *ret = p;
            return ENGINE_DONE;
        }
    int oldest = -1;
    for (int i = 0; i < c->count && c->count == STORE_STATEMENTS_MAX; i++)
        if (!c->prepared[i]->busy && (oldest < 0 || c->prepared[i]->used < c->prepared[oldest]->used))
            oldest = i;
    void *statement;
    enum engine_status status = e->prepare(e, c->raw, (str){sql, n}, &statement);
    if (status != ENGINE_DONE)
        return status;
    struct prepared *p = calloc(1, sizeof *p);
    char *copy = malloc(n + 1);
    must(p && copy);
    memcpy(copy, sql, n + 1);
    *p = (struct prepared){
        .sql = copy, .n = n, .hash = hash, .used = ++c->ticks, .statement = statement, .busy = true, .cached = true};
    if (c->count < STORE_STATEMENTS_MAX) {
        c->prepared[c->count++] = p;
    } else if (oldest >= 0) {
        chain_leave(c, c->prepared[oldest]);
        prepared_free(e, c->prepared[oldest]);
        c->prepared[oldest] = p;
    } else {
        p->cached = false;
    }
    if (p->cached) {
        p->next = c->chains[hash % STATEMENT_CHAINS];
        c->chains[hash % STATEMENT_CHAINS] = p;
    }
    *ret = p;
    return ENGINE_DONE;
}

void prepared_end(const struct store *s, struct prepared *p)
{
    const struct store_engine *e = store_engine_of(s);
    e->reset(e, p->statement);
    p->busy = false;
    if (!p->cached)
        prepared_free(e, p);
}

/* ---- connections ------------------------------------------------------------------------------------------- */

enum engine_status prepared_do(const struct store *s, struct prepared *p, struct args args)
{
    const struct store_engine *e = store_engine_of(s);
    enum engine_status status = args.n ? e->bind(e, p->statement, args, false) : ENGINE_DONE;
    while (status == ENGINE_DONE || status == ENGINE_ROW) {
        status = e->step(e, p->statement);
        if (status != ENGINE_ROW)
            break;
    }
    e->reset(e, p->statement);
    return status;
}

enum engine_status connection_run(const struct store *s, struct connection *c, const char *sql, struct args args)
{
    struct prepared *p;
    enum engine_status status = prepared_get(s, c, sql, &p);
    if (status != ENGINE_DONE)
        return status;
    status = prepared_do(s, p, args);
    prepared_end(s, p);
    return status;
}

enum engine_status connection_open(const struct store *s, unsigned flags, struct connection **ret)
{
    const struct store_engine *e = store_engine_of(s);
    char path[4096];
    snprintf(path, sizeof path, "%s/zhenwu.db", store_folder(s).p);
    void *raw;
    enum engine_status status = e->open(e, path, flags, &raw);
    if (status != ENGINE_DONE)
        return status;
    struct connection *c = calloc(1, sizeof *c);
    must(c);
    c->raw = raw;
    *ret = c;
    return status;
}

static void memo_end(struct connection *c)
{
    if (c->memo_open)
        op_done(&c->memo.op);
    c->memo_open = false;
}

enum engine_status connection_snapshot(const struct store *s, struct connection *c)
{
    const struct store_engine *e = store_engine_of(s);
    int64_t version = 0;
    enum engine_status status = e->snapshot(e, c->raw, &version);
    if (status != ENGINE_DONE)
        return status;
    if (c->memo_open && c->memo_version == version && c->memo.op.bytes < STORE_MEMO_BYTES)
        return status;
    memo_end(c);
    op_init(&c->memo.op, 0, 1);
    map_init(&c->memo.map, &c->memo.op);
    c->memo_version = version;
    c->memo_open = true;
    return status;
}

struct memo *store_memo(const struct tx *tx)
{
    must(tx->open);
    struct connection *c = tx->inside->connection;
    return tx->kind == TX_READ && c->memo.op.bytes < STORE_MEMO_BYTES ? &c->memo : NULL;
}

void connection_close(const struct store *s, struct connection *c)
{
    const struct store_engine *e = store_engine_of(s);
    if (!c)
        return;
    memo_end(c);
    for (int i = 0; i < c->count; i++)
        prepared_free(e, c->prepared[i]);
    e->close(e, c->raw);
    free(c);
}

/* ---- statements -------------------------------------------------------------------------------------------- */

static bool failed_with(struct tx *tx, enum engine_status status, const char *message, const char *sql)
{
    const struct store_engine *e = store_engine_of(tx->store);
    tx->failed = true;
    if (tx->kind != TX_READ && !e->in_transaction(e, tx->inside->connection->raw))
        tx->inside->lost = true; /* without this, what follows would be saved by itself */
    return store_fault(tx->op, status, message, sql);
}

static bool failed(struct tx *tx, enum engine_status status, const char *sql)
{
    const struct store_engine *e = store_engine_of(tx->store);
    return failed_with(tx, status, e->message(e, tx->inside->connection->raw), sql);
}

bool tx_settle(struct tx *tx)
{
    const char *message, *sql;
    if (!tx->inside->queue)
        return true;
    enum engine_status status = queue_settle(tx->inside->queue, &message, &sql);
    return status == ENGINE_DONE || failed_with(tx, status, message, sql);
}

static bool statement_start(struct tx *tx, const char *sql, struct args args, bool copy, struct prepared **ret)
{
    must(tx->open && args.n <= STORE_ARGS_MAX);
    const struct store_engine *e = store_engine_of(tx->store);
    if (tx->inside->lost)
        return op_fail(tx->op, FAULT_SYSTEM, S(""), "这次保存已中止，请再办一次");
    if (!tx_settle(tx))
        return false;
    struct prepared *p;
    enum engine_status status = prepared_get(tx->store, tx->inside->connection, sql, &p);
    if (status != ENGINE_DONE)
        return failed(tx, status, sql);
    status = e->bind(e, p->statement, args, copy);
    if (status != ENGINE_DONE) {
        prepared_end(tx->store, p);
        return failed(tx, status, sql);
    }
    *ret = p;
    return true;
}

bool store_run(struct tx *tx, const char *sql, struct args args, int64_t *ret_changed)
{
    must(tx->kind != TX_READ);
    const struct store_engine *e = store_engine_of(tx->store);
    struct prepared *p;
    stamp_note(tx, sql);
    if (!statement_start(tx, sql, args, false, &p))
        return false;
    enum engine_status status;
    do
        status = e->step(e, p->statement);
    while (status == ENGINE_ROW);
    bool done = status == ENGINE_DONE || failed(tx, status, sql);
    if (done && tx->inside->redo)
        redo_note(tx->inside->redo, sql, args);
    if (done && ret_changed)
        *ret_changed = e->changed(e, tx->inside->connection->raw);
    prepared_end(tx->store, p);
    return done;
}

bool tx_later(struct tx *tx, const struct later *what, struct args args)
{
    must(tx->open);
    struct stamps *stamps = &tx->inside->known->stamps;
    if (stamps->later != what->sql)
        stamp_note(tx, what->sql);
    stamps->later = what->sql;
    /* While rows are open the connection is being read from. */
    if (tx->inside->queue && !tx->inside->rows && queue_add(tx->inside->queue, what, args))
        return true;
    if (!tx_settle(tx))
        return false;
    struct arg *row = (struct arg *)args.p;
    if (what->ahead)
        what->ahead(what->context, NULL, row);
    if (what->fill)
        what->fill(what->context, &row, 1);
    return store_run(tx, what->sql, args, NULL);
}

bool store_later(struct tx *tx, const char *sql, struct args args)
{
    const struct later what = {.sql = sql};
    return tx_later(tx, &what, args);
}

bool store_int(struct tx *tx, const char *sql, struct args args, int64_t *ret, bool *ret_found)
{
    const struct store_engine *e = store_engine_of(tx->store);
    struct prepared *p;
    if (!load_reading(tx, sql) || !statement_start(tx, sql, args, false, &p))
        return false;
    enum engine_status status = e->step(e, p->statement);
    bool done = status == ENGINE_DONE || status == ENGINE_ROW || failed(tx, status, sql);
    if (done) {
        *ret_found = status == ENGINE_ROW;
        if (*ret_found)
            *ret = e->whole(e, p->statement, 0);
    }
    prepared_end(tx->store, p);
    return done;
}

struct rows {
    struct tx *tx;
    struct prepared *prepared; /* NULL: ended */
    int columns;
    struct rows *next, **link; /* among the open rows of the tx */
};

static void rows_end(void *rows)
{
    rows_close(rows);
}

bool store_query(struct tx *tx, const char *sql, struct args args, struct rows **ret)
{
    struct prepared *p;
    if (!load_reading(tx, sql) || !statement_start(tx, sql, args, true, &p))
        return false;
    struct rows *rows = op_new(tx->op, struct rows);
    const struct store_engine *e = store_engine_of(tx->store);
    *rows = (struct rows){.tx = tx,
                          .prepared = p,
                          .columns = e->columns(e, p->statement),
                          .next = tx->inside->rows,
                          .link = &tx->inside->rows};
    if (rows->next)
        rows->next->link = &rows->next;
    tx->inside->rows = rows;
    op_defer(tx->op, rows_end, rows);
    *ret = rows;
    return true;
}

void rows_close(struct rows *rows)
{
    if (!rows->prepared)
        return;
    prepared_end(rows->tx->store, rows->prepared);
    rows->prepared = NULL;
    *rows->link = rows->next;
    if (rows->next)
        rows->next->link = rows->link;
}

bool rows_next(struct rows *rows, bool *ret_found)
{
    if (!rows->prepared) {
        *ret_found = false;
        return true;
    }
    const struct store_engine *e = store_engine_of(rows->tx->store);
    enum engine_status status = e->step(e, rows->prepared->statement);
    if (status == ENGINE_ROW) {
        *ret_found = true;
        return true;
    }
    bool done = status == ENGINE_DONE || failed(rows->tx, status, rows->prepared->sql);
    rows_close(rows);
    if (done)
        *ret_found = false;
    return done;
}

bool store_ids(struct tx *tx, const char *sql, struct args args, id **ret, size_t *ret_count)
{
    struct { id *p; size_t n, cap; } ids = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx, sql, args, &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &ids) = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = ids.p;
    *ret_count = ids.n;
    return true;
}

bool store_each(struct tx *tx, str columns, str from, struct args args, values_fn *each, void *context)
{
    struct rows *rows;
    struct engine_each to = {.each = each, .context = context};
    const struct store_engine *e = store_engine_of(tx->store);
    const char *sql = op_text(tx->op, "select %s%.*s%s %.*s", e->each_begin, PS(columns), e->each_end, PS(from)).p;
    if (!store_query(tx, sql, args, &rows))
        return false;
    enum engine_status status = e->each(e, tx->inside->connection->raw, rows->prepared->statement, &to);
    bool done = !to.refused && (status == ENGINE_DONE || failed(tx, status, sql));
    rows_close(rows);
    return done;
}

static void *rows_at(const struct rows *rows, int column)
{
    must(rows->prepared && column >= 0 && column < rows->columns);
    return rows->prepared->statement;
}

int rows_count(const struct rows *rows)
{
    must(rows->prepared);
    return rows->columns;
}

struct arg rows_cell(const struct rows *rows, int column)
{
    const struct store_engine *e = store_engine_of(rows->tx->store);
    return e->cell(e, rows_at(rows, column), column);
}

void rows_cells(const struct rows *rows, int from, int count, struct arg *ret)
{
    const struct store_engine *e = store_engine_of(rows->tx->store);
    if (count == 0)
        return;
    must(from >= 0 && count > 0 && from <= rows->columns - count);
    e->cells(e, rows_at(rows, from), from, count, ret);
}

bool rows_is_null(const struct rows *rows, int column)
{
    return rows_cell(rows, column).kind == ARG_NULL;
}

int64_t rows_int(const struct rows *rows, int column)
{
    const struct store_engine *e = store_engine_of(rows->tx->store);
    return e->whole(e, rows_at(rows, column), column);
}

str rows_peek(const struct rows *rows, int column)
{
    const struct store_engine *e = store_engine_of(rows->tx->store);
    return e->bytes(e, rows_at(rows, column), column);
}

str rows_text(const struct rows *rows, int column)
{
    return op_copy(rows->tx->op, rows_peek(rows, column));
}

str rows_blob(const struct rows *rows, int column)
{
    return rows_text(rows, column);
}

id rows_id(const struct rows *rows, int column)
{
    str bytes = rows_peek(rows, column);
    id x = {0};
    if (bytes.n == sizeof x.b)
        memcpy(x.b, bytes.p, sizeof x.b);
    return x;
}

struct arg arg_copy(struct op *op, struct arg a)
{
    if (a.kind == ARG_TEXT || a.kind == ARG_BLOB)
        a.text = op_copy(op, a.text);
    return a;
}

struct arg rows_value(const struct rows *rows, int column)
{
    return arg_copy(rows->tx->op, rows_cell(rows, column));
}

struct arg arg_typed(struct arg cell, enum column_type type)
{
    id x = {0};
    if (type != COLUMN_ID || cell.kind != ARG_BLOB)
        return cell;
    if (cell.text.n == sizeof x.b)
        memcpy(x.b, cell.text.p, sizeof x.b);
    return ID(x);
}

/* ---- names ------------------------------------------------------------------------------------------------- */

str store_name(struct op *op, str name)
{
    char *p = op_alloc(op, name.n * 2 + 3);
    size_t n = 0;
    p[n++] = '"';
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            p[n++] = '"';
        p[n++] = name.p[i];
    }
    p[n++] = '"';
    return (str){p, n};
}

str store_like(struct op *op, str part)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_byte(&b, '%');
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '\\')
            buf_byte(&b, '\\');
        buf_byte(&b, part.p[i]);
    }
    buf_byte(&b, '%');
    return buf_str(&b);
}
