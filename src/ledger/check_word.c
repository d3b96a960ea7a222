/* Words: names, texts, choices, yes and no. */
#include "ledger/check_kinds.h"

/* Fields that hold one person's name. */
bool field_names_somebody(str field)
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

str name_tidy(struct op *op, str name)
{
    return words_tidy(op, tidy(op, name, 0), true);
}

bool check_words(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    bool name = field_names_somebody(f->name);
    if (name && text_several(typed, false) > 1)
        return check_trouble(op, ret, "一格里写了%d个人，请每人一行", text_several(typed, false));
    str s = words_tidy(op, tidy(op, typed, 0), name);
    if (name && text_has(s, S("*")))
        return check_trouble(op, ret, "姓名带有*号，是打过码的，请填写真实姓名");
    int most = f->size > 0 ? f->size : CHECK_TEXT_MAX;
    if (s.n > (size_t)most && utf8_count(s) > (size_t)most)
        return check_trouble(op, ret, "最多%d个字，现有%d个，请缩短", most, (int)utf8_count(s));
    return checked_text(ret, s);
}

bool check_long(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_LINES);
    int most = f->size > 0 ? f->size : CHECK_LONG_MAX;
    if (s.n > (size_t)most && utf8_count(s) > (size_t)most)
        return check_trouble(op, ret, "最多%d个字，现有%d个，请缩短", most, (int)utf8_count(s));
    return checked_text(ret, s);
}

/* The choices as a clerk would be told them. */
static str choices_text(struct op *op, const struct field *f)
{
    enum { SHOWN = 12 };
    str list = op_join(op, f->choices, f->choice_count < SHOWN ? f->choice_count : SHOWN, S("、"));
    return f->choice_count > SHOWN ? op_text(op, "%.*s等%d项", PS(list), (int)f->choice_count) : list;
}

static bool find_choice(struct op *op, const struct field *f, str s, struct checked *c, str *ret)
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
    for (size_t i = 0; i < f->word_count; i++)
        if (str_eq(f->words[i].word, plain)) {
            check_warn(op, c, "“%.*s”按“%.*s”登记", PS(s), PS(f->words[i].choice));
            *ret = f->words[i].choice;
            return true;
        }
    return false;
}

/* The one choice that a wrong word probably meant; empty: none or several. */
static str likely_choice(const struct field *f, str s)
{
    str likely = {0};
    for (size_t i = 0; i < f->choice_count; i++)
        if (text_has(f->choices[i], s) || text_has(s, f->choices[i])) {
            if (likely.n)
                return (str){0};
            likely = f->choices[i];
        }
    return likely;
}

bool check_choice(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, 0), found;
    if (find_choice(op, f, s, ret, &found))
        return checked_text(ret, found);
    size_t most = f->size > 0 ? (size_t)f->size : CHECK_CODE_MAX;
    str basis;
    if (f->open_choices && !ledger_thing_lawful(op, s, &basis))
        return check_trouble(op, ret, "不得登记“%.*s”：%.*s", PS(s), PS(basis));
    if (f->open_choices && utf8_count(s) <= most) {
        check_warn(op, ret, "“%.*s”不在常用选项内（%.*s），已照录，请核对", PS(s), PS(choices_text(op, f)));
        return checked_text(ret, s);
    }
    str likely = likely_choice(f, s), shown = str_part(s, 0, utf8_skip(s, 20));
    if (likely.n)
        return check_trouble(op, ret, "“%.*s”不在选项内，是否为“%.*s”？可填：%.*s", PS(shown), PS(likely),
                       PS(choices_text(op, f)));
    return check_trouble(op, ret, "“%.*s”不在选项内，可填：%.*s", PS(shown), PS(choices_text(op, f)));
}

bool checked_list_add(struct op *op, const struct field *f, str one, struct checked *ret)
{
    struct checked c = {0};
    one = tidy(op, one, 0);
    if (check_nothing(f->type, tidy(op, one, TIDY_NO_SPACE)))
        return true;
    if (f->type == F_ENUMS) {
        if (!check_choice(op, f, one, &c)) {
            ret->trouble = c.trouble;
            return false;
        }
        if (c.warning.n)
            check_warn(op, ret, "%.*s", PS(c.warning));
        one = c.text;
    } else {
        one = words_tidy(op, one, true);
    }
    if (text_among(one, ret->list, ret->count))
        return true;
    if (ret->count == CHECK_LIST_MAX)
        return check_trouble(op, ret, "一格最多%d项，请分开填写", CHECK_LIST_MAX);
    str *list = ret->count % 8 == 0
                    ? op_grow(op, (void *)ret->list, ret->count * sizeof *list, (ret->count + 8) * sizeof *list)
                    : (str *)ret->list;
    list[ret->count++] = one;
    ret->list = list;
    return true;
}

bool checked_list_end(struct op *op, struct checked *ret)
{
    ret->kind = ret->count ? CHECKED_LIST : CHECKED_EMPTY;
    ret->text = op_join(op, ret->list, ret->count, S("、"));
    return true;
}

bool check_list(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    str s = tidy(op, typed, TIDY_LINES);
    const char *from = s.p;
    while (s.n || from < s.p) {
        const char *at = s.p;
        uint32_t c = s.n ? utf8_next(&s) : '\n';
        if (c != 0x3001 && c != '\n' && c != ';' && c != 0xFF1B && c != ',' && c != 0xFF0C && c != '|')
            continue;
        str one = str_trim((str){from, (size_t)(at - from)});
        if (one.n && !checked_list_add(op, f, one, ret))
            return false;
        from = s.p;
        if (at == s.p)
            break;
    }
    return checked_list_end(op, ret);
}

bool check_reference(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = name_tidy(op, typed);
    if (utf8_count(s) > CHECK_TEXT_MAX)
        return check_trouble(op, ret, "最多%d个字，现有%d个，请核对", CHECK_TEXT_MAX, (int)utf8_count(s));
    return checked_text(ret, s);
}

bool check_yes(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    static const str yes[] = {SC("是"), SC("√"), SC("有"), SC("TRUE"), SC("Y"),  SC("YES"), SC("1"),
                              SC("✓"),  SC("✔"), SC("对"), SC("☑"),    SC("已"), SC("∨"),   SC("V")};
    static const str no[] = {SC("否"), SC("×"), SC("无"),   SC("FALSE"), SC("N"), SC("NO"), SC("0"),
                             SC("✗"),  SC("✘"), SC("不是"), SC("没有"),  SC("□"), SC("未"), SC("X")};
    str s = tidy(op, typed, TIDY_CODE);
    ret->number = text_among(s, yes, COUNT(yes));
    if (!ret->number && !text_among(s, no, COUNT(no)))
        return check_trouble(op, ret, "“%.*s”看不出是或否，请填“是”或“否”", PS(str_part(s, 0, utf8_skip(s, 20))));
    ret->kind = CHECKED_BOOL;
    ret->text = ret->number ? S("是") : S("否");
    return true;
}
