/* The SQL executor: the part of FEEL that typed columns can say, as boolean SQL that is true, false or NULL exactly
 * when the row executor is true, false or null; sql_test.c holds the two together over random expressions and rows.
 *
 * What makes them agree: null = null is true in FEEL, so equality is coalesced; numbers are scaled integers whose
 * bounds are followed through arithmetic, so nothing overflows into a double; what has no column in it is computed now
 * and becomes a parameter; and a function that only rises or falls with one date (an age!) is turned into a cut
 * date. */
#include "feel/sql.h"

bool feel_is_constant(const struct feel_node *n)
{
    if (n->kind == NODE_NAME || n->kind == NODE_INPUT || n->kind == NODE_UNKNOWN || n->kind == NODE_FAULT)
        return false;
    for (uint32_t i = 0; i < feel_kids(n); i++)
        if (!feel_is_constant(n->kids[i]))
            return false;
    return true;
}

/* ---- in ---------------------------------------------------------------------------------------------------- */

static bool kinds_agree(const struct piece *p, feel_value v)
{
    switch (p->kind) {
    case SQL_BOOL:
        return v.kind == FEEL_BOOL;
    case SQL_NUMBER:
        return v.kind == FEEL_NUMBER;
    case SQL_TEXT:
        return v.kind == FEEL_TEXT;
    case SQL_DAY:
        return v.kind == FEEL_DATE;
    case SQL_DAYS:
        return v.kind == FEEL_SPAN;
    case SQL_TIME:
        return v.kind == FEEL_DATE_TIME;
    case SQL_CONST:
    case SQL_TEXTS:
        break;
    }
    return false;
}

/* x within a constant range; NULL where x is NULL. */
static bool in_range(struct gen *g, struct piece x, const struct feel_range *r, struct piece *ret)
{
    struct piece low, high;
    if (r->differs || (r->unary && r->has_low && r->has_high))
        return sql_compare_constant(g, x, r->differs ? REL_NE : REL_EQ, r->low, ret);
    if ((r->has_low && !kinds_agree(&x, r->low)) || (r->has_high && !kinds_agree(&x, r->high)) || x.kind == SQL_BOOL)
        return no(g, "区间的两端与这一项类型不同");
    boolean(&low, "(1=1)");
    boolean(&high, "(1=1)");
    if ((r->has_low && !sql_compare_constant(g, x, r->low_closed ? REL_GE : REL_GT, r->low, &low)) ||
        (r->has_high && !sql_compare_constant(g, x, r->high_closed ? REL_LE : REL_LT, r->high, &high)))
        return false;
    boolean(ret, text(g, "(%s and %s)", low.sql, high.sql));
    return true;
}

/* x among the items of a constant list: true or false, never unknown. */
static bool in_list(struct gen *g, struct piece x, feel_value list, struct piece *ret)
{
    struct {
        const char **p;
        size_t n, cap;
    } ways = {0};
    if (list.count > LIST_MAX_SQL)
        return no(g, "列表超过%d项", LIST_MAX_SQL);
    for (size_t i = 0; i < list.count; i++) {
        feel_value item = list.items[i];
        struct piece one;
        if (item.kind == FEEL_RANGE) {
            const struct feel_range *r = item.range;
            bool fits = (!r->has_low || kinds_agree(&x, r->low)) && (!r->has_high || kinds_agree(&x, r->high)) &&
                        !r->differs && x.kind != SQL_BOOL;
            if (!fits)
                return no(g, "列表里的区间与这一项类型不同");
            if (!in_range(g, x, r, &one))
                return false;
            *list_add(g->op, &ways) = text(g, "coalesce(%s, (1=0))", one.sql);
        } else if (item.kind == FEEL_NULL || kinds_agree(&x, item)) {
            if (!sql_compare_constant(g, x, REL_EQ, item, &one))
                return false;
            *list_add(g->op, &ways) = one.sql;
        } else if (x.kind == SQL_TIME && item.kind == FEEL_DATE) {
            return no(g, "日期与日期时间混在一起");
        }
    }
    boolean(ret, ways.n ? text(g, "(%s)", joined(g, ways.p, ways.n, " or ")) : "(1=0)");
    return true;
}

/* A JSON array without white space holds a text iff [" or ," stands before it: inside a text each " is written \". */
static const char *holds(struct gen *g, const char *list, str wanted)
{
    struct buf b;
    buf_init(&b, g->op, 0);
    struct json_out w = {.b = &b};
    json_text(&w, wanted);
    const char *head = arg_text(g, op_text(g->op, "[%.*s", PS(buf_str(&b)))),
               *next = arg_text(g, op_text(g->op, ",%.*s", PS(buf_str(&b))));
    return text(g, "(replace(%s, %s, '') <> %s or replace(%s, %s, '') <> %s)", list, head, list,
                   list, next, list);
}

static bool test_piece(struct gen *g, const struct feel_node *value, const struct feel_node *test, bool several,
                       struct piece *ret)
{
    if (test->kind == NODE_TEST)
        return sql_compare_nodes(g, value, test->what, test->kids[0], ret);
    if (test->kind != NODE_MATCH)
        return no(g, "这种条件数据库里写不出");
    const struct feel_node *kid = test->kids[0];
    struct piece x;
    if (feel_is_constant(kid)) {
        feel_value v = value_now(g, kid);
        if (v.kind == FEEL_NULL && kid->kind != NODE_CONST) {
            boolean(ret, "(null)");
            return true;
        }
        if (!sql_piece_of(g, value, &x))
            return false;
        if (x.kind == SQL_CONST || x.kind == SQL_TEXTS || (several && v.kind == FEEL_BOOL && x.kind != SQL_BOOL))
            return no(g, "这种条件数据库里写不出");
        if (v.kind == FEEL_RANGE)
            return in_range(g, x, v.range, ret);
        return v.kind == FEEL_LIST ? in_list(g, x, v, ret) : sql_compare_constant(g, x, REL_EQ, v, ret);
    }
    struct piece list;
    if (!sql_piece_of(g, value, &x) || !sql_piece_of(g, kid, &list))
        return false;
    if (list.kind != SQL_TEXTS || x.kind != SQL_CONST || x.value.kind != FEEL_TEXT)
        return no(g, "这种条件数据库里写不出");
    boolean(ret, holds(g, list.sql, x.value.text));
    return true;
}

static bool in_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct {
        const char **p;
        size_t n, cap;
    } ways = {0};
    for (uint32_t i = 1; i < n->count; i++) {
        struct piece one;
        if (!test_piece(g, n->kids[0], n->kids[i], n->count > 2, &one))
            return false;
        *list_add(g->op, &ways) = condition(&one);
    }
    boolean(ret, text(g, "(%s)", joined(g, ways.p, ways.n, " or ")));
    return true;
}

/* ---- functions --------------------------------------------------------------------------------------------- */

static bool text_piece(struct gen *g, struct piece *p)
{
    if (p->kind == SQL_TEXT)
        return true;
    if (p->kind != SQL_CONST || p->value.kind != FEEL_TEXT || !sql_text_ok(g, p->value.text))
        return no(g, "不是文字，数据库里不能这样算");
    *p = (struct piece){.kind = SQL_TEXT, .sql = arg_text(g, p->value.text)};
    return true;
}

static bool constant_text(struct gen *g, const struct piece *p, str *ret)
{
    if (p->kind != SQL_CONST || p->value.kind != FEEL_TEXT)
        return no(g, "要找的文字须写死，不能是另一项");
    *ret = p->value.text;
    return sql_text_ok(g, *ret);
}

static bool f_find(struct gen *g, const char *name, struct piece *a, struct piece *ret)
{
    str part = S("");
    if (a[0].kind != SQL_TEXT || !constant_text(g, &a[1], &part))
        return no(g, "不是文字，数据库里不能查找");
    const char *x = a[0].sql;
    int64_t length = (int64_t)utf8_count(part);
    if (part.n == 0)
        boolean(ret, given(g, x, true));
    else if (name[0] == 'c')
        boolean(ret, text(g, "(replace(%s, %s, '') <> %s)", x, arg_text(g, part), x));
    else if (name[0] == 's')
        boolean(ret, text(g, "(substr(%s, 1, %s) = %s)", x, arg_int(g, length), arg_text(g, part)));
    else
        boolean(ret, text(g, "(length(%s) >= %s and substr(%s, length(%s) - %s) = %s)", x, arg_int(g, length),
                             x, x, arg_int(g, length - 1), arg_text(g, part)));
    return true;
}

static bool f_length(struct gen *g, struct piece *a, struct piece *ret)
{
    if (a[0].kind != SQL_TEXT)
        return no(g, "不是文字，没有字数");
    *ret = (struct piece){.kind = SQL_NUMBER, .sql = text(g, "length(%s)", a[0].sql), .bound = 1000000000};
    return true;
}

static bool f_substring(struct gen *g, struct piece *a, size_t count, struct piece *ret)
{
    int64_t start, length = 0;
    dec whole;
    if (a[0].kind != SQL_TEXT || a[1].kind != SQL_CONST || a[1].value.kind != FEEL_NUMBER ||
        !dec_int(a[1].value.number, &start) || start == 0 || start > CODES_MAX || start < -CODES_MAX)
        return no(g, "起始位置须写死");
    if (count == 3 && (a[2].kind != SQL_CONST || a[2].value.kind != FEEL_NUMBER ||
                       !dec_round(a[2].value.number, 0, DEC_DOWN, &whole) || !dec_int(whole, &length) || length < 1 ||
                       length > CODES_MAX))
        return no(g, "长度须写死");
    const char *x = a[0].sql, *from, *reach = arg_int(g, start > 0 ? start : -start);
    from = start > 0 ? reach : text(g, "length(%s) + 1 - %s", x, reach);
    const char *rest = count == 3 ? text(g, ", %s", arg_int(g, length)) : "";
    *ret = (struct piece){.kind = SQL_TEXT, .sql = text(g, "(case when length(%s) >= %s then substr(%s, %s%s) end)",
                                                           x, reach, x, from, rest)};
    return true;
}

static bool f_case(struct gen *g, str function, struct piece *a, struct piece *ret)
{
    if (function.n == 0 || a[0].kind != SQL_TEXT)
        return no(g, "数据库里没有大小写转换");
    *ret = (struct piece){.kind = SQL_TEXT, .sql = text(g, "%s(%s)", op_z(g->op, function), a[0].sql)};
    return true;
}

static bool f_matches(struct gen *g, struct piece *a, size_t count, struct piece *ret)
{
    str pattern = S(""), flags = S("");
    if (g->map->matches.n == 0 || a[0].kind != SQL_TEXT)
        return no(g, "数据库里没有正则表达式");
    if (!constant_text(g, &a[1], &pattern) || (count == 3 && !constant_text(g, &a[2], &flags)))
        return false;
    boolean(ret, text(g, "(%s(%s, %s, %s) = 1)", op_z(g->op, g->map->matches), a[0].sql, arg_text(g, pattern),
                         arg_text(g, flags)));
    return true;
}

static bool call_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece a[3];
    size_t count = n->count - 1;
    if (n->kids[0]->kind != NODE_BUILTIN || n->names || count == 0 || count > 3)
        return no(g, "这个函数数据库里没有");
    const char *name = n->kids[0]->builtin->name;
    static const char *known[] = {"not",           "contains",      "starts with", "ends with",
                                  "string length", "substring",     "lower case",  "upper case",
                                  "matches",       "list contains", "abs"};
    size_t k = 0;
    while (k < COUNT(known) && !str_eq(str_z(known[k]), str_z(name)))
        k++;
    if (k == COUNT(known) || count < n->kids[0]->builtin->min || count > n->kids[0]->builtin->max)
        return no(g, "函数 %s 数据库里没有", name);
    for (size_t i = 0; i < count; i++)
        if (!sql_piece_of(g, n->kids[i + 1], &a[i]))
            return false;
    switch (k) {
    case 0:
        if (a[0].kind != SQL_BOOL)
            return no(g, "not 要是否");
        boolean(ret, text(g, "(not %s)", a[0].sql));
        return true;
    case 1:
    case 2:
    case 3:
        return f_find(g, name, a, ret);
    case 4:
        return f_length(g, a, ret);
    case 5:
        return f_substring(g, a, count, ret);
    case 6:
        return f_case(g, g->map->lower, a, ret);
    case 7:
        return f_case(g, g->map->upper, a, ret);
    case 8:
        return f_matches(g, a, count, ret);
    case 9:
        if (a[0].kind != SQL_TEXTS || a[1].kind != SQL_CONST || a[1].value.kind != FEEL_TEXT)
            return no(g, "列表里要找的须是写死的文字");
        boolean(ret, holds(g, a[0].sql, a[1].value.text));
        return true;
    case 10:
        if (a[0].kind != SQL_NUMBER)
            return no(g, "abs 要数");
        *ret = a[0];
        ret->sql = text(g, "abs(%s)", a[0].sql);
        return true;
    }
    must(false);
    return false;
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static bool name_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct feel_column c = {0};
    if (n->dynamic || !g->map->column(g->map->from, n->index, &c))
        return no(g, "「%.*s」不在数据库的列里", PS(n->text));
    *ret = (struct piece){.sql = op_z(g->op, c.sql)};
    switch (c.kind) {
    case FEEL_COLUMN_NONE:
        return no(g, "「%.*s」不在数据库的列里", PS(n->text));
    case FEEL_COLUMN_TEXT:
        ret->kind = SQL_TEXT;
        return true;
    case FEEL_COLUMN_INTEGER:
        must(c.scale >= 0 && c.scale <= 9 && c.digits >= 0 && c.digits <= 18);
        ret->kind = SQL_NUMBER;
        ret->scale = c.scale;
        ret->bound = sql_ten_to(c.digits ? c.digits : 15);
        return true;
    case FEEL_COLUMN_DAY:
        ret->kind = SQL_DAY;
        return true;
    case FEEL_COLUMN_BOOL:
        boolean(ret, text(g, "(%s = 1)", ret->sql));
        return true;
    case FEEL_COLUMN_TIME:
        ret->kind = SQL_TIME;
        return true;
    case FEEL_COLUMN_TEXTS:
        ret->kind = SQL_TEXTS;
        return true;
    }
    must(false);
    return false;
}

static bool logic(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct {
        const char **p;
        size_t n, cap;
    } sides = {0};
    struct piece one;
    const struct feel_node *at = n;
    for (;; at = at->kids[0]) { /* a chain leans left; sides are gathered last first */
        bool more = at->kind == n->kind;
        if (++g->conditions > CONDITIONS_MAX)
            return no(g, "条件超过%d个", CONDITIONS_MAX);
        if (!sql_piece_of(g, more ? at->kids[1] : at, &one))
            return false;
        *list_add(g->op, &sides) = condition(&one);
        if (!more)
            break;
    }
    for (size_t i = 0; i < sides.n / 2; i++) {
        const char *s = sides.p[i];
        sides.p[i] = sides.p[sides.n - 1 - i];
        sides.p[sides.n - 1 - i] = s;
    }
    boolean(ret, text(g, "(%s)", joined(g, sides.p, sides.n, n->kind == NODE_AND ? " and " : " or ")));
    return true;
}

static bool between_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece low, high;
    if (!sql_compare_nodes(g, n->kids[0], REL_GE, n->kids[1], &low) ||
        !sql_compare_nodes(g, n->kids[0], REL_LE, n->kids[2], &high))
        return false;
    boolean(ret, text(g, "(%s and %s)", low.sql, high.sql));
    return true;
}

static bool sum_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece a, b;
    if (!sql_piece_of(g, n->kids[0], &a) || !sql_piece_of(g, n->kids[1], &b))
        return false;
    bool minus = n->kind == NODE_SUBTRACT;
    if (a.kind == SQL_TEXT || b.kind == SQL_TEXT) {
        if (minus || n->kind != NODE_ADD || !text_piece(g, &a) || !text_piece(g, &b))
            return no(g, "文字只能相加");
        *ret = (struct piece){.kind = SQL_TEXT, .sql = text(g, "(%s || %s)", a.sql, b.sql)};
        return true;
    }
    if (a.kind == SQL_DAY && b.kind == SQL_CONST && b.value.kind == FEEL_SPAN && (minus || n->kind == NODE_ADD)) {
        i128 ns = minus ? -feel_span_ns(b.value) : feel_span_ns(b.value), days = ns / DAY_NS - (ns % DAY_NS < 0);
        if (days > 4000000 || days < -4000000)
            return no(g, "天数太多");
        *ret = (struct piece){.kind = SQL_DAY, .sql = text(g, "(%s + %s)", a.sql, arg_int(g, (int64_t)days))};
        return true;
    }
    bool a_day = a.kind == SQL_DAY || (a.kind == SQL_CONST && a.value.kind == FEEL_DATE);
    bool b_day = b.kind == SQL_DAY || (b.kind == SQL_CONST && b.value.kind == FEEL_DATE);
    if (minus && a_day && b_day) {
        const char *x = a.kind == SQL_DAY ? a.sql : arg_int(g, a.value.day),
                   *y = b.kind == SQL_DAY ? b.sql : arg_int(g, b.value.day);
        *ret = (struct piece){.kind = SQL_DAYS, .sql = text(g, "(%s - %s)", x, y)};
        return true;
    }
    return sql_arithmetic(g, n->kind, a, b, ret);
}

static bool choice(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece c, a, b;
    if (!sql_piece_of(g, n->kids[0], &c) || !sql_piece_of(g, n->kids[1], &a) || !sql_piece_of(g, n->kids[2], &b))
        return false;
    bool bools = (a.kind == SQL_BOOL || (a.kind == SQL_CONST && a.value.kind == FEEL_BOOL)) &&
                 (b.kind == SQL_BOOL || (b.kind == SQL_CONST && b.value.kind == FEEL_BOOL));
    bool texts = (a.kind == SQL_TEXT || (a.kind == SQL_CONST && a.value.kind == FEEL_TEXT)) &&
                 (b.kind == SQL_TEXT || (b.kind == SQL_CONST && b.value.kind == FEEL_TEXT));
    if (texts ? !text_piece(g, &a) || !text_piece(g, &b) : !bools && (!sql_number(g, &a) || !sql_number(g, &b)))
        return false;
    if (!texts && !bools) {
        int scale = a.scale > b.scale ? a.scale : b.scale;
        if (!sql_rescale(g, &a, scale) || !sql_rescale(g, &b, scale))
            return false;
    }
    *ret = a;
    ret->kind = bools ? SQL_BOOL : a.kind;
    ret->bound = a.bound > b.bound ? a.bound : b.bound;
    ret->sql = text(g, "(case when %s then %s else %s end)", condition(&c), bools ? condition(&a) : a.sql,
                       bools ? condition(&b) : b.sql);
    return true;
}

/* some x in <list column> satisfies x = "…" */
static bool some_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece list;
    const struct feel_node *body = n->kids[n->count - 1];
    if (n->count != 2 || body->kind != NODE_COMPARE || body->what != REL_EQ)
        return no(g, "这种循环数据库里写不出");
    const struct feel_node *a = body->kids[0], *b = body->kids[1];
    const struct feel_node *local = a->kind == NODE_LOCAL ? a : b, *other = a->kind == NODE_LOCAL ? b : a;
    if (local->kind != NODE_LOCAL || !str_eq(local->text, n->names[0]) || other->kind != NODE_CONST ||
        other->value.kind != FEEL_TEXT || !sql_piece_of(g, n->kids[0], &list) || list.kind != SQL_TEXTS)
        return no(g, "这种循环数据库里写不出");
    boolean(ret, holds(g, list.sql, other->value.text));
    return true;
}

static bool inner_piece(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    struct piece a;
    switch (n->kind) {
    case NODE_NAME:
        return name_piece(g, n, ret);
    case NODE_AND:
    case NODE_OR:
        return logic(g, n, ret);
    case NODE_COMPARE:
        return sql_compare_nodes(g, n->kids[0], n->what, n->kids[1], ret);
    case NODE_BETWEEN:
        return between_piece(g, n, ret);
    case NODE_IN:
        return in_piece(g, n, ret);
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
        return sum_piece(g, n, ret);
    case NODE_NEGATE:
        if (!sql_piece_of(g, n->kids[0], &a) || !sql_number(g, &a))
            return false;
        a.sql = text(g, "(- %s)", a.sql);
        *ret = a;
        return true;
    case NODE_PATH:
        if (!str_eq(n->text, S("days")) || !sql_piece_of(g, n->kids[0], &a) || a.kind != SQL_DAYS)
            return no(g, "「.%.*s」数据库里写不出", PS(n->text));
        *ret = (struct piece){.kind = SQL_NUMBER, .sql = a.sql, .bound = 100000000};
        return true;
    case NODE_CALL:
        return call_piece(g, n, ret);
    case NODE_IF:
        return choice(g, n, ret);
    case NODE_SOME:
        return some_piece(g, n, ret);
    case NODE_CONST:
    case NODE_LOCAL:
    case NODE_UNKNOWN:
    case NODE_FAULT:
    case NODE_BUILTIN:
    case NODE_INPUT:
    case NODE_TESTS:
    case NODE_ANYTHING:
    case NODE_TEST:
    case NODE_MATCH:
    case NODE_POWER:
    case NODE_INSTANCE:
    case NODE_FILTER:
    case NODE_FOR:
    case NODE_EVERY:
    case NODE_SPAN:
    case NODE_LIST:
    case NODE_CONTEXT:
    case NODE_RANGE:
    case NODE_FUNCTION:
    case NODE_EXTERNAL:
        break;
    }
    return no(g, "这种写法数据库里写不出");
}

bool sql_piece_of(struct gen *g, const struct feel_node *n, struct piece *ret)
{
    if (feel_is_constant(n)) {
        *ret = constant(value_now(g, n));
        return true;
    }
    if (++g->pieces > PIECES_MAX) /* a value tested several times is written several times, and so on inwards */
        return no(g, "式子太大");
    if (++g->depth > DEPTH_MAX_SQL)
        return no(g, "式子太深");
    bool ok = inner_piece(g, n, ret);
    g->depth--;
    return ok;
}

/* Numbers the parameters as they appear, and drops those of pieces that were not used after all. */
static void number_parameters(struct gen *g, str sql, struct feel_sql *ret)
{
    struct buf b;
    struct feel_arg *args = op_array(g->op, struct feel_arg, g->args.n + 1);
    int *place = op_array(g->op, int, g->args.n + 1), count = 0;
    char quote = 0;
    buf_init(&b, g->op, 0);
    for (size_t i = 0; i < sql.n; i++) {
        char c = sql.p[i];
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        if (quote || c != '$') {
            buf_byte(&b, c);
            continue;
        }
        size_t n = 0;
        while (i + 1 < sql.n && sql.p[i + 1] >= '0' && sql.p[i + 1] <= '9')
            n = n * 10 + (size_t)(sql.p[++i] - '0');
        must(n >= 1 && n <= g->args.n);
        if (place[n - 1] == 0) {
            args[count] = g->args.p[n - 1];
            place[n - 1] = ++count;
        }
        buf_text(&b, "$%d", g->first + place[n - 1] - 1);
    }
    *ret = (struct feel_sql){.ok = true, .text = op_copy(g->op, buf_str(&b)), .args = args, .arg_count = (size_t)count};
}

bool feel_sql(struct op *op, const struct feel *tree, const struct feel_sql_map *map, int first, struct feel_sql *ret)
{
    struct gen g = {.op = op, .tree = tree, .map = map, .first = first};
    struct piece p;
    if (tree->scope->b_feel)
        g.reason = S("B-FEEL 不能写成 SQL");
    bool said = !tree->scope->b_feel && sql_piece_of(&g, tree->root, &p);
    if (g.stopped)
        g.reason = S("计算太久或占用的内存太多");
    if (!said || g.stopped) {
        *ret = (struct feel_sql){.reason = g.reason};
        return false;
    }
    number_parameters(&g, str_z(condition(&p)), ret);
    return true;
}
