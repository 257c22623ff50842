#include "layout/fileset/icons.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define NAME_MAX_BYTES 24 /* a number of 64 bits */

/* PS3.11: 64 for every reader that shows icons (F.7 of PS3.3), 128 for the XA profiles (A.3, B.3).
 */
static const uint8_t edges[] = {64, DW_ICON_EDGE_MAX};

bool dw_icons_suit(const char *record_type)
{
    static const char *const types[] = {"IMAGE", "RT DOSE", "SPECTROSCOPY", "RAW DATA"};
    for (size_t i = 0; record_type && i < DW_ARRAY_LEN(types); i++)
        if (strcmp(types[i], record_type) == 0)
            return true;
    return false;
}

static uint8_t edge_of(int folder, uint64_t number)
{
    char name[NAME_MAX_BYTES];
    struct stat info;
    snprintf(name, sizeof name, "%" PRIu64, number);
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
        return 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(edges); i++)
        if (info.st_size == edges[i] * edges[i])
            return edges[i];
    return 0;
}

dw_status dw_icons_find(dw_catalog *catalog, const char *folder, struct dw_error *err)
{
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        catalog->entries[i].icon_edge = 0;
    catalog->icons = NULL;
    if (!folder || !folder[0])
        return DW_OK;
    catalog->icons = dw_arena_text(&catalog->arena, folder);
    if (!catalog->icons)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the folder of icons");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        int errnum = errno;
        return dw_error_set(err, dw_status_from_errno(errnum), "folder of icons '%s': %s", folder,
                            strerror(errnum));
    }
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        struct dw_entry *entry = &catalog->entries[i];
        if (entry->sop_class && dw_icons_suit(entry->sop_class->record_type))
            entry->icon_edge = edge_of(fd, entry->number);
    }
    close(fd);
    return DW_OK;
}

static bool read_exactly(int fd, uint8_t *out, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, out + used, size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        used += (size_t)n;
    }
    uint8_t more;
    return read(fd, &more, 1) == 0;
}

dw_status dw_icons_read(const dw_catalog *catalog, const struct dw_entry *entry,
                        uint8_t out[DW_ICON_EDGE_MAX * DW_ICON_EDGE_MAX], struct dw_error *err)
{
    size_t size = (size_t)entry->icon_edge * entry->icon_edge;
    char path[DW_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%" PRIu64, catalog->icons, entry->number);
    if (n < 0 || (size_t)n >= sizeof path)
        return dw_error_set(err, DW_ERR_LIMIT, "the path of icon %" PRIu64 " is too long",
                            entry->number);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        int errnum = errno;
        return dw_error_set(err, dw_status_from_errno(errnum), "icon '%s': %s", path,
                            strerror(errnum));
    }
    bool whole = read_exactly(fd, out, size);
    close(fd);
    if (!whole)
        return dw_error_set(err, DW_ERR_CORRUPT, "icon '%s' is not of %zu bytes any more", path,
                            size);
    return DW_OK;
}
