/* Cells of a ledger collected into the columns that decisions run over. */
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

static void chunk_begin(struct column_maker *m)
{
    m->next = op_space(m->op, FEEL_CHUNK * sizeof *m->next);
    m->end = m->next + FEEL_CHUNK;
    *list_add(m->op, &m->chunks) = m->next;
}

static inline void value_add(struct column_maker *m, int64_t value)
{
    if (m->next == m->end)
        chunk_begin(m);
    *m->next++ = value;
    m->count++;
}

/* A text of up to 16 bytes as two words, which with its length tell it from every other: its first and last bytes. */
static bool words_of(str text, uint64_t ret[2])
{
    uint32_t low, high;
    if (text.n >= sizeof *ret) {
        memcpy(&ret[0], text.p, sizeof *ret);
        memcpy(&ret[1], text.p + text.n - sizeof *ret, sizeof *ret);
        return text.n <= 2 * sizeof *ret;
    }
    ret[1] = text.n ? (uint64_t)(uint8_t)text.p[0] << 16 | (uint64_t)(uint8_t)text.p[text.n / 2] << 8 |
                          (uint8_t)text.p[text.n - 1]
                    : 0;
    if (text.n >= sizeof low) {
        memcpy(&low, text.p, sizeof low);
        memcpy(&high, text.p + text.n - sizeof high, sizeof high);
        ret[1] = (uint64_t)high << 32 | low;
    }
    ret[0] = ret[1];
    return true;
}

static int64_t map_code(struct column_maker *m, str text)
{
    void *found = map_get(&m->codes, text);
    if (!found) {
        str kept = op_copy(m->op, text);
        *list_add(m->op, &m->texts) = kept;
        found = (void *)(intptr_t)m->texts.n;
        map_put(&m->codes, kept, found);
    }
    return (int64_t)(intptr_t)found;
}

/* Most are words of a list that came lately. */
static int64_t text_code(struct column_maker *m, str text)
{
    uint64_t words[2];
    if (!words_of(text, words))
        return map_code(m, text);
    struct recent_text *r = &m->recent[(words[1] + text.n) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - COLUMN_RECENT_BITS)];
    if (r->code && r->n == text.n && r->words[0] == words[0] && r->words[1] == words[1])
        return r->code;
    *r = (struct recent_text){{words[0], words[1]}, (uint32_t)text.n, (uint32_t)map_code(m, text)};
    return r->code;
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

static void values_put(void *values, int width, size_t at, const int64_t *from, size_t n)
{
    if (width == 8) {
        memcpy((int64_t *)values + at, from, n * sizeof *from);
        return;
    }
    for (size_t i = 0; i < n; i++)
        value_put(values, width, at + i, from[i]);
}

bool column_of_program(struct op *op, str name, const struct feel_program *program, size_t rows,
                       struct feel_vector *ret)
{
    enum feel_vector_kind kind = feel_program_kind(program);
    int64_t *scratch = op_array(op, int64_t, feel_program_scratch(program) + 1);
    int64_t *scaled = op_array(op, int64_t, FEEL_CHUNK);
    must(kind != FEEL_VECTOR_MEMBERS);
    int width = widths[kind];
    void *values = op_space(op, op_size(rows + 1, (size_t)width));
    for (size_t from = 0; from < rows; from += FEEL_CHUNK) {
        size_t n = rows - from < FEEL_CHUNK ? rows - from : FEEL_CHUNK;
        const int64_t *chunk = feel_program_run(program, from, n, scratch);
        if (kind == FEEL_VECTOR_NUMBER) {
            if (!rescaled(feel_program_scale(program), chunk, n, scaled))
                return false;
            chunk = scaled;
        }
        values_put(values, width, from, chunk, n);
    }
    value_put(values, width, rows, 0); /* whoever reads a word may read past the last */
    *ret = (struct feel_vector){.kind = kind, .name = name, .width = width, .nulls = true, .values = values};
    ret->scale = kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0;
    if (kind == FEEL_VECTOR_TEXT)
        ret->texts = feel_program_texts(program, &ret->text_count);
    return true;
}

/* A list, or something referred to. */
__attribute__((noinline)) static void other_add(struct column_maker *m, const struct arg *cell)
{
    int64_t whole = cell->kind == ARG_ID ? id_code(m, cell->id)
                    : m->lists           ? joined_code(m, cell->text)
                                         : text_code(m, cell->text);
    value_add(m, whole);
}

/* Short for what most cells are: this is done for every cell of a ledger. */
bool column_cell(struct column_maker *m, const struct arg *cell)
{
    int64_t whole = FEEL_VECTOR_NULL;
    bool fits = true;
    if (cell->kind == ARG_TEXT && !m->lists) {
        value_add(m, text_code(m, cell->text));
        return true;
    }
    if (cell->kind != ARG_INT && cell->kind != ARG_NULL) {
        other_add(m, cell);
        return true;
    }
    if (cell->kind == ARG_INT) {
        whole = m->moment ? day_at(cell->i) : cell->i;
        if (m->kind == FEEL_VECTOR_NUMBER)
            fits = m->scale <= POLICY_SCALE &&
                   !__builtin_mul_overflow(cell->i, powers[POLICY_SCALE - m->scale], &whole);
    }
    value_add(m, fits ? whole : FEEL_VECTOR_NULL);
    return fits;
}

struct feel_vector column_end(struct column_maker *m, str name, const uint32_t *order, size_t n)
{
    must(order || n == m->count);
    must(m->kind != FEEL_VECTOR_MEMBERS);
    int width = widths[m->kind];
    void *values = op_space(m->op, op_size(n + 1, (size_t)width));
    for (size_t from = 0; from < n; from += FEEL_CHUNK) {
        size_t count = n - from < FEEL_CHUNK ? n - from : FEEL_CHUNK;
        for (size_t i = from; order && i < from + count; i++)
            value_put(values, width, i, m->chunks.p[order[i] / FEEL_CHUNK][order[i] % FEEL_CHUNK]);
        if (!order)
            values_put(values, width, from, m->chunks.p[from / FEEL_CHUNK], count);
    }
    value_put(values, width, n, 0);
    return (struct feel_vector){.kind = m->kind,
                                .name = name,
                                .width = width,
                                .nulls = true,
                                .values = values,
                                .scale = m->kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0,
                                .texts = m->texts.p,
                                .text_count = m->texts.n};
}
