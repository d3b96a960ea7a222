#include "base/test.h"
#include "feel/tree.h"
#include "feel/vector.h"

/* A small town: households with persons, values missing here and there. */
enum { HOUSEHOLDS = 300, PERSONS = 900 };

struct small_town {
    int32_t age[PERSONS];
    int64_t income[PERSONS];
    uint8_t disabled[PERSONS];
    uint8_t kind[HOUSEHOLDS];
    int32_t area[HOUSEHOLDS], built[HOUSEHOLDS];
    uint8_t local[HOUSEHOLDS];
    uint32_t first[HOUSEHOLDS + 1];
    struct feel_vector person[3], household[5];
    struct feel_rows persons, households;
};

static const str kinds[] = {SC("低保"), SC("特困"), SC("一般")};

static struct small_town *small_town(struct op *op)
{
    struct small_town *t = op_new(op, struct small_town);
    for (size_t i = 0; i < PERSONS; i++) {
        t->age[i] = op_random(op) % 9 ? (int32_t)(op_random(op) % 100) : INT32_MIN;
        t->income[i] = op_random(op) % 9 ? (int64_t)(op_random(op) % 1000000) - 2000 : INT64_MIN;
        t->disabled[i] = op_random(op) % 3;
    }
    for (size_t i = 0; i < HOUSEHOLDS; i++) {
        t->kind[i] = op_random(op) % 4;
        t->local[i] = op_random(op) % 3;
        t->area[i] = op_random(op) % 9 ? (int32_t)(op_random(op) % 2000) : INT32_MIN;
        t->built[i] = op_random(op) % 9 ? (int32_t)(op_random(op) % 20000) : INT32_MIN;
        t->first[i + 1] = t->first[i] + (uint32_t)(op_random(op) % 6);
        t->first[i + 1] = t->first[i + 1] > PERSONS ? PERSONS : t->first[i + 1];
    }
    struct feel_vector person[] = {
        {.kind = FEEL_VECTOR_NUMBER, .name = S("年龄"), .width = 4, .nulls = true, .values = t->age},
        {.kind = FEEL_VECTOR_NUMBER, .name = S("收入"), .width = 8, .scale = 2, .nulls = true, .values = t->income},
        {.kind = FEEL_VECTOR_BOOL, .name = S("残疾"), .width = 1, .nulls = true, .values = t->disabled}};
    memcpy(t->person, person, sizeof person);
    t->persons = (struct feel_rows){t->person, COUNT(person), PERSONS};
    struct feel_vector household[] = {
        {.kind = FEEL_VECTOR_TEXT,
         .name = S("类别"),
         .width = 1,
         .nulls = true,
         .values = t->kind,
         .texts = kinds,
         .text_count = COUNT(kinds)},
        {.kind = FEEL_VECTOR_BOOL, .name = S("本地"), .width = 1, .nulls = true, .values = t->local},
        {.kind = FEEL_VECTOR_NUMBER, .name = S("面积"), .width = 4, .scale = 1, .nulls = true, .values = t->area},
        {.kind = FEEL_VECTOR_DAY, .name = S("建成"), .width = 4, .nulls = true, .values = t->built},
        {.kind = FEEL_VECTOR_MEMBERS, .name = S("成员"), .members = &t->persons, .first = t->first}};
    memcpy(t->household, household, sizeof household);
    t->households = (struct feel_rows){t->household, COUNT(household), HOUSEHOLDS};
    return t;
}

static const struct feel_field person_fields[] = {
    {SC("年龄"), &feel_number}, {SC("收入"), &feel_number}, {SC("残疾"), &feel_bool}};
static const struct feel_type person_type = {.kind = FEEL_CONTEXT, .fields = person_fields, .field_count = 3},
                              persons_type = {.kind = FEEL_LIST, .of = &person_type};
static const struct feel_name names[] = {{SC("类别"), &feel_text}, {SC("本地"), &feel_bool}, {SC("面积"), &feel_number},
                                         {SC("建成"), &feel_date}, {SC("成员"), &persons_type}};

struct at {
    struct op *op;
    const struct small_town *town;
    size_t row;
};

static feel_value value_at(void *from, int name)
{
    struct at *at = from;
    return feel_vector_value(at->op, &at->town->household[name], at->row);
}

static const char *pick(struct op *op, const char *const *from, size_t count)
{
    return from[op_random(op) % count];
}
#define PICK(list) pick(op, list, COUNT(list))

static const char *number_text(struct op *op, int depth);

static const char *truth_text(struct op *op, int depth, bool inside)
{
    static const char *const relations[] = {"=", "!=", "<", "<=", ">", ">="};
    static const char *const inner[] = {"年龄 >= 60", "年龄 = null", "收入 between 10 and 5000.005",
                                        "残疾",       "残疾 = true", "年龄 in ([18..60), 65)",
                                        "收入 < 0"};
    static const char *const outer[] = {"本地",
                                        "类别 = \"低保\"",
                                        "类别 in (\"低保\", \"特困\")",
                                        "类别 != null",
                                        "建成 < date(\"2000-01-01\")",
                                        "建成 in [@\"1980-01-01\"..@\"1999-12-31\"]",
                                        "类别 < \"特困\"",
                                        "面积 = 60.55",
                                        "\"没有\" = 类别"};
    if (depth > 2)
        return inside ? PICK(inner) : PICK(outer);
    switch (op_random(op) % (inside ? 5 : 8)) {
    case 0:
        return op_text(op, "(%s and %s)", truth_text(op, depth + 1, inside), truth_text(op, depth + 1, inside)).p;
    case 1:
        return op_text(op, "(%s or %s)", truth_text(op, depth + 1, inside), truth_text(op, depth + 1, inside)).p;
    case 2:
        return op_text(op, "not(%s)", truth_text(op, depth + 1, inside)).p;
    case 5:
        return op_text(op, "(%s %s %s)", number_text(op, depth + 1), PICK(relations), number_text(op, depth + 1)).p;
    case 6:
        return op_text(op, "(some p in 成员 satisfies p.年龄 %s 60)", PICK(relations)).p;
    case 7:
        return op_text(op, "(every p in 成员 satisfies p.残疾 or p.收入 %s 300.5)", PICK(relations)).p;
    }
    return inside ? PICK(inner) : PICK(outer);
}

static const char *number_text(struct op *op, int depth)
{
    static const char *const leaves[] = {"面积",
                                         "60",
                                         "12.345",
                                         "-3",
                                         "count(成员)",
                                         "sum(成员.收入)",
                                         "min(成员.年龄)",
                                         "max(成员.收入)",
                                         "建成.year",
                                         "建成.month",
                                         "建成.day",
                                         "years and months duration(建成, @\"1999-02-28\").years",
                                         "today().year - 建成.year",
                                         "years and months duration(@\"1985-05-31\", 建成).months",
                                         "成员[1].收入"};
    if (depth > 2)
        return PICK(leaves);
    switch (op_random(op) % 6) {
    case 0:
        return op_text(op, "(%s + %s)", number_text(op, depth + 1), number_text(op, depth + 1)).p;
    case 1:
        return op_text(op, "(%s - %s)", number_text(op, depth + 1), number_text(op, depth + 1)).p;
    case 2:
        return op_text(op, "(%s * 1.5)", number_text(op, depth + 1)).p;
    case 3:
        if (op_random(op) % 3 == 0)
            return op_text(op, "(if %s then %s else null)", truth_text(op, depth + 1, false),
                           number_text(op, depth + 1))
                .p;
        return op_text(op, "(if %s then %s else %s)", truth_text(op, depth + 1, false), number_text(op, depth + 1),
                       number_text(op, depth + 1))
            .p;
    case 4:
        return op_text(op, "count(成员[%s])", truth_text(op, depth + 1, true)).p;
    default:
        return op_text(op, "sum(成员[%s].收入)", truth_text(op, depth + 1, true)).p;
    }
}

static const char *word_text(struct op *op, int depth)
{
    static const char *const leaves[] = {"类别", "\"一般\"", "\"别的\"", "if 类别 = null then \"未知\" else 类别"};
    if (depth > 2)
        return PICK(leaves);
    return op_text(op, "(if %s then %s else %s)", truth_text(op, depth + 1, false), word_text(op, depth + 1),
                   op_random(op) % 4 ? word_text(op, depth + 1) : "null").p;
}

static feel_value as_value(const struct feel_program *p, int64_t whole)
{
    size_t count;
    if (whole == FEEL_VECTOR_NULL)
        return feel_null();
    if (feel_program_kind(p) == FEEL_VECTOR_TEXT)
        return feel_of_text(feel_program_texts(p, &count)[whole - 1]);
    return feel_cut_sample(whole, feel_program_kind(p), feel_program_scale(p));
}

static bool differs(struct op *op, const struct small_town *t, const struct feel *tree, const struct feel_program *p)
{
    int64_t *scratch = op_array(op, int64_t, feel_program_scratch(p));
    for (size_t from = 0; from < HOUSEHOLDS; from += 77) {
        size_t count = HOUSEHOLDS - from < 77 ? HOUSEHOLDS - from : 77;
        const int64_t *got = feel_program_run(p, from, count, scratch);
        for (size_t i = 0; i < count; i++) {
            struct mark mark = op_mark(op);
            struct at at = {op, t, from + i};
            struct feel_run run = {.op = op, .value = value_at, .from = &at};
            feel_value row = feel_eval(&run, tree);
            bool same = feel_same(row, as_value(p, got[i]));
            if (!same)
                test_failed(__FILE__, __LINE__, "row %zu of %.*s: rows give %.*s, columns %.*s", from + i,
                            PS(feel_source(tree)), PS(feel_literal(op, row)),
                            PS(feel_literal(op, as_value(p, got[i]))));
            op_reset(op, mark);
            if (!same)
                return true;
        }
    }
    return false;
}

TEST("whole columns and single rows give the same answer to random expressions, missing values and household members "
     "included")
{
    static const struct feel_scope scope = {.names = names, .count = COUNT(names)};
    struct small_town *t = small_town(op);
    int compiled = 0;
    for (int round = 0; round < 2000; round++) {
        struct mark mark = op_mark(op);
        struct feel *tree;
        struct feel_program *p;
        str reason, text = str_z(round % 3 == 0   ? truth_text(op, 0, false)
                                        : round % 3 == 1 ? number_text(op, 0)
                                                         : word_text(op, 0));
        if (!feel_parse(op, text, &scope, &tree)) {
            test_failed(__FILE__, __LINE__, "%.*s does not parse: %.*s", PS(text), PS(op->faults->text));
            return;
        }
        if (feel_compile(op, tree, &t->households, &p, &reason)) {
            compiled++;
            if (differs(op, t, tree, p))
                return;
        }
        op_reset(op, mark);
    }
    check(compiled > 1500);
}

TEST("what columns cannot say exactly is declined with the place and the reason")
{
    static const struct feel_scope scope = {.names = names, .count = COUNT(names)};
    static const char *const texts[] = {"面积 / 3 > 2",
                                        "string(面积)",
                                        "substring(类别, 1)",
                                        "count(成员[面积 > 1])",
                                        "成员[2].年龄 > 3",
                                        "建成.weekday",
                                        "for p in 成员 return p.年龄",
                                        "面积 * 面积 * 面积 * 面积 * 面积 * 面积 > 1"};
    struct small_town *t = small_town(op);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct feel *tree;
        struct feel_program *p;
        str reason;
        check(feel_parse(op, str_z(texts[i]), &scope, &tree));
        if (feel_compile(op, tree, &t->households, &p, &reason))
            test_failed(__FILE__, __LINE__, "%s should be declined", texts[i]);
        check(str_starts(reason, S("第")));
    }
}

TEST("ages that a whole population is given on one day are those that each would be given alone, on every birthday there is")
{
    static const char *const days[] = {"2024-02-29", "2023-02-28", "2021-01-31", "2000-03-01", "1900-03-01", "2026-12-31"};
    static const struct feel_name born[] = {{SC("出生"), &feel_date}};
    static const struct feel_scope scope = {.names = born, .count = 1};
    enum { BEFORE = 132 * 366, AFTER = 800, N = BEFORE + AFTER };
    int64_t *values = op_array(op, int64_t, N);
    struct feel_vector column = {
        .kind = FEEL_VECTOR_DAY, .name = S("出生"), .width = sizeof *values, .nulls = true, .values = values};
    struct feel_rows rows = {&column, 1, N};
    for (size_t k = 0; k < COUNT(days); k++) {
        struct feel *tree;
        struct feel_program *p;
        str reason;
        day to;
        check(day_parse(str_z(days[k]), &to));
        for (size_t i = 0; i < N; i++)
            values[i] = to - BEFORE + (int64_t)i;
        check(feel_parse(op, op_text(op, "years and months duration(出生, date(\"%s\")).years", days[k]), &scope, &tree));
        check(feel_compile(op, tree, &rows, &p, &reason));
        int64_t *scratch = op_array(op, int64_t, feel_program_scratch(p));
        for (size_t from = 0; from < N; from += FEEL_CHUNK) {
            size_t count = N - from < FEEL_CHUNK ? N - from : FEEL_CHUNK;
            const int64_t *got = feel_program_run(p, from, count, scratch);
            for (size_t i = 0; i < count; i++) {
                feel_value a = {.kind = FEEL_DATE, .day = values[from + i]}, b = {.kind = FEEL_DATE, .day = to};
                int64_t months;
                check(feel_months_between(a, b, &months));
                check(got[i] == months / 12);
            }
        }
    }
}
