/* What can be said only when everything was read: profile, files without a record, patients,
 * manifest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "burn/image/blank.h"
#include "check/rules.h"

#define KINDS_MAX 256 /* different ones on a disc */

/* UDF 2.50 and later is Blu-ray, earlier is DVD; ISO 9660 alone may be any size of CD or DVD. What is larger is a
 * Blu-ray that lacks its UDF. */
static unsigned media_of(const struct dw_judge *judge, uint64_t blocks)
{
    const struct dw_blank *largest = dw_blank_find("dvd-dl");
    bool image = dw_check_source_blocks(judge->source) != NULL;
    if (judge->has_udf && judge->udf.revision >= 0x0250)
        return 1u << DW_CHECK_BD;
    if (judge->has_udf)
        return 1u << DW_CHECK_DVD;
    if (image && blocks <= largest->blocks)
        return 1u << DW_CHECK_CD | 1u << DW_CHECK_DVD;
    return ~0u & ~(image ? 1u << DW_CHECK_DVD_RAM : 0);
}

static struct dw_check_kind_of kind_of(const struct dw_judge *judge, const struct dw_check_seen *seen)
{
    return (struct dw_check_kind_of){
        .sop_class = seen->sop_class ? judge->classes[seen->sop_class - 1] : NULL,
        .syntax = seen->syntax ? judge->syntaxes[seen->syntax - 1] : NULL,
        .breaks = seen->breaks,
        .count = 1,
    };
}

static bool is_object(const struct dw_check_seen *seen)
{
    return seen->syntax || seen->sop_class;
}

/* Few kinds, many objects and records: what does not fit into the tables is not asked when a profile is chosen. */
struct tally {
    struct dw_check_kind_of kinds[KINDS_MAX];
    struct dw_check_lack lacks[KINDS_MAX];
    size_t kind_count, lack_count;
};

static void count_objects(const struct dw_judge *judge, struct tally *tally)
{
    for (size_t i = 0; i < judge->count; i++) {
        dw_spill_rest(judge->spill);
        struct dw_check_kind_of kind = kind_of(judge, &judge->seen[i]);
        size_t k = 0;
        if (!is_object(&judge->seen[i]))
            continue;
        while (k < tally->kind_count &&
               (tally->kinds[k].sop_class != kind.sop_class || tally->kinds[k].syntax != kind.syntax ||
                tally->kinds[k].breaks != kind.breaks))
            k++;
        if (k < tally->kind_count)
            tally->kinds[k].count++;
        else if (k < KINDS_MAX)
            tally->kinds[tally->kind_count++] = kind;
    }
}

static void count_lacks(const struct dw_judge *judge, struct tally *tally)
{
    for (size_t i = 0; i < judge->dir.count; i++) {
        dw_spill_rest(judge->spill);
        struct dw_check_lack lack = {judge->dir.records[i].lacks, 1};
        size_t k = 0;
        while (k < tally->lack_count && tally->lacks[k].keys != lack.keys)
            k++;
        if (k < tally->lack_count)
            tally->lacks[k].count++;
        else if (k < KINDS_MAX && lack.keys)
            tally->lacks[tally->lack_count++] = lack;
    }
}

/* "STD-GEN-CD; 2 objects or records break it, such as /DICOM/IM1 and /DICOM/IM2" */
static void tell_inferred(struct dw_judge *judge, uint64_t broken)
{
    struct dw_check_source_entry entry;
    char examples[DW_FINDING_DETAIL_MAX] = "";
    int told = 0;
    for (size_t i = 0; broken && i < judge->count && told < 2; i++) {
        dw_spill_rest(judge->spill);
        struct dw_check_kind_of kind = kind_of(judge, &judge->seen[i]);
        if (!is_object(&judge->seen[i]) || dw_check_profile_fits(judge->profile, &kind))
            continue;
        dw_judge_entry(judge, i, &entry);
        size_t at = strlen(examples);
        snprintf(examples + at, sizeof examples - at, "%s%s", told++ ? " and " : ", such as ", entry.path);
    }
    if (broken)
        dw_findings_add(judge->found, DW_PROFILE_INFERRED, "", "%s is the nearest; %llu objects or records break it%s",
                        judge->profile->name, (unsigned long long)broken, examples);
    else
        dw_findings_add(judge->found, DW_PROFILE_INFERRED, "", "%s", judge->profile->name);
}

static void choose_profile(struct dw_judge *judge)
{
    if (judge->profile)
        return;
    struct tally *tally = calloc(1, sizeof *tally);
    if (!tally) {
        struct dw_error err;
        dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
        return;
    }
    count_objects(judge, tally);
    count_lacks(judge, tally);
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    uint64_t blocks = volume ? volume->blocks : judge->total_bytes / DW_BLOCK_SIZE, broken;
    struct dw_check_content content = {tally->kinds, tally->kind_count, tally->lacks, tally->lack_count};
    judge->profile = dw_check_profile_nearest(&content, blocks, media_of(judge, blocks), &broken);
    judge->result->profile_inferred = true;
    tell_inferred(judge, broken);
    free(tally);
}

static void judge_object(struct dw_judge *judge, size_t index)
{
    struct dw_check_kind_of kind = kind_of(judge, &judge->seen[index]);
    struct dw_check_source_entry entry;
    const char *name = judge->profile->name;
    dw_judge_entry(judge, index, &entry);
    if (kind.sop_class && !dw_check_profile_has_class(judge->profile, kind.sop_class)) {
        dw_findings_add(judge->found, DW_FILE_PROFILE_CLASS, entry.path, "%s", name);
        return;
    }
    if (!kind.syntax)
        return;
    if (!dw_check_profile_allows(judge->profile, kind.sop_class, kind.syntax)) {
        dw_findings_add(judge->found, DW_FILE_PROFILE, entry.path, "%s", name);
        return;
    }
    unsigned breaks = dw_check_profile_demands(judge->profile, kind.sop_class, kind.syntax) & kind.breaks;
    for (unsigned bit = 0; bit < DW_IMAGE_BITS; bit++)
        if (breaks >> bit & 1)
            dw_findings_add(judge->found, DW_FILE_PROFILE_IMAGE, entry.path, "%s, for %s", dw_check_image_says(bit),
                            name);
}

static void rule_objects(struct dw_judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        dw_spill_rest(judge->spill);
        if (is_object(&judge->seen[i]))
            judge_object(judge, i);
    }
}

static void rule_profile_keys(struct dw_judge *judge)
{
    char place[DW_FINDING_PLACE_MAX];
    for (size_t i = 0; i < judge->dir.count; i++) {
        dw_spill_rest(judge->spill);
        for (size_t bit = 0; judge->dir.records[i].lacks && bit < dw_check_key_count(); bit++) {
            const struct dw_check_key *key = dw_check_key(bit);
            if (!(judge->dir.records[i].lacks >> bit & 1) || !(key->tables & judge->profile->keys))
                continue;
            dw_judge_place(judge, i, place);
            dw_findings_add(judge->found, DW_DIR_PROFILE_KEY, place, "(%04X,%04X) for %s",
                            key->tag >> 16, key->tag & 0xFFFF, judge->profile->name);
        }
    }
}

static void rule_unreferenced(struct dw_judge *judge)
{
    if (!judge->dir_whole)
        return; /* DIR-MISSING or DIR-UNREADABLE says enough */
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_spill_rest(judge->spill);
        if (!judge->seen[i].is_dicom || judge->seen[i].record != DW_LOOKUP_NONE)
            continue;
        dw_judge_entry(judge, i, &entry);
        dw_findings_add(judge->found, DW_FILE_UNREFERENCED, entry.path, NULL);
    }
}

/* By Patient ID in the files, and by PATIENT records: one disc, one patient. */
static void rule_patients(struct dw_judge *judge)
{
    size_t records = 0;
    for (size_t i = 0; i < judge->dir.count; i++) {
        dw_spill_rest(judge->spill);
        records += dw_check_type(judge->dir.records[i].type)->kind == DW_REC_PATIENT;
    }
    size_t patients = judge->patients.count > records ? judge->patients.count : records;
    if (judge->two_issuers && !(judge->expect && judge->expect->issuer[0])) /* ID-ISSUER says it */
        dw_findings_add(judge->found, DW_SET_PATIENTS, "", "one Patient ID (0010,0020) of two issuers (0010,0021)");
    if (patients > 1) {
        char detail[32];
        snprintf(detail, sizeof detail, "%zu", patients);
        dw_findings_add_as(judge->found, DW_SET_PATIENTS,
                           judge->expect ? DW_SEV_ERROR : DW_SEV_WARNING, "", detail);
    }
}

/* PS3.10 8.1: it is a text of its own. */
static void rule_descriptor(struct dw_judge *judge)
{
    char path[DW_FILE_ID_MAX + 8];
    if (!judge->dir_whole || !judge->dir.descriptor[0])
        return;
    if (!dw_judge_file_id_is_legal(judge->dir.descriptor))
        dw_findings_add(judge->found, DW_DIR_FILE_ID, "/DICOMDIR", "the File-set Descriptor (0004,1141)");
    snprintf(path, sizeof path, "/%s", judge->dir.descriptor);
    for (char *c = path; *c; c++)
        if (*c == '\\')
            *c = '/';
    long at = dw_judge_find(judge, path);
    if (at >= 0 && (judge->seen[at].is_dicom || at == judge->dicomdir))
        dw_findings_add(judge->found, DW_DIR_DESCRIPTOR, "/DICOMDIR", "it is a DICOM file");
}

static void rule_unlisted(struct dw_judge *judge)
{
    if (judge->manifest_at < 0) {
        dw_findings_add(judge->found, DW_MAN_NONE, "", NULL);
        return;
    }
    for (size_t i = 0; judge->manifest_whole && i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        if (!entry.is_folder && (long)i != judge->manifest_at &&
            judge->seen[i].listed == DW_LOOKUP_NONE)
            dw_findings_add(judge->found, DW_MAN_UNLISTED, entry.path, NULL);
    }
}

typedef void set_rule(struct dw_judge *judge);
static set_rule *const rules[] = {rule_objects, rule_profile_keys, rule_unreferenced, rule_patients,
                                  rule_descriptor,
                                  rule_unlisted};

void dw_rules_set(struct dw_judge *judge)
{
    choose_profile(judge);
    if (judge->st != DW_OK)
        return;
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge);
}
