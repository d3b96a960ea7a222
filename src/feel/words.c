/* Characters and words of an expression: what a name is, where it ends, what was mistyped. */
#include "feel/parse.h"

/* ---- characters -------------------------------------------------------------------------------------------- */

bool feel_is_space(uint32_t c) /* rule 61 */
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || c == 0x180e ||
           (c >= 0x2000 && c <= 0x200b) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 ||
           c == 0xfeff;
}

bool feel_name_start(uint32_t c) /* rule 28, `?` apart */
{
    if (c >= 0x4e00 && c <= 0x9fff) /* most of what is asked about */
        return true;
    static const struct {
        uint32_t from, to;
    } ranges[] = {{'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xc0, 0xd6}, {0xd8, 0xf6}, {0xf8, 0x2ff}, {0x370, 0x37d},
                  {0x37f, 0x1fff}, {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef}, {0x3001, 0xd7ff},
                  {0xf900, 0xfdcf}, {0xfdf0, 0xfffc}, {0x10000, 0xeffff}};
    if (feel_is_space(c))
        return false;
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

bool feel_name_part(uint32_t c) /* rule 29 */
{
    return feel_name_start(c) || (c >= '0' && c <= '9') || c == 0xb7 || (c >= 0x300 && c <= 0x36f) || c == 0x203f ||
           c == 0x2040;
}

static bool name_symbol(uint32_t c) /* rule 30 */
{
    return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*';
}

void feel_place(str text, size_t at, int line, int column, int *ret_line, int *ret_column)
{
    int l = line ? line : 1, c = column ? column : 1;
    str left = str_part(text, 0, at);
    while (left.n) {
        uint32_t code = utf8_next(&left);
        if (code == '\n')
            l++, c = 1;
        else
            c++;
    }
    *ret_line = l;
    *ret_column = c;
}

/* ---- faults ------------------------------------------------------------------------------------------------ */

struct feel_node *parse_fail(struct parser *p, size_t at, const char *format,
                                                                    ...)
{
    if (p->failed)
        return NULL;
    p->failed = true;
    va_list args;
    va_start(args, format);
    p->note.text = op_vtext(p->op, format, args);
    va_end(args);
    p->note.at = at;
    feel_place(p->text, at, p->scope->line, p->scope->column, &p->note.line, &p->note.column);
    return NULL;
}

struct feel_node *parse_valueless(struct parser *p, size_t at, str what)
{
    if (!p->scope->open)
        return parse_fail(p, at, "%.*s", PS(what));
    struct feel_node *n = node(p, NODE_FAULT, at);
    n->text = what;
    return n;
}

/* Characters that typing Chinese puts where FEEL wants ASCII. */
static const struct {
    uint32_t from;
    const char *to;
} mistyped[] = {{0x201c, "\""}, {0x201d, "\""},  {0xff08, "("},  {0xff09, ")"},  {0xff0c, ","},  {0x3001, ","},
                {0x2265, ">="}, {0x2264, "<="},  {0x2260, "!="}, {0xff1e, ">"},  {0xff1c, "<"},  {0xff1d, "="},
                {0xff1a, ":"},  {0xff3b, "["},   {0xff3d, "]"},  {0x3010, "["},  {0x3011, "]"},  {0xff0b, "+"},
                {0xff0d, "-"},  {0xd7, "*"},     {0xf7, "/"},    {0x2018, "\""}, {0x2019, "\""}, {0xff02, "\""},
                {'\'', "\""},   {'&', "and"},    {'|', "or"},    {0xff5e, ".."}, {0x2014, "-"},  {0xff0e, "."},
                {0x3002, "."},  {'!', "not( )"}, {'%', "/ 100"}};

const char *parse_meant(uint32_t c, struct op *op)
{
    for (size_t i = 0; i < COUNT(mistyped); i++)
        if (mistyped[i].from == c)
            return mistyped[i].to;
    if (c >= 0xff10 && c <= 0xff19)
        return op_text(op, "%d", (int)(c - 0xff10)).p;
    return NULL;
}

static str shown(struct parser *p, size_t at)
{
    size_t end = word_end(p, at), next;
    code_at(p, at, &next);
    end = end > at ? end : next;
    str s = str_part(p->text, at, end);
    return str_part(s, 0, utf8_skip(s, 20));
}

/* What stands at p->at does not fit; `wanted` is what would. */
struct feel_node *parse_unexpected(struct parser *p, const char *wanted)
{
    skip(p);
    if (p->at >= p->text.n)
        return parse_fail(p, p->at, "表达式没有写完：此处还缺%s，请补上", wanted);
    size_t next;
    uint32_t c = code_at(p, p->at, &next);
    const char *ascii = parse_meant(c, p->op);
    str bad = shown(p, p->at);
    if (ascii)
        return parse_fail(p, p->at, "「%.*s」不是表达式的符号，请改用半角的 %s", PS(str_part(p->text, p->at, next)), ascii);
    return parse_fail(p, p->at, "此处应是%s，却是「%.*s」，请改正", wanted, PS(bad));
}

/* ---- pieces ------------------------------------------------------------------------------------------------ */

bool parse_is_keyword(str word)
{
    static const str keywords[] = {SC("and"), SC("or"), SC("in"), SC("between"), SC("then"), SC("else"), SC("return"),
                                   SC("satisfies"), SC("instance"), SC("for"), SC("if"), SC("some"), SC("every"),
                                   SC("true"), SC("false"), SC("null"), SC("function"), SC("external")};
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (str_eq(word, keywords[i]))
            return true;
    return false;
}

bool feel_name_valid(str name)
{
    enum { START, WORD, SPACE, SYMBOL } last = START;
    str word = {0};
    while (name.n) {
        str here = name;
        uint32_t c = utf8_next(&name);
        if (last == START ? feel_name_start(c) : feel_name_part(c)) {
            if (last != WORD)
                word = (str){here.p, 0};
            word.n += here.n - name.n;
            last = WORD;
            continue;
        }
        bool space = c == ' ';
        if (last == START || (last == WORD && parse_is_keyword(word)) || (space ? last == SPACE : !name_symbol(c)))
            return false;
        last = space ? SPACE : SYMBOL;
    }
    return last == SYMBOL || (last == WORD && !parse_is_keyword(word));
}

/* A town's scope has hundreds of names, and every word of an expression is held against all of them: the first
 * character alone sends nearly all away. 0xE4 to 0xEE begin three bytes, none of which is white space. */
static inline bool begins_otherwise(const struct parser *p, size_t at, str name)
{
    unsigned char head = name.n ? (unsigned char)name.p[0] : ' ';
    if (head > ' ' && head < 0x80)
        return at >= p->text.n || p->text.p[at] != name.p[0];
    if (head >= 0xe4 && head <= 0xee && name.n >= 3)
        return p->text.n - at < 3 || memcmp(p->text.p + at, name.p, 3) != 0;
    return false;
}

/* If `name` stands at `at` — the same words and symbols, white space between them being free — where it ends;
 * else 0. */
size_t parse_match_name(struct parser *p, size_t at, str name)
{
    if (begins_otherwise(p, at, name))
        return 0;
    bool first = true, last_word = false;
    while (name.n) {
        str after = name;
        uint32_t c = utf8_next(&after);
        if (feel_is_space(c)) {
            name = after;
            last_word = false;
            at = space_end(p, at);
            continue;
        }
        bool word = feel_name_part(c) || c == '?';
        if (!first && !(word && last_word))
            at = space_end(p, at);
        size_t next;
        if (at >= p->text.n || code_at(p, at, &next) != c)
            return 0;
        /* words must be the same words: `ab` is not `a b` */
        str rest = after;
        bool name_goes_on = rest.n && feel_name_part(utf8_next(&rest));
        size_t beyond;
        bool text_goes_on = next < p->text.n && feel_name_part(code_at(p, next, &beyond));
        if (word && name_goes_on != text_goes_on)
            return 0;
        at = next;
        name = after;
        last_word = word;
        first = false;
    }
    return at;
}

/* The longest known name at p->at. Nearer scopes win among equals. */
enum found parse_find_name(struct parser *p, bool members_only, str *ret_name, int *ret_index, size_t *ret_end)
{
    enum found found = FOUND_NONE;
    size_t best = p->at, end;
#define CONSIDER(candidate, kind, number)                                                                              \
    if (!begins_otherwise(p, p->at, (candidate)) && (end = parse_match_name(p, p->at, (candidate))) > best)            \
    best = end, found = (kind), *ret_name = (candidate), *ret_index = (int)(number)
    if (!members_only) {
        for (struct local *l = p->locals; l; l = l->up)
            if (l->name.n)
                CONSIDER(l->name, FOUND_LOCAL, 0);
        for (size_t i = 0; i < p->scope->count; i++)
            CONSIDER(p->scope->names[i].name, FOUND_NAME, i);
    }
    if (members_only || p->filters)
        for (size_t i = 0; i < p->members.n + p->scope->member_count; i++) {
            str member = i < p->members.n ? p->members.p[i] : p->scope->members[i - p->members.n];
            CONSIDER(member, FOUND_MEMBER, 0);
        }
    if (!members_only) {
        size_t count;
        const struct feel_builtin *builtins = feel_builtins(&count);
        char head = p->at < p->text.n ? p->text.p[p->at] : 0;
        for (size_t i = 0; i < count; i++)
            if (*builtins[i].name == head)
                CONSIDER(str_z(builtins[i].name), FOUND_BUILTIN, i);
    }
#undef CONSIDER
    *ret_end = best;
    return found;
}

/* Neighbouring words that are no keywords: an unknown name, as far as anybody can tell. */
str parse_read_words(struct parser *p)
{
    struct buf b;
    buf_init(&b, p->op, 0);
    for (;;) {
        skip(p);
        size_t end = word_end(p, p->at);
        str word = str_part(p->text, p->at, end);
        if (end == p->at || (b.n && parse_is_keyword(word)))
            break;
        if (b.n)
            buf_byte(&b, ' ');
        buf_add(&b, word);
        p->at = end;
    }
    return buf_str(&b);
}

/* A name that is being given: a context key, a parameter. It may hold symbols; `stop` ends it. */
bool parse_read_key(struct parser *p, const char *stops, str *ret)
{
    struct buf b;
    buf_init(&b, p->op, 0);
    size_t from = p->at;
    bool space = false;
    for (;;) {
        size_t before = p->at;
        skip(p);
        space = p->at > before && b.n;
        size_t next;
        uint32_t c = code_at(p, p->at, &next);
        if (next == p->at || (c < 128 && strchr(stops, (int)c)))
            break;
        bool word = feel_name_part(c) || c == '?';
        if (b.n ? !word && !name_symbol(c) : !feel_name_start(c) && c != '?') {
            p->at = from;
            return false;
        }
        if (space)
            buf_byte(&b, ' ');
        if (word) {
            size_t end = p->at;
            while (next != end && (feel_name_part(c) || c == '?'))
                end = next, c = code_at(p, end, &next);
            buf_add(&b, str_part(p->text, p->at, end));
            p->at = end;
        } else {
            buf_add(&b, str_part(p->text, p->at, next));
            p->at = next;
        }
    }
    if (b.n == 0) {
        p->at = from;
        return false;
    }
    *ret = buf_str(&b);
    return true;
}

bool parse_read_string(struct parser *p, str *ret)
{
    size_t start = p->at++;
    struct buf b;
    buf_init(&b, p->op, 0);
    uint32_t high = 0; /* the first half of a surrogate pair written as two escapes */
    for (;;) {
        if (p->at >= p->text.n) {
            parse_fail(p, start, "文字没有结束的引号，请在末尾补上 \"");
            return false;
        }
        char c = p->text.p[p->at];
        if (c == '"')
            break;
        if (c != '\\') {
            if (high)
                buf_code(&b, 0xfffd), high = 0;
            buf_byte(&b, c);
            p->at++;
            continue;
        }
        size_t at = p->at;
        char kind = p->at + 1 < p->text.n ? p->text.p[p->at + 1] : 0;
        static const char plain[] = "\"\"\\\\//''n\nr\rt\tb\bf\f";
        p->at += 2;
        if (kind == 'u' || kind == 'U') {
            int digits = kind == 'u' ? 4 : 6;
            uint32_t code = 0;
            for (int i = 0; i < digits; i++, p->at++) {
                char h = p->at < p->text.n ? p->text.p[p->at] : 0;
                int v = h >= '0' && h <= '9'   ? h - '0'
                        : h >= 'a' && h <= 'f' ? h - 'a' + 10
                        : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                               : -1;
                if (v < 0) {
                    parse_fail(p, at, "\\%c 之后应是%d位十六进制数字，请改正", kind, digits);
                    return false;
                }
                code = code << 4 | (uint32_t)v;
            }
            if (high && code >= 0xdc00 && code < 0xe000) {
                buf_code(&b, 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00));
                high = 0;
                continue;
            }
            if (high)
                buf_code(&b, 0xfffd);
            high = code >= 0xd800 && code < 0xdc00 ? code : 0;
            if (!high)
                buf_code(&b, code > 0x10ffff || (code >= 0xdc00 && code < 0xe000) ? 0xfffd : code);
            continue;
        }
        if (high)
            buf_code(&b, 0xfffd), high = 0;
        size_t i = 0;
        while (plain[i] && plain[i] != kind)
            i += 2;
        if (kind && plain[i])
            buf_byte(&b, plain[i + 1]);
        else /* a regular expression's \d: the backslash stays (10.3.1.2, rule 64 lists no such escape) */
            buf_byte(&b, '\\'), p->at--;
    }
    if (high)
        buf_code(&b, 0xfffd);
    p->at++;
    *ret = op_copy(p->op, buf_str(&b));
    return true;
}

struct feel_node *parse_number(struct parser *p)
{
    size_t at = p->at, end = at;
    while (end < p->text.n && p->text.p[end] >= '0' && p->text.p[end] <= '9')
        end++;
    if (end + 1 < p->text.n && p->text.p[end] == '.' && p->text.p[end + 1] >= '0' && p->text.p[end + 1] <= '9') {
        end++;
        while (end < p->text.n && p->text.p[end] >= '0' && p->text.p[end] <= '9')
            end++;
    }
    size_t mantissa = end;
    if (end < p->text.n && (p->text.p[end] == 'e' || p->text.p[end] == 'E')) {
        end++;
        if (end < p->text.n && (p->text.p[end] == '+' || p->text.p[end] == '-'))
            end++;
        size_t digits = end;
        while (end < p->text.n && p->text.p[end] >= '0' && p->text.p[end] <= '9')
            end++;
        if (end == digits)
            end = mantissa;
    }
    p->at = end;
    dec d;
    if (!dec_parse(str_part(p->text, at, end), &d))
        return parse_valueless(p, at, op_text(p->op, "数「%.*s」太大，请改小", PS(str_part(p->text, at, end))));
    size_t next;
    uint32_t c = code_at(p, p->at, &next);
    if (next != p->at && parse_meant(c, p->op))
        return parse_unexpected(p, "运算符");
    if (next != p->at && feel_name_start(c))
        return parse_fail(p, at, "「%.*s」：名称不能以数字开头；若是文字请加引号", PS(str_part(p->text, at, word_end(p, p->at))));
    return constant(p, at, feel_of_dec(d));
}
