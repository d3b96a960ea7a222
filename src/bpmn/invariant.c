/* What must hold of every state. A state that comes from bytes is judged by the same rules. */
#include "bpmn/acts.h"
#include "bpmn/state.h"

static bool row(int32_t i, size_t n)
{
    return i >= 0 && (size_t)i < n;
}

static bool row_or_none(int32_t i, size_t n)
{
    return i == -1 || row(i, n);
}

static const char *fires_check(const struct bpmn *m, const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->fires.n; i++) {
        const struct bpmn_fire *f = &s->fires.p[i];
        if (!row(f->node, m->node_count) || f->kind >= FIRE_KINDS)
            return "a firing is of no node or no kind";
        if (f->scope >= (int32_t)i || f->scope < -1 || f->outer >= (int32_t)i || f->outer < -1)
            return "a firing happens in a scope that was opened before it";
        if (!row_or_none(f->tok, s->toks.n) || (f->tok >= 0 && s->toks.p[f->tok].made != (int32_t)i))
            return "a scope's token is made by the firing that opens it";
        if (!row_or_none(f->read, s->toks.n) || f->cause < -1 || f->cause >= (int32_t)s->fires.n)
            return "a firing reads a token and follows from a firing";
        if (f->undone < -1 || f->undone >= (int32_t)s->fires.n || (f->undone >= 0 && f->undone <= (int32_t)i))
            return "a firing is undone later";
        if (f->order < 0 || f->order > BPMN_ROWS_MAX)
            return "a firing has its place in time";
        if (!row_or_none(f->act, s->acts.n))
            return "a firing belongs to an act";
        bool began = f->kind == FIRE_DONE || f->kind == FIRE_CLOSE;
        if (began && !row(f->data, i))
            return "an end follows its beginning";
        bool opens = f->kind == FIRE_OPEN || f->kind == FIRE_LOOP || f->kind == FIRE_COMPENSATE;
        if (opens && f->tok < 0)
            return "what opens a scope makes its token";
        if (f->kind == FIRE_LOOP && f->data < 0)
            return "a loop knows how often";
        if (f->data < -1 || (f->kind == FIRE_END && f->data >= (int32_t)i))
            return "an end follows its beginning";
        if (f->kind == FIRE_COMPENSATE &&
            (!row_or_none(f->data, m->node_count) || !row(f->cause, i) || s->fires.p[f->cause].tok < 0))
            return "a compensation has a scope and perhaps an activity";
    }
    return s->fires.n && (s->fires.p[0].kind != FIRE_OPEN || s->fires.p[0].tok < 0 ||
                          s->fires.p[0].node != s->process || m->nodes[s->process].kind != NODE_PROCESS)
               ? "the first firing opens the process"
               : NULL;
}

/* A scope is open while the token that stands for it is live. */
static bool scope_is_open(const struct bpmn_state *s, int32_t scope)
{
    return scope < 0 ||
           (s->fires.p[scope].undone < 0 && s->fires.p[scope].tok >= 0 && s->toks.p[s->fires.p[scope].tok].used < 0);
}

static const char *toks_check(const struct bpmn *m, const struct bpmn_state *s)
{
    size_t live = 0;
    for (size_t i = 0; i < s->toks.n; i++) {
        const struct bpmn_tok *t = &s->toks.p[i];
        if (t->place < 0 || t->place >= places_count(m))
            return "a token is in a place of the model";
        if (t->stuck >= STUCKS)
            return "a token is held or not";
        if (!row(t->made, s->fires.n) || t->scope < -1 || t->scope > t->made || t->index < 0)
            return "a token is made by one firing, in a scope";
        if (t->used < -1 || t->used >= (int32_t)s->fires.n || t->used == t->made)
            return "a token is used by at most one firing, not the one that made it";
        if (t->scope < 0 && i != 0)
            return "only the token of the process stands outside every scope";
        const struct bpmn_fire *made = &s->fires.p[t->made];
        if (t->used < 0 && made->undone >= 0)
            return "what an undone firing made is dead";
        if (t->used >= 0 && s->fires.p[t->used].undone >= 0 && made->undone < 0)
            return "what an undone firing used is given back";
        if (t->used < 0 && !scope_is_open(s, t->scope))
            return "a live token lives in an open scope";
        if (t->used < 0 && s->end != BPMN_RUNNING)
            return "an ended instance has no token left";
        live += t->used < 0;
    }
    if (live != s->live.n)
        return "no live token is lost or doubled";
    for (size_t i = 0; i < s->live.n; i++)
        if (!row(s->live.p[i], s->toks.n) || s->toks.p[s->live.p[i]].used >= 0 ||
            (i && s->live.p[i] <= s->live.p[i - 1]))
            return "the list of live tokens is in order";
    return NULL;
}

/* So many tokens of that scope, or at that place, in order; more than there are where the chain is broken. */
static size_t chain_length(const struct bpmn_state *s, struct bpmn_chain c, bool at_place, int32_t where)
{
    size_t n = 0;
    int32_t last = -1;
    for (int32_t t = c.first; t >= 0 && n <= s->live.n; n++) {
        bool right = row(t, s->toks.n) && t > last && s->toks.p[t].used < 0 &&
                     (at_place ? s->toks.p[t].place : s->toks.p[t].scope) == where;
        if (!right)
            return SIZE_MAX;
        last = t;
        t = at_place ? s->toks.p[t].at_place.after : s->toks.p[t].in_scope.after;
    }
    return last == c.last ? n : SIZE_MAX;
}

static const char *counts_check(const struct bpmn_state *s)
{
    size_t counted = 0, live = 0, placed = 0;
    bool right = true;
    for (size_t i = 0; i < s->fires.n && right; i++) {
        right = chain_length(s, s->fires.p[i].inside, false, (int32_t)i) == (size_t)s->fires.p[i].live;
        counted += (size_t)s->fires.p[i].live;
    }
    for (size_t i = 0; i < s->live.n; i++)
        live += s->toks.p[s->live.p[i]].scope >= 0;
    for (size_t i = 0; i < s->places.n && right; i++) {
        size_t here = chain_length(s, s->places.p[i], true, (int32_t)i);
        right = here != SIZE_MAX;
        placed += right ? here : 0;
    }
    return !right || counted != live || placed != s->live.n ? "every scope and every place knows the tokens that are there" : NULL;
}

static const char *rest_check(const struct bpmn *m, const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->waits.n; i++) {
        const struct bpmn_wait *w = &s->waits.p[i];
        if (!row(w->tok, s->toks.n) || !row(w->event, m->event_count) || !row(w->made, s->fires.n) ||
            !row_or_none(w->used, s->fires.n) || w->left < -1 || w->every < -12000)
            return "a clock belongs to a token and an event";
    }
    for (size_t i = 0; i < s->vars.n; i++)
        if (!row(s->vars.p[i].scope, s->fires.n) || !row(s->vars.p[i].made, s->fires.n))
            return "a value belongs to a scope and a firing";
    for (size_t i = 0; i < s->held.n; i++)
        if (!s->suspended || s->held.p[i].kind >= HELD_KINDS || !row_or_none(s->held.p[i].tok, s->toks.n) ||
            (s->held.p[i].kind == HELD_ESCALATION) != (s->held.p[i].tok >= 0) || s->held.n > BPMN_HELD_MAX ||
            s->held.p[i].values.kind != FEEL_CONTEXT)
            return "only a suspended case keeps what comes from outside";
    for (size_t i = 0; i < s->undos.n; i++) {
        const struct bpmn_undo *u = &s->undos.p[i];
        if (!row(u->undo, s->fires.n) || !row(u->tok, s->toks.n) || !row_or_none(u->before, s->fires.n) ||
            !row_or_none(u->after, s->fires.n))
            return "an undo names tokens and firings";
    }
    return NULL;
}

static const char *works_check(const struct bpmn *m, const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->works.n; i++) {
        const struct bpmn_work *w = &s->works.p[i];
        if (!row(w->tok, s->toks.n) || !row(w->node, m->node_count) || w->state >= WORK_STATES ||
            !row(w->opened, s->fires.n))
            return "a work belongs to a token in a node";
        if (s->toks.p[w->tok].place != place_of(m, PLACE_IN, w->node) || m->nodes[w->node].kind != NODE_USER)
            return "a work is one visit of a user task";
        if (!row_or_none(w->closed, s->fires.n) || !row_or_none(w->back_to, s->fires.n) ||
            !row_or_none(w->step, s->steps.n) || (w->state == WORK_DONE && w->closed < 0) ||
            (w->back_to >= 0 && s->fires.p[w->back_to].kind != FIRE_UNDO))
            return "a closed work was closed by a firing";
        if (w->state == WORK_OPEN && s->toks.p[w->tok].used >= 0)
            return "an open work's token is there";
        for (size_t k = 0; k < i && w->state == WORK_OPEN; k++)
            if (s->works.p[k].state == WORK_OPEN && s->works.p[k].tok == w->tok)
                return "a token has one open work at most";
    }
    for (size_t i = 0; i < s->live.n; i++) {
        const struct bpmn_tok *t = &s->toks.p[s->live.p[i]];
        bool inside = place_kind(m, t->place) == PLACE_IN && m->nodes[place_node(m, t->place)].kind == NODE_USER;
        bool has = !inside || t->stuck;
        for (size_t w = s->works.n; w-- > 0 && !has;)
            has = s->works.p[w].tok == s->live.p[i] && s->works.p[w].state == WORK_OPEN;
        if (!has)
            return "whoever is to act has a work to do it on";
    }
    return NULL;
}

static const char *seats_check(const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->steps.n; i++) {
        const struct bpmn_step *p = &s->steps.p[i];
        if (!row(p->work, s->works.n) || p->place < -1 || p->rule >= RULES || p->num < 1 || p->den < 1 ||
            !row_or_none(p->by_seat, s->seats.n) || (p->by_seat >= 0) != (p->place < 0))
            return "a step belongs to a work and has a rule";
        if (p->by_seat >= 0 && s->seats.p[p->by_seat].work != p->work)
            return "people are added before a seat of the same work";
    }
    for (size_t i = 0; i < s->seats.n; i++) {
        const struct bpmn_seat *x = &s->seats.p[i];
        if (!row(x->work, s->works.n) || !row(x->step, s->steps.n) || s->steps.p[x->step].work != x->work ||
            x->state >= SEAT_STATES)
            return "a seat stands in a step of its work";
        if (!row_or_none(x->from, s->seats.n) || x->from == (int32_t)i || !row_or_none(x->act, s->acts.n) ||
            !row_or_none(x->born, s->acts.n) || x->hops < 0)
            return "a seat's origin and act are rows";
        if (x->state == SEAT_OPEN && s->works.p[x->work].state != WORK_OPEN)
            return "nobody sits at a closed work";
        for (size_t k = 0; k < i && x->state == SEAT_OPEN; k++)
            if (s->seats.p[k].state == SEAT_OPEN && s->seats.p[k].step == x->step && s->seats.p[k].ask == x->ask &&
                (!x->ask || s->seats.p[k].from == x->from) && str_eq(s->seats.p[k].who, x->who))
                return "nobody sits twice in one step";
    }
    for (size_t w = 0; w < s->works.n; w++) {
        bool open = false, waiting = false;
        for (size_t i = 0; i < s->seats.n && s->works.p[w].state == WORK_OPEN; i++)
            if (s->seats.p[i].work == (int32_t)w) {
                open |= s->seats.p[i].state == SEAT_OPEN;
                waiting |= s->seats.p[i].state == SEAT_WAITING;
            }
        if (waiting && !open)
            return "where somebody waits, somebody can act";
    }
    return NULL;
}

static const char *acts_check(const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->acts.n; i++) {
        const struct bpmn_act_row *a = &s->acts.p[i];
        bool own = a->op >= BPMN_OWN_ACTS && a->op < BPMN_OWN_ACTS_MAX;
        if (a->op < 0 || (a->op >= DO_ACTS && !own) || !row_or_none(a->seat, s->seats.n) || a->other < -1)
            return "an act is of the table";
        bool votes = a->op <= DO_READ && a->seat >= 0 && !a->struck;
        for (size_t k = 0; k < i && votes; k++) {
            const struct bpmn_act_row *b = &s->acts.p[k];
            if (a->seat == b->seat && b->op <= DO_READ && !b->struck)
                return "nobody acts twice on one version";
        }
        for (size_t k = 0; k < i && a->cmd.n; k++)
            if (str_eq(a->cmd, s->acts.p[k].cmd))
                return "a command is accepted once";
    }
    for (size_t i = 0; i < s->copies.n; i++)
        if (!row_or_none(s->copies.p[i].act, s->acts.n) || s->copies.p[i].order < 0)
            return "a copy was sent by an act";
    return NULL;
}

/* What state_index relies on. */
const char *bpmn_check_rows(const struct bpmn *m, const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->toks.n; i++)
        if (s->toks.p[i].scope < -1 || s->toks.p[i].scope >= (int32_t)s->fires.n || s->toks.p[i].place < 0 ||
            s->toks.p[i].place >= places_count(m))
            return "a token is in a place and a scope";
    for (size_t i = 0; i < s->fires.n; i++)
        if (s->fires.p[i].order < 0 || s->fires.p[i].order > BPMN_ROWS_MAX)
            return "a firing happened in an order";
    for (size_t i = 0; i < s->waits.n; i++)
        if (!row(s->waits.p[i].tok, s->toks.n) || !row(s->waits.p[i].event, m->event_count))
            return "a token waits for an event";
    for (size_t i = 0; i < s->vars.n; i++)
        if (!row(s->vars.p[i].scope, s->fires.n))
            return "a value belongs to a scope";
    return NULL;
}

const char *bpmn_check_state(const struct bpmn *m, const struct bpmn_state *s)
{
    if ((s->fires.n > 0 || s->toks.n > 0) && !row(s->process, m->node_count))
        return "a state belongs to a process of its model";
    const char *wrong = fires_check(m, s);
    if (!wrong)
        wrong = toks_check(m, s);
    if (!wrong)
        wrong = counts_check(s);
    if (!wrong)
        wrong = rest_check(m, s);
    if (!wrong)
        wrong = works_check(m, s);
    if (!wrong)
        wrong = seats_check(s);
    for (size_t i = 0; i < s->moments.n && !wrong; i++)
        if (s->moments.p[i].fire < (i ? s->moments.p[i - 1].fire + 1 : 0) || (size_t)s->moments.p[i].fire >= s->fires.n)
            wrong = "moments are of firings, in order";
    return wrong ? wrong : acts_check(s);
}
