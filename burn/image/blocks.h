/** Anything that can be read in 2048-byte blocks: an image file, a burned disc, bytes in memory. */
#ifndef DW_BURN_IMAGE_BLOCKS_H
#define DW_BURN_IMAGE_BLOCKS_H
#include <stdint.h>
#include "base/error.h"
#include "base/limits.h"

struct dw_blocks { /* copy freely; whoever made it owns ctx */
    /** Exactly count blocks from lba into out. A short read is DW_ERR_IO. */
    dw_status (*read)(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err);
    uint32_t count; /**< blocks there are */
    void *ctx;
};
/** A regular file or a block device (size rounded down to whole blocks). free: dw_blocks_close_file(). */
DW_MUST_CHECK dw_status dw_blocks_open_file(const char *path, struct dw_blocks *out,
                                            struct dw_error *err);
void dw_blocks_close_file(struct dw_blocks *blocks);

#endif
