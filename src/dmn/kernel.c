#include "dmn/kernel.h"

#define CUTS(name, type)                                                                                            \
    HOT void name(const type *restrict values, size_t n, const type *restrict cuts, size_t cut_count,               \
                  uint8_t *restrict codes)                                                                          \
    {                                                                                                               \
        size_t k = 0;                                                                                               \
        for (; k + 4 <= cut_count; k += 4) {                                                                        \
            type a = cuts[k], b = cuts[k + 1], c = cuts[k + 2], d = cuts[k + 3];                                    \
            for (size_t i = 0; i < n; i++)                                                                          \
                codes[i] = (uint8_t)(codes[i] + (values[i] >= a) + (values[i] >= b) + (values[i] >= c) +            \
                                     (values[i] >= d));                                                             \
        }                                                                                                           \
        if (k + 2 <= cut_count) {                                                                                   \
            type a = cuts[k], b = cuts[k + 1];                                                                      \
            for (size_t i = 0; i < n; i++)                                                                          \
                codes[i] = (uint8_t)(codes[i] + (values[i] >= a) + (values[i] >= b));                               \
            k += 2;                                                                                                 \
        }                                                                                                           \
        if (k < cut_count) {                                                                                        \
            type a = cuts[k];                                                                                       \
            for (size_t i = 0; i < n; i++)                                                                          \
                codes[i] = (uint8_t)(codes[i] + (values[i] >= a));                                                  \
        }                                                                                                           \
    }
CUTS(kernel_cuts32, int32_t)
CUTS(kernel_cuts64, int64_t)

#define PRESENT(name, type, null)                                                                                   \
    HOT void name(const type *restrict values, size_t n, uint8_t *restrict codes)                                   \
    {                                                                                                               \
        for (size_t i = 0; i < n; i++)                                                                              \
            codes[i] = values[i] != null;                                                                           \
    }
PRESENT(kernel_present32, int32_t, INT32_MIN)
PRESENT(kernel_present64, int64_t, INT64_MIN)

typedef uint8_t bytes __attribute__((vector_size(16)));

/* For half a byte of rules: the place of its lowest bit (none: 255), and how many are set. */
static const uint8_t lowest[16] = {255, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0};
static const uint8_t counts[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

#define PICK(where, a, b) (((a) & (bytes)(where)) | ((b) & ~(bytes)(where)))

struct halves {
    bytes low[KERNEL_PLANES], high[KERNEL_PLANES], count;
};

static void halves_init(struct halves *h, size_t plane_count)
{
    memcpy(&h->count, counts, sizeof counts);
    for (size_t p = 0; p < plane_count; p++)
        for (size_t i = 0; i < 16; i++) {
            h->low[p][i] = (uint8_t)(i ? lowest[i] + 8 * p : 255);
            h->high[p][i] = (uint8_t)(i ? lowest[i] + 8 * p + 4 : 255);
        }
}

HOT void kernel_rules(const struct kernel_side *sides, size_t side_count, size_t plane_count, bool one, size_t n,
                      uint8_t *first)
{
    struct halves h;
    const bytes low_half = (bytes){} + 15, single = (bytes){} + 1, several = (bytes){} + KERNEL_SEVERAL;
    halves_init(&h, plane_count);
    for (size_t i = 0; i < n; i += 16) {
        bytes best = (bytes){} + KERNEL_NONE, count = {};
        for (size_t p = 0; p < plane_count; p++) {
            bytes rules = (bytes){} + 255;
            for (size_t s = 0; s < side_count; s++) {
                bytes codes, plane;
                memcpy(&codes, sides[s].codes + i, 16);
                memcpy(&plane, sides[s].planes[p], 16);
                rules &= __builtin_shuffle(plane, codes);
            }
            bytes low = rules & low_half, high = rules >> 4;
            bytes a = __builtin_shuffle(h.low[p], low), b = __builtin_shuffle(h.high[p], high);
            a = PICK(a < b, a, b);
            best = PICK(a < best, a, best);
            count += __builtin_shuffle(h.count, low) + __builtin_shuffle(h.count, high);
        }
        if (one)
            best = PICK(count > single, several, best);
        memcpy(first + i, &best, 16);
    }
}

HOT void kernel_outcomes(const uint8_t *restrict first, size_t n, uint16_t none, uint16_t several,
                         uint16_t *restrict outcomes)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t v = first[i];
        v = v == KERNEL_NONE ? none : v;
        outcomes[i] = first[i] == KERNEL_SEVERAL ? several : v;
    }
}
