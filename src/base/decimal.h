/* decimal: exact numbers of 34 digits (IEEE 754-2008 decimal128), the numbers of FEEL and of money.
 *
 *     dec price, total;
 *     if (!dec_parse(S("12.50"), &price) || !dec_mul(price, dec_of(3), &total))
 *         return false;
 *     str text = dec_text(op, total);                      // 37.5
 *
 * A dec is always a finite number: what would be infinite or not a number makes the function return false and leave
 * the result alone (FEEL then says null). There is one zero; -0 does not exist. Results are rounded half-even to 34
 * digits. Exponents reach from -6176 to 6111, so 9.99E+6144 is the largest.
 * dec_mul and the like never call op_fail: the caller knows what the number meant. */
#pragma once
#include "base/base.h"

typedef struct dec {
    uint64_t w[2]; /* binary integer decimal encoding; only decimal.c looks inside */
} dec;

enum dec_rounding {
    DEC_HALF_EVEN, /* bankers' */
    DEC_HALF_UP,   /* ties away from zero; 四舍五入 */
    DEC_HALF_DOWN, /* ties toward zero */
    DEC_UP,        /* away from zero */
    DEC_DOWN,      /* toward zero */
    DEC_FLOOR,
    DEC_CEILING,
    DEC_ROUNDINGS
};
enum { DEC_DIGITS = 34, DEC_SCALE_MIN = -6111, DEC_SCALE_MAX = 6176, DEC_TEXT_PLAIN_MAX = 40 };

/* [+-] digits [. digits] [e [+-] digits], ASCII only, at least one digit; nothing before or after. */
[[nodiscard]] bool dec_parse(str s, dec *ret);
/* Shortest plain text that reads back equal: 0.5, -3, 120; no exponent unless it would need more than
 * DEC_TEXT_PLAIN_MAX digits (then 1E+50). Equal numbers have equal texts. */
str dec_text(struct op *op, dec x);

dec  dec_of(int64_t whole);
dec  dec_of_scaled(int64_t units, int scale);                    /* units / 10^scale; scale 0 … 18 */
bool dec_int(dec x, int64_t *ret);                               /* false: not whole, or does not fit */
bool dec_scaled(dec x, int scale, int64_t *ret);                 /* x × 10^scale, if whole and fitting */
bool dec_whole(dec x);
int  dec_cmp(dec a, dec b);                                      /* by value: 1.0 equals 1 */
static inline bool dec_eq(dec a, dec b) { return dec_cmp(a, b) == 0; }
int  dec_sign(dec x);                                            /* -1, 0, 1 */
dec  dec_neg(dec x);
dec  dec_abs(dec x);

[[nodiscard]] bool dec_add(dec a, dec b, dec *ret);
[[nodiscard]] bool dec_sub(dec a, dec b, dec *ret);
[[nodiscard]] bool dec_mul(dec a, dec b, dec *ret);
[[nodiscard]] bool dec_div(dec a, dec b, dec *ret);              /* false for b = 0 */
[[nodiscard]] bool dec_pow(dec a, dec b, dec *ret);              /* whole b: by multiplication, else by exp and log */
[[nodiscard]] bool dec_modulo(dec a, dec b, dec *ret);           /* a - b × floor(a / b), exact */
[[nodiscard]] bool dec_sqrt(dec x, dec *ret);
[[nodiscard]] bool dec_exp(dec x, dec *ret);
[[nodiscard]] bool dec_log(dec x, dec *ret);                     /* natural */
/* To `scale` digits after the point (negative: tens, hundreds …). A number that has fewer digits stays as it is.
 * False: scale outside DEC_SCALE_MIN … DEC_SCALE_MAX. */
[[nodiscard]] bool dec_round(dec x, int scale, enum dec_rounding mode, dec *ret);
