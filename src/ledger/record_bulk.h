/* Many records at once: imports, the demo town. The same checks as record_add and record_change, with what is asked
 * again and again kept beside: rights, references already found, key values looked up.
 *
 *     struct bulk *bulk;
 *     if (!bulk_begin(tx, town, who, people, &bulk))
 *         return false;
 *     for (each row) {
 *         struct mark mark = op_mark(tx->op);
 *         struct bulk_done done;
 *         ok = bulk_add(bulk, values, &done);         // false: op->faults say what is wrong with this row;
 *         op_reset(tx->op, mark);                     //        take them and op_forgive, the bulk goes on
 *     }
 *
 * Everything a bulk keeps lives in memory of its own, so resetting the op between rows is safe; `done` lives until the
 * reset. A row that is refused has written nothing (only a fault of kind SYSTEM ends the whole work). */
#pragma once

#include "ledger/ledger.h"

enum {
    BULK_KNOWN_MAX = 100000, /* references and keys kept before the memory is begun anew; some 15 MB */
    BULK_FETCH_MAX = 500,    /* values looked up at once */
};

/* Very many new records of these ledgers are coming, in this transaction and others after it: their lookups, and search,
 * are made when town_settle is called. ledgers_loaded before each commit. */
[[nodiscard]] bool ledgers_load(struct tx *tx, const struct ledger *const *ledgers, size_t count);
void ledgers_loaded(struct tx *tx);

struct bulk;
struct checked;
/* A value that has been checked already: see check.h. */
struct given {
    const struct field *field;
    const struct checked *value;
};
struct bulk_done {
    id id;
    int64_t version, fact_no;   /* fact_no: its last fact */
    bool changed;               /* of bulk_change: false when every value was already so */
    struct warning *warnings;
};

/* One bulk writes one ledger; several may be open in one tx. act is ACT_IMPORT for imports: its rights are asked. */
[[nodiscard]] bool bulk_begin(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, enum act act,
                              struct bulk **ret);
[[nodiscard]] bool bulk_add(struct bulk *bulk, const struct json *values, struct bulk_done *ret);
/* One that has been announced. */
[[nodiscard]] bool bulk_add_as(struct bulk *bulk, id record, const struct json *values, struct bulk_done *ret);
/* The same in two steps, so that two records that need each other are both found sound before either is kept. Those
 * that have been announced count as being there for each other. */
struct bulk_new;
void bulk_coming(struct bulk *bulk, const struct ledger *l, id record);
[[nodiscard]] bool bulk_check(struct bulk *bulk, id record, const struct given *values, size_t count,
                              struct bulk_new **ret);
[[nodiscard]] bool bulk_keep(struct bulk_new *record, struct bulk_done *ret);
void bulk_drop(struct bulk_new *record); /* not kept after all */
/* seen 0: whatever version is there. */
[[nodiscard]] bool bulk_change(struct bulk *bulk, id record, int64_t seen, const struct json *patch, str reason,
                               struct bulk_done *ret);
[[nodiscard]] bool bulk_correct(struct bulk *bulk, id record, int64_t seen, const struct given *values, size_t count, str reason,
                                struct bulk_done *ret);
/* The record, not withdrawn, of any ledger whose field has this value (证件号, 户号, 名称 …; an index makes it quick).
 * Several: the count says so and ret is the first. Not within the rights of anyone: for finding what a reference
 * means. */
[[nodiscard]] bool bulk_find(struct bulk *bulk, const struct ledger *l, const struct field *f, str text, id *ret,
                             int64_t *ret_count);
/* The same for many values of a unique field: what bulk_find and references then ask of these records is remembered. */
[[nodiscard]] bool bulk_fetch(struct bulk *bulk, const struct ledger *l, const struct field *f, const str *texts,
                              size_t count);
/* Between rows: nothing of what is remembered is in use. bulk_add says so itself. */
void bulk_rest(struct bulk *bulk);
