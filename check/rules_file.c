/* One DICOM file against itself and against the records that stand for it (PS3.10 7.1, PS3.3 F.4). */
#include <string.h>
#include "check/rules.h"
#include "dicom/uid.h"

static void rule_part10(struct dw_judge *judge, const struct dw_check_file *file)
{
    if (!file->header->meta.part10)
        dw_findings_add(judge->found, DW_FILE_NOT_PART10, file->entry.path, NULL);
    else if (file->header->meta.problem)
        dw_findings_add(judge->found, DW_FILE_META, file->entry.path, "%s",
                        file->header->meta.problem);
    else if (file->header->meta.blemish)
        dw_findings_add_as(judge->found, DW_FILE_META, DW_SEV_WARNING, file->entry.path,
                           file->header->meta.blemish);
}

static void rule_scanned(struct dw_judge *judge, const struct dw_check_file *file)
{
    if (file->header->meta.part10 && !file->header->scanned)
        dw_findings_add(judge->found, DW_FILE_UNREADABLE, file->entry.path, "%s",
                        file->header->trouble);
}

/* What a broken file does not say cannot contradict anything: FILE-UNREADABLE is enough. */
static void rule_uids(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    struct {
        const char *uid, *tag;
    } uids[] = {
        {h->sop_class, "(0008,0016)"},
        {h->sop_instance, "(0008,0018)"},
        {h->study_uid, "(0020,000D)"},
        {h->series_uid, "(0020,000E)"},
    };
    bool global = file->record && dw_check_type(file->record->type)->kind == DW_REC_GLOBAL;
    for (size_t i = 0; h->scanned && i < (global ? 2 : DW_ARRAY_LEN(uids)); i++)
        if (!dw_uid_is_valid(uids[i].uid))
            dw_findings_add(judge->found, DW_FILE_UID, file->entry.path, "%s", uids[i].tag);
}

static void rule_meta_agrees(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    if (h->meta.sop_class[0] && h->sop_class[0] && strcmp(h->meta.sop_class, h->sop_class) != 0)
        dw_findings_add(judge->found, DW_FILE_META_CLASS, file->entry.path, NULL);
    if (h->meta.sop_instance[0] && h->sop_instance[0] &&
        strcmp(h->meta.sop_instance, h->sop_instance) != 0)
        dw_findings_add(judge->found, DW_FILE_META_INSTANCE, file->entry.path, NULL);
}

static void rule_class_known(struct dw_judge *judge, const struct dw_check_file *file)
{
    /* known and private ones are what an augmented disc is for */
    if (file->header->sop_class[0] && !dw_sop_class_find(file->header->sop_class) && !judge->augmented)
        dw_findings_add(judge->found, DW_FILE_CLASS_UNKNOWN, file->entry.path, NULL);
}

static void rule_record(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    const struct dw_check_record *r = file->record;
    if (!r)
        return;
    const struct dw_check_reference *says = &judge->dir.references[r->reference];
    if (h->sop_class[0] && says->sop_class && dw_check_hash_text(h->sop_class) != says->sop_class)
        dw_findings_add(judge->found, DW_FILE_CLASS, file->entry.path, NULL);
    if (h->sop_instance[0] && r->id && dw_check_hash_text(h->sop_instance) != r->id)
        dw_findings_add(judge->found, DW_FILE_INSTANCE, file->entry.path, NULL);
    if (h->meta.transfer_syntax[0] && says->syntax &&
        dw_check_hash_text(h->meta.transfer_syntax) != says->syntax)
        dw_findings_add(judge->found, DW_FILE_SYNTAX, file->entry.path, NULL);
}

/* A file without a Patient ID stands under an invented one (PS3.11 D.3.3.1): that is no fault. */
static void rule_parents(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    if (file->patient && h->patient_id[0] && dw_check_hash_text(h->patient_id) != file->patient->id)
        dw_findings_add(judge->found, DW_FILE_PATIENT, file->entry.path, NULL);
    if (file->study && h->study_uid[0] && dw_check_hash_text(h->study_uid) != file->study->id)
        dw_findings_add(judge->found, DW_FILE_STUDY, file->entry.path, NULL);
    if (file->series && h->series_uid[0] && dw_check_hash_text(h->series_uid) != file->series->id)
        dw_findings_add(judge->found, DW_FILE_SERIES, file->entry.path, NULL);
}

/* What the profile wants of each record is remembered, and told when the profile is known. */
static void rule_profile_keys(struct dw_judge *judge, const struct dw_check_file *file)
{
    (void)judge;
    if (!file->record)
        return;
    const char *type = dw_check_type(file->record->type)->name;
    bool image = strcmp(type, "IMAGE") == 0 || strcmp(type, "SPECTROSCOPY") == 0;
    for (size_t bit = 0; bit < dw_check_key_count(); bit++) {
        const struct dw_check_key *key = dw_check_key(bit);
        struct dw_check_record *record = key->record == DW_REC_PATIENT  ? file->patient
                                         : key->record == DW_REC_SERIES ? file->series
                                         : image                        ? file->record
                                                                        : NULL;
        uint32_t mask = UINT32_C(1) << bit;
        bool wanted = key->always || key->present || (file->header->keys & mask);
        if (record && wanted && !(record->keys & mask))
            record->lacks |= mask;
    }
}

static void rule_place(struct dw_judge *judge, const struct dw_check_file *file)
{
    if (!strchr(file->entry.path + 1, '/'))
        dw_findings_add(judge->found, DW_FILE_IN_ROOT, file->entry.path, NULL);
    if (strncmp(file->entry.path, "/IHE_PDI/", 9) == 0)
        dw_findings_add(judge->found, DW_PDI_DICOM_IN_WEB, file->entry.path, NULL);
}

static void rule_instance_once(struct dw_judge *judge, const struct dw_check_file *file)
{
    struct dw_error err = {0};
    uint32_t first;
    dw_status st = dw_lookup_put(&judge->instances, dw_check_hash_text(file->header->sop_instance),
                                 file->index, &first, &err);
    if (st != DW_OK) {
        dw_judge_fail(judge, st, &err);
    } else if (first != file->index) {
        struct dw_check_source_entry other;
        dw_judge_entry(judge, first, &other);
        dw_findings_add(judge->found, DW_FILE_INSTANCE_TWICE, file->entry.path, "and %s",
                        other.path);
    }
}

static void rule_patients(struct dw_judge *judge, const struct dw_check_file *file)
{
    struct dw_error err = {0};
    uint32_t first;
    dw_status st = dw_lookup_put(&judge->patients, dw_check_hash_text(file->header->patient_id),
                                 file->index, &first, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

/* What comes from elsewhere (PS3.5 8, (0028,7FE0)) has no pixels of its own. */
static void rule_pixels(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_image *image = &file->header->image;
    if (!file->header->scanned || !image->has_pixels)
        return;
    uint64_t bytes = dw_check_image_bytes(image);
    if (!image->rows || !image->columns || !image->samples || !image->bits_allocated)
        dw_findings_add(judge->found, DW_FILE_PIXELS, file->entry.path, "rows, columns, samples or bits are missing");
    else if (image->bits_stored > image->bits_allocated)
        dw_findings_add(judge->found, DW_FILE_PIXELS, file->entry.path, "%u bits are stored in %u", image->bits_stored,
                        image->bits_allocated);
    else if (bytes > image->pixel_bytes)
        dw_findings_add(judge->found, DW_FILE_PIXELS, file->entry.path, "%u bytes, %llu are wanted", image->pixel_bytes,
                        (unsigned long long)bytes);
}

static void rule_letters(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_fault *letters = &file->header->letters;
    if (letters->what)
        dw_findings_add(judge->found, DW_FILE_CHARSET, file->entry.path, "(%04X,%04X): %s", letters->tag >> 16,
                        letters->tag & 0xFFFF, letters->what);
}

/* The same number from two institutions is two patients. */
static void rule_issuers(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    uint32_t issuer = (uint32_t)dw_check_hash_text(h->issuer), first = issuer;
    struct dw_error err = {0};
    if (!h->patient_id[0] || !h->issuer[0])
        return;
    dw_status st = dw_lookup_put(&judge->issuers, dw_check_hash_text(h->patient_id), issuer, &first, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
    judge->two_issuers = judge->two_issuers || first != issuer;
}

typedef void file_rule(struct dw_judge *judge, const struct dw_check_file *file);
static file_rule *const rules[] = {
    rule_part10,  rule_scanned,      rule_uids,  rule_meta_agrees,   rule_class_known, rule_record,
    rule_parents, rule_profile_keys, rule_place, rule_instance_once, rule_patients,    rule_issuers,
    rule_pixels,  rule_letters,      dw_rules_nested_file,
    dw_rules_value_file,
};

void dw_rules_file(struct dw_judge *judge, const struct dw_check_file *file)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge, file);
}
