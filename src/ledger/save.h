/* save: one change on its way to becoming a fact. Inside of ledger; record.c and bulk.c are its two doors.
 *
 *     begin -> open (not for a new record) -> values -> check -> keep
 *
 * save.c has the way itself, serial.c the numbers given on it, history.c what others had changed meanwhile, relation.c
 * what refers to the record. What is wrong with the request is collected as faults, so that a clerk sees all of it at
 * once: functions answer false only when there is no going on, and save_sound says whether all is well so far. */
#pragma once

#include "ledger/inner.h"
#include "ledger/record_bulk.h"

enum { REASON_MAX = 500 };

/* A counter to move when the record is kept: what is refused leaves no gap. */
struct raise {
    struct raise *next;
    const struct field *field;
    str prefix;
    int64_t to;
};

/* What a request says: JSON from a page, or values that an import has checked already. */
struct wanted {
    const struct json *json;
    const struct given *given;
    size_t count;
};

struct save {
    struct tx *tx;
    struct op *op;
    const struct plan *plan;
    const struct who *who;
    struct row row;              /* as it will be */
    const struct arg *before;    /* cells as they are; NULL: a new record */
    bool *touched;               /* [field_count] the request names it */
    const bool *covered;         /* [field_count] fields this person sees masked */
    struct warning **warnings;
    bool *bad;                   /* [field_count] refused already */
    struct raise *raises;
    struct bulk *bulk;           /* NULL: one record alone */
    int faults;                  /* op's when the save began */
};

/* ---- rules ------------------------------------------------------------------------------------------------------ */

/* What a bulk keeps of what the rules said: alike.c. */
struct alike;
struct alike *alike_new(struct op *op, const struct plan *plan);
struct alike *bulk_alike(struct bulk *bulk);
/* Not broken: true, or unknown. alike NULL: one record alone. */
bool rule_holds(struct alike *alike, struct row *row, size_t rule);

/* ---- the way ---------------------------------------------------------------------------------------------------- */

bool may_write(struct tx *tx, const struct town *town, const struct plan *plan);
/* masked to this person; NULL: none */
const bool *fields_covered(struct op *op, const struct who *who, const struct plan *plan);

void save_begin(struct save *s, struct tx *tx, const struct who *who, const struct plan *plan,
                struct warning **warnings);
/* What exists, and the version the person was looking at (0: whatever is there). */
[[nodiscard]] bool save_open(struct save *s, id record, int64_t seen);
[[nodiscard]] bool save_values(struct save *s, const struct wanted *wanted);
/* What follows from the values, and whether all of it may stand. numbers: serial numbers are given. */
[[nodiscard]] bool save_check(struct save *s, bool numbers);
bool save_sound(const struct save *s);
[[nodiscard]] bool save_keep(struct save *s, enum fact_act act, str reason);
/* The new or changed row must lie where the person may act: nobody adds to another's village. Asked of the row in
 * memory, before anything is written. */
[[nodiscard]] bool save_within(struct save *s, const struct right *right, enum act act);

/* The whole of it: a new record up to keeping, and a change. */
[[nodiscard]] bool save_add(struct save *s, id record, const struct wanted *values, const struct right *right,
                            enum act act);
[[nodiscard]] bool save_change(struct save *s, const struct wanted *patch, int64_t seen, str reason, const struct right *right, enum act act,
                               bool *ret_changed);

void save_warn(struct save *s, str field, str text);
/* f NULL: the record as a whole. */
void save_wrong(struct save *s, const struct field *f, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct arg *save_cell(struct save *s, const struct field *f);

/* Rules over several records: with the row as it will be, and with it gone. */
[[nodiscard]] bool across_check(struct save *s);
[[nodiscard]] bool across_without(struct save *s);

/* What fields say of other ledgers: 所指. */
void says_check(struct save *s);

/* 户主 is said by the person and by the home; one of them is saved, the other follows. Refusals before, the other side
 * after it is kept. */
[[nodiscard]] bool head_check(struct save *s);
[[nodiscard]] bool head_follow(struct save *s, enum fact_act act);
/* Nothing of the record changes, but it says again that it is the head of a home that has none: the home hears it. */
[[nodiscard]] bool head_said_again(struct save *s, const struct right *right, enum act act);

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

[[nodiscard]] bool serial_give(struct save *s, const struct field *f, const struct serial *serial);
/* The date that a given number was made of has been changed: the number stays, and that is said. */
void serial_stays(struct save *s, const struct field *f, const struct serial *serial);
[[nodiscard]] bool serial_keep(struct save *s, const struct raise *r);
/* 默认 接着：…: one more than the largest of those that agree in the named fields, withdrawn ones too. An import brings its own. */
[[nodiscard]] bool next_give(struct save *s, const struct field *f);
/* 默认 相符：…: the only record that agrees; several or none leave it empty. */
[[nodiscard]] bool match_give(struct save *s, const struct field *f);
/* Moves every counter of the ledger past the numbers its records have, withdrawn ones too. Never back: a destroyed
 * record's number is not given again either. */
[[nodiscard]] bool serials_rebuild(struct tx *tx, const struct plan *plan);

/* ---- what happened before --------------------------------------------------------------------------------------- */

/* Who changed what to what since the version that was seen; always false. */
[[nodiscard]] bool save_conflict(struct save *s, int64_t seen);

/* ---- what refers to it ------------------------------------------------------------------------------------------ */

/* Nothing may be left pointing at a record that is withdrawn or destroyed; `what` is to be done: 作废. */
[[nodiscard]] bool save_unreferred(struct save *s, const char *what);

/* ---- many at once ----------------------------------------------------------------------------------------------- */

/* A record that was found to exist and not to be withdrawn. */
bool bulk_knows(struct bulk *b, const struct plan *target, id x);
void bulk_know(struct bulk *b, const struct plan *target, id x);
struct right_rows *bulk_rights(const struct bulk *b); /* NULL: the whole town */
