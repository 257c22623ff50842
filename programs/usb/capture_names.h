/** What the owner of a robot calls the frames of a recording. */
#ifndef DW_PROGRAMS_USB_CAPTURE_NAMES_H
#define DW_PROGRAMS_USB_CAPTURE_NAMES_H
#include "programs/usb/capture_report.h"

/** "1B 04 8D ...=arm-left". DW_ERR_INVALID: neither bytes nor a name; DW_ERR_NOT_FOUND: no such frame in the recording;
 *  DW_ERR_CONFLICT: the frame or the name was given twice, or the robot never took that frame. */
DW_MUST_CHECK dw_status dw_capture_name(struct dw_capture_report *report, const char *words, struct dw_error *err);
/** A file of such lines; empty ones and those that begin with '#' are passed over. */
DW_MUST_CHECK dw_status dw_capture_name_from_file(struct dw_capture_report *report, const char *path,
                                                  struct dw_error *err);
/** For each frame that has no name yet: what did you press? An empty answer leaves it out; the end of `in` ends it. */
void dw_capture_ask_names(struct dw_capture_report *report, FILE *in, FILE *out);
size_t dw_capture_named(const struct dw_capture_report *report); /**< how many frames have a name */

#endif
