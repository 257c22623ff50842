#include "layout/fileset/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/text.h"
#include "layout/fileset/catalog_private.h"
#include "layout/fileset/repair_rules.h"

#define TAG_CONTENT_DATE 0x00080023u
#define TAG_ACQUISITION_DATETIME 0x0008002Au
#define TAG_STUDY_DATE 0x00080020u
#define TAG_STUDY_TIME 0x00080030u
#define TAG_INSTANCE_NUMBER 0x00200013u
#define TAG_SERIES_NUMBER 0x00200011u

struct repair {
    dw_catalog *catalog;
    char made_date[16];
    struct dw_index ids;                 /* Patient IDs that are taken */
    struct dw_buf scratch;
    uint32_t study, series;              /* where the walk is; UINT32_MAX before the first */
    uint32_t study_of_patient;           /* counted from 1 */
    int64_t highest_series, highest_instance; /* numbers seen in the study, in the series */
    int64_t last_series, last_instance;  /* INT64_MIN: none yet */
    uint8_t layer;
    char date[16], time[DW_CODE_MAX];    /* of the study as its record has them */
};

static const char *mime_of(const char *sop_class)
{
    static const struct { const char *uid, *mime; } types[] = {
        {"1.2.840.10008.5.1.4.1.1.104.1", "application/pdf"},
        {"1.2.840.10008.5.1.4.1.1.104.2", "text/XML"},
        {"1.2.840.10008.5.1.4.1.1.104.3", "model/stl"},
        {"1.2.840.10008.5.1.4.1.1.104.4", "model/obj"},
        {"1.2.840.10008.5.1.4.1.1.104.5", "model/mtl"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(types); i++)
        if (strcmp(types[i].uid, sop_class) == 0)
            return types[i].mime;
    return "application/octet-stream";
}

static void copy_value(const struct dw_key *key, size_t max, char *out)
{
    size_t n = key->length < max ? key->length : max;
    while (n > 0 && (key->value[n - 1] == ' ' || key->value[n - 1] == '\0'))
        n--;
    memcpy(out, key->value, n);
    out[n] = '\0';
}

/* A date that the object itself carries, else that of the disc. */
static void date_of_content(const struct repair *repair, const struct dw_entry *entry,
                            char out[16])
{
    static const uint32_t tags[] = {TAG_CONTENT_DATE, TAG_ACQUISITION_DATETIME};
    const char *date = dw_entry_study(repair->catalog, entry)->date;
    if (date && strlen(date) == 8 && strspn(date, "0123456789") == 8) {
        memcpy(out, date, 9);
        return;
    }
    for (size_t i = 0; i < DW_ARRAY_LEN(tags); i++) {
        struct dw_key key;
        if (dw_keys_find(entry->keys, entry->keys_size, tags[i], &key) && key.length >= 8) {
            copy_value(&key, 8, out);
            if (strspn(out, "0123456789") == 8)
                return;
        }
    }
    memcpy(out, repair->made_date, sizeof repair->made_date);
}

/* No two patients of one run get the same one, and none that another of them has. */
static dw_status invent_patient_id(struct repair *repair, const struct dw_patient *patient,
                                   char *out, size_t size, struct dw_error *err)
{
    uint8_t hash[DW_SHA256_SIZE];
    uint32_t other;
    dw_sha256_of(patient->key, strlen(patient->key), hash);
    do {
        snprintf(out, size, "NOID%02X%02X%02X%02X%02X%02X", hash[0], hash[1], hash[2], hash[3],
                 hash[4], hash[5]);
        dw_sha256_of(hash, sizeof hash, hash);
    } while (dw_index_find(&repair->ids, out, &other));
    const char *kept = dw_arena_text(&repair->catalog->arena, out);
    if (!kept || !dw_index_add(&repair->ids, kept, 0))
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for Patient IDs");
    return DW_OK;
}

static dw_status index_ids(struct repair *repair, struct dw_error *err)
{
    const dw_catalog *catalog = repair->catalog;
    uint32_t known;
    for (uint32_t i = 0; i < catalog->patient_count; i++) {
        const char *id = catalog->patients[i].id;
        if (id && id[0] && !dw_index_find(&repair->ids, id, &known) &&
            !dw_index_add(&repair->ids, id, i))
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for Patient IDs");
    }
    return DW_OK;
}

/* Numbers come in ascending order and what has none comes last, so the highest seen is the highest. */
static int64_t next_number(int64_t *highest)
{
    if (*highest < 0 || *highest >= INT32_MAX)
        *highest = 0;
    return ++*highest;
}

static void value_for(struct repair *repair, const struct dw_repair_rule *rule, const struct dw_entry *entry,
                      char *out, size_t size)
{
    switch (rule->fix) {
    case DW_FIX_STUDY_DATE:
        date_of_content(repair, entry, out);
        return;
    case DW_FIX_STUDY_ID:
        snprintf(out, size, "%u", repair->study_of_patient);
        return;
    case DW_FIX_SERIES_NUMBER:
        snprintf(out, size, "%lld", (long long)next_number(&repair->highest_series));
        return;
    case DW_FIX_INSTANCE_NUMBER:
        snprintf(out, size, "%lld", (long long)next_number(&repair->highest_instance));
        return;
    case DW_FIX_DATE:
        dw_text_cut(out, size, repair->date);
        return;
    case DW_FIX_TIME:
        dw_text_cut(out, size, repair->time);
        return;
    case DW_FIX_MIME:
        dw_text_cut(out, size, mime_of(entry->sop_class->uid));
        return;
    default:
        dw_text_cut(out, size, rule->text ? rule->text : "");
    }
}

/* value NULL: drop the key. */
static dw_status set_node_key(struct repair *repair, struct dw_keys *keys, uint32_t tag,
                              const char *vr, const char *value, struct dw_error *err)
{
    dw_keys_put(keys->data.data, keys->data.size, tag, vr, value, &repair->scratch);
    dw_status st = dw_buf_check(&repair->scratch, "repaired directory keys", err);
    if (st != DW_OK)
        return st;
    dw_buf_reset(&keys->data);
    dw_buf_add(&keys->data, repair->scratch.data, repair->scratch.size);
    return dw_buf_check(&keys->data, "repaired directory keys", err);
}

static bool has_value(const struct dw_keys *keys, uint32_t tag)
{
    struct dw_key key;
    return dw_keys_find(keys->data.data, keys->data.size, tag, &key) && key.length > 0;
}

/* Type 2 keys of the profile: present, and empty when nobody knows. */
static dw_status add_empty_keys(struct repair *repair, enum dw_record_part part,
                                struct dw_keys *keys, struct dw_error *err)
{
    const struct dw_profile *profile = repair->catalog->opts.profile;
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < profile->key_count; i++) {
        struct dw_key key;
        const struct dw_profile_key *wanted = &profile->keys[i];
        if (wanted->part == part && wanted->type == '2' &&
            !dw_keys_find(keys->data.data, keys->data.size, wanted->tag, &key))
            st = set_node_key(repair, keys, wanted->tag, wanted->vr, "", err);
    }
    return st;
}

static dw_status repair_node(struct repair *repair, enum dw_level level, struct dw_keys *keys,
                             bool is_number, uint32_t *repaired, const struct dw_entry *entry,
                             struct dw_error *err)
{
    static const enum dw_record_part parts[] = {[DW_LEVEL_PATIENT] = DW_PART_PATIENT,
                                                [DW_LEVEL_STUDY] = DW_PART_STUDY,
                                                [DW_LEVEL_SERIES] = DW_PART_SERIES};
    size_t count;
    const struct dw_repair_rule *rules = dw_repair_rules(&count);
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < count; i++) {
        const struct dw_repair_rule *rule = &rules[i];
        char value[64];
        if (rule->level != level || rule->tag == 0 ||
            (has_value(keys, rule->tag) && (rule->tag != TAG_SERIES_NUMBER || is_number)))
            continue;
        if (rule->fix == DW_FIX_PATIENT_ID)
            st = invent_patient_id(repair, dw_entry_patient(repair->catalog, entry), value,
                                   sizeof value, err);
        else
            value_for(repair, rule, entry, value, sizeof value);
        if (st == DW_OK)
            st = set_node_key(repair, keys, rule->tag, rule->vr, value, err);
        *repaired |= 1u << i;
    }
    return st == DW_OK ? add_empty_keys(repair, parts[level], keys, err) : st;
}

static void remember_study_time(struct repair *repair, const struct dw_study *study)
{
    struct dw_key key;
    memcpy(repair->date, repair->made_date, sizeof repair->date);
    dw_text_cut(repair->time, sizeof repair->time, "000000");
    if (dw_keys_find(study->keys.data.data, study->keys.data.size, TAG_STUDY_DATE, &key))
        copy_value(&key, sizeof repair->date - 1, repair->date);
    if (dw_keys_find(study->keys.data.data, study->keys.data.size, TAG_STUDY_TIME, &key))
        copy_value(&key, sizeof repair->time - 1, repair->time);
}

static void note_odd(uint32_t *repaired, enum dw_level level, enum dw_fix fix)
{
    size_t count;
    const struct dw_repair_rule *rules = dw_repair_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].level == level && rules[i].fix == fix)
            *repaired |= 1u << i;
}

static dw_status enter_study(struct repair *repair, uint32_t at, const struct dw_entry *entry,
                             struct dw_error *err)
{
    dw_catalog *catalog = repair->catalog;
    struct dw_study *study = &catalog->studies[at];
    struct dw_patient *patient = &catalog->patients[study->patient];
    bool same_patient = repair->study != UINT32_MAX &&
                        catalog->studies[repair->study].patient == study->patient;
    dw_status st = DW_OK;
    repair->study_of_patient = same_patient ? repair->study_of_patient + 1 : 1;
    repair->study = at;
    repair->highest_series = 0;
    repair->last_series = INT64_MIN;
    if (!same_patient)
        st = repair_node(repair, DW_LEVEL_PATIENT, &patient->keys, true, &patient->repaired, entry,
                         err);
    if (st == DW_OK)
        st = repair_node(repair, DW_LEVEL_STUDY, &study->keys, true, &study->repaired, entry, err);
    remember_study_time(repair, study);
    return st;
}

/* The nodes above an entry when the walk enters them. */
static dw_status enter_nodes(struct repair *repair, const struct dw_entry *entry,
                             struct dw_error *err)
{
    struct dw_series *series = &repair->catalog->series[entry->series];
    dw_status st = DW_OK;
    if (entry->series == repair->series && entry->layer == repair->layer)
        return DW_OK;
    if (series->study != repair->study || entry->layer != repair->layer)
        st = enter_study(repair, series->study, entry, err);
    repair->series = entry->series;
    repair->layer = entry->layer;
    repair->highest_instance = 0;
    repair->last_instance = INT64_MIN;
    if (series->number != INT64_MIN) {
        if (series->number == repair->last_series)
            note_odd(&series->repaired, DW_LEVEL_SERIES, DW_FIX_SAME_NUMBER);
        repair->highest_series = repair->last_series = series->number;
    }
    if (st == DW_OK)
        st = repair_node(repair, DW_LEVEL_SERIES, &series->keys, series->number != INT64_MIN,
                         &series->repaired, entry, err);
    return st;
}

static dw_status put_key(struct repair *repair, struct dw_entry *entry, uint32_t tag,
                         const char *vr, const char *value, struct dw_error *err)
{
    dw_keys_put(entry->keys, entry->keys_size, tag, vr, value, &repair->scratch);
    dw_status st = dw_buf_check(&repair->scratch, "repaired directory keys", err);
    if (st != DW_OK)
        return st;
    entry->keys =
        dw_arena_copy(&repair->catalog->key_arena, repair->scratch.data, repair->scratch.size);
    entry->keys_size = (uint32_t)repair->scratch.size;
    return entry->keys ? DW_OK
                       : dw_error_set(err, DW_ERR_INTERNAL, "out of memory for repaired keys");
}

static dw_status forbid_without(struct repair *repair, const struct dw_entry *entry,
                                const char *name, struct dw_error *err)
{
    char reason[96];
    snprintf(reason, sizeof reason, "the object has no %s", name);
    return dw_catalog_forbid(repair->catalog, (uint32_t)(entry - repair->catalog->entries), reason,
                             err);
}

static dw_status apply(struct repair *repair, const struct dw_repair_rule *rule, size_t bit,
                       struct dw_entry *entry, struct dw_error *err)
{
    char value[64] = "";
    entry->repaired |= 1u << bit;
    if (rule->fix == DW_FIX_REFUSE) {
        snprintf(value, sizeof value, "the object has no %s", rule->name);
        return dw_catalog_leave_off(repair->catalog, (uint32_t)(entry - repair->catalog->entries),
                                    value, err);
    }
    if (rule->fix != DW_FIX_DROP_ROWS)
        value_for(repair, rule, entry, value, sizeof value);
    return put_key(repair, entry, rule->tag, rule->vr, rule->fix == DW_FIX_DROP_ROWS ? NULL : value,
                   err);
}

/* NULL: nothing (more) to repair. A rule whose bit is set has had its turn. */
static const struct dw_repair_rule *find_lack(const struct dw_entry *entry, size_t *out_bit)
{
    size_t pos = 0, count;
    const struct dw_repair_rule *rules = dw_repair_rules(&count);
    struct dw_key key;
    while (dw_key_next(entry->keys, entry->keys_size, &pos, &key)) {
        bool illegal = key.tag == TAG_INSTANCE_NUMBER && entry->instance_number == INT64_MIN;
        if (key.length > 0 && !illegal)
            continue;
        const struct dw_repair_rule *rule =
            dw_repair_rule_find(entry->sop_class->record_type, key.tag);
        if (rule && !(entry->repaired & 1u << (rule - rules))) {
            *out_bit = (size_t)(rule - rules);
            return rule;
        }
    }
    return NULL;
}

/* Keys that the profile asks of an IMAGE: type 2 may be empty, without one of type 1 it takes no such object.
 * Where another profile is claimed beside it, judging has seen to those. */
static dw_status demand_keys(struct repair *repair, struct dw_entry *entry, struct dw_error *err)
{
    const struct dw_profile *profile = repair->catalog->opts.profile;
    dw_status st = DW_OK;
    if (entry->as_is || strcmp(entry->sop_class->record_type, "IMAGE") != 0)
        return DW_OK;
    for (size_t i = 0; st == DW_OK && i < profile->key_count && entry->state == DW_ENTRY_READY; i++) {
        const struct dw_profile_key *wanted = &profile->keys[i];
        struct dw_key key;
        if (wanted->part != DW_PART_INSTANCE || wanted->type == 'C')
            continue;
        bool is_there = dw_keys_find(entry->keys, entry->keys_size, wanted->tag, &key);
        if (wanted->type == '2' && !is_there)
            st = put_key(repair, entry, wanted->tag, wanted->vr, "", err);
        else if (wanted->type == '1' && !(is_there && key.length > 0) && !profile->also)
            st = forbid_without(repair, entry, wanted->name, err);
    }
    return st;
}

/* UIDs with leading zeros are out there and cannot be mended without making other objects of them; equal
 * numbers are legal, and confuse readers. Numbers ascend, so equal ones meet. */
static void note_oddities(struct repair *repair, struct dw_entry *entry)
{
    const dw_catalog *catalog = repair->catalog;
    if (!dw_uid_is_valid(entry->sop_instance) ||
        !dw_uid_is_valid(dw_entry_series(catalog, entry)->uid) ||
        !dw_uid_is_valid(dw_entry_study(catalog, entry)->uid))
        note_odd(&entry->repaired, DW_LEVEL_INSTANCE, DW_FIX_ILLEGAL_UID);
    if (entry->instance_number == INT64_MIN)
        return;
    if (entry->instance_number == repair->last_instance)
        note_odd(&entry->repaired, DW_LEVEL_INSTANCE, DW_FIX_SAME_NUMBER);
    repair->highest_instance = repair->last_instance = entry->instance_number;
}

static dw_status repair_entry(struct repair *repair, struct dw_entry *entry, struct dw_error *err)
{
    const struct dw_repair_rule *rule;
    size_t bit = 0;
    dw_status st = enter_nodes(repair, entry, err);
    if (st == DW_OK)
        note_oddities(repair, entry);
    while (st == DW_OK && entry->state == DW_ENTRY_READY &&
           (rule = find_lack(entry, &bit)) != NULL)
        st = apply(repair, rule, bit, entry, err);
    if (st == DW_OK && entry->state == DW_ENTRY_READY)
        st = demand_keys(repair, entry, err);
    return st;
}

dw_status dw_repair_catalog(dw_catalog *catalog, int64_t made_at_s, struct dw_error *err)
{
    struct repair repair = {.catalog = catalog, .study = UINT32_MAX, .series = UINT32_MAX};
    struct tm tm;
    time_t t = (time_t)made_at_s;
    if (!gmtime_r(&t, &tm) || strftime(repair.made_date, sizeof repair.made_date, "%Y%m%d", &tm) != 8)
        return dw_error_set(err, DW_ERR_INVALID, "the time of making is not a date");
    uint32_t kept = 0;
    dw_status st = index_ids(&repair, err);
    for (uint32_t i = 0; st == DW_OK && i < catalog->order_count; i++) {
        struct dw_entry *entry = &catalog->entries[catalog->order[i]];
        st = repair_entry(&repair, entry, err);
        if (entry->state == DW_ENTRY_READY)
            catalog->order[kept++] = catalog->order[i];
    }
    catalog->order_count = kept;
    dw_index_done(&repair.ids);
    dw_buf_done(&repair.scratch);
    return st;
}
