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

static void value_add(struct column_maker *m, int64_t value)
{
    size_t at = m->count++ % FEEL_CHUNK;
    if (at == 0) {
        m->chunk = op_array(m->op, int64_t, FEEL_CHUNK);
        *list_add(m->op, &m->chunks) = m->chunk;
    }
    m->chunk[at] = value;
}

/* Where a text that came lately may be: by its length and its end, which tell most words of a list apart. */
static size_t recent_place(str text)
{
    uint64_t end = 0;
    size_t n = text.n < sizeof end ? text.n : sizeof end;
    if (n)
        memcpy(&end, text.p + text.n - n, n);
    return (size_t)((end + text.n) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - COLUMN_RECENT_BITS));
}

/* Words of a list have 3 to 16 bytes: two comparisons of eight, where there are eight. */
static bool same_word(str a, str b)
{
    uint64_t x[2], y[2];
    if (a.n != b.n || a.n < sizeof *x || a.n > sizeof x)
        return str_eq(a, b);
    memcpy(&x[0], a.p, sizeof *x);
    memcpy(&y[0], b.p, sizeof *y);
    memcpy(&x[1], a.p + a.n - sizeof *x, sizeof *x);
    memcpy(&y[1], b.p + b.n - sizeof *y, sizeof *y);
    return x[0] == y[0] && x[1] == y[1];
}

static int64_t text_code(struct column_maker *m, str text)
{
    uint32_t *recent = &m->recent[recent_place(text)];
    if (*recent && same_word(m->texts.p[*recent - 1], text))
        return *recent;
    void *found = map_get(&m->codes, text);
    if (!found) {
        str kept = op_copy(m->op, text);
        *list_add(m->op, &m->texts) = kept;
        found = (void *)(intptr_t)m->texts.n;
        map_put(&m->codes, kept, found);
    }
    *recent = (uint32_t)(uintptr_t)found;
    return *recent;
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
    value_add(m, fits ? whole : FEEL_VECTOR_NULL);
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

static int64_t id_code(struct column_maker *m, id x)
{
    struct mark mark = op_mark(m->op);
    return made_code(m, id_text(m->op, x), mark);
}

static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/* Numbers of a scale as those of a population. False: one is too large, or has too many places. */
static bool rescaled(int scale, const int64_t *values, size_t n, int64_t *ret)
{
    int more = POLICY_SCALE - scale;
    bool fits = -more < (int)COUNT(powers) && more < (int)COUNT(powers);
    for (size_t i = 0; i < n && fits; i++) {
        ret[i] = values[i];
        if (values[i] == FEEL_VECTOR_NULL)
            continue;
        if (more >= 0)
            fits = !__builtin_mul_overflow(values[i], powers[more], &ret[i]);
        else if ((fits = values[i] % powers[-more] == 0))
            ret[i] = values[i] / powers[-more];
    }
    return fits;
}

static const int widths[] = {
    [FEEL_VECTOR_NUMBER] = 8, [FEEL_VECTOR_DAY] = 8, [FEEL_VECTOR_TEXT] = 4, [FEEL_VECTOR_BOOL] = 1};

static void value_put(void *values, int width, size_t at, int64_t value)
{
    if (width == 8)
        ((int64_t *)values)[at] = value;
    else if (width == 4)
        ((int32_t *)values)[at] = value == FEEL_VECTOR_NULL ? 0 : (int32_t)value;
    else
        ((uint8_t *)values)[at] = value == FEEL_VECTOR_NULL ? 0 : (uint8_t)(value + 1);
}

bool column_of_program(struct op *op, str name, const struct feel_program *program, size_t rows,
                       struct feel_vector *ret)
{
    enum feel_vector_kind kind = feel_program_kind(program);
    int64_t *scratch = op_array(op, int64_t, feel_program_scratch(program) + 1);
    int64_t *scaled = op_array(op, int64_t, FEEL_CHUNK);
    must(kind != FEEL_VECTOR_MEMBERS);
    int width = widths[kind];
    void *values = op_alloc(op, op_size(rows + 1, (size_t)width));
    for (size_t from = 0; from < rows; from += FEEL_CHUNK) {
        size_t n = rows - from < FEEL_CHUNK ? rows - from : FEEL_CHUNK;
        const int64_t *chunk = feel_program_run(program, from, n, scratch);
        if (kind == FEEL_VECTOR_NUMBER) {
            if (!rescaled(feel_program_scale(program), chunk, n, scaled))
                return false;
            chunk = scaled;
        }
        for (size_t i = 0; i < n; i++)
            value_put(values, width, from + i, chunk[i]);
    }
    *ret = (struct feel_vector){.kind = kind, .name = name, .width = width, .nulls = true, .values = values};
    ret->scale = kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0;
    if (kind == FEEL_VECTOR_TEXT)
        ret->texts = feel_program_texts(program, &ret->text_count);
    return true;
}

bool column_cell(struct column_maker *m, struct arg cell)
{
    int64_t whole = FEEL_VECTOR_NULL;
    bool fits = true;
    if (cell.kind == ARG_TEXT && !m->lists) { /* most are */
        value_add(m, text_code(m, cell.text));
        return true;
    }
    switch (cell.kind) {
    case ARG_NULL:
        break;
    case ARG_INT:
        whole = m->moment ? day_at(cell.i) : cell.i;
        if (m->kind == FEEL_VECTOR_NUMBER)
            fits = m->scale <= POLICY_SCALE && !__builtin_mul_overflow(cell.i, powers[POLICY_SCALE - m->scale], &whole);
        break;
    case ARG_ID:
        whole = id_code(m, cell.id);
        break;
    case ARG_TEXT:
    case ARG_BLOB:
        whole = m->lists ? joined_code(m, cell.text) : text_code(m, cell.text);
        break;
    }
    value_add(m, fits ? whole : FEEL_VECTOR_NULL);
    return fits;
}

struct feel_vector column_end(struct column_maker *m, str name, const uint32_t *order, size_t n)
{
    must(order || n == m->count);
    must(m->kind != FEEL_VECTOR_MEMBERS);
    int width = widths[m->kind];
    void *values = op_alloc(m->op, op_size(n + 1, (size_t)width));
    for (size_t i = 0; i < n; i++) {
        size_t at = order ? order[i] : i;
        value_put(values, width, i, m->chunks.p[at / FEEL_CHUNK][at % FEEL_CHUNK]);
    }
    return (struct feel_vector){.kind = m->kind,
                                .name = name,
                                .width = width,
                                .nulls = true,
                                .values = values,
                                .scale = m->kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0,
                                .texts = m->texts.p,
                                .text_count = m->texts.n};
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

static void ids_slots(struct id_set *set, size_t slots)
{
    set->slots = op_array(set->op, uint32_t, slots);
    set->mask = slots - 1;
    for (size_t i = 0; i < set->n; i++) {
        size_t at = id_hash(set->p[i]) & set->mask;
        while (set->slots[at])
            at = (at + 1) & set->mask;
        set->slots[at] = (uint32_t)i + 1;
    }
}

void ids_init(struct id_set *set, struct op *op, id *ids, size_t n)
{
    size_t slots = 1024;
    while (slots < n * 2)
        slots *= 2;
    *set = (struct id_set){.op = op, .p = ids, .n = n, .cap = n};
    ids_slots(set, slots);
}

/* Where it is, or the free slot where it would be. */
static size_t ids_slot(const struct id_set *set, id wanted)
{
    size_t at = id_hash(wanted) & set->mask;
    while (set->slots[at] && !id_eq(set->p[set->slots[at] - 1], wanted))
        at = (at + 1) & set->mask;
    return at;
}

uint32_t ids_find(struct id_set *set, id wanted)
{
    uint32_t last = set->last;
    if (last && id_eq(set->p[last - 1], wanted))
        return last;
    bool next = last < set->n && id_eq(set->p[last], wanted);
    return set->last = next ? last + 1 : set->slots[ids_slot(set, wanted)];
}

uint32_t ids_put(struct id_set *set, id x)
{
    if (ids_find(set, x))
        return set->last;
    *list_add(set->op, set) = x;
    if (set->n * 2 > set->mask)
        ids_slots(set, (set->mask + 1) * 2);
    else
        set->slots[ids_slot(set, x)] = (uint32_t)set->n;
    return set->last = (uint32_t)set->n;
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

static int id_order(const id *a, const id *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

/* Each goes back past the few that are later than it. False: they lie too far from their order; some have moved. */
static bool order_near(const id *ids, size_t n, uint32_t *order)
{
    size_t steps = n * 4;
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = order[i];
        size_t at = i;
        for (; at && id_order(&ids[order[at - 1]], &ids[moved]) > 0 && steps; at--, steps--)
            order[at] = order[at - 1];
        order[at] = moved;
    }
    return steps > 0;
}

/* Ids are made in the order of time, and rows lie in the order in which they were made: mostly there is little to
 * do. */
uint32_t *ids_order(struct op *op, const id *ids, size_t n)
{
    uint32_t *order = op_array(op, uint32_t, n + 1), *other = NULL;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    if (n == 0 || order_near(ids, n, order))
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
