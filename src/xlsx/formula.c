#include "xlsx/formula.h"

/* ECMA-376 part 1, 18.17.2: references are letters and digits with optional $, after a sheet's name and ! if there is
 * one. A word that goes on as a function or a name is neither. */

struct scan {
    struct op *op;
    str text;
    size_t at;
    struct buf out;
    str sheet; /* named just before; empty: none */
};

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '$' || c == '_' ||
           c == '.' || c == '\\' || (unsigned char)c >= 0x80;
}

static char peek(const struct scan *s, size_t at)
{
    return at < s->text.n ? s->text.p[at] : 0;
}

static size_t word_end(const struct scan *s, size_t at)
{
    while (at < s->text.n && is_word(s->text.p[at]))
        at++;
    return at;
}

/* "…" and '…': a quotation mark within is written twice. */
static size_t quoted_end(const struct scan *s, size_t at)
{
    char mark = s->text.p[at++];
    while (at < s->text.n && (s->text.p[at] != mark || peek(s, at + 1) == mark))
        at += s->text.p[at] == mark ? 2 : 1;
    return at < s->text.n ? at + 1 : s->text.n;
}

static size_t bracket_end(const struct scan *s, size_t at)
{
    int depth = 0;
    for (; at < s->text.n; at++) {
        depth += (s->text.p[at] == '[') - (s->text.p[at] == ']');
        if (depth == 0)
            return at + 1;
    }
    return at;
}

static bool ref_read(str word, struct ref *ret)
{
    struct ref r = {0};
    size_t at = 0;
    if (xlsx_ref_parse(word, &r.row, &r.column)) {
        r.column_fixed = word.p[0] == '$';
        r.row_fixed = memchr(word.p + 1, '$', word.n - 1) != NULL;
        *ret = r;
        return true;
    }
    r.rows_only = true;
    r.row_fixed = word.n && word.p[0] == '$';
    for (at = r.row_fixed; at < word.n && word.p[at] >= '0' && word.p[at] <= '9' && r.row <= XLSX_ROWS_MAX; at++)
        r.row = r.row * 10 + (uint32_t)(word.p[at] - '0');
    *ret = r;
    return at == word.n && r.row >= 1 && r.row <= XLSX_ROWS_MAX;
}

static void ref_put(struct scan *s, const struct ref *r)
{
    if (!r->rows_only)
        buf_text(&s->out, "%s%.*s", r->column_fixed ? "$" : "", PS(xlsx_ref(s->op, 0, r->column)));
    buf_text(&s->out, "%s%u", r->row_fixed ? "$" : "", r->row);
}

/* A word that may be a reference, with the end of its range. */
static void word_take(struct scan *s, ref_fn *change, void *context)
{
    size_t end = word_end(s, s->at), last_end = end;
    struct ref first, last;
    str word = str_part(s->text, s->at, end);
    char after = peek(s, end);
    bool is_ref = after != '(' && after != '!' && after != '[' && ref_read(word, &first), range = false;
    if (is_ref && after == ':') {
        last_end = word_end(s, end + 1);
        range = peek(s, last_end) != '!' && peek(s, last_end) != '(' &&
                ref_read(str_part(s->text, end + 1, last_end), &last) && last.rows_only == first.rows_only;
    }
    if (!is_ref || (first.rows_only && !range)) {
        buf_add(&s->out, word);
        s->at = end;
        if (after == '!') {
            s->sheet = word;
            buf_byte(&s->out, '!');
            s->at++;
        } else {
            s->sheet = S("");
        }
        return;
    }
    change(context, s->sheet, &first, range ? &last : NULL);
    ref_put(s, &first);
    if (range) {
        buf_byte(&s->out, ':');
        ref_put(s, &last);
    }
    s->at = range ? last_end : end;
    s->sheet = S("");
}

static void quoted_take(struct scan *s)
{
    size_t end = quoted_end(s, s->at);
    str whole = str_part(s->text, s->at, end);
    buf_add(&s->out, whole);
    s->sheet = S("");
    if (whole.p[0] == '\'' && peek(s, end) == '!') {
        struct buf name;
        buf_init(&name, s->op, 0);
        for (size_t i = 1; i + 1 < whole.n; i++) {
            buf_byte(&name, whole.p[i]);
            i += whole.p[i] == '\'';
        }
        s->sheet = buf_str(&name);
        buf_byte(&s->out, '!');
        end++;
    }
    s->at = end;
}

str formula_change(struct op *op, str formula, ref_fn *change, void *context)
{
    struct scan s = {.op = op, .text = formula};
    buf_init(&s.out, op, 0);
    while (s.at < formula.n) {
        char c = formula.p[s.at];
        if (c == '"' || c == '\'') {
            quoted_take(&s);
        } else if (c == '[') {
            size_t end = bracket_end(&s, s.at);
            buf_add(&s.out, str_part(formula, s.at, end));
            s.at = end;
        } else if (is_word(c)) {
            word_take(&s, change, context);
        } else {
            buf_byte(&s.out, c);
            s.at++;
            s.sheet = S("");
        }
    }
    return buf_str(&s.out);
}
