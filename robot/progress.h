/** How far a disc is, as the task in its drive tells it: checked here once, told on by the robot and kept by the
 *  daemon in the same words. */
#ifndef DW_ROBOT_PROGRESS_H
#define DW_ROBOT_PROGRESS_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct dw_progress {
    char stage[16];
    uint64_t done_bytes, total_bytes; /**< never more done than all */
    uint32_t speed_kbps;              /**< of the last seconds; 0: not known */
    uint32_t speed_1x_kbps;           /**< what 1x is on this medium; 0: not known */
    int buffer_percent;               /**< how full the drive's own buffer is; -1: it does not tell */
    int64_t left_s;                   /**< until the stage is over; -1: not known */
};
/** Of a `progress` message. false: its stage or its bytes are impossible, and *out is untouched. Another number that
 *  is missing or impossible is one that is not known. */
bool dw_progress_read(const json_t *message, struct dw_progress *out);
/** {stage, done, total, speed_kbps, speed_1x_kbps, buffer_percent, left_s}. New reference. */
json_t *dw_progress_to_json(const struct dw_progress *progress);

#endif
