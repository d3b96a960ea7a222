/* make: a report on its way, inside the room report: what parts of a template say, asked of the records once each.
 *
 *     struct making m;
 *     if (!making_begin(&m, tx, town, who, all, report) || !making_text(&m, parts, &runs, &count))
 *         return false;
 *     making_end(&m);              // the report has its figures and notes
 */
#pragma once
#include "report/inner.h"

struct making {
    struct op *op;
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct indicators *all;
    const struct report_ask *ask;
    const struct units *units;      /* of the period; NULL: not for these eyes */
    struct report *report;
    struct { struct indicator_value *p; size_t n, cap; } figures;
    int *figure_of;                 /* [all->n] index into figures + 1; 0: not yet counted */
    struct { struct report_block *p; size_t n, cap; } blocks;
    struct { struct report_run *p; size_t n, cap; } runs; /* of the paragraph being made */
    struct { str *p; size_t n, cap; } notes;
    struct { struct report_told *p; size_t n, cap; } told;
    const struct record *record;    /* of 每 */
    const struct unit *unit;        /* of 每 各村组 */
    struct making_table { struct indicator_row *rows; size_t count; } **tables; /* [all->n] by village group; NULL: not yet */
    bool office;                    /* into an office's own file: the text of one paragraph or cell, line ends kept */
    size_t at, held;                /* where the part being written stands in its text; of the outermost 每 */
    bool was_number;                /* the last value */
    bool words;                     /* the template's own are being added */
    int repeated;                   /* inside so many 每 of one paragraph */
    int64_t number;
    bool broken;
    bool sparing, spare_counts, spare_some; /* inside 有数: a clause has a figure, and one that is not nought */
    size_t spared;                  /* where its runs begin in the paragraph */
    str part;                       /* the 段 being written; empty: none */
    int used; /* figure used by the expression being evaluated; -2: several or a name of another kind */
};

[[nodiscard]] bool making_begin(struct making *m, struct tx *tx, const struct town *town, const struct who *who,
                                const struct indicators *all, struct report *report);
void making_end(struct making *m);
/* ahead.c: the figures of these parts, counted together. */
[[nodiscard]] bool making_ahead(const struct making *m, const struct template_part *parts, const struct indicator_ask *asked);
/* spare.c: of the paragraph's runs from there on, those clauses whose figures are not all nought. */
void spare_runs(struct making *m, size_t from, bool *ret_counts, bool *ret_some);

/* For an office's own file. The runs of one paragraph or cell; each names the byte of the template's text that it comes
 * from, those of a 每 where it begins. */
struct making_run {
    str text;
    int figure;
    size_t at;
    bool words;                    /* the template's own, as they stand there */
    bool number;                   /* the whole text is one number: a cell may compute with it */
};
[[nodiscard]] bool making_text(struct making *m, const struct template_part *parts, struct making_run **ret,
                               size_t *ret_count);
[[nodiscard]] bool making_if(struct making *m, const struct template_part *head, bool *ret);
/* Once for each record or village group; nothing to go through, or not for these eyes: ret_count 0. */
[[nodiscard]] bool making_each(struct making *m, const struct template_part *head, bool (*each)(void *context),
                               void *context, int64_t *ret_count);
