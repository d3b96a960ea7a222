/* acts: what people in an office do to a running procedure, one table of acts (docs/acts.md is written from it).
 *
 *     struct bpmn_act act = {.op = DO_BACK, .cmd = S("…"), .actor = S("李四"), .seat = 3, .rev = 0, .target = 0,
 *                            .opinion = S("附件不全")};
 *     if (!bpmn_preview(&run, &act, &seen))    // same code, rolled back: which works would be withdrawn, or why not
 *         return false;
 *     if (!bpmn_act(&run, &act))
 *         return false;                        // refused; nothing has changed
 *
 * Many signers are seats of one work, never tokens: a work has steps one after another, a step has seats opened
 * together and a rule. 退回 and 撤回 undo a visit and all that it caused, and nothing else. A command id that was
 * accepted before is accepted again without effect. Every accepted act is a row that is never changed but for being
 * struck. */
#pragma once
#include "bpmn/bpmn.h"

enum bpmn_op {
    DO_AGREE,      /* 同意 */
    DO_REFUSE,     /* 不同意 */
    DO_ABSTAIN,    /* 弃权 */
    DO_READ,       /* 圈阅 */
    DO_BACK,       /* 退回 to target, the number of an earlier work; direct: 直达 */
    DO_BACK_FIRST, /* 驳回 to the first work */
    DO_TAKE_BACK,  /* 撤回 of the act that closed seat */
    DO_CANCEL,     /* 撤销 by the drafter */
    DO_END,        /* 终止 by an administrator */
    DO_TRANSFER,   /* 转办 to who[0] */
    DO_ASK,        /* 委派: who[0] advises */
    DO_BEFORE,     /* 前加签 */
    DO_AFTER,      /* 后加签, with one's own agreement */
    DO_BESIDE,     /* 并签 */
    DO_REMOVE,     /* 减签 of the seat other */
    DO_COPY,       /* 传阅 to who; in order: 轮阅 */
    DO_COPY_READ,  /* 已阅: target is the copy */
    DO_COPY_RECALL,
    DO_NUDGE,      /* 催办 of seat */
    DO_JUMP,       /* 自由跳转: toks to the node target */
    DO_SUSPEND,    /* 挂起 */
    DO_RESUME,     /* 恢复 */
    DO_HAND_OVER,  /* 交接: all seats of for_whom to who[0] */
    DO_TIMEOUT,    /* 超时: agrees where the node says so, else a notice; actor 系统 */
    DO_ASSIGN,     /* 空席: who sits at work */
    DO_CORRECT,    /* 补正: a later word to the act target */
    DO_ACTS
};

struct bpmn_act {
    enum bpmn_op op;
    str cmd, actor, for_whom, opinion;
    str second;          /* a second person, where money or a seal is at stake */
    int32_t work, seat, other, target;
    int32_t rev;         /* of the seat as seen; -1: not looked at */
    bool direct, in_order, collect, cast, binding;
    bool recorded;       /* 代录: the seat's holder said so on paper, the actor writes it down (run.recorder) */
    const str *who;
    size_t who_count;
    enum bpmn_rule rule; /* of an added step */
    int32_t num, den;
    const int32_t *toks;
    size_t tok_count;
};

/* Who may, and what it needs: one row per act. */
enum {
    MAY_HOLDER = 1,
    MAY_DRAFTER = 2,
    MAY_ADMIN = 4,
    MAY_EARLIER = 8,
    MAY_CLOSER = 16,
    MAY_ADDER = 32,
    MAY_READER = 64,
    MAY_SYSTEM = 128,
    MAY_ANYONE = 256
};
struct bpmn_act_rule {
    const char *name;      /* 退回 */
    unsigned may;
    unsigned seats;        /* bits of seat states it is possible in; 0: not about a seat */
    bool opinion;          /* words are required */
    bool while_suspended;
    const char *who_text, *effect, *siblings, *kept; /* the table of docs/acts.md */
};
const struct bpmn_act_rule *bpmn_act_rules(void); /* DO_ACTS rows */

[[nodiscard]] bool bpmn_act(struct bpmn_run *run, const struct bpmn_act *act);

struct bpmn_preview {
    const struct bpmn_command *commands; /* what would happen */
    const int32_t *withdrawn;            /* works that would be withdrawn */
    size_t withdrawn_count;
};
/* False: it would be refused; the fault says why. The state is as before in both cases. */
[[nodiscard]] bool bpmn_preview(struct bpmn_run *run, const struct bpmn_act *act, struct bpmn_preview *ret);

/* 待办: open seats a person may act on now, own ones and those of people they stand in for. */
void bpmn_seats_of(const struct bpmn_run *run, struct op *op, str who, const int32_t **ret, size_t *ret_count);
/* 退回 from here may go to these works, nearest first. */
void bpmn_back_targets(struct bpmn_run *run, int32_t seat, const int32_t **ret, size_t *ret_count);
/* 自由跳转 of a case that stands where it does may go to these activities: of the scopes that live tokens are in, as they are drawn; what
 * people or cases below do, not what is done on the spot. */
void bpmn_jump_targets(const struct bpmn_run *run, const int **ret, size_t *ret_count);
/* Who has added this seat or asked its holder; empty: it is the model's, whoever sits there now. */
str bpmn_seat_adder(const struct bpmn_run *run, int32_t seat);
/* A copy is to be read now: not recalled, and all before it in a 轮阅 have read. */
bool bpmn_copy_open(const struct bpmn_run *run, int32_t copy);
