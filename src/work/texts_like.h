/* Inside of comparing texts: what two clauses share. */
#pragma once

#include "work/inner.h"

/* A text in the letters that are compared: two are the same when they mean the same, whichever way they are written. */
struct letters {
    uint64_t *code;
    size_t *at; /* byte offset of each, and of the end */
    size_t n;
};
struct letters letters_of(struct op *op, str s);
bool letter_is_number(uint64_t code);

/* Every two neighbouring characters of a text, sorted; one character alone is one. */
struct bigrams {
    uint64_t *p;
    size_t n;
};
struct bigrams bigrams_of(struct op *op, str text);
size_t bigrams_both(const struct bigrams *a, const struct bigrams *b); /* how many both have, as often as both */
struct bigrams bigrams_less(struct op *op, const struct bigrams *a, const struct bigrams *b); /* of a, without those of b */
int bigrams_like(const struct bigrams *a, const struct bigrams *b); /* as text_like */
