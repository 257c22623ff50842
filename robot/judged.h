/** Which disc was read back in a drive, by the one thing of it that a look tells: its volume. What is handed out must be
 * that very disc; where nobody knows, a person is asked. Any thread. */
#ifndef DW_ROBOT_JUDGED_H
#define DW_ROBOT_JUDGED_H
#include <stdatomic.h>
#include "burn/drive/sensor.h"

struct dw_judged { /* {0}: nothing is known */
    _Atomic uint64_t volume;
};
void dw_judged_forget(struct dw_judged *judged); /**< another disc lies there, or none */
/** A task begins with the disc: what the drive said of it then. Of a drive that did not say (`looked` not OK, or without
 * a volume) what was known before stays. */
void dw_judged_begin(struct dw_judged *judged, dw_status looked, const struct dw_seen *seen);
/** Before it is handed out. DW_ERR_CONFLICT: it is another disc, or it cannot be told. */
DW_MUST_CHECK dw_status dw_judged_check(const struct dw_judged *judged, const struct dw_seen *seen, struct dw_error *err);

#endif
