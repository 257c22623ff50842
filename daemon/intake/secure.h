/** Secure ports as the daemon sees them: it checks their files before anything starts, hands the paths to the
 *  receiver, which alone uses the keys, and says in time when a certificate expires. */
#ifndef DW_DAEMON_INTAKE_SECURE_H
#define DW_DAEMON_INTAKE_SECURE_H
#include <jansson.h>
#include "daemon/core.h"

/** Every certificate, key and list of authorities, as dw_tls_new() does: a fault is one sentence. */
DW_MUST_CHECK dw_status dw_secure_check(const struct dw_config *config, int64_t now_s,
                                        struct dw_error *err);
/** The files of one port could not be used now. False where the port is not secure. */
bool dw_secure_is_at_fault(const struct dw_core *core, const struct dw_listen_options *options);
/** {certificate, key, authorities, client_certificate}; NULL: the port is not secure. */
json_t *dw_secure_to_json(const struct dw_listen_options *options);

#define DW_SECURE_LOOK_MS (3600 * 1000)
/** Raise an alarm for each secure port whose files are at fault or whose certificate expires within
 *  dicom.certificate_days, and end those that are over. A new reference to the names of these ports. */
json_t *dw_secure_look(const struct dw_core *core);

#endif
