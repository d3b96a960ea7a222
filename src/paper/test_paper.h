/* A desk on which documents are laid out, and where things stand on their pages. */
#pragma once
#include <math.h>

#include "base/test.h"
#include "paper/inner.h"

/* Positions are those of GB/T 9704-2012, in mm from the page's top left. T = 37, L = 28, 156 x 225, 22 rows of 28
 * cells. */
[[maybe_unused]] static const double left = 28, right = 184, top = 37, bottom = 262, cell = 156 / 28.0, row_h = 225 / 22.0;

#define near(a, b, off) check_near((a), (b), (off), __LINE__, #a)
static inline void check_near(double a, double b, double off, int line, const char *what)
{
    if (!(fabs(a - b) <= off))
        test_failed(__FILE__, line, "%s = %.3f, expected %.3f ± %.2f", what, a, b, off);
}

struct desk {
    struct op *op;
    struct paper_rules *rules;
    struct paper_fonts *fonts;
};

/* The rules of the pack, with five types that can be told apart although only fonts-noto-cjk is there. */
static inline struct desk desk_new(struct op *op)
{
    struct desk d = {.op = op};
    str text;
    size_t from, to;
    bool ok = file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text);
    check(ok && str_find(text, S("\"字体\""), &from) && str_find(text, S("\"不拆词\""), &to));
    text = op_text(
        op,
        "%.*s\"字体\": {\"宋体\": [\"Noto Serif CJK SC\"], \"仿宋\": [\"Noto Serif CJK JP\"], \"楷体\": [\"Noto Sans "
        "Mono CJK SC\"],"
        " \"黑体\": [\"Noto Sans CJK SC\"], \"小标宋\": [\"Noto Serif CJK SC:bold\"]},\n%.*s",
        PS(str_part(text, 0, from)), PS(str_part(text, to, text.n)));
    check(paper_rules_read(op, text, &d.rules) && paper_fonts_open(op, d.rules, &d.fonts));
    return d;
}

static inline struct paper *made_of(struct desk *d, const struct paper_official *doc)
{
    struct paper *paper = NULL;
    if (!paper_official(d->op, d->fonts, d->rules, doc, &paper))
        test_failed(__FILE__, __LINE__, "not made: %.*s", PS(d->op->faults->text));
    return paper;
}

static inline struct paper *made(struct desk *d, str text)
{
    struct paper_official doc;
    if (!paper_official_read(d->op, text, &doc)) {
        test_failed(__FILE__, __LINE__, "not read: %.*s", PS(d->op->faults->text));
        return NULL;
    }
    return made_of(d, &doc);
}

static inline const struct paper_item *item_at(const struct paper *paper, size_t page, str part, size_t n)
{
    static const struct paper_item none = {.x = -1e6, .y = -1e6};
    for (size_t i = 0; page < paper->page_count && i < paper->pages[page].count; i++)
        if (str_eq(paper->pages[page].items[i].part, part) && n-- == 0)
            return &paper->pages[page].items[i];
    return &none;
}

static inline size_t items_of(const struct paper *paper, size_t page, str part)
{
    size_t n = 0;
    for (size_t i = 0; page < paper->page_count && i < paper->pages[page].count; i++)
        n += str_eq(paper->pages[page].items[i].part, part);
    return n;
}

static inline double end_of(const struct paper_item *item)
{
    return item->x + item->w;
}

/* Top of the type's body: 0.88 of its height is above the baseline. */
static inline double type_top(const struct paper_item *item)
{
    return item->y - 0.88 * item->h;
}

/* Rows of a part on a page, as text; runs on one baseline are one row. */
struct rows_text {
    struct {
        str text;
        double x, end, y;
    } row[64];
    size_t n;
};

static inline struct rows_text rows_of(struct op *op, const struct paper *paper, size_t page, str part)
{
    struct rows_text r = {0};
    for (size_t i = 0; page < paper->page_count && i < paper->pages[page].count; i++) {
        const struct paper_item *item = &paper->pages[page].items[i];
        if (item->kind != PAPER_RUN || !str_eq(item->part, part))
            continue;
        if (r.n == 0 || fabs(r.row[r.n - 1].y - item->y) > 0.01) {
            must(r.n < COUNT(r.row));
            r.row[r.n].text = S("");
            r.row[r.n].x = item->x;
            r.row[r.n++].y = item->y;
        }
        r.row[r.n - 1].text = op_text(op, "%.*s%.*s", PS(r.row[r.n - 1].text), PS(item->text));
        r.row[r.n - 1].end = end_of(item);
    }
    return r;
}

static inline str many(struct op *op, str s, size_t times)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < times; i++)
        buf_add(&b, s);
    return buf_str(&b);
}

static inline str with_body(struct op *op, str body)
{
    return op_text(
        op,
        "发文机关：青石镇人民政府\n发文字号：青政发〔2021〕12号\n标题：关于冬春救助工作的通知\n主送：各村民委员会\n"
        "署名：青石镇人民政府\n成文日期：2021年12月6日\n\n%.*s",
        PS(body));
}

/* ---- page and grid ---------------------------------------------------------------------------------------------- */
