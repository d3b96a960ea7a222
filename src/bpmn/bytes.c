/* A state as bytes, version 1 (docs/formats.md): a head, then each table as a count and its rows, each row as its
 * fields in the order of the lists below. Whole numbers are zigzag varints, texts a length and bytes, values a kind and
 * what it holds. Reading believes nothing: every number is bounded, and what was read must satisfy every invariant
 * before it is used. */
#include <stddef.h>

#include "bpmn/state.h"

enum { VERSION = 1, VALUE_DEPTH_MAX = 60 };
static const char magic[4] = {'Z', 'W', 'B', 'S'};

enum field_kind { FIELD_END, FIELD_INT, FIELD_LONG, FIELD_BYTE, FIELD_BOOL, FIELD_ENUM, FIELD_TEXT, FIELD_VALUE };
struct field {
    enum field_kind kind;
    size_t at;
};

#define INT(type, member) {FIELD_INT, offsetof(struct type, member)}
#define LONG(type, member) {FIELD_LONG, offsetof(struct type, member)}
#define ONE(type, member) {FIELD_BOOL, offsetof(struct type, member)}
#define TEXT(type, member) {FIELD_TEXT, offsetof(struct type, member)}
#define PICK(type, member) {FIELD_ENUM, offsetof(struct type, member)}
#define LAST {FIELD_END, 0}

static const struct field fire_fields[] = {{FIELD_BYTE, offsetof(struct bpmn_fire, kind)},
                                           INT(bpmn_fire, node),
                                           INT(bpmn_fire, scope),
                                           INT(bpmn_fire, outer),
                                           INT(bpmn_fire, tok),
                                           INT(bpmn_fire, read),
                                           INT(bpmn_fire, cause),
                                           INT(bpmn_fire, undone),
                                           INT(bpmn_fire, act),
                                           INT(bpmn_fire, data),
                                           INT(bpmn_fire, order),
                                           LAST};
static const struct field tok_fields[] = {INT(bpmn_tok, place),
                                          INT(bpmn_tok, scope),
                                          INT(bpmn_tok, made),
                                          INT(bpmn_tok, used),
                                          INT(bpmn_tok, index),
                                          ONE(bpmn_tok, stuck),
                                          LAST};
static const struct field wait_fields[] = {
    INT(bpmn_wait, tok),  INT(bpmn_wait, event), INT(bpmn_wait, made),   INT(bpmn_wait, used),
    INT(bpmn_wait, left), LONG(bpmn_wait, due),  LONG(bpmn_wait, every), LAST};
static const struct field var_fields[] = {INT(bpmn_var, scope), INT(bpmn_var, made), TEXT(bpmn_var, name),
                                          {FIELD_VALUE, offsetof(struct bpmn_var, value)}, LAST};
static const struct field undo_fields[] = {INT(bpmn_undo, undo), INT(bpmn_undo, tok), INT(bpmn_undo, before),
                                           INT(bpmn_undo, after), LAST};
static const struct field work_fields[] = {
    INT(bpmn_work, tok),        INT(bpmn_work, node),       INT(bpmn_work, opened),        INT(bpmn_work, closed),
    INT(bpmn_work, back_to),    INT(bpmn_work, step),       PICK(bpmn_work, state),        LONG(bpmn_work, due),
    LONG(bpmn_work, opened_at), ONE(bpmn_work, returned_into), LAST};
static const struct field step_fields[] = {INT(bpmn_step, work),   INT(bpmn_step, place),   PICK(bpmn_step, rule),
                                           INT(bpmn_step, num),    INT(bpmn_step, den),     ONE(bpmn_step, collect),
                                           ONE(bpmn_step, cast),   ONE(bpmn_step, advice),  ONE(bpmn_step, decided),
                                           ONE(bpmn_step, passed), INT(bpmn_step, by_seat), LAST};
static const struct field seat_fields[] = {INT(bpmn_seat, work),    INT(bpmn_seat, step),     TEXT(bpmn_seat, who),
                                           PICK(bpmn_seat, state),  INT(bpmn_seat, from),     INT(bpmn_seat, hops),
                                           ONE(bpmn_seat, ask),     INT(bpmn_seat, act),      INT(bpmn_seat, rev),
                                           LONG(bpmn_seat, nudged), INT(bpmn_seat, nudges),
                                           INT(bpmn_seat, born),    ONE(bpmn_seat, moot),     LAST};
static const struct field copy_fields[] = {TEXT(bpmn_copy, who),     TEXT(bpmn_copy, from),
                                           INT(bpmn_copy, work),     INT(bpmn_copy, act),
                                           INT(bpmn_copy, order),    LONG(bpmn_copy, sent),
                                           LONG(bpmn_copy, read_at), TEXT(bpmn_copy, note),
                                           ONE(bpmn_copy, recalled), LAST};
static const struct field act_fields[] = {TEXT(bpmn_act_row, cmd),
                                          TEXT(bpmn_act_row, actor),
                                          TEXT(bpmn_act_row, for_whom),
                                          TEXT(bpmn_act_row, opinion),
                                          INT(bpmn_act_row, op),
                                          INT(bpmn_act_row, work),
                                          INT(bpmn_act_row, seat),
                                          INT(bpmn_act_row, other),
                                          LONG(bpmn_act_row, at),
                                          ONE(bpmn_act_row, struck),
                                          LAST};
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
    TABLE(acts, bpmn_act_row, act_fields),
};

/* ---- writing ----------------------------------------------------------------------------------------------- */

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

static void put_fields(struct buf *b, const void *row, const struct field *fields)
{
    for (const struct field *f = fields; f->kind != FIELD_END; f++) {
        const char *at = (const char *)row + f->at;
        switch (f->kind) {
        case FIELD_INT:
            put_long(b, *(const int32_t *)at);
            break;
        case FIELD_LONG:
            put_long(b, *(const int64_t *)at);
            break;
        case FIELD_BYTE:
            put_long(b, *(const uint8_t *)at);
            break;
        case FIELD_BOOL:
            put_long(b, *(const bool *)at);
            break;
        case FIELD_ENUM:
            put_long(b, *(const unsigned *)at);
            break;
        case FIELD_TEXT:
            put_text(b, *(const str *)at);
            break;
        case FIELD_VALUE:
            put_value(b, *(const feel_value *)at);
            break;
        case FIELD_END:
            break;
        }
    }
}

str bpmn_state_write(struct op *op, const struct bpmn_run *run)
{
    struct buf b;
    buf_init(&b, op, BPMN_STATE_BYTES_MAX);
    buf_add(&b, (str){magic, sizeof magic});
    put_long(&b, VERSION);
    put_long(&b, (int64_t)run->model->hash);
    put_fields(&b, &run->state, head_fields);
    for (size_t t = 0; t < COUNT(tables); t++) {
        const struct any_list *list = (const struct any_list *)((const char *)&run->state + tables[t].at);
        put_long(&b, (int64_t)list->n);
        for (size_t i = 0; i < list->n; i++)
            put_fields(&b, (const char *)list->p + i * tables[t].size, tables[t].fields);
    }
    return op_copy(op, buf_str(&b));
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct reader {
    struct op *op;
    str rest;
    bool bad;
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

static int32_t get_int(struct reader *r)
{
    int64_t v = get_long(r);
    r->bad |= v < INT32_MIN || v > INT32_MAX;
    return r->bad ? 0 : (int32_t)v;
}

static void get_fields(struct reader *r, void *row, const struct field *fields)
{
    for (const struct field *f = fields; f->kind != FIELD_END && !r->bad; f++) {
        char *at = (char *)row + f->at;
        int64_t small;
        switch (f->kind) {
        case FIELD_INT:
            *(int32_t *)at = get_int(r);
            break;
        case FIELD_LONG:
            *(int64_t *)at = get_long(r);
            break;
        case FIELD_BYTE:
        case FIELD_BOOL:
            small = get_long(r);
            r->bad |= small < 0 || small > (f->kind == FIELD_BOOL ? 1 : 255);
            *(uint8_t *)at = r->bad ? 0 : (uint8_t)small;
            break;
        case FIELD_ENUM:
            small = get_long(r);
            r->bad |= small < 0 || small > 255;
            *(unsigned *)at = r->bad ? 0 : (unsigned)small;
            break;
        case FIELD_TEXT:
            *(str *)at = get_text(r);
            break;
        case FIELD_VALUE:
            *(feel_value *)at = get_value(r, 0);
            break;
        case FIELD_END:
            break;
        }
    }
}

static bool get_state(struct reader *r, struct bpmn_state *s)
{
    get_fields(r, s, head_fields);
    if (s->end >= BPMN_ENDS)
        return false;
    for (size_t t = 0; t < COUNT(tables) && !r->bad; t++) {
        struct any_list *list = (struct any_list *)((char *)s + tables[t].at);
        list->n = get_count(r);
        list->cap = list->n + 1;
        list->p = op_alloc(r->op, op_size(list->cap, tables[t].size));
        for (size_t i = 0; i < list->n && !r->bad; i++)
            get_fields(r, (char *)list->p + i * tables[t].size, tables[t].fields);
    }
    return !r->bad && r->rest.n == 0;
}

bool bpmn_state_read(struct bpmn_run *run, str bytes)
{
    struct op *op = run->op;
    struct bpmn_state before = run->state;
    bool ours = str_starts(bytes, (str){magic, sizeof magic});
    struct reader r = {.op = op, .rest = ours ? str_part(bytes, sizeof magic, bytes.n) : (str){0}};
    int64_t version = ours ? get_long(&r) : 0;
    if (!ours || r.bad || version != VERSION || bytes.n > BPMN_STATE_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("流程状态"), "不是本程序能读的流程状态（版本 %lld）", (long long)version);
    if ((uint64_t)get_long(&r) != run->model->hash)
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
