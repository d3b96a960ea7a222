/* zw:none="救助对象.批次：评议.达到法定人数 = false" of a task: as long as such a record refers to the case's own, the step cannot be done,
 * and whoever does it is told which and what to do. Only of what they may see: a village answers for its own. */
#include "flow/inner.h"

enum { NAMED_MAX = 3 };

struct nones {
    struct procedure_none *p;
    size_t n, cap;
};

/* 台账.字段：条件 */
static bool none_read(const struct town *town, const struct procedure *p, str text, struct procedure_none *ret)
{
    const str mark = S("：");
    size_t at;
    str name, by;
    if (!str_find(text, mark, &at) || !str_split(str_part(text, 0, at), '.', &name, &by))
        return false;
    const struct ledger *l = town_ledger(town, str_trim(name));
    const struct field *f = l ? ledger_field(l, str_trim(by)) : NULL;
    ret->ledger = l;
    ret->by = f ? f->name : S("");
    ret->where = str_trim(str_part(text, at + mark.n, text.n));
    return f && f->type == F_REF && str_eq(f->target, p->ledger->name) && ret->where.n > 0;
}

static bool none_add(struct op *op, const struct town *town, const struct procedure *p, const struct xtree *e, struct nones *ret)
{
    struct procedure_none none = {.node = bpmn_node(p->model, xtree_attr(e, "id")), .cure = xtree_attr(e, "cure")};
    str place = op_text(op, "%.*s 第%d行", PS(p->file), e->line), trouble;
    if (!none_read(town, p, xtree_attr(e, "none"), &none) || !none.cure.n)
        return op_fail(op, FAULT_INPUT, place, "zw:none=“%.*s”须写成 台账.引用本记录的字段：条件，并写 zw:cure（怎么办）", PS(xtree_attr(e, "none")));
    if (!ledger_condition(op, none.ledger, none.where, &trouble))
        return op_fail(op, FAULT_INPUT, place, "zw:none 的条件“%.*s”：%.*s", PS(none.where), PS(trouble));
    *list_add(op, ret) = none;
    return true;
}

static bool nones_within(struct op *op, const struct town *town, const struct procedure *p, const struct xtree *e, struct nones *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        if (xtree_is(c, "userTask") && xtree_attr(c, "none").n)
            ok = none_add(op, town, p, c, ret) && ok;
        ok = nones_within(op, town, p, c, ret) && ok;
    }
    return ok;
}

bool nones_find(struct op *op, const struct town *town, struct procedure *p, const struct xtree *root)
{
    struct nones nones = {0};
    bool ok = nones_within(op, town, p, root, &nones);
    p->nones = nones.p;
    p->none_count = nones.n;
    return ok;
}

/* Which they are: 巴特尔 冬春救助、其其格 冬春救助 等5条 */
static str named(struct op *op, const struct list_page *page)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < page->record_count; i++)
        buf_text(&b, "%s%.*s", i ? "、" : "", PS(page->records[i].title));
    if (page->count > (int64_t)page->record_count)
        buf_text(&b, " 等%lld条", (long long)page->count);
    return buf_str(&b);
}

static bool none_ask(struct flow_tx *f, const struct procedure_none *none)
{
    struct right right;
    struct list_page page;
    struct list_query q = {.where = op_text(f->op, "%.*s = \"%.*s\" and (%.*s)", PS(none->by), PS(id_text(f->op, f->record)), PS(none->where)),
                           .limit = NAMED_MAX,
                           .count = true};
    int faults = f->op->fault_count;
    if (!right_for(f->op, f->town, f->who, none->ledger, ACT_READ, &right)) {
        op_forgive(f->op, faults);
        return true;
    }
    if (!list_read(f->tx, f->town, f->who, none->ledger, &q, &page))
        return false;
    return !page.record_count || op_fail(f->op, FAULT_INPUT, none->ledger->name, "%.*s：%.*s", PS(named(f->op, &page)), PS(none->cure));
}

bool none_left(struct flow_tx *f, int node)
{
    const struct procedure *p = f->procedure;
    for (size_t i = 0; i < p->none_count; i++)
        if (p->nones[i].node == node && !none_ask(f, &p->nones[i]))
            return false;
    return true;
}
