#include "dicom/uid.h"
#include "test.h"

static void sop_classes_are_sorted_and_each_is_found(void)
{
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    CHECK(count > 190);
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || strcmp(table[i - 1].uid, table[i].uid) < 0);
        CHECK(dw_sop_class_find(table[i].uid) == &table[i]);
        CHECK(dw_uid_is_valid(table[i].uid));
        CHECK(table[i].name[0] != '\0');
        CHECK(!table[i].is_image || strcmp(table[i].record_type, "IMAGE") == 0);
    }
    CHECK(dw_sop_class_find("1.2.840.10008.5.1.4.1.1") == NULL);
    CHECK(dw_sop_class_find("") == NULL);
    CHECK(dw_sop_class_find(NULL) == NULL);
}

static void sop_classes_have_the_record_type_of_the_standard(void)
{
    static const struct {
        const char *uid, *type;
    } known[] = {
        {"1.2.840.10008.5.1.4.1.1.2", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.66.4", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.4.2", "SPECTROSCOPY"},
        {"1.2.840.10008.5.1.4.1.1.481.2", "RT DOSE"},
        {"1.2.840.10008.5.1.4.1.1.481.3", "RT STRUCTURE SET"},
        {"1.2.840.10008.5.1.4.1.1.481.8", "RT PLAN"},
        {"1.2.840.10008.5.1.4.1.1.481.9", "RT TREAT RECORD"},
        {"1.2.840.10008.5.1.4.1.1.481.22", "RADIOTHERAPY"},
        {"1.2.840.10008.5.1.4.34.7", "PLAN"},
        {"1.2.840.10008.5.1.4.1.1.11.1", "PRESENTATION"},
        {"1.2.840.10008.5.1.4.1.1.9.100.1", "WF PRESENTATION"},
        {"1.2.840.10008.5.1.4.1.1.9.1.1", "WAVEFORM"},
        {"1.2.840.10008.5.1.4.1.1.88.59", "KEY OBJECT DOC"},
        {"1.2.840.10008.5.1.4.1.1.78.6", "SR DOCUMENT"},
        {"1.2.840.10008.5.1.4.1.1.104.1", "ENCAP DOC"},
        {"1.2.840.10008.5.1.4.1.1.91.1", "ANNOTATION"},
        {"1.2.840.10008.5.1.4.38.1", "HANGING PROTOCOL"},
        {"1.2.840.10008.5.1.4.1.1.14.2", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.3", "IMAGE"}, /* retired images */
        {"1.2.840.10008.5.1.4.1.1.5", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.6", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.12.3", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.77.1.1", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.77.1", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.77.2", "IMAGE"},
        {"1.2.840.10008.5.1.1.29", "IMAGE"},
        {"1.2.840.10008.5.1.1.30", "IMAGE"},
        {"1.2.840.10008.5.1.4.1.1.30", "IMAGE"}, /* Parametric Map */
        {"1.3.12.2.1107.5.9.1", "PRIVATE"},
        {"1.2.40.0.13.1.3.1.2.3.1.1", "PRIVATE"},
        {"1.3.46.670589.11.0.0.12.1", "PRIVATE"},
        {"1.3.46.670589.11.0.0.12.2", "PRIVATE"},
        {"1.3.46.670589.11.0.0.12.4", "PRIVATE"},
        {"1.2.124.113532.3500.7", "PRIVATE"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct dw_sop_class *found = dw_sop_class_find(known[i].uid);
        CHECK(found != NULL);
        CHECK_STR(found ? found->record_type : "", known[i].type);
    }
}

static void retired_things_that_are_no_images_have_no_record(void)
{
    static const char *const uids[] = {
        "1.2.840.10008.5.1.4.1.1.8",    "1.2.840.10008.5.1.4.1.1.9",
        "1.2.840.10008.5.1.4.1.1.10",   "1.2.840.10008.5.1.4.1.1.11",
        "1.2.840.10008.5.1.4.1.1.129",  "1.2.840.10008.5.1.1.27",
        "1.2.840.10008.5.1.4.1.1.88.1", "1.2.840.10008.1.9"};
    for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
        const struct dw_sop_class *found = dw_sop_class_find(uids[i]);
        CHECK(found && !found->record_type && !found->is_image);
        CHECK(found && found->no_record == DW_RECORD_RETIRED);
    }
}

static void a_class_without_a_record_says_why_and_a_private_one_is_marked(void)
{
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    for (size_t i = 0; i < count; i++) {
        const char *type = table[i].record_type;
        bool is_protocol = strstr(table[i].uid, "5.1.4.1.1.200.") != NULL;
        CHECK((type == NULL) == (table[i].no_record != DW_RECORD_LEGAL));
        CHECK(table[i].is_private == (type && strcmp(type, "PRIVATE") == 0));
        CHECK(table[i].is_private == (strncmp(table[i].uid, "1.2.840.10008.", 14) != 0));
        CHECK(is_protocol == (table[i].no_record == DW_RECORD_UNCONFIRMED));
    }
}

static void what_is_filed_at_the_root_belongs_to_no_patient(void)
{
    size_t count = 0, none = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    for (size_t i = 0; i < count; i++)
        none += !dw_sop_class_has_patient(&table[i]);
    CHECK_INT(none, 6 + 11); /* roots; DICOS and DICONDE */
    CHECK(!dw_sop_class_has_patient(dw_sop_class_find("1.2.840.10008.5.1.4.38.1")));
    CHECK(!dw_sop_class_has_patient(dw_sop_class_find("1.2.840.10008.5.1.4.1.1.501.3")));
    CHECK(dw_sop_class_has_patient(dw_sop_class_find("1.2.840.10008.5.1.4.1.1.2")));
    CHECK(dw_sop_class_has_patient(dw_sop_class_find("1.2.840.10008.5.1.4.1.1.8")));
}

static void transfer_syntaxes_are_distinct_and_each_is_found(void)
{
    size_t count = 0;
    const struct dw_transfer_syntax *table = dw_transfer_syntax_table(&count);
    CHECK(count >= 55);
    for (size_t i = 0; i < count; i++) {
        CHECK(dw_transfer_syntax_find(table[i].uid) == &table[i]);
        CHECK(dw_uid_is_valid(table[i].uid));
        CHECK(!table[i].encapsulated || table[i].encoding == DW_ENC_EXPLICIT_LE); /* PS3.5 A.4 */
        CHECK(!table[i].video || !table[i].decodable);
    }
    CHECK(dw_transfer_syntax_find("1.2.840.10008.1.2.4") == NULL);
    CHECK(dw_transfer_syntax_find(NULL) == NULL);
}

static void what_can_be_decoded_is_what_the_codecs_do(void)
{
    static const char *const yes[] = {"",      ".1",    ".2",    ".1.99", ".4.50",
                                      ".4.51", ".4.53", ".4.55", ".4.57", ".4.70",
                                      ".4.80", ".4.81", ".4.90", ".4.91", ".4.201",
                                      ".4.202", ".4.203", ".5",    ".8.1"};
    size_t count = 0, decodable = 0;
    const struct dw_transfer_syntax *table = dw_transfer_syntax_table(&count);
    for (size_t i = 0; i < count; i++)
        decodable += table[i].decodable;
    CHECK_INT(decodable, sizeof yes / sizeof yes[0]);
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        char uid[64];
        snprintf(uid, sizeof uid, "1.2.840.10008.1.2%s", yes[i]);
        const struct dw_transfer_syntax *found = dw_transfer_syntax_find(uid);
        CHECK(found && found->decodable);
    }
}

static void a_uid_is_digits_and_dots_without_leading_zeros(void)
{
    CHECK(dw_uid_is_valid("1.2.840.10008.1.2"));
    CHECK(dw_uid_is_valid("0.0"));
    CHECK(dw_uid_is_valid("2.25.274590136870151957403918120646098735021"));
    CHECK(!dw_uid_is_valid(""));
    CHECK(!dw_uid_is_valid(NULL));
    CHECK(!dw_uid_is_valid("1.02.3"));
    CHECK(!dw_uid_is_valid("1..2"));
    CHECK(!dw_uid_is_valid(".1"));
    CHECK(!dw_uid_is_valid("1."));
    CHECK(!dw_uid_is_valid("1.2a"));
    CHECK(!dw_uid_is_valid("1.2 "));
    char long_uid[67] = "1.";
    memset(long_uid + 2, '3', 62);
    long_uid[64] = '\0';
    CHECK(dw_uid_is_valid(long_uid));
    long_uid[64] = '3';
    long_uid[65] = '\0';
    CHECK(!dw_uid_is_valid(long_uid));
}

TESTS(TEST(sop_classes_are_sorted_and_each_is_found),
      TEST(sop_classes_have_the_record_type_of_the_standard),
      TEST(retired_things_that_are_no_images_have_no_record),
      TEST(a_class_without_a_record_says_why_and_a_private_one_is_marked),
      TEST(what_is_filed_at_the_root_belongs_to_no_patient),
      TEST(transfer_syntaxes_are_distinct_and_each_is_found),
      TEST(what_can_be_decoded_is_what_the_codecs_do),
      TEST(a_uid_is_digits_and_dots_without_leading_zeros))
