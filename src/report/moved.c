/* 差异单: which figures of a frozen report are not what they were, and which records moved them: those that are counted, and those
 * of other ledgers that the condition looks at through a reference or a count. */
#include "report/inner.h"

struct moves {
    struct moved *p;
    size_t n, cap;
};

/* One figure, and who asks what moved it. */
struct asking {
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct ledger *ledger; /* that is counted */
    str then, now;               /* conditions */
    int64_t since;
};
/* Whether a record has changed is the town's affair; what of it is told is the reader's (moves_told). */
static const struct who office = {.name = SC("系统"), .system = true};

static str is_record(struct op *op, str id_said)
{
    return op_text(op, "id = \"%.*s\"", PS(id_said));
}

/* How many of the counted ledger are `which` and within the condition, at that fact (0: now). one: at most one can be. */
[[nodiscard]] static bool counted(struct asking *t, str which, bool one, str where, int64_t as_of, int64_t *ret)
{
    struct list_page page;
    str both = op_text(t->tx->op, "%.*s%s%.*s%s", PS(which), where.n ? " and (" : "", PS(where), where.n ? ")" : "");
    struct list_query q = {.where = both, .limit = 1, .as_of_fact = as_of, .count = !one};
    if (!list_read(t->tx, t->town, t->who, t->ledger, &q, &page))
        return false;
    *ret = one ? (int64_t)page.record_count : page.count;
    return true;
}

/* Who did what to the record last, and why: the newest fact that carries its values. */
[[nodiscard]] static bool moved_why(struct tx *tx, const struct fact *fact, struct moved *ret)
{
    struct json *body;
    int faults = tx->op->fault_count;
    *ret = (struct moved){.record = fact->record,
                          .who = op_copy(tx->op, fact->account_name),
                          .act = fact_act_name(fact->act),
                          .at = fact->at};
    if (fact->body.n && json_parse(tx->op, fact->body, &body))
        ret->reason = op_copy(tx->op, json_str(body, S("理由")));
    op_forgive(tx->op, faults);
    return true;
}

static bool met_before(const struct moves *all, id record)
{
    for (size_t i = 0; i < all->n; i++)
        if (id_eq(all->p[i].record, record))
            return true;
    return false;
}

/* The record is of the counted ledger: is it another one that counts, then or now? */
[[nodiscard]] static bool counted_moved(struct asking *t, struct moved *m, bool *ret)
{
    int64_t then, now;
    str one = is_record(t->tx->op, id_text(t->tx->op, m->record));
    if (!counted(t, one, true, t->then, t->since, &then) || !counted(t, one, true, t->now, 0, &now))
        return false;
    m->counted_before = then > 0;
    m->counted_now = now > 0;
    *ret = then || now;
    return true;
}

/* ---- records of other ledgers ---------------------------------------------------------------------------------------- */

/* Was it there at the time, and has what is asked of it changed since? */
[[nodiscard]] static bool asked_changed(struct asking *t, const struct walk *walk, id record, bool *ret)
{
    struct change *history;
    size_t count;
    bool known = false;
    *ret = false;
    if (!record_history(t->tx, t->town, &office, walk->ledger, record, &history, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        known = known || history[i].fact_no <= t->since;
        for (const struct json *f = history[i].fields ? history[i].fields->first : NULL; f && history[i].fact_no > t->since; f = f->next)
            *ret = *ret || !walk->field || str_eq(json_str(f, S("字段")), walk->field->name);
        *ret = *ret || (history[i].fact_no > t->since && !walk->field); /* its state, or withdrawn */
    }
    *ret = *ret && (known || walk->back);
    return true;
}

/* What a record refers to by that field, at that fact (0: now), as a condition; empty: nothing, or it is not there. */
[[nodiscard]] static bool counted_by(struct asking *t, const struct walk *walk, id record, int64_t as_of, str *ret)
{
    struct op *op = t->tx->op;
    struct list_page page;
    struct list_query q = {.where = is_record(op, id_text(op, record)), .limit = 1, .as_of_fact = as_of};
    *ret = S("");
    if (!list_read(t->tx, t->town, &office, walk->ledger, &q, &page))
        return false;
    str one = page.record_count ? json_str(page.records[0].values, walk->back->name) : S("");
    if (one.n)
        *ret = is_record(op, one);
    return true;
}

/* How many that are counted it carried then, and carries now. */
[[nodiscard]] static bool carried(struct asking *t, const struct walk *walk, struct moved *m)
{
    struct op *op = t->tx->op;
    str by_then = op_text(op, "%.*s = \"%.*s\"", PS(walk->path), PS(id_text(op, m->record))), by_now = by_then;
    if (walk->back && (!counted_by(t, walk, m->record, t->since, &by_then) || !counted_by(t, walk, m->record, 0, &by_now)))
        return false;
    /* who counted it then counts one less now, and the other way round */
    for (int k = 0; k < 2; k++) {
        str by = k ? by_now : by_then;
        int64_t then, now;
        if (!by.n || (k && str_eq(by_then, by_now)))
            continue;
        if (!counted(t, by, false, t->then, t->since, &then) || !counted(t, by, false, t->now, 0, &now))
            return false;
        m->rows_before += then;
        m->rows_now += now;
    }
    return true;
}

/* The walk looks at the record: has it, changed in what is asked of it, made the counted ones others? */
[[nodiscard]] static bool carried_moved(struct asking *t, const struct walk *walk, struct moved *m, bool *ret)
{
    if (!asked_changed(t, walk, m->record, ret) || (*ret && !carried(t, walk, m)))
        return false;
    *ret = *ret && (m->rows_before != m->rows_now || (walk->valued && m->rows_now));
    m->through = t->ledger;
    m->counted_before = m->rows_before > 0;
    m->counted_now = m->rows_now > 0;
    return true;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------- */

/* Records changed after the fact that moved the figure, newest first: of the counted ledger, or that the walk looks at. */
[[nodiscard]] static bool moves_find(struct asking *t, const struct walk *walk, struct moves *ret)
{
    struct moves seen = {0};
    const struct ledger *l = walk ? walk->ledger : t->ledger;
    struct fact_query q = {.ledger = l->english, .limit = FACT_LIST_MAX};
    struct fact *facts;
    size_t count = 1;
    for (bool more = true; more && ret->n < MOVED_MAX;) {
        if (!fact_list(t->tx, &q, &facts, &count))
            return false;
        more = count == FACT_LIST_MAX;
        for (size_t i = 0; i < count && ret->n < MOVED_MAX; i++) {
            struct moved m;
            bool moved;
            more = more && facts[i].no > t->since;
            if (facts[i].no <= t->since)
                break;
            q.before = facts[i].no;
            if (facts[i].version == 0 || met_before(&seen, facts[i].record) || (walk && met_before(ret, facts[i].record)))
                continue;
            if (!moved_why(t->tx, &facts[i], &m))
                return false;
            *list_add(t->tx->op, &seen) = m;
            m.ledger = l;
            if (!(walk ? carried_moved(t, walk, &m, &moved) : counted_moved(t, &m, &moved)))
                return false;
            if (moved)
                *list_add(t->tx->op, ret) = m;
        }
    }
    return true;
}

/* ---- what is told of them ---------------------------------------------------------------------------------------------- */

/* Its changes since: the first of the history, which is newest first. */
static void changes_take(struct moved *m, const struct change *history, size_t count, int64_t since)
{
    m->changes = history;
    for (m->change_count = 0; m->change_count < count && history[m->change_count].fact_no > since; m->change_count++)
        ;
}

/* Titles and changes as the reader may see them. */
[[nodiscard]] static bool moves_told(struct tx *tx, const struct town *town, const struct who *who, int64_t since,
                                     struct moves *moves)
{
    struct op *op = tx->op;
    for (size_t i = 0; i < moves->n; i++) {
        struct moved *m = &moves->p[i];
        struct change *history;
        struct record *r;
        size_t count;
        int faults = op->fault_count;
        if (record_get(tx, town, who, m->ledger, m->record, &r))
            m->title = r->title;
        if (!op_has_fault(op, FAULT_SYSTEM) && record_history(tx, town, who, m->ledger, m->record, &history, &count))
            changes_take(m, history, count, since);
        if (op_has_fault(op, FAULT_SYSTEM))
            return false;
        op_forgive(op, faults); /* withdrawn, or not for these eyes: that it changed is still told */
    }
    return true;
}

/* The part as it was frozen; NULL: parts were not kept then, or it was not one of them. */
static const struct json *part_kept(const struct json *figure, str name)
{
    const struct json *parts = figure ? json_get(figure, S("部分")) : NULL;
    for (const struct json *p = parts ? parts->first : NULL; p; p = p->next)
        if (str_eq(json_str(p, S("名")), name))
            return p;
    return NULL;
}

/* What is made of parts moves with any of them. `kept`: the figure as it was frozen, whose condition shows what was
 * counted then; a part that was not kept is asked as it is defined now. */
[[nodiscard]] static bool moves_of(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator *i, const struct indicator_ask *asked,
                                   const struct json *kept, int64_t since, struct moves *ret)
{
    str now, then;
    for (size_t k = 0; k < i->part_count; k++)
        if (!moves_of(tx, town, who, i->parts[k].of, asked, part_kept(kept, i->parts[k].of->name), since, ret))
            return false;
    if (i->part_count)
        return true;
    if (!indicator_where(tx->op, i, asked, &now))
        return false;
    then = kept ? json_str(kept, S("条件")) : S("");
    struct asking t = {tx, town, who, i->ledger, then.n ? then : now, now, since};
    struct walk *walks;
    size_t count;
    if (!moves_find(&t, NULL, ret))
        return false;
    walks_of(tx->op, i->ledger, now, i->of, &walks, &count);
    for (size_t k = 0; k < count; k++)
        if (!moves_find(&t, &walks[k], ret))
            return false;
    return true;
}

static void parts_changed(struct op *op, const struct indicator_value *v, const struct json *kept,
                          struct report_change *c)
{
    c->parts = op_array(op, struct part_change, v->indicator->part_count + 1);
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++) {
        const struct indicator_part *p = &v->indicator->parts[k];
        const struct json *then = part_kept(kept, p->of->name);
        str before = then ? json_str(then, S("值")) : S("");
        if (!str_eq(before, v->parts[k].text))
            c->parts[c->part_count++] = (struct part_change){p->sign, p->of->name, before, v->parts[k].text};
    }
}

static bool is_own(const struct who *who, const struct frozen *f)
{
    return who->system || (!id_none(f->account) && id_eq(who->account, f->account));
}

/* What was frozen was counted for somebody else's eyes: it is shown to that account, and to who sees every row
 * anyway. */
static bool may_see(struct tx *tx, const struct town *town, const struct who *who, const struct frozen *f,
                    const struct indicator *i)
{
    struct right right;
    if (is_own(who, f))
        return true;
    for (size_t k = 0; k < i->part_count; k++)
        if (!may_see(tx, town, who, f, i->parts[k].of))
            return false;
    if (i->part_count)
        return true;
    return right_ask(tx->op, who, plan_of(i->ledger), ACT_READ, &right) && right.all &&
           plan_of(i->ledger)->town == town;
}

/* What was written out was seen with the eyes of who froze it: every record, and these fields as they are. */
static bool may_see_told(struct tx *tx, const struct town *town, const struct who *who, const struct json *told)
{
    const struct ledger *l = town_ledger(town, json_str(told, S("台账")));
    const struct json *fields = json_get(told, S("字段"));
    struct right right;
    if (!l || !fields || !right_ask(tx->op, who, plan_of(l), ACT_READ, &right) || !right.all)
        return false;
    for (const struct json *j = fields->first; j; j = j->next) {
        const struct field *f = ledger_field(l, j->text);
        if (!f || (right.masked && right.masked[f - l->fields]))
            return false;
    }
    return true;
}

bool report_frozen_text(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                        const struct frozen *f, const struct json **ret)
{
    bool own = is_own(who, f);
    const struct json *figures = json_get(f->body, S("数字"));
    *ret = NULL;
    for (const struct json *j = figures ? figures->first : NULL; !own && j; j = j->next) {
        const struct indicator *i = indicator_find(all, json_str(j, S("名")));
        if (!i || !may_see(tx, town, who, f, i))
            return true;
    }
    const struct json *told = json_get(f->body, S("写出"));
    if (!own && !told) /* frozen by an older program: it is not known what it writes out */
        return true;
    for (const struct json *j = told ? told->first : NULL; !own && j; j = j->next)
        if (!may_see_told(tx, town, who, j))
            return true;
    *ret = json_get(f->body, S("正文"));
    return true;
}

bool report_changes(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                    const struct frozen *f, struct report_change **ret, size_t *ret_count)
{
    struct { struct report_change *p; size_t n, cap; } changes = {0};
    struct indicator_ask asked = {.from = f->from, .to = f->to, .person = f->person};
    const struct json *figures = json_get(f->body, S("数字"));
    for (const struct json *j = figures ? figures->first : NULL; j; j = j->next) {
        const struct indicator *i = indicator_find(all, json_str(j, S("名")));
        struct report_change c = {.name = json_str(j, S("名")), .before = json_str(j, S("值")), .now = S("指标已取消")};
        struct indicator_value v = {0};
        struct moves moves = {0};
        if (i && !may_see(tx, town, who, f, i))
            continue;
        if (i && !indicator_value(tx, town, who, i, &asked, &v))
            return false;
        c.now = i ? v.text : c.now;
        if (str_eq(c.before, c.now))
            continue;
        if (i && !v.denied &&
            (!moves_of(tx, town, who, i, &asked, j, f->fact_no, &moves) || !moves_told(tx, town, who, f->fact_no, &moves)))
            return false;
        if (i && !v.denied)
            parts_changed(tx->op, &v, j, &c);
        c.moved = moves.p;
        c.moved_count = moves.n;
        *list_add(tx->op, &changes) = c;
    }
    *ret = changes.p;
    *ret_count = changes.n;
    return true;
}
