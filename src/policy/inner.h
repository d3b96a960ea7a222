/* The inside of policy. */
#pragma once
#include "policy/policy.h"

/* What blocks a version from coming into force, or from being used, is a fault each. */
[[nodiscard]] bool version_sound(struct op *op, const struct policy_version *v);
/* Every cell of its tables can be read and has no word without quotes; else a fault for each that cannot. */
[[nodiscard]] bool version_readable(struct op *op, const struct policy_version *v);

struct policies {
    struct policy **p;
    size_t n, cap;
};

enum { COLUMN_RECENT_BITS = 6 };
struct recent_text {
    uint64_t words[2];           /* its first and last bytes */
    uint32_t n, code;            /* bytes; 0: none yet */
};
/* Values of one kind collected into a column. */
struct column_maker {
    struct op *op;
    enum feel_vector_kind kind;
    int scale;                   /* of the cells */
    bool moment, lists;          /* the cells are moments, of which the day counts; JSON lists of texts */
    struct {
        int64_t **p;
        size_t n, cap;
    } chunks;                    /* FEEL_CHUNK values each: nothing is copied while they come */
    int64_t *next, *end;         /* in the last */
    size_t count;
    struct {
        str *p;
        size_t n, cap;
    } texts;
    struct map codes;
    struct recent_text recent[1 << COLUMN_RECENT_BITS];
};
enum { POLICY_SCALE = 6 }; /* decimal places of numbers in a population: money has 2, areas 2, ratios at most 6 */
bool column_kind(const struct feel_type *type, enum feel_vector_kind *ret); /* false: no column can hold it */
void column_init(struct column_maker *m, struct op *op, enum feel_vector_kind kind);
bool column_add(struct column_maker *m, feel_value v); /* false: it does not fit; a null is kept */
bool column_cell(struct column_maker *m, const struct arg *cell);
/* All that a program gives. False: a number is too large, or has too many places. */
bool column_of_program(struct op *op, str name, const struct feel_program *program, size_t rows,
                       struct feel_vector *ret);
/* Value i is the one added as order[i]; NULL: as they came. */
struct feel_vector column_end(struct column_maker *m, str name, const uint32_t *order, size_t n);

/* Many ids, each once, with its number: its place + 1. As long as they come in ascending order, as rows lie, neither
 * putting nor finding a neighbour needs more than comparing. */
struct id_set {
    struct op *op;
    id *p;
    size_t n, cap;
    bool ascending;
    size_t far;                  /* asked out of order */
    uint32_t *slots;             /* of the first `slotted`, by hash; NULL: none yet */
    size_t mask, slotted;
    uint32_t last;               /* found: neighbours are often of one household, or of the next */
};
/* of those, in ascending order, which stay where they are */
void ids_init(struct id_set *set, struct op *op, id *ids, size_t n);
uint32_t ids_find(struct id_set *set, id wanted);            /* 0: it is not there */
uint32_t ids_put(struct id_set *set, id x);
uint32_t *ids_order(struct op *op, const id *ids, size_t n); /* ids[order[0]] is the least */

/* 取 names what the ledger and the members have; else a fault with the line. */
[[nodiscard]] bool input_parses(struct op *op, const struct policy *p, const struct policy_input *in);
/* empty, of the same policy and day */
struct population *population_new(struct op *keep, const struct population *like);
/* Its columns, or those of the records named. */
[[nodiscard]] bool population_read(struct tx *tx, struct op *op, struct population *people, const id *only,
                                   size_t count);
bool population_made(struct tx *tx, const struct population *people, bool done); /* its faults become those of tx */

/* What an outcome means for people. */
struct judged {
    bool included, doubtful;
    int64_t amount_fen;
};
str policy_result_text(struct op *op, feel_value result); /* 结论 应救助，金额 300 */
/* of its table; may be NULL */
const struct dmn_trace *screening_trace(const struct screening *s, const struct dmn_run *run);
enum { PORTION = 100 }; /* titles read at once */

/* A kept screening as it concerns one member of its population. MISSING: it was not in it. */
struct kept_one {
    str bytes, rules, village;
    uint32_t place;              /* in the bytes */
    int64_t outcome;
};
[[nodiscard]] bool kept_one(struct tx *tx, id screening, id record, struct kept_one *ret);
str kept_rules(struct op *op, const struct screening *s); /* the model with its conditions, as JSON */
str kept_villages(struct op *op, const struct population *people);
