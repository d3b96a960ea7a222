/* Data of an instance: rows of values that only grow, found from the inside outwards; FEEL over them; decisions. */
#include "bpmn/state.h"
#include "dmn/dmn.h"

feel_value value_copy(struct op *op, feel_value v)
{
    switch (v.kind) {
    case FEEL_TEXT:
        v.text = op_copy(op, v.text);
        return v;
    case FEEL_LIST: {
        feel_value *items = op_array(op, feel_value, v.count + 1);
        for (size_t i = 0; i < v.count; i++)
            items[i] = value_copy(op, v.items[i]);
        return feel_of_list(items, v.count);
    }
    case FEEL_CONTEXT: {
        struct feel_entry *entries = op_array(op, struct feel_entry, v.context->count + 1);
        for (size_t i = 0; i < v.context->count; i++)
            entries[i] = (struct feel_entry){op_copy(op, v.context->entries[i].name),
                                             value_copy(op, v.context->entries[i].value)};
        return feel_of_context(op, entries, v.context->count);
    }
    case FEEL_RANGE:
    case FEEL_FUNCTION: /* nothing that outlives its run, so nothing that can be kept */
        return feel_null();
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_NUMBER:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_ANY:
    case FEEL_KINDS:
        return v;
    }
    return v;
}

static const struct bpmn_var *find(const struct bpmn_run *run, int32_t scope, str name)
{
    const struct bpmn_state *s = &run->state;
    const struct bpmn_var *latest = NULL;
    bool in_order = (size_t)s->orders == s->fires.n; /* nothing was redone: later rows are later */
    for (int32_t i = s->fires.p[scope].values; i >= 0; i = s->vars.p[i].before) {
        const struct bpmn_var *v = &s->vars.p[i];
        if (v->name.n != name.n || memcmp(v->name.p, name.p, name.n) != 0 ||
            s->fires.p[v->made].undone >= 0)
            continue;
        if (!latest || s->fires.p[v->made].order > s->fires.p[latest->made].order)
            latest = v;
        if (in_order)
            break;
    }
    return latest;
}

feel_value value_get(struct bpmn_run *run, int32_t scope, str name)
{
    for (; scope >= 0; scope = FIRE(run, scope).outer) {
        const struct bpmn_var *v = find(run, scope, name);
        if (v)
            return v->value;
    }
    return feel_null();
}

feel_value bpmn_value(struct bpmn_run *run, int32_t scope, str name)
{
    return value_get(run, scope < 0 ? 0 : scope, name);
}

feel_value bpmn_tok_value(struct bpmn_run *run, int32_t tok, str name)
{
    must(tok >= 0 && (size_t)tok < run->state.toks.n);
    return value_get(run, tok_data_scope(run, tok), name);
}

str bpmn_data_name(const struct bpmn_run *run, int32_t scope)
{
    for (; scope >= 0; scope = FIRE(run, scope).outer) {
        const struct node *n = &run->model->nodes[FIRE(run, scope).node];
        str name = n->kind == NODE_CALL && n->called >= 0 ? run->model->nodes[n->called].data : n->data;
        if (name.n)
            return name;
    }
    return (str){0};
}

void value_local(struct bpmn_run *run, int32_t scope, str name, feel_value v, int32_t fire)
{
    must(run->state.vars.n < BPMN_ROWS_MAX);
    *list_add(run->op, &run->state.vars) =
        (struct bpmn_var){.scope = scope, .made = fire, .name = name, .value = v, .before = FIRE(run, scope).values};
    FIRE(run, scope).values = (int32_t)run->state.vars.n - 1;
}

/* Has what was opened there declared the name as data of its own? What is repeated has it in each repetition. */
static bool declares(const struct bpmn_run *run, int32_t scope, str name)
{
    const struct node *n = &run->model->nodes[FIRE(run, scope).node];
    if (FIRE(run, scope).kind == FIRE_LOOP)
        return false;
    if (n->kind == NODE_START && n->up >= 0) /* of an event sub-process */
        n = &run->model->nodes[n->up];
    else if (n->kind == NODE_CALL && n->called >= 0)
        n = &run->model->nodes[n->called];
    for (size_t i = 0; i < n->declared_count; i++)
        if (str_eq(n->declared[i], name))
            return true;
    return false;
}

/* Where it is already known or declared, from the inside outwards; a new name belongs to the whole process. */
void value_set(struct bpmn_run *run, int32_t scope, str name, feel_value v, int32_t fire)
{
    int32_t whole = scope;
    for (int32_t s = scope; s >= 0; s = FIRE(run, s).outer) {
        if (find(run, s, name) || declares(run, s, name)) {
            whole = s;
            break;
        }
        whole = s;
        if (FIRE(run, s).tok >= 0 && FIRE(run, s).kind != FIRE_LOOP && run->model->nodes[FIRE(run, s).node].called >= 0)
            break; /* the called process ends here; what comes from one of another document is for the caller */
    }
    value_local(run, whole, name, v, fire);
}

void bpmn_task_set(struct bpmn_run *run, const struct bpmn_task *task, str name, feel_value value)
{
    value_set(run, task->scope, op_copy(run->op, name), value_copy(run->op, value), TOK(run, task->tok).made);
}

/* A task sees its own inputs first. */
int32_t tok_data_scope(const struct bpmn_run *run, int32_t tok)
{
    enum place_kind kind = tok_kind(run, tok);
    return kind == PLACE_IN || kind == PLACE_LOOP ? TOK(run, tok).made : TOK(run, tok).scope;
}

/* ---- FEEL -------------------------------------------------------------------------------------------------- */

struct view {
    struct bpmn_run *run;
    int32_t scope;
    const struct extra *extras;
    size_t extra_count;
};

static bool name_value(void *from, str name, feel_value *ret)
{
    const struct view *v = from;
    for (size_t i = 0; i < v->extra_count; i++)
        if (str_eq(name, str_z(v->extras[i].name))) {
            *ret = v->extras[i].value;
            return true;
        }
    *ret = value_get(v->run, v->scope, name);
    return true;
}

static feel_value declared_value(void *from, int name)
{
    const struct view *v = from;
    feel_value value;
    name_value(from, v->run->model->names[name], &value);
    return value;
}

feel_value value_eval(struct bpmn_run *run, int32_t scope, const struct feel *tree, const struct extra *extras,
                      size_t count)
{
    if (!tree)
        return feel_null();
    struct view view = {run, scope, extras, count};
    struct feel_run feel = {.op = run->op, .value = declared_value, .unknown = name_value, .from = &view};
    return feel_eval(&feel, tree);
}

bool value_true(struct bpmn_run *run, int32_t scope, const struct feel *tree)
{
    return feel_true(value_eval(run, scope, tree, NULL, 0));
}

struct given {
    const struct bpmn *m;
    const struct feel_entry *values;
    size_t count;
};

static bool given_value(void *from, str name, feel_value *ret)
{
    const struct given *g = from;
    *ret = feel_null();
    for (size_t i = 0; i < g->count; i++)
        if (str_eq(g->values[i].name, name))
            *ret = g->values[i].value;
    return true;
}

static feel_value given_declared(void *from, int name)
{
    const struct given *g = from;
    feel_value value;
    given_value(from, g->m->names[name], &value);
    return value;
}

bool bpmn_start_holds(struct op *op, const struct bpmn *m, int event, const struct feel_entry *values, size_t count)
{
    struct given given = {m, values, count};
    struct feel_run feel = {.op = op, .value = given_declared, .unknown = given_value, .from = &given};
    must(m->events[event].kind == EVENT_CONDITION);
    return m->events[event].expr && feel_true(feel_eval(&feel, m->events[event].expr));
}

/* ---- inputs that are waited for ---------------------------------------------------------------------------- */

static bool set_there(struct bpmn_run *run, const struct node *n, const struct input_set *set, int32_t scope)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!set->inputs[i].required)
            continue;
        for (size_t k = 0; k < n->input_count; k++)
            for (size_t x = 0; x < n->inputs[k].need_count; x++)
                if (str_eq(n->inputs[k].to, set->inputs[i].name) &&
                    feel_is_null(value_get(run, scope, n->inputs[k].needs[x])))
                    return false;
    }
    return true;
}

const struct input_set *inputs_set(struct bpmn_run *run, const struct node *n, int32_t scope)
{
    for (size_t i = 0; i < n->set_count; i++)
        if (set_there(run, n, &n->sets[i], scope))
            return &n->sets[i];
    return NULL;
}

bool inputs_there(struct bpmn_run *run, const struct node *n, int32_t scope)
{
    return n->set_count == 0 || inputs_set(run, n, scope);
}

/* Of several sets only the one that was chosen is filled. */
bool input_filled(const struct node *n, const struct input_set *set, str name)
{
    bool slot = false;
    for (size_t i = 0; i < n->slot_count; i++)
        slot |= str_eq(n->slots[i], name);
    for (size_t i = 0; set && i < set->count; i++)
        if (str_eq(set->inputs[i].name, name))
            return true;
    return !slot || !set;
}

/* What a call hands on is called otherwise inside: its association knows by what name. */
static bool output_lacks(struct bpmn_run *run, const struct node *n, const struct input *o, int32_t data)
{
    const struct feel *from = NULL;
    for (size_t i = 0; i < n->output_count && !from; i++)
        from = str_eq(n->outputs[i].source, o->name) ? n->outputs[i].from : NULL;
    return o->required && feel_is_null(from ? value_eval(run, data, from, NULL, 0) : value_get(run, data, o->name));
}

/* Whether its outputs are asked for. What a script in another language has made, only who ran it knows. */
bool outputs_asked(const struct node *n)
{
    return n->out_set_count > 0 && !(n->kind == NODE_SCRIPT && !n->script && n->script_text.n);
}

const struct input_set *outputs_set(struct bpmn_run *run, const struct node *n, int32_t data)
{
    for (size_t i = 0; i < n->out_set_count; i++) {
        bool lacks = false;
        for (size_t k = 0; k < n->out_sets[i].count; k++)
            lacks |= output_lacks(run, n, &n->out_sets[i].inputs[k], data);
        if (!lacks)
            return &n->out_sets[i];
    }
    return NULL;
}

str outputs_lacking(struct bpmn_run *run, const struct node *n, int32_t data)
{
    struct buf b;
    buf_init(&b, run->op, 0);
    for (size_t k = 0; n->out_set_count && k < n->out_sets[0].count; k++)
        if (output_lacks(run, n, &n->out_sets[0].inputs[k], data))
            buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(n->out_sets[0].inputs[k].name));
    return buf_str(&b);
}

bool inputs_check(struct bpmn_run *run)
{
    struct bpmn_state *s = &run->state;
    bool some = false;
    if (!run->model->asks_inputs || run->seen_inputs == s->vars.n)
        return false;
    run->seen_inputs = s->vars.n;
    for (size_t i = 0; i < s->live.n; i++) {
        int32_t t = s->live.p[i];
        const struct node *n = tok_node(run, t);
        enum place_kind kind = tok_kind(run, t);
        if (n->set_count == 0 || TOK(run, t).stuck || (kind != PLACE_EDGE && kind != PLACE_AT) ||
            !inputs_set(run, n, TOK(run, t).scope))
            continue;
        *list_add(run->op, &s->ready) = t;
        some = true;
    }
    return some;
}

/* A script's context gives several variables; any other result goes into the task's result variable. */
void value_assign(struct bpmn_run *run, int32_t scope, const struct node *n, feel_value result, int32_t fire)
{
    if (n->result.n) {
        value_set(run, scope, n->result, value_copy(run->op, result), fire);
        return;
    }
    for (size_t i = 0; result.kind == FEEL_CONTEXT && i < result.context->count; i++)
        value_set(run, scope, op_copy(run->op, result.context->entries[i].name),
                  value_copy(run->op, result.context->entries[i].value), fire);
}
