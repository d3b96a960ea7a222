#include "xlsx/sheet.h"
#include "xlsx/note.h"

#include <stdlib.h>

/* Small parts are held whole and changed by edits at positions of the original text; sheets, which may be large, are
 * streamed twice: once to learn which formats the marked cells have, once to be written.
 *
 *     entry of the zip ──┬─ a marked sheet ──────────► scanned, cells replaced or inserted
 *                        ├─ styles, relations, comments,
 *                        │  drawing, content types ──► original text + edits
 *                        └─ anything else ───────────► packed bytes as they are
 */

enum { NOTE_BYTES_MAX = 4000 };
#define RED "FFFF7C80"
#define MARK_AUTHOR NOTE_AUTHOR "核对" /* a later marking replaces what it said */
#define CLEARED "上次标出的问题，这次核对已无误"
#define MORE "（另有 %zu 处问题未标出，请改好后再次上传核对）"

struct marked {
    uint32_t row, column;
    str text;
    size_t style; /* before: the cell's; after: the red one */
    bool cleared; /* marked by an earlier marking, and right now: the red goes */
    bool noted;   /* joined to a comment that was there */
};

struct marked_sheet {
    const struct zip_entry *entry;
    struct marked *marks;
    size_t count;
    str prefix;                      /* of its elements */
    str drawing_rel;                 /* r:id of <legacyDrawing>; empty: none yet */
    str comments_name, drawing_name; /* parts */
    bool comments_new, drawing_new;
    struct rels rels;
};

/* A part that changes or is new. */
struct changed {
    str name, text;
};

struct marking {
    struct op *op;
    struct xlsx_book *book;
    struct marked_sheet *sheets;
    size_t sheet_count;
    struct {
        struct changed *p;
        size_t n, cap;
    } parts;
    bool red; /* the workbook has formats to clone; without, there are only comments */
};

/* ---- edits ------------------------------------------------------------------------------------------------- */

struct edits {
    struct op *op;
    str text;
    const char *at; /* copied so far */
    struct buf b;
};

static void edits_begin(struct edits *e, struct op *op, str text)
{
    *e = (struct edits){.op = op, .text = text, .at = text.p};
    buf_init(&e->b, op, 0);
}

/* From left to right. */
static void edit(struct edits *e, const char *from, size_t n, str with)
{
    must(from >= e->at && from + n <= e->text.p + e->text.n);
    buf_add(&e->b, (str){e->at, (size_t)(from - e->at)});
    buf_add(&e->b, with);
    e->at = from + n;
}

static str edits_end(struct edits *e)
{
    buf_add(&e->b, (str){e->at, (size_t)(e->text.p + e->text.n - e->at)});
    return buf_str(&e->b);
}

str tag_opened(struct op *op, str tag)
{
    return str_ends(tag, S("/>")) ? op_text(op, "%.*s>", (int)tag.n - 2, tag.p) : tag;
}

/* At the end of an element: </a>, or <a/> which becomes <a>…</a>. */
static void edit_append(struct edits *e, const struct xml *x, str with)
{
    if (x->kind == XML_CLOSE) {
        edit(e, x->raw.p, 0, with);
        return;
    }
    str open = tag_opened(e->op, x->raw);
    edit(e, x->raw.p, x->raw.n,
         op_text(e->op, "%.*s%.*s</%.*s%.*s>", PS(open), PS(with), PS(x->prefix), PS(x->name)));
}

static bool ends(const struct xml *x, const char *name)
{
    return (x->kind == XML_CLOSE || x->kind == XML_EMPTY) && xml_named(x, str_z(name));
}

str tag_set(struct op *op, str tag, const char *name, size_t value)
{
    struct xml x;
    str old;
    xml_whole(&x, op, tag, S(""));
    must(xml_next(&x));
    if (xml_attr(&x, name, &old))
        return op_text(op, "%.*s%zu%.*s", (int)(old.p - tag.p), tag.p, value, (int)(tag.p + tag.n - old.p - old.n),
                       old.p + old.n);
    return op_text(op, "%.*s %s=\"%zu\"%.*s", (int)(x.attrs.p - tag.p), tag.p, name, value,
                   (int)(tag.p + tag.n - x.attrs.p), x.attrs.p);
}

static bool load(struct marking *m, str name, str *ret)
{
    const struct zip_entry *e = zip_find(m->book->zip, name);
    if (!e)
        return op_fail(m->op, FAULT_INPUT, name, "文件缺少部件，请用 Excel 或 WPS 打开后另存再上传");
    return zip_whole(m->book->zip, e, XLSX_SMALL_PART_MAX, ret);
}

static void change(struct marking *m, str name, str text)
{
    *list_add(m->op, &m->parts) = (struct changed){name, text};
}

/* ---- which cells ------------------------------------------------------------------------------------------- */

struct ordered {
    struct xlsx_mark mark;
    size_t order;
    bool cleared;
};

struct places {
    struct ordered *p;
    size_t n, cap;
};

/* Cells that carry a comment of an earlier marking. Those that are not marked again lose their red. */
static bool earlier_marks(struct marking *m, size_t sheet, struct places *all)
{
    const struct zip_entry *entry = m->book->sheet_parts.p[sheet];
    struct rels rels;
    str text, name;
    size_t authors = 0, ours = SIZE_MAX;
    if (!entry)
        return true;
    if (!rels_load(m->book->zip, entry->name, &rels))
        return false;
    const struct rel *comments = rels_type(&rels, "comments");
    if (!comments)
        return true;
    if (!load(m, comments->target, &text))
        return false;
    struct xml x;
    xml_whole(&x, m->op, text, comments->target);
    while (xml_next(&x) && x.kind != XML_END) {
        uint32_t row, column;
        int64_t author;
        str ref;
        if (xml_opens(&x, "author")) {
            if (!xml_element_text(&x, &name))
                return false;
            if (str_eq(name, S(MARK_AUTHOR)))
                ours = authors;
            authors++;
        } else if (xml_opens(&x, "comment") && xml_attr_int(&x, "authorId", &author) && author >= 0
                   && (size_t)author == ours && xml_attr(&x, "ref", &ref) && xlsx_ref_parse(ref, &row, &column)
                   && all->n < 2 * XLSX_MARKS_MAX) {
            *list_add(m->op, all) = (struct ordered){{sheet, row, column, S(CLEARED)}, SIZE_MAX, true};
        }
    }
    return !x.failed;
}

static int by_place(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->mark.sheet != y->mark.sheet)
        return x->mark.sheet < y->mark.sheet ? -1 : 1;
    if (x->mark.row != y->mark.row)
        return x->mark.row < y->mark.row ? -1 : 1;
    if (x->mark.column != y->mark.column)
        return x->mark.column < y->mark.column ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool marks_sort(struct marking *m, const struct xlsx_mark *marks, size_t count)
{
    struct op *op = m->op;
    size_t kept = count < XLSX_MARKS_MAX ? count : XLSX_MARKS_MAX;
    struct places all = {0};
    for (size_t i = 0; i < kept; i++) {
        must(marks[i].sheet < m->book->sheets.n && marks[i].row >= 1 && marks[i].row <= XLSX_ROWS_MAX
             && marks[i].column >= 1 && marks[i].column <= XLSX_COLUMNS_MAX);
        *list_add(op, &all) = (struct ordered){marks[i], i, false};
    }
    for (size_t i = 0; i < m->book->sheets.n; i++)
        if (!earlier_marks(m, i, &all))
            return false;
    if (all.n)
        qsort(all.p, all.n, sizeof *all.p, by_place);
    m->sheets = op_array(op, struct marked_sheet, m->book->sheets.n);
    struct marked *last = NULL, *last_new = NULL, *list = op_array(op, struct marked, all.n);
    for (size_t i = 0; i < all.n; i++) {
        const struct xlsx_mark *mark = &all.p[i].mark;
        const struct zip_entry *entry = m->book->sheet_parts.p[mark->sheet];
        if (!entry)
            return op_fail(op, FAULT_INPUT, m->book->sheets.p[mark->sheet].name, "这是图表，不是表格，不能标注");
        if (i == 0 || all.p[i - 1].mark.sheet != mark->sheet)
            m->sheets[m->sheet_count++] = (struct marked_sheet){.entry = entry, .marks = last ? last + 1 : list};
        struct marked_sheet *sheet = &m->sheets[m->sheet_count - 1];
        if (sheet->count && last->row == mark->row && last->column == mark->column) {
            if (!all.p[i].cleared && last->text.n < NOTE_BYTES_MAX) /* beyond a screenful nobody reads on */
                last->text = op_text(op, "%.*s\n%.*s", PS(last->text), PS(mark->text));
            continue;
        }
        last = &sheet->marks[sheet->count++];
        *last = (struct marked){
            .row = mark->row, .column = mark->column, .text = mark->text, .cleared = all.p[i].cleared};
        last_new = last->cleared ? last_new : last;
    }
    if (count > kept)
        last_new->text = op_text(op, "%.*s\n" MORE, PS(last_new->text), count - kept);
    return true;
}

/* ---- walking a sheet --------------------------------------------------------------------------------------- */

bool sheet_follow(struct place *p, struct xml *x)
{
    int64_t number;
    str ref;
    int level = xml_level(x);
    if (level == 1 && xml_named(x, S("sheetData"))) {
        if (p->data_seen && x->kind != XML_CLOSE)
            return xml_broken(x, "行区有两处");
        p->data_seen = true;
        p->in_data = x->kind == XML_OPEN;
    } else if (p->in_data && level == 2 && xml_opens(x, "row")) {
        uint32_t before = p->row++;
        p->column = 0;
        if (xml_attr(x, "r", &ref)) {
            if (!xml_attr_int(x, "r", &number) || number <= before || number > XLSX_ROWS_MAX)
                return xml_broken(x, "行的次序");
            p->row = (uint32_t)number;
        }
    } else if (p->in_data && level == 3 && xml_opens(x, "c")) {
        uint32_t before = p->column++, row = p->row;
        if (xml_attr(x, "r", &ref) && (!xlsx_ref_parse(ref, &row, &p->column) || row != p->row || p->column <= before))
            return xml_broken(x, "单元格次序");
        if (p->column > XLSX_COLUMNS_MAX)
            return xml_broken(x, "单元格次序");
    }
    return true;
}

static bool sheet_open(struct marking *m, const struct marked_sheet *s, struct xml *x)
{
    struct zip_part *part;
    if (!zip_part_open(m->book->zip, s->entry, &part))
        return false;
    xml_part(x, m->op, part, s->entry->name);
    return true;
}

static size_t style_of(struct marking *m, const struct xml *x, const char *name)
{
    int64_t style;
    return xml_attr_int(x, name, &style) && style >= 0 && style < (int64_t)m->book->format_count ? (size_t)style : 0;
}

/* The first walk: the format of every marked cell. One that is not there has that of its row or its column, so that
 * an id number typed into it stays text. */
static bool sheet_learn(struct marking *m, struct marked_sheet *s)
{
    struct xml x;
    struct place at = {0};
    uint32_t *columns = op_array(m->op, uint32_t, XLSX_COLUMNS_MAX + 1);
    bool root = true;
    if (!sheet_open(m, s, &x))
        return false;
    for (size_t i = 0; xml_next(&x) && x.kind != XML_END;) {
        if (x.kind > XML_CLOSE)
            continue;
        if (root) { /* the first tag */
            root = false;
            s->prefix = op_copy(m->op, x.prefix);
            if (str_find(x.attrs, S("http://purl.oclc.org/ooxml"), &(size_t){0}))
                return op_fail(m->op, FAULT_INPUT, s->entry->name,
                               "这是“严格 Open XML”格式，不能标注；请另存为普通的“Excel 工作簿（*.xlsx）”");
        }
        if (!sheet_follow(&at, &x))
            return false;
        if (x.kind == XML_CLOSE)
            continue;
        int level = xml_level(&x);
        int64_t first, last;
        if (xml_named(&x, S("legacyDrawing"))) {
            s->drawing_rel = xml_attr_text(&x, "id");
        } else if (level == 2 && xml_named(&x, S("col")) && xml_attr_int(&x, "min", &first)
                   && xml_attr_int(&x, "max", &last)) {
            for (int64_t c = first > 1 ? first : 1; c <= last && c <= XLSX_COLUMNS_MAX; c++)
                columns[c] = (uint32_t)style_of(m, &x, "style");
        } else if (level == 1 && xml_named(&x, S("sheetData"))) {
            for (size_t j = 0; j < s->count; j++)
                s->marks[j].style = columns[s->marks[j].column];
        } else if (at.in_data && level == 2 && xml_named(&x, S("row"))) {
            while (i < s->count && s->marks[i].row < at.row)
                i++;
            for (size_t j = i; j < s->count && s->marks[j].row == at.row && xml_attr_true(&x, "customFormat", false);
                 j++)
                s->marks[j].style = style_of(m, &x, "s");
        } else if (at.in_data && level == 3 && xml_named(&x, S("c"))) {
            while (i < s->count && s->marks[i].row == at.row && s->marks[i].column < at.column)
                i++;
            if (i < s->count && s->marks[i].row == at.row && s->marks[i].column == at.column)
                s->marks[i].style = style_of(m, &x, "s");
        }
    }
    return !x.failed;
}

/* ---- the second walk --------------------------------------------------------------------------------------------- */

static void cell_new(struct pump *p, const struct marked_sheet *s, const struct marked *mark)
{
    struct op *op = p->b.op;
    buf_text(&p->b, "<%.*sc r=\"%.*s\" s=\"%zu\"/>", PS(s->prefix),
             PS(xlsx_ref(op, mark->row, mark->column)), mark->style);
    pump(p, S(""));
}

/* Marks of this row before the column. */
static void cells_new(struct pump *p, const struct marked_sheet *s, size_t *next, uint32_t row, uint32_t column)
{
    for (; *next < s->count && s->marks[*next].row == row && s->marks[*next].column < column; ++*next)
        cell_new(p, s, &s->marks[*next]);
}

/* Marks in rows before this one, which the sheet does not have. */
static void rows_new(struct pump *p, const struct marked_sheet *s, size_t *next, uint32_t row)
{
    while (*next < s->count && s->marks[*next].row < row) {
        uint32_t number = s->marks[*next].row;
        buf_text(&p->b, "<%.*srow r=\"%u\">", PS(s->prefix), number);
        cells_new(p, s, next, number, XLSX_COLUMNS_MAX + 1);
        buf_text(&p->b, "</%.*srow>", PS(s->prefix));
    }
}

/* These stand behind <legacyDrawing> (CT_Worksheet, 18.3.1.99). */
static bool behind_drawing(const struct xml *x)
{
    static const char *names[] = {"legacyDrawingHF", "drawingHF",  "picture", "oleObjects",      "controls",
                                  "webPublishItems", "tableParts", "extLst",  "AlternateContent"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (xml_opens(x, names[i]))
            return true;
    return false;
}

static bool sheet_write(struct marking *m, const struct marked_sheet *s, struct zip_out *out)
{
    struct xml x;
    struct place at = {0};
    struct pump p = {.out = out};
    buf_init(&p.b, m->op, 0);
    bool drawing_due = s->drawing_rel.n == 0, data_done = false;
    size_t next = m->red ? 0 : s->count;
    if (!sheet_open(m, s, &x))
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
        if (drawing_due && data_done && (level == 0 || (level == 1 && behind_drawing(&x)))) {
            drawing_due = false;
            buf_text(&p.b, "<%.*slegacyDrawing xmlns:r=\"" REL_NS "\" r:id=\"rIdZhenwuDrawing\"/>", PS(s->prefix));
        }
        if (data && x.kind != XML_OPEN) { /* </sheetData> or <sheetData/> */
            data_done = true;
            bool expand = x.kind == XML_EMPTY && next < s->count;
            pump(&p, expand ? tag_opened(m->op, x.raw) : S(""));
            rows_new(&p, s, &next, XLSX_ROWS_MAX + 1);
            if (expand)
                buf_text(&p.b, "</%.*ssheetData>", PS(s->prefix));
            else
                pump(&p, x.raw);
        } else if (row && tag) {
            rows_new(&p, s, &next, at.row);
            bool expand = x.kind == XML_EMPTY && next < s->count && s->marks[next].row == at.row;
            pump(&p, expand ? tag_opened(m->op, x.raw) : x.raw);
            if (expand) {
                cells_new(&p, s, &next, at.row, XLSX_COLUMNS_MAX + 1);
                buf_text(&p.b, "</%.*srow>", PS(s->prefix));
            }
        } else if (row) {
            cells_new(&p, s, &next, at.row, XLSX_COLUMNS_MAX + 1);
            pump(&p, x.raw);
        } else if (at.in_data && level == 3 && tag && xml_named(&x, S("c"))) {
            cells_new(&p, s, &next, at.row, at.column);
            bool marked = next < s->count && s->marks[next].row == at.row && s->marks[next].column == at.column;
            pump(&p, marked ? tag_set(m->op, x.raw, "s", s->marks[next].style) : x.raw);
            next += marked;
        } else {
            pump(&p, x.raw);
        }
    }
    zip_out_add(out, buf_str(&p.b));
    return !x.failed;
}

/* ---- formats ----------------------------------------------------------------------------------------------- */

struct style_book {
    str text;
    size_t fills, red_fill; /* red_fill == fills: none yet */
    struct {
        str *p; /* whole elements */
        size_t n, cap;
    } xfs;
    struct {
        struct clone {
            size_t style, fill;
        } *p; /* copies, with another fill */
        size_t n, cap;
    } cloned;
};

static bool styles_learn(struct marking *m, struct style_book *b)
{
    struct xml x;
    bool fills = false, cells = false, fills_seen = false;
    const char *start = NULL;
    b->red_fill = SIZE_MAX;
    xml_whole(&x, m->op, b->text, m->book->styles->name);
    while (xml_next(&x) && x.kind != XML_END) {
        str rgb;
        if (x.kind == XML_TEXT || x.kind == XML_CDATA || x.kind == XML_OTHER)
            continue;
        if (xml_named(&x, S("fills"))) {
            fills = x.kind == XML_OPEN;
            fills_seen = true;
        } else if (xml_named(&x, S("cellXfs"))) {
            cells = x.kind == XML_OPEN;
        } else if (fills && xml_named(&x, S("fgColor")) && xml_attr(&x, "rgb", &rgb) && str_eq(rgb, S(RED))) {
            b->red_fill = b->fills;
        } else if (fills && ends(&x, "fill")) {
            b->fills++;
        } else if (cells && xml_named(&x, S("xf"))) {
            if (x.kind != XML_CLOSE)
                start = x.raw.p;
            if (x.kind != XML_OPEN && start)
                *list_add(m->op, &b->xfs) = (str){start, (size_t)(x.raw.p + x.raw.n - start)};
        }
    }
    if (b->red_fill == SIZE_MAX)
        b->red_fill = b->fills;
    m->red = fills_seen && b->xfs.n > 0;
    return !x.failed;
}

static bool already_red(struct marking *m, const struct style_book *b, size_t style)
{
    struct xml x;
    int64_t fill;
    xml_whole(&x, m->op, b->xfs.p[style], S(""));
    must(xml_next(&x));
    return xml_attr_int(&x, "fillId", &fill) && fill == (int64_t)b->red_fill && b->red_fill < b->fills;
}

static bool styles_assign(struct marking *m, struct style_book *b)
{
    enum { NO_FILL = 0 }; /* the first fill is always none */
    size_t *copies[2] = {op_array(m->op, size_t, b->xfs.n), op_array(m->op, size_t, b->xfs.n)}; /* 0: none yet */
    for (size_t i = 0; i < m->sheet_count; i++)
        for (size_t j = 0; j < m->sheets[i].count; j++) {
            struct marked *mark = &m->sheets[i].marks[j];
            size_t style = mark->style < b->xfs.n ? mark->style : 0, *copy = &copies[mark->cleared][style];
            if (*copy == 0 && already_red(m, b, style) != mark->cleared) {
                *copy = style + 1; /* as it should be */
            } else if (*copy == 0) {
                *list_add(m->op, &b->cloned) = (struct clone){style, mark->cleared ? NO_FILL : b->red_fill};
                *copy = b->xfs.n + b->cloned.n;
            }
            mark->style = *copy - 1;
        }
    if (b->xfs.n + b->cloned.n > XLSX_STYLES_MAX)
        return op_fail(m->op, FAULT_INPUT, m->book->styles->name, "单元格格式过多，请清除不用的格式后再上传");
    return true;
}

static bool styles_change(struct marking *m)
{
    struct op *op = m->op;
    struct style_book b = {0};
    struct xml x;
    struct edits e;
    if (!m->book->styles)
        return true;
    if (!zip_whole(m->book->zip, m->book->styles, XLSX_SMALL_PART_MAX, &b.text) || !styles_learn(m, &b))
        return false;
    if (!m->red)
        return true;
    if (!styles_assign(m, &b))
        return false;
    edits_begin(&e, op, b.text);
    xml_whole(&x, op, b.text, m->book->styles->name);
    while (xml_next(&x) && x.kind != XML_END) {
        if (x.kind == XML_OPEN && xml_named(&x, S("fills")) && b.red_fill == b.fills)
            edit(&e, x.raw.p, x.raw.n, tag_set(op, x.raw, "count", b.fills + 1));
        else if (xml_closes(&x, "fills") && b.red_fill == b.fills)
            edit(&e, x.raw.p, 0,
                 op_text(op, "<%.*sfill><%.*spatternFill patternType=\"solid\"><%.*sfgColor rgb=\"" RED
                         "\"/></%.*spatternFill></%.*sfill>",
                         PS(x.prefix), PS(x.prefix), PS(x.prefix), PS(x.prefix), PS(x.prefix)));
        else if (x.kind == XML_OPEN && xml_named(&x, S("cellXfs")))
            edit(&e, x.raw.p, x.raw.n, tag_set(op, x.raw, "count", b.xfs.n + b.cloned.n));
        else if (xml_closes(&x, "cellXfs"))
            for (size_t i = 0; i < b.cloned.n; i++)
                edit(&e, x.raw.p, 0,
                     tag_set(op, tag_set(op, b.xfs.p[b.cloned.p[i].style], "fillId", b.cloned.p[i].fill), "applyFill",
                             1));
    }
    change(m, m->book->styles->name, edits_end(&e));
    return !x.failed;
}

/* ---- comments ---------------------------------------------------------------------------------------------- */

static struct marked *marked_at(const struct marked_sheet *s, uint32_t row, uint32_t column)
{
    for (size_t low = 0, high = s->count; low < high;) {
        size_t middle = (low + high) / 2;
        struct marked *x = &s->marks[middle];
        if (x->row == row && x->column == column)
            return x;
        if (x->row < row || (x->row == row && x->column < column))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool comments_change(struct marking *m, struct marked_sheet *s)
{
    struct op *op = m->op;
    struct buf b;
    buf_init(&b, op, 0);
    if (s->comments_new) {
        buf_add(&b, S(XML_HEAD));
        note_comments_head(&b, S(MARK_AUTHOR));
        for (size_t i = 0; i < s->count; i++)
            note_comment(&b, S(""), s->marks[i].row, s->marks[i].column, 0, s->marks[i].text);
        buf_add(&b, note_comments_tail);
        change(m, s->comments_name, buf_str(&b));
        return true;
    }
    str text;
    struct xml x;
    struct edits e;
    size_t authors = 0, ours = SIZE_MAX; /* the number of MARK_AUTHOR among them */
    struct marked *here = NULL;          /* the mark on the comment being passed */
    bool replace = false;
    const char *start = NULL;            /* of its text */
    if (!load(m, s->comments_name, &text))
        return false;
    edits_begin(&e, op, text);
    xml_whole(&x, op, text, s->comments_name);
    while (xml_next(&x) && x.kind != XML_END) {
        str ref, name;
        uint32_t row, column;
        int64_t author;
        if (xml_opens(&x, "author")) {
            if (!xml_element_text(&x, &name))
                return false;
            if (str_eq(name, S(MARK_AUTHOR)))
                ours = authors;
            authors++;
        } else if (ends(&x, "authors") && ours == SIZE_MAX) {
            ours = authors;
            edit_append(&e, &x, op_text(op, "<%.*sauthor>" MARK_AUTHOR "</%.*sauthor>", PS(x.prefix), PS(x.prefix)));
        } else if (xml_opens(&x, "comment") && xml_attr(&x, "ref", &ref) && xlsx_ref_parse(ref, &row, &column)) {
            here = marked_at(s, row, column);
            replace = xml_attr_int(&x, "authorId", &author) && author >= 0 && (size_t)author == ours;
        } else if (x.kind == XML_OPEN && xml_named(&x, S("text"))) {
            start = x.raw.p + x.raw.n;
        } else if (ends(&x, "text") && here && (replace || !here->cleared)) {
            b.n = 0;
            buf_text(&b, "<%.*sr><%.*st xml:space=\"preserve\">%s", PS(x.prefix), PS(x.prefix), replace ? "" : "\n");
            xml_escape(&b, here->text);
            buf_text(&b, "</%.*st></%.*sr>", PS(x.prefix), PS(x.prefix));
            if (replace && x.kind == XML_CLOSE && start)
                edit(&e, start, (size_t)(x.raw.p - start), buf_str(&b));
            else
                edit_append(&e, &x, buf_str(&b));
            here->noted = true;
            here = NULL;
        } else if (ends(&x, "commentList")) {
            b.n = 0;
            for (size_t i = 0; i < s->count; i++)
                if (!s->marks[i].noted && !s->marks[i].cleared)
                    note_comment(&b, x.prefix, s->marks[i].row, s->marks[i].column, ours == SIZE_MAX ? 0 : ours,
                                 s->marks[i].text);
            edit_append(&e, &x, buf_str(&b));
        }
    }
    change(m, s->comments_name, edits_end(&e));
    return !x.failed;
}

/* Excel's VML is not always XML (<br>), so it is not parsed: the new boxes go before the last end tag. */
static bool drawing_change(struct marking *m, struct marked_sheet *s)
{
    struct buf b;
    str old = note_vml_head, tail = note_vml_tail;
    unsigned number = 0;
    if (!s->drawing_new) {
        static const str stem = SC("_x0000_s");
        if (!load(m, s->drawing_name, &old))
            return false;
        size_t end = old.n;
        while (end > 0 && old.p[end - 1] != '<')
            end--;
        if (end == 0 || !str_starts(str_part(old, end, old.n), S("/")))
            return op_fail(m->op, FAULT_INPUT, s->drawing_name, "批注图形格式不对，请删除全部批注后再上传");
        tail = str_part(old, end - 1, old.n);
        old = str_part(old, 0, end - 1);
        size_t at;
        for (str rest = old; str_find(rest, stem, &at);) {
            rest = str_part(rest, at + stem.n, rest.n);
            unsigned v = 0;
            for (size_t i = 0; i < rest.n && i < 8 && rest.p[i] >= '0' && rest.p[i] <= '9'; i++)
                v = v * 10 + (unsigned)(rest.p[i] - '0');
            if (v > 1024 + number)
                number = v - 1024;
        }
    }
    buf_init(&b, m->op, 0);
    buf_add(&b, old);
    str spaces = s->drawing_new ? S("") : note_vml_spaces;
    if (!str_find(old, S("id=\"_x0000_t202\""), &(size_t){0})) /* new, or form controls only */
        note_shapetype(&b, spaces);
    for (size_t i = 0; i < s->count; i++)
        if (!s->marks[i].noted && !s->marks[i].cleared)
            note_shape(&b, spaces, ++number, s->marks[i].row, s->marks[i].column);
    buf_add(&b, tail);
    change(m, s->drawing_name, buf_str(&b));
    return true;
}

static str name_free(struct marking *m, const char *stem, size_t number, const char *extension)
{
    for (;; number += XLSX_SHEETS_MAX) { /* so that two sheets never choose the same */
        str name = op_text(m->op, "xl/%s%zu.%s", stem, number, extension);
        if (!zip_find(m->book->zip, name))
            return name;
    }
}

static bool relations_change(struct marking *m, struct marked_sheet *s)
{
    struct op *op = m->op;
    if (!rels_load(m->book->zip, s->entry->name, &s->rels))
        return false;
    const struct rel *comments = rels_type(&s->rels, "comments");
    const struct rel *drawing = s->drawing_rel.n ? rels_id(&s->rels, s->drawing_rel) : NULL;
    s->comments_new = !comments;
    s->drawing_new = !drawing;
    if (s->drawing_new && s->drawing_rel.n)
        return op_fail(op, FAULT_INPUT, s->entry->name, "批注图形缺失，请用 Excel 或 WPS 打开后另存再上传");
    size_t number = (size_t)(s - m->sheets) + 1;
    s->comments_name = comments ? comments->target : name_free(m, "commentsZhenwu", number, "xml");
    s->drawing_name = drawing ? drawing->target : name_free(m, "drawings/vmlDrawingZhenwu", number, "vml");
    if (!s->comments_new && !s->drawing_new)
        return true;

    str name = rels_name(op, s->entry->name), text = S("<Relationships xmlns=\"" PACKAGE_NS "/relationships\"/>");
    bool there = zip_find(m->book->zip, name) != NULL;
    if (there && !load(m, name, &text))
        return false;
    struct xml x;
    struct edits e;
    edits_begin(&e, op, text);
    xml_whole(&x, op, text, name);
    while (xml_next(&x) && x.kind != XML_END) {
        if (!ends(&x, "Relationships"))
            continue;
        struct buf b;
        buf_init(&b, op, 0);
        const struct {
            bool wanted;
            const char *id, *type;
            str target;
        } added[] = {{s->comments_new, "rIdZhenwuComments", "comments", s->comments_name},
                     {s->drawing_new, "rIdZhenwuDrawing", "vmlDrawing", s->drawing_name}};
        for (size_t i = 0; i < COUNT(added); i++) {
            if (!added[i].wanted)
                continue;
            if (rels_id(&s->rels, str_z(added[i].id)))
                return op_fail(op, FAULT_INPUT, name, "批注部件不完整，请用 Excel 或 WPS 打开后另存再上传");
            buf_text(&b, "<%.*sRelationship Id=\"%s\" Type=\"" REL_NS "/%s\" Target=\"/%.*s\"/>", PS(x.prefix),
                     added[i].id, added[i].type, PS(added[i].target));
        }
        edit_append(&e, &x, buf_str(&b));
    }
    change(m, there ? zip_find(m->book->zip, name)->name : name, edits_end(&e));
    return !x.failed;
}

static bool types_change(struct marking *m)
{
    struct op *op = m->op;
    str text, name = S("[Content_Types].xml");
    struct xml x;
    struct edits e;
    struct buf b;
    bool vml = false;
    if (!load(m, name, &text))
        return false;
    buf_init(&b, op, 0);
    edits_begin(&e, op, text);
    xml_whole(&x, op, text, name);
    while (xml_next(&x) && x.kind != XML_END) {
        if (xml_opens(&x, "Default")) {
            str extension = xml_attr_text(&x, "Extension");
            vml |= extension.n == 3 && strncasecmp(extension.p, "vml", 3) == 0;
        }
        if (!ends(&x, "Types"))
            continue;
        if (!vml)
            buf_text(&b, "<%.*sDefault Extension=\"vml\" ContentType=\"" TYPE_VML "\"/>", PS(x.prefix));
        for (size_t i = 0; i < m->sheet_count; i++)
            if (m->sheets[i].comments_new)
                buf_text(&b, "<%.*sOverride PartName=\"/%.*s\" ContentType=\"" TYPE_COMMENTS "\"/>", PS(x.prefix),
                         PS(m->sheets[i].comments_name));
        edit_append(&e, &x, buf_str(&b));
    }
    change(m, zip_find(m->book->zip, name)->name, edits_end(&e));
    return !x.failed;
}

/* ---- the copy ---------------------------------------------------------------------------------------------- */

static const struct marked_sheet *marked_part(const struct marking *m, const struct zip_entry *e)
{
    for (size_t i = 0; i < m->sheet_count; i++)
        if (m->sheets[i].entry == e)
            return &m->sheets[i];
    return NULL;
}

static bool write_all(struct marking *m, struct zip_out *out)
{
    struct zip *z = m->book->zip;
    struct map changed;
    map_init(&changed, m->op);
    for (size_t i = 0; i < m->parts.n; i++)
        if (!map_put(&changed, m->parts.p[i].name, &m->parts.p[i]))
            return op_fail(m->op, FAULT_INPUT, m->parts.p[i].name, "两张工作表共用一份批注，请用 Excel 或 WPS 打开后另存再上传");
    for (size_t i = 0; i < z->count && !zip_out_failed(out); i++) {
        const struct zip_entry *e = &z->entries[i];
        const struct marked_sheet *sheet = marked_part(m, e);
        const struct changed *part = map_get(&changed, e->name);
        if (sheet) {
            if (!sheet_write(m, sheet, out))
                return false;
        } else if (part) {
            zip_out_part(out, e->name);
            zip_out_add(out, part->text);
        } else {
            zip_out_copy(out, z, e);
        }
    }
    for (size_t i = 0; i < m->parts.n && !zip_out_failed(out); i++)
        if (!zip_find(z, m->parts.p[i].name)) {
            zip_out_part(out, m->parts.p[i].name);
            zip_out_add(out, m->parts.p[i].text);
        }
    return zip_out_end(out);
}

bool xlsx_mark_book(struct xlsx_book *book, struct xlsx_sink sink, const struct xlsx_mark *marks, size_t count)
{
    struct marking m = {.op = book->op, .book = book};
    if (!marks_sort(&m, marks, count))
        return false;
    for (size_t i = 0; i < m.sheet_count; i++)
        if (!sheet_learn(&m, &m.sheets[i]))
            return false;
    if (m.sheet_count && !styles_change(&m))
        return false;
    for (size_t i = 0; i < m.sheet_count; i++)
        if (!relations_change(&m, &m.sheets[i]) || !comments_change(&m, &m.sheets[i])
            || !drawing_change(&m, &m.sheets[i]))
            return false;
    if (m.sheet_count && !types_change(&m))
        return false;
    return write_all(&m, zip_out_new(book->op, sink, 1));
}

bool xlsx_mark(struct op *op, str in_path, str out_path, const struct xlsx_mark *marks, size_t count)
{
    struct xlsx_book *book;
    struct zip_file *file;
    struct xlsx_sink sink;
    if (!xlsx_open_path(op, in_path, &book) || !zip_file_new(op, out_path, &file, &sink)
        || !xlsx_mark_book(book, sink, marks, count))
        return false;
    zip_file_keep(file);
    return true;
}
