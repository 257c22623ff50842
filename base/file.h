/** Files that are there whole or not at all, and the seam through which a test makes a disk fail. */
#ifndef DW_BASE_FILE_H
#define DW_BASE_FILE_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The calls a disk can fail in. NULL where a struct dw_disk * is taken means the real one. */
struct dw_disk {
    ssize_t (*write)(void *ctx, int fd, const void *data, size_t size);
    int (*fsync)(void *ctx, int fd);
    int (*rename)(void *ctx, const char *from, const char *to);
    int64_t (*free_bytes)(void *ctx, const char *path); /**< for unprivileged users; -1: errno */
    void *ctx;
};
extern const struct dw_disk dw_disk_real;

/** All of data to fd. DW_ERR_NO_SPACE, DW_ERR_IO. `name` is only for the sentence. */
DW_MUST_CHECK dw_status dw_file_write_all(const struct dw_disk *disk, int fd, const void *data,
                                          size_t size, const char *name, struct dw_error *err);
/** fsync(fd), rename part to path, fsync the folder. The caller still owns fd. On failure part is left. */
DW_MUST_CHECK dw_status dw_file_publish(const struct dw_disk *disk, int fd, const char *part,
                                        const char *path, struct dw_error *err);
/** data under its final name, mode 0600: written as "path.part" (O_EXCL after removing a leftover),
 *  published, or removed again. */
DW_MUST_CHECK dw_status dw_file_save(const struct dw_disk *disk, const char *path, const void *data,
                                     size_t size, struct dw_error *err);
/** The whole file, at most max bytes (DW_ERR_LIMIT). buf is reset first. */
DW_MUST_CHECK dw_status dw_file_read_all(const char *path, size_t max, struct dw_buf *buf,
                                         struct dw_error *err);
/** mkdir -p with mode 0700 for what is made. */
DW_MUST_CHECK dw_status dw_file_make_dirs(const char *path, struct dw_error *err);
/** rm -rf that never follows a symbolic link; a missing path is fine. */
DW_MUST_CHECK dw_status dw_file_remove_tree(const char *path, struct dw_error *err);
DW_MUST_CHECK dw_status dw_file_sync_dir(const struct dw_disk *disk, const char *dir,
                                         struct dw_error *err);

/** Called for each regular file, symbolic links not followed, in byte order of the names. `rel` is
 *  relative to the root. Anything but DW_OK ends the walk and is returned. */
typedef dw_status dw_walk_fn(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                             struct dw_error *err);
/** root may be a file (rel is its base name). Folders deeper than 64 levels: DW_ERR_LIMIT. */
DW_MUST_CHECK dw_status dw_file_walk(const char *root, dw_walk_fn *fn, void *ctx,
                                     struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
