/* Inside flow: one case in one transaction. */
#pragma once

#include "base/xml.h"
#include "flow/flow.h"

#define CASE_LEDGER S("flow")       /* of the facts; flow_load refuses a ledger so named */
#define SYSTEM_ACTOR S("系统")

/* In tables, what has no deadline comes after all that have: a list by deadline is then read from its index, row by
 * row. */
#define NO_DUE ((time_ms)1 << 46)
static inline time_ms due_kept(time_ms due) { return due ? due : NO_DUE; }
static inline time_ms due_read(time_ms kept) { return kept == NO_DUE ? 0 : kept; }

enum { WAKES_MAX = 6 };             /* 预警比例 of one rule: 50 80 100 in all we have seen */

/* packs/<pack>/prints/<x>.json: which form of packs/documents/forms shows what of a ledger's record or of its case. */
struct print {
    str name, file;
    const struct ledger *ledger;
    enum flow_print_kind kind;
    const struct json *json, *form; /* form NULL: an official document, laid out as GB/T 9704 says */
    struct { struct print_reach { const struct ledger *of; const struct reach *reach; } *p; size_t n, cap; } written; /* =算式 */
};

/* The procedures as one transaction sees them (shelf.c). Nothing of it changes once others may see it. */
struct flow {
    struct op *op;
    str packs;
    struct { struct print **p; size_t n, cap; } prints;
    const struct town *town;
    struct policies *policies;
    struct procedure *const *packed; /* as the packs have them, in force or not; version 0: nowhere kept as a version */
    size_t packed_count;
    struct { struct procedure **p; size_t n, cap; } all; /* every version that a case may run on */
    const struct procedure **latest;
    size_t latest_count;
    struct { struct procedure_refused *p; size_t n, cap; } refused;
    struct flow_shelf *shelf;       /* NULL: of packs alone */
    struct flow_reading *reading;   /* whose memory it lies in; NULL: of the op that opened it */
    const struct flow *before;      /* as they stood before the last change that somebody looked at */
    id mark;                        /* of that change */
};
struct procedure_refused {          /* a version that this program with these packs would not execute */
    str key, why;
    int64_t version;
};

/* load.c */
str procedure_digest(struct op *op, str bytes);
[[nodiscard]] bool packs_read(struct op *op, const struct town *town, str packs_folder, struct flow **ret);
/* What the process element says: name, ledger, people. */
[[nodiscard]] bool process_read(struct op *op, const struct town *town, struct procedure *p);
/* What stands in our own attributes, with all that is wrong there; the model has been read. */
[[nodiscard]] bool model_fill(struct op *op, const struct flow *flow, struct procedure *p, const struct xtree *root);
/* All of it, of p->text. */
[[nodiscard]] bool procedure_read(struct op *op, const struct flow *flow, struct procedure *p);
/* What is asked of new models only: who can say no, and what cannot agree by itself. */
[[nodiscard]] bool answers_check(struct op *op, const struct procedure *p, const struct xtree *root);
/* For checking: every task has words for who does it. */
[[nodiscard]] bool people_check(struct op *op, const struct procedure *p, const struct xtree *e);
/* A call has a procedure to call, and hands down fields that both sides know. */
[[nodiscard]] bool call_check(struct op *op, const struct flow *flow, const struct procedure *p, const struct procedure_call *call);
[[nodiscard]] bool calls_check(struct op *op, const struct flow *flow, const struct procedure *p);

/* shelf.c */
void latest_find(struct flow *flow); /* which of them new cases begin with */
struct version_new {
    const struct who *who;          /* NULL: the packs */
    str reason;
};
/* In force from now on as p->version, with its fact. */
[[nodiscard]] bool version_put(struct tx *tx, struct procedure *p, const struct version_new *v);
/* A model in waiting; who NULL: of the packs. */
[[nodiscard]] bool draft_put(struct tx *tx, const struct procedure *p, int64_t base, const struct version_new *v, id *ret);
str refused_why(const struct flow *flow, str key, int64_t version); /* empty: it is not */

/* When a work with a deadline is to be remembered: its rule's ratios as moments, kept with the case, so that a later
 * change of the rule changes nothing that has begun. */
struct wake {
    int32_t work;
    time_ms due, at[WAKES_MAX];
    int count;
};

/* What lies behind an opinion: a handwritten signature, the picture of the paper it was taken from. */
struct proof {
    int32_t act;
    str signature, evidence;
    bool recorded;
};

/* Signal, message or escalation on its way from a case that was begun in this same step. */
struct thrown {
    enum bpmn_command_kind kind;
    str name;
    int32_t tok;                    /* of the call it comes from */
    str clock;                      /* BPMN_CLOCK: its text, of the start event of that name … */
    time_ms planned;                /* … and the moment it rang for */
    const struct feel_entry *values; /* what it carries */
    size_t value_count;
    id heard[FLOW_DEPTH_MAX + 2];   /* cases that it has passed */
    int heard_count;
};

struct vacancy {
    int32_t work;
    str office, words;              /* the 站所, as short_id; why, for the history */
    const str *who;                 /* accounts that have it in its place, as short_id */
    size_t who_count;
};
struct flow_tx {
    struct op *op;
    struct tx *tx;
    const struct flow *flow;
    const struct town *town;
    const struct who *who;          /* who acts */
    str actor;                      /* that account, as short_id; or 系统 */
    struct who doer; /* the same person, as the procedure's hand: what the model moves needs no right of its own */
    const struct procedure *procedure;
    id case_id, record;
    int64_t record_no, parent_no;   /* their first facts; 0: not yet asked for */
    id parent;                      /* the case that called this one, and by which token; none */
    int32_t parent_tok;
    bool within;                    /* the case above is itself being settled, and will look */
    struct flow_tx *above;          /* that case, where this one is begun by it; NULL */
    struct thrown_list { struct thrown *p; size_t n, cap; } thrown; /* by cases that this one has just begun */
    const struct bpmn_command *told; /* the last that was looked at for what goes beyond this case */
    int relays;                     /* how many cases have set each other off */
    time_ms started;
    int64_t no;                     /* of its first fact: what it is called in the tables */
    int64_t rev, fact_no;           /* 0: not yet kept */
    struct map accounts;            /* their numbers, once asked for */
    int64_t record_version, record_seen; /* seen: its fact when it was first read */
    bool record_new;                /* made for this case, in this step */
    str record_state;
    bool withdrawn;
    const struct json *values;      /* of the record */
    struct bpmn_run run;
    bool failed;                    /* inside a callback; a fault is recorded */
    int administrator;              /* -1: not yet asked */
    bool ticking;                   /* the system acts */
    time_ms reminded;               /* reminders up to here have been given */
    struct { struct wake *p; size_t n, cap; } wakes;
    str stuck;                      /* what the incident says; empty: none */
    struct { struct vacancy *p; size_t n, cap; } vacancies; /* of this act, for the history */
    time_ms stuck_at;               /* since when; 0: not, or not known */
    struct wish {                   /* 提请跳转, until somebody else confirms it */
        str by, node, opinion;      /* by: account as short_id; empty: none */
        time_ms at;
        int32_t *toks;
        size_t tok_count;
    } wish;
    struct { struct proof *p; size_t n, cap; } proofs;
    str confirmed;                  /* whose proposal is being carried out */
    int restarted;                  /* clocks that count anew because what they watch has changed */
    int tries;                      /* of its clock, in vain */
    time_ms retry;                  /* when its clock is tried again; 0: none is in vain */
};

/* Ids inside a model's state and in bodies: 22 characters instead of 36. Read in both spellings. */
str short_id(struct op *op, id x);
bool short_id_read(str s, id *ret);

/* ---- people, deadlines ---- */

/* Whether every word is one that flow.h lists; else the first that is not. */
bool flow_who_valid(const struct ledger *l, str words, str *ret_bad);
/* Accounts, as short_id, that the words of zw:who mean now. None is an answer. */
[[nodiscard]] bool flow_seats(struct flow_tx *f, str words, const str **ret, size_t *ret_count);
/* Of those whom the record names for a step or to read: who has no account that holds a post today. */
[[nodiscard]] bool flow_unreached(struct flow_tx *f, struct flow_unreached **ret, size_t *ret_count);
/* The same for a task that is opened: what goes to a 站所 without anybody comes to a desk, and f->vacancies says why. */
[[nodiscard]] bool flow_seats_open(struct flow_tx *f, int32_t work, const str **ret, size_t *ret_count);
/* Who in office answers for a 站所 (its id as short_id) now: heads, else who stands in for them (ret_heads false). */
[[nodiscard]] bool flow_office_people(struct flow_tx *f, str office, const str **ret, size_t *ret_count, bool *ret_heads);
[[nodiscard]] bool flow_office_title(struct flow_tx *f, str office, str *ret);
/* vacant.c */
void vacancies_tell(struct flow_tx *f);                   /* into the history, when the seats are there */
bool vacancy_open(const struct flow_tx *f);               /* something waits at another desk */
[[nodiscard]] bool vacancies_settle(struct flow_tx *f, bool *moved); /* what can be done where it was sent goes there */
/* The accounts for which `who` stands in at this moment (代岗). */
[[nodiscard]] bool flow_stands_in(struct tx *tx, const struct flow *flow, id who, id **ret, size_t *ret_count);
[[nodiscard]] bool flow_staff_of(struct flow_tx *f, str account, str *ret); /* the 干部 whose account it is; empty: none */
/* Whether the account may sign in and has a post today. */
[[nodiscard]] bool flow_in_office(struct flow_tx *f, str account, bool *ret);
str flow_word_next(str *rest);      /* takes the next of the words that stand apart by 、 or a comma */
/* post.c: whether its holder may still do it: in office, and of the role that the model asks for. */
bool seat_manned(struct flow_tx *f, int32_t seat);
/* What waits for somebody who has left their post passes on; a task without anybody is handed to who has come. */
[[nodiscard]] bool post_settle(struct flow_tx *f, bool *ret_moved);
/* Names of accounts, each looked up once. Unknown ones are named so. */
struct names {
    struct tx *tx;
    const struct flow *flow;
    struct map known;
    bool failed;
};
void names_init(struct names *n, struct tx *tx, const struct flow *flow);
str  names_of(struct names *n, str account);
str  names_of_number(struct names *n, int64_t account); /* as in the tables; 0: empty */

/* ---- what was said (words.c) ---- */

str moment_shown(struct op *op, time_ms at);    /* 2021年7月9日 10:00; 0: empty */
bool step_meant(const struct flow_tx *f, int node, str word);
/* The next answer that counts, given at that step; after -1: the first. -1: no more. */
int32_t word_at(const struct flow_tx *f, str step, int32_t after);
int32_t word_last(const struct flow_tx *f, str step);
/* The next 补正 of that answer, or of what has mended it; -1: no more. */
int32_t word_mended(const struct flow_tx *f, int32_t word, int32_t after);
str word_said(const struct flow_tx *f, const struct bpmn_act_row *a);
/* Who said it; a deputy, or who wrote it down for somebody, beside whose word it is. */
str word_speaker(const struct flow_tx *f, struct names *names, const struct bpmn_act_row *a);
str word_signed(const struct flow_tx *f, const struct bpmn_act_row *a); /* the picture of their handwriting, by its digest */
/* As it was said, and after it what its speaker has mended, with name and time, as a hand would write it there. */
str word_whole(const struct flow_tx *f, struct names *names, int32_t at);
/* zw:words and zw:readers: the fields say what the case says now. */
[[nodiscard]] bool words_keep(struct flow_tx *f);

struct due {
    time_ms at;                     /* 0: none */
    struct wake wake;               /* work -1 */
    str actions[8];                 /* 逾期动作 */
    size_t action_count;
};
bool flow_due_valid(const struct ledger *l, str words);
/* By the row of 时限规则 in force on the day it starts, or by the record's field. */
[[nodiscard]] bool flow_due(struct flow_tx *f, str words, time_ms start, struct due *ret);
/* A deadline as late after a pause as it was before, in working days where the rule counts them. */
[[nodiscard]] bool flow_due_shift(struct flow_tx *f, str words, time_ms due, time_ms from, time_ms to, time_ms *ret);
[[nodiscard]] bool flow_wakes(struct flow_tx *f);   /* of works that have opened, moved or closed */
bool flow_clock_valid(const struct town *town, struct procedure_clock *clock); /* resolves zw:watch */
/* timers with zw:due: what was set now, and what is to count anew */
[[nodiscard]] bool flow_clocks(struct flow_tx *f);
/* ladder.c: what the rule says of a work that is overdue */
[[nodiscard]] bool ladder_climb(struct flow_tx *f, const struct wake *w);
[[nodiscard]] bool system_act(struct flow_tx *f, enum bpmn_op op, int32_t work, int32_t seat, str words, const str *who,
                              size_t who_count);
enum flow_light flow_light_of(time_ms now, time_ms warn, time_ms due, time_ms ended);

/* ---- a case ---- */

[[nodiscard]] bool case_tables(struct tx *tx);
void case_init(struct flow_tx *f, struct tx *tx, const struct flow *flow, const struct who *who);
void case_begin(struct flow_tx *f, const struct procedure *p);
/* MISSING when there is no such case. Its state is in run; its record is not yet read. */
[[nodiscard]] bool case_load(struct flow_tx *f, id case_id);
[[nodiscard]] bool case_above(struct tx *tx, id case_id, id *ret); /* the case that called it; none */
/* Accounts are known in the tables by the number of their first fact. 0: no account. */
[[nodiscard]] bool account_number(struct tx *tx, const struct town *town, id account, int64_t *ret);
[[nodiscard]] bool case_account(struct flow_tx *f, str account, int64_t *ret); /* the same of a short_id */
[[nodiscard]] bool case_record(struct flow_tx *f);  /* reads the record */
/* Fields of the record changed as what the procedure does, and the record read again; patch: a JSON object. */
[[nodiscard]] bool case_patch(struct flow_tx *f, str patch, str reason);
[[nodiscard]] bool case_field(struct flow_tx *f, str field, str text, str reason); /* one of them */
void case_asked(struct flow_tx *f, struct feel_entry **ret, size_t *ret_count); /* what the model is told of it */
const struct proof *case_proof(const struct flow_tx *f, int32_t act); /* NULL: none */
str  case_place(struct flow_tx *f);  /* names of its open tasks; where no person holds it, of what it waits at */
str  case_place_state(const struct flow_tx *f);     /* the record's state by where the case is, or by how it was given up; empty: says nothing */
bool case_supervised(struct flow_tx *f);            /* who acts has the right 督办 over this record */
struct case_fact {
    str act, node, opinion;         /* what the history shows */
    id command;
    str start;                      /* the start event that began it by itself, and the moment it was meant for */
    time_ms planned;
};
/* Writes what became of it: the fact and the rows that follow. */
[[nodiscard]] bool case_keep(struct flow_tx *f, const struct case_fact *what);
/* REWORDED: only the words for where it stands are others than an earlier version of the program has written. */
enum rows_change { ROWS_SAME, ROWS_REWORDED, ROWS_CHANGED };
[[nodiscard]] bool case_rows(struct flow_tx *f, enum rows_change *ret_changed);
[[nodiscard]] bool case_command(struct tx *tx, id command, int64_t no, int64_t fact_no);
/* Reads what case_keep wrote into the body of a fact; ret_command none: there was none. */
[[nodiscard]] bool case_body_read(struct flow_tx *f, const struct fact *fact, id *ret_command);
[[nodiscard]] bool case_reader(struct flow_tx *f);  /* DENIED unless who may see this case */
/* Whether 不同意 at this seat leads anywhere that 同意 does not; if not, it is no answer to give. */
bool case_refusable(const struct flow_tx *f, int32_t seat);
/* Who reads the record because of the case: sensitive fields masked, what it refers to named by the rights they have. */
struct who case_reader_who(struct flow_tx *f);
struct who case_opener_who(struct flow_tx *f);      /* the same, and who may open what is masked */

/* number.c */
bool number_valid(const struct ledger *l, const struct procedure_number *n);
bool number_dated_valid(const struct ledger *l, str dated);
[[nodiscard]] bool number_take(struct flow_tx *f, int node); /* of a task that is agreed to */
str number_given(const struct flow_tx *f, int node); /* the field that number_take will fill where it is empty; empty: none */
/* zw:none: read with the procedure, and asked when the task is done: of what whoever does it may see. */
[[nodiscard]] bool nones_find(struct op *op, const struct town *town, struct procedure *p, const struct xtree *root);
[[nodiscard]] bool none_left(struct flow_tx *f, int node);
[[nodiscard]] bool stamp_put(struct flow_tx *f, int node);  /* the time, where zw:stamp wants it */
[[nodiscard]] bool stamp_end(struct flow_tx *f, str state); /* the same, of an end whose name is the state that is reached */

/* rule.c: business rule tasks */
[[nodiscard]] bool rules_find(struct op *op, const struct flow *flow, struct procedure *p, const struct xtree *root);
const struct procedure_rule *rule_of(const struct procedure *p, int node); /* NULL: no such task */
enum bpmn_task_answer rule_task(void *from, struct bpmn_run *run, struct bpmn_task *task);
bool rules_retry(struct flow_tx *f);                /* those that lacked something; true: one was asked again */
void rulings_read(struct flow_tx *f, struct flow_ruling **ret, size_t *ret_count);

/* print_load.c */
const struct print *print_find(const struct flow *flow, const struct ledger *l, enum flow_print_kind kind, str name); /* empty: the first */
[[nodiscard]] bool prints_load(struct op *op, struct flow *flow, str packs_folder);
[[nodiscard]] bool prints_check(struct op *op, const struct flow *flow); /* against the procedures */
/* print.c: what would stand on it, as JSON */
[[nodiscard]] bool print_values(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask,
                                str *ret);

/* kin.c */
#define FLOW_RECORD_WORD S("记录")  /* in zw:fields: right, the record of the case that calls; left, the record that is called */
enum { FLOW_ROUNDS_MAX = 50 };
bool flow_pair_next(str *rest, str *ret_name, str *ret_source); /* 任务=标题、… of zw:fields and zw:results */
/* After a case was kept: what it calls is begun, what it gave up is ended, what it waited for is answered; then the
 * case above it. */
[[nodiscard]] bool kin_settle(struct flow_tx *f);

/* start.c: what begins by itself */
enum { RELAYS_MAX = 20 };           /* cases that set each other off; deeper than any path is */
struct start_due {
    const struct procedure *procedure;
    const struct procedure_start *start;
};
struct rung {
    str procedure, start;
    time_ms at;
};
[[nodiscard]] bool starts_find(struct op *op, struct procedure *p, const struct xtree *root);
/* A signal or a message that a case has thrown begins what waits for it. */
[[nodiscard]] bool starts_hear(struct flow_tx *f, enum bpmn_start_kind kind, str name, const struct feel_entry *values,
                               size_t count);
/* A record was added or changed since fact number `before`: conditions that have come true by it begin what waits for
 * them. */
[[nodiscard]] bool starts_watch(struct tx *tx, const struct flow *flow, const struct ledger *l, id record,
                                int64_t before, int relays);
/* Those whose moment has come; ret_next: the earliest moment of all, also of those; 0: none. */
[[nodiscard]] bool starts_due(struct tx *tx, const struct flow *flow, struct start_due *ret, size_t most,
                              size_t *ret_count, time_ms *ret_next);
/* Once for its moment; by_hand: somebody wants it now, not when it is to be tried again. */
[[nodiscard]] bool start_ring(struct tx *tx, const struct flow *flow, struct start_due d, bool by_hand);
[[nodiscard]] bool start_moment(struct tx *tx, struct start_due d, time_ms *ret); /* what it would begin for now; 0: none */
bool rung_note(struct map *rung, const struct json *body); /* true: it was of a clock */
[[nodiscard]] bool rung_rebuild(struct tx *tx, const struct map *rung, int64_t *different);

/* missed.c: what could not begin */
[[nodiscard]] bool missed_keep(struct tx *tx, const struct start_due *d, time_ms planned, str why);
[[nodiscard]] bool missed_end(struct tx *tx, str procedure, str start);
[[nodiscard]] bool missed_again(struct tx *tx, str procedure, str start, time_ms planned, time_ms *ret); /* 0: at once */
void missed_note(struct map *missed, const struct json *body);
void missed_over(struct map *missed, str procedure, str start);
[[nodiscard]] bool missed_rebuild(struct tx *tx, const struct map *missed, int64_t *different);

/* throw.c: escalations, signals and messages that the case has thrown since it was last asked go to the others of its
 * path. ret_moved: this case has moved by it, and is to be settled again. */
[[nodiscard]] bool thrown_tell(struct flow_tx *f, bool *ret_moved);
/* To cases of a procedure that wait for the rest of what begins them: a message or the process's clock to the oldest that
 * lacks it, a signal to all. At most FLOW_KIN_MAX are asked. */
[[nodiscard]] bool thrown_join(struct flow_tx *f, const struct procedure *p, const struct thrown *t, bool *ret_heard);

/* below.c: records below that of the case, as the model asks for them: [{id, 状态}] */
#define BELOW_CHANGED S("下级记录有变")
[[nodiscard]] bool below_read(struct flow_tx *f, const struct field *children, feel_value *ret);
[[nodiscard]] bool below_tell(struct flow_tx *f, bool *ret_moved);
[[nodiscard]] bool below_changed(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                                 const struct record *r);

/* The cases on the record itself. */
[[nodiscard]] bool own_changed(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                               const struct record *r);

/* wait.c */
void waits_read(struct flow_tx *f, struct flow_wait **ret, size_t *ret_count);
str waits_place(struct flow_tx *f);

/* migrate.c */
[[nodiscard]] bool case_migrate(struct flow_tx *f, const struct flow_act *act);

/* act.c */
/* What one voice is: it takes the flow, it is one of several of which some suffice, or it is only asked what it thinks. Kept with
 * the open seats of the lists, so by number. */
enum voice { VOICE_WHOLE, VOICE_SHARED, VOICE_ADVICE };
enum voice seat_voice(const struct bpmn_state *s, int32_t seat);
str answer_word(const struct bpmn *m, int node, enum voice voice, int op);
/* What an act at a seat is called: yes and no by the names of the flows that they take, 办好 where nobody decides. */
str seat_word(const struct bpmn *m, const struct bpmn_state *s, int32_t seat, int op);
bool seat_decides(const struct bpmn *m, const struct bpmn_state *s, int32_t seat); /* who sits there agrees or not: bpmn_decides, or asked for advice */
void stuck_set(struct flow_tx *f, str why);              /* empty: nothing holds it any more */
void own_act_note(struct flow_tx *f, int op, str words, int32_t what); /* an act of this room, for the history */
int flow_act_op(int32_t kept);                            /* back to enum bpmn_op or FLOW_… */
bool case_tell(struct flow_tx *f);  /* what has changed of the record goes to the model; true: something has */
/* CONFLICT when such a case already runs on the record. */
[[nodiscard]] bool case_alone(struct flow_tx *f, const struct procedure *p, id record, str title);
[[nodiscard]] bool nudges_keep(struct flow_tx *f);     /* nudge.c: reminders of this step, in the ledger 催办 */
[[nodiscard]] bool act_keep(struct flow_tx *f, const struct case_fact *what); /* case_keep, then kin_settle */
[[nodiscard]] bool act_end(struct flow_tx *f, str reason);  /* 终止 by the system, whatever the record says */
/* After the model moved: incidents, reminders, the record's state. */
[[nodiscard]] bool act_settle(struct flow_tx *f, str reason);
