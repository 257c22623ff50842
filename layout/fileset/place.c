/* Which patient, study and series an object belongs to (layout/fileset/catalog.h). */
#include <stdio.h>
#include <string.h>

#include "dicom/person.h"
#include "layout/fileset/catalog_private.h"

/* Room for the longest composite key: two texts of an object, their marks and a node's number. */
#define NODE_KEY_MAX (2 * DW_TEXT_MAX + 64)

/* The first value that is not empty stays. */
static bool fill(dw_catalog *catalog, const char **text, const char *value)
{
    if (*text && (*text)[0])
        return true;
    *text = dw_arena_text(&catalog->arena, value);
    return *text != NULL;
}

/* A new patient = (Patient ID, issuer), as long as nothing contradicts. Without an ID two people must not
 * become one: name and birth date both decide, and where one is missing every study is a patient of its own. */
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
    return catalog->opts.one_patient && catalog->patient_count > 0 &&
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
        if (*out_key || fits_patient(&catalog->patients[*out], object))
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
        struct dw_patient *added = dw_catalog_append((void **)&catalog->patients, &catalog->patient_count,
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
        struct dw_study *added = dw_catalog_append((void **)&catalog->studies, &catalog->study_count,
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
        struct dw_series *added = dw_catalog_append((void **)&catalog->series, &catalog->series_count,
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

/* Which series it belongs to; most objects belong to that of the one before. */
bool dw_catalog_find_place(dw_catalog *catalog, const struct dw_object *object, uint32_t *out)
{
    uint32_t patient, study;
    return find_patient(catalog, object, &patient) &&
           find_study(catalog, patient, object, &study) && find_series(catalog, study, object, out);
}
