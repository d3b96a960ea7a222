/* 版头 and title: GB/T 9704-2012, 7.2, 7.3.1, 10.1. */
#include <math.h>

#include "paper/place.h"

enum { ORGANS_MAX = 12, APPROVERS_MAX = 12 };

double baseline(double top, double pitch, double size)
{
    return top + (pitch - size) / 2 + 0.88 * size;
}

str list_take(str *rest)
{
    str head = {0}, tail;
    while (rest->n && head.n == 0) {
        str_split(*rest, '\n', &head, &tail);
        *rest = tail;
        head = str_trim(head);
    }
    return head;
}

static struct setting setting(const struct place *p, str part)
{
    return (struct setting){.part = part, .size = p->size, .cell = p->cell, .stretch = 1, .loose = 0.5};
}

/* One short element in one row; x is its left end, or its right end when `right`. Returns its other end. */
static double element(struct place *p, str part, enum paper_type type, str s, double x, double top, bool right)
{
    struct text t;
    struct setting set = setting(p, part);
    text_init(&t, p->paper, part);
    text_add(&t, type, s);
    double w = text_width(&t, 0, t.count) * p->cell;
    page_units(p->paper, 0, &t, 0, t.count, right ? x - w : x, baseline(top, p->style->pitch, p->size), &set);
    return right ? x - w : x + w;
}

/* ---- the red mark ----------------------------------------------------------------------------------------------- */

static void mark_text(struct place *p, struct text *t, str s)
{
    text_init(t, p->paper, S("发文机关标志"));
    text_add(t, TYPE_TITLE, s);
    for (size_t i = 0; i < t->count; i++)
        t->units[i].spreads = i > 0;
}

/* Puts one name w mm wide; its ink begins at `top`. Returns where the ink ends. */
static double mark_put(struct place *p, const struct text *t, double x, double w, double top, struct setting set)
{
    struct paper_page *page = &p->paper->pages[0];
    size_t before = page->count;
    set.extra = t->count > 1 ? (w - text_width(t, 0, t->count) * set.cell) / (double)(t->count - 1) : 0;
    page_units(p->paper, 0, t, 0, t->count, x, 0, &set);
    double high = 0, low = 0;
    for (size_t i = before; i < page->count; i++) {
        double item_high, item_low;
        paper_ink(&page->items[i], &item_high, &item_low);
        high = fmax(high, item_high);
        low = fmin(low, item_low);
    }
    for (size_t i = before; i < page->count; i++)
        page->items[i].y = top + high;
    return top + high - low;
}

/* Names of joint documents stand above each other, equally wide, and 文件 to their right on the middle of the stack. */
static double marks_put(struct place *p, const str *organs, size_t count, str word, double top)
{
    const struct paper_style *style = p->style;
    struct text texts[ORGANS_MAX], after;
    double widest = 0, size = style->mark_size * PT * (count > 1 ? fmax(0.45, 1 - 0.15 * (double)count) : 1);
    for (size_t i = 0; i < count; i++) {
        mark_text(p, &texts[i], organs[i]);
        widest = fmax(widest, text_width(&texts[i], 0, texts[i].count));
    }
    mark_text(p, &after, word);
    double tail = count > 1 ? text_width(&after, 0, after.count) : 0;
    double whole = (widest + (tail > 0 ? tail + 0.4 : 0)) * size;
    double stretch = fmin(1, style->mark_width / whole);
    if (stretch < style->mark_stretch_min) { /* narrower letters no longer look like this type: make them smaller */
        size *= stretch / style->mark_stretch_min;
        stretch = style->mark_stretch_min;
    }
    struct setting set = {
        .part = S("发文机关标志"), .color = PAPER_RED, .size = size, .cell = size * stretch, .stretch = stretch};
    double w = widest * set.cell, gap = tail > 0 ? 0.4 * set.cell : 0, all = w + gap + tail * set.cell;
    double x = (style->page_w - all) / 2, y = top;
    for (size_t i = 0; i < count; i++)
        y = mark_put(p, &texts[i], x, w, i ? y + 0.35 * size : top, set);
    if (tail > 0)
        mark_put(p, &after, x + w + gap, tail * set.cell, (top + y) / 2 - 0.46 * size, set);
    return y;
}

[[nodiscard]] static bool mark_place(struct place *p, double *y)
{
    const struct paper_official *doc = p->doc;
    str organs[ORGANS_MAX], rest = doc->mark.n ? doc->mark : doc->organs,
                            word = doc->mark.n ? S("") : p->style->mark_word;
    size_t count = 0;
    for (str one = list_take(&rest); one.n; one = list_take(&rest)) {
        if (count == ORGANS_MAX || one.n > 150)
            return op_fail(p->op, FAULT_INPUT, S("发文机关"), "发文机关标志最多 %d 个机关，每个不超过 50 字",
                           ORGANS_MAX);
        organs[count++] = one;
    }
    *y = p->style->mark_top;
    if (count == 0)
        return true;
    if (count == 1 && !str_ends(organs[0], word))
        organs[0] = op_text(p->op, "%.*s%.*s", PS(organs[0]), PS(word));
    *y = marks_put(p, organs, count, word, p->style->mark_top);
    return true;
}

/* ---- number, approvers, rule ------------------------------------------------------------------------------------ */

/* 签发人：two names a row in 楷体, later rows under the first name. Returns the number of rows. */
[[nodiscard]] static bool approvers_place(struct place *p, double y, size_t *ret_rows)
{
    str names[APPROVERS_MAX], rest = p->doc->approvers;
    size_t count = 0;
    for (str one = list_take(&rest); one.n; one = list_take(&rest)) {
        if (count == APPROVERS_MAX || one.n > 60)
            return op_fail(p->op, FAULT_INPUT, S("签发人"), "最多 %d 人，每行写一人", APPROVERS_MAX);
        names[count++] = one;
    }
    *ret_rows = 1;
    if (count == 0)
        return true;
    struct text t;
    double widest = 0;
    for (size_t i = 0; i < count; i += 2) {
        text_init(&t, p->paper, S("签发人"));
        text_add(&t, TYPE_KAI, names[i]);
        if (i + 1 < count) {
            text_add(&t, TYPE_KAI, S("　"));
            text_add(&t, TYPE_KAI, names[i + 1]);
        }
        widest = fmax(widest, text_width(&t, 0, t.count) * p->cell);
    }
    double x = p->right - p->cell - widest;
    element(p, S("签发人"), TYPE_FANG, S("签发人："), x, y, true);
    for (size_t i = 0; i < count; i++) {
        double top = y + (double)(i / 2) * p->style->pitch;
        if (i % 2 == 0)
            element(p, S("签发人"), TYPE_KAI, names[i], x, top, false);
        else
            element(p, S("签发人"), TYPE_KAI, names[i], p->right - p->cell, top, true);
    }
    *ret_rows = (count + 1) / 2;
    return true;
}

static void rule_pair(struct place *p, double y, double above, double below, str part)
{
    double x = (p->style->page_w - p->style->rule_w) / 2;
    /* The rule of an ordinary document is as wide as the 版心, which is not in the middle of the page. */
    if (p->style->rule_w == p->style->width)
        x = p->style->left;
    page_rule(p->paper, 0, part, PAPER_RED, x, y, p->style->rule_w, above);
    if (below > 0)
        page_rule(p->paper, 0, part, PAPER_RED, x, y + above + p->style->rule_between, p->style->rule_w, below);
}

/* 份号 密级 紧急程度, flush left from `y`; missing ones close up. Returns how many there are. */
static size_t corner_place(struct place *p, double y)
{
    const struct {
        str part, value;
        enum paper_type type;
    } corner[] = {{S("份号"), p->doc->copy_number, TYPE_FANG},
                  {S("密级"), p->doc->secrecy, TYPE_HEI},
                  {S("紧急程度"), p->doc->urgency, TYPE_HEI}};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(corner); i++)
        if (corner[i].value.n)
            element(p, corner[i].part, corner[i].type, corner[i].value, p->style->left,
                    y + (double)count++ * p->style->pitch, false);
    return count;
}

/* Letters: the rule first, then the elements on both sides of the page. */
static void letter_head(struct place *p, double *y)
{
    const struct paper_style *style = p->style;
    rule_pair(p, *y + style->number_rule_gap, style->rule_thick, style->rule_thin, S("版头分隔线"));
    double under = *y + style->number_rule_gap + style->rule_thick + style->rule_between + style->rule_thin;
    double top = under + 7.0 / 8 * style->size * PT - (style->pitch - p->size) / 2;
    size_t rows = corner_place(p, top);
    if (p->doc->number.n)
        element(p, S("发文字号"), TYPE_FANG, p->doc->number, p->right, top, true);
    rows = p->doc->number.n && rows == 0 ? 1 : rows;
    *y = top + (double)rows * style->pitch;
    if (style->foot_rule_bottom > 0) {
        double h = style->rule_thin + style->rule_between + style->rule_thick;
        rule_pair(p, style->page_h - style->foot_rule_bottom - h, style->rule_thin, style->rule_thick, S("下分隔线"));
    }
}

[[nodiscard]] static bool ordinary_head(struct place *p, double *y)
{
    const struct paper_style *style = p->style;
    const struct paper_official *doc = p->doc;
    if (doc->number.n == 0 && doc->approvers.n == 0)
        return true;
    double top = *y + style->number_gap * style->pitch;
    size_t rows = 1;
    if (!approvers_place(p, top, &rows))
        return false;
    double last = top + (double)(rows - 1) * style->pitch;
    if (doc->approvers.n) {
        element(p, S("发文字号"), TYPE_FANG, doc->number, style->left + p->cell, last, false);
    } else {
        struct text t;
        text_init(&t, p->paper, S("发文字号"));
        text_add(&t, TYPE_FANG, doc->number);
        double w = text_width(&t, 0, t.count) * p->cell;
        element(p, S("发文字号"), TYPE_FANG, doc->number, style->left + (style->width - w) / 2, last, false);
    }
    *y = last + style->pitch;
    if (!style->has_rule)
        return true;
    double under =
        last + (style->pitch + p->size) / 2 + style->number_rule_gap; /* 4 mm from the figures, not from their row */
    rule_pair(p, under, style->rule_thick, style->rule_thin, S("版头分隔线"));
    *y = under + style->rule_thick;
    return true;
}

/* ---- title ------------------------------------------------------------------------------------------------------ */

bool title_place(struct place *p, str part, str title, size_t page, double *y)
{
    const struct paper_style *style = p->style;
    double size = style->title_size * PT, pitch = style->title_pitch * PT, width = style->width / size;
    if (title.n > 900)
        return op_fail(p->op, FAULT_INPUT, part, "超过 300 字，请缩短");
    str rest = title, head, first = list_take(&rest);
    bool by_hand = list_take(&rest).n > 0;
    rest = title;
    struct setting set = {.part = part, .size = size, .cell = size, .stretch = 1, .loose = 0.5};
    for (head = by_hand ? list_take(&rest) : first; head.n; head = by_hand ? list_take(&rest) : S("")) {
        struct text *t = op_new(p->op, struct text);
        struct rows rows = {0};
        text_init(t, p->paper, part);
        text_add(t, TYPE_TITLE, head);
        title_rows(t, width, &rows);
        for (size_t i = 0; i < rows.n; i++, *y += pitch)
            page_units(p->paper, page, t, rows.p[i].from, rows.p[i].to,
                       style->left + (style->width - rows.p[i].natural * size) / 2, baseline(*y, pitch, size), &set);
    }
    return true;
}

bool head_place(struct place *p)
{
    const struct paper_style *style = p->style;
    double y;
    if (!style->number_right)
        corner_place(p, style->top);
    if (!mark_place(p, &y))
        return false;
    if (style->number_right)
        letter_head(p, &y);
    else if (!ordinary_head(p, &y))
        return false;
    if (p->doc->title.n) {
        y += style->title_gap * style->pitch;
        if (!title_place(p, S("标题"), p->doc->title, 0, &y))
            return false;
        y += style->to_gap * style->pitch;
    } else {
        y += style->body_gap * style->pitch;
    }
    p->head_end = y;
    return true;
}
