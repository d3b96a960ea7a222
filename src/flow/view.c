/* One case as people see it: where it is, since when, who had it and how long, what was said, and what the reader
 * may do now. */
#include "flow/inner.h"

struct viewer {
    struct flow_tx f;
    struct op *op;
    struct names names;
    struct { struct flow_visit *p; size_t n, cap; } visits;
    struct { struct flow_word *p; size_t n, cap; } words;
    struct { struct flow_reader *p; size_t n, cap; } readers;
    struct { struct flow_may *p; size_t n, cap; } may;
    struct { struct flow_place *p; size_t n, cap; } places;
    struct { struct flow_step *p; size_t n, cap; } targets;
    const int32_t *mine;            /* open seats that the reader may act on */
    size_t mine_count;
};

static bool is_mine(const struct viewer *v, int32_t seat)
{
    for (size_t i = 0; i < v->mine_count; i++)
        if (v->mine[i] == seat)
            return true;
    return false;
}

static str account_text(const struct viewer *v, str who)
{
    id x;
    return short_id_read(who, &x) ? id_text(v->op, x) : who;
}

/* ---- visits and seats ------------------------------------------------------------------------------------ */

static void seat_view(struct viewer *v, int32_t number, struct flow_seat *ret)
{
    const struct bpmn_state *s = &v->f.run.state;
    const struct bpmn_seat *seat = &s->seats.p[number];
    const struct bpmn_act_row *act = seat->act >= 0 && (size_t)seat->act < s->acts.n ? &s->acts.p[seat->act] : NULL;
    *ret = (struct flow_seat){.seat = number,
                              .rev = seat->rev,
                              .step = s->steps.p[seat->step].place,
                              .person = names_of(&v->names, seat->who),
                              .account = account_text(v, seat->who),
                              .state = seat->state,
                              .act = act ? act->op : -1,
                              .nudges = seat->nudges,
                              .opinion = act ? act->opinion : S(""),
                              .at = act ? act->at : 0,
                              .struck = act && act->struck,
                              .by = act && !str_eq(act->actor, seat->who) &&
                                            !(seat->state == SEAT_TRANSFERRED && str_eq(act->actor, SYSTEM_ACTOR)) /* it takes nobody's part */
                                        ? names_of(&v->names, act->actor)
                                        : S(""),
                              .mine = is_mine(v, number),
                              .decides = seat_decides(v->f.run.model, s, number),
                              .yes = seat_word(v->f.run.model, s, number, DO_AGREE),
                              .no = case_refusable(&v->f, number) ? seat_word(v->f.run.model, s, number, DO_REFUSE) : S(""),
                              .recordable = seat->state == SEAT_OPEN && !is_mine(v, number) && s->end == BPMN_RUNNING &&
                                            v->f.run.recorder(&v->f, v->f.actor, seat->work)};
}

/* Firings have no time of their own; the last act on a work, or the one that withdrew it, tells when it closed. */
static time_ms closed_at(const struct bpmn_state *s, int32_t work)
{
    const struct bpmn_work *w = &s->works.p[work];
    time_ms at = 0;
    if (w->state == WORK_OPEN && s->end == BPMN_RUNNING)
        return 0;
    if (w->closed >= 0 && (size_t)w->closed < s->fires.n && s->fires.p[w->closed].act >= 0)
        return s->acts.p[s->fires.p[w->closed].act].at;
    for (size_t i = 0; i < s->acts.n; i++)
        if (s->acts.p[i].work == work && s->acts.p[i].at > at)
            at = s->acts.p[i].at;
    return at ? at : s->ended_at ? s->ended_at : w->opened_at;
}

static void visit_view(struct viewer *v, int32_t work)
{
    const struct bpmn_state *s = &v->f.run.state;
    const struct bpmn_work *w = &s->works.p[work];
    const struct bpmn *m = v->f.run.model;
    struct flow_visit *ret = list_add(v->op, &v->visits);
    struct { struct flow_seat *p; size_t n, cap; } seats = {0};
    struct { str *p; size_t n, cap; } form = {0}, phrases = {0};
    time_ms warn = w->due;
    for (size_t i = 0; i < v->f.wakes.n; i++)
        for (int k = 0; v->f.wakes.p[i].work == work && k < v->f.wakes.p[i].count; k++)
            if (v->f.wakes.p[i].at[k] < w->due)
                warn = v->f.wakes.p[i].at[k];
    for (size_t i = 0; i < s->seats.n; i++)
        if (s->seats.p[i].work == work)
            seat_view(v, (int32_t)i, list_add(v->op, &seats));
    str words = bpmn_node_people(m, w->node)->form;
    while (words.n)
        *list_add(v->op, &form) = flow_word_next(&words);
    words = bpmn_node_people(m, w->node)->phrases;
    while (words.n)
        *list_add(v->op, &phrases) = flow_word_next(&words);
    *ret = (struct flow_visit){.work = work,
                               .node = bpmn_node_id(m, w->node),
                               .name = bpmn_node_name(m, w->node),
                               .state = w->state,
                               .opened = w->opened_at,
                               .closed = closed_at(s, work),
                               .due = w->due,
                               .seats = seats.p,
                               .seat_count = seats.n,
                               .form = form.p,
                               .form_count = form.n,
                               .given = number_given(&v->f, w->node),
                               .advice = bpmn_node_people(m, w->node)->advice,
                               .phrases = phrases.p,
                               .phrase_count = phrases.n};
    ret->light = flow_light_of(v->op->now, warn, w->due, ret->closed);
}

/* How an act names somebody besides who did it. */
enum named_by { NAMED_BORN = 1, NAMED_SEAT, NAMED_COPY };
static const enum named_by named_by[DO_ACTS] = {
    [DO_TRANSFER] = NAMED_BORN, [DO_ASK] = NAMED_BORN,       [DO_BEFORE] = NAMED_BORN,   [DO_AFTER] = NAMED_BORN, [DO_BESIDE] = NAMED_BORN,
    [DO_ASSIGN] = NAMED_BORN,   [DO_HAND_OVER] = NAMED_BORN, [DO_REMOVE] = NAMED_SEAT, [DO_NUDGE] = NAMED_SEAT, [DO_COPY] = NAMED_COPY,
};

static void named_add(struct viewer *v, struct buf *b, str who)
{
    str name = names_of(&v->names, who);
    size_t at;
    if (name.n && !str_find(buf_str(b), name, &at))
        buf_text(b, "%s%.*s", b->n ? "、" : "", PS(name));
}

static str word_to(struct viewer *v, int32_t number)
{
    const struct bpmn_state *s = &v->f.run.state;
    const struct bpmn_act_row *a = &s->acts.p[number];
    enum named_by by = a->op < DO_ACTS ? named_by[a->op] : 0;
    struct buf b;
    buf_init(&b, v->op, 0);
    for (size_t i = 0; i < s->seats.n && by; i++) {
        bool named = by == NAMED_BORN ? s->seats.p[i].born == number : by == NAMED_SEAT && a->seat == (int32_t)i;
        if (named)
            named_add(v, &b, s->seats.p[i].who);
    }
    for (size_t i = 0; i < s->copies.n && by == NAMED_COPY; i++)
        if (s->copies.p[i].act == number)
            named_add(v, &b, s->copies.p[i].who);
    return buf_str(&b);
}

static void words_view(struct viewer *v)
{
    const struct bpmn_state *s = &v->f.run.state;
    for (size_t i = 0; i < s->acts.n; i++) {
        const struct bpmn_act_row *a = &s->acts.p[i];
        str node = a->work >= 0 && (size_t)a->work < s->works.n
                       ? bpmn_node_name(v->f.run.model, s->works.p[a->work].node)
                       : S("");
        const struct proof *proof = case_proof(&v->f, (int32_t)i);
        bool vacant = flow_act_op(a->op) == FLOW_VACANT;
        if (vacant && a->opinion.n == 0) /* one more seat of the same */
            continue;
        *list_add(v->op, &v->words) = (struct flow_word){.signature = proof ? proof->signature : S(""),
                                                         .evidence = proof ? proof->evidence : S(""),
                                                         .recorded = proof && proof->recorded,
                                                         .about = a->op == DO_CORRECT ? a->other : -1,
                                                         .version = flow_act_op(a->op) == FLOW_MIGRATE ? a->other : 0,
                                                         .number = (int32_t)i,
                                                         .op = flow_act_op(a->op),
                                                         .said = seat_word(v->f.run.model, s, a->seat, flow_act_op(a->op)),
                                                         .person = names_of(&v->names, a->actor),
                                                         .to = word_to(v, (int32_t)i),
                                                         .for_whom = vacant ? S("") : names_of(&v->names, a->for_whom),
                                                         .node = node,
                                                         .opinion = a->opinion,
                                                         .at = a->at,
                                                         .struck = a->struck};
    }
    for (size_t i = 0; i < s->copies.n; i++) {
        const struct bpmn_copy *c = &s->copies.p[i];
        *list_add(v->op, &v->readers) = (struct flow_reader){.copy = (int32_t)i,
                                                             .person = names_of(&v->names, c->who),
                                                             .from = names_of(&v->names, c->from),
                                                             .note = c->note,
                                                             .account = account_text(v, c->who),
                                                             .sent = c->sent,
                                                             .read_at = c->read_at,
                                                             .recalled = c->recalled};
    }
}

/* ---- the coloured diagram -------------------------------------------------------------------------------- */

static void place_pass(struct viewer *v, str node, bool undone)
{
    for (size_t i = 0; i < v->places.n; i++)
        if (str_eq(v->places.p[i].node, node)) {
            if (!undone)
                v->places.p[i].kind = FLOW_PASSED;
            return;
        }
    *list_add(v->op, &v->places) =
        (struct flow_place){.node = node, .tok = -1, .kind = undone ? FLOW_UNDONE : FLOW_PASSED};
}

/* Each node that was passed once, then where it stands. */
static void places_view(struct viewer *v)
{
    const struct bpmn_state *s = &v->f.run.state;
    for (size_t i = 0; i < s->fires.n; i++)
        place_pass(v, bpmn_node_id(v->f.run.model, s->fires.p[i].node), s->fires.p[i].undone >= 0);
    for (size_t i = 0; i < s->toks.n && s->end == BPMN_RUNNING; i++)
        if (s->toks.p[i].used < 0 && (s->toks.p[i].scope >= 0 || s->toks.p[i].stuck)) /* the process itself is nowhere in it */
            *list_add(v->op, &v->places) =
                (struct flow_place){.node = bpmn_node_id(v->f.run.model, bpmn_tok_node(&v->f.run, (int32_t)i)),
                                    .tok = (int32_t)i,
                                    .kind = s->toks.p[i].stuck ? FLOW_STUCK : FLOW_HERE};
}

/* ---- what I may do --------------------------------------------------------------------------------------- */

static str refusal(struct viewer *v, int op, int32_t seat, int32_t target)
{
    struct flow_tx *f = &v->f;
    struct bpmn_preview seen;
    int faults = v->op->fault_count;
    struct bpmn_act a = {.op = (enum bpmn_op)op,
                         .actor = f->actor,
                         .opinion = S("。"),
                         .work = -1,
                         .seat = seat,
                         .other = -1,
                         .target = target,
                         .rev = -1};
    bool may = bpmn_preview(&f->run, &a, &seen);
    const struct fault *last = NULL;
    for (const struct fault *x = v->op->faults; x; x = x->next)
        last = x;
    str why = may ? S("") : last ? op_copy(v->op, last->text) : S("现在不能办");
    op_forgive(v->op, faults);
    return why;
}

static void may_add(struct viewer *v, int op, int32_t seat, int32_t target, str reason)
{
    *list_add(v->op, &v->may) = (struct flow_may){.op = op,
                                                  .name = seat_word(v->f.run.model, &v->f.run.state, seat, op),
                                                  .seat = seat,
                                                  .target = target,
                                                  .reason = reason};
}

static void may_seat(struct viewer *v, int32_t seat)
{
    static const int tried[] = {DO_AGREE, DO_REFUSE, DO_ABSTAIN, DO_READ, DO_BACK_FIRST};
    static const int chosen[] = {DO_TRANSFER, DO_ASK, DO_BEFORE, DO_AFTER, DO_BESIDE}; /* whom, the person says later */
    const int32_t *targets;
    size_t count;
    for (size_t i = 0; i < COUNT(tried); i++)
        if (tried[i] != DO_REFUSE || case_refusable(&v->f, seat))
            may_add(v, tried[i], seat, -1, refusal(v, tried[i], seat, -1));
    bpmn_back_targets(&v->f.run, seat, &targets, &count);
    for (size_t i = 0; i < count; i++)
        may_add(v, DO_BACK, seat, targets[i], refusal(v, DO_BACK, seat, targets[i]));
    str why = refusal(v, DO_ABSTAIN, seat, -1); /* the same conditions, and no people to choose */
    for (size_t i = 0; i < COUNT(chosen); i++)
        may_add(v, chosen[i], seat, -1, why);
}

static void targets_view(struct viewer *v)
{
    const int *nodes;
    size_t count;
    bpmn_jump_targets(&v->f.run, &nodes, &count);
    for (size_t i = 0; i < count; i++)
        *list_add(v->op, &v->targets) =
            (struct flow_step){bpmn_node_id(v->f.run.model, nodes[i]), bpmn_node_title(v->f.run.model, nodes[i])};
}

/* Whom or where is said later, so the act cannot be tried yet; but while the case is suspended most are refused anyway. */
static str resting(struct viewer *v, int op)
{
    bool rests = v->f.run.state.suspended && !bpmn_act_rules()[op].while_suspended;
    return rests ? op_text(v->op, "流程已挂起，恢复后再%s", bpmn_act_rules()[op].name) : S("");
}

/* Everything that could be asked, with the reason where it may not be done. */
static void may_view(struct viewer *v)
{
    struct bpmn_state *s = &v->f.run.state;
    bool running = s->end == BPMN_RUNNING, admin = case_supervised(&v->f), drafter = str_eq(s->drafter, v->f.actor);
    for (size_t i = 0; i < v->mine_count; i++)
        may_seat(v, v->mine[i]);
    for (size_t i = 0; i < s->seats.n && running; i++) {
        const struct bpmn_seat *seat = &s->seats.p[i];
        bool closed_by_me = seat->act >= 0 && str_eq(s->acts.p[seat->act].actor, v->f.actor);
        bool others = seat->state == SEAT_OPEN && !is_mine(v, (int32_t)i);
        if (closed_by_me && seat->state >= SEAT_AGREED && seat->state <= SEAT_READ)
            may_add(v, DO_TAKE_BACK, (int32_t)i, -1, refusal(v, DO_TAKE_BACK, (int32_t)i, -1));
        if (others)
            may_add(v, DO_NUDGE, (int32_t)i, -1, refusal(v, DO_NUDGE, (int32_t)i, -1));
        if (others && admin)
            may_add(v, DO_TRANSFER, (int32_t)i, -1, resting(v, DO_TRANSFER));
        str adder = bpmn_seat_adder(&v->f.run, (int32_t)i);
        if ((seat->state == SEAT_OPEN || seat->state == SEAT_WAITING) && adder.n && (admin || str_eq(adder, v->f.actor)))
            may_add(v, DO_REMOVE, (int32_t)i, -1, refusal(v, DO_REMOVE, (int32_t)i, -1));
    }
    for (size_t i = 0; i < s->copies.n; i++) {
        if (str_eq(s->copies.p[i].who, v->f.actor) && !s->copies.p[i].read_at && !s->copies.p[i].recalled)
            may_add(v, DO_COPY_READ, -1, (int32_t)i, refusal(v, DO_COPY_READ, -1, (int32_t)i));
        if (str_eq(s->copies.p[i].from, v->f.actor) && !s->copies.p[i].read_at && !s->copies.p[i].recalled)
            may_add(v, DO_COPY_RECALL, -1, (int32_t)i, S(""));
    }
    for (size_t i = 0; i < s->acts.n; i++)
        if (str_eq(s->acts.p[i].actor, v->f.actor) && s->acts.p[i].opinion.n && !s->acts.p[i].struck &&
            s->acts.p[i].op != DO_CORRECT)
            may_add(v, DO_CORRECT, -1, (int32_t)i, S(""));
    may_add(v, DO_COPY, -1, -1, resting(v, DO_COPY));
    if (running && (admin || drafter))
        may_add(v, DO_CANCEL, -1, -1, refusal(v, DO_CANCEL, -1, -1));
    if (!running || !admin)
        return;
    may_add(v, DO_END, -1, -1, refusal(v, DO_END, -1, -1));
    may_add(v, s->suspended ? DO_RESUME : DO_SUSPEND, -1, -1,
            refusal(v, s->suspended ? DO_RESUME : DO_SUSPEND, -1, -1));
    may_add(v, DO_HAND_OVER, -1, -1, S(""));
    may_add(v, DO_JUMP, -1, -1, resting(v, DO_JUMP));
    targets_view(v);
    may_add(v, FLOW_PROPOSE, -1, -1, resting(v, DO_JUMP));
    if (v->f.wish.by.n)
        may_add(v, FLOW_CONFIRM, -1, -1, str_eq(v->f.wish.by, v->f.actor) ? S("提请的人不能自己复核") : S(""));
    const struct procedure *latest = flow_procedure(v->f.flow, v->f.procedure->key, 0);
    if (latest && latest->version != v->f.procedure->version) /* the page then asks what it would change: flow_move */
        may_add(v, FLOW_MIGRATE, -1, (int32_t)latest->version, S(""));
    for (size_t i = 0; i < s->works.n; i++) {
        bool seated = s->works.p[i].state != WORK_OPEN;
        for (size_t k = 0; k < s->seats.n && !seated; k++)
            seated = s->seats.p[k].work == (int32_t)i &&
                     (s->seats.p[k].state == SEAT_OPEN || s->seats.p[k].state == SEAT_WAITING);
        if (!seated)
            may_add(v, DO_ASSIGN, -1, (int32_t)i, resting(v, DO_ASSIGN));
    }
    for (int32_t t = bpmn_stuck_next(&v->f.run, -1); t >= 0; t = bpmn_stuck_next(&v->f.run, t))
        may_add(v, FLOW_RETRY, -1, t, S(""));
}

/* ---- together -------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool record_view(struct viewer *v, struct record **ret)
{
    struct flow_tx *f = &v->f;
    const struct ledger *l = f->procedure->ledger;
    bool within;
    if (!record_within(f->tx, f->town, f->who, l, ACT_READ, f->record, &within))
        return false;
    struct who reader = within ? *f->who : case_reader_who(f);
    return record_get(f->tx, f->town, &reader, l, f->record, ret);
}

/* Who has a task of it in hand, or may open it by right. */
[[nodiscard]] static bool reveals_view(struct viewer *v, bool *ret)
{
    *ret = v->mine_count > 0;
    return *ret || record_within(v->f.tx, v->f.town, v->f.who, v->f.procedure->ledger, ACT_REVEAL, v->f.record, ret);
}

bool flow_reveal(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, const str *fields, size_t count,
                 str reason, struct json **ret_values)
{
    struct viewer *v = op_new(tx->op, struct viewer);
    v->op = tx->op;
    case_init(&v->f, tx, flow, who);
    if (!case_load(&v->f, case_id) || !case_reader(&v->f) || !case_record(&v->f))
        return false;
    bpmn_seats_of(&v->f.run, v->op, v->f.actor, &v->mine, &v->mine_count);
    struct who opener = v->mine_count ? case_opener_who(&v->f) : *who;
    return record_reveal(tx, v->f.town, &opener, v->f.procedure->ledger, v->f.record, fields, count, reason, ret_values);
}

static void head_view(struct viewer *v, struct flow_item *ret, str title)
{
    const struct bpmn_state *s = &v->f.run.state;
    *ret = (struct flow_item){.case_id = v->f.case_id,
                              .record = v->f.record,
                              .procedure = v->f.procedure,
                              .title = title,
                              .seat = -1,
                              .drafter = names_of(&v->names, s->drafter),
                              .started = v->f.started,
                              .ended = s->end == BPMN_RUNNING ? 0 : s->ended_at,
                              .rev = v->f.rev,
                              .stuck = v->f.stuck};
    for (size_t i = 0; i < v->visits.n; i++) {
        const struct flow_visit *visit = &v->visits.p[i];
        if (visit->closed || !visit->due || (ret->due && visit->due >= ret->due))
            continue;
        ret->due = visit->due;
        ret->light = visit->light;
    }
    ret->place = case_place(&v->f);
}

bool flow_view(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, struct flow_view *ret)
{
    struct viewer *v = op_new(tx->op, struct viewer);
    struct record *record;
    v->op = tx->op;
    case_init(&v->f, tx, flow, who);
    names_init(&v->names, tx, flow);
    if (!case_load(&v->f, case_id) || !case_reader(&v->f) || !case_record(&v->f) || !record_view(v, &record))
        return false;
    bpmn_seats_of(&v->f.run, v->op, v->f.actor, &v->mine, &v->mine_count);
    for (size_t i = 0; i < v->f.run.state.works.n; i++)
        visit_view(v, (int32_t)i);
    words_view(v);
    places_view(v);
    may_view(v);
    *ret = (struct flow_view){.end = v->f.run.state.end,
                              .suspended = v->f.run.state.suspended != 0,
                              .record = record,
                              .visits = v->visits.p,
                              .visit_count = v->visits.n,
                              .words = v->words.p,
                              .word_count = v->words.n,
                              .readers = v->readers.p,
                              .reader_count = v->readers.n,
                              .may = v->may.p,
                              .may_count = v->may.n,
                              .places = v->places.p,
                              .place_count = v->places.n,
                              .targets = v->targets.p,
                              .target_count = v->targets.n};
    if (!reveals_view(v, &ret->reveals))
        return false;
    rulings_read(&v->f, &ret->rulings, &ret->ruling_count);
    waits_read(&v->f, &ret->waits, &ret->wait_count);
    if (ret->end == BPMN_RUNNING && !flow_unreached(&v->f, &ret->unreached, &ret->unreached_count))
        return false;
    if (v->f.wish.by.n)
        ret->wish = (struct flow_wish){.by = names_of(&v->names, v->f.wish.by), .node = v->f.wish.node,
                                       .opinion = v->f.wish.opinion, .at = v->f.wish.at,
                                       .mine = str_eq(v->f.wish.by, v->f.actor)};
    head_view(v, &ret->head, record->title);
    return !v->names.failed && !v->f.failed;
}
