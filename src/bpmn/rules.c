/* What the standard forbids, and what we do not execute: references, containers, flows, gateways, tasks.
 * Each rule is a row: the element, the name of the rule (EXTnnn as third parties number them), and a function. */
#include "bpmn/rules.h"

/* ---- references -------------------------------------------------------------------------------------------- */

static const char flow_nodes[] =
    "startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent task manualTask "
    "userTask scriptTask serviceTask sendTask receiveTask businessRuleTask subProcess transaction "
    "adHocSubProcess callActivity exclusiveGateway parallelGateway inclusiveGateway complexGateway "
    "eventBasedGateway choreographyTask subChoreography callChoreography ";
#define ACTIVITIES                                                                                                  \
    "task manualTask userTask scriptTask serviceTask sendTask receiveTask businessRuleTask subProcess transaction "   \
    "adHocSubProcess callActivity "
static const char activities[] = ACTIVITIES;
static const char message_ends[] =
    ACTIVITIES "participant startEvent endEvent intermediateCatchEvent intermediateThrowEvent "
               "boundaryEvent choreographyTask subChoreography callChoreography conversation subConversation ";
#define CONVERSES                                                                                                      \
    ACTIVITIES "participant startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent "           \
               "conversation subConversation callConversation "
static const char data_items[] =
    "dataObject dataObjectReference dataInput dataOutput property dataStore dataStoreReference "
    "inputDataItem outputDataItem ";
static const char definitions[] =
    "timerEventDefinition messageEventDefinition signalEventDefinition errorEventDefinition "
    "escalationEventDefinition compensateEventDefinition conditionalEventDefinition "
    "cancelEventDefinition terminateEventDefinition linkEventDefinition ";
static const char callables[] =
    "process globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask ";

/* Empty `on`: on any element. `child`: written as a child element, not an attribute. `loose`: may point out of the
 * file, IMPORTED: into one that it imports. */
enum { IMPORTED = 2 };
static const struct reference {
    const char *on, *name, *targets;
    bool child;
    uint8_t loose;
} references[] = {
    {"sequenceFlow", "sourceRef", flow_nodes, false, false},
    {"sequenceFlow", "targetRef", flow_nodes, false, false},
    {"boundaryEvent", "attachedToRef", activities, false, false},
    {"messageFlow", "sourceRef", message_ends, false, false},
    {"messageFlow", "targetRef", message_ends, false, false},
    {"messageFlow", "messageRef", "message ", false, false},
    {"messageEventDefinition", "messageRef", "message ", false, false},
    {"messageEventDefinition", "operationRef", "operation ", true, false},
    {"signalEventDefinition", "signalRef", "signal ", false, false},
    {"errorEventDefinition", "errorRef", "error ", false, false},
    {"escalationEventDefinition", "escalationRef", "escalation ", false, false},
    {"compensateEventDefinition", "activityRef", activities, false, false},
    {"linkEventDefinition", "source", "linkEventDefinition ", true, false},
    {"linkEventDefinition", "target", "linkEventDefinition ", true, false},
    {"", "eventDefinitionRef", definitions, true, false},
    {"", "default", "sequenceFlow ", false, false},
    {"", "incoming", "sequenceFlow ", true, false},
    {"", "outgoing", "sequenceFlow ", true, false},
    {"participant", "processRef", "process ", false, false},
    {"process", "supports", "process ", true, false},
    {"", "evaluatesToTypeRef", "itemDefinition ", false, true},
    {"participantAssociation", "innerParticipantRef", "participant ", true, false},
    {"participantAssociation", "outerParticipantRef", "participant ", true, false},
    {"messageFlowAssociation", "innerMessageFlowRef", "messageFlow ", true, false},
    {"messageFlowAssociation", "outerMessageFlowRef", "messageFlow ", true, false},
    {"participant", "interfaceRef", "interface ", true, false},
    {"process", "definitionalCollaborationRef", "collaboration choreography globalConversation ", false, false},
    {"", "supportedInterfaceRef", "interface ", true, false},
    {"partnerEntity", "participantRef", "participant ", true, false},
    {"partnerRole", "participantRef", "participant ", true, false},
    {"dataObjectReference", "dataObjectRef", "dataObject ", false, false},
    {"dataStoreReference", "dataStoreRef", "dataStore ", false, IMPORTED},
    {"", "itemSubjectRef", "itemDefinition ", false, false},
    {"", "itemRef", "itemDefinition ", false, false},
    {"signal", "structureRef", "itemDefinition ", false, true},
    {"error", "structureRef", "itemDefinition ", false, true},
    {"escalation", "structureRef", "itemDefinition ", false, true},
    {"dataInputAssociation", "sourceRef", data_items, true, false},
    {"dataInputAssociation", "targetRef", data_items, true, false},
    {"dataOutputAssociation", "sourceRef", data_items, true, false},
    {"dataOutputAssociation", "targetRef", data_items, true, false},
    {"association", "sourceRef", "", false, false},
    {"association", "targetRef", "", false, false},
    {"", "flowNodeRef", flow_nodes, true, false},
    {"inputSet", "dataInputRefs", "dataInput ", true, false},
    {"inputSet", "optionalInputRefs", "dataInput ", true, false},
    {"inputSet", "whileExecutingInputRefs", "dataInput ", true, false},
    {"inputSet", "outputSetRefs", "outputSet ", true, false},
    {"outputSet", "dataOutputRefs", "dataOutput ", true, false},
    {"outputSet", "optionalOutputRefs", "dataOutput ", true, false},
    {"outputSet", "whileExecutingOutputRefs", "dataOutput ", true, false},
    {"outputSet", "inputSetRefs", "inputSet ", true, false},
    {"sendTask", "messageRef", "message ", false, false},
    {"receiveTask", "messageRef", "message ", false, false},
    {"sendTask", "operationRef", "operation ", false, false},
    {"receiveTask", "operationRef", "operation ", false, false},
    {"serviceTask", "operationRef", "operation ", false, false},
    {"callActivity", "calledElement", callables, false, true},
    {"group", "categoryValueRef", "categoryValue ", false, false},
    {"operation", "inMessageRef", "message ", true, false},
    {"operation", "outMessageRef", "message ", true, false},
    {"operation", "errorRef", "error ", true, false},
    {"correlationPropertyRetrievalExpression", "messageRef", "message ", false, false},
    {"correlationKey", "correlationPropertyRef", "correlationProperty ", true, false},
    {"correlationSubscription", "correlationKeyRef", "correlationKey ", false, false},
    {"correlationPropertyBinding", "correlationPropertyRef", "correlationProperty ", false, false},
    {"", "resourceRef", "resource ", true, false},
    {"resourceParameterBinding", "parameterRef", "resourceParameter ", false, false},
    {"ioBinding", "operationRef", "operation ", false, false},
    {"ioBinding", "inputDataRef", "dataInput inputSet ", false, false},
    {"ioBinding", "outputDataRef", "dataOutput outputSet ", false, false},
    {"multiInstanceLoopCharacteristics", "loopDataInputRef", data_items, true, false},
    {"multiInstanceLoopCharacteristics", "loopDataOutputRef", data_items, true, false},
    {"multiInstanceLoopCharacteristics", "noneBehaviorEventRef", definitions, false, false},
    {"multiInstanceLoopCharacteristics", "oneBehaviorEventRef", definitions, false, false},
    {"conversation", "participantRef", "participant ", true, false},
    {"subConversation", "participantRef", "participant ", true, false},
    {"callConversation", "participantRef", "participant ", true, false},
    {"conversation", "messageFlowRef", "messageFlow ", true, false},
    {"subConversation", "messageFlowRef", "messageFlow ", true, false},
    {"callConversation", "messageFlowRef", "messageFlow ", true, false},
    {"callConversation", "calledCollaborationRef", "collaboration globalConversation choreography ", false, true},
    {"conversationLink", "sourceRef", CONVERSES, false, false},
    {"conversationLink", "targetRef", CONVERSES, false, false},
    {"conversationAssociation", "innerConversationNodeRef", "conversation subConversation callConversation ", false,
     false},
    {"conversationAssociation", "outerConversationNodeRef", "conversation subConversation callConversation ", false,
     false},
    {"collaboration", "choreographyRef", "choreography ", true, true},
    {"participant", "endPointRef", "endPoint ", true, true},
};

bool rule_named(const struct xtree *e, const char *names)
{
    size_t at;
    char word[64];
    if (e->name.n + 2 > sizeof word)
        return false;
    memcpy(word, e->name.p, e->name.n);
    word[e->name.n] = ' ';
    for (str rest = str_z(names); str_find(rest, (str){word, e->name.n + 1}, &at);
         rest = str_part(rest, at + 1, rest.n))
        if (at == 0 || rest.p[at - 1] == ' ')
            return true;
    return false;
}

static void reference_check(struct bpmn *m, const struct xtree *e, const struct reference *r, str value)
{
    const struct xtree *target = bpmn_target(m, value);
    if (!target && (r->loose == IMPORTED ? xtree_first(m->root, "import") != NULL : r->loose))
        return;
    if (!target)
        bpmn_find(m, BPMN_REFUSED, e, "REF", "%s 指向的 %.*s 不存在，请改正或补上", r->name, PS(str_trim(value)));
    else if (r->targets[0] && !rule_named(target, r->targets))
        bpmn_find(m, BPMN_REFUSED, e, "REF", "%s 不能指向 %.*s（%.*s）", r->name, PS(str_trim(value)), PS(target->name));
}

/* What is asked of every element of one name, found once per document: models have thousands of elements and thirty
 * names. */
struct about {
    uint64_t rules;                 /* bits of the three tables, one after another */
    uint8_t references[COUNT(references)];
    size_t reference_count;
};

static void references_check(struct bpmn *m, const struct xtree *e, const struct about *about)
{
    for (size_t i = 0; i < about->reference_count; i++) {
        const struct reference *r = &references[about->references[i]];
        if (!r->child && xtree_owns(e, r->name) && (str_trim(xtree_own(e, r->name)).n || r->on[0]))
            reference_check(m, e, r, xtree_own(e, r->name));
        for (const struct xtree *c = r->child ? xtree_first(e, r->name) : NULL; c; c = xtree_next(c, r->name))
            if (bpmn_is(c, NULL))
                reference_check(m, c, r, c->text);
    }
}

/* ---- helpers ----------------------------------------------------------------------------------------------- */

bool rule_executable(const struct xtree *e)
{
    while (e && !xtree_is(e, "process"))
        e = e->up;
    return !e || xtree_flag(e, "isExecutable");
}

const struct node *rule_node(const struct bpmn *m, const struct xtree *e)
{
    int n = bpmn_node_of(m, e);
    return n < 0 ? NULL : &m->nodes[n];
}

bool rule_has_event(const struct bpmn *m, const struct node *n, enum event_kind kind)
{
    for (size_t i = 0; n && i < n->events.n; i++)
        if (m->events[n->events.p[i]].kind == kind)
            return true;
    return false;
}

static bool formal(const struct xtree *e)
{
    str type = xtree_attr(e, "type"), prefix, local;
    return str_eq(type, S("tFormalExpression")) ||
           (str_split(type, ':', &prefix, &local) && str_eq(local, S("tFormalExpression")));
}

#define REFUSE(rule, ...) bpmn_find(m, BPMN_REFUSED, e, rule, __VA_ARGS__)

/* ---- texts ------------------------------------------------------------------------------------------------- */

static void expression_rule(struct bpmn *m, const struct xtree *e)
{
    static const char must_be_formal[] =
        "loopCardinality loopCondition completionCondition timeCycle timeDate timeDuration from to ";
    bool condition = xtree_is(e, "condition") && xtree_is(e->up, "conditionalEventDefinition");
    if (str_trim(e->text).n == 0 && !e->first)
        REFUSE("EXT013", "表达式是空的，请写上内容");
    else if (rule_executable(e) && !formal(e) && (rule_named(e, must_be_formal) || condition))
        REFUSE("EXT012", "要执行的流程须用正式表达式（xsi:type=\"tFormalExpression\"）");
}

static bool uri_valid(str s)
{
    static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && !memchr(others, c, sizeof others - 1))
            return false;
        if (c == '%' && !(i + 2 < s.n && strspn(s.p + i + 1, "0123456789abcdefABCDEF") >= 2))
            return false;
    }
    return s.n > 0;
}

static void language_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *attrs[] = {"language", "method"};
    for (size_t i = 0; i < COUNT(attrs); i++)
        if (xtree_owns(e, attrs[i]) && (i == 0 || xtree_is(e, "transaction")) && !uri_valid(xtree_own(e, attrs[i])))
            REFUSE(i ? "EXT060" : "EXT014", "%s 不是合规的网址", attrs[i]);
}

static void format_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *languages[] = {"feel", "javascript", "groovy", "juel", "python", "ruby"};
    const char *attr = xtree_is(e, "scriptTask") || xtree_is(e, "globalScriptTask") ? "scriptFormat" : "textFormat";
    if (!xtree_owns(e, attr))
        return;
    str format = xtree_own(e, attr);
    size_t at = 0;
    bool mime = str_find(format, S("/"), &at) && at > 0 && at + 1 < format.n;
    for (size_t i = 0; i < COUNT(languages) && !mime; i++)
        mime = str_eq(feel_lower(m->op, format), str_z(languages[i]));
    if (!mime)
        REFUSE(attr[0] == 's' ? "EXT145" : "EXT004", "%s「%.*s」不是内容类型，应像 text/plain", attr, PS(format));
}

/* ---- containers -------------------------------------------------------------------------------------------- */

/* A diagram by hand, a tool's export: where incoming and outgoing are written at all, they must agree with the flows.
 */
static bool lists_flow(const struct xtree *node, const char *name, str key)
{
    for (const struct xtree *c = xtree_first(node, name); c; c = xtree_next(c, name)) {
        str prefix, local, text = str_trim(c->text);
        if (str_eq(text, key) || (str_split(text, ':', &prefix, &local) && str_eq(local, key)))
            return true;
    }
    return false;
}

static bool lists_any(struct bpmn *m, const struct xtree *container)
{
    if (m->listed_in == container)
        return m->lists;
    m->listed_in = container;
    m->lists = false;
    for (const struct xtree *c = container->first; c && !m->lists; c = c->next)
        m->lists = (xtree_first(c, "incoming") || xtree_first(c, "outgoing")) && rule_named(c, flow_nodes);
    return m->lists;
}

static void flow_rule(struct bpmn *m, const struct xtree *e)
{
    const struct node *from = rule_node(m, bpmn_target(m, xtree_own(e, "sourceRef")));
    const struct node *to = rule_node(m, bpmn_target(m, xtree_own(e, "targetRef")));
    if (xtree_owns(e, "isImmediate") && !xtree_flag(e, "isImmediate") && rule_executable(e))
        REFUSE("EXT024", "要执行的流程里顺序流不能写 isImmediate=\"false\"");
    if (!xtree_own(e, "id").n)
        REFUSE("EXT003", "顺序流没有编号");
    if (!from || !to)
        return;
    if (from->up != to->up)
        REFUSE("EXT028", "顺序流不能跨出流程或子流程，从「%.*s」到「%.*s」", PS(from->id), PS(to->id));
    if (lists_any(m, e->up) && (!lists_flow(from->xml, "outgoing", xtree_own(e, "id")) ||
                             !lists_flow(to->xml, "incoming", xtree_own(e, "id"))))
        REFUSE("EXT023", "顺序流与两端登记的 incoming、outgoing 对不上");
    if (xtree_first(e, "conditionExpression") && from->out.n < 2 && node_is_activity(from->kind))
        REFUSE("EXT025", "「%.*s」只有这一条出路，它就不能有条件", PS(from->id));
    if (xtree_first(e, "conditionExpression") && from->kind == NODE_GATE)
        REFUSE("EXT137", "事件网关的出路不能有条件");
}

static void listed_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *const ends[2][2] = {{"incoming", "targetRef"}, {"outgoing", "sourceRef"}};
    for (int side = 0; side < 2; side++)
        for (const struct xtree *c = xtree_first(e, ends[side][0]); c; c = xtree_next(c, ends[side][0])) {
            const struct xtree *flow = bpmn_is(c, NULL) ? bpmn_target(m, c->text) : NULL;
            if (flow && bpmn_is(flow, "sequenceFlow") && bpmn_target(m, xtree_own(flow, ends[side][1])) != e)
                REFUSE("EXT023", "%s 里的 %.*s 并不%s这里", ends[side][0], PS(str_trim(c->text)), side ? "出自" : "到达");
        }
    if (xtree_owns(e, "default") && str_trim(xtree_own(e, "default")).n) {
        const struct xtree *flow = bpmn_target(m, xtree_own(e, "default"));
        if (flow && bpmn_target(m, xtree_own(flow, "sourceRef")) != e)
            REFUSE("EXT026", "默认出路 %.*s 不是从这里出去的", PS(xtree_own(e, "default")));
    }
    if (!xtree_own(e, "id").n)
        REFUSE("EXT003", "没有编号");
}

/* Nodes nothing leads to, and nodes that lead nowhere, in a container that says where it begins and ends. */
static void loose_ends(struct bpmn *m, const struct node *up)
{
    bool starts = false, ends = false, instantiates = false;
    for (size_t i = 0; i < up->children.n; i++) {
        const struct node *n = &m->nodes[up->children.p[i]];
        starts |= n->kind == NODE_START;
        ends |= n->kind == NODE_END;
        instantiates |= n->instantiate;
    }
    const struct xtree *e = up->xml;
    if (ends && !starts && !instantiates && up->kind != NODE_ADHOC)
        REFUSE("EXT097", "有结束事件，却没有开始事件");
    if (starts && !ends && up->kind != NODE_ADHOC)
        REFUSE("EXT105", "有开始事件，却没有结束事件");
    for (size_t i = 0; i < up->children.n; i++) {
        const struct node *n = &m->nodes[up->children.p[i]];
        bool link = rule_has_event(m, n, EVENT_LINK);
        if (n->kind == NODE_EVENT_SUB || n->for_compensation)
            continue;
        e = n->xml;
        bool compensates = n->kind == NODE_BOUNDARY && rule_has_event(m, n, EVENT_COMPENSATE);
        if (starts && !n->in.n && n->kind != NODE_START && n->kind != NODE_BOUNDARY &&
            !(link && n->kind == NODE_CATCH) && !n->instantiate)
            REFUSE("EXT150", "没有一条路通到这里");
        if (ends && !n->out.n && n->kind != NODE_END && !compensates && !(link && n->kind == NODE_THROW))
            REFUSE("EXT151", "从这里没有一条路出去");
    }
}

static void container_rule(struct bpmn *m, const struct xtree *e)
{
    const struct node *n = rule_node(m, e);
    if (!n)
        return;
    loose_ends(m, n);
    if (n->kind == NODE_PROCESS && n->executable && str_eq(xtree_own(e, "processType"), S("Public")))
        REFUSE("EXT035", "公开流程（processType=\"Public\"）不能执行");
    if (n->kind == NODE_ADHOC) {
        int tasks = 0;
        for (size_t i = 0; i < n->children.n; i++) {
            tasks += node_is_activity(m->nodes[n->children.p[i]].kind);
            if (m->nodes[n->children.p[i]].kind == NODE_START || m->nodes[n->children.p[i]].kind == NODE_END)
                REFUSE("EXT062", "自由子流程里不能有开始事件和结束事件");
        }
        if (tasks == 0)
            REFUSE("EXT061", "自由子流程里没有活动");
    }
    if (n->kind == NODE_EVENT_SUB) {
        int starts = 0;
        for (size_t i = 0; i < n->children.n; i++)
            starts += m->nodes[n->children.p[i]].kind == NODE_START;
        if (starts != 1)
            REFUSE("EXT058", "事件子流程须有一个开始事件，这里有 %d 个", starts);
        if (n->in.n || n->out.n)
            REFUSE(n->in.n ? "EXT022" : "EXT021", "事件子流程不能有顺序流连着");
    }
}

static void not_executed(struct bpmn *m, const struct xtree *e)
{
    REFUSE("EXT027", "编排与会话不执行，请改成流程");
}

/* ---- gateways ---------------------------------------------------------------------------------------------- */

static void gateway_rule(struct bpmn *m, const struct xtree *e)
{
    static const struct {
        const char *direction, *rule, *text;
        bool one_in, one_out;
    } rows[] = {{"Converging", "EXT017", "汇合网关须有多条入路、至多一条出路", false, true},
                {"Diverging", "EXT018", "分支网关须有多条出路、至多一条入路", true, false},
                {"Mixed", "EXT019", "混合网关的入路和出路都须多于一条", false, false}};
    const struct node *n = rule_node(m, e);
    if (!n)
        return;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!str_eq(xtree_own(e, "gatewayDirection"), str_z(rows[i].direction)))
            continue;
        bool in = rows[i].one_in ? n->in.n <= 1 : n->in.n >= 2, out = rows[i].one_out ? n->out.n <= 1 : n->out.n >= 2;
        if (!in || !out)
            REFUSE(rows[i].rule, "%s，这里有 %zu 条入路、%zu 条出路", rows[i].text, n->in.n, n->out.n);
    }
}

static void gate_target(struct bpmn *m, const struct xtree *e, const struct node *n, const struct node *t,
                        bool *messages, bool *receives)
{
    static const char allowed[EVENT_KINDS] = {
        [EVENT_TIMER] = 1, [EVENT_MESSAGE] = 1, [EVENT_SIGNAL] = 1, [EVENT_CONDITION] = 1};
    bool ok = t->kind == NODE_RECEIVE || (t->kind == NODE_CATCH && t->events.n > 0);
    for (size_t i = 0; t->kind == NODE_CATCH && i < t->events.n; i++)
        ok &= allowed[m->events[t->events.p[i]].kind] != 0;
    *receives |= t->kind == NODE_RECEIVE;
    *messages |= rule_has_event(m, t, EVENT_MESSAGE);
    if (!ok)
        REFUSE("EXT138", "事件网关后面只能是接收任务，或消息、信号、定时、条件事件；「%.*s」不是", PS(t->id));
    if (t->kind == NODE_RECEIVE && t->boundaries.n)
        REFUSE("EXT140", "事件网关后面的接收任务不能有边界事件");
    if (t->in.n > 1)
        REFUSE("EXT141", "「%.*s」除事件网关外不能另有入路", PS(t->id));
    if (n->instantiate && t->kind == NODE_CATCH && !rule_has_event(m, t, EVENT_MESSAGE))
        REFUSE("EXT142", "启动流程的事件网关后面只能等消息");
}

/* What begins a process by itself stands in the process: a sub-process is entered from outside, whatever it begins with
 * (10.3.3, 10.5.2, 10.6.6 of the standard). */
static void instantiates_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    if (n->instantiate && n->up >= 0 && m->nodes[n->up].kind != NODE_PROCESS)
        REFUSE("instantiate", "instantiate=\"true\" 是用来启动整个流程的，不能放在子流程里；请去掉，或移到子流程外面");
}

static void gate_rule(struct bpmn *m, const struct xtree *e)
{
    const struct node *n = rule_node(m, e);
    bool messages = false, receives = false;
    gateway_rule(m, e);
    if (!n)
        return;
    if (n->out.n < 2)
        REFUSE("EXT136", "事件网关须有两条以上出路");
    for (size_t i = 0; i < n->out.n; i++)
        gate_target(m, e, n, &m->nodes[m->edges[n->out.p[i]].target], &messages, &receives);
    if (messages && receives)
        REFUSE("EXT139", "事件网关后面不能既有消息事件又有接收任务");
    if (n->instantiate && n->in.n)
        REFUSE("EXT142", "启动流程的事件网关不能有入路");
    instantiates_rule(m, e, n);
    if (n->parallel_multiple && !n->instantiate)
        REFUSE("EXT135", "并行的事件网关只能用来启动流程（instantiate=\"true\"），中途请改用并行多重事件");
}

/* ---- activities -------------------------------------------------------------------------------------------- */

static void activity_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *loop = xtree_first(e, "multiInstanceLoopCharacteristics");
    if (loop && xtree_first(e, "standardLoopCharacteristics"))
        REFUSE("EXT041", "循环和多实例只能选一种");
    if (loop && !xtree_first(loop, "loopCardinality") && !xtree_first(loop, "loopDataInputRef") &&
        !xtree_has(loop, "collection"))
        REFUSE("EXT067", "多实例没有写做几次，也没有写按哪个列表做");
    static const char *roles[] = {"performer", "humanPerformer", "potentialOwner", "resourceRole"};
    for (size_t i = 0; i < COUNT(roles); i++)
        for (const struct xtree *r = xtree_first(e, roles[i]); r; r = xtree_next(r, roles[i])) {
            bool resource = xtree_first(r, "resourceRef"), expression = xtree_first(r, "resourceAssignmentExpression");
            if (resource && expression)
                REFUSE("EXT039", "办理人的资源和表达式只能选一种");
            if (!resource && xtree_first(r, "resourceParameterBinding"))
                REFUSE("EXT040", "没有资源，就不能有资源参数");
        }
    const struct node *n = rule_node(m, e);
    if (n && n->kind == NODE_RECEIVE && n->instantiate && n->in.n)
        REFUSE("EXT049", "启动流程的接收任务不能有入路");
    if (n && n->kind == NODE_RECEIVE)
        instantiates_rule(m, e, n);
    if (n && (size_t)n->completion_quantity * n->out.n > BPMN_FIRINGS_MAX)
        REFUSE("EXT038", "completionQuantity 乘以出路的条数不能超过 %d", BPMN_FIRINGS_MAX);
    if (n && n->for_compensation && (n->in.n || n->out.n))
        REFUSE("compensation", "补偿活动不能有顺序流连着");
}

static void call_rule(struct bpmn *m, const struct xtree *e)
{
    const struct node *n = rule_node(m, e);
    activity_rule(m, e);
    if (!n || n->kind != NODE_CALL)
        return;
    if (n->called < 0)
        return;
    const struct node *target = &m->nodes[n->called];
    bool starts = false, plain = false;
    for (size_t i = 0; i < target->children.n; i++)
        if (m->nodes[target->children.p[i]].kind == NODE_START) {
            starts = true;
            plain |= m->nodes[target->children.p[i]].events.n == 0;
        }
    if (starts && !plain)
        REFUSE("EXT099", "被调用的流程「%.*s」没有普通的开始事件", PS(target->id));
}

/* ---- collaborations ---------------------------------------------------------------------------------------- */

static const struct xtree *pool_of(const struct bpmn *m, const struct xtree *e)
{
    if (e && xtree_is(e, "participant"))
        return xtree_owns(e, "processRef") ? bpmn_target(m, xtree_own(e, "processRef")) : e;
    while (e && !xtree_is(e, "process"))
        e = e->up;
    return e;
}

/* An event of one message has one message flow: this is one more than it has messages. */
static bool flows_beyond(const struct bpmn *m, const struct xtree *flow, const struct node *n, const char *end)
{
    size_t messages = 0, flows = 0;
    if (n->kind != NODE_START && n->kind != NODE_END && n->kind != NODE_CATCH && n->kind != NODE_THROW &&
        n->kind != NODE_BOUNDARY)
        return false;
    for (size_t i = 0; i < n->events.n; i++)
        messages += m->events[n->events.p[i]].kind == EVENT_MESSAGE;
    for (const struct xtree *c = xtree_first(flow->up, "messageFlow"); c; c = c == flow ? NULL : xtree_next(c, "messageFlow"))
        flows += bpmn_target(m, xtree_own(c, end)) == n->xml;
    return messages > 0 && flows > messages;
}

static void message_flow_rule(struct bpmn *m, const struct xtree *e)
{
    static const struct {
        bool target;
        enum node_kind kind;
        const char *rule, *text;
    } rows[] = {{false, NODE_START, "EXT102", "开始事件不能发出消息"}, {true, NODE_END, "EXT108", "结束事件不能收到消息"},
                {false, NODE_CATCH, "EXT119", "捕获事件不能发出消息"}, {true, NODE_THROW, "EXT119", "抛出事件不能收到消息"},
                {false, NODE_BOUNDARY, "EXT119", "边界事件不能发出消息"}};
    const struct xtree *from = bpmn_target(m, xtree_own(e, "sourceRef")),
                       *to = bpmn_target(m, xtree_own(e, "targetRef"));
    const struct node *source = from ? rule_node(m, from) : NULL, *target = to ? rule_node(m, to) : NULL;
    if (!from || !to)
        return;
    if (pool_of(m, from) && pool_of(m, from) == pool_of(m, to))
        REFUSE("EXT031", "消息流的两端在同一个参与者里");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct node *n = rows[i].target ? target : source;
        if (n && n->kind == rows[i].kind)
            REFUSE(rows[i].rule, "%s", rows[i].text);
    }
    bool catches = target && (target->kind == NODE_CATCH || target->kind == NODE_BOUNDARY);
    if (catches && !rule_has_event(m, target, EVENT_MESSAGE))
        REFUSE("EXT119", "收消息的「%.*s」须是消息事件", PS(target->id));
    if (source && source->kind == NODE_THROW && !rule_has_event(m, source, EVENT_MESSAGE))
        REFUSE("EXT119", "发消息的「%.*s」须是消息事件", PS(source->id));
    if (target && flows_beyond(m, e, target, "targetRef"))
        REFUSE("EXT103", "「%.*s」收几种消息，就须是多重事件，每种消息一个定义", PS(target->id));
    if (source && flows_beyond(m, e, source, "sourceRef"))
        REFUSE("EXT109", "「%.*s」发几种消息，就须是多重事件，每种消息一个定义", PS(source->id));
    if (target && target->kind == NODE_START && !rule_has_event(m, target, EVENT_MESSAGE))
        REFUSE("EXT103", "收消息的开始事件须是消息事件");
    if (source && source->kind == NODE_END && !rule_has_event(m, source, EVENT_MESSAGE))
        REFUSE("EXT109", "发消息的结束事件须是消息事件");
}

static void multiplicity_rule(struct bpmn *m, const struct xtree *e)
{
    struct json low = {.kind = JSON_NUMBER, .text = xtree_own(e, "minimum")},
                high = {.kind = JSON_NUMBER, .text = xtree_own(e, "maximum")};
    int64_t least = 0, most = 1;
    if (xtree_owns(e, "minimum") && (!json_int(&low, &least) || least < 0))
        REFUSE("EXT029", "参与者的最少个数不能小于零");
    if (xtree_owns(e, "maximum") && (!json_int(&high, &most) || most < 1 || most < least))
        REFUSE("EXT030", "参与者的最多个数须不小于 1，也不小于最少个数");
}

/* ---- all together ------------------------------------------------------------------------------------------ */

#define EXPRESSIONS                                                                                                    \
    "conditionExpression loopCardinality loopCondition completionCondition activationCondition condition timeCycle "   \
    "timeDate "                                                                                                        \
    "timeDuration from to transformation messagePath dataPath formalExpression "

/* A lane divides the nodes of its own process, at whatever depth. */
static void lane_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *process = e;
    while (process && !xtree_is(process, "process"))
        process = process->up;
    for (const struct xtree *c = xtree_first(e, "flowNodeRef"); c && process; c = xtree_next(c, "flowNodeRef")) {
        const struct xtree *target = bpmn_target(m, c->text), *up = target;
        while (up && up != process)
            up = up->up;
        if (target && !up)
            REFUSE("lane", "泳道里的「%.*s」不在这个流程里", PS(str_trim(c->text)));
    }
}

/* What an extension says must be understood is not understood here. */
static void extension_rule(struct bpmn *m, const struct xtree *e)
{
    if (xtree_flag(e, "mustUnderstand"))
        REFUSE("extension", "扩展 %.*s 要求读者必须懂得它（mustUnderstand），这里不懂", PS(xtree_own(e, "definition")));
}

static bool key_has(const struct bpmn *m, const struct xtree *key, const struct xtree *property)
{
    for (const struct xtree *c = xtree_first(key, "correlationPropertyRef"); c; c = xtree_next(c, "correlationPropertyRef"))
        if (bpmn_target(m, c->text) == property)
            return true;
    return false;
}

static void subscription_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *key = bpmn_target(m, xtree_own(e, "correlationKeyRef"));
    static const char *const tag = "correlationPropertyBinding";
    for (const struct xtree *c = key ? xtree_first(e, tag) : NULL; c; c = xtree_next(c, tag)) {
        const struct xtree *property = bpmn_target(m, xtree_own(c, "correlationPropertyRef"));
        if (property && !key_has(m, key, property))
            REFUSE("correlation", "%.*s 不是关联键 %.*s 的属性", PS(xtree_own(property, "id")), PS(xtree_own(key, "id")));
    }
}

static const struct rule_row rules[] = {
    {"extension ", extension_rule},
    {"correlationSubscription ", subscription_rule},
    {"lane ", lane_rule},
    {EXPRESSIONS, expression_rule},
    {EXPRESSIONS "transaction ", language_rule},
    {"documentation textAnnotation scriptTask globalScriptTask ", format_rule},
    {"sequenceFlow ", flow_rule},
    {flow_nodes, listed_rule},
    {"process subProcess transaction adHocSubProcess ", container_rule},
    {"choreography globalChoreographyTask choreographyTask subChoreography callChoreography globalConversation ",
     not_executed},
    {"exclusiveGateway parallelGateway inclusiveGateway complexGateway ", gateway_rule},
    {"eventBasedGateway ", gate_rule},
    {"task manualTask userTask scriptTask serviceTask sendTask receiveTask businessRuleTask subProcess transaction "
     "adHocSubProcess ",
     activity_rule},
    {"callActivity ", call_rule},
    {"messageFlow ", message_flow_rule},
    {"participantMultiplicity ", multiplicity_rule},
};

static const struct about *about_of(struct bpmn *m, struct map *known, const struct xtree *e)
{
    const struct rule_row *const tables[] = {rules, bpmn_rules_events, bpmn_rules_data};
    const size_t counts[] = {COUNT(rules), bpmn_rules_events_count, bpmn_rules_data_count};
    struct about *about = map_get(known, e->name);
    int bit = 0;
    if (about)
        return about;
    about = op_new(m->op, struct about);
    map_put(known, e->name, about);
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < counts[t]; i++, bit++)
            if (rule_named(e, tables[t][i].elements))
                about->rules |= (uint64_t)1 << bit;
    must(bit <= 64);
    for (size_t i = 0; i < COUNT(references); i++)
        if (!references[i].on[0] || xtree_is(e, references[i].on))
            about->references[about->reference_count++] = (uint8_t)i;
    return about;
}

static void walk(struct bpmn *m, struct map *known, const struct xtree *e)
{
    if (bpmn_is(e, NULL)) {
        const struct about *about = about_of(m, known, e);
        references_check(m, e, about);
        for (size_t i = 0; about->rules >> i; i++) {
            if (!(about->rules >> i & 1))
                continue;
            size_t data = COUNT(rules) + bpmn_rules_events_count;
            if (i < COUNT(rules))
                rules[i].check(m, e);
            else if (i < data)
                bpmn_rules_events[i - COUNT(rules)].check(m, e);
            else
                bpmn_rules_data[i - data].check(m, e);
        }
    }
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!xtree_is(c, "BPMNDiagram") && !xtree_is(c, "extensionElements"))
            walk(m, known, c);
}

void bpmn_rules(struct bpmn *m)
{
    struct map known;
    map_init(&known, m->op);
    walk(m, &known, m->root);
    bpmn_rules_schema(m);
}
