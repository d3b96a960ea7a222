/* demo: a synthetic town, and the rolls (花名册) that its villages would have typed.
 *
 *     struct progress silent = {0};
 *     if (!demo_town(op, store, town, &who, 3000, 0, 2021, DEMO_AT_WORK, silent) ||
 *         !demo_rolls(op, S("data/rolls"), 3000, 0, 2021, NULL))
 *         return false;
 *
 * Nobody in it exists. Citizen IDs pass the check of GB 11643, but begin with region codes that were never given out
 * (1529xx … 1599xx counted down from 159901; moved-in people of the rolls: 1511xx); mobile numbers begin with 168,
 * which no carrier has; cards begin with 9999; the code of the town is that of a real banner and 199, which it has
 * not given out.
 *
 * The same people, seed and day give the same town, byte for byte, whatever the clock says within that day: the town
 * stands as it was on the day before op->now's. Its records were made on that day, a thousandth of a second apart, so
 * that their ids are in order. Only the salts of the facts are chance (struct store_options).
 *
 * A family is a function of seed, day and its number alone (family.h): the rolls make again the families that the
 * town has, without reading it. Memory does not grow with the town but for two to six bytes of each value that must be
 * unique: 180 MB for three hundred thousand people, 200 MB for three million; the log of what is being written is what
 * fifty thousand people take (100 to 200 MB), and as long as the largest index afterwards. */
#pragma once

#include "ledger/ledger.h"

enum {
    DEMO_PEOPLE_MAX = 10000000,
    DEMO_GROUPS_LEAST = 12, DEMO_GROUPS_MAX = 599, /* 12-digit village codes end in 001 … 599 */
    DEMO_ROLLS = DEMO_GROUPS_LEAST, /* one for each of the first village groups */
};

/* How far the town's office has come. */
enum demo_work {
    DEMO_AT_WORK,                /* inspections, fire safety, sign-ups and a relief batch are on their way */
    DEMO_BEFORE_WORK,            /* people, units, staff and who leads what: the rest is left to be played (replay) */
};

/* Fills an empty town whose ledgers are those of packs/base; ledgers and fields that the packs leave out are left
 * out. people 0: groups, offices, staff and units only. groups: at least so many; fewer than
 * DEMO_GROUPS_LEAST are that many as long as no village grows larger than villages do; 0, as many as so many people usually live in. Commits as it goes, in batches: what is cancelled or fails
 * halfway is a folder to be removed. */
[[nodiscard]] bool demo_town(struct op *op, struct store *store, const struct town *town, const struct who *who,
                             int64_t people, int groups, uint64_t seed, enum demo_work work, struct progress progress);

/* What importing a roll into 人 of that town gives, when it is the first change after demo_town. */
struct demo_roll {
    str file;                    /* name within the folder */
    str group;
    int64_t rows, added, changed, unchanged, bad;
};

/* Writes DEMO_ROLLS workbooks into a folder that exists. ret: DEMO_ROLLS of them, or NULL. */
[[nodiscard]] bool demo_rolls(struct op *op, str folder, int64_t people, int groups, uint64_t seed, struct demo_roll *ret);
