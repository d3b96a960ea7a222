/* net: what can still happen, by trying it all, conditions ignored. Places are the flows and the nodes of one
 * container; a marking says how many tokens are in each. Used to check models, jumps and migrations. */
#pragma once
#include "bpmn/model.h"

/* How a scope can be left. Of every container of a model, by its number. */
struct net_exit {
    bool normal;                 /* by what is drawn: its ends */
    bool cancelled, escalates;
    struct ints errors;          /* events of the model that nobody inside catches; -1: any, answered from outside */
};
struct net_exit *net_exits(struct op *op, const struct bpmn *m);
int  net_inside(const struct bpmn *m, int node);          /* the container that an activity goes through; -1: none */
bool net_event_comes(const struct bpmn *m, const struct net_exit *exits, int boundary); /* may it ever come */
bool net_vanishes(const struct bpmn *m, const struct net_exit *exits, int node); /* may end without going on: cancelled, uncaught */
bool net_breaks(const struct bpmn *m, const struct net_exit *exits, int node);   /* may end what it stands in: by an error */

struct net {
    const struct bpmn *model;
    const struct net_exit *exits;
    int container;
    int *edges, *nodes;          /* local number to the model's */
    size_t edge_count, node_count, places;
    int *local_edge, *local_node; /* back; -1: of another container */
    bool counts;                 /* a complex gateway, a start quantity: cannot be searched */
    bool undecidable;            /* the same, or ad hoc: where a case stands in it is not all that it is */
};

enum net_trouble { NET_FINE, NET_DEADLOCK, NET_TWICE, NET_ENDLESS };
struct net_result {
    enum net_trouble trouble;
    int at;          /* TWICE: edge; DEADLOCK: a node that waits for ever, -1 */
    str trace;       /* names of nodes on a shortest way there */
    bool complete;   /* false: too many markings or ways, nothing found so far */
    int markings;
    bool found;      /* the goal was met */
};

/* exits: of the model, net_exits. */
void net_make(struct op *op, const struct bpmn *m, const struct net_exit *exits, int container, struct net *ret);
uint8_t *net_marking(struct op *op, const struct net *n);          /* empty */
void net_put(const struct net *n, uint8_t *marking,
             int32_t place); /* place: an edge of the model, or edge_count + node */
/* goal: a marking to look for, then the search ends with it; NULL: look for trouble. */
void net_search(struct op *op, const struct net *n, const uint8_t *from, const uint8_t *goal, struct net_result *ret);

/* cycle.c: finds the cycles that never wait and cannot end. */
void bpmn_cycles_check(struct bpmn *m, const struct net_exit *exits);
