/* A whole plan into an image file: the workers write their slabs themselves. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "burn/image/stream_private.h"

#define FLUSH_BYTES (16ULL << 20) /* write-back begins this early, so that the final fsync finds little */
#define LOOK_MS 100

/* Copying into the page cache costs a fifth of all the time there is, so slabs go around it where the file
 * system allows. Workers wait for the disk then, which is why there are more of them than cores. */
#define DIRECT_ALIGN 4096
#define EXTRA_WORKERS 2

struct target {
    int fd;
    int direct_fd;    /* the same file past the page cache; -1: not wanted, or the file system cannot */
    bool synced;      /* someone waits for the disk at the end */
    const char *path; /* for the sentence */
};

static dw_status write_slab(void *ctx, uint32_t lba, const uint8_t *data, uint32_t blocks,
                            struct dw_error *err)
{
    const struct target *target = ctx;
    size_t left = (size_t)blocks * DW_BLOCK_SIZE;
    off_t at = (off_t)lba * DW_BLOCK_SIZE;
    int fd = left % DIRECT_ALIGN == 0 && target->direct_fd >= 0 ? target->direct_fd : target->fd;
    while (left > 0) {
        ssize_t n = pwrite(fd, data, left, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && fd != target->fd) {
            fd = target->fd; /* it allows direct writes, but wants them aligned otherwise */
            continue;
        }
        if (n < 0)
            return dw_error_set(err, dw_status_from_errno(errno), "write '%s': %s", target->path,
                                strerror(errno));
        data += n;
        at += n;
        left -= (size_t)n;
    }
    return DW_OK;
}

static dw_status create_part(const char *part, uint64_t size_bytes, int *out_fd, struct dw_error *err)
{
    if (unlink(part) != 0 && errno != ENOENT)
        return dw_error_set(err, dw_status_from_errno(errno), "remove '%s': %s", part,
                            strerror(errno));
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", part,
                            strerror(errno));
    /* A disk that is too full says so now. Not posix_fallocate(): where the file system cannot do it, that
     * one writes every block. */
    if (fallocate(fd, 0, 0, (off_t)size_bytes) != 0 && (errno == ENOSPC || errno == EDQUOT)) {
        dw_status st = dw_error_set(err, DW_ERR_NO_SPACE, "no room for the %llu bytes of '%s'",
                                    (unsigned long long)size_bytes, part);
        close(fd);
        unlink(part);
        return st;
    }
    *out_fd = fd;
    return DW_OK;
}

/* Sleeps until a slab was written, something failed, or LOOK_MS are over. */
static dw_status await_progress(dw_stream *stream, uint32_t *sunk, struct dw_error *err)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&stream->lock);
    while (stream->sunk < stream->slab_count && stream->failed == DW_OK &&
           pthread_cond_timedwait(&stream->changed, &stream->lock, &until) == 0)
        ;
    *sunk = stream->sunk;
    dw_status st = stream->failed == DW_OK ? DW_OK : dw_stream_failure(stream, err);
    pthread_mutex_unlock(&stream->lock);
    return st;
}

static dw_status pump(dw_stream *stream, const struct target *target, dw_progress_fn *progress,
                      void *ctx, struct dw_error *err)
{
    uint64_t total = (uint64_t)stream->blocks * DW_BLOCK_SIZE, flushed = 0;
    uint32_t sunk = 0;
    dw_status st = dw_stream_start(stream, target->direct_fd >= 0 ? EXTRA_WORKERS : 0, err);
    while (st == DW_OK && sunk < stream->slab_count) {
        st = await_progress(stream, &sunk, err);
        uint64_t done = (uint64_t)sunk * DW_SLAB_BYTES;
        done = done < total ? done : total;
        if (st == DW_OK && target->synced && target->direct_fd < 0 && done - flushed >= FLUSH_BYTES) {
            /* Only a hint: what is not yet there will be flushed by the next one or by fsync. */
            sync_file_range(target->fd, (off_t)flushed, (off_t)(done - flushed),
                            SYNC_FILE_RANGE_WRITE);
            flushed = done;
        }
        if (st == DW_OK && progress)
            st = progress(ctx, done, total, err);
    }
    dw_stream_stop(stream);
    return st;
}

static dw_status publish(const struct dw_image_file *image, int fd, const char *part,
                         struct dw_error *err)
{
    if (!image->not_synced)
        return dw_file_publish(NULL, fd, part, image->path, err);
    if (rename(part, image->path) == 0)
        return DW_OK;
    return dw_error_set(err, dw_status_from_errno(errno), "publish '%s': %s", image->path,
                        strerror(errno));
}

static dw_status write_part(dw_stream *stream, const struct dw_image_file *image, const char *part,
                            struct target *target, dw_progress_fn *progress, void *ctx,
                            struct dw_error *err)
{
    if (!image->chunks_path) {
        free(stream->crc);
        stream->crc = NULL;
    }
    if (!image->not_synced)
        target->direct_fd = open(part, O_WRONLY | O_DIRECT | O_CLOEXEC);
    stream->sink = write_slab;
    stream->sink_ctx = target;
    dw_status st = pump(stream, target, progress, ctx, err);
    if (st == DW_OK && image->chunks_path)
        st = dw_stream_save_chunks(stream, image->chunks_path, err);
    if (target->direct_fd >= 0)
        close(target->direct_fd);
    return st;
}

dw_status dw_stream_write_image(const dw_plan *plan, const struct dw_image_file *image,
                                dw_progress_fn *progress, void *ctx, dw_stream **out,
                                struct dw_error *err)
{
    char part[DW_PATH_MAX];
    dw_stream *stream = NULL;
    struct target target = {
        .fd = -1, .direct_fd = -1, .synced = !image->not_synced, .path = image->path};
    if (!dw_text_format(part, sizeof part, "%s.part", image->path))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 6);
    dw_status st = create_part(part, dw_plan_size_bytes(plan), &target.fd, err);
    if (st != DW_OK)
        return st;
    st = dw_stream_new(plan, &stream, err);
    if (st == DW_OK)
        st = write_part(stream, image, part, &target, progress, ctx, err);
    if (st != DW_OK)
        goto out;
    st = publish(image, target.fd, part, err);
    if (st != DW_OK && image->chunks_path)
        unlink(image->chunks_path);
out:
    close(target.fd);
    if (st != DW_OK)
        unlink(part);
    if (st == DW_OK && out)
        *out = stream;
    else
        dw_stream_free(stream);
    return st;
}

dw_status dw_stream_to_file(const dw_plan *plan, const char *path, const char *chunks_path,
                            dw_progress_fn *progress, void *ctx, dw_stream **out,
                            struct dw_error *err)
{
    const struct dw_image_file image = {.path = path, .chunks_path = chunks_path};
    return dw_stream_write_image(plan, &image, progress, ctx, out, err);
}
