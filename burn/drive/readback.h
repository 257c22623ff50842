/** Reading a disc back: a real drive through libcdio, a stdio: one through libburn. */
#ifndef DW_BURN_DRIVE_READBACK_H
#define DW_BURN_DRIVE_READBACK_H
#include "burn/image/blocks.h"

/** address as in burn/drive/drive.h; a stdio: disc must exist, and dw_drive_open()'s one drive in a process
 *  counts for it too. The kernel learns of a disc's new content when the tray was cycled after burning.
 *  free: dw_readback_close(). */
DW_MUST_CHECK dw_status dw_readback_open(const char *address, struct dw_blocks *out,
                                         struct dw_error *err);
void dw_readback_close(struct dw_blocks *blocks); /**< what dw_readback_open() made; zeroed is fine */

#endif
