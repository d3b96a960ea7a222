/* Whatever is typed: it parses or is a fault with a place inside the text; it evaluates, checks and becomes SQL without
 * trouble; a value that comes out is written as a literal that reads back the same. */
#include "feel/feel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static feel_value value(void *from, int name)
{
    (void)from;
    return name == 0 ? feel_of_int(61) : name == 1 ? feel_of_text(S("本镇")) : feel_of_day(700);
}

static bool column(void *from, int name, struct feel_column *ret)
{
    static const struct feel_column columns[] = {{FEEL_COLUMN_INTEGER, SC("\"a\""), 0, 3},
                                                 {FEEL_COLUMN_TEXT, SC("\"b\""), 0, 0},
                                                 {FEEL_COLUMN_DAY, SC("\"c\""), 0, 0}};
    (void)from;
    *ret = columns[name];
    return true;
}

/* Functions, and texts that no literal can hold, are not asked to come back. */
static bool plain(feel_value v)
{
    if (v.kind == FEEL_FUNCTION)
        return false;
    if (v.kind == FEEL_TEXT)
        return utf8_valid(v.text);
    if (v.kind == FEEL_RANGE)
        return plain(v.range->low) && plain(v.range->high) && !v.range->differs;
    for (size_t i = 0; v.kind == FEEL_LIST && i < v.count; i++)
        if (!plain(v.items[i]))
            return false;
    for (size_t i = 0; v.kind == FEEL_CONTEXT && i < v.context->count; i++)
        if (!utf8_valid(v.context->entries[i].name) || !plain(v.context->entries[i].value))
            return false;
    return true;
}

static void comes_back(struct op *op, feel_value v)
{
    static const struct feel_scope none = {0};
    struct feel *tree;
    struct feel_run run = {.op = op};
    str literal = feel_literal(op, v);
    if (!plain(v) || literal.n > 2000 || !feel_parse(op, literal, &none, &tree))
        return;
    feel_value again = feel_eval(&run, tree);
    must(str_eq(feel_literal(op, again), literal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct feel_name names[] = {{SC("年龄"), &feel_number}, {SC("户籍 类别"), &feel_text},
                                             {SC("a-b"), &feel_date}};
    static const str seeds[] = {SC(""), SC("年龄 >= 60 and "), SC("for x in [1..3] return "), SC("matches(\"aab\", \""),
                                SC("@\"2021-12-03T"),
                                SC("some x in [1,2] satisfies "), SC("{a: 1, b: "), SC("户籍 类别 in (\"本镇\", "),
                                SC("range(\"["), SC("a-b + @\"P1"),
                                SC("string("), SC("number(\""), SC("sort([3,1,2], function(x,y) "), SC("duration(\"P"),
                                SC("replace(\"abc\", \"(a)\", \"")};
    struct op op;
    op_init(&op, 1638752400000, 1);
    bool tests = size && data[0] & 1;
    str head = seeds[size ? data[0] / 2 % COUNT(seeds) : 0];
    str text = op_text(&op, "%.*s%.*s", PS(head), (int)(size ? size - 1 : 0), (const char *)data + (size ? 1 : 0));
    struct feel_scope scope = {.names = names, .count = COUNT(names), .open = size > 1 && data[1] & 1};
    struct feel_sql_map map = {.column = column, .lower = SC("lo"), .upper = SC("up"), .matches = SC("ma")};
    struct feel *tree;
    struct feel_note where = {0}, *notes;
    struct feel_sql sql;
    if (feel_parse_at(&op, text, &scope, tests, &tree, &where)) {
        struct feel_run run = {.op = &op, .value = value};
        feel_value v = tests ? feel_test(&run, tree, feel_of_int(61)) : feel_eval(&run, tree);
        must(v.kind < FEEL_ANY);
        comes_back(&op, v);
        if (tests)
            feel_check_tests(&op, tree, &feel_number, &notes);
        else
            feel_check(&op, tree, &notes);
        feel_sql(&op, tree, &map, 1, &sql);
    } else {
        must(where.at <= text.n && where.text.n > 0 && op.fault_count == 1);
    }
    op_done(&op);
    return 0;
}
