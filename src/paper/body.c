/* 主送 正文 附件说明 and attachments: paragraphs become rows, rows go to pages. GB/T 9704-2012, 7.3.2-7.3.4, 7.3.7. */
#include <math.h>

#include "paper/place.h"

/* ---- paragraphs become rows ------------------------------------------------------------------------------------- */

static str number_skip(str s, str digits, size_t *ret_count)
{
    *ret_count = 0;
    while (s.n) {
        str rest = s, set = digits;
        uint32_t code = utf8_next(&rest);
        bool is = false;
        while (set.n && !is)
            is = utf8_next(&set) == code;
        if (!is)
            break;
        s = rest;
        (*ret_count)++;
    }
    return s;
}

/* 一、 is set in 黑体, （一） in 楷体; 1. and （1） stay 仿宋. Returns the type of the heading. */
static enum paper_type heading_type(str s)
{
    static const str digits = SC("一二三四五六七八九十百零〇");
    size_t count;
    str rest = number_skip(s, digits, &count);
    if (count && str_starts(rest, S("、")))
        return TYPE_HEI;
    bool opens = str_starts(s, S("（")), plain = str_starts(s, S("("));
    if (!opens && !plain)
        return TYPE_FANG;
    rest = number_skip(str_part(s, opens ? strlen("（") : 1, s.n), digits, &count);
    return count && (str_starts(rest, S("）")) || str_starts(rest, S(")"))) ? TYPE_KAI : TYPE_FANG;
}

static struct line *line_add(struct place *p, struct lines *lines)
{
    struct line *line = list_add(p->op, lines);
    *line = (struct line){.size = p->size};
    return line;
}

static void blank_add(struct place *p, struct lines *lines, double rows)
{
    for (int i = 0; i < (int)(rows + 0.5); i++)
        line_add(p, lines);
}

/* At most this many rows fit on the pages there may be. */
static size_t rows_max(const struct place *p)
{
    return PAPER_PAGES_MAX * (size_t)p->style->rows;
}

[[nodiscard]] static bool paragraph_add(struct place *p, struct lines *lines, struct text *t, double first, double rest,
                                        bool keep)
{
    struct rows rows = {0};
    if (lines->n >= rows_max(p) || !text_rows(t, p->style->cells, first, rest, rows_max(p) - lines->n, &rows))
        return op_fail(p->op, FAULT_INPUT, t->part, "超过 %d 页，请分成几件", PAPER_PAGES_MAX);
    for (size_t i = 0; i < rows.n; i++) {
        struct line *line = line_add(p, lines);
        line->text = t;
        line->row = rows.p[i];
        line->part = t->part;
        line->keep = keep;
    }
    return true;
}

static struct text *text_new(struct place *p, str part)
{
    struct text *t = op_new(p->op, struct text);
    text_init(t, p->paper, part);
    return t;
}

[[nodiscard]] static bool body_lines(struct place *p, struct lines *lines, str part, str body)
{
    str head, tail;
    while (body.n) {
        if (str_starts(body, S("|"))) {
            if (!text_table_lines(p, lines, &body))
                return false;
            continue;
        }
        str_split(body, '\n', &head, &tail);
        body = tail;
        str s = str_trim(head);
        if (s.n == 0)
            continue;
        struct text *t = text_new(p, part);
        enum paper_type type = heading_type(s);
        size_t stop = s.n;
        bool whole = true; /* the paragraph is nothing but its heading */
        if (type != TYPE_FANG) {
            size_t at;
            if (str_find(s, S("。"), &at) && at + strlen("。") < s.n) {
                stop = at + strlen("。");
                whole = false;
            }
            text_add(t, type, str_part(s, 0, stop));
            s = str_part(s, stop, s.n);
        }
        if (s.n && (type == TYPE_FANG || !whole))
            text_add(t, TYPE_FANG, s);
        if (!paragraph_add(p, lines, t, 2, 0, type != TYPE_FANG && whole))
            return false;
    }
    return true;
}

static str name_open(str name) /* no punctuation closes a name */
{
    while (str_ends(name, S("。")) || str_ends(name, S("；")) || str_ends(name, S("，")))
        name = str_part(name, 0, name.n - strlen("。"));
    return name;
}

/* A title in one line, however it is broken. */
static str title_whole(struct op *op, str title)
{
    str pieces[8];
    size_t n = 0;
    for (str one = list_take(&title); one.n && n < COUNT(pieces); one = list_take(&title))
        pieces[n++] = one;
    return op_join(op, pieces, n, S(""));
}

/* 附件说明 and the attachments say the same (GB/T 9704-2012, 7.3.7); those that go along as papers of their own are not here. */
static void names_compare(struct place *p)
{
    const struct paper_official *doc = p->doc;
    str names = doc->attachment_names;
    size_t count = 0;
    if (!names.n || !doc->attachment_count)
        return;
    for (str one = list_take(&names); one.n; one = list_take(&names), count++) {
        str title = count < doc->attachment_count ? title_whole(p->op, doc->attachments[count].title) : (str){0};
        if (title.n && !str_eq(name_open(one), name_open(title)))
            paper_note(p->paper, S("附件说明"), "第%zu个附件说明里是“%.*s”，附件的标题是“%.*s”，请改一致", count + 1, PS(one), PS(title));
    }
    if (count != doc->attachment_count)
        paper_note(p->paper, S("附件说明"), "附件说明列了%zu个，后面附了%zu个，请核对", count, doc->attachment_count);
}

/* 附件：1.名称. Names align under each other, and wrapped rows under the first character of their name. */
[[nodiscard]] static bool names_lines(struct place *p, struct lines *lines)
{
    const struct paper_official *doc = p->doc;
    str names = doc->attachment_names, parts[64];
    size_t count = 0;
    for (str one = list_take(&names); one.n; one = list_take(&names)) {
        if (count == COUNT(parts))
            return op_fail(p->op, FAULT_INPUT, S("附件说明"), "最多列 %zu 个附件", COUNT(parts));
        parts[count++] = one;
    }
    for (size_t i = 0; i < doc->attachment_count && doc->attachment_names.n == 0; i++) {
        if (count == COUNT(parts))
            return op_fail(p->op, FAULT_INPUT, S("附件说明"), "最多列 %zu 个附件", COUNT(parts));
        parts[count++] = title_whole(p->op, doc->attachments[i].title);
    }
    if (count)
        blank_add(p, lines, 1);
    for (size_t i = 0; i < count; i++) {
        str name = name_open(parts[i]);
        struct text *t = text_new(p, S("附件说明"));
        if (i == 0)
            text_add(t, TYPE_FANG, S("附件："));
        if (count > 1)
            text_add(t, TYPE_FANG, op_text(p->op, "%zu.", i + 1));
        double first = i == 0 ? 2 : 5, rest = first + text_width(t, 0, t->count);
        text_add(t, TYPE_FANG, name);
        if (!paragraph_add(p, lines, t, first, rest, false))
            return false;
    }
    return true;
}

/* 出席 请假 列席 of 纪要: labels in 黑体, wrapped rows under the first name. */
[[nodiscard]] static bool people_lines(struct place *p, struct lines *lines)
{
    const struct {
        str label, people;
    } lists[] = {{S("出席："), p->doc->present}, {S("请假："), p->doc->excused}, {S("列席："), p->doc->sitting_in}};
    bool first = true;
    for (size_t i = 0; i < COUNT(lists); i++) {
        if (lists[i].people.n == 0)
            continue;
        if (first)
            blank_add(p, lines, 1);
        first = false;
        struct text *t = text_new(p, S("出席"));
        text_add(t, TYPE_HEI, lists[i].label);
        text_add(t, TYPE_FANG, lists[i].people);
        if (!paragraph_add(p, lines, t, 2, 5, false))
            return false;
    }
    return true;
}

[[nodiscard]] static bool to_lines(struct place *p, struct lines *lines)
{
    str to = p->doc->to;
    if (to.n == 0)
        return true;
    if (str_ends(to, S(":")))
        to = str_part(to, 0, to.n - 1);
    if (!str_ends(to, S("：")))
        to = op_text(p->op, "%.*s：", PS(to));
    struct text *t = text_new(p, S("主送"));
    text_add(t, TYPE_FANG, to);
    return paragraph_add(p, lines, t, 0, 0, true);
}

/* ---- rows go to pages ------------------------------------------------------------------------------------------- */

struct leaves {
    struct leaf *p;
    size_t n, cap;
};

[[nodiscard]] static bool leaf_add(struct place *p, struct leaves *leaves)
{
    const struct paper_style *style = p->style;
    if (!page_add(p->paper, style->page_w, style->page_h))
        return false;
    *list_add(p->op, leaves) = (struct leaf){
        .page = p->paper->page_count - 1, .base = style->top, .pitch = style->pitch, .rows = (size_t)style->rows};
    return true;
}

/* Fills pages from line `from` on; a heading goes with the row after it. */
[[nodiscard]] static bool fill(struct place *p, struct lines *lines, size_t from, struct leaves *leaves)
{
    for (size_t i = from; i < lines->n; i++) {
        struct line *line = &lines->p[i];
        struct leaf *leaf = &leaves->p[leaves->n - 1];
        size_t group = 1;
        while (i + group < lines->n && lines->p[i + group - 1].keep &&
               group < (lines->p[i + group].together ? TOGETHER_MAX + 2 : 4))
            group++;
        if (leaf->used + group > leaf->rows && (leaf->used > 0 || group == 1)) {
            if (!leaf_add(p, leaves))
                return false;
            leaf = &leaves->p[leaves->n - 1];
            if (line->table && !line->again && line->table != line->table_head && line->table_part == 0) {
                text_table_again(p, lines, i);
                line = &lines->p[i];
            }
        }
        line->dropped = (!line->text && leaf->used == 0) || (line->again && line->table_part == 0 && leaf->used > 0);
        line->dropped |= line->again && line->table_part > 0 && lines->p[i - 1].dropped;
        line->leaf = leaves->n - 1;
        line->slot = leaf->used;
        leaf->used += !line->dropped;
    }
    return true;
}

/* What makes a page more than its signature: the text, or the people of 纪要. */
static bool is_body(const struct line *line)
{
    return line->text && (str_eq(line->part, S("正文")) || str_eq(line->part, S("出席")));
}

/* Takes the lines from `at` on to a new page. */
[[nodiscard]] static bool carry(struct place *p, struct lines *lines, struct leaves *leaves, size_t at)
{
    for (size_t i = at; i < lines->n; i++)
        leaves->p[lines->p[i].leaf].used -= !lines->p[i].dropped;
    while (leaves->p[leaves->n - 1].used == 0 && leaves->n > 1) { /* a page that lost all it had is the new page */
        leaves->n--;
        p->paper->page_count--;
    }
    return leaf_add(p, leaves) && fill(p, lines, at, leaves);
}

/* 此页无正文 must never be needed: rows of the last page are set closer, or the last two rows of the text go along. */
[[nodiscard]] static bool make_room(struct place *p, struct lines *lines, struct leaves *leaves, size_t tail)
{
    struct leaf *leaf = &leaves->p[leaves->n - 1];
    bool shows_body = leaves->n == 1;
    for (size_t i = lines->n; i > 0 && lines->p[i - 1].leaf == leaves->n - 1; i--)
        shows_body |= is_body(&lines->p[i - 1]);
    if (tail == 0 || (leaf->used + tail <= leaf->rows && shows_body))
        return true;
    size_t need = leaf->used + tail;
    if (shows_body && (double)leaf->rows / (double)need >= p->style->pitch_min) {
        leaf->pitch *= (double)leaf->rows / (double)need;
        leaf->rows = need;
        return true;
    }
    size_t at = lines->n, texts = 0;
    while (at > 0 && texts < 2)
        texts += is_body(&lines->p[--at]);
    while (at > 0 && lines->p[at - 1].keep) /* not from under its heading */
        at--;
    bool first_has_some = false; /* page 1 keeps a row of the text */
    for (size_t i = 0; i < at; i++)
        first_has_some |= is_body(&lines->p[i]);
    if (first_has_some && texts == 2)
        return carry(p, lines, leaves, at);
    if (leaf->used + tail <= leaf->rows)
        return true;
    paper_note(p->paper, S("署名"), "落款与正文排不到同一页，请增减正文");
    return leaf_add(p, leaves);
}

static void lines_put(struct place *p, const struct lines *lines, const struct leaves *leaves)
{
    const struct paper_style *style = p->style;
    for (size_t i = 0; i < lines->n; i++) {
        const struct line *line = &lines->p[i];
        if (!line->text || line->dropped)
            continue;
        const struct leaf *leaf = &leaves->p[line->leaf];
        if (line->table) {
            text_table_put(p, line, leaf);
            continue;
        }
        bool body = line->size == p->size;
        struct setting set = {
            .part = line->part, .size = line->size, .cell = body ? p->cell : line->size, .stretch = 1, .loose = 0.5};
        double left = style->left + (line->centered ? (style->width - line->row.natural * set.cell) / 2 : 0);
        double y = baseline(leaf->base + (double)line->slot * leaf->pitch, leaf->pitch, line->size);
        page_row(p->paper, leaf->page, line->text, &line->row, left, style->width, y, set);
    }
}

bool body_place(struct place *p)
{
    const struct paper_style *style = p->style;
    struct leaves leaves = {0};
    double above = ceil((p->head_end - style->top) / style->pitch - 1e-6);
    size_t used = above > 0 ? (size_t)above : 0, rows = (size_t)style->rows;
    if (used + 1 > rows)
        return op_fail(p->op, FAULT_INPUT, S("标题"), "版头和标题占满了首页，排不下正文；请缩短标题");
    struct lines lines = {0};
    p->to_in_imprint = style->to_label.n && p->doc->to.n;
    if (!p->to_in_imprint && !to_lines(p, &lines))
        return false;
    if (lines.n + 1 > rows - used) { /* the recipients would push the text off page 1 */
        p->to_in_imprint = true;
        lines = (struct lines){0};
        paper_note(p->paper, S("主送"), "主送机关太多，已移到版记（首页须有正文）");
    }
    /* 正文, then what stands under it; a letter of instruction may have no body yet. */
    if (!body_lines(p, &lines, S("正文"), p->doc->body) || !names_lines(p, &lines) || !people_lines(p, &lines))
        return false;
    *list_add(p->op, &leaves) = (struct leaf){
        .page = 0, .base = style->top + (double)used * style->pitch, .pitch = style->pitch, .rows = rows - used};
    if (!fill(p, &lines, 0, &leaves) || !make_room(p, &lines, &leaves, sign_rows(p)))
        return false;
    lines_put(p, &lines, &leaves);
    const struct leaf *last = &leaves.p[leaves.n - 1];
    p->end = last->base + (double)last->used * last->pitch;
    sign_place(p, last);
    return true;
}

/* ---- attachments ------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool attachment_place(struct place *p, const struct paper_attachment *a, str label)
{
    struct lines lines = {0};
    struct leaves leaves = {0};
    struct text *t = text_new(p, S("附件"));
    text_add(t, TYPE_HEI, label);
    if (!paragraph_add(p, &lines, t, 0, 0, false))
        return false;
    blank_add(p, &lines, 1);
    str rest = a->title;
    for (str one = list_take(&rest); one.n; one = list_take(&rest)) {
        if (one.n > 900)
            return op_fail(p->op, FAULT_INPUT, S("附件标题"), "超过 300 字，请缩短");
        struct text *title = text_new(p, S("附件标题"));
        struct rows rows = {0};
        text_add(title, TYPE_TITLE, one);
        double size = p->style->title_size * PT;
        title_rows(title, p->style->width / size, &rows);
        for (size_t i = 0; i < rows.n; i++) {
            struct line *line = line_add(p, &lines);
            *line = (struct line){
                .text = title, .row = rows.p[i], .part = S("附件标题"), .keep = true, .centered = true, .size = size};
        }
    }
    blank_add(p, &lines, 1);
    if (!body_lines(p, &lines, S("附件正文"), a->body) || !leaf_add(p, &leaves) || !fill(p, &lines, 0, &leaves))
        return false;
    lines_put(p, &lines, &leaves);
    const struct leaf *last = &leaves.p[leaves.n - 1];
    p->end = last->base + (double)last->used * last->pitch;
    return true;
}

bool attachments_place(struct place *p)
{
    size_t count = p->doc->attachment_count;
    names_compare(p);
    for (size_t i = 0; i < count; i++)
        if (!attachment_place(p, &p->doc->attachments[i], count == 1 ? S("附件") : op_text(p->op, "附件%zu", i + 1)))
            return false;
    return true;
}
