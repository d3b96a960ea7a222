/* What became of a clause when it is not one clause any more: split, merged, moved. */
#include "work/texts_like.h"

enum { NOBODY = -1 };

/* The block of the other side that belongs to a clause. */
struct block {
    int first, last;             /* NOBODY: it is alone */
    struct bigrams rest;         /* of the clause: what its block does not share */
};

/* One side whole, the other in parts: both questions, split and merged, are this one with the sides changed. */
struct adoption {
    struct op *op;
    const struct bigrams *parts; /* of each clause of the other side */
    int *owner;                  /* of each of them: whose block it is in */
    size_t part_count;
    struct block *blocks;        /* of each clause of this side */
    const bool *closed;          /* those that belong to a block themselves */
};

/* How much clause `at` of the other side gives: in thousandths of itself; 0: too little. */
static int gain(const struct bigrams *rest, const struct bigrams *part)
{
    int share = part->n ? (int)(1000 * bigrams_both(rest, part) / part->n) : 0;
    return share < TEXT_PART_LEAST ? 0 : share;
}

/* From clause `from` on, step by step, as long as each gives enough: sums[0..], and how many. */
static size_t reach(const struct adoption *a, int owner, size_t from, size_t count, int step, int *sums)
{
    size_t n = 0;
    sums[0] = 0;
    if (owner == NOBODY || a->closed[owner])
        return 0;
    struct bigrams rest = a->blocks[owner].rest;
    for (; n < count; n++) {
        const struct bigrams *part = &a->parts[step > 0 ? from + n : from - n];
        int more = gain(&rest, part);
        if (!more)
            break;
        sums[n + 1] = sums[n] + more;
        rest = bigrams_less(a->op, &rest, part);
    }
    return n;
}

static void take(struct adoption *a, int owner, size_t part)
{
    struct block *b = &a->blocks[owner];
    a->owner[part] = owner;
    b->first = (int)part < b->first ? (int)part : b->first;
    b->last = (int)part > b->last ? (int)part : b->last;
    b->rest = bigrams_less(a->op, &b->rest, &a->parts[part]);
}

/* Clauses [from, to) are alone: the one before takes some from the front, the one after some from the end, so that what
 * is given is the most that any such division gives. */
static void run_divide(struct adoption *a, size_t from, size_t to)
{
    int before = from ? a->owner[from - 1] : NOBODY, after = to < a->part_count ? a->owner[to] : NOBODY;
    size_t count = to - from, front = 0, back = 0;
    int *ahead = op_array(a->op, int, count + 1), *behind = op_array(a->op, int, count + 1), best = -1;
    size_t most = reach(a, before, from, count, 1, ahead), least = reach(a, after, to - 1, count, -1, behind);
    for (size_t p = 0; p <= most; p++)
        for (size_t s = 0; s <= least && p + s <= count; s++)
            if (ahead[p] + behind[s] > best) {
                best = ahead[p] + behind[s];
                front = p;
                back = s;
            }
    for (size_t i = 0; i < front; i++)
        take(a, before, from + i);
    for (size_t i = 0; i < back; i++)
        take(a, after, to - 1 - i);
}

static void adopt(struct adoption *a)
{
    for (size_t from = 0; from < a->part_count;) {
        size_t to = from;
        while (to < a->part_count && a->owner[to] == NOBODY)
            to++;
        if (to > from)
            run_divide(a, from, to);
        from = to > from ? to : from + 1;
    }
}

/* The chain of groups that keeps the most text in order; the others were moved. */
static void moved_mark(struct op *op, struct text_group *groups, size_t count, const struct bigrams *left)
{
    int64_t *weight = op_array(op, int64_t, count + 1), best = 0;
    int *before = op_array(op, int, count + 1), at = NOBODY;
    for (size_t i = 0; i < count; i++) {
        struct text_group *g = &groups[i];
        if (g->left < 0 || g->right < 0)
            continue;
        int64_t own = 1;
        for (int k = 0; k < g->left_count; k++)
            own += (int64_t)left[g->left + k].n;
        before[i] = NOBODY;
        for (size_t k = 0; k < i; k++)
            if (groups[k].left >= 0 && groups[k].right >= 0 && groups[k].right < g->right && weight[k] > weight[i]) {
                weight[i] = weight[k];
                before[i] = (int)k;
            }
        weight[i] += own;
        g->moved = true;
        if (weight[i] > best) {
            best = weight[i];
            at = (int)i;
        }
    }
    for (; at != NOBODY; at = before[at])
        groups[at].moved = false;
}

str texts_join(struct op *op, const struct text_clause *clauses, int first, int count)
{
    struct buf b;
    if (count == 1)
        return clauses[first].body;
    buf_init(&b, op, 0);
    for (int i = 0; i < count; i++) {
        if (i)
            buf_byte(&b, '\n');
        buf_add(&b, clauses[first + i].body);
    }
    return buf_str(&b);
}

static struct bigrams *all_bigrams(struct op *op, const struct text_clause *clauses, size_t n)
{
    struct bigrams *all = op_array(op, struct bigrams, n + 1);
    for (size_t i = 0; i < n; i++)
        all[i] = bigrams_of(op, clauses[i].body);
    return all;
}

static struct block *blocks_of(struct op *op, const struct bigrams *own, const int *partner, const struct bigrams *other,
                               size_t n)
{
    struct block *blocks = op_array(op, struct block, n + 1);
    for (size_t i = 0; i < n; i++) {
        blocks[i] = (struct block){partner[i], partner[i], own[i]};
        if (partner[i] != NOBODY)
            blocks[i].rest = bigrams_less(op, &own[i], &other[partner[i]]);
    }
    return blocks;
}

void texts_group(struct op *op, const struct text_clause *left, size_t n, const struct text_clause *right, size_t m,
                 const struct text_pair *pairs, size_t pair_count, struct text_group **ret, size_t *ret_count)
{
    struct bigrams *a = all_bigrams(op, left, n), *b = all_bigrams(op, right, m);
    int *to_right = op_array(op, int, n + 1), *to_left = op_array(op, int, m + 1);
    bool *split = op_array(op, bool, m + 1), *none = op_array(op, bool, n + 1);
    for (size_t i = 0; i < n; i++)
        to_right[i] = NOBODY;
    for (size_t k = 0; k < m; k++)
        to_left[k] = NOBODY;
    for (size_t i = 0; i < pair_count; i++)
        if (pairs[i].left >= 0 && pairs[i].right >= 0) {
            to_right[pairs[i].left] = pairs[i].right;
            to_left[pairs[i].right] = pairs[i].left;
        }
    /* Split: what stands alone on the right joins its neighbours' lefts. */
    struct adoption splits = {op, b, to_left, m, blocks_of(op, a, to_right, b, n), none};
    struct block *rights = blocks_of(op, b, to_left, a, m);
    adopt(&splits);
    for (size_t k = 0; k < m; k++) {
        const struct block *of = to_left[k] == NOBODY ? NULL : &splits.blocks[to_left[k]];
        split[k] = of && of->first != of->last;
    }
    /* Merged: the same from the other side, for those that were not split. */
    struct adoption merges = {op, a, to_right, n, rights, split};
    adopt(&merges);
    struct { struct text_group *p; size_t n, cap; } groups = {0};
    size_t said = 0;             /* of the right: what stands alone follows whoever it follows there */
    bool *told = op_array(op, bool, m + 1);
    for (; said < m && to_left[said] == NOBODY; said++)
        *list_add(op, &groups) = (struct text_group){NOBODY, (int)said, 0, 1, 0, false};
    for (size_t i = 0; i < n; i++) {
        if (to_right[i] == NOBODY) {
            *list_add(op, &groups) = (struct text_group){(int)i, NOBODY, 1, 0, 0, false};
            continue;
        }
        const struct block *mine = &splits.blocks[i], *theirs = &rights[to_right[i]];
        bool whole = mine->first != NOBODY && mine->first != mine->last;
        int first = whole ? mine->first : to_right[i], last = whole ? mine->last : to_right[i];
        if (told[first])
            continue;
        struct text_group g = {(int)i, first, whole ? 1 : theirs->last - theirs->first + 1, last - first + 1, 0, false};
        struct bigrams x = bigrams_of(op, texts_join(op, left, g.left, g.left_count)),
                       y = bigrams_of(op, texts_join(op, right, g.right, g.right_count));
        g.like = bigrams_like(&x, &y);
        *list_add(op, &groups) = g;
        for (int k = first; k <= last; k++)
            told[k] = true;
        for (size_t k = (size_t)last + 1; k < m && to_left[k] == NOBODY; k++)
            *list_add(op, &groups) = (struct text_group){NOBODY, (int)k, 0, 1, 0, false};
    }
    moved_mark(op, groups.p, groups.n, a);
    *ret = groups.p;
    *ret_count = groups.n;
}
