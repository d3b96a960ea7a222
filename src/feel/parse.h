/* The inside of the parser: what reads characters and words (words.c) and what reads expressions (parse.c) share. */
#pragma once

#include "feel/tree.h"

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

/* ---- characters and words ----------------------------------------------------------------------------------- */

static inline uint32_t code_at(const struct parser *p, size_t at, size_t *ret_next)
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

static inline size_t space_end(const struct parser *p, size_t at)
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

static inline void skip(struct parser *p)
{
    p->at = space_end(p, p->at);
}

/* The run of name characters at `at`: one word. */
static inline size_t word_end(const struct parser *p, size_t at)
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

/* Records what does not fit at `at`, once; always NULL. */
struct feel_node *parse_fail(struct parser *p, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A literal that is well written and has no value: null with that note in an open scope, else a fault. */
struct feel_node *parse_valueless(struct parser *p, size_t at, str what);
/* What stands at p->at does not fit; `wanted` is what would. */
struct feel_node *parse_unexpected(struct parser *p, const char *wanted);
/* in ASCII, of a character that typing Chinese puts there; NULL: nothing */
const char *parse_meant(uint32_t c, struct op *op);
bool parse_is_keyword(str word);
size_t parse_match_name(struct parser *p, size_t at, str name); /* where it ends if it stands at `at`; else 0 */
enum found { FOUND_NONE, FOUND_LOCAL, FOUND_NAME, FOUND_MEMBER, FOUND_BUILTIN };
/* The longest known name at p->at. Nearer scopes win among equals. */
enum found parse_find_name(struct parser *p, bool members_only, str *ret_name, int *ret_index, size_t *ret_end);
/* neighbouring words that are no keywords: an unknown name, as far as anybody can tell */
str  parse_read_words(struct parser *p);
/* a name that is being given; it may hold symbols; `stops` end it */
bool parse_read_key(struct parser *p, const char *stops, str *ret);
bool parse_read_string(struct parser *p, str *ret);
struct feel_node *parse_number(struct parser *p);

/* ---- pieces -------------------------------------------------------------------------------------------------- */

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

static inline struct feel_node *node(struct parser *p, enum node_kind kind, size_t at)
{
    struct feel_node *n = op_new(p->op, struct feel_node);
    n->kind = kind;
    n->at = at;
    return n;
}

static inline struct feel_node *node_of(struct parser *p, enum node_kind kind, size_t at, struct feel_node *a,
                                 struct feel_node *b)
{
    struct feel_node *n = node(p, kind, at);
    n->count = b ? 2 : 1;
    n->kids = op_array(p->op, struct feel_node *, 2);
    n->kids[0] = a;
    n->kids[1] = b;
    return n;
}

static inline struct feel_node *constant(struct parser *p, size_t at, feel_value v)
{
    struct feel_node *n = node(p, NODE_CONST, at);
    n->value = v;
    return n;
}

/* Is `symbol` next? Does not move. */
static inline bool sees(struct parser *p, const char *symbol)
{
    skip(p);
    return p->at < p->text.n && p->text.p[p->at] == *symbol &&
           str_starts(str_part(p->text, p->at, p->text.n), str_z(symbol));
}

static inline bool eat(struct parser *p, const char *symbol)
{
    if (!sees(p, symbol))
        return false;
    p->at += str_z(symbol).n;
    return true;
}

static inline bool want(struct parser *p, const char *symbol)
{
    if (eat(p, symbol))
        return true;
    parse_unexpected(p, op_text(p->op, " %s ", symbol).p);
    return false;
}

static inline bool sees_word(struct parser *p, const char *word)
{
    skip(p);
    return p->at < p->text.n && p->text.p[p->at] == *word &&
           str_eq(str_part(p->text, p->at, word_end(p, p->at)), str_z(word));
}

static inline bool eat_word(struct parser *p, const char *word)
{
    if (!sees_word(p, word))
        return false;
    p->at += str_z(word).n;
    return true;
}

static inline bool want_word(struct parser *p, const char *word)
{
    if (eat_word(p, word))
        return true;
    parse_unexpected(p, op_text(p->op, " %s ", word).p);
    return false;
}

static inline void push_local(struct parser *p, str name)
{
    struct local *l = op_new(p->op, struct local);
    l->name = name;
    l->up = p->locals;
    p->locals = l;
}
