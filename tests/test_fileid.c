#include "layout/fileset/fileid.h"
#include "base/error.h"
#include "test.h"

static void a_file_id_counts_studies_series_and_instances(void)
{
    char fileid[DW_FILEID_LENGTH + 1], path[DW_FILEID_LENGTH + 2];
    dw_fileid_make(1, 23, 999999, fileid);
    CHECK_STR(fileid, "DICOM\\ST000001\\SE000023\\IM999999");
    CHECK_INT(strlen(fileid), DW_FILEID_LENGTH);
    CHECK(dw_fileid_is_legal(fileid));
    dw_fileid_to_path(fileid, path);
    CHECK_STR(path, "/DICOM/ST000001/SE000023/IM999999");
}

static void only_the_alphabet_and_the_lengths_of_part_10_are_legal(void)
{
    CHECK(dw_fileid_is_legal("A\\B\\C\\D\\E\\F\\G\\12345678"));
    static const char *const illegal[] = {"", "A\\B\\C\\D\\E\\F\\G\\H\\I", "ABCDEFGHI", "dicom", "A.B",
                                          "A-B", "A B", "\\A", "A\\", "A\\\\B"};
    for (size_t i = 0; i < DW_ARRAY_LEN(illegal); i++)
        CHECK(!dw_fileid_is_legal(illegal[i]));
}

static void a_file_set_id_may_be_empty_and_has_sixteen_characters(void)
{
    CHECK(dw_fileset_id_is_legal(""));
    CHECK(dw_fileset_id_is_legal("D20260101ABCD_01"));
    CHECK(!dw_fileset_id_is_legal("D20260101ABCD_010"));
    CHECK(!dw_fileset_id_is_legal("disc"));
}

TESTS(TEST(a_file_id_counts_studies_series_and_instances),
      TEST(only_the_alphabet_and_the_lengths_of_part_10_are_legal),
      TEST(a_file_set_id_may_be_empty_and_has_sixteen_characters))
