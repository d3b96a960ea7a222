/* Days, times, zones and durations of FEEL: proleptic Gregorian years to ±999,999,999, nanoseconds, named zones from
 * the system's tzdata (RFC 8536). DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8 and 10.3.4.1. */
#include <stdlib.h>

#include "feel/tree.h"

/* ---- days -------------------------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Years that begin in March put the leap day last; 146097 days are 400 years. */
int64_t feel_day_of(int64_t year, int month, int mday)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* The same in 32 bits, for the days that people live in: what a whole population's ages are counted by. */
static void near_date(uint32_t number, int64_t *ret_year, int *ret_month, int *ret_day)
{
    uint32_t era = number / 146097, of_era = number % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int64_t)year + era * 400 + (*ret_month <= 2);
}

void feel_date_of(int64_t number, int64_t *ret_year, int *ret_month, int *ret_day)
{
    number += 719468;
    if (number >= 0 && number < INT32_MAX) {
        near_date((uint32_t)number, ret_year, ret_month, ret_day);
        return;
    }
    int64_t era = floor_div(number, 146097), of_era = number - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

static int month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

bool feel_make_date(int64_t year, int64_t month, int64_t mday, feel_value *ret)
{
    if (year < -FEEL_YEAR_MAX || year > FEEL_YEAR_MAX || month < 1 || month > 12 || mday < 1 ||
        mday > month_days(year, (int)month))
        return false;
    *ret = (feel_value){.kind = FEEL_DATE, .day = feel_day_of(year, (int)month, (int)mday)};
    return true;
}

static bool day_in_range(int64_t number)
{
    return number >= feel_day_of(-FEEL_YEAR_MAX, 1, 1) && number <= feel_day_of(FEEL_YEAR_MAX, 12, 31);
}

/* ---- zones ------------------------------------------------------------------------------------------------- */

static uint32_t big_endian(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* RFC 8536: a first block in 32 bits, which is skipped, then the same in 64 bits and a rule for later years. */
static bool zone_read(struct op *op, str file, struct feel_zone *zone)
{
    size_t at = 0;
    for (int block = 0; block < 2; block++) {
        if (file.n - at < 44 || memcmp(file.p + at, "TZif", 4) || file.p[at + 4] < '2')
            return false;
        uint32_t n[6]; /* isut, isstd, leap, time, type, char */
        for (int i = 0; i < 6; i++) {
            n[i] = big_endian(file.p + at + 20 + 4 * i);
            if (n[i] > 100000)
                return false;
        }
        size_t width = block ? 8 : 4, head = at + 44, types = head + n[3] * (width + 1);
        size_t end = types + n[4] * 6 + n[5] + n[2] * (width + 4) + n[1] + n[0];
        if (end > file.n || n[4] == 0)
            return false;
        at = end;
        if (block == 0)
            continue;
        zone->offset = (int)big_endian(file.p + types);
        struct feel_change *changes = op_array(op, struct feel_change, n[3] + 1);
        for (uint32_t i = 0; i < n[3]; i++) {
            uint64_t high = big_endian(file.p + head + 8 * i), low = big_endian(file.p + head + 8 * i + 4);
            uint8_t kind = (uint8_t)file.p[head + 8 * n[3] + i];
            if (kind >= n[4])
                return false;
            changes[i] = (struct feel_change){(int64_t)(high << 32 | low), (int)big_endian(file.p + types + 6 * kind)};
        }
        zone->changes = changes;
        zone->change_count = n[3];
        str rest = str_part(file, at, file.n);
        if (rest.n > 2 && rest.p[0] == '\n') {
            str rule, after;
            rest = str_part(rest, 1, rest.n);
            str_split(rest, '\n', &rule, &after);
            zone->rule = op_copy(op, rule);
        }
    }
    return true;
}

/* One piece of a POSIX TZ rule: a name, [<]abc[>], is skipped; an offset +hh[:mm[:ss]] is seconds. */
static void rule_name(str *s)
{
    size_t i = 0;
    if (s->n && s->p[0] == '<') {
        while (i < s->n && s->p[i] != '>')
            i++;
        i++;
    } else {
        while (i < s->n && ((s->p[i] | 32) >= 'a' && (s->p[i] | 32) <= 'z'))
            i++;
    }
    *s = str_part(*s, i, s->n);
}

static int rule_number(str *s)
{
    int v = 0;
    size_t i = 0;
    while (i < s->n && i < 5 && s->p[i] >= '0' && s->p[i] <= '9')
        v = v * 10 + (s->p[i++] - '0');
    *s = str_part(*s, i, s->n);
    return v;
}

static bool rule_eat(str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_part(*s, 1, s->n);
    return true;
}

static int rule_seconds(str *s)
{
    int sign = rule_eat(s, '-') ? -1 : 1;
    rule_eat(s, '+');
    int v = rule_number(s) * 3600;
    if (rule_eat(s, ':'))
        v += rule_number(s) * 60;
    if (rule_eat(s, ':'))
        v += rule_number(s);
    return sign * v;
}

/* The local second, since 1970, at which the rule ,Mm.w.d[/time] or ,Jn or ,n begins in a year. */
static int64_t rule_begin(str *s, int64_t year)
{
    int64_t number;
    rule_eat(s, ',');
    if (rule_eat(s, 'M')) {
        int month = rule_number(s), week, weekday;
        rule_eat(s, '.');
        week = rule_number(s);
        rule_eat(s, '.');
        weekday = rule_number(s);
        month = month < 1 || month > 12 ? 1 : month;
        int64_t first = feel_day_of(year, month, 1);
        int first_weekday = (int)(((first + 4) % 7 + 7) % 7); /* 0 is Sunday */
        int mday = 1 + (weekday - first_weekday + 7) % 7 + (week - 1) * 7;
        while (mday > month_days(year, month))
            mday -= 7;
        number = first + mday - 1;
    } else {
        bool julian = rule_eat(s, 'J');
        int n = rule_number(s);
        number = feel_day_of(year, 1, 1) + n - julian + (julian && n > 59 && month_days(year, 2) == 29);
    }
    return number * DAY_SECONDS + (rule_eat(s, '/') ? rule_seconds(s) : 7200);
}

static int offset_at_instant(const struct feel_zone *z, int64_t second)
{
    if (z->change_count == 0 && z->rule.n == 0)
        return z->offset;
    if (z->change_count && second < z->changes[z->change_count - 1].at) {
        size_t low = 0, high = z->change_count; /* the last change not after `second` */
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (z->changes[middle].at <= second)
                low = middle + 1;
            else
                high = middle;
        }
        return low ? z->changes[low - 1].offset : z->offset;
    }
    if (z->rule.n == 0)
        return z->changes[z->change_count - 1].offset;
    str s = z->rule;
    rule_name(&s);
    int standard = -rule_seconds(&s);
    if (s.n == 0)
        return standard;
    rule_name(&s);
    int summer = s.n && s.p[0] != ',' ? -rule_seconds(&s) : standard + 3600;
    int64_t year;
    int month, mday;
    feel_date_of(floor_div(second + standard, DAY_SECONDS), &year, &month, &mday);
    int64_t from = rule_begin(&s, year) - standard, to = rule_begin(&s, year) - summer;
    bool in = from < to ? second >= from && second < to : second >= from || second < to;
    return in ? summer : standard;
}

static bool fixed(const struct feel_zone *zone)
{
    return !zone || (zone->change_count == 0 && zone->rule.n == 0);
}

/* In the hour that does not exist the offset before it holds; in the hour that comes twice, the first. */
int feel_zone_at(const struct feel_zone *zone, int64_t number, int64_t ns)
{
    if (!zone)
        return 0;
    if (fixed(zone))
        return zone->offset;
    int64_t local = number * DAY_SECONDS + ns / SECOND_NS;
    int before = offset_at_instant(zone, local - DAY_SECONDS), after = offset_at_instant(zone, local + DAY_SECONDS);
    if (before == after || offset_at_instant(zone, local - before) == before)
        return before;
    return offset_at_instant(zone, local - after) == after ? after : before;
}

int feel_offset(feel_value v)
{
    int64_t number = v.kind == FEEL_TIME ? 0 : v.day;
    if (v.kind == FEEL_DATE_TIME && v.late) /* what holds afterwards */
        return offset_at_instant(v.zone, number * DAY_SECONDS + v.ns / SECOND_NS + DAY_SECONDS);
    return feel_zone_at(v.zone, number, v.ns);
}

const struct feel_zone *feel_zone_offset(struct op *op, int seconds)
{
    struct feel_zone *z = op_new(op, struct feel_zone);
    z->offset = seconds;
    return z;
}

static bool two_digits(str *s, int max, int *ret)
{
    if (s->n < 2 || s->p[0] < '0' || s->p[0] > '9' || s->p[1] < '0' || s->p[1] > '9')
        return false;
    *ret = (s->p[0] - '0') * 10 + (s->p[1] - '0');
    *s = str_part(*s, 2, s->n);
    return *ret <= max;
}

/* Z, +08:00, @Asia/Shanghai */
static bool zone_parse(struct op *op, str s, const struct feel_zone **ret)
{
    if (str_eq(s, S("Z")) || str_eq(s, S("z"))) {
        *ret = feel_zone_offset(op, 0);
        return true;
    }
    if (s.n && (s.p[0] == '+' || s.p[0] == '-')) {
        int sign = s.p[0] == '-' ? -1 : 1, hour, minute, second = 0;
        str rest = str_part(s, 1, s.n);
        if (!two_digits(&rest, 18, &hour) || !rule_eat(&rest, ':') || !two_digits(&rest, 59, &minute) ||
            (rest.n && (!rule_eat(&rest, ':') || !two_digits(&rest, 59, &second))) || rest.n ||
            hour * 3600 + minute * 60 + second > 18 * 3600)
            return false;
        *ret = feel_zone_offset(op, sign * (hour * 3600 + minute * 60 + second));
        return true;
    }
    if (s.n < 2 || s.p[0] != '@' || s.n > 64)
        return false;
    str name = str_part(s, 1, s.n);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!(letter || (i && ((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' ||
                               (c == '/' && name.p[i - 1] != '/')))))
            return false;
    }
    static const struct {
        str name;
        int offset;
    } known[] = {{SC("UTC"), 0}, {SC("Etc/UTC"), 0}, {SC("GMT"), 0}, {SC("Asia/Shanghai"), 8 * 3600}};
    struct feel_zone *z = op_new(op, struct feel_zone);
    z->name = op_copy(op, name);
    str file;
    int faults = op->fault_count;
    if (file_read(op, op_text(op, "/usr/share/zoneinfo/%.*s", PS(name)), 1 << 17, &file) && zone_read(op, file, z)) {
        *ret = z;
        return true;
    }
    op_forgive(op, faults);
    for (size_t i = 0; i < COUNT(known); i++) /* a machine without tzdata still knows the time at home */
        if (str_eq(name, known[i].name)) {
            *z = (struct feel_zone){.name = z->name, .offset = known[i].offset};
            *ret = z;
            return true;
        }
    return false;
}

bool feel_zone_same(const struct feel_zone *a, const struct feel_zone *b)
{
    if (!a || !b)
        return a == b;
    return str_eq(a->name, b->name) && (a->name.n || a->offset == b->offset);
}

/* ---- moments ----------------------------------------------------------------------------------------------- */

i128 feel_instant(feel_value v)
{
    int offset = feel_offset(v);
    return (v.kind == FEEL_TIME ? 0 : (i128)v.day * DAY_NS) + v.ns - (i128)offset * SECOND_NS;
}

static i128 floor_div128(i128 a, i128 b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

feel_value feel_make_span(i128 ns)
{
    i128 seconds = floor_div128(ns, SECOND_NS);
    return (feel_value){.kind = FEEL_SPAN, .seconds = (int64_t)seconds, .nanos = (int64_t)(ns - seconds * SECOND_NS)};
}

i128 feel_span_ns(feel_value v)
{
    return (i128)v.seconds * SECOND_NS + v.nanos;
}

bool feel_add_span(feel_value v, i128 ns, feel_value *ret)
{
    if (v.kind == FEEL_TIME) {
        i128 sum = (v.ns + ns) % DAY_NS;
        v.ns = (int64_t)(sum < 0 ? sum + DAY_NS : sum);
        *ret = v;
        return true;
    }
    if (v.kind == FEEL_DATE) { /* a date is its first moment; the result is a date again */
        i128 number = floor_div128((i128)v.day * DAY_NS + ns, DAY_NS);
        if (number > INT64_MAX / 2 || number < INT64_MIN / 2 || !day_in_range((int64_t)number))
            return false;
        v.day = (int64_t)number;
        *ret = v;
        return true;
    }
    i128 sum = fixed(v.zone) ? (i128)v.day * DAY_NS + v.ns + ns : feel_instant(v) + ns;
    i128 limit = (i128)feel_day_of(FEEL_YEAR_MAX, 12, 31) * DAY_NS;
    if (sum > 2 * limit || sum < -2 * limit)
        return false;
    int offset = fixed(v.zone) ? 0 : offset_at_instant(v.zone, (int64_t)floor_div128(sum, SECOND_NS));
    sum += (i128)offset * SECOND_NS;
    v.day = (int64_t)floor_div128(sum, DAY_NS);
    v.ns = (int64_t)(sum - (i128)v.day * DAY_NS);
    if (!day_in_range(v.day))
        return false;
    v.late = !fixed(v.zone) && offset != feel_zone_at(v.zone, v.day, v.ns);
    *ret = v;
    return true;
}

bool feel_add_months(feel_value v, int64_t months, feel_value *ret)
{
    int64_t year;
    int month, mday;
    feel_date_of(v.day, &year, &month, &mday);
    if (months > INT64_C(24000000000) || months < -INT64_C(24000000000))
        return false;
    int64_t count = year * 12 + month - 1 + months;
    year = floor_div(count, 12);
    month = (int)(count - year * 12) + 1;
    if (year < -FEEL_YEAR_MAX || year > FEEL_YEAR_MAX)
        return false;
    int last = month_days(year, month);
    v.day = feel_day_of(year, month, mday < last ? mday : last);
    if (v.kind == FEEL_DATE_TIME)
        v.late = 0;
    *ret = v;
    return true;
}

struct feel_calendar_day feel_calendar_day(int64_t number)
{
    struct feel_calendar_day d;
    feel_date_of(number, &d.year, &d.month, &d.mday);
    return d;
}

int64_t feel_calendar_months(struct feel_calendar_day from, struct feel_calendar_day to)
{
    int64_t months = (to.year - from.year) * 12 + to.month - from.month;
    if (months > 0 && to.mday < from.mday)
        months--;
    else if (months < 0 && to.mday > from.mday)
        months++;
    return months;
}

bool feel_months_between(feel_value from, feel_value to, int64_t *ret)
{
    bool dates = (from.kind == FEEL_DATE || from.kind == FEEL_DATE_TIME) &&
                 (to.kind == FEEL_DATE || to.kind == FEEL_DATE_TIME);
    if (!dates)
        return false;
    *ret = feel_calendar_months(feel_calendar_day(from.day), feel_calendar_day(to.day));
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static bool date_head(str *s, feel_value *ret)
{
    str rest = *s;
    bool negative = rule_eat(&rest, '-');
    int64_t year = 0;
    size_t n = 0;
    while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9' && n < 10)
        year = year * 10 + (rest.p[n++] - '0');
    if (n < 4 || n > 9 || (n > 4 && rest.p[0] == '0'))
        return false;
    rest = str_part(rest, n, rest.n);
    int month, mday;
    if (!rule_eat(&rest, '-') || !two_digits(&rest, 12, &month) || !rule_eat(&rest, '-') ||
        !two_digits(&rest, 31, &mday) || !feel_make_date(negative ? -year : year, month, mday, ret))
        return false;
    *s = rest;
    return true;
}

bool feel_date_parse(str s, feel_value *ret)
{
    feel_value v;
    if (!date_head(&s, &v) || s.n)
        return false;
    *ret = v;
    return true;
}

bool feel_time_parse(struct op *op, str s, feel_value *ret)
{
    int hour, minute, second;
    int64_t nanos = 0;
    if (!two_digits(&s, 23, &hour) || !rule_eat(&s, ':') || !two_digits(&s, 59, &minute) || !rule_eat(&s, ':') ||
        !two_digits(&s, 59, &second))
        return false;
    if (rule_eat(&s, '.')) {
        size_t n = 0;
        int64_t unit = SECOND_NS;
        for (; n < s.n && n < 9 && s.p[n] >= '0' && s.p[n] <= '9'; n++)
            unit /= 10, nanos += unit * (s.p[n] - '0');
        if (n == 0)
            return false;
        s = str_part(s, n, s.n);
    }
    feel_value v = {.kind = FEEL_TIME, .ns = (hour * 3600 + minute * 60 + second) * SECOND_NS + nanos};
    if (s.n && !zone_parse(op, s, &v.zone))
        return false;
    *ret = v;
    return true;
}

bool feel_date_time_parse(struct op *op, str s, feel_value *ret)
{
    feel_value d, t = {0};
    if (!date_head(&s, &d))
        return false;
    bool midnight = str_starts(s, S("T24:00:00")); /* the end of the day is the beginning of the next */
    if (midnight)
        s = op_text(op, "T00%.*s", PS(str_part(s, 3, s.n)));
    if (s.n && (!rule_eat(&s, 'T') || !feel_time_parse(op, s, &t) || (midnight && t.ns)))
        return false;
    d.day += midnight;
    *ret = (feel_value){.kind = FEEL_DATE_TIME, .day = d.day, .ns = t.ns, .zone = t.zone};
    return true;
}

/* digits, then one of the letters; the letters must come in this order, each at most once */
static bool duration_part(str *s, const char **letters, int64_t *ret, char *ret_letter, int64_t *ret_nanos)
{
    int64_t v = 0;
    size_t n = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
        if (v > INT64_MAX / 100)
            return false;
        v = v * 10 + (s->p[n++] - '0');
    }
    if (n == 0)
        return false;
    *s = str_part(*s, n, s->n);
    *ret_nanos = 0;
    bool fraction = rule_eat(s, '.');
    if (fraction) {
        int64_t unit = SECOND_NS;
        for (n = 0; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
            unit /= 10, *ret_nanos += unit * (s->p[n] - '0');
        *s = str_part(*s, n, s->n); /* PT1.S too: the conformance cases have it */
    }
    const char *found = s->n && s->p[0] ? strchr(*letters, s->p[0]) : NULL;
    if (!found || (fraction && *found != 'S'))
        return false;
    *letters = found + 1;
    *ret_letter = *found;
    *ret = v;
    *s = str_part(*s, 1, s->n);
    return true;
}

bool feel_duration_parse(str s, feel_value *ret)
{
    bool negative = rule_eat(&s, '-');
    if (!rule_eat(&s, 'P') || s.n == 0)
        return false;
    const char *date_letters = "YMD", *time_letters = "HMS";
    int64_t v, nanos, months = 0;
    i128 seconds = 0, fraction = 0;
    bool any_months = false, any_span = false;
    char letter;
    while (s.n && s.p[0] != 'T') {
        if (!duration_part(&s, &date_letters, &v, &letter, &nanos))
            return false;
        if (letter == 'D')
            seconds += (i128)v * DAY_SECONDS, any_span = true;
        else if (v > INT64_C(120000000000))
            return false;
        else
            months += letter == 'Y' ? v * 12 : v, any_months = true;
    }
    if (rule_eat(&s, 'T')) {
        if (s.n == 0)
            return false;
        any_span = true;
        while (s.n) {
            if (!duration_part(&s, &time_letters, &v, &letter, &nanos))
                return false;
            seconds += (i128)v * (letter == 'H' ? 3600 : letter == 'M' ? 60 : 1);
            fraction += nanos;
        }
    }
    if (any_months == any_span) /* one kind or the other, not both (10.3.2.3.7) */
        return false;
    if (any_months) {
        *ret = (feel_value){.kind = FEEL_MONTHS, .months = negative ? -months : months};
        return true;
    }
    if (seconds > INT64_MAX / 4)
        return false;
    i128 ns = seconds * SECOND_NS + fraction;
    *ret = feel_make_span(negative ? -ns : ns);
    return true;
}

feel_value feel_of_time(time_ms t)
{
    static const struct feel_zone town = {.offset = TOWN_OFFSET_MS / 1000};
    int64_t local = t + TOWN_OFFSET_MS, number = floor_div(local, DAY_SECONDS * INT64_C(1000));
    return (feel_value){
        .kind = FEEL_DATE_TIME, .day = number, .ns = (local - number * DAY_SECONDS * 1000) * 1000000, .zone = &town};
}

bool feel_to_time(feel_value v, time_ms *ret)
{
    if (v.kind != FEEL_DATE_TIME)
        return false;
    i128 ns = feel_instant(v) - (v.zone ? 0 : (i128)TOWN_OFFSET_MS * 1000000);
    i128 ms = floor_div128(ns, 1000000);
    if (ms > INT64_MAX || ms < INT64_MIN)
        return false;
    *ret = (time_ms)ms;
    return true;
}

/* ---- members ----------------------------------------------------------------------------------------------- */

/* Properties of tables 65 and following; false in *ret_known: this kind of value has none of that name. */
feel_value feel_property(feel_value v, str name, bool *ret_known)
{
    enum { YEAR, MONTH, DAY, WEEKDAY, HOUR, MINUTE, SECOND, OFFSET, ZONE, YEARS, MONTHS, DAYS, HOURS, MINUTES, SECONDS,
           START, END, START_IN, END_IN };
    static const struct {
        str name;
        int what;
        unsigned kinds;
    } rows[] = {
#define D (1u << FEEL_DATE)
#define T (1u << FEEL_TIME)
#define M (1u << FEEL_DATE_TIME)
        {SC("year"), YEAR, D | M},
        {SC("month"), MONTH, D | M},
        {SC("day"), DAY, D | M},
        {SC("weekday"), WEEKDAY, D | M},
        {SC("hour"), HOUR, T | M},
        {SC("minute"), MINUTE, T | M},
        {SC("second"), SECOND, T | M},
        {SC("time offset"), OFFSET, T | M},
        {SC("timezone"), ZONE, T | M},
        {SC("years"), YEARS, 1u << FEEL_MONTHS},
        {SC("months"), MONTHS, 1u << FEEL_MONTHS},
        {SC("days"), DAYS, 1u << FEEL_SPAN},
        {SC("hours"), HOURS, 1u << FEEL_SPAN},
        {SC("minutes"), MINUTES, 1u << FEEL_SPAN},
        {SC("seconds"), SECONDS, 1u << FEEL_SPAN},
        {SC("start"), START, 1u << FEEL_RANGE},
        {SC("end"), END, 1u << FEEL_RANGE},
        {SC("start included"), START_IN, 1u << FEEL_RANGE},
        {SC("end included"), END_IN, 1u << FEEL_RANGE},
#undef D
#undef T
#undef M
    };
    size_t row = 0;
    while (row < COUNT(rows) && !(str_eq(rows[row].name, name) && rows[row].kinds >> v.kind & 1))
        row++;
    *ret_known = row < COUNT(rows);
    if (!*ret_known)
        return feel_null();
    int64_t year = 0, day_ns = 0;
    int month = 0, mday = 0;
    if (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME)
        feel_date_of(v.day, &year, &month, &mday);
    if (v.kind == FEEL_TIME || v.kind == FEEL_DATE_TIME)
        day_ns = v.ns;
    const struct feel_zone *zone = v.kind == FEEL_TIME || v.kind == FEEL_DATE_TIME ? v.zone : NULL;
    i128 span = v.kind == FEEL_SPAN ? feel_span_ns(v) : 0, size = span < 0 ? -span : span;
    int sign = span < 0 ? -1 : 1;
    dec fraction;
    switch (rows[row].what) {
    case YEAR:
        return feel_of_int(year);
    case MONTH:
        return feel_of_int(month);
    case DAY:
        return feel_of_int(mday);
    case WEEKDAY:
        return feel_of_int(((v.day + 3) % 7 + 7) % 7 + 1);
    case HOUR:
        return feel_of_int(day_ns / SECOND_NS / 3600);
    case MINUTE:
        return feel_of_int(day_ns / SECOND_NS / 60 % 60);
    case SECOND:
        return feel_of_dec(dec_of_scaled(day_ns % (60 * SECOND_NS), 9));
    case OFFSET:
        return zone ? feel_make_span((i128)feel_offset(v) * SECOND_NS) : feel_null();
    case ZONE:
        return zone && zone->name.n ? feel_of_text(zone->name) : feel_null();
    case YEARS:
        return feel_of_int(v.months / 12);
    case MONTHS:
        return feel_of_int(v.months % 12);
    case DAYS:
        return feel_of_int((int64_t)(sign * (size / DAY_NS)));
    case HOURS:
        return feel_of_int((int64_t)(sign * (size / SECOND_NS / 3600 % 24)));
    case MINUTES:
        return feel_of_int((int64_t)(sign * (size / SECOND_NS / 60 % 60)));
    case SECONDS:
        fraction = dec_of_scaled((int64_t)(sign * (size % (60 * SECOND_NS))), 9);
        return feel_of_dec(fraction);
    case START:
        return v.range->has_low ? v.range->low : feel_null();
    case END:
        return v.range->has_high ? v.range->high : feel_null();
    case START_IN:
        return feel_of_bool(v.range->low_closed);
    case END_IN:
        return feel_of_bool(v.range->high_closed);
    }
    return feel_null();
}
