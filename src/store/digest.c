/* SM3 (GB/T 32905-2016) through OpenSSL; several short messages at once, here. */
#include <openssl/evp.h>

#include "store/inside.h"

void *sm3_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context && EVP_DigestInit_ex(context, EVP_sm3(), NULL) == 1);
    return context;
}

void sm3_free(void *context)
{
    EVP_MD_CTX_free(context);
}

void sm3_begin(void *context)
{
    must(EVP_DigestInit_ex(context, NULL, NULL) == 1);
}

void sm3_add(void *context, const void *bytes, size_t count)
{
    must(EVP_DigestUpdate(context, bytes, count) == 1);
}

void sm3_end(void *context, uint8_t ret[DIGEST_BYTES])
{
    unsigned n = 0;
    must(EVP_DigestFinal_ex(context, ret, &n) == 1 && n == DIGEST_BYTES);
}

/* ---- side by side ------------------------------------------------------------------------------------------- */

/* Words of so many messages, one in each lane. What the compiler makes of it fits the processor it finds. */
enum { LANES = 8, BLOCK_BYTES = 64, LANE_BYTES = 2048 };
typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) /* which cannot start with functions chosen at the start */
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

#define ROTATED(x, n) ((x) << (n) | (x) >> (32 - (n)))

struct lane {
    size_t blocks;
    uint8_t bytes[LANE_BYTES];
};

/* One block of each lane into the state. */
FOR_EACH_PROCESSOR
static void lanes_add(lanes state[8], const struct lane *all, size_t block)
{
    lanes w[68], v[8];
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < LANES; k++) {
            const uint8_t *p = all[k].bytes + block * BLOCK_BYTES + (size_t)i * 4;
            w[i][k] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
    for (int i = 16; i < 68; i++) {
        lanes x = w[i - 16] ^ w[i - 9] ^ ROTATED(w[i - 3], 15);
        w[i] = x ^ ROTATED(x, 15) ^ ROTATED(x, 23) ^ ROTATED(w[i - 13], 7) ^ w[i - 6];
    }
    memcpy(v, state, sizeof v);
    uint32_t t = 0x79CC4519;
    for (int i = 0; i < 64; i++, t = ROTATED(t, 1)) {
        if (i == 16)
            t = ROTATED(0x7A879D8Au, 16);
        lanes a12 = ROTATED(v[0], 12), s1 = a12 + v[4] + t, s1r = ROTATED(s1, 7);
        lanes ff = i < 16 ? v[0] ^ v[1] ^ v[2] : (v[0] & v[1]) | ((v[0] | v[1]) & v[2]);
        lanes gg = i < 16 ? v[4] ^ v[5] ^ v[6] : ((v[5] ^ v[6]) & v[4]) ^ v[6];
        lanes t1 = ff + v[3] + (s1r ^ a12) + (w[i] ^ w[i + 4]), t2 = gg + v[7] + s1r + w[i];
        v[3] = v[2];
        v[2] = ROTATED(v[1], 9);
        v[1] = v[0];
        v[0] = t1;
        v[7] = v[6];
        v[6] = ROTATED(v[5], 19);
        v[5] = v[4];
        v[4] = t2 ^ ROTATED(t2, 9) ^ ROTATED(t2, 17);
    }
    for (int k = 0; k < LANES; k++)
        for (int i = 0; i < 8 && block < all[k].blocks; i++)
            state[i][k] ^= v[i][k];
}

static size_t lane_blocks(const struct sm3_message *m)
{
    return (m->head.n + m->body.n + 1 + 8 + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

/* The message, a one, zeroes, its length in bits. */
static void lane_fill(struct lane *lane, const struct sm3_message *m)
{
    size_t n = m->head.n + m->body.n;
    lane->blocks = lane_blocks(m);
    if (m->head.n)
        memcpy(lane->bytes, m->head.p, m->head.n);
    if (m->body.n)
        memcpy(lane->bytes + m->head.n, m->body.p, m->body.n);
    memset(lane->bytes + n, 0, lane->blocks * BLOCK_BYTES - n);
    lane->bytes[n] = 0x80;
    for (size_t i = 0; i < 8; i++)
        lane->bytes[lane->blocks * BLOCK_BYTES - 1 - i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
}

static void lanes_run(struct lane *all, const struct sm3_message *const *messages, size_t count)
{
    static const uint32_t begin[8] = {0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
                                      0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E};
    lanes state[8];
    size_t blocks = 0;
    for (int i = 0; i < 8; i++)
        state[i] = (lanes){0} + begin[i];
    for (size_t k = 0; k < LANES; k++) {
        all[k].blocks = 0;
        if (k < count)
            lane_fill(&all[k], messages[k]);
        blocks = all[k].blocks > blocks ? all[k].blocks : blocks;
    }
    for (size_t block = 0; block < blocks; block++)
        lanes_add(state, all, block);
    for (size_t k = 0; k < count; k++)
        for (int i = 0; i < DIGEST_BYTES; i++)
            messages[k]->ret[i] = (uint8_t)(state[i / 4][k] >> (24 - i % 4 * 8));
}

void sm3_each(void *context, const struct sm3_message *messages, size_t count)
{
    enum { FEW = 2 }; /* not worth it */
    const struct sm3_message *together[LANES];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct sm3_message *m = &messages[i];
        if (count > FEW && n < LANES && lane_blocks(m) * BLOCK_BYTES <= LANE_BYTES) {
            together[n++] = m;
            continue;
        }
        sm3_begin(context);
        sm3_add(context, m->head.p ? m->head.p : "", m->head.n);
        sm3_add(context, m->body.p ? m->body.p : "", m->body.n);
        sm3_end(context, m->ret);
    }
    if (n) {
        struct lane all[LANES] = {0};
        lanes_run(all, together, n);
    }
}

/* ---- hex ------------------------------------------------------------------------------------------------------ */

void hex_write(char *to, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    to[2 * count] = 0;
}

str hex_text(struct op *op, const uint8_t *bytes, size_t count)
{
    char *p = op_alloc(op, count * 2 + 1);
    hex_write(p, bytes, count);
    return (str){p, count * 2};
}

str store_digest_text(struct op *op, str bytes)
{
    uint8_t digest[DIGEST_BYTES];
    void *context = sm3_new();
    sm3_add(context, bytes.p, bytes.n);
    sm3_end(context, digest);
    sm3_free(context);
    return hex_text(op, digest, sizeof digest);
}
