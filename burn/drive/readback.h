/** Reading a disc back: a real drive through libcdio, a stdio: one through libburn. A block of a real one is tried
 *  three times. */
#ifndef DW_BURN_DRIVE_READBACK_H
#define DW_BURN_DRIVE_READBACK_H
#include "burn/image/blocks.h"

/** address as in burn/drive/drive.h; a stdio: disc must exist, and dw_drive_open()'s one drive in a process
 *  counts for it too. The kernel learns of a disc's new content when the tray was cycled after burning
 *  (burn/drive/tray.h); DW_ERR_CONFLICT: it was not, and knows less of the disc than the drive.
 *  free: dw_readback_close(). */
DW_MUST_CHECK dw_status dw_readback_open(const char *address, struct dw_blocks *out,
                                         struct dw_error *err);
/** What reading cost so far: how a disc ages, and a drive. Drives tell no more than time (MMC has no count of
 *  corrected errors), and what they could not read at the first try. */
struct dw_readback_effort {
    uint64_t bytes;
    int64_t read_ms;
    uint32_t retries;       /**< reads that failed and were tried again */
    uint32_t slow;          /**< reads that took four times as long as those before, and 300 ms more */
    uint32_t slowest_block; /**< where the longest read began */
    int64_t slowest_ms;
};
struct dw_readback_effort dw_readback_effort(const struct dw_blocks *blocks);
/** One read of ms milliseconds at block; the first is not judged, as the disc spins up. */
void dw_readback_note(struct dw_readback_effort *effort, uint32_t block, uint64_t bytes, int64_t ms);
void dw_readback_close(struct dw_blocks *blocks); /**< what dw_readback_open() made; zeroed is fine */

#endif
