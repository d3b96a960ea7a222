/* An office's Word document: paragraphs with {{…}}, rows and paragraphs that repeat or are left out.
 *
 *     document, headers, footers, notes ── each a tree; a paragraph's text is that of its runs together, because Word cuts a
 *                                   placeholder into several as it likes
 *     reading  ── paragraphs with placeholders in order; directives left open in one speak of the paragraphs or table rows
 *                 between them
 *     making   ── the tree is written out again: what a placeholder says goes into the run in which it begins, with that
 *                 run's look; everything else as it was */
#include "base/xml.h"
#include "report/office.h"

#include <stdlib.h>

struct leaf {
    struct xtree *t; /* w:t */
    size_t from, to; /* bytes of the paragraph's text */
};

struct word_paragraph {
    struct xtree *p;
    str text, place;
    struct {
        struct leaf *p;
        size_t n, cap;
    } leaves;
    struct office_marks marks;
    bool bare; /* nothing but a directive: it goes with it */
    const struct template_part *parts;
    const struct template_scope *scope;
};

/* Siblings from first to last, below one parent: paragraphs, or rows of a table. */
struct word_range {
    struct xtree *first, *last, *otherwise;
    enum part_kind kind;
    bool rows;
    str directive, place;
    struct template_part head;
    size_t order; /* of its directive in the document: outer ones come first */
};

struct word_part {
    const struct zip_entry *entry;
    struct xtree *root;
    struct {
        struct word_paragraph *p;
        size_t n, cap;
    } paragraphs;
    struct {
        struct word_range *p;
        size_t n, cap;
    } ranges;
    const struct word_paragraph **by_element; /* the paragraphs by the address of their element */
};

struct office_word {
    struct zip *zip;
    struct {
        struct word_part **p;
        size_t n, cap;
    } parts;
};

static int by_element(const void *a, const void *b);

#define W_NS "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define W_NS_STRICT "http://purl.oclc.org/ooxml/wordprocessingml/main"

static bool is_word(const struct xtree *e, const char *name)
{
    return xtree_is(e, name) && (str_eq(e->ns, S(W_NS)) || str_eq(e->ns, S(W_NS_STRICT)));
}

static struct xtree *above(struct xtree *e, const char *name)
{
    while (e && !is_word(e, name))
        e = e->up;
    return e;
}

/* ---- reading: paragraphs ----------------------------------------------------------------------------------------- */

/* The texts of a paragraph, without those of paragraphs within it (text boxes). */
static void leaves_find(struct office_file *o, struct word_paragraph *p, struct xtree *e, struct buf *text)
{
    for (struct xtree *c = e->first; c; c = c->next) {
        if (is_word(c, "t") && !c->first) {
            *list_add(o->op, &p->leaves) = (struct leaf){c, text->n, text->n + c->text.n};
            buf_add(text, c->text);
        } else if (!is_word(c, "p")) {
            leaves_find(o, p, c, text);
        }
    }
}

/* Takes bytes [from, to) of the paragraph's text out of its runs. */
static void leaves_cut(struct office_file *o, struct word_paragraph *p, size_t from, size_t to)
{
    size_t at = 0;
    for (size_t i = 0; i < p->leaves.n; i++) {
        struct leaf *l = &p->leaves.p[i];
        size_t a = from > l->from ? from : l->from, z = to < l->to ? to : l->to;
        str text = l->t->text;
        if (a < z)
            xtree_text_set(o->op, l->t,
                           op_text(o->op, "%.*s%.*s", PS(str_part(text, 0, a - l->from)),
                                   PS(str_part(text, z - l->from, text.n))));
        *l = (struct leaf){l->t, at, at + l->t->text.n};
        at = l->to;
    }
}

static str leaves_text(struct office_file *o, const struct word_paragraph *p)
{
    struct buf b;
    buf_init(&b, o->op, 0);
    for (size_t i = 0; i < p->leaves.n; i++)
        buf_add(&b, p->leaves.p[i].t->text);
    return buf_str(&b);
}

static bool has_inside(const struct xtree *e, const char *name)
{
    for (const struct xtree *c = e->first; c; c = c->next)
        if (is_word(c, name) || has_inside(c, name))
            return true;
    return false;
}

[[nodiscard]] static bool paragraph_take(struct office_file *o, struct word_part *part, struct xtree *e, str where,
                                         size_t number)
{
    struct word_paragraph p = {.p = e};
    struct buf text;
    size_t at;
    buf_init(&text, o->op, 0);
    leaves_find(o, &p, e, &text);
    p.text = buf_str(&text);
    if (str_find(p.text, S("｛｛"), &at)) {
        for (size_t i = 0; i < p.leaves.n; i++)
            xtree_text_set(o->op, p.leaves.p[i].t, office_braces(o->op, p.text, p.leaves.p[i].t->text));
        leaves_cut(o, &p, 0, 0);
        p.text = leaves_text(o, &p);
    }
    if (!str_find(p.text, S("{{"), &at))
        return true;
    str start = str_part(p.text, 0, utf8_skip(p.text, 16));
    p.place = op_text(o->op, "%.*s第%zu段“%.*s%s”", PS(where), number, PS(start), start.n < p.text.n ? "…" : "");
    if (o->places >= OFFICE_PLACES_MAX)
        return office_refuse(o, p.place, "要填的地方超过 %d 处，请分成几个文件", OFFICE_PLACES_MAX);
    o->places++;
    office_marks(o->op, p.text, &p.marks);
    for (size_t i = p.marks.n; i-- > 0;)
        leaves_cut(o, &p, p.marks.p[i].from, p.marks.p[i].to);
    p.text = leaves_text(o, &p);
    p.bare = p.marks.n && !str_trim(p.text).n && !has_inside(e, "sectPr") && !has_inside(e, "drawing") &&
             !has_inside(e, "pict");
    *list_add(o->op, &part->paragraphs) = p;
    return true;
}

[[nodiscard]] static bool paragraphs_find(struct office_file *o, struct word_part *part, struct xtree *e, str where,
                                          size_t *number)
{
    for (struct xtree *c = e->first; c; c = c->next) {
        if (is_word(c, "p") && !paragraph_take(o, part, c, where, ++*number))
            return false;
        if (!paragraphs_find(o, part, c, where, number))
            return false;
    }
    return true;
}

/* ---- reading: what stands between two directives ----------------------------------------------------------------- */

static int depth_of(const struct xtree *e)
{
    int depth = 0;
    for (; e->up; e = e->up)
        depth++;
    return depth;
}

/* The two children of the nearest common parent in which `a` and `z` stand. */
static void siblings_of(struct xtree **a, struct xtree **z)
{
    int down = depth_of(*a) - depth_of(*z);
    for (; down > 0; down--)
        *a = (*a)->up;
    for (; down < 0; down++)
        *z = (*z)->up;
    while ((*a)->up != (*z)->up) {
        *a = (*a)->up;
        *z = (*z)->up;
    }
}

struct word_open {
    struct office_mark mark;
    const struct word_paragraph *p, *otherwise;
    size_t order;
};
struct word_opens {
    struct word_open *p;
    size_t n, cap;
};

#define TWO_WAYS "开头和“{{#完}}”要么在同一张表的行里，要么都单独成段、在同一处正文里"

[[nodiscard]] static bool range_close(struct office_file *o, struct word_part *part, const struct word_open *open,
                                      const struct word_paragraph *end)
{
    struct word_range r = {.kind = open->mark.kind == MARK_IF ? PART_IF : PART_EACH,
                           .first = open->p->p,
                           .last = end->p,
                           .directive = open->mark.directive,
                           .place = open->p->place,
                           .order = open->order};
    if (open->mark.kind == MARK_ROW) {
        r.first = r.last = above(open->p->p, "tr");
        if (!r.first)
            return office_refuse(o, r.place, "“{{%.*s}}”要写在表格的一行里；重复的段落请用 {{#每 …}} 和 {{#完}}",
                                 PS(r.directive));
    } else {
        siblings_of(&r.first, &r.last);
        if (is_word(r.first, "tc"))
            r.first = r.last = r.first->up; /* two cells of one row */
    }
    r.rows = is_word(r.first, "tr") && is_word(r.last, "tr");
    if (!r.rows && (r.first != open->p->p || r.last != end->p || r.first == r.last || !open->p->bare || !end->bare))
        return office_refuse(o, r.place, "“{{%.*s}}”到不了它的“{{#完}}”：" TWO_WAYS, PS(r.directive));
    if (open->otherwise) {
        struct xtree *from = r.first;
        r.otherwise = open->otherwise->p;
        while (r.otherwise && r.otherwise->up != r.first->up)
            r.otherwise = r.otherwise->up;
        while (from && from != r.otherwise && from != r.last->next)
            from = from->next;
        if (!r.otherwise || from != r.otherwise || r.otherwise == r.first || (!r.rows && !open->otherwise->bare))
            return office_refuse(o, open->otherwise->place, "“{{#否则}}”要%s",
                                 r.rows ? "写在“若”下面的一行里" : "单独成段，和“若”在同一处正文里");
    }
    if (part->ranges.n >= OFFICE_RANGES_MAX)
        return office_refuse(o, r.place, "重复和有条件的地方超过 %d 处，请分成几个文件", OFFICE_RANGES_MAX);
    *list_add(o->op, &part->ranges) = r;
    return true;
}

static void mark_take(struct office_file *o, struct word_part *part, struct word_opens *open, struct word_paragraph *p,
                      const struct office_mark *mark, size_t order)
{
    struct word_open *last = open->n ? &open->p[open->n - 1] : NULL;
    switch (mark->kind) {
    case MARK_IF:
    case MARK_EACH:
        *list_add(o->op, open) = (struct word_open){*mark, p, NULL, order};
        return;
    case MARK_ROW:
        (void)range_close(o, part, &(struct word_open){*mark, p, NULL, order}, p);
        return;
    case MARK_ELSE:
        if (!last || last->mark.kind != MARK_IF || last->otherwise)
            (void)office_refuse(o, p->place, "“{{#否则}}”只能写在“{{#若 …}}”和“{{#完}}”之间，而且只能写一次");
        else
            last->otherwise = p;
        return;
    case MARK_DONE:
        if (!last) {
            (void)office_refuse(o, p->place, "多了一个“{{#完}}”，前面没有与它对应的“{{#每 …}}”或“{{#若 …}}”");
            return;
        }
        open->n--;
        (void)range_close(o, part, last, p);
        return;
    }
}

static void marks_pair(struct office_file *o, struct word_part *part)
{
    struct word_opens open = {0};
    size_t order = 0;
    for (size_t i = 0; i < part->paragraphs.n && !office_full(o); i++)
        for (size_t k = 0; k < part->paragraphs.p[i].marks.n; k++)
            mark_take(o, part, &open, &part->paragraphs.p[i], &part->paragraphs.p[i].marks.p[k], order++);
    for (size_t i = 0; i < open.n && !office_full(o); i++)
        (void)office_refuse(o, open.p[i].p->place,
                            "“{{%.*s}}”没有“{{#完}}”，请在它的末尾补上；只重复表格一行的请写 {{#行 …}}",
                            PS(open.p[i].mark.directive));
}

static int by_order(const void *a, const void *b)
{
    const struct word_range *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static bool covers(const struct word_range *r, const struct xtree *e)
{
    while (e && e->up != r->first->up)
        e = e->up;
    for (const struct xtree *c = r->first; e && c; c = c == r->last ? NULL : c->next)
        if (c == e)
            return true;
    return false;
}

/* One ends within the other: a row that repeats, and in it the beginning of something longer. */
static void ranges_check(struct office_file *o, const struct word_part *part)
{
    for (size_t i = 0; i < part->ranges.n; i++)
        for (size_t k = 0; k < part->ranges.n && !office_full(o); k++) {
            const struct word_range *x = &part->ranges.p[i], *y = &part->ranges.p[k];
            if (x->order < y->order && covers(x, y->first) && !covers(x, y->last))
                (void)office_refuse(o, y->place, "和“%.*s”的“{{%.*s}}”交叉，请让一段整个在另一段里面", PS(x->place),
                                    PS(x->directive));
        }
}

/* The names that may be used at a place: of the innermost 每 around it. */
static const struct template_scope *scope_at(const struct office_file *o, const struct word_part *part,
                                             const struct xtree *e, size_t before)
{
    const struct template_scope *scope = o->outside;
    for (size_t i = 0; i < part->ranges.n && part->ranges.p[i].order < before; i++)
        if (part->ranges.p[i].kind == PART_EACH && part->ranges.p[i].head.each && covers(&part->ranges.p[i], e))
            scope = part->ranges.p[i].head.each;
    return scope;
}

static void expressions_read(struct office_file *o, struct word_part *part)
{
    if (part->ranges.n)
        qsort(part->ranges.p, part->ranges.n, sizeof *part->ranges.p, by_order);
    for (size_t i = 0; i < part->ranges.n && !office_full(o); i++) {
        struct word_range *r = &part->ranges.p[i];
        o->from.place = r->place;
        (void)template_head(&o->from, r->directive, scope_at(o, part, r->first, r->order), &r->head);
    }
    for (size_t i = 0; i < part->paragraphs.n && !office_full(o); i++) {
        struct word_paragraph *p = &part->paragraphs.p[i];
        o->from.place = p->place;
        p->scope = scope_at(o, part, p->p, SIZE_MAX);
        (void)template_inline(&o->from, p->text, p->scope, &p->parts);
    }
}

/* ---- reading: the document --------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *where;
} kinds[] = {{"word/document", ""}, {"word/header", "页眉"}, {"word/footer", "页脚"}, {"word/footnotes", "脚注"}, {"word/endnotes", "尾注"}};

/* After the directives were found not to pair. */
static void rest_read(struct office_file *o, const struct word_part *part)
{
    struct office_scopes scopes = {0};
    for (size_t i = 0; i < part->paragraphs.n; i++)
        for (size_t k = 0; k < part->paragraphs.p[i].marks.n; k++) {
            const struct office_mark *mark = &part->paragraphs.p[i].marks.p[k];
            if (mark->kind != MARK_ELSE && mark->kind != MARK_DONE)
                office_directive(o, mark->directive, part->paragraphs.p[i].place, &scopes);
        }
    for (size_t i = 0; i < part->paragraphs.n; i++)
        office_expression(o, part->paragraphs.p[i].text, part->paragraphs.p[i].place, &scopes);
}

[[nodiscard]] static bool part_read(struct office_file *o, const struct zip_entry *e, const char *where)
{
    struct office_word *w = o->document;
    struct word_part *part = op_new(o->op, struct word_part);
    size_t number = 0;
    int before = o->op->fault_count;
    str text;
    part->entry = e;
    if (!zip_whole(w->zip, e, XTREE_BYTES_MAX, &text) || !xtree_parse(o->op, text, e->name, &part->root) ||
        !paragraphs_find(o, part, part->root, str_z(where), &number))
        return false;
    if (!part->paragraphs.n)
        return true;
    *list_add(o->op, &w->parts) = part;
    part->by_element = op_array(o->op, const struct word_paragraph *, part->paragraphs.n);
    for (size_t i = 0; i < part->paragraphs.n; i++)
        part->by_element[i] = &part->paragraphs.p[i];
    qsort(part->by_element, part->paragraphs.n, sizeof *part->by_element, by_element);
    marks_pair(o, part);
    ranges_check(o, part);
    if (o->op->fault_count == before)
        expressions_read(o, part);
    else
        rest_read(o, part);
    return true;
}

bool word_read(struct office_file *o, struct zip_source source)
{
    struct office_word *w = o->document = op_new(o->op, struct office_word);
    if (!zip_open(o->op, source, &w->zip))
        return false;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t i = 0; i < w->zip->count; i++) {
            const struct zip_entry *e = &w->zip->entries[i];
            if (str_starts(e->name, str_z(kinds[k].name)) && str_ends(e->name, S(".xml")) &&
                !part_read(o, e, kinds[k].where))
                return false;
        }
    return true;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

struct word_making {
    struct making *m;
    const struct word_part *part;
    struct buf *out;
    size_t next_range; /* ranges with a smaller order are being written already */
    size_t copy;       /* how many times this has been written before: marks of Word's own stay unique */
    bool blank;        /* the one empty row of nothing */
};

[[nodiscard]] static bool children_make(struct word_making *k, const struct xtree *parent, const struct xtree *from,
                                        const struct xtree *to, bool *ret_paragraph);
[[nodiscard]] static bool element_make(struct word_making *k, const struct xtree *e, bool *ret_paragraph);

/* A line end within a value begins a new line of the same run. */
static void text_put(struct buf *b, const struct xtree *t, str text)
{
    str line;
    for (bool more = true, first = true; more; first = false) {
        more = str_split(text, '\n', &line, &text);
        if (!first)
            buf_text(b, "<%.*s%sbr/>", PS(t->prefix), t->prefix.n ? ":" : "");
        buf_text(b, "<%.*s%st xml:space=\"preserve\">", PS(t->prefix), t->prefix.n ? ":" : "");
        for (size_t i = 0; i < line.n; i++) { /* control characters are not XML */
            str c = str_part(line, i, i + 1);
            if ((unsigned char)line.p[i] >= ' ')
                xtree_escape(b, c);
        }
        buf_text(b, "</%.*s%st>", PS(t->prefix), t->prefix.n ? ":" : "");
    }
}

/* Paragraph text with the runs of a making put where their placeholders began. */
struct leaf_texts {
    const struct word_paragraph *p;
    str *texts; /* of each leaf */
    size_t next;
};

static void leaves_fill(struct op *op, struct leaf_texts *l, const struct making_run *runs, size_t count)
{
    struct buf *bufs = op_array(op, struct buf, l->p->leaves.n + 1);
    for (size_t i = 0; i < l->p->leaves.n; i++)
        buf_init(&bufs[i], op, 0);
    for (size_t i = 0; i < count; i++) {
        size_t at = runs[i].at, k = 0;
        str rest = runs[i].text;
        while (k + 1 < l->p->leaves.n && l->p->leaves.p[k].to <= at)
            k++;
        /* The template's own words may go over several runs of the document. */
        while (runs[i].words && k + 1 < l->p->leaves.n && at + rest.n > l->p->leaves.p[k].to) {
            size_t here = l->p->leaves.p[k].to - at;
            buf_add(&bufs[k], str_part(rest, 0, here));
            rest = str_part(rest, here, rest.n);
            at += here;
            k++;
        }
        buf_add(&bufs[k], rest);
    }
    for (size_t i = 0; i < l->p->leaves.n; i++)
        l->texts[i] = buf_str(&bufs[i]);
}

static int by_element(const void *a, const void *b)
{
    const struct word_paragraph *x = *(const struct word_paragraph *const *)a,
                                *y = *(const struct word_paragraph *const *)b;
    return ((uintptr_t)x->p > (uintptr_t)y->p) - ((uintptr_t)x->p < (uintptr_t)y->p);
}

static const struct word_paragraph *paragraph_of(const struct word_part *part, const struct xtree *e)
{
    const struct word_paragraph wanted = {.p = (struct xtree *)e}, *key = &wanted;
    const struct word_paragraph *const *found =
        bsearch(&key, part->by_element, part->paragraphs.n, sizeof *part->by_element, by_element);
    return found ? *found : NULL;
}

/* Bookmarks and the ids of paragraphs may stand once in a document. */
static bool is_once(const struct xtree *e)
{
    return is_word(e, "bookmarkStart") || is_word(e, "bookmarkEnd");
}

static void tag_put(struct word_making *k, const struct xtree *e)
{
    struct xtree copy = *e;
    const struct xattr *attrs = NULL, **end = &attrs;
    for (const struct xattr *a = e->attrs; k->copy && a; a = a->next) {
        if (str_eq(a->name, S("paraId")) || str_eq(a->name, S("textId")))
            continue;
        struct xattr *kept = op_new(k->m->op, struct xattr);
        *kept = *a;
        kept->next = NULL;
        *end = kept;
        end = &kept->next;
    }
    if (k->copy)
        copy.attrs = attrs;
    xtree_tag(k->out, &copy);
}

/* Inside a paragraph: its texts replaced one after the other. A paragraph within it (a text box) is one of its own. */
[[nodiscard]] static bool runs_make(struct word_making *k, struct leaf_texts *l, const struct xtree *e)
{
    bool paragraph;
    if (l && l->next < l->p->leaves.n && l->p->leaves.p[l->next].t == e) {
        buf_add(k->out, e->before);
        text_put(k->out, e, l->texts[l->next++]);
        return true;
    }
    if (is_word(e, "p") || is_word(e, "txbxContent"))
        return element_make(k, e, &paragraph);
    if (k->copy && is_once(e))
        return true;
    if (!e->first && !e->rest.n && !k->copy) {
        xtree_element(k->out, e);
        return true;
    }
    tag_put(k, e);
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!runs_make(k, l, c))
            return false;
    xtree_tag_end(k->out, e);
    return true;
}

[[nodiscard]] static bool paragraph_make(struct word_making *k, const struct xtree *e)
{
    const struct word_paragraph *p = paragraph_of(k->part, e);
    struct leaf_texts l = {.p = p};
    struct making_run *runs;
    size_t count;
    if (p) {
        l.texts = op_array(k->m->op, str, p->leaves.n + 1);
        if (!k->blank) {
            if (!making_text(k->m, p->parts, &runs, &count) || !office_said(k->m, p->place, runs, count))
                return false;
            leaves_fill(k->m->op, &l, runs, count);
        }
    }
    tag_put(k, e);
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!runs_make(k, p ? &l : NULL, c))
            return false;
    xtree_tag_end(k->out, e);
    return true;
}

/* Cells, headers and the like are not whole without a paragraph; a table is not without a row. */
static bool needs_paragraph(const struct xtree *e)
{
    static const char *const names[] = {"tc", "hdr", "ftr", "txbxContent", "footnote", "endnote"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (is_word(e, names[i]))
            return true;
    return false;
}

static bool element_make(struct word_making *k, const struct xtree *e, bool *ret_paragraph)
{
    bool inner = false;
    size_t begin = k->out->n;
    *ret_paragraph = is_word(e, "p");
    if (k->copy && is_once(e))
        return true;
    if (is_word(e, "p"))
        return paragraph_make(k, e);
    if (!e->first && !e->rest.n && !needs_paragraph(e)) {
        xtree_element(k->out, e);
        return true;
    }
    tag_put(k, e);
    if (!children_make(k, e, e->first, NULL, &inner))
        return false;
    if (is_word(e, "tbl") && !inner) {
        k->out->n = begin; /* all its rows are left out */
        return true;
    }
    if (needs_paragraph(e) && !inner)
        buf_text(k->out, "<%.*s%sp/>", PS(e->prefix), e->prefix.n ? ":" : "");
    xtree_tag_end(k->out, e);
    *ret_paragraph = inner && !is_word(e, "tbl"); /* what wraps paragraphs or rows counts as they do */
    return true;
}

struct word_copy {
    struct word_making *k;
    const struct word_range *r;
    const struct xtree *from, *to;
    bool *paragraph;
    size_t base;
};

static bool copy_make(void *context)
{
    struct word_copy *c = context;
    size_t ranges = c->k->next_range;
    if (c->k->out->full)
        return op_fail(c->k->m->op, FAULT_INPUT, c->k->m->report->of->file, "写出的文档太大，请缩短期间或加上条件");
    bool good = children_make(c->k, c->r->first->up, c->from, c->to, c->paragraph);
    c->k->next_range = ranges;
    c->k->copy++;
    return good;
}

/* Between its directives: of paragraphs what stands between the two that hold nothing else, of rows all of them. */
[[nodiscard]] static bool range_make(struct word_making *k, const struct word_range *r, bool *ret_paragraph)
{
    struct word_copy c = {
        k, r, r->rows ? r->first : r->first->next, r->rows ? r->last->next : r->last, ret_paragraph, k->copy};
    const struct xtree *middle = r->otherwise;
    int64_t count = 0;
    bool yes = true, blank = k->blank;
    size_t outer = k->next_range;
    k->next_range = r->order + 1;
    if (r->kind == PART_EACH) {
        if (!blank && !making_each(k->m, &r->head, copy_make, &c, &count))
            return false;
        k->copy = c.base;
        k->blank = true;
        if (!count && r->rows && !children_make(k, r->first->up, c.from, c.to, ret_paragraph))
            return false;
    } else {
        if (!blank && !making_if(k->m, &r->head, &yes))
            return false;
        c.from = yes ? c.from : middle ? (r->rows ? middle : middle->next) : c.to;
        c.to = yes && middle ? middle : c.to;
        if (c.from != c.to && !children_make(k, r->first->up, c.from, c.to, ret_paragraph))
            return false;
    }
    k->blank = blank;
    k->next_range = outer;
    return true;
}

static const struct word_range *range_from(const struct word_making *k, const struct xtree *e)
{
    for (size_t i = 0; i < k->part->ranges.n; i++)
        if (k->part->ranges.p[i].first == e && k->part->ranges.p[i].order >= k->next_range)
            return &k->part->ranges.p[i];
    return NULL;
}

/* [from, to) of the children; ret_paragraph: one of them is a paragraph, or of a table a row. */
static bool children_make(struct word_making *k, [[maybe_unused]] const struct xtree *parent, const struct xtree *from,
                          const struct xtree *to, bool *ret_paragraph)
{
    for (const struct xtree *c = from; c && c != to; c = c->next) {
        const struct word_range *r = range_from(k, c);
        bool paragraph = false;
        if (r) {
            if (!range_make(k, r, ret_paragraph))
                return false;
            c = r->last;
            continue;
        }
        if (!element_make(k, c, &paragraph))
            return false;
        *ret_paragraph = *ret_paragraph || paragraph || is_word(c, "tr");
    }
    return true;
}

static const struct word_part *part_of(const struct office_word *w, const struct zip_entry *e)
{
    for (size_t i = 0; i < w->parts.n; i++)
        if (w->parts.p[i]->entry == e)
            return w->parts.p[i];
    return NULL;
}

[[nodiscard]] static bool part_make(struct making *m, const struct word_part *part, struct zip_out *out)
{
    enum { PART_OUT_MAX = 256 << 20 };
    struct buf b;
    bool paragraph;
    struct word_making k = {.m = m, .part = part, .out = &b};
    buf_init(&b, m->op, PART_OUT_MAX);
    buf_add(&b, S("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"));
    if (!element_make(&k, part->root, &paragraph))
        return false;
    if (b.full)
        return op_fail(m->op, FAULT_INPUT, m->report->of->file, "写出的文档太大，请缩短期间或加上条件");
    zip_out_part(out, part->entry->name);
    zip_out_add(out, buf_str(&b));
    return !zip_out_failed(out);
}

bool word_make(struct making *m, const struct office_file *o, str out_path)
{
    enum { LEVEL = 6 };
    struct office_word *w = o->document;
    struct zip_file *file;
    struct xlsx_sink sink;
    if (!zip_file_new(m->op, out_path, &file, &sink))
        return false;
    struct zip_out *out = zip_out_new(m->op, sink, LEVEL);
    for (size_t i = 0; i < w->zip->count; i++) {
        const struct zip_entry *e = &w->zip->entries[i];
        const struct word_part *part = part_of(w, e);
        if (part && !part_make(m, part, out))
            return false;
        if (!part)
            zip_out_copy(out, w->zip, e);
        if (zip_out_failed(out))
            return false;
    }
    if (!zip_out_end(out))
        return false;
    zip_file_keep(file);
    return true;
}
