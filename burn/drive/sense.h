/** What a drive's refusal means. libburn tells key, additional sense code and its qualifier in the
 * text of its messages and nowhere else; the numbers are T10's (SPC-4 annex D). No libburn here:
 * robots know these words too. */
#ifndef DW_BURN_DRIVE_SENSE_H
#define DW_BURN_DRIVE_SENSE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"

struct dw_sense {
    uint8_t key, asc, ascq;
};
/** "SCSI error on write(16976,16): [3 0C 00] Medium error. Write error" holds one. What an earlier
 * try of the same command said (",[2 04 08]") is not taken for it. false: the text tells of none.
 */
bool dw_sense_parse(const char *text, struct dw_sense *out);

/** How burning or reading back failed. Each name is a row of robot/faults.h, which says what is
 * done about it. */
enum dw_burn_fault {
    DW_BURN_FAULT_NONE,
    DW_BURN_FAULT_OTHER,   /**< nobody said why */
    DW_BURN_FAULT_WRITE,   /**< the disc did not take what was written */
    DW_BURN_FAULT_LASER,   /**< power calibration failed, or its area is used up */
    DW_BURN_FAULT_STREAM,  /**< data did not come fast enough */
    DW_BURN_FAULT_CLOSE,   /**< everything is on it, but it could not be closed */
    DW_BURN_FAULT_READ,    /**< a block cannot be read back */
    DW_BURN_FAULT_DIFFERS, /**< what was read back is not what was written */
    DW_BURN_FAULT_NOT_BLANK,
    DW_BURN_FAULT_TOO_SMALL,
    DW_BURN_FAULT_WRONG_DISC, /**< another kind of disc than was ordered */
    DW_BURN_FAULT_UNFIT,      /**< unknown or damaged format, or write protected */
    DW_BURN_FAULT_NO_DISC,
    DW_BURN_FAULT_TRAY_OPEN,
    DW_BURN_FAULT_NOT_READY,
    DW_BURN_FAULT_HARDWARE, /**< the drive itself is broken */
    DW_BURN_FAULT_LINK,     /**< cable, power, or somebody else has the drive */
    DW_BURN_FAULT_RESET,    /**< it was reset, or its disc changed, in the middle */
    DW_BURN_FAULT_HOT,
    DW_BURN_FAULT_REFUSED, /**< a command that burning needs is not taken */
    DW_BURN_FAULT_SOURCE,  /**< not the drive: our own files failed or changed */
    DW_BURN_FAULT_COUNT
};
/** OTHER where the table has no row for it. */
enum dw_burn_fault dw_sense_fault(const struct dw_sense *sense);
/** Of a sentence that may hold a sense; else `otherwise`. */
enum dw_burn_fault dw_sense_fault_of(const char *text, enum dw_burn_fault otherwise);
const char *dw_burn_fault_name(enum dw_burn_fault fault); /**< "" of NONE; never renamed */

#endif
