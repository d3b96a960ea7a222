/* The inside of work: the parts of each kind, and reading and writing the records of a part. */
#pragma once

#include "base/encoding.h"
#include "work/work.h"

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

enum { PARTS_MAX = 10, SLOTS_MAX = 20, PART_ROWS_MAX = 20000 };

#define T(type) (1u << (type))
#define T_TEXT (T(F_TEXT) | T(F_LONG) | T(F_CODE) | T(F_SERIAL) | T(F_ENUM))
#define T_NUMBER (T(F_INT) | T(F_DECIMAL))

/* A field that a kind needs; types are those of its values. */
struct slot_def {
    str name;
    unsigned types;
    bool optional;
};
struct part_def {
    str name;
    struct slot_def slots[SLOTS_MAX];
    bool optional;
};
struct kind_def {
    struct part_def parts[PARTS_MAX];
    str words[8];            /* 词 with what they are unless the file says otherwise */
    bool (*show)(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out);
};
extern const struct kind_def kinds[WORK_KINDS];

/* One part of one work: a ledger, which of its records, its fields by slot. NULL ledger: the pack has no use for it. */
struct part {
    const struct ledger *ledger;
    str where;
    const struct field *fields[SLOTS_MAX]; /* NULL: optional and not there */
};
struct work {
    str name, english, note, pack, file;
    enum work_kind kind;
    struct part parts[PARTS_MAX];
    str words[8];
    bool csv;                /* 文件: the file for the bank is CSV … */
    enum encoding encoding;  /* … in this encoding */
    str policy;              /* 政策: which says what is owed; empty: none */
    const struct policies *policies;
    int line;
};
struct works {
    struct policies *policies; /* NULL: not read yet */
    const struct work **p;
    size_t n, cap;
};

/* ---- records of a part ------------------------------------------------------------------------------------------- */

/* Everything an act has at hand. */
struct doing {
    struct tx *tx;
    struct op *op;
    const struct town *town;
    const struct who *who;
    const struct work *work;
    const struct json *asked;
    struct json_out *out;
};

/* Records of a part that the person may read, and that also meet `more` (may be empty), sorted by the fields of
 * `slots`, ended by -1. */
[[nodiscard]] bool part_list(const struct doing *d, int part, str more, const int *slots, struct record **ret,
                             size_t *ret_count);
/* The same without regard to who asks: for checks whose outcome alone is told. */
[[nodiscard]] bool part_list_all(const struct doing *d, int part, str more, const int *slots, struct record **ret,
                                 size_t *ret_count);
[[nodiscard]] bool part_get(const struct doing *d, int part, id record, struct record **ret);
/* `记录` is missing in what was sent, or is no record of the part. */
[[nodiscard]] bool part_asked(const struct doing *d, int part, str member, struct record **ret);

/* its name; the slot's own where there is no such field */
str     part_field(const struct doing *d, int part, int slot);
const struct json *part_json(const struct doing *d, int part, int slot, const struct record *r); /* NULL: empty */
str     part_text(const struct doing *d, int part, int slot, const struct record *r);
str     part_label(const struct doing *d, int part, int slot, const struct record *r); /* of a reference: the title */
int64_t part_int(const struct doing *d, int part, int slot, const struct record *r);  /* 0: empty */
/* a decimal or 元 as units of 10^-scale */
int64_t part_scaled(const struct doing *d, int part, int slot, const struct record *r, int scale);
bool    part_truth(const struct doing *d, int part, int slot, const struct record *r);
id      part_id(const struct doing *d, int part, int slot, const struct record *r);
day     part_day(const struct doing *d, int part, int slot, const struct record *r, day otherwise);
time_ms part_time(const struct doing *d, int part, int slot, const struct record *r);

/* Values on their way into a record. */
struct entry {
    const struct doing *doing;
    int part;
    struct json *object, **end;
};
struct entry entry_new(const struct doing *d, int part);
void entry_text(struct entry *v, int slot, str text); /* empty: left out; a field that is not there too */
void entry_int(struct entry *v, int slot, int64_t n);
void entry_scaled(struct entry *v, int slot, int64_t units, int scale);
void entry_truth(struct entry *v, int slot, bool b);
void entry_id(struct entry *v, int slot, id x);
void entry_json(struct entry *v, int slot, const struct json *value);
[[nodiscard]] bool entry_add(struct entry *v, struct record **ret);
[[nodiscard]] bool entry_change(struct entry *v, const struct record *r, str reason, struct record **ret);
/* The same, of what an act brings with it whose own right was checked: written as the person who did the act, who need not
 * be allowed to change the ledger by hand. Whoever relieves signs for the shift before; who agrees to a swap changes it. */
[[nodiscard]] bool entry_follow(struct entry *v, const struct record *r, str reason, struct record **ret);

/* FEEL over a part: 字段 = "…" and the like. */
str feel_is_id(const struct doing *d, int part, int slot, id x);
str feel_is_text(const struct doing *d, int part, int slot, str text);
str feel_both(struct op *op, str a, str b); /* either may be empty */

/* Answers. */
void out_text(struct json_out *w, str key, str value);
void out_int(struct json_out *w, str key, int64_t value);
void out_scaled(struct json_out *w, struct op *op, str key, int64_t units, int scale);
void out_truth(struct json_out *w, str key, bool value);
void out_id(struct json_out *w, struct op *op, str key, id x); /* none: null */
void out_list(struct json_out *w, str key);                    /* opens [ */
/* {key: [{id, title}, …]}: the records of a part that the person may read, to choose one of them. */
void out_titled(struct json_out *w, struct op *op, str key, const struct record *rows, size_t count); /* [{id, title}] */
[[nodiscard]] bool out_titles(const struct doing *d, str key, int part);
/* What was sent. */
[[nodiscard]] bool asked_int(const struct doing *d, const struct json *from, str key, int64_t least, int64_t most,
                             int64_t *ret);
[[nodiscard]] bool asked_day(const struct doing *d, str key, day otherwise, day *ret);
str asked_text(const struct doing *d, str key, size_t chars_max);

/* In a work_fn. */
#define DOING ((struct doing){tx, tx->op, town, who, w, asked, out})

/* The keepers, by kind. */
typedef bool work_fn(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                     const struct json *asked, struct json_out *out);
work_fn count_show, count_sheet, count_again, count_declare;
work_fn roster_show, roster_propose, roster_keep, roster_swap, roster_answer, roster_approve, roster_leave, roster_arrive;
work_fn texts_show, texts_compare, texts_judge, texts_record;
work_fn stock_show, stock_pick, stock_receive, stock_issue, stock_transfer, stock_count, stock_scrap, return_show, return_check, return_keep;
work_fn pay_file;
work_fn fee_show, fee_bills_try, fee_bills_keep, fee_pay, fee_void;
work_fn payroll_show, payroll_enter, payroll_make;
work_fn score_show, score_prove, score_claim, score_check;
