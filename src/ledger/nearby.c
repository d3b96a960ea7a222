/* What the rows of one bulk have in common and would ask for again and again: the rows they refer to (the village
 * group, the household just made), which values are taken, and how names are spelled in pinyin. Belongs to the tx,
 * because every bulk of it must see what another has written; gone with the first bulk that was begun. A part that is
 * undone takes all rows with it. */
#include "ledger/inner.h"

enum {
    ROWS_MAX = 1000, /* of a generation, like the next; some 5 MB */
    SPELLINGS_MAX = 25000,
    VALUES_FIRST = 1 << 14, /* of one column; then four times as many again, and so on … */
    SIEVES_MAX = 6,         /* … to 22 million; beyond, the database is asked */
    SIEVE_BITS = 6,         /* of a value */
    LINE_FEW = 16,          /* values to a line: four bytes each … */
    LINE_MANY = 32,         /* … or two */
    FEW_MAX = 1 << 20,      /* values of a sieve that need not be sparing */
    COLUMNS_MAX = 64,     /* whose values are known: a town being made writes twenty ledgers */
    ASKED_SHARE = 64,     /* a column's values are read once so large a part of them has been asked for one by one */
};

/* Some bits of each value, in one line of 512 (a Bloom filter): of values that are not there one in ten thousand seems to be,
 * of the large sieves one in a thousand. So ten million of them take 40 MB, and hardly ever a question: each waits until all
 * has been written, and in an import of 300,000 a thousand of them were an eighth of the caller's work, and more of its time. */
struct sieve {
    uint64_t (*lines)[8];
    uint64_t line_count;
    size_t count, room;
};

/* The values of one column. Those that have gone stay: one that may be there is asked for. */
struct values_near {
    const struct plan *plan;
    int column;
    int64_t asked, present; /* present -1: not counted yet */
    bool read, full;        /* full: there are too many, the database is asked */
    struct sieve sieves[SIEVES_MAX];
    size_t sieve_count;
};

/* When one is full the one before it goes. What is asked for moves on to the next: the village groups stay, households
 * of long ago do not. */
struct generation {
    struct op memory;
    size_t kept;
    struct map rows;      /* ledger and record -> struct row_near */
    struct map spellings; /* text -> struct spelled */
    struct map serials;   /* ledger, field and prefix -> the last number given */
};

struct nearby {
    struct tx *tx;
    int undone;
    struct generation generations[2], *now, *before;
    struct values_near values[COLUMNS_MAX];
    size_t value_count;
    struct op value_memory; /* all of theirs */
};

struct row_near {
    struct row_head head;
    struct arg *cells; /* NULL: it is coming */
};

struct spelled {
    struct spelling *list;
    size_t count;
};

static void end(void *what)
{
    struct nearby *n = what;
    n->tx->nearby = NULL;
    op_done(&n->value_memory);
    op_done(&n->now->memory);
    op_done(&n->before->memory);
}

static void generation_begin(struct generation *g)
{
    if (g->memory.blocks)
        op_reset(&g->memory, (struct mark){0});
    map_init(&g->rows, &g->memory);
    map_init(&g->spellings, &g->memory);
    map_init(&g->serials, &g->memory);
    g->kept = 0;
}

static void begin(struct nearby *n)
{
    generation_begin(n->now);
    generation_begin(n->before);
    n->undone = n->tx->undone;
}

void nearby_begin(struct tx *tx)
{
    if (tx->nearby)
        return;
    struct nearby *n = op_new(tx->op, struct nearby);
    n->tx = tx;
    n->now = &n->generations[0];
    n->before = &n->generations[1];
    op_init(&n->now->memory, tx->op->now, 0);
    op_init(&n->before->memory, tx->op->now, 0);
    op_init(&n->value_memory, tx->op->now, 0);
    op_defer(tx->op, end, n);
    tx->nearby = n;
    begin(n);
}

static struct nearby *nearby_of(struct tx *tx)
{
    struct nearby *n = tx->nearby;
    if (n && n->undone != tx->undone)
        begin(n);
    return n;
}

void nearby_rest(struct tx *tx)
{
    struct nearby *n = nearby_of(tx);
    if (!n || (n->now->kept <= ROWS_MAX && n->now->spellings.count <= SPELLINGS_MAX))
        return;
    struct generation *oldest = n->before;
    n->before = n->now;
    n->now = oldest;
    generation_begin(oldest);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

enum { KEY_BYTES = sizeof(void *) + sizeof(id) };

static str key_of(char bytes[KEY_BYTES], const struct plan *plan, id record)
{
    memcpy(bytes, &plan, sizeof plan);
    memcpy(bytes + sizeof plan, record.b, sizeof record);
    return (str){bytes, KEY_BYTES};
}

static struct row_near *near_put(struct nearby *n, const struct plan *plan, id record)
{
    char bytes[KEY_BYTES];
    struct op *memory = &n->now->memory;
    struct row_near *near = op_new(memory, struct row_near);
    map_put(&n->now->rows, op_copy(memory, key_of(bytes, plan, record)), near);
    n->now->kept++;
    return near;
}

static void near_fill(struct nearby *n, struct row_near *near, const struct plan *plan, const struct row_head *head,
                      const struct arg *cells)
{
    struct op *memory = &n->now->memory;
    near->head = *head;
    near->head.state = op_copy(memory, head->state);
    near->cells = cells ? op_array(memory, struct arg, plan->table.count) : NULL; /* others may hold the ones before */
    for (size_t i = 0; cells && i < plan->table.count; i++)
        near->cells[i] = arg_copy(memory, cells[i]);
}

static struct row_near *near_keep(struct nearby *n, const struct plan *plan, id record, const struct row_head *head,
                                  const struct arg *cells)
{
    struct row_near *near = near_put(n, plan, record);
    near_fill(n, near, plan, head, cells);
    return near;
}

static struct row_near *near_get(struct nearby *n, const struct plan *plan, id record)
{
    char bytes[KEY_BYTES];
    if (!n)
        return NULL;
    str key = key_of(bytes, plan, record);
    struct row_near *near = map_get(&n->now->rows, key);
    if (near)
        return near;
    near = map_get(&n->before->rows, key);
    return near ? near_keep(n, plan, record, &near->head, near->cells) : NULL;
}

void nearby_keep(const struct row *row)
{
    struct nearby *n = nearby_of(row->tx);
    if (n)
        near_keep(n, row->plan, row->record, &row->head, row->cells);
}

void nearby_renew(const struct row *row)
{
    struct nearby *n = nearby_of(row->tx);
    struct row_near *near = near_get(n, row->plan, row->record);
    if (!near)
        return;
    near_fill(n, near, row->plan, &row->head, row->cells);
    n->now->kept++;
}

bool nearby_row(struct row *row, id record, bool *ret_found)
{
    struct row_near *near = row->as_of ? NULL : near_get(nearby_of(row->tx), row->plan, record);
    if (near) {
        row->record = record;
        row->head = near->head;
        if (near->cells)
            row->cells = near->cells;
        *ret_found = near->cells != NULL;
        return true;
    }
    if (!row_load(row, record, ret_found))
        return false;
    if (!row->as_of && *ret_found)
        nearby_keep(row);
    return true;
}

bool nearby_has(struct tx *tx, const struct plan *plan, id record)
{
    const struct row_near *near = near_get(nearby_of(tx), plan, record);
    return near && !near->head.removed;
}

void nearby_coming(struct tx *tx, const struct plan *plan, id record)
{
    struct nearby *n = nearby_of(tx);
    if (n)
        near_put(n, plan, record);
}

void nearby_forget(struct tx *tx, const struct plan *plan, id record)
{
    char bytes[KEY_BYTES];
    struct nearby *n = nearby_of(tx);
    str key = key_of(bytes, plan, record);
    for (size_t i = 0; n && i < COUNT(n->generations); i++)
        if (map_get(&n->generations[i].rows, key))
            map_put(&n->generations[i].rows, key, NULL); /* it has the key already */
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

/* The line, and in it the bits, of a value. Of texts that differ in their last characters alone, as numbers do, str_hash
 * differs in some of its bits alone. */
static uint64_t *sieve_line(const struct sieve *v, uint64_t hash, uint64_t ret_bits[8])
{
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    uint64_t mixed = (hash ^ hash >> 31) * 0x9e3779b97f4a7c15u >> 10;
    memset(ret_bits, 0, 8 * sizeof *ret_bits);
    for (int i = 0; i < SIEVE_BITS; i++, mixed >>= 9)
        ret_bits[mixed % 512 / 64] |= (uint64_t)1 << mixed % 64;
    return v->lines[(hash >> 32) * v->line_count >> 32];
}

static bool sieve_has(const struct sieve *v, uint64_t hash)
{
    uint64_t bits[8];
    const uint64_t *line = sieve_line(v, hash, bits);
    for (int i = 0; i < 8; i++)
        if (bits[i] & ~line[i])
            return false;
    return true;
}

static bool value_has(const struct values_near *v, uint64_t hash)
{
    for (size_t i = v->sieve_count; i-- > 0;)
        if (sieve_has(&v->sieves[i], hash))
            return true;
    return false;
}

/* The bytes of a value that is remembered: a text, or a record that is referred to. */
static bool value_bytes(const struct arg *value, str *ret)
{
    *ret = value->kind == ARG_ID ? (str){(const char *)value->id.b, sizeof value->id.b} : value->text;
    return value->kind == ARG_TEXT || value->kind == ARG_ID;
}

/* false: there are too many. */
static bool value_add(struct nearby *n, struct values_near *v, str value)
{
    struct sieve *last = v->sieve_count ? &v->sieves[v->sieve_count - 1] : NULL;
    const uint64_t hash = str_hash(value);
    uint64_t bits[8];
    if (value_has(v, hash))
        return true;
    if (!last || last->count == last->room) {
        if (v->sieve_count == SIEVES_MAX)
            return false;
        struct sieve next = {.room = last ? 4 * last->room : VALUES_FIRST};
        next.line_count = next.room / (next.room > FEW_MAX ? LINE_MANY : LINE_FEW);
        next.lines = op_alloc(&n->value_memory, next.line_count * sizeof *next.lines);
        last = &v->sieves[v->sieve_count++];
        *last = next;
    }
    uint64_t *line = sieve_line(last, hash, bits);
    for (int i = 0; i < 8; i++)
        line[i] |= bits[i];
    last->count++;
    return true;
}

static bool values_read(struct nearby *n, struct values_near *v)
{
    struct op *op = n->tx->op;
    struct rows *rows;
    bool more;
    str column = store_name(op, v->plan->table.columns[v->column].name);
    str sql = op_text(op, "select %.*s from %.*s where removed = 0 and %.*s is not null", PS(column),
                      PS(sql_table(op, v->plan)), PS(column));
    if (!store_query(n->tx, sql.p, ARGS(), &rows) || !rows_next(rows, &more))
        return false;
    for (v->read = true; more && v->read;) {
        v->read = value_add(n, v, rows_peek(rows, 0));
        if (!rows_next(rows, &more))
            return false;
    }
    if (more)
        rows_close(rows);
    v->full = !v->read;
    return true;
}

static struct values_near *values_of(struct nearby *n, const struct plan *plan, int column)
{
    for (size_t i = 0; i < n->value_count; i++)
        if (n->values[i].plan == plan && n->values[i].column == column)
            return &n->values[i];
    if (n->value_count == COLUMNS_MAX)
        return NULL;
    struct values_near *v = &n->values[n->value_count++];
    *v = (struct values_near){.plan = plan, .column = column, .present = -1};
    return v;
}

bool nearby_maybe(struct tx *tx, const struct plan *plan, int column, struct arg value, bool *ret)
{
    struct nearby *n = nearby_of(tx);
    str bytes;
    struct values_near *v = value_bytes(&value, &bytes) && n ? values_of(n, plan, column) : NULL;
    bool found;
    *ret = true;
    if (!v)
        return true;
    if (v->present < 0) {
        str sql = op_text(tx->op, "select count(*) from %.*s", PS(sql_table(tx->op, plan)));
        if (!store_int(tx, sql.p, ARGS(), &v->present, &found))
            return false;
    }
    bool many = store_loading(tx, &plan->table) || ++v->asked * ASKED_SHARE > v->present;
    if (!v->read && !v->full && many && !values_read(n, v))
        return false;
    *ret = !v->read || value_has(v, str_hash(bytes));
    return true;
}

void nearby_written(const struct row *row)
{
    struct nearby *n = nearby_of(row->tx);
    nearby_renew(row);
    for (size_t i = 0; n && i < n->value_count; i++) {
        struct values_near *v = &n->values[i];
        str bytes;
        if (!v->read || v->plan != row->plan || !value_bytes(&row->cells[v->column], &bytes))
            continue;
        v->read = value_add(n, v, bytes);
        v->full = !v->read;
    }
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

static int64_t *serial_near(struct nearby *n, str key)
{
    int64_t *last = map_get(&n->now->serials, key), *old = last ? NULL : map_get(&n->before->serials, key);
    if (!old)
        return last;
    last = op_new(&n->now->memory, int64_t);
    *last = *old;
    map_put(&n->now->serials, op_copy(&n->now->memory, key), last);
    return last;
}

/* The field's address and the prefix. */
static str serial_key(struct op *op, const struct field *f, str prefix)
{
    char *p = op_space(op, sizeof f + prefix.n);
    memcpy(p, &f, sizeof f);
    if (prefix.n)
        memcpy(p + sizeof f, prefix.p, prefix.n);
    return (str){p, sizeof f + prefix.n};
}

bool nearby_serial(struct tx *tx, const struct field *f, str prefix, int64_t *ret)
{
    struct nearby *n = nearby_of(tx);
    const int64_t *last = n ? serial_near(n, serial_key(tx->op, f, prefix)) : NULL;
    if (last)
        *ret = *last;
    return last;
}

void nearby_serial_read(struct tx *tx, const struct field *f, str prefix, int64_t last)
{
    struct nearby *n = nearby_of(tx);
    if (!n)
        return;
    int64_t *kept = op_new(&n->now->memory, int64_t);
    *kept = last;
    map_put(&n->now->serials, op_copy(&n->now->memory, serial_key(tx->op, f, prefix)), kept);
}

void nearby_serial_raised(struct tx *tx, const struct field *f, str prefix, int64_t to)
{
    struct nearby *n = nearby_of(tx);
    int64_t *last = n ? serial_near(n, serial_key(tx->op, f, prefix)) : NULL;
    if (last && *last < to)
        *last = to;
}

/* ---- spellings -------------------------------------------------------------------------------------------------- */

static struct spelled *spelled_keep(struct generation *g, str name, const struct spelling *list, size_t count)
{
    struct op *memory = &g->memory;
    struct spelled *s = op_new(memory, struct spelled);
    s->count = count;
    s->list = op_array(memory, struct spelling, count);
    for (size_t i = 0; i < count; i++)
        s->list[i] = (struct spelling){op_copy(memory, list[i].text), list[i].initials};
    map_put(&g->spellings, op_copy(memory, name), s);
    return s;
}

size_t nearby_pinyin(struct tx *tx, const struct town *town, str name, struct spelling *ret, size_t max)
{
    struct nearby *n = nearby_of(tx);
    if (!n)
        return pinyin_of(town, tx->op, name, ret, max);
    struct spelled *s = map_get(&n->now->spellings, name);
    const struct spelled *old = s ? s : map_get(&n->before->spellings, name);
    if (!s)
        s = old ? spelled_keep(n->now, name, old->list, old->count)
                : spelled_keep(n->now, name, ret, pinyin_of(town, tx->op, name, ret, max));
    must(s->count <= max);
    memcpy(ret, s->list, s->count * sizeof *ret);
    return s->count;
}
