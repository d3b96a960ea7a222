/* Tables: a figure by village group, by choice, by month, each with one question; and who has handed in. */
#include "report/inner.h"

/* The rows of a table before they are counted. */
struct table_rows {
    struct indicator_row *p;
    size_t n, cap;
    struct indicator_ask *asks; /* [n] */
};

[[nodiscard]] static bool table_count(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct indicator *i, const struct indicator_ask *whole,
                                     const struct total_parts *groups, struct table_rows *rows)
{
    struct indicator_value *values = op_array(tx->op, struct indicator_value, rows->n + 1);
    if (!indicator_values(tx, town, who, i, whole, rows->asks, rows->n, groups, values))
        return false;
    for (size_t k = 0; k < rows->n; k++)
        rows->p[k].value = values[k];
    return true;
}

/* What is in no unit and no choice is only shown when there is such. */
static void rest_hide(struct table_rows *rows)
{
    if (rows->p[rows->n - 1].value.rows == 0)
        rows->n--;
}

[[nodiscard]] static bool by_units(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator *i, struct indicator_ask *asked, struct table_rows *rows,
                                   str *ret_note)
{
    struct op *op = tx->op;
    const struct units *units;
    struct unit_parts parts;
    if (!units_of(tx, town, who, asked, &units))
        return false;
    if (!asked->as_of_fact)
        asked->as_of_fact = units->as_of_fact;
    *ret_note = units->note;
    unit_parts(op, units, asked->unit, &parts);
    rows->asks = op_array(op, struct indicator_ask, parts.of.count);
    for (size_t k = 0; k < parts.of.count; k++) {
        const struct unit *u = parts.p[k];
        rows->asks[k] = *asked;
        rows->asks[k].unit = u;
        *list_add(op, rows) = (struct indicator_row){u->name, u->note, u, {0}};
    }
    if (!table_count(tx, town, who, i, asked, &parts.of, rows))
        return false;
    rest_hide(rows);
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
    rows->asks = op_array(tx->op, struct indicator_ask, count + 1);
    for (size_t k = 0; k <= count; k++) {
        rows->asks[k] = *asked;
        rows->asks[k].by = f;
        rows->asks[k].choice = k < count ? choices[k] : S("");
        *list_add(tx->op, rows) = (struct indicator_row){.name = k < count ? names[k] : S("未填")};
    }
    if (!table_count(tx, town, who, i, asked, NULL, rows))
        return false;
    rest_hide(rows);
    return true;
}

/* By who or what a field refers to, 站所 or 物资品类: those of which there is anything to count, named as the reader may
 * see them. */
[[nodiscard]] static bool by_targets(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct indicator *i, const struct indicator_ask *asked,
                                     const struct field *f, struct table_rows *rows)
{
    struct list_query q = {.limit = LIST_LIMIT_MAX, .as_of = asked->as_of, .as_of_fact = asked->as_of_fact};
    struct list_page page;
    const struct ledger *target = town_ledger(town, f->target);
    if (!target || !list_read(tx, town, who, target, &q, &page))
        return false;
    if (page.next.n)
        return op_fail(tx->op, FAULT_INPUT, f->name, "“%.*s”超过 %d 条，不能按它分", PS(target->name), LIST_LIMIT_MAX);
    rows->asks = op_array(tx->op, struct indicator_ask, page.record_count + 1);
    for (size_t k = 0; k <= page.record_count; k++) {
        bool named = k < page.record_count;
        rows->asks[k] = *asked;
        rows->asks[k].by = f;
        rows->asks[k].choice = named ? id_text(tx->op, page.records[k].id) : S("");
        *list_add(tx->op, rows) = (struct indicator_row){.name = named ? page.records[k].title : S("未填")};
    }
    if (!table_count(tx, town, who, i, asked, NULL, rows))
        return false;
    size_t kept = 0;
    for (size_t k = 0; k < rows->n; k++)
        if (rows->p[k].value.rows > 0)
            rows->p[kept++] = rows->p[k];
    rows->n = kept;
    return true;
}

/* What is of a year is of none of its months. */
bool indicator_monthly(const struct indicator *i)
{
    bool monthly = true;
    for (size_t k = 0; k < i->part_count; k++)
        monthly = monthly && indicator_monthly(i->parts[k].of);
    if (i->part_count)
        return monthly;
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
    rows->asks = op_array(tx->op, struct indicator_ask, (size_t)months);
    for (int k = 0; k < months; k++) {
        int month = first.month - 1 + k;
        day begin = day_of(first.year + month / 12, month % 12 + 1, 1),
            next = day_of(first.year + (month + 1) / 12, (month + 1) % 12 + 1, 1);
        one.from = begin > asked->from ? begin : asked->from;
        one.to = next - 1 < asked->to ? next - 1 : asked->to;
        str name = first.year == last.year ? op_text(tx->op, "%d月", month % 12 + 1)
                                           : op_text(tx->op, "%d年%d月", first.year + month / 12, month % 12 + 1);
        rows->asks[k] = one;
        *list_add(tx->op, rows) = (struct indicator_row){.name = name};
    }
    return table_count(tx, town, who, i, asked, NULL, rows);
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
        : f->type == F_REF ? !by_targets(tx, town, who, i, &whole, f, &rows)
                           : !by_choices(tx, town, who, i, &whole, f, &rows))
        return false;
    struct indicator_row *all = list_add(tx->op, &rows);
    *all = (struct indicator_row){.name = S("合计"), .unit = whole.unit};
    if (!indicator_value(tx, town, who, i, &whole, &all->value))
        return false;
    *ret = rows.p;
    *ret_count = rows.n;
    return true;
}

/* ---- who has handed in ------------------------------------------------------------------------------------------- */

bool submissions_read(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *i,
                      day from, day to, day due, struct submissions *ret)
{
    struct units *units;
    struct unit_parts parts;
    struct submissions all = {0};
    if (!i->by_unit || i->part_count || i->when != WHEN_IN || !ledger_field(i->ledger, i->at.name) ||
        (i->at.field->value != F_DAY && i->at.field->value != F_TIME))
        return op_fail(tx->op, FAULT_INPUT, i->name, "“%.*s”不按村组分，或没有日期字段，看不出谁报了、是否按时", PS(i->name));
    if (!units_read(tx, town, who, from, to, &units))
        return false;
    struct indicator_ask whole = {.from = from, .to = to, .as_of_fact = units->as_of_fact};
    struct total_query q = {.of = i->at.field, .first = true, .as_of_fact = units->as_of_fact};
    unit_parts(tx->op, units, NULL, &parts);
    struct list_total *totals = op_array(tx->op, struct list_total, parts.of.count);
    if (!indicator_where(tx->op, i, &whole, &q.where) || !list_totals(tx, town, who, i->ledger, &q, &parts.of, totals))
        return false;
    all.p = op_array(tx->op, struct submission, parts.count + 1);
    all.note = units->note;
    for (size_t k = 0; k < parts.count; k++) {
        struct submission *s = &all.p[all.count++];
        *s = (struct submission){
            .unit = parts.p[k], .rows = totals[k].rows, .dated = totals[k].dated, .first = totals[k].first};
        s->late = due && s->dated && s->first > due;
        all.handed_in += s->rows > 0;
        all.late += s->late;
        all.missing += s->rows == 0;
    }
    *ret = all;
    return true;
}
