#include "base/limits.h"
#include "dicom/gather.h"
#include "dicom/keys.h"
#include "dicom/vr.h"
#include "record_fixture.h"

static void elements_are_padded_as_their_vr_asks(void)
{
    struct dw_buf out = {0};
    dw_key_add(&out, 0x00100010, "PN", "Doe", 3);
    dw_key_add(&out, 0x0020000D, "UI", "1.2", 3);
    dw_key_add(&out, 0x00420011, "OB", "x", 1);
    CHECK_INT(out.size, 12 + 12 + 14);
    CHECK(memcmp(out.data, "\x10\0\x10\0PN\4\0Doe ", 12) == 0);
    CHECK(memcmp(out.data + 12,
                 "\x20\0\x0D\0UI\4\0"
                 "1.2\0",
                 12) == 0);
    CHECK(memcmp(out.data + 24, "\x42\0\x11\0OB\0\0\2\0\0\0x\0", 14) == 0);
    dw_buf_done(&out);
}

static void a_value_too_long_for_its_vr_goes_as_un(void)
{
    struct dw_buf out = {0};
    struct dw_key key;
    size_t pos = 0;
    static char text[70000];
    dw_key_add(&out, 0x00080080, "LO", text, sizeof text);
    CHECK(dw_key_next((const uint8_t *)out.data, out.size, &pos, &key));
    CHECK_STR(key.vr, "UN");
    CHECK_INT(key.length, sizeof text);
    dw_buf_done(&out);
}

static void an_older_blob_has_no_augmented_keys(void)
{
    static const uint8_t old[16] = {0}, torn[20] = {0};
    const uint8_t *part = NULL;
    size_t size = 1;
    struct dw_error err = {0};
    struct dw_buf joined = {0};
    CHECK_OK(dw_record_part(old, sizeof old, DW_PART_MORE_INSTANCE, &part, &size, &err), err);
    CHECK_INT(size, 0);
    CHECK_OK(dw_record_keys(old, sizeof old, DW_PART_SERIES, true, &joined, &part, &size, &err), err);
    CHECK_INT(size, 0);
    CHECK_INT(dw_record_part(torn, sizeof torn, DW_PART_PATIENT, &part, &size, &err), DW_ERR_CORRUPT);
    dw_buf_done(&joined);
}

static void a_damaged_part_ends_the_walk(void)
{
    static const uint8_t too_long[] = "\x10\0\x10\0PN\5\0Doe";
    static const uint8_t no_vr[] = "\x10\0\x10\0??\2\0Do";
    struct dw_key key;
    size_t pos = 0;
    CHECK(!dw_key_next(too_long, sizeof too_long - 1, &pos, &key));
    CHECK(!dw_key_next(no_vr, sizeof no_vr - 1, &pos, &key));
    CHECK_INT(pos, 0);
    pos = SIZE_MAX;
    CHECK(!dw_key_next(no_vr, sizeof no_vr - 1, &pos, &key));
}

static void a_blob_that_is_not_ours_is_refused(void)
{
    const uint8_t *part = NULL;
    size_t size = 0;
    struct dw_error err = {0};
    static const uint8_t good[17] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    CHECK_OK(dw_record_part(good, 16, DW_PART_INSTANCE, &part, &size, &err), err);
    CHECK_INT(size, 0);
    CHECK_INT(dw_record_part(good, 15, DW_PART_PATIENT, &part, &size, &err), DW_ERR_CORRUPT);
    CHECK_INT(dw_record_part(good, 17, DW_PART_PATIENT, &part, &size, &err), DW_ERR_CORRUPT);
    CHECK_INT(dw_record_part("\xFF\xFF\xFF\xFF", 4, DW_PART_PATIENT, &part, &size, &err),
              DW_ERR_CORRUPT);
    CHECK_INT(dw_record_part("", 0, DW_PART_PATIENT, &part, &size, &err), DW_ERR_CORRUPT);
}

static void every_rule_names_a_known_element_that_is_kept_in_order(void)
{
    size_t classes = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&classes);
    for (size_t i = 0; i < classes * DW_PART_ALL; i++) {
        size_t count = 0;
        const struct dw_key_rule *rules =
            dw_keys_of(i % DW_PART_ALL, table[i / DW_PART_ALL].record_type, &count);
        CHECK(count > 0);
        for (size_t k = 0; k < count; k++) {
            CHECK(k == 0 || rules[k - 1].tag < rules[k].tag);
            CHECK(strcmp(dw_vr_of_tag(rules[k].tag), "UN") != 0);
            CHECK(dw_gather_wants(rules[k].tag));
        }
    }
    CHECK(!dw_gather_wants(0x00080006));
}

/* Type 1 and 2 keys of PS3.3 F.5 (and Rows, Columns of PS3.11 H.3-2), copied from the standard's tables. */
static void every_record_type_has_the_required_keys_of_its_table(void)
{
#define CONTENT_AT "00080023 00080033 "
#define LABELLED CONTENT_AT "00200013 00700080 00700081 00700084 "
#define STATE "00200013 00700080 00700081 00700082 00700083 00700084 "
    static const struct {
        const char *type, *tags;
    } tables[] = {
        {"IMAGE", "00200013 00280010 00280011 "},
        {"RT DOSE", "00200013 3004000A "},
        {"RT STRUCTURE SET", "00200013 30060002 30060008 30060009 "},
        {"RT PLAN", "00200013 300A0002 300A0006 300A0007 "},
        {"RT TREAT RECORD", "00200013 30080250 30080251 "},
        {"PRESENTATION", STATE},
        {"WF PRESENTATION", STATE},
        {"WAVEFORM", CONTENT_AT "00200013 "},
        {"SR DOCUMENT", CONTENT_AT "00200013 0040A043 0040A491 0040A493 "},
        {"KEY OBJECT DOC", CONTENT_AT "00200013 0040A043 "},
        {"SPECTROSCOPY", "00080008 " CONTENT_AT "00200013 00280008 00280010 00280011 00289001 00289002 "},
        {"RAW DATA", CONTENT_AT "00200013 "},
        {"REGISTRATION", LABELLED},
        {"FIDUCIAL", LABELLED},
        {"VALUE MAP", LABELLED},
        {"MEASUREMENT", LABELLED},
        {"SURFACE", LABELLED},
        {"TRACT", LABELLED},
        {"ANNOTATION", LABELLED},
        {"ENCAP DOC", CONTENT_AT "00200013 0040A043 00420010 00420012 "},
        {"SURFACE SCAN", CONTENT_AT},
        {"ASSESSMENT", "00080012 00080013 00200013 "},
        {"RADIOTHERAPY", "00200013 00700081 00700084 "},
        {"STEREOMETRIC", ""},
        {"PLAN", ""},
        {"PRIVATE", ""},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(tables); i++) {
        size_t count = 0;
        char tags[256] = "";
        const struct dw_key_rule *rules = dw_keys_of(DW_PART_INSTANCE, tables[i].type, &count);
        for (size_t k = 0; k < count; k++)
            if (rules[k].presence == DW_KEY_ALWAYS)
                snprintf(tags + strlen(tags), sizeof tags - strlen(tags), "%08X ", rules[k].tag);
        CHECK_STR(tags, tables[i].tags);
    }
}

/* PS3.11 Table H.3-2: an object that has all of it gives it to its record, an empty one only Rows and Columns. */
static void every_key_of_table_h_3_2_is_there_when_the_object_has_it(void)
{
    static const char *const classes[] = {CT, "1.2.840.10008.5.1.4.1.1.4.2"};
    for (size_t i = 0; i < DW_ARRAY_LEN(classes); i++) {
        static const uint32_t of_both[] = {0x0008002A, 0x00081140, 0x00181800, 0x00200032, 0x00200037,
                                           0x00200052, 0x00200200, 0x00280008, 0x00280010, 0x00280011,
                                           0x00280030};
        struct bytes b;
        struct dw_buf record = {0};
        struct dw_error err = {0};
        start_object(&b, NULL, classes[i]);
        bytes_text(&b, 0x00080008, "CS", "ORIGINAL");
        bytes_text(&b, 0x0008002A, "DT", "20260101");
        bytes_text(&b, 0x00080080, "LO", "Clinic");
        bytes_text(&b, 0x00080081, "ST", "Street 1");
        bytes_text(&b, 0x00081050, "PN", "Per^Form");
        bytes_sequence(&b, 0x00081140);
        bytes_item(&b);
        bytes_text(&b, 0x00081155, "UI", "2.25.9");
        bytes_item_end(&b);
        bytes_sequence_end(&b);
        bytes_text(&b, 0x00100010, "PN", "Doe^Jane");
        bytes_text(&b, 0x00100020, "LO", "P-1");
        bytes_text(&b, 0x00100030, "DA", "19700101");
        bytes_text(&b, 0x00100040, "CS", "F");
        bytes_text(&b, 0x00181800, "CS", "Y");
        bytes_text(&b, 0x0020000D, "UI", "2.25.101");
        bytes_text(&b, 0x0020000E, "UI", "2.25.102");
        bytes_text(&b, 0x00200032, "DS", "0");
        bytes_text(&b, 0x00200037, "DS", "1");
        bytes_text(&b, 0x00200052, "UI", "2.25.103");
        bytes_text(&b, 0x00200200, "UI", "2.25.104");
        bytes_text(&b, 0x00280008, "IS", "3");
        bytes_us(&b, 0x00280010, 64);
        bytes_us(&b, 0x00280011, 64);
        bytes_text(&b, 0x00280030, "DS", "1");
        bytes_text(&b, 0x00282112, "DS", "20");
        bytes_text(&b, 0x00500004, "CS", "YES");
        CHECK_OK(scan(&b, &record, &err), err);
        CHECK_HAS(part_text(&record, DW_PART_PATIENT), "00100030 DA 8 [19700101]\n00100040 CS 2 [F ]");
        CHECK_HAS(part_text(&record, DW_PART_SERIES), "00080080 LO 6 [Clinic]\n00080081 ST 8 [Street 1]\n"
                                                      "00081050 PN 8 [Per^Form]");
        const char *text = part_text(&record, DW_PART_INSTANCE);
        for (size_t k = 0; k < DW_ARRAY_LEN(of_both); k++) {
            char tag[12];
            snprintf(tag, sizeof tag, "%08X ", of_both[k]);
            CHECK_HAS(text, tag);
        }
        CHECK_INT(strstr(text, "00282112 ") != NULL, i == 0); /* IMAGE alone */
        CHECK_INT(strstr(text, "00500004 ") != NULL, i == 0);
        dw_buf_done(&record);
    }
}

static void every_element_of_ours_has_the_vr_of_the_standard(void)
{
    CHECK_STR(dw_vr_of_tag(0x00100010), "PN");
    CHECK_STR(dw_vr_of_tag(0x52009229), "SQ");
    CHECK_STR(dw_vr_of_tag(0x00020000), "UL");
    CHECK_STR(dw_vr_of_tag(0xFFFCFFFC), "OB");
    CHECK_STR(dw_vr_of_tag(0x00090010), "LO");
    CHECK_STR(dw_vr_of_tag(0x00091010), "UN");
    CHECK_STR(dw_vr_of_tag(0x00080000), "UL");
    CHECK_STR(dw_vr_of_tag(0x00080011), "UN");
    /* Each row is found, so the table is sorted. */
    static const uint16_t groups[] = {0x0002, 0x0004, 0x0008, 0x0010, 0x0012, 0x0018, 0x0020,
                                      0x0022, 0x0028, 0x0032, 0x0040, 0x0042, 0x0050, 0x0054,
                                      0x0070, 0x0072, 0x0088, 0x3002, 0x3004, 0x3006, 0x3008,
                                      0x300A, 0x300C, 0x3010, 0x5200, 0x7FE0, 0xFFFC};
    size_t found = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(groups); i++)
        for (uint32_t element = 1; element <= 0xFFFF; element++)
            found += strcmp(dw_vr_of_tag((uint32_t)groups[i] << 16 | element), "UN") != 0;
    CHECK_INT(found, 423);
}

static void augmented_keys_join_the_plain_ones_in_tag_order(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, "ISO_IR 100", CT);
    bytes_text(&b, 0x00080022, "DA", "20260104");
    bytes_text(&b, 0x00080060, "CS", "CT");
    bytes_text(&b, 0x00080090, "PN", "Gr\xFCn");
    bytes_text(&b, 0x0008103E, "LO", "Thorax");
    bytes_text(&b, 0x00100010, "PN", "Doe^Jane");
    bytes_text(&b, 0x00100020, "LO", "P-1");
    bytes_text(&b, 0x00100021, "LO", "HOUSE");
    bytes_text(&b, 0x00180015, "CS", "CHEST");
    bytes_text(&b, 0x0020000D, "UI", "2.25.101");
    bytes_text(&b, 0x0020000E, "UI", "2.25.102");
    bytes_text(&b, 0x00201041, "DS", "12.5");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(keys_text(&record, DW_PART_PATIENT, false),
              "00100010 PN 8 [Doe^Jane]\n00100020 LO 4 [P-1 ]\n");
    CHECK_STR(keys_text(&record, DW_PART_PATIENT, true),
              "00100010 PN 8 [Doe^Jane]\n00100020 LO 4 [P-1 ]\n00100021 LO 6 [HOUSE ]\n");
    CHECK_STR(keys_text(&record, DW_PART_STUDY, true),
              "00080005 CS 10 [ISO_IR 100]\n00080020 DA 0 []\n00080030 TM 0 []\n00080050 SH 0 []\n"
              "00080090 PN 4 [Gr<FC>n]\n00081030 LO 0 []\n0020000D UI 8 [2.25.101]\n"
              "00200010 SH 0 []\n");
    CHECK_STR(keys_text(&record, DW_PART_SERIES, true),
              "00080060 CS 2 [CT]\n0008103E LO 6 [Thorax]\n00180015 CS 6 [CHEST ]\n"
              "0020000E UI 8 [2.25.102]\n00200011 IS 0 []\n");
    CHECK_STR(keys_text(&record, DW_PART_INSTANCE, true),
              "00080022 DA 8 [20260104]\n00200013 IS 0 []\n00201041 DS 4 [12.5]\n"
              "00280010 US 0 []\n00280011 US 0 []\n");
    dw_buf_done(&record);
}

static void what_a_plain_part_has_is_not_kept_twice(void)
{
    struct bytes b;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    start_object(&b, NULL, CT);
    bytes_text(&b, 0x00080008, "CS", "ORIGINAL");
    add_identity(&b, "Doe^Jane");
    CHECK_OK(scan(&b, &record, &err), err);
    CHECK_STR(part_text(&record, DW_PART_MORE_INSTANCE), "");
    dw_buf_done(&record);
}

static void an_object_that_belongs_to_no_patient_says_so(void)
{
    struct bytes b;
    struct dw_error err = {0};
    start_object(&b, NULL, "1.2.840.10008.5.1.4.38.1");
    bytes_text(&b, 0x00720002, "SH", "CHEST");
    CHECK_INT(scan(&b, NULL, &err), DW_ERR_CORRUPT);
    CHECK_STR(err.text, "it belongs to no patient (Hanging Protocol Storage)");
    start_object(&b, NULL, CT);
    CHECK_INT(scan(&b, NULL, &err), DW_ERR_CORRUPT);
    CHECK_STR(err.text, "no Study Instance UID");
}

static void an_object_of_two_patients_is_refused(void)
{
    static const struct {
        uint32_t tag;
        const char *vr, *value, *sentence;
    } cases[] = {
        {0x00100020, "LO", "P-2", "Patient ID is there twice, with two values"},
        {0x00100020, "LO", "", "Patient ID is there twice, with two values"},
        {0x00100010, "PN", "Roe^Richard", "Patient's Name is there twice, with two values"},
        {0x0020000D, "UI", "2.25.999", "Study Instance UID is there twice, with two values"},
    };
    struct bytes b;
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct dw_error err = {0};
        start_object(&b, NULL, CT);
        add_identity(&b, "Doe^Jane");
        bytes_text(&b, cases[i].tag, cases[i].vr, cases[i].value);
        CHECK_INT(scan(&b, NULL, &err), DW_ERR_CORRUPT);
        CHECK_STR(err.text, cases[i].sentence);
    }
}

static void the_same_said_twice_is_said_once(void)
{
    struct bytes b;
    struct dw_error err = {0};
    start_object(&b, NULL, CT);
    add_identity(&b, "Doe^Jane");
    bytes_text(&b, 0x00100020, "LO", "P-1 ");
    bytes_text(&b, 0x00080080, "LO", "One Hospital");
    bytes_text(&b, 0x00080080, "LO", "Another");
    CHECK_OK(scan(&b, NULL, &err), err);
}

TESTS(TEST(an_object_of_two_patients_is_refused), TEST(the_same_said_twice_is_said_once),
      TEST(elements_are_padded_as_their_vr_asks), TEST(a_value_too_long_for_its_vr_goes_as_un),
      TEST(a_damaged_part_ends_the_walk), TEST(a_blob_that_is_not_ours_is_refused),
      TEST(every_rule_names_a_known_element_that_is_kept_in_order),
      TEST(every_record_type_has_the_required_keys_of_its_table),
      TEST(every_key_of_table_h_3_2_is_there_when_the_object_has_it),
      TEST(every_element_of_ours_has_the_vr_of_the_standard),
      TEST(an_older_blob_has_no_augmented_keys),
      TEST(augmented_keys_join_the_plain_ones_in_tag_order),
      TEST(what_a_plain_part_has_is_not_kept_twice),
      TEST(an_object_that_belongs_to_no_patient_says_so))
