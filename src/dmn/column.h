/* column: a decision over a whole population at once, with the meaning of dmn_decide row by row.
 *
 *     struct feel_rows people = {columns, column_count, row_count};        // feel/vector.h; named as the inputs
 *     struct dmn_plan *plan;
 *     if (!dmn_plan_make(op, model, dmn_decision(model, S("资格")), &people, &plan))
 *         return false;
 *     uint16_t *outcome = op_array(op, uint16_t, row_count);
 *     dmn_plan_run(op, plan, threads, outcome);                            // the rule, or why there is none
 *     feel_value v = dmn_plan_value(op, plan, row, outcome[row]);
 *
 * How: each column is cut into the elementary regions between the constants of its cells; the row executor answers
 * every cell once per region; then a row costs one look-up and one AND of rule masks per column. Up to 64 rules and 16
 * regions a column the look-ups are done for 16 rows in one instruction. Rules keep their numbers: nothing needs
 * explaining twice.
 *
 * What cannot be said in columns is run row by row: a single cell (dmn_plan_slow tells which and why), or the whole
 * decision. A missing input is treated as dmn_run.needs_all says. Decisions needed by the decision are columns too.
 * Same rows, same model: the same outcomes, however many threads. A plan belongs to its op; one thread runs it at a
 * time (and starts its own helpers). */
#pragma once
#include "dmn/dmn.h"
#include "feel/vector.h"

enum {
    DMN_PLAN_THREADS_MAX = 64,
    DMN_PLAN_RULES_MAX = 4096,    /* more rules are run row by row */
    DMN_PLAN_OUTCOMES_MAX = 60000,
};
/* Outcomes from here on are reasons why there is no rule: DMN_OUTCOME_NONE + enum dmn_status. */
enum { DMN_OUTCOME_STATUS = 65500 };
static inline bool dmn_outcome_decided(uint16_t outcome) { return outcome < DMN_OUTCOME_STATUS; }
static inline enum dmn_status dmn_outcome_status(uint16_t outcome)
{
    return dmn_outcome_decided(outcome) ? DMN_DECIDED : (enum dmn_status)(outcome - DMN_OUTCOME_STATUS);
}

struct dmn_plan;
[[nodiscard]] bool dmn_plan_make(struct op *op, const struct dmn *d, const struct dmn_element *decision,
                                 const struct feel_rows *rows, struct dmn_plan **ret);
void dmn_plan_run(struct op *op, struct dmn_plan *plan, int threads, uint16_t *ret_outcomes);
/* For tables of one result (UNIQUE, FIRST, PRIORITY, ANY) an outcome below this is the number of the rule, from 0;
 * further outcomes are results without a rule of their own (defaults, collections, values of other logic). */
size_t dmn_plan_rules(const struct dmn_plan *plan);
/* The result of a row whose outcome is known; null where undecided. */
feel_value dmn_plan_value(struct op *op, const struct dmn_plan *plan, size_t row, uint16_t outcome);
/* The same result for every row with this outcome. False: it depends on the row. */
bool dmn_plan_constant(const struct dmn_plan *plan, uint16_t outcome, feel_value *ret);
/* Decides one row again with traces and notes, for the sentence that explains it. Its result agrees with
 * the outcome. */
feel_value dmn_plan_explain(struct op *op, const struct dmn_plan *plan, size_t row, struct dmn_run *ret_run);

struct dmn_slow {
    struct dmn_slow *next;
    int rule;     /* from 0; -1: a whole column, or the whole decision */
    int column;   /* from 0; -1: the whole decision */
    str reason;
};
const struct dmn_slow *dmn_plan_slow(const struct dmn_plan *plan); /* NULL: all in columns */
