/* Numbers and comparisons of the SQL executor, and functions of one date turned into cut dates. */
#include "feel/sql.h"

/* ---- numbers ----------------------------------------------------------------------------------------------- */

static const i128 INT_BOUND = (i128)9000000000000000000;

i128 sql_ten_to(int n)
{
    i128 v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

bool sql_rescale(struct gen *g, struct piece *p, int scale)
{
    if (scale == p->scale)
        return true;
    if (scale > 18 || p->bound > INT_BOUND / sql_ten_to(scale - p->scale))
        return no(g, "数的位数太多，数据库里算不准");
    p->sql = text(g, "(%s * %s)", p->sql, arg_int(g, (int64_t)sql_ten_to(scale - p->scale)));
    p->bound *= sql_ten_to(scale - p->scale);
    p->scale = scale;
    return true;
}

/* A constant number as a column-like piece with the digits it needs. */
bool sql_number(struct gen *g, struct piece *p)
{
    if (p->kind == SQL_NUMBER)
        return true;
    int64_t v = 0;
    int scale = 0;
    if (p->kind != SQL_CONST || p->value.kind != FEEL_NUMBER)
        return no(g, "不是数，数据库里不能这样算");
    while (scale <= 9 && !dec_scaled(p->value.number, scale, &v))
        scale++;
    if (scale > 9 || v > INT_BOUND || v < -INT_BOUND)
        return no(g, "数的位数太多，数据库里算不准");
    *p = (struct piece){.kind = SQL_NUMBER, .sql = arg_int(g, v), .scale = scale, .bound = v < 0 ? -(i128)v : v};
    return true;
}

bool sql_arithmetic(struct gen *g, enum node_kind what, struct piece a, struct piece b, struct piece *ret)
{
    dec inverse;
    if (what == NODE_DIVIDE) { /* by a constant whose inverse is exact: multiply by that */
        dec back;
        if (b.kind != SQL_CONST || b.value.kind != FEEL_NUMBER || !dec_div(dec_of(1), b.value.number, &inverse) ||
            !dec_mul(inverse, b.value.number, &back) || !dec_eq(back, dec_of(1)))
            return no(g, "数据库里除不尽，不能这样算");
        b.value = feel_of_dec(inverse);
        what = NODE_MULTIPLY;
    }
    if (!sql_number(g, &a) || !sql_number(g, &b))
        return false;
    *ret = (struct piece){.kind = SQL_NUMBER};
    if (what == NODE_MULTIPLY) {
        if (a.scale + b.scale > 18 || (a.bound && b.bound > INT_BOUND / a.bound))
            return no(g, "乘积的位数太多，数据库里算不准");
        ret->scale = a.scale + b.scale;
        ret->bound = a.bound * b.bound;
    } else {
        int scale = a.scale > b.scale ? a.scale : b.scale;
        if (!sql_rescale(g, &a, scale) || !sql_rescale(g, &b, scale))
            return false;
        ret->scale = scale;
        ret->bound = a.bound + b.bound;
    }
    if (ret->bound > INT_BOUND)
        return no(g, "数太大，数据库里算不准");
    ret->sql = text(g, "(%s %s %s)", a.sql, what == NODE_MULTIPLY ? "*" : what == NODE_ADD ? "+" : "-", b.sql);
    return true;
}

/* ---- comparison -------------------------------------------------------------------------------------------- */

/* Where a constant cuts the integers of a column: x = c exactly at `at`, or between `at` and the next one. `far`:
 * beyond all integers on that side. `width`: how many neighbouring integers count as equal (moments of one second). */
struct cut {
    int64_t at;
    bool exact;
    int far;
    int64_t width;
};

static bool dec_cut(dec d, int scale, struct cut *ret)
{
    dec floor;
    *ret = (struct cut){.width = 1};
    if (!dec_round(d, scale, DEC_FLOOR, &floor))
        return false;
    ret->exact = dec_eq(floor, d);
    if (!dec_scaled(floor, scale, &ret->at))
        ret->far = dec_sign(d);
    return true;
}

static bool cut_of(struct gen *g, const struct piece *p, feel_value c, struct cut *ret)
{
    time_ms ms;
    i128 ns;
    *ret = (struct cut){.exact = true, .width = 1};
    switch (p->kind) {
    case SQL_NUMBER:
        return (c.kind == FEEL_NUMBER && dec_cut(c.number, p->scale, ret)) || no(g, "不是数，不能与数比较");
    case SQL_DAY:
        ret->at = c.kind == FEEL_DATE ? c.day : 0;
        return c.kind == FEEL_DATE || no(g, "不是日期，不能与日期比较");
    case SQL_DAYS:
        if (c.kind != FEEL_SPAN)
            return no(g, "不是天数，不能与天数比较");
        ns = feel_span_ns(c);
        ret->at = (int64_t)(ns / DAY_NS - (ns % DAY_NS < 0));
        ret->exact = ns % DAY_NS == 0;
        return true;
    case SQL_TIME:
        if (c.kind == FEEL_DATE)
            c = (feel_value){.kind = FEEL_DATE_TIME, .day = c.day};
        if (!feel_to_time(c, &ms) || ms > INT64_MAX / 2 || ms < INT64_MIN / 2)
            return no(g, "不是日期时间，不能与日期时间比较");
        ret->at = (ms / 1000 - (ms % 1000 < 0)) * 1000;
        ret->width = 1000; /* moments compare by whole seconds */
        return true;
    case SQL_CONST:
    case SQL_BOOL:
    case SQL_TEXT:
    case SQL_TEXTS:
        break;
    }
    return no(g, "类型不同，数据库里不能比较");
}

static const char *cut_sql(struct gen *g, const char *x, enum relation what, struct cut c)
{
    if (c.far && (what == REL_EQ || what == REL_NE))
        return what == REL_NE ? "(1=1)" : "(1=0)";
    if (c.far)
        return given(g, x, (c.far > 0) == (what == REL_LT || what == REL_LE));
    int64_t next = c.at + (c.exact ? c.width : 1); /* the first integer above everything that equals c */
    switch (what) {
    case REL_EQ:
    case REL_NE:
        if (!c.exact)
            return what == REL_NE ? "(1=1)" : "(1=0)";
        if (c.width == 1)
            return text(g, "coalesce(%s %s %s, %s)", x, what == REL_EQ ? "=" : "<>", arg_int(g, c.at),
                           what == REL_EQ ? "(1=0)" : "(1=1)");
        return text(g, "coalesce(%s(%s >= %s and %s < %s), %s)", what == REL_EQ ? "" : "not ", x,
                       arg_int(g, c.at), x, arg_int(g, next), what == REL_EQ ? "(1=0)" : "(1=1)");
    case REL_LT:
        return text(g, "(%s < %s)", x, arg_int(g, c.exact ? c.at : next));
    case REL_LE:
        return text(g, "(%s < %s)", x, arg_int(g, next));
    case REL_GT:
        return text(g, "(%s >= %s)", x, arg_int(g, next));
    case REL_GE:
        return text(g, "(%s >= %s)", x, arg_int(g, c.exact ? c.at : next));
    }
    must(false);
    return "";
}

static const char *const relation_sql[] = {"=", "<>", "<", "<=", ">", ">="};
static const enum relation mirrored[] = {REL_EQ, REL_NE, REL_GT, REL_GE, REL_LT, REL_LE};

bool sql_text_ok(struct gen *g, str s)
{
    return !memchr(s.p ? s.p : "", 0, s.n) || no(g, "文字里有空字符，数据库里不能比较");
}

/* Plain `a op b` of two SQL texts, with FEEL's nulls. */
static const char *plain_compare(struct gen *g, const char *a, enum relation what, const char *b)
{
    if (what == REL_EQ)
        return text(g, "coalesce(%s = %s, %s is null and %s is null)", a, b, a, b);
    if (what == REL_NE)
        return text(g, "(not coalesce(%s = %s, %s is null and %s is null))", a, b, a, b);
    return text(g, "(%s %s %s)", a, relation_sql[what], b);
}

bool sql_compare_constant(struct gen *g, struct piece a, enum relation what, feel_value c, struct piece *ret)
{
    bool equality = what == REL_EQ || what == REL_NE;
    if (c.kind == FEEL_NULL) {
        boolean(ret, equality ? text(g, "(%s is %snull)", a.sql, what == REL_NE ? "not " : "") : "(null)");
        return true;
    }
    if (a.kind == SQL_TEXT) {
        if (c.kind != FEEL_TEXT)
            return no(g, "不是文字，不能与文字比较");
        if (!sql_text_ok(g, c.text))
            return false;
        const char *b = arg_text(g, c.text);
        boolean(ret, equality ? text(g, "coalesce(%s %s %s, %s)", a.sql, relation_sql[what], b,
                                        what == REL_EQ ? "(1=0)" : "(1=1)")
                              : plain_compare(g, a.sql, what, b));
        return true;
    }
    if (a.kind == SQL_BOOL) {
        if (c.kind != FEEL_BOOL || !equality)
            return no(g, "是否不能这样比较");
        bool wants = c.truth == (what == REL_EQ);
        boolean(ret, text(g, "coalesce(%s%s, %s)", wants ? "" : "not ", a.sql, what == REL_EQ ? "(1=0)" : "(1=1)"));
        return true;
    }
    struct cut cut;
    if (!cut_of(g, &a, c, &cut))
        return false;
    boolean(ret, cut_sql(g, a.sql, what, cut));
    return true;
}

static bool compare_pieces(struct gen *g, struct piece a, enum relation what, struct piece b, struct piece *ret)
{
    if (a.kind == SQL_CONST)
        return sql_compare_constant(g, b, mirrored[what], a.value, ret);
    if (b.kind == SQL_CONST)
        return sql_compare_constant(g, a, what, b.value, ret);
    if (a.kind != b.kind || a.kind == SQL_TIME || a.kind == SQL_TEXTS ||
        (a.kind == SQL_BOOL && what != REL_EQ && what != REL_NE))
        return no(g, "这两项在数据库里不能比较");
    if (a.kind == SQL_NUMBER) {
        int scale = a.scale > b.scale ? a.scale : b.scale;
        if (!sql_rescale(g, &a, scale) || !sql_rescale(g, &b, scale))
            return false;
    }
    boolean(ret, plain_compare(g, a.sql, what, b.sql));
    return true;
}

/* ---- cut dates --------------------------------------------------------------------------------------------- */

/* Which way the value of n goes when the one date column in it grows: 1, -1, or 0 for anything that may turn. */
static int direction(struct gen *g, const struct feel_node *n, int *ret_name)
{
    if (n->kind == NODE_NAME) {
        if (*ret_name >= 0)
            return 0;
        *ret_name = n->index;
        return 1;
    }
    bool first = n->count == 2 && feel_is_constant(n->kids[1]), second = n->count == 2 && feel_is_constant(n->kids[0]);
    switch (n->kind) {
    case NODE_ADD:
        return first ? direction(g, n->kids[0], ret_name) : second ? direction(g, n->kids[1], ret_name) : 0;
    case NODE_SUBTRACT:
        return first ? direction(g, n->kids[0], ret_name) : second ? -direction(g, n->kids[1], ret_name) : 0;
    case NODE_PATH:
        return str_eq(n->text, S("year")) || str_eq(n->text, S("years")) ? direction(g, n->kids[0], ret_name) : 0;
    case NODE_CALL:
        if (n->names || n->count != 3 || n->kids[0]->kind != NODE_BUILTIN ||
            !str_eq(str_z(n->kids[0]->builtin->name), S("years and months duration")))
            return 0;
        return feel_is_constant(n->kids[2]) ? -direction(g, n->kids[1], ret_name)
                                       : feel_is_constant(n->kids[1]) ? direction(g, n->kids[2], ret_name) : 0;
    default: /* anything else may turn */
        return 0;
    }
}

struct probe {
    struct gen *g;
    const struct feel_node *n;
    feel_value constant, at;
};

static feel_value probe_value(void *from, int name)
{
    (void)name;
    return ((struct probe *)from)->at;
}

/* -1, 0, 1: how the function at a day compares with the constant; false: it does not. */
static bool probe_order(struct probe *p, int64_t number, int *ret)
{
    struct mark mark = op_mark(p->g->op);
    p->at = (feel_value){.kind = FEEL_DATE, .day = number};
    struct feel_run run = {.op = p->g->op, .value = probe_value, .from = p};
    bool ok = feel_order(feel_eval_node(&run, p->g->tree, p->n), p->constant, ret);
    op_reset(p->g->op, mark);
    return ok;
}

/* The first day in [from, to] whose order × sign is at least `least`; to + 1 if there is none. */
static bool first_day(struct probe *p, int64_t from, int64_t to, int sign, int least, int64_t *ret)
{
    int64_t low = from, high = to + 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order;
        if (!probe_order(p, middle, &order))
            return false;
        if (order * sign >= least)
            high = middle;
        else
            low = middle + 1;
    }
    *ret = low;
    return true;
}

/* f(date column) op constant, f rising or falling: the days where it is equal lie together. Years 1 to 9999. */
static bool compare_cut(struct gen *g, const struct feel_node *f, enum relation what, feel_value c, struct piece *ret)
{
    int name = -1, way = direction(g, f, &name);
    struct feel_column column;
    if (way == 0 || !g->map->column(g->map->from, name, &column) || column.kind != FEEL_COLUMN_DAY)
        return no(g, "这种计算数据库里写不出");
    if (c.kind == FEEL_NULL)
        return no(g, "与空值比较");
    struct probe p = {.g = g, .n = f, .constant = c};
    int64_t from = feel_day_of(1, 1, 1), to = feel_day_of(9999, 12, 31), equal, above;
    /* days grow; with way -1 the value falls, so look at its negative */
    if (!first_day(&p, from, to, way, 0, &equal) || !first_day(&p, from, to, way, 1, &above))
        return no(g, "这种计算数据库里写不出");
    if (way < 0)
        what = mirrored[what];
    const char *x = op_z(g->op, column.sql);
    switch (what) {
    case REL_EQ:
    case REL_NE:
        boolean(ret, text(g, "coalesce(%s(%s >= %s and %s < %s), %s)", what == REL_EQ ? "" : "not ", x,
                             arg_int(g, equal), x, arg_int(g, above), what == REL_EQ ? "(1=0)" : "(1=1)"));
        return true;
    case REL_LT:
        boolean(ret, text(g, "(%s < %s)", x, arg_int(g, equal)));
        return true;
    case REL_LE:
        boolean(ret, text(g, "(%s < %s)", x, arg_int(g, above)));
        return true;
    case REL_GT:
        boolean(ret, text(g, "(%s >= %s)", x, arg_int(g, above)));
        return true;
    case REL_GE:
        boolean(ret, text(g, "(%s >= %s)", x, arg_int(g, equal)));
        return true;
    }
    return false;
}

bool sql_compare_nodes(struct gen *g, const struct feel_node *a, enum relation what, const struct feel_node *b,
                          struct piece *ret)
{
    int name = -1;
    bool a_constant = feel_is_constant(a), b_constant = feel_is_constant(b);
    /* `date op constant` itself is simpler without a cut; only real functions need one */
    if (b_constant && a->kind != NODE_NAME && direction(g, a, &name)) {
        struct feel_column column;
        if (g->map->column(g->map->from, name, &column) && column.kind == FEEL_COLUMN_DAY)
            return compare_cut(g, a, what, value_now(g, b), ret);
    }
    name = -1;
    if (a_constant && b->kind != NODE_NAME && direction(g, b, &name)) {
        struct feel_column column;
        if (g->map->column(g->map->from, name, &column) && column.kind == FEEL_COLUMN_DAY)
            return compare_cut(g, b, mirrored[what], value_now(g, a), ret);
    }
    struct piece pa, pb;
    return sql_piece_of(g, a, &pa) && sql_piece_of(g, b, &pb) && compare_pieces(g, pa, what, pb, ret);
}
