/* Regular expressions of XPath 2.0 (DMN 1.5, 10.3.4.3 refers to clause 7.6 of XQuery 1.0 and XPath 2.0 Functions and
 * Operators) over PCRE2: a translator refuses what XPath does not know and rewrites what PCRE2 means otherwise.
 * Patterns come from users, so every match has a limit. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "feel/tree.h"

enum {
    PATTERN_MAX = 10000,
    MATCH_STEPS_MAX = 200000,
    MATCH_DEPTH_MAX = 2000,
    CLASS_DEPTH_MAX = 20,
    MATCHES_MAX = 1000000
};

struct translator {
    struct op *op;
    str in;
    size_t at;
    struct buf out;
    bool spaces_free, dot_all, failed;
    int opened, closed_count;
    bool closed[100];
    int open_stack[250], depth;
};

static bool t_fail(struct translator *t)
{
    t->failed = true;
    return false;
}

static char peek(const struct translator *t, size_t ahead)
{
    return t->at + ahead < t->in.n ? t->in.p[t->at + ahead] : 0;
}

/* The blocks most often met; an unknown block name is refused, as XPath has it. */
static const struct {
    str name;
    const char *set;
} blocks[] = {{SC("BasicLatin"), "\\x{0}-\\x{7f}"},
              {SC("Latin-1Supplement"), "\\x{80}-\\x{ff}"},
              {SC("LatinExtended-A"), "\\x{100}-\\x{17f}"},
              {SC("LatinExtended-B"), "\\x{180}-\\x{24f}"},
              {SC("Greek"), "\\x{370}-\\x{3ff}"},
              {SC("GreekandCoptic"), "\\x{370}-\\x{3ff}"},
              {SC("Cyrillic"), "\\x{400}-\\x{4ff}"},
              {SC("Hebrew"), "\\x{590}-\\x{5ff}"},
              {SC("Arabic"), "\\x{600}-\\x{6ff}"},
              {SC("Mongolian"), "\\x{1800}-\\x{18af}"},
              {SC("Tibetan"), "\\x{f00}-\\x{fff}"},
              {SC("Thai"), "\\x{e00}-\\x{e7f}"},
              {SC("GeneralPunctuation"), "\\x{2000}-\\x{206f}"},
              {SC("NumberForms"), "\\x{2150}-\\x{218f}"},
              {SC("CJKSymbolsandPunctuation"), "\\x{3000}-\\x{303f}"},
              {SC("Hiragana"), "\\x{3040}-\\x{309f}"},
              {SC("Katakana"), "\\x{30a0}-\\x{30ff}"},
              {SC("CJKUnifiedIdeographsExtensionA"), "\\x{3400}-\\x{4dbf}"},
              {SC("CJKUnifiedIdeographs"), "\\x{4e00}-\\x{9fff}"},
              {SC("HangulSyllables"), "\\x{ac00}-\\x{d7a3}"},
              {SC("CJKCompatibilityIdeographs"), "\\x{f900}-\\x{faff}"},
              {SC("HalfwidthandFullwidthForms"), "\\x{ff00}-\\x{ffef}"}};

/* \d and its kin as sets, which can stand inside a class too; the upper case letter is the rest of the characters. */
static const struct {
    char letter;
    const char *set, *rest;
} multi[] = {{'d', "\\p{Nd}", "\\P{Nd}"},
             {'s', " \\t\\n\\r", NULL},
             {'w', "\\p{L}\\p{M}\\p{N}\\p{S}", "\\p{P}\\p{Z}\\p{C}"},
             {'i', "\\p{L}_:", NULL},
             {'c', "\\p{L}\\p{M}\\p{Nd}_:.\\-\\x{b7}", NULL}};

static void emit_set(struct translator *t, const char *set, bool rest, bool inside)
{
    buf_text(&t->out, "%s%s%s", inside ? "" : rest ? "[^" : "[", set, inside ? "" : "]");
}

static bool property(struct translator *t, bool inside)
{
    bool rest = peek(t, 0) == 'P';
    t->at++;
    struct buf name;
    buf_init(&name, t->op, 64);
    if (peek(t, 0) != '{')
        return t_fail(t);
    for (t->at++; t->at < t->in.n && peek(t, 0) != '}'; t->at++)
        if (!(t->spaces_free && strchr(" \t\r\n", peek(t, 0))))
            buf_byte(&name, peek(t, 0));
    if (t->at >= t->in.n || name.n == 0)
        return t_fail(t);
    t->at++;
    str s = buf_str(&name);
    if (str_starts(s, S("Is"))) {
        for (size_t i = 0; i < COUNT(blocks); i++)
            if (str_eq(str_part(s, 2, s.n), blocks[i].name)) {
                if (inside && rest)
                    return t_fail(t);
                emit_set(t, blocks[i].set, rest, inside);
                return true;
            }
        return t_fail(t);
    }
    static const char categories[] =
        "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co Cn ";
    size_t at;
    if (s.n > 2 || !str_find(str_z(categories), op_text(t->op, "%.*s ", PS(s)), &at))
        return t_fail(t);
    buf_text(&t->out, "\\%c{%.*s}", rest ? 'P' : 'p', PS(s));
    return true;
}

/* After a backslash. */
static bool escape(struct translator *t, bool inside)
{
    if (t->spaces_free && !inside)
        while (t->at < t->in.n && strchr(" \t\r\n", peek(t, 0)))
            t->at++;
    char c = peek(t, 0);
    if (c == 0)
        return t_fail(t);
    if (c == 'p' || c == 'P')
        return property(t, inside);
    for (size_t i = 0; i < COUNT(multi); i++)
        if ((c | 32) == multi[i].letter) {
            bool rest = c != multi[i].letter;
            t->at++;
            if (rest && multi[i].rest)
                emit_set(t, multi[i].rest, false, inside);
            else if (rest && inside && c != 'S')
                return t_fail(t);
            else if (rest && inside)
                buf_add(&t->out, S("\\S"));
            else
                emit_set(t, multi[i].set, rest, inside);
            return true;
        }
    if (strchr("nrt\\|.?*+(){}-[]^$", c)) {
        buf_byte(&t->out, '\\');
        buf_byte(&t->out, c);
        t->at++;
        return true;
    }
    if (c >= '1' && c <= '9' && !inside) {
        int n = 0;
        while (peek(t, 0) >= '0' && peek(t, 0) <= '9' && (n == 0 || n * 10 + (peek(t, 0) - '0') <= t->opened))
            n = n * 10 + (peek(t, 0) - '0'), t->at++;
        if (n > t->opened || n >= (int)COUNT(t->closed) || !t->closed[n])
            return t_fail(t);
        buf_text(&t->out, "\\g{%d}", n);
        return true;
    }
    return t_fail(t);
}

static bool char_class(struct translator *t, int depth)
{
    size_t start = t->out.n;
    if (depth > CLASS_DEPTH_MAX)
        return t_fail(t);
    t->at++;
    buf_byte(&t->out, '[');
    if (peek(t, 0) == '^')
        buf_byte(&t->out, '^'), t->at++;
    bool any = false;
    while (t->at < t->in.n && !t->failed) {
        char c = peek(t, 0);
        if (c == ']') {
            if (!any)
                return t_fail(t);
            t->at++;
            buf_byte(&t->out, ']');
            return true;
        }
        if (c == '[')
            return t_fail(t);
        if (c == '-' && peek(t, 1) == '[') { /* [A-Z-[OI]]: no O or I ahead, then A to Z */
            if (!any)
                return t_fail(t);
            t->at++;
            buf_byte(&t->out, ']');
            str positive = op_copy(t->op, str_part(buf_str(&t->out), start, t->out.n));
            t->out.n = start;
            buf_add(&t->out, S("(?:(?!"));
            if (!char_class(t, depth + 1) || peek(t, 0) != ']')
                return t_fail(t);
            t->at++;
            buf_text(&t->out, ")%.*s)", PS(positive));
            return true;
        }
        any = true;
        if (c == '\\') {
            t->at++;
            if (!escape(t, true))
                return false;
            continue;
        }
        if (c == '-' && !(peek(t, 1) == ']' || t->out.p[t->out.n - 1] == '[' || t->out.p[t->out.n - 1] == '^'))
            buf_byte(&t->out, '-');
        else if (c == '-' || c == '^' || c == '&' || c == '~')
            buf_byte(&t->out, '\\'), buf_byte(&t->out, c);
        else
            buf_byte(&t->out, c);
        t->at++;
    }
    return t_fail(t);
}

static bool braces(struct translator *t)
{
    size_t i = 1, digits = 0;
    for (; peek(t, i) >= '0' && peek(t, i) <= '9'; i++)
        digits++;
    if (digits == 0)
        return t_fail(t);
    if (peek(t, i) == ',')
        for (i++; peek(t, i) >= '0' && peek(t, i) <= '9'; i++)
            continue;
    if (peek(t, i) != '}' || i > 12)
        return t_fail(t);
    buf_add(&t->out, str_part(t->in, t->at, t->at + i + 1));
    t->at += i + 1;
    return true;
}

static bool translate(struct translator *t)
{
    bool quantified = false; /* after a quantifier only a lazy ? may follow */
    while (t->at < t->in.n && !t->failed) {
        char c = peek(t, 0);
        bool quantifier = c == '*' || c == '+' || c == '?' || c == '{';
        if (t->spaces_free && strchr(" \t\r\n", c)) {
            t->at++;
            continue;
        }
        if (quantifier && quantified)
            return t_fail(t);
        if (c == '{') {
            if (!braces(t))
                return false;
        } else if (c == '\\') {
            t->at++;
            if (!escape(t, false))
                return false;
        } else if (c == '[') {
            if (!char_class(t, 0))
                return false;
        } else if (c == '(') {
            bool silent = peek(t, 1) == '?' && peek(t, 2) == ':';
            if ((peek(t, 1) == '?' && !silent) || peek(t, 1) == '*' || t->depth >= (int)COUNT(t->open_stack))
                return t_fail(t);
            t->open_stack[t->depth++] = silent ? 0 : ++t->opened;
            buf_add(&t->out, silent ? S("(?:") : S("("));
            t->at += silent ? 3 : 1;
        } else if (c == ')') {
            if (t->depth == 0)
                return t_fail(t);
            int group = t->open_stack[--t->depth];
            if (group < (int)COUNT(t->closed))
                t->closed[group] = true;
            buf_byte(&t->out, ')');
            t->at++;
        } else if (c == ']' || c == '}') {
            return t_fail(t);
        } else {
            if (c == '.' && !t->dot_all)
                buf_add(&t->out, S("[^\\n\\r]"));
            else
                buf_byte(&t->out, c);
            t->at++;
        }
        quantified = quantifier;
        if (quantifier) {
            while (t->spaces_free && t->at < t->in.n && strchr(" \t\r\n", peek(t, 0)))
                t->at++;
            if (peek(t, 0) == '?')
                buf_byte(&t->out, '?'), t->at++;
        }
    }
    return !t->failed && t->depth == 0;
}

/* PCRE2's memory is the operation's. */
static void *op_malloc(size_t bytes, void *op)
{
    return op_alloc(op, bytes);
}

static void op_free(void *block, void *op)
{
    (void)block, (void)op;
}

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    bool bad;
};

static bool compile(struct op *op, str pattern, str flags, struct regex *ret)
{
    struct translator *t = op_new(op, struct translator);
    *t = (struct translator){.op = op, .in = pattern};
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    for (size_t i = 0; i < flags.n; i++)
        switch (flags.p[i]) {
        case 's':
            t->dot_all = true;
            options |= PCRE2_DOTALL;
            break;
        case 'm':
            options |= PCRE2_MULTILINE;
            break;
        case 'i':
            options |= PCRE2_CASELESS;
            break;
        case 'x':
            t->spaces_free = true;
            break;
        default:
            return false;
        }
    buf_init(&t->out, op, 0);
    if (pattern.n > PATTERN_MAX || !translate(t))
        return false;
    pcre2_general_context *general = pcre2_general_context_create(op_malloc, op_free, op);
    pcre2_compile_context *compiling = pcre2_compile_context_create(general);
    int error;
    PCRE2_SIZE where;
    str text = buf_str(&t->out);
    ret->code = pcre2_compile((PCRE2_SPTR)(text.n ? text.p : ""), text.n, options, &error, &where, compiling);
    if (!ret->code)
        return false;
    ret->context = pcre2_match_context_create(general);
    pcre2_set_match_limit(ret->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(ret->context, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(ret->context, 20000); /* KiB */
    ret->data = pcre2_match_data_create_from_pattern(ret->code, general);
    return true;
}

/* True: found, with its ends in the match data. */
static bool find(struct regex *r, str text, size_t from)
{
    int n = pcre2_match(r->code, (PCRE2_SPTR)(text.n ? text.p : ""), text.n, from, 0, r->data, r->context);
    r->bad = n < 0 && n != PCRE2_ERROR_NOMATCH;
    return n >= 0;
}

bool feel_matches(struct op *op, str text, str pattern, str flags, bool *ret)
{
    struct regex r = {0};
    if (!compile(op, pattern, flags, &r))
        return false;
    bool found = find(&r, text, 0);
    if (r.bad)
        return false;
    *ret = found;
    return true;
}

/* $n and \$ \\ in a replacement (7.6.3). */
static bool put_replacement(struct buf *out, str with, str text, const struct regex *r)
{
    PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->data);
    uint32_t groups = pcre2_get_ovector_count(r->data);
    for (size_t i = 0; i < with.n; i++) {
        char c = with.p[i], next = i + 1 < with.n ? with.p[i + 1] : 0;
        if (c == '\\') {
            if (next != '\\' && next != '$')
                return false;
            buf_byte(out, next);
            i++;
        } else if (c == '$') {
            if (next < '0' || next > '9')
                return false;
            uint32_t group = (uint32_t)(next - '0');
            i++;
            while (i + 1 < with.n && with.p[i + 1] >= '0' && with.p[i + 1] <= '9' &&
                   group * 10 + (uint32_t)(with.p[i + 1] - '0') < groups)
                group = group * 10 + (uint32_t)(with.p[++i] - '0');
            if (group < groups && ends[2 * group] != PCRE2_UNSET)
                buf_add(out, str_part(text, ends[2 * group], ends[2 * group + 1]));
        } else {
            buf_byte(out, c);
        }
    }
    return true;
}

bool feel_replace(struct op *op, str text, str pattern, str with, str flags, str *ret)
{
    struct regex r = {0};
    if (!compile(op, pattern, flags, &r) || find(&r, S(""), 0) || r.bad) /* matching nothing is an error (7.6.3) */
        return false;
    struct buf out;
    buf_init(&out, op, FEEL_STRING_MAX);
    size_t at = 0;
    for (int n = 0; find(&r, text, at); n++) {
        PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r.data);
        if (n >= MATCHES_MAX || ends[1] <= ends[0] || out.full)
            return false;
        buf_add(&out, str_part(text, at, ends[0]));
        if (!put_replacement(&out, with, text, &r))
            return false;
        at = ends[1];
    }
    if (r.bad)
        return false;
    buf_add(&out, str_part(text, at, text.n));
    *ret = op_copy(op, buf_str(&out));
    return true;
}

bool feel_split(struct op *op, str text, str pattern, const feel_value **ret, size_t *ret_count)
{
    struct regex r = {0};
    if (!compile(op, pattern, S(""), &r) || find(&r, S(""), 0) || r.bad)
        return false;
    struct items parts = {0};
    size_t at = 0;
    while (find(&r, text, at)) {
        PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r.data);
        if (parts.n >= MATCHES_MAX || ends[1] <= ends[0])
            return false;
        *list_add(op, &parts) = feel_of_text(str_part(text, at, ends[0]));
        at = ends[1];
    }
    if (r.bad)
        return false;
    *list_add(op, &parts) = feel_of_text(str_part(text, at, text.n));
    *ret = parts.p;
    *ret_count = parts.n;
    return true;
}
