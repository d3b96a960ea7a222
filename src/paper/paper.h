/* paper: pages as they will be printed. One layout makes a list of positioned glyph runs, rules and images in
 * millimetres; PDF, OFD and the preview all draw from that list, so they cannot differ.
 *
 *     struct paper_fonts *fonts;          // once in the life of the program; read-only afterwards
 *     struct paper_rules *rules;          // packs/documents/gb9704.json
 *     struct paper_official doc;          // what the clerk typed
 *     struct paper *paper;
 *     str pdf;
 *     if (!paper_rules_read(op, json, &rules) || !paper_fonts_open(op, rules, &fonts) ||
 *         !paper_official_read(op, text, &doc) || !paper_official(op, fonts, rules, &doc, &paper) ||
 *         !paper_pdf(paper, &pdf))
 *         return false;
 *     for (size_t i = 0; i < paper->note_count; i++)
 *         tell(paper->notes[i].text);     // 「堃」不在仿宋中，已用思源宋体代替
 *
 * Units: mm from the page's top left, y downwards. Text is UTF-8 in reading order: what is extracted is what was typed.
 * Invariants: every glyph belongs to a font in `fonts`; the bytes of a run's glyphs add up to its text; nothing is
 * drawn outside the page; the same input and the same op->now give the same bytes. No number of the standard is in C:
 * positions come from the rules.
 * Source: GB/T 9704-2012 (layout), GB/T 33190-2016 (OFD). */
#pragma once

#include "base/base.h"

enum {
    PAPER_PAGES_MAX = 1000,          /* a ledger of 20 000 rows is 900 pages; beyond it, split */
    PAPER_TEXT_MAX = 4 << 20,        /* bytes of one document's text: a thousand full pages are 1.8 MB */
    PAPER_IMAGE_BYTES_MAX = 8 << 20, /* a seal at 600 dpi is under 1 MB */
    PAPER_IMAGE_SIDE_MAX = 4096,     /* pixels */
    PAPER_NOTES_MAX = 100,           /* an author reads a screenful */
    PAPER_CELL_TEXT_MAX = 64 << 10,  /* bytes in one cell of a form */
};

/* ---- page model ------------------------------------------------------------------------------------------------- */

enum paper_kind { PAPER_RUN, PAPER_RULE, PAPER_IMAGE };
enum paper_color { PAPER_BLACK, PAPER_RED, PAPER_COLORS };

struct paper_face; /* one installed font */

struct paper_glyph {
    uint32_t id;    /* in its face */
    uint32_t bytes; /* of the run's text that it stands for; 0: belongs to the glyph before */
    float x, y;     /* from the run's origin */
};

struct paper_item {
    enum paper_kind kind;
    enum paper_color color;
    str part;       /* which element of the document: 标题, 正文, 版记 … */
    double x, y;    /* a run: origin of its first glyph on the baseline; a rule, an image: top left corner */
    double w, h;    /* a run: advance and type size */
    double stretch; /* a run: width of its glyphs, 1 as designed */
    const struct paper_face *face;
    str text;
    const struct paper_glyph *glyphs;
    size_t glyph_count;
    const struct paper_image *image;
};

struct paper_page {
    double w, h;
    struct paper_item *items;
    size_t count, cap;
};

/* Something the author should know before signing. Each is said once. */
struct paper_note {
    str part, text;
};

struct paper {
    struct op *op;
    const struct paper_fonts *fonts;
    str title; /* of the file's properties */
    struct paper_page *pages;
    size_t page_count, page_cap;
    struct paper_note *notes;
    size_t note_count, note_cap;
};

/* ---- fonts and rules -------------------------------------------------------------------------------------------- */

/* The five types of an office. The rules name for each the fonts to try, best first. */
enum paper_type { TYPE_SONG, TYPE_FANG, TYPE_KAI, TYPE_HEI, TYPE_TITLE, PAPER_TYPES };

struct paper_rules; /* formats (文件 信函 命令 纪要 …) and font chains */
[[nodiscard]] bool paper_rules_read(struct op *op, str json, struct paper_rules **ret);

/* Finds the installed fonts; about 0.1 s. Closed when `op` ends: keep that op, and `rules`, for as long as pages are
 * made. Safe to share among threads. */
[[nodiscard]] bool paper_fonts_open(struct op *op, const struct paper_rules *rules, struct paper_fonts **ret);
/* Both as packs/documents/gb9704.json says. */
[[nodiscard]] bool paper_open(struct op *op, str packs, struct paper_rules **ret_rules, struct paper_fonts **ret_fonts);
str paper_face_name(const struct paper_face *face);
/* Top and bottom of a run's ink, upwards from the baseline, in mm. */
void paper_ink(const struct paper_item *run, double *ret_top, double *ret_bottom);

/* A PNG: a seal, a signature. Decoded once here, so that drawing cannot fail on it. */
struct paper_image;
[[nodiscard]] bool paper_image_read(struct op *op, str png, struct paper_image **ret);

/* ---- official documents ----------------------------------------------------------------------------------------- */

struct paper_attachment {
    str title, body;
};

/* Everything is text as typed; empty: not there. Lists are separated by line ends. */
struct paper_official {
    str format;                        /* of the rules; empty: 文件 */
    str copy_number, secrecy, urgency; /* 份号 密级 紧急程度 */
    str organs, mark;      /* 发文机关; 发文机关标志 when it is not the organs' names and the usual word */
    str number, approvers; /* 发文字号; 签发人 */
    str title, to, body;   /* 标题 (a line end is a break by hand), 主送, 正文; lines that begin with | are a table */
    str attachment_names;  /* 附件说明; empty: the titles of the attachments */
    str signers, date;     /* 署名; 成文日期 */
    str seal_kind;         /* 印章: empty: none; 留: room for it; otherwise the name of its picture */
    const struct paper_image *seal;
    str seal_size; /* 印章直径 in mm; empty: of the rules */
    str office;    /* 职务 of who signs by a stamp (签名章) */
    const struct paper_image *stamp;
    str stamp_file;
    str remark;                       /* 附注 */
    str present, excused, sitting_in; /* 出席 请假 列席 of 纪要 */
    str copies, printer, print_date;  /* 版记: 抄送 印发机关 印发日期 */
    struct paper_attachment *attachments;
    size_t attachment_count;
};

/* Text: lines 「标题：关于……的通知」, a blank line, then the body; a line 附件1 begins an attachment, its next line is
 * the title. JSON: one object with the same names, 正文 for the body, 附件: [{"标题": …, "正文": …}]. */
[[nodiscard]] bool paper_official_read(struct op *op, str text, struct paper_official *ret);
[[nodiscard]] bool paper_official(struct op *op, const struct paper_fonts *fonts, const struct paper_rules *rules,
                                  const struct paper_official *doc, struct paper **ret);

/* ---- office forms ----------------------------------------------------------------------------------------------- */

/* A form is JSON (packs/documents/forms): a grid of columns, rows of cells with texts in which {名称} stands for a
 * value. `values` is an object; a row with 重复 is set once for each element of that array. `fill` computes a
 * placeholder; NULL: the member of that name. */
struct paper_fill {
    bool (*value)(void *context, const struct json *row, str placeholder, str *ret); /* false: op_fail was called */
    /* the picture (图) of a cell by what its text came to, a signature; NULL: none. Without this there are no pictures. */
    const struct paper_image *(*image)(void *context, str name);
    void *context;
};
[[nodiscard]] bool paper_form(struct op *op, const struct paper_fonts *fonts, const struct json *form,
                              const struct json *values, const struct paper_fill *fill, struct paper **ret);

/* ---- out -------------------------------------------------------------------------------------------------------- */

[[nodiscard]] bool paper_pdf(const struct paper *paper, str *ret);
[[nodiscard]] bool paper_ofd(const struct paper *paper, str *ret);
/* Pages [first, first + count) below each other; glyphs as outlines, so that every browser shows the same. */
[[nodiscard]] bool paper_svg(const struct paper *paper, size_t first, size_t count, str *ret);
[[nodiscard]] bool paper_png(const struct paper *paper, size_t page, double dpi, str *ret);

/* One file into another, by their names: FILE.txt or FILE.json into .pdf .ofd .svg .png. `packs` is where documents/
 * lies. */
struct paper_job {
    str packs, in, out;
    str values;  /* a JSON file for a form; empty: the 值 of the form's file */
    size_t page; /* of a .png, from 1; 0: the first */
};
[[nodiscard]] bool paper_make(struct op *op, const struct paper_job *job, struct paper **ret);
