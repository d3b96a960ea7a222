/* Values: the condition of an indicator in a period, and what it comes to. */
#include "report/inner.h"

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
        return op_text(op, "\"%04d-%02d\"", date.year, date.month);
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

bool indicator_where(struct op *op, const struct indicator *i, const struct indicator_ask *asked, str *ret)
{
    struct wheres w = {.op = op};
    while (i->up == UP_RATIO)
        i = i->over;
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

/* ---- the value --------------------------------------------------------------------------------------------------- */

/* Ratios in percent keep one decimal, others four; averages two. */
enum { PERCENT_DECIMALS = 1, RATIO_SHOWN = 4, AVERAGE_DECIMALS = 2 };

[[nodiscard]] static bool ratio_value(struct tx *tx, const struct town *town, const struct who *who,
                                      const struct indicator *i, const struct indicator_ask *asked,
                                      struct indicator_value *v)
{
    struct indicator_value over, under;
    bool percent = str_eq(i->unit, S("%"));
    dec quotient;
    if (!indicator_value(tx, town, who, i->over, asked, &over) ||
        !indicator_value(tx, town, who, i->under, asked, &under))
        return false;
    v->denied = over.denied || under.denied;
    v->rows = over.rows;
    v->ledger = over.ledger;
    v->where = over.where;
    v->known = over.known && under.known && dec_div(over.number, under.number, &quotient) &&
               (!percent || dec_mul(quotient, dec_of(100), &quotient)) &&
               dec_round(quotient, percent ? PERCENT_DECIMALS : RATIO_SHOWN, DEC_HALF_UP, &v->number);
    return true;
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
    case UP_LIST:
    case UP_RATIO:
    case UPS:
        break;
    }
    return false;
}

/* The units one level below. Roots of the tree are the town itself. */
bool unit_shown(const struct units *units, const struct unit *u, const struct unit *under)
{
    if (under)
        return id_eq(u->above, under->id);
    const struct unit *above = unit_find(units, u->above);
    return above ? id_none(above->above) || !unit_find(units, above->above) : u->cover_count == 1;
}

[[nodiscard]] static bool units_of(struct tx *tx, const struct town *town, const struct who *who,
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

/* In how many of the town's village groups there is anything to count. */
[[nodiscard]] static bool units_value(struct tx *tx, const struct town *town, const struct who *who,
                                      const struct indicator *i, const struct indicator_ask *asked,
                                      struct indicator_value *v)
{
    const struct units *units;
    struct indicator_ask one = *asked;
    struct list_total total;
    int64_t n = 0;
    if (!units_of(tx, town, who, asked, &units))
        return false;
    if (!one.as_of_fact)
        one.as_of_fact = units->as_of_fact;
    for (size_t k = 0; k < units->count; k++) {
        struct total_query q = {.as_of_fact = one.as_of_fact};
        one.unit = &units->p[k];
        if (!unit_shown(units, one.unit, asked->unit))
            continue;
        if (!indicator_where(tx->op, i, &one, &q.where) || !list_total(tx, town, who, i->ledger, &q, &total))
            return false;
        n += total.rows > 0;
    }
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

[[nodiscard]] static bool counted_value(struct tx *tx, const struct town *town, const struct who *who,
                                        const struct indicator *i, const struct indicator_ask *asked,
                                        struct indicator_value *v)
{
    struct list_total total;
    v->ledger = i->ledger;
    if (!indicator_where(tx->op, i, asked, &v->where))
        return false;
    struct total_query q = {.where = v->where, .of = i->of, .as_of_fact = asked->as_of_fact};
    if (!list_total(tx, town, who, i->ledger, &q, &total))
        return false;
    v->rows = total.rows;
    v->known = i->up == UP_UNITS;
    if (i->up == UP_UNITS) /* nothing at all is nothing in each of them: a query less for each village group */
        return !total.rows || units_value(tx, town, who, i, asked, v);
    if (i->up == UP_LIST)
        return values_listed(tx, town, who, i, asked, v);
    v->known = number_of(i, &total, &v->number);
    return true;
}

bool indicator_value(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                     const struct indicator_ask *asked, struct indicator_value *ret)
{
    struct indicator_value v = {.indicator = i, .as_of_fact = asked->as_of_fact, .number = dec_of(0)};
    int faults = tx->op->fault_count;
    bool good =
        i->up == UP_RATIO ? ratio_value(tx, town, who, i, asked, &v) : counted_value(tx, town, who, i, asked, &v);
    if (!good) {
        if (fault_last(tx->op)->kind != FAULT_DENIED)
            return false;
        op_forgive(tx->op, faults);
        v.denied = true;
    }
    if (v.denied || !v.known)
        v.text = v.denied ? NOT_ALLOWED : NOT_KNOWN;
    else if (!v.text.n)
        v.text = dec_text(tx->op, v.number);
    *ret = v;
    return true;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

struct table_rows {
    struct indicator_row *p;
    size_t n, cap;
};

[[nodiscard]] static bool row_add(struct tx *tx, const struct town *town, const struct who *who,
                                  const struct indicator *i, const struct indicator_ask *asked,
                                  struct indicator_row row, struct table_rows *rows)
{
    if (!indicator_value(tx, town, who, i, asked, &row.value))
        return false;
    *list_add(tx->op, rows) = row;
    return true;
}

static struct unit *rest_of(struct op *op, const struct units *units, const struct unit *under)
{
    struct unit *rest = op_new(op, struct unit);
    struct { id *p; size_t n, cap; } own = {0};
    if (under)
        *list_add(op, &own) = under->id;
    for (size_t k = 0; !under && k < units->count; k++)
        if (!unit_find(units, units->p[k].above) && units->p[k].cover_count > 1)
            *list_add(op, &own) = units->p[k].id;
    *rest =
        (struct unit){.name = under ? under->name : S("镇本级"), .covers = own.p, .cover_count = own.n, .rest = !under};
    return rest;
}

[[nodiscard]] static bool by_units(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator *i, struct indicator_ask *asked, struct table_rows *rows,
                                   str *ret_note)
{
    const struct units *units;
    struct indicator_ask one = *asked;
    if (!units_of(tx, town, who, asked, &units))
        return false;
    if (!asked->as_of_fact)
        one.as_of_fact = asked->as_of_fact = units->as_of_fact;
    *ret_note = units->note;
    for (size_t k = 0; k < units->count; k++) {
        const struct unit *u = &units->p[k];
        one.unit = u;
        if (unit_shown(units, u, asked->unit) &&
            !row_add(tx, town, who, i, &one, (struct indicator_row){u->name, u->note, u, {0}}, rows))
            return false;
    }
    one.unit = rest_of(tx->op, units, asked->unit);
    if (!row_add(tx, town, who, i, &one, (struct indicator_row){.name = one.unit->name, .unit = one.unit}, rows))
        return false;
    if (rows->p[rows->n - 1].value.rows == 0)
        rows->n--;
    return true;
}

[[nodiscard]] static bool by_choices(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct indicator *i, const struct indicator_ask *asked,
                                     const struct field *f, struct table_rows *rows)
{
    static const str truth[] = {SC("true"), SC("false")}, truth_words[] = {SC("是"), SC("否")};
    bool is_truth = f->value == F_BOOL;
    const str *choices = is_truth ? truth : f->choices, *names = is_truth ? truth_words : f->choices;
    size_t count = is_truth ? COUNT(truth) : f->choice_count;
    struct indicator_ask one = *asked;
    one.by = f;
    for (size_t k = 0; k < count; k++) {
        one.choice = choices[k];
        if (!row_add(tx, town, who, i, &one, (struct indicator_row){.name = names[k]}, rows))
            return false;
    }
    one.choice = S("");
    if (!row_add(tx, town, who, i, &one, (struct indicator_row){.name = S("未填")}, rows))
        return false;
    if (rows->p[rows->n - 1].value.rows == 0)
        rows->n--;
    return true;
}

/* What is of a year is of none of its months. */
bool indicator_monthly(const struct indicator *i)
{
    if (i->up == UP_RATIO)
        return indicator_monthly(i->over) && indicator_monthly(i->under);
    return i->when == WHEN_IN && i->at.field->value != F_YEAR;
}

/* The months of the period, the first and the last as far as they lie in it. */
[[nodiscard]] static bool by_months(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct indicator *i, const struct indicator_ask *asked,
                                    struct table_rows *rows)
{
    struct indicator_ask one = *asked;
    struct date first = date_of(asked->from), last = date_of(asked->to);
    int months = (last.year - first.year) * 12 + last.month - first.month + 1;
    if (months > INDICATOR_MONTHS_MAX)
        return op_fail(tx->op, FAULT_INPUT, S("月"), "按月最多分 %d 个月，请缩短期间", INDICATOR_MONTHS_MAX);
    for (int k = 0; k < months; k++) {
        int month = first.month - 1 + k;
        day begin = day_of(first.year + month / 12, month % 12 + 1, 1),
            next = day_of(first.year + (month + 1) / 12, (month + 1) % 12 + 1, 1);
        one.from = begin > asked->from ? begin : asked->from;
        one.to = next - 1 < asked->to ? next - 1 : asked->to;
        str name = first.year == last.year ? op_text(tx->op, "%d月", month % 12 + 1)
                                           : op_text(tx->op, "%d年%d月", first.year + month / 12, month % 12 + 1);
        if (!row_add(tx, town, who, i, &one, (struct indicator_row){.name = name}, rows))
            return false;
    }
    return true;
}

bool indicator_by(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                  const struct indicator_ask *asked, str by, struct indicator_row **ret, size_t *ret_count,
                  str *ret_note)
{
    struct table_rows rows = {0};
    struct indicator_ask whole = *asked;
    const struct field *f = NULL;
    *ret_note = S("");
    for (size_t k = 0; k < i->by_count; k++)
        if (str_eq(i->by[k]->name, by))
            f = i->by[k];
    bool units = i->by_unit && str_eq(by, GROUP_LEDGER), months = !f && str_eq(by, MONTHS) && indicator_monthly(i);
    if (!f && !units && !months)
        return op_fail(tx->op, FAULT_INPUT, by, "指标“%.*s”不能按“%.*s”分；定义里的“分组”写明能按什么分", PS(i->name), PS(by));
    if (months ? !by_months(tx, town, who, i, &whole, &rows)
        : units ? !by_units(tx, town, who, i, &whole, &rows, ret_note)
                : !by_choices(tx, town, who, i, &whole, f, &rows))
        return false;
    if (!row_add(tx, town, who, i, &whole, (struct indicator_row){.name = S("合计"), .unit = whole.unit}, &rows))
        return false;
    *ret = rows.p;
    *ret_count = rows.n;
    return true;
}

/* ---- who has handed in ------------------------------------------------------------------------------------------- */

/* The day of the first record. */
[[nodiscard]] static bool first_day(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct indicator *i, const struct indicator_ask *asked, struct submission *s)
{
    str where;
    struct list_page page;
    const str sort[] = {i->at.name}, fields[] = {i->at.name};
    if (!indicator_where(tx->op, i, asked, &where))
        return false;
    struct list_query q = {.where = where,
                           .sort = sort,
                           .sort_count = 1,
                           .limit = 1,
                           .fields = fields,
                           .field_count = 1,
                           .as_of_fact = asked->as_of_fact};
    if (!list_read(tx, town, who, i->ledger, &q, &page))
        return false;
    time_ms moment;
    if (page.record_count && time_parse(json_str(page.records[0].values, i->at.name), &moment)) {
        s->dated = true;
        s->first = day_at(moment);
    }
    return true;
}

bool submissions_read(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                      day from, day to, day due, struct submissions *ret)
{
    struct units *units;
    struct submissions all = {0};
    if (!i->by_unit || i->up == UP_RATIO || i->when != WHEN_IN || !ledger_field(i->ledger, i->at.name) ||
        (i->at.field->value != F_DAY && i->at.field->value != F_TIME))
        return op_fail(tx->op, FAULT_INPUT, i->name, "“%.*s”不按村组分，或没有日期字段，看不出谁报了、是否按时", PS(i->name));
    if (!units_read(tx, town, who, from, to, &units))
        return false;
    all.p = op_array(tx->op, struct submission, units->count + 1);
    all.note = units->note;
    for (size_t k = 0; k < units->count; k++) {
        struct indicator_ask asked = {.from = from, .to = to, .unit = &units->p[k], .as_of_fact = units->as_of_fact};
        struct submission *s = &all.p[all.count];
        struct indicator_value v;
        if (!unit_shown(units, &units->p[k], NULL))
            continue;
        *s = (struct submission){.unit = &units->p[k]};
        if (!indicator_value(tx, town, who, i, &asked, &v) || (v.rows && !first_day(tx, town, who, i, &asked, s)))
            return false;
        s->rows = v.rows;
        s->late = due && s->dated && s->first > due;
        all.handed_in += s->rows > 0;
        all.late += s->late;
        all.missing += s->rows == 0;
        all.count++;
    }
    *ret = all;
    return true;
}
