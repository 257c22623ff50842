/** Discs that are written over in place: libburn calls each of them blank, whatever is on it. For burn/drive alone. */
#ifndef DW_BURN_DRIVE_REWRITABLE_H
#define DW_BURN_DRIVE_REWRITABLE_H
#include <stdbool.h>
#include <stdint.h>
#include "burn/drive/libburn.h"
#include "burn/image/plan.h"

bool dw_rewritable_is(int profile); /**< DVD-RAM, DVD-RW (restricted overwrite), DVD+RW, BD-RE */
/** Something lies where a volume begins. What cannot be read there is nobody's disc. Reads. */
bool dw_rewritable_holds_volume(struct burn_drive *drive);
/** A new BD-RE needs a format before it takes a block: without certification, which would take an hour, as every
 *  block is read back. DVD+RW is formatted by libburn while it is written. Nothing to do for others. Blocks. */
DW_MUST_CHECK dw_status dw_rewritable_format(struct burn_drive *drive, struct dw_error *err);
/** After burning: such a disc ends where the medium does and not with its volume, and UDF 2.2.3 wants anchors at its end,
 *  on the last block N and on N - 256; what lies inside the volume is left alone. Returns when they are on the disc.
 *  Nothing to do for others, and without UDF. Blocks. */
DW_MUST_CHECK dw_status dw_rewritable_end(struct burn_drive *drive, const dw_plan *plan,
                                          struct dw_error *err);

#endif
