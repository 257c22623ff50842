/** dicom/object.h as the JSON that receivers and work tasks send (members named as in the struct), back to
 *  the struct. What comes is checked: a child may be broken. */
#ifndef DW_DAEMON_INTAKE_DETAIL_H
#define DW_DAEMON_INTAKE_DETAIL_H
#include <jansson.h>
#include "base/error.h"
#include "dicom/object.h"

/** Missing members are empty or absent. DW_ERR_CORRUPT: a member has the wrong type, DW_ERR_LIMIT: is
 *  longer than the struct holds. */
DW_MUST_CHECK dw_status dw_detail_read(const json_t *json, struct dw_object *out,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status dw_detail_parse(const char *text, struct dw_object *out,
                                        struct dw_error *err);

#endif
