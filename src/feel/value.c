/* Values: types, equality, order, conversion, and how they are written. */
#include <stdlib.h>

#include "feel/tree.h"

/* ---- types ------------------------------------------------------------------------------------------------- */

const struct feel_type feel_any = {.kind = FEEL_ANY}, feel_null_type = {.kind = FEEL_NULL},
                       feel_bool = {.kind = FEEL_BOOL}, feel_number = {.kind = FEEL_NUMBER},
                       feel_text = {.kind = FEEL_TEXT}, feel_date = {.kind = FEEL_DATE},
                       feel_time = {.kind = FEEL_TIME}, feel_date_time = {.kind = FEEL_DATE_TIME},
                       feel_span = {.kind = FEEL_SPAN}, feel_months = {.kind = FEEL_MONTHS},
                       feel_list_any = {.kind = FEEL_LIST}, feel_list_text = {.kind = FEEL_LIST, .of = &feel_text},
                       feel_context_any = {.kind = FEEL_CONTEXT}, feel_range_any = {.kind = FEEL_RANGE},
                       feel_function_any = {.kind = FEEL_FUNCTION};

static const struct feel_field type_names[] = { /* the first name of a type is the one written */
    {SC("Any"), &feel_any}, {SC("Null"), &feel_null_type}, {SC("boolean"), &feel_bool}, {SC("number"), &feel_number},
    {SC("string"), &feel_text}, {SC("date"), &feel_date}, {SC("time"), &feel_time},
    {SC("date and time"), &feel_date_time}, {SC("days and time duration"), &feel_span},
    {SC("years and months duration"), &feel_months}, {SC("list"), &feel_list_any}, {SC("context"), &feel_context_any},
    {SC("range"), &feel_range_any}, {SC("function"), &feel_function_any}, {SC("dateTime"), &feel_date_time},
    {SC("dayTimeDuration"), &feel_span}, {SC("yearMonthDuration"), &feel_months}};

const struct feel_field *feel_type_names(size_t *ret_count)
{
    *ret_count = COUNT(type_names);
    return type_names;
}

const struct feel_type *feel_type_named(str name)
{
    for (size_t i = 0; i < COUNT(type_names); i++)
        if (str_eq(type_names[i].name, name))
            return type_names[i].type;
    return NULL;
}

str feel_kind_said(enum feel_kind kind)
{
    static const str names[FEEL_KINDS] = {SC("空值"), SC("是否"), SC("数"), SC("文字"), SC("日期"), SC("时刻"), SC("日期时间"),
                                          SC("日时长"), SC("年月时长"), SC("列表"), SC("上下文"), SC("区间"), SC("函数"), SC("任意")};
    return names[kind];
}

str feel_type_said(struct op *op, const struct feel_type *t)
{
    enum feel_kind kind = t ? t->kind : FEEL_ANY;
    bool holds = t && t->of && (kind == FEEL_LIST || kind == FEEL_RANGE);
    return holds ? op_text(op, "%.*s的%.*s", PS(feel_type_said(op, t->of)), PS(feel_kind_said(kind))) : feel_kind_said(kind);
}

str feel_type_text(struct op *op, const struct feel_type *t)
{
    size_t row = 0;
    while (row < COUNT(type_names) && type_names[row].type->kind != (t ? t->kind : FEEL_ANY))
        row++;
    must(row < COUNT(type_names));
    str name = type_names[row].name;
    if (!t || (!t->of && !t->field_count))
        return name;
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "%.*s<", PS(name));
    for (size_t i = 0; i < t->field_count; i++) {
        if (i)
            buf_add(&b, S(", "));
        if (t->kind == FEEL_CONTEXT)
            buf_text(&b, "%.*s: ", PS(t->fields[i].name));
        buf_add(&b, feel_type_text(op, t->fields[i].type));
    }
    if (t->kind == FEEL_FUNCTION)
        buf_text(&b, "> -> %.*s", PS(feel_type_text(op, t->of)));
    else if (t->of)
        buf_text(&b, "%.*s>", PS(feel_type_text(op, t->of)));
    else
        buf_byte(&b, '>');
    return op_copy(op, buf_str(&b));
}

static const struct feel_field *field_named(const struct feel_type *t, str name)
{
    for (size_t i = 0; i < t->field_count; i++)
        if (str_eq(t->fields[i].name, name))
            return &t->fields[i];
    return NULL;
}

/* Does every value of type a belong to type b? (10.3.2.9.2; functions take more and give less) */
static bool conforms(const struct feel_type *a, const struct feel_type *b)
{
    if (!b || b->kind == FEEL_ANY || a == b)
        return true;
    if (!a || a->kind != b->kind)
        return a && a->kind == FEEL_NULL;
    switch (a->kind) {
    case FEEL_LIST:
    case FEEL_RANGE:
        return conforms(a->of, b->of);
    case FEEL_CONTEXT:
        for (size_t i = 0; i < b->field_count; i++) {
            const struct feel_field *f = field_named(a, b->fields[i].name);
            if (!f || !conforms(f->type, b->fields[i].type))
                return false;
        }
        return true;
    case FEEL_FUNCTION:
        if (!b->of && !b->field_count)
            return true;
        if (a->field_count != b->field_count)
            return false;
        for (size_t i = 0; i < b->field_count; i++)
            if (!conforms(b->fields[i].type, a->fields[i].type))
                return false;
        return conforms(a->of, b->of);
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_NUMBER:
    case FEEL_TEXT:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return true;
}

bool feel_is(feel_value v, const struct feel_type *t)
{
    if (!t || t->kind == FEEL_ANY)
        return v.kind != FEEL_NULL;
    if (v.kind != t->kind)
        return false;
    switch (v.kind) {
    case FEEL_LIST:
        for (size_t i = 0; i < v.count && t->of; i++)
            if (v.items[i].kind != FEEL_NULL && !feel_is(v.items[i], t->of))
                return false;
        return true;
    case FEEL_RANGE:
        return (!v.range->has_low || v.range->low.kind == FEEL_NULL || feel_is(v.range->low, t->of)) &&
               (!v.range->has_high || v.range->high.kind == FEEL_NULL || feel_is(v.range->high, t->of));
    case FEEL_CONTEXT:
        for (size_t i = 0; i < t->field_count; i++) {
            bool found = false;
            for (size_t j = 0; j < v.context->count && !found; j++) {
                feel_value entry = v.context->entries[j].value;
                found = str_eq(v.context->entries[j].name, t->fields[i].name);
                if (found && entry.kind != FEEL_NULL && !feel_is(entry, t->fields[i].type))
                    return false;
            }
            if (!found)
                return false;
        }
        return true;
    case FEEL_FUNCTION: {
        struct feel_type own = {.kind = FEEL_FUNCTION, .of = v.function->result, .fields = v.function->params,
                                .field_count = v.function->param_count};
        if (v.function->builtin)
            return !t->of && !t->field_count;
        return conforms(&own, t);
    }
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_NUMBER:
    case FEEL_TEXT:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return true;
}

/* As an argument a function need only take as many arguments, and not contradict the types that both name. */
static bool function_fits(feel_value v, const struct feel_type *t)
{
    const struct feel_function *f = v.function;
    if (f->builtin)
        return t->field_count >= f->builtin->min && t->field_count <= f->builtin->max;
    if (f->param_count != t->field_count)
        return !t->of && !t->field_count;
    for (size_t i = 0; i < f->param_count; i++)
        if (f->params[i].type && !conforms(t->fields[i].type, f->params[i].type))
            return false;
    return !f->result || conforms(f->result, t->of);
}

bool feel_fit(struct op *op, feel_value v, const struct feel_type *t, feel_value *ret)
{
    static const struct feel_zone utc = {0};
    if (v.kind == FEEL_NULL || !t || t->kind == FEEL_ANY || feel_is(v, t) ||
        (v.kind == FEEL_FUNCTION && t->kind == FEEL_FUNCTION && function_fits(v, t))) {
        *ret = v;
        return true;
    }
    if (t->kind == FEEL_DATE_TIME && v.kind == FEEL_DATE) {
        *ret = (feel_value){.kind = FEEL_DATE_TIME, .day = v.day, .zone = &utc};
        return true;
    }
    feel_value fitted;
    if (v.kind == FEEL_LIST && v.count == 1 && t->kind != FEEL_LIST && feel_is(v.items[0], t)) { /* one level only */
        *ret = v.items[0];
        return true;
    }
    if (v.kind != FEEL_LIST && t->kind == FEEL_LIST && feel_fit(op, v, t->of, &fitted)) {
        feel_value *item = op_new(op, feel_value);
        *item = fitted;
        *ret = feel_of_list(item, 1);
        return true;
    }
    *ret = feel_null();
    return false;
}

/* ---- making and reading ------------------------------------------------------------------------------------ */

enum { SIZE_FULL = (1 << 24) - 1, DEPTH_FULL = 255 };

/* Adds what one item brings to the size and depth of its container. */
void feel_weigh(feel_value *container, feel_value item)
{
    uint32_t size = container->size + item.size + 1, depth = item.depth + 1u;
    container->size = size > SIZE_FULL ? SIZE_FULL : size;
    if (depth > container->depth)
        container->depth = depth > DEPTH_FULL ? DEPTH_FULL : depth;
}

feel_value feel_of_list(const feel_value *items, size_t count)
{
    feel_value v = {.kind = FEEL_LIST, .depth = 1, .items = items, .count = count};
    for (size_t i = 0; i < count; i++)
        feel_weigh(&v, items[i]);
    return v;
}

feel_value feel_of_context(struct op *op, const struct feel_entry *entries, size_t count)
{
    struct feel_context *c = op_new(op, struct feel_context);
    *c = (struct feel_context){entries, count};
    feel_value v = {.kind = FEEL_CONTEXT, .depth = 1, .context = c};
    for (size_t i = 0; i < count; i++)
        feel_weigh(&v, entries[i].value);
    return v;
}

feel_value feel_of_function(struct op *op, struct feel_function f)
{
    struct feel_function *kept = op_new(op, struct feel_function);
    *kept = f;
    return (feel_value){.kind = FEEL_FUNCTION, .function = kept};
}

feel_value feel_get(feel_value c, str name)
{
    if (c.kind == FEEL_CONTEXT)
        for (size_t i = 0; i < c.context->count; i++)
            if (str_eq(c.context->entries[i].name, name))
                return c.context->entries[i].value;
    return feel_null();
}

feel_value feel_not(feel_value v)
{
    return v.kind == FEEL_BOOL ? feel_of_bool(!v.truth) : feel_null();
}

/* ---- equality and order ------------------------------------------------------------------------------------ */

/* Moments compare by whole seconds: the value of a time (10.3.2.3.4) is a number of seconds, and a moment without a
 * zone takes the other's. */
static i128 whole_second(feel_value v, bool local)
{
    i128 ns = local ? (v.kind == FEEL_TIME ? 0 : (i128)v.day * DAY_NS) + (v.kind == FEEL_DATE ? 0 : v.ns)
                    : feel_instant(v);
    return ns / SECOND_NS - (ns % SECOND_NS < 0);
}

static bool is_moment(feel_value v)
{
    return v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME;
}

static int moment_order(feel_value a, feel_value b)
{
    bool local = a.kind == FEEL_DATE || b.kind == FEEL_DATE || !a.zone || !b.zone;
    i128 x = whole_second(a, local), y = whole_second(b, local);
    return (x > y) - (x < y);
}

bool feel_order(feel_value a, feel_value b, int *ret_order)
{
    int64_t x = 0, y = 0;
    if (is_moment(a) && is_moment(b) && a.kind != b.kind) {
        *ret_order = moment_order(a, b);
        return true;
    }
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case FEEL_NUMBER:
        *ret_order = dec_cmp(a.number, b.number);
        return true;
    case FEEL_TEXT:
        *ret_order = str_cmp(a.text, b.text);
        *ret_order = (*ret_order > 0) - (*ret_order < 0);
        return true;
    case FEEL_DATE:
        x = a.day, y = b.day;
        break;
    case FEEL_TIME:
    case FEEL_DATE_TIME:
        *ret_order = moment_order(a, b);
        return true;
    case FEEL_SPAN:
        if (a.seconds == b.seconds)
            x = a.nanos, y = b.nanos;
        else
            x = a.seconds, y = b.seconds;
        break;
    case FEEL_MONTHS:
        x = a.months, y = b.months;
        break;
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        return false;
    }
    *ret_order = (x > y) - (x < y);
    return true;
}

static feel_value both(feel_value a, feel_value b) /* three-valued and */
{
    if ((a.kind == FEEL_BOOL && !a.truth) || (b.kind == FEEL_BOOL && !b.truth))
        return feel_of_bool(false);
    return a.kind == FEEL_BOOL && b.kind == FEEL_BOOL ? feel_of_bool(true) : feel_null();
}

static feel_value range_equal(const struct feel_range *a, const struct feel_range *b)
{
    if (a->low_closed != b->low_closed || a->high_closed != b->high_closed || a->has_low != b->has_low ||
        a->has_high != b->has_high || a->differs != b->differs || a->unary != b->unary)
        return feel_of_bool(false);
    return both(feel_equal(a->low, b->low), feel_equal(a->high, b->high));
}

feel_value feel_equal(feel_value a, feel_value b)
{
    int order;
    if (a.kind == FEEL_NULL || b.kind == FEEL_NULL)
        return feel_of_bool(a.kind == b.kind);
    if (feel_order(a, b, &order))
        return feel_of_bool(order == 0);
    if (a.kind != b.kind) {
        /* a duration of nothing is the same in either kind */
        bool zeros = (a.kind == FEEL_SPAN && b.kind == FEEL_MONTHS && a.seconds == 0 && a.nanos == 0 &&
                      b.months == 0) ||
                     (a.kind == FEEL_MONTHS && b.kind == FEEL_SPAN && b.seconds == 0 && b.nanos == 0 && a.months == 0);
        return zeros ? feel_of_bool(true) : feel_null();
    }
    feel_value result = feel_of_bool(true);
    switch (a.kind) {
    case FEEL_BOOL:
        return feel_of_bool(a.truth == b.truth);
    case FEEL_LIST:
        if (a.count != b.count)
            return feel_of_bool(false);
        for (size_t i = 0; i < a.count; i++)
            result = both(result, feel_equal(a.items[i], b.items[i]));
        return result;
    case FEEL_CONTEXT:
        if (a.context->count != b.context->count)
            return feel_of_bool(false);
        for (size_t i = 0; i < a.context->count; i++) {
            size_t j = 0;
            while (j < b.context->count && !str_eq(a.context->entries[i].name, b.context->entries[j].name))
                j++;
            if (j == b.context->count)
                return feel_of_bool(false);
            result = both(result, feel_equal(a.context->entries[i].value, b.context->entries[j].value));
        }
        return result;
    case FEEL_RANGE:
        return range_equal(a.range, b.range);
    case FEEL_FUNCTION:
        return feel_of_bool(a.function == b.function ||
                            (a.function->builtin && a.function->builtin == b.function->builtin) ||
                            (a.function->self && a.function->self == b.function->self));
    case FEEL_NULL:
    case FEEL_NUMBER:
    case FEEL_TEXT:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return feel_null();
}

bool feel_same(feel_value a, feel_value b)
{
    return feel_true(feel_equal(a, b));
}

/* A written end that is null makes the answer unknown, unlike an end left open by (< 5). */
feel_value feel_in_range(feel_value v, const struct feel_range *r)
{
    int order;
    if (r->differs)
        return feel_not(feel_equal(v, r->low));
    feel_value low = feel_of_bool(true), high = feel_of_bool(true);
    if (r->has_low)
        low = feel_order(v, r->low, &order) ? feel_of_bool(order > 0 || (order == 0 && r->low_closed)) : feel_null();
    if (r->has_high)
        high = feel_order(v, r->high, &order) ? feel_of_bool(order < 0 || (order == 0 && r->high_closed)) : feel_null();
    if (r->unary && r->has_low && r->has_high) /* (=x) also of what has no order */
        return feel_equal(v, r->low);
    if (low.kind == FEEL_NULL || high.kind == FEEL_NULL)
        return feel_null();
    return both(low, high);
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void put_fraction(struct buf *b, int64_t nanos)
{
    if (nanos == 0)
        return;
    buf_text(b, ".%09d", (int)nanos);
    while (b->p[b->n - 1] == '0')
        b->n--;
}

static void put_date(struct buf *b, int64_t number)
{
    int64_t year;
    int month, mday;
    feel_date_of(number, &year, &month, &mday);
    buf_text(b, "%s%04lld-%02d-%02d", year < 0 ? "-" : "", (long long)(year < 0 ? -year : year), month, mday);
}

static void put_time(struct buf *b, feel_value v)
{
    int64_t s = v.ns / SECOND_NS;
    buf_text(b, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    put_fraction(b, v.ns % SECOND_NS);
    if (!v.zone)
        return;
    int offset = v.zone->offset, size = offset < 0 ? -offset : offset;
    if (v.zone->name.n)
        buf_text(b, "@%.*s", PS(v.zone->name));
    else if (offset == 0)
        buf_byte(b, 'Z');
    else
        buf_text(b, "%c%02d:%02d", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
    if (!v.zone->name.n && size % 60)
        buf_text(b, ":%02d", size % 60);
}

static void put_span(struct buf *b, feel_value v)
{
    i128 ns = feel_span_ns(v), size = ns < 0 ? -ns : ns;
    int64_t seconds = (int64_t)(size / SECOND_NS), days = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
    int64_t nanos = (int64_t)(size % SECOND_NS);
    buf_add(b, ns < 0 ? S("-P") : S("P"));
    if (days)
        buf_text(b, "%lldD", (long long)days);
    if (rest || nanos || !days)
        buf_byte(b, 'T');
    if (rest / 3600)
        buf_text(b, "%dH", (int)(rest / 3600));
    if (rest / 60 % 60)
        buf_text(b, "%dM", (int)(rest / 60 % 60));
    if (rest % 60 || nanos || !(days || rest)) {
        buf_int(b, rest % 60);
        put_fraction(b, nanos);
        buf_byte(b, 'S');
    }
}

static void put_months(struct buf *b, int64_t months)
{
    int64_t size = months < 0 ? -months : months;
    buf_add(b, months < 0 ? S("-P") : S("P"));
    if (size / 12)
        buf_text(b, "%lldY", (long long)(size / 12));
    if (size % 12 || size == 0)
        buf_text(b, "%dM", (int)(size % 12));
}

static void put_quoted(struct buf *b, str s)
{
    buf_byte(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"' || c == '\\')
            buf_byte(b, '\\');
        if (c == '\n')
            buf_add(b, S("\\n"));
        else if (c == '\r')
            buf_add(b, S("\\r"));
        else if (c == '\t')
            buf_add(b, S("\\t"));
        else
            buf_byte(b, c);
    }
    buf_byte(b, '"');
}

enum style { BARE, INNER, LITERAL };

static void put(struct buf *b, feel_value v, enum style style);

static void put_temporal(struct buf *b, feel_value v, enum style style)
{
    /* No text names the second of two equal hours (an offset beside a zone is no FEEL): as a literal it is the first,
     * and what lies between them. */
    bool late = style == LITERAL && v.kind == FEEL_DATE_TIME && v.late;
    if (late)
        buf_byte(b, '(');
    if (style == LITERAL)
        buf_add(b, S("@\""));
    if (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME)
        put_date(b, v.day);
    if (v.kind == FEEL_DATE_TIME)
        buf_byte(b, 'T');
    if (v.kind == FEEL_TIME || v.kind == FEEL_DATE_TIME)
        put_time(b, v);
    if (v.kind == FEEL_SPAN)
        put_span(b, v);
    if (v.kind == FEEL_MONTHS)
        put_months(b, v.months);
    if (style == LITERAL)
        buf_byte(b, '"');
    if (!late)
        return;
    buf_add(b, S(" + "));
    int between = feel_zone_at(v.zone, v.day, v.ns) - feel_offset(v);
    put_temporal(b, feel_make_span((i128)between * SECOND_NS), LITERAL);
    buf_byte(b, ')');
}

static void put_range(struct buf *b, const struct feel_range *r, enum style style)
{
    enum style inner = style == BARE ? INNER : style;
    if (r->unary) {
        buf_add(b, r->differs                  ? S("(!=")
                   : r->has_low && r->has_high ? S("(=")
                   : r->has_low                ? (r->low_closed ? S("(>=") : S("(>"))
                                               : (r->high_closed ? S("(<=") : S("(<")));
        put(b, r->has_low ? r->low : r->high, inner);
        buf_byte(b, ')');
        return;
    }
    buf_byte(b, r->low_closed ? '[' : '(');
    put(b, r->low, inner);
    buf_add(b, S(".."));
    put(b, r->high, inner);
    buf_byte(b, r->high_closed ? ']' : ')');
}

static void put(struct buf *b, feel_value v, enum style style)
{
    if (b->full)
        return;
    enum style inner = style == BARE ? INNER : style;
    switch (v.kind) {
    case FEEL_NULL:
    case FEEL_ANY:
    case FEEL_KINDS:
        buf_add(b, S("null"));
        break;
    case FEEL_BOOL:
        buf_add(b, v.truth ? S("true") : S("false"));
        break;
    case FEEL_NUMBER:
        buf_add(b, dec_text(b->op, v.number));
        break;
    case FEEL_TEXT:
        if (style == BARE)
            buf_add(b, v.text);
        else
            put_quoted(b, v.text);
        break;
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
        put_temporal(b, v, style);
        break;
    case FEEL_LIST:
        buf_byte(b, '[');
        for (size_t i = 0; i < v.count; i++) {
            if (i)
                buf_add(b, S(", "));
            put(b, v.items[i], inner);
        }
        buf_byte(b, ']');
        break;
    case FEEL_CONTEXT:
        buf_byte(b, '{');
        for (size_t i = 0; i < v.context->count; i++) {
            if (i)
                buf_add(b, S(", "));
            if (feel_name_valid(v.context->entries[i].name))
                buf_add(b, v.context->entries[i].name);
            else
                put_quoted(b, v.context->entries[i].name);
            buf_add(b, S(": "));
            put(b, v.context->entries[i].value, inner);
        }
        buf_byte(b, '}');
        break;
    case FEEL_RANGE:
        put_range(b, v.range, style);
        break;
    case FEEL_FUNCTION:
        buf_add(b, S("function("));
        for (size_t i = 0; i < v.function->param_count; i++)
            buf_text(b, "%s%.*s", i ? ", " : "", PS(v.function->params[i].name));
        buf_add(b, S(") …"));
        break;
    }
}

str feel_text_of(struct op *op, feel_value v)
{
    struct buf b;
    buf_init(&b, op, FEEL_STRING_MAX);
    put(&b, v, BARE);
    return op_copy(op, buf_str(&b));
}

str feel_literal(struct op *op, feel_value v)
{
    struct buf b;
    buf_init(&b, op, FEEL_STRING_MAX);
    put(&b, v, LITERAL);
    return op_copy(op, buf_str(&b));
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static bool from_text(struct op *op, str s, const struct feel_type *t, feel_value *ret)
{
    feel_value v = feel_of_text(op_copy(op, s));
    bool ok = true;
    switch (t ? t->kind : FEEL_TEXT) {
    case FEEL_DATE:
        ok = feel_date_parse(s, &v);
        break;
    case FEEL_TIME:
        ok = feel_time_parse(op, s, &v);
        break;
    case FEEL_DATE_TIME:
        ok = feel_date_time_parse(op, s, &v);
        break;
    case FEEL_SPAN:
    case FEEL_MONTHS:
        ok = feel_duration_parse(s, &v) && v.kind == t->kind;
        break;
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_NUMBER:
    case FEEL_TEXT:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    if (!ok)
        return op_fail(op, FAULT_INPUT, S(""), "「%.*s」不是%.*s，请改正", PS(s), PS(feel_type_said(op, t)));
    *ret = v;
    return true;
}

bool feel_from_json(struct op *op, const struct json *json, const struct feel_type *t, feel_value *ret)
{
    dec number;
    switch (json->kind) {
    case JSON_NULL:
        *ret = feel_null();
        return true;
    case JSON_FALSE:
    case JSON_TRUE:
        *ret = feel_of_bool(json->kind == JSON_TRUE);
        return true;
    case JSON_NUMBER:
        if (!dec_parse(json->text, &number))
            return op_fail(op, FAULT_INPUT, S(""), "数「%.*s」太大，请改小", PS(json->text));
        *ret = feel_of_dec(number);
        return true;
    case JSON_STRING:
        return from_text(op, json->text, t, ret);
    case JSON_ARRAY: {
        feel_value *items = op_array(op, feel_value, json->count + 1);
        size_t n = 0;
        for (const struct json *j = json->first; j; j = j->next)
            if (!feel_from_json(op, j, t && t->kind == FEEL_LIST ? t->of : NULL, &items[n++]))
                return false;
        *ret = feel_of_list(items, n);
        return true;
    }
    case JSON_OBJECT: {
        struct feel_entry *entries = op_array(op, struct feel_entry, json->count + 1);
        size_t n = 0;
        for (const struct json *j = json->first; j; j = j->next, n++) {
            const struct feel_field *f = t && t->kind == FEEL_CONTEXT ? field_named(t, j->key) : NULL;
            entries[n].name = op_copy(op, j->key);
            if (!feel_from_json(op, j, f ? f->type : NULL, &entries[n].value))
                return false;
        }
        *ret = feel_of_context(op, entries, n);
        return true;
    }
    }
    must(false);
    return false;
}

void feel_to_json(struct op *op, struct json_out *w, feel_value v)
{
    switch (v.kind) {
    case FEEL_NULL:
    case FEEL_ANY:
    case FEEL_KINDS:
        json_null(w);
        break;
    case FEEL_BOOL:
        json_bool(w, v.truth);
        break;
    case FEEL_NUMBER:
        json_number(w, dec_text(op, v.number));
        break;
    case FEEL_LIST:
        json_open(w, '[');
        for (size_t i = 0; i < v.count; i++)
            feel_to_json(op, w, v.items[i]);
        json_close(w, ']');
        break;
    case FEEL_CONTEXT:
        json_open(w, '{');
        for (size_t i = 0; i < v.context->count; i++) {
            json_key(w, v.context->entries[i].name);
            feel_to_json(op, w, v.context->entries[i].value);
        }
        json_close(w, '}');
        break;
    case FEEL_TEXT:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
        json_text(w, feel_text_of(op, v));
        break;
    }
}
