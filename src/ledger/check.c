/* Which check a value gets, and what the checks have in common. */
#include "ledger/check_kinds.h"

bool check_trouble(struct op *op, struct checked *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ret->trouble = op_vtext(op, format, args);
    va_end(args);
    return false;
}

void check_warn(struct op *op, struct checked *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(op, format, args);
    va_end(args);
    ret->warning = ret->warning.n ? op_text(op, "%.*s；%.*s", PS(ret->warning), PS(text)) : text;
}

bool checked_text(struct checked *ret, str text)
{
    ret->kind = CHECKED_TEXT;
    ret->text = text;
    return true;
}

/* ---- tidying ----------------------------------------------------------------------------------------------------- */

bool text_digits(str s)
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
    enum { ALWAYS = 1, SPACE = 2, SMALL = 4 };
    /* C2 NBSP, CC … CF accents and Greek, E1 E2 E3 EF spaces, marks and full-width forms */
    static const uint8_t untidy[256] = {[0 ... 0x1F] = ALWAYS, [' '] = SPACE,  ['a' ... 'z'] = SMALL, [0x7F] = ALWAYS,
                                        [0xC2 ... 0xE3] = ALWAYS, [0xEF] = ALWAYS};
    unsigned found = 0;
    for (size_t i = 0; i < s.n; i++)
        found |= untidy[(uint8_t)s.p[i]];
    return !(found & ALWAYS) && !((how & TIDY_NO_SPACE) && (found & SPACE)) && !((how & TIDY_UPPER) && (found & SMALL));
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

str tidy(struct op *op, str s, unsigned how)
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

bool text_has(str s, str part)
{
    size_t at;
    return str_find(s, part, &at);
}

bool text_among(str s, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(s, list[i]))
            return true;
    return false;
}

/* No byte of anything that divides; white space and most marks are not of the usual case either. */
static bool is_one(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == ',' || c == '/' || c == ';' || c == 0xE3 || c == 0xEF)
            return false;
    }
    return s.n > 0;
}

/* How many things a cell names: those divided by 、 ； ; or a line break (and , ／ / where `more`). */
int text_several(str s, bool more)
{
    int count = 0;
    bool inside = false;
    if (is_one(s))
        return 1;
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
bool text_exponent(str s)
{
    size_t e;
    return s.n > 3 && is_digit(s.p[0]) && (str_find(s, S("E+"), &e) || str_find(s, S("e+"), &e)) &&
           text_digits(str_part(s, e + 2, s.n));
}

bool check_lost(struct op *op, str what, str shown, struct checked *ret)
{
    return check_trouble(
        op, ret,
        "%.*s被表格软件存成了数字（%.*s），15位以后的数字已丢失，无法还原；请先把这一列设为“文本”格式，再照原件重新填写",
        PS(what), PS(str_part(shown, 0, 40)));
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

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

/* Whether a text can be one of the marks below, or become one when tidied: by its length and first byte, because most
 * cells are none and an import has millions. */
static bool may_say_nothing(str s)
{
    enum { LONGEST = 12, HAN = 0xE5, NOTHING = 0xE6 /* 无 */, WIDE = 0xEF };
    if (s.n == 0 || s.n > LONGEST)
        return s.n == 0;
    unsigned char c = (unsigned char)s.p[0];
    bool word = is_digit(s.p[0]) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return !word && (c < HAN || c == NOTHING || c == WIDE);
}

/* What offices write into a cell that has nothing to say. */
bool check_nothing(enum field_type type, str s)
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
        return check_trouble(op, ret, "内容过长，请缩短");
    if (!utf8_valid(typed))
        return check_trouble(op, ret, "含有无法识别的字符，请重新填写");
    if (may_say_nothing(typed) && check_nothing(f->type, tidy(op, typed, TIDY_NO_SPACE)))
        return true;
    const struct form *form =
        (f->type == F_TEXT || f->type == F_CODE) && f->code_list.n ? form_find(f->code_list) : NULL;
    if (!(form ? form->check : types[f->type].check)(op, f, typed, ret))
        return false;
    if (ret->kind == CHECKED_TEXT && may_say_nothing(ret->text) &&
        check_nothing(f->type, tidy(op, ret->text, TIDY_NO_SPACE)))
        *ret = (struct checked){0}; /* it was only padding */
    return true;
}

bool check_form(struct op *op, str form, str typed, struct checked *ret)
{
    const struct form *found = form_find(form);
    must(found);
    *ret = (struct checked){0};
    if (typed.n > CHECK_BYTES_MAX || !utf8_valid(typed))
        return check_trouble(op, ret, "含有无法识别的字符，请重新填写");
    return found->check(op, NULL, typed, ret);
}

bool check_lost_digits(struct op *op, const struct field *f, str shown, struct checked *ret)
{
    *ret = (struct checked){0};
    return check_lost(op, f->name, shown, ret);
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
    bool bytes = count == s.n; /* numbers are */
    size_t front = bytes ? head : utf8_skip(s, head), back = bytes ? tail : s.n - utf8_skip(s, count - tail);
    size_t stars = count - head - tail;
    char *p = op_alloc(op, front + stars + back + 1);
    memcpy(p, s.p, front);
    memset(p + front, '*', stars);
    memcpy(p + front + stars, s.p + s.n - back, back);
    return (str){p, front + stars + back};
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
    bool somebody = (f->type == F_TEXT || f->type == F_REF) && field_names_somebody(f->name);
    return (somebody ? mask_name : types[f->type].mask)(op, text);
}
