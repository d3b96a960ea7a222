#include "xlsx/rich.h"

#include <stdlib.h>

/* Values go into cells of somebody else's form, which keeps its look: a cell that is there keeps its format, a new one
 * takes that of its column in the row it is to look like; a formula is left alone. Everything that is not a filled cell
 * is copied byte for byte.
 *
 *     sheet ── walked once to learn formats, once to be written; cells replaced or inserted in order
 *     workbook.xml ── told to compute its formulas again, when it speaks of computing at all
 *     anything else ── packed bytes as they are */

struct filled {
    struct xlsx_fill fill;
    size_t style;
    bool exists; /* the cell is in the sheet: it keeps its own format */
};

struct like {
    size_t sheet;
    uint32_t row, column;
    size_t style;
    bool found;
};

struct filling {
    struct op *op;
    struct xlsx_book *book;
    struct filled *cells; /* by sheet, row, column */
    size_t count;
    struct {
        struct like *p;
        size_t n, cap;
    } likes;
    int64_t kept; /* formulas left alone */
    bool pieces;  /* some text has parts … */
    struct map shared; /* … and the rich ones of the shared strings by number */
};

struct sheet_filled {
    const struct zip_entry *entry;
    struct filled *cells;
    size_t count, sheet;
    str prefix;
};

static int by_place(const void *a, const void *b)
{
    const struct xlsx_fill *x = &((const struct filled *)a)->fill, *y = &((const struct filled *)b)->fill;
    if (x->sheet != y->sheet)
        return x->sheet < y->sheet ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static bool fills_sort(struct filling *f, const struct xlsx_fill *fills, size_t count)
{
    f->cells = op_array(f->op, struct filled, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (fills[i].sheet >= f->book->sheets.n || !f->book->sheet_parts.p[fills[i].sheet])
            return op_fail(f->op, FAULT_INPUT, S(""), "没有第 %zu 个工作表", fills[i].sheet + 1);
        if (fills[i].row < 1 || fills[i].row > XLSX_ROWS_MAX || fills[i].column < 1 ||
            fills[i].column > XLSX_COLUMNS_MAX)
            return op_fail(f->op, FAULT_INPUT, S(""), "要填的格子超出了 Excel 的行列范围");
        f->cells[i].fill = fills[i];
        f->pieces = f->pieces || fills[i].piece_count;
    }
    f->count = count;
    if (count)
        qsort(f->cells, count, sizeof *f->cells, by_place);
    for (size_t i = 1; i < count; i++)
        if (by_place(&f->cells[i - 1], &f->cells[i]) == 0)
            return op_fail(f->op, FAULT_INPUT, xlsx_ref(f->op, f->cells[i].fill.row, f->cells[i].fill.column),
                           "同一格填了两次");
    return true;
}

/* ---- formats ----------------------------------------------------------------------------------------------------- */

static struct like *like_find(struct filling *f, size_t sheet, uint32_t row, uint32_t column)
{
    for (size_t i = 0; i < f->likes.n; i++)
        if (f->likes.p[i].sheet == sheet && f->likes.p[i].row == row && f->likes.p[i].column == column)
            return &f->likes.p[i];
    return NULL;
}

static void likes_list(struct filling *f, const struct sheet_filled *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct xlsx_fill *x = &s->cells[i].fill;
        if (x->like_row && !like_find(f, s->sheet, x->like_row, x->column))
            *list_add(f->op, &f->likes) = (struct like){.sheet = s->sheet, .row = x->like_row, .column = x->column};
    }
}

static bool sheet_open(struct filling *f, const struct sheet_filled *s, struct xml *x)
{
    struct zip_part *part;
    if (!zip_part_open(f->book->zip, s->entry, &part))
        return false;
    xml_part(x, f->op, part, s->entry->name);
    return true;
}

static size_t style_of(const struct filling *f, const struct xml *x, const char *name)
{
    int64_t style;
    return xml_attr_int(x, name, &style) && style >= 0 && style < (int64_t)f->book->format_count ? (size_t)style : 0;
}

static bool styles_learn(struct filling *f, struct sheet_filled *s)
{
    struct xml x;
    struct place at = {0};
    uint32_t *columns = op_array(f->op, uint32_t, XLSX_COLUMNS_MAX + 1);
    bool root = true;
    size_t next = 0;
    likes_list(f, s);
    if (!sheet_open(f, s, &x))
        return false;
    while (xml_next(&x) && x.kind != XML_END) {
        int64_t first, last;
        if (x.kind > XML_CLOSE)
            continue;
        if (root) {
            root = false;
            s->prefix = op_copy(f->op, x.prefix);
        }
        if (!sheet_follow(&at, &x))
            return false;
        int level = xml_level(&x);
        if (x.kind == XML_CLOSE)
            continue;
        if (level == 2 && !at.in_data && xml_named(&x, S("col")) && xml_attr_int(&x, "min", &first) &&
            xml_attr_int(&x, "max", &last)) {
            for (int64_t c = first > 1 ? first : 1; c <= last && c <= XLSX_COLUMNS_MAX; c++)
                columns[c] = (uint32_t)style_of(f, &x, "style");
        } else if (at.in_data && level == 3 && xml_named(&x, S("c"))) {
            struct like *like = like_find(f, s->sheet, at.row, at.column);
            if (like) {
                like->found = true;
                like->style = style_of(f, &x, "s");
            }
            while (next < s->count && (s->cells[next].fill.row < at.row ||
                                       (s->cells[next].fill.row == at.row && s->cells[next].fill.column < at.column)))
                next++;
            if (next < s->count && s->cells[next].fill.row == at.row && s->cells[next].fill.column == at.column) {
                s->cells[next].exists = true;
                s->cells[next].style = style_of(f, &x, "s");
            }
        }
    }
    if (x.failed)
        return false;
    for (size_t i = 0; i < s->count; i++) {
        struct filled *c = &s->cells[i];
        const struct like *like = c->fill.like_row ? like_find(f, s->sheet, c->fill.like_row, c->fill.column) : NULL;
        if (!c->exists)
            c->style = like && like->found ? like->style : columns[c->fill.column];
    }
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* rich: how the old text looked; NULL or without runs: all of it like the cell. */
static void cell_put(struct pump *p, const struct sheet_filled *s, const struct filled *c, const struct rich *rich)
{
    struct op *op = p->b.op;
    str x = s->prefix;
    str ref = xlsx_ref(op, c->fill.row, c->fill.column);
    str head = op_text(op, "<%.*sc r=\"%.*s\" s=\"%zu\"", PS(x), PS(ref), c->style);
    if (!c->fill.number && !c->fill.text.n) {
        pump(p, op_text(op, "%.*s/>", PS(head))); /* blank: it counts for nothing */
    } else if (c->fill.number) {
        pump(p, op_text(op, "%.*s><%.*sv>%.*s</%.*sv></%.*sc>", PS(head), PS(x), PS(c->fill.text), PS(x), PS(x)));
    } else if (rich && rich->count && c->fill.piece_count) {
        struct buf runs;
        buf_init(&runs, op, 0);
        rich_write(op, &runs, x, rich, c->fill.pieces, c->fill.piece_count);
        pump(p, op_text(op, "%.*s t=\"inlineStr\"><%.*sis>%.*s</%.*sis></%.*sc>", PS(head), PS(x), (int)runs.n, runs.p,
                        PS(x), PS(x)));
    } else {
        struct buf text;
        buf_init(&text, op, 0);
        xml_escape(&text, c->fill.text);
        pump(p, op_text(op, "%.*s t=\"inlineStr\"><%.*sis><%.*st xml:space=\"preserve\">%.*s</%.*st></%.*sis></%.*sc>",
                        PS(head), PS(x), PS(x), (int)text.n, text.p, PS(x), PS(x), PS(x)));
    }
}

static void cells_put(struct pump *p, const struct sheet_filled *s, size_t *next, uint32_t row, uint32_t column)
{
    for (; *next < s->count && s->cells[*next].fill.row == row && s->cells[*next].fill.column < column; ++*next)
        cell_put(p, s, &s->cells[*next], NULL);
}

static void rows_put(struct pump *p, const struct sheet_filled *s, size_t *next, uint32_t row)
{
    while (*next < s->count && s->cells[*next].fill.row < row) {
        uint32_t number = s->cells[*next].fill.row;
        pump(p, op_text(p->b.op, "<%.*srow r=\"%u\">", PS(s->prefix), number));
        cells_put(p, s, next, number, XLSX_COLUMNS_MAX + 1);
        pump(p, op_text(p->b.op, "</%.*srow>", PS(s->prefix)));
    }
}

/* What the old cell, whole, says of its looks. */
static bool rich_of(struct filling *f, str old, struct rich *ret)
{
    struct xml x;
    str kind;
    *ret = (struct rich){0};
    xml_whole(&x, f->op, old, S(""));
    if (!xml_next(&x) || x.kind != XML_OPEN)
        return !x.failed;
    bool shared = xml_attr(&x, "t", &kind) && str_eq(kind, S("s"));
    while (xml_next(&x) && x.kind != XML_END) {
        if (xml_opens(&x, "is"))
            return rich_read(&x, ret);
        if (shared && xml_opens(&x, "v") && x.kind == XML_OPEN) {
            const struct rich *kept = xml_next(&x) && x.kind == XML_TEXT ? map_get(&f->shared, str_trim(x.text)) : NULL;
            if (kept)
                *ret = *kept;
            return !x.failed;
        }
    }
    return !x.failed;
}

/* The rest of a cell that begins here: replaced, unless it computes. */
static bool cell_replace(struct filling *f, struct pump *p, const struct sheet_filled *s, const struct filled *c,
                         struct xml *x)
{
    struct buf old;
    bool formula = false;
    struct rich rich = {0};
    if (x->kind == XML_EMPTY) {
        cell_put(p, s, c, NULL);
        return true;
    }
    buf_init(&old, f->op, 0);
    buf_add(&old, x->raw);
    int depth = x->depth;
    while (x->depth >= depth) {
        if (!xml_next(x) || x->kind == XML_END)
            return false;
        formula = formula || xml_opens(x, "f");
        buf_add(&old, x->raw);
    }
    f->kept += formula;
    if (!formula && c->fill.piece_count && !rich_of(f, buf_str(&old), &rich))
        return false;
    if (formula)
        pump(p, buf_str(&old));
    else
        cell_put(p, s, c, &rich);
    return true;
}

static bool sheet_fill(struct filling *f, const struct sheet_filled *s, struct zip_out *out)
{
    struct xml x;
    struct place at = {0};
    struct pump p = {.out = out};
    size_t next = 0;
    buf_init(&p.b, f->op, 0);
    if (!sheet_open(f, s, &x))
        return false;
    zip_out_part(out, s->entry->name);
    while (xml_next(&x) && x.kind != XML_END) {
        int level = xml_level(&x);
        bool tag = x.kind == XML_OPEN || x.kind == XML_EMPTY;
        bool data = level == 1 && xml_named(&x, S("sheetData")),
             row = at.in_data && level == 2 && xml_named(&x, S("row"));
        if (x.kind == XML_TEXT || x.kind == XML_CDATA || x.kind == XML_OTHER || !sheet_follow(&at, &x)) {
            if (x.failed)
                return false;
            pump(&p, x.raw);
            continue;
        }
        if (data && x.kind != XML_OPEN) {
            bool expand = x.kind == XML_EMPTY && next < s->count;
            pump(&p, expand ? tag_opened(f->op, x.raw) : S(""));
            rows_put(&p, s, &next, XLSX_ROWS_MAX + 1);
            pump(&p, expand ? op_text(f->op, "</%.*ssheetData>", PS(s->prefix)) : x.raw);
        } else if (row && tag) {
            rows_put(&p, s, &next, at.row);
            bool expand = x.kind == XML_EMPTY && next < s->count && s->cells[next].fill.row == at.row;
            pump(&p, expand ? tag_opened(f->op, x.raw) : x.raw);
            if (expand) {
                cells_put(&p, s, &next, at.row, XLSX_COLUMNS_MAX + 1);
                pump(&p, op_text(f->op, "</%.*srow>", PS(s->prefix)));
            }
        } else if (row) {
            cells_put(&p, s, &next, at.row, XLSX_COLUMNS_MAX + 1);
            pump(&p, x.raw);
        } else if (at.in_data && level == 3 && tag && xml_named(&x, S("c"))) {
            cells_put(&p, s, &next, at.row, at.column);
            bool filled =
                next < s->count && s->cells[next].fill.row == at.row && s->cells[next].fill.column == at.column;
            if (!filled)
                pump(&p, x.raw);
            else if (!cell_replace(f, &p, s, &s->cells[next++], &x))
                return false;
        } else {
            pump(&p, x.raw);
        }
    }
    zip_out_add(out, buf_str(&p.b));
    return !x.failed;
}

/* What the formulas showed was computed before the filling: Excel is told to compute again. */
static bool workbook_fill(struct filling *f, const struct zip_entry *e, struct zip_out *out)
{
    str text;
    struct xml x;
    struct buf b;
    if (!zip_whole(f->book->zip, e, XLSX_SMALL_PART_MAX, &text))
        return false;
    buf_init(&b, f->op, 0);
    xml_whole(&x, f->op, text, e->name);
    while (xml_next(&x) && x.kind != XML_END)
        buf_add(&b, xml_opens(&x, "calcPr") ? tag_set(f->op, x.raw, "fullCalcOnLoad", 1) : x.raw);
    zip_out_part(out, e->name);
    zip_out_add(out, buf_str(&b));
    return !x.failed;
}

static struct sheet_filled *sheet_of(struct sheet_filled *sheets, size_t count, const struct zip_entry *e)
{
    for (size_t i = 0; i < count; i++)
        if (sheets[i].count && sheets[i].entry == e)
            return &sheets[i];
    return NULL;
}

static bool fill_book(struct xlsx_book *book, struct xlsx_sink sink, const struct xlsx_fill *fills, size_t count,
                    int64_t *ret_kept)
{
    struct filling f = {.op = book->op, .book = book};
    size_t sheet_count = book->sheets.n;
    struct sheet_filled *sheets = op_array(book->op, struct sheet_filled, sheet_count + 1);
    if (!fills_sort(&f, fills, count) || (f.pieces && !rich_shared(book, &f.shared)))
        return false;
    for (size_t i = 0; i < f.count; i++) {
        struct sheet_filled *s = &sheets[f.cells[i].fill.sheet];
        if (s->count++ == 0)
            *s = (struct sheet_filled){.entry = book->sheet_parts.p[f.cells[i].fill.sheet],
                                       .cells = &f.cells[i],
                                       .count = 1,
                                       .sheet = f.cells[i].fill.sheet};
    }
    for (size_t i = 0; i < sheet_count; i++)
        if (sheets[i].count && !styles_learn(&f, &sheets[i]))
            return false;
    struct zip_out *out = zip_out_new(book->op, sink, 6);
    for (size_t i = 0; i < book->zip->count; i++) {
        const struct zip_entry *e = &book->zip->entries[i];
        const struct sheet_filled *s = sheet_of(sheets, sheet_count, e);
        if (s ? !sheet_fill(&f, s, out) : str_eq(e->name, book->part) && !workbook_fill(&f, e, out))
            return false;
        if (!s && !str_eq(e->name, book->part))
            zip_out_copy(out, book->zip, e);
        if (zip_out_failed(out))
            return false;
    }
    *ret_kept = f.kept;
    return zip_out_end(out);
}

bool xlsx_fill(struct xlsx_book *book, str out_path, const struct xlsx_fill *fills, size_t count, int64_t *ret_kept)
{
    struct zip_file *file;
    struct xlsx_sink sink;
    if (!zip_file_new(book->op, out_path, &file, &sink) || !fill_book(book, sink, fills, count, ret_kept))
        return false;
    zip_file_keep(file);
    return true;
}
