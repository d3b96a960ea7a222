/* Identity numbers, telephones, bank cards and other codes. */
#include "ledger/check_kinds.h"

/* ---- identity numbers -------------------------------------------------------------------------------------------- */

char citizen_id_check_char(const char first17[17])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (first17[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

int digits_at(str s, size_t from, size_t count)
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

struct field field_on_paper(const struct field *f, str paper)
{
    struct field as = *f;
    if (f->paper.n && paper.n && !text_among(paper, f->papers, f->paper_count))
        as.type = as.value = F_CODE;
    return as;
}

/* GB/T 2260, first two digits; 8x and 9x: residence permits of Hong Kong, Macao, Taiwan and of foreigners, which use
 * the same number form. Counties are not looked up: a number keeps that of its first registration, abolished or not. */
static bool province_known(str code)
{
    static const str known =
        SC("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
           "71 81 82 83 91");
    return text_has(known, str_part(code, 0, 2));
}

/* Letters that look like X and are typed for it: ╳ × Χ Х Ⅹ. */
static str x_of_lookalikes(struct op *op, str s)
{
    static const str alike[] = {SC("×"), SC("Χ"), SC("Х"), SC("Ⅹ"), SC("х"), SC("χ"), SC("ⅹ"), SC("✕"), SC("╳")};
    for (size_t i = 0; i < COUNT(alike); i++)
        if (str_ends(s, alike[i]) && text_digits(str_part(s, 0, s.n - alike[i].n)))
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

bool check_citizen_id(struct op *op, const struct field *, str typed, struct checked *ret)
{
    int people = text_several(typed, true);
    if (people > 1)
        return check_trouble(op, ret, "一格里写了%d个身份证号，请每人一行", people);
    str s = x_of_lookalikes(op, tidy(op, typed, TIDY_CODE));
    if (text_exponent(s))
        return check_lost(op, S("身份证号"), s, ret);
    if (text_has(s, S("*")))
        return check_trouble(op, ret, "身份证号带有*号，是打过码的，请填写完整号码");
    if (s.n == 15 && text_digits(s) && date_valid(1900 + digits_at(s, 6, 2), digits_at(s, 8, 2), digits_at(s, 10, 2)))
        return check_trouble(op, ret, "15位旧身份证号已停用，按规则应为%.*s，请对照现证核对后填写", PS(citizen_id_18(op, s)));
    if (utf8_count(s) != 18)
        return check_trouble(op, ret, "身份证号应为18位，现为%d位，请核对", (int)utf8_count(s));
    for (size_t i = 0; i < 17; i++)
        if (!is_digit(s.p[i]))
            return check_trouble(op, ret, "身份证号第%d位应为数字，请核对", (int)i + 1);
    int year = digits_at(s, 6, 4), month = digits_at(s, 10, 2), mday = digits_at(s, 12, 2);
    if (!date_valid(year, month, mday))
        return check_trouble(op, ret, "身份证号第7至14位“%.*s”不是有效日期，请核对", PS(str_part(s, 6, 14)));
    if (year < 1880)
        return check_trouble(op, ret, "身份证号中的出生年份%d过早，请核对", year);
    char right = citizen_id_check_char(s.p);
    if (s.n != 18 || s.p[17] != right)
        return check_trouble(op, ret, "身份证号第18位校验不符，应为%c，请核对%s", right,
                       str_ends(s, S("000")) ? "（末三位是000，可能已被表格软件截断，须照原件重填）" : "");
    if (day_of(year, month, mday) > day_at(op->now)) {
        str born = date_shown(op, (struct date){year, month, mday});
        return check_trouble(op, ret, "身份证号中的出生日期%.*s还没有到，请核对", PS(born));
    }
    if (!province_known(s))
        check_warn(op, ret, "身份证号前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    return checked_text(ret, s);
}

bool check_citizen_id_15(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_CODE);
    if (s.n != 15 || !text_digits(s))
        return check_trouble(op, ret, "旧身份证号应为15位数字");
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

bool check_organisation(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_CODE);
    if (s.n == 10 && s.p[8] == '-')
        s = op_text(op, "%.8s%c", s.p, s.p[9]);
    if (s.n != 9)
        return check_trouble(op, ret, "组织机构代码应为9位，请核对");
    int right = organisation_check(s.p);
    if (right < 0)
        return check_trouble(op, ret, "组织机构代码只能是数字和字母，请核对");
    if (s.p[8] != right)
        return check_trouble(op, ret, "组织机构代码第9位校验不符，应为%c，请核对", right);
    return checked_text(ret, s);
}

bool check_credit_code(struct op *op, const struct field *, str typed, struct checked *ret)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY"; /* no I O S V Z */
    static const int weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    /* Table 3: department, category. */
    static const str pairs =
        SC("11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 "
           "N1 N2 N3 N9 Y1");
    if (text_several(typed, true) > 1)
        return check_trouble(op, ret, "一格里写了%d个信用代码，请每个一行", text_several(typed, true));
    str s = tidy(op, typed, TIDY_CODE);
    if (text_exponent(s))
        return check_lost(op, S("统一社会信用代码"), s, ret);
    if (s.n == 15 && text_digits(s))
        return check_trouble(op, ret, "这是15位的旧工商注册号，请换填18位统一社会信用代码");
    if (utf8_count(s) != 18)
        return check_trouble(op, ret, "统一社会信用代码应为18位，现为%d位，请核对", (int)utf8_count(s));
    int sum = 0, last = -1;
    for (size_t i = 0; i < 18; i++) {
        const char *found = s.n == 18 && s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!found)
            return check_trouble(op, ret, "统一社会信用代码第%d位不是可用字符（不用字母I、O、S、V、Z），请核对", (int)i + 1);
        last = (int)(found - alphabet);
        if (i < 17)
            sum += last * weights[i];
    }
    int right = (31 - sum % 31) % 31;
    if (last != right)
        return check_trouble(op, ret, "统一社会信用代码第18位校验不符，应为%c，请核对", alphabet[right]);
    if (!text_has(pairs, str_part(s, 0, 2)))
        check_warn(op, ret, "统一社会信用代码开头“%.*s”不在国家标准的机构类别表内（村委会常见54），请核对",
             PS(str_part(s, 0, 2)));
    return checked_text(ret, s);
}

/* ---- telephone, bank --------------------------------------------------------------------------------------------- */

static bool is_mobile(str s)
{
    return s.n == 11 && text_digits(s) && s.p[0] == '1' && s.p[1] >= '3';
}

bool check_mobile(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (!is_mobile(s))
        return check_trouble(op, ret, "手机号应为1开头的11位数字，请核对");
    return checked_text(ret, s);
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
    if (area == 0 || groups.n <= area || !text_digits(str_part(groups, 0, area)))
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
    if (rest.n && (rest.p[0] != '-' || rest.n > 7 || !text_digits(str_part(rest, 1, rest.n))))
        return false;
    *ret = op_text(op, "%.*s-%s%.*s", PS(str_part(groups, 0, area)), number, PS(rest));
    return true;
}

bool check_phone(struct op *op, const struct field *, str typed, struct checked *ret)
{
    if (text_several(typed, true) > 1)
        return check_trouble(op, ret, "一格里写了%d个电话号码，请只留一个，其余写入备注", text_several(typed, true));
    str s = tidy(op, typed, TIDY_NUMBER);
    if (is_mobile(s))
        return checked_text(ret, s);
    if (text_exponent(s))
        return check_lost(op, S("电话号码"), s, ret);
    if (text_has(s, S("**")))
        return check_trouble(op, ret, "电话号码带有*号，是打过码的，请填写完整号码");
    static const str abroad[] = {SC("+86"), SC("0086"), SC("(+86)"), SC("86-")};
    for (size_t i = 0; i < COUNT(abroad); i++)
        if (str_starts(s, abroad[i]))
            s = str_part(s, abroad[i].n, s.n);
    if (s.n == 13 && str_starts(s, S("86")) && is_mobile(str_part(s, 2, 13)))
        s = str_part(s, 2, 13);
    bool odd;
    str groups = phone_groups(op, s, &odd);
    if (odd)
        return check_trouble(op, ret, "电话号码中有不认识的字“%.*s”，请只填号码",
                       PS(str_part(groups, 0, utf8_skip(groups, 4))));
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < groups.n; i++)
        if (groups.p[i] != '-')
            buf_byte(&b, groups.p[i]);
    str digits = buf_str(&b);
    if (is_mobile(digits))
        return checked_text(ret, digits);
    str line;
    if (landline(op, groups, &line))
        return checked_text(ret, line);
    if (digits.n == 10 && (str_starts(digits, S("400")) || str_starts(digits, S("800"))))
        return checked_text(ret, digits);
    bool service = (digits.n == 3 && digits.p[0] == '1') || (digits.n == 5 && str_starts(digits, S("12"))) ||
                   (digits.n >= 5 && digits.n <= 8 && (str_starts(digits, S("95")) || str_starts(digits, S("96"))));
    if (service)
        return checked_text(ret, digits);
    if ((digits.n == 7 || digits.n == 8) && digits.p[0] >= '2' && groups.n - digits.n <= 1) {
        check_warn(op, ret, "固定电话缺区号，请核对");
        return checked_text(ret, digits);
    }
    str with_zero = op_text(op, "0%.*s", PS(digits));
    if (digits.n && digits.p[0] >= '2' && landline(op, with_zero, &line))
        return check_trouble(op, ret, "固定电话区号少了前面的0（表格软件会去掉它），是否为%.*s？请核对", PS(line));
    if (digits.n && digits.p[0] == '1')
        return check_trouble(op, ret, digits.n == 11 ? "手机号第2位应为3至9，请核对" : "手机号应为11位，现为%d位，请核对",
                       (int)digits.n);
    return check_trouble(op, ret, "不是电话号码；手机号填11位，固定电话填区号-号码，如0479-7654321");
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

bool check_luhn(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (!text_digits(s) || !luhn(s))
        return check_trouble(op, ret, "卡号末位校验不符，请照卡面核对");
    return checked_text(ret, s);
}

/* Cards of the national scheme (62…, 16 to 19 digits) always end in a Luhn digit, so a mismatch is a slip of the hand.
 * Passbook and 一卡通 accounts of rural credit cooperatives follow no common rule: they only have to be digits. */
bool check_card(struct op *op, const struct field *, str typed, struct checked *ret)
{
    if (text_several(typed, true) > 1)
        return check_trouble(op, ret, "一格里写了%d个账号，请只留一个", text_several(typed, true));
    str s = tidy(op, typed, TIDY_CODE);
    if (text_exponent(s))
        return check_lost(op, S("卡号"), s, ret);
    if (text_has(s, S("*")))
        return check_trouble(op, ret, "卡号带有*号，是打过码的，请填写完整卡号");
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '-')
            buf_byte(&b, s.p[i]);
    s = b.n == s.n ? s : buf_str(&b);
    if (!text_digits(s))
        return check_trouble(op, ret, "卡号或账号只能是数字，请核对");
    if (s.n < 8 || s.n > 30)
        return check_trouble(op, ret, "卡号或账号应为8至30位，现为%d位，请核对", (int)s.n);
    bool card_length = s.n >= 16 && s.n <= 19;
    if (card_length && !luhn(s)) {
        if (str_starts(s, S("62")))
            return check_trouble(op, ret, "银行卡号末位校验不符，请照卡面核对%s",
                           str_ends(s, S("000")) ? "（末尾是000，可能已被表格软件截断）" : "");
        check_warn(op, ret, "不符合银行卡号的校验规律；若是存折账号可不理会，否则请照卡面核对");
    }
    return checked_text(ret, s);
}

/* ---- numbers inside of texts ------------------------------------------------------------------------------------- */

static bool is_of_a_person(str number)
{
    if (number.n == 18 && text_digits(str_part(number, 0, 17)) && province_known(number) &&
        date_valid(digits_at(number, 6, 4), digits_at(number, 10, 2), digits_at(number, 12, 2)) &&
        citizen_id_check_char(number.p) == number.p[17])
        return true;
    bool card = number.n == 19 || (number.n >= 16 && str_starts(number, S("62"))); /* 18 digits are a credit code, too */
    return card && text_digits(number) && luhn(number);
}

/* A number that begins here, also 1525 2719 9001 0112 34 and 6222-0212-…: each end of its groups may be its end. */
static bool tells_number_at(str s, size_t at)
{
    char number[19];
    size_t n = 0;
    for (; at < s.n && n < sizeof number && !(n == 18 && number[17] == 'X'); at++) {
        char c = s.p[at];
        if (n && (c == ' ' || c == '-'))
            continue;
        if (!is_digit(c) && !(n == 17 && c == 'X'))
            return false;
        number[n++] = c;
        if ((at + 1 == s.n || !is_digit(s.p[at + 1])) && is_of_a_person((str){number, n}))
            return true;
    }
    return false;
}

bool check_tells_number(struct op *op, str text)
{
    str s = tidy(op, text, TIDY_MARKS | TIDY_UPPER);
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]) && !(i && is_digit(s.p[i - 1])) && tells_number_at(s, i))
            return true;
    return false;
}

/* ---- codes ------------------------------------------------------------------------------------------------------- */

bool check_code(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_MARKS);
    if (text_exponent(s))
        return check_lost(op, f ? f->name : S("编号"), s, ret);
    if (text_has(s, S("\n")))
        return check_trouble(op, ret, "编号不能分行，请核对");
    size_t most = f && f->size > 0 ? (size_t)f->size : CHECK_CODE_MAX;
    if (utf8_count(s) > most)
        return check_trouble(op, ret, "最多%d个字，现有%d个，请缩短", (int)most, (int)utf8_count(s));
    return checked_text(ret, s);
}

bool check_region(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (s.n != 6 || !text_digits(s))
        return check_trouble(op, ret, "行政区划代码应为6位数字，请核对");
    if (!province_known(s))
        return check_trouble(op, ret, "行政区划代码前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    return checked_text(ret, s);
}

/* The segments hint at the kind of village and do not decide it (about one village in two hundred breaks them). */
bool check_village(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NUMBER);
    if (text_exponent(s))
        return check_lost(op, S("统计用区划代码"), s, ret);
    if (s.n != 12 || !text_digits(s))
        return check_trouble(op, ret, "统计用区划代码应为12位数字，现为%d位，请核对", (int)utf8_count(s));
    if (!province_known(s))
        return check_trouble(op, ret, "统计用区划代码前两位“%.*s”不是省级行政区代码，请核对", PS(str_part(s, 0, 2)));
    if (digits_at(s, 6, 3) > 599 || digits_at(s, 9, 3) > 599)
        check_warn(op, ret, "统计用区划代码的乡级或村级段超出常用范围，请核对");
    return checked_text(ret, s);
}

/* 某政发〔2026〕5号: six-cornered brackets, the whole year, no 第, no leading zero (GB/T 9704-2012 7.2.5). */
bool check_document_number(struct op *op, const struct field *, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_NO_SPACE);
    static const str wrong[][2] = {{SC("["), SC("]")},   {SC("［"), SC("］")}, {SC("("), SC(")")},
                                   {SC("（"), SC("）")}, {SC("【"), SC("】")}, {SC("「"), SC("」")}};
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (text_has(s, wrong[i][0]) && text_has(s, wrong[i][1]))
            return check_trouble(op, ret, "发文字号的年份须用六角括号〔〕括起，请改");
    size_t open, shut;
    if (!str_find(s, S("〔"), &open) || !str_find(s, S("〕"), &shut) || shut < open || open == 0)
        return check_trouble(op, ret, "发文字号应写作：机关代字〔年份〕序号号，如某政发〔2026〕5号");
    str year = str_part(s, open + S("〔").n, shut), number = str_part(s, shut + S("〕").n, s.n);
    if (year.n != 4 || !text_digits(year))
        return check_trouble(op, ret, "发文字号的年份应写全四位，如〔2026〕");
    if (str_starts(number, S("第")))
        return check_trouble(op, ret, "发文字号的序号前不加“第”字");
    if (!str_ends(number, S("号")) || !text_digits(str_part(number, 0, number.n - S("号").n)) ||
        number.n > S("号").n + 6)
        return check_trouble(op, ret, "发文字号应以“序号+号”结尾，如5号");
    if (number.p[0] == '0')
        return check_trouble(op, ret, "发文字号的序号不编虚位，5号不写作05号");
    if (utf8_count(s) > CHECK_CODE_MAX)
        return check_trouble(op, ret, "发文字号过长，请核对");
    return checked_text(ret, s);
}
