/* Expressions as conditions over now_ tables. feel_sql does the meaning; here names become columns, references paths
 * and counts become subqueries, and what it makes is put in the form that indexes can answer. */
#include "ledger/inner.h"

void sql_init(struct sql *s, struct op *op)
{
    *s = (struct sql){.op = op};
    buf_init(&s->text, op, 0);
}

void sql_add(struct sql *s, const char *text)
{
    buf_add(&s->text, str_z(text));
}

void sql_str(struct sql *s, str text)
{
    buf_add(&s->text, text);
}

void sql_arg(struct sql *s, struct arg a)
{
    *list_add(s->op, &s->args) = a;
    buf_text(&s->text, "$%zu", s->args.n);
}

struct args sql_args(const struct sql *s)
{
    return store_args(s->args.p, s->args.n);
}

const char *sql_z(struct sql *s)
{
    return op_copy(s->op, buf_str(&s->text)).p;
}

str sql_column(struct op *op, str alias, str column)
{
    return op_text(op, "%.*s.%.*s", PS(alias), PS(store_name(op, column)));
}

/* Text and arguments as one: what two queries that are the same share. */
str sql_key(const struct sql *s)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    buf_add(&b, buf_str(&s->text));
    for (size_t i = 0; i < s->args.n; i++) {
        const struct arg *a = &s->args.p[i];
        buf_text(&b, "\x1f%d:", (int)a->kind);
        switch (a->kind) {
        case ARG_NULL:
            break;
        case ARG_INT:
            buf_int(&b, a->i);
            break;
        case ARG_ID:
            buf_add(&b, (str){(const char *)a->id.b, sizeof a->id.b});
            break;
        case ARG_TEXT:
        case ARG_BLOB:
            buf_text(&b, "%zu:", a->text.n);
            buf_add(&b, a->text);
            break;
        }
    }
    return buf_str(&b);
}

void sql_tables(const struct sql *s, const str **ret, size_t *ret_count)
{
    struct { str *p; size_t n, cap; } list = {0};
    str text = buf_str(&s->text);
    for (size_t at; str_find(text, S("\"now_"), &at);) {
        size_t end = at + 1;
        while (end < text.n && text.p[end] != '"')
            end++;
        str name = str_part(text, at + 1, end);
        bool known = false;
        for (size_t i = 0; i < list.n; i++)
            known = known || str_eq(list.p[i], name);
        if (!known)
            *list_add(s->op, &list) = op_copy(s->op, name);
        text = str_part(text, end, text.n);
    }
    *ret = list.p;
    *ret_count = list.n;
}

bool sql_int(struct tx *tx, struct sql *s, int64_t *ret)
{
    bool found;
    struct memo *memo = store_memo(tx);
    if (!memo)
        return store_int(tx, sql_z(s), sql_args(s), ret, &found);
    str key = sql_key(s);
    int64_t *known = map_get(&memo->map, key);
    if (!known) {
        known = op_new(&memo->op, int64_t);
        if (!store_int(tx, sql_z(s), sql_args(s), known, &found))
            return false;
        map_put(&memo->map, op_copy(&memo->op, key), known);
    }
    *ret = *known;
    return true;
}

str sql_table(struct op *op, const struct plan *plan)
{
    return store_name(op, op_text(op, "now_%.*s", PS(plan->table.name)));
}

/* ---- ids --------------------------------------------------------------------------------------------------------- */

/* FEEL sees an id as its 36 characters, the column holds 16 bytes. The column is marked in the text that feel_sql
 * makes; a marked column that is compared with an id, another marked column or null is compared as bytes, which its
 * index answers; elsewhere it is written out. */
static const str mark_open = SC("\x01"), mark_close = SC("\x02");

static str id_marked(struct op *op, str column)
{
    return op_text(op, "\x01%.*s\x02", PS(column));
}

/* " = $12" at the start of s: its number and length. */
static bool equals_arg(str s, size_t *ret_number, size_t *ret_length)
{
    size_t i = 4, number = 0;
    if (!str_starts(s, S(" = $")))
        return false;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        number = number * 10 + (size_t)(s.p[i++] - '0');
    *ret_number = number;
    *ret_length = i;
    return i > 4;
}

static str ids_resolve(struct sql *s, str text)
{
    struct buf b;
    bool compared = false; /* the column before was left as bytes, to be equal to this one */
    buf_init(&b, s->op, 0);
    for (size_t open, close; str_find(text, mark_open, &open);) {
        buf_add(&b, str_part(text, 0, open));
        must(str_find(text, mark_close, &close));
        str column = str_part(text, open + 1, close);
        text = str_part(text, close + 1, text.n);
        size_t number, length;
        id x;
        struct arg *a =
            equals_arg(text, &number, &length) && number >= 1 && number <= s->args.n ? &s->args.p[number - 1] : NULL;
        if (a && a->kind == ARG_TEXT && id_parse(a->text, &x) && str_eq(a->text, id_text(s->op, x))) {
            *a = ID(x);
            buf_add(&b, column);
        } else if (compared || (a && a->kind == ARG_ID) || str_starts(text, S(" is null")) ||
                   str_starts(text, S(" is not null"))) {
            buf_add(&b, column);
            compared = false;
        } else if (str_starts(text, S(" = \x01"))) {
            buf_add(&b, column);
            compared = true;
        } else {
            buf_text(&b, "id_text(%.*s)", PS(column));
        }
    }
    buf_add(&b, text);
    return buf_str(&b);
}

/* ---- for indexes ------------------------------------------------------------------------------------------------- */

/* Walks s at depth 0 past quotes: where `operator` stands; s.n when nowhere. ret_whole: no bracket of s closes one
 * outside it. */
static size_t operator_at(str s, str operator, bool *ret_whole)
{
    int depth = 0;
    size_t found = s.n;
    *ret_whole = true;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\'' || c == '"') {
            for (i++; i < s.n && s.p[i] != c; i++)
                ;
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            *ret_whole = *ret_whole && --depth >= 0;
        } else if (depth == 0 && found == s.n && operator.n && str_starts(str_part(s, i, s.n), operator)) {
            found = i;
        }
    }
    return found;
}

/* A filter keeps a row when the condition is true; unknown and false are one. So below and / or, coalesce(x, false) is
 * x, and x an index can answer. Anything else is left as it is. */
static void filter_write(struct buf *b, str s)
{
    static const str joins[] = {SC(" or "), SC(" and ")}, head = SC("coalesce("), tail = SC(", (1=0))");
    bool whole;
    if (str_starts(s, head) && str_ends(s, tail)) {
        str inside = str_part(s, head.n, s.n - tail.n);
        operator_at(inside, S(""), &whole);
        if (whole) {
            filter_write(b, inside);
            return;
        }
    }
    if (s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')') {
        str inside = str_part(s, 1, s.n - 1);
        for (size_t i = 0; i < COUNT(joins); i++) {
            size_t at = operator_at(inside, joins[i], &whole);
            if (!whole)
                break;
            if (at == inside.n || str_starts(inside, S("not ")))
                continue;
            buf_byte(b, '(');
            while (at < inside.n) {
                filter_write(b, str_part(inside, 0, at));
                buf_add(b, joins[i]);
                inside = str_part(inside, at + joins[i].n, inside.n);
                at = operator_at(inside, joins[i], &whole);
            }
            filter_write(b, inside);
            buf_byte(b, ')');
            return;
        }
        if (whole && !str_starts(inside, S("not "))) {
            buf_byte(b, '(');
            filter_write(b, inside);
            buf_byte(b, ')');
            return;
        }
    }
    buf_add(b, s);
}

static str unbracketed(str s)
{
    bool whole = true;
    while (whole && s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')') {
        str inside = str_part(s, 1, s.n - 1);
        operator_at(inside, S(""), &whole);
        if (whole)
            s = inside;
    }
    return s;
}

void sql_conjuncts(struct op *op, str condition, struct conditions *ret)
{
    static const str and = SC(" and ");
    bool whole;
    str rest = unbracketed(condition);
    size_t at = operator_at(rest, and, &whole);
    if (at == rest.n || str_starts(rest, S("not ")) || operator_at(rest, S(" or "), &whole) < rest.n) {
        *list_add(op, ret) = condition;
        return;
    }
    for (; at < rest.n; at = operator_at(rest, and, &whole)) {
        sql_conjuncts(op, str_part(rest, 0, at), ret);
        rest = str_part(rest, at + and.n, rest.n);
    }
    sql_conjuncts(op, rest, ret);
}

/* The parameter that text begins with, and its length; NULL: none. */
static const struct arg *arg_at(const struct sql *s, str text, size_t *ret_length)
{
    size_t number = 0, i = 1;
    while (text.p[0] == '$' && i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && number <= s->args.n)
        number = number * 10 + (size_t)(text.p[i++] - '0');
    *ret_length = i;
    return number >= 1 && number <= s->args.n ? &s->args.p[number - 1] : NULL;
}

bool sql_same(const struct sql *s, str a, str b)
{
    size_t length_a, length_b;
    for (; a.n && b.n && a.p[0] == b.p[0]; a = str_part(a, length_a, a.n), b = str_part(b, length_b, b.n)) {
        const struct arg *x = arg_at(s, a, &length_a), *y = arg_at(s, b, &length_b);
        if (x && y ? !cell_eq(*x, *y) : x != y || length_a != length_b)
            return false;
    }
    return !a.n && !b.n;
}

void sql_renumber(struct sql *s)
{
    struct sql old = *s;
    size_t *now = op_array(s->op, size_t, old.args.n + 1), length; /* by old number */
    char quote = 0;
    buf_init(&s->text, s->op, 0);
    s->args.p = NULL;
    s->args.n = s->args.cap = 0;
    for (str text = buf_str(&old.text); text.n; text = str_part(text, length, text.n)) {
        const struct arg *a = quote ? NULL : arg_at(&old, text, &length);
        if (a) {
            size_t *number = &now[a - old.args.p];
            if (!*number) {
                *list_add(s->op, &s->args) = *a;
                *number = s->args.n;
            }
            buf_text(&s->text, "$%zu", *number);
            continue;
        }
        length = 1;
        if (quote ? text.p[0] == quote : text.p[0] == '\'' || text.p[0] == '"')
            quote = quote ? 0 : text.p[0];
        buf_byte(&s->text, text.p[0]);
    }
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const enum feel_column_kind column_kinds[COLUMN_TYPES] = {
    [COLUMN_TEXT] = FEEL_COLUMN_TEXT, [COLUMN_INT] = FEEL_COLUMN_INTEGER, [COLUMN_DAY] = FEEL_COLUMN_DAY,
    [COLUMN_TIME] = FEEL_COLUMN_TIME, [COLUMN_BOOL] = FEEL_COLUMN_BOOL,   [COLUMN_ID] = FEEL_COLUMN_TEXT,
    [COLUMN_JSON] = FEEL_COLUMN_NONE,
};

/* Adding up a whole ledger by an index over 居住状态 jumps to most of a million rows, one by one; reading the table from
 * its beginning to its end takes a third of that. So columns of few values are not offered to indexes there. */
static bool few_values(const struct field *f)
{
    return f->value == F_ENUM || f->value == F_BOOL;
}

static bool field_sql(struct op *op, const struct field *f, str column, struct feel_column *ret)
{
    enum column_type type = field_columns[f->value];
    *ret = (struct feel_column){.kind = column_kinds[type], .sql = column, .scale = field_scale(f)};
    if (type == COLUMN_ID)
        ret->sql = id_marked(op, column);
    if (f->value == F_ENUMS || f->value == F_REFS)
        ret->kind = FEEL_COLUMN_TEXTS;
    return ret->kind != FEEL_COLUMN_NONE;
}

/* SQLite joins 64 tables at most. */
enum { JOINS_MAX = 50 };

/* Mostly a subquery. Where all rows are read, a join: three questions about one record look it up once. A left join and
 * coalesce: the table that is counted is read from its beginning to its end; else SQLite, which keeps no statistics here,
 * may begin with the other, which may have a million rows that answer. */
str sql_across(struct sql *s, const struct plan *of, str key, str column)
{
    size_t i = 0;
    while (i < s->joins.n && (s->joins.p[i].of != of || !str_eq(s->joins.p[i].key, key)))
        i++;
    if (!s->counts || i == JOINS_MAX)
        return op_text(s->op, "(select %.*s from %.*s y where y.record = %.*s)", PS(sql_column(s->op, S("y"), column)),
                       PS(sql_table(s->op, of)), PS(key));
    if (i == s->joins.n)
        *list_add(s->op, &s->joins) = (struct joined){of, key};
    str name = store_name(s->op, column);
    return op_text(s->op, s->all_rows ? "j%zu.%.*s" : "coalesce(j%zu.%.*s, null)", i, PS(name));
}

str sql_from(const struct sql *s, const struct plan *plan)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    buf_text(&b, " from %.*s t", PS(sql_table(s->op, plan)));
    for (size_t i = 0; i < s->joins.n; i++)
        buf_text(&b, " left join %.*s j%zu on j%zu.record = %.*s", PS(sql_table(s->op, s->joins.p[i].of)), i, i,
                 PS(s->joins.p[i].key));
    return buf_str(&b);
}

/* A column, a column of another record, a tally. */
static bool source_sql(struct sql *sql, const struct plan *plan, const struct source *s, str alias, struct feel_column *ret)
{
    struct op *op = sql->op;
    *ret = (struct feel_column){0};
    switch (s->kind) {
    case SOURCE_FIELD: {
        const struct field *f = &plan->def.fields[s->field];
        if (f->tally && plan->tally[s->field]) {
            *ret = (struct feel_column){
                .kind = FEEL_COLUMN_INTEGER, .sql = sql_tally(op, plan, s->field, alias), .scale = field_scale(f)};
            return true;
        }
        return f->column >= 0 && field_sql(op, f, sql_column(op, alias, f->name), ret);
    }
    case SOURCE_ID:
        *ret =
            (struct feel_column){.kind = FEEL_COLUMN_TEXT, .sql = id_marked(op, op_text(op, "%.*s.record", PS(alias)))};
        return true;
    case SOURCE_STATE:
        *ret = (struct feel_column){.kind = FEEL_COLUMN_TEXT, .sql = op_text(op, "%.*s.state", PS(alias))};
        return true;
    case SOURCE_ADDED:
    case SOURCE_CHANGED:
        *ret = (struct feel_column){
            .kind = FEEL_COLUMN_TIME,
            .sql = op_text(op, "%.*s.%s", PS(alias), s->kind == SOURCE_ADDED ? "added" : "changed")};
        return true;
    case SOURCE_GROUP:
        *ret = (struct feel_column){.kind = FEEL_COLUMN_TEXT, .sql = id_marked(op, sql_column(op, alias, S("组")))};
        return true;
    case SOURCE_PATH: {
        str key = sql_column(op, alias, s->field < 0 ? S("组") : plan->def.fields[s->field].name);
        const struct field *f = s->of == SOURCE_FIELD ? &s->target->def.fields[s->of_field] : NULL;
        if (f && f->column < 0)
            return false;
        str value = sql_across(sql, s->target, key, f ? f->name : S("state"));
        *ret = (struct feel_column){.kind = FEEL_COLUMN_TEXT, .sql = value};
        return !f || field_sql(op, f, value, ret);
    }
    case SOURCE_REACH: {
        str value = reach_sql(sql, plan, s->reach, alias);
        if (!value.n)
            return false;
        *ret = (struct feel_column){.kind = FEEL_COLUMN_TEXT, .sql = value};
        return s->of == SOURCE_STATE || field_sql(op, s->reach->end, value, ret);
    }
    case SOURCE_WORKDAYS: /* the database does not know the calendar: row by row */
        return false;
    }
    return false;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

/* The field by which village groups stand under one another; NULL: they do not. */
const struct field *group_parent(const struct plan *groups)
{
    for (size_t i = 0; i < groups->def.field_count; i++)
        if (groups->def.fields[i].type == F_REF && groups->targets[i] == groups)
            return &groups->def.fields[i];
    return NULL;
}

str sql_groups_under(struct op *op, const struct plan *groups, str root)
{
    const struct field *parent = group_parent(groups);
    if (!parent)
        return op_text(op, "(select %.*s as i)", PS(root));
    return op_text(
        op,
        "(with recursive g(i) as (select %.*s union select s.record from %.*s s join g on %.*s = g.i) select i from g)",
        PS(root), PS(sql_table(op, groups)), PS(sql_column(op, S("s"), parent->name)));
}

struct mapping {
    struct sql *sql;
    const struct plan *plan;
    const struct feel *tree;
    str alias;
};

static bool mapping_column(void *from, int name, struct feel_column *ret)
{
    struct mapping *m = from;
    const struct source *s = source_of(m->tree, name);
    if (!source_sql(m->sql, m->plan, s, m->alias, ret))
        return false;
    if (m->sql->counts && !m->sql->all_rows && s->kind == SOURCE_FIELD && few_values(&m->plan->def.fields[s->field]))
        ret->sql = op_text(m->sql->op, "coalesce(%.*s, null)", PS(ret->sql));
    return true;
}

/* Only constants of definitions become SQL text; what people type is always a parameter. */
static void literals_write(struct buf *b, str text, const struct arg *args, size_t count)
{
    for (size_t i = 0; i < text.n; i++) {
        size_t number = 0, k = i + 1;
        while (text.p[i] == '$' && k < text.n && text.p[k] >= '0' && text.p[k] <= '9')
            number = number * 10 + (size_t)(text.p[k++] - '0');
        if (number == 0) {
            buf_byte(b, text.p[i]);
            continue;
        }
        must(number <= count);
        const struct arg *a = &args[number - 1];
        if (a->kind == ARG_INT) {
            buf_int(b, a->i);
        } else {
            must(a->kind == ARG_TEXT);
            buf_byte(b, '\'');
            for (size_t c = 0; c < a->text.n; c++) {
                if (a->text.p[c] == '\'')
                    buf_byte(b, '\'');
                buf_byte(b, a->text.p[c]);
            }
            buf_byte(b, '\'');
        }
        i = k - 1;
    }
}

str sql_tally(struct op *op, const struct plan *plan, int field, str alias)
{
    const struct tally_plan *t = plan->tally[field];
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("(select "));
    if (t->sum < 0)
        buf_add(&b, S("count(*)"));
    else
        buf_text(&b, "coalesce(sum(%.*s), 0)", PS(sql_column(op, S("x"), t->from->def.fields[t->sum].name)));
    /* The record decides which rows are looked at: the groups come first (cross join), and the condition is hidden from
     * the planner (case), which would else take any index that a condition names, such as one of three values. */
    str record = op_text(op, "%.*s.record", PS(alias));
    if (t->by < 0)
        buf_text(&b, " from %.*s g cross join %.*s x where x.removed = 0 and %.*s = g.i",
                 PS(sql_groups_under(op, plan, record)), PS(sql_table(op, t->from)),
                 PS(sql_column(op, S("x"), S("组"))));
    else
        buf_text(&b, " from %.*s x where x.removed = 0 and %.*s = %.*s", PS(sql_table(op, t->from)),
                 PS(sql_column(op, S("x"), t->from->def.fields[t->by].name)), PS(record));
    if (t->where) {
        struct sql s;
        str reason;
        sql_init(&s, op);
        if (sql_condition(&s, t->from, t->where, S("x"), &reason)) {
            buf_add(&b, S(" and case when "));
            literals_write(&b, buf_str(&s.text), s.args.p, s.args.n);
            buf_add(&b, S(" then 1 else 0 end = 1"));
        } else {
            buf_add(&b, S(" and 1=0")); /* cannot be: tally_link has tried it */
        }
    }
    buf_byte(&b, ')');
    return buf_str(&b);
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

bool walk_next(struct text_walk *all, str *ret)
{
    str text = all->text;
    size_t from = all->at, end = from + 1;
    if (from == text.n)
        return false;
    if (all->quoted && text.p[from] == '\\' && end < text.n)
        end++;
    else if (text.p[from] == '"')
        all->quoted = !all->quoted;
    else if (!all->quoted && (is_name_byte(text.p[from]) || (all->paths && text.p[from] == '.')))
        while (end < text.n && (is_name_byte(text.p[end]) || (all->paths && text.p[end] == '.')))
            end++;
    all->at = end;
    *ret = str_part(text, from, end);
    return true;
}

bool name_next(const struct feel_scope *scope, str text, size_t *at, size_t *ret_from, int *ret_name)
{
    while (*at < text.n) {
        size_t i = *at, length = 0;
        if (text.p[i] == '"') {
            for (i++; i < text.n && text.p[i] != '"'; i++)
                i += text.p[i] == '\\';
            *at = i < text.n ? i + 1 : text.n;
            continue;
        }
        if (!is_name_byte(text.p[i])) {
            ++*at;
            continue;
        }
        for (size_t k = 0; k < scope->count; k++) {
            str name = scope->names[k].name;
            if (name.n > length && str_starts(str_part(text, i, text.n), name) &&
                (i + name.n == text.n || !is_name_byte(text.p[i + name.n]))) {
                *ret_name = (int)k;
                length = name.n;
            }
        }
        *ret_from = i;
        if (length) {
            *at = i + length;
            return true;
        }
        while (*at < text.n && is_name_byte(text.p[*at]))
            ++*at;
    }
    return false;
}

/* Writes `text` with each moving field replaced by its formula in brackets, so that an age becomes a birth date. What
 * this gives is parsed again; a text that does not survive it is left to the rows. */
static bool formulas_put(struct op *op, const struct plan *plan, const struct feel *tree, str text, str *ret)
{
    struct buf b;
    size_t at = 0, done = 0, from;
    int name;
    bool any = false;
    buf_init(&b, op, FEEL_TEXT_MAX);
    while (name_next(feel_scope_of(tree), text, &at, &from, &name)) {
        const struct source *s = source_of(tree, name);
        if (s->kind != SOURCE_FIELD || !plan->def.fields[s->field].moving)
            continue;
        buf_add(&b, str_part(text, done, from));
        buf_text(&b, "(%.*s)", PS(plan->def.fields[s->field].formula));
        done = at;
        any = true;
    }
    buf_add(&b, str_part(text, done, text.n));
    *ret = buf_str(&b);
    return any && !b.full;
}

static const struct feel *without_moving(struct op *op, const struct plan *plan, const struct feel *tree)
{
    str text = feel_source(tree);
    const struct feel *now = tree;
    int faults = op->fault_count, rounds = 0;
    while (formulas_put(op, plan, now, text, &text) && rounds++ < 4) {
        struct feel *again;
        if (!feel_parse(op, text, reach_scope(op, plan, text), &again)) {
            op_forgive(op, faults);
            return tree;
        }
        now = again;
    }
    return now;
}

bool sql_condition(struct sql *s, const struct plan *plan, const struct feel *tree, str alias, str *ret_reason)
{
    const struct feel *kept = without_moving(s->op, plan, tree); /* its names are not those of `tree` */
    struct mapping m = {s, plan, kept, alias};
    struct feel_sql_map map = {.column = mapping_column, .from = &m};
    struct feel_sql sql;
    if (!feel_sql(s->op, kept, &map, (int)s->args.n + 1, &sql) || !sql.ok) {
        *ret_reason = sql.reason;
        return false;
    }
    for (size_t i = 0; i < sql.arg_count; i++) {
        const struct feel_arg *a = &sql.args[i];
        *list_add(s->op, &s->args) = a->kind == FEEL_ARG_INT    ? INT(a->number)
                                     : a->kind == FEEL_ARG_TEXT ? TEXT(a->text)
                                                                : NUL;
    }
    filter_write(&s->text, ids_resolve(s, sql.text));
    return true;
}
