/* The tables every source fills, and the way to read from it. */
#include <stdlib.h>
#include <string.h>
#include "base/spill.h"
#include "check/source.h"
#include "check/source_private.h"

#define NAME_BYTES_MAX (192u << 20) /* of all paths together; offsets below are 32 bits */
/* Of all tables of a judgement that lie in memory: those of a disc of 100,000 files do. */
#define TABLES_BYTES ((size_t)28 << 20)
/* Files may share their bytes, or have none behind them (holes): a few blocks can claim to hold petabytes. Of an image
 * so many times its size is read, and this much beyond, which lets small ones have many names for one file. */
#define FILES_TIMES_MAX 4
#define FILES_BYTES_MORE (64u << 20)

struct dw_check_source {
    const struct dw_check_source_ops *ops;
    void *state;
    dw_spill *spill;
    struct row *rows;
    size_t count, cap;
    char *names; /* zero-terminated, one after the other */
    uint32_t names_size, names_cap;
    uint64_t others;
    uint64_t file_bytes; /* of all files together; stays at the largest number */
    bool is_image, has_volume, has_udf, is_udf;
    struct dw_blocks blocks;
    struct dw_iso_volume volume;
    char trouble[sizeof((struct dw_error *)0)->text];
};

struct row { /* an entry, small: there may be a million of them */
    uint64_t size_bytes;
    uint32_t path, raw; /* into names */
    uint32_t lba, system_use_length, handle;
    uint8_t ear_length, flags;
    bool is_folder;
    bool is_too_much; /* with those before it */
};

dw_status dw_check_source_new(const struct dw_check_source_ops *ops, void *state, dw_check_source **out,
                        struct dw_error *err)
{
    dw_check_source *source = calloc(1, sizeof *source);
    if (!source)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_spill_new(TABLES_BYTES, &source->spill, err);
    if (st != DW_OK) {
        free(source);
        return st;
    }
    source->ops = ops;
    source->state = state;
    *out = source;
    return DW_OK;
}

void dw_check_source_free(dw_check_source *source)
{
    if (!source)
        return;
    if (source->ops && source->ops->close)
        source->ops->close(source->state);
    dw_spill_drop(source->spill, source->rows);
    dw_spill_drop(source->spill, source->names);
    dw_spill_free(source->spill);
    free(source);
}

static dw_status put_name(dw_check_source *source, const char *name, uint32_t *out, struct dw_error *err)
{
    size_t size = strlen(name) + 1;
    if (size > NAME_BYTES_MAX - source->names_size)
        return dw_error_set(err, DW_ERR_LIMIT, "the names of all files are longer than %u bytes",
                            NAME_BYTES_MAX);
    if (source->names_size + size > source->names_cap) {
        uint32_t cap = source->names_cap ? source->names_cap * 2 : 65536;
        while (cap < source->names_size + size)
            cap *= 2;
        char *names = dw_spill_grow(source->spill, source->names, source->names_cap, cap);
        if (!names)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        source->names = names;
        source->names_cap = cap;
    }
    *out = source->names_size;
    memcpy(source->names + source->names_size, name, size);
    source->names_size += (uint32_t)size;
    return DW_OK;
}

/* Counts a file; true: no disc can hold it and those before it, however often it names each. */
static bool is_too_much(dw_check_source *source, const struct dw_check_source_entry *entry)
{
    if (!source->is_image || entry->is_folder)
        return false;
    uint64_t left = UINT64_MAX - source->file_bytes;
    source->file_bytes += entry->size_bytes < left ? entry->size_bytes : left;
    return source->file_bytes > (uint64_t)source->blocks.count * DW_BLOCK_SIZE * FILES_TIMES_MAX + FILES_BYTES_MORE;
}

dw_status dw_check_source_add(dw_check_source *source, const struct dw_check_source_entry *entry,
                        struct dw_error *err)
{
    if (source->count == DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d files and folders",
                            DW_TREE_ENTRIES_MAX);
    if (source->count == source->cap) {
        size_t cap = source->cap ? source->cap * 2 : 256;
        struct row *rows =
            dw_spill_grow(source->spill, source->rows, source->cap * sizeof *rows, cap * sizeof *rows);
        if (!rows)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        source->rows = rows;
        source->cap = cap;
    }
    struct row row = {
        .size_bytes = entry->size_bytes,
        .lba = entry->lba,
        .system_use_length = entry->system_use_length,
        .ear_length = entry->ear_length,
        .flags = entry->flags,
        .is_folder = entry->is_folder,
        .handle = entry->handle,
        .is_too_much = is_too_much(source, entry),
    };
    dw_status st = put_name(source, entry->path, &row.path, err);
    /* where the recorded name is the last component, as in folders, it needs no second copy */
    const char *last = strrchr(entry->path, '/');
    last = last ? last + 1 : entry->path;
    if (st == DW_OK && strcmp(last, entry->raw) == 0)
        row.raw = row.path + (uint32_t)(last - entry->path);
    else if (st == DW_OK)
        st = put_name(source, entry->raw, &row.raw, err);
    if (st == DW_OK)
        source->rows[source->count++] = row;
    dw_spill_rest(source->spill);
    return st;
}

dw_spill *dw_check_source_spill(const dw_check_source *source)
{
    return source->spill;
}

size_t dw_check_source_count(const dw_check_source *source)
{
    return source->count;
}

void dw_check_source_entry(const dw_check_source *source, size_t index, struct dw_check_source_entry *out)
{
    const struct row *row = &source->rows[index];
    *out = (struct dw_check_source_entry){
        .path = source->names + row->path,
        .raw = source->names + row->raw,
        .size_bytes = row->size_bytes,
        .lba = row->lba,
        .system_use_length = row->system_use_length,
        .ear_length = row->ear_length,
        .flags = row->flags,
        .is_folder = row->is_folder,
        .handle = row->handle,
    };
}

uint64_t dw_check_source_others(const dw_check_source *source)
{
    return source->others;
}

dw_status dw_check_source_read(dw_check_source *source, size_t index, uint64_t offset, void *out, size_t size,
                         struct dw_error *err)
{
    struct dw_check_source_entry entry;
    dw_check_source_entry(source, index, &entry);
    if (entry.is_folder || offset > entry.size_bytes || size > entry.size_bytes - offset)
        return dw_error_set(err, DW_ERR_IO, "read behind the end of a file");
    if (source->rows[index].is_too_much)
        return dw_error_set(err, DW_ERR_LIMIT, "not read: the files claim more than %d times the bytes of the disc",
                            FILES_TIMES_MAX);
    return size ? source->ops->read(source->state, &entry, offset, out, size, err) : DW_OK;
}

bool dw_check_source_extent(const dw_check_source *source, size_t index, uint64_t *first_block)
{
    struct dw_check_source_entry entry;
    dw_check_source_entry(source, index, &entry);
    return source->is_image && !entry.is_folder && !source->rows[index].is_too_much && source->ops->extent &&
           source->ops->extent(source->state, &entry, first_block);
}

const struct dw_blocks *dw_check_source_blocks(const dw_check_source *source)
{
    return source->is_image ? &source->blocks : NULL;
}

const struct dw_iso_volume *dw_check_source_volume(const dw_check_source *source)
{
    return source->has_volume ? &source->volume : NULL;
}

const char *dw_check_source_trouble(const dw_check_source *source)
{
    return source->trouble[0] ? source->trouble : NULL;
}

void dw_check_source_set_image(dw_check_source *source, const struct dw_blocks *blocks,
                         const struct dw_iso_volume *volume)
{
    source->is_image = true;
    source->blocks = *blocks;
    source->has_volume = volume != NULL;
    if (volume)
        source->volume = *volume;
}

bool dw_check_source_has_udf(const dw_check_source *source)
{
    return source->has_udf;
}

bool dw_check_source_is_udf(const dw_check_source *source)
{
    return source->is_udf;
}

void dw_check_source_set_udf(dw_check_source *source, bool is_view)
{
    source->has_udf = true;
    source->is_udf = is_view;
}

void dw_check_source_set_trouble(dw_check_source *source, const char *sentence)
{
    dw_text_cut(source->trouble, sizeof source->trouble, sentence);
}

void dw_check_source_add_other(dw_check_source *source)
{
    source->others++;
}
