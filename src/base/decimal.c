/* Arithmetic is Intel's decimal library (static archive bidgcc000: arguments by value, rounding and flags passed).
 * Never use _Decimal128 in this program: the archive exports libgcc's internal names with another calling
 * convention. */
#include "base/decimal.h"

#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

enum { BIAS = 6176, NEAREST_EVEN = 0, TOWARD_ZERO = 3, EXPONENT_SHIFT = 49 };
static const uint64_t SIGN = (uint64_t)1 << 63, COEFFICIENT_HIGH = ((uint64_t)1 << EXPONENT_SHIFT) - 1;

typedef unsigned __int128 u128;

/* A finite number taken apart: ± coefficient × 10^exponent. */
struct parts {
    u128 coefficient;
    int exponent;
    bool negative;
};

static BID_UINT128 to_bid(dec x)
{
    BID_UINT128 b;
    b.w[0] = x.w[0];
    b.w[1] = x.w[1];
    return b;
}

static dec zero(void)
{
    return (dec){{0, (uint64_t)BIAS << EXPONENT_SHIFT}};
}

static dec compose(struct parts p)
{
    if (p.coefficient == 0)
        return zero();
    return (dec){{(uint64_t)p.coefficient,
                  (uint64_t)(p.coefficient >> 64) | (uint64_t)(p.exponent + BIAS) << EXPONENT_SHIFT |
                      (p.negative ? SIGN : 0)}};
}

/* Steering bits 11 mark infinities, NaN and coefficients over 34 digits; from_bid lets none of them in. */
static struct parts take_apart(dec x)
{
    return (struct parts){(u128)(x.w[1] & COEFFICIENT_HIGH) << 64 | x.w[0],
                          (int)(x.w[1] >> EXPONENT_SHIFT & 0x3fff) - BIAS, (x.w[1] & SIGN) != 0};
}

static bool from_bid(BID_UINT128 b, dec *ret)
{
    if ((b.w[1] >> 61 & 3) == 3)
        return false;
    dec x = {{b.w[0], b.w[1]}};
    *ret = take_apart(x).coefficient ? x : zero();
    return true;
}

bool dec_parse(str s, dec *ret)
{
    enum { SHORT = 18 }; /* whole numbers that fit in 64 bits */
    size_t i = 0, digits = 0;
    int64_t whole = 0;
    while (i < s.n && i < SHORT && is_digit(s.p[i]))
        whole = whole * 10 + (s.p[i++] - '0');
    if (i == s.n && i > 0) {
        *ret = dec_of(whole);
        return true;
    }
    i = 0;
    char text[64 + DEC_DIGITS], *out = text;
    if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
        *out++ = s.p[i++];
    /* Leading zeros say nothing, and digits past the 34th only whether they are all zero: one sticky digit is enough
     * to round half-even as if all were kept. Thus any length fits in a small buffer. */
    int64_t exponent = 0;
    size_t kept = 0;
    bool point = false, sticky = false;
    for (; i < s.n && (is_digit(s.p[i]) || (s.p[i] == '.' && !point)); i++) {
        if (s.p[i] == '.') {
            point = true;
            continue;
        }
        digits++;
        exponent -= point;
        if (kept == 0 && s.p[i] == '0')
            continue;
        if (kept < DEC_DIGITS + 2) {
            *out++ = s.p[i];
            kept++;
        } else {
            sticky |= s.p[i] != '0';
            exponent++;
        }
    }
    if (digits == 0 || s.p[i - 1] == '.')
        return false;
    if (sticky)
        *out++ = '1', exponent--;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        bool negative = false;
        int64_t given = 0;
        if (++i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
            negative = s.p[i++] == '-';
        size_t from = i;
        for (; i < s.n && is_digit(s.p[i]); i++)
            given = given < 1000000 ? given * 10 + (s.p[i] - '0') : given;
        if (i == from)
            return false;
        exponent += negative ? -given : given;
    }
    if (i < s.n)
        return false;
    if (kept == 0) {
        *ret = zero();
        return true;
    }
    exponent = exponent > 99999 ? 99999 : exponent < -99999 ? -99999 : exponent;
    *out++ = 'E';
    *out++ = exponent < 0 ? '-' : '+';
    for (int64_t unit = 10000, left = exponent < 0 ? -exponent : exponent; unit; left %= unit, unit /= 10)
        *out++ = (char)('0' + left / unit);
    *out = 0;
    _IDEC_flags flags = 0;
    return from_bid(bid128_from_string(text, NEAREST_EVEN, &flags), ret);
}

str dec_text(struct op *op, dec x)
{
    struct parts p = take_apart(x);
    if (p.coefficient == 0)
        return S("0");
    while (p.coefficient % 10 == 0)
        p.coefficient /= 10, p.exponent++;
    char digits[40];
    int n = 0;
    for (u128 left = p.coefficient; left; left /= 10)
        digits[n++] = (char)('0' + (int)(left % 10));
    struct buf b;
    buf_init(&b, op, 0);
    if (p.negative)
        buf_byte(&b, '-');
    int whole = n + p.exponent; /* digits before the point, if plain */
    if (whole > DEC_TEXT_PLAIN_MAX || n - whole > DEC_TEXT_PLAIN_MAX || -whole > DEC_TEXT_PLAIN_MAX - n) {
        buf_byte(&b, digits[n - 1]);
        if (n > 1)
            buf_byte(&b, '.');
        for (int i = n - 2; i >= 0; i--)
            buf_byte(&b, digits[i]);
        buf_text(&b, "E%+d", whole - 1);
        return op_copy(op, buf_str(&b));
    }
    if (whole <= 0)
        buf_byte(&b, '0');
    for (int i = 0; i < whole; i++)
        buf_byte(&b, i < n ? digits[n - 1 - i] : '0');
    if (whole < n)
        buf_byte(&b, '.');
    for (int i = whole; i < n; i++)
        buf_byte(&b, i < 0 ? '0' : digits[n - 1 - i]);
    return op_copy(op, buf_str(&b));
}

dec dec_of(int64_t whole)
{
    return dec_of_scaled(whole, 0);
}

dec dec_of_scaled(int64_t units, int scale)
{
    must(scale >= 0 && scale <= 18);
    return compose((struct parts){units < 0 ? -(u128)units : (u128)units, -scale, units < 0});
}

bool dec_scaled(dec x, int scale, int64_t *ret)
{
    must(scale >= 0 && scale <= 18);
    struct parts p = take_apart(x);
    p.exponent += scale;
    for (; p.exponent < 0 && p.coefficient; p.exponent++) {
        if (p.coefficient % 10)
            return false;
        p.coefficient /= 10;
    }
    u128 limit = (u128)INT64_MAX + p.negative;
    for (; p.exponent > 0 && p.coefficient; p.exponent--) {
        if (p.coefficient > limit)
            return false;
        p.coefficient *= 10;
    }
    if (p.coefficient > limit)
        return false;
    *ret = p.negative ? (int64_t)-(uint64_t)p.coefficient : (int64_t)p.coefficient;
    return true;
}

bool dec_int(dec x, int64_t *ret)
{
    return dec_scaled(x, 0, ret);
}

bool dec_whole(dec x)
{
    struct parts p = take_apart(x);
    for (; p.exponent < 0 && p.coefficient; p.exponent++) {
        if (p.coefficient % 10)
            return false;
        p.coefficient /= 10;
    }
    return true;
}

int dec_sign(dec x)
{
    struct parts p = take_apart(x);
    return p.coefficient == 0 ? 0 : p.negative ? -1 : 1;
}

int dec_cmp(dec a, dec b)
{
    struct parts p = take_apart(a), q = take_apart(b);
    if (p.exponent == q.exponent && p.negative == q.negative) {
        int order = (p.coefficient > q.coefficient) - (p.coefficient < q.coefficient);
        return p.negative ? -order : order;
    }
    _IDEC_flags flags = 0;
    if (bid128_quiet_equal(to_bid(a), to_bid(b), &flags))
        return 0;
    return bid128_quiet_less(to_bid(a), to_bid(b), &flags) ? -1 : 1;
}

dec dec_neg(dec x)
{
    if (dec_sign(x) != 0)
        x.w[1] ^= SIGN;
    return x;
}

dec dec_abs(dec x)
{
    x.w[1] &= ~SIGN;
    return x;
}

bool dec_add(dec a, dec b, dec *ret)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_add(to_bid(a), to_bid(b), NEAREST_EVEN, &flags), ret);
}

bool dec_sub(dec a, dec b, dec *ret)
{
    return dec_add(a, dec_neg(b), ret);
}

bool dec_mul(dec a, dec b, dec *ret)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_mul(to_bid(a), to_bid(b), NEAREST_EVEN, &flags), ret);
}

bool dec_div(dec a, dec b, dec *ret)
{
    _IDEC_flags flags = 0;
    if (dec_sign(b) == 0)
        return false;
    return from_bid(bid128_div(to_bid(a), to_bid(b), NEAREST_EVEN, &flags), ret);
}

bool dec_pow(dec a, dec b, dec *ret)
{
    int64_t n;
    if (dec_int(b, &n) && n > -100000 && n < 100000) {
        dec result = dec_of(1), square = a;
        for (int64_t left = n < 0 ? -n : n; left; left >>= 1) {
            if ((left & 1) && !dec_mul(result, square, &result))
                return false;
            if (left > 1 && !dec_mul(square, square, &square))
                return false;
        }
        if (n < 0)
            return dec_div(dec_of(1), result, ret);
        *ret = result;
        return true;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_pow(to_bid(a), to_bid(b), NEAREST_EVEN, &flags), ret);
}

bool dec_modulo(dec a, dec b, dec *ret)
{
    _IDEC_flags flags = 0;
    dec left;
    if (dec_sign(b) == 0 || !from_bid(bid128_fmod(to_bid(a), to_bid(b), &flags), &left))
        return false;
    if (dec_sign(left) * dec_sign(b) < 0)
        return dec_add(left, b, ret);
    *ret = left;
    return true;
}

bool dec_sqrt(dec x, dec *ret)
{
    _IDEC_flags flags = 0;
    return dec_sign(x) >= 0 && from_bid(bid128_sqrt(to_bid(x), NEAREST_EVEN, &flags), ret);
}

bool dec_exp(dec x, dec *ret)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_exp(to_bid(x), NEAREST_EVEN, &flags), ret);
}

bool dec_log(dec x, dec *ret)
{
    _IDEC_flags flags = 0;
    return dec_sign(x) > 0 && from_bid(bid128_log(to_bid(x), NEAREST_EVEN, &flags), ret);
}

/* Whether the digits cut off, as a part of one unit, ask for one unit more (away from zero). */
static bool rounds_away(enum dec_rounding mode, bool negative, bool odd, int against_half, bool exact)
{
    switch (mode) {
    case DEC_HALF_EVEN:
        return against_half > 0 || (against_half == 0 && odd);
    case DEC_HALF_UP:
        return against_half >= 0;
    case DEC_HALF_DOWN:
        return against_half > 0;
    case DEC_UP:
        return !exact;
    case DEC_DOWN:
        return false;
    case DEC_FLOOR:
        return !exact && negative;
    case DEC_CEILING:
        return !exact && !negative;
    case DEC_ROUNDINGS:
        break;
    }
    must(false);
    return false;
}

bool dec_round(dec x, int scale, enum dec_rounding mode, dec *ret)
{
    must(mode < DEC_ROUNDINGS);
    if (scale < DEC_SCALE_MIN || scale > DEC_SCALE_MAX)
        return false;
    struct parts p = take_apart(x);
    int cut = -scale - p.exponent; /* digits to drop */
    if (cut <= 0 || p.coefficient == 0) {
        *ret = x;
        return true;
    }
    u128 unit = 1;
    for (int i = 0; i < cut && i <= DEC_DIGITS; i++)
        unit *= 10; /* 10^35 still fits; a coefficient has at most 34 digits, so more would change nothing */
    u128 kept = p.coefficient / unit, rest = p.coefficient % unit, half = unit / 2;
    int against_half = (rest > half) - (rest < half);
    kept += rounds_away(mode, p.negative, kept & 1, against_half, rest == 0);
    *ret = compose((struct parts){kept, -scale, p.negative});
    return true;
}
