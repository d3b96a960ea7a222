/* bpmn: procedure models (BPMN 2.0.2) and the token game, pure: (model, state, event) -> (state, commands).
 *
 *     struct bpmn_doc doc = {S("收文.bpmn"), bytes};
 *     struct bpmn *model;
 *     if (!bpmn_load(op, &doc, NULL, &model))
 *         return false;                                    // 收文.bpmn 第12行 网关「是否同意」：……
 *     struct bpmn_run run;
 *     bpmn_run_init(&run, op, model);
 *     if (!bpmn_start(&run, bpmn_process(model, S("")), values, count))
 *         return false;
 *     for (const struct bpmn_command *c = run.commands; c; c = c->next)
 *         carry_out(c);                                    // open a task, send a message, set a clock
 *     str bytes = bpmn_state_write(op, &run);              // and later: bpmn_state_read
 *
 * A loaded model is read-only and may be shared by threads. A state belongs to one op and is small: what is kept is two
 * tables that only grow, firings and tokens. A token is made by one firing and used by at most one. History, audit,
 * undo and the coloured diagram are readings of them.
 * In one command, what throws goes last; so no result depends on the order in which ready tokens are taken.
 * Nothing here asks for the time or does anything outside: time is op->now, the outside gets commands.
 * Evaluation of a condition never fails; what comes to null is not true. What cannot go on becomes an incident.
 * Ownership: model in the op that loaded it; state and commands in run.op. */
#pragma once
#include "base/base.h"
#include "feel/feel.h"

struct dmn;
struct bpmn;
struct xtree;

enum {
    BPMN_NODES_MAX = 10000,        /* nodes of one document; the largest seen in the field has 300 */
    BPMN_FIRINGS_MAX = 10000,      /* firings of one command: beyond that it is a loop that never waits, or more at once
                                      than anybody has use for; it stays below some hundredths of a second for others who wait */
    BPMN_INSTANCES_MAX = 1000,     /* of one multi-instance activity */
    BPMN_DEPTH_MAX = 60,           /* sub-processes and calls within each other */
    BPMN_STATE_BYTES_MAX = 64 << 20,
    BPMN_HELD_MAX = 1000,          /* signals and messages that one suspended case keeps */
    BPMN_ROWS_MAX = 2000000,       /* of one table of a state */
    BPMN_FINDINGS_MAX = 200,
    BPMN_SEATS_MAX = 500,          /* of one work; a village assembly is larger, and votes elsewhere */
    BPMN_TEXT_MAX = 1 << 16,       /* an opinion */
    BPMN_MARKINGS_MAX = 20000,     /* of one search over what can still happen */
    BPMN_TRANSFERS_MAX = 5,        /* a seat passed on more often has no owner */
    BPMN_WAITINGS_MAX = 500,       /* told of one case; nobody reads more */
    BPMN_NUDGE_MS = 30 * 60 * 1000,
};

/* ---- models ------------------------------------------------------------------------------------------------ */

struct bpmn_doc {
    str where; /* file name, for faults */
    str text;
};

/* How expressions and scripts are understood. NULL stands for all zero. */
struct bpmn_options {
    str (*expression)(struct op *op, str text); /* another notation into FEEL; NULL: FEEL, and ${…} of common kind */
    bool (*script)(str text);                   /* scripts are not FEEL but what this knows, and run.task does them */
};

/* Refuses what will not be executed: the fault names document, line, element and rule. */
[[nodiscard]] bool bpmn_load(struct op *op, const struct bpmn_doc *doc, const struct bpmn_options *options,
                             struct bpmn **ret);
/* Reads any model, executable or not. False: not well-formed or no BPMN. */
[[nodiscard]] bool bpmn_read(struct op *op, const struct bpmn_doc *doc, const struct bpmn_options *options,
                             struct bpmn **ret);
void bpmn_write(const struct bpmn *m, struct buf *b); /* diagrams and unknown extensions kept */

enum bpmn_finding_kind { BPMN_REFUSED, BPMN_STRUCTURE, BPMN_HINT };
struct bpmn_finding {
    struct bpmn_finding *next;
    enum bpmn_finding_kind kind;
    int line, column;
    str where; /* 用户任务「审批」 */
    str rule;  /* EXT096, deadlock … */
    str text;
};
/* What is wrong with it; refusals first, then the structure, each by line. */
const struct bpmn_finding *bpmn_check(struct bpmn *m);

struct bpmn_counts {
    int processes, nodes, flows, shapes, edges;
};
struct bpmn_counts bpmn_count(const struct bpmn *m);

int bpmn_process(const struct bpmn *m, str id); /* node; empty id: the first executable one; -1: none */
int bpmn_node(const struct bpmn *m, str id);    /* -1: none */
str bpmn_node_id(const struct bpmn *m, int node);
str bpmn_node_name(const struct bpmn *m, int node); /* its id where it has no name */
bool bpmn_named(const struct bpmn *m, str name);    /* whether any node has that name */
str bpmn_node_title(const struct bpmn *m, int node); /* for people: what it is, where it has no name */

/* Who does a user task and how; camunda:, flowable: and our own attributes, texts as written. */
struct bpmn_people {
    str assignee, users, groups, due, form, who, rule, back, take_back, phrases;
    str advice; /* <documentation>: what is to be done here, and where; in the words of the office */
    bool irreversible, agrees;
};
const struct bpmn_people *bpmn_node_people(const struct bpmn *m, int node);
/* Whether what a task ended with is read before the next one ends (a condition on `outcome`). If not, 不同意 would lead
 * where 同意 leads. */
bool bpmn_asks_outcome(const struct bpmn *m, int node);
/* What yes and no are called at a task: the names of the flows that such an answer takes out of the gateway behind it (退改、
 * 不予受理或一次告知补正). Empty: one of them has no name, or both answers may go the same ways. */
enum bpmn_answer { BPMN_YES, BPMN_NO, BPMN_ANSWERS };
str bpmn_answer_name(const struct bpmn *m, int node, enum bpmn_answer answer);
/* Whether something has to be filled in there (`!` in zw:form). */
bool bpmn_must_fill(const struct bpmn *m, int node);
/* Whether who does it decides, 同意 or not: its outcome is read and nothing has to be filled in, or the model says so (zw:agrees).
 * Everything else is done, 办好: nobody agrees to having paid or posted something. */
bool bpmn_decides(const struct bpmn *m, int node);

/* What can start a process without being asked by a person. */
enum bpmn_start_kind { BPMN_START_NONE, BPMN_START_TIMER, BPMN_START_MESSAGE, BPMN_START_SIGNAL, BPMN_START_CONDITION };
struct bpmn_start_row {
    int process, node;
    enum bpmn_start_kind kind;
    str name; /* message, signal; timer: its text */
    int event;             /* -1: none, a receive task */
    bool together;         /* one of several that must all come before anything is done; and with it: */
    bool others;           /* it begins with the first, which waits for the others inside */
    const str *carried;    /* what the values are called there that come with it */
    size_t carried_count;
};
void bpmn_starts(struct op *op, const struct bpmn *m, const struct bpmn_start_row **ret, size_t *ret_count);

/* ---- state ------------------------------------------------------------------------------------------------- */

enum bpmn_fire_kind {
    FIRE_OPEN,     /* a process, sub-process or call begins */
    FIRE_ENTER,    /* an activity or a waiting event begins */
    FIRE_PASS,     /* in and out at once: gateways, plain events, tasks done on the spot */
    FIRE_LOOP,     /* a repeated activity begins … */
    FIRE_INSTANCE, /* … and one repetition */
    FIRE_DONE,     /* an activity ends */
    FIRE_CLOSE,    /* a process or sub-process ends */
    FIRE_EVENT,    /* boundary event, event sub-process, caught event */
    FIRE_NOTE,     /* one of several events that must all come */
    FIRE_THROW,
    FIRE_END,
    FIRE_COMPENSATE,
    FIRE_HANDLER,  /* one compensation handler */
    FIRE_UNDO,
    FIRE_REDO,
    FIRE_JUMP,
    FIRE_STOP,     /* terminated, cancelled, failed: uses what is left */
    FIRE_KINDS
};

/* inner: live tokens of one scope or at one place, linked in the order of their numbers; -1: none. */
struct bpmn_chain {
    int32_t first, last;
};
struct bpmn_link {
    int32_t before, after;
};

struct bpmn_fire {
    int32_t node, scope; /* scope: the firing that opened it; -1: of the process itself */
    int32_t outer;       /* whose data and handlers it sees; scope but for compensation */
    int32_t tok;         /* opens a scope: the token that stands for it; else -1 */
    int32_t read, cause; /* token seen but not used; firing that set it off; -1: none */
    int32_t undone;      /* by which firing; -1 */
    int32_t act;         /* row of acts during which it happened */
    int32_t data;        /* LOOP: instances wanted; COMPENSATE: activity or -1; DONE, CLOSE: firing that began it */
    int32_t order;       /* when it happened: its number, but a redone firing happens again, later */
    int32_t live;        /* inner: tokens now in the scope it opened, */
    struct bpmn_chain inside; /* inner: and these */
    int32_t values;      /* inner: the last row of vars in the scope it opened; -1: none */
    uint8_t kind;
    bool restless;       /* inner: stands in state.restless */
};
/* What holds a token: an incident of its own, or one for all that were ready when a command had fired all it may. */
enum bpmn_stuck { STUCK_NOT, STUCK_ITSELF, STUCK_TOGETHER, STUCKS };
struct bpmn_tok {
    int32_t place, scope, made, used, index; /* used -1: live; index: number of a repetition */
    uint8_t stuck;                            /* enum bpmn_stuck */
    bool armed;                               /* inner: rows of waits are, or were, its own */
    struct bpmn_link in_scope, at_place;      /* inner: its neighbours there while it is live */
};
struct bpmn_wait { /* clocks, conditions, and parts of a multiple event */
    int32_t tok, event, made, used;
    int32_t left;      /* repetitions, -1: for ever */
    time_ms due;       /* INT64_MAX: not a clock */
    int64_t every;
};
struct bpmn_var {
    int32_t scope, made;
    str name;
    feel_value value;
    int32_t before;    /* inner: the row before it in its scope; -1: none */
};
struct bpmn_undo { /* what an undo changed, so that a redo can give it back */
    int32_t undo, tok, before, after;
};

enum bpmn_work_state { WORK_OPEN, WORK_DONE, WORK_RETURNED, WORK_WITHDRAWN, WORK_ENDED, WORK_STATES };
enum bpmn_seat_state {
    SEAT_WAITING,
    SEAT_OPEN,
    SEAT_AGREED,
    SEAT_REFUSED,
    SEAT_ABSTAINED,
    SEAT_READ,
    SEAT_TRANSFERRED,
    SEAT_CANCELLED,
    SEAT_VOID,
    SEAT_STATES
};
enum bpmn_rule { RULE_ANY, RULE_ALL, RULE_RATIO, RULE_COUNT, RULES };

struct bpmn_work { /* one visit of a user task */
    int32_t tok, node, opened, closed; /* firings; closed -1 */
    int32_t back_to;                   /* 直达: the undo whose work comes back when this is done; -1 */
    int32_t step;                      /* the step now open */
    enum bpmn_work_state state;
    time_ms due;                       /* 0: none */
    time_ms opened_at;
    bool returned_into;                /* opened by a return: 去重 does not apply */
};
struct bpmn_step { /* seats opened together */
    int32_t work, place; /* place: order within the work, renumbered by 加签 */
    enum bpmn_rule rule;
    int32_t num, den;    /* RATIO num/den, COUNT num */
    bool collect, cast;  /* collect: wait for all; cast: ratio of votes cast */
    bool advice;         /* refusal here comes back to who added it */
    bool decided, passed;
    int32_t by_seat;     /* 前加签: this seat waits for it (place -1); else -1 */
};
struct bpmn_seat {
    int32_t work, step;
    str who;
    enum bpmn_seat_state state;
    int32_t from;        /* transferred or asked from this seat; -1 */
    int32_t hops;
    bool ask;            /* 委派: its answer is advice, not a vote */
    int32_t act;         /* row of acts that closed it; -1 */
    int32_t rev;
    time_ms nudged;
    int32_t nudges;
    int32_t born;        /* row of acts during which it was made; -1: at the start, or by a clock */
    bool moot;           /* cancelled because the others have decided: 已由他人办结 */
};
struct bpmn_copy {
    str who, from;
    int32_t work, act, order; /* order 0: all at once; 轮阅: 1, 2, … */
    time_ms sent, read_at;
    str note;
    bool recalled;
};
/* What came from outside while the case was suspended: it is given to the case when that goes on. */
enum bpmn_held_kind { HELD_SIGNAL, HELD_MESSAGE, HELD_ESCALATION, HELD_CLOCK, HELD_KINDS };
struct bpmn_held {
    enum bpmn_held_kind kind;
    int32_t tok;         /* escalation: the call; else -1 */
    str name;
    feel_value values;   /* a context */
};
struct bpmn_moment {  /* firings from this number on happened then, but those that an act brought about */
    int32_t fire;
    time_ms at;
};
struct bpmn_act_row { /* every act ever accepted */
    str cmd, actor, for_whom, opinion;
    int32_t op, work, seat, other;
    time_ms at;
    bool struck;
};

enum bpmn_end { BPMN_RUNNING, BPMN_COMPLETED, BPMN_TERMINATED, BPMN_ERROR, BPMN_CANCELLED, BPMN_ENDS };

struct bpmn_state {
    struct { struct bpmn_fire *p; size_t n, cap; } fires;
    struct { struct bpmn_tok *p; size_t n, cap; } toks;
    struct { struct bpmn_wait *p; size_t n, cap; } waits;
    struct { struct bpmn_var *p; size_t n, cap; } vars;
    struct { struct bpmn_undo *p; size_t n, cap; } undos;
    struct { struct bpmn_work *p; size_t n, cap; } works;
    struct { struct bpmn_step *p; size_t n, cap; } steps;
    struct { struct bpmn_seat *p; size_t n, cap; } seats;
    struct { struct bpmn_copy *p; size_t n, cap; } copies;
    struct { struct bpmn_act_row *p; size_t n, cap; } acts;
    struct { struct bpmn_held *p; size_t n, cap; } held;
    struct { struct bpmn_moment *p; size_t n, cap; } moments;
    struct { int32_t *p; size_t n, cap; } live, ready, idle; /* inner: tokens; scopes that may have ended */
    struct { int32_t *p; size_t n, cap; } restless;          /* inner: scopes whose joins are to be tried: tokens came or went */
    struct { struct bpmn_chain *p; size_t n, cap; } places;  /* inner: live tokens by place */
    struct { int32_t *p; size_t n, cap; } conditions;        /* inner: rows of waits that are conditions */
    size_t starts;        /* inner: repetitions among what is ready, which have not begun */
    int32_t orders;       /* inner: the next firing's order */
    int32_t process;
    enum bpmn_end end;
    str end_code;         /* of an uncaught error */
    str drafter;
    time_ms suspended;    /* 0: no */
    time_ms ended_at;
    time_ms clock;        /* the latest time seen: it never goes back */
    int32_t rev;
};

enum bpmn_command_kind {
    BPMN_WORK_OPENED,   /* number: work */
    BPMN_WORK_CLOSED,
    BPMN_SEAT_OPENED,   /* number: seat */
    BPMN_SEAT_CLOSED,
    BPMN_CLOCK,         /* number: wait; due */
    BPMN_TASK,          /* number: token; a service task to be done outside, answered by bpmn_done or bpmn_throw */
    BPMN_CALL,          /* number: token; name: the process of another document */
    BPMN_SEND,          /* name: message; node */
    BPMN_SIGNAL,        /* name: signal, already given to this instance */
    BPMN_ESCALATION,    /* name: code that nobody here catches; for whoever called this process */
    BPMN_INCIDENT,      /* number: token; name: what is the matter */
    BPMN_COPY_SENT,     /* number: copy */
    BPMN_NOTICE,        /* number: seat; name: words */
    BPMN_ENDED,
    BPMN_COMMAND_KINDS
};
struct bpmn_command {
    struct bpmn_command *next;
    enum bpmn_command_kind kind;
    int32_t number, node;
    str name;
    time_ms due;
    const struct feel_entry *values; /* signal, message: what it carries, by the data inputs of what throws it */
    size_t value_count;
};

/* What run.task may answer: done on the spot; to be answered later; a BPMN error with its code; an incident. */
enum bpmn_task_answer { BPMN_TASK_DONE, BPMN_TASK_LATER, BPMN_TASK_ERROR, BPMN_TASK_FAILED };
struct bpmn_task {
    int32_t tok, node, scope;
    str script;                      /* script tasks with options.script */
    str code;                        /* ret, with BPMN_TASK_ERROR or BPMN_TASK_FAILED */
};

struct bpmn_run {
    struct op *op;
    const struct bpmn *model;
    struct bpmn_state state;
    struct bpmn_command *commands, *last_command; /* since bpmn_run_init or bpmn_run_next, in order */
    int fired;                                    /* in this command */
    int32_t act;                                  /* inner: the act under way, -1 */
    size_t seen_vars, seen_inputs, seen_joins;    /* inner: rows of vars when conditions, inputs, joins were last looked at */
    struct {                                      /* inner: what a loop has counted of its firings so far */
        int32_t scope, completed, index;
        size_t seen;
    } counted;
    /* given by the caller, all optional */
    str known;                                    /* a text that whoever reads the state knows too: not written with it */
    enum bpmn_task_answer (*task)(void *from, struct bpmn_run *run, struct bpmn_task *task);
    const struct dmn *(*decision)(void *from, str key); /* models for business rule tasks */
    bool (*people)(void *from, struct bpmn_run *run, int32_t work, const str **ret, size_t *ret_count); /* who sits */
    bool (*holds_office)(void *from, str who);          /* false: has left; NULL: everybody does */
    bool (*deputy)(void *from, str who, str owner);     /* AB岗 on this day */
    bool (*recorder)(void *from, str who, int32_t work); /* 代录: may write down there what others said; NULL: nobody */
    bool (*administrator)(void *from, str who);
    str (*name)(void *from, str who);                   /* for faults; NULL: as given */
    time_ms (*due)(void *from, time_ms start, str rule); /* working days; NULL: ISO durations on the plain clock */
    void *from;
    bool shuffle;                                 /* take ready tokens in random order: tests */
};

void bpmn_run_init(struct bpmn_run *run, struct op *op, const struct bpmn *m);
void bpmn_run_next(struct bpmn_run *run); /* forget the commands, keep the state */

/* ---- events ------------------------------------------------------------------------------------------------ */

/* False: refused, nothing has changed. Values are copied into run.op. */
[[nodiscard]] bool bpmn_start(struct bpmn_run *run, int process, str drafter, const struct feel_entry *values,
                              size_t count);
/* event: which of the start's events has come (struct bpmn_start_row). Where they must come together the case waits at
 * its start for the rest of them. with: what the message that begins it carries, by which later ones are told to be of the
 * same conversation; NULL: nothing. */
struct bpmn_carried {
    const struct feel_entry *values;
    size_t count;
};
[[nodiscard]] bool bpmn_start_at(struct bpmn_run *run, int start, int event, const struct bpmn_carried *with,
                                 str drafter, const struct feel_entry *values, size_t count);
/* The clock of a start whose events must come together belongs to the process, not to a case: it has rung, and a case that
 * waits at its start for it goes on. False: this one does not wait for it. start: the id of the start event. */
bool bpmn_start_rings(struct bpmn_run *run, str start, str clock);
/* Whether the condition of a start event holds over these values. */
bool bpmn_start_holds(struct op *op, const struct bpmn *m, int event, const struct feel_entry *values, size_t count);
bool bpmn_starts_plainly(const struct bpmn *m, int process); /* whether somebody may begin it */
/* The moments of a start event's clock, which runs since `since`: the last up to now, the next to come; 0: none. False:
 * its time cannot be read. */
bool bpmn_start_clock(struct op *op, const struct bpmn *m, int event, time_ms since, time_ms now, time_ms *ret_last,
                      time_ms *ret_next);
void bpmn_tick(struct bpmn_run *run);                  /* every clock that is due at op->now, earliest first */
bool bpmn_next_due(const struct bpmn_run *run, time_ms *ret);
/* Clocks that run, one after another: the first whose number is above `after`; -1: no more. What counts days of a town
 * may move one. */
int32_t bpmn_clock_next(const struct bpmn_run *run, int32_t after, int *ret_node, time_ms *ret_due);
void bpmn_clock_move(struct bpmn_run *run, int32_t clock, time_ms due);
/* True: somebody waited for it. One waiter takes a message, every one hears a signal. Where the model has correlation
 * keys for the message, only a waiter of the same conversation takes it. The values go, in their order, into
 * the data outputs of the event that catches it and on by its associations; an event without data outputs takes them
 * into the data under the names they come with. A suspended case keeps all three until it goes on. */
bool bpmn_message(struct bpmn_run *run, str name, const struct feel_entry *values, size_t count);
bool bpmn_waits_for(const struct bpmn_run *run, str message);
bool bpmn_signal(struct bpmn_run *run, str name, const struct feel_entry *values, size_t count);
[[nodiscard]] bool bpmn_done(struct bpmn_run *run, int32_t tok, const struct feel_entry *values, size_t count);
[[nodiscard]] bool bpmn_throw(struct bpmn_run *run, int32_t tok, str code); /* the task ends with a BPMN error */
/* A called process of another document throws an escalation: the call goes on, if no boundary interrupts it. */
[[nodiscard]] bool bpmn_escalate(struct bpmn_run *run, int32_t tok, str code);
/* Inside run.task: data that the task makes. */
void bpmn_task_set(struct bpmn_run *run, const struct bpmn_task *task, str name, feel_value value);
void bpmn_change(struct bpmn_run *run, const struct feel_entry *values,
                 size_t count);                                   /* from outside: wakes conditions */
/* The same, before an act that goes by them: conditions are looked at after it, so that what somebody fills in does not
 * take away the task at which they fill it in. */
void bpmn_learn(struct bpmn_run *run, const struct feel_entry *values, size_t count);
[[nodiscard]] bool bpmn_retry(struct bpmn_run *run, int32_t tok); /* after an incident: all that it holds go on */
/* Tokens that incidents hold, one of each incident: the first above `after`; -1: no more. */
int32_t bpmn_stuck_next(const struct bpmn_run *run, int32_t after);
/* Whether a live token waits for a process of another document, and which: begun by the caller of the game, answered
 * with bpmn_done or bpmn_throw. */
bool bpmn_calls(const struct bpmn_run *run, int32_t tok, str *ret_process);
void bpmn_hold(struct bpmn_run *run, int32_t tok, str why); /* what a token waits for cannot be had: an incident */
feel_value bpmn_value(struct bpmn_run *run, int32_t scope, str name);
/* as the activity sees it that holds the token */
feel_value bpmn_tok_value(struct bpmn_run *run, int32_t tok, str name);
str bpmn_data_name(const struct bpmn_run *run, int32_t scope); /* the first data item of the process; empty: none */
bool bpmn_alive(const struct bpmn_run *run, int32_t tok);
int  bpmn_tok_node(const struct bpmn_run *run, int32_t tok);   /* the node a token is in or on its way to */

/* What a running case waits for, in the order it came there, and since when. */
enum bpmn_waiting_kind {
    BPMN_WAITS_PERSON,    /* its open work tells more */
    BPMN_WAITS_MESSAGE,   /* what: its name */
    BPMN_WAITS_SIGNAL,
    BPMN_WAITS_CONDITION, /* what: as written */
    BPMN_WAITS_CLOCK,     /* due */
    BPMN_WAITS_DATA,      /* what: the names of the data that is lacking */
    BPMN_WAITS_OTHERS,    /* a join; what: the steps that it still waits for */
    BPMN_WAITS_BELOW,     /* what: the process of another document */
    BPMN_WAITS_OUTSIDE,   /* an answer to a service task */
    BPMN_WAITS_MENDING    /* an incident */
};
struct bpmn_waiting {
    int32_t tok, node, event; /* event: by bpmn_start_row's numbers; -1: none */
    enum bpmn_waiting_kind kind;
    str what;
    time_ms since, due;       /* since 0: not known, kept by an earlier version */
};
void bpmn_waitings(struct bpmn_run *run, const struct bpmn_waiting **ret, size_t *ret_count);
time_ms bpmn_fired_at(const struct bpmn_run *run, int32_t fire); /* 0: not known */

/* Every invariant of a state against its model; NULL: all hold; else what does not. Tests call it after each step. */
const char *bpmn_check_state(const struct bpmn *m, const struct bpmn_state *s);

/* To another version of the model: every node the case has touched must be there under its id, or under the one that a
 * rename gives it (of the same kind, each in its own place), and from where it stands the process must be able to end.
 * False: it stays where it was. */
struct bpmn_rename {
    str from, to; /* ids of elements */
};
[[nodiscard]] bool bpmn_migrate(struct bpmn_run *run, const struct bpmn *to, const struct bpmn_rename *renames,
                                size_t count);
/* Two versions side by side: every node in the processes of the one, then what is only in the other. False: as above, of the renames. */
struct bpmn_pair {
    int from, to;           /* -1: not there */
    str name, to_name;      /* what has no name is called by its kind */
    str altered;            /* what of it is another now, in words; empty: nothing */
};
[[nodiscard]] bool bpmn_compare(struct op *op, const struct bpmn *from, const struct bpmn *to,
                                const struct bpmn_rename *renames, size_t count, const struct bpmn_pair **ret,
                                size_t *ret_count);
bool bpmn_beside_same(const struct bpmn *a, const struct bpmn *b); /* what stands beside the processes: messages, signals … */
bool bpmn_alike(const struct bpmn *from, int a, const struct bpmn *to, int b); /* may be one step, renamed */
/* Whether the case has ever touched that node, and whether it is there now. */
bool bpmn_touched(const struct bpmn_run *run, int node, bool *ret_here);
/* An act of whoever plays the game, which the game itself knows nothing of: a row of acts with an op from BPMN_OWN_ACTS on,
 * for the history; other is its own too. */
enum { BPMN_OWN_ACTS = 64, BPMN_OWN_ACTS_MAX = 96 };
void bpmn_act_note(struct bpmn_run *run, int op, str actor, str opinion, int32_t other);

/* Bytes that another version of the program can read: docs/formats.md. */
str bpmn_state_write(struct op *op, const struct bpmn_run *run);
[[nodiscard]] bool bpmn_state_read(struct bpmn_run *run, str bytes);

/* ---- the conformance suite and the command ----------------------------------------------------------------- */

struct bpmn_suite {
    int cases, passed, refusals, refused, valid, valid_refused, disputed, disputed_passed;
};
[[nodiscard]] bool bpmn_suite_run(struct op *op, str folder, int schedules, struct buf *report, struct bpmn_suite *ret);

/* zhenwu bpmn check MODEL | test DIR [--schedules N] | write MODEL: the words behind these. Exit status: 0 all well, 1 findings or
 * failed cases, 2 a fault, or wrong use where there is none. To check, what is well-formed is never a fault: no BPMN, a DOCTYPE,
 * more than is read are findings. */
int bpmn_command_check(struct op *op, int argc, char **argv);
int bpmn_command_test(struct op *op, int argc, char **argv);
int bpmn_command_write(struct op *op, int argc, char **argv);
