/* vector: FEEL over whole columns of a population at once. The third executor beside rows (eval.c) and SQL (sql.c),
 * with the same meaning: what it cannot say exactly it declines, with the reason, and the rows are run instead.
 *
 *     struct feel_vector columns[] = {{.kind = FEEL_VECTOR_NUMBER, .name = S("年龄"), .width = 4, .values = ages}, …};
 *     struct feel_rows people = {columns, COUNT(columns), row_count};
 *     struct feel_program *program;
 *     str reason;
 *     if (feel_compile(op, tree, &people, &program, &reason))
 *         feel_program_run(program, from, count, scratch);      // int64 per row; FEEL_VECTOR_NULL where null
 *
 * A household's persons are a column of members: count(成员[年龄 >= 60]), sum(成员.收入), min, max, some, every.
 * Numbers are whole units of 10^-scale, so sums of money are exact; an expression that could leave 64 bits is
 * declined. A program is read-only and may be run by several threads, each with its own scratch. */
#pragma once
#include "feel/feel.h"

enum feel_vector_kind {
    FEEL_VECTOR_NUMBER,  /* value × 10^scale */
    FEEL_VECTOR_DAY,
    FEEL_VECTOR_TEXT,    /* code k > 0 stands for texts[k - 1] */
    FEEL_VECTOR_BOOL,    /* 1 false, 2 true */
    FEEL_VECTOR_MEMBERS, /* rows first[i] … first[i + 1] - 1 of `members` */
};
#define FEEL_VECTOR_NULL INT64_MIN
enum { FEEL_CHUNK = 2048, FEEL_VECTOR_CUTS_MAX = 4000 }; /* a table of 1,000 rules has 2,000 bounds in a column */

/* One column. Width is the bytes of a value: NUMBER and DAY 4 or 8, TEXT 1 or 4, BOOL 1. Null is INT32_MIN or INT64_MIN
 * in NUMBER and DAY, 0 in TEXT and BOOL. */
struct feel_vector {
    enum feel_vector_kind kind;
    str name;
    int width, scale;
    bool nulls;                      /* there may be any */
    const void *values;
    const str *texts;                /* each once */
    size_t text_count;
    const struct feel_rows *members;
    const uint32_t *first;           /* [rows + 1] */
};
struct feel_rows {
    const struct feel_vector *vectors;
    size_t count, rows;
};
const struct feel_vector *feel_rows_find(const struct feel_rows *rows, str name); /* NULL: none */
feel_value feel_vector_value(struct op *op, const struct feel_vector *v, size_t row); /* as the row executor sees it */
/* Values from, … from + count - 1 as 64 bits; codes of texts as they are; of truth 0 false, 1 true. */
void feel_vector_read(const struct feel_vector *v, size_t from, size_t count, int64_t *ret);

struct feel_program;
bool feel_compile(struct op *op, const struct feel *tree, const struct feel_rows *rows, struct feel_program **ret,
                  str *ret_reason);
enum feel_vector_kind feel_program_kind(const struct feel_program *p);
int feel_program_scale(const struct feel_program *p);
const struct feel_vector *feel_program_column(const struct feel_program *p); /* nothing but a column; else NULL */
/* of kind TEXT: what its codes stand for */
const str *feel_program_texts(const struct feel_program *p, size_t *ret_count);
size_t feel_program_scratch(const struct feel_program *p);                    /* int64_t of scratch that a run needs */
/* count <= FEEL_CHUNK. The answer is inside the scratch. */
const int64_t *feel_program_run(const struct feel_program *p, size_t from, size_t count, int64_t *scratch);

/* The whole numbers (of value × 10^scale) at which tests on a column can change their answer: ascending, each once.
 * Between two neighbours every value answers the same. False: constants that no such number reaches. */
bool feel_cuts(struct op *op, const feel_value *points, size_t count, enum feel_vector_kind kind, int scale,
               const int64_t **ret, size_t *ret_count);
feel_value feel_cut_sample(int64_t whole, enum feel_vector_kind kind, int scale);
