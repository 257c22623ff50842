/* The synthetic patient is a patient: it scans, and the same seed gives the same bytes. */
#include "dicom/dcmtk/sample.h"

#include <stdbool.h>

#include "base/file.h"
#include "dicom/scan.h"
#include "test.h"

struct seen {
    int files, ct, others;
    char study[DW_UID_MAX];
    uint64_t largest, smallest;
    bool wrong;
};

static dw_status look(void *ctx, const char *path, const char *rel, uint64_t size,
                      struct dw_error *err)
{
    struct seen *seen = ctx;
    struct dw_object object;
    (void)rel;
    CHECK_OK(dw_scan_object_path(path, NULL, &object, NULL, err), *err);
    if (seen->files++ == 0)
        dw_text_cut(seen->study, sizeof seen->study, object.study_uid);
    seen->wrong |= strcmp(seen->study, object.study_uid) != 0 ||
                   strcmp(object.patient_name, "Müller-Østergård^Zoë") != 0;
    seen->ct += strcmp(object.modality, "CT") == 0;
    seen->others += strcmp(object.modality, "CT") != 0;
    seen->largest = size > seen->largest ? size : seen->largest;
    seen->smallest = seen->smallest == 0 || size < seen->smallest ? size : seen->smallest;
    return DW_OK;
}

static void the_sample_is_one_study_of_one_patient_with_five_kinds_of_objects(void)
{
    char folder[64];
    struct dw_error err = {0};
    struct seen seen = {0};
    uint64_t files = 0;
    test_folder(folder);
    CHECK_OK(dw_sample_write(folder, "seed", NULL, NULL, &files, &err), err);
    CHECK_OK(dw_file_walk(folder, look, &seen, &err), err);
    CHECK_INT(files, 68);
    CHECK_INT(seen.files, 68);
    CHECK_INT(seen.ct, 64);
    CHECK_INT(seen.others, 4);
    CHECK(!seen.wrong);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void the_same_seed_gives_the_same_bytes(void)
{
    char one[64], two[64], path[128];
    struct dw_error err = {0};
    struct dw_buf a = {0}, b = {0};
    test_folder(one);
    test_folder(two);
    struct dw_sample_bench bench = {.count = 3, .series = 1, .bytes = 4096};
    CHECK_OK(dw_sample_write_bench(one, "seed", &bench, NULL, NULL, &err), err);
    CHECK_OK(dw_sample_write_bench(two, "seed", &bench, NULL, NULL, &err), err);
    snprintf(path, sizeof path, "%s/SE0001/IM000003", one);
    CHECK_OK(dw_file_read_all(path, 1 << 20, &a, &err), err);
    snprintf(path, sizeof path, "%s/SE0001/IM000003", two);
    CHECK_OK(dw_file_read_all(path, 1 << 20, &b, &err), err);
    CHECK(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
    CHECK_OK(dw_sample_write_bench(two, "another", &bench, NULL, NULL, &err), err);
    CHECK_OK(dw_file_read_all(path, 1 << 20, &b, &err), err);
    CHECK(a.size != b.size || memcmp(a.data, b.data, a.size) != 0);
    dw_buf_done(&a);
    dw_buf_done(&b);
    CHECK_OK(dw_file_remove_tree(one, &err), err);
    CHECK_OK(dw_file_remove_tree(two, &err), err);
}

static void bench_files_are_about_as_large_as_was_asked(void)
{
    static const uint64_t sizes[] = {4096, 8192, 524288};
    for (size_t i = 0; i < DW_ARRAY_LEN(sizes); i++) {
        char folder[64];
        struct dw_error err = {0};
        struct seen seen = {0};
        struct dw_sample_bench bench = {.count = 7, .series = 3, .bytes = sizes[i]};
        test_folder(folder);
        CHECK_OK(dw_sample_write_bench(folder, "seed", &bench, NULL, NULL, &err), err);
        CHECK_OK(dw_file_walk(folder, look, &seen, &err), err);
        CHECK_INT(seen.files, 7);
        CHECK(seen.largest < sizes[i] + sizes[i] / 8 && seen.smallest > sizes[i] - sizes[i] / 8);
        CHECK_OK(dw_file_remove_tree(folder, &err), err);
    }
}

static void impossible_numbers_are_refused(void)
{
    struct dw_error err = {0};
    struct dw_sample_bench bench = {.count = 1, .series = 2, .bytes = 8192};
    CHECK_INT(dw_sample_write_bench("/tmp", "s", &bench, NULL, NULL, &err), DW_ERR_INVALID);
    bench = (struct dw_sample_bench){.count = 1, .series = 1, .bytes = 100};
    CHECK_INT(dw_sample_write_bench("/tmp", "s", &bench, NULL, NULL, &err), DW_ERR_INVALID);
    bench.bytes = 8192;
    CHECK(dw_sample_write_bench("/proc/no/such", "s", &bench, NULL, NULL, &err) != DW_OK);
}

TESTS(TEST(the_sample_is_one_study_of_one_patient_with_five_kinds_of_objects),
      TEST(the_same_seed_gives_the_same_bytes), TEST(bench_files_are_about_as_large_as_was_asked),
      TEST(impossible_numbers_are_refused))
