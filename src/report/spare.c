/* 有数: what there is none of is not said. A sentence of a report is clauses: 参加学习2次，参加夜校0次，形成笔记0本。 A clause whose
 * figures are all nought or unknown is left out, and so are those without a figure that lean on it, up to the next ； or 。; the last that
 * stays takes the mark of the last that went. A sentence of which nothing stays goes with its mark. A pair that belongs together is
 * written as one clause: 收文{{收文数}}件、办结{{收文办结数}}件. */
#include "report/make.h"

enum mark_kind { MARK_NONE, MARK_COMMA, MARK_SEMICOLON, MARK_STOP };
static const str marks[] = {[MARK_NONE] = SC(""), [MARK_COMMA] = SC("，"), [MARK_SEMICOLON] = SC("；"), [MARK_STOP] = SC("。")};

struct clause {
    struct { struct report_run *p; size_t n, cap; } runs;
    bool counts, some;       /* it has a figure; one of them is not nought */
    enum mark_kind end;
    struct report_run mark;  /* the run that the mark is of */
};
struct clauses {
    struct op *op;
    struct clause now;
    int depth;               /* within brackets */
    struct { struct clause *p; size_t n, cap; } list;
};

static void clause_end(struct clauses *c, enum mark_kind mark, struct report_run run)
{
    if (!c->now.runs.n && mark == MARK_NONE)
        return;
    c->now.end = mark;
    c->now.mark = run;
    c->now.mark.text = marks[mark];
    *list_add(c->op, &c->list) = c->now;
    c->now = (struct clause){0};
}

static void piece_add(struct clauses *c, struct report_run run, size_t from, size_t to)
{
    run.at += run.words ? from : 0;
    run.text = str_part(run.text, from, to);
    if (run.text.n)
        *list_add(c->op, &c->now.runs) = run;
}

static void words_split(struct clauses *c, struct report_run run)
{
    static const str opens = SC("（"), closes = SC("）");
    size_t from = 0;
    for (size_t i = 0; i < run.text.n; i++) {
        str rest = str_part(run.text, i, run.text.n);
        c->depth += str_starts(rest, opens) - (c->depth > 0 && str_starts(rest, closes));
        for (enum mark_kind k = MARK_COMMA; k <= MARK_STOP && c->depth == 0; k++)
            if (str_starts(rest, marks[k])) {
                piece_add(c, run, from, i);
                clause_end(c, k, run);
                from = i + marks[k].n;
                i = from - 1;
                break;
            }
    }
    piece_add(c, run, from, run.text.n);
}

/* What may not be seen may be something. */
static bool is_some(const struct indicator_value *v)
{
    return v->denied || (v->known && dec_cmp(v->number, dec_of(0)) != 0);
}

/* What stays of the clauses, in the order they came. */
static void clauses_keep(struct clauses *c, struct making *m, bool *ret_counts, bool *ret_some)
{
    struct clause *last = NULL, *kept = op_array(c->op, struct clause, c->list.n + 1);
    size_t n = 0;
    bool leaning = false;
    for (size_t i = 0; i < c->list.n; i++) {
        struct clause *x = &c->list.p[i];
        bool gone = x->counts ? !x->some : leaning;
        *ret_counts |= x->counts;
        *ret_some |= x->counts && x->some;
        leaning = gone;
        if (!gone) {
            kept[n++] = *x;
            last = &kept[n - 1];
        } else if (last && x->end > last->end) {
            last->end = x->end;
            last->mark.text = marks[x->end];
        }
        if (x->end >= MARK_SEMICOLON)
            leaning = false;
        if (x->end == MARK_STOP)
            last = NULL;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < kept[i].runs.n; k++)
            *list_add(c->op, &m->runs) = kept[i].runs.p[k];
        if (kept[i].end != MARK_NONE)
            *list_add(c->op, &m->runs) = kept[i].mark;
    }
}

void spare_runs(struct making *m, size_t from, bool *ret_counts, bool *ret_some)
{
    struct clauses c = {.op = m->op};
    for (size_t i = from; i < m->runs.n; i++) {
        struct report_run run = m->runs.p[i];
        if (run.figure < 0 && run.words) {
            words_split(&c, run);
            continue;
        }
        *list_add(c.op, &c.now.runs) = run;
        if (run.figure >= 0) {
            c.now.counts = true;
            c.now.some = c.now.some || is_some(&m->figures.p[run.figure]);
        }
    }
    clause_end(&c, MARK_NONE, (struct report_run){.figure = -1});
    m->runs.n = from;
    clauses_keep(&c, m, ret_counts, ret_some);
}
