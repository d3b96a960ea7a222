/* A state as bytes, version 4 (docs/formats.md): a head, then each table as a count and its rows. Of a row only those
 * fields are written that are not as they usually are: a town keeps hundreds of thousands of states, and most of each
 * is -1 and 0. Whole numbers are zigzag varints, times count from the head's clock, texts are written once, values are
 * a kind and what it holds. Reading believes nothing: every number is
 * bounded, and what was read must satisfy every invariant before it is used. */
#include <stddef.h>

#include "bpmn/state.h"

enum { VERSION = 4, VERSION_READ = 3, VALUE_DEPTH_MAX = 60, HASH_BYTES = 4 };

enum field_kind {
    FIELD_END,
    FIELD_INT,
    FIELD_LONG,
    FIELD_TIME,
    FIELD_BYTE,
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_TEXT,
    FIELD_VALUE
};
/* What a field usually is: 0 or empty, -1, 1, its row's number, what the field before it is, the head's clock,
 * never. */
enum usual { USUAL_NOTHING, USUAL_NONE, USUAL_ONE, USUAL_ROW, USUAL_BEFORE, USUAL_CLOCK, USUAL_NEVER };
struct field {
    enum field_kind kind;
    size_t at;
    enum usual usual;
};

#define INT(type, member) {FIELD_INT, offsetof(struct type, member), USUAL_NOTHING}
#define NUM(type, member, what) {FIELD_INT, offsetof(struct type, member), what}
#define LONG(type, member) {FIELD_LONG, offsetof(struct type, member), USUAL_NOTHING}
#define TIME(type, member, what) {FIELD_TIME, offsetof(struct type, member), what}
#define ONE(type, member) {FIELD_BOOL, offsetof(struct type, member), USUAL_NOTHING}
#define TEXT(type, member) {FIELD_TEXT, offsetof(struct type, member), USUAL_NOTHING}
#define PICK(type, member) {FIELD_ENUM, offsetof(struct type, member), USUAL_NOTHING}
#define LAST {FIELD_END, 0, USUAL_NOTHING}

static const struct field fire_fields[] = {{FIELD_BYTE, offsetof(struct bpmn_fire, kind), USUAL_NOTHING},
                                           INT(bpmn_fire, node),
                                           INT(bpmn_fire, scope),
                                           NUM(bpmn_fire, outer, USUAL_BEFORE),
                                           NUM(bpmn_fire, tok, USUAL_NONE),
                                           NUM(bpmn_fire, read, USUAL_NONE),
                                           NUM(bpmn_fire, cause, USUAL_NONE),
                                           NUM(bpmn_fire, undone, USUAL_NONE),
                                           NUM(bpmn_fire, act, USUAL_NONE),
                                           NUM(bpmn_fire, data, USUAL_NONE),
                                           NUM(bpmn_fire, order, USUAL_ROW),
                                           LAST};
static const struct field tok_fields[] = {INT(bpmn_tok, place),
                                          INT(bpmn_tok, scope),
                                          INT(bpmn_tok, made),
                                          NUM(bpmn_tok, used, USUAL_NONE),
                                          INT(bpmn_tok, index),
                                          {FIELD_BYTE, offsetof(struct bpmn_tok, stuck), USUAL_NOTHING},
                                          LAST};
static const struct field wait_fields[] = {
    INT(bpmn_wait, tok),  INT(bpmn_wait, event), INT(bpmn_wait, made),   NUM(bpmn_wait, used, USUAL_NONE),
    INT(bpmn_wait, left), TIME(bpmn_wait, due, USUAL_NEVER),  LONG(bpmn_wait, every), LAST};
static const struct field var_fields[] = {INT(bpmn_var, scope), INT(bpmn_var, made), TEXT(bpmn_var, name),
                                          {FIELD_VALUE, offsetof(struct bpmn_var, value), USUAL_NOTHING}, LAST};
static const struct field undo_fields[] = {INT(bpmn_undo, undo), INT(bpmn_undo, tok), INT(bpmn_undo, before),
                                           INT(bpmn_undo, after), LAST};
static const struct field work_fields[] = {INT(bpmn_work, tok),
                                           INT(bpmn_work, node),
                                           INT(bpmn_work, opened),
                                           NUM(bpmn_work, closed, USUAL_NONE),
                                           NUM(bpmn_work, back_to, USUAL_NONE),
                                           INT(bpmn_work, step),
                                           PICK(bpmn_work, state),
                                           TIME(bpmn_work, due, USUAL_NOTHING),
                                           TIME(bpmn_work, opened_at, USUAL_CLOCK),
                                           ONE(bpmn_work, returned_into),
                                           LAST};
static const struct field step_fields[] = {INT(bpmn_step, work),
                                           INT(bpmn_step, place),
                                           PICK(bpmn_step, rule),
                                           NUM(bpmn_step, num, USUAL_ONE),
                                           NUM(bpmn_step, den, USUAL_ONE),
                                           ONE(bpmn_step, collect),
                                           ONE(bpmn_step, cast),
                                           ONE(bpmn_step, advice),
                                           ONE(bpmn_step, decided),
                                           ONE(bpmn_step, passed),
                                           NUM(bpmn_step, by_seat, USUAL_NONE),
                                           LAST};
static const struct field seat_fields[] = {INT(bpmn_seat, work),
                                           INT(bpmn_seat, step),
                                           TEXT(bpmn_seat, who),
                                           PICK(bpmn_seat, state),
                                           NUM(bpmn_seat, from, USUAL_NONE),
                                           INT(bpmn_seat, hops),
                                           ONE(bpmn_seat, ask),
                                           NUM(bpmn_seat, act, USUAL_NONE),
                                           INT(bpmn_seat, rev),
                                           TIME(bpmn_seat, nudged, USUAL_NOTHING),
                                           INT(bpmn_seat, nudges),
                                           NUM(bpmn_seat, born, USUAL_NONE),
                                           ONE(bpmn_seat, moot),
                                           LAST};
static const struct field copy_fields[] = {TEXT(bpmn_copy, who),     TEXT(bpmn_copy, from),
                                           NUM(bpmn_copy, work, USUAL_NONE),     INT(bpmn_copy, act),
                                           INT(bpmn_copy, order),    TIME(bpmn_copy, sent, USUAL_CLOCK),
                                           TIME(bpmn_copy, read_at, USUAL_NOTHING), TEXT(bpmn_copy, note),
                                           ONE(bpmn_copy, recalled), LAST};
static const struct field act_fields[] = {TEXT(bpmn_act_row, cmd),
                                          TEXT(bpmn_act_row, actor),
                                          TEXT(bpmn_act_row, for_whom),
                                          TEXT(bpmn_act_row, opinion),
                                          INT(bpmn_act_row, op),
                                          INT(bpmn_act_row, work),
                                          INT(bpmn_act_row, seat),
                                          NUM(bpmn_act_row, other, USUAL_NONE),
                                          TIME(bpmn_act_row, at, USUAL_CLOCK),
                                          ONE(bpmn_act_row, struck),
                                          LAST};
static const struct field held_fields[] = {PICK(bpmn_held, kind), NUM(bpmn_held, tok, USUAL_NONE), TEXT(bpmn_held, name),
                                           {FIELD_VALUE, offsetof(struct bpmn_held, values), USUAL_NOTHING}, LAST};
static const struct field moment_fields[] = {INT(bpmn_moment, fire), TIME(bpmn_moment, at, USUAL_CLOCK), LAST};
static const struct field head_fields[] = {
    INT(bpmn_state, process),  PICK(bpmn_state, end),       TEXT(bpmn_state, end_code),
    TEXT(bpmn_state, drafter), LONG(bpmn_state, suspended), LONG(bpmn_state, ended_at),
    LONG(bpmn_state, clock),   INT(bpmn_state, rev),        LAST};

/* A table of the state: every list is { pointer; size_t n, cap }. */
struct any_list {
    void *p;
    size_t n, cap;
};
static const struct table {
    size_t at, size;
    const struct field *fields;
} tables[] = {
#define TABLE(list, row, fields) {offsetof(struct bpmn_state, list), sizeof(struct row), fields}
    TABLE(fires, bpmn_fire, fire_fields), TABLE(toks, bpmn_tok, tok_fields),    TABLE(waits, bpmn_wait, wait_fields),
    TABLE(vars, bpmn_var, var_fields),    TABLE(undos, bpmn_undo, undo_fields), TABLE(works, bpmn_work, work_fields),
    TABLE(steps, bpmn_step, step_fields), TABLE(seats, bpmn_seat, seat_fields), TABLE(copies, bpmn_copy, copy_fields),
    TABLE(acts, bpmn_act_row, act_fields), TABLE(held, bpmn_held, held_fields),
    TABLE(moments, bpmn_moment, moment_fields),
};
enum { TABLES_BEFORE = COUNT(tables) - 1 }; /* version 3 knew no moments */

/* ---- writing ----------------------------------------------------------------------------------------------- */

struct writer {
    struct buf *b;
    time_ms clock;
    struct map texts;    /* text: its number + 1, as a pointer */
    size_t text_count;
};

static void put_long(struct buf *b, int64_t v)
{
    uint64_t u = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
    while (u >= 0x80) {
        buf_byte(b, (char)(u | 0x80));
        u >>= 7;
    }
    buf_byte(b, (char)u);
}

static void put_text(struct buf *b, str s)
{
    put_long(b, (int64_t)s.n);
    buf_add(b, s);
}

/* An id in 22 letters is 16 bytes: what people are known by. */
enum { ID_LETTERS = 22, ID_BYTES = 16, TEXT_NEW = 0, TEXT_ID = 1, TEXT_KNOWN = 2 };
static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool id_pack(str s, char *ret)
{
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n && s.n == ID_LETTERS; i++) {
        const char *at = memchr(id_letters, s.p[i], sizeof id_letters - 1);
        if (!at)
            return false;
        bits = (bits << 6 | (unsigned)(at - id_letters)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret[n++] = (char)(bits >> held);
        }
    }
    return n == ID_BYTES && (bits & ((1u << held) - 1)) == 0;
}

static str id_unpack(struct op *op, str bytes)
{
    char *p = op_alloc(op, ID_LETTERS + 1);
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        bits = (bits << 8 | (unsigned char)bytes.p[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            p[n++] = id_letters[bits >> (held - 6) & 63];
    }
    p[n++] = id_letters[bits << (6 - held) & 63];
    must(n == ID_LETTERS);
    return (str){p, n};
}

/* Every text once; after that its number. */
static void put_known(struct writer *w, str s)
{
    char packed[ID_BYTES];
    size_t known = (size_t)(uintptr_t)map_get(&w->texts, s);
    if (known) {
        put_long(w->b, TEXT_KNOWN + (int64_t)known - 1);
        return;
    }
    map_put(&w->texts, s, (void *)(uintptr_t)++w->text_count);
    if (id_pack(s, packed)) {
        put_long(w->b, TEXT_ID);
        buf_add(w->b, (str){packed, sizeof packed});
        return;
    }
    put_long(w->b, TEXT_NEW);
    put_text(w->b, s);
}

static void put_value(struct buf *b, feel_value v)
{
    put_long(b, v.kind);
    switch (v.kind) {
    case FEEL_BOOL:
        put_long(b, v.truth);
        return;
    case FEEL_NUMBER:
        put_text(b, dec_text(b->op, v.number));
        return;
    case FEEL_TEXT:
        put_text(b, v.text);
        return;
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
        put_text(b, feel_text_of(b->op, v));
        return;
    case FEEL_LIST:
        put_long(b, (int64_t)v.count);
        for (size_t i = 0; i < v.count; i++)
            put_value(b, v.items[i]);
        return;
    case FEEL_CONTEXT:
        put_long(b, (int64_t)v.context->count);
        for (size_t i = 0; i < v.context->count; i++) {
            put_text(b, v.context->entries[i].name);
            put_value(b, v.context->entries[i].value);
        }
        return;
    case FEEL_NULL:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        return;
    }
}

static int64_t number_at(const void *row, const struct field *f)
{
    const char *at = (const char *)row + f->at;
    switch (f->kind) {
    case FIELD_INT:
        return *(const int32_t *)at;
    case FIELD_LONG:
    case FIELD_TIME:
        return *(const int64_t *)at;
    case FIELD_BYTE:
        return *(const uint8_t *)at;
    case FIELD_BOOL:
        return *(const bool *)at;
    case FIELD_ENUM:
        return *(const unsigned *)at;
    case FIELD_TEXT:
        return (int64_t)((const str *)at)->n;
    case FIELD_VALUE:
    case FIELD_END:
        break;
    }
    return 1; /* a value is always written */
}

static int64_t usual_of(const void *row, const struct field *fields, const struct field *f, size_t number,
                        time_ms clock)
{
    switch (f->usual) {
    case USUAL_NOTHING:
        return 0;
    case USUAL_NONE:
        return -1;
    case USUAL_ONE:
        return 1;
    case USUAL_ROW:
        return (int64_t)number;
    case USUAL_BEFORE:
        must(f > fields);
        return number_at(row, f - 1);
    case USUAL_CLOCK:
        return clock;
    case USUAL_NEVER:
        return INT64_MAX;
    }
    return 0;
}

/* Which fields follow, as bits; then those. */
static void put_row(struct writer *w, const void *row, const struct field *fields, size_t number)
{
    uint64_t bits = 0;
    int bit = 0;
    for (const struct field *f = fields; f->kind != FIELD_END; f++, bit++)
        if (f->kind == FIELD_VALUE || number_at(row, f) != usual_of(row, fields, f, number, w->clock))
            bits |= (uint64_t)1 << bit;
    put_long(w->b, (int64_t)bits);
    bit = 0;
    for (const struct field *f = fields; f->kind != FIELD_END; f++, bit++) {
        const char *at = (const char *)row + f->at;
        if (!(bits >> bit & 1))
            continue;
        if (f->kind == FIELD_TEXT)
            put_known(w, *(const str *)at);
        else if (f->kind == FIELD_VALUE)
            put_value(w->b, *(const feel_value *)at);
        else
            put_long(w->b, f->kind == FIELD_TIME ? (int64_t)((uint64_t)number_at(row, f) - (uint64_t)w->clock)
                                                 : number_at(row, f));
    }
}

str bpmn_state_write(struct op *op, const struct bpmn_run *run)
{
    struct buf b;
    buf_init(&b, op, BPMN_STATE_BYTES_MAX);
    struct writer w = {.b = &b, .clock = run->state.clock};
    map_init(&w.texts, op);
    if (run->known.n)
        map_put(&w.texts, run->known, (void *)(uintptr_t)++w.text_count);
    buf_byte(&b, VERSION);
    for (int i = 0; i < HASH_BYTES; i++)
        buf_byte(&b, (char)(run->model->hash >> (8 * i)));
    put_row(&w, &run->state, head_fields, 0);
    for (size_t t = 0; t < COUNT(tables); t++) {
        const struct any_list *list = (const struct any_list *)((const char *)&run->state + tables[t].at);
        put_long(&b, (int64_t)list->n);
        for (size_t i = 0; i < list->n; i++)
            put_row(&w, (const char *)list->p + i * tables[t].size, tables[t].fields, i);
    }
    return op_copy(op, buf_str(&b));
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct reader {
    struct op *op;
    str rest;
    int version;
    bool bad;
    time_ms clock;
    struct { str *p; size_t n, cap; } texts;
};

static int64_t get_long(struct reader *r)
{
    uint64_t u = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (r->rest.n == 0)
            break;
        uint8_t byte = (uint8_t)*r->rest.p;
        r->rest = str_part(r->rest, 1, r->rest.n);
        u |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
    }
    r->bad = true;
    return 0;
}

static str get_text(struct reader *r)
{
    int64_t n = get_long(r);
    if (n < 0 || (uint64_t)n > r->rest.n) {
        r->bad = true;
        return (str){0};
    }
    str s = str_part(r->rest, 0, (size_t)n);
    r->rest = str_part(r->rest, (size_t)n, r->rest.n);
    r->bad |= !utf8_valid(s);
    return op_copy(r->op, s);
}

static size_t get_count(struct reader *r)
{
    int64_t n = get_long(r);
    if (n < 0 || n > BPMN_ROWS_MAX || (uint64_t)n > r->rest.n) /* every row takes a byte at least */
        r->bad = true;
    return r->bad ? 0 : (size_t)n;
}

static feel_value get_value(struct reader *r, int depth);

static feel_value get_written(struct reader *r, enum feel_kind kind)
{
    feel_value v = feel_null();
    str text = get_text(r);
    bool ok = kind == FEEL_DATE   ? feel_date_parse(text, &v)
              : kind == FEEL_TIME ? feel_time_parse(r->op, text, &v)
              : kind == FEEL_DATE_TIME ? feel_date_time_parse(r->op, text, &v)
                                       : feel_duration_parse(text, &v);
    r->bad |= !ok;
    return ok ? v : feel_null();
}

static feel_value get_list(struct reader *r, int depth)
{
    size_t n = get_count(r);
    feel_value *items = op_array(r->op, feel_value, n + 1);
    for (size_t i = 0; i < n && !r->bad; i++)
        items[i] = get_value(r, depth + 1);
    return r->bad ? feel_null() : feel_of_list(items, n);
}

static feel_value get_context(struct reader *r, int depth)
{
    size_t n = get_count(r);
    struct feel_entry *entries = op_array(r->op, struct feel_entry, n + 1);
    for (size_t i = 0; i < n && !r->bad; i++) {
        entries[i].name = get_text(r);
        entries[i].value = get_value(r, depth + 1);
    }
    return r->bad ? feel_null() : feel_of_context(r->op, entries, n);
}

static feel_value get_value(struct reader *r, int depth)
{
    int64_t kind = get_long(r);
    feel_value v = feel_null();
    dec number;
    if (r->bad || depth > VALUE_DEPTH_MAX || kind < 0 || kind >= FEEL_KINDS) {
        r->bad = true;
        return v;
    }
    switch ((enum feel_kind)kind) {
    case FEEL_BOOL:
        return feel_of_bool(get_long(r) != 0);
    case FEEL_NUMBER:
        if (!dec_parse(get_text(r), &number)) {
            r->bad = true;
            return v;
        }
        return feel_of_dec(number);
    case FEEL_TEXT:
        return feel_of_text(get_text(r));
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
        return get_written(r, (enum feel_kind)kind);
    case FEEL_LIST:
        return get_list(r, depth);
    case FEEL_CONTEXT:
        return get_context(r, depth);
    case FEEL_NULL:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        return v;
    }
    return v;
}

static str get_known(struct reader *r)
{
    int64_t which = get_long(r);
    str s = {0};
    if (which >= TEXT_KNOWN && (uint64_t)(which - TEXT_KNOWN) < r->texts.n)
        return r->texts.p[which - TEXT_KNOWN];
    if (which == TEXT_NEW) {
        s = get_text(r);
    } else if (which == TEXT_ID && r->rest.n >= ID_BYTES) {
        s = id_unpack(r->op, str_part(r->rest, 0, ID_BYTES));
        r->rest = str_part(r->rest, ID_BYTES, r->rest.n);
    } else {
        r->bad = true;
    }
    *list_add(r->op, &r->texts) = s;
    return s;
}

static void number_set(struct reader *r, void *row, const struct field *f, int64_t v)
{
    char *at = (char *)row + f->at;
    switch (f->kind) {
    case FIELD_INT:
        r->bad |= v < INT32_MIN || v > INT32_MAX;
        *(int32_t *)at = r->bad ? 0 : (int32_t)v;
        break;
    case FIELD_LONG:
    case FIELD_TIME:
        *(int64_t *)at = v;
        break;
    case FIELD_BYTE:
    case FIELD_BOOL:
        r->bad |= v < 0 || v > (f->kind == FIELD_BOOL ? 1 : 255);
        *(uint8_t *)at = r->bad ? 0 : (uint8_t)v;
        break;
    case FIELD_ENUM:
        r->bad |= v < 0 || v > 255;
        *(unsigned *)at = r->bad ? 0 : (unsigned)v;
        break;
    case FIELD_TEXT:
        *(str *)at = S("");
        break;
    case FIELD_VALUE:
        *(feel_value *)at = feel_null();
        break;
    case FIELD_END:
        break;
    }
}

static void get_row(struct reader *r, void *row, const struct field *fields, size_t number)
{
    uint64_t bits = (uint64_t)get_long(r);
    int bit = 0;
    for (const struct field *f = fields; f->kind != FIELD_END && !r->bad; f++, bit++) {
        char *at = (char *)row + f->at;
        if (!(bits >> bit & 1))
            number_set(r, row, f, usual_of(row, fields, f, number, r->clock));
        else if (f->kind == FIELD_TEXT)
            *(str *)at = get_known(r);
        else if (f->kind == FIELD_VALUE)
            *(feel_value *)at = get_value(r, 0);
        else
            number_set(r, row, f,
                       f->kind == FIELD_TIME ? (int64_t)((uint64_t)get_long(r) + (uint64_t)r->clock) : get_long(r));
    }
    r->bad |= bit < 64 && bits >> bit; /* a field that this version does not have */
}

static bool get_state(struct reader *r, struct bpmn_state *s)
{
    get_row(r, s, head_fields, 0);
    r->clock = s->clock;
    if (s->end >= BPMN_ENDS)
        return false;
    for (size_t t = 0; t < (r->version < VERSION ? TABLES_BEFORE : COUNT(tables)) && !r->bad; t++) {
        struct any_list *list = (struct any_list *)((char *)s + tables[t].at);
        list->n = get_count(r);
        list->cap = list->n + 1;
        list->p = op_alloc(r->op, op_size(list->cap, tables[t].size));
        for (size_t i = 0; i < list->n && !r->bad; i++)
            get_row(r, (char *)list->p + i * tables[t].size, tables[t].fields, i);
    }
    return !r->bad && r->rest.n == 0;
}

/* The model it belongs to. */
static uint32_t get_hash(struct reader *r)
{
    uint32_t hash = 0;
    r->bad |= r->rest.n < HASH_BYTES;
    for (int i = 0; i < HASH_BYTES && !r->bad; i++)
        hash |= (uint32_t)(unsigned char)r->rest.p[i] << (8 * i);
    r->rest = str_part(r->rest, r->bad ? 0 : HASH_BYTES, r->rest.n);
    return hash;
}

bool bpmn_state_read(struct bpmn_run *run, str bytes)
{
    struct op *op = run->op;
    struct bpmn_state before = run->state;
    int version = bytes.n ? bytes.p[0] : 0;
    struct reader r = {.op = op, .rest = str_part(bytes, 1, bytes.n), .version = version};
    if (version < VERSION_READ || version > VERSION || bytes.n > BPMN_STATE_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("流程状态"), "不是本程序能读的流程状态（版本 %d）", version);
    if (run->known.n)
        *list_add(op, &r.texts) = run->known;
    if (get_hash(&r) != (uint32_t)run->model->hash || r.bad)
        return op_fail(op, FAULT_CONFLICT, S("流程状态"), "这份状态属于流程图的另一个版本，请先迁移");
    run->state = (struct bpmn_state){0};
    const char *wrong = get_state(&r, &run->state) ? NULL : "the bytes are cut or wrong";
    if (!wrong)
        wrong = bpmn_check_rows(run->model, &run->state);
    if (!wrong) {
        state_index(run);
        wrong = bpmn_check_state(run->model, &run->state);
    }
    if (!wrong)
        return true;
    run->state = before;
    return op_fail(op, FAULT_INPUT, S("流程状态"), "流程状态已损坏（%s），请从留痕重建", wrong);
}
