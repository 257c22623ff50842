/** Our own bounded, non-recursive reader of Part 10 files and bare data sets (PS3.5 7, PS3.10 7.1):
 *  implicit LE, explicit LE and BE, deflated, undefined lengths, encapsulated pixel data (skipped by its
 *  item headers, never read). Everything that comes from outside passes here first. It allocates a fixed
 *  amount, reads each byte it needs once, seeks over large values, and ends with a sentence on anything
 *  that breaks base/limits.h. Thread-safe: no state outside the call. */
#ifndef DW_DICOM_SCAN_H
#define DW_DICOM_SCAN_H
#include <sys/types.h>
#include "base/error.h"
#include "base/text.h"
#include "dicom/object.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dw_scan_opts { /* {0} is right for a Part 10 file */
    /** For a bare data set (a receiver that knows it from the presentation context). NULL: from the
     *  meta header; without one, implicit or explicit LE is guessed from the first elements. */
    const char *transfer_syntax;
    uint32_t elements_max; /**< 0: DW_SCAN_ELEMENTS_MAX */
};

/** Called for every top-level element, group 0002 included, and for every element inside sequences, in
 *  file order, values up to DW_SCAN_VALUE_MAX; value is NULL when larger, for sequences (vr "SQ" however
 *  they are encoded) and for pixel data, whose fragments are not shown. Marks of items carry the depth of
 *  what is inside, the mark of a sequence's end the depth of the sequence. */
struct dw_element {
    uint16_t group, element;
    char vr[3];             /**< as encoded, or from our table for implicit VR ("UN" when unknown) */
    uint32_t length;        /**< 0xFFFFFFFF: undefined */
    unsigned depth;         /**< 0: top level */
    const uint8_t *value;   /**< borrowed for the call; in the byte order of the data set */
    bool big_endian;
    uint64_t value_offset;  /**< in the file (after inflation: in the inflated stream); of an item start:
                             *   behind its 8 bytes of tag and length */
    bool is_item_start, is_item_end; /**< pseudo-elements around sequence items */
    bool is_sequence_end;
};
typedef dw_status dw_element_fn(void *ctx, const struct dw_element *el, struct dw_error *err);

/** Read a whole file for its elements. DW_ERR_CORRUPT: it is not DICOM or it is broken ("not a DICOM
 *  file: ..."); DW_ERR_LIMIT: it breaks a named maximum; DW_ERR_UNSUPPORTED: transfer syntax unknown.
 *  The text never holds values. fn may be NULL. A pixel data value that is cut short by the end of the
 *  file is DW_ERR_CORRUPT ("truncated"). A non-OK from fn ends the scan and is returned. */
DW_MUST_CHECK dw_status dw_scan_fd(int fd, const struct dw_scan_opts *opts, dw_element_fn *fn,
                                   void *ctx, struct dw_error *err);

/** The same over anything that is read by offset, such as a file inside an image. pread is as pread(2)
 *  (-1 and errno on failure, short only at the end); offsets mostly grow. */
struct dw_scan_source {
    ssize_t (*pread)(void *ctx, void *out, size_t size, uint64_t offset);
    void *ctx;
    uint64_t size_bytes;
};
DW_MUST_CHECK dw_status dw_scan_read(const struct dw_scan_source *source,
                                     const struct dw_scan_opts *opts, dw_element_fn *fn, void *ctx,
                                     struct dw_error *err);

/** Identity and directory record keys (dicom/record.h) in one pass over the file. record (may be NULL)
 *  is reset and filled. DW_ERR_CORRUPT also when SOP class, SOP instance, study or series UID is missing
 *  ("no Study Instance UID"): such an object cannot be filed. */
DW_MUST_CHECK dw_status dw_scan_object(int fd, const struct dw_scan_opts *opts,
                                       struct dw_object *out, struct dw_buf *record,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status dw_scan_object_path(const char *path, const struct dw_scan_opts *opts,
                                            struct dw_object *out, struct dw_buf *record,
                                            struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
