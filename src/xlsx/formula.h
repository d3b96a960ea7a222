/* formula: the references inside a formula, found and changed; inside the room xlsx only. Nothing is computed.
 *
 *     str moved = formula_change(op, S("SUM(C5:C5)*'表 2'!$B$1"), one_row_down, context);
 *
 * A reference is a cell, a range of cells or a range of rows, with the sheet it names. What stands in quotation marks, in
 * brackets, or is a name or a function stays. */
#pragma once

#include "xlsx/sheet.h"

struct ref {
    bool rows_only;                /* 5:5, $1:$3 */
    bool column_fixed, row_fixed;  /* $ */
    uint32_t row, column;
};
/* last: the end of a range; NULL: a single cell. sheet: empty: the formula's own. May change both. */
typedef void ref_fn(void *context, str sheet, struct ref *first, struct ref *last);
str formula_change(struct op *op, str formula, ref_fn *change, void *context);
