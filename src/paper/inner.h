/* paper, inside: glyphs measured in ems, rows of them, and putting rows on pages. */
#pragma once

#include <cairo.h>
#include <hb-subset.h>

#include "paper/paper.h"

#define PT (25.4 / 72) /* mm */

struct paper_face {
    int id; /* from 1 in order of loading */
    str family, file;
    int index; /* in a collection */
    double em; /* font units */
    hb_face_t *hb;
    hb_font_t *font;
    cairo_font_face_t *cairo;
};

enum { CHAIN_MAX = 16, FACES_MAX = 96 };

struct paper_rules;

struct paper_fonts {
    struct op *op;
    const struct paper_rules *rules;
    struct paper_face *faces[FACES_MAX];
    int face_count;
    struct {
        const struct paper_face *faces[CHAIN_MAX];
        int count;
        str wanted;     /* the first name of the chain */
        bool stands_in; /* none of those that the standard means is installed */
    } chains[PAPER_TYPES];
    const struct paper_face *any[FACES_MAX]; /* when no font of the chain has a character */
    int any_count;
};

struct paper_image {
    str png;
    int w, h;
    cairo_surface_t *surface;
};

/* ---- rules ------------------------------------------------------------------------------------------------------ */

/* One format; all lengths mm, type sizes pt. Read by name through a table (rules.c). */
struct paper_style {
    str name;
    double page_w, page_h, top, left, width, height;
    double rows, cells, pitch; /* pitch 0: height / rows */
    double size, title_size, title_pitch, table_size, imprint_size, number_size; /* table_size 0: as the text */
    double mark_top, mark_size, mark_width, mark_stretch_min;
    str mark_word;                                                   /* after the names: 文件 令 纪要 */
    str to_label; /* 主送 stands in the 版记 under this word; empty: above the text */
    bool lists_people; /* lines 出席：请假：列席： of the text are lists under it */
    double number_gap, number_rule_gap, title_gap, to_gap, body_gap; /* blank rows; mm for the rule */
    bool number_right, has_rule;
    double rule_w, rule_thick, rule_thin, rule_between, foot_rule_bottom;
    double seal_size, seal_lift, pitch_min;
    double imprint_thick, imprint_thin, page_number_gap;
    bool imprint_rules, imprint_even, first_number;
};

struct paper_rules {
    struct paper_style *styles;
    size_t style_count;
    str chains[PAPER_TYPES][CHAIN_MAX];
    int chain_counts[PAPER_TYPES];
    str *words; /* that a title must not split, beside those of the dictionary */
    size_t word_count;
    struct usage {
        str kind, part, text; /* 文种 that the title ends with; which element; what the author is told */
        str *words;           /* any of these in it; none: anything at all */
        size_t word_count;
    } *usages;                /* 用语提示 */
    size_t usage_count;
};
const struct paper_style *rules_style(const struct paper_rules *rules, str name); /* NULL: no such format */
bool official_part(const struct paper_official *doc, str name, str *ret);         /* an element by its name */
void official_lists(struct op *op, struct paper_official *doc); /* 出席 请假 列席 out of the lines of the text */
/* Tells the author what does not go with this kind of document: a 报告 that asks for approval. */
void usages_tell(struct paper *paper, const struct paper_rules *rules, const struct paper_official *doc);

/* ---- text ------------------------------------------------------------------------------------------------------- */

/* One glyph of a paragraph. Advances are in ems: a Han character is 1. */
struct unit {
    const struct paper_face *face;
    uint32_t glyph, at, bytes; /* bytes 0: continues the unit before */
    float advance, natural, dx, dy;
    bool breaks;  /* a row may begin here */
    bool spreads; /* room may be added before it when a row is set to full width */
    bool space;
    bool begins; /* a row must begin here: a line end in the text of a form */
};

struct text {
    struct paper *paper;
    str part; /* for notes */
    struct buf bytes;
    struct unit *units;
    size_t count, cap;
};

struct row {
    size_t from, to;        /* units */
    double indent, natural; /* ems */
    bool last;              /* of its paragraph: not spread */
};

struct rows {
    struct row *p;
    size_t n, cap;
};

void text_init(struct text *t, struct paper *paper, str part);
void text_clear(struct text *t); /* to be filled again; what was put on pages stays */
void text_add(struct text *t, enum paper_type type, str s);
void text_add_lines(struct text *t, enum paper_type type, str s); /* line ends begin rows */
double text_width(const struct text *t, size_t from, size_t to);
/* Cuts into rows `width` ems wide; `first` and `rest` are indents. At most `max` rows; false: more were needed. */
bool text_rows(struct text *t, double width, double first, double rest, size_t max, struct rows *rows);
/* A title in lines shaped as a trapezoid or a diamond, breaks between words. */
void title_rows(struct text *t, double width, struct rows *rows);

/* The face with only these glyphs, and the plan that knows their new numbers; `keep_ids`: they keep the old ones.
 * NULL: this font cannot be cut. Both are the caller's to destroy. */
hb_face_t *face_cut(const struct paper_face *face, const hb_set_t *glyphs, bool keep_ids, hb_subset_plan_t **ret_plan);

/* ---- pages ------------------------------------------------------------------------------------------------------ */

struct paper *paper_new(struct op *op, const struct paper_fonts *fonts);
[[nodiscard]] bool page_add(struct paper *paper, double w, double h);
void paper_note(struct paper *paper, str part, const char *format, ...) __attribute__((format(printf, 3, 4)));
void page_rule(struct paper *paper, size_t page, str part, enum paper_color color, double x, double y, double w,
               double h);
void page_image(struct paper *paper, size_t page, str part, const struct paper_image *image, double x, double y,
                double w, double h);

/* How a row is set: `size` and `cell` are mm; `extra` mm are added at each place that spreads. */
struct setting {
    str part;
    enum paper_color color;
    double size, cell, extra, stretch;
    double loose; /* cells: a row that would have to be spread more than this stays as it is */
};
/* Puts units [from, to) with the baseline's origin at x, y; one item per face. Returns the advance in mm. */
double page_units(struct paper *paper, size_t page, const struct text *t, size_t from, size_t to, double x, double y,
                  const struct setting *s);
/* A row of a paragraph into a column `width` mm wide from `left`; spread to full width unless it is the last. */
void page_row(struct paper *paper, size_t page, const struct text *t, const struct row *row, double left, double width,
              double y, struct setting s);
