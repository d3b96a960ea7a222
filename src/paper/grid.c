/* Tables of a form. Rows joined by merged cells stay together; heading rows are repeated on every page; a row taller
 * than a page goes on over the next ones. */
#include <math.h>
#include <stdlib.h>

#include "paper/grid.h"

static const double side = 1.2, above = 0.9; /* mm between frame and text */
static const double line_w = 0.25;

static const double picture_h = 12, picture_w_max = 40; /* mm: a name written by hand */

enum { FOOT_ROWS_MAX = 8 };

struct cell {
    struct text text, foot; /* foot: a signature slot at the bottom right */
    struct rows rows, foot_rows;
    struct look look;
    const struct paper_image *picture; /* above the foot: a signature */
    size_t column, span, down;
    double x, w, needed, picture_w, picture_h; /* mm */
};

struct group_row {
    double h;
    size_t first, count; /* cells */
};

/* Rows that merged cells tie together. Its memory serves the next group too. */
struct group {
    struct group_row rows[GROUP_ROWS_MAX];
    size_t row_count;
    struct {
        struct cell *p;
        size_t n, cap;
    } cells;
    size_t used;
    double h;
};

struct grid {
    struct form *form;
    struct look look;
    double x[COLUMNS_MAX + 1];
    size_t columns;
    struct group head, body, foot;
    const struct json *foot_rows; /* 页尾: they end the table's part of each page; NULL: none, or they have ended it */
    bool begun; /* something stands above on this page: its lower line is our upper one */
    bool has_head;
    size_t page;                  /* of the lines below */
    size_t down[COLUMNS_MAX + 1]; /* the last vertical line at each column: its item, counted from 1 */
    size_t across;                /* the last horizontal one */
};

static bool wrong(struct grid *g, const struct json *j, const char *text)
{
    return op_fail(g->form->op, FAULT_INPUT, j->key.n ? j->key : S("表格"), "第%d行：%s", j->line, text);
}

[[nodiscard]] static bool span_read(struct grid *g, const struct json *cell, str key, size_t max, size_t *ret)
{
    const struct json *j = json_get(cell, key);
    int64_t v = 1;
    if (j && (!json_int(j, &v) || v < 1 || v > (int64_t)max))
        return wrong(g, j, "合并超出了表格");
    *ret = (size_t)v;
    return true;
}

/* ---- one cell --------------------------------------------------------------------------------------------------- */

static struct cell *cell_new(struct grid *g, struct group *group)
{
    struct op *op = g->form->op;
    if (group->used == group->cells.n) {
        struct cell *c = list_add(op, &group->cells);
        *c = (struct cell){0};
        text_init(&c->text, g->form->paper, S("表格"));
        text_init(&c->foot, g->form->paper, S("表格"));
    }
    struct cell *c = &group->cells.p[group->used++];
    text_clear(&c->text);
    text_clear(&c->foot);
    c->rows.n = c->foot_rows.n = 0;
    return c;
}

[[nodiscard]] static bool cell_read(struct grid *g, struct group *group, const struct json *j, const struct look *look,
                                    size_t column, const struct json *data, size_t number, size_t *ret_index)
{
    struct form *f = g->form;
    struct cell *c = cell_new(g, group);
    str text, foot, picture;
    c->look = *look;
    c->column = column;
    *ret_index = group->used - 1;
    if (j->kind == JSON_STRING)
        c->look.align = ALIGN_MIDDLE; /* a label */
    else if (j->kind != JSON_OBJECT)
        return wrong(g, j, "格须是文字或 {…}");
    static const str known[] = {SC("字"), SC("底"), SC("图"), SC("跨列"), SC("跨行")};
    if (j->kind == JSON_OBJECT && !keys_known(f, j, known, COUNT(known)))
        return false;
    if (!look_read(f, j, &c->look) || !span_read(g, j, S("跨列"), g->columns - column, &c->span) ||
        !span_read(g, j, S("跨行"), GROUP_ROWS_MAX, &c->down) ||
        !form_text(f, data, number, j->kind == JSON_STRING ? j->text : json_str(j, S("字")), &text) ||
        !form_text(f, data, number, json_str(j, S("底")), &foot) ||
        !form_text(f, data, number, json_str(j, S("图")), &picture))
        return false;
    c->x = g->x[column];
    c->w = g->x[column + c->span] - c->x;
    double room = fmax(c->w - 2 * side, c->look.size) / c->look.size;
    text_add_lines(&c->text, c->look.type, text);
    text_add_lines(&c->foot, c->look.type, foot);
    (void)text_rows(&c->text, room, 0, 0, SIZE_MAX, &c->rows);
    (void)text_rows(&c->foot, room, 0, 0, SIZE_MAX, &c->foot_rows);
    if (c->foot_rows.n > FOOT_ROWS_MAX)
        return wrong(g, j, "“底”是签署的位置，最多 8 行");
    c->needed = (double)(c->rows.n + c->foot_rows.n) * c->look.pitch + 2 * above;
    c->picture = picture.n && f->fill && f->fill->image ? f->fill->image(f->fill->context, picture) : NULL;
    c->picture_w = c->picture_h = 0;
    if (c->picture) {
        double most = fmin(picture_w_max, c->w - 2 * side), wide = (double)c->picture->w / c->picture->h;
        c->picture_w = fmin(picture_h * wide, most);
        c->picture_h = c->picture_w / wide;
        c->needed += c->picture_h;
    }
    return true;
}

static void rows_put(struct grid *g, const struct cell *c, const struct text *t, const struct row *rows, size_t count,
                     double y, enum align align)
{
    struct form *f = g->form;
    struct setting set = {.part = S("表格"), .size = c->look.size, .cell = c->look.size, .stretch = 1, .loose = 0.1};
    double width = fmax(c->w - 2 * side, c->look.size);
    for (size_t i = 0; i < count; i++, y += c->look.pitch) {
        struct row row = rows[i];
        double room = width - row.natural * c->look.size;
        double left = c->x + side + (align == ALIGN_MIDDLE ? room / 2 : align == ALIGN_RIGHT ? room : 0);
        row.last |= align != ALIGN_LEFT;
        page_row(f->paper, f->paper->page_count - 1, t, &row, left, width,
                 y + (c->look.pitch - c->look.size) / 2 + 0.88 * c->look.size, set);
    }
}

/* Rows [from, from + count) of its text into a box of height h. */
static void cell_put(struct grid *g, const struct cell *c, size_t from, size_t count, double y, double h, bool foot)
{
    double text_h = (double)count * c->look.pitch;
    double foot_h = foot ? (double)c->foot_rows.n * c->look.pitch + c->picture_h : 0;
    double room = h - 2 * above - text_h - foot_h, top = y + above;
    switch (c->look.vertical) {
    case VERTICAL_TOP:
        break;
    case VERTICAL_MIDDLE:
        top += room > 0 ? room / 2 : 0;
        break;
    case VERTICAL_BOTTOM:
        top += room > 0 ? room : 0;
        break;
    }
    rows_put(g, c, &c->text, c->rows.p + from, count, top, c->look.align);
    if (foot && c->picture)
        page_image(g->form->paper, g->form->paper->page_count - 1, S("签名"), c->picture,
                   c->x + c->w - side - c->picture_w, y + h - above - foot_h, c->picture_w, c->picture_h);
    if (foot)
        rows_put(g, c, &c->foot, c->foot_rows.p, c->foot_rows.n, y + h - above - foot_h + c->picture_h, ALIGN_RIGHT);
}

/* Lines that go on where another ends are one: a third of the items, and no joints to see. */
static void line_down(struct grid *g, size_t column, double y, double h)
{
    struct paper *paper = g->form->paper;
    struct paper_page *page = &paper->pages[g->page];
    struct paper_item *last = g->down[column] ? &page->items[g->down[column] - 1] : NULL;
    if (last && fabs(last->y + last->h - line_w / 2 - y) < 1e-6) {
        last->h += h;
        return;
    }
    page_rule(paper, g->page, S("表线"), PAPER_BLACK, g->x[column] - line_w / 2, y - line_w / 2, line_w, h + line_w);
    g->down[column] = page->count;
}

static void line_across(struct grid *g, double x, double w, double y)
{
    struct paper *paper = g->form->paper;
    struct paper_page *page = &paper->pages[g->page];
    struct paper_item *last = g->across ? &page->items[g->across - 1] : NULL;
    if (last && fabs(last->y + line_w / 2 - y) < 1e-6 && fabs(last->x + last->w - line_w / 2 - x) < 1e-6) {
        last->w += w;
        return;
    }
    page_rule(paper, g->page, S("表线"), PAPER_BLACK, x - line_w / 2, y - line_w / 2, w + line_w, line_w);
    g->across = page->count;
}

/* Left and lower edge of a cell; the upper one where nothing stands above, the right one at the end of the table. */
static void frame_put(struct grid *g, const struct cell *c, double y, double h)
{
    if (!c->look.framed)
        return;
    if (g->page != g->form->paper->page_count - 1) {
        g->page = g->form->paper->page_count - 1;
        g->across = 0;
        memset(g->down, 0, sizeof g->down);
    }
    if (!g->begun)
        page_rule(g->form->paper, g->page, S("表线"), PAPER_BLACK, c->x - line_w / 2, y - line_w / 2, c->w + line_w,
                  line_w);
    line_across(g, c->x, c->w, y + h);
    line_down(g, c->column, y, h);
    if (c->column + c->span == g->columns)
        line_down(g, g->columns, y, h);
}

/* ---- one group -------------------------------------------------------------------------------------------------- */

/* Reads the row `*at` and those that its merged cells reach into. `data` is the element of a repeated row. */
[[nodiscard]] static bool group_read(struct grid *g, struct group *group, const struct json **at,
                                     const struct json *data, size_t number)
{
    size_t covered[COLUMNS_MAX] = {0}; /* rows still covered from above */
    size_t open = 0;
    group->row_count = group->used = 0;
    do {
        const struct json *row = *at;
        if (!row)
            return op_fail(g->form->op, FAULT_INPUT, S("跨行"), "合并超出了最后一行");
        if (group->row_count == GROUP_ROWS_MAX)
            return wrong(g, row, "合并在一起的行太多");
        struct group_row *r = &group->rows[group->row_count++];
        struct look look = g->look;
        const struct json *height = json_get(row, S("高")), *cells = json_get(row, S("格"));
        r->h = height && height->kind == JSON_NUMBER ? strtod(height->text.p, NULL) : 0;
        if (!(r->h >= 0 && r->h <= 1000) || !cells || cells->kind != JSON_ARRAY)
            return wrong(g, row, "每行须有“格”；“高”是毫米数");
        static const str known[] = {SC("格"), SC("高"), SC("表头"), SC("页尾"), SC("重复"), SC("至少")};
        if (!keys_known(g->form, row, known, COUNT(known)) || !look_read(g->form, row, &look))
            return false;
        r->first = group->used;
        size_t column = 0;
        for (const struct json *j = cells->first; j; j = j->next) {
            while (column < g->columns && covered[column])
                column++;
            size_t index;
            if (column == g->columns)
                return wrong(g, j, "格比列多，请核对合并");
            if (!cell_read(g, group, j, &look, column, data, number, &index))
                return false;
            const struct cell *c = &group->cells.p[index];
            for (size_t k = 0; k < c->span; k++) {
                if (covered[column + k])
                    return wrong(g, j, "合并的格互相重叠");
                covered[column + k] = c->down;
            }
            column += c->span;
        }
        for (size_t i = 0; i < g->columns; i++)
            if (!covered[i])
                return wrong(g, row, "格比列少，请核对合并");
        open = 0;
        for (size_t i = 0; i < g->columns; i++)
            open += --covered[i] > 0;
        r->count = group->used - r->first;
        *at = row->next;
    } while (open);
    return true;
}

/* Rows grow to what their cells need; what a merged cell needs more goes to its last row. */
static void group_measure(struct group *group)
{
    for (size_t i = 0; i < group->row_count; i++) {
        struct group_row *r = &group->rows[i];
        for (size_t k = r->first; k < r->first + r->count; k++)
            if (group->cells.p[k].down == 1)
                r->h = fmax(r->h, group->cells.p[k].needed);
    }
    for (size_t i = 0; i < group->row_count; i++)
        for (size_t k = group->rows[i].first; k < group->rows[i].first + group->rows[i].count; k++) {
            const struct cell *c = &group->cells.p[k];
            double h = 0;
            for (size_t d = 0; d < c->down; d++)
                h += group->rows[i + d].h;
            group->rows[i + c->down - 1].h += fmax(0, c->needed - h);
        }
    group->h = 0;
    for (size_t i = 0; i < group->row_count; i++)
        group->h += group->rows[i].h;
}

/* Rows of another group go to the end of this one. */
[[nodiscard]] static bool group_join(struct grid *g, struct group *to, const struct group *part, str what)
{
    for (size_t i = 0; i < part->row_count; i++) {
        if (to->row_count == GROUP_ROWS_MAX)
            return op_fail(g->form->op, FAULT_INPUT, what, "%.*s最多 %d 行", PS(what), GROUP_ROWS_MAX);
        struct group_row row = part->rows[i];
        row.first += to->used;
        to->rows[to->row_count++] = row;
    }
    for (size_t i = 0; i < part->used; i++) {
        if (to->used == to->cells.n)
            *list_add(g->form->op, &to->cells) = part->cells.p[i];
        else
            to->cells.p[to->used] = part->cells.p[i];
        to->used++;
    }
    return true;
}

static void group_put(struct grid *g, const struct group *group)
{
    for (size_t i = 0; i < group->row_count; i++) {
        for (size_t k = group->rows[i].first; k < group->rows[i].first + group->rows[i].count; k++) {
            const struct cell *c = &group->cells.p[k];
            double h = 0;
            for (size_t d = 0; d < c->down; d++)
                h += group->rows[i + d].h;
            frame_put(g, c, g->form->y, h);
            cell_put(g, c, 0, c->rows.n, g->form->y, h, true);
        }
        g->begun = true;
        g->form->y += group->rows[i].h;
    }
}

/* 本页小计: read when the page is full, for it says what stands on the page. */
[[nodiscard]] static bool foot_read(struct grid *g)
{
    const struct json *at = g->foot_rows;
    struct group part = {0};
    g->foot.row_count = g->foot.used = 0;
    while (at && json_true(at, S("页尾"))) {
        if (!group_read(g, &part, &at, NULL, 0) || !group_join(g, &g->foot, &part, S("页尾")))
            return false;
        part = (struct group){0};
    }
    group_measure(&g->foot);
    return true;
}

[[nodiscard]] static bool foot_put(struct grid *g)
{
    if (!foot_read(g))
        return false;
    group_put(g, &g->foot);
    g->form->page_rows = NULL;
    g->form->page_row_count = 0;
    return true;
}

/* Rows end here on each page. */
static double floor_of(const struct grid *g)
{
    return g->form->page_h - g->form->bottom - (g->foot_rows ? g->foot.h : 0);
}

[[nodiscard]] static bool next_page(struct grid *g)
{
    if ((g->foot_rows && !foot_put(g)) || !form_page(g->form))
        return false;
    g->begun = false;
    if (g->has_head)
        group_put(g, &g->head);
    return true;
}

/* A single row that no page can hold: each page takes as many lines as it can. */
[[nodiscard]] static bool long_row_put(struct grid *g, const struct group *group)
{
    struct form *f = g->form;
    const struct group_row *r = &group->rows[0];
    for (size_t done = 0;;) {
        double h = floor_of(g) - f->y;
        double needed = 0;
        size_t left = 0, taken = SIZE_MAX;
        for (size_t k = r->first; k < r->first + r->count; k++) {
            const struct cell *c = &group->cells.p[k];
            double foot = (double)c->foot_rows.n * c->look.pitch + c->picture_h;
            size_t fits = h - 2 * above - foot > c->look.pitch ? (size_t)((h - 2 * above - foot) / c->look.pitch) : 1;
            taken = fits < taken ? fits : taken;
            size_t more = c->rows.n > done ? c->rows.n - done : 0;
            left = more > left ? more : left;
            needed = fmax(needed, (double)more * c->look.pitch + foot + 2 * above);
        }
        bool last = left <= taken;
        if (last) /* what follows stands right below it */
            h = fmin(h, needed);
        for (size_t k = r->first; k < r->first + r->count; k++) {
            const struct cell *c = &group->cells.p[k];
            size_t have = c->rows.n > done ? c->rows.n - done : 0;
            frame_put(g, c, f->y, h);
            cell_put(g, c, have ? done : 0, have < taken ? have : taken, f->y, h, last);
        }
        g->begun = true;
        f->y += h;
        done += taken;
        if (last)
            return true;
        if (!next_page(g))
            return false;
    }
}

/* last: of its table. Its rows stand on one page with what closes the form: a signature is never alone on a page. */
[[nodiscard]] static bool group_place(struct grid *g, struct group *group, bool last)
{
    struct form *f = g->form;
    double whole = floor_of(g) - f->top - (g->has_head ? g->head.h : 0);
    group_measure(group);
    if (f->y + group->h + (last && group->h + f->tail < whole ? f->tail : 0) > floor_of(g) + 1e-6) {
        bool splits = group->row_count == 1 && group->h > whole;
        if (group->h > whole && !splits)
            return op_fail(f->op, FAULT_INPUT, S("表格"), "合并在一起的行超过一页，请减少文字或分开");
        if (f->y > f->top && !(splits && floor_of(g) - f->y > whole / 2) && !next_page(g))
            return false;
        if (splits)
            return long_row_put(g, group);
    }
    group_put(g, group);
    return true;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool columns_read(struct grid *g, const struct json *j)
{
    struct form *f = g->form;
    double sum = 0, weights[COLUMNS_MAX];
    if (j->kind != JSON_ARRAY || j->count == 0 || j->count > COLUMNS_MAX)
        return wrong(g, j, "须列出 1 到 64 列的宽");
    for (const struct json *e = j->first; e; e = e->next) {
        double w = e->kind == JSON_NUMBER ? strtod(e->text.p, NULL) : 0;
        if (!(w > 0 && w <= 10000))
            return wrong(g, e, "列宽须是大于 0 的数");
        weights[g->columns++] = w;
        sum += w;
    }
    g->x[0] = f->left;
    for (size_t i = 0; i < g->columns; i++)
        g->x[i + 1] = g->x[i] + weights[i] / sum * (f->page_w - f->left - f->right);
    return true;
}

/* Each element of the array, then empty rows up to 至少. */
[[nodiscard]] static bool repeated_place(struct grid *g, const struct json *row)
{
    const struct json *list = json_get(g->form->values, json_str(row, S("重复"))), *least = json_get(row, S("至少"));
    static const struct json nothing = {.kind = JSON_OBJECT};
    int64_t rows = 0;
    if (list && list->kind != JSON_ARRAY)
        return wrong(g, row, "“重复”须是一列数据的名称");
    if (least && (!json_int(least, &rows) || rows < 0 || rows > 1000))
        return wrong(g, least, "须是 0 到 1000 的整数");
    const struct json *element = list ? list->first : NULL;
    struct form *f = g->form;
    f->all_rows = element;
    for (int64_t i = 0; element || i < rows; i++) {
        const struct json *at = row, *own = element;
        if (!group_read(g, &g->body, &at, element ? element : &nothing, (size_t)i + 1))
            return false;
        element = element ? element->next : NULL;
        if (!group_place(g, &g->body, !row->next && !element && i + 1 >= rows))
            return false;
        f->page_rows = f->page_row_count ? f->page_rows : own;
        f->page_row_count += own != NULL;
    }
    return true;
}

/* Heading rows become one group, so that they stay together. */
[[nodiscard]] static bool head_read(struct grid *g, const struct json **at)
{
    struct group part = {0};
    while (*at && json_true(*at, S("表头"))) {
        if (!group_read(g, &part, at, NULL, 0))
            return false;
        if (!group_join(g, &g->head, &part, S("表头")))
            return false;
        part = (struct group){0};
        g->has_head = true;
    }
    group_measure(&g->head);
    return true;
}

bool grid_place(struct form *f, const struct json *block)
{
    struct grid *g = op_new(f->op, struct grid);
    g->form = f;
    g->look = f->look;
    const struct json *rows = json_get(block, S("行"));
    if (!rows || rows->kind != JSON_ARRAY || rows->count == 0 || rows->count > 500)
        return wrong(g, block, "表格须有 1 到 500 行");
    const struct json *at = rows->first;
    static const str known[] = {SC("列"), SC("行")};
    if (!keys_known(f, block, known, COUNT(known)) || !columns_read(g, json_get(block, S("列"))) ||
        !look_read(f, block, &g->look) || !head_read(g, &at))
        return false;
    if (g->head.h > (f->page_h - f->top - f->bottom) / 2)
        return wrong(g, block, "表头超过半页，请缩小");
    if (g->has_head) {
        if (f->y + g->head.h > f->page_h - f->bottom && !form_page(f))
            return false;
        group_put(g, &g->head);
    }
    f->page_rows = NULL;
    f->page_row_count = 0;
    for (const struct json *j = at; j && !g->foot_rows; j = j->next)
        g->foot_rows = json_true(j, S("页尾")) ? j : NULL;
    if (g->foot_rows && !foot_read(g))
        return false;
    if (g->foot.h > (f->page_h - f->top - f->bottom) / 2)
        return wrong(g, block, "页尾超过半页，请缩小");
    while (at) {
        if (json_true(at, S("页尾"))) {
            if (at == g->foot_rows && !foot_put(g))
                return false;
            g->foot_rows = NULL;
            at = at->next;
        } else if (json_get(at, S("重复"))) {
            if (!repeated_place(g, at))
                return false;
            at = at->next;
        } else if (!group_read(g, &g->body, &at, NULL, 0) || !group_place(g, &g->body, !at)) {
            return false;
        }
    }
    return true;
}
