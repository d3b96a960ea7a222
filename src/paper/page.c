/* The page model: pages, items, notes; and rows of glyphs put on them. */
#include <math.h>

#include "paper/inner.h"

struct paper *paper_new(struct op *op, const struct paper_fonts *fonts)
{
    struct paper *paper = op_new(op, struct paper);
    paper->op = op;
    paper->fonts = fonts;
    return paper;
}

bool page_add(struct paper *paper, double w, double h)
{
    if (paper->page_count == PAPER_PAGES_MAX)
        return op_fail(paper->op, FAULT_INPUT, S("正文"), "超过 %d 页，请分成几件", PAPER_PAGES_MAX);
    struct {
        struct paper_page *p;
        size_t n, cap;
    } list = {paper->pages, paper->page_count, paper->page_cap};
    *list_add(paper->op, &list) = (struct paper_page){.w = w, .h = h};
    paper->pages = list.p;
    paper->page_count = list.n;
    paper->page_cap = list.cap;
    return true;
}

static struct paper_item *page_item(struct paper *paper, size_t page)
{
    must(page < paper->page_count);
    struct paper_page *to = &paper->pages[page];
    struct {
        struct paper_item *p;
        size_t n, cap;
    } list = {to->items, to->count, to->cap};
    struct paper_item *item = list_add(paper->op, &list);
    to->items = list.p;
    to->count = list.n;
    to->cap = list.cap;
    *item = (struct paper_item){.stretch = 1};
    return item;
}

void paper_note(struct paper *paper, str part, const char *format, ...)
{
    if (paper->note_count == PAPER_NOTES_MAX)
        return;
    va_list args;
    va_start(args, format);
    str text = op_vtext(paper->op, format, args);
    va_end(args);
    for (size_t i = 0; i < paper->note_count; i++)
        if (str_eq(paper->notes[i].text, text))
            return;
    struct {
        struct paper_note *p;
        size_t n, cap;
    } list = {paper->notes, paper->note_count, paper->note_cap};
    *list_add(paper->op, &list) = (struct paper_note){part, text};
    paper->notes = list.p;
    paper->note_count = list.n;
    paper->note_cap = list.cap;
}

void page_rule(struct paper *paper, size_t page, str part, enum paper_color color, double x, double y, double w,
               double h)
{
    struct paper_item *item = page_item(paper, page);
    item->kind = PAPER_RULE;
    item->part = part;
    item->color = color;
    item->x = x;
    item->y = y;
    item->w = w;
    item->h = h;
}

void page_image(struct paper *paper, size_t page, str part, const struct paper_image *image, double x, double y,
                double w, double h)
{
    page_rule(paper, page, part, PAPER_BLACK, x, y, w, h);
    struct paper_page *to = &paper->pages[page];
    to->items[to->count - 1].kind = PAPER_IMAGE;
    to->items[to->count - 1].image = image;
}

/* A glyph stands in the middle of its advance: cells are a little narrower or wider than the type is. */
static void glyph_set(struct paper_glyph *g, const struct unit *u, double x, const struct setting *s)
{
    double room = u->advance * s->cell - u->natural * s->size * s->stretch;
    g->id = u->glyph;
    g->bytes = u->bytes;
    g->x = (float)(x + room / 2 + u->dx * s->size * s->stretch);
    g->y = (float)(-u->dy * s->size);
}

double page_units(struct paper *paper, size_t page, const struct text *t, size_t from, size_t to, double x, double y,
                  const struct setting *s)
{
    double start = x;
    for (size_t i = from; i < to;) {
        size_t end = i + 1;
        while (end < to && t->units[end].face == t->units[i].face)
            end++;
        size_t at = t->units[i].at, stop = at;
        double origin = x;
        struct paper_glyph *glyphs = op_array(paper->op, struct paper_glyph, end - i);
        for (size_t k = i; k < end; k++) {
            const struct unit *u = &t->units[k];
            if (k > from && u->spreads)
                x += s->extra;
            glyph_set(&glyphs[k - i], u, x - origin, s);
            x += u->advance * s->cell;
            if (u->bytes)
                stop = u->at + u->bytes;
        }
        struct paper_item *item = page_item(paper, page);
        item->kind = PAPER_RUN;
        item->color = s->color;
        item->part = s->part;
        item->x = origin;
        item->y = y;
        item->w = x - origin;
        item->h = s->size;
        item->stretch = s->stretch;
        item->face = t->units[i].face;
        item->text = op_copy(paper->op, str_part(buf_str(&t->bytes), at, stop)); /* the text may be filled again */
        item->glyphs = glyphs;
        item->glyph_count = end - i;
        i = end;
    }
    return x - start;
}

void page_row(struct paper *paper, size_t page, const struct text *t, const struct row *row, double left, double width,
              double y, struct setting s)
{
    double room = width - row->indent * s.cell - row->natural * s.cell;
    size_t places = 0, to = row->to;
    while (to > row->from && t->units[to - 1].space) /* a space at the end of a row takes no room */
        to--;
    for (size_t i = row->from + 1; i < to; i++)
        places += t->units[i].spreads;
    s.extra = places && (!row->last || room < 0) ? room / (double)places : 0;
    if (s.extra > s.loose * s.cell)
        s.extra = 0;
    page_units(paper, page, t, row->from, to, left + row->indent * s.cell, y, &s);
}
