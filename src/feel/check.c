/* What can be said of an expression before it runs: its type, and what in it can only come to null. An unknown type is
 * NULL and objects to nothing, so a note is never a false alarm. */
#include "feel/tree.h"

struct local_type {
    const struct local_type *up;
    str name;
    const struct feel_type *type;
};

struct checker {
    struct op *op;
    const struct feel *tree;
    const struct feel_type *input;
    const struct local_type *locals;
    struct feel_note *first, *last;
    int count;
};

static const struct feel_type *infer(struct checker *c, const struct feel_node *n);

__attribute__((format(printf, 3, 4))) static void object(struct checker *c, const struct feel_node *n,
                                                         const char *format, ...)
{
    if (c->count++ >= FEEL_NOTES_MAX)
        return;
    struct feel_note *note = op_new(c->op, struct feel_note);
    va_list args;
    va_start(args, format);
    note->text = op_vtext(c->op, format, args);
    va_end(args);
    note->at = n->at;
    feel_place(c->tree->text, n->at, c->tree->line, c->tree->column, &note->line, &note->column);
    if (c->last)
        c->last->next = note;
    else
        c->first = note;
    c->last = note;
}

static enum feel_kind kind_of(const struct feel_type *t)
{
    return t ? t->kind : FEEL_ANY;
}

static bool known(enum feel_kind k)
{
    return k != FEEL_ANY && k != FEEL_NULL;
}

static const struct feel_type *type_of_value(feel_value v)
{
    static const struct feel_type *const plain[FEEL_KINDS] = {[FEEL_NULL] = &feel_null_type,
                                                              [FEEL_BOOL] = &feel_bool,
                                                              [FEEL_NUMBER] = &feel_number,
                                                              [FEEL_TEXT] = &feel_text,
                                                              [FEEL_DATE] = &feel_date,
                                                              [FEEL_TIME] = &feel_time,
                                                              [FEEL_DATE_TIME] = &feel_date_time,
                                                              [FEEL_SPAN] = &feel_span,
                                                              [FEEL_MONTHS] = &feel_months,
                                                              [FEEL_LIST] = &feel_list_any,
                                                              [FEEL_CONTEXT] = &feel_context_any,
                                                              [FEEL_RANGE] = &feel_range_any,
                                                              [FEEL_FUNCTION] = &feel_function_any};
    return plain[v.kind];
}

static const struct feel_type *list_of(struct checker *c, const struct feel_type *of)
{
    struct feel_type *t = op_new(c->op, struct feel_type);
    *t = (struct feel_type){.kind = FEEL_LIST, .of = of};
    return t;
}

static const struct feel_type *common(const struct feel_type *a, const struct feel_type *b)
{
    if (kind_of(a) == FEEL_NULL)
        return b;
    if (kind_of(b) == FEEL_NULL || a == b)
        return a;
    return kind_of(a) == kind_of(b) && !a->of && !a->field_count ? a : NULL;
}

static bool moments(enum feel_kind a, enum feel_kind b)
{
    return (a == FEEL_DATE || a == FEEL_DATE_TIME) && (b == FEEL_DATE || b == FEEL_DATE_TIME);
}

static bool durations(enum feel_kind a, enum feel_kind b)
{
    return (a == FEEL_SPAN || a == FEEL_MONTHS) && (b == FEEL_SPAN || b == FEEL_MONTHS);
}

static bool ordered(enum feel_kind k)
{
    return k == FEEL_NUMBER || k == FEEL_TEXT || k == FEEL_DATE || k == FEEL_TIME || k == FEEL_DATE_TIME ||
           k == FEEL_SPAN || k == FEEL_MONTHS;
}

static void compare(struct checker *c, const struct feel_node *n, enum relation what, const struct feel_type *a,
                    const struct feel_type *b)
{
    enum feel_kind x = kind_of(a), y = kind_of(b);
    bool equality = what == REL_EQ || what == REL_NE;
    if (!known(x) || !known(y))
        return;
    if (x != y && !moments(x, y) && !(equality && durations(x, y)))
        object(c, n, "%.*s与%.*s不能比较，请改成同一类型", PS(feel_type_said(c->op, a)), PS(feel_type_said(c->op, b)));
    else if (!equality && !ordered(x))
        object(c, n, "%.*s没有大小，只能用 = 或 !=", PS(feel_type_said(c->op, a)));
}

static const struct feel_type *arithmetic(struct checker *c, const struct feel_node *n, const struct feel_type *a,
                                          const struct feel_type *b)
{
    enum feel_kind x = kind_of(a), y = kind_of(b);
    if (!known(x) || !known(y))
        return x == FEEL_NUMBER && (n->kind == NODE_SUBTRACT || n->kind == NODE_POWER) ? &feel_number : NULL;
    bool x_moment = x == FEEL_DATE || x == FEEL_DATE_TIME || x == FEEL_TIME,
         y_moment = y == FEEL_DATE || y == FEEL_DATE_TIME || y == FEEL_TIME;
    bool x_long = x == FEEL_SPAN || x == FEEL_MONTHS, y_long = y == FEEL_SPAN || y == FEEL_MONTHS;
    bool adds = n->kind == NODE_ADD, takes = n->kind == NODE_SUBTRACT;
    if (x == FEEL_NUMBER && y == FEEL_NUMBER)
        return &feel_number;
    if (adds && x == FEEL_TEXT && y == FEEL_TEXT)
        return &feel_text;
    if ((adds || takes) && x == y && x_long)
        return a;
    if ((adds || takes) && x_moment && y_long)
        return a;
    if (adds && x_long && y_moment)
        return b;
    if (takes && x_moment && y_moment && (x == FEEL_TIME) == (y == FEEL_TIME))
        return &feel_span;
    if ((n->kind == NODE_MULTIPLY || n->kind == NODE_DIVIDE) && x_long && y == FEEL_NUMBER)
        return a;
    if (n->kind == NODE_MULTIPLY && x == FEEL_NUMBER && y_long)
        return b;
    if (n->kind == NODE_DIVIDE && x_long && x == y)
        return &feel_number;
    object(c, n, "%.*s与%.*s不能这样计算", PS(feel_type_said(c->op, a)), PS(feel_type_said(c->op, b)));
    return NULL;
}

static void truth(struct checker *c, const struct feel_node *n, const struct feel_type *t)
{
    if (known(kind_of(t)) && kind_of(t) != FEEL_BOOL)
        object(c, n, "这里应是条件（是否），却是%.*s", PS(feel_type_said(c->op, t)));
}

static const struct feel_type *path(struct checker *c, const struct feel_node *n, const struct feel_type *t)
{
    if (kind_of(t) == FEEL_LIST)
        return list_of(c, path(c, n, t->of));
    if (kind_of(t) == FEEL_CONTEXT) {
        for (size_t i = 0; i < t->field_count; i++)
            if (str_eq(t->fields[i].name, n->text))
                return t->fields[i].type;
        if (t->field_count)
            object(c, n, "没有「%.*s」这一项，请核对名称", PS(n->text));
        return NULL;
    }
    if (!known(kind_of(t)) || kind_of(t) == FEEL_RANGE)
        return NULL;
    feel_value sample = {.kind = t->kind};
    static const struct feel_zone utc = {0};
    bool has = false;
    feel_value property;
    if (t->kind == FEEL_DATE_TIME || t->kind == FEEL_TIME)
        sample.zone = &utc;
    property = feel_property(sample, n->text, &has);
    if (!has)
        object(c, n, "%.*s没有「%.*s」", PS(feel_type_said(c->op, t)), PS(n->text));
    return property.kind == FEEL_NULL ? NULL : type_of_value(property);
}

static const struct feel_type *builtin_result(struct checker *c, const struct feel_builtin *b)
{
    static const char *const any[] = {"min", "max", "abs", "get value", "sum"};
    for (size_t i = 0; i < COUNT(any); i++)
        if (str_eq(str_z(any[i]), str_z(b->name)))
            return NULL;
    struct feel *tree;
    static const struct feel_scope none = {0};
    struct feel_run run = {.op = c->op};
    if (!feel_parse(c->op, str_z(b->result), &none, &tree))
        return NULL;
    const struct feel_type *example = type_of_value(feel_eval(&run, tree));
    /* now() and today() show a test of their type as the example */
    if (b->max == 0)
        return str_eq(str_z(b->name), S("now")) ? &feel_date_time : &feel_date;
    if (str_eq(str_z(b->name), S("duration")))
        return NULL;
    return example;
}

static bool kind_may(char kind, enum feel_kind k)
{
    switch (kind | 32) {
    case 'n':
        return k == FEEL_NUMBER;
    case 's':
        return k == FEEL_TEXT;
    case 'b':
        return k == FEEL_BOOL;
    case 'c':
        return k == FEEL_CONTEXT;
    case 'd':
        return k == FEEL_DATE || k == FEEL_DATE_TIME;
    case 'f':
        return k == FEEL_FUNCTION;
    }
    return true; /* a anything; l: an item is taken as a list */
}

static const struct feel_type *call(struct checker *c, const struct feel_node *n)
{
    const struct feel_type *callee = n->kids[0]->kind == NODE_BUILTIN ? NULL : infer(c, n->kids[0]);
    const struct feel_builtin *b = n->kids[0]->kind == NODE_BUILTIN ? n->kids[0]->builtin : NULL;
    size_t count = n->count - 1;
    const char *kinds = b ? b->kinds : "";
    const struct feel_type *first = NULL;
    if (b && !n->names && (count < b->min || (count > b->max && b->max != 255)))
        object(c, n, "%s(%s) 的参数个数不对", b->name, b->params);
    if (!b && known(kind_of(callee)) && callee->kind != FEEL_FUNCTION)
        object(c, n, "%.*s不是函数，不能调用", PS(feel_type_said(c->op, callee)));
    for (size_t i = 0; i < count; i++) {
        const struct feel_type *t = infer(c, n->kids[i + 1]);
        first = i == 0 ? t : first;
        if (b && !n->names && known(kind_of(t)) && t->kind != FEEL_LIST && *kinds && !kind_may(*kinds, t->kind))
            object(c, n->kids[i + 1], "%s(%s) 的第%zu个参数不能是%.*s", b->name, b->params, i + 1,
                   PS(feel_type_said(c->op, t)));
        if (*kinds && kinds[1])
            kinds++;
    }
    if (b && n->names) {
        struct feel_entry *named = op_array(c->op, struct feel_entry, count + 1);
        feel_value values[8];
        size_t used;
        for (size_t i = 0; i < count; i++)
            named[i].name = n->names[i];
        if (!feel_builtin_args(b, named, count, values, &used))
            object(c, n, "%s 的参数名应是 %s", b->name, b->params);
    }
    if (b && (str_eq(str_z(b->name), S("min")) || str_eq(str_z(b->name), S("max"))) && count == 1)
        return kind_of(first) == FEEL_LIST ? first->of : first;
    return b ? builtin_result(c, b) : kind_of(callee) == FEEL_FUNCTION ? callee->of : NULL;
}

static void test_one(struct checker *c, const struct feel_node *n, const struct feel_type *input)
{
    if (n->kind == NODE_TEST) {
        compare(c, n, n->what, input, infer(c, n->kids[0]));
        return;
    }
    if (n->kind != NODE_MATCH) {
        infer(c, n);
        return;
    }
    const struct feel_type *t = infer(c, n->kids[0]);
    const struct feel_type *of = kind_of(t) == FEEL_LIST || kind_of(t) == FEEL_RANGE ? t->of : t;
    if (kind_of(t) == FEEL_RANGE)
        compare(c, n, REL_LE, input, of);
    else if (kind_of(t) != FEEL_LIST && !(kind_of(t) == FEEL_BOOL && kind_of(input) != FEEL_BOOL) &&
             kind_of(input) != FEEL_LIST)
        compare(c, n, REL_EQ, input, of);
}

static void with_local(struct checker *c, str name, const struct feel_type *t)
{
    struct local_type *l = op_new(c->op, struct local_type);
    *l = (struct local_type){c->locals, name, t};
    c->locals = l;
}

static const struct feel_type *loop(struct checker *c, const struct feel_node *n)
{
    const struct local_type *outer = c->locals;
    for (uint32_t i = 0; i + 1 < n->count; i++) {
        const struct feel_type *t = infer(c, n->kids[i]);
        with_local(c, n->names[i], kind_of(t) == FEEL_LIST || kind_of(t) == FEEL_RANGE ? t->of : t);
    }
    const struct feel_type *body = infer(c, n->kids[n->count - 1]);
    c->locals = outer;
    if (n->kind == NODE_FOR)
        return list_of(c, body);
    truth(c, n->kids[n->count - 1], body);
    return &feel_bool;
}

static const struct feel_type *filter(struct checker *c, const struct feel_node *n)
{
    const struct feel_type *list = infer(c, n->kids[0]), *item = kind_of(list) == FEEL_LIST ? list->of : list;
    const struct local_type *outer = c->locals;
    with_local(c, S("item"), item);
    for (size_t i = 0; kind_of(item) == FEEL_CONTEXT && i < item->field_count; i++)
        with_local(c, item->fields[i].name, item->fields[i].type);
    const struct feel_type *inside = infer(c, n->kids[1]);
    c->locals = outer;
    if (known(kind_of(inside)) && inside->kind != FEEL_BOOL && inside->kind != FEEL_NUMBER)
        object(c, n->kids[1], "方括号里应是条件或序号，却是%.*s", PS(feel_type_said(c->op, inside)));
    return kind_of(inside) == FEEL_NUMBER ? item : kind_of(inside) == FEEL_BOOL ? list_of(c, item) : NULL;
}

static const struct feel_type *find_type(struct checker *c, str name, bool *ret_found)
{
    *ret_found = true;
    for (const struct local_type *l = c->locals; l; l = l->up)
        if (str_eq(l->name, name))
            return l->type;
    *ret_found = false;
    return NULL;
}

static const struct feel_type *context(struct checker *c, const struct feel_node *n)
{
    const struct local_type *outer = c->locals;
    struct feel_field *fields = op_array(c->op, struct feel_field, n->count + 1);
    struct feel_type *t = op_new(c->op, struct feel_type);
    for (uint32_t i = 0; i < n->count; i++) {
        fields[i] = (struct feel_field){n->names[i], infer(c, n->kids[i])};
        with_local(c, n->names[i], fields[i].type);
    }
    c->locals = outer;
    *t = (struct feel_type){.kind = FEEL_CONTEXT, .fields = fields, .field_count = n->count};
    return t;
}

static const struct feel_type *tests(struct checker *c, struct feel_node *const *kids, uint32_t count,
                                     const struct feel_type *input)
{
    for (uint32_t i = 0; i < count; i++)
        test_one(c, kids[i], input);
    return &feel_bool;
}

static const struct feel_type *list(struct checker *c, const struct feel_node *n)
{
    const struct feel_type *of = n->count ? infer(c, n->kids[0]) : NULL;
    for (uint32_t i = 1; i < n->count; i++)
        of = common(of, infer(c, n->kids[i]));
    return list_of(c, of);
}

static const struct feel_type *range(struct checker *c, const struct feel_node *n)
{
    struct feel_type *t = op_new(c->op, struct feel_type);
    const struct feel_type *low = infer(c, n->kids[0]), *high = n->count > 1 ? infer(c, n->kids[1]) : low;
    compare(c, n, REL_LE, low, high);
    *t = (struct feel_type){.kind = FEEL_RANGE, .of = common(low, high)};
    return t;
}

static const struct feel_type *function(struct checker *c, const struct feel_node *n)
{
    const struct local_type *outer = c->locals;
    struct feel_type *t = op_new(c->op, struct feel_type);
    for (uint32_t i = 0; i < n->count; i++)
        with_local(c, n->params[i].name, n->params[i].type);
    const struct feel_type *of = n->kids[0]->kind == NODE_EXTERNAL ? NULL : infer(c, n->kids[0]);
    c->locals = outer;
    *t = (struct feel_type){.kind = FEEL_FUNCTION, .of = of, .fields = n->params, .field_count = n->count};
    return t;
}

static const struct feel_type *infer(struct checker *c, const struct feel_node *n)
{
    const struct feel_type *a;
    bool found;
    switch (n->kind) {
    case NODE_CONST:
        return type_of_value(n->value);
    case NODE_NAME:
        a = find_type(c, n->text, &found);
        return n->dynamic && found ? a : c->tree->scope->names[n->index].type;
    case NODE_LOCAL:
    case NODE_UNKNOWN:
        a = find_type(c, n->text, &found);
        if (!found && n->kind == NODE_UNKNOWN && !c->locals)
            object(c, n, "没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"", PS(n->text), PS(n->text));
        return a;
    case NODE_FAULT:
        object(c, n, "%.*s", PS(n->text));
        return NULL;
    case NODE_BUILTIN:
        return &feel_function_any;
    case NODE_INPUT:
        return c->input;
    case NODE_OR:
    case NODE_AND:
        truth(c, n->kids[0], infer(c, n->kids[0]));
        truth(c, n->kids[1], infer(c, n->kids[1]));
        return &feel_bool;
    case NODE_COMPARE:
        a = infer(c, n->kids[0]);
        compare(c, n, n->what, a, infer(c, n->kids[1]));
        return &feel_bool;
    case NODE_BETWEEN:
        a = infer(c, n->kids[0]);
        compare(c, n, REL_GE, a, infer(c, n->kids[1]));
        compare(c, n, REL_LE, a, infer(c, n->kids[2]));
        return &feel_bool;
    case NODE_IN:
        return tests(c, n->kids + 1, n->count - 1, infer(c, n->kids[0]));
    case NODE_TESTS:
        return tests(c, n->kids, n->count, c->input);
    case NODE_TEST:
    case NODE_MATCH:
        test_one(c, n, c->input);
        return &feel_bool;
    case NODE_ANYTHING:
    case NODE_INSTANCE:
        if (n->kind == NODE_INSTANCE)
            infer(c, n->kids[0]);
        return &feel_bool;
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
    case NODE_POWER:
        a = infer(c, n->kids[0]);
        return arithmetic(c, n, a, infer(c, n->kids[1]));
    case NODE_NEGATE:
        a = infer(c, n->kids[0]);
        if (known(kind_of(a)) && kind_of(a) != FEEL_NUMBER && kind_of(a) != FEEL_SPAN && kind_of(a) != FEEL_MONTHS &&
            kind_of(a) != FEEL_LIST) /* a list of one is its item */
            object(c, n, "%.*s不能取负数", PS(feel_type_said(c->op, a)));
        return a;
    case NODE_PATH:
        return path(c, n, infer(c, n->kids[0]));
    case NODE_FILTER:
        return filter(c, n);
    case NODE_CALL:
        return call(c, n);
    case NODE_IF:
        truth(c, n->kids[0], infer(c, n->kids[0]));
        a = infer(c, n->kids[1]);
        return common(a, infer(c, n->kids[2]));
    case NODE_FOR:
    case NODE_SOME:
    case NODE_EVERY:
        return loop(c, n);
    case NODE_SPAN:
        a = infer(c, n->kids[0]);
        return list_of(c, common(a, infer(c, n->kids[1])));
    case NODE_LIST:
        return list(c, n);
    case NODE_CONTEXT:
        return context(c, n);
    case NODE_RANGE:
        return range(c, n);
    case NODE_FUNCTION:
        return function(c, n);
    case NODE_EXTERNAL:
        break;
    }
    return NULL;
}

const struct feel_type *feel_check(struct op *op, const struct feel *tree, struct feel_note **ret_notes)
{
    struct checker c = {.op = op, .tree = tree};
    const struct feel_type *t = infer(&c, tree->root);
    *ret_notes = c.first;
    return t ? t : &feel_any;
}

void feel_check_tests(struct op *op, const struct feel *tests, const struct feel_type *input,
                      struct feel_note **ret_notes)
{
    struct checker c = {.op = op, .tree = tests, .input = input};
    infer(&c, tests->root);
    *ret_notes = c.first;
}

/* ---- where tests change ------------------------------------------------------------------------------------ */

struct points {
    feel_value *p;
    size_t n, cap;
    bool ordered;
};

static bool add_points(struct op *op, struct points *out, feel_value v)
{
    if (v.kind == FEEL_RANGE) {
        out->ordered |= !v.range->differs;
        return (!v.range->has_low || add_points(op, out, v.range->low)) &&
               (!v.range->has_high || add_points(op, out, v.range->high));
    }
    if (v.kind == FEEL_LIST) {
        for (size_t i = 0; i < v.count; i++)
            if (!add_points(op, out, v.items[i]))
                return false;
        return true;
    }
    if (v.kind == FEEL_CONTEXT || v.kind == FEEL_FUNCTION)
        return false;
    if (v.kind != FEEL_NULL)
        *list_add(op, out) = v;
    return true;
}

static bool node_points(struct op *op, const struct feel *tree, const struct feel_node *n, struct points *out)
{
    if (n->kind == NODE_ANYTHING)
        return true;
    if (n->kind == NODE_TESTS) {
        for (uint32_t i = 0; i < n->count; i++)
            if (!node_points(op, tree, n->kids[i], out))
                return false;
        return true;
    }
    if ((n->kind != NODE_TEST && n->kind != NODE_MATCH) || !feel_is_constant(n->kids[0]))
        return false;
    struct feel_run run = {.op = op};
    out->ordered |= n->kind == NODE_TEST && n->what != REL_EQ && n->what != REL_NE;
    return add_points(op, out, feel_eval_node(&run, tree, n->kids[0]));
}

bool feel_node_points(struct op *op, const struct feel *tree, const struct feel_node *n, const feel_value **ret,
                      size_t *ret_count)
{
    struct points out = {0};
    if (!node_points(op, tree, n, &out))
        return false;
    *ret = out.p;
    *ret_count = out.n;
    return true;
}

bool feel_test_points(struct op *op, const struct feel *tests, const feel_value **ret, size_t *ret_count,
                      bool *ret_ordered)
{
    struct points out = {0};
    if (!node_points(op, tests, tests->root, &out))
        return false;
    *ret = out.p;
    *ret_count = out.n;
    *ret_ordered = out.ordered;
    return true;
}

bool feel_tests_anything(const struct feel *tests)
{
    const struct feel_node *n = tests->root;
    return n->kind == NODE_ANYTHING ||
           (n->kind == NODE_TESTS && !n->flag && n->count == 1 && n->kids[0]->kind == NODE_ANYTHING);
}

static bool speaks_of_null(const struct feel_node *n)
{
    if (n->kind == NODE_CONST)
        return n->value.kind == FEEL_NULL;
    for (uint32_t i = 0; i < feel_kids(n); i++)
        if (n->kids[i] && speaks_of_null(n->kids[i]))
            return true;
    return false;
}

bool feel_tests_null(const struct feel *tests)
{
    return speaks_of_null(tests->root);
}

bool feel_tests_unknown(const struct feel *tests, str *ret_name)
{
    const struct feel_node *n = tests->root;
    for (uint32_t i = 0; n->kind == NODE_TESTS && i < n->count; i++) {
        const struct feel_node *kid = n->kids[i];
        if ((kid->kind != NODE_MATCH && kid->kind != NODE_TEST) || kid->kids[0]->kind != NODE_UNKNOWN)
            return false;
        *ret_name = kid->kids[0]->text;
    }
    return n->kind == NODE_TESTS && n->count > 0;
}

static bool unknown_in(const struct feel_node *n, str *ret_name)
{
    if (n->kind == NODE_UNKNOWN) {
        *ret_name = n->text;
        return true;
    }
    uint32_t count = n->kind == NODE_FILTER ? 1 : feel_kids(n);
    for (uint32_t i = 0; i < count; i++)
        if (n->kids[i] && unknown_in(n->kids[i], ret_name))
            return true;
    return false;
}

bool feel_unknown(const struct feel *tree, str *ret_name)
{
    return unknown_in(tree->root, ret_name);
}
