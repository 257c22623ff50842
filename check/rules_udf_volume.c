/* The descriptors of a UDF volume, read from the blocks themselves (ECMA-167 3/10, 4/14.1; UDF 2.2;
 * PS3.12 P.2, X.2). */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define SEQUENCE_MAX 64
#define TAG_IUVD 4
#define TAG_TERMINATOR 8
#define CLOSED 1
#define READ_ONLY 1
#define NEXT_UNIQUE_ID_FIRST 16 /* UDF 3.2.1.1 */

struct volume { /* what the rules look at */
    const dw_udfvol *reader;
    const struct dw_udfvol_info *info;
    uint64_t files, folders, unique_id_max;
    uint8_t pvd[DW_BLOCK_SIZE], pd[DW_BLOCK_SIZE], lvd[DW_BLOCK_SIZE], fsd[DW_BLOCK_SIZE];
};

static const char *at_block(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

/* The same descriptor, wherever it stands: id, version and content. The tag's checksum and location
 * differ. */
static bool is_copy(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, 4) == 0 && memcmp(a + 16, b + 16, DW_BLOCK_SIZE - 16) == 0;
}

static void rule_reserve(struct dw_judge *judge, const struct volume *v)
{
    uint8_t a[DW_BLOCK_SIZE], b[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    if (!v->info->main_ok || !v->info->reserve_ok)
        return; /* UDF-SEQUENCE says it */
    uint32_t count = v->info->main.blocks < SEQUENCE_MAX ? v->info->main.blocks : SEQUENCE_MAX;
    for (uint32_t i = 0; i < count && i < v->info->reserve.blocks; i++) {
        if (!dw_judge_block(judge, v->info->main.lba + (uint64_t)i, a) ||
            !dw_judge_block(judge, v->info->reserve.lba + (uint64_t)i, b))
            return;
        if (!is_copy(a, b))
            dw_findings_add(judge->found, DW_UDF_RESERVE, at_block(v->info->reserve.lba + i, place),
                            "it is not what block %u holds", v->info->main.lba + i);
        if (dw_le16(a) == TAG_TERMINATOR)
            return;
    }
}

static void rule_interchange(struct dw_judge *judge, const struct volume *v)
{
    char place[DW_FINDING_PLACE_MAX];
    uint16_t level = dw_le16(v->pvd + 60), most = dw_le16(v->pvd + 62);
    if (level != 2 || most != 2)
        dw_findings_add(judge->found, DW_UDF_INTERCHANGE, at_block(v->info->pvd, place),
                        "they are %u and %u", level, most);
    level = dw_le16(v->fsd + 28);
    most = dw_le16(v->fsd + 30);
    if (level != 3 || most != 3)
        dw_findings_add(judge->found, DW_UDF_INTERCHANGE, at_block(v->info->fsd, place),
                        "they are %u and %u", level, most);
}

static void rule_charset(struct dw_judge *judge, const struct volume *v)
{
    static const char cs0[] = "\0OSTA Compressed Unicode";
    const struct {
        const uint8_t *at;
        uint32_t lba;
    } sets[] = {{v->pvd + 200, v->info->pvd},
                {v->pvd + 264, v->info->pvd},
                {v->lvd + 20, v->info->lvd},
                {v->fsd + 48, v->info->fsd},
                {v->fsd + 240, v->info->fsd}};
    char place[DW_FINDING_PLACE_MAX];
    for (size_t i = 0; i < DW_ARRAY_LEN(sets); i++)
        if (memcmp(sets[i].at, cs0, sizeof cs0) != 0)
            dw_findings_add(judge->found, DW_UDF_CHARSET, at_block(sets[i].lba, place), NULL);
}

static bool is_revision(uint16_t revision)
{
    static const uint16_t known[] = {0x0102, 0x0150, 0x0200, 0x0201, 0x0250, 0x0260};
    for (size_t i = 0; i < DW_ARRAY_LEN(known); i++)
        if (known[i] == revision)
            return true;
    return false;
}

static void disagree(struct dw_judge *judge, uint32_t lba, const char *what, uint16_t revision,
                     uint16_t wanted)
{
    char place[DW_FINDING_PLACE_MAX];
    if (revision != wanted)
        dw_findings_add(judge->found, DW_UDF_REVISION, at_block(lba, place),
                        "%s says %X.%02X, the volume %X.%02X", what, revision >> 8, revision & 0xFF,
                        wanted >> 8, wanted & 0xFF);
}

/* UDF 2.1.5.3: the suffix of every identifier of UDF, and what follows from it. */
static void rule_revision(struct dw_judge *judge, const struct volume *v)
{
    const struct dw_udfvol_info *info = v->info;
    uint8_t iuvd[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    at_block(info->lvd, place);
    if (!is_revision(info->revision) || memcmp(v->lvd + 217, "*OSTA UDF Compliant", 19) != 0) {
        dw_findings_add(judge->found, DW_UDF_REVISION, place, "%X.%02X is none",
                        info->revision >> 8, info->revision & 0xFF);
        return;
    }
    uint8_t nsr = info->revision < 0x0200 ? 2 : 3;
    if (info->nsr && info->nsr != nsr)
        dw_findings_add(judge->found, DW_UDF_REVISION, place, "%X.%02X on an NSR%02u volume",
                        info->revision >> 8, info->revision & 0xFF, info->nsr);
    if (info->tag_version != nsr)
        dw_findings_add(judge->found, DW_UDF_REVISION, place, "%X.%02X with tags of version %u",
                        info->revision >> 8, info->revision & 0xFF, info->tag_version);
    if (v->pd[30] != (uint8_t)('0' + nsr))
        dw_findings_add(judge->found, DW_UDF_REVISION, at_block(info->pd, place),
                        "the partition contents are not +NSR%02u", nsr);
    disagree(judge, info->fsd, "the file set", dw_le16(v->fsd + 440), info->revision);
    if (info->iuvd != DW_UDFVOL_NONE && dw_judge_block(judge, info->iuvd, iuvd))
        disagree(judge, info->iuvd, "the implementation use descriptor", dw_le16(iuvd + 44),
                 info->revision);
    if (info->has_metadata)
        disagree(judge, info->lvd, "the metadata partition map", info->map_revision,
                 info->revision);
    if (info->has_metadata && info->revision < 0x0250)
        dw_findings_add(judge->found, DW_UDF_METADATA, place,
                        "there is one, which UDF %X.%02X does not have", info->revision >> 8,
                        info->revision & 0xFF);
    if (!info->has_metadata && info->revision >= 0x0250)
        dw_findings_add(judge->found, DW_UDF_METADATA, place,
                        "there is none, which UDF %X.%02X demands", info->revision >> 8,
                        info->revision & 0xFF);
}

static void rule_access(struct dw_judge *judge, const struct volume *v)
{
    char place[DW_FINDING_PLACE_MAX];
    at_block(v->info->pd, place);
    if (v->info->access_type != READ_ONLY)
        dw_findings_add(judge->found, DW_UDF_ACCESS, place, "its access type is %u",
                        v->info->access_type);
    for (unsigned i = 56; i < 184; i++)
        if (v->pd[i] != 0) { /* 4/14.3: space tables and bitmaps */
            dw_findings_add(judge->found, DW_UDF_ACCESS, place, "it has a space table or bitmap");
            return;
        }
}

static void judge_integrity(struct dw_judge *judge, const struct volume *v, const uint8_t *d)
{
    const struct dw_udfvol_info *info = v->info;
    char place[DW_FINDING_PLACE_MAX];
    at_block(info->integrity_lba, place);
    uint32_t partitions = dw_le32(d + 72), use = dw_le32(d + 76), maps = info->has_metadata ? 2 : 1;
    if (dw_le32(d + 28) != CLOSED)
        dw_findings_add(judge->found, DW_UDF_INTEGRITY, place, "it is open");
    if (partitions != maps || use < 46) {
        dw_findings_add(judge->found, DW_UDF_INTEGRITY, place, "%u partitions and %u bytes of use",
                        partitions, use);
        return;
    }
    if (dw_le32(d + 80 + 4 * (size_t)maps) != info->partition_blocks)
        dw_findings_add(judge->found, DW_UDF_INTEGRITY, place,
                        "the partition has %u blocks, it says %u", info->partition_blocks,
                        dw_le32(d + 80 + 4 * (size_t)maps));
    const uint8_t *at = d + 80 + 8 * (size_t)maps + 32;
    if (dw_le32(at) != v->files || dw_le32(at + 4) != v->folders)
        dw_findings_add(judge->found, DW_UDF_COUNT, place,
                        "it says %u and %u, there are %llu and %llu", dw_le32(at), dw_le32(at + 4),
                        (unsigned long long)v->files, (unsigned long long)v->folders);
    uint16_t min_read = dw_le16(at + 8);
    if (!is_revision(min_read) || min_read > info->revision)
        dw_findings_add(judge->found, DW_UDF_REVISION, place,
                        "the least revision to read it with is %X.%02X", min_read >> 8,
                        min_read & 0xFF);
    uint16_t min_write = dw_le16(at + 10), max_write = dw_le16(at + 12);
    if (!is_revision(min_write) || !is_revision(max_write) || min_write > max_write)
        dw_findings_add(judge->found, DW_UDF_REVISION, place, "it was written with revisions from %X.%02X to %X.%02X",
                        min_write >> 8, min_write & 0xFF, max_write >> 8, max_write & 0xFF);
    uint64_t next = dw_le64(d + 40);
    if (next <= v->unique_id_max || next < NEXT_UNIQUE_ID_FIRST)
        dw_findings_add(judge->found, DW_UDF_UNIQUE, place, "%llu is the next, %llu is taken",
                        (unsigned long long)next, (unsigned long long)v->unique_id_max);
}

static void rule_integrity(struct dw_judge *judge, const struct volume *v)
{
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    if (v->info->integrity_lba == DW_UDFVOL_NONE ||
        !dw_judge_block(judge, v->info->integrity_lba, d))
        dw_findings_add(judge->found, DW_UDF_INTEGRITY, at_block(v->info->integrity.lba, place),
                        "there is none");
    else
        judge_integrity(judge, v, d);
}

/* UDF 2.2.13: whole allocation units, aligned, and the mirror is another file. */
static void rule_metadata(struct dw_judge *judge, const struct volume *v)
{
    const struct dw_udfvol_info *info = v->info;
    struct dw_udfvol_extent extent;
    char place[DW_FINDING_PLACE_MAX];
    if (!info->has_metadata)
        return;
    at_block(info->lvd, place);
    if (info->bitmap_file != UINT32_MAX && info->access_type == READ_ONLY)
        dw_findings_add(judge->found, DW_UDF_METADATA, place, "a bitmap on a read-only partition");
    if (info->mirror_file == info->metadata_file)
        dw_findings_add(judge->found, DW_UDF_MIRROR, place, "it is the metadata file itself");
    if (info->allocation_unit == 0 || info->alignment_unit == 0) {
        dw_findings_add(judge->found, DW_UDF_METADATA, place, "units of %u and %u blocks",
                        info->allocation_unit, info->alignment_unit);
        return;
    }
    for (int mirror = 0; mirror < 2; mirror++)
        for (size_t i = 0; dw_udfvol_metadata_extent(v->reader, mirror, i, &extent); i++)
            if (extent.blocks % info->allocation_unit != 0 ||
                (extent.lba - info->partition_start) % info->alignment_unit != 0)
                dw_findings_add(judge->found, DW_UDF_METADATA, at_block(extent.lba, place),
                                "%u blocks from there are not whole, aligned units", extent.blocks);
}

static void rule_padding(struct dw_judge *judge, const struct volume *v)
{
    uint32_t unit = v->info->revision >= 0x0250 ? 32 : 16;
    uint32_t count = dw_check_source_blocks(judge->source)->count;
    if (count % unit != 0)
        dw_findings_add(judge->found, DW_UDF_PADDING, "", "%u blocks, ECC blocks have %u", count,
                        unit);
}

typedef void udf_rule(struct dw_judge *judge, const struct volume *v);
static udf_rule *const rules[] = {rule_reserve, rule_interchange, rule_charset,  rule_revision,
                                  rule_access,  rule_integrity,   rule_metadata, rule_padding};

void dw_rules_udf_volume(struct dw_judge *judge, const dw_udfvol *volume, uint64_t files,
                         uint64_t folders, uint64_t unique_id_max)
{
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    struct volume v = {.reader = volume,
                       .info = info,
                       .files = files,
                       .folders = folders,
                       .unique_id_max = unique_id_max};
    if (!dw_judge_block(judge, info->pvd, v.pvd) || !dw_judge_block(judge, info->pd, v.pd) ||
        !dw_judge_block(judge, info->lvd, v.lvd) || !dw_judge_block(judge, info->fsd, v.fsd))
        return; /* the reader has just read them: the drive will fail elsewhere too */
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge, &v);
}

/* What the medium of the profile must have (PS3.12 F.1, J.1, P.1, X.1). A folder has no file system
 * to judge. */
void dw_rules_medium(struct dw_judge *judge)
{
    bool iso = dw_check_source_volume(judge->source) != NULL, udf = judge->has_udf;
    uint16_t revision = judge->udf.revision;
    if (!dw_check_source_blocks(judge->source) || (!iso && !udf))
        return; /* ISO-NONE or UDF-UNREADABLE says it */
    enum dw_check_medium medium = judge->profile->medium;
    bool needs_udf = medium == DW_CHECK_BD || medium == DW_CHECK_DVD_RAM;
    bool fits = medium == DW_CHECK_BD        ? revision >= 0x0250
                : medium == DW_CHECK_DVD_RAM ? revision == 0x0150
                                             : revision <= 0x0201;
    if (needs_udf && !dw_check_source_has_udf(judge->source))
        dw_findings_add(judge->found, DW_UDF_NONE, "", "%s", judge->profile->name);
    else if (udf && !fits)
        dw_findings_add(judge->found, DW_UDF_MEDIUM, "", "UDF %X.%02X for %s", revision >> 8,
                        revision & 0xFF, judge->profile->name);
    if (medium == DW_CHECK_CD && !iso)
        dw_findings_add(judge->found, DW_UDF_MEDIUM, "", "no ISO 9660 for %s",
                        judge->profile->name);
    if (medium == DW_CHECK_BD && iso)
        dw_findings_add_as(judge->found, DW_UDF_MEDIUM, DW_SEV_WARNING, "",
                           "ISO 9660 beside UDF on a Blu-ray");
}
