/* A certificate made on the spot: enough for a first start; a town that has its own puts it in the same two files. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <unistd.h>

#include "http/http.h"

enum {
    PEM_BYTES_MAX = 256 << 10, /* a chain of dozens */
    YEARS = 10,
};

static void free_key(void *key)
{
    gnutls_x509_privkey_deinit(key);
}

static void free_certificate(void *certificate)
{
    gnutls_x509_crt_deinit(certificate);
}

static void free_datum(void *datum)
{
    gnutls_free(((gnutls_datum_t *)datum)->data);
}

/* Written beside and renamed, so that a crash leaves no half file. */
static bool keep(struct op *op, str path, str bytes)
{
    char *beside = op_z(op, op_text(op, "%.*s.new", PS(path)));
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool done = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
    if (fd >= 0)
        done &= close(fd) == 0;
    if (done && rename(beside, op_z(op, path)) == 0)
        return true;
    return op_fail(op, FAULT_SYSTEM, path, "不能写入证书文件：%s", errno_said(errno));
}

static int name_add(gnutls_x509_crt_t certificate, struct op *op, str name)
{
    unsigned char binary[sizeof(struct in6_addr)];
    const char *text = op_z(op, name);
    if (inet_pton(AF_INET, text, binary) == 1)
        return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, binary, 4, GNUTLS_FSAN_APPEND);
    if (inet_pton(AF_INET6, text, binary) == 1)
        return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, binary, 16, GNUTLS_FSAN_APPEND);
    return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, text, (unsigned int)name.n,
                                                GNUTLS_FSAN_APPEND);
}

/* Each step only if those before it went well; the first error stays. */
#define STEP(call) (error = error < 0 ? error : (call))

static bool make(struct op *op, const str *names, size_t name_count, str *ret_certificate, str *ret_key)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t certificate = NULL;
    int error = 0;
    if (STEP(gnutls_x509_privkey_init(&key)) >= 0)
        op_defer(op, free_key, key);
    if (STEP(gnutls_x509_crt_init(&certificate)) >= 0)
        op_defer(op, free_certificate, certificate);
    gnutls_datum_t *pems = op_array(op, gnutls_datum_t, 2);
    op_defer(op, free_datum, &pems[0]);
    op_defer(op, free_datum, &pems[1]);

    uint64_t serial = op_random(op) >> 1;
    unsigned char identity[20];
    size_t identity_n = sizeof identity;
    STEP(gnutls_x509_privkey_generate(key, GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    STEP(gnutls_x509_crt_set_version(certificate, 3));
    STEP(gnutls_x509_crt_set_key(certificate, key));
    STEP(gnutls_x509_crt_set_serial(certificate, &serial, sizeof serial));
    STEP(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, names[0].p,
                                       (unsigned int)names[0].n));
    STEP(gnutls_x509_crt_set_activation_time(certificate, (time_t)(op->now / 1000) - 86400));
    STEP(gnutls_x509_crt_set_expiration_time(certificate, (time_t)(op->now / 1000) + (time_t)YEARS * 365 * 86400));
    for (size_t i = 0; i < name_count; i++)
        STEP(name_add(certificate, op, names[i]));
    STEP(gnutls_x509_crt_set_basic_constraints(certificate, 0, -1));
    STEP(gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
    STEP(gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0));
    STEP(gnutls_x509_crt_get_key_id(certificate, 0, identity, &identity_n));
    STEP(gnutls_x509_crt_set_subject_key_id(certificate, identity, identity_n));
    STEP(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0));
    STEP(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pems[0]));
    STEP(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pems[1]));
    if (error < 0)
        return op_fail(op, FAULT_SYSTEM, S("证书"), "不能生成证书（%s）", gnutls_strerror(error));
    *ret_certificate = op_copy(op, (str){(char *)pems[0].data, pems[0].size});
    *ret_key = op_copy(op, (str){(char *)pems[1].data, pems[1].size});
    return true;
}

bool http_tls_load(struct op *op, str folder, const str *names, size_t name_count, str *ret_certificate, str *ret_key)
{
    must(name_count > 0);
    str certificate_path = op_text(op, "%.*s/tls-certificate.pem", PS(folder));
    str key_path = op_text(op, "%.*s/tls-key.pem", PS(folder));
    /* The key is written first: a certificate without one never stands there alone. */
    if (access(op_z(op, certificate_path), F_OK) == 0)
        return file_read(op, certificate_path, PEM_BYTES_MAX, ret_certificate) &&
               file_read(op, key_path, PEM_BYTES_MAX, ret_key);
    str certificate, key;
    if (!make(op, names, name_count, &certificate, &key) || !keep(op, key_path, key) ||
        !keep(op, certificate_path, certificate))
        return false;
    *ret_certificate = certificate;
    *ret_key = key;
    return true;
}
