/* SM3 (GB/T 32905-2016) through OpenSSL. */
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
