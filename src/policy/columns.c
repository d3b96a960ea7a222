/* Cells of a ledger collected into the columns that decisions run over, found by id, put in order, joined. */
#include "policy/inner.h"

/* ---- one column ------------------------------------------------------------------------------------------------ */

bool column_kind(const struct feel_type *type, enum feel_vector_kind *ret)
{
    static const struct {
        enum feel_kind feel;
        enum feel_vector_kind kind;
    } rows[] = {{FEEL_NUMBER, FEEL_VECTOR_NUMBER},
                {FEEL_TEXT, FEEL_VECTOR_TEXT},
                {FEEL_DATE, FEEL_VECTOR_DAY},
                {FEEL_BOOL, FEEL_VECTOR_BOOL}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].feel == type->kind) {
            *ret = rows[i].kind;
            return true;
        }
    return false;
}

void column_init(struct column_maker *m, struct op *op, enum feel_vector_kind kind)
{
    *m = (struct column_maker){.op = op, .kind = kind};
    map_init(&m->codes, op);
}

static int64_t text_code(struct column_maker *m, str text)
{
    if (m->last_code && str_eq(m->texts.p[m->last_code - 1], text)) /* neighbours are often alike */
        return m->last_code;
    void *found = map_get(&m->codes, text);
    if (!found) {
        str kept = op_copy(m->op, text);
        *list_add(m->op, &m->texts) = kept;
        found = (void *)(intptr_t)m->texts.n;
        map_put(&m->codes, kept, found);
    }
    return m->last_code = (int64_t)(intptr_t)found;
}

bool column_add(struct column_maker *m, feel_value v)
{
    int64_t whole = FEEL_VECTOR_NULL;
    bool fits = feel_is_null(v);
    switch (m->kind) {
    case FEEL_VECTOR_NUMBER:
        fits |= v.kind == FEEL_NUMBER && dec_scaled(v.number, POLICY_SCALE, &whole);
        break;
    case FEEL_VECTOR_DAY:
        if (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME)
            whole = v.day, fits = true;
        break;
    case FEEL_VECTOR_BOOL:
        if (v.kind == FEEL_BOOL)
            whole = v.truth, fits = true;
        break;
    case FEEL_VECTOR_TEXT:
        if (v.kind == FEEL_TEXT)
            whole = text_code(m, v.text), fits = true;
        break;
    case FEEL_VECTOR_MEMBERS:
        break;
    }
    *list_add(m->op, &m->values) = fits ? whole : FEEL_VECTOR_NULL;
    return fits;
}

/* The code of a text that was made since `mark`; what is known already takes no memory. */
static int64_t made_code(struct column_maker *m, str text, struct mark mark)
{
    void *found = map_get(&m->codes, text);
    if (text.n && !found)
        return text_code(m, text);
    op_reset(m->op, mark);
    return found ? (int64_t)(intptr_t)found : FEEL_VECTOR_NULL;
}

/* 取暖、饲草料; none: null */
static int64_t joined_code(struct column_maker *m, str json)
{
    struct mark mark = op_mark(m->op);
    struct json *list = NULL;
    struct buf b;
    int faults = m->op->fault_count;
    buf_init(&b, m->op, 0);
    if (!json_parse(m->op, json, &list))
        op_forgive(m->op, faults);
    for (const struct json *j = list ? list->first : NULL; j; j = j->next)
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(j->text));
    return made_code(m, buf_str(&b), mark);
}

static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

bool column_chunk(struct column_maker *m, const int64_t *values, size_t n)
{
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        int64_t whole = values[i];
        if (m->kind == FEEL_VECTOR_NUMBER && whole != FEEL_VECTOR_NULL) {
            int more = POLICY_SCALE - m->scale;
            bool good = more >= 0 ? !__builtin_mul_overflow(whole, powers[more], &whole)
                                  : -more < (int)COUNT(powers) && whole % powers[-more] == 0;
            whole = !good ? FEEL_VECTOR_NULL : more < 0 ? whole / powers[-more] : whole;
            fits &= good;
        }
        *list_add(m->op, &m->values) = whole;
    }
    return fits;
}

bool column_cell(struct column_maker *m, struct arg cell)
{
    struct mark mark = op_mark(m->op);
    int64_t whole = FEEL_VECTOR_NULL;
    bool fits = true;
    switch (cell.kind) {
    case ARG_NULL:
        break;
    case ARG_INT:
        whole = m->moment ? day_at(cell.i) : cell.i;
        if (m->kind == FEEL_VECTOR_NUMBER)
            fits = m->scale <= POLICY_SCALE && !__builtin_mul_overflow(cell.i, powers[POLICY_SCALE - m->scale], &whole);
        break;
    case ARG_ID:
        whole = made_code(m, id_text(m->op, cell.id), mark);
        break;
    case ARG_TEXT:
    case ARG_BLOB:
        whole = m->lists ? joined_code(m, cell.text) : text_code(m, cell.text);
        break;
    }
    *list_add(m->op, &m->values) = fits ? whole : FEEL_VECTOR_NULL;
    return fits;
}

struct feel_vector column_end(struct column_maker *m, str name)
{
    size_t n = m->values.n;
    struct feel_vector v = {.kind = m->kind, .name = name, .width = 8, .nulls = true, .values = m->values.p};
    v.scale = m->kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0;
    if (m->kind == FEEL_VECTOR_TEXT) {
        int32_t *codes = op_array(m->op, int32_t, n + 1);
        for (size_t i = 0; i < n; i++)
            codes[i] = m->values.p[i] == FEEL_VECTOR_NULL ? 0 : (int32_t)m->values.p[i];
        v.width = 4;
        v.values = codes;
        v.texts = m->texts.p;
        v.text_count = m->texts.n;
    } else if (m->kind == FEEL_VECTOR_BOOL) {
        uint8_t *codes = op_array(m->op, uint8_t, n + 1);
        for (size_t i = 0; i < n; i++)
            codes[i] = m->values.p[i] == FEEL_VECTOR_NULL ? 0 : (uint8_t)(m->values.p[i] + 1);
        v.width = 1;
        v.values = codes;
    }
    return v;
}

void column_reorder(struct column_maker *m, const uint32_t *order, size_t n)
{
    int64_t *values = op_array(m->op, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = m->values.p[order[i]];
    m->values.p = values;
    m->values.n = n;
}

/* ---- by id ------------------------------------------------------------------------------------------------------ */

static uint64_t id_hash(id x)
{
    uint64_t a, b;
    memcpy(&a, x.b, sizeof a);
    memcpy(&b, x.b + sizeof a, sizeof b);
    b = (b ^ (a << 31 | a >> 33)) * UINT64_C(0x9E3779B97F4A7C15);
    return b ^ b >> 32;
}

void ids_index(struct id_index *x, struct op *op, const id *ids, size_t n)
{
    size_t slots = 16;
    while (slots < n * 2)
        slots *= 2;
    *x = (struct id_index){.ids = ids, .slots = op_array(op, uint32_t, slots), .mask = slots - 1};
    for (size_t i = 0; i < n; i++) {
        size_t at = id_hash(ids[i]) & x->mask;
        while (x->slots[at])
            at = (at + 1) & x->mask;
        x->slots[at] = (uint32_t)i + 1;
    }
}

uint32_t ids_find(const struct id_index *x, id wanted)
{
    for (size_t at = id_hash(wanted) & x->mask; x->slots[at]; at = (at + 1) & x->mask)
        if (id_eq(x->ids[x->slots[at] - 1], wanted))
            return x->slots[at] - 1;
    return NOWHERE;
}

/* By one byte of the id, keeping the order that there is. False: all have the same. */
static bool order_byte(const id *ids, size_t n, size_t byte, const uint32_t *from, uint32_t *to)
{
    size_t places[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        places[ids[i].b[byte]]++;
    if (places[ids[0].b[byte]] == n)
        return false;
    for (size_t i = 0; i < COUNT(places); i++) {
        size_t count = places[i];
        places[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[places[ids[from[i]].b[byte]]++] = from[i];
    return true;
}

/* Ids are made in the order of time, and rows lie in the order in which they were made: mostly there is little to
 * do. */
uint32_t *ids_order(struct op *op, const id *ids, size_t n)
{
    uint32_t *order = op_array(op, uint32_t, n + 1), *other = NULL;
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        order[i] = (uint32_t)i;
        sorted = sorted && (i == 0 || memcmp(ids[i - 1].b, ids[i].b, sizeof ids->b) < 0);
    }
    if (sorted)
        return order;
    other = op_array(op, uint32_t, n + 1);
    for (size_t byte = sizeof ids->b; byte-- > 0;)
        if (order_byte(ids, n, byte, order, other)) {
            uint32_t *last = order;
            order = other;
            other = last;
        }
    return order;
}
