/* What must hold of every state. A state that comes from bytes is judged by the same rules. */
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
        if (!row_or_none(f->act, s->acts.n))
            return "a firing belongs to an act";
        bool began = f->kind == FIRE_DONE || f->kind == FIRE_CLOSE;
        if (began && !row(f->data, i))
            return "an end follows its beginning";
        if (f->kind == FIRE_COMPENSATE && (!row_or_none(f->data, m->node_count) || !row(f->cause, i)))
            return "a compensation has a scope and perhaps an activity";
    }
    return s->fires.n && (s->fires.p[0].kind != FIRE_OPEN || s->fires.p[0].tok < 0 || s->fires.p[0].node != s->process ||
                          m->nodes[s->process].kind != NODE_PROCESS)
               ? "the first firing opens the process"
               : NULL;
}

/* A scope is open while the token that stands for it is live. */
static bool scope_is_open(const struct bpmn_state *s, int32_t scope)
{
    return scope < 0 || (s->fires.p[scope].undone < 0 && s->fires.p[scope].tok >= 0 && s->toks.p[s->fires.p[scope].tok].used < 0);
}

static const char *toks_check(const struct bpmn *m, const struct bpmn_state *s)
{
    size_t live = 0;
    for (size_t i = 0; i < s->toks.n; i++) {
        const struct bpmn_tok *t = &s->toks.p[i];
        if (t->place < 0 || t->place >= places_count(m))
            return "a token is in a place of the model";
        if (!row(t->made, s->fires.n) || t->scope < -1 || t->scope > t->made || t->index < 0)
            return "a token is made by one firing, in a scope";
        if (t->used < -1 || t->used >= (int32_t)s->fires.n || (t->used >= 0 && t->used <= t->made))
            return "a token is used after it was made, by at most one firing";
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
        if (!row(s->live.p[i], s->toks.n) || s->toks.p[s->live.p[i]].used >= 0 || (i && s->live.p[i] <= s->live.p[i - 1]))
            return "the list of live tokens is in order";
    return NULL;
}

static const char *counts_check(const struct bpmn_state *s)
{
    int64_t counted = 0, live = 0;
    for (size_t i = 0; i < s->fires.n; i++)
        counted += s->fires.p[i].live;
    for (size_t i = 0; i < s->live.n; i++)
        live += s->toks.p[s->live.p[i]].scope >= 0;
    return counted != live ? "every scope knows how many tokens are in it" : NULL;
}

static const char *rest_check(const struct bpmn *m, const struct bpmn_state *s)
{
    for (size_t i = 0; i < s->waits.n; i++) {
        const struct bpmn_wait *w = &s->waits.p[i];
        if (!row(w->tok, s->toks.n) || !row(w->event, m->event_count) || !row(w->made, s->fires.n) || !row_or_none(w->used, s->fires.n) ||
            w->left < -1 || w->every < 0)
            return "a clock belongs to a token and an event";
    }
    for (size_t i = 0; i < s->vars.n; i++)
        if (!row(s->vars.p[i].scope, s->fires.n) || !row(s->vars.p[i].made, s->fires.n))
            return "a value belongs to a scope and a firing";
    for (size_t i = 0; i < s->undos.n; i++) {
        const struct bpmn_undo *u = &s->undos.p[i];
        if (!row(u->undo, s->fires.n) || !row(u->tok, s->toks.n) || !row_or_none(u->before, s->fires.n) || !row_or_none(u->after, s->fires.n))
            return "an undo names tokens and firings";
    }
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
    return wrong ? wrong : rest_check(m, s);
}
