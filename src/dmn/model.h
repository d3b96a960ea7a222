/* The inside of dmn: the model as load.c makes it and run.c, check.c and tck.c read it. */
#pragma once
#include "base/xml.h"
#include "dmn/dmn.h"

/* A type with its constraints; `feel` is what FEEL sees of it. */
struct dtype {
    struct feel_type feel;
    str name;
    bool collection;
    const struct dtype *of; /* collection: of its items; function: of its result */
    const struct dfield {
        str name;
        const struct dtype *type;
    } *fields;
    size_t field_count;
    const struct feel **allowed; /* unary tests, all must be true; those of a base type included */
    size_t allowed_count;
};

enum box_kind {
    BOX_BROKEN,
    BOX_LITERAL,
    BOX_CONTEXT,
    BOX_TABLE,
    BOX_INVOCATION,
    BOX_FUNCTION,
    BOX_RELATION,
    BOX_LIST,
    BOX_IF,
    BOX_FILTER,
    BOX_FOR,
    BOX_SOME,
    BOX_EVERY
};

/* A boxed expression. Which members count depends on its kind. */
struct box {
    enum box_kind kind;
    int line;
    str fault;                  /* BROKEN */
    const struct feel *tree;    /* LITERAL */
    const struct dtype *type;   /* typeRef of the expression, may be NULL */
    struct box **boxes;         /* CONTEXT values, INVOCATION callee then bindings, LIST, RELATION cells row by row,
                                 * IF three, FILTER in and match, FOR in and return, FUNCTION body */
    str *names; /* CONTEXT (empty: result), INVOCATION bindings, RELATION columns, FOR variable, FUNCTION */
    const struct dtype **types; /* CONTEXT entries, FUNCTION parameters */
    size_t count, columns;
    bool java, pmml;            /* FUNCTION */
    bool item_known;            /* FILTER, FOR, SOME, EVERY: what the items are */
    struct table *table;
};

enum hit { HIT_UNIQUE, HIT_FIRST, HIT_PRIORITY, HIT_ANY, HIT_COLLECT, HIT_RULE_ORDER, HIT_OUTPUT_ORDER };
enum aggregate { AGGREGATE_NONE, AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_COUNT };

struct table_input {
    str text;
    const struct feel *expression;
    const struct feel *values; /* inputValues, may be NULL */
    const struct dtype *type;
    bool null_is_value;        /* a cell of the column speaks of null */
    str fault;
    int line;
};
struct table_output {
    str name;
    const struct dtype *type;
    const struct feel *fallback; /* default output, may be NULL */
    feel_value *order;           /* outputValues as constants, for priority */
    size_t order_count;
};
struct table_cell {
    const struct feel *tree; /* NULL: fault */
    bool anything;           /* it is `-` */
    str told;                /* full-width spellings in it were read so */
    str fault;
    str bare;                /* the fault: it is nothing but words that are no names, of which this is the last */
};
struct table_rule {
    struct table_cell *inputs, *outputs;
    str label;
    int line;
};
struct table {
    enum hit hit;
    enum aggregate aggregate;
    struct table_input *inputs;
    struct table_output *outputs;
    struct table_rule *rules;
    size_t input_count, output_count, rule_count;
    struct scope *scope;
};

enum element_kind { ELEMENT_INPUT, ELEMENT_DECISION, ELEMENT_KNOWLEDGE, ELEMENT_SERVICE };

struct required {
    str name; /* as the requiring element writes it, import name included */
    const struct dmn_element *element;
};

struct dmn_element {
    enum element_kind kind;
    str id, name;
    const struct xtree *xml;
    struct model *model;
    const struct dtype *type;
    size_t number; /* among all elements of all models */
    struct required *required;
    size_t required_count;
    str dangling;            /* a reference of it that leads nowhere; empty: none */
    const struct box *logic; /* NULL: none */
    /* SERVICE */
    const struct dmn_element **inputs; /* input data, then input decisions: the parameters */
    const struct dmn_element **outputs;
    size_t input_count, output_count;
    struct feel_field *params; /* SERVICE, KNOWLEDGE as functions */
    size_t param_count;
};

struct import {
    str name, ns;
    struct model *model; /* NULL: not among the documents */
};

struct model {
    struct model *next;
    str ns, name, where;
    const struct xtree *root;
    struct import *imports;
    size_t import_count;
    struct dmn_element **elements;
    size_t element_count;
    struct map types; /* name: struct type_entry */
    struct feel_field *type_fields;
    size_t type_count;
};

struct dmn {
    struct op *op; /* that loaded it */
    struct model *models; /* the first is the one loaded */
    size_t element_count;
    const struct dmn_element **decisions, **inputs;
    size_t decision_count, input_count;
    const str *members; /* every component name of every type, for names after a point */
    size_t member_count;
};

/* Names in scope while compiling; searched upwards. */
struct scope {
    const struct scope *up;
    str name;
    const struct feel_type *type;
};

/* Values of local names while running: context entries, parameters, loop variables, the item of a filter. */
struct env {
    const struct env *up;
    str name; /* empty: the item of a filter */
    feel_value value;
};

bool dmn_namespace(str ns); /* of a DMN version we read */
bool dmn_fit(struct dmn_run *run, feel_value v, const struct dtype *type, feel_value *ret);
void dmn_note_add(struct dmn_run *run, str where, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define NOTE_NULL(...) (dmn_note_add(__VA_ARGS__), feel_null())
struct frame {
    struct dmn_run *run;
    const struct dmn_element *element;
    const struct env *env;
};
/* `input`: the tree is unary tests against it, and its notes are not kept. `rule`, from 1, is named in notes;
 * 0: none. */
feel_value dmn_feel(struct frame *f, const struct feel *tree, const feel_value *input, size_t rule);
feel_value dmn_table(struct frame *f, const struct table *t);
bool dmn_hits_one(enum hit hit); /* the result is that of one rule */
/* What the rules that hit come to. ret_chosen: the rule, or -1. */
struct hits {
    size_t *p;
    size_t n, cap;
};
feel_value dmn_outcome(struct frame *f, const struct table *t, struct hits hits, enum dmn_status *ret_status,
                       int *ret_chosen);
/* The rules in the order in which the first that hits decides. NULL: outputs are not constant, so there is none. */
const size_t *dmn_rule_order(struct frame *f, const struct table *t);
/* 「甲」→「乙」→「甲」 if the element depends on itself, or on something that does; empty: it does not. Depth counts as a
 * circle past DMN_DEPTH_MAX. */
str dmn_circle(struct op *op, const struct dmn *d, const struct dmn_element *from);
str dmn_where(struct dmn_run *run, const struct dmn_element *e);
const char *dmn_hit_name(enum hit hit);
