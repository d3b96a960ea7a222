/* A population as columns: the cells that the inputs use, members beside them, then the inputs themselves. */
#include "policy/inner.h"

/* ---- fields ------------------------------------------------------------------------------------------------- */

static const struct feel_type *type_of(const struct field *f)
{
    switch (f->value) {
    case F_INT:
    case F_DECIMAL:
    case F_MONEY:
    case F_RATIO:
    case F_YEAR:
        return &feel_number;
    case F_DAY:
    case F_TIME: /* the day it was in the town */
        return &feel_date;
    case F_BOOL:
        return &feel_bool;
    case F_TEXT:
    case F_LONG:
    case F_MONTH:
    case F_PERIOD:
    case F_ENUM:
    case F_ENUMS: /* several: joined by 、 */
    case F_REF:
    case F_REFS:
    case F_SERIAL:
    case F_CITIZEN_ID:
    case F_CREDIT_CODE:
    case F_PHONE:
    case F_BANK_CARD:
    case F_CODE:
        return &feel_text;
    case F_CHILDREN:
    case F_PHOTOS:
    case F_FILES:
    case F_SIGNATURE:
    case F_PLACE:
    case F_COMPUTED:
    case F_TYPES:
        break;
    }
    return NULL; /* no column can hold it */
}

/* Names and types of a ledger's fields, as an expression over one record sees them. */
static struct feel_scope *fields_scope(struct op *op, const struct ledger *l)
{
    struct feel_scope *scope = op_new(op, struct feel_scope);
    struct feel_name *names = op_array(op, struct feel_name, l->field_count + 1);
    for (size_t i = 0; i < l->field_count; i++)
        names[i] = (struct feel_name){l->fields[i].name, type_of(&l->fields[i])};
    *scope = (struct feel_scope){.names = names, .count = l->field_count};
    return scope;
}

/* What is wanted of a ledger: cells of its table, and fields that follow from them by the day (年龄): those are computed
 * over whole columns here instead of record by record there. */
struct wanted {
    const struct ledger *ledger;
    struct feel_scope *scope;
    const struct field **cells;
    size_t cell_count;
    struct derived {
        const struct field *field;
        struct feel *tree;
    } *derived;
    size_t derived_count;
};

static void wanted_init(struct wanted *w, struct op *op, const struct ledger *l)
{
    *w = (struct wanted){.ledger = l,
                         .scope = fields_scope(op, l),
                         .cells = op_array(op, const struct field *, l->field_count + 2),
                         .derived = op_array(op, struct derived, l->field_count + 1)};
}

static bool wanted_has(const struct wanted *w, const struct field *f)
{
    for (size_t i = 0; i < w->cell_count; i++)
        if (w->cells[i] == f)
            return true;
    for (size_t i = 0; i < w->derived_count; i++)
        if (w->derived[i].field == f)
            return true;
    return false;
}

/* 事项.办件类型 goes on to another record: here the reference is only an id. */
static bool refers(struct op *op, const struct wanted *w, const struct feel *tree)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        enum field_type type = w->ledger->fields[names[i]].value;
        if (type == F_REF || type == F_REFS)
            return true;
    }
    return false;
}

/* The formula of a field that is no column; NULL: it is one, or follows from more than its own record. */
static struct feel *own_formula(struct op *op, const struct wanted *w, const struct field *f)
{
    struct feel *tree;
    int faults = op->fault_count;
    if (!f->moving || f->tally || !type_of(f))
        return NULL;
    if (feel_parse(op, f->formula, w->scope, &tree))
        return refers(op, w, tree) ? NULL : tree;
    op_forgive(op, faults);
    return NULL;
}

static void wanted_add(struct wanted *w, struct op *op, const struct field *f, int depth)
{
    enum { DEPTH_MAX = 8 };
    const int *names;
    size_t count;
    if (wanted_has(w, f))
        return;
    struct feel *tree = depth < DEPTH_MAX ? own_formula(op, w, f) : NULL;
    if (!tree) {
        w->cells[w->cell_count++] = f;
        return;
    }
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++)
        wanted_add(w, op, &w->ledger->fields[names[i]], depth + 1);
    if (!wanted_has(w, f))
        w->derived[w->derived_count++] = (struct derived){f, tree};
}

/* ---- records ------------------------------------------------------------------------------------------------ */

/* One ledger being read into columns. */
struct reading {
    struct tx *tx;
    struct op *op;               /* what stays */
    struct wanted wanted;
    struct column_maker *columns;
    struct {
        id *p;
        size_t n, cap;
    } ids;
    struct {
        uint32_t *p;
        size_t n, cap;
    } links;                     /* of each row the number of what `link` refers to among `linked`, 0: nothing; where it
                                  * is a word, 1 + its number in `names` */
    struct id_set linked;
    bool only_linked;            /* nothing is added to `linked` */
    struct {
        str *p;
        size_t n, cap;
    } names;
    struct map known;            /* of names */
    const struct field *link;    /* members: the field that refers; population: the field that its groups come by */
    const struct ledger *target; /* what it refers to; NULL: nothing, it is a word */
    str misfit;
};

static void reading_init(struct reading *in, struct tx *tx, struct op *op, const struct population *people,
                         const struct ledger *l, const struct field *link)
{
    *in = (struct reading){.tx = tx, .op = op, .link = link};
    in->target = link && link->type == F_REF ? town_ledger(people->town, link->target) : NULL;
    wanted_init(&in->wanted, op, l);
    map_init(&in->known, op);
    ids_init(&in->linked, op, NULL, 0);
}

static uint32_t name_number(struct reading *in, str name)
{
    void *found = map_get(&in->known, name);
    if (!found) {
        str kept = op_copy(in->op, name);
        *list_add(in->op, &in->names) = kept;
        found = (void *)(uintptr_t)in->names.n;
        map_put(&in->known, kept, found);
    }
    return (uint32_t)(uintptr_t)found;
}

static uint32_t link_number(struct reading *in, const struct arg *cell)
{
    if (cell->kind == ARG_TEXT && !in->target)
        return name_number(in, cell->text);
    if (cell->kind != ARG_ID || id_none(cell->id))
        return 0;
    return in->only_linked ? ids_find(&in->linked, cell->id) : ids_put(&in->linked, cell->id);
}

static bool take_cells(void *context, id record, const struct arg *cells)
{
    struct reading *in = context;
    size_t n = in->wanted.cell_count;
    for (size_t i = 0; i < n; i++)
        if (!column_cell(&in->columns[i], &cells[i]))
            in->misfit = in->wanted.cells[i]->name;
    *list_add(in->op, &in->ids) = record;
    if (in->link)
        *list_add(in->op, &in->links) = link_number(in, &cells[n]);
    return in->ids.n < POLICY_MEMBERS_MAX || op_fail(in->op, FAULT_INPUT, S(""), "总体超过%d个", POLICY_MEMBERS_MAX);
}

/* q: what restricts the records; its fields are those wanted, then the link. */
[[nodiscard]] static bool read_ledger(struct reading *in, struct cells_query *q)
{
    struct op *op = in->op;
    struct wanted *w = &in->wanted;
    in->columns = op_array(op, struct column_maker, w->cell_count + 1);
    for (size_t i = 0; i < w->cell_count; i++) {
        const struct field *f = w->cells[i];
        enum feel_vector_kind kind;
        if (!type_of(f) || !column_kind(type_of(f), &kind))
            return op_fail(op, FAULT_INPUT, f->name, "这种字段不能作政策的输入");
        column_init(&in->columns[i], op, kind);
        in->columns[i].scale = field_scale(f);
        in->columns[i].moment = f->value == F_TIME;
        in->columns[i].lists = f->value == F_ENUMS || f->value == F_REFS;
    }
    w->cells[w->cell_count] = in->link;
    q->fields = w->cells;
    q->field_count = w->cell_count + (in->link != NULL);
    return cells_each(in->tx, w->ledger, q, take_cells, in) &&
           (in->misfit.n == 0 ||
            op_fail(op, FAULT_INPUT, in->misfit, "台账「%.*s」里有的值太大或小数太多，不能筛查", PS(w->ledger->name)));
}

/* ---- expressions over columns --------------------------------------------------------------------------------- */

struct at_row {
    struct op *op;
    const struct feel_rows *rows;
    const struct feel_scope *scope;
    size_t row;
};

static feel_value value_at(void *from, int name)
{
    struct at_row *at = from;
    const struct feel_vector *v = feel_rows_find(at->rows, at->scope->names[name].name);
    return v ? feel_vector_value(at->op, v, at->row) : feel_null();
}

/* What the expression gives, or, where that cannot be told, what the model wants of it. */
static const struct feel_type *input_type(struct op *op, const struct policy *p, const struct policy_input *in,
                                          const struct feel *tree)
{
    struct feel_note *notes;
    const struct feel_type *type = feel_check(op, tree, &notes);
    const struct dmn_element *const *inputs;
    size_t count;
    for (size_t v = 0; v < p->version_count && type->kind == FEEL_ANY; v++) {
        dmn_inputs(p->versions[v].model, &inputs, &count);
        for (size_t i = 0; i < count; i++)
            if (str_eq(dmn_element_name(inputs[i]), in->name))
                type = dmn_element_type(inputs[i]);
    }
    return type;
}

/* What an expression comes to in every row: as a column operation, or row by row where it is none. */
[[nodiscard]] static bool expression_column(struct op *op, str name, str text, const struct feel_type *type,
                                            const struct feel *tree, const struct feel_rows *rows,
                                            struct feel_vector *ret)
{
    enum feel_vector_kind kind;
    struct feel_program *program;
    struct column_maker maker;
    str reason;
    const struct feel_vector *members = feel_rows_find(rows, str_trim(text));
    if (members && members->kind == FEEL_VECTOR_MEMBERS) { /* the model itself counts them */
        *ret = *members;
        ret->name = name;
        return true;
    }
    if (feel_compile(op, tree, rows, &program, &reason)) {
        const struct feel_vector *column = feel_program_column(program);
        if (!column)
            return column_of_program(op, name, program, rows->rows, ret) ||
                   op_fail(op, FAULT_INPUT, name, "有的值太大，或小数超过%d位：%.*s", POLICY_SCALE, PS(text));
        *ret = *column;
        ret->name = name;
        return true;
    }
    if (!column_kind(type, &kind))
        return op_fail(op, FAULT_INPUT, name, "取值须是数、文字、日期或是否：%.*s", PS(text));
    column_init(&maker, op, kind);
    struct op inner; /* what a row takes is given back before the next */
    op_init(&inner, op->now, 1);
    bool fits = true;
    for (size_t i = 0; i < rows->rows && fits; i++) {
        struct mark mark = op_mark(&inner);
        struct at_row at = {&inner, rows, feel_scope_of(tree), i};
        struct feel_run run = {.op = &inner, .value = value_at, .from = &at};
        fits = column_add(&maker, feel_eval(&run, tree));
        op_reset(&inner, mark);
    }
    op_done(&inner);
    if (!fits)
        return op_fail(op, FAULT_INPUT, name, "有的值不是%.*s，或小数超过%d位：%.*s", PS(feel_type_said(op, type)),
                       POLICY_SCALE, PS(text));
    *ret = column_end(&maker, name, NULL, maker.count);
    return true;
}

/* The columns of what was read, in this order, then the fields that follow from them. */
[[nodiscard]] static bool vectors_of(struct reading *in, const uint32_t *order, size_t n, size_t more,
                                     struct feel_vector **ret, size_t *ret_count)
{
    const struct wanted *w = &in->wanted;
    struct feel_vector *v = op_array(in->op, struct feel_vector, w->cell_count + w->derived_count + more + 1);
    for (size_t i = 0; i < w->cell_count; i++)
        v[i] = column_end(&in->columns[i], w->cells[i]->name, order, n);
    struct feel_rows rows = {v, w->cell_count, n};
    for (size_t i = 0; i < w->derived_count; i++) {
        const struct derived *d = &w->derived[i];
        if (!expression_column(in->op, d->field->name, d->field->formula, type_of(d->field), d->tree, &rows,
                               &v[rows.count]))
            return false;
        rows.count++;
    }
    *ret = v;
    *ret_count = rows.count;
    return true;
}

/* ---- the group that counts are by ------------------------------------------------------------------------------ */

static struct cells_query query_of(const struct tx *tx, const struct population *people, str where)
{
    return (struct cells_query){
        .where = where, .as_of_fact = people->fact_no, .moment = people->fact_no ? tx->op->now : 0};
}

/* What each of those linked is called: its number among the names of `names`, 0 where it is not there. */
[[nodiscard]] static bool linked_names(struct reading *in, const struct population *people, struct reading *names,
                                       uint32_t **ret)
{
    struct op *op = in->op;
    size_t n = in->linked.n;
    str *titles = op_array(op, str, n + 1);
    uint32_t *numbers = op_array(op, uint32_t, n + 1);
    if (n && !record_titles(in->tx, in->target, in->linked.p, n, people->fact_no, titles))
        return false;
    for (size_t i = 0; i < n; i++)
        numbers[i] = titles[i].n ? name_number(names, titles[i]) : 0;
    *ret = numbers;
    return true;
}

/* Of each row the number of its group's name among `names`, 0 where there is none: what the link refers to, or says. */
[[nodiscard]] static bool link_names(struct reading *in, const struct population *people, struct reading *names,
                                     uint32_t *ret)
{
    uint32_t *numbers = NULL;
    if (in->target && !linked_names(in, people, names, &numbers))
        return false;
    for (size_t i = 0; i < in->links.n; i++) {
        uint32_t link = in->links.p[i];
        if (link)
            ret[i] = in->target ? numbers[link - 1] : in == names ? link : name_number(names, in->names.p[link - 1]);
    }
    return true;
}

/* 户.村组: the group of the record that the link refers to. */
[[nodiscard]] static bool names_through(struct reading *in, const struct population *people, bool few, uint32_t *ret)
{
    struct op *op = in->op;
    struct reading other;
    struct cells_query q = query_of(in->tx, people, S(""));
    reading_init(&other, in->tx, op, people, in->target, ledger_field(in->target, people->policy->group));
    if (few) {
        q.of = in->linked.p;
        q.of_count = in->linked.n;
    }
    if (!read_ledger(&other, &q))
        return false;
    uint32_t *numbers = op_array(op, uint32_t, other.ids.n + 1);
    uint32_t *of_linked = op_array(op, uint32_t, in->linked.n + 1);
    if (!link_names(&other, people, in, numbers))
        return false;
    for (size_t i = 0; i < other.ids.n; i++) /* nobody's is number 0 */
        of_linked[ids_find(&in->linked, other.ids.p[i])] = numbers[i];
    of_linked[0] = 0;
    for (size_t i = 0; i < in->links.n; i++)
        ret[i] = of_linked[in->links.p[i]];
    return true;
}

[[nodiscard]] static bool group_members(struct population *people, struct reading *in, bool few, const uint32_t *order)
{
    const struct policy *p = people->policy;
    struct op *op = in->op;
    uint32_t *numbers = op_array(op, uint32_t, in->ids.n + 1);
    if (in->link && !(p->group_via.n ? names_through(in, people, few, numbers) : link_names(in, people, in, numbers)))
        return false;
    uint32_t *group = op_array(op, uint32_t, in->names.n + 1);
    people->groups = op_array(op, uint32_t, people->count + 1);
    people->group_names = op_array(op, str, in->names.n + 1);
    for (size_t i = 0; i < people->count; i++) {
        uint32_t number = numbers[order[i]];
        if (!group[number]) {
            people->group_names[people->group_count++] = number ? in->names.p[number - 1] : S("（未归村组）");
            group[number] = (uint32_t)people->group_count;
        }
        people->groups[i] = group[number] - 1;
    }
    return true;
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

/* Rows of members by owner, then by record: those of nobody in the population are left out. Links are numbers of its
 * members. */
static uint32_t *by_owner(struct op *op, const struct reading *in, size_t owners, uint32_t *first)
{
    const uint32_t *by_record = ids_order(op, in->ids.p, in->ids.n), *owner = in->links.p;
    uint32_t *order = op_array(op, uint32_t, in->ids.n + 1), *next = op_array(op, uint32_t, owners + 2);
    for (size_t i = 0; i < in->ids.n; i++)
        first[owner[i]]++;
    first[0] = 0;
    for (size_t i = 0; i < owners; i++)
        first[i + 1] += first[i];
    memcpy(next + 1, first, owners * sizeof *next);
    for (size_t i = 0; i < in->ids.n; i++)
        if (owner[by_record[i]])
            order[next[owner[by_record[i]]]++] = by_record[i];
    return order;
}

[[nodiscard]] static bool add_members(struct tx *tx, struct op *op, const struct policy_members *m,
                                      const struct population *people, const struct id_set *owners, bool few,
                                      struct feel_vector *ret)
{
    struct reading in;
    struct cells_query q = query_of(tx, people, m->where);
    struct feel_rows *rows = op_new(op, struct feel_rows);
    struct feel_vector *vectors;
    uint32_t *first = op_array(op, uint32_t, people->count + 2);
    reading_init(&in, tx, op, people, m->ledger, ledger_field(m->ledger, m->by));
    in.linked = *owners;
    in.only_linked = true;
    for (size_t i = 0; i < m->field_count; i++)
        wanted_add(&in.wanted, op, m->fields[i], 0);
    if (few) {
        q.of = people->ids;
        q.of_count = people->count;
    }
    q.key = people->fact_no ? NULL : in.link;
    if (!read_ledger(&in, &q))
        return false;
    const uint32_t *order = by_owner(op, &in, people->count, first);
    rows->rows = first[people->count];
    if (!vectors_of(&in, order, rows->rows, 0, &vectors, &rows->count))
        return false;
    rows->vectors = vectors;
    *ret = (struct feel_vector){.kind = FEEL_VECTOR_MEMBERS, .name = m->name, .members = rows, .first = first};
    return true;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* Everything an input may name: fields of the ledger, then members. */
static struct feel_scope *scope_of(struct op *op, const struct policy *p)
{
    struct feel_scope *scope = op_new(op, struct feel_scope);
    struct feel_name *names = op_array(op, struct feel_name, p->ledger->field_count + p->member_count + 1);
    size_t n = 0;
    for (size_t i = 0; i < p->member_count; i++) { /* before the ledger's own children of the same name */
        const struct policy_members *m = &p->members[i];
        struct feel_field *fields = op_array(op, struct feel_field, m->field_count + 1);
        for (size_t k = 0; k < m->field_count; k++)
            fields[k] = (struct feel_field){m->fields[k]->name, type_of(m->fields[k])};
        struct feel_type *item = op_new(op, struct feel_type), *list = op_new(op, struct feel_type);
        *item = (struct feel_type){.kind = FEEL_CONTEXT, .fields = fields, .field_count = m->field_count};
        *list = (struct feel_type){.kind = FEEL_LIST, .of = item};
        names[n++] = (struct feel_name){m->name, list};
    }
    for (size_t i = 0; i < p->ledger->field_count; i++) {
        bool hidden = false;
        for (size_t k = 0; k < p->member_count; k++)
            hidden |= str_eq(p->members[k].name, p->ledger->fields[i].name);
        if (!hidden)
            names[n++] = (struct feel_name){p->ledger->fields[i].name, type_of(&p->ledger->fields[i])};
    }
    *scope = (struct feel_scope){.names = names, .count = n};
    return scope;
}

/* The expressions of the inputs, and which fields of the ledger they want. */
[[nodiscard]] static bool inputs_parse(struct op *op, const struct policy *p, struct wanted *w, struct feel **trees)
{
    struct feel_scope *scope = scope_of(op, p);
    for (size_t i = 0; i < p->input_count; i++) {
        const int *names;
        size_t count;
        scope->line = p->inputs[i].line;
        if (!feel_parse(op, p->inputs[i].from, scope, &trees[i]))
            return false;
        feel_names(op, trees[i], &names, &count);
        for (size_t k = 0; k < count; k++)
            if ((size_t)names[k] >= p->member_count)
                wanted_add(w, op, ledger_field(p->ledger, scope->names[names[k]].name), 0);
    }
    return true;
}

bool input_parses(struct op *op, const struct policy *p, const struct policy_input *in)
{
    struct feel_scope *scope = scope_of(op, p);
    struct feel *tree;
    scope->line = in->line;
    return feel_parse(op, in->from, scope, &tree);
}

static const struct field *group_link(const struct policy *p)
{
    str name = p->group_via.n ? p->group_via : p->group;
    return name.n ? ledger_field(p->ledger, name) : NULL;
}

bool population_read(struct tx *tx, struct op *op, struct population *people, const id *only, size_t only_count)
{
    const struct policy *p = people->policy;
    struct feel **trees = op_array(op, struct feel *, p->input_count + 1);
    struct reading in;
    struct cells_query q = query_of(tx, people, p->where);
    struct feel_rows rows = {0};
    struct feel_vector *vectors;
    q.of = only;
    q.of_count = only_count;
    reading_init(&in, tx, op, people, p->ledger, group_link(p));
    if (!inputs_parse(op, p, &in.wanted, trees) || !read_ledger(&in, &q))
        return false;
    const uint32_t *order = ids_order(op, in.ids.p, in.ids.n);
    people->count = in.ids.n;
    people->ids = op_array(op, id, people->count + 1);
    for (size_t i = 0; i < people->count; i++)
        people->ids[i] = in.ids.p[order[i]];
    if (!group_members(people, &in, only != NULL, order) ||
        !vectors_of(&in, order, people->count, p->member_count, &vectors, &rows.count))
        return false;
    rows.vectors = vectors;
    rows.rows = people->count;
    struct id_set owners;
    if (p->member_count)
        ids_init(&owners, op, people->ids, people->count);
    for (size_t i = 0; i < p->member_count; i++)
        if (!add_members(tx, op, &p->members[i], people, &owners, only != NULL, &vectors[rows.count++]))
            return false;
    struct feel_vector *inputs = op_array(op, struct feel_vector, p->input_count + 1);
    for (size_t i = 0; i < p->input_count; i++)
        if (!expression_column(op, p->inputs[i].name, p->inputs[i].from, input_type(op, p, &p->inputs[i], trees[i]),
                               trees[i], &rows, &inputs[i]))
            return false;
    people->inputs = (struct feel_rows){inputs, p->input_count, people->count};
    return true;
}

/* The ledgers that a population is made from, and those whose facts change it without changing a record of these. */
[[nodiscard]] static bool sources_find(struct tx *tx, struct op *op, struct population *people)
{
    const struct policy *p = people->policy;
    const struct ledger **found;
    size_t count;
    struct {
        const struct ledger **p;
        size_t n, cap;
    } others = {0};
    struct wanted w;
    const struct field *link = group_link(p);
    struct feel **trees = op_array(tx->op, struct feel *, p->input_count + 1);
    wanted_init(&w, tx->op, p->ledger);
    if (!inputs_parse(tx->op, p, &w, trees))
        return false;
    for (size_t i = 0; i <= p->member_count; i++) {
        const struct policy_members *m = i ? &p->members[i - 1] : NULL;
        if (m)
            wanted_init(&w, tx->op, m->ledger);
        for (size_t k = 0; m && k < m->field_count; k++)
            wanted_add(&w, tx->op, m->fields[k], 0);
        struct cells_query q = {.where = m ? m->where : p->where, .fields = w.cells, .field_count = w.cell_count};
        if (!cells_sources(tx, w.ledger, &q, &found, &count))
            return false;
        for (size_t k = 0; k < count; k++)
            *list_add(op, &others) = found[k];
    }
    for (const struct ledger *l = p->ledger;
         link && link->type == F_REF;) { /* names of groups, and how they are come by */
        l = town_ledger(people->town, link->target);
        *list_add(op, &others) = l;
        link = p->group_via.n && l != p->ledger && link == group_link(p) ? ledger_field(l, p->group) : NULL;
    }
    people->others = others.p;
    people->other_count = others.n;
    return true;
}

static void own_end(void *own)
{
    op_done(own);
}

struct population *population_new(struct op *keep, const struct population *like)
{
    struct op *own = op_new(keep, struct op);
    op_init(own, keep->now, op_random(keep));
    op_defer(keep, own_end, own);
    struct population *people = op_new(own, struct population);
    *people = (struct population){.own = own,
                                  .town = like->town,
                                  .policy = like->policy,
                                  .on = like->on,
                                  .facts = like->facts,
                                  .fact_no = like->fact_no};
    return people;
}

bool population_made(struct tx *tx, const struct population *people, bool done)
{
    for (const struct fault *f = people->own->faults; f; f = f->next)
        done = op_fail(tx->op, f->kind, op_copy(tx->op, f->field), "%.*s", PS(f->text));
    return done;
}

bool population_load(struct tx *tx, struct op *keep, const struct town *town, const struct policy *p, day on,
                     struct population **ret)
{
    enum { DAY_MS = 86400000 };
    struct op *op = tx->op;
    struct population like = {.town = town, .policy = p, .on = on};
    time_ms now = op->now, end = ((time_ms)on + 1) * DAY_MS - TOWN_OFFSET_MS - 1;
    bool past = on < day_at(now);
    if (!store_fact_count(tx, &like.facts) || (past && !store_fact_at(tx, end, &like.fact_no)))
        return false;
    if (past && like.fact_no == 0)
        return op_fail(op, FAULT_MISSING, p->name, "%.*s以前还没有记录，不能按那一天筛查", PS(day_text(op, on)));
    if (on > day_at(now))
        return op_fail(op, FAULT_INPUT, S("as-of"), "%.*s还没有到", PS(day_text(op, on)));
    struct population *people = population_new(keep, &like);
    op->now = people->own->now = past ? end : now; /* ages and validity are those of that day */
    bool done = sources_find(tx, people->own, people) && population_read(tx, people->own, people, NULL, 0);
    op->now = people->own->now = now;
    if (!population_made(tx, people, done))
        return false;
    *ret = people;
    return true;
}

bool population_titles(struct tx *tx, const struct population *people, const size_t *members, size_t count, str *ret)
{
    id *records = op_array(tx->op, id, count + 1);
    for (size_t i = 0; i < count; i++)
        records[i] = people->ids[members[i]];
    return record_titles(tx, people->policy->ledger, records, count, people->fact_no, ret);
}
