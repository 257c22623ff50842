/* A folder: what a file-set looks like before it is an image, or a disc that the system has mounted. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/limits.h"
#include "check/source_private.h"

#define ISOFS_MAGIC 0x9660
#define FOLDER_LEVELS_MAX 32

struct folder {
    int root;              /* descriptor of the folder */
    int file;              /* the file read last, -1: none */
    char file_path[DW_PATH_MAX];
    bool upper;            /* a mounted ISO 9660 disc: listed in upper case, opened in lower */
};

static void change_case(char *text, int (*change)(int))
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x80)
            *text = (char)change((unsigned char)*text);
}

/* openat2(RESOLVE_BENEATH) would say it in one call; O_NOFOLLOW on each component says the same here. */
static int open_beneath(int root, const char *path, int flags)
{
    char part[NAME_MAX + 1];
    int at = root, fd = -1;
    while (*path == '/')
        path++;
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= sizeof part) {
            errno = ENOENT;
            fd = -1;
            break;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        path += length;
        while (*path == '/')
            path++;
        int how = *path ? O_PATH | O_DIRECTORY : flags;
        fd = openat(at, part, how | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || !*path)
            break;
        if (at != root)
            close(at);
        at = fd;
    }
    if (at != root) {
        int saved = errno;
        close(at);
        errno = saved;
    }
    return fd;
}

static dw_status folder_read(void *state, const struct dw_check_source_entry *entry, uint64_t offset,
                             void *out, size_t size, struct dw_error *err)
{
    struct folder *folder = state;
    if (folder->file < 0 || strcmp(folder->file_path, entry->path) != 0) {
        if (folder->file >= 0)
            close(folder->file);
        char path[DW_PATH_MAX];
        folder->file = -1;
        if (!dw_text_copy(folder->file_path, sizeof folder->file_path, entry->path) ||
            !dw_text_copy(path, sizeof path, entry->path))
            return dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d bytes", DW_PATH_MAX);
        if (folder->upper)
            change_case(path, tolower);
        folder->file = open_beneath(folder->root, path, O_RDONLY | O_NONBLOCK);
        if (folder->file < 0)
            return dw_error_set(err, dw_status_from_errno(errno), "open: %s", strerror(errno));
    }
    for (uint8_t *to = out; size > 0;) {
        ssize_t got = pread(folder->file, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return dw_error_set(err, DW_ERR_IO, "read: %s", got ? strerror(errno) : "file shrank");
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return DW_OK;
}

static void folder_close(void *state)
{
    struct folder *folder = state;
    if (folder->file >= 0)
        close(folder->file);
    if (folder->root >= 0)
        close(folder->root);
    free(folder);
}

static const struct dw_check_source_ops folder_ops = {.read = folder_read, .close = folder_close};

struct listing {
    dw_check_source *source;
    bool upper;
    char path[DW_PATH_MAX];
};

struct names { /* of one folder: there may be a million in it */
    dw_spill *spill;
    char *text; /* zero-terminated, one after the other */
    size_t size, cap;
    uint32_t *at; /* into text */
    size_t count, at_cap;
};

static void names_done(struct names *names)
{
    dw_spill_drop(names->spill, names->text);
    dw_spill_drop(names->spill, names->at);
}

static bool make_room(dw_spill *spill, void **table, size_t *cap, size_t need, size_t item)
{
    size_t more = *cap ? *cap : 64;
    if (need <= *cap)
        return true;
    while (more < need)
        more *= 2;
    void *bigger = dw_spill_grow(spill, *table, *cap * item, more * item);
    if (!bigger)
        return false;
    *table = bigger;
    *cap = more;
    return true;
}

static dw_status put_name(struct names *names, const char *name, struct dw_error *err)
{
    size_t size = strlen(name) + 1;
    if (!make_room(names->spill, (void **)&names->text, &names->cap, names->size + size, 1) ||
        !make_room(names->spill, (void **)&names->at, &names->at_cap, names->count + 1, sizeof *names->at))
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy(names->text + names->size, name, size);
    names->at[names->count++] = (uint32_t)names->size;
    names->size += size;
    dw_spill_rest(names->spill);
    return DW_OK;
}

static int by_name(const void *a, const void *b, void *ctx)
{
    const struct names *names = ctx;
    dw_spill_rest(names->spill);
    return strcmp(names->text + *(const uint32_t *)a, names->text + *(const uint32_t *)b);
}

/* Sorted: the report of the same folder is always the same. No more than one too many: the source refuses that one. */
static dw_status read_names(DIR *folder, struct names *names, struct dw_error *err)
{
    dw_status st = DW_OK;
    while (st == DW_OK && names->count <= DW_TREE_ENTRIES_MAX) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno != 0)
            return dw_error_set(err, dw_status_from_errno(errno), "read a folder: %s", strerror(errno));
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            st = put_name(names, entry->d_name, err);
    }
    return st == DW_OK
               ? dw_spill_sort(names->spill, names->at, names->count, sizeof *names->at, by_name, names, err)
               : st;
}

static dw_status list_folder(struct listing *listing, int fd, unsigned level,
                             struct dw_error *err);

static dw_status list_entry(struct listing *listing, int at, const char *name, unsigned level,
                            struct dw_error *err)
{
    struct stat sb;
    if (fstatat(at, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "look at a name: %s",
                            strerror(errno));
    if (!S_ISDIR(sb.st_mode) && !S_ISREG(sb.st_mode)) {
        dw_check_source_add_other(listing->source);
        return DW_OK;
    }
    size_t length = strlen(listing->path);
    char *tail = listing->path + length;
    if (!dw_text_format(tail, sizeof listing->path - length, "/%s", name))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d bytes", DW_PATH_MAX);
    if (listing->upper)
        change_case(tail, toupper);
    struct dw_check_source_entry entry = {
        .path = listing->path,
        .raw = tail + 1,
        .is_folder = S_ISDIR(sb.st_mode),
        .size_bytes = S_ISDIR(sb.st_mode) ? 0 : (uint64_t)sb.st_size,
    };
    dw_status st = dw_check_source_add(listing->source, &entry, err);
    if (st == DW_OK && entry.is_folder) {
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        st = fd < 0 ? dw_error_set(err, dw_status_from_errno(errno), "open folder '%s': %s", listing->path,
                                   strerror(errno))
                    : list_folder(listing, fd, level + 1, err);
    }
    *tail = '\0';
    return st;
}

/* Recursion is bounded by FOLDER_LEVELS_MAX; closes fd. */
static dw_status list_folder(struct listing *listing, int fd, unsigned level, struct dw_error *err)
{
    if (level > FOLDER_LEVELS_MAX) {
        close(fd);
        return dw_error_set(err, DW_ERR_LIMIT, "folders are nested deeper than %d levels",
                            FOLDER_LEVELS_MAX);
    }
    struct names names = {.spill = dw_check_source_spill(listing->source)};
    DIR *folder = fdopendir(fd);
    if (!folder) {
        dw_status st = dw_error_set(err, dw_status_from_errno(errno), "read a folder: %s", strerror(errno));
        close(fd);
        return st;
    }
    dw_status st = read_names(folder, &names, err);
    for (size_t i = 0; st == DW_OK && i < names.count; i++)
        st = list_entry(listing, fd, names.text + names.at[i], level, err);
    names_done(&names);
    closedir(folder);
    return st;
}

dw_status dw_check_source_open_folder(const char *path, dw_check_source **out, struct dw_error *err)
{
    struct folder *folder = calloc(1, sizeof *folder);
    struct listing *listing = calloc(1, sizeof *listing);
    dw_check_source *source = NULL;
    dw_status st = DW_OK;
    if (!folder || !listing) {
        free(folder);
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        goto out;
    }
    folder->file = -1;
    folder->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->root < 0) {
        st = dw_error_set(err, dw_status_from_errno(errno), "open folder '%s': %s", path,
                          strerror(errno));
        folder_close(folder);
        goto out;
    }
    struct statfs fs;
    folder->upper = fstatfs(folder->root, &fs) == 0 && fs.f_type == ISOFS_MAGIC;
    listing->upper = folder->upper;
    st = dw_check_source_new(&folder_ops, folder, &source, err);
    if (st != DW_OK) {
        folder_close(folder);
        goto out;
    }
    listing->source = source;
    int fd = fcntl(folder->root, F_DUPFD_CLOEXEC, 0);
    struct dw_error trouble = {0};
    st = list_folder(listing, fd, 2, &trouble);
    if (st == DW_ERR_LIMIT) { /* a finding, not the end: what was listed is judged */
        dw_check_source_set_trouble(source, trouble.text);
        st = DW_OK;
    } else if (st != DW_OK) {
        dw_error_set(err, st, "%s", trouble.text);
    }
out:
    free(listing);
    if (st != DW_OK) {
        dw_check_source_free(source);
        return st;
    }
    *out = source;
    return DW_OK;
}
