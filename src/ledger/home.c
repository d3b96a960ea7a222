/* What the home page of a line of work is made of, as packs declare it: what is due (到期) and where something is missing
 * (矩阵); and the first hour of a post (入门). */
#include "ledger/define.h"
#include "ledger/excel.h"

enum {
    MATRIX_CELLS_MAX = 20000,    /* 300 village groups of a county by 60 items */
    MATRIX_RECORDS_MAX = 100000, /* looked at for one picture */
    OWED_MAX = 8,
};

/* ---- definitions ------------------------------------------------------------------------------------------------- */

static const struct member due_members[] = {{SC("名"), JSON_STRING, true},
                                            {SC("台账"), JSON_STRING, true},
                                            {SC("日期"), JSON_STRING, true},
                                            {SC("条件"), JSON_STRING, false}};
static const struct member matrix_members[] = {
    {SC("名"), JSON_STRING, true},      {SC("说明"), JSON_STRING, false}, {SC("台账"), JSON_STRING, true},
    {SC("行"), JSON_STRING, true},      {SC("列"), JSON_STRING, false},   {SC("行条件"), JSON_STRING, false},
    {SC("列条件"), JSON_STRING, false}, {SC("范围"), JSON_STRING, false}, {SC("齐"), JSON_STRING, true},
    {SC("格"), JSON_STRING, false},     {SC("应有"), JSON_ARRAY, false},  {SC("互相"), JSON_TRUE, false},
};
static const struct member guide_members[] = {
    {SC("角色"), JSON_STRING, true}, {SC("名"), JSON_STRING, true},   {SC("做法"), JSON_STRING, true},
    {SC("去"), JSON_STRING, true},   {SC("留痕"), JSON_STRING, true}, {SC("台账"), JSON_STRING, false},
    {SC("英文名"), JSON_STRING, false}, {SC("英文做法"), JSON_STRING, false},
};
static const struct member owed_members[] = {{SC("行条件"), JSON_STRING, false}, {SC("列条件"), JSON_STRING, false}};

/* A condition of the declaration over a ledger; empty is everything. */
static bool condition(struct reader *r, const struct ledger *l, const struct json *j, str key, str *ret)
{
    struct feel *tree;
    *ret = json_str(j, key);
    if (!ret->n)
        return true;
    if (!l)
        return wrong(r, line_of(j, key), "这一边不是引用，不能有“%.*s”；请删去", PS(key));
    return expression_over(r, reach_scope(r->op, plan_of(l), *ret), line_of(j, key), "条件", *ret, &feel_bool, &tree);
}

static const struct ledger *ledger_named(struct reader *r, const struct json *j)
{
    const struct plan *p = plan_named(r->town, json_str(j, S("台账")));
    if (!p)
        wrong(r, line_of(j, S("台账")), "台账“%.*s”不存在；请改正名字", PS(json_str(j, S("台账"))));
    return p ? &p->def : NULL;
}

static bool due_link(struct reader *r, const struct json *j)
{
    struct town *town = r->town;
    struct due_figure d = {.name = json_str(j, S("名"))};
    if (!members_check(r, j, due_members, COUNT(due_members), "到期") || !allowed_check(r, j->line, d.name, false) || !(d.ledger = ledger_named(r, j)))
        return false;
    d.day = ledger_field(d.ledger, json_str(j, S("日期")));
    if (!d.day || (d.day->value != F_DAY && d.day->value != F_TIME))
        return wrong(r, line_of(j, S("日期")), "“日期”须是“%.*s”的日或时字段；请改正名字", PS(d.ledger->name));
    if (!condition(r, d.ledger, j, S("条件"), &d.where))
        return false;
    struct due_figure *dues = op_array(r->op, struct due_figure, town->due_count + 1);
    if (town->due_count)
        memcpy(dues, town->dues, town->due_count * sizeof *dues);
    dues[town->due_count++] = d;
    town->dues = dues;
    return true;
}

/* A side of a matrix: records of the ledger that a field refers to, its choices, or the numbers from 1 on. */
static bool axis_link(struct reader *r, const struct ledger *l, const struct json *j, str key, str where,
                      struct axis *ret)
{
    str name = json_str(j, key);
    if (!name.n)
        return true;
    ret->field = ledger_field(l, name);
    if (!ret->field || !(ret->field->type == F_REF || (ret->field->type == F_ENUM && !ret->field->open_choices) ||
                         ret->field->type == F_INT))
        return wrong(r, line_of(j, key), "“%.*s”须是“%.*s”的引、枚或整字段；请改正名字", PS(key), PS(l->name));
    ret->target = ret->field->type == F_REF ? &plan_named(r->town, ret->field->target)->def : NULL;
    return condition(r, ret->target, j, where, &ret->where);
}

static bool owed_link(struct reader *r, const struct json *j, struct matrix *m)
{
    const struct json *list = json_get(j, S("应有"));
    struct owed *owed = op_array(r->op, struct owed, OWED_MAX);
    for (const struct json *o = list ? list->first : NULL; o; o = o->next) {
        if (m->owed_count == OWED_MAX)
            return wrong(r, o->line, "“应有”最多 %d 条", OWED_MAX);
        if (!members_check(r, o, owed_members, COUNT(owed_members), "应有") ||
            !condition(r, m->row.target, o, S("行条件"), &owed[m->owed_count].row) ||
            !condition(r, m->column.target, o, S("列条件"), &owed[m->owed_count].column))
            return false;
        m->owed_count++;
    }
    m->owed = owed;
    return true;
}

static bool matrix_link(struct reader *r, const struct json *j)
{
    struct town *town = r->town;
    struct matrix m = {
        .name = json_str(j, S("名")), .note = json_str(j, S("说明")), .mutual = json_true(j, S("互相"))};
    if (!members_check(r, j, matrix_members, COUNT(matrix_members), "矩阵") || !allowed_check(r, j->line, m.name, false) || !(m.ledger = ledger_named(r, j)) ||
        !axis_link(r, m.ledger, j, S("行"), S("行条件"), &m.row) ||
        !axis_link(r, m.ledger, j, S("列"), S("列条件"), &m.column) ||
        !condition(r, m.ledger, j, S("范围"), &m.where) || !condition(r, m.ledger, j, S("齐"), &m.done) ||
        !owed_link(r, j, &m))
        return false;
    if (m.mutual && (!m.row.target || m.row.target != m.column.target))
        return wrong(r, line_of(j, S("互相")), "“互相”的行和列须引用同一本台账");
    str shown = json_str(j, S("格"));
    m.shown = shown.n ? ledger_field(m.ledger, shown) : NULL;
    if (shown.n && !m.shown)
        return wrong(r, line_of(j, S("格")), "“%.*s”没有字段“%.*s”；请改正名字", PS(m.ledger->name), PS(shown));
    struct matrix *matrices = op_array(r->op, struct matrix, town->matrix_count + 1);
    if (town->matrix_count)
        memcpy(matrices, town->matrices, town->matrix_count * sizeof *matrices);
    matrices[town->matrix_count++] = m;
    town->matrices = matrices;
    return true;
}

/* 入门: a fact of one's own shows that a task is done. */
static bool guide_link(struct reader *r, const struct json *j)
{
    struct town *town = r->town;
    struct guide_task g = {.role = json_str(j, S("角色")),
                           .name = json_str(j, S("名")),
                           .how = json_str(j, S("做法")),
                           .where = json_str(j, S("去")),
                           .act = json_str(j, S("留痕")),
                           .name_english = json_str(j, S("英文名")),
                           .how_english = json_str(j, S("英文做法"))};
    int act = 0;
    if (!members_check(r, j, guide_members, COUNT(guide_members), "入门") ||
        (json_get(j, S("台账")) && !(g.ledger = ledger_named(r, j))))
        return false;
    while (act < FACT_ACTS && !str_eq(fact_act_name((enum fact_act)act), g.act))
        act++;
    if (act == FACT_ACTS)
        return wrong(r, line_of(j, S("留痕")), "没有“%.*s”这种留痕；请写新增、修改、流转、导出、查看敏感、办理等", PS(g.act));
    struct guide_task *tasks = op_array(r->op, struct guide_task, town->guide_count + 1);
    if (town->guide_count)
        memcpy(tasks, town->guide, town->guide_count * sizeof *tasks);
    tasks[town->guide_count++] = g;
    town->guide = tasks;
    return true;
}

const struct guide_task *town_guide(const struct town *town, size_t *ret_count)
{
    *ret_count = town->guide_count;
    return town->guide;
}

bool home_link(struct reader *r, const struct json *pack)
{
    static const struct {
        str key;
        bool (*link)(struct reader *r, const struct json *j);
    } parts[] = {{SC("到期"), due_link}, {SC("矩阵"), matrix_link}, {SC("入门"), guide_link}};
    bool ok = true;
    for (size_t i = 0; i < COUNT(parts); i++) {
        const struct json *list = json_get(pack, parts[i].key);
        for (const struct json *j = list ? list->first : NULL; j; j = j->next)
            ok = parts[i].link(r, j) && ok;
    }
    return ok;
}

const struct due_figure *town_dues(const struct town *town, size_t *ret_count)
{
    *ret_count = town->due_count;
    return town->dues;
}

const struct matrix *town_matrices(const struct town *town, size_t *ret_count)
{
    *ret_count = town->matrix_count;
    return town->matrices;
}

/* ---- one matrix, filled ------------------------------------------------------------------------------------------ */

struct filling {
    struct op *side, *fails;     /* memory beside the rows; whose faults */
    const struct matrix *m;
    struct matrix_view *view;
    struct {
        struct matrix_head *p;
        size_t n, cap;
    } heads;
    int64_t looked;
    bool done;                   /* the second reading: only what is complete */
};

static bool head_add(void *context, const struct record *r)
{
    struct filling *f = context;
    if (f->heads.n == MATRIX_HEADS_MAX)
        return op_fail(f->fails, FAULT_INPUT, S(""), "“%.*s”的一边超过 %d 条，请用条件缩小", PS(f->m->name), MATRIX_HEADS_MAX);
    struct matrix_head *h = list_add(f->side, &f->heads);
    *h = (struct matrix_head){.key = id_text(f->side, r->id), .name = op_copy(f->side, r->title)};
    return true;
}

/* The largest number there is, so that a missing one in between is seen. */
static bool number_top(void *context, const struct record *r)
{
    struct filling *f = context;
    int64_t n;
    const struct json *values = r->values;
    const struct json *v = json_get(values, f->m->column.field->name);
    if (v && json_int(v, &n) && n > f->looked && n <= MATRIX_HEADS_MAX)
        f->looked = n;
    return true;
}

/* Everybody may know the village groups, but not what each of them handed in: who reads the records of some groups only is
 * shown those groups, lest all others look as if something were missing. Empty: all. */
static str groups_seen(struct op *op, const struct town *town, const struct who *who, const struct ledger *l,
                       const struct axis *a)
{
    struct buf b;
    buf_init(&b, op, 0);
    if (who->system || !town->groups || !str_eq(a->target->name, town->groups->def.name))
        return S("");
    const struct field *upper = ledger_field(a->target, S("上级"));
    for (size_t i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        if (!(g->acts & (1u << ACT_READ)) || !(str_eq(g->ledger, l->name) || str_eq(g->ledger, S("*"))))
            continue;
        if (g->whole_town)
            return S("");
        buf_text(&b, "%sid = \"%.*s\"", b.n ? " or " : "", PS(id_text(op, g->group)));
        if (upper)
            buf_text(&b, " or %.*s = \"%.*s\"", PS(upper->name), PS(id_text(op, g->group)));
    }
    return buf_str(&b);
}

[[nodiscard]] static bool heads_read(struct tx *tx, const struct town *town, const struct who *who, struct filling *f,
                                     const struct axis *a, struct matrix_head **ret, size_t *ret_count)
{
    f->heads.p = NULL;
    f->heads.n = f->heads.cap = 0;
    if (!a->field) {
        *list_add(f->side, &f->heads) = (struct matrix_head){.name = f->m->name};
    } else if (a->target) {
        struct list_query q = {.where = a->where, .sort = a->target->keys, .sort_count = a->target->key_count};
        str seen = groups_seen(tx->op, town, who, f->m->ledger, a);
        if (seen.n)
            q.where = a->where.n ? op_text(tx->op, "(%.*s) and (%.*s)", PS(a->where), PS(seen)) : seen;
        if (!list_each(tx, town, who, a->target, &q, ACT_READ, head_add, f))
            return false;
    } else if (a->field->type == F_ENUM) {
        for (size_t i = 0; i < a->field->choice_count; i++)
            *list_add(f->side, &f->heads) =
                (struct matrix_head){.key = a->field->choices[i], .name = a->field->choices[i]};
    } else {
        struct list_query q = {.where = f->m->where, .fields = &a->field->name, .field_count = 1};
        f->looked = 0;
        if (!list_each(tx, town, who, f->m->ledger, &q, ACT_READ, number_top, f))
            return false;
        for (int64_t i = 1; i <= f->looked; i++) {
            str n = op_text(f->side, "%lld", (long long)i);
            *list_add(f->side, &f->heads) = (struct matrix_head){.key = n, .name = n};
        }
    }
    *ret = f->heads.p;
    *ret_count = f->heads.n;
    return true;
}

static bool head_find(const struct axis *a, const struct matrix_head *heads, size_t count, const struct json *values,
                      size_t *ret)
{
    if (!a->field)
        return count > (*ret = 0);
    const struct json *v = json_get(values, a->field->name);
    for (size_t i = 0; v && i < count; i++)
        if (str_eq(heads[i].key, v->text)) {
            *ret = i;
            return true;
        }
    return false;
}

static void cell_fill(struct filling *f, size_t row, size_t column, const struct record *r)
{
    struct matrix_view *v = f->view;
    struct matrix_cell *cell = &v->cells[row * v->column_count + column];
    if (f->done) {
        cell->state = CELL_DONE;
        return;
    }
    cell->state = CELL_BEGUN;
    cell->records++;
    cell->record = r->id;
    if (f->m->shown)
        cell->text = op_copy(f->side, json_str(r->values, f->m->shown->name));
}

static bool head_key_find(const struct matrix_head *heads, size_t count, str key, size_t *ret)
{
    for (*ret = 0; *ret < count; ++*ret)
        if (str_eq(heads[*ret].key, key))
            return true;
    return false;
}

static bool cell_take(void *context, const struct record *r)
{
    struct filling *f = context;
    struct matrix_view *v = f->view;
    size_t row, column, other_row, other_column;
    if (++f->looked > MATRIX_RECORDS_MAX)
        return op_fail(f->fails, FAULT_INPUT, S(""), "“%.*s”要看的记录超过 %d 条，请在业务包里用“范围”缩小",
                       PS(f->m->name), MATRIX_RECORDS_MAX);
    if (!head_find(&f->m->row, v->rows, v->row_count, r->values, &row) ||
        !head_find(&f->m->column, v->columns, v->column_count, r->values, &column))
        return true;
    cell_fill(f, row, column, r);
    if (f->m->mutual && head_key_find(v->rows, v->row_count, v->columns[column].key, &other_row) &&
        head_key_find(v->columns, v->column_count, v->rows[row].key, &other_column))
        cell_fill(f, other_row, other_column, r);
    return true;
}

/* Which heads meet a condition; empty: all. */
[[nodiscard]] static bool heads_meet(struct tx *tx, const struct town *town, const struct who *who, struct filling *f,
                                     const struct axis *a, str where, const struct matrix_head *heads, size_t count,
                                     bool *meets)
{
    struct axis narrow = *a;
    struct matrix_head *some;
    size_t some_count;
    for (size_t i = 0; i < count; i++)
        meets[i] = !where.n;
    if (!where.n)
        return true;
    narrow.where = a->where.n ? op_text(f->side, "(%.*s) and (%.*s)", PS(a->where), PS(where)) : where;
    if (!heads_read(tx, town, who, f, &narrow, &some, &some_count))
        return false;
    for (size_t i = 0, k = 0; i < count && k < some_count; i++) /* the same order */
        if (str_eq(heads[i].key, some[k].key)) {
            meets[i] = true;
            k++;
        }
    return true;
}

/* A cell without a record is a gap where one is owed. A numbered side has no end of its own, so what is not there is
 * not missing. */
[[nodiscard]] static bool gaps_mark(struct tx *tx, const struct town *town, const struct who *who, struct filling *f)
{
    static const struct owed everything = {0};
    const struct matrix *m = f->m;
    struct matrix_view *v = f->view;
    if (m->row.field->type == F_INT || (m->column.field && m->column.field->type == F_INT))
        return true;
    bool *rows = op_array(f->side, bool, v->row_count + 1), *columns = op_array(f->side, bool, v->column_count + 1);
    for (size_t i = 0; i < (m->owed_count ? m->owed_count : 1); i++) {
        const struct owed *o = m->owed_count ? &m->owed[i] : &everything;
        if (!heads_meet(tx, town, who, f, &m->row, o->row, v->rows, v->row_count, rows) ||
            !heads_meet(tx, town, who, f, &m->column, o->column, v->columns, v->column_count, columns))
            return false;
        for (size_t k = 0; k < v->row_count * v->column_count; k++)
            if (v->cells[k].state == CELL_NONE && rows[k / v->column_count] && columns[k % v->column_count] &&
                !(m->mutual && str_eq(v->rows[k / v->column_count].key, v->columns[k % v->column_count].key)))
                v->cells[k].state = CELL_GAP;
    }
    return true;
}

bool matrix_read(struct tx *tx, const struct town *town, const struct who *who, const struct matrix *m,
                 struct matrix_view *ret)
{
    struct filling f = {.side = side_op(tx->op), .fails = tx->op, .m = m, .view = ret};
    str fields[3];
    struct list_query q = {.where = m->where, .fields = fields};
    *ret = (struct matrix_view){0};
    if (!heads_read(tx, town, who, &f, &m->row, &ret->rows, &ret->row_count) ||
        !heads_read(tx, town, who, &f, &m->column, &ret->columns, &ret->column_count))
        return false;
    if (ret->row_count * ret->column_count > MATRIX_CELLS_MAX)
        return op_fail(tx->op, FAULT_INPUT, S(""), "“%.*s”超过 %d 格，请用条件缩小", PS(m->name), MATRIX_CELLS_MAX);
    ret->cells = op_array(f.side, struct matrix_cell, ret->row_count * ret->column_count + 1);
    fields[q.field_count++] = m->row.field->name;
    if (m->column.field)
        fields[q.field_count++] = m->column.field->name;
    if (m->shown)
        fields[q.field_count++] = m->shown->name;
    f.looked = 0;
    if (!list_each(tx, town, who, m->ledger, &q, ACT_READ, cell_take, &f))
        return false;
    q.where = m->where.n ? op_text(tx->op, "(%.*s) and (%.*s)", PS(m->where), PS(m->done)) : m->done;
    f.done = true;
    f.looked = 0;
    if (!list_each(tx, town, who, m->ledger, &q, ACT_READ, cell_take, &f) || !gaps_mark(tx, town, who, &f))
        return false;
    for (size_t k = 0; k < ret->row_count * ret->column_count; k++)
        ret->sums[ret->cells[k].state]++;
    return true;
}
