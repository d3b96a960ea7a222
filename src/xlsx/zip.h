/* zip: the container of workbooks, and of OFD in room paper. One pass in, one pass out, no seeking when writing.
 *
 *     struct zip *z;
 *     str text;
 *     if (!zip_open(op, source, &z) || !zip_whole(z, zip_find(z, S("xl/workbook.xml")), LIMIT, &text))
 *         return false;
 *
 * Invariants: no more than XLSX_INFLATED_MAX bytes come out of one struct zip; a part read to its end had the checksum
 * and the size that the directory claims. Accepted: stored and deflated parts, data descriptors, a directory after
 * leading junk is not. Refused with a sentence: encryption, zip64, several discs, other methods.
 * Source of each rule: zip application note 6.3.10, sections 4.3 and 4.4; ISO/IEC 21320-1. */
#pragma once

#include "xlsx/xlsx.h"

struct zip_source {
    str bytes; /* in memory, or */
    int fd;    /* a file, read with pread; -1: in memory */
    uint64_t size;
};
[[nodiscard]] bool zip_source_path(struct op *op, str path, struct zip_source *ret);
[[nodiscard]] bool zip_source_read(struct op *op, const struct zip_source *s, uint64_t at, void *to, size_t n);

struct zip_entry {
    str name;
    uint64_t packed, size, header_at;
    uint32_t crc;
    uint16_t method, flags, time, date;
};

struct zip {
    struct op *op;
    struct zip_source source;
    struct zip_entry *entries;
    size_t count;
    uint64_t inflated; /* through all parts so far */
};
[[nodiscard]] bool zip_open(struct op *op, struct zip_source source, struct zip **ret);
const struct zip_entry *zip_find(const struct zip *z, str name); /* ASCII case does not count; NULL: absent */

struct zip_part;
[[nodiscard]] bool zip_part_open(struct zip *z, const struct zip_entry *e, struct zip_part **ret);
/* Up to n bytes; *ret_n 0 means the end, and that checksum and size were right. */
[[nodiscard]] bool zip_part_read(struct zip_part *part, char *to, size_t n, size_t *ret_n);
/* How many bytes have been read, and how many there are by the directory. */
uint64_t zip_part_place(const struct zip_part *part, uint64_t *ret_size);
[[nodiscard]] bool zip_whole(struct zip *z, const struct zip_entry *e, size_t bytes_max, str *ret);

/* Writing. The first failure is kept and makes the rest no-ops; zip_out_end reports it. */
struct zip_out;
struct zip_out *zip_out_new(struct op *op, struct xlsx_sink sink, int level);
void zip_out_level(struct zip_out *out, int level);
void zip_out_part(struct zip_out *out, str name); /* begins a part, ends the one before; the name is copied */
void zip_out_add(struct zip_out *out, str bytes);
/* The same for many short texts: they are put together first. What is left in `b` is added by the caller. */
struct pump {
    struct zip_out *out;
    struct buf b;
};
void pump(struct pump *p, str s);
void zip_out_copy(struct zip_out *out, struct zip *from, const struct zip_entry *e); /* packed bytes as they are */
bool zip_out_failed(const struct zip_out *out);
void zip_out_fail(struct zip_out *out); /* the caller has called op_fail */
[[nodiscard]] bool zip_out_end(struct zip_out *out);

/* A file as sink; it is removed at the end of the op unless zip_file_keep was reached. */
struct zip_file;
[[nodiscard]] bool zip_file_new(struct op *op, str path, struct zip_file **ret, struct xlsx_sink *ret_sink);
void zip_file_keep(struct zip_file *file);
