/* Seeded defects that need more than a changed byte of one set: records made up, a folder with links, other
 * profiles. tests/judge_mutations.py sees to it that every code is asserted somewhere. */
#include "test.h"
#include <unistd.h>
#include "base/file.h"
#include "judge_bytes.h"
#include "judge_set.h"

static struct file_set good;
static char folder[64];

#define DIR(set) set_find(set, "/DICOMDIR")
#define IM(set) set_find(set, "/DICOM/SE1/IM1")
#define IMPLICIT "1.2.840.10008.1.2"

/* --- of a set that dcmmkdir made --- */
static void nothing(struct file_set *s) { (void)s; }
static void directory_syntax(struct file_set *s) { set_text(DIR(s), 0x00020010, 0, IMPLICIT); }
static void no_descriptor(struct file_set *s) { set_retag(DIR(s), 0x00041130, 0, 0x00041141); } /* there is no /PROBE */
static void syntax_outside_the_profile(struct file_set *s)
{
    set_text(IM(s), 0x00020010, 0, IMPLICIT);
    set_text(DIR(s), 0x00041512, 0, IMPLICIT);
}
static void two_patients(struct file_set *s) { set_text(IM(s), 0x00100020, 0, "PID-0816"); }
static void no_pdi(struct file_set *s)
{
    static const char *const parts[] = {"/README.TXT", "/INDEX.HTM", "/IHE_PDI/INDEX.HTM"};
    for (size_t i = 0; i < DW_ARRAY_LEN(parts); i++)
        set_find(s, parts[i])->path[0] = '\0';
}
static void autorun(struct file_set *s)
{
    static const char text[] = "[autorun]\r\nopen=VIEWER.EXE\r\n";
    set_put(s, "/AUTORUN.INF", text, sizeof text - 1);
}

/* --- of a directory that is made up --- */
struct made_record {
    unsigned level; /* 0 PATIENT, 1 STUDY, 2 SERIES, 3 PRIVATE */
    unsigned next, lower; /* records from 1; 0: none */
};

static void put_record(const struct made_record *record, const uint32_t *offsets, struct dw_buf *out)
{
    put_links(out, record->next ? offsets[record->next - 1] : 0, record->lower ? offsets[record->lower - 1] : 0,
              record->level < 3 ? upper_types[record->level] : "PRIVATE");
    if (record->level < 3)
        put_upper_keys(out, record->level);
    else
        put_text(out, 0x00041432, "UI", "2.25.99");
}

static void make_directory(struct file_set *set, const struct made_record *records, size_t count)
{
    struct dw_buf out = {0};
    uint32_t offsets[8] = {0};
    put_directory_head(&out);
    uint32_t at = (uint32_t)out.size;
    for (size_t i = 0; i < count; i++) {
        struct dw_buf body = {0};
        offsets[i] = at;
        put_record(&records[i], offsets, &body);
        at += 8 + (uint32_t)body.size;
        dw_buf_done(&body);
    }
    for (size_t i = 0; i < count; i++) {
        struct dw_buf body = {0};
        put_record(&records[i], offsets, &body);
        put_mark(&out, ITEM, (uint32_t)body.size);
        dw_buf_add(&out, body.data, body.size);
        dw_buf_done(&body);
    }
    put_mark(&out, SEQUENCE_END, 0);
    set_put(set, "/DICOMDIR", out.data, out.size);
    dw_buf_done(&out);
}

static void patient_twice(struct file_set *s)
{
    static const struct made_record records[] = {{0, 4, 2}, {1, 0, 3}, {2, 0, 0}, {0, 0, 0}};
    make_directory(s, records, DW_ARRAY_LEN(records));
}
static void study_twice(struct file_set *s)
{
    static const struct made_record records[] = {{0, 0, 2}, {1, 4, 3}, {2, 0, 0}, {1, 0, 0}};
    make_directory(s, records, DW_ARRAY_LEN(records));
}
static void private_record(struct file_set *s)
{
    static const struct made_record records[] = {{0, 0, 2}, {1, 0, 3}, {2, 0, 4}, {3, 0, 0}};
    make_directory(s, records, DW_ARRAY_LEN(records));
}

static const struct {
    const char *what;
    void (*seed)(struct file_set *set);
    const char *profile, *code, *place;
} defects[] = {
    {"transfer syntax of the DICOMDIR", directory_syntax, "STD-GEN-CD", "DIR-SYNTAX", "/DICOMDIR"},
    {"a descriptor file that is not there", no_descriptor, "STD-GEN-CD", "DIR-DESCRIPTOR", "/DICOMDIR"},
    {"a transfer syntax that a CD has not", syntax_outside_the_profile, "STD-GEN-CD", "FILE-PROFILE", "/DICOM/SE1/IM1"},
    {"two patients", two_patients, "STD-GEN-CD", "SET-PATIENTS", ""},
    {"no profile named", nothing, NULL, "PROFILE-INFERRED", "STD-GEN-CD"},
    {"nothing of IHE PDI", no_pdi, "STD-GEN-CD", "PDI-NONE", ""},
    {"a program that starts by itself", autorun, "STD-GEN-CD", "PDI-AUTORUN", "/AUTORUN.INF"},
    {"a patient twice", patient_twice, "STD-GEN-CD", "DIR-PATIENT-TWICE", "record 4 (PATIENT)"},
    {"a study twice", study_twice, "STD-GEN-CD", "DIR-STUDY-TWICE", "record 4 (STUDY)"},
    {"a private record", private_record, "STD-GEN-CD", "DIR-PRIVATE", "record 4 (PRIVATE)"},
};

static void every_seeded_defect_is_named_with_its_place(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
        struct dw_error err = {0};
        struct file_set set;
        char codes[512];
        int before = test_failures;
        set_copy(&set, &good);
        if (defects[i].seed != nothing) { /* without the defect it is not named */
            CHECK_OK(set_judge(&set, &opts, result, &err), err);
            CHECK(!set_has(result, defects[i].code, ""));
        }
        defects[i].seed(&set);
        opts.profile = defects[i].profile;
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        CHECK(set_has(result, defects[i].code, defects[i].place));
        if (test_failures != before)
            fprintf(stderr, "  ... with '%s': %s\n", defects[i].what, set_codes(result, codes));
        set_done(&set);
    }
    free(result);
}

/* "NAME-OTHER": a link leads out of the disc and is not followed. */
static void a_link_in_a_folder_is_told_and_not_followed(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    char path[96];
    snprintf(path, sizeof path, "%s/LINK", folder);
    CHECK_INT(symlink("/etc/passwd", path), 0);
    CHECK_OK(dw_check_source_open_folder(folder, &source, &err), err);
    CHECK_OK(dw_check_run(source, &opts, result, &err), err);
    CHECK(set_has(result, "NAME-OTHER", ""));
    CHECK_INT(result->files, good.count);
    dw_check_source_free(source);
    free(result);
}

/* An image by genisoimage with one more option. */
static bool make_image(const char *option, struct dw_buf *out)
{
    char path[96];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s.iso", folder);
    const char *const make[] = {"genisoimage", option, "-iso-level", "1", "-sysid", "", "-V", "PROBE", "-no-pad",
                                "-o", path, folder, NULL};
    bool ok = set_run(make) && dw_file_read_all(path, DW_SMALL_FILE_MAX, out, &err) == DW_OK;
    unlink(path);
    return ok;
}

static uint8_t *record_of(const struct dw_buf *image, const char *raw)
{
    uint8_t *name = image->data ? memmem(image->data, image->size, raw, strlen(raw)) : NULL;
    CHECK(name != NULL);
    return name ? name - 33 : NULL; /* ECMA-119 9.1 */
}

/* IM2 becomes the second extent of IM1, which lies right before it. */
static void a_file_of_several_extents_is_none_of_level_1(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_error err = {0};
    struct dw_buf image = {0};
    CHECK(make_image("-quiet", &image));
    uint8_t *first = record_of(&image, "IM1.;1"), *second = record_of(&image, "IM2.;1");
    if (first && second) {
        static const uint8_t block[] = {0, 8, 0, 0, 0, 0, 8, 0};
        first[25] |= 0x80;
        memcpy(first + 10, block, sizeof block);
        second[33 + 2] = '1';
        CHECK_OK(image_judge((uint8_t *)image.data, image.size / 2048 * 2048, &opts, result, &err), err);
        CHECK(set_has(result, "ISO-MULTI-EXTENT", "/IM1"));
    }
    dw_buf_done(&image);
    free(result);
}

static void rock_ridge_is_told(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_error err = {0};
    struct dw_buf image = {0};
    CHECK(make_image("-R", &image));
    CHECK_OK(image_judge((uint8_t *)image.data, image.size / 2048 * 2048, &opts, result, &err), err);
    CHECK(set_has(result, "ISO-SUSP", ""));
    dw_buf_done(&image);
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(every_seeded_defect_is_named_with_its_place),
        TEST(a_file_of_several_extents_is_none_of_level_1),
        TEST(rock_ridge_is_told),
        TEST(a_link_in_a_folder_is_told_and_not_followed),
    };
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    int rc = 1;
    if (set_build(folder) && set_load(&good, folder))
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    set_done(&good);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
