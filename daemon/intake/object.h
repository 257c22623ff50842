/** Rows of received objects. The row is the object's existence: it is written after its file was published
 *  and synced, and only when it is committed is the sender told Success. */
#ifndef DW_DAEMON_INTAKE_OBJECT_H
#define DW_DAEMON_INTAKE_OBJECT_H
#include <jansson.h>
#include "daemon/core.h"
#include "dicom/object.h"

struct dw_arrival { /* what an association says of a published file; borrowed */
    int64_t number;
    const char *sha256;   /**< hex */
    const json_t *detail; /**< dicom/object.h; what is known, for a quarantined one */
    const void *record;   /**< dicom/record.h; NULL for a quarantined one */
    size_t record_size;
    const char *reason;   /**< why the scanner refused it; NULL: it did not */
    const char *calling, *called; /**< AE titles */
};
struct dw_stored {
    bool duplicate;   /**< the same instance with the same bytes is here: remove the file */
    bool quarantined; /**< stored, and will be on no disc */
    int64_t study;    /**< 0: none */
    int64_t twin;     /**< quarantined: the object that was here first, if it is in another transfer syntax and
                           may say the same; 0: none */
};
/** Inside the caller's transaction. A contradiction (another patient, or other bytes under the same SOP
 *  Instance UID) is stored as quarantined, not refused: the sender never looks back, a person must. */
DW_MUST_CHECK dw_status dw_object_store(const struct dw_core *core, const struct dw_arrival *arrival,
                                        struct dw_stored *out, struct dw_error *err);
/** A quarantined object says what its twin says, in another transfer syntax: its row goes (and the file, when
 *  that is committed). DW_ERR_CONFLICT: they are not what dw_object_store() told of. *out_study: theirs. */
DW_MUST_CHECK dw_status dw_object_drop(const struct dw_core *core, int64_t number, int64_t twin,
                                       int64_t *out_study, struct dw_error *err);
/** The column `detail` of an object's or derived row. */
DW_MUST_CHECK dw_status dw_object_detail_read(const char *detail, struct dw_object *out,
                                              struct dw_error *err);

#endif
