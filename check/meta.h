/** The File Meta Information of a Part 10 file (PS3.10 7.1), read strictly: a judge may not forgive what a
 *  tolerant scanner forgives. */
#ifndef DW_CHECK_META_H
#define DW_CHECK_META_H
#include <stdbool.h>
#include "base/limits.h"
#include "check/tape.h"

struct dw_check_meta { /* plain data; UIDs trimmed, "" = missing or longer than 64 */
    bool part10;          /**< 128 bytes, then DICM */
    char sop_class[DW_UID_MAX], sop_instance[DW_UID_MAX], transfer_syntax[DW_UID_MAX],
        implementation[DW_UID_MAX];
    const char *blemish;  /**< the same, where every reader reads it all the same; NULL: nothing */
    const char *problem;  /**< what is wrong with the header itself, names tags only; NULL: nothing */
};
/** Needs the tape at the start of a file of at least 132 bytes to say part10. */
void dw_check_meta_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_meta *out);
/** Value of a UI element: trimmed of zeros and spaces; "" when longer than 64. */
void dw_check_uid(char out[DW_UID_MAX], const void *value, size_t length);

#endif
