/* write: what the two halves of writing a workbook share; inside the room xlsx only.
 *
 *     write.c         sheets, rows and cells, as they come
 *     write_book.c    what stands beside the sheets, at the end: looks, workbook, properties, package */
#pragma once

#include "xlsx/note.h"

enum { PIECE = 64 << 10 };
static_assert(PIECE > 4096, "every fixed piece of XML fits");

struct sheet {
    str name;
    enum xlsx_visibility visibility;
    uint32_t repeat_from, repeat_to;
    struct xlsx_range filter;
    bool comments;
};

struct comment {
    uint32_t row, column;
    str text;
};

struct choice {
    struct xlsx_range where;
    str formula; /* inside <formula1>, escaped */
    bool strict;
};

struct xlsx_out {
    struct op *op;
    struct zip_out *zip;
    struct zip_file *file; /* NULL: the caller's sink */
    struct {
        struct sheet *p;
        size_t n, cap;
    } sheets;
    struct {
        struct comment *p;
        size_t n, cap;
    } comments;
    struct {
        struct choice *p;
        size_t n, cap;
    } choices;
    struct {
        struct xlsx_range *p;
        size_t n, cap;
    } merges;
    struct {
        struct csv_row *p; /* one column of the hidden sheet each */
        size_t n, cap;
    } lists;
    struct {
        str *p; /* name, value, name, value */
        size_t n, cap;
    } properties;
    bool print, portrait, a3, protect, sheet_open, row_open, ended;
    str header, footer, signed_by;
    uint32_t row, column;   /* of the last cell begun */
    char row_text[12];      /* "17", for references */
    uint8_t row_text_n;
    struct {
        char c[3];
        uint8_t n;
    } letters[XLSX_COLUMNS_MAX + 1]; /* "A" … "XFD", as far as columns_known */
    uint32_t columns_known;
    size_t used;
    char piece[PIECE]; /* not yet given to the zip */
};

/* Bytes on their way into the part that is open. */
void xout_add(struct xlsx_out *out, str s);
void xout_escaped(struct xlsx_out *out, str s);
void xout_text(struct xlsx_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void xout_part(struct xlsx_out *out, str name); /* ends the part before */
void xout_range(struct xlsx_out *out, struct xlsx_range r, bool fixed);

void xout_book(struct xlsx_out *out);
