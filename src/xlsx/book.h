/* book: what reading and marking share of an open workbook; inside the room xlsx only. */
#pragma once

#include "xlsx/xml.h"

struct xlsx_book {
    struct op *op;
    struct zip *zip;
    str part; /* the name of the workbook part */
    struct {
        struct xlsx_sheet_info *p;
        size_t n, cap;
    } sheets;
    struct {
        const struct zip_entry **p; /* of each sheet, in the same order; NULL: a chart sheet, which has no rows */
        size_t n, cap;
    } sheet_parts;
    struct {
        struct xlsx_name *p;
        size_t n, cap;
    } names;
    struct map properties;           /* name → str * */
    uint8_t *formats;                /* enum xlsx_format by cell style */
    size_t format_count;
    bool from_1904;                  /* dates count from 1904-01-01: workbooks begun on old Macs */
    const struct zip_entry *styles, *shared; /* NULL: absent */
    struct {
        str *p;
        size_t n, cap;
    } strings;                       /* loaded by the first xlsx_rows_open */
    bool strings_loaded;
};

/* A relation of a part: its id, the last word of its type ("worksheet"), the part meant. */
struct rel {
    str id, type, target;
};
struct rels {
    struct rel *p;
    size_t n, cap;
};
str rels_name(struct op *op, str part); /* xl/workbook.xml: xl/_rels/workbook.xml.rels */
[[nodiscard]] bool rels_load(struct zip *z, str part, struct rels *ret); /* no relations: an empty list */
const struct rel *rels_type(const struct rels *rels, const char *type);  /* the first of that type; NULL: none */
const struct rel *rels_id(const struct rels *rels, str id);

[[nodiscard]] bool strings_load(struct xlsx_book *book); /* once; later calls do nothing */

/* The row last given out, with its texts: good as long as `op`. */
struct xlsx_row row_copy(struct op *op, const struct xlsx_rows *rows);
