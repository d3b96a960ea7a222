/* A population as columns: the fields that the inputs use, members beside them, then the inputs themselves. */
#include <stdlib.h>

#include "policy/inner.h"

/* ---- columns ------------------------------------------------------------------------------------------------ */

bool column_kind(const struct feel_type *type, enum feel_vector_kind *ret)
{
    static const struct {
        enum feel_kind feel;
        enum feel_vector_kind kind;
    } rows[] = {{FEEL_NUMBER, FEEL_VECTOR_NUMBER},
                {FEEL_TEXT, FEEL_VECTOR_TEXT},
                {FEEL_DATE, FEEL_VECTOR_DAY},
                {FEEL_BOOL, FEEL_VECTOR_BOOL}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].feel == type->kind) {
            *ret = rows[i].kind;
            return true;
        }
    return false;
}

void column_init(struct column_maker *m, struct op *op, enum feel_vector_kind kind)
{
    *m = (struct column_maker){.op = op, .kind = kind};
    map_init(&m->codes, op);
}

static int64_t text_code(struct column_maker *m, str text)
{
    void *found = map_get(&m->codes, text);
    if (found)
        return (int64_t)(intptr_t)found;
    str kept = op_copy(m->op, text);
    *list_add(m->op, &m->texts) = kept;
    map_put(&m->codes, kept, (void *)(intptr_t)m->texts.n);
    return (int64_t)m->texts.n;
}

bool column_add(struct column_maker *m, feel_value v)
{
    int64_t whole = FEEL_VECTOR_NULL;
    bool fits = feel_is_null(v);
    switch (m->kind) {
    case FEEL_VECTOR_NUMBER:
        fits |= v.kind == FEEL_NUMBER && dec_scaled(v.number, POLICY_SCALE, &whole);
        break;
    case FEEL_VECTOR_DAY:
        if (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME)
            whole = v.day, fits = true;
        break;
    case FEEL_VECTOR_BOOL:
        if (v.kind == FEEL_BOOL)
            whole = v.truth, fits = true;
        break;
    case FEEL_VECTOR_TEXT:
        if (v.kind == FEEL_TEXT)
            whole = text_code(m, v.text), fits = true;
        break;
    case FEEL_VECTOR_MEMBERS:
        break;
    }
    *list_add(m->op, &m->values) = fits ? whole : FEEL_VECTOR_NULL;
    return fits;
}

struct feel_vector column_end(struct column_maker *m, str name)
{
    size_t n = m->values.n;
    struct feel_vector v = {.kind = m->kind, .name = name, .width = 8, .nulls = true, .values = m->values.p};
    v.scale = m->kind == FEEL_VECTOR_NUMBER ? POLICY_SCALE : 0;
    if (m->kind == FEEL_VECTOR_TEXT) {
        int32_t *codes = op_array(m->op, int32_t, n + 1);
        for (size_t i = 0; i < n; i++)
            codes[i] = m->values.p[i] == FEEL_VECTOR_NULL ? 0 : (int32_t)m->values.p[i];
        v.width = 4;
        v.values = codes;
        v.texts = m->texts.p;
        v.text_count = m->texts.n;
    } else if (m->kind == FEEL_VECTOR_BOOL) {
        uint8_t *codes = op_array(m->op, uint8_t, n + 1);
        for (size_t i = 0; i < n; i++)
            codes[i] = m->values.p[i] == FEEL_VECTOR_NULL ? 0 : (uint8_t)(m->values.p[i] + 1);
        v.width = 1;
        v.values = codes;
    }
    return v;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

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

/* One ledger being read into columns. */
struct reading {
    struct tx *tx;
    struct op *op;               /* what stays: list_each takes back what is taken in its own op */
    const struct field **fields;
    struct column_maker *columns;
    size_t field_count;
    struct {
        id *p;
        size_t n, cap;
    } ids, owners;
    struct {
        str *p;
        size_t n, cap;
    } titles, groups;
    str by, group;               /* members: the field that refers; population: the field the counts are by */
    bool by_id;                  /* the group is wanted as an id, not as its title */
    str misfit;
};

/* 取暖、饲草料; none: null */
static feel_value joined(struct op *op, const struct json *list)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *j = list->first; j; j = j->next)
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(j->text));
    return b.n ? feel_of_text(buf_str(&b)) : feel_null();
}

static bool take_record(void *context, const struct record *r)
{
    struct reading *in = context;
    for (size_t i = 0; i < in->field_count; i++) {
        const struct json *j = json_get(r->values, in->fields[i]->name);
        feel_value v = feel_null();
        int faults = in->op->fault_count;
        time_ms moment;
        if (j && j->kind == JSON_ARRAY)
            v = joined(in->op, j);
        else if (j && in->fields[i]->value == F_TIME && time_parse(j->text, &moment))
            v = feel_of_day(day_at(moment));
        else if (j && j->kind != JSON_NULL && !feel_from_json(in->op, j, type_of(in->fields[i]), &v))
            op_forgive(in->op, faults);
        if (!column_add(&in->columns[i], v))
            in->misfit = in->fields[i]->name;
    }
    *list_add(in->op, &in->ids) = r->id;
    id owner = {0};
    if (in->by.n)
        (void)id_parse(json_str(r->values, in->by), &owner);
    *list_add(in->op, &in->owners) = owner;
    if (!in->by.n) {
        str label = in->by_id ? S("") : json_str(r->labels, in->group), plain = json_str(r->values, in->group);
        *list_add(in->op, &in->titles) = op_copy(in->op, r->title);
        *list_add(in->op, &in->groups) = op_copy(in->op, label.n ? label : plain);
    }
    return in->ids.n < POLICY_MEMBERS_MAX || op_fail(in->op, FAULT_INPUT, S(""), "总体超过%d个", POLICY_MEMBERS_MAX);
}

[[nodiscard]] static bool read_ledger(struct reading *in, const struct town *town, const struct ledger *l, str where,
                                      int64_t as_of_fact)
{
    struct op *op = in->op;
    struct who system = {.name = S("系统"), .system = true};
    struct list_query q = {.where = where, .as_of_fact = as_of_fact};
    str *names = op_array(op, str, in->field_count + 2);
    in->columns = op_array(op, struct column_maker, in->field_count + 1);
    for (size_t i = 0; i < in->field_count; i++) {
        enum feel_vector_kind kind;
        if (!type_of(in->fields[i]) || !column_kind(type_of(in->fields[i]), &kind))
            return op_fail(op, FAULT_INPUT, in->fields[i]->name, "这种字段不能作政策的输入");
        column_init(&in->columns[i], op, kind);
        names[q.field_count++] = in->fields[i]->name;
    }
    if (in->by.n)
        names[q.field_count++] = in->by;
    if (in->group.n)
        names[q.field_count++] = in->group;
    q.fields = names;
    if (!list_each(in->tx, town, &system, l, &q, ACT_READ, take_record, in))
        return false;
    return in->misfit.n == 0 || op_fail(op, FAULT_INPUT, in->misfit, "台账「%.*s」里有的值太大或小数太多，不能筛查", PS(l->name));
}

/* ---- order -------------------------------------------------------------------------------------------------- */

struct place {
    id key, record;
    uint32_t at;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = memcmp(x->key.b, y->key.b, sizeof x->key.b);
    return order ? order : memcmp(x->record.b, y->record.b, sizeof x->record.b);
}

/* Where each row goes: by key, then by record. */
static struct place *places(struct op *op, const id *keys, const id *records, size_t n)
{
    struct place *p = op_array(op, struct place, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (struct place){keys[i], records[i], (uint32_t)i};
    qsort(p, n, sizeof *p, by_place);
    return p;
}

static void reorder(struct column_maker *m, const struct place *p, size_t n)
{
    int64_t *values = op_array(m->op, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = m->values.p[p[i].at];
    m->values.p = values;
    m->values.n = n;
}

static struct feel_vector *vectors_of(struct reading *in, const struct place *p, size_t n, size_t more)
{
    struct feel_vector *v = op_array(in->op, struct feel_vector, in->field_count + more + 1);
    for (size_t i = 0; i < in->field_count; i++) {
        reorder(&in->columns[i], p, n);
        v[i] = column_end(&in->columns[i], in->fields[i]->name);
    }
    return v;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void group_members(struct population *people, const struct reading *in, const struct place *p)
{
    struct map seen;
    struct {
        str *p;
        size_t n, cap;
    } names = {0};
    map_init(&seen, in->op);
    for (size_t i = 0; i < people->count; i++) {
        str name = in->groups.p[p[i].at].n ? in->groups.p[p[i].at] : S("（未归村组）");
        void *found = map_get(&seen, name);
        if (!found) {
            *list_add(in->op, &names) = name;
            found = (void *)(uintptr_t)names.n;
            map_put(&seen, name, found);
        }
        people->ids[i] = p[i].record;
        people->titles[i] = in->titles.p[p[i].at];
        people->groups[i] = (uint32_t)((uintptr_t)found - 1);
    }
    people->group_names = names.p;
    people->group_count = names.n;
}

/* Groups by way of a reference: 户.村组. So far each row's group is the id of its household. */
[[nodiscard]] static bool groups_through(struct reading *in, const struct town *town, const struct policy *p,
                                         int64_t as_of_fact)
{
    struct reading other = {.tx = in->tx, .op = in->op, .group = p->group};
    struct map names;
    map_init(&names, in->op);
    if (!read_ledger(&other, town, town_ledger(town, ledger_field(p->ledger, p->group_via)->target), S(""), as_of_fact))
        return false;
    for (size_t i = 0; i < other.ids.n; i++)
        map_put(&names, id_text(in->op, other.ids.p[i]), &other.groups.p[i]);
    for (size_t i = 0; i < in->groups.n; i++) {
        const str *name = map_get(&names, in->groups.p[i]);
        in->groups.p[i] = name ? *name : S("");
    }
    return true;
}

/* Rows of members by owner: those of nobody in the population are left out. */
[[nodiscard]] static bool add_members(struct tx *tx, struct op *op, const struct town *town,
                                      const struct policy_members *m, const struct population *people,
                                      struct feel_vector *ret)
{
    struct reading in = {.tx = tx, .op = op, .fields = m->fields, .field_count = m->field_count, .by = m->by};
    if (!read_ledger(&in, town, m->ledger, m->where, people->fact_no))
        return false;
    struct place *p = places(op, in.owners.p, in.ids.p, in.ids.n);
    uint32_t *first = op_array(op, uint32_t, people->count + 1);
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < people->count; i++) {
        first[i] = (uint32_t)kept;
        while (at < in.ids.n && memcmp(p[at].key.b, people->ids[i].b, sizeof p[at].key.b) < 0)
            at++;
        for (; at < in.ids.n && id_eq(p[at].key, people->ids[i]); at++)
            p[kept++] = p[at];
    }
    first[people->count] = (uint32_t)kept;
    struct feel_rows *rows = op_new(op, struct feel_rows);
    *rows = (struct feel_rows){vectors_of(&in, p, kept, 0), m->field_count, kept};
    *ret = (struct feel_vector){.kind = FEEL_VECTOR_MEMBERS, .name = m->name, .members = rows, .first = first};
    return true;
}

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

/* An input that is no column operation is computed row by row. */
[[nodiscard]] static bool input_column(struct op *op, const struct policy *p, const struct policy_input *in,
                                       const struct feel *tree, const struct feel_rows *rows, struct feel_vector *ret)
{
    const struct feel_type *type = input_type(op, p, in, tree);
    enum feel_vector_kind kind;
    struct feel_program *program;
    struct column_maker maker;
    str reason;
    const struct feel_vector *members = feel_rows_find(rows, str_trim(in->from));
    if (members && members->kind == FEEL_VECTOR_MEMBERS) { /* the model itself counts them */
        *ret = *members;
        ret->name = in->name;
        return true;
    }
    if (feel_compile(op, tree, rows, &program, &reason)) {
        const struct feel_vector *column = feel_program_column(program);
        if (column) {
            *ret = *column;
            ret->name = in->name;
            return true;
        }
    }
    if (!column_kind(type, &kind))
        return op_fail(op, FAULT_INPUT, in->name, "取值须是数、文字、日期或是否：%.*s", PS(in->from));
    column_init(&maker, op, kind);
    for (size_t i = 0; i < rows->rows; i++) {
        struct op inner;
        op_init(&inner, op->now, 1);
        struct at_row at = {&inner, rows, feel_scope_of(tree), i};
        struct feel_run run = {.op = &inner, .value = value_at, .from = &at};
        bool fits = column_add(&maker, feel_eval(&run, tree));
        op_done(&inner);
        if (!fits)
            return op_fail(op, FAULT_INPUT, in->name, "有的值不是%.*s，或小数超过%d位：%.*s",
                           PS(feel_type_text(op, type)), POLICY_SCALE, PS(in->from));
    }
    *ret = column_end(&maker, in->name);
    return true;
}

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

[[nodiscard]] static bool load_columns(struct tx *tx, struct op *op, const struct town *town, const struct policy *p,
                                       struct population *people)
{
    struct feel_scope *scope = scope_of(op, p);
    struct feel **trees = op_array(op, struct feel *, p->input_count + 1);
    struct reading in = {.tx = tx,
                         .op = op,
                         .group = p->group_via.n ? p->group_via : p->group,
                         .by_id = p->group_via.n > 0,
                         .fields = op_array(op, const struct field *, p->ledger->field_count + 1)};
    bool *used = op_array(op, bool, scope->count + 1);
    for (size_t i = 0; i < p->input_count; i++) {
        const int *names;
        size_t count;
        scope->line = p->inputs[i].line;
        if (!feel_parse(op, p->inputs[i].from, scope, &trees[i]))
            return false;
        feel_names(op, trees[i], &names, &count);
        for (size_t k = 0; k < count; k++)
            used[names[k]] = true;
    }
    for (size_t i = p->member_count; i < scope->count; i++)
        if (used[i])
            in.fields[in.field_count++] = ledger_field(p->ledger, scope->names[i].name);
    if (!read_ledger(&in, town, p->ledger, p->where, people->fact_no))
        return false;
    if (in.by_id && !groups_through(&in, town, p, people->fact_no))
        return false;
    people->count = in.ids.n;
    people->ids = op_array(op, id, people->count + 1);
    people->titles = op_array(op, str, people->count + 1);
    people->groups = op_array(op, uint32_t, people->count + 1);
    struct place *place = places(op, in.ids.p, in.ids.p, in.ids.n);
    group_members(people, &in, place);
    struct feel_vector *vectors = vectors_of(&in, place, people->count, p->member_count);
    struct feel_rows rows = {vectors, in.field_count, people->count};
    for (size_t i = 0; i < p->member_count; i++)
        if (!add_members(tx, op, town, &p->members[i], people, &vectors[rows.count++]))
            return false;
    struct feel_vector *inputs = op_array(op, struct feel_vector, p->input_count + 1);
    for (size_t i = 0; i < p->input_count; i++)
        if (!input_column(op, p, &p->inputs[i], trees[i], &rows, &inputs[i]))
            return false;
    people->inputs = (struct feel_rows){inputs, p->input_count, people->count};
    return true;
}

static void own_end(void *own)
{
    op_done(own);
}

bool population_load(struct tx *tx, struct op *keep, const struct town *town, const struct policy *p, day on,
                     struct population **ret)
{
    enum { DAY_MS = 86400000 };
    struct op *op = tx->op, *own = op_new(keep, struct op);
    op_init(own, op->now, op_random(op));
    op_defer(keep, own_end, own);
    struct population *people = op_new(own, struct population);
    time_ms now = op->now, end = ((time_ms)on + 1) * DAY_MS - TOWN_OFFSET_MS - 1;
    bool past = on < day_at(now);
    *people = (struct population){.policy = p, .on = on};
    if (!store_fact_count(tx, &people->facts) || (past && !store_fact_at(tx, end, &people->fact_no)))
        return false;
    if (past && people->fact_no == 0)
        return op_fail(op, FAULT_MISSING, p->name, "%.*s以前还没有记录，不能按那一天筛查", PS(day_text(op, on)));
    if (on > day_at(now))
        return op_fail(op, FAULT_INPUT, S("as-of"), "%.*s还没有到", PS(day_text(op, on)));
    op->now = own->now = past ? end : now; /* ages and validity are those of that day */
    bool done = load_columns(tx, own, town, p, people);
    op->now = own->now = now;
    for (const struct fault *f = own->faults; f; f = f->next)
        done = op_fail(op, f->kind, op_copy(op, f->field), "%.*s", PS(f->text));
    if (done)
        *ret = people;
    return done;
}

bool population_fresh(struct tx *tx, const struct population *people, bool *ret)
{
    int64_t facts;
    *ret = people->fact_no > 0;
    if (*ret)
        return true;
    if (!store_fact_count(tx, &facts))
        return false;
    *ret = facts == people->facts && people->on == day_at(tx->op->now);
    return true;
}
