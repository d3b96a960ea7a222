/* What is wrong with a model before anyone relies on it: its texts, types, references and circles. What a table leaves
 * out or says twice: check_regions.c. */
#include "dmn/check.h"

void check_find(struct findings *f, enum dmn_finding_kind kind, int line, str where, str example, const char *format,
                ...)
{
    if (f->count++ >= DMN_FINDINGS_MAX)
        return;
    struct dmn_finding *finding = op_new(f->op, struct dmn_finding);
    va_list args;
    va_start(args, format);
    finding->text = op_vtext(f->op, format, args);
    va_end(args);
    finding->kind = kind;
    finding->line = line;
    finding->rule = f->rule;
    finding->column = f->column;
    finding->where = where;
    finding->example = example;
    if (f->last)
        f->last->next = finding;
    else
        f->first = finding;
    f->last = finding;
}

/* ---- texts and types --------------------------------------------------------------------------------------- */

static void check_tree(struct findings *f, const struct feel *tree, str where, const struct feel_type **ret_type)
{
    struct feel_note *notes = NULL;
    const struct feel_type *type = feel_check(f->op, tree, &notes);
    for (struct feel_note *n = notes; n; n = n->next)
        check_find(f, DMN_TYPE, n->line, where, check_example(f, tree), "%.*s（「%.*s」第%d字）", PS(n->text),
             PS(str_part(str_trim(feel_source(tree)), 0, 120)), n->column);
    if (ret_type)
        *ret_type = type;
}

/* 低保 without quotes, alone or among others: it would be null, and match nothing. */
static bool check_names(struct findings *f, const struct table_cell *cell, int line, str where, size_t rule, str column)
{
    str name;
    if (!cell->tree ? cell->bare.n == 0 : !feel_unknown(cell->tree, &name))
        return false;
    name = cell->tree ? name : cell->bare;
    check_find(f, DMN_NAME, line, where, S(""), "第%zu条规则「%.*s」一格：没有「%.*s」这一项，请核对名称；若是文字请加引号：\"%.*s\"",
         rule + 1, PS(column), PS(name), PS(name));
    return true;
}

/* What both kinds of cells may have wrong with them. False: it is of no use as it stands. */
static bool check_cell(struct findings *f, const struct table *t, size_t r, size_t column,
                       const struct table_cell *cell, str name, str where)
{
    int line = t->rules[r].line;
    f->rule = (int)r + 1;
    f->column = (int)column + 1;
    if (check_names(f, cell, line, where, r, name))
        return false;
    if (cell->told.n)
        check_find(f, DMN_TOLD, line, where, S(""), "第%zu条规则「%.*s」一格按 %.*s 理解，请改成半角写法", r + 1, PS(name),
                   PS(cell->told));
    if (!cell->tree)
        check_find(f, DMN_FAULT, line, where, S(""), "第%zu条规则「%.*s」一格：%.*s", r + 1, PS(name), PS(cell->fault));
    return cell->tree;
}

/* False: the cell can match nothing as it stands. */
static bool check_input(struct findings *f, const struct table *t, size_t r, size_t c, const struct feel_type *type,
                        str where)
{
    const struct table_cell *cell = &t->rules[r].inputs[c];
    str name = t->inputs[c].text;
    struct feel_note *notes = NULL;
    if (!check_cell(f, t, r, c, cell, name, where))
        return false;
    feel_check_tests(f->op, cell->tree, type, &notes);
    for (struct feel_note *n = notes; n; n = n->next)
        check_find(f, DMN_TYPE, n->line, where, S(""), "第%zu条规则「%.*s」一格：%.*s", r + 1, PS(name), PS(n->text));
    return !notes;
}

static void check_output(struct findings *f, const struct table *t, size_t r, size_t i, str where)
{
    const struct table_cell *cell = &t->rules[r].outputs[i];
    str name = t->outputs[i].name.n ? t->outputs[i].name : S("结果");
    if (check_cell(f, t, r, t->input_count + i, cell, name, where))
        check_tree(f, cell->tree, op_text(f->op, "%.*s第%zu条规则", PS(where), r + 1), NULL);
}

static void check_table(struct findings *f, const struct table *t, str where, int line)
{
    bool *spoilt = op_array(f->op, bool, op_size(t->rule_count, t->input_count) + 1);
    struct dmn_finding *before = f->last;
    for (size_t c = 0; c < t->input_count; c++) {
        const struct table_input *in = &t->inputs[c];
        const struct feel_type *type = NULL;
        if (!in->expression)
            check_find(f, DMN_FAULT, in->line, where, S(""), "第%zu列：%.*s", c + 1, PS(in->fault));
        else
            check_tree(f, in->expression, where, &type);
        if (in->type)
            type = &in->type->feel;
        for (size_t r = 0; r < t->rule_count; r++)
            spoilt[r * t->input_count + c] = !check_input(f, t, r, c, type, where);
        f->rule = f->column = 0;
    }
    for (size_t r = 0; r < t->rule_count; r++)
        for (size_t i = 0; i < t->output_count; i++)
            check_output(f, t, r, i, where);
    f->rule = f->column = 0;
    check_regions(f, t, spoilt, before ? before->next : f->first, where, line);
}

/* What an expression gives, where it can be told. */
static const struct feel_type *gives(struct findings *f, const struct box *b)
{
    struct feel_note *notes;
    return b->kind == BOX_LITERAL ? feel_check(f->op, b->tree, &notes) : &feel_any;
}

/* Of one kind, or turned into it: a list of one is its item, a date is the moment at which it begins. */
static bool may_be(enum feel_kind kind, enum feel_kind wanted)
{
    return wanted == FEEL_ANY || kind == FEEL_ANY || kind == FEEL_NULL || kind == wanted || kind == FEEL_LIST ||
           (kind == FEEL_DATE && wanted == FEEL_DATE_TIME);
}

static void check_kind(struct findings *f, const struct box *b, enum feel_kind wanted, str what, str where)
{
    const struct feel_type *type = gives(f, b);
    if (!may_be(type->kind, wanted))
        check_find(f, DMN_TYPE, b->line, where, check_example(f, b->tree), "%.*s须是%.*s，这里得出%.*s（「%.*s」）", PS(what),
             PS(feel_type_text(f->op, &(struct feel_type){.kind = wanted})), PS(feel_type_text(f->op, type)),
             PS(str_part(str_trim(feel_source(b->tree)), 0, 120)));
}

/* Bindings of an invocation of something that the model holds. */
static void check_invocation(struct findings *f, const struct box *b, str where)
{
    const struct box *callee = b->boxes[0];
    const struct dmn_element *e = callee && callee->kind == BOX_LITERAL
                                      ? check_required(f->element, str_trim(feel_source(callee->tree))) : NULL;
    if (!e || (e->kind != ELEMENT_KNOWLEDGE && e->kind != ELEMENT_SERVICE))
        return;
    for (size_t i = 1; i < b->count; i++) {
        str name = b->names[i - 1];
        size_t k = 0;
        while (k < e->param_count && !str_eq(e->params[k].name, name))
            k++;
        if (k == e->param_count)
            check_find(f, DMN_FAULT, b->line, where, S(""), "调用「%.*s」时给了「%.*s」，它没有这个参数，请核对名称", PS(e->name), PS(name));
        else if (b->boxes[i] && e->params[k].type)
            check_kind(f, b->boxes[i], e->params[k].type->kind,
                       op_text(f->op, "「%.*s」的参数「%.*s」", PS(e->name), PS(name)), where);
    }
}

static void check_box(struct findings *f, const struct box *b, str where)
{
    if (!b)
        return;
    if (b->kind == BOX_IF && b->boxes[0])
        check_kind(f, b->boxes[0], FEEL_BOOL, S("条件"), where);
    if (b->kind == BOX_INVOCATION && b->count)
        check_invocation(f, b, where);
    switch (b->kind) {
    case BOX_BROKEN:
        check_find(f, DMN_FAULT, b->line, where, S(""), "%.*s", PS(b->fault));
        return;
    case BOX_LITERAL:
        check_tree(f, b->tree, where, NULL);
        return;
    case BOX_TABLE:
        check_table(f, b->table, where, b->line);
        return;
    case BOX_FUNCTION:
        if (!b->java)
            check_box(f, b->boxes[0], where);
        return;
    case BOX_FILTER:
        check_box(f, b->boxes[0], where);
        if (b->item_known) /* else what the items hold is not known here */
            check_box(f, b->boxes[1], where);
        return;
    case BOX_CONTEXT:
    case BOX_INVOCATION:
    case BOX_RELATION:
    case BOX_LIST:
    case BOX_IF:
    case BOX_FOR:
    case BOX_SOME:
    case BOX_EVERY:
        break;
    }
    for (size_t i = 0; i < b->count; i++)
        check_box(f, b->boxes[i], where);
}

/* ---- circles ----------------------------------------------------------------------------------------------- */

struct chain {
    const struct chain *up;
    const struct dmn_element *element;
    int depth;
};

/* `done`: elements known to lead to no circle. ret_closed: the chain that closes one. */
static bool circle_from(struct op *op, const struct chain *at, uint8_t *done, const struct chain **ret_closed)
{
    const struct dmn_element *e = at->element;
    for (const struct chain *up = at->up; up; up = up->up)
        if (up->element == e) {
            *ret_closed = at;
            return true;
        }
    if (done[e->number])
        return false;
    for (size_t i = 0; i < e->required_count && at->depth < DMN_DEPTH_MAX; i++) {
        struct chain *next = op_new(op, struct chain);
        *next = (struct chain){at, e->required[i].element, at->depth + 1};
        if (circle_from(op, next, done, ret_closed))
            return true;
    }
    *ret_closed = at;
    done[e->number] = 1;
    return at->depth >= DMN_DEPTH_MAX;
}

str dmn_circle(struct op *op, const struct dmn *d, const struct dmn_element *from)
{
    struct chain first = {NULL, from, 0};
    const struct chain *closed;
    if (!circle_from(op, &first, op_array(op, uint8_t, d->element_count + 1), &closed))
        return S("");
    str text = op_text(op, "「%.*s」", PS(closed->element->name));
    int shown = 0;
    for (const struct chain *c = closed->up; c && shown < 10; c = c->up, shown++) {
        text = op_text(op, "「%.*s」→%.*s", PS(c->element->name), PS(text));
        if (c->element == closed->element)
            break;
    }
    return text;
}

struct seen {
    struct map ids, names;
};

static void check_element(struct findings *f, struct dmn_run *run, const struct dmn_element *e, struct seen *seen)
{
    str where = dmn_where(run, e), circle = dmn_circle(f->op, run->dmn, e);
    int line = e->xml->line;
    if (e->id.n && !map_put(&seen->ids, e->id, (void *)e))
        check_find(f, DMN_FAULT, line, where, S(""), "编号「%.*s」与别的元素重复，引用会指错，请改成不同的编号", PS(e->id));
    if (!map_put(&seen->names, e->name, (void *)e))
        check_find(f, DMN_FAULT, line, where, S(""), "名称与别的元素重复，请改成不同的名称");
    if (e->dangling.n)
        check_find(f, DMN_FAULT, line, where, S(""), "引用的「%.*s」不在模型里，请改正依赖关系", PS(e->dangling));
    if ((e->kind == ELEMENT_DECISION || e->kind == ELEMENT_KNOWLEDGE) && !e->logic)
        check_find(f, DMN_FAULT, line, where, S(""), "没有写内容，请补上");
    f->element = e;
    check_box(f, e->logic, where);
    if (e->kind == ELEMENT_DECISION && e->logic && e->type && !e->type->collection)
        check_kind(f, e->logic, e->type->feel.kind, S("结果"), where);
    if (circle.n)
        check_find(f, DMN_FAULT, line, where, S(""), "绕了一圈又依赖自己：%.*s；请改正依赖关系", PS(circle));
}

void dmn_check(struct op *op, const struct dmn *d, struct dmn_finding **ret)
{
    struct findings f = {.op = op};
    struct seen seen;
    struct dmn_run run;
    dmn_run_init(&run, op, d);
    const struct model *m = d->models;
    for (size_t i = 0; i < m->import_count; i++)
        if (!m->imports[i].model)
            check_find(&f, DMN_FAULT, 0, m->where, S(""), "引入的模型「%.*s」不在一起打开的文件里", PS(m->imports[i].name));
    map_init(&seen.ids, op);
    map_init(&seen.names, op);
    for (size_t i = 0; i < m->element_count; i++)
        check_element(&f, &run, m->elements[i], &seen);
    *ret = f.first;
}
