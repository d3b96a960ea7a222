/* grid: tables with merged cells over many pages; inside the room paper only. */
#pragma once

#include "paper/inner.h"

enum align { ALIGN_LEFT, ALIGN_MIDDLE, ALIGN_RIGHT };
enum vertical { VERTICAL_MIDDLE, VERTICAL_TOP, VERTICAL_BOTTOM };

enum { COLUMNS_MAX = 64, GROUP_ROWS_MAX = 64 };

/* How text stands, inherited from form to table to cell. */
struct look {
    enum paper_type type;
    enum align align;
    enum vertical vertical;
    double size, pitch; /* mm */
    bool framed;
};

struct form {
    struct op *op;
    struct paper *paper;
    const struct json *values;
    const struct paper_fill *fill;
    struct look look;
    double page_w, page_h, top, right, bottom, left; /* margins */
    double y;                                        /* where the next thing begins, on the last page */
    double tail;                                     /* of the paragraphs that close the form: they do not leave the table before them */
    bool numbered;
    str sheet_of; /* before the page number; empty: nothing */
    const struct json *page_rows, *all_rows; /* of the table's repeated row: what {本页:…} and {合计:…} add up */
    size_t page_row_count;
};

/* {名称} in a text replaced by values: of `row` (with {序号} its number) first, then of the whole. */
[[nodiscard]] bool form_text(struct form *f, const struct json *row, size_t number, str text, str *ret);
[[nodiscard]] bool keys_known(struct form *f, const struct json *from, const str *known, size_t count);
[[nodiscard]] bool look_read(struct form *f, const struct json *from, struct look *look);
[[nodiscard]] bool form_page(struct form *f); /* begins the next page */
[[nodiscard]] bool grid_place(struct form *f, const struct json *block);
