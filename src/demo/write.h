/* write: records of the demo town, many at a time. Inside of demo.
 *
 *     struct writer w = …;
 *     struct values v = values_new(&w, L_HOUSEHOLD);
 *     put_ref(&v, "村组", group);
 *     put_text(&v, "户别", S("农牧业户"));
 *     if (!keep(&w, &v, &household))
 *         return false;
 *
 * The packs decide what a ledger holds: a field that it does not have is left out. A ledger that is not there takes
 * nothing, and gives the id "none". */
#pragma once

#include "demo/family.h"
#include "ledger/record_bulk.h"

enum demo_ledger {
    L_GROUP, L_HOUSEHOLD, L_PERSON, L_TAG, L_DWELLING, L_ENTITY, L_LICENCE, L_STAFF, L_OFFICE, L_ASSIGNMENT, L_DOMAIN,
    L_INSPECTION, L_HAZARD, L_EDUCATION, L_FIRE, L_SIGNUP, L_EVENT, L_BATCH, L_BENEFICIARY, L_DAMAGE, DEMO_LEDGERS
};

enum { STAFF_LEADERS = 9, STAFF_TOTAL = 54, OFFICES = 16, UNITS = 70 };

struct writer {
    struct op *op;              /* the demo's own: its clock and chance are given */
    struct store *store;
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct ledger *ledgers[DEMO_LEDGERS]; /* NULL: the packs have none */
    struct bulk *bulks[DEMO_LEDGERS];           /* of this transaction */
    struct mark begun;
    struct census census;
    enum demo_work work;
    struct progress progress;
    id town_group;
    id groups[599];
    id staff[STAFF_TOTAL], offices[OFFICES], units[UNITS], drought, relief;
    int64_t relieved;           /* households so far */
    int64_t people_done;
};

struct values {
    struct writer *w;
    enum demo_ledger ledger;
    struct json *object;
    struct json **end;
};

[[nodiscard]] bool work_begin(struct writer *w);
[[nodiscard]] bool work_end(struct writer *w);          /* durable */

struct values values_new(struct writer *w, enum demo_ledger ledger);
void put_text(struct values *v, const char *field, str text);  /* empty: left out */
void put_int(struct values *v, const char *field, int64_t n);
void put_hundredths(struct values *v, const char *field, int64_t n);
void put_bool(struct values *v, const char *field, bool yes);
void put_day(struct values *v, const char *field, day d);
void put_time(struct values *v, const char *field, day d, int hour);
void put_ref(struct values *v, const char *field, id x);       /* none: left out */
void put_refs(struct values *v, const char *field, const id *list, size_t count);
void put_texts(struct values *v, const char *field, const str *list, size_t count);
[[nodiscard]] bool keep(struct writer *w, struct values *v, id *ret);          /* a new record */
/* The id of a record that is going to be kept: others may refer to it before. */
id announce(struct writer *w, enum demo_ledger ledger);
[[nodiscard]] bool keep_announced(struct writer *w, struct values *v, id record);
[[nodiscard]] bool keep_change(struct writer *w, struct values *v, id record); /* of one that was made here */

/* office.c: staff, offices, who answers for what, units, inspections, relief. */
[[nodiscard]] bool offices_make(struct writer *w);
[[nodiscard]] bool relief_add(struct writer *w, const struct family *f, id household, str kind);
