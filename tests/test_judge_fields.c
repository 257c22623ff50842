/* Seeded defects in fields that have one value on a disc: of ISO 9660 and UDF descriptors, anchors, metadata files, file
 * entries and file identifiers. A reader passes over most of them, a judge does not. */
#include "test.h"
#include "judge_udf.h"

static struct image bd, dvd, cd;

/* --- ISO 9660 --- */

static uint8_t *pvd(struct image *i) { return block(i, 16); }
static uint8_t *l_table(struct image *i)
{
    const uint8_t *p = pvd(i) + 140;
    return block(i, (uint32_t)p[0] | (uint32_t)p[1] << 8);
}
static uint8_t *m_table(struct image *i)
{
    const uint8_t *p = pvd(i) + 148;
    return block(i, (uint32_t)p[2] << 8 | p[3]);
}
/* Directory record of a recorded name. */
static uint8_t *record_of(struct image *i, const char *raw)
{
    size_t length = strlen(raw);
    for (size_t at = (size_t)18 * 2048; at + 40 + length < i->size; at++) {
        uint8_t *p = i->data + at;
        if (p[32] == length && memcmp(p + 33, raw, length) == 0 && p[0] >= 33 + length && p[2] == p[9])
            return p;
    }
    abort(); /* the test names what is not there */
}
static void february_30(struct image *i) { memcpy(pvd(i) + 813, "20260230", 8); }
static void february_30_of_a_file(struct image *i) { memcpy(record_of(i, "README.TXT;1") + 19, "\2\36", 2); }
static void root_date(struct image *i) { pvd(i)[156 + 19] = 13; }
static void root_hidden(struct image *i) { pvd(i)[156 + 25] |= 1; }
static void terminator_version(struct image *i) { block(i, 17)[6] = 0; }
static void zeros_in_a_text(struct image *i) { memset(pvd(i) + 318 + 100, 0, 28); }
static void small_letters(struct image *i) { memcpy(pvd(i) + 318, "Clinic", 6); }
static void no_copyright_file(struct image *i) { memcpy(pvd(i) + 702, "NOWHERE.TXT;1", 13); }
static void copyright_file(struct image *i) { memcpy(pvd(i) + 702, "README.TXT;1", 12); }
static void table_padding(struct image *i) { l_table(i)[9] = m_table(i)[9] = 1; }
static void reserved_flag(struct image *i) { record_of(i, "README.TXT;1")[25] = 0x20; }
static void byte_80_in_a_name(struct image *i) { record_of(i, "README.TXT;1")[33 + 2] = 0x80; }
static void zero_in_a_name(struct image *i) { record_of(i, "README.TXT;1")[33 + 2] = 0; }

/* --- UDF: volume --- */

static void nsr_type(struct image *i) { block(i, 17)[0] = 1; }
static void nsr_version(struct image *i) { block(i, 17)[6] = 2; }
static uint32_t last_anchor(const struct image *i) { return i->info.anchors[i->info.anchor_ok[2] ? 2 : 1]; }
static void other_reserve(struct image *i)
{
    put32(block(i, last_anchor(i)) + 28, i->info.main.lba + 1);
    mend(block(i, last_anchor(i)));
}
static void one_sequence(struct image *i)
{
    for (unsigned k = 0; k < 3; k++)
        if (i->info.anchor_ok[k]) {
            put32(block(i, i->info.anchors[k]) + 28, i->info.main.lba);
            mend(block(i, i->info.anchors[k]));
        }
}
static void short_sequence(struct image *i)
{
    put32(block(i, 256) + 16, 8 * 2048);
    mend(block(i, 256));
}
static void anchor_reserved(struct image *i) { block(i, 256)[100] = 1; mend(block(i, 256)); }
static void volume_2(struct image *i) { change8(i, i->info.pvd, 56, 2); }
static void charset_list(struct image *i) { change32(i, i->info.pvd, 64, 0); }
static void no_volume_set(struct image *i) { change(i, i->info.pvd, 72, (uint8_t[128]){0}, 128); }
static void pvd_reserved(struct image *i) { change8(i, i->info.pvd, 500, 1); }
static void map_volume(struct image *i) { change8(i, i->info.lvd, 442, 2); }
static void metadata_map_volume(struct image *i) { change8(i, i->info.lvd, 446 + 36, 2); }
static void fsd_extent(struct image *i) { change32(i, i->info.lvd, 248, 0); }
static void iuvd_name(struct image *i) { change8(i, i->info.iuvd, 25, 'X'); }
static void iuvd_volume(struct image *i) { change8(i, i->info.iuvd, 118, 'x'); }
static void iuvd_charset(struct image *i) { change8(i, i->info.iuvd, 56, 'X'); }
static void serial(struct image *i) { change8(i, i->info.pd, 6, 77); }
static void integrity_goes_on(struct image *i) { change32(i, i->info.integrity_lba, 32, 2048); }
static void max_write(struct image *i) { change8(i, i->info.integrity_lba, 80 + 8 + 44, 0); }
static void fsd_number(struct image *i) { change32(i, i->info.fsd, 40, 1); }
static void fsd_next(struct image *i) { change32(i, i->info.fsd, 448, 2048); }
static void fsd_root_length(struct image *i) { change32(i, i->info.fsd, 400, 0); }
static void fsd_volume(struct image *i) { change8(i, i->info.fsd, 114, 'x'); }
static void fsd_reserved(struct image *i) { change8(i, i->info.fsd, 500, 1); }
static void fsd_date(struct image *i) { change8(i, i->info.fsd, 20, 14); }

/* --- UDF: metadata, entries, names --- */

static uint32_t metadata_entry(const struct image *i) { return i->info.partition_start + i->info.metadata_file; }
static uint32_t mirror_entry(const struct image *i) { return i->info.partition_start + i->info.mirror_file; }
static void metadata_size(struct image *i) { change32(i, metadata_entry(i), 56, 4096); }
static void metadata_links(struct image *i) { change8(i, metadata_entry(i), 48, 1); }
static void mirror_id(struct image *i) { change8(i, mirror_entry(i), 200, 9); }
static void mirror_slack(struct image *i) { block(i, mirror_entry(i))[2000] = 1; }
static void mirror_is_main(struct image *i)
{
    put32(block(i, mirror_entry(i)) + 220, i->metadata.lba - i->info.partition_start);
    mend(block(i, mirror_entry(i)));
}
static void mirror_flag(struct image *i) { change8(i, i->info.lvd, 446 + 58, 0); }
static void root_permissions(struct image *i) { change32(i, i->info.root_icb, 44, 0); }
static void root_id(struct image *i) { change8(i, i->info.root_icb, 200, 200); }
static void checkpoint(struct image *i) { change32(i, i->file.icb_lba, 128, 0); }
static void object_size(struct image *i) { change8(i, i->file.icb_lba, 64, 1); }
static void stream_flag(struct image *i) { change8(i, i->file.icb_lba, 35, 0x20); }
static void slash(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 40, '/'); }
static void zero_in_a_udf_name(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 40, 0); }
static void compression_254(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 38, 254); }
static void icb_of_two_blocks(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 21, 16); }
static void metadata_bit(struct image *i) { change_fid(i, i->other.fid_lba, "IM2", 18, 16); }
/* The parent's identifier is the first of its folder. */
static void change_parent(struct image *i, size_t at, uint8_t value)
{
    uint8_t *copies[2] = {block(i, i->other.fid_lba), twin(i, i->other.fid_lba)};
    for (unsigned k = 0; k < 2 && copies[k]; k++) {
        copies[k][at] = value;
        mend(copies[k]);
    }
}
static void parent_hidden(struct image *i) { change_parent(i, 18, 11); }
static void parent_no_folder(struct image *i) { change_parent(i, 18, 8); }
static void parent_elsewhere(struct image *i) { change_parent(i, 24, 200); }

static const struct {
    const char *what;
    const struct image *of;
    void (*seed)(struct image *image);
    const char *codes; /* all that may be found, notes aside; NULL: others as well */
    const char *code, *place;
} defects[] = {
    {"the 30th of February", &cd, february_30, "ISO-DATE", "ISO-DATE", "creation"},
    {"a file of the 30th of February", &cd, february_30_of_a_file, "ISO-DATE", "ISO-DATE", "/"},
    {"month 13 of the root", &cd, root_date, "ISO-DATE", "ISO-DATE", "the root's"},
    {"a hidden root", &cd, root_hidden, "ISO-PVD", "ISO-PVD", "plain folder"},
    {"version of the terminator", &cd, terminator_version, "ISO-RESERVED", "ISO-RESERVED", "block 17"},
    {"zeros behind the publisher", &cd, zeros_in_a_text, "ISO-TEXT", "ISO-TEXT", "publisher"},
    {"a publisher in small letters", &cd, small_letters, "", "ISO-TEXT", "publisher"},
    {"a copyright file that is not there", &cd, no_copyright_file, "ISO-TEXT", "ISO-TEXT", "copyright file"},
    {"a copyright file", &cd, copyright_file, "", "", ""},
    {"padding of a path table record", &cd, table_padding, "ISO-RECORD-FORM", "ISO-RECORD-FORM", "path table record 1"},
    {"a reserved bit of the flags", &cd, reserved_flag, "ISO-FLAGS", "ISO-FLAGS", "/README.TXT"},
    {"a name with the byte 80", &cd, byte_80_in_a_name, NULL, "NAME-LEVEL1", "byte 80"},
    {"a name with a zero", &cd, zero_in_a_name, NULL, "NAME-LEVEL1", "byte 00"},
    {"type of NSR03", &bd, nsr_type, "UDF-RECOGNITION", "UDF-RECOGNITION", "block 17"},
    {"version of NSR03", &bd, nsr_version, "UDF-RECOGNITION", "UDF-RECOGNITION", "version 2"},
    {"anchors that differ", &bd, other_reserve, "UDF-ANCHOR-COPY", "UDF-ANCHOR-COPY", "not what block 256"},
    {"anchors to one sequence", &dvd, one_sequence, NULL, "UDF-ANCHOR-COPY", "both sequences"},
    {"a sequence of 8 blocks", &dvd, short_sequence, NULL, "UDF-ANCHOR-COPY", "8 and 16"},
    {"a reserved byte of an anchor", &dvd, anchor_reserved, "UDF-FIELD", "UDF-FIELD", "block 256"},
    {"the second of two volumes", &bd, volume_2, "UDF-FIELD", "UDF-FIELD", "volume sequence number is 2"},
    {"no character set in the list", &bd, charset_list, "UDF-FIELD", "UDF-FIELD", "character set list"},
    {"no volume set identifier", &dvd, no_volume_set, "UDF-FIELD", "UDF-FIELD", "volume set identifier"},
    {"a reserved byte of the volume", &dvd, pvd_reserved, "UDF-FIELD", "UDF-FIELD", "reserved"},
    {"a map of another volume", &dvd, map_volume, "UDF-FIELD", "UDF-FIELD", "partition map"},
    {"a metadata map of another volume", &bd, metadata_map_volume, "UDF-FIELD", "UDF-FIELD", "partition map"},
    {"a file set of no blocks", &bd, fsd_extent, NULL, "UDF-FIELD", "no block"},
    {"no *UDF LV Info", &bd, iuvd_name, "UDF-FIELD", "UDF-FIELD", "*UDF LV Info"},
    {"another name of the volume", &dvd, iuvd_volume, "UDF-FIELD", "UDF-FIELD", "not that of the volume"},
    {"a character set of the volume", &dvd, iuvd_charset, "UDF-CHARSET", "UDF-CHARSET", "block"},
    {"another serial number", &bd, serial, "UDF-FIELD", "UDF-FIELD", "serial number"},
    {"a second integrity extent", &bd, integrity_goes_on, "UDF-FIELD", "UDF-FIELD", "integrity extent"},
    {"a revision to write below that to read", &dvd, max_write, "UDF-REVISION", "UDF-REVISION", "written with"},
    {"the second file set", &bd, fsd_number, "UDF-FIELD", "UDF-FIELD", "file set number is 1"},
    {"a file set that goes on", &bd, fsd_next, "UDF-FIELD", "UDF-FIELD", "next extent"},
    {"a root of no bytes", &dvd, fsd_root_length, "UDF-FIELD", "UDF-FIELD", "root"},
    {"a file set of another volume", &dvd, fsd_volume, "UDF-FIELD", "UDF-FIELD", "file set is not that"},
    {"a reserved byte of the file set", &dvd, fsd_reserved, "UDF-FIELD", "UDF-FIELD", "reserved"},
    {"month 14 of the file set", &bd, fsd_date, "UDF-DATE", "UDF-DATE", "block"},
    {"a shorter metadata file", &bd, metadata_size, NULL, "UDF-METADATA", "it has 4096"},
    {"a metadata file with a name", &bd, metadata_links, "UDF-FIELD", "UDF-FIELD", "metadata file"},
    {"a mirror with an identity", &bd, mirror_id, "UDF-FIELD", "UDF-FIELD", "metadata file"},
    {"data behind the mirror's entry", &bd, mirror_slack, "VOLUME-SLACK", "VOLUME-SLACK", "block"},
    {"a mirror of the same blocks", &bd, mirror_is_main, NULL, "UDF-MIRROR", "content of its own"},
    {"a mirror that should have no blocks", &bd, mirror_flag, NULL, "UDF-MIRROR", "and has its own"},
    {"a root that nobody may enter", &bd, root_permissions, "UDF-PERMISSIONS", "UDF-PERMISSIONS", "/"},
    {"a root with an identity", &bd, root_id, "UDF-UNIQUE", "UDF-UNIQUE", "200, and that of the root is 0"},
    {"checkpoint 0", &bd, checkpoint, "UDF-ICB", "UDF-ICB", IMAGE_PATH},
    {"size of the object", &bd, object_size, "UDF-ICB", "UDF-ICB", IMAGE_PATH},
    {"a file that is a stream", &bd, stream_flag, "UDF-ICB", "UDF-ICB", IMAGE_PATH},
    {"a name with a slash", &bd, slash, NULL, "UDF-FID", "slash"},
    {"a UDF name with a zero", &dvd, zero_in_a_udf_name, NULL, "UDF-FID", "/DICOM/SE1"},
    {"a name of another compression", &dvd, compression_254, NULL, "UDF-CHARSET", "/DICOM/SE1"},
    {"an entry of two blocks", &bd, icb_of_two_blocks, "UDF-FID", "UDF-FID", "not one block"},
    {"a name of metadata", &dvd, metadata_bit, "UDF-FID", "UDF-FID", "reserved bit"},
    {"a hidden parent", &bd, parent_hidden, "UDF-FID", "UDF-FID", "/DICOM/SE1"},
    {"a parent that is no folder", &bd, parent_no_folder, "UDF-FID", "UDF-FID", "not marked as a folder"},
    {"a parent that is another folder", &bd, parent_elsewhere, "UDF-FID", "UDF-FID", "another folder"},
};

/* The set has no keys of Table H.3-2, which dcmmkdir was not asked for: that is all a DVD of it is told. */
static const char *profile_of(const struct image *image)
{
    return image == &bd ? "STD-GEN-BD" : image == &dvd ? "STD-US-ID-MF-DVD" : "STD-GEN-CD";
}

static void every_seeded_defect_is_named_with_its_place(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t k = 0; k < DW_ARRAY_LEN(defects); k++) {
        struct dw_check_opts opts = {.profile = profile_of(defects[k].of)};
        struct dw_error err = {0};
        char codes[512];
        int before = test_failures;
        struct image image = copy_of(defects[k].of);
        defects[k].seed(&image);
        CHECK_OK(image_judge(image.data, image.size, &opts, result, &err), err);
        set_codes_without_class(result, codes);
        if (defects[k].codes)
            CHECK_STR(codes, defects[k].codes);
        if (defects[k].code[0])
            CHECK(set_has(result, defects[k].code, defects[k].place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s': %s\n", defects[k].what, codes);
        free(image.data);
    }
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {TEST(every_seeded_defect_is_named_with_its_place)};
    char set_folder[96];
    return run_with_images(cases, DW_ARRAY_LEN(cases), argc, argv, set_folder, &bd, &dvd, &cd);
}
