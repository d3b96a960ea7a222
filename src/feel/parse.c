/* From text to tree. There are no tokens: what a name is depends on the names in scope (`a-b` may be one), so the
 * parser reads characters and asks for the longest name at each place where one may begin (DMN 1.5, 10.3.1.4). */
#include <stdlib.h>

#include "feel/parse.h"

enum { MEMBERS_MAX = 20000 };

/* ---- types ------------------------------------------------------------------------------------------------- */

static const struct feel_type *type(struct parser *p);

/* After list, range, context or function: <…>, and the result of a function. */
static const struct feel_type *generic(struct parser *p, enum feel_kind kind)
{
    struct feel_type *made = op_new(p->op, struct feel_type);
    struct fields fields = {0};
    made->kind = kind;
    want(p, "<");
    if (kind == FEEL_LIST || kind == FEEL_RANGE) {
        made->of = type(p);
    } else if (!sees(p, ">")) {
        do {
            struct feel_field f = {0};
            skip(p);
            if (kind == FEEL_CONTEXT && (!parse_read_key(p, ":", &f.name) || !want(p, ":"))) {
                parse_unexpected(p, "成员名和冒号");
                return NULL;
            }
            f.type = type(p);
            *list_add(p->op, &fields) = f;
        } while (!p->failed && eat(p, ","));
    }
    made->fields = fields.p;
    made->field_count = fields.n;
    if (!p->failed && want(p, ">") && kind == FEEL_FUNCTION && want(p, "->"))
        made->of = type(p);
    return made;
}

/* The longest of the known names, those of the scope before the built-in ones. */
static const struct feel_type *named_type(struct parser *p)
{
    size_t at = p->at, best = at, own = p->scope->type_count, count;
    const struct feel_field *built_in = feel_type_names(&count);
    const struct feel_type *ret = NULL;
    for (size_t i = 0; i < own + count; i++) {
        const struct feel_field *f = i < own ? &p->scope->types[i] : &built_in[i - own];
        size_t end = parse_match_name(p, at, f->name), next = space_end(p, end);
        bool takes = f->type && (f->type->kind == FEEL_LIST || f->type->kind == FEEL_RANGE ||
                                 f->type->kind == FEEL_CONTEXT || f->type->kind == FEEL_FUNCTION);
        if (i >= own && takes && end && next < p->text.n && p->text.p[next] == '<') {
            p->at = end;
            return generic(p, f->type->kind);
        }
        if (end > best)
            best = end, ret = f->type;
    }
    if (best == at) {
        str word = parse_read_words(p);
        parse_fail(p, at, "不认识的类型「%.*s」，可用 number、string、boolean、date、time、list<…> 等", PS(word));
    }
    p->at = best;
    return ret ? ret : &feel_any;
}

static const struct feel_type *type(struct parser *p)
{
    skip(p);
    if (++p->depth > FEEL_DEPTH_MAX)
        parse_fail(p, p->at, "类型嵌套太深，请简化");
    const struct feel_type *ret = p->failed ? NULL : named_type(p);
    p->depth--;
    return p->failed ? NULL : ret;
}

/* ---- expressions ------------------------------------------------------------------------------------------- */

static struct feel_node *expression(struct parser *p);
static struct feel_node *sum(struct parser *p);

static struct feel_node *name_node(struct parser *p)
{
    size_t at = p->at, end;
    str name;
    int index;
    enum found found = parse_find_name(p, false, &name, &index, &end);
    if (found == FOUND_NONE) {
        size_t here = p->at;
        name = parse_read_words(p);
        if (p->scope->open || p->filters) {
            struct feel_node *n = node(p, NODE_UNKNOWN, here);
            n->text = name;
            return n;
        }
        str left = name;
        while (left.n) {
            str was = left;
            uint32_t c = utf8_next(&left);
            const char *ascii = parse_meant(c, p->op);
            if (ascii)
                return parse_fail(p, here + (name.n - was.n), "「%.*s」里有全角符号「%.*s」，请改用半角的 %s", PS(name),
                            PS(str_part(was, 0, was.n - left.n)), ascii);
        }
        /* something known that shares its beginning or end is probably what was meant */
        for (size_t i = 0; i < p->scope->count; i++) {
            str known = p->scope->names[i].name;
            size_t pos;
            if (str_find(known, name, &pos) || str_find(name, known, &pos))
                return parse_fail(p, here, "没有「%.*s」这一项，是不是「%.*s」？文字要加引号：\"%.*s\"", PS(name), PS(known), PS(name));
        }
        return parse_fail(p, here, "没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"", PS(name), PS(name));
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
            return parse_unexpected(p, "变量名");
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
            if (!parse_read_key(p, ":,)", &f.name))
                return parse_unexpected(p, "参数名");
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
        return parse_unexpected(p, "区间的结尾 ] 或 )");
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
                parse_fail(p, p->at, "判断相等只写一个 =，请去掉一个");
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
                if (!parse_read_string(p, &key))
                    return NULL;
            } else if (!parse_read_key(p, ":", &key)) {
                return parse_unexpected(p, "名称");
            }
            if (!want(p, ":"))
                return NULL;
            for (size_t i = 0; i < names.n; i++)
                if (str_eq(names.p[i], key))
                    return parse_fail(p, at, "「%.*s」重复了，请改名或删去一个", PS(key));
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
    if (!sees(p, "\"") || !parse_read_string(p, &s))
        return parse_unexpected(p, "引号里的日期、时间或时长");
    feel_value v;
    if (feel_duration_parse(s, &v) || feel_date_time_parse(p->op, s, &v) || feel_date_parse(s, &v) ||
        feel_time_parse(p->op, s, &v)) {
        if (v.kind == FEEL_DATE_TIME && !memchr(s.p, 'T', s.n))
            feel_date_parse(s, &v);
        return constant(p, at, v);
    }
    return parse_valueless(
        p, at, op_text(p->op, "「%.*s」不是日期、时间或时长，请写成 @\"2021-12-03\"、@\"08:30:00\"、@\"P1Y\" 这样", PS(s)));
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
        return parse_unexpected(p, "一个值");
    if ((c >= '0' && c <= '9') || (c == '.' && next < p->text.n && p->text.p[next] >= '0' && p->text.p[next] <= '9'))
        return parse_number(p);
    if (c == '"') {
        str s;
        return parse_read_string(p, &s) ? constant(p, at, feel_of_text(s)) : NULL;
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
        return parse_unexpected(p, "一个值");
    str word = str_part(p->text, at, end), name;
    int index;
    bool longer = parse_find_name(p, false, &name, &index, &name_end) != FOUND_NONE && name_end > end;
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
        if (parse_is_keyword(word))
            return parse_unexpected(p, "一个值");
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
            bool named = !sees(p, "\"") && parse_read_key(p, ":", &key) && sees(p, ":");
            p->at = named ? p->at : at;
            if (named)
                eat(p, ":");
            if (kids.n > 1 && named != (names.n > 0))
                return parse_fail(p, at, "参数要么都写名称，要么都不写，请统一");
            for (size_t i = 0; named && i < names.n; i++)
                if (str_eq(names.p[i], key))
                    return parse_fail(p, at, "参数「%.*s」写了两次，请删去一个", PS(key));
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
            bool known = parse_find_name(p, true, &name, &index, &known_end) != FOUND_NONE;
            str words_there = parse_read_words(p);
            if (known && known_end >= p->at)
                p->at = known_end;
            else
                name = words_there;
            if (name.n == 0)
                return parse_unexpected(p, "点号后面的名称");
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
        return parse_fail(p, at, "括号或运算嵌套超过%d层，请拆成几个式子", FEEL_DEPTH_MAX);
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
            return parse_fail(p, at, "式子太长，请拆成几个");
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
                return parse_unexpected(p, "值");
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
            return parse_fail(p, at, "条件太多，请拆成几个式子");
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
        return parse_fail(p, p->at, "括号嵌套超过%d层，请拆成几个式子", FEEL_DEPTH_MAX);
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
        parse_fail(&p, 0, "表达式太长，请拆成几个");
    else if (!utf8_valid(text))
        parse_fail(&p, 0, "文字编码不是UTF-8，请另存为UTF-8后再试");
    else
        root = tests ? cell(&p) : expression(&p);
    skip(&p);
    if (!p.failed && p.at < p.text.n)
        parse_unexpected(&p, "运算符或结尾");
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
