/* What is asked of a list.
 *
 * Covered fields. What a person sees masked must not be learnt by asking: `证件号 < "1525…"` twenty times would spell the
 * number, and so would its order. A condition or an order that names a covered field is refused; also 户.电话 when the
 * other ledger covers it. Computed fields are judged by their own mark (敏感): what is shown may be asked. */
#include "ledger/excel.h"
#include "ledger/list.h"

static const struct fixed_sort {
    str name, sql;
} fixed_sorts[] = {{SC("状态"), SC("t.state")}, {SC("新增时间"), SC("t.added")}, {SC("修改时间"), SC("t.changed")}};

static void slow_say(struct listing *l, str reason)
{
    if (!l->slow)
        l->slow_reason = reason;
    l->slow = true;
}

/* ---- covered fields ---------------------------------------------------------------------------------------------- */

struct asked {
    struct op *op;
    const struct plan *plan;
    const struct who *who;
    const bool *masked;         /* of plan */
    const struct plan *partly;  /* a ledger on the way of which they see only a part */
};

static bool covered_refused(struct op *op, str name)
{
    return op_fail(op, FAULT_DENIED, name, "“%.*s”对您是打码显示的，不能用来筛选或排序；请换一个字段", PS(name));
}

/* On to a record that a field refers to (-1: the village group), under the rights to that ledger. */
static bool step_allowed(struct asked *a, str name, int field, const struct plan *to, const bool **masked)
{
    struct right right;
    if (field >= 0 && *masked && (*masked)[field])
        return covered_refused(a->op, name);
    if (!right_ask(a->op, a->who, to, ACT_READ, &right))
        return op_fail(a->op, FAULT_DENIED, name, "您的岗位不能查看台账“%.*s”，条件里不能用“%.*s”", PS(to->def.name), PS(name));
    if (!right.all)
        a->partly = to;
    *masked = right.masked;
    return true;
}

static bool name_allowed(struct asked *a, const struct source *s, str name)
{
    const struct plan *at = a->plan;
    const bool *masked = a->masked;
    int end = -1;
    switch (s->kind) {
    case SOURCE_FIELD:
        end = s->field;
        break;
    case SOURCE_PATH:
        if (!step_allowed(a, name, s->field, s->target, &masked))
            return false;
        end = s->of == SOURCE_FIELD ? s->of_field : -1;
        break;
    case SOURCE_REACH:
        for (size_t i = 0; i < s->reach->step_count; i++) {
            at = reach_step(a->plan, s->reach, i);
            if (!step_allowed(a, name, s->reach->steps[i], at, &masked))
                return false;
        }
        end = s->reach->end ? field_index(at, s->reach->end) : -1;
        break;
    case SOURCE_ID:
    case SOURCE_STATE:
    case SOURCE_ADDED:
    case SOURCE_CHANGED:
    case SOURCE_GROUP:
    case SOURCE_WORKDAYS:
        break;
    }
    return end < 0 || !masked || !masked[end] || covered_refused(a->op, name);
}

bool where_allowed(struct op *op, const struct who *who, const struct plan *plan, const struct right *right,
                   const struct feel *tree, const struct plan **ret_partly)
{
    struct asked a = {.op = op, .plan = plan, .who = who, .masked = right->masked};
    const int *names;
    size_t count;
    str children = children_asked(op, plan, tree);
    if (children.n)
        return op_fail(op, FAULT_INPUT, S("where"), "%.*s", PS(children));
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++)
        if (!name_allowed(&a, source_of(tree, names[i]), feel_scope_of(tree)->names[names[i]].name))
            return false;
    *ret_partly = a.partly;
    return true;
}

bool ledger_condition(struct op *op, const struct ledger *l, str where, str *ret_trouble)
{
    struct feel_note note = {0}, *notes = NULL;
    struct feel *tree;
    int faults = op->fault_count;
    where = who_condition(op, &(struct who){0}, plan_of(l), where);
    if (!feel_parse_at(op, where, reach_scope(op, plan_of(l), where), false, &tree, &note)) {
        op_forgive(op, faults);
        *ret_trouble = note.text;
        return false;
    }
    feel_check(op, tree, &notes);
    *ret_trouble = notes ? notes->text : children_asked(op, plan_of(l), tree);
    return !ret_trouble->n;
}

/* ---- the query --------------------------------------------------------------------------------------------------- */

static bool where_read(struct listing *l, str where)
{
    struct op *op = l->op;
    struct feel_note *notes = NULL;
    if (!str_trim(where).n)
        return true;
    where = who_condition(op, l->who, l->plan, where);
    if (!feel_parse(op, where, reach_scope(op, l->plan, where), &l->where) ||
        !where_allowed(op, l->who, l->plan, &l->right, l->where, &l->partly))
        return false;
    const struct feel_type *type = feel_check(op, l->where, &notes);
    if (notes)
        return op_fail(op, FAULT_INPUT, op_text(op, "第%d行第%d字", notes->line, notes->column), "%.*s", PS(notes->text));
    if (type && type->kind != FEEL_BOOL && type->kind != FEEL_ANY && type->kind != FEEL_NULL)
        return op_fail(op, FAULT_INPUT, S("第1行第1字"), "条件须得出是或否，这里得出的是%.*s；例：年龄 >= 60", PS(feel_type_text(op, type)));
    struct sql trial;
    str reason = {0};
    sql_init(&trial, op);
    l->where_rows = l->partly || !sql_condition(&trial, l->plan, l->where, S("t"), &reason);
    if (l->partly)
        reason = op_text(op, "您的岗位只看得到一部分“%.*s”，条件须逐条比对", PS(l->partly->def.name));
    if (l->where_rows)
        slow_say(l, reason);
    return true;
}

/* Order tells what is covered, and so would that of records that may not be seen. */
static bool reach_allowed(struct listing *l, const struct reach *reach)
{
    const bool *masked = l->right.masked;
    const struct plan *at = l->plan;
    for (size_t i = 0; i <= reach->step_count; i++) {
        bool last = i == reach->step_count;
        int field = last ? field_index(at, reach->end) : reach->steps[i];
        struct right right;
        if (field >= 0 && masked && masked[field])
            return covered_refused(l->op, reach->name);
        if (last)
            break;
        at = reach_step(l->plan, reach, i);
        if (!right_ask(l->op, l->who, at, ACT_READ, &right) || !right.all)
            return op_fail(l->op, FAULT_DENIED, reach->name, "您的岗位看不到全部“%.*s”，不能按“%.*s”排序", PS(at->def.name), PS(reach->name));
        masked = right.masked;
    }
    return true;
}

static bool reach_sort_read(struct listing *l, const struct reach *reach)
{
    struct sort *s = &l->sorts[l->sort_count];
    if (reach->formula || field_columns[reach->end->value] == COLUMN_JSON || reach->end->type == F_LONG)
        return op_fail(l->op, FAULT_INPUT, reach->name, "“%.*s”排不出先后；请换一个字段", PS(reach->name));
    if (!reach_allowed(l, reach))
        return false;
    struct sql sql;
    sql_init(&sql, l->op);
    s->reach = reach;
    s->sql = reach_sql(&sql, l->plan, reach, S("t"));
    if (!s->sql.n)
        slow_say(l, op_text(l->op, "“%.*s”随日期或别的记录变动，须逐条算出再排序", PS(reach->name)));
    l->sort_count++;
    return true;
}

static bool sort_read(struct listing *l, str name)
{
    struct op *op = l->op;
    const struct plan *p = l->plan;
    struct sort *s = &l->sorts[l->sort_count];
    *s = (struct sort){.down = str_starts(name, S("-"))};
    name = str_part(name, s->down, name.n);
    if (l->sort_count == SORTS_MAX)
        return op_fail(op, FAULT_INPUT, name, "最多按 %d 个字段排序", SORTS_MAX);
    s->field = ledger_field(&p->def, name);
    const struct reach *reach = s->field ? NULL : ledger_reach(&p->def, name);
    if (reach)
        return reach_sort_read(l, reach);
    if (!s->field) {
        while (s->fixed < (int)COUNT(fixed_sorts) && !str_eq(fixed_sorts[s->fixed].name, name))
            s->fixed++;
        if (s->fixed == (int)COUNT(fixed_sorts))
            return op_fail(op, FAULT_INPUT, name, "台账“%.*s”没有“%.*s”这个字段，不能按它排序", PS(p->def.name), PS(name));
        s->sql = fixed_sorts[s->fixed].sql;
        l->sort_count++;
        return true;
    }
    const struct field *f = s->field;
    if (l->right.masked && l->right.masked[field_index(p, f)])
        return covered_refused(op, f->name);
    if (field_columns[f->value] == COLUMN_JSON || f->type == F_LONG)
        return op_fail(op, FAULT_INPUT, name, "“%.*s”是%.*s，排不出先后；请换一个字段", PS(f->name), PS(field_type_names[f->type]));
    if (f->column >= 0)
        s->sql = sql_column(op, S("t"), f->name);
    else if (f->tally)
        s->sql = sql_tally(op, p, field_index(p, f), S("t"));
    else
        slow_say(l, op_text(op, "“%.*s”随日期或别的记录变动，须逐条算出再排序", PS(f->name)));
    l->sort_count++;
    return true;
}

static bool fields_read(struct listing *l)
{
    const struct list_query *q = l->query;
    const struct ledger *def = &l->plan->def;
    struct { const struct reach **p; size_t n, cap; } reaches = {0};
    bool *fields = op_array(l->op, bool, def->field_count), all = q->field_count == 0;
    for (size_t i = 0; i < q->field_count; i++) {
        const struct field *f = ledger_field(def, q->fields[i]);
        const struct reach *reach = f ? NULL : ledger_reach(def, q->fields[i]);
        if (f)
            fields[field_index(l->plan, f)] = true;
        else if (reach)
            *list_add(l->op, &reaches) = reach;
        else if (str_eq(q->fields[i], S("*")))
            all = true;
        else
            return op_fail(l->op, FAULT_INPUT, q->fields[i], "台账“%.*s”没有“%.*s”这个字段", PS(def->name), PS(q->fields[i]));
    }
    for (size_t i = 0; i < q->reach_count; i++)
        *list_add(l->op, &reaches) = q->reaches[i];
    l->shown = (struct shown){all ? NULL : fields, reaches.p, reaches.n};
    return true;
}

bool as_of_read(struct op *op, str text, time_ms *ret_moment, int64_t *ret_fact)
{
    struct json number = {.kind = JSON_NUMBER, .text = str_part(text, text.n && text.p[0] == '#', text.n)};
    day d;
    *ret_moment = *ret_fact = 0;
    if (text.n && text.p[0] == '#')
        return (number.text.n && number.text.n < 18 && json_int(&number, ret_fact) && *ret_fact > 0) ||
               op_fail(op, FAULT_INPUT, S("as_of"), "留痕号须写成 #123 的样子");
    if (day_parse(text, &d)) {
        *ret_moment = ((time_ms)d + 1) * 86400000 - TOWN_OFFSET_MS - 1;
        return true;
    }
    return time_parse(text, ret_moment) ||
           op_fail(op, FAULT_INPUT, S("as_of"), "截至须写成 2021-12-31 或 2021-12-31T08:00 的样子，或留痕号 #123");
}

/* 年龄 and what else depends on the day is that of the moment asked for, or of the day of the fact. */
static bool moment_read(struct listing *l, enum act act)
{
    const struct list_query *q = l->query;
    time_ms moment = q->as_of;
    int64_t no = q->as_of_fact;
    l->past = moment || no;
    if (!l->past)
        return true;
    if (!no && !store_fact_at(l->tx, moment, &no))
        return false;
    if (!moment) {
        struct fact fact;
        bool found;
        if (!fact_get(l->tx, no, &fact, &found))
            return false;
        moment = found ? fact.at : l->op->now;
    }
    if (l->where || l->sort_count || l->find)
        slow_say(l, S("从前的数据须逐条比对"));
    l->then = past_at(l->tx, l->plan, no, moment, counts_new(l->side));
    l->then.masked = l->right.masked;
    return right_rows_new(l->tx, l->who, l->plan, act, &l->right_rows);
}

/* Search knows the records that stand now. Of the past and of the withdrawn the words are compared record by record. */
static bool find_read(struct listing *l)
{
    if (!l->find || l->past)
        return true;
    if (!search_hits(l->tx, l->who, &l->plan, 1, l->query->find, SEARCH_LIMIT_MAX, false, &l->hits))
        return false;
    if (l->sort_count == 0) /* the best first */
        l->sorts[l->sort_count++] = (struct sort){.fixed = FIXED_RANK};
    if (l->query->withdrawn) {
        l->where_rows = true;
        slow_say(l, S("已作废的记录须逐条比对"));
    }
    return true;
}

/* The columns of what is shown, ordered by and asked of each row. */
static struct pick pick_make(struct listing *l)
{
    const struct plan *p = l->plan;
    if (!l->shown.fields || (l->find && l->query->withdrawn))
        return p->whole;
    bool *columns = op_array(l->op, bool, p->table.count);
    memcpy(columns, p->titled, p->table.count * sizeof *columns);
    for (size_t i = 0; i < p->def.field_count; i++)
        if (l->shown.fields[i])
            pick_field(l->op, p, (int)i, columns);
    for (size_t i = 0; i < l->shown.reach_count; i++)
        reach_pick(l->op, p, l->shown.reaches[i], columns);
    for (size_t i = 0; i < l->sort_count; i++)
        if (l->sorts[i].field)
            pick_field(l->op, p, field_index(p, l->sorts[i].field), columns);
        else if (l->sorts[i].reach)
            reach_pick(l->op, p, l->sorts[i].reach, columns);
    if (l->where_rows && l->where)
        pick_tree(l->op, p, l->where, columns);
    return pick_columns(l->op, p, columns);
}

bool listing_open(struct listing *l, struct tx *tx, const struct who *who, const struct ledger *ledger,
                         const struct list_query *q, enum act act)
{
    *l = (struct listing){.tx = tx, .op = tx->op, .plan = plan_of(ledger), .who = who, .query = q, .act = q->takes ? ACT_EXPORT : act};
    l->side = side_op(tx->op);
    l->find = str_trim(q->find).n > 0;
    if (!right_for(tx->op, l->plan->town, who, ledger, l->act, &l->right) || !where_read(l, q->where))
        return false;
    for (size_t i = 0; i < q->sort_count; i++)
        if (!sort_read(l, q->sort[i]))
            return false;
    if (!fields_read(l) || !moment_read(l, act) || !find_read(l))
        return false;
    l->pick = pick_make(l);
    return true;
}
