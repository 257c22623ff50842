/* transcode {items [{number, src, dst, transfer_syntax}], transfer_syntax}: one answer for each item, whose
 * own transfer_syntax goes before the task's; an item that cannot be done does not stop the others. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "dicom/dcmtk/transcode.h"
#include "dicom/scan.h"
#include "programs/work/task.h"

#define SEND_TIMEOUT_MS 30000
#define READ_BYTES (256 * 1024)

static dw_status hash_fd(int fd, uint8_t sha256[DW_SHA256_SIZE], struct dw_error *err)
{
    dw_status st = DW_OK;
    uint8_t *buffer = malloc(READ_BYTES);
    dw_sha256 *sha = dw_sha256_new();
    off_t at = 0;
    dw_sha256_start(sha);
    while (buffer) {
        ssize_t n = pread(fd, buffer, READ_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            st = dw_error_set(err, DW_ERR_IO, "read back: %s", strerror(errno));
        if (n <= 0)
            break;
        dw_sha256_add(sha, buffer, (size_t)n);
        at += n;
    }
    if (!buffer)
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_sha256_end(sha, sha256);
    dw_sha256_free(sha);
    free(buffer);
    return st;
}

/* What was written is what is described: scanned and hashed from the file, not from memory. */
static dw_status describe(const char *dst, json_t *answer, struct dw_buf *record,
                          struct dw_error *err)
{
    struct dw_object object;
    uint8_t sha256[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    int fd = open(dst, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", dst,
                            strerror(errno));
    dw_status st = dw_scan_object(fd, NULL, &object, record, err);
    if (st == DW_OK)
        st = hash_fd(fd, sha256, err);
    close(fd);
    if (st != DW_OK)
        return st;
    dw_text_hex(sha256, sizeof sha256, hex);
    json_object_set_new(answer, "sha256", json_string(hex));
    json_object_set_new(answer, "size_bytes", json_integer((json_int_t)object.size_bytes));
    json_object_set_new(answer, "object", dw_object_to_json(&object));
    return DW_OK;
}

static dw_status one(dw_channel *channel, const json_t *item, const char *transfer_syntax,
                     struct dw_buf *record, struct dw_error *err)
{
    struct dw_error item_err = {0};
    json_t *more = json_object();
    const char *src = dw_json_text(item, "src"), *dst = dw_json_text(item, "dst");
    const char *own = dw_json_text(item, "transfer_syntax");
    const char *target = *own ? own : transfer_syntax;
    dw_buf_reset(record);
    dw_status st = *src && *dst && *target
                       ? dw_transcode_file(src, dst, target, &item_err)
                       : dw_error_set(&item_err, DW_ERR_INVALID,
                                      "item without src, dst or transfer_syntax");
    if (st == DW_OK)
        st = describe(dst, more, record, &item_err);
    json_t *answer = dw_json_from_error("item", st, &item_err);
    json_object_set_new(answer, "number", json_integer(dw_json_int(item, "number", 0)));
    json_object_update_missing(answer, more);
    json_decref(more);
    bool good = st == DW_OK;
    return dw_channel_send(channel, answer, good ? record->data : NULL, good ? record->size : 0, NULL,
                           0, SEND_TIMEOUT_MS, err);
}

dw_status dw_task_transcode(dw_channel *channel, const json_t *task, json_t *result,
                            struct dw_error *err)
{
    const json_t *items = json_object_get(task, "items");
    const char *transfer_syntax = dw_json_text(task, "transfer_syntax");
    struct dw_buf record;
    (void)result;
    if (!json_is_array(items))
        return dw_error_set(err, DW_ERR_INVALID, "transcode: no items");
    dw_buf_init(&record, DW_RECORD_MAX);
    dw_status st = DW_OK;
    size_t total = json_array_size(items);
    for (size_t i = 0; i < total && st == DW_OK; i++) {
        st = one(channel, json_array_get(items, i), transfer_syntax, &record, err);
        if (st == DW_OK)
            st = dw_task_progress(channel, "transcoding", i + 1, total, err);
    }
    dw_buf_done(&record);
    return st;
}
