/* Numbers, and amounts of money in digits and in capitals. */
#include "ledger/check_kinds.h"

#include "base/decimal.h"

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Plain digits without a double in between. */
enum number_result units_parse(str s, int scale, int64_t *ret)
{
    bool minus = s.n && s.p[0] == '-';
    size_t i = minus || (s.n && s.p[0] == '+');
    int64_t value = 0;
    int digits = 0, decimals = -1;
    bool fine = false, any = false;
    for (; i < s.n; i++) {
        if (s.p[i] == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (!is_digit(s.p[i]))
            break;
        any = true;
        if (decimals >= scale) {
            fine |= s.p[i] != '0';
            continue;
        }
        decimals += decimals >= 0;
        value = value * 10 + (s.p[i] - '0');
        digits += value != 0;
        if (digits > CHECK_DIGITS_MAX)
            return NUMBER_LARGE;
    }
    if (i < s.n) { /* 1.2E+5 */
        dec x;
        if (!any || (s.p[i] != 'E' && s.p[i] != 'e') || !dec_parse(s, &x))
            return NUMBER_ODD;
        if (!dec_scaled(x, scale, ret)) {
            dec whole;
            return dec_round(x, scale, DEC_HALF_UP, &whole) && !dec_eq(whole, x) ? NUMBER_FINE : NUMBER_LARGE;
        }
        return *ret >= -MONEY_FEN_MAX && *ret <= MONEY_FEN_MAX ? NUMBER_GOOD : NUMBER_LARGE;
    }
    if (!any)
        return NUMBER_ODD;
    for (decimals = decimals < 0 ? 0 : decimals; decimals < scale; decimals++) {
        value *= 10;
        digits += value != 0;
        if (digits > CHECK_DIGITS_MAX)
            return NUMBER_LARGE;
    }
    *ret = minus ? -value : value;
    return fine ? NUMBER_FINE : NUMBER_GOOD;
}

str units_text(struct op *op, int64_t value, int scale)
{
    char digits[40];
    uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
    size_t at = sizeof digits;
    for (int i = 0; i <= scale || rest; i++, rest /= 10) {
        digits[--at] = (char)('0' + rest % 10);
        if (scale && i == scale - 1)
            digits[--at] = '.';
    }
    if (value < 0)
        digits[--at] = '-';
    return op_copy(op, (str){digits + at, sizeof digits - at});
}

/* 1,234,567.00 -> 1234567.00; false: commas where no thousands are. */
static bool commas_drop(struct op *op, str *s)
{
    if (!text_has(*s, S(",")))
        return true;
    struct buf b;
    buf_init(&b, op, 0);
    size_t digits = 0;
    bool grouped = false, point = false;
    for (size_t i = 0; i < s->n; i++) {
        char c = s->p[i];
        if (c == ',') {
            if (point || digits == 0 || digits > 3 || (grouped && digits != 3))
                return false;
            grouped = true;
            digits = 0;
            continue;
        }
        if (c == '.') {
            if (grouped && digits != 3)
                return false;
            point = true;
        }
        digits += is_digit(c) && !point;
        buf_byte(&b, c);
    }
    if (!point && digits != 3)
        return false;
    *s = buf_str(&b);
    return true;
}

/* What stands behind the digits: 人 of 12人. */
static str unit_behind(str s)
{
    size_t at = 0;
    while (at < s.n && (is_digit(s.p[at]) || strchr("+-.,", s.p[at])))
        at++;
    return at && at < s.n ? str_part(s, at, s.n) : (str){0};
}

static bool number_trouble(struct op *op, str s, enum number_result result, int scale, struct checked *ret)
{
    str unit = unit_behind(s), shown = str_part(s, 0, utf8_skip(s, 20));
    switch (result) {
    case NUMBER_LARGE:
        return check_trouble(op, ret, "数字“%.*s”超过%d位，请核对", PS(shown), CHECK_DIGITS_MAX);
    case NUMBER_FINE: {
        dec x;
        if (scale == 0)
            return check_trouble(op, ret, "应为整数，现为%.*s，请核对", PS(shown));
        if (dec_parse(s, &x) && dec_round(x, scale, DEC_HALF_UP, &x))
            return check_trouble(op, ret, "最多%d位小数，现为%.*s；四舍五入为%.*s", scale, PS(shown), PS(dec_text(op, x)));
        return check_trouble(op, ret, "最多%d位小数，现为%.*s", scale, PS(shown));
    }
    case NUMBER_ODD:
    case NUMBER_GOOD:
        break;
    }
    if (unit.n)
        return check_trouble(op, ret, "只填数字，不带“%.*s”，请核对", PS(str_part(unit, 0, utf8_skip(unit, 10))));
    return check_trouble(op, ret, "“%.*s”不是数字，请核对", PS(shown));
}

static bool good_number(struct op *op, struct checked *ret, int64_t value, int scale)
{
    ret->kind = CHECKED_NUMBER;
    ret->number = value;
    ret->text = units_text(op, value, scale);
    return true;
}

static bool check_scaled(struct op *op, str s, int scale, struct checked *ret)
{
    if (!commas_drop(op, &s))
        return check_trouble(op, ret, "“%.*s”的逗号位置不对，千分位应三位一组", PS(str_part(s, 0, 40)));
    int64_t value;
    enum number_result result = units_parse(s, scale, &value);
    if (result != NUMBER_GOOD)
        return number_trouble(op, s, result, scale, ret);
    return good_number(op, ret, value, scale);
}

bool check_int(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    return check_scaled(op, tidy(op, typed, TIDY_NUMBER), 0, ret);
}

bool check_decimal(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    must(f->size >= 0 && f->size <= 9);
    return check_scaled(op, tidy(op, typed, TIDY_NUMBER), f->size, ret);
}

bool check_ratio(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_NUMBER), digits = s;
    bool percent = str_ends(s, S("%"));
    if (percent)
        digits.n--;
    if (!commas_drop(op, &digits))
        return check_trouble(op, ret, "“%.*s”的逗号位置不对", PS(str_part(s, 0, 40)));
    int64_t value;
    dec x;
    enum number_result result = units_parse(digits, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, &value);
    /* 1/3 comes from a formula; a millionth is finer than any use of it. */
    if (result == NUMBER_FINE &&
        (!dec_parse(digits, &x) || !dec_round(x, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, DEC_HALF_UP, &x) ||
         !dec_scaled(x, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, &value)))
        result = NUMBER_ODD;
    if (result == NUMBER_ODD || result == NUMBER_LARGE)
        return check_trouble(op, ret, "“%.*s”不是比率，请填如12.5%%或0.125", PS(str_part(s, 0, utf8_skip(s, 20))));
    good_number(op, ret, value, RATIO_DECIMALS);
    while (ret->text.p[ret->text.n - 1] == '0')
        ret->text.n--;
    if (ret->text.p[ret->text.n - 1] == '.')
        ret->text.n--;
    if (!percent && (value >= 2000000 || value <= -2000000))
        check_warn(op, ret, "按%.*s00%%记；若是%.*s%%，请写上%%号", PS(ret->text), PS(ret->text));
    return true;
}

bool check_year(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_NUMBER);
    if (str_ends(s, S("年度")))
        s.n -= S("年度").n;
    else if (str_ends(s, S("年")))
        s.n -= S("年").n;
    int64_t year;
    day first;
    if (units_parse(s, 0, &year) != NUMBER_GOOD && day_parse(op_text(op, "%.*s年1月1日", PS(s)), &first))
        year = date_of(first).year; /* 二〇二一 */
    else if (units_parse(s, 0, &year) != NUMBER_GOOD && day_parse(s, &first))
        return check_trouble(op, ret, "只填年份，如%d", date_of(first).year);
    else if (units_parse(s, 0, &year) != NUMBER_GOOD)
        return check_trouble(op, ret, "“%.*s”不是年份，请填四位数字，如2021", PS(str_part(s, 0, utf8_skip(s, 20))));
    if (year < 1800 || year > 2199)
        return check_trouble(op, ret, "年份%lld不合理，请填四位数字，如2021", (long long)year);
    return good_number(op, ret, year, 0);
}

/* ---- amounts ----------------------------------------------------------------------------------------------------- */

static const str capital_digits[] = {SC("零"), SC("壹"), SC("贰"), SC("叁"), SC("肆"),
                                     SC("伍"), SC("陆"), SC("柒"), SC("捌"), SC("玖")};

/* 1 … 9999; `zero` before it where a higher part stands and the thousands do not. */
static void capital_section(struct buf *b, int64_t value, bool zero)
{
    static const str units[] = {SC("仟"), SC("佰"), SC("拾"), SC("")};
    static const int64_t powers[] = {1000, 100, 10, 1};
    for (int i = 0; i < 4; i++) {
        int64_t digit = value / powers[i] % 10;
        if (digit == 0) {
            zero |= value > powers[i] && b->n > 0;
            continue;
        }
        if (zero && b->n)
            buf_add(b, capital_digits[0]);
        zero = false;
        buf_add(b, capital_digits[digit]);
        buf_add(b, units[i]);
        if (value % powers[i] == 0)
            return;
    }
}

/* Below a hundred million: …万… */
static void capital_part(struct buf *b, int64_t value, bool zero)
{
    int64_t wan = value / 10000, rest = value % 10000;
    if (wan) {
        capital_section(b, wan, zero && wan < 1000);
        buf_add(b, S("万"));
    }
    if (rest)
        capital_section(b, rest, b->n > 0 && (rest < 1000 || (zero && !wan)));
}

str money_capital(struct op *op, int64_t fen)
{
    must(fen >= -MONEY_FEN_MAX && fen <= MONEY_FEN_MAX);
    struct buf whole, b;
    buf_init(&b, op, 0);
    buf_init(&whole, op, 0);
    if (fen < 0)
        buf_add(&b, S("负"));
    int64_t rest = fen < 0 ? -fen : fen, yuan = rest / 100, yi = yuan / 100000000, low = yuan % 100000000;
    if (yi) {
        capital_part(&whole, yi, false);
        buf_add(&whole, S("亿"));
    }
    capital_part(&whole, low, yi && low < 10000000);
    if (yuan == 0 && rest % 100 == 0)
        buf_add(&whole, capital_digits[0]);
    if (whole.n)
        buf_add(&whole, S("元"));
    buf_add(&b, buf_str(&whole));
    int64_t jiao = rest / 10 % 10, one = rest % 10;
    if (jiao == 0 && one == 0) {
        buf_add(&b, S("整"));
        return buf_str(&b);
    }
    if (jiao) {
        buf_add(&b, capital_digits[jiao]);
        buf_add(&b, S("角"));
    } else if (yuan) {
        buf_add(&b, capital_digits[0]);
    }
    if (one) {
        buf_add(&b, capital_digits[one]);
        buf_add(&b, S("分"));
    }
    return buf_str(&b);
}

static int capital_digit(uint32_t c)
{
    static const uint32_t digits[][3] = {{0x96F6, 0x3007, 0x25CB}, {0x58F9, 0x4E00, 0x58F1}, {0x8D30, 0x4E8C, 0x8CB3},
                                         {0x53C1, 0x4E09, 0x53C2}, {0x8086, 0x56DB, 0x8086}, {0x4F0D, 0x4E94, 0x4F0D},
                                         {0x9646, 0x516D, 0x9678}, {0x67D2, 0x4E03, 0x67D2}, {0x634C, 0x516B, 0x634C},
                                         {0x7396, 0x4E5D, 0x7396}};
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 3; k++)
            if (digits[i][k] == c)
                return i;
    return c == 0x4E24 || c == 0x5F0D ? 2 : -1; /* 两, 弍 */
}

bool money_capital_parse(str s, int64_t *ret)
{
    /* 拾十 佰百 仟千, within four digits; then 万 亿 元圆 角 分 */
    static const struct {
        uint32_t codes[2];
        int64_t value;
    } units[] = {{{0x62FE, 0x5341}, 10}, {{0x4F70, 0x767E}, 100}, {{0x4EDF, 0x5343}, 1000}};
    s = str_trim(s);
    if (str_starts(s, S("人民币")))
        s = str_part(s, S("人民币").n, s.n);
    bool minus = str_starts(s, S("负"));
    if (minus)
        s = str_part(s, S("负").n, s.n);
    int64_t yi = 0, wan = 0, section = 0, digit = -1, below = 10000, fen = 0, yuan = -1;
    bool end = false, any = false, small = false;
    while (s.n) {
        uint32_t c = utf8_next(&s);
        int d = capital_digit(c);
        int64_t unit = 0;
        for (size_t i = 0; i < COUNT(units); i++)
            if (units[i].codes[0] == c || units[i].codes[1] == c)
                unit = units[i].value;
        if (end)
            return false;
        if (d == 0 && digit < 0) {
            any = true;
            continue;
        }
        if (d >= 0) {
            if (digit >= 0)
                return false;
            digit = d;
            any = true;
            continue;
        }
        if (unit) { /* 十 alone is ten */
            if (yuan >= 0 || unit >= below || (digit < 0 && unit != 10))
                return false;
            section += (digit < 0 ? 1 : digit) * unit;
            below = unit;
            digit = -1;
            any = true;
        } else if (c == 0x4E07 || c == 0x842C || c == 0x4EBF || c == 0x5104) { /* 万萬 亿億 */
            bool hundred_million = c == 0x4EBF || c == 0x5104;
            section += digit < 0 ? 0 : digit;
            if (yuan >= 0 || !any || (hundred_million ? yi > 0 : wan > 0 || section == 0))
                return false;
            if (hundred_million) {
                yi = wan * 10000 + section;
                wan = 0;
                if (yi == 0)
                    return false;
            } else {
                wan = section;
            }
            section = 0;
            below = 10000;
            digit = -1;
        } else if (c == 0x5143 || c == 0x5706) { /* 元圆 */
            if (yuan >= 0 || !any)
                return false;
            section += digit < 0 ? 0 : digit;
            yuan = (yi * 10000 + wan) * 10000 + section;
            digit = -1;
        } else if (c == 0x89D2 || c == 0x5206) { /* 角 分 */
            int64_t value = c == 0x89D2 ? 10 : 1;
            if (digit < 0 || (yuan < 0 && (section || wan || yi)) || (small && value == 10) || fen % 10)
                return false;
            small = true;
            fen += digit * value;
            digit = -1;
        } else if (c == 0x6574 || c == 0x6B63) { /* 整 正 */
            end = true;
        } else {
            return false;
        }
    }
    if (digit >= 0 || (yuan < 0 && !small) || yuan > MONEY_FEN_MAX / 100)
        return false;
    int64_t total = (yuan < 0 ? 0 : yuan) * 100 + fen;
    *ret = minus ? -total : total;
    return true;
}

bool check_money(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    static const str before[] = {SC("¥"), SC("￥"), SC("RMB"), SC("人民币"), SC("CNY")};
    str s = tidy(op, typed, TIDY_NUMBER);
    int64_t fen;
    if (s.n && (unsigned char)s.p[s.n - 1] >= 0x80 && money_capital_parse(s, &fen))
        return good_number(op, ret, fen, 2);
    for (size_t i = 0; i < COUNT(before); i++)
        if (str_starts(s, before[i]))
            s = str_part(s, before[i].n, s.n);
    if (str_ends(s, S("整")))
        s.n -= S("整").n;
    static const struct {
        str unit;
        int zeros;
    } large[] = {{SC("万元"), 4}, {SC("万"), 4}, {SC("亿元"), 8}, {SC("亿"), 8}, {SC("千元"), 3}, {SC("百元"), 2}};
    for (size_t i = 0; i < COUNT(large); i++) {
        str digits = s;
        dec x, times;
        if (!str_ends(s, large[i].unit))
            continue;
        digits.n -= large[i].unit.n;
        if (commas_drop(op, &digits) && dec_parse(digits, &x) && dec_pow(dec_of(10), dec_of(large[i].zeros), &times) &&
            dec_mul(x, times, &x))
            return check_trouble(op, ret, "金额以元为单位，“%.*s”请写成%.*s", PS(str_part(s, 0, 40)), PS(dec_text(op, x)));
        return check_trouble(op, ret, "金额以元为单位，请换算后填写");
    }
    if (str_ends(s, S("元")))
        s.n -= S("元").n;
    return check_scaled(op, s, 2, ret);
}
