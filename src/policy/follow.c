/* A population that follows the facts: of what was written since it was read, only those records are read again. */
#include "policy/inner.h"

struct ids {
    id *p;
    size_t n, cap;
};

/* ---- whom the facts since concern -------------------------------------------------------------------------------- */

static bool take_owner(void *context, [[maybe_unused]] id record, const struct arg *cells)
{
    struct {
        struct op *op;
        struct ids *owners;
    } *to = context;
    if (cells[0].kind == ARG_ID)
        *list_add(to->op, to->owners) = cells[0].id;
    return true;
}

/* A member that moves concerns the household it left and the one it came to. */
[[nodiscard]] static bool owners_of(struct tx *tx, const struct policy_members *m, const id *changed, size_t count,
                                    int64_t before, struct ids *ret)
{
    const struct field *by = ledger_field(m->ledger, m->by);
    struct {
        struct op *op;
        struct ids *owners;
    } to = {tx->op, ret};
    struct cells_query now = {.fields = &by, .field_count = 1, .of = changed, .of_count = count}, then = now;
    then.as_of_fact = before;
    return cells_each(tx, m->ledger, &now, take_owner, &to) &&
           (before == 0 || cells_each(tx, m->ledger, &then, take_owner, &to));
}

/* Each once. */
static void ids_unique(struct op *op, struct ids *ids)
{
    uint32_t *order = ids_order(op, ids->p, ids->n);
    id *kept = op_array(op, id, ids->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || !id_eq(kept[n - 1], ids->p[order[i]]))
            kept[n++] = ids->p[order[i]];
    *ids = (struct ids){kept, n, n};
}

/* ret_whole: so much or such a thing was written that all has to be read again. */
[[nodiscard]] static bool touched(struct tx *tx, const struct population *people, int64_t since, struct ids *ret,
                                  bool *ret_whole)
{
    enum { FEW = 1000 };
    const struct policy *p = people->policy;
    id *changed;
    size_t count;
    *ret = (struct ids){0};
    *ret_whole = true;
    for (size_t i = 0; i < people->other_count; i++) {
        if (!store_written_since(tx, people->others[i]->english, since, &changed, &count))
            return false;
        if (count)
            return true;
    }
    for (size_t i = 0; i <= p->member_count; i++) {
        const struct policy_members *m = i ? &p->members[i - 1] : NULL;
        if (!store_written_since(tx, m ? m->ledger->english : p->ledger->english, since, &changed, &count))
            return false;
        if (count > FEW + people->count / 8)
            return true;
        for (size_t k = 0; !m && k < count; k++)
            *list_add(tx->op, ret) = changed[k];
        if (m && count && !owners_of(tx, m, changed, count, since, ret))
            return false;
    }
    ids_unique(tx->op, ret);
    *ret_whole = false;
    return true;
}

/* ---- two populations made one ------------------------------------------------------------------------------------ */

/* Row i of the whole is row at of one of the two. */
struct place {
    uint32_t at;
    bool fresh;
};
struct places {
    struct place *p;
    size_t n, cap;
};

static struct feel_vector joined(struct op *op, const struct feel_vector *old, const struct feel_vector *fresh,
                                 const struct places *places);

static void join_texts(struct op *op, const struct feel_vector *old, const struct feel_vector *fresh, uint32_t *codes,
                       struct feel_vector *ret)
{
    struct map known;
    str *texts = op_array(op, str, old->text_count + fresh->text_count + 1);
    map_init(&known, op);
    ret->text_count = 0;
    for (size_t i = 0; i < old->text_count + fresh->text_count; i++) {
        str text = i < old->text_count ? old->texts[i] : fresh->texts[i - old->text_count];
        void *found = map_get(&known, text);
        if (!found) {
            texts[ret->text_count++] = op_copy(op, text);
            found = (void *)(uintptr_t)ret->text_count;
            map_put(&known, texts[ret->text_count - 1], found);
        }
        if (i >= old->text_count)
            codes[i - old->text_count + 1] = (uint32_t)(uintptr_t)found;
    }
    ret->texts = texts;
}

static void join_members(struct op *op, const struct feel_vector *old, const struct feel_vector *fresh,
                         const struct places *places, struct feel_vector *ret)
{
    struct places inner = {0};
    uint32_t *first = op_array(op, uint32_t, places->n + 1);
    for (size_t i = 0; i < places->n; i++) {
        const struct feel_vector *v = places->p[i].fresh ? fresh : old;
        for (uint32_t at = v->first[places->p[i].at]; at < v->first[places->p[i].at + 1]; at++)
            *list_add(op, &inner) = (struct place){at, places->p[i].fresh};
        first[i + 1] = (uint32_t)inner.n;
    }
    struct feel_rows *rows = op_new(op, struct feel_rows);
    struct feel_vector *vectors = op_array(op, struct feel_vector, old->members->count + 1);
    for (size_t i = 0; i < old->members->count; i++)
        vectors[i] = joined(op, &old->members->vectors[i], &fresh->members->vectors[i], &inner);
    *rows = (struct feel_rows){vectors, old->members->count, inner.n};
    ret->members = rows;
    ret->first = first;
}

static struct feel_vector joined(struct op *op, const struct feel_vector *old, const struct feel_vector *fresh,
                                 const struct places *places)
{
    struct feel_vector v = *old;
    must(old->kind == fresh->kind && old->width == fresh->width && old->scale == fresh->scale);
    if (v.kind == FEEL_VECTOR_MEMBERS) {
        join_members(op, old, fresh, places, &v);
        return v;
    }
    uint32_t *codes = op_array(op, uint32_t, fresh->text_count + 1);
    if (v.kind == FEEL_VECTOR_TEXT)
        join_texts(op, old, fresh, codes, &v);
    size_t width = (size_t)v.width;
    char *values = op_alloc(op, (places->n + 1) * width);
    for (size_t i = 0; i < places->n; i++) {
        const struct place *p = &places->p[i];
        memcpy(values + i * width, (const char *)(p->fresh ? fresh : old)->values + p->at * width, width);
    }
    int32_t *texts = v.kind == FEEL_VECTOR_TEXT ? (int32_t *)(void *)values : NULL;
    must(!texts || v.width == (int)sizeof *texts); /* as column_end makes them */
    for (size_t i = 0; texts && i < places->n; i++)
        if (places->p[i].fresh)
            texts[i] = (int32_t)codes[texts[i]];
    v.values = values;
    return v;
}

/* Both are in the order of their ids; of those named, what was read now counts, also that they are not there any
 * more. */
static struct places places_of(struct op *op, const struct population *old, const struct population *fresh,
                               const struct ids *named)
{
    struct places places = {0};
    for (size_t i = 0, k = 0, n = 0; i < old->count || k < fresh->count;) {
        bool from_old =
            k == fresh->count || (i < old->count && memcmp(old->ids[i].b, fresh->ids[k].b, sizeof old->ids[i].b) < 0);
        if (!from_old) {
            i += i < old->count && id_eq(old->ids[i], fresh->ids[k]);
            *list_add(op, &places) = (struct place){(uint32_t)k++, true};
            continue;
        }
        while (n < named->n && memcmp(named->p[n].b, old->ids[i].b, sizeof old->ids[i].b) < 0)
            n++;
        if (n == named->n || !id_eq(named->p[n], old->ids[i]))
            *list_add(op, &places) = (struct place){(uint32_t)i, false};
        i++;
    }
    return places;
}

static void join_groups(const struct population *old, const struct population *fresh, const struct places *places,
                        struct population *ret)
{
    struct op *op = ret->own;
    struct map known;
    map_init(&known, op);
    ret->groups = op_array(op, uint32_t, places->n + 1);
    ret->group_names = op_array(op, str, old->group_count + fresh->group_count + 1);
    for (size_t i = 0; i < places->n; i++) {
        const struct population *of = places->p[i].fresh ? fresh : old;
        str name = of->group_names[of->groups[places->p[i].at]];
        void *found = map_get(&known, name);
        if (!found) {
            ret->group_names[ret->group_count++] = op_copy(op, name);
            found = (void *)(uintptr_t)ret->group_count;
            map_put(&known, ret->group_names[ret->group_count - 1], found);
        }
        ret->groups[i] = (uint32_t)((uintptr_t)found - 1);
    }
}

static struct population *join(struct op *keep, const struct population *old, const struct population *fresh,
                               const struct ids *named, int64_t facts)
{
    struct population *all = population_new(keep, old);
    struct op *op = all->own;
    struct places places = places_of(op, old, fresh, named);
    all->facts = facts;
    all->count = places.n;
    all->others = op_array(op, const struct ledger *, old->other_count + 1);
    all->other_count = old->other_count;
    for (size_t i = 0; i < old->other_count; i++)
        all->others[i] = old->others[i];
    all->ids = op_array(op, id, places.n + 1);
    for (size_t i = 0; i < places.n; i++)
        all->ids[i] = (places.p[i].fresh ? fresh : old)->ids[places.p[i].at];
    join_groups(old, fresh, &places, all);
    struct feel_vector *inputs = op_array(op, struct feel_vector, old->inputs.count + 1);
    for (size_t i = 0; i < old->inputs.count; i++)
        inputs[i] = joined(op, &old->inputs.vectors[i], &fresh->inputs.vectors[i], &places);
    all->inputs = (struct feel_rows){inputs, old->inputs.count, places.n};
    return all;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

bool population_follow(struct tx *tx, struct op *keep, const struct population *people, int64_t *facts,
                       const struct population **ret)
{
    struct op *op = tx->op;
    struct population *again;
    struct ids named;
    int64_t count;
    bool whole, past = people->fact_no > 0;
    *ret = people;
    if (past)
        return true;
    if (!store_fact_count(tx, &count))
        return false;
    bool same_day = people->on == day_at(op->now);
    if (same_day && count <= *facts)
        return true;
    if (!same_day || !touched(tx, people, *facts, &named, &whole))
        whole = true;
    if (op->faults)
        return false;
    if (!whole && named.n == 0) {
        *facts = count;
        return true;
    }
    if (whole) {
        if (!population_load(tx, keep, people->town, people->policy, people->on, &again))
            return false;
        *facts = again->facts;
        *ret = again;
        return true;
    }
    struct population *part = population_new(op, people);
    if (!population_made(tx, part, population_read(tx, part->own, part, named.p, named.n)))
        return false;
    *facts = count;
    *ret = join(keep, people, part, &named, count);
    return true;
}
