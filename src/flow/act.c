/* Acts: somebody does something to a case, or time does; everything that follows is in the same transaction. */
#include "flow/inner.h"

/* ---- the table of acts ----------------------------------------------------------------------------------- */

/* Names and needs are bpmn's; codes are for the API. Without a code: only the system does it. */
static const struct {
    str code;
    bool people;
} acts[FLOW_OPS] = {
    [DO_AGREE] = {SC("agree"), false},
    [DO_REFUSE] = {SC("refuse"), false},
    [DO_ABSTAIN] = {SC("abstain"), false},
    [DO_READ] = {SC("read"), false},
    [DO_BACK] = {SC("back"), false},
    [DO_BACK_FIRST] = {SC("back_first"), false},
    [DO_TAKE_BACK] = {SC("take_back"), false},
    [DO_CANCEL] = {SC("cancel"), false},
    [DO_END] = {SC("end"), false},
    [DO_TRANSFER] = {SC("transfer"), true},
    [DO_ASK] = {SC("ask"), true},
    [DO_BEFORE] = {SC("before"), true},
    [DO_AFTER] = {SC("after"), true},
    [DO_BESIDE] = {SC("beside"), true},
    [DO_REMOVE] = {SC("remove"), false},
    [DO_COPY] = {SC("copy"), true},
    [DO_COPY_READ] = {SC("copy_read"), false},
    [DO_COPY_RECALL] = {SC("copy_recall"), false},
    [DO_NUDGE] = {SC("nudge"), false},
    [DO_JUMP] = {SC("jump"), false},
    [DO_SUSPEND] = {SC("suspend"), false},
    [DO_RESUME] = {SC("resume"), false},
    [DO_HAND_OVER] = {SC("hand_over"), true},
    [DO_TIMEOUT] = {SC(""), false},
    [DO_ASSIGN] = {SC("assign"), true},
    [DO_CORRECT] = {SC("correct"), false},
    [FLOW_RETRY] = {SC("retry"), false},
    [FLOW_PROPOSE] = {SC("propose_jump"), false},
    [FLOW_CONFIRM] = {SC("confirm_jump"), false},
    [FLOW_MIGRATE] = {SC("migrate"), false},
    [FLOW_VACANT] = {SC(""), false},
};

struct flow_op flow_op(int op)
{
    must(op >= 0 && op < FLOW_OPS);
    static const str own[] = {SC("重试"), SC("提请跳转"), SC("复核跳转"), SC("迁移"), SC("空席")};
    if (op >= DO_ACTS)
        return (struct flow_op){
            .code = acts[op].code, .name = own[op - DO_ACTS], .opinion = op == FLOW_PROPOSE || op == FLOW_MIGRATE};
    const struct bpmn_act_rule *rule = &bpmn_act_rules()[op];
    return (struct flow_op){
        .code = acts[op].code, .name = str_z(rule->name), .opinion = rule->opinion, .people = acts[op].people};
}

bool seat_decides(const struct bpmn *m, const struct bpmn_state *s, int32_t seat)
{
    return seat_voice(s, seat) == VOICE_ADVICE || /* it says what it thinks */
           bpmn_decides(m, s->works.p[s->seats.p[seat].work].node);
}

enum voice seat_voice(const struct bpmn_state *s, int32_t seat)
{
    int32_t step = s->seats.p[seat].step, seats = 0;
    const struct bpmn_step *r = &s->steps.p[step];
    if (s->seats.p[seat].ask || r->advice)
        return VOICE_ADVICE;
    for (size_t i = 0; i < s->seats.n; i++)
        seats += s->seats.p[i].step == step && s->seats.p[i].state != SEAT_TRANSFERRED && !s->seats.p[i].ask;
    bool whole = seats < 2 || (r->rule != RULE_RATIO && !(r->rule == RULE_COUNT && r->num < seats));
    return whole ? VOICE_WHOLE : VOICE_SHARED;
}

str answer_word(const struct bpmn *m, int node, enum voice voice, int op)
{
    if (voice == VOICE_ADVICE)
        return flow_op(op).name;
    if (op == DO_AGREE && !bpmn_decides(m, node))
        return S("办好");
    str named = bpmn_answer_name(m, node, op == DO_AGREE ? BPMN_YES : BPMN_NO);
    return named.n && voice == VOICE_WHOLE ? named : flow_op(op).name;
}

str seat_word(const struct bpmn *m, const struct bpmn_state *s, int32_t seat, int op)
{
    bool answers = (op == DO_AGREE || op == DO_REFUSE) && seat >= 0 && (size_t)seat < s->seats.n;
    return answers ? answer_word(m, s->works.p[s->seats.p[seat].work].node, seat_voice(s, seat), op) : flow_op(op).name;
}

bool flow_op_find(str word, int *ret)
{
    for (int i = 0; i < FLOW_OPS; i++)
        if (acts[i].code.n && (str_eq(acts[i].code, word) || str_eq(flow_op(i).name, word))) {
            *ret = i;
            return true;
        }
    return false;
}

/* Ops of this room have a number of their own in the history, whatever comes to the game's. */
void own_act_note(struct flow_tx *f, int op, str words, int32_t what)
{
    must(op >= DO_ACTS && op < FLOW_OPS);
    bpmn_act_note(&f->run, BPMN_OWN_ACTS + op - DO_ACTS, f->actor, words, what);
}

int flow_act_op(int32_t kept)
{
    return kept < BPMN_OWN_ACTS ? kept : DO_ACTS + kept - BPMN_OWN_ACTS < FLOW_OPS ? DO_ACTS + kept - BPMN_OWN_ACTS : DO_CORRECT;
}

/* ---- what an act did ------------------------------------------------------------------------------------- */

static void effect_add(struct flow_tx *f, const struct flow_effect ***end, enum flow_effect_kind kind, str node,
                       str person)
{
    struct flow_effect *e = op_new(f->op, struct flow_effect);
    *e = (struct flow_effect){.kind = kind, .node = node, .person = person};
    **end = e;
    *end = (const struct flow_effect **)&e->next;
}

[[nodiscard]] static bool effects_tell(struct flow_tx *f, const struct flow_effect **ret)
{
    const struct flow_effect **end = ret;
    struct names names;
    names_init(&names, f->tx, f->flow);
    *ret = NULL;
    for (const struct bpmn_command *c = f->run.commands; c; c = c->next) {
        str node = c->node >= 0 ? bpmn_node_name(f->run.model, c->node) : S("");
        switch (c->kind) {
        case BPMN_WORK_OPENED:
            effect_add(f, &end, FLOW_ARRIVES, node, S(""));
            break;
        case BPMN_SEAT_OPENED:
            effect_add(f, &end, FLOW_HANDS, node, names_of(&names, f->run.state.seats.p[c->number].who));
            break;
        case BPMN_WORK_CLOSED:
            if (f->run.state.works.p[c->number].state != WORK_DONE)
                effect_add(f, &end, FLOW_WITHDRAWS, node, S(""));
            break;
        case BPMN_COPY_SENT:
            effect_add(f, &end, FLOW_COPIES, S(""), names_of(&names, c->name));
            break;
        case BPMN_INCIDENT:
            effect_add(f, &end, FLOW_INCIDENT, node, c->name);
            break;
        case BPMN_ENDED:
            effect_add(f, &end, FLOW_ENDS, node, S(""));
            break;
        case BPMN_SEAT_CLOSED:
        case BPMN_CLOCK:
        case BPMN_TASK:
        case BPMN_CALL:
        case BPMN_SEND:
        case BPMN_SIGNAL:
        case BPMN_ESCALATION:
        case BPMN_NOTICE:
        case BPMN_COMMAND_KINDS:
            break;
        }
    }
    return !names.failed;
}

[[nodiscard]] static bool done_tell(struct flow_tx *f, struct flow_done *ret)
{
    *ret = (struct flow_done){.case_id = f->case_id,
                              .rev = f->rev,
                              .fact_no = f->fact_no,
                              .ended = f->run.state.end != BPMN_RUNNING,
                              .state = f->record_state,
                              .ledger = f->procedure->ledger,
                              .record = f->record,
                              .record_version = f->record_version};
    return effects_tell(f, &ret->effects);
}

/* The command was carried out before: the answer of that time. Not found: it is new. */
[[nodiscard]] static bool repeated(struct tx *tx, const struct flow *flow, const struct who *who, id command,
                                   struct flow_done *ret, bool *ret_found)
{
    int64_t no;
    struct fact fact;
    struct flow_tx f;
    id ignored;
    bool kept;
    *ret_found = false;
    if (id_none(command))
        return true;
    if (!store_int(tx, "select fact_no from flow_command where id = $1", ARGS(ID(command)), &no, ret_found))
        return false;
    if (!*ret_found)
        return true;
    case_init(&f, tx, flow, who);
    if (!fact_get(tx, no, &fact, &kept) || !kept || !case_body_read(&f, &fact, &ignored))
        return false;
    if (!id_eq(fact.account, who->account))
        return op_fail(tx->op, FAULT_CONFLICT, S("command"), "这个命令编号已被别人用过，请刷新后再办");
    f.record_state = fact.state;
    f.run.commands = NULL;
    if (!done_tell(&f, ret))
        return false;
    ret->repeated = true;
    return true;
}

/* ---- what follows from a move ---------------------------------------------------------------------------- */

/* Everybody who sits there has left: a post was ended, an account stopped. Looked at when time passes or a post
 * changes, not at every act. */
static bool deserted(struct flow_tx *f, int32_t work)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->seats.n; i++)
        if (s->seats.p[i].work == work && s->seats.p[i].state == SEAT_OPEN && seat_manned(f, (int32_t)i))
            return false;
    return !f->failed;
}

/* What holds the case: a place where it cannot go on, or a task that nobody has. */
static str stuck_of(struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    str told = f->stuck;
    if (s->end != BPMN_RUNNING)
        return S("");
    for (const struct bpmn_command *c = f->run.commands; c; c = c->next)
        if (c->kind == BPMN_INCIDENT)
            told = op_text(f->op, "「%.*s」%.*s", PS(bpmn_node_name(f->run.model, c->node)), PS(c->name));
    for (size_t i = 0; i < s->toks.n; i++)
        if (s->toks.p[i].used < 0 && s->toks.p[i].stuck)
            return told.n ? told
                          : op_text(f->op, "停在「%.*s」",
                                    PS(bpmn_node_name(f->run.model, bpmn_tok_node(&f->run, (int32_t)i))));
    for (size_t i = 0; i < s->works.n; i++) {
        bool seated = s->works.p[i].state != WORK_OPEN;
        for (size_t k = 0; k < s->seats.n && !seated; k++)
            seated = s->seats.p[k].work == (int32_t)i &&
                     (s->seats.p[k].state == SEAT_OPEN || s->seats.p[k].state == SEAT_WAITING);
        if (seated && f->ticking && s->works.p[i].state == WORK_OPEN && deserted(f, (int32_t)i))
            return op_text(f->op, "「%.*s」空席：办理人都已停用或没有岗位；请转办或交接", PS(bpmn_node_name(f->run.model, s->works.p[i].node)));
        if (!seated)
            return op_text(f->op, "「%.*s」待分派：没有找到办理人", PS(bpmn_node_name(f->run.model, s->works.p[i].node)));
    }
    return S("");
}

void stuck_set(struct flow_tx *f, str why)
{
    if (!str_eq(f->stuck, why))
        f->stuck_at = why.n ? f->op->now : 0;
    f->stuck = why;
}

bool act_settle(struct flow_tx *f, str reason)
{
    if (f->failed)
        return false;
    f->tries = 0;
    f->retry = 0;
    vacancies_tell(f);
    stuck_set(f, stuck_of(f));
    if (f->failed || !flow_clocks(f) || !flow_wakes(f) || !words_keep(f))
        return false;
    str state = case_place_state(f);
    if (f->withdrawn || state.n == 0 || str_eq(state, f->record_state))
        return true;
    struct record *r;
    int faults = f->op->fault_count;
    if (!stamp_end(f, state) || !record_led(f->tx, f->town, &f->doer, f->procedure->ledger, f->record, state, reason, &r)) {
        bool given_up = f->run.state.end == BPMN_TERMINATED || f->run.state.end == BPMN_CANCELLED;
        if (!given_up || op_has_fault(f->op, FAULT_SYSTEM))
            return false;
        op_forgive(f->op, faults); /* its rules keep the record from being called so: the case ends all the same */
        return true;
    }
    f->record_state = r->state;
    f->record_version = r->version;
    return true;
}

bool act_keep(struct flow_tx *f, const struct case_fact *what)
{
    return case_keep(f, what) && nudges_keep(f) && kin_settle(f) &&
           starts_watch(f->tx, f->flow, f->procedure->ledger, f->record,
                        f->record_new ? 0 : f->record_seen, f->relays);
}

/* What is different of the record, to the model. */
static bool differences(struct flow_tx *f, struct feel_entry **ret, size_t *ret_count)
{
    struct feel_entry *values;
    size_t count, n = 0;
    case_asked(f, &values, &count);
    for (size_t i = 0; i < count; i++) {
        str now = feel_literal(f->op, values[i].value),
            then = feel_literal(f->op, bpmn_value(&f->run, 0, values[i].name));
        if (!str_eq(now, then))
            values[n++] = values[i];
    }
    *ret = values;
    *ret_count = n;
    return n > 0;
}

/* Conditions may have waited for it. */
bool case_tell(struct flow_tx *f)
{
    struct feel_entry *values;
    size_t n;
    bool any = differences(f, &values, &n);
    if (any)
        bpmn_change(&f->run, values, n);
    return any;
}

/* ---- the form of a task ---------------------------------------------------------------------------------- */

static bool form_has(str form, str name)
{
    while (form.n) {
        str word = flow_word_next(&form);
        if (str_eq(str_ends(word, S("!")) ? str_trim(str_part(word, 0, word.n - 1)) : word, name))
            return true;
    }
    return false;
}

[[nodiscard]] static bool form_fill(struct flow_tx *f, const struct flow_act *act, str form, str node)
{
    const struct ledger *l = f->procedure->ledger;
    struct record *r;
    struct warning *warnings;
    for (const struct json *m = act->values->first; m; m = m->next) {
        const struct field *field = ledger_field(l, m->key);
        if (!field || !form_has(form, field->name))
            return op_fail(f->op, FAULT_INPUT, m->key, "“%.*s”不是“%.*s”这一步填的，请在台账里改", PS(m->key), PS(node));
    }
    return record_change(f->tx, f->town, &f->doer, l, f->record, 0, act->values, op_text(f->op, "办理：%.*s", PS(node)),
                         &warnings, &r) &&
           case_record(f);
}

[[nodiscard]] static bool form_complete(struct flow_tx *f, str form)
{
    bool ok = true;
    while (form.n) {
        str word = flow_word_next(&form);
        str name = str_trim(str_part(word, 0, word.n - 1));
        const struct json *v = str_ends(word, S("!")) ? json_get(f->values, name) : NULL;
        bool empty = str_ends(word, S("!")) &&
                     (!v || v->kind == JSON_NULL || (v->kind == JSON_STRING && v->text.n == 0) ||
                      (v->kind == JSON_ARRAY && v->count == 0));
        if (empty)
            ok = op_fail(f->op, FAULT_INPUT, name, "“%.*s”这一步须填写，请填好再提交", PS(name));
    }
    return ok;
}

[[nodiscard]] static bool form_take(struct flow_tx *f, const struct flow_act *act)
{
    const struct bpmn_state *s = &f->run.state;
    bool about_seat = act->seat >= 0 && (size_t)act->seat < s->seats.n && act->op <= DO_READ;
    bool values = act->values && act->values->first;
    if (act->op == DO_AFTER)
        about_seat = act->seat >= 0 && (size_t)act->seat < s->seats.n;
    if (values && !about_seat)
        return op_fail(f->op, FAULT_INPUT, S("values"), "“%.*s”不能同时改记录，请在台账里改", PS(flow_op(act->op).name));
    if (!about_seat)
        return true;
    int node = s->works.p[s->seats.p[act->seat].work].node;
    str form = bpmn_node_people(f->run.model, node)->form;
    bool asks = seat_voice(s, act->seat) != VOICE_ADVICE && (act->op == DO_AGREE || act->op == DO_READ || act->op == DO_AFTER);
    return (!values || form_fill(f, act, form, bpmn_node_name(f->run.model, node))) &&
           (!asks || (none_left(f, node) && number_take(f, node) && form_complete(f, form) && stamp_put(f, node)));
}

/* ---- acting ---------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool people_known(struct flow_tx *f, const struct flow_act *act)
{
    for (size_t i = 0; i < act->who_count; i++) {
        bool holds = false;
        id account;
        if (!id_parse(act->who[i], &account) || !flow_in_office(f, act->who[i], &holds))
            return f->op->faults ? false : op_fail(f->op, FAULT_INPUT, S("人员"), "“%.*s”不是账号，请从名单里选", PS(act->who[i]));
        if (!holds)
            return op_fail(f->op, FAULT_INPUT, S("人员"), "所选的人已停用或没有岗位，请另选");
    }
    return true;
}

/* The moment it was stopped, and the deadlines of then: a pause moves them by the calendar, not by the clock. */
[[nodiscard]] static bool resume_shift(struct flow_tx *f, time_ms from, const time_ms *dues)
{
    struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->works.n; i++)
        if (s->works.p[i].state == WORK_OPEN && dues[i] &&
            !flow_due_shift(f, bpmn_node_people(f->run.model, s->works.p[i].node)->due, dues[i], from, f->op->now,
                            &s->works.p[i].due))
            return false;
    return true;
}

static str person_short(struct op *op, str account)
{
    id x;
    return short_id_read(account, &x) ? short_id(op, x) : account;
}

/* One who supervises proposes a jump that needs two; it is tried, and kept until somebody else confirms it. */
[[nodiscard]] static bool jump_propose(struct flow_tx *f, const struct flow_act *act)
{
    static const str anybody = SC("复核人");
    struct bpmn_preview seen;
    struct bpmn_act a = {.op = DO_JUMP,
                         .actor = f->actor,
                         .second = anybody,
                         .opinion = act->opinion,
                         .work = -1,
                         .seat = -1,
                         .other = -1,
                         .rev = -1,
                         .toks = act->toks,
                         .tok_count = act->tok_count,
                         .target = act->node.n ? bpmn_node(f->run.model, act->node) : act->target};
    if (!case_supervised(f))
        return f->failed ? false : op_fail(f->op, FAULT_DENIED, S(""), "您不能提请跳转：须有督办权限");
    f->confirmed = anybody;
    bool possible = bpmn_preview(&f->run, &a, &seen);
    f->confirmed = S("");
    if (!possible)
        return false;
    f->wish = (struct wish){.by = f->actor,
                            .node = bpmn_node_id(f->run.model, a.target),
                            .opinion = act->opinion,
                            .at = f->op->now,
                            .toks = op_array(f->op, int32_t, act->tok_count + 1),
                            .tok_count = act->tok_count};
    for (size_t i = 0; i < act->tok_count; i++)
        f->wish.toks[i] = act->toks[i];
    own_act_note(f, FLOW_PROPOSE, act->opinion, -1);
    return true;
}

/* The second person: the jump is done in the name of who proposed it, and says who confirmed it. */
[[nodiscard]] static bool jump_confirm(struct flow_tx *f)
{
    struct wish wish = f->wish;
    struct names names;
    names_init(&names, f->tx, f->flow);
    if (!wish.by.n)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "没有等复核的跳转，可能已办或已改提；请刷新");
    if (!case_supervised(f))
        return f->failed ? false : op_fail(f->op, FAULT_DENIED, S(""), "您不能复核跳转：须有督办权限");
    if (str_eq(wish.by, f->actor))
        return op_fail(f->op, FAULT_DENIED, S(""), "提请的人不能自己复核，请另一名有督办权限的人办");
    str second = names_of(&names, f->actor);
    struct bpmn_act a = {.op = DO_JUMP,
                         .actor = wish.by,
                         .second = f->actor,
                         .work = -1,
                         .seat = -1,
                         .other = -1,
                         .rev = -1,
                         .opinion = op_text(f->op, "%.*s（复核：%.*s）", PS(wish.opinion), PS(second)),
                         .toks = wish.toks,
                         .tok_count = wish.tok_count,
                         .target = bpmn_node(f->run.model, wish.node)};
    f->confirmed = wish.by;
    bool done = bpmn_act(&f->run, &a);
    f->confirmed = S("");
    f->wish = (struct wish){0};
    return done && !names.failed;
}

/* A picture that was kept before, by its digest. */
[[nodiscard]] static bool picture_there(struct flow_tx *f, str digest, str what)
{
    int fd, faults = f->op->fault_count;
    int64_t size;
    if (!digest.n || store_file_open(f->tx, digest, &fd, &size))
        return true;
    if (op_has_fault(f->op, FAULT_SYSTEM))
        return false;
    op_forgive(f->op, faults);
    return op_fail(f->op, FAULT_INPUT, what, "%.*s的图片没有收到，请重新上传", PS(what));
}

/* 代录 is about an opinion that the seat's holder wrote on paper: without its picture nobody writes for another. */
[[nodiscard]] static bool proof_check(struct flow_tx *f, const struct flow_act *act, bool *ret_recorded)
{
    const struct bpmn_state *s = &f->run.state;
    str holder = act->seat >= 0 && (size_t)act->seat < s->seats.n ? s->seats.p[act->seat].who : S("");
    str whom = person_short(f->op, act->for_whom);
    *ret_recorded = act->op <= DO_READ && whom.n && !str_eq(whom, f->actor) && !f->run.deputy(f, f->actor, whom);
    if ((act->signature.n || act->evidence.n) && act->op > DO_READ && act->op != DO_AFTER)
        return op_fail(f->op, FAULT_INPUT, S("签名"), "“%.*s”不带签名和原件", PS(flow_op(act->op).name));
    if (*ret_recorded && !str_eq(whom, holder))
        return op_fail(f->op, FAULT_INPUT, S("for_whom"), "代录的须是这一席办理人的签批");
    if (*ret_recorded && !act->evidence.n)
        return op_fail(f->op, FAULT_INPUT, S("原件"), "代录须附签批原件的照片");
    return picture_there(f, act->signature, S("签名")) && picture_there(f, act->evidence, S("原件"));
}

[[nodiscard]] static bool model_act(struct flow_tx *f, const struct flow_act *act)
{
    if (act->op == FLOW_PROPOSE)
        return str_trim(act->opinion).n ? jump_propose(f, act)
                                        : op_fail(f->op, FAULT_INPUT, S("意见"), "提请跳转须写明理由");
    if (act->op == FLOW_CONFIRM)
        return jump_confirm(f);
    if (act->op == FLOW_MIGRATE)
        return case_migrate(f, act);
    if (act->op == FLOW_RETRY) {
        if (!case_supervised(f))
            return f->failed ? false : op_fail(f->op, FAULT_DENIED, S(""), "您不能重试：须有督办权限");
        if (!bpmn_retry(&f->run, act->target))
            return false;
        own_act_note(f, FLOW_RETRY, act->opinion, -1);
        return true;
    }
    if (act->op == DO_REFUSE && !case_refusable(f, act->seat))
        return op_fail(f->op, FAULT_INPUT, S("act"), "这一步没有“不同意”的去向；办不了的请退回，写明原因");
    const struct bpmn_state *s = &f->run.state;
    bool recorded;
    size_t said = s->acts.n;
    if (!proof_check(f, act, &recorded))
        return false;
    time_ms suspended = s->suspended, *dues = op_array(f->op, time_ms, s->works.n + 1);
    for (size_t i = 0; i < s->works.n; i++)
        dues[i] = s->works.p[i].due;
    str *who = op_array(f->op, str, act->who_count + 1);
    for (size_t i = 0; i < act->who_count; i++)
        who[i] = person_short(f->op, act->who[i]);
    int32_t target = act->op == DO_JUMP && act->node.n ? bpmn_node(f->run.model, act->node) : act->target;
    struct bpmn_act a = {.op = (enum bpmn_op)act->op,
                         .actor = f->actor,
                         .for_whom = person_short(f->op, act->for_whom),
                         .opinion = act->opinion,
                         .second = person_short(f->op, act->second),
                         .work = act->work,
                         .seat = act->seat,
                         .other = act->other,
                         .target = target,
                         .rev = act->seat_rev,
                         .direct = act->direct,
                         .in_order = act->in_order,
                         .collect = act->collect,
                         .cast = act->cast,
                         .binding = act->binding,
                         .recorded = recorded,
                         .who = who,
                         .who_count = act->who_count,
                         .rule = act->rule,
                         .num = act->num < 1 ? 1 : act->num,
                         .den = act->den < 1 ? 1 : act->den,
                         .toks = act->toks,
                         .tok_count = act->tok_count};
    if (!bpmn_act(&f->run, &a))
        return false;
    if (recorded || act->signature.n || act->evidence.n)
        *list_add(f->op, &f->proofs) = (struct proof){(int32_t)said, act->signature, act->evidence, recorded};
    return act->op != DO_RESUME || resume_shift(f, suspended, dues);
}

/* Tasks that are done now and say who is to read: those people, once per case, from who did the last of it. */
[[nodiscard]] static bool copies_send(struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    struct { int32_t *p; size_t n, cap; } done = {0};
    for (const struct bpmn_command *c = f->run.commands; c; c = c->next)
        if (c->kind == BPMN_WORK_CLOSED && s->works.p[c->number].state == WORK_DONE)
            *list_add(f->op, &done) = c->number;
    for (size_t i = 0; i < done.n; i++)
        for (size_t k = 0; k < f->procedure->copy_count; k++) {
            const str *all;
            struct { str *p; size_t n, cap; } fresh = {0};
            size_t count;
            if (f->procedure->copies[k].node != s->works.p[done.p[i]].node)
                continue;
            if (!flow_seats(f, f->procedure->copies[k].words, &all, &count))
                return false;
            for (size_t a = 0; a < count; a++) {
                bool had = false;
                for (size_t n = 0; n < s->copies.n && !had; n++)
                    had = str_eq(s->copies.p[n].who, all[a]) && !s->copies.p[n].recalled;
                if (!had)
                    *list_add(f->op, &fresh) = all[a];
            }
            struct bpmn_act a = {.op = DO_COPY,
                                 .actor = f->actor,
                                 .work = done.p[i],
                                 .seat = -1,
                                 .other = -1,
                                 .target = -1,
                                 .rev = -1,
                                 .who = fresh.p,
                                 .who_count = fresh.n};
            if (fresh.n && !bpmn_act(&f->run, &a))
                return false;
        }
    return true;
}

static str node_of(const struct flow_tx *f, const struct flow_act *act)
{
    const struct bpmn_state *s = &f->run.state;
    if (act->seat < 0 || (size_t)act->seat >= s->seats.n)
        return S("");
    return bpmn_node_name(f->run.model, s->works.p[s->seats.p[act->seat].work].node);
}

bool flow_do(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_act *act,
             struct flow_done *ret)
{
    struct flow_tx f;
    bool known;
    if (act->op < 0 || act->op >= FLOW_OPS || acts[act->op].code.n == 0)
        return op_fail(tx->op, FAULT_INPUT, S("act"), "没有这个办理动作");
    if (!repeated(tx, flow, who, act->command, ret, &known))
        return false;
    if (known)
        return true;
    case_init(&f, tx, flow, who);
    if (!case_load(&f, act->case_id) || !case_reader(&f) || !case_record(&f))
        return false;
    bool looked_at_seat = act->seat >= 0 && act->seat_rev >= 0;
    if (act->rev && act->rev != f.rev && !looked_at_seat)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "此件已被他人办理，请刷新后再办");
    if (f.withdrawn)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "所办的记录已作废，不能再办理");
    if (!people_known(&f, act) || !form_take(&f, act))
        return false;
    struct feel_entry *values;
    size_t n;
    if (differences(&f, &values, &n))
        bpmn_learn(&f.run, values, n);
    if (!model_act(&f, act))
        return false;
    bpmn_change(&f.run, NULL, 0); /* conditions that what was filled in makes true */
    if (!copies_send(&f) || !act_settle(&f, act->opinion))
        return false;
    struct case_fact what = {
        .act = flow_op(act->op).name, .node = node_of(&f, act), .opinion = act->opinion, .command = act->command};
    return act_keep(&f, &what) && done_tell(&f, ret);
}

bool flow_preview(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_act *act,
                  struct flow_done *ret)
{
    struct flow_act once = *act;
    once.command = (id){0};
    if (!store_part_begin(tx))
        return false;
    bool done = flow_do(tx, flow, who, &once, ret);
    return store_part_undo(tx) && done;
}

/* ---- beginning, ending ----------------------------------------------------------------------------------- */

[[nodiscard]] static bool may_start(struct flow_tx *f)
{
    const struct procedure *p = f->procedure;
    const str *accounts;
    size_t count;
    struct right right;
    if (f->who->system)
        return true;
    if (p->start.n == 0)
        return right_for(f->op, f->town, f->who, p->ledger, ACT_ADD, &right);
    if (!flow_seats(f, p->start, &accounts, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(accounts[i], f->actor))
            return true;
    return op_fail(f->op, FAULT_DENIED, S(""), "“%.*s”由%.*s发起，您不在其中", PS(p->name), PS(p->start));
}

bool case_alone(struct flow_tx *f, const struct procedure *p, id record, str title)
{
    struct rows *rows;
    bool found;
    if (!store_query(f->tx, "select procedure, ended from flow_case where record = $1", ARGS(ID(record)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        if (str_eq(rows_peek(rows, 0), p->key) && rows_int(rows, 1) == 0)
            return op_fail(f->op, FAULT_CONFLICT, S(""), "“%.*s”正在办理“%.*s”，不能再起一件", PS(title), PS(p->name));
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* Begun now it would be at its end at once, and the record stands there already: a paper that is only catalogued. It is tried. */
[[nodiscard]] static bool leads_on(struct flow_tx *f, const struct record *r)
{
    const struct procedure *p = f->procedure;
    struct bpmn_run before = f->run;
    struct feel_entry *values;
    size_t count;
    bool ends = false;
    for (size_t i = 0; i < p->end_count; i++)
        ends |= str_eq(p->ends[i], r->state);
    if (!ends)
        return true;
    case_asked(f, &values, &count);
    if (!bpmn_start(&f->run, bpmn_process(p->model, S("")), f->actor, values, count) || f->failed)
        return false;
    bool idle = f->run.state.end == BPMN_COMPLETED && f->run.state.works.n == 0 && str_eq(case_place_state(f), r->state);
    f->run = before;
    return !idle || op_fail(f->op, FAULT_CONFLICT, S("状态"), "“%.*s”已是“%.*s”，“%.*s”到此为止，没有要办的", PS(r->title), PS(r->state), PS(p->name));
}

/* Everything that must hold before it begins; f is then ready to. */
[[nodiscard]] static bool start_check(struct flow_tx *f, const struct procedure *p, id record)
{
    struct record *r;
    case_begin(f, p);
    f->record = record;
    f->run.state.drafter = f->actor;
    if (!record_get(f->tx, f->town, f->who, p->ledger, record, &r) || !case_record(f) || !may_start(f))
        return false;
    if (!p->by_hand)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "“%.*s”到时或收到信号时自行发起，不用人发起", PS(p->name));
    if (f->withdrawn)
        return op_fail(f->op, FAULT_CONFLICT, S(""), "“%.*s”已作废，不能发起“%.*s”", PS(r->title), PS(p->name));
    for (size_t i = 0; i < p->over_count; i++)
        if (str_eq(p->over[i], r->state))
            return op_fail(f->op, FAULT_CONFLICT, S("状态"), "“%.*s”已是“%.*s”，不能再发起“%.*s”", PS(r->title), PS(r->state), PS(p->name));
    return case_alone(f, p, record, r->title) && leads_on(f, r);
}

bool flow_may_start(struct tx *tx, const struct flow *flow, const struct who *who, const struct procedure *p, id record,
                    str *ret_reason)
{
    struct flow_tx f;
    int faults = tx->op->fault_count;
    case_init(&f, tx, flow, who);
    *ret_reason = S("");
    if (start_check(&f, p, record))
        return true;
    if (op_has_fault(tx->op, FAULT_SYSTEM))
        return false;
    *ret_reason = op_copy(tx->op, tx->op->faults->text);
    op_forgive(tx->op, faults);
    return true;
}

bool flow_start(struct tx *tx, const struct flow *flow, const struct who *who, const struct procedure *p, id record,
                id command, struct flow_done *ret)
{
    struct op *op = tx->op;
    struct flow_tx f;
    struct feel_entry *values;
    size_t count;
    bool known;
    if (!repeated(tx, flow, who, command, ret, &known))
        return false;
    if (known)
        return true;
    case_init(&f, tx, flow, who);
    if (!start_check(&f, p, record))
        return false;
    case_asked(&f, &values, &count);
    f.case_id = id_new(op);
    f.started = op->now;
    f.reminded = op->now;
    if (!bpmn_start(&f.run, bpmn_process(p->model, S("")), f.actor, values, count) || !act_settle(&f, S("")))
        return false;
    struct case_fact what = {.act = S("发起"), .command = command};
    return act_keep(&f, &what) && done_tell(&f, ret);
}

bool act_end(struct flow_tx *f, str reason)
{
    f->ticking = true;
    f->withdrawn = true;
    struct bpmn_act a = {.op = DO_END,
                         .actor = SYSTEM_ACTOR,
                         .opinion = reason,
                         .work = -1,
                         .seat = -1,
                         .other = -1,
                         .target = -1,
                         .rev = -1};
    struct case_fact what = {.act = flow_op(DO_END).name, .opinion = reason};
    return bpmn_act(&f->run, &a) && act_settle(f, reason) && act_keep(f, &what);
}

[[nodiscard]] static bool case_end(struct tx *tx, const struct flow *flow, const struct who *who, id case_id,
                                   str reason)
{
    struct flow_tx f;
    case_init(&f, tx, flow, who);
    return case_load(&f, case_id) && act_end(&f, reason);
}

bool flow_record_held(struct tx *tx, const struct flow *flow, const struct ledger *l, id record, str *ret_why)
{
    struct rows *rows;
    bool found;
    *ret_why = S("");
    if (!store_query(
            tx, "select procedure, version, place, id from flow_case where record = $1 and town = $2 and ended = 0",
            ARGS(ID(record), TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        const struct procedure *p = flow_procedure(flow, rows_text(rows, 0), rows_int(rows, 1));
        str place = rows_text(rows, 2);
        if (!p || (p->ledger == l && p->leads)) {
            *ret_why = op_text(tx->op,
                               "这条记录正在办理“%.*s”%s%.*s%s，状态随流程走，不能手工改；请在待办里办，或由督办人终止事项 %.*s",
                               PS(p ? p->name : S("流程")), place.n ? "（" : "", PS(place), place.n ? "）" : "",
                               PS(id_text(tx->op, rows_id(rows, 3))));
            rows_close(rows);
            return true;
        }
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

bool flow_record_free(struct tx *tx, const struct flow *flow, const struct ledger *l, id record)
{
    str why;
    return flow_record_held(tx, flow, l, record, &why) && (!why.n || op_fail(tx->op, FAULT_CONFLICT, S(""), "%.*s", PS(why)));
}

bool flow_record_withdrawn(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                           id record, str reason)
{
    struct rows *rows;
    bool found;
    struct { id *p; size_t n, cap; } cases = {0};
    if (!store_query(tx, "select id, procedure, version from flow_case where record = $1 and town = $2 and ended = 0",
                     ARGS(ID(record), TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        const struct procedure *p = flow_procedure(flow, rows_text(rows, 1), rows_int(rows, 2));
        if (!p || p->ledger == l)
            *list_add(tx->op, &cases) = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < cases.n; i++)
        if (!case_end(tx, flow, who, cases.p[i], reason.n ? reason : S("所办的记录已作废")))
            return false;
    return true;
}

/* ---- handing over ---------------------------------------------------------------------------------------- */

bool flow_hand_over(struct tx *tx, const struct flow *flow, const struct who *who, id from, id to, str reason,
                    int64_t *ret_cases)
{
    id *cases;
    size_t count;
    str receiver = id_text(tx->op, to);
    int64_t number;
    if (!account_number(tx, flow->town, from, &number) ||
        !store_ids(tx,
                   "select id from flow_case where no in (select case_no from flow_seat where account = $1)"
                   " order by no limit $2",
                   ARGS(INT(number), INT(FLOW_HAND_OVER_MAX + 1)), &cases, &count))
        return false;
    if (count > FLOW_HAND_OVER_MAX)
        return op_fail(tx->op, FAULT_INPUT, S(""), "一次最多交接 %d 件，请先把旧件清一清", FLOW_HAND_OVER_MAX);
    if (count == 0)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "这个账号名下没有待办，不用交接");
    for (size_t i = 0; i < count; i++) {
        struct flow_done done;
        struct mark mark = op_mark(tx->op);
        struct flow_act act = {.case_id = cases[i],
                               .op = DO_HAND_OVER,
                               .work = -1,
                               .seat = -1,
                               .seat_rev = -1,
                               .other = -1,
                               .target = -1,
                               .opinion = reason,
                               .for_whom = id_text(tx->op, from),
                               .who = &receiver,
                               .who_count = 1};
        if (!flow_do(tx, flow, who, &act, &done))
            return false;
        op_reset(tx->op, mark);
    }
    *ret_cases = (int64_t)count;
    return true;
}
