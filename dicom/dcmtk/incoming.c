#include "dicom/dcmtk/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define BUFFER_BYTES (256 * 1024)          /* small PDVs are gathered, large ones go straight out */
#define WRITE_BEHIND_BYTES (4 * 1024 * 1024) /* then the kernel starts writing before fsync asks */
#define SPACE_CHECK_BYTES (16 * 1024 * 1024)

struct dw_incoming {
    const struct dw_disk *disk;
    char *spool;
    uint64_t reserve_bytes;
    dw_sha256 *sha;
    struct dw_buf meta;
    uint8_t *buffer;
    size_t buffered;
    uint64_t written, started, next_space_check;
    int fd;
    bool publishing; /* from here on the file may carry its final name */
    int64_t folder_made; /* number / 1000 of the folder that surely exists; -1 none */
    char part[DW_PATH_MAX], path[DW_PATH_MAX];
};

dw_status dw_incoming_new(const struct dw_disk *disk, const char *spool, uint64_t reserve_bytes,
                          dw_incoming **out, struct dw_error *err)
{
    dw_incoming *in = calloc(1, sizeof *in);
    if (in) {
        in->fd = -1;
        in->spool = strdup(spool);
        in->buffer = malloc(BUFFER_BYTES);
    }
    if (!in || !in->spool || !in->buffer) {
        dw_incoming_free(in);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    in->disk = disk ? disk : &dw_disk_real;
    in->reserve_bytes = reserve_bytes;
    in->folder_made = -1;
    in->sha = dw_sha256_new();
    dw_buf_init(&in->meta, 4096);
    *out = in;
    return DW_OK;
}

void dw_incoming_free(dw_incoming *in)
{
    if (!in)
        return;
    dw_incoming_abandon(in);
    dw_sha256_free(in->sha);
    dw_buf_done(&in->meta);
    free(in->buffer);
    free(in->spool);
    free(in);
}

static dw_status check_space(dw_incoming *in, struct dw_error *err)
{
    int64_t free_bytes = in->disk->free_bytes(in->disk->ctx, in->spool);
    if (free_bytes < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "free space of the spool: %s",
                            strerror(errno));
    if ((uint64_t)free_bytes < in->reserve_bytes)
        return dw_error_set(err, DW_ERR_NO_SPACE,
                            "spool has %" PRId64 " MB free, %" PRIu64 " MB are kept in reserve",
                            free_bytes / 1000000, in->reserve_bytes / 1000000);
    return DW_OK;
}

/* The folder must be durable before the first file in it is. Who made it may be another association that
 * has not come to its fsync, or died before it: each syncs the entry once for itself. */
static dw_status make_folder(dw_incoming *in, int64_t folder, struct dw_error *err)
{
    if (folder == in->folder_made)
        return DW_OK;
    char path[DW_PATH_MAX];
    if (!dw_text_format(path, sizeof path, "%s/%" PRId64, in->spool, folder))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the spool is too long");
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", path,
                            strerror(errno));
    dw_status st = dw_file_sync_dir(in->disk, in->spool, err);
    if (st == DW_OK)
        in->folder_made = folder;
    return st;
}

dw_status dw_incoming_begin(dw_incoming *in, int64_t number, const struct dw_meta *meta,
                            struct dw_error *err)
{
    dw_incoming_keep(in);
    int64_t folder = number / 1000;
    if (!dw_text_format(in->path, sizeof in->path, "%s/%" PRId64 "/%" PRId64, in->spool, folder,
                        number) ||
        !dw_text_format(in->part, sizeof in->part, "%s.part", in->path))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the spool is too long");
    dw_status st = dw_meta_build(meta, &in->meta, err);
    if (st == DW_OK)
        st = check_space(in, err);
    if (st == DW_OK)
        st = make_folder(in, folder, err);
    if (st != DW_OK)
        return st;

    struct stat sb;
    if (lstat(in->path, &sb) == 0) /* a number is used once; never over an object that is there */
        return dw_error_set(err, DW_ERR_CONFLICT, "'%s' is there already", in->path);

    in->fd = open(in->part, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (in->fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", in->part,
                            strerror(errno));
    in->buffered = 0;
    in->written = in->started = 0;
    in->next_space_check = SPACE_CHECK_BYTES;
    in->publishing = false;
    dw_sha256_start(in->sha);
    st = dw_incoming_add(in, in->meta.data, in->meta.size, err);
    if (st != DW_OK)
        dw_incoming_abandon(in);
    return st;
}

static dw_status write_out(dw_incoming *in, const void *data, size_t size, struct dw_error *err)
{
    dw_status st = dw_file_write_all(in->disk, in->fd, data, size, in->part, err);
    if (st != DW_OK)
        return st;
    in->written += size;
    if (in->written - in->started >= WRITE_BEHIND_BYTES) {
        (void)sync_file_range(in->fd, (off_t)in->started, (off_t)(in->written - in->started),
                              SYNC_FILE_RANGE_WRITE);
        in->started = in->written;
    }
    if (in->written >= in->next_space_check) {
        in->next_space_check = in->written + SPACE_CHECK_BYTES;
        st = check_space(in, err);
    }
    return st;
}

dw_status dw_incoming_flush(dw_incoming *in, struct dw_error *err)
{
    if (in->buffered == 0)
        return DW_OK;
    size_t size = in->buffered;
    in->buffered = 0;
    return write_out(in, in->buffer, size, err);
}

dw_status dw_incoming_add(dw_incoming *in, const void *data, size_t size, struct dw_error *err)
{
    if (size == 0)
        return DW_OK;
    dw_sha256_add(in->sha, data, size);
    if (in->buffered + size <= BUFFER_BYTES) {
        memcpy(in->buffer + in->buffered, data, size);
        in->buffered += size;
        return DW_OK;
    }
    dw_status st = dw_incoming_flush(in, err);
    if (st != DW_OK)
        return st;
    if (size >= BUFFER_BYTES)
        return write_out(in, data, size, err);
    memcpy(in->buffer, data, size);
    in->buffered = size;
    return DW_OK;
}

const char *dw_incoming_path(const dw_incoming *in)
{
    return in->path;
}

int dw_incoming_fd(const dw_incoming *in)
{
    return in->fd;
}

dw_status dw_incoming_publish(dw_incoming *in, uint8_t sha256[DW_SHA256_SIZE], struct dw_error *err)
{
    dw_status st = dw_incoming_flush(in, err);
    if (st != DW_OK)
        return st;
    in->publishing = true;
    st = dw_file_publish(in->disk, in->fd, in->part, in->path, err);
    if (st == DW_OK)
        dw_sha256_end(in->sha, sha256);
    return st;
}

void dw_incoming_abandon(dw_incoming *in)
{
    if (in->fd < 0)
        return;
    unlink(in->part);
    if (in->publishing)
        unlink(in->path);
    dw_incoming_keep(in);
}

void dw_incoming_keep(dw_incoming *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}
