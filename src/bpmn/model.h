/* The inside of bpmn: a model as load.c compiles it. Arrays and numbers only; shared by all instances, never changed.
 *
 * A process is a node too, the container of its nodes, as a sub-process is. A called global task becomes the call
 * activity's own kind. A link becomes an edge. Places of tokens are numbered: see place_of in state.h. */
#pragma once
#include "base/xml.h"
#include "bpmn/bpmn.h"

enum node_kind {
    NODE_PROCESS,
    NODE_START,
    NODE_END,
    NODE_CATCH,
    NODE_THROW,
    NODE_BOUNDARY,
    NODE_TASK,   /* does nothing: abstract and manual tasks without anybody to do them */
    NODE_USER,
    NODE_SCRIPT,
    NODE_SERVICE,
    NODE_SEND,
    NODE_RECEIVE,
    NODE_RULE,
    NODE_SUB,
    NODE_TRANSACTION,
    NODE_ADHOC,
    NODE_EVENT_SUB,
    NODE_CALL,   /* of a process of the same document, or of another (called < 0) */
    NODE_XOR,
    NODE_AND,
    NODE_OR,
    NODE_COMPLEX,
    NODE_GATE,   /* event-based */
    NODE_KINDS
};

enum event_kind {
    EVENT_TIMER,
    EVENT_MESSAGE,
    EVENT_SIGNAL,
    EVENT_ERROR,
    EVENT_ESCALATION,
    EVENT_COMPENSATE,
    EVENT_CONDITION,
    EVENT_CANCEL,
    EVENT_TERMINATE,
    EVENT_LINK,
    EVENT_KINDS
};

enum timer_kind { TIMER_DATE, TIMER_DURATION, TIMER_CYCLE };

struct event {
    enum event_kind kind;
    const struct xtree *xml;
    str name;                 /* message, signal, link: what must be equal; error, escalation: the code */
    bool any;                 /* error, escalation: catches every code */
    enum timer_kind timer;
    const struct feel *expr;  /* timer: when it is not a constant; condition */
    str text;                 /* timer: the constant */
    int activity;             /* compensate: node, or -1 for all */
    int node;                 /* whose event it is */
};

enum loop_kind { LOOP_NONE, LOOP_STANDARD, LOOP_SEQUENTIAL, LOOP_PARALLEL };
enum behavior { BEHAVIOR_ALL, BEHAVIOR_NONE, BEHAVIOR_ONE, BEHAVIOR_COMPLEX };

struct loop {
    enum loop_kind kind;
    bool test_before;
    int maximum;                  /* standard; 0: none */
    const struct feel *condition; /* standard: go on; multi-instance: enough */
    const struct feel *count, *collection;
    str item, results, result;    /* variable names: one of the collection, the list of results, one result */
    bool results_inside;          /* an output of the activity, which an association hands on */
    enum behavior behavior;
    int event;                    /* thrown by NONE and ONE: index into model->events, or -1 */
    struct complex_behavior {
        const struct feel *condition;
        int event;
    } *complex;
    size_t complex_count;
};

struct data_map {
    const struct feel *from;
    str to, source;              /* source: the data item, where it is one */
    const str *needs;            /* data of the case that it is made of */
    size_t need_count;
};

/* An input set: its members, and which of them must be there before the activity begins. An output set alike: which must be
 * there when it completes. */
struct input {
    str name;
    bool required;
};
struct input_set {
    const struct input *inputs;
    size_t count;
};

struct ints {
    int *p;
    size_t n, cap;
};

struct node {
    enum node_kind kind;
    str id, name;
    const struct xtree *xml;
    int up;                      /* container; -1: a process */
    struct ints in, out, events, boundaries;
    int standard;                /* default edge, or -1 */
    bool parallel_multiple, interrupting, for_compensation, instantiate, throws, wait;
    int attached;                /* boundary: to this node */
    int handler;                 /* compensation of this activity: node, or -1 */
    int start_quantity, completion_quantity;
    struct loop loop;
    /* containers */
    struct ints children, entries, event_subs;
    struct ints joins;           /* inclusive gateways with several ways in, and complex ones */
    int comp_sub;                /* event sub-process that compensates it, or -1 */
    bool sequential, cancel_rest, executable;
    const struct feel *enough;   /* ad hoc: completion condition; complex gateway: activation condition */
    /* tasks */
    const struct feel *script;
    str script_text, result, format;
    str message;                 /* send and receive task */
    int called;
    str called_key, decision;
    struct data_map *inputs, *outputs;
    size_t input_count, output_count;
    struct input_set *sets;      /* none: nothing is waited for */
    size_t set_count;
    const str *slots;            /* names of all its data inputs */
    size_t slot_count;
    struct input_set *out_sets;  /* of an activity: one must be there when it completes; none: nothing is asked */
    size_t out_set_count;
    const str *received;         /* names of its data outputs: what comes with an event or a message, in this order */
    size_t received_count;
    str data;                    /* first data item of a container */
    const str *declared;         /* names of its properties and data objects: data of its own */
    size_t declared_count;
    /* people: texts as written, and compiled where they are expressions */
    struct bpmn_people people;
    bool asks_outcome;           /* what it ended with is read before another task ends */
    str answers[BPMN_ANSWERS];   /* what agreeing and refusing are called there */
};

struct edge {
    str id, name;
    int source, target;
    const struct feel *condition;
    bool named;                  /* its condition speaks of waitingForStart */
    const struct xtree *xml;
};

/* Which conversation a message belongs to (8.4.2 of the standard): keys of properties; a property is retrieved from each
 * message, and may be bound to data of a process. correlate.c. */
struct retrieval {
    int property;
    str message, element;        /* the message's name and its id */
    const struct feel *path;
};
struct binding {
    int process, key, property;
    const struct feel *path;
};
struct correlation_key {
    str id;
    struct ints properties;
};
struct correlation {
    str *properties;             /* ids */
    size_t property_count;
    struct correlation_key *keys;
    size_t key_count;
    struct retrieval *retrievals;
    size_t retrieval_count;
    struct binding *bindings;
    size_t binding_count;
};

/* References resolved once: identity of an element of the document. */
struct bpmn {
    struct op *op;
    str where;
    struct xtree *root;
    uint64_t hash;
    struct map ids;              /* id: struct xtree * */
    struct map by_xml;           /* address of an element: struct node * */
    struct map data_names;       /* id of a data object: the first reference to it with a name, struct xtree * */
    struct node *nodes;
    size_t node_count;
    struct edge *edges;
    size_t edge_count;
    struct event *events;
    size_t event_count, event_cap;
    struct ints processes, complexes; /* complexes: complex gateways */
    const str *names;            /* variable names that the model declares */
    size_t name_count;
    struct feel_scope scope;
    struct bpmn_finding *findings, *last;
    int finding_count, refusals;
    struct correlation *correlation; /* NULL: nobody asks which conversation a message belongs to */
    const struct xtree
        *listed_in; /* while rules are checked: the last container asked, and whether its nodes list flows */
    bool lists;
    bool asks_inputs;            /* some node waits for data */
    bool checked;                /* its structure too */
};

void bpmn_find(struct bpmn *m, enum bpmn_finding_kind kind, const struct xtree *xml, const char *rule,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Text of an expression as people write it, in FEEL: ${a == 1 && b} is a = 1 and b. */
str bpmn_expression_text(struct op *op, str text);
const struct feel *bpmn_expression(struct bpmn *m, const struct xtree *xml, str text,
                                   const struct bpmn_options *options);
const struct feel *bpmn_child_expression(struct bpmn *m, const struct xtree *e, const char *name,
                                         const struct bpmn_options *options);
bool bpmn_timer_valid(struct op *op, enum timer_kind kind, str text); /* clock.c: it can be set */
bool bpmn_timer_computed(const struct bpmn *m, str text);
void bpmn_trace_outcomes(struct bpmn *m);
void bpmn_name_answers(struct bpmn *m); /* answer.c */
str bpmn_item_name(const struct bpmn *m, str reference); /* what data is called in expressions */
void bpmn_maps_read(struct bpmn *m, const struct xtree *e, const char *tag, struct data_map **ret, size_t *ret_count,
                    const struct bpmn_options *options);
void bpmn_correlation_read(struct bpmn *m, const struct bpmn_options *options);
void bpmn_sets_read(struct bpmn *m, struct node *n);
void bpmn_call_data(struct bpmn *m, struct node *n, const struct node *called, const struct bpmn_options *options);
void bpmn_data_items(struct bpmn *m);
void bpmn_rules(struct bpmn *m);       /* what the standard forbids */
const char *bpmn_tag_text(const struct xtree *e); /* 用户任务; an element of a node */
const struct xtree *bpmn_target(const struct bpmn *m, str reference); /* NULL: nothing has that id */
int  bpmn_node_of(const struct bpmn *m, const struct xtree *xml);     /* -1: none */
bool bpmn_is(const struct xtree *e, const char *name);                /* an element of BPMN so named */
int  bpmn_tag(const struct xtree *e); /* 0: a process; above: a node or global task; -1: neither */
static inline bool node_is_activity(enum node_kind k)
{
    return k >= NODE_TASK && k <= NODE_CALL && k != NODE_EVENT_SUB;
}
static inline bool node_is_container(enum node_kind k)
{
    return k == NODE_PROCESS || (k >= NODE_SUB && k <= NODE_EVENT_SUB);
}
static inline bool xtree_flag(const struct xtree *e, const char *name)
{
    str v = str_trim(xtree_own(e, name));
    return str_eq(v, S("true")) || str_eq(v, S("1"));
}
static inline bool xtree_denies(const struct xtree *e, const char *name) /* where it is true if nothing is said */
{
    str v = str_trim(xtree_own(e, name));
    return str_eq(v, S("false")) || str_eq(v, S("0"));
}
