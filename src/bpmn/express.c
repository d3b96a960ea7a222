/* Expressions as they stand in models of other tools, in FEEL. ${a == 1 && !b} becomes a = 1 and not(b);
 * text.contains("x") becomes contains(text, "x"). What is FEEL already stays as it is. */
#include "bpmn/model.h"

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* From `at`, behind a call's opening bracket, to behind its closing one; n: none. */
static size_t bracket_end(str s, size_t at)
{
    int depth = 1;
    char quote = 0;
    for (; at < s.n; at++) {
        char c = s.p[at];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            return at + 1;
        }
    }
    return s.n;
}

/* A name with its points and calls: order.items.contains("a"); 0: none here. */
static size_t chain_end(str s, size_t at)
{
    size_t from = at;
    while (at < s.n && (name_byte(s.p[at]) || (s.p[at] == '.' && at > from)))
        at++;
    if (at < s.n && s.p[at] == '(')
        at = bracket_end(s, at + 1);
    return at;
}

static void convert(struct buf *b, str s, int depth);

/* object.method(arguments) as method(object, arguments), for the methods that have a FEEL name. */
static bool method(struct buf *b, str chain, int depth)
{
    static const struct {
        const char *java, *feel;
    } known[] = {{"contains", "contains"}, {"startsWith", "starts with"}, {"endsWith", "ends with"}, {"size", "count"},
                 {"length", "string length"}, {"toUpperCase", "upper case"}, {"toLowerCase", "lower case"}};
    size_t open = 0;
    if (!str_find(chain, S("("), &open))
        return false;
    size_t dot = open;
    while (dot > 0 && chain.p[dot - 1] != '.')
        dot--;
    str name = str_part(chain, dot, open), object = str_part(chain, 0, dot ? dot - 1 : 0);
    for (size_t i = 0; i < COUNT(known) && dot > 1; i++)
        if (str_eq(name, str_z(known[i].java))) {
            str arguments = str_part(chain, open + 1, chain.n - 1);
            buf_text(b, "%s(%.*s", known[i].feel, PS(object));
            if (str_trim(arguments).n)
                buf_add(b, S(", "));
            convert(b, arguments, depth + 1);
            buf_byte(b, ')');
            return true;
        }
    return false;
}

static void convert(struct buf *b, str s, int depth)
{
    static const struct {
        str from, to;
    } signs[] = {{SC("=="), SC(" = ")}, {SC("&&"), SC(" and ")}, {SC("||"), SC(" or ")}};
    if (depth > 20) {
        buf_add(b, s);
        return;
    }
    for (size_t at = 0; at < s.n;) {
        char c = s.p[at];
        size_t sign = 0;
        while (sign < COUNT(signs) && !str_starts(str_part(s, at, s.n), signs[sign].from))
            sign++;
        if (sign < COUNT(signs)) {
            buf_add(b, signs[sign].to);
            at += 2;
        } else if (c == '"' || c == '\'') {
            size_t end = at + 1;
            while (end < s.n && s.p[end] != c)
                end++;
            buf_byte(b, '"');
            buf_add(b, str_part(s, at + 1, end));
            buf_byte(b, '"');
            at = end + 1;
        } else if (c == '!' && at + 1 < s.n && s.p[at + 1] != '=') {
            size_t end = s.p[at + 1] == '(' ? bracket_end(s, at + 2) : chain_end(s, at + 1);
            buf_add(b, S("not("));
            convert(b, str_part(s, at + 1, end), depth + 1);
            buf_byte(b, ')');
            at = end > at + 1 ? end : at + 1;
        } else if (name_byte(c)) {
            size_t end = chain_end(s, at);
            str chain = str_part(s, at, end);
            if (!method(b, chain, depth))
                buf_add(b, chain);
            at = end;
        } else {
            buf_byte(b, c);
            at++;
        }
    }
}

str bpmn_expression_text(struct op *op, str text)
{
    struct buf b;
    text = str_trim(text);
    bool wrapped =
        text.n > 3 && (text.p[0] == '$' || text.p[0] == '#') && text.p[1] == '{' && text.p[text.n - 1] == '}';
    bool java = str_find(text, S("=="), &(size_t){0}) || str_find(text, S("&&"), &(size_t){0}) ||
                str_find(text, S("||"), &(size_t){0}) || str_find(text, S(".contains("), &(size_t){0});
    if (wrapped)
        text = str_part(text, 2, text.n - 1);
    else if (text.n && text.p[0] == '=')
        return str_part(text, 1, text.n);
    if ((!wrapped && !java) || text.n > FEEL_TEXT_MAX)
        return text;
    buf_init(&b, op, 0);
    convert(&b, text, 0);
    return op_copy(op, buf_str(&b));
}
