/* net: what can still happen, by trying it all, conditions ignored. Places are the flows and the nodes of one
 * container; a marking says how many tokens are in each. Used to check models, jumps and migrations. */
#pragma once
#include "bpmn/model.h"

struct net {
    const struct bpmn *model;
    int container;
    int *edges, *nodes;          /* local number to the model's */
    size_t edge_count, node_count, places;
    int *local_edge, *local_node; /* back; -1: of another container */
    bool undecidable;            /* a complex gateway, a start quantity: not searched */
};

enum net_trouble { NET_FINE, NET_DEADLOCK, NET_TWICE, NET_ENDLESS };
struct net_result {
    enum net_trouble trouble;
    int at;          /* TWICE: edge; DEADLOCK: a node that waits for ever, -1 */
    str trace;       /* names of nodes on a shortest way there */
    bool complete;   /* false: too many markings, nothing found so far */
    int markings;
    bool found;      /* the goal was met */
};

void net_make(struct op *op, const struct bpmn *m, int container, struct net *ret);
uint8_t *net_marking(struct op *op, const struct net *n);          /* empty */
void net_put(const struct net *n, uint8_t *marking,
             int32_t place); /* place: an edge of the model, or edge_count + node */
/* goal: a marking to look for, then the search ends with it; NULL: look for trouble. */
void net_search(struct op *op, const struct net *n, const uint8_t *from, const uint8_t *goal, struct net_result *ret);
