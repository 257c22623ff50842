/** MANIFEST.TXT of a disc: one line for each file but itself, `SHA-256 in hex`, spaces, `NAME`, ended by CR LF
 *  or LF, NAME relative to the root with '/' or '\' between its parts ("DICOM/IM000001"; a '*' before it,
 *  as sha256sum writes, is passed over). Empty lines and lines that begin with '#' say nothing. */
#ifndef DW_CHECK_MANIFEST_H
#define DW_CHECK_MANIFEST_H
#include "base/hash.h"
#include "base/limits.h"
#include "check/tape.h"

struct dw_check_manifest { /* {0}, or .spill set; free: dw_check_manifest_done() */
    dw_spill *spill;
    uint8_t (*digests)[DW_SHA256_SIZE];
    size_t count, cap;
};
struct dw_manifest_line {
    uint64_t number;                /**< of the line, from 1 */
    bool ok;                        /**< false: it is not of the form above */
    uint8_t sha256[DW_SHA256_SIZE];
    char path[DW_PATH_MAX];         /**< "/DICOM/IM000001" */
};
typedef dw_status dw_manifest_line_fn(void *ctx, const struct dw_manifest_line *line,
                                      struct dw_error *err);
/** Reads the file the tape was started on, line by line. */
DW_MUST_CHECK dw_status dw_check_manifest_read(dw_tape *tape, dw_manifest_line_fn *fn, void *ctx,
                                               struct dw_error *err);
/** Keep a digest; *out_row is its row. */
DW_MUST_CHECK dw_status dw_check_manifest_keep(struct dw_check_manifest *manifest,
                                               const uint8_t sha256[DW_SHA256_SIZE],
                                               uint32_t *out_row, struct dw_error *err);
void dw_check_manifest_done(struct dw_check_manifest *manifest);

#endif
