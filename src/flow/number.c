/* What a task keeps in its record by being done: a number of a series, the time.
 *
 * 发文字号: a task with zw:number takes the next number of its series, 镇政发〔2021〕12号, when it is agreed to and the field is
 * empty. A number once taken is never used again, also when its paper was withdrawn. */
#include "flow/inner.h"

bool number_valid(const struct ledger *l, const struct procedure_number *n)
{
    const struct field *field = ledger_field(l, n->field), *by = ledger_field(l, n->by);
    return field && (field->type == F_TEXT || field->type == F_CODE) && by && n->series.n;
}

bool number_dated_valid(const struct ledger *l, str dated)
{
    for (str rest = dated, name; rest.n;) {
        str_split(rest, '|', &name, &rest);
        const struct field *f = ledger_field(l, name);
        if (!f || (f->type != F_DAY && f->type != F_TIME))
            return false;
    }
    return true;
}

/* A paper signed in December and numbered in January has December's year: its number's year is that of its date
 * (GB/T 9704-2012, 7.2.5 and 7.3.5). */
static int year_of(const struct flow_tx *f, const struct procedure_number *n)
{
    for (str rest = n->dated, name; rest.n;) {
        day d;
        str_split(rest, '|', &name, &rest);
        str value = json_str(f->values, ledger_field(f->procedure->ledger, name)->name);
        if (day_parse(str_part(value, 0, S("2021-12-31").n), &d)) /* of a time: as it is written, the town's own */
            return date_of(d).year;
    }
    return date_of(day_at(f->op->now)).year;
}

/* 发文机关: 镇党委=镇党发、镇政府=镇政发 */
static str series_of(const struct flow_tx *f, const struct procedure_number *n)
{
    str rest = n->series, name, head, value = json_str(f->values, ledger_field(f->procedure->ledger, n->by)->name);
    while (flow_pair_next(&rest, &name, &head))
        if (str_eq(name, value))
            return head;
    return S("");
}

static int64_t number_in(str text, str head)
{
    str rest = str_part(text, head.n, text.n);
    int64_t number;
    if (!str_ends(rest, S("号")))
        return 0;
    struct json value = {.kind = JSON_NUMBER, .text = str_part(rest, 0, rest.n - S("号").n)};
    return json_int(&value, &number) && number > 0 ? number : 0;
}

[[nodiscard]] static bool next_number(struct flow_tx *f, const struct field *field, str head, int64_t *ret)
{
    struct rows *rows;
    bool found;
    str column = store_name(f->op, field->name);
    str sql = op_text(f->op, "select %.*s from now_%.*s where substr(%.*s, 1, $1) = $2", PS(column),
                      PS(f->procedure->ledger->table->name), PS(column));
    *ret = 1;
    if (!store_query(f->tx, sql.p, ARGS(INT((int64_t)utf8_count(head)), TEXT(head)), &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        int64_t number = number_in(rows_text(rows, 0), head);
        if (number >= *ret)
            *ret = number + 1;
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

static const struct procedure_number *numbered_at(const struct flow_tx *f, int node)
{
    for (size_t i = 0; i < f->procedure->number_count; i++)
        if (f->procedure->numbers[i].node == node)
            return &f->procedure->numbers[i];
    return NULL;
}

str number_given(const struct flow_tx *f, int node)
{
    const struct procedure_number *n = numbered_at(f, node);
    return n && f->values && series_of(f, n).n ? ledger_field(f->procedure->ledger, n->field)->name : S("");
}

bool number_take(struct flow_tx *f, int node)
{
    const struct procedure_number *n = numbered_at(f, node);
    int64_t number;
    const struct field *field = n ? ledger_field(f->procedure->ledger, n->field) : NULL;
    if (!n || json_str(f->values, field->name).n)
        return true;
    str head = series_of(f, n);
    if (!head.n)
        return true; /* no series for it: the form asks for a number by hand */
    head = op_text(f->op, "%.*s〔%d〕", PS(head), year_of(f, n));
    if (!next_number(f, field, head, &number))
        return false;
    return case_field(f, field->name, op_text(f->op, "%.*s%lld号", PS(head), (long long)number), S("取号"));
}

[[nodiscard]] static bool stamp_one(struct flow_tx *f, const struct procedure_stamp *s)
{
    const struct field *field = ledger_field(f->procedure->ledger, s->field);
    str now = field->type == F_DAY ? day_text(f->op, day_at(f->op->now)) : time_text(f->op, f->op->now);
    return case_field(f, field->name, now, S("办完"));
}

/* Done again after a return: the later time counts. */
bool stamp_put(struct flow_tx *f, int node)
{
    for (size_t i = 0; i < f->procedure->stamp_count; i++)
        if (f->procedure->stamps[i].node == node && !stamp_one(f, &f->procedure->stamps[i]))
            return false;
    return true;
}

/* 销号: nobody types the day on which the last step was passed, and none stands there where it was not. */
bool stamp_end(struct flow_tx *f, str state)
{
    const struct procedure *p = f->procedure;
    for (size_t i = 0; i < p->stamp_count; i++)
        if (p->stamps[i].ends && str_eq(bpmn_node_name(p->model, p->stamps[i].node), state) && !stamp_one(f, &p->stamps[i]))
            return false;
    return true;
}
