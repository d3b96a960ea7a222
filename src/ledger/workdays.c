/* Working days in expressions of ledgers, by the town's work calendar (packs/codes/work-calendar.csv): the yearly
 * notice with its make-up days. Years whose notice is not out yet go by the weekday; 放假已知 tells them apart, so that a
 * pack can warn. */
#include "ledger/inner.h"

enum { WORKDAYS_MAX = 10000, SPAN_DAYS_MAX = 40000 };

/* self: the calendar; arguments have been fitted to the parameters. An empty one gives nothing. */
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
    return feel_of_day(work_calendar_after(self, (day)args[0].day, (int)days, &guessed));
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
    for (int64_t d = from + 1; d <= to; d++)
        found += work_calendar_is(self, (day)d);
    return feel_of_int(found);
}

static feel_value is_one([[maybe_unused]] struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return given(args, count) ? feel_of_bool(work_calendar_is(self, (day)args[0].day)) : feel_null();
}

static feel_value known([[maybe_unused]] struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    return given(args, count) ? feel_of_bool(work_calendar_knows(self, (day)args[0].day)) : feel_null();
}

static const struct feel_field day_count[] = {{SC("日"), &feel_date}, {SC("数"), &feel_number}},
                               from_to[] = {{SC("起"), &feel_date}, {SC("止"), &feel_date}};
static const struct feel_type
    gives_date = {.kind = FEEL_FUNCTION, .of = &feel_date, .fields = day_count, .field_count = 2},
    gives_number = {.kind = FEEL_FUNCTION, .of = &feel_number, .fields = from_to, .field_count = 2},
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

feel_value workdays_function(struct op *op, const struct town *town, size_t i)
{
    must(i < COUNT(functions));
    return feel_of_function(op, (struct feel_function){.params = functions[i].type->fields,
                                                       .param_count = functions[i].type->field_count,
                                                       .result = functions[i].type->of,
                                                       .call = functions[i].call,
                                                       .self = town->calendar});
}
