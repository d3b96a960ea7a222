/* From XML to a read-only model: documents, imports, types, elements. Their boxed expressions: boxed.c. */
#include "dmn/load.h"

enum { IMPORTED_TYPES_MAX = 10000 };

struct type_entry {
    const struct xtree *xml;
    const struct dtype *type;
    enum { TYPE_NEW, TYPE_OPEN, TYPE_DONE } state;
};

static const struct dtype *resolve(struct loader *l, struct model *m, str name);

/* Names are compared with white space made single (10.3.1.4). */
str load_clean(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    s = str_trim(s);
    for (size_t i = 0; i < s.n; i++) {
        bool space = s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\r';
        if (!space)
            buf_byte(&b, s.p[i]);
        else if (b.n && b.p[b.n - 1] != ' ')
            buf_byte(&b, ' ');
    }
    return op_copy(op, buf_str(&b));
}

str load_name(struct loader *l, const struct xtree *e)
{
    return load_clean(l->op, xtree_attr(e, "name"));
}

/* ---- types ------------------------------------------------------------------------------------------------- */

static const struct dtype *builtin_type(struct loader *l, str name)
{
    const struct feel_type *t = feel_type_named(name);
    if (!t)
        return NULL;
    struct dtype *d = op_new(l->op, struct dtype);
    d->feel = *t;
    d->name = name;
    return d;
}

static void allow(struct loader *l, struct dtype *t, const struct xtree *e, const char *tag)
{
    str text = xtree_text(xtree_first(e, tag), "text");
    if (text.n == 0)
        return;
    static const struct feel_scope open = {.open = true};
    struct feel *tree;
    int faults = l->op->fault_count;
    if (feel_parse_tests(l->op, text, &open, &tree)) {
        const struct feel **all = op_array(l->op, const struct feel *, t->allowed_count + 1);
        for (size_t i = 0; i < t->allowed_count; i++)
            all[i] = t->allowed[i];
        all[t->allowed_count++] = tree;
        t->allowed = all;
    }
    op_forgive(l->op, faults); /* what cannot be read forbids nothing; dmn_check looks again */
}

static const struct dtype *make_type(struct loader *l, struct model *m, const struct xtree *e)
{
    struct dtype *t = op_new(l->op, struct dtype);
    const struct xtree *component = xtree_first(e, "itemComponent"), *function = xtree_first(e, "functionItem");
    str ref = xtree_text(e, "typeRef");
    t->feel.kind = FEEL_ANY;
    if (++l->depth > DMN_DEPTH_MAX) {
        l->depth--;
        return t;
    }
    if (component) {
        struct {
            struct dfield *p;
            size_t n, cap;
        } fields = {0};
        for (; component; component = xtree_next(component, "itemComponent"))
            *list_add(l->op, &fields) = (struct dfield){load_name(l, component), make_type(l, m, component)};
        struct feel_field *seen = op_array(l->op, struct feel_field, fields.n + 1);
        for (size_t i = 0; i < fields.n; i++)
            seen[i] = (struct feel_field){fields.p[i].name, fields.p[i].type ? &fields.p[i].type->feel : NULL};
        t->fields = fields.p;
        t->field_count = fields.n;
        t->feel = (struct feel_type){.kind = FEEL_CONTEXT, .fields = seen, .field_count = fields.n};
    } else if (function) {
        struct {
            struct feel_field *p;
            size_t n, cap;
        } params = {0};
        for (const struct xtree *p = xtree_first(function, "parameters"); p; p = xtree_next(p, "parameters")) {
            const struct dtype *pt = resolve(l, m, xtree_attr(p, "typeRef"));
            *list_add(l->op, &params) = (struct feel_field){load_name(l, p), pt ? &pt->feel : NULL};
        }
        const struct dtype *result = resolve(l, m, xtree_attr(function, "outputTypeRef"));
        t->feel = (struct feel_type){.kind = FEEL_FUNCTION,
                                     .of = result ? &result->feel : &feel_any,
                                     .fields = params.p,
                                     .field_count = params.n};
        t->of = result;
    } else if (ref.n) {
        const struct dtype *base = resolve(l, m, ref);
        if (base)
            *t = *base;
    }
    l->depth--;
    t->name = load_name(l, e);
    allow(l, t, e, "allowedValues");
    if (str_eq(xtree_attr(e, "isCollection"), S("true"))) {
        struct dtype *list = op_new(l->op, struct dtype);
        *list = (struct dtype){
            .feel = {.kind = FEEL_LIST, .of = &t->feel}, .name = t->name, .collection = true, .of = t};
        t = list;
    }
    allow(l, t, e, "typeConstraint");
    return t;
}

/* NULL: unknown, which constrains nothing. */
static const struct dtype *resolve(struct loader *l, struct model *m, str name)
{
    name = load_clean(l->op, name);
    if (name.n == 0)
        return NULL;
    struct type_entry *entry = map_get(&m->types, name);
    if (entry) {
        if (entry->state == TYPE_OPEN) /* a type within itself: nothing is known of the inner one */
            return NULL;
        if (entry->state == TYPE_NEW) {
            entry->state = TYPE_OPEN;
            entry->type = make_type(l, m, entry->xml);
            entry->state = TYPE_DONE;
        }
        return entry->type;
    }
    const struct dtype *builtin = builtin_type(l, name);
    if (builtin)
        return builtin;
    for (size_t i = 0; i < m->import_count; i++) {
        str head = op_text(l->op, "%.*s.", PS(m->imports[i].name));
        if (m->imports[i].model && m->imports[i].name.n && str_starts(name, head))
            return resolve(l, m->imports[i].model, str_part(name, head.n, name.n));
        if (m->imports[i].model && !m->imports[i].name.n && map_get(&m->imports[i].model->types, name))
            return resolve(l, m->imports[i].model, name);
    }
    str prefix, local;
    return str_split(name, ':', &prefix, &local) ? resolve(l, m, local) : NULL;
}

const struct dtype *load_type(struct loader *l, const struct xtree *e)
{
    return e ? resolve(l, l->model, xtree_attr(e, "typeRef")) : NULL;
}

const struct feel_type *load_feel(const struct dtype *t)
{
    return t ? &t->feel : NULL;
}

/* The types as FEEL sees them, for `instance of` and typed parameters. */
static void list_types(struct loader *l, struct model *m)
{
    struct {
        struct feel_field *p;
        size_t n, cap;
    } seen = {0};
    for (size_t i = 0; i < m->types.count; i++) {
        const struct dtype *t = resolve(l, m, m->types.entries[i].key);
        *list_add(l->op, &seen) = (struct feel_field){m->types.entries[i].key, t ? &t->feel : NULL};
    }
    for (size_t i = 0; i < m->import_count; i++) {
        struct model *from = m->imports[i].model;
        str head = m->imports[i].name.n ? op_text(l->op, "%.*s.", PS(m->imports[i].name)) : S("");
        for (size_t j = 0; from && j < from->types.count && seen.n < IMPORTED_TYPES_MAX; j++) {
            str name = op_text(l->op, "%.*s%.*s", PS(head), PS(from->types.entries[j].key));
            const struct dtype *t = resolve(l, m, name);
            *list_add(l->op, &seen) = (struct feel_field){name, t ? &t->feel : NULL};
        }
    }
    m->type_fields = seen.p;
    m->type_count = seen.n;
}

/* ---- elements ---------------------------------------------------------------------------------------------- */

bool dmn_namespace(str ns)
{
    static const str known[] = {
        SC("http://www.omg.org/spec/DMN/20151101/dmn.xsd"),  SC("http://www.omg.org/spec/DMN/20180521/MODEL/"),
        SC("https://www.omg.org/spec/DMN/20191111/MODEL/"),  SC("https://www.omg.org/spec/DMN/20211108/MODEL/"),
        SC("https://www.omg.org/spec/DMN/20230324/MODEL/"),  SC("https://www.omg.org/spec/DMN/20240513/MODEL/"),
        SC("http://www.omg.org/spec/DMN/20151101/dmn11.xsd")};
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_eq(ns, known[i]))
            return true;
    return false;
}

bool load_b_feel(const struct xtree *e, bool otherwise)
{
    str language = xtree_attr(e, "expressionLanguage");
    size_t at;
    return language.n ? str_find(language, S("/B-FEEL"), &at) : otherwise;
}

static bool open_document(struct loader *l, const struct dmn_doc *doc, struct model **ret)
{
    struct xtree *root;
    if (!xtree_parse(l->op, doc->text, doc->where, &root))
        return false;
    if (!xtree_is(root, "definitions") || !dmn_namespace(root->ns))
        return op_fail(l->op, FAULT_INPUT, doc->where, "不是决策模型（DMN 1.1 至 1.6），请检查是否选错了文件");
    struct model *m = op_new(l->op, struct model);
    *m = (struct model){.ns = str_trim(xtree_attr(root, "namespace")),
                        .name = load_name(l, root),
                        .where = op_copy(l->op, doc->where),
                        .root = root};
    map_init(&m->types, l->op);
    struct {
        struct import *p;
        size_t n, cap;
    } imports = {0};
    struct {
        struct dmn_element **p;
        size_t n, cap;
    } elements = {0};
    static const struct {
        const char *tag;
        enum element_kind kind;
    } tags[] = {{"inputData", ELEMENT_INPUT},
                {"decision", ELEMENT_DECISION},
                {"businessKnowledgeModel", ELEMENT_KNOWLEDGE},
                {"decisionService", ELEMENT_SERVICE}};
    for (const struct xtree *e = xtree_first(root, NULL); e; e = xtree_next(e, NULL)) {
        if (xtree_is(e, "import"))
            *list_add(l->op, &imports) = (struct import){.name = load_name(l, e),
                                                         .ns = str_trim(xtree_attr(e, "namespace"))};
        if (xtree_is(e, "itemDefinition")) {
            struct type_entry *t = op_new(l->op, struct type_entry);
            t->xml = e;
            map_put(&m->types, load_name(l, e), t);
        }
        for (size_t i = 0; i < COUNT(tags); i++)
            if (xtree_is(e, tags[i].tag)) {
                struct dmn_element *element = op_new(l->op, struct dmn_element);
                *element = (struct dmn_element){
                    .kind = tags[i].kind, .id = xtree_attr(e, "id"), .name = load_name(l, e), .xml = e, .model = m};
                *list_add(l->op, &elements) = element;
            }
    }
    m->imports = imports.p;
    m->import_count = imports.n;
    m->elements = elements.p;
    m->element_count = elements.n;
    *ret = m;
    return true;
}

static struct model *model_of(struct dmn *d, str ns)
{
    for (struct model *m = d->models; m; m = m->next)
        if (str_eq(m->ns, ns))
            return m;
    return NULL;
}

/* #id of this model, or namespace#id. */
static const struct dmn_element *element_at(struct loader *l, str href)
{
    str ns, wanted;
    struct model *m = l->model;
    if (!str_split(href, '#', &ns, &wanted))
        return NULL;
    if (ns.n && !str_eq(ns, m->ns))
        m = model_of(l->dmn, ns);
    for (size_t i = 0; m && i < m->element_count; i++)
        if (str_eq(m->elements[i]->id, wanted))
            return m->elements[i];
    return NULL;
}

/* What this model calls an element: with the import's name before it when it comes from elsewhere. */
static str name_here(struct loader *l, const struct dmn_element *e)
{
    for (size_t i = 0; e->model != l->model && i < l->model->import_count; i++)
        if (l->model->imports[i].model == e->model && l->model->imports[i].name.n)
            return op_text(l->op, "%.*s.%.*s", PS(l->model->imports[i].name), PS(e->name));
    return e->name;
}

static void link_element(struct loader *l, struct dmn_element *e)
{
    static const struct {
        const char *requirement, *reference;
    } kinds[] = {{"informationRequirement", "requiredInput"},
                 {"informationRequirement", "requiredDecision"},
                 {"knowledgeRequirement", "requiredKnowledge"}};
    struct {
        struct required *p;
        size_t n, cap;
    } required = {0};
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (const struct xtree *r = xtree_first(e->xml, kinds[k].requirement); r;
             r = xtree_next(r, kinds[k].requirement)) {
            const struct xtree *reference = xtree_first(r, kinds[k].reference);
            const struct dmn_element *to = reference ? element_at(l, xtree_attr(reference, "href")) : NULL;
            if (to)
                *list_add(l->op, &required) = (struct required){name_here(l, to), to};
            else if (reference)
                e->dangling = xtree_attr(reference, "href");
        }
    e->required = required.p;
    e->required_count = required.n;
    e->type = load_type(l, xtree_first(e->xml, "variable"));
    if (e->kind != ELEMENT_SERVICE)
        return;
    struct {
        const struct dmn_element **p;
        size_t n, cap;
    } inputs = {0}, outputs = {0};
    struct {
        struct feel_field *p;
        size_t n, cap;
    } params = {0};
    static const char *tags[] = {"inputData", "inputDecision"};
    for (size_t k = 0; k < COUNT(tags); k++)
        for (const struct xtree *r = xtree_first(e->xml, tags[k]); r; r = xtree_next(r, tags[k])) {
            const struct dmn_element *to = element_at(l, xtree_attr(r, "href"));
            if (!to)
                continue;
            *list_add(l->op, &inputs) = to;
            *list_add(l->op, &params) = (struct feel_field){to->name, NULL};
        }
    for (const struct xtree *r = xtree_first(e->xml, "outputDecision"); r; r = xtree_next(r, "outputDecision")) {
        const struct dmn_element *to = element_at(l, xtree_attr(r, "href"));
        if (to)
            *list_add(l->op, &outputs) = to;
    }
    e->inputs = inputs.p;
    e->input_count = inputs.n;
    e->outputs = outputs.p;
    e->output_count = outputs.n;
    e->params = params.p;
    e->param_count = params.n;
}

static void compile_element(struct loader *l, struct dmn_element *e)
{
    const struct scope *scope = NULL;
    for (size_t i = 0; i < e->required_count; i++)
        scope = load_scope(l, scope, e->required[i].name,
                          e->required[i].element->kind <= ELEMENT_DECISION ? load_feel(e->required[i].element->type)
                                                                           : NULL);
    l->flat_of = NULL;
    l->flat.names = NULL;
    if (e->kind == ELEMENT_DECISION) {
        e->logic = load_child(l, e->xml, scope);
    } else if (e->kind == ELEMENT_KNOWLEDGE) {
        const struct xtree *logic = xtree_first(e->xml, "encapsulatedLogic");
        if (!logic)
            return;
        struct box *b = load_box(l, logic, load_scope(l, scope, e->name, NULL));
        e->logic = b;
        e->param_count = b->kind == BOX_FUNCTION ? b->count : 0;
        e->params = op_array(l->op, struct feel_field, e->param_count + 1);
        for (size_t i = 0; i < e->param_count; i++)
            e->params[i] = (struct feel_field){b->names[i], load_feel(b->types[i])};
    }
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static void gather_members(struct loader *l, const struct xtree *e, struct strs *out, struct map *seen)
{
    for (const struct xtree *c = xtree_first(e, NULL); c && out->n < 10000; c = xtree_next(c, NULL)) {
        if (xtree_is(c, "itemComponent") || xtree_is(c, "contextEntry") || xtree_is(c, "output") ||
            xtree_is(c, "column")) {
            str name = load_name(l, xtree_is(c, "contextEntry") ? xtree_first(c, "variable") : c);
            if (name.n && map_put(seen, name, l))
                *list_add(l->op, out) = name;
        }
        gather_members(l, c, out, seen);
    }
}

bool dmn_load(struct op *op, const struct dmn_doc *docs, size_t count, struct dmn **ret)
{
    struct dmn *d = op_new(op, struct dmn);
    struct loader l = {.op = op, .dmn = d};
    must(count >= 1);
    if (count > DMN_DOCS_MAX)
        return op_fail(op, FAULT_INPUT, docs[0].where, "一起打开的模型超过%d个", DMN_DOCS_MAX);
    d->op = op;
    struct model **end = &d->models;
    for (size_t i = 0; i < count; i++) {
        int faults = op->fault_count;
        struct model *m = NULL;
        if (open_document(&l, &docs[i], &m)) {
            *end = m;
            end = &m->next;
        } else if (i == 0) {
            return false;
        } else { /* only a candidate for import */
            op_forgive(op, faults);
        }
    }
    for (struct model *m = d->models; m; m = m->next)
        for (size_t i = 0; i < m->import_count; i++)
            m->imports[i].model = model_of(d, m->imports[i].ns);
    struct strs members = {0};
    struct map seen;
    map_init(&seen, op);
    for (struct model *m = d->models; m; m = m->next) {
        gather_members(&l, m->root, &members, &seen);
        for (size_t i = 0; i < m->element_count; i++) {
            m->elements[i]->number = d->element_count++;
            if (map_put(&seen, m->elements[i]->name, &l)) /* a service with several outputs names them */
                *list_add(op, &members) = m->elements[i]->name;
        }
    }
    d->members = members.p;
    d->member_count = members.n;
    for (struct model *m = d->models; m; m = m->next) {
        l.model = m;
        list_types(&l, m);
        for (size_t i = 0; i < m->element_count; i++)
            link_element(&l, m->elements[i]);
    }
    for (struct model *m = d->models; m; m = m->next) {
        l.model = m;
        l.b_feel = load_b_feel(m->root, false);
        for (size_t i = 0; i < m->element_count; i++)
            compile_element(&l, m->elements[i]);
    }
    if (l.names >= DMN_NAMES_MAX)
        return op_fail(op, FAULT_INPUT, docs[0].where, "模型太大：名称合计超过%d个，请拆成几个模型", DMN_NAMES_MAX);
    struct model *first = d->models;
    d->decisions = op_array(op, const struct dmn_element *, first->element_count + 1);
    d->inputs = op_array(op, const struct dmn_element *, first->element_count + 1);
    for (size_t i = 0; i < first->element_count; i++) {
        if (first->elements[i]->kind == ELEMENT_DECISION)
            d->decisions[d->decision_count++] = first->elements[i];
        if (first->elements[i]->kind == ELEMENT_INPUT)
            d->inputs[d->input_count++] = first->elements[i];
    }
    *ret = d;
    return true;
}

static const struct dmn_element *named(const struct dmn *d, str name, enum element_kind kind)
{
    for (size_t i = 0; i < d->models->element_count; i++)
        if (d->models->elements[i]->kind == kind && str_eq(d->models->elements[i]->name, name))
            return d->models->elements[i];
    return NULL;
}

const struct dmn_element *dmn_decision(const struct dmn *d, str name)
{
    return named(d, name, ELEMENT_DECISION);
}

const struct dmn_element *dmn_service(const struct dmn *d, str name)
{
    return named(d, name, ELEMENT_SERVICE);
}

void dmn_decisions(const struct dmn *d, const struct dmn_element *const **ret, size_t *ret_count)
{
    *ret = d->decisions;
    *ret_count = d->decision_count;
}

void dmn_inputs(const struct dmn *d, const struct dmn_element *const **ret, size_t *ret_count)
{
    *ret = d->inputs;
    *ret_count = d->input_count;
}

str dmn_element_name(const struct dmn_element *e)
{
    return e->name;
}

const struct feel_type *dmn_element_type(const struct dmn_element *e)
{
    return e->type ? &e->type->feel : &feel_any;
}

static const struct table *table_of(const struct dmn_element *e)
{
    return e->logic && e->logic->kind == BOX_TABLE ? e->logic->table : NULL;
}

size_t dmn_rule_count(const struct dmn_element *e)
{
    return table_of(e) ? table_of(e)->rule_count : 0;
}

str dmn_rule_label(const struct dmn_element *e, size_t rule)
{
    must(table_of(e) && rule < table_of(e)->rule_count);
    return table_of(e)->rules[rule].label;
}

str dmn_output_name(const struct dmn_element *e)
{
    const struct table *t = table_of(e);
    return t && t->output_count == 1 ? t->outputs[0].name : S("");
}
