/* Walking and removing folders (base/file.h): by file descriptor, never through a symbolic link. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define WALK_DEPTH_MAX 64

struct walk {
    dw_walk_fn *fn;
    void *ctx;
    size_t root_length;
    char path[DW_PATH_MAX];
};

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static dw_status walk_folder(struct walk *walk, unsigned depth, struct dw_error *err);

static dw_status walk_entry(struct walk *walk, unsigned depth, struct dw_error *err)
{
    struct stat sb;
    if (lstat(walk->path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "look at '%s': %s", walk->path,
                            strerror(errno));
    if (S_ISDIR(sb.st_mode))
        return walk_folder(walk, depth + 1, err);
    if (!S_ISREG(sb.st_mode))
        return DW_OK;
    return walk->fn(walk->ctx, walk->path, walk->path + walk->root_length, (uint64_t)sb.st_size,
                    err);
}

static dw_status walk_folder(struct walk *walk, unsigned depth, struct dw_error *err)
{
    if (depth > WALK_DEPTH_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "folders are nested deeper than %d levels",
                            WALK_DEPTH_MAX);
    struct dirent **entries = NULL;
    int count = scandir(walk->path, &entries, not_dots, by_bytes);
    if (count < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open folder '%s': %s", walk->path,
                            strerror(errno));
    dw_status st = DW_OK;
    size_t length = strlen(walk->path);
    for (int i = 0; i < count; i++) {
        if (st == DW_OK) {
            if (!dw_text_format(walk->path + length, sizeof walk->path - length, "/%s",
                                entries[i]->d_name))
                st = dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d bytes",
                                  DW_PATH_MAX - 1);
            else
                st = walk_entry(walk, depth, err);
            walk->path[length] = '\0';
        }
        free(entries[i]);
    }
    free(entries);
    return st;
}

dw_status dw_file_walk(const char *root, dw_walk_fn *fn, void *ctx, struct dw_error *err)
{
    struct walk walk = {.fn = fn, .ctx = ctx};
    struct stat sb;
    if (!dw_text_copy(walk.path, sizeof walk.path, root))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 1);
    size_t length = strlen(walk.path);
    while (length > 1 && walk.path[length - 1] == '/')
        walk.path[--length] = '\0';
    if (stat(walk.path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "'%s': %s", root, strerror(errno));
    if (S_ISDIR(sb.st_mode)) {
        walk.root_length = strcmp(walk.path, "/") == 0 ? 1 : length + 1;
        return walk_folder(&walk, 1, err);
    }
    if (!S_ISREG(sb.st_mode))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is neither a file nor a folder", root);
    const char *slash = strrchr(walk.path, '/');
    return fn(ctx, walk.path, slash ? slash + 1 : walk.path, (uint64_t)sb.st_size, err);
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

dw_status dw_file_remove_tree(const char *path, struct dw_error *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return DW_OK;
    return dw_error_set(err, dw_status_from_errno(errno), "remove '%s': %s", path,
                        strerror(errno));
}
