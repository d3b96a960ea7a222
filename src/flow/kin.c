/* Cases within cases: a call activity of another procedure begins a record and a case of its own (下达), once per
 * repetition; the case above waits, sees them, and goes on when they have ended. What the case above gives up ends
 * below it. All of it in the transaction of the act that set it off.
 *
 *     county paper ── 下达村组 ──┬─ 东村 ── 办理 → 反馈 → 核验
 *                                ├─ 西村 ── …                    each with its own deadline
 *                                └─ …
 *
 * Nothing here is remembered beside the cases themselves: which call a case answers stands in its own facts, and what
 * is to be begun or ended follows from comparing the tokens above with the cases below. */
#include "flow/inner.h"

#define RECALLED S("收回") /* the state of a record whose case the one above has given up, where its ledger has it */
#define GIVEN_UP S("上级事项已收回")

struct child {
    id case_id;
    int32_t tok;
    time_ms ended;
};
struct children {
    struct child *p;
    size_t n, cap;
};

/* Those of one call in the order they ended, a running one last. */
[[nodiscard]] static bool children_read(struct flow_tx *f, struct children *ret)
{
    struct rows *rows;
    bool found;
    *ret = (struct children){0};
    if (!store_query(f->tx,
                     "select id, parent_tok, ended from flow_case where parent = $1"
                     " order by parent_tok, ended = 0, ended, no",
                     ARGS(INT(f->no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(f->op, ret) = (struct child){rows_id(rows, 0), (int32_t)rows_int(rows, 1), rows_int(rows, 2)};
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

static const struct child *child_of(const struct children *all, int32_t tok)
{
    const struct child *last = NULL;
    for (size_t i = 0; i < all->n; i++)
        if (all->p[i].tok == tok)
            last = &all->p[i];
    return last;
}

static const struct procedure_call *call_of(const struct flow_tx *f, int32_t tok)
{
    int node = bpmn_tok_node(&f->run, tok);
    for (size_t i = 0; i < f->procedure->call_count; i++)
        if (f->procedure->calls[i].node == node)
            return &f->procedure->calls[i];
    return NULL;
}

/* ---- what a call hands down -------------------------------------------------------------------------------- */

bool flow_pair_next(str *rest, str *ret_name, str *ret_source)
{
    while (rest->n) {
        str word = flow_word_next(rest);
        if (!word.n)
            continue;
        if (!str_split(word, '=', ret_name, ret_source))
            *ret_source = S("");
        *ret_name = str_trim(*ret_name);
        *ret_source = str_trim(*ret_source);
        return true;
    }
    return false;
}

static bool quoted(str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
}

static void source_write(struct flow_tx *f, const struct procedure_call *call, int32_t tok, str source,
                         struct json_out *w)
{
    const struct json *v = json_get(f->values, source);
    if (quoted(source))
        json_text(w, str_part(source, 1, source.n - 1));
    else if (str_eq(source, FLOW_RECORD_WORD))
        json_text(w, id_text(f->op, f->record));
    else if (call->item.n && str_eq(source, call->item))
        feel_to_json(f->op, w, bpmn_tok_value(&f->run, tok, source));
    else if (v)
        json_value(w, v);
    else
        json_null(w);
}

static str values_of(struct flow_tx *f, const struct procedure_call *call, int32_t tok)
{
    struct buf b;
    str rest = call->fields, name, source;
    buf_init(&b, f->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    while (flow_pair_next(&rest, &name, &source)) {
        json_key(&w, name);
        source_write(f, call, tok, source, &w);
    }
    json_close(&w, '}');
    return buf_str(&b);
}

/* How many cases stand above this one. */
[[nodiscard]] static bool depth_of(struct flow_tx *f, id parent, int *ret)
{
    for (*ret = 0; !id_none(parent) && *ret <= FLOW_DEPTH_MAX; (*ret)++)
        if (!case_above(f->tx, parent, &parent))
            return false;
    return true;
}

/* ---- beginning --------------------------------------------------------------------------------------------- */

/* On which record it runs: 记录=隐患 says which, as a reference or as one of the records below this one; else one is made of
 * the fields. */
[[nodiscard]] static bool child_record(struct flow_tx *f, const struct procedure_call *call, const struct procedure *p,
                                       int32_t tok, id *ret, bool *ret_fresh)
{
    struct json *values;
    struct record *r;
    struct warning *warnings;
    if (!json_parse(f->op, values_of(f, call, tok), &values))
        return false;
    const struct json *named = json_get(values, FLOW_RECORD_WORD);
    *ret_fresh = !named;
    if (!named) {
        if (!record_add(f->tx, f->town, &f->doer, p->ledger, values, &warnings, &r))
            return false;
        *ret = r->id;
        return true;
    }
    str text = named->kind == JSON_OBJECT ? json_str(named, S("id")) : named->text;
    if (!id_parse(text, ret) || !record_get(f->tx, f->town, &f->doer, p->ledger, *ret, &r))
        return op_fail(f->op, FAULT_INPUT, FLOW_RECORD_WORD, "找不到要办的“%.*s”记录", PS(p->ledger->name));
    return case_alone(f, p, *ret, r->title);
}

[[nodiscard]] static bool child_begin(struct flow_tx *f, const struct procedure_call *call, const struct procedure *p,
                                      int32_t tok)
{
    struct flow_tx k;
    struct feel_entry *asked;
    size_t count;
    id record;
    bool fresh;
    if (!child_record(f, call, p, tok, &record, &fresh))
        return false;
    case_init(&k, f->tx, f->flow, f->who);
    k.ticking = f->ticking;
    k.relays = f->relays;
    k.record_new = fresh;
    case_begin(&k, p);
    k.record = record;
    if (!case_record(&k))
        return false;
    if (k.withdrawn)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "所办的记录已作废");
    case_asked(&k, &asked, &count);
    k.case_id = id_new(f->op);
    k.parent = f->case_id;
    k.parent_tok = tok;
    k.within = true;
    k.above = f;
    k.started = k.reminded = f->op->now;
    str drafter = f->run.state.drafter.n ? f->run.state.drafter : f->actor;
    struct case_fact what = {.act = S("下达")};
    return bpmn_start(&k.run, bpmn_process(p->model, S("")), drafter, asked, count) && act_settle(&k, S("")) &&
           act_keep(&k, &what);
}

/* What cannot be begun holds the case where it calls, with the reason; who supervises it mends that and tries again. */
[[nodiscard]] static bool child_try(struct flow_tx *f, int32_t tok, str key)
{
    const struct procedure_call *call = call_of(f, tok);
    const struct procedure *p = flow_procedure(f->flow, key, 0);
    int depth, faults = f->op->fault_count;
    if (!depth_of(f, f->case_id, &depth))
        return false;
    if (!call || !p || depth > FLOW_DEPTH_MAX) {
        bpmn_hold(&f->run, tok, p ? op_text(f->op, "下达超过 %d 层，请改流程", FLOW_DEPTH_MAX)
                                  : op_text(f->op, "没有流程“%.*s”，请装入业务包后重试", PS(key)));
        return true;
    }
    if (!store_part_begin(f->tx))
        return false;
    if (child_begin(f, call, p, tok))
        return store_part_keep(f->tx);
    str why = f->op->faults ? op_copy(f->op, f->op->faults->text) : S("原因不明");
    if (op_has_fault(f->op, FAULT_SYSTEM) || !store_part_undo(f->tx))
        return false;
    op_forgive(f->op, faults);
    bpmn_hold(&f->run, tok, op_text(f->op, "下达不了：%.*s；改好后请重试", PS(why)));
    return true;
}

/* ---- ending ------------------------------------------------------------------------------------------------ */

/* What comes up from below: fields of its record, as data of the call. */
[[nodiscard]] static bool results_of(struct flow_tx *k, str words, struct feel_entry **ret, size_t *ret_count)
{
    struct { struct feel_entry *p; size_t n, cap; } list = {0};
    str name, source;
    if (words.n && !case_record(k))
        return false;
    while (flow_pair_next(&words, &name, &source)) {
        const struct field *field = ledger_field(k->procedure->ledger, source);
        const struct json *v = field ? json_get(k->values, field->name) : NULL;
        feel_value value = feel_null();
        int faults = k->op->fault_count;
        if (v && !feel_from_json(k->op, v, ledger_field_type(field), &value)) {
            op_forgive(k->op, faults);
            value = feel_null();
        }
        *list_add(k->op, &list) = (struct feel_entry){name, value};
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* The call goes on as the case below it ended. False in ret_again: it was given up from above, and is to be begun
 * anew. */
[[nodiscard]] static bool child_answer(struct flow_tx *f, int32_t tok, id child, bool *ret_again)
{
    struct flow_tx k;
    struct feel_entry *values;
    size_t count;
    const struct procedure_call *call = call_of(f, tok);
    *ret_again = false;
    case_init(&k, f->tx, f->flow, f->who);
    if (!case_load(&k, child))
        return false;
    const struct bpmn_state *s = &k.run.state;
    switch (s->end) {
    case BPMN_COMPLETED:
        return results_of(&k, call ? call->results : S(""), &values, &count) && bpmn_done(&f->run, tok, values, count);
    case BPMN_ERROR:
        return bpmn_throw(&f->run, tok, op_copy(f->op, s->end_code));
    case BPMN_TERMINATED:
    case BPMN_CANCELLED:
        *ret_again = s->acts.n && str_eq(s->acts.p[s->acts.n - 1].actor, SYSTEM_ACTOR) &&
                     str_eq(s->acts.p[s->acts.n - 1].opinion, GIVEN_UP);
        if (!*ret_again)
            bpmn_hold(&f->run, tok, op_text(f->op, "下达的“%.*s”没有办成就结束了；可重试另下达一件，或由管理员跳过",
                                            PS(k.procedure->name)));
        return true;
    case BPMN_RUNNING:
    case BPMN_ENDS:
        break;
    }
    return true;
}

static bool asked_again(const struct flow_tx *f, int32_t tok)
{
    for (const struct bpmn_command *c = f->run.commands; c; c = c->next)
        if (c->kind == BPMN_CALL && c->number == tok)
            return true;
    return false;
}

/* Every call that waits has its case below, and every one below that has ended is answered. ret: the case moved. */
[[nodiscard]] static bool calls_meet(struct flow_tx *f, bool *ret)
{
    struct children all;
    *ret = false;
    if (!f->procedure->call_count || f->run.state.end != BPMN_RUNNING || f->run.state.suspended)
        return true;
    if (!children_read(f, &all))
        return false;
    size_t toks = f->run.state.toks.n;
    for (size_t i = 0; i < toks && f->run.state.end == BPMN_RUNNING; i++) {
        int32_t tok = (int32_t)i;
        str key;
        if (!bpmn_calls(&f->run, tok, &key) || f->run.state.toks.p[i].stuck)
            continue;
        const struct child *c = child_of(&all, tok);
        bool begin = !c || (c->ended && asked_again(f, tok));
        if (c && c->ended && !begin) {
            *ret = true;
            if (!child_answer(f, tok, c->case_id, &begin))
                return false;
        }
        if (begin && !child_try(f, tok, key))
            return false;
        *ret = *ret || f->run.state.toks.p[i].stuck;
    }
    return true;
}

/* A record that its rules keep from being called recalled stays as it is: the case ends all the same. */
[[nodiscard]] static bool record_recalled(struct flow_tx *k)
{
    const struct ledger *l = k->procedure->ledger;
    struct record *r;
    int faults = k->op->fault_count;
    for (size_t i = 0; i < l->state_count; i++)
        if (str_eq(l->states[i], RECALLED) &&
            !record_led(k->tx, k->town, &k->doer, l, k->record, RECALLED, GIVEN_UP, &r)) {
            if (op_has_fault(k->op, FAULT_SYSTEM))
                return false;
            op_forgive(k->op, faults);
        }
    return true;
}

/* What runs below a call that waits no more. */
[[nodiscard]] static bool given_up_end(struct flow_tx *f)
{
    struct children all;
    if (!f->procedure->call_count)
        return true;
    if (!children_read(f, &all))
        return false;
    for (size_t i = 0; i < all.n; i++) {
        struct flow_tx k;
        bool waits = f->run.state.end == BPMN_RUNNING && (size_t)all.p[i].tok < f->run.state.toks.n &&
                     bpmn_alive(&f->run, all.p[i].tok);
        if (all.p[i].ended || waits)
            continue;
        case_init(&k, f->tx, f->flow, f->who);
        if (!case_load(&k, all.p[i].case_id) || !case_record(&k))
            return false;
        k.within = true;
        if (!k.withdrawn && !record_recalled(&k))
            return false;
        if (!act_end(&k, GIVEN_UP))
            return false;
    }
    return true;
}

/* ---- both ways --------------------------------------------------------------------------------------------- */

/* A case below has ended: the one above goes on in the same transaction, and so may the one above that. */
[[nodiscard]] static bool parent_tell(struct flow_tx *f)
{
    struct flow_tx p;
    if (id_none(f->parent) || f->within || f->run.state.end == BPMN_RUNNING)
        return true;
    case_init(&p, f->tx, f->flow, f->who);
    if (!case_load(&p, f->parent))
        return false;
    p.ticking = f->ticking;
    bool waits = p.run.state.end == BPMN_RUNNING && (size_t)f->parent_tok < p.run.state.toks.n &&
                 bpmn_alive(&p.run, f->parent_tok) && !p.run.state.suspended;
    return !waits || (case_record(&p) && kin_settle(&p));
}

bool kin_settle(struct flow_tx *f)
{
    bool moved;
    for (int round = 0; round < FLOW_ROUNDS_MAX; round++) {
        if (!given_up_end(f) || !calls_meet(f, &moved))
            return false;
        struct case_fact what = {.act = S("下级办结")};
        if (!moved) {
            what.act = BELOW_CHANGED;
            if (!below_tell(f, &moved))
                return false;
        }
        if (moved) {
            if (!act_settle(f, S("")) || !case_keep(f, &what))
                return false;
            continue;
        }
        if (!thrown_tell(f, &moved))
            return false;
        if (!moved)
            return parent_tell(f);
    }
    return op_fail(f->op, FAULT_CONFLICT, S(""), "上下级流程互相下达没有尽头，请改流程");
}

/* ---- the whole path ---------------------------------------------------------------------------------------- */

struct walker {
    struct tx *tx;
    struct op *op;
    const struct flow *flow;
    const struct who *who;
    struct names names;
    struct { struct flow_kin *p; size_t n, cap; } all;
};

static str people_of(struct walker *w, const struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    struct buf b;
    buf_init(&b, w->op, 0);
    for (size_t i = 0; i < s->seats.n && s->end == BPMN_RUNNING; i++)
        if (s->seats.p[i].state == SEAT_OPEN && s->works.p[s->seats.p[i].work].state == WORK_OPEN)
            buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(names_of(&w->names, s->seats.p[i].who)));
    return buf_str(&b);
}

static void times_of(struct flow_tx *f, struct flow_kin *ret)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->works.n; i++) {
        const struct bpmn_work *work = &s->works.p[i];
        if (work->state != WORK_OPEN || s->end != BPMN_RUNNING)
            continue;
        if (ret->since == 0 || work->opened_at < ret->since)
            ret->since = work->opened_at;
        if (work->due && (ret->due == 0 || work->due < ret->due))
            ret->due = work->due;
    }
    struct flow_wait *waits;
    size_t count;
    struct buf b;
    buf_init(&b, f->op, 0);
    waits_read(f, &waits, &count);
    bool held = ret->since > 0;
    for (size_t i = 0; i < count; i++) {
        if (!held && (ret->since == 0 || waits[i].since < ret->since))
            ret->since = waits[i].since;
        if (waits[i].kind != BPMN_WAITS_MENDING && waits[i].kind != BPMN_WAITS_BELOW) /* told by themselves */
            buf_text(&b, "%s%.*s", b.n ? "；" : "", PS(waits[i].text));
    }
    ret->waits = buf_str(&b);
}

/* The village group it is about: its name is nobody's secret. */
[[nodiscard]] static bool group_of(struct flow_tx *f, str *ret)
{
    const struct ledger *groups = town_ledger(f->town, S("村组"));
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    id group = {0};
    *ret = S("");
    if (!groups || !record_group(f->tx, f->procedure->ledger, f->record, &group))
        return !groups;
    return id_none(group) || record_title(f->tx, f->town, &system, groups, group, ret);
}

/* One case and everything below it. `open`: who asks may read what stands above. */
[[nodiscard]] static bool walk(struct walker *w, id case_id, int up, int depth, bool open)
{
    struct flow_tx f;
    struct children all;
    struct record *r;
    int faults = w->op->fault_count;
    if (w->all.n >= FLOW_KIN_MAX || depth > FLOW_DEPTH_MAX + 1)
        return true;
    case_init(&f, w->tx, w->flow, w->who);
    if (!case_load(&f, case_id) || !case_record(&f))
        return false;
    if (!open) {
        open = case_reader(&f);
        if (op_has_fault(w->op, FAULT_SYSTEM) || f.failed)
            return false;
        op_forgive(w->op, faults);
    }
    const struct bpmn_state *s = &f.run.state;
    const struct procedure *p = f.procedure;
    struct who reader = case_reader_who(&f);
    if (!record_get(w->tx, f.town, &reader, p->ledger, f.record, &r))
        return false;
    struct flow_kin k = {.case_id = case_id, .record = f.record, .procedure = p, .depth = depth, .up = up,
                         .node = S(""), .title = open ? r->title : p->name, .state = r->state,
                         .place = case_place(&f),
                         .people = people_of(w, &f), .started = f.started, .end = s->end, .stuck = f.stuck,
                         .ended = s->end == BPMN_RUNNING ? 0 : s->ended_at,
                         .feedback = open && p->feedback.n ? json_str(r->values, p->feedback) : S("")};
    if (!group_of(&f, &k.group))
        return false;
    times_of(&f, &k);
    k.light = flow_light_of(w->op->now, 0, k.due, k.ended);
    int self = (int)w->all.n;
    *list_add(w->op, &w->all) = k;
    if (!p->call_count)
        return true;
    if (!children_read(&f, &all))
        return false;
    for (size_t i = 0; i < all.n; i++) {
        size_t at = w->all.n;
        if (!walk(w, all.p[i].case_id, self, depth + 1, open))
            return false;
        if (at < w->all.n)
            w->all.p[at].node = bpmn_node_name(p->model, bpmn_tok_node(&f.run, all.p[i].tok));
    }
    return true;
}

bool flow_path(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, struct flow_kin **ret,
               size_t *ret_count)
{
    struct walker w = {.tx = tx, .op = tx->op, .flow = flow, .who = who};
    struct flow_tx f;
    names_init(&w.names, tx, flow);
    case_init(&f, tx, flow, who);
    if (!case_load(&f, case_id) || !case_reader(&f))
        return false;
    id root = case_id, above = f.parent;
    for (int i = 0; !id_none(above) && i <= FLOW_DEPTH_MAX; i++) {
        case_init(&f, tx, flow, who);
        if (!case_load(&f, above))
            return false;
        root = above;
        above = f.parent;
    }
    if (!walk(&w, root, -1, 0, false))
        return false;
    *ret = w.all.p;
    *ret_count = w.all.n;
    return !w.names.failed;
}
