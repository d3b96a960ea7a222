#include <stdio.h>
#include <sys/stat.h>

#include "base/test.h"
#include "dmn/dmn.h"

#define NS "xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\""
#define HEAD "<definitions " NS " namespace=\"urn:a\" name=\"政策\">"

static const char age_input[] =
    "<inputData id=\"i1\" name=\"年龄\"><variable name=\"年龄\" typeRef=\"number\"/></inputData>"
    "<inputData id=\"i2\" name=\"户籍 类别\"><variable name=\"户籍 类别\" typeRef=\"string\"/></inputData>";
static const char requires_both[] = "<informationRequirement><requiredInput href=\"#i1\"/></informationRequirement>"
                                    "<informationRequirement><requiredInput href=\"#i2\"/></informationRequirement>";

/* A table over 年龄 and 户籍 类别: each row two cells, an output, a note; rows end with NULL. */
static str table_model(struct op *op, const char *policy, const char *output, const char *const (*rows)[4],
                       size_t count)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, HEAD "%s<decision id=\"d\" name=\"资格\"><variable name=\"资格\"/>%s<decisionTable %s>", age_input,
             requires_both, policy);
    buf_text(&b, "<input label=\"岁数\"><inputExpression typeRef=\"number\"><text>年龄</text></inputExpression></input>"
                 "<input><inputExpression typeRef=\"string\"><text>户籍 类别</text></inputExpression>"
                 "<inputValues><text>\"本镇\",\"外地\"</text></inputValues></input><output name=\"结果\">%s</output>",
                 output);
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, S("\n<rule>"));
        for (int c = 0; c < 4; c++) {
            static const char *tags[] = {"inputEntry", "inputEntry", "outputEntry", "annotationEntry"};
            buf_text(&b, "<%s><text>", tags[c]);
            for (const char *p = rows[i][c]; *p; p++)
                if (*p == '<')
                    buf_add(&b, S("&lt;"));
                else
                    buf_byte(&b, *p);
            buf_text(&b, "</text></%s>", tags[c]);
        }
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

static str decide(struct op *op, struct dmn *d, int age, const char *kind, struct dmn_run *run)
{
    dmn_run_init(run, op, d);
    run->explain = true;
    check(dmn_input(run, S("年龄"), feel_of_int(age)));
    check(dmn_input(run, S("户籍 类别"), kind ? feel_of_text(str_z(kind)) : feel_null()));
    return feel_literal(op, dmn_decide(run, dmn_decision(d, S("资格"))));
}

TEST("each hit policy makes of the same hits what its name says")
{
    static const char *const rows[][4] = {{">= 60", "-", "\"老人\"", ""}, {">= 80", "-", "\"高龄\"", ""},
                                          {"-", "\"本镇\"", "\"本地\"", ""}};
    static const struct {
        const char *policy, *output;
        int age;
        const char *kind, *result;
    } cases[] = {
        {"hitPolicy=\"UNIQUE\"", "", 61, "外地", "\"老人\""}, {"hitPolicy=\"UNIQUE\"", "", 81, "外地", "null"},
        {"hitPolicy=\"UNIQUE\"", "", 3, "外地", "null"},
        {"", "<defaultOutputEntry><text>\"无\"</text></defaultOutputEntry>", 3, "外地", "\"无\""},
        {"hitPolicy=\"FIRST\"", "", 81, "本镇", "\"老人\""}, {"hitPolicy=\"ANY\"", "", 81, "本镇", "null"},
        {"hitPolicy=\"RULE ORDER\"", "", 81, "本镇", "[\"老人\", \"高龄\", \"本地\"]"},
        {"hitPolicy=\"COLLECT\"", "", 61, "本镇", "[\"老人\", \"本地\"]"},
        {"hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", "", 81, "本镇", "3"},
        {"hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", "", 1, "外地", "0"},
        {"hitPolicy=\"PRIORITY\"", "<outputValues><text>\"本地\",\"高龄\",\"老人\"</text></outputValues>", 81, "外地",
         "\"高龄\""},
        {"hitPolicy=\"OUTPUT ORDER\"", "<outputValues><text>\"本地\",\"高龄\",\"老人\"</text></outputValues>", 81, "本镇",
         "[\"本地\", \"高龄\", \"老人\"]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct dmn_run run;
        struct dmn *d = load(op, table_model(op, cases[i].policy, cases[i].output, rows, COUNT(rows)));
        str got = decide(op, d, cases[i].age, cases[i].kind, &run);
        if (!str_eq(got, str_z(cases[i].result)))
            test_failed(__FILE__, __LINE__, "%s, %d, %s gave %.*s", cases[i].policy, cases[i].age, cases[i].kind,
                        PS(got));
        check(!str_eq(got, S("null")) || run.notes);
    }
}

/* The shorthand of standard.cases: what begins with `from` and runs to `to` goes in between `before` and `after`, twice
 * where there is a `between`. */
static const struct {
    const char *from, *to, *before, *between, *after;
} shorthand[] = {
    {"→«", "»", "<outputEntry><text>", NULL, "</text></outputEntry>"},
    {"«", "»", "<literalExpression><text>", NULL, "</text></literalExpression>"},
    {"⟪", "⟫", "<inputEntry><text>", NULL, "</text></inputEntry>"},
    {"<requires urn:", "/>", "<informationRequirement><requiredDecision href=\"urn:", NULL,
     "\"/></informationRequirement>"},
    {"<requires ", "/>", "<informationRequirement><requiredDecision href=\"#", NULL, "\"/></informationRequirement>"},
    {"<col ", "/>", "<input><inputExpression><text>", NULL, "</text></inputExpression></input>"},
    {"<limited ", ">", "<input><inputExpression><text>", NULL, "</text></inputExpression>"},
    {"<decision name=\"", "\"", "<decision id=\"", "\" name=\"", "\""},
    {"<inputData name=\"", "\"", "<inputData id=\"", "\" name=\"", "\""},
    {"<decisionService name=\"", "\"", "<decisionService id=\"", "\" name=\"", "\""},
    {"<businessKnowledgeModel name=\"", "\"", "<businessKnowledgeModel id=\"", "\" name=\"", "\""},
};

static str written_out(struct op *op, str text, size_t number)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "<definitions " NS " namespace=\"urn:m%zu\" name=\"m\">", number);
    while (text.n) {
        size_t i = 0, end;
        while (i < COUNT(shorthand) && !str_starts(text, str_z(shorthand[i].from)))
            i++;
        if (i == COUNT(shorthand)) {
            buf_byte(&b, text.p[0]);
            text = str_part(text, 1, text.n);
            continue;
        }
        text = str_part(text, str_z(shorthand[i].from).n, text.n);
        check(str_find(text, str_z(shorthand[i].to), &end));
        str what = str_part(text, 0, end);
        buf_text(&b, "%s%.*s", shorthand[i].before, PS(what));
        if (shorthand[i].between)
            buf_text(&b, "%s%.*s", shorthand[i].between, PS(what));
        buf_add(&b, str_z(shorthand[i].after));
        text = str_part(text, end + str_z(shorthand[i].to).n, text.n);
    }
    buf_add(&b, S("</definitions>"));
    return op_copy(op, buf_str(&b));
}

static feel_value plain_value(struct op *op, str text)
{
    static const struct feel_scope none = {0};
    struct feel *tree;
    struct feel_run run = {.op = op};
    check(feel_parse(op, text, &none, &tree));
    return feel_eval(&run, tree);
}

static void standard_case(struct op *op, str line, int number, str inputs)
{
    struct dmn_doc docs[3];
    size_t count = 0, at;
    struct dmn *d;
    struct dmn_run run;
    if (!str_find(line, S(" => "), &at)) {
        test_failed("src/dmn/standard.cases", number, "neither a case nor inputs");
        return;
    }
    str models = str_part(line, 0, at), expected = str_part(line, at + 4, line.n);
    for (bool more = true; more && count < COUNT(docs); count++) {
        str one = models;
        more = str_find(models, S(" ++ "), &at);
        if (more) {
            one = str_part(models, 0, at);
            models = str_part(models, at + 4, models.n);
        }
        docs[count] = (struct dmn_doc){S("例.dmn"), written_out(op, one, count)};
    }
    if (!dmn_load(op, docs, count, &d)) {
        test_failed("src/dmn/standard.cases", number, "does not load");
        return;
    }
    dmn_run_init(&run, op, d);
    feel_value given = plain_value(op, inputs.n ? inputs : S("{}"));
    for (size_t i = 0; i < given.context->count; i++)
        (void)dmn_input(&run, given.context->entries[i].name, given.context->entries[i].value);
    feel_value got = dmn_decide(&run, dmn_decision(d, S("d")));
    if (!feel_same(got, plain_value(op, expected)))
        test_failed("src/dmn/standard.cases", number, "%.*s gave %.*s", PS(line), PS(feel_literal(op, got)));
    if (str_eq(expected, S("null")) && !run.notes)
        test_failed("src/dmn/standard.cases", number, "%.*s is null and nothing says why", PS(line));
}

TEST("the standard, element by element: types, tables, boxes, services and imports give what it says")
{
    str text, line, inputs = {0};
    int cases = 0;
    check(file_read(op, S("src/dmn/standard.cases"), 1 << 20, &text));
    for (int number = 1; text.n; number++) {
        str_split(text, '\n', &line, &text);
        if (line.n == 0 || str_starts(line, S("#"))) {
            inputs = S("");
        } else if (str_starts(line, S("= "))) {
            inputs = str_part(line, 2, line.n);
        } else {
            struct mark mark = op_mark(op);
            standard_case(op, line, number, inputs);
            op_reset(op, mark);
            cases++;
        }
    }
    check(cases > 150);
}

TEST("models of every version from 1.1 to 1.6 are read, their types with or without a prefix")
{
    static const char *const versions[] = {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",     "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",     "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",     "https://www.omg.org/spec/DMN/20240513/MODEL/"};
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct dmn_run run;
        str text = op_text(op,
                           "<semantic:definitions xmlns:semantic=\"%s\" xmlns:feel=\"urn:feel\" namespace=\"urn:a\" "
                           "name=\"甲\"><semantic:itemDefinition name=\"级\"><semantic:typeRef>feel:number"
                           "</semantic:typeRef><semantic:allowedValues><semantic:text>[1..3]</semantic:text>"
                           "</semantic:allowedValues></semantic:itemDefinition><semantic:inputData id=\"i\" name=\"年龄\">"
                           "<semantic:variable name=\"年龄\" typeRef=\"级\"/></semantic:inputData><semantic:decision "
                           "id=\"d\" name=\"资格\"><semantic:variable name=\"资格\" typeRef=\"feel:number\"/>"
                           "<semantic:informationRequirement><semantic:requiredInput href=\"#i\"/>"
                           "</semantic:informationRequirement><semantic:literalExpression><semantic:text>年龄 * 2"
                           "</semantic:text></semantic:literalExpression></semantic:decision></semantic:definitions>",
                           versions[i]);
        struct dmn *d = load(op, text);
        for (int age = 3; age <= 4; age++) {
            dmn_run_init(&run, op, d);
            check(dmn_input(&run, S("年龄"), feel_of_int(age)));
            check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("资格")))), age == 3 ? S("6") : S("null"));
        }
    }
}

TEST("sums, least and greatest of what was collected are exact")
{
    static const char *const rows[][4] = {{">= 60", "-", "0.1", ""}, {">= 80", "-", "0.2", ""}};
    static const char *policies[][2] = {{"SUM", "0.3"}, {"MIN", "0.1"}, {"MAX", "0.2"}};
    for (size_t i = 0; i < COUNT(policies); i++) {
        struct dmn_run run;
        struct dmn *d = load(op, table_model(op,
                                             op_text(op, "hitPolicy=\"COLLECT\" aggregation=\"%s\"", policies[i][0]).p,
                                             "", rows, COUNT(rows)));
        check_str(decide(op, d, 90, "本镇", &run), str_z(policies[i][1]));
    }
}

TEST("two rules of a unique table that both match are named, and the trace says for each rule where it failed")
{
    static const char *const rows[][4] = {{">= 60", "\"本镇\"", "true", "六十以上"}, {">= 80", "-", "false", "八十以上"},
                                          {"< 60", "-", "false", ""}};
    struct dmn_run run;
    struct dmn *d = load(op, table_model(op, "", "", rows, COUNT(rows)));
    check_str(decide(op, d, 81, "本镇", &run), S("null"));
    check_str(run.notes->where, S("决策「资格」"));
    check_str(run.notes->text, S("第1、2条规则同时符合，而本表只许一条符合"));
    check(run.traces->rule_count == 3 && run.traces->failed[0] == -1 && run.traces->failed[2] == 0);
    check_str(decide(op, d, 61, "本镇", &run), S("true"));
    check_str(dmn_explain(&run), S("决策「资格」得 true\n  年龄 = 61\n  户籍 类别 = \"本镇\"\n  第1条符合（六十以上）\n"
                                   "  第2条不符合：「年龄」一格（八十以上）\n  第3条不符合：「年龄」一格\n"));
}

TEST("a missing or impossible input decides nothing and says so")
{
    static const char *const rows[][4] = {{">= 60", "-", "true", ""}, {"< 60", "-", "false", ""}};
    struct dmn_run run;
    struct dmn *d = load(op, table_model(op, "", "", rows, COUNT(rows)));
    check_str(decide(op, d, 61, "火星", &run), S("null"));
    check(run.notes);
    dmn_run_init(&run, op, d);
    check(!dmn_input(&run, S("没有这项"), feel_null()));
    check(dmn_input(&run, S("年龄"), feel_of_text(S("六十"))) && run.notes);
    check(feel_is_null(dmn_decide(&run, dmn_decision(d, S("资格")))));
}

static void expect(struct op *op, const char *const (*rows)[4], size_t count, const char *policy, const char *expected)
{
    struct dmn_finding *findings;
    struct buf b;
    buf_init(&b, op, 0);
    dmn_check(op, load(op, table_model(op, policy, "", rows, count)), &findings);
    static const char *kinds[] = {"fault", "type", "gap", "overlap", "dead", "duplicate", "unchecked", "told", "name"};
    for (struct dmn_finding *f = findings; f; f = f->next)
        buf_text(&b, "%s%s %.*s", b.n ? "; " : "", kinds[f->kind], PS(f->example));
    check_str(buf_str(&b), str_z(expected));
}

TEST("gaps, overlaps, duplicates and dead rules are found exactly, each with an input that shows it")
{
    static const char *const whole[][4] = {{">= 60", "\"本镇\"", "1", ""}, {">= 60", "\"外地\"", "2", ""},
                                           {"< 60", "-", "3", ""}};
    static const char *const gap[][4] = {{"> 60", "-", "1", ""}, {"< 60", "-", "2", ""}};
    static const char *const gap2[][4] = {{">= 60", "\"本镇\"", "1", ""}, {"< 60", "-", "2", ""}};
    static const char *const overlap[][4] = {{">= 60", "-", "1", ""}, {"[0..60]", "-", "2", ""}, {"< 0", "-", "3", ""}};
    static const char *const duplicate[][4] = {{">= 60", "-", "1", ""}, {"< 60", "-", "2", ""},
                                               {"not(< 60)", "\"本镇\",\"外地\"", "1", ""}};
    static const char *const dead[][4] = {{">= 60", "-", "1", ""}, {"[70..80]", "\"本镇\"", "2", ""},
                                          {"-", "-", "3", ""}};
    static const char *const impossible[][4] = {{">= 60", "-", "1", ""}, {"< 60", "-", "3", ""},
                                                {"-", "\"火星\"", "2", ""}};
    static const char *const faults[][4] = {{"≥ 60", "-", "1", ""}, {"\"六十\"", "-", "2", ""},
                                            {"> 年令", "-", "年龄 + \"岁\"", ""}};
    expect(op, whole, COUNT(whole), "", "");
    expect(op, gap, COUNT(gap), "", "gap 年龄 = 60");
    expect(op, gap2, COUNT(gap2), "", "gap 年龄 = 60，户籍 类别 = \"外地\"");
    expect(op, overlap, COUNT(overlap), "", "overlap 年龄 = 60");
    expect(op, duplicate, COUNT(duplicate), "", "duplicate 年龄 = 60，户籍 类别 = \"外地\"");
    expect(op, dead, COUNT(dead), "hitPolicy=\"FIRST\"", "dead 年龄 = 70，户籍 类别 = \"本镇\"");
    expect(op, impossible, COUNT(impossible), "", "dead 年龄 = 59，户籍 类别 = \"外地\"");
    expect(op, faults, COUNT(faults), "", "told ; type 年龄 = 59; name 年龄 = 59; type 年龄 = 59; gap 年龄 = 59");
}

/* Every point of a small world asked directly, against what the check says. */
/* What the check says of a table with one column, cells parted by |. */
static str column_findings(struct op *op, const char *type, str cells)
{
    struct dmn_finding *findings;
    struct buf model, b;
    str cell;
    buf_init(&model, op, 0);
    buf_init(&b, op, 0);
    buf_text(&model, "<definitions " NS " namespace=\"urn:c\" name=\"c\"><inputData id=\"i\" name=\"x\"><variable name=\"x\" "
                     "typeRef=\"%s\"/></inputData><decision id=\"d\" name=\"d\"><informationRequirement><requiredInput "
                     "href=\"#i\"/></informationRequirement><decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression "
                     "typeRef=\"%s\"><text>x</text></inputExpression></input><output name=\"r\"/>",
             type, type);
    while (cells.n) {
        size_t at;
        bool more = str_find(cells, S("|"), &at);
        cell = more ? str_part(cells, 0, at) : cells;
        cells = more ? str_part(cells, at + 1, cells.n) : S("");
        buf_text(&model, "<rule><inputEntry><text><![CDATA[%.*s]]></text></inputEntry><outputEntry><text>1</text></outputEntry>"
                         "</rule>", PS(cell));
    }
    buf_add(&model, S("</decisionTable></decision></definitions>"));
    dmn_check(op, load(op, buf_str(&model)), &findings);
    for (struct dmn_finding *f = findings; f; f = f->next)
        buf_text(&b, "%s%.*s", b.n ? "; " : "", PS(f->example.n ? f->example : f->text));
    return buf_str(&b);
}

TEST("a thousand rules over one column are checked; 其他 is a choice like others; a cell for what is missing is no dead rule")
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("< 0|>= 1000"));
    for (int i = 0; i < 1000; i++)
        if (i != 700)
            buf_text(&b, "|[%d..%d)", i, i + 1);
    check_str(column_findings(op, "number", buf_str(&b)), S("x = 700"));
    check_str(column_findings(op, "string", S("\"甲\"|\"其他\"")), S("x = \"另外的其他\""));
    check_str(column_findings(op, "number", S("null|< 5|>= 5")), S(""));
    check_str(column_findings(op, "string", S("< \"m\"|>= \"m\"")), S("「x」一列的条件比较文字的先后，没有检查空缺与重叠"));
    check_str(column_findings(op, "number", S("")), S("决策表还没有规则，什么情形都管不到，请补上规则"));
}

TEST("random tables: the check finds a gap or an overlap exactly when some input has none or several rules")
{
    for (int round = 0; round < 300; round++) {
        struct mark mark = op_mark(op);
        enum { RULES = 4 };
        const char *rows[RULES][4];
        for (int r = 0; r < RULES; r++) {
            static const char *numbers[] = {"-", "< 2", ">= 2", "[1..3)", "2", "not(2)", "0, 1", "> 3", "<= 0"};
            static const char *texts[] = {"-", "\"本镇\"", "\"外地\"", "not(\"本镇\")"};
            rows[r][0] = numbers[op_random(op) % COUNT(numbers)];
            rows[r][1] = texts[op_random(op) % COUNT(texts)];
            rows[r][2] = op_text(op, "%d", r).p;
            rows[r][3] = "";
        }
        struct dmn *d = load(op, table_model(op, "hitPolicy=\"RULE ORDER\"", "", rows, RULES));
        struct dmn *unique = load(op, table_model(op, "", "", rows, RULES));
        bool none = false, several = false, gap = false, overlap = false;
        for (int halves = -4; halves <= 10; halves++)
            for (int kind = 0; kind < 2; kind++) {
                struct dmn_run run;
                dmn_run_init(&run, op, d);
                check(dmn_input(&run, S("年龄"), feel_of_dec(dec_of_scaled(halves * 5, 1))));
                check(dmn_input(&run, S("户籍 类别"), feel_of_text(kind ? S("本镇") : S("外地"))));
                feel_value v = dmn_decide(&run, dmn_decision(d, S("资格")));
                none |= v.kind == FEEL_NULL;
                several |= v.kind == FEEL_LIST && v.count > 1;
            }
        struct dmn_finding *findings;
        dmn_check(op, unique, &findings);
        for (struct dmn_finding *f = findings; f; f = f->next) {
            gap |= f->kind == DMN_GAP;
            overlap |= f->kind == DMN_OVERLAP || f->kind == DMN_DUPLICATE;
            check(f->kind != DMN_UNCHECKED);
        }
        check(gap == none && overlap == several);
        op_reset(op, mark);
    }
}

TEST("knowledge, services, contexts, loops, types and imports work together")
{
    struct dmn_doc docs[] = {
        {S("甲.dmn"),
         S(HEAD
           "<import name=\"公用 库\" namespace=\"urn:b\" importType=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"/>"
           "<itemDefinition "
           "name=\"等级\"><typeRef>string</typeRef><allowedValues><text>\"A\",\"B\"</text></allowedValues></"
           "itemDefinition>"
           "<inputData id=\"i\" name=\"收入\"><variable name=\"收入\" typeRef=\"number\"/></inputData>"
           "<decision id=\"d1\" name=\"人均\"><variable name=\"人均\" typeRef=\"number\"/>"
           "<informationRequirement><requiredInput href=\"#i\"/></informationRequirement>"
           "<knowledgeRequirement><requiredKnowledge href=\"urn:b#k\"/></knowledgeRequirement>"
           "<literalExpression><text>公用 库.均摊(收入, 4)</text></literalExpression></decision>"
           "<decision id=\"d2\" name=\"级\"><variable name=\"级\" typeRef=\"等级\"/>"
           "<informationRequirement><requiredDecision href=\"#d1\"/></informationRequirement>"
           "<context><contextEntry><variable name=\"低\"/><literalExpression><text>人均 &lt; "
           "1000</text></literalExpression></contextEntry>"
           "<contextEntry><conditional><if><literalExpression><text>低</text></literalExpression></if>"
           "<then><literalExpression><text>\"A\"</text></literalExpression></then>"
           "<else><literalExpression><text>\"C\"</text></literalExpression></else></conditional></contextEntry></"
           "context></decision>"
           "<decisionService id=\"s\" name=\"定级\"><variable name=\"定级\"/><outputDecision href=\"#d2\"/>"
           "<encapsulatedDecision href=\"#d1\"/><inputData href=\"#i\"/></decisionService>"
           "<decision id=\"d3\" name=\"两次\"><variable name=\"两次\"/><knowledgeRequirement><requiredKnowledge "
           "href=\"#s\"/></knowledgeRequirement>"
           "<literalExpression><text>[定级(400), 定级(收入: "
           "40000)]</text></literalExpression></decision></definitions>")},
        {S("坏.dmn"), S("<no")},
        {S("乙.dmn"),
         S("<definitions " NS
           " namespace=\"urn:b\" name=\"库\"><businessKnowledgeModel id=\"k\" name=\"均摊\"><variable name=\"均摊\"/>"
           "<encapsulatedLogic><formalParameter name=\"总\" typeRef=\"number\"/><formalParameter name=\"人\" "
           "typeRef=\"number\"/>"
           "<literalExpression><text>总 / "
           "人</text></literalExpression></encapsulatedLogic></businessKnowledgeModel></definitions>")},
    };
    struct dmn *d;
    struct dmn_run run;
    check(dmn_load(op, docs, COUNT(docs), &d));
    dmn_run_init(&run, op, d);
    check(dmn_input(&run, S("收入"), feel_of_int(3000)));
    check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("人均")))), S("750"));
    check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("级")))), S("\"A\""));
    check(run.note_count == 0);
    check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("两次")))), S("[\"A\", null]"));
    check_str(run.notes->text, S("值 \"C\" 不属于类型「等级」，按空值处理"));
}

TEST("decisions that need each other are told, not followed forever")
{
    struct dmn *d = load(op, S(HEAD "<decision id=\"a\" name=\"甲\"><informationRequirement><requiredDecision "
                                    "href=\"#b\"/></informationRequirement>"
                                    "<literalExpression><text>乙</text></literalExpression></decision>"
                                    "<decision id=\"b\" name=\"乙\"><informationRequirement><requiredDecision "
                                    "href=\"#a\"/></informationRequirement>"
                                    "<literalExpression><text>甲</text></literalExpression></decision></definitions>"));
    struct dmn_run run;
    dmn_run_init(&run, op, d);
    check(feel_is_null(dmn_decide(&run, dmn_decision(d, S("甲")))));
    check_str(run.notes->text, S("决策绕了一圈又依赖自己，请改正依赖关系"));
}

TEST("what is no decision model is refused with its name")
{
    static const char *bad[] = {"", "<a/>", "<definitions/>", "<definitions xmlns=\"urn:x\"/>"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct dmn_doc doc = {S("坏.dmn"), str_z(bad[i])};
        struct dmn *d;
        check(!dmn_load(op, &doc, 1, &d));
        check(str_starts(op->faults->field, S("坏.dmn")));
        op_forgive(op, 0);
    }
}

TEST("a type that holds itself does not loop")
{
    struct dmn *d = load(
        op,
        S(HEAD
          "<itemDefinition name=\"户\"><itemComponent "
          "name=\"子\"><typeRef>户</typeRef></itemComponent></itemDefinition>"
          "<inputData id=\"i\" name=\"家\"><variable name=\"家\" typeRef=\"户\"/></inputData>"
          "<decision id=\"d\" name=\"孙\"><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>"
          "<literalExpression><text>家.子.子</text></literalExpression></decision></definitions>"));
    struct dmn_run run;
    struct json *json;
    feel_value v;
    dmn_run_init(&run, op, d);
    check(json_parse(op, S("{\"子\":{\"子\":7}}"), &json) && feel_from_json(op, json, NULL, &v) &&
          dmn_input(&run, S("家"), v));
    check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("孙")))), S("7"));
}

static void write_file(struct op *op, str folder, const char *name, const char *text)
{
    FILE *f = fopen(op_text(op, "%.*s/%s", PS(folder), name).p, "w");
    check(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST("a conformance run counts cases, values and whole folders, and an error without a reason has not passed")
{
    static const char model[] =
        HEAD "<decision id=\"a\" name=\"数\"><variable name=\"数\"/><literalExpression><text>1 + "
             "1</text></literalExpression></decision>"
             "<decision id=\"b\" name=\"错\"><variable name=\"错\"/><literalExpression><text>1 + "
             "\"a\"</text></literalExpression></decision>"
             "<decision id=\"c\" name=\"空\"><variable "
             "name=\"空\"/><literalExpression><text>null</text></literalExpression></decision></definitions>";
    static const char tests[] =
        "<t:testCases xmlns:t=\"http://www.omg.org/spec/DMN/20160719/testcase\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
        " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><t:modelName>a.dmn</t:modelName>"
        "<t:testCase id=\"1\"><t:resultNode name=\"数\"><t:expected><t:value "
        "xsi:type=\"xsd:decimal\">2.000000001</t:value></t:expected></t:resultNode></t:testCase>"
        "<t:testCase id=\"2\"><t:resultNode name=\"数\"><t:expected><t:value "
        "xsi:type=\"xsd:string\">2</t:value></t:expected></t:resultNode></t:testCase>"
        "<t:testCase id=\"3\"><t:resultNode name=\"错\" errorResult=\"true\"><t:expected><t:value "
        "xsi:nil=\"true\"/></t:expected></t:resultNode></t:testCase>"
        "<t:testCase id=\"4\"><t:resultNode name=\"空\" errorResult=\"true\"><t:expected><t:value "
        "xsi:nil=\"true\"/></t:expected></t:resultNode></t:testCase>"
        "</t:testCases>";
    str dir;
    struct buf report, suites;
    struct dmn_tck t;
    test_dir_make(op, &dir);
    static const char *folders[] = {"level", "level/0001", "non-compliant", "non-compliant/0002"};
    for (size_t i = 0; i < COUNT(folders); i++) {
        str folder = op_text(op, "%.*s/%s", PS(dir), folders[i]);
        check(mkdir(folder.p, 0700) == 0);
        if (i % 2 == 0)
            continue;
        write_file(op, folder, "a.dmn", model);
        write_file(op, folder, "0001-test-01.xml", tests);
    }
    buf_init(&report, op, 0);
    buf_init(&suites, op, 0);
    check(dmn_tck_run(op, dir, &(struct dmn_tck_how){.report = &report, .suites = &suites}, &t));
    check(t.cases == 4 && t.passed == 2 && t.valued == 2 && t.valued_passed == 1 && t.suites == 1 &&
          t.suites_whole == 0);
    check_str(buf_str(&suites), S("level/0001 2/4\nnon-compliant/0002 2/4 (not counted)\n"));
    check(str_starts(
        buf_str(&report),
        S("\"level/0001\",\"0001-test-01\",\"1\",\"SUCCESS\",\"\"\n\"level/0001\",\"0001-test-01\",\"2\",\"ERROR\"")));
    for (const char *way = "/level/0001"; way; way = way[11] ? NULL : "/level/0001/./") { /* one suite has its own name */
        buf_init(&report, op, 0);
        buf_init(&suites, op, 0);
        check(dmn_tck_run(op, op_text(op, "%.*s%s", PS(dir), way),
                          &(struct dmn_tck_how){.report = &report, .suites = &suites}, &t));
        check_str(buf_str(&suites), S("0001 2/4\n"));
        check(str_starts(buf_str(&report), S("\"0001\",\"0001-test-01\",\"1\"")));
    }
}

TEST("a text whose expressionLanguage is B-FEEL is read so: of the model, of one cell, or of all by the flag")
{
    static const char table[] =
        "<definitions " NS " namespace=\"urn:a\" name=\"算\" %s><inputData id=\"i\" name=\"x\"/><decision id=\"d\" "
                           "name=\"算\"><informationRequirement>"
        "<requiredInput href=\"#i\"/></informationRequirement><decisionTable><input><inputExpression><text>x</text>"
        "</inputExpression></input><output/><rule><inputEntry %s><text>not(&lt; 5)</text></inputEntry>"
        "<outputEntry %s><text>1 + x</text></outputEntry></rule></decisionTable></decision></definitions>";
    static const char b_feel[] = "expressionLanguage=\"https://www.omg.org/spec/DMN/20240513/B-FEEL/\"",
                      feel[] = "expressionLanguage=\"https://www.omg.org/spec/DMN/20230324/FEEL/\"";
    static const struct {
        const char *model, *test, *output;
        bool flag;
        const char *result;
    } rows[] = {{"", "", "", false, "null"},       {b_feel, "", "", false, "\"1a\""}, {"", b_feel, "", false, "null"},
                {"", b_feel, b_feel, false, "\"1a\""}, {b_feel, feel, "", false, "null"}, {"", "", "", true, "\"1a\""}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dmn_run run;
        struct dmn *d = load(op, op_text(op, table, rows[i].model, rows[i].test, rows[i].output));
        dmn_run_init(&run, op, d);
        run.b_feel = rows[i].flag;
        check(dmn_input(&run, S("x"), feel_of_text(S("a"))));
        check_str(feel_literal(op, dmn_decide(&run, dmn_decision(d, S("算")))), str_z(rows[i].result));
    }
}

TEST("a model is written as DMN 1.5 and decides the same when it is read again; one cell can be another")
{
    static const char *const rows[][4] = {
        {">= 60", "\"本镇\"", "\"是 <\"", "第五条"}, {"< 60", "-", "\"否\"", ""}, {">= 60", "\"外地\"", "\"否\"", ""}};
    struct dmn *d = load(op, table_model(op, "hitPolicy=\"UNIQUE\"", "", rows, COUNT(rows))), *again, *other;
    struct dmn_doc doc = {.where = S("写出.dmn")};
    struct dmn_edit edit = {S("资格"), 0, 0, DMN_INPUT_CELL, S(">= 65"), NULL, 0},
                    third = {S("资格"), 2, 0, DMN_INPUT_CELL, S(">= 65"), NULL, 0},
                    fourth = {S("资格"), 9, 0, DMN_INPUT_CELL, S("-"), NULL, 0};
    struct dmn_run run;
    str twice;
    check(dmn_write(op, d, NULL, 0, &doc.text) && dmn_load(op, &doc, 1, &again) &&
          dmn_write(op, again, NULL, 0, &twice));
    check_str(twice, doc.text);
    check(str_starts(str_part(doc.text, 39, doc.text.n),
                     S("<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"")));
    check_str(decide(op, again, 61, "本镇", &run), S("\"是 <\""));
    check(dmn_write(op, d, (struct dmn_edit[]){edit, third}, 2, &doc.text) && dmn_load(op, &doc, 1, &other));
    check_str(decide(op, other, 61, "本镇", &run), S("null"));
    check_str(decide(op, other, 66, "本镇", &run), S("\"是 <\""));
    check(!dmn_write(op, d, &fourth, 1, &twice) && op->fault_count == 1);
}

TEST("a model that is written keeps its lines, prefixes and comments: whoever compares sees what was changed and nothing else")
{
#define ROW(cell, result) \
    "      <m:rule id=\"r" result "\"> <!-- 第" result "条 -->\n" \
    "        <m:inputEntry><m:text>" cell "</m:text></m:inputEntry>\n" \
    "        <m:outputEntry><m:text>" result "</m:text></m:outputEntry>\n" \
    "      </m:rule>\n"
#define WHOLE(version, rules) \
    S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
      "<!-- 县里定的 -->\n" \
      "<m:definitions xmlns:m=\"https://www.omg.org/spec/DMN/" version "/MODEL/\" xmlns:tool=\"urn:tool\" name=\"x\" tool:kept=\"1\">\n" \
      "  <m:decision id=\"d\" name=\"甲\">\n" \
      "    <m:decisionTable>\n" \
      "      <m:input><m:inputExpression typeRef=\"string\"><m:text>\"a\n  b\"</m:text></m:inputExpression></m:input>\n" \
      "      <m:output name=\"\"/>\n" rules "    </m:decisionTable>\n" \
      "  </m:decision> <tool:note empty=\"\"/>\n" \
      "</m:definitions>\n")
    struct dmn *d = load(op, WHOLE("20191111", ROW("-", "1") ROW("&lt; \"b\"", "2")));
    static const str cells[] = {SC("\"新\""), SC("3")};
    str text;
    check(dmn_write(op, d, NULL, 0, &text));
    check_str(text, WHOLE("20230324", ROW("-", "1") ROW("&lt; \"b\"", "2")));
    check(dmn_write_for_editors(op, d, &text));
    check_str(text, WHOLE("20191111", ROW("-", "1") ROW("&lt; \"b\"", "2")));
    const struct dmn_edit edits[] = {{S("甲"), 0, 0, DMN_INPUT_CELL, S("\"a\" & b"), NULL, 0},
                                     {S("甲"), 1, 0, DMN_RULE_GONE, S(""), NULL, 0},
                                     {S("甲"), 2, 0, DMN_RULE_NEW, S(""), cells, COUNT(cells)}};
    check(dmn_write(op, d, edits, COUNT(edits), &text));
    check_str(text, WHOLE("20230324", ROW("\"a\" &amp; b", "1") "      <m:rule>\n"
                                      "        <m:inputEntry><m:text>\"新\"</m:text></m:inputEntry>\n"
                                      "        <m:outputEntry><m:text>3</m:text></m:outputEntry>\n"
                                      "      </m:rule>\n"));
#undef ROW
#undef WHOLE
}

TEST("same ids, same names, references that lead nowhere, missing imports and circles are each told with the element's "
     "name")
{
    struct dmn_finding *findings;
    struct buf b;
    buf_init(&b, op, 0);
    dmn_check(op,
              load(op, S(HEAD "<import name=\"库\" namespace=\"urn:none\"/>"
                              "<inputData id=\"x\" name=\"甲\"/><inputData id=\"x\" name=\"乙\"/>"
                              "<decision id=\"d\" name=\"丙\"><informationRequirement><requiredInput "
                              "href=\"#none\"/></informationRequirement>"
                              "<literalExpression><text>1</text></literalExpression></decision>"
                              "<decision id=\"e\" name=\"丁\"><informationRequirement><requiredDecision "
                              "href=\"#e\"/></informationRequirement>"
                              "<literalExpression><text>1</text></literalExpression></decision></definitions>")),
              &findings);
    for (struct dmn_finding *f = findings; f; f = f->next)
        buf_text(&b, "%.*s：%.*s\n", PS(f->where), PS(f->text));
    check_str(buf_str(&b), S("政策.dmn：引入的模型「库」不在一起打开的文件里\n"
                             "输入「乙」：编号「x」与别的元素重复，引用会指错，请改成不同的编号\n"
                             "决策「丙」：引用的「#none」不在模型里，请改正依赖关系\n"
                             "决策「丁」：绕了一圈又依赖自己：「丁」→「丁」；请改正依赖关系\n"));
}

TEST("what a Chinese keyboard writes in a cell is read as meant, with a note; a word without quotes is a fault, never "
     "a match")
{
    static const char *const wide[][4] = {{"≥ ６０", "“本镇”，“外地”", "“是”", ""}, {"＜６０", "-", "\"否（６０以下）\"", ""}};
    static const char *const bare[][4] = {
        {"-", "本镇", "1", ""}, {">= 60", "not(\"本镇\")", "2", ""}, {"< 60", "not(\"本镇\")", "2", ""}};
    struct dmn_run run;
    struct dmn *d = load(op, table_model(op, "", "", wide, COUNT(wide)));
    check_str(decide(op, d, 60, "外地", &run), S("\"是\""));
    check_str(decide(op, d, 59, "外地", &run), S("\"否（６０以下）\""));
    expect(op, wide, COUNT(wide), "", "told ; told ; told ; told ");
    expect(op, bare, COUNT(bare), "", "name 年龄 = 59，户籍 类别 = \"外地\"; gap 年龄 = 59，户籍 类别 = \"本镇\"; gap 年龄 = 60，户籍 类别 = \"本镇\"");
    check_str(decide(op, load(op, table_model(op, "hitPolicy=\"FIRST\"", "", bare, COUNT(bare))), 3, NULL, &run),
              S("null"));
}

TEST("a column is called by its label; one that has none, by what it says")
{
    static const char *const rows[][4] = {{">= 60", "-", "1", "甲"}, {"< 60", "-", "2", ""}};
    const struct dmn_element *table = dmn_decision(load(op, table_model(op, "", "", rows, COUNT(rows))), S("资格"));
    check_str(dmn_column_label(table, false, 0), S("岁数"));
    check_str(dmn_column_text(table, false, 0), S("年龄"));
    check_str(dmn_column_label(table, false, 1), S(""));
    check_str(dmn_column_label(table, true, 0), S(""));
}

TEST("rules are added, taken out and given notes without touching the rest of the model")
{
    static const char *const rows[][4] = {
        {">= 60", "-", "1", "甲"}, {"< 60", "\"本镇\"", "2", ""}, {"< 60", "\"外地\"", "3", "丙"}};
    static const str cells[] = {SC("< 60"), SC("-"), SC("4"), SC("新")};
    struct dmn *d = load(op, table_model(op, "hitPolicy=\"UNIQUE\"", "", rows, COUNT(rows))), *changed;
    struct dmn_edit edits[] = {
        {.decision = S("资格"), .rule = 1, .part = DMN_RULE_GONE},
        {.decision = S("资格"), .rule = 2, .part = DMN_RULE_GONE},
        {.decision = S("资格"), .rule = 0, .part = DMN_RULE_NOTE, .text = S("改")},
        {.decision = S("资格"), .part = DMN_RULE_NEW, .cells = cells, .cell_count = COUNT(cells)}};
    struct dmn_doc doc = {.where = S("改.dmn")};
    struct dmn_layout t;
    struct dmn_run run;
    check(dmn_write(op, d, edits, COUNT(edits), &doc.text) && dmn_load(op, &doc, 1, &changed));
    check(dmn_layout(dmn_decision(changed, S("资格")), &t) && t.rules == 2 && t.inputs == 2 && t.outputs == 1);
    check_str(dmn_part_text(dmn_decision(changed, S("资格")), DMN_RULE_NOTE, 0, 0), S("改"));
    check_str(dmn_rule_label(dmn_decision(changed, S("资格")), 1), S("新"));
    check_str(dmn_column_text(dmn_decision(changed, S("资格")), false, 1), S("户籍 类别"));
    check_str(decide(op, changed, 20, "外地", &run), S("4"));
}

TEST("what is wrong with an expression that is no table is told with an input of the types and constraints that the model "
     "gives; where no input matters there is none")
{
    static const char types[] =
        "<definitions " NS " namespace=\"urn:a\" name=\"盒\"><itemDefinition name=\"老年\"><typeRef>number</typeRef>"
        "<allowedValues><text>&gt;= 60</text></allowedValues></itemDefinition><itemDefinition name=\"户型\">"
        "<itemComponent name=\"姓名\"><typeRef>string</typeRef></itemComponent><itemComponent name=\"岁数\">"
        "<typeRef>老年</typeRef></itemComponent></itemDefinition><inputData id=\"i1\" name=\"数\"><variable name=\"数\" "
        "typeRef=\"老年\"/></inputData><inputData id=\"i2\" name=\"文\"><variable name=\"文\" typeRef=\"string\"/></inputData>"
        "<inputData id=\"i3\" name=\"户\"><variable name=\"户\" typeRef=\"户型\"/></inputData>"
        "<businessKnowledgeModel id=\"b\" name=\"加倍\"><encapsulatedLogic><formalParameter name=\"x\" typeRef=\"number\"/>"
        "<literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
        "<decision id=\"d\" name=\"定\"><variable name=\"定\" %s/><informationRequirement><requiredInput href=\"#i1\"/>"
        "</informationRequirement><informationRequirement><requiredInput href=\"#i2\"/></informationRequirement>"
        "<informationRequirement><requiredInput href=\"#i3\"/></informationRequirement><knowledgeRequirement>"
        "<requiredKnowledge href=\"#b\"/></knowledgeRequirement>%s</decision></definitions>";
#define SAYS(text) "<literalExpression><text>" text "</text></literalExpression>"
#define CALL(parameter, value) "<invocation>" SAYS("加倍") "<binding><parameter name=\"" parameter "\"/>" SAYS(value) "</binding></invocation>"
    static const struct {
        const char *type, *logic, *says, *example;
    } rows[] = {
        {"", SAYS("数 + 文"), "不能这样计算", "文 = \"甲\"，数 = 60"},
        {"", "<context><contextEntry>" SAYS("户.姓名 * 2") "</contextEntry></context>", "不能这样计算", "户 = {姓名: \"甲\", 岁数: 60}"},
        {"", "<conditional><if>" SAYS("数") "</if><then>" SAYS("1") "</then><else>" SAYS("2") "</else></conditional>",
         "条件须是boolean，这里得出number", "数 = 60"},
        {"", CALL("x", "文"), "「加倍」的参数「x」须是number，这里得出string", "文 = \"甲\""},
        {"", CALL("y", "数"), "它没有这个参数", ""},
        {"", "<filter><in>" SAYS("[户]") "</in><match>" SAYS("岁数 + 姓名 &gt; 1") "</match></filter>", "不能这样计算", "岁数 = 1，姓名 = \"甲\""},
        {"", "<for iteratorVariable=\"h\"><in>" SAYS("[户]") "</in><return>" SAYS("h.姓名 - 1") "</return></for>", "不能这样计算",
         "h = {姓名: \"甲\", 岁数: 1}"},
        {"", "<relation><column name=\"a\"/><row>" SAYS("-文") "</row></relation>", "文字不能取负数", "文 = \"甲\""},
        {"", "<filter><in>" SAYS("[户]") "</in><match>" SAYS("岁数 &gt; 1") "</match></filter>", NULL, ""},
        {"typeRef=\"number\"", SAYS("文"), "结果须是number，这里得出string", "文 = \"甲\""},
        {"", SAYS("1 + \"a\""), "不能这样计算", ""},
        {"", SAYS("1 +"), "表达式没有写完", ""},
        {"typeRef=\"number\"", SAYS("if 数 > 60 then 1 else 2"), NULL, ""},
        {"", CALL("x", "数"), NULL, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dmn_finding *found;
        size_t at;
        dmn_check(op, load(op, op_text(op, types, rows[i].type, rows[i].logic)), &found);
        check(!found == !rows[i].says);
        if (!found || !rows[i].says)
            continue;
        check(str_find(found->text, str_z(rows[i].says), &at) && !found->next);
        check_str(found->example, str_z(rows[i].example));
    }
#undef SAYS
#undef CALL
}
