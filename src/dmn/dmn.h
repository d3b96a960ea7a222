/* dmn: decision models — policies as tables that a clerk can read and the program can run, check and explain.
 *
 *     struct dmn_doc doc = {S("低保.dmn"), bytes};
 *     struct dmn *model;
 *     if (!dmn_load(op, &doc, 1, &model))
 *         return false;                                   // 低保.dmn 第3行：……
 *     struct dmn_run run;
 *     dmn_run_init(&run, op, model);
 *     dmn_input(&run, S("人均年收入"), feel_of_int(3600));
 *     feel_value v = dmn_decide(&run, dmn_decision(model, S("是否纳入")));
 *     if (feel_is_null(v))
 *         show(run.notes);                                // why it came to null, decision by decision
 *
 * A loaded model is read-only and may be shared by threads; a run belongs to one op.
 * Evaluation never fails: what cannot be decided is null, and run.notes says where and why.
 * Text whose expressionLanguage is B-FEEL (DMN 1.6) has its two-valued truth and neutral values instead of null.
 * A FEEL text with a fault does not spoil the model: its decision is null with the fault as note (dmn_check shows it).
 * Read: DMN 1.1 to 1.6 XML, all boxed expressions, imports between the documents given. Values: see feel.h.
 * Standard: OMG DMN 1.5 (formal/24-01-01), clauses 6 to 10. `-` in a cell is always true (see docs of the table
 * editor).
 * Business knowledge written in Java is never loaded; src/feel/external.c lists the few functions known by name. */
#pragma once
#include "base/base.h"
#include "feel/feel.h"

enum {
    DMN_DOCS_MAX = 200,
    DMN_DEPTH_MAX = 120,         /* decisions, knowledge and boxes within each other */
    DMN_RULES_MAX = 20000,
    DMN_STEPS_MAX = 50000000,    /* FEEL steps of one dmn_decide */
    DMN_BYTES_MAX = 1 << 30,     /* memory of one run */
    DMN_NAMES_MAX = 4000000,     /* names in scope, added up over all expressions of the documents */
    DMN_NOTES_MAX = 100,
    DMN_FINDINGS_MAX = 200,
};

struct dmn;
struct dmn_element;

struct dmn_doc {
    str where; /* file name, for faults */
    str text;
};
/* The first document is the model; the others are there to be imported and may be of no use. */
[[nodiscard]] bool dmn_load(struct op *op, const struct dmn_doc *docs, size_t count, struct dmn **ret);

const struct dmn_element *dmn_decision(const struct dmn *d, str name); /* of the first document; NULL: none */
const struct dmn_element *dmn_service(const struct dmn *d, str name);
/* The decisions and inputs of the first document, in the order written. */
void dmn_decisions(const struct dmn *d, const struct dmn_element *const **ret, size_t *ret_count);
void dmn_inputs(const struct dmn *d, const struct dmn_element *const **ret, size_t *ret_count);
str dmn_element_name(const struct dmn_element *e);
const struct feel_type *dmn_element_type(const struct dmn_element *e);
/* Of a decision that is a table: how many rules, and the note of one (annotation or description), from 0. */
size_t dmn_rule_count(const struct dmn_element *decision);
str dmn_output_name(const struct dmn_element *decision); /* of the only output; empty: several, none, or no name */
str dmn_rule_label(const struct dmn_element *decision, size_t rule);

/* The first document as DMN 1.5, with its tables changed so. INPUT fault: an edit whose place is not there. Ids, links,
 * drawings and what other programs keep in the model stay as they are. */
enum dmn_part { DMN_INPUT_CELL, DMN_OUTPUT_CELL, DMN_RULE_NOTE, DMN_RULE_GONE, DMN_RULE_NEW, DMN_RULES_ORDER };
struct dmn_edit {
    str decision;
    size_t rule, column; /* from 0; a new rule comes after all others */
    enum dmn_part part;
    str text;            /* FEEL; of a note, words; of an order "2 0 1": all rules, new ones numbered after the old */
    const str *cells;    /* of a new rule: inputs, outputs, note */
    size_t cell_count;
};
[[nodiscard]] bool dmn_write(struct op *op, const struct dmn *d, const struct dmn_edit *edits, size_t edit_count,
                             str *ret);

/* The same in the namespace of DMN 1.3, which is what dmn-js and programs made with it open. */
[[nodiscard]] bool dmn_write_for_editors(struct op *op, const struct dmn *d, str *ret);

/* A table as written: its size, the text of a part (trimmed), the ids and names that a spreadsheet has
 * to bring back. */
struct dmn_layout {
    size_t inputs, outputs, rules;
    str hit_policy, aggregation;
};
bool dmn_layout(const struct dmn_element *decision, struct dmn_layout *ret); /* false: no table */
str dmn_part_text(const struct dmn_element *decision, enum dmn_part part, size_t rule, size_t column);
/* The input's expression, the output's name. */
str dmn_column_text(const struct dmn_element *decision, bool output, size_t column);
/* What people call it, where the model says so in its own words (the label of the standard); empty: it is called by its text. */
str dmn_column_label(const struct dmn_element *decision, bool output, size_t column);
/* typeRef as written; empty: none. */
str dmn_column_type(const struct dmn_element *decision, bool output, size_t column);
/* inputValues, outputValues: FEEL; empty: any. */
str dmn_column_allowed(const struct dmn_element *decision, bool output, size_t column);

struct dmn_note {
    struct dmn_note *next;
    str where; /* 决策「资格」第3条规则 */
    str text;
};

/* How a decision ended. A person acts on DMN_DECIDED alone; the others go to the pile of doubts. */
enum dmn_status {
    DMN_DECIDED,
    DMN_NO_RULE,  /* no rule matches */
    DMN_CONFLICT, /* several match where one may, or their results differ */
    DMN_LACKS,    /* a missing input could change the result (dmn_run.needs_all) */
    DMN_BARRED,   /* an input has a value that the table forbids */
    DMN_STATUSES
};
extern const str dmn_status_names[DMN_STATUSES];

/* How one table came to its result. */
struct dmn_trace {
    struct dmn_trace *next;
    str decision;
    feel_value result;
    bool table;
    enum dmn_status status;
    int chosen;                /* the rule whose output is the result, from 0; -1: none, or several together */
    str lacks;                 /* DMN_LACKS: 「人均收入」、「年龄」 */
    str hit_policy;
    const str *inputs;         /* the texts of its input expressions … */
    const feel_value *values;  /* … and what they were */
    size_t input_count;
    const int *failed;         /* per rule: -1 hit, else the first column that did not match, from 0 */
    const str *rule_labels;    /* annotation, or empty */
    size_t rule_count;
};

struct dmn_run {
    struct op *op;
    const struct dmn *dmn;
    bool explain;               /* set it before dmn_decide to get traces */
    /* Set it for policies: when an input is missing, a table decides only if no value of it could change the result;
     * otherwise the result is null and the note says what is lacking. FEEL alone would let not("低保") match nothing. */
    bool needs_all;
    bool b_feel;                /* every expression is B-FEEL, whatever the model says: errors are neutral values */
    struct dmn_note *notes, *last_note;
    struct dmn_trace *traces, *last_trace;
    int note_count;
    feel_value *values;         /* inner: per element */
    uint8_t *known;             /* inner */
    int depth;                  /* inner */
    int64_t steps;              /* inner */
    int frames;                 /* inner: FEEL evaluations within each other */
    size_t bytes;               /* inner: op->bytes when it began */
    const struct dmn_element *at; /* inner: what is being decided */
};
void dmn_run_init(struct dmn_run *run, struct op *op, const struct dmn *d);
/* Gives an input (or a decision, whose logic is then not run) its value; converted to its type, null if it does not
 * fit.
 * False: no such name. ns: the namespace of the model that has it, or empty. */
bool dmn_input(struct dmn_run *run, str name, feel_value value);
bool dmn_input_of(struct dmn_run *run, str ns, str name, feel_value value);
feel_value dmn_decide(struct dmn_run *run, const struct dmn_element *decision);
/* Every output decision of the service, from the inputs given; what is not given is null. */
void dmn_serve(struct dmn_run *run, const struct dmn_element *service, const struct feel_entry **ret,
               size_t *ret_count);
str dmn_explain(struct dmn_run *run); /* the traces as sentences, for the notice board */

/* What is wrong with a model, before anyone relies on it. */
struct dmn_finding {
    struct dmn_finding *next;
    enum dmn_finding_kind {
        DMN_FAULT,
        DMN_TYPE,
        DMN_GAP,
        DMN_OVERLAP,
        DMN_DEAD,
        DMN_DUPLICATE,
        DMN_UNCHECKED, /* not looked into, and why */
        DMN_TOLD,      /* a full-width spelling that was read as the plain one */
        DMN_NAME,      /* a cell has a word that is no name: a choice without its quotes, which would match nothing */
        DMN_FINDING_KINDS
    } kind;
    int line;     /* of the document */
    int rule, column; /* of the cell, from 1, outputs after inputs; 0: of no single cell */
    str where;
    str text;
    str example;  /* an input that shows it: 年龄 = 60，户籍 = "本镇"; may be empty */
};
/* Exact for cells of constants, comparisons, ranges, lists and not(…) of them; others are told as unchecked. */
void dmn_check(struct op *op, const struct dmn *d, struct dmn_finding **ret);

/* The conformance suite (TCK): runs every test file under a folder. A null expected as an error must have a note. */
struct dmn_tck {
    int cases, passed, suites, suites_whole, valued, valued_passed; /* valued: cases that expect a value */
};
struct dmn_tck_how {
    struct buf *report; /* one CSV line per case: folder, test, case, SUCCESS|ERROR, message; NULL: not wanted */
    struct buf *suites; /* one line per folder: name passed/cases; NULL: not wanted */
    bool b_feel;        /* as dmn_run.b_feel */
};
[[nodiscard]] bool dmn_tck_run(struct op *op, str folder, const struct dmn_tck_how *how, struct dmn_tck *ret);

/* zhenwu dmn tck DIR [--csv FILE] [--b-feel] | eval MODEL --decision NAME --input JSON [--explain] [--b-feel] |
 * check MODEL: the words behind these. Exit status: 0 all well, 1 findings or failed cases, 2 a fault, or wrong use where
 * there is none. */
int dmn_command_tck(struct op *op, int argc, char **argv);
int dmn_command_eval(struct op *op, int argc, char **argv);
int dmn_command_check(struct op *op, int argc, char **argv);
