/* What nobody sees who opens a disc: bytes behind the end of files and tables, and blocks that belong to
 * none. A writer's old memory may be in both, and with it other patients' data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define SYSTEM_AREA_BLOCKS 16 /* ECMA-119 6.2.1 */
#define CHUNK_BLOCKS 64
#define TAG_ANCHOR 2
#define ANCHOR_BYTES 32 /* of the tag and both extents; the rest is reserved, ECMA-167 3/10.2 */

void dw_judge_own(struct dw_judge *judge, uint64_t lba, uint64_t blocks)
{
    struct dw_error err = {0};
    dw_status st = dw_space_own(&judge->space, lba, blocks, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

void dw_judge_own_bytes(struct dw_judge *judge, uint64_t lba, uint64_t bytes)
{
    dw_judge_own(judge, lba, bytes / DW_BLOCK_SIZE + (bytes % DW_BLOCK_SIZE != 0));
}

bool dw_judge_is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

void dw_judge_slack(struct dw_judge *judge, const char *place, uint64_t lba, const uint8_t *block,
                    size_t used)
{
    if (used < DW_BLOCK_SIZE && !dw_judge_is_zero(block + used, DW_BLOCK_SIZE - used))
        dw_findings_add(judge->found, DW_VOLUME_SLACK, place, "%zu bytes of block %llu",
                        DW_BLOCK_SIZE - used, (unsigned long long)lba);
}

/* The block was read a moment ago, as the last of its file: a drive has it still. */
void dw_rules_file_tail(struct dw_judge *judge, size_t index)
{
    struct dw_check_source_entry entry;
    uint8_t block[DW_BLOCK_SIZE];
    dw_judge_entry(judge, index, &entry);
    size_t used = (size_t)(entry.size_bytes % DW_BLOCK_SIZE);
    if (!dw_check_source_blocks(judge->source) || used == 0)
        return;
    uint64_t lba = dw_check_source_is_udf(judge->source)
                       ? judge->seen[index].tail
                       : (uint64_t)entry.lba + entry.ear_length + entry.size_bytes / DW_BLOCK_SIZE;
    if (lba != 0 && dw_judge_block(judge, lba, block))
        dw_judge_slack(judge, entry.path, lba, block, used);
}

/* --- blocks that belong to nothing --- */

struct run { /* of such blocks that are not zero */
    uint64_t first, count;
};

static void tell_run(struct dw_judge *judge, struct run *run)
{
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    char place[DW_FINDING_PLACE_MAX];
    if (run->count == 0)
        return;
    (void)snprintf(place, sizeof place, "block %llu", (unsigned long long)run->first);
    bool behind = volume && run->first >= volume->blocks;
    dw_findings_add(judge->found, behind ? DW_ISO_BEHIND : DW_VOLUME_UNOWNED, place,
                    "%llu blocks from there", (unsigned long long)run->count);
    run->count = 0;
}

/* genisoimage leaves its version and options there, libisofs a mark of its own. */
static bool is_mark_of_writer(const uint8_t *block)
{
    return memcmp(block, "MKI ", 4) == 0;
}

/* genisoimage fills the padding of a UDF volume with anchors; behind what it says nothing may hide. */
static bool is_anchor(uint64_t lba, const uint8_t *block)
{
    return dw_le16(block) == TAG_ANCHOR && lba <= UINT32_MAX &&
           !dw_udfvol_tag_fault(block, DW_BLOCK_SIZE, (uint32_t)lba, 0) &&
           dw_judge_is_zero(block + ANCHOR_BYTES, DW_BLOCK_SIZE - ANCHOR_BYTES);
}

static bool is_descriptor(const uint8_t *block)
{
    return block[0] == 1 && memcmp(block + 1, "CD001\1", 6) == 0;
}

static void look_at(struct dw_judge *judge, uint64_t lba, const uint8_t *block, struct run *run)
{
    char place[DW_FINDING_PLACE_MAX];
    bool zero = dw_judge_is_zero(block, DW_BLOCK_SIZE) || is_anchor(lba, block), mark = is_mark_of_writer(block);
    (void)snprintf(place, sizeof place, "block %llu", (unsigned long long)lba);
    if (zero || mark)
        tell_run(judge, run);
    if (mark)
        dw_findings_add_as(judge->found, DW_VOLUME_UNOWNED, DW_SEV_NOTE, place,
                           "the program that wrote the image left its version there");
    if (zero || mark)
        return;
    if (is_descriptor(block))
        dw_rules_session(judge, block, lba);
    if (run->count == 0)
        run->first = lba;
    run->count++;
}

static void look_through(struct dw_judge *judge, struct dw_space_run gap, uint8_t *chunk)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    struct run run = {0};
    for (uint32_t done = 0; done < gap.blocks;) {
        uint32_t left = gap.blocks - done, count = left < CHUNK_BLOCKS ? left : CHUNK_BLOCKS;
        /* what cannot be read and belongs to nothing is missed by nobody: run-out, ends of tracks */
        bool readable = blocks->read(blocks->ctx, gap.lba + done, count, chunk, NULL) == DW_OK;
        for (uint32_t i = 0; readable && i < count; i++)
            look_at(judge, (uint64_t)gap.lba + done + i, chunk + (size_t)i * DW_BLOCK_SIZE, &run);
        done += count;
    }
    tell_run(judge, &run);
}

/* What lies before the volume (ECMA-119 6.2.1) is the system's own, and no file. */
static void rule_system_area(struct dw_judge *judge)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    uint8_t area[SYSTEM_AREA_BLOCKS * DW_BLOCK_SIZE];
    if (blocks->count < SYSTEM_AREA_BLOCKS ||
        blocks->read(blocks->ctx, 0, SYSTEM_AREA_BLOCKS, area, NULL) != DW_OK ||
        dw_judge_is_zero(area, sizeof area))
        return;
    bool boots = area[510] == 0x55 && area[511] == 0xAA;
    dw_findings_add(judge->found, DW_ISO_SYSTEM_AREA, "block 0", "%s",
                    boots ? "it ends its first sector as a boot sector does" : "");
}

/* Where what owns blocks could not be read to its end, the rest would seem to belong to nothing. */
static bool all_is_known(const struct dw_judge *judge)
{
    static const enum dw_code blind[] = {
        DW_ISO_TREE,     DW_ISO_TERMINATOR, DW_ISO_PATH_TABLE, DW_ISO_EXTENT,   DW_ISO_SECOND_TREE,
        DW_UDF_RECOGNITION,
        DW_UDF_SEQUENCE, DW_UDF_TREE,       DW_UDF_EXTENT,     DW_UDF_METADATA, DW_UDF_STREAM};
    for (size_t i = 0; i < DW_ARRAY_LEN(blind); i++)
        if (judge->found->seen[blind[i]])
            return false;
    return judge->has_udf ||
           (dw_check_source_volume(judge->source) && !dw_check_source_has_udf(judge->source));
}

void dw_rules_space_begin(struct dw_judge *judge)
{
    if (!dw_check_source_blocks(judge->source))
        return;
    rule_system_area(judge);
    dw_judge_own(judge, 0, SYSTEM_AREA_BLOCKS);
    judge->space_known = all_is_known(judge);
}

void dw_rules_space(struct dw_judge *judge, uint64_t until)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    struct dw_space_run gap;
    struct dw_error err = {0};
    if (!judge->space_known || judge->swept >= until || judge->swept >= blocks->count)
        return;
    uint32_t end = until < blocks->count ? (uint32_t)until : blocks->count;
    uint8_t *chunk = NULL;
    if (dw_space_sort(&judge->space, &err) != DW_OK)
        dw_judge_fail(judge, err.code, &err);
    while (judge->st == DW_OK && dw_space_gap(&judge->space, judge->swept, end, &gap)) {
        if (!chunk && !(chunk = malloc((size_t)CHUNK_BLOCKS * DW_BLOCK_SIZE))) {
            dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
            return;
        }
        look_through(judge, gap, chunk);
        judge->swept = gap.lba + gap.blocks;
    }
    judge->swept = end;
    free(chunk);
}
