/** Keys of one PATIENT, STUDY or SERIES record, merged over the objects below it: the first value that is
 *  not empty counts (PS3.11 H.3-2 asks for some keys if *any* object below has them). Objects may be
 *  written in different character sets; where they meet in one record it becomes ISO_IR 192. */
#ifndef DW_LAYOUT_FILESET_KEYS_H
#define DW_LAYOUT_FILESET_KEYS_H
#include "base/error.h"
#include "base/text.h"
#include "dicom/record.h"

struct dw_keys { /* {0}; free: dw_keys_done() */
    struct dw_buf data;      /**< Explicit VR LE elements in ascending order, (0008,0005) included */
    struct dw_buf last;      /**< the part merged last: most objects of a series say the same */
};
void dw_keys_done(struct dw_keys *keys);

/** Take from part (dicom/record.h) what is not there yet. DW_ERR_CORRUPT: part is damaged. */
DW_MUST_CHECK dw_status dw_keys_merge(struct dw_keys *keys, const void *part, size_t size,
                                      struct dw_error *err);

/** Find a key in a part; false: absent. */
bool dw_keys_find(const void *part, size_t size, uint32_t tag, struct dw_key *out);
/** part with one key set to an ASCII value, in its place, into out (reset first). value NULL: without it. */
void dw_keys_put(const void *part, size_t size, uint32_t tag, const char vr[2], const char *value,
                 struct dw_buf *out);

#define DW_TAG_CHARSET 0x00080005u

#endif
