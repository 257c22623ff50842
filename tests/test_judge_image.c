/* Seeded defects in the blocks of an image that genisoimage made, and images damaged at random. */
#include "test.h"
#include "base/file.h"
#include "judge_set.h"

struct image {
    uint8_t *data;
    size_t size;
};
static struct image good, with_joliet;

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

static uint8_t *block(struct image *image, uint32_t lba)
{
    return image->data + (size_t)lba * 2048;
}

static void terminator_at_18(struct image *i) { memcpy(block(i, 18), block(i, 17), 2048); }
static void second_primary(struct image *i)
{
    terminator_at_18(i);
    memcpy(block(i, 17), PVD(i), 2048);
    block(i, 17)[50] ^= 1;
}
static void optional_table(struct image *i)
{
    uint32_t lba = (uint32_t)((m_table(i) - i->data) / 2048);
    for (unsigned k = 0; k < 4; k++)
        PVD(i)[144 + k] = (uint8_t)(lba >> (8 * k));
}
static void optional_outside(struct image *i) { PVD(i)[153] = 9; }
static void reserved_end(struct image *i) { PVD(i)[1500] = 1; }
static void terminator_used(struct image *i) { block(i, 17)[100] = 1; }
static void odd_record(struct image *i) { record_of(i, "README.TXT;1", 0)[0] = 45; }
static void record_padding(struct image *i) { record_of(i, "README.TXT;1", 0)[45] = 7; }
static void folder_size(struct image *i) { both32(record_of(i, "SE1", 0) + 10, 2000); }
static void folder_slack(struct image *i) { root_of(i)[2040] = 'X'; }
static void table_slack(struct image *i) { l_table(i)[2000] = 'X'; }
static void file_slack(struct image *i)
{
    const uint8_t *p = record_of(i, "IM1.;1", 0);
    block(i, le32(p + 2))[le32(p + 10)] = 'X';
}
static void hidden_block(struct image *i) { block(i, 18)[5] = 'X'; }
static void mark_of_writer(struct image *i) { memcpy(block(i, 18), "MKI options", 11); }
static void other_session(struct image *i) { memcpy(block(i, 18), PVD(i), 2048); }
static void newer_session(struct image *i)
{
    other_session(i);
    memcpy(block(i, 18) + 830, "9998", 4);
}
static void older_session(struct image *i)
{
    other_session(i);
    memcpy(block(i, 18) + 830, "1998", 4);
}
static void blind_session(struct image *i)
{
    other_session(i);
    both32(block(i, 18) + 158, 0x7FFFFFFF);
}
static void longer(struct image *i)
{
    i->data = realloc(i->data, i->size + 2 * 2048);
    if (!i->data)
        abort();
    memset(i->data + i->size, 0, 2 * 2048);
    i->size += 2 * 2048;
}
static void behind(struct image *i)
{
    longer(i);
    i->data[i->size - 9] = 'X';
}
static void system_area(struct image *i) { i->data[100] = 'X'; }
static void boot_sector(struct image *i) { memcpy(i->data + 510, "\x55\xAA", 2); }
static void made_in_2099(struct image *i) { memcpy(PVD(i) + 813, "2099", 4); }
static void expired(struct image *i) { memcpy(PVD(i) + 847, "1999010100000000", 17); }
static void effective_late(struct image *i)
{
    memcpy(PVD(i) + 847, "2099010100000000", 17);
    memcpy(PVD(i) + 864, "2199010100000000", 17);
}
static void record_late(struct image *i) { record_of(i, "README.TXT;1", 0)[18] = 199; }
static void made_in_1999(struct image *i)
{
    memcpy(PVD(i) + 813, "1999", 4);
    memcpy(PVD(i) + 830, "1999", 4);
}

/* The second descriptor of an image with Joliet, and the record of README.TXT in its root. */
#define SVD(image) block(image, 17)
static uint8_t *joliet_record(struct image *i)
{
    uint8_t *p = block(i, le32(SVD(i) + 158));
    while (p[0] != 0 && (p[32] < 20 || memcmp(p + 33, "\0R\0E\0A\0D\0M\0E", 12) != 0))
        p += p[0];
    if (p[0] == 0)
        abort();
    return p;
}
static void joliet_volume(struct image *i) { both32(SVD(i) + 80, 4711); }
static void joliet_endian(struct image *i) { SVD(i)[165] ^= 1; }
static void joliet_size(struct image *i) { both32(joliet_record(i) + 10, 7); }
static void joliet_elsewhere(struct image *i) { both32(joliet_record(i) + 2, le32(joliet_record(i) + 2) + 1); }
static void joliet_other_name(struct image *i) { joliet_record(i)[34] = 'X'; }
/* Under another name the bytes of the file before it in the folder. */
static void joliet_replaced(struct image *i)
{
    uint8_t *readme = joliet_record(i), *p = block(i, le32(SVD(i) + 158)), *before = NULL;
    for (; p != readme; p += p[0])
        before = p[25] & 2 ? before : p;
    if (!before)
        abort();
    memcpy(readme + 2, before + 2, 16);
    joliet_other_name(i);
}
static void joliet_missing(struct image *i) { joliet_record(i)[0] = 0; }
static void joliet_loop(struct image *i) { both32(block(i, le32(SVD(i) + 158)) + 68 + 2, le32(SVD(i) + 158)); }
static void joliet_reserved(struct image *i) { SVD(i)[1400] = 1; }

static const struct defect joliet_defects[] = {
    {"another volume size of Joliet", joliet_volume, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "volume space size"},
    {"root of Joliet in two byte orders", joliet_endian, "ISO-ENDIAN ISO-SVD", "ISO-ENDIAN", "block 17"},
    {"another size in Joliet", joliet_size, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "/README.TXT"},
    {"other blocks in Joliet", joliet_elsewhere, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "it lies in other blocks"},
    {"another name in Joliet", joliet_other_name, "ISO-SVD", "ISO-SVD", "block 17"},
    {"another file in Joliet", joliet_replaced, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "no file there has its bytes"},
    {"fewer files in Joliet", joliet_missing, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "7 files"},
    {"a file that Joliet does not show", joliet_missing, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "/README.TXT"},
    {"a loop in Joliet", joliet_loop, "ISO-SVD ISO-SECOND-TREE", "ISO-SECOND-TREE", "loop"},
    {"a reserved byte of Joliet", joliet_reserved, "ISO-SVD ISO-RESERVED", "ISO-RESERVED", "block 17"},
};

static const struct defect defects[] = {
    {"a second primary descriptor", second_primary, "ISO-COPY", "ISO-COPY", "block 17"},
    {"an optional path table", optional_table, "ISO-PATH-TABLE", "ISO-PATH-TABLE", "the optional one is not"},
    {"an optional path table outside", optional_outside, "ISO-PATH-TABLE", "ISO-PATH-TABLE", "cannot be read"},
    {"a reserved byte at the end", reserved_end, "ISO-RESERVED", "ISO-RESERVED", "byte 1500"},
    {"a byte of the terminator", terminator_used, "ISO-RESERVED", "ISO-RESERVED", "block 17"},
    {"a record of odd length", odd_record, "ISO-RECORD-FORM", "ISO-RECORD-FORM", "45 bytes"},
    {"a record without padding", record_padding, "ISO-RECORD-FORM", "ISO-RECORD-FORM", "not filled up"},
    {"a folder of 2000 bytes", folder_size, "ISO-DOTS ISO-RECORD-FORM", "ISO-RECORD-FORM", "2000 bytes"},
    {"data behind a folder", folder_slack, "VOLUME-SLACK", "VOLUME-SLACK", "/"},
    {"data behind a path table", table_slack, "VOLUME-SLACK", "VOLUME-SLACK", "block"},
    {"data behind a file", file_slack, "VOLUME-SLACK", "VOLUME-SLACK", "/DICOM/SE2/IM1"},
    {"data in no file", hidden_block, "VOLUME-UNOWNED", "VOLUME-UNOWNED", "block 18"},
    {"the mark of a writer", mark_of_writer, "", "VOLUME-UNOWNED", "version"},
    {"another session", other_session, "ISO-SESSIONS VOLUME-UNOWNED", "ISO-SESSIONS", "block 18"},
    {"a session of the same files", other_session, "ISO-SESSIONS VOLUME-UNOWNED", "ISO-SESSIONS", "8 files, of which 0"},
    {"a newer session", newer_session, "ISO-SESSIONS VOLUME-UNOWNED", "ISO-SESSIONS", "a newer volume than"},
    {"an older session", older_session, "ISO-SESSIONS VOLUME-UNOWNED", "ISO-SESSIONS", "an older volume with"},
    {"a session without a tree", blind_session, "ISO-SESSIONS VOLUME-UNOWNED", "ISO-SESSIONS", "cannot be read"},
    {"zeros behind the volume", longer, "", "", ""},
    {"data behind the volume", behind, "ISO-BEHIND", "ISO-BEHIND", "1 blocks"},
    {"a system area", system_area, "", "ISO-SYSTEM-AREA", "block 0"},
    {"a boot sector", boot_sector, "", "ISO-SYSTEM-AREA", "boot sector"},
    {"a volume of 2099", made_in_2099, "DATE-ORDER", "DATE-ORDER", "modified before"},
    {"a volume that expired", expired, "DATE-ORDER", "DATE-ORDER", "expires before it was created"},
    {"a volume that expires before it is effective", effective_late, "DATE-ORDER", "DATE-ORDER", "effective"},
    {"a file of 2099", record_late, "DATE-LATE", "DATE-LATE", "record 7"},
    {"a volume older than its files", made_in_1999, "DATE-LATE FILE-STUDY-DATE", "DATE-LATE", "/DICOM/SE2"},
    {"a volume older than its studies", made_in_1999, NULL, "FILE-STUDY-DATE", "/DICOM/SE2/IM1"},
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
    {"extended attributes", ear, "ISO-EAR PDI-INDEX-LINKS", "ISO-EAR", "/INDEX.HTM"},
    {"record bit", record_flag, "ISO-FLAGS", "ISO-FLAGS", "/README.TXT"},
    {"protection bit", protection, "ISO-FLAGS", "ISO-FLAGS", "/README.TXT"},
    {"a hidden file", hidden, "ISO-HIDDEN", "ISO-HIDDEN", "/README.TXT"},
    {"a file outside the volume", outside, "ISO-EXTENT FILE-IO", "ISO-EXTENT", "/README.TXT"},
    {"a file inside another", overlap, "ISO-OVERLAP", "ISO-OVERLAP", "/README.TXT"},
    {"version 2", version_2, "NAME-VERSION", "NAME-VERSION", "/DICOM/SE2/IM1"},
    {"lower case", lower_case, "NAME-CASE FILE-CASE", "NAME-CASE", "/DICOM/SE2/im2"},
    {"a hyphen", bad_character, NULL, "NAME-LEVEL1", "/RE-DME.TXT"},
    {"a hyphen in a folder", bad_folder, NULL, "NAME-FOLDER", "/IHE-PDI"},
    {"a shorter file", file_shortened, "VOLUME-SLACK FILE-UNREADABLE", "FILE-UNREADABLE", "/DICOM/SE2/IM1"},
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
    size_t count = DW_ARRAY_LEN(defects) + DW_ARRAY_LEN(joliet_defects);
    for (size_t i = 0; i < count; i++) {
        bool plain = i < DW_ARRAY_LEN(defects);
        const struct defect *d = plain ? &defects[i] : &joliet_defects[i - DW_ARRAY_LEN(defects)];
        struct dw_error err = {0};
        char codes[512];
        int before = test_failures;
        struct image image = copy_of(plain ? &good : &with_joliet);
        d->seed(&image);
        CHECK_OK(image_judge(image.data, image.size, &opts, result, &err), err);
        set_codes(result, codes);
        if (d->codes)
            CHECK_STR(codes, d->codes);
        CHECK(!d->code[0] || set_has(result, d->code, d->place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s': %s\n", d->what, codes);
        free(image.data);
    }
    printf("     %zu kinds of defects\n", count);
    free(result);
}

/* A drive shows the last session: a newer one than that which was judged makes the judgement worthless. */
static void only_a_newer_session_is_an_error(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    void (*const seeds[])(struct image *) = {older_session, newer_session};
    for (size_t i = 0; i < DW_ARRAY_LEN(seeds); i++) {
        struct dw_error err = {0};
        struct image image = copy_of(&good);
        seeds[i](&image);
        CHECK_OK(image_judge(image.data, image.size, &opts, result, &err), err);
        CHECK_INT(result->findings.failed[DW_ISO_SESSIONS], i);
        free(image.data);
    }
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

/* option: of genisoimage; one that says once more what is said changes nothing. */
static bool make_image(const char *folder, const char *path, const char *option, struct image *out)
{
    const char *const make[] = {"genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V",
                                "PROBE", "-no-pad", option, "-o", path, folder, NULL};
    struct dw_buf buf = {0};
    struct dw_error err = {0};
    if (!set_run(make) ||
        dw_file_read_all(path, DW_SMALL_FILE_MAX, &buf, &err) != DW_OK)
        return false;
    out->data = (uint8_t *)buf.data;
    out->size = buf.size / 2048 * 2048;
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(an_image_made_by_genisoimage_raises_nothing),
        TEST(every_seeded_defect_is_named_with_its_place),
        TEST(only_a_newer_session_is_an_error),
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
    if (set_build(set) && make_image(set, path, "-no-pad", &good) &&
        make_image(set, path, "-J", &with_joliet))
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    free(good.data);
    free(with_joliet.data);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
