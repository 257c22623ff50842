#include "burn/image/isoread.h"

#include <stdlib.h>
#include <string.h>

#include "base/spill.h"
#include "base/text.h"
#include "burn/image/iso_record.h"

#define FIRST_DESCRIPTOR 16 /* ECMA-119 6.7.1 */
#define DESCRIPTORS_MAX 64
#define TYPE_PRIMARY 1
#define TYPE_SUPPLEMENTARY 2
#define TYPE_TERMINATOR 255
#define QUEUE_BYTES ((size_t)8 << 20) /* of the walk, in memory */

/* --- descriptors --- */

/* A field of a- or d-characters, with the blanks behind it taken off. */
static void copy_field(char *out, const uint8_t *at, size_t size)
{
    size_t n = size;
    while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == 0))
        n--;
    for (size_t i = 0; i < n; i++)
        out[i] = at[i] >= 0x20 && at[i] < 0x7F ? (char)at[i] : '_';
    out[n] = '\0';
}

/* ECMA-119 8.4 */
static dw_status read_primary(const uint8_t *d, struct dw_iso_volume *out, struct dw_error *err)
{
    uint16_t set_size, sequence;
    struct dw_iso_record root;
    copy_field(out->system_id, d + 8, 32);
    copy_field(out->volume_id, d + 40, 32);
    copy_field(out->publisher_id, d + 318, 128);
    copy_field(out->application_id, d + 574, 128);
    bool ok = dw_iso_both32(d + 80, &out->blocks);
    ok = dw_iso_both16(d + 120, &set_size) && ok;
    ok = dw_iso_both16(d + 124, &sequence) && ok;
    ok = dw_iso_both16(d + 128, &out->block_size) && ok;
    ok = dw_iso_both32(d + 132, &out->path_table_size) && ok;
    out->path_table_l = dw_iso_le32(d + 140);
    const uint8_t *m = d + 148;
    out->path_table_m =
        (uint32_t)m[0] << 24 | (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | (uint32_t)m[3];
    if (out->block_size != DW_BLOCK_SIZE)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the volume has blocks of %u bytes, not %d",
                            out->block_size, DW_BLOCK_SIZE);
    dw_status st = dw_iso_record_read(d + 156, 34, &root, err);
    if (st == DW_OK && (!(root.flags & DW_ISO_FLAG_FOLDER) || !root.is_self_or_parent))
        st = dw_error_set(err, DW_ERR_CORRUPT, "the root of the volume is no folder");
    if (st != DW_OK)
        return dw_error_prefix(err, st, "volume descriptor");
    out->both_endian_ok = ok && root.both_endian_ok;
    out->root_lba = root.lba + root.ear_length;
    out->root_size = root.size_bytes;
    return DW_OK;
}

dw_status dw_iso_read_volume(const struct dw_blocks *blocks, struct dw_iso_volume *out,
                             struct dw_error *err)
{
    struct dw_iso_volume volume = {0};
    bool found = false;
    uint8_t d[DW_BLOCK_SIZE];
    for (uint32_t i = 0; i < DESCRIPTORS_MAX; i++) {
        if (FIRST_DESCRIPTOR + i >= blocks->count)
            return dw_error_set(err, DW_ERR_CORRUPT, "no ISO 9660 volume: only %u blocks",
                                blocks->count);
        dw_status st = blocks->read(blocks->ctx, FIRST_DESCRIPTOR + i, 1, d, err);
        if (st != DW_OK)
            return st;
        if (memcmp(d + 1, "CD001", 5) != 0)
            return dw_error_set(err, DW_ERR_CORRUPT, "%s at block %u",
                                i == 0 ? "no ISO 9660 volume" : "no volume descriptor",
                                FIRST_DESCRIPTOR + i);
        if (d[0] == TYPE_TERMINATOR)
            break;
        if (d[0] == TYPE_SUPPLEMENTARY)
            volume.has_supplementary = true;
        if (d[0] == TYPE_PRIMARY && !found) {
            found = true;
            st = read_primary(d, &volume, err);
        }
        if (st != DW_OK)
            return st;
        if (i + 1 == DESCRIPTORS_MAX)
            return dw_error_set(err, DW_ERR_CORRUPT, "more than %d volume descriptors",
                                DESCRIPTORS_MAX);
    }
    if (!found)
        return dw_error_set(err, DW_ERR_CORRUPT, "no primary volume descriptor");
    *out = volume;
    return DW_OK;
}

/* --- walking: a queue of folders, no recursion --- */

struct folder {
    uint32_t lba, size_bytes;
    uint32_t parent; /* number in the queue; the root is its own */
    uint16_t level;
    uint8_t name_length;
    size_t name_at; /* in names */
};

struct walk {
    dw_spill *spill; /* the queue lies there: a volume may have a million folders */
    const struct dw_blocks *blocks;
    dw_iso_entry_fn *fn;
    void *ctx;
    struct folder *folders;
    size_t count, cap;
    char *names;
    size_t names_size, names_cap;
    uint32_t *seen; /* open addressing over lba + 1 */
    size_t seen_count, seen_cap;
    size_t entries, now; /* now: the folder being read */
    size_t path_length;  /* of the folder being read */
    uint64_t budget_blocks;
    char path[DW_ISO_PATH_MAX];
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
    size_t was_cap = walk->seen_cap;
    size_t cap = was_cap ? was_cap * 2 : 256;
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

/* A folder that begins where another one does can only be that one again (7.6: extents are disjoint). */
static dw_status push_folder(struct walk *walk, uint32_t lba, uint32_t size_bytes, const char *name,
                             uint16_t level, struct dw_error *err)
{
    size_t length = strlen(name);
    if (level > DW_ISO_LEVELS_MAX)
        return dw_error_set(err, DW_ERR_CORRUPT, "folders deeper than %d levels",
                            DW_ISO_LEVELS_MAX);
    if (lba == UINT32_MAX)
        return dw_error_set(err, DW_ERR_CORRUPT, "a folder behind the end of any volume");
    if (!seen_grow(walk) ||
        !reserve(walk, (void **)&walk->folders, &walk->cap, walk->count + 1, sizeof *walk->folders) ||
        !reserve(walk, (void **)&walk->names, &walk->names_cap, walk->names_size + length + 1, 1))
        return no_memory(err);
    uint32_t *slot = seen_slot(walk, lba + 1);
    if (*slot != 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "two folders share block %u: a loop", lba);
    *slot = lba + 1;
    walk->seen_count++;
    memcpy(walk->names + walk->names_size, name, length + 1);
    walk->folders[walk->count++] = (struct folder){
        .lba = lba,
        .size_bytes = size_bytes,
        .parent = (uint32_t)walk->now,
        .level = level,
        .name_length = (uint8_t)length,
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

static dw_status take_record(void *ctx, const struct dw_iso_record *record, uint64_t size_bytes,
                             struct dw_error *err)
{
    struct walk *walk = ctx;
    uint16_t level = (uint16_t)(walk->folders[walk->now].level + 1U);
    dw_spill_rest(walk->spill);
    if (++walk->entries > DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d entries on the disc",
                            DW_TREE_ENTRIES_MAX);
    size_t length = strlen(record->name);
    if (walk->path_length + 1 + length + 1 > sizeof walk->path)
        return dw_error_set(err, DW_ERR_LIMIT, "a path of %zu bytes on the disc",
                            walk->path_length + 1 + length);
    walk->path[walk->path_length] = '/';
    memcpy(walk->path + walk->path_length + 1, record->name, length + 1);
    struct dw_iso_entry entry = {
        .path = walk->path,
        .raw = record->raw,
        .is_folder = record->flags & DW_ISO_FLAG_FOLDER,
        .lba = record->lba,
        .size_bytes = size_bytes,
        .ear_length = record->ear_length,
        .flags = record->flags,
        .level = level,
        .system_use_length = record->system_use_length,
    };
    dw_status st = walk->fn(walk->ctx, &entry, err);
    if (st == DW_OK && entry.is_folder)
        st = push_folder(walk, record->lba + record->ear_length, record->size_bytes, record->name,
                         level, err);
    return st;
}

dw_status dw_iso_walk(const struct dw_blocks *blocks, const struct dw_iso_volume *volume,
                      dw_iso_entry_fn *fn, void *ctx, struct dw_error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return no_memory(err);
    walk->blocks = blocks;
    walk->fn = fn;
    walk->ctx = ctx;
    walk->budget_blocks = blocks->count;
    dw_status st = dw_spill_new(QUEUE_BYTES, &walk->spill, err);
    if (st == DW_OK)
        st = push_folder(walk, volume->root_lba, volume->root_size, "", 1, err);
    for (; st == DW_OK && walk->now < walk->count; walk->now++) {
        st = build_path(walk, err);
        if (st == DW_OK)
            st = dw_iso_folder_read(blocks, walk->folders[walk->now].lba,
                                    walk->folders[walk->now].size_bytes, &walk->budget_blocks,
                                    take_record, walk, err);
    }
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
    struct dw_iso_record record;
    uint64_t size_bytes;
};

static dw_status compare_record(void *ctx, const struct dw_iso_record *record, uint64_t size_bytes,
                                struct dw_error *err)
{
    struct search *search = ctx;
    if (search->found || strncmp(record->name, search->name, search->length) != 0 ||
        record->name[search->length] != '\0')
        return DW_OK;
    search->found = true;
    search->record = *record;
    search->size_bytes = size_bytes;
    return DW_OK;
}

dw_status dw_iso_find(const struct dw_blocks *blocks, const struct dw_iso_volume *volume,
                      const char *path, struct dw_iso_entry *out, struct dw_error *err)
{
    struct dw_iso_entry entry = {.path = path,
                                 .is_folder = true,
                                 .lba = volume->root_lba,
                                 .size_bytes = volume->root_size,
                                 .flags = DW_ISO_FLAG_FOLDER,
                                 .level = 1};
    uint64_t budget_blocks = blocks->count;
    for (const char *p = path; *p == '/' && p[1] != '\0';) {
        struct search search = {.name = p + 1, .length = strcspn(p + 1, "/")};
        if (!entry.is_folder || entry.size_bytes > UINT32_MAX)
            return dw_error_set(err, DW_ERR_NOT_FOUND, "no '%.100s' on the disc", path);
        dw_status st = dw_iso_folder_read(blocks, entry.lba + entry.ear_length,
                                          (uint32_t)entry.size_bytes, &budget_blocks,
                                          compare_record, &search, err);
        if (st != DW_OK)
            return st;
        if (!search.found)
            return dw_error_set(err, DW_ERR_NOT_FOUND, "no '%.100s' on the disc", path);
        entry.is_folder = search.record.flags & DW_ISO_FLAG_FOLDER;
        entry.lba = search.record.lba;
        entry.size_bytes = search.size_bytes;
        entry.ear_length = search.record.ear_length;
        entry.flags = search.record.flags;
        entry.system_use_length = search.record.system_use_length;
        entry.level++;
        p += 1 + search.length;
    }
    *out = entry;
    return DW_OK;
}

dw_status dw_iso_read_file(const struct dw_blocks *blocks, const struct dw_iso_entry *entry,
                           uint64_t offset, void *out, size_t size, struct dw_error *err)
{
    uint8_t *to = out, bounce[DW_BLOCK_SIZE];
    if (offset > entry->size_bytes || size > entry->size_bytes - offset)
        return dw_error_set(err, DW_ERR_INVALID, "bytes behind the end of a file were asked for");
    while (size > 0) {
        uint64_t lba = entry->lba + (uint64_t)entry->ear_length + offset / DW_BLOCK_SIZE;
        size_t skip = (size_t)(offset % DW_BLOCK_SIZE);
        if (lba >= blocks->count)
            return dw_error_set(err, DW_ERR_CORRUPT, "block %llu is behind the end of the disc",
                                (unsigned long long)lba);
        uint64_t count = skip == 0 ? size / DW_BLOCK_SIZE : 0;
        count = count < blocks->count - lba ? count : blocks->count - lba;
        size_t got = (size_t)count * DW_BLOCK_SIZE;
        dw_status st = blocks->read(blocks->ctx, (uint32_t)lba, count ? (uint32_t)count : 1,
                                    count ? to : bounce, err);
        if (st != DW_OK)
            return st;
        if (count == 0) {
            got = DW_BLOCK_SIZE - skip < size ? DW_BLOCK_SIZE - skip : size;
            memcpy(to, bounce + skip, got);
        }
        to += got;
        offset += got;
        size -= got;
    }
    return DW_OK;
}
