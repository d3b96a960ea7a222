/* A model as DMN 1.5 text: the tree that was read, in the namespace of today, with cells replaced on the way. What
 * other programs keep in a model (drawings, extensions, ids) is written as it was, and so are prefixes, comments and the
 * lines: whoever compares the files sees what was changed and nothing else. */
#include "dmn/model.h"

/* The model's namespace and that of its drawing, by the version that is written. */
enum version { VERSION_NOW, VERSION_EDITORS };
static const struct {
    str model, drawing;
} versions[] = {
    [VERSION_NOW] = {SC("https://www.omg.org/spec/DMN/20230324/MODEL/"),
                     SC("https://www.omg.org/spec/DMN/20230324/DMNDI/")},
    [VERSION_EDITORS] = {SC("https://www.omg.org/spec/DMN/20191111/MODEL/"),
                         SC("https://www.omg.org/spec/DMN/20191111/DMNDI/")},
};

struct writer {
    struct op *op;
    struct buf *out;
    const struct dmn_edit *edits;
    size_t edit_count;
    size_t done;
    enum version version;
};

/* Namespaces of the drawing came with each DMN version. */
static str namespace_now(const struct writer *w, str ns)
{
    static const str drawings[] = {SC("http://www.omg.org/spec/DMN/20180521/DMNDI/"),
                                   SC("https://www.omg.org/spec/DMN/20191111/DMNDI/"),
                                   SC("https://www.omg.org/spec/DMN/20211108/DMNDI/"),
                                   SC("https://www.omg.org/spec/DMN/20230324/DMNDI/")};
    if (dmn_namespace(ns))
        return versions[w->version].model;
    for (size_t i = 0; i < COUNT(drawings); i++)
        if (str_eq(ns, drawings[i]))
            return versions[w->version].drawing;
    return ns;
}

static void name_write(struct buf *b, str prefix, str name)
{
    buf_text(b, "%.*s%s%.*s", PS(prefix), prefix.n ? ":" : "", PS(name));
}

static void attribute(struct buf *b, str prefix, str name, str value)
{
    buf_byte(b, ' ');
    name_write(b, prefix, name);
    buf_add(b, S("=\""));
    xtree_escape(b, value);
    buf_byte(b, '"');
}

static void tag(struct writer *w, const struct xtree *e)
{
    buf_add(w->out, e->before);
    if (!e->up && e->before.n)
        buf_byte(w->out, '\n');
    buf_byte(w->out, '<');
    name_write(w->out, e->prefix, e->name);
    for (const struct xattr *a = e->spaces; a; a = a->next)
        attribute(w->out, a->name.n ? S("xmlns") : S(""), a->name.n ? a->name : S("xmlns"), namespace_now(w, a->value));
    for (const struct xattr *a = e->attrs; a; a = a->next)
        attribute(w->out, a->prefix, a->name, a->value);
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
    bool note = entry && xtree_is(entry, "annotationEntry");
    if (!xtree_is(text, "text") || (!in && !out && !note) || !decision || !xtree_is(decision, "decision"))
        return NULL;
    size_t column = place_among(entry, in ? "inputEntry" : out ? "outputEntry" : "annotationEntry");
    size_t number = place_among(rule, "rule");
    enum dmn_part part = in ? DMN_INPUT_CELL : out ? DMN_OUTPUT_CELL : DMN_RULE_NOTE;
    for (size_t i = 0; i < w->edit_count; i++) {
        const struct dmn_edit *edit = &w->edits[i];
        if (edit->part == part && edit->column == column && edit->rule == number &&
            str_eq(edit->decision, str_trim(xtree_attr(decision, "name"))))
            return edit;
    }
    return NULL;
}

/* Of the rule or the table itself: the first edit of that kind after `from`. */
static const struct dmn_edit *edit_for(struct writer *w, const struct xtree *table, enum dmn_part part,
                                       const size_t *rule, size_t *from)
{
    const struct xtree *decision = table ? table->up : NULL;
    for (; decision && xtree_is(decision, "decision") && *from < w->edit_count; ++*from) {
        const struct dmn_edit *edit = &w->edits[*from];
        if (edit->part == part && (!rule || edit->rule == *rule) &&
            str_eq(edit->decision, str_trim(xtree_attr(decision, "name")))) {
            ++*from;
            return edit;
        }
    }
    return NULL;
}

/* The line and the indentation that something new takes from what is there already; may be none. */
static str space_of(const struct xtree *like)
{
    return like && str_trim(like->before).n == 0 ? like->before : S("");
}

/* A cell of a rule: its prefix is the rule's, it stands as the rule's other cells do. */
static void entry(struct writer *w, const struct xtree *table, str space, const char *tag, str text)
{
    buf_add(w->out, space);
    buf_byte(w->out, '<');
    name_write(w->out, table->prefix, str_z(tag));
    buf_byte(w->out, '>');
    buf_byte(w->out, '<');
    name_write(w->out, table->prefix, S("text"));
    buf_byte(w->out, '>');
    xtree_escape_text(w->out, text);
    buf_add(w->out, S("</"));
    name_write(w->out, table->prefix, S("text"));
    buf_add(w->out, S("></"));
    name_write(w->out, table->prefix, str_z(tag));
    buf_byte(w->out, '>');
}

static void new_rule(struct writer *w, const struct xtree *table, const struct dmn_edit *edit)
{
    const struct xtree *like = xtree_first(table, "rule");
    str inside = like ? space_of(like->last) : S("");
    size_t inputs = 0, outputs = 0;
    for (const struct xtree *e = xtree_first(table, NULL); e; e = xtree_next(e, NULL)) {
        inputs += xtree_is(e, "input");
        outputs += xtree_is(e, "output");
    }
    if (edit->cell_count < inputs + outputs)
        return;
    w->done++;
    buf_add(w->out, space_of(like));
    buf_byte(w->out, '<');
    name_write(w->out, table->prefix, S("rule"));
    buf_byte(w->out, '>');
    for (size_t i = 0; i < inputs + outputs; i++)
        entry(w, table, inside, i < inputs ? "inputEntry" : "outputEntry", edit->cells[i]);
    if (edit->cell_count > inputs + outputs)
        entry(w, table, inside, "annotationEntry", edit->cells[inputs + outputs]);
    buf_add(w->out, inside.n ? space_of(like) : S(""));
    buf_add(w->out, S("</"));
    name_write(w->out, table->prefix, S("rule"));
    buf_byte(w->out, '>');
}

static void new_rules(struct writer *w, const struct xtree *table)
{
    size_t from = 0;
    for (const struct dmn_edit *edit; (edit = edit_for(w, table, DMN_RULE_NEW, NULL, &from));)
        new_rule(w, table, edit);
}

/* True: the rule is gone. */
static bool rule_gone(struct writer *w, const struct xtree *e)
{
    size_t from = 0, number = place_among(e, "rule");
    if (!xtree_is(e, "rule") || !edit_for(w, e->up, DMN_RULE_GONE, &number, &from))
        return false;
    w->done++;
    return true;
}

static void element(struct writer *w, const struct xtree *e);

/* All rules of a table in another order. */
static void ordered_rules(struct writer *w, const struct xtree *table, const struct dmn_edit *order)
{
    struct {
        const struct xtree **p;
        size_t n, cap;
    } rules = {0};
    struct {
        const struct dmn_edit **p;
        size_t n, cap;
    } added = {0};
    size_t from = 0;
    for (const struct xtree *r = xtree_first(table, "rule"); r; r = xtree_next(r, "rule"))
        *list_add(w->op, &rules) = r;
    for (const struct dmn_edit *edit; (edit = edit_for(w, table, DMN_RULE_NEW, NULL, &from));)
        *list_add(w->op, &added) = edit;
    w->done++;
    for (str rest = order->text, one; rest.n;) {
        struct json number = {.kind = JSON_NUMBER};
        int64_t n;
        if (!str_split(rest, ' ', &one, &rest))
            rest = S("");
        number.text = one;
        if (!json_int(&number, &n) || n < 0)
            continue;
        if ((size_t)n < rules.n && rules.p[n]) {
            element(w, rules.p[n]);
            rules.p[n] = NULL;
        }
        if ((size_t)n >= rules.n && (size_t)n - rules.n < added.n)
            new_rule(w, table, added.p[(size_t)n - rules.n]);
    }
    for (size_t i = 0; i < rules.n; i++) /* what the order leaves out has to be gone */
        if (rules.p[i] && !rule_gone(w, rules.p[i]))
            element(w, rules.p[i]);
}

/* A note for a rule that has had none. */
static void new_note(struct writer *w, const struct xtree *e)
{
    size_t from = 0, number = place_among(e, "rule");
    const struct dmn_edit *edit =
        xtree_first(e, "annotationEntry") ? NULL : edit_for(w, e->up, DMN_RULE_NOTE, &number, &from);
    if (!edit)
        return;
    w->done++;
    entry(w, e->up, space_of(e->last), "annotationEntry", edit->text);
}

static void children(struct writer *w, const struct xtree *e)
{
    bool table = w->edit_count && xtree_is(e, "decisionTable"), ordered = false;
    size_t from = 0;
    const struct dmn_edit *order = table ? edit_for(w, e, DMN_RULES_ORDER, NULL, &from) : NULL;
    for (const struct xtree *child = e->first; child; child = child->next)
        if (!order || !xtree_is(child, "rule"))
            element(w, child);
        else if (!ordered)
            ordered = true, ordered_rules(w, e, order);
    if (table && !ordered)
        new_rules(w, e);
    if (w->edit_count && xtree_is(e, "rule"))
        new_note(w, e);
}

static void element(struct writer *w, const struct xtree *e)
{
    bool grows = w->edit_count && (xtree_is(e, "decisionTable") || xtree_is(e, "rule"));
    if (w->edit_count && rule_gone(w, e))
        return;
    const struct dmn_edit *edit = w->edit_count ? edit_of(w, e) : NULL;
    tag(w, e);
    if (!e->first && !grows && !edit && e->rest.n == 0) {
        buf_add(w->out, S("/>"));
        return;
    }
    buf_byte(w->out, '>');
    children(w, e);
    if (edit) {
        xtree_escape_text(w->out, edit->text);
        w->done++;
    } else {
        buf_add(w->out, e->rest);
    }
    buf_add(w->out, S("</"));
    name_write(w->out, e->prefix, e->name);
    buf_byte(w->out, '>');
}

static bool write_whole(struct op *op, const struct dmn *d, enum version version, const struct dmn_edit *edits,
                        size_t edit_count, str *ret)
{
    struct buf out;
    struct writer w = {.op = op, .out = &out, .edits = edits, .edit_count = edit_count, .version = version};
    buf_init(&out, op, XTREE_BYTES_MAX);
    buf_add(&out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    element(&w, d->models->root);
    buf_byte(&out, '\n');
    if (out.full)
        return op_fail(op, FAULT_INPUT, d->models->where, "模型写出来超过%dMB，请拆成几个模型", XTREE_BYTES_MAX >> 20);
    if (w.done != edit_count)
        return op_fail(op, FAULT_INPUT, d->models->where, "要改的有%zu处不在表里，请核对决策名、规则号和列号", edit_count - w.done);
    *ret = buf_str(&out);
    return true;
}

bool dmn_write(struct op *op, const struct dmn *d, const struct dmn_edit *edits, size_t edit_count, str *ret)
{
    return write_whole(op, d, VERSION_NOW, edits, edit_count, ret);
}

bool dmn_write_for_editors(struct op *op, const struct dmn *d, str *ret)
{
    return write_whole(op, d, VERSION_EDITORS, NULL, 0, ret);
}

/* ---- as written ------------------------------------------------------------------------------------------------ */

static const struct xtree *table_xml(const struct dmn_element *e)
{
    return e->kind == ELEMENT_DECISION ? xtree_first(e->xml, "decisionTable") : NULL;
}

static const struct xtree *nth(const struct xtree *parent, const char *tag, size_t n)
{
    const struct xtree *e = xtree_first(parent, tag);
    while (e && n-- > 0)
        e = xtree_next(e, tag);
    return e;
}

static size_t count_of(const struct xtree *parent, const char *tag)
{
    size_t n = 0;
    for (const struct xtree *e = xtree_first(parent, tag); e; e = xtree_next(e, tag))
        n++;
    return n;
}

bool dmn_layout(const struct dmn_element *decision, struct dmn_layout *ret)
{
    const struct xtree *t = table_xml(decision);
    if (!t)
        return false;
    *ret = (struct dmn_layout){count_of(t, "input"), count_of(t, "output"), count_of(t, "rule"),
                               xtree_attr(t, "hitPolicy"), xtree_attr(t, "aggregation")};
    return true;
}

str dmn_part_text(const struct dmn_element *decision, enum dmn_part part, size_t rule, size_t column)
{
    static const char *const tags[] = {
        [DMN_INPUT_CELL] = "inputEntry", [DMN_OUTPUT_CELL] = "outputEntry", [DMN_RULE_NOTE] = "annotationEntry"};
    must(part < COUNT(tags));
    const struct xtree *e = nth(nth(table_xml(decision), "rule", rule), tags[part], column);
    return e ? xtree_text(e, "text") : S("");
}

str dmn_column_text(const struct dmn_element *decision, bool output, size_t column)
{
    const struct xtree *e = nth(table_xml(decision), output ? "output" : "input", column);
    return output ? str_trim(xtree_attr(e, "name")) : e ? xtree_text(xtree_first(e, "inputExpression"), "text") : S("");
}

str dmn_column_label(const struct dmn_element *decision, bool output, size_t column)
{
    return str_trim(xtree_attr(nth(table_xml(decision), output ? "output" : "input", column), "label"));
}

str dmn_column_type(const struct dmn_element *decision, bool output, size_t column)
{
    const struct xtree *e = nth(table_xml(decision), output ? "output" : "input", column);
    return str_trim(xtree_attr(output || !e ? e : xtree_first(e, "inputExpression"), "typeRef"));
}

str dmn_column_allowed(const struct dmn_element *decision, bool output, size_t column)
{
    const struct xtree *e = nth(table_xml(decision), output ? "output" : "input", column);
    const struct xtree *values = e ? xtree_first(e, output ? "outputValues" : "inputValues") : NULL;
    return values ? xtree_text(values, "text") : S("");
}
