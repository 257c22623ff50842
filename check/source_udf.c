/* The entries of a UDF volume, and the bytes of its files. */
#include <stdlib.h>
#include <string.h>
#include "check/source_private.h"

struct dw_check_udf_file { /* of each entry, small: there may be a million of them */
    uint32_t icb_block;
    uint16_t icb_partition;
    bool is_contiguous, is_embedded;
};

void dw_check_udf_done(struct dw_check_udf *udf)
{
    dw_udfvol_close(udf->volume);
    dw_spill_drop(udf->spill, udf->files);
    memset(udf, 0, sizeof *udf);
}

/* Faults are told by the rules, which read the volume themselves. To listen is to go on. */
static void pass_over(void *ctx, const struct dw_udfvol_fault *fault)
{
    (void)ctx;
    (void)fault;
}

struct listing {
    struct dw_check_udf *udf;
    dw_check_source *source;
};

static dw_status add_entry(void *ctx, const struct dw_udfvol_entry *from, struct dw_error *err)
{
    struct listing *listing = ctx;
    struct dw_check_udf *udf = listing->udf;
    if (udf->count == udf->cap) {
        size_t cap = udf->cap ? udf->cap * 2 : 256;
        struct dw_check_udf_file *files =
            dw_spill_grow(udf->spill, udf->files, udf->cap * sizeof *files, cap * sizeof *files);
        if (!files)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        udf->files = files;
        udf->cap = cap;
    }
    udf->files[udf->count] = (struct dw_check_udf_file){from->icb_block, from->icb_partition,
                                                        from->is_contiguous, from->is_embedded};
    struct dw_check_source_entry entry = {
        .path = from->path,
        .raw = from->name,
        .size_bytes = from->size_bytes,
        .lba = from->lba,
        .is_folder = from->is_folder,
        .handle = (uint32_t)udf->count++,
    };
    return dw_check_source_add(listing->source, &entry, err);
}

dw_status dw_check_udf_open(struct dw_check_udf *udf, const struct dw_blocks *blocks,
                            dw_check_source *source, bool as_view, struct dw_error *err)
{
    struct dw_error trouble = {0};
    dw_udfvol *volume = NULL;
    dw_status st = dw_udfvol_open(blocks, pass_over, NULL, NULL, &volume, &trouble);
    if (st == DW_ERR_NOT_FOUND)
        return DW_OK;
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, st, "%s", trouble.text);
    dw_check_source_set_udf(source, as_view);
    if (!as_view) {
        dw_udfvol_close(volume);
        return DW_OK;
    }
    udf->volume = volume;
    udf->spill = dw_check_source_spill(source);
    struct listing listing = {udf, source};
    dw_check_source_set_trouble(source, "");
    if (st == DW_OK)
        st = dw_udfvol_walk(volume, add_entry, &listing, &trouble);
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, st, "%s", trouble.text);
    if (st != DW_OK)
        dw_check_source_set_trouble(source, trouble.text);
    return DW_OK;
}

bool dw_check_udf_is_contiguous(const struct dw_check_udf *udf, const struct dw_check_source_entry *entry)
{
    const struct dw_check_udf_file *file = &udf->files[entry->handle];
    return file->is_contiguous && !file->is_embedded;
}

dw_status dw_check_udf_read(struct dw_check_udf *udf, const struct dw_check_source_entry *entry,
                            uint64_t offset, void *out, size_t size, struct dw_error *err)
{
    const struct dw_check_udf_file *file = &udf->files[entry->handle];
    struct dw_udfvol_entry from = {.icb_block = file->icb_block,
                                   .icb_partition = file->icb_partition,
                                   .is_contiguous = file->is_contiguous,
                                   .is_embedded = file->is_embedded,
                                   .lba = entry->lba,
                                   .size_bytes = entry->size_bytes};
    return dw_udfvol_read_file(udf->volume, &from, offset, out, size, err);
}
