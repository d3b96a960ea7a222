/* The inside of the built-in functions: how one is written, and those of lists and contexts, which have a file of their
 * own. */
#pragma once

#include "feel/tree.h"

#define FUNCTION(name)                                                                                              \
    feel_value name([[maybe_unused]] struct feel_run *run, [[maybe_unused]] const feel_value *args,                 \
                    [[maybe_unused]] size_t count)

static inline void copy(feel_value *to, const feel_value *from, size_t count)
{
    if (count) /* an empty list has no address */
        memcpy(to, from, count * sizeof *to);
}

static inline bool whole(feel_value v, int64_t *ret)
{
    return v.kind == FEEL_NUMBER && dec_int(v.number, ret);
}

/* 1 … length from the front, -1 … -length from the back; as an offset from 0. */
static inline bool position(feel_value v, size_t length, size_t *ret)
{
    int64_t at;
    if (!whole(v, &at) || at == 0 || at > (int64_t)length || at < -(int64_t)length)
        return false;
    *ret = at > 0 ? (size_t)at - 1 : length - (size_t)-at;
    return true;
}

/* builtins_list.c */
FUNCTION(feel_f_list_contains);
FUNCTION(feel_f_count);
FUNCTION(feel_f_min);
FUNCTION(feel_f_max);
FUNCTION(feel_f_sum);
FUNCTION(feel_f_product);
FUNCTION(feel_f_mean);
FUNCTION(feel_f_median);
FUNCTION(feel_f_mode);
FUNCTION(feel_f_stddev);
FUNCTION(feel_f_all);
FUNCTION(feel_f_any);
FUNCTION(feel_f_sublist);
FUNCTION(feel_f_append);
FUNCTION(feel_f_concatenate);
FUNCTION(feel_f_insert_before);
FUNCTION(feel_f_remove);
FUNCTION(feel_f_list_replace);
FUNCTION(feel_f_reverse);
FUNCTION(feel_f_index_of);
FUNCTION(feel_f_union);
FUNCTION(feel_f_flatten);
FUNCTION(feel_f_sort);
FUNCTION(feel_f_get_value);
FUNCTION(feel_f_get_entries);
FUNCTION(feel_f_context);
FUNCTION(feel_f_context_put);
FUNCTION(feel_f_context_merge);
