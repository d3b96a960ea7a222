/* replay: half a year of the office's work, played. What is played is data: packs/replay/<any>.json.
 *
 *     struct replay_options o = {.packs = S("packs"), .counts = S("other.json"), .people = 3000, .seed = 2021};
 *     struct replay_done done;
 *     if (!replay_run(op, store, town, flow, &o, &done))
 *         return false;                       // half-year.json 第40行：2021-11-02“冬春救助入户核查”第3次没有做成；金额……
 *
 * The synthetic town is made as it stood before the first day; then each thing is done at its moment, by the account
 * that does it in an office, through the same operations that people use: records are added, changed and moved on under
 * that account's rights and the rules of the ledgers, procedures are begun and acted on, clocks run every morning.
 * Nothing here knows a ledger, a duty or a figure. The same options give the same records with the same ids (salts of
 * facts and passwords excepted).
 *
 * A file has the members
 *     "起" "止"   first and last day (in one of the files)
 *     "数"       {"学习次数": 2, …} how often and how much; a counts file given on the command line replaces some of them
 *     "义"       {"学习次数": "…"} what each count is, for who writes a counts file
 *     "界"       {"学习次数": {"至少": 0, "至多": 9, "因": "…"}}; an edge is a number, "=…" over the counts (另给 are the names of
 *                those given), {"镇上": "=…"} over lists that were named in the new town, or {"台账": …, "取": …, "合": FIELD} what the
 *                largest 取 have together. Those of the town are checked by the event that says "核对": true. What was given and
 *                cannot be is refused; what was not given is made to fit
 *     "镇"       {"人口": COUNT, "村组": COUNT} which counts say how large a town is made
 *     "词"       {"姓名": ["…", …]} lists of words
 *     "账号"     [{"登录": "clerk", "姓名": "王芳", "角色": "办公室经办", "干部": FEEL over 干部}] who signs in;
 *                "每": … makes one for each record, "村组": "=行.id"; "演示": true are printed for a newcomer
 *     "事"       [{"事": "中心组学习", "日": "2021-08-10", "到": "2021-11-20", "账号": "clerk", "次数": "=学习次数",
 *                 "做": [{"新增": "学习场次", "值": {"日期": "=today()", …}}, {"隔": 1, "流转": "通知"}]}]
 * An event is done 次数 times, or 每 (once for each record of a list), evenly between 日 and 到, on working days unless 不避假.
 *     "每": {"台账": "户", "条件": FEEL over it, "取": "=户数", "均": "村组", "带": ["户主"]} or {"记": "学习场次"}
 *           取 is how many (too few is a fault); 均 takes them from all groups in turn; 带 resolves references of 行;
 *           "够": {"字段": "户籍人口", "共": "=人数"} takes the largest when the usual ones would not reach 共 together
 *     "分": {"共": "=人数", "至多": "=行.户籍人口"} shares a sum among the times: 份
 * Its steps follow each other, 隔 days apart, each under 账号 (of the event, unless the step says another):
 *     {"新增": LEDGER, "值": {…}, "记作": NAME}      {"修改": {…}}      {"流转": STATE or [STATE, …]}
 *     {"启动": PROCEDURE}      {"办": TASK, "动作": "同意", "意见": "…", "值": {…}}, by whoever has the task when there is no 账号
 *     {"筛查": POLICY, "记作": NAME}  screens the population: NAME(id) are the outputs for one member, NAME合计 the sums;
 *         rules propose, the steps that follow say what people decided
 *     {"专项": "收费", "办理": "开单", "值": {…}, "记作": NAME}  does what the page of a work does; NAME is its answer
 *     {"认": {"台账": …, "条件": …, "取": 1}, "记作": NAME}  names a record that is there
 * A step with 被拒绝: "words" must be refused in those words, and leaves nothing.
 * They act on the record made in this time (本), or on 对象 of 台账. A step with 每 is done for each record (项). Texts of
 * values that begin with = are FEEL over: 序 总 份 行 本 项 项序, names of 记作, 数 and 词, 年度 and 半年 (of the last day), the clock;
 * {…} inside a text is FEEL too. {"文件": text, "名": "a.txt"} keeps a file, {"签": name} a signature; a name
 * that ends in .png or .pdf makes it a picture of the text or a document (packs/documents/forms 演示照片 演示文件 签名). */
#pragma once

#include "flow/flow.h"
#include "ledger/ledger.h"

enum {
    REPLAY_FILE_BYTES_MAX = 4 << 20,
    REPLAY_DAYS_MAX = 3700,          /* ten years */
    REPLAY_TIMES_MAX = 200000,       /* of one event */
    REPLAY_STEPS_MAX = 100,
};

struct replay_options {
    str packs;
    str counts;                      /* a file {"数": {…}}; empty: those of the packs */
    int64_t people;                  /* below 0: as the counts say */
    uint64_t seed;
    day to; /* end on this day or up to six days before: every date of the script moves, by whole weeks. 0: as written */
    int days;                        /* play only so many days; 0: all */
    struct progress progress;
};

struct replay_login {
    str login, password, name, role;
    bool shown;                      /* 演示 */
};
/* A count that was not given and was made to fit the town. */
struct replay_fitted {
    str name;
    int64_t from, to;
    str why;
};
struct replay_done {
    day from, to;
    int64_t acts;                    /* things done */
    const struct replay_login *logins;
    size_t login_count;
    int64_t people;
    int groups;                      /* asked of demo_town: 0, as usual */
    const struct replay_fitted *fitted;
    size_t fitted_count;
};

/* What a counts file may say, in the order of the packs: what it is usually, what it means, what it can be and why. */
struct replay_count {
    str name, usual, means, bound;
};
[[nodiscard]] bool replay_counts(struct op *op, str packs, struct replay_count **ret, size_t *ret_count);
/* The first day that packs/replay writes; 0: these packs have none. */
[[nodiscard]] bool replay_begins(struct op *op, str packs, day *ret);
/* Fills an empty store whose definitions are loaded. Commits day by day: what fails halfway is a folder to be
 * removed. */
[[nodiscard]] bool replay_run(struct op *op, struct store *store, const struct town *town, const struct flow *flow,
                              const struct replay_options *options, struct replay_done *ret);
