#include "dicom/scan.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/limits.h"
#include "dicom/gather.h"
#include "dicom/identity.h"
#include "dicom/parser.h"
#include "dicom/source.h"

dw_status dw_scan_fd(int fd, const struct dw_scan_opts *opts, dw_element_fn *fn, void *ctx,
                     struct dw_error *err)
{
    struct dw_scan_source from;
    dw_status st = dw_source_of_fd(&fd, &from, err);
    return st == DW_OK ? dw_scan_read(&from, opts, fn, ctx, err) : st;
}

dw_status dw_scan_read(const struct dw_scan_source *source, const struct dw_scan_opts *opts,
                       dw_element_fn *fn, void *ctx, struct dw_error *err)
{
    return dw_parse(source, opts, DW_SCAN_VALUE_MAX, fn, ctx, NULL, err);
}

dw_status dw_scan_object(int fd, const struct dw_scan_opts *opts, struct dw_object *out,
                         struct dw_buf *record, struct dw_error *err)
{
    struct dw_gather *gather = malloc(sizeof *gather);
    if (!gather)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_gather_init(gather);
    struct dw_stream stream;
    struct dw_object object;
    struct dw_scan_source from;
    dw_object_init(&object);
    dw_status st = dw_source_of_fd(&fd, &from, err);
    if (st == DW_OK)
        st = dw_parse(&from, opts, DW_GATHER_VALUE_MAX, dw_gather_element, gather, &stream, err);
    if (st == DW_OK)
        st = dw_identity_fill(gather, &object, err);
    if (st == DW_OK && record)
        st = dw_identity_record(gather, &object, record, err);
    if (st != DW_OK)
        goto out;
    memcpy(object.transfer_syntax, stream.transfer_syntax, sizeof object.transfer_syntax);
    object.has_meta = stream.has_meta;
    object.dataset_offset = stream.dataset_offset;
    object.size_bytes = stream.size_bytes;
    *out = object;
out:
    dw_gather_done(gather);
    free(gather);
    return st;
}

dw_status dw_scan_object_path(const char *path, const struct dw_scan_opts *opts,
                              struct dw_object *out, struct dw_buf *record, struct dw_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        int errnum = errno;
        return dw_error_set(err, dw_status_from_errno(errnum), "open: %s", strerror(errnum));
    }
    dw_status st = dw_scan_object(fd, opts, out, record, err);
    close(fd);
    return st;
}
