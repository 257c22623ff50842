/* Sequences of directory records and keys of type 1C: a record that is right raises nothing, and each fault that is
 * put into it is named with its record. */
#include "test.h"
#include "judge_bytes.h"
#include "judge_set.h"

#define SR "1.2.840.10008.5.1.4.1.1.88.11"
#define KO "1.2.840.10008.5.1.4.1.1.88.59"
#define PR "1.2.840.10008.5.1.4.1.1.11.1"
#define BLEND "1.2.840.10008.5.1.4.1.1.11.4"
#define CDA "1.2.840.10008.5.1.4.1.1.104.2"
#define SPECTRO "1.2.840.10008.5.1.4.1.1.4.2"
#define RADIO "1.2.840.10008.5.1.4.1.1.481.10"
#define PROTOCOL "1.2.840.10008.5.1.4.38.1"
#define IMPLANT "1.2.840.10008.5.1.4.43.1"
#define CT "1.2.840.10008.5.1.4.1.1.2"

enum fault {
    NONE,
    TWO_TITLES,
    TITLE_WITHOUT_MEANING,
    TITLE_GONE,
    TITLE_WITHOUT_ITEMS,
    OTHER_CONTENT,
    CONTENT_GONE,
    VERIFIED_AT_NO_TIME,
    SERIES_WITHOUT_UID,
    SERIES_WITHOUT_IMAGES,
    IMAGE_WITHOUT_CLASS,
    IMAGE_WITHOUT_INSTANCE,
    SERIES_GONE,
    ONE_BLENDING,
    THREE_BLENDINGS,
    BLENDING_GONE,
    HL7_ID_GONE,
    RELATED_GONE,
    OTHER_MODIFIER,
    VERIFIED_BEFORE,
    EVIDENCE_GONE,
    LABEL_GONE,
    LONG_LABEL_GONE,
    PROCEDURE_GONE,
    REASON_GONE,
    SUBJECT_GONE,
    SIZE_GONE,
};
struct kind {
    const char *type, *sop_class;
    void (*keys)(struct dw_buf *out, enum fault fault);   /* of the record */
    void (*object)(struct dw_buf *out);                   /* what makes keys necessary, behind study and series */
    bool related;                                         /* the object has (0008,001A) */
    bool at_root;                                         /* the record stands for no patient's object */
};

static void put_code(struct dw_buf *out, uint32_t tag, unsigned items, bool meaning)
{
    put_sequence(out, tag);
    for (unsigned i = 0; i < items; i++) {
        put_mark(out, ITEM, UINT32_MAX);
        put_text(out, 0x00080100, "SH", "113000");
        put_text(out, 0x00080102, "SH", "DCM");
        if (meaning)
            put_text(out, 0x00080104, "LO", "Of Interest");
        put_mark(out, ITEM_END, 0);
    }
    put_mark(out, SEQUENCE_END, 0);
}

static void put_content(struct dw_buf *out, const char *first, const char *second)
{
    const char *const relations[] = {first, second};
    put_sequence(out, 0x0040A730);
    for (size_t i = 0; i < 2 && relations[i]; i++) {
        put_mark(out, ITEM, UINT32_MAX);
        put_text(out, 0x0040A010, "CS", relations[i]);
        put_code(out, 0x0040A043, 1, true); /* names of the content: no title */
        put_mark(out, ITEM_END, 0);
    }
    put_mark(out, SEQUENCE_END, 0);
}

static void document_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00080023, "DA", "20260102");
    put_text(out, 0x00080033, "TM", "101112");
    put_text(out, 0x00200013, "IS", "1");
    if (fault != VERIFIED_AT_NO_TIME)
        put_text(out, 0x0040A030, "DT", fault == VERIFIED_BEFORE ? "20260101000000" : "20260102101112");
    if (fault != TITLE_GONE)
        put_code(out, 0x0040A043, fault == TITLE_WITHOUT_ITEMS ? 0 : fault == TWO_TITLES ? 2 : 1,
                 fault != TITLE_WITHOUT_MEANING);
    put_text(out, 0x0040A491, "CS", "COMPLETE");
    put_text(out, 0x0040A493, "CS", "VERIFIED");
    if (fault != CONTENT_GONE)
        put_content(out, "HAS CONCEPT MOD",
                    fault == OTHER_CONTENT ? "CONTAINS" : fault == OTHER_MODIFIER ? "HAS CONCEPT MOD" : NULL);
}

static void document(struct dw_buf *out)
{
    static const char *const times[] = {"20260101000000", "20260102101112"};
    put_sequence(out, 0x0040A073);
    for (size_t i = 0; i < DW_ARRAY_LEN(times); i++) {
        put_mark(out, ITEM, UINT32_MAX);
        put_text(out, 0x0040A030, "DT", times[i]);
        put_mark(out, ITEM_END, 0);
    }
    put_mark(out, SEQUENCE_END, 0);
    put_content(out, "CONTAINS", "HAS CONCEPT MOD");
}

static void put_image(struct dw_buf *out, enum fault fault)
{
    put_sequence(out, 0x00081140);
    put_mark(out, ITEM, UINT32_MAX);
    if (fault != IMAGE_WITHOUT_CLASS)
        put_text(out, 0x00081150, "UI", CT);
    if (fault != IMAGE_WITHOUT_INSTANCE)
        put_text(out, 0x00081155, "UI", "2.25.9");
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void put_series(struct dw_buf *out, enum fault fault)
{
    put_sequence(out, 0x00081115);
    put_mark(out, ITEM, UINT32_MAX);
    if (fault != SERIES_WITHOUT_IMAGES)
        put_image(out, fault);
    if (fault != SERIES_WITHOUT_UID)
        put_text(out, 0x0020000E, "UI", "2.25.2");
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void put_state_keys(struct dw_buf *out)
{
    put_text(out, 0x00200013, "IS", "1");
    put_text(out, 0x00700080, "CS", "STATE");
    put_text(out, 0x00700081, "LO", "");
    put_text(out, 0x00700082, "DA", "20260102");
    put_text(out, 0x00700083, "TM", "101112");
    put_text(out, 0x00700084, "PN", "");
}

static void state_keys(struct dw_buf *out, enum fault fault)
{
    if (fault != SERIES_GONE)
        put_series(out, fault);
    put_state_keys(out);
}

static void state(struct dw_buf *out)
{
    put_series(out, NONE);
}

static void put_blending(struct dw_buf *out, unsigned items)
{
    put_sequence(out, 0x00700402);
    for (unsigned i = 0; i < items; i++) {
        put_mark(out, ITEM, UINT32_MAX);
        put_series(out, NONE);
        put_text(out, 0x00700405, "CS", i ? "UNDERLYING" : "SUPERIMPOSED");
        put_mark(out, ITEM_END, 0);
    }
    put_mark(out, SEQUENCE_END, 0);
}

static void blending_keys(struct dw_buf *out, enum fault fault)
{
    put_state_keys(out);
    if (fault != BLENDING_GONE)
        put_blending(out, fault == ONE_BLENDING ? 1 : fault == THREE_BLENDINGS ? 3 : 2);
}

static void blending(struct dw_buf *out)
{
    put_blending(out, 2);
}

static void hl7_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00080023, "DA", "");
    put_text(out, 0x00080033, "TM", "");
    put_text(out, 0x00200013, "IS", "1");
    put_code(out, 0x0040A043, 0, true);
    if (fault != HL7_ID_GONE)
        put_text(out, 0x0040E001, "ST", "2.25.5^1");
    put_text(out, 0x00420010, "ST", "");
    put_text(out, 0x00420012, "LO", "text/XML");
}

static void evidence(struct dw_buf *out)
{
    put_sequence(out, 0x00089092);
    put_mark(out, ITEM, UINT32_MAX);
    put_text(out, 0x00081150, "UI", CT);
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void spectroscopy_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00080008, "CS", "ORIGINAL");
    put_text(out, 0x00080023, "DA", "20260102");
    put_text(out, 0x00080033, "TM", "101112");
    if (fault != EVIDENCE_GONE)
        evidence(out);
    put_text(out, 0x00200013, "IS", "1");
    put_text(out, 0x00280008, "IS", "1");
    put_number(out, 0x00280010, "US", 1);
    put_number(out, 0x00280011, "US", 1);
    put_number(out, 0x00289001, "UL", 1);
    put_number(out, 0x00289002, "UL", 1);
}

static void labels(struct dw_buf *out)
{
    put_text(out, 0x30100033, "SH", "Boost");
    put_text(out, 0x30100034, "LO", "Boost of the week");
}

static void radiotherapy_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00200013, "IS", "1");
    put_text(out, 0x00700081, "LO", "");
    put_text(out, 0x00700084, "PN", "");
    if (fault != LABEL_GONE)
        put_text(out, 0x30100033, "SH", "Boost");
    if (fault != LONG_LABEL_GONE)
        put_text(out, 0x30100034, "LO", "Boost of the week");
}

static void protocol_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00720002, "SH", "CHEST");
    put_text(out, 0x00720004, "LO", "Two by two");
    put_text(out, 0x00720006, "CS", "SITE");
    put_text(out, 0x00720008, "LO", "Made up");
    put_text(out, 0x0072000A, "DT", "20260102101112");
    put_sequence(out, 0x0072000C);
    put_mark(out, ITEM, UINT32_MAX);
    if (fault != SUBJECT_GONE)
        put_text(out, 0x00080060, "CS", "CT");
    if (fault != PROCEDURE_GONE)
        put_code(out, 0x00081032, 0, true);
    if (fault != REASON_GONE)
        put_code(out, 0x0040100A, 0, true);
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
    put_code(out, 0x0072000E, 0, true);
    put_number(out, 0x00720014, "US", 1);
}

static void size(struct dw_buf *out)
{
    put_text(out, 0x00686210, "LO", "12");
}

static void implant_keys(struct dw_buf *out, enum fault fault)
{
    put_text(out, 0x00080070, "LO", "Maker");
    put_text(out, 0x00221095, "LO", "Cup");
    put_text(out, 0x00221097, "LO", "4711");
    if (fault != SIZE_GONE)
        size(out);
}

static void image_keys(struct dw_buf *out, enum fault fault)
{
    (void)fault;
    put_text(out, 0x00200013, "IS", "1");
}

static const struct kind sr = {"SR DOCUMENT", SR, document_keys, document, false, false},
                         ko = {"KEY OBJECT DOC", KO, document_keys, document, false, false},
                         pr = {"PRESENTATION", PR, state_keys, state, false, false},
                         blend = {"PRESENTATION", BLEND, blending_keys, blending, false, false},
                         hl7 = {"ENCAP DOC", CDA, hl7_keys, NULL, false, false},
                         spectro = {"SPECTROSCOPY", SPECTRO, spectroscopy_keys, evidence, false, false},
                         radio = {"RADIOTHERAPY", RADIO, radiotherapy_keys, labels, false, false},
                         protocol = {"HANGING PROTOCOL", PROTOCOL, protocol_keys, NULL, false, true},
                         implant = {"IMPLANT", IMPLANT, implant_keys, size, false, true},
                         related = {"IMAGE", CT, image_keys, NULL, true, false};

static const struct {
    const char *what;
    const struct kind *kind;
    enum fault fault;
    const char *codes, *place; /* place: of the only code, or of the first */
} defects[] = {
    {"a report", &sr, NONE, "", ""},
    {"a key object", &ko, NONE, "", ""},
    {"a presentation state", &pr, NONE, "", ""},
    {"a blending state", &blend, NONE, "", ""},
    {"an HL7 document", &hl7, NONE, "", ""},
    {"an image of a related class", &related, NONE, "", ""},
    {"two titles", &sr, TWO_TITLES, "DIR-ITEMS", "(0040,A043) has 2 items"},
    {"two titles of a key object", &ko, TWO_TITLES, "DIR-ITEMS", "record 4 (KEY OBJECT DOC)"},
    {"a title without meaning", &sr, TITLE_WITHOUT_MEANING, "DIR-ITEM-KEY", "(0008,0104) in (0040,A043)"},
    {"no title", &sr, TITLE_GONE, "DIR-KEY1", "(0040,A043) is missing"},
    {"a title without items", &ko, TITLE_WITHOUT_ITEMS, "DIR-KEY1", "(0040,A043) is empty"},
    {"content that is no modifier", &sr, OTHER_CONTENT, "DIR-CONTENT", "1 of 2 items"},
    {"content of a key object", &ko, OTHER_CONTENT, "DIR-CONTENT", "record 4 (KEY OBJECT DOC)"},
    {"no content where the object has modifiers", &sr, CONTENT_GONE, "DIR-KEY1C", "(0040,A730)"},
    {"verified at no time", &sr, VERIFIED_AT_NO_TIME, "DIR-KEY1C", "(0040,A030)"},
    {"a series without UID", &pr, SERIES_WITHOUT_UID, "DIR-ITEM-KEY", "(0020,000E) in (0008,1115)"},
    {"a series without images", &pr, SERIES_WITHOUT_IMAGES, "DIR-ITEM-KEY", "(0008,1140) in (0008,1115)"},
    {"an image without class", &pr, IMAGE_WITHOUT_CLASS, "DIR-ITEM-KEY", "(0008,1150)"},
    {"an image without instance", &pr, IMAGE_WITHOUT_INSTANCE, "DIR-ITEM-KEY", "(0008,1155)"},
    {"no series where the object has them", &pr, SERIES_GONE, "DIR-KEY1C", "(0008,1115)"},
    {"one image set to blend", &blend, ONE_BLENDING, "DIR-ITEMS", "(0070,0402) has 1 items"},
    {"three image sets to blend", &blend, THREE_BLENDINGS, "DIR-ITEMS", "(0070,0402) has 3 items"},
    {"nothing to blend", &blend, BLENDING_GONE, "DIR-KEY1C", "(0070,0402)"},
    {"no HL7 identifier", &hl7, HL7_ID_GONE, "DIR-KEY1C", "(0040,E001)"},
    {"a spectrum", &spectro, NONE, "", ""},
    {"a plan of radiotherapy", &radio, NONE, "", ""},
    {"a hanging protocol", &protocol, NONE, "", ""},
    {"an implant", &implant, NONE, "", ""},
    {"another modifier than the object's", &sr, OTHER_MODIFIER, "FILE-KEY", "(0040,A730) of SR DOCUMENT"},
    {"another verification than the last", &sr, VERIFIED_BEFORE, "FILE-KEY", "(0040,A030) of SR DOCUMENT"},
    {"no evidence where the object has it", &spectro, EVIDENCE_GONE, "DIR-KEY1C", "(0008,9092)"},
    {"no label", &radio, LABEL_GONE, "DIR-KEY1C", "(3010,0033)"},
    {"no long label", &radio, LONG_LABEL_GONE, "DIR-KEY1C", "(3010,0034)"},
    {"a protocol for no procedure", &protocol, PROCEDURE_GONE, "DIR-ITEM-KEY", "(0008,1032) in (0072,000C)"},
    {"a protocol for no reason", &protocol, REASON_GONE, "DIR-ITEM-KEY", "(0040,100A) in (0072,000C)"},
    {"a protocol for nothing", &protocol, SUBJECT_GONE, "DIR-ITEM-KEY", "neither (0008,0060) nor (0008,2218)"},
    {"no size of an implant", &implant, SIZE_GONE, "DIR-KEY1C", "(0068,6210)"},
    {"no related class", &related, RELATED_GONE, "DIR-KEY1C", "(0004,151A)"},
};

static void make_directory(const struct kind *kind, enum fault fault, struct dw_buf *out)
{
    put_directory_head(out);
    if (!kind->at_root)
        put_upper_records(out, out->size);
    put_mark(out, ITEM, UINT32_MAX);
    put_links(out, 0, 0, kind->type);
    put_text(out, 0x00041500, "CS", "DICOM\\A");
    put_text(out, 0x00041510, "UI", kind->sop_class);
    put_text(out, 0x00041511, "UI", "2.25.3");
    put_text(out, 0x00041512, "UI", "1.2.840.10008.1.2.1");
    if (kind->related && fault != RELATED_GONE)
        put_text(out, 0x0004151A, "UI", CT);
    kind->keys(out, fault);
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void make_object(const struct kind *kind, struct dw_buf *out)
{
    put_meta(out, kind->sop_class, "2.25.3");
    put_text(out, 0x00080016, "UI", kind->sop_class);
    put_text(out, 0x00080018, "UI", "2.25.3");
    if (kind->related)
        put_text(out, 0x0008001A, "UI", CT);
    bool early = kind == &pr || kind == &spectro; /* in the order of the tags */
    if (early)
        kind->object(out);
    if (!kind->at_root) {
        put_text(out, 0x00100020, "LO", "LARGE1");
        put_text(out, 0x0020000D, "UI", "2.25.1");
        put_text(out, 0x0020000E, "UI", "2.25.2");
    }
    if (kind->object && !early)
        kind->object(out);
}

static void judge_defect(size_t i, const struct dw_check_opts *opts, struct dw_check_result *result)
{
    struct dw_buf directory = {0}, object = {0};
    struct file_set set = {0};
    struct dw_error err = {0};
    make_directory(defects[i].kind, defects[i].fault, &directory);
    make_object(defects[i].kind, &object);
    set_put(&set, "/DICOMDIR", directory.data, directory.size);
    set_put(&set, "/DICOM/A", object.data, object.size);
    CHECK_OK(set_judge(&set, opts, result, &err), err);
    set_done(&set);
    dw_buf_done(&directory);
    dw_buf_done(&object);
}

static void what_items_and_conditions_ask_for_is_missed_with_its_record(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        char codes[512];
        int before = test_failures;
        judge_defect(i, &opts, result);
        CHECK_STR(set_codes(result, codes), defects[i].codes);
        if (defects[i].fault != NONE) {
            CHECK(set_has(result, defects[i].codes, defects[i].place));
            CHECK(strcmp(defects[i].codes, "FILE-KEY") == 0 ||
                  set_has(result, defects[i].codes, defects[i].kind->at_root ? "record 1 (" : "record 4 ("));
        }
        if (test_failures != before)
            fprintf(stderr, "  ... with '%s'\n", defects[i].what);
    }
    free(result);
}

/* Items are copied from the object, and what is copied may be wrong there: a job's disc is made all the same. What the
 * object has and the record does not is our own mistake. */
static void what_the_object_itself_lacks_does_not_keep_back_the_disc_of_a_job(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_expect expect = {.patient_id = "LARGE1", .objects = -1};
    struct dw_check_opts opts = {.profile = "STD-GEN-CD", .expect = &expect};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        const char *code = defects[i].codes;
        bool copied = strcmp(code, "DIR-ITEMS") == 0 || strcmp(code, "DIR-ITEM-KEY") == 0 ||
                      defects[i].fault == HL7_ID_GONE || defects[i].fault == VERIFIED_AT_NO_TIME;
        if (defects[i].kind->at_root)
            continue; /* of nobody, on no disc of a job */
        judge_defect(i, &opts, result);
        CHECK_INT(result->conforms, defects[i].fault == NONE || copied);
        if (result->conforms != (defects[i].fault == NONE || copied))
            fprintf(stderr, "  ... with '%s'\n", defects[i].what);
    }
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(what_items_and_conditions_ask_for_is_missed_with_its_record),
        TEST(what_the_object_itself_lacks_does_not_keep_back_the_disc_of_a_job),
    };
    return test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
}
