/** Between a recording and dialects: which frames are known, and the dialect that the named ones make. */
#ifndef DW_PROGRAMS_USB_CAPTURE_DIALECT_H
#define DW_PROGRAMS_USB_CAPTURE_DIALECT_H
#include "programs/usb/capture_report.h"

/** Fill note.known and holds. A dialect file with a mistake is named on stderr and passed over. */
void dw_capture_compare(struct dw_capture_report *report);
/** The named frames as a dialect of level CAPTURED, a new file. title and note: the owner's words, NULL: none.
 *  traffic is that of the report. DW_ERR_INVALID: no frame has a name; DW_ERR_LIMIT: more than a dialect holds. */
DW_MUST_CHECK dw_status dw_capture_write(const struct dw_capture_report *report, const dw_traffic *traffic,
                                         const char *path, const char *title, const char *note, struct dw_error *err);

#endif
