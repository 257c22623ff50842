/** What is still known of studies that are purged long since: retention.history_days. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_HISTORY_H
#define DW_DAEMON_INTAKE_HISTORY_H
#include "daemon/core.h"

#define DW_HISTORY_AUDIT_MAX 1000000 /* entries kept, however young */
#define DW_HISTORY_VISITS_MAX 100000 /* of them associations */

/** Forget a few studies that were purged before that time, and decisions older than that: names, numbers and UIDs of
 *  patients go from their rows and from those of their jobs. */
DW_MUST_CHECK dw_status dw_history_forget(const struct dw_core *core, int64_t before_s, bool *out_more,
                                          struct dw_error *err);
/** The oldest entries beyond DW_HISTORY_AUDIT_MAX, and the oldest associations beyond DW_HISTORY_VISITS_MAX. */
DW_MUST_CHECK dw_status dw_history_bound(const struct dw_core *core, struct dw_error *err);

#endif
