/* Fonts of parts of a cell's text, read from its old text and given to the new. */
#include "xlsx/rich.h"

enum { NUMBER_CHARS_MAX = 20 };

/* A tag with its prefix left open: the sheet may call the namespace otherwise than the shared strings do. */
static void tag_add(struct buf *b, const struct xml *x)
{
    size_t front = x->kind == XML_CLOSE ? 2 : 1; /* </ or < */
    buf_add(b, str_part(x->raw, 0, front));
    buf_byte(b, '\x01');
    buf_add(b, str_part(x->raw, front + x->prefix.n, x->raw.n));
}

/* x is at <rPr>; afterwards at its end. */
static bool font_read(struct xml *x, str *ret)
{
    struct buf b;
    int depth = x->depth;
    buf_init(&b, x->op, XLSX_SMALL_PART_MAX);
    tag_add(&b, x);
    if (x->kind == XML_OPEN)
        do {
            if (!xml_next(x) || x->kind == XML_END)
                return false;
            if (x->kind == XML_OPEN || x->kind == XML_EMPTY || x->kind == XML_CLOSE)
                tag_add(&b, x);
        } while (x->depth >= depth);
    *ret = buf_str(&b);
    return true;
}

/* How long the text is when it is read: of the token x is at. */
static bool letters_count(struct xml *x, size_t *ret)
{
    struct mark mark = op_mark(x->op);
    size_t n = x->text.n;
    if (x->kind == XML_TEXT) {
        char *to = op_alloc(x->op, x->text.n + 1);
        n = xml_decode(x->text, true, to);
        op_reset(x->op, mark);
    }
    *ret = n;
    return n != SIZE_MAX || xml_broken(x, "文字编码");
}

bool rich_read(struct xml *x, struct rich *ret)
{
    struct { struct rich_run *p; size_t n, cap; } runs = {0};
    size_t at = 0, n;
    bool in_t = false, phonetic = false, rich = false;
    int depth = x->depth;
    *ret = (struct rich){0};
    if (x->kind != XML_OPEN)
        return true;
    while (x->depth >= depth) {
        if (!xml_next(x) || x->kind == XML_END)
            return false;
        if (x->kind == XML_TEXT || x->kind == XML_CDATA) {
            if (!in_t)
                continue;
            if (!letters_count(x, &n))
                return false;
            if (!runs.n)
                *list_add(x->op, &runs) = (struct rich_run){0};
            runs.p[runs.n - 1].to = at += n;
        } else if (xml_opens(x, "r")) {
            *list_add(x->op, &runs) = (struct rich_run){at, at, S("")};
        } else if (xml_opens(x, "rPr") && runs.n) {
            rich = true;
            if (!font_read(x, &runs.p[runs.n - 1].font))
                return false;
        } else if (xml_named(x, S("t"))) {
            in_t = x->kind == XML_OPEN && !phonetic;
        } else if (xml_named(x, S("rPh"))) {
            phonetic = x->kind == XML_OPEN;
        }
    }
    if (rich)
        *ret = (struct rich){runs.p, runs.n};
    return true;
}

bool rich_shared(struct xlsx_book *book, struct map *ret)
{
    struct op *op = book->op;
    struct zip_part *part;
    struct xml x;
    map_init(ret, op);
    if (!book->shared)
        return true;
    if (!zip_part_open(book->zip, book->shared, &part))
        return false;
    xml_part(&x, op, part, book->shared->name);
    size_t number = 0, total = 0;
    while (xml_next(&x) && x.kind != XML_END) {
        struct rich one;
        if (!xml_opens(&x, "si"))
            continue;
        if (!rich_read(&x, &one))
            return false;
        if (one.count) {
            struct rich *kept = op_new(op, struct rich);
            *kept = one;
            for (size_t i = 0; i < one.count; i++)
                total += one.runs[i].font.n + sizeof *one.runs;
            if (total > XLSX_SHARED_BYTES_MAX)
                return op_fail(op, FAULT_INPUT, x.where, "文字过多，请把表格分成几个文件");
            map_put(ret, op_text(op, "%zu", number), kept);
        }
        number++;
    }
    return !x.failed;
}

/* The font of the letter at this byte. */
static str rich_font(const struct rich *r, size_t at)
{
    for (size_t i = 0; i < r->count; i++)
        if (at >= r->runs[i].from && at < r->runs[i].to)
            return r->runs[i].font;
    return S("");
}

static void run_write(struct buf *out, str prefix, str font, str text)
{
    buf_text(out, "<%.*sr>", PS(prefix));
    for (size_t i = 0; i < font.n; i++)
        if (font.p[i] == '\x01')
            buf_add(out, prefix);
        else
            buf_byte(out, font.p[i]);
    buf_text(out, "<%.*st xml:space=\"preserve\">", PS(prefix));
    xml_escape(out, text);
    buf_text(out, "</%.*st></%.*sr>", PS(prefix), PS(prefix));
}

/* How many bytes of a piece have the look of its first. */
static size_t same_look(const struct rich *r, const struct xlsx_piece *p, size_t from)
{
    if (!p->own)
        return p->text.n;
    str font = rich_font(r, p->at + from);
    for (str rest = str_part(p->text, from, p->text.n); rest.n;) {
        (void)utf8_next(&rest);
        if (rest.n && !str_eq(font, rich_font(r, p->at + p->text.n - rest.n)))
            return p->text.n - rest.n;
    }
    return p->text.n;
}

void rich_write(struct op *op, struct buf *out, str prefix, const struct rich *r, const struct xlsx_piece *pieces,
                size_t count)
{
    struct buf text;
    str font = S("");
    buf_init(&text, op, 0);
    for (size_t i = 0; i < count; i++) {
        const struct xlsx_piece *p = &pieces[i];
        for (size_t from = 0, to; from < p->text.n; from = to) {
            str look = rich_font(r, p->own ? p->at + from : p->at);
            to = same_look(r, p, from);
            if (text.n && !str_eq(look, font)) {
                run_write(out, prefix, font, buf_str(&text));
                buf_init(&text, op, 0);
            }
            font = look;
            buf_add(&text, str_part(p->text, from, to));
        }
    }
    if (text.n)
        run_write(out, prefix, font, buf_str(&text));
}
