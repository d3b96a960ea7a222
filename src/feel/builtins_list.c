/* Built-in functions of lists and contexts (DMN 1.5, 10.3.4.4, 10.3.4.7). */
#include <stdlib.h>

#include "feel/builtins.h"

/* ---- lists ------------------------------------------------------------------------------------------------- */

/* f([1, 2]) and f(1, 2) are the same. */
static feel_value spread(const feel_value *args, size_t count)
{
    return count == 1 && args[0].kind == FEEL_LIST ? args[0] : feel_of_list(args, count);
}

/* The same for numbers: B-FEEL passes over what is none. */
static feel_value spread_numbers(struct feel_run *run, const feel_value *args, size_t count)
{
    feel_value list = spread(args, count);
    return feel_neutral(run) ? feel_neutral_numbers(run, list) : list;
}

static bool contains(struct feel_run *run, feel_value list, feel_value item)
{
    run->steps += list.size;
    for (size_t i = 0; i < list.count; i++)
        if (feel_same(list.items[i], item))
            return true;
    return false;
}

FUNCTION(feel_f_list_contains)
{
    return feel_of_bool(contains(run, args[0], args[1]));
}

FUNCTION(feel_f_count)
{
    return feel_of_int((int64_t)args[0].count);
}

static feel_value extreme(struct feel_run *run, feel_value list, int sign)
{
    if (list.count == 0)
        return NOTE_NULL(run, "空列表没有最大最小");
    feel_value best = list.items[0];
    for (size_t i = 0; i < list.count; i++) {
        int order;
        if (!feel_order(list.items[i], best, &order))
            return NOTE_NULL(run, "列表里的值不能比较大小");
        if (order * sign > 0)
            best = list.items[i];
    }
    return best;
}

FUNCTION(feel_f_min)
{
    return extreme(run, spread(args, count), -1);
}

FUNCTION(feel_f_max)
{
    return extreme(run, spread(args, count), 1);
}

static bool fold(struct feel_run *run, feel_value list, bool (*step)(dec, dec, dec *), dec start, dec *ret)
{
    if (list.count == 0) {
        feel_note_add(run, "空列表无法计算");
        return false;
    }
    *ret = start;
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind != FEEL_NUMBER || !step(*ret, list.items[i].number, ret)) {
            feel_note_add(run, "列表里应都是数");
            return false;
        }
    return true;
}

FUNCTION(feel_f_sum)
{
    dec d;
    return fold(run, spread_numbers(run, args, count), dec_add, dec_of(0), &d) ? feel_of_dec(d) : feel_null();
}

FUNCTION(feel_f_product)
{
    dec d;
    return fold(run, spread_numbers(run, args, count), dec_mul, dec_of(1), &d) ? feel_of_dec(d) : feel_null();
}

FUNCTION(feel_f_mean)
{
    dec d;
    feel_value list = spread_numbers(run, args, count);
    return fold(run, list, dec_add, dec_of(0), &d) && dec_div(d, dec_of((int64_t)list.count), &d) ? feel_of_dec(d)
                                                                                                  : feel_null();
}

static int number_order(const void *a, const void *b)
{
    return dec_cmp(((const feel_value *)a)->number, ((const feel_value *)b)->number);
}

/* A sorted copy; false: not all are numbers. */
static bool sorted_numbers(struct feel_run *run, feel_value list, feel_value **ret)
{
    feel_value *sorted = op_array(run->op, feel_value, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].kind != FEEL_NUMBER) {
            feel_note_add(run, "列表里应都是数");
            return false;
        }
        sorted[i] = list.items[i];
    }
    if (list.count)
        qsort(sorted, list.count, sizeof *sorted, number_order);
    *ret = sorted;
    return true;
}

FUNCTION(feel_f_median)
{
    feel_value list = spread_numbers(run, args, count), *sorted;
    dec d;
    if (list.count == 0 || !sorted_numbers(run, list, &sorted))
        return NOTE_NULL(run, "没有数，无法取中位数");
    size_t half = list.count / 2;
    if (list.count % 2)
        return sorted[half];
    return dec_add(sorted[half - 1].number, sorted[half].number, &d) && dec_div(d, dec_of(2), &d) ? feel_of_dec(d)
                                                                                                  : feel_null();
}

FUNCTION(feel_f_mode)
{
    feel_value list = spread_numbers(run, args, count), *sorted;
    if (!sorted_numbers(run, list, &sorted))
        return feel_null();
    struct items best = {0};
    size_t most = 0;
    for (size_t i = 0, j; i < list.count; i = j) {
        for (j = i; j < list.count && dec_eq(sorted[i].number, sorted[j].number); j++)
            continue;
        if (j - i > most)
            best.n = 0, most = j - i;
        if (j - i == most)
            *list_add(run->op, &best) = sorted[i];
    }
    return feel_of_list(best.p, best.n);
}

FUNCTION(feel_f_stddev)
{
    feel_value list = spread_numbers(run, args, count);
    dec mean, sum = dec_of(0), d;
    if (list.count < 2)
        return NOTE_NULL(run, "至少要两个数才有标准差");
    if (!fold(run, list, dec_add, dec_of(0), &mean) || !dec_div(mean, dec_of((int64_t)list.count), &mean))
        return feel_null();
    for (size_t i = 0; i < list.count; i++)
        if (!dec_sub(list.items[i].number, mean, &d) || !dec_mul(d, d, &d) || !dec_add(sum, d, &sum))
            return NOTE_NULL(run, "数太大");
    return dec_div(sum, dec_of((int64_t)list.count - 1), &d) && dec_sqrt(d, &d) ? feel_of_dec(d) : feel_null();
}

static feel_value junction(struct feel_run *run, feel_value list, bool decisive)
{
    bool unknown = false;
    for (size_t i = 0; i < list.count; i++) {
        feel_value v = list.items[i];
        if (v.kind == FEEL_BOOL && v.truth == decisive)
            return v;
        unknown |= v.kind != FEEL_BOOL;
    }
    return unknown ? NOTE_NULL(run, "列表里有不是是否的值") : feel_of_bool(!decisive);
}

FUNCTION(feel_f_all)
{
    return junction(run, spread(args, count), false);
}

FUNCTION(feel_f_any)
{
    return junction(run, spread(args, count), true);
}

FUNCTION(feel_f_sublist)
{
    size_t from;
    int64_t take = INT64_MAX;
    if (!position(args[1], args[0].count, &from))
        return NOTE_NULL(run, "起始位置超出了列表");
    if (count == 3 && (!whole(args[2], &take) || take < 1 || take > (int64_t)(args[0].count - from)))
        return NOTE_NULL(run, "长度超出了列表");
    return feel_of_list(args[0].items + from, count == 3 ? (size_t)take : args[0].count - from);
}

FUNCTION(feel_f_append)
{
    feel_value *items = op_array(run->op, feel_value, args[0].count + count);
    copy(items, args[0].items, args[0].count);
    copy(items + args[0].count, args + 1, (count - 1));
    return feel_of_list(items, args[0].count + count - 1);
}

FUNCTION(feel_f_concatenate)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += args[i].count;
    if (total > FEEL_LIST_MAX)
        return feel_stop(run), NOTE_NULL(run, "列表超过%d项，已停止；请缩小范围", FEEL_LIST_MAX);
    feel_value *items = op_array(run->op, feel_value, total + 1);
    total = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < args[i].count; j++)
            items[total++] = args[i].items[j];
    return feel_of_list(items, total);
}

FUNCTION(feel_f_insert_before)
{
    size_t at;
    feel_value *items = op_array(run->op, feel_value, args[0].count + 1);
    if (!position(args[1], args[0].count, &at))
        return NOTE_NULL(run, "位置超出了列表");
    copy(items, args[0].items, at);
    items[at] = args[2];
    copy(items + at + 1, args[0].items + at, (args[0].count - at));
    return feel_of_list(items, args[0].count + 1);
}

FUNCTION(feel_f_remove)
{
    size_t at;
    feel_value *items = op_array(run->op, feel_value, args[0].count + 1);
    if (!position(args[1], args[0].count, &at))
        return NOTE_NULL(run, "位置超出了列表");
    copy(items, args[0].items, at);
    copy(items + at, args[0].items + at + 1, (args[0].count - at - 1));
    return feel_of_list(items, args[0].count - 1);
}

FUNCTION(feel_f_list_replace)
{
    size_t at;
    dec whole_part;
    feel_value *items = op_array(run->op, feel_value, args[0].count + 1);
    copy(items, args[0].items, args[0].count);
    if (args[1].kind == FEEL_FUNCTION) {
        for (size_t i = 0; i < args[0].count; i++) {
            feel_value pair[2] = {items[i], args[2]}, hit = feel_call(run, args[1], pair, 2);
            if (hit.kind != FEEL_BOOL)
                return NOTE_NULL(run, "判断函数应给出是否");
            if (hit.truth)
                items[i] = args[2];
        }
    } else if (args[1].kind == FEEL_NUMBER && dec_round(args[1].number, 0, DEC_DOWN, &whole_part) &&
               position(feel_of_dec(whole_part), args[0].count, &at)) {
        items[at] = args[2];
    } else {
        return NOTE_NULL(run, "位置超出了列表");
    }
    return feel_of_list(items, args[0].count);
}

FUNCTION(feel_f_reverse)
{
    feel_value *items = op_array(run->op, feel_value, args[0].count + 1);
    for (size_t i = 0; i < args[0].count; i++)
        items[i] = args[0].items[args[0].count - 1 - i];
    return feel_of_list(items, args[0].count);
}

FUNCTION(feel_f_index_of)
{
    struct items found = {0};
    for (size_t i = 0; i < args[0].count; i++)
        if (feel_same(args[0].items[i], args[1]))
            *list_add(run->op, &found) = feel_of_int((int64_t)i + 1);
    return feel_of_list(found.p, found.n);
}

FUNCTION(feel_f_union)
{
    struct items out = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < args[i].count; j++) {
            feel_value so_far = {
                .kind = FEEL_LIST, .size = (uint32_t)(out.n & 0xffffff), .items = out.p, .count = out.n};
            if (run->steps > FEEL_STEPS_MAX) /* n × n comparisons */
                return feel_stop(run), NOTE_NULL(run, "列表太长，去重太久");
            if (!contains(run, so_far, args[i].items[j]))
                *list_add(run->op, &out) = args[i].items[j];
        }
    return feel_of_list(out.p, out.n);
}

static void flatten(struct op *op, feel_value list, struct items *out)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind == FEEL_LIST)
            flatten(op, list.items[i], out);
        else
            *list_add(op, out) = list.items[i];
}

FUNCTION(feel_f_flatten)
{
    struct items out = {0};
    flatten(run->op, args[0], &out);
    return feel_of_list(out.p, out.n);
}

/* Merge sort: stable, and safe whatever the ordering function answers. */
static bool merge_sort(struct feel_run *run, feel_value *p, feel_value *spare, size_t n, feel_value precedes)
{
    if (n < 2)
        return true;
    size_t half = n / 2, i = 0, j = half, k = 0;
    if (!merge_sort(run, p, spare, half, precedes) || !merge_sort(run, p + half, spare, n - half, precedes))
        return false;
    while (i < half && j < n) {
        bool right_first;
        int order;
        if (precedes.kind == FEEL_FUNCTION) {
            feel_value pair[2] = {p[j], p[i]}, answer = feel_call(run, precedes, pair, 2);
            if (answer.kind != FEEL_BOOL)
                return false;
            right_first = answer.truth;
        } else {
            if (!feel_order(p[j], p[i], &order))
                return false;
            right_first = order < 0;
        }
        spare[k++] = right_first ? p[j++] : p[i++];
    }
    while (i < half)
        spare[k++] = p[i++];
    while (j < n)
        spare[k++] = p[j++];
    copy(p, spare, n);
    return true;
}

FUNCTION(feel_f_sort)
{
    size_t n = args[0].count;
    feel_value *items = op_array(run->op, feel_value, n + 1), *spare = op_array(run->op, feel_value, n + 1);
    copy(items, args[0].items, n);
    if (!merge_sort(run, items, spare, n, count == 2 ? args[1] : feel_null()))
        return NOTE_NULL(run, "有的项排不出先后");
    return feel_of_list(items, n);
}

/* ---- contexts ---------------------------------------------------------------------------------------------- */

static bool has_entry(feel_value c, str name)
{
    for (size_t i = 0; i < c.context->count; i++)
        if (str_eq(c.context->entries[i].name, name))
            return true;
    return false;
}

FUNCTION(feel_f_get_value)
{
    feel_value v = args[0];
    if (args[1].kind == FEEL_TEXT)
        return has_entry(v, args[1].text) ? feel_get(v, args[1].text) : NOTE_NULL(run, "没有「%.*s」这一项", PS(args[1].text));
    if (args[1].kind != FEEL_LIST || args[1].count == 0)
        return NOTE_NULL(run, "名称应是文字");
    for (size_t i = 0; i < args[1].count; i++) {
        if (args[1].items[i].kind != FEEL_TEXT)
            return NOTE_NULL(run, "名称应是文字");
        if (v.kind != FEEL_CONTEXT || !has_entry(v, args[1].items[i].text))
            return NOTE_NULL(run, "没有「%.*s」这一项", PS(args[1].items[i].text));
        v = feel_get(v, args[1].items[i].text);
    }
    return v;
}

FUNCTION(feel_f_get_entries)
{
    const struct feel_context *c = args[0].context;
    feel_value *items = op_array(run->op, feel_value, c->count + 1);
    for (size_t i = 0; i < c->count; i++) {
        struct feel_entry *pair = op_array(run->op, struct feel_entry, 2);
        pair[0] = (struct feel_entry){S("key"), feel_of_text(c->entries[i].name)};
        pair[1] = (struct feel_entry){S("value"), c->entries[i].value};
        items[i] = feel_of_context(run->op, pair, 2);
    }
    return feel_of_list(items, c->count);
}

struct entries {
    struct feel_entry *p;
    size_t n, cap;
};

/* False: the name was there; its value is the new one. */
static bool put_entry(struct op *op, struct entries *entries, str name, feel_value value)
{
    for (size_t i = 0; i < entries->n; i++)
        if (str_eq(entries->p[i].name, name)) {
            entries->p[i].value = value;
            return false;
        }
    *list_add(op, entries) = (struct feel_entry){name, value};
    return true;
}

FUNCTION(feel_f_context)
{
    struct entries out = {0};
    for (size_t i = 0; i < args[0].count; i++) {
        feel_value item = args[0].items[i];
        if (item.kind == FEEL_LIST && item.count == 1)
            item = item.items[0];
        feel_value key = feel_get(item, S("key"));
        if (key.kind != FEEL_TEXT || !has_entry(item, S("value")))
            return NOTE_NULL(run, "每一项应有 key（文字）和 value");
        if (!put_entry(run->op, &out, key.text, feel_get(item, S("value"))))
            return NOTE_NULL(run, "「%.*s」重复了", PS(key.text));
    }
    return feel_of_context(run->op, out.p, out.n);
}

static feel_value put_path(struct feel_run *run, feel_value c, const feel_value *keys, size_t count, feel_value value)
{
    struct entries out = {0};
    if (c.kind != FEEL_CONTEXT || count == 0 || keys[0].kind != FEEL_TEXT)
        return NOTE_NULL(run, "要上下文和文字的名称");
    for (size_t i = 0; i < c.context->count; i++)
        put_entry(run->op, &out, c.context->entries[i].name, c.context->entries[i].value);
    if (count > 1) {
        value = put_path(run, feel_get(c, keys[0].text), keys + 1, count - 1, value);
        if (value.kind == FEEL_NULL)
            return value;
    }
    put_entry(run->op, &out, keys[0].text, value);
    return feel_of_context(run->op, out.p, out.n);
}

FUNCTION(feel_f_context_put)
{
    if (args[1].kind == FEEL_LIST)
        return put_path(run, args[0], args[1].items, args[1].count, args[2]);
    return put_path(run, args[0], &args[1], 1, args[2]);
}

FUNCTION(feel_f_context_merge)
{
    struct entries out = {0};
    for (size_t i = 0; i < args[0].count; i++) {
        feel_value c = args[0].items[i];
        if (c.kind != FEEL_CONTEXT)
            return NOTE_NULL(run, "列表里应都是上下文");
        for (size_t j = 0; j < c.context->count; j++)
            put_entry(run->op, &out, c.context->entries[j].name, c.context->entries[j].value);
    }
    return feel_of_context(run->op, out.p, out.n);
}
