/* Rules over several records of one ledger (跨记录): what no record can know of itself. Asked before anything is written,
 * with the record as it will be among the others as they are, at every door. */
#include "ledger/define.h"
#include "ledger/save.h"

enum across_kind { ACROSS_ONCE, ACROSS_MOST, ACROSS_APART, ACROSS_BALANCE, ACROSS_LAST, ACROSS_KINDS };
static const str kind_names[ACROSS_KINDS] = {SC("唯一"), SC("最多"), SC("不重叠"), SC("结存"), SC("末位")};
enum { ACROSS_BY_MAX = 6, ACROSS_MAX = 20 };

struct across {
    enum across_kind kind;
    str name, message, condition;
    const struct field *field;              /* where it is told */
    const struct field
        *by[ACROSS_BY_MAX]; /* records with the same values belong together; an empty value belongs to nothing */
    size_t by_count;
    int64_t most;
    const struct field *from, *to;          /* ACROSS_APART */
    const struct field *sum, *order;        /* ACROSS_BALANCE; order: ACROSS_LAST too */
    str who;                                /* 谁: of ACROSS_LAST, those that come after all others */
    struct feel *last, *not_last;
    struct feel *where;                     /* NULL: all */
    int line;
};

/* ---- definition -------------------------------------------------------------------------------------------------- */

static const struct field *stored_field(struct reader *r, const struct plan *p, const struct json *j, str name)
{
    const struct field *f = ledger_field(&p->def, name);
    if (f && f->type != F_CHILDREN && !f->tally)
        return f;
    wrong(r, j->line, "跨记录规则里的“%.*s”不是本台账存着的字段；请改正名字", PS(name));
    return NULL;
}

static bool by_read(struct reader *r, const struct plan *p, const struct json *j, struct across *a)
{
    const struct json *by = json_get(j, S("按"));
    if (!by || by->kind != JSON_ARRAY || !by->count || by->count > ACROSS_BY_MAX)
        return wrong(r, j->line, "跨记录规则“%.*s”须写“按”：1到%d个字段", PS(a->name), ACROSS_BY_MAX);
    for (const struct json *m = by->first; m; m = m->next) {
        a->by[a->by_count] = stored_field(r, p, m, m->text);
        if (!a->by[a->by_count++])
            return false;
    }
    return true;
}

static bool apart_read(struct reader *r, const struct plan *p, const struct json *j, struct across *a)
{
    const struct json *ends = json_get(j, S("期间"));
    if (!ends || ends->kind != JSON_ARRAY || ends->count != 2)
        return wrong(r, j->line, "跨记录规则“%.*s”须写“期间”：起、止两个字段", PS(a->name));
    a->from = stored_field(r, p, ends, ends->first->text);
    a->to = stored_field(r, p, ends, ends->first->next->text);
    bool good =
        a->from && a->to && a->from->value == a->to->value && (a->from->value == F_DAY || a->from->value == F_TIME);
    return good || wrong(r, j->line, "跨记录规则“%.*s”的起、止须同是日或同是时", PS(a->name));
}

static bool balance_read(struct reader *r, const struct plan *p, const struct json *j, struct across *a)
{
    a->sum = stored_field(r, p, j, json_str(j, S("求")));
    a->order = stored_field(r, p, j, json_str(j, S("先后")));
    if (!a->sum || !a->order)
        return false;
    bool good =
        field_feel_types[a->sum->value] == &feel_number && (a->order->value == F_DAY || a->order->value == F_TIME);
    return good || wrong(r, j->line, "跨记录规则“%.*s”：“求”须是数，“先后”须是日或时", PS(a->name));
}

static bool last_read(struct reader *r, const struct plan *p, const struct json *j, struct across *a)
{
    a->who = json_str(j, S("谁"));
    a->order = stored_field(r, p, j, json_str(j, S("先后")));
    if (!a->order)
        return false;
    bool good = a->who.n && (a->order->value == F_INT || a->order->value == F_DAY || a->order->value == F_TIME);
    return good || wrong(r, j->line, "跨记录规则“%.*s”须写“谁”（条件）在最后，“先后”须是整数、日或时", PS(a->name));
}

static bool across_one(struct reader *r, const struct plan *p, const struct json *j, struct across *a)
{
    static const struct member members[] = {{SC("名"), JSON_STRING, true},   {SC("种类"), JSON_STRING, true},
                                            {SC("按"), JSON_ARRAY, true},    {SC("条件"), JSON_STRING, false},
                                            {SC("提示"), JSON_STRING, true}, {SC("字段"), JSON_STRING, false},
                                            {SC("数"), JSON_NUMBER, false},  {SC("期间"), JSON_ARRAY, false},
                                            {SC("求"), JSON_STRING, false},  {SC("先后"), JSON_STRING, false},
                                            {SC("谁"), JSON_STRING, false}};
    if (!members_check(r, j, members, COUNT(members), "跨记录规则"))
        return false;
    *a = (struct across){.name = json_str(j, S("名")),
                         .message = json_str(j, S("提示")),
                         .condition = json_str(j, S("条件")),
                         .most = 1,
                         .line = j->line};
    str kind = json_str(j, S("种类")), field = json_str(j, S("字段"));
    while (a->kind < ACROSS_KINDS && !str_eq(kind_names[a->kind], kind))
        a->kind++;
    if (a->kind == ACROSS_KINDS)
        return wrong(r, j->line, "跨记录规则的“种类”须是唯一、最多、不重叠、结存、末位之一");
    a->field = field.n ? stored_field(r, p, j, field) : NULL;
    if ((field.n && !a->field) || !by_read(r, p, j, a))
        return false;
    const struct json *most = json_get(j, S("数"));
    switch (a->kind) {
    case ACROSS_ONCE:
        return true;
    case ACROSS_MOST:
        return (most && json_int(most, &a->most) && a->most >= 1) ||
               wrong(r, j->line, "跨记录规则“%.*s”须写“数”：最多几条", PS(a->name));
    case ACROSS_APART:
        return apart_read(r, p, j, a);
    case ACROSS_BALANCE:
        return balance_read(r, p, j, a);
    case ACROSS_LAST:
        return last_read(r, p, j, a);
    case ACROSS_KINDS:
        break;
    }
    return false;
}

bool across_read(struct reader *r, struct plan *p, const struct json *list)
{
    bool good = true;
    if (list && list->count > ACROSS_MAX)
        return wrong(r, list->line, "跨记录规则最多%d条", ACROSS_MAX);
    p->across = op_array(r->op, struct across, list ? list->count + 1 : 1);
    for (const struct json *j = list ? list->first : NULL; j; j = j->next)
        good = across_one(r, p, j, &p->across[p->across_count++]) && good;
    return good;
}

/* A computed field that depends on today is not kept. */
static bool columns_there(struct reader *r, const struct across *a)
{
    const struct field *fields[ACROSS_BY_MAX + 4] = {a->from, a->to, a->sum, a->order};
    memcpy(fields + 4, a->by, sizeof a->by);
    for (size_t i = 0; i < COUNT(fields); i++)
        if (fields[i] && fields[i]->column < 0)
            return wrong(r, a->line, "跨记录规则“%.*s”用的“%.*s”随日期变化，没有存着，不能用", PS(a->name), PS(fields[i]->name));
    return true;
}

static bool condition_link(struct reader *r, struct plan *p, const struct across *a, str text, struct feel **ret)
{
    struct sql trial;
    str reason;
    if (!text.n)
        return true;
    if (!expression(r, p, a->line, "跨记录规则的条件", text, &feel_bool, ret))
        return false;
    sql_init(&trial, r->op);
    return sql_condition(&trial, p, *ret, S("t"), &reason) ||
           wrong(r, a->line, "跨记录规则“%.*s”的条件不能在数据库里算（%.*s），请写得简单些", PS(a->name), PS(reason));
}

/* Once expressions can be read and columns are known. */
bool across_link(struct reader *r, struct plan *p)
{
    bool good = true;
    for (size_t i = 0; i < p->across_count; i++) {
        struct across *a = &p->across[i];
        str others = op_text(r->op, "not(%.*s)", PS(a->who));
        bool linked = columns_there(r, a) && condition_link(r, p, a, a->condition, &a->where) &&
                      (!a->who.n || (condition_link(r, p, a, a->who, &a->last) && condition_link(r, p, a, others, &a->not_last)));
        good = linked && good;
    }
    return good;
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static struct arg cell(const struct arg *cells, const struct field *f)
{
    return cells[f->column];
}

static bool whole(const struct across *a, const struct arg *cells)
{
    for (size_t i = 0; i < a->by_count; i++)
        if (cell(cells, a->by[i]).kind == ARG_NULL)
            return false;
    return true;
}

/* 「select <what> from … where」 the others that belong together with these cells. */
static void others(struct sql *s, const struct plan *p, const struct across *a, const struct arg *cells, id record,
                   const char *what)
{
    str reason;
    sql_add(s, "select ");
    sql_add(s, what);
    sql_add(s, " from ");
    sql_str(s, sql_table(s->op, p));
    sql_add(s, " t where t.removed = 0 and t.record <> ");
    sql_arg(s, ID(record));
    for (size_t i = 0; i < a->by_count; i++) {
        sql_add(s, " and ");
        sql_str(s, sql_column(s->op, S("t"), a->by[i]->name));
        sql_add(s, " = ");
        sql_arg(s, cell(cells, a->by[i]));
    }
    if (a->where) {
        sql_add(s, " and ");
        must(sql_condition(s, p, a->where, S("t"), &reason)); /* across_link has tried it */
    }
}

static bool count_others(struct save *s, const struct across *a, const struct arg *cells, int64_t *ret)
{
    struct sql sql;
    bool found;
    sql_init(&sql, s->op);
    others(&sql, s->plan, a, cells, s->row.record, "count(*)");
    if (a->kind == ACROSS_APART) {
        sql_add(&sql, " and ");
        sql_str(&sql, sql_column(s->op, S("t"), a->from->name));
        sql_add(&sql, " < ");
        sql_arg(&sql, cell(cells, a->to));
        sql_add(&sql, " and ");
        sql_str(&sql, sql_column(s->op, S("t"), a->to->name));
        sql_add(&sql, " > ");
        sql_arg(&sql, cell(cells, a->from));
    }
    if (a->kind == ACROSS_LAST) {    /* those on the wrong side of this one, and those in the same place */
        str reason;
        bool last = feel_true(row_eval(&s->row, a->last));
        sql_add(&sql, " and ");
        sql_str(&sql, sql_column(s->op, S("t"), a->order->name));
        sql_add(&sql, last ? " >= " : " <= ");
        sql_arg(&sql, cell(cells, a->order));
        sql_add(&sql, " and ");
        must(sql_condition(&sql, s->plan, last ? a->not_last : a->last, S("t"), &reason)); /* across_link has tried it */
    }
    return store_int(s->tx, sql_z(&sql), sql_args(&sql), ret, &found);
}

/* ---- what is kept back ------------------------------------------------------------------------------------------- */

struct running {
    int64_t sum, least;
    bool placed;
    int64_t own_at, own;
};

static void step(struct running *r, int64_t change)
{
    r->sum += change;
    r->least = r->sum < r->least ? r->sum : r->least;
}

/* The others in order of time with one's own in its place; own after those of the same moment. */
static bool balance_least(struct save *s, const struct across *a, const struct arg *cells, bool own, int64_t *ret)
{
    struct sql sql;
    struct rows *rows;
    bool more;
    struct running r = {
        .placed = !own, .own_at = own ? cell(cells, a->order).i : 0, .own = own ? cell(cells, a->sum).i : 0};
    str what = op_text(s->op, "%.*s, %.*s", PS(sql_column(s->op, S("t"), a->order->name)),
                       PS(sql_column(s->op, S("t"), a->sum->name)));
    sql_init(&sql, s->op);
    others(&sql, s->plan, a, cells, s->row.record, op_z(s->op, what));
    sql_add(&sql, " order by 1, t.record");
    if (!store_query(s->tx, sql_z(&sql), sql_args(&sql), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        if (!r.placed && rows_int(rows, 0) > r.own_at) {
            step(&r, r.own);
            r.placed = true;
        }
        step(&r, rows_int(rows, 1));
        if (!rows_next(rows, &more))
            return false;
    }
    if (!r.placed)
        step(&r, r.own);
    *ret = r.least;
    return true;
}

static bool balance_hold(struct save *s, const struct across *a, const struct arg *cells, bool own)
{
    int64_t least;
    if (!whole(a, cells) || (own && (cell(cells, a->order).kind == ARG_NULL || cell(cells, a->sum).kind == ARG_NULL)))
        return true;
    if (!balance_least(s, a, cells, own, &least))
        return false;
    if (least < 0)
        save_wrong(s, a->field, "%.*s（还差%.*s）", PS(a->message),
                   PS(dec_text(s->op, dec_of_scaled(-least, field_scale(a->sum)))));
    return true;
}

static bool moved(const struct across *a, const struct arg *before, const struct arg *after)
{
    for (size_t i = 0; i < a->by_count; i++)
        if (!cell_eq(cell(before, a->by[i]), cell(after, a->by[i])))
            return true;
    return false;
}

bool across_check(struct save *s)
{
    for (size_t i = 0; i < s->plan->across_count; i++) {
        const struct across *a = &s->plan->across[i];
        const struct arg *cells = s->row.cells;
        bool own = !a->where || feel_true(row_eval(&s->row, a->where));
        int64_t count;
        if (a->kind == ACROSS_BALANCE) {
            /* What went away from where it was must be missing nowhere there. */
            if (!balance_hold(s, a, cells, own) ||
                (s->before && moved(a, s->before, cells) && !balance_hold(s, a, s->before, false)))
                return false;
            continue;
        }
        bool spans =
            a->kind != ACROSS_APART || (cell(cells, a->from).kind != ARG_NULL && cell(cells, a->to).kind != ARG_NULL);
        spans = spans && (a->kind != ACROSS_LAST || cell(cells, a->order).kind != ARG_NULL);
        if (!own || !whole(a, cells) || !spans)
            continue;
        if (!count_others(s, a, cells, &count))
            return false;
        if (count >= a->most)
            save_wrong(s, a->field, "%.*s", PS(a->message));
    }
    return !s->row.broken;
}

bool across_without(struct save *s)
{
    for (size_t i = 0; i < s->plan->across_count; i++)
        if (s->plan->across[i].kind == ACROSS_BALANCE && !balance_hold(s, &s->plan->across[i], s->row.cells, false))
            return false;
    return true;
}
