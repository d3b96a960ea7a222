/* export: the inside of giving out a list.
 *
 *     export.c         cells, rows, the whole
 *     export_sheet.c   the paper round them: columns, title, headings, totals, who signs */
#pragma once

#include "base/decimal.h"
#include "ledger/check.h"
#include "ledger/excel.h"
#include "ledger/inner.h"
#include "xlsx/xlsx.h"

struct column_out {
    const struct field *field;   /* what its values are; NULL: to be filled in by hand */
    const struct field *own;     /* of the ledger itself; NULL: a reach */
    str name;                    /* under which a record has the value */
    str instead;                 /* and where that is empty; empty: nowhere */
    str heading, above;
    enum xlsx_style style;
    double width;                /* in characters, a Chinese one is two */
    bool required, adds;
    dec sum;                     /* of what adds up */
    bool countless;              /* something of it was covered or too large: no sum is better than a wrong one */
};

struct export
{
    struct op *op;   /* resets by row */
    struct op *side; /* of the workbook */
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct ledger *ledger;
    const struct export_options *options;
    struct {
        struct column_out *p;
        size_t n, cap;
    } columns;
    struct column_out serial; /* the first column of a workbook: a field of that name, else the rows are counted */
    const str *names; /* of what is read */
    size_t name_count;
    uint32_t heading_row; /* the last of the heading */
    struct xlsx_out *out;
    struct buf csv;
    int64_t rows, total;
    bool cancelled;
};

/* The office's own columns first, then what else the ledger has, unless only its sheet is wanted. */
void sheet_columns(struct export *e);
/* 某镇2021年冬春救助资金发放花名册 */
[[nodiscard]] bool sheet_title(struct export *e, str *ret);
[[nodiscard]] bool sheet_begin(struct export *e, str title, int64_t fact);
/* What stands below the rows: the total, who signs, drop-downs for those who add. */
void sheet_finish(struct export *e);
/* Lines that a text takes in a column so wide: rows are made as high, for not every program fits them by itself. */
size_t sheet_lines(str text, double width);
str sheet_csv_heading(struct op *op, const struct column_out *c);
