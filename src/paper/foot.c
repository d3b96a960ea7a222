/* 署名 成文日期 印章 附注, 版记, 页码: GB/T 9704-2012, 7.3.5, 7.3.6, 7.4, 7.5. */
#include <math.h>
#include <stdlib.h>

#include "paper/place.h"

enum { SIGNERS_MAX = 12, SEALS_IN_ROW = 3, STAMP_ROWS = 2 };

/* What closes a document, decided once: how many blank rows, names, and how they stand. */
struct sign {
    str names[SIGNERS_MAX];
    size_t count;
    bool sealed, stamped;
    double seal;        /* mm; 0: none */
    size_t blank, step; /* rows above the first name; from one row of seals to the next */
    size_t in_row;      /* joint names beside each other */
    size_t name_rows;
    size_t remark_rows;
};

static double seal_diameter(const struct place *p)
{
    double d = p->doc->seal_size.n ? strtod(op_z(p->op, p->doc->seal_size), NULL) : p->style->seal_size;
    return d >= 10 && d <= 80 ? d : p->style->seal_size;
}

static void remark_text(const struct place *p, struct text *t)
{
    str s = p->doc->remark;
    text_init(t, p->paper, S("附注"));
    if (!str_starts(s, S("（")) && !str_starts(s, S("(")))
        s = op_text(p->op, "（%.*s）", PS(s));
    text_add(t, TYPE_FANG, s);
}

/* Joint names stand beside each other as long as neither they nor their seals touch. */
static size_t sign_in_row(const struct place *p, const struct sign *s)
{
    double widest = s->seal;
    for (size_t i = 0; i < s->count; i++) {
        struct text t;
        text_init(&t, p->paper, S("署名"));
        text_add(&t, TYPE_FANG, s->names[i]);
        widest = fmax(widest, text_width(&t, 0, t.count) * p->cell);
    }
    double fits = floor(p->style->width / (widest + p->cell));
    return fits < 1 ? 1 : fits > SEALS_IN_ROW ? SEALS_IN_ROW : (size_t)fits;
}

static struct sign sign_of(const struct place *p)
{
    struct sign s = {0};
    const struct paper_official *doc = p->doc;
    str rest = doc->signers;
    for (str one = list_take(&rest); one.n && s.count < SIGNERS_MAX; one = list_take(&rest))
        s.names[s.count++] = one;
    s.stamped = doc->stamp || doc->office.n;
    s.sealed = !s.stamped && doc->seal_kind.n && s.count;
    s.seal = s.sealed ? seal_diameter(p) : 0;
    s.name_rows = s.count;
    if (s.stamped) {
        s.blank = 2;
    } else if (s.sealed) {
        /* The seal's top is to be within one row of the text: fewest blank rows for which it does not reach into it. */
        double rows = (s.seal / 2 + p->style->seal_lift) / p->style->pitch;
        s.blank = rows > 1 ? (size_t)ceil(rows) - 1 : 0;
        s.step = (size_t)ceil((s.seal + 2) / p->style->pitch);
        s.in_row = sign_in_row(p, &s);
        s.name_rows = s.count ? (s.count - 1) / s.in_row * s.step + 1 : 0;
    } else if (s.count || p->approved_on.n) {
        s.blank = 1;
    }
    if (doc->remark.n) {
        struct text t;
        struct rows rows = {0};
        remark_text(p, &t);
        (void)text_rows(&t, p->style->cells, 2, 0, (size_t)p->style->rows, &rows);
        s.remark_rows = rows.n;
    }
    return s;
}

size_t sign_rows(const struct place *p)
{
    struct sign s = sign_of(p);
    if (s.stamped)
        return s.blank + STAMP_ROWS + (p->approved_on.n ? 2 : 0) + s.remark_rows;
    return s.blank + s.name_rows + (p->approved_on.n ? 1 : 0) + s.remark_rows;
}

/* ---- names, date, seal ------------------------------------------------------------------------------------------ */

struct pen {
    struct place *p;
    const struct leaf *leaf;
    struct setting set;
};

static double width_of(const struct pen *pen, enum paper_type type, str s, struct text *t)
{
    text_init(t, pen->p->paper, pen->set.part);
    text_add(t, type, s);
    return text_width(t, 0, t->count) * pen->p->cell;
}

static double row_top(const struct pen *pen, size_t row)
{
    return pen->leaf->base + (double)(pen->leaf->used + row) * pen->leaf->pitch;
}

static void put(struct pen *pen, str part, enum paper_type type, str s, double x, size_t row)
{
    struct text t;
    pen->set.part = part;
    width_of(pen, type, s, &t);
    page_units(pen->p->paper, pen->leaf->page, &t, 0, t.count, x,
               baseline(row_top(pen, row), pen->leaf->pitch, pen->p->size), &pen->set);
}

static void seal_put(struct pen *pen, const struct sign *s, double middle, size_t name_row)
{
    struct place *p = pen->p;
    double r = s->seal / 2, text_end = row_top(pen, 0);
    double y = row_top(pen, name_row + 1) - p->style->seal_lift;
    if (name_row < s->step || s->step == 0) /* the first row of seals: its top within one row of the text */
        y = fmin(fmax(y, text_end + r), text_end + r + pen->leaf->pitch);
    if (p->doc->seal)
        page_image(p->paper, pen->leaf->page, S("印章"), p->doc->seal, middle - r, y - r, s->seal, s->seal);
    p->end = fmax(p->end, y + r);
}

static void sealed_put(struct pen *pen, const struct sign *s)
{
    struct place *p = pen->p;
    struct text t;
    double date = width_of(pen, TYPE_FANG, p->approved_on, &t);
    double column = p->style->width / (double)s->in_row;
    size_t date_row = s->blank + s->name_rows;
    for (size_t i = 0; i < s->count; i++) {
        bool last = i + 1 == s->count;
        size_t in_row = i % s->in_row, row = s->blank + i / s->in_row * s->step;
        size_t first = i - in_row, others = s->count - first < s->in_row ? s->count - first : s->in_row;
        double name = width_of(pen, TYPE_FANG, s->names[i], &t);
        double middle =
            p->right - column * ((double)(others - in_row) - 0.5); /* an unfinished row stands on the right */
        if (s->count == 1 || (last && in_row == 0)) /* centred on the date, which ends four cells from the right */
            middle = p->right - 4 * p->cell - date / 2;
        middle = fmin(middle, p->right - fmax(name, date) / 2);
        put(pen, S("署名"), TYPE_FANG, s->names[i], middle - name / 2, row);
        if (last && date > 0)
            put(pen, S("成文日期"), TYPE_FANG, p->approved_on, middle - date / 2, date_row);
        seal_put(pen, s, middle, row);
    }
}

static void unsealed_put(struct pen *pen, const struct sign *s)
{
    struct place *p = pen->p;
    struct text t;
    double date = width_of(pen, TYPE_FANG, p->approved_on, &t), end = p->right - 2 * p->cell, widest = 0;
    for (size_t i = 0; i < s->count; i++)
        widest = fmax(widest, width_of(pen, TYPE_FANG, s->names[i], &t));
    /* The date begins two cells right of the name; a date too long for that ends two cells from the right and the name
     * gives way. */
    double name_x = end - widest, date_x = name_x + 2 * p->cell;
    if (date_x + date > end) {
        date_x = end - date;
        name_x = s->count ? fmin(name_x, date_x - 2 * p->cell) : name_x;
    }
    for (size_t i = 0; i < s->count; i++)
        put(pen, S("署名"), TYPE_FANG, s->names[i], name_x, s->blank + i);
    if (p->approved_on.n)
        put(pen, S("成文日期"), TYPE_FANG, p->approved_on, date_x, s->blank + s->count);
}

/* 签名章: ends four cells from the right, the office two cells to its left; without a picture the name stands there in
 * 楷体. */
static void stamped_put(struct pen *pen, const struct sign *s)
{
    struct place *p = pen->p;
    const struct paper_image *stamp = p->doc->stamp;
    double end = p->right - 4 * p->cell, h = STAMP_ROWS * pen->leaf->pitch, top = row_top(pen, s->blank), w;
    double y = baseline(top, h, p->size);
    struct text t;
    if (stamp) {
        w = fmin(h * stamp->w / stamp->h, p->style->width / 2);
        page_image(p->paper, pen->leaf->page, S("签名章"), stamp, end - w, top, w, w * stamp->h / stamp->w);
    } else {
        pen->set.part = S("署名");
        w = width_of(pen, TYPE_KAI, s->count ? s->names[0] : S(""), &t);
        page_units(p->paper, pen->leaf->page, &t, 0, t.count, end - w, y, &pen->set);
    }
    pen->set.part = S("职务");
    double office = width_of(pen, TYPE_FANG, p->doc->office, &t);
    page_units(p->paper, pen->leaf->page, &t, 0, t.count, end - w - 2 * p->cell - office, y, &pen->set);
    double date = width_of(pen, TYPE_FANG, p->approved_on, &t);
    if (p->approved_on.n)
        put(pen, S("成文日期"), TYPE_FANG, p->approved_on, end - date, s->blank + STAMP_ROWS + 1);
}

void sign_place(struct place *p, const struct leaf *leaf)
{
    struct sign s = sign_of(p);
    struct pen pen = {.p = p, .leaf = leaf, .set = {.size = p->size, .cell = p->cell, .stretch = 1, .loose = 0.5}};
    size_t rows = sign_rows(p);
    if (rows == 0)
        return;
    if (s.stamped)
        stamped_put(&pen, &s);
    else if (s.sealed)
        sealed_put(&pen, &s);
    else
        unsealed_put(&pen, &s);
    if (s.remark_rows) {
        struct text t;
        struct rows list = {0};
        remark_text(p, &t);
        (void)text_rows(&t, p->style->cells, 2, 0, s.remark_rows, &list);
        pen.set.part = S("附注");
        for (size_t i = 0; i < list.n; i++)
            page_row(p->paper, leaf->page, &t, &list.p[i], p->style->left, p->style->width,
                     baseline(row_top(&pen, rows - s.remark_rows + i), leaf->pitch, p->size), pen.set);
    }
    p->end = fmax(p->end, row_top(&pen, rows));
}

/* ---- 版记 ------------------------------------------------------------------------------------------------------- */

struct imprint {
    struct text texts[3];
    struct rows rows[3]; /* 主送 and 抄送; 印发 stands alone */
    size_t count;
    bool printed;
    double size, pitch, height;
};

static void imprint_add(struct place *p, struct imprint *m, str label, str people)
{
    struct text *t = &m->texts[m->count];
    while (str_ends(people, S("：")) || str_ends(people, S("。")))
        people = str_part(people, 0, people.n - strlen("。"));
    text_init(t, p->paper, S("版记"));
    text_add(t, TYPE_FANG, op_text(p->op, "%.*s%.*s。", PS(label), PS(people)));
    double cells = (p->style->width - 2 * m->size) / m->size;
    (void)text_rows(t, cells, 0, 3, (size_t)p->style->rows, &m->rows[m->count]);
    m->height += (double)m->rows[m->count].n * m->pitch;
    m->count++;
}

static void imprint_rule(struct place *p, size_t page, double middle, double thick)
{
    if (p->style->imprint_rules)
        page_rule(p->paper, page, S("版记线"), PAPER_BLACK, p->style->left, middle - thick / 2, p->style->width, thick);
}

static void imprint_put(struct place *p, const struct imprint *m, size_t page)
{
    const struct paper_style *style = p->style;
    struct setting set = {.part = S("版记"), .size = m->size, .cell = m->size, .stretch = 1, .loose = 0.5};
    double y = p->bottom - m->height, left = style->left + m->size, width = style->width - 2 * m->size;
    imprint_rule(p, page, y, style->imprint_thick);
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->rows[i].n; k++, y += m->pitch)
            page_row(p->paper, page, &m->texts[i], &m->rows[i].p[k], left, width, baseline(y, m->pitch, m->size), set);
    if (m->printed) {
        struct text t;
        if (m->count)
            imprint_rule(p, page, y, style->imprint_thin);
        text_init(&t, p->paper, S("版记"));
        text_add(&t, TYPE_FANG, p->doc->printer);
        page_units(p->paper, page, &t, 0, t.count, left, baseline(y, m->pitch, m->size), &set);
        text_init(&t, p->paper, S("版记"));
        text_add(&t, TYPE_FANG, op_text(p->op, "%.*s印发", PS(p->printed_on)));
        page_units(p->paper, page, &t, 0, t.count, left + width - text_width(&t, 0, t.count) * m->size,
                   baseline(y, m->pitch, m->size), &set);
    }
    imprint_rule(p, page, p->bottom, style->imprint_thick);
}

bool imprint_place(struct place *p)
{
    const struct paper_style *style = p->style;
    struct imprint m = {.size = style->imprint_size * PT, .pitch = style->pitch * 2 / 3};
    if (p->to_in_imprint)
        imprint_add(p, &m, op_text(p->op, "%.*s：", PS(style->to_label.n ? style->to_label : S("主送"))), p->doc->to);
    if (p->doc->copies.n)
        imprint_add(p, &m, S("抄送："), p->doc->copies);
    m.printed = style->imprint_rules && (p->doc->printer.n || p->printed_on.n);
    m.height += m.printed ? m.pitch : 0;
    if (m.height == 0)
        return true;
    if (m.height > style->height)
        return op_fail(p->op, FAULT_INPUT, S("抄送"), "版记超过一页，请减少主送或抄送机关");
    bool fits = p->end + m.height <= p->bottom;
    bool even = p->paper->page_count % 2 == 0;
    size_t more = style->imprint_even ? (even ? (fits ? 0 : 2) : 1) : !fits;
    for (size_t i = 0; i < more; i++) {
        if (!page_add(p->paper, style->page_w, style->page_h))
            return false;
        if (more == 2) /* a blank page before the 版记: neither carries a number */
            p->unnumbered[p->paper->page_count - 1] = true;
    }
    imprint_put(p, &m, p->paper->page_count - 1);
    return true;
}

/* ---- 页码 ------------------------------------------------------------------------------------------------------- */

/* The dash's upper edge is 7 mm under the 版心; odd pages end one character from the right, even ones begin one from
 * the left. */
void numbers_place(struct place *p)
{
    const struct paper_style *style = p->style;
    struct setting set = {.part = S("页码"),
                          .size = style->number_size * PT,
                          .cell = style->number_size * PT,
                          .stretch = 1,
                          .loose = 0.5};
    for (size_t i = 0; i < p->paper->page_count; i++) {
        if (p->unnumbered[i] || (i == 0 && !style->first_number))
            continue;
        struct text t;
        text_init(&t, p->paper, S("页码"));
        text_add(&t, TYPE_SONG, op_text(p->op, "— %zu —", i + 1));
        double w = text_width(&t, 0, t.count) * set.cell, high, low;
        double x = i % 2 == 0 ? p->right - set.size - w : style->left + set.size;
        size_t first = p->paper->pages[i].count;
        page_units(p->paper, i, &t, 0, t.count, x, 0, &set);
        struct paper_item dash = p->paper->pages[i].items[first];
        dash.glyph_count = 1;
        paper_ink(&dash, &high, &low);
        for (size_t k = first; k < p->paper->pages[i].count; k++)
            p->paper->pages[i].items[k].y = p->bottom + style->page_number_gap + high;
    }
}
