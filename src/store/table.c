/* Derived tables: made, brought to a new definition, filled. */
#include "store/inside.h"

/* What every now_ table begins with; the order is that of struct row_head. */
static const struct {
    str name;
    const char *type;
} fixed[] = {
    {SC("record"), "blob not null primary key"},
    {SC("town"), "text not null"},
    {SC("fact_no"), "integer not null"},
    {SC("version"), "integer not null"},
    {SC("state"), "text not null"},
    {SC("added"), "integer not null"},
    {SC("changed"), "integer not null"},
    {SC("removed"), "integer not null"},
};
enum { FIXED = COUNT(fixed) };

static const struct {
    const char *code; /* in store_table */
    const char *sql;
} types[] = {
    [COLUMN_TEXT] = {"text", "text"},    [COLUMN_INT] = {"int", "integer"},   [COLUMN_DAY] = {"day", "integer"},
    [COLUMN_TIME] = {"time", "integer"}, [COLUMN_BOOL] = {"bool", "integer"}, [COLUMN_ID] = {"id", "blob"},
    [COLUMN_JSON] = {"json", "text"},
};
static_assert(COUNT(types) == COLUMN_TYPES, "every type has its SQL");

/* Conversions that lose nothing: %s is the quoted column. All others need a column without values. */
static const struct {
    enum column_type from, to;
    const char *sql;
} conversions[] = {
    {COLUMN_INT, COLUMN_TEXT, "cast(%s as text)"},
    {COLUMN_BOOL, COLUMN_INT, "%s"},
    {COLUMN_DAY, COLUMN_TIME, "%s * 86400000 - 28800000"}, /* the day's first moment in the town */
};

static str table_sql_name(struct op *op, const struct table *t)
{
    return store_name(op, op_text(op, "now_%.*s", PS(t->name)));
}

static str index_name(struct op *op, const struct table *t, str column, bool unique)
{
    return store_name(op, op_text(op, "now_%.*s %.*s%s", PS(t->name), PS(column), unique ? " unique" : ""));
}

static void table_check(const struct table *t)
{
    must(t->name.n > 0 && t->count + FIXED <= STORE_ARGS_MAX);
    for (size_t i = 0; i < t->name.n; i++) {
        char c = t->name.p[i];
        must((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
    }
    for (size_t i = 0; i < t->count; i++) {
        must(t->columns[i].name.n > 0 && t->columns[i].type < COLUMN_TYPES &&
             !memchr(t->columns[i].name.p, 0, t->columns[i].name.n));
        for (size_t k = 0; k < FIXED; k++)
            must(!str_eq(t->columns[i].name, fixed[k].name));
    }
}

[[nodiscard]] static bool run_text(struct tx *tx, struct buf *sql)
{
    buf_byte(sql, 0);
    return store_run(tx, sql->p, ARGS(), NULL);
}

[[nodiscard]] __attribute__((format(printf, 2, 3))) static bool run_format(struct tx *tx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str sql = op_vtext(tx->op, format, args);
    va_end(args);
    return store_run(tx, sql.p, ARGS(), NULL);
}

/* ---- indexes ----------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool index_make(struct tx *tx, const struct table *t, const struct column *c, bool unique)
{
    struct op *op = tx->op;
    str table = table_sql_name(op, t), name = index_name(op, t, c->name, unique), column = store_name(op, c->name);
    if (unique)
        return run_format(tx, "create unique index if not exists %.*s on %.*s (%.*s, town) where removed = 0", PS(name),
                          PS(table), PS(column));
    return run_format(tx, "create index if not exists %.*s on %.*s (%.*s, record)", PS(name), PS(table), PS(column));
}

[[nodiscard]] static bool index_drop(struct tx *tx, const struct table *t, str column, bool unique)
{
    return run_format(tx, "drop index if exists %.*s", PS(index_name(tx->op, t, column, unique)));
}

bool table_lookups_drop(struct tx *tx, const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].indexed && !index_drop(tx, t, t->columns[i].name, false))
            return false;
    return true;
}

bool table_indexes_drop(struct tx *tx, const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].unique && !index_drop(tx, t, t->columns[i].name, true))
            return false;
    return table_lookups_drop(tx, t);
}

/* The rows are read once, in order: keeping many pages would not help, and the sorting needs memory. */
[[nodiscard]] static bool indexes_make(struct tx *tx, const struct table *t, bool follow)
{
    bool done = tx_settle(tx);
    bulk_hold(tx, STORE_WRITER_BYTES);
    for (size_t i = 0; i < t->count && done; i++) {
        const struct column *c = &t->columns[i];
        done = (!c->indexed || index_make(tx, t, c, false)) && (!c->unique || index_make(tx, t, c, true)) &&
               (!follow || !(c->indexed || c->unique) || store_go_on(tx));
    }
    if (done)
        bulk_hold(tx, STORE_BULK_BYTES);
    return done;
}

bool table_indexes_make(struct tx *tx, const struct table *t)
{
    return indexes_make(tx, t, false);
}

bool table_indexes_follow(struct tx *tx, const struct table *t)
{
    return indexes_make(tx, t, true);
}

/* ---- definitions ------------------------------------------------------------------------------------------- */

/* store_table remembers the definition that each table has, as JSON. */
static str definition_write(struct op *op, const struct table *t)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '[');
    for (size_t i = 0; i < t->count; i++) {
        const struct column *c = &t->columns[i];
        json_open(&w, '{');
        json_put_text(&w, S("name"), c->name);
        json_put_text(&w, S("type"), str_z(types[c->type].code));
        json_put_bool(&w, S("indexed"), c->indexed);
        json_put_bool(&w, S("unique"), c->unique);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    return buf_str(&b);
}

/* empty: there is none */
[[nodiscard]] static bool definition_text(struct tx *tx, str name, str *ret)
{
    struct rows *rows;
    bool found;
    *ret = S("");
    if (!store_query(tx, "select columns from store_table where name = $1", ARGS(TEXT(name)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (found)
        *ret = rows_text(rows, 0);
    rows_close(rows);
    return true;
}

[[nodiscard]] static bool definition_read(struct op *op, str name, str text, struct table *ret)
{
    struct json *list;
    if (!json_parse(op, text, &list))
        return false;
    struct column *columns = op_array(op, struct column, list->count);
    size_t n = 0;
    for (const struct json *x = list->first; x; x = x->next, n++) {
        columns[n] = (struct column){
            .name = json_str(x, S("name")), .indexed = json_true(x, S("indexed")), .unique = json_true(x, S("unique"))};
        for (size_t k = 0; k < COUNT(types); k++)
            if (str_eq(json_str(x, S("type")), str_z(types[k].code)))
                columns[n].type = (enum column_type)k;
    }
    *ret = (struct table){.name = name, .columns = columns, .count = n};
    return true;
}

[[nodiscard]] static bool definition_keep(struct tx *tx, const struct table *t)
{
    return store_run(tx,
                     "insert into store_table (name, town, columns) values ($1, $2, $3) on conflict (name) do update "
                     "set columns = excluded.columns",
                     ARGS(TEXT(t->name), TEXT(store_town(tx)), TEXT(definition_write(tx->op, t))), NULL);
}

static struct column *column_find(const struct table *t, str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->columns[i].name, name))
            return (struct column *)&t->columns[i];
    return NULL;
}

/* ---- making and migrating ---------------------------------------------------------------------------------- */

[[nodiscard]] static bool table_create(struct tx *tx, const struct table *t)
{
    struct op *op = tx->op;
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "create table %.*s (", PS(table_sql_name(op, t)));
    for (size_t i = 0; i < FIXED; i++)
        buf_text(&b, "%s%.*s %s", i ? ", " : "", PS(fixed[i].name), fixed[i].type);
    for (size_t i = 0; i < t->count; i++)
        buf_text(&b, ", %.*s %s", PS(store_name(op, t->columns[i].name)), types[t->columns[i].type].sql);
    buf_text(&b, ")%s", store_engine_of(tx->store)->table_end);
    return run_text(tx, &b) && table_indexes_make(tx, t);
}

[[nodiscard]] static bool column_add(struct tx *tx, const struct table *t, const struct column *c)
{
    return run_format(tx, "alter table %.*s add column %.*s %s", PS(table_sql_name(tx->op, t)),
                      PS(store_name(tx->op, c->name)), types[c->type].sql);
}

[[nodiscard]] static bool column_drop(struct tx *tx, const struct table *t, str name)
{
    return run_format(tx, "alter table %.*s drop column %.*s", PS(table_sql_name(tx->op, t)),
                      PS(store_name(tx->op, name)));
}

[[nodiscard]] static bool column_rename(struct tx *tx, const struct table *t, str from, str to)
{
    struct op *op = tx->op;
    return run_format(tx, "alter table %.*s rename column %.*s to %.*s", PS(table_sql_name(op, t)),
                      PS(store_name(op, from)), PS(store_name(op, to)));
}

[[nodiscard]] static bool column_used(struct tx *tx, const struct table *t, str name, int64_t *ret_count)
{
    bool found;
    str sql =
        op_text(tx->op, "select count(%.*s) from %.*s", PS(store_name(tx->op, name)), PS(table_sql_name(tx->op, t)));
    return store_int(tx, sql.p, ARGS(), ret_count, &found);
}

/* Indexes of the old column go first; those of the new definition are made at the end. */
[[nodiscard]] static bool column_unindex(struct tx *tx, const struct table *t, const struct column *c)
{
    return (!c->indexed || index_drop(tx, t, c->name, false)) && (!c->unique || index_drop(tx, t, c->name, true));
}

static void say(struct buf *b, const char *what, str name)
{
    buf_text(b, "%s%s“%.*s”", b->n ? "；" : "", what, PS(name));
}

[[nodiscard]] static bool column_convert(struct tx *tx, const struct table *t, const struct column *was,
                                         const struct column *now)
{
    struct op *op = tx->op;
    const char *how = NULL;
    for (size_t i = 0; i < COUNT(conversions); i++)
        if (conversions[i].from == was->type && conversions[i].to == now->type)
            how = conversions[i].sql;
    int64_t used;
    if (!column_used(tx, t, now->name, &used))
        return false;
    if (used && !how) {
        tx->failed = true;
        return op_fail(op, FAULT_CONFLICT, now->name,
                       "“%.*s”有%lld条记录填了值，类型不能这样改；请另设新字段，旧字段留用", PS(now->name),
                       (long long)used);
    }
    str old = op_text(op, "%.*s（旧）", PS(now->name)), quoted = store_name(op, old);
    if (!column_rename(tx, t, now->name, old) || !column_add(tx, t, now))
        return false;
    if (used) {
        struct buf b;
        buf_init(&b, op, 0);
        buf_text(&b, "update %.*s set %.*s = ", PS(table_sql_name(op, t)), PS(store_name(op, now->name)));
        str pattern = str_z(how), value = S("%s");
        size_t at = 0;
        must(str_find(pattern, value, &at));
        buf_add(&b, str_part(pattern, 0, at));
        buf_add(&b, quoted);
        buf_add(&b, str_part(pattern, at + value.n, pattern.n));
        if (!run_text(tx, &b))
            return false;
    }
    return column_drop(tx, t, old);
}

[[nodiscard]] static bool table_change(struct tx *tx, const struct table *was, const struct table *t,
                                       const struct rename *renames, size_t rename_count, struct buf *said)
{
    struct op *op = tx->op;
    for (size_t i = 0; i < was->count; i++) {
        struct column *old = (struct column *)&was->columns[i];
        const struct column *now = column_find(t, old->name);
        for (size_t k = 0; !now && k < rename_count; k++)
            if (str_eq(renames[k].from, old->name) && !column_find(was, renames[k].to))
                now = column_find(t, renames[k].to);
        bool same_index = now && now->indexed == old->indexed && now->unique == old->unique && now->type == old->type &&
                          str_eq(now->name, old->name);
        if (!same_index && !column_unindex(tx, t, old))
            return false;
        if (!now) {
            int64_t used;
            if (!column_used(tx, t, old->name, &used))
                return false;
            if (used) {
                tx->failed = true;
                return op_fail(op, FAULT_CONFLICT, old->name, "“%.*s”有%lld条记录填了值，不能从定义中去掉；请保留，或先清空、改名", PS(old->name),
                               (long long)used);
            }
            if (!column_drop(tx, t, old->name))
                return false;
            say(said, "去掉", old->name);
            continue;
        }
        if (!str_eq(now->name, old->name)) {
            if (!column_rename(tx, t, old->name, now->name))
                return false;
            say(said, "改名为", now->name);
        }
        if (now->type != old->type) {
            if (!column_convert(tx, t, old, now))
                return false;
            say(said, "改类型", now->name);
        }
        if (now->indexed != old->indexed || now->unique != old->unique)
            say(said, "改索引", now->name);
        old->name = now->name; /* so that what remains below is new */
    }
    for (size_t i = 0; i < t->count; i++)
        if (!column_find(was, t->columns[i].name)) {
            if (!column_add(tx, t, &t->columns[i]))
                return false;
            say(said, "增加", t->columns[i].name);
        }
    return table_indexes_make(tx, t);
}

static const char *const table_steps[] = {
    "create table store_table (name text not null primary key, town text not null, columns text not null)",
};

bool table_migrate(struct tx *tx, const struct table *t, const struct rename *renames, size_t rename_count,
                   str *ret_change)
{
    table_check(t);
    struct table was = {0};
    str text;
    if (!store_schema(tx, S("table"), table_steps, COUNT(table_steps)) || !definition_text(tx, t->name, &text))
        return false;
    if (str_eq(text, definition_write(tx->op, t))) {
        *ret_change = S("");
        return true;
    }
    struct buf said;
    buf_init(&said, tx->op, 0);
    if (!text.n)
        say(&said, "建表", t->name);
    if (!(text.n ? definition_read(tx->op, t->name, text, &was) &&
                       table_change(tx, &was, t, renames, rename_count, &said)
                 : table_create(tx, t)) ||
        !definition_keep(tx, t))
        return false;
    *ret_change = buf_str(&said);
    return true;
}

bool table_has(struct tx *tx, str table, str column, bool *ret)
{
    struct buf b; /* as definition_write begins a column: asked at every start, for hundreds */
    struct json_out w = {&b, false};
    str text;
    size_t at;
    if (!store_schema(tx, S("table"), table_steps, COUNT(table_steps)) || !definition_text(tx, table, &text))
        return false;
    buf_init(&b, tx->op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("name"), column);
    *ret = str_find(text, buf_str(&b), &at);
    return true;
}

bool table_forget(struct tx *tx, str table, str column)
{
    struct table was = {0};
    str text;
    if (!definition_text(tx, table, &text) || !definition_read(tx->op, table, text, &was))
        return false;
    const struct column *gone = column_find(&was, column);
    must(gone);
    struct column *left = op_array(tx->op, struct column, was.count);
    struct table now = {.name = table, .columns = left};
    for (size_t i = 0; i < was.count; i++)
        if (&was.columns[i] != gone)
            left[now.count++] = was.columns[i];
    return column_unindex(tx, &was, gone) && column_drop(tx, &was, column) && definition_keep(tx, &now);
}

bool table_make(struct tx *tx, const struct table *t)
{
    str change;
    return table_migrate(tx, t, NULL, 0, &change);
}

bool table_drop_derived(struct tx *tx, const struct table *t)
{
    table_check(t);
    return run_format(tx, "drop table if exists %.*s", PS(table_sql_name(tx->op, t))) &&
           store_run(tx, "delete from store_table where name = $1", ARGS(TEXT(t->name)), NULL);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const char *put_sql(struct op *op, const struct table *t, bool fresh)
{
    struct buf b;
    buf_init(&b, op, 0);
    str *names = op_array(op, str, FIXED + t->count);
    buf_text(&b, "insert into %.*s (", PS(table_sql_name(op, t)));
    for (size_t i = 0; i < FIXED + t->count; i++) {
        names[i] = i < FIXED ? fixed[i].name : store_name(op, t->columns[i - FIXED].name);
        buf_add(&b, i ? S(", ") : S(""));
        buf_add(&b, names[i]);
    }
    buf_add(&b, S(") values ("));
    for (size_t i = 0; i < FIXED + t->count; i++) {
        buf_add(&b, i ? S(", $") : S("$"));
        buf_int(&b, (int64_t)i + 1);
    }
    buf_byte(&b, ')');
    for (size_t i = 1; i < FIXED + t->count && !fresh; i++) {
        buf_add(&b, i > 1 ? S(", ") : S(" on conflict (record) do update set "));
        buf_add(&b, names[i]);
        buf_add(&b, S(" = excluded."));
        buf_add(&b, names[i]);
    }
    return buf_str(&b).p;
}

static const char *get_sql(struct op *op, const struct table *t)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("select fact_no, version, state, added, changed, removed"));
    for (size_t i = 0; i < t->count; i++) {
        buf_add(&b, S(", "));
        buf_add(&b, store_name(op, t->columns[i].name));
    }
    buf_text(&b, " from %.*s where record = $1", PS(table_sql_name(op, t)));
    buf_byte(&b, 0);
    return b.p;
}

void table_ready(struct op *op, struct table *t)
{
    t->sql_put = put_sql(op, t, false);
    t->sql_add = put_sql(op, t, true);
    t->sql_get = get_sql(op, t);
}

static bool row_write(struct tx *tx, const struct table *t, bool fresh, id record, const struct row_head *head,
                      const struct arg *values)
{
    must(!id_none(record) && t->count + FIXED <= STORE_ARGS_MAX);
    struct op *op = tx->op;
    struct mark mark = op_mark(op);
    struct arg args[STORE_ARGS_MAX];
    const struct arg leading[] = {ID(record),          TEXT(store_town(tx)), INT(head->fact_no), INT(head->version),
                                  TEXT(head->state), INT(head->added),     INT(head->changed), INT(head->removed)};
    static_assert(COUNT(leading) == FIXED, "a value for each fixed column");
    memcpy(args, leading, sizeof leading);
    if (t->count)
        memcpy(args + FIXED, values, t->count * sizeof *args);
    struct args all = store_args(args, FIXED + t->count);
    const struct later row = {.sql = fresh ? t->sql_add : t->sql_put, .is_row = true};
    bool done = row.sql ? tx_later(tx, &row, all) : store_run(tx, put_sql(op, t, fresh), all, NULL);
    op_reset(op, mark);
    return done;
}

bool table_put(struct tx *tx, const struct table *t, id record, const struct row_head *head, const struct arg *values)
{
    return row_write(tx, t, false, record, head, values);
}

/* A statement writes every column it names, and the indexes on it, changed or not: a whole row costs three times as much
 * as a few of its columns. Each choice of columns is a statement of its own, so only small changes have theirs; a bulk
 * repeats one. */
bool table_correct(struct tx *tx, const struct table *t, id record, const struct row_head *head, const bool *changed,
                   const struct arg *values)
{
    enum { LEADING = 5, FEW = 6 };
    struct op *op = tx->op;
    struct arg args[LEADING + FEW] = {ID(record), INT(head->fact_no), INT(head->version), TEXT(head->state),
                                      INT(head->changed)};
    size_t n = LEADING, count = LEADING;
    for (size_t i = 0; i < t->count; i++)
        count += changed[i];
    if (count > COUNT(args) || head->removed || tx->kind == TX_BULK)
        return table_put(tx, t, record, head, values);
    struct mark mark = op_mark(op);
    struct buf sql;
    buf_init(&sql, op, 0);
    buf_text(&sql, "update %.*s set fact_no = $2, version = $3, state = $4, changed = $5", PS(table_sql_name(op, t)));
    for (size_t i = 0; i < t->count; i++)
        if (changed[i]) {
            args[n++] = values[i];
            buf_text(&sql, ", %.*s = $%zu", PS(store_name(op, t->columns[i].name)), n);
        }
    buf_add(&sql, S(" where record = $1"));
    bool done = store_run(tx, op_z(op, buf_str(&sql)), store_args(args, n), NULL);
    op_reset(op, mark);
    return done;
}

bool table_add(struct tx *tx, const struct table *t, id record, const struct row_head *head, const struct arg *values)
{
    return row_write(tx, t, true, record, head, values);
}

bool table_get(struct tx *tx, const struct table *t, id record, struct row_head *ret_head, struct arg **ret_values,
               bool *ret_found)
{
    struct op *op = tx->op;
    struct rows *rows;
    bool found;
    store_load_found(tx, t);
    if (!store_query(tx, t->sql_get ? t->sql_get : get_sql(op, t), ARGS(ID(record)), &rows) || !rows_next(rows, &found))
        return false;
    *ret_found = found;
    if (!found)
        return true;
    *ret_head = (struct row_head){rows_int(rows, 0), rows_int(rows, 1), rows_text(rows, 2),
                                  rows_int(rows, 3), rows_int(rows, 4), rows_int(rows, 5) != 0};
    *ret_values = op_array(op, struct arg, t->count);
    rows_cells(rows, 6, (int)t->count, *ret_values);
    for (size_t i = 0; i < t->count; i++)
        (*ret_values)[i] = arg_copy(op, arg_typed((*ret_values)[i], t->columns[i].type));
    rows_close(rows);
    return true;
}

bool table_erase(struct tx *tx, const struct table *t, id record)
{
    str sql = op_text(tx->op, "delete from %.*s where record = $1", PS(table_sql_name(tx->op, t)));
    tx->inside->empty_log = true;
    return store_run(tx, sql.p, ARGS(ID(record)), NULL);
}
