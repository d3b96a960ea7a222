/* What the checks of a model share: where they put what they find, and the values they show it by. */
#pragma once
#include "dmn/model.h"

struct findings {
    struct op *op;
    struct dmn_finding *first, *last;
    int count;
    int rule, column; /* the cell being looked at; 0: none */
    const struct dmn_element *element; /* being looked at */
};
void check_find(struct findings *f, enum dmn_finding_kind kind, int line, str where, str example, const char *format,
                ...) __attribute__((format(printf, 6, 7)));

/* check_regions.c: gaps, overlaps, duplicates and dead rules of a table. `spoilt`: [rule * inputs + column] cells that
 * are told as wrong already; `cells`: the findings of the table so far, whose examples are made here. */
void check_regions(struct findings *f, const struct table *t, const bool *spoilt, struct dmn_finding *cells, str where,
                   int line);

/* check_example.c */
/* A value strictly between two others (either may be missing); false: there is none. */
bool check_between(const feel_value *low, const feel_value *high, feel_value *ret);
/* An input for an expression: something of its type for each name in it. Empty: it has no names, or none of a type that
 * is known; then it does not depend on them. */
str check_example(struct findings *f, const struct feel *tree);
/* What an element requires under that name; NULL: nothing. */
const struct dmn_element *check_required(const struct dmn_element *e, str name);
