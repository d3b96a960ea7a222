/* xlsx: workbooks in and out, over zlib only. Knows nothing of a town.
 *
 * Reading, in memory that does not grow with the number of rows:
 *
 *     struct xlsx_book *book;
 *     if (!xlsx_open_path(op, path, &book))
 *         return false;                      // not a workbook, encrypted, macros, a bomb: op->faults says which
 *     struct xlsx_rows *rows;
 *     if (!xlsx_rows_open(book, 0, &rows))
 *         return false;
 *     struct xlsx_row row;
 *     for (bool found; xlsx_row_next(rows, &row, &found);) {
 *         if (!found)
 *             return true;                   // the end; every byte's checksum was right
 *         for (size_t i = 0; i < row.count; i++)
 *             take(row.number, row.cells[i].column, row.cells[i].text);
 *     }
 *     return false;
 *
 * Writing, in about half a megabyte whatever the size:
 *
 *     struct xlsx_out *out;
 *     if (!xlsx_create(op, S("/srv/out/roster.xlsx"), &out))
 *         return false;
 *     static const struct xlsx_column columns[] = {{.width = 6}, {.width = 20, .style = XLSX_ID}, {.width = 12}};
 *     struct xlsx_page page = {.name = S("花名册"), .columns = columns, .column_count = 3, .freeze_rows = 2,
 *                              .repeat_from = 1, .repeat_to = 2, .print = true};
 *     xlsx_sheet(out, &page);
 *     xlsx_row(out, 30);
 *     xlsx_text(out, XLSX_TITLE, S("2021年冬春救助资金发放花名册"));
 *     xlsx_merge(out, 1, 1, 1, 3);
 *     for (i = 0; i < n && xlsx_row(out, 0); i++) {
 *         xlsx_int(out, XLSX_INTEGER, i + 1);
 *         xlsx_text(out, XLSX_ID, person[i].id_number);
 *         xlsx_number(out, XLSX_MONEY, person[i].amount);     // exact digits, "300.00"
 *     }
 *     return xlsx_end(out);                              // the one place to ask whether all went well
 *
 * Invariants: rows and columns are numbered from 1, as Excel shows them (column 1 is A). All text is valid UTF-8.
 * The same calls with the same op->now write the same bytes. Nothing here looks inside a text cell: cells are typed,
 * so a text beginning with "=" is text.
 * Ownership: a book, its sheets and properties live as long as the op; a row until the next xlsx_row_next.
 * Errors: faults are in Chinese, for the person who made the workbook, with what to do in Excel or WPS.
 * Rules: ECMA-376 part 1 (SpreadsheetML) and part 2 (packages), 5th edition; ISO/IEC 21320-1 and the zip application
 * note 6.3.10; limits of Excel as published in "Excel specifications and limits". */
#pragma once

#include "base/base.h"

enum {
    XLSX_ROWS_MAX = 1048576,       /* Excel's */
    XLSX_COLUMNS_MAX = 16384,      /* Excel's */
    XLSX_CELL_CHARS_MAX = 32767,   /* Excel's, in UTF-16 units */
    XLSX_FILE_BYTES_MAX = 256 << 20, /* a register of a million rows is about 100 MB */
    XLSX_PARTS_MAX = 4096,         /* a workbook with a photo per household */
    XLSX_NAME_BYTES_MAX = 512,     /* of a part; Excel's own are below 64 */
    XLSX_SHEETS_MAX = 1024,
    XLSX_INFLATED_MAX = 2000 << 20, /* all parts read through one book: Excel's most rows of twelve columns, twice */
    XLSX_RATIO_MAX = 200,          /* of one part once it has passed 16 MB: registers reach 15, blank styled rows 120 */
    XLSX_SMALL_PART_MAX = 32 << 20, /* parts that are held whole: styles, workbook, comments, relations */
    XLSX_SHARED_BYTES_MAX = 256 << 20, /* shared strings are held whole */
    XLSX_ROW_BYTES_MAX = 4 << 20,  /* text of one row */
    XLSX_MERGES_MAX = 262144,
    XLSX_STYLES_MAX = 65536,       /* Excel's is 65 490 */
    XLSX_PROPERTIES_MAX = 1000,
    XLSX_DEFINED_NAMES_MAX = 10000,
    XLSX_MARKS_MAX = 20000,        /* comments beyond that make Excel slow; the rest is counted in the first */
};

/* ---- reading ----------------------------------------------------------------------------------------------- */

enum xlsx_kind { XLSX_BLANK, XLSX_TEXT_CELL, XLSX_NUMBER_CELL, XLSX_BOOL_CELL, XLSX_ERROR_CELL, XLSX_KINDS };

/* What the number format makes of a number. */
enum xlsx_format { XLSX_PLAIN, XLSX_PERCENT, XLSX_DAY, XLSX_TIME, XLSX_DAY_TIME, XLSX_FORMATS };

struct xlsx_cell {
    uint32_t column;
    enum xlsx_kind kind;     /* XLSX_BLANK: only formatted; the sheet is full of these below the data */
    enum xlsx_format format; /* not XLSX_PLAIN: kind is a number, and for dates `day` and `day_ms` are set */
    bool formula;            /* the value is what the last program to save it had computed */
    bool lost_digits;        /* a whole number of more than 15 digits: Excel has put zeros for the rest (id numbers!) */
    day day;                 /* XLSX_DAY, XLSX_DAY_TIME */
    int32_t day_ms;          /* XLSX_TIME, XLSX_DAY_TIME: milliseconds since midnight */
    str text;                /* what to work with: decoded text; plain decimal digits rounded to the 15 that Excel
                              * itself shows ("1234.56", never "1.2E+3"); "2021-12-03", "08:30:00",
                              * "2021-12-03 08:30:00"; TRUE, FALSE; #N/A */
    str raw;                 /* a number as the file has it ("3.2010119900101E+17"); otherwise empty */
};

struct xlsx_row {
    uint32_t number;
    bool hidden;
    const struct xlsx_cell *cells; /* by column, ascending, without gaps being filled */
    size_t count;
};

struct xlsx_range {
    uint32_t row, column, row_last, column_last;
};

enum xlsx_visibility { XLSX_VISIBLE, XLSX_HIDDEN, XLSX_VERY_HIDDEN };

struct xlsx_sheet_info {
    str name;
    enum xlsx_visibility visibility;
};

struct xlsx_name {
    str name, refers_to; /* "Sheet1!$A$1:$C$9" as written */
    int sheet;           /* -1: of the whole workbook */
    bool hidden;
};

struct xlsx_book; /* an open workbook */
struct xlsx_rows; /* a place in one of its sheets */

[[nodiscard]] bool xlsx_open_path(struct op *op, str path, struct xlsx_book **ret);
[[nodiscard]] bool xlsx_open(struct op *op, str bytes, struct xlsx_book **ret); /* bytes stay the caller's, and stay */

size_t xlsx_sheet_count(const struct xlsx_book *book);
const struct xlsx_sheet_info *xlsx_sheet_info(const struct xlsx_book *book, size_t sheet);
bool xlsx_sheet_has_rows(const struct xlsx_book *book, size_t sheet); /* a chart sheet has none */
/* Custom properties (our template id and version travel in them), then those of the document: "creator",
 * "lastModifiedBy", "Application", …  Empty: absent. */
str xlsx_property(const struct xlsx_book *book, str name);
const struct xlsx_name *xlsx_names(const struct xlsx_book *book, size_t *ret_count);

/* Several sheets may be open at once. A fault names sheet and cell. */
[[nodiscard]] bool xlsx_rows_open(struct xlsx_book *book, size_t sheet, struct xlsx_rows **ret);
[[nodiscard]] bool xlsx_row_next(struct xlsx_rows *rows, struct xlsx_row *ret, bool *ret_found);
const struct xlsx_cell *xlsx_row_cell(const struct xlsx_row *row, uint32_t column); /* NULL: none there */
/* The number of the last row, as near as what has been read of the sheet lets it be told; more closely as it goes on. */
uint32_t xlsx_rows_about(const struct xlsx_rows *rows);

/* The same rows, many at a time. Of a large sheet a thread of its own reads ahead of the caller: from the first batch to
 * xlsx_ahead_end, which the end of the op does too, the book and its op are the thread's, and whoever works on the rows
 * has other memory. Failed: the book's op says why; the rows before it in its batch are lost. */
struct xlsx_ahead;
struct xlsx_batch {
    const struct xlsx_row *rows; /* good until the next */
    size_t count;                /* 0: the sheet has ended */
    uint32_t about;              /* xlsx_rows_about */
};
/* rows_max: of a batch; it has fewer when they are wide. */
[[nodiscard]] bool xlsx_ahead_open(struct xlsx_book *book, size_t sheet, size_t rows_max, struct xlsx_ahead **ret);
[[nodiscard]] bool xlsx_ahead_next(struct xlsx_ahead *ahead, struct xlsx_batch *ret);
void xlsx_ahead_end(struct xlsx_ahead *ahead);

/* What stands around the rows; passes over the rows themselves, at some ten times the speed of reading them. */
struct xlsx_layout {
    const struct xlsx_range *merges;
    size_t merge_count;
    const struct xlsx_range *hidden_columns; /* column … column_last; rows are 0 */
    size_t hidden_column_count;
};
[[nodiscard]] bool xlsx_layout(struct xlsx_book *book, size_t sheet, struct xlsx_layout *ret);

str  xlsx_ref(struct op *op, uint32_t row, uint32_t column); /* "C17"; row 0: "C" */
bool xlsx_ref_parse(str ref, uint32_t *ret_row, uint32_t *ret_column); /* "C17", "$C$17" */

/* ---- writing ----------------------------------------------------------------------------------------------- */

/* Every look a cell of ours may have; the table in write.c says what each is. All but XLSX_LOCKED stay editable
 * in a protected sheet. */
enum xlsx_style {
    XLSX_DEFAULT,   /* no border: white space around the table */
    XLSX_TITLE,     /* 方正小标宋 22, centred */
    XLSX_SUBTITLE,  /* 仿宋 12, left: 填报单位（盖章） */
    XLSX_SUBTITLE_RIGHT, /* 仿宋 12, right: 单位：元 */
    XLSX_HEADING,   /* 黑体 11, centred, wrapped, grey */
    XLSX_REQUIRED,  /* a heading whose column must be filled: the same in red */
    XLSX_PARAGRAPH, /* text, left, wrapped, bordered */
    XLSX_CENTRED,   /* text, centred, bordered */
    XLSX_ID,        /* text format (@): id numbers, phone numbers, codes */
    XLSX_INTEGER,   /* 0 */
    XLSX_DECIMAL2,  /* 0.00 */
    XLSX_MONEY,     /* #,##0.00 */
    XLSX_PERCENT2,  /* 0.00% */
    XLSX_DATE,      /* yyyy-mm-dd */
    XLSX_DATE_TIME, /* yyyy-mm-dd hh:mm */
    XLSX_TOTAL,     /* 合计: bold text */
    XLSX_TOTAL_INTEGER,
    XLSX_TOTAL_DECIMAL2,
    XLSX_TOTAL_MONEY,
    XLSX_NOTE,      /* 仿宋 10, wrapped, no border: notes, 落款 */
    XLSX_LOCKED,    /* grey text; cannot be edited in a protected sheet: row keys */
    XLSX_WRONG,     /* red fill, text */
    XLSX_STYLES,
};

struct xlsx_column {
    double width;          /* in characters; 0: Excel's usual 8.43 */
    enum xlsx_style style; /* of cells that a person will add below ours */
    bool hidden;
};

struct xlsx_page {
    str name; /* 1 … 31 characters, none of []:*?/\ ; made unique by the caller */
    enum xlsx_visibility visibility;
    const struct xlsx_column *columns;
    size_t column_count;
    uint32_t freeze_rows, freeze_columns;
    uint32_t repeat_from, repeat_to; /* heading rows printed on every page; 0: none */
    struct xlsx_range filter;        /* autofilter, heading row included; row 0: none */
    bool print;                      /* A4 landscape, one page wide, page number in the footer */
    bool portrait;                   /* with print: A4 upright */
    bool a3;                         /* with print: A3 instead, for what would be too small to read on A4 */
    bool protect;                    /* without a password: only XLSX_LOCKED cells refuse */
    str header, footer;              /* printed text, centred; footer empty: 第 n 页，共 m 页 */
    str signed_by;                   /* printed at the left of each page's foot, whose number then goes to the right */
};

/* Where the bytes go. false: stop; the sink has called op_fail. */
struct xlsx_sink {
    bool (*write)(void *to, str bytes);
    void *to;
};

struct xlsx_out;

/* A new file; if xlsx_end is not reached or fails, no file remains. */
[[nodiscard]] bool xlsx_create(struct op *op, str path, struct xlsx_out **ret);
[[nodiscard]] bool xlsx_begin(struct op *op, struct xlsx_sink sink, struct xlsx_out **ret);
void xlsx_level(struct xlsx_out *out, int level); /* 1 (the default): fast; 6: for archives. Before the first sheet */
void xlsx_set_property(struct xlsx_out *out, str name, str value); /* custom property, any time before xlsx_end */

/* The first trouble is kept in op->faults, after it everything is a no-op, and xlsx_end says false. xlsx_row says the
 * same early, so that a long loop may stop. */
void xlsx_sheet(struct xlsx_out *out, const struct xlsx_page *page); /* ends the sheet before it */
bool xlsx_row(struct xlsx_out *out, double height);                  /* the next row; height 0: automatic */
bool xlsx_row_lines(struct xlsx_out *out, size_t lines); /* the next row, as high as so many lines of 11 pt; Excel fits it again when it is edited */
bool xlsx_row_hidden(struct xlsx_out *out);
uint32_t xlsx_row_number(const struct xlsx_out *out);                /* of the row being written; 0: none yet */
void xlsx_skip_rows(struct xlsx_out *out, uint32_t count);

/* Cells, left to right. */
void xlsx_text(struct xlsx_out *out, enum xlsx_style style, str text); /* "" gives a blank cell of that style */
void xlsx_number(struct xlsx_out *out, enum xlsx_style style, str digits); /* -12.30; more than 15 digits: a fault */
void xlsx_int(struct xlsx_out *out, enum xlsx_style style, int64_t value);
void xlsx_bool(struct xlsx_out *out, enum xlsx_style style, bool value);
void xlsx_day(struct xlsx_out *out, enum xlsx_style style, day value);      /* before 1900-03-01: as text */
void xlsx_time(struct xlsx_out *out, enum xlsx_style style, time_ms value); /* as the town's clock shows it */
void xlsx_formula(struct xlsx_out *out, enum xlsx_style style, str formula, str cached); /* "SUM(C3:C9)", "300.00" */
void xlsx_blank(struct xlsx_out *out, enum xlsx_style style);
void xlsx_skip(struct xlsx_out *out, uint32_t columns);

/* About the sheet being written, in any order, before the next xlsx_sheet or xlsx_end. Ranges are not checked for
 * overlap, which Excel refuses: that is the caller's business. */
void xlsx_merge(struct xlsx_out *out, uint32_t row, uint32_t column, uint32_t row_last, uint32_t column_last);
void xlsx_comment(struct xlsx_out *out, uint32_t row, uint32_t column, str text);
/* A drop-down. Lists too long for Excel's 255 characters go to a very hidden sheet by themselves. strict: other
 * values are refused, otherwise only questioned. */
void xlsx_choices(struct xlsx_out *out, struct xlsx_range where, const str *choices, size_t count, bool strict);

[[nodiscard]] bool xlsx_end(struct xlsx_out *out);

/* ---- the same workbook, marked up --------------------------------------------------------------------------- */

/* What is the matter with one cell. Several on one cell become one comment of several lines. */
struct xlsx_mark {
    size_t sheet;
    uint32_t row, column;
    str text;
};

/* The workbook, with a red fill and a comment on every marked cell, and nothing else changed: other parts are copied
 * byte for byte, other cells keep theirs, existing comments are added to, existing formats keep all but the fill.
 * What an earlier marking said is replaced, and cells that it marked and that are right now lose their red, so that a
 * workbook may come back and be checked as often as it takes. out_path must be another file than in_path. Marks may
 * come in any order; those beyond XLSX_MARKS_MAX are dropped and counted in the last comment. */
[[nodiscard]] bool xlsx_mark(struct op *op, str in_path, str out_path, const struct xlsx_mark *marks, size_t count);
[[nodiscard]] bool xlsx_mark_book(struct xlsx_book *book, struct xlsx_sink sink, const struct xlsx_mark *marks,
                                  size_t count);

/* ---- somebody else's form, filled ---------------------------------------------------------------------------- */

/* A part of a new text, and where in the cell's old text it comes from: own is that text itself, what is not stands for
 * what began there. A cell of which parts have fonts of their own keeps them so. */
struct xlsx_piece {
    str text;
    size_t at;               /* byte of the text as it was read */
    bool own;
};
struct xlsx_fill {
    size_t sheet;
    uint32_t row, column;
    bool number;         /* text is plain digits; otherwise a text, never a formula */
    str text;
    uint32_t
        like_row; /* a cell that is not there yet looks like the one of its column in this row; 0: like its column */
    const struct xlsx_piece *pieces; /* of text; none: the text has the look of the cell */
    size_t piece_count;
};
/* The workbook with these cells filled and nothing else changed; cells that compute keep their formulas (ret_kept: how
 * many) and Excel is told to compute again. out_path must be another file than the book's. */
[[nodiscard]] bool xlsx_fill(struct xlsx_book *book, str out_path, const struct xlsx_fill *fills, size_t count,
                             int64_t *ret_kept);

/* Rows of somebody else's form, written several times: what stands below moves down, with formulas, merged cells, names,
 * pictures, comments, checks and formats that speak of it, here and in the other sheets; a sum over a repeated row sums
 * all of them. The first copy is where the rows were. Blocks of one sheet do not overlap. */
struct xlsx_repeat {
    size_t sheet;
    uint32_t first, last; /* rows */
    uint32_t copies;      /* from 1 */
};
/* A row of the result that is not shown. */
struct xlsx_hide {
    size_t sheet;
    uint32_t row;
};
[[nodiscard]] bool xlsx_repeat_book(struct xlsx_book *book, struct xlsx_sink sink, const struct xlsx_repeat *repeats,
                                    size_t count, const struct xlsx_hide *hides, size_t hide_count);

/* ---- CSV ---------------------------------------------------------------------------------------------------- */

/* RFC 4180 with CRLF, for people who open it with Excel: begins with a byte order mark (without it Excel reads GBK),
 * and a text that a spreadsheet would take for a formula (= + - @ tab CR) gets an apostrophe before it. */
void csv_begin(struct buf *b);
void csv_text(struct buf *b, str text);
void csv_number(struct buf *b, str digits); /* the caller vouches for it */
void csv_line(struct buf *b);               /* ends the line */
