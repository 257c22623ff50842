#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.h"

static ssize_t real_write(void *ctx, int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static int real_fsync(void *ctx, int fd)
{
    return fsync(fd);
}

static int real_rename(void *ctx, const char *from, const char *to)
{
    return rename(from, to);
}

static int64_t real_free_bytes(void *ctx, const char *path)
{
    struct statvfs vfs;
    if (statvfs(path, &vfs) != 0)
        return -1;
    return (int64_t)vfs.f_bavail * (int64_t)vfs.f_frsize;
}

const struct dw_disk dw_disk_real = {
    .write = real_write,
    .fsync = real_fsync,
    .rename = real_rename,
    .free_bytes = real_free_bytes,
};

static dw_status errno_error(struct dw_error *err, const char *verb, const char *path)
{
    int saved = errno;
    return dw_error_set(err, dw_status_from_errno(saved), "%s '%s': %s", verb, path,
                        strerror(saved));
}

dw_status dw_file_write_all(const struct dw_disk *disk, int fd, const void *data, size_t size,
                            const char *name, struct dw_error *err)
{
    const char *p = data;
    disk = disk ? disk : &dw_disk_real;
    while (size > 0) {
        ssize_t n = disk->write(disk->ctx, fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno_error(err, "write", name);
        p += n;
        size -= (size_t)n;
    }
    return DW_OK;
}

static bool parent_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return dw_text_copy(out, size, ".");
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    if (n >= size)
        return false;
    memcpy(out, path, n);
    out[n] = '\0';
    return true;
}

dw_status dw_file_sync_dir(const struct dw_disk *disk, const char *dir, struct dw_error *err)
{
    disk = disk ? disk : &dw_disk_real;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno_error(err, "open folder", dir);
    dw_status st = DW_OK;
    if (disk->fsync(disk->ctx, fd) != 0)
        st = errno_error(err, "sync folder", dir);
    close(fd);
    return st;
}

dw_status dw_file_publish(const struct dw_disk *disk, int fd, const char *part, const char *path,
                          struct dw_error *err)
{
    char dir[DW_PATH_MAX];
    disk = disk ? disk : &dw_disk_real;
    if (!parent_of(path, dir, sizeof dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 1);
    if (disk->fsync(disk->ctx, fd) != 0)
        return errno_error(err, "sync", part);
    if (disk->rename(disk->ctx, part, path) != 0)
        return errno_error(err, "publish", path);
    return dw_file_sync_dir(disk, dir, err);
}

dw_status dw_file_save(const struct dw_disk *disk, const char *path, const void *data, size_t size,
                       struct dw_error *err)
{
    char part[DW_PATH_MAX];
    if (!dw_text_format(part, sizeof part, "%s.part", path))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 6);
    if (unlink(part) != 0 && errno != ENOENT)
        return errno_error(err, "remove", part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno_error(err, "create", part);

    dw_status st = dw_file_write_all(disk, fd, data, size, part, err);
    if (st == DW_OK)
        st = dw_file_publish(disk, fd, part, path, err);
    close(fd);
    if (st != DW_OK)
        unlink(part);
    return st;
}

dw_status dw_file_read_all(const char *path, size_t max, struct dw_buf *buf, struct dw_error *err)
{
    dw_buf_reset(buf);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno_error(err, "open", path);
    dw_status st = DW_OK;
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            st = errno_error(err, "read", path);
            break;
        }
        if (n == 0)
            break;
        if (buf->size + (size_t)n > max) {
            st = dw_error_set(err, DW_ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
            break;
        }
        dw_buf_add(buf, chunk, (size_t)n);
    }
    close(fd);
    return st != DW_OK ? st : dw_buf_check(buf, path, err);
}

dw_status dw_file_make_dirs(const char *path, struct dw_error *err)
{
    char partial[DW_PATH_MAX];
    if (!dw_text_copy(partial, sizeof partial, path))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 1);
    for (char *p = partial + 1; partial[0]; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char was = *p;
        *p = '\0';
        struct stat sb;
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return errno_error(err, "make folder", partial);
        if (stat(partial, &sb) != 0)
            return errno_error(err, "look at", partial);
        if (!S_ISDIR(sb.st_mode))
            return dw_error_set(err, DW_ERR_CONFLICT, "'%s' is not a folder", partial);
        *p = was;
        if (was == '\0')
            break;
    }
    return DW_OK;
}
