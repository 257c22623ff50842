/* The last gate: what was read back against what the job was told to publish. Values are compared here and
 * never told. */
#include <string.h>
#include "check/rules.h"
#include "dicom/person.h"

struct claim { /* what a file or a PATIENT record says */
    const char *place;
    const char *patient_id, *issuer, *patient_name, *birth_date;
    bool is_record;
};

/* A PATIENT record may hold an invented Patient ID where the patient has none (PS3.11 D.3.3.1). */
static void compare_id(struct dw_judge *judge, const struct claim *claim)
{
    char want[DW_TEXT_MAX];
    dw_check_text(want, sizeof want, "ISO_IR 192", judge->expect->patient_id,
                  strlen(judge->expect->patient_id), false);
    if (!want[0] && claim->is_record)
        return;
    if (strcmp(want, claim->patient_id) != 0)
        dw_findings_add(judge->found, DW_ID_PATIENT_ID, claim->place, NULL);
}

static void compare_text(struct dw_judge *judge, const struct claim *claim, const char *got,
                         const char *want, bool same, enum dw_code code, const char *tag)
{
    if (!want[0] || same)
        return;
    if (got[0])
        dw_findings_add(judge->found, code, claim->place, NULL);
    else if (!claim->is_record) /* in a directory these keys are optional */
        dw_findings_add(judge->found, DW_ID_SILENT, claim->place, "%s", tag);
}

static void compare(struct dw_judge *judge, const struct claim *claim)
{
    const struct dw_check_expect *e = judge->expect;
    compare_id(judge, claim);
    compare_text(judge, claim, claim->issuer, e->issuer, strcmp(claim->issuer, e->issuer) == 0,
                 DW_ID_ISSUER, "(0010,0021)");
    compare_text(judge, claim, claim->patient_name, e->patient_name,
                 claim->patient_name[0] && dw_person_equal(claim->patient_name, e->patient_name),
                 DW_ID_NAME, "(0010,0010)");
    compare_text(judge, claim, claim->birth_date, e->birth_date,
                 strcmp(claim->birth_date, e->birth_date) == 0, DW_ID_BIRTH_DATE, "(0010,0030)");
}

void dw_rules_identity_record(struct dw_judge *judge, const struct dw_check_facts *facts)
{
    char place[DW_FINDING_PLACE_MAX];
    if (!judge->expect || facts->type->kind != DW_REC_PATIENT)
        return;
    dw_judge_place(judge, facts->number - 1, place);
    struct claim claim = {place, facts->patient_id, facts->issuer, facts->patient_name,
                          facts->birth_date, true};
    compare(judge, &claim);
}

void dw_rules_identity_file(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    if (!judge->expect)
        return;
    struct claim claim = {file->entry.path, h->patient_id, h->issuer, h->patient_name,
                          h->birth_date, false};
    compare(judge, &claim);
    struct dw_error err = {0};
    dw_status st = dw_check_instances_add(&judge->uids, h->sop_instance, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

static size_t instance_records(const struct dw_judge *judge)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->dir.count; i++) {
        dw_spill_rest(judge->spill);
        enum dw_check_kind kind = dw_check_type(judge->dir.records[i].type)->kind;
        bool is_private = kind == DW_REC_PRIVATE && judge->dir.records[i].has_file_id;
        count += kind == DW_REC_INSTANCE || kind == DW_REC_GLOBAL || is_private;
    }
    return count;
}

void dw_rules_identity(struct dw_judge *judge)
{
    const struct dw_check_expect *e = judge->expect;
    if (!e)
        return;
    if (e->objects >= 0 && (uint64_t)e->objects != judge->result->dicom_files)
        dw_findings_add(judge->found, DW_ID_COUNT, "", "%llu on the disc, %lld in the job",
                        (unsigned long long)judge->result->dicom_files, (long long)e->objects);
    if (e->objects >= 0 && (size_t)e->objects != instance_records(judge))
        dw_findings_add(judge->found, DW_ID_COUNT, "/DICOMDIR", "%zu records, %lld in the job",
                        instance_records(judge), (long long)e->objects);
    if (e->fileset_uid[0] && strcmp(e->fileset_uid, judge->dir.meta.sop_instance) != 0)
        dw_findings_add(judge->found, DW_ID_FILESET_UID, "/DICOMDIR", NULL);
    uint8_t digest[DW_SHA256_SIZE];
    struct dw_error err = {0};
    dw_status st = dw_check_instances_digest(&judge->uids, digest, &err);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
    else if (e->has_instances && memcmp(digest, e->instances_sha256, sizeof digest) != 0)
        dw_findings_add(judge->found, DW_ID_INSTANCES, "", NULL);
}
