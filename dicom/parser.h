/** The element machine under dw_scan_fd() and dw_scan_object(). Inside this library only. */
#ifndef DW_DICOM_PARSER_H
#define DW_DICOM_PARSER_H
#include "dicom/scan.h"

/** What the opening of a file says. */
struct dw_stream {
    char transfer_syntax[DW_UID_MAX]; /**< the one the data set is really in, as far as a UID can
                                         say it */
    bool has_meta;
    uint64_t dataset_offset;
    uint64_t size_bytes;
};

/** As dw_scan_read(); values above value_max (at most DW_SCAN_VALUE_MAX) are not read. stream may be
 * NULL. */
DW_MUST_CHECK dw_status dw_parse(const struct dw_scan_source *from, const struct dw_scan_opts *opts,
                                 uint32_t value_max, dw_element_fn *fn, void *ctx, struct dw_stream *stream,
                                 struct dw_error *err);

#endif
