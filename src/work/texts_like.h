/* Inside of comparing texts: what two clauses share. */
#pragma once

#include "work/inner.h"

/* Every two neighbouring characters of a text, sorted; one character alone is one. */
struct bigrams {
    uint64_t *p;
    size_t n;
};
struct bigrams bigrams_of(struct op *op, str text);
size_t bigrams_both(const struct bigrams *a, const struct bigrams *b); /* how many both have, as often as both */
struct bigrams bigrams_less(struct op *op, const struct bigrams *a, const struct bigrams *b); /* of a, without those of b */
int bigrams_like(const struct bigrams *a, const struct bigrams *b); /* as text_like */
