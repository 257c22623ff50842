/** For this room only. */
#ifndef DW_DICOM_TLS_CONTEXT_H
#define DW_DICOM_TLS_CONTEXT_H
#include <openssl/ssl.h>

struct dw_tls {
    SSL_CTX *ctx;
};

#endif
