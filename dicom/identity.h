/** From what was gathered to struct dw_object and a record blob. Inside this library only. */
#ifndef DW_DICOM_IDENTITY_H
#define DW_DICOM_IDENTITY_H
#include "dicom/gather.h"
#include "dicom/object.h"

/** Fill the members that come from elements. DW_ERR_CORRUPT: it cannot be filed, see
 * dw_scan_object(). */
DW_MUST_CHECK dw_status dw_identity_fill(const struct dw_gather *gather, struct dw_object *object,
                                         struct dw_error *err);
/** Write all parts of dicom/record.h; record is reset first. */
DW_MUST_CHECK dw_status dw_identity_record(const struct dw_gather *gather,
                                           const struct dw_object *object, struct dw_buf *record,
                                           struct dw_error *err);

#endif
