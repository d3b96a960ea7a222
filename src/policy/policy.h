/* policy: 政策、筛查、模拟、名单. A policy is a decision model in a pack, with the population it is about and where its
 * inputs come from; a screening is one version of it run over everybody as of a day.
 *
 *     struct policies *policies;
 *     const struct policy_version *version;
 *     struct population *people;
 *     struct screening *s;
 *     struct kept_screening kept;
 *     if (!policies_load(op, town, S("packs"), &policies))
 *         return false;                                        // packs/relief/policies/….json 第7行：……
 *     const struct policy *p = policy_find(policies, S("冬春救助类别与金额"));
 *     if (!policy_in_force(op, p, day, &version) || !population_load(tx, op, town, p, day, &people) ||
 *         !screening_run(op, version, people, NULL, 0, 1, &s) || !screening_keep(tx, who, s, &kept))
 *         return false;
 *
 * packs/<pack>/policies/<name>.json:
 *     {"政策": "冬春救助类别与金额", "英文名": "winter_relief", "说明": "…", "核定": "救灾救助",
 *      "总体": {"台账": "户", "条件": "状态 = \"在册\"", "分组": "村组"},
 *      "成员": [{"名": "成员", "台账": "人", "按": "户", "条件": "…", "项": ["年龄", "残疾等级"]}],
 *      "输入": [{"名": "家庭人口", "取": "count(成员)"}],
 *      "版本": [{"生效": "2021-10-01", "止": "2022-09-30", "模型": "winter_relief.dmn", "决策": "救助",
 *                "金额": "金额", "纳入": "结论 = \"应救助\"", "待核": "结论 = \"需人工\"",
 *                "用例": "winter_relief.csv"}]}
 * 核定 is the line of work (业务条线) whose people clear the doubts; not written: that of the population's ledger. Within
 * it, a kind of doubt may be one post's, from a day on; the first that fits counts:
 *      "核定岗": [{"疑点": "财政供养", "由": "民政助理", "干部": "站所.名称 = \"社会事务办公室\"", "生效": "2021-07-01"}]
 * 疑点 is a word of the doubt's text (empty: every doubt), 岗位 and 干部 are conditions over the post acted from and over
 * the cadre that the account is of.
 * 取 is FEEL over the ledger's fields and the members; a field of several choices or references is text (取暖、饲草料), a
 * moment is its day. The note of a rule (annotation) is the clause it rests on. Amounts, limits and categories are
 * cells of the model.
 *
 * Invariants: a version with a fault, a gap, an overlap, a failing or missing case is never in force. A missing input
 * that could change the result decides nothing (status DMN_LACKS). A rule only proposes: a roster holds what a person
 * decided, with a reason wherever that differs from the proposal or there was none. Same facts, same version, same day:
 * the same bytes (screening_bytes), forever. */
#pragma once
#include "dmn/column.h"
#include "ledger/ledger.h"

enum {
    POLICY_FILE_BYTES_MAX = 4 << 20,
    POLICY_INPUTS_MAX = 200,
    POLICY_CASES_MAX = 20000,
    POLICY_MEMBERS_MAX = 20000000,   /* of a population: a county has under two million people */
    POLICY_EDITS_MAX = 200,
};

/* ---- definitions ------------------------------------------------------------------------------------------- */

struct policy_input {
    str name;                    /* 名: an input of the model */
    str from;                    /* 取 */
    int line;
};
struct policy_members {          /* one-to-many: a household's persons */
    str name;
    const struct ledger *ledger;
    str by, where;               /* 按: the field that refers to the population; 条件 */
    const struct field **fields; /* 项 */
    size_t field_count;
    int line;
};

struct policy_clearer {          /* 核定岗 */
    str doubt, by;               /* 疑点: a word of it, empty: any; 由: what people call the post */
    str post, staff;             /* 岗位, 干部: conditions over those ledgers; empty: whatever it is */
    day from, until;
};

struct policy_version {
    const struct policy *policy;
    day from, until;             /* 生效, 止 (the last day; INT32_MAX: open) */
    str model_file, cases_file;
    str model_text;
    struct dmn *model;
    const struct dmn_element *decision;
    str amount;                  /* 金额: the output in yuan; empty: no money */
    str included;                /* 纳入: FEEL over the outputs; empty: a result that is true, or an amount above 0 */
    /* 待核: FEEL over the outputs; true: the rule itself leaves it to a person; empty: never */
    str doubtful;
    id edition;                  /* made in the office; none: of the pack */
    bool draft;                  /* not put in force */
    str cases_text;              /* CSV; with it cases_file is only a name */
    str by, reason;              /* of an edition */
    int line;
};

struct policy {
    str name, english, pack, file, note;
    const struct ledger *ledger;
    str cleared_by;              /* 核定 */
    const struct policy_clearer *clearers;
    size_t clearer_count;
    str where, group;            /* 条件, 分组: the field whose value the counts are by, "村组" … */
    str group_via;               /* … and the reference that leads to it, of "户.村组"; empty: the ledger's own */
    const struct policy_members *members;
    size_t member_count;
    const struct policy_input *inputs;
    size_t input_count;
    const struct policy_version *versions; /* by 生效, ascending */
    size_t version_count;
};

struct policies;
/* Reads and checks every packs/<pack>/policies/<x>.json with its models. Faults name file, line and cure. */
[[nodiscard]] bool policies_load(struct op *op, const struct town *town, str packs_folder, struct policies **ret);
size_t policies_count(const struct policies *p);
const struct policy *policies_at(const struct policies *p, size_t i);
const struct policy *policy_find(const struct policies *p, str name); /* Chinese or English name; NULL: none */

/* What keeps a version from being put in force, in words: findings of dmn_check, failing cases, rules without one. */
struct policy_trouble {
    struct policy_trouble *next;
    str where, text, example;
    bool blocks;                 /* else only a remark */
    int rule, column;            /* the cell of the table it is about, from 1, outputs after inputs; 0: none */
};
struct policy_cases {            /* 用例: coverage */
    int64_t cases, passed;
    size_t rules, covered;
    int *by_rule;                /* [rules] how many cases each decides */
    str *ends;                   /* [cases] what is the matter with each; empty: it comes out as it should */
};
/* Finding trouble is not failing. */
[[nodiscard]] bool policy_check(struct op *op, const struct policy_version *v, struct policy_trouble **ret,
                                struct policy_cases *ret_cases);
/* The version whose days hold `on`, if nothing blocks it; CONFLICT with the troubles otherwise, MISSING when there is
 * none. */
[[nodiscard]] bool policy_in_force(struct op *op, const struct policy *p, day on, const struct policy_version **ret);
const struct policy_version *policy_version_on(const struct policy *p, day on); /* NULL: none; whatever its state */

/* What the policy in force today, editions of the office included, says of one record: that record alone is read, with
 * its members. No answer is an answer, with what is the matter. */
struct policy_answer {
    const struct policy_version *version; /* NULL: none in force */
    str trouble;                 /* 缺少「等级」; empty: decided */
    feel_value outputs;          /* a context; a single result is called 结果 there too */
    int rule;                    /* from 1; 0: no rule of its own */
    str clause;
    bool doubtful;               /* the rule itself leaves it to a person */
};
[[nodiscard]] bool policy_ask(struct tx *tx, const struct town *town, const struct policy *p, id record,
                              struct policy_answer *ret);
/* Whether every version of the pack may be in force; CONFLICT with the troubles otherwise. Editions were asked when they
 * came. */
[[nodiscard]] bool policy_sound(struct op *op, const struct policy *p);

/* ---- the population ---------------------------------------------------------------------------------------- */

/* Everybody as of the end of a day, in columns, members ordered by record id. Read as the system: masked values would
 * falsify it; the caller has asked whether the person may screen. One way for screening, simulating, pages and
 * commands. */
struct population {
    struct op *own;
    const struct town *town;
    const struct policy *policy;
    day on;
    int64_t fact_no;             /* read as of this fact; 0: of a day that was still going on … */
    int64_t facts;               /* … when there were so many */
    size_t count;
    id *ids;
    uint32_t *groups;            /* [count] into group_names */
    str *group_names;
    size_t group_count;
    struct feel_rows inputs;     /* named as the model's inputs */
    /* beside those read: ledgers whose facts change it (counts, references, group names) */
    const struct ledger **others;
    size_t other_count;
};
/* It lives as long as `keep`, which may be tx->op, or an op of its own for a population that is asked again and again:
 * reading costs a hundred times what deciding does. */
[[nodiscard]] bool population_load(struct tx *tx, struct op *keep, const struct town *town, const struct policy *p,
                                   day on, struct population **ret);
/* The population as the facts are now: itself when none since `*facts` concerns it, else a new one in `keep`, in which
 * only the records written since, and those they are members of, were read again. *facts: people->facts at first. A
 * past day never changes. */
[[nodiscard]] bool population_follow(struct tx *tx, struct op *keep, const struct population *people, int64_t *facts,
                                     const struct population **ret);
/* What members are called, uncovered; as of the day. Made when asked: names cost more to make than all columns. */
[[nodiscard]] bool population_titles(struct tx *tx, const struct population *people, const size_t *members,
                                     size_t count, str *ret);

/* ---- screening and simulation ------------------------------------------------------------------------------- */

/* How many ended how. */
struct screen_tally {
    uint16_t outcome;
    enum dmn_status status;
    int rule;                    /* from 1; 0: no rule of its own */
    str clause, result;          /* of the rule; the result as people read it, if it is the same for all */
    bool included;
    int64_t count, amount_fen;
};
struct screening {
    const struct policy_version *version;
    const struct population *people;
    struct dmn_plan *plan;
    uint16_t *outcomes;          /* [count] */
    bool *included;              /* [count] proposed */
    bool *doubtful;              /* [count] undecided, contradictory, or left to a person */
    int64_t *amount_fen;         /* [count] 0 unless included */
    const struct screen_tally *tallies;
    size_t tally_count;
    int64_t included_count, total_fen, doubt_count;
    str model_text;              /* with the edits */
};
/* `edits`: cells changed for a simulation; NULL: the version as it is. threads: how many may work. */
[[nodiscard]] bool screening_run(struct op *op, const struct policy_version *v, const struct population *people,
                                 const struct dmn_edit *edits, size_t edit_count, int threads, struct screening **ret);
feel_value screening_value(struct op *op, const struct screening *s, size_t member);
/* Missing or contradictory: what must be cleared before a roster. Empty: the member is no doubt. */
str screening_doubt(struct op *op, const struct screening *s, size_t member);

/* Two screenings of the same policy: other cells, other versions or other days. Members are matched by record. */
struct screen_change {
    id record;
    const struct population *of; /* where it is: the later of the two that has it … */
    size_t member;               /* … and its place there */
    str group;
    bool before, after;          /* included */
    int64_t before_fen, after_fen;
};
struct screen_group {
    str name;
    int64_t entering, leaving, changed, before_fen, after_fen;
};
struct comparison {
    struct screen_change *changes; /* those who enter, leave, or get another amount */
    size_t change_count;
    struct screen_group *groups;   /* all groups; the last is the whole */
    size_t group_count;
};
[[nodiscard]] bool screening_compare(struct op *op, const struct screening *before, const struct screening *after,
                                     struct comparison *ret);

/* ---- kept --------------------------------------------------------------------------------------------------- */

[[nodiscard]] bool policy_setup(struct tx *tx); /* own tables */
/* Columns as JSON: members, outcomes, values used, model digest. */
str screening_bytes(struct op *op, const struct screening *s);
struct kept_screening {
    id id;
    str policy, digest;
    day on;
    int64_t count, included, doubts, total_fen;
    time_ms at;
    bool frozen;
    str roster_digest, by;
};
/* Stores the bytes, their digest and a fact. Run again over the same facts it finds the same digest and
 * keeps one copy. */
[[nodiscard]] bool screening_keep(struct tx *tx, const struct who *who, const struct screening *s,
                                  struct kept_screening *ret);
[[nodiscard]] bool screening_kept(struct tx *tx, id screening, struct kept_screening *ret);
/* A person decides about one member of its population: in or out, how much, why. The reason is required where the rule
 * proposed otherwise or nothing; so somebody whom the rule left out is added. */
struct screen_decision {
    id record;
    bool included;
    int64_t amount_fen;
    str reason;
};
/* DENIED: a doubt is cleared by somebody of the policy's line of work, or by the post that the policy names. */
[[nodiscard]] bool screening_decide(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct policy *p, id screening, const struct screen_decision *d);
/* Freezes the list of those decided or proposed in, with values and digest. CONFLICT: doubts without a decision, with
 * their number. */
[[nodiscard]] bool roster_freeze(struct tx *tx, const struct who *who, id screening, struct kept_screening *ret);

/* The decision table of a version as a worksheet, and back: changed cells, new rows and rows taken out become the new
 * model text; hit policy, names, ids and links stay. CONFLICT: the sheet was made from another version. */
[[nodiscard]] bool policy_table_write(struct op *op, const struct policy_version *v, str path);
[[nodiscard]] bool policy_table_read(struct op *op, const struct policy_version *v, str path, str *ret_model,
                                     size_t *ret_changes);

/* A workbook: result, doubts with room for the decision, sums by rule and by group. */
[[nodiscard]] bool screening_book(struct tx *tx, const struct screening *s, str path);

/* ---- who may ----------------------------------------------------------------------------------------------- */

/* The one place. Screening reads as the system, so whoever asks must be allowed to read every ledger it reads over
 * the whole town. */
enum policy_act {
    POLICY_SEE,                  /* the library and the tables: 查看 of 政策表 */
    /* run it, ask why, simulate: 查看 of the population and of what the inputs read, everywhere */
    POLICY_SCREEN,
    POLICY_DECIDE,               /* doubts and rosters: and 流转 of the population */
    POLICY_CLEAR,                /* doubts: and 流转 of some ledger of the line of work that clears them (核定) */
    POLICY_EXPORT,               /* and 导出 of the population */
    POLICY_UNCOVER,              /* and 查看敏感 of the population: names and values that are masked for this person */
    POLICY_EDIT,                 /* 修改 of 政策表 */
    POLICY_FORCE,                /* 流转 of 政策表 */
    POLICY_ACTS
};
[[nodiscard]] bool policy_may(struct op *op, const struct town *town, const struct who *who, const struct policy *p,
                              enum policy_act act);
/* Whose post it is to clear such a doubt on that day; NULL: whoever works in the line. */
const struct policy_clearer *policy_clearer(const struct policy *p, str doubt, day on);
str policy_clearer_name(struct op *op, const struct policy *p, str doubt, day on); /* 民政助理; “救灾救助”条线 */
/* POLICY_CLEAR, and this is their post. */
[[nodiscard]] bool policy_may_clear(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct policy *p, str doubt);
/* Inputs whose value this person would see masked in the ledger. */
void policy_hidden(struct op *op, const struct town *town, const struct who *who, const struct policy *p, bool **ret);
/* What a record is called as this person may see it; `kept`: what it was called when it was kept, empty: now. */
[[nodiscard]] bool policy_title(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                id record, str kept, str *ret);
/* Opens what is masked of a roster, or of one member of it (record): a fact says who looked and why. */
[[nodiscard]] bool policy_uncover(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p,
                                  id screening, id record, str reason);
/* Duties §9: no policy selects people by ethnicity, belief or opinion, whatever its name for them. False with a
 * fault that says which. */
[[nodiscard]] bool policy_lawful(struct op *op, const struct town *town, const struct policy *p);
/* The same of one name that a changed model asks for. */
[[nodiscard]] bool policy_asks_lawful(struct op *op, str name);

/* ---- tables changed in the office ---------------------------------------------------------------------------- */

/* A table as a person edits it: every rule there is to be, in any case with its cells and note. */
struct rule_row {
    int from;                    /* the rule of the version it was, from 0; -1: new */
    const str *cells;            /* inputs, outputs, note */
    size_t count;
};
/* The version with these rules; nothing is kept. ret_changes: cells, rules added and rules taken out. */
[[nodiscard]] bool policy_rules_apply(struct op *op, const struct policy_version *v, const struct rule_row *rows,
                                      size_t count, struct policy_version **ret, size_t *ret_changes);
/* The version with a model that came from elsewhere (dmn-js): it has to hold the decision. */
[[nodiscard]] bool policy_model_apply(struct op *op, const struct policy_version *v, str model,
                                      struct policy_version **ret);
/* Its cases as a worksheet: each with how it came out, and beside it which rules they reach. And back: the cases of a
 * worksheet as CSV, the form in which editions keep them. INPUT: a column that is no input and no result. */
[[nodiscard]] bool policy_cases_write(struct op *op, const struct policy_version *v, str path);
[[nodiscard]] bool policy_cases_read(struct op *op, const struct policy_version *v, str path, str *ret_csv);
/* The same of rows that a person typed. */
[[nodiscard]] bool policy_cases_csv(struct op *op, const struct csv_row *rows, size_t count, str *ret);
/* The rows of a version's cases, the first of them the heading; none: no rows. */
[[nodiscard]] bool policy_case_rows(struct op *op, const struct policy_version *v, struct csv_row **ret,
                                    size_t *ret_count);

/* An edition is a version made in the office: kept with who, when and why, a draft until somebody puts it in force. In
 * force, it ends the version that held its first day; the pack's file is never touched, and taking the pack anew
 * changes nothing of it. */
struct edition_new {
    day from, until;
    str model_text, cases_text, reason;
};
enum { POLICY_EDITION_BYTES_MAX = 1 << 20, POLICY_EDITIONS_MAX = 500 };
/* INPUT: a cell that cannot be read, or a choice without its quotes, each named with the cure. Gaps and failing cases a
 * draft may have. */
[[nodiscard]] bool edition_keep(struct tx *tx, const struct who *who, const struct policy_version *base,
                                const struct edition_new *e, id *ret);
/* CONFLICT with every trouble that blocks it. */
[[nodiscard]] bool edition_force(struct tx *tx, const struct who *who, const struct policy *p, id edition, str reason);
/* A policy with its editions: `now` has the versions in force by date, pack and office together. */
struct shelf {
    struct policy now;
    struct policy_version *drafts;
    size_t draft_count;
};
[[nodiscard]] bool policy_shelf(struct tx *tx, const struct policy *p, struct shelf *ret);

/* ---- one member, in parts ------------------------------------------------------------------------------------ */

struct why_value {
    str name, text;
    bool hidden, missing;
};
struct why_rule {
    int number;                  /* from 1 */
    str clause, failed;          /* the first input that did not fit, as people call it; empty: it hit */
    str wanted, type;            /* the cell of the table that it did not fit, in FEEL, and the column's type */
    bool chosen;
};
struct why {
    enum dmn_status status;
    str result, lacks, doubt;
    int rule;                    /* from 1; 0: none of its own */
    str clause;
    bool included, doubtful;
    int64_t amount_fen;
    struct why_value *values;
    size_t value_count;
    struct why_rule *rules;
    size_t rule_count;
    str sentence;                /* printable; hidden values are named, not told */
};
/* `title`: as the asker may see it; `hidden`: of policy_hidden, NULL: nothing. */
[[nodiscard]] bool screening_account(struct op *op, const struct screening *s, size_t member, str title,
                                     const bool *hidden, struct why *ret);

/* ---- kept screenings and their rosters ------------------------------------------------------------------------ */

/* newest first, the last 200 */
[[nodiscard]] bool screenings_list(struct tx *tx, str policy, struct kept_screening **ret, size_t *ret_count);

/* The frozen roster of a policy that has this digest. */
[[nodiscard]] bool roster_of_digest(struct tx *tx, const struct policy *p, str digest, id *ret, bool *ret_found);

enum member_kind { MEMBERS_ALL, MEMBERS_DOUBTS, MEMBERS_OPEN, MEMBERS_IN, MEMBERS_DECIDED, MEMBER_KINDS };
struct kept_member {
    id record;
    str title, village, doubt;
    int rule;
    bool proposed, is_decided, decided;
    int64_t proposed_fen, decided_fen;
    str reason, decided_by;
    time_ms decided_at;
};
struct member_query {
    id screening, after;         /* after: the last record of the page before; none: from the start */
    enum member_kind kind;
    str village;                 /* empty: all */
    int limit;
};
[[nodiscard]] bool screening_members(struct tx *tx, const struct member_query *q, struct kept_member **ret,
                                     size_t *ret_count);
struct roster_sum {
    str village;                 /* empty: the whole */
    int64_t included, doubts, open, decided, total_fen;
};
/* By village, the whole last. */
[[nodiscard]] bool roster_sums(struct tx *tx, id screening, struct roster_sum **ret, size_t *ret_count);
/* The list as a workbook with names as `who` may see them: of a frozen roster what was frozen. */
[[nodiscard]] bool roster_book(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p,
                               id screening, str path);
/* Why a member of a kept screening ended so, from what was kept. */
[[nodiscard]] bool kept_why(struct tx *tx, const struct policy *p, id screening, id record, str title,
                            const bool *hidden, struct why *ret);

/* Everybody of a frozen roster, with what the rule said then and what was decided: for whoever goes on with it.
 * CONFLICT: it is not frozen; or what is kept does not give that roster any more. */
struct roster_line {
    id record;
    str title, village, reason;  /* reason: of the decision; empty: as proposed */
    int64_t amount_fen, proposed_fen;
    feel_value outputs;          /* of the rule */
};
[[nodiscard]] bool roster_lines(struct tx *tx, const struct policy *p, id screening, struct kept_screening *ret,
                                struct roster_line **ret_lines, size_t *ret_count);
