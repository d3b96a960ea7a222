/* An office's Excel workbook: cells with {{…}}, rows that repeat, rows that are left out.
 *
 *     every sheet ── read once: cells with placeholders; directives left open in a cell speak of rows
 *     making      ── how often each block of rows is written, what stands in each cell of each copy
 *     the room xlsx writes the rows (formulas, merged cells, names follow) and then the cells, and nothing else */
#include "report/office.h"

struct book_cell {
    size_t sheet;
    uint32_t row, column;
    str text, place; /* without the directives of rows */
    const size_t *origin; /* of each byte of text: where it stood in the cell */
    struct office_marks marks;
    const struct template_part *parts;
};

/* Rows from first to last. Of a 若 those from `otherwise` on are for when it does not hold; 0: none. */
struct book_range {
    size_t sheet;
    uint32_t first, last, otherwise;
    enum part_kind kind; /* PART_EACH, PART_IF */
    str directive, place;
    struct template_part head;
    const struct book_range *in; /* the 每 around a 若 */
};

struct office_book {
    struct xlsx_book *book;
    struct {
        struct book_cell *p;
        size_t n, cap;
    } cells;
    struct {
        struct book_range *p;
        size_t n, cap;
    } ranges;
};

static str sheet_named(const struct office_book *b, size_t sheet)
{
    return xlsx_sheet_info(b->book, sheet)->name;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct open_mark {
    enum mark_kind kind;
    str directive, place;
    uint32_t row, otherwise;
};
struct open_marks {
    struct open_mark *p;
    size_t n, cap;
};

[[nodiscard]] static bool range_close(struct office_file *o, struct open_marks *open, size_t sheet, uint32_t row,
                                      str place)
{
    struct office_book *b = o->book;
    if (!open->n)
        return office_refuse(o, place, "多了一个“{{#完}}”，前面没有与它对应的“{{#每 …}}”或“{{#若 …}}”");
    const struct open_mark *m = &open->p[--open->n];
    if (row - m->row >= OFFICE_BLOCK_ROWS_MAX)
        return office_refuse(o, place, "离“{{%.*s}}”（%.*s）太远，一段最多 %d 行", PS(m->directive), PS(m->place),
                             OFFICE_BLOCK_ROWS_MAX);
    if (b->ranges.n >= OFFICE_RANGES_MAX)
        return office_refuse(o, place, "重复和有条件的行超过 %d 处，请分成几个文件", OFFICE_RANGES_MAX);
    *list_add(o->op, &b->ranges) = (struct book_range){.sheet = sheet,
                                                       .first = m->row,
                                                       .last = row,
                                                       .otherwise = m->otherwise,
                                                       .kind = m->kind == MARK_IF ? PART_IF : PART_EACH,
                                                       .directive = m->directive,
                                                       .place = m->place};
    return true;
}

[[nodiscard]] static bool otherwise_take(struct office_file *o, struct open_marks *open, uint32_t row, str place)
{
    struct open_mark *m = open->n ? &open->p[open->n - 1] : NULL;
    if (!m || m->kind != MARK_IF || m->otherwise)
        return office_refuse(o, place, "“{{#否则}}”只能写在“{{#若 …}}”和“{{#完}}”之间，而且只能写一次");
    if (row == m->row)
        return office_refuse(o, place, "“{{#否则}}”要写在“{{#若 …}}”下面的一行，从那一行起是不成立时的样子");
    m->otherwise = row;
    return true;
}

static void mark_take(struct office_file *o, struct open_marks *open, const struct book_cell *c,
                      const struct office_mark *mark)
{
    struct open_mark m = {.kind = mark->kind, .directive = mark->directive, .place = c->place, .row = c->row};
    switch (mark->kind) {
    case MARK_IF:
    case MARK_EACH:
        *list_add(o->op, open) = m;
        return;
    case MARK_ROW:
        *list_add(o->op, open) = m;
        (void)range_close(o, open, c->sheet, c->row, c->place);
        return;
    case MARK_ELSE:
        (void)otherwise_take(o, open, c->row, c->place);
        return;
    case MARK_DONE:
        (void)range_close(o, open, c->sheet, c->row, c->place);
        return;
    }
}

/* Braces of full width have become narrow ones, and directives of rows are gone: where each byte of what is left stood in
 * the cell's own text. */
static const size_t *origins(struct op *op, str cell, str braced, const struct office_marks *marks)
{
    size_t *origin = op_array(op, size_t, braced.n + 1), n = 0, mark = 0, at = 0;
    for (str rest = cell; rest.n;) {
        size_t from = cell.n - rest.n;
        (void)utf8_next(&rest);
        size_t wide = cell.n - rest.n - from, narrow = braced.p[at] == cell.p[from] ? wide : 1;
        for (size_t i = 0; i < narrow; i++, at++) {
            while (mark < marks->n && at >= marks->p[mark].to)
                mark++;
            if (mark == marks->n || at < marks->p[mark].from)
                origin[n++] = from + (narrow == wide ? i : 0);
        }
    }
    origin[n] = cell.n;
    return origin;
}

[[nodiscard]] static bool cell_take(struct office_file *o, struct open_marks *open, size_t sheet, uint32_t row,
                                    const struct xlsx_cell *cell)
{
    struct office_book *b = o->book;
    struct book_cell c = {.sheet = sheet, .row = row, .column = cell->column};
    str text = office_braces(o->op, cell->text, op_copy(o->op, cell->text));
    size_t at;
    if (cell->formula || !str_find(text, S("{{"), &at))
        return true;
    c.place = op_text(o->op, "工作表“%.*s”%.*s格", PS(sheet_named(b, sheet)), PS(xlsx_ref(o->op, row, cell->column)));
    if (b->cells.n >= OFFICE_PLACES_MAX)
        return office_refuse(o, c.place, "要填的格子超过 %d 个；逐条的记录请用 {{#行 …}}，一行就够", OFFICE_PLACES_MAX);
    office_marks(o->op, text, &c.marks);
    c.text = office_unmarked(o->op, text, &c.marks);
    c.origin = origins(o->op, cell->text, text, &c.marks);
    for (size_t i = 0; i < c.marks.n; i++)
        mark_take(o, open, &c, &c.marks.p[i]);
    *list_add(o->op, &b->cells) = c;
    return true;
}

[[nodiscard]] static bool sheet_read(struct office_file *o, size_t sheet)
{
    struct open_marks open = {0};
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    if (!xlsx_rows_open(o->book->book, sheet, &rows))
        return false;
    for (;;) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found)
            break;
        for (size_t i = 0; i < row.count; i++)
            if (!cell_take(o, &open, sheet, row.number, &row.cells[i]))
                return false;
    }
    for (size_t i = 0; i < open.n; i++)
        (void)office_refuse(
            o, open.p[i].place,
            "“{{%.*s}}”没有“{{#完}}”；只重复这一行的请写 {{#行 …}}，重复几行的在最后一行的一格里写 {{#完}}",
            PS(open.p[i].directive));
    return true;
}

static bool covers(const struct book_range *r, size_t sheet, uint32_t first, uint32_t last)
{
    return r->sheet == sheet && r->first <= first && r->last >= last;
}

static struct book_range *each_around(const struct office_book *b, size_t sheet, uint32_t first, uint32_t last)
{
    for (size_t i = 0; i < b->ranges.n; i++)
        if (b->ranges.p[i].kind == PART_EACH && covers(&b->ranges.p[i], sheet, first, last))
            return &b->ranges.p[i];
    return NULL;
}

static void ranges_check(struct office_file *o)
{
    const struct office_book *b = o->book;
    for (size_t i = 0; i < b->ranges.n; i++)
        for (size_t k = 0; k < b->ranges.n; k++) {
            const struct book_range *x = &b->ranges.p[i], *y = &b->ranges.p[k];
            bool apart = x->sheet != y->sheet || x->last < y->first || y->last < x->first;
            if (k == i || apart || x->kind != PART_EACH)
                continue;
            bool inside = y->kind == PART_IF &&
                          (covers(x, y->sheet, y->first, y->last) || covers(y, x->sheet, x->first, x->last));
            if (!inside && (y->kind == PART_IF || k > i))
                (void)office_refuse(
                    o, y->place,
                    "和“%.*s”的“{{%.*s}}”行数交叉：重复的几行里不能再套重复的行，“若”的几行要整个在里面或整个在外面",
                    PS(x->place), PS(x->directive));
        }
}

static void heads_read(struct office_file *o)
{
    struct office_book *b = o->book;
    for (size_t pass = 0; pass < 2; pass++) /* 每 first: they are what 若 stands in */
        for (size_t i = 0; i < b->ranges.n; i++) {
            struct book_range *r = &b->ranges.p[i];
            if ((r->kind == PART_EACH) != (pass == 0))
                continue;
            o->from.place = r->place;
            r->in = r->kind == PART_IF ? each_around(b, r->sheet, r->first, r->last) : NULL;
            (void)template_head(&o->from, r->directive, r->in ? r->in->head.each : o->outside, &r->head);
        }
}

static void cells_read(struct office_file *o)
{
    struct office_book *b = o->book;
    for (size_t i = 0; i < b->cells.n && !office_full(o); i++) {
        struct book_cell *c = &b->cells.p[i];
        const struct book_range *in = each_around(b, c->sheet, c->row, c->row);
        o->from.place = c->place;
        if (!in || in->head.each)
            (void)template_inline(&o->from, c->text, in ? in->head.each : o->outside, &c->parts);
    }
}

/* After the rows were found not to pair. */
static void rest_read(struct office_file *o)
{
    const struct office_book *b = o->book;
    struct office_scopes scopes = {0};
    for (size_t i = 0; i < b->cells.n; i++)
        for (size_t k = 0; k < b->cells.p[i].marks.n; k++) {
            const struct office_mark *mark = &b->cells.p[i].marks.p[k];
            if (mark->kind != MARK_ELSE && mark->kind != MARK_DONE)
                office_directive(o, mark->directive, b->cells.p[i].place, &scopes);
        }
    for (size_t i = 0; i < b->cells.n; i++)
        office_expression(o, b->cells.p[i].text, b->cells.p[i].place, &scopes);
}

bool book_read(struct office_file *o, [[maybe_unused]] struct zip_source source, str path)
{
    o->book = op_new(o->op, struct office_book);
    if (!xlsx_open_path(o->op, path, &o->book->book))
        return false;
    for (size_t i = 0; i < xlsx_sheet_count(o->book->book); i++)
        if (xlsx_sheet_has_rows(o->book->book, i) && !sheet_read(o, i))
            return false;
    ranges_check(o);
    if (o->op->fault_count > o->before) {
        rest_read(o);
        return false;
    }
    heads_read(o);
    cells_read(o);
    o->places = o->book->cells.n;
    return true;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

struct book_making {
    struct making *m;
    const struct office_book *b;
    struct {
        struct xlsx_fill *p;
        size_t n, cap;
    } fills;
    struct {
        struct xlsx_repeat *p;
        size_t n, cap;
    } repeats;
    struct {
        struct xlsx_hide *p;
        size_t n, cap;
    } hides;
    const struct book_range *each; /* being written */
    size_t sheet;
    uint32_t down; /* by how much rows have moved so far in this sheet */
    uint32_t copy;
    int64_t rows; /* gone through, blank ones too */
};

static struct xlsx_fill *fill_add(struct book_making *k, const struct book_cell *c, uint32_t row, str text, bool number)
{
    struct xlsx_fill *fill = list_add(k->m->op, &k->fills);
    *fill = (struct xlsx_fill){.sheet = c->sheet, .row = row, .column = c->column, .text = text, .number = number};
    return fill;
}

/* Where each part of a text comes from in the cell's own; the template's words as they stood there, in one piece as long
 * as nothing was taken out between them. */
static void pieces_add(struct op *op, const struct book_cell *c, const struct making_run *runs, size_t count,
                       struct xlsx_fill *fill)
{
    struct { struct xlsx_piece *p; size_t n, cap; } pieces = {0};
    for (size_t i = 0; i < count; i++) {
        size_t at = runs[i].at < c->text.n ? runs[i].at : c->text.n;
        bool own = runs[i].words && at + runs[i].text.n <= c->text.n;
        for (size_t from = 0, to; from < runs[i].text.n; from = to) {
            to = own ? from + 1 : runs[i].text.n;
            while (own && to < runs[i].text.n && c->origin[at + to] == c->origin[at + to - 1] + 1)
                to++;
            *list_add(op, &pieces) =
                (struct xlsx_piece){str_part(runs[i].text, from, to), c->origin[own ? at + from : at], own};
        }
    }
    fill->pieces = pieces.p;
    fill->piece_count = pieces.n;
}

/* A number that Excel would round stays a text. */
static bool fits_excel(str digits)
{
    enum { EXCEL_DIGITS = 15 };
    size_t n = 0;
    for (size_t i = 0; i < digits.n; i++)
        n += digits.p[i] >= '0' && digits.p[i] <= '9';
    return n <= EXCEL_DIGITS;
}

[[nodiscard]] static bool cell_make(struct book_making *k, const struct book_cell *c, uint32_t row, bool blank)
{
    struct op *op = k->m->op;
    struct making_run *runs;
    size_t count;
    struct buf text;
    if (blank) {
        (void)fill_add(k, c, row, S(""), false);
        return true;
    }
    str place = op_text(op, "%.*s!%.*s", PS(sheet_named(k->b, c->sheet)), PS(xlsx_ref(op, row, c->column)));
    if (!making_text(k->m, c->parts, &runs, &count) || !office_said(k->m, place, runs, count))
        return false;
    buf_init(&text, op, 0);
    for (size_t i = 0; i < count; i++)
        buf_add(&text, runs[i].text);
    if (utf8_count(buf_str(&text)) > XLSX_CELL_CHARS_MAX)
        return op_fail(op, FAULT_INPUT, place, "一格里的字超过 %d 个，Excel 放不下；逐条的记录请用 {{#行 …}}",
                       XLSX_CELL_CHARS_MAX);
    bool number = count == 1 && runs[0].number && fits_excel(runs[0].text);
    struct xlsx_fill *fill = fill_add(k, c, row, buf_str(&text), number);
    if (!number)
        pieces_add(op, c, runs, count, fill);
    return true;
}

/* Rows of a 若 that are not to be seen: emptied and hidden, so that nothing around them moves. */
[[nodiscard]] static bool row_shown(struct book_making *k, uint32_t row, bool *ret)
{
    *ret = true;
    for (size_t i = 0; *ret && i < k->b->ranges.n; i++) {
        const struct book_range *r = &k->b->ranges.p[i];
        bool yes;
        if (r->kind != PART_IF || !covers(r, k->sheet, row, row) || (r->in && r->in != k->each))
            continue;
        if (!making_if(k->m, &r->head, &yes))
            return false;
        *ret = yes ? !r->otherwise || row < r->otherwise : r->otherwise && row >= r->otherwise;
    }
    return true;
}

/* The first of the sheet's cells in this row or below; cells were read in that order. */
static size_t cell_from(const struct book_making *k, uint32_t row)
{
    size_t from = 0, to = k->b->cells.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        const struct book_cell *c = &k->b->cells.p[middle];
        if (c->sheet < k->sheet || (c->sheet == k->sheet && c->row < row))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

[[nodiscard]] static bool row_make(struct book_making *k, uint32_t row, bool blank)
{
    uint32_t to = row + k->down + (k->each ? k->copy * (k->each->last - k->each->first + 1) : 0);
    bool shown = true;
    if (++k->rows > OFFICE_OUT_MAX)
        return op_fail(k->m->op, FAULT_INPUT, k->m->report->of->file, "要写的行超过 %d 行，请缩短期间或加上条件",
                       OFFICE_OUT_MAX);
    if (!blank && !row_shown(k, row, &shown))
        return false;
    if (!shown)
        *list_add(k->m->op, &k->hides) = (struct xlsx_hide){k->sheet, to};
    for (size_t i = cell_from(k, row); i < k->b->cells.n; i++) {
        const struct book_cell *c = &k->b->cells.p[i];
        if (c->sheet != k->sheet || c->row != row)
            break;
        if (!cell_make(k, c, to, blank || !shown))
            return false;
    }
    return true;
}

static bool copy_make(void *context)
{
    struct book_making *k = context;
    for (uint32_t row = k->each->first; row <= k->each->last; row++)
        if (!row_make(k, row, false))
            return false;
    k->copy++;
    return true;
}

/* Nothing to show leaves one empty row: the table keeps its shape, and sums over it are sums over nothing. */
[[nodiscard]] static bool each_make(struct book_making *k, const struct book_range *r)
{
    int64_t count;
    k->each = r;
    k->copy = 0;
    if (!making_each(k->m, &r->head, copy_make, k, &count))
        return false;
    for (uint32_t row = r->first; k->copy == 0 && row <= r->last; row++)
        if (!row_make(k, row, true))
            return false;
    k->each = NULL;
    if (k->copy > 1) {
        *list_add(k->m->op, &k->repeats) = (struct xlsx_repeat){r->sheet, r->first, r->last, k->copy};
        k->down += (k->copy - 1) * (r->last - r->first + 1);
    }
    k->copy = 0;
    return true;
}

/* The rows that matter, from above. A range of rows without placeholders still matters: a 若 hides it. */
[[nodiscard]] static bool sheet_make(struct book_making *k)
{
    uint32_t row = 0;
    for (;;) {
        uint32_t next = UINT32_MAX;
        const struct book_range *each = NULL;
        size_t at = cell_from(k, row + 1);
        if (at < k->b->cells.n && k->b->cells.p[at].sheet == k->sheet)
            next = k->b->cells.p[at].row;
        for (size_t i = 0; i < k->b->ranges.n; i++) {
            const struct book_range *r = &k->b->ranges.p[i];
            if (r->sheet == k->sheet && r->kind == PART_IF && row + 1 >= r->first && row + 1 <= r->last)
                next = row + 1;
        }
        if (next == UINT32_MAX)
            return true;
        each = each_around(k->b, k->sheet, next, next);
        if (each ? !each_make(k, each) : !row_make(k, next, false))
            return false;
        row = each ? each->last : next;
    }
}

bool book_make(struct making *m, const struct office_file *o, str out_path)
{
    struct book_making k = {.m = m, .b = o->book};
    struct xlsx_book *book = o->book->book;
    struct buf *bytes = op_new(m->op, struct buf);
    int64_t kept;
    for (k.sheet = 0; k.sheet < xlsx_sheet_count(book); k.sheet++) {
        k.down = 0;
        if (!sheet_make(&k))
            return false;
    }
    if (k.repeats.n || k.hides.n) {
        buf_init(bytes, m->op, XLSX_FILE_BYTES_MAX);
        if (!xlsx_repeat_book(book, (struct xlsx_sink){bytes_keep, bytes}, k.repeats.p, k.repeats.n, k.hides.p,
                              k.hides.n) ||
            !xlsx_open(m->op, buf_str(bytes), &book))
            return false;
    }
    return xlsx_fill(book, out_path, k.fills.p, k.fills.n, &kept);
}
