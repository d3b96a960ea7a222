/* What people said at the steps of a case, as it stands on paper: for prints, and kept in fields of the record (zw:words,
 * zw:readers) so that registers, sheets, searches and conditions read it like every other field. The case is where it is said. */
#include "flow/inner.h"

/* ---- reading --------------------------------------------------------------------------------------------------- */

str moment_shown(struct op *op, time_ms at)
{
    if (!at)
        return S("");
    str date = day_shown(op, day_at(at)), clock = clock_said(op, at);
    return op_text(op, "%.*s %.*s", PS(date), PS(clock));
}

/* The step that a print means (意见:批示): of that name in the version the case runs on; else the one that another version of the
 * procedure called so, so that a step keeps its place on the slip when it is given another name; else of that id. */
bool step_meant(const struct flow_tx *f, int node, str word)
{
    const struct bpmn *m = f->run.model;
    str element = bpmn_node_id(m, node);
    if (bpmn_named(m, word))
        return str_eq(bpmn_node_name(m, node), word);
    bool called = str_eq(element, word);
    for (size_t i = 0; i < f->flow->all.n && !called; i++) {
        const struct procedure *other = f->flow->all.p[i];
        int same = str_eq(other->key, f->procedure->key) ? bpmn_node(other->model, element) : -1;
        called = same >= 0 && str_eq(bpmn_node_name(other->model, same), word);
    }
    return called;
}

/* Somebody answered, and it counts. What was struck is not shown as said. */
static bool spoken(const struct bpmn_state *s, size_t act)
{
    const struct bpmn_act_row *a = &s->acts.p[act];
    return (a->op <= DO_READ || a->op == DO_AFTER) && !a->struck && a->work >= 0 && (size_t)a->work < s->works.n;
}

int32_t word_at(const struct flow_tx *f, str step, int32_t after)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = (size_t)(after + 1); i < s->acts.n; i++)
        if (spoken(s, i) && step_meant(f, s->works.p[s->acts.p[i].work].node, step))
            return (int32_t)i;
    return -1;
}

int32_t word_mended(const struct flow_tx *f, int32_t word, int32_t after)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = (size_t)(after + 1); i < s->acts.n; i++) {
        int32_t about = (int32_t)i;
        for (size_t step = 0; step < s->acts.n && about >= 0 && s->acts.p[about].op == DO_CORRECT; step++)
            about = s->acts.p[about].other;
        if (s->acts.p[i].op == DO_CORRECT && !s->acts.p[i].struck && about == word)
            return (int32_t)i;
    }
    return -1;
}

int32_t word_last(const struct flow_tx *f, str step)
{
    int32_t last = -1;
    for (int32_t at = word_at(f, step, -1); at >= 0; at = word_at(f, step, at))
        last = at;
    return last;
}

str word_said(const struct flow_tx *f, const struct bpmn_act_row *a)
{
    if (a->op == DO_CORRECT)
        return op_text(f->op, "补正：%.*s", PS(a->opinion));
    return a->opinion.n       ? a->opinion
           : a->op == DO_READ ? S("已阅")
                              : seat_word(f->run.model, &f->run.state, a->seat, a->op);
}

str word_speaker(const struct flow_tx *f, struct names *names, const struct bpmn_act_row *a)
{
    str actor = names_of(names, a->actor);
    const struct proof *proof = case_proof(f, (int32_t)(a - f->run.state.acts.p));
    return a->for_whom.n && !str_eq(a->for_whom, a->actor)
               ? op_text(f->op, "%.*s（%.*s%s）", PS(names_of(names, a->for_whom)), PS(actor), proof && proof->recorded ? "代录" : "代")
               : actor;
}

str word_signed(const struct flow_tx *f, const struct bpmn_act_row *a)
{
    const struct proof *proof = case_proof(f, (int32_t)(a - f->run.state.acts.p));
    return proof ? proof->signature : S("");
}

str word_whole(const struct flow_tx *f, struct names *names, int32_t at)
{
    const struct bpmn_act_row *acts = f->run.state.acts.p;
    struct buf b;
    buf_init(&b, f->op, 0);
    buf_add(&b, word_said(f, &acts[at]));
    for (int32_t more = word_mended(f, at, at); more >= 0; more = word_mended(f, at, more))
        buf_text(&b, "（%.*s　%.*s　%.*s）", PS(word_said(f, &acts[more])), PS(word_speaker(f, names, &acts[more])),
                 PS(moment_shown(f->op, acts[more].at)));
    return buf_str(&b);
}

/* ---- kept in the record ---------------------------------------------------------------------------------------- */

/* 查干巴拉：请抓紧落实（2021年7月9日）, one line each, in the order in which it was said. False: the case has not been at that step, and has nothing to say of it:
 * what was written there by hand stays. */
static bool answers_line(const struct flow_tx *f, struct names *names, int node, str *ret)
{
    const struct bpmn_state *s = &f->run.state;
    struct buf b;
    bool reached = false;
    buf_init(&b, f->op, 0);
    for (size_t i = 0; i < s->works.n && !reached; i++)
        reached = s->works.p[i].node == node;
    for (size_t i = 0; i < s->acts.n; i++) {
        const struct bpmn_act_row *a = &s->acts.p[i];
        if (spoken(s, i) && s->works.p[a->work].node == node)
            buf_text(&b, "%s%.*s：%.*s（%.*s）", b.n ? "\n" : "", PS(word_speaker(f, names, a)), PS(word_whole(f, names, (int32_t)i)),
                     PS(day_shown(f->op, day_at(a->at))));
    }
    *ret = buf_str(&b);
    return reached;
}

/* 恩和其其格：已阅（2021年7月10日）; whoever has not read it yet stands there too. */
static bool readers_line(const struct flow_tx *f, struct names *names, str *ret)
{
    const struct bpmn_state *s = &f->run.state;
    struct buf b;
    buf_init(&b, f->op, 0);
    for (size_t i = 0; i < s->copies.n; i++) {
        const struct bpmn_copy *c = &s->copies.p[i];
        if (c->recalled)
            continue;
        buf_text(&b, "%s%.*s：", b.n ? "\n" : "", PS(names_of(names, c->who)));
        if (c->read_at)
            buf_text(&b, "%.*s（%.*s）", PS(c->note.n ? c->note : S("已阅")), PS(day_shown(f->op, day_at(c->read_at))));
        else
            buf_text(&b, "未阅");
    }
    *ret = buf_str(&b);
    return s->copies.n > 0;
}

bool words_keep(struct flow_tx *f)
{
    const struct procedure *p = f->procedure;
    struct names names;
    if (!p->word_count || f->withdrawn)
        return true;
    if (!f->values && !case_record(f))
        return false;
    names_init(&names, f->tx, f->flow);
    for (size_t i = 0; i < p->word_count; i++) {
        const struct procedure_words *w = &p->words[i];
        str line;
        bool says = w->node < 0 ? readers_line(f, &names, &line) : answers_line(f, &names, w->node, &line);
        if (names.failed || (says && !str_eq(json_str(f->values, w->field), line) && !case_field(f, w->field, line, S("照办理中的意见"))))
            return false;
    }
    return true;
}
