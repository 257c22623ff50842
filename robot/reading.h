/** What it cost to read a burned disc back: how a drive ages, and a lot of media. */
#ifndef DW_ROBOT_READING_H
#define DW_ROBOT_READING_H
#include <jansson.h>
#include <stdint.h>

struct dw_reading { /* all zero: nothing was read, or the drive plays its discs from files */
    int64_t bytes, ms;
    int64_t retries; /**< reads that failed at first */
    int64_t slow;    /**< reads that took four times the usual time */
};
/** {read_bytes, read_ms, retries, slow}, of the result of a verify task or of an event. One impossible number, and
 *  none of them is believed: all zero. NULL is all zero too. */
struct dw_reading dw_reading_read(const json_t *object);
json_t *dw_reading_to_json(const struct dw_reading *reading); /**< new reference */

#endif
