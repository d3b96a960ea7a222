/* The inside of column: a plan as column.c makes it and column_run.c runs it. */
#pragma once
#include "dmn/column.h"
#include "dmn/kernel.h"
#include "dmn/model.h"

enum {
    PLAN_REGIONS_MAX = 60000,
    PLAN_TESTS_MAX = 4000000, /* cells answered while a column is cut: a second or two; beyond that rows are cheaper */
};

struct points {
    feel_value *p;
    size_t n, cap;
};
struct texts {
    str *p;
    size_t n, cap;
};

/* One input column of the table. Region 0 is null; the others are codes, or lie between cuts. */
struct plan_side {
    struct feel_program *program;
    const struct feel_vector *vector;    /* nothing but a column; else NULL */
    enum feel_vector_kind kind;
    bool coded;                          /* the region is the code itself */
    const int64_t *cuts;
    size_t cut_count, region_count;
    uint64_t *certain, *possible;        /* [region_count × words] masks of rules, in deciding order */
    bool *barred;                        /* [region_count] the table forbids the value */
    uint8_t (*planes)[KERNEL_REGIONS];
};

struct plan_outcome {
    feel_value value;
    bool constant;
    uint64_t hits;                       /* of a policy that joins several rules */
};

struct dmn_plan {
    struct op *op;                       /* that made it */
    const struct dmn *dmn;
    const struct dmn_element *decision;
    const struct table *table;           /* NULL: other logic */
    const struct feel_rows *given;       /* the inputs of the model */
    struct feel_rows rows;               /* what the decision requires, under the names it uses */
    const size_t *order;                 /* bit i of a mask is rule order[i] */
    struct plan_side *sides;
    bool *slow_cells;                    /* [rule × column] */
    size_t words, plane_count;
    uint64_t *slow_rules;                /* mask */
    bool by_row, any_slow, bars, sliced, in_order, constant_rules;
    struct dmn_slow *slow;
    uint16_t none;                       /* the outcome of a row that no rule matches */
    struct plan_outcomes {               /* of each rule, then the default, then what is found while running */
        struct plan_outcome *p;
        size_t n, cap;
    } outcomes;
    struct map found;                    /* literal of a value -> its outcome + 1 */
};
