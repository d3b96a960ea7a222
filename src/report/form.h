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
const struct xlsx_range *grid_merge(const struct grid *g, uint32_t row, uint32_t column); /* that it is in; NULL: none */

struct meaning {
    str plain;
    const struct form_column *means;
};
struct meanings {
    struct op *op;
    const struct indicators *all;
    const struct ledger *ledger;
    bool spread;      /* the ledger has a 横表 */
    str titles;       /* what stands above the table */
    struct map words; /* plain heading -> struct form_column */
    struct {
        struct meaning *p;
        size_t n, cap;
    } list;
};
/* Of a ledger, or (NULL) of the indicators; reaches: also of what the ledger's own sheet shows of others. */
[[nodiscard]] bool meanings_make(struct tx *tx, const struct indicators *all, const struct ledger *l, bool reaches,
                                 struct meanings *m);
/* Of the indicators: the figures of the whole town too, which no village group has. */
void meanings_whole(struct meanings *m);
enum { DATE_WORDS = 2 };
/* How forms head a column of this date, besides by its name; 0: it is none. */
size_t date_words(struct op *op, const struct field *f, str ret[DATE_WORDS]);
const struct form_column *word_find(const struct meanings *m, str words);
/* One of the words within the other, when that is true of one meaning only; wider: only what is known may be longer. */
const struct form_column *word_like(const struct meanings *m, str words, bool wider);
/* What a heading of several levels means: the whole of it, its last two levels together (户主情况/姓名: 户主姓名), else its last
 * level alone, when that says enough. */
const struct form_column *heading_means(const struct meanings *m, str heading);
/* 监护人/联系电话, 需救助情况/户数: a word that every list has, below the name of something else, of which it speaks. */
bool heading_elsewhere(const struct meanings *m, str heading);
/* So it is a heading, although it does not say enough. */
bool heading_hints(const struct meanings *m, str heading);
/* The last two levels in one word; empty: there is one level. */
str heading_joined(struct op *op, str heading, str *ret_last);
/* 住房保障/上报户数: what is counted of the upper heading; NULL: not known. */
const struct indicator *count_below(const struct meanings *m, str heading);
/* 户数 of a table about relief is not that of all households: what the title speaks of, or a likeness. */
void counts_by_title(struct op *op, const struct indicators *all, struct form *f);
/* word: of the title, empty: it names no part of the ledger; where: the records that it means, said: the same for people; empty:
 * they cannot be told, and untold says why. */
struct form_scope {
    str word, where, said, untold;
};
/* 2022年1月 in a title; month 0: only the year. False: no year, or several. */
bool form_month(str title, int *ret_year, int *ret_month);
[[nodiscard]] bool form_scope_find(struct tx *tx, const struct town *town, const struct who *who, const struct form *form,
                                   struct form_scope *ret);
/* Columns that say what a record refers to. */
void distant_columns(const struct meanings *m, struct form *f);
bool card_looks(const struct grid *g);
/* ---- filling ----------------------------------------------------------------------------------------------------- */

struct filling {
    struct tx *tx;
    struct op *op;
    const struct town *town;
    const struct who *who;
    const struct form *form;
    const struct form_how *how;
    struct { struct xlsx_fill *p; size_t n, cap; } fills;
    struct { struct form_cell *p; size_t n, cap; } cells;
    struct { struct form_gap *p; size_t n, cap; } gaps;
    const struct units *units; /* of a roll that has a column for them; NULL: none, or not for these eyes */
    size_t *reached;     /* [columns] which of the reaches asked for a column is */
    int64_t rows;
    uint32_t added;      /* rows below the last empty one */
};
void fill_put(struct filling *f, uint32_t row, const struct form_column *c, str value, bool number, str source);
void fill_gap(struct filling *f, str where, str what);
str fill_place(struct op *op, const struct form_column *c); /* C列“电话” */
/* A value as a form shows it; numbers stay numbers. False: it is not theirs to take out. */
bool fill_cell(struct filling *f, const struct record *r, size_t column, str *ret, bool *ret_number);
/* Rows that the form has too few of are added as a person would add them: copies of its last empty row. */
[[nodiscard]] bool fill_room(struct filling *f, int64_t wanted);

/* 岗：司机, as a person chooses it for a heading. */
bool spread_choice(const struct ledger *l, str meaning, str *ret);
/* 横表: which columns are of which choice, once all are known. */
void spread_learn(struct form *f);
/* Row by row, all records that agree in the rest of the key; q: what the roll asks. */
[[nodiscard]] bool spread_fill(struct filling *f, struct list_query *q);

/* The sheet as a card of this ledger, or (NULL) of the town's figures; understood 0: it is none. */
[[nodiscard]] bool card_read(struct tx *tx, const struct indicators *all, const struct grid *g, const struct ledger *l, const struct form *empty,
                             struct form *ret);
int heading_find(const struct grid *g, const struct meanings *m, struct form *f);
str yuan_name(int64_t yuan); /* 10000: 万元 */
int64_t yuan_of(str text);   /* that a text speaks of: 万元 10000; 0: none */
void lawful_read(struct op *op, const struct grid *g, struct form *f);
