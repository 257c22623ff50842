#include "layout/fileset/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dicom/person.h"
#include "dicom/record.h"

/* Room for the longest composite key: two texts of an object, their marks and a node's number. */
#define NODE_KEY_MAX (2 * DW_TEXT_MAX + 64)

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of objects");
}

dw_status dw_catalog_new(const struct dw_profile *profile, dw_catalog **out, struct dw_error *err)
{
    dw_catalog *catalog = calloc(1, sizeof *catalog);
    if (!catalog)
        return no_memory(err);
    catalog->profile = profile;
    *out = catalog;
    return DW_OK;
}

void dw_catalog_free(dw_catalog *catalog)
{
    if (!catalog)
        return;
    for (uint32_t i = 0; i < catalog->patient_count; i++)
        dw_keys_done(&catalog->patients[i].keys);
    for (uint32_t i = 0; i < catalog->study_count; i++)
        dw_keys_done(&catalog->studies[i].keys);
    for (uint32_t i = 0; i < catalog->series_count; i++)
        dw_keys_done(&catalog->series[i].keys);
    free(catalog->patients);
    free(catalog->studies);
    free(catalog->series);
    free(catalog->entries);
    free(catalog->order);
    dw_index_done(&catalog->instances);
    dw_index_done(&catalog->nodes);
    dw_arena_done(&catalog->arena);
    free(catalog);
}

/* A zeroed row at the end of one of the catalog's tables; NULL: out of memory. */
static void *append(void **table, uint32_t *count, uint32_t *cap, size_t row_size)
{
    if (*count == *cap) {
        uint32_t bigger = *cap ? *cap * 2 : 16;
        void *moved = realloc(*table, bigger * row_size);
        if (!moved)
            return NULL;
        *table = moved;
        *cap = bigger;
    }
    char *row = (char *)*table + (size_t)*count * row_size;
    memset(row, 0, row_size);
    (*count)++;
    return row;
}

/* The first value that is not empty stays. */
static bool fill(dw_catalog *catalog, const char **text, const char *value)
{
    if (*text && (*text)[0])
        return true;
    *text = dw_arena_text(&catalog->arena, value);
    return *text != NULL;
}

/* A new patient = (Patient ID, issuer), as long as nothing contradicts. Without an ID two people must not become one: name and birth date both
 * decide, and where one is missing every study is a patient of its own. */
static void patient_key(const struct dw_object *object, char out[NODE_KEY_MAX])
{
    if (object->patient_id[0])
        snprintf(out, NODE_KEY_MAX, "i%s\x1f%s", object->patient_id, object->issuer);
    else if (object->patient_name[0] && object->birth_date[0])
        snprintf(out, NODE_KEY_MAX, "n%s\x1f%s", object->patient_name, object->birth_date);
    else
        snprintf(out, NODE_KEY_MAX, "u%s", object->study_uid);
}

/* Finds the node named `key`, or adds the name for a node that the caller then appends. */
static bool find_or_name(dw_catalog *catalog, const char *key, uint32_t next, uint32_t *out,
                         const char **out_key)
{
    *out_key = NULL;
    if (dw_index_find(&catalog->nodes, key, out))
        return true;
    *out_key = dw_arena_text(&catalog->arena, key);
    *out = next;
    return *out_key && dw_index_add(&catalog->nodes, *out_key, next);
}

static bool both_say_the_same(const char *known, const char *value)
{
    return !known || !known[0] || !value[0] || strcmp(known, value) == 0;
}

/* Two people may share a Patient ID ("ANON", a number taken twice): a name that both give must be one name. */
static bool same_name(const char *known, const char *value)
{
    return both_say_the_same(known, value) || dw_person_equal(known, value);
}

/* No contradiction, by the same rule as the lock at receipt: an issuer or birth date that only one of the two
 * knows is none. */
static bool fits_patient(const struct dw_patient *patient, const struct dw_object *object)
{
    const char *id = patient->id ? patient->id : "", *name = patient->name ? patient->name : "";
    if (strcmp(id, object->patient_id) != 0 ||
        !both_say_the_same(patient->issuer, object->issuer) ||
        !both_say_the_same(patient->birth_date, object->birth_date))
        return false;
    return id[0] ? same_name(name, object->patient_name)
                 : dw_person_equal(name, object->patient_name);
}

/* An object that leaves its issuer or birth date open belongs to whom its study, or the locked order it
 * came with, belongs to. */
static bool known_patient(const dw_catalog *catalog, const struct dw_object *object, uint32_t *out)
{
    char key[NODE_KEY_MAX];
    snprintf(key, sizeof key, "t%s", object->study_uid);
    if (dw_index_find(&catalog->nodes, key, out) && fits_patient(&catalog->patients[*out], object))
        return true;
    *out = 0;
    return catalog->one_patient && catalog->patient_count > 0 &&
           fits_patient(&catalog->patients[0], object);
}

/* The patient of this key whom the object does not contradict, else one more of the same key. */
static bool find_or_name_patient(dw_catalog *catalog, const struct dw_object *object, uint32_t *out,
                                 const char **out_key)
{
    char key[NODE_KEY_MAX];
    patient_key(object, key);
    size_t length = strlen(key);
    for (unsigned more = 1;; more++) {
        if (!find_or_name(catalog, key, catalog->patient_count, out, out_key))
            return false;
        if (*out_key || !object->patient_id[0] || fits_patient(&catalog->patients[*out], object))
            return true;
        snprintf(key + length, sizeof key - length, "\x1f%u", more);
    }
}

static bool add_patient(dw_catalog *catalog, const struct dw_object *object, uint32_t *out)
{
    char key[NODE_KEY_MAX];
    const char *stored;
    if (!find_or_name_patient(catalog, object, out, &stored))
        return false;
    if (stored) {
        struct dw_patient *added = append((void **)&catalog->patients, &catalog->patient_count,
                                          &catalog->patient_cap, sizeof *added);
        if (!added)
            return false;
        added->key = stored;
    }
    snprintf(key, sizeof key, "t%s", object->study_uid);
    uint32_t owner;
    return find_or_name(catalog, key, *out, &owner, &stored);
}

static bool find_patient(dw_catalog *catalog, const struct dw_object *object, uint32_t *out)
{
    if (!known_patient(catalog, object, out) && !add_patient(catalog, object, out))
        return false;
    struct dw_patient *patient = &catalog->patients[*out];
    return fill(catalog, &patient->id, object->patient_id) &&
           fill(catalog, &patient->issuer, object->issuer) &&
           fill(catalog, &patient->name, object->patient_name) &&
           fill(catalog, &patient->birth_date, object->birth_date) &&
           fill(catalog, &patient->sex, object->sex);
}

static bool find_study(dw_catalog *catalog, uint32_t patient, const struct dw_object *object,
                       uint32_t *out)
{
    char key[NODE_KEY_MAX];
    const char *stored;
    snprintf(key, sizeof key, "s%u|%s", patient, object->study_uid);
    if (!find_or_name(catalog, key, catalog->study_count, out, &stored))
        return false;
    if (stored) {
        struct dw_study *added = append((void **)&catalog->studies, &catalog->study_count,
                                        &catalog->study_cap, sizeof *added);
        if (!added)
            return false;
        added->patient = patient;
        added->uid = strchr(stored, '|') + 1;
    }
    struct dw_study *study = &catalog->studies[*out];
    return fill(catalog, &study->date, object->study_date) &&
           fill(catalog, &study->time, object->study_time) &&
           fill(catalog, &study->id, object->study_id) &&
           fill(catalog, &study->accession, object->accession) &&
           fill(catalog, &study->description, object->study_description) &&
           fill(catalog, &study->institution, object->institution) &&
           fill(catalog, &study->referring, object->referring_physician);
}

static bool find_series(dw_catalog *catalog, uint32_t study, const struct dw_object *object,
                        uint32_t *out)
{
    char key[NODE_KEY_MAX];
    const char *stored;
    snprintf(key, sizeof key, "e%u|%s", study, object->series_uid);
    if (!find_or_name(catalog, key, catalog->series_count, out, &stored))
        return false;
    if (stored) {
        struct dw_series *added = append((void **)&catalog->series, &catalog->series_count,
                                         &catalog->series_cap, sizeof *added);
        if (!added)
            return false;
        added->study = study;
        added->uid = strchr(stored, '|') + 1;
        added->number = INT64_MIN;
    }
    struct dw_series *series = &catalog->series[*out];
    if (series->number == INT64_MIN)
        series->number = object->series_number;
    return fill(catalog, &series->modality, object->modality) &&
           fill(catalog, &series->description, object->series_description);
}

static bool read_some(int fd, char *buf, size_t size, size_t *out)
{
    *out = 0;
    while (*out < size) {
        ssize_t n = read(fd, buf + *out, size - *out);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *out += (size_t)n;
    }
    return true;
}

/* Two files that cannot be read are not the same. */
static bool same_bytes(const char *a, const char *b)
{
    enum { CHUNK = 32768 };
    char *buf = malloc(2 * CHUNK);
    int fd_a = open(a, O_RDONLY | O_CLOEXEC), fd_b = open(b, O_RDONLY | O_CLOEXEC);
    bool same = buf && fd_a >= 0 && fd_b >= 0;
    for (size_t n = CHUNK, m; same && n == CHUNK;)
        same = read_some(fd_a, buf, CHUNK, &n) && read_some(fd_b, buf + CHUNK, CHUNK, &m) &&
               n == m && memcmp(buf, buf + CHUNK, n) == 0;
    if (fd_a >= 0)
        close(fd_a);
    if (fd_b >= 0)
        close(fd_b);
    free(buf);
    return same;
}

static bool is_same_object(const struct dw_entry *entry, const struct dw_objects_row *row)
{
    if (entry->size_bytes != row->object->size_bytes)
        return false;
    if (entry->sha256 && row->has_sha256)
        return memcmp(entry->sha256, row->sha256, DW_SHA256_SIZE) == 0;
    return same_bytes(entry->path, row->path);
}

static uint64_t plain_bytes(const struct dw_object *object, const struct dw_transfer_syntax *syntax)
{
    if (!syntax || !syntax->encapsulated)
        return object->size_bytes;
    uint64_t pixels = (uint64_t)object->rows * object->columns * object->samples_per_pixel *
                      (object->bits_allocated / 8);
    if (object->frames > 1 && pixels > 0 && object->frames < UINT64_MAX / 4 / pixels)
        pixels *= object->frames;
    return pixels > object->size_bytes ? pixels : object->size_bytes;
}

/* File, hash, class, syntax and instance keys of a row; what dw_catalog_replace() changes. */
static dw_status set_content(dw_catalog *catalog, struct dw_entry *entry,
                             const struct dw_objects_row *row, struct dw_error *err)
{
    const struct dw_object *object = row->object;
    const uint8_t *part;
    size_t part_size;
    dw_status st = dw_record_part(row->record, row->record_size, DW_PART_INSTANCE, &part,
                                  &part_size, err);
    if (st != DW_OK)
        return st;
    entry->path = dw_arena_text(&catalog->arena, row->path);
    entry->keys = dw_arena_copy(&catalog->arena, part, part_size);
    entry->sha256 = NULL;
    if (row->has_sha256) {
        entry->sha256 = dw_arena_copy(&catalog->arena, row->sha256, DW_SHA256_SIZE);
        if (!entry->sha256)
            return no_memory(err);
    }
    if (!entry->path || !entry->keys)
        return no_memory(err);
    entry->keys_size = (uint32_t)part_size;
    entry->sop_class = dw_sop_class_find(object->sop_class);
    entry->syntax = dw_transfer_syntax_find(object->transfer_syntax);
    entry->size_bytes = object->size_bytes;
    entry->frames = object->frames;
    entry->has_pixels = object->has_pixels;
    entry->has_meta = object->has_meta;
    entry->plain_bytes = plain_bytes(object, entry->syntax);
    return DW_OK;
}

static dw_status merge_parts(dw_catalog *catalog, const struct dw_entry *entry,
                             const struct dw_objects_row *row, struct dw_error *err)
{
    struct dw_series *series = &catalog->series[entry->series];
    struct dw_study *study = &catalog->studies[series->study];
    struct dw_keys *keys[] = {
        [DW_PART_PATIENT] = &catalog->patients[study->patient].keys,
        [DW_PART_STUDY] = &study->keys,
        [DW_PART_SERIES] = &series->keys,
    };
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < DW_ARRAY_LEN(keys); i++) {
        const uint8_t *part;
        size_t size;
        st = dw_record_part(row->record, row->record_size, (enum dw_record_part)i, &part, &size,
                            err);
        if (st == DW_OK)
            st = dw_keys_merge(keys[i], part, size, err);
    }
    return st;
}

/* Which series it belongs to; most objects belong to that of the one before. */
static bool find_place(dw_catalog *catalog, const struct dw_object *object, uint32_t *out)
{
    uint32_t patient, study;
    return find_patient(catalog, object, &patient) &&
           find_study(catalog, patient, object, &study) && find_series(catalog, study, object, out);
}

static dw_status append_entry(dw_catalog *catalog, const struct dw_objects_row *row,
                              struct dw_error *err)
{
    const struct dw_object *object = row->object;
    if (catalog->entry_count >= DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d objects", DW_TREE_ENTRIES_MAX);
    struct dw_entry *entry = append((void **)&catalog->entries, &catalog->entry_count,
                                    &catalog->entry_cap, sizeof *entry);
    if (!entry)
        return no_memory(err);
    *entry = (struct dw_entry){.number = row->number, .instance_number = object->instance_number};
    entry->sop_instance = dw_arena_text(&catalog->arena, object->sop_instance);
    if (!entry->sop_instance || !find_place(catalog, object, &entry->series))
        return no_memory(err);
    return set_content(catalog, entry, row, err);
}

static void judge(dw_catalog *catalog, struct dw_entry *entry)
{
    entry->reason = NULL;
    switch (dw_profile_judge(catalog->profile, entry->sop_class, entry->syntax, entry->has_meta,
                             &entry->reason)) {
    case DW_VERDICT_REFUSE:
        entry->state = DW_ENTRY_LEFT_OFF;
        break;
    case DW_VERDICT_CONVERT:
        entry->state = DW_ENTRY_PENDING;
        catalog->pending++;
        break;
    case DW_VERDICT_TAKE:
        entry->state = DW_ENTRY_READY;
        break;
    }
}

dw_status dw_catalog_add(dw_catalog *catalog, const struct dw_objects_row *row,
                         struct dw_error *err)
{
    uint32_t twin;
    bool is_twin = dw_index_find(&catalog->instances, row->object->sop_instance, &twin);
    if (is_twin && is_same_object(&catalog->entries[twin], row)) {
        catalog->duplicates++;
        return DW_OK;
    }
    dw_status st = append_entry(catalog, row, err);
    if (st != DW_OK)
        return st;
    uint32_t i = catalog->entry_count - 1;
    struct dw_entry *entry = &catalog->entries[i];
    if (is_twin) {
        entry->is_twin = true;
        return dw_catalog_leave_off(
            catalog, i, "another object with the same SOP Instance UID and other content is there",
            err);
    }
    if (!dw_index_add(&catalog->instances, entry->sop_instance, i))
        return no_memory(err);
    st = merge_parts(catalog, entry, row, err);
    if (st == DW_OK)
        judge(catalog, entry);
    return st;
}

dw_status dw_catalog_set_profile(dw_catalog *catalog, const struct dw_profile *profile,
                                 struct dw_error *err)
{
    if (catalog->order)
        return dw_error_set(err, DW_ERR_CONFLICT, "the reading order is made already");
    catalog->profile = profile;
    catalog->pending = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        if (!catalog->entries[i].is_twin)
            judge(catalog, &catalog->entries[i]);
    return DW_OK;
}

dw_status dw_catalog_replace(dw_catalog *catalog, uint32_t i, const struct dw_objects_row *row,
                             struct dw_error *err)
{
    struct dw_entry *entry = &catalog->entries[i];
    if (entry->state != DW_ENTRY_PENDING)
        return dw_error_set(err, DW_ERR_CONFLICT, "object %llu needs no converting",
                            (unsigned long long)entry->number);
    const char *reason = "";
    if (strcmp(row->object->sop_instance, entry->sop_instance) != 0)
        return dw_catalog_leave_off(catalog, i, "converting changed what object it is", err);
    if (dw_profile_judge(catalog->profile, dw_sop_class_find(row->object->sop_class),
                         dw_transfer_syntax_find(row->object->transfer_syntax),
                         row->object->has_meta, &reason) != DW_VERDICT_TAKE)
        return dw_catalog_leave_off(catalog, i, "converting did not give what the medium allows",
                                    err);
    dw_status st = set_content(catalog, entry, row, err);
    if (st != DW_OK)
        return st;
    entry->state = DW_ENTRY_READY;
    catalog->pending--;
    return DW_OK;
}

dw_status dw_catalog_leave_off(dw_catalog *catalog, uint32_t i, const char *reason,
                               struct dw_error *err)
{
    struct dw_entry *entry = &catalog->entries[i];
    const char *copy = dw_arena_text(&catalog->arena, reason);
    if (!copy)
        return no_memory(err);
    if (entry->state == DW_ENTRY_PENDING)
        catalog->pending--;
    entry->state = DW_ENTRY_LEFT_OFF;
    entry->reason = copy;
    return DW_OK;
}

const struct dw_series *dw_entry_series(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->series[entry->series];
}

const struct dw_study *dw_entry_study(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->studies[catalog->series[entry->series].study];
}

uint32_t dw_entry_patient_index(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return dw_entry_study(catalog, entry)->patient;
}

const struct dw_patient *dw_entry_patient(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->patients[dw_entry_patient_index(catalog, entry)];
}
