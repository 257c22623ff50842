#include "burn/image/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    int fd;
};

static dw_status read_file(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const struct file *file = ctx;
    char *p = out;
    size_t left = (size_t)count * DW_BLOCK_SIZE;
    off_t at = (off_t)lba * DW_BLOCK_SIZE;
    while (left > 0) {
        ssize_t n = pread(file->fd, p, left, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dw_error_set(err, DW_ERR_IO, "read block %lld: %s",
                                (long long)(at / DW_BLOCK_SIZE),
                                n < 0 ? strerror(errno) : "the image ends there");
        p += n;
        at += n;
        left -= (size_t)n;
    }
    return DW_OK;
}

dw_status dw_blocks_open_file(const char *path, struct dw_blocks *out, struct dw_error *err)
{
    struct stat sb;
    struct file *file = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    dw_status st = DW_OK;
    off_t size = 0;
    if (fstat(fd, &sb) != 0)
        st = dw_error_set(err, DW_ERR_IO, "look at '%s': %s", path, strerror(errno));
    else if (!S_ISREG(sb.st_mode) && !S_ISBLK(sb.st_mode))
        st = dw_error_set(err, DW_ERR_INVALID, "'%s' is not a regular file", path);
    else if ((size = S_ISBLK(sb.st_mode) ? lseek(fd, 0, SEEK_END) : sb.st_size) < 0)
        st = dw_error_set(err, DW_ERR_IO, "size of '%s': %s", path, strerror(errno));
    else if (size / DW_BLOCK_SIZE > UINT32_MAX)
        st = dw_error_set(err, DW_ERR_LIMIT, "'%s' has more blocks than any disc", path);
    else if (!(file = malloc(sizeof *file)))
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (st != DW_OK) {
        close(fd);
        return st;
    }
    file->fd = fd;
    *out = (struct dw_blocks){
        .read = read_file, .count = (uint32_t)(size / DW_BLOCK_SIZE), .ctx = file};
    return DW_OK;
}

void dw_blocks_close_file(struct dw_blocks *blocks)
{
    struct file *file = blocks->ctx;
    if (!file)
        return;
    close(file->fd);
    free(file);
    *blocks = (struct dw_blocks){0};
}
