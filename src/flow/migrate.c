/* 迁移: a running case goes over to another version of its procedure. What it would change is told before; who supervises
 * the case does it, with a reason. */
#include "flow/inner.h"

bool case_migrate(struct flow_tx *f, const struct flow_act *act)
{
    const struct procedure *p = flow_procedure(f->flow, f->procedure->key, act->target < 1 ? 0 : act->target);
    if (!case_supervised(f))
        return f->failed ? false : op_fail(f->op, FAULT_DENIED, S(""), "您不能迁移：须有督办权限");
    if (!str_trim(act->opinion).n)
        return op_fail(f->op, FAULT_INPUT, S("意见"), "迁移须写明理由");
    if (!p || p->ledger != f->procedure->ledger)
        return op_fail(f->op, FAULT_INPUT, S("target"), "“%.*s”没有第 %d 版，请从版本里选", PS(f->procedure->name), act->target);
    if (p->version == f->procedure->version)
        return op_fail(f->op, FAULT_CONFLICT, S("target"), "这件已在第 %lld 版", (long long)p->version);
    if (f->run.state.end != BPMN_RUNNING)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "流程已经结束，不必迁移");
    if (act->rename_count > FLOW_RENAMES_MAX)
        return op_fail(f->op, FAULT_INPUT, S("steps"), "改名的环节至多 %d 个，请分几次迁移", FLOW_RENAMES_MAX);
    if (!bpmn_migrate(&f->run, p->model, act->renames, act->rename_count))
        return false;
    own_act_note(f, FLOW_MIGRATE, act->opinion, (int32_t)p->version);
    f->procedure = p;
    if (f->wish.by.n && bpmn_node(p->model, f->wish.node) < 0) /* a jump was proposed to what is no more */
        f->wish = (struct wish){0};
    case_tell(f); /* the other version may ask for other fields */
    return true;
}

/* Why not, in one line; empty: it can. Only this copy of the case moves. */
static str why_not(struct flow_tx *f, const struct procedure *p, const struct bpmn_rename *renames, size_t count)
{
    struct bpmn_run trial = f->run;
    int faults = f->op->fault_count;
    if (bpmn_migrate(&trial, p->model, renames, count))
        return S("");
    const struct fault *last = fault_last(f->op);
    str why = last->field.n ? op_text(f->op, "「%.*s」%.*s", PS(last->field), PS(last->text)) : op_copy(f->op, last->text);
    op_forgive(f->op, faults);
    return why;
}

bool flow_older(struct tx *tx, const struct flow *flow, const struct who *who, const struct procedure *p,
                const struct bpmn_rename *renames, size_t rename_count, struct flow_old **ret, size_t *ret_count)
{
    struct { struct flow_old *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select id, version, place from flow_case where procedure = $1 and ended = 0 and version <> $2 "
                     "and town = $3"
                     " order by no limit $4",
                     ARGS(TEXT(p->key), INT(p->version), TEXT(store_town(tx)), INT(FLOW_OLD_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &list) =
            (struct flow_old){.case_id = rows_id(rows, 0), .version = rows_int(rows, 1), .place = rows_text(rows, 2)};
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < list.n; i++) {
        struct flow_tx f;
        struct flow_old *old = &list.p[i];
        case_init(&f, tx, flow, who);
        if (!case_load(&f, old->case_id) || !record_title(tx, flow->town, who, p->ledger, f.record, &old->title))
            return false;
        old->why = why_not(&f, p, renames, rename_count);
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* ---- what it would change -------------------------------------------------------------------------------- */

/* What a lost step may be called now: of the same kind, and nothing else's name. */
static void choices_find(struct flow_tx *f, const struct bpmn *to, int lost, const struct bpmn_pair *pairs, size_t count,
                         struct flow_move_step *ret)
{
    struct { struct bpmn_rename *p; size_t n, cap; } list = {0};
    for (size_t i = 0; i < count; i++)
        if (pairs[i].from < 0 && bpmn_alike(f->run.model, lost, to, pairs[i].to))
            *list_add(f->op, &list) = (struct bpmn_rename){bpmn_node_id(to, pairs[i].to), pairs[i].to_name};
    ret->choices = list.p;
    ret->choice_count = list.n;
}

static bool worth_telling(const struct flow_move_step *s)
{
    return s->here || s->kind != FLOW_MOVE_HERE;
}

static void steps_find(struct flow_tx *f, const struct bpmn *to, const struct bpmn_pair *pairs, size_t count,
                       struct flow_move *ret)
{
    struct { struct flow_move_step *p; size_t n, cap; } list = {0};
    for (size_t i = 0; i < count; i++) {
        const struct bpmn_pair *p = &pairs[i];
        struct flow_move_step s = {.name = p->name, .to_name = p->to_name, .text = p->altered};
        bool touched = p->from >= 0 && bpmn_touched(&f->run, p->from, &s.here);
        s.node = p->from < 0 ? S("") : bpmn_node_id(f->run.model, p->from);
        s.to = p->to < 0 ? S("") : bpmn_node_id(to, p->to);
        s.kind = p->from < 0             ? FLOW_MOVE_ADDED
                 : p->to < 0             ? touched ? FLOW_MOVE_LOST : FLOW_MOVE_GONE
                 : s.text.n              ? FLOW_MOVE_ALTERED
                 : !str_eq(p->name, p->to_name) ? FLOW_MOVE_RENAMED
                                         : FLOW_MOVE_HERE;
        if (s.kind == FLOW_MOVE_LOST)
            choices_find(f, to, p->from, pairs, count, &s);
        if (worth_telling(&s))
            *list_add(f->op, &list) = s;
    }
    ret->steps = list.p;
    ret->step_count = list.n;
}

bool flow_move(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, int64_t version,
               const struct bpmn_rename *renames, size_t count, struct flow_move *ret)
{
    struct flow_tx f;
    const struct bpmn_pair *pairs;
    size_t pair_count;
    case_init(&f, tx, flow, who);
    if (!case_load(&f, case_id) || !case_reader(&f) || !case_record(&f))
        return false;
    if (!case_supervised(&f))
        return f.failed ? false : op_fail(tx->op, FAULT_DENIED, S(""), "您不能迁移：须有督办权限");
    const struct procedure *to = flow_procedure(flow, f.procedure->key, version);
    if (!to)
        return op_fail(tx->op, FAULT_MISSING, S("version"), "“%.*s”没有第 %lld 版，请从版本里选", PS(f.procedure->name),
                       (long long)version);
    if (!bpmn_compare(tx->op, f.run.model, to->model, renames, count, &pairs, &pair_count))
        return false;
    *ret = (struct flow_move){.from = f.procedure, .to = to};
    steps_find(&f, to->model, pairs, pair_count, ret);
    ret->refused = f.run.state.end != BPMN_RUNNING          ? S("流程已经结束，不必迁移")
                   : to->version == f.procedure->version ? S("这件已在这一版")
                                                         : why_not(&f, to, renames, count);
    return true;
}
