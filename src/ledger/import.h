/* import: the inside of taking in a workbook.
 *
 *     import.c         the whole; the record a row means, and keeping it
 *     import_sheet.c   sheet, heading, village groups, rows that are no records
 *     import_ahead.c   rows read ahead, and what they name
 *     import_row.c     cells to values, references, the report
 *     import_home.c    households that come with people
 *     import_reach.c   columns of the record that a row names
 *     import_spread.c  rows that are several records: 日期 | 带班领导 | 值班员 | 司机
 *
 * What is wrong with a row is said by import_wrong and makes it `bad`; a function's false ends the whole import. */
#pragma once

#include "ledger/excel.h"
#include "ledger/inner.h"
#include "ledger/record_bulk.h"
#include "xlsx/xlsx.h"

enum {
    HEADING_LEVELS = 3,
    KEYS_MAX = 8, /* fields of a key that are looked up */
};

/* USE_GROUP: the village group of what the row names; USE_SHOWN: only for people, a signature or what is computed */
enum column_use { USE_NOTHING, USE_SERIAL, USE_KEY, USE_FIELD, USE_HOME, USE_REACH, USE_GROUP, USE_SHOWN };

struct column_in {
    uint32_t column;
    str heading;                /* as written; joined 上级/下级 */
    str levels[HEADING_LEVELS]; /* what repeats at the top of a printed page */
    enum column_use use;
    const struct field *field; /* of the ledger, or (USE_HOME) of the ledger it belongs to, or (USE_REACH) the end */
    const struct reach *reach; /* USE_REACH, or a field that finds a reference too: through one of the ledger */
    str choice;                /* 横表: its cells are records of this choice; empty: it is a column like others */
    uint32_t owner;            /* the column of such records on its left that it says more of; 0: it is said of all of a row */
};

struct group {
    id id;
    bool under; /* has a superior: 某镇 in every title does not count */
    str names[4];
    size_t name_count;
};

/* A record's home: 户 of 人. The ledger that gives it its village group is found or made while importing. */
struct home {
    const struct field *field; /* of the imported ledger: 户; NULL: none */
    const struct plan *plan;
    const struct field *head;     /* of the home: 户主; NULL: none */
    const struct field *relation; /* of the imported ledger: 与户主关系 */
    str word;                     /* 户主 */
    /* the one of the rows before; texts in buffers of their own */
    id current, group;
    str name; /* of its head */
    str key;
    char name_bytes[128], key_bytes[128];
    bool wants_head; /* made here; its head's row has not come yet */
    struct bulk_new *made; /* for this row, found sound, not kept yet */
};

/* What a text was found to mean; several: the first. */
struct known {
    id id;
    int64_t count;
};

/* A reference that columns of the sheet find: 人 by 姓名 and 身份证号. */
struct reaching {
    const struct field *field;
    bool key; /* of the ledger: it says which record the row means */
};

/* Rows and the facts they became, one after the other from these on: a sheet of new records is one run. */
struct kept_run {
    int64_t fact_no;
    uint32_t row;
    size_t sheet;
};

/* The same of rows that leave no fact: records whose last facts are these, in the order of the rows. */
struct met_run {
    int64_t fact_no;
    uint32_t row, count;
    size_t sheet;
};

struct givens {
    struct given *p;
    size_t n, cap;
};

struct import {
    struct op *op, *side;
    struct op *book_op;    /* of the book alone: a thread reads ahead in it */
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct plan *plan;
    const bool *covered;    /* [field_count] fields that the person sees masked; NULL: none */
    const struct import_options *o;
    struct import_report *report;
    struct bulk *bulk, *home_bulk; /* home_bulk: NULL: not allowed, or no homes */
    struct xlsx_book *book;
    size_t sheet, sheets;   /* the one being read; how many with it */
    str sheet_name;
    int headings;           /* that were known on the first of them */
    uint32_t heading_first, heading_last, last_row; /* last_row: about, until the rows are read */
    struct {
        struct column_in *p;
        size_t n, cap;
    } columns;
    struct column_in **by_column; /* [column] */
    struct {
        struct reaching *p;
        size_t n, cap;
    } reaching;
    uint32_t last_column;
    struct {
        struct group *p;
        size_t n, cap;
    } groups;
    const struct field *group_field; /* the ledger's own reference to 村组 that decides its group; NULL: none */
    const struct field *document_kind, *document;
    id group; /* of rows that name none */
    struct checked period; /* 期间, as the title says, for rows of a sheet without such a column */
    struct home home;
    struct map known; /* "ledger\x01text" -> struct known */
    bool round_trip;
    struct {
        const struct spread_word *words;
        size_t count;
        bool on;                        /* this sheet is such a one */
        const struct column_in *column; /* whose record is being taken in, and which of its cell's; NULL: of none */
        str text;
        int nth;
    } spread;
    int64_t fact_before;
    const char *find_sql; /* by key; NULL: the ledger's key cannot be asked for */
    struct {
        struct xlsx_mark *p;
        size_t n, cap;
    } marks;
    struct {
        struct kept_run *p;
        size_t n, cap;
    } runs;
    struct {
        struct met_run *p;
        size_t n, cap;
    } met_runs;
    uint8_t *met;               /* bit n: a row means the record whose last fact is n, and changes nothing of it */
    struct json *last_error, *last_warning;
    struct {
        int first, count;
    } years;                /* that the title names, and how many different ones */
    bool *year_told;        /* [last_column + 1] that a column takes its dates' year from there */
    /* one row */
    struct checked *values; /* [field_count] */
    bool *given;
    struct checked *home_values; /* [home's field_count] */
    bool *home_given;
    struct labels *reach_labels;  /* what its references are read with; NULL: not yet */
    struct checked *reach_values; /* [columns.n] */
    bool *reach_given;
    bool reached_before;    /* the references of the key have been found by their columns */
    id row_group;           /* that the row names, or the sheet */
    str key_text;
    uint32_t row;
    int64_t fact_no; /* that it has become; 0: none */
    int64_t met_no;  /* the last one of the record that it means and leaves as it is; 0: none */
    id record; /* that it will be if it is new */
    bool bad;
    bool part;                      /* it writes to two ledgers: to both or to none */
};

/* ---- the sheet ------------------------------------------------------------------------------------------------- */

[[nodiscard]] bool import_groups(struct import *im);
/* Finds the next sheet from *at on, and its heading; also the titles above the heading, which may name the village
 * group. A workbook has one roll, or one of each village; a fault: it has none. */
[[nodiscard]] bool import_sheet(struct import *im, size_t *at, bool *ret_found);
/* A row that is not a record. One that stands alone in its row and names a village group sets it for the rows below. */
bool import_between(struct import *im, const struct xlsx_row *row);
/* The group that a cell names exactly, by name, code or former name. */
bool import_group_named(const struct import *im, str s, id *ret);
/* The one whose name begins so, and that name; empty: none or several. */
str import_group_begun(const struct import *im, str s, id *ret);
/* The one group that a title, a sheet's or file's name speaks of: 某镇巴音嘎查2021年花名册. */
bool import_group_mentioned(const struct import *im, str s, id *ret);
const struct column_in *import_column_at(const struct import *im, uint32_t column);          /* NULL: none */
const struct column_in *import_column(const struct import *im, const struct field *f);       /* NULL: none */

/* ---- the rows -------------------------------------------------------------------------------------------------- */

struct ahead;
[[nodiscard]] bool ahead_open(struct import *im, struct ahead **ret);
/* Good until the next one. */
[[nodiscard]] bool ahead_next(struct import *im, struct ahead *ahead, struct xlsx_row *ret, bool *ret_found);
uint32_t ahead_about(const struct ahead *ahead); /* about the last row of the sheet */
void ahead_end(struct ahead *ahead);              /* before anything else is done with the book */

/* ---- the row --------------------------------------------------------------------------------------------------- */

struct json *report_add(struct import *im, struct json *parent, str key, enum json_kind kind, str text);
void import_warn(struct import *im, const struct column_in *c, str value, str text);
/* The row is bad; its cell will be red. Without a column of its own, the first one is marked. */
void import_wrong(struct import *im, const struct column_in *c, str value, str text);
bool import_covered(const struct import *im, const struct field *f); /* of the ledger: the person sees it masked */
void import_cells(struct import *im, const struct xlsx_row *row);
/* What a cell says, with the year that the title has for a date without one. */
str import_dated(struct import *im, const struct column_in *c, const struct field *as, str typed);
void import_kept(struct import *im); /* the row has become im->fact_no, or im->met_no is what it means */
/* Which row above means the record that has this last fact: 第12行; empty: none. */
str import_row_of(struct import *im, int64_t fact_no);
void import_say(struct import *im, const struct field *f, str text); /* as if the row had it */
/* How many records a question that gives their ids means. */
[[nodiscard]] bool import_known(struct import *im, str sql, struct args args, struct known *ret);
/* The text of a reference becomes the id of the record it means. `now`: the record's cell as it is. */
bool import_titled(struct op *op, str title, str text); /* a cell says `text` of what has this title */
/* A cell that refers is shown so, and was sent back as it was. */
[[nodiscard]] bool import_shown_as(struct import *im, const struct field *f, struct arg cell, str text, bool *ret);
/* A field that has nothing of its own and is shown from the record that a reference of the row means: what the sheet says is
 * what is shown. */
[[nodiscard]] bool import_shown_there(struct import *im, const struct field *f, const struct row *row, bool *ret);
/* Sheets write times to the minute or the second; so much of a moment has to agree. */
bool import_says_same(const struct field *f, struct arg said, struct arg is);
[[nodiscard]] bool import_reference(struct import *im, const struct column_in *column, const struct field *f, struct checked *c,
                                    struct arg now);
const struct plan *import_target(const struct import *im, const struct field *f);
/* What the ledger said of a record becomes the row's; false: the trouble is not the row's. */
[[nodiscard]] bool import_faults(struct import *im, int before, const struct ledger *l);
void import_warnings(struct import *im, const struct ledger *l, const struct warning *w);

static inline bool contains(str s, str part)
{
    size_t at;
    return part.n > 0 && str_find(s, part, &at);
}
static inline bool writable(const struct field *f) { return f->type != F_COMPUTED && f->type != F_CHILDREN; }
void import_give(struct import *im, struct givens *values, const struct field *f, struct checked c);
struct checked checked_id(struct import *im, id x);

/* ---- records that a row names ------------------------------------------------------------------------------------ */

bool import_loses_digits(const struct field *f); /* whether a number that Excel has rounded is lost for it */
bool reach_direct(const struct reach *reach); /* a unique text of the record itself, by which the store finds it */
void reaches_learn(struct import *im); /* when the columns are known */
void reach_take(struct import *im, const struct column_in *c, const struct xlsx_cell *cell);
/* The references that columns of another record say; existing: the record the row means already, or NULL. keys: only
 * those of the key. */
[[nodiscard]] bool reaches_find(struct import *im, const struct row *existing, bool keys);

/* ---- rows that are several records -------------------------------------------------------------------------------- */

/* Whether every name in a cell is of somebody; empty cells are no names. */
[[nodiscard]] bool spread_are_names(struct import *im, str text, bool *ret_any, bool *ret_all);
/* One record after the other; take: as a row of its own. */
[[nodiscard]] bool spread_row(struct import *im, const struct xlsx_row *row, bool (*take)(struct import *, const struct xlsx_row *));
/* How many records a text means as what this field refers to. */
[[nodiscard]] bool import_meant(struct import *im, const struct field *f, str text, int64_t *ret);

/* ---- homes ----------------------------------------------------------------------------------------------------- */

/* 户 of 人: the reference through which the ledger gets its village group, and whose head is one of its own records. */
void home_learn(struct import *im);
[[nodiscard]] bool homes_begin(struct import *im);
/* Which home a row belongs to; existing: the record it means already, or NULL. */
[[nodiscard]] bool home_find(struct import *im, const struct row *existing);
[[nodiscard]] bool home_keep(struct import *im); /* the one made for this row */
/* This row is the head's, and its home does not know yet: it follows when the row is kept, see head.c. */
[[nodiscard]] bool home_lacks_head(struct import *im, bool *ret);
void home_leave(struct import *im); /* at a new village: who stands below is of no home above */
void home_forget(struct import *im);
