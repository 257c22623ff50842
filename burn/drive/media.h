/** Kinds of discs as drives report them: what fits, how fast 1x is. Plain facts; a drive's own answer about
 *  the disc that lies in it goes before them. */
#ifndef DW_BURN_DRIVE_MEDIA_H
#define DW_BURN_DRIVE_MEDIA_H
#include <stdbool.h>
#include <stdint.h>
#include "burn/image/plan.h"

struct dw_medium {
    const char *name;         /**< "DVD+R": shown, stored, never renamed */
    enum dw_media kind;       /**< which images may go on it */
    uint16_t profile;         /**< MMC-6 table 91 */
    uint32_t capacity_blocks; /**< of a blank of 2048-byte blocks */
    uint32_t speed_1x_kbps;   /**< kilobytes (1000) a second, in the units drives count in */
    uint16_t ecc_blocks;      /**< written together; an image is padded to it */
    bool rewritable;
};
/** NULL: not a profile we write to. The smallest blank of the kind: CD-R 80 min. */
const struct dw_medium *dw_medium_of_profile(uint16_t profile);
const struct dw_medium *dw_medium_of_name(const char *name); /**< NULL: none of these */
const struct dw_medium *dw_medium_at(unsigned i);            /**< NULL behind the last */
uint32_t dw_media_1x_kbps(enum dw_media kind); /**< the same for all media of a kind; 0: nothing is written to it */
/** For drives and libburn; 0 stays 0 (fastest). "16x" of the medium to kilobytes a second. */
uint32_t dw_medium_speed_kbps(const struct dw_medium *medium, double times);

#endif
