/* Days in expressions of ledgers: working days by the town's calendar, the yearly notice with its make-up days and the
 * town's own on top, and deadlines by the rows of 时限规则. Years whose notice is not out yet go by the weekday; 放假已知
 * tells them apart, so that a pack can warn. */
#include "ledger/inner.h"

enum { WORKDAYS_MAX = 10000, SPAN_DAYS_MAX = 40000 };

/* self: whose days; arguments have been fitted to the parameters. An empty one gives nothing. */
struct place {
    struct tx *tx;
    const struct town *town;
};

static const struct work_calendar *days_of(const void *self)
{
    const struct place *p = self;
    return town_days(p->tx, p->town);
}

static bool given(const feel_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (feel_is_null(args[i]))
            return false;
    return true;
}

static feel_value after(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    int64_t days;
    bool guessed;
    if (!given(args, count))
        return feel_null();
    if (!dec_int(args[1].number, &days) || days < 0 || days > WORKDAYS_MAX) {
        feel_note_add(run, "工作日后的天数须是0到%d的整数", WORKDAYS_MAX);
        return feel_null();
    }
    return feel_of_day(work_calendar_after(days_of(self), (day)args[0].day, (int)days, &guessed));
}

static feel_value between(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    int64_t found = 0;
    if (!given(args, count))
        return feel_null();
    int64_t from = args[0].day, to = args[1].day;
    if (to - from > SPAN_DAYS_MAX || from - to > SPAN_DAYS_MAX) {
        feel_note_add(run, "工作日数的起止相差太远");
        return feel_null();
    }
    const struct work_calendar *days = days_of(self);
    for (int64_t d = from + 1; d <= to; d++)
        found += work_calendar_is(days, (day)d);
    return feel_of_int(found);
}

static feel_value is_one([[maybe_unused]] struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return given(args, count) ? feel_of_bool(work_calendar_is(days_of(self), (day)args[0].day)) : feel_null();
}

static feel_value known([[maybe_unused]] struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return given(args, count) ? feel_of_bool(work_calendar_knows(days_of(self), (day)args[0].day)) : feel_null();
}

/* Why what somebody makes up (an item of an assessment, a column of a form) may not be; null: it may. */
static feel_value forbidden([[maybe_unused]] struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    const struct place *p = self;
    str basis;
    if (!given(args, count) || ledger_thing_lawful(p->tx->op, args[0].text, &basis))
        return feel_null();
    return feel_of_text(basis);
}

/* The rule of this code in force on that day. */
static bool rule_of(struct feel_run *run, const struct place *p, str code, int64_t on, struct deadline *ret)
{
    bool found;
    if (on < INT32_MIN || on > INT32_MAX || !deadline_rule(p->tx, p->town, code, (day)on, ret, &found))
        return false;
    if (!found)
        feel_note_add(run, "时限规则里没有那天有效的“%.*s”，请登记", PS(code));
    return found;
}

static feel_value due_day(struct feel_run *run, const struct place *p, const feel_value *args, size_t count, bool longest)
{
    struct deadline rule;
    day due;
    if (!given(args, count) || !rule_of(run, p, args[0].text, args[1].day, &rule))
        return feel_null();
    rule.count += longest ? rule.more : 0;
    if (!deadline_day(p->tx, p->town, &rule, (day)args[1].day, &due)) {
        feel_note_add(run, "时限规则“%.*s”不是按日数的；按小时的用 到期时", PS(args[0].text));
        return feel_null();
    }
    return feel_of_day(due);
}

static feel_value due(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return due_day(run, self, args, count, false);
}

static feel_value due_longest(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return due_day(run, self, args, count, true);
}

static feel_value due_time(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    struct deadline rule;
    time_ms start, span;
    day last;
    const struct place *p = self;
    if (!given(args, count) || !feel_to_time(args[1], &start) || !rule_of(run, p, args[0].text, day_at(start), &rule))
        return feel_null();
    if (deadline_hours(&rule, &span))
        return feel_of_time(start + span);
    return deadline_day(p->tx, p->town, &rule, day_at(start), &last) ? feel_of_time(day_end(last)) : feel_null();
}

static const struct feel_field day_count[] = {{SC("日"), &feel_date}, {SC("数"), &feel_number}},
                               from_to[] = {{SC("起"), &feel_date}, {SC("止"), &feel_date}},
                               code_day[] = {{SC("代码"), &feel_text}, {SC("起"), &feel_date}},
                               words[] = {{SC("文字"), &feel_text}},
                               code_time[] = {{SC("代码"), &feel_text}, {SC("起"), &feel_date_time}};
static const struct feel_type
    gives_date = {.kind = FEEL_FUNCTION, .of = &feel_date, .fields = day_count, .field_count = 2},
    gives_number = {.kind = FEEL_FUNCTION, .of = &feel_number, .fields = from_to, .field_count = 2},
    gives_due = {.kind = FEEL_FUNCTION, .of = &feel_date, .fields = code_day, .field_count = 2},
    gives_time = {.kind = FEEL_FUNCTION, .of = &feel_date_time, .fields = code_time, .field_count = 2},
    gives_text = {.kind = FEEL_FUNCTION, .of = &feel_text, .fields = words, .field_count = 1},
    gives_bool = {.kind = FEEL_FUNCTION, .of = &feel_bool, .fields = day_count, .field_count = 1};

static const struct {
    str name;
    const struct feel_type *type;
    feel_value (*call)(struct feel_run *run, const void *self, const feel_value *args, size_t count);
} functions[] = {
    {SC("工作日后"), &gives_date, after},       /* the working day so many after, not counting the first */
    {SC("工作日数"), &gives_number, between},   /* working days after 起 up to 止 */
    {SC("是工作日"), &gives_bool, is_one},
    {SC("放假已知"), &gives_bool, known},
    {SC("到期日"), &gives_due, due},            /* the last day by the rule of that code, from that day */
    {SC("最迟日"), &gives_due, due_longest},    /* the same with all the time by which it may be extended */
    {SC("禁止事由"), &gives_text, forbidden},   /* the law against what a text sets up; null: none */
    {SC("到期时"), &gives_time, due_time},      /* the moment, of rules in hours; the end of the day of others */
};

size_t workdays_names(void)
{
    return COUNT(functions);
}

str workdays_name(size_t i, const struct feel_type **ret)
{
    must(i < COUNT(functions));
    *ret = functions[i].type;
    return functions[i].name;
}

feel_value workdays_function(struct tx *tx, const struct town *town, size_t i)
{
    must(i < COUNT(functions));
    struct place *place = op_new(tx->op, struct place);
    *place = (struct place){tx, town};
    return feel_of_function(tx->op, (struct feel_function){.params = functions[i].type->fields,
                                                       .param_count = functions[i].type->field_count,
                                                       .result = functions[i].type->of,
                                                       .call = functions[i].call,
                                                       .self = place});
}
