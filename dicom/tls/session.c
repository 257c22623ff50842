#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "dicom/tls/context.h"
#include "dicom/tls/tls.h"

#define SUBJECT_MAX 512

struct dw_tls_session {
    SSL *ssl;
    bool broken; /* after a fatal error nothing more may be said (SSL_get_error(3)) */
    char subject[SUBJECT_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd pfd = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = deadline_ms - now_ms();
        int n = left > 0 ? poll(&pfd, 1, (int)left) : 0;
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

/* Why the handshake failed, in words for whoever has to set up the other side. */
static dw_status handshake_error(const SSL *ssl, struct dw_error *err)
{
    static const struct {
        int reason;
        dw_status st;
        const char *text;
    } known[] = {
        {SSL_R_WRONG_VERSION_NUMBER, DW_ERR_UNSUPPORTED, "peer spoke no TLS on a port with TLS"},
        {SSL_R_HTTP_REQUEST, DW_ERR_UNSUPPORTED, "peer spoke no TLS on a port with TLS"},
        {SSL_R_UNSUPPORTED_PROTOCOL, DW_ERR_UNSUPPORTED, "peer offered neither TLS 1.2 nor TLS 1.3"},
        {SSL_R_VERSION_TOO_LOW, DW_ERR_UNSUPPORTED, "peer offered neither TLS 1.2 nor TLS 1.3"},
        {SSL_R_NO_SHARED_CIPHER, DW_ERR_UNSUPPORTED, "peer offered no cipher suite that we take"},
        {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, DW_ERR_DENIED, "peer showed no certificate"},
    };
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) != ERR_LIB_SSL)
        return dw_error_set(err, DW_ERR_GONE, "peer went away during the TLS handshake");
    for (size_t i = 0; i < DW_ARRAY_LEN(known); i++)
        if (known[i].reason == reason)
            return dw_error_set(err, known[i].st, "%s", known[i].text);
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return dw_error_set(err, DW_ERR_DENIED, "peer's certificate is not accepted: %s",
                            X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    const char *text = ERR_reason_error_string(code);
    return dw_error_set(err, DW_ERR_GONE, "TLS handshake failed: %s", text ? text : "no reason known");
}

static dw_status shake_hands(dw_tls_session *session, int fd, int64_t deadline_ms,
                             struct dw_error *err)
{
    for (;;) {
        ERR_clear_error();
        int n = SSL_accept(session->ssl);
        if (n == 1)
            return DW_OK;
        int why = SSL_get_error(session->ssl, n);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            session->broken = true;
            return handshake_error(session->ssl, err);
        }
        if (!wait_for(fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms)) {
            session->broken = true;
            return dw_error_set(err, DW_ERR_TIMEOUT, "peer did not finish the TLS handshake in time");
        }
    }
}

/* Cut where it does not fit: it is shown, never compared. */
static void note_subject(dw_tls_session *session)
{
    char *text = NULL;
    X509 *certificate = SSL_get0_peer_certificate(session->ssl);
    BIO *bio = certificate ? BIO_new(BIO_s_mem()) : NULL;
    if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                                  XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0 &&
        BIO_write(bio, "", 1) == 1 && BIO_get_mem_data(bio, &text) > 0)
        dw_text_cut(session->subject, sizeof session->subject, text);
    if (!dw_text_is_utf8(session->subject, strlen(session->subject)))
        session->subject[0] = '\0';
    BIO_free(bio);
}

dw_status dw_tls_accept(const dw_tls *tls, int fd, int64_t deadline_ms, dw_tls_session **out,
                        struct dw_error *err)
{
    dw_tls_session *session = calloc(1, sizeof *session);
    int flags = fcntl(fd, F_GETFL);
    dw_status st = DW_OK;
    if (session)
        session->ssl = SSL_new(tls->ctx);
    if (!session || !session->ssl || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        SSL_set_fd(session->ssl, fd) != 1)
        st = dw_error_set(err, DW_ERR_INTERNAL, "TLS could not be set up for a connection");
    if (st == DW_OK)
        st = shake_hands(session, fd, deadline_ms, err);
    if (st != DW_OK) {
        dw_tls_session_free(session);
        return st;
    }
    note_subject(session);
    *out = session;
    return DW_OK;
}

void dw_tls_bye(dw_tls_session *session)
{
    if (!session->broken)
        (void)SSL_shutdown(session->ssl); /* one try, on a socket that does not block */
    session->broken = true;
    ERR_clear_error();
}

void dw_tls_session_free(dw_tls_session *session)
{
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session);
}

static size_t what_now(dw_tls_session *session, enum dw_tls_wait *out)
{
    int why = SSL_get_error(session->ssl, 0);
    *out = why == SSL_ERROR_WANT_READ    ? DW_TLS_READABLE
           : why == SSL_ERROR_WANT_WRITE ? DW_TLS_WRITABLE
                                         : DW_TLS_ENDED;
    session->broken |= why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL;
    return 0;
}

size_t dw_tls_read(dw_tls_session *session, void *buf, size_t size, enum dw_tls_wait *out_wait)
{
    size_t n = 0;
    ERR_clear_error();
    return SSL_read_ex(session->ssl, buf, size, &n) == 1 ? n : what_now(session, out_wait);
}

size_t dw_tls_write(dw_tls_session *session, const void *buf, size_t size, enum dw_tls_wait *out_wait)
{
    size_t n = 0;
    ERR_clear_error();
    return SSL_write_ex(session->ssl, buf, size, &n) == 1 ? n : what_now(session, out_wait);
}

bool dw_tls_has_pending(const dw_tls_session *session)
{
    return SSL_has_pending(session->ssl) == 1;
}

const char *dw_tls_subject(const dw_tls_session *session)
{
    return session->subject;
}
