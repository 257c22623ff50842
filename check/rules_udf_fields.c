/* Fields of the recognition sequence, the anchors, the volume descriptors and the metadata files that have one value on
 * a disc like ours: one volume, one file set (ECMA-167 2/9, 3/10, 4/14.1; UDF 2.2). */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define RECOGNITION_FIRST 16
#define RECOGNITION_MAX 64
#define SEQUENCE_BLOCKS_MIN 16 /* UDF 2.2.3.1 */
#define TAG_EFE 266
#define TEXT_BYTES 128 /* a logical volume identifier with its length */

static const char *at_block(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

/* 2/9.1: structure type 0 and version 1, whatever the identifier says. */
static void rule_recognition(struct dw_judge *judge)
{
    static const char known[][6] = {"BEA01", "NSR02", "NSR03", "TEA01"};
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    for (uint32_t lba = RECOGNITION_FIRST; lba < RECOGNITION_FIRST + RECOGNITION_MAX; lba++) {
        if (!dw_judge_block(judge, lba, d))
            return;
        for (size_t i = 0; i < DW_ARRAY_LEN(known); i++)
            if (memcmp(d + 1, known[i], 5) == 0 && (d[0] != 0 || d[6] != 1))
                dw_findings_add(judge->found, DW_UDF_RECOGNITION, at_block(lba, place),
                                "%s has type %u and version %u", known[i], d[0], d[6]);
    }
}

static void rule_anchors(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    uint8_t first[DW_BLOCK_SIZE], d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    uint32_t first_lba = DW_UDFVOL_NONE;
    for (size_t i = 0; i < DW_ARRAY_LEN(info->anchors); i++) {
        if (!info->anchor_ok[i] || !dw_judge_block(judge, info->anchors[i], d))
            continue;
        at_block(info->anchors[i], place);
        uint32_t main = dw_le32(d + 16) / DW_BLOCK_SIZE, reserve = dw_le32(d + 24) / DW_BLOCK_SIZE;
        if (main < SEQUENCE_BLOCKS_MIN || reserve < SEQUENCE_BLOCKS_MIN)
            dw_findings_add(judge->found, DW_UDF_ANCHOR_COPY, place, "sequences of %u and %u blocks, %d are the least", main,
                            reserve, SEQUENCE_BLOCKS_MIN);
        if (dw_le32(d + 20) == dw_le32(d + 28))
            dw_findings_add(judge->found, DW_UDF_ANCHOR_COPY, place, "both sequences are at block %u", dw_le32(d + 20));
        if (first_lba == DW_UDFVOL_NONE) {
            first_lba = info->anchors[i];
            memcpy(first, d, sizeof first);
        } else if (memcmp(first + 16, d + 16, 16) != 0) {
            dw_findings_add(judge->found, DW_UDF_ANCHOR_COPY, place, "it is not what block %u holds", first_lba);
        }
        if (!dw_judge_is_zero(d + 32, DW_BLOCK_SIZE - 32))
            dw_findings_add(judge->found, DW_UDF_FIELD, place, "reserved bytes of the anchor are not zero");
    }
}

/* --- descriptors --- */

struct field {
    unsigned at, size; /* bytes */
    uint32_t want;
    const char *name;
};
static const struct field pvd_fields[] = {
    {56, 2, 1, "volume sequence number"}, {58, 2, 1, "maximum volume sequence number"},
    {64, 4, 1, "character set list"},     {68, 4, 1, "maximum character set list"},
};
static const struct field fsd_fields[] = {
    {32, 4, 1, "character set list"},
    {36, 4, 1, "maximum character set list"},
    {40, 4, 0, "file set number"},
    {44, 4, 0, "file set descriptor number"},
    {400, 4, DW_BLOCK_SIZE, "length of the root's file entry"},
    {448, 4, 0, "length of the next extent"},
};
static const struct field integrity_fields[] = {{32, 4, 0, "length of the next integrity extent"}};

static void compare_fields(struct dw_judge *judge, uint32_t lba, const uint8_t *d, const struct field *fields,
                           size_t count)
{
    char place[DW_FINDING_PLACE_MAX];
    for (size_t i = 0; i < count; i++) {
        uint32_t value = fields[i].size == 2 ? dw_le16(d + fields[i].at) : dw_le32(d + fields[i].at);
        if (value != fields[i].want)
            dw_findings_add(judge->found, DW_UDF_FIELD, at_block(lba, place), "%s is %u, not %u", fields[i].name, value,
                            fields[i].want);
    }
}

static void tell(struct dw_judge *judge, bool wrong, uint32_t lba, const char *sentence)
{
    char place[DW_FINDING_PLACE_MAX];
    if (wrong)
        dw_findings_add(judge->found, DW_UDF_FIELD, at_block(lba, place), "%s", sentence);
}

static void rule_primary(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    uint8_t d[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, info->pvd, d))
        return;
    compare_fields(judge, info->pvd, d, pvd_fields, DW_ARRAY_LEN(pvd_fields));
    tell(judge, dw_judge_is_zero(d + 72, TEXT_BYTES), info->pvd, "the volume set identifier is empty");
    tell(judge, !dw_judge_is_zero(d + 490, DW_BLOCK_SIZE - 490), info->pvd, "reserved bytes are not zero");
}

/* UDF 2.2.4, 2.2.8: each map says on which volume of the set its partition lies. */
static void rule_maps(struct dw_judge *judge, const struct dw_udfvol_info *info, const uint8_t *lvd)
{
    uint32_t end = 440 + dw_le32(lvd + 264);
    for (uint32_t at = 440; end <= DW_BLOCK_SIZE && at + 6 <= end && lvd[at + 1] >= 6; at += lvd[at + 1]) {
        uint32_t number = lvd[at] == 1 ? at + 2 : at + 36;
        tell(judge, number + 2 <= end && dw_le16(lvd + number) != 1, info->lvd,
             "a partition map names another volume than the first");
    }
}

/* UDF 2.2.7: the descriptor that names the volume once more. */
static void rule_implementation(struct dw_judge *judge, const struct dw_udfvol_info *info, const uint8_t *lvd)
{
    static const char cs0[] = "\0OSTA Compressed Unicode";
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    if (info->iuvd == DW_UDFVOL_NONE || !dw_judge_block(judge, info->iuvd, d))
        return;
    tell(judge, memcmp(d + 21, "*UDF LV Info", 13) != 0, info->iuvd, "its identifier is not *UDF LV Info");
    tell(judge, memcmp(d + 116, lvd + 84, TEXT_BYTES) != 0, info->iuvd,
         "its logical volume identifier is not that of the volume");
    if (memcmp(d + 52, cs0, sizeof cs0) != 0)
        dw_findings_add(judge->found, DW_UDF_CHARSET, at_block(info->iuvd, place), NULL);
}

static void rule_logical(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    uint8_t lvd[DW_BLOCK_SIZE], fsd[DW_BLOCK_SIZE], d[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, info->lvd, lvd) || !dw_judge_block(judge, info->fsd, fsd))
        return;
    rule_maps(judge, info, lvd);
    rule_implementation(judge, info, lvd);
    tell(judge, (dw_le32(lvd + 248) & 0x3FFFFFFF) < DW_BLOCK_SIZE, info->lvd,
         "the extent of the file set has no block");
    compare_fields(judge, info->fsd, fsd, fsd_fields, DW_ARRAY_LEN(fsd_fields));
    tell(judge, memcmp(fsd + 112, lvd + 84, TEXT_BYTES) != 0, info->fsd,
         "the logical volume identifier of the file set is not that of the volume");
    tell(judge, !dw_judge_is_zero(fsd + 480, DW_BLOCK_SIZE - 480), info->fsd, "reserved bytes are not zero");
    if (info->integrity_lba != DW_UDFVOL_NONE && dw_judge_block(judge, info->integrity_lba, d))
        compare_fields(judge, info->integrity_lba, d, integrity_fields, DW_ARRAY_LEN(integrity_fields));
}

/* Tags of one sequence were written together (UDF 2.2.1.1, 2.3.1.1). */
static void rule_serials(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    const uint32_t others[] = {info->lvd, info->pd, info->iuvd};
    uint8_t pvd[DW_BLOCK_SIZE], d[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, info->pvd, pvd))
        return;
    for (size_t i = 0; i < DW_ARRAY_LEN(others); i++)
        if (others[i] != DW_UDFVOL_NONE && dw_judge_block(judge, others[i], d))
            tell(judge, dw_le16(d + 6) != dw_le16(pvd + 6), others[i],
                 "its tag has another serial number than the rest");
}

/* --- the metadata file and its mirror, UDF 2.2.13 --- */

/* Block of the first allocation descriptor, a short one; false: the entry cannot be read, which UDF-METADATA says. */
static bool rule_metadata_entry(struct dw_judge *judge, const struct dw_udfvol_info *info, uint32_t block,
                                uint32_t *out_first)
{
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    uint32_t lba = info->partition_start + block;
    if (block == UINT32_MAX || !dw_judge_block(judge, lba, d))
        return false;
    bool extended = dw_le16(d) == TAG_EFE;
    uint32_t head = extended ? 216 : 176, eas = dw_le32(d + head - 8), ads = dw_le32(d + head - 4);
    if (eas > DW_BLOCK_SIZE - head || ads > DW_BLOCK_SIZE - head - eas || ads < 8)
        return false;
    at_block(lba, place);
    uint64_t size = dw_le64(d + 56), held = 0;
    for (uint32_t at = head + eas; at + 8 <= head + eas + ads; at += 8)
        held += dw_le32(d + at) & 0x3FFFFFFF;
    bool plain = dw_le16(d + 48) == 0 && dw_le64(d + head - 16) == 0 && (!extended || dw_le64(d + 64) == size);
    if (!plain)
        dw_findings_add(judge->found, DW_UDF_FIELD, place,
                        "link count, UniqueID or sizes are not those of a metadata file");
    if (held != size)
        dw_findings_add(judge->found, DW_UDF_METADATA, place, "its extents hold %llu bytes, it has %llu",
                        (unsigned long long)held, (unsigned long long)size);
    dw_judge_slack(judge, place, lba, d, head + eas + ads);
    *out_first = dw_le32(d + head + eas + 4);
    return true;
}

static void rule_metadata(struct dw_judge *judge, const struct dw_udfvol_info *info)
{
    uint32_t main = 0, mirror = 0;
    char place[DW_FINDING_PLACE_MAX];
    if (!info->has_metadata || !info->metadata_ok || !info->mirror_ok || info->mirror_file == info->metadata_file ||
        !rule_metadata_entry(judge, info, info->metadata_file, &main) ||
        !rule_metadata_entry(judge, info, info->mirror_file, &mirror))
        return;
    at_block(info->partition_start + info->mirror_file, place);
    if (info->mirror_is_copy && main == mirror)
        dw_findings_add(judge->found, DW_UDF_MIRROR, place,
                        "it should have content of its own, and has that of the metadata file");
    if (!info->mirror_is_copy && main != mirror)
        dw_findings_add(judge->found, DW_UDF_MIRROR, place,
                        "it should have the content of the metadata file, and has its own");
}

void dw_rules_udf_fields(struct dw_judge *judge, const dw_udfvol *volume)
{
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    rule_recognition(judge);
    rule_anchors(judge, info);
    rule_primary(judge, info);
    rule_logical(judge, info);
    rule_serials(judge, info);
    rule_metadata(judge, info);
}
