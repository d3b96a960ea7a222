/* 选自: records below one that are made by choosing among those that belong to the same. 救助人员 are people of the household: nobody
 * types again what the household's own records say. */
#include "ledger/define.h"
#include "ledger/excel.h"

static const struct member members[] = {{SC("栏"), JSON_STRING, true},   {SC("同"), JSON_STRING, true}, {SC("条件"), JSON_STRING, false},
                                        {SC("数"), JSON_STRING, false}, {SC("示"), JSON_ARRAY, false}};

static bool from_read(struct reader *r, const struct plan *p, const struct field *f, struct choice_from *ret)
{
    const struct json *j = json_get(f->said, S("选自"));
    const struct plan *below = plan_named(r->town, f->target);
    if (f->type != F_CHILDREN || !below)
        return wrong(r, j->line, "“选自”只用在“子”字段上");
    if (!members_check(r, j, members, COUNT(members), "选自"))
        return false;
    struct feel *tree;
    str same = json_str(j, S("同")), count = json_str(j, S("数")), where = json_str(j, S("条件"));
    const struct field *of = ledger_field(&below->def, json_str(j, S("栏")));
    const struct plan *others = of && of->type == F_REF ? plan_named(r->town, of->target) : NULL;
    if (!others)
        return wrong(r, line_of(j, S("栏")), "“选自”的“栏”须是“%.*s”的“引”字段", PS(below->def.name));
    *ret = (struct choice_from){.of = of, .here = ledger_field(&p->def, same), .there = ledger_field(&others->def, same), .where = where};
    for (size_t i = below->def.field_count; i-- > 0;)
        if (below->def.fields[i].type == F_REF && plan_named(r->town, below->def.fields[i].target) == p)
            ret->back = &below->def.fields[i];
    if (!ret->here || !ret->there || ret->here->type != F_REF || ret->there->type != F_REF || !str_eq(ret->here->target, ret->there->target))
        return wrong(r, line_of(j, S("同")), "“选自”的“同”须是本台账和“%.*s”都有的“引”字段，引的是同一本", PS(others->def.name));
    if (where.n && !expression(r, others, line_of(j, S("条件")), "“选自”的条件", where, &feel_bool, &tree))
        return false;
    ret->count = count.n ? ledger_field(&p->def, count) : NULL;
    if (count.n && (!ret->count || ret->count->value != F_INT))
        return wrong(r, line_of(j, S("数")), "“选自”的“数”须是本台账的整数字段");
    const str *shown = texts(r, j, S("示"), &ret->shown_count);
    ret->shown = op_array(r->op, const struct field *, ret->shown_count + 1);
    for (size_t i = 0; i < ret->shown_count; i++) {
        ret->shown[i] = ledger_field(&others->def, shown[i]);
        if (!ret->shown[i] || ret->shown[i]->sensitive)
            return wrong(r, line_of(j, S("示")), "“选自”的“示”须是“%.*s”里不敏感的字段", PS(others->def.name));
    }
    return true;
}

bool choose_link(struct reader *r, struct plan *p)
{
    bool ok = true;
    for (size_t i = 0; i < p->def.field_count; i++) {
        struct field *f = (struct field *)&p->def.fields[i];
        if (!f->said || !json_get(f->said, S("选自")))
            continue;
        struct choice_from *from = op_new(r->op, struct choice_from);
        ok = from_read(r, p, f, from) && ok;
        f->from = from;
    }
    return ok;
}

/* ---- whom ---------------------------------------------------------------------------------------------------------- */

static const struct choice_from *from_of(struct op *op, const struct ledger *l, str field)
{
    const struct field *f = ledger_field(l, field);
    if (!f || !f->from) {
        (void)!op_fail(op, FAULT_INPUT, S("field"), "“%.*s”不是从别的台账里选出来的", PS(field));
        return NULL;
    }
    return f->from;
}

static str note_of(struct op *op, const struct choice_from *from, const struct record *r)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < from->shown_count; i++) {
        const struct field *f = from->shown[i];
        const struct json *v = json_get(r->values, f->name);
        str text = v && v->kind != JSON_NULL ? excel_text(op, f, v, json_get(r->labels, f->name)) : S("");
        if (text.n)
            buf_text(&b, "%s%.*s", b.n ? "，" : "", PS(text));
    }
    return buf_str(&b);
}

static bool is_taken(const struct list_page *below, const struct field *of, id who)
{
    for (size_t i = 0; i < below->record_count; i++) {
        id one;
        if (id_parse(json_str(below->records[i].values, of->name), &one) && id_eq(one, who))
            return true;
    }
    return false;
}

static bool taken_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *below, const struct choice_from *from,
                       id record, struct list_page *ret)
{
    struct list_query q = {.where = op_text(tx->op, "%.*s = \"%.*s\"", PS(from->back->name), PS(id_text(tx->op, record))),
                           .limit = LIST_LIMIT_MAX,
                           .count = true};
    return list_read(tx, town, who, below, &q, ret);
}

bool choose_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, str field, struct choosing *ret)
{
    struct op *op = tx->op;
    const struct choice_from *from = from_of(op, l, field);
    struct record *r;
    struct list_page page, below;
    *ret = (struct choosing){.wanted = -1};
    if (!from || !record_get(tx, town, who, l, record, &r) ||
        !taken_read(tx, town, who, town_ledger(town, ledger_field(l, field)->target), from, record, &below))
        return false;
    ret->ledger = town_ledger(town, from->of->target);
    ret->count = from->count;
    ret->have = below.count;
    if (from->count)
        (void)!json_int(json_get(r->values, from->count->name), &ret->wanted);
    str same = json_str(r->values, from->here->name);
    if (!same.n)
        return op_fail(op, FAULT_INPUT, from->here->name, "请先填“%.*s”", PS(from->here->name));
    struct list_query q = {.where = op_text(op, "%.*s = \"%.*s\"%s%.*s%s", PS(from->there->name), PS(same), from->where.n ? " and (" : "",
                                            PS(from->where), from->where.n ? ")" : ""),
                           .limit = LIST_LIMIT_MAX};
    if (!list_read(tx, town, who, ret->ledger, &q, &page))
        return false;
    ret->candidates = op_array(op, struct choosable, page.record_count + 1);
    ret->candidate_count = page.record_count;
    for (size_t i = 0; i < page.record_count; i++)
        ret->candidates[i] = (struct choosable){page.records[i].id, page.records[i].title, note_of(op, from, &page.records[i]),
                                                is_taken(&below, from->of, page.records[i].id)};
    return true;
}

/* ---- the choice ---------------------------------------------------------------------------------------------------- */

static struct choosable *candidate_of(const struct choosing *c, id x)
{
    for (size_t i = 0; i < c->candidate_count; i++)
        if (id_eq(c->candidates[i].record, x))
            return &c->candidates[i];
    return NULL;
}

/* All of them stand in the list, and they are not too many. */
static bool choice_sound(struct op *op, const struct choosing *c, const id *chosen, size_t count, int64_t *ret_new)
{
    *ret_new = 0;
    for (size_t i = 0; i < count; i++) {
        const struct choosable *one = candidate_of(c, chosen[i]);
        if (!one)
            return op_fail(op, FAULT_INPUT, S("chosen"), "选的不在可以选的里面，请刷新再选");
        *ret_new += !one->taken;
    }
    if (*ret_new == 0)
        return op_fail(op, FAULT_INPUT, S("chosen"), "没有选中还没登记的");
    if (c->wanted >= 0 && c->have + *ret_new > c->wanted)
        return op_fail(op, FAULT_INPUT, S("chosen"), "已登记 %lld，再加 %lld，多于“%.*s”的 %lld；请少选，或先改“%.*s”", (long long)c->have,
                       (long long)*ret_new, PS(c->count->name), (long long)c->wanted, PS(c->count->name));
    return true;
}

static bool one_keep(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *below, const struct choice_from *from,
                     id record, id chosen)
{
    struct json *values;
    struct warning *warnings = NULL;
    struct record *r;
    struct buf b;
    buf_init(&b, tx->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_text(&w, from->back->name, id_text(tx->op, record));
    json_put_text(&w, from->of->name, id_text(tx->op, chosen));
    json_close(&w, '}');
    return json_parse(tx->op, buf_str(&b), &values) && record_add(tx, town, who, below, values, &warnings, &r);
}

bool choose_keep(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, str field, const id *chosen,
                 size_t count, struct choosing *ret)
{
    const struct choice_from *from = from_of(tx->op, l, field);
    int64_t added;
    if (!from || !choose_read(tx, town, who, l, record, field, ret) || !choice_sound(tx->op, ret, chosen, count, &added))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct choosable *one = candidate_of(ret, chosen[i]);
        if (one->taken)
            continue;
        if (!one_keep(tx, town, who, town_ledger(town, ledger_field(l, field)->target), from, record, chosen[i]))
            return false;
        one->taken = true;
        ret->have++;
    }
    return true;
}
