/* place: one official document on its way onto pages; inside the room paper only. */
#pragma once

#include "paper/inner.h"

/* One row of the 版心: of a paragraph, or blank. */
struct line {
    struct text *text; /* NULL: blank */
    struct row row;
    str part;
    bool keep; /* a heading: never the last row of a page */
    bool together; /* of a chart: all its rows on one page */
    bool centered;
    double size; /* mm */
    size_t leaf; /* where it was put */
    size_t slot;
    bool dropped; /* a blank row at the top of a page, or a heading of a table that has moved from there */
    const struct table_row *table, *table_head; /* a slot of a table's row; NULL: running text */
    size_t table_part;
    bool again; /* the heading of a table, repeated */
};

enum { TOGETHER_MAX = 18 }; /* rows of a chart that still go on one page with the words before it */

/* A page with rows; its first may begin lower and the last may be set a little closer. */
struct leaf {
    size_t page;
    double base, pitch;
    size_t rows, used;
};

struct place {
    struct op *op;
    struct paper *paper;
    const struct paper_rules *rules;
    const struct paper_style *style;
    const struct paper_official *doc;
    double size, cell;    /* of the body */
    double right, bottom; /* of the 版心 */
    double head_end;      /* y under the title */
    bool to_in_imprint;   /* 主送 moved into the 版记 */
    double end;           /* y under everything on the last page */
    bool *unnumbered;     /* by page; PAPER_PAGES_MAX of them */
    str approved_on, printed_on;
};

struct lines {
    struct line *p;
    size_t n, cap;
};

double baseline(double top, double pitch, double size); /* of a row */
str list_take(str *rest);                               /* the next entry of a list with line ends */

/* head.c: everything above the body of page 1 */
[[nodiscard]] bool head_place(struct place *p);
[[nodiscard]] bool title_place(struct place *p, str part, str title, size_t page, double *y);

/* body.c */
[[nodiscard]] bool body_place(struct place *p);
[[nodiscard]] bool attachments_place(struct place *p);

/* table.c: tables within the text */
/* takes the lines of one table off the body */
[[nodiscard]] bool text_table_lines(struct place *p, struct lines *lines, str *body);
void text_table_again(struct place *p, struct lines *lines, size_t at);
void text_table_put(struct place *p, const struct line *line, const struct leaf *leaf);

/* foot.c: 署名 日期 印章 附注; 版记; 页码 */
size_t sign_rows(const struct place *p);
void sign_place(struct place *p, const struct leaf *leaf);
[[nodiscard]] bool imprint_place(struct place *p);
void numbers_place(struct place *p);
