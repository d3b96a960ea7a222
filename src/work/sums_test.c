/* Stock, fees, bank returns. */
#include "base/test.h"
#include "work/work.h"

TEST("a stock card shows what was there after each movement, and whether it was ever below zero")
{
    struct stock_move m[] = {{1, 5000, 0}, {2, -2000, 0}, {3, -3000, 0}, {4, 100, 0}};
    check(stock_run(m, 4) && m[1].after == 3000 && m[2].after == 0 && m[3].after == 100);
    m[2].change = -3001;
    check(!stock_run(m, 4) && m[2].after == -1);
}

TEST("what expires first goes first, what has expired never goes, and what never expires goes last")
{
    int64_t missing;
    struct stock_batch b[] = {{0, 100, 0}, {20, 30, 0}, {10, 50, 0}, {5, 999, 0}};
    check(stock_take(b, 4, 90, 6, &missing) && b[2].taken == 50 && b[1].taken == 30 && b[0].taken == 10 &&
          b[3].taken == 0);
    check(!stock_take(b, 4, 181, 6, &missing) && missing == 1 && b[0].taken == 0 && b[1].taken == 0);
}

TEST("a payment goes to what was owed longest, and what is too much is left over")
{
    struct fee_bill b[] = {{6000, 0}, {0, 0}, {6000, 0}, {6000, 0}};
    check_int(fee_allocate(b, 4, 9000), 0);
    check(b[0].paid == 6000 && b[1].paid == 0 && b[2].paid == 3000 && b[3].paid == 0);
    check_int(fee_allocate(b, 4, 20000), 2000);
}

TEST("a bank return is found by account and amount; an unknown account, another amount and a second time are pointed "
     "out")
{
    const struct return_line sent[] = {
        {S("6217001"), 30000, 0, 0}, {S("6217002"), 40000, 0, 0}, {S("6217002"), 50000, 0, 0}};
    struct return_line got[] = {{S("6217002"), 50000, 0, 0},
                                {S("6217001"), 30000, 0, 0},
                                {S("6217001"), 30000, 0, 0},
                                {S("6217009"), 1, 0, 0},
                                {S("6217002"), 1, 0, 0}};
    returns_match(got, 5, sent, 3);
    check(got[0].end == RETURN_FOUND && got[0].sent == 2 && got[1].end == RETURN_FOUND && got[1].sent == 0);
    check(got[2].end == RETURN_TWICE && got[2].sent < 0 && got[3].end == RETURN_UNKNOWN && got[4].end == RETURN_AMOUNT);
}

TEST("for any sums nothing is made or lost: taken, paid and left over come to what was asked")
{
    for (int round = 0; round < 5000; round++) {
        struct fee_bill f[5];
        struct stock_batch b[5];
        struct stock_move m[5];
        int64_t amount = (int64_t)(op_random(op) % 500), paid = 0, taken = 0, usable = 0, missing, sum = 0;
        bool below = false, earlier_open = false;
        for (int i = 0; i < 5; i++) {
            f[i] = (struct fee_bill){(int64_t)(op_random(op) % 120), 0};
            b[i] = (struct stock_batch){(day)(op_random(op) % 20), (int64_t)(op_random(op) % 120), 0};
            m[i] = (struct stock_move){i, (int64_t)(op_random(op) % 100) - 50, 0};
            usable += b[i].expires && b[i].expires < 8 ? 0 : b[i].there;
            sum += m[i].change;
            below = below || sum < 0;
        }
        int64_t left = fee_allocate(f, 5, amount);
        bool all = stock_take(b, 5, amount, 8, &missing);
        check(stock_run(m, 5) == !below && m[4].after == sum);
        for (int i = 0; i < 5; i++) {
            check(f[i].paid >= 0 && f[i].paid <= f[i].owing && !(earlier_open && f[i].paid));
            earlier_open = earlier_open || f[i].paid < f[i].owing;
            check(b[i].taken >= 0 && b[i].taken <= b[i].there && !(b[i].taken && b[i].expires && b[i].expires < 8));
            paid += f[i].paid;
            taken += b[i].taken;
        }
        check_int(paid + left, amount);
        check(all == (usable >= amount) && taken == (all ? amount : 0) && missing == (all ? 0 : amount - usable));
    }
}
