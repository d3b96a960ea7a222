/* Days, times, months and periods, as offices write them. */
#include "ledger/check_kinds.h"

enum { SERIAL_EPOCH = 25569, SERIAL_FIRST = 18264, SERIAL_LAST = 73050 }; /* 1970, 1950, 2099 as Excel counts days */

static bool serial_day(str s, day *ret)
{
    int64_t serial;
    if (s.n != 5 || units_parse(s, 0, &serial) != NUMBER_GOOD || serial < SERIAL_FIRST || serial > SERIAL_LAST)
        return false;
    *ret = (day)(serial - SERIAL_EPOCH);
    return true;
}

/* 2021-12-03 as Excel itself writes dates in a column that was once text: the usual case. */
static bool iso_day(str s, day *ret)
{
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !text_digits(str_part(s, 0, 4)) ||
        !text_digits(str_part(s, 5, 7)) || !text_digits(str_part(s, 8, 10)))
        return false;
    int year = digits_at(s, 0, 4), month = digits_at(s, 5, 2), mday = digits_at(s, 8, 2);
    if (year < 1800 || !date_valid(year, month, mday))
        return false;
    *ret = day_of(year, month, mday);
    return true;
}

/* The numbers in a text, for saying what is wrong with it. */
static int numbers_in(str s, int *numbers, int most)
{
    int count = 0;
    for (size_t i = 0; i < s.n && count < most;) {
        if (!is_digit(s.p[i])) {
            i++;
            continue;
        }
        int value = 0;
        for (; i < s.n && is_digit(s.p[i]); i++)
            value = value < 100000000 ? value * 10 + (s.p[i] - '0') : value;
        numbers[count++] = value;
    }
    return count;
}

static bool take_digits(str *s)
{
    size_t n = 0;
    while (n < s->n && n < 3 && is_digit(s->p[n]))
        n++;
    *s = str_part(*s, n, s->n);
    return n == 1 || n == 2;
}

bool check_yearless(struct op *op, enum field_type type, str typed)
{
    static const str ends[] = {SC("日"), SC("号")};
    if (type != F_DAY && type != F_TIME && type != F_MONTH)
        return false;
    str s = tidy(op, typed, TIDY_NUMBER);
    if (!take_digits(&s) || !str_starts(s, S("月")))
        return false;
    s = str_part(s, S("月").n, s.n);
    if (type == F_MONTH)
        return s.n == 0 || str_eq(s, S("份"));
    if (!take_digits(&s))
        return false;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (type == F_TIME ? str_starts(s, ends[i]) : str_eq(s, ends[i]))
            return true;
    return false;
}

static bool no_such_day(struct op *op, struct date d, struct checked *ret)
{
    str said = date_shown(op, d);
    return check_trouble(op, ret, "没有%.*s这一天，请核对", PS(said));
}

static bool day_trouble(struct op *op, str s, struct checked *ret)
{
    int n[4], count = numbers_in(s, n, 4);
    if (check_yearless(op, F_TIME, s))
        return check_trouble(op, ret, "“%.*s”没有写年份，请写全，如2021年7月8日", PS(str_part(s, 0, utf8_skip(s, 20))));
    str shown = str_part(s, 0, utf8_skip(s, 20));
    if (count == 3 && n[0] < 100 && n[0] > 0 && date_valid(2000 + n[0], n[1], n[2]))
        return check_trouble(op, ret, "年份要写全四位，“%.*s”是否为20%02d-%02d-%02d？", PS(shown), n[0], n[1], n[2]);
    if (count == 3 && n[2] >= 1000 && n[2] <= 9999)
        return check_trouble(op, ret, "“%.*s”的年份应写在前面，如2021-12-03", PS(shown));
    if (count == 3 && n[0] >= 1000 && n[0] <= 9999 && !date_valid(n[0], n[1], n[2]))
        return no_such_day(op, (struct date){n[0], n[1], n[2]}, ret);
    if (count == 1 && s.n == 8 && text_digits(s))
        return no_such_day(op, (struct date){n[0] / 10000, n[0] / 100 % 100, n[0] % 100}, ret);
    if ((count == 2 && n[0] >= 1000) || (count == 1 && s.n == 6 && text_digits(s)))
        return check_trouble(op, ret, "“%.*s”只有年月，缺几日，请写成如2021-12-03", PS(shown));
    return check_trouble(op, ret, "“%.*s”不是日期，请写成如2021-12-03", PS(shown));
}

bool check_day(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    day d;
    if (iso_day(typed, &d)) {
        ret->number = d;
        return checked_text(ret, typed);
    }
    str s = tidy(op, typed, TIDY_MARKS);
    if (serial_day(s, &d))
        check_warn(op, ret, "“%.*s”按表格软件的日期序号读作%.*s，请核对", PS(s), PS(day_text(op, d)));
    else if (!day_parse(s, &d))
        return day_trouble(op, s, ret);
    if (date_of(d).year < 1800)
        return day_trouble(op, s, ret);
    ret->number = d;
    return checked_text(ret, day_text(op, d));
}

/* 9:00 09:00:30 9时 9点30分; ms since midnight. */
static bool clock_parse(str s, int64_t *ret)
{
    static const str marks[3][4] = {{SC(":"), SC("时"), SC("点"), SC("：")},
                                    {SC(":"), SC("分"), SC("："), SC("分")},
                                    {SC("秒"), SC("秒"), SC("秒"), SC("秒")}};
    static const int limits[3] = {24, 60, 60}, parts[3] = {3600000, 60000, 1000};
    int64_t ms = 0;
    bool any = false;
    for (int i = 0; i < 3 && s.n; i++) {
        size_t n = 0;
        while (n < s.n && n < 2 && is_digit(s.p[n]))
            n++;
        if (n == 0 || digits_at(s, 0, n) >= limits[i])
            return false;
        ms += (int64_t)digits_at(s, 0, n) * parts[i];
        s = str_part(s, n, s.n);
        bool marked = s.n == 0 && i > 0;
        for (size_t k = 0; k < 4 && !marked; k++)
            if (str_starts(s, marks[i][k])) {
                s = str_part(s, marks[i][k].n, s.n);
                marked = true;
            }
        if (!marked)
            return false;
        any = true;
    }
    *ret = ms;
    return any && s.n == 0;
}

bool check_time(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    enum { DAY_MS = 86400000, DAY_LAST_MS = DAY_MS - 60000 };
    str s = tidy(op, typed, TIDY_MARKS), head = s, tail = {0};
    time_ms t;
    day d;
    int64_t clock = f->whole_day ? DAY_LAST_MS : 0; /* by 5 December is to its end */
    bool alone = f->whole_day && day_parse(s, &d);
    if (alone || !time_parse(s, &t)) {
        size_t at;
        if (str_find(s, S("日"), &at))
            at += S("日").n;
        else if (!str_find(s, S(" "), &at) && !str_find(s, S("T"), &at))
            at = s.n;
        head = str_part(s, 0, at);
        tail = str_trim(str_part(s, at, s.n));
        if (str_starts(tail, S("T")))
            tail = str_part(tail, 1, tail.n);
        int64_t serial;
        size_t point;
        if (str_find(s, S("."), &point) && point == 5 && serial_day(str_part(s, 0, 5), &d) &&
            units_parse(op_text(op, "0%.*s", PS(str_part(s, 5, 5 + 7))), 6, &serial) == NUMBER_GOOD) {
            clock = (serial * DAY_MS / 1000000 + 30000) / 60000 * 60000; /* to the minute */
            check_warn(op, ret, "“%.*s”按表格软件的日期序号读取，请核对", PS(s));
        } else if (!day_parse(head, &d)) {
            if (check_yearless(op, F_TIME, s))
                return day_trouble(op, s, ret);
            return check_trouble(op, ret, "“%.*s”不是时间，请写成如2021-12-03 09:00", PS(str_part(s, 0, utf8_skip(s, 24))));
        } else if (tail.n && !clock_parse(tail, &clock)) {
            return check_trouble(op, ret, "“%.*s”不是钟点，请写成如09:00", PS(str_part(tail, 0, utf8_skip(tail, 12))));
        }
        t = (int64_t)d * DAY_MS - TOWN_OFFSET_MS + clock;
    }
    int year = date_of(day_at(t)).year;
    if (year < 1800 || year > 9999)
        return check_trouble(op, ret, "年份%d不合理，请核对", year);
    ret->number = t;
    return checked_text(ret, time_text(op, t));
}

/* A number of one or two digits, or 一 … 十二. 0: none. */
static int small_number(str s)
{
    static const str chinese[] = {SC("一"), SC("二"), SC("三"), SC("四"), SC("五"),   SC("六"),
                                  SC("七"), SC("八"), SC("九"), SC("十"), SC("十一"), SC("十二")};
    if (s.n >= 1 && s.n <= 2 && text_digits(s))
        return digits_at(s, 0, s.n);
    for (size_t i = 0; i < COUNT(chinese); i++)
        if (str_eq(s, chinese[i]))
            return (int)i + 1;
    return 0;
}

/* 2021 or 二〇二一 off the front, with 年. */
static bool take_year(str *s, int *ret)
{
    static const str chinese[] = {SC("〇"), SC("一"), SC("二"), SC("三"), SC("四"), SC("五"),
                                  SC("六"), SC("七"), SC("八"), SC("九"), SC("零"), SC("○")};
    str rest = *s;
    int year = 0;
    for (int i = 0; i < 4; i++) {
        int digit = -1;
        if (rest.n && is_digit(rest.p[0])) {
            digit = rest.p[0] - '0';
            rest = str_part(rest, 1, rest.n);
        } else {
            for (int k = 0; k < (int)COUNT(chinese) && digit < 0; k++)
                if (str_starts(rest, chinese[k])) {
                    digit = k < 10 ? k : 0;
                    rest = str_part(rest, chinese[k].n, rest.n);
                }
        }
        if (digit < 0)
            return false;
        year = year * 10 + digit;
    }
    if (year < 1800 || year > 2199)
        return false;
    *s = rest;
    *ret = year;
    return true;
}

/* 2021年, 2021.7, 2021-07-01, 二〇二一年; not 〔2021〕12号, nor what is part of a longer number. */
void check_years(struct op *op, str title, int *ret_first, int *ret_count)
{
    str s = tidy(op, title, TIDY_NUMBER);
    for (bool inside = false; s.n;) {
        str rest = s;
        int year;
        if (!inside && take_year(&rest, &year)) {
            bool said = str_starts(rest, S("年")) ||
                        (rest.n > 1 && (rest.p[0] == '-' || rest.p[0] == '.' || rest.p[0] == '/') && is_digit(rest.p[1]));
            if (said && (*ret_count == 0 || year != *ret_first)) {
                *ret_first = *ret_count ? *ret_first : year;
                ++*ret_count;
            }
        }
        inside = is_digit(s.p[0]);
        s = str_part(s, utf8_skip(s, 1), s.n);
    }
}

enum period_kind { PERIOD_YEAR, PERIOD_HALF, PERIOD_QUARTER, PERIOD_MONTH, PERIOD_WEEK };

/* What may follow the year: before, number, after. */
static const struct period_form {
    str before, after;
    enum period_kind kind;
    int most; /* largest number; 0: no number stands there, and `fixed` is meant */
    int fixed;
} period_forms[] = {
    {SC(""), SC(""), PERIOD_YEAR, 0, 0},
    {SC("年"), SC(""), PERIOD_YEAR, 0, 0},
    {SC("年度"), SC(""), PERIOD_YEAR, 0, 0},
    {SC("年全年"), SC(""), PERIOD_YEAR, 0, 0},
    {SC("全年"), SC(""), PERIOD_YEAR, 0, 0},
    {SC("上半年"), SC(""), PERIOD_HALF, 0, 1},
    {SC("年上半年"), SC(""), PERIOD_HALF, 0, 1},
    {SC("下半年"), SC(""), PERIOD_HALF, 0, 2},
    {SC("年下半年"), SC(""), PERIOD_HALF, 0, 2},
    {SC("年度上半年"), SC(""), PERIOD_HALF, 0, 1},
    {SC("年度下半年"), SC(""), PERIOD_HALF, 0, 2},
    {SC("H"), SC(""), PERIOD_HALF, 2, 0},
    {SC("-H"), SC(""), PERIOD_HALF, 2, 0},
    {SC("Q"), SC(""), PERIOD_QUARTER, 4, 0},
    {SC("-Q"), SC(""), PERIOD_QUARTER, 4, 0},
    {SC("年第"), SC("季度"), PERIOD_QUARTER, 4, 0},
    {SC("年"), SC("季度"), PERIOD_QUARTER, 4, 0},
    {SC("第"), SC("季度"), PERIOD_QUARTER, 4, 0},
    {SC("年度第"), SC("季度"), PERIOD_QUARTER, 4, 0},
    {SC("-"), SC(""), PERIOD_MONTH, 12, 0},
    {SC("."), SC(""), PERIOD_MONTH, 12, 0},
    {SC("/"), SC(""), PERIOD_MONTH, 12, 0},
    {SC("年"), SC("月"), PERIOD_MONTH, 12, 0},
    {SC("年"), SC("月份"), PERIOD_MONTH, 12, 0},
    {SC("-"), SC("月"), PERIOD_MONTH, 12, 0},
    {SC("W"), SC(""), PERIOD_WEEK, 53, 0},
    {SC("-W"), SC(""), PERIOD_WEEK, 53, 0},
    {SC("年第"), SC("周"), PERIOD_WEEK, 53, 0},
    {SC("年"), SC("周"), PERIOD_WEEK, 53, 0},
};

static bool period_take(str rest, enum period_kind *ret_kind, int *ret_number)
{
    for (size_t i = 0; i < COUNT(period_forms); i++) {
        const struct period_form *f = &period_forms[i];
        if (rest.n < f->before.n + f->after.n || !str_starts(rest, f->before) || !str_ends(rest, f->after))
            continue;
        str middle = str_part(rest, f->before.n, rest.n - f->after.n);
        int number = small_number(middle);
        if (f->most ? number < 1 || number > f->most : middle.n > 0)
            continue;
        *ret_kind = f->kind;
        *ret_number = f->most ? number : f->fixed;
        return true;
    }
    /* 202112 */
    if (rest.n == 2 && text_digits(rest) && small_number(rest) >= 1 && small_number(rest) <= 12) {
        *ret_kind = PERIOD_MONTH;
        *ret_number = small_number(rest);
        return true;
    }
    return false;
}

/* ISO 8601: a year has 53 weeks when it begins on a Thursday, or is leap and begins on a Wednesday. */
static bool has_week(int year, int week)
{
    int first = day_weekday(day_of(year, 1, 1));
    return week < 53 || first == 4 || (first == 3 && date_valid(year, 2, 29));
}

bool check_period(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_CODE), rest = s;
    int year, number;
    enum period_kind kind;
    day d;
    if (take_year(&rest, &year) && period_take(rest, &kind, &number)) {
        switch (kind) {
        case PERIOD_YEAR:
            return checked_text(ret, op_text(op, "%d", year));
        case PERIOD_HALF:
            return checked_text(ret, op_text(op, "%dH%d", year, number));
        case PERIOD_QUARTER:
            return checked_text(ret, op_text(op, "%dQ%d", year, number));
        case PERIOD_MONTH:
            return checked_text(ret, month_text(op, year, number));
        case PERIOD_WEEK:
            if (!has_week(year, number))
                return check_trouble(op, ret, "%d年没有第53周，请核对", year);
            return checked_text(ret, op_text(op, "%dW%02d", year, number));
        }
    }
    if (day_parse(s, &d))
        return checked_text(ret, day_text(op, d));
    return check_trouble(
        op, ret, "“%.*s”不是报告期，请写成如2021年、2021年上半年、2021年第三季度、2021年12月、2021年第5周或2021-12-03",
        PS(str_part(s, 0, utf8_skip(s, 20))));
}

bool check_month(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_CODE), rest = s;
    int year, number;
    enum period_kind kind;
    day d;
    if (take_year(&rest, &year) && period_take(rest, &kind, &number) && kind == PERIOD_MONTH) {
        if (str_eq(rest, S(".1")))
            check_warn(op, ret, "“%.*s”读作%d年1月；若是10月（表格软件会去掉末尾的0），请写成%d-10", PS(s), year, year);
        return checked_text(ret, month_text(op, year, number));
    }
    if (!day_parse(s, &d) && !serial_day(s, &d))
        return check_trouble(op, ret, "“%.*s”不是年月，请写成如2021-12", PS(str_part(s, 0, utf8_skip(s, 20))));
    /* A spreadsheet turns 2021-12 into the first of the month. */
    struct date c = date_of(d);
    str month = month_text(op, c.year, c.month);
    if (c.day != 1)
        check_warn(op, ret, "“%.*s”只取年月%.*s", PS(s), PS(month));
    return checked_text(ret, month);
}
