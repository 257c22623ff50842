/** A printer behind a CUPS queue, or any printer that speaks IPP itself. One thread of its own talks to it, so that
 * neither the loop nor the arm waits for a network; every exchange has a limit in time. What an earlier run left in the
 * queue is taken out first: it would be printed on another patient's disc. Labels of another robot or appliance in the same
 * queue are left alone: an id in the robot's state folder tells whose they are. */
#ifndef DW_ROBOT_CUPS_H
#define DW_ROBOT_CUPS_H
#include "robot/options.h"
#include "robot/printer.h"

typedef struct dw_cups dw_cups;
/** printer_queue, printer_media, printer_options, printer_timeout_s, printer_settle_s of options are copied. A printer
 * that is not there is a fault of look() and no failure. DW_ERR_INVALID: no queue, or a URI that is none. DW_ERR_CORRUPT:
 * the id in state_dir is none: which labels are ours nobody knows. free:
 * dw_cups_close() */
DW_MUST_CHECK dw_status dw_cups_open(const struct dw_robot_options *options, const char *state_dir, dw_cups **out,
                                     struct dw_error *err);
/** A label that is not finished is taken out of the queue. Blocks for some seconds at most. */
void dw_cups_close(dw_cups *cups);
const struct dw_printer *dw_cups_printer(dw_cups *cups); /**< lives as long as cups */

#endif
