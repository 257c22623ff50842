#include "burn/image/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "burn/image/iso.h"

struct media_info {
    uint32_t free_until;      /* blocks kept free for UDF: descriptors up to 256, aligned */
    uint32_t pad_blocks;      /* the image is a multiple of this: one ECC block */
};

static const struct media_info kinds[] = {
    [DW_MEDIA_CD] = {.pad_blocks = 1},
    [DW_MEDIA_DVD] = {.free_until = 288, .pad_blocks = 16},
    [DW_MEDIA_BD] = {.pad_blocks = 32},
};

struct dw_plan {
    const dw_tree *tree;
    enum dw_media media;
    struct dw_iso_head head;
    uint32_t blocks;
};

/* --- what a level 1 volume can hold --- */

static dw_status check_sizes(const dw_tree *tree, struct dw_error *err)
{
    for (size_t i = 0; i < dw_tree_file_count(tree); i++) {
        struct dw_tree_file file;
        dw_tree_file(tree, i, &file);
        if (file.size_bytes > UINT32_MAX) /* one extent, ECMA-119 10.1, counted in 32 bits, 9.1.4 */
            return dw_error_set(err, DW_ERR_UNSUPPORTED,
                                "'%s' has 4 GiB or more, which ISO 9660 level 1 cannot hold",
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
        return dw_error_set(err, DW_ERR_LIMIT,
                            "the disc would need %llu bytes, %llu more than it has",
                            (unsigned long long)bytes,
                            (unsigned long long)(bytes - capacity_bytes));
    return DW_OK;
}

dw_status dw_plan_new(const dw_tree *tree, enum dw_media media, uint64_t capacity_bytes,
                      dw_plan **out, struct dw_error *err)
{
    if ((size_t)media >= DW_ARRAY_LEN(kinds))
        return dw_error_set(err, DW_ERR_INVALID, "no such kind of medium");
    if (media == DW_MEDIA_BD)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "Blu-ray needs UDF 2.50, which is not written yet");
    dw_status st = check_sizes(tree, err);
    if (st == DW_OK) /* before drawing: a tree far too large is refused at once */
        st = check_capacity(dw_tree_data_blocks(tree), capacity_bytes, err);
    if (st != DW_OK)
        return st;
    dw_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the plan of a disc");
    plan->tree = tree;
    plan->media = media;
    st = dw_iso_render(tree, kinds[media].free_until, &plan->head, err);
    if (st == DW_OK) {
        uint64_t pad = kinds[media].pad_blocks;
        uint64_t blocks = plan->head.blocks + dw_tree_data_blocks(tree);
        blocks = (blocks + pad - 1) / pad * pad;
        st = check_capacity(blocks, capacity_bytes, err);
        plan->blocks = (uint32_t)blocks;
    }
    if (st != DW_OK) {
        dw_plan_free(plan);
        return st;
    }
    dw_iso_head_set_blocks(&plan->head, plan->blocks);
    *out = plan;
    return DW_OK;
}

void dw_plan_free(dw_plan *plan)
{
    if (!plan)
        return;
    dw_iso_head_done(&plan->head);
    free(plan);
}

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
    return plan->head.lba[i];
}

const uint8_t *dw_plan_head(const dw_plan *plan, uint32_t *out_blocks)
{
    *out_blocks = plan->head.blocks;
    return plan->head.data;
}

uint64_t dw_plan_overhead_bytes(enum dw_media media, size_t files, size_t folders)
{
    const struct media_info *kind = &kinds[media];
    return (dw_iso_head_blocks_max(kind->free_until, files, folders) + kind->pad_blocks - 1) *
           DW_BLOCK_SIZE;
}
