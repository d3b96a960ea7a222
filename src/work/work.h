/* work: 专项. Where a line of work needs more than data, its algorithm stands here, small and exact; everything that a
 * town may do otherwise is rows with effective dates, and which ledgers and fields are meant is said by a file of the
 * pack.
 *
 *     struct works *all;
 *     if (!works_load(op, town, S("packs"), policies, &all))
 *         return false;                            // packs/election/works/count.json 第9行：……
 *     const struct work *w = work_find(all, S("计票"));
 *     if (!work_show(tx, town, who, w, asked, &out) || !work_do(tx, town, who, w, S("报票"), asked, true, &out))
 *         return false;
 *
 * packs/<pack>/works/<name>.json:
 *     {"名": "计票", "英文名": "count", "种类": "计票", "说明": "……",
 *      "台账": {"票箱": {"台账": "票箱", "条件": "……", "字段": {"领出": "领出选票"}}, …},
 *      "词": {"全部选出": "全部选出"}, "政策": "卫生费", "文件": "CSV GB18030"}
 * 政策 is, of 收费, the policy that says what everybody owes: its outputs are named as the fields of the bill; of 造册,
 * the policy whose frozen rosters are paid.
 * 文件 (of 回单) is how the bank takes its file: Excel (not said), CSV UTF-8, CSV GB18030, CSV GBK.
 * Each kind (种类) names the parts and the fields that it needs (kinds.c, one table); a field is looked for under the
 * kind's own word unless 字段 says another. A part or field that is missing or of another type is a fault with file and
 * line when packs are read.
 *
 * Every kind is two files: the algorithm, pure (struct op in, values out), and its keeper, which reads and writes
 * records through the ledger room as the person who asks: rights, checks and facts are where they always are. */
#pragma once

#include "ledger/ledger.h"

/* ---- which ------------------------------------------------------------------------------------------------------- */

enum work_kind {
    WORK_COUNT,
    WORK_ROSTER,
    WORK_TEXTS,
    WORK_STOCK,
    WORK_FEE,
    WORK_RETURN,
    WORK_PAYROLL,
    WORK_SCORE,
    WORK_KINDS
};
extern const str work_kind_names[WORK_KINDS]; /* 计票 排班 对照 收发 收费 回单 造册 评分 */
enum { WORKS_MAX = 200, WORK_FILE_BYTES_MAX = 256 << 10 };

struct work;
struct works;
/* policies: those of the packs; NULL: read when the first work names one. */
struct policies;
[[nodiscard]] bool works_load(struct op *op, const struct town *town, str packs_folder, struct policies *policies,
                              struct works **ret);
size_t works_count(const struct works *all);
const struct work *works_at(const struct works *all, size_t i);
const struct work *work_find(const struct works *all, str name); /* Chinese or English; NULL: none */
enum work_kind work_kind_of(const struct work *w);
str work_name(const struct work *w), work_english(const struct work *w), work_note(const struct work *w);
str work_policy(const struct work *w); /* 政策; empty: none */
/* the one it turns on; its line of work is the work's */
const struct ledger *work_ledger(const struct work *w);
const struct ledger *work_ledger_at(const struct work *w, size_t i); /* each that it turns on or keeps in; NULL: no more */

/* ---- doing ------------------------------------------------------------------------------------------------------- */

/* What a kind can do beside being shown. keeps: it writes; the others only compute and answer. */
struct work_act {
    enum work_kind kind;
    str name;
    bool keeps;
    bool (*run)(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out);
    const char *note;
};
extern const struct work_act work_acts[];
extern const size_t work_act_count;
/* Both write one JSON object. `asked` has what the page sends; what may be in it stands at each keeper. */
[[nodiscard]] bool work_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w, const struct json *asked,
                             struct json_out *out);
[[nodiscard]] bool work_do(struct tx *tx, const struct town *town, const struct who *who, const struct work *w, str act, const struct json *asked,
                           bool keeps, struct json_out *out);

/* ---- counting votes ---------------------------------------------------------------------------------------------- */

/* 选举法 (2020) art. 31, 44, 45 and 村民委员会组织法 (2018) art. 15 say who is elected; which shares they ask for are rows. Whole
 * numbers and strict comparisons only: 549 of 1,098 is not more than half. Totals only: no ballot and no voter is ever
 * known here.
 *
 *     struct count_result r;
 *     if (!count_judge(op, &rule, &count, &r))     // the numbers contradict each other: each fault names one
 *                                                  // contradiction
 *         return false;
 *     // r.end COUNT_PART: r.elected of the seats are filled, r.next names the candidates of the round that follows */
enum { COUNT_NAMES_MAX = 100, COUNT_SEATS_MAX = 100 };
#define COUNT_VOTES_MAX 100000000ll

struct share {               /* more than of/in; in 0: nothing is asked */
    int64_t of, in;
    bool equal;              /* as much as of/in is enough */
};

enum count_base { COUNT_OF_PRESENT, COUNT_OF_COLLECTED, COUNT_OF_VALID };
struct count_rule {
    struct share turnout;    /* 参选: of all voters, of those who took part */
    struct share win;        /* 当选: of `base`, of the votes for a name */
    enum count_base base;
    bool present_issued;     /* who was given a ballot took part; else who handed one in */
    struct share more_least, more_most; /* 差额: how many more names than seats, as shares of the seats */
    bool rerun;              /* seats that stay empty are voted on again; else they stay open */
};
struct count_name {
    str name;
    int64_t yes, no, abstain;
    /* what count_judge finds */
    int place;               /* 1 …; equal votes, equal place */
    bool enough, elected, tied;
};
struct count {
    int64_t voters, issued, collected, valid, invalid;
    int seats;
    struct count_name *names;
    size_t name_count;
};
enum count_end { COUNT_ALL, COUNT_PART, COUNT_VOID, COUNT_TIE, COUNT_OPEN, COUNT_ENDS };
extern const str count_end_names[COUNT_ENDS]; /* 全部选出 部分选出 无效 票数相等 名额空缺 */
struct count_result {
    enum count_end end;
    bool too_many;           /* more ballots than were given out: the whole round is void */
    int64_t present, present_least, votes_least;
    int elected, open;       /* seats filled, seats left */
    const struct count_name **next; /* COUNT_TIE: the tied; COUNT_PART: the best of the others */
    size_t next_count;
    bool next_tied;          /* the last place of that list is shared by more than fit: somebody must decide */
};
/* Whether the numbers fit each other; the faults name what does not. count_judge asks it first. */
[[nodiscard]] bool count_check(struct op *op, const struct count *count);
[[nodiscard]] bool count_judge(struct op *op, const struct count_rule *rule, struct count *count,
                               struct count_result *ret);
/* How many names a list for so many seats must and may have; most 0: no limit. */
void count_list(const struct count_rule *rule, int seats, int *ret_least, int *ret_most);
/* Two people count one box apart from each other. Writes one line for each number in which they differ; true: none. */
bool count_agree(const struct count *a, const struct count *b, struct buf *differences);

/* ---- duty rosters ------------------------------------------------------------------------------------------------ */

/* Who is on duty: each shift one person of its post's list, nobody on leave, nobody twice at a time, and rest between.
 * Fair: no change of one shift and no exchange of two makes the loads more equal, where loads are all shifts and,
 * apart, those of rest days, and what somebody has already done counts. Deterministic: the same question, the same
 * roster.
 *
 *     roster_plan(op, &roster);                    // fills shifts whose person is ROSTER_NOBODY; what stays so, nobody may do */
enum { ROSTER_SHIFTS_MAX = 2000, ROSTER_PEOPLE_MAX = 300, ROSTER_NOBODY = -1 };
struct roster_shift {
    int post;
    day day;
    time_ms from, to;
    bool rest;               /* a weekend or holiday by the work calendar */
    bool fixed;              /* on the roster already: counted, never moved */
    int person;              /* index of people */
};
struct roster_person {
    int64_t all, rest;       /* shifts done before the first day; roster_plan adds its own */
};
struct roster_leave {
    int person;
    day from, to;
};
struct roster {
    struct roster_shift *shifts; /* by time */
    size_t shift_count;
    struct roster_person *people;
    size_t people_count;
    const bool *listed;      /* [post * people_count + person] */
    const time_ms *between;  /* [post] least time between two shifts of one person, when one of them is of that post */
    const struct roster_leave *leaves;
    size_t leave_count;
};
enum roster_may { ROSTER_YES, ROSTER_NOT_LISTED, ROSTER_ON_LEAVE, ROSTER_TWICE, ROSTER_TOO_SOON };
/* May this person do this shift beside all others that they have? `other`: a shift that they give away for it; -1:
 * none. */
enum roster_may roster_may(const struct roster *r, size_t shift, int person, int other);
extern const str roster_may_words[]; /* why not, for a person */
void roster_plan(struct op *op, struct roster *r);

/* ---- comparing texts --------------------------------------------------------------------------------------------- */

/* A law beside a rule of one's own, clause by clause. Clauses are paired so that the likeness of all pairs together is
 * the greatest that any pairing has, whatever order they stand in; what has no like on the other side stays alone. What
 * is the same and what differs is shown; what it means is for a person to say.
 *
 *     text_clauses(op, text, &left, &n);           // 第…条; without them 5.3.1 or 一、（一）1.; without those, paragraphs
 *     texts_align(op, left, n, right, m, &pairs, &count);
 *     text_differ(op, left[i].body, right[k].body, &runs, &run_count); */
enum {
    TEXT_BYTES_MAX = 400 << 10, /* the longest law in force here has 130 KB */
    TEXT_CLAUSES_MAX = 500,
    TEXT_DIFFER_MAX =
        3000, /* characters of one clause compared one by one; beyond, what is not begin or end differs as a whole */
    TEXT_LIKE_LEAST = 250, /* in thousandths; below, two clauses of any two rules look alike by chance */
};
struct text_clause {
    str label, body;         /* 第二十一条; what follows it, without white space around */
};
[[nodiscard]] bool text_clauses(struct op *op, str text, struct text_clause **ret, size_t *ret_count);
/* The number in a label: 第一百二十一条 121, （三） 3, 25. 25; none: 0. */
int64_t text_number(str label);
/* Of two labels of one text the greater stands later: 5.3.1 before 5.10, 第十五条 before 第十五条之一. Records come in no order of their own. */
int64_t text_order(str label);
/* In thousandths: twice the pairs of neighbouring characters that both have, of all that they have (Dice); punctuation
 * does not count. */
int text_like(struct op *op, str a, str b);
struct text_pair {
    int left, right;         /* -1: alone */
    int like;
};
void texts_align(struct op *op, const struct text_clause *left, size_t n, const struct text_clause *right, size_t m, struct text_pair **ret,
                 size_t *ret_count);
/* A clause that became several, several that became one, and what stands elsewhere now. Blocks that may be anywhere and
 * of any size cannot be paired best in reasonable time (Bafna, Narayanan, Ravi 1996: nonoverlapping local alignments);
 * so the pairs of texts_align stand, and what they leave alone is divided, best, among its neighbours: a clause next to a
 * pair joins it when at least TEXT_PART_LEAST of it is what its new fellow has and the pair did not yet share. Moved are
 * those outside the order that keeps the most text on both sides (the heaviest increasing chain: Schensted 1961). */
enum { TEXT_PART_LEAST = 500 };  /* in thousandths of the clause that joins */
struct text_group {
    int left, right;             /* the first clause of each side; -1: that side has none */
    int left_count, right_count; /* 1:1, 1:n or n:1; 0 beside -1 */
    int like;                    /* of both sides, all their clauses together */
    bool moved;
};
void texts_group(struct op *op, const struct text_clause *left, size_t n, const struct text_clause *right, size_t m,
                 const struct text_pair *pairs, size_t pair_count, struct text_group **ret, size_t *ret_count);
/* The clauses of a block as one text, a line each. */
str texts_join(struct op *op, const struct text_clause *clauses, int first, int count);
enum text_run_kind { TEXT_SAME, TEXT_ALIKE, TEXT_GONE, TEXT_NEW, TEXT_AWAY, TEXT_HERE };
enum { TEXT_MOVED_LEAST = 8 };   /* characters: fewer are the same in two places by chance */
struct text_run {
    enum text_run_kind kind;
    str text, also;              /* also: as b writes what is the same or alike; empty: as a does */
};
/* Same, alike, gone and away together are a; same, alike, new and here together are b; the longest common text is the
 * same, but single characters between changes. Alike is a number written in another way: 第十五条 and 第15条, 二〇二一年
 * and 2021年, 百分之五 and 5%; full width, half width and blanks make no difference at all. Away in a is word for word
 * what is here in b: it only stands elsewhere. */
void text_differ(struct op *op, str a, str b, struct text_run **ret, size_t *ret_count);

/* ---- stock ------------------------------------------------------------------------------------------------------- */

/* Nobody writes what is there: it is the sum of what came and went. That it never falls below zero, at no moment, holds
 * at the ledger (跨记录, 结存); here a card is run and an issue is divided among batches: what expires first goes first,
 * what has expired never. */
enum { STOCK_BATCHES_MAX = 1000 };
struct stock_move {
    time_ms at;
    int64_t change;          /* hundredths */
    int64_t after;           /* stock_run: what was there then */
};
bool stock_run(struct stock_move *moves, size_t n); /* by time; false: somewhere below zero */
struct stock_batch {
    day expires;             /* 0: never */
    int64_t there;
    int64_t taken;           /* stock_take */
};
/* True: all of `want` was taken. False: *ret_short is missing, and nothing is taken. */
bool stock_take(struct stock_batch *batches, size_t n, int64_t want, day today, int64_t *ret_short);

/* ---- fees -------------------------------------------------------------------------------------------------------- */

/* What somebody pays goes to what they have owed longest. */
struct fee_bill {
    int64_t owing;           /* fen; in the order in which they fell due */
    int64_t paid;            /* fee_allocate: of this payment */
};
int64_t fee_allocate(struct fee_bill *bills, size_t n, int64_t amount_fen); /* what is left over */

/* ---- bank returns ------------------------------------------------------------------------------------------------ */

/* What the bank says came of a payment run, against what was sent: by account, then by amount. A line that names an
 * account nobody sent, another amount, or an account a second time is pointed out; nothing is guessed. */
enum return_end { RETURN_FOUND, RETURN_UNKNOWN, RETURN_AMOUNT, RETURN_TWICE };
struct return_line {
    str account;             /* digits */
    int64_t amount_fen;
    enum return_end end;     /* returns_match */
    int sent;                /* index of what was sent; -1 */
};
void returns_match(struct return_line *lines, size_t n, const struct return_line *sent, size_t sent_count);

/* ---- scores ------------------------------------------------------------------------------------------------------ */

/* A weighted assessment: each item is worth so many points, and what somebody gives themselves counts as far as
 * something proves it. In hundredths of a point. */
struct score_item {
    int64_t worth, own, checked; /* own, checked: -1 not given */
    size_t proofs;
};
struct score_sum {
    int64_t worth, own, proven, checked;
    int64_t share; /* checked, or proven where nothing was checked, of what it is worth: thousandths, half up */
    size_t open, unproven;   /* items without an own score; with points but without proof */
};
[[nodiscard]] bool score_add_up(struct op *op, const struct score_item *items, size_t n, struct score_sum *ret);
