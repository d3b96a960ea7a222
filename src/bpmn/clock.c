/* Clocks: which moments the date, the duration or the cycle of a timer event means. */
#include "bpmn/state.h"

struct span {
    int64_t ms;
    int32_t months; /* of the calendar, before these */
};

/* Years and months, or days and a time: FEEL has no durations of both. */
static bool half_read(str text, struct span *ret)
{
    feel_value v;
    if (!feel_duration_parse(text, &v))
        return false;
    if (v.kind == FEEL_SPAN && v.seconds > -200000000000 && v.seconds < 200000000000) {
        ret->ms = v.seconds * 1000 + v.nanos / 1000000;
        return true;
    }
    ret->months = v.kind == FEEL_MONTHS && v.months >= 0 && v.months < 12000 ? (int32_t)v.months : 0;
    return v.kind == FEEL_MONTHS && v.months >= 0 && v.months < 12000;
}

/* ISO 8601: PT2H, P3D, P1M; weeks (P2W); years or months with days or a time (P1M2DT3H). */
static bool span_read(struct op *op, str text, struct span *ret)
{
    *ret = (struct span){0};
    if (half_read(text, ret))
        return true;
    size_t months = 0, weeks = text.n ? text.n - 1 : 0;
    struct json number = {.kind = JSON_NUMBER, .text = str_part(text, 1, weeks)};
    int64_t count;
    if (weeks > 1 && text.p[0] == 'P' && text.p[weeks] == 'W') {
        ret->ms = json_int(&number, &count) && count >= 0 && count < 100000 ? count * 7 * 86400000 : -1;
        return ret->ms >= 0;
    }
    for (size_t i = 1; i < text.n && text.p[i] != 'T'; i++)
        if (text.p[i] == 'Y' || text.p[i] == 'M')
            months = i + 1;
    return months && text.p[0] == 'P' && half_read(str_part(text, 0, months), ret) &&
           half_read(op_text(op, "P%.*s", PS(str_part(text, months, text.n))), ret);
}

/* The same time of a day so many months on; the last of a month that is shorter. */
static time_ms months_on(time_ms t, int64_t more)
{
    struct date d = date_of(day_at(t));
    int64_t months = (int64_t)d.year * 12 + d.month - 1 + more;
    int mday = d.day;
    while (!date_valid((int)(months / 12), (int)(months % 12) + 1, mday))
        mday--;
    return t + (int64_t)(day_of((int)(months / 12), (int)(months % 12) + 1, mday) - day_at(t)) * 86400000;
}

time_ms clock_step(time_ms from, int64_t every, int64_t times)
{
    return every < 0 ? months_on(from, -every * times) : from + every * times;
}

static bool moment(struct op *op, str text, time_ms *ret)
{
    feel_value v;
    if (feel_date_time_parse(op, text, &v))
        return feel_to_time(v, ret);
    return time_parse(text, ret);
}

/* R3/PT1H, R/<start>/P1M, R/PT1H/<end>, R3/<start>/<end>: base is its start, or the moment it is set, one step before
 * it rings first. A cycle with an end rings as often as there is time for. */
struct rhythm {
    time_ms base;
    int64_t every;  /* as clock_step takes it */
    int64_t first;  /* steps from base to the first moment */
    int64_t times;
};
enum { STEPS_MAX = 100000000, MONTHS_MAX = 12000 };

static int64_t steps_until(const struct rhythm *r, time_ms end)
{
    int64_t low = -1, high = r->every < 0 ? MONTHS_MAX / -r->every : STEPS_MAX;
    if (r->every > 0 && high > ((int64_t)1 << 52) / r->every)
        high = ((int64_t)1 << 52) / r->every;
    while (low < high) { /* the last step that is not after end; -1: not even the base */
        int64_t middle = low + (high - low + 1) / 2;
        if (clock_step(r->base, r->every, middle) <= end)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static bool rhythm_read(struct op *op, str text, time_ms now, struct rhythm *ret)
{
    str head, rest, first, second;
    struct json number = {.kind = JSON_NUMBER};
    struct span span = {0};
    int64_t times = BPMN_ROWS_MAX;
    time_ms start = now, end = now;
    if (!str_split(text, '/', &head, &rest) || !str_starts(head, S("R")))
        return false;
    number.text = op_copy(op, str_part(head, 1, head.n));
    if (head.n > 1 && (!json_int(&number, &times) || times < 1 || times > BPMN_ROWS_MAX))
        return false;
    bool both = str_split(rest, '/', &first, &second);
    bool begins = both && moment(op, first, &start), ends = both && moment(op, second, &end);
    if (begins && ends)
        span.ms = end - start;
    else if (!span_read(op, !both ? rest : ends ? first : second, &span) || (span.months && span.ms))
        return false;
    *ret = (struct rhythm){begins ? start : now, span.months ? -(int64_t)span.months : span.ms, begins ? 0 : 1, times};
    if (span.months == 0 && span.ms < 1)
        return false;
    if (ends && !begins) {
        int64_t room = steps_until(ret, end);
        ret->times = room < 0 ? 0 : room < times ? room : times;
    } else if (head.n == 1) {
        ret->times = -1; /* for ever */
    }
    return true;
}

bool bpmn_timer_valid(struct op *op, enum timer_kind kind, str text)
{
    time_ms t;
    struct span span;
    struct rhythm r;
    switch (kind) {
    case TIMER_DATE:
        return moment(op, text, &t);
    case TIMER_DURATION:
        return span_read(op, text, &span);
    case TIMER_CYCLE:
        return rhythm_read(op, text, op->now, &r);
    }
    return false;
}

static str timer_text(struct op *op, const struct event *e, feel_value v)
{
    return e->expr ? feel_text_of(op, v) : e->text;
}

bool clock_set(struct bpmn_run *run, const struct event *e, int32_t scope, struct bpmn_wait *w)
{
    feel_value v = value_eval(run, scope, e->expr, NULL, 0);
    str text = timer_text(run->op, e, v);
    time_ms now = run_now(run);
    struct span span;
    struct rhythm r;
    w->left = 1;
    if (v.kind == FEEL_DATE_TIME)
        return feel_to_time(v, &w->due);
    switch (e->timer) {
    case TIMER_DATE:
        return moment(run->op, text, &w->due);
    case TIMER_DURATION:
        if (!span_read(run->op, text, &span))
            return false;
        w->due = months_on(now, span.months) + span.ms;
        return true;
    case TIMER_CYCLE:
        if (!rhythm_read(run->op, text, now, &r))
            return false;
        w->every = r.every;
        w->left = (int32_t)r.times;
        w->due = r.times ? clock_step(r.base, r.every, r.first) : INT64_MAX; /* its end has passed: it never rings */
        return true;
    }
    return false;
}

/* ---- processes that begin by the clock --------------------------------------------------------------------- */

static feel_value nothing(void *from, int name)
{
    (void)from;
    (void)name;
    return feel_null();
}

static bool unknown(void *from, str name, feel_value *ret)
{
    (void)name;
    *ret = nothing(from, 0);
    return true;
}

static void once(time_ms at, time_ms since, time_ms now, time_ms *ret_last, time_ms *ret_next)
{
    *ret_last = at > since && at <= now ? at : 0;
    *ret_next = at > now ? at : 0;
}

bool bpmn_start_clock(struct op *op, const struct bpmn *m, int event, time_ms since, time_ms now, time_ms *ret_last,
                      time_ms *ret_next)
{
    must(event >= 0 && (size_t)event < m->event_count && m->events[event].kind == EVENT_TIMER);
    const struct event *e = &m->events[event];
    struct feel_run feel = {.op = op, .value = nothing, .unknown = unknown};
    feel_value v = e->expr ? feel_eval(&feel, e->expr) : feel_null();
    str text = timer_text(op, e, v);
    struct span span;
    struct rhythm r;
    time_ms at;
    if (e->timer == TIMER_DURATION && span_read(op, text, &span)) {
        once(months_on(since, span.months) + span.ms, since, now, ret_last, ret_next);
        return true;
    }
    if (e->timer == TIMER_DATE && (v.kind == FEEL_DATE_TIME ? feel_to_time(v, &at) : moment(op, text, &at))) {
        once(at, since, now, ret_last, ret_next);
        return true;
    }
    if (e->timer != TIMER_CYCLE || !rhythm_read(op, text, since, &r))
        return false;
    int64_t passed = steps_until(&r, now), end = r.times < 0 ? INT64_MAX : r.first + r.times;
    time_ms last = passed < r.first ? 0 : clock_step(r.base, r.every, passed < end ? passed : end - 1);
    int64_t coming = passed < r.first ? r.first : passed + 1;
    *ret_last = last > since && r.times != 0 ? last : 0;
    *ret_next = coming < end ? clock_step(r.base, r.every, coming) : 0;
    return true;
}

bool bpmn_starts_plainly(const struct bpmn *m, int process)
{
    return m->nodes[process].entries.n > 0;
}
