/* Values: the condition of an indicator in a period, and what it comes to. */
#include "report/inner.h"
#include <stdlib.h>

#define NOT_KNOWN S("—")
#define NOT_ALLOWED S("无权查看")

/* ---- the condition ----------------------------------------------------------------------------------------------- */

struct wheres {
    struct op *op;
    struct buf b;
};

static void where_add(struct wheres *w, str condition)
{
    if (!condition.n)
        return;
    buf_text(&w->b, w->b.n ? " and (%.*s)" : "(%.*s)", PS(condition));
}

/* The bounds of a period as a field of this type writes them; the upper one of a 时 is the first moment after. */
static str bound(struct op *op, const struct moment *m, day d, bool upper)
{
    struct date date = date_of(d);
    switch (m->field->value) {
    case F_DAY:
        return op_text(op, "date(\"%.*s\")", PS(day_text(op, d)));
    case F_TIME:
        return op_text(op, "date and time(\"%.*sT00:00:00+08:00\")", PS(day_text(op, upper ? d + 1 : d)));
    case F_YEAR:
        return op_text(op, "%d", date.year);
    case F_MONTH:
        return op_text(op, "\"%.*s\"", PS(month_text(op, date.year, date.month)));
    default:
        must(!"only moments are read from packs");
        return S("");
    }
}

static str not_before(struct op *op, const struct moment *m, day d)
{
    return op_text(op, "%.*s >= %.*s", PS(m->name), PS(bound(op, m, d, false)));
}

static str not_after(struct op *op, const struct moment *m, day d)
{
    return op_text(op, "%.*s %s %.*s", PS(m->name), m->field->value == F_TIME ? "<" : "<=", PS(bound(op, m, d, true)));
}

static void when_add(struct wheres *w, const struct indicator *i, const struct indicator_ask *a)
{
    struct op *op = w->op;
    switch (i->when) {
    case WHEN_ALWAYS:
        break;
    case WHEN_IN:
        where_add(w, not_before(op, &i->at, a->from));
        where_add(w, not_after(op, &i->at, a->to));
        break;
    case WHEN_OVERLAPS:
        where_add(w, not_after(op, &i->at, a->to));
        where_add(w, op_text(op, "%.*s = null or %.*s", PS(i->until.name), PS(not_before(op, &i->until, a->from))));
        break;
    case WHEN_HOLDS:
        where_add(w, not_after(op, &i->at, a->to));
        if (i->until.field)
            where_add(w, op_text(op, "%.*s = null or %.*s", PS(i->until.name), PS(not_before(op, &i->until, a->to))));
        break;
    }
}

static void unit_add(struct wheres *w, const struct unit *unit)
{
    struct buf b;
    if (!unit)
        return;
    buf_init(&b, w->op, FEEL_TEXT_MAX / 2);
    buf_text(&b, unit->rest ? "归属 = null" : "");
    if (unit->cover_count)
        buf_text(&b, "%s归属 in (", b.n ? " or " : "");
    for (size_t k = 0; k < unit->cover_count; k++)
        buf_text(&b, "%s\"%.*s\"", k ? ", " : "", PS(id_text(w->op, unit->covers[k])));
    buf_text(&b, unit->cover_count ? ")" : "");
    where_add(w, buf_str(&b));
}

static void choice_add(struct wheres *w, const struct indicator_ask *a)
{
    if (!a->by)
        return;
    str value = !a->choice.n             ? S("null")
                : a->by->value == F_BOOL ? a->choice
                                         : feel_literal(w->op, feel_of_text(a->choice));
    where_add(w, op_text(w->op, "%.*s = %.*s", PS(a->by->name), PS(value)));
}

/* What distinguishes a part from its whole: its choice, its piece of the period. */
[[nodiscard]] static bool part_condition(struct op *op, const struct indicator *i, const struct indicator_ask *whole,
                                         const struct indicator_ask *asked, str *ret)
{
    struct wheres w = {.op = op};
    buf_init(&w.b, op, FEEL_TEXT_MAX);
    if (asked->from != whole->from || asked->to != whole->to)
        when_add(&w, i, asked);
    choice_add(&w, asked);
    *ret = w.b.n ? buf_str(&w.b) : S("true");
    return !w.b.full || op_fail(op, FAULT_INPUT, i->name, "选项太长，分不开；请缩短选项的文字");
}

bool indicator_where(struct op *op, const struct indicator *i, const struct indicator_ask *asked, str *ret)
{
    struct wheres w = {.op = op};
    must(!i->part_count);
    buf_init(&w.b, op, FEEL_TEXT_MAX);
    where_add(&w, i->where);
    when_add(&w, i, asked);
    if (i->person && !id_none(asked->person))
        where_add(&w, op_text(op, i->person->type == F_REFS ? "list contains(%.*s, \"%.*s\")" : "%.*s = \"%.*s\"",
                              PS(i->person->name), PS(id_text(op, asked->person))));
    unit_add(&w, asked->unit);
    choice_add(&w, asked);
    *ret = buf_str(&w.b);
    return !w.b.full || op_fail(op, FAULT_INPUT, i->name, "条件太长，请缩小单位的范围");
}

/* ---- of a day that is past ------------------------------------------------------------------------------------------- */

bool figures_at(struct tx *tx, str text, struct figures_then *ret)
{
    struct op *op = tx->op;
    struct figures_then then = {.now = op->now};
    struct fact fact;
    bool found = true;
    day d;
    *ret = then;
    if (!text.n || (day_parse(text, &d) && d == day_at(op->now)))
        return true;
    if (!as_of_read(op, text, &then.moment, &then.fact))
        return false;
    if (then.moment > op->now)
        return op_fail(op, FAULT_INPUT, S("as_of"), "截至哪天、哪时不能晚于现在");
    if (then.moment ? !store_fact_at(tx, then.moment, &then.fact) : !fact_get(tx, then.fact, &fact, &found))
        return false;
    if (!then.fact || !found)
        return op_fail(op, FAULT_INPUT, S("as_of"), found ? "到%.*s还没有任何记录，请写后面的日子" : "没有%.*s这条留痕，请核对号码",
                       PS(text));
    op->now = then.moment ? then.moment : fact.at;
    then.said = !then.moment ? op_text(op, "第%.*s条留痕", PS(str_part(text, 1, text.n)))
                : day_parse(text, &d) ? day_text(op, d)
                                      : str_part(time_text(op, then.moment), 0, strlen("2021-12-31T08:00"));
    *ret = then;
    return true;
}

str value_as_of(struct op *op, const struct indicator_value *v)
{
    if (!v->as_of)
        return v->as_of_fact ? op_text(op, "#%lld", (long long)v->as_of_fact) : S("");
    return time_text(op, v->as_of);
}

/* ---- the value --------------------------------------------------------------------------------------------------- */

/* Ratios in percent keep one decimal, others four; averages two. */
enum { PERCENT_DECIMALS = 1, RATIO_SHOWN = 4, AVERAGE_DECIMALS = 2 };

static bool quotient_of(const struct indicator *i, dec over, dec under, dec *ret)
{
    bool percent = str_eq(i->unit, S("%"));
    dec quotient;
    return dec_div(over, under, &quotient) && (!percent || dec_mul(quotient, dec_of(100), &quotient)) &&
           dec_round(quotient, percent ? PERCENT_DECIMALS : RATIO_SHOWN, DEC_HALF_UP, ret);
}

/* From its parts, all of which must be known: what a reader may not see or nobody can tell is not left out silently. */
static void made_take(const struct indicator *i, const struct indicator_value *parts, struct indicator_value *v)
{
    dec sum = dec_of(0);
    v->parts = parts;
    v->known = true;
    for (size_t k = 0; k < i->part_count; k++) {
        v->denied = v->denied || parts[k].denied;
        v->known = v->known && parts[k].known;
        v->rows += parts[k].rows;
    }
    if (!v->known)
        return;
    if (i->up == UP_RATIO) {
        v->known = quotient_of(i, parts[0].number, parts[1].number, &v->number);
        return;
    }
    for (size_t k = 0; k < i->part_count && v->known; k++)
        v->known = i->parts[k].sign == SIGN_MINUS ? dec_sub(sum, parts[k].number, &sum)
                                                  : dec_add(sum, parts[k].number, &sum);
    v->number = sum;
}

[[nodiscard]] static bool made_value(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct indicator *i, const struct indicator_ask *asked,
                                     struct indicator_value *v)
{
    struct indicator_value *parts = op_array(tx->op, struct indicator_value, i->part_count + 1);
    for (size_t k = 0; k < i->part_count; k++)
        if (!indicator_value(tx, town, who, i->parts[k].of, asked, &parts[k]))
            return false;
    made_take(i, parts, v);
    return true;
}

str indicator_parts_said(struct op *op, const struct indicator_value *v)
{
    static const str signs[SIGNS] = {
        [SIGN_PLUS] = SC("＋"), [SIGN_MINUS] = SC("－"), [SIGN_OVER] = SC(""), [SIGN_UNDER] = SC("÷")};
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++) {
        const struct indicator_part *p = &v->indicator->parts[k];
        buf_text(&b, "%.*s%.*s%.*s %.*s", PS(k ? S(" ") : S("")), PS(k || p->sign == SIGN_MINUS ? signs[p->sign] : S("")),
                 PS(p->of->name), PS(v->parts[k].text));
    }
    return buf_str(&b);
}

/* What `total` means. False: nothing to tell. */
static bool number_of(const struct indicator *i, const struct list_total *total, dec *ret)
{
    switch (i->up) {
    case UP_COUNT:
        *ret = dec_of(total->rows);
        return true;
    case UP_SUM:
        *ret = total->sum;
        return true;
    case UP_DISTINCT:
        *ret = dec_of(total->distinct);
        return true;
    case UP_AVERAGE:
        return dec_div(total->sum, dec_of(total->filled), ret) && dec_round(*ret, AVERAGE_DECIMALS, DEC_HALF_UP, ret);
    case UP_UNITS:
    case UP_MIDDLE:
    case UP_LIST:
    case UP_RATIO:
    case UP_BALANCE:
    case UPS:
        break;
    }
    return false;
}

bool units_of(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator_ask *asked, const struct units **ret)
{
    struct units *units;
    *ret = asked->units;
    if (*ret)
        return true;
    if (!units_read(tx, town, who, asked->from, asked->to, &units))
        return false;
    *ret = units;
    return true;
}

bool indicator_of_units(const struct indicator *i)
{
    bool found = i->up == UP_UNITS;
    for (size_t k = 0; k < i->part_count; k++)
        found = found || indicator_of_units(i->parts[k].of);
    return found;
}

bool indicator_adds(const struct indicator *i)
{
    bool adds = i->up != UP_AVERAGE && i->up != UP_MIDDLE && i->up != UP_RATIO && i->up != UP_LIST;
    for (size_t k = 0; k < i->part_count; k++)
        adds = adds && indicator_adds(i->parts[k].of);
    return adds;
}

/* In how many of the town's village groups there is anything to count. */
[[nodiscard]] static bool units_value(struct tx *tx, const struct town *town, const struct who *who,
                                      const struct indicator *i, const struct indicator_ask *asked,
                                      struct indicator_value *v)
{
    const struct units *units;
    struct indicator_ask whole = *asked;
    struct unit_parts parts;
    int64_t n = 0;
    if (!units_of(tx, town, who, asked, &units))
        return false;
    if (!whole.as_of_fact)
        whole.as_of_fact = units->as_of_fact;
    unit_parts(tx->op, units, asked->unit, &parts);
    struct list_total *totals = op_array(tx->op, struct list_total, parts.count + 1);
    struct total_query q = {.as_of = whole.as_of, .as_of_fact = whole.as_of_fact};
    if (!indicator_where(tx->op, i, &whole, &q.where) ||
        !list_totals(tx, town, who, i->ledger, &q, &parts.of, totals))
        return false;
    for (size_t k = 0; k < parts.count; k++)
        n += totals[k].rows > 0;
    v->known = true;
    v->number = dec_of(n);
    return true;
}

static str shown_value(const struct record *r, const struct field *f)
{
    str label = json_str(r->labels, f->name);
    const struct json *v = json_get(r->values, f->name);
    return label.n ? label : v && v->kind != JSON_NULL && v->kind != JSON_ARRAY ? v->text : S("");
}

[[nodiscard]] static bool values_listed(struct tx *tx, const struct town *town, const struct who *who,
                                        const struct indicator *i, const struct indicator_ask *asked,
                                        struct indicator_value *v)
{
    struct list_page page;
    struct map seen;
    struct buf b;
    const str sort[] = {i->of->name}, fields[] = {i->of->name};
    struct list_query q = {.where = v->where,
                           .sort = sort,
                           .sort_count = 1,
                           .limit = LIST_LIMIT_MAX,
                           .fields = fields,
                           .field_count = 1,
                           .as_of = asked->as_of,
                           .as_of_fact = asked->as_of_fact};
    if (!list_read(tx, town, who, i->ledger, &q, &page))
        return false;
    map_init(&seen, tx->op);
    buf_init(&b, tx->op, 0);
    for (size_t k = 0; k < page.record_count; k++) {
        str text = shown_value(&page.records[k], i->of);
        if (!text.n || !map_put(&seen, text, v))
            continue;
        if (seen.count <= INDICATOR_LIST_MAX)
            buf_text(&b, seen.count > 1 ? "、%.*s" : "%.*s", PS(text));
    }
    buf_text(&b, seen.count > INDICATOR_LIST_MAX ? "等" : "");
    v->known = seen.count > 0;
    v->number = dec_of((int64_t)seen.count);
    v->text = buf_str(&b);
    return true;
}

/* ---- the middle value ---------------------------------------------------------------------------------------------- */

struct middle {
    const struct field *of;
    dec *p;
    size_t n, max; /* the array is made before: list_each gives memory back between rows */
};

static bool middle_add(void *context, const struct record *r)
{
    struct middle *m = context;
    const struct json *v = json_get(r->values, m->of->name);
    if (v && m->n < m->max && dec_parse(v->text, &m->p[m->n]))
        m->n++;
    return true;
}

static int dec_before(const void *a, const void *b)
{
    return dec_cmp(*(const dec *)a, *(const dec *)b);
}

/* Of an even number the mean of the two in the middle. One call that waited for days moves a mean, not this. */
[[nodiscard]] static bool middle_value(struct tx *tx, const struct town *town, const struct who *who,
                                       const struct indicator *i, const struct indicator_ask *asked, int64_t filled,
                                       struct indicator_value *v)
{
    struct middle m = {.of = i->of, .p = op_array(tx->op, dec, (size_t)filled + 1), .max = (size_t)filled};
    const str fields[] = {i->of->name};
    struct list_query q = {.where = v->where,
                           .fields = fields,
                           .field_count = 1,
                           .as_of = asked->as_of,
                           .as_of_fact = asked->as_of_fact};
    if (!list_each(tx, town, who, i->ledger, &q, ACT_READ, middle_add, &m))
        return false;
    qsort(m.p, m.n, sizeof *m.p, dec_before);
    v->known = m.n > 0 && dec_add(m.p[m.n / 2], m.p[(m.n - 1) / 2], &v->number) &&
               dec_div(v->number, dec_of(2), &v->number) &&
               dec_round(v->number, AVERAGE_DECIMALS, DEC_HALF_UP, &v->number);
    return true;
}

/* ---- one value ------------------------------------------------------------------------------------------------------ */

bool indicator_query(struct op *op, const struct indicator *i, const struct indicator_ask *asked, struct total_query *ret)
{
    *ret = (struct total_query){.of = i->of,
                                .distinct = i->up == UP_DISTINCT,
                                .as_of = asked->as_of,
                                .as_of_fact = asked->as_of_fact};
    return indicator_where(op, i, asked, &ret->where);
}

[[nodiscard]] static bool counted_value(struct tx *tx, const struct town *town, const struct who *who,
                                        const struct indicator *i, const struct indicator_ask *asked,
                                        struct indicator_value *v)
{
    struct list_total total;
    struct total_query q;
    v->ledger = i->ledger;
    if (!indicator_query(tx->op, i, asked, &q))
        return false;
    v->where = q.where;
    if (!list_total(tx, town, who, i->ledger, &q, &total))
        return false;
    v->rows = total.rows;
    v->known = i->up == UP_UNITS;
    if (i->up == UP_UNITS) /* nothing at all is nothing in each of them: a query less for each village group */
        return !total.rows || units_value(tx, town, who, i, asked, v);
    if (i->up == UP_LIST)
        return values_listed(tx, town, who, i, asked, v);
    if (i->up == UP_MIDDLE)
        return middle_value(tx, town, who, i, asked, total.filled, v);
    v->known = number_of(i, &total, &v->number);
    return true;
}

static void value_said(struct op *op, struct indicator_value *v)
{
    if (v->denied || !v->known)
        v->text = v->denied ? NOT_ALLOWED : NOT_KNOWN;
    else if (!v->text.n)
        v->text = dec_text(op, v->number);
}

/* Not being allowed is an answer. */
static bool was_denied(struct op *op, int faults)
{
    if (fault_last(op)->kind != FAULT_DENIED)
        return false;
    op_forgive(op, faults);
    return true;
}

bool indicator_value(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                     const struct indicator_ask *asked, struct indicator_value *ret)
{
    struct indicator_value v = {
        .indicator = i, .as_of_fact = asked->as_of_fact, .as_of = asked->as_of, .number = dec_of(0)};
    int faults = tx->op->fault_count;
    bool good = i->part_count ? made_value(tx, town, who, i, asked, &v) : counted_value(tx, town, who, i, asked, &v);
    if (!good && !was_denied(tx->op, faults))
        return false;
    v.denied = v.denied || !good;
    value_said(tx->op, &v);
    *ret = v;
    return true;
}

/* ---- many at once ------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool counted_values(struct tx *tx, const struct town *town, const struct who *who,
                                         const struct indicator *i, const struct indicator_ask *whole,
                                         const struct indicator_ask *asks, size_t count,
                                         const struct total_parts *groups, struct indicator_value *values)
{
    struct op *op = tx->op;
    struct list_total *totals = op_array(op, struct list_total, count + 1);
    struct total_query q = {.of = i->of,
                            .distinct = i->up == UP_DISTINCT,
                            .as_of = whole->as_of,
                            .as_of_fact = whole->as_of_fact};
    str *conditions = op_array(op, str, count + 1);
    const struct total_parts asked = {.count = count, .conditions = conditions};
    int faults = op->fault_count;
    bool denied = false;
    if (!indicator_where(op, i, whole, &q.where))
        return false;
    for (size_t k = 0; !groups && k < count; k++)
        if (!part_condition(op, i, whole, &asks[k], &conditions[k]))
            return false;
    if (!list_totals(tx, town, who, i->ledger, &q, groups ? groups : &asked, totals)) {
        if (!was_denied(op, faults))
            return false;
        denied = true;
    }
    for (size_t k = 0; k < count; k++) {
        struct indicator_value *v = &values[k];
        v->ledger = i->ledger;
        v->denied = denied;
        v->rows = denied ? 0 : totals[k].rows;
        v->known = !denied && number_of(i, &totals[k], &v->number);
    }
    return true;
}

/* Each part for all of them, then each of them from its parts. */
[[nodiscard]] static bool made_values(struct tx *tx, const struct town *town, const struct who *who,
                                      const struct indicator *i, const struct indicator_ask *whole,
                                      const struct indicator_ask *asks, size_t count, const struct total_parts *groups,
                                      struct indicator_value *values)
{
    struct op *op = tx->op;
    struct indicator_value *column = op_array(op, struct indicator_value, count + 1);
    struct indicator_value *parts = op_array(op, struct indicator_value, i->part_count * count + 1);
    for (size_t p = 0; p < i->part_count; p++) {
        if (!indicator_values(tx, town, who, i->parts[p].of, whole, asks, count, groups, column))
            return false;
        for (size_t k = 0; k < count; k++)
            parts[k * i->part_count + p] = column[k];
    }
    for (size_t k = 0; k < count; k++)
        made_take(i, &parts[k * i->part_count], &values[k]);
    return true;
}

bool indicator_values(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                      const struct indicator_ask *whole, const struct indicator_ask *asks, size_t count,
                      const struct total_parts *groups, struct indicator_value *ret)
{
    struct op *op = tx->op;
    bool alone = i->up == UP_UNITS || i->up == UP_LIST || i->up == UP_MIDDLE; /* these ask about the records of each */
    for (size_t k = 0; k < count; k++) {
        ret[k] = (struct indicator_value){
            .indicator = i, .as_of_fact = asks[k].as_of_fact, .as_of = asks[k].as_of, .number = dec_of(0)};
        if (alone && !indicator_value(tx, town, who, i, &asks[k], &ret[k]))
            return false;
    }
    if (alone)
        return true;
    if (i->part_count ? !made_values(tx, town, who, i, whole, asks, count, groups, ret)
                      : !counted_values(tx, town, who, i, whole, asks, count, groups, ret))
        return false;
    for (size_t k = 0; k < count; k++) {
        if (!i->part_count && !indicator_where(op, i, &asks[k], &ret[k].where))
            return false;
        value_said(op, &ret[k]);
    }
    return true;
}
