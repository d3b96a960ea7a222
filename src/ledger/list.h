/* list: the inside of a list.
 *
 *     list_ask.c   what is asked: condition, order, fields, and whether the person may ask so
 *     list.c       which records, in which order, a page at a time */
#pragma once

#include "ledger/inner.h"

enum { SORTS_MAX = 4 /* nobody orders by more; each is a comparison in SQL */ };

struct sort {
    const struct field *field;  /* NULL: a reach, one of `fixed`, or the rank among what was found */
    const struct reach *reach;
    int fixed;
    bool down;
    str sql;                    /* empty: only rows can tell */
};

enum { FIXED_STATE, FIXED_ADDED, FIXED_CHANGED, FIXED_RANK };

struct place {
    struct arg keys[SORTS_MAX];
    id record;
};

struct listing {
    struct tx *tx;
    struct op *op;
    const struct plan *plan;
    const struct who *who;
    const struct list_query *query;
    struct right right;
    struct right_rows *right_rows; /* when past */
    struct feel *where;
    bool where_rows;            /* the condition is asked of each row */
    int64_t steps;              /* that this has cost beyond what each row may */
    const struct plan *partly;  /* it looks into this ledger, of which they see only a part */
    struct sort sorts[SORTS_MAX];
    size_t sort_count;
    struct shown shown;
    enum act act;
    bool past;
    struct past then;           /* when past */
    struct op *side;            /* memory that outlives the rows */
    bool find;
    struct hits hits;
    bool from;                  /* there is a cursor */
    struct place place;
    struct pick pick;           /* the columns that are read */
    bool streams;               /* rows are given back in batches */
    bool keeps;                 /* rows outlive the next one */
    struct labels *labels;
    struct labels *asker;       /* whose rights the condition is asked under; NULL: they see all it looks at */
    bool slow;
    str slow_reason;
};

/* Reads the query for somebody; a fault says what they may not ask. */
[[nodiscard]] bool listing_open(struct listing *l, struct tx *tx, const struct who *who, const struct ledger *ledger,
                                const struct list_query *q, enum act act);
