#include "ledger/check.h"

#include "base/decimal.h"

static bool trouble(struct op *op, struct checked *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void warn(struct op *op, struct checked *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool trouble(struct op *op, struct checked *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ret->trouble = op_vtext(op, format, args);
    va_end(args);
    return false;
}

static void warn(struct op *op, struct checked *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(op, format, args);
    va_end(args);
    ret->warning = ret->warning.n ? op_text(op, "%.*s；%.*s", PS(ret->warning), PS(text)) : text;
}

static bool good_text(struct checked *ret, str text)
{
    ret->kind = CHECKED_TEXT;
    ret->text = text;
    return true;
}

/* ---- tidying ----------------------------------------------------------------------------------------------------- */

enum tidy {
    TIDY_MARKS = 1,    /* full-width marks become ASCII: － （ ， */
    TIDY_NO_SPACE = 2, /* white space goes, also inside */
    TIDY_UPPER = 4,    /* a … z become capitals */
    TIDY_LINES = 8,    /* line breaks stay */
    TIDY_CODE = TIDY_MARKS | TIDY_NO_SPACE | TIDY_UPPER,
    TIDY_NUMBER = TIDY_MARKS | TIDY_NO_SPACE,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

/* Nothing to do: the usual case, of which an import has millions. */
static bool is_tidy(str s, unsigned how)
{
    if (s.n == 0)
        return true;
    if (s.p[0] == ' ' || s.p[0] == '\'' || s.p[s.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        /* C2 NBSP, CC … CF accents and Greek, E1 E2 E3 EF spaces, marks and full-width forms */
        if (c < 0x20 || c == 0x7F || (c >= 0xC2 && c < 0xE4) || c == 0xEF)
            return false;
        if (((how & TIDY_NO_SPACE) && c == ' ') || ((how & TIDY_UPPER) && c >= 'a' && c <= 'z'))
            return false;
    }
    return true;
}

static uint32_t tidy_code(uint32_t c, unsigned how)
{
    if (c == '\t' || c == '\r' || c == 0xA0 || c == 0x3000 || c == 0x85 || (c >= 0x2000 && c <= 0x200A) ||
        c == 0x202F || c == 0x205F || c == 0x1680)
        return ' ';
    if (c == '\n' || c == 0x2028 || c == 0x2029 || c == '\v' || c == '\f')
        return how & TIDY_LINES ? '\n' : ' ';
    /* Invisible things that come with copying from web pages and chat programs. Joiners (U+200C, U+200D) and the
     * Mongolian separator (U+180E) are part of words in the scripts of the town. */
    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200B || c == 0x200E || c == 0x200F ||
        (c >= 0x202A && c <= 0x202E) || c == 0x2060 || c == 0xFEFF || (c >= 0x2066 && c <= 0x2069))
        return 0;
    bool alphanumeric = (c >= 0xFF10 && c <= 0xFF19) || (c >= 0xFF21 && c <= 0xFF3A) || (c >= 0xFF41 && c <= 0xFF5A);
    if (alphanumeric || ((how & TIDY_MARKS) && c >= 0xFF01 && c <= 0xFF5E))
        c -= 0xFEE0;
    if ((how & TIDY_MARKS) && ((c >= 0x2010 && c <= 0x2015) || c == 0x2212))
        c = '-';
    if ((how & TIDY_UPPER) && c >= 'a' && c <= 'z')
        c -= 32;
    return c;
}

static str tidy(struct op *op, str s, unsigned how)
{
    if (is_tidy(s, how))
        return s;
    s = str_trim(s);
    /* Excel's sign for "this is text", when a program has kept it as a character. */
    if (s.n && s.p[0] == '\'')
        s = str_trim(str_part(s, 1, s.n));
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n) {
        uint32_t c = tidy_code(utf8_next(&s), how);
        if (c == 0 || (c == ' ' && (how & TIDY_NO_SPACE)))
            continue;
        if (c == '\n' && b.n && b.p[b.n - 1] == ' ')
            b.n--;
        buf_code(&b, c);
    }
    str result = str_trim(buf_str(&b));
    return is_tidy(result, how) || !str_starts(result, S("'")) ? result : tidy(op, result, how);
}

static bool has(str s, str part)
{
    size_t at;
    return str_find(s, part, &at);
}

static bool one_of(str s, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(s, list[i]))
            return true;
    return false;
}

/* How many things a cell names: those divided by 、 ； ; or a line break (and , ／ / where `more`). */
static int several(str s, bool more)
{
    int count = 0;
    bool inside = false;
    s = str_trim(s);
    while (s.n) {
        uint32_t c = utf8_next(&s);
        bool between = c == 0x3001 || c == '\n' || c == ';' || c == 0xFF1B ||
                       (more && (c == ',' || c == 0xFF0C || c == '/' || c == 0xFF0F));
        if (!between && !inside && c != ' ' && c != '\r')
            count++;
        inside = between ? false : inside || (c != ' ' && c != '\r');
    }
    return count;
}

/* 3.2E+17: what a spreadsheet shows of a long number it was given to compute with. */
static bool is_exponent_form(str s)
{
    size_t e;
    return s.n > 3 && is_digit(s.p[0]) && (str_find(s, S("E+"), &e) || str_find(s, S("e+"), &e)) &&
           all_digits(str_part(s, e + 2, s.n));
}

static bool lost(struct op *op, str what, str shown, struct checked *ret)
{
    return trouble(
        op, ret,
        "%.*s被表格软件存成了数字（%.*s），15位以后的数字已丢失，无法还原；请先把这一列设为“文本”格式，再照原件重新填写",
        PS(what), PS(str_part(shown, 0, 40)));
}

/* ---- identity numbers -------------------------------------------------------------------------------------------- */

char citizen_id_check_char(const char first17[17])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (first17[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static int digits_at(str s, size_t from, size_t count)
{
    int value = 0;
    for (size_t i = from; i < from + count; i++)
        value = value * 10 + (s.p[i] - '0');
    return value;
}

day citizen_id_birth(str id18)
{
    must(id18.n == 18);
    return day_of(digits_at(id18, 6, 4), digits_at(id18, 10, 2), digits_at(id18, 12, 2));
}

bool citizen_id_male(str id18)
{
    must(id18.n == 18);
    return (id18.p[16] - '0') % 2 == 1;
}

bool citizen_id_kind(str document_kind)
{
    static const str kinds[] = {SC(""),       SC("居民身份证"),     SC("身份证"),
                                SC("户口簿"), SC("临时居民身份证"), SC("港澳台居民居住证")};
    return one_of(document_kind, kinds, COUNT(kinds));
}

/* GB/T 2260, first two digits; 8x and 9x: residence permits of Hong Kong, Macao, Taiwan and of foreigners, which use
 * the same number form. Counties are not looked up: a number keeps that of its first registration, abolished or not. */
static bool province_known(str code)
{
    static const str known =
        SC("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
           "71 81 82 83 91");
    return has(known, str_part(code, 0, 2));
}

/* Letters that look like X and are typed for it: ╳ × Χ Х Ⅹ. */
static str x_of_lookalikes(struct op *op, str s)
{
    static const str alike[] = {SC("×"), SC("Χ"), SC("Х"), SC("Ⅹ"), SC("х"), SC("χ"), SC("ⅹ"), SC("✕"), SC("╳")};
    for (size_t i = 0; i < COUNT(alike); i++)
        if (str_ends(s, alike[i]) && all_digits(str_part(s, 0, s.n - alike[i].n)))
            return op_text(op, "%.*sX", PS(str_part(s, 0, s.n - alike[i].n)));
    return s;
}

static str citizen_id_18(struct op *op, str id15)
{
    char number[18];
    memcpy(number, id15.p, 6);
    memcpy(number + 6, "19", 2);
    memcpy(number + 8, id15.p + 6, 9);
    number[17] = citizen_id_check_char(number);
    return op_copy(op, (str){number, 18});
}

static bool check_citizen_id(struct op *op, const struct field *, str typed, struct checked *ret)
{
    int people = several(typed, true);
    if (people > 1)
        return trouble(op, ret, "一格里写了%d个身份证号，请每人一行", people);
    str s = x_of_lookalikes(op, tidy(op, typed, TIDY_CODE));
    if (is_exponent_form(s))
        return lost(op, S("身份证号"), s, ret);
    if (has(s, S("*")))
        return trouble(op, ret, "身份证号带有*号，是打过码的，请填写完整号码");
    if (s.n == 15 && all_digits(s) && date_valid(1900 + digits_at(s, 6, 2), digits_at(s, 8, 2), digits_at(s, 10, 2)))
        return trouble(op, ret, "15位旧身份证号已停用，按规则应为%.*s，请对照现证核对后填写", PS(citizen_id_18(op, s)));
    if (utf8_count(s) != 18)
        return trouble(op, ret, "身份证号应为18位，现为%d位，请核对", (int)utf8_count(s));
    for (size_t i = 0; i < 17; i++)
        if (!is_digit(s.p[i]))
            return trouble(op, ret, "身份证号第%d位应为数字，请核对", (int)i + 1);
    int year = digits_at(s, 6, 4), month = digits_at(s, 10, 2), mday = digits_at(s, 12, 2);
    if (!date_valid(year, month, mday))
        return trouble(op, ret, "身份证号第7至14位“%.*s”不是有效日期，请核对", PS(str_part(s, 6, 14)));
    if (year < 1880)
        return trouble(op, ret, "身份证号中的出生年份%d过早，请核对", year);
    char right = citizen_id_check_char(s.p);
    if (s.n != 18 || s.p[17] != right)
        return trouble(op, ret, "身份证号第18位校验不符，应为%c，请核对%s", right,
                       str_ends(s, S("000")) ? "（末三位是000，可能已被表格软件截断，须照原件重填）" : "");
    if (day_of(year, month, mday) > day_at(op->now))
        return trouble(op, ret, "身份证号中的出生日期%d年%d月%d日还没有到，请核对", year, month, mday);
    if (!province_known(s))
        warn(op, ret, "身份证号前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    return good_text(ret, s);
}

static bool check_citizen_id_15(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_CODE);
    if (s.n != 15 || !all_digits(s))
        return trouble(op, ret, "旧身份证号应为15位数字");
    return check_citizen_id(op, NULL, citizen_id_18(op, s), ret);
}

/* GB 11714: 8 characters and a check character; -1: not of the character set. */
static int organisation_check(const char first8[8])
{
    static const int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 8; i++) {
        char c = first8[i];
        if (!is_digit(c) && !(c >= 'A' && c <= 'Z'))
            return -1;
        sum += (is_digit(c) ? c - '0' : c - 'A' + 10) * weights[i];
    }
    return "0X987654321"[sum % 11];
}

static bool check_organisation(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_CODE);
    if (s.n == 10 && s.p[8] == '-')
        s = op_text(op, "%.8s%c", s.p, s.p[9]);
    if (s.n != 9)
        return trouble(op, ret, "组织机构代码应为9位，请核对");
    int right = organisation_check(s.p);
    if (right < 0)
        return trouble(op, ret, "组织机构代码只能是数字和字母，请核对");
    if (s.p[8] != right)
        return trouble(op, ret, "组织机构代码第9位校验不符，应为%c，请核对", right);
    return good_text(ret, s);
}

static bool check_credit_code(struct op *op, const struct field *, str typed, struct checked *ret)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY"; /* no I O S V Z */
    static const int weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    /* Table 3: department, category. */
    static const str pairs =
        SC("11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 "
           "N1 N2 N3 N9 Y1");
    if (several(typed, true) > 1)
        return trouble(op, ret, "一格里写了%d个信用代码，请每个一行", several(typed, true));
    str s = tidy(op, typed, TIDY_CODE);
    if (is_exponent_form(s))
        return lost(op, S("统一社会信用代码"), s, ret);
    if (s.n == 15 && all_digits(s))
        return trouble(op, ret, "这是15位的旧工商注册号，请换填18位统一社会信用代码");
    if (utf8_count(s) != 18)
        return trouble(op, ret, "统一社会信用代码应为18位，现为%d位，请核对", (int)utf8_count(s));
    int sum = 0, last = -1;
    for (size_t i = 0; i < 18; i++) {
        const char *found = s.n == 18 && s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!found)
            return trouble(op, ret, "统一社会信用代码第%d位不是可用字符（不用字母I、O、S、V、Z），请核对", (int)i + 1);
        last = (int)(found - alphabet);
        if (i < 17)
            sum += last * weights[i];
    }
    int right = (31 - sum % 31) % 31;
    if (last != right)
        return trouble(op, ret, "统一社会信用代码第18位校验不符，应为%c，请核对", alphabet[right]);
    if (!has(pairs, str_part(s, 0, 2)))
        warn(op, ret, "统一社会信用代码开头“%.*s”不在国家标准的机构类别表内（村委会常见54），请核对",
             PS(str_part(s, 0, 2)));
    return good_text(ret, s);
}

/* ---- telephone, bank --------------------------------------------------------------------------------------------- */

static bool is_mobile(str s)
{
    return s.n == 11 && all_digits(s) && s.p[0] == '1' && s.p[1] >= '3';
}

static bool check_mobile(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (!is_mobile(s))
        return trouble(op, ret, "手机号应为1开头的11位数字，请核对");
    return good_text(ret, s);
}

/* Digits, with one ‘-’ kept for each run of other things between them: (0479)123-4567转801 -> 0479-123-4567-801. */
static str phone_groups(struct op *op, str s, bool *ret_odd)
{
    static const str between[] = {SC("-"),    SC("("),   SC(")"),   SC("转"), SC("."),
                                  SC("分机"), SC("ext"), SC("EXT"), SC("*")};
    struct buf b;
    buf_init(&b, op, 0);
    *ret_odd = false;
    while (s.n) {
        if (is_digit(s.p[0])) {
            buf_byte(&b, s.p[0]);
            s = str_part(s, 1, s.n);
            continue;
        }
        size_t i = 0;
        while (i < COUNT(between) && !str_starts(s, between[i]))
            i++;
        if (i == COUNT(between)) {
            *ret_odd = true;
            return s;
        }
        if (b.n && b.p[b.n - 1] != '-')
            buf_byte(&b, '-');
        s = str_part(s, between[i].n, s.n);
    }
    if (b.n && b.p[b.n - 1] == '-')
        b.n--;
    return buf_str(&b);
}

/* 010, 02x: three digits; the others four. */
static size_t area_code(str s)
{
    if (s.n < 3 || s.p[0] != '0' || s.p[1] == '0')
        return 0;
    return s.p[1] == '1' || s.p[1] == '2' ? 3 : 4;
}

/* 0479-7654321 or 0479-7654321-801 from digit groups; false: not a landline. */
static bool landline(struct op *op, str groups, str *ret)
{
    size_t area = area_code(groups);
    if (area == 0 || groups.n <= area || !all_digits(str_part(groups, 0, area)))
        return false;
    str rest = str_part(groups, area + (groups.p[area] == '-'), groups.n);
    size_t n = 0;
    char number[9] = {0};
    while (rest.n && n < 8 && (is_digit(rest.p[0]) || (n < 7 && n > 0))) { /* 123-4567 */
        if (is_digit(rest.p[0]))
            number[n++] = rest.p[0];
        rest = str_part(rest, 1, rest.n);
    }
    if (n < 7 || number[0] < '2')
        return false;
    if (rest.n && (rest.p[0] != '-' || rest.n > 7 || !all_digits(str_part(rest, 1, rest.n))))
        return false;
    *ret = op_text(op, "%.*s-%s%.*s", PS(str_part(groups, 0, area)), number, PS(rest));
    return true;
}

static bool check_phone(struct op *op, const struct field *, str typed, struct checked *ret)
{
    if (several(typed, true) > 1)
        return trouble(op, ret, "一格里写了%d个电话号码，请只留一个，其余写入备注", several(typed, true));
    str s = tidy(op, typed, TIDY_NUMBER);
    if (is_mobile(s))
        return good_text(ret, s);
    if (is_exponent_form(s))
        return lost(op, S("电话号码"), s, ret);
    if (has(s, S("**")))
        return trouble(op, ret, "电话号码带有*号，是打过码的，请填写完整号码");
    static const str abroad[] = {SC("+86"), SC("0086"), SC("(+86)"), SC("86-")};
    for (size_t i = 0; i < COUNT(abroad); i++)
        if (str_starts(s, abroad[i]))
            s = str_part(s, abroad[i].n, s.n);
    if (s.n == 13 && str_starts(s, S("86")) && is_mobile(str_part(s, 2, 13)))
        s = str_part(s, 2, 13);
    bool odd;
    str groups = phone_groups(op, s, &odd);
    if (odd)
        return trouble(op, ret, "电话号码中有不认识的字“%.*s”，请只填号码",
                       PS(str_part(groups, 0, utf8_skip(groups, 4))));
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < groups.n; i++)
        if (groups.p[i] != '-')
            buf_byte(&b, groups.p[i]);
    str digits = buf_str(&b);
    if (is_mobile(digits))
        return good_text(ret, digits);
    str line;
    if (landline(op, groups, &line))
        return good_text(ret, line);
    if (digits.n == 10 && (str_starts(digits, S("400")) || str_starts(digits, S("800"))))
        return good_text(ret, digits);
    bool service = (digits.n == 3 && digits.p[0] == '1') || (digits.n == 5 && str_starts(digits, S("12"))) ||
                   (digits.n >= 5 && digits.n <= 8 && (str_starts(digits, S("95")) || str_starts(digits, S("96"))));
    if (service)
        return good_text(ret, digits);
    if ((digits.n == 7 || digits.n == 8) && digits.p[0] >= '2' && groups.n - digits.n <= 1) {
        warn(op, ret, "固定电话缺区号，请核对");
        return good_text(ret, digits);
    }
    str with_zero = op_text(op, "0%.*s", PS(digits));
    if (digits.n && digits.p[0] >= '2' && landline(op, with_zero, &line))
        return trouble(op, ret, "固定电话区号少了前面的0（表格软件会去掉它），是否为%.*s？请核对", PS(line));
    if (digits.n && digits.p[0] == '1')
        return trouble(op, ret, digits.n == 11 ? "手机号第2位应为3至9，请核对" : "手机号应为11位，现为%d位，请核对",
                       (int)digits.n);
    return trouble(op, ret, "不是电话号码；手机号填11位，固定电话填区号-号码，如0479-7654321");
}

static bool luhn(str digits)
{
    int sum = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int d = digits.p[digits.n - 1 - i] - '0';
        sum += i % 2 == 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
    }
    return sum % 10 == 0;
}

static bool check_luhn(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (!all_digits(s) || !luhn(s))
        return trouble(op, ret, "卡号末位校验不符，请照卡面核对");
    return good_text(ret, s);
}

/* Cards of the national scheme (62…, 16 to 19 digits) always end in a Luhn digit, so a mismatch is a slip of the hand.
 * Passbook and 一卡通 accounts of rural credit cooperatives follow no common rule: they only have to be digits. */
static bool check_card(struct op *op, const struct field *, str typed, struct checked *ret)
{
    if (several(typed, true) > 1)
        return trouble(op, ret, "一格里写了%d个账号，请只留一个", several(typed, true));
    str s = tidy(op, typed, TIDY_CODE);
    if (is_exponent_form(s))
        return lost(op, S("卡号"), s, ret);
    if (has(s, S("*")))
        return trouble(op, ret, "卡号带有*号，是打过码的，请填写完整卡号");
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '-')
            buf_byte(&b, s.p[i]);
    s = b.n == s.n ? s : buf_str(&b);
    if (!all_digits(s))
        return trouble(op, ret, "卡号或账号只能是数字，请核对");
    if (s.n < 8 || s.n > 30)
        return trouble(op, ret, "卡号或账号应为8至30位，现为%d位，请核对", (int)s.n);
    bool card_length = s.n >= 16 && s.n <= 19;
    if (card_length && !luhn(s)) {
        if (str_starts(s, S("62")))
            return trouble(op, ret, "银行卡号末位校验不符，请照卡面核对%s",
                           str_ends(s, S("000")) ? "（末尾是000，可能已被表格软件截断）" : "");
        warn(op, ret, "不符合银行卡号的校验规律；若是存折账号可不理会，否则请照卡面核对");
    }
    return good_text(ret, s);
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */

static bool check_code(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_MARKS);
    if (is_exponent_form(s))
        return lost(op, f ? f->name : S("编号"), s, ret);
    if (has(s, S("\n")))
        return trouble(op, ret, "编号不能分行，请核对");
    size_t most = f && f->size > 0 ? (size_t)f->size : CHECK_CODE_MAX;
    if (utf8_count(s) > most)
        return trouble(op, ret, "最多%d个字，现有%d个，请缩短", (int)most, (int)utf8_count(s));
    return good_text(ret, s);
}

static bool check_region(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (s.n != 6 || !all_digits(s))
        return trouble(op, ret, "行政区划代码应为6位数字，请核对");
    if (!province_known(s))
        return trouble(op, ret, "行政区划代码前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    return good_text(ret, s);
}

/* The segments hint at the kind of village and do not decide it (about one village in two hundred breaks them). */
static bool check_village(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (is_exponent_form(s))
        return lost(op, S("统计用区划代码"), s, ret);
    if (s.n != 12 || !all_digits(s))
        return trouble(op, ret, "统计用区划代码应为12位数字，现为%d位，请核对", (int)utf8_count(s));
    if (!province_known(s))
        return trouble(op, ret, "统计用区划代码前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    if (digits_at(s, 6, 3) > 599 || digits_at(s, 9, 3) > 599)
        warn(op, ret, "统计用区划代码的乡级或村级段超出常用范围，请核对");
    return good_text(ret, s);
}

/* 某政发〔2026〕5号: six-cornered brackets, the whole year, no 第, no leading zero (GB/T 9704-2012 7.2.5). */
static bool check_document_number(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NO_SPACE);
    static const str wrong[][2] = {{SC("["), SC("]")},   {SC("［"), SC("］")}, {SC("("), SC(")")},
                                   {SC("（"), SC("）")}, {SC("【"), SC("】")}, {SC("「"), SC("」")}};
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (has(s, wrong[i][0]) && has(s, wrong[i][1]))
            return trouble(op, ret, "发文字号的年份须用六角括号〔〕括起，请改");
    size_t open, shut;
    if (!str_find(s, S("〔"), &open) || !str_find(s, S("〕"), &shut) || shut < open || open == 0)
        return trouble(op, ret, "发文字号应写作：机关代字〔年份〕序号号，如某政发〔2026〕5号");
    str year = str_part(s, open + S("〔").n, shut), number = str_part(s, shut + S("〕").n, s.n);
    if (year.n != 4 || !all_digits(year))
        return trouble(op, ret, "发文字号的年份应写全四位，如〔2026〕");
    if (str_starts(number, S("第")))
        return trouble(op, ret, "发文字号的序号前不加“第”字");
    if (!str_ends(number, S("号")) || !all_digits(str_part(number, 0, number.n - S("号").n)) ||
        number.n > S("号").n + 6)
        return trouble(op, ret, "发文字号应以“序号+号”结尾，如5号");
    if (number.p[0] == '0')
        return trouble(op, ret, "发文字号的序号不编虚位，5号不写作05号");
    if (utf8_count(s) > CHECK_CODE_MAX)
        return trouble(op, ret, "发文字号过长，请核对");
    return good_text(ret, s);
}

typedef bool check_fn(struct op *op, const struct field *f, str typed, struct checked *ret);

static const struct form {
    str name;
    check_fn *check;
} forms[] = {
    {SC("citizen-id"), check_citizen_id},
    {SC("citizen-id-15"), check_citizen_id_15},
    {SC("usci"), check_credit_code},
    {SC("org-code"), check_organisation},
    {SC("luhn"), check_luhn},
    {SC("bank-card"), check_card},
    {SC("mobile"), check_mobile},
    {SC("phone"), check_phone},
    {SC("region"), check_region},
    {SC("village-code"), check_village},
    {SC("doc-number"), check_document_number},
};

static const struct form *form_find(str name)
{
    for (size_t i = 0; i < COUNT(forms); i++)
        if (str_eq(forms[i].name, name))
            return &forms[i];
    return NULL;
}

bool check_form_known(str form)
{
    return form_find(form);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* Fields that hold one person's name. */
static bool is_name_field(str field)
{
    static const str ends[] = {SC("姓名"), SC("户名"),   SC("联系人"), SC("代表人"),
                               SC("户主"), SC("负责人"), SC("经办人")};
    for (size_t i = 0; i < COUNT(ends); i++)
        if (str_ends(field, ends[i]))
            return true;
    return false;
}

static bool is_han(uint32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == 0x3007 ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

/* The dot of 买买提·艾力 is U+00B7; people type whatever looks like it. */
static bool is_dot(uint32_t c, bool name)
{
    static const uint32_t dots[] = {0xB7,   0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB,
                                    0xFF65, 0x387,  0x2024, 0x25AA, 0x25CF, 0x16EB};
    for (size_t i = 0; i < COUNT(dots); i++)
        if (dots[i] == c)
            return true;
    return name && (c == '.' || c == 0xFF0E || c == 0x3002);
}

/* Dots between two Han characters become U+00B7; in names the spaces between Han characters (张　三) go. */
static str words_tidy(struct op *op, str s, bool name)
{
    bool odd = false;
    for (size_t i = 0; i < s.n && !odd; i++) {
        unsigned char c = (unsigned char)s.p[i];
        odd = c == 0xC2 || c == 0xCE || c == 0xE1 || c == 0xE2 || c == 0xE3 || c == 0xEF ||
              (name && (c == ' ' || c == '.'));
    }
    if (!odd)
        return s;
    struct buf b;
    buf_init(&b, op, 0);
    uint32_t before = 0;
    while (s.n) {
        uint32_t c = utf8_next(&s);
        str ahead = s;
        if (name)
            while (ahead.n && ahead.p[0] == ' ')
                ahead = str_part(ahead, 1, ahead.n);
        uint32_t after = ahead.n ? utf8_next(&ahead) : 0;
        bool inside = is_han(before) && (is_han(after) || (name && is_dot(after, true)));
        if (c == ' ' && name && (inside || (before == 0xB7 && is_han(after))))
            continue;
        if (is_dot(c, name) && is_han(before) && is_han(after))
            c = 0xB7;
        buf_code(&b, c);
        before = c;
    }
    return buf_str(&b);
}

static bool check_words(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    bool name = is_name_field(f->name);
    if (name && several(typed, false) > 1)
        return trouble(op, ret, "一格里写了%d个人，请每人一行", several(typed, false));
    str s = words_tidy(op, tidy(op, typed, 0), name);
    if (name && has(s, S("*")))
        return trouble(op, ret, "姓名带有*号，是打过码的，请填写真实姓名");
    int most = f->size > 0 ? f->size : CHECK_TEXT_MAX;
    if (s.n > (size_t)most && utf8_count(s) > (size_t)most)
        return trouble(op, ret, "最多%d个字，现有%d个，请缩短", most, (int)utf8_count(s));
    return good_text(ret, s);
}

static bool check_long(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_LINES);
    int most = f->size > 0 ? f->size : CHECK_LONG_MAX;
    if (s.n > (size_t)most && utf8_count(s) > (size_t)most)
        return trouble(op, ret, "最多%d个字，现有%d个，请缩短", most, (int)utf8_count(s));
    return good_text(ret, s);
}

/* The choices as a clerk would be told them. */
static str choices_text(struct op *op, const struct field *f)
{
    enum { SHOWN = 12 };
    str list = op_join(op, f->choices, f->choice_count < SHOWN ? f->choice_count : SHOWN, S("、"));
    return f->choice_count > SHOWN ? op_text(op, "%.*s等%d项", PS(list), (int)f->choice_count) : list;
}

static bool find_choice(struct op *op, const struct field *f, str s, str *ret)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (str_eq(f->choices[i], s)) {
            *ret = f->choices[i];
            return true;
        }
    /* 汉 for 汉族, 蒙古族 for 蒙古; brackets and capitals of the other width. */
    str plain = tidy(op, s, TIDY_CODE), nation = op_text(op, "%.*s族", PS(plain));
    for (size_t i = 0; i < f->choice_count; i++) {
        str choice = tidy(op, f->choices[i], TIDY_CODE);
        if (str_eq(choice, plain) || str_eq(choice, nation) || str_eq(op_text(op, "%.*s族", PS(choice)), plain)) {
            *ret = f->choices[i];
            return true;
        }
    }
    return false;
}

/* The one choice that a wrong word probably meant; empty: none or several. */
static str likely_choice(const struct field *f, str s)
{
    str likely = {0};
    for (size_t i = 0; i < f->choice_count; i++)
        if (has(f->choices[i], s) || has(s, f->choices[i])) {
            if (likely.n)
                return (str){0};
            likely = f->choices[i];
        }
    return likely;
}

static bool check_choice(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, 0), found;
    if (find_choice(op, f, s, &found))
        return good_text(ret, found);
    size_t most = f->size > 0 ? (size_t)f->size : CHECK_CODE_MAX;
    if (f->open_choices && utf8_count(s) <= most) {
        warn(op, ret, "“%.*s”不在常用选项内（%.*s），已照录，请核对", PS(s), PS(choices_text(op, f)));
        return good_text(ret, s);
    }
    str likely = likely_choice(f, s), shown = str_part(s, 0, utf8_skip(s, 20));
    if (likely.n)
        return trouble(op, ret, "“%.*s”不在选项内，是否为“%.*s”？可填：%.*s", PS(shown), PS(likely),
                       PS(choices_text(op, f)));
    return trouble(op, ret, "“%.*s”不在选项内，可填：%.*s", PS(shown), PS(choices_text(op, f)));
}

static bool is_nothing(enum field_type type, str s);

static bool list_put(struct op *op, const struct field *f, str one, struct checked *ret)
{
    struct checked c = {0};
    one = tidy(op, one, 0);
    if (is_nothing(f->type, tidy(op, one, TIDY_NO_SPACE)))
        return true;
    if (f->type == F_ENUMS) {
        if (!check_choice(op, f, one, &c)) {
            ret->trouble = c.trouble;
            return false;
        }
        if (c.warning.n)
            warn(op, ret, "%.*s", PS(c.warning));
        one = c.text;
    } else {
        one = words_tidy(op, one, true);
    }
    if (one_of(one, ret->list, ret->count))
        return true;
    if (ret->count == CHECK_LIST_MAX)
        return trouble(op, ret, "一格最多%d项，请分开填写", CHECK_LIST_MAX);
    str *list = ret->count % 8 == 0
                    ? op_grow(op, (void *)ret->list, ret->count * sizeof *list, (ret->count + 8) * sizeof *list)
                    : (str *)ret->list;
    list[ret->count++] = one;
    ret->list = list;
    return true;
}

static bool list_end(struct op *op, struct checked *ret)
{
    ret->kind = ret->count ? CHECKED_LIST : CHECKED_EMPTY;
    ret->text = op_join(op, ret->list, ret->count, S("、"));
    return true;
}

static bool check_list(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_LINES);
    const char *from = s.p;
    while (s.n || from < s.p) {
        const char *at = s.p;
        uint32_t c = s.n ? utf8_next(&s) : '\n';
        if (c != 0x3001 && c != '\n' && c != ';' && c != 0xFF1B && c != ',' && c != 0xFF0C && c != '|')
            continue;
        str one = str_trim((str){from, (size_t)(at - from)});
        if (one.n && !list_put(op, f, one, ret))
            return false;
        from = s.p;
        if (at == s.p)
            break;
    }
    return list_end(op, ret);
}

static bool check_reference(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = words_tidy(op, tidy(op, typed, 0), true);
    if (utf8_count(s) > CHECK_TEXT_MAX)
        return trouble(op, ret, "最多%d个字，现有%d个，请核对", CHECK_TEXT_MAX, (int)utf8_count(s));
    return good_text(ret, s);
}

static bool check_yes(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    static const str yes[] = {SC("是"), SC("√"), SC("有"), SC("TRUE"), SC("Y"),  SC("YES"), SC("1"),
                              SC("✓"),  SC("✔"), SC("对"), SC("☑"),    SC("已"), SC("∨"),   SC("V")};
    static const str no[] = {SC("否"), SC("×"), SC("无"),   SC("FALSE"), SC("N"), SC("NO"), SC("0"),
                             SC("✗"),  SC("✘"), SC("不是"), SC("没有"),  SC("□"), SC("未"), SC("X")};
    str s = tidy(op, typed, TIDY_CODE);
    ret->number = one_of(s, yes, COUNT(yes));
    if (!ret->number && !one_of(s, no, COUNT(no)))
        return trouble(op, ret, "“%.*s”看不出是或否，请填“是”或“否”", PS(str_part(s, 0, utf8_skip(s, 20))));
    ret->kind = CHECKED_BOOL;
    ret->text = ret->number ? S("是") : S("否");
    return true;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

enum number_result { NUMBER_GOOD, NUMBER_ODD, NUMBER_FINE, NUMBER_LARGE }; /* FINE: more decimals than the scale */

/* Plain digits without a double in between. */
static enum number_result scaled_parse(str s, int scale, int64_t *ret)
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

static str scaled_text(struct op *op, int64_t value, int scale)
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
    if (!has(*s, S(",")))
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
        return trouble(op, ret, "数字“%.*s”超过%d位，请核对", PS(shown), CHECK_DIGITS_MAX);
    case NUMBER_FINE: {
        dec x;
        if (scale == 0)
            return trouble(op, ret, "应为整数，现为%.*s，请核对", PS(shown));
        if (dec_parse(s, &x) && dec_round(x, scale, DEC_HALF_UP, &x))
            return trouble(op, ret, "最多%d位小数，现为%.*s；四舍五入为%.*s", scale, PS(shown), PS(dec_text(op, x)));
        return trouble(op, ret, "最多%d位小数，现为%.*s", scale, PS(shown));
    }
    case NUMBER_ODD:
    case NUMBER_GOOD:
        break;
    }
    if (unit.n)
        return trouble(op, ret, "只填数字，不带“%.*s”，请核对", PS(str_part(unit, 0, utf8_skip(unit, 10))));
    return trouble(op, ret, "“%.*s”不是数字，请核对", PS(shown));
}

static bool good_number(struct op *op, struct checked *ret, int64_t value, int scale)
{
    ret->kind = CHECKED_NUMBER;
    ret->number = value;
    ret->text = scaled_text(op, value, scale);
    return true;
}

static bool check_scaled(struct op *op, str s, int scale, struct checked *ret)
{
    if (!commas_drop(op, &s))
        return trouble(op, ret, "“%.*s”的逗号位置不对，千分位应三位一组", PS(str_part(s, 0, 40)));
    int64_t value;
    enum number_result result = scaled_parse(s, scale, &value);
    if (result != NUMBER_GOOD)
        return number_trouble(op, s, result, scale, ret);
    return good_number(op, ret, value, scale);
}

static bool check_int(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    return check_scaled(op, tidy(op, typed, TIDY_NUMBER), 0, ret);
}

static bool check_decimal(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    must(f->size >= 0 && f->size <= 9);
    return check_scaled(op, tidy(op, typed, TIDY_NUMBER), f->size, ret);
}

static bool check_ratio(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_NUMBER), digits = s;
    bool percent = str_ends(s, S("%"));
    if (percent)
        digits.n--;
    if (!commas_drop(op, &digits))
        return trouble(op, ret, "“%.*s”的逗号位置不对", PS(str_part(s, 0, 40)));
    int64_t value;
    dec x;
    enum number_result result = scaled_parse(digits, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, &value);
    /* 1/3 comes from a formula; a millionth is finer than any use of it. */
    if (result == NUMBER_FINE &&
        (!dec_parse(digits, &x) || !dec_round(x, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, DEC_HALF_UP, &x) ||
         !dec_scaled(x, percent ? RATIO_DECIMALS - 2 : RATIO_DECIMALS, &value)))
        result = NUMBER_ODD;
    if (result == NUMBER_ODD || result == NUMBER_LARGE)
        return trouble(op, ret, "“%.*s”不是比率，请填如12.5%%或0.125", PS(str_part(s, 0, utf8_skip(s, 20))));
    good_number(op, ret, value, RATIO_DECIMALS);
    while (ret->text.p[ret->text.n - 1] == '0')
        ret->text.n--;
    if (ret->text.p[ret->text.n - 1] == '.')
        ret->text.n--;
    if (!percent && (value >= 2000000 || value <= -2000000))
        warn(op, ret, "按%.*s00%%记；若是%.*s%%，请写上%%号", PS(ret->text), PS(ret->text));
    return true;
}

static bool check_year(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_NUMBER);
    if (str_ends(s, S("年度")))
        s.n -= S("年度").n;
    else if (str_ends(s, S("年")))
        s.n -= S("年").n;
    int64_t year;
    day first;
    if (scaled_parse(s, 0, &year) != NUMBER_GOOD && day_parse(op_text(op, "%.*s年1月1日", PS(s)), &first))
        year = date_of(first).year; /* 二〇二一 */
    else if (scaled_parse(s, 0, &year) != NUMBER_GOOD && day_parse(s, &first))
        return trouble(op, ret, "只填年份，如%d", date_of(first).year);
    else if (scaled_parse(s, 0, &year) != NUMBER_GOOD)
        return trouble(op, ret, "“%.*s”不是年份，请填四位数字，如2021", PS(str_part(s, 0, utf8_skip(s, 20))));
    if (year < 1800 || year > 2199)
        return trouble(op, ret, "年份%lld不合理，请填四位数字，如2021", (long long)year);
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

static bool check_money(struct op *op, const struct field *f, str typed, struct checked *ret)
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
            return trouble(op, ret, "金额以元为单位，“%.*s”请写成%.*s", PS(str_part(s, 0, 40)), PS(dec_text(op, x)));
        return trouble(op, ret, "金额以元为单位，请换算后填写");
    }
    if (str_ends(s, S("元")))
        s.n -= S("元").n;
    return check_scaled(op, s, 2, ret);
}

/* ---- dates ------------------------------------------------------------------------------------------------------- */

enum { SERIAL_EPOCH = 25569, SERIAL_FIRST = 18264, SERIAL_LAST = 73050 }; /* 1970, 1950, 2099 as Excel counts days */

static bool serial_day(str s, day *ret)
{
    int64_t serial;
    if (s.n != 5 || scaled_parse(s, 0, &serial) != NUMBER_GOOD || serial < SERIAL_FIRST || serial > SERIAL_LAST)
        return false;
    *ret = (day)(serial - SERIAL_EPOCH);
    return true;
}

/* 2021-12-03 as Excel itself writes dates in a column that was once text: the usual case. */
static bool iso_day(str s, day *ret)
{
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !all_digits(str_part(s, 0, 4)) ||
        !all_digits(str_part(s, 5, 7)) || !all_digits(str_part(s, 8, 10)))
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

static bool day_trouble(struct op *op, str s, struct checked *ret)
{
    int n[4], count = numbers_in(s, n, 4);
    str shown = str_part(s, 0, utf8_skip(s, 20));
    if (count == 3 && n[0] < 100 && n[0] > 0 && date_valid(2000 + n[0], n[1], n[2]))
        return trouble(op, ret, "年份要写全四位，“%.*s”是否为20%02d-%02d-%02d？", PS(shown), n[0], n[1], n[2]);
    if (count == 3 && n[2] >= 1000 && n[2] <= 9999)
        return trouble(op, ret, "“%.*s”的年份应写在前面，如2021-12-03", PS(shown));
    if (count == 3 && n[0] >= 1000 && n[0] <= 9999 && !date_valid(n[0], n[1], n[2]))
        return trouble(op, ret, "没有%d年%d月%d日这一天，请核对", n[0], n[1], n[2]);
    if (count == 1 && s.n == 8 && all_digits(s))
        return trouble(op, ret, "没有%d年%d月%d日这一天，请核对", n[0] / 10000, n[0] / 100 % 100, n[0] % 100);
    if ((count == 2 && n[0] >= 1000) || (count == 1 && s.n == 6 && all_digits(s)))
        return trouble(op, ret, "“%.*s”只有年月，缺几日，请写成如2021-12-03", PS(shown));
    return trouble(op, ret, "“%.*s”不是日期，请写成如2021-12-03", PS(shown));
}

static bool check_day(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    day d;
    if (iso_day(typed, &d)) {
        ret->number = d;
        return good_text(ret, typed);
    }
    str s = tidy(op, typed, TIDY_MARKS);
    if (serial_day(s, &d))
        warn(op, ret, "“%.*s”按表格软件的日期序号读作%.*s，请核对", PS(s), PS(day_text(op, d)));
    else if (!day_parse(s, &d))
        return day_trouble(op, s, ret);
    if (date_of(d).year < 1800)
        return day_trouble(op, s, ret);
    ret->number = d;
    return good_text(ret, day_text(op, d));
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

static bool check_time(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    enum { DAY_MS = 86400000 };
    str s = tidy(op, typed, TIDY_MARKS), head = s, tail = {0};
    time_ms t;
    day d;
    int64_t clock = 0;
    if (!time_parse(s, &t)) {
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
            scaled_parse(op_text(op, "0%.*s", PS(str_part(s, 5, 5 + 7))), 6, &serial) == NUMBER_GOOD) {
            clock = (serial * DAY_MS / 1000000 + 30000) / 60000 * 60000; /* to the minute */
            warn(op, ret, "“%.*s”按表格软件的日期序号读取，请核对", PS(s));
        } else if (!day_parse(head, &d)) {
            return trouble(op, ret, "“%.*s”不是时间，请写成如2021-12-03 09:00", PS(str_part(s, 0, utf8_skip(s, 24))));
        } else if (tail.n && !clock_parse(tail, &clock)) {
            return trouble(op, ret, "“%.*s”不是钟点，请写成如09:00", PS(str_part(tail, 0, utf8_skip(tail, 12))));
        }
        t = (int64_t)d * DAY_MS - TOWN_OFFSET_MS + clock;
    }
    int year = date_of(day_at(t)).year;
    if (year < 1800 || year > 9999)
        return trouble(op, ret, "年份%d不合理，请核对", year);
    ret->number = t;
    return good_text(ret, time_text(op, t));
}

/* A number of one or two digits, or 一 … 十二. 0: none. */
static int small_number(str s)
{
    static const str chinese[] = {SC("一"), SC("二"), SC("三"), SC("四"), SC("五"),   SC("六"),
                                  SC("七"), SC("八"), SC("九"), SC("十"), SC("十一"), SC("十二")};
    if (s.n >= 1 && s.n <= 2 && all_digits(s))
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
    if (rest.n == 2 && all_digits(rest) && small_number(rest) >= 1 && small_number(rest) <= 12) {
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

static bool check_period(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_CODE), rest = s;
    int year, number;
    enum period_kind kind;
    day d;
    if (take_year(&rest, &year) && period_take(rest, &kind, &number)) {
        switch (kind) {
        case PERIOD_YEAR:
            return good_text(ret, op_text(op, "%d", year));
        case PERIOD_HALF:
            return good_text(ret, op_text(op, "%dH%d", year, number));
        case PERIOD_QUARTER:
            return good_text(ret, op_text(op, "%dQ%d", year, number));
        case PERIOD_MONTH:
            return good_text(ret, op_text(op, "%d-%02d", year, number));
        case PERIOD_WEEK:
            if (!has_week(year, number))
                return trouble(op, ret, "%d年没有第53周，请核对", year);
            return good_text(ret, op_text(op, "%dW%02d", year, number));
        }
    }
    if (day_parse(s, &d))
        return good_text(ret, day_text(op, d));
    return trouble(
        op, ret, "“%.*s”不是报告期，请写成如2021年、2021年上半年、2021年第三季度、2021年12月、2021年第5周或2021-12-03",
        PS(str_part(s, 0, utf8_skip(s, 20))));
}

static bool check_month(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_CODE), rest = s;
    int year, number;
    enum period_kind kind;
    day d;
    if (take_year(&rest, &year) && period_take(rest, &kind, &number) && kind == PERIOD_MONTH) {
        if (str_eq(rest, S(".1")))
            warn(op, ret, "“%.*s”读作%d年1月；若是10月（表格软件会去掉末尾的0），请写成%d-10", PS(s), year, year);
        return good_text(ret, op_text(op, "%d-%02d", year, number));
    }
    if (!day_parse(s, &d) && !serial_day(s, &d))
        return trouble(op, ret, "“%.*s”不是年月，请写成如2021-12", PS(str_part(s, 0, utf8_skip(s, 20))));
    /* A spreadsheet turns 2021-12 into the first of the month. */
    struct date c = date_of(d);
    if (c.day != 1)
        warn(op, ret, "“%.*s”只取年月%d-%02d", PS(s), c.year, c.month);
    return good_text(ret, op_text(op, "%d-%02d", c.year, c.month));
}

/* ---- places and files -------------------------------------------------------------------------------------------- */

/* Degrees; false: not a position in the country (73–136 E, 3–54 N), which is where slips of the hand end up. */
static bool place_keep(struct op *op, str east, str north, struct checked *ret)
{
    enum { SCALE = 7 }; /* a centimetre */
    int64_t x, y;
    enum number_result rx = scaled_parse(east, SCALE, &x), ry = scaled_parse(north, SCALE, &y);
    if ((rx != NUMBER_GOOD && rx != NUMBER_FINE) || (ry != NUMBER_GOOD && ry != NUMBER_FINE))
        return trouble(op, ret, "坐标应为经度,纬度，如109.1234,40.2345");
    if (y > 730000000 && x < 540000000) { /* written latitude first */
        int64_t swap = x;
        x = y;
        y = swap;
    }
    if (x < 730000000 || x > 1360000000 || y < 30000000 || y > 540000000)
        return trouble(op, ret, "坐标%.*s,%.*s不在国内，请核对（先经度后纬度）", PS(str_part(east, 0, 20)),
                       PS(str_part(north, 0, 20)));
    str parts[2] = {scaled_text(op, x, SCALE), scaled_text(op, y, SCALE)};
    for (int i = 0; i < 2; i++) {
        while (parts[i].p[parts[i].n - 1] == '0')
            parts[i].n--;
        if (parts[i].p[parts[i].n - 1] == '.')
            parts[i].n--;
    }
    ret->kind = CHECKED_JSON;
    ret->text = op_text(op, "{\"经度\":%.*s,\"纬度\":%.*s}", PS(parts[0]), PS(parts[1]));
    return true;
}

static bool check_place(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_MARKS), numbers[3];
    int count = 0;
    if (str_starts(s, S("{"))) {
        struct json *tree;
        int faults = op->fault_count;
        if (json_parse(op, s, &tree))
            return check_json(op, f, tree, ret);
        op_forgive(op, faults);
        return trouble(op, ret, "坐标应为经度,纬度，如109.1234,40.2345");
    }
    for (size_t i = 0; i < s.n && count < 3;) {
        size_t from = i;
        while (i < s.n && (is_digit(s.p[i]) || s.p[i] == '.'))
            i++;
        if (i > from)
            numbers[count++] = str_part(s, from, i);
        else
            i++;
    }
    if (count != 2 || has(s, S("°")) || has(s, S("度")))
        return trouble(op, ret, "坐标应为十进制的经度,纬度，如109.1234,40.2345");
    return place_keep(op, numbers[0], numbers[1], ret);
}

static bool check_never(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)typed;
    switch (f->type) {
    case F_CHILDREN:
        return trouble(op, ret, "本栏由下级表各自填写，不能直接填");
    case F_COMPUTED:
        return trouble(op, ret, "本栏由系统计算，不能填写");
    case F_PHOTOS:
    case F_FILES:
    case F_SIGNATURE:
        return trouble(op, ret, "本栏须上传文件，不能用文字填写");
    case F_TEXT:
    case F_LONG:
    case F_INT:
    case F_DECIMAL:
    case F_MONEY:
    case F_RATIO:
    case F_DAY:
    case F_TIME:
    case F_MONTH:
    case F_YEAR:
    case F_PERIOD:
    case F_BOOL:
    case F_ENUM:
    case F_ENUMS:
    case F_REF:
    case F_REFS:
    case F_PLACE:
    case F_SERIAL:
    case F_CITIZEN_ID:
    case F_CREDIT_CODE:
    case F_PHONE:
    case F_BANK_CARD:
    case F_CODE:
    case F_TYPES:
        break;
    }
    must(!"a field type without a check");
    return false;
}

/* ---- field types ------------------------------------------------------------------------------------------------- */

typedef str mask_fn(struct op *op, str text);

static str mask_all(struct op *op, str text)
{
    (void)op;
    return text.n ? S("***") : text;
}

/* `nothing`: 无 means that there is none, not a word. */
static const struct type_row {
    check_fn *check;
    mask_fn *mask;
    bool nothing;
} types[F_TYPES] = {
    [F_TEXT] = {check_words, mask_all, false},
    [F_LONG] = {check_long, mask_all, false},
    [F_INT] = {check_int, mask_all, true},
    [F_DECIMAL] = {check_decimal, mask_all, true},
    [F_MONEY] = {check_money, mask_all, true},
    [F_RATIO] = {check_ratio, mask_all, true},
    [F_DAY] = {check_day, mask_all, true},
    [F_TIME] = {check_time, mask_all, true},
    [F_MONTH] = {check_month, mask_all, true},
    [F_YEAR] = {check_year, mask_all, true},
    [F_PERIOD] = {check_period, mask_all, true},
    [F_BOOL] = {check_yes, mask_all, false},
    [F_ENUM] = {check_choice, mask_all, false},
    [F_ENUMS] = {check_list, mask_all, false},
    [F_REF] = {check_reference, mask_all, true},
    [F_REFS] = {check_list, mask_all, true},
    [F_CHILDREN] = {check_never, mask_all, false},
    [F_PHOTOS] = {check_never, mask_all, true},
    [F_FILES] = {check_never, mask_all, true},
    [F_SIGNATURE] = {check_never, mask_all, true},
    [F_PLACE] = {check_place, mask_all, true},
    [F_SERIAL] = {check_code, mask_id, false},
    [F_COMPUTED] = {check_never, mask_all, false},
    [F_CITIZEN_ID] = {check_citizen_id, mask_id, true},
    [F_CREDIT_CODE] = {check_credit_code, mask_id, true},
    [F_PHONE] = {check_phone, mask_phone, true},
    [F_BANK_CARD] = {check_card, mask_card, true},
    [F_CODE] = {check_code, mask_id, false},
};

/* What offices write into a cell that has nothing to say. */
static bool is_nothing(enum field_type type, str s)
{
    static const str marks[] = {SC(""),  SC("/"),  SC("\\"), SC("-"),  SC("--"), SC("---"), SC("－"),
                                SC("—"), SC("——"), SC("–"),  SC("／"), SC("＼"), SC("一一")};
    if (s.n > 6)
        return false;
    for (size_t i = 0; i < COUNT(marks); i++)
        if (str_eq(s, marks[i]))
            return true;
    return types[type].nothing && str_eq(s, S("无"));
}

bool check_text(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    must(f->type < F_TYPES && types[f->type].check);
    *ret = (struct checked){0};
    if (typed.n > CHECK_BYTES_MAX)
        return trouble(op, ret, "内容过长，请缩短");
    if (!utf8_valid(typed))
        return trouble(op, ret, "含有无法识别的字符，请重新填写");
    if (typed.n <= 12 && is_nothing(f->type, tidy(op, typed, TIDY_NO_SPACE)))
        return true;
    const struct form *form =
        (f->type == F_TEXT || f->type == F_CODE) && f->code_list.n ? form_find(f->code_list) : NULL;
    if (!(form ? form->check : types[f->type].check)(op, f, typed, ret))
        return false;
    if (ret->kind == CHECKED_TEXT && ret->text.n <= 12 && is_nothing(f->type, tidy(op, ret->text, TIDY_NO_SPACE)))
        *ret = (struct checked){0}; /* it was only padding */
    return true;
}

bool check_form(struct op *op, str form, str typed, struct checked *ret)
{
    const struct form *found = form_find(form);
    must(found);
    *ret = (struct checked){0};
    if (typed.n > CHECK_BYTES_MAX || !utf8_valid(typed))
        return trouble(op, ret, "含有无法识别的字符，请重新填写");
    return found->check(op, NULL, typed, ret);
}

bool check_lost_digits(struct op *op, const struct field *f, str shown, struct checked *ret)
{
    *ret = (struct checked){0};
    return lost(op, f->name, shown, ret);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static bool json_refused(struct op *op, const struct field *f, struct checked *ret)
{
    static const str wanted[F_TYPES] = {[F_ENUMS] = SC("文字的数组"),
                                        [F_REFS] = SC("标识的数组"),
                                        [F_PHOTOS] = SC("文件的数组"),
                                        [F_FILES] = SC("文件的数组"),
                                        [F_SIGNATURE] = SC("{\"人\",\"时\",\"图\"}"),
                                        [F_PLACE] = SC("{\"经度\",\"纬度\"}"),
                                        [F_BOOL] = SC("true 或 false")};
    str what = wanted[f->type].n ? wanted[f->type] : S("文字（加引号）");
    return trouble(op, ret, "值的形式不对，应为%.*s", PS(what));
}

static bool is_digest(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 64;
}

static bool file_ok(struct op *op, const struct json *file, struct checked *ret)
{
    static const str known[] = {SC("名"), SC("摘要"), SC("大小"), SC("拍摄时间"), SC("坐标")};
    int64_t size;
    for (const struct json *m = file->first; m; m = m->next)
        if (!one_of(m->key, known, COUNT(known)))
            return trouble(op, ret, "文件信息不认识“%.*s”", PS(str_part(m->key, 0, utf8_skip(m->key, 20))));
    str name = json_str(file, S("名"));
    if (file->kind != JSON_OBJECT || name.n == 0 || utf8_count(name) > CHECK_TEXT_MAX ||
        !is_digest(json_str(file, S("摘要"))) || !json_get(file, S("大小")) ||
        !json_int(json_get(file, S("大小")), &size) || size < 0)
        return trouble(op, ret, "文件信息不完整，请重新上传");
    time_ms t;
    const struct json *taken = json_get(file, S("拍摄时间")), *place = json_get(file, S("坐标"));
    if (taken && taken->kind != JSON_NULL && !time_parse(json_str(file, S("拍摄时间")), &t))
        return trouble(op, ret, "照片的拍摄时间不对，请重新上传");
    struct checked c = {0};
    if (place && place->kind != JSON_NULL &&
        !check_json(op, &(struct field){.name = SC("坐标"), .type = F_PLACE}, place, &c)) {
        ret->trouble = c.trouble;
        return false;
    }
    return true;
}

static bool check_json_array(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    bool files = f->type == F_PHOTOS || f->type == F_FILES;
    if (!files && f->type != F_ENUMS && f->type != F_REFS)
        return json_refused(op, f, ret);
    if (value->count > CHECK_LIST_MAX)
        return trouble(op, ret, "最多%d项", CHECK_LIST_MAX);
    for (const struct json *e = value->first; e; e = e->next) {
        if (files                    ? !file_ok(op, e, ret)
            : e->kind != JSON_STRING ? !json_refused(op, f, ret)
                                     : !list_put(op, f, e->text, ret))
            return false;
    }
    if (!files)
        return list_end(op, ret);
    if (value->count == 0)
        return true;
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){.b = &b}, value);
    ret->kind = CHECKED_JSON;
    ret->text = buf_str(&b);
    return true;
}

static bool check_json_object(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    if (f->type == F_PLACE) {
        const struct json *east = json_get(value, S("经度")), *north = json_get(value, S("纬度"));
        if (!east || !north || east->kind != JSON_NUMBER || north->kind != JSON_NUMBER || value->count != 2)
            return json_refused(op, f, ret);
        return place_keep(op, east->text, north->text, ret);
    }
    time_ms t;
    str who = json_str(value, S("人"));
    if (f->type != F_SIGNATURE || value->count != 3)
        return json_refused(op, f, ret);
    if (who.n == 0 || utf8_count(who) > CHECK_CODE_MAX || !time_parse(json_str(value, S("时")), &t) ||
        !is_digest(json_str(value, S("图"))))
        return trouble(op, ret, "签名不完整，请重新签");
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){.b = &b}, value);
    ret->kind = CHECKED_JSON;
    ret->text = buf_str(&b);
    return true;
}

bool check_json(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    *ret = (struct checked){0};
    if (!value)
        return true;
    bool number =
        f->type == F_INT || f->type == F_DECIMAL || f->type == F_MONEY || f->type == F_RATIO || f->type == F_YEAR;
    switch (value->kind) {
    case JSON_NULL:
        return true;
    case JSON_FALSE:
    case JSON_TRUE:
        return f->type == F_BOOL ? check_text(op, f, value->kind == JSON_TRUE ? S("是") : S("否"), ret)
                                 : json_refused(op, f, ret);
    case JSON_NUMBER:
        return number ? check_text(op, f, value->text, ret) : json_refused(op, f, ret);
    case JSON_STRING:
        return check_text(op, f, value->text, ret);
    case JSON_ARRAY:
        return check_json_array(op, f, value, ret);
    case JSON_OBJECT:
        return check_json_object(op, f, value, ret);
    }
    must(!"a JSON kind without a case");
    return false;
}

void checked_out(struct json_out *w, const struct checked *c)
{
    switch (c->kind) {
    case CHECKED_EMPTY:
        json_null(w);
        return;
    case CHECKED_TEXT:
        json_text(w, c->text);
        return;
    case CHECKED_NUMBER:
    case CHECKED_JSON:
        json_number(w, c->text); /* already JSON */
        return;
    case CHECKED_BOOL:
        json_bool(w, c->number);
        return;
    case CHECKED_LIST:
        json_open(w, '[');
        for (size_t i = 0; i < c->count; i++)
            json_text(w, c->list[i]);
        json_close(w, ']');
        return;
    }
}

/* ---- masks ------------------------------------------------------------------------------------------------------- */

/* Keeps `head` and `tail` code points, stars between; at least one is always hidden. */
static str mask_keep(struct op *op, str s, size_t head, size_t tail)
{
    size_t count = utf8_count(s);
    if (count == 0)
        return s;
    if (head + tail >= count) { /* short: show less, the end first */
        tail = head >= count ? 0 : count - head - 1;
        head = head >= count ? count - 1 : head;
    }
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, str_part(s, 0, utf8_skip(s, head)));
    for (size_t i = head + tail; i < count; i++)
        buf_byte(&b, '*');
    buf_add(&b, str_part(s, utf8_skip(s, count - tail), s.n));
    return buf_str(&b);
}

str mask_name(struct op *op, str name)
{
    return utf8_count(name) == 1 ? S("*") : mask_keep(op, name, 1, utf8_count(name) > 2);
}

str mask_id(struct op *op, str number)
{
    size_t count = utf8_count(number);
    return count < 12 ? mask_keep(op, number, 0, count / 3) : mask_keep(op, number, 4, 4);
}

str mask_phone(struct op *op, str phone)
{
    size_t count = utf8_count(phone);
    return count == 11 ? mask_keep(op, phone, 3, 4)
           : count > 8 ? mask_keep(op, phone, 4, 3)
                       : mask_keep(op, phone, 0, 3);
}

str mask_card(struct op *op, str card)
{
    return mask_keep(op, card, 0, utf8_count(card) > 8 ? 4 : 2);
}

str mask_text(struct op *op, const struct field *f, str text)
{
    return (is_name_field(f->name) && (f->type == F_TEXT || f->type == F_REF) ? mask_name : types[f->type].mask)(op,
                                                                                                                 text);
}
