/* What the rows of one bulk have in common and would ask for again and again: the rows they refer to (the village group, the
 * household just made), and how names are spelled in pinyin. Belongs to the tx, because every bulk of it must see what another has
 * written; gone with the first bulk that was begun. A row is forgotten when it is written, everything when a part is undone. */
#include "ledger/inner.h"

enum { NEARBY_ROWS_MAX = 2000, NEARBY_SPELLINGS_MAX = 50000 }; /* then begun anew; some 10 MB */

struct nearby {
    struct tx *tx;
    struct op memory;
    int undone;
    struct map rows;      /* ledger and record -> struct row_near */
    struct map spellings; /* text -> struct spelled */
};

struct row_near {
    struct row_head head;
    struct arg *cells;
};

struct spelled {
    str *list;
    size_t count;
};

static void end(void *what)
{
    struct nearby *n = what;
    n->tx->nearby = NULL;
    op_done(&n->memory);
}

static void begin(struct nearby *n)
{
    if (n->memory.blocks)
        op_reset(&n->memory, (struct mark){0});
    map_init(&n->rows, &n->memory);
    map_init(&n->spellings, &n->memory);
    n->undone = n->tx->undone;
}

void nearby_begin(struct tx *tx)
{
    if (tx->nearby)
        return;
    struct nearby *n = op_new(tx->op, struct nearby);
    n->tx = tx;
    op_init(&n->memory, tx->op->now, 0);
    op_defer(tx->op, end, n);
    tx->nearby = n;
    begin(n);
}

static struct nearby *nearby_of(struct tx *tx)
{
    struct nearby *n = tx->nearby;
    if (n && (n->undone != tx->undone || n->rows.count > NEARBY_ROWS_MAX || n->spellings.count > NEARBY_SPELLINGS_MAX))
        begin(n);
    return n;
}

enum { KEY_BYTES = sizeof(void *) + sizeof(id) };

static str key_of(char bytes[KEY_BYTES], const struct plan *plan, id record)
{
    memcpy(bytes, &plan, sizeof plan);
    memcpy(bytes + sizeof plan, record.b, sizeof record);
    return (str){bytes, KEY_BYTES};
}

bool nearby_row(struct row *row, id record, bool *ret_found)
{
    char bytes[KEY_BYTES];
    struct nearby *n = row->as_of ? NULL : nearby_of(row->tx);
    struct row_near *near = n ? map_get(&n->rows, key_of(bytes, row->plan, record)) : NULL;
    if (near) {
        row->record = record;
        row->head = near->head;
        row->cells = near->cells;
        *ret_found = true;
        return true;
    }
    if (!row_load(row, record, ret_found))
        return false;
    if (!n || !*ret_found)
        return true;
    near = op_new(&n->memory, struct row_near);
    near->head = row->head;
    near->head.state = op_copy(&n->memory, row->head.state);
    near->cells = op_array(&n->memory, struct arg, row->plan->table.count);
    for (size_t i = 0; i < row->plan->table.count; i++) {
        near->cells[i] = row->cells[i];
        if (row->cells[i].kind == ARG_TEXT || row->cells[i].kind == ARG_BLOB)
            near->cells[i].text = op_copy(&n->memory, row->cells[i].text);
    }
    map_put(&n->rows, op_copy(&n->memory, key_of(bytes, row->plan, record)), near);
    return true;
}

void nearby_forget(struct tx *tx, const struct plan *plan, id record)
{
    char bytes[KEY_BYTES];
    struct nearby *n = nearby_of(tx);
    str key = n ? key_of(bytes, plan, record) : (str){0};
    if (n && map_get(&n->rows, key))
        map_put(&n->rows, op_copy(&n->memory, key), NULL);
}

size_t nearby_pinyin(struct tx *tx, const struct town *town, str name, str *ret, size_t max)
{
    struct nearby *n = nearby_of(tx);
    struct spelled *s = n ? map_get(&n->spellings, name) : NULL;
    if (!s) {
        size_t count = pinyin_of(town, tx->op, name, ret, max);
        if (!n)
            return count;
        s = op_new(&n->memory, struct spelled);
        s->count = count;
        s->list = op_array(&n->memory, str, count);
        for (size_t i = 0; i < count; i++)
            s->list[i] = op_copy(&n->memory, ret[i]);
        map_put(&n->spellings, op_copy(&n->memory, name), s);
    }
    must(s->count <= max);
    for (size_t i = 0; i < s->count; i++)
        ret[i] = s->list[i];
    return s->count;
}
