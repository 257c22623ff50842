/** Rows of studies: made by their first object, changed by dw_study_apply() alone. */
#ifndef DW_DAEMON_INTAKE_STUDY_H
#define DW_DAEMON_INTAKE_STUDY_H
#include "daemon/core.h"
#include "daemon/intake/identity.h"
#include "daemon/states.h"

/** Move a study: refused when the table does not list it or the row has changed meanwhile. reason replaces
 *  the stored one (NULL: ""). Logs `from -> to`. */
DW_MUST_CHECK dw_status dw_study_apply(const struct dw_core *core, int64_t id,
                                       enum dw_study_event on, const char *reason,
                                       enum dw_study_state *out_to, struct dw_error *err);
DW_MUST_CHECK dw_status dw_study_state(const struct dw_core *core, int64_t id,
                                       enum dw_study_state *out, struct dw_error *err);

/** The study of an object, made when it is the first of its Study Instance UID (and the identity is then
 *  locked). *out_difference: NULL, or what speaks of another patient (dw_identity_difference()). */
DW_MUST_CHECK dw_status dw_study_of(const struct dw_core *core, const struct dw_object *object,
                                    int64_t *out_id, const char **out_difference,
                                    struct dw_error *err);
DW_MUST_CHECK dw_status dw_study_identity(const struct dw_core *core, int64_t id,
                                          struct dw_identity *out, struct dw_error *err);
/** What the lock of a study leaves open is locked by an object of it that says more. */
DW_MUST_CHECK dw_status dw_study_lock_rest(const struct dw_core *core, int64_t id,
                                           const struct dw_identity *locked,
                                           const struct dw_identity *here, struct dw_error *err);
struct dw_sender { /* AE titles of the association; NULL: not known */
    const char *called, *calling;
};
/** An object that is here already has come again: the quiet time begins anew, and so does the age. */
DW_MUST_CHECK dw_status dw_study_again(const struct dw_core *core, int64_t id, struct dw_error *err);
/** One more object is stored: sizes, what rules ask for, last_at; a complete study receives again. */
DW_MUST_CHECK dw_status dw_study_add(const struct dw_core *core, int64_t id,
                                     const struct dw_object *object, const struct dw_sender *from,
                                     uint64_t size_bytes, struct dw_error *err);

#endif
