#include "base/decimal.h"
#include "base/test.h"

static dec num(const char *text)
{
    dec x = dec_of(0);
    if (!dec_parse(str_z(text), &x))
        test_failed(__FILE__, __LINE__, "«%s» is not read as a number", text);
    return x;
}

TEST("a number is written in its one shortest form, and read back equal")
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"0", "0"}, {"-0", "0"}, {"0.00", "0"}, {"1", "1"}, {"+1", "1"}, {"-1", "-1"}, {"1.50", "1.5"}, {".5", "0.5"},
        {"-.05", "-0.05"}, {"100", "100"}, {"1e2", "100"}, {"1E-7", "0.0000001"}, {"12.34e1", "123.4"},
        {"000000000000000000000000000000000000000000012", "12"}, {"1e50", "1E+50"}, {"1.25e-60", "1.25E-60"},
        {"9223372036854775807", "9223372036854775807"},
        {"0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"},
        {"12345678901234567890123456789012345", "12345678901234567890123456789012340"}, /* half-even at digit 34 */
        {"12345678901234567890123456789012355", "12345678901234567890123456789012360"},
        {"123456789012345678901234567890123450000001", "1.234567890123456789012345678901235E+41"},
        {"9.999999999999999999999999999999999E+6144", "9.999999999999999999999999999999999E+6144"},
        {"1e-6176", "1E-6176"}, {"1e-9000", "0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        str text = dec_text(op, num(rows[i].in));
        check_str(text, str_z(rows[i].out));
        check(dec_eq(num(rows[i].in), num(op_z(op, text))));
    }
}

TEST("what is not a number, or too large, is refused")
{
    static const char *bad[] = {"", "-", "+", ".", "1.", "e1", "1e", "1e+", "1 ", " 1", "1,000", "0x10", "NaN",
                                "Infinity", "１", "--1",
                                "1.2.3", "1e7000", "-1e99999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        dec untouched = dec_of(42);
        if (dec_parse(str_z(bad[i]), &untouched))
            test_failed(__FILE__, __LINE__, "«%s» was read as a number", bad[i]);
        check(dec_eq(untouched, dec_of(42)));
    }
}

TEST("arithmetic is exact to 34 digits, and dividing by zero fails")
{
    dec r;
    check(dec_add(num("0.1"), num("0.2"), &r) && dec_eq(r, num("0.3")));
    check(dec_sub(num("1"), num("0.9"), &r) && dec_eq(r, num("0.1")));
    check(dec_mul(num("1.1"), num("1.1"), &r) && dec_eq(r, num("1.21")));
    check(dec_div(num("1"), num("3"), &r));
    check_str(dec_text(op, r), S("0.3333333333333333333333333333333333"));
    check(!dec_div(num("1"), num("0"), &r));
    check(!dec_mul(num("1e6000"), num("1e6000"), &r));
    check(dec_sub(num("5"), num("5.00"), &r) && dec_sign(r) == 0);
    check_str(dec_text(op, dec_neg(r)), S("0"));
}

TEST("a sum of a million amounts in fen loses nothing")
{
    dec sum = dec_of(0);
    int64_t fen = 0;
    for (int i = 0; i < 1000000; i++) {
        int64_t amount = (int64_t)(op_random(op) % 1000000);
        fen += amount;
        check(dec_add(sum, dec_of_scaled(amount, 2), &sum));
    }
    int64_t back;
    check(dec_scaled(sum, 2, &back));
    check_int(back, fen);
}

TEST("powers, roots, exponentials")
{
    dec r;
    check(dec_pow(num("2"), num("10"), &r) && dec_eq(r, num("1024")));
    check(dec_pow(num("-4"), num("3"), &r) && dec_eq(r, num("-64")));
    check(dec_pow(num("2"), num("-1"), &r) && dec_eq(r, num("0.5")));
    check(dec_pow(num("4"), num("0.5"), &r) && dec_eq(r, num("2")));
    check(!dec_pow(num("-4"), num("0.5"), &r));
    check(!dec_pow(num("0"), num("-1"), &r));
    check(dec_sqrt(num("16"), &r) && dec_eq(r, num("4")));
    check(!dec_sqrt(num("-1"), &r));
    check(!dec_log(num("0"), &r));
    check(dec_exp(num("0"), &r) && dec_eq(r, num("1")));
    check(dec_log(num("10"), &r));
    check(dec_round(r, 8, DEC_HALF_EVEN, &r) && dec_eq(r, num("2.30258509")));
}

TEST("modulo follows the sign of the divisor")
{
    static const char *rows[][3] = {{"12", "5", "2"}, {"-12", "5", "3"}, {"12", "-5", "-3"}, {"-12", "-5", "-2"},
                                    {"10.1", "4.5", "1.1"}, {"-10.1", "4.5", "3.4"}, {"10", "5", "0"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        dec r;
        check(dec_modulo(num(rows[i][0]), num(rows[i][1]), &r));
        check_str(dec_text(op, r), str_z(rows[i][2]));
    }
    dec r;
    check(!dec_modulo(num("1"), num("0"), &r));
}

TEST("seven ways of rounding")
{
    static const struct {
        const char *in;
        int scale;
        const char *out[DEC_ROUNDINGS]; /* even, half up, half down, up, down, floor, ceiling */
    } rows[] = {
        {"5.5", 0, {"6", "6", "5", "6", "5", "5", "6"}},       {"2.5", 0, {"2", "3", "2", "3", "2", "2", "3"}},
        {"-2.5", 0, {"-2", "-3", "-2", "-3", "-2", "-3", "-2"}}, {"1.1", 0, {"1", "1", "1", "2", "1", "1", "2"}},
        {"-1.1", 0, {"-1", "-1", "-1", "-2", "-1", "-2", "-1"}}, {"0.4", 0, {"0", "0", "0", "1", "0", "0", "1"}},
        {"1.005", 2, {"1", "1.01", "1", "1.01", "1", "1", "1.01"}},
        {"1.5", 4, {"1.5", "1.5", "1.5", "1.5", "1.5", "1.5", "1.5"}},
        {"1250", -2, {"1200", "1300", "1200", "1300", "1200", "1200", "1300"}},
        {"3", -40, {"0", "0", "0", "1E+40", "0", "0", "1E+40"}},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (enum dec_rounding mode = 0; mode < DEC_ROUNDINGS; mode++) {
            dec r = dec_of(0);
            check(dec_round(num(rows[i].in), rows[i].scale, mode, &r));
            check_str(dec_text(op, r), str_z(rows[i].out[mode]));
        }
    dec r;
    check(!dec_round(dec_of(1), DEC_SCALE_MAX + 1, DEC_UP, &r));
    check(dec_round(num("1.5"), DEC_SCALE_MAX, DEC_UP, &r) && dec_eq(r, num("1.5")));
}

TEST("whole and scaled integers come out only when nothing is lost")
{
    int64_t v = 7;
    check(dec_int(num("1e3"), &v) && v == 1000);
    check(!dec_int(num("1.5"), &v) && v == 1000);
    check(dec_scaled(num("1.5"), 2, &v) && v == 150);
    check(!dec_scaled(num("1.555"), 2, &v));
    check(dec_int(num("-9223372036854775808"), &v) && v == INT64_MIN);
    check(!dec_int(num("9223372036854775808"), &v));
    check(!dec_int(num("1e300"), &v));
    check(dec_int(num("0e300"), &v) && v == 0);
    check(dec_whole(num("1.0")) && !dec_whole(num("1.01")) && dec_whole(num("1e40")));
    for (int i = 0; i < 1000; i++) {
        int64_t units = (int64_t)op_random(op) >> (op_random(op) % 63), back;
        int scale = (int)(op_random(op) % 19);
        check(dec_scaled(dec_of_scaled(units, scale), scale, &back));
        check_int(back, units);
    }
}

TEST("comparison is by value and total")
{
    static const char *order[] = {"-1e6000", "-2", "-1.5", "-1e-6000", "0", "1e-6000", "0.1", "1", "1.01", "10",
                                  "1e6000"};
    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t j = 0; j < COUNT(order); j++)
            check_int(dec_cmp(num(order[i]), num(order[j])), (i > j) - (i < j));
    check(dec_eq(num("1.000"), num("1")) && dec_eq(num("10e-1"), num("1")));
}
