/* print: how a print of the packs says where its values come from; inside the room flow only. */
#pragma once

#include "flow/inner.h"

/* A value has one source, or several: the first that says something is printed. */
static inline const struct json *print_source_first(const struct json *value)
{
    return value->kind == JSON_ARRAY ? value->first : value;
}

static inline const struct json *print_source_next(const struct json *value, const struct json *source)
{
    return value->kind == JSON_ARRAY ? source->next : NULL;
}

#define SOURCES(s, value) const struct json *s = print_source_first(value); s; s = print_source_next(value, s)

static inline bool print_is_quoted(str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
}

static inline bool print_is_written(str source)
{
    return str_starts(source, S("="));
}

/* 意见:批示 is its head (意见:) and the step it means; false: no such word. */
bool print_step(str source, str *ret_head, str *ret_step);
/* 大写:金额 and the field. */
bool print_capital(str source, str *ret_field);

/* Where rows come from (取): 本台账, 本记录, 救助对象.批次 (the records that refer to this one by that field), 本记录.应到 (those
 * that this one names; *ret_by is then its own field). NULL: none of these. */
const struct ledger *print_rows(const struct town *town, const struct ledger *own, str taken, const struct field **ret_by);
