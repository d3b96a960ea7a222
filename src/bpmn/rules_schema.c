/* What the standard's schema says of values and of what must be there, as far as ignoring it would change what is executed. */
#include "bpmn/rules.h"

#define REFUSE(rule, ...) bpmn_find(m, BPMN_REFUSED, e, rule, __VA_ARGS__)

/* Attributes with a closed list of values, each followed by a space. */
#define TRUTH "true false 1 0 "
static const struct choice {
    str attribute;
    const char *values;
} choices[] = {
    {SC("processType"), "None Public Private "},
    {SC("gatewayDirection"), "Unspecified Converging Diverging Mixed "},
    {SC("eventGatewayType"), "Exclusive Parallel "},
    {SC("ordering"), "Parallel Sequential "},
    {SC("behavior"), "None One All Complex "},
    {SC("associationDirection"), "None One Both "},
    {SC("itemKind"), "Information Physical "},
    {SC("isExecutable"), TRUTH},
    {SC("isClosed"), TRUTH},
    {SC("isInterrupting"), TRUTH},
    {SC("cancelActivity"), TRUTH},
    {SC("parallelMultiple"), TRUTH},
    {SC("isForCompensation"), TRUTH},
    {SC("isSequential"), TRUTH},
    {SC("testBefore"), TRUTH},
    {SC("instantiate"), TRUTH},
    {SC("cancelRemainingInstances"), TRUTH},
    {SC("isCollection"), TRUTH},
    {SC("triggeredByEvent"), TRUTH},
    {SC("isUnlimited"), TRUTH},
    {SC("isImmediate"), TRUTH},
    {SC("waitForCompletion"), TRUTH},
};

static bool listed(const char *values, str value)
{
    const struct xtree named = {.name = value};
    return rule_named(&named, values);
}

static void values_check(struct bpmn *m, const struct xtree *e)
{
    for (const struct xattr *a = e->attrs; a; a = a->next)
        for (size_t i = 0; i < COUNT(choices) && a->ns.n == 0; i++) {
            str v = str_eq(a->name, choices[i].attribute) ? str_trim(a->value) : S("");
            if (v.n && !listed(choices[i].values, v))
                REFUSE("schema", "%.*s 不能是「%.*s」，可写 %s", PS(a->name), PS(v), choices[i].values);
        }
}

/* What may stand in a process or sub-process. What is not known there would be passed over in silence. */
static const char members[] =
    "documentation extensionElements auditing monitoring ioSpecification ioBinding supportedInterfaceRef property laneSet "
    "resourceRole performer humanPerformer potentialOwner correlationSubscription supports incoming outgoing "
    "dataInputAssociation dataOutputAssociation standardLoopCharacteristics multiInstanceLoopCharacteristics "
    "completionCondition artifact association group textAnnotation category flowElement sequenceFlow dataObject dataObjectReference "
    "dataStoreReference startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent implicitThrowEvent "
    "event task userTask manualTask scriptTask serviceTask sendTask receiveTask businessRuleTask subProcess transaction "
    "adHocSubProcess callActivity exclusiveGateway inclusiveGateway parallelGateway complexGateway eventBasedGateway "
    "choreographyTask subChoreography callChoreography messageFlow ";

static void members_check(struct bpmn *m, const struct xtree *up)
{
    for (const struct xtree *e = xtree_first(up, NULL); e; e = xtree_next(e, NULL))
        if (bpmn_tag(e) < 0 && bpmn_is(e, NULL) && !rule_named(e, members))
            REFUSE("schema", "BPMN 里没有 %.*s 这种元素，不能执行", PS(e->name));
}

static size_t children(const struct xtree *e, const char *name)
{
    size_t n = 0;
    for (const struct xtree *c = xtree_first(e, name); c; c = xtree_next(c, name))
        n++;
    return n;
}

static const char without_default[] = "parallelGateway eventBasedGateway startEvent endEvent intermediateCatchEvent "
                                      "intermediateThrowEvent boundaryEvent ";

static void parts_check(struct bpmn *m, const struct xtree *e)
{
    if (xtree_is(e, "sequenceFlow"))
        for (int side = 0; side < 2; side++)
            if (!str_trim(xtree_attr(e, side ? "targetRef" : "sourceRef")).n)
                REFUSE("schema", "顺序流没有写%s", side ? "到哪里（targetRef）" : "从哪里来（sourceRef）");
    if (xtree_is(e, "relationship") && (children(e, "source") == 0 || children(e, "target") == 0))
        REFUSE("schema", "关系（relationship）须写从哪里（source）到哪里（target）");
    if (str_trim(xtree_attr(e, "default")).n && rule_named(e, without_default))
        REFUSE("schema", "这种元素没有默认出路（default），它的每条出路都走");
    if (xtree_is(e, "interface") && children(e, "operation") == 0)
        REFUSE("schema", "接口里没有操作");
    if (xtree_is(e, "operation") && (children(e, "inMessageRef") != 1 || children(e, "outMessageRef") > 1))
        REFUSE("schema", "操作须有一种收到的消息，至多一种发出的消息");
    if (xtree_is(e, "callActivity") && rule_executable(e) && !str_trim(xtree_attr(e, "calledElement")).n)
        REFUSE("schema", "调用活动没有写调用哪个流程（calledElement）");
}

static bool holds_flows(const struct xtree *e)
{
    return rule_named(e, "process subProcess transaction adHocSubProcess ") && rule_executable(e);
}

void bpmn_rules_schema(struct bpmn *m, const struct xtree *e)
{
    if (bpmn_is(e, NULL)) {
        values_check(m, e);
        parts_check(m, e);
        if (holds_flows(e))
            members_check(m, e);
    }
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!xtree_is(c, "BPMNDiagram") && !xtree_is(c, "extensionElements"))
            bpmn_rules_schema(m, c);
}
