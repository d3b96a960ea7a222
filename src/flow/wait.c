/* What a case waits for besides people, in words: a message, a condition, a day, data, other branches, cases below, or somebody
 * to mend what went wrong. Read from the model's own telling, so that no wait is without words. */
#include "flow/inner.h"

static const struct procedure_clock *clock_of(const struct flow_tx *f, int node)
{
    for (size_t i = 0; i < f->procedure->clock_count; i++)
        if (f->procedure->clocks[i].node == node)
            return &f->procedure->clocks[i];
    return NULL;
}

static str clock_text(struct flow_tx *f, const struct bpmn_waiting *w)
{
    const struct procedure_clock *c = clock_of(f, w->node);
    str until = w->due ? op_text(f->op, "等到 %.*s", PS(time_said(f->op, w->due))) : S("等到时，时间还没有定");
    return c && c->watched ? op_text(f->op, "%.*s；其间“%.*s”一有变动就重新起算", PS(until), PS(c->watched->name)) : until;
}

static str below_text(struct flow_tx *f, const struct bpmn_waiting *w, int count)
{
    const struct procedure *p = flow_procedure(f->flow, w->what, 0);
    return op_text(f->op, "等下级办结：“%.*s” %d 件", PS(p ? p->name : w->what), count);
}

enum { OWNERS_TOLD = 3 };

/* Whose it is to mend: those who hear of what is late in it, by name. */
static str owners_text(struct flow_tx *f)
{
    struct names names;
    const str *who;
    size_t count;
    struct buf b;
    names_init(&names, f->tx, f->flow);
    buf_init(&b, f->op, 0);
    if (!flow_seats(f, f->procedure->chief, &who, &count)) {
        f->failed = true;
        return S("");
    }
    for (size_t i = 0; i < count && i < OWNERS_TOLD; i++)
        buf_text(&b, "%s%.*s", i ? "、" : "", PS(names_of(&names, who[i])));
    f->failed |= names.failed;
    return count == 0            ? S("督办的人")
           : count > OWNERS_TOLD ? op_text(f->op, "%.*s等%d人", PS(buf_str(&b)), (int)count)
                                 : buf_str(&b);
}

/* What is the matter, without the name of the step, which stands before it; then whose it is to do what. */
static str mending_text(struct flow_tx *f, const struct bpmn_waiting *w)
{
    str step = op_text(f->op, "「%.*s」", PS(bpmn_node_name(f->run.model, w->node)));
    str why = f->stuck.n ? f->stuck : S("走不下去");
    why = str_starts(why, step) ? str_part(why, step.n, why.n) : why;
    str tried = f->tries ? op_text(f->op, "已试 %d 次，%.*s 再试", f->tries, PS(time_said(f->op, f->retry)))
                         : op_text(f->op, "改好后由%.*s重试", PS(owners_text(f)));
    return op_text(f->op, "出了问题：%.*s；%.*s", PS(why), PS(tried));
}

static str text_of(struct flow_tx *f, const struct bpmn_waiting *w, int count)
{
    switch (w->kind) {
    case BPMN_WAITS_PERSON:
        return S("等人办");
    case BPMN_WAITS_MESSAGE:
        return op_text(f->op, "等消息“%.*s”", PS(w->what));
    case BPMN_WAITS_SIGNAL:
        return op_text(f->op, "等信号“%.*s”", PS(w->what));
    case BPMN_WAITS_CONDITION:
        return op_text(f->op, "等条件成立：%.*s", PS(w->what));
    case BPMN_WAITS_CLOCK:
        return clock_text(f, w);
    case BPMN_WAITS_DATA:
        return op_text(f->op, "等数据，还缺：%.*s", PS(w->what));
    case BPMN_WAITS_OTHERS:
        return w->what.n ? op_text(f->op, "等别的分支办完：%.*s", PS(w->what)) : op_text(f->op, "等人齐，到了 %d 个", count);
    case BPMN_WAITS_BELOW:
        return below_text(f, w, count);
    case BPMN_WAITS_OUTSIDE:
        return S("等系统外的答复");
    case BPMN_WAITS_MENDING:
        return mending_text(f, w);
    }
    return S("");
}

struct grouped {
    struct bpmn_waiting w;
    int count;
};

/* What waits at one node for one thing is told once, since the first of it; so are ten villages below. */
static bool together(const struct bpmn_waiting *a, const struct bpmn_waiting *b)
{
    return a->node == b->node && a->kind == b->kind && a->event == b->event && str_eq(a->what, b->what) && a->due == b->due;
}

/* A join without a name is nothing that people have a word for. */
static str name_of(const struct flow_tx *f, const struct bpmn_waiting *w)
{
    str element = bpmn_node_id(f->run.model, w->node), name = bpmn_node_name(f->run.model, w->node);
    return w->kind == BPMN_WAITS_OTHERS && str_eq(name, element) ? S("汇合") : bpmn_node_title(f->run.model, w->node);
}

void waits_read(struct flow_tx *f, struct flow_wait **ret, size_t *ret_count)
{
    const struct bpmn_waiting *all;
    size_t count, n = 0;
    bpmn_waitings(&f->run, &all, &count);
    struct grouped *groups = op_array(f->op, struct grouped, count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        if (all[i].kind == BPMN_WAITS_PERSON) /* a visit tells who */
            continue;
        while (at < n && !together(&groups[at].w, &all[i]))
            at++;
        if (at == n)
            groups[n++].w = all[i];
        if (all[i].since < groups[at].w.since)
            groups[at].w.since = all[i].since;
        groups[at].count++;
    }
    struct flow_wait *list = op_array(f->op, struct flow_wait, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct bpmn_waiting *w = &groups[i].w;
        bool either = i > 0 && groups[i - 1].w.tok == w->tok && groups[i - 1].w.node != w->node; /* of a gateway */
        str text = text_of(f, w, groups[i].count);
        time_ms since = w->kind == BPMN_WAITS_MENDING && f->stuck_at ? f->stuck_at : w->since;
        list[i] = (struct flow_wait){.kind = w->kind,
                                     .node = bpmn_node_id(f->run.model, w->node),
                                     .name = name_of(f, w),
                                     .text = either ? op_text(f->op, "或%.*s", PS(text)) : text,
                                     .since = since ? since : f->started,
                                     .due = w->due};
    }
    *ret = list;
    *ret_count = n;
}

/* Where a case is that no person holds: the names of what waits. A join only waits for the rest of it. */
str waits_place(struct flow_tx *f)
{
    struct flow_wait *all;
    size_t count;
    struct buf b;
    buf_init(&b, f->op, 0);
    waits_read(f, &all, &count);
    for (size_t i = 0; i < count; i++) {
        size_t at;
        if (all[i].kind != BPMN_WAITS_OTHERS && !str_find(buf_str(&b), all[i].name, &at))
            buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(all[i].name));
    }
    return buf_str(&b);
}
