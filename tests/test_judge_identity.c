/* The last gate: what was read back against what the job says. */
#include "test.h"
#include "base/file.h"
#include "base/hash.h"
#include "check/report.h"
#include "judge_set.h"

static struct file_set good;
static struct dw_check_expect expected;

struct difference {
    const char *what;
    void (*seed)(struct file_set *set, struct dw_check_expect *expect);
    const char *codes, *code, *place;
};

#define IM(set) set_find(set, "/DICOM/SE1/IM1")
#define DIR(set) set_find(set, "/DICOMDIR")
#define SEED(name) static void name(struct file_set *s, struct dw_check_expect *e)

SEED(id_of_a_file) { set_text(IM(s), 0x00100020, 0, "PID-0816"); (void)e; }
SEED(id_of_all_files)
{
    static const char *const paths[] = {"/DICOM/SE1/IM1", "/DICOM/SE1/IM2", "/DICOM/SE2/IM1",
                                        "/DICOM/SE2/IM2"};
    for (size_t i = 0; i < DW_ARRAY_LEN(paths); i++)
        set_text(set_find(s, paths[i]), 0x00100020, 0, "PID-0816");
    set_text(DIR(s), 0x00100020, 0, "PID-0816");
    (void)e;
}
SEED(id_of_the_record) { set_text(DIR(s), 0x00100020, 0, "PID-0816"); (void)e; }
SEED(issuer_of_a_file) { set_text(IM(s), 0x00100021, 0, "OTHER"); (void)e; }
SEED(name_of_a_file) { set_text(IM(s), 0x00100010, 0, "Meyer^Petra"); (void)e; }
SEED(name_of_the_record) { set_text(DIR(s), 0x00100010, 0, "Meyer^Petra"); (void)e; }
SEED(birth_date_of_a_file) { set_text(IM(s), 0x00100030, 0, "19660318"); (void)e; }
SEED(no_birth_date_in_a_file) { set_text(IM(s), 0x00100030, 0, ""); (void)e; }

/* Two bytes longer than what is there. */
static void put_birth_date(struct set_file *file, const char text[10])
{
    size_t length;
    uint8_t *value = set_value(file, 0x00100030, 0, &length), *more = malloc(file->size + 2);
    size_t at = (size_t)(value - file->data);
    CHECK_INT(length, 8);
    memcpy(more, file->data, at);
    more[at - 2] = 10;
    memcpy(more + at, text, 10);
    memcpy(more + at + 10, value + 8, file->size - at - 8);
    free(file->data);
    file->data = more;
    file->size += 2;
}
SEED(birth_date_of_acr_nema) { put_birth_date(IM(s), "1966.03.17"); (void)e; }
SEED(another_birth_date_of_acr_nema) { put_birth_date(IM(s), "1966.03.18"); (void)e; }
SEED(one_more_in_the_job) { (void)s; e->objects++; }
SEED(another_fileset) { (void)s; dw_text_cut(e->fileset_uid, sizeof e->fileset_uid, "2.25.1"); }
SEED(other_instances) { (void)s; e->instances_sha256[0] ^= 1; }
SEED(the_same_name_written_otherwise)
{
    (void)s;
    dw_text_cut(e->patient_name, sizeof e->patient_name, "M\xC3\xBCSTER^PETRA^^^");
}
SEED(spaces_around_the_id) { (void)s; dw_text_cut(e->patient_id, sizeof e->patient_id, " PID-0815  "); }

/* Not a difference: the modality wrote it so, and every disc of this object will have it. */
SEED(an_illegal_uid_as_received)
{
    static const char *const all[] = {
        "1.2.826.0.1.3680043.10.999.1.01", "1.2.826.0.1.3680043.10.999.1.1.2",
        "1.2.826.0.1.3680043.10.999.1.2.1", "1.2.826.0.1.3680043.10.999.1.2.2"};
    struct dw_check_instances uids = {0};
    struct dw_error err = {0};
    set_text(DIR(s), 0x00041511, 0, all[0]);
    set_text(IM(s), 0x00020003, 0, all[0]);
    set_text(IM(s), 0x00080018, 0, all[0]);
    for (size_t i = 0; i < DW_ARRAY_LEN(all); i++)
        CHECK_OK(dw_check_instances_add(&uids, all[i], &err), err);
    CHECK_OK(dw_check_instances_digest(&uids, e->instances_sha256, &err), err);
    dw_check_instances_done(&uids);
}

static const struct difference differences[] = {
    {"Patient ID of a file", id_of_a_file, "FILE-PATIENT SET-PATIENTS ID-PATIENT-ID", "ID-PATIENT-ID", "/DICOM/SE1/IM1"},
    {"Patient ID of the whole disc", id_of_all_files, "ID-PATIENT-ID", "ID-PATIENT-ID", "record 1 (PATIENT)"},
    {"Patient ID of the record", id_of_the_record, "FILE-PATIENT ID-PATIENT-ID", "ID-PATIENT-ID", "record 1 (PATIENT)"},
    {"issuer", issuer_of_a_file, "ID-ISSUER", "ID-ISSUER", "/DICOM/SE1/IM1"},
    {"name of a file", name_of_a_file, "FILE-KEY ID-NAME", "ID-NAME", "/DICOM/SE1/IM1"},
    {"name of the record", name_of_the_record, "FILE-KEY ID-NAME", "ID-NAME", "record 1 (PATIENT)"},
    {"birth date", birth_date_of_a_file, "ID-BIRTH-DATE", "ID-BIRTH-DATE", "/DICOM/SE1/IM1"},
    {"a birth date of ACR-NEMA", birth_date_of_acr_nema, "", "MAN-NONE", ""},
    {"another one", another_birth_date_of_acr_nema, "ID-BIRTH-DATE", "ID-BIRTH-DATE", "/DICOM/SE1/IM1"},
    {"no birth date", no_birth_date_in_a_file, "", "ID-SILENT", "(0010,0030)"},
    {"one more instance in the job", one_more_in_the_job, "ID-COUNT", "ID-COUNT", "4 on the disc, 5 in the job"},
    {"another disc", another_fileset, "ID-FILESET-UID", "ID-FILESET-UID", "/DICOMDIR"},
    {"other instances", other_instances, "ID-INSTANCES", "ID-INSTANCES", ""},
    {"an illegal UID", an_illegal_uid_as_received, "DIR-UID FILE-UID", "FILE-UID", "(0008,0018)"},
    {"the same name", the_same_name_written_otherwise, "", "MAN-NONE", ""},
    {"the same id", spaces_around_the_id, "", "MAN-NONE", ""},
};

static void what_the_job_ordered_passes(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.expect = &expected};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    set_copy(&set, &good);
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    CHECK(result->conforms);
    set_done(&set);
    free(result);
}

static void every_difference_from_the_job_is_named_with_its_place(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(differences); i++) {
        const struct difference *d = &differences[i];
        struct dw_check_expect expect = expected;
        struct dw_check_opts opts = {.expect = &expect};
        struct dw_error err = {0};
        struct file_set set;
        char codes[512];
        int before = test_failures;
        set_copy(&set, &good);
        d->seed(&set, &expect);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        CHECK_STR(set_codes(result, codes), d->codes);
        CHECK(set_has(result, d->code, d->place));
        CHECK_INT(result->conforms, d->codes[0] == '\0' || d->seed == an_illegal_uid_as_received);
        if (test_failures != before)
            fprintf(stderr, "  ... with the difference '%s'\n", d->what);
        set_done(&set);
    }
    free(result);
}

/* Values of the patient must never leave the judge: its findings travel to logs and consoles. */
static void no_finding_holds_anything_of_the_patient(void)
{
    static const char *const secrets[] = {"0815", "0816", "ster", "Meyer", "Petra", "1966", "KLINIK"};
    struct dw_check_result *result = calloc(1, sizeof *result);
    for (size_t i = 0; i < DW_ARRAY_LEN(differences); i++) {
        struct dw_check_expect expect = expected;
        struct dw_check_opts opts = {.expect = &expect};
        struct dw_error err = {0};
        struct file_set set;
        set_copy(&set, &good);
        differences[i].seed(&set, &expect);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        json_t *findings = dw_findings_json(&result->findings);
        char *text = json_dumps(findings, 0);
        for (size_t k = 0; text && k < DW_ARRAY_LEN(secrets); k++)
            CHECK(!strstr(text, secrets[k]));
        free(text);
        json_decref(findings);
        set_done(&set);
    }
    free(result);
}

static void claim(struct dw_check_expect *expect, const char *profile)
{
    expect->has_profile = true;
    dw_text_cut(expect->profile, sizeof expect->profile, profile);
}

static void a_disc_is_judged_by_what_it_claims(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_expect expect = expected;
    struct dw_check_opts opts = {.expect = &expect};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    set_copy(&set, &good);
    claim(&expect, "STD-US-ID-MF-CDR");
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "FILE-PROFILE-CLASS");
    CHECK_STR(result->profile, "STD-US-ID-MF-CDR");
    CHECK(!result->conforms && !result->profile_inferred);
    expect.nonconformant = true; /* it says so itself: told, and no reason to keep it back */
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "FILE-PROFILE-CLASS");
    CHECK(result->conforms && result->nonconformant);
    CHECK_INT(result->findings.warnings, 4);
    json_t *head = json_object();
    struct dw_buf text = {0};
    dw_check_report_json(result, head);
    CHECK(json_is_true(json_object_get(head, "nonconformant")));
    dw_check_report_text(head, "disc", &text);
    dw_buf_add(&text, "", 1);
    CHECK_HAS((const char *)text.data, "declares itself non-conformant");
    dw_buf_done(&text);
    json_decref(head);
    claim(&expect, ""); /* none: the least that fits */
    expect.nonconformant = false;
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    CHECK_STR(result->profile, "STD-GEN-CD");
    claim(&expect, "STD-OTHER");
    CHECK_INT(set_judge(&set, &opts, result, &err), DW_ERR_INVALID);
    set_done(&set);
    free(result);
}

/* The XA profiles want an icon of each image, and Patient's Birth Date and Sex in each PATIENT record. */
static void what_a_clinical_profile_asks_of_records_is_missed(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_expect expect = expected;
    struct dw_check_opts opts = {.expect = &expect};
    struct dw_error err = {0};
    struct file_set set;
    set_copy(&set, &good);
    claim(&expect, "STD-XABC-CD");
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK(set_has(result, "DIR-PROFILE-KEY", "(0088,0200)"));
    CHECK(set_has(result, "DIR-PROFILE-KEY", "(0010,0040)"));
    CHECK(set_has(result, "DIR-PROFILE-KEY", "(0008,1050)"));
    CHECK(set_has(result, "DIR-PROFILE-KEY", "(0050,0004)"));
    CHECK(set_has(result, "FILE-PROFILE-CLASS", "/DICOM/SE1/IM1"));
    set_done(&set);
    free(result);
}

static void private_objects_belong_to_an_augmented_disc(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_expect expect = expected;
    struct dw_check_opts opts = {.expect = &expect};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    set_copy(&set, &good);
    set_text(IM(&set), 0x00020002, 0, "1.2.826.0.1.9");
    set_text(IM(&set), 0x00080016, 0, "1.2.826.0.1.9");
    set_text(DIR(&set), 0x00041510, 0, "1.2.826.0.1.9");
    claim(&expect, "STD-GEN-CD");
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "FILE-CLASS-UNKNOWN");
    claim(&expect, "AUG-GEN-CD");
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    CHECK_STR(result->profile, "AUG-GEN-CD");
    set_done(&set);
    free(result);
}

static void the_claim_is_read_from_expect_json(void)
{
    char folder[64], path[96];
    struct dw_check_expect expect;
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/expect.json", folder);
    static const char claims[] = "{\"profile\": \"AUG-GEN-BD\", \"nonconformant\": true}", none[] = "{}";
    CHECK_OK(dw_file_save(NULL, path, claims, sizeof claims - 1, &err), err);
    CHECK_OK(dw_check_expect_read(path, &expect, &err), err);
    CHECK(expect.has_profile && expect.nonconformant);
    CHECK_STR(expect.profile, "AUG-GEN-BD");
    CHECK_OK(dw_file_save(NULL, path, none, sizeof none - 1, &err), err);
    CHECK_OK(dw_check_expect_read(path, &expect, &err), err);
    CHECK(!expect.has_profile && !expect.nonconformant);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void expect_the_good_set(void)
{
    struct dw_check_instances uids = {0};
    struct dw_error err = {0};
    size_t length;
    char uid[65];
    expected = (struct dw_check_expect){.patient_id = "PID-0815",
                                        .issuer = "KLINIK",
                                        .patient_name = "M\xC3\xBCster^Petra",
                                        .birth_date = "19660317",
                                        .objects = 4,
                                        .has_instances = true};
    const uint8_t *v = set_value(DIR(&good), 0x00020003, 0, &length);
    snprintf(expected.fileset_uid, sizeof expected.fileset_uid, "%.*s", (int)length, v);
    for (unsigned i = 4; i-- > 0;) { /* in any order */
        snprintf(uid, sizeof uid, "1.2.826.0.1.3680043.10.999.1.%u.%u", i / 2 + 1, i % 2 + 1);
        CHECK_OK(dw_check_instances_add(&uids, uid, &err), err);
    }
    CHECK_OK(dw_check_instances_digest(&uids, expected.instances_sha256, &err), err);
    dw_check_instances_done(&uids);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(what_the_job_ordered_passes),
        TEST(every_difference_from_the_job_is_named_with_its_place),
        TEST(no_finding_holds_anything_of_the_patient),
        TEST(a_disc_is_judged_by_what_it_claims),
        TEST(what_a_clinical_profile_asks_of_records_is_missed),
        TEST(private_objects_belong_to_an_augmented_disc),
        TEST(the_claim_is_read_from_expect_json),
    };
    char folder[64];
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    int rc = 1;
    if (set_build(folder) && set_load(&good, folder)) {
        expect_the_good_set();
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    }
    set_done(&good);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
