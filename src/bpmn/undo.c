/* Causal undo: a firing and everything it caused, taken back; and given back again.
 *
 * What remains after an undo is a causally closed part of a real run, so the marking is one that the process can reach.
 * Moving tokens by hand does not have this property: it leaves joins that wait for ever, or branches that run twice. */
#include "bpmn/office.h"

static bool counts(const struct bpmn_run *run, size_t f)
{
    const struct bpmn_fire *x = &run->state.fires.p[f];
    return x->undone < 0 && x->kind != FIRE_UNDO && x->kind != FIRE_REDO;
}

/* An inclusive join went because nothing could reach it any more. If a member used a token that would have held it up, that
 * reason falls with the member, and so does the join. One that could as well have come by a way that was taken held up
 * nothing, then as now: a branch in a loop does not fall with its neighbour. */
static bool join_falls(struct bpmn_run *run, size_t fire, const bool *members)
{
    const struct bpmn *m = run->model;
    const struct bpmn_state *s = &run->state;
    const struct bpmn_fire *f = &s->fires.p[fire];
    const struct node *n = &m->nodes[f->node];
    if (f->kind != FIRE_PASS || (n->kind != NODE_OR && n->kind != NODE_COMPLEX) || n->in.n < 2)
        return false;
    struct mark mark = op_mark(run->op);
    size_t places = m->edge_count + m->node_count;
    uint8_t *to_full = op_array(run->op, uint8_t, places + 1), *to_empty = op_array(run->op, uint8_t, places + 1);
    int32_t *todo = op_array(run->op, int32_t, m->edge_count + 1);
    bool falls = false;
    for (size_t i = 0; i < n->in.n; i++) { /* a complex one may have gone with any: whatever leads there counts */
        bool full = n->kind == NODE_OR && way_used(run, (int32_t)fire, n->in.p[i]);
        reach_from(m, n->in.p[i], f->node, !full, full ? to_full : to_empty, todo);
    }
    for (size_t t = 0; t < s->toks.n && !falls; t++) {
        const struct bpmn_tok *k = &s->toks.p[t];
        if (k->scope != f->scope || k->used < 0 || s->fires.p[k->used].order >= f->order || !members[k->used] ||
            s->fires.p[k->used].undone >= 0)
            continue;
        size_t place =
            k->place < (int32_t)m->edge_count ? (size_t)k->place : m->edge_count + (size_t)place_node(m, k->place);
        falls = to_empty[place] && !to_full[place];
    }
    op_reset(run->op, mark);
    return falls;
}

static bool follows(struct bpmn_run *run, size_t g, const bool *members, const bool *used_by, const bool *held)
{
    const struct bpmn_fire *f = &run->state.fires.p[g];
    if (used_by[g])
        return true;
    if (f->read >= 0 && members[run->state.toks.p[f->read].made])
        return true;
    if (f->cause >= 0 && f->kind != FIRE_COMPENSATE && members[f->cause])
        return true;
    if ((f->kind == FIRE_DONE || f->kind == FIRE_CLOSE || f->kind == FIRE_END) && f->data >= 0 && held[f->data])
        return true; /* the end of a scope follows from all that happened in it */
    return join_falls(run, g, members);
}

void future_of(struct bpmn_run *run, int32_t fire, bool *members)
{
    const struct bpmn_state *s = &run->state;
    size_t n = s->fires.n;
    struct mark mark = op_mark(run->op);
    bool *used_by = op_array(run->op, bool, n + 1), *held = op_array(run->op, bool, n + 1), changed = true;
    memset(members, 0, n * sizeof *members);
    members[fire] = true;
    while (changed) {
        changed = false;
        memset(used_by, 0, n * sizeof *used_by);
        memset(held, 0, n * sizeof *held);
        for (size_t t = 0; t < s->toks.n; t++)
            if (members[s->toks.p[t].made] && s->toks.p[t].used >= 0)
                used_by[s->toks.p[t].used] = true;
        for (size_t f = 0; f < n; f++)
            if (members[f] && s->fires.p[f].scope >= 0)
                held[s->fires.p[f].scope] = true;
        for (size_t g = 0; g < n; g++)
            if (!members[g] && counts(run, g) && follows(run, g, members, used_by, held)) {
                members[g] = changed = true;
                for (size_t t = 0; t < s->toks.n; t++)
                    if (s->toks.p[t].made == (int32_t)g && s->toks.p[t].used >= 0)
                        used_by[s->toks.p[t].used] = true;
                if (s->fires.p[g].scope >= 0)
                    held[s->fires.p[g].scope] = true;
            }
    }
    op_reset(run->op, mark);
}

static void log_change(struct bpmn_run *run, int32_t fire, int32_t tok, int32_t before, int32_t after)
{
    *list_add(run->op, &run->state.undos) = (struct bpmn_undo){fire, tok, before, after};
}

int32_t undo(struct bpmn_run *run, int32_t fire, const bool *members)
{
    struct bpmn_state *s = &run->state;
    size_t n = s->fires.n, tok_count = s->toks.n;
    int32_t u = fire_add(run, FIRE_UNDO, FIRE(run, fire).node, FIRE(run, fire).scope);
    FIRE(run, u).cause = fire;
    for (size_t t = 0; t < tok_count; t++) {
        int32_t made = TOK(run, t).made, used = TOK(run, t).used;
        if (members[made] && used < 0) {
            work_closed(run, (int32_t)t, WORK_WITHDRAWN);
            tok_use(run, (int32_t)t, u);
            log_change(run, u, (int32_t)t, -1, u);
        }
    }
    for (size_t f = 0; f < n; f++)
        if (members[f])
            FIRE(run, f).undone = u;
    for (size_t t = 0; t < tok_count; t++) {
        int32_t made = TOK(run, t).made, used = TOK(run, t).used;
        if (used >= 0 && used < (int32_t)n && members[used] && !members[made]) {
            tok_revive(run, (int32_t)t);
            log_change(run, u, (int32_t)t, used, -1);
        }
    }
    run->seen_vars = run->seen_inputs = (size_t)-1;
    return u;
}

/* What the undone firings would use again of a scope that is open now is all that lives in it: nothing has begun there
 * meanwhile that would be left behind when it closes again (an event sub-process, a boundary's other way). */
static bool scope_as_left(const struct bpmn_run *run, int32_t undone, int32_t tok)
{
    const struct bpmn_state *s = &run->state;
    int32_t scope = tok_scope_opened(run, tok);
    bool as_left = true;
    for (size_t i = 0; i < s->live.n && scope >= 0 && as_left; i++) {
        int32_t t = s->live.p[i];
        bool used = !scope_within(run, TOK(run, t).scope, scope);
        for (size_t k = 0; k < s->undos.n && !used; k++)
            used = s->undos.p[k].undo == undone && s->undos.p[k].tok == t && s->undos.p[k].before >= 0;
        as_left = used;
    }
    return as_left;
}

/* Everything the undone firings need from outside must still be there, and nothing else. */
bool redo_possible(const struct bpmn_run *run, int32_t undone)
{
    const struct bpmn_state *s = &run->state;
    int32_t first = FIRE(run, undone).cause;
    if (FIRE(run, undone).undone >= 0)
        return false;
    for (size_t i = 0; i < s->undos.n; i++) {
        const struct bpmn_undo *u = &s->undos.p[i];
        if (u->undo == undone && u->before >= 0 && u->before != first &&
            (!tok_live(run, u->tok) || !scope_as_left(run, undone, u->tok)))
            return false;
    }
    for (size_t f = 0; f < s->fires.n; f++) /* and the scopes it happened in still open */
        if (s->fires.p[f].undone == undone && s->fires.p[f].scope >= 0 && s->fires.p[s->fires.p[f].scope].undone >= 0 &&
            s->fires.p[s->fires.p[f].scope].undone != undone)
            return false;
    return true;
}

/* Gives back what `undone` took, with the firing `instead` in the place of the one that was undone first. */
void redo(struct bpmn_run *run, int32_t undone, int32_t instead)
{
    struct bpmn_state *s = &run->state;
    int32_t first = FIRE(run, undone).cause;
    size_t rows = s->undos.n;
    for (int32_t last = -1;
         ;) { /* they happen again, after what stands in the first one's place, in the order they had */
        int32_t next = -1;
        for (size_t f = 0; f < s->fires.n; f++)
            if (s->fires.p[f].undone == undone && (int32_t)f != first && s->fires.p[f].order > last &&
                (next < 0 || s->fires.p[f].order < s->fires.p[next].order))
                next = (int32_t)f;
        if (next < 0)
            break;
        last = s->fires.p[next].order;
        s->fires.p[next].undone = -1;
        s->fires.p[next].order = s->orders++;
    }
    for (size_t t = 0; t < s->toks.n; t++)
        if (s->toks.p[t].made == first)
            s->toks.p[t].made = instead;
    for (size_t i = 0; i < rows; i++) {
        struct bpmn_undo u = s->undos.p[i];
        if (u.undo != undone)
            continue;
        if (u.before < 0 && TOK(run, u.tok).used == undone)
            tok_revive(run, u.tok);
        else if (u.before >= 0 && u.before != first && tok_live(run, u.tok)) {
            work_closed(run, u.tok, WORK_WITHDRAWN);
            tok_use(run, u.tok, u.before);
        }
    }
    run->seen_vars = run->seen_inputs = (size_t)-1;
}
