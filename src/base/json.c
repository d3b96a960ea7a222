/* JSON of RFC 8259: a strict reader into a tree that keeps numbers as written, and a writer. */
#include "base/base.h"

struct reader {
    struct op *op;
    str text;
    size_t at;
    int line;
    size_t line_start;
    int depth;
};

static bool bad(struct reader *r, const char *what)
{
    size_t column = utf8_count(str_part(r->text, r->line_start, r->at)) + 1;
    return op_fail(r->op, FAULT_INPUT, op_text(r->op, "第%d行第%zu列", r->line, column), "JSON 格式有误：%s", what);
}

static void skip_space(struct reader *r)
{
    for (; r->at < r->text.n; r->at++) {
        char c = r->text.p[r->at];
        if (c == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
    }
}

static bool take(struct reader *r, char c)
{
    if (r->at >= r->text.n || r->text.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

static bool hex4(struct reader *r, uint32_t *ret)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at >= r->text.n)
            return bad(r, "\\u 之后须有四位十六进制数字");
        char c = r->text.p[r->at];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return bad(r, "\\u 之后须有四位十六进制数字");
        v = v << 4 | (uint32_t)digit;
    }
    *ret = v;
    return true;
}

static bool read_escape(struct reader *r, struct buf *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->text.n ? r->text.p[r->at++] : 0;
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        buf_byte(b, to[found - from]);
        return true;
    }
    uint32_t code, low;
    if (c != 'u')
        return bad(r, "反斜杠之后的字符不认识");
    if (!hex4(r, &code))
        return false;
    if (code >= 0xD800 && code < 0xDC00) {
        if (!take(r, '\\') || !take(r, 'u'))
            return bad(r, "\\u 的高位代理之后缺低位代理");
        if (!hex4(r, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return bad(r, "\\u 的高位代理之后缺低位代理");
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
    } else if (code >= 0xDC00 && code < 0xE000) {
        return bad(r, "\\u 的低位代理之前缺高位代理");
    }
    buf_code(b, code);
    return true;
}

static bool read_string(struct reader *r, str *ret)
{
    if (!take(r, '"'))
        return bad(r, "此处须是双引号开头的文字");
    size_t start = r->at;
    while (r->at < r->text.n && r->text.p[r->at] != '"' && r->text.p[r->at] != '\\' &&
           (unsigned char)r->text.p[r->at] >= 0x20)
        r->at++;
    str plain = str_part(r->text, start, r->at);
    if (take(r, '"')) {
        *ret = op_copy(r->op, plain);
        return true;
    }
    struct buf b;
    buf_init(&b, r->op, 0);
    buf_add(&b, plain);
    for (;;) {
        if (r->at >= r->text.n)
            return bad(r, "文字的双引号没有闭合");
        if (take(r, '"'))
            break;
        if (take(r, '\\')) {
            if (!read_escape(r, &b))
                return false;
        } else if ((unsigned char)r->text.p[r->at] < 0x20) {
            return bad(r, "文字中不能直接出现换行或控制符，请写成 \\n 等");
        } else {
            buf_byte(&b, r->text.p[r->at++]);
        }
    }
    *ret = op_copy(r->op, buf_str(&b));
    return true;
}

static bool digits(struct reader *r)
{
    size_t start = r->at;
    while (r->at < r->text.n && r->text.p[r->at] >= '0' && r->text.p[r->at] <= '9')
        r->at++;
    return r->at > start;
}

static bool read_number(struct reader *r, str *ret)
{
    size_t start = r->at;
    take(r, '-');
    if (!take(r, '0') && !digits(r))
        return bad(r, "此处须是一个值");
    if (take(r, '.') && !digits(r))
        return bad(r, "小数点之后须有数字");
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+'))
            take(r, '-');
        if (!digits(r))
            return bad(r, "指数须有数字");
    }
    *ret = op_copy(r->op, str_part(r->text, start, r->at));
    return true;
}

static bool read_value(struct reader *r, struct json **ret);

static bool read_list(struct reader *r, struct json *v, char close)
{
    if (++r->depth > JSON_DEPTH_MAX)
        return bad(r, "嵌套过深");
    r->at++;
    struct json **end = &v->first;
    struct map seen;
    map_init(&seen, r->op);
    skip_space(r);
    while (!take(r, close)) {
        if (v->count && !take(r, ','))
            return bad(r, close == '}' ? "此处须是逗号或 }" : "此处须是逗号或 ]");
        skip_space(r);
        str key = {0};
        if (close == '}') {
            if (!read_string(r, &key))
                return false;
            if (!map_put(&seen, key, v))
                return bad(r, "同一对象中名称重复");
            skip_space(r);
            if (!take(r, ':'))
                return bad(r, "名称之后须是冒号");
            skip_space(r);
        }
        if (!read_value(r, end))
            return false;
        (*end)->key = key;
        end = &(*end)->next;
        v->count++;
        skip_space(r);
    }
    r->depth--;
    return true;
}

static bool read_value(struct reader *r, struct json **ret)
{
    static const struct { str word; enum json_kind kind; } words[] = {
        {SC("null"), JSON_NULL}, {SC("true"), JSON_TRUE}, {SC("false"), JSON_FALSE}};
    if (r->at >= r->text.n)
        return bad(r, "内容不完整");
    struct json *v = op_new(r->op, struct json);
    v->line = r->line;
    *ret = v;
    switch (r->text.p[r->at]) {
    case '{':
        v->kind = JSON_OBJECT;
        return read_list(r, v, '}');
    case '[':
        v->kind = JSON_ARRAY;
        return read_list(r, v, ']');
    case '"':
        v->kind = JSON_STRING;
        return read_string(r, &v->text);
    }
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_starts(str_part(r->text, r->at, r->text.n), words[i].word)) {
            r->at += words[i].word.n;
            v->kind = words[i].kind;
            return true;
        }
    v->kind = JSON_NUMBER;
    return read_number(r, &v->text);
}

bool json_parse(struct op *op, str text, struct json **ret)
{
    struct reader r = {.op = op, .text = text, .line = 1};
    if (!utf8_valid(text))
        return op_fail(op, FAULT_INPUT, S("JSON"), "内容不是有效的 UTF-8 文字，请另存为 UTF-8 编码");
    if (str_starts(text, S("\xEF\xBB\xBF")))
        r.at = r.line_start = 3;
    struct json *v;
    skip_space(&r);
    if (!read_value(&r, &v))
        return false;
    skip_space(&r);
    if (r.at != text.n)
        return bad(&r, "结尾之后还有多余内容");
    *ret = v;
    return true;
}

bool json_file(struct op *op, str path, str said, size_t bytes_max, struct json **ret)
{
    str text;
    if (!file_read(op, path, bytes_max, &text))
        return false;
    int faults = op->fault_count;
    if (json_parse(op, text, ret))
        return true;
    struct fault bad = *fault_last(op);
    str where = op_text(op, "%.*s %.*s", PS(said), PS(bad.field)), what = op_copy(op, bad.text);
    op_forgive(op, faults);
    return op_fail(op, bad.kind, where, "%.*s", PS(what));
}

const struct json *json_get(const struct json *object, str key)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *m = object->first; m; m = m->next)
        if (str_eq(m->key, key))
            return m;
    return NULL;
}

str json_str(const struct json *object, str key)
{
    const struct json *v = json_get(object, key);
    return v && v->kind == JSON_STRING ? v->text : (str){0};
}

bool json_int(const struct json *v, int64_t *ret)
{
    if (!v || v->kind != JSON_NUMBER)
        return false;
    size_t i = v->text.p[0] == '-';
    int64_t n = 0;
    for (; i < v->text.n; i++) {
        int digit = v->text.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, digit, &n))
            return false;
    }
    if (v->text.p[0] != '-' && __builtin_mul_overflow(n, -1, &n))
        return false;
    *ret = n;
    return true;
}

bool json_true(const struct json *object, str key)
{
    const struct json *v = json_get(object, key);
    return v && v->kind == JSON_TRUE;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

/* Where up to so many bytes of a value may be written, behind the comma that it needs; NULL: the text is full. */
static char *value_begin(struct json_out *w, size_t bytes)
{
    char *to = buf_room(w->b, bytes + 1);
    if (to && w->comma)
        *to++ = ',';
    w->comma = true;
    return to;
}

static void value_put(struct json_out *w, str value)
{
    char *to = value_begin(w, value.n);
    if (!to)
        return;
    memcpy(to, value.p, value.n);
    buf_take(w->b, to + value.n);
}

void json_open(struct json_out *w, char bracket)
{
    value_put(w, (str){&bracket, 1});
    w->comma = false;
}

void json_close(struct json_out *w, char bracket)
{
    buf_byte(w->b, bracket);
    w->comma = true;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Do sixteen bytes stand in a JSON text as they are? */
typedef unsigned char block __attribute__((vector_size(16)));

static bool block_plain(const char *p)
{
    block b;
    memcpy(&b, p, sizeof b);
    block other = (block)((b < 0x20) | (b == '"') | (b == '\\'));
    uint64_t halves[2];
    memcpy(halves, &other, sizeof halves);
    return !(halves[0] | halves[1]);
}

static size_t plain_run(str s)
{
    size_t i = 0;
    while (i + sizeof(block) <= s.n && block_plain(s.p + i))
        i += sizeof(block);
    while (i < s.n && is_plain((unsigned char)s.p[i]))
        i++;
    return i;
}

static void escaped(struct buf *b, str s)
{
    for (size_t n; (n = plain_run(s)) < s.n; s = str_part(s, n + 1, s.n)) {
        unsigned char c = (unsigned char)s.p[n];
        buf_add(b, (str){s.p, n});
        if (c == '\n')
            buf_add(b, S("\\n"));
        else if (c < 0x20)
            buf_text(b, "\\u%04x", c);
        else {
            buf_byte(b, '\\');
            buf_byte(b, (char)c);
        }
    }
    buf_add(b, s);
    buf_byte(b, '"');
}

/* Nearly every text stands there as it is: it is copied first and looked at then, with blanks behind it to the end of
 * its last block. */
void json_text(struct json_out *w, str value)
{
    static const char blanks[] = "                ";
    static_assert(sizeof blanks > sizeof(block));
    char *to = value_begin(w, value.n + 1 + sizeof(block));
    if (!to)
        return;
    *to++ = '"';
    if (value.n)
        memcpy(to, value.p, value.n);
    memcpy(to + value.n, blanks, sizeof(block));
    for (size_t i = 0; i < value.n; i += sizeof(block))
        if (!block_plain(to + i)) {
            buf_take(w->b, to + i);
            escaped(w->b, str_part(value, i, value.n));
            return;
        }
    to[value.n] = '"';
    buf_take(w->b, to + value.n + 1);
}

void json_key(struct json_out *w, str key)
{
    json_text(w, key);
    buf_byte(w->b, ':');
    w->comma = false;
}

void json_key_as(struct json_out *w, str written)
{
    value_put(w, written);
    w->comma = false;
}

str json_key_text(struct op *op, str key)
{
    struct buf b;
    buf_init(&b, op, 0);
    json_key(&(struct json_out){.b = &b}, key);
    return buf_str(&b);
}

void json_number(struct json_out *w, str as_written)
{
    value_put(w, as_written);
}

void json_int_out(struct json_out *w, int64_t value)
{
    value_put(w, S(""));
    buf_int(w->b, value);
}

void json_bool(struct json_out *w, bool value)
{
    value_put(w, value ? S("true") : S("false"));
}

void json_null(struct json_out *w)
{
    value_put(w, S("null"));
}

/* Texts of digits, letters and dashes, where there is nothing to look for, are written in place. */
static char *plain_begin(struct json_out *w, size_t bytes)
{
    char *to = value_begin(w, bytes + 2);
    if (to)
        *to++ = '"';
    return to;
}

static void plain_end(struct json_out *w, char *end)
{
    *end = '"';
    buf_take(w->b, end + 1);
}

void json_id(struct json_out *w, id x)
{
    char *to = plain_begin(w, ID_TEXT_BYTES);
    if (to)
        plain_end(w, to + id_put(to, x));
}

void json_time(struct json_out *w, time_ms t)
{
    char *to = plain_begin(w, TIME_TEXT_BYTES);
    if (to)
        plain_end(w, to + time_put(to, t));
}

void json_day(struct json_out *w, day d)
{
    char *to = plain_begin(w, DAY_TEXT_BYTES);
    if (to)
        plain_end(w, to + day_put(to, d));
}

void json_value(struct json_out *w, const struct json *v)
{
    switch (v->kind) {
    case JSON_NULL:
        json_null(w);
        return;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(w, v->kind == JSON_TRUE);
        return;
    case JSON_NUMBER:
        json_number(w, v->text);
        return;
    case JSON_STRING:
        json_text(w, v->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        json_open(w, v->kind == JSON_ARRAY ? '[' : '{');
        for (const struct json *m = v->first; m; m = m->next) {
            if (v->kind == JSON_OBJECT)
                json_key(w, m->key);
            json_value(w, m);
        }
        json_close(w, v->kind == JSON_ARRAY ? ']' : '}');
        return;
    }
}

void json_put_text(struct json_out *w, str key, str value)
{
    json_key(w, key);
    json_text(w, value);
}

void json_put_int(struct json_out *w, str key, int64_t value)
{
    json_key(w, key);
    json_int_out(w, value);
}

void json_put_bool(struct json_out *w, str key, bool value)
{
    json_key(w, key);
    json_bool(w, value);
}

void json_put_open(struct json_out *w, str key, char bracket)
{
    json_key(w, key);
    json_open(w, bracket);
}

void json_texts(struct json_out *w, const str *texts, size_t count)
{
    json_open(w, '[');
    for (size_t i = 0; i < count; i++)
        json_text(w, texts[i]);
    json_close(w, ']');
}

void json_put_texts(struct json_out *w, str key, const str *texts, size_t count)
{
    json_key(w, key);
    json_texts(w, texts, count);
}
