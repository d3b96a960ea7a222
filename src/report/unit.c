/* Village groups as a period saw them. */
#include "ledger/excel.h"
#include "report/inner.h"

/* One reading of the ledger 村组: now, or as it was. */
struct seen {
    id id, above;
    str name, kind;
    bool has_from, has_until;
    day from, until;
};
struct tree {
    struct op *op, *fails; /* memory beside; whose faults */
    const struct plan *plan;
    struct {
        struct seen *p;
        size_t n, cap;
    } list;
};

static bool day_of_value(const struct record *r, str field, day *ret)
{
    const struct json *v = json_get(r->values, field);
    return v && v->kind == JSON_STRING && day_parse(v->text, ret);
}

static bool seen_add(void *context, const struct record *r)
{
    struct tree *t = context;
    struct op *op = t->op;
    const struct field *parent = group_parent(t->plan);
    if (t->list.n == UNITS_MAX)
        return op_fail(t->fails, FAULT_INPUT, GROUP_LEDGER, "村组超过 %d 个，请按镇分开统计", UNITS_MAX);
    struct seen *s = list_add(op, &t->list);
    *s = (struct seen){.id = r->id, .name = op_copy(op, r->title), .kind = op_copy(op, json_str(r->values, S("类型")))};
    if (parent)
        (void)id_parse(json_str(r->values, parent->name), &s->above);
    s->has_from = day_of_value(r, S("起"), &s->from);
    s->has_until = day_of_value(r, S("止"), &s->until);
    return true;
}

[[nodiscard]] static bool tree_read(struct tx *tx, const struct plan *groups, const struct who *who, time_ms as_of,
                                    struct tree *ret)
{
    static const str sort[] = {SC("代码")}, wanted[] = {SC("类型"), SC("起"), SC("止")};
    const struct field *parent = group_parent(groups);
    str fields[COUNT(wanted) + 2];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (ledger_field(&groups->def, wanted[i]))
            fields[count++] = wanted[i];
    if (parent)
        fields[count++] = parent->name;
    if (!count) /* none would mean all, and counting each group's people takes longer than the figures */
        fields[count++] = groups->def.fields[0].name;
    struct list_query q = {.as_of = as_of,
                           .sort = sort,
                           .sort_count = ledger_field(&groups->def, sort[0]) != NULL,
                           .fields = fields,
                           .field_count = count};
    /* list_each gives memory back between rows, so the tree lives beside. */
    *ret = (struct tree){.op = side_op(tx->op), .fails = tx->op, .plan = groups};
    return list_each(tx, groups->town, who, &groups->def, &q, ACT_READ, seen_add, ret);
}

static const struct seen *seen_find(const struct tree *t, id group)
{
    for (size_t i = 0; i < t->list.n; i++)
        if (id_eq(t->list.p[i].id, group))
            return &t->list.p[i];
    return NULL;
}

/* What a reader of the period should know about this group. */
static str unit_note(struct op *op, const struct seen *s, const struct tree *begin, day from, day to)
{
    const struct seen *before = seen_find(begin, s->id);
    struct buf b;
    buf_init(&b, op, 1000);
    if (s->has_from && s->from > from && s->from <= to)
        buf_text(&b, "%.*s设立", PS(day_text(op, s->from)));
    if (s->has_until && s->until >= from && s->until <= to)
        buf_text(&b, "%s%.*s撤销", b.n ? "，" : "", PS(day_text(op, s->until)));
    if (before && !id_eq(before->above, s->above)) {
        const struct seen *old = seen_find(begin, before->above);
        buf_text(&b, "%s期内由“%.*s”划出", b.n ? "，" : "", PS(old ? old->name : S("镇")));
    }
    return buf_str(&b);
}

/* Has the tree of the period's end been changed since? */
static bool changed_since(const struct tree *end, const struct tree *now)
{
    if (end->list.n != now->list.n)
        return true;
    for (size_t i = 0; i < end->list.n; i++) {
        const struct seen *a = &end->list.p[i], *b = seen_find(now, a->id);
        if (!b || !id_eq(a->above, b->above) || a->has_until != b->has_until || (a->has_until && a->until != b->until))
            return true;
    }
    return false;
}

static str key_of(const id *x)
{
    return (str){(const char *)x->b, sizeof x->b};
}

const struct unit *unit_find(const struct units *units, id group)
{
    return units->count ? map_get(&units->by_id, key_of(&group)) : NULL;
}

/* Each stands in the list of every unit above it. */
static void covers_make(struct op *op, struct units *u)
{
    enum { DEEPEST = 20 }; /* city, county, town, village, group; a circle in the data ends here */
    struct { id *p; size_t n, cap; } *lists = op_alloc(op, (u->count + 1) * sizeof *lists);
    memset(lists, 0, (u->count + 1) * sizeof *lists);
    map_init(&u->by_id, op);
    for (size_t k = 0; k < u->count; k++)
        map_put(&u->by_id, key_of(&u->p[k].id), &u->p[k]);
    for (size_t k = 0; k < u->count; k++) {
        const struct unit *up = &u->p[k];
        for (int i = 0; up && i < DEEPEST; i++) {
            size_t at = (size_t)(up - u->p);
            if (!lists[at].n || !id_eq(lists[at].p[lists[at].n - 1], u->p[k].id)) /* a circle comes by twice */
                *list_add(op, &lists[at]) = u->p[k].id;
            up = unit_find(u, up->above);
        }
    }
    for (size_t k = 0; k < u->count; k++) {
        u->p[k].covers = lists[k].p;
        u->p[k].cover_count = lists[k].n;
    }
}

bool units_read(struct tx *tx, const struct town *town, const struct who *who, day from, day to, struct units **ret)
{
    struct op *op = tx->op;
    struct units *u = op_new(op, struct units);
    struct tree now, end, begin = {0};
    bool past = day_ends(to) < op->now;
    *ret = u;
    if (!town->groups)
        return true;
    if (!tree_read(tx, town->groups, who, 0, &now))
        return false;
    end = now;
    if (past && !tree_read(tx, town->groups, who, day_ends(to), &end))
        return false;
    if (day_ends(from - 1) < op->now && !tree_read(tx, town->groups, who, day_ends(from - 1), &begin))
        return false;
    bool kept_then = end.list.n > 0; /* a town that began to use the program later has no tree of that day */
    u->p = op_array(op, struct unit, end.list.n + now.list.n + 1);
    const struct tree *trees[] = {kept_then ? &end : &now};
    for (size_t i = 0; i < trees[0]->list.n; i++) {
        const struct seen *s = &trees[0]->list.p[i];
        if ((s->has_until && s->until < from) || (s->has_from && s->from > to))
            continue;
        u->p[u->count++] = (struct unit){.id = s->id,
                                         .above = s->above,
                                         .name = s->name,
                                         .kind = s->kind,
                                         .note = unit_note(op, s, &begin, from, to)};
    }
    covers_make(op, u);
    if (past && kept_then && changed_since(&end, &now)) {
        if (!store_fact_at(tx, day_ends(to), &u->as_of_fact))
            return false;
        u->note = op_text(op, "%.*s以后村组有调整，本表按当日的村组和当日的记录统计", PS(day_text(op, to)));
    }
    return true;
}

/* The units one level below. Roots of the tree are the town itself. */
bool unit_shown(const struct units *units, const struct unit *u, const struct unit *under)
{
    if (under)
        return id_eq(u->above, under->id);
    const struct unit *above = unit_find(units, u->above);
    return above ? id_none(above->above) || !unit_find(units, above->above) : u->cover_count == 1;
}

/* The town's own, or what belongs to `under` itself and none below it. */
static struct unit *rest_of(struct op *op, const struct units *units, const struct unit *under)
{
    struct unit *rest = op_new(op, struct unit);
    struct { id *p; size_t n, cap; } own = {0};
    if (under)
        *list_add(op, &own) = under->id;
    for (size_t k = 0; !under && k < units->count; k++)
        if (!unit_find(units, units->p[k].above) && units->p[k].cover_count > 1)
            *list_add(op, &own) = units->p[k].id;
    *rest =
        (struct unit){.name = under ? under->name : S("镇本级"), .covers = own.p, .cover_count = own.n, .rest = !under};
    return rest;
}

void unit_parts(struct op *op, const struct units *units, const struct unit *under, struct unit_parts *ret)
{
    struct { struct part_group *p; size_t n, cap; } groups = {0};
    *ret = (struct unit_parts){.p = op_array(op, const struct unit *, units->count + 1)};
    for (size_t k = 0; k < units->count; k++)
        if (unit_shown(units, &units->p[k], under))
            ret->p[ret->count++] = &units->p[k];
    ret->p[ret->count] = rest_of(op, units, under);
    for (size_t k = 0; k <= ret->count; k++)
        for (size_t c = 0; c < ret->p[k]->cover_count; c++)
            *list_add(op, &groups) = (struct part_group){ret->p[k]->covers[c], k};
    ret->of = (struct total_parts){.count = ret->count + 1,
                                   .groups = groups.p,
                                   .group_count = groups.n,
                                   .none = under ? ret->count + 1 : ret->count};
}
