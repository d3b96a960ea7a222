/* The built-in functions of DMN 1.5, 10.3.4, and the table that lists them. Kinds and numbers of arguments are checked
 * by the table before a function is called. */
#include <stdlib.h>
#include <utf8proc.h>

#include "feel/builtins.h"

enum { SLOW_REGEX = 1000000 }; /* steps a refused match counts: twenty of them end the evaluation */

/* ---- conversion -------------------------------------------------------------------------------------------- */

static FUNCTION(f_date)
{
    int64_t year, month, mday;
    feel_value v;
    if (count == 3) {
        if (!whole(args[0], &year) || !whole(args[1], &month) || !whole(args[2], &mday) ||
            !feel_make_date(year, month, mday, &v))
            return NOTE_NULL(run, "年、月、日组不成日期");
        return v;
    }
    if (count != 1)
        return NOTE_NULL(run, "date 要一个或三个参数");
    if (args[0].kind == FEEL_DATE || args[0].kind == FEEL_DATE_TIME)
        return (feel_value){.kind = FEEL_DATE, .day = args[0].day};
    if (args[0].kind == FEEL_TEXT && feel_date_parse(args[0].text, &v))
        return v;
    return NOTE_NULL(run, "不是日期，应如 2021-12-03");
}

static FUNCTION(f_date_and_time)
{
    feel_value v;
    if (count == 2) {
        if ((args[0].kind != FEEL_DATE && args[0].kind != FEEL_DATE_TIME) || args[1].kind != FEEL_TIME)
            return NOTE_NULL(run, "date and time 要一个日期和一个时刻");
        return (feel_value){.kind = FEEL_DATE_TIME, .day = args[0].day, .ns = args[1].ns, .zone = args[1].zone};
    }
    if (args[0].kind == FEEL_DATE_TIME)
        return args[0];
    if (args[0].kind == FEEL_DATE)
        return (feel_value){.kind = FEEL_DATE_TIME, .day = args[0].day, .zone = feel_zone_offset(run->op, 0)};
    if (args[0].kind == FEEL_TEXT && feel_date_time_parse(run->op, args[0].text, &v))
        return v;
    return NOTE_NULL(run, "不是日期时间，应如 2021-12-03T08:30:00");
}

static FUNCTION(f_time)
{
    int64_t hour, minute;
    feel_value v = {.kind = FEEL_TIME};
    if (count >= 3) {
        dec ns;
        int64_t nanos;
        if (!whole(args[0], &hour) || !whole(args[1], &minute) || args[2].kind != FEEL_NUMBER || hour < 0 ||
            hour > 23 || minute < 0 || minute > 59 || dec_sign(args[2].number) < 0 ||
            dec_cmp(args[2].number, dec_of(60)) >= 0 || !dec_round(args[2].number, 9, DEC_DOWN, &ns) ||
            !dec_scaled(ns, 9, &nanos))
            return NOTE_NULL(run, "时、分、秒组不成时刻");
        v.ns = (hour * 3600 + minute * 60) * SECOND_NS + nanos;
        if (count == 4 && args[3].kind != FEEL_NULL) {
            if (args[3].kind != FEEL_SPAN || args[3].nanos || args[3].seconds > 18 * 3600 ||
                args[3].seconds < -18 * 3600)
                return NOTE_NULL(run, "时区偏移应是不超过18小时的时长");
            v.zone = feel_zone_offset(run->op, (int)args[3].seconds);
        }
        return v;
    }
    if (count != 1)
        return NOTE_NULL(run, "time 要一个、三个或四个参数");
    if (args[0].kind == FEEL_TIME)
        return args[0];
    if (args[0].kind == FEEL_DATE_TIME)
        return (feel_value){.kind = FEEL_TIME, .ns = args[0].ns, .zone = args[0].zone};
    if (args[0].kind == FEEL_DATE)
        return (feel_value){.kind = FEEL_TIME, .zone = feel_zone_offset(run->op, 0)};
    if (args[0].kind == FEEL_TEXT && feel_time_parse(run->op, args[0].text, &v))
        return v;
    return NOTE_NULL(run, "不是时刻，应如 08:30:00");
}

static FUNCTION(f_number)
{
    str grouping = {0}, point = {0};
    if (args[0].kind == FEEL_NUMBER && count == 1)
        return args[0];
    if (args[0].kind != FEEL_TEXT)
        return NOTE_NULL(run, "number 要一段文字");
    for (size_t i = 1; i < count; i++) {
        if (args[i].kind != FEEL_TEXT && args[i].kind != FEEL_NULL)
            return NOTE_NULL(run, "分隔符应是文字");
        if (args[i].kind == FEEL_TEXT)
            *(i == 1 ? &grouping : &point) = args[i].text;
    }
    bool grouping_ok = !grouping.p || str_eq(grouping, S(" ")) || str_eq(grouping, S(",")) || str_eq(grouping, S("."));
    bool point_ok = !point.p || str_eq(point, S(",")) || str_eq(point, S("."));
    if (!grouping_ok || !point_ok || (grouping.p && point.p && str_eq(grouping, point)))
        return NOTE_NULL(run, "千分位只能是空格、逗号或句点，小数点只能是句点或逗号，两者不能相同");
    if (str_starts(args[0].text, S("+"))) /* grammar rule 37 has only the other sign */
        return NOTE_NULL(run, "「%.*s」不是数", PS(args[0].text));
    dec d;
    if (!grouping.p && !point.p && dec_parse(args[0].text, &d))
        return feel_of_dec(d);
    struct buf plain;
    buf_init(&plain, run->op, 0);
    for (size_t i = 0; i < args[0].text.n; i++) {
        char c = args[0].text.p[i];
        if (grouping.n && c == grouping.p[0])
            continue;
        buf_byte(&plain, point.n && c == point.p[0] ? '.' : point.n && c == '.' ? '!' : c);
    }
    return dec_parse(buf_str(&plain), &d) ? feel_of_dec(d) : NOTE_NULL(run, "「%.*s」不是数", PS(args[0].text));
}

static FUNCTION(f_string)
{
    if (args[0].kind == FEEL_NULL)
        return NOTE_NULL(run, "空值没有文字");
    str s = feel_text_of(run->op, args[0]);
    return s.n < FEEL_STRING_MAX ? feel_of_text(s) : NOTE_NULL(run, "文字太长");
}

static FUNCTION(f_duration)
{
    feel_value v;
    if (args[0].kind == FEEL_SPAN || args[0].kind == FEEL_MONTHS)
        return args[0];
    return args[0].kind == FEEL_TEXT && feel_duration_parse(args[0].text, &v)
               ? v
               : NOTE_NULL(run, "不是时长，应如 P1Y6M、P3DT4H");
}

static FUNCTION(f_months_between)
{
    int64_t months;
    if (!feel_months_between(args[0], args[1], &months))
        return NOTE_NULL(run, "要两个日期或两个日期时间");
    return (feel_value){.kind = FEEL_MONTHS, .months = months};
}

static FUNCTION(f_range)
{
    static const struct feel_scope none = {0};
    str s = str_trim(args[0].text);
    struct feel *tree;
    int faults = run->op->fault_count;
    size_t dots;
    /* [2..) and (..2) are (>= 2) and (< 2): what is left out is written null, then opened */
    if (!str_find(s, S(".."), &dots) || s.n < 5)
        return NOTE_NULL(run, "不是区间，应如 [1..10]");
    bool no_low = str_trim(str_part(s, 1, dots)).n == 0, no_high = str_trim(str_part(s, dots + 2, s.n - 1)).n == 0;
    str full = op_text(run->op, "%.*s%s..%s%.*s", PS(str_part(s, 0, dots)), no_low ? "null" : "", no_high ? "null" : "",
                       PS(str_part(s, dots + 2, s.n)));
    if ((no_low && no_high) || !feel_parse(run->op, full, &none, &tree)) {
        op_forgive(run->op, faults);
        return NOTE_NULL(run, "不是区间，应如 [1..10]");
    }
    const struct feel_node *n = tree->root;
    bool literal = n->kind == NODE_RANGE && !n->flag;
    for (int i = 0; i < 2 && literal; i++) {
        const struct feel_node *k = n->kids[i];
        bool dates = k->kind == NODE_CALL && k->kids[0]->kind == NODE_BUILTIN && k->count == 2 &&
                     k->kids[1]->kind == NODE_CONST &&
                     (k->kids[0]->builtin->call == f_date || k->kids[0]->builtin->call == f_time ||
                      k->kids[0]->builtin->call == f_date_and_time || k->kids[0]->builtin->call == f_duration);
        literal = k->kind == NODE_CONST || dates;
    }
    if (!literal || (no_low && n->low_closed) || (no_high && n->high_closed))
        return NOTE_NULL(run, "区间的两端应是数、文字、日期、时间或时长");
    feel_value v = feel_eval(run, tree);
    if (v.kind != FEEL_RANGE || (!no_low && v.range->low.kind == FEEL_NULL) ||
        (!no_high && v.range->high.kind == FEEL_NULL))
        return NOTE_NULL(run, "不是区间，应如 [1..10]");
    int order;
    if (!no_low && !no_high &&
        (v.range->low.kind != v.range->high.kind || !feel_order(v.range->low, v.range->high, &order) || order > 0))
        return NOTE_NULL(run, "区间的两端类型不同，或起点大于终点");
    if (no_low || no_high) {
        struct feel_range *r = op_new(run->op, struct feel_range);
        *r = *v.range;
        r->has_low = !no_low;
        r->has_high = !no_high;
        r->unary = true;
        v.range = r;
    }
    return v;
}

/* ---- truth ------------------------------------------------------------------------------------------------- */

static FUNCTION(f_not)
{
    return args[0].kind == FEEL_BOOL   ? feel_not(args[0])
           : args[0].kind == FEEL_NULL ? NOTE_NULL(run, "空值没有相反的是否")
                                       : NOTE_NULL(run, "not 要是否");
}

/* ---- text -------------------------------------------------------------------------------------------------- */

static FUNCTION(f_substring)
{
    str s = args[0].text;
    size_t length = utf8_count(s), from;
    dec wanted;
    int64_t take = INT64_MAX;
    if (!position(args[1], length, &from))
        return NOTE_NULL(run, "起始位置应在1到%zu之间（倒数为负）", length);
    if (count == 3) {
        if (!dec_round(args[2].number, 0, DEC_DOWN, &wanted) || !dec_int(wanted, &take) || take < 1)
            return NOTE_NULL(run, "长度应是正整数");
    }
    size_t to = take > (int64_t)(length - from) ? length : from + (size_t)take;
    return feel_of_text(str_part(s, utf8_skip(s, from), utf8_skip(s, to)));
}

static FUNCTION(f_string_length)
{
    return feel_of_int((int64_t)utf8_count(args[0].text));
}

str feel_lower(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n)
        buf_code(&b, (uint32_t)utf8proc_tolower((utf8proc_int32_t)utf8_next(&s)));
    return op_copy(op, buf_str(&b));
}

/* Letters without a capital of their own (Unicode, SpecialCasing): STRASSE, not STRAẞE. */
static str capitals(uint32_t code)
{
    static const struct {
        uint32_t code;
        str capitals;
    } rows[] = {{0xdf, SC("SS")},   {0x149, SC("ʼN")},  {0x1f0, SC("J̌")},   {0x587, SC("ԵՒ")},  {0xfb00, SC("FF")},
                {0xfb01, SC("FI")}, {0xfb02, SC("FL")}, {0xfb03, SC("FFI")}, {0xfb04, SC("FFL")}, {0xfb05, SC("ST")},
                {0xfb06, SC("ST")}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].code == code)
            return rows[i].capitals;
    return S("");
}

str feel_upper(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n) {
        uint32_t code = utf8_next(&s);
        str more = code < 0xdf ? S("") : capitals(code);
        if (more.n)
            buf_add(&b, more);
        else
            buf_code(&b, (uint32_t)utf8proc_toupper((utf8proc_int32_t)code));
    }
    return op_copy(op, buf_str(&b));
}

static FUNCTION(f_upper)
{
    return feel_of_text(feel_upper(run->op, args[0].text));
}

static FUNCTION(f_lower)
{
    return feel_of_text(feel_lower(run->op, args[0].text));
}

static FUNCTION(f_substring_before)
{
    size_t at;
    return feel_of_text(str_find(args[0].text, args[1].text, &at) ? str_part(args[0].text, 0, at) : S(""));
}

static FUNCTION(f_substring_after)
{
    size_t at;
    return feel_of_text(str_find(args[0].text, args[1].text, &at)
                            ? str_part(args[0].text, at + args[1].text.n, args[0].text.n) : S(""));
}

static FUNCTION(f_replace)
{
    str out;
    if (!feel_replace(run->op, args[0].text, args[1].text, args[2].text,
                      count == 4 && args[3].kind == FEEL_TEXT ? args[3].text : S(""), &out))
        return NOTE_NULL(run, "正则表达式、替换文字或标志不对");
    return feel_of_text(out);
}

static FUNCTION(f_contains)
{
    size_t at;
    return feel_of_bool(str_find(args[0].text, args[1].text, &at));
}

static FUNCTION(f_starts_with)
{
    return feel_of_bool(str_starts(args[0].text, args[1].text));
}

static FUNCTION(f_ends_with)
{
    return feel_of_bool(str_ends(args[0].text, args[1].text));
}

static FUNCTION(f_matches)
{
    bool found;
    if (!feel_matches(run->op, args[0].text, args[1].text,
                      count == 3 && args[2].kind == FEEL_TEXT ? args[2].text : S(""), &found))
        return run->steps += SLOW_REGEX, NOTE_NULL(run, "正则表达式或标志不对，或匹配太久");
    return feel_of_bool(found);
}

static FUNCTION(f_split)
{
    feel_value list = {.kind = FEEL_LIST};
    if (!feel_split(run->op, args[0].text, args[1].text, &list.items, &list.count))
        return NOTE_NULL(run, "分隔的正则表达式不对");
    return list;
}

static FUNCTION(f_string_join)
{
    struct buf b;
    buf_init(&b, run->op, FEEL_STRING_MAX);
    bool any = false;
    for (size_t i = 0; i < args[0].count; i++) {
        feel_value item = args[0].items[i];
        if (item.kind == FEEL_NULL)
            continue;
        if (item.kind != FEEL_TEXT)
            return NOTE_NULL(run, "列表里应都是文字");
        if (any && count == 2 && args[1].kind == FEEL_TEXT)
            buf_add(&b, args[1].text);
        buf_add(&b, item.text);
        any = true;
        if (b.full)
            return NOTE_NULL(run, "连起来的文字太长");
    }
    return feel_of_text(op_copy(run->op, buf_str(&b)));
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

static feel_value rounded(struct feel_run *run, const feel_value *args, size_t count, enum dec_rounding mode)
{
    dec d = args[0].number, scale;
    int64_t digits = 0;
    if (count == 2 && (!dec_round(args[1].number, 0, DEC_DOWN, &scale) || !dec_int(scale, &digits) ||
                       digits < DEC_SCALE_MIN || digits > DEC_SCALE_MAX))
        return NOTE_NULL(run, "小数位数应在%d到%d之间", DEC_SCALE_MIN, DEC_SCALE_MAX);
    return dec_round(d, (int)digits, mode, &d) ? feel_of_dec(d) : NOTE_NULL(run, "无法舍入");
}

#define ROUNDING(name, mode)                                                                                        \
    static FUNCTION(name)                                                                                           \
    {                                                                                                               \
        return rounded(run, args, count, mode);                                                                     \
    }
ROUNDING(f_decimal, DEC_HALF_EVEN)
ROUNDING(f_floor, DEC_FLOOR)
ROUNDING(f_ceiling, DEC_CEILING)
ROUNDING(f_round_up, DEC_UP)
ROUNDING(f_round_down, DEC_DOWN)
ROUNDING(f_round_half_up, DEC_HALF_UP)
ROUNDING(f_round_half_down, DEC_HALF_DOWN)

static FUNCTION(f_abs)
{
    feel_value v = args[0];
    if (v.kind == FEEL_NUMBER)
        return feel_of_dec(dec_abs(v.number));
    if (v.kind == FEEL_SPAN)
        return v.seconds < 0 ? feel_make_span(-feel_span_ns(v)) : v;
    if (v.kind == FEEL_MONTHS && v.months != INT64_MIN) {
        v.months = v.months < 0 ? -v.months : v.months;
        return v;
    }
    return NOTE_NULL(run, "abs 要数或时长");
}

static FUNCTION(f_modulo)
{
    dec d;
    return dec_modulo(args[0].number, args[1].number, &d) ? feel_of_dec(d) : NOTE_NULL(run, "除数是0，无法计算");
}

static FUNCTION(f_sqrt)
{
    dec d;
    return dec_sqrt(args[0].number, &d) ? feel_of_dec(d) : NOTE_NULL(run, "负数没有平方根");
}

static FUNCTION(f_log)
{
    dec d;
    return dec_log(args[0].number, &d) ? feel_of_dec(d) : NOTE_NULL(run, "只有正数有对数");
}

static FUNCTION(f_exp)
{
    dec d;
    return dec_exp(args[0].number, &d) ? feel_of_dec(d) : NOTE_NULL(run, "结果太大");
}

static feel_value parity(struct feel_run *run, feel_value v, int wanted)
{
    dec d;
    if (!dec_whole(v.number) || !dec_modulo(v.number, dec_of(2), &d))
        return NOTE_NULL(run, "只有整数分奇偶");
    return feel_of_bool(dec_eq(d, dec_of(wanted)));
}

static FUNCTION(f_odd)
{
    return parity(run, args[0], 1);
}

static FUNCTION(f_even)
{
    return parity(run, args[0], 0);
}

/* ---- ranges ------------------------------------------------------------------------------------------------ */

/* A point or a range, as two ends; an end left open is infinitely far. */
struct ends {
    feel_value low, high;
    bool low_in, high_in, has_low, has_high, range;
};

static struct ends ends_of(feel_value v)
{
    if (v.kind != FEEL_RANGE)
        return (struct ends){v, v, true, true, true, true, false};
    const struct feel_range *r = v.range;
    return (struct ends){r->low, r->high, r->low_closed, r->high_closed, r->has_low, r->has_high, true};
}

/* Orders of the four pairs of ends: start/start, start/end (of b), end/start, end/end. */
struct orders {
    int ss, se, es, ee;
};

static bool order_ends(feel_value a, bool has_a, int far_a, feel_value b, bool has_b, int far_b, int *ret)
{
    if (has_a && has_b)
        return feel_order(a, b, ret);
    int x = has_a ? 0 : far_a, y = has_b ? 0 : far_b;
    *ret = x == y ? 0 : x < y ? -1 : 1;
    return true;
}

static bool orders_of(struct ends a, struct ends b, struct orders *ret)
{
    return order_ends(a.low, a.has_low, -1, b.low, b.has_low, -1, &ret->ss) &&
           order_ends(a.low, a.has_low, -1, b.high, b.has_high, 1, &ret->se) &&
           order_ends(a.high, a.has_high, 1, b.low, b.has_low, -1, &ret->es) &&
           order_ends(a.high, a.has_high, 1, b.high, b.has_high, 1, &ret->ee);
}

/* Table 78 of the standard, each relation of a to b; the converse relations swap the two. */
static bool r_before(struct ends a, struct ends b, struct orders o)
{
    return o.es < 0 || (o.es == 0 && !(a.high_in && b.low_in));
}

static bool r_meets(struct ends a, struct ends b, struct orders o)
{
    return o.es == 0 && a.high_in && b.low_in;
}

static bool r_overlaps(struct ends a, struct ends b, struct orders o)
{
    return (o.es > 0 || (o.es == 0 && a.high_in && b.low_in)) && (o.se < 0 || (o.se == 0 && a.low_in && b.high_in));
}

static bool r_overlaps_before(struct ends a, struct ends b, struct orders o)
{
    return (o.ss < 0 || (o.ss == 0 && a.low_in && !b.low_in)) && (o.es > 0 || (o.es == 0 && a.high_in && b.low_in)) &&
           (o.ee < 0 || (o.ee == 0 && (!a.high_in || b.high_in)));
}

static bool r_finishes(struct ends a, struct ends b, struct orders o)
{
    if (!a.range)
        return b.high_in && o.ee == 0;
    return a.high_in == b.high_in && o.ee == 0 && (o.ss > 0 || (o.ss == 0 && (!a.low_in || b.low_in)));
}

static bool r_includes(struct ends a, struct ends b, struct orders o)
{
    if (!b.range)
        return (o.ss < 0 || (o.ss == 0 && a.low_in)) && (o.ee > 0 || (o.ee == 0 && a.high_in));
    return (o.ss < 0 || (o.ss == 0 && (a.low_in || !b.low_in))) &&
           (o.ee > 0 || (o.ee == 0 && (a.high_in || !b.high_in)));
}

static bool r_starts(struct ends a, struct ends b, struct orders o)
{
    if (!a.range)
        return o.ss == 0 && b.low_in;
    return o.ss == 0 && a.low_in == b.low_in && (o.ee < 0 || (o.ee == 0 && (!a.high_in || b.high_in)));
}

static bool r_coincides(struct ends a, struct ends b, struct orders o)
{
    return o.ss == 0 && o.ee == 0 && a.low_in == b.low_in && a.high_in == b.high_in;
}

enum { POINT = 1, RANGE = 2, EITHER = 3 };

static feel_value relate(struct feel_run *run, feel_value x, feel_value y, int x_may, int y_may,
                         bool (*holds)(struct ends, struct ends, struct orders))
{
    struct ends a = ends_of(x), b = ends_of(y);
    struct orders o;
    if (!((a.range ? RANGE : POINT) & x_may) || !((b.range ? RANGE : POINT) & y_may) || !orders_of(a, b, &o))
        return NOTE_NULL(run, "两者不能比较先后");
    return feel_of_bool(holds(a, b, o));
}

#define RELATION(name, x, y, x_may, y_may, holds)                                                                   \
    static FUNCTION(name)                                                                                           \
    {                                                                                                               \
        return relate(run, args[x], args[y], x_may, y_may, holds);                                                  \
    }
RELATION(f_before, 0, 1, EITHER, EITHER, r_before)
RELATION(f_after, 1, 0, EITHER, EITHER, r_before)
RELATION(f_meets, 0, 1, RANGE, RANGE, r_meets)
RELATION(f_met_by, 1, 0, RANGE, RANGE, r_meets)
RELATION(f_overlaps, 0, 1, RANGE, RANGE, r_overlaps)
RELATION(f_overlaps_before, 0, 1, RANGE, RANGE, r_overlaps_before)
RELATION(f_overlaps_after, 1, 0, RANGE, RANGE, r_overlaps_before)
RELATION(f_finishes, 0, 1, EITHER, RANGE, r_finishes)
RELATION(f_finished_by, 1, 0, EITHER, RANGE, r_finishes)
RELATION(f_includes, 0, 1, RANGE, EITHER, r_includes)
RELATION(f_during, 1, 0, RANGE, EITHER, r_includes)
RELATION(f_starts, 0, 1, EITHER, RANGE, r_starts)
RELATION(f_started_by, 1, 0, EITHER, RANGE, r_starts)

static FUNCTION(f_coincides)
{
    bool ranges = args[0].kind == FEEL_RANGE;
    return relate(run, args[0], args[1], ranges ? RANGE : POINT, ranges ? RANGE : POINT, r_coincides);
}

/* ---- dates ------------------------------------------------------------------------------------------------- */

static FUNCTION(f_is)
{
    feel_value a = args[0], b = args[1];
    if (a.kind != b.kind)
        return feel_of_bool(false);
    if (a.kind == FEEL_TIME || a.kind == FEEL_DATE_TIME) {
        bool zones = feel_zone_same(a.zone, b.zone);
        bool same_day = a.kind == FEEL_TIME || (a.day == b.day && a.late == b.late);
        return feel_of_bool(zones && a.ns == b.ns && same_day);
    }
    return feel_of_bool(feel_same(a, b));
}

static FUNCTION(f_day_of_year)
{
    int64_t year;
    int month, mday;
    feel_date_of(args[0].day, &year, &month, &mday);
    return feel_of_int(args[0].day - feel_day_of(year, 1, 1) + 1);
}

static int weekday(int64_t number)
{
    return (int)(((number + 3) % 7 + 7) % 7) + 1;
}

static FUNCTION(f_day_of_week)
{
    static const str names[] = {SC("Monday"), SC("Tuesday"),  SC("Wednesday"), SC("Thursday"),
                                SC("Friday"), SC("Saturday"), SC("Sunday")};
    return feel_of_text(names[weekday(args[0].day) - 1]);
}

static FUNCTION(f_month_of_year)
{
    static const str names[] = {SC("January"),   SC("February"), SC("March"),    SC("April"),
                                SC("May"),       SC("June"),     SC("July"),     SC("August"),
                                SC("September"), SC("October"),  SC("November"), SC("December")};
    int64_t year;
    int month, mday;
    feel_date_of(args[0].day, &year, &month, &mday);
    return feel_of_text(names[month - 1]);
}

static FUNCTION(f_week_of_year) /* ISO 8601: a week belongs to the year of its Thursday */
{
    int64_t thursday = args[0].day - weekday(args[0].day) + 4, year;
    int month, mday;
    feel_date_of(thursday, &year, &month, &mday);
    return feel_of_int((thursday - feel_day_of(year, 1, 1)) / 7 + 1);
}

static FUNCTION(f_now)
{
    return feel_of_time(run->op->now);
}

static FUNCTION(f_today)
{
    return feel_of_day(day_at(run->op->now));
}

/* ---- the table --------------------------------------------------------------------------------------------- */

#define MANY 255
static const struct feel_builtin builtins[] = {
    {"date", "from | year, month, day", "O", "把文字、日期时间或年月日变为日期", "date(\"2021-12-03\")",
     "@\"2021-12-03\"", f_date, 1, 3, 'd'},
    {"date and time", "from | date, time", "O", "把文字或日期与时刻变为日期时间",
     "date and time(date(\"2021-12-03\"), time(\"08:30:00\"))", "@\"2021-12-03T08:30:00\"", f_date_and_time, 1, 2, 'm'},
    {"time", "from | hour, minute, second, offset", "O", "把文字、日期时间或时分秒变为时刻", "time(8, 30, 0)",
     "@\"08:30:00\"", f_time, 1, 4, 't'},
    {"number", "from, grouping separator, decimal separator", "O", "把文字变为数，可指明千分位与小数点",
     "number(\"1 000,5\", \" \", \",\")", "1000.5", f_number, 1, 3, 'n'},
    {"string", "from", "A", "变为文字", "string(1.50)", "\"1.5\"", f_string, 1, 1, 's'},
    {"duration", "from", "O", "把文字变为时长", "duration(\"P1Y6M\")", "@\"P1Y6M\"", f_duration, 1, 1, 'y'},
    {"years and months duration", "from, to", "d", "两个日期之间的整年整月",
     "years and months duration(@\"1960-05-02\", @\"2021-05-01\")", "@\"P60Y11M\"", f_months_between, 2, 2, 'y'},
    {"range", "from", "s", "把文字变为区间", "range(\"[18..60)\")", "[18..60)", f_range, 1, 1, 'r'},
    {"not", "negand", "O", "是变否，否变是", "not(true)", "false", f_not, 1, 1, 'b'},

    {"substring", "string, start position, length", "snn", "从某字起取若干字，倒数为负", "substring(\"150525\", -4)",
     "\"0525\"", f_substring, 2, 3, 's'},
    {"string length", "string", "s", "字数", "string length(\"老鼓庙\")", "3", f_string_length, 1, 1, 'n'},
    {"upper case", "string", "s", "变为大写", "upper case(\"15052x\")", "\"15052X\"", f_upper, 1, 1, 's'},
    {"lower case", "string", "s", "变为小写", "lower case(\"ABc\")", "\"abc\"", f_lower, 1, 1, 's'},
    {"substring before", "string, match", "s", "某段文字之前的部分", "substring before(\"青龙镇一组\", \"镇\")",
     "\"青龙\"", f_substring_before, 2, 2, 's'},
    {"substring after", "string, match", "s", "某段文字之后的部分", "substring after(\"青龙镇一组\", \"镇\")",
     "\"一组\"", f_substring_after, 2, 2, 's'},
    {"replace", "input, pattern, replacement, flags", "sssS", "按正则表达式替换", "replace(\"banana\", \"a\", \"o\")",
     "\"bonono\"", f_replace, 3, 4, 's'},
    {"contains", "string, match", "s", "是否含有某段文字", "contains(\"危房改造\", \"危房\")", "true", f_contains, 2, 2,
     'b'},
    {"starts with", "string, match", "s", "是否以某段文字开头", "starts with(\"150525\", \"15\")", "true",
     f_starts_with, 2, 2, 'b'},
    {"ends with", "string, match", "s", "是否以某段文字结尾", "ends with(\"一组\", \"组\")", "true", f_ends_with, 2, 2,
     'b'},
    {"matches", "input, pattern, flags", "ssS", "是否符合正则表达式", "matches(\"150525\", \"^\\d{6}$\")", "true",
     f_matches, 2, 3, 'b'},
    {"split", "string, delimiter", "s", "按正则表达式切成列表", "split(\"低保;残疾\", \";\")", "[\"低保\", \"残疾\"]",
     f_split, 2, 2, 'l'},
    {"string join", "list, delimiter", "lS", "把文字连起来", "string join([\"低保\", \"残疾\"], \"、\")",
     "\"低保、残疾\"", f_string_join, 1, 2, 's'},

    {"list contains", "list, element", "lA", "列表里有没有", "list contains([\"低保\", \"特困\"], \"低保\")", "true",
     feel_f_list_contains, 2, 2, 'b'},
    {"count", "list", "l", "有几项", "count([1, 2, 3])", "3", feel_f_count, 1, 1, 'n'},
    {"min", "list | c1…", "A", "最小的", "min(3, 1, 2)", "1", feel_f_min, 1, MANY, 'a'},
    {"max", "list | c1…", "A", "最大的", "max([3, 1, 2])", "3", feel_f_max, 1, MANY, 'a'},
    {"sum", "list | n1…", "A", "合计", "sum([0.1, 0.2])", "0.3", feel_f_sum, 1, MANY, 'n'},
    {"mean", "list | n1…", "A", "平均", "mean([1, 2, 3])", "2", feel_f_mean, 1, MANY, 'n'},
    {"all", "list | b1…", "A", "是否都成立", "all([true, false])", "false", feel_f_all, 1, MANY, 'b'},
    {"any", "list | b1…", "A", "是否有一项成立", "any([true, false])", "true", feel_f_any, 1, MANY, 'b'},
    {"sublist", "list, start position, length", "lnn", "取列表的一段", "sublist([4, 5, 6], 1, 2)", "[4, 5]",
     feel_f_sublist, 2, 3, 'l'},
    {"append", "list, item…", "lA", "在末尾添上", "append([1], 2, 3)", "[1, 2, 3]", feel_f_append, 2, MANY, 'l'},
    {"concatenate", "list…", "l", "把几个列表接起来", "concatenate([1], [2, 3])", "[1, 2, 3]", feel_f_concatenate, 1,
     MANY, 'l'},
    {"insert before", "list, position, newItem", "lnA", "在某项前插入", "insert before([1, 3], 2, 2)", "[1, 2, 3]",
     feel_f_insert_before, 3, 3, 'l'},
    {"remove", "list, position", "ln", "去掉某项", "remove([1, 2, 3], 2)", "[1, 3]", feel_f_remove, 2, 2, 'l'},
    {"list replace", "list, position, newItem | list, match, newItem", "laA", "换掉某项或符合条件的项",
     "list replace([2, 4, 7], 2, 5)", "[2, 5, 7]", feel_f_list_replace, 3, 3, 'l'},
    {"reverse", "list", "l", "倒过来", "reverse([1, 2, 3])", "[3, 2, 1]", feel_f_reverse, 1, 1, 'l'},
    {"index of", "list, match", "lA", "在第几项，可有多个", "index of([1, 2, 2], 2)", "[2, 3]", feel_f_index_of, 2, 2,
     'l'},
    {"union", "list…", "l", "合并并去重", "union([1, 2], [2, 3])", "[1, 2, 3]", feel_f_union, 1, MANY, 'l'},
    {"distinct values", "list", "l", "去重", "distinct values([1, 2, 1])", "[1, 2]", feel_f_union, 1, 1, 'l'},
    {"flatten", "list", "l", "把嵌套的列表摊平", "flatten([[1, [2]], 3])", "[1, 2, 3]", feel_f_flatten, 1, 1, 'l'},
    {"product", "list | n1…", "A", "连乘", "product([2, 3, 4])", "24", feel_f_product, 1, MANY, 'n'},
    {"median", "list | n1…", "A", "中位数", "median([6, 1, 2, 3])", "2.5", feel_f_median, 1, MANY, 'n'},
    {"stddev", "list | n1…", "A", "样本标准差", "stddev([2, 4, 6])", "2", feel_f_stddev, 1, MANY, 'n'},
    {"mode", "list | n1…", "A", "出现最多的数，可有多个", "mode([6, 1, 9, 6, 1])", "[1, 6]", feel_f_mode, 1, MANY, 'l'},
    {"sort", "list, precedes", "lF", "排序，可给出谁在前", "sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]",
     feel_f_sort, 1, 2, 'l'},

    {"decimal", "n, scale", "n", "保留几位小数，四舍六入五成双", "decimal(2.5, 0)", "2", f_decimal, 2, 2, 'n'},
    {"floor", "n, scale", "n", "向下取整", "floor(-1.56, 1)", "-1.6", f_floor, 1, 2, 'n'},
    {"ceiling", "n, scale", "n", "向上取整", "ceiling(1.2)", "2", f_ceiling, 1, 2, 'n'},
    {"round up", "n, scale", "n", "远离零取整", "round up(1.121, 2)", "1.13", f_round_up, 2, 2, 'n'},
    {"round down", "n, scale", "n", "去尾", "round down(-1.126, 2)", "-1.12", f_round_down, 2, 2, 'n'},
    {"round half up", "n, scale", "n", "四舍五入", "round half up(2.5, 0)", "3", f_round_half_up, 2, 2, 'n'},
    {"round half down", "n, scale", "n", "五舍六入", "round half down(2.5, 0)", "2", f_round_half_down, 2, 2, 'n'},
    {"abs", "n", "o", "绝对值", "abs(-10)", "10", f_abs, 1, 1, 'n'},
    {"modulo", "dividend, divisor", "n", "余数，符号随除数", "modulo(-12, 5)", "3", f_modulo, 2, 2, 'n'},
    {"sqrt", "number", "n", "平方根", "sqrt(16)", "4", f_sqrt, 1, 1, 'n'},
    {"log", "number", "n", "自然对数", "log(1)", "0", f_log, 1, 1, 'n'},
    {"exp", "number", "n", "e 的乘方", "exp(0)", "1", f_exp, 1, 1, 'n'},
    {"odd", "number", "n", "是否奇数", "odd(5)", "true", f_odd, 1, 1, 'b'},
    {"even", "number", "n", "是否偶数", "even(5)", "false", f_even, 1, 1, 'b'},

    {"is", "value1, value2", "A", "是否同一个值，时区也要相同", "is(@\"08:00:00Z\", @\"08:00:00\")", "false", f_is, 2,
     2, 'b'},
    {"before", "point1, point2 | point, range | range, point | range1, range2", "a", "在前", "before(1, [5..10])",
     "true", f_before, 2, 2, 'b'},
    {"after", "point1, point2 | point, range | range, point | range1, range2", "a", "在后", "after([11..20], 10)",
     "true", f_after, 2, 2, 'b'},
    {"meets", "range1, range2", "a", "首尾相接", "meets([1..5], [5..10])", "true", f_meets, 2, 2, 'b'},
    {"met by", "range1, range2", "a", "被首尾相接", "met by([5..10], [1..5])", "true", f_met_by, 2, 2, 'b'},
    {"overlaps", "range1, range2", "a", "有重叠", "overlaps([1..5], [3..8])", "true", f_overlaps, 2, 2, 'b'},
    {"overlaps before", "range1, range2", "a", "重叠且在前", "overlaps before([1..5], [3..8])", "true",
     f_overlaps_before, 2, 2, 'b'},
    {"overlaps after", "range1, range2", "a", "重叠且在后", "overlaps after([3..8], [1..5])", "true", f_overlaps_after,
     2, 2, 'b'},
    {"finishes", "point, range | range1, range2", "a", "同时结束", "finishes(10, [1..10])", "true", f_finishes, 2, 2,
     'b'},
    {"finished by", "range, point | range1, range2", "a", "被同时结束", "finished by([1..10], 10)", "true",
     f_finished_by, 2, 2, 'b'},
    {"includes", "range, point | range1, range2", "a", "包含", "includes([1..10], 5)", "true", f_includes, 2, 2, 'b'},
    {"during", "point, range | range1, range2", "a", "在其中", "during(5, [1..10])", "true", f_during, 2, 2, 'b'},
    {"starts", "point, range | range1, range2", "a", "同时开始", "starts(1, [1..10])", "true", f_starts, 2, 2, 'b'},
    {"started by", "range, point | range1, range2", "a", "被同时开始", "started by([1..10], 1)", "true", f_started_by,
     2, 2, 'b'},
    {"coincides", "point1, point2 | range1, range2", "a", "完全相同", "coincides([1..5], [1..5])", "true", f_coincides,
     2, 2, 'b'},

    {"day of year", "date", "d", "一年中的第几天", "day of year(@\"2019-09-17\")", "260", f_day_of_year, 1, 1, 'n'},
    {"day of week", "date", "d", "星期几（英文）", "day of week(@\"2019-09-17\")", "\"Tuesday\"", f_day_of_week, 1, 1,
     's'},
    {"month of year", "date", "d", "几月（英文）", "month of year(@\"2019-09-17\")", "\"September\"", f_month_of_year,
     1, 1, 's'},
    {"week of year", "date", "d", "一年中的第几周", "week of year(@\"2005-01-01\")", "53", f_week_of_year, 1, 1, 'n'},
    {"now", "", "A", "此刻", "now() instance of date and time", "true", f_now, 0, 0, 'm'},
    {"today", "", "A", "今天", "today() instance of date", "true", f_today, 0, 0, 'd'},

    {"get value", "m, key | context, keys", "ca", "按名称取值", "get value({a: 1}, \"a\")", "1", feel_f_get_value, 2, 2,
     'a'},
    {"get entries", "m", "c", "各项的名称与值", "get entries({a: 1})", "[{key: \"a\", value: 1}]", feel_f_get_entries,
     1, 1, 'l'},
    {"context", "entries", "l", "由名称与值组成上下文", "context([{key: \"a\", value: 1}])", "{a: 1}", feel_f_context,
     1, 1, 'a'},
    {"context put", "context, key, value | context, keys, value", "caA", "放入一项", "context put({a: 1}, \"b\", 2)",
     "{a: 1, b: 2}", feel_f_context_put, 3, 3, 'a'},
    {"context merge", "contexts", "l", "合并几个上下文", "context merge([{a: 1}, {b: 2}])", "{a: 1, b: 2}",
     feel_f_context_merge, 1, 1, 'a'},
};

const struct feel_builtin *feel_builtins(size_t *ret_count)
{
    *ret_count = COUNT(builtins);
    return builtins;
}

static bool kind_fits(char kind, const feel_value *v)
{
    switch (kind) {
    case 'n':
        return v->kind == FEEL_NUMBER;
    case 's':
        return v->kind == FEEL_TEXT;
    case 'b':
        return v->kind == FEEL_BOOL;
    case 'l':
        return v->kind == FEEL_LIST;
    case 'c':
        return v->kind == FEEL_CONTEXT;
    case 'd':
        return v->kind == FEEL_DATE || v->kind == FEEL_DATE_TIME;
    case 'f':
        return v->kind == FEEL_FUNCTION;
    case 'o':
        return v->kind != FEEL_NULL && v->kind != FEEL_LIST;
    }
    must(kind == 'a');
    return v->kind != FEEL_NULL;
}

static feel_value called(struct feel_run *run, const struct feel_builtin *b, const feel_value *args, size_t count)
{
    static const struct {
        char kind;
        const char *name;
    } names[] = {{'n', "数"},     {'s', "文字"}, {'b', "是否"}, {'l', "列表"},
                 {'c', "上下文"}, {'d', "日期"}, {'f', "函数"}, {'a', "非空的值"}, {'o', "单个非空的值"}};
    if (count < b->min || (count > b->max && b->max != MANY))
        return NOTE_NULL(run, "%s(%s) 的参数个数不对", b->name, b->params);
    feel_value few[4], *fitted = count <= COUNT(few) ? few : op_array(run->op, feel_value, count);
    const char *kinds = b->kinds;
    for (size_t i = 0; i < count; i++) {
        run->steps += args[i].kind == FEEL_TEXT ? (int64_t)args[i].text.n / 16 : args[i].size / 4;
        char letter = *kinds, kind = (char)(letter | 32);
        if (kinds[1])
            kinds++;
        fitted[i] = args[i];
        if ((args[i].kind == FEEL_NULL && letter != kind) || kind_fits(kind, &args[i]))
            continue;
        if (kind == 'l' && args[i].kind != FEEL_NULL) {
            feel_value *one = op_new(run->op, feel_value);
            *one = args[i];
            fitted[i] = feel_of_list(one, 1);
            continue;
        }
        if (args[i].kind == FEEL_LIST && args[i].count == 1 && kind_fits(kind, &args[i].items[0])) {
            fitted[i] = args[i].items[0];
            continue;
        }
        size_t n = 0;
        while (names[n].kind != kind)
            n++;
        return NOTE_NULL(run, "%s(%s) 的第%zu个参数应是%s", b->name, b->params, i + 1, names[n].name);
    }
    return b->call(run, fitted, count);
}

feel_value feel_builtin_call(struct feel_run *run, const struct feel_builtin *b, const feel_value *args, size_t count)
{
    feel_value v = called(run, b, args, count);
    return v.kind == FEEL_NULL && feel_neutral(run) ? feel_neutral_of(run, b->gives) : v;
}

/* One way to call: which argument each name is. In order: the names must stand as the way has them. */
static bool args_fit(const struct feel_builtin *b, str way, const struct feel_entry *named, size_t count, bool in_order,
                     feel_value *args, size_t *ret_count)
{
    size_t n = 0, used = 0, last = 0, total = 0;
    for (str name; way.n && n < 8; n++) {
        size_t comma;
        name = way;
        way = (str){0};
        if (str_find(name, S(", "), &comma)) {
            way = str_part(name, comma + 2, name.n);
            name = str_part(name, 0, comma);
        }
        if (str_ends(name, S("…")))
            name.n -= sizeof "…" - 1;
        args[n] = feel_null();
        bool given = false;
        for (size_t i = 0; i < count; i++) {
            if (!str_eq(named[i].name, name))
                continue;
            if (in_order && i < last)
                return false;
            args[n] = named[i].value;
            last = i;
            total = n + 1;
            given = true;
            used++;
        }
        if (!given && n < b->min && b->kinds[0] != 'A' && b->kinds[0] != 'O') /* what may be null may be left out */
            return false;
    }
    *ret_count = total < b->min ? b->min : total;
    return used == count && count > 0;
}

/* before(point: …, range: …) and before(range: …, point: …) are two ways with the same names: the one as written goes
 * before the others. */
bool feel_builtin_args(const struct feel_builtin *b, const struct feel_entry *named, size_t count,
                       feel_value *args, size_t *ret_count)
{
    for (int pass = 0; pass < 2; pass++) {
        str rest = str_z(b->params), way;
        while (rest.n) {
            size_t at;
            way = rest;
            rest = (str){0};
            if (str_find(way, S(" | "), &at)) {
                rest = str_part(way, at + 3, way.n);
                way = str_part(way, 0, at);
            }
            if (args_fit(b, way, named, count, pass == 0, args, ret_count))
                return true;
        }
    }
    return false;
}
