/** Which drive this is and which discs it was given: what is counted belongs to a serial and to a lot, not to a
 *  place in a robot. Part of burn/drive/drive.c; nobody else includes libburn's header. */
#ifndef DW_BURN_DRIVE_IDENTITY_H
#define DW_BURN_DRIVE_IDENTITY_H
#include <stddef.h>
#include "base/limits.h"

struct burn_drive;
/** "" where the drive does not tell. Asks the drive; a disc may lie in it. */
void dw_identity_serial(struct burn_drive *drive, char out[DW_DRIVE_SERIAL_MAX]);
/** The media id of DVD and BD ("CMCMAG/AE1/1"), the ATIP times of a CD ("97m17s06f/79m59s71f"); discs of one make have
 *  the same. */
void dw_identity_lot(struct burn_drive *drive, char out[DW_DISC_LOT_MAX]);
/** Bytes from a drive as text: printable ASCII alone, the spaces that fill it up removed. */
void dw_identity_clean(const unsigned char *bytes, size_t count, char *out, size_t size);

#endif
