#include "robot/ptburn/record.h"

#include <sys/stat.h>

#include "base/file.h"
#include "test.h"

static dw_ptburn_records *open_in(const char *folder)
{
    dw_ptburn_records *records = NULL;
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_records_open(folder, &records, &err), err);
    return records;
}

static void what_is_known_of_a_disc_outlives_the_program(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_ptburn_records *records = open_in(folder);
    const struct dw_ptburn_record begun = {.disc = 12, .stem = "DWx-12"};
    const struct dw_ptburn_record ended = {.disc = 13, .stem = "DWx-13", .submitted = true, .outcome = DW_PTBURN_BAD,
                                           .used = true, .again = true, .bad = 2, .error = 20};
    CHECK_OK(dw_ptburn_record_save(records, &begun, &err), err);
    CHECK_OK(dw_ptburn_record_save(records, &ended, &err), err);
    dw_ptburn_records_close(records);
    records = open_in(folder);
    CHECK_INT(dw_ptburn_record_count(records), 2);
    const struct dw_ptburn_record *found = dw_ptburn_record_find(records, 12);
    CHECK(found && !found->submitted && found->outcome == DW_PTBURN_OPEN);
    found = dw_ptburn_record_find(records, 13);
    CHECK(found && found->submitted && found->outcome == DW_PTBURN_BAD && found->used && found->again);
    CHECK_INT(found ? found->bad : 0, 2);
    CHECK_INT(found ? found->error : 0, 20);
    CHECK_STR(found ? found->stem : "", "DWx-13");
    dw_ptburn_record_remove(records, 12);
    dw_ptburn_records_close(records);
    records = open_in(folder);
    CHECK(dw_ptburn_record_find(records, 12) == NULL);
    CHECK(dw_ptburn_record_find(records, 13) != NULL);
    dw_ptburn_records_close(records);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_disc_is_told_once_however_often_it_changes(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_ptburn_records *records = open_in(folder);
    struct dw_ptburn_record record = {.disc = 5, .stem = "DWx-5"};
    CHECK_OK(dw_ptburn_record_save(records, &record, &err), err);
    record.submitted = true;
    CHECK_OK(dw_ptburn_record_save(records, &record, &err), err);
    CHECK_INT(dw_ptburn_record_count(records), 1);
    CHECK(dw_ptburn_record_at(records, 0)->submitted);
    dw_ptburn_records_close(records);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void the_names_of_one_appliance_stay_its_own(void)
{
    char one[64], other[64], first[40];
    test_folder(one);
    test_folder(other);
    dw_ptburn_records *a = open_in(one), *b = open_in(other);
    CHECK(strcmp(dw_ptburn_records_prefix(a), dw_ptburn_records_prefix(b)) != 0);
    snprintf(first, sizeof first, "%s", dw_ptburn_records_prefix(a));
    CHECK_INT(strlen(first), 2 + DW_PTBURN_TOKEN_MAX - 1 + 1);
    dw_ptburn_records_close(a);
    a = open_in(one);
    CHECK_STR(dw_ptburn_records_prefix(a), first);
    dw_ptburn_records_close(a);
    dw_ptburn_records_close(b);
    CHECK_INT(dw_file_remove_tree(one, NULL), DW_OK);
    CHECK_INT(dw_file_remove_tree(other, NULL), DW_OK);
}

static void a_file_that_makes_no_sense_is_not_guessed_about(void)
{
    static const char *const bad[] = {"", "{", "{\"disc\": 7}", "{\"disc\": 7, \"stem\": \"a\", \"outcome\": \"perhaps\"}"};
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++) {
        char folder[64], path[128];
        dw_ptburn_records *records = NULL;
        struct dw_error err = {0};
        test_folder(folder);
        dw_ptburn_records_close(open_in(folder));
        snprintf(path, sizeof path, "%s/ptburn/7", folder);
        CHECK_OK(dw_file_save(NULL, path, bad[i], strlen(bad[i]), &err), err);
        CHECK_INT(dw_ptburn_records_open(folder, &records, &err), DW_ERR_CORRUPT);
        CHECK_HAS(err.text, "none of ours");
        CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
    }
}

static void a_line_that_was_never_whole_counts_for_nothing(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    test_folder(folder);
    dw_ptburn_records_close(open_in(folder));
    snprintf(path, sizeof path, "%s/ptburn/7.part", folder);
    CHECK_OK(dw_file_save(NULL, path, "{", 1, &err), err);
    dw_ptburn_records *records = open_in(folder);
    CHECK_INT(dw_ptburn_record_count(records), 0);
    dw_ptburn_records_close(records);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

TESTS(TEST(what_is_known_of_a_disc_outlives_the_program), TEST(a_disc_is_told_once_however_often_it_changes),
      TEST(the_names_of_one_appliance_stay_its_own), TEST(a_file_that_makes_no_sense_is_not_guessed_about),
      TEST(a_line_that_was_never_whole_counts_for_nothing))
