/** What spoke of another patient in a study: each field that differs, with both values, the object and its
 *  sender. Kept for the person who decides; the values go to who is logged in and into no log or event. */
#ifndef DW_DAEMON_INTAKE_CONFLICT_H
#define DW_DAEMON_INTAKE_CONFLICT_H
#include "daemon/core.h"
#include "daemon/intake/identity.h"

struct dw_conflict { /* borrowed all */
    int64_t study, number;
    const struct dw_identity *locked, *other;
    const char *calling; /**< AE title */
};
/** A row for each field that differs, inside the caller's transaction. The object has its row already. */
DW_MUST_CHECK dw_status dw_conflict_add(const struct dw_core *core, const struct dw_conflict *conflict,
                                        struct dw_error *err);
/** Takes the object into its study after all, as a person decided; in the caller's transaction, while the study
 *  is held. DW_ERR_CONFLICT: nothing is asked about it, or its header differs in what the disc's last gate
 *  compares, so that it can be on no disc of this patient: it would be rejected. */
DW_MUST_CHECK dw_status dw_conflict_accept(const struct dw_core *core, int64_t study, int64_t number,
                                           struct dw_error *err);
/** The same for every object of the study that may be accepted; *out_count of them were. */
DW_MUST_CHECK dw_status dw_conflict_accept_all(const struct dw_core *core, int64_t study,
                                               int64_t *out_count, struct dw_error *err);
/** What has no answer yet is left out: it stays quarantined. */
DW_MUST_CHECK dw_status dw_conflict_leave_out(const struct dw_core *core, int64_t study,
                                              int64_t *out_count, struct dw_error *err);

/** SQL: conflict rows of these fields alone do not keep an object from the disc. */
#define DW_CONFLICT_UNGATED "field IN ('sex')"

#endif
