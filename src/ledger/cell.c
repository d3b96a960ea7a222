/* Cells as the table keeps them, and as expressions, JSON and people see them. */
#include "ledger/inner.h"

bool cell_eq(struct arg a, struct arg b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case ARG_NULL:
        return true;
    case ARG_INT:
        return a.i == b.i;
    case ARG_TEXT:
    case ARG_BLOB:
        return str_eq(a.text, b.text);
    case ARG_ID:
        return id_eq(a.id, b.id);
    }
    return false;
}

/* 1250, 2 -> 12.50; trimmed: 12.5 */
static str scaled_text(struct op *op, int64_t units, int scale, bool trim)
{
    uint64_t magnitude = units < 0 ? 0 - (uint64_t)units : (uint64_t)units, power = 1;
    for (int i = 0; i < scale; i++)
        power *= 10;
    if (scale == 0)
        return op_text(op, "%lld", (long long)units);
    str s = op_text(op, "%s%llu.%0*llu", units < 0 ? "-" : "", (unsigned long long)(magnitude / power), scale,
                    (unsigned long long)(magnitude % power));
    while (trim && s.n && s.p[s.n - 1] == '0')
        s.n--;
    if (trim && s.n && s.p[s.n - 1] == '.')
        s.n--;
    return trim ? op_copy(op, s) : s;
}

/* The other way; false: not a number, or more decimals than the field has. */
static bool scaled_read(str s, int scale, int64_t *ret)
{
    dec d;
    return dec_parse(s, &d) && dec_scaled(d, scale, ret);
}

struct json *cell_list(struct op *op, str text)
{
    struct json *list;
    int faults = op->fault_count;
    if (json_parse(op, text, &list))
        return list;
    op_forgive(op, faults);
    return NULL;
}

feel_value cell_value(struct op *op, const struct field *f, struct arg cell)
{
    if (cell.kind == ARG_NULL)
        return feel_null();
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        return feel_of_text(cell.text);
    case COLUMN_INT:
        return feel_of_dec(dec_of_scaled(cell.i, field_scale(f)));
    case COLUMN_DAY:
        return feel_of_day((day)cell.i);
    case COLUMN_TIME:
        return feel_of_time(cell.i);
    case COLUMN_BOOL:
        return feel_of_bool(cell.i != 0);
    case COLUMN_ID:
        return feel_of_text(id_text(op, cell.id));
    case COLUMN_JSON: {
        struct json *j = cell_list(op, cell.text);
        feel_value v;
        int faults = op->fault_count;
        if (j && feel_from_json(op, j, field_feel_types[f->value], &v))
            return v;
        op_forgive(op, faults);
        return feel_null();
    }
    case COLUMN_TYPES:
        break;
    }
    return feel_null();
}

struct arg value_cell(struct op *op, const struct field *f, feel_value v)
{
    int64_t n;
    dec d;
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        return v.kind == FEEL_TEXT && v.text.n ? TEXT(v.text) : NUL;
    case COLUMN_INT:
        return v.kind == FEEL_NUMBER && dec_round(v.number, field_scale(f), DEC_HALF_UP, &d) &&
                       dec_scaled(d, field_scale(f), &n)
                   ? INT(n)
                   : NUL;
    case COLUMN_DAY:
        return (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME) && v.day > INT32_MIN && v.day < INT32_MAX ? INT(v.day)
                                                                                                           : NUL;
    case COLUMN_TIME:
        return v.kind == FEEL_DATE_TIME && feel_to_time(v, &n) ? INT(n) : NUL;
    case COLUMN_BOOL:
        return v.kind == FEEL_BOOL ? INT(v.truth) : NUL;
    case COLUMN_ID: {
        id x;
        return v.kind == FEEL_TEXT && id_parse(v.text, &x) ? ID(x) : NUL;
    }
    case COLUMN_JSON: {
        struct buf b;
        buf_init(&b, op, 0);
        if (v.kind == FEEL_NULL)
            return NUL;
        feel_to_json(op, &(struct json_out){.b = &b}, v);
        return TEXT(buf_str(&b));
    }
    case COLUMN_TYPES:
        break;
    }
    return NUL;
}

struct arg checked_cell(struct op *op, const struct field *f, const struct checked *c)
{
    id x;
    switch (c->kind) {
    case CHECKED_EMPTY:
        return NUL;
    case CHECKED_TEXT:
        switch (field_columns[f->value]) {
        case COLUMN_DAY:
        case COLUMN_TIME:
            return INT(c->number);
        case COLUMN_ID:
            return id_parse(c->text, &x) ? ID(x) : NUL;
        case COLUMN_TEXT:
        case COLUMN_INT:
        case COLUMN_BOOL:
        case COLUMN_JSON:
        case COLUMN_TYPES:
            return TEXT(c->text);
        }
        return NUL;
    case CHECKED_NUMBER:
    case CHECKED_BOOL:
        return INT(c->number);
    case CHECKED_LIST: {
        struct buf b;
        buf_init(&b, op, 0);
        struct json_out w = {.b = &b};
        json_texts(&w, c->list, c->count);
        return TEXT(buf_str(&b));
    }
    case CHECKED_JSON:
        return TEXT(c->text);
    }
    return NUL;
}

bool cell_json(struct op *op, const struct field *f, struct arg cell, struct json *ret)
{
    if (cell.kind == ARG_NULL)
        return false;
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        ret->kind = JSON_STRING;
        ret->text = cell.text;
        return true;
    case COLUMN_INT:
        ret->kind = JSON_NUMBER;
        ret->text = scaled_text(op, cell.i, field_scale(f), f->value == F_RATIO);
        return true;
    case COLUMN_DAY:
        ret->kind = JSON_STRING;
        ret->text = day_text(op, (day)cell.i);
        return true;
    case COLUMN_TIME:
        ret->kind = JSON_STRING;
        ret->text = time_text(op, cell.i);
        return true;
    case COLUMN_BOOL:
        ret->kind = cell.i ? JSON_TRUE : JSON_FALSE;
        return true;
    case COLUMN_ID:
        ret->kind = JSON_STRING;
        ret->text = id_text(op, cell.id);
        return true;
    case COLUMN_JSON: {
        const struct json *j = cell_list(op, cell.text);
        if (!j)
            return false;
        ret->kind = j->kind;
        ret->text = j->text;
        ret->first = j->first;
        ret->count = j->count;
        return true;
    }
    case COLUMN_TYPES:
        break;
    }
    return false;
}

void cell_write(struct op *op, const struct field *f, struct arg cell, struct json_out *w)
{
    if (cell.kind == ARG_NULL) {
        json_null(w);
        return;
    }
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        json_text(w, cell.text);
        return;
    case COLUMN_INT:
        if (field_scale(f) == 0)
            json_int_out(w, cell.i);
        else
            json_number(w, scaled_text(op, cell.i, field_scale(f), f->value == F_RATIO));
        return;
    case COLUMN_DAY:
        json_day(w, (day)cell.i);
        return;
    case COLUMN_TIME:
        json_time(w, cell.i);
        return;
    case COLUMN_BOOL:
        json_bool(w, cell.i != 0);
        return;
    case COLUMN_ID:
        json_id(w, cell.id);
        return;
    case COLUMN_JSON: /* already normal JSON */
        json_number(w, cell.text);
        return;
    case COLUMN_TYPES:
        break;
    }
    json_null(w);
}

bool json_cell(struct op *op, const struct field *f, const struct json *value, struct arg *ret)
{
    int64_t n;
    day d;
    id x;
    if (!value || value->kind == JSON_NULL) {
        *ret = NUL;
        return true;
    }
    switch (field_columns[f->value]) {
    case COLUMN_TEXT:
        *ret = TEXT(value->text);
        return value->kind == JSON_STRING && value->text.n > 0;
    case COLUMN_INT:
        if ((value->kind != JSON_NUMBER && value->kind != JSON_STRING) || !scaled_read(value->text, field_scale(f), &n))
            return false;
        *ret = INT(n);
        return true;
    case COLUMN_DAY:
        if (value->kind != JSON_STRING || !day_parse(value->text, &d))
            return false;
        *ret = INT(d);
        return true;
    case COLUMN_TIME:
        if (value->kind != JSON_STRING || !time_parse(value->text, &n))
            return false;
        *ret = INT(n);
        return true;
    case COLUMN_BOOL:
        *ret = INT(value->kind == JSON_TRUE);
        return value->kind == JSON_TRUE || value->kind == JSON_FALSE;
    case COLUMN_ID:
        if (value->kind != JSON_STRING || !id_parse(value->text, &x))
            return false;
        *ret = ID(x);
        return true;
    case COLUMN_JSON: {
        struct buf b;
        buf_init(&b, op, 0);
        json_value(&(struct json_out){.b = &b}, value);
        *ret = TEXT(buf_str(&b));
        return value->kind == JSON_ARRAY || value->kind == JSON_OBJECT;
    }
    case COLUMN_TYPES:
        break;
    }
    return false;
}

/* A signature by who and when, a place by its two numbers; not by their members. */
static str object_text(struct op *op, const struct json *v)
{
    const struct json *east = json_get(v, S("经度")), *north = json_get(v, S("纬度"));
    time_ms t;
    if (east && north)
        return op_text(op, "%.*s,%.*s", PS(east->text), PS(north->text));
    str who = json_str(v, S("人")), when = time_parse(json_str(v, S("时")), &t) ? time_said(op, t) : S("");
    return op_text(op, "%.*s%s%.*s", PS(who), who.n && when.n ? " " : "", PS(when));
}

str cell_text(struct op *op, const struct field *f, struct arg cell)
{
    struct json j = {0};
    if (!cell_json(op, f, cell, &j))
        return S("（空）");
    switch (j.kind) {
    case JSON_TRUE:
        return S("是");
    case JSON_FALSE:
        return S("否");
    case JSON_NUMBER:
    case JSON_STRING:
        return j.text;
    case JSON_ARRAY: {
        struct buf b;
        buf_init(&b, op, 0);
        for (const struct json *e = j.first; e; e = e->next) {
            if (b.n)
                buf_add(&b, S("、"));
            buf_add(&b, e->kind == JSON_STRING ? e->text : json_str(e, S("名")));
        }
        return buf_str(&b);
    }
    case JSON_OBJECT:
        return object_text(op, &j);
    case JSON_NULL:
        break;
    }
    return cell.text;
}

struct arg cell_masked(struct op *op, const struct field *f, struct arg cell)
{
    if (cell.kind == ARG_NULL)
        return cell;
    if (cell.kind == ARG_TEXT && field_columns[f->value] == COLUMN_TEXT)
        return TEXT(mask_text(op, f, cell.text));
    return NUL;
}
