#include "base/test.h"
#include "feel/feel.h"

/* The names and values of a FEEL context as a scope and its source. */
struct source {
    const struct feel_context *context;
    struct feel_scope scope;
};

static feel_value source_value(void *from, int name)
{
    return ((struct source *)from)->context->entries[name].value;
}

static bool source_of(struct op *op, str text, struct source *ret)
{
    struct feel *tree;
    static const struct feel_scope none = {0};
    if (!feel_parse(op, text.n ? text : S("{}"), &none, &tree))
        return false;
    struct feel_run run = {.op = op};
    feel_value v = feel_eval(&run, tree);
    if (v.kind != FEEL_CONTEXT)
        return false;
    struct feel_name *names = op_array(op, struct feel_name, v.context->count + 1);
    for (size_t i = 0; i < v.context->count; i++)
        names[i].name = v.context->entries[i].name;
    *ret = (struct source){v.context, {.names = names, .count = v.context->count}};
    return true;
}

static bool no_column(void *from, int name, struct feel_column *ret)
{
    (void)from, (void)name;
    *ret = (struct feel_column){FEEL_COLUMN_INTEGER, S("a"), 0, 3};
    return true;
}

static feel_value run_text(struct op *op, const char *expression, const char *context)
{
    struct source source;
    struct feel *tree;
    if (!source_of(op, str_z(context), &source) || !feel_parse(op, str_z(expression), &source.scope, &tree)) {
        test_failed(__FILE__, __LINE__, "«%s» does not parse", expression);
        return feel_null();
    }
    struct feel_run run = {.op = op, .value = source_value, .from = &source};
    return feel_eval(&run, tree);
}

static void case_run(struct op *op, str expression, str context, str expected, int line)
{
    struct source source;
    struct feel *tree, *wanted;
    int faults = op->fault_count;
    if (!source_of(op, context, &source)) {
        test_failed("src/feel/feel.cases", line, "the context does not parse");
        return;
    }
    bool parsed = feel_parse(op, expression, &source.scope, &tree);
    if (str_starts(expected, S("! "))) {
        size_t at;
        struct fault *last = op->faults;
        while (last && last->next)
            last = last->next;
        if (parsed || !str_find(last->text, str_part(expected, 2, expected.n), &at))
            test_failed("src/feel/feel.cases", line, "«%.*s»: %.*s", PS(expression),
                        PS(parsed ? S("no fault") : last->text));
        op_forgive(op, faults);
        return;
    }
    static const struct feel_scope none = {0};
    if (!parsed || !feel_parse(op, expected, &none, &wanted)) {
        test_failed("src/feel/feel.cases", line, "«%.*s» does not parse", PS(expression));
        return;
    }
    struct feel_run run = {.op = op, .value = source_value, .from = &source}, plain = {.op = op};
    feel_value got = feel_eval(&run, tree), want = feel_eval(&plain, wanted);
    if (!feel_same(got, want))
        test_failed("src/feel/feel.cases", line, "«%.*s» gave %.*s, expected %.*s", PS(expression),
                    PS(feel_literal(op, got)),
                    PS(feel_literal(op, want)));
    if (got.kind == FEEL_NULL && run.note_count == 0 && want.kind == FEEL_NULL && !str_eq(expression, S("null")))
        test_failed("src/feel/feel.cases", line, "«%.*s» is null and nothing says why", PS(expression));
}

TEST("the language, case by case: expression, context, result")
{
    str text, line;
    check(file_read(op, S("src/feel/feel.cases"), 1 << 20, &text));
    str block[3];
    int n = 0, number = 0, cases = 0;
    while (text.n) {
        str_split(text, '\n', &line, &text);
        number++;
        if (str_starts(line, S("#")) || (line.n == 0 && n == 0))
            continue;
        block[n++] = line;
        if (n < 3)
            continue;
        struct mark mark = op_mark(op);
        case_run(op, block[0], block[1], block[2], number - 2);
        op_reset(op, mark);
        cases++;
        n = 0;
    }
    check_int(n, 0);
    check(cases > 200);
}

/* The context of the lines that follow, or an expression and its result. */
static void standard_line(struct op *op, str line, int number, str *context)
{
    static const struct feel_scope none = {0};
    struct source source;
    struct feel *tree, *wanted;
    size_t at;
    if (str_starts(line, S("= "))) {
        *context = op_copy(op, str_part(line, 2, line.n));
        return;
    }
    if (!str_find(line, S(" => "), &at) || !source_of(op, *context, &source)) {
        test_failed("src/feel/standard.cases", number, "neither a case nor a context");
        return;
    }
    str expression = str_part(line, 0, at), expected = str_part(line, at + 4, line.n);
    source.scope.open = true;
    int faults = op->fault_count;
    bool parsed = feel_parse(op, expression, &source.scope, &tree), refused = str_eq(expected, S("!"));
    op_forgive(op, faults);
    if (!parsed || refused || !feel_parse(op, expected, &none, &wanted)) {
        if (parsed || !refused)
            test_failed("src/feel/standard.cases", number, "«%.*s» %s", PS(line), parsed ? "parses" : "does not parse");
        return;
    }
    struct feel_run run = {.op = op, .value = source_value, .from = &source}, plain = {.op = op};
    feel_value got = feel_eval(&run, tree), want = feel_eval(&plain, wanted);
    if (!feel_same(got, want))
        test_failed("src/feel/standard.cases", number, "«%.*s» gave %.*s", PS(line), PS(feel_literal(op, got)));
    if (str_eq(expected, S("null")) && run.note_count == 0)
        test_failed("src/feel/standard.cases", number, "«%.*s» is null and nothing says why", PS(line));
}

TEST("the standard, family by family: an expression and what it gives")
{
    str text, line, context = {0};
    check(file_read(op, S("src/feel/standard.cases"), 1 << 20, &text));
    int cases = 0;
    for (int number = 1; text.n; number++) {
        str_split(text, '\n', &line, &text);
        if (line.n == 0 || str_starts(line, S("#"))) {
            context = S("");
            continue;
        }
        struct mark mark = op_mark(op);
        bool keeps = str_starts(line, S("= "));
        standard_line(op, line, number, &context);
        if (!keeps)
            op_reset(op, mark);
        cases++;
    }
    check(cases > 1000);
}

TEST("every built-in function does what its example in the manual says")
{
    size_t count;
    const struct feel_builtin *rows = feel_builtins(&count);
    check(count > 80);
    for (size_t i = 0; i < count; i++) {
        feel_value got = run_text(op, rows[i].example, "{}"), want = run_text(op, rows[i].result, "{}");
        if (!feel_same(got, want))
            test_failed(__FILE__, __LINE__, "%s gave %.*s, the manual says %s", rows[i].example,
                        PS(feel_literal(op, got)), rows[i].result);
    }
}

/* How many arguments one way to call takes; 255: any number. */
static size_t way_takes(str way)
{
    size_t n = way.n > 0, at;
    if (str_ends(way, S("…")))
        return 255;
    for (; str_find(way, S(", "), &at); way = str_part(way, at + 2, way.n))
        n++;
    return n;
}

TEST("a built-in function takes as many arguments as its longest way to be called, and refuses one more")
{
    size_t count;
    const struct feel_builtin *rows = feel_builtins(&count);
    for (size_t i = 0; i < count; i++) {
        str rest = str_z(rows[i].params);
        size_t most = 0, least = 255, at;
        for (bool more = true; more;) {
            more = str_find(rest, S(" | "), &at);
            size_t takes = way_takes(more ? str_part(rest, 0, at) : rest);
            rest = more ? str_part(rest, at + 3, rest.n) : rest;
            most = takes > most ? takes : most;
            least = takes < least ? takes : least;
        }
        if (rows[i].max != most || (least < 255 && rows[i].min > least))
            test_failed(__FILE__, __LINE__, "%s(%s) takes %d to %d", rows[i].name, rows[i].params, rows[i].min,
                        rows[i].max);
    }
}

TEST("a fault names line and character, counted in characters")
{
    struct feel *tree;
    struct feel_note where;
    static const struct feel_scope none = {0};
    check(!feel_parse_at(op, S("1 +\n  \"老鼓庙\" + ）"), &none, false, &tree, &where));
    check_int(where.line, 2);
    check_int(where.column, 11);
    check_str(op->faults->field, S("第2行第11字"));
    op_forgive(op, 0);
}

TEST("ten thousand nested brackets, minuses or lists are a clear fault, not a crash")
{
    static const struct feel_scope none = {0};
    const char *openers[] = {"(", "-", "[", "{a:", "f(", "if ", "for x in ", "@", "not(", "1+(", "x[", "function(x) "};
    for (size_t i = 0; i < COUNT(openers); i++) {
        struct buf b;
        struct feel *tree;
        buf_init(&b, op, 0);
        for (int n = 0; n < 10000; n++)
            buf_add(&b, str_z(openers[i]));
        check(!feel_parse(op, buf_str(&b), &none, &tree));
        check(op->fault_count == 1);
        op_forgive(op, 0);
    }
    struct feel *tree;
    struct buf b;
    buf_init(&b, op, 0);
    for (int n = 0; n < 900; n++)
        buf_add(&b, S("true and "));
    buf_add(&b, S("true"));
    check(feel_parse(op, buf_str(&b), &none, &tree));
    struct feel_run run = {.op = op};
    check(feel_true(feel_eval(&run, tree)));
}

TEST("what would never end, or grow without bound, stops with a note")
{
    static const char *endless[] = {
        "for i in 1..60 return if i = 1 then \"aaaa\" else partial[-1] + partial[-1]",
        "count(for i in 1..100000 return [partial])",
        "flatten(for i in 1..64 return [partial, partial])",
        "string(for i in 1..64 return [partial, partial])",
        "(for i in 1..64 return [partial, partial]) = 1",
        "count(distinct values(for i in 1..1000000 return i))",
        "for i in 1..100000 return matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"(a+)+$\")",
        "for i in 1..64 return {a: partial, b: partial}",
        "{f: function(x) f(x + 1), r: f(1)}.r",
        "for x in 1..1000000000 return x",
        "count(for a in 1..3000, b in 1..3000, c in 1..3000 return 1)"};
    for (size_t i = 0; i < COUNT(endless); i++) {
        struct mark mark = op_mark(op);
        struct feel *tree;
        static const struct feel_scope open = {.open = true};
        struct feel_run run = {.op = op};
        check(feel_parse(op, str_z(endless[i]), &open, &tree));
        feel_eval(&run, tree);
        if (run.note_count == 0)
            test_failed(__FILE__, __LINE__, "%s", endless[i]);
        op_reset(op, mark);
    }
}

TEST("what was stopped at a limit is unknown as a whole, never the value of what was done until then, and takes little memory")
{
    static const char *cut[] = {
        "count(for i in 1..300, k in 1..1000 return 1) > 0",
        "(for i in 1..1000000000 return i) = null",
        "count(for i in 1..190000 return [i, i, i, i, i, i, i, i]) > 0",
        "if count(for a in 1..3000, b in 1..3000, c in 1..3000 return 1) > 5 then true else false",
        "some x in (for i in 1..190000 return [i, i, i, i, i, i, i, i]) satisfies x[1] > 0",
        "(for i in 1..600000 return i) = null or true"};
    static const struct feel_scope none = {0};
    for (size_t i = 0; i < COUNT(cut); i++) {
        struct mark mark = op_mark(op);
        size_t before = op->bytes;
        struct feel *tree;
        struct feel_run run = {.op = op};
        check(feel_parse(op, str_z(cut[i]), &none, &tree));
        if (!feel_is_null(feel_eval(&run, tree)) || !run.stopped || run.note_count == 0 || op->bytes - before > 2 * (size_t)FEEL_BYTES_MAX)
            test_failed(__FILE__, __LINE__, "%s: %zu bytes", cut[i], op->bytes - before);
        check(feel_is_null(feel_eval(&run, tree)) && run.stopped); /* again: as the first time */
        op_reset(op, mark);
    }
    struct feel *tree;
    struct feel_run run = {.op = op};
    check(feel_parse(op, S("count(for i in 1..190000 return i) = 190000"), &none, &tree) && feel_true(feel_eval(&run, tree)) && !run.stopped);
}

TEST("unary tests: a cell of a decision table against its input")
{
    static const struct {
        const char *cell, *input;
        int truth; /* 1 yes, 0 no, -1 unknown */
    } rows[] = {{"-", "1", 1}, {"-", "null", 1}, {"> 5", "6", 1}, {"> 5", "5", 0}, {"> 5", "null", -1},
                {"1, 2, > 8", "9", 1},
                {"not(1, 2)", "3", 1}, {"not(1, 2)", "2", 0}, {"[1..5)", "5", 0}, {"\"低保\", \"特困\"", "\"特困\"", 1},
                {"\"低保\"", "null", 0}, {"null", "null", 1}, {"? > 3 and ? < 9", "5", 1}, {"count(?) = 2", "[1, 2]", 1},
                {"true", "false", 0},
                {"false", "false", 1}, {"[1, 2]", "2", 1}, {"[1, 2]", "[1, 2]", 1},
                {"@\"2021-12-03\"", "@\"2021-12-03\"", 1},
                {"< @\"2021-12-03\"", "@\"2021-12-02\"", 1}, {"not(null)", "null", 0},
                {"starts with(?, \"15\")", "\"1505\"", 1}};
    static const struct feel_scope none = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct feel *cell;
        struct feel_run run = {.op = op};
        check(feel_parse_tests(op, str_z(rows[i].cell), &none, &cell));
        feel_value v = feel_test(&run, cell, run_text(op, rows[i].input, "{}"));
        int truth = v.kind == FEEL_BOOL ? v.truth : -1;
        if (truth != rows[i].truth)
            test_failed(__FILE__, __LINE__, "cell «%s» on %s gave %d", rows[i].cell, rows[i].input, truth);
    }
}

TEST("an unknown name in a cell matches nothing, even where the input is missing")
{
    static const struct feel_scope open = {.open = true};
    struct feel *cell;
    struct feel_run run = {.op = op};
    check(feel_parse_tests(op, S("低保"), &open, &cell));
    check(!feel_true(feel_test(&run, cell, feel_null())) && run.note_count == 1);
    check_str(run.notes->text, S("没有「低保」这一项"));
}

TEST("the names an expression uses are told, each once")
{
    static const struct feel_name names[] = {{SC("年龄"), NULL}, {SC("收入"), NULL}, {SC("户籍 类别"), NULL}};
    struct feel_scope scope = {.names = names, .count = COUNT(names)};
    struct feel *tree;
    const int *used;
    size_t count;
    check(feel_parse(op, S("户籍 类别 = \"本镇\" and 年龄 > 60 or 年龄 < 3"), &scope, &tree));
    feel_names(op, tree, &used, &count);
    check(count == 2 && used[0] == 0 && used[1] == 2);
}

TEST("what a value writes as a literal reads back equal")
{
    static const char *literals[] = {"1.5", "\"a\\\"b\\\\c\"", "[1, [2, null]]", "{a: 1, \"b c\": {d: true}}",
                                     "@\"2021-12-03\"",
                                     "@\"08:30:00.5+08:00\"", "@\"2021-12-03T08:30:00@Asia/Shanghai\"",
                                     "@\"-P1DT2H3M4.000000005S\"",
                                     "@\"P0M\"", "@\"PT0S\"", "@\"-P13M\"", "[1..5)", "(> 3)", "@\"-0099-01-01\"",
                                     "@\"999999999-12-31\""};
    for (size_t i = 0; i < COUNT(literals); i++) {
        feel_value v = run_text(op, literals[i], "{}");
        str again = feel_literal(op, v);
        if (!feel_same(v, run_text(op, again.p, "{}")))
            test_failed(__FILE__, __LINE__, "%s became %.*s", literals[i], PS(again));
    }
}

TEST("JSON goes in by type and comes out the same")
{
    static const struct feel_field fields[] = {{SC("生日"), &feel_date}, {SC("金额"), &feel_number}};
    static const struct feel_type person = {.kind = FEEL_CONTEXT, .fields = fields, .field_count = COUNT(fields)};
    struct json *json;
    feel_value v;
    str text = S("{\"生日\":\"1961-12-07\",\"金额\":1234567890.12,\"标签\":[\"低保\",null,true]}");
    check(json_parse(op, text, &json) && feel_from_json(op, json, &person, &v));
    check(feel_get(v, S("生日")).kind == FEEL_DATE && feel_get(v, S("标签")).count == 3);
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    feel_to_json(op, &w, v);
    check_str(buf_str(&b), text);
    check(json_parse(op, S("{\"生日\":\"1961-13-07\"}"), &json) && !feel_from_json(op, json, &person, &v));
    op_forgive(op, 0);
}

TEST("names: what may be one")
{
    static const char *good[] = {"年龄", "户籍 类别", "人均-年收入", "a.b", "x1", "_y", "年龄（周岁）", "O'Neil"};
    static const char *bad[] = {"", " a", "a ", "a  b", "1a", "if", "a and b", "a=b", "a(b)", "\"a\""};
    for (size_t i = 0; i < COUNT(good); i++)
        check(feel_name_valid(str_z(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        check(!feel_name_valid(str_z(bad[i])));
}

TEST("zones: summer time begins and ends, and later years follow the rule")
{
    feel_value v;
    static const struct {
        const char *text;
        int hours;
    } rows[] = {{"2018-03-25T01:59:59@Europe/Paris", 1}, {"2018-03-25T03:00:00@Europe/Paris", 2},
                {"2018-10-28T02:30:00@Europe/Paris", 2},
                {"2018-10-28T03:00:00@Europe/Paris", 1}, {"2150-07-01T12:00:00@Europe/Paris", 2},
                {"2150-01-01T12:00:00@Australia/Melbourne", 11},
                {"2021-12-06T09:00:00@Asia/Shanghai", 8}, {"2021-12-06T09:00:00@Etc/UTC", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(feel_date_time_parse(op, str_z(rows[i].text), &v));
        feel_value offset = run_text(op, op_text(op, "@\"%s\".time offset", rows[i].text).p, "{}");
        check_int(offset.seconds, rows[i].hours * 3600);
    }
    check(!feel_date_time_parse(op, S("2021-12-06T09:00:00@../../etc/passwd"), &v));
    check(!feel_date_time_parse(op, S("2021-12-06T09:00:00@No/Where"), &v));
    check_int(op->fault_count, 0);
}

TEST("before anything runs, an expression tells its type and what in it can only be null")
{
    static const struct feel_field person[] = {{SC("姓名"), &feel_text}, {SC("年龄"), &feel_number}};
    static const struct feel_type person_type = {.kind = FEEL_CONTEXT, .fields = person, .field_count = COUNT(person)};
    static const struct feel_type people = {.kind = FEEL_LIST, .of = &person_type};
    static const struct feel_name names[] = {{SC("年龄"), &feel_number}, {SC("姓名"), &feel_text},
                                             {SC("出生日期"), &feel_date}, {SC("成员"), &people}};
    static const struct feel_scope scope = {.names = names, .count = COUNT(names)};
    static const struct {
        const char *text, *type, *note; /* part of the first note; "" for none */
    } rows[] = {{"年龄 + 1", "number", ""}, {"年龄 = \"60\"", "boolean", "数与文字不能比较"}, {"姓名 + 1", "Any", "不能这样计算"},
                {"today() - 出生日期", "days and time duration", ""}, {"成员[年龄 > 60].姓名", "list<string>", ""},
                {"成员.性别", "list", "没有「性别」"},
                {"年龄 and true", "boolean", "应是条件"}, {"substring(年龄, 1)", "string", "第1个参数不能是数"},
                {"count(1, 2)", "number", "参数个数"},
                {"出生日期 < @\"2021-12-03T00:00:00\"", "boolean", ""}, {"if 年龄 > 3 then 1 else null", "number", ""},
                {"for p in 成员 return p.年龄", "list<number>", ""},
                {"substring(strin: 姓名, start position: 1)", "string", "参数名应是"},
                {"姓名 in (\"张三\", 1)", "boolean", "不能比较"}, {"[1..\"a\"]", "range", "不能比较"},
                {"出生日期.hour", "Any", "没有「hour」"},
                {"max(成员.年龄) > \"a\"", "boolean", "不能比较"}, {"年龄(1)", "Any", "不是函数"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct feel *tree;
        struct feel_note *notes = NULL;
        check(feel_parse(op, str_z(rows[i].text), &scope, &tree));
        str type = feel_type_text(op, feel_check(op, tree, &notes)), note = notes ? notes->text : S("");
        size_t at;
        if (!str_eq(type, str_z(rows[i].type)) || !str_find(note, str_z(rows[i].note), &at) ||
            (!rows[i].note[0] && notes))
            test_failed(__FILE__, __LINE__, "«%s» is %.*s with note «%.*s»", rows[i].text, PS(type), PS(note));
    }
    struct feel *cell;
    struct feel_note *notes = NULL;
    check(feel_parse_tests(op, S("> 5, \"低保\""), &scope, &cell));
    feel_check_tests(op, cell, &feel_number, &notes);
    check(notes && notes->column == 6 && !notes->next);
}

TEST("what nests in a bad way is still parsed, checked and turned into SQL at once")
{
    static const struct feel_name names[] = {{SC("a"), &feel_number}};
    static const struct feel_scope scope = {.names = names, .count = 1};
    static const char *shapes[][3] = {
        {"max(", "1", ")"},        {"1 in (", "1", "..2)"}, {"(a between ", "1", " and 2)"},
        {"(", "a", " in (1, 2))"}, {"not(", "a = 1", ")"},  {"[", "1", "..2]"}};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct buf b;
        struct feel *tree;
        struct feel_note *notes;
        struct feel_sql sql;
        buf_init(&b, op, 0);
        for (int n = 0; n < 60; n++)
            buf_add(&b, str_z(shapes[i][0]));
        buf_add(&b, str_z(shapes[i][1]));
        for (int n = 0; n < 60; n++)
            buf_add(&b, str_z(shapes[i][2]));
        struct feel_sql_map none = {.column = no_column};
        struct feel_run run = {.op = op};
        if (!feel_parse(op, buf_str(&b), &scope, &tree))
            continue; /* refused at once is as good */
        feel_check(op, tree, &notes);
        feel_sql(op, tree, &none, 1, &sql);
        feel_eval(&run, tree);
    }
    op_forgive(op, 0);
}

TEST("a function that calls itself inside many brackets runs out of depth, not of stack")
{
    static const struct feel_scope open = {.open = true};
    struct buf b;
    struct feel *tree;
    buf_init(&b, op, 0);
    buf_add(&b, S("{f: function(x) "));
    for (int i = 0; i < 90; i++)
        buf_byte(&b, '[');
    buf_add(&b, S("f(x + 1)"));
    for (int i = 0; i < 90; i++)
        buf_byte(&b, ']');
    buf_add(&b, S(", r: f(1)}.r"));
    check(feel_parse(op, buf_str(&b), &open, &tree));
    struct feel_run run = {.op = op};
    feel_eval(&run, tree);
    check(run.note_count > 0);
}

static feel_value run_b_feel(struct op *op, const char *expression, struct feel_run *run)
{
    static const struct feel_scope scope = {.open = true, .b_feel = true};
    struct feel *tree;
    *run = (struct feel_run){.op = op};
    if (feel_parse(op, str_z(expression), &scope, &tree))
        return feel_eval(run, tree);
    test_failed(__FILE__, __LINE__, "«%s» does not parse", expression);
    return feel_null();
}

TEST("in B-FEEL an error is the neutral value of its kind, truth has two values, and what was wrong is still said")
{
    static const char *const rows[][2] = {/* truth */
                                          {"\"a\" = 1", "false"},
                                          {"\"a\" != 1", "true"},
                                          {"\"a\" < 1", "false"},
                                          {"\"a\" <= null", "false"},
                                          {"\"a\" > 1", "false"},
                                          {"null >= 1", "false"},
                                          {"null = null", "true"},
                                          {"null != null", "false"},
                                          {"not(\"a\")", "false"},
                                          {"not(null)", "false"},
                                          {"true and \"x\"", "false"},
                                          {"\"x\" and true", "false"},
                                          {"false or \"x\"", "false"},
                                          {"null or true", "true"},
                                          {"null and null", "false"},
                                          {"\"a\" in [1..100]", "false"},
                                          {"\"a\" in (> 5)", "false"},
                                          {"null in (1, 2)", "false"},
                                          {"null between 1 and 100", "false"},
                                          {"some x in [1, \"a\"] satisfies x > 3", "false"},
                                          {"every x in [1, \"a\"] satisfies x < 3", "false"},
                                          {"some x in null satisfies true", "false"},
                                          {"if \"a\" > 1 then 1 else 2", "2"},
                                          /* functions */
                                          {"matches(\"bad pattern\", \"[0-9\")", "false"},
                                          {"before(date(\"2021-01-01\"), null)", "false"},
                                          {"all(true, \"x\", true)", "false"},
                                          {"any(null)", "false"},
                                          {"any([\"x\", true])", "true"},
                                          {"contains(1, \"a\")", "false"},
                                          {"decimal(\"a\", 0)", "0"},
                                          {"round up(\"5.5\", 0)", "0"},
                                          {"string length(22)", "0"},
                                          {"day of year(\"a\")", "0"},
                                          {"count([1, null, 3])", "3"},
                                          {"sum([1, null, 3])", "4"},
                                          {"sum([1, \"1\", 3])", "4"},
                                          {"sum([])", "0"},
                                          {"mean([\"a\"])", "0"},
                                          {"mean([1, \"a\", 3])", "2"},
                                          {"median([\"a\", 1, 3])", "2"},
                                          {"lower case(12)", "\"\""},
                                          {"string(null)", "\"\""},
                                          {"day of week(\"a\")", "\"\""},
                                          {"substring(\"a\", \"z\")", "\"\""},
                                          {"time(\"a\")", "@\"00:00:00Z\""},
                                          {"date(null)", "@\"1970-01-01\""},
                                          {"date(2021, 13, 1)", "@\"1970-01-01\""},
                                          {"date and time(\"x\")", "@\"1970-01-01T00:00:00\""},
                                          {"duration(\"a\")", "@\"P0M\""},
                                          {"years and months duration(null, null)", "@\"P0M\""},
                                          {"split(\"abc\", 22)", "[]"},
                                          {"mode([null, null, null, 1, 1, 2])", "[1]"},
                                          {"range(\"[x]\")", "(0..0)"},
                                          {"number(\"test\")", "0"},
                                          {"number(\"1 2 3\")", "0"},
                                          {"number(\"1.1\")", "1.1"},
                                          {"number(\"1 234 000\", \" \", null)", "1234000"},
                                          {"substring(text: \"abc\", start position: 1)", "\"\""},
                                          {"sqrt(-1)", "0"},
                                          {"get value({a: 1}, \"b\")", "null"},
                                          /* arithmetic: the kind that ranks higher decides */
                                          {"5 + \" minutes\"", "\"5 minutes\""},
                                          {"\"This is \" + null", "\"This is \""},
                                          {"\"a\" - 1", "\"\""},
                                          {"\"on \" + date(\"2021-01-01\")", "\"on 2021-01-01\""},
                                          {"1 + null", "1"},
                                          {"null + 1", "1"},
                                          {"null - 6", "-6"},
                                          {"date(\"2021-01-01\") + 7", "7"},
                                          {"duration(\"PT2S\") + 1", "3"},
                                          {"1 + duration(\"P1Y\")", "13"},
                                          {"date(\"2021-01-01\") + null", "@\"2021-01-01\""},
                                          {"22 * \"a\"", "0"},
                                          {"duration(\"P1Y\") * null", "@\"P0M\""},
                                          {"duration(\"PT1H\") * duration(\"PT1H\")", "@\"PT0S\""},
                                          {"duration(\"P1M\") * duration(\"PT2S\")", "@\"P2M\""},
                                          {"null / 22", "0"},
                                          {"22 / null", "0"},
                                          {"1 / 0", "0"},
                                          {"duration(\"PT1H\") / 0", "@\"PT0S\""},
                                          {"12 / duration(\"P6M\")", "2"},
                                          {"\"a\" ** 2", "0"},
                                          {"0 ** -1", "0"},
                                          {"-\"a\"", "0"},
                                          {"null + null", "null"},
                                          /* lists */
                                          {"null[item > 1]", "[]"},
                                          {"[1, \"a\", 3][item > 1]", "[3]"},
                                          {"for x in null return x", "[]"},
                                          /* null still means missing */
                                          {"[1, 2][5]", "null"},
                                          {"{a: 1}.b", "null"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct feel_run run;
        feel_value got = run_b_feel(op, rows[i][0], &run), want = run_text(op, rows[i][1], "{}");
        if (!feel_same(got, want))
            test_failed(__FILE__, __LINE__, "%s gave %.*s, B-FEEL says %s", rows[i][0], PS(feel_literal(op, got)),
                        rows[i][1]);
        feel_value plain = run_text(op, rows[i][0], "{}");
        if (!feel_same(plain, got) && run.note_count == 0)
            test_failed(__FILE__, __LINE__, "%s is neutral and nothing says why", rows[i][0]);
    }
}

TEST("B-FEEL gives whatever FEEL gives without an error")
{
    size_t count;
    const struct feel_builtin *rows = feel_builtins(&count);
    for (size_t i = 0; i < count; i++) {
        struct feel_run run;
        feel_value got = run_b_feel(op, rows[i].example, &run), want = run_text(op, rows[i].result, "{}");
        if (!feel_same(got, want) || run.note_count)
            test_failed(__FILE__, __LINE__, "%s gave %.*s in B-FEEL", rows[i].example, PS(feel_literal(op, got)));
    }
}
