/** Who decided what: one row for each order of a person that changes what becomes of a study, job or disc, and
 *  for each study that retention takes. Written before the order is carried out: without its row nothing is
 *  done. Rows stay for retention.history_days. What a person wrote as reason stays here and is never logged.
 *  An association of a peer that showed a certificate is a row too (DW_AUDIT_VISIT). */
#ifndef DW_DAEMON_AUDIT_H
#define DW_DAEMON_AUDIT_H
#include <jansson.h>
#include "daemon/core.h"

#define DW_AUDIT_USER_MAX 100   /* bytes of a user's name */
#define DW_AUDIT_REASON_MAX 500 /* bytes of a reason */

struct dw_audit { /* borrowed texts, NULL: "" */
    const char *action; /**< type of the order (daemon/command.h); of retention "delete" or "purge" */
    const char *user;   /**< as given, else the login name; "": nobody said */
    const char *door;   /**< "console", "cli", "retention", "association" */
    const char *reason, *detail;
    int64_t study, job, disc; /**< 0: none */
};
#define DW_AUDIT_VISIT "association" /* action and door: no person's, and many */

/** *out_id is for dw_audit_end(). Alone or inside a transaction, with which it then comes and goes. */
DW_MUST_CHECK dw_status dw_audit_begin(const struct dw_core *core, const struct dw_audit *audit,
                                       int64_t *out_id, struct dw_error *err);
/** How it went; job: the one that was made, 0 none. A failure to write is logged: the row says ''. */
void dw_audit_end(const struct dw_core *core, int64_t id, dw_status result, int64_t job);

/** The same from and for a request: user (else login), door, reason, study, job, disc, and of its other members
 *  those that are no patient data. DW_ERR_LIMIT: user or reason are too long. */
DW_MUST_CHECK dw_status dw_audit_request(const struct dw_core *core, const json_t *request,
                                         int64_t *out_id, struct dw_error *err);
/** Who asks: user, else login. */
const char *dw_audit_user(const json_t *request);

#endif
