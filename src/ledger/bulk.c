/* Many records at once: see record_bulk.h. */
#include "ledger/save.h"

struct bulk {
    struct tx *tx;
    const struct plan *plan;
    const struct who *who;
    struct right right;
    struct right_rows *rows;     /* the same for rows in memory; NULL: the whole town */
    struct alike *alike;
    bool *covered;
    enum act act;
    struct op *memory;           /* for what is kept between rows */
    struct map known;            /* ledger field text or ledger id -> struct found_key */
};

struct found_key {
    id id;
    int64_t count;
};

/* Under the two together. */
enum { RECORD_KEY_BYTES = sizeof(const struct plan *) + sizeof(id) };

static str record_key(char bytes[RECORD_KEY_BYTES], const struct plan *plan, id x)
{
    memcpy(bytes, &plan, sizeof plan);
    memcpy(bytes + sizeof plan, x.b, sizeof x);
    return (str){bytes, RECORD_KEY_BYTES};
}

bool bulk_knows(struct bulk *b, const struct plan *target, id x)
{
    char bytes[RECORD_KEY_BYTES];
    return map_get(&b->known, record_key(bytes, target, x));
}

void bulk_know(struct bulk *b, const struct plan *target, id x)
{
    char bytes[RECORD_KEY_BYTES];
    map_put(&b->known, op_copy(b->memory, record_key(bytes, target, x)), op_new(b->memory, struct found_key));
}

static void memory_end(void *memory)
{
    op_done(memory);
}

static void known_begin(struct bulk *b)
{
    if (b->memory->blocks) /* op_done and op_init would need a new op; a mark at the beginning gives all back */
        op_reset(b->memory, (struct mark){0});
    map_init(&b->known, b->memory);
}

bool bulk_begin(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, enum act act,
                struct bulk **ret)
{
    const struct plan *plan = plan_of(l);
    struct bulk *b = op_new(tx->op, struct bulk);
    if (!may_write(tx, town, plan) || !right_for(tx->op, town, who, l, act, &b->right) ||
        (!b->right.all && !right_rows_new(tx, who, plan, act, &b->rows)))
        return false;
    b->tx = tx;
    b->plan = plan;
    b->who = who;
    b->covered = (bool *)fields_covered(tx->op, who, plan);
    b->act = act;
    b->alike = alike_new(tx->op, plan);
    b->memory = op_new(tx->op, struct op);
    op_init(b->memory, tx->op->now, 0);
    op_defer(tx->op, memory_end, b->memory);
    known_begin(b);
    nearby_begin(tx);
    deadlines_begin(tx, town);
    *ret = b;
    return true;
}

bool ledgers_load(struct tx *tx, const struct ledger *const *ledgers, size_t count)
{
    const struct table **tables = op_array(tx->op, const struct table *, count);
    for (size_t i = 0; i < count; i++)
        tables[i] = &plan_of(ledgers[i])->table;
    return store_load_begin(tx, tables, count, INT64_MAX);
}

void ledgers_loaded(struct tx *tx)
{
    store_load_end(tx);
}

static void bulk_save(struct bulk *b, struct save *s, struct warning **warnings)
{
    if (b->known.count > BULK_KNOWN_MAX)
        known_begin(b);
    save_begin(s, b->tx, b->who, b->plan, warnings);
    s->bulk = b;
    s->covered = b->covered;
}

struct right_rows *bulk_rights(const struct bulk *b)
{
    return b->rows;
}

struct alike *bulk_alike(struct bulk *b)
{
    return b->alike;
}

struct bulk_new {
    struct bulk *bulk;
    struct save save;
    struct warning *warnings;
};

static bool check_new(struct bulk *b, id record, const struct wanted *wanted, struct bulk_new **ret)
{
    struct bulk_new *n = op_new(b->tx->op, struct bulk_new);
    n->bulk = b;
    bulk_save(b, &n->save, &n->warnings);
    *ret = n;
    return save_add(&n->save, record, wanted, &b->right, b->act);
}

bool bulk_check(struct bulk *b, id record, const struct given *values, size_t count, struct bulk_new **ret)
{
    const struct wanted wanted = {.given = values, .count = count};
    if (!check_new(b, record, &wanted, ret))
        return false;
    nearby_renew(&(*ret)->save.row);
    return true;
}

bool bulk_keep(struct bulk_new *n, struct bulk_done *ret)
{
    const struct save *s = &n->save;
    if (!save_keep(&n->save, FACT_ADD, S("")))
        return false;
    *ret = (struct bulk_done){s->row.record, s->row.head.version, s->row.head.fact_no, true, n->warnings};
    return true;
}

void bulk_drop(struct bulk_new *n)
{
    nearby_forget(n->bulk->tx, n->bulk->plan, n->save.row.record);
}

void bulk_coming(struct bulk *b, const struct ledger *l, id record)
{
    nearby_coming(b->tx, plan_of(l), record);
}

void bulk_rest(struct bulk *b)
{
    nearby_rest(b->tx);
}

bool bulk_add(struct bulk *b, const struct json *values, struct bulk_done *ret)
{
    bulk_rest(b);
    return bulk_add_as(b, id_new(b->tx->op), values, ret);
}

bool bulk_add_as(struct bulk *b, id record, const struct json *values, struct bulk_done *ret)
{
    const struct wanted wanted = {.json = values};
    struct bulk_new *n;
    if (!check_new(b, record, &wanted, &n) || !bulk_keep(n, ret))
        return false;
    nearby_keep(&n->save.row); /* the next may well refer to it, or change it */
    return true;
}

static bool change(struct bulk *b, id record, int64_t seen, const struct wanted *wanted, str reason,
                   struct bulk_done *ret)
{
    struct save s;
    struct warning *warnings;
    bool changed, holds;
    if (!right_holds(b->tx, b->plan, &b->right, record, &holds))
        return false;
    if (!holds)
        return op_fail(b->tx->op, FAULT_DENIED, S(""), "这条“%.*s”不在您岗位的范围内，不能修改", PS(b->plan->def.name));
    bulk_save(b, &s, &warnings);
    s.row.record = record;
    if (!save_change(&s, wanted, seen, reason, &b->right, b->act, &changed))
        return false;
    *ret = (struct bulk_done){record, s.row.head.version, s.row.head.fact_no, changed, warnings};
    return true;
}

bool bulk_change(struct bulk *b, id record, int64_t seen, const struct json *patch, str reason, struct bulk_done *ret)
{
    const struct wanted wanted = {.json = patch};
    return change(b, record, seen, &wanted, reason, ret);
}

bool bulk_correct(struct bulk *b, id record, int64_t seen, const struct given *values, size_t count, str reason,
                  struct bulk_done *ret)
{
    const struct wanted wanted = {.given = values, .count = count};
    return change(b, record, seen, &wanted, reason, ret);
}

static str found_key_of(struct op *op, const struct ledger *l, const struct field *f, str text)
{
    return op_text(op, "%.*s\x1f%.*s\x1f%.*s", PS(l->english), PS(f->name), PS(text));
}

static void found_keep(struct bulk *b, str key, struct found_key found)
{
    if (b->known.count > BULK_KNOWN_MAX)
        known_begin(b);
    struct found_key *known = op_new(b->memory, struct found_key);
    *known = found;
    map_put(&b->known, op_copy(b->memory, key), known);
}

bool bulk_fetch(struct bulk *b, const struct ledger *l, const struct field *f, const str *texts, size_t count)
{
    struct op *op = b->tx->op;
    const struct plan *plan = plan_of(l);
    struct arg args[BULK_FETCH_MAX] = {0}; /* the rest is null, and equal to nothing */
    struct rows *rows;
    struct buf sql;
    bool more;
    must(f->unique && f->column >= 0 && count <= BULK_FETCH_MAX);
    buf_init(&sql, op, 0);
    buf_text(&sql, "select %.*s from %.*s t where t.removed = 0 and t.%.*s in (", PS(plan->whole.sql),
             PS(sql_table(op, plan)), PS(store_name(op, f->name)));
    for (size_t i = 0; i < BULK_FETCH_MAX; i++) {
        args[i] = i < count ? TEXT(texts[i]) : NUL;
        buf_text(&sql, "%s$%zu", i ? ", " : "", i + 1);
    }
    buf_byte(&sql, ')');
    if (!store_query(b->tx, op_z(op, buf_str(&sql)), store_args(args, BULK_FETCH_MAX), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        struct row row;
        row_init(&row, b->tx, plan);
        row_take(&row, rows, &plan->whole, true);
        nearby_keep(&row);
        found_keep(b, found_key_of(op, l, f, row.cells[f->column].text), (struct found_key){row.record, 1});
        if (!rows_next(rows, &more))
            return false;
    }
    return true;
}

bool bulk_find(struct bulk *b, const struct ledger *l, const struct field *f, str text, id *ret, int64_t *ret_count)
{
    struct op *op = b->tx->op;
    const struct plan *plan = plan_of(l);
    must(f->column >= 0 && field_columns[f->value] == COLUMN_TEXT);
    bool maybe;
    *ret_count = 0;
    if (!nearby_maybe(b->tx, plan, f->column, TEXT(text), &maybe) || !maybe)
        return !maybe;
    str key = found_key_of(op, l, f, text);
    struct found_key *known = map_get(&b->known, key);
    if (!known) {
        struct found_key found = {0};
        struct rows *rows;
        bool more;
        str sql = op_text(op, "select record from %.*s where %.*s = $1 and removed = 0 limit 2",
                          PS(sql_table(op, plan)), PS(store_name(op, f->name)));
        if (f->unique)
            store_load_found(b->tx, &plan->table);
        if (!store_query(b->tx, sql.p, ARGS(TEXT(text)), &rows) || !rows_next(rows, &more))
            return false;
        for (; more; found.count++) {
            if (found.count == 0)
                found.id = rows_id(rows, 0);
            if (!rows_next(rows, &more))
                return false;
        }
        if (found.count) /* what is missing may be made by the next row */
            found_keep(b, key, found);
        *ret = found.id;
        *ret_count = found.count;
        return true;
    }
    *ret = known->id;
    *ret_count = known->count;
    return true;
}
