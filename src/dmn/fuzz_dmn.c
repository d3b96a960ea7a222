/* Whatever a model file holds: it loads or is a fault, and what loads can be checked and decided without trouble. */
#include "dmn/dmn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' namespace='n' name='m'>"
#define TABLE                                                                                                       \
    "<inputData id='i' name='年龄'><variable name='年龄' typeRef='number'/></inputData><decision id='d' name='资格'>" \
    "<informationRequirement><requiredInput href='#i'/></informationRequirement><decisionTable hitPolicy='"

/* What is written reads as the same model: written again, it is the same text. */
static void comes_back(struct op *op, const struct dmn *d)
{
    struct dmn_doc doc = {.where = S("写出.dmn")};
    struct dmn *again;
    str twice;
    if (!dmn_write(op, d, NULL, 0, &doc.text))
        return;
    must(dmn_load(op, &doc, 1, &again) && dmn_write(op, again, NULL, 0, &twice));
    must(str_eq(doc.text, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str heads[] = {SC(""),
                                SC(HEAD),
                                SC(HEAD "<decision id='d' name='资格'><literalExpression><text>"),
                                SC(HEAD TABLE "UNIQUE'><input><inputExpression><text>年龄</text></inputExpression></"
                                              "input><output name='o'/><rule><inputEntry><text>"),
                                SC(HEAD TABLE),
                                SC(HEAD "<itemDefinition name='t'>"),
                                SC(HEAD "<decision id='d' name='资格'>")};
    static const str tails[] = {SC(""),
                                SC("</definitions>"),
                                SC("</text></literalExpression></decision></definitions>"),
                                SC("</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></"
                                   "decisionTable></decision></definitions>"),
                                SC("'/></decision></definitions>"),
                                SC("</itemDefinition></definitions>"),
                                SC("</decision></definitions>")};
    struct op op;
    op_init(&op, 1638752400000, 1);
    size_t way = size ? data[0] % COUNT(heads) : 0;
    str body = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};
    const str parts[] = {heads[way], body, tails[way]};
    struct dmn_doc doc = {S("模糊.dmn"), op_join(&op, parts, COUNT(parts), S(""))};
    struct dmn *d;
    if (dmn_load(&op, &doc, 1, &d)) {
        struct dmn_finding *findings;
        struct dmn_run run;
        const struct dmn_element *const *decisions;
        size_t count;
        dmn_check(&op, d, &findings);
        dmn_run_init(&run, &op, d);
        run.explain = true;
        (void)dmn_input(&run, S("年龄"), feel_of_int(61));
        dmn_decisions(d, &decisions, &count);
        for (size_t i = 0; i < count; i++)
            must(dmn_decide(&run, decisions[i]).kind < FEEL_ANY);
        (void)dmn_explain(&run);
        comes_back(&op, d);
    } else {
        must(op.fault_count > 0);
    }
    op_done(&op);
    return 0;
}
