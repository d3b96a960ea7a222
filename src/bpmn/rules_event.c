/* What the standard forbids of events: which definitions may stand where, timers, messages, links, compensation. */
#include "bpmn/rules.h"

#define REFUSE(rule, ...) bpmn_find(m, BPMN_REFUSED, e, rule, __VA_ARGS__)
#define BIT(kind) (1u << (kind))

static const char *const event_names[EVENT_KINDS] = {"定时", "消息", "信号", "错误", "升级", "补偿", "条件", "取消", "终止", "链接"};

static void kinds_check(struct bpmn *m, const struct xtree *e, const struct node *n, unsigned allowed, const char *rule,
                        const char *what)
{
    for (size_t i = 0; i < n->events.n; i++)
        if (!(allowed & BIT(m->events[n->events.p[i]].kind)))
            REFUSE(rule, "%s不能是%s事件", what, event_names[m->events[n->events.p[i]].kind]);
}

static void start_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    const unsigned common = BIT(EVENT_TIMER) | BIT(EVENT_MESSAGE) | BIT(EVENT_SIGNAL) | BIT(EVENT_CONDITION);
    const struct node *up = &m->nodes[n->up];
    if (n->in.n)
        REFUSE("EXT096", "开始事件不能有入路");
    if (up->kind == NODE_PROCESS) {
        kinds_check(m, e, n, common, "EXT098", "流程的开始事件");
    } else if (up->kind == NODE_EVENT_SUB) {
        unsigned allowed = common | BIT(EVENT_ESCALATION) | BIT(EVENT_ERROR) | BIT(EVENT_COMPENSATE);
        if (!n->events.n)
            REFUSE("EXT129", "事件子流程的开始事件须说明是什么事件");
        if (!n->interrupting)
            allowed &= ~(BIT(EVENT_ERROR) | BIT(EVENT_COMPENSATE));
        kinds_check(m, e, n, allowed, "EXT059", n->interrupting ? "事件子流程的开始事件" : "不中断的开始事件");
    } else if (n->events.n) {
        REFUSE("EXT100", "子流程的开始事件须是普通的");
    }
}

/* Whether an association has an activity for compensation at either end. */
static int compensates(const struct bpmn *m, const struct xtree *association)
{
    static const char *const ends[] = {"sourceRef", "targetRef"};
    int found = 0;
    for (size_t i = 0; i < COUNT(ends); i++) {
        int node = bpmn_node_of(m, bpmn_target(m, xtree_own(association, ends[i])));
        found |= node >= 0 && m->nodes[node].for_compensation;
    }
    return found;
}

static void boundary_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    unsigned allowed =
        BIT(EVENT_TIMER) | BIT(EVENT_MESSAGE) | BIT(EVENT_SIGNAL) | BIT(EVENT_CONDITION) | BIT(EVENT_ESCALATION);
    if (n->interrupting)
        allowed |= BIT(EVENT_ERROR) | BIT(EVENT_CANCEL) | BIT(EVENT_COMPENSATE);
    if (!n->events.n)
        REFUSE("EXT110", "边界事件须说明是什么事件");
    kinds_check(m, e, n, allowed, "EXT110", n->interrupting ? "边界事件" : "不中断的边界事件");
    if (n->in.n)
        REFUSE("EXT112", "边界事件不能有入路");
    if (n->attached < 0)
        REFUSE("EXT113", "边界事件须附在同一层的活动上");
    else if (rule_has_event(m, n, EVENT_CANCEL) && m->nodes[n->attached].kind != NODE_TRANSACTION)
        REFUSE("EXT111", "取消事件只能附在事务子流程上");
    if (!rule_has_event(m, n, EVENT_COMPENSATE)) {
        if (!n->out.n)
            REFUSE("EXT114", "边界事件没有出路");
        return;
    }
    if (n->out.n)
        REFUSE("EXT143", "补偿边界事件用关联线连补偿活动，不能有顺序流");
    int handlers = 0;
    for (const struct xtree *a = xtree_first(e->up, "association"); a; a = xtree_next(a, "association"))
        handlers += bpmn_target(m, xtree_own(a, "sourceRef")) == e || bpmn_target(m, xtree_own(a, "targetRef")) == e
                        ? compensates(m, a) : 0;
    if (handlers > 1)
        REFUSE("EXT144", "补偿边界事件只能连一个补偿活动，这里连了 %d 个；几件事请放进一个子流程", handlers);
    if (n->attached >= 0 && m->nodes[n->attached].handler < 0)
        REFUSE("EXT144", "补偿边界事件没有连到补偿活动（isForCompensation=\"true\"）");
}

/* How many events of that kind, in the same container, share its link. */
static int link_partners(const struct bpmn *m, const struct node *n, enum node_kind kind)
{
    int found = 0;
    for (size_t i = 0; i < m->node_count; i++) {
        const struct node *o = &m->nodes[i];
        if (o->kind != kind || o->up != n->up || !rule_has_event(m, o, EVENT_LINK))
            continue;
        for (size_t a = 0; a < n->events.n; a++)
            for (size_t b = 0; b < o->events.n; b++) {
                const struct event *x = &m->events[n->events.p[a]], *y = &m->events[o->events.p[b]];
                if (x->kind == EVENT_LINK && y->kind == EVENT_LINK && x->name.n && str_eq(x->name, y->name))
                    found++;
            }
    }
    return found;
}

/* What is to be compensated must be seen from here: it stands beside the event, or beside what the event is inside of. */
static void compensate_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    for (size_t i = 0; i < n->events.n; i++) {
        const struct event *event = &m->events[n->events.p[i]];
        if (event->kind != EVENT_COMPENSATE || event->activity < 0)
            continue;
        int up = n->up;
        while (up >= 0 && up != m->nodes[event->activity].up)
            up = m->nodes[up].up;
        if (up < 0)
            REFUSE("compensate", "要补偿的「%.*s」在别的子流程里面，从这里看不见", PS(m->nodes[event->activity].id));
    }
}

static void between_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    bool throws = n->kind == NODE_THROW, link = rule_has_event(m, n, EVENT_LINK);
    const unsigned catching =
        BIT(EVENT_TIMER) | BIT(EVENT_MESSAGE) | BIT(EVENT_SIGNAL) | BIT(EVENT_CONDITION) | BIT(EVENT_LINK);
    const unsigned throwing =
        BIT(EVENT_MESSAGE) | BIT(EVENT_SIGNAL) | BIT(EVENT_ESCALATION) | BIT(EVENT_COMPENSATE) | BIT(EVENT_LINK);
    kinds_check(m, e, n, throws ? throwing : catching, throws ? "EXT149" : "EXT148", throws ? "中间抛出事件" : "中间捕获事件");
    if (!throws && !n->events.n)
        REFUSE("EXT148", "中间捕获事件须说明等什么");
    compensate_rule(m, e, n);
    int partners = link ? link_partners(m, n, throws ? NODE_CATCH : NODE_THROW) : 0;
    if (link && partners == 0)
        REFUSE(throws ? "EXT125" : "EXT124", "同一层里没有与它对应的链接事件");
    if (link && throws && partners > 1)
        REFUSE("EXT118", "一个链接只能通到一处，这里通到 %d 处", partners);
    size_t in = 0, out = 0;
    for (size_t i = 0; i < n->in.n; i++)
        in += m->edges[n->in.p[i]].id.n > 0;
    for (size_t i = 0; i < n->out.n; i++)
        out += m->edges[n->out.p[i]].id.n > 0;
    if (link && (throws ? out : in))
        REFUSE("EXT117", "链接事件%s", throws ? "抛出后不能另有出路" : "捕获处不能另有入路");
    if (!in && !(link && !throws))
        REFUSE("EXT115", "中间事件没有入路");
    if (!out && !(link && throws))
        REFUSE("EXT116", "中间事件没有出路");
}

static void end_rule(struct bpmn *m, const struct xtree *e, const struct node *n)
{
    const unsigned allowed = BIT(EVENT_MESSAGE) | BIT(EVENT_SIGNAL) | BIT(EVENT_ERROR) | BIT(EVENT_ESCALATION) |
                             BIT(EVENT_COMPENSATE) | BIT(EVENT_CANCEL) | BIT(EVENT_TERMINATE);
    kinds_check(m, e, n, allowed, "EXT146", "结束事件");
    compensate_rule(m, e, n);
    if (n->out.n)
        REFUSE("EXT104", "结束事件不能有出路");
    int up = n->up;
    while (up >= 0 && (m->nodes[up].kind == NODE_SUB || m->nodes[up].kind == NODE_EVENT_SUB))
        up = m->nodes[up].up;
    if (rule_has_event(m, n, EVENT_CANCEL) && (up < 0 || m->nodes[up].kind != NODE_TRANSACTION))
        REFUSE("EXT106", "取消结束事件只能在事务子流程里");
}

static void event_rule(struct bpmn *m, const struct xtree *e)
{
    const struct node *n = rule_node(m, e);
    if (!n)
        return;
    for (const struct xtree *c = xtree_first(e, "eventDefinitionRef"); c; c = xtree_next(c, "eventDefinitionRef")) {
        const struct xtree *target = bpmn_target(m, c->text);
        if (target && !xtree_is(target->up, "definitions"))
            REFUSE("EXT095", "引用的事件定义须写在文件顶层，不能借用别的事件里的");
    }
    switch (n->kind) {
    case NODE_START:
        start_rule(m, e, n);
        break;
    case NODE_END:
        end_rule(m, e, n);
        break;
    case NODE_BOUNDARY:
        boundary_rule(m, e, n);
        break;
    case NODE_CATCH:
    case NODE_THROW:
        between_rule(m, e, n);
        break;
    case NODE_PROCESS:
    case NODE_TASK:
    case NODE_USER:
    case NODE_SCRIPT:
    case NODE_SERVICE:
    case NODE_SEND:
    case NODE_RECEIVE:
    case NODE_RULE:
    case NODE_SUB:
    case NODE_TRANSACTION:
    case NODE_ADHOC:
    case NODE_EVENT_SUB:
    case NODE_CALL:
    case NODE_XOR:
    case NODE_AND:
    case NODE_OR:
    case NODE_COMPLEX:
    case NODE_GATE:
    case NODE_KINDS:
        break;
    }
}

/* ---- definitions ------------------------------------------------------------------------------------------- */

static void timer_rule(struct bpmn *m, const struct xtree *e)
{
    static const char *kinds[] = {[TIMER_DATE] = "timeDate", [TIMER_DURATION] = "timeDuration", [TIMER_CYCLE] = "timeCycle"};
    static const char *rules[] = {"EXT132", "EXT134", "EXT133"};
    int given = 0;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        const struct xtree *t = xtree_first(e, kinds[k]);
        str text = t ? str_trim(t->text) : S("");
        given += t != NULL;
        if (!text.n || bpmn_timer_computed(m, text))
            continue;
        if (!bpmn_timer_valid(m->op, (enum timer_kind)k, text))
            REFUSE(rules[k], "「%.*s」不是合规的%s", PS(text), k == 0 ? "时刻" : k == 1 ? "时长，应像 PT2H、P3D" : "周期，应像 R3/PT1H");
    }
    if (given != 1)
        REFUSE("EXT131", "定时事件须写时刻、时长、周期之一，这里写了 %d 个", given);
}

static void message_rule(struct bpmn *m, const struct xtree *e)
{
    if (!rule_executable(e))
        return;
    const struct xtree *message = bpmn_target(m, xtree_own(e, "messageRef"));
    if (!xtree_owns(e, "messageRef"))
        REFUSE("EXT127", "消息事件没有说明是哪种消息");
    else if (message && xtree_owns(message, "itemRef") && !xtree_first(e, "operationRef"))
        REFUSE("EXT128", "消息带有数据，却没有说明由哪个操作处理");
}

static bool throwing(const struct xtree *definition)
{
    return xtree_is(definition->up, "endEvent") || xtree_is(definition->up, "intermediateThrowEvent");
}

static void escalation_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *target = bpmn_target(m, xtree_own(e, "escalationRef"));
    if (throwing(e) && rule_executable(e) && (!target || !xtree_own(target, "escalationCode").n))
        REFUSE("EXT011", "升级事件没有写升级代码");
}

static void signal_rule(struct bpmn *m, const struct xtree *e)
{
    if (rule_executable(e) && !xtree_own(e, "signalRef").n)
        REFUSE("signal", "信号事件没有说明是哪个信号");
}

static void condition_rule(struct bpmn *m, const struct xtree *e)
{
    if (rule_executable(e) && !xtree_first(e, "condition"))
        REFUSE("EXT123", "条件事件没有写条件");
}

static void error_rule(struct bpmn *m, const struct xtree *e)
{
    const struct xtree *target = bpmn_target(m, xtree_own(e, "errorRef"));
    if (throwing(e) && rule_executable(e) && (!target || !xtree_own(target, "errorCode").n))
        REFUSE("error", "错误结束事件没有写错误代码");
}

const struct rule_row bpmn_rules_events[] = {
    {"startEvent endEvent boundaryEvent intermediateCatchEvent intermediateThrowEvent ", event_rule},
    {"timerEventDefinition ", timer_rule},
    {"messageEventDefinition ", message_rule},
    {"escalationEventDefinition ", escalation_rule},
    {"signalEventDefinition ", signal_rule},
    {"conditionalEventDefinition ", condition_rule},
    {"errorEventDefinition ", error_rule},
};
const size_t bpmn_rules_events_count = COUNT(bpmn_rules_events);
