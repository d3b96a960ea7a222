/* Scores that hold their evidence. */
#include "work/inner.h"

bool score_add_up(struct op *op, const struct score_item *items, size_t n, struct score_sum *ret)
{
    struct score_sum s = {0};
    int64_t counted = 0;
    for (size_t i = 0; i < n; i++) {
        const struct score_item *x = &items[i];
        if (x->worth <= 0 || x->own > x->worth || x->checked > x->worth)
            return op_fail(op, FAULT_INPUT, S("分值"), "第%zu项的得分多于分值，或者分值不大于0，请核对", i + 1);
        int64_t own = x->own > 0 ? x->own : 0, proven = x->proofs ? own : 0;
        s.worth += x->worth;
        s.own += own;
        s.proven += proven;
        s.checked += x->checked > 0 ? x->checked : 0;
        s.open += x->own < 0;
        s.unproven += own > 0 && !x->proofs;
        counted += x->checked >= 0 ? x->checked : proven;
    }
    s.share = s.worth ? (counted * 2000 + s.worth) / (s.worth * 2) : 0;
    *ret = s;
    return true;
}
