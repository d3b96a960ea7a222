/* SQL and rows say the same: random expressions over random rows, and the cases that once differed. */
#include <sqlite3.h>

#include "base/test.h"
#include "feel/feel.h"

enum { COLUMNS = 9, ROWS = 60 };

static const struct {
    struct feel_name name;
    struct feel_column column;
} columns[COLUMNS] = {
    {{SC("年龄"), &feel_number}, {FEEL_COLUMN_INTEGER, SC("\"年龄\""), 0, 3}},
    {{SC("年收入"), &feel_number}, {FEEL_COLUMN_INTEGER, SC("\"年收入\""), 2, 0}},
    {{SC("姓名"), &feel_text}, {FEEL_COLUMN_TEXT, SC("\"姓名\""), 0, 0}},
    {{SC("户籍 类别"), &feel_text}, {FEEL_COLUMN_TEXT, SC("\"户籍\""), 0, 0}},
    {{SC("出生日期"), &feel_date}, {FEEL_COLUMN_DAY, SC("\"出生\""), 0, 0}},
    {{SC("登记日期"), &feel_date}, {FEEL_COLUMN_DAY, SC("\"登记\""), 0, 0}},
    {{SC("低保"), &feel_bool}, {FEEL_COLUMN_BOOL, SC("\"低保\""), 0, 0}},
    {{SC("更新"), &feel_date_time}, {FEEL_COLUMN_TIME, SC("\"更新\""), 0, 0}},
    {{SC("标签"), &feel_list_text}, {FEEL_COLUMN_TEXTS, SC("\"标签\""), 0, 0}},
};

static feel_value rows[ROWS][COLUMNS];

static uint64_t pick(struct op *op, uint64_t n)
{
    return op_random(op) % n;
}

static str pick_text(struct op *op)
{
    static const str texts[] = {SC(""), SC("张三"), SC("李四"), SC("张"), SC("本镇"), SC("外地"), SC("A"), SC("ab"), SC("aB低保"),
                                SC("低保"), SC("特困"), SC("x\"低保"), SC(",\"低保\""), SC("残疾"), SC("Ａｂ"), SC("%_"),
                                SC("巴特尔·其")};
    return texts[pick(op, COUNT(texts))];
}

static day pick_day(struct op *op)
{
    static const int edges[][3] = {{1961, 12, 6}, {1961, 12, 7}, {2003, 12, 6}, {2020, 2, 29}, {1960, 2, 29},
                                   {2021, 12, 6}, {1900, 1, 1}};
    if (pick(op, 3) == 0) {
        const int *e = edges[pick(op, COUNT(edges))];
        return day_of(e[0], e[1], e[2]);
    }
    return day_of(1930 + (int)pick(op, 100), 1 + (int)pick(op, 12), 1 + (int)pick(op, 28));
}

static time_ms pick_time(struct op *op)
{
    return 1638752400000 + ((int64_t)pick(op, 9) - 4) * 500;
}

static feel_value pick_value(struct op *op, size_t column)
{
    if (pick(op, 6) == 0)
        return feel_null();
    switch (columns[column].column.kind) {
    case FEEL_COLUMN_INTEGER:
        return feel_of_dec(dec_of_scaled((int64_t)pick(op, 12) * 10 - 30 +
                                             (int64_t)(columns[column].column.scale ? pick(op, 100000) : 0),
                                         columns[column].column.scale));
    case FEEL_COLUMN_TEXT:
        return feel_of_text(pick_text(op));
    case FEEL_COLUMN_DAY:
        return feel_of_day(pick_day(op));
    case FEEL_COLUMN_BOOL:
        return feel_of_bool(pick(op, 2));
    case FEEL_COLUMN_TIME:
        return feel_of_time(pick_time(op));
    case FEEL_COLUMN_TEXTS: {
        size_t n = pick(op, 4);
        feel_value *items = op_array(op, feel_value, n + 1);
        for (size_t i = 0; i < n; i++)
            items[i] = feel_of_text(pick_text(op));
        return feel_of_list(items, n);
    }
    case FEEL_COLUMN_NONE:
        break;
    }
    return feel_null();
}

/* ---- random FEEL ------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static const char *feel_z(struct op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str s = op_vtext(op, format, args);
    va_end(args);
    return s.p;
}

static const char *literal(struct op *op, feel_value v)
{
    return op_z(op, feel_literal(op, v));
}

static const char *name_of(size_t column)
{
    return columns[column].name.name.p;
}

static const char *relation(struct op *op)
{
    static const char *all[] = {"=", "!=", "<", "<=", ">", ">="};
    return all[pick(op, COUNT(all))];
}

static const char *number_text(struct op *op, int depth)
{
    if (depth > 0 && pick(op, 3) == 0) {
        static const char *ops[] = {"+", "-", "*"};
        return feel_z(op, "(%s %s %s)", number_text(op, depth - 1), ops[pick(op, 3)], number_text(op, depth - 1));
    }
    switch (pick(op, 8)) {
    case 0:
    case 1:
        return feel_z(op, "%s", name_of(0));
    case 2:
        return feel_z(op, "%s", name_of(1));
    case 3:
        return feel_z(op, "%d.%02d", (int)pick(op, 900) - 100, (int)pick(op, 100));
    case 4:
        return feel_z(op, "string length(%s)", name_of(2 + pick(op, 2)));
    case 5:
        return feel_z(op, "abs(-%s / 4)", name_of(0));
    case 6:
        return feel_z(op, "(if %s then %s else 7.5)", name_of(6), name_of(0));
    }
    return feel_z(op, "%d", (int)pick(op, 120) - 40);
}

static const char *text_text(struct op *op, int depth)
{
    switch (pick(op, depth > 0 ? 8 : 3)) {
    case 0:
        return feel_z(op, "%s", name_of(2));
    case 1:
        return feel_z(op, "%s", name_of(3));
    case 3:
        return feel_z(op, "substring(%s, %d)", name_of(2), pick(op, 2) ? (int)pick(op, 3) + 1 : -(int)pick(op, 3) - 1);
    case 4:
        return feel_z(op, "substring(%s, %d, %d)", name_of(3),
                      pick(op, 2) ? (int)pick(op, 3) + 1 : -(int)pick(op, 3) - 1, (int)pick(op, 3));
    case 5:
        return feel_z(op, "lower case(%s)", text_text(op, depth - 1));
    case 6:
        return feel_z(op, "upper case(%s)", text_text(op, depth - 1));
    case 7:
        return feel_z(op, "(%s + %s)", text_text(op, depth - 1), text_text(op, depth - 1));
    }
    return literal(op, feel_of_text(pick_text(op)));
}

static const char *date_text(struct op *op)
{
    switch (pick(op, 6)) {
    case 0:
        return feel_z(op, "%s", name_of(4));
    case 1:
        return feel_z(op, "%s", name_of(5));
    case 2:
        return feel_z(op, "(%s + @\"P%dDT5H\")", name_of(4), (int)pick(op, 40));
    case 3:
        return feel_z(op, "(today() - @\"P%dY\")", (int)pick(op, 90));
    case 4:
        return "today()";
    }
    return literal(op, feel_of_day(pick_day(op)));
}

static const char *condition_text(struct op *op, int depth);

static const char *leaf_text(struct op *op)
{
    switch (pick(op, 22)) {
    case 0:
    case 1:
        return feel_z(op, "%s %s %s", number_text(op, 2), relation(op), number_text(op, 2));
    case 2:
        return feel_z(op, "%s %s %s", text_text(op, 2), relation(op), text_text(op, 1));
    case 3:
        return feel_z(op, "%s %s %s", date_text(op), relation(op), date_text(op));
    case 4:
        return feel_z(op, "%s", name_of(6));
    case 5:
        return feel_z(op, "%s %s %s", name_of(pick(op, COLUMNS)), pick(op, 2) ? "=" : "!=", "null");
    case 6:
        return feel_z(op, "%s in (%s, %s)", name_of(0), number_text(op, 0), number_text(op, 0));
    case 7:
        return feel_z(op, "%s in [%d..%d)", name_of(pick(op, 2)), (int)pick(op, 60) - 20, (int)pick(op, 60));
    case 8:
        return feel_z(op, "%s in [\"本镇\", %s, null]", name_of(3), literal(op, feel_of_text(pick_text(op))));
    case 9:
        return feel_z(op, "%s in (< %d, >= %d, null)", name_of(0), (int)pick(op, 30), 30 + (int)pick(op, 60));
    case 10:
        return feel_z(op, "%s between %d.5 and %d", name_of(pick(op, 2)), (int)pick(op, 60) - 20, (int)pick(op, 60));
    case 11: {
        static const char *functions[] = {"contains", "starts with", "ends with"};
        return feel_z(op, "%s(%s, %s)", functions[pick(op, 3)], name_of(2 + pick(op, 2)),
                      literal(op, feel_of_text(pick_text(op))));
    }
    case 12:
        return feel_z(op, "%s(%s, %s)", "list contains", name_of(8), literal(op, feel_of_text(pick_text(op))));
    case 13:
        return feel_z(op, "%s in %s", literal(op, feel_of_text(pick_text(op))), name_of(8));
    case 14:
        return feel_z(op, "some t in %s satisfies t = %s", name_of(8), literal(op, feel_of_text(pick_text(op))));
    case 15:
        return feel_z(op, "years and months duration(%s, today()).years %s %d", name_of(4), relation(op),
                      (int)pick(op, 90) - 5);
    case 16:
        return feel_z(op, "years and months duration(%s, %s) %s @\"P%dM\"", name_of(5),
                      literal(op, feel_of_day(pick_day(op))),
                       relation(op), (int)pick(op, 900));
    case 17:
        return feel_z(op, "%s.year + 1 %s %d", name_of(4), relation(op), 1950 + (int)pick(op, 70));
    case 18:
        return feel_z(op, "%s + @\"P%dM\" %s %s", name_of(4), (int)pick(op, 30), relation(op),
                      literal(op, feel_of_day(pick_day(op))));
    case 19:
        return feel_z(op, "%s %s %s", name_of(7), relation(op), literal(op, feel_of_time(pick_time(op))));
    case 20:
        return feel_z(op, "(%s - %s).days %s %d", date_text(op), name_of(5), relation(op), (int)pick(op, 9000) - 1000);
    }
    return feel_z(op, "matches(%s, \"^[张李aA]\", \"i\")", name_of(2));
}

static const char *condition_text(struct op *op, int depth)
{
    switch (pick(op, depth > 0 ? 7 : 1)) {
    case 1:
    case 2:
        return feel_z(op, "(%s and %s)", condition_text(op, depth - 1), condition_text(op, depth - 1));
    case 3:
    case 4:
        return feel_z(op, "(%s or %s)", condition_text(op, depth - 1), condition_text(op, depth - 1));
    case 5:
        return feel_z(op, "not(%s)", condition_text(op, depth - 1));
    case 6:
        return feel_z(op, "(if %s then %s else %s)", condition_text(op, depth - 1), condition_text(op, depth - 1),
                       condition_text(op, depth - 1));
    }
    return leaf_text(op);
}

/* ---- the two executors ------------------------------------------------------------------------------------- */

static feel_value row_value(void *from, int name)
{
    return ((const feel_value *)from)[name];
}

static bool map_column(void *from, int name, struct feel_column *ret)
{
    (void)from;
    *ret = columns[name].column;
    return true;
}

static const struct feel_sql_map map = {.column = map_column, .lower = SC("feel_lower"), .upper = SC("feel_upper"),
                                        .matches = SC("feel_matches")};

static str argument(sqlite3_value *v)
{
    return (str){(const char *)sqlite3_value_text(v), (size_t)sqlite3_value_bytes(v)};
}

static void sql_case(sqlite3_context *c, int n, sqlite3_value **values)
{
    (void)n;
    struct op op;
    op_init(&op, 0, 1);
    if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
        str s = (sqlite3_user_data(c) ? feel_upper : feel_lower)(&op, argument(values[0]));
        sqlite3_result_text(c, s.p, (int)s.n, SQLITE_TRANSIENT);
    }
    op_done(&op);
}

static void sql_matches(sqlite3_context *c, int n, sqlite3_value **values)
{
    (void)n;
    struct op op;
    bool found;
    op_init(&op, 0, 1);
    if (sqlite3_value_type(values[0]) != SQLITE_NULL &&
        feel_matches(&op, argument(values[0]), argument(values[1]), argument(values[2]), &found))
        sqlite3_result_int(c, found);
    op_done(&op);
}

static void close_database(void *db)
{
    sqlite3_close(db);
}

static void bind(struct op *op, sqlite3_stmt *s, int at, feel_value v, size_t column)
{
    int64_t n = 0;
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    if (v.kind == FEEL_NULL)
        return;
    switch (columns[column].column.kind) {
    case FEEL_COLUMN_INTEGER:
        check(dec_scaled(v.number, columns[column].column.scale, &n));
        break;
    case FEEL_COLUMN_DAY:
        n = v.day;
        break;
    case FEEL_COLUMN_BOOL:
        n = v.truth;
        break;
    case FEEL_COLUMN_TIME:
        check(feel_to_time(v, &n));
        break;
    case FEEL_COLUMN_TEXTS:
        feel_to_json(op, &w, v);
        v.text = buf_str(&b);
        [[fallthrough]];
    case FEEL_COLUMN_TEXT:
        sqlite3_bind_text(s, at, v.text.p, (int)v.text.n, SQLITE_TRANSIENT);
        return;
    case FEEL_COLUMN_NONE:
        return;
    }
    sqlite3_bind_int64(s, at, n);
}

static sqlite3 *database(struct op *op)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    check(sqlite3_open(":memory:", &db) == SQLITE_OK);
    op_defer(op, close_database, db);
    sqlite3_create_function(db, "feel_lower", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_case, NULL, NULL);
    sqlite3_create_function(db, "feel_upper", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, db, sql_case, NULL, NULL);
    sqlite3_create_function(db, "feel_matches", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_matches, NULL, NULL);
    check(sqlite3_exec(db,
                       "create table t (id integer primary key, \"年龄\" integer, \"年收入\" integer, \"姓名\" text, "
                       "\"户籍\" text,"
                       " \"出生\" integer, \"登记\" integer, \"低保\" integer, \"更新\" integer, \"标签\" text)",
                       NULL, NULL, NULL) == SQLITE_OK);
    check(sqlite3_prepare_v2(db, "insert into t values (?,?,?,?,?,?,?,?,?,?)", -1, &s, NULL) == SQLITE_OK);
    for (int r = 0; r < ROWS; r++) {
        sqlite3_clear_bindings(s);
        sqlite3_bind_int(s, 1, r);
        for (size_t c = 0; c < COLUMNS; c++) {
            rows[r][c] = pick_value(op, c);
            bind(op, s, (int)c + 2, rows[r][c], c);
        }
        check(sqlite3_step(s) == SQLITE_DONE);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return db;
}

/* 1 true, 0 false, -1 null, for every row; false: SQL cannot say it. */
static bool by_sql(struct op *op, sqlite3 *db, const struct feel *tree, int *ret, str *ret_sql)
{
    struct feel_sql sql;
    sqlite3_stmt *s;
    if (!feel_sql(op, tree, &map, 1, &sql)) {
        check(sql.reason.n > 0);
        return false;
    }
    *ret_sql = sql.text;
    str all = op_text(op, "select id, %.*s from t", PS(sql.text));
    if (sqlite3_prepare_v2(db, all.p, (int)all.n, &s, NULL) != SQLITE_OK) {
        test_failed(__FILE__, __LINE__, "%s: %s", sqlite3_errmsg(db), all.p);
        return false;
    }
    check_int(sqlite3_bind_parameter_count(s), (long long)sql.arg_count);
    for (size_t i = 0; i < sql.arg_count; i++) {
        int at = sqlite3_bind_parameter_index(s, op_text(op, "$%zu", i + 1).p);
        if (sql.args[i].kind == FEEL_ARG_INT)
            sqlite3_bind_int64(s, at, sql.args[i].number);
        else
            sqlite3_bind_text(s, at, sql.args[i].text.p, (int)sql.args[i].text.n, SQLITE_TRANSIENT);
    }
    while (sqlite3_step(s) == SQLITE_ROW) {
        check(sqlite3_column_type(s, 1) == SQLITE_NULL || sqlite3_column_type(s, 1) == SQLITE_INTEGER);
        ret[sqlite3_column_int(s, 0)] = sqlite3_column_type(s, 1) == SQLITE_NULL ? -1 : sqlite3_column_int(s, 1);
    }
    sqlite3_finalize(s);
    return true;
}

static struct feel_scope scope_of(struct op *op)
{
    struct feel_name *names = op_array(op, struct feel_name, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        names[i] = columns[i].name;
    return (struct feel_scope){.names = names, .count = COLUMNS};
}

static bool agree(struct op *op, sqlite3 *db, const struct feel_scope *scope, str text)
{
    struct feel *tree;
    int got[ROWS] = {0};
    str sql = S("");
    if (!feel_parse(op, text, scope, &tree)) {
        test_failed(__FILE__, __LINE__, "«%.*s» does not parse", PS(text));
        return false;
    }
    if (!by_sql(op, db, tree, got, &sql))
        return false;
    for (int r = 0; r < ROWS; r++) {
        struct feel_run run = {.op = op, .value = row_value, .from = rows[r]};
        feel_value v = feel_eval(&run, tree);
        int want = v.kind == FEEL_BOOL ? v.truth : -1;
        if (want != got[r]) {
            test_failed(__FILE__, __LINE__, "«%.*s» row %d: rows say %d, SQL says %d: %.*s", PS(text), r, want, got[r],
                        PS(sql));
            return true;
        }
    }
    return true;
}

TEST("random conditions over random rows: SQL and rows say true, false and null alike")
{
    sqlite3 *db = database(op);
    struct feel_scope scope = scope_of(op);
    int said = 0, tried = 3000;
    for (int i = 0; i < tried; i++) {
        struct mark mark = op_mark(op);
        said += agree(op, db, &scope, str_z(condition_text(op, (int)pick(op, 4))));
        op_reset(op, mark);
    }
    if (said < tried / 2)
        test_failed(__FILE__, __LINE__, "only %d of %d conditions could be said in SQL", said, tried);
}

TEST("the filters people write are SQL")
{
    static const char *filters[] = {
        "年龄 >= 60 and 户籍 类别 = \"本镇\"", "户籍 类别 in (\"本镇\", \"外地\")", "not(低保)", "低保 = true", "低保 != null",
        "年收入 / 12 * 0.5 > 500", "出生日期 <= today() - @\"P60Y\"", "years and months duration(出生日期, today()).years >= 60",
        "出生日期 in [@\"1960-01-01\"..@\"1969-12-31\"]", "\"低保\" in 标签", "list contains(标签, \"特困\") or 低保",
        "contains(姓名, \"张\") and ends with(姓名, \"三\")", "if 低保 then 年龄 > 16 else 年龄 > 60",
        "if 年龄 > 60 then 低保 else false", "if 低保 then true else 年龄 > 60", "姓名 = null or 姓名 = \"\"",
        "年收入 between 0 and 6000.50", "更新 > now() - @\"P30D\"", "(today() - 登记日期) > @\"P30D\"",
        "substring(姓名, -1) = \"三\"",
        "lower case(姓名) = \"ab\"", "some t in 标签 satisfies t = \"残疾\"", "true", "null"};
    sqlite3 *db = database(op);
    struct feel_scope scope = scope_of(op);
    for (size_t i = 0; i < COUNT(filters); i++) {
        struct feel *tree;
        int got[ROWS];
        str sql;
        bool hard = str_find(str_z(filters[i]), S("/ 12"), &(size_t){0}); /* one twelfth has no end */
        check(feel_parse(op, str_z(filters[i]), &scope, &tree));
        if (by_sql(op, db, tree, got, &sql) == hard)
            test_failed(__FILE__, __LINE__, "«%s»", filters[i]);
        agree(op, db, &scope, str_z(filters[i]));
    }
}

TEST("what SQL cannot say is told with a reason, and leaves no fault")
{
    static const char *beyond[] = {"年龄 = \"六十\"", "count(标签) > 1", "matches(姓名, 户籍 类别)", "年收入 * 年收入 * 年收入 > 1",
                                   "出生日期.month = 5",
                                   "some t in 标签 satisfies contains(t, \"低\")", "年龄 in (户籍 类别)"};
    struct feel_scope scope = scope_of(op);
    for (size_t i = 0; i < COUNT(beyond); i++) {
        struct feel *tree;
        struct feel_sql sql;
        check(feel_parse(op, str_z(beyond[i]), &scope, &tree));
        check(!feel_sql(op, tree, &map, 1, &sql) && sql.reason.n > 0 && !sql.ok);
    }
    check_int(op->fault_count, 0);
}

TEST("parameters are numbered from where the caller says")
{
    struct feel_scope scope = scope_of(op);
    struct feel *tree;
    struct feel_sql sql;
    check(feel_parse(op, S("年龄 > 60 and 姓名 = \"张三\""), &scope, &tree) && feel_sql(op, tree, &map, 5, &sql));
    check_str(sql.text, S("((\"年龄\" >= $5) and coalesce(\"姓名\" = $6, (1=0)))"));
    check(sql.arg_count == 2 && sql.args[0].number == 61);
    check_str(sql.args[1].text, S("张三"));
}
