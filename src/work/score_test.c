/* Scores that hold their evidence. */
#include "base/test.h"
#include "work/work.h"

TEST("points count as far as something proves them; what was checked goes before what was claimed")
{
    struct score_sum s;
    const struct score_item items[] = {{1000, 900, -1, 2}, {500, 500, -1, 0}, {500, 400, 300, 1}, {1000, -1, -1, 0}};
    check(score_add_up(op, items, 4, &s));
    check(s.worth == 3000 && s.own == 1800 && s.proven == 1300 && s.checked == 300 && s.open == 1 && s.unproven == 1);
    check_int(s.share, 400); /* 900 and 300 of 3,000 */
}

TEST("a score above what an item is worth is refused; nothing at all is worth nothing")
{
    struct score_sum s;
    check(!score_add_up(op, &(struct score_item){100, 101, -1, 1}, 1, &s));
    op_forgive(op, 0);
    check(score_add_up(op, NULL, 0, &s) && s.share == 0);
}

TEST("for any sheet what is proven is never more than what is claimed, nor that than what it is worth; full marks are "
     "all of it")
{
    for (int round = 0; round < 3000; round++) {
        struct score_item items[8];
        struct score_sum s;
        size_t n = 1 + op_random(op) % 8;
        for (size_t i = 0; i < n; i++) {
            int64_t worth = 1 + (int64_t)(op_random(op) % 1000);
            items[i] =
                (struct score_item){worth, (int64_t)(op_random(op) % (uint64_t)(worth + 2)) - 1, -1, op_random(op) % 3};
        }
        check(score_add_up(op, items, n, &s));
        check(s.proven <= s.own && s.own <= s.worth && s.share >= 0 && s.share <= 1000);
        for (size_t i = 0; i < n; i++)
            items[i].checked = items[i].worth;
        check(score_add_up(op, items, n, &s) && s.share == 1000 && s.checked == s.worth);
    }
}
