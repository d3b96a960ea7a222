/* Deadlines: rows of 时限规则 with effective dates, counted on the town's calendar. No number of days stands here. */
#include "ledger/inner.h"

enum { RULES_MAX = 2000, DAYS_MAX = 4000, COUNT_MAX = 36500, EXTENDS_MAX = 60 };
#define RULE_LEDGER S("时限规则")
#define DAY_LEDGER S("工作日历")

struct dated {
    str code;
    int64_t version, from, until;    /* until 0: still */
    struct deadline rule;
};

/* As read in one tx; a part that is undone, or a rule that is written, and it is read again. */
struct deadlines {
    struct tx *tx;
    struct op memory;
    int undone;
    const struct work_calendar *days;
    struct dated *rules;
    size_t count;
    bool failed;
};

static void end(void *what)
{
    struct deadlines *d = what;
    d->tx->deadlines = NULL;
    op_done(&d->memory);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A small town's ledger need not have every field. */
static str column(struct op *op, const struct plan *p, str name)
{
    const struct field *f = ledger_field(&p->def, name);
    return f && f->column >= 0 ? store_name(op, f->name) : S("null");
}

static str select_of(struct op *op, const struct plan *p, const str *names, size_t count, size_t max)
{
    str columns[16];
    must(count <= COUNT(columns));
    for (size_t i = 0; i < count; i++)
        columns[i] = column(op, p, names[i]);
    return op_text(op, "select %.*s from %.*s where removed = 0 order by record limit %zu",
                   PS(op_join(op, columns, count, S(", "))), PS(sql_table(op, p)), max);
}

static bool rules_read(struct deadlines *d, const struct plan *p)
{
    static const str names[] = {SC("代码"), SC("版本"), SC("生效"), SC("失效"), SC("数量"), SC("延长上限"),
                                SC("单位"), SC("起算"), SC("预警比例"), SC("末日顺延"), SC("逾期动作")};
    enum { CODE, VERSION, FROM, UNTIL, NUMBER, MORE, UNIT, START, RATIOS, EXTENDS, ACTIONS };
    struct op *memory = &d->memory;
    struct rows *rows;
    bool more;
    if (!store_query(d->tx, select_of(d->tx->op, p, names, COUNT(names), RULES_MAX).p, ARGS(), &rows) ||
        !rows_next(rows, &more))
        return false;
    d->rules = op_array(memory, struct dated, RULES_MAX);
    for (; more; d->count++) {
        struct dated *r = &d->rules[d->count];
        struct json *actions = NULL;
        str text = op_copy(memory, rows_peek(rows, ACTIONS));
        if (text.n && !json_parse(memory, text, &actions))
            op_forgive(memory, 0);
        *r = (struct dated){
            .code = op_copy(memory, rows_peek(rows, CODE)), .version = rows_int(rows, VERSION),
            .from = rows_int(rows, FROM), .until = rows_int(rows, UNTIL),
            .rule = {.count = rows_int(rows, NUMBER), .more = rows_int(rows, MORE),
                     .unit = op_copy(memory, rows_peek(rows, UNIT)), .from = op_copy(memory, rows_peek(rows, START)),
                     .ratios = op_copy(memory, rows_peek(rows, RATIOS)), .extends = rows_int(rows, EXTENDS) != 0,
                     .actions = actions}};
        if (!rows_next(rows, &more))
            return false;
    }
    return true;
}

/* What a town writes down itself: a day off or worked of its own, or the yearly notice before a new release has it. */
static bool days_read(struct deadlines *d, const struct plan *p)
{
    static const str names[] = {SC("日期"), SC("性质"), SC("地方假")};
    enum { DAY, KIND, LOCAL };
    struct rows *rows;
    bool more;
    if (!store_query(d->tx, select_of(d->tx->op, p, names, COUNT(names), DAYS_MAX).p, ARGS(), &rows) ||
        !rows_next(rows, &more))
        return false;
    if (!more)
        return true;
    struct work_calendar *days = work_calendar_copy(&d->memory, d->days);
    while (more) {
        str kind = rows_peek(rows, KIND);
        bool works = str_eq(kind, S("工作日")) || str_eq(kind, S("调休上班")), notice = str_eq(kind, S("法定假日"));
        if (notice && !rows_int(rows, LOCAL))
            work_calendar_add(days, (day)rows_int(rows, DAY), works);
        else
            work_calendar_add_local(days, (day)rows_int(rows, DAY), works);
        if (!rows_next(rows, &more))
            return false;
    }
    d->days = days;
    return true;
}

static void read_all(struct deadlines *d, const struct town *town)
{
    const struct plan *rules = plan_of(town_ledger(town, RULE_LEDGER)), *days = plan_of(town_ledger(town, DAY_LEDGER));
    if (d->memory.blocks)
        op_reset(&d->memory, (struct mark){0});
    d->undone = d->tx->undone;
    d->days = town->calendar;
    d->count = 0;
    d->failed = (rules && !rules_read(d, rules)) || (days && !days_read(d, days));
}

static struct deadlines *deadlines_of(struct tx *tx, const struct town *town)
{
    struct deadlines *d = tx->deadlines;
    if (!d) {
        d = op_new(tx->op, struct deadlines);
        d->tx = tx;
        op_init(&d->memory, tx->op->now, 0);
        op_defer(tx->op, end, d);
        tx->deadlines = d;
        read_all(d, town);
    } else if (d->undone != tx->undone) {
        read_all(d, town);
    }
    return d;
}

void deadlines_begin(struct tx *tx, const struct town *town)
{
    (void)deadlines_of(tx, town);
}

void deadlines_written(struct tx *tx, const struct plan *plan)
{
    struct deadlines *d = tx->deadlines;
    if (d && (str_eq(plan->def.name, RULE_LEDGER) || str_eq(plan->def.name, DAY_LEDGER)))
        d->undone = -1;
}

const struct work_calendar *town_days(struct tx *tx, const struct town *town)
{
    return deadlines_of(tx, town)->days;
}

bool deadline_rule(struct tx *tx, const struct town *town, str code, day on, struct deadline *ret, bool *ret_found)
{
    const struct deadlines *d = deadlines_of(tx, town);
    const struct dated *best = NULL;
    for (size_t i = 0; i < d->count; i++) {
        const struct dated *r = &d->rules[i];
        if (str_eq(r->code, code) && r->from <= on && (!r->until || r->until >= on) &&
            (!best || r->version > best->version))
            best = r;
    }
    *ret_found = best != NULL;
    if (best)
        *ret = best->rule;
    return !d->failed;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static day months_after(day from, int64_t months)
{
    struct date d = date_of(from);
    int64_t month = (int64_t)d.year * 12 + d.month - 1 + months;
    int year = (int)(month / 12), m = (int)(month % 12) + 1, mday = d.day;
    while (!date_valid(year, m, mday))
        mday--;
    return day_of(year, m, mday);
}

/* 1031: that day of the year, or of the next one. */
static bool fixed_day(int64_t number, day start, day *ret)
{
    int month = (int)(number / 100), mday = (int)(number % 100);
    for (int year = date_of(start).year, i = 0; i < 8; i++, year++)
        if (number <= 1231 && date_valid(year, month, mday) && day_of(year, month, mday) >= start) {
            *ret = day_of(year, month, mday);
            return true;
        }
    return false;
}

/* Received on a rest day, the first working day is the first that counts. */
static day working_day(const struct work_calendar *days, day start, int64_t count, bool today)
{
    bool guessed, works = work_calendar_is(days, start);
    if (today && works)
        count -= count > 0;
    return count == 0 && works ? start : work_calendar_after(days, start, (int)count, &guessed);
}

bool deadline_day(struct tx *tx, const struct town *town, const struct deadline *rule, day start, day *ret)
{
    const struct work_calendar *days = town_days(tx, town);
    bool back = str_eq(rule->from, S("倒推至目标日")), today = str_eq(rule->from, S("收到当日"));
    int64_t count = rule->count;
    if (count < 0 || count > COUNT_MAX)
        return false;
    if (str_eq(rule->unit, S("日")))
        *ret = back ? start - (day)count : start + (day)(count - (today && count > 0));
    else if (str_eq(rule->unit, S("工作日")))
        *ret = back ? work_calendar_before(days, start, (int)count) : working_day(days, start, count, today);
    else if (str_eq(rule->unit, S("月")))
        *ret = months_after(start, back ? -count : count);
    else if (!str_eq(rule->unit, S("固定日期")) || !fixed_day(count, start, ret))
        return false;
    for (int i = 0; rule->extends && !work_calendar_is(days, *ret) && i < EXTENDS_MAX; i++)
        ++*ret;
    return true;
}

bool deadline_hours(const struct deadline *rule, time_ms *ret)
{
    bool minutes = str_eq(rule->unit, S("分钟"));
    if ((!minutes && !str_eq(rule->unit, S("小时"))) || rule->count < 0 || rule->count > COUNT_MAX)
        return false;
    *ret = (time_ms)rule->count * (minutes ? 1 : 60) * 60 * 1000;
    return true;
}
