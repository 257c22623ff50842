/** What we know of each disc that was begun on a server, on our own disk: written before anything of the disc lies on
 * the share, gone only when nothing of it does any more. The server forgets results after an hour; these stay until they
 * have become a row of the daemon. One file for each disc below STATE_DIR/ptburn. Loop thread only. */
#ifndef DW_ROBOT_PTBURN_RECORD_H
#define DW_ROBOT_PTBURN_RECORD_H
#include <stddef.h>
#include "base/hash.h"
#include "robot/ptburn/follow.h"

#define DW_PTBURN_TOKEN_MAX 8
#define DW_PTBURN_CONTENT_MAX (2 * DW_SHA256_SIZE + 1)

struct dw_ptburn_record {
    int64_t disc;
    char stem[DW_PTBURN_STEM_MAX];
    char content[DW_PTBURN_CONTENT_MAX]; /**< what the disc holds, as a sum: a number may be given twice */
    bool submitted; /**< written before JOB.TMP is renamed: it may have become a request */
    enum dw_ptburn_outcome outcome; /**< OPEN: none yet */
    bool used;      /**< with an outcome: a blank was taken */
    int bad;        /**< blanks the server rejected */
    bool again;     /**< there may be two good discs of it: as in dw_ptburn_follow */
    int error;      /**< number of the job's or its last disc's error; 0: none told */
};

typedef struct dw_ptburn_records dw_ptburn_records;
/** Reads what is there. A file that is none of ours is an error: a person must look, nothing is guessed.
 *  free: dw_ptburn_records_close() */
DW_MUST_CHECK dw_status dw_ptburn_records_open(const char *state_dir, dw_ptburn_records **out, struct dw_error *err);
void dw_ptburn_records_close(dw_ptburn_records *records);
/** "DWk3v9q-": what the names of this robot's jobs begin with, on whatever server. Made once, kept for ever. */
const char *dw_ptburn_records_prefix(const dw_ptburn_records *records);
/** NULL: none. Valid until the next call that changes anything. */
const struct dw_ptburn_record *dw_ptburn_record_find(const dw_ptburn_records *records, int64_t disc);
size_t dw_ptburn_record_count(const dw_ptburn_records *records);
const struct dw_ptburn_record *dw_ptburn_record_at(const dw_ptburn_records *records, size_t i);
/** On disk when it returns. */
DW_MUST_CHECK dw_status dw_ptburn_record_save(dw_ptburn_records *records, const struct dw_ptburn_record *record,
                                              struct dw_error *err);
void dw_ptburn_record_remove(dw_ptburn_records *records, int64_t disc);

#endif
