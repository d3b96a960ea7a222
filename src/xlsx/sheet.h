/* sheet: what marking and filling share of walking through a sheet's own bytes; inside the room xlsx only. */
#pragma once

#include "xlsx/book.h"

/* Where the scanner is, for cells and rows with and without references of their own. */
struct place {
    uint32_t row, column;
    bool data_seen, in_data;
};
bool sheet_follow(struct place *p, struct xml *x);
str  tag_opened(struct op *op, str tag);                                     /* <a …/> as <a …> */
/* with one attribute set, everything else as it was */
str  tag_set(struct op *op, str tag, const char *name, size_t value);
