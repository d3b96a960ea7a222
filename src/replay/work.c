/* Works (专项) in a script or a story: the acts of their pages, as the person who does them. */
#include "replay/inner.h"
#include "work/work.h"

/* Read once; they live as long as the caller's operation, like the fonts. */
static bool works_ready(struct play *p)
{
    struct works *all;
    int faults = p->chance->fault_count;
    if (p->works)
        return true;
    if (works_load(p->chance, p->town, p->options->packs, flow_policies(p->flow), &all)) {
        p->works = all;
        return true;
    }
    faults_copy(p->op, p->chance);
    op_forgive(p->chance, faults);
    return false;
}

static bool act_keeps(const struct work *w, str act)
{
    for (size_t i = 0; i < work_act_count; i++)
        if (work_acts[i].kind == work_kind_of(w) && str_eq(work_acts[i].name, act))
            return work_acts[i].keeps;
    return true;                     /* work_do says that there is no such act */
}

bool play_work(struct play *p, const struct who *who, str name, str act, const struct json *asked, str keep_as)
{
    struct buf b;
    struct json *answer;
    feel_value v;
    if (!works_ready(p))
        return false;
    const struct work *w = work_find(p->works, name);
    if (!w)
        return op_fail(p->op, FAULT_MISSING, name, "没有这个专项");
    buf_init(&b, p->op, 0);
    struct json_out out = {&b, false};
    bool shows = str_eq(act, S("查看"));
    if (shows ? !work_show(p->tx, p->town, who, w, asked, &out)
              : !work_do(p->tx, p->town, who, w, act, asked, act_keeps(w, act), &out))
        return false;
    if (!keep_as.n)
        return true;
    if (!json_parse(p->keep, op_copy(p->keep, buf_str(&b)), &answer) || !feel_from_json(p->keep, answer, NULL, &v))
        return false;
    play_word_keep(p, keep_as, v);
    return true;
}
