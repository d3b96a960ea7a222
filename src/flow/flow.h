/* flow: 流程. A procedure (流程) is a BPMN model of a pack on a ledger; a case (事项) is one run of it on one record,
 * and hands seats (待办) to accounts with deadlines. What the model means is bpmn's; this room makes it last.
 *
 *     struct flow *flow;                          // procedures, read once, shared by all threads
 *     if (!flow_load(tx, town, S("packs"), &flow))
 *         return false;                           // what cannot be executed: file, element, rule
 *     struct flow_act act = {.command = id_new(op), .op = DO_AGREE, .case_id = c, .seat = 3, .rev = seen,
 *                            .opinion = S("拟同意")};
 *     struct flow_done done;
 *     if (!flow_do(tx, flow, who, &act, &done) || !store_commit(tx))
 *         return false;                           // CONFLICT: 此件已被他人办理，请刷新后再办
 *
 * One act is one transaction: the case's new state, the record's change of state, the seats, clocks and copies that
 * follow, and one fact (留痕 “办理”) that holds the whole state. A case has exactly one answer to "where is it now".
 * A repeated command id gives the first answer again and changes nothing. flow_preview runs the same code and takes
 * it back.
 *
 * Invariants: the tables of cases always equal what flow_rebuild makes from the facts; a running case stays on the
 * version of its model; a case that has ended has no open seat and no clock.
 *
 * Which post does a task is written in the model (zw:who), in these words, apart by 、 :
 *     拟稿人                   who began the case
 *     角色:领导                 every account with a post of that role today
 *     角色:村干部@村组          the same, of the record's village group
 *     字段:主办                what the record's field names: an account, a 干部 with an account, a 站所 through its 负责人
 *     账号:wangfang
 * A 站所 whose 负责人 has no account is answered for by who stands in (代岗), else by who has sent the matter there, with the reason
 * (空席). A task without anyone to do it becomes an incident 待分派, never passes by itself. A node whose name is a state (状态) of
 * the ledger moves the record to that state when it is reached, and a return moves it back. Deadlines (zw:due) are
 * codes of the ledger 时限规则, whose rows have effective dates (duties §8), or 字段:办理限, a moment the record names. A leader
 * who signs on paper: at a task with zw:record those people may write down (代录) what its holder wrote, with a picture
 * of the paper; both names stand in the history. Any opinion may carry a handwritten signature. A task with
 * zw:number="发文号" gives its record the next number of its series, 镇政发〔2021〕12号, when it is agreed to; zw:series="发文机关:
 * 镇党委=镇党发、镇政府=镇政发" says which series. A number once taken is never taken again. A timer event with zw:due counts by
 * that rule, in working days or calendar days, whatever its BPMN duration says; with zw:watch="救助对象.批次" (ledger and the
 * field by which its records refer to this one) it counts anew from every change of those records: a roster is on
 * public notice for its whole time unchanged (公示). Being overdue does what the rule's 逾期动作 says, step by step where the
 * rule has ratios above 100: 催办 and 抄送分管领导 at the deadline, 上报 (the chief sits beside) at the next ratio, 自动升级 (the
 * task passes to the chief) at the one after. What is filled in at a task (zw:form) are fields of the record apart by 、
 * ; one with ! must be filled in before the task is agreed to. When a task with zw:copy is done, the paper goes to
 * those words' people to be read (传阅). A call activity whose calledElement is the key of another procedure makes a
 * record of that procedure's ledger and a case on it (下达), one per repetition: zw:fields="村组=村组、任务=标题、来文=记录" says which
 * of its fields come from the loop's item, from this record's fields, from this record itself (记录) or from a text in
 * quotes; zw:results="反馈=反馈" what comes back as data; with zw:fields="记录=隐患" it makes no record but runs on that one. Where
 * the model speaks of a field 子, the records below are data of the case, and one that is added or changes is told to it
 * at once (below.c). The case waits until those below have ended; what it gives up by
 * a return ends below it. An error below is caught at the call, an escalation too, which then goes on beside it; a
 * signal is heard on the whole path, a message taken by one that waits there. Both are seen as one path (flow_path);
 * zw:feedback on the called process names the field that answers. A business rule task asks the policy that zw:decision
 * names, as it is in force that day, about the record (or the one that zw:of refers to), which alone is read; its
 * outputs, the number of the rule (规则) and why (依据) become data of the case under the policy's name or zw:result; zw:fields="等级=
 * 结果" fills them in. What it lacks is an incident. On the process: zw:ledger, zw:start (who may begin
 * it; none: who may add records) and zw:chief (who hears of what is overdue). */
#pragma once

#include "bpmn/acts.h"
#include "bpmn/bpmn.h"
#include "ledger/ledger.h"
#include "paper/paper.h"
#include "policy/policy.h"

enum {
    FLOW_KEY_MAX = 40,              /* 代码 of a procedure that the office makes */
    FLOW_EDITION_BYTES_MAX = 512 << 10, /* of a model made in the office; as JSON it is at most twice as long */
    FLOW_DRAFTS_MAX = 200,          /* that wait, of all procedures together */
    FLOW_REASON_MAX = 2000,         /* bytes */
    FLOW_PROCEDURES_MAX = 300,
    FLOW_VERSIONS_MAX = 2000,       /* of all procedures together; each change of a model makes one */
    FLOW_MODEL_BYTES_MAX = 2 << 20,
    FLOW_SEATED_MAX = 200,          /* accounts one task may be handed to */
    FLOW_LIST_MAX = 200,
    FLOW_RENAMES_MAX = 200,         /* steps of one 迁移 that are called otherwise */
    FLOW_OLD_MAX = 10000,           /* cases of one look at who could be migrated */
    FLOW_HAND_OVER_MAX = 5000,      /* cases of one 交接; nobody has so many */
    FLOW_DEPTH_MAX = 4,             /* cases that call cases: county, town, village group, household */
    FLOW_PRINT_ROWS_MAX = 20000,    /* of one print: a year's register of a county has fewer */
    FLOW_KIN_MAX = 500,             /* cases of one path */
    FLOW_TICK_MAX = 100,            /* cases of one flow_tick: after a week off, clocks are run in batches */
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

struct flow;

struct procedure_copy {             /* zw:copy */
    int node;
    str words;
};
struct procedure_number {           /* zw:number of a task: the field that takes the next number of a series */
    int node;
    str field, by, series;          /* zw:series="发文机关: 镇党委=镇党发、…": by that field, which 代字 */
    str dated;                      /* zw:dated="成文日|签发时": whose year it is of, the first that is filled in; else today's */
};
struct procedure_stamp {            /* zw:stamp of a task: the 时 or 日 in which is kept when it was done */
    int node;
    bool ends;                      /* of an end event: when it was reached */
    str field;
};
struct procedure_none {             /* zw:none of a task: as long as there is such a record that refers to this one, it is not done */
    int node;
    const struct ledger *ledger;
    str by, where;                  /* the field that refers; FEEL over those records */
    str cure;                       /* zw:cure: what is the matter, and what to do */
};
struct procedure_words {            /* zw:words of a task, zw:readers of the process: the 长文 that takes what was said there, and who has read */
    int node;                       /* -1: zw:readers */
    str field;
};
struct procedure_recorder {         /* zw:record of a task: who may write down what its people say on paper */
    int node;
    str words;
};
struct procedure_clock {            /* a timer with zw:due */
    int node;
    str due, watch;                 /* a code of 时限规则; zw:watch */
    const struct ledger *watched;   /* the ledger of zw:watch and its field that refers to the record; NULL: none */
    const struct field *by;
};
struct procedure_value {            /* a field of the record that a start event makes, in FEEL over what it carries */
    str name;
    const struct feel *tree;
};
struct procedure_start {            /* what begins it without anybody: a clock, a signal, a message */
    struct bpmn_start_row event;
    str id;
    const struct procedure_value *fields;
    size_t field_count;
};
struct procedure_call {             /* a call activity whose calledElement is another procedure */
    int node;
    str key;                        /* that procedure */
    str fields, results;            /* zw:fields, zw:results */
    str item;                       /* elementVariable of its repetition */
};
struct procedure_rule {             /* a business rule task: zw:decision names a policy */
    int node;
    const struct policy *policy;
    const struct field *by;         /* zw:of: the reference that leads to the record; NULL: the case's own */
    str result;                     /* zw:result: what its answer is called among the case's data */
    str fields;                     /* zw:fields="等级=结果" */
};
/* packs/<pack>/procedures/<key>.bpmn */
struct procedure {
    str key, name, pack, file;
    int64_t version;                /* 1, 2 … : grows when the model's bytes change */
    str hash;                       /* SM3 of the bytes */
    time_ms since;                  /* when this version came: its clocks run since then */
    str by, reason;                 /* who has put it in force, and why; by empty: the packs */
    bool by_hand;                   /* somebody may begin it */
    bool leads;                     /* one of its steps is named like a state: the record's state goes with its cases */
    const str *over;                /* states in which such a procedure begins no more: from there 流转 leads to none of its steps */
    size_t over_count;
    const str *ends;               /* states that one of its ends is called like */
    size_t end_count;
    const struct procedure_start *starts;
    size_t start_count;
    const struct ledger *ledger;
    str start, chief, feedback;
    struct bpmn *model;
    str text;                       /* the XML, for the page's diagram */
    const struct field *const *asked; /* those that conditions of the model mention: all a running case is told */
    size_t asked_count;
    const struct field *const *filled; /* those that its steps fill in: zw:form, zw:number, zw:stamp, zw:words */
    size_t filled_count;
    const struct procedure_copy *copies;
    size_t copy_count;
    const struct procedure_copy *seats; /* zw:who of its tasks */
    size_t seat_count;
    const struct procedure_call *calls;
    size_t call_count;
    const struct procedure_clock *clocks;
    size_t clock_count;
    const struct procedure_number *numbers;
    size_t number_count;
    const struct procedure_stamp *stamps;
    size_t stamp_count;
    const struct procedure_none *nones;
    size_t none_count;
    const struct procedure_words *words;
    size_t word_count;
    const struct procedure_recorder *recorders;
    size_t recorder_count;
    const struct procedure_rule *rules;
    size_t rule_count;
};

/* Creates the tables, reads the procedures of the packs and keeps new versions; older ones are loaded for cases that
 * run on them. */
[[nodiscard]] bool flow_load(struct tx *tx, const struct town *town, str packs_folder, struct flow **ret);
/* The procedures as this transaction sees them, from any reading of them: new versions are put in force while the program
 * runs. What is answered stays as it is; for what is done in this transaction it is the one to go by. */
[[nodiscard]] bool flow_now(struct tx *tx, const struct flow *flow, const struct flow **ret);
/* A model as it would be put in force as that procedure (key empty: one that has no key yet), without doing so: every refusal
 * and finding, in the order of bpmn_check. False: the system failed. */
[[nodiscard]] bool flow_check(struct tx *tx, const struct flow *flow, str key, str text, const struct bpmn_finding **ret);
/* Without a store: for checking packs. */
[[nodiscard]] bool flow_parse(struct op *op, const struct town *town, str packs_folder, struct flow **ret);
/* Version 0: the latest, also of what no pack has any more. NULL: none. */
const struct procedure *flow_procedure(const struct flow *flow, str key, int64_t version);
/* What new cases begin with: of those in the packs the latest, by pack and file, then the office's own. */
const struct procedure *flow_in_force(const struct flow *flow, str key); /* NULL: none */
size_t flow_procedures(const struct flow *flow, const struct procedure *const **ret);
/* A step of a procedure fills it in: whoever registers the record need not. */
bool flow_fills(const struct flow *flow, const struct ledger *l, const struct field *f);
struct policies *flow_policies(const struct flow *flow); /* of the same packs */

/* ---- the office's own -------------------------------------------------------------------------------------- */

/* A model that is changed or made in the office is a draft (草稿) that changes nothing, until somebody puts it in force (生效):
 * then it is the next version of its procedure, at once, for whatever begins from now on; running cases stay on theirs. The
 * packs' files are never touched. What newer packs say otherwise of a procedure whose version in force is a person's comes as
 * a draft by nobody; an edition that newer packs refuse gives its place to the pack's own, with the reason. To go back is to put
 * an earlier version in force again, as a new one. */

/* Who may, in the one place: models decide who gets tasks and opens what is masked, so it is the right to arrange posts. */
enum flow_design {
    FLOW_SEE,                       /* versions, drafts, what would change: 查看 of 岗位 */
    FLOW_EDIT,                      /* checks models and keeps drafts: 修改 of 岗位 */
    FLOW_FORCE,                     /* 流转 of 岗位 */
    FLOW_DESIGNS
};
[[nodiscard]] bool flow_may_design(struct op *op, const struct town *town, const struct who *who, enum flow_design act);

struct flow_draft {
    id id;
    str key, name, by, reason, hash; /* by empty: newer packs */
    int64_t base;                   /* the version it was made from; 0: none */
    time_ms at;
};
struct flow_version {
    int64_t version;
    str by, reason, hash;           /* by empty: the packs */
    time_ms since;
    bool in_force;
    str refused;                    /* why nothing runs on it any more; empty: it can */
    int64_t cases;                  /* that run on it, as far as FLOW_OLD_MAX of the procedure */
};
/* Newest first; none: there is no such procedure. */
[[nodiscard]] bool flow_versions(struct tx *tx, const struct flow *flow, str key, struct flow_version **ret, size_t *ret_count);
/* Those that wait, newest first; key empty: of all procedures. */
[[nodiscard]] bool flow_drafts(struct tx *tx, str key, struct flow_draft **ret, size_t *ret_count);

/* What becomes of a step in another version. */
enum flow_move_kind { FLOW_MOVE_HERE, FLOW_MOVE_LOST, FLOW_MOVE_RENAMED, FLOW_MOVE_ALTERED, FLOW_MOVE_ADDED, FLOW_MOVE_GONE };
struct flow_move_step {
    enum flow_move_kind kind;
    str node, name, to, to_name;    /* element ids and names, then and now */
    str text;                       /* what is another */
    bool here;                      /* the case is there now */
    const struct bpmn_rename *choices; /* of a lost one: id and name */
    size_t choice_count;
};

/* What is meant: a text, else a draft, else a version (0: the one in force). MISSING: it is not there. */
struct flow_model {
    str key, text;
    id draft;
    int64_t version;
};
[[nodiscard]] bool flow_model_text(struct tx *tx, const struct flow *flow, const struct flow_model *m, str *ret);
/* What it would change of the version in force, as steps of a flow_move; of a new procedure every step is added. ret_from NULL:
 * there is none in force. It must be BPMN. */
[[nodiscard]] bool flow_changes(struct tx *tx, const struct flow *flow, const struct flow_model *m, const struct procedure **ret_from,
                                struct flow_move_step **ret, size_t *ret_count);
/* INPUT: no reason, no key, no BPMN, too large. It may have findings; they only keep it out of force. */
[[nodiscard]] bool flow_draft_keep(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_model *m,
                                   str reason, id *ret);
[[nodiscard]] bool flow_draft_drop(struct tx *tx, const struct flow *flow, const struct who *who, str key, id draft, str reason);
/* `seen`: the version in force that its changes were looked at against, 0: there was none; CONFLICT when it is another by now,
 * or has the same bytes. INPUT with everything that refuses it. */
[[nodiscard]] bool flow_force(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_model *m,
                              str reason, int64_t seen, int64_t *ret_version);

/* ---- acts -------------------------------------------------------------------------------------------------- */

/* 重试: target is the token that an incident holds. 提请跳转 and 复核跳转: a jump over what cannot be undone (money, seals) is
 * proposed by one who supervises and done by the confirmation of another; the proposal stays until then. 迁移: to another
 * version of the procedure, target its number (below 1: the latest), renames the steps that are called otherwise there; refused
 * with the token and the element that the other version does not have, or where it would wait for ever. Each stands in the
 * history with who did it and why. 空席 is only told, by the system: a 站所 that had nobody, and why somebody else has its task. */
enum { FLOW_RETRY = DO_ACTS, FLOW_PROPOSE, FLOW_CONFIRM, FLOW_MIGRATE, FLOW_VACANT, FLOW_OPS };

struct flow_op {
    str code, name;                 /* agree, 同意 */
    bool opinion;                   /* words are required */
    bool people;                    /* somebody must be chosen */
};
struct flow_op flow_op(int op);
bool flow_op_find(str code_or_name, int *ret); /* false also for what only the system does */

struct flow_act {
    id command;                     /* none: it cannot be repeated safely */
    id case_id;
    int64_t rev;                    /* of the case as the person saw it; 0: not looked at */
    int32_t seat_rev;               /* of the seat; then this counts: signers do not disturb each other. -1: not seen */
    int op;                         /* enum bpmn_op, or FLOW_RETRY */
    int32_t work, seat, other, target; /* as bpmn/acts.h says; -1: none */
    str opinion;
    str for_whom, second;           /* accounts, as text */
    /* 手写签批: digest of a kept picture. 代录: for_whom holds the seat and has said it on paper; evidence is the digest of
     * its picture, and zw:record of the task says who may write it down. */
    str signature, evidence;
    const str *who;                 /* accounts, as text */
    size_t who_count;
    bool direct, in_order, collect, cast, binding;
    enum bpmn_rule rule;
    int32_t num, den;
    const int32_t *toks;
    size_t tok_count;
    str node;                       /* 自由跳转: the element to go to, instead of target */
    const struct json *values;      /* fields of the task's form, changed in the same transaction; NULL: none */
    const struct bpmn_rename *renames; /* 迁移: steps that are called otherwise there, by element id */
    size_t rename_count;
};

/* What an act did, or would do, in order. */
enum flow_effect_kind { FLOW_ARRIVES, FLOW_HANDS, FLOW_WITHDRAWS, FLOW_COPIES, FLOW_INCIDENT, FLOW_ENDS };
struct flow_effect {
    struct flow_effect *next;
    enum flow_effect_kind kind;
    str node, person;               /* names; of an incident: what is the matter */
};
struct flow_done {
    id case_id;
    int64_t rev, fact_no;
    bool repeated;                  /* the command was carried out before; effects are not told again */
    bool ended;
    str state;                      /* of the record now */
    const struct ledger *ledger;
    id record;
    int64_t record_version;
    const struct flow_effect *effects;
};

/* Whether `who` may begin it on that record; no is an answer, with its reason. What has come to its end, a state from
 * which 流转 leads to none of its steps, is not begun again. */
[[nodiscard]] bool flow_may_start(struct tx *tx, const struct flow *flow, const struct who *who,
                                  const struct procedure *p, id record, str *ret_reason);
/* One case per procedure and record at a time. `command` as in flow_act. */
[[nodiscard]] bool flow_start(struct tx *tx, const struct flow *flow, const struct who *who, const struct procedure *p,
                              id record, id command, struct flow_done *ret);
[[nodiscard]] bool flow_do(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_act *act,
                           struct flow_done *ret);
/* The same, taken back: ret tells what would happen. tx is a writing one. */
[[nodiscard]] bool flow_preview(struct tx *tx, const struct flow *flow, const struct who *who,
                                const struct flow_act *act, struct flow_done *ret);
/* Running cases of a procedure that are not on its latest version, oldest first; why: what keeps one from being
 * migrated, empty: nothing does. At most FLOW_OLD_MAX. */
struct flow_old {
    id case_id;
    int64_t version;
    str title, place, why;
};
[[nodiscard]] bool flow_older(struct tx *tx, const struct flow *flow, const struct who *who, const struct procedure *p,
                              const struct bpmn_rename *renames, size_t rename_count, struct flow_old **ret,
                              size_t *ret_count);
/* What migrating one case to a version (0: the latest) would change, by the steps that are renamed: for who supervises it. A
 * step that the case has touched and that is not there (FLOW_MOVE_LOST) comes with those that it may be called now. */
struct flow_move {
    const struct procedure *from, *to;
    struct flow_move_step *steps;
    size_t step_count;
    str refused;                    /* why it cannot go over; empty: it can */
};
[[nodiscard]] bool flow_move(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, int64_t version,
                             const struct bpmn_rename *renames, size_t count, struct flow_move *ret);
/* 交接: everything that waits for `from` goes to `to`, in one transaction. DENIED when one of it is not who's to
 * supervise. */
[[nodiscard]] bool flow_hand_over(struct tx *tx, const struct flow *flow, const struct who *who, id from, id to,
                                  str reason, int64_t *ret_cases);
/* A record on which a case runs changes its state only with the case: CONFLICT that names procedure and place. A case
 * that leads to no state (a report beside it, a call) holds nobody's hand. */
[[nodiscard]] bool flow_record_held(struct tx *tx, const struct flow *flow, const struct ledger *l, id record,
                                    str *ret_why); /* an answer: empty, it is free */
[[nodiscard]] bool flow_record_free(struct tx *tx, const struct flow *flow, const struct ledger *l, id record);
/* A record was withdrawn (作废): what runs on it ends. In the same transaction, by who withdrew it. */
[[nodiscard]] bool flow_record_withdrawn(struct tx *tx, const struct flow *flow, const struct who *who,
                                         const struct ledger *l, id record, str reason);

/* A record was added or changed. Of 岗位 and 账号: what waits for that account follows, and tasks without anybody are
 * handed to who has come. Cases on the record, and on what it refers to, are told: conditions that waited for it come
 * true, a rule that lacked something is asked again. In the same transaction. */
[[nodiscard]] bool flow_record_changed(struct tx *tx, const struct flow *flow, const struct who *who,
                                       const struct ledger *l, const struct record *r);

/* What time does: procedures that begin by the clock, timers, reminders at the rule's ratios (预警比例), what a rule says of
 * being overdue (逾期动作). Each case in a transaction of its own, at most FLOW_TICK_MAX of them; ret_done: how many were
 * due. Call again while it is FLOW_TICK_MAX or more. A case whose clock cannot run becomes an incident and is tried again
 * later, each time twice as late; so is what should have begun and could not (flow_missed). */
[[nodiscard]] bool flow_tick(struct op *op, struct store *store, const struct flow *flow, int *ret_done);
/* The same inside a transaction that goes on: for what plays an office in one. */
[[nodiscard]] bool flow_tick_within(struct tx *tx, const struct flow *flow, int *ret_done);
/* the earliest clock of all cases, and of what begins by itself */
[[nodiscard]] bool flow_next(struct tx *tx, const struct flow *flow, time_ms *ret, bool *ret_found);

/* What should have begun by its clock and could not, for who supervises its records and whom zw:chief names. */
struct flow_miss {
    const struct procedure *procedure;
    str start, owner, why;          /* owner: whose business it is, names */
    time_ms planned, again;         /* the moment it was meant for; when it is tried again */
    int tries;
};
[[nodiscard]] bool flow_missed(struct tx *tx, const struct flow *flow, const struct who *who, struct flow_miss **ret,
                               size_t *ret_count);
/* Tried now: begun, or a fault that says why not. */
[[nodiscard]] bool flow_missed_retry(struct tx *tx, const struct flow *flow, const struct who *who, str procedure,
                                     str start);

/* ---- lists ------------------------------------------------------------------------------------------------- */

enum flow_light { FLOW_NO_LIGHT, FLOW_GREEN, FLOW_YELLOW, FLOW_RED };
enum flow_box { FLOW_TODO, FLOW_SENT, FLOW_DONE, FLOW_COPY, FLOW_SUPERVISE, FLOW_INCIDENTS, FLOW_BOXES };
extern const str flow_box_names[FLOW_BOXES]; /* todo sent done copies supervise incidents */

struct flow_item {
    id case_id, record;
    int64_t no;                     /* of its first fact: cases in the order they began */
    const struct procedure *procedure;
    str title, drafter;             /* of the record; a name */
    str place;                      /* where the case is: names of its open tasks, or of what it waits at */
    time_ms started, ended;
    int64_t rev;
    int32_t seat;                   /* todo, done; copies: the copy; else -1 */
    str node;                       /* the task of the seat */
    str owner;                      /* todo: whose seat it is, when one stands in; copies: who sent it; else empty */
    time_ms opened, closed, due;
    enum flow_light light;
    int nudges;
    bool decides;                   /* todo: bpmn_decides, and nothing must be filled in: several may be answered at once */
    str yes;                        /* todo, decides: what yes is called at that step */
    str stuck;                      /* what holds it */
    str holders;                    /* sent, supervise: who has it now, or what it waits for below, the first few by name */
    bool read;                      /* copies */
};
struct flow_query {
    enum flow_box box;
    int limit;                      /* 1 … FLOW_LIST_MAX; 0 = 50 */
    int64_t skip;
};
struct flow_page {
    struct flow_item *items;
    size_t count;
    bool more;
};
[[nodiscard]] bool flow_list(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_query *q,
                             struct flow_page *ret);
struct flow_counts {
    int64_t todo, overdue, unread;  /* as far as 999 each */
};
[[nodiscard]] bool flow_count(struct tx *tx, const struct flow *flow, const struct who *who, struct flow_counts *ret);
/* The cases of one record, newest first. */
[[nodiscard]] bool flow_of_record(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *l,
                                  id record, struct flow_page *ret);
/* What the cases are about that have moved since that fact, whoever moved them; each once, no more than `most`. */
struct flow_moved {
    const struct ledger *ledger;
    id record;
};
[[nodiscard]] bool flow_moved(struct tx *tx, const struct flow *flow, int64_t since, struct flow_moved *ret, size_t most,
                              size_t *ret_count);
/* What a case is about, whoever asks. ret_ledger NULL: there is no such case. */
[[nodiscard]] bool flow_about(struct tx *tx, const struct flow *flow, id case_id, const struct ledger **ret_ledger,
                              id *ret_record);

/* ---- one case: where is it, since when, who had it, how long --------------------------------------------------- */

struct flow_seat {
    int32_t seat;
    int32_t rev;                    /* to be given back as seat_rev */
    int step;                       /* order within the visit */
    str person, by;                 /* whose; who acted, when that is another */
    str account;
    enum bpmn_seat_state state;
    str opinion;
    int act;                        /* enum bpmn_op that closed it; -1 */
    time_ms at;
    int nudges;
    bool struck, mine;              /* mine: who asks may act here */
    bool decides;                   /* who sits there agrees or not (bpmn_decides, or asked for advice); else it is done */
    str yes, no;                    /* what these are called here; no empty: no such answer */
    bool recordable;                /* who asks may write down here what its holder said on paper */
};
struct flow_visit {                 /* one visit of a task */
    int32_t work;
    str node, name;                 /* element id, name */
    enum bpmn_work_state state;
    time_ms opened, closed, due;    /* closed 0: open */
    enum flow_light light;
    struct flow_seat *seats;
    size_t seat_count;
    const str *form;                /* fields to be filled in, with ! where they must be */
    size_t form_count;
    str given;                      /* the one of them that takes its number by itself when left empty; empty: none */
    str advice;                     /* <documentation> of the step: what is to be done there */
    const str *phrases;             /* zw:phrases: what people usually write here */
    size_t phrase_count;
};
struct flow_word {                  /* one act, as the history and the printed slip tell it */
    int32_t number;
    int op;
    str person, for_whom, node, opinion;
    str to;                         /* whom it was given to: 转办, 委派, 加签, 分派, 交接, 传阅; whose seat: 减签, 催办 */
    str signature, evidence;        /* digests of pictures */
    time_ms at;
    bool struck, recorded;          /* recorded: 代录, person wrote it down for for_whom */
    str said;                       /* what it is called there: 退改, 办好; else the act's own name */
    int32_t about;                  /* 补正意见: the number of the word it mends; else -1 */
    int32_t version;                /* 迁移: to which; else 0 */
};
struct flow_reader {
    int32_t copy;
    str person, from, note, account;
    time_ms sent, read_at;
    bool recalled;
};
struct flow_may {                   /* an act, and whether who asks may do it now */
    int op;
    str name;                       /* as it is called at that seat */
    int32_t seat, target;           /* -1: of the case as a whole */
    str reason;                     /* why not; empty: may */
};
struct flow_place {
    str node;                       /* element id */
    enum { FLOW_HERE, FLOW_PASSED, FLOW_UNDONE, FLOW_STUCK } kind;
    int32_t tok;                    /* FLOW_HERE, FLOW_STUCK */
};
/* What a case waits for besides the people of its visits. */
struct flow_wait {
    enum bpmn_waiting_kind kind;     /* but not a person */
    str node, name, text;           /* element id, name; in words: 等消息“银行回单” */
    time_ms since, due;             /* due: of a clock; else 0 */
};
struct flow_ruling {                /* what a policy has said at a business rule task */
    str node, policy, result, reason;
    str since;                      /* the first day of the version that said it */
    int rule;                       /* from 1; 0: no rule of its own */
    time_ms at;
    bool undone;
};
struct flow_step {
    str node, name;
};
struct flow_view {
    struct flow_item head;
    enum bpmn_end end;
    bool suspended;
    struct record *record;          /* as who asks may see it */
    bool reveals;                   /* who asks may open what is masked of it: flow_reveal */
    struct flow_visit *visits;
    size_t visit_count;
    struct flow_word *words;
    size_t word_count;
    struct flow_reader *readers;
    size_t reader_count;
    struct flow_may *may;
    size_t may_count;
    struct flow_place *places;
    size_t place_count;
    struct flow_ruling *rulings;
    size_t ruling_count;
    struct flow_wait *waits;
    size_t wait_count;
    struct flow_unreached {         /* while it runs: whom its record names and nothing is sent to, as they have no account */
        str field, name;            /* 传阅范围, 韩立新 */
    } *unreached;
    size_t unreached_count;
    const struct flow_step *targets; /* where a jump may go, for who may jump */
    size_t target_count;
    struct flow_wish {              /* a jump that waits for a second person; by empty: none */
        str by, node, opinion;
        time_ms at;
        bool mine;
    } wish;
};
/* For those who take or took part in it, may supervise it, or may read its record. */
[[nodiscard]] bool flow_view(struct tx *tx, const struct flow *flow, const struct who *who, id case_id,
                             struct flow_view *ret);

/* Opens masked fields of the record of a case, with a reason, leaving a fact (查看敏感): for whoever has one of its tasks in
 * hand, who must ring back or go there, and for those whose rights open them anyway. */
[[nodiscard]] bool flow_reveal(struct tx *tx, const struct flow *flow, const struct who *who, id case_id, const str *fields,
                               size_t count, str reason, struct json **ret_values);

/* ---- cases within cases ---------------------------------------------------------------------------------------- */

/* one case of a path; the first is the one at the top, each comes after the one above it */
struct flow_kin {
    id case_id, record;
    const struct procedure *procedure;
    int depth, up;                  /* up: number in this list; -1: none */
    str node;                       /* the call above that it answers */
    str title, group, state, place, people, feedback, stuck;
    str waits;                      /* what it waits for besides people, in words */
    time_ms started, ended, since, due; /* since: the oldest open task, or what it waits for */
    enum bpmn_end end;
    enum flow_light light;
};
/* From the county's paper down to each village group and its answer. Titles and feedback are told to who takes part in
 * the case or in one above it, places and deadlines to everybody on the path. */
[[nodiscard]] bool flow_path(struct tx *tx, const struct flow *flow, const struct who *who, id case_id,
                             struct flow_kin **ret, size_t *ret_count);

/* ---- on paper ---------------------------------------------------------------------------------------------------- */

/* A print of a pack (packs/<pack>/prints): 批办单, 公示, 整改通知书 of a case; 发放花名册, 收据 of a record, whether or not it has
 * one; 收文登记簿 of a ledger between two days. Which of these it is follows from what it prints. Struck opinions are not
 * shown, what mends one (补正) stands right after it with name and time, an unfinished paper says 未办结, and what goes on a
 * wall is covered as the print says (遮); any other list of records needs the right to export them and shows what its reader
 * may see. */
enum flow_print_kind { PRINT_CASE, PRINT_RECORD, PRINT_LEDGER };
struct flow_print {
    id case_id;                     /* none: of the record */
    id record;                      /* none: of the ledger */
    const struct ledger *ledger;
    str form;                       /* empty: the first */
    str from, to;                   /* days, of a ledger */
};
[[nodiscard]] bool flow_print(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask,
                              struct paper **ret);
/* The names of a ledger's prints; of a case those of its record are among them. */
size_t flow_prints(const struct flow *flow, const struct ledger *l, enum flow_print_kind kind, str *ret, size_t most);

/* Who can be chosen for a task: accounts that may sign in, with their posts of today. */
struct flow_colleague {
    str account, name, role, group;
};
[[nodiscard]] bool flow_colleagues(struct tx *tx, const struct flow *flow, struct flow_colleague **ret,
                                   size_t *ret_count);

/* Recreates flow_case, flow_seat, flow_copy and flow_command from the facts. ret_different: cases whose rows were not what the
 * facts say; ret_reworded: others, that an earlier version of the program has told in other words (where a case stands that
 * no person holds). */
[[nodiscard]] bool flow_rebuild(struct tx *tx, const struct flow *flow, struct progress progress, int64_t *ret_cases,
                                int64_t *ret_different, int64_t *ret_reworded);
