/* Fields reached through references: 人.户.住址 of a record that names a 人. Read under the rights of whoever looks, at
 * every step: a ledger that is not theirs, a record outside their village or a covered field on the way shows nothing
 * of what lies behind it. */
#include "ledger/define.h"
#include "ledger/excel.h"

#define OWN_GROUP S("归属")

const struct plan *reach_step(const struct plan *p, const struct reach *reach, size_t i)
{
    for (size_t k = 0; k <= i; k++)
        p = reach->steps[k] < 0 ? p->town->groups : p->targets[reach->steps[k]];
    return p;
}

/* The village group that a record counts for has a name of its own in every ledger that has none of that name. */
static bool is_group_step(const struct plan *p, str name)
{
    return p->town->groups && !p->is_group && p->group_via_count && !ledger_field(&p->def, name) &&
           (str_eq(name, GROUP_LEDGER) || str_eq(name, OWN_GROUP));
}

bool reach_find(struct op *op, const struct plan *p, str name, struct reach *ret, str *ret_why)
{
    *ret = (struct reach){.name = name};
    for (str rest = name, word; rest.n;) {
        str_split(rest, '.', &word, &rest);
        bool group = is_group_step(p, word);
        const struct field *f = group ? NULL : ledger_field(&p->def, word);
        if (!group && !f) {
            *ret_why = op_text(op, "台账“%.*s”没有“%.*s”这个字段；请改正名字", PS(p->def.name), PS(word));
            return false;
        }
        if (f && !rest.n) {
            ret->end = f;
            ret->of = &p->def;
            return true;
        }
        if (f && f->type != F_REF) {
            *ret_why = op_text(op, "“%.*s”不是引用字段，走不下去；例：人.户.住址", PS(word));
            return false;
        }
        if (ret->step_count == REACH_STEPS_MAX) {
            *ret_why = op_text(op, "最多走 %d 步", REACH_STEPS_MAX);
            return false;
        }
        ret->steps[ret->step_count++] = group ? -1 : field_index(p, f);
        p = group ? p->town->groups : p->targets[field_index(p, f)];
        if (group && !rest.n) { /* 人.村组: its name */
            const struct field *called = ledger_field(&p->def, S("名称"));
            ret->end = called ? called : ledger_field(&p->def, p->def.keys[0]);
            ret->of = &p->def;
            return true;
        }
    }
    *ret_why = S("名字不完整；例：人.户.住址");
    return false;
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

enum { REACHED_NAMES_MAX = 60 }; /* of one condition; every word of it is held against each */

static bool name_known(const struct feel_name *names, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i].name, name))
            return true;
    return false;
}

/* 人.户.状态: no field, but known of every record of a ledger that has states. */
static bool state_find(struct op *op, const struct plan *p, str name, struct reach *ret)
{
    const str tail = S(".状态");
    str why;
    if (!str_ends(name, tail) || !reach_find(op, p, str_part(name, 0, name.n - tail.n), ret, &why) || !ret->end ||
        ret->end->type != F_REF || ret->step_count == REACH_STEPS_MAX)
        return false;
    const struct plan *at = ret->step_count ? reach_step(p, ret, ret->step_count - 1) : p;
    const struct plan *target = plan_of(town_ledger(p->town, ret->end->target));
    if (ret->of != &at->def || !target->def.state_count)
        return false;
    ret->steps[ret->step_count++] = field_index(at, ret->end);
    ret->name = name;
    ret->end = NULL;
    return true;
}

/* The longest beginning of a word that leads somewhere: after 人.户.建房日期.year comes what FEEL knows of a date. */
static bool word_reached(struct op *op, const struct plan *p, str word, struct reach *ret)
{
    str why;
    for (size_t n = word.n; n > 0; n--) {
        str part = str_part(word, 0, n);
        if (n < word.n && word.p[n] != '.')
            continue;
        if (name_known(p->scope.names, p->scope.count, part))
            return false; /* as far as the ledger itself knows the way */
        if (reach_find(op, p, part, ret, &why) ? ret->end->type != F_CHILDREN : state_find(op, p, part, ret))
            return true;
    }
    return false;
}

struct reached_names {
    struct feel_name *p;
    struct source *sources;
    size_t n;
};

static void name_reached(struct op *op, const struct plan *p, const struct reach *reach, struct reached_names *list)
{
    size_t own = p->scope.count;
    if (!list->p) {
        list->p = op_array(op, struct feel_name, own + REACHED_NAMES_MAX);
        list->sources = op_array(op, struct source, own + REACHED_NAMES_MAX);
        memcpy(list->p, p->scope.names, own * sizeof *list->p);
        memcpy(list->sources, p->sources, own * sizeof *list->sources);
        list->n = own;
    }
    if (list->n == own + REACHED_NAMES_MAX || name_known(list->p + own, list->n - own, reach->name))
        return;
    struct reach *kept = op_new(op, struct reach);
    *kept = *reach;
    kept->name = op_copy(op, reach->name);
    list->p[list->n] = (struct feel_name){kept->name, reach->end ? ledger_field_type(reach->end) : &feel_text};
    list->sources[list->n++] = (struct source){.kind = SOURCE_REACH,
                                               .field = -1,
                                               .of = reach->end ? SOURCE_FIELD : SOURCE_STATE,
                                               .reach = kept};
}

const struct feel_scope *reach_scope(struct op *op, const struct plan *p, str text)
{
    struct reached_names list = {0};
    struct reach reach;
    struct text_walk all = {.text = text, .paths = true};
    for (str word; walk_next(&all, &word);) {
        size_t at;
        if (!all.quoted && str_find(word, S("."), &at) && word_reached(op, p, word, &reach))
            name_reached(op, p, &reach, &list);
    }
    if (!list.n)
        return &p->scope;
    struct feel_scope *scope = op_new(op, struct feel_scope);
    *scope = p->scope;
    scope->names = list.p;
    scope->count = list.n;
    scope->meanings = list.sources;
    return scope;
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static void step_pick(struct op *op, const struct plan *p, int step, bool *columns)
{
    if (step < 0) {
        columns[p->group_column] = true;
        for (size_t i = 0; i < p->group_via_count; i++)
            columns[p->def.fields[p->group_via[i]].column] = true;
        return;
    }
    pick_field(op, p, step, columns);
}

void reach_pick(struct op *op, const struct plan *p, const struct reach *reach, bool *columns)
{
    if (reach->list && reach->step_count == 0)
        return;
    if (reach->formula && !reach->list)
        pick_tree(op, p, reach->formula, columns);
    else
        step_pick(op, p, reach->steps[0], columns);
}

void reach_wanted(struct op *op, const struct plan *p, const struct reach *reach, struct map *wanted)
{
    for (size_t i = 0; i < reach->step_count; i++) {
        const struct plan *at = reach_step(p, reach, i);
        bool *columns = map_get(wanted, at->def.english);
        if (i + 1 < reach->step_count)
            step_pick(op, at, reach->steps[i + 1], columns);
        else if (reach->end && !reach->list) /* the state of a record is always read */
            pick_field(op, at, field_index(at, reach->end), columns);
    }
}

str reach_sql(struct sql *s, const struct plan *p, const struct reach *reach, str alias)
{
    if (reach->formula || (reach->end && reach->end->column < 0))
        return (str){0};
    str value = sql_column(s->op, alias, reach->steps[0] < 0 ? S("组") : p->def.fields[reach->steps[0]].name);
    for (size_t i = 0; i < reach->step_count; i++) {
        const struct plan *at = reach_step(p, reach, i);
        bool last = i + 1 == reach->step_count;
        str what = last && !reach->end      ? S("state")
                   : last                    ? reach->end->name
                   : reach->steps[i + 1] < 0 ? S("组")
                                             : at->def.fields[reach->steps[i + 1]].name;
        value = sql_across(s, at, value, what);
    }
    return value;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool way_covered(struct row *row, const struct reach *reach, bool *ret)
{
    enum reached reached;
    struct row *at;
    if (!reach_row(row, reach, row->labels, &reached, &at))
        return false;
    const struct right *right = reached == REACH_SEEN ? labels_right(row->labels, at->plan) : NULL;
    bool end = right && right->masked && reach->end && right->masked[field_index(at->plan, reach->end)];
    *ret = reached == REACH_HIDDEN || end;
    return true;
}

/* An expression says nothing where it would say what is covered. */
static bool formula_read(struct row *row, const struct reach *reach, enum reached *ret, struct arg *ret_cell)
{
    struct op *op = row->tx->op;
    const int *names;
    size_t count;
    bool within;
    feel_names(op, reach->formula, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(reach->formula, names[i]);
        bool covered = s->kind == SOURCE_FIELD && row->masked && row->masked[s->field];
        if (s->kind == SOURCE_PATH) {
            const struct right *right = labels_right(row->labels, s->target);
            const struct row *other = row_referred(row, s->field, s->target);
            if (row->broken)
                return false;
            covered = !right || (s->of == SOURCE_FIELD && right->masked[s->of_field]) ||
                      (s->field >= 0 && row->masked && row->masked[s->field]);
            if (!covered && other && !labels_within(row->labels, s->target, other->record, &within))
                return false;
            covered = covered || (other && !within);
        }
        if (s->kind == SOURCE_REACH && !way_covered(row, s->reach, &covered))
            return false;
        if (covered) {
            *ret = REACH_HIDDEN;
            return true;
        }
    }
    *ret_cell = value_cell(op, reach->end, row_eval(row, reach->formula));
    *ret = ret_cell->kind == ARG_NULL ? REACH_NONE : REACH_SEEN;
    return !row->broken;
}

/* Those that refer to the record at the end of the steps and may be seen, the newest first. That there is none can be told
 * only to who sees every one. */
static bool list_read_into(struct row *row, const struct reach *reach, enum reached *ret, struct arg *ret_cell)
{
    struct op *op = row->tx->op;
    struct row *of;
    const struct plan *from = plan_of(reach->list->from);
    const struct right *right = labels_right(row->labels, from);
    struct sql s;
    struct rows *rows;
    struct buf b;
    bool more;
    if (!right || row->as_of) { /* of the past it is not known who referred to it */
        *ret = right ? REACH_NONE : REACH_HIDDEN;
        return true;
    }
    if (!reach_row(row, reach, row->labels, ret, &of))
        return false;
    if (*ret != REACH_SEEN)
        return true;
    sql_init(&s, op);
    sql_add(&s, "select ");
    sql_str(&s, from->whole.sql);
    sql_add(&s, " from ");
    sql_str(&s, sql_table(op, from));
    sql_add(&s, " t where ");
    right_add(&s, right);
    sql_add(&s, " and t.removed = 0 and ");
    sql_str(&s, sql_column(op, S("t"), reach->list->by->name));
    sql_add(&s, " = ");
    sql_arg(&s, ID(of->record));
    if (reach->list->where) {
        str reason;
        sql_add(&s, " and ");
        must(sql_condition(&s, from, reach->list->where, S("t"), &reason)); /* list_link has tried it */
    }
    sql_add(&s, " order by t.record desc limit ");
    sql_arg(&s, INT(reach->list->most));
    if (!store_query(row->tx, sql_z(&s), sql_args(&s), &rows) || !rows_next(rows, &more))
        return false;
    buf_init(&b, op, 0);
    while (more) {
        struct row *one = op_new(op, struct row);
        enum reached reached;
        struct arg cell;
        row_init(one, row->tx, from);
        row_take(one, rows, &from->whole, true);
        one->labels = row->labels;
        one->masked = right->masked;
        if (!formula_read(one, reach, &reached, &cell))
            return !(row->broken = true);
        if (reached == REACH_SEEN && cell.text.n)
            buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(cell.text));
        if (!rows_next(rows, &more))
            return false;
    }
    rows_close(rows);
    str none = reach->list->none;
    bool all = labels_plain(row->labels, from);
    *ret = b.n || (none.n && all) ? REACH_SEEN : none.n ? REACH_HIDDEN : REACH_NONE;
    *ret_cell = b.n ? TEXT(buf_str(&b)) : *ret == REACH_SEEN ? TEXT(none) : NUL;
    return true;
}

bool reach_row(struct row *row, const struct reach *reach, struct labels *asker, enum reached *ret, struct row **ret_at)
{
    const bool *masked = asker ? row->masked : NULL;
    struct row *at = *ret_at = row;
    *ret = REACH_NONE;
    for (size_t i = 0; i < reach->step_count; i++) {
        int step = reach->steps[i];
        const struct plan *target = reach_step(row->plan, reach, i);
        const struct right *right;
        bool within = true;
        if (step >= 0 && masked && masked[step]) {
            *ret = REACH_HIDDEN;
            return true;
        }
        struct row *next = row_referred(at, step, target);
        if (at->broken)
            return !(row->broken = true);
        if (!next)
            return true;
        if (asker) {
            right = labels_right(asker, target);
            if (right && !labels_within(asker, target, next->record, &within))
                return false;
            if (!right || !within) {
                *ret = REACH_HIDDEN;
                return true;
            }
            masked = right->masked;
        }
        at = next;
    }
    *ret_at = at;
    *ret = REACH_SEEN;
    return true;
}

bool reach_read(struct row *row, const struct reach *reach, enum reached *ret, struct arg *ret_cell,
                struct row **ret_at)
{
    *ret = REACH_NONE;
    *ret_cell = NUL;
    *ret_at = row;
    if (reach->list)
        return list_read_into(row, reach, ret, ret_cell);
    if (reach->formula)
        return formula_read(row, reach, ret, ret_cell);
    struct row *at;
    if (!reach_row(row, reach, row->labels, ret, &at))
        return false;
    if (*ret != REACH_SEEN)
        return true;
    const struct right *right = labels_right(row->labels, at->plan);
    struct arg cell = row_cell(at, reach->end);
    if (at->broken)
        return !(row->broken = true);
    bool covered = right->masked && right->masked[field_index(at->plan, reach->end)];
    *ret_at = at;
    *ret = cell.kind == ARG_NULL ? REACH_NONE : covered ? REACH_COVERED : REACH_SEEN;
    *ret_cell = covered ? cell_masked(row->tx->op, reach->end, cell) : cell;
    return true;
}
