/* The calendar: days, the town's clock, dates as offices write them, working days. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Civil-day arithmetic on years that begin in March, so that the leap day comes last. */
day day_of(int year, int month, int mday)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    return (day)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

struct date date_of(day d)
{
    int64_t z = (int64_t)d + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned of_era = (unsigned)(z - era * 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned m = (5 * of_year + 2) / 153;
    int month = (int)(m < 10 ? m + 3 : m - 9);
    return (struct date){(int)(year + era * 400 + (month <= 2)), month, (int)(of_year - (153 * m + 2) / 5 + 1)};
}

bool date_valid(int year, int month, int mday)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || mday < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return mday <= days[month - 1] + (month == 2 && leap);
}

int day_weekday(day d)
{
    return (int)((((int64_t)d + 3) % 7 + 7) % 7) + 1; /* 1970-01-01 was a Thursday */
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

enum { DAY_MS = 24 * 3600 * 1000 };

day day_at(time_ms t)
{
    return (day)floor_div(t + TOWN_OFFSET_MS, DAY_MS);
}

time_ms day_end(day d)
{
    return ((time_ms)d + 1) * DAY_MS - TOWN_OFFSET_MS - 1;
}

/* A number below a hundred. Lists write thousands of dates; printf would be a tenth of their time. */
static char *two_put(char *to, unsigned v)
{
    static const char pairs[] = "00010203040506070809" "10111213141516171819" "20212223242526272829"
                                "30313233343536373839" "40414243444546474849" "50515253545556575859"
                                "60616263646566676869" "70717273747576777879" "80818283848586878889"
                                "90919293949596979899";
    memcpy(to, pairs + 2 * v, 2);
    return to + 2;
}

static char *date_put(char *to, struct date c)
{
    to = two_put(two_put(to, (unsigned)c.year / 100), (unsigned)c.year % 100);
    *to++ = '-';
    to = two_put(to, (unsigned)c.month);
    *to++ = '-';
    return two_put(to, (unsigned)c.day);
}

size_t day_put(char *to, day d)
{
    struct date c = date_of(d);
    if (c.year < 0 || c.year > 9999)
        return (size_t)snprintf(to, DAY_TEXT_BYTES, "%04d-%02d-%02d", c.year, c.month, c.day);
    return (size_t)(date_put(to, c) - to);
}

str day_text(struct op *op, day d)
{
    char text[DAY_TEXT_BYTES];
    return op_copy(op, (str){text, day_put(text, d)});
}

str date_shown(struct op *op, struct date d)
{
    return op_text(op, "%d年%d月%d日", d.year, d.month, d.day);
}

str day_shown(struct op *op, day d)
{
    return date_shown(op, date_of(d));
}

day month_end(int year, int month)
{
    return (month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1)) - 1;
}

str month_text(struct op *op, int year, int month)
{
    return op_text(op, "%04d-%02d", year, month);
}

size_t time_put(char *to, time_ms t)
{
    static const char zone[] = "+08:00";
    day d = day_at(t);
    unsigned ms = (unsigned)(t + TOWN_OFFSET_MS - (int64_t)d * DAY_MS), second = ms / 1000, minute = second / 60;
    char *at = to + day_put(to, d);
    *at++ = 'T';
    at = two_put(at, minute / 60);
    *at++ = ':';
    at = two_put(at, minute % 60);
    *at++ = ':';
    at = two_put(at, second % 60);
    *at++ = '.';
    *at++ = (char)('0' + ms % 1000 / 100);
    at = two_put(at, ms % 100);
    memcpy(at, zone, sizeof zone - 1);
    return (size_t)(at + sizeof zone - 1 - to);
}

str time_text(struct op *op, time_ms t)
{
    char text[TIME_TEXT_BYTES];
    return op_copy(op, (str){text, time_put(text, t)});
}

str clock_said(struct op *op, time_ms t)
{
    int minute = (int)((t + TOWN_OFFSET_MS - (int64_t)day_at(t) * DAY_MS) / 60000);
    return op_text(op, "%02d:%02d", minute / 60, minute % 60);
}

str time_said(struct op *op, time_ms t)
{
    str date = day_text(op, day_at(t)), clock = clock_said(op, t);
    return op_text(op, "%.*s %.*s", PS(date), PS(clock));
}

static bool two(str *s, int limit, int *ret)
{
    if (s->n < 2 || s->p[0] < '0' || s->p[0] > '9' || s->p[1] < '0' || s->p[1] > '9')
        return false;
    *ret = (s->p[0] - '0') * 10 + s->p[1] - '0';
    *s = str_part(*s, 2, s->n);
    return *ret < limit;
}

static bool skip(str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_part(*s, 1, s->n);
    return true;
}

bool time_parse(str s, time_ms *ret)
{
    int century, years, month, mday, hour = 0, minute = 0, second = 0, ms = 0;
    if (!two(&s, 100, &century) || !two(&s, 100, &years) || !skip(&s, '-') || !two(&s, 13, &month) || !skip(&s, '-') ||
        !two(&s, 32, &mday) || !date_valid(century * 100 + years, month, mday))
        return false;
    int64_t offset = TOWN_OFFSET_MS;
    if (s.n) {
        if (!(skip(&s, 'T') || skip(&s, 't') || skip(&s, ' ')) || !two(&s, 24, &hour) || !skip(&s, ':') ||
            !two(&s, 60, &minute))
            return false;
        if (skip(&s, ':') && !two(&s, 61, &second))
            return false;
        if (skip(&s, '.')) {
            int digits = 0;
            for (; s.n && s.p[0] >= '0' && s.p[0] <= '9'; s = str_part(s, 1, s.n), digits++)
                if (digits < 3)
                    ms = ms * 10 + s.p[0] - '0';
            if (digits == 0)
                return false;
            for (; digits < 3; digits++)
                ms *= 10;
        }
        if (skip(&s, 'Z') || skip(&s, 'z')) {
            offset = 0;
        } else if (s.n) {
            int sign = s.p[0] == '-' ? -1 : 1, h, m;
            if (!(skip(&s, '+') || skip(&s, '-')) || !two(&s, 24, &h) || !skip(&s, ':') || !two(&s, 60, &m))
                return false;
            offset = sign * (h * 3600000ll + m * 60000ll);
        }
    }
    if (s.n)
        return false;
    *ret = (int64_t)day_of(century * 100 + years, month, mday) * DAY_MS + hour * 3600000ll + minute * 60000ll +
           second * 1000ll + ms - offset;
    return true;
}

/* The digit a character stands for: ASCII, full-width, or Chinese (〇零○ and Ｏ are all typed for zero); -1 none; 10 十. */
static int digit_of(uint32_t c)
{
    static const uint32_t chinese[] = {0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D, 0x5341};
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 0xFF10 && c <= 0xFF19)
        return (int)(c - 0xFF10);
    if (c == 0x3007 || c == 0x96F6 || c == 0x25CB || c == 0x25EF)
        return 0;
    for (int i = 0; i < 10; i++)
        if (c == chinese[i])
            return i + 1;
    return -1;
}

/* Takes a number: 2021, 二〇二一, 十二, 二十三, 三十. */
static bool take_number(str *s, int *ret, int *ret_digits)
{
    int value = 0, count = 0;
    bool tens = false;
    while (s->n) {
        str rest = *s;
        int d = digit_of(utf8_next(&rest));
        if (d < 0 || value > 100000000)
            break;
        if (d == 10) {
            if (tens || value > 9)
                return false;
            value = value ? value * 10 : 10;
            tens = true;
        } else if (tens) {
            if (value % 10)
                return false;
            value += d;
        } else {
            value = value * 10 + d;
        }
        count++;
        *s = rest;
    }
    *ret = value;
    *ret_digits = count;
    return count > 0;
}

static bool skip_mark(str *s, const uint32_t *marks, size_t count, uint32_t *ret)
{
    if (s->n == 0)
        return false;
    str rest = *s;
    uint32_t c = utf8_next(&rest);
    for (size_t i = 0; i < count; i++)
        if (marks[i] == c) {
            *s = rest;
            *ret = c;
            return true;
        }
    return false;
}

bool day_parse(str s, day *ret)
{
    /* - . / 、 and their full-width forms, and 年 月 */
    static const uint32_t between[] = {'-',    '.',    '/',    0x2D,   0xFF0D, 0xFF0E,
                                       0xFF0F, 0x3002, 0x5E74, 0x6708, 0x2014, 0x2013};
    static const uint32_t end[] = {0x65E5, 0x53F7}; /* 日 号 */
    s = str_trim(s);
    int year, month, mday, digits;
    if (!take_number(&s, &year, &digits))
        return false;
    if (digits == 8 && s.n == 0) {
        month = year / 100 % 100;
        mday = year % 100;
        year /= 10000;
    } else {
        uint32_t first, second;
        if (digits != 4 || !skip_mark(&s, between, COUNT(between), &first))
            return false;
        s = str_trim(s);
        if (!take_number(&s, &month, &digits) || digits > 2 || !skip_mark(&s, between, COUNT(between), &second))
            return false;
        /* 年 is followed by 月; another mark by the same mark. */
        if (first == 0x5E74 ? second != 0x6708 : second != first)
            return false;
        s = str_trim(s);
        if (!take_number(&s, &mday, &digits) || digits > 3)
            return false;
        uint32_t last;
        skip_mark(&s, end, COUNT(end), &last);
        s = str_trim(s);
        /* Excel and exports append a midnight: 2021-12-03 00:00:00 */
        if (s.n && !str_eq(s, S("00:00:00")) && !str_eq(s, S("0:00:00")) && !str_eq(s, S("00:00")))
            return false;
    }
    if (year < 1800 || year > 9999 || !date_valid(year, month, mday))
        return false;
    *ret = day_of(year, month, mday);
    return true;
}

/* ---- working days ------------------------------------------------------------------------------------------ */

struct exception {
    day d;
    bool works;
};

struct work_calendar {
    struct op *op;
    struct {
        struct exception *p;
        size_t n, cap;
    } days; /* sorted by d */
    int last_year;
};

struct work_calendar *work_calendar_new(struct op *op)
{
    struct work_calendar *c = op_new(op, struct work_calendar);
    c->op = op;
    c->last_year = INT32_MIN;
    return c;
}

static size_t place_of(const struct work_calendar *c, day d)
{
    size_t low = 0, high = c->days.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->days.p[middle].d < d)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct work_calendar *work_calendar_copy(struct op *op, const struct work_calendar *c)
{
    struct work_calendar *copy = work_calendar_new(op);
    copy->last_year = c->last_year;
    for (size_t i = 0; i < c->days.n; i++)
        *list_add(op, &copy->days) = c->days.p[i];
    return copy;
}

void work_calendar_add_local(struct work_calendar *c, day d, bool works)
{
    size_t at = place_of(c, d);
    if (at == c->days.n || c->days.p[at].d != d) {
        (void)list_add(c->op, &c->days);
        memmove(&c->days.p[at + 1], &c->days.p[at], (c->days.n - 1 - at) * sizeof *c->days.p);
    }
    c->days.p[at] = (struct exception){d, works};
}

void work_calendar_add(struct work_calendar *c, day d, bool works)
{
    work_calendar_add_local(c, d, works);
    int year = date_of(d).year;
    if (year > c->last_year)
        c->last_year = year;
}

bool work_calendar_is(const struct work_calendar *c, day d)
{
    size_t at = place_of(c, d);
    if (at < c->days.n && c->days.p[at].d == d)
        return c->days.p[at].works;
    return day_weekday(d) <= 5;
}

bool work_calendar_knows(const struct work_calendar *c, day d)
{
    return date_of(d).year <= c->last_year;
}

day work_calendar_after(const struct work_calendar *c, day from, int count, bool *ret_guessed)
{
    must(count >= 0);
    day d = from;
    while (count > 0)
        count -= work_calendar_is(c, ++d);
    *ret_guessed = date_of(d).year > c->last_year;
    return d;
}

day work_calendar_before(const struct work_calendar *c, day from, int count)
{
    must(count >= 0);
    while (count > 0)
        count -= work_calendar_is(c, --from);
    return from;
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

void timespec_add(struct timespec *t, int64_t ms)
{
    t->tv_sec += (time_t)(ms / 1000);
    t->tv_nsec += (long)(ms % 1000) * 1000000;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
}
