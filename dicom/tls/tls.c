#include "dicom/tls/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dicom/tls/context.h"

#define RSA_BITS_MIN 2048
#define SECURITY_BITS_MIN 112 /* as much as RSA of 2048 bits gives (NIST SP 800-57 1, table 2) */
#define DATE_SIZE DW_TLS_DATE_SIZE

/* RFC 9325 4.2; of TLS 1.3 every suite that OpenSSL offers by itself is an AEAD one. */
static const char suites[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                             "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                             "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

static const char *const client_names[] = {[DW_TLS_CLIENT_NONE] = "none",
                                           [DW_TLS_CLIENT_REQUEST] = "request",
                                           [DW_TLS_CLIENT_REQUIRE] = "require"};

int dw_tls_client_from_name(const char *name)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(client_names); i++)
        if (strcmp(client_names[i], name) == 0)
            return (int)i;
    return -1;
}

static const char *openssl_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    return reason ? reason : "no reason known";
}

static dw_status open_file(const char *what, const char *path, FILE **out, struct dw_error *err)
{
    if (!*path)
        return dw_error_set(err, DW_ERR_INVALID, "no %s is named", what);
    *out = fopen(path, "re");
    if (!*out)
        return dw_error_set(err, dw_status_from_errno(errno), "%s '%s': %s", what, path,
                            strerror(errno));
    return DW_OK;
}

static dw_status read_certificate(const char *path, X509 **out, struct dw_error *err)
{
    FILE *file;
    dw_status st = open_file("certificate", path, &file, err);
    if (st != DW_OK)
        return st;
    *out = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    if (!*out)
        return dw_error_set(err, DW_ERR_CORRUPT, "certificate '%s' holds no PEM certificate", path);
    return DW_OK;
}

static int asked_for_passphrase(char *buf, int size, int writing, void *asked)
{
    *(bool *)asked = true;
    return -1;
}

static dw_status read_key(const char *path, EVP_PKEY **out, struct dw_error *err)
{
    FILE *file;
    bool encrypted = false;
    dw_status st = open_file("key", path, &file, err);
    if (st != DW_OK)
        return st;
    *out = PEM_read_PrivateKey(file, NULL, asked_for_passphrase, &encrypted);
    fclose(file);
    if (*out)
        return DW_OK;
    if (encrypted)
        return dw_error_set(err, DW_ERR_INVALID,
                            "key '%s' is encrypted, and nobody is there to type its passphrase", path);
    return dw_error_set(err, DW_ERR_CORRUPT, "key '%s' holds no PEM private key", path);
}

static void show_date(const ASN1_TIME *time, char out[DATE_SIZE])
{
    struct tm tm;
    if (!ASN1_TIME_to_tm(time, &tm) || strftime(out, DATE_SIZE, "%Y-%m-%d %H:%M UTC", &tm) == 0)
        dw_text_cut(out, DATE_SIZE, "an unreadable date");
}

static dw_status check_dates(const char *path, const X509 *certificate, int64_t now_s,
                             struct dw_error *err)
{
    char date[DATE_SIZE];
    time_t now = (time_t)now_s;
    const ASN1_TIME *from = X509_get0_notBefore(certificate), *to = X509_get0_notAfter(certificate);
    if (X509_cmp_time(from, &now) > 0) {
        show_date(from, date);
        return dw_error_set(err, DW_ERR_INVALID, "certificate '%s' is not valid before %s", path, date);
    }
    if (X509_cmp_time(to, &now) > 0)
        return DW_OK;
    show_date(to, date);
    return dw_error_set(err, DW_ERR_INVALID, "certificate '%s' has expired on %s", path, date);
}

static dw_status check_key(const struct dw_tls_files *files, const X509 *certificate,
                           const EVP_PKEY *key, struct dw_error *err)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        return dw_error_set(err, DW_ERR_INVALID, "key '%s' has %d bits, RSA needs %d", files->key,
                            EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    if (EVP_PKEY_get_security_bits(key) < SECURITY_BITS_MIN)
        return dw_error_set(err, DW_ERR_INVALID, "key '%s' is too weak (%d bits)", files->key,
                            EVP_PKEY_get_bits(key));
    if (X509_check_private_key(certificate, key) != 1)
        return dw_error_set(err, DW_ERR_CONFLICT, "key '%s' does not belong to certificate '%s'",
                            files->key, files->certificate);
    return DW_OK;
}

static dw_status use_own(SSL_CTX *ctx, const struct dw_tls_files *files, int64_t now_s,
                         struct dw_error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    dw_status st = read_certificate(files->certificate, &certificate, err);
    if (st == DW_OK)
        st = read_key(files->key, &key, err);
    if (st == DW_OK)
        st = check_key(files, certificate, key, err);
    if (st == DW_OK)
        st = check_dates(files->certificate, certificate, now_s, err);
    if (st == DW_OK && SSL_CTX_use_certificate_chain_file(ctx, files->certificate) != 1)
        st = dw_error_set(err, DW_ERR_CORRUPT, "certificate '%s': %s", files->certificate,
                          openssl_reason());
    if (st == DW_OK && SSL_CTX_use_PrivateKey(ctx, key) != 1)
        st = dw_error_set(err, DW_ERR_CORRUPT, "key '%s': %s", files->key, openssl_reason());
    EVP_PKEY_free(key);
    X509_free(certificate);
    return st;
}

/* A certificate that is named itself is as good as its signer: peers are often pinned one by one. */
static dw_status use_authorities(SSL_CTX *ctx, const struct dw_tls_files *files,
                                 struct dw_error *err)
{
    FILE *file;
    if (files->client == DW_TLS_CLIENT_NONE)
        return DW_OK;
    if (!*files->authorities)
        return dw_error_set(err, DW_ERR_INVALID,
                            "client_certificate = %s needs authorities: nobody could be authenticated",
                            client_names[files->client]);
    dw_status st = open_file("authorities", files->authorities, &file, err);
    if (st != DW_OK)
        return st;
    fclose(file);
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->authorities);
    if (!names || SSL_CTX_load_verify_file(ctx, files->authorities) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return dw_error_set(err, DW_ERR_CORRUPT, "authorities '%s' hold no PEM certificate",
                            files->authorities);
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    SSL_CTX_set_verify(ctx,
                       SSL_VERIFY_PEER | (files->client == DW_TLS_CLIENT_REQUIRE
                                              ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                              : 0),
                       NULL);
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
    return DW_OK;
}

static dw_status set_policy(SSL_CTX *ctx, struct dw_error *err)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(ctx, 2);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(ctx, 0) != 1 || SSL_CTX_set_cipher_list(ctx, suites) != 1 ||
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "OpenSSL cannot do what BCP 195 asks: %s",
                            openssl_reason());
    return DW_OK;
}

dw_status dw_tls_new(const struct dw_tls_files *files, int64_t now_s, dw_tls **out,
                     struct dw_error *err)
{
    dw_tls *tls = calloc(1, sizeof *tls);
    if (!tls)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    ERR_clear_error();
    tls->ctx = SSL_CTX_new(TLS_server_method());
    dw_status st = tls->ctx ? set_policy(tls->ctx, err)
                            : dw_error_set(err, DW_ERR_INTERNAL, "TLS: %s", openssl_reason());
    if (st == DW_OK)
        st = use_own(tls->ctx, files, now_s, err);
    if (st == DW_OK)
        st = use_authorities(tls->ctx, files, err);
    ERR_clear_error();
    if (st != DW_OK) {
        dw_tls_free(tls);
        return st;
    }
    *out = tls;
    return DW_OK;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : INT64_MAX;
}

int64_t dw_tls_expires_s(const dw_tls *tls, char *shown)
{
    STACK_OF(X509) *chain = NULL;
    const ASN1_TIME *first = X509_get0_notAfter(SSL_CTX_get0_certificate(tls->ctx));
    (void)SSL_CTX_get0_chain_certs(tls->ctx, &chain);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const ASN1_TIME *other = X509_get0_notAfter(sk_X509_value(chain, i));
        if (seconds_of(other) < seconds_of(first))
            first = other;
    }
    show_date(first, shown);
    return seconds_of(first);
}

void dw_tls_free(dw_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->ctx);
    free(tls);
}
