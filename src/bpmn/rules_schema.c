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

/* What each element may have: attributes, and parts inside it; ! must be there, * may be there more than once. Every element may
 * have id, documentation and extensionElements. What is not known there would be passed over in silence, and of two
 * parts where one may stand one would be. The order of parts is left to the tools: nothing depends on it. */
#define FLOW_ELEMENT "auditing monitoring categoryValueRef* "
#define FLOW_NODE FLOW_ELEMENT "incoming* outgoing* "
#define RESOURCES "resourceRole* performer* humanPerformer* potentialOwner* "
#define ACTIVITY                                                                                                       \
    FLOW_NODE RESOURCES "ioSpecification property* dataInputAssociation* dataOutputAssociation* "                      \
                        "standardLoopCharacteristics multiInstanceLoopCharacteristics "
#define ACTIVITY_ATTRIBUTES "name isForCompensation startQuantity completionQuantity default "
#define ARTIFACTS "association* group* textAnnotation* artifact* "
#define FLOWS                                                                                                          \
    "laneSet* sequenceFlow* dataObject* dataObjectReference* dataStoreReference* startEvent* endEvent* event* "        \
    "intermediateCatchEvent* intermediateThrowEvent* boundaryEvent* implicitThrowEvent* task* userTask* manualTask* "  \
    "scriptTask* serviceTask* sendTask* receiveTask* businessRuleTask* subProcess* transaction* adHocSubProcess* "     \
    "callActivity* exclusiveGateway* inclusiveGateway* parallelGateway* complexGateway* eventBasedGateway* "           \
    "flowElement* choreographyTask* subChoreography* callChoreography* " ARTIFACTS
#define DEFINITIONS                                                                                                    \
    "timerEventDefinition* messageEventDefinition* signalEventDefinition* errorEventDefinition* "                      \
    "escalationEventDefinition* compensateEventDefinition* conditionalEventDefinition* cancelEventDefinition* "        \
    "terminateEventDefinition* linkEventDefinition* eventDefinition* eventDefinitionRef* "
#define CATCHES FLOW_NODE DEFINITIONS "property* dataOutput* dataOutputAssociation* outputSet "
#define THROWS FLOW_NODE DEFINITIONS "property* dataInput* dataInputAssociation* inputSet "
#define CALLABLE "supportedInterfaceRef* ioSpecification ioBinding* "
#define DATA_ASSOCIATION "sourceRef* targetRef! transformation assignment* "
#define RESOURCE_ROLE "resourceRef resourceParameterBinding* resourceAssignmentExpression "
static const struct shape {
    str element;
    const char *attributes, *parts;
} shapes[] = {
    {SC("process"), "name processType isClosed isExecutable definitionalCollaborationRef ",
     CALLABLE FLOWS RESOURCES "auditing monitoring property* correlationSubscription* supports* "},
    {SC("subProcess"), ACTIVITY_ATTRIBUTES "triggeredByEvent ", ACTIVITY FLOWS},
    {SC("transaction"), ACTIVITY_ATTRIBUTES "triggeredByEvent method ", ACTIVITY FLOWS},
    {SC("adHocSubProcess"), ACTIVITY_ATTRIBUTES "triggeredByEvent cancelRemainingInstances ordering ",
     ACTIVITY FLOWS "completionCondition "},
    {SC("task"), ACTIVITY_ATTRIBUTES, ACTIVITY},
    {SC("manualTask"), ACTIVITY_ATTRIBUTES, ACTIVITY},
    {SC("userTask"), ACTIVITY_ATTRIBUTES "implementation ", ACTIVITY "rendering* "},
    {SC("scriptTask"), ACTIVITY_ATTRIBUTES "scriptFormat ", ACTIVITY "script "},
    {SC("serviceTask"), ACTIVITY_ATTRIBUTES "implementation operationRef ", ACTIVITY},
    {SC("sendTask"), ACTIVITY_ATTRIBUTES "implementation messageRef operationRef ", ACTIVITY},
    {SC("receiveTask"), ACTIVITY_ATTRIBUTES "implementation instantiate messageRef operationRef ", ACTIVITY},
    {SC("businessRuleTask"), ACTIVITY_ATTRIBUTES "implementation ", ACTIVITY},
    {SC("callActivity"), ACTIVITY_ATTRIBUTES "calledElement ", ACTIVITY},
    {SC("exclusiveGateway"), "name gatewayDirection default ", FLOW_NODE},
    {SC("inclusiveGateway"), "name gatewayDirection default ", FLOW_NODE},
    {SC("complexGateway"), "name gatewayDirection default ", FLOW_NODE "activationCondition "},
    {SC("parallelGateway"), "name gatewayDirection ", FLOW_NODE},
    {SC("eventBasedGateway"), "name gatewayDirection instantiate eventGatewayType ", FLOW_NODE},
    {SC("startEvent"), "name parallelMultiple isInterrupting ", CATCHES},
    {SC("intermediateCatchEvent"), "name parallelMultiple ", CATCHES},
    {SC("boundaryEvent"), "name parallelMultiple cancelActivity attachedToRef! ", CATCHES},
    {SC("intermediateThrowEvent"), "name ", THROWS},
    {SC("endEvent"), "name ", THROWS},
    {SC("sequenceFlow"), "name sourceRef! targetRef! isImmediate ", FLOW_ELEMENT "conditionExpression "},
    {SC("dataObject"), "name itemSubjectRef isCollection ", FLOW_ELEMENT "dataState "},
    {SC("dataObjectReference"), "name itemSubjectRef dataObjectRef ", FLOW_ELEMENT "dataState "},
    {SC("dataStoreReference"), "name itemSubjectRef dataStoreRef ", FLOW_ELEMENT "dataState "},
    {SC("dataStore"), "name capacity isUnlimited itemSubjectRef ", "dataState "},
    {SC("dataInput"), "name itemSubjectRef isCollection ", "dataState "},
    {SC("dataOutput"), "name itemSubjectRef isCollection ", "dataState "},
    {SC("property"), "name itemSubjectRef ", "dataState "},
    {SC("ioSpecification"), "", "dataInput* dataOutput* inputSet!* outputSet!* "},
    {SC("inputSet"), "name ", "dataInputRefs* optionalInputRefs* whileExecutingInputRefs* outputSetRefs* "},
    {SC("outputSet"), "name ", "dataOutputRefs* optionalOutputRefs* whileExecutingOutputRefs* inputSetRefs* "},
    {SC("dataInputAssociation"), "", DATA_ASSOCIATION},
    {SC("dataOutputAssociation"), "", DATA_ASSOCIATION},
    {SC("assignment"), "", "from! to! "},
    {SC("ioBinding"), "operationRef! inputDataRef! outputDataRef! ", ""},
    {SC("standardLoopCharacteristics"), "testBefore loopMaximum ", "loopCondition "},
    {SC("multiInstanceLoopCharacteristics"), "isSequential behavior oneBehaviorEventRef noneBehaviorEventRef ",
     "loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem complexBehaviorDefinition* "
     "completionCondition "},
    {SC("complexBehaviorDefinition"), "", "condition! event "},
    {SC("timerEventDefinition"), "", "timeDate timeDuration timeCycle "},
    {SC("messageEventDefinition"), "messageRef ", "operationRef "},
    {SC("signalEventDefinition"), "signalRef ", ""},
    {SC("errorEventDefinition"), "errorRef ", ""},
    {SC("escalationEventDefinition"), "escalationRef ", ""},
    {SC("compensateEventDefinition"), "waitForCompletion activityRef ", ""},
    {SC("conditionalEventDefinition"), "", "condition! "},
    {SC("cancelEventDefinition"), "", ""},
    {SC("terminateEventDefinition"), "", ""},
    {SC("linkEventDefinition"), "name! ", "source* target "},
    {SC("performer"), "name ", RESOURCE_ROLE},
    {SC("humanPerformer"), "name ", RESOURCE_ROLE},
    {SC("potentialOwner"), "name ", RESOURCE_ROLE},
    {SC("resourceRole"), "name ", RESOURCE_ROLE},
    {SC("resourceParameterBinding"), "parameterRef! ", "expression formalExpression "},
    {SC("resourceAssignmentExpression"), "", "expression formalExpression "},
    {SC("laneSet"), "name ", "lane* "},
    {SC("lane"), "name partitionElementRef ", "partitionElement flowNodeRef* childLaneSet "},
    {SC("childLaneSet"), "name ", "lane* "},
    {SC("association"), "sourceRef! targetRef! associationDirection ", ""},
    {SC("group"), "categoryValueRef ", ""},
    {SC("textAnnotation"), "textFormat ", "text "},
    {SC("message"), "name itemRef ", ""},
    {SC("signal"), "name structureRef ", ""},
    {SC("error"), "name errorCode structureRef ", ""},
    {SC("escalation"), "name escalationCode structureRef ", ""},
    {SC("itemDefinition"), "structureRef isCollection itemKind ", ""},
    {SC("interface"), "name! implementationRef ", "operation!* "},
    {SC("operation"), "name! implementationRef ", "inMessageRef! outMessageRef errorRef* "},
    {SC("resource"), "name! ", "resourceParameter* "},
    {SC("resourceParameter"), "name type isRequired ", ""},
    {SC("category"), "name ", "categoryValue* "},
    {SC("categoryValue"), "value ", ""},
    {SC("import"), "namespace! location! importType! ", ""},
    {SC("globalTask"), "name ", CALLABLE RESOURCES},
    {SC("globalManualTask"), "name ", CALLABLE RESOURCES},
    {SC("globalUserTask"), "name implementation ", CALLABLE RESOURCES "rendering* "},
    {SC("globalScriptTask"), "name scriptLanguage scriptFormat ", CALLABLE RESOURCES "script "},
    {SC("globalBusinessRuleTask"), "name implementation ", CALLABLE RESOURCES},
    {SC("correlationProperty"), "name type ", "correlationPropertyRetrievalExpression!* "},
    {SC("correlationPropertyRetrievalExpression"), "messageRef! ", "messagePath! "},
    {SC("correlationSubscription"), "correlationKeyRef! ", "correlationPropertyBinding* "},
    {SC("correlationPropertyBinding"), "correlationPropertyRef! ", "dataPath! "},
    {SC("correlationKey"), "name ", "correlationPropertyRef* "},
    {SC("participant"), "name processRef ", "interfaceRef* endPointRef* participantMultiplicity "},
    {SC("participantMultiplicity"), "minimum maximum ", ""},
    {SC("messageFlow"), "name sourceRef! targetRef! messageRef ", ""},
};

/* A word of a list, and the marks behind it; 0: it is not there. */
static const char *word_marks(const char *list, str word)
{
    for (const char *at = list; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " !*");
        if (n == word.n && memcmp(at, word.p, n) == 0)
            return at + n;
        at += strcspn(at, " ");
    }
    return NULL;
}

static const struct shape *shape_of(const struct xtree *e)
{
    for (size_t i = 0; i < COUNT(shapes); i++)
        if (str_eq(e->name, shapes[i].element))
            return &shapes[i];
    return NULL;
}

static void attributes_check(struct bpmn *m, const struct xtree *e, const struct shape *s)
{
    for (const struct xattr *a = e->attrs; a; a = a->next)
        if (a->ns.n == 0 && !str_eq(a->name, S("id")) && !word_marks(s->attributes, a->name))
            REFUSE("schema", "%.*s 没有 %.*s 这个属性，请检查拼写，或删去", PS(e->name), PS(a->name));
    for (const char *at = s->attributes; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        size_t n = strcspn(at, " !");
        const char *name = at[n] == '!' ? op_z(m->op, (str){at, n}) : NULL;
        if (name && !xtree_owns(e, name))
            REFUSE("schema", "%.*s 须写 %s", PS(e->name), name);
    }
}

static void members_check(struct bpmn *m, const struct xtree *up, const struct shape *s)
{
    for (const struct xtree *e = xtree_first(up, NULL); e; e = xtree_next(e, NULL)) {
        if (!bpmn_is(e, NULL) || xtree_is(e, "documentation"))
            continue;
        const char *marks = xtree_is(e, "extensionElements") ? "" : word_marks(s->parts, e->name);
        if (!marks)
            REFUSE("schema", "BPMN 的 %.*s 里没有 %.*s 这种元素，不能执行", PS(up->name), PS(e->name));
        else if (!strchr(marks, '*') || strcspn(marks, "*") > strcspn(marks, " "))
            for (const struct xtree *c = xtree_first(up, NULL); c != e; c = xtree_next(c, NULL))
                if (str_eq(c->name, e->name) && bpmn_is(c, NULL)) {
                    REFUSE("schema", "%.*s 里只能有一个 %.*s", PS(up->name), PS(e->name));
                    break;
                }
    }
}

static void shape_check(struct bpmn *m, const struct xtree *e)
{
    const struct shape *s = shape_of(e);
    if (!s)
        return;
    attributes_check(m, e, s);
    members_check(m, e, s);
    for (const char *at = s->parts; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        size_t n = strcspn(at, " !*");
        const char *name = at[n] == '!' ? op_z(m->op, (str){at, n}) : NULL;
        if (name && !xtree_first(e, name))
            REFUSE("schema", "%.*s 里须有 %s", PS(e->name), name);
    }
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
            if (!str_trim(xtree_own(e, side ? "targetRef" : "sourceRef")).n)
                REFUSE("schema", "顺序流没有写%s", side ? "到哪里（targetRef）" : "从哪里来（sourceRef）");
    if (xtree_is(e, "relationship") && (children(e, "source") == 0 || children(e, "target") == 0))
        REFUSE("schema", "关系（relationship）须写从哪里（source）到哪里（target）");
    if (str_trim(xtree_own(e, "default")).n && rule_named(e, without_default))
        REFUSE("schema", "这种元素没有默认出路（default），它的每条出路都走");
    if (xtree_is(e, "operation") && (children(e, "inMessageRef") != 1 || children(e, "outMessageRef") > 1))
        REFUSE("schema", "操作须有一种收到的消息，至多一种发出的消息");
    if (xtree_is(e, "callActivity") && rule_executable(e) && !str_trim(xtree_own(e, "calledElement")).n)
        REFUSE("schema", "调用活动没有写调用哪个流程（calledElement）");
}

static void walk(struct bpmn *m, const struct xtree *e, bool executed)
{
    if (bpmn_is(e, NULL)) {
        values_check(m, e);
        parts_check(m, e);
        if (xtree_is(e, "process"))
            executed &= xtree_flag(e, "isExecutable");
        if (executed)
            shape_check(m, e);
    }
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!xtree_is(c, "BPMNDiagram") && !xtree_is(c, "extensionElements"))
            walk(m, c, executed);
}

void bpmn_rules_schema(struct bpmn *m)
{
    bool executed = false;
    for (size_t i = 0; i < m->processes.n; i++)
        executed |= m->nodes[m->processes.p[i]].executable;
    walk(m, m->root, executed);
}
