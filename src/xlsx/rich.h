/* Text of a cell of which parts have fonts of their own: which letters have which. */
#pragma once

#include "xlsx/sheet.h"

/* Letters [from, to) of the cell's text, in bytes. `font`: the tags of its rPr, a name's prefix written as \x01; empty:
 * the cell's own. */
struct rich_run {
    size_t from, to;
    str font;
};
struct rich {
    struct rich_run *runs;
    size_t count;
};
/* x is at the <si> or <is> that opens; afterwards at its end. count 0: the text has one look. */
[[nodiscard]] bool rich_read(struct xml *x, struct rich *ret);
/* Of the shared strings those that are rich: number as text -> struct rich *. */
[[nodiscard]] bool rich_shared(struct xlsx_book *book, struct map *ret);
/* <r>…</r> for these pieces of a new text, in the look of the old; neighbours of one look are one. */
void rich_write(struct op *op, struct buf *out, str prefix, const struct rich *r, const struct xlsx_piece *pieces,
                size_t count);
