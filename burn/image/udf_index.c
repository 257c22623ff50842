/* Who lies in which folder, how long each directory is and where its blocks begin. */
#include "burn/image/udf_private.h"

#include <stdlib.h>

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the UDF view of a disc");
}

static const char *entry_path(const dw_udf *udf, uint32_t entry)
{
    if (entry < udf->folder_count)
        return dw_tree_folder(udf->tree, entry - 1);
    struct dw_tree_file file;
    dw_tree_file(udf->tree, entry - udf->folder_count, &file);
    return file.disc_path;
}

const char *dw_udf_entry_name(const dw_udf *udf, uint32_t entry)
{
    return strrchr(entry_path(udf, entry), '/') + 1;
}

/* --- folders by path --- */

struct folder_map { /* open addressing: 0 empty, else the folder's number */
    uint32_t *slots;
    size_t count;
    const dw_udf *udf;
};

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return h ^ h >> 29;
}

static uint32_t *map_slot(const struct folder_map *map, const char *path, size_t length)
{
    for (size_t i = hash_of(path, length) & (map->count - 1);; i = (i + 1) & (map->count - 1)) {
        uint32_t *slot = &map->slots[i];
        if (*slot == 0)
            return slot;
        const char *have = entry_path(map->udf, *slot);
        if (strncmp(have, path, length) == 0 && have[length] == '\0')
            return slot;
    }
}

static bool map_init(struct folder_map *map, const dw_udf *udf)
{
    map->udf = udf;
    for (map->count = 64; map->count < 2 * (size_t)udf->folder_count;)
        map->count *= 2;
    map->slots = calloc(map->count, sizeof *map->slots);
    if (!map->slots)
        return false;
    for (uint32_t i = 1; i < udf->folder_count; i++) {
        const char *path = entry_path(udf, i);
        *map_slot(map, path, strlen(path)) = i;
    }
    return true;
}

/* --- children --- */

/* Files of one folder come mostly one behind the other: the last answer is tried first. */
static dw_status find_parent(const struct folder_map *map, uint32_t entry, uint32_t *last,
                             uint32_t *out, struct dw_error *err)
{
    const char *path = entry_path(map->udf, entry);
    size_t length = (size_t)(strrchr(path, '/') - path);
    if (length == 0) {
        *out = 0;
        return DW_OK;
    }
    const char *was = *last ? entry_path(map->udf, *last) : NULL;
    if (!was || strncmp(was, path, length) != 0 || was[length] != '\0')
        *last = *map_slot(map, path, length);
    if (*last == 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "entry %u of a disc lies in no folder", entry);
    *out = *last;
    return DW_OK;
}

static dw_status find_parents(dw_udf *udf, uint32_t *parents, struct dw_error *err)
{
    struct folder_map map = {0};
    if (!map_init(&map, udf))
        return no_memory(err);
    dw_status st = DW_OK;
    uint32_t last = 0;
    for (uint32_t i = 1; st == DW_OK && i < udf->folder_count + udf->file_count; i++)
        st = find_parent(&map, i, &last, &parents[i], err);
    free(map.slots);
    return st;
}

/* Sort by counting: the order within a folder stays. */
static void sort_children(dw_udf *udf, const uint32_t *parents)
{
    uint32_t entries = udf->folder_count + udf->file_count;
    for (uint32_t i = 1; i < entries; i++) {
        udf->folders[parents[i] + 1].first_child++;
        if (i < udf->folder_count) {
            udf->folders[i].parent = parents[i];
            udf->folders[parents[i]].folders++;
        }
    }
    for (uint32_t i = 1; i <= udf->folder_count; i++)
        udf->folders[i].first_child += udf->folders[i - 1].first_child;
    for (uint32_t i = 1; i < entries; i++) /* moves first_child up to the next folder's */
        udf->children[udf->folders[parents[i]].first_child++] = i;
    for (uint32_t i = udf->folder_count; i > 0; i--)
        udf->folders[i].first_child = udf->folders[i - 1].first_child;
    udf->folders[0].first_child = 0;
}

/* --- directories --- */

uint32_t dw_udf_fid_bytes(uint32_t offset, size_t name_bytes, bool is_last)
{
    uint32_t bytes = (DW_UDF_FID_BYTES + (uint32_t)name_bytes + 3) & ~3u;
    uint32_t room = (0u - (offset + bytes)) % DW_BLOCK_SIZE; /* for the tag of the next */
    bool straddles = room > 0 && room < DW_UDF_TAG_BYTES;
    return straddles && !is_last ? bytes + DW_UDF_IMPLEMENTATION_BYTES : bytes;
}

static bool add_checkpoint(dw_udf *udf, struct dw_udf_checkpoint checkpoint)
{
    if (udf->checkpoint_count == udf->checkpoint_cap) {
        size_t cap = udf->checkpoint_cap + udf->checkpoint_cap / 2 + udf->folder_count;
        void *bigger = realloc(udf->checkpoints, cap * sizeof *udf->checkpoints);
        if (!bigger)
            return false;
        udf->checkpoints = bigger;
        udf->checkpoint_cap = cap;
    }
    udf->checkpoints[udf->checkpoint_count++] = checkpoint;
    return true;
}

static dw_status name_bytes_of(const dw_udf *udf, uint32_t entry, size_t *out, struct dw_error *err)
{
    const char *name = dw_udf_entry_name(udf, entry);
    *out = dw_udf_cs0_bytes(name);
    if (*out == 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "a name of %zu bytes is not text that UDF can hold", strlen(name));
    if (*out > DW_UDF_NAME_MAX) {
        size_t characters = 0;
        for (const char *p = name; *p; p++)
            characters += ((unsigned char)*p & 0xC0) != 0x80;
        return dw_error_set(err, DW_ERR_INVALID,
                            "a name of %zu characters does not fit UDF's %d bytes", characters,
                            DW_UDF_NAME_MAX - 1);
    }
    return DW_OK;
}

static dw_status measure_folder(dw_udf *udf, uint32_t folder, struct dw_error *err)
{
    struct dw_udf_folder *f = &udf->folders[folder];
    uint32_t children = dw_udf_child_count(udf, folder);
    if (f->folders >= UINT16_MAX) /* its own name, and ".." of each, in 16 bits (ECMA-167 4/14.9.6) */
        return dw_error_set(err, DW_ERR_LIMIT, "%u folders in one are more than UDF can count",
                            f->folders);
    uint32_t at = 0, blocks = 0;
    for (uint32_t i = 0; i <= children; i++) {
        size_t name_bytes = 0;
        dw_status st = DW_OK;
        if (i > 0)
            st = name_bytes_of(udf, udf->children[f->first_child + i - 1], &name_bytes, err);
        if (st != DW_OK)
            return st;
        uint32_t end = at + dw_udf_fid_bytes(at, name_bytes, i == children);
        for (; blocks * DW_BLOCK_SIZE < end; blocks++)
            if (!add_checkpoint(udf, (struct dw_udf_checkpoint){.child = i, .offset = at}))
                return no_memory(err);
        at = end;
    }
    f->bytes = at;
    f[1].icb = f->icb + 1 + blocks;
    return DW_OK;
}

dw_status dw_udf_index(dw_udf *udf, struct dw_error *err)
{
    uint32_t entries = udf->folder_count + udf->file_count;
    udf->folders = calloc((size_t)udf->folder_count + 1, sizeof *udf->folders);
    udf->children = calloc(entries, sizeof *udf->children);
    uint32_t *parents = calloc(entries, sizeof *parents);
    dw_status st = udf->folders && udf->children && parents ? DW_OK : no_memory(err);
    if (st == DW_OK)
        st = find_parents(udf, parents, err);
    if (st == DW_OK) {
        sort_children(udf, parents);
        udf->folders[0].icb = 2; /* behind FSD and TD */
    }
    free(parents);
    for (uint32_t i = 0; st == DW_OK && i < udf->folder_count; i++)
        st = measure_folder(udf, i, err);
    if (st != DW_OK)
        return st;
    udf->file_icbs = udf->folders[udf->folder_count].icb;
    udf->structure_blocks = udf->file_icbs + udf->file_count;
    return DW_OK;
}
