/* The inside of policy. */
#pragma once
#include "policy/policy.h"

struct policies {
    struct policy **p;
    size_t n, cap;
};

/* Values of one kind collected into a column. */
struct column_maker {
    struct op *op;
    enum feel_vector_kind kind;
    struct {
        int64_t *p;
        size_t n, cap;
    } values;
    struct {
        str *p;
        size_t n, cap;
    } texts;
    struct map codes;
};
enum { POLICY_SCALE = 6 }; /* decimal places of numbers in a population: money has 2, areas 2, ratios at most 6 */
bool column_kind(const struct feel_type *type, enum feel_vector_kind *ret); /* false: no column can hold it */
void column_init(struct column_maker *m, struct op *op, enum feel_vector_kind kind);
bool column_add(struct column_maker *m, feel_value v); /* false: it does not fit; a null is kept */
struct feel_vector column_end(struct column_maker *m, str name);

/* What an outcome means for people. */
struct judged {
    bool included, doubtful;
    int64_t amount_fen;
};
[[nodiscard]] bool policy_judge(struct op *op, const struct policy_version *v, feel_value result, struct judged *ret);
str policy_result_text(struct op *op, feel_value result); /* 结论 应救助，金额 300 */
