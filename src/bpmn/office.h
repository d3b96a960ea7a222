/* The inside of the acts: undo.c, plan.c and acts.c. */
#pragma once
#include "bpmn/acts.h"
#include "bpmn/state.h"

/* undo.c */
void future_of(struct bpmn_run *run, int32_t fire, bool *ret_members);   /* one flag per firing */
int32_t undo(struct bpmn_run *run, int32_t fire, const bool *members);   /* the firing that undid */
bool redo_possible(const struct bpmn_run *run, int32_t undo);
void redo(struct bpmn_run *run, int32_t undo, int32_t instead);

/* plan.c */
enum { NOTHING_SAID = -1, ALL_SAID = -2 };
void work_again(struct bpmn_run *run, int32_t tok, int32_t old, int32_t reopened_seat); /* or one of these */
void plan_refresh(struct bpmn_run *run, int32_t work); /* opens, cancels, decides; may complete the work */
int32_t step_add(struct bpmn_run *run, int32_t work, int32_t place, const struct bpmn_step *like);
int32_t seat_add(struct bpmn_run *run, int32_t work, int32_t step, str who, enum bpmn_seat_state state);
void seat_set(struct bpmn_run *run, int32_t seat, enum bpmn_seat_state state);
int32_t work_of_tok(const struct bpmn_run *run, int32_t tok);            /* the latest, -1: none */
bool rule_word(str rule, const char *word);
static inline bool seat_acted(enum bpmn_seat_state s) { return s >= SEAT_AGREED && s <= SEAT_READ; }
