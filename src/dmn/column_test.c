#include "base/test.h"
#include "base/xml.h"
#include "dmn/column.h"

#define BEGIN "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" namespace=\"urn:a\" name=\"政策\""
#define HEAD BEGIN ">"

enum { ROWS = 6000, MEMBERS = 9000 };

/* Columns of a population with values missing here and there. */
struct population {
    int32_t age[ROWS];
    int64_t income[ROWS];
    uint8_t kind[ROWS], local[ROWS];
    int32_t group[ROWS];
    uint32_t first[ROWS + 1];
    int32_t member_age[MEMBERS];
    struct feel_vector columns[6], member;
    struct feel_rows members, rows;
};

static struct population *population(struct op *op, bool nulls)
{
    static const str kinds[] = {SC("低保"), SC("特困"), SC("一般")}, groups[] = {SC("一组"), SC("二组")};
    struct population *p = op_new(op, struct population);
    for (size_t i = 0; i < ROWS; i++) {
        p->age[i] = nulls && op_random(op) % 7 == 0 ? INT32_MIN : (int32_t)(op_random(op) % 8);
        p->income[i] = nulls && op_random(op) % 7 == 0 ? INT64_MIN : (int64_t)(op_random(op) % 800);
        p->kind[i] = (uint8_t)(nulls ? op_random(op) % 4 : 1 + op_random(op) % 3);
        p->local[i] = (uint8_t)(nulls ? op_random(op) % 3 : 1 + op_random(op) % 2);
        p->group[i] = (int32_t)(1 + op_random(op) % 2);
        p->first[i + 1] = p->first[i] + (uint32_t)(op_random(op) % 3);
        p->first[i + 1] = p->first[i + 1] > MEMBERS ? MEMBERS : p->first[i + 1];
    }
    for (size_t i = 0; i < MEMBERS; i++)
        p->member_age[i] = (int32_t)(op_random(op) % 100);
    p->member = (struct feel_vector){.kind = FEEL_VECTOR_NUMBER, .name = S("岁数"), .width = 4, .values = p->member_age};
    p->members = (struct feel_rows){&p->member, 1, MEMBERS};
    struct feel_vector columns[] = {
        {.kind = FEEL_VECTOR_NUMBER, .name = S("年龄"), .width = 4, .nulls = nulls, .values = p->age},
        {.kind = FEEL_VECTOR_NUMBER, .name = S("收入"), .width = 8, .scale = 2, .nulls = nulls, .values = p->income},
        {.kind = FEEL_VECTOR_TEXT,
         .name = S("类别"),
         .width = 1,
         .nulls = nulls,
         .values = p->kind,
         .texts = kinds,
         .text_count = COUNT(kinds)},
        {.kind = FEEL_VECTOR_BOOL, .name = S("本地"), .width = 1, .nulls = nulls, .values = p->local},
        {.kind = FEEL_VECTOR_TEXT,
         .name = S("组"),
         .width = 4,
         .values = p->group,
         .texts = groups,
         .text_count = COUNT(groups)},
        {.kind = FEEL_VECTOR_MEMBERS, .name = S("成员"), .members = &p->members, .first = p->first}};
    memcpy(p->columns, columns, sizeof columns);
    p->rows = (struct feel_rows){p->columns, COUNT(columns), ROWS};
    return p;
}

static const char inputs[] =
    "<itemDefinition name=\"人\"><itemComponent name=\"岁数\"><typeRef>number</typeRef></itemComponent></itemDefinition>"
    "<itemDefinition name=\"人们\" isCollection=\"true\"><typeRef>人</typeRef></itemDefinition>"
    "<inputData id=\"i1\" name=\"年龄\"><variable name=\"年龄\" typeRef=\"number\"/></inputData>"
    "<inputData id=\"i2\" name=\"收入\"><variable name=\"收入\" typeRef=\"number\"/></inputData>"
    "<inputData id=\"i3\" name=\"类别\"><variable name=\"类别\" typeRef=\"string\"/></inputData>"
    "<inputData id=\"i4\" name=\"本地\"><variable name=\"本地\" typeRef=\"boolean\"/></inputData>"
    "<inputData id=\"i5\" name=\"组\"><variable name=\"组\" typeRef=\"string\"/></inputData>"
    "<inputData id=\"i6\" name=\"成员\"><variable name=\"成员\" typeRef=\"人们\"/></inputData>";

static const char *pick(struct op *op, const char *const *from, size_t count)
{
    return from[op_random(op) % count];
}
#define PICK(list) pick(op, list, COUNT(list))

static void escaped(struct buf *b, const char *tag, const char *text)
{
    buf_text(b, "<%s><text>", tag);
    xtree_escape(b, str_z(text));
    buf_text(b, "</text></%s>", tag);
}

/* A random table over random columns; `odd` lets in cells that only the row executor can do. */
static str random_model(struct op *op, const char *policy, int rules, bool odd, bool b_feel)
{
    static const struct {
        const char *expression, *type, *values;
        const char *cells[9];
    } columns[] = {
        {"年龄", "number", "", {"-", "< 3", ">= 3", "[2..5)", "4", "not(4)", "1, 2", "> 5.5", "null"}},
        {"收入", "number", "[0..7]", {"-", "< 3.01", ">= 3.01", "[2.5..5.25]", "4.1", "<= 0", "> 6", "-", "not(> 2)"}},
        {"类别",
         "string",
         "",
         {"-", "\"低保\"", "\"特困\",\"低保\"", "not(\"低保\")", "\"一般\"", "-", "not(\"一般\",\"特困\")", "null",
          "\"火星\""}},
        {"本地", "boolean", "", {"-", "true", "false", "-", "true", "not(true)", "-", "-", "-"}},
        {"组", "string", "\"一组\",\"二组\"", {"-", "\"一组\"", "\"二组\"", "-", "-", "-", "-", "-", "-"}},
        {"count(成员[岁数 >= 60])", "number", "", {"-", "0", "> 0", "1", "-", "-", "> 1", "-", "-"}},
        {"收入 * 2 + 年龄", "number", "", {"-", "> 7.5", "<= 7.5", "[1..3]", "-", "-", "< 0", "-", "-"}},
    };
    static const char *const outputs[] = {"1", "2.5", "3", "2.5"};
    struct buf b;
    size_t used[3], count = 1 + op_random(op) % 3;
    buf_init(&b, op, 0);
    buf_text(&b, BEGIN " %s>%s<decision id=\"d\" name=\"资格\"><variable name=\"资格\"/>",
             b_feel ? "expressionLanguage=\"https://www.omg.org/spec/DMN/20240513/B-FEEL/\"" : "", inputs);
    for (int i = 1; i <= 6; i++)
        buf_text(&b, "<informationRequirement><requiredInput href=\"#i%d\"/></informationRequirement>", i);
    buf_text(&b, "<decisionTable %s>", policy);
    for (size_t c = 0; c < count; c++) {
        used[c] = op_random(op) % COUNT(columns);
        buf_text(&b, "<input><inputExpression typeRef=\"%s\">", columns[used[c]].type);
        buf_add(&b, S("<text>"));
        xtree_escape(&b, str_z(columns[used[c]].expression));
        buf_add(&b, S("</text></inputExpression>"));
        if (columns[used[c]].values[0] && op_random(op) % 2)
            escaped(&b, "inputValues", columns[used[c]].values);
        buf_add(&b, S("</input>"));
    }
    buf_text(&b, "<output name=\"结果\"><outputValues><text>3,1,2.5</text></outputValues>%s</output>",
             op_random(op) % 3 ? "" : "<defaultOutputEntry><text>9</text></defaultOutputEntry>");
    for (int r = 0; r < rules; r++) {
        buf_add(&b, S("<rule>"));
        for (size_t c = 0; c < count; c++)
            escaped(&b, "inputEntry", odd && op_random(op) % 6 == 0 ? "? = 年龄" : PICK(columns[used[c]].cells));
        escaped(&b, "outputEntry", odd && op_random(op) % 6 == 0 ? "收入 + 1" : PICK(outputs));
        buf_add(&b, S("</rule>"));
    }
    buf_add(&b, S("</decisionTable></decision></definitions>"));
    return buf_str(&b);
}

static struct dmn *load(struct op *op, str text)
{
    struct dmn_doc doc = {S("政策.dmn"), text};
    struct dmn *d = NULL;
    check(dmn_load(op, &doc, 1, &d));
    return d;
}

/* False: some row differs; the test has failed. */
static bool agrees(struct op *op, const struct dmn_plan *plan, const uint16_t *outcomes, size_t step, str text)
{
    for (size_t row = op_random(op) % step; row < ROWS; row += step) {
        struct mark mark = op_mark(op);
        struct dmn_run run;
        feel_value wanted = dmn_plan_explain(op, plan, row, &run), got = dmn_plan_value(op, plan, row, outcomes[row]);
        const struct dmn_trace *t = run.last_trace;
        bool same = t && dmn_outcome_status(outcomes[row]) == t->status && feel_same(wanted, got);
        if (same && t->chosen >= 0 && dmn_plan_rules(plan))
            same = outcomes[row] == t->chosen;
        if (!same) {
            test_failed(__FILE__, __LINE__,
                        "row %zu: outcome %d is %.*s, rows give %.*s (status %d, rule %d) for %.*s\n%.*s", row,
                        outcomes[row], PS(feel_literal(op, got)), PS(feel_literal(op, wanted)), t ? (int)t->status : -1,
                        t ? t->chosen : -1, PS(text), PS(dmn_explain(&run)));
            return false;
        }
        op_reset(op, mark);
    }
    return true;
}

TEST("random tables over whole columns end for every row as the row executor ends, with the same rule, whatever the "
     "hit policy, FEEL or B-FEEL")
{
    static const char *const policies[] = {"hitPolicy=\"UNIQUE\"",
                                           "hitPolicy=\"FIRST\"",
                                           "hitPolicy=\"ANY\"",
                                           "hitPolicy=\"PRIORITY\"",
                                           "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
                                           "hitPolicy=\"RULE ORDER\"",
                                           "hitPolicy=\"COLLECT\" aggregation=\"COUNT\"",
                                           "hitPolicy=\"OUTPUT ORDER\""};
    struct population *some = population(op, true), *all = population(op, false);
    uint16_t *outcomes = op_array(op, uint16_t, ROWS), *again = op_array(op, uint16_t, ROWS);
    int columnar = 0;
    for (int round = 0; round < 200; round++) {
        struct mark mark = op_mark(op);
        bool odd = round % 5 == 4;
        str text =
            random_model(op, PICK(policies), round % 50 == 7 ? 70 : 1 + (int)(op_random(op) % 9), odd, round % 7 == 3);
        struct dmn *d = load(op, text);
        struct dmn_plan *plan;
        check(dmn_plan_make(op, d, dmn_decision(d, S("资格")), round % 2 ? &some->rows : &all->rows, &plan));
        dmn_plan_run(op, plan, 1, outcomes);
        columnar += dmn_plan_slow(plan) == NULL;
        if (!agrees(op, plan, outcomes, odd ? 401 : 37, text))
            return;
        dmn_plan_run(op, plan, 3, again);
        check(memcmp(outcomes, again, ROWS * sizeof *again) == 0);
        op_reset(op, mark);
    }
    check(columnar > 120);
}

TEST("a missing value decides nothing it could change, and decides where it cannot")
{
    struct population *p = population(op, true);
    struct dmn *d = load(
        op, op_text(op,
                    HEAD "%s<decision id=\"d\" name=\"资格\"><informationRequirement><requiredInput "
                         "href=\"#i3\"/></informationRequirement>"
                         "<informationRequirement><requiredInput href=\"#i2\"/></informationRequirement><decisionTable "
                         "hitPolicy=\"UNIQUE\">"
                         "<input><inputExpression><text>类别</text></inputExpression></"
                         "input><input><inputExpression><text>收入</text></inputExpression></input><output name=\"o\"/>"
                         "<rule><inputEntry><text>\"特困\"</text></inputEntry><inputEntry><text>-</text></"
                         "inputEntry><outputEntry><text>1</text></outputEntry></rule>"
                         "<rule><inputEntry><text>not(\"特困\")</text></inputEntry><inputEntry><text>&lt; "
                         "3</text></inputEntry><outputEntry><text>2</text></outputEntry></rule>"
                         "<rule><inputEntry><text>not(\"特困\")</text></inputEntry><inputEntry><text>&gt;= "
                         "3</text></inputEntry><outputEntry><text>3</text></outputEntry></rule>"
                         "</decisionTable></decision></definitions>",
                    inputs));
    struct dmn_plan *plan;
    uint16_t *outcomes = op_array(op, uint16_t, ROWS);
    check(dmn_plan_make(op, d, dmn_decision(d, S("资格")), &p->rows, &plan) && !dmn_plan_slow(plan));
    dmn_plan_run(op, plan, 2, outcomes);
    for (size_t i = 0; i < ROWS; i++) {
        bool lacks = p->kind[i] == 0 || (p->kind[i] != 2 && p->income[i] == INT64_MIN);
        check((dmn_outcome_status(outcomes[i]) == DMN_LACKS) == lacks);
    }
    p->kind[0] = 0;
    p->income[0] = INT64_MIN;
    struct dmn_run run;
    check(feel_is_null(dmn_plan_explain(op, plan, 0, &run)));
    check_str(run.last_trace->lacks, S("「类别」、「收入」"));
    check_str(run.notes->text, S("缺少「类别」、「收入」，不能判定"));
}

/* A table over a decision that gives "有老人", or else `otherwise`. */
static struct dmn_plan *over_decision(struct op *op, struct population *p, const char *otherwise)
{
    struct dmn *d = load(
        op, op_text(op,
                    HEAD "%s<decision id=\"d1\" name=\"老\"><informationRequirement><requiredInput "
                         "href=\"#i6\"/></informationRequirement>"
                         "<literalExpression><text>if some m in 成员 satisfies m.岁数 &gt;= 60 then \"有老人\" else "
                         "%s</text></literalExpression></decision>"
                         "<decision id=\"d\" name=\"资格\"><informationRequirement><requiredDecision "
                         "href=\"#d1\"/></informationRequirement>"
                         "<informationRequirement><requiredInput href=\"#i4\"/></informationRequirement><decisionTable "
                         "hitPolicy=\"FIRST\">"
                         "<input><inputExpression><text>老</text></inputExpression></"
                         "input><input><inputExpression><text>本地</text></inputExpression></input><output name=\"o\"/>"
                         "<rule><inputEntry><text>\"有老人\"</text></inputEntry><inputEntry><text>true</text></"
                         "inputEntry><outputEntry><text>1</text></outputEntry></rule>"
                         "<rule><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></"
                         "inputEntry><outputEntry><text>2</text></outputEntry></rule>"
                         "</decisionTable></decision></definitions>",
                    inputs, otherwise));
    struct dmn_plan *plan;
    uint16_t *outcomes = op_array(op, uint16_t, ROWS);
    check(dmn_plan_make(op, d, dmn_decision(d, S("资格")), &p->rows, &plan));
    dmn_plan_run(op, plan, 1, outcomes);
    check(agrees(op, plan, outcomes, 53, str_z(otherwise)));
    return plan;
}

TEST("decisions that a table needs are run as columns first, but row by row where their values are of several kinds; a "
     "circle of decisions is refused by name")
{
    struct population *p = population(op, true);
    check(!dmn_plan_slow(over_decision(op, p, "\"无\"")));
    const struct dmn_slow *slow = dmn_plan_slow(over_decision(op, p, "3"));
    check(slow && slow->column == -1);
    check_str(slow ? slow->reason : S(""), S("决策「老」的结果不是单一的文字、数、日期或是否"));
    struct dmn_plan *plan;
    struct dmn *d = load(op, S(HEAD "<decision id=\"a\" name=\"甲\"><informationRequirement><requiredDecision "
                        "href=\"#b\"/></informationRequirement>"
                        "<literalExpression><text>乙</text></literalExpression></decision>"
                        "<decision id=\"b\" name=\"乙\"><informationRequirement><requiredDecision "
                        "href=\"#a\"/></informationRequirement>"
                        "<literalExpression><text>甲</text></literalExpression></decision></definitions>"));
    check(!dmn_plan_make(op, d, dmn_decision(d, S("甲")), &p->rows, &plan));
    check_str(op->faults->text, S("决策绕了一圈又依赖自己：「甲」→「乙」→「甲」；请改正依赖关系"));
}
