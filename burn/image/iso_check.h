/** Is what was drawn what was planned? Read by burn/image/isoread, which knows nothing of the writer. For
 *  burn/image/iso alone. */
#ifndef DW_BURN_IMAGE_ISO_CHECK_H
#define DW_BURN_IMAGE_ISO_CHECK_H
#include "burn/image/isoname.h"
#include "burn/image/isoread.h"

struct dw_iso_planned { /* all borrowed */
    const struct dw_family *family;
    const struct dw_isonames *names;
    const uint32_t *file_lba;
    uint32_t empty_lba; /* what records of empty files say */
    uint32_t volume_blocks;
};
/** Compares every entry. DW_ERR_INTERNAL: not as planned, whatever it is. */
DW_MUST_CHECK dw_status dw_iso_check(const struct dw_iso_planned *planned,
                                     const struct dw_blocks *blocks, struct dw_error *err);

#endif
