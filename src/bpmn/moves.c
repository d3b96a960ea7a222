/* Two versions of a model side by side: a step is the same one where its id is, or where somebody says so; what has come,
 * what has gone, and what of a step is another now. */
#include "bpmn/move.h"

/* ---- which step became which -------------------------------------------------------------------------------- */

static bool like(const struct node *a, const struct node *b)
{
    return a->kind == b->kind && (a->loop.kind == LOOP_NONE) == (b->loop.kind == LOOP_NONE);
}

static bool renamed(const struct moving *v, str key)
{
    for (size_t i = 0; i < v->rename_count; i++)
        if (str_eq(v->renames[i].from, key))
            return true;
    return false;
}

[[nodiscard]] static bool rename_put(struct op *op, struct moving *v, const struct bpmn_rename *r)
{
    int from = bpmn_node(v->from, r->from), to = bpmn_node(v->to, r->to);
    if (from < 0 || !r->from.n)
        return op_fail(op, FAULT_INPUT, r->from, "这件现在的版本里没有这个环节，请核对改名的环节");
    if (to < 0 || !r->to.n)
        return op_fail(op, FAULT_INPUT, r->to, "要迁移到的版本里没有这个环节，请核对“%.*s”改成了什么", PS(bpmn_node_title(v->from, from)));
    if (!like(&v->from->nodes[from], &v->to->nodes[to]))
        return op_fail(op, FAULT_INPUT, bpmn_node_title(v->from, from), "这是%s，“%.*s”是%s，不能当作同一个环节；请选同一类的",
                       bpmn_tag_text(v->from->nodes[from].xml), PS(bpmn_node_title(v->to, to)), bpmn_tag_text(v->to->nodes[to].xml));
    if (v->nodes[from] >= 0)
        return op_fail(op, FAULT_INPUT, bpmn_node_title(v->from, from), "这个环节改成什么写了两次，请只写一次");
    for (size_t i = 0; i < v->from->node_count; i++)
        if (v->nodes[i] == to)
            return op_fail(op, FAULT_INPUT, bpmn_node_title(v->to, to), "“%.*s”和“%.*s”不能都改成它，请各选各的", PS(bpmn_node_title(v->from, (int)i)),
                           PS(bpmn_node_title(v->from, from)));
    v->nodes[from] = to;
    return true;
}

/* What was inside a sub-process must still be inside the same one, and what hung at an activity must hang there. */
static void strays_drop(struct moving *v)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < v->from->node_count; i++) {
            const struct node *a = &v->from->nodes[i], *b = v->nodes[i] < 0 ? NULL : &v->to->nodes[v->nodes[i]];
            bool inside = b && (a->up < 0 || b->up < 0 ? a->up < 0 && b->up < 0 : v->nodes[a->up] == b->up);
            bool hangs = b && (a->kind != NODE_BOUNDARY || a->attached < 0 || v->nodes[a->attached] == b->attached);
            if (!b || (inside && hangs))
                continue;
            v->nodes[i] = -1;
            again = true;
        }
    }
}

[[nodiscard]] static bool nodes_find(struct op *op, struct moving *v)
{
    for (size_t i = 0; i < v->from->node_count; i++)
        v->nodes[i] = -1;
    for (size_t i = 0; i < v->rename_count; i++)
        if (!rename_put(op, v, &v->renames[i]))
            return false;
    bool *taken = op_array(op, bool, v->to->node_count + 1);
    for (size_t i = 0; i < v->from->node_count; i++)
        if (v->nodes[i] >= 0)
            taken[v->nodes[i]] = true;
    for (size_t i = 0; i < v->from->node_count; i++) {
        const struct node *n = &v->from->nodes[i];
        int to = n->id.n && v->nodes[i] < 0 && !renamed(v, n->id) ? bpmn_node(v->to, n->id) : -1;
        if (to >= 0 && !taken[to] && like(n, &v->to->nodes[to]))
            v->nodes[i] = to;
    }
    /* The one process of a document is the same, whatever it is called. */
    bool alone = v->from->processes.n == 1 && v->to->processes.n == 1;
    if (alone && v->nodes[v->from->processes.p[0]] < 0)
        v->nodes[v->from->processes.p[0]] = v->to->processes.p[0];
    strays_drop(v);
    return true;
}

/* The flow between the same two nodes, by its number; where it was drawn anew, the only one there is between them. */
static int same_flow(const struct moving *v, const struct edge *e)
{
    int source = v->nodes[e->source], target = v->nodes[e->target], found = -1, count = 0;
    for (size_t k = 0; k < v->to->edge_count && source >= 0 && target >= 0; k++) {
        if (v->to->edges[k].source != source || v->to->edges[k].target != target)
            continue;
        if (str_eq(v->to->edges[k].id, e->id))
            return (int)k;
        found = (int)k;
        count++;
    }
    return count == 1 ? found : -1;
}

/* Where a step has come between, a token that has long gone by the old flow has come to its end by the way that leads there
 * now. A join tells its ways apart: of those there must be just one that is new, for just one that is gone. */
static int way_now(const struct moving *v, const struct edge *e)
{
    int target = v->nodes[e->target], fresh = -1, gone = 0, count = 0;
    if (v->nodes[e->source] < 0 || target < 0)
        return -1;
    const struct ints *then = &v->from->nodes[e->target].in, *now = &v->to->nodes[target].in;
    for (size_t i = 0; i < then->n; i++)
        gone += v->edges[then->p[i]] < 0;
    for (size_t i = 0; i < now->n; i++) {
        bool known = false;
        for (size_t k = 0; k < then->n; k++)
            known |= v->edges[then->p[k]] == now->p[i];
        fresh = known ? fresh : now->p[i];
        count += !known;
    }
    enum node_kind kind = v->to->nodes[target].kind;
    bool joins = kind == NODE_AND || kind == NODE_OR || kind == NODE_COMPLEX;
    if (joins && now->n + then->n > 2)
        return gone == 1 && count == 1 ? fresh : -1;
    return fresh >= 0 ? fresh : now->n ? now->p[0] : -1;
}

bool moves_find(struct op *op, struct moving *v)
{
    v->nodes = op_array(op, int, v->from->node_count + 1);
    v->edges = op_array(op, int, v->from->edge_count + 1);
    v->past = op_array(op, int, v->from->edge_count + 1);
    v->events = op_array(op, int, v->from->event_count + 1);
    if (!nodes_find(op, v))
        return false;
    for (size_t i = 0; i < v->from->edge_count; i++)
        v->edges[i] = same_flow(v, &v->from->edges[i]);
    for (size_t i = 0; i < v->from->edge_count; i++)
        v->past[i] = v->edges[i] >= 0 ? v->edges[i] : way_now(v, &v->from->edges[i]);
    for (size_t i = 0; i < v->from->event_count; i++) {
        const struct event *e = &v->from->events[i];
        v->events[i] = -1;
        for (size_t k = 0; k < v->to->event_count; k++)
            if (v->to->events[k].node == v->nodes[e->node] && v->to->events[k].kind == e->kind &&
                str_eq(v->to->events[k].name, e->name))
                v->events[i] = (int)k;
    }
    return true;
}

/* ---- what is another now ------------------------------------------------------------------------------------- */

/* Attributes of a step that people ask about, and what each is called. */
static const struct {
    const char *name, *chinese;
} told[] = {
    {"who", "办理人"},       {"assignee", "办理人"}, {"candidateUsers", "办理人"}, {"candidateGroups", "办理人"},
    {"due", "时限"},         {"dueDate", "时限"},    {"form", "填写"},             {"formKey", "填写"},
    {"rule", "会签规则"},    {"number", "编号"},     {"series", "字号"},           {"copy", "传阅"},
    {"record", "代录"},      {"back", "退回"},       {"irreversible", "不可逆"},   {"decision", "政策"},
    {"fields", "字段"},      {"results", "反馈"},    {"watch", "盯着"},            {"stamp", "记时"},
    {"agrees", "表态"},      {"none", "不得还有"},   {"words", "话写到"},           {"dated", "编号年份"},
    {"phrases", "常用语"},   {"of", "所问记录"},     {"result", "结果名"},
    {"calledElement", "下达"},
};

/* To say any of zw:rule is to say nothing. */
static str said_of(const struct xtree *e, const char *name)
{
    str said = str_trim(xtree_attr(e, name));
    return !strcmp(name, "rule") && str_eq(said, S("any")) ? S("") : said;
}

static void told_differences(struct buf *b, const struct xtree *was, const struct xtree *is)
{
    for (size_t i = 0; i < COUNT(told); i++) {
        str old = said_of(was, told[i].name), now = said_of(is, told[i].name);
        if (!str_eq(old, now))
            buf_text(b, "%s%s：%.*s → %.*s", b->n ? "；" : "", told[i].chinese, PS(old.n ? old : S("无")), PS(now.n ? now : S("无")));
    }
}

/* Whether one says everything that the other says of itself; what it is called in the file, and the notation of a text, do not count. */
static bool said_same(const struct xtree *a, const struct xtree *b)
{
    for (const struct xattr *x = a->attrs; x; x = x->next) {
        const struct xattr *y = b->attrs;
        while (y && !(str_eq(x->name, y->name) && str_eq(x->value, y->value)))
            y = y->next;
        if (!y && !str_eq(x->name, S("id")) && !(x->prefix.n && str_eq(x->name, S("type"))))
            return false;
    }
    return true;
}

/* Whether what an element holds is the same: conditions, times, scripts. Its arrows are told apart. */
static bool inside_same(const struct xtree *a, const struct xtree *b)
{
    static const char *const beside[] = {"incoming", "outgoing", "documentation"};
    const struct xtree *x = a->first, *y = b->first;
    for (;; x = x->next, y = y->next) {
        for (size_t i = 0; i < COUNT(beside); i++) {
            while (x && xtree_is(x, beside[i]))
                x = x->next, i = 0;
            while (y && xtree_is(y, beside[i]))
                y = y->next, i = 0;
        }
        if (!x || !y)
            return x == y && str_eq(str_trim(a->text), str_trim(b->text));
        if (!str_eq(x->name, y->name) || !said_same(x, y) || !said_same(y, x) || !inside_same(x, y))
            return false;
    }
}

/* The next of what stands beside the processes: messages, signals, errors, collaborations; not the drawing. */
static const struct xtree *beside(const struct xtree *e)
{
    while (e && (xtree_is(e, "process") || str_starts(e->name, S("BPMN"))))
        e = e->next;
    return e;
}

bool bpmn_beside_same(const struct bpmn *a, const struct bpmn *b)
{
    const struct xtree *x = beside(a->root->first), *y = beside(b->root->first);
    for (; x && y; x = beside(x->next), y = beside(y->next))
        if (!str_eq(x->name, y->name) || !said_same(x, y) || !said_same(y, x) || !inside_same(x, y))
            return false;
    return x == y;
}

static str condition_text(const struct edge *e)
{
    static const struct {
        str source, said;
    } votes[] = {{SC("outcome = \"agree\""), SC("同意")}, {SC("outcome = \"refuse\""), SC("不同意")}};
    str source = str_trim(feel_source(e->condition));
    for (size_t i = 0; i < COUNT(votes); i++)
        if (str_eq(votes[i].source, source))
            return votes[i].said;
    return source;
}

/* Where it goes on to; by: what those steps are called in the other version, so that a name alone is no other way. */
static str ways_text(struct op *op, const struct bpmn *m, int node, const struct moving *by)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < m->nodes[node].out.n; i++) {
        const struct edge *e = &m->edges[m->nodes[node].out.p[i]];
        int there = by ? by->nodes[e->target] : -1;
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(there < 0 ? bpmn_node_title(m, e->target) : bpmn_node_title(by->to, there)));
        if (e->condition)
            buf_text(&b, "（%.*s）", PS(condition_text(e)));
    }
    return b.n ? buf_str(&b) : S("结束");
}

static str documentation(const struct xtree *e)
{
    const struct xtree *d = xtree_first(e, "documentation");
    return d ? str_trim(d->text) : S("");
}

/* Answers that are called otherwise now: the names of the flows behind it. */
static void told_answers(struct buf *b, const struct moving *v, int from)
{
    for (size_t i = 0; i < v->from->nodes[from].out.n; i++) {
        const struct edge *was = &v->from->edges[v->from->nodes[from].out.p[i]];
        int at = v->edges[v->from->nodes[from].out.p[i]];
        if (at < 0)
            continue;
        str old = was->name, now = v->to->edges[at].name;
        if (!str_eq(old, now))
            buf_text(b, "%s叫法：%.*s → %.*s", b->n ? "；" : "", PS(old.n ? old : S("无")), PS(now.n ? now : S("无")));
    }
}

static str altered(struct op *op, const struct moving *v, int from)
{
    int to = v->nodes[from];
    const struct node *a = &v->from->nodes[from], *z = &v->to->nodes[to];
    str old = ways_text(op, v->from, from, v), now = ways_text(op, v->to, to, NULL);
    struct buf b;
    buf_init(&b, op, 0);
    told_differences(&b, a->xml, z->xml);
    if (!node_is_container(a->kind) && !inside_same(a->xml, z->xml))
        buf_text(&b, "%s内容有变（条件、时间或数据）", b.n ? "；" : "");
    if (!node_is_container(a->kind) && !str_eq(documentation(a->xml), documentation(z->xml)))
        buf_text(&b, "%s办理说明有变", b.n ? "；" : "");
    told_answers(&b, v, from);
    if (a->out.n + z->out.n > 0 && !str_eq(old, now))
        buf_text(&b, "%s之后：%.*s → %.*s", b.n ? "；" : "", PS(old), PS(now));
    return buf_str(&b);
}

bool bpmn_compare(struct op *op, const struct bpmn *from, const struct bpmn *to, const struct bpmn_rename *renames,
                  size_t count, const struct bpmn_pair **ret, size_t *ret_count)
{
    struct moving v = {.from = from, .to = to, .renames = renames, .rename_count = count};
    struct { struct bpmn_pair *p; size_t n, cap; } list = {0};
    if (!moves_find(op, &v))
        return false;
    bool *met = op_array(op, bool, to->node_count + 1);
    for (size_t i = 0; i < from->node_count; i++) {
        if (v.nodes[i] >= 0)
            met[v.nodes[i]] = true;
        if (from->nodes[i].kind != NODE_PROCESS)
            *list_add(op, &list) = (struct bpmn_pair){.from = (int)i,
                                                  .to = v.nodes[i],
                                                  .name = bpmn_node_title(from, (int)i),
                                                  .to_name = v.nodes[i] < 0 ? S("") : bpmn_node_title(to, v.nodes[i]),
                                                  .altered = v.nodes[i] < 0 ? S("") : altered(op, &v, (int)i)};
    }
    for (size_t i = 0; i < to->node_count; i++)
        if (!met[i] && to->nodes[i].kind != NODE_PROCESS)
            *list_add(op, &list) = (struct bpmn_pair){.from = -1, .to = (int)i, .to_name = bpmn_node_title(to, (int)i)};
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

bool bpmn_alike(const struct bpmn *from, int a, const struct bpmn *to, int b)
{
    return like(&from->nodes[a], &to->nodes[b]);
}
