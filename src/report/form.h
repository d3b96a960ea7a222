/* form: the inside of filling a superior's form. */
#pragma once
#include "report/inner.h"
#include "xlsx/xlsx.h"

/* headings stand within the first, totals and 落款 of a printed form within the second */
enum { FORM_HEADING_ROWS = 30, FORM_SCAN_ROWS = 200 };

struct grid_cell {
    uint32_t column;
    str text, plain; /* plain: as headings are compared */
    bool number;
};
struct grid_row {
    uint32_t number;
    struct {
        struct grid_cell *p;
        size_t n, cap;
    } cells;
};
struct grid {
    struct op *op;
    struct xlsx_layout layout;
    struct {
        struct grid_row *p;
        size_t n, cap;
    } rows; /* those with text */
    uint32_t last_column;
    struct {
        struct grid_place { uint32_t row, column; } *p;
        size_t n, cap;
    } formulas;
};
const struct grid_row *grid_row(const struct grid *g, uint32_t number);
str grid_text(const struct grid *g, uint32_t row, uint32_t column); /* what covers the place, merged cells included */

struct meaning {
    str plain;
    const struct form_column *means;
};
struct meanings {
    struct op *op;
    const struct indicators *all;
    const struct ledger *ledger;
    struct map words; /* plain heading -> struct form_column */
    struct {
        struct meaning *p;
        size_t n, cap;
    } list;
};
const struct form_column *word_find(const struct meanings *m, str words);
/* Columns that say what a record refers to. */
void distant_columns(const struct meanings *m, struct form *f);
int heading_find(const struct grid *g, const struct meanings *m, struct form *f);
str yuan_name(int64_t yuan); /* 10000: 万元 */
void lawful_read(struct op *op, const struct grid *g, struct form *f);
