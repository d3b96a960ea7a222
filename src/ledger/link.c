/* Linking: references between ledgers, 归属, expressions and columns, once every file has been read. */
#include "ledger/define.h"

bool targets_link(struct reader *r, struct plan *p)
{
    bool ok = true;
    p->targets = op_array(r->op, const struct plan *, p->def.field_count);
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (!f->target.n)
            continue;
        struct plan *target = plan_named(r->town, f->target);
        p->targets[i] = target;
        if (!target) {
            ok = wrong(r, f->line, "字段“%.*s”引用的台账“%.*s”不存在；请改正名字，或放入它的定义", PS(f->name), PS(f->target));
            continue;
        }
        if (f->type == F_CHILDREN) {
            bool back = false;
            for (size_t k = 0; k < target->def.field_count; k++)
                back = back ||
                       (target->def.fields[k].type == F_REF && plan_named(r->town, target->def.fields[k].target) == p);
            if (!back)
                ok = wrong(r, f->line, "“%.*s”是“%.*s”的下级台账，须有一个“引→%.*s”的字段", PS(f->target),
                           PS(p->def.name), PS(p->def.name));
        } else {
            struct inward *inward = op_array(r->op, struct inward, target->inward_count + 1);
            if (target->inward_count)
                memcpy(inward, target->inward, target->inward_count * sizeof *inward);
            inward[target->inward_count++] = (struct inward){p, (int)i};
            target->inward = inward;
        }
    }
    return ok;
}

/* 归属: "村组", "户.村组", alternatives apart by |, the first that has a value counts. */
bool group_link(struct reader *r, struct plan *p)
{
    p->is_group = str_eq(p->def.name, GROUP_LEDGER);
    for (str rest = p->def.group_path, path; rest.n;) {
        str first, then;
        str_split(rest, '|', &path, &rest);
        str_split(path, '.', &first, &then);
        const struct field *f = ledger_field(&p->def, first);
        struct plan *target = f && f->type == F_REF ? plan_named(r->town, f->target) : NULL;
        if (!target)
            return wrong(r, 1, "归属“%.*s”：“%.*s”不是引用字段；例：\"村组\"、\"户.村组\"", PS(path), PS(first));
        bool ends = str_eq(target->def.name, GROUP_LEDGER);
        if (ends ? then.n != 0 : then.n == 0 || !str_eq(then, target->def.group_path))
            return wrong(r, 1, "归属“%.*s”走不到村组：“%.*s”之后须接台账“%.*s”自己的归属", PS(path), PS(first), PS(target->def.name));
        if (p->group_via_count == GROUP_VIA_MAX)
            return wrong(r, 1, "归属最多写 %d 条路", GROUP_VIA_MAX);
        p->group_via[p->group_via_count++] = field_index(p, f);
    }
    return true;
}

/* A cycle of 归属 would make a move endless. */
bool group_ends(const struct plan *p, int depth)
{
    if (depth > 20)
        return false;
    for (size_t i = 0; i < p->group_via_count; i++) {
        const struct plan *target = p->targets[p->group_via[i]];
        if (!target->is_group && !group_ends(target, depth + 1))
            return false;
    }
    return true;
}

struct scope_list {
    struct feel_name *p;
    size_t n, cap;
};
struct source_list {
    struct source *p;
    size_t n, cap;
};

static void name_add(struct op *op, struct scope_list *names, struct source_list *sources, str name,
                     const struct feel_type *type, struct source s)
{
    *list_add(op, names) = (struct feel_name){name, type};
    *list_add(op, sources) = s;
}

const struct feel_type *ledger_field_type(const struct field *f)
{
    return field_feel_types[f->value];
}

/* 户.户号 is one name of the scope: FEEL takes the longest, and both executors know what it is. */
static void paths_add(struct op *op, struct scope_list *names, struct source_list *sources, str name, int field,
                      const struct plan *target)
{
    for (size_t i = 0; i < target->def.field_count; i++) {
        const struct field *f = &target->def.fields[i];
        if (f->type != F_CHILDREN && !f->tally)
            name_add(op, names, sources, op_text(op, "%.*s.%.*s", PS(name), PS(f->name)), ledger_field_type(f),
                     (struct source){.kind = SOURCE_PATH, .field = field, .target = target, .of = SOURCE_FIELD, .of_field = (int)i});
    }
    if (target->def.state_count)
        name_add(op, names, sources, op_text(op, "%.*s.状态", PS(name)), &feel_text,
                 (struct source){.kind = SOURCE_PATH, .field = field, .target = target, .of = SOURCE_STATE});
}

void scope_make(struct reader *r, struct plan *p)
{
    struct scope_list names = {0};
    struct source_list sources = {0};
    const struct ledger *l = &p->def;
    for (size_t i = 0; i < l->field_count; i++)
        name_add(r->op, &names, &sources, l->fields[i].name, ledger_field_type(&l->fields[i]),
                 (struct source){.kind = SOURCE_FIELD, .field = (int)i});
    name_add(r->op, &names, &sources, S("id"), &feel_text, (struct source){.kind = SOURCE_ID});
    name_add(r->op, &names, &sources, S("新增时间"), &feel_date_time, (struct source){.kind = SOURCE_ADDED});
    name_add(r->op, &names, &sources, S("修改时间"), &feel_date_time, (struct source){.kind = SOURCE_CHANGED});
    if (l->state_count)
        name_add(r->op, &names, &sources, S("状态"), &feel_text, (struct source){.kind = SOURCE_STATE});
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].type == F_REF)
            paths_add(r->op, &names, &sources, l->fields[i].name, (int)i, plan_named(r->town, l->fields[i].target));
    /* The group a record counts for; a field 村组 of its own may be only one of the ways there (隐患: 村组|单位.村组). */
    if ((p->group_via_count || p->is_group) && r->town->groups && !ledger_field(l, S("归属")))
        name_add(r->op, &names, &sources, S("归属"), &feel_text, (struct source){.kind = SOURCE_GROUP});
    if ((p->group_via_count || p->is_group) && r->town->groups && !ledger_field(l, GROUP_LEDGER)) {
        name_add(r->op, &names, &sources, GROUP_LEDGER, &feel_text, (struct source){.kind = SOURCE_GROUP});
        if (!p->is_group)
            paths_add(r->op, &names, &sources, GROUP_LEDGER, -1, r->town->groups);
    }
    for (size_t i = 0; i < workdays_names(); i++) {
        const struct feel_type *type;
        str name = workdays_name(i, &type);
        if (!ledger_field(l, name))
            name_add(r->op, &names, &sources, name, type, (struct source){.kind = SOURCE_WORKDAYS, .field = (int)i});
    }
    p->scope = (struct feel_scope){.names = names.p, .count = names.n, .meanings = sources.p};
    p->sources = sources.p;
}

/* The records that one is made of (子) stand in their own ledger; here there is nothing to look at. */
str children_asked(struct op *op, const struct plan *p, const struct feel *tree)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(tree, names[i]);
        const struct field *f = s->kind == SOURCE_FIELD ? &p->def.fields[s->field] : NULL;
        if (f && f->type == F_CHILDREN)
            return op_text(op, "“%.*s”是“%.*s”台账里的一条条记录，条件、算式里看不到；请到“%.*s”里查，或用从它计出来的数", PS(f->name),
                           PS(f->target), PS(f->target));
    }
    return S("");
}

bool expression(struct reader *r, const struct plan *p, int line, const char *what, str text,
                const struct feel_type *want, struct feel **ret)
{
    if (!expression_over(r, reach_scope(r->op, p, text), line, what, text, want, ret))
        return false;
    str children = children_asked(r->op, p, *ret);
    return !children.n || wrong(r, line, "%s“%.*s”：%.*s", what, PS(text), PS(children));
}

bool expression_over(struct reader *r, const struct feel_scope *scope, int line, const char *what, str text,
                     const struct feel_type *want, struct feel **ret)
{
    struct feel_note where = {0};
    int faults = r->op->fault_count;
    if (!feel_parse_at(r->op, text, scope, false, ret, &where)) {
        op_forgive(r->op, faults);
        return wrong(r, line, "%s“%.*s”第%d字：%.*s", what, PS(text), where.column, PS(where.text));
    }
    struct feel_note *notes = NULL;
    const struct feel_type *type = feel_check(r->op, *ret, &notes);
    if (notes)
        return wrong(r, line, "%s“%.*s”第%d字：%.*s", what, PS(text), notes->column, PS(notes->text));
    if (type && type->kind != FEEL_ANY && type->kind != FEEL_NULL && want && want->kind != type->kind)
        return wrong(r, line, "%s“%.*s”得出的是%.*s，须得出%.*s", what, PS(text), PS(feel_type_said(r->op, type)),
                     PS(feel_type_said(r->op, want)));
    return true;
}

/* Whether a text calls one of the functions that look at the clock. */
static bool asks_today(str text)
{
    size_t at;
    return str_find(text, S("today("), &at) || str_find(text, S("now("), &at);
}

static bool tree_moves(struct op *op, const struct plan *p, const struct feel *tree)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(tree, names[i]);
        switch (s->kind) {
        case SOURCE_FIELD:
            if (p->def.fields[s->field].moving || p->def.fields[s->field].tally)
                return true;
            break;
        case SOURCE_PATH:
        case SOURCE_REACH:
        case SOURCE_GROUP:
        case SOURCE_ADDED:
        case SOURCE_CHANGED:
        case SOURCE_WORKDAYS: /* a notice that comes out later holds for old records too */
            return true;
        case SOURCE_ID:
        case SOURCE_STATE:
            break;
        }
    }
    return asks_today(feel_source(tree));
}

/* Orders the formulas; a field that needs itself is refused. */
static bool formula_place(struct reader *r, struct plan *p, int i, char *marks, int *order)
{
    struct field *f = (struct field *)&p->def.fields[i];
    const int *names;
    size_t count;
    if (marks[i] == 2 || !p->formula[i])
        return true;
    if (marks[i] == 1)
        return wrong(r, f->line, "字段“%.*s”算来算去又用到它自己；请改写公式", PS(f->name));
    marks[i] = 1;
    feel_names(r->op, p->formula[i], &names, &count);
    for (size_t k = 0; k < count; k++) {
        const struct source *s = source_of(p->formula[i], names[k]);
        if (s->kind == SOURCE_FIELD && !formula_place(r, p, s->field, marks, order))
            return false;
    }
    f->moving = tree_moves(r->op, p, p->formula[i]);
    marks[i] = 2;
    order[p->order_count++] = i;
    return true;
}

static int scope_name(const struct plan *p, str name)
{
    for (size_t i = 0; i < p->scope.count; i++)
        if (str_eq(p->scope.names[i].name, name))
            return (int)i;
    return -1;
}

/* {收文日.年}, {检查.时间.日}: the year or the day of a date. False: the word ends otherwise. */
static bool serial_dated(const struct plan *p, str word, struct serial_part *ret, str *ret_name)
{
    const struct { str ending; int kind; } endings[] = {{S(".年"), SERIAL_YEAR}, {S(".日"), SERIAL_DAY}};
    for (size_t i = 0; i < COUNT(endings); i++)
        if (str_ends(word, endings[i].ending)) {
            *ret_name = str_part(word, 0, word.n - endings[i].ending.n);
            ret->kind = endings[i].kind;
            ret->source = scope_name(p, *ret_name);
            return true;
        }
    return false;
}

/* A number is given before anything is computed, and never changes. */
static bool serial_source(struct reader *r, const struct plan *p, const struct field *number, const struct serial_part *part,
                          str name)
{
    const struct field *f = NULL;
    const struct source *s = &p->sources[part->source];
    if (s->kind == SOURCE_FIELD)
        f = &p->def.fields[s->field];
    else if (s->kind == SOURCE_PATH && s->of == SOURCE_FIELD)
        f = &s->target->def.fields[s->of_field];
    if (part->kind != SERIAL_VALUE && (!f || (f->value != F_DAY && f->value != F_TIME)))
        return wrong(r, number->line, "编号规则里“%.*s”不是日期，取不出年、日；须是 日 或 时 字段", PS(name));
    if (s->kind == SOURCE_FIELD && (f->type == F_COMPUTED || f->type == F_SERIAL))
        return wrong(r, number->line, "编号规则里的“%.*s”由系统产生，编号时还没有；请改用人填的字段", PS(name));
    return true;
}

/* {年}, {日}, {收文日.年}, {村组.代码}, {5} */
static bool serial_word(struct reader *r, const struct plan *p, const struct field *f, str word, struct serial_part *ret)
{
    str name = word;
    *ret = (struct serial_part){.kind = SERIAL_VALUE, .source = scope_name(p, word)};
    if (ret->source < 0 && word.n == 1 && word.p[0] >= '1' && word.p[0] <= '9') {
        *ret = (struct serial_part){.kind = SERIAL_NUMBER, .source = -1, .digits = word.p[0] - '0'};
        return true;
    }
    if (str_eq(word, S("年")) || (ret->source < 0 && str_eq(word, S("日")))) {
        *ret = (struct serial_part){.kind = str_eq(word, S("年")) ? SERIAL_YEAR : SERIAL_DAY, .source = -1};
        return true;
    }
    if (ret->source < 0 && (!serial_dated(p, word, ret, &name) || ret->source < 0))
        return wrong(r, f->line,
                     "编号规则里的“{%.*s}”不认识；可用 {年}、{日}（登记那天）、{收文日.年}、{收文日.日}（本记录的日期）、{字段}、{引用字段.字段} 或 "
                     "{5}（几位流水）",
                     PS(word));
    return serial_source(r, p, f, ret, name);
}

static bool serial_link(struct reader *r, struct plan *p, const struct field *f, struct serial **ret)
{
    struct serial *s = *ret = op_new(r->op, struct serial);
    int numbers = 0;
    for (str rest = f->serial; rest.n;) {
        struct serial_part *part = &s->parts[s->count];
        size_t end;
        if (s->count == SERIAL_PARTS_MAX)
            return wrong(r, f->line, "编号规则“%.*s”太长，最多 %d 段", PS(f->serial), SERIAL_PARTS_MAX);
        s->count++;
        if (rest.p[0] != '{') {
            if (!str_find(rest, S("{"), &end))
                end = rest.n;
            *part = (struct serial_part){.kind = SERIAL_TEXT, .text = str_part(rest, 0, end), .source = -1};
            rest = str_part(rest, end, rest.n);
            continue;
        }
        if (!str_find(rest, S("}"), &end))
            return wrong(r, f->line, "编号规则“%.*s”的花括号没有合上", PS(f->serial));
        if (!serial_word(r, p, f, str_part(rest, 1, end), part))
            return false;
        rest = str_part(rest, end + 1, rest.n);
        numbers += part->kind == SERIAL_NUMBER;
        s->dated = s->dated || (part->source >= 0 && part->kind != SERIAL_VALUE);
    }
    if (numbers != 1 || s->parts[s->count - 1].kind != SERIAL_NUMBER)
        return wrong(r, f->line, "编号规则“%.*s”须以一段流水号结尾，如 {5}", PS(f->serial));
    return true;
}

/* ---- formulas over other records --------------------------------------------------------------------------------- */

/* Of a ledger and its field: where a name of one of its expressions leads. */
static bool name_leads(const struct plan *p, const struct source *s, const struct plan **ret, int *ret_field)
{
    *ret = p;
    *ret_field = -1;
    if (s->kind == SOURCE_FIELD) {
        *ret_field = s->field;
    } else if (s->kind == SOURCE_PATH && s->of == SOURCE_FIELD) {
        *ret = s->target;
        *ret_field = s->of_field;
    } else if (s->kind == SOURCE_REACH && s->reach->end) {
        *ret = s->reach->step_count ? reach_step(p, s->reach, s->reach->step_count - 1) : p;
        *ret_field = field_index(*ret, s->reach->end);
    }
    return *ret_field >= 0;
}

/* marks: by the field's place in memory, 1 on the way, 2 done. */
static bool formula_ends(struct reader *r, const struct plan *p, int field, struct map *marks)
{
    enum { ON_THE_WAY = 1, DONE };
    const struct field *f = &p->def.fields[field];
    const int *names;
    size_t count;
    if (!p->formula[field] || !f->moving)
        return true;
    str key = op_copy(r->op, (str){(const char *)&f, sizeof f});
    char *mark = map_get(marks, key);
    if (mark && *mark == ON_THE_WAY)
        return wrong(r, f->line, "台账“%.*s”的字段“%.*s”隔着引用又用到它自己，算不出头；请改写公式，或改用存着的字段", PS(p->def.name),
                     PS(f->name));
    if (mark)
        return true;
    mark = op_new(r->op, char);
    *mark = ON_THE_WAY;
    map_put(marks, key, mark);
    feel_names(r->op, p->formula[field], &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct plan *to;
        int at;
        if (name_leads(p, source_of(p->formula[field], names[i]), &to, &at) && !formula_ends(r, to, at, marks))
            return false;
    }
    *mark = DONE;
    return true;
}

bool formulas_end(struct reader *r, const struct plan *p)
{
    struct map marks;
    map_init(&marks, r->op);
    for (size_t i = 0; i < p->def.field_count; i++)
        if (!formula_ends(r, p, (int)i, &marks))
            return false;
    return true;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

/* Whether an expression counts, itself or by a field that is computed of counts. */
static bool tree_counts(struct op *op, const struct plan *p, const struct feel *tree)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(tree, names[i]);
        if (s->kind != SOURCE_FIELD)
            continue;
        const struct field *f = &p->def.fields[s->field];
        if (f->tally || (f->moving && p->formula[s->field] && tree_counts(op, p, p->formula[s->field])))
            return true;
    }
    return false;
}

/* What a count asks of the records it counts stands in its SQL, whatever it walks over. */
static bool tally_condition(struct reader *r, const struct plan *from, const struct field *f, struct tally_plan *t)
{
    struct sql sql;
    str reason;
    if (!expression(r, from, f->line, "“计”的条件", f->tally->where, &feel_bool, &t->where))
        return false;
    if (tree_counts(r->op, from, t->where))
        return wrong(r, f->line, "“计”的条件“%.*s”里又用到“计”；请改用台账“%.*s”存着的字段", PS(f->tally->where), PS(from->def.name));
    sql_init(&sql, r->op);
    if (!sql_condition(&sql, from, t->where, S("x"), &reason))
        return wrong(r, f->line, "“计”的条件“%.*s”不能在数据库里计算：%.*s", PS(f->tally->where), PS(reason));
    for (size_t i = 0; i < sql.args.n; i++)
        if (sql.args.p[i].kind != ARG_INT && sql.args.p[i].kind != ARG_TEXT)
            return wrong(r, f->line, "“计”的条件“%.*s”不能写某一条记录的标识；请按它的字段来写", PS(f->tally->where));
    return true;
}

bool tally_link(struct reader *r, struct plan *p, int i)
{
    const struct field *f = &p->def.fields[i];
    struct tally_plan *t = p->tally[i] = op_new(r->op, struct tally_plan);
    const struct plan *from = t->from = plan_named(r->town, f->tally->ledger);
    t->by = t->sum = -1;
    if (!from)
        return wrong(r, f->line, "“计”的台账“%.*s”不存在；请改正名字", PS(f->tally->ledger));
    const struct field *by = ledger_field(&from->def, f->tally->by);
    if (str_eq(f->tally->by, S("归属"))) {
        if (!p->is_group)
            return wrong(r, f->line, "“按归属”计数只用在村组台账上");
    } else {
        if (!by || by->type != F_REF || plan_named(r->town, by->target) != p)
            return wrong(r, f->line, "“计”的“按”须是台账“%.*s”里引用“%.*s”的字段，或“归属”", PS(from->def.name), PS(p->def.name));
        t->by = field_index(from, by);
    }
    if (f->tally->sum.n) {
        const struct field *sum = ledger_field(&from->def, f->tally->sum);
        if (!sum || sum->tally || sum->moving || ledger_field_type(sum) != &feel_number)
            return wrong(r, f->line, "“求”的“%.*s”不是台账“%.*s”里存着的数", PS(f->tally->sum), PS(from->def.name));
        t->sum = field_index(from, sum);
        if (field_scale(f) != field_scale(sum))
            return wrong(r, f->line, "字段“%.*s”的值类型须和“%.*s”一样", PS(f->name), PS(sum->name));
    } else if (f->value != F_INT) {
        return wrong(r, f->line, "数个数的字段“%.*s”，值类型须是 整", PS(f->name));
    }
    return !f->tally->where.n || tally_condition(r, from, f, t);
}

/* Columns: the stored fields in definition order, then the village group, the key of several fields, the title. */
void table_plan(struct reader *r, struct plan *p)
{
    struct ledger *l = &p->def;
    struct column *columns = op_array(r->op, struct column, l->field_count + 3);
    const struct field **stored = op_array(r->op, const struct field *, l->field_count);
    size_t n = 0;
    for (size_t i = 0; i < l->field_count; i++) {
        struct field *f = (struct field *)&l->fields[i];
        if (f->type == F_CHILDREN || f->tally || f->moving)
            continue;
        bool only_key = l->key_count == 1 && ledger_field(l, l->keys[0]) == f;
        if (only_key && f->type != F_COMPUTED)
            f->unique = true;
        f->column = (int)n;
        columns[n] = (struct column){f->name, field_columns[f->value], f->indexed || f->type == F_REF || f->spent, f->unique};
        stored[n++] = f;
    }
    p->stored = stored;
    p->stored_count = n;
    p->stored_keys = op_array(r->op, str, n);
    for (size_t i = 0; i < n; i++)
        p->stored_keys[i] = json_key_text(r->op, stored[i]->name);
    p->group_column = (int)n;
    columns[n++] = (struct column){S("组"), COLUMN_ID, true, false};
    const struct field *key = l->key_count == 1 ? ledger_field(l, l->keys[0]) : NULL;
    p->key_column = -1;
    if (!key || !key->unique) {
        p->key_column = (int)n;
        columns[n++] = (struct column){S("_key"), COLUMN_TEXT, false, true};
    }
    p->title_column = -1;
    if (!p->title_moving) {
        p->title_column = (int)n;
        columns[n++] = (struct column){TITLE_COLUMN, COLUMN_TEXT, false, false};
    }
    p->table = (struct table){.name = l->english, .columns = columns, .count = n};
    table_ready(r->op, &p->table);
}

static void title_fields_link(struct op *op, struct plan *p)
{
    const int *names;
    size_t count;
    feel_names(op, p->title, &names, &count);
    int *fields = op_array(op, int, count);
    p->title_fields = fields;
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(p->title, names[i]);
        if (s->kind == SOURCE_FIELD)
            fields[p->title_field_count++] = s->field;
    }
}

/* A reference is kept as the identity of its record; in a text it would stand there as that, and not as a name. */
static bool names_record(struct op *op, const struct plan *p, const struct feel *tree)
{
    const struct feel_piece *pieces;
    if (!tree || !feel_pieces(op, tree, &pieces))
        return false;
    for (; pieces; pieces = pieces->next) {
        const struct plan *of;
        int field;
        if (pieces->kind == FEEL_PIECE_NAME && name_leads(p, source_of(tree, pieces->name), &of, &field) &&
            of->def.fields[field].type == F_REF)
            return true;
    }
    return false;
}

/* What a field is computed of, or begins with. */
static bool value_link(struct reader *r, const struct plan *p, const struct field *f, const char *what, str text, struct feel **ret)
{
    if (!text.n)
        return true;
    if (!expression(r, p, f->line, what, text, ledger_field_type(f), ret))
        return false;
    if (f->value != F_REF && names_record(r->op, p, *ret))
        return wrong(r, f->line, "%s“%.*s”得出的是一条记录，字段“%.*s”写的是文字；请写明取它的哪一个字段，如 .名称", what, PS(text),
                     PS(f->name));
    return true;
}

bool expressions_link(struct reader *r, struct plan *p)
{
    struct ledger *l = &p->def;
    bool ok = true;
    p->formula = op_array(r->op, struct feel *, l->field_count);
    p->initial = op_array(r->op, struct feel *, l->field_count);
    p->tally = op_array(r->op, struct tally_plan *, l->field_count);
    p->serial = op_array(r->op, struct serial *, l->field_count);
    char *marks = op_array(r->op, char, l->field_count);
    int *order = op_array(r->op, int, l->field_count);
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        ok = value_link(r, p, f, "算式", f->formula, &p->formula[i]) && ok;
        ok = value_link(r, p, f, "默认", f->initial, &p->initial[i]) && ok;
        if (f->serial.n)
            ok = serial_link(r, p, f, &p->serial[i]) && ok;
    }
    for (size_t i = 0; ok && i < l->field_count; i++)
        ok = formula_place(r, p, (int)i, marks, order);
    p->order = order;
    for (size_t i = 0; i < l->rule_count; i++) {
        struct feel *tree;
        if (expression(r, p, l->rules[i].line, "规则", l->rules[i].condition, &feel_bool, &tree))
            ((struct rule *)l->rules)[i].tree = tree;
        else
            ok = false;
    }
    for (size_t i = 0; i < l->scope_count; i++) {
        struct feel *tree;
        ok = expression(r, p, l->scopes[i].line, "题目", l->scopes[i].where, &feel_bool, &tree) && ok;
    }
    if (!l->title.n) {
        const struct field *key = ledger_field(l, l->keys[0]);
        l->title = key->type == F_TEXT || key->type == F_SERIAL || key->type == F_CODE
                       ? key->name
                       : op_text(r->op, "string(%.*s)", PS(key->name));
    }
    /* Over one reference at most: search keeps what a record is called, and asks no further. */
    if (!expression_over(r, &p->scope, 1, "标题", l->title, &feel_text, &p->title))
        return false;
    if (!feel_pieces(r->op, p->title, &p->title_pieces))
        p->title_pieces = NULL;
    title_fields_link(r->op, p);
    p->title_moving = tree_moves(r->op, p, p->title);
    return ok;
}
