/* Boxed expressions from XML: literals, contexts, tables and the others, each compiled in the scope it stands in. */
#include "dmn/load.h"

struct boxes {
    struct box **p;
    size_t n, cap;
};
struct types {
    const struct dtype **p;
    size_t n, cap;
};

/* ---- FEEL in its scope ------------------------------------------------------------------------------------- */

static const struct feel_scope *flat_scope(struct loader *l, const struct scope *scope)
{
    if (l->flat.names && l->flat_of == scope)
        return &l->flat;
    struct {
        struct feel_name *p;
        size_t n, cap;
    } names = {0};
    struct map seen;
    map_init(&seen, l->op);
    for (const struct scope *s = scope; s && ++l->names < DMN_NAMES_MAX; s = s->up)
        if (s->name.n && map_put(&seen, s->name, l))
            *list_add(l->op, &names) = (struct feel_name){s->name, s->type};
    if (!names.p)
        list_add(l->op, &names), names.n = 0;
    struct model *m = l->model;
    l->flat_of = scope;
    l->flat = (struct feel_scope){.names = names.p,
                                  .count = names.n,
                                  .members = l->dmn->members,
                                  .member_count = l->dmn->member_count,
                                  .types = m->type_fields, .type_count = m->type_count,
                                  .open = true};
    return &l->flat;
}

/* The tree, or NULL with the fault in ret_fault. */
static const struct feel *parse(struct loader *l, str text, int line, const struct scope *scope, bool tests,
                                str *ret_fault)
{
    struct feel_scope flat = *flat_scope(l, scope);
    struct feel *tree = NULL;
    struct feel_note where = {0};
    int faults = l->op->fault_count;
    flat.line = line;
    flat.b_feel = l->b_feel;
    if (feel_parse_at(l->op, text, &flat, tests, &tree, &where))
        return tree;
    op_forgive(l->op, faults);
    *ret_fault = op_text(l->op, "「%.*s」第%d字：%.*s", PS(str_trim(text)), where.column, PS(where.text));
    return NULL;
}

/* ---- boxed expressions ------------------------------------------------------------------------------------- */

const struct scope *load_scope(struct loader *l, const struct scope *up, str name, const struct feel_type *type)
{
    struct scope *s = op_new(l->op, struct scope);
    *s = (struct scope){up, name, type};
    return s;
}

static struct box *broken(struct loader *l, const struct xtree *e, str fault)
{
    struct box *b = op_new(l->op, struct box);
    b->kind = BOX_BROKEN;
    b->line = e->line;
    b->fault = fault;
    return b;
}

static void literal(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    const struct xtree *text = xtree_first(e, "text");
    if (!text || str_trim(text->text).n == 0) {
        b->kind = BOX_BROKEN;
        b->fault = S("没有写表达式");
        return;
    }
    bool outer = l->b_feel;
    l->b_feel = load_b_feel(e, outer);
    b->kind = BOX_LITERAL;
    b->line = text->line;
    b->tree = parse(l, text->text, text->line, scope, false, &b->fault);
    l->b_feel = outer;
    if (!b->tree)
        b->kind = BOX_BROKEN;
}

static const struct xtree *box_child(const struct xtree *parent);

struct box *load_child(struct loader *l, const struct xtree *parent, const struct scope *scope)
{
    const struct xtree *e = box_child(parent);
    return e ? load_box(l, e, scope) : NULL;
}

static void context(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct boxes boxes = {0};
    struct strs names = {0};
    struct types types = {0};
    b->kind = BOX_CONTEXT;
    for (const struct xtree *entry = xtree_first(e, "contextEntry"); entry; entry = xtree_next(entry, "contextEntry")) {
        const struct xtree *variable = xtree_first(entry, "variable");
        str name = variable ? load_name(l, variable) : S("");
        const struct dtype *type = load_type(l, variable);
        const struct scope *after = load_scope(l, scope, name, load_feel(type));
        /* it may call itself, as in a FEEL context */
        bool function = name.n && xtree_first(entry, "functionDefinition");
        *list_add(l->op, &boxes) = load_child(l, entry, function ? after : scope);
        *list_add(l->op, &names) = name;
        *list_add(l->op, &types) = type;
        scope = after;
    }
    b->boxes = boxes.p;
    b->names = names.p;
    b->types = types.p;
    b->count = boxes.n;
}

static void invocation(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct boxes boxes = {0};
    struct strs names = {0};
    b->kind = BOX_INVOCATION;
    *list_add(l->op, &boxes) = load_child(l, e, scope);
    for (const struct xtree *binding = xtree_first(e, "binding"); binding; binding = xtree_next(binding, "binding")) {
        const struct xtree *parameter = xtree_first(binding, "parameter");
        *list_add(l->op, &boxes) = load_child(l, binding, scope);
        *list_add(l->op, &names) = parameter ? load_name(l, parameter) : S("");
    }
    b->boxes = boxes.p;
    b->names = names.p;
    b->count = boxes.n;
}

static void function(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct strs names = {0};
    struct types types = {0};
    b->kind = BOX_FUNCTION;
    b->java = str_eq(xtree_attr(e, "kind"), S("Java"));
    b->pmml = str_eq(xtree_attr(e, "kind"), S("PMML"));
    for (const struct xtree *p = xtree_first(e, "formalParameter"); p; p = xtree_next(p, "formalParameter")) {
        *list_add(l->op, &names) = load_name(l, p);
        *list_add(l->op, &types) = load_type(l, p);
        scope = load_scope(l, scope, names.p[names.n - 1], load_feel(types.p[types.n - 1]));
    }
    b->names = names.p;
    b->types = types.p;
    b->count = names.n;
    b->boxes = op_array(l->op, struct box *, 1);
    b->boxes[0] = load_child(l, e, scope);
}

static void relation(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct boxes boxes = {0};
    struct strs names = {0};
    struct types types = {0};
    b->kind = BOX_RELATION;
    for (const struct xtree *c = xtree_first(e, "column"); c; c = xtree_next(c, "column")) {
        *list_add(l->op, &names) = load_name(l, c);
        *list_add(l->op, &types) = load_type(l, c);
    }
    b->columns = names.n;
    for (const struct xtree *row = xtree_first(e, "row"); row; row = xtree_next(row, "row")) {
        size_t n = 0;
        for (const struct xtree *cell = xtree_first(row, NULL); cell && n < names.n; cell = xtree_next(cell, NULL), n++)
            *list_add(l->op, &boxes) = load_box(l, cell, scope);
        for (; n < names.n; n++)
            *list_add(l->op, &boxes) = NULL;
    }
    b->boxes = boxes.p;
    b->names = names.p;
    b->types = types.p;
    b->count = boxes.n;
}

static void list(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct boxes boxes = {0};
    b->kind = BOX_LIST;
    for (const struct xtree *item = xtree_first(e, NULL); item; item = xtree_next(item, NULL)) {
        struct box *one = load_box(l, item, scope);
        if (one)
            *list_add(l->op, &boxes) = one;
    }
    b->boxes = boxes.p;
    b->count = boxes.n;
}

/* What the items of a list are; NULL: it cannot be told here. */
static const struct feel_type *items_of(struct loader *l, const struct box *list)
{
    struct feel_note *notes = NULL;
    if (!list || list->kind != BOX_LITERAL)
        return NULL;
    const struct feel_type *type = feel_check(l->op, list->tree, &notes);
    return type->kind == FEEL_LIST && type->of && type->of->kind != FEEL_ANY ? type->of : NULL;
}

/* Inside a filter the entries of its item are names of their own. */
static const struct scope *filter_scope(struct loader *l, const struct scope *scope, const struct feel_type *item)
{
    for (size_t i = 0; item && item->kind == FEEL_CONTEXT && i < item->field_count; i++)
        scope = load_scope(l, scope, item->fields[i].name, item->fields[i].type);
    return load_scope(l, scope, S("item"), item);
}

/* conditional, filter, for, some, every: parts in elements of their own. */
static void parts(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    static const struct {
        const char *tag;
        enum box_kind kind;
        const char *parts[3];
    } rows[] = {{"conditional", BOX_IF, {"if", "then", "else"}}, {"filter", BOX_FILTER, {"in", "match", NULL}},
                {"for", BOX_FOR, {"in", "return", NULL}}, {"some", BOX_SOME, {"in", "satisfies", NULL}},
                {"every", BOX_EVERY, {"in", "satisfies", NULL}}};
    size_t row = 0;
    while (!xtree_is(e, rows[row].tag))
        row++;
    b->kind = rows[row].kind;
    b->boxes = op_array(l->op, struct box *, 3);
    b->names = op_array(l->op, str, 1);
    b->names[0] = load_clean(l->op, xtree_attr(e, "iteratorVariable"));
    for (size_t i = 0; i < 3 && rows[row].parts[i]; i++) {
        const struct xtree *part = xtree_first(e, rows[row].parts[i]);
        const struct feel_type *item = i == 1 && b->kind != BOX_IF ? items_of(l, b->boxes[0]) : NULL;
        b->item_known |= item != NULL;
        if (i == 1 && b->kind == BOX_FILTER)
            scope = filter_scope(l, scope, item);
        else if (i == 1 && b->kind != BOX_IF)
            scope = load_scope(l, load_scope(l, scope, S("partial"), NULL), b->names[0], item);
        b->boxes[b->count++] = part ? load_child(l, part, scope) : NULL;
    }
}

/* It parses, and knows all its names. */
static bool sound(struct loader *l, const struct feel *tree, bool tests)
{
    struct feel_note *notes = NULL;
    if (tree && tests)
        feel_check_tests(l->op, tree, NULL, &notes);
    else if (tree)
        (void)feel_check(l->op, tree, &notes);
    return tree && !notes;
}

static struct table_cell cell_read(struct loader *l, const struct xtree *entry, const struct scope *scope, bool tests)
{
    struct table_cell c = {0};
    const struct xtree *text = xtree_first(entry, "text");
    str source = text ? text->text : S("");
    if (str_trim(source).n == 0)
        source = tests ? S("-") : S("null");
    int line = text ? text->line : entry->line;
    str plain, told;
    c.tree = parse(l, source, line, scope, tests, &c.fault);
    if (!sound(l, c.tree, tests) && feel_plain(l->op, source, &plain)) {
        const struct feel *better = parse(l, plain, line, scope, tests, &told);
        if (sound(l, better, tests))
            c = (struct table_cell){.tree = better, .told = str_trim(plain)};
    }
    if (tests && c.tree && feel_tests_unknown(c.tree, &told)) {
        /* it would be null, and match whatever is missing */
        c.fault = op_text(l->op, "没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"", PS(told), PS(told));
        c.bare = told;
        c.tree = NULL;
    }
    c.anything = tests && c.tree && feel_tests_anything(c.tree);
    return c;
}

static struct table_cell cell(struct loader *l, const struct xtree *entry, const struct scope *scope, bool tests)
{
    bool outer = l->b_feel;
    l->b_feel = load_b_feel(entry, outer);
    struct table_cell c = cell_read(l, entry, scope, tests);
    l->b_feel = outer;
    return c;
}

static void output_order(struct loader *l, struct table_output *o, str text)
{
    str fault;
    const struct feel *tree = text.n ? parse(l, op_text(l->op, "[%.*s]", PS(text)), 0, NULL, false, &fault) : NULL;
    if (!tree)
        return;
    struct feel_run run = {.op = l->op};
    feel_value v = feel_eval(&run, tree);
    if (v.kind == FEEL_LIST) {
        o->order = op_array(l->op, feel_value, v.count + 1);
        for (size_t i = 0; i < v.count; i++)
            o->order[i] = v.items[i];
        o->order_count = v.count;
    }
}

static const struct {
    const char *name, *short_name;
    enum hit hit;
} hit_policies[] = {{"UNIQUE", "U", HIT_UNIQUE},
                    {"FIRST", "F", HIT_FIRST},
                    {"PRIORITY", "P", HIT_PRIORITY},
                    {"ANY", "A", HIT_ANY},
                    {"COLLECT", "C", HIT_COLLECT},
                    {"RULE ORDER", "R", HIT_RULE_ORDER},
                    {"OUTPUT ORDER", "O", HIT_OUTPUT_ORDER}};

const char *dmn_hit_name(enum hit hit)
{
    return hit_policies[hit].name;
}

static void table(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b)
{
    struct table *t = op_new(l->op, struct table);
    static const char *aggregates[] = {"", "SUM", "MIN", "MAX", "COUNT"};
    struct {
        struct table_input *p;
        size_t n, cap;
    } inputs = {0};
    struct {
        struct table_output *p;
        size_t n, cap;
    } outputs = {0};
    struct {
        struct table_rule *p;
        size_t n, cap;
    } rules = {0};
    b->kind = BOX_TABLE;
    b->table = t;
    str policy = xtree_attr(e, "hitPolicy"), aggregation = xtree_attr(e, "aggregation");
    for (size_t i = 0; i < COUNT(hit_policies); i++)
        if (str_eq(policy, str_z(hit_policies[i].name)))
            t->hit = hit_policies[i].hit;
    for (size_t i = 1; i < COUNT(aggregates); i++)
        if (str_eq(aggregation, str_z(aggregates[i])))
            t->aggregate = (enum aggregate)i;
    for (const struct xtree *in = xtree_first(e, "input"); in; in = xtree_next(in, "input")) {
        const struct xtree *expression = xtree_first(in, "inputExpression"), *text = xtree_first(expression, "text");
        struct table_input input = {
            .text = text ? str_trim(text->text) : S(""), .type = load_type(l, expression), .line = in->line};
        bool outer = l->b_feel;
        l->b_feel = expression ? load_b_feel(expression, outer) : outer;
        input.expression = parse(l, input.text, text ? text->line : in->line, scope, false, &input.fault);
        l->b_feel = outer;
        str values = xtree_text(xtree_first(in, "inputValues"), "text"), fault;
        if (values.n) {
            str plain;
            input.values = parse(l, values, in->line, scope, true, &fault);
            if (!sound(l, input.values, true) && feel_plain(l->op, values, &plain))
                input.values = parse(l, plain, in->line, scope, true, &fault);
        }
        *list_add(l->op, &inputs) = input;
    }
    for (const struct xtree *out = xtree_first(e, "output"); out; out = xtree_next(out, "output")) {
        struct table_output output = {.name = load_name(l, out), .type = load_type(l, out)};
        const struct xtree *fallback = xtree_first(out, "defaultOutputEntry");
        str values = xtree_text(xtree_first(out, "outputValues"), "text"), fault;
        if (fallback)
            output.fallback = parse(l, xtree_text(fallback, "text"), fallback->line, scope, false, &fault);
        if (values.n == 0 && output.type && output.type->allowed_count)
            values = feel_source(output.type->allowed[0]);
        output_order(l, &output, values);
        *list_add(l->op, &outputs) = output;
    }
    for (const struct xtree *r = xtree_first(e, "rule"); r && rules.n < DMN_RULES_MAX; r = xtree_next(r, "rule")) {
        struct table_rule rule = {.inputs = op_array(l->op, struct table_cell, inputs.n + 1),
                                  .outputs = op_array(l->op, struct table_cell, outputs.n + 1),
                                  .label = xtree_text(xtree_first(r, "annotationEntry"), "text"), .line = r->line};
        if (rule.label.n == 0)
            rule.label = xtree_text(r, "description");
        const struct xtree *in = xtree_first(r, "inputEntry"), *out = xtree_first(r, "outputEntry");
        for (size_t i = 0; i < inputs.n; i++, in = in ? xtree_next(in, "inputEntry") : NULL) {
            rule.inputs[i] = in ? cell(l, in, scope, true) : (struct table_cell){.fault = S("缺少一格")};
            inputs.p[i].null_is_value |= rule.inputs[i].tree && feel_tests_null(rule.inputs[i].tree);
        }
        for (size_t i = 0; i < outputs.n; i++, out = out ? xtree_next(out, "outputEntry") : NULL)
            rule.outputs[i] = out ? cell(l, out, scope, false) : (struct table_cell){.fault = S("缺少一格")};
        *list_add(l->op, &rules) = rule;
    }
    *t = (struct table){.hit = t->hit,
                        .aggregate = t->aggregate,
                        .inputs = inputs.p,
                        .outputs = outputs.p,
                        .rules = rules.p,
                        .input_count = inputs.n,
                        .output_count = outputs.n,
                        .rule_count = rules.n};
}

static const struct {
    const char *tag;
    void (*make)(struct loader *l, const struct xtree *e, const struct scope *scope, struct box *b);
} box_tags[] = {{"literalExpression", literal},
                {"context", context},
                {"decisionTable", table},
                {"invocation", invocation},
                {"functionDefinition", function},
                {"relation", relation},
                {"list", list},
                {"conditional", parts},
                {"filter", parts},
                {"for", parts},
                {"some", parts},
                {"every", parts},
                {"encapsulatedLogic", function}};

static const struct xtree *box_child(const struct xtree *parent)
{
    for (const struct xtree *e = xtree_first(parent, NULL); e; e = xtree_next(e, NULL))
        for (size_t i = 0; i < COUNT(box_tags); i++)
            if (xtree_is(e, box_tags[i].tag))
                return e;
    return NULL;
}

struct box *load_box(struct loader *l, const struct xtree *e, const struct scope *scope)
{
    for (size_t i = 0; i < COUNT(box_tags); i++)
        if (xtree_is(e, box_tags[i].tag)) {
            struct box *b = op_new(l->op, struct box);
            b->line = e->line;
            b->type = load_type(l, e);
            if (++l->depth > DMN_DEPTH_MAX)
                b = broken(l, e, S("表达式套得太深，请拆成几个决策"));
            else
                box_tags[i].make(l, e, scope, b);
            l->depth--;
            return b;
        }
    return NULL;
}

