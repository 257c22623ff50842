/** The server's side of TLS: BCP 195 (RFC 9325) without downgrading, as PS3.15 B.12 asks. TLS 1.2 and 1.3, ECDHE
 *  with AEAD ciphers alone, no renegotiation, no compression, no resumption. */
#ifndef DW_DICOM_TLS_TLS_H
#define DW_DICOM_TLS_TLS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dw_tls_client { DW_TLS_CLIENT_NONE, DW_TLS_CLIENT_REQUEST, DW_TLS_CLIENT_REQUIRE };
/** "none", "request", "require"; anything else: -1. */
int dw_tls_client_from_name(const char *name);

struct dw_tls_files { /* paths of PEM files; borrowed for the call */
    const char *certificate; /**< ours, with those between it and its root behind it */
    const char *key;
    const char *authorities; /**< who may sign the peers' certificates; "" none */
    enum dw_tls_client client;
};

typedef struct dw_tls dw_tls; /**< what was in those files; immutable, and shared by every fork */
/** Read and check everything. A fault of a file is one sentence with its path: DW_ERR_NOT_FOUND, _DENIED it
 *  cannot be read; DW_ERR_CORRUPT it is not PEM; DW_ERR_CONFLICT the key is another one's; DW_ERR_INVALID
 *  expired, not yet valid, encrypted, too weak, or nobody could be authenticated. Free: dw_tls_free() */
DW_MUST_CHECK dw_status dw_tls_new(const struct dw_tls_files *files, int64_t now_s, dw_tls **out,
                                   struct dw_error *err);
void dw_tls_free(dw_tls *tls);
/** When the first of our certificates in that chain expires, seconds since 1970; the date as people read it goes to
 *  shown, of DW_TLS_DATE_SIZE. */
int64_t dw_tls_expires_s(const dw_tls *tls, char *shown);
#define DW_TLS_DATE_SIZE 32

/** What a connection waits for when it gives back 0 bytes. */
enum dw_tls_wait { DW_TLS_READABLE, DW_TLS_WRITABLE, DW_TLS_ENDED };

typedef struct dw_tls_session dw_tls_session; /**< one connection */
/** Shake hands on a connected socket, which becomes non-blocking and stays the caller's. Ends by deadline_ms
 *  (CLOCK_MONOTONIC). DW_ERR_TIMEOUT; DW_ERR_DENIED: the peer's certificate; DW_ERR_GONE, DW_ERR_UNSUPPORTED:
 *  the text says what the peer spoke. Free: dw_tls_session_free() */
DW_MUST_CHECK dw_status dw_tls_accept(const dw_tls *tls, int fd, int64_t deadline_ms,
                                      dw_tls_session **out, struct dw_error *err);
/** Tell the peer that nothing more will come, before the socket is closed; as far as that needs no waiting. */
void dw_tls_bye(dw_tls_session *session);
/** Leaves the socket alone. */
void dw_tls_session_free(dw_tls_session *session);
/** Bytes read or written, at least one; or 0 and what to wait for. Never blocks. */
size_t dw_tls_read(dw_tls_session *session, void *buf, size_t size, enum dw_tls_wait *out_wait);
size_t dw_tls_write(dw_tls_session *session, const void *buf, size_t size, enum dw_tls_wait *out_wait);
/** Something is here already that poll() on the socket does not know of. */
bool dw_tls_has_pending(const dw_tls_session *session);
/** Subject of the peer's certificate (RFC 2253); "" when it gave none. Lives as long as the session. */
const char *dw_tls_subject(const dw_tls_session *session);

#ifdef __cplusplus
}
#endif
#endif
