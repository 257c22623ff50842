#include "burn/image/iso_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "burn/image/isoread.h"

struct check {
    const dw_tree *tree;
    struct dw_iso_head *head;
    uint32_t *planned; /* first block of each file */
    uint8_t *seen;
    size_t files, folders;
};

static dw_status not_as_planned(const char *path, const char *what, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "libisofs drew '%s' not as planned: %s", path, what);
}

static dw_status head_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const struct dw_iso_head *head = ctx;
    if (lba > head->blocks || count > head->blocks - lba)
        return dw_error_set(err, DW_ERR_IO, "block %u is behind the directories", lba);
    memcpy(out, head->data + (size_t)lba * DW_BLOCK_SIZE, (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

/* PS3.12 F.1.2.1: the dot and the version are recorded whatever the name is. */
static bool raw_name_is(const char *raw, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    size_t n = strlen(name);
    const char *behind = strchr(name, '.') ? ";1" : ".;1";
    return strncmp(raw, name, n) == 0 && strcmp(raw + n, behind) == 0;
}

static dw_status check_file(struct check *check, const struct dw_iso_entry *entry,
                            struct dw_error *err)
{
    size_t i;
    struct dw_tree_file file;
    if (!dw_tree_find(check->tree, entry->path, &i))
        return not_as_planned(entry->path, "no such file", err);
    dw_tree_file(check->tree, i, &file);
    if (check->seen[i]++)
        return not_as_planned(entry->path, "twice", err);
    if (!raw_name_is(entry->raw, file.disc_path))
        return not_as_planned(entry->path, "name", err);
    if (entry->size_bytes != file.size_bytes)
        return not_as_planned(entry->path, "size", err);
    if (entry->ear_length != 0 || entry->flags != 0 || entry->system_use_length != 0)
        return not_as_planned(entry->path, "flags", err);
    uint32_t planned = file.size_bytes > 0 ? check->planned[i] : check->head->blocks - 1;
    if (entry->lba != planned)
        return not_as_planned(entry->path, "block", err);
    check->head->lba[i] = entry->lba;
    check->files++;
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
    if (volume->system_id[0] != '\0' || !volume->both_endian_ok || volume->has_supplementary)
        return not_as_planned("volume", "descriptor", err);
    if (strcmp(volume->volume_id, dw_tree_label(check->tree)) != 0)
        return not_as_planned("volume", "label", err);
    if (volume->blocks != check->head->blocks + dw_tree_data_blocks(check->tree))
        return not_as_planned("volume", "size", err);
    return DW_OK;
}

static void plan_blocks(const struct check *check)
{
    uint32_t lba = check->head->blocks;
    for (size_t i = 0; i < dw_tree_file_count(check->tree); i++) {
        struct dw_tree_file file;
        dw_tree_file(check->tree, i, &file);
        check->planned[i] = lba;
        lba += (uint32_t)((file.size_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE);
    }
}

dw_status dw_iso_check(const dw_tree *tree, struct dw_iso_head *head, struct dw_error *err)
{
    size_t count = dw_tree_file_count(tree);
    struct dw_blocks blocks = {.read = head_read, .count = head->blocks, .ctx = head};
    struct dw_iso_volume volume;
    struct check check = {
        .tree = tree,
        .head = head,
        .planned = calloc(count + 1, sizeof *check.planned),
        .seen = calloc(count + 1, 1),
    };
    head->lba = calloc(count + 1, sizeof *head->lba);
    dw_status st = DW_OK;
    if (!check.planned || !check.seen || !head->lba) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the extents of a disc");
        goto out;
    }
    plan_blocks(&check);
    st = dw_iso_read_volume(&blocks, &volume, err);
    if (st == DW_OK)
        st = check_volume(&check, &volume, err);
    if (st == DW_OK)
        st = dw_iso_walk(&blocks, &volume, check_entry, &check, err);
    if (st == DW_OK && (check.files != count || check.folders != dw_tree_folder_count(tree)))
        st = not_as_planned("volume", "entries are missing", err);
    if (st != DW_OK && st != DW_ERR_INTERNAL)
        st = dw_error_prefix(err, DW_ERR_INTERNAL, "libisofs drew what cannot be read");
out:
    free(check.planned);
    free(check.seen);
    return st;
}
