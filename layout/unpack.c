#include "layout/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

#define COPY_BYTES (256 * 1024)
#define MANIFEST_MAX (256ULL * 1024 * 1024)

struct unpack {
    const char *folder;
    const char *link_unless; /* NULL: no links */
    struct dw_buf manifest;
    dw_sha256 *sha;
    uint8_t *buf;
    uint64_t done, total;
    char made[DW_PATH_MAX]; /* folder made last: files come folder by folder */
};

static dw_status make_parent(struct unpack *unpack, const char *path, struct dw_error *err)
{
    char parent[DW_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!dw_text_format(parent, sizeof parent, "%.*s", (int)(slash - path), path))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is too long");
    if (strcmp(parent, unpack->made) == 0)
        return DW_OK;
    memcpy(unpack->made, parent, sizeof parent);
    return dw_file_make_dirs(parent, err);
}

/* Copies (out < 0: not) and hashes; *out_size is what was there. */
static dw_status copy_bytes(struct unpack *unpack, int in, int out, const char *path,
                            uint64_t *out_size, struct dw_error *err)
{
    *out_size = 0;
    dw_sha256_start(unpack->sha);
    for (;;) {
        ssize_t n = read(in, unpack->buf, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dw_error_set(err, dw_status_from_errno(errno), "read the source of '%s': %s", path,
                                strerror(errno));
        if (n == 0)
            return DW_OK;
        dw_sha256_add(unpack->sha, unpack->buf, (size_t)n);
        dw_status st = DW_OK;
        if (out >= 0)
            st = dw_file_write_all(NULL, out, unpack->buf, (size_t)n, path, err);
        if (st != DW_OK)
            return st;
        *out_size += (uint64_t)n;
    }
}

/* One more name of the source instead of a copy; false where that cannot be. */
static bool link_file(const struct unpack *unpack, const char *src, const char *path)
{
    const char *own = unpack->link_unless;
    return own && strncmp(src, own, strlen(own)) != 0 &&
           linkat(AT_FDCWD, src, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

static dw_status copy_file(struct unpack *unpack, const struct dw_tree_file *file, const char *path,
                           struct dw_error *err)
{
    uint8_t hash[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    uint64_t size = 0;
    int in = open(file->src_path, O_RDONLY | O_CLOEXEC), out = -1;
    dw_status st = DW_OK;
    if (in < 0) {
        st = dw_error_set(err, dw_status_from_errno(errno), "open the source of '%s': %s",
                          file->disc_path, strerror(errno));
        goto out;
    }
    if (!link_file(unpack, file->src_path, path) &&
        (out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0) {
        st = dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", path, strerror(errno));
        goto out;
    }
    st = copy_bytes(unpack, in, out, file->disc_path, &size, err);
    if (st != DW_OK)
        goto out;
    dw_sha256_end(unpack->sha, hash);
    if (size != file->size_bytes ||
        (file->has_sha256 && memcmp(hash, file->sha256, sizeof hash) != 0)) {
        st = dw_error_set(err, DW_ERR_CONFLICT, "the source of '%s' changed", file->disc_path);
        goto out;
    }
    dw_text_hex(hash, sizeof hash, hex);
    dw_buf_addf(&unpack->manifest, "%s  %s\r\n", hex, file->disc_path + 1);
    unpack->done += size;
out:
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return st;
}

static dw_status write_manifest(struct unpack *unpack, const char *path, struct dw_error *err)
{
    dw_status st = dw_buf_check(&unpack->manifest, "the manifest", err);
    if (st != DW_OK)
        return st;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", path,
                            strerror(errno));
    st = dw_file_write_all(NULL, fd, unpack->manifest.data, unpack->manifest.size, path, err);
    close(fd);
    return st;
}

static dw_status unpack_one(struct unpack *unpack, const struct dw_tree_file *file,
                            struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (!dw_text_format(path, sizeof path, "%s%s", unpack->folder, file->disc_path))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is too long");
    dw_status st = make_parent(unpack, path, err);
    if (st != DW_OK)
        return st;
    return file->src_path ? copy_file(unpack, file, path, err) : write_manifest(unpack, path, err);
}

dw_status dw_unpack_tree(const dw_tree *tree, const char *folder, const char *link_unless,
                         dw_progress_fn *progress, void *ctx, struct dw_error *err)
{
    struct unpack unpack = {.folder = folder, .link_unless = link_unless,
                            .sha = dw_sha256_new(), .buf = malloc(COPY_BYTES)};
    size_t count = dw_tree_file_count(tree);
    struct dw_tree_file file;
    dw_status st = DW_OK;
    dw_buf_init(&unpack.manifest, MANIFEST_MAX);
    if (!unpack.buf)
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for copying");
    for (size_t i = 0; st == DW_OK && i < count; i++) {
        dw_tree_file(tree, i, &file);
        unpack.total += file.size_bytes;
    }
    for (size_t i = 0; st == DW_OK && i < count; i++) { /* the manifest comes last */
        dw_tree_file(tree, i, &file);
        st = unpack_one(&unpack, &file, err);
        if (st == DW_OK && progress)
            st = progress(ctx, unpack.done, unpack.total, err);
    }
    dw_buf_done(&unpack.manifest);
    dw_sha256_free(unpack.sha);
    free(unpack.buf);
    return st;
}
