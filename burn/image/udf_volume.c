/* What describes the volume: recognition, both descriptor sequences, integrity and anchors (ECMA-167 2/9 and
 * 3/10, OSTA UDF 2.2; facts 7.3, 7.4). */
#include "burn/image/udf_private.h"

#define RECOGNITION_FIRST 16
#define SEQUENCE_USED 6
#define DESCRIPTOR_BYTES 512
#define READ_ONLY 1
#define CLOSED 1

/* --- volume recognition sequence --- */

static void put_recognition(const dw_udf *udf, uint32_t number, uint8_t *out)
{
    const char *const identifiers[] = {"BEA01", udf->revision->nsr, "TEA01"};
    memcpy(out + 1, identifiers[number], 5);
    out[6] = 1;
}

/* --- volume descriptor sequence --- */

static size_t put_primary(const dw_udf *udf, uint8_t *out)
{
    dw_udf_put_dstring(out + 24, 32, udf->label);
    dw_udf_put16(out + 56, 1); /* volume 1 of 1 */
    dw_udf_put16(out + 58, 1);
    dw_udf_put16(out + 60, 2); /* interchange level and its maximum: PS3.12 P.2.1.1, X.2.1.1 */
    dw_udf_put16(out + 62, 2);
    dw_udf_put32(out + 64, 1); /* character sets: CS0 alone */
    dw_udf_put32(out + 68, 1);
    dw_udf_put_dstring(out + 72, 128, udf->set_id);
    dw_udf_put_charspec(out + 200);
    dw_udf_put_charspec(out + 264);
    dw_udf_put_application(out + 344);
    dw_udf_put_time(out + 376, dw_tree_made_at_s(udf->tree));
    dw_udf_put_implementation(out + 388);
    return DESCRIPTOR_BYTES;
}

static size_t put_implementation_use(const dw_udf *udf, uint8_t *out)
{
    dw_udf_put_udf_id(udf, out + 20, "*UDF LV Info");
    dw_udf_put_charspec(out + 52);
    dw_udf_put_dstring(out + 116, 128, udf->label);
    dw_udf_put_implementation(out + 352);
    return DESCRIPTOR_BYTES;
}

static size_t put_partition(const dw_udf *udf, uint8_t *out)
{
    dw_udf_put16(out + 20, 1); /* allocated; its number is 0 */
    dw_udf_put_contents_id(udf, out + 24);
    dw_udf_put32(out + 184, READ_ONLY);
    dw_udf_put32(out + 188, dw_udf_partition_lba(udf));
    dw_udf_put32(out + 192, udf->partition_blocks);
    dw_udf_put_implementation(out + 196);
    return DESCRIPTOR_BYTES;
}

/* Type 1 for the physical partition and, of type 2, the metadata partition (UDF 2.50 2.2.10). */
static size_t put_maps(const dw_udf *udf, uint8_t *at)
{
    at[0] = 1;
    at[1] = 6;
    dw_udf_put16(at + 2, 1); /* volume sequence number */
    dw_udf_put16(at + 4, 0); /* partition number */
    if (!udf->revision->has_metadata)
        return 6;
    uint8_t *map = at + 6;
    map[0] = 2;
    map[1] = 64;
    dw_udf_put_udf_id(udf, map + 4, "*UDF Metadata Partition");
    dw_udf_put16(map + 36, 1);
    dw_udf_put16(map + 38, 0);
    dw_udf_put32(map + 40, 0); /* entry of the metadata file, in the partition */
    dw_udf_put32(map + 44, udf->mirror - dw_udf_partition_lba(udf));
    dw_udf_put32(map + 48, UINT32_MAX); /* no bitmap: nothing is ever allocated again */
    dw_udf_put32(map + 52, DW_UDF_UNIT);
    dw_udf_put16(map + 56, DW_UDF_UNIT);
    map[58] = 1; /* the mirror has its own copy of the data */
    return 6 + 64;
}

static size_t put_logical(const dw_udf *udf, uint8_t *out)
{
    size_t maps = put_maps(udf, out + 440);
    dw_udf_put_charspec(out + 20);
    dw_udf_put_dstring(out + 84, 128, udf->label);
    dw_udf_put32(out + 212, DW_BLOCK_SIZE);
    dw_udf_put_domain(udf, out + 216);
    /* FSD and the TD behind it, in the last of our partitions. */
    dw_udf_put_long_ad(out + 248, 2 * DW_BLOCK_SIZE, 0, udf->revision->has_metadata, 0);
    dw_udf_put32(out + 264, (uint32_t)maps);
    dw_udf_put32(out + 268, udf->revision->has_metadata ? 2 : 1);
    dw_udf_put_implementation(out + 272);
    dw_udf_put_extent(out + 432, DW_UDF_INTEGRITY_BLOCKS * DW_BLOCK_SIZE, DW_UDF_INTEGRITY);
    return 440 + maps;
}

static size_t put_unallocated(const dw_udf *udf, uint8_t *out)
{
    return 24; /* no extents */
}

static size_t put_terminating(const dw_udf *udf, uint8_t *out)
{
    return DESCRIPTOR_BYTES;
}

/* The same content in both sequences; only the tags know where they lie. */
static void put_sequence(const dw_udf *udf, uint32_t number, uint32_t lba, uint8_t *out)
{
    static const struct {
        uint16_t tag;
        size_t (*put)(const dw_udf *udf, uint8_t *out); /* all but the tag; returns the size */
    } sequence[SEQUENCE_USED] = {
        {DW_UDF_TAG_PRIMARY, put_primary},         {DW_UDF_TAG_IMPLEMENTATION, put_implementation_use},
        {DW_UDF_TAG_PARTITION, put_partition},     {DW_UDF_TAG_LOGICAL, put_logical},
        {DW_UDF_TAG_UNALLOCATED, put_unallocated}, {DW_UDF_TAG_TERMINATING, put_terminating},
    };
    size_t bytes = sequence[number].put(udf, out);
    if (sequence[number].tag != DW_UDF_TAG_TERMINATING)
        dw_udf_put32(out + 16, number); /* volume descriptor sequence number */
    dw_udf_put_tag(udf, out, sequence[number].tag, lba, bytes);
}

/* --- integrity and anchors --- */

static void put_integrity(const dw_udf *udf, uint8_t *out)
{
    uint32_t partitions = udf->revision->has_metadata ? 2 : 1;
    dw_udf_put_time(out + 16, dw_tree_made_at_s(udf->tree));
    dw_udf_put32(out + 28, CLOSED);
    uint64_t next_id = DW_UDF_UNIQUE_ID_FIRST - 1 + (uint64_t)udf->folder_count + udf->file_count;
    dw_udf_put64(out + 40, next_id);
    dw_udf_put32(out + 72, partitions);
    dw_udf_put32(out + 76, 46);
    uint8_t *sizes = out + 80 + 4 * (size_t)partitions; /* the free space table before it stays 0 */
    dw_udf_put32(sizes, udf->partition_blocks);
    if (partitions == 2)
        dw_udf_put32(sizes + 4, udf->structure_blocks);
    uint8_t *use = sizes + 4 * (size_t)partitions; /* UDF 2.2.6.4 */
    dw_udf_put_implementation(use);
    dw_udf_put32(use + 32, udf->file_count);
    dw_udf_put32(use + 36, udf->folder_count);
    dw_udf_put16(use + 40, udf->revision->min_read);
    dw_udf_put16(use + 42, udf->revision->min_write);
    dw_udf_put16(use + 44, udf->revision->number);
    dw_udf_put_tag(udf, out, DW_UDF_TAG_INTEGRITY, DW_UDF_INTEGRITY, (size_t)(use + 46 - out));
}

void dw_udf_anchor(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    memset(out, 0, DW_BLOCK_SIZE);
    dw_udf_put_extent(out + 16, DW_UDF_SEQUENCE_BLOCKS * DW_BLOCK_SIZE, DW_UDF_MAIN_SEQUENCE);
    dw_udf_put_extent(out + 24, DW_UDF_SEQUENCE_BLOCKS * DW_BLOCK_SIZE, dw_udf_reserve_lba(udf));
    dw_udf_put_tag(udf, out, DW_UDF_TAG_ANCHOR, lba, DESCRIPTOR_BYTES);
}

static bool is_anchor(const dw_udf *udf, uint32_t lba)
{
    return lba == DW_UDF_ANCHOR || lba == udf->blocks - 1 ||
           (udf->revision->has_metadata && lba == udf->blocks - 1 - 256);
}

bool dw_udf_volume_block(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    /* Below the first number the difference wraps and is large. */
    uint32_t recognition = lba - RECOGNITION_FIRST - udf->volume_descriptors;
    uint32_t main_number = lba - DW_UDF_MAIN_SEQUENCE;
    uint32_t reserve_number = lba - dw_udf_reserve_lba(udf);
    uint32_t integrity = lba - DW_UDF_INTEGRITY;
    if (recognition > 2 && main_number >= SEQUENCE_USED && reserve_number >= SEQUENCE_USED &&
        integrity > 1 && !is_anchor(udf, lba))
        return false;
    memset(out, 0, DW_BLOCK_SIZE);
    if (recognition <= 2)
        put_recognition(udf, recognition, out);
    else if (main_number < SEQUENCE_USED)
        put_sequence(udf, main_number, lba, out);
    else if (reserve_number < SEQUENCE_USED)
        put_sequence(udf, reserve_number, lba, out);
    else if (integrity == 0)
        put_integrity(udf, out);
    else if (integrity == 1)
        dw_udf_put_tag(udf, out, DW_UDF_TAG_TERMINATING, lba, DESCRIPTOR_BYTES);
    else
        dw_udf_anchor(udf, lba, out);
    return true;
}
