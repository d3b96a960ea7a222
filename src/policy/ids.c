/* Many ids found by number, and put in order. */
#include "policy/inner.h"

/* Half of an id as a number that orders as its bytes do. */
static uint64_t half(const id *x, size_t at)
{
    uint64_t word;
    memcpy(&word, x->b + at, sizeof word);
    return __builtin_bswap64(word);
}

static int id_order(const id *a, const id *b)
{
    uint64_t x = half(a, 0), y = half(b, 0);
    if (x == y) {
        x = half(a, sizeof x);
        y = half(b, sizeof y);
    }
    return (x > y) - (x < y);
}

static uint64_t id_hash(id x)
{
    uint64_t a, b;
    memcpy(&a, x.b, sizeof a);
    memcpy(&b, x.b + sizeof a, sizeof b);
    b = (b ^ (a << 31 | a >> 33)) * UINT64_C(0x9E3779B97F4A7C15);
    return b ^ b >> 32;
}

/* ---- by number -------------------------------------------------------------------------------------------------- */

void ids_init(struct id_set *set, struct op *op, id *ids, size_t n)
{
    *set = (struct id_set){.op = op, .p = ids, .n = n, .cap = n, .ascending = true};
}

/* Where it is, or the free slot where it would be. */
static size_t slot_of(const struct id_set *set, id wanted)
{
    size_t at = id_hash(wanted) & set->mask;
    while (set->slots[at] && !id_eq(set->p[set->slots[at] - 1], wanted))
        at = (at + 1) & set->mask;
    return at;
}

/* Only where many ask out of order are slots worth what they cost. */
static void slots_fill(struct id_set *set)
{
    if (set->slots == NULL || set->n * 2 > set->mask) {
        size_t slots = 1024;
        while (slots <= set->n * 4)
            slots *= 2;
        set->slots = op_array(set->op, uint32_t, slots);
        set->mask = slots - 1;
        set->slotted = 0;
    }
    for (; set->slotted < set->n; set->slotted++)
        set->slots[slot_of(set, set->p[set->slotted])] = (uint32_t)set->slotted + 1;
}

/* In ascending ids the next that is asked for is mostly the same, or one of the few behind it. False: it lies elsewhere. */
static bool find_near(struct id_set *set, const id *wanted, uint32_t *ret)
{
    enum { NEAR = 12 };
    size_t at = set->last, end = at + NEAR < set->n ? at + NEAR : set->n;
    *ret = 0;
    if (set->n == 0 || id_order(wanted, &set->p[set->n - 1]) > 0)
        return true;
    if (at && id_order(wanted, &set->p[at - 1]) < 0)
        return false;
    for (int order = 1; at < end && order > 0; at++) {
        order = id_order(wanted, &set->p[at]);
        *ret = order == 0 ? (uint32_t)at + 1 : 0;
        if (order <= 0)
            return true;
    }
    return false;
}

static uint32_t find_by_halves(const struct id_set *set, const id *wanted)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = id_order(wanted, &set->p[middle]);
        if (order == 0)
            return (uint32_t)middle + 1;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static uint32_t find_far(struct id_set *set, const id *wanted)
{
    enum { WORTH = 8 };
    if (set->ascending && set->far++ < set->n / WORTH)
        return find_by_halves(set, wanted);
    slots_fill(set);
    return set->slots[slot_of(set, *wanted)];
}

uint32_t ids_find(struct id_set *set, id wanted)
{
    uint32_t found;
    if (set->last && id_order(&set->p[set->last - 1], &wanted) == 0)
        return set->last;
    if (!set->ascending || !find_near(set, &wanted, &found))
        found = find_far(set, &wanted);
    if (found)
        set->last = found;
    return found;
}

uint32_t ids_put(struct id_set *set, id x)
{
    uint32_t found = ids_find(set, x);
    if (found)
        return found;
    set->ascending = set->ascending && (set->n == 0 || id_order(&x, &set->p[set->n - 1]) > 0);
    *list_add(set->op, set) = x;
    return set->last = (uint32_t)set->n;
}

/* ---- in order --------------------------------------------------------------------------------------------------- */

/* By one byte of the id, keeping the order that there is. False: all have the same. */
static bool order_byte(const id *ids, size_t n, size_t byte, const uint32_t *from, uint32_t *to)
{
    size_t places[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        places[ids[i].b[byte]]++;
    if (places[ids[0].b[byte]] == n)
        return false;
    for (size_t i = 0; i < COUNT(places); i++) {
        size_t count = places[i];
        places[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[places[ids[from[i]].b[byte]]++] = from[i];
    return true;
}

/* Each goes back past the few that are later than it. False: they lie too far from their order; some have moved. */
static bool order_near(const id *ids, size_t n, uint32_t *order)
{
    size_t steps = n * 4;
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = order[i];
        size_t at = i;
        for (; at && id_order(&ids[order[at - 1]], &ids[moved]) > 0 && steps; at--, steps--)
            order[at] = order[at - 1];
        order[at] = moved;
    }
    return steps > 0;
}

/* Ids are made in the order of time, and rows lie in the order in which they were made: mostly there is little to
 * do. */
uint32_t *ids_order(struct op *op, const id *ids, size_t n)
{
    uint32_t *order = op_space(op, op_size(n, sizeof *order)), *other;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    if (n == 0 || order_near(ids, n, order))
        return order;
    other = op_space(op, op_size(n, sizeof *other));
    for (size_t byte = sizeof ids->b; byte-- > 0;)
        if (order_byte(ids, n, byte, order, other)) {
            uint32_t *last = order;
            order = other;
            other = last;
        }
    return order;
}
