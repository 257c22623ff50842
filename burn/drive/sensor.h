/** What a drive says of its tray and of the disc in it, without taking the drive: no libburn, some milliseconds. */
#ifndef DW_BURN_DRIVE_SENSOR_H
#define DW_BURN_DRIVE_SENSOR_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "burn/image/blank.h"

enum dw_seen_state {
    DW_SEEN_UNKNOWN, /**< the drive cannot be asked */
    DW_SEEN_OPEN,
    DW_SEEN_EMPTY,
    DW_SEEN_BUSY, /**< a disc spins up, or the tray moves: ask again */
    DW_SEEN_BLANK,
    DW_SEEN_WRITTEN,
    DW_SEEN_STRANGE /**< of no kind we write to */
};
struct dw_seen {
    enum dw_seen_state state;
    const struct dw_blank *blank; /**< of BLANK; NULL: not known, of a stdio: file */
    uint64_t free_bytes;          /**< of BLANK; 0: not known */
    uint64_t volume;              /**< what its volume descriptors say, as one number; 0: it has none, or they cannot be read */
};
/** address as in burn/drive/drive.h, or a name of burn/drive/drives.h. Of "stdio:" no file is EMPTY, an empty one BLANK, any other WRITTEN.
 *  DW_ERR_NOT_FOUND, DW_ERR_GONE: there is no such drive. A drive that burns should be left alone. */
DW_MUST_CHECK dw_status dw_sensor_look(const char *address, struct dw_seen *out, struct dw_error *err);

/** Answers of a drive as it gave them. Sizes are what came, 0: it refused. */
struct dw_sensor_answers {
    uint8_t configuration[8]; /**< MMC-6 6.5: header of GET CONFIGURATION */
    uint8_t information[34];  /**< MMC-6 6.22: READ DISC INFORMATION */
    uint8_t track[36];        /**< MMC-6 6.26: READ TRACK INFORMATION of the last track */
    size_t configuration_size, information_size, track_size;
};
/** Of a disc that can be overwritten at any time, has_volume says whether one lies on it: the drive cannot. */
struct dw_seen dw_sensor_understand(const struct dw_sensor_answers *answers, int has_volume);

#endif
