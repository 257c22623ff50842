/* What is gathered from an object while its elements pass, as it ends up in the record. */
#include "base/limits.h"
#include "record_fixture.h"

static void an_image_has_the_keys_of_every_medium(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, CT);
    bytes_text(&b, 0x00080008, "CS", "ORIGINAL\\PRIMARY");
    bytes_text(&b, 0x00080020, "DA", "20260105");
    bytes_text(&b, 0x00080060, "CS", "CT");
    bytes_text(&b, 0x00080080, "LO", "");
    bytes_sequence(&b, 0x00081140);
    bytes_item(&b);
    bytes_text(&b, 0x00081150, "UI", "1.2");
    bytes_text(&b, 0x00081155, "UI", "2.25.9");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    add_identity(&b, "Doe^Jane");
    bytes_text(&b, 0x00200013, "IS", "7");
    bytes_text(&b, 0x00200032, "DS", "0\\0\\1");
    bytes_us(&b, 0x00280010, 512);
    bytes_text(&b, 0x00282112, "DS", "");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_PATIENT),
              "00100010 PN 8 [Doe^Jane]\n00100020 LO 4 [P-1 ]\n");
    CHECK_STR(part_text(&record, DW_PART_STUDY),
              "00080020 DA 8 [20260105]\n00080030 TM 0 []\n00080050 SH 0 []\n00081030 LO 0 []\n"
              "0020000D UI 8 [2.25.101]\n00200010 SH 0 []\n");
    CHECK_STR(part_text(&record, DW_PART_SERIES),
              "00080060 CS 2 [CT]\n0020000E UI 8 [2.25.102]\n00200011 IS 0 []\n");
    CHECK_STR(part_text(&record, DW_PART_INSTANCE),
              "00080008 CS 16 [ORIGINAL\\PRIMARY]\n"
              "00081140 SQ 34 [<FE><FF><00><E0><1A><00><00><00>"
              "<08><00>P<11>UI<04><00>1.2<00><08><00>U<11>UI<06><00>2.25.9]\n"
              "00200013 IS 2 [7 ]\n00200032 DS 6 [0\\0\\1 ]\n00280010 US 2 [<00><02>]\n"
              "00280011 US 0 []\n");
    dw_buf_done(&record);
}

static void geometry_is_taken_from_shared_functional_groups_unless_it_is_outside(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, "1.2.840.10008.5.1.4.1.1.2.1");
    add_identity(&b, "Doe^Jane");
    bytes_text(&b, 0x00280030, "DS", "9\\9");
    bytes_sequence(&b, 0x52009229);
    bytes_item(&b);
    bytes_sequence(&b, 0x00081140);
    bytes_item(&b);
    bytes_text(&b, 0x00081155, "UI", "2.25.8");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_sequence(&b, 0x00209113);
    bytes_item(&b);
    bytes_text(&b, 0x00200032, "DS", "1\\2\\3");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_sequence(&b, 0x00209116);
    bytes_item(&b);
    bytes_text(&b, 0x00200032, "DS", "8\\8\\8"); /* not the position's own place */
    bytes_text(&b, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_sequence(&b, 0x00289110);
    bytes_item(&b);
    bytes_text(&b, 0x00280030, "DS", "0.5\\0.5");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_INSTANCE),
              "00081140 SQ 22 [<FE><FF><00><E0><0E><00><00><00><08><00>U<11>UI<06><00>2.25.8]\n"
              "00200013 IS 0 []\n00200032 DS 6 [1\\2\\3 ]\n00200037 DS 12 [1\\0\\0\\0\\1\\0 ]\n"
              "00280010 US 0 []\n00280011 US 0 []\n00280030 DS 4 [9\\9 ]\n");
    dw_buf_done(&record);
}

static void add_child(struct bytes *b, const char *relation, const char *title, bool relation_last)
{
    bytes_item(b);
    if (!relation_last)
        bytes_text(b, 0x0040A010, "CS", relation);
    bytes_sequence(b, 0x0040A043);
    bytes_item(b);
    bytes_text(b, 0x00080104, "LO", title);
    bytes_item_end(b);
    bytes_sequence_end(b);
    if (relation_last)
        bytes_text(b, 0x0040A010, "CS", relation);
    bytes_item_end(b);
}

static void a_report_carries_its_concept_modifiers_and_the_latest_verification(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, SR);
    add_identity(&b, "Doe^Jane");
    bytes_sequence(&b, 0x0040A073);
    static const char *const times[] = {"20250101", "20260303", "20240101"};
    for (size_t i = 0; i < 3; i++) {
        bytes_item(&b);
        bytes_text(&b, 0x0040A030, "DT", times[i]);
        bytes_item_end(&b);
    }
    bytes_sequence_end(&b);
    bytes_text(&b, 0x0040A491, "CS", "COMPLETE");
    bytes_text(&b, 0x0040A493, "CS", "VERIFIED");
    bytes_sequence(&b, 0x0040A730);
    add_child(&b, "CONTAINS", "left out", false);
    add_child(&b, "HAS CONCEPT MOD", "kept", false);
    add_child(&b, "CONTAINS", "left out", true);
    add_child(&b, "HAS CONCEPT MOD ", "kept", true);
    bytes_item(&b); /* without a relationship */
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    CHECK_OK(scan(&b, &record, &err), err);
    const char *text = part_text(&record, DW_PART_INSTANCE);
    CHECK_HAS(text, "00080023 DA 0 []\n00080033 TM 0 []\n00200013 IS 0 []\n"
                    "0040A030 DT 8 [20260303]\n0040A043 SQ 0 []\n0040A491 CS 8 [COMPLETE]\n"
                    "0040A493 CS 8 [VERIFIED]\n0040A730 SQ 128 [");
    CHECK(strstr(text, "left out") == NULL);
    const char *first = strstr(text, "kept");
    CHECK(first && strstr(first + 1, "kept"));
    dw_buf_done(&record);
}

static void a_report_without_modifiers_has_no_content_key(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, SR);
    add_identity(&b, "Doe^Jane");
    bytes_sequence(&b, 0x0040A730);
    add_child(&b, "CONTAINS", "left out", false);
    bytes_sequence_end(&b);
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK(strstr(part_text(&record, DW_PART_INSTANCE), "0040A730") == NULL);
    dw_buf_done(&record);
}

static void references_of_a_presentation_are_reduced_to_uids(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, "1.2.840.10008.5.1.4.1.1.11.1");
    bytes_sequence(&b, 0x00081115);
    bytes_item(&b);
    bytes_text(&b, 0x00080054, "AE", "GONE");
    bytes_sequence(&b, 0x00081140);
    bytes_item(&b);
    bytes_text(&b, 0x00081155, "UI", "2.25.7");
    bytes_text(&b, 0x00081160, "IS", "1");
    bytes_sequence(&b, 0x0040A170);
    bytes_item(&b);
    bytes_text(&b, 0x00081155, "UI", "2.25.6");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_text(&b, 0x0020000E, "UI", "2.25.5");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    add_identity(&b, "Doe^Jane");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_HAS(part_text(&record, DW_PART_INSTANCE),
              "00081115 SQ 56 [<FE><FF><00><E0>0<00><00><00>"
              "<08><00>@<11>SQ<00><00><16><00><00><00><FE><FF><00><E0><0E><00><00><00>"
              "<08><00>U<11>UI<06><00>2.25.7 <00><0E><00>UI<06><00>2.25.5]\n");
    dw_buf_done(&record);
}

static void only_parts_with_such_text_carry_the_character_set(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, "ISO_IR 100", SR);
    bytes_text(&b, 0x00080080, "LO", "Clinic");
    add_identity(&b, "M\xFCller^Anna");
    bytes_sequence(&b, 0x0040A043);
    bytes_item(&b);
    bytes_text(&b, 0x00080104, "LO",
               "Pr\xFC"
               "fung");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_HAS(part_text(&record, DW_PART_PATIENT),
              "00080005 CS 10 [ISO_IR 100]\n00100010 PN 12 [M<FC>ller^Anna ]\n");
    CHECK(strstr(part_text(&record, DW_PART_STUDY), "00080005") == NULL);
    CHECK(strstr(part_text(&record, DW_PART_SERIES), "00080005") == NULL);
    CHECK_HAS(part_text(&record, DW_PART_INSTANCE), "00080005 CS 10 [ISO_IR 100]\n");
    dw_buf_done(&record);
}

static dw_status scan_references(int count, struct dw_buf *record, struct dw_error *err)
{
    struct bytes b;
    start_object(&b, NULL, CT);
    bytes_sequence(&b, 0x00081140);
    for (int i = 0; i < count; i++) {
        bytes_item(&b);
        bytes_text(&b, 0x00081155, "UI", "2.25.1234567890");
        bytes_item_end(&b);
    }
    bytes_sequence_end(&b);
    add_identity(&b, "Doe^Jane");
    return scan(&b, record, err);
}

static void an_object_with_thousands_of_references_is_taken(void)
{
    struct dw_buf record = {0};
    struct dw_error err = {0};
    CHECK_OK(scan_references(5000, &record, &err), err);
    CHECK(record.size > 5000 * 24);
    dw_buf_done(&record);
}

static void an_object_with_endless_references_breaks_a_named_limit(void)
{
    struct dw_buf record = {0};
    struct dw_error err = {0};
    CHECK_INT(scan_references(150000, &record, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "4194304 bytes");
    dw_buf_done(&record);
}

static void dates_and_times_of_acr_nema_lose_their_marks(void)
{
    struct bytes b;
    struct dw_object object;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, CT);
    bytes_text(&b, 0x00080020, "DA", "1994.01.30");
    bytes_text(&b, 0x00080030, "TM", "11:25:01.50 ");
    add_identity(&b, "Doe^Jane");
    int fd = bytes_file(b.out.data, b.out.size);
    CHECK_OK(dw_scan_object(fd, NULL, &object, &record, &err), err);
    close(fd);
    dw_buf_done(&b.out);
    CHECK_STR(object.study_date, "19940130");
    CHECK_STR(object.study_time, "112501.50");
    CHECK_HAS(part_text(&record, DW_PART_STUDY),
              "00080020 DA 8 [19940130]\n00080030 TM 10 [112501.50 ]\n");
    start_object(&b, NULL, CT);
    bytes_text(&b, 0x00080022, "DA", "1993.11.24");
    bytes_text(&b, 0x00080023, "DA", "1995.05.30");
    add_identity(&b, "Doe^Jane");
    fd = bytes_file(b.out.data, b.out.size);
    CHECK_OK(dw_scan_object(fd, NULL, &object, &record, &err), err);
    close(fd);
    dw_buf_done(&b.out);
    CHECK_STR(object.study_date, "19931124"); /* the key stays empty: it has to be repaired and told */
    CHECK_HAS(part_text(&record, DW_PART_STUDY), "00080020 DA 0 []\n");
    start_object(&b, NULL, CT);
    bytes_text(&b, 0x00080020, "DA", "1994.1.30");
    bytes_text(&b, 0x00080030, "TM", "112501");
    add_identity(&b, "Doe^Jane");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_HAS(part_text(&record, DW_PART_STUDY),
              "00080020 DA 10 [1994.1.30 ]\n00080030 TM 6 [112501]\n");
    dw_buf_done(&record);
}

static void a_conditional_key_without_a_value_is_left_out(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, "1.2.840.10008.5.1.4.1.1.2.1");
    bytes_text(&b, 0x00080008, "CS", "");
    bytes_text(&b, 0x0008002A, "DT", "");
    bytes_sequence(&b, 0x00081140);
    bytes_sequence_end(&b);
    add_identity(&b, "Doe^Jane");
    bytes_text(&b, 0x00280030, "DS", "");
    bytes_sequence(&b, 0x52009229);
    bytes_item(&b);
    bytes_sequence(&b, 0x00289110);
    bytes_item(&b);
    bytes_text(&b, 0x00280030, "DS", "0.5\\0.5");
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    bytes_item_end(&b);
    bytes_sequence_end(&b);
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_INSTANCE),
              "00200013 IS 0 []\n00280010 US 0 []\n00280011 US 0 []\n00280030 DS 8 [0.5\\0.5 ]\n");
    dw_buf_done(&record);
}

static void put_csa(struct bytes *b, const char *first_creator)
{
    start_object(b, NULL, "1.3.12.2.1107.5.9.1");
    add_identity(b, "Doe^Jane");
    bytes_text(b, 0x00200013, "IS", "4");
    bytes_text(b, 0x00290010, "LO", first_creator);
    bytes_text(b, 0x00290011, "LO", "SIEMENS CSA NON-IMAGE");
    bytes_text(b, 0x00291008, "CS", "OTHER");
    bytes_text(b, 0x00291108, "UN", "SPEC NUM 4");
    bytes_text(b, 0x00291109, "LO", "syngo MR");
    bytes_text(b, 0x00291110, "OB", "data");
}

static void a_private_record_has_the_csa_keys_of_the_block_their_creator_took(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    put_csa(&b, "SIEMENS CSA HEADER");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_INSTANCE),
              "00200013 IS 2 [4 ]\n00290011 LO 22 [SIEMENS CSA NON-IMAGE ]\n"
              "00291108 CS 10 [SPEC NUM 4]\n00291109 LO 8 [syngo MR]\n");
    put_csa(&b, "SIEMENS CSA NON-IMAGE"); /* twice: the first counts */
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_INSTANCE),
              "00200013 IS 2 [4 ]\n00290010 LO 22 [SIEMENS CSA NON-IMAGE ]\n"
              "00291008 CS 6 [OTHER ]\n");
    dw_buf_done(&record);
}

TESTS(TEST(an_image_has_the_keys_of_every_medium),
      TEST(geometry_is_taken_from_shared_functional_groups_unless_it_is_outside),
      TEST(a_report_carries_its_concept_modifiers_and_the_latest_verification),
      TEST(a_report_without_modifiers_has_no_content_key),
      TEST(references_of_a_presentation_are_reduced_to_uids),
      TEST(only_parts_with_such_text_carry_the_character_set),
      TEST(an_object_with_thousands_of_references_is_taken),
      TEST(an_object_with_endless_references_breaks_a_named_limit),
      TEST(dates_and_times_of_acr_nema_lose_their_marks),
      TEST(a_conditional_key_without_a_value_is_left_out),
      TEST(a_private_record_has_the_csa_keys_of_the_block_their_creator_took))
