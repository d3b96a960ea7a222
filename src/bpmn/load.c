/* From XML to arrays: ids, nodes, edges, events. What is wrong becomes a finding; reading goes on as far as it can. */
#include "bpmn/model.h"

struct nodes {
    struct node *p;
    size_t n, cap;
};
struct edges {
    struct edge *p;
    size_t n, cap;
};

bool bpmn_is(const struct xtree *e, const char *name)
{
    if (name && !xtree_is(e, name)) /* asked a thousand times a model, and mostly not */
        return false;
    /* Old tools wrote drafts' namespaces; a model without any is taken at its word. */
    return e->ns.n == 0 || (str_ends(e->ns, S("/MODEL")) && str_find(e->ns, S("BPMN"), &(size_t){0})) ||
           str_eq(e->ns, S("http://schema.omg.org/spec/BPMN/2.0"));
}

static const struct {
    const char *tag;
    enum node_kind kind;
    const char *chinese;
} tags[] = {
    {"process", NODE_PROCESS, "流程"},
    {"startEvent", NODE_START, "开始事件"},
    {"endEvent", NODE_END, "结束事件"},
    {"intermediateCatchEvent", NODE_CATCH, "中间捕获事件"},
    {"intermediateThrowEvent", NODE_THROW, "中间抛出事件"},
    {"boundaryEvent", NODE_BOUNDARY, "边界事件"},
    {"task", NODE_TASK, "任务"},
    {"manualTask", NODE_TASK, "手工任务"},
    {"userTask", NODE_USER, "用户任务"},
    {"scriptTask", NODE_SCRIPT, "脚本任务"},
    {"serviceTask", NODE_SERVICE, "服务任务"},
    {"sendTask", NODE_SEND, "发送任务"},
    {"receiveTask", NODE_RECEIVE, "接收任务"},
    {"businessRuleTask", NODE_RULE, "规则任务"},
    {"subProcess", NODE_SUB, "子流程"},
    {"transaction", NODE_TRANSACTION, "事务子流程"},
    {"adHocSubProcess", NODE_ADHOC, "自由子流程"},
    {"callActivity", NODE_CALL, "调用活动"},
    {"exclusiveGateway", NODE_XOR, "排他网关"},
    {"parallelGateway", NODE_AND, "并行网关"},
    {"inclusiveGateway", NODE_OR, "相容网关"},
    {"complexGateway", NODE_COMPLEX, "复杂网关"},
    {"eventBasedGateway", NODE_GATE, "事件网关"},
    {"globalTask", NODE_TASK, "全局任务"},
    {"globalManualTask", NODE_TASK, "全局手工任务"},
    {"globalUserTask", NODE_USER, "全局用户任务"},
    {"globalScriptTask", NODE_SCRIPT, "全局脚本任务"},
    {"globalBusinessRuleTask", NODE_RULE, "全局规则任务"},
};
enum { TAGS_OF_NODES = 23 };

int bpmn_tag(const struct xtree *e)
{
    if (bpmn_is(e, NULL))
        for (size_t i = 0; i < COUNT(tags); i++)
            if (xtree_is(e, tags[i].tag))
                return (int)i;
    return -1;
}

const char *bpmn_tag_text(const struct xtree *e)
{
    int tag = e ? bpmn_tag(e) : -1;
    return tag < 0 ? "环节" : tags[tag].chinese;
}

/* ---- findings ---------------------------------------------------------------------------------------------- */

static str place_text(struct bpmn *m, const struct xtree *e)
{
    static const struct {
        const char *tag, *chinese;
    } more[] = {{"sequenceFlow", "顺序流"}, {"messageFlow", "消息流"}, {"dataObject", "数据对象"}, {"definitions", "文件"}};
    int tag = bpmn_tag(e);
    const char *kind = tag >= 0 ? tags[tag].chinese : NULL;
    for (size_t i = 0; i < COUNT(more) && !kind; i++)
        if (xtree_is(e, more[i].tag))
            kind = more[i].chinese;
    str name = xtree_owns(e, "name") && xtree_own(e, "name").n ? xtree_own(e, "name") : xtree_own(e, "id");
    if (kind && name.n)
        return op_text(m->op, "%s「%.*s」", kind, PS(name));
    if (kind)
        return op_text(m->op, "%s", kind);
    if (name.n || !e->up)
        return op_text(m->op, "%.*s「%.*s」", PS(e->name), PS(name));
    return op_text(m->op, "%.*s内的%.*s", PS(place_text(m, e->up)), PS(e->name));
}

void bpmn_find(struct bpmn *m, enum bpmn_finding_kind kind, const struct xtree *xml, const char *rule,
               const char *format, ...)
{
    m->finding_count++;
    m->refusals += kind == BPMN_REFUSED;
    if (m->finding_count > BPMN_FINDINGS_MAX && m->refusals > 1)
        return;
    struct bpmn_finding *f = op_new(m->op, struct bpmn_finding);
    va_list args;
    va_start(args, format);
    f->kind = kind;
    f->line = xml->line;
    f->column = xml->column;
    f->where = place_text(m, xml);
    f->rule = str_z(rule);
    f->text = op_vtext(m->op, format, args);
    va_end(args);
    if (m->last)
        m->last->next = f;
    else
        m->findings = f;
    m->last = f;
}

/* ---- ids --------------------------------------------------------------------------------------------------- */

const struct xtree *bpmn_target(const struct bpmn *m, str reference)
{
    str prefix, local;
    reference = str_trim(reference);
    const struct xtree *e = map_get(&m->ids, reference);
    return e || !str_split(reference, ':', &prefix, &local) ? e : map_get(&m->ids, local);
}

static void ids_gather(struct bpmn *m, const struct xtree *e)
{
    str key = xtree_own(e, "id");
    if (bpmn_is(e, NULL) && key.n) {
        if (map_get(&m->ids, key))
            bpmn_find(m, BPMN_REFUSED, e, "EXT002", "编号 %.*s 与别处重复，请改用不同的编号", PS(key));
        else
            map_put(&m->ids, key, (void *)(uintptr_t)e);
    }
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!xtree_is(c, "BPMNDiagram"))
            ids_gather(m, c);
}

int bpmn_node_of(const struct bpmn *m, const struct xtree *xml)
{
    const struct node *n = xml && m->by_xml.count ? map_get(&m->by_xml, (str){(const char *)&xml, sizeof xml}) : NULL;
    return n ? (int)(n - m->nodes) : -1;
}

/* ---- expressions ------------------------------------------------------------------------------------------- */

/* Words one after another, without anything that joins them: a sentence for people, not a condition. Names that the
 * model declares may have spaces. */
static bool sentence(const struct bpmn *m, str text)
{
    static const char *joins[] = {"and",  "or",    "not",     "in",       "if",       "for",
                                  "some", "every", "between", "instance", "function", "null"};
    str word, rest = str_trim(text);
    int words = 0;
    for (size_t i = 0; i < m->name_count; i++)
        if (str_eq(m->names[i], rest))
            return false;
    while (rest.n > 0) {
        str_split(rest, ' ', &word, &rest);
        words += word.n > 0;
        for (size_t i = 0; i < COUNT(joins); i++)
            if (str_eq(word, str_z(joins[i])))
                return false;
        for (size_t i = 0; i < word.n; i++) {
            char c = word.p[i];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80))
                return false;
        }
    }
    return words > 1;
}

const struct feel *bpmn_expression(struct bpmn *m, const struct xtree *xml, str text,
                                   const struct bpmn_options *options)
{
    struct feel *tree = NULL;
    struct feel_note where = {0};
    int faults = m->op->fault_count;
    str feel = options && options->expression ? options->expression(m->op, text) : bpmn_expression_text(m->op, text);
    if (str_trim(feel).n == 0)
        return NULL;
    if (sentence(m, feel)) {
        bpmn_find(m, BPMN_REFUSED, xml, "EXT012", "「%.*s」是一句话，不是能算的表达式", PS(str_trim(text)));
        return NULL;
    }
    if (feel_parse_at(m->op, feel, &m->scope, false, &tree, &where))
        return tree;
    op_forgive(m->op, faults);
    bpmn_find(m, BPMN_REFUSED, xml, "FEEL", "「%.*s」第%d字：%.*s", PS(str_trim(text)), where.column, PS(where.text));
    return NULL;
}

const struct feel *bpmn_child_expression(struct bpmn *m, const struct xtree *e, const char *name,
                                         const struct bpmn_options *options)
{
    const struct xtree *c = xtree_first(e, name);
    return c ? bpmn_expression(m, c, c->text, options) : NULL;
}

/* A condition must be able to be true. */
static const struct feel *condition(struct bpmn *m, const struct xtree *e, const char *name, const char *rule,
                                    const struct bpmn_options *options)
{
    const struct feel *tree = bpmn_child_expression(m, e, name, options);
    struct feel_note *notes;
    const struct feel_type *type = tree ? feel_check(m->op, tree, &notes) : NULL;
    if (type && type->kind != FEEL_ANY && type->kind != FEEL_BOOL && type->kind != FEEL_NULL)
        bpmn_find(m, BPMN_REFUSED, xtree_first(e, name), rule, "条件须得出真或假，「%.*s」得出%.*s", PS(feel_source(tree)),
                  PS(feel_type_said(m->op, type)));
    return tree;
}

/* Names that a model declares may have spaces in them; all others are single words. */
static void names_gather(struct bpmn *m, const struct xtree *e, struct map *seen)
{
    static const char *kinds[] = {"property",           "dataObject",          "dataInput",
                                  "dataOutput",         "inputDataItem",       "outputDataItem",
                                  "dataStoreReference", "dataObjectReference", "formField"};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (xtree_is(e, kinds[i])) {
            str name = xtree_own(e, "name"), key = xtree_own(e, "id");
            if (feel_name_valid(name))
                map_put(seen, name, m);
            if (feel_name_valid(key))
                map_put(seen, key, m);
            str object = str_trim(xtree_own(e, "dataObjectRef"));
            if (object.n && feel_name_valid(name) && !map_get(&m->data_names, object))
                map_put(&m->data_names, object, (void *)(uintptr_t)e);
        }
    for (const struct xtree *c = e->first; c; c = c->next)
        if (!xtree_is(c, "BPMNDiagram"))
            names_gather(m, c, seen);
}

static void scope_make(struct bpmn *m)
{
    struct map seen;
    map_init(&seen, m->op);
    names_gather(m, m->root, &seen);
    struct feel_name *names = op_array(m->op, struct feel_name, seen.count + 1);
    str *texts = op_array(m->op, str, seen.count + 1);
    for (size_t i = 0; i < seen.count; i++)
        names[i].name = texts[i] = seen.entries[i].key;
    m->names = texts;
    m->name_count = seen.count;
    m->scope = (struct feel_scope){.names = names, .count = seen.count, .open = true};
}

/* ---- nodes ------------------------------------------------------------------------------------------------- */

static str extension_attr(const struct xtree *e, const char *name)
{
    for (const struct xattr *a = e->attrs; a; a = a->next)
        if (a->ns.n && !str_ends(a->ns, S("/MODEL")) && str_eq(a->name, str_z(name)))
            return a->value;
    return (str){0};
}

static str first_text(str a, str b)
{
    return a.n ? a : b;
}

/* humanPerformer, potentialOwner and performer carry their people in an expression. */
static str resource_text(const struct xtree *e, const char *role)
{
    const struct xtree *r = xtree_first(xtree_first(e, role), "resourceAssignmentExpression");
    return xtree_text(r, "formalExpression");
}

static void people_read(struct node *n)
{
    const struct xtree *e = n->xml;
    struct bpmn_people *p = &n->people;
    p->assignee = first_text(extension_attr(e, "assignee"), resource_text(e, "humanPerformer"));
    p->users = first_text(extension_attr(e, "users"), extension_attr(e, "candidateUsers"));
    p->groups = first_text(extension_attr(e, "groups"),
                           first_text(extension_attr(e, "candidateGroups"), resource_text(e, "potentialOwner")));
    p->due = first_text(extension_attr(e, "due"), extension_attr(e, "dueDate"));
    p->form =
        first_text(extension_attr(e, "form"), first_text(extension_attr(e, "formKey"), extension_attr(e, "formRef")));
    p->who = extension_attr(e, "who");
    p->rule = extension_attr(e, "rule");
    p->back = extension_attr(e, "back");
    p->take_back = extension_attr(e, "takeback");
    p->irreversible = str_eq(extension_attr(e, "irreversible"), S("true"));
    p->agrees = str_eq(extension_attr(e, "agrees"), S("true"));
    p->phrases = extension_attr(e, "phrases");
    p->advice = str_trim(xtree_text(e, "documentation"));
    if (!p->assignee.n)
        p->assignee = resource_text(e, "performer");
}

static int quantity(struct bpmn *m, const struct xtree *e, const char *name)
{
    struct json number = {.kind = JSON_NUMBER, .text = str_trim(xtree_own(e, name))};
    int64_t v = 1;
    if (xtree_owns(e, name) && (!json_int(&number, &v) || v < 1 || v > BPMN_INSTANCES_MAX))
        bpmn_find(m, BPMN_REFUSED, e, "EXT038", "%s 须是 1 到 %d 的整数", name, BPMN_INSTANCES_MAX);
    return v < 1 || v > BPMN_INSTANCES_MAX ? 1 : (int)v;
}

static void nodes_read(struct bpmn *m, struct nodes *nodes, const struct xtree *e, int up, int depth)
{
    if (depth > BPMN_DEPTH_MAX) {
        bpmn_find(m, BPMN_REFUSED, e, "depth", "子流程套得太深，最多 %d 层", BPMN_DEPTH_MAX);
        return;
    }
    for (const struct xtree *c = e->first; c; c = c->next) {
        int tag = bpmn_tag(c);
        bool global = tag >= TAGS_OF_NODES, top = tag == 0 || global;
        if (tag < 0 || top != (up < 0))
            continue;
        int number = (int)nodes->n;
        struct node *n = list_add(m->op, nodes);
        *n = (struct node){.kind = tags[tag].kind, .id = xtree_own(c, "id"), .xml = c, .up = up, .standard = -1,
                           .attached = -1, .handler = -1, .comp_sub = -1, .called = -1, .start_quantity = 1,
                           .completion_quantity = 1, .name = xtree_own(c, "name")};
        n->interrupting = !xtree_denies(c, n->kind == NODE_BOUNDARY ? "cancelActivity" : "isInterrupting");
        n->parallel_multiple =
            xtree_flag(c, "parallelMultiple") || str_eq(xtree_own(c, "eventGatewayType"), S("Parallel"));
        n->for_compensation = xtree_flag(c, "isForCompensation");
        n->instantiate = xtree_flag(c, "instantiate");
        if (n->kind == NODE_SUB && xtree_flag(c, "triggeredByEvent"))
            n->kind = NODE_EVENT_SUB;
        if (n->kind == NODE_PROCESS)
            *list_add(m->op, &m->processes) = number, n->executable = xtree_flag(c, "isExecutable");
        if (node_is_activity(n->kind) && !global) {
            n->start_quantity = quantity(m, c, "startQuantity");
            n->completion_quantity = quantity(m, c, "completionQuantity");
        }
        if (n->kind == NODE_USER)
            people_read(n);
        n->sequential = n->kind == NODE_ADHOC && str_eq(xtree_own(c, "ordering"), S("Sequential"));
        n->cancel_rest = !xtree_denies(c, "cancelRemainingInstances");
        if (node_is_container(n->kind) && !global)
            nodes_read(m, nodes, c, number, depth + 1);
    }
}

/* ---- edges ------------------------------------------------------------------------------------------------- */

static int node_named(const struct bpmn *m, str key)
{
    return bpmn_node_of(m, bpmn_target(m, key));
}

static void edge_add(struct bpmn *m, struct edges *edges, struct edge e)
{
    int number = (int)edges->n;
    if (e.source < 0 || e.target < 0)
        return;
    *list_add(m->op, edges) = e;
    *list_add(m->op, &m->nodes[e.source].out) = number;
    *list_add(m->op, &m->nodes[e.target].in) = number;
}

static void edges_read(struct bpmn *m, struct edges *edges, const struct xtree *e, const struct bpmn_options *options)
{
    for (const struct xtree *c = e->first; c; c = c->next) {
        if (bpmn_is(c, "sequenceFlow")) {
            struct edge flow = {.id = xtree_own(c, "id"), .name = xtree_own(c, "name"), .xml = c};
            flow.source = node_named(m, xtree_own(c, "sourceRef"));
            flow.target = node_named(m, xtree_own(c, "targetRef"));
            flow.condition = condition(m, c, "conditionExpression", "EXT012", options);
            flow.named = flow.condition && str_find(feel_source(flow.condition), S("waitingForStart"), &(size_t){0});
            edge_add(m, edges, flow);
        } else if (bpmn_tag(c) >= 0) {
            edges_read(m, edges, c, options);
        }
    }
}

static str event_name(const struct node *n, const struct bpmn *m)
{
    for (size_t i = 0; i < n->events.n; i++)
        if (m->events[n->events.p[i]].kind == EVENT_LINK)
            return m->events[n->events.p[i]].name;
    return (str){0};
}

/* A link is an edge that somebody did not want to draw. It joins by target or source reference, or by name. */
static void links_join(struct bpmn *m, struct edges *edges)
{
    for (size_t i = 0; i < m->node_count; i++) {
        str name = event_name(&m->nodes[i], m);
        if (m->nodes[i].kind != NODE_THROW || !name.n)
            continue;
        for (size_t k = 0; k < m->node_count; k++)
            if (m->nodes[k].kind == NODE_CATCH && m->nodes[k].up == m->nodes[i].up &&
                str_eq(event_name(&m->nodes[k], m), name))
                edge_add(m, edges, (struct edge){.source = (int)i, .target = (int)k, .xml = m->nodes[i].xml});
    }
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *tag, *reference;
} event_tags[EVENT_KINDS] = {
    [EVENT_TIMER] = {"timerEventDefinition", NULL},
    [EVENT_MESSAGE] = {"messageEventDefinition", "messageRef"},
    [EVENT_SIGNAL] = {"signalEventDefinition", "signalRef"},
    [EVENT_ERROR] = {"errorEventDefinition", "errorRef"},
    [EVENT_ESCALATION] = {"escalationEventDefinition", "escalationRef"},
    [EVENT_COMPENSATE] = {"compensateEventDefinition", "activityRef"},
    [EVENT_CONDITION] = {"conditionalEventDefinition", NULL},
    [EVENT_CANCEL] = {"cancelEventDefinition", NULL},
    [EVENT_TERMINATE] = {"terminateEventDefinition", NULL},
    [EVENT_LINK] = {"linkEventDefinition", NULL},
};

static int event_kind_of(const struct xtree *e)
{
    for (int k = 0; k < EVENT_KINDS; k++)
        if (bpmn_is(e, event_tags[k].tag))
            return k;
    return -1;
}

/* Not a moment written down, but where it comes from: an expression, or data that the model declares. */
bool bpmn_timer_computed(const struct bpmn *m, str text)
{
    bool computed = text.n && (strchr("$#=", text.p[0]) || str_find(text, S("("), &(size_t){0}));
    for (size_t i = 0; i < m->name_count && !computed; i++)
        computed = str_eq(m->names[i], text);
    return computed;
}

static void timer_read(struct bpmn *m, struct event *e, const struct bpmn_options *options)
{
    static const char *kinds[] = {
        [TIMER_DATE] = "timeDate", [TIMER_DURATION] = "timeDuration", [TIMER_CYCLE] = "timeCycle"};
    for (size_t k = 0; k < COUNT(kinds); k++) {
        const struct xtree *t = xtree_first(e->xml, kinds[k]);
        str text = t ? str_trim(t->text) : S("");
        if (!text.n)
            continue;
        e->timer = (enum timer_kind)k;
        e->text = text;
        if (bpmn_timer_computed(m, text))
            e->expr = bpmn_expression(m, t, text, options);
    }
}

static int event_make(struct bpmn *m, const struct xtree *xml, int node, const struct bpmn_options *options)
{
    int kind = event_kind_of(xml);
    if (kind < 0)
        return -1;
    struct event e = {.kind = (enum event_kind)kind, .xml = xml, .activity = -1, .node = node};
    str ref = event_tags[kind].reference ? str_trim(xtree_own(xml, event_tags[kind].reference)) : S("");
    const struct xtree *target = ref.n ? bpmn_target(m, ref) : NULL;
    static const char *code_attr[EVENT_KINDS] = {[EVENT_ERROR] = "errorCode", [EVENT_ESCALATION] = "escalationCode"};
    e.any = !ref.n;
    if (code_attr[kind])
        e.name = target && xtree_own(target, code_attr[kind]).n ? xtree_own(target, code_attr[kind]) : ref;
    else if (kind == EVENT_LINK)
        e.name = xtree_own(xml, "name");
    else
        e.name = target && xtree_own(target, "name").n ? xtree_own(target, "name") : ref;
    if (kind == EVENT_COMPENSATE && target)
        e.activity = bpmn_node_of(m, target);
    if (kind == EVENT_CONDITION)
        e.expr = condition(m, xml, "condition", "EXT012", options);
    if (kind == EVENT_TIMER)
        timer_read(m, &e, options);
    if (m->event_count == m->event_cap) {
        size_t wider = m->event_cap ? m->event_cap * 2 : 16;
        m->events = op_grow(m->op, m->events, m->event_cap * sizeof e, wider * sizeof e);
        m->event_cap = wider;
    }
    m->events[m->event_count] = e;
    return (int)m->event_count++;
}

static void events_read(struct bpmn *m, int number, const struct bpmn_options *options)
{
    struct node *n = &m->nodes[number];
    if (n->kind != NODE_START && n->kind != NODE_END && n->kind != NODE_CATCH && n->kind != NODE_THROW &&
        n->kind != NODE_BOUNDARY)
        return;
    for (const struct xtree *c = n->xml->first; c; c = c->next) {
        const struct xtree *xml = bpmn_is(c, "eventDefinitionRef") ? bpmn_target(m, c->text) : c;
        int e = xml ? event_make(m, xml, number, options) : -1;
        if (e < 0)
            continue;
        *list_add(m->op, &n->events) = e;
        enum event_kind kind = m->events[e].kind;
        n->throws |= (n->kind == NODE_THROW || n->kind == NODE_END) && kind != EVENT_LINK;
        n->wait |= kind == EVENT_COMPENSATE && !xtree_denies(xml, "waitForCompletion");
    }
}

/* Links by reference: the name is what both sides of one link share. */
static void link_names(struct bpmn *m)
{
    for (size_t i = 0; i < m->event_count; i++) {
        struct event *e = &m->events[i];
        if (e->kind != EVENT_LINK)
            continue;
        str target = xtree_text(e->xml, "target");
        if (target.n)
            e->name = target;
        else if (xtree_first(e->xml, "source") && m->nodes[e->node].kind == NODE_CATCH)
            e->name = xtree_own(e->xml, "id");
    }
}

/* ---- what a node does -------------------------------------------------------------------------------------- */

static void loop_read(struct bpmn *m, struct node *n, const struct bpmn_options *options)
{
    const struct xtree *s = xtree_first(n->xml, "standardLoopCharacteristics");
    const struct xtree *x = xtree_first(n->xml, "multiInstanceLoopCharacteristics");
    struct loop *l = &n->loop;
    l->event = -1;
    if (s) {
        struct json number = {.kind = JSON_NUMBER, .text = str_trim(xtree_own(s, "loopMaximum"))};
        int64_t maximum = 0;
        if (xtree_owns(s, "loopMaximum") && (!json_int(&number, &maximum) || maximum < 1 || maximum > BPMN_FIRINGS_MAX))
            bpmn_find(m, BPMN_REFUSED, s, "loopMaximum", "最多次数须是 1 到 %d 的整数", BPMN_FIRINGS_MAX);
        *l = (struct loop){.kind = LOOP_STANDARD, .test_before = xtree_flag(s, "testBefore"), .event = -1,
                           .maximum = maximum < 1 || maximum > BPMN_FIRINGS_MAX ? 0 : (int)maximum};
        l->condition = condition(m, s, "loopCondition", "EXT012", options);
        if (!l->condition && !l->maximum)
            bpmn_find(m, BPMN_REFUSED, s, "loop", "循环须有条件或最多次数，否则不会停");
    }
    if (!x)
        return;
    static const char *behaviors[] = {"All", "None", "One", "Complex"};
    l->kind = xtree_flag(x, "isSequential") ? LOOP_SEQUENTIAL : LOOP_PARALLEL;
    l->count = bpmn_child_expression(m, x, "loopCardinality", options);
    struct json number = {.kind = JSON_NUMBER, .text = str_trim(xtree_text(x, "loopCardinality"))};
    int64_t constant = 0;
    if (json_int(&number, &constant) && (constant < 0 || constant > BPMN_INSTANCES_MAX))
        bpmn_find(m, BPMN_REFUSED, x, "loopCardinality", "多实例个数须是 0 到 %d", BPMN_INSTANCES_MAX);
    l->condition = condition(m, x, "completionCondition", "EXT071", options);
    str collection = extension_attr(x, "collection"), input = xtree_text(x, "loopDataInputRef");
    if (collection.n)
        l->collection = bpmn_expression(m, x, collection, options);
    else if (input.n)
        l->collection = bpmn_expression(m, x, bpmn_item_name(m, input), options);
    for (size_t i = 0; i < n->input_count && input.n; i++) /* an input of the activity itself: what is handed to it */
        if (str_eq(n->inputs[i].to, bpmn_item_name(m, input)))
            l->collection = n->inputs[i].from;
    l->item = first_text(extension_attr(x, "elementVariable"), xtree_own(xtree_first(x, "inputDataItem"), "name"));
    if (!l->item.n && xtree_first(x, "inputDataItem"))
        l->item = xtree_own(xtree_first(x, "inputDataItem"), "id");
    if (xtree_first(x, "loopDataOutputRef"))
        l->results = bpmn_item_name(m, xtree_text(x, "loopDataOutputRef"));
    for (size_t i = 0; i < n->output_count; i++)
        l->results_inside |= l->results.n && str_eq(n->outputs[i].source, l->results);
    const struct xtree *out = xtree_first(x, "outputDataItem");
    l->result = out ? first_text(xtree_own(out, "name"), xtree_own(out, "id")) : (str){0};
    for (size_t i = 0; i < COUNT(behaviors); i++)
        if (str_eq(xtree_own(x, "behavior"), str_z(behaviors[i])))
            l->behavior = (enum behavior)i;
    const struct xtree *thrown =
        bpmn_target(m, xtree_own(x, l->behavior == BEHAVIOR_NONE ? "noneBehaviorEventRef" : "oneBehaviorEventRef"));
    if (thrown && (l->behavior == BEHAVIOR_NONE || l->behavior == BEHAVIOR_ONE))
        l->event = event_make(m, thrown, (int)(n - m->nodes), options);
    struct {
        struct complex_behavior *p;
        size_t n, cap;
    } list = {0};
    for (const struct xtree *c = xtree_first(x, "complexBehaviorDefinition"); c;
         c = xtree_next(c, "complexBehaviorDefinition")) {
        struct complex_behavior b = {condition(m, c, "condition", "EXT072", options), -1};
        const struct xtree *event = xtree_first(c, "event");
        for (const struct xtree *d = event ? event->first : NULL; d && b.event < 0; d = d->next) {
            const struct xtree *definition = bpmn_is(d, "eventDefinitionRef") ? bpmn_target(m, d->text) : d;
            b.event = definition ? event_make(m, definition, (int)(n - m->nodes), options) : -1;
        }
        *list_add(m->op, &list) = b;
    }
    l->complex = list.p;
    l->complex_count = list.n;
}

/* NULL with a finding: nobody here understands it. NULL without: run.task will do it. */
static const struct feel *script_read(struct bpmn *m, const struct xtree *e, const struct bpmn_options *options)
{
    str format = xtree_own(e->up, "scriptFormat");
    bool ours = !format.n || str_find(feel_lower(m->op, format), S("feel"), &(size_t){0});
    if ((!options || !options->script) && !ours)
        bpmn_find(m, BPMN_REFUSED, e, "script", "脚本用的是%.*s，只执行 FEEL", PS(format));
    if (!options || !options->script)
        return ours ? bpmn_expression(m, e, e->text, NULL) : NULL;
    if (!options->script(str_trim(e->text)))
        bpmn_find(m, BPMN_REFUSED, e, "EXT053", "脚本「%.*s」不是认得的语言", PS(str_trim(e->text)));
    return NULL;
}

static void task_read(struct bpmn *m, struct node *n, const struct bpmn_options *options)
{
    const struct xtree *e = n->xml;
    const struct xtree *message = bpmn_target(m, xtree_own(e, "messageRef"));
    n->message = message && xtree_own(message, "name").n ? xtree_own(message, "name") : xtree_own(e, "messageRef");
    n->throws |= n->kind == NODE_SEND;
    n->result = first_text(extension_attr(e, "resultVariable"), extension_attr(e, "result"));
    n->decision = first_text(extension_attr(e, "decisionRef"), extension_attr(e, "decision"));
    n->script_text = xtree_text(e, "script");
    n->format = xtree_own(e, "scriptFormat");
    const struct xtree *script = xtree_first(e, "script");
    str expression = extension_attr(e, "expression");
    if (n->kind == NODE_SCRIPT && script)
        n->script = script_read(m, script, options);
    if (n->kind == NODE_SERVICE && expression.n)
        n->script = bpmn_expression(m, e, expression, options);
    bpmn_maps_read(m, e, "dataInputAssociation", &n->inputs, &n->input_count, options);
    bpmn_maps_read(m, e, "dataOutputAssociation", &n->outputs, &n->output_count, options);
    if (n->kind == NODE_ADHOC)
        n->enough = condition(m, e, "completionCondition", "EXT012", options);
    if (n->kind == NODE_COMPLEX)
        n->enough = condition(m, e, "activationCondition", "EXT012", options);
    loop_read(m, n, options);
    bpmn_sets_read(m, n);
}

/* A call of a global task is that task; a call of a process of this document goes inside. */
static void call_resolve(struct bpmn *m, struct node *n, const struct bpmn_options *options)
{
    n->called_key = xtree_own(n->xml, "calledElement");
    const struct xtree *target = bpmn_target(m, n->called_key);
    int called = bpmn_node_of(m, target);
    if (called < 0)
        return;
    if (m->nodes[called].kind == NODE_PROCESS) {
        n->called = called;
        bpmn_call_data(m, n, &m->nodes[called], options);
        return;
    }
    struct node task = m->nodes[called];
    n->kind = task.kind;
    n->people = task.people;
    n->script_text = xtree_text(task.xml, "script");
    if (n->kind == NODE_SCRIPT && xtree_first(task.xml, "script"))
        n->script = script_read(m, xtree_first(task.xml, "script"), options);
    n->decision = first_text(extension_attr(task.xml, "decisionRef"), extension_attr(task.xml, "decision"));
}

/* ---- putting together -------------------------------------------------------------------------------------- */

static bool start_is_plain(const struct node *n)
{
    return n->kind == NODE_START && n->events.n == 0;
}

static void containers_fill(struct bpmn *m)
{
    for (size_t i = 0; i < m->node_count; i++) {
        struct node *n = &m->nodes[i];
        if (n->up < 0)
            continue;
        struct node *up = &m->nodes[n->up];
        *list_add(m->op, &up->children) = (int)i;
        if (n->kind == NODE_EVENT_SUB)
            *list_add(m->op, &up->event_subs) = (int)i;
        if (n->kind == NODE_COMPLEX)
            *list_add(m->op, &m->complexes) = (int)i;
        if (n->kind == NODE_COMPLEX || (n->kind == NODE_OR && n->in.n > 1))
            *list_add(m->op, &up->joins) = (int)i;
        if (n->kind == NODE_BOUNDARY && n->attached >= 0)
            *list_add(m->op, &m->nodes[n->attached].boundaries) = (int)i;
    }
    for (size_t i = 0; i < m->node_count; i++) {
        struct node *up = &m->nodes[i];
        bool plain = false;
        for (size_t k = 0; k < up->children.n; k++)
            plain |= start_is_plain(&m->nodes[up->children.p[k]]);
        for (size_t k = 0; k < up->children.n; k++) {
            const struct node *n = &m->nodes[up->children.p[k]];
            bool loose = n->in.n == 0 && !n->for_compensation && n->kind != NODE_START && n->kind != NODE_BOUNDARY &&
                         n->kind != NODE_EVENT_SUB && !n->instantiate;
            /* Without a start event everything that nothing leads to begins at once (13.2.1 of the standard). */
            if (start_is_plain(n) || (!plain && loose && up->kind != NODE_EVENT_SUB))
                *list_add(m->op, &up->entries) = up->children.p[k];
        }
    }
}

static void compensation_join(struct bpmn *m, const struct xtree *e)
{
    for (const struct xtree *c = e->first; c; c = c->next) {
        if (bpmn_is(c, "association")) {
            int from = node_named(m, xtree_own(c, "sourceRef")), to = node_named(m, xtree_own(c, "targetRef"));
            if (to >= 0 && m->nodes[to].kind == NODE_BOUNDARY) { /* drawn the other way round: it has no direction */
                int handler = from;
                from = to, to = handler;
            }
            if (from >= 0 && to >= 0 && m->nodes[from].kind == NODE_BOUNDARY && m->nodes[from].attached >= 0 &&
                m->nodes[to].for_compensation)
                m->nodes[m->nodes[from].attached].handler = to;
        } else if (bpmn_tag(c) >= 0 || bpmn_is(c, "collaboration")) {
            compensation_join(m, c);
        }
    }
    for (size_t i = 0; i < m->node_count && e == m->root; i++)
        for (size_t k = 0; k < m->nodes[i].event_subs.n; k++) {
            const struct node *sub = &m->nodes[m->nodes[i].event_subs.p[k]];
            for (size_t s = 0; s < sub->children.n; s++) {
                const struct node *start = &m->nodes[sub->children.p[s]];
                if (start->kind == NODE_START && start->events.n &&
                    m->events[start->events.p[0]].kind == EVENT_COMPENSATE)
                    m->nodes[i].comp_sub = m->nodes[i].event_subs.p[k];
            }
        }
}

static bool bpmn_compile(struct bpmn *m, const struct bpmn_options *options)
{
    struct nodes nodes = {0};
    struct edges edges = {0};
    scope_make(m);
    nodes_read(m, &nodes, m->root, -1, 0);
    m->nodes = nodes.p;
    m->node_count = nodes.n;
    for (size_t i = 0; i < m->node_count; i++)
        map_put(&m->by_xml, (str){(const char *)&m->nodes[i].xml, sizeof m->nodes[i].xml}, &m->nodes[i]);
    for (size_t i = 0; i < m->node_count; i++) {
        struct node *n = &m->nodes[i];
        if (n->kind == NODE_BOUNDARY) {
            n->attached = node_named(m, xtree_own(n->xml, "attachedToRef"));
            if (n->attached >= 0 &&
                (m->nodes[n->attached].up != n->up || !node_is_activity(m->nodes[n->attached].kind)))
                n->attached = -1;
        }
        events_read(m, (int)i, options);
    }
    link_names(m);
    edges_read(m, &edges, m->root, options);
    links_join(m, &edges);
    m->edges = edges.p;
    m->edge_count = edges.n;
    for (size_t i = 0; i < m->node_count; i++) {
        struct node *n = &m->nodes[i];
        str standard = xtree_own(n->xml, "default");
        for (size_t k = 0; k < n->out.n && standard.n; k++)
            if (str_eq(m->edges[n->out.p[k]].id, standard))
                n->standard = n->out.p[k];
        task_read(m, n, options);
    }
    for (size_t i = 0; i < m->node_count; i++)
        if (m->nodes[i].kind == NODE_CALL)
            call_resolve(m, &m->nodes[i], options);
    containers_fill(m);
    compensation_join(m, m->root);
    bpmn_data_items(m);
    bpmn_correlation_read(m, options);
    bpmn_trace_outcomes(m);
    bpmn_name_answers(m);
    return true;
}

static bool open(struct op *op, const struct bpmn_doc *doc, const struct bpmn_options *options, struct bpmn **ret)
{
    struct bpmn *m = op_new(op, struct bpmn);
    m->op = op;
    m->where = doc->where;
    m->hash = str_hash(doc->text);
    if (!xtree_parse(op, doc->text, doc->where, &m->root))
        return false;
    if (!bpmn_is(m->root, "definitions"))
        return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行第%d字", PS(doc->where), m->root->line, m->root->column),
                       "不是BPMN文件（根元素应是definitions），请检查是否选错了文件");
    map_init(&m->ids, op);
    map_init(&m->by_xml, op);
    map_init(&m->data_names, op);
    struct bpmn_counts counts = bpmn_count(m);
    if (counts.nodes > BPMN_NODES_MAX || counts.flows > BPMN_NODES_MAX)
        return op_fail(op, FAULT_INPUT, doc->where, "一个文件里最多 %d 个节点，请拆成几个流程", BPMN_NODES_MAX);
    ids_gather(m, m->root);
    *ret = m;
    return bpmn_compile(m, options);
}

bool bpmn_read(struct op *op, const struct bpmn_doc *doc, const struct bpmn_options *options, struct bpmn **ret)
{
    struct bpmn *m = NULL;
    if (!open(op, doc, options, &m))
        return false;
    bpmn_rules(m);
    *ret = m;
    return true;
}

bool bpmn_load(struct op *op, const struct bpmn_doc *doc, const struct bpmn_options *options, struct bpmn **ret)
{
    struct bpmn *m = NULL;
    if (!bpmn_read(op, doc, options, &m))
        return false;
    int told = 0;
    for (const struct bpmn_finding *f = m->findings; f; f = f->next)
        if (f->kind == BPMN_REFUSED && told++ < 20)
            (void)op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行 %.*s", PS(doc->where), f->line, PS(f->where)),
                          "%.*s（%.*s）", PS(f->text), PS(f->rule));
    if (told == 0 && m->processes.n == 0)
        return op_fail(op, FAULT_INPUT, doc->where, "文件里没有流程");
    if (told > 0)
        return false;
    *ret = m;
    return true;
}

void bpmn_write(const struct bpmn *m, struct buf *b)
{
    xtree_write(b, m->root);
}
