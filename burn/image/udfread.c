/* Walking a UDF volume, finding a path, reading a file. A queue of folders, no recursion. */
#include "burn/image/udfread.h"

#include <stdlib.h>
#include <string.h>
#include "base/spill.h"
#include "burn/image/udfread_private.h"

#define FID_FOLDER 0x02
#define QUEUE_BYTES ((size_t)8 << 20) /* of the walk, in memory */

struct folder {
    uint32_t block; /* of its file entry */
    uint16_t partition;
    uint16_t level;
    uint32_t parent; /* number in the queue; the root is its own */
    uint32_t name_length;
    size_t name_at; /* in names */
};

struct walk {
    dw_spill *spill; /* the queue lies there: a volume may have a million folders */
    dw_udfvol *volume;
    dw_udfvol_entry_fn *fn;
    void *ctx;
    struct folder *folders;
    size_t count, cap;
    char *names;
    size_t names_size, names_cap;
    uint32_t *seen; /* open addressing over lba + 1 of file entries of folders */
    size_t seen_count, seen_cap;
    size_t entries, now; /* now: the folder being read */
    size_t path_length;
    uint64_t budget_blocks;
    struct dw_udfvol_node folder_node, node;
    char path[DW_UDFVOL_PATH_MAX];
};

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the folders of a volume");
}

static uint32_t *seen_slot(const struct walk *walk, uint32_t key)
{
    size_t i = (key * 2654435761u) & (walk->seen_cap - 1);
    while (walk->seen[i] != 0 && walk->seen[i] != key)
        i = (i + 1) & (walk->seen_cap - 1);
    return &walk->seen[i];
}

static bool seen_grow(struct walk *walk)
{
    if (walk->seen_cap > 2 * (walk->seen_count + 1))
        return true;
    uint32_t *was = walk->seen;
    size_t was_cap = walk->seen_cap, cap = was_cap ? was_cap * 2 : 256;
    uint32_t *bigger = dw_spill_grow(walk->spill, NULL, 0, cap * sizeof *bigger);
    if (!bigger)
        return false;
    walk->seen = bigger;
    walk->seen_cap = cap;
    for (size_t i = 0; i < was_cap; i++) {
        if (was[i] != 0)
            *seen_slot(walk, was[i]) = was[i];
        dw_spill_rest(walk->spill);
    }
    dw_spill_drop(walk->spill, was);
    return true;
}

static bool reserve(struct walk *walk, void **array, size_t *cap, size_t need, size_t item)
{
    if (need <= *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 256;
    more = more < need ? need : more;
    void *bigger = dw_spill_grow(walk->spill, *array, *cap * item, more * item);
    if (!bigger)
        return false;
    *array = bigger;
    *cap = more;
    return true;
}

static dw_status push_folder(struct walk *walk, const struct dw_udfvol_entry *entry,
                             const char *name, struct dw_error *err)
{
    size_t length = strlen(name);
    if (entry->level > DW_UDFVOL_LEVELS_MAX)
        return dw_error_set(err, DW_ERR_CORRUPT, "folders deeper than %d levels",
                            DW_UDFVOL_LEVELS_MAX);
    if (!seen_grow(walk) ||
        !reserve(walk, (void **)&walk->folders, &walk->cap, walk->count + 1, sizeof *walk->folders) ||
        !reserve(walk, (void **)&walk->names, &walk->names_cap, walk->names_size + length + 1, 1))
        return no_memory(err);
    uint32_t *slot = seen_slot(walk, entry->icb_lba + 1);
    if (*slot != 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "the folder at block %u is reached twice: a loop",
                            entry->icb_lba);
    *slot = entry->icb_lba + 1;
    walk->seen_count++;
    memcpy(walk->names + walk->names_size, name, length + 1);
    walk->folders[walk->count++] = (struct folder){
        .block = entry->icb_block,
        .partition = entry->icb_partition,
        .level = (uint16_t)entry->level,
        .parent = (uint32_t)walk->now,
        .name_length = (uint32_t)length,
        .name_at = walk->names_size,
    };
    walk->names_size += length + 1;
    return DW_OK;
}

/* Path of the folder being read into walk->path, from its own name up to the root. */
static dw_status build_path(struct walk *walk, struct dw_error *err)
{
    size_t need = 0;
    for (size_t i = walk->now; i != 0; i = walk->folders[i].parent)
        need += 1U + walk->folders[i].name_length;
    if (need + 1 > sizeof walk->path)
        return dw_error_set(err, DW_ERR_LIMIT, "a path of %zu bytes on the disc", need);
    walk->path_length = need;
    for (size_t i = walk->now; i != 0; i = walk->folders[i].parent) {
        const struct folder *folder = &walk->folders[i];
        need -= 1U + folder->name_length;
        walk->path[need] = '/';
        memcpy(walk->path + need + 1, walk->names + folder->name_at, folder->name_length);
    }
    walk->path[walk->path_length] = '\0';
    return DW_OK;
}

/* What cannot be read is told and left out where somebody listens, else it ends the walk. */
static dw_status leave_out(dw_udfvol *volume, dw_status st, uint32_t lba,
                           const struct dw_error *why, struct dw_error *err)
{
    if (st == DW_ERR_INTERNAL || st == DW_ERR_LIMIT || !volume->fault)
        return dw_error_set(err, st, "%s", why->text);
    return dw_udfvol_tell(volume, DW_UDFVOL_TREE, lba, err, "%s", why->text);
}

static dw_status take_fid(void *ctx, const struct dw_udfvol_fid *fid, struct dw_error *err)
{
    struct walk *walk = ctx;
    struct dw_udfvol_entry *entry = &walk->node.entry;
    struct dw_error why = {0};
    dw_spill_rest(walk->spill);
    if (++walk->entries > DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d entries on the disc",
                            DW_TREE_ENTRIES_MAX);
    size_t length = strlen(fid->name);
    if (walk->path_length + 1 + length + 1 > sizeof walk->path)
        return dw_error_set(err, DW_ERR_LIMIT, "a path of %zu bytes on the disc",
                            walk->path_length + 1 + length);
    walk->path[walk->path_length] = '/';
    memcpy(walk->path + walk->path_length + 1, fid->name, length + 1);
    dw_status st = dw_udfvol_node(walk->volume, fid->partition, fid->block, &walk->node, &why);
    if (st == DW_OK)
        st = dw_udfvol_node_measure(walk->volume, &walk->node, &why);
    if (st != DW_OK)
        return leave_out(walk->volume, st, fid->lba, &why, err);
    entry->path = walk->path;
    entry->name = walk->path + walk->path_length + 1;
    entry->characteristics = fid->characteristics;
    entry->fid_unique_id = fid->unique_id;
    entry->fid_lba = fid->lba;
    entry->level = walk->folders[walk->now].level + 1U;
    /* the file entry decides: following a file as if it were a folder would lead nowhere */
    st = walk->fn(walk->ctx, entry, err);
    if (st != DW_OK || !entry->is_folder)
        return st;
    st = push_folder(walk, entry, entry->name, &why);
    return st == DW_OK ? DW_OK : leave_out(walk->volume, st, entry->icb_lba, &why, err);
}

/* What is told of the next identifier is told of the folder again. */
static dw_status take_next_fid(void *ctx, const struct dw_udfvol_fid *fid, struct dw_error *err)
{
    struct walk *walk = ctx;
    dw_status st = take_fid(ctx, fid, err);
    walk->path[walk->path_length] = '\0';
    return st;
}

static dw_status read_folder(struct walk *walk, struct dw_error *err)
{
    struct dw_error why = {0};
    const struct folder *folder = &walk->folders[walk->now];
    dw_status st = build_path(walk, err);
    if (st != DW_OK)
        return st;
    st = dw_udfvol_node(walk->volume, folder->partition, folder->block, &walk->folder_node, &why);
    if (st == DW_OK && !walk->folder_node.entry.is_folder)
        st = dw_error_set(&why, DW_ERR_CORRUPT, "the root of the volume is no folder");
    walk->folder_node.has_parent = true;
    walk->folder_node.parent_block = walk->folders[folder->parent].block;
    if (st == DW_OK)
        st = dw_udfvol_folder(walk->volume, &walk->folder_node, &walk->budget_blocks, take_next_fid,
                              walk, &why);
    return st == DW_OK ? st : leave_out(walk->volume, st, DW_UDFVOL_NONE, &why, err);
}

dw_status dw_udfvol_walk(dw_udfvol *volume, dw_udfvol_entry_fn *fn, void *ctx, struct dw_error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return no_memory(err);
    walk->volume = volume;
    walk->fn = fn;
    walk->ctx = ctx;
    walk->budget_blocks = volume->blocks.count;
    volume->continuations = 0;
    volume->path = walk->path;
    struct dw_udfvol_entry root = {.icb_block = volume->root_block,
                                   .icb_partition = volume->root_partition,
                                   .icb_lba = volume->info.root_icb,
                                   .level = 1};
    dw_status st = dw_spill_new(QUEUE_BYTES, &walk->spill, err);
    if (st == DW_OK)
        st = push_folder(walk, &root, "", err);
    for (; st == DW_OK && walk->now < walk->count; walk->now++)
        st = read_folder(walk, err);
    volume->path = "";
    dw_spill_drop(walk->spill, walk->folders);
    dw_spill_drop(walk->spill, walk->names);
    dw_spill_drop(walk->spill, walk->seen);
    dw_spill_free(walk->spill);
    free(walk);
    return st;
}

/* --- one file --- */

struct search {
    const char *name;
    size_t length;
    bool found;
    struct dw_udfvol_fid fid;
};

static dw_status compare_fid(void *ctx, const struct dw_udfvol_fid *fid, struct dw_error *err)
{
    struct search *search = ctx;
    (void)err;
    if (search->found || strncmp(fid->name, search->name, search->length) != 0 ||
        fid->name[search->length] != '\0')
        return DW_OK;
    search->found = true;
    search->fid = *fid;
    return DW_OK;
}

static dw_status step_down(dw_udfvol *volume, struct dw_udfvol_node *node, struct search *search,
                           uint64_t *budget_blocks, struct dw_error *err)
{
    unsigned level = node->entry.level;
    if (!node->entry.is_folder)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "a part of the path is no folder");
    dw_status st = dw_udfvol_folder(volume, node, budget_blocks, compare_fid, search, err);
    if (st == DW_OK && !search->found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "no such name in a folder of the disc");
    if (st == DW_OK)
        st = dw_udfvol_node(volume, search->fid.partition, search->fid.block, node, err);
    if (st != DW_OK)
        return st;
    node->entry.characteristics = search->fid.characteristics;
    node->entry.fid_unique_id = search->fid.unique_id;
    node->entry.fid_lba = search->fid.lba;
    node->entry.level = level + 1;
    return DW_OK;
}

dw_status dw_udfvol_find(dw_udfvol *volume, const char *path, struct dw_udfvol_entry *out,
                         struct dw_error *err)
{
    struct dw_udfvol_node *node = calloc(1, sizeof *node);
    uint64_t budget_blocks = volume->blocks.count;
    const char *name = path;
    volume->continuations = 0;
    if (!node)
        return no_memory(err);
    dw_status st = dw_udfvol_node(volume, volume->root_partition, volume->root_block, node, err);
    node->entry.characteristics = FID_FOLDER;
    node->entry.level = 1;
    for (const char *p = path; st == DW_OK && *p == '/' && p[1] != '\0';) {
        struct search search = {.name = p + 1, .length = strcspn(p + 1, "/")};
        st = step_down(volume, node, &search, &budget_blocks, err);
        name = p + 1;
        p += 1 + search.length;
    }
    if (st == DW_ERR_NOT_FOUND)
        st = dw_error_set(err, st, "no '%.100s' on the disc", path);
    if (st == DW_OK)
        st = dw_udfvol_node_measure(volume, node, err);
    if (st == DW_OK) {
        *out = node->entry;
        out->path = path;
        out->name = name;
    }
    free(node);
    return st;
}

dw_status dw_udfvol_read_file(dw_udfvol *volume, const struct dw_udfvol_entry *entry,
                              uint64_t offset, void *out, size_t size, struct dw_error *err)
{
    if (offset > entry->size_bytes || size > entry->size_bytes - offset)
        return dw_error_set(err, DW_ERR_INVALID, "bytes behind the end of a file were asked for");
    uint64_t first = entry->lba + offset / DW_BLOCK_SIZE, count = size / DW_BLOCK_SIZE;
    bool whole = offset % DW_BLOCK_SIZE == 0 && size % DW_BLOCK_SIZE == 0 && size > 0;
    if (entry->is_contiguous && whole && first + count <= volume->blocks.count)
        return volume->blocks.read(volume->blocks.ctx, (uint32_t)first, (uint32_t)count, out, err);
    struct dw_udfvol_node *node = malloc(sizeof *node);
    if (!node)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_udfvol_node(volume, entry->icb_partition, entry->icb_block, node, err);
    if (st == DW_OK)
        st = dw_udfvol_read_node(volume, node, offset, out, size, false, err);
    free(node);
    return st;
}
