/* What can be said only when everything was read: profile, files without a record, patients,
 * manifest. */
#include <stdio.h>
#include <string.h>
#include "burn/image/blank.h"
#include "check/rules.h"

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

static void choose_profile(struct dw_judge *judge)
{
    if (judge->profile)
        return;
    const char *syntaxes[DW_CHECK_SYNTAXES_MAX];
    for (int i = 0; i < judge->syntax_count; i++)
        syntaxes[i] = judge->syntaxes[i];
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    uint64_t blocks = volume ? volume->blocks : judge->total_bytes / DW_BLOCK_SIZE;
    judge->profile = dw_check_profile_least(syntaxes, judge->syntax_count, blocks,
                                             media_of(judge, blocks));
    judge->result->profile_inferred = true;
    dw_findings_add(judge->found, DW_PROFILE_INFERRED, "", "%s", judge->profile->name);
}

static void judge_object(struct dw_judge *judge, size_t index)
{
    const struct dw_check_seen *seen = &judge->seen[index];
    const char *sop_class = seen->sop_class ? judge->classes[seen->sop_class - 1] : NULL;
    struct dw_check_source_entry entry;
    dw_check_source_entry(judge->source, index, &entry);
    if (sop_class && !dw_check_profile_has_class(judge->profile, sop_class))
        dw_findings_add(judge->found, DW_FILE_PROFILE_CLASS, entry.path, "%s",
                        judge->profile->name);
    else if (seen->syntax &&
             !dw_check_profile_allows(judge->profile, sop_class, judge->syntaxes[seen->syntax - 1]))
        dw_findings_add(judge->found, DW_FILE_PROFILE, entry.path, "%s", judge->profile->name);
}

static void rule_objects(struct dw_judge *judge)
{
    for (size_t i = 0; i < judge->count; i++)
        if (judge->seen[i].syntax || judge->seen[i].sop_class)
            judge_object(judge, i);
}

static void rule_profile_keys(struct dw_judge *judge)
{
    char place[DW_FINDING_PLACE_MAX];
    for (size_t i = 0; i < judge->dir.count; i++)
        for (size_t bit = 0; judge->dir.records[i].lacks && bit < dw_check_key_count(); bit++) {
            const struct dw_check_key *key = dw_check_key(bit);
            if (!(judge->dir.records[i].lacks >> bit & 1) || !(key->tables & judge->profile->keys))
                continue;
            dw_judge_place(judge, i, place);
            dw_findings_add(judge->found, DW_DIR_PROFILE_KEY, place, "(%04X,%04X) for %s",
                            key->tag >> 16, key->tag & 0xFFFF, judge->profile->name);
        }
}

static void rule_unreferenced(struct dw_judge *judge)
{
    if (!judge->dir_whole)
        return; /* DIR-MISSING or DIR-UNREADABLE says enough */
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        if (!judge->seen[i].is_dicom || judge->seen[i].record != DW_LOOKUP_NONE)
            continue;
        dw_check_source_entry(judge->source, i, &entry);
        dw_findings_add(judge->found, DW_FILE_UNREFERENCED, entry.path, NULL);
    }
}

/* By Patient ID in the files, and by PATIENT records: one disc, one patient. */
static void rule_patients(struct dw_judge *judge)
{
    size_t records = 0;
    for (size_t i = 0; i < judge->dir.count; i++)
        records += dw_check_type(judge->dir.records[i].type)->kind == DW_REC_PATIENT;
    size_t patients = judge->patients.count > records ? judge->patients.count : records;
    if (patients > 1) {
        char detail[32];
        snprintf(detail, sizeof detail, "%zu", patients);
        dw_findings_add_as(judge->found, DW_SET_PATIENTS,
                           judge->expect ? DW_SEV_ERROR : DW_SEV_WARNING, "", detail);
    }
}

static void rule_unlisted(struct dw_judge *judge)
{
    if (judge->manifest_at < 0) {
        dw_findings_add(judge->found, DW_MAN_NONE, "", NULL);
        return;
    }
    for (size_t i = 0; judge->manifest_whole && i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_check_source_entry(judge->source, i, &entry);
        if (!entry.is_folder && (long)i != judge->manifest_at &&
            judge->seen[i].listed == DW_LOOKUP_NONE)
            dw_findings_add(judge->found, DW_MAN_UNLISTED, entry.path, NULL);
    }
}

typedef void set_rule(struct dw_judge *judge);
static set_rule *const rules[] = {rule_objects, rule_profile_keys, rule_unreferenced, rule_patients,
                                  rule_unlisted};

void dw_rules_set(struct dw_judge *judge)
{
    choose_profile(judge);
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge);
}
