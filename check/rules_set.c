/* What can be said only when everything was read: profile, files without a record, patients, manifest. */
#include <stdio.h>
#include <string.h>
#include "check/rules.h"

static void choose_profile(struct dw_judge *judge)
{
    if (judge->profile)
        return;
    const char *syntaxes[DW_CHECK_SYNTAXES_MAX];
    for (int i = 0; i < judge->syntax_count; i++)
        syntaxes[i] = judge->syntaxes[i];
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    uint64_t blocks = volume ? volume->blocks : judge->total_bytes / DW_BLOCK_SIZE;
    judge->profile = dw_check_profile_least(syntaxes, judge->syntax_count, blocks);
    judge->result->profile_inferred = true;
    dw_findings_add(judge->found, DW_PROFILE_INFERRED, "", "%s", judge->profile->name);
}

static void rule_syntaxes(struct dw_judge *judge)
{
    bool allowed[DW_CHECK_SYNTAXES_MAX];
    for (int i = 0; i < judge->syntax_count; i++)
        allowed[i] = dw_check_profile_allows(judge->profile, judge->syntaxes[i]);
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        uint8_t syntax = judge->seen[i].syntax;
        if (!syntax || allowed[syntax - 1])
            continue;
        dw_check_source_entry(judge->source, i, &entry);
        dw_findings_add(judge->found, DW_FILE_PROFILE, entry.path, "%s", judge->profile->name);
    }
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
static set_rule *const rules[] = {rule_syntaxes, rule_profile_keys, rule_unreferenced,
                                  rule_patients, rule_unlisted};

void dw_rules_set(struct dw_judge *judge)
{
    choose_profile(judge);
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge);
}
