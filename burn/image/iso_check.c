#include "burn/image/iso_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "burn/image/iso_record.h"

struct check {
    const struct dw_iso_planned *planned;
    const dw_tree *tree;
    uint8_t *seen;
    size_t files, folders;
};

static dw_status not_as_planned(const char *path, const char *what, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "'%s' was drawn not as planned: %s", path, what);
}

/* PS3.12 F.1.2.1: the dot and the version are recorded whatever the name is. */
static bool raw_name_is(const char *raw, const char *name, size_t n)
{
    const char *behind = memchr(name, '.', n) ? ";1" : ".;1";
    return strncmp(raw, name, n) == 0 && strcmp(raw + n, behind) == 0;
}

/* From the last component up to the root. */
static bool path_is(const struct dw_iso_planned *planned, uint32_t entry, const char *path)
{
    size_t left = strlen(path);
    for (uint32_t e = entry;; e = planned->family->parent[e] - 1) {
        size_t n = 0;
        const char *name = dw_isonames_get(planned->names, e, &n);
        if (left < n + 1 || memcmp(path + left - n, name, n) != 0 || path[left - n - 1] != '/')
            return false;
        left -= n + 1;
        if (planned->family->parent[e] == 0)
            return left == 0;
    }
}

/* The file that begins there: of those with one first block, the last one, as the others are empty.
 */
static bool file_at(const struct check *check, uint32_t lba, size_t *out)
{
    size_t low = 0, high = dw_tree_file_count(check->tree);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (check->planned->file_lba[mid] <= lba)
            low = mid + 1;
        else
            high = mid;
    }
    *out = low - 1;
    return low > 0 && check->planned->file_lba[low - 1] == lba;
}

static dw_status check_file(struct check *check, const struct dw_iso_entry *entry,
                            struct dw_error *err)
{
    const struct dw_iso_planned *planned = check->planned;
    size_t i = 0, n = 0;
    struct dw_tree_file file;
    check->files++;
    if (entry->ear_length != 0 || (entry->flags & ~DW_ISO_FLAG_MORE) != 0 ||
        entry->system_use_length != 0)
        return not_as_planned(entry->path, "flags", err);
    if (entry->size_bytes == 0)
        return entry->lba == planned->empty_lba ? DW_OK : not_as_planned(entry->path, "block", err);
    if (!file_at(check, entry->lba, &i))
        return not_as_planned(entry->path, "block", err);
    dw_tree_file(check->tree, i, &file);
    if (check->seen[i]++)
        return not_as_planned(entry->path, "twice", err);
    if (entry->size_bytes != file.size_bytes)
        return not_as_planned(entry->path, "size", err);
    uint32_t number = (uint32_t)(planned->family->folders + i);
    const char *name = dw_isonames_get(planned->names, number, &n);
    if (!raw_name_is(entry->raw, name, n) || !path_is(planned, number, entry->path))
        return not_as_planned(entry->path, "name", err);
    return DW_OK;
}

static dw_status check_entry(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    struct check *check = ctx;
    if (!entry->is_folder)
        return check_file(check, entry, err);
    if (entry->ear_length != 0 || entry->system_use_length != 0)
        return not_as_planned(entry->path, "flags", err);
    check->folders++;
    return DW_OK;
}

static dw_status check_volume(const struct check *check, const struct dw_iso_volume *volume,
                              struct dw_error *err)
{
    bool joliet = dw_tree_format(check->tree)->joliet;
    if (volume->system_id[0] != '\0' || !volume->both_endian_ok ||
        volume->has_supplementary != joliet)
        return not_as_planned("volume", "descriptor", err);
    if (strcmp(volume->volume_id, dw_tree_label(check->tree)) != 0)
        return not_as_planned("volume", "label", err);
    if (volume->blocks != check->planned->volume_blocks)
        return not_as_planned("volume", "size", err);
    return DW_OK;
}

dw_status dw_iso_check(const struct dw_iso_planned *planned, const struct dw_blocks *blocks,
                       struct dw_error *err)
{
    const struct dw_family *family = planned->family;
    struct dw_iso_volume volume;
    struct check check = {.planned = planned, .tree = family->tree};
    check.seen = calloc(family->entries + 1, 1);
    if (!check.seen)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the extents of a disc");
    dw_status st = dw_iso_read_volume(blocks, &volume, err);
    if (st == DW_OK)
        st = check_volume(&check, &volume, err);
    if (st == DW_OK)
        st = dw_iso_walk(blocks, &volume, check_entry, &check, err);
    if (st == DW_OK &&
        (check.files + family->folders != family->entries || check.folders != family->folders))
        st = not_as_planned("volume", "entries are missing", err);
    if (st != DW_OK && st != DW_ERR_INTERNAL)
        st = dw_error_prefix(err, DW_ERR_INTERNAL, "what was drawn cannot be read");
    free(check.seen);
    return st;
}
