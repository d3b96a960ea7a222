/* What speaks of rows, and how it is said: one table of the elements of SpreadsheetML that hold references. */
#include "xlsx/repeat.h"

const struct xlsx_repeat *grown_block(const struct grown *g, uint32_t row)
{
    for (size_t i = 0; g && i < g->blocks.n; i++)
        if (row >= g->blocks.p[i]->first && row <= g->blocks.p[i]->last)
            return g->blocks.p[i];
    return NULL;
}

static uint32_t block_rows(const struct xlsx_repeat *r)
{
    return r->last - r->first + 1;
}

uint32_t grown_first(const struct grown *g, uint32_t row)
{
    uint64_t to = row;
    for (size_t i = 0; g && i < g->blocks.n && g->blocks.p[i]->last < row; i++)
        to += (uint64_t)block_rows(g->blocks.p[i]) * (g->blocks.p[i]->copies - 1);
    return to > XLSX_ROWS_MAX ? XLSX_ROWS_MAX : (uint32_t)to;
}

static uint32_t grown_last(const struct grown *g, uint32_t row)
{
    const struct xlsx_repeat *r = grown_block(g, row);
    uint32_t first = grown_first(g, row);
    return r ? first + block_rows(r) * (r->copies - 1) : first;
}

static const struct grown *sheet_named(const struct moving *m, str name)
{
    if (!name.n)
        return m->own;
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(m->sheets[i].name, name))
            return &m->sheets[i];
    return NULL;
}

/* From within a copy a reference into the same block means the same copy; from elsewhere a range means all copies. */
static void row_move(void *context, str sheet, struct ref *first, struct ref *last)
{
    const struct moving *m = context;
    const struct grown *g = sheet_named(m, sheet);
    struct ref *end = last ? last : first;
    if (!g)
        return;
    const struct xlsx_repeat *at = grown_block(g, first->row);
    bool inside = at && at == grown_block(g, end->row) && at == m->block && g == m->own;
    uint32_t down = inside ? block_rows(at) * m->copy : 0;
    uint32_t from = grown_first(g, first->row) + down;
    if (last)
        last->row = inside ? grown_first(g, last->row) + down : grown_last(g, last->row);
    first->row = from;
}

str moved_formula(const struct moving *m, str formula)
{
    return formula_change(m->op, formula, row_move, (void *)m);
}

/* Formats, checks and so on of rows within a block hold for each copy: one range when it is the whole block, else one
 * for each. */
static void range_put(const struct moving *m, struct buf *b, str range)
{
    const struct grown *g = m->own;
    str head, tail, from, to;
    struct ref a, z;
    bool two = str_split(range, ':', &head, &tail);
    if (!xlsx_ref_parse(head, &a.row, &a.column) || (two && !xlsx_ref_parse(tail, &z.row, &z.column))) {
        buf_text(b, "%s%.*s", b->n ? " " : "", PS(range));
        return;
    }
    if (!two)
        z = a;
    const struct xlsx_repeat *block = grown_block(g, a.row);
    bool part = block && block == grown_block(g, z.row) && (a.row != block->first || z.row != block->last);
    for (uint32_t k = 0; k < (part ? block->copies : 1); k++) {
        uint32_t down = part ? k * block_rows(block) : 0;
        from = xlsx_ref(m->op, grown_first(g, a.row) + down, a.column);
        to = xlsx_ref(m->op, part ? grown_first(g, z.row) + down : grown_last(g, z.row), z.column);
        buf_text(b, str_eq(from, to) ? "%s%.*s" : "%s%.*s:%.*s", b->n ? " " : "", PS(from), PS(to));
    }
}

str moved_ranges(const struct moving *m, str ranges)
{
    struct buf b;
    str one;
    buf_init(&b, m->op, 0);
    for (bool more = true; more;) {
        more = str_split(ranges, ' ', &one, &ranges);
        if (one.n)
            range_put(m, &b, one);
    }
    return buf_str(&b);
}

static str moved_place(const struct moving *m, str ref)
{
    uint32_t row, column;
    return xlsx_ref_parse(ref, &row, &column) ? xlsx_ref(m->op, grown_first(m->own, row), column)
                                              : moved_ranges(m, ref);
}

static str moved_row(const struct moving *m, str digits, uint32_t base)
{
    uint32_t row, column;
    if (!xlsx_ref_parse(op_text(m->op, "A%.*s", PS(str_trim(digits))), &row, &column)) /* the first row from 0 */
        return digits;
    return op_text(m->op, "%u", grown_first(m->own, row + base) - base);
}

static str moved_row0(const struct moving *m, str digits)
{
    return moved_row(m, digits, 1);
}

static str moved_row1(const struct moving *m, str digits)
{
    return moved_row(m, digits, 0);
}

static const struct {
    const char *parent, *element, *attribute; /* parent NULL: any; attribute NULL: the text */
    str (*move)(const struct moving *m, str text);
    bool anywhere; /* names its sheet, or is in one that moves */
} holders[] = {
    {NULL, "dimension", "ref", moved_ranges, false},
    {NULL, "mergeCell", "ref", moved_ranges, false},
    {NULL, "hyperlink", "ref", moved_place, false},
    {NULL, "hyperlink", "location", moved_formula, true},
    {NULL, "autoFilter", "ref", moved_ranges, false},
    {NULL, "sortState", "ref", moved_ranges, false},
    {NULL, "sortCondition", "ref", moved_ranges, false},
    {NULL, "conditionalFormatting", "sqref", moved_ranges, false},
    {NULL, "dataValidation", "sqref", moved_ranges, false},
    {NULL, "ignoredError", "sqref", moved_ranges, false},
    {NULL, "protectedRange", "sqref", moved_ranges, false},
    {NULL, "table", "ref", moved_ranges, false},
    {NULL, "comment", "ref", moved_place, false},
    {NULL, "threadedComment", "ref", moved_place, false},
    {"rowBreaks", "brk", "id", moved_row1, false},
    {"from", "row", NULL, moved_row0, false}, /* anchors of pictures and charts */
    {"to", "row", NULL, moved_row0, false},
    {"ClientData", "Row", NULL, moved_row0, false}, /* of a comment's box */
    {NULL, "f", NULL, moved_formula, true},
    {NULL, "formula", NULL, moved_formula, true},
    {NULL, "formula1", NULL, moved_formula, true},
    {NULL, "formula2", NULL, moved_formula, true},
    {NULL, "sqref", NULL, moved_ranges, false},
    {NULL, "definedName", NULL, moved_formula, true},
    {NULL, "calculatedColumnFormula", NULL, moved_formula, true},
};

static bool is_one_of(const struct xtree *e, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (xtree_is(e, names[i]))
            return true;
    return false;
}

/* A chart is drawn over the one row that is repeated: its values are then those of all copies. What it kept of them is
 * let go, so that it is drawn from the cells. False: it is no such reference. */
static bool series_move(const struct moving *m, struct xtree *e)
{
    static const char *const refs[] = {"numRef", "strRef", "multiLvlStrRef"}, *const axes[] = {"cat", "val", "xVal", "yVal", "bubbleSize"},
                            *const kept[] = {"numCache", "strCache", "multiLvlStrCache"};
    str text = str_trim(e->text), cell = text, head, tail;
    size_t at;
    if (!xtree_is(e, "f") || !e->up || !e->up->up || !is_one_of(e->up, refs, COUNT(refs)) ||
        !is_one_of(e->up->up, axes, COUNT(axes)) || str_find(text, S(":"), &at) || str_find(text, S(","), &at))
        return false;
    while (str_split(cell, '!', &head, &tail))
        cell = tail;
    str moved = moved_formula(m, op_text(m->op, "%.*s:%.*s", PS(text), PS(cell)));
    if (!str_split(moved, ':', &head, &tail) || str_ends(head, tail))
        return false;
    xtree_text_set(m->op, e, moved);
    for (struct xtree **p = &e->up->first; *p;) {
        if (is_one_of(*p, kept, COUNT(kept)))
            *p = (*p)->next;
        else
            p = &(e->up->last = *p)->next;
    }
    return true;
}

void refs_move(const struct moving *m, struct xtree *e)
{
    if (series_move(m, e))
        return;
    for (size_t i = 0; i < COUNT(holders); i++) {
        bool here = xtree_is(e, holders[i].element) && (holders[i].anywhere || m->own) &&
                    (!holders[i].parent || (e->up && xtree_is(e->up, holders[i].parent)));
        if (here && holders[i].attribute && xtree_has(e, holders[i].attribute))
            xtree_attr_set(m->op, e, holders[i].attribute, holders[i].move(m, xtree_attr(e, holders[i].attribute)));
        else if (here && !holders[i].attribute && !e->first && e->text.n)
            xtree_text_set(m->op, e, holders[i].move(m, e->text));
    }
    for (struct xtree *c = e->first; c; c = c->next)
        if (!m->own || !xtree_is(c, "sheetData")) /* its rows are written by who repeats them */
            refs_move(m, c);
}
