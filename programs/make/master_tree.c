#include "programs/make/master_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"

#define SHOWN_MAX 100 /* bytes of a path in a sentence */

struct walk {
    dw_tree *tree;
    struct master_folder *folder;
    size_t root_length; /* of path: behind it begins the path on the disc */
    struct stat out;    /* st_ino 0: not there yet */
    size_t strange;     /* neither files nor folders */
    char first_strange[SHOWN_MAX];
    const char *strange_kind;
    char path[DW_PATH_MAX];
};

/* For a sentence: what a terminal might take for a command is not shown. */
static void show_path(const struct walk *walk, char out[SHOWN_MAX])
{
    const char *rel = walk->path + walk->root_length + 1;
    size_t n = strlen(rel), skip = n >= SHOWN_MAX ? n - SHOWN_MAX + 1 : 0;
    for (size_t i = 0; i <= n - skip; i++) {
        unsigned char c = (unsigned char)rel[skip + i];
        out[i] = (char)(c != 0 && (c < 0x20 || c == 0x7F) ? '?' : c);
    }
    for (size_t i = 0; !dw_text_is_utf8(out, n - skip) && i < n - skip; i++)
        out[i] = (char)((unsigned char)out[i] < 0x80 ? out[i] : '?');
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static const char *kind_of(mode_t mode)
{
    return S_ISLNK(mode)    ? "a symbolic link"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

static dw_status add_file(struct walk *walk, const struct stat *sb, struct dw_error *err)
{
    const char *disc_path = walk->path + walk->root_length;
    size_t i = dw_tree_file_count(walk->tree);
    if (walk->out.st_ino == sb->st_ino && walk->out.st_dev == sb->st_dev && walk->out.st_ino != 0)
        return dw_error_set(err, DW_ERR_INVALID, "the image would lie in the folder it is made of");
    dw_status st = dw_tree_add(walk->tree, walk->path, disc_path, (uint64_t)sb->st_size, NULL, err);
    if (st != DW_OK)
        return st;
    int64_t modified_s = sb->st_mtim.tv_sec;
    int64_t latest_s = walk->folder->latest_s;
    dw_tree_set_modified(walk->tree, i, modified_s < latest_s ? modified_s : latest_s);
    return DW_OK;
}

static dw_status take_entry(struct walk *walk, unsigned level, bool *is_folder,
                            struct dw_error *err)
{
    struct stat sb;
    char shown[SHOWN_MAX];
    const char *disc_path = walk->path + walk->root_length;
    *is_folder = false;
    if (lstat(walk->path, &sb) != 0) {
        int why = errno;
        show_path(walk, shown);
        return dw_error_set(err, dw_status_from_errno(why), "look at '%s': %s", shown,
                            strerror(why));
    }
    *is_folder = S_ISDIR(sb.st_mode);
    if (!*is_folder && !S_ISREG(sb.st_mode)) {
        if (walk->strange++ == 0) {
            show_path(walk, walk->first_strange);
            walk->strange_kind = kind_of(sb.st_mode);
        }
        return DW_OK;
    }
    if (!dw_text_is_utf8(disc_path, strlen(disc_path))) {
        show_path(walk, shown);
        return dw_error_set(err, DW_ERR_INVALID, "the name '%s' is not UTF-8", shown);
    }
    unsigned own = level + *is_folder; /* the root is level 1, and what lies in it is no deeper */
    walk->folder->levels = own > walk->folder->levels ? own : walk->folder->levels;
    return *is_folder ? dw_tree_add_folder(walk->tree, disc_path, err) : add_file(walk, &sb, err);
}

static dw_status walk_folder(struct walk *walk, unsigned level, struct dw_error *err);

/* Bounded by DW_TREE_DEEP_LEVELS_MAX: the tree refuses what is deeper. entries: those that are
 * folders stay, the others become NULL. */
static dw_status walk_entries(struct walk *walk, unsigned level, struct dirent **entries, int count,
                              struct dw_error *err)
{
    dw_status st = DW_OK;
    size_t length = strlen(walk->path);
    for (int pass = 0; st == DW_OK && pass < 2; pass++)
        for (int i = 0; st == DW_OK && i < count; i++) {
            bool is_folder = pass == 1;
            if (!entries[i])
                continue;
            if (!dw_text_format(walk->path + length, sizeof walk->path - length, "/%s",
                                entries[i]->d_name))
                st = dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d bytes",
                                  DW_PATH_MAX - 1);
            else if (pass == 0)
                st = take_entry(walk, level, &is_folder, err);
            else
                st = walk_folder(walk, level + 1, err);
            walk->path[length] = '\0';
            if (!is_folder) {
                free(entries[i]);
                entries[i] = NULL;
            }
        }
    return st;
}

static dw_status walk_folder(struct walk *walk, unsigned level, struct dw_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(walk->path, &entries, not_dots, by_bytes);
    if (count < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open folder '%.100s': %s",
                            walk->path, strerror(errno));
    dw_status st = walk_entries(walk, level, entries, count, err);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return st;
}

dw_status master_tree_fill(dw_tree *tree, struct master_folder *folder, struct dw_error *err)
{
    struct walk walk = {.tree = tree, .folder = folder};
    struct stat sb;
    if (!dw_text_copy(walk.path, sizeof walk.path, folder->dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the path is longer than %d bytes", DW_PATH_MAX - 1);
    if (stat(walk.path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "'%s': %s", folder->dir,
                            strerror(errno));
    if (!S_ISDIR(sb.st_mode))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is not a folder", folder->dir);
    if (stat(folder->out, &walk.out) != 0)
        walk.out.st_ino = 0;
    size_t length = strlen(walk.path);
    while (length > 0 && walk.path[length - 1] == '/')
        walk.path[--length] = '\0';
    walk.root_length = length;
    if (length == 0 && !dw_text_copy(walk.path, sizeof walk.path, "/."))
        return DW_ERR_INTERNAL;
    walk.root_length = strlen(walk.path);
    dw_status st = walk_folder(&walk, 1, err);
    if (st == DW_OK && walk.strange > 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "'%s' is %s (%zu such in all): an image holds files "
                            "and folders alone",
                            walk.first_strange, walk.strange_kind, walk.strange);
    if (st == DW_OK && dw_tree_file_count(tree) + dw_tree_folder_count(tree) == 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no file in '%s'", folder->dir);
    return st;
}
