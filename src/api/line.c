/* The home page of a line of work (业务条线): what is due, what is missing, figures and doubts, as packs declare them. */
#include "api/call.h"

enum { DUE_WITHIN_DAYS = 30, DUE_SHOWN = 12 };

bool ledger_readable(struct call *c, const struct ledger *l)
{
    int faults = c->op->fault_count;
    struct right right;
    bool may = l && right_for(c->op, c->town, c->who, l, ACT_READ, &right);
    op_forgive(c->op, faults);
    return may;
}

/* line empty: of all lines. Doubts that nobody has are left out. */
bool write_figures(struct call *c, str key, bool doubts, str line)
{
    struct json_out *w = &c->out;
    size_t count;
    const struct figure *figures = town_figures(c->town, &count);
    json_put_open(w, key, '[');
    for (size_t i = 0; i < count; i++) {
        const struct figure *f = &figures[i];
        int64_t n;
        if (f->doubt != doubts || (line.n && !str_eq(f->ledger->line_of_work, line)) || !ledger_readable(c, f->ledger))
            continue;
        if (!list_count(c->tx, c->town, c->who, f->ledger, f->where, &n)) {
            if (op_has_fault(c->op, FAULT_SYSTEM))
                return false;
            op_forgive(c->op, 0); /* a figure over a field that is masked for this person is not theirs to see */
            continue;
        }
        if (doubts && n == 0)
            continue;
        json_open(w, '{');
        json_put_text(w, doubts ? S("text") : S("name"), f->name);
        json_put_int(w, doubts ? S("count") : S("value"), n);
        json_put_text(w, S("ledger"), f->ledger->name);
        json_put_text(w, S("english"), f->ledger->english);
        json_put_text(w, S("where"), f->where);
        json_put_text(w, S("line"), f->ledger->line_of_work);
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

/* What a page leaves out when it may not be seen, or is not there; the database's own failures stay failures. */
static bool skipped(struct call *c, int faults)
{
    if (op_has_fault(c->op, FAULT_SYSTEM))
        return false;
    op_forgive(c->op, faults);
    return true;
}

/* Working days from today until then; past: calendar days, negative. */
static int days_left(const struct call *c, day until)
{
    const struct work_calendar *calendar = town_calendar(c->town);
    day today = day_at(c->op->now);
    int left = 0;
    if (until <= today)
        return (int)(until - today);
    for (day d = today + 1; d <= until; d++)
        left += work_calendar_is(calendar, d);
    return left;
}

static bool day_of_text(str text, day *ret)
{
    return text.n >= 10 && day_parse(str_part(text, 0, 10), ret);
}

[[nodiscard]] static bool write_due(struct call *c, const struct due_figure *d)
{
    struct json_out *w = &c->out;
    int faults = c->op->fault_count;
    str sort = d->day->name;
    str soon = op_text(c->op, "%.*s <= %s + duration(\"P%dD\")", PS(d->day->name),
                       d->day->value == F_DAY ? "today()" : "now()", DUE_WITHIN_DAYS);
    str where = d->where.n ? op_text(c->op, "(%.*s) and %.*s", PS(d->where), PS(soon)) : soon;
    struct list_query q = {.where = where, .sort = &sort, .sort_count = 1, .limit = DUE_SHOWN, .count = true};
    struct list_page page;
    if (!list_read(c->tx, c->town, c->who, d->ledger, &q, &page))
        return skipped(c, faults);
    if (page.record_count == 0)
        return true;
    json_open(w, '{');
    json_put_text(w, S("name"), d->name);
    json_put_text(w, S("ledger"), d->ledger->name);
    json_put_text(w, S("english"), d->ledger->english);
    json_put_text(w, S("day_field"), d->day->name);
    json_put_text(w, S("where"), where);
    json_put_int(w, S("count"), page.count);
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; i < page.record_count; i++) {
        const struct record *r = &page.records[i];
        str text = json_str(r->values, d->day->name);
        day until;
        if (!day_of_text(text, &until))
            continue;
        json_open(w, '{');
        json_put_text(w, S("id"), id_text(c->op, r->id));
        json_put_text(w, S("title"), r->title);
        json_put_text(w, S("due"), text);
        json_put_int(w, S("left"), days_left(c, until));
        json_put_text(w, S("state"), r->state);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

static void write_heads(struct json_out *w, str key, const struct matrix_head *heads, size_t count)
{
    json_put_open(w, key, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        json_put_text(w, S("key"), heads[i].key);
        json_put_text(w, S("name"), heads[i].name);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_side(struct json_out *w, str key, const struct axis *a)
{
    json_key(w, key);
    if (a->field)
        json_text(w, a->field->name);
    else
        json_null(w);
}

[[nodiscard]] static bool write_matrix(struct call *c, const struct matrix *m)
{
    static const str states[CELL_STATES] = {SC("none"), SC("gap"), SC("begun"), SC("done")};
    struct json_out *w = &c->out;
    int faults = c->op->fault_count;
    struct matrix_view v;
    if (!matrix_read(c->tx, c->town, c->who, m, &v))
        return skipped(c, faults);
    json_open(w, '{');
    json_put_text(w, S("name"), m->name);
    json_put_text(w, S("note"), m->note);
    json_put_text(w, S("ledger"), m->ledger->name);
    json_put_text(w, S("english"), m->ledger->english);
    json_put_text(w, S("where"), m->where);
    write_side(w, S("row_field"), &m->row);
    write_side(w, S("column_field"), &m->column);
    write_heads(w, S("rows"), v.rows, v.row_count);
    write_heads(w, S("columns"), v.columns, v.column_count);
    json_put_open(w, S("cells"), '[');
    for (size_t k = 0; k < v.row_count * v.column_count; k++) {
        const struct matrix_cell *cell = &v.cells[k];
        json_open(w, '{');
        json_put_text(w, S("state"), states[cell->state]);
        json_put_int(w, S("records"), cell->records);
        json_key(w, S("record"));
        if (cell->records == 1)
            json_text(w, id_text(c->op, cell->record));
        else
            json_null(w);
        json_put_text(w, S("text"), cell->text);
        json_close(w, '}');
    }
    json_close(w, ']');
    for (size_t i = 0; i < CELL_STATES; i++)
        json_put_int(w, states[i], v.sums[i]);
    json_close(w, '}');
    return true;
}

bool line_show(struct call *c)
{
    struct json_out *w = &c->out;
    size_t count, ledgers = 0;
    for (size_t i = 0; i < town_ledger_count(c->town); i++) {
        const struct ledger *l = town_ledger_at(c->town, i);
        ledgers += str_eq(l->line_of_work, c->word) && ledger_readable(c, l);
    }
    if (!ledgers)
        return op_fail(c->op, FAULT_MISSING, S(""), "没有名为“%.*s”的业务条线，或您的岗位看不到它", PS(c->word));
    json_open(w, '{');
    json_put_text(w, S("name"), c->word);
    json_put_text(w, S("today"), day_text(c->op, day_at(c->op->now)));
    if (!write_figures(c, S("figures"), false, c->word) || !write_figures(c, S("doubts"), true, c->word))
        return false;
    json_put_open(w, S("due"), '[');
    const struct due_figure *dues = town_dues(c->town, &count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(dues[i].ledger->line_of_work, c->word) && ledger_readable(c, dues[i].ledger) &&
            !write_due(c, &dues[i]))
            return false;
    json_close(w, ']');
    json_put_open(w, S("matrices"), '[');
    const struct matrix *matrices = town_matrices(c->town, &count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(matrices[i].ledger->line_of_work, c->word) && ledger_readable(c, matrices[i].ledger) &&
            !write_matrix(c, &matrices[i]))
            return false;
    json_close(w, ']');
    json_close(w, '}');
    return true;
}
