/* Derived tables: rows, rules, migration by comparison. */
#include "base/test.h"
#include "store/store.h"

static id record_of(int n)
{
    id x = {0};
    x.b[0] = 1;
    x.b[15] = (uint8_t)n;
    return x;
}

static const struct column person_columns[] = {
    {SC("姓名"), COLUMN_TEXT, true, false},     {SC("证件号"), COLUMN_TEXT, false, true},
    {SC("出生日期"), COLUMN_DAY, false, false}, {SC("余额"), COLUMN_INT, false, false},
    {SC("户"), COLUMN_ID, true, false},         {SC("在世"), COLUMN_BOOL, false, false},
    {SC("照片"), COLUMN_JSON, false, false},    {SC("登记\"时\""), COLUMN_TIME, false, false},
};
static const struct table person = {.name = SC("person"), .columns = person_columns, .count = COUNT(person_columns)};

static struct tx *begin(struct op *op, struct store **ret)
{
    str folder;
    struct tx *tx;
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){0}, ret) && store_begin(*ret, op, TX_WRITE, &tx));
    return tx;
}

[[nodiscard]] static bool put(struct tx *tx, int n, str name, str number)
{
    struct row_head head = {.fact_no = n, .version = 1, .state = S("在册"), .added = 5, .changed = 6};
    return table_put(tx, &person, record_of(n), &head,
                     (const struct arg[]){TEXT(name), number.n ? TEXT(number) : NUL, INT(-365), INT(1250),
                                          ID(record_of(9)), INT(1), NUL, INT(77)});
}

TEST("a row comes back with its head and typed values, and putting again replaces it")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct row_head head;
    struct arg *values;
    bool found;
    check(table_make(tx, &person) && put(tx, 1, S("张三"), S("1")) && put(tx, 1, S("张三丰"), S("1")));
    check(table_get(tx, &person, record_of(1), &head, &values, &found) && found);
    check(head.fact_no == 1 && head.version == 1 && head.added == 5 && head.changed == 6 && !head.removed);
    check_str(head.state, S("在册"));
    check_str(values[0].text, S("张三丰"));
    check(values[2].kind == ARG_INT && values[2].i == -365 && values[4].kind == ARG_ID &&
          id_eq(values[4].id, record_of(9)));
    check(values[6].kind == ARG_NULL && values[7].i == 77);
    check(table_get(tx, &person, record_of(2), &head, &values, &found) && !found);
    check(table_erase(tx, &person, record_of(1)) && table_get(tx, &person, record_of(1), &head, &values, &found) &&
          !found);
    check(store_commit(tx));
    store_close(store);
}

TEST("a corrected row differs in what was corrected alone, however much that is, and in its head")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct row_head head, changed = {.fact_no = 8, .version = 2, .state = S("迁出"), .added = 5, .changed = 9};
    struct arg *values, to[COUNT(person_columns)] = {TEXT(S("李四")), NUL, NUL, NUL, NUL, NUL, NUL, INT(78)};
    bool found, all[COUNT(person_columns)], some[COUNT(person_columns)] = {[0] = true, [7] = true};
    memset(all, true, sizeof all);
    check(table_make(tx, &person) && put(tx, 1, S("张三"), S("1")) && put(tx, 2, S("王五"), S("2")));
    check(table_correct(tx, &person, record_of(1), &changed, some, to));
    check(table_get(tx, &person, record_of(1), &head, &values, &found) && found);
    check(head.fact_no == 8 && head.version == 2 && head.added == 5 && head.changed == 9 && !head.removed);
    check_str(head.state, S("迁出"));
    check_str(values[0].text, S("李四"));
    check_str(values[1].text, S("1")); /* not among those named */
    check(values[2].i == -365 && values[7].i == 78);
    check(table_correct(tx, &person, record_of(1), &changed, all, to));
    check(table_get(tx, &person, record_of(1), &head, &values, &found) && values[1].kind == ARG_NULL);
    check(table_get(tx, &person, record_of(2), &head, &values, &found) && found && head.version == 1);
    check_str(values[0].text, S("王五"));
    check(store_commit(tx));
    store_close(store);
}

TEST("a unique column is unique among records not removed, and a wrong type is refused by the database")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct row_head gone = {.fact_no = 9, .version = 2, .state = S(""), .removed = true};
    check(table_make(tx, &person) && put(tx, 1, S("张三"), S("1")) && put(tx, 3, S("无号"), S("")) &&
          put(tx, 4, S("无号"), S("")));
    check(store_part_begin(tx) && !put(tx, 2, S("李四"), S("1")) && store_part_undo(tx));
    check_str(op->faults->field, S("证件号"));
    op_forgive(op, 0);
    check(table_put(tx, &person, record_of(1), &gone,
                    (const struct arg[]){NUL, TEXT(S("1")), NUL, NUL, NUL, NUL, NUL, NUL}));
    check(put(tx, 2, S("李四"), S("1")));
    check(store_part_begin(tx));
    check(!table_put(tx, &person, record_of(5), &gone,
                     (const struct arg[]){NUL, NUL, TEXT(S("x")), NUL, NUL, NUL, NUL, NUL}));
    check(store_part_undo(tx));
    check(store_commit(tx));
    store_close(store);
}

TEST("rows of a bulk go several at a time and keep their order, and a broken rule among them takes back their part")
{
    enum { ROWS = 100 };
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct table ready = person;
    struct row_head head = {.version = 1, .state = S("在册")}, found_head;
    struct arg *values;
    bool found;
    int64_t count;
    table_ready(op, &ready);
    check(table_make(tx, &ready) && store_commit(tx) && store_begin(store, op, TX_BULK, &tx) && store_part_begin(tx));
    for (int round = 0; round < 2; round++) {
        for (int n = 1; n <= ROWS; n++) {
            str number = round && n == ROWS / 2 ? S("7") : op_text(op, "%d", round ? ROWS + n : n);
            const struct arg cells[] = {TEXT(S("张三")), TEXT(number), NUL, INT(0), NUL, NUL, NUL, NUL};
            const struct arg later[] = {TEXT(S("李四")), TEXT(number), NUL, INT(n), NUL, NUL, NUL, NUL};
            id record = record_of(round ? ROWS + n : n);
            check(table_add(tx, &ready, record, &head, cells));
            if (n % 3 == 0) /* changed at once */
                check(table_put(tx, &ready, record, &head, later));
        }
        if (round == 0)
            check(store_part_keep(tx) && store_part_begin(tx));
    }
    check(!store_int(tx, "select 1", ARGS(), &count, &found) && store_part_undo(tx)); /* the reading is told */
    check_str(op->faults->field, S("证件号"));
    op_forgive(op, 0);
    check(store_int(tx, "select count(*) from now_person where \"余额\" = 0", ARGS(), &count, &found));
    check_int(count, ROWS - ROWS / 3);
    check(table_get(tx, &ready, record_of(99), &found_head, &values, &found) && found && values[3].i == 99);
    check_str(values[0].text, S("李四"));
    check(store_commit(tx));
    store_close(store);
}

TEST("the list in the order of an indexed column is read from the index")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct rows *rows;
    bool found;
    check(table_make(tx, &person));
    check(
        store_query(tx, "explain query plan select record from now_person order by \"姓名\", record", ARGS(), &rows) &&
        rows_next(rows, &found));
    size_t at;
    check(found && str_find(rows_text(rows, 3), S("USING COVERING INDEX now_person 姓名"), &at));
    store_abandon(tx);
    store_close(store);
}

TEST("a changed definition moves its table along without losing a value, and says what was done")
{
    static const struct column next_columns[] = {
        {SC("姓名"), COLUMN_TEXT, false, false},
        {SC("身份证号"), COLUMN_TEXT, true, true},
        {SC("出生日期"), COLUMN_TIME, true, false},
        {SC("余额"), COLUMN_TEXT, false, false},
        {SC("户"), COLUMN_ID, true, false},
        {SC("在世"), COLUMN_INT, false, false},
        {SC("登记\"时\""), COLUMN_TIME, false, false},
        {SC("电话"), COLUMN_TEXT, true, false},
    };
    static const struct table next = {.name = SC("person"), .columns = next_columns, .count = COUNT(next_columns)};
    struct store *store;
    struct tx *tx = begin(op, &store);
    struct row_head head;
    struct arg *values;
    bool found;
    str change;
    check(table_make(tx, &person) && put(tx, 1, S("张三"), S("1")) && put(tx, 2, S("李四"), S("2")));
    check(table_migrate(tx, &person, NULL, 0, &change) && change.n == 0);
    check(table_migrate(tx, &next, &(const struct rename){S("证件号"), S("身份证号")}, 1, &change));
    check_str(change, S("改索引“姓名”；改名为“身份证号”；改索引“身份证号”；改类型“出生日期”；改索引“出生日期”；改类型“余额”；改类型“在世”；去掉“照片”；增加“电话”"));
    check(table_get(tx, &next, record_of(1), &head, &values, &found) && found && head.version == 1);
    check_str(values[0].text, S("张三"));
    check_str(values[1].text, S("1"));
    check(values[2].i == -365 * 86400000LL - 28800000);
    check_str(values[3].text, S("1250"));
    check(values[5].i == 1 && values[6].i == 77 && values[7].kind == ARG_NULL);
    int64_t n;
    check(store_int(
        tx, "select count(*) from sqlite_schema where type = 'index' and tbl_name = 'now_person' and sql is not null",
        ARGS(), &n, &found));
    check_int(n, 5);
    check(table_migrate(tx, &next, NULL, 0, &change) && change.n == 0);
    check(store_commit(tx));
    store_close(store);
}

TEST("a definition that would lose values is refused with the column and the number of records")
{
    static const struct column fewer_columns[] = {{SC("姓名"), COLUMN_TEXT, true, false}};
    static const struct column other_columns[] = {{SC("姓名"), COLUMN_INT, true, false}};
    static const struct table full = {.name = SC("a"), .columns = fewer_columns, .count = 1}, fewer = {.name = SC("a")},
                              other = {.name = SC("a"), .columns = other_columns, .count = 1};
    struct store *store;
    struct tx *tx = begin(op, &store);
    str change;
    struct row_head head = {.fact_no = 1, .version = 1, .state = S("")};
    check(table_make(tx, &full));
    for (int i = 1; i < 4; i++)
        check(table_put(tx, &full, record_of(i), &head, (const struct arg[]){i == 3 ? NUL : TEXT(S("张三"))}));
    const struct table *const losing[] = {&fewer, &other};
    for (size_t i = 0; i < COUNT(losing); i++) {
        check(store_part_begin(tx) && !table_migrate(tx, losing[i], NULL, 0, &change) && store_part_undo(tx));
        check(op->faults->kind == FAULT_CONFLICT);
        check_str(op->faults->field, S("姓名"));
        check(str_find(op->faults->text, S("有2条记录"), &(size_t){0}));
        op_forgive(op, 0);
    }
    check(table_migrate(tx, &full, NULL, 0, &change) && change.n == 0);
    check(store_commit(tx));
    store_close(store);
}

TEST("rows loaded without indexes are indexed at once, and a broken rule shows then")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    check(table_make(tx, &person) && table_indexes_drop(tx, &person));
    check(put(tx, 1, S("张三"), S("1")) && put(tx, 2, S("李四"), S("1")));
    check(store_part_begin(tx) && !table_indexes_make(tx, &person) && store_part_undo(tx));
    check(op_has_fault(op, FAULT_CONFLICT));
    op_forgive(op, 0);
    check(put(tx, 2, S("李四"), S("2")) && table_indexes_make(tx, &person) && table_indexes_make(tx, &person));
    check(table_drop_derived(tx, &person) && table_make(tx, &person));
    check(store_commit(tx));
    store_close(store);
}

/* What is kept of the table person, or what is computed anew: the number of readings that had to compute. */
static int64_t computed(struct op *op, struct store *store, int64_t *count)
{
    struct tx *tx;
    static const str tables[] = {SC("now_person")};
    str key, bytes;
    must(store_begin(store, op, TX_READ, &tx) && store_kept_key(tx, tables, 1, S("how many"), &key));
    if (!store_kept(tx, key, &bytes)) {
        ++*count;
        bytes = op_text(op, "%lld", (long long)*count);
        store_keep(tx, key, bytes);
    }
    int64_t n = bytes.p[0] - '0';
    must(store_commit(tx));
    return n;
}

TEST("what was computed of a table is kept until a commit has written to it, whatever else is saved; a save that is "
     "given up changes nothing")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    int64_t count = 0;
    str key;
    static const struct table other = {.name = SC("house"), .columns = person_columns, .count = 1};
    struct row_head head = {.fact_no = 1, .version = 1, .state = S("")};
    check(table_make(tx, &person) && table_make(tx, &other) && put(tx, 1, S("甲"), S("1")) && store_commit(tx));
    check_int(computed(op, store, &count), 1);
    check_int(computed(op, store, &count), 1);
    check(store_begin(store, op, TX_WRITE, &tx) &&
          table_put(tx, &other, record_of(2), &head, (const struct arg[]){TEXT(S("屋"))}));
    check(store_kept_key(tx, &person.name, 1, S("how many"), &key) && !key.n);
    check(store_commit(tx));
    check_int(computed(op, store, &count), 1);
    check(store_begin(store, op, TX_WRITE, &tx) && put(tx, 2, S("乙"), S("2")));
    check_int(computed(op, store, &count), 1);
    store_abandon(tx);
    check_int(computed(op, store, &count), 1);
    check(store_begin(store, op, TX_WRITE, &tx) && put(tx, 2, S("乙"), S("2")) && store_commit(tx));
    check_int(computed(op, store, &count), 2);
    check(store_begin(store, op, TX_BULK, &tx) && table_erase(tx, &person, record_of(2)) && store_commit(tx));
    check_int(computed(op, store, &count), 3);
    check_int(computed(op, store, &count), 3);
    store_close(store);
}

TEST("what is kept in memory is bounded: what is too large is not kept; when it is full it begins anew with the newest")
{
    struct store *store;
    struct tx *tx = begin(op, &store);
    static const str tables[] = {SC("now_person")};
    enum { PIECES = 24, PIECE = 256 << 10 };
    str first, last = S(""), bytes, large = {op_array(op, char, 1 << 20), 1 << 20}, piece = {large.p, PIECE};
    check(table_make(tx, &person) && put(tx, 1, S("甲"), S("1")) && store_commit(tx) && store_begin(store, op, TX_READ, &tx));
    check(store_kept_key(tx, tables, 1, S("first"), &first));
    store_keep(tx, first, large);
    check(!store_kept(tx, first, &bytes));
    store_keep(tx, first, piece);
    check(store_kept(tx, first, &bytes) && bytes.n == PIECE);
    for (int i = 0; i < PIECES; i++) {
        check(store_kept_key(tx, tables, 1, op_text(op, "%d", i), &last));
        store_keep(tx, last, piece);
        check(store_kept(tx, last, &bytes) && bytes.n == PIECE);
    }
    check(!store_kept(tx, first, &bytes));
    check(store_commit(tx));
    store_close(store);
}
