/* repeat: how rows move when some of them are written several times; inside the room xlsx only. */
#pragma once

#include "base/xml.h"
#include "xlsx/formula.h"

/* A sheet in which rows move, or are hidden. */
struct grown {
    const struct zip_entry *entry;
    size_t sheet;
    str name;
    struct { const struct xlsx_repeat **p; size_t n, cap; } blocks; /* from above */
    struct { const struct xlsx_hide **p; size_t n, cap; } hides;
};

/* Where something stands that speaks of rows. */
struct moving {
    struct op *op;
    const struct grown *sheets;
    size_t count;
    const struct grown *own;           /* the sheet it stands in; NULL: none that moves */
    const struct xlsx_repeat *block;   /* with `copy`: it is itself in that copy of a block */
    uint32_t copy;
};

uint32_t grown_first(const struct grown *g, uint32_t row); /* where its first copy stands */
const struct xlsx_repeat *grown_block(const struct grown *g, uint32_t row); /* NULL: it is written once */
str moved_formula(const struct moving *m, str formula);
str moved_ranges(const struct moving *m, str ranges);      /* A1:B2 C5 */
/* Every reference of a part: attributes and texts that ECMA-376 defines as such. */
void refs_move(const struct moving *m, struct xtree *e);
