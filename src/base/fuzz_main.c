/* Runs a fuzz target without clang: every file of src/<room>/fuzz/<what>/ if there is one, then mutations of them and
 * of plain noise, from a fixed seed, so that a failure found here is found by everybody. With clang, link the target
 * with -fsanitize=fuzzer instead of this file; see tools/fuzz. A property that does not hold is a must() or a
 * sanitizer's abort. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 14, ROUNDS = 4000 };

static void try_one(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees one byte too many */
    must(exact);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static size_t mutate(struct op *op, uint8_t *data, size_t size)
{
    static const char *words[] = {
        "\"",       "{",  "}",     "[", "]", "(",    ")",  "<",    ">",   "&#x0;", "\xE5\xBC\xA0",
        "\xF0\x9F", "-0", "1e999", ",", ":", "null", "  ", "\r\n", "%00", "/../",  "9999999999999999999"};
    for (int n = 1 + (int)(op_random(op) % 6); n > 0; n--) {
        size_t at = size ? op_random(op) % size : 0;
        switch (op_random(op) % 5) {
        case 0:
            if (size)
                data[at] = (uint8_t)op_random(op);
            break;
        case 1:
            if (size)
                memmove(data + at, data + at + 1, --size - at);
            break;
        case 2: {
            const char *word = words[op_random(op) % COUNT(words)];
            size_t length = strlen(word);
            if (size + length < INPUT_MAX) {
                memmove(data + at + length, data + at, size - at);
                memcpy(data + at, word, length);
                size += length;
            }
            break;
        }
        case 3: { /* double a stretch */
            size_t length = size ? op_random(op) % (size - at + 1) : 0;
            if (size + length < INPUT_MAX) {
                memmove(data + at + length, data + at, size - at);
                size += length;
            }
            break;
        }
        case 4:
            size = at;
            break;
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    struct op op;
    op_init(&op, 1638752400000, 7);
    static uint8_t data[INPUT_MAX];
    for (int round = 0; round < ROUNDS; round++) {
        struct mark mark = op_mark(&op);
        size_t size = 0;
        if (argc > 1 && round % 4) {
            str seed;
            if (!file_read(&op, str_z(argv[1 + op_random(&op) % (uint64_t)(argc - 1)]), INPUT_MAX, &seed)) {
                printf("Bail out! cannot read a seed\n");
                return 1;
            }
            memcpy(data, seed.p, seed.n);
            size = seed.n;
        } else {
            size = op_random(&op) % 64;
            for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)op_random(&op);
        }
        for (int step = (int)(op_random(&op) % 12); step > 0; step--)
            size = mutate(&op, data, size);
        try_one(data, size);
        op_reset(&op, mark);
    }
    printf("ok 1 - %d mutated inputs hold the property\n1..1\n", ROUNDS);
    op_done(&op);
    return 0;
}
