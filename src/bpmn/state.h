/* The inside of a running instance: rows, places, and the moves that the files of the game share.
 *
 *   place            meaning of a token there
 *   edge e           on its way to the edge's target, or waiting there for others to join
 *   in node n        inside: an open task, a waiting event, the token that stands for an open sub-process
 *   at node n        about to enter n without having come along an edge
 *   loop node n      inside a repeated activity, standing for all its repetitions
 *   out node n       about to leave n: only where leaving failed once */
#pragma once
#include "bpmn/model.h"

enum place_kind { PLACE_EDGE, PLACE_IN, PLACE_AT, PLACE_LOOP, PLACE_OUT };

static inline int32_t place_of(const struct bpmn *m, enum place_kind kind, int node)
{
    return kind == PLACE_EDGE ? node : (int32_t)m->edge_count + ((int32_t)kind - 1) * (int32_t)m->node_count + node;
}
static inline enum place_kind place_kind(const struct bpmn *m, int32_t place)
{
    return place < (int32_t)m->edge_count
               ? PLACE_EDGE
               : (enum place_kind)(1 + (place - (int32_t)m->edge_count) / (int32_t)m->node_count);
}
static inline int place_node(const struct bpmn *m, int32_t place)
{
    return place < (int32_t)m->edge_count ? m->edges[place].target
                                          : (place - (int32_t)m->edge_count) % (int)m->node_count;
}
static inline int32_t places_count(const struct bpmn *m)
{
    return (int32_t)m->edge_count + 4 * (int32_t)m->node_count;
}

#define TOK(run, t) ((run)->state.toks.p[t])
#define FIRE(run, f) ((run)->state.fires.p[f])
static inline const struct node *tok_node(const struct bpmn_run *run, int32_t t)
{
    return &run->model->nodes[place_node(run->model, TOK(run, t).place)];
}
static inline enum place_kind tok_kind(const struct bpmn_run *run, int32_t t)
{
    return place_kind(run->model, TOK(run, t).place);
}

/* state.c: rows */
int32_t fire_add(struct bpmn_run *run, enum bpmn_fire_kind kind, int node, int32_t scope);
int32_t tok_make(struct bpmn_run *run, enum place_kind kind, int node, int32_t scope, int32_t fire);
void tok_use(struct bpmn_run *run, int32_t tok, int32_t fire);
void tok_revive(struct bpmn_run *run, int32_t tok);
bool tok_live(const struct bpmn_run *run, int32_t tok);
int32_t tok_at(const struct bpmn_run *run, int32_t place, int32_t scope); /* the oldest live one there; -1: none */
void scope_stir(struct bpmn_run *run, int32_t scope);        /* its joins are to be tried again */
void scope_toks(const struct bpmn_run *run, int32_t scope, struct ints *ret); /* the live ones within, oldest first */
bool tok_repeats(const struct bpmn_run *run, int32_t tok);   /* one repetition of a repeated activity */
int32_t tok_scope_opened(const struct bpmn_run *run, int32_t tok); /* the firing whose scope it stands for; -1 */
bool scope_within(const struct bpmn_run *run, int32_t scope, int32_t outer);
void scope_kill(struct bpmn_run *run, int32_t scope, int32_t fire,
                int32_t spare);                                   /* uses every token within; spare: not this */
void tok_kill(struct bpmn_run *run, int32_t tok, int32_t fire);   /* it and everything within */
void command_add(struct bpmn_run *run, enum bpmn_command_kind kind, int32_t number, int node, str name, time_ms due);
void incident_add(struct bpmn_run *run, int32_t tok, str text);
bool rows_full(const struct bpmn_run *run);                   /* nothing more is fired */
void state_copy(struct op *op, struct bpmn_state *s);         /* a copy that a refused act is put back from */
void state_index(struct bpmn_run *run);                      /* live, ready and counts from the rows */
void instance_end(struct bpmn_run *run, enum bpmn_end end, str code);
time_ms run_now(struct bpmn_run *run);                       /* never before the latest time seen */

const char *bpmn_check_rows(const struct bpmn *m,
                            const struct bpmn_state *s); /* numbers within bounds, before anything is counted */

/* value.c: data and expressions */
int32_t tok_data_scope(const struct bpmn_run *run, int32_t tok);
feel_value value_get(struct bpmn_run *run, int32_t scope, str name);
void value_set(struct bpmn_run *run, int32_t scope, str name, feel_value v, int32_t fire);
void value_local(struct bpmn_run *run, int32_t scope, str name, feel_value v, int32_t fire);
feel_value value_copy(struct op *op, feel_value v);
struct extra {
    const char *name;
    feel_value value;
};
feel_value value_eval(struct bpmn_run *run, int32_t scope, const struct feel *tree, const struct extra *extras,
                      size_t count);
bool value_true(struct bpmn_run *run, int32_t scope, const struct feel *tree);
void value_assign(struct bpmn_run *run, int32_t scope, const struct node *n, feel_value result, int32_t fire);

/* value.c: whether the inputs that an activity needs are there */
const struct input_set *inputs_set(struct bpmn_run *run, const struct node *n, int32_t scope); /* NULL: none is */
bool inputs_there(struct bpmn_run *run, const struct node *n, int32_t scope);
bool input_filled(const struct node *n, const struct input_set *set, str name);
bool inputs_check(struct bpmn_run *run); /* true: somebody who waited for data may begin */
/* The first output set of an activity that is there; data: the scope of its own data. NULL: none is. */
const struct input_set *outputs_set(struct bpmn_run *run, const struct node *n, int32_t data);
bool outputs_asked(const struct node *n);
str outputs_lacking(struct bpmn_run *run, const struct node *n, int32_t data); /* empty: nothing of the first set */

/* game.c */
void game_run(struct bpmn_run *run);
void scope_open(struct bpmn_run *run, int32_t tok, int container);
void activity_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count, int32_t cause);
void activity_start(struct bpmn_run *run, int32_t tok);      /* arms its events, then its body */
void activity_done(struct bpmn_run *run, int32_t tok, enum bpmn_fire_kind kind);
void inputs_read(struct bpmn_run *run, const struct node *n, int32_t tok);
void outputs_write(struct bpmn_run *run, const struct node *n, int32_t data, int32_t scope, int32_t fire);
void catch_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count);
void outs_make(struct bpmn_run *run, int node, int32_t scope, int32_t fire);
/* Marks the flows and, after them, the nodes from which a token can come to that flow without passing the join. events: also by
 * way of an event at the edge of an activity. todo has room for every flow. */
void reach_from(const struct bpmn *m, int edge, int join, bool events, uint8_t *seen, int32_t *todo);
bool way_used(const struct bpmn_run *run, int32_t fire, int edge); /* that firing took a token from that flow */

/* clock.c */
bool clock_set(struct bpmn_run *run, const struct event *e, int32_t scope, struct bpmn_wait *w); /* false: not readable */
/* So many steps on: milliseconds, below 0 so many months of the calendar. */
time_ms clock_step(time_ms from, int64_t every, int64_t times);

/* event.c */
void events_arm(struct bpmn_run *run, int32_t tok);
bool conditions_check(struct bpmn_run *run, int32_t tok); /* tok -1: all */
bool scope_interrupted(const struct bpmn_run *run, int32_t scope); /* an event sub-process of it has taken over */
struct payload {             /* what comes with a signal or a message */
    const struct feel_entry *values;
    size_t count;
};
/* data inputs number from … of what throws */
struct payload payload_of(struct bpmn_run *run, const struct node *n, size_t from, size_t count, int32_t scope);
void thrown_add(struct bpmn_run *run, enum bpmn_command_kind kind, int32_t cause, int node, str name, struct payload p);
bool event_trigger(struct bpmn_run *run, int32_t tok, int node, int event, int32_t cause, struct payload p);
void error_throw(struct bpmn_run *run, int32_t tok, int32_t scope, str code, int32_t cause);
void escalation_throw(struct bpmn_run *run, int32_t tok, str code);
void event_throw(struct bpmn_run *run, int32_t scope, int event, int32_t cause);

/* correlate.c: whether a message is of the conversation that goes on in that scope; and that it now is */
bool correlates(struct bpmn_run *run, int32_t scope, str message, struct payload p);
void correlate(struct bpmn_run *run, int32_t scope, str message, struct payload p, int32_t fire);


/* run.c */
void held_deliver(struct bpmn_run *run);                     /* what a suspended case has kept */
bool held_keep(struct bpmn_run *run, enum bpmn_held_kind kind, int32_t tok, str name, struct payload p); /* or too many */

/* loop.c */
void loop_begin(struct bpmn_run *run, int node, int32_t scope, const int32_t *used, size_t count, int32_t cause);
void loop_after(struct bpmn_run *run, int32_t scope, int32_t done);
void adhoc_after(struct bpmn_run *run, int32_t scope);
void adhoc_enough(struct bpmn_run *run, int32_t scope, int32_t done);

/* compensate.c */
void compensate_begin(struct bpmn_run *run, int node, int32_t scope, int32_t tok, int activity);
void cancel_begin(struct bpmn_run *run, int node, int32_t scope, int32_t tok);
void compensate_next(struct bpmn_run *run, int32_t scope);

/* waiting.c: the container in which the tokens of that scope stand; -1: of none that is drawn */
int jump_container(const struct bpmn_run *run, int32_t scope);

/* work.c */
void work_open(struct bpmn_run *run, int32_t tok);
void work_closed(struct bpmn_run *run, int32_t tok,
                 enum bpmn_work_state state); /* the open work of that token, if any */
