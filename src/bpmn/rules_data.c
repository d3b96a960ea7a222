/* What the standard forbids of data: items and their types, input and output sets, associations, operations. */
#include "bpmn/rules.h"

#define REFUSE(rule, ...) bpmn_find(m, BPMN_REFUSED, e, rule, __VA_ARGS__)

static const struct xtree *item_of(const struct bpmn *m, const struct xtree *e)
{
    if (e && xtree_is(e, "dataObjectReference"))
        e = bpmn_target(m, xtree_own(e, "dataObjectRef"));
    if (!e)
        return NULL;
    static const char *attrs[] = {"itemSubjectRef", "itemRef", "structureRef"};
    for (size_t i = 0; i < COUNT(attrs); i++)
        if (xtree_owns(e, attrs[i]))
            return bpmn_target(m, xtree_own(e, attrs[i]));
    return NULL;
}

/* The same definition, or two that say the same structure. */
static bool item_same(const struct xtree *a, const struct xtree *b)
{
    if (a == b)
        return true;
    return a && b && xtree_own(a, "structureRef").n &&
           str_eq(xtree_own(a, "structureRef"), xtree_own(b, "structureRef")) &&
           xtree_flag(a, "isCollection") == xtree_flag(b, "isCollection");
}

static size_t children(const struct xtree *e, const char *name)
{
    size_t n = 0;
    for (const struct xtree *c = xtree_first(e, name); c; c = xtree_next(c, name))
        n++;
    return n;
}

static void item_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *item = item_of(m, e);
    if (item && xtree_is(item, "itemDefinition") && xtree_flag(item, "isCollection") != xtree_flag(e, "isCollection"))
        REFUSE("EXT020", "是不是列表与它的数据定义 %.*s 不一致", PS(xtree_own(item, "id")));
}

static void state_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *state = xtree_first(e, "dataState"), *object = bpmn_target(m, xtree_own(e, "dataObjectRef"));
    if (!state || !object)
        return;
    str wanted = op_text(m->op, "%.*s [%.*s]", PS(xtree_own(object, "name")), PS(xtree_own(state, "name")));
    if (!str_eq(xtree_own(e, "name"), wanted))
        REFUSE("EXT076", "带状态的数据引用应名为「%.*s」", PS(wanted));
}

static void property_rule(struct bpmn *m, const struct xtree *e)
{
    static const char places[] =
        "process subProcess transaction adHocSubProcess task manualTask userTask scriptTask serviceTask sendTask "
        "receiveTask businessRuleTask callActivity startEvent endEvent boundaryEvent intermediateCatchEvent "
        "intermediateThrowEvent ";
    if (!rule_named(e->up, places))
        REFUSE("EXT078", "属性只能写在流程、活动和事件里");
}

/* ---- input and output sets --------------------------------------------------------------------------------- */

static bool listed(const struct xtree *specification, const char *set, const char *refs, str key)
{
    for (const struct xtree *s = xtree_first(specification, set); s; s = xtree_next(s, set))
        for (const struct xtree *r = xtree_first(s, refs); r; r = xtree_next(r, refs))
            if (str_eq(str_trim(r->text), key))
                return true;
    return false;
}

/* optional and whileExecuting references name members of the same set. */
static void members_check(struct bpmn *m, const struct xtree *e, const char *all, const char *const some[2],
                          const char *const rules[2])
{
    for (int k = 0; k < 2; k++)
        for (const struct xtree *r = xtree_first(e, some[k]); r; r = xtree_next(r, some[k])) {
            bool found = false;
            for (const struct xtree *a = xtree_first(e, all); a; a = xtree_next(a, all))
                found |= str_eq(str_trim(a->text), str_trim(r->text));
            if (!found)
                REFUSE(rules[k], "%s 里的 %.*s 不在本组的 %s 里", some[k], PS(str_trim(r->text)), all);
        }
}

static void mutual_check(struct bpmn *m, const struct xtree *e, const char *there, const char *back)
{
    for (const struct xtree *r = xtree_first(e, there); r; r = xtree_next(r, there)) {
        const struct xtree *other = bpmn_target(m, r->text);
        bool found = false;
        for (const struct xtree *b = other ? xtree_first(other, back) : NULL; b; b = xtree_next(b, back))
            found |= str_eq(str_trim(b->text), xtree_own(e, "id"));
        if (other && !found)
            REFUSE("EXT087", "输入组与输出组须互相引用，%.*s 没有引用回来", PS(str_trim(r->text)));
    }
}

static void sets_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *const in_some[2] = {"optionalInputRefs", "whileExecutingInputRefs"}, *const in_rules[2] = {
                                                                                                "EXT085", "EXT086"};
    static const char *const out_some[2] = {"optionalOutputRefs", "whileExecutingOutputRefs"}, *const out_rules[2] = {
                                                                                                   "EXT089", "EXT090"};
    if (xtree_is(e, "inputSet")) {
        members_check(m, e, "dataInputRefs", in_some, in_rules);
        mutual_check(m, e, "outputSetRefs", "inputSetRefs");
    } else {
        members_check(m, e, "dataOutputRefs", out_some, out_rules);
        mutual_check(m, e, "inputSetRefs", "outputSetRefs");
    }
}

static void specification_rule(struct bpmn *m, const struct xtree *e)
{
    if (rule_named(e->up, "subProcess transaction adHocSubProcess "))
        REFUSE("EXT079", "子流程不能有输入输出说明，请用数据对象");
    for (const struct xtree *d = xtree_first(e, "dataInput"); d; d = xtree_next(d, "dataInput"))
        if (!listed(e, "inputSet", "dataInputRefs", xtree_own(d, "id")))
            REFUSE("EXT084", "输入 %.*s 不在任何输入组里", PS(xtree_own(d, "id")));
    for (const struct xtree *d = xtree_first(e, "dataOutput"); d; d = xtree_next(d, "dataOutput"))
        if (!listed(e, "outputSet", "dataOutputRefs", xtree_own(d, "id")))
            REFUSE("EXT088", "输出 %.*s 不在任何输出组里", PS(xtree_own(d, "id")));
}

/* ---- associations ------------------------------------------------------------------------------------------ */

static void association_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *from = bpmn_target(m, xtree_text(e, "sourceRef")),
                       *to = bpmn_target(m, xtree_text(e, "targetRef"));
    if (children(e, "sourceRef") > 1 && !xtree_first(e, "transformation"))
        REFUSE("EXT092", "有几个来源的，须写转换（transformation）");
    if (!from || !to)
        return;
    bool of_process = to->up && to->up->up && xtree_is(to->up->up, "process");
    if (xtree_is(e, "dataOutputAssociation") && xtree_is(to, "dataInput") && of_process)
        REFUSE("EXT080", "流程的输入不能被写");
    of_process = from->up && from->up->up && xtree_is(from->up->up, "process");
    if (xtree_is(e, "dataInputAssociation") && xtree_is(from, "dataOutput") && of_process)
        REFUSE("EXT082", "流程的输出不能被读");
    const struct xtree *a = item_of(m, from), *b = item_of(m, to);
    if (a && b && !item_same(a, b) && !xtree_first(e, "transformation") && !xtree_first(e, "assignment"))
        REFUSE("EXT091", "两端的数据类型不同，须写转换");
}

/* ---- multi-instance data ----------------------------------------------------------------------------------- */

static void loop_data(struct bpmn *m, const struct xtree *e, const char *list_ref, const char *item, const char *rule)
{
    const struct xtree *list = bpmn_target(m, xtree_text(e, list_ref)), *one = xtree_first(e, item);
    const struct xtree *a = item_of(m, list), *b = item_of(m, one);
    if (!a || !b)
        return;
    bool structure = str_eq(xtree_own(a, "structureRef"), xtree_own(b, "structureRef"));
    if (xtree_flag(b, "isCollection") || !structure)
        REFUSE(rule, "%s 须是列表 %s 的一项，类型相同而不是列表", item, list_ref);
}

/* What is thrown when one of the repetitions ends, as its behaviour says. */
static void behavior_rule(struct bpmn *m, const struct xtree *e)
{
    static const struct {
        const char *behavior, *needs, *rule;
    } rows[] = {{"None", "noneBehaviorEventRef", "EXT073"},
                {"One", "oneBehaviorEventRef", "EXT074"},
                {"Complex", "complexBehaviorDefinition", "EXT075"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_eq(xtree_own(e, "behavior"), str_z(rows[i].behavior)) && rule_executable(e) &&
            !str_trim(xtree_own(e, rows[i].needs)).n && !xtree_first(e, rows[i].needs))
            REFUSE(rows[i].rule, "behavior=\"%s\" 的多实例须写 %s，否则不知道抛出什么", rows[i].behavior, rows[i].needs);
}

static void loop_rule(struct bpmn *m, const struct xtree *e)
{
    behavior_rule(m, e);
    loop_data(m, e, "loopDataOutputRef", "outputDataItem", "EXT069");
    loop_data(m, e, "loopDataInputRef", "inputDataItem", "EXT070");
    const struct xtree *list = bpmn_target(m, xtree_text(e, "loopDataInputRef"));
    if (list && xtree_is(list, "itemDefinition"))
        REFUSE("EXT068", "多实例的列表须是活动的输入");
}

/* ---- operations and messages ------------------------------------------------------------------------------- */

static const struct xtree *message_of(const struct bpmn *m, const struct xtree *operation, const char *ref)
{
    return operation ? bpmn_target(m, xtree_text(operation, ref)) : NULL;
}

static void one_item(struct bpmn *m, const struct xtree *e, const char *data, const char *set,
                     const struct xtree *message, const char *rule, const char *set_rule)
{
    const struct xtree *io = xtree_first(e, "ioSpecification");
    if (!io)
        return;
    if (children(io, set) > 1 || children(io, data) > 1)
        REFUSE(set_rule, "这里最多一组、一项数据");
    const struct xtree *d = xtree_first(io, data);
    if (d && message && !item_same(item_of(m, d), item_of(m, message)))
        REFUSE(rule, "%.*s 的类型与消息 %.*s 不同", PS(xtree_own(d, "id")), PS(xtree_own(message, "id")));
}

static void service_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *operation = bpmn_target(m, xtree_own(e, "operationRef"));
    const struct xtree *in = message_of(m, operation, "inMessageRef");
    if (in && item_of(m, in) && !xtree_first(xtree_first(e, "ioSpecification"), "dataInput"))
        REFUSE("EXT042", "操作要收消息，任务却没有输入数据");
    const struct xtree *out = message_of(m, operation, "outMessageRef");
    if (out && item_of(m, out) && !xtree_first(xtree_first(e, "ioSpecification"), "dataOutput"))
        REFUSE("EXT043", "操作要回消息，任务却没有输出数据");
    one_item(m, e, "dataInput", "inputSet", in, "EXT044", "EXT042");
    one_item(m, e, "dataOutput", "outputSet", out, "EXT045", "EXT043");
}

static void send_rule(struct bpmn *m, const struct xtree *e)
{
    one_item(m, e, "dataInput", "inputSet", bpmn_target(m, xtree_own(e, "messageRef")), "EXT048", "EXT046");
}

static void receive_rule(struct bpmn *m, const struct xtree *e)
{
    one_item(m, e, "dataOutput", "outputSet", bpmn_target(m, xtree_own(e, "messageRef")), "EXT052", "EXT050");
}

/* A caller passes exactly what the called one declares. */
static void call_data(struct bpmn *m, const struct xtree *e, const struct xtree *called, const char *data)
{
    const struct xtree *a = xtree_first(xtree_first(e, "ioSpecification"), data),
                       *b = xtree_first(xtree_first(called, "ioSpecification"), data);
    for (; a && b; a = xtree_next(a, data), b = xtree_next(b, data))
        if (!item_same(item_of(m, a), item_of(m, b)) && item_of(m, a) && item_of(m, b)) {
            REFUSE("EXT063", "%.*s 的类型与被调用者的 %.*s 不同", PS(xtree_own(a, "id")), PS(xtree_own(b, "id")));
            return;
        }
    if (a || b)
        REFUSE("EXT063", "%s 的个数与被调用者声明的不同", data);
}

static void call_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *called = bpmn_target(m, xtree_own(e, "calledElement"));
    if (!called || (!xtree_first(called, "ioSpecification") && !xtree_first(e, "ioSpecification")))
        return;
    call_data(m, e, called, "dataInput");
    call_data(m, e, called, "dataOutput");
}

static void callable_rule(struct bpmn *m, const struct xtree *e)
{
    if (xtree_first(e, "supportedInterfaceRef") && !xtree_first(e, "ioBinding"))
        REFUSE("EXT064", "支持接口，须写接口操作与数据的对应（ioBinding）");
}

static void binding_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *const pairs[2][2] = {{"inputDataRef", "inMessageRef"}, {"outputDataRef", "outMessageRef"}};
    const struct xtree *operation = bpmn_target(m, xtree_own(e, "operationRef"));
    for (int k = 0; k < 2; k++) {
        const struct xtree *data = bpmn_target(m, xtree_own(e, pairs[k][0])),
                           *message = message_of(m, operation, pairs[k][1]);
        if (data && message && !item_same(item_of(m, data), item_of(m, message)))
            REFUSE("EXT065", "%s 的类型与操作的消息不同", pairs[k][0]);
    }
}

/* ---- data of events ---------------------------------------------------------------------------------------- */

static const struct xtree *payload(const struct bpmn *m, const struct xtree *definition)
{
    static const char *refs[] = {"messageRef", "signalRef", "errorRef", "escalationRef"};
    for (size_t i = 0; i < COUNT(refs); i++)
        if (xtree_owns(definition, refs[i]))
            return bpmn_target(m, xtree_own(definition, refs[i]));
    return NULL;
}

static void event_rule(struct bpmn *m, const struct xtree *e)
{
    const char *data = xtree_first(e, "dataInput") ? "dataInput" : "dataOutput";
    const struct node *n = rule_node(m, e);
    size_t count = children(e, data), carrying = 0;
    if (!n || count == 0)
        return;
    const struct xtree *d = xtree_first(e, data);
    for (size_t i = 0; i < n->events.n; i++) {
        const struct xtree *what = payload(m, m->events[n->events.p[i]].xml);
        if (!what)
            continue;
        carrying++;
        if (d && item_of(m, what) && count == n->events.n && !item_same(item_of(m, d), item_of(m, what)))
            REFUSE("EXT094", "%.*s 的类型与事件带来的不同", PS(xtree_own(d, "id")));
        d = d ? xtree_next(d, data) : NULL;
    }
    if (count != carrying)
        REFUSE("EXT093", "有 %zu 个带数据的事件，却有 %zu 项数据", carrying, count);
}

const struct rule_row bpmn_rules_data[] = {
    {"dataInput dataOutput dataObject ", item_rule},
    {"dataObjectReference ", state_rule},
    {"property ", property_rule},
    {"inputSet outputSet ", sets_rule},
    {"ioSpecification ", specification_rule},
    {"dataInputAssociation dataOutputAssociation ", association_rule},
    {"multiInstanceLoopCharacteristics ", loop_rule},
    {"serviceTask ", service_rule},
    {"sendTask ", send_rule},
    {"receiveTask ", receive_rule},
    {"callActivity ", call_rule},
    {"process globalTask globalUserTask globalScriptTask globalManualTask globalBusinessRuleTask ", callable_rule},
    {"ioBinding ", binding_rule},
    {"startEvent endEvent boundaryEvent intermediateCatchEvent intermediateThrowEvent ", event_rule},
};
const size_t bpmn_rules_data_count = COUNT(bpmn_rules_data);
