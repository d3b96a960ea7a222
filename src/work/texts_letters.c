/* A text as it is compared: by what it means, not by how it is written. A number is one letter, 十五 the same as 15 and
 * １５; a full-width sign is the same as a half-width one; a blank belongs to what stands before it. */
#include "work/texts_like.h"

/* The places of Chinese numerals, and of those that carry all before them. */
enum { TEN = 10, HUNDRED = 100, THOUSAND = 1000, MYRIAD = 10000, YI = 100000000 };
enum {
    FRACTION_PLACES = 4,
    FRACTION = 10000,                /* a number is kept in these parts */
    WHOLE_DIGITS_MAX = 12,           /* beyond, it is a card or an account, and compared digit by digit */
    YEAR_DIGITS = 4,
    PLACES_BIT = 56,                 /* 1.10 may be the tenth section of the first: not the same as 1.1; 50.00 is 50 */
};
static const int64_t whole_most = INT64_C(1000000000000);
#define NUMBER  (UINT64_C(1) << 63)
#define PERCENT (UINT64_C(1) << 62)

static int digit_of(uint32_t c)
{
    static const struct { uint32_t c; int value; } digits[] = {
        {0x3007, 0}, {0x96f6, 0}, {0x4e00, 1}, {0x4e8c, 2}, {0x4e24, 2}, {0x4e09, 3}, {0x56db, 4},
        {0x4e94, 5}, {0x516d, 6}, {0x4e03, 7}, {0x516b, 8}, {0x4e5d, 9}}; /* 〇零一二两三四五六七八九 */
    for (size_t i = 0; i < COUNT(digits); i++)
        if (digits[i].c == c)
            return digits[i].value;
    return -1;
}

static int64_t place_of(uint32_t c)
{
    static const struct { uint32_t c; int64_t value; } places[] = {
        {0x5341, TEN}, {0x767e, HUNDRED}, {0x5343, THOUSAND}, {0x4e07, MYRIAD}, {0x4ebf, YI}}; /* 十百千万亿 */
    for (size_t i = 0; i < COUNT(places); i++)
        if (places[i].c == c)
            return places[i].value;
    return 0;
}

static bool is_zero(uint32_t c)
{
    return c == 0x3007 || c == 0x96f6;
}

static bool is_decimal(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_figure(uint32_t c)
{
    return is_decimal(c) || digit_of(c) >= 0 || place_of(c);
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == 0xa0 || c == 0x3000;
}

/* One sign in place of those that mean the same. */
static uint32_t folded(uint32_t c)
{
    static const struct { uint32_t from, to; } signs[] = {
        {0x201c, '"'}, {0x201d, '"'}, {0x2018, '\''}, {0x2019, '\''}, {0x300c, '"'}, {0x300d, '"'},
        {0x3014, '['}, {0x3015, ']'}, {0x3010, '['}, {0x3011, ']'}, {0xff61, 0x3002}};
    if (c >= 0xff01 && c <= 0xff5e)
        return c - 0xfee0;
    for (size_t i = 0; i < COUNT(signs); i++)
        if (signs[i].from == c)
            return signs[i].to;
    return c;
}

/* 15, 1,000.50: how many letters of it; 0: none, or too long to be a quantity. */
static size_t arabic(const uint32_t *c, size_t n, int64_t *ret, uint64_t *ret_places)
{
    int64_t whole = 0, part = 0;
    size_t i = 0, digits = 0, places = 0;
    for (; i < n && (is_decimal(c[i]) || (c[i] == ',' && digits && i + 3 < n && is_decimal(c[i + 1]) &&
                                          is_decimal(c[i + 2]) && is_decimal(c[i + 3]) &&
                                          (i + 4 == n || !is_decimal(c[i + 4]))));
         i++) {
        if (c[i] == ',')
            continue;
        if (++digits > WHOLE_DIGITS_MAX)
            return 0;
        whole = whole * 10 + (int64_t)(c[i] - '0');
    }
    if (i + 1 < n && digits && c[i] == '.' && is_decimal(c[i + 1]))
        for (i++; i < n && is_decimal(c[i]); i++) {
            if (++places > FRACTION_PLACES)
                return 0;
            part = part * 10 + (int64_t)(c[i] - '0');
        }
    *ret_places = part ? places : 0;
    for (; places < FRACTION_PLACES; places++)
        part *= 10;
    *ret = whole * FRACTION + part;
    return digits ? i : 0;
}

/* 十五, 二〇二一, 一万二千: how many letters of it. 三五 (three or five) and 三十五六 are no one number. */
static size_t chinese(const uint32_t *c, size_t n, int64_t *ret)
{
    size_t count = 0, places = 0, zeros = 0;
    int64_t sum = 0, section = 0, last = -1, row = 0;
    bool one_number = true;
    for (; count < n; count++) {
        int digit = digit_of(c[count]);
        int64_t place = place_of(c[count]);
        if (digit < 0 && !place)
            break;
        if (count >= WHOLE_DIGITS_MAX)
            return 0;
        if (place == YI && sum)
            return 0;
        if (place >= MYRIAD) {
            section = (section + (last > 0 ? last : 0)) * place;
            sum += section ? section : place;
            section = 0;
            last = -1;
        } else if (place) {
            section += (last > 0 ? last : 1) * place;
            last = -1;
        } else {
            one_number = one_number && (last <= 0 || is_zero(c[count]));
            last = digit;
        }
        places += place > 0;
        zeros += is_zero(c[count]);
        row = row * 10 + (digit > 0 ? digit : 0);
    }
    bool in_a_row = places == 0 && (count == 1 || count >= YEAR_DIGITS || zeros);
    if (!count || (places == 0 ? !in_a_row : !one_number))
        return 0;
    *ret = places ? sum + section + (last > 0 ? last : 0) : row;
    return *ret < whole_most ? count : 0;
}

/* A number from the front on, 15万 and 百分之十五 with it; 0: none. */
static size_t number(const uint32_t *c, size_t n, uint64_t *ret)
{
    static const uint32_t of_hundred[] = {0x767e, 0x5206, 0x4e4b}; /* 百分之 */
    int64_t value;
    uint64_t places = 0;
    bool share = n > COUNT(of_hundred) && memcmp(c, of_hundred, sizeof of_hundred) == 0;
    size_t lead = share ? COUNT(of_hundred) : 0, used = arabic(c + lead, n - lead, &value, &places);
    if (used && lead + used < n && place_of(c[lead + used]) >= MYRIAD && value < (int64_t)MYRIAD * FRACTION) {
        value *= place_of(c[lead + used++]);
        places = 0;
    }
    if (!used && (used = chinese(c + lead, n - lead, &value)))
        value *= FRACTION;
    if (!used)
        return 0;
    used += lead;
    if (!share && used < n && c[used] == '%') {
        share = true;
        used++;
    }
    *ret = NUMBER | (share ? PERCENT : 0) | places << PLACES_BIT | (uint64_t)value;
    return used;
}

struct letters letters_of(struct op *op, str s)
{
    size_t count = utf8_count(s), n = 0;
    struct letters l = {op_array(op, uint64_t, count + 1), op_array(op, size_t, count + 1), 0};
    uint32_t *plain = op_array(op, uint32_t, count + 1);
    size_t *at = op_array(op, size_t, count + 1);
    for (str rest = s; rest.n;) {
        size_t here = s.n - rest.n;
        uint32_t c = folded(utf8_next(&rest));
        if (is_blank(c) && n) /* belongs to what stands before it */
            continue;
        at[n] = here;
        plain[n++] = c;
    }
    at[n] = s.n;
    bool inside = false; /* of digits that are no number: none begins in their middle */
    for (size_t i = 0; i < n;) {
        uint64_t code = plain[i];
        size_t used = inside && is_figure(plain[i]) ? 0 : number(plain + i, n - i, &code);
        inside = used == 0 && is_figure(plain[i]);
        l.at[l.n] = at[i];
        l.code[l.n++] = code;
        i += used ? used : 1;
    }
    l.at[l.n] = s.n;
    return l;
}

bool letter_is_number(uint64_t code)
{
    return code & NUMBER;
}
