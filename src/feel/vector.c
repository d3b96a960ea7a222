/* An expression becomes a small tree of column operations; each works on a chunk of rows that stays in the cache. Where
 * one side of a test is constant, the row executor itself answers once for every elementary region of the other side:
 * the meaning cannot differ. */
#include <stdlib.h>

#include "feel/step.h"

enum { BOUND_DIGITS_MAX = 18, PROGRAM_DEPTH_MAX = 60, SCALE_MAX = 12 };

struct compiler {
    struct op *op;
    const struct feel *tree;
    const struct feel_rows *rows;
    str member;                  /* the variable of some and every; empty: the item of a filter */
    bool inside;                 /* among members */
    struct pool {                /* the texts that the program gives, each once */
        str *p;
        size_t n, cap;
    } *pool;
    size_t slots;
    int depth;
    str *reason;
};

/* ---- columns ----------------------------------------------------------------------------------------------- */

const struct feel_vector *feel_rows_find(const struct feel_rows *rows, str name)
{
    for (size_t i = 0; i < rows->count; i++)
        if (str_eq(rows->vectors[i].name, name))
            return &rows->vectors[i];
    return NULL;
}

void feel_vector_read(const struct feel_vector *v, size_t from, size_t count, int64_t *ret)
{
    must(v->kind != FEEL_VECTOR_MEMBERS);
    if (v->width == 8) {
        memcpy(ret, (const int64_t *)v->values + from, count * sizeof *ret);
    } else if (v->width == 1) {
        const uint8_t *p = (const uint8_t *)v->values + from;
        int64_t shift = v->kind == FEEL_VECTOR_BOOL;
        for (size_t i = 0; i < count; i++)
            ret[i] = p[i] ? p[i] - shift : FEEL_VECTOR_NULL;
    } else {
        const int32_t *p = (const int32_t *)v->values + from;
        int32_t null = v->kind == FEEL_VECTOR_TEXT ? 0 : INT32_MIN;
        for (size_t i = 0; i < count; i++)
            ret[i] = p[i] == null ? FEEL_VECTOR_NULL : p[i];
    }
}

feel_value feel_cut_sample(int64_t whole, enum feel_vector_kind kind, int scale)
{
    switch (kind) {
    case FEEL_VECTOR_NUMBER:
        return feel_of_dec(dec_of_scaled(whole, scale));
    case FEEL_VECTOR_DAY:
        return (feel_value){.kind = FEEL_DATE, .day = whole};
    case FEEL_VECTOR_BOOL:
        return feel_of_bool(whole);
    case FEEL_VECTOR_TEXT:
    case FEEL_VECTOR_MEMBERS:
        break;
    }
    must(false);
    return feel_null();
}

feel_value feel_vector_value(struct op *op, const struct feel_vector *v, size_t row)
{
    int64_t whole;
    if (v->kind == FEEL_VECTOR_MEMBERS) {
        size_t first = v->first[row], count = v->first[row + 1] - first;
        feel_value *items = op_array(op, feel_value, count + 1);
        for (size_t i = 0; i < count; i++) {
            struct feel_entry *entries = op_array(op, struct feel_entry, v->members->count + 1);
            for (size_t c = 0; c < v->members->count; c++) {
                const struct feel_vector *column = &v->members->vectors[c];
                entries[c] = (struct feel_entry){column->name, feel_vector_value(op, column, first + i)};
            }
            items[i] = feel_of_context(op, entries, v->members->count);
        }
        return feel_of_list(items, count);
    }
    feel_vector_read(v, row, 1, &whole);
    if (whole == FEEL_VECTOR_NULL)
        return feel_null();
    return v->kind == FEEL_VECTOR_TEXT ? feel_of_text(v->texts[whole - 1]) : feel_cut_sample(whole, v->kind, v->scale);
}

/* ---- regions ----------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

bool feel_cuts(struct op *op, const feel_value *points, size_t count, enum feel_vector_kind kind, int scale,
               const int64_t **ret, size_t *ret_count)
{
    int64_t *cuts = op_array(op, int64_t, 2 * count + 2);
    size_t n = 0, kept = 0;
    if (count > FEEL_VECTOR_CUTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const feel_value *p = &points[i];
        int64_t whole;
        dec up;
        if (kind == FEEL_VECTOR_BOOL) {
            cuts[n++] = 1;
            continue;
        }
        if (kind == FEEL_VECTOR_DAY && p->kind == FEEL_DATE) {
            whole = p->day;
        } else if (kind == FEEL_VECTOR_NUMBER && p->kind == FEEL_NUMBER) {
            if (!dec_scaled(p->number, scale, &whole)) { /* between two units: what matters is the upper one */
                if (!dec_round(p->number, scale, DEC_CEILING, &up) || !dec_scaled(up, scale, &whole))
                    return false;
                cuts[n++] = whole;
                continue;
            }
        } else {
            continue; /* of another kind: the same answer everywhere */
        }
        if (whole == INT64_MAX || whole <= INT64_MIN + 1)
            return false;
        cuts[n++] = whole;
        cuts[n++] = whole + 1;
    }
    qsort(cuts, n, sizeof *cuts, by_size);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || cuts[kept - 1] != cuts[i])
            cuts[kept++] = cuts[i];
    *ret = cuts;
    *ret_count = kept;
    return true;
}

/* ---- compiling --------------------------------------------------------------------------------------------- */

static struct step *make(struct compiler *c, const struct feel_node *n);

static struct step *declined(struct compiler *c, const struct feel_node *n, const char *why)
{
    if (c->reason->n == 0)
        *c->reason = op_text(c->op, "第%zu字起：%s", utf8_count(str_part(c->tree->text, 0, n->at)) + 1, why);
    return NULL;
}

static struct step *step(struct compiler *c, enum step_kind kind, enum feel_vector_kind type)
{
    struct step *s = op_new(c->op, struct step);
    s->kind = kind;
    s->type = type;
    s->slot = c->slots++;
    s->bound = 1;
    return s;
}

/* Stricter than feel_is_constant: a member's variable is no constant either. */
static bool fixed(const struct feel_node *n)
{
    if (n->kind == NODE_LOCAL || !feel_is_constant(n))
        return false;
    for (uint32_t i = 0; n->kids && n->kind != NODE_FUNCTION && i < n->count; i++)
        if (!fixed(n->kids[i]))
            return false;
    return true;
}

static struct step *column(struct compiler *c, const struct feel_node *n, str name)
{
    const struct feel_vector *v = feel_rows_find(c->rows, name);
    if (!v)
        return declined(c, n, "用到了列以外的名称");
    if (v->kind == FEEL_VECTOR_MEMBERS)
        return declined(c, n, "成员只能计数、求和、取最大最小或逐个判断");
    struct step *s = step(c, STEP_COLUMN, v->kind);
    s->column = v;
    s->scale = v->scale;
    s->texts = v->texts;
    s->text_count = v->text_count;
    s->bound = INT32_MAX;
    int64_t chunk[256];
    for (size_t i = 0; v->width == 8 && i < c->rows->rows; i += COUNT(chunk)) {
        size_t count = c->rows->rows - i < COUNT(chunk) ? c->rows->rows - i : COUNT(chunk);
        feel_vector_read(v, i, count, chunk);
        for (size_t k = 0; k < count; k++) {
            i128 size = chunk[k] < 0 ? -(i128)chunk[k] : chunk[k];
            s->bound = chunk[k] != FEEL_VECTOR_NULL && size > s->bound ? size : s->bound;
        }
    }
    return s;
}

static int64_t pool_code(struct compiler *c, str text)
{
    for (size_t i = 0; i < c->pool->n; i++)
        if (str_eq(c->pool->p[i], text))
            return (int64_t)i + 1;
    *list_add(c->op, c->pool) = text;
    return (int64_t)c->pool->n;
}

static struct step *pooled(struct compiler *c, struct step *s)
{
    s->pooled = true;
    s->texts = c->pool->p;
    s->text_count = c->pool->n;
    return s;
}

/* The same texts under the codes of the program. */
static struct step *recoded(struct compiler *c, const struct feel_node *n, struct step *of)
{
    enum { RECODED_MAX = 4096 }; /* pool_code looks through all of them */
    if (of->pooled)
        return of;
    if (of->text_count > RECODED_MAX)
        return declined(c, n, "不同的文字太多");
    struct step *s = step(c, STEP_RECODE, FEEL_VECTOR_TEXT);
    int64_t *codes = op_array(c->op, int64_t, of->text_count + 1);
    for (size_t i = 0; i < of->text_count; i++)
        codes[i + 1] = pool_code(c, of->texts[i]);
    s->kids[0] = of;
    s->answers = codes;
    return pooled(c, s);
}

static struct step *constant(struct compiler *c, const struct feel_node *n)
{
    struct feel_run run = {.op = c->op};
    feel_value v = feel_eval_node(&run, c->tree, n);
    struct step *s = step(c, STEP_CONST, FEEL_VECTOR_NUMBER);
    switch (v.kind) {
    case FEEL_NUMBER:
        while (s->scale <= SCALE_MAX && !dec_scaled(v.number, s->scale, &s->constant))
            s->scale++;
        s->bound = s->constant < 0 ? -(i128)s->constant : s->constant;
        return s->scale > SCALE_MAX ? declined(c, n, "小数位数太多或数太大") : s;
    case FEEL_DATE:
        s->type = FEEL_VECTOR_DAY;
        s->constant = v.day;
        s->bound = INT64_C(400000000000);
        return s;
    case FEEL_BOOL:
        s->type = FEEL_VECTOR_BOOL;
        s->constant = v.truth;
        return s;
    case FEEL_TEXT:
        s->type = FEEL_VECTOR_TEXT;
        s->constant = pool_code(c, v.text);
        return pooled(c, s);
    case FEEL_NULL:
        s->constant = FEEL_VECTOR_NULL;
        s->nothing = true;
        return s;
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return declined(c, n, "这种常量不能逐列计算");
}

static i128 power10(int n)
{
    i128 p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

static struct step *bounded(struct compiler *c, const struct feel_node *n, struct step *s)
{
    return s->bound >= power10(BOUND_DIGITS_MAX) ? declined(c, n, "数可能太大，不能逐列计算") : s;
}

/* The same value with more decimal places. */
static struct step *scaled(struct compiler *c, const struct feel_node *n, struct step *of, int scale)
{
    if (of->scale == scale)
        return of;
    struct step *s = step(c, STEP_SCALE, FEEL_VECTOR_NUMBER);
    s->kids[0] = of;
    s->scale = scale;
    s->constant = (int64_t)power10(scale - of->scale);
    s->bound = of->bound * power10(scale - of->scale);
    return bounded(c, n, s);
}

static bool align(struct compiler *c, const struct feel_node *n, struct step **a, struct step **b)
{
    int scale = (*a)->scale > (*b)->scale ? (*a)->scale : (*b)->scale;
    return (*a = scaled(c, n, *a, scale)) && (*b = scaled(c, n, *b, scale));
}

static struct step *arithmetic(struct compiler *c, const struct feel_node *n)
{
    struct step *a = make(c, n->kids[0]), *b = a ? make(c, n->kids[1]) : NULL;
    if (!b)
        return NULL;
    if (a->type != FEEL_VECTOR_NUMBER || b->type != FEEL_VECTOR_NUMBER || a->nothing || b->nothing)
        return declined(c, n, "只有数能逐列加减乘");
    bool product = n->kind == NODE_MULTIPLY;
    if (!product && !align(c, n, &a, &b))
        return NULL;
    struct step *s = step(c,
                          product               ? STEP_MULTIPLY
                          : n->kind == NODE_ADD ? STEP_ADD
                                                : STEP_SUBTRACT,
                          FEEL_VECTOR_NUMBER);
    s->kids[0] = a;
    s->kids[1] = b;
    s->scale = product ? a->scale + b->scale : a->scale;
    s->bound = product ? a->bound * b->bound : a->bound + b->bound;
    return s->scale > SCALE_MAX ? declined(c, n, "小数位数太多") : bounded(c, n, s);
}

/* A test with one side that varies: the row executor answers for each region of that side. `at` is the kid that varies.
 */
static struct step *regions(struct compiler *c, const struct feel_node *n, uint32_t at, const feel_value *points,
                            size_t point_count)
{
    struct step *of = make(c, n->kids[at]);
    if (!of)
        return NULL;
    struct feel_node probe = *n, sample = {.kind = NODE_CONST, .at = n->at};
    struct step *s = step(c, of->type == FEEL_VECTOR_TEXT ? STEP_CODE : STEP_REGION, FEEL_VECTOR_BOOL);
    probe.kids = op_array(c->op, struct feel_node *, n->count);
    memcpy(probe.kids, n->kids, n->count * sizeof *probe.kids);
    probe.kids[at] = &sample;
    s->kids[0] = of;
    const int64_t *cuts = NULL;
    size_t cut_count = of->type == FEEL_VECTOR_TEXT ? of->text_count : 0;
    if (s->kind == STEP_REGION && !feel_cuts(c->op, points, point_count, of->type, of->scale, &cuts, &cut_count))
        return declined(c, n, "比较的常量太多或太大");
    int64_t *answers = op_array(c->op, int64_t, cut_count + 2);
    for (size_t i = 0; i <= cut_count + 1; i++) {
        struct feel_run run = {.op = c->op};
        if (i == cut_count + 1)
            sample.value = feel_null();
        else if (s->kind == STEP_CODE)
            sample.value = i ? feel_of_text(of->texts[i - 1]) : feel_null();
        else
            sample.value = feel_cut_sample(i ? cuts[i - 1] : cut_count ? cuts[0] - 1 : 0, of->type, of->scale);
        feel_value v = feel_eval_node(&run, c->tree, &probe);
        answers[i] = v.kind == FEEL_BOOL ? v.truth : FEEL_VECTOR_NULL;
    }
    s->cuts = cuts;
    s->count = cut_count;
    s->answers = answers;
    s->null_answer = answers[cut_count + 1];
    return s;
}

static struct step *compare(struct compiler *c, const struct feel_node *n)
{
    bool left = fixed(n->kids[0]), right = fixed(n->kids[1]);
    if (left != right) {
        struct feel_run run = {.op = c->op};
        feel_value v = feel_eval_node(&run, c->tree, n->kids[left ? 0 : 1]);
        return regions(c, n, left ? 1 : 0, &v, v.kind == FEEL_NULL ? 0 : 1);
    }
    struct step *a = make(c, n->kids[0]), *b = a ? make(c, n->kids[1]) : NULL;
    if (!b)
        return NULL;
    if (a->type != b->type || (a->type != FEEL_VECTOR_NUMBER && a->type != FEEL_VECTOR_DAY) || a->nothing || b->nothing)
        return declined(c, n, "只有数与数、日期与日期能逐列比较");
    if (!align(c, n, &a, &b))
        return NULL;
    struct step *s = step(c, STEP_COMPARE, FEEL_VECTOR_BOOL);
    s->kids[0] = a;
    s->kids[1] = b;
    s->what = n->what;
    return s;
}

static struct step *within(struct compiler *c, const struct feel_node *n)
{
    struct items points = {0};
    for (uint32_t i = 1; i < n->count; i++) {
        const feel_value *found;
        size_t count;
        if (n->kind == NODE_BETWEEN) {
            struct feel_run run = {.op = c->op};
            if (!fixed(n->kids[i]))
                return declined(c, n, "区间的两端应是写死的值");
            *list_add(c->op, &points) = feel_eval_node(&run, c->tree, n->kids[i]);
            continue;
        }
        if (!feel_node_points(c->op, c->tree, n->kids[i], &found, &count))
            return declined(c, n, "条件不全是写死的值");
        for (size_t k = 0; k < count; k++)
            *list_add(c->op, &points) = found[k];
    }
    return regions(c, n, 0, points.p, points.n);
}

static struct step *logic(struct compiler *c, const struct feel_node *n)
{
    struct step *a = make(c, n->kids[0]), *b = a ? make(c, n->kids[1]) : NULL;
    if (!b)
        return NULL;
    if (a->type != FEEL_VECTOR_BOOL || b->type != FEEL_VECTOR_BOOL)
        return declined(c, n, "and、or 两边应是条件");
    struct step *s = step(c, n->kind == NODE_AND ? STEP_AND : STEP_OR, FEEL_VECTOR_BOOL);
    s->kids[0] = a;
    s->kids[1] = b;
    return s;
}

static struct step *choice(struct compiler *c, const struct feel_node *n)
{
    struct step *when = make(c, n->kids[0]), *a = when ? make(c, n->kids[1]) : NULL,
                *b = a ? make(c, n->kids[2]) : NULL;
    if (!b)
        return NULL;
    if (a->nothing || b->nothing) { /* null is of the other's kind */
        struct step *null = a->nothing ? a : b, *other = a->nothing ? b : a;
        null->type = other->type;
        null->scale = other->scale;
        null->pooled = true;
    }
    if (when->type != FEEL_VECTOR_BOOL || when->nothing || a->type != b->type)
        return declined(c, n, "if 的两个结果应同是数、文字、日期或是否");
    if (a->type == FEEL_VECTOR_NUMBER && !align(c, n, &a, &b))
        return NULL;
    if (a->type == FEEL_VECTOR_TEXT && (!(a = recoded(c, n, a)) || !(b = recoded(c, n, b))))
        return NULL;
    struct step *s = step(c, STEP_IF, a->type);
    s->kids[0] = when;
    s->kids[1] = a;
    s->kids[2] = b;
    s->scale = a->scale;
    s->bound = a->bound > b->bound ? a->bound : b->bound;
    s->nothing = a->nothing && b->nothing;
    return s->type == FEEL_VECTOR_TEXT ? pooled(c, s) : s;
}

/* ---- members ----------------------------------------------------------------------------------------------- */

static const struct feel_vector *members_of(struct compiler *c, const struct feel_node *n)
{
    const struct feel_vector *v = n->kind == NODE_NAME && !c->inside ? feel_rows_find(c->rows, n->text) : NULL;
    return v && v->kind == FEEL_VECTOR_MEMBERS ? v : NULL;
}

static struct step *fold(struct compiler *c, const struct feel_node *n, enum fold how,
                         const struct feel_vector *members, str variable, const struct feel_node *condition, str item)
{
    struct compiler inner = *c;
    struct step *s =
        step(c, STEP_MEMBERS, how == FOLD_SOME || how == FOLD_EVERY ? FEEL_VECTOR_BOOL : FEEL_VECTOR_NUMBER);
    struct step *when = NULL, *what = NULL;
    s->column = members;
    s->fold = how;
    s->bound = (i128)members->members->rows + 1;
    inner.rows = members->members;
    inner.member = variable;
    inner.inside = true;
    inner.slots = c->slots;
    if (condition && !(when = make(&inner, condition)))
        return NULL;
    if (item.n && !(what = column(&inner, n, item)))
        return NULL;
    c->slots = inner.slots;
    if (when && when->type != FEEL_VECTOR_BOOL)
        return declined(c, n, "方括号里应是条件");
    s->kids[0] = when;
    s->kids[1] = what;
    if (!what)
        return s;
    if (how == FOLD_FIRST) {
        s->type = what->type;
        s->scale = what->scale;
        s->bound = what->bound;
        s->texts = what->texts;
        s->text_count = what->text_count;
        return s;
    }
    if (what->type != FEEL_VECTOR_NUMBER && (how == FOLD_SUM || what->type != FEEL_VECTOR_DAY))
        return declined(c, n, "只能汇总数或日期");
    s->type = what->type;
    s->scale = what->scale;
    s->bound = how == FOLD_SUM ? what->bound * s->bound : what->bound;
    return bounded(c, n, s);
}

/* count(成员), count(成员[…]), sum(成员.收入), sum(成员[…].收入) … */
static struct step *call(struct compiler *c, const struct feel_node *n)
{
    static const struct {
        const char *name;
        enum fold how;
    } folds[] = {{"count", FOLD_COUNT}, {"sum", FOLD_SUM}, {"min", FOLD_MIN}, {"max", FOLD_MAX}};
    if (n->kids[0]->kind != NODE_BUILTIN || n->count != 2 || n->names)
        return declined(c, n, "这个函数不能逐列计算");
    const struct feel_node *of = n->kids[1], *condition = NULL;
    const char *name = n->kids[0]->builtin->name;
    if (str_eq(str_z(name), S("not"))) {
        struct step *a = make(c, of), *s = a ? step(c, STEP_NOT, FEEL_VECTOR_BOOL) : NULL;
        if (!a || a->type != FEEL_VECTOR_BOOL)
            return declined(c, n, "not 里应是条件");
        s->kids[0] = a;
        return s;
    }
    for (size_t i = 0; i < COUNT(folds); i++) {
        if (!str_eq(str_z(name), str_z(folds[i].name)))
            continue;
        str item = S("");
        if (of->kind == NODE_PATH && folds[i].how != FOLD_COUNT) {
            item = of->text;
            of = of->kids[0];
        }
        if (of->kind == NODE_FILTER) {
            condition = of->kids[1];
            of = of->kids[0];
        }
        const struct feel_vector *members = members_of(c, of);
        if (!members || (folds[i].how != FOLD_COUNT && item.n == 0))
            break;
        return fold(c, n, folds[i].how, members, S(""), condition, item);
    }
    return declined(c, n, "这个函数不能逐列计算");
}

static struct step *quantified(struct compiler *c, const struct feel_node *n)
{
    const struct feel_vector *members = n->count == 2 ? members_of(c, n->kids[0]) : NULL;
    if (!members)
        return declined(c, n, "只能逐列判断成员");
    return fold(c, n, n->kind == NODE_SOME ? FOLD_SOME : FOLD_EVERY, members, n->names[0], n->kids[1], S(""));
}

static struct step *name(struct compiler *c, const struct feel_node *n)
{
    if (c->inside && c->member.n)
        return declined(c, n, "成员条件里只能用成员的项");
    if (n->kind != NODE_NAME && !c->inside)
        return declined(c, n, "用到了列以外的名称");
    return column(c, n, n->text);
}

/* 申报[1].项: that of the first member. */
static struct step *first_of(struct compiler *c, const struct feel_node *n, const struct feel_node *filter)
{
    int64_t at;
    const struct feel_vector *members = members_of(c, filter->kids[0]);
    const struct feel_node *which = filter->kids[1];
    if (!members || which->kind != NODE_CONST || which->value.kind != FEEL_NUMBER ||
        !dec_int(which->value.number, &at) || at != 1)
        return declined(c, n, "只能取第一个成员的项");
    return fold(c, n, FOLD_FIRST, members, S(""), NULL, n->text);
}

/* Ages: everybody's years are counted to the same day, so the days on which they change are worked out once. */
static void anniversaries(struct compiler *c, struct step *s, int64_t today)
{
    enum { YEARS = 130 };
    struct feel_calendar_day to = feel_calendar_day(today);
    int64_t *last = op_array(c->op, int64_t, YEARS);
    last[0] = today;
    for (int years = 1; years < YEARS; years++) {
        int64_t at = last[years - 1] - 367;
        while (feel_calendar_months(feel_calendar_day(at + 1), to) >= years * 12)
            at++;
        last[years] = at;
    }
    s->cuts = last;
    s->count = YEARS;
}

/* years and months duration(从, 到).years */
static struct step *months_of(struct compiler *c, const struct feel_node *n, const struct feel_node *between)
{
    bool years = str_eq(n->text, S("years")), months = str_eq(n->text, S("months"));
    if ((!years && !months) || between->names || between->count != 3)
        return declined(c, n, "只能取年数和月数");
    struct step *a = make(c, between->kids[1]), *b = a ? make(c, between->kids[2]) : NULL;
    if (!b)
        return NULL;
    if (a->type != FEEL_VECTOR_DAY || b->type != FEEL_VECTOR_DAY)
        return declined(c, n, "两端应是日期");
    struct step *s = step(c, STEP_BETWEEN, FEEL_VECTOR_NUMBER);
    s->kids[0] = a;
    s->kids[1] = b;
    s->part = years ? PART_YEARS : PART_MONTHS;
    s->bound = INT64_C(10000000000);
    if (years && b->kind == STEP_CONST && b->constant != FEEL_VECTOR_NULL)
        anniversaries(c, s, b->constant);
    return s;
}

static bool is_call_of(const struct feel_node *n, const char *name)
{
    return n->kind == NODE_CALL && n->kids[0]->kind == NODE_BUILTIN &&
           str_eq(str_z(n->kids[0]->builtin->name), str_z(name));
}

static struct step *path(struct compiler *c, const struct feel_node *n)
{
    static const char *const parts[] = {[PART_YEAR] = "year", [PART_MONTH] = "month", [PART_DAY] = "day"};
    const struct feel_node *of = n->kids[0];
    if (c->inside && of->kind == NODE_LOCAL && str_eq(of->text, c->member.n ? c->member : S("item")))
        return column(c, n, n->text);
    if (of->kind == NODE_FILTER && !c->inside)
        return first_of(c, n, of);
    if (is_call_of(of, "years and months duration"))
        return months_of(c, n, of);
    if (of->kind != NODE_NAME && of->kind != NODE_PATH)
        return declined(c, n, "只能用成员的项");
    struct step *date = make(c, of);
    for (size_t i = 0; date && date->type == FEEL_VECTOR_DAY && i < COUNT(parts); i++)
        if (str_eq(n->text, str_z(parts[i]))) {
            struct step *s = step(c, STEP_PART, FEEL_VECTOR_NUMBER);
            s->kids[0] = date;
            s->part = (enum part)i;
            s->bound = INT64_C(10000000000);
            return s;
        }
    return declined(c, n, "只能取日期的年、月、日");
}

static struct step *make_node(struct compiler *c, const struct feel_node *n)
{
    switch (n->kind) {
    case NODE_CONST:
        return constant(c, n);
    case NODE_NAME:
    case NODE_UNKNOWN:
    case NODE_LOCAL:
        return name(c, n);
    case NODE_PATH:
        return fixed(n) ? constant(c, n) : path(c, n);
    case NODE_COMPARE:
        return fixed(n) ? constant(c, n) : compare(c, n);
    case NODE_BETWEEN:
    case NODE_IN:
        return within(c, n);
    case NODE_AND:
    case NODE_OR:
        return logic(c, n);
    case NODE_IF:
        return choice(c, n);
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
        return fixed(n) ? constant(c, n) : arithmetic(c, n);
    case NODE_NEGATE: {
        struct step *a = make(c, n->kids[0]), *s = a ? step(c, STEP_NEGATE, FEEL_VECTOR_NUMBER) : NULL;
        if (!a || a->type != FEEL_VECTOR_NUMBER || a->nothing)
            return declined(c, n, "只有数能取负");
        s->kids[0] = a;
        s->scale = a->scale;
        s->bound = a->bound;
        return s;
    }
    case NODE_CALL:
        return fixed(n) ? constant(c, n) : call(c, n);
    case NODE_SOME:
    case NODE_EVERY:
        return quantified(c, n);
    case NODE_FAULT:
    case NODE_BUILTIN:
    case NODE_INPUT:
    case NODE_TESTS:
    case NODE_ANYTHING:
    case NODE_TEST:
    case NODE_MATCH:
    case NODE_DIVIDE: /* a quotient need not end */
    case NODE_POWER:
    case NODE_INSTANCE:
    case NODE_FILTER:
    case NODE_FOR:
    case NODE_SPAN:
    case NODE_LIST:
    case NODE_CONTEXT:
    case NODE_RANGE:
    case NODE_FUNCTION:
    case NODE_EXTERNAL:
        break;
    }
    return declined(c, n, "这种写法不能逐列计算");
}

static struct step *make(struct compiler *c, const struct feel_node *n)
{
    if (++c->depth > PROGRAM_DEPTH_MAX) {
        c->depth--;
        return declined(c, n, "套得太深");
    }
    struct step *s = make_node(c, n);
    c->depth--;
    return s;
}

bool feel_compile(struct op *op, const struct feel *tree, const struct feel_rows *rows, struct feel_program **ret,
                  str *ret_reason)
{
    *ret_reason = S("");
    struct pool pool = {0};
    struct compiler c = {.op = op, .tree = tree, .rows = rows, .pool = &pool, .reason = ret_reason};
    const struct step *root = make(&c, tree->root);
    if (!root)
        return false;
    if (root->nothing) {
        *ret_reason = S("只得出空值");
        return false;
    }
    if (tree->scope->b_feel && tree->root->kind != NODE_NAME) {
        *ret_reason = S("B-FEEL 的算式逐行计算");
        return false;
    }
    struct feel_program *p = op_new(op, struct feel_program);
    *p = (struct feel_program){root, c.slots};
    *ret = p;
    return true;
}

enum feel_vector_kind feel_program_kind(const struct feel_program *p)
{
    return p->root->type;
}

int feel_program_scale(const struct feel_program *p)
{
    return p->root->scale;
}

const struct feel_vector *feel_program_column(const struct feel_program *p)
{
    return p->root->kind == STEP_COLUMN ? p->root->column : NULL;
}

const str *feel_program_texts(const struct feel_program *p, size_t *ret_count)
{
    *ret_count = p->root->text_count;
    return p->root->texts;
}

size_t feel_program_scratch(const struct feel_program *p)
{
    return p->slots * FEEL_CHUNK;
}
