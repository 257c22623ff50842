/** Blocks that are hashed from the first to the last while somebody reads them, mostly in that order: whoever wants the
 *  digest of what is read needs no second reading. What was passed over is read when something not far behind it is;
 *  what lies far away is left for later. One call at a time. */
#ifndef DW_BURN_IMAGE_HASHED_H
#define DW_BURN_IMAGE_HASHED_H
#include "base/hash.h"
#include "burn/image/blocks.h"
#include "burn/image/stream.h"

typedef struct dw_hashed dw_hashed;
/** under is copied; its ctx must outlive the object. */
DW_MUST_CHECK dw_status dw_hashed_new(const struct dw_blocks *under, dw_hashed **out, struct dw_error *err);
void dw_hashed_free(dw_hashed *hashed);
/** The same blocks, as they are to be read; they live as long as the object. */
struct dw_blocks dw_hashed_blocks(dw_hashed *hashed);
/** Reads what nobody has read; sha256 is that of all blocks and of the tail_size bytes of tail behind them. Blocks:
 *  as long as that takes. Once. progress may be NULL. */
DW_MUST_CHECK dw_status dw_hashed_end(dw_hashed *hashed, const void *tail, size_t tail_size, dw_progress_fn *progress,
                                      void *ctx, uint8_t sha256[DW_SHA256_SIZE], struct dw_error *err);

#endif
