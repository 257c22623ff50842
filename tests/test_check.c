/* The parts of the judge by themselves, and the file-sets of others. */
#include "test.h"
#include <sys/stat.h>
#include "base/file.h"
#include "base/hash.h"
#include "check/judge.h"
#include "check/lookup.h"
#include "check/manifest.h"
#include "check/image.h"
#include "check/keys.h"
#include "check/profile.h"
#include "check/report.h"
#include "check/tape.h"

static void findings_are_bounded_and_what_is_dropped_is_counted(void)
{
    struct dw_findings *found = calloc(1, sizeof *found);
    dw_findings_init(found);
    for (int i = 0; i < 100000; i++)
        dw_findings_add(found, (enum dw_code)(i % DW_CODE_COUNT), "a\xFF\"\\", "number %d", i);
    CHECK(found->count <= DW_FINDINGS_MAX);
    CHECK_INT(found->dropped, 100000 - found->count);
    CHECK_STR(found->list[0].place, "a?\"\\");
    struct dw_check_result *result = calloc(1, sizeof *result);
    result->findings = *found;
    json_t *head = json_object();
    dw_check_report_json(result, head);
    char *text = json_dumps(head, 0);
    CHECK(text && strlen(text) < 150000); /* fits one message between our processes */
    free(text);
    json_decref(head);
    free(result);
    free(found);
}

static void every_code_has_a_sentence_and_an_advice_and_is_there_once(void)
{
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const struct dw_code_info *info = dw_code_info((enum dw_code)i);
        CHECK(info->code && info->sentence && info->advice && info->clause && info->clause[0]);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(dw_code_info((enum dw_code)k)->code, info->code) != 0);
    }
}

static void a_lookup_keeps_the_first_of_equal_keys(void)
{
    struct dw_lookup lookup = {0};
    struct dw_error err = {0};
    uint32_t first;
    for (uint32_t i = 1; i <= 10000; i++) {
        CHECK_OK(dw_lookup_put(&lookup, i * 256, i, &first, &err), err);
        CHECK_INT(first, i);
    }
    CHECK_OK(dw_lookup_put(&lookup, 256, 7, &first, &err), err);
    CHECK_INT(first, 1);
    CHECK_INT(dw_lookup_find(&lookup, 2560000), 10000);
    CHECK(dw_lookup_find(&lookup, 3) == DW_LOOKUP_NONE);
    CHECK(dw_lookup_find(&lookup, 0) == DW_LOOKUP_NONE);
    CHECK(dw_check_hash_name("/dicom/im1") == dw_check_hash_name("/DICOM/IM1"));
    dw_lookup_done(&lookup);
}

static void the_digest_of_instances_does_not_depend_on_their_order(void)
{
    static const char sorted[] = "1.2.10\n1.2.9\n1.2.9.1\n";
    static const char *const uids[] = {"1.2.9.1", "1.2.9", "1.2.10"};
    struct dw_check_instances instances = {0};
    struct dw_error err = {0};
    uint8_t got[DW_SHA256_SIZE], want[DW_SHA256_SIZE];
    for (size_t i = 0; i < DW_ARRAY_LEN(uids); i++)
        CHECK_OK(dw_check_instances_add(&instances, uids[i], &err), err);
    CHECK_OK(dw_check_instances_digest(&instances, got, &err), err);
    dw_sha256_of(sorted, sizeof sorted - 1, want);
    CHECK(memcmp(got, want, sizeof got) == 0);
    dw_check_instances_done(&instances);
}

static dw_status save_and_read(const char *folder, const char *text, struct dw_check_expect *out,
                               struct dw_error *err)
{
    char path[96];
    snprintf(path, sizeof path, "%s/expect.json", folder);
    dw_status st = dw_file_save(NULL, path, text, strlen(text), err);
    return st == DW_OK ? dw_check_expect_read(path, out, err) : st;
}

static void an_expectation_is_read_whole_or_refused(void)
{
    char folder[64], digest[65], text[512];
    struct dw_check_expect *expect = calloc(1, sizeof *expect);
    struct dw_error err = {0};
    uint8_t bytes[DW_SHA256_SIZE];
    dw_sha256_of("", 0, bytes);
    dw_text_hex(bytes, sizeof bytes, digest);
    test_folder(folder);
    snprintf(text, sizeof text,
             "{\"patient_id\": \"P1\", \"issuer\": \"\", \"patient_name\": \"A^B\", \"objects\": 3, "
             "\"birth_date\": \"19700101\", \"fileset_uid\": \"2.25.7\", \"instances_sha256\": \"%s\"}",
             digest);
    CHECK_OK(save_and_read(folder, text, expect, &err), err);
    CHECK_STR(expect->patient_id, "P1");
    CHECK_INT(expect->objects, 3);
    CHECK(expect->has_instances);
    CHECK_INT(save_and_read(folder, "[]", expect, &err), DW_ERR_CORRUPT);
    CHECK_INT(save_and_read(folder, "{\"patient_id\": 7}", expect, &err), DW_ERR_CORRUPT);
    CHECK_INT(save_and_read(folder, "{\"instances_sha256\": \"77\"}", expect, &err), DW_ERR_CORRUPT);
    /* a count that is no count would be one that nothing is compared with */
    CHECK_INT(save_and_read(folder, "{\"objects\": \"3\"}", expect, &err), DW_ERR_CORRUPT);
    CHECK_INT(save_and_read(folder, "{\"objects\": -7}", expect, &err), DW_ERR_CORRUPT);
    CHECK_INT(save_and_read(folder, "{\"nonconformant\": 1}", expect, &err), DW_ERR_CORRUPT);
    CHECK_INT(dw_check_expect_read("/nowhere/expect.json", expect, &err), DW_ERR_NOT_FOUND);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
    free(expect);
}

struct lines {
    unsigned good, bad;
    char last[64];
};

static dw_status on_line(void *ctx, const struct dw_manifest_line *line, struct dw_error *err)
{
    struct lines *lines = ctx;
    lines->good += line->ok;
    lines->bad += !line->ok;
    if (line->ok)
        dw_text_cut(lines->last, sizeof lines->last, line->path);
    return DW_OK;
}

static void a_manifest_is_read_line_by_line_and_its_faults_do_not_end_it(void)
{
    char folder[64], path[96], digest[65];
    struct dw_buf text = {0};
    struct dw_error err = {0};
    struct lines lines = {0};
    dw_check_source *source = NULL;
    dw_tape *tape = NULL;
    uint8_t bytes[DW_SHA256_SIZE];
    dw_sha256_of("", 0, bytes);
    dw_text_hex(bytes, sizeof bytes, digest);
    dw_buf_addf(&text, "# head\r\n\r\n%s  A\r\n%s *DIR\\B\n%s A\nshort\n%s\n", digest, digest,
                digest + 1, digest);
    for (int i = 0; i < 9000; i++)
        dw_buf_add_text(&text, "x");
    dw_buf_addf(&text, "\n%s  ./C/D", digest);
    test_folder(folder);
    snprintf(path, sizeof path, "%s/MANIFEST.TXT", folder);
    CHECK_OK(dw_file_save(NULL, path, text.data, text.size, &err), err);
    CHECK_OK(dw_check_source_open_folder(folder, &source, &err), err);
    CHECK_OK(dw_tape_new(source, &tape, &err), err);
    dw_tape_start(tape, 0, false);
    CHECK_OK(dw_check_manifest_read(tape, on_line, &lines, &err), err);
    CHECK_INT(lines.good, 3);
    CHECK_INT(lines.bad, 4);
    CHECK_STR(lines.last, "/C/D");
    dw_tape_free(tape);
    dw_check_source_free(source);
    dw_buf_done(&text);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_tape_hashes_every_byte_once_wherever_it_is_read(void)
{
    char folder[64], path[96];
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    dw_tape *tape = NULL;
    size_t size = 700001;
    uint8_t *data = malloc(size), chunk[300], got[DW_SHA256_SIZE], want[DW_SHA256_SIZE];
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 31 + i / 977);
    test_folder(folder);
    snprintf(path, sizeof path, "%s/A", folder);
    CHECK_OK(dw_file_save(NULL, path, data, size, &err), err);
    CHECK_OK(dw_check_source_open_folder(folder, &source, &err), err);
    CHECK_OK(dw_tape_new(source, &tape, &err), err);
    dw_tape_start(tape, 0, true);
    static const size_t at[] = {0, 262000, 600000, 100, 699900, 262100};
    for (size_t i = 0; i < DW_ARRAY_LEN(at); i++) {
        size_t left = size - at[i] < sizeof chunk ? size - at[i] : sizeof chunk;
        CHECK_INT(dw_tape_pread(tape, chunk, sizeof chunk, at[i]), left);
        CHECK(memcmp(chunk, data + at[i], left) == 0);
    }
    CHECK_INT(dw_tape_pread(tape, chunk, sizeof chunk, size), 0);
    CHECK_OK(dw_tape_end(tape, got, &err), err);
    dw_sha256_of(data, size, want);
    CHECK(memcmp(got, want, sizeof got) == 0);
    dw_tape_free(tape);
    dw_check_source_free(source);
    free(data);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void links_out_of_a_folder_are_not_followed(void)
{
    char folder[64], path[96];
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/LINK", folder);
    CHECK_INT(symlink("/etc", path), 0);
    CHECK_OK(dw_check_source_open_folder(folder, &source, &err), err);
    CHECK_INT(dw_check_source_count(source), 0);
    CHECK_INT(dw_check_source_others(source), 1);
    dw_check_source_free(source);
    CHECK_INT(dw_check_source_open_folder("/nowhere", &source, &err), DW_ERR_NOT_FOUND);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static const char *nearest(const char *sop_class, const char *syntax, unsigned breaks, uint64_t blocks, unsigned media)
{
    uint64_t broken;
    struct dw_check_kind_of kind = {sop_class, syntax, (uint16_t)breaks, 3};
    struct dw_check_content content = {.objects = &kind, .object_count = 1};
    const struct dw_check_profile *profile = dw_check_profile_nearest(&content, blocks, media, &broken);
    return broken ? "none" : profile->name;
}

static void the_least_profile_that_fits_is_inferred(void)
{
    static const char e[] = "1.2.840.10008.1.2.1", j70[] = "1.2.840.10008.1.2.4.70", j2k[] = "1.2.840.10008.1.2.4.90",
                      rle[] = "1.2.840.10008.1.2.5", xa[] = "1.2.840.10008.5.1.4.1.1.12.1",
                      ct[] = "1.2.840.10008.5.1.4.1.1.2", us[] = "1.2.840.10008.5.1.4.1.1.6.1",
                      us_mf[] = "1.2.840.10008.5.1.4.1.1.3.1";
    const unsigned any = ~0u, cd = 1u << DW_CHECK_CD, bd = 1u << DW_CHECK_BD;
    CHECK_STR(nearest(NULL, e, 0, 1000, any), "STD-GEN-CD");
    CHECK_STR(nearest(NULL, e, 0, 2000000, any), "STD-GEN-DVD-JPEG");
    CHECK_STR(nearest(NULL, j2k, 0, 1000, any), "STD-GEN-DVD-J2K");
    CHECK_STR(nearest(NULL, e, 0, 1000, bd), "STD-GEN-BD");
    CHECK_STR(nearest(NULL, j2k, 0, 1000, bd), "STD-GEN-BD-J2K");
    CHECK_STR(nearest(ct, j70, 0, 1000, cd), "STD-CTMR-CD");
    CHECK_STR(nearest(xa, j70, 0, 1000, cd), "STD-XABC-CD");
    CHECK_STR(nearest(xa, j70, DW_IMAGE_512, 1000, cd), "STD-XA1K-CD");
    CHECK_STR(nearest(us, rle, 0, 1000, any), "STD-US-ID-SF-CDR");
    CHECK_STR(nearest(us_mf, rle, DW_IMAGE_REGIONS, 1000000, any), "STD-US-ID-MF-DVD");
    CHECK_STR(nearest(us, rle, DW_IMAGE_US_PAIR, 1000, any), "none");
}

/* A key that its records lack breaks a profile too, but makes no other one the nearest. */
static void the_profile_that_fewest_objects_break_is_the_nearest(void)
{
    static const struct dw_check_kind_of kinds[] = {
        {"1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.1.2.1", 0, 5},
        {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", 0, 1},
    };
    struct dw_check_lack lack = {dw_check_key_mask(DW_KEYS_D), 5};
    struct dw_check_content content = {kinds, 2, &lack, 1};
    uint64_t broken;
    CHECK_STR(dw_check_profile_nearest(&content, 1000, 1u << DW_CHECK_CD, &broken)->name, "STD-GEN-CD");
    CHECK_INT(broken, 5);
    content.object_count = 1;
    CHECK_STR(dw_check_profile_nearest(&content, 1000, 1u << DW_CHECK_CD, &broken)->name, "STD-US-ID-SF-CDR");
    CHECK_INT(broken, 0);
}

static void every_profile_is_found_by_both_of_its_names(void)
{
    bool augmented = true;
    CHECK_INT(dw_check_profile_count(), 28);
    for (size_t i = 0; i < dw_check_profile_count(); i++) {
        const struct dw_check_profile *profile = dw_check_profile_at(i);
        char name[40];
        CHECK(dw_check_profile_find(profile->name, &augmented) == profile);
        CHECK(!augmented);
        snprintf(name, sizeof name, "AUG-%s", profile->name + 4);
        CHECK(dw_check_profile_find(name, &augmented) == profile);
        CHECK(augmented);
    }
    CHECK(dw_check_profile_find("STD-GEN", &augmented) == NULL);
    CHECK(dw_check_profile_find("AUG-", &augmented) == NULL);
}

static void clinical_profiles_pair_classes_with_syntaxes(void)
{
    static const char ct[] = "1.2.840.10008.5.1.4.1.1.2", xa[] = "1.2.840.10008.5.1.4.1.1.12.1",
                      sc[] = "1.2.840.10008.5.1.4.1.1.7", e[] = "1.2.840.10008.1.2.1",
                      j70[] = "1.2.840.10008.1.2.4.70", j50[] = "1.2.840.10008.1.2.4.50",
                      rle[] = "1.2.840.10008.1.2.5", us[] = "1.2.840.10008.5.1.4.1.1.6.1",
                      us_mf[] = "1.2.840.10008.5.1.4.1.1.3.1";
    bool augmented;
    const struct dw_check_profile *xa1k = dw_check_profile_find("STD-XA1K-CD", &augmented);
    CHECK(dw_check_profile_allows(xa1k, xa, j70) && !dw_check_profile_allows(xa1k, xa, e));
    CHECK(dw_check_profile_allows(xa1k, sc, e) && !dw_check_profile_allows(xa1k, sc, j70));
    CHECK(!dw_check_profile_has_class(xa1k, ct));
    CHECK_INT(xa1k->icon_edge, 128);
    const struct dw_check_profile *dvd = dw_check_profile_find("STD-XA1K-DVD", &augmented);
    CHECK(dw_check_profile_allows(dvd, xa, j50) && !dw_check_profile_allows(xa1k, xa, j50));
    const struct dw_check_profile *single = dw_check_profile_find("STD-US-ID-SF-CDR", &augmented);
    CHECK(dw_check_profile_allows(single, us, rle) && !dw_check_profile_has_class(single, us_mf));
    const struct dw_check_profile *ctmr = dw_check_profile_find("STD-CTMR-CD", &augmented);
    CHECK(dw_check_profile_allows(ctmr, ct, j70) && !dw_check_profile_allows(ctmr, ct, j50));
}

static void judge_folder(const char *folder, struct dw_check_result *result)
{
    struct dw_check_opts opts = {0};
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    CHECK_OK(dw_check_source_open_folder(folder, &source, &err), err);
    CHECK_OK(dw_check_run(source, &opts, result, &err), err);
    dw_check_source_free(source);
}

static void the_true_faults_of_file_sets_of_others_are_named(void)
{
    const char *corpus = getenv("DW_CORPUS");
    char folder[300];
    struct stat sb;
    struct dw_check_result *result = calloc(1, sizeof *result);
    snprintf(folder, sizeof folder, "%s/fileset-ct-tiny-50-instances", corpus ? corpus : "/nowhere");
    if (stat(folder, &sb) == 0) {
        judge_folder(folder, result);
        CHECK_INT(result->findings.errors, 2);
        CHECK_INT(result->findings.seen[DW_DIR_FILESET_ID], 1); /* it holds a space */
        CHECK_INT(result->findings.seen[DW_DIR_DESCRIPTOR], 1); /* README is named and not there */
        snprintf(folder, sizeof folder, "%s/fileset-mr-siemens-trio-nonconformant-names", corpus);
        judge_folder(folder, result);
        CHECK_INT(result->findings.seen[DW_NAME_CASE], 7);
        CHECK_INT(result->findings.seen[DW_DIR_MISSING], 1);
        CHECK_INT(result->findings.seen[DW_DIR_NAME], 1); /* its data set says what it is, and nothing else does */
        CHECK_INT(result->findings.seen[DW_FILE_IN_ROOT], 6);
    }
    free(result);
}

TESTS(TEST(findings_are_bounded_and_what_is_dropped_is_counted),
      TEST(every_code_has_a_sentence_and_an_advice_and_is_there_once),
      TEST(a_lookup_keeps_the_first_of_equal_keys),
      TEST(the_digest_of_instances_does_not_depend_on_their_order),
      TEST(an_expectation_is_read_whole_or_refused),
      TEST(a_manifest_is_read_line_by_line_and_its_faults_do_not_end_it),
      TEST(a_tape_hashes_every_byte_once_wherever_it_is_read),
      TEST(links_out_of_a_folder_are_not_followed), TEST(the_least_profile_that_fits_is_inferred),
      TEST(the_profile_that_fewest_objects_break_is_the_nearest),
      TEST(every_profile_is_found_by_both_of_its_names),
      TEST(clinical_profiles_pair_classes_with_syntaxes),
      TEST(the_true_faults_of_file_sets_of_others_are_named))
