/* Stock, fees and bank returns: whole numbers that must come out. */
#include "work/inner.h"

bool stock_run(struct stock_move *moves, size_t n)
{
    int64_t there = 0;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        must(i == 0 || moves[i].at >= moves[i - 1].at);
        there += moves[i].change;
        moves[i].after = there;
        good = good && there >= 0;
    }
    return good;
}

/* The next to be taken from: the earliest to expire that has not; of equal ones the first. */
static struct stock_batch *first_out(struct stock_batch *batches, size_t n, day today)
{
    struct stock_batch *best = NULL;
    for (size_t i = 0; i < n; i++) {
        struct stock_batch *b = &batches[i];
        if (b->there <= b->taken || (b->expires && b->expires < today))
            continue;
        if (!best || (b->expires && (!best->expires || b->expires < best->expires)))
            best = b;
    }
    return best;
}

bool stock_take(struct stock_batch *batches, size_t n, int64_t want, day today, int64_t *ret_short)
{
    struct stock_batch *b;
    for (size_t i = 0; i < n; i++)
        batches[i].taken = 0;
    while (want > 0 && (b = first_out(batches, n, today))) {
        int64_t part = b->there < want ? b->there : want;
        b->taken = part;
        want -= part;
    }
    *ret_short = want > 0 ? want : 0;
    for (size_t i = 0; i < n && want > 0; i++)
        batches[i].taken = 0;
    return want <= 0;
}

int64_t fee_allocate(struct fee_bill *bills, size_t n, int64_t amount_fen)
{
    for (size_t i = 0; i < n; i++) {
        int64_t owing = bills[i].owing > 0 ? bills[i].owing : 0;
        bills[i].paid = owing < amount_fen ? owing : amount_fen;
        amount_fen -= bills[i].paid;
    }
    return amount_fen;
}

void returns_match(struct return_line *lines, size_t n, const struct return_line *sent, size_t sent_count)
{
    for (size_t i = 0; i < n; i++) {
        struct return_line *l = &lines[i];
        l->end = RETURN_UNKNOWN;
        l->sent = -1;
        for (size_t k = 0; k < sent_count; k++) {
            if (!str_eq(sent[k].account, l->account))
                continue;
            bool taken = false;
            for (size_t j = 0; j < i; j++)
                taken = taken || lines[j].sent == (int)k;
            /* One account may have been sent twice, with two amounts: the one that fits. */
            enum return_end end = taken                                 ? RETURN_TWICE
                                  : sent[k].amount_fen == l->amount_fen ? RETURN_FOUND
                                                                        : RETURN_AMOUNT;
            if (l->end == RETURN_UNKNOWN || end == RETURN_FOUND)
                l->end = end;
            if (end == RETURN_FOUND) {
                l->sent = (int)k;
                break;
            }
        }
    }
}
