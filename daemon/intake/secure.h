/** Secure ports as the daemon sees them: it checks their files before anything starts, and hands the paths to the
 *  receiver, which alone uses the keys. */
#ifndef DW_DAEMON_INTAKE_SECURE_H
#define DW_DAEMON_INTAKE_SECURE_H
#include <jansson.h>
#include "daemon/config.h"

/** Every certificate, key and list of authorities, as dw_tls_new() does: a fault is one sentence. */
DW_MUST_CHECK dw_status dw_secure_check(const struct dw_config *config, int64_t now_s,
                                        struct dw_error *err);
/** {certificate, key, authorities, client_certificate}; NULL: the port is not secure. */
json_t *dw_secure_to_json(const struct dw_listen_options *options);

#endif
