/** libburn, held by one owner at a time, its return values and messages made ours. For burn/drive alone. */
#ifndef DW_BURN_DRIVE_LIBBURN_H
#define DW_BURN_DRIVE_LIBBURN_H
#include <sys/types.h>
#include <libburn/libburn.h>
#include "base/error.h"

/** Initialise, find and grab the one drive. Given back by dw_libburn_release(). */
DW_MUST_CHECK dw_status dw_libburn_grab(const char *address, struct burn_drive_info **out,
                                        struct dw_error *err);
void dw_libburn_release(struct burn_drive_info *infos);
/** "what: first serious message that holds a sense (burn/drive/sense.h), else the first", and the queue is empty.
 *  Returns st. */
dw_status dw_libburn_error(dw_status st, const char *what, struct dw_error *err);
void dw_libburn_drain(void);

#endif
