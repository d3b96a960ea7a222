#include "xlsx/xml.h"

enum { WINDOW = 128 << 10, TOKEN_MAX = 1 << 20 };
static_assert(TOKEN_MAX > XLSX_CELL_CHARS_MAX * 8, "a full cell with every character escaped is one token");

void xml_whole(struct xml *x, struct op *op, str text, str where)
{
    if (str_starts(text, S("\xEF\xBB\xBF")))
        text = str_part(text, 3, text.n);
    *x = (struct xml){.op = op, .where = where, .p = text.p, .end = text.p + text.n, .ended = true};
}

void xml_part(struct xml *x, struct op *op, struct zip_part *part, str where)
{
    *x = (struct xml){.op = op, .part = part, .where = where};
    x->room = WINDOW;
    x->window = op_alloc(op, WINDOW);
    x->p = x->end = x->window;
}

bool xml_broken(struct xml *x, const char *what)
{
    x->failed = true;
    return op_fail(x->op, FAULT_INPUT, x->where, "内容格式不对（%s），请用 Excel 或 WPS 打开后另存为 .xlsx 再上传", what);
}

/* Brings more bytes behind what is left; false: no more, or failed. A token longer than the window makes it grow. */
static bool refill(struct xml *x)
{
    if (x->ended || x->failed)
        return false;
    size_t left = (size_t)(x->end - x->p);
    if (left > TOKEN_MAX)
        return xml_broken(x, "一处内容过长");
    if (left > WINDOW / 2 && x->room == WINDOW) { /* rare: one cell of more than 64 KB; at most once a part */
        x->room = TOKEN_MAX + WINDOW;
        char *larger = op_alloc(x->op, x->room);
        memcpy(larger, x->p, left);
        x->window = larger;
    } else {
        memmove(x->window, x->p, left);
    }
    size_t n;
    if (!zip_part_read(x->part, x->window + left, x->room - left, &n)) {
        x->failed = true;
        return false;
    }
    if (n >= 2 && left == 0 && x->depth == 0 && ((uint8_t)x->window[0] >= 0xFE || x->window[1] == 0))
        return xml_broken(x, "不是 UTF-8");
    x->ended = n == 0;
    x->p = x->window;
    x->end = x->window + left + n;
    return n > 0;
}

/* First `what` at or after p + from, reading on as needed; false: there is none. x->p may move. */
static bool reach(struct xml *x, size_t from, str what, size_t *ret_at)
{
    for (;;) {
        size_t left = (size_t)(x->end - x->p);
        if (left > from) {
            const char *hit = memmem(x->p + from, left - from, what.p, what.n);
            if (hit) {
                *ret_at = (size_t)(hit - x->p);
                return true;
            }
            if (left - from >= what.n)
                from = left - what.n + 1;
        }
        if (!refill(x))
            return false;
    }
}

/* The '>' that ends the tag at p: one inside quotes does not. Cells end in `">`, and where there is no apostrophe that
 * quote can only be a closing one, unless a value begins with '>'. */
static bool tag_end(struct xml *x, size_t *ret_at)
{
    const char *first = memchr(x->p, '>', (size_t)(x->end - x->p));
    if (first && first - x->p > 8 && first[-1] == '"' && first[-2] != '=' && first[-2] != ' '
        && !memchr(x->p, '\'', (size_t)(first - x->p))) {
        *ret_at = (size_t)(first - x->p);
        return true;
    }
    char quote = 0;
    for (size_t at = 1;;) {
        const char *p = x->p + at, *end = x->end;
        while (p < end) {
            if (quote) {
                while (p < end && *p != quote) /* a few bytes: shorter than a call of memchr */
                    p++;
                if (p == end)
                    break;
                quote = 0;
            } else if (*p == '>') {
                *ret_at = (size_t)(p - x->p);
                return true;
            } else if (*p == '"' || *p == '\'') {
                quote = *p;
            } else if (*p == '<') {
                return xml_broken(x, "标签不完整");
            }
            p++;
        }
        at = (size_t)(p - x->p);
        if (!refill(x))
            return x->failed ? false : xml_broken(x, "标签不完整");
    }
}

static void take(struct xml *x, enum xml_kind kind, size_t n)
{
    x->kind = kind;
    x->raw = (str){x->p, n};
    x->p += n;
}

/* <!-- …  <? …  <![CDATA[ … */
static bool odd_token(struct xml *x)
{
    static const struct {
        str head, tail;
        enum xml_kind kind;
    } odd[] = {
        {SC("<?"), SC("?>"), XML_OTHER},
        {SC("<!--"), SC("-->"), XML_OTHER},
        {SC("<![CDATA["), SC("]]>"), XML_CDATA},
    };
    while (x->end - x->p < 9 && refill(x))
        ;
    for (size_t i = 0; i < COUNT(odd); i++) {
        size_t at = 0;
        if (!str_starts((str){x->p, (size_t)(x->end - x->p)}, odd[i].head))
            continue;
        if (!reach(x, odd[i].head.n, odd[i].tail, &at))
            return x->failed ? false : xml_broken(x, "注释不完整");
        x->text = (str){x->p + odd[i].head.n, at - odd[i].head.n};
        take(x, odd[i].kind, at + odd[i].tail.n);
        return true;
    }
    return x->failed ? false : xml_broken(x, "含有 DTD 或不认识的声明");
}

static bool name_stops(char c)
{
    return c == ' ' || c == '/' || c == '\t' || c == '\n' || c == '\r' || c == '>';
}

static bool tag_token(struct xml *x)
{
    size_t at = 0;
    uint32_t hash = 0;
    if (!tag_end(x, &at))
        return false;
    bool close = x->p[1] == '/', empty = !close && x->p[at - 1] == '/';
    const char *p = x->p + 1 + close, *stop = x->p + at - empty;
    x->prefix = (str){p, 0};
    x->name.p = p;
    for (; p < stop && !name_stops(*p); p++) {
        hash = hash * 31 + (uint8_t)*p;
        if (*p == ':') {
            x->prefix = (str){x->name.p, (size_t)(p + 1 - x->name.p)};
            x->name.p = p + 1;
        }
    }
    x->name.n = (size_t)(p - x->name.p);
    x->attrs = (str){p, (size_t)(stop - p)};
    if (x->name.n == 0)
        return xml_broken(x, "标签没有名称");
    if (close && (x->depth == 0 || x->open[--x->depth] != hash))
        return xml_broken(x, "标签不成对");
    if (!close && !empty && x->depth == XML_DEPTH_MAX)
        return xml_broken(x, "层次过深");
    if (!close && !empty)
        x->open[x->depth++] = hash;
    take(x, close ? XML_CLOSE : empty ? XML_EMPTY : XML_OPEN, at + 1);
    return true;
}

bool xml_leaf(struct xml *x, str *ret)
{
    const char *stop = memchr(x->p, '<', (size_t)(x->end - x->p));
    size_t n = x->name.n;
    if (x->kind != XML_OPEN || x->prefix.n || !stop || (size_t)(x->end - stop) < n + 3 || stop[1] != '/'
        || memcmp(stop + 2, x->name.p, n) != 0 || stop[n + 2] != '>')
        return false;
    *ret = (str){x->p, (size_t)(stop - x->p)};
    x->p = stop + n + 3;
    x->depth--;
    x->kind = XML_CLOSE;
    return true;
}

bool xml_cell(struct xml *x, bool within, str *ret)
{
    static const struct {
        str head, tail;
    } shapes[] = {{SC("<v>"), SC("</v></c>")}, {SC("<is><t>"), SC("</t></is></c>")}};
    str head = shapes[within].head, tail = shapes[within].tail, ready = {x->p, (size_t)(x->end - x->p)};
    if (x->kind != XML_OPEN || x->prefix.n || !str_starts(ready, head))
        return false;
    const char *text = x->p + head.n, *stop = memchr(text, '<', ready.n - head.n);
    if (!stop || !str_starts((str){stop, (size_t)(x->end - stop)}, tail))
        return false;
    *ret = (str){text, (size_t)(stop - text)};
    x->p = stop + tail.n;
    x->depth--;
    x->kind = XML_CLOSE;
    return true;
}

bool xml_next(struct xml *x)
{
    if (x->p == x->end && !refill(x)) {
        if (x->failed)
            return false;
        if (x->depth != 0)
            return xml_broken(x, "标签不成对");
        x->kind = XML_END;
        x->raw = (str){x->p, 0};
        return true;
    }
    if (*x->p == '<') {
        if (x->p + 1 == x->end && !refill(x))
            return x->failed ? false : xml_broken(x, "标签不完整");
        return x->p[1] == '!' || x->p[1] == '?' ? odd_token(x) : tag_token(x);
    }
    size_t at = 0;
    const char *hit = memchr(x->p, '<', (size_t)(x->end - x->p));
    if (hit) {
        at = (size_t)(hit - x->p);
    } else if (!reach(x, 0, S("<"), &at)) {
        if (x->failed)
            return false;
        at = (size_t)(x->end - x->p);
    }
    x->text = (str){x->p, at};
    take(x, XML_TEXT, at);
    return true;
}

bool xml_pass(struct xml *x)
{
    size_t at;
    must(x->kind == XML_OPEN);
    str end = op_text(x->op, "</%.*s%.*s", PS(x->prefix), PS(x->name));
    for (;;) {
        size_t left = (size_t)(x->end - x->p);
        if (str_find((str){x->p, left}, end, &at)) {
            x->p += at;
            return true;
        }
        x->p = x->end - (left < end.n ? left : end.n - 1); /* it may have begun */
        if (!refill(x))
            return x->failed ? false : xml_broken(x, "标签不成对");
    }
}

/* ---- attributes -------------------------------------------------------------------------------------------- */

bool xml_attr_next(str *attrs, str *ret_name, str *ret_value)
{
    const char *p = attrs->p, *end = attrs->p + attrs->n;
    if (end - p > 4 && p[0] == ' ' && p[2] == '=' && p[3] == '"') { /* r="C17", as on every cell */
        const char *close = memchr(p + 4, '"', (size_t)(end - p) - 4);
        if (close) {
            *ret_name = (str){p + 1, 1};
            *ret_value = (str){p + 4, (size_t)(close - p) - 4};
            *attrs = (str){close + 1, (size_t)(end - close) - 1};
            return true;
        }
    }
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    const char *name = p;
    for (; p < end && *p != '='; p++)
        if (*p == ':')
            name = p + 1;
    size_t name_n = (size_t)(p - name);
    while (name_n && name_stops(name[name_n - 1]))
        name_n--;
    do
        p++;
    while (p < end && name_stops(*p));
    if (p >= end || (*p != '"' && *p != '\''))
        return false;
    const char *value = p + 1, *stop = memchr(value, *p, (size_t)(end - value));
    if (!stop)
        return false;
    *ret_name = (str){name, name_n};
    *ret_value = (str){value, (size_t)(stop - value)};
    attrs->p = stop + 1;
    attrs->n = (size_t)(end - stop - 1);
    return true;
}

bool xml_attr(const struct xml *x, const char *name, str *ret)
{
    str attrs = x->attrs, found, value, wanted = str_z(name);
    while (xml_attr_next(&attrs, &found, &value))
        if (str_eq(found, wanted)) {
            *ret = value;
            return true;
        }
    return false;
}

str xml_attr_text(const struct xml *x, const char *name)
{
    str raw;
    if (!xml_attr(x, name, &raw))
        return S("");
    char *to = op_alloc(x->op, raw.n + 1);
    size_t n = xml_decode(raw, false, to);
    return n == SIZE_MAX ? S("") : (str){to, n};
}

bool xml_attr_true(const struct xml *x, const char *name, bool otherwise)
{
    str v;
    if (!xml_attr(x, name, &v))
        return otherwise;
    return str_eq(v, S("1")) || str_eq(v, S("true")) || str_eq(v, S("on"));
}

bool xml_attr_int(const struct xml *x, const char *name, int64_t *ret)
{
    str v;
    if (!xml_attr(x, name, &v) || v.n == 0 || v.n > 12)
        return false;
    bool minus = v.p[0] == '-';
    int64_t sum = 0;
    for (size_t i = minus; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
        sum = sum * 10 + (v.p[i] - '0');
    }
    *ret = minus ? -sum : sum;
    return true;
}

/* ---- text -------------------------------------------------------------------------------------------------- */

static bool entity(str *raw, uint32_t *ret)
{
    static const struct {
        str name;
        char c;
    } entities[] = {
        {SC("&amp;"), '&'}, {SC("&lt;"), '<'}, {SC("&gt;"), '>'}, {SC("&quot;"), '"'}, {SC("&apos;"), '\''}};
    for (size_t i = 0; i < COUNT(entities); i++)
        if (str_starts(*raw, entities[i].name)) {
            *ret = (uint32_t)entities[i].c;
            *raw = str_part(*raw, entities[i].name.n, raw->n);
            return true;
        }
    if (!str_starts(*raw, S("&#")))
        return false;
    size_t at = 2;
    uint32_t base = 10, code = 0;
    if (at < raw->n && raw->p[at] == 'x') {
        base = 16;
        at++;
    }
    size_t first = at;
    for (; at < raw->n && raw->p[at] != ';'; at++) {
        char c = raw->p[at];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
            : base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a' + 10) : 99;
        if (digit > 15 || code > 0x10FFFF)
            return false;
        code = code * base + digit;
    }
    if (at == first || at == raw->n || code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return false;
    *ret = code;
    *raw = str_part(*raw, at + 1, raw->n);
    return true;
}

static bool hex4(const char *p, uint32_t *ret)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        if (c >= '0' && c <= '9')
            code = code << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            code = code << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    *ret = code;
    return true;
}

static bool escape_like(str raw, uint32_t *ret)
{
    return raw.n >= 7 && raw.p[0] == '_' && raw.p[1] == 'x' && raw.p[6] == '_' && hex4(raw.p + 2, ret);
}

/* _xD83D__xDE00_: a pair of halves is one character; half a pair alone is not text. */
static bool cell_escape(str *raw, uint32_t *ret)
{
    uint32_t high, low;
    if (!escape_like(*raw, &high))
        return false;
    size_t used = 7;
    if (high >= 0xD800 && high < 0xE000) {
        if (high >= 0xDC00 || !escape_like(str_part(*raw, 7, raw->n), &low) || low < 0xDC00 || low >= 0xE000)
            return false;
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        used = 14;
    }
    *ret = high;
    *raw = str_part(*raw, used, raw->n);
    return true;
}

size_t xml_decode(str raw, bool cell, char *to)
{
    static const bool special[256] = {['&'] = true, ['_'] = true, ['\r'] = true};
    char *out = to;
    uint8_t high = 0; /* its top bit: not only ASCII */
    while (raw.n) {
        char c = *raw.p;
        uint32_t code = 0;
        if (!special[(uint8_t)c]) {
            high |= (uint8_t)c;
            *out++ = c;
            raw.p++;
            raw.n--;
        } else if (c == '\r') { /* XML 1.0, 2.11: line ends are one line feed */
            *out++ = '\n';
            raw = str_part(raw, raw.n > 1 && raw.p[1] == '\n' ? 2 : 1, raw.n);
        } else if (c == '&' ? entity(&raw, &code) : cell && cell_escape(&raw, &code)) {
            out += utf8_put(out, code);
            high |= code < 0x80 ? 0 : 0x80;
        } else if (c == '&') {
            return SIZE_MAX;
        } else {
            *out++ = c;
            raw.p++;
            raw.n--;
        }
    }
    size_t n = (size_t)(out - to);
    return high < 0x80 || utf8_valid((str){to, n}) ? n : SIZE_MAX;
}

bool xml_element_text(struct xml *x, str *ret)
{
    struct buf b;
    buf_init(&b, x->op, XLSX_SMALL_PART_MAX);
    *ret = S("");
    if (x->kind == XML_EMPTY)
        return true;
    for (int inside = x->depth; x->depth >= inside;) {
        if (!xml_next(x))
            return false;
        if (x->kind == XML_TEXT) {
            char *to = op_alloc(x->op, x->text.n + 1);
            size_t n = xml_decode(x->text, false, to);
            if (n == SIZE_MAX)
                return xml_broken(x, "文字编码");
            buf_add(&b, (str){to, n});
        } else if (x->kind == XML_CDATA) {
            buf_add(&b, x->text);
        } else if (x->kind == XML_END) {
            return xml_broken(x, "标签不成对");
        }
    }
    *ret = buf_str(&b);
    return true;
}

/* What can be copied as it is: one byte of these, or three of the common planes of Chinese. */
static bool plain_byte(uint8_t c)
{
    return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '_';
}

static bool plain_three(const char *p, size_t left)
{
    uint8_t lead = (uint8_t)p[0];
    return left >= 3 && lead > 0xE0 && lead < 0xED && ((uint8_t)p[1] & 0xC0) == 0x80 && ((uint8_t)p[2] & 0xC0) == 0x80;
}

size_t xml_escape_some(str *text, char *to, size_t room)
{
    static const str entities[128] = {
        ['&'] = SC("&amp;"), ['<'] = SC("&lt;"), ['>'] = SC("&gt;"), ['"'] = SC("&quot;")};
    str left = *text;
    char *out = to, *stop = to + room - XML_ESCAPE_MAX;
    while (left.n && out <= stop) {
        if (plain_byte((uint8_t)*left.p)) {
            *out++ = *left.p++;
            left.n--;
            continue;
        }
        if (plain_three(left.p, left.n)) {
            memcpy(out, left.p, 3);
            out += 3;
            left.p += 3;
            left.n -= 3;
            continue;
        }
        str before = left;
        uint32_t code = utf8_next(&left), ignored;
        if (code < 128 && entities[code].n) {
            memcpy(out, entities[code].p, entities[code].n);
            out += entities[code].n;
        } else if ((code < 0x20 && code != '\t' && code != '\n') || code == 0xFFFE || code == 0xFFFF
                   || escape_like(before, &ignored)) { /* a text that looks like an escape is escaped itself */
            static const char hex[] = "0123456789ABCDEF";
            memcpy(out, "_x", 2);
            for (int i = 0; i < 4; i++)
                out[2 + i] = hex[code >> (12 - 4 * i) & 15];
            out[6] = '_';
            out += 7;
        } else {
            out += utf8_put(out, code);
        }
    }
    *text = left;
    return (size_t)(out - to);
}

void xml_escape(struct buf *b, str text)
{
    char piece[512];
    while (text.n)
        buf_add(b, (str){piece, xml_escape_some(&text, piece, sizeof piece)});
}
