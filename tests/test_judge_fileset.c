/* Seeded defects in a file-set that dcmmkdir made: each is named by its code and its place, and nothing else
 * is. */
#include "test.h"
#include "base/file.h"
#include "base/hash.h"
#include "judge_set.h"

static struct file_set good, with_icons;

struct defect {
    const char *what;
    void (*seed)(struct file_set *set);
    const char *codes; /* all that may be found, notes aside */
    const char *code, *place;
    bool own_manifest; /* the seed wrote it; else it is made anew afterwards */
};

#define DIR(set) set_find(set, "/DICOMDIR")
#define IM(set) set_find(set, "/DICOM/SE1/IM1")
#define NTH_IM 4 /* records: PATIENT, STUDY, SERIES, IMAGE, IMAGE, SERIES, IMAGE, IMAGE */

static void drop(struct file_set *set, const char *path)
{
    set_find(set, path)->path[0] = '\0';
}

static void rename_file(struct file_set *set, const char *from, const char *to)
{
    snprintf(set_find(set, from)->path, 64, "%s", to);
}

static uint32_t number_at(struct set_file *file, uint32_t tag, unsigned nth)
{
    size_t length;
    const uint8_t *v = set_value(file, tag, nth, &length);
    return length == 2 ? (uint32_t)(v[0] | v[1] << 8)
                       : (uint32_t)v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 |
                             (uint32_t)v[3] << 24;
}

/* --- the DICOMDIR as a file --- */
static void no_dicomdir(struct file_set *s) { drop(s, "/DICOMDIR"); }
static void dicomdir_in_lower_case(struct file_set *s) { rename_file(s, "/DICOMDIR", "/dicomdir"); }
static void dicomdir_with_extension(struct file_set *s) { rename_file(s, "/DICOMDIR", "/DICOMDIR.DCM"); }
static void second_dicomdir(struct file_set *s)
{
    set_put(s, "/BACKUP/DICOMDIR", DIR(s)->data, DIR(s)->size);
}
static void dicomdir_unnamed(struct file_set *s)
{
    /* a data set that says what it is, as no DICOMDIR does, in a meta header that does not */
    set_text(IM(s), 0x00080016, 0, "1.2.840.10008.1.3.10");
    drop(s, "/DICOMDIR");
    for (size_t i = 0; i < s->count; i++)
        if (strncmp(s->files[i].path, "/DICOM/", 7) == 0 && &s->files[i] != IM(s))
            s->files[i].path[0] = '\0';
    rename_file(s, "/DICOM/SE1/IM1", "/OTHER");
}
static void dicomdir_cut(struct file_set *s) { DIR(s)->size -= 40; }
static void dicomdir_is_text(struct file_set *s) { set_put(s, "/DICOMDIR", "hello", 5); }
static void version_wrong(struct file_set *s) { set_number(DIR(s), 0x00020001, 0, 0x0200); }
static void no_version(struct file_set *s) { set_retag(DIR(s), 0x00020012, 0, 0x00020011); }
static void group_length_wrong(struct file_set *s) { set_number(DIR(s), 0x00020000, 0, 4711); }
static void class_wrong(struct file_set *s) { set_text(DIR(s), 0x00020002, 0, "1.2.840.10008.1.3.11"); }
static void fileset_uid_illegal(struct file_set *s) { set_text(DIR(s), 0x00020003, 0, "1.2.03"); }
static void fileset_id_lower(struct file_set *s) { set_text(DIR(s), 0x00041130, 0, "probe"); }
static void consistency_set(struct file_set *s) { set_number(DIR(s), 0x00041212, 0, 0xFFFF); }
static void no_records(struct file_set *s)
{
    /* the sequence becomes an empty one and the rest falls off */
    struct set_file *dir = DIR(s);
    size_t length;
    set_number(dir, 0x00041200, 0, 0);
    set_number(dir, 0x00041202, 0, 0);
    uint8_t *after = set_value(dir, 0x00041212, 0, &length) + length;
    memcpy(after + 8, "\0\0\0\0", 4);
    dir->size = (size_t)(after + 12 - dir->data);
}

/* --- the chain --- */
static void first_nowhere(struct file_set *s) { set_number(DIR(s), 0x00041200, 0, 17); }
static void last_wrong(struct file_set *s)
{
    set_number(DIR(s), 0x00041202, 0, number_at(DIR(s), 0x00041420, 0));
}
static void next_nowhere(struct file_set *s) { set_number(DIR(s), 0x00041400, 3, 4711); }
static void sibling_loop(struct file_set *s)
{
    set_number(DIR(s), 0x00041400, 4, number_at(DIR(s), 0x00041420, 2));
}
static void up_and_round(struct file_set *s)
{
    set_number(DIR(s), 0x00041420, 4, number_at(DIR(s), 0x00041200, 0));
}
static void orphan(struct file_set *s) { set_number(DIR(s), 0x00041400, 3, 0); }
static void childless(struct file_set *s) { set_number(DIR(s), 0x00041420, 5, 0); }
static void in_use_zero(struct file_set *s) { set_number(DIR(s), 0x00041410, 4, 0); }
static void in_use_missing(struct file_set *s) { set_retag(DIR(s), 0x00041410, 4, 0x00041411); }

/* --- records --- */
static void type_unknown(struct file_set *s) { set_text(DIR(s), 0x00041430, 4, "IMAG"); }
static void type_retired(struct file_set *s) { set_text(DIR(s), 0x00041430, 4, "CURVE"); }
static void type_private(struct file_set *s) { set_text(DIR(s), 0x00041430, 1, "STUDY"); set_text(DIR(s), 0x00041430, 2, "STUDY"); }
static void key_missing(struct file_set *s) { set_retag(DIR(s), 0x00080060, 1, 0x00080061); }
static void key_empty(struct file_set *s) { set_text(DIR(s), 0x00200013, 2, ""); }
static void key2_missing(struct file_set *s) { set_retag(DIR(s), 0x00081030, 0, 0x00081031); }
static void patient_id_empty(struct file_set *s) { set_text(DIR(s), 0x00100020, 0, ""); }
static void same_series_twice(struct file_set *s)
{
    set_text(DIR(s), 0x0020000E, 1, "1.2.826.0.1.3680043.10.999.1.1");
}
static void same_instance_twice(struct file_set *s)
{
    set_text(DIR(s), 0x00041511, 1, "1.2.826.0.1.3680043.10.999.1.1.1");
}
static void same_file_twice(struct file_set *s) { set_text(DIR(s), 0x00041500, 1, "DICOM\\SE1\\IM1"); }
static void no_reference(struct file_set *s) { set_retag(DIR(s), 0x00041512, 0, 0x00041513); }
static void uid_illegal(struct file_set *s) { set_text(DIR(s), 0x0020000D, 0, "1.2.x"); }
static void file_id_lower(struct file_set *s) { set_text(DIR(s), 0x00041500, 0, "DICOM\\SE1\\im1"); }
static void file_id_dot(struct file_set *s) { set_text(DIR(s), 0x00041500, 0, "DICOM\\SE1.IM1"); }
static void record_of_other_class(struct file_set *s)
{
    size_t length;
    uint8_t *v = set_value(DIR(s), 0x00041430, 4, &length);
    memcpy(v, "PLAN ", 5);
    if (length > 5)
        v[5] = ' ';
}
static void profile_key_missing(struct file_set *s) { set_retag(DIR(s), 0x00080008, 0, 0x00080009); }

/* --- files --- */
static void file_missing(struct file_set *s) { drop(s, "/DICOM/SE1/IM1"); }
static void file_lower(struct file_set *s) { rename_file(s, "/DICOM/SE1/IM1", "/DICOM/SE1/im1"); }
static void file_extension(struct file_set *s) { rename_file(s, "/DICOM/SE1/IM1", "/DICOM/SE1/IM1.DCM"); }
static void file_cut(struct file_set *s) { IM(s)->size -= 100; }
static void file_unreadable(struct file_set *s) { memcpy(IM(s)->data, "UNREADABLE...", 13); }
static void file_without_preamble(struct file_set *s)
{
    struct set_file *f = IM(s);
    memmove(f->data, f->data + 132, f->size -= 132);
}
static void file_meta_incomplete(struct file_set *s) { set_retag(IM(s), 0x00020012, 0, 0x00020014); }
static void file_meta_class(struct file_set *s)
{
    set_text(IM(s), 0x00020002, 0, "1.2.840.10008.5.1.4.1.1.4");
}
static void file_meta_instance(struct file_set *s)
{
    set_text(IM(s), 0x00020003, 0, "1.2.826.0.1.3680043.10.999.1.1.9");
}
static void file_class(struct file_set *s)
{
    set_text(IM(s), 0x00020002, 0, "1.2.840.10008.5.1.4.1.1.4");
    set_text(IM(s), 0x00080016, 0, "1.2.840.10008.5.1.4.1.1.4");
}
static void file_instance(struct file_set *s)
{
    set_text(IM(s), 0x00020003, 0, "1.2.826.0.1.3680043.10.999.1.1.9");
    set_text(IM(s), 0x00080018, 0, "1.2.826.0.1.3680043.10.999.1.1.9");
}
static void file_private_class(struct file_set *s)
{
    set_text(IM(s), 0x00020002, 0, "1.2.826.0.1.9");
    set_text(IM(s), 0x00080016, 0, "1.2.826.0.1.9");
    set_text(DIR(s), 0x00041510, 0, "1.2.826.0.1.9");
}
static void record_syntax(struct file_set *s) { set_text(DIR(s), 0x00041512, 0, "1.2.840.10008.1.2"); }
static void other_patient(struct file_set *s) { set_text(IM(s), 0x00100020, 0, "PID-0816"); }
static void other_study(struct file_set *s)
{
    set_text(IM(s), 0x0020000D, 0, "1.2.826.0.1.3680043.10.999.2");
}
static void other_series(struct file_set *s)
{
    set_text(IM(s), 0x0020000E, 0, "1.2.826.0.1.3680043.10.999.1.7");
}
static void file_uid_illegal(struct file_set *s) { set_text(IM(s), 0x0020000E, 0, "1..2"); }
static void unreferenced(struct file_set *s)
{
    set_put(s, "/DICOM/SE1/IM9", IM(s)->data, IM(s)->size);
    set_text(set_find(s, "/DICOM/SE1/IM9"), 0x00080018, 0, "1.2.826.0.1.3680043.10.999.1.1.9");
    set_text(set_find(s, "/DICOM/SE1/IM9"), 0x00020003, 0, "1.2.826.0.1.3680043.10.999.1.1.9");
}
static void in_root(struct file_set *s)
{
    unreferenced(s);
    rename_file(s, "/DICOM/SE1/IM9", "/IM9");
}
static void instance_in_two_files(struct file_set *s)
{
    set_put(s, "/DICOM/SE1/IM9", IM(s)->data, IM(s)->size);
}

/* --- names and PDI --- */
static void long_name(struct file_set *s) { set_put(s, "/VIEWER/LONGNAME1.EXE", "x", 1); }
static void bad_folder(struct file_set *s) { set_put(s, "/VIEW-ER/A.EXE", "x", 1); }
static void too_deep(struct file_set *s) { set_put(s, "/A/B/C/D/E/F/G/H/I", "x", 1); }
static void two_names(struct file_set *s) { set_put(s, "/Readme.txt", "x", 1); }
static void no_readme(struct file_set *s) { drop(s, "/README.TXT"); }
static void readme_not_ascii(struct file_set *s) { set_put(s, "/README.TXT", "Gr\xFC\xDF\x65", 5); }
static void no_index(struct file_set *s) { drop(s, "/INDEX.HTM"); }
static void no_web_entry(struct file_set *s) { rename_file(s, "/IHE_PDI/INDEX.HTM", "/IHE_PDI/A.HTM"); }
static void reserved(struct file_set *s) { set_put(s, "/IHE_X/A.HTM", "x", 1); }
static void dicom_in_web(struct file_set *s) { rename_file(s, "/DICOM/SE1/IM1", "/IHE_PDI/IM1"); }

/* --- manifest --- */
static void manifest_hash(struct file_set *s) { IM(s)->data[IM(s)->size - 1] ^= 1; }
static void manifest_line(struct file_set *s) { set_find(s, "/MANIFEST.TXT")->data[3] = 'x'; }
static void manifest_misses(struct file_set *s) { set_put(s, "/EXTRA.TXT", "x", 1); }
static void manifest_lists_more(struct file_set *s) { drop(s, "/INDEX.HTM"); }
static void manifest_twice(struct file_set *s)
{
    struct set_file *m = set_find(s, "/MANIFEST.TXT");
    struct dw_buf text = {0};
    const char *end = memchr(m->data, '\n', m->size);
    dw_buf_add(&text, m->data, m->size);
    dw_buf_add(&text, m->data, (size_t)((const uint8_t *)end + 1 - m->data));
    set_put(s, "/MANIFEST.TXT", text.data, text.size);
    dw_buf_done(&text);
}

static const struct defect defects[] = {
    {"no DICOMDIR", no_dicomdir, "DIR-MISSING", "DIR-MISSING", "", false},
    {"DICOMDIR in lower case", dicomdir_in_lower_case, "NAME-CASE DIR-NAME", "DIR-NAME", "/dicomdir", false},
    {"DICOMDIR with an extension", dicomdir_with_extension, "DIR-NAME", "DIR-NAME", "/DICOMDIR.DCM", false},
    {"a second DICOMDIR", second_dicomdir, "DIR-NAME", "DIR-NAME", "/BACKUP/DICOMDIR", false},
    {"a DICOMDIR of another name without its class", dicomdir_unnamed, "DIR-MISSING DIR-NAME", "DIR-NAME", "/OTHER", false},
    {"DICOMDIR is cut short", dicomdir_cut, "DIR-UNREADABLE", "DIR-UNREADABLE", "/DICOMDIR", false},
    {"DICOMDIR is a text", dicomdir_is_text, "DIR-UNREADABLE", "DIR-UNREADABLE", "preamble", false},
    {"version of the meta header", version_wrong, "DIR-META", "DIR-META", "(0002,0001)", false},
    {"no Implementation Class UID", no_version, "DIR-META", "DIR-META", "(0002,0012)", false},
    {"length of the meta header", group_length_wrong, "DIR-META DIR-SECOND-READER", "DIR-META", "(0002,0000)", false},
    {"class of the DICOMDIR", class_wrong, "DIR-CLASS", "DIR-CLASS", "/DICOMDIR", false},
    {"File-set UID", fileset_uid_illegal, "DIR-FILESET-UID", "DIR-FILESET-UID", "/DICOMDIR", false},
    {"File-set ID in lower case", fileset_id_lower, "DIR-FILESET-ID", "DIR-FILESET-ID", "/DICOMDIR", false},
    {"consistency flag", consistency_set, "DIR-CONSISTENCY", "DIR-CONSISTENCY", "/DICOMDIR", false},
    {"no records", no_records, "DIR-EMPTY FILE-UNREFERENCED", "DIR-EMPTY", "/DICOMDIR", false},
    {"first record nowhere", first_nowhere, "DIR-OFFSET DIR-ORPHAN", "DIR-OFFSET", "offset 17", false},
    {"last record wrong", last_wrong, "DIR-LAST", "DIR-LAST", "/DICOMDIR", false},
    {"next record nowhere", next_nowhere, "DIR-OFFSET DIR-ORPHAN", "DIR-OFFSET", "offset 4711", false},
    {"siblings in a loop", sibling_loop, "DIR-CYCLE", "DIR-CYCLE", "record 3 (SERIES)", false},
    {"a record above itself", up_and_round, "DIR-CYCLE", "DIR-CYCLE", "record 5 (IMAGE)", false},
    {"a record nobody reaches", orphan, "DIR-ORPHAN", "DIR-ORPHAN", "record 5 (IMAGE)", false},
    {"a series without images", childless, "DIR-ORPHAN DIR-CHILDLESS", "DIR-CHILDLESS", "record 6 (SERIES)", false},
    {"in-use flag is 0", in_use_zero, "DIR-IN-USE", "DIR-IN-USE", "record 5 (IMAGE)", false},
    {"in-use flag is missing", in_use_missing, "DIR-IN-USE", "DIR-IN-USE", "missing", false},
    {"unknown record type", type_unknown, "DIR-TYPE", "DIR-TYPE", "record 5", false},
    {"retired record type", type_retired, "DIR-RETIRED", "DIR-RETIRED", "record 5 (CURVE)", false},
    {"a study below a study", type_private, "DIR-PARENT DIR-KEY1 DIR-KEY2", "DIR-PARENT", "record 3 (STUDY)", false},
    {"modality missing", key_missing, "DIR-KEY1", "DIR-KEY1", "(0008,0060) is missing", false},
    {"instance number empty", key_empty, "DIR-KEY1", "DIR-KEY1", "(0020,0013) is empty", false},
    {"study description missing", key2_missing, "DIR-KEY2", "DIR-KEY2", "(0008,1030)", false},
    {"Patient ID empty", patient_id_empty, "DIR-PATIENT-ID FILE-PATIENT", "DIR-PATIENT-ID", "record 1 (PATIENT)", false},
    {"a series twice", same_series_twice, "DIR-SERIES-TWICE FILE-SERIES", "DIR-SERIES-TWICE", "record 6 (SERIES)", false},
    {"an instance twice", same_instance_twice, "DIR-INSTANCE-TWICE FILE-INSTANCE", "DIR-INSTANCE-TWICE", "record 5 (IMAGE)", false},
    {"a file twice", same_file_twice, "DIR-FILE-TWICE FILE-UNREFERENCED", "DIR-FILE-TWICE", "DICOM\\SE1\\IM1", false},
    {"no transfer syntax in a record", no_reference, "DIR-REFERENCE", "DIR-REFERENCE", "(0004,1512)", false},
    {"illegal study UID", uid_illegal, "DIR-UID FILE-STUDY", "DIR-UID", "record 2 (STUDY)", false},
    {"File ID in lower case", file_id_lower, "DIR-FILE-ID FILE-CASE", "DIR-FILE-ID", "DICOM\\SE1\\im1", false},
    {"File ID with a dot", file_id_dot, "DIR-FILE-ID FILE-MISSING FILE-UNREFERENCED", "DIR-FILE-ID", "DICOM\\SE1.IM1", false},
    {"record type of another class", record_of_other_class, "DIR-RECORD-CLASS", "DIR-RECORD-CLASS", "record 5 (PLAN)", false},
    {"key of the profile missing", profile_key_missing, "DIR-PROFILE-KEY", "DIR-PROFILE-KEY", "(0008,0008)", false},
    {"a file is missing", file_missing, "FILE-MISSING", "FILE-MISSING", "DICOM\\SE1\\IM1", false},
    {"a file in lower case", file_lower, "NAME-CASE FILE-CASE", "FILE-CASE", "DICOM\\SE1\\IM1", false},
    {"a file with an extension", file_extension, "FILE-CASE", "FILE-CASE", "DICOM\\SE1\\IM1", false},
    {"a file cut short", file_cut, "FILE-UNREADABLE", "FILE-UNREADABLE", "/DICOM/SE1/IM1", false},
    {"a file on bad blocks", file_unreadable, "FILE-IO", "FILE-IO", "/DICOM/SE1/IM1", false},
    {"no preamble", file_without_preamble, "FILE-NOT-PART10", "FILE-NOT-PART10", "/DICOM/SE1/IM1", false},
    {"meta header incomplete", file_meta_incomplete, "FILE-META", "FILE-META", "(0002,0012)", false},
    {"meta header of another class", file_meta_class, "FILE-META-CLASS", "FILE-META-CLASS", "/DICOM/SE1/IM1", false},
    {"meta header of another instance", file_meta_instance, "FILE-META-INSTANCE", "FILE-META-INSTANCE", "/DICOM/SE1/IM1", false},
    {"file of another class", file_class, "FILE-CLASS", "FILE-CLASS", "/DICOM/SE1/IM1", false},
    {"file of another instance", file_instance, "FILE-INSTANCE", "FILE-INSTANCE", "/DICOM/SE1/IM1", false},
    {"private class", file_private_class, "FILE-CLASS-UNKNOWN", "FILE-CLASS-UNKNOWN", "/DICOM/SE1/IM1", false},
    {"record of another syntax", record_syntax, "FILE-SYNTAX", "FILE-SYNTAX", "/DICOM/SE1/IM1", false},
    {"file of another patient", other_patient, "FILE-PATIENT SET-PATIENTS", "FILE-PATIENT", "/DICOM/SE1/IM1", false},
    {"file of another study", other_study, "FILE-STUDY", "FILE-STUDY", "/DICOM/SE1/IM1", false},
    {"file of another series", other_series, "FILE-SERIES", "FILE-SERIES", "/DICOM/SE1/IM1", false},
    {"illegal UID in a file", file_uid_illegal, "FILE-SERIES FILE-UID", "FILE-UID", "(0020,000E)", false},
    {"a file nobody references", unreferenced, "FILE-UNREFERENCED", "FILE-UNREFERENCED", "/DICOM/SE1/IM9", false},
    {"a DICOM file in the root", in_root, "FILE-UNREFERENCED FILE-IN-ROOT", "FILE-IN-ROOT", "/IM9", false},
    {"an instance in two files", instance_in_two_files, "FILE-UNREFERENCED FILE-INSTANCE-TWICE", "FILE-INSTANCE-TWICE", "/DICOM/SE1/IM9", false},
    {"a long name", long_name, "NAME-LEVEL1", "NAME-LEVEL1", "/VIEWER/LONGNAME1.EXE", false},
    {"a folder with a hyphen", bad_folder, "NAME-FOLDER", "NAME-FOLDER", "/VIEW-ER", false},
    {"nine levels", too_deep, "NAME-DEPTH", "NAME-DEPTH", "level 9", false},
    {"two names that differ in case", two_names, "NAME-CASE NAME-TWICE MAN-MISSING MAN-UNLISTED", "NAME-TWICE", "/", false},
    {"no README.TXT", no_readme, "PDI-README PDI-LINK", "PDI-README", "/README.TXT", false},
    {"README.TXT is not ASCII", readme_not_ascii, "PDI-README-TEXT", "PDI-README-TEXT", "/README.TXT", false},
    {"no INDEX.HTM", no_index, "PDI-INDEX", "PDI-INDEX", "/INDEX.HTM", false},
    {"no entry page", no_web_entry, "PDI-FOLDER PDI-LINK", "PDI-FOLDER", "/IHE_PDI", false},
    {"a reserved name", reserved, "PDI-RESERVED", "PDI-RESERVED", "/IHE_X", false},
    {"a DICOM file among the pages", dicom_in_web, "FILE-MISSING FILE-UNREFERENCED PDI-DICOM-IN-WEB", "PDI-DICOM-IN-WEB", "/IHE_PDI/IM1", false},
    {"one bit of a pixel", manifest_hash, "MAN-HASH", "MAN-HASH", "/DICOM/SE1/IM1", true},
    {"a broken line", manifest_line, "MAN-LINE MAN-UNLISTED", "MAN-LINE", "line 1", true},
    {"a file that is not listed", manifest_misses, "MAN-UNLISTED", "MAN-UNLISTED", "/EXTRA.TXT", true},
    {"a listed file that is not there", manifest_lists_more, "PDI-INDEX MAN-MISSING", "MAN-MISSING", "/INDEX.HTM", true},
    {"a file listed twice", manifest_twice, "MAN-TWICE", "MAN-TWICE", "line", true},
};

static void a_set_made_by_dcmmkdir_raises_nothing(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {0};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    set_copy(&set, &good);
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    CHECK(result->conforms);
    CHECK_STR(result->profile, "STD-GEN-CD");
    CHECK_INT(result->dicom_files, 4);
    CHECK_INT(result->records, 8);
    set_done(&set);
    free(result);
}

static void every_seeded_defect_is_named_with_its_place_and_nothing_else_is(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        const struct defect *d = &defects[i];
        struct dw_error err = {0};
        struct file_set set;
        char codes[512];
        int before = test_failures;
        set_copy(&set, &good);
        d->seed(&set);
        if (!d->own_manifest)
            set_write_manifest(&set);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        CHECK_STR(set_codes(result, codes), d->codes);
        CHECK(set_has(result, d->code, d->place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s'\n", d->what);
        set_done(&set);
    }
    printf("     %zu kinds of defects\n", DW_ARRAY_LEN(defects));
    free(result);
}

/* A type 1C key has no empty form: what the object has without a value cannot be in its record. */
static void an_empty_element_is_no_key(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    set_copy(&set, &good);
    set_retag(DIR(&set), 0x00080008, 0, 0x00080009);
    set_text(IM(&set), 0x00080008, 0, "");
    set_write_manifest(&set);
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    set_done(&set);
    free(result);
}

static void two_samples(struct file_set *s) { set_number(DIR(s), 0x00280002, 0, 3); }
static void planar(struct file_set *s) { set_retag(DIR(s), 0x00280004, 0, 0x00280006); }
static void in_colour(struct file_set *s) { set_text(DIR(s), 0x00280004, 0, "YBR_FULL"); }
static void twelve_bits(struct file_set *s) { set_number(DIR(s), 0x00280101, 0, 12); }
static void sixteen_bits(struct file_set *s) { set_number(DIR(s), 0x00280100, 0, 16); }
static void high_bit(struct file_set *s) { set_number(DIR(s), 0x00280102, 0, 6); }
static void signed_pixels(struct file_set *s) { set_number(DIR(s), 0x00280103, 0, 1); }
static void no_rows(struct file_set *s) { set_number(DIR(s), 0x00280010, 0, 0); }
static void more_rows(struct file_set *s) { set_number(DIR(s), 0x00280010, 0, 65); }

static void icons_of_records_are_judged(void)
{
    static const struct {
        void (*seed)(struct file_set *set);
        const char *profile, *says;
    } icons[] = {
        {two_samples, "STD-GEN-CD", "one sample"},    {planar, "STD-GEN-CD", "one sample"},
        {in_colour, "STD-GEN-CD", "photometric"},     {twelve_bits, "STD-GEN-CD", "1 nor 8 bits"},
        {sixteen_bits, "STD-GEN-CD", "1 nor 8 bits"}, {high_bit, "STD-GEN-CD", "1 nor 8 bits"},
        {signed_pixels, "STD-GEN-CD", "1 nor 8 bits"}, {no_rows, "STD-GEN-CD", "no rows"},
        {more_rows, "STD-GEN-CD", "number of pixels"}, {NULL, "STD-XA1K-CD", "64 x 64 of 8 bits"},
    };
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_error err = {0};
    struct file_set set;
    char codes[512];
    CHECK_OK(set_judge(&with_icons, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "");
    for (size_t i = 0; i < DW_ARRAY_LEN(icons); i++) {
        set_copy(&set, &with_icons);
        opts.profile = icons[i].profile;
        if (icons[i].seed)
            icons[i].seed(&set);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        CHECK(set_has(result, "DIR-ICON", icons[i].says));
        if (icons[i].seed)
            CHECK_STR(set_codes(result, codes), "DIR-ICON");
        set_done(&set);
    }
    free(result);
}

/* Bytes of the DICOMDIR, of files and of the manifest: whatever they say, the judge comes to an end. */
static void sets_damaged_at_random_are_judged_to_the_end(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {0};
    uint64_t state = 88172645463325252u;
    for (unsigned round = 0; round < 1000; round++) {
        struct dw_error err = {0};
        struct file_set set;
        set_copy(&set, &good);
        for (unsigned flips = 0; flips < 6; flips++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            struct set_file *file = state & 4 ? DIR(&set) : &set.files[(state >> 4) % set.count];
            uint8_t *at = file->data + (state >> 12) % file->size;
            *at = state & 8 ? (uint8_t)(state >> 48) : (uint8_t)(*at + 1);
        }
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        set_done(&set);
    }
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(sets_damaged_at_random_are_judged_to_the_end),
        TEST(a_set_made_by_dcmmkdir_raises_nothing),
        TEST(every_seeded_defect_is_named_with_its_place_and_nothing_else_is),
        TEST(icons_of_records_are_judged),
        TEST(an_empty_element_is_no_key),
    };
    char folder[64];
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    int rc = 1;
    if (set_build(folder) && set_load(&good, folder) && set_add_icons(folder) &&
        set_load(&with_icons, folder)) {
        set_write_manifest(&good);
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    }
    set_done(&good);
    set_done(&with_icons);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
