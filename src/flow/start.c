/* Procedures that begin by themselves: at a moment or a cycle (每月排班), by a signal, by a message that nobody waited for.
 * Its record is made of zw:fields of the start event, in FEEL over what the event carries; then it is a case like any
 * other, begun by the system. A condition begins it on a record that is there: when a change has made it true.
 *
 * Of what should have begun while the program was off only the last begins, for each start event: an office back after
 * a week wants today's roster, not seven. The moment it was meant for stands in the case's first fact; flow_rung follows
 * from it. */
#include "flow/inner.h"

/* ---- the model --------------------------------------------------------------------------------------------- */

static const struct xtree *start_element(const struct xtree *e, str element)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        const struct xtree *found = str_eq(xtree_attr(c, "id"), element) ? c : start_element(c, element);
        if (found)
            return found;
    }
    return NULL;
}

static bool field_missing(const struct ledger *l, const struct procedure_start *s, str *ret)
{
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        bool said = !f->required || f->serial.n || f->initial.n || f->formula.n;
        for (size_t k = 0; k < s->field_count && !said; k++)
            said = str_eq(s->fields[k].name, f->name);
        *ret = f->name;
        if (!said)
            return true;
    }
    return false;
}

[[nodiscard]] static bool fields_read(struct op *op, const struct procedure *p, str words, struct procedure_start *s,
                                      str place)
{
    static const struct feel_scope anything = {.open = true};
    struct { struct procedure_value *p; size_t n, cap; } list = {0};
    str name, source;
    while (flow_pair_next(&words, &name, &source)) {
        struct procedure_value v = {.name = name};
        struct feel *tree;
        if (!ledger_field(p->ledger, name))
            return op_fail(op, FAULT_INPUT, place, "zw:fields 的“%.*s”不是台账“%.*s”的字段", PS(name), PS(p->ledger->name));
        if (!feel_parse(op, source, &anything, &tree))
            return op_fail(op, FAULT_INPUT, place, "zw:fields 的“%.*s”写的不是表达式；文字请加引号", PS(name));
        v.tree = tree;
        *list_add(op, &list) = v;
    }
    s->fields = list.p;
    s->field_count = list.n;
    return !field_missing(p->ledger, s, &name) ||
           op_fail(op, FAULT_INPUT, place, "到时发起要先有记录：zw:fields 里缺必填的“%.*s”", PS(name));
}

bool starts_find(struct op *op, struct procedure *p, const struct xtree *root)
{
    struct { struct procedure_start *p; size_t n, cap; } list = {0};
    const struct bpmn_start_row *rows;
    size_t count;
    int process = bpmn_process(p->model, S(""));
    p->by_hand = bpmn_starts_plainly(p->model, process);
    bpmn_starts(op, p->model, &rows, &count);
    for (size_t i = 0; i < count; i++) {
        const struct bpmn_start_row event = rows[i];
        if (event.process != process || event.kind == BPMN_START_NONE)
            continue;
        str element = bpmn_node_id(p->model, event.node);
        const struct xtree *e = start_element(root, element);
        struct procedure_start s = {.event = event, .id = element};
        str place = op_text(op, "%.*s 第%d行", PS(p->file), e ? e->line : 0);
        time_ms last, next;
        for (size_t k = 0; k < i && event.together && event.kind == BPMN_START_TIMER; k++)
            if (rows[k].node == event.node && rows[k].kind == BPMN_START_TIMER)
                return op_fail(op, FAULT_INPUT, place,
                               "开始事件“%.*s”要几件事都到齐，其中只能有一个时间，请只留较晚的那个",
                               PS(bpmn_node_name(p->model, event.node)));
        if (event.kind == BPMN_START_TIMER &&
            !bpmn_start_clock(op, p->model, event.event, op->now, op->now, &last, &next))
            return op_fail(op, FAULT_INPUT, place, "开始事件“%.*s”的时间写得不对", PS(bpmn_node_name(p->model, event.node)));
        if (event.kind != BPMN_START_CONDITION && !fields_read(op, p, e ? xtree_attr(e, "fields") : S(""), &s, place))
            return false;
        *list_add(op, &list) = s;
    }
    p->starts = list.p;
    p->start_count = list.n;
    return true;
}

/* ---- beginning --------------------------------------------------------------------------------------------- */

struct carried {
    const struct procedure_start *start;
    const struct feel_entry *values;
    size_t count;
};

static bool carried_value(void *from, str name, feel_value *ret)
{
    const struct carried *c = from;
    *ret = feel_null();
    for (size_t i = 0; i < c->count; i++)
        if (str_eq(name, i < c->start->event.carried_count ? c->start->event.carried[i] : c->values[i].name))
            *ret = c->values[i].value;
    return true;
}

static feel_value no_value(void *from, int name)
{
    (void)from;
    (void)name;
    return feel_null();
}

static str record_text(struct op *op, struct carried *c)
{
    struct feel_run feel = {.op = op, .value = no_value, .unknown = carried_value, .from = c};
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    for (size_t i = 0; i < c->start->field_count; i++) {
        json_key(&w, c->start->fields[i].name);
        feel_to_json(op, &w, feel_eval(&feel, c->start->fields[i].tree));
    }
    json_close(&w, '}');
    return buf_str(&b);
}

static const struct who starter = {.name = {"系统", sizeof "系统" - 1}, .system = true};

/* A start event's clock has begun something for this moment. */
[[nodiscard]] static bool start_rung(struct tx *tx, str procedure, str start, time_ms at)
{
    return store_run(tx,
                     "insert into flow_rung (town, procedure, start, at) values ($1, $2, $3, $4)"
                     " on conflict (town, procedure, start) do update set at = excluded.at",
                     ARGS(TEXT(store_town(tx)), TEXT(procedure), TEXT(start), INT(at)), NULL);
}

/* fresh: the record was made for it. planned: the moment it was meant for; 0: not begun by a clock. */
[[nodiscard]] static bool begin_on(struct tx *tx, const struct flow *flow, const struct procedure *p,
                                   const struct procedure_start *start, const struct bpmn_carried *with, id record,
                                   bool fresh, time_ms planned, int relays)
{
    static const str acts[] = {[BPMN_START_TIMER] = SC("到时发起"), [BPMN_START_SIGNAL] = SC("信号发起"),
                               [BPMN_START_MESSAGE] = SC("消息发起"), [BPMN_START_CONDITION] = SC("条件发起")};
    struct flow_tx f;
    struct feel_entry *asked;
    size_t count;
    case_init(&f, tx, flow, &starter);
    f.ticking = true;
    f.relays = relays;
    case_begin(&f, p);
    f.record = record;
    f.record_new = fresh;
    if (!case_record(&f))
        return false;
    case_asked(&f, &asked, &count);
    f.case_id = id_new(tx->op);
    f.started = f.reminded = tx->op->now;
    struct case_fact what = {.act = acts[start->event.kind], .start = start->id, .planned = planned};
    return bpmn_start_at(&f.run, start->event.node, start->event.event, with, SYSTEM_ACTOR, asked, count) && act_settle(&f, S("")) &&
           act_keep(&f, &what) &&
           (!planned || (start_rung(tx, p->key, start->id, planned) && missed_end(tx, p->key, start->id)));
}

[[nodiscard]] static bool begin(struct tx *tx, const struct flow *flow, const struct procedure *p, struct carried c,
                                time_ms planned, int relays)
{
    struct json *values;
    struct record *r;
    struct warning *warnings;
    return json_parse(tx->op, record_text(tx->op, &c), &values) &&
           record_add(tx, flow->town, &starter, p->ledger, values, &warnings, &r) &&
           begin_on(tx, flow, p, c.start, &(struct bpmn_carried){c.values, c.count}, r->id, true, planned, relays);
}

/* ---- conditions ----------------------------------------------------------------------------------------------- */

/* Whether the condition holds over a record; there is none: it does not. */
[[nodiscard]] static bool holds(struct tx *tx, const struct flow *flow, const struct procedure *p,
                                const struct procedure_start *s, const struct record *r, bool *ret)
{
    struct flow_tx f;
    struct feel_entry *asked;
    size_t count;
    *ret = false;
    if (!r || r->withdrawn)
        return true;
    case_init(&f, tx, flow, &starter);
    case_begin(&f, p);
    f.record = r->id;
    f.values = r->values;
    f.record_state = r->state;
    case_asked(&f, &asked, &count);
    *ret = !f.failed && bpmn_start_holds(tx->op, p->model, s->event.event, asked, count);
    return !f.failed;
}

[[nodiscard]] static bool runs_on(struct tx *tx, const struct procedure *p, id record, bool *ret)
{
    int64_t ignored;
    return store_int(tx, "select no from flow_case where record = $1 and procedure = $2 and ended = 0 limit 1",
                     ARGS(ID(record), TEXT(p->key)), &ignored, ret);
}

[[nodiscard]] static bool start_watch(struct tx *tx, const struct flow *flow, const struct procedure *p,
                                      const struct procedure_start *s, id record, int64_t before, int relays)
{
    struct record *now, *then;
    bool is, was = false, runs;
    if (!record_get(tx, flow->town, &starter, p->ledger, record, &now))
        return false;
    if (now->fact_no <= before)
        return true;
    if (!holds(tx, flow, p, s, now, &is) || !runs_on(tx, p, record, &runs))
        return false;
    if (!is || runs)
        return true;
    if (!record_as_of(tx, flow->town, &starter, p->ledger, record, before, &then) ||
        !holds(tx, flow, p, s, then, &was))
        return false;
    if (was)
        return true;
    if (relays >= RELAYS_MAX)
        return op_fail(tx->op, FAULT_CONFLICT, p->file, "条件发起的流程互相发起没有尽头，请改流程");
    return begin_on(tx, flow, p, s, NULL, record, false, 0, relays + 1);
}

bool starts_watch(struct tx *tx, const struct flow *flow, const struct ledger *l, id record, int64_t before, int relays)
{
    for (size_t i = 0; i < flow->latest_count; i++) {
        const struct procedure *p = flow->latest[i];
        for (size_t k = 0; p->ledger == l && k < p->start_count; k++)
            if (p->starts[k].event.kind == BPMN_START_CONDITION &&
                !start_watch(tx, flow, p, &p->starts[k], record, before, relays))
                return false;
    }
    return true;
}

/* ---- signals and messages -------------------------------------------------------------------------------------- */

bool starts_hear(struct flow_tx *f, enum bpmn_start_kind kind, str name, const struct feel_entry *values, size_t count)
{
    for (size_t i = 0; i < f->flow->latest_count; i++) {
        const struct procedure *p = f->flow->latest[i];
        for (size_t k = 0; k < p->start_count; k++) {
            const struct procedure_start *s = &p->starts[k];
            if (s->event.kind != kind || !str_eq(s->event.name, name))
                continue;
            if (f->relays >= RELAYS_MAX)
                return op_fail(f->op, FAULT_CONFLICT, S(""), "上下级流程互相发信号没有尽头，请改流程");
            bool joined = false;
            struct thrown t = {.kind = kind == BPMN_START_MESSAGE ? BPMN_SEND : BPMN_SIGNAL, .name = name, .tok = -1,
                               .values = values, .value_count = count};
            if (s->event.others && !thrown_join(f, p, &t, &joined))
                return false;
            if (!joined && !begin(f->tx, f->flow, p, (struct carried){s, values, count}, 0, f->relays + 1))
                return false;
            if (kind == BPMN_START_MESSAGE) /* one takes it */
                return true;
        }
    }
    return true;
}

/* ---- clocks ------------------------------------------------------------------------------------------------ */

/* One start event's clock: the moment for which it is to begin now, and the next to come; 0: none. What could not begin
 * waits until it is tried again. */
[[nodiscard]] static bool clock_look(struct tx *tx, const struct procedure *p, const struct procedure_start *s,
                                     bool by_hand, time_ms *ret_due, time_ms *ret_next)
{
    bool found;
    time_ms since = 0, again;
    *ret_due = *ret_next = 0;
    if (s->event.kind != BPMN_START_TIMER)
        return true;
    if (!store_int(tx, "select at from flow_rung where town = $1 and procedure = $2 and start = $3",
                   ARGS(TEXT(store_town(tx)), TEXT(p->key), TEXT(s->id)), &since, &found))
        return false;
    time_ms rung = since > p->since ? since : p->since;
    if (!bpmn_start_clock(tx->op, p->model, s->event.event, p->since, tx->op->now, ret_due, ret_next))
        return op_fail(tx->op, FAULT_SYSTEM, p->file, "开始事件“%.*s”的时间写得不对", PS(s->id));
    if (*ret_due <= rung)
        *ret_due = 0;
    if (*ret_due == 0 || by_hand)
        return true;
    if (!missed_again(tx, p->key, s->id, *ret_due, &again))
        return false;
    if (again > tx->op->now) {
        *ret_due = 0;
        *ret_next = *ret_next && *ret_next < again ? *ret_next : again;
    }
    return true;
}

bool start_moment(struct tx *tx, struct start_due d, time_ms *ret)
{
    time_ms next;
    return clock_look(tx, d.procedure, d.start, true, ret, &next);
}

bool starts_due(struct tx *tx, const struct flow *flow, struct start_due *ret, size_t most, size_t *ret_count,
                time_ms *ret_next)
{
    *ret_count = 0;
    *ret_next = 0;
    for (size_t i = 0; i < flow->latest_count; i++)
        for (size_t k = 0; k < flow->latest[i]->start_count; k++) {
            const struct procedure_start *s = &flow->latest[i]->starts[k];
            time_ms due, next;
            if (!clock_look(tx, flow->latest[i], s, false, &due, &next))
                return false;
            if (due && *ret_count < most)
                ret[(*ret_count)++] = (struct start_due){flow->latest[i], s};
            time_ms soon = due ? due : next;
            if (soon && (*ret_next == 0 || soon < *ret_next))
                *ret_next = soon;
        }
    return true;
}

/* A case that waits at its start for the clock among the rest of its events. */
[[nodiscard]] static bool clock_join(struct tx *tx, const struct flow *flow, struct start_due d, time_ms due,
                                     bool *ret_joined)
{
    struct flow_tx f;
    struct thrown t = {.kind = BPMN_CLOCK, .name = d.start->id, .clock = d.start->event.name, .tok = -1, .planned = due};
    case_init(&f, tx, flow, &starter);
    f.ticking = true;
    return thrown_join(&f, d.procedure, &t, ret_joined) &&
           (!*ret_joined || (start_rung(tx, d.procedure->key, d.start->id, due) &&
                             missed_end(tx, d.procedure->key, d.start->id)));
}

bool start_ring(struct tx *tx, const struct flow *flow, struct start_due d, bool by_hand)
{
    time_ms due, next;
    if (!clock_look(tx, d.procedure, d.start, by_hand, &due, &next))
        return false;
    if (due == 0)
        return true;
    bool joined = false;
    if (d.start->event.together && !clock_join(tx, flow, d, due, &joined))
        return false;
    return joined || begin(tx, flow, d.procedure, (struct carried){.start = d.start}, due, 0);
}

/* ---- from the facts ---------------------------------------------------------------------------------------- */

bool rung_note(struct map *rung, const struct json *body)
{
    str key = json_str(body, S("程")), start = json_str(body, S("始"));
    struct op *op = rung->op;
    int64_t at;
    if (!start.n || !json_int(json_get(body, S("点")), &at))
        return false;
    struct rung *r = op_new(op, struct rung);
    *r = (struct rung){op_copy(op, key), op_copy(op, start), at};
    map_put(rung, op_text(op, "%.*s %.*s", PS(key), PS(start)), r); /* the latest stays */
    return true;
}

bool rung_rebuild(struct tx *tx, const struct map *rung, int64_t *different)
{
    struct rows *rows;
    bool found;
    size_t same = 0;
    int64_t all;
    if (!store_query(tx, "select procedure, start, at from flow_rung where town = $1", ARGS(TEXT(store_town(tx))),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    for (all = 0; found; all++) {
        const struct rung *r =
            map_get(rung, op_text(tx->op, "%.*s %.*s", PS(rows_text(rows, 0)), PS(rows_text(rows, 1))));
        same += r && r->at == rows_int(rows, 2);
        if (!rows_next(rows, &found))
            return false;
    }
    if (same == (size_t)all && same == rung->count)
        return true;
    *different += (int64_t)(rung->count > (size_t)all ? rung->count : (size_t)all) - (int64_t)same;
    if (!store_run(tx, "delete from flow_rung where town = $1", ARGS(TEXT(store_town(tx))), NULL))
        return false;
    for (size_t i = 0; i < rung->count; i++) {
        const struct rung *r = rung->entries[i].value;
        if (!start_rung(tx, r->procedure, r->start, r->at))
            return false;
    }
    return true;
}
