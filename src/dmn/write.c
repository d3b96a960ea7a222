/* A model as DMN 1.5 text: the tree that was read, in the namespace of today, with cells replaced on the way. What other
 * programs keep in a model (drawings, extensions, ids) is written as it was. */
#include "dmn/model.h"

#define DMN_NOW "https://www.omg.org/spec/DMN/20230324/MODEL/"

struct writer {
    struct op *op;
    struct buf *out;
    const struct dmn_edit *edits;
    size_t edit_count;
    size_t done;
};

/* Namespaces of the drawing that came with each DMN version have a 1.5 form too. */
static str namespace_now(str ns)
{
    static const struct {
        str from, to;
    } moved[] = {{SC("http://www.omg.org/spec/DMN/20180521/DMNDI/"), SC("https://www.omg.org/spec/DMN/20230324/DMNDI/")},
                 {SC("https://www.omg.org/spec/DMN/20191111/DMNDI/"), SC("https://www.omg.org/spec/DMN/20230324/DMNDI/")},
                 {SC("https://www.omg.org/spec/DMN/20211108/DMNDI/"), SC("https://www.omg.org/spec/DMN/20230324/DMNDI/")}};
    if (dmn_namespace(ns))
        return S(DMN_NOW);
    for (size_t i = 0; i < COUNT(moved); i++)
        if (str_eq(ns, moved[i].from))
            return moved[i].to;
    return ns;
}

/* Line ends and tabs in an attribute would come back as spaces. */
static void attribute_value(struct buf *b, str value)
{
    size_t from = 0;
    for (size_t i = 0; i <= value.n; i++) {
        if (i < value.n && value.p[i] != '\n' && value.p[i] != '\t' && value.p[i] != '\r')
            continue;
        xtree_escape(b, str_part(value, from, i));
        if (i < value.n)
            buf_text(b, "&#%d;", value.p[i]);
        from = i + 1;
    }
}

/* A carriage return in text would come back as a line end. */
static void text_value(struct buf *b, str text)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && text.p[i] != '\r')
            continue;
        xtree_escape(b, str_part(text, from, i));
        if (i < text.n)
            buf_add(b, S("&#13;"));
        from = i + 1;
    }
}

static void attributes(struct writer *w, const struct xtree *e)
{
    int prefixes = 0;
    for (const struct xattr *a = e->attrs; a; a = a->next) {
        if (str_eq(a->ns, S("http://www.w3.org/XML/1998/namespace"))) {
            buf_text(w->out, " xml:%.*s=\"", PS(a->name));
        } else if (a->ns.n) {
            buf_text(w->out, " xmlns:n%d=\"", prefixes);
            attribute_value(w->out, namespace_now(a->ns));
            buf_text(w->out, "\" n%d:%.*s=\"", prefixes++, PS(a->name));
        } else {
            buf_text(w->out, " %.*s=\"", PS(a->name));
        }
        attribute_value(w->out, a->value);
        buf_byte(w->out, '"');
    }
}

static size_t place_among(const struct xtree *e, const char *name)
{
    size_t n = 0;
    for (const struct xtree *x = e->up ? e->up->first : NULL; x && x != e; x = x->next)
        n += xtree_is(x, name);
    return n;
}

/* The edit that replaces this text, if any: decision > decisionTable > rule > inputEntry > text. */
static const struct dmn_edit *edit_of(struct writer *w, const struct xtree *text)
{
    const struct xtree *entry = text->up, *rule = entry ? entry->up : NULL, *table = rule ? rule->up : NULL;
    const struct xtree *decision = table ? table->up : NULL;
    bool in = entry && xtree_is(entry, "inputEntry"), out = entry && xtree_is(entry, "outputEntry");
    if (!xtree_is(text, "text") || (!in && !out) || !decision || !xtree_is(decision, "decision"))
        return NULL;
    size_t column = place_among(entry, in ? "inputEntry" : "outputEntry"), number = place_among(rule, "rule");
    for (size_t i = 0; i < w->edit_count; i++) {
        const struct dmn_edit *edit = &w->edits[i];
        if (edit->output == out && edit->column == column && edit->rule == number &&
            str_eq(edit->decision, str_trim(xtree_attr(decision, "name"))))
            return edit;
    }
    return NULL;
}

static void element(struct writer *w, const struct xtree *e, str outer)
{
    str ns = namespace_now(e->ns), text = e->text;
    buf_text(w->out, "<%.*s", PS(e->name));
    if (!str_eq(ns, outer)) {
        buf_add(w->out, S(" xmlns=\""));
        attribute_value(w->out, ns);
        buf_byte(w->out, '"');
    }
    attributes(w, e);
    const struct dmn_edit *edit = w->edit_count ? edit_of(w, e) : NULL;
    if (edit) {
        text = edit->text;
        w->done++;
    }
    if (!e->first && text.n == 0) {
        buf_add(w->out, S("/>"));
        return;
    }
    buf_byte(w->out, '>');
    text_value(w->out, text);
    for (const struct xtree *child = e->first; child; child = child->next)
        element(w, child, ns);
    buf_text(w->out, "</%.*s>", PS(e->name));
}

bool dmn_write(struct op *op, const struct dmn *d, const struct dmn_edit *edits, size_t edit_count, str *ret)
{
    struct buf out;
    struct writer w = {.op = op, .out = &out, .edits = edits, .edit_count = edit_count};
    buf_init(&out, op, XTREE_BYTES_MAX);
    buf_add(&out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    element(&w, d->models->root, S(""));
    buf_byte(&out, '\n');
    if (out.full)
        return op_fail(op, FAULT_INPUT, d->models->where, "模型写出来超过%dMB，请拆成几个模型", XTREE_BYTES_MAX >> 20);
    if (w.done != edit_count)
        return op_fail(op, FAULT_INPUT, d->models->where, "要改的格子里有%zu个不在表里，请核对决策名、规则号和列号", edit_count - w.done);
    *ret = buf_str(&out);
    return true;
}
