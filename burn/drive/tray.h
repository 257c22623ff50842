/** The tray of a drive, moved through the kernel: no libburn, no need to take the drive for it. A stdio: file has no tray, and
 *  every call is OK. A drive may be named as in burn/drive/drives.h. No process may have taken the drive (burn/drive/drive.h). */
#ifndef DW_BURN_DRIVE_TRAY_H
#define DW_BURN_DRIVE_TRAY_H
#include "base/error.h"

enum dw_tray { DW_TRAY_OPEN, DW_TRAY_EMPTY, DW_TRAY_LOADED, DW_TRAY_BUSY };
/** DW_TRAY_BUSY: the disc spins up. Moves nothing. */
DW_MUST_CHECK dw_status dw_tray_look(const char *address, enum dw_tray *out, struct dw_error *err);
/** A lock that a program left behind is undone. Returns when the tray is out. DW_ERR_BUSY: another program has the
 *  drive; DW_ERR_IO: it does not come out. */
DW_MUST_CHECK dw_status dw_tray_open(const char *address, struct dw_error *err);
/** Returns when the tray is in and the disc has been looked at. DW_ERR_UNSUPPORTED: this drive does not load its
 *  own tray, as those of laptops; a person has to push it in. */
DW_MUST_CHECK dw_status dw_tray_close(const char *address, struct dw_error *err);
/** Asked again and again while a person has to push the tray in; non-OK ends the waiting. */
typedef dw_status dw_tray_person_fn(void *ctx, struct dw_error *err);
/** Out and in again: drive and kernel forget what they know of the disc, which lies in the drive afterwards.
 *  Where the drive does not load its tray, `person` is asked until somebody has; NULL: DW_ERR_UNSUPPORTED. */
DW_MUST_CHECK dw_status dw_tray_cycle(const char *address, dw_tray_person_fn *person, void *ctx,
                                      struct dw_error *err);

#endif
