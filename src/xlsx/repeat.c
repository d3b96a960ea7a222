#include "xlsx/repeat.h"

#include <stdlib.h>

/* Rows of a form written several times. Sheets in which rows move are read as a tree and written anew; parts that speak of
 * them are changed where they do; everything else is copied as packed bytes.
 *
 *     a sheet with blocks ──► rows written, each copy with its own numbers; then refs_move over what stands around them
 *     its drawings, comments, tables; other sheets, charts, workbook.xml ──► refs_move
 *     calcChain.xml ──► left out, with its relation: Excel makes it again
 *     anything else ──► packed bytes as they are */

struct repeating {
    struct op *op;
    struct xlsx_book *book;
    struct grown *sheets;
    size_t count;
    struct zip_out *out;
    struct {
        struct rel_of {
            str part;
            const struct grown *own;
        } * p;
        size_t n, cap;
    } around;
    str chain; /* calcChain; empty: none */
};

/* ---- what is to be repeated -------------------------------------------------------------------------------------- */

static struct grown *grown_of(struct repeating *r, size_t sheet)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->sheets[i].sheet == sheet)
            return &r->sheets[i];
    struct grown *g = &r->sheets[r->count++];
    *g = (struct grown){.sheet = sheet, .entry = r->book->sheet_parts.p[sheet], .name = r->book->sheets.p[sheet].name};
    return g;
}

static int by_first(const void *a, const void *b)
{
    const struct xlsx_repeat *x = *(const struct xlsx_repeat *const *)a, *y = *(const struct xlsx_repeat *const *)b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool sheet_known(struct repeating *r, size_t sheet)
{
    return (sheet < r->book->sheets.n && r->book->sheet_parts.p[sheet]) ||
           op_fail(r->op, FAULT_INPUT, S(""), "没有第 %zu 个工作表", sheet + 1);
}

static bool blocks_sort(struct repeating *r, const struct xlsx_repeat *repeats, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        must(repeats[i].copies >= 1 && repeats[i].first >= 1 && repeats[i].first <= repeats[i].last);
        if (!sheet_known(r, repeats[i].sheet))
            return false;
        struct grown *g = grown_of(r, repeats[i].sheet);
        *list_add(r->op, &g->blocks) = &repeats[i];
    }
    for (size_t i = 0; i < r->count; i++) {
        struct grown *g = &r->sheets[i];
        uint64_t rows = 0;
        if (g->blocks.n)
            qsort(g->blocks.p, g->blocks.n, sizeof *g->blocks.p, by_first);
        for (size_t k = 0; k < g->blocks.n; k++) {
            const struct xlsx_repeat *x = g->blocks.p[k];
            must(k == 0 || g->blocks.p[k - 1]->last < x->first);
            rows += (uint64_t)(x->last - x->first + 1) * x->copies;
        }
        if (rows > XLSX_ROWS_MAX / 2) /* what stands below needs room as well */
            return op_fail(r->op, FAULT_INPUT, g->name, "要写的行太多，一张表放不下，请加上条件");
    }
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static uint32_t row_of(const struct xtree *row, uint32_t before)
{
    uint32_t number, column;
    str text = xtree_attr(row, "r");
    if (text.n && text.n < 8)
        for (number = column = 0; column < text.n; column++)
            number = number * 10 + (uint32_t)(text.p[column] - '0');
    else
        number = before + 1;
    return number;
}

static struct xtree *formula_of(const struct xtree *cell)
{
    return (struct xtree *)xtree_first(cell, "f");
}

struct shared {
    str formula;
    uint32_t row, column;
};
struct offset {
    uint32_t rows, columns; /* modulo 2^32: upwards as well */
};

static void ref_shift(void *context, str sheet, struct ref *first, struct ref *last)
{
    const struct offset *by = context;
    (void)sheet;
    for (struct ref *r = first; r; r = r == first ? last : NULL) {
        r->row += r->row_fixed ? 0 : by->rows;
        r->column += r->column_fixed || r->rows_only ? 0 : by->columns;
        if (r->row < 1 || r->row > XLSX_ROWS_MAX)
            r->row = 1;
        if (!r->rows_only && (r->column < 1 || r->column > XLSX_COLUMNS_MAX))
            r->column = 1;
    }
}

/* A formula shared among cells is written out in each: rows that move apart no longer share it. */
static void shared_expand(struct op *op, const struct xtree *data)
{
    struct map known;
    map_init(&known, op);
    for (const struct xtree *row = xtree_first(data, "row"); row; row = xtree_next(row, "row"))
        for (const struct xtree *c = xtree_first(row, "c"); c; c = xtree_next(c, "c")) {
            struct xtree *f = formula_of(c);
            uint32_t at_row, at_column;
            if (!f || f->first || !str_eq(xtree_attr(f, "t"), S("shared")) ||
                !xlsx_ref_parse(xtree_attr(c, "r"), &at_row, &at_column))
                continue;
            struct shared *s = map_get(&known, xtree_attr(f, "si"));
            if (f->text.n) {
                s = op_new(op, struct shared);
                *s = (struct shared){f->text, at_row, at_column};
                (void)map_put(&known, xtree_attr(f, "si"), s);
            } else if (s) {
                struct offset by = {at_row - s->row, at_column - s->column};
                xtree_text_set(op, f, formula_change(op, s->formula, ref_shift, &by));
            }
            xtree_attr_drop(f, "t");
            xtree_attr_drop(f, "si");
            xtree_attr_drop(f, "ref");
        }
}

/* One row as row `number`; its formulas as they read there. Put back as it was afterwards. */
static void row_write(struct buf *b, struct moving *m, struct xtree *row, uint32_t number, bool hidden)
{
    str was = xtree_attr(row, "r"), was_hidden = xtree_attr(row, "hidden");
    uint32_t column = 0, at_row, at_column;
    xtree_attr_set(m->op, row, "r", op_text(m->op, "%u", number));
    if (hidden)
        xtree_attr_set(m->op, row, "hidden", S("1"));
    xtree_tag(b, row);
    for (struct xtree *c = row->first; c; c = c->next) {
        struct xtree *f = formula_of(c);
        str ref = xtree_attr(c, "r"), formula = f ? f->text : S(""), span = f ? xtree_attr(f, "ref") : S("");
        if (!xtree_is(c, "c")) {
            xtree_element(b, c);
            continue;
        }
        at_column = ++column;
        (void)xlsx_ref_parse(ref, &at_row, &at_column);
        column = at_column;
        xtree_attr_set(m->op, c, "r", xlsx_ref(m->op, number, column));
        if (f && !f->first && formula.n)
            xtree_text_set(m->op, f, moved_formula(m, formula));
        if (f && span.n)
            xtree_attr_set(m->op, f, "ref", m->block ? xlsx_ref(m->op, number, column) : moved_ranges(m, span));
        xtree_element(b, c);
        if (f && !f->first && formula.n)
            xtree_text_set(m->op, f, formula);
        if (f && span.n)
            xtree_attr_set(m->op, f, "ref", span);
        xtree_attr_set(m->op, c, "r", ref);
    }
    xtree_tag_end(b, row);
    xtree_attr_set(m->op, row, "r", was);
    if (hidden)
        xtree_attr_set(m->op, row, "hidden", was_hidden.n ? was_hidden : S("0"));
}

static int by_row(const void *a, const void *b)
{
    const struct xlsx_hide *x = *(const struct xlsx_hide *const *)a, *y = *(const struct xlsx_hide *const *)b;
    return (x->row > y->row) - (x->row < y->row);
}

static bool is_hidden(const struct grown *g, uint32_t row)
{
    const struct xlsx_hide wanted = {.row = row}, *key = &wanted;
    return g->hides.n && bsearch(&key, g->hides.p, g->hides.n, sizeof *g->hides.p, by_row) != NULL;
}

static void data_write(struct buf *b, struct moving *m, const struct xtree *data)
{
    const struct grown *g = m->own;
    uint32_t before = 0;
    xtree_tag(b, data);
    for (struct xtree *row = data->first; row;) {
        uint32_t number = row_of(row, before);
        const struct xlsx_repeat *block = grown_block(g, number);
        struct xtree *end = row->next;
        m->block = block;
        for (before = number; block && end && grown_block(g, row_of(end, before)) == block; end = end->next)
            before = row_of(end, before);
        for (m->copy = 0; m->copy < (block ? block->copies : 1); m->copy++) {
            uint32_t at = number;
            for (struct xtree *one = row; one != end; one = one->next) {
                at = one == row ? number : row_of(one, at);
                uint32_t to = grown_first(g, at) + (block ? m->copy * (block->last - block->first + 1) : 0);
                row_write(b, m, one, to, is_hidden(g, to));
            }
        }
        row = end;
    }
    m->block = NULL;
    m->copy = 0;
    xtree_tag_end(b, data);
}

/* Cells merged within a block are merged in each copy. */
static void merges_repeat(const struct moving *m, struct xtree *merges)
{
    size_t count = 0;
    for (struct xtree *e = merges->first; e; e = e->next) {
        str ranges = moved_ranges(m, xtree_attr(e, "ref")), one;
        str head, tail;
        uint32_t first, last, column;
        const struct xlsx_repeat *block = NULL;
        count++;
        if (str_split(xtree_attr(e, "ref"), ':', &head, &tail) && xlsx_ref_parse(head, &first, &column) &&
            xlsx_ref_parse(tail, &last, &column)) {
            block = grown_block(m->own, first);
            block = block && block == grown_block(m->own, last) ? block : NULL;
        }
        if (!block) {
            xtree_attr_set(m->op, e, "ref", ranges);
            continue;
        }
        uint32_t from_row, from_column;
        (void)xlsx_ref_parse(head, &from_row, &from_column);
        for (uint32_t k = block->copies; k-- > 0;) {
            uint32_t down = k * (block->last - block->first + 1);
            one = op_text(m->op, "%.*s:%.*s", PS(xlsx_ref(m->op, grown_first(m->own, from_row) + down, from_column)),
                          PS(xlsx_ref(m->op, grown_first(m->own, last) + down, column)));
            if (k == 0) {
                xtree_attr_set(m->op, e, "ref", one);
                break;
            }
            struct xtree *copy = op_new(m->op, struct xtree);
            *copy = (struct xtree){.ns = e->ns, .name = e->name, .prefix = e->prefix, .up = merges, .next = e->next};
            xtree_attr_set(m->op, copy, "ref", one);
            e->next = copy;
            count++;
        }
        for (uint32_t k = 1; k < block->copies; k++)
            e = e->next;
    }
    if (xtree_has(merges, "count"))
        xtree_attr_set(m->op, merges, "count", op_text(m->op, "%zu", count));
}

/* Everything but mergeCells, which are repeated, and the rows. */
static void around_move(const struct moving *m, struct xtree *root)
{
    for (struct xtree *e = root->first; e; e = e->next) {
        if (xtree_is(e, "mergeCells"))
            merges_repeat(m, e);
        else if (!xtree_is(e, "sheetData"))
            refs_move(m, e);
    }
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static bool part_read(struct repeating *r, const struct zip_entry *e, struct xtree **ret)
{
    str text;
    return zip_whole(r->book->zip, e, XTREE_BYTES_MAX, &text) && xtree_parse(r->op, text, e->name, ret);
}

static void part_write(struct repeating *r, const struct zip_entry *e, str text)
{
    zip_out_part(r->out, e->name);
    zip_out_add(r->out, text);
}

static bool sheet_write(struct repeating *r, const struct grown *g)
{
    struct moving m = {.op = r->op, .sheets = r->sheets, .count = r->count, .own = g};
    struct xtree *root;
    struct buf b;
    if (!part_read(r, g->entry, &root))
        return false;
    buf_init(&b, r->op, 0);
    const struct xtree *data = xtree_first(root, "sheetData");
    if (data)
        shared_expand(r->op, data);
    around_move(&m, root);
    buf_add(&b, S("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"));
    xtree_tag(&b, root);
    for (const struct xtree *e = root->first; e; e = e->next) {
        if (e == data)
            data_write(&b, &m, e);
        else
            xtree_element(&b, e);
    }
    xtree_tag_end(&b, root);
    part_write(r, g->entry, buf_str(&b));
    return true;
}

static bool part_move(struct repeating *r, const struct zip_entry *e, const struct grown *own)
{
    struct moving m = {.op = r->op, .sheets = r->sheets, .count = r->count, .own = own};
    struct xtree *root;
    struct buf b;
    int faults = r->op->fault_count;
    if (!part_read(r, e, &root)) {
        if (!str_ends(e->name, S(".vml")))
            return false;
        op_forgive(r->op, faults); /* boxes of comments, as old programs wrote them: they stay where they were */
        zip_out_copy(r->out, r->book->zip, e);
        return !zip_out_failed(r->out);
    }
    const struct xtree *data = xtree_first(root, "sheetData");
    if (data)
        shared_expand(r->op, data);
    refs_move(&m, root);
    buf_init(&b, r->op, 0);
    xtree_write(&b, root);
    part_write(r, e, buf_str(&b));
    return true;
}

/* The parts around a sheet, and around those: a drawing has charts. */
static bool around_list(struct repeating *r, str part, const struct grown *own, int depth)
{
    static const str kinds[] = {SC("drawing"), SC("comments"), SC("vmlDrawing"), SC("table"), SC("threadedComment")};
    struct rels rels;
    if (!rels_load(r->book->zip, part, &rels))
        return false;
    for (size_t i = 0; i < rels.n; i++)
        for (size_t k = 0; k < COUNT(kinds); k++)
            if (str_eq(rels.p[i].type, kinds[k])) {
                *list_add(r->op, &r->around) = (struct rel_of){rels.p[i].target, own};
                if (depth < 2 && !around_list(r, rels.p[i].target, own, depth + 1))
                    return false;
            }
    return true;
}

/* A part may name another sheet: an exclamation mark stands somewhere but in the text of a cell. Which sheet, is found
 * when it is read: names may be written with character references. */
static bool names_sheets(struct repeating *r, const struct zip_entry *e, bool *ret)
{
    str text, rest;
    size_t at;
    if (!zip_whole(r->book->zip, e, XTREE_BYTES_MAX, &text))
        return false;
    *ret = false;
    for (rest = text; !*ret && str_find(rest, S("!"), &at); rest = str_part(rest, at + 1, rest.n)) {
        const char *tag = rest.p + at;
        while (tag > text.p && *tag != '<')
            tag--;
        str name = str_part((str){tag, (size_t)(text.p + text.n - tag)}, 1, 3);
        *ret = !str_eq(name, S("t>")) && !str_eq(name, S("t ")) && !str_eq(name, S("v>")) && !str_starts(name, S("!"));
    }
    return true;
}

static bool is_part_of(str name, const char *folder)
{
    return str_starts(name, str_z(folder)) && str_ends(name, S(".xml"));
}

/* A line of a part that speaks of calcChain goes: its relation, its content type. */
static bool without_chain(struct repeating *r, const struct zip_entry *e)
{
    struct xtree *root, *before = NULL;
    struct buf b;
    if (!part_read(r, e, &root))
        return false;
    for (struct xtree *x = root->first; x; x = x->next) {
        bool chain = str_ends(xtree_attr(x, "Target"), S("calcChain.xml")) ||
                     str_ends(xtree_attr(x, "PartName"), S("calcChain.xml"));
        if (!chain)
            before = x;
        else if (before)
            before->next = x->next;
        else
            root->first = x->next;
    }
    buf_init(&b, r->op, 0);
    xtree_write(&b, root);
    part_write(r, e, buf_str(&b));
    return true;
}

static const struct rel_of *around_find(const struct repeating *r, str name)
{
    for (size_t i = 0; i < r->around.n; i++)
        if (str_eq(r->around.p[i].part, name))
            return &r->around.p[i];
    return NULL;
}

static bool entry_write(struct repeating *r, const struct zip_entry *e)
{
    bool named = false;
    for (size_t i = 0; i < r->count; i++)
        if (r->sheets[i].entry == e)
            return sheet_write(r, &r->sheets[i]);
    if (str_ends(e->name, S("calcChain.xml")))
        return true;
    if (r->chain.n && (str_eq(e->name, S("[Content_Types].xml")) || str_eq(e->name, rels_name(r->op, r->book->part))))
        return without_chain(r, e);
    const struct rel_of *around = around_find(r, e->name);
    if (around)
        return part_move(r, e, around->own);
    if ((is_part_of(e->name, "xl/worksheets/") || is_part_of(e->name, "xl/charts/") ||
         str_eq(e->name, r->book->part)) &&
        !names_sheets(r, e, &named))
        return false;
    if (named)
        return part_move(r, e, NULL);
    zip_out_copy(r->out, r->book->zip, e);
    return !zip_out_failed(r->out);
}

bool xlsx_repeat_book(struct xlsx_book *book, struct xlsx_sink sink, const struct xlsx_repeat *repeats, size_t count,
                      const struct xlsx_hide *hides, size_t hide_count)
{
    struct repeating r = {.op = book->op, .book = book};
    r.sheets = op_array(r.op, struct grown, count + hide_count + 1);
    if (!blocks_sort(&r, repeats, count))
        return false;
    for (size_t i = 0; i < hide_count; i++) {
        if (!sheet_known(&r, hides[i].sheet))
            return false;
        struct grown *g = grown_of(&r, hides[i].sheet);
        *list_add(r.op, &g->hides) = &hides[i];
    }
    for (size_t i = 0; i < r.count; i++)
        if (r.sheets[i].hides.n)
            qsort(r.sheets[i].hides.p, r.sheets[i].hides.n, sizeof *r.sheets[i].hides.p, by_row);
    for (size_t i = 0; i < r.count; i++)
        if (!around_list(&r, r.sheets[i].entry->name, &r.sheets[i], 0))
            return false;
    for (size_t i = 0; i < book->zip->count; i++)
        if (str_ends(book->zip->entries[i].name, S("calcChain.xml")))
            r.chain = book->zip->entries[i].name;
    r.out = zip_out_new(r.op, sink, 6);
    for (size_t i = 0; i < book->zip->count; i++)
        if (!entry_write(&r, &book->zip->entries[i]))
            return false;
    return zip_out_end(r.out);
}
