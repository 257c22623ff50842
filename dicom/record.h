/** Directory record keys as bytes (PS3.3 F.5, PS3.11 H.3-2): made once at receipt, stored in the
 *  object's row, written to the DICOMDIR unchanged but for merging and repairs.
 *
 *  A record blob is four parts, each `u32 LE length` + Explicit VR LE elements in ascending tag order,
 *  group 0008 and up (the group 0004 head of each record is the directory writer's): PATIENT keys, STUDY
 *  keys, SERIES keys, instance keys. A part that needs one carries its own (0008,0005). Type 1 keys the
 *  object lacks are present with zero length: layout/fileset repairs them and says so.
 *
 *  Four more parts of the same levels follow with what only augmented directories carry beyond these;
 *  blobs of older rows end without them. */
#ifndef DW_DICOM_RECORD_H
#define DW_DICOM_RECORD_H
#include "base/error.h"
#include "base/text.h"
#include "dicom/object.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dw_record_part {
    DW_PART_PATIENT,
    DW_PART_STUDY,
    DW_PART_SERIES,
    DW_PART_INSTANCE,
    DW_PART_COUNT,
    DW_PART_MORE_PATIENT = DW_PART_COUNT, /**< of each level, what augmented directories add */
    DW_PART_MORE_STUDY,
    DW_PART_MORE_SERIES,
    DW_PART_MORE_INSTANCE,
    DW_PART_ALL
};

/** Borrow one part of a blob; an augmented one of an older blob is empty. DW_ERR_CORRUPT: the blob is not
 *  one of ours. */
DW_MUST_CHECK dw_status dw_record_part(const void *record, size_t record_size,
                                       enum dw_record_part part, const uint8_t **out, size_t *out_size,
                                       struct dw_error *err);
/** The keys of a level (the first four parts) as a directory writes them: that part alone, or with
 *  `augmented` joined with its further part in tag order. joined is reset and used when there is something to
 *  join; *out points into it or into the blob. */
DW_MUST_CHECK dw_status dw_record_keys(const void *record, size_t record_size,
                                       enum dw_record_part part, bool augmented,
                                       struct dw_buf *joined, const uint8_t **out, size_t *out_size,
                                       struct dw_error *err);
struct dw_key { /* one element of a part; value borrowed from it, even length as encoded */
    uint32_t tag; /**< group << 16 | element */
    char vr[3];
    const uint8_t *value;
    uint32_t length;
};
/** Step through a part: *pos starts at 0; false at the end or at damage. */
bool dw_key_next(const uint8_t *part, size_t part_size, size_t *pos, struct dw_key *out);
/** Append one Explicit VR LE element, padded to even length as its VR asks (PS3.5 6.2). */
void dw_key_add(struct dw_buf *out, uint32_t tag, const char vr[2], const void *value, size_t length);

#ifdef __cplusplus
}
#endif
#endif
