#include "burn/image/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "burn/image/iso.h"
#include "burn/image/udf.h"

struct media_info {
    uint16_t udf_default, udf_min, udf_max; /* revisions; 0: no UDF */
    bool has_iso;
    bool has_level_3; /* files of 4 GiB and more in several extents (ECMA-119 10.3) */
};

/* PS3.12 F: level 1 and nothing beside it; P: UDF 1.02 to 2.01, ISO 9660 up to level 3, or both;
 * X: 2.50 and 2.60. */
static const struct media_info kinds[] = {
    [DW_MEDIA_CD] = {.has_iso = true},
    [DW_MEDIA_DVD] = {.udf_default = 0x0102,
                      .udf_min = 0x0102,
                      .udf_max = 0x0201,
                      .has_iso = true,
                      .has_level_3 = true},
    [DW_MEDIA_BD] = {.udf_default = 0x0260, .udf_min = 0x0250, .udf_max = 0x0260},
};

struct dw_plan {
    const dw_tree *tree;
    enum dw_media media;
    dw_iso *iso; /* NULL: no such view */
    dw_udf *udf;
    uint32_t *lba; /* of each file; behind them, the end of the data */
    uint32_t blocks;
    size_t file_count;
};

/* --- what may be asked for --- */

static dw_status check_format(const struct media_info *kind, enum dw_media media,
                              const struct dw_tree_format *format, struct dw_error *err)
{
    uint16_t revision = format->udf_revision;
    if (revision != 0 && !dw_udf_revision_is_known(revision))
        return dw_error_set(err, DW_ERR_INVALID, "there is no UDF revision 0x%04x", revision);
    if (revision != 0 && (revision < kind->udf_min || revision > kind->udf_max))
        return dw_error_set(err, DW_ERR_INVALID, "UDF %s is not for a %s",
                            dw_udf_revision_name(revision), dw_media_name(media));
    if (format->no_iso && kind->udf_default == 0)
        return dw_error_set(err, DW_ERR_INVALID, "a %s has ISO 9660 and nothing else",
                            dw_media_name(media));
    if (format->joliet && (!kind->has_iso || format->no_iso))
        return dw_error_set(err, DW_ERR_INVALID, "Joliet is a part of ISO 9660, which is left out");
    return DW_OK;
}

static dw_status check_sizes(const dw_tree *tree, struct dw_error *err)
{
    for (size_t i = 0; i < dw_tree_file_count(tree); i++) {
        struct dw_tree_file file;
        dw_tree_file(tree, i, &file);
        if (file.size_bytes > UINT32_MAX) /* one extent, ECMA-119 10.1, counted in 32 bits, 9.1.4 */
            return dw_error_set(err, DW_ERR_UNSUPPORTED,
                                "'%.110s' has 4 GiB or more, which ISO 9660 level 1 cannot hold",
                                file.disc_path);
    }
    return DW_OK;
}

static dw_status check_capacity(uint64_t blocks, uint64_t capacity_bytes, struct dw_error *err)
{
    uint64_t bytes = blocks * DW_BLOCK_SIZE;
    if (blocks > INT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%llu blocks are more than a volume may have",
                            (unsigned long long)blocks);
    if (capacity_bytes != 0 && bytes > capacity_bytes)
        return dw_error_set(
            err, DW_ERR_LIMIT, "the disc would need %llu bytes, %llu more than it has",
            (unsigned long long)bytes, (unsigned long long)(bytes - capacity_bytes));
    return DW_OK;
}

/* --- placing --- */

static dw_status measure_views(dw_plan *plan, uint32_t *out_data_start, struct dw_error *err)
{
    const struct media_info *kind = &kinds[plan->media];
    const struct dw_tree_format *format = dw_tree_format(plan->tree);
    uint16_t revision = format->udf_revision ? format->udf_revision : kind->udf_default;
    dw_status st = DW_OK;
    if (kind->has_iso && !format->no_iso)
        st = dw_iso_new(plan->tree, &plan->iso, err);
    uint32_t descriptors = plan->iso ? dw_iso_descriptors(plan->iso) : 0;
    if (st == DW_OK && revision != 0)
        st = dw_udf_new(plan->tree, revision, descriptors, &plan->udf, err);
    if (st != DW_OK)
        return st;
    *out_data_start =
        plan->udf ? dw_udf_front_blocks(plan->udf) : DW_ISO_FIRST_DESCRIPTOR + descriptors;
    *out_data_start += plan->iso ? dw_iso_directory_blocks(plan->iso) : 0;
    return DW_OK;
}

static dw_status place_files(dw_plan *plan, uint32_t data_start, struct dw_error *err)
{
    plan->lba = calloc(plan->file_count + 1, sizeof *plan->lba);
    if (!plan->lba)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the extents of a disc");
    uint64_t lba = data_start;
    for (size_t i = 0; i < plan->file_count; i++) {
        struct dw_tree_file file;
        dw_tree_file(plan->tree, i, &file);
        plan->lba[i] = (uint32_t)lba;
        lba += file.size_bytes / DW_BLOCK_SIZE + (file.size_bytes % DW_BLOCK_SIZE != 0);
    }
    dw_status st = check_capacity(lba, 0, err);
    plan->lba[plan->file_count] = (uint32_t)lba;
    plan->blocks = (uint32_t)lba;
    return st;
}

static dw_status make(dw_plan *plan, uint64_t capacity_bytes, struct dw_error *err)
{
    uint32_t data_start = 0;
    dw_status st = measure_views(plan, &data_start, err);
    if (st == DW_OK)
        st = place_files(plan, data_start, err);
    if (st == DW_OK && plan->udf)
        st = dw_udf_place(plan->udf, plan->lba, plan->blocks, &plan->blocks, err);
    if (st == DW_OK)
        st = check_capacity(plan->blocks, capacity_bytes, err);
    if (st == DW_OK && plan->iso)
        st = dw_iso_draw(plan->iso, data_start - dw_iso_directory_blocks(plan->iso), plan->lba,
                         plan->blocks, err);
    return st;
}

dw_status dw_plan_new(const dw_tree *tree, enum dw_media media, uint64_t capacity_bytes,
                      dw_plan **out, struct dw_error *err)
{
    if ((size_t)media >= DW_ARRAY_LEN(kinds))
        return dw_error_set(err, DW_ERR_INVALID, "no such kind of medium");
    const struct media_info *kind = &kinds[media];
    dw_status st = check_format(kind, media, dw_tree_format(tree), err);
    if (st == DW_OK && kind->has_iso && !kind->has_level_3)
        st = check_sizes(tree, err);
    if (st == DW_OK) /* before measuring: a tree far too large is refused at once */
        st = check_capacity(dw_tree_data_blocks(tree), capacity_bytes, err);
    if (st != DW_OK)
        return st;
    dw_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the plan of a disc");
    plan->tree = tree;
    plan->media = media;
    plan->file_count = dw_tree_file_count(tree);
    st = make(plan, capacity_bytes, err);
    if (st != DW_OK) {
        dw_plan_free(plan);
        return st;
    }
    *out = plan;
    return DW_OK;
}

void dw_plan_free(dw_plan *plan)
{
    if (!plan)
        return;
    dw_iso_free(plan->iso);
    dw_udf_free(plan->udf);
    free(plan->lba);
    free(plan);
}

/* --- looking --- */

uint64_t dw_plan_size_bytes(const dw_plan *plan)
{
    return (uint64_t)plan->blocks * DW_BLOCK_SIZE;
}

uint32_t dw_plan_blocks(const dw_plan *plan)
{
    return plan->blocks;
}

enum dw_media dw_plan_media(const dw_plan *plan)
{
    return plan->media;
}

const dw_tree *dw_plan_tree(const dw_plan *plan)
{
    return plan->tree;
}

uint32_t dw_plan_file_lba(const dw_plan *plan, size_t i)
{
    return plan->lba[i];
}

static void render_block(const dw_plan *plan, uint32_t lba, uint8_t *out)
{
    const uint8_t *iso = plan->iso ? dw_iso_block(plan->iso, lba) : NULL;
    if (iso)
        memcpy(out, iso, DW_BLOCK_SIZE);
    else if (!plan->udf || !dw_udf_block(plan->udf, lba, out))
        memset(out, 0, DW_BLOCK_SIZE);
}

void dw_plan_render(const dw_plan *plan, uint32_t lba, uint32_t count, uint8_t *out)
{
    uint32_t data_start = plan->lba[0], data_end = plan->lba[plan->file_count];
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *to = out + (size_t)i * DW_BLOCK_SIZE;
        if (lba + i >= data_start && lba + i < data_end)
            memset(to, 0, DW_BLOCK_SIZE);
        else
            render_block(plan, lba + i, to);
    }
}

bool dw_plan_anchor(const dw_plan *plan, uint32_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    if (!plan->udf)
        return false;
    dw_udf_anchor(plan->udf, lba, out);
    return true;
}

size_t dw_plan_changed_names(const dw_plan *plan)
{
    return plan->iso ? dw_iso_changed_names(plan->iso) : 0;
}

uint64_t dw_plan_overhead_bytes(enum dw_media media, size_t files, size_t folders)
{
    const struct media_info *kind = &kinds[media];
    uint64_t blocks = kind->has_iso ? dw_iso_blocks_max(files, folders) : 0;
    if (kind->udf_default != 0)
        blocks += dw_udf_overhead_blocks_max(kind->udf_default, files, folders);
    return blocks * DW_BLOCK_SIZE;
}
