/* How records and files are written: seeded defects of form and of value in a set that dcmmkdir made. */
#include "test.h"
#include "base/file.h"
#include "judge_set.h"

static struct file_set good;

#define DIR(set) set_find(set, "/DICOMDIR")
#define IM(set) set_find(set, "/DICOM/SE1/IM1")

static uint8_t *value(struct set_file *file, uint32_t tag, unsigned nth)
{
    size_t length;
    return set_value(file, tag, nth, &length);
}

/* --- how elements are written --- */
static void other_vr(struct file_set *s) { memcpy(value(DIR(s), 0x00080020, 0) - 4, "LO", 2); }
static void not_in_order(struct file_set *s) { set_retag(DIR(s), 0x00080050, 0, 0x00080051); set_retag(DIR(s), 0x00080030, 0, 0x00080050); }
static void same_tag_twice(struct file_set *s) { set_retag(DIR(s), 0x00080030, 0, 0x00080020); }
static void uid_padded_by_space(struct file_set *s)
{
    size_t length;
    uint8_t *v = set_value(DIR(s), 0x00041510, 0, &length);
    v[length - 1] = ' ';
}
static void extended_without_a_set(struct file_set *s) { set_retag(DIR(s), 0x00080005, 0, 0x00080006); }
static void add_to_directory(struct file_set *s, const void *bytes, size_t size)
{
    struct dw_buf all = {0};
    dw_buf_add(&all, DIR(s)->data, DIR(s)->size);
    dw_buf_add(&all, bytes, size);
    set_put(s, "/DICOMDIR", all.data, all.size);
    dw_buf_done(&all);
}
static void element_behind_the_records(struct file_set *s)
{
    add_to_directory(s, "\x09\0\x10\0LO\x04\0MORE", 12);
}
static void padding_behind_the_records(struct file_set *s)
{
    add_to_directory(s, "\xFC\xFF\xFC\xFFOB\0\0\x04\0\0\0\0\0\0\0", 16);
}

/* --- what they say: in object and record alike, so that they agree --- */
static void say(struct file_set *s, uint32_t tag, const char *text)
{
    set_text(DIR(s), tag, 0, text);
    set_text(IM(s), tag, 0, text);
}
static void no_date(struct file_set *s) { say(s, 0x00080020, "2026.1.2"); }
static void no_month(struct file_set *s) { say(s, 0x00080020, "20261302"); }
static void no_time(struct file_set *s) { say(s, 0x00080030, "10:11:"); }
static void no_hour(struct file_set *s) { say(s, 0x00080030, "241112"); }
static void code_in_lower_case(struct file_set *s) { say(s, 0x00080060, "ct"); }
static void no_integer(struct file_set *s) { say(s, 0x00200013, "A"); }
static void control_characters(struct file_set *s) { say(s, 0x00100020, "PID\n0815"); }

/* --- record and object --- */
static void other_name(struct file_set *s) { set_text(DIR(s), 0x00100010, 0, "Meier^Petra"); }
static void other_study_date(struct file_set *s) { set_text(DIR(s), 0x00080020, 0, "20260103"); }
static void other_study_id(struct file_set *s) { set_text(DIR(s), 0x00200010, 0, "S2"); }
static void other_modality(struct file_set *s) { set_text(DIR(s), 0x00080060, 0, "MR"); }
static void other_series_number(struct file_set *s) { set_text(DIR(s), 0x00200011, 0, "7"); }
static void other_instance_number(struct file_set *s) { set_text(DIR(s), 0x00200013, 0, "7"); }
static void other_image_type(struct file_set *s) { set_text(DIR(s), 0x00080008, 0, "DERIVED\\PRIMARY\\AXIAL"); }
static void the_same_number(struct file_set *s) { set_text(DIR(s), 0x00200013, 0, " 1"); }

/* UN has a long head (PS3.5 7.1.2), for which the element before it makes room. */
static void the_same_number_of_unknown_vr(struct file_set *s)
{
    static const uint8_t un[] = {0x20, 0, 0x13, 0, 'U', 'N', 0, 0, 2, 0, 0, 0, '1', ' '};
    struct dw_buf all = {0};
    size_t at = (size_t)(value(IM(s), 0x00200013, 0) - 8 - IM(s)->data);
    dw_buf_add(&all, IM(s)->data, at);
    dw_buf_add(&all, un, sizeof un);
    dw_buf_add(&all, IM(s)->data + at + 10, IM(s)->size - at - 10);
    set_put(s, "/DICOM/SE1/IM1", all.data, all.size);
    dw_buf_done(&all);
}

/* --- files --- */
static void file_not_in_order(struct file_set *s) { set_retag(IM(s), 0x00280101, 0, 0x00280099); }
static void program(struct file_set *s) { memcpy(IM(s)->data, "MZ\x90", 3); }
static void script(struct file_set *s) { memcpy(IM(s)->data, "#!/bin/sh", 9); }
static void tiff(struct file_set *s) { memcpy(IM(s)->data, "II*\0\x08\0\0\0", 8); }
static void other_preamble(struct file_set *s) { memcpy(IM(s)->data + 64, "maker", 5); }
static void padded_file(struct file_set *s)
{
    struct dw_buf all = {0};
    dw_buf_add(&all, IM(s)->data, IM(s)->size);
    dw_buf_add(&all, "\xFC\xFF\xFC\xFFOB\0\0\x04\0\0\0\0\0\0\0", 16);
    set_put(s, "/DICOM/SE1/IM1", all.data, all.size);
    dw_buf_done(&all);
}

/* --- letters, meta headers, pixels --- */
static void no_such_set(struct file_set *s) { set_text(IM(s), 0x00080005, 0, "KLINGON"); }
static void no_such_set_in_a_record(struct file_set *s) { set_text(DIR(s), 0x00080005, 0, "KLINGON"); }
static void no_utf8(struct file_set *s) { set_text(IM(s), 0x00100010, 0, "M\xFC\xFCller^Petra"); }
static void no_utf8_in_a_record(struct file_set *s) { set_text(DIR(s), 0x00100010, 0, "M\xFC\xFCller^Petra"); }
static void file_without_a_set(struct file_set *s) { set_retag(IM(s), 0x00080005, 0, 0x00080001); }
static void implementation(struct file_set *s) { value(IM(s), 0x00020012, 0)[0] = 'x'; }
static void implementation_of_the_directory(struct file_set *s) { value(DIR(s), 0x00020012, 0)[0] = 'x'; }
static void vr_of_the_syntax(struct file_set *s) { memcpy(value(IM(s), 0x00020010, 0) - 4, "LO", 2); }
static void preamble_of_the_directory(struct file_set *s) { memcpy(DIR(s)->data, "II*\0\x08\0\0\0", 8); }
static void fewer_pixels(struct file_set *s) { set_number(IM(s), 0x00280010, 0, 4000); }
static void no_rows(struct file_set *s) { set_number(IM(s), 0x00280010, 0, 0); }
static void more_bits_than_there_are(struct file_set *s) { set_number(IM(s), 0x00280101, 0, 40); }
static void other_description(struct file_set *s) { set_text(DIR(s), 0x00081030, 0, "X"); }
static void retired_key(struct file_set *s) { set_retag(DIR(s), 0x00041510, 0, 0x00041504); }
static void other_issuer(struct file_set *s) { set_text(IM(s), 0x00100021, 0, "PRAXIS"); }
static void no_issuer(struct file_set *s) { set_text(IM(s), 0x00100021, 0, ""); }

static const struct {
    const char *what;
    void (*seed)(struct file_set *set);
    const char *codes; /* all that may be found, notes aside; NULL: others as well */
    const char *code, *place;
} defects[] = {
    {"a date that is no DA", other_vr, "DIR-ENCODING", "DIR-ENCODING", "(0008,0020): another VR"},
    {"elements out of order", not_in_order, "DIR-KEY1 DIR-ENCODING FILE-KEY", "DIR-ENCODING", "record 2 (STUDY)"},
    {"an element twice", same_tag_twice, "DIR-KEY1 DIR-ENCODING", "DIR-ENCODING", "(0008,0020)"},
    {"a UID padded by a space", uid_padded_by_space, "DIR-VALUE", "DIR-VALUE", "padded by a space"},
    {"a name without its character set", extended_without_a_set, "DIR-CHARSET", "DIR-CHARSET", "record 1 (PATIENT)"},
    {"an element behind the records", element_behind_the_records, "DIR-TRAILING", "DIR-TRAILING", "/DICOMDIR"},
    {"a date with points", no_date, "DIR-VALUE", "DIR-VALUE", "(0008,0020): no date"},
    {"a month that no year has", no_month, "DIR-VALUE", "DIR-VALUE", "record 2 (STUDY)"},
    {"a time with colons", no_time, "DIR-VALUE", "DIR-VALUE", "(0008,0030): no time"},
    {"an hour that no day has", no_hour, "DIR-VALUE", "DIR-VALUE", "(0008,0030): no time"},
    {"a code in lower case", code_in_lower_case, "DIR-VALUE", "DIR-VALUE", "(0008,0060): a code"},
    {"a number that is none", no_integer, "DIR-VALUE", "DIR-VALUE", "(0020,0013): no integer"},
    {"a line feed in an identifier", control_characters, "DIR-VALUE FILE-PATIENT SET-PATIENTS", "DIR-VALUE", "control characters"},
    {"another name in the record", other_name, "FILE-KEY", "FILE-KEY", "(0010,0010) of PATIENT"},
    {"another study date", other_study_date, "FILE-KEY", "FILE-KEY", "(0008,0020) of STUDY"},
    {"another study ID", other_study_id, "FILE-KEY", "FILE-KEY", "(0020,0010) of STUDY"},
    {"another modality", other_modality, "FILE-KEY", "FILE-KEY", "(0008,0060) of SERIES"},
    {"another series number", other_series_number, "FILE-KEY", "FILE-KEY", "(0020,0011) of SERIES"},
    {"another instance number", other_instance_number, "FILE-KEY", "FILE-KEY", "(0020,0013) of IMAGE"},
    {"another image type", other_image_type, "FILE-KEY", "FILE-KEY", "/DICOM/SE1/IM1"},
    {"a file out of order", file_not_in_order, "FILE-ORDER", "FILE-ORDER", "/DICOM/SE1/IM1"},
    {"a file that begins like a program", program, "FILE-PREAMBLE", "FILE-PREAMBLE", "like a program"},
    {"a file that begins like a script", script, "FILE-PREAMBLE", "FILE-PREAMBLE", "/DICOM/SE1/IM1"},
    {"a file that is TIFF, too", tiff, "", "FILE-PREAMBLE", "TIFF"},
    {"a preamble of its maker", other_preamble, "", "FILE-PREAMBLE", "/DICOM/SE1/IM1"},
    {"a character set that nobody defined", no_such_set, "FILE-CHARSET", "FILE-CHARSET", "(0008,0005): it is no defined term"},
    {"such a set in a record", no_such_set_in_a_record, "DIR-CHARSET", "DIR-CHARSET", "no defined term"},
    {"a name that is no UTF-8", no_utf8, "FILE-KEY FILE-CHARSET", "FILE-CHARSET", "(0010,0010): it has bytes"},
    {"such a name in a record", no_utf8_in_a_record, "DIR-CHARSET FILE-KEY", "DIR-CHARSET", "(0010,0010): it has bytes"},
    {"a name in a file without a character set", file_without_a_set, "FILE-CHARSET", "FILE-CHARSET", "outside of ASCII"},
    {"an implementation that is no UID", implementation, "FILE-META", "FILE-META", "(0002,0012) is not a legal UID"},
    {"the same in the DICOMDIR", implementation_of_the_directory, "DIR-META", "DIR-META", "(0002,0012)"},
    {"a transfer syntax that is no UI", vr_of_the_syntax, "FILE-META", "FILE-META", "(0002,0010) is not of VR UI"},
    {"a DICOMDIR that is TIFF, too", preamble_of_the_directory, "", "FILE-PREAMBLE", "/DICOMDIR"},
    {"an image with fewer pixels than rows", fewer_pixels, "FILE-PIXELS", "FILE-PIXELS", "are wanted"},
    {"an image without rows", no_rows, "FILE-PIXELS", "FILE-PIXELS", "missing"},
    {"40 bits stored in 16", more_bits_than_there_are, "FILE-PIXELS", "FILE-PIXELS", "40 bits"},
    {"another description of the study", other_description, "FILE-KEY", "FILE-KEY", "(0008,1030) of STUDY"},
    {"a retired key", retired_key, NULL, "DIR-RETIRED", "(0004,1504) is retired"},
    {"one Patient ID of two issuers", other_issuer, "SET-PATIENTS", "SET-PATIENTS", "two issuers"},
    {"a file that names no issuer", no_issuer, "", "MAN-NONE", ""},
    {"the same number in another spelling", the_same_number, "", "MAN-NONE", ""},
    {"the same number of unknown VR", the_same_number_of_unknown_vr, "", "MAN-NONE", ""},
    {"padding behind the records", padding_behind_the_records, "", "MAN-NONE", ""},
    {"padding at the end of a file", padded_file, "", "MAN-NONE", ""},
};

static void every_seeded_defect_is_named_with_its_place_and_nothing_else_is(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        struct dw_error err = {0};
        struct file_set set;
        char codes[512];
        int before = test_failures;
        set_copy(&set, &good);
        defects[i].seed(&set);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        set_codes(result, codes);
        if (defects[i].codes)
            CHECK_STR(codes, defects[i].codes);
        CHECK(set_has(result, defects[i].code, defects[i].place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s'\n", defects[i].what);
        set_done(&set);
    }
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(every_seeded_defect_is_named_with_its_place_and_nothing_else_is),
    };
    char folder[64];
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
