/* Seeded defects in UDF volumes, of a bridge (DVD) and of a Blu-ray disc, and images damaged at random. */
#include "test.h"
#include "judge_udf.h"

static struct image bd, dvd, cd;
static char set_folder[96];

struct defect {
    const char *what;
    const struct image *of;
    void (*seed)(struct image *image);
    const char *codes, *code, *place;
};

static uint32_t last_of(const struct image *i) { return (uint32_t)(i->size / DW_BLOCK_SIZE) - 1; }

static void no_nsr(struct image *i) { memset(block(i, 17), 0, 2048); }
static void no_anchor(struct image *i) { memset(block(i, 256), 0, 2048); }
static void no_end_anchors(struct image *i)
{
    memset(block(i, last_of(i)), 0, 2048);
    memset(block(i, last_of(i) - 256), 0, 2048);
}
static void main_broken(struct image *i) { block(i, i->info.lvd)[100] ^= 1; }
static void reserve_differs(struct image *i)
{
    uint8_t *pvd = twin(i, i->info.pvd);
    pvd[400] ^= 1;
    mend(pvd);
}
static void elsewhere(struct image *i) { change32(i, i->file.icb_lba, 12, 4711); }
static void crc(struct image *i) { block(i, i->file.icb_lba)[80] ^= 1; }
static void virtual_map(struct image *i) { change(i, i->info.lvd, 440 + 6 + 5, "*UDF Virtual Partition\0", 23); }
static void fsd_revision(struct image *i) { change8(i, i->info.fsd, 440, 0x50 ^ 0x01); }
static void pd_contents(struct image *i) { change8(i, i->info.pd, 30, '2'); }
static void min_read(struct image *i) { change8(i, i->info.integrity_lba, 80 + 16 + 40, 0x99); }
static void pvd_levels(struct image *i) { change8(i, i->info.pvd, 60, 3); }
static void fsd_levels(struct image *i) { change8(i, i->info.fsd, 30, 2); }
static void charset(struct image *i) { change8(i, i->info.fsd, 49, 'X'); }
static void access_type(struct image *i) { change8(i, i->info.pd, 184, 4); }
static void space_bitmap(struct image *i) { change32(i, i->info.pd, 56 + 8, 2048); }
static void open_volume(struct image *i) { change8(i, i->info.integrity_lba, 28, 0); }
static void no_integrity(struct image *i) { memset(block(i, i->info.integrity_lba), 0, 2048); }
static void one_partition(struct image *i) { change8(i, i->info.integrity_lba, 72, 1); }
static void partition_size(struct image *i) { change32(i, i->info.integrity_lba, 88, 7); }
static void file_count(struct image *i) { change32(i, i->info.integrity_lba, 96 + 32, 99); }
static void folder_count(struct image *i) { change32(i, i->info.integrity_lba, 96 + 36, 1); }
static void next_id(struct image *i) { change32(i, i->info.integrity_lba, 40, 17); }
static void same_id(struct image *i) { change32(i, i->file.icb_lba, 200, (uint32_t)i->other.unique_id); }
static void metadata_gone(struct image *i) { memset(block(i, i->info.partition_start + i->info.metadata_file), 0, 2048); }
static void metadata_type(struct image *i) { change8(i, i->info.partition_start + i->info.metadata_file, 27, 5); }
static void mirror_gone(struct image *i) { change8(i, i->info.partition_start + i->info.mirror_file, 27, 5); }
static void units(struct image *i) { change32(i, i->info.lvd, 440 + 6 + 52, 1000); }
static void bitmap(struct image *i) { change32(i, i->info.lvd, 440 + 6 + 48, 5); }
static void mirror_differs(struct image *i)
{
    uint8_t *d = twin(i, i->file.icb_lba);
    d[60] ^= 1;
    mend(d);
}
static void mirror_tail(struct image *i) { block(i, i->mirror.lba + i->mirror.blocks - 1)[2000] ^= 1; }
static void entry_gone(struct image *i)
{
    memset(twin(i, i->file.icb_lba), 0, 2048);
    memset(block(i, i->file.icb_lba), 0, 2048);
}
static void outside(struct image *i) { change32(i, i->file.icb_lba, 216 + 4, 0x00FFFFFF); }
static void too_few(struct image *i) { change32(i, i->file.icb_lba, 56, 1u << 20); }
static void file_type(struct image *i) { change8(i, i->file.icb_lba, 27, 7); }
static void type_zero(struct image *i) { change8(i, i->file.icb_lba, 27, 0); }
static void no_permission(struct image *i) { change32(i, i->file.icb_lba, 44, 0x1C80); }
static void cannot_enter(struct image *i) { change32(i, i->folder.icb_lba, 44, 0x1CA4); }
static void hidden(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 18, 1); }
static void label(struct image *i) { change(i, i->info.pvd, 24, "\x08OTHER", 6); }
static void block_more(struct image *i)
{
    i->data = realloc(i->data, i->size + DW_BLOCK_SIZE);
    if (!i->data)
        abort();
    memset(i->data + i->size, 0, DW_BLOCK_SIZE);
    i->size += DW_BLOCK_SIZE;
}
static void other_size(struct image *i) { change32(i, i->file.icb_lba, 56, 700); }
static void other_block(struct image *i)
{
    change32(i, i->file.icb_lba, 176 + 4, i->other.lba - i->info.partition_start);
}
static void deleted(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 18, 4); }
static void renamed(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 41, '9'); }

static const struct defect defects[] = {
    {"no NSR03", &bd, no_nsr, "UDF-RECOGNITION", "UDF-RECOGNITION", "block 16"},
    {"no anchor at 256", &bd, no_anchor, "UDF-ANCHOR", "UDF-ANCHOR", "block 256"},
    {"no anchor at the end", &bd, no_end_anchors, "UDF-ANCHOR", "UDF-ANCHOR", "last block"},
    {"main sequence", &bd, main_broken, "UDF-SEQUENCE UDF-TAG", "UDF-SEQUENCE", "logical volume descriptor"},
    {"reserve sequence", &bd, reserve_differs, "UDF-RESERVE", "UDF-RESERVE", "block"},
    {"a tag of another block", &bd, elsewhere, "UDF-TAG", "UDF-TAG", IMAGE_PATH},
    {"a CRC", &bd, crc, "UDF-TAG UDF-MIRROR", "UDF-TAG", IMAGE_PATH},
    {"a virtual partition", &bd, virtual_map, NULL, "UDF-UNREADABLE", "Virtual"},
    {"revision of the file set", &bd, fsd_revision, "UDF-REVISION", "UDF-REVISION", "the file set"},
    {"contents of the partition", &bd, pd_contents, "UDF-REVISION", "UDF-REVISION", "NSR03"},
    {"least revision to read", &bd, min_read, "UDF-REVISION", "UDF-REVISION", "least"},
    {"interchange level", &bd, pvd_levels, "UDF-INTERCHANGE", "UDF-INTERCHANGE", "3 and 2"},
    {"interchange level of the file set", &bd, fsd_levels, "UDF-INTERCHANGE", "UDF-INTERCHANGE", "3 and 2"},
    {"a character set", &bd, charset, "UDF-CHARSET", "UDF-CHARSET", "block"},
    {"access type", &bd, access_type, "UDF-ACCESS", "UDF-ACCESS", "is 4"},
    {"a space bitmap", &bd, space_bitmap, "UDF-ACCESS", "UDF-ACCESS", "bitmap"},
    {"an open volume", &bd, open_volume, "UDF-INTEGRITY", "UDF-INTEGRITY", "open"},
    {"no integrity descriptor", &bd, no_integrity, "UDF-INTEGRITY", "UDF-INTEGRITY", "none"},
    {"one partition of two", &bd, one_partition, "UDF-INTEGRITY", "UDF-INTEGRITY", "1 partitions"},
    {"size of the partition", &bd, partition_size, "UDF-INTEGRITY", "UDF-INTEGRITY", "says 7"},
    {"count of files", &bd, file_count, "UDF-COUNT", "UDF-COUNT", "says 99"},
    {"count of folders", &bd, folder_count, "UDF-COUNT", "UDF-COUNT", "and 1,"},
    {"the next UniqueID", &bd, next_id, "UDF-UNIQUE", "UDF-UNIQUE", "17 is the next"},
    {"a UniqueID twice", &bd, same_id, "UDF-UNIQUE", "UDF-UNIQUE", "also at block"},
    {"no metadata file", &bd, metadata_gone, "UDF-METADATA UDF-TREE", "UDF-METADATA", "block"},
    {"type of the metadata file", &bd, metadata_type, "UDF-METADATA", "UDF-METADATA", "not 250"},
    {"no mirror", &bd, mirror_gone, "UDF-METADATA", "UDF-METADATA", "not 251"},
    {"allocation units", &bd, units, "UDF-METADATA", "UDF-METADATA", "whole"},
    {"a metadata bitmap", &bd, bitmap, "UDF-METADATA", "UDF-METADATA", "bitmap"},
    {"a mirror with another file entry", &bd, mirror_differs, "UDF-MIRROR", "UDF-MIRROR", "block"},
    {"a mirror with another end", &bd, mirror_tail, "UDF-MIRROR", "UDF-MIRROR", "block"},
    {"no file entry", &bd, entry_gone, NULL, "UDF-TREE", IMAGE_PATH},
    {"an extent outside", &bd, outside, "UDF-EXTENT FILE-IO", "UDF-EXTENT", IMAGE_PATH},
    {"too few extents", &bd, too_few, NULL, "UDF-EXTENT", "hold"},
    {"file type 7", &bd, file_type, "UDF-TYPE", "UDF-TYPE", IMAGE_PATH},
    {"file type 0", &bd, type_zero, "", "UDF-TYPE", "it is 0"},
    {"permissions of a file", &bd, no_permission, "UDF-PERMISSIONS", "UDF-PERMISSIONS", IMAGE_PATH},
    {"permissions of a folder", &bd, cannot_enter, "UDF-PERMISSIONS", "UDF-PERMISSIONS", "/DICOM"},
    {"a hidden file", &bd, hidden, "UDF-HIDDEN", "UDF-HIDDEN", "/IM2"},
    {"the volume identifier", &bd, label, "UDF-VOLUME-ID", "UDF-VOLUME-ID", ""},
    {"one block more", &bd, block_more, "UDF-ANCHOR UDF-PADDING", "UDF-PADDING", "ECC blocks have 32"},
    {"another name on a Blu-ray", &bd, renamed, NULL, "FILE-MISSING", "IM2"},
    {"another size in UDF", &dvd, other_size, "BRIDGE-EXTENT", "BRIDGE-EXTENT", "700 in UDF"},
    {"another block in UDF", &dvd, other_block, "BRIDGE-EXTENT", "BRIDGE-EXTENT", IMAGE_PATH},
    {"a file that UDF does not show", &dvd, deleted, "UDF-COUNT BRIDGE-MISSING UDF-DELETED VOLUME-UNOWNED", "BRIDGE-MISSING", "UDF does not"},
    {"a file that ISO 9660 does not show", &dvd, renamed, "BRIDGE-MISSING", "BRIDGE-MISSING", "ISO 9660 does not"},
    {"a hidden file on a DVD", &dvd, hidden, "UDF-HIDDEN", "UDF-HIDDEN", "/IM2"},
    {"reserve sequence of a DVD", &dvd, reserve_differs, "UDF-RESERVE", "UDF-RESERVE", "block"},
};

static dw_status judge(struct image *image, const char *profile, struct dw_check_result *result)
{
    struct dw_check_opts opts = {.profile = profile};
    struct dw_error err = {0};
    dw_status st = image_judge(image->data, image->size, &opts, result, &err);
    if (st != DW_OK)
        fprintf(stderr, "%s\n", err.text);
    return st;
}

/* The set has no keys of Table H.3-2, which dcmmkdir was not asked for: that is all a DVD of it is told. */
static const char *profile_of(const struct image *image)
{
    return image == &bd ? "STD-GEN-BD" : image == &dvd ? "STD-US-ID-MF-DVD" : "STD-GEN-CD";
}

static void good_volumes_raise_nothing(void)
{
    struct image *images[] = {&bd, &dvd, &cd};
    struct dw_check_result *result = calloc(1, sizeof *result);
    char codes[512];
    for (size_t i = 0; i < DW_ARRAY_LEN(images); i++) {
        CHECK_INT(judge(images[i], profile_of(images[i]), result), DW_OK);
        CHECK_STR(set_codes_without_class(result, codes), "");
        CHECK_INT(result->files, 8);
        CHECK_INT(result->dicom_files, 4);
    }
    free(result);
}

static void every_seeded_defect_is_named_with_its_place(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        const struct defect *d = &defects[i];
        char codes[512];
        int before = test_failures;
        struct image image = copy_of(d->of);
        d->seed(&image);
        CHECK_INT(judge(&image, profile_of(d->of), result), DW_OK);
        set_codes_without_class(result, codes);
        if (d->codes)
            CHECK_STR(codes, d->codes);
        CHECK(set_has(result, d->code, d->place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s': %s\n", d->what, codes);
        free(image.data);
    }
    printf("     %zu kinds of defects\n", DW_ARRAY_LEN(defects));
    free(result);
}

static void a_file_system_that_the_medium_does_not_have_is_named(void)
{
    static const struct {
        struct image *of;
        const char *profile, *code;
    } wrong[] = {
        {&cd, "STD-GEN-BD", "UDF-NONE"},        {&cd, "STD-GEN-DVD-RAM", "UDF-NONE"},
        {&dvd, "STD-GEN-BD", "UDF-MEDIUM"},     {&dvd, "STD-GEN-DVD-RAM", "UDF-MEDIUM"},
        {&bd, "STD-GEN-DVD-JPEG", "UDF-MEDIUM"}, {&bd, "STD-GEN-CD", "UDF-MEDIUM"},
    };
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        CHECK_INT(judge(wrong[i].of, wrong[i].profile, result), DW_OK);
        CHECK(set_has(result, wrong[i].code, ""));
        CHECK(!result->conforms);
    }
    CHECK_INT(judge(&bd, "", result), DW_OK);
    CHECK_STR(result->profile, "STD-GEN-BD");
    CHECK_INT(judge(&dvd, "", result), DW_OK);
    CHECK_STR(result->profile, "STD-GEN-DVD-JPEG");
    free(result);
}

/* What PS3.12 F forbids on a CD and P allows on a DVD. */
static void joliet_is_told_of_on_a_cd_alone(void)
{
    static const char *const profiles[] = {"STD-GEN-CD", "STD-GEN-DVD-JPEG"};
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++) {
        struct image image = copy_of(&cd);
        memmove(block(&image, 18), block(&image, 17), 2048);
        memcpy(block(&image, 17), block(&image, 16), 2048);
        block(&image, 17)[0] = 2;
        CHECK_INT(judge(&image, profiles[i], result), DW_OK);
        CHECK_INT(set_has(result, "ISO-SVD", "block 17"), i == 0);
        free(image.data);
    }
    free(result);
}

static void what_a_volume_holds_is_read_through_udf_alone(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct image image = copy_of(&bd);
    image.data[(size_t)image.file.lba * DW_BLOCK_SIZE + 128] ^= 1; /* DICM */
    CHECK_INT(judge(&image, "STD-GEN-BD", result), DW_OK);
    CHECK(set_has(result, "FILE-NOT-PART10", IMAGE_PATH));
    free(image.data);
    free(result);
}

static bool load(const char *path, struct image *out)
{
    struct dw_buf buf = {0};
    struct dw_error err = {0};
    if (dw_file_read_all(path, DW_SMALL_FILE_MAX, &buf, &err) != DW_OK)
        return false;
    out->data = (uint8_t *)buf.data;
    out->size = buf.size / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
    return true;
}

/* genisoimage 1.1.11 gives the reserve sequence another primary volume descriptor; the rest of its bridge is sound. */
static void the_true_fault_of_genisoimage_is_named(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct image image = {0};
    char path[128], codes[512];
    snprintf(path, sizeof path, "%s.udf", set_folder);
    const char *const make[] = {"genisoimage", "-quiet", "-udf", "-iso-level", "1", "-sysid", "", "-V",
                                "PROBE", "-no-pad", "-o", path, set_folder, NULL};
    CHECK(set_run(make) && load(path, &image));
    CHECK_INT(judge(&image, "STD-US-ID-MF-DVD", result), DW_OK);
    set_codes_without_class(result, codes);
    CHECK_HAS(codes, "UDF-RESERVE");
    CHECK(!strstr(codes, "UDF-TAG") && !strstr(codes, "BRIDGE") && !strstr(codes, "UDF-COUNT"));
    CHECK_INT(result->files, 8);
    free(image.data);
    free(result);
}

/* mkudffs offers to be written on: interchange level 3, a space bitmap, and no file at all. */
/* It fills the 150 blocks of its padding with anchors: that is data, and hides nothing. */
static void the_padding_of_genisoimage_is_no_hidden_data(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct image image = {0};
    char path[128];
    snprintf(path, sizeof path, "%s.pad", set_folder);
    const char *const make[] = {"genisoimage", "-quiet", "-udf", "-iso-level", "1", "-V", "PROBE", "-o", path,
                                set_folder, NULL};
    CHECK(set_run(make) && load(path, &image));
    CHECK_INT(judge(&image, "STD-US-ID-MF-DVD", result), DW_OK);
    CHECK(!set_has(result, "VOLUME-UNOWNED", ""));
    block(&image, last_of(&image) - 20)[1000] = 1;
    CHECK_INT(judge(&image, "STD-US-ID-MF-DVD", result), DW_OK);
    CHECK(set_has(result, "VOLUME-UNOWNED", "1 blocks"));
    free(image.data);
    free(result);
}

static void the_true_faults_of_mkudffs_are_named(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct image image = {0};
    char path[128];
    snprintf(path, sizeof path, "%s.hd", set_folder);
    static const char zero[1] = {0};
    struct dw_error err = {0};
    const char *const make[] = {"/usr/sbin/mkudffs", "--blocksize=2048", "--media-type=hd", "--udfrev=2.01", path, NULL};
    CHECK_OK(dw_file_save(NULL, path, zero, 1, &err), err);
    CHECK_INT(truncate(path, 2 << 20), 0);
    if (set_run(make)) { /* of package udftools: other machines judge without it */
        CHECK(load(path, &image));
        CHECK_INT(judge(&image, "STD-GEN-DVD-JPEG", result), DW_OK);
        CHECK(set_has(result, "UDF-INTERCHANGE", "2 and 3"));
        CHECK(set_has(result, "UDF-ACCESS", "bitmap"));
        CHECK(set_has(result, "DIR-MISSING", ""));
        CHECK(!set_has(result, "UDF-TAG", "") && !set_has(result, "UDF-TREE", ""));
    }
    free(image.data);
    free(result);
}

static void volumes_damaged_at_random_are_judged_to_the_end(void)
{
    const struct image *images[] = {&bd, &dvd};
    struct dw_check_result *result = calloc(1, sizeof *result);
    uint64_t state = 88172645463325252u;
    for (unsigned round = 0; round < 600; round++) {
        struct image image = copy_of(images[round % 2]);
        for (unsigned flips = 0; flips < 12; flips++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            /* mostly in what was recorded, and with tags that fit again */
            size_t at = 16 * 2048 + (size_t)(state >> 8) % (image.size - 16 * 2048);
            uint8_t *d = block(&image, (uint32_t)(at / 2048));
            if ((d[0] | d[1]) == 0 && (state & 1))
                continue;
            d[(state >> 20) % 512] = (uint8_t)(state >> 40);
            if ((state & 2) && (d[10] | d[11] << 8) <= 2032)
                mend(d);
        }
        CHECK_INT(judge(&image, "", result), DW_OK);
        free(image.data);
    }
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(good_volumes_raise_nothing),
        TEST(every_seeded_defect_is_named_with_its_place),
        TEST(a_file_system_that_the_medium_does_not_have_is_named),
        TEST(joliet_is_told_of_on_a_cd_alone),
        TEST(what_a_volume_holds_is_read_through_udf_alone),
        TEST(the_true_fault_of_genisoimage_is_named),
        TEST(the_padding_of_genisoimage_is_no_hidden_data),
        TEST(the_true_faults_of_mkudffs_are_named),
        TEST(volumes_damaged_at_random_are_judged_to_the_end),
    };
    return run_with_images(cases, DW_ARRAY_LEN(cases), argc, argv, set_folder, &bd, &dvd, &cd);
}
