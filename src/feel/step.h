/* The inside of vector: an expression as a tree of column operations, as vector.c makes it and vector_run.c runs it. */
#pragma once
#include "feel/tree.h"
#include "feel/vector.h"

enum step_kind { STEP_COLUMN, STEP_CONST, STEP_ADD, STEP_SUBTRACT, STEP_MULTIPLY, STEP_NEGATE, STEP_SCALE, STEP_COMPARE,
                 STEP_REGION, STEP_CODE, STEP_AND, STEP_OR, STEP_NOT, STEP_IF, STEP_MEMBERS, STEP_RECODE, STEP_PART,
                 STEP_BETWEEN };
enum fold { FOLD_COUNT, FOLD_SUM, FOLD_MIN, FOLD_MAX, FOLD_SOME, FOLD_EVERY, FOLD_FIRST };
enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_YEARS, PART_MONTHS };

struct step {
    enum step_kind kind;
    enum feel_vector_kind type;
    enum relation what;
    int scale;
    i128 bound;                  /* |value| never exceeds it */
    size_t slot;                 /* where in the scratch its chunk is */
    const struct step *kids[3];
    const struct feel_vector *column;
    int64_t constant;            /* CONST; SCALE: the factor */
    const str *texts;            /* of type TEXT: what its codes stand for … */
    size_t text_count;
    bool pooled;                 /* … which are those of the whole program */
    bool nothing;                /* CONST: null, of whatever type is wanted */
    enum part part;              /* PART of a day; BETWEEN: of the months between two days */
    const int64_t *cuts;         /* REGION: answers[i] holds from cuts[i - 1] on; BETWEEN, of years to one day: the last
                                  * day that lies i years before it; NULL: counted one by one */
    const int64_t *answers;      /* REGION; CODE, RECODE: by code */
    int64_t null_answer;
    size_t count;
    enum fold fold;              /* MEMBERS: kids[0] condition or NULL, kids[1] what is added up or NULL */
};

struct feel_program {
    const struct step *root;
    size_t slots;
};
