/** A held study is let go by a person who says who they are, why, and what becomes of the objects that named
 *  another patient. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_RELEASE_H
#define DW_DAEMON_INTAKE_RELEASE_H
#include <jansson.h>
#include "daemon/core.h"

#define DW_RELEASE_OBJECTS_MAX 1000

struct dw_release { /* borrowed */
    int64_t study;
    const char *user, *reason; /**< neither may be empty */
    const char *answer;        /**< "leave-out": they stay quarantined; "accept": they are of this patient */
    const json_t *objects;     /**< accept: numbers; NULL: every one that may be */
};
/** All of it or nothing. DW_ERR_INVALID: user, reason or answer are missing; DW_ERR_CONFLICT: it is not held, or
 *  an object may not be accepted (daemon/intake/conflict.h). */
DW_MUST_CHECK dw_status dw_release_study(const struct dw_core *core, const struct dw_release *release,
                                         struct dw_error *err);

#endif
