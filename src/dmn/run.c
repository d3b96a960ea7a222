/* Running a model: requirements are evaluated when first asked for, once; every null says where it came from. */
#include "dmn/model.h"

/* Past the limits everything is null at once, so that even a doubling recursion comes back. */
static bool spent(const struct dmn_run *run)
{
    return run->steps > DMN_STEPS_MAX || (run->op->bytes > run->bytes && run->op->bytes - run->bytes > DMN_BYTES_MAX);
}

void dmn_note_add(struct dmn_run *run, str where, const char *format, ...)
{
    if (run->note_count++ >= DMN_NOTES_MAX)
        return;
    struct dmn_note *note = op_new(run->op, struct dmn_note);
    va_list args;
    va_start(args, format);
    note->text = op_vtext(run->op, format, args);
    va_end(args);
    note->where = where;
    if (run->last_note)
        run->last_note->next = note;
    else
        run->notes = note;
    run->last_note = note;
}

str dmn_where(struct dmn_run *run, const struct dmn_element *e)
{
    static const char *const kinds[] = {"输入", "决策", "业务知识", "决策服务"};
    return op_text(run->op, "%s「%.*s」", kinds[e->kind], PS(e->name));
}

/* ---- types ------------------------------------------------------------------------------------------------- */

static bool allowed(struct dmn_run *run, feel_value v, const struct dtype *t)
{
    for (size_t i = 0; i < t->allowed_count; i++) {
        struct feel_run f = {.op = run->op, .b_feel = run->b_feel};
        if (!feel_true(feel_test(&f, t->allowed[i], v)))
            return false;
    }
    return true;
}

/* 10.3.2.9.4: one item for a list and the reverse, a date for a date and time; otherwise null. */
bool dmn_fit(struct dmn_run *run, feel_value v, const struct dtype *t, feel_value *ret)
{
    *ret = feel_null();
    if (v.kind == FEEL_NULL || !t) {
        *ret = v;
        return true;
    }
    if (t->collection) {
        feel_value *items = op_array(run->op, feel_value, v.kind == FEEL_LIST ? v.count + 1 : 1);
        const feel_value *from = v.kind == FEEL_LIST ? v.items : &v;
        size_t count = v.kind == FEEL_LIST ? v.count : 1;
        for (size_t i = 0; i < count; i++)
            if (!dmn_fit(run, from[i], t->of, &items[i]))
                return false;
        v = feel_of_list(items, count);
    } else if (t->fields) {
        if (v.kind == FEEL_LIST && v.count == 1)
            v = v.items[0];
        if (v.kind != FEEL_CONTEXT)
            return false;
        struct feel_entry *entries = op_array(run->op, struct feel_entry, v.context->count + 1);
        for (size_t i = 0; i < v.context->count; i++)
            entries[i] = v.context->entries[i];
        for (size_t i = 0; i < t->field_count; i++) {
            size_t j = 0;
            while (j < v.context->count && !str_eq(entries[j].name, t->fields[i].name))
                j++;
            if (j == v.context->count || !dmn_fit(run, entries[j].value, t->fields[i].type, &entries[j].value))
                return false;
        }
        v = feel_of_context(run->op, entries, v.context->count);
    } else if (t->feel.kind != FEEL_ANY && !feel_fit(run->op, v, &t->feel, &v)) {
        return false;
    }
    if (!allowed(run, v, t))
        return false;
    *ret = v;
    return true;
}

static feel_value fitted(struct dmn_run *run, feel_value v, const struct dtype *t, const struct dmn_element *e)
{
    feel_value out;
    if (!dmn_fit(run, v, t, &out))
        dmn_note_add(run, dmn_where(run, e), "值 %.*s 不属于类型「%.*s」，按空值处理",
                     PS(str_part(feel_literal(run->op, v), 0, 200)), PS(t->name));
    return out;
}

/* ---- names ------------------------------------------------------------------------------------------------- */

static feel_value element_value(struct dmn_run *run, const struct dmn_element *e);
static feel_value box_value(struct frame *f, const struct box *b);

static feel_value name_value(const struct frame *f, str name, bool *ret_found)
{
    *ret_found = true;
    for (const struct env *v = f->env; v; v = v->up) {
        if (v->name.n == 0 && v->value.kind == FEEL_CONTEXT)
            for (size_t i = 0; i < v->value.context->count; i++)
                if (str_eq(v->value.context->entries[i].name, name))
                    return v->value.context->entries[i].value;
        if (v->name.n ? str_eq(v->name, name) : str_eq(name, S("item")))
            return v->value;
    }
    for (size_t i = 0; i < f->element->required_count; i++)
        if (str_eq(f->element->required[i].name, name))
            return element_value(f->run, f->element->required[i].element);
    if (f->element->kind == ELEMENT_KNOWLEDGE && str_eq(f->element->name, name))
        return element_value(f->run, f->element);
    *ret_found = false;
    return feel_null();
}

struct asked {
    struct frame frame;
    const struct feel_scope *scope;
};

static feel_value value_of(void *from, int name)
{
    struct asked *a = from;
    bool found;
    return name_value(&a->frame, a->scope->names[name].name, &found);
}

static bool unknown_of(void *from, str name, feel_value *ret)
{
    bool found;
    feel_value v = name_value(&((struct asked *)from)->frame, name, &found);
    if (found)
        *ret = v;
    return found;
}

static void keep_notes(struct dmn_run *run, const struct feel_run *f, const struct feel *tree, str where)
{
    for (const struct feel_note *n = f->notes; n; n = n->next)
        dmn_note_add(run, where, "%.*s（「%.*s」第%d字）", PS(n->text),
                     PS(str_part(str_trim(feel_source(tree)), 0, 120)), n->column);
}

feel_value dmn_feel(struct frame *f, const struct feel *tree, const feel_value *input, size_t rule)
{
    struct asked *asked = op_new(f->run->op, struct asked); /* functions made by the expression keep it */
    *asked = (struct asked){*f, feel_scope_of(tree)};
    struct feel_run run = {.op = f->run->op, .value = value_of, .unknown = unknown_of, .from = asked,
                           .frames_of = &f->run->frames, .b_feel = f->run->b_feel};
    if (f->run->steps > DMN_STEPS_MAX)
        return NOTE_NULL(f->run, dmn_where(f->run, f->element), "计算太久，已停止；请简化模型");
    feel_value v = input ? feel_test(&run, tree, *input) : feel_eval(&run, tree);
    f->run->steps += run.steps;
    if (!input && run.notes) {
        str where = dmn_where(f->run, f->element);
        keep_notes(f->run, &run, tree, rule ? op_text(f->run->op, "%.*s第%zu条规则", PS(where), rule) : where);
    }
    return v;
}

static struct env *bind(struct frame *f, str name, feel_value value)
{
    struct env *e = op_new(f->run->op, struct env);
    *e = (struct env){f->env, name, value};
    return e;
}

/* ---- functions --------------------------------------------------------------------------------------------- */

struct closure {
    struct frame frame;
    const struct box *box;
    const struct dtype *result;
};

static feel_value call_box(struct feel_run *feel, const void *self, const feel_value *args, size_t count)
{
    const struct closure *c = self;
    struct frame f = c->frame;
    const struct box *b = c->box;
    if (f.run->depth >= DMN_DEPTH_MAX)
        return NOTE_NULL(f.run, dmn_where(f.run, f.element), "互相调用超过%d层，请检查是否没有出口", DMN_DEPTH_MAX);
    feel_value *values = op_array(f.run->op, feel_value, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!dmn_fit(f.run, args[i], b->types[i], &values[i]))
            return NOTE_NULL(f.run, dmn_where(f.run, f.element), "参数「%.*s」的值不属于类型「%.*s」", PS(b->names[i]),
                             PS(b->types[i]->name));
        f.env = bind(&f, b->names[i], values[i]);
    }
    if (!b->boxes[0])
        return NOTE_NULL(f.run, dmn_where(f.run, f.element), "没有写函数体");
    if (b->pmml)
        return NOTE_NULL(f.run, dmn_where(f.run, f.element), "外部的预测模型（PMML）不予运行，请改用决策表或表达式");
    f.run->depth++;
    feel_value v = box_value(&f, b->boxes[0]);
    if (b->java) {
        struct feel_entry *java = op_new(f.run->op, struct feel_entry);
        *java = (struct feel_entry){S("java"), v};
        v = feel_external(feel, feel_of_context(f.run->op, java, 1), values, count);
    }
    f.run->depth--;
    return c->result ? fitted(f.run, v, c->result, f.element) : v;
}

static feel_value function_of(struct frame *f, const struct box *b, const struct dtype *result)
{
    struct closure *c = op_new(f->run->op, struct closure);
    struct feel_field *params = op_array(f->run->op, struct feel_field, b->count + 1);
    *c = (struct closure){*f, b, result};
    for (size_t i = 0; i < b->count; i++)
        params[i] = (struct feel_field){b->names[i], b->types[i] ? &b->types[i]->feel : NULL};
    return feel_of_function(f->run->op, (struct feel_function){.params = params,
                                                               .param_count = b->count,
                                                               .call = call_box,
                                                               .self = c,
                                                               .result = result ? &result->feel : NULL});
}

/* The result of business knowledge is typed by its variable: a function type, or in old models the result's own. */
static feel_value knowledge(struct dmn_run *run, const struct dmn_element *e)
{
    struct frame f = {run, e, NULL};
    if (!e->logic || e->logic->kind != BOX_FUNCTION)
        return NOTE_NULL(run, dmn_where(run, e), "没有写内容");
    const struct dtype *result = e->type && e->type->feel.kind != FEEL_FUNCTION ? e->type : NULL;
    if (!result && e->logic->type && e->logic->type->feel.kind != FEEL_FUNCTION)
        result = e->logic->type;
    if (!result && e->type)
        result = e->type->of;
    return function_of(&f, e->logic, result);
}

struct served {
    struct dmn_run *run;
    const struct dmn_element *service;
};

static struct dmn_run separate(struct dmn_run *run)
{
    struct dmn_run inner = *run;
    inner.values = op_array(run->op, feel_value, run->dmn->element_count + 1);
    inner.known = op_array(run->op, uint8_t, run->dmn->element_count + 1);
    return inner;
}

/* What the inner run noted, traced and spent counts for the outer. */
static void rejoin(struct dmn_run *run, const struct dmn_run *inner)
{
    feel_value *values = run->values;
    uint8_t *known = run->known;
    const struct dmn_element *at = run->at;
    int depth = run->depth;
    *run = *inner;
    run->values = values;
    run->known = known;
    run->at = at;
    run->depth = depth;
}

/* A service is typed as a function, or in old models by its result. */
static const struct dtype *service_result(const struct dmn_element *e)
{
    return e->type && e->type->feel.kind == FEEL_FUNCTION ? e->type->of : e->type;
}

static feel_value call_service(struct feel_run *feel, const void *self, const feel_value *args, size_t count)
{
    const struct served *s = self;
    const struct dmn_element *e = s->service;
    (void)feel;
    if (s->run->depth >= DMN_DEPTH_MAX)
        return NOTE_NULL(s->run, dmn_where(s->run, e), "互相调用超过%d层", DMN_DEPTH_MAX);
    struct dmn_run inner = separate(s->run);
    inner.depth++;
    for (size_t i = 0; i < count; i++) {
        const struct dmn_element *in = e->inputs[i];
        if (!dmn_fit(&inner, args[i], in->type, &inner.values[in->number])) {
            rejoin(s->run, &inner);
            return NOTE_NULL(s->run, dmn_where(s->run, e), "参数「%.*s」的值不属于类型「%.*s」", PS(in->name), PS(in->type->name));
        }
        inner.known[in->number] = 1;
    }
    struct feel_entry *entries = op_array(inner.op, struct feel_entry, e->output_count + 1);
    for (size_t i = 0; i < e->output_count; i++)
        entries[i] = (struct feel_entry){e->outputs[i]->name, dmn_decide(&inner, e->outputs[i])};
    rejoin(s->run, &inner);
    feel_value v = e->output_count == 1 ? entries[0].value : feel_of_context(s->run->op, entries, e->output_count);
    const struct dtype *result = service_result(e);
    return result ? fitted(s->run, v, result, e) : v;
}

static feel_value service(struct dmn_run *run, const struct dmn_element *e)
{
    struct served *s = op_new(run->op, struct served);
    *s = (struct served){run, e};
    return feel_of_function(
        run->op,
        (struct feel_function){.params = e->params, .param_count = e->param_count, .call = call_service, .self = s});
}

/* ---- elements ---------------------------------------------------------------------------------------------- */

enum { UNKNOWN, KNOWN, DECIDING };

static feel_value element_value(struct dmn_run *run, const struct dmn_element *e)
{
    if (run->known[e->number] == KNOWN)
        return run->values[e->number];
    feel_value v = feel_null();
    switch (e->kind) {
    case ELEMENT_INPUT:
        return v;
    case ELEMENT_DECISION:
        return dmn_decide(run, e);
    case ELEMENT_KNOWLEDGE:
        v = knowledge(run, e);
        break;
    case ELEMENT_SERVICE:
        v = service(run, e);
        break;
    }
    run->values[e->number] = v;
    run->known[e->number] = KNOWN;
    return v;
}

feel_value dmn_decide(struct dmn_run *run, const struct dmn_element *e)
{
    if (run->known[e->number] == KNOWN)
        return run->values[e->number];
    if (run->known[e->number] == DECIDING)
        return NOTE_NULL(run, dmn_where(run, e), "决策绕了一圈又依赖自己，请改正依赖关系");
    if (run->depth >= DMN_DEPTH_MAX)
        return NOTE_NULL(run, dmn_where(run, e), "决策一层套一层超过%d层", DMN_DEPTH_MAX);
    if (e->kind != ELEMENT_DECISION || !e->logic)
        return NOTE_NULL(run, dmn_where(run, e), "没有写决策逻辑，也没有给出值");
    const struct dmn_element *outer = run->at;
    struct frame f = {run, e, NULL};
    run->known[e->number] = DECIDING;
    run->at = e;
    run->depth++;
    feel_value v = box_value(&f, e->logic);
    if (e->type)
        v = fitted(run, v, e->type, e);
    run->depth--;
    run->at = outer;
    run->values[e->number] = v;
    run->known[e->number] = KNOWN;
    if (run->explain && e->logic->kind != BOX_TABLE) {
        struct dmn_trace *t = op_new(run->op, struct dmn_trace);
        *t = (struct dmn_trace){.decision = e->name, .result = v};
        if (run->last_trace)
            run->last_trace->next = t;
        else
            run->traces = t;
        run->last_trace = t;
    }
    return v;
}

void dmn_run_init(struct dmn_run *run, struct op *op, const struct dmn *d)
{
    *run = (struct dmn_run){.op = op, .dmn = d, .bytes = op->bytes};
    run->values = op_array(op, feel_value, d->element_count + 1);
    run->known = op_array(op, uint8_t, d->element_count + 1);
}

bool dmn_input_of(struct dmn_run *run, str ns, str name, feel_value value)
{
    for (struct model *m = run->dmn->models; m; m = m->next) {
        if (ns.n ? !str_eq(m->ns, ns) : m != run->dmn->models)
            continue;
        for (size_t i = 0; i < m->element_count; i++) {
            const struct dmn_element *e = m->elements[i];
            if (e->kind > ELEMENT_DECISION || !str_eq(e->name, name))
                continue;
            run->values[e->number] = fitted(run, value, e->type, e);
            run->known[e->number] = KNOWN;
            return true;
        }
    }
    return false;
}

bool dmn_input(struct dmn_run *run, str name, feel_value value)
{
    if (dmn_input_of(run, S(""), name, value))
        return true;
    /* an input of an imported model, by the name this model has for it */
    for (size_t i = 0; i < run->dmn->models->import_count; i++) {
        const struct import *in = &run->dmn->models->imports[i];
        str head = op_text(run->op, "%.*s.", PS(in->name));
        if (in->model && str_starts(name, head) && dmn_input_of(run, in->ns, str_part(name, head.n, name.n), value))
            return true;
    }
    return false;
}

void dmn_serve(struct dmn_run *run, const struct dmn_element *service_element, const struct feel_entry **ret,
               size_t *ret_count)
{
    struct dmn_run inner = separate(run);
    for (size_t i = 0; i < service_element->input_count; i++) { /* what is not given is null, and not decided either */
        size_t n = service_element->inputs[i]->number;
        inner.values[n] = run->known[n] == KNOWN ? run->values[n] : feel_null();
        inner.known[n] = KNOWN;
    }
    struct feel_entry *entries = op_array(run->op, struct feel_entry, service_element->output_count + 1);
    for (size_t i = 0; i < service_element->output_count; i++)
        entries[i] = (struct feel_entry){service_element->outputs[i]->name,
                                         dmn_decide(&inner, service_element->outputs[i])};
    rejoin(run, &inner);
    const struct dtype *result = service_result(service_element);
    feel_value whole = service_element->output_count == 1
                           ? entries[0].value
                           : feel_of_context(run->op, entries, service_element->output_count),
               v;
    if (result && !dmn_fit(run, whole, result, &v)) {
        dmn_note_add(run, dmn_where(run, service_element), "结果不属于类型「%.*s」，按空值处理", PS(result->name));
        for (size_t i = 0; i < service_element->output_count; i++)
            entries[i].value = feel_null();
    }
    *ret = entries;
    *ret_count = service_element->output_count;
}

/* ---- boxed expressions ------------------------------------------------------------------------------------- */

static feel_value maybe(struct frame *f, const struct box *b)
{
    return b ? box_value(f, b) : feel_null();
}

static feel_value context(struct frame *f, const struct box *b)
{
    struct frame inner = *f;
    struct feel_entry *entries = op_array(f->run->op, struct feel_entry, b->count + 1);
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++) {
        bool function = b->names[i].n && b->boxes[i] && b->boxes[i]->kind == BOX_FUNCTION;
        struct env *own = function ? bind(&inner, b->names[i], feel_null()) : NULL; /* it may call itself */
        inner.env = own ? own : inner.env;
        feel_value v = maybe(&inner, b->boxes[i]);
        if (b->names[i].n == 0)
            return v;
        if (b->types[i])
            v = fitted(f->run, v, b->types[i], f->element);
        if (own)
            own->value = v;
        else
            inner.env = bind(&inner, b->names[i], v);
        entries[n++] = (struct feel_entry){b->names[i], v};
    }
    return feel_of_context(f->run->op, entries, n);
}

static feel_value invocation(struct frame *f, const struct box *b)
{
    feel_value callee = maybe(f, b->boxes[0]);
    struct feel_entry *args = op_array(f->run->op, struct feel_entry, b->count + 1);
    for (size_t i = 1; i < b->count; i++)
        args[i - 1] = (struct feel_entry){b->names[i - 1], maybe(f, b->boxes[i])};
    struct feel_run run = {.op = f->run->op, .frames_of = &f->run->frames, .b_feel = f->run->b_feel};
    feel_value v = b->count > 1 ? feel_call_named(&run, callee, args, b->count - 1) : feel_call(&run, callee, NULL, 0);
    for (const struct feel_note *n = run.notes; n; n = n->next)
        dmn_note_add(f->run, dmn_where(f->run, f->element), "%.*s", PS(n->text));
    return v;
}

static feel_value relation(struct frame *f, const struct box *b)
{
    size_t rows = b->columns ? b->count / b->columns : 0;
    feel_value *items = op_array(f->run->op, feel_value, rows + 1);
    for (size_t r = 0; r < rows; r++) {
        struct feel_entry *entries = op_array(f->run->op, struct feel_entry, b->columns);
        for (size_t c = 0; c < b->columns; c++) {
            feel_value v = maybe(f, b->boxes[r * b->columns + c]);
            entries[c] = (struct feel_entry){b->names[c], b->types[c] ? fitted(f->run, v, b->types[c], f->element) : v};
        }
        items[r] = feel_of_context(f->run->op, entries, b->columns);
    }
    return feel_of_list(items, rows);
}

/* The items to go through. False: null. */
static bool domain(struct frame *f, const struct box *b, feel_value *ret)
{
    feel_value v = maybe(f, b);
    if (v.kind == FEEL_RANGE) { /* FEEL knows how to count through it */
        static const struct feel_name name = {SC("x"), NULL};
        static const struct feel_scope scope = {.names = &name, .count = 1, .open = true};
        struct feel *tree;
        struct frame inner = *f;
        inner.env = bind(f, name.name, v);
        if (!feel_parse(f->run->op, S("for i in x return i"), &scope, &tree))
            return false;
        v = dmn_feel(&inner, tree, NULL, 0);
    }
    if (v.kind != FEEL_LIST) { /* stricter than the textual forms: the box asks for a collection (10.2.1.9) */
        dmn_note_add(f->run, dmn_where(f->run, f->element), "这里应是列表，却是 %.*s",
                     PS(str_part(feel_literal(f->run->op, v), 0, 60)));
        return false;
    }
    *ret = v;
    return true;
}

static feel_value filter(struct frame *f, const struct box *b)
{
    feel_value list;
    size_t n = 0;
    if (!domain(f, b->boxes[0], &list))
        return feel_null();
    feel_value *kept = op_array(f->run->op, feel_value, list.count + 1);
    for (size_t i = 0; i < list.count && !spent(f->run); i++) {
        struct frame inner = *f;
        inner.env = bind(f, S(""), list.items[i]);
        feel_value v = maybe(&inner, b->boxes[1]);
        if (v.kind != FEEL_BOOL && v.kind != FEEL_NULL)
            return NOTE_NULL(f->run, dmn_where(f->run, f->element), "筛选条件应是是否");
        if (feel_true(v))
            kept[n++] = list.items[i];
    }
    return feel_of_list(kept, n);
}

static feel_value loop(struct frame *f, const struct box *b)
{
    feel_value list, truth = feel_of_bool(b->kind == BOX_EVERY);
    if (!domain(f, b->boxes[0], &list))
        return feel_null();
    feel_value *out = op_array(f->run->op, feel_value, list.count + 1);
    feel_value so_far = {.kind = FEEL_LIST, .depth = 1, .items = out};
    for (size_t i = 0; i < list.count && !spent(f->run); i++) {
        struct frame inner = *f;
        so_far.count = i;
        inner.env = bind(&inner, S("partial"), so_far);
        inner.env = bind(&inner, b->names[0], list.items[i]);
        out[i] = maybe(&inner, b->boxes[1]);
        feel_weigh(&so_far, out[i]);
        bool decisive = b->kind == BOX_SOME;
        if (b->kind == BOX_FOR)
            continue;
        if (out[i].kind != FEEL_BOOL && out[i].kind != FEEL_NULL)
            return NOTE_NULL(f->run, dmn_where(f->run, f->element), "条件应是是否");
        if (out[i].kind == FEEL_BOOL && out[i].truth == decisive)
            return out[i];
        if (out[i].kind == FEEL_NULL)
            truth = feel_null();
    }
    return b->kind == BOX_FOR ? feel_of_list(out, list.count) : truth;
}

static feel_value inner_box(struct frame *f, const struct box *b)
{
    switch (b->kind) {
    case BOX_BROKEN:
        return NOTE_NULL(f->run, dmn_where(f->run, f->element), "%.*s", PS(b->fault));
    case BOX_LITERAL:
        return dmn_feel(f, b->tree, NULL, 0);
    case BOX_CONTEXT:
        return context(f, b);
    case BOX_TABLE:
        return dmn_table(f, b->table);
    case BOX_INVOCATION:
        return invocation(f, b);
    case BOX_FUNCTION:
        return function_of(f, b, b->type && b->type->feel.kind != FEEL_FUNCTION ? b->type : NULL);
    case BOX_RELATION:
        return relation(f, b);
    case BOX_LIST: {
        feel_value *items = op_array(f->run->op, feel_value, b->count + 1);
        for (size_t i = 0; i < b->count; i++)
            items[i] = maybe(f, b->boxes[i]);
        return feel_of_list(items, b->count);
    }
    case BOX_IF: {
        feel_value condition = maybe(f, b->boxes[0]);
        if (condition.kind != FEEL_BOOL && condition.kind != FEEL_NULL)
            return NOTE_NULL(f->run, dmn_where(f->run, f->element), "如果后面应是条件（是否）");
        return maybe(f, b->boxes[feel_true(condition) ? 1 : 2]);
    }
    case BOX_FILTER:
        return filter(f, b);
    case BOX_FOR:
    case BOX_SOME:
    case BOX_EVERY:
        return loop(f, b);
    }
    must(false);
    return feel_null();
}

static feel_value box_value(struct frame *f, const struct box *b)
{
    if (spent(f->run))
        return NOTE_NULL(f->run, dmn_where(f->run, f->element), "计算太久或占用内存太多，已停止；请简化模型");
    if (f->run->depth >= DMN_DEPTH_MAX)
        return NOTE_NULL(f->run, dmn_where(f->run, f->element), "表达式套得太深");
    f->run->depth++;
    feel_value v = inner_box(f, b);
    if (b->type && b->kind != BOX_FUNCTION)
        v = fitted(f->run, v, b->type, f->element);
    f->run->depth--;
    return v;
}
