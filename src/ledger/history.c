/* What became of a record: who changed what, and what that means for somebody who had seen it before. */
#include "ledger/save.h"

enum { CONFLICTS_TOLD_MAX = 20 };

static bool body_values(struct op *op, const struct fact *f, const struct json **ret)
{
    struct json *body;
    *ret = NULL;
    if (f->destroyed || f->body.n == 0)
        return true;
    if (!json_parse(op, f->body, &body))
        return false;
    *ret = body;
    return true;
}

/* The title of what is referred to, as far as this person may read it; else *ret stays. */
static bool title_of(struct tx *tx, const struct who *who, const struct plan *target, str id_written, str *ret)
{
    id x;
    struct right right;
    struct row row;
    bool found;
    if (!id_parse(id_written, &x) || !right_ask(tx->op, who, target, ACT_READ, &right))
        return true;
    row_init(&row, tx, target);
    if (!row_load(&row, x, &found))
        return false;
    row.masked = right.masked;
    if (found)
        *ret = row_title(&row);
    return true;
}

/* A value in words: covered if it is sensitive, references by their titles, not their ids. */
static bool shown(struct tx *tx, const struct who *who, const bool *masked, const struct plan *p, const struct field *f,
                  const struct json *value, str *ret)
{
    struct op *op = tx->op;
    bool covered = masked && masked[field_index(p, f)];
    struct arg cell;
    if (!json_cell(op, f, value, &cell)) {
        *ret = value && value->text.n ? value->text : S("（空）");
        return true;
    }
    *ret = cell_text(op, f, covered ? cell_masked(op, f, cell) : cell);
    if (covered || !value || (f->type != F_REF && f->type != F_REFS))
        return true;
    const struct plan *target = p->targets[field_index(p, f)];
    if (f->type == F_REF)
        return title_of(tx, who, target, value->text, ret);
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *e = value->first; e; e = e->next) {
        str title = e->text;
        if (!title_of(tx, who, target, e->text, &title))
            return false;
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(title));
    }
    *ret = buf_str(&b);
    return true;
}

static bool json_same(struct op *op, const struct field *f, const struct json *a, const struct json *b)
{
    struct arg x, y;
    return json_cell(op, f, a, &x) && json_cell(op, f, b, &y) && cell_eq(x, y);
}

typedef bool difference_fn(void *context, const struct field *f, const struct json *before, const struct json *after);

static bool differences(struct op *op, const struct plan *p, const struct json *before, const struct json *after,
                        difference_fn *each, void *context)
{
    const struct json *old = json_get(before, S("值")), *new = json_get(after, S("值"));
    for (size_t i = 0; i < p->stored_count; i++) {
        const struct field *f = p->stored[i];
        if (f->type == F_COMPUTED)
            continue;
        const struct json *a = old ? json_get(old, f->name) : NULL, *b = new ? json_get(new, f->name) : NULL;
        if (!json_same(op, f, a, b) && !each(context, f, a, b))
            return false;
    }
    return true;
}

struct conflict {
    struct save *s;
    const bool *masked;
    const struct fact *fact;
    bool same_field;
    int told;
};

static bool conflict_tell(void *context, const struct field *f, const struct json *before, const struct json *after)
{
    struct conflict *c = context;
    struct op *op = c->s->op;
    c->same_field = c->same_field || c->s->touched[field_index(c->s->plan, f)];
    if (c->told++ >= CONFLICTS_TOLD_MAX)
        return true;
    str old, new;
    if (!shown(c->s->tx, c->s->who, c->masked, c->s->plan, f, before, &old) ||
        !shown(c->s->tx, c->s->who, c->masked, c->s->plan, f, after, &new))
        return false;
    (void)!op_fail(op, FAULT_CONFLICT, f->name, "%.*s于%.*s把“%.*s”由“%.*s”改为“%.*s”", PS(c->fact->account_name),
                   PS(time_said(op, c->fact->at)), PS(f->name), PS(old), PS(new));
    return true;
}

/* Who changed what to what since the version that was seen. Different fields are still for a person to decide. */
bool save_conflict(struct save *s, int64_t seen)
{
    struct fact *facts;
    size_t count;
    struct conflict c = {.s = s, .masked = fields_covered(s->op, s->who, s->plan)};
    const struct json *before = NULL, *after;
    int faults = s->op->fault_count;
    if (!fact_history(s->tx, s->plan->def.english, s->row.record, &facts, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (facts[i].version == 0)
            continue;
        if (!body_values(s->op, &facts[i], &after))
            return false;
        c.fact = &facts[i];
        if (facts[i].version > seen && before && !differences(s->op, s->plan, before, after, conflict_tell, &c))
            return false;
        if (facts[i].version > seen && facts[i].act == FACT_STATE)
            (void)!op_fail(s->op, FAULT_CONFLICT, S("状态"), "%.*s已把状态改为“%.*s”", PS(facts[i].account_name),
                           PS(facts[i].state));
        before = after;
    }
    if (c.told && !c.same_field)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "您和他人改的是不同的字段；请看过上面的改动，再决定是否保存");
    if (s->op->fault_count == faults)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "这条记录刚被他人改过，请刷新后再改");
    return false;
}

/* ---- history ----------------------------------------------------------------------------------------------------- */

struct history {
    struct tx *tx;
    const struct who *who;
    const struct plan *plan;
    const bool *masked;
    struct json *fields, **end;
};

static struct json *text_member(struct op *op, str key, str text)
{
    struct json *m = op_new(op, struct json);
    *m = (struct json){.kind = JSON_STRING, .key = key, .text = text};
    return m;
}

static bool history_add(void *context, const struct field *f, const struct json *before, const struct json *after)
{
    struct history *h = context;
    struct op *op = h->tx->op;
    str old = S(""), new = S("");
    if ((before && !shown(h->tx, h->who, h->masked, h->plan, f, before, &old)) ||
        (after && !shown(h->tx, h->who, h->masked, h->plan, f, after, &new)))
        return false;
    struct json *entry = *h->end = op_new(op, struct json);
    entry->kind = JSON_OBJECT;
    entry->count = 3;
    entry->first = text_member(op, S("字段"), f->name);
    entry->first->next = text_member(op, S("前"), old);
    entry->first->next->next = text_member(op, S("后"), new);
    h->end = &entry->next;
    h->fields->count++;
    return true;
}

bool record_history(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                    struct change **ret, size_t *ret_count)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct fact *facts;
    size_t count;
    bool found = false;
    struct row row;
    must(plan->town == town);
    if (!right_for(op, town, who, l, ACT_READ, &right))
        return false;
    row_init(&row, tx, plan);
    if (!row_load(&row, record, &found))
        return false;
    bool holds = right.all; /* a destroyed record has no row: its bare history is for those who see all */
    if (found && !right_holds(tx, plan, &right, record, &holds))
        return false;
    if (!fact_history(tx, l->english, record, &facts, &count))
        return false;
    if (!holds || count == 0)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录，或不在您岗位的范围内", PS(l->name));
    struct change *changes = op_array(op, struct change, count);
    const struct json *before = NULL, *body;
    for (size_t i = 0; i < count; i++) {
        struct change *c = &changes[count - 1 - i];
        struct history h = {tx, who, plan, right.masked, op_new(op, struct json), NULL};
        h.fields->kind = JSON_ARRAY;
        h.end = &h.fields->first;
        if (!body_values(op, &facts[i], &body))
            return false;
        if (facts[i].version > 0 && body) {
            if (!differences(op, plan, before, body, history_add, &h))
                return false;
            before = body;
        }
        *c = (struct change){.fact_no = facts[i].no,
                             .version = facts[i].version,
                             .at = facts[i].at,
                             .account = facts[i].account,
                             .account_name = facts[i].account_name,
                             .act = fact_act_name(facts[i].act),
                             .reason = body ? json_str(body, S("理由")) : S(""),
                             .fields = h.fields};
        if (facts[i].act == FACT_STATE) {
            struct json *entry = *h.end = op_new(op, struct json);
            entry->kind = JSON_OBJECT;
            entry->count = 3;
            entry->first = text_member(op, S("字段"), S("状态"));
            entry->first->next = text_member(op, S("前"), i ? facts[i - 1].state : S(""));
            entry->first->next->next = text_member(op, S("后"), facts[i].state);
            h.fields->count++;
        }
    }
    *ret = changes;
    *ret_count = count;
    return true;
}
