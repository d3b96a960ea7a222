#include "base/xml.h"
#include "base/encoding.h"

#include <expat.h>

struct reader {
    struct op *op;
    XML_Parser parser;
    struct xtree *root, *at;
    struct buf *texts; /* one growing text per open element */
    struct buf loose;  /* markup since the last tag */
    const struct xattr *spaces, **spaces_end; /* declared since the last tag */
    int depth;
    size_t nodes;
    bool cdata;        /* text comes as it stands */
    struct xtree_limit limit; /* nothing more is kept, and only looked at whether it is well-formed */
    bool refused;
};

static void refuse(struct reader *r, const char *why)
{
    if (r->refused)
        return;
    r->refused = true;
    r->limit = (struct xtree_limit){(int)XML_GetCurrentLineNumber(r->parser), (int)XML_GetCurrentColumnNumber(r->parser) + 1,
                                    op_copy(r->op, str_z(why))};
}

/* expat joins a namespace, a name and a prefix with the separator we chose. */
static void name_of(struct op *op, const char *joined, str *ret_ns, str *ret_name, str *ret_prefix)
{
    str whole = op_copy(op, str_z(joined)), head, tail;
    bool both = str_split(whole, '\n', &head, &tail);
    *ret_ns = both ? head : (str){0};
    str_split(both ? tail : whole, '\n', ret_name, ret_prefix);
}

static str loose_take(struct reader *r)
{
    str markup = op_copy(r->op, buf_str(&r->loose));
    r->loose.n = 0;
    return markup;
}

static void on_space(void *self, const char *prefix, const char *uri)
{
    struct reader *r = self;
    if (r->refused)
        return;
    struct xattr *a = op_new(r->op, struct xattr);
    a->name = op_copy(r->op, str_z(prefix ? prefix : ""));
    a->value = op_copy(r->op, str_z(uri ? uri : ""));
    *r->spaces_end = a;
    r->spaces_end = &a->next;
}

/* In text a line end stays a line end, unlike in an attribute. */
void xtree_escape_text(struct buf *b, str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '&')
            buf_add(b, S("&amp;"));
        else if (text.p[i] == '<')
            buf_add(b, S("&lt;"));
        else if (text.p[i] == '>')
            buf_add(b, S("&gt;"));
        else if (text.p[i] == '\r')
            buf_add(b, S("&#13;"));
        else
            buf_byte(b, text.p[i]);
}

static void on_comment(void *self, const char *text)
{
    struct reader *r = self;
    if (!r->refused)
        buf_text(&r->loose, "<!--%s-->", text);
}

static void on_instruction(void *self, const char *target, const char *data)
{
    struct reader *r = self;
    if (!r->refused)
        buf_text(&r->loose, "<?%s%s%s?>", target, *data ? " " : "", data);
}

static void on_open(void *self, const char *name, const char **attributes)
{
    struct reader *r = self;
    if (r->refused)
        return;
    if (r->depth >= XTREE_DEPTH_MAX) {
        refuse(r, "层次太深");
        return;
    }
    if (++r->nodes > XTREE_NODES_MAX) {
        refuse(r, "元素太多");
        return;
    }
    struct xtree *e = op_new(r->op, struct xtree);
    name_of(r->op, name, &e->ns, &e->name, &e->prefix);
    e->spaces = r->spaces;
    r->spaces = NULL;
    r->spaces_end = &r->spaces;
    e->before = loose_take(r);
    e->line = (int)XML_GetCurrentLineNumber(r->parser);
    e->column = (int)XML_GetCurrentColumnNumber(r->parser) + 1;
    const struct xattr **end = &e->attrs;
    for (size_t i = 0; attributes[i]; i += 2) {
        struct xattr *a = op_new(r->op, struct xattr);
        name_of(r->op, attributes[i], &a->ns, &a->name, &a->prefix);
        a->value = op_copy(r->op, str_z(attributes[i + 1]));
        *end = a;
        end = &a->next;
    }
    e->up = r->at;
    if (!r->at)
        r->root = e;
    else if (r->at->last)
        r->at->last = r->at->last->next = e;
    else
        r->at->first = r->at->last = e;
    r->at = e;
    buf_init(&r->texts[r->depth++], r->op, 0);
}

static void on_close(void *self, const char *name)
{
    struct reader *r = self;
    (void)name;
    if (r->refused)
        return;
    r->at->text = op_copy(r->op, buf_str(&r->texts[--r->depth]));
    r->at->rest = loose_take(r);
    r->at = r->at->up;
}

static void on_text(void *self, const char *text, int length)
{
    struct reader *r = self;
    str part = {text, (size_t)length};
    if (r->refused || r->depth == 0)
        return;
    buf_add(&r->texts[r->depth - 1], part);
    if (r->cdata)
        buf_add(&r->loose, part);
    else
        xtree_escape_text(&r->loose, part);
}

static void on_cdata(void *self)
{
    struct reader *r = self;
    r->cdata = true;
    if (!r->refused)
        buf_add(&r->loose, S("<![CDATA["));
}

static void on_cdata_end(void *self)
{
    struct reader *r = self;
    r->cdata = false;
    if (!r->refused)
        buf_add(&r->loose, S("]]>"));
}

/* Modelling tools on Windows still write windows-1252: Latin-1 with these in the place of control characters. */
static int on_encoding(void *self, const XML_Char *name, XML_Encoding *info)
{
    static const uint16_t high[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                      0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                      0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                      0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    (void)self;
    static const char wanted[] = "windows-1252";
    for (size_t i = 0; i < sizeof wanted; i++)
        if ((name[i] | (name[i] >= 'A' && name[i] <= 'Z' ? 32 : 0)) != wanted[i])
            return XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++)
        info->map[i] = i >= 0x80 && i < 0xA0 ? high[i - 0x80] : i;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

static void on_doctype(void *self, const char *name, const char *system, const char *public, int internal)
{
    struct reader *r = self;
    (void)name, (void)system, (void)public, (void)internal;
    refuse(r, "不允许文档类型声明（DOCTYPE）");
    XML_StopParser(r->parser, XML_FALSE); /* no entity is expanded */
}

static const char *trouble(enum XML_Error error, bool begun)
{
    if (error == XML_ERROR_NO_ELEMENTS && begun) /* what it says at the end of a file that has open elements */
        return "没有写完";
    static const struct {
        enum XML_Error error;
        const char *text;
    } known[] = {{XML_ERROR_NO_ELEMENTS, "没有内容"},
                 {XML_ERROR_UNCLOSED_TOKEN, "没有写完"},
                 {XML_ERROR_TAG_MISMATCH, "开始与结束的标签不对应"},
                 {XML_ERROR_DUPLICATE_ATTRIBUTE, "同一属性写了两次"},
                 {XML_ERROR_UNBOUND_PREFIX, "前缀没有声明命名空间"},
                 {XML_ERROR_INVALID_TOKEN, "有不合规的字符"},
                 {XML_ERROR_JUNK_AFTER_DOC_ELEMENT, "结尾之后还有内容"},
                 {XML_ERROR_UNDEFINED_ENTITY, "用了没有定义的实体"},
                 {XML_ERROR_UNKNOWN_ENCODING, "编码不认识，请另存为UTF-8"}};
    for (size_t i = 0; i < COUNT(known); i++)
        if (known[i].error == error)
            return known[i].text;
    return "不是合规的XML";
}

static bool same_letters(str a, const char *lower)
{
    if (a.n != str_z(lower).n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] | (a.p[i] >= 'A' && a.p[i] <= 'Z' ? 32 : 0)) != lower[i])
            return false;
    return true;
}

/* Where the declaration names one of the Chinese encodings, which are all read as the largest of them. */
static bool declares_gb(str text, size_t *ret_at, size_t *ret_n)
{
    static const char *const names[] = {"gbk", "gb2312", "gb18030", "cp936"};
    size_t end, at, n = 0;
    if (!str_starts(text, S("<?xml")) || !str_find(text, S("?>"), &end) ||
        !str_find(str_part(text, 0, end), S("encoding"), &at))
        return false;
    for (at += S("encoding").n; at < end && text.p[at] != '"' && text.p[at] != '\'';)
        at++;
    at++;
    while (at + n < end && text.p[at + n] != '"' && text.p[at + n] != '\'')
        n++;
    *ret_at = at;
    *ret_n = n;
    for (size_t i = 0; i < COUNT(names) && at + n < end; i++)
        if (same_letters(str_part(text, at, at + n), names[i]))
            return true;
    return false;
}

bool xml_text(struct op *op, str bytes, str where, str *ret)
{
    str read = bytes;
    size_t at, n, stop = bytes.n, line = 1, begin = 0;
    *ret = bytes;
    if (!declares_gb(bytes, &at, &n))
        return true;
    /* Some programs write UTF-8 and leave the declaration as it was; no document of any length is both. */
    if (!utf8_valid(bytes) && !encoding_decode(op, ENCODING_GB18030, bytes, &read, &stop))
        return false;
    for (size_t i = 0; i < stop; i++)
        if (bytes.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    if (stop < bytes.n)
        return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%zu行第%zu字", PS(where), line, stop - begin + 1),
                       "这里不是文件开头声明的编码，请另存为UTF-8");
    const str parts[] = {str_part(read, 0, at), S("UTF-8"), str_part(read, at + n, read.n)};
    *ret = op_join(op, parts, COUNT(parts), S("")); /* a zero byte stays for the parser to refuse */
    return true;
}

bool xtree_read(struct op *op, str text, str where, struct xtree **ret, struct xtree_limit *ret_limit)
{
    struct reader r = {.op = op};
    bool ok = false;
    *ret = NULL;
    if (text.n > XTREE_BYTES_MAX) {
        *ret_limit = (struct xtree_limit){1, 1, op_text(op, "文件超过%dMB", XTREE_BYTES_MAX >> 20)};
        return true;
    }
    if (!xml_text(op, text, where, &text))
        return false;
    r.parser = XML_ParserCreateNS(NULL, '\n');
    if (!r.parser)
        return op_fail(op, FAULT_SYSTEM, where, "内存不足，请稍后再试");
    r.texts = op_array(op, struct buf, XTREE_DEPTH_MAX + 1);
    buf_init(&r.loose, op, 0);
    r.spaces_end = &r.spaces;
    XML_SetReturnNSTriplet(r.parser, 1);
    XML_SetUserData(r.parser, &r);
    XML_SetStartNamespaceDeclHandler(r.parser, on_space);
    XML_SetCommentHandler(r.parser, on_comment);
    XML_SetProcessingInstructionHandler(r.parser, on_instruction);
    XML_SetUnknownEncodingHandler(r.parser, on_encoding, NULL);
    XML_SetElementHandler(r.parser, on_open, on_close);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetCdataSectionHandler(r.parser, on_cdata, on_cdata_end);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    enum XML_Status status = XML_Parse(r.parser, text.n ? text.p : "", (int)text.n, XML_TRUE);
    enum XML_Error error = XML_GetErrorCode(r.parser);
    if (status != XML_STATUS_OK && error != XML_ERROR_ABORTED) {
        int line = (int)XML_GetCurrentLineNumber(r.parser), column = (int)XML_GetCurrentColumnNumber(r.parser) + 1;
        ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行第%d字", PS(where), line, column), "%s，请用原来的软件重新导出",
                     trouble(error, r.root));
        goto out;
    }
    ok = true;
    *ret_limit = r.limit;
    if (r.refused)
        goto out;
    r.root->after = loose_take(&r);
    *ret = r.root;
out:
    XML_ParserFree(r.parser);
    return ok;
}

bool xtree_parse(struct op *op, str text, str where, struct xtree **ret)
{
    struct xtree *root;
    struct xtree_limit limit;
    if (!xtree_read(op, text, where, &root, &limit))
        return false;
    if (!root && text.n > XTREE_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, where, "%.*s，请检查是否选错了文件", PS(limit.why));
    if (!root)
        return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行第%d字", PS(where), limit.line, limit.column),
                       "%.*s，请用原来的软件重新导出", PS(limit.why));
    *ret = root;
    return true;
}

bool xtree_is(const struct xtree *e, const char *name)
{
    return e->name.n && e->name.p[0] == name[0] && str_eq(e->name, str_z(name));
}

static const struct xtree *from_here(const struct xtree *e, const char *name)
{
    while (e && name && !xtree_is(e, name))
        e = e->next;
    return e;
}

const struct xtree *xtree_first(const struct xtree *parent, const char *name)
{
    return parent ? from_here(parent->first, name) : NULL;
}

const struct xtree *xtree_next(const struct xtree *e, const char *name)
{
    return from_here(e->next, name);
}

/* An element's own before one of another namespace that has the same name. */
static const struct xattr *attr(const struct xtree *e, const char *name)
{
    const struct xattr *foreign = NULL;
    str wanted = str_z(name);
    for (const struct xattr *a = e ? e->attrs : NULL; a; a = a->next) {
        if (!str_eq(a->name, wanted))
            continue;
        if (!a->prefix.n || str_eq(a->ns, e->ns))
            return a;
        foreign = foreign ? foreign : a;
    }
    return foreign;
}

str xtree_attr(const struct xtree *e, const char *name)
{
    const struct xattr *a = attr(e, name);
    return a ? a->value : S("");
}

bool xtree_has(const struct xtree *e, const char *name)
{
    return attr(e, name);
}

static const struct xattr *own(const struct xtree *e, const char *name)
{
    const struct xattr *a = attr(e, name);
    return a && (!a->prefix.n || str_eq(a->ns, e->ns)) ? a : NULL;
}

str xtree_own(const struct xtree *e, const char *name)
{
    const struct xattr *a = own(e, name);
    return a ? a->value : S("");
}

bool xtree_owns(const struct xtree *e, const char *name)
{
    return own(e, name);
}

str xtree_text(const struct xtree *parent, const char *name)
{
    const struct xtree *e = xtree_first(parent, name);
    return e ? str_trim(e->text) : S("");
}

void xtree_escape(struct buf *b, str text)
{
    for (size_t i = 0; i < text.n; i++)
        switch (text.p[i]) {
        case '&':
            buf_add(b, S("&amp;"));
            break;
        case '<':
            buf_add(b, S("&lt;"));
            break;
        case '>':
            buf_add(b, S("&gt;"));
            break;
        case '"':
            buf_add(b, S("&quot;"));
            break;
        case '\n':
        case '\r':
        case '\t':
            buf_text(b, "&#%d;", text.p[i]);
            break;
        default:
            if ((unsigned char)text.p[i] >= ' ') /* XML has no other control characters */
                buf_byte(b, text.p[i]);
        }
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void name_write(struct buf *b, str prefix, str name)
{
    buf_add(b, prefix);
    if (prefix.n)
        buf_byte(b, ':');
    buf_add(b, name);
}

static void tag_write(struct buf *b, const struct xtree *e)
{
    buf_add(b, e->before);
    buf_byte(b, '<');
    name_write(b, e->prefix, e->name);
    for (const struct xattr *a = e->spaces; a; a = a->next) {
        buf_add(b, a->name.n ? S(" xmlns:") : S(" xmlns"));
        buf_add(b, a->name);
        buf_add(b, S("=\""));
        xtree_escape(b, a->value);
        buf_byte(b, '"');
    }
    for (const struct xattr *a = e->attrs; a; a = a->next) {
        buf_byte(b, ' ');
        name_write(b, a->prefix, a->name);
        buf_add(b, S("=\""));
        xtree_escape(b, a->value);
        buf_byte(b, '"');
    }
}

void xtree_tag(struct buf *b, const struct xtree *e)
{
    tag_write(b, e);
    buf_byte(b, '>');
}

void xtree_tag_end(struct buf *b, const struct xtree *e)
{
    buf_add(b, e->rest);
    buf_add(b, S("</"));
    name_write(b, e->prefix, e->name);
    buf_byte(b, '>');
}

void xtree_element(struct buf *b, const struct xtree *e)
{
    if (!e->first && e->rest.n == 0) {
        tag_write(b, e);
        buf_add(b, S("/>"));
        return;
    }
    xtree_tag(b, e);
    for (const struct xtree *c = e->first; c; c = c->next)
        xtree_element(b, c);
    xtree_tag_end(b, e);
}

void xtree_write(struct buf *b, const struct xtree *root)
{
    buf_add(b, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    xtree_element(b, root);
    buf_byte(b, '\n');
    buf_add(b, root->after);
}

/* ---- changing ---------------------------------------------------------------------------------------------- */

void xtree_text_set(struct op *op, struct xtree *e, str text)
{
    struct buf b;
    must(!e->first);
    buf_init(&b, op, 0);
    xtree_escape_text(&b, text);
    e->text = text;
    e->rest = buf_str(&b);
}

void xtree_attr_drop(struct xtree *e, const char *name)
{
    struct xattr *before = NULL;
    for (const struct xattr *a = e->attrs; a; a = a->next) {
        if (a->prefix.n || !str_eq(a->name, str_z(name))) {
            before = (struct xattr *)a;
            continue;
        }
        if (before)
            before->next = a->next;
        else
            e->attrs = a->next;
    }
}

void xtree_attr_set(struct op *op, struct xtree *e, const char *name, str value)
{
    for (const struct xattr *a = e->attrs; a; a = a->next)
        if (!a->prefix.n && str_eq(a->name, str_z(name))) {
            ((struct xattr *)a)->value = value;
            return;
        }
    struct xattr *a = op_new(op, struct xattr);
    *a = (struct xattr){.name = str_z(name), .value = value, .next = e->attrs};
    e->attrs = a;
}
