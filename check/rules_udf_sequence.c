/* Both volume descriptor sequences and what they name: what must be there, what prevails, the domain, space that is
 * offered for writing, and which blocks all of it takes (ECMA-167 3/8.4, 3/10; UDF 2.2). */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define SEQUENCE_MAX 64
#define RECOGNITION_FIRST 16
#define RECOGNITION_MAX 64
#define TAG_KINDS 8 /* 1 to 7 may stand in a sequence */
#define TAG_POINTER 3
#define TAG_IUVD 4
#define TAG_UNALLOCATED 7
#define TAG_TERMINATOR 8
#define READ_ONLY 1
#define UNKNOWN_SPACE UINT32_MAX /* 3/10.10.6: it is not said */
#define SPACE_TABLES 5           /* extents of the partition header, 4/14.3 */

static const char *at_block(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

/* --- what prevails --- */

static const char *const kinds[TAG_KINDS] = {
    [1] = "primary volume",  [5] = "partition", [6] = "logical volume", [7] = "unallocated space",
};

/* The tag knows where it stands; the rest of two of a kind is the same or one of them is out of date (3/8.4.3). */
static void compare_two(struct dw_judge *judge, uint32_t lba, uint32_t before, const uint8_t *d)
{
    uint8_t other[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    if (dw_judge_block(judge, before, other) && memcmp(other + 16, d + 16, DW_BLOCK_SIZE - 16) != 0)
        dw_findings_add(judge->found, DW_UDF_PREVAIL, at_block(lba, place),
                        "it has number %u, the %s descriptor at block %u number %u", dw_le32(d + 16),
                        kinds[dw_le16(d)], before, dw_le32(other + 16));
}

static void rule_sequence(struct dw_judge *judge, struct dw_udfvol_extent extent)
{
    uint32_t first[TAG_KINDS] = {0};
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    for (uint32_t i = 0; i < extent.blocks && i < SEQUENCE_MAX; i++) {
        uint32_t lba = extent.lba + i;
        if (!dw_judge_block(judge, lba, d))
            return; /* UDF-SEQUENCE says it */
        uint16_t id = dw_le16(d);
        if (id == 0 || id == TAG_TERMINATOR || id == TAG_POINTER)
            break;
        if (id >= TAG_KINDS || !kinds[id])
            continue;
        if (first[id])
            compare_two(judge, lba, first[id], d);
        else
            first[id] = lba;
    }
    if (!first[TAG_UNALLOCATED])
        dw_findings_add(judge->found, DW_UDF_SPACE, at_block(extent.lba, place),
                        "no unallocated space descriptor follows");
}

/* --- domain, space, maps --- */

/* Domain identifier: flags, name, revision, domain flags, five reserved bytes (UDF 2.1.5.3). */
static void rule_domain(struct dw_judge *judge, const struct dw_udfvol_info *info, const uint8_t *lvd,
                        const uint8_t *fsd)
{
    const uint8_t *volume = lvd + 216, *set = fsd + 416;
    char place[DW_FINDING_PLACE_MAX];
    at_block(info->fsd, place);
    if (memcmp(set + 1, volume + 1, 23) != 0)
        dw_findings_add(judge->found, DW_UDF_DOMAIN, place, "it is not that of the volume");
    else if (set[26] != volume[26])
        dw_findings_add(judge->found, DW_UDF_DOMAIN, place, "its flags are %02X, the volume's %02X",
                        set[26], volume[26]);
    if ((set[26] & ~3u) != 0 || !dw_judge_is_zero(set + 27, 5) || !dw_judge_is_zero(volume + 27, 5))
        dw_findings_add(judge->found, DW_UDF_DOMAIN, place, "reserved bits are set");
}

static void rule_stream_directory(struct dw_judge *judge, const struct dw_udfvol_info *info,
                                  const uint8_t *fsd)
{
    char place[DW_FINDING_PLACE_MAX];
    if (info->revision >= 0x0200 && dw_le32(fsd + 464) != 0)
        dw_findings_add_as(judge->found, DW_UDF_STREAM, DW_SEV_NOTE, at_block(info->fsd, place),
                           "the file set has a stream directory"); /* of the system, not of a file */
}

static void rule_allocated(struct dw_judge *judge, const struct dw_udfvol_info *info,
                           const uint8_t *pd)
{
    char place[DW_FINDING_PLACE_MAX];
    if (!(pd[20] & 1)) /* 3/10.5.3 */
        dw_findings_add(judge->found, DW_UDF_SPACE, at_block(info->pd, place),
                        "the partition is not marked as allocated");
}

static void rule_free_space(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    uint32_t maps = info->has_metadata ? 2 : 1;
    if (info->integrity_lba == DW_UDFVOL_NONE || info->access_type != READ_ONLY ||
        !dw_judge_block(judge, info->integrity_lba, d) || dw_le32(d + 72) != maps)
        return; /* UDF-INTEGRITY says it */
    for (uint32_t i = 0; i < maps; i++) {
        uint32_t blocks = dw_le32(d + 80 + 4 * (size_t)i);
        if (blocks != 0 && blocks != UNKNOWN_SPACE)
            dw_findings_add(judge->found, DW_UDF_SPACE, at_block(info->integrity_lba, place),
                            "%u blocks of partition %u are said to be free", blocks, i);
    }
}

static void rule_metadata_map(struct dw_judge *judge, const struct dw_udfvol_info *info,
                              const uint8_t *lvd)
{
    char place[DW_FINDING_PLACE_MAX];
    uint32_t end = 440 + dw_le32(lvd + 264);
    for (uint32_t at = 440; end <= DW_BLOCK_SIZE && at + 64 <= end && lvd[at + 1] != 0;
         at += lvd[at + 1])
        if (lvd[at] == 2 && lvd[at + 1] == 64 &&
            ((lvd[at + 58] & ~1u) != 0 || !dw_judge_is_zero(lvd + at + 59, 5)))
            dw_findings_add(judge->found, DW_UDF_METADATA, at_block(info->lvd, place),
                            "reserved bits of its flags are set");
}

/* --- what it takes --- */

static void own_recognition(struct dw_judge *judge)
{
    static const char known[][6] = {"BEA01", "NSR02", "NSR03", "TEA01", "BOOT2", "CDW02", "CD001"};
    uint8_t d[DW_BLOCK_SIZE];
    for (uint32_t lba = RECOGNITION_FIRST; lba < RECOGNITION_FIRST + RECOGNITION_MAX; lba++) {
        bool is_one = false;
        if (!dw_judge_block(judge, lba, d))
            return;
        for (size_t i = 0; i < DW_ARRAY_LEN(known); i++)
            is_one = is_one || memcmp(d + 1, known[i], 5) == 0;
        if (!is_one)
            return;
        dw_judge_own(judge, lba, 1);
    }
}

static void own_part(void *ctx, const struct dw_udfvol_part *part)
{
    if (part->extent.blocks > 0)
        dw_judge_own(ctx, part->extent.lba, part->extent.blocks);
}

/* A metadata file: its entry, and blocks in the physical partition. */
static void own_metadata_file(struct dw_judge *judge, dw_udfvol *volume, uint32_t block)
{
    struct dw_udfvol_entry entry = {.icb_block = block};
    struct dw_error err = {0};
    if (block == UINT32_MAX)
        return;
    dw_judge_own(judge, (uint64_t)judge->udf.partition_start + block, 1);
    if (dw_udfvol_parts(volume, &entry, own_part, judge, &err) == DW_ERR_INTERNAL)
        dw_judge_fail(judge, DW_ERR_INTERNAL, &err);
}

static void own_volume(struct dw_judge *judge, dw_udfvol *volume, const uint8_t *pd, const uint8_t *lvd)
{
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    own_recognition(judge);
    for (unsigned i = 0; i < DW_ARRAY_LEN(info->anchors); i++)
        dw_judge_own(judge, info->anchors[i], info->anchor_ok[i]);
    dw_judge_own(judge, info->main.lba, info->main.blocks);
    dw_judge_own(judge, info->reserve.lba, info->reserve.blocks);
    dw_judge_own(judge, info->integrity.lba, info->integrity.blocks);
    dw_judge_own_bytes(judge, info->fsd, dw_le32(lvd + 248) & 0x3FFFFFFFu);
    for (unsigned i = 0; i < SPACE_TABLES; i++)
        dw_judge_own_bytes(judge, (uint64_t)info->partition_start + dw_le32(pd + 60 + 8 * (size_t)i),
                           dw_le32(pd + 56 + 8 * (size_t)i) & 0x3FFFFFFFu);
    if (info->has_metadata) {
        own_metadata_file(judge, volume, info->metadata_file);
        own_metadata_file(judge, volume, info->mirror_file);
        own_metadata_file(judge, volume, info->bitmap_file);
    }
}

void dw_rules_udf_sequence(struct dw_judge *judge, dw_udfvol *volume)
{
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    uint8_t lvd[DW_BLOCK_SIZE], pd[DW_BLOCK_SIZE], fsd[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, info->lvd, lvd) || !dw_judge_block(judge, info->pd, pd) ||
        !dw_judge_block(judge, info->fsd, fsd))
        return; /* the reader has just read them: the drive will fail elsewhere too */
    rule_sequence(judge, info->main_ok ? info->main : info->reserve);
    rule_domain(judge, info, lvd, fsd);
    rule_stream_directory(judge, info, fsd);
    rule_allocated(judge, info, pd);
    rule_free_space(judge, info);
    rule_metadata_map(judge, info, lvd);
    own_volume(judge, volume, pd, lvd);
}
