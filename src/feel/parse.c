/* From text to tree. There are no tokens: what a name is depends on the names in scope (`a-b` may be one), so the
 * parser reads characters and asks for the longest name at each place where one may begin (DMN 1.5, 10.3.1.4). */
#include <stdlib.h>

#include "feel/tree.h"

enum { MEMBERS_MAX = 20000 };

struct local {
    str name;
    struct local *up;
};

struct parser {
    struct op *op;
    const struct feel_scope *scope;
    str text;
    size_t at;
    int depth, filters;
    bool failed, input_used, range_end; /* range_end: a [ may close a range */
    struct local *locals;
    struct {
        str *p;
        size_t n, cap;
    } members;
    struct {
        int *p;
        size_t n, cap;
    } used;
    struct feel_note note;
};

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

static uint32_t code_at(const struct parser *p, size_t at, size_t *ret_next)
{
    str rest = str_part(p->text, at, p->text.n);
    if (rest.n == 0) {
        *ret_next = at;
        return 0;
    }
    uint32_t c = utf8_next(&rest);
    *ret_next = p->text.n - rest.n;
    return c;
}

static size_t space_end(const struct parser *p, size_t at)
{
    for (;;) {
        str rest = str_part(p->text, at, p->text.n);
        if (str_starts(rest, S("//"))) {
            while (at < p->text.n && p->text.p[at] != '\n')
                at++;
            continue;
        }
        if (str_starts(rest, S("/*"))) {
            size_t end;
            if (!str_find(str_part(rest, 2, rest.n), S("*/"), &end))
                return at; /* reported where it stands, as something that does not belong there */
            at += end + 4;
            continue;
        }
        size_t next;
        uint32_t c = code_at(p, at, &next);
        if (next == at || !feel_is_space(c))
            return at;
        at = next;
    }
}

static void skip(struct parser *p)
{
    p->at = space_end(p, p->at);
}

/* The run of name characters at `at`: one word. */
static size_t word_end(const struct parser *p, size_t at)
{
    size_t next;
    uint32_t c = code_at(p, at, &next);
    if (next == at || !(feel_name_start(c) || c == '?'))
        return at;
    do
        at = next, c = code_at(p, at, &next);
    while (next != at && feel_name_part(c));
    return at;
}

/* ---- faults ------------------------------------------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static struct feel_node *fail(struct parser *p, size_t at, const char *format,
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

static const char *meant(uint32_t c, struct op *op)
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
static struct feel_node *unexpected(struct parser *p, const char *wanted)
{
    skip(p);
    if (p->at >= p->text.n)
        return fail(p, p->at, "表达式没有写完：此处还缺%s，请补上", wanted);
    size_t next;
    uint32_t c = code_at(p, p->at, &next);
    const char *ascii = meant(c, p->op);
    str bad = shown(p, p->at);
    if (ascii)
        return fail(p, p->at, "「%.*s」不是表达式的符号，请改用半角的 %s", PS(str_part(p->text, p->at, next)), ascii);
    return fail(p, p->at, "此处应是%s，却是「%.*s」，请改正", wanted, PS(bad));
}

/* ---- pieces ------------------------------------------------------------------------------------------------ */

static struct feel_node *node(struct parser *p, enum node_kind kind, size_t at)
{
    struct feel_node *n = op_new(p->op, struct feel_node);
    n->kind = kind;
    n->at = at;
    return n;
}

struct kids {
    struct feel_node **p;
    size_t n, cap;
};
struct names {
    str *p;
    size_t n, cap;
};
struct fields {
    struct feel_field *p;
    size_t n, cap;
};

static struct feel_node *node_of(struct parser *p, enum node_kind kind, size_t at, struct feel_node *a,
                                 struct feel_node *b)
{
    struct feel_node *n = node(p, kind, at);
    n->count = b ? 2 : 1;
    n->kids = op_array(p->op, struct feel_node *, 2);
    n->kids[0] = a;
    n->kids[1] = b;
    return n;
}

static struct feel_node *constant(struct parser *p, size_t at, feel_value v)
{
    struct feel_node *n = node(p, NODE_CONST, at);
    n->value = v;
    return n;
}

/* Is `symbol` next? Does not move. */
static bool sees(struct parser *p, const char *symbol)
{
    skip(p);
    return str_starts(str_part(p->text, p->at, p->text.n), str_z(symbol));
}

static bool eat(struct parser *p, const char *symbol)
{
    if (!sees(p, symbol))
        return false;
    p->at += str_z(symbol).n;
    return true;
}

static bool want(struct parser *p, const char *symbol)
{
    if (eat(p, symbol))
        return true;
    unexpected(p, op_text(p->op, " %s ", symbol).p);
    return false;
}

static bool sees_word(struct parser *p, const char *word)
{
    skip(p);
    return str_eq(str_part(p->text, p->at, word_end(p, p->at)), str_z(word));
}

static bool eat_word(struct parser *p, const char *word)
{
    if (!sees_word(p, word))
        return false;
    p->at += str_z(word).n;
    return true;
}

static bool want_word(struct parser *p, const char *word)
{
    if (eat_word(p, word))
        return true;
    unexpected(p, op_text(p->op, " %s ", word).p);
    return false;
}

static bool is_keyword(str word)
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
        if (last == START || (last == WORD && is_keyword(word)) || (space ? last == SPACE : !name_symbol(c)))
            return false;
        last = space ? SPACE : SYMBOL;
    }
    return last == SYMBOL || (last == WORD && !is_keyword(word));
}

/* A town's scope has hundreds of names, and every word of an expression is held against all of them: the first character alone
 * sends nearly all away. 0xE4 to 0xEE begin three bytes, none of which is white space. */
static bool begins_otherwise(const struct parser *p, size_t at, str name)
{
    unsigned char head = name.n ? (unsigned char)name.p[0] : ' ';
    if (head > ' ' && head < 0x80)
        return at >= p->text.n || p->text.p[at] != name.p[0];
    if (head >= 0xe4 && head <= 0xee && name.n >= 3)
        return p->text.n - at < 3 || memcmp(p->text.p + at, name.p, 3) != 0;
    return false;
}

/* If `name` stands at `at` — the same words and symbols, white space between them being free — where it ends; else 0.
 * */
static size_t match_name(struct parser *p, size_t at, str name)
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

enum found { FOUND_NONE, FOUND_LOCAL, FOUND_NAME, FOUND_MEMBER, FOUND_BUILTIN };

/* The longest known name at p->at. Nearer scopes win among equals. */
static enum found find_name(struct parser *p, bool members_only, str *ret_name, int *ret_index, size_t *ret_end)
{
    enum found found = FOUND_NONE;
    size_t best = p->at, end;
#define CONSIDER(candidate, kind, number)                                                                           \
    if ((end = match_name(p, p->at, (candidate))) > best)                                                           \
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
        for (size_t i = 0; i < count; i++)
            CONSIDER(str_z(builtins[i].name), FOUND_BUILTIN, i);
    }
#undef CONSIDER
    *ret_end = best;
    return found;
}

/* Neighbouring words that are no keywords: an unknown name, as far as anybody can tell. */
static str read_words(struct parser *p)
{
    struct buf b;
    buf_init(&b, p->op, 0);
    for (;;) {
        skip(p);
        size_t end = word_end(p, p->at);
        str word = str_part(p->text, p->at, end);
        if (end == p->at || (b.n && is_keyword(word)))
            break;
        if (b.n)
            buf_byte(&b, ' ');
        buf_add(&b, word);
        p->at = end;
    }
    return buf_str(&b);
}

/* A name that is being given: a context key, a parameter. It may hold symbols; `stop` ends it. */
static bool read_key(struct parser *p, const char *stops, str *ret)
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
        if (!feel_name_part(c) && !name_symbol(c)) {
            p->at = from;
            return false;
        }
        if (space)
            buf_byte(&b, ' ');
        if (feel_name_part(c) || c == '?') {
            size_t end = p->at;
            while (next != end && feel_name_part(c))
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

static void push_local(struct parser *p, str name)
{
    struct local *l = op_new(p->op, struct local);
    l->name = name;
    l->up = p->locals;
    p->locals = l;
}

static bool read_string(struct parser *p, str *ret)
{
    size_t start = p->at++;
    struct buf b;
    buf_init(&b, p->op, 0);
    uint32_t high = 0; /* the first half of a surrogate pair written as two escapes */
    for (;;) {
        if (p->at >= p->text.n) {
            fail(p, start, "文字没有结束的引号，请在末尾补上 \"");
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
                    fail(p, at, "\\%c 之后应是%d位十六进制数字，请改正", kind, digits);
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

/* ---- types ------------------------------------------------------------------------------------------------- */

static const struct feel_type *type(struct parser *p)
{
    skip(p);
    size_t at = p->at;
    if (++p->depth > FEEL_DEPTH_MAX) {
        fail(p, at, "类型嵌套太深，请简化");
        return NULL;
    }
    struct feel_type *made = op_new(p->op, struct feel_type);
    const struct feel_type *ret = made;
    static const struct {
        const char *word;
        enum feel_kind kind;
    } generic[] = {{"list", FEEL_LIST}, {"range", FEEL_RANGE}, {"context", FEEL_CONTEXT}, {"function", FEEL_FUNCTION}};
    for (size_t g = 0; g < COUNT(generic); g++) {
        size_t end = word_end(p, at);
        if (!str_eq(str_part(p->text, at, end), str_z(generic[g].word)) || space_end(p, end) >= p->text.n ||
            p->text.p[space_end(p, end)] != '<')
            continue;
        made->kind = generic[g].kind;
        p->at = end;
        want(p, "<");
        struct fields fields = {0};
        if (made->kind == FEEL_LIST || made->kind == FEEL_RANGE) {
            made->of = type(p);
        } else if (!sees(p, ">")) {
            do {
                struct feel_field f = {0};
                skip(p);
                if (made->kind == FEEL_CONTEXT && (!read_key(p, ":", &f.name) || !want(p, ":"))) {
                    unexpected(p, "成员名和冒号");
                    return NULL;
                }
                f.type = type(p);
                *list_add(p->op, &fields) = f;
            } while (!p->failed && eat(p, ","));
        }
        made->fields = fields.p;
        made->field_count = fields.n;
        if (!p->failed && want(p, ">") && made->kind == FEEL_FUNCTION && want(p, "->"))
            made->of = type(p);
        p->depth--;
        return p->failed ? NULL : ret;
    }
    /* a qualified name: the longest of the known types, else its words */
    size_t best = at;
    static const str known[] = {SC("days and time duration"),
                                SC("years and months duration"),
                                SC("date and time"),
                                SC("number"),
                                SC("string"),
                                SC("boolean"),
                                SC("date"),
                                SC("time"),
                                SC("Any"),
                                SC("Null"),
                                SC("list"),
                                SC("context"),
                                SC("range"),
                                SC("function"),
                                SC("dateTime"),
                                SC("dayTimeDuration"),
                                SC("yearMonthDuration")};
    for (size_t i = 0; i < p->scope->type_count; i++) {
        size_t end = match_name(p, at, p->scope->types[i].name);
        if (end > best)
            best = end, ret = p->scope->types[i].type;
    }
    for (size_t i = 0; i < COUNT(known); i++) {
        size_t end = match_name(p, at, known[i]);
        if (end > best)
            best = end, ret = feel_type_named(known[i]);
    }
    p->depth--;
    if (best == at) {
        str word = read_words(p);
        while (word.n && eat(p, "."))
            read_words(p);
        fail(p, at, "不认识的类型「%.*s」，可用 number、string、boolean、date、time、list<…> 等", PS(word));
        return NULL;
    }
    p->at = best;
    return ret ? ret : &feel_any;
}

/* ---- expressions ------------------------------------------------------------------------------------------- */

static struct feel_node *expression(struct parser *p);
static struct feel_node *sum(struct parser *p);

static struct feel_node *name_node(struct parser *p)
{
    size_t at = p->at, end;
    str name;
    int index;
    enum found found = find_name(p, false, &name, &index, &end);
    if (found == FOUND_NONE) {
        size_t here = p->at;
        name = read_words(p);
        if (p->scope->open || p->filters) {
            struct feel_node *n = node(p, NODE_UNKNOWN, here);
            n->text = name;
            return n;
        }
        str left = name;
        while (left.n) {
            str was = left;
            uint32_t c = utf8_next(&left);
            const char *ascii = meant(c, p->op);
            if (ascii)
                return fail(p, here + (name.n - was.n), "「%.*s」里有全角符号「%.*s」，请改用半角的 %s", PS(name),
                            PS(str_part(was, 0, was.n - left.n)), ascii);
        }
        /* something known that shares its beginning or end is probably what was meant */
        for (size_t i = 0; i < p->scope->count; i++) {
            str known = p->scope->names[i].name;
            size_t pos;
            if (str_find(known, name, &pos) || str_find(name, known, &pos))
                return fail(p, here, "没有「%.*s」这一项，是不是「%.*s」？文字要加引号：\"%.*s\"", PS(name), PS(known), PS(name));
        }
        return fail(p, here, "没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"", PS(name), PS(name));
    }
    p->at = end;
    struct feel_node *n = node(p, NODE_LOCAL, at);
    n->text = name;
    n->index = index;
    switch (found) {
    case FOUND_NAME:
        n->kind = NODE_NAME;
        n->dynamic = p->filters > 0;
        *list_add(p->op, &p->used) = index;
        break;
    case FOUND_BUILTIN: {
        size_t count;
        n->kind = NODE_BUILTIN;
        n->builtin = &feel_builtins(&count)[index];
        n->dynamic = p->filters > 0;
        break;
    }
    case FOUND_LOCAL:
        break;
    case FOUND_MEMBER:
        n->kind = NODE_UNKNOWN;
        break;
    case FOUND_NONE:
        break;
    }
    return n;
}

static struct feel_node *iteration(struct parser *p, enum node_kind kind)
{
    struct feel_node *n = node(p, kind, p->at);
    struct local *outer = p->locals;
    struct kids kids = {0};
    struct names names = {0};
    do {
        skip(p);
        str name;
        size_t end = word_end(p, p->at);
        /* the variable runs to the word `in`; it may have several words */
        struct buf b;
        buf_init(&b, p->op, 0);
        while (end > p->at && !str_eq(str_part(p->text, p->at, end), S("in"))) {
            if (b.n)
                buf_byte(&b, ' ');
            buf_add(&b, str_part(p->text, p->at, end));
            p->at = end;
            skip(p);
            end = word_end(p, p->at);
        }
        name = buf_str(&b);
        if (name.n == 0)
            return unexpected(p, "变量名");
        if (!want_word(p, "in"))
            return NULL;
        size_t at = p->at;
        struct feel_node *in = expression(p);
        if (in && eat(p, "..")) {
            struct feel_node *to = expression(p);
            in = node_of(p, NODE_SPAN, at, in, to);
        }
        *list_add(p->op, &kids) = in;
        *list_add(p->op, &names) = name;
        push_local(p, name);
    } while (!p->failed && eat(p, ","));
    if (kind == NODE_FOR)
        push_local(p, S("partial"));
    if (!p->failed && want_word(p, kind == NODE_FOR ? "return" : "satisfies"))
        *list_add(p->op, &kids) = expression(p);
    p->locals = outer;
    n->kids = kids.p;
    n->count = (uint32_t)kids.n;
    n->names = names.p;
    return n;
}

static struct feel_node *conditional(struct parser *p)
{
    struct feel_node *n = node(p, NODE_IF, p->at);
    n->kids = op_array(p->op, struct feel_node *, 3);
    n->count = 3;
    n->kids[0] = expression(p);
    if (p->failed || !want_word(p, "then"))
        return NULL;
    n->kids[1] = expression(p);
    if (p->failed || !want_word(p, "else"))
        return NULL;
    n->kids[2] = expression(p);
    return n;
}

static struct feel_node *function(struct parser *p)
{
    struct feel_node *n = node(p, NODE_FUNCTION, p->at);
    struct local *outer = p->locals;
    struct fields params = {0};
    if (!want(p, "("))
        return NULL;
    if (!sees(p, ")"))
        do {
            struct feel_field f = {0};
            skip(p);
            if (!read_key(p, ":,)", &f.name))
                return unexpected(p, "参数名");
            if (eat(p, ":"))
                f.type = type(p);
            *list_add(p->op, &params) = f;
            push_local(p, f.name);
        } while (!p->failed && eat(p, ","));
    if (p->failed || !want(p, ")"))
        return NULL;
    int filters = p->filters;
    n->params = params.p;
    n->count = (uint32_t)params.n;
    n->kids = op_array(p->op, struct feel_node *, 1);
    size_t at = p->at;
    bool external = eat_word(p, "external");
    n->kids[0] = expression(p);
    if (external && !p->failed)
        n->kids[0] = node_of(p, NODE_EXTERNAL, at, n->kids[0], NULL);
    p->filters = filters;
    p->locals = outer;
    return n;
}

/* After the low end and `..`: the high end and the closing bracket. */
static struct feel_node *range_rest(struct parser *p, size_t at, bool low_closed, struct feel_node *low)
{
    bool outer = p->range_end;
    p->range_end = true;
    struct feel_node *n = node_of(p, NODE_RANGE, at, low, sum(p));
    p->range_end = outer;
    n->count = 2;
    n->low_closed = low_closed;
    if (p->failed)
        return NULL;
    if (eat(p, "]"))
        n->high_closed = true;
    else if (!eat(p, ")") && !eat(p, "["))
        return unexpected(p, "区间的结尾 ] 或 )");
    return n;
}

static bool relation(struct parser *p, enum relation *ret)
{
    static const struct {
        const char *symbol;
        enum relation what;
    } symbols[] = {{"<=", REL_LE}, {">=", REL_GE}, {"!=", REL_NE}, {"<", REL_LT}, {">", REL_GT}, {"=", REL_EQ}};
    for (size_t i = 0; i < COUNT(symbols); i++)
        if (eat(p, symbols[i].symbol)) {
            if (symbols[i].what == REL_EQ && p->at < p->text.n && p->text.p[p->at] == '=')
                fail(p, p->at, "判断相等只写一个 =，请去掉一个");
            *ret = symbols[i].what;
            return true;
        }
    return false;
}

static struct feel_node *unary_range(struct parser *p, size_t at, enum relation what)
{
    struct feel_node *n = node_of(p, NODE_RANGE, at, sum(p), NULL);
    n->flag = true;
    n->what = what;
    return n;
}

static struct feel_node *context(struct parser *p)
{
    struct feel_node *n = node(p, NODE_CONTEXT, p->at - 1);
    struct local *outer = p->locals;
    struct kids kids = {0};
    struct names names = {0};
    if (!sees(p, "}"))
        do {
            str key;
            skip(p);
            size_t at = p->at;
            if (sees(p, "\"")) {
                if (!read_string(p, &key))
                    return NULL;
            } else if (!read_key(p, ":", &key)) {
                return unexpected(p, "名称");
            }
            if (!want(p, ":"))
                return NULL;
            for (size_t i = 0; i < names.n; i++)
                if (str_eq(names.p[i], key))
                    return fail(p, at, "「%.*s」重复了，请改名或删去一个", PS(key));
            struct feel_node *kid = expression(p);
            *list_add(p->op, &names) = key;
            *list_add(p->op, &kids) = kid;
            *list_add(p->op, &p->members) = key;
            push_local(p, key);
        } while (!p->failed && eat(p, ","));
    if (p->failed || !want(p, "}"))
        return NULL;
    p->locals = outer;
    n->kids = kids.p;
    n->names = names.p;
    n->count = (uint32_t)kids.n;
    return n;
}

static struct feel_node *at_literal(struct parser *p, size_t at)
{
    str s;
    skip(p);
    if (!sees(p, "\"") || !read_string(p, &s))
        return unexpected(p, "引号里的日期、时间或时长");
    feel_value v;
    if (feel_duration_parse(s, &v) || feel_date_time_parse(p->op, s, &v) || feel_date_parse(s, &v) ||
        feel_time_parse(p->op, s, &v)) {
        if (v.kind == FEEL_DATE_TIME && !memchr(s.p, 'T', s.n))
            feel_date_parse(s, &v);
        return constant(p, at, v);
    }
    if (p->scope->open) { /* conforming: null at run time */
        struct feel_node *n = node(p, NODE_UNKNOWN, at);
        n->text = op_text(p->op, "@\"%.*s\"", PS(s));
        return n;
    }
    return fail(p, at, "「%.*s」不是日期、时间或时长，请写成 @\"2021-12-03\"、@\"08:30:00\"、@\"P1Y\" 这样", PS(s));
}

static struct feel_node *number(struct parser *p)
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
    if (!dec_parse(str_part(p->text, at, end), &d)) {
        if (!p->scope->open)
            return fail(p, at, "数「%.*s」太大，请改小", PS(str_part(p->text, at, end)));
        return constant(p, at, feel_null());
    }
    size_t next;
    uint32_t c = code_at(p, p->at, &next);
    if (next != p->at && meant(c, p->op))
        return unexpected(p, "运算符");
    if (next != p->at && feel_name_start(c))
        return fail(p, at, "「%.*s」：名称不能以数字开头；若是文字请加引号", PS(str_part(p->text, at, word_end(p, p->at))));
    return constant(p, at, feel_of_dec(d));
}

static struct feel_node *parenthesis(struct parser *p, size_t at)
{
    enum relation what;
    struct feel_node *inner;
    if (relation(p, &what)) {
        inner = unary_range(p, at, what);
    } else {
        inner = expression(p);
        if (p->failed)
            return NULL;
        if (eat(p, ".."))
            return range_rest(p, at, false, inner);
    }
    if (p->failed || !want(p, ")"))
        return NULL;
    return inner;
}

static struct feel_node *bracket(struct parser *p, size_t at)
{
    struct feel_node *n = node(p, NODE_LIST, at);
    struct kids kids = {0};
    if (!sees(p, "]"))
        do {
            struct feel_node *kid = expression(p);
            if (p->failed)
                return NULL;
            if (kids.n == 0 && eat(p, ".."))
                return range_rest(p, at, true, kid);
            *list_add(p->op, &kids) = kid;
        } while (eat(p, ","));
    if (!want(p, "]"))
        return NULL;
    n->kids = kids.p;
    n->count = (uint32_t)kids.n;
    return n;
}

static struct feel_node *primary(struct parser *p)
{
    skip(p);
    size_t at = p->at, next;
    uint32_t c = code_at(p, at, &next);
    if (next == at)
        return unexpected(p, "一个值");
    if ((c >= '0' && c <= '9') || (c == '.' && next < p->text.n && p->text.p[next] >= '0' && p->text.p[next] <= '9'))
        return number(p);
    if (c == '"') {
        str s;
        return read_string(p, &s) ? constant(p, at, feel_of_text(s)) : NULL;
    }
    static const struct {
        char symbol;
        struct feel_node *(*parse)(struct parser *p, size_t at);
    } opened[] = {{'(', parenthesis}, {'[', bracket}, {'@', at_literal}};
    for (size_t i = 0; i < COUNT(opened); i++)
        if (c == (uint32_t)opened[i].symbol) {
            p->at = next;
            return opened[i].parse(p, at);
        }
    if (c == '{') {
        p->at = next;
        return context(p);
    }
    if (c == ']') { /* ]1..5] is (1..5] */
        p->at = next;
        struct feel_node *low = sum(p);
        return !p->failed && want(p, "..") ? range_rest(p, at, false, low) : NULL;
    }
    size_t end = word_end(p, at), name_end;
    if (end == at)
        return unexpected(p, "一个值");
    str word = str_part(p->text, at, end), name;
    int index;
    bool longer = find_name(p, false, &name, &index, &name_end) != FOUND_NONE && name_end > end;
    if (!longer) {
        if (str_eq(word, S("?"))) {
            p->at = end;
            p->input_used = true;
            return node(p, NODE_INPUT, at);
        }
        static const struct {
            const char *word;
            feel_value value;
        } literals[] = {{"true", {.kind = FEEL_BOOL, .truth = true}},
                        {"false", {.kind = FEEL_BOOL}},
                        {"null", {.kind = FEEL_NULL}}};
        for (size_t i = 0; i < COUNT(literals); i++)
            if (str_eq(word, str_z(literals[i].word))) {
                p->at = end;
                return constant(p, at, literals[i].value);
            }
        if (eat_word(p, "if"))
            return conditional(p);
        static const struct {
            const char *word;
            enum node_kind kind;
        } loops[] = {{"for", NODE_FOR}, {"some", NODE_SOME}, {"every", NODE_EVERY}};
        for (size_t i = 0; i < COUNT(loops); i++)
            if (eat_word(p, loops[i].word))
                return iteration(p, loops[i].kind);
        if (str_eq(word, S("function"))) {
            p->at = end;
            return function(p);
        }
        if (is_keyword(word))
            return unexpected(p, "一个值");
    }
    return name_node(p);
}

static struct feel_node *call(struct parser *p, struct feel_node *callee)
{
    struct feel_node *n = node(p, NODE_CALL, callee->at);
    struct kids kids = {0};
    struct names names = {0};
    *list_add(p->op, &kids) = callee;
    if (!sees(p, ")"))
        do {
            skip(p);
            size_t at = p->at;
            str key;
            bool named = !sees(p, "\"") && read_key(p, ":", &key) && sees(p, ":");
            p->at = named ? p->at : at;
            if (named)
                eat(p, ":");
            if (kids.n > 1 && named != (names.n > 0))
                return fail(p, at, "参数要么都写名称，要么都不写，请统一");
            if (named)
                *list_add(p->op, &names) = key;
            *list_add(p->op, &kids) = expression(p);
        } while (!p->failed && eat(p, ","));
    if (p->failed || !want(p, ")"))
        return NULL;
    n->kids = kids.p;
    n->count = (uint32_t)kids.n;
    n->names = names.p;
    return n;
}

static struct feel_node *postfix(struct parser *p)
{
    struct feel_node *n = primary(p);
    while (!p->failed) {
        skip(p);
        size_t at = p->at;
        if (sees(p, ".") && !sees(p, "..")) {
            p->at++;
            skip(p);
            str name;
            int index;
            size_t known_end;
            /* a member with operators in it needs to be known; else it is all the words that follow */
            bool known = find_name(p, true, &name, &index, &known_end) != FOUND_NONE;
            str words_there = read_words(p);
            if (known && known_end >= p->at)
                p->at = known_end;
            else
                name = words_there;
            if (name.n == 0)
                return unexpected(p, "点号后面的名称");
            n = node_of(p, NODE_PATH, at, n, NULL);
            n->text = name;
        } else if (p->range_end && n->kind == NODE_CONST && sees(p, "[")) {
            return n; /* [1..10[ is [1..10) */
        } else if (eat(p, "[")) {
            p->filters++;
            struct local *outer = p->locals;
            push_local(p, S("item"));
            struct feel_node *inside = expression(p);
            p->filters--;
            p->locals = outer;
            if (p->failed || !want(p, "]"))
                return NULL;
            n = node_of(p, NODE_FILTER, at, n, inside);
        } else if (eat(p, "(")) {
            n = call(p, n);
        } else if (sees_word(p, "instance")) {
            p->at += sizeof "instance" - 1;
            if (!want_word(p, "of"))
                return NULL;
            n = node_of(p, NODE_INSTANCE, at, n, NULL);
            n->type = type(p);
        } else {
            return n;
        }
    }
    return NULL;
}

static struct feel_node *unary(struct parser *p)
{
    skip(p);
    size_t at = p->at;
    if (++p->depth > FEEL_DEPTH_MAX)
        return fail(p, at, "括号或运算嵌套超过%d层，请拆成几个式子", FEEL_DEPTH_MAX);
    struct feel_node *n;
    if (eat(p, "-")) {
        n = unary(p);
        if (n && n->kind == NODE_CONST && n->value.kind == FEEL_NUMBER)
            n->value.number = dec_neg(n->value.number), n->at = at;
        else if (n)
            n = node_of(p, NODE_NEGATE, at, n, NULL);
    } else {
        n = postfix(p);
    }
    p->depth--;
    return n;
}

struct level {
    const char *symbol;
    enum node_kind kind;
};

static struct feel_node *chain(struct parser *p, const struct level *levels, size_t count,
                               struct feel_node *(*operand)(struct parser *))
{
    struct feel_node *left = operand(p);
    for (int length = 0; !p->failed; length++) {
        skip(p);
        size_t at = p->at, i = 0;
        while (i < count && !sees(p, levels[i].symbol))
            i++;
        if (i == count || (levels[i].kind == NODE_MULTIPLY && sees(p, "**")))
            return left;
        if (length > 1000) /* the tree leans left; evaluation would go as deep */
            return fail(p, at, "式子太长，请拆成几个");
        p->at += str_z(levels[i].symbol).n;
        left = node_of(p, levels[i].kind, at, left, operand(p));
    }
    return NULL;
}

static struct feel_node *power(struct parser *p)
{
    static const struct level levels[] = {{"**", NODE_POWER}};
    return chain(p, levels, COUNT(levels), unary);
}

static struct feel_node *product(struct parser *p)
{
    static const struct level levels[] = {{"*", NODE_MULTIPLY}, {"/", NODE_DIVIDE}};
    return chain(p, levels, COUNT(levels), power);
}

static struct feel_node *sum(struct parser *p)
{
    static const struct level levels[] = {{"+", NODE_ADD}, {"-", NODE_SUBTRACT}};
    return chain(p, levels, COUNT(levels), product);
}

/* One test of a cell or after `in`: an operator and its end, or a value, list or range. */
static struct feel_node *test(struct parser *p, struct feel_node *(*value)(struct parser *))
{
    skip(p);
    size_t at = p->at;
    enum relation what;
    if (relation(p, &what)) {
        struct feel_node *n = node_of(p, NODE_TEST, at, sum(p), NULL);
        n->what = what;
        return n;
    }
    bool before = p->input_used;
    p->input_used = false;
    struct feel_node *n = value(p);
    if (n && !p->input_used)
        n = node_of(p, NODE_MATCH, at, n, NULL);
    p->input_used |= before;
    return n;
}

/* value in test | value in (test, test …) */
static struct feel_node *in_tests(struct parser *p, struct feel_node *value, size_t at)
{
    struct feel_node *n = node(p, NODE_IN, at);
    struct kids kids = {0};
    *list_add(p->op, &kids) = value;
    skip(p);
    size_t open = p->at;
    if (eat(p, "(")) {
        struct feel_node *first = test(p, expression);
        if (p->failed)
            return NULL;
        if (eat(p, "..")) {
            if (first->kind == NODE_TEST)
                return unexpected(p, "值");
            first = range_rest(p, open, false, first->kind == NODE_MATCH ? first->kids[0] : first);
            *list_add(p->op, &kids) = node_of(p, NODE_MATCH, open, first, NULL);
        } else {
            *list_add(p->op, &kids) = first;
            while (!p->failed && eat(p, ","))
                *list_add(p->op, &kids) = test(p, expression);
            if (p->failed || !want(p, ")"))
                return NULL;
        }
    } else {
        *list_add(p->op, &kids) = test(p, sum);
    }
    n->kids = kids.p;
    n->count = (uint32_t)kids.n;
    return p->failed ? NULL : n;
}

static struct feel_node *comparison(struct parser *p)
{
    struct feel_node *left = sum(p);
    while (!p->failed) {
        skip(p);
        size_t at = p->at;
        enum relation what;
        if (relation(p, &what)) {
            left = node_of(p, NODE_COMPARE, at, left, sum(p));
            left->what = what;
        } else if (eat_word(p, "between")) {
            struct feel_node *n = node(p, NODE_BETWEEN, at);
            n->kids = op_array(p->op, struct feel_node *, 3);
            n->count = 3;
            n->kids[0] = left;
            n->kids[1] = sum(p);
            if (p->failed || !want_word(p, "and"))
                return NULL;
            n->kids[2] = sum(p);
            left = n;
        } else if (eat_word(p, "in")) {
            left = in_tests(p, left, at);
        } else {
            return left;
        }
    }
    return NULL;
}

static struct feel_node *words(struct parser *p, const char *word, enum node_kind kind,
                               struct feel_node *(*operand)(struct parser *))
{
    struct feel_node *left = operand(p);
    for (int length = 0; !p->failed && sees_word(p, word); length++) {
        size_t at = p->at;
        if (length > 1000)
            return fail(p, at, "条件太多，请拆成几个式子");
        eat_word(p, word);
        left = node_of(p, kind, at, left, operand(p));
    }
    return p->failed ? NULL : left;
}

static struct feel_node *conjunction(struct parser *p)
{
    return words(p, "and", NODE_AND, comparison);
}

static struct feel_node *expression(struct parser *p)
{
    if (p->failed)
        return NULL;
    if (++p->depth > FEEL_DEPTH_MAX)
        return fail(p, p->at, "括号嵌套超过%d层，请拆成几个式子", FEEL_DEPTH_MAX);
    bool range_end = p->range_end;
    p->range_end = false;
    struct feel_node *n = words(p, "or", NODE_OR, conjunction);
    p->range_end = range_end;
    p->depth--;
    return n;
}

static struct feel_node *cell(struct parser *p)
{
    skip(p);
    size_t at = p->at;
    struct feel_node *n = node(p, NODE_TESTS, at);
    if (eat(p, "-")) {
        skip(p);
        if (p->at == p->text.n)
            return node(p, NODE_ANYTHING, at);
        p->at = at;
    }
    struct kids kids = {0};
    if (sees_word(p, "not")) {
        eat_word(p, "not");
        if (eat(p, "(")) {
            do
                *list_add(p->op, &kids) = test(p, expression);
            while (!p->failed && eat(p, ","));
            if (!p->failed && eat(p, ")")) {
                skip(p);
                if (p->at == p->text.n) {
                    n->flag = true;
                    n->kids = kids.p;
                    n->count = (uint32_t)kids.n;
                    return n;
                }
            }
            if (p->failed)
                return NULL;
        }
        p->at = at; /* not(a) and b: an ordinary expression */
        kids = (struct kids){0};
    }
    do
        *list_add(p->op, &kids) = test(p, expression);
    while (!p->failed && eat(p, ","));
    n->kids = kids.p;
    n->count = (uint32_t)kids.n;
    return n;
}

/* ---- doors ------------------------------------------------------------------------------------------------- */

static void add_members(struct parser *p, const struct feel_type *t, int depth)
{
    if (!t || depth > 12 || p->members.n > MEMBERS_MAX)
        return;
    add_members(p, t->of, depth + 1);
    if (t->kind == FEEL_CONTEXT)
        for (size_t i = 0; i < t->field_count; i++) {
            *list_add(p->op, &p->members) = t->fields[i].name;
            add_members(p, t->fields[i].type, depth + 1);
        }
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

bool feel_parse_at(struct op *op, str text, const struct feel_scope *scope, bool tests, struct feel **ret,
                   struct feel_note *ret_where)
{
    static const struct feel_scope empty = {0};
    struct parser p = {.op = op, .scope = scope ? scope : &empty, .text = op_copy(op, text)};
    static const str properties[] = {SC("start included"), SC("end included"), SC("time offset")};
    for (size_t i = 0; i < COUNT(properties); i++)
        *list_add(op, &p.members) = properties[i];
    for (size_t i = 0; i < p.scope->count && !p.scope->member_count; i++)
        add_members(&p, p.scope->names[i].type, 0);

    struct feel_node *root = NULL;
    if (text.n > FEEL_TEXT_MAX)
        fail(&p, 0, "表达式太长，请拆成几个");
    else if (!utf8_valid(text))
        fail(&p, 0, "文字编码不是UTF-8，请另存为UTF-8后再试");
    else
        root = tests ? cell(&p) : expression(&p);
    skip(&p);
    if (!p.failed && p.at < p.text.n)
        unexpected(&p, "运算符或结尾");
    if (p.failed) {
        if (ret_where)
            *ret_where = p.note;
        return op_fail(op, FAULT_INPUT, op_text(op, "第%d行第%d字", p.note.line, p.note.column), "%.*s", PS(p.note.text));
    }
    if (p.used.n)
        qsort(p.used.p, p.used.n, sizeof(int), by_number);
    size_t unique = 0;
    for (size_t i = 0; i < p.used.n; i++)
        if (i == 0 || p.used.p[i] != p.used.p[i - 1])
            p.used.p[unique++] = p.used.p[i];
    struct feel *tree = op_new(op, struct feel);
    struct feel_scope *kept = op_new(op, struct feel_scope);
    *kept = *p.scope;
    *tree = (struct feel){.text = p.text, .root = root, .scope = kept, .used = p.used.p, .used_count = unique,
                          .line = p.scope->line, .column = p.scope->column};
    *ret = tree;
    return true;
}

bool feel_parse(struct op *op, str text, const struct feel_scope *scope, struct feel **ret)
{
    return feel_parse_at(op, text, scope, false, ret, NULL);
}

bool feel_parse_tests(struct op *op, str text, const struct feel_scope *scope, struct feel **ret)
{
    return feel_parse_at(op, text, scope, true, ret, NULL);
}

bool feel_parse_type(struct op *op, str text, const struct feel_type **ret)
{
    static const struct feel_scope empty = {0};
    struct parser p = {.op = op, .scope = &empty, .text = op_copy(op, text)};
    const struct feel_type *t = type(&p);
    skip(&p);
    if (!p.failed && p.at < text.n)
        unexpected(&p, "类型的结尾");
    if (p.failed)
        return op_fail(op, FAULT_INPUT, op_text(op, "第%d字", p.note.column), "%.*s", PS(p.note.text));
    *ret = t;
    return true;
}

const struct feel_scope *feel_scope_of(const struct feel *tree)
{
    return tree->scope;
}

str feel_source(const struct feel *tree)
{
    return tree->text;
}

void feel_names(struct op *op, const struct feel *tree, const int **ret, size_t *ret_count)
{
    int *copy = op_array(op, int, tree->used_count + 1);
    for (size_t i = 0; i < tree->used_count; i++)
        copy[i] = tree->used[i];
    *ret = copy;
    *ret_count = tree->used_count;
}
