/* office: what Word and Excel templates share; inside the room report. */
#pragma once
#include "report/make.h"
#include "xlsx/zip.h"

/* A directive that its own text does not close: it speaks of rows or paragraphs. */
enum mark_kind { MARK_IF, MARK_EACH, MARK_ROW, MARK_ELSE, MARK_DONE };
struct office_mark {
    enum mark_kind kind;
    str directive;                 /* #每 隐患 当 状态 = "在办" */
    size_t from, to;               /* bytes of the text */
};
struct office_marks {
    struct office_mark *p;
    size_t n, cap;
};
void office_marks(struct op *op, str text, struct office_marks *ret);
str office_unmarked(struct op *op, str text, const struct office_marks *marks); /* without them */

/* ｛｛年度｝｝ as {{年度}}: Chinese input methods type wide braces. `whole` is the text in which two of them stand. */
str office_braces(struct op *op, str whole, str text);

struct office_word;
struct office_book;
struct office_file {
    struct op *op;
    struct report_template of;     /* for the report: name and file */
    struct template_source from;
    const struct template_scope *outside;
    bool word;
    size_t places;
    int before;                    /* faults of the operation before the reading */
    struct office_word *document;
    struct office_book *book;
};
/* The place of what follows, and the fault about it; true when there are too many to go on. */
[[nodiscard]] bool office_refuse(struct office_file *o, str place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool office_full(const struct office_file *o);

/* While 每 and 完 do not pair, it cannot be said whose fields a name is of. So that all that is wrong is told at once,
 * directives are read, and expressions in each scope that some 每 would give: what none of them knows is refused. */
struct office_scopes {
    const struct template_scope **p;
    size_t n, cap;
};
void office_directive(struct office_file *o, str directive, str place, struct office_scopes *scopes);
void office_expression(struct office_file *o, str text, str place, const struct office_scopes *scopes);

/* word.c, book.c. Both go on after a fault, so that all are told. */
[[nodiscard]] bool word_read(struct office_file *o, struct zip_source source);
[[nodiscard]] bool word_make(struct making *m, const struct office_file *o, str out_path);
[[nodiscard]] bool book_read(struct office_file *o, struct zip_source source, str path);
[[nodiscard]] bool book_make(struct making *m, const struct office_file *o, str out_path);

/* What was filled in at a place, for the report. */
[[nodiscard]] bool office_said(struct making *m, str place, const struct making_run *runs, size_t count);
/* office_safe.c: what a package must not carry. */
[[nodiscard]] bool office_safe(struct office_file *o, struct zip *zip);
