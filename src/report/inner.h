/* The inside of report. */
#pragma once
#include "ledger/inner.h"
#include "report/report.h"

struct indicators {
    struct indicator **p;
    size_t n, cap;
    struct {
        struct uncounted *p;
        size_t n, cap;
    } uncounted;
};

static inline const struct fault *fault_last(const struct op *op)
{
    const struct fault *last = op->faults;
    while (last && last->next)
        last = last->next;
    must(last != NULL);
    return last;
}

/* The first moment of the day after, less a millisecond. */
static inline time_ms day_ends(day d)
{
    return ((time_ms)d + 1) * 86400000 - TOWN_OFFSET_MS - 1;
}
