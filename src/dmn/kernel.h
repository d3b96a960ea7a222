/* The inner loops of column.c, over chunks that fit the first-level cache. */
#pragma once
#include "base/base.h"

enum { KERNEL_REGIONS = 16, KERNEL_PLANES = 8 };

/* codes[i] += for each cut: values[i] >= cut. */
void kernel_cuts32(const int32_t *values, size_t n, const int32_t *cuts, size_t cut_count, uint8_t *codes);
void kernel_cuts64(const int64_t *values, size_t n, const int64_t *cuts, size_t cut_count, uint8_t *codes);
void kernel_present32(const int32_t *values, size_t n, uint8_t *codes); /* 1, or 0 for INT32_MIN */
void kernel_present64(const int64_t *values, size_t n, uint8_t *codes);

/* A column's masks, sliced: planes[p][code] holds rules 8p … 8p + 7. */
struct kernel_side {
    const uint8_t *codes;
    const uint8_t (*planes)[KERNEL_REGIONS];
};
enum { KERNEL_NONE = 255, KERNEL_SEVERAL = 254 };
/* first[i]: the lowest rule whose bit is set for row i on all sides, KERNEL_NONE; KERNEL_SEVERAL if `one` and there are
 * more. n is rounded up to 16: buffers must have room. */
void kernel_rules(const struct kernel_side *sides, size_t side_count, size_t plane_count, bool one, size_t n,
                  uint8_t *first);
/* Rule numbers as outcomes; `none` and `several` in the place of KERNEL_NONE and KERNEL_SEVERAL. */
void kernel_outcomes(const uint8_t *first, size_t n, uint16_t none, uint16_t several, uint16_t *outcomes);
