/* Seeded defects in the blocks of an image that genisoimage made, and images damaged at random. */
#include "test.h"
#include "base/file.h"
#include "judge_set.h"

struct image {
    uint8_t *data;
    size_t size;
};
static struct image good;

struct defect {
    const char *what;
    void (*seed)(struct image *image);
    const char *codes, *code, *place;
};

#define PVD(image) ((image)->data + 16 * 2048)

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void both32(uint8_t *p, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = p[7 - i] = (uint8_t)(n >> (8 * i));
}

/* Directory record of a recorded name ("IM1.;1"), nth of that name. */
static uint8_t *record_of(struct image *image, const char *raw, unsigned nth)
{
    size_t length = strlen(raw);
    for (size_t at = 20 * 2048; at + 40 + length < image->size; at++) {
        uint8_t *p = image->data + at;
        if (p[32] == length && memcmp(p + 33, raw, length) == 0 && p[0] >= 33 + length &&
            le32(p + 2) != 0 && p[2] == p[9] && p[3] == p[8] && nth-- == 0)
            return p;
    }
    abort(); /* the test names what is not there */
}

static uint8_t *root_of(struct image *image)
{
    return image->data + (size_t)le32(PVD(image) + 158) * 2048;
}

static uint8_t *l_table(struct image *image)
{
    return image->data + (size_t)le32(PVD(image) + 140) * 2048;
}

static uint8_t *m_table(struct image *image)
{
    const uint8_t *p = PVD(image) + 148;
    uint32_t lba = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return image->data + (size_t)lba * 2048;
}

static void no_volume(struct image *i) { memset(PVD(i), 0, 2048); }
static void raw_sectors(struct image *i)
{
    no_volume(i);
    memset(i->data, 0xFF, 12);
    i->data[0] = i->data[11] = 0;
}
static void dicom_file(struct image *i)
{
    no_volume(i);
    memcpy(i->data + 128, "DICM", 4);
}
static void version(struct image *i) { PVD(i)[6] = 2; }
static void structure(struct image *i) { PVD(i)[881] = 0; }
static void size_endian(struct image *i) { PVD(i)[87] ^= 1; }
static void set_endian(struct image *i) { PVD(i)[123] = 9; }
static void block_size(struct image *i) { PVD(i)[129] = PVD(i)[130] = 4; }
static void set_of_two(struct image *i) { PVD(i)[120] = PVD(i)[123] = 2; }
static void no_terminator(struct image *i) { i->data[17 * 2048] = 3; memset(i->data + 18 * 2048, 0, 2048); }
static void supplementary(struct image *i)
{
    memcpy(i->data + 18 * 2048, i->data + 17 * 2048, 2048);
    memcpy(i->data + 17 * 2048, PVD(i), 2048);
    i->data[17 * 2048] = 2;
}
static void enhanced(struct image *i)
{
    supplementary(i);
    i->data[17 * 2048 + 6] = 2;
}
static void joliet(struct image *i)
{
    supplementary(i);
    memcpy(i->data + 17 * 2048 + 88, "%/E", 3);
}
static void boot_record(struct image *i)
{
    memcpy(i->data + 18 * 2048, i->data + 17 * 2048, 2048);
    i->data[17 * 2048] = 0;
}
static void system_id(struct image *i) { memcpy(PVD(i) + 8, "LINUX", 5); }
static void volume_id(struct image *i) { memcpy(PVD(i) + 40, "OTHER", 5); }
static void cut_short(struct image *i) { i->size = (size_t)le32(record_of(i, "README.TXT;1", 0) + 2) * 2048; }
static void m_differs(struct image *i) { m_table(i)[10 + 5] ^= 1; }
static void both_differ(struct image *i) { l_table(i)[10 + 2] ^= 64; m_table(i)[10 + 5] ^= 64; }
static void other_parent(struct image *i)
{
    /* the records: root, DICOM, IHE_PDI, SE1, SE2 */
    uint8_t *l = l_table(i) + 10 + 14 + 16, *m = m_table(i) + 10 + 14 + 16;
    l[6] = 3;
    m[7] = 3;
}
static void swap(uint8_t *a, uint8_t *b, size_t size)
{
    for (size_t k = 0; k < size; k++) {
        uint8_t was = a[k];
        a[k] = b[k];
        b[k] = was;
    }
}

/* SE1 and SE2 change places in both tables: every record is right, and a search by halves fails */
static void tables_out_of_order(struct image *i)
{
    swap(l_table(i) + 40, l_table(i) + 52, 12);
    swap(m_table(i) + 40, m_table(i) + 52, 12);
}
static void table_ear(struct image *i) { l_table(i)[10 + 1] = m_table(i)[10 + 1] = 1; }
static void unused(struct image *i) { PVD(i)[88] = '%'; }
static void reserved(struct image *i) { PVD(i)[882] = 1; }
static void volume_month_13(struct image *i) { memcpy(PVD(i) + 817, "13", 2); }
static void volume_year_x(struct image *i) { PVD(i)[847] = 'X'; }
static void volume_2(struct image *i)
{
    uint8_t *p = record_of(i, "README.TXT;1", 0) + 28;
    p[0] = p[3] = 2;
}
static void dot_shorter(struct image *i) { both32(root_of(i) + 10, 4096); }
static void no_table(struct image *i) { both32(PVD(i) + 132, 0); }
static void folder_loop(struct image *i) { both32(record_of(i, "SE1", 0) + 2, le32(PVD(i) + 158)); }
static void record_endian(struct image *i) { record_of(i, "README.TXT;1", 0)[17] ^= 1; }
static void dot_wrong(struct image *i) { both32(root_of(i) + 2, 99); }
static void dots_wrong(struct image *i)
{
    uint8_t *se1 = i->data + (size_t)le32(record_of(i, "SE1", 0) + 2) * 2048;
    both32(se1 + se1[0] + 2, le32(PVD(i) + 158));
}
static void out_of_order(struct image *i) { record_of(i, "IM1.;1", 0)[35] = '9'; }
static void month_13(struct image *i) { record_of(i, "README.TXT;1", 0)[19] = 13; }
static void ear(struct image *i) { record_of(i, "INDEX.HTM;1", 0)[1] = 1; }
static void record_flag(struct image *i) { record_of(i, "README.TXT;1", 0)[25] |= 8; }
static void protection(struct image *i) { record_of(i, "README.TXT;1", 0)[25] |= 16; }
static void hidden(struct image *i) { record_of(i, "README.TXT;1", 0)[25] |= 1; }
static void outside(struct image *i) { both32(record_of(i, "README.TXT;1", 0) + 2, 70000); }
static void overlap(struct image *i)
{
    both32(record_of(i, "INDEX.HTM;1", 0) + 10, 3000); /* README.TXT lies behind its first block */
}
static void version_2(struct image *i) { record_of(i, "IM1.;1", 0)[38] = '2'; }
static void lower_case(struct image *i) { memcpy(record_of(i, "IM2.;1", 0) + 33, "im2", 3); }
static void bad_character(struct image *i) { record_of(i, "README.TXT;1", 0)[35] = '-'; }
static void bad_folder(struct image *i) { record_of(i, "IHE_PDI", 0)[36] = '-'; }
static void file_shortened(struct image *i) { both32(record_of(i, "IM1.;1", 0) + 10, 700); }
static void folder_outside(struct image *i) { both32(record_of(i, "SE1", 0) + 2, 70000); }

static const struct defect defects[] = {
    {"no volume", no_volume, "ISO-NONE DIR-MISSING", "ISO-NONE", "block 16"},
    {"raw sectors", raw_sectors, "ISO-NONE DIR-MISSING", "ISO-NONE", "2352"},
    {"a DICOM file for an image", dicom_file, "ISO-NONE DIR-MISSING", "ISO-NONE", "DICOM file"},
    {"version of the descriptor", version, "ISO-PVD", "ISO-PVD", "version is 2"},
    {"file structure version", structure, "ISO-PVD", "ISO-PVD", "file structure"},
    {"volume size in two byte orders", size_endian, "ISO-ENDIAN", "ISO-ENDIAN", "volume space size"},
    {"set size in two byte orders", set_endian, "ISO-ENDIAN", "ISO-ENDIAN", "volume set size"},
    {"blocks of 1024", block_size, "ISO-NONE ISO-BLOCK-SIZE DIR-MISSING", "ISO-BLOCK-SIZE", "1024"},
    {"one of two volumes", set_of_two, "ISO-SET", "ISO-SET", "1 of 2"},
    {"no terminator", no_terminator, "ISO-NONE ISO-TERMINATOR DIR-MISSING", "ISO-TERMINATOR", ""},
    {"a supplementary descriptor", supplementary, "ISO-SVD", "ISO-SVD", "block 17"},
    {"an enhanced descriptor", enhanced, "ISO-SVD", "ISO-SVD", "ISO 9660:1999"},
    {"Joliet", joliet, "ISO-SVD", "ISO-SVD", "Joliet"},
    {"a boot record", boot_record, "ISO-BOOT", "ISO-BOOT", "block 17"},
    {"system identifier", system_id, "ISO-SYSTEM-ID", "ISO-SYSTEM-ID", "block 16"},
    {"volume identifier", volume_id, "ISO-VOLUME-ID", "ISO-VOLUME-ID", "block 16"},
    {"image cut short", cut_short, "ISO-SIZE FILE-IO", "ISO-SIZE", "can be read"},
    {"M path table", m_differs, "ISO-PATH-TABLE", "ISO-PATH-TABLE", "record 2"},
    {"both path tables", both_differ, "ISO-PATH-DIRS", "ISO-PATH-DIRS", "record 2"},
    {"parent in the path tables", other_parent, "ISO-PATH-DIRS ISO-PATH-ORDER", "ISO-PATH-DIRS", "/DICOM/SE1"},
    {"path tables out of order", tables_out_of_order, "ISO-PATH-ORDER", "ISO-PATH-ORDER", "record 5"},
    {"extended attributes in the path tables", table_ear, "ISO-EAR", "ISO-EAR", "record 2"},
    {"an unused byte", unused, "ISO-PVD", "ISO-PVD", "byte 88"},
    {"a reserved byte", reserved, "ISO-PVD", "ISO-PVD", "byte 882"},
    {"month 13 of the volume", volume_month_13, "ISO-DATE", "ISO-DATE", "creation"},
    {"a date without digits", volume_year_x, "ISO-DATE", "ISO-DATE", "expiration"},
    {"a file on another volume", volume_2, "ISO-SET", "ISO-SET", "volume 2"},
    {"the root is larger to itself", dot_shorter, "ISO-DOTS", "ISO-DOTS", "/"},
    {"no path table", no_table, "ISO-PATH-TABLE", "ISO-PATH-TABLE", "cannot be read"},
    {"a folder that is the root", folder_loop, NULL, "ISO-TREE", "loop"},
    {"size in two byte orders", record_endian, "ISO-DIR-RECORD", "ISO-DIR-RECORD", "/"},
    {"the root is elsewhere to itself", dot_wrong, "ISO-DOTS", "ISO-DOTS", "/"},
    {"a folder with another parent", dots_wrong, "ISO-DOTS", "ISO-DOTS", "/DICOM/SE1"},
    {"names out of order", out_of_order, "ISO-ORDER FILE-MISSING FILE-UNREFERENCED", "ISO-ORDER", "/DICOM/SE2"},
    {"month 13", month_13, "ISO-DATE", "ISO-DATE", "/"},
    {"extended attributes", ear, "ISO-EAR", "ISO-EAR", "/INDEX.HTM"},
    {"record bit", record_flag, "ISO-FLAGS", "ISO-FLAGS", "/README.TXT"},
    {"protection bit", protection, "ISO-FLAGS", "ISO-FLAGS", "/README.TXT"},
    {"a hidden file", hidden, "ISO-HIDDEN", "ISO-HIDDEN", "/README.TXT"},
    {"a file outside the volume", outside, "ISO-EXTENT FILE-IO", "ISO-EXTENT", "/README.TXT"},
    {"a file inside another", overlap, "ISO-OVERLAP", "ISO-OVERLAP", "/README.TXT"},
    {"version 2", version_2, "NAME-VERSION", "NAME-VERSION", "/DICOM/SE2/IM1"},
    {"lower case", lower_case, "NAME-CASE FILE-CASE", "NAME-CASE", "/DICOM/SE2/im2"},
    {"a hyphen", bad_character, NULL, "NAME-LEVEL1", "/RE-DME.TXT"},
    {"a hyphen in a folder", bad_folder, NULL, "NAME-FOLDER", "/IHE-PDI"},
    {"a shorter file", file_shortened, "FILE-UNREADABLE", "FILE-UNREADABLE", "/DICOM/SE2/IM1"},
    {"a folder outside the volume", folder_outside, NULL, "ISO-EXTENT", "/DICOM/SE1"},
};

static struct image copy_of(const struct image *from)
{
    struct image copy = {malloc(from->size), from->size};
    if (!copy.data)
        abort();
    memcpy(copy.data, from->data, from->size);
    return copy;
}

static void an_image_made_by_genisoimage_raises_nothing(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {0};
    struct dw_error err = {0};
    char codes[512];
    CHECK_OK(image_judge(good.data, good.size, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    CHECK(result->conforms);
    CHECK_INT(result->files, 8);
    free(result);
}

static void every_seeded_defect_is_named_with_its_place(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        const struct defect *d = &defects[i];
        struct dw_error err = {0};
        char codes[512];
        int before = test_failures;
        struct image image = copy_of(&good);
        d->seed(&image);
        CHECK_OK(image_judge(image.data, image.size, &opts, result, &err), err);
        set_codes(result, codes);
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

/* What a hostile disc does is not known beforehand; that the judge ends with a judgement is. */
static void images_damaged_at_random_are_judged_to_the_end(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {0};
    uint64_t state = 88172645463325252u;
    for (unsigned round = 0; round < 1500; round++) {
        struct dw_error err = {0};
        struct image image = copy_of(&good);
        for (unsigned flips = 0; flips < 12; flips++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            /* mostly in descriptors, path tables and directories */
            size_t span = state & 1 || image.size < 28 * 2048 ? image.size : 28 * 2048;
            size_t at = 16 * 2048 + (size_t)(state >> 8) % (span - 16 * 2048);
            image.data[at] = state & 2 ? (uint8_t)(state >> 40) : image.data[at] ^ 0xFF;
        }
        CHECK_OK(image_judge(image.data, image.size, &opts, result, &err), err);
        free(image.data);
    }
    free(result);
}

static void a_broken_source_is_a_finding_and_never_an_error(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {0};
    struct dw_error err = {0};
    uint8_t few[2048] = {0};
    CHECK_OK(image_judge(few, sizeof few, &opts, result, &err), err);
    CHECK(set_has(result, "ISO-NONE", "block 16"));
    CHECK(!result->conforms);
    opts.profile = "STD-GEN-LP";
    CHECK_INT(image_judge(few, sizeof few, &opts, result, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "STD-GEN-CD");
    free(result);
}

static bool make_image(const char *folder, const char *path)
{
    const char *const make[] = {"genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V",
                                "PROBE", "-no-pad", "-o", path, folder, NULL};
    struct dw_buf buf = {0};
    struct dw_error err = {0};
    if (!set_build(folder) || !set_run(make) ||
        dw_file_read_all(path, DW_SMALL_FILE_MAX, &buf, &err) != DW_OK)
        return false;
    good.data = (uint8_t *)buf.data;
    good.size = buf.size / 2048 * 2048;
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(an_image_made_by_genisoimage_raises_nothing),
        TEST(every_seeded_defect_is_named_with_its_place),
        TEST(images_damaged_at_random_are_judged_to_the_end),
        TEST(a_broken_source_is_a_finding_and_never_an_error),
    };
    char folder[64], set[96], path[96];
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    snprintf(set, sizeof set, "%s/set", folder);
    snprintf(path, sizeof path, "%s/a.iso", folder);
    int rc = 1;
    if (make_image(set, path))
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    free(good.data);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
