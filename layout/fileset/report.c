#include "layout/fileset/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/fileset/directory.h"
#include "layout/fileset/repair.h"

#define RULES_MAX 32
#define LINE_MAX_BYTES 320      /* of REPORT.TXT: place or UID, key, what was done */
#define LINES_MAX 2000 /* of REPORT.TXT, for each list; report.json has them all */

struct series_tally {
    uint32_t study, series; /* as on the disc */
    uint32_t objects[RULES_MAX];
};

static void add_sentence(json_t *list, const char *place, size_t rule, uint32_t objects)
{
    char text[LINE_MAX_BYTES];
    dw_repair_describe(rule, objects, text, sizeof text);
    json_array_append_new(list, json_sprintf("%s: %s", place, text));
}

static void add_node(json_t *list, const char *place, uint32_t repaired)
{
    for (size_t rule = 0; rule < dw_repair_rule_count(); rule++)
        if (repaired & 1u << rule)
            add_sentence(list, place, rule, 0);
}

static void end_series(json_t *list, struct series_tally *tally)
{
    char place[32];
    snprintf(place, sizeof place, "ST%06u/SE%06u", tally->study, tally->series);
    for (size_t rule = 0; rule < dw_repair_rule_count(); rule++)
        if (tally->objects[rule] > 0)
            add_sentence(list, place, rule, tally->objects[rule]);
    memset(tally->objects, 0, sizeof tally->objects);
}

json_t *dw_report_repairs(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    struct series_tally tally = {0};
    struct dw_slice_step step;
    json_t *list = json_array();
    add_node(list, "patient", catalog->patients[volume->patient].repaired);
    for (dw_slice_begin(&volume->slice, &step); dw_slice_next(&step);) {
        char place[32];
        if (step.new_series)
            end_series(list, &tally);
        if (step.new_study) {
            snprintf(place, sizeof place, "ST%06u", step.study);
            add_node(list, place, dw_entry_study(catalog, step.entry)->repaired);
        }
        if (step.new_series) {
            tally.study = step.study;
            tally.series = step.series;
            snprintf(place, sizeof place, "ST%06u/SE%06u", step.study, step.series);
            add_node(list, place, dw_entry_series(catalog, step.entry)->repaired);
        }
        for (size_t rule = 0; step.entry->repaired >> rule; rule++)
            tally.objects[rule] += step.entry->repaired >> rule & 1;
    }
    end_series(list, &tally);
    return list;
}

static bool is_of(const dw_catalog *catalog, const struct dw_entry *entry, uint32_t patient)
{
    return patient == UINT32_MAX || dw_entry_patient_index(catalog, entry) == patient;
}

static bool is_left_off(const dw_catalog *catalog, const struct dw_entry *entry, uint32_t patient)
{
    return entry->state == DW_ENTRY_LEFT_OFF && is_of(catalog, entry, patient);
}

static void add_reason(json_t *list, const struct dw_entry *entry)
{
    json_array_append_new(list, json_pack("{s:I, s:s}", "number", (json_int_t)entry->number,
                                          "reason", entry->reason));
}

json_t *dw_report_left_off(const dw_catalog *catalog, uint32_t patient)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        if (is_left_off(catalog, &catalog->entries[i], patient))
            add_reason(list, &catalog->entries[i]);
    return list;
}

json_t *dw_report_forbidden(const dw_catalog *catalog)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        if (catalog->entries[i].state == DW_ENTRY_FORBIDDEN)
            add_reason(list, &catalog->entries[i]);
    return list;
}

static uint32_t left_off_count(const dw_catalog *catalog, uint32_t patient)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        count += is_left_off(catalog, &catalog->entries[i], patient);
    return count;
}

static json_t *as_is_json(const struct dw_volume *volume)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < volume->slice.count; i++)
        if (dw_slice_entry(&volume->slice, i)->as_is)
            add_reason(list, dw_slice_entry(&volume->slice, i));
    return list;
}

/* Another object of the patient, of the same SOP Instance UID, that is on a disc; NULL: none is. */
static const struct dw_entry *next_twin(const dw_catalog *catalog, const struct dw_entry *entry,
                                        const struct dw_entry *behind)
{
    for (uint32_t i = behind ? behind->next_twin : entry->first_twin;
         behind ? i != 0 : true; i = catalog->entries[i].next_twin) {
        const struct dw_entry *twin = &catalog->entries[i];
        if (twin != entry && twin->disc > 0 &&
            dw_entry_patient_index(catalog, twin) == dw_entry_patient_index(catalog, entry))
            return twin;
        if (twin->next_twin == 0)
            break;
    }
    return NULL;
}

static bool has_twins(const struct dw_entry *entry)
{
    return entry->next_twin != 0 || entry->is_twin;
}

/* [{number, other, disc}]: object `number` lies here, `other` of the same SOP Instance UID on that disc. */
static json_t *kept_apart_json(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    json_t *list = json_array();
    for (uint32_t i = 0; i < volume->slice.count; i++) {
        const struct dw_entry *entry = dw_slice_entry(&volume->slice, i), *twin = NULL;
        while (has_twins(entry) && (twin = next_twin(catalog, entry, twin)) != NULL)
            json_array_append_new(list, json_pack("{s:I, s:I, s:i}", "number",
                                                  (json_int_t)entry->number, "other",
                                                  (json_int_t)twin->number, "disc", twin->disc));
    }
    return list;
}

/* Other patients of the list under the same Patient ID: of another issuer, name or birth date. */
static uint32_t namesakes(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    const struct dw_patient *patient = &catalog->patients[volume->patient];
    uint32_t count = 0;
    for (uint32_t i = 0; patient->id[0] && i < catalog->patient_count; i++)
        count += i != volume->patient && strcmp(catalog->patients[i].id, patient->id) == 0;
    return count;
}

json_t *dw_report_json(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    return json_pack("{s:i, s:i, s:s, s:b, s:s, s:s, s:I, s:I, s:i, s:o, s:o, s:o, s:o}", "n",
                     (int)volume->n, "of", (int)volume->of, "profile", dw_catalog_claim(catalog),
                     "nonconformant", (int)catalog->nonconformant, "fileset_id", volume->fileset_id,
                     "fileset_uid", volume->fileset_uid, "objects",
                     (json_int_t)volume->slice.count, "duplicates",
                     (json_int_t)catalog->duplicates, "namesakes", (int)namesakes(volume), "as_is",
                     as_is_json(volume), "kept_apart", kept_apart_json(volume), "left_off",
                     dw_report_left_off(catalog, volume->patient), "repairs",
                     dw_report_repairs(volume));
}

static void add_left_off_lines(const struct dw_volume *volume, uint32_t count, struct dw_buf *out)
{
    const dw_catalog *catalog = volume->slice.catalog;
    dw_buf_addf(out, "Not on %s, and why (SOP Instance UID, reason): %u\r\n\r\n",
                volume->of > 1 ? "any of these discs" : "this disc", count);
    uint32_t lines = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        if (!is_left_off(catalog, entry, volume->patient))
            continue;
        if (++lines > LINES_MAX) {
            dw_buf_addf(out, "... and %u more\r\n", count - LINES_MAX);
            break;
        }
        dw_buf_addf(out, "%.64s  %.200s\r\n", entry->sop_instance, entry->reason);
    }
    dw_buf_add_text(out, "\r\n");
}

static void add_as_is_lines(const struct dw_volume *volume, struct dw_buf *out)
{
    uint32_t lines = 0;
    if (!volume->slice.catalog->nonconformant)
        return;
    dw_buf_add_text(out, "This disc follows no DICOM application profile: somebody decided to write objects\r\n"
                         "that the profile forbids as they are. Not every reader will open them\r\n"
                         "(SOP Instance UID, reason):\r\n\r\n");
    for (uint32_t i = 0; i < volume->slice.count; i++) {
        const struct dw_entry *entry = dw_slice_entry(&volume->slice, i);
        if (!entry->as_is || ++lines > LINES_MAX)
            continue;
        dw_buf_addf(out, "%.64s  %.200s\r\n", entry->sop_instance, entry->reason);
    }
    if (lines > LINES_MAX)
        dw_buf_addf(out, "... and %u more\r\n", lines - LINES_MAX);
    dw_buf_add_text(out, "\r\n");
}

static void add_kept_apart_lines(const struct dw_volume *volume, struct dw_buf *out)
{
    const dw_catalog *catalog = volume->slice.catalog;
    uint32_t lines = 0;
    for (uint32_t i = 0; i < volume->slice.count && lines < LINES_MAX; i++) {
        const struct dw_entry *entry = dw_slice_entry(&volume->slice, i), *twin = NULL;
        while (has_twins(entry) && (twin = next_twin(catalog, entry, twin)) != NULL) {
            if (lines++ == 0)
                dw_buf_add_text(out, "Objects with one SOP Instance UID and different content are kept "
                                     "apart:\r\n\r\n");
            dw_buf_addf(out, "%.64s  also kept apart on disc %u of %u\r\n", entry->sop_instance,
                        twin->disc, volume->of);
        }
    }
    if (lines > 0)
        dw_buf_add_text(out, "\r\n");
}

static void add_repair_lines(const json_t *repairs, struct dw_buf *out)
{
    size_t i;
    json_t *item;
    if (json_array_size(repairs) > 0)
        dw_buf_add_text(out, "What the disc's directory needed and the objects do not have, and what is odd in "
                             "them.\r\nThe objects themselves were not changed.\r\n\r\n");
    json_array_foreach((json_t *)repairs, i, item)
        dw_buf_addf(out, "%s\r\n", json_string_value(item));
}

dw_status dw_report_text(const struct dw_volume *volume, struct dw_buf *out, struct dw_error *err)
{
    uint32_t left_off = left_off_count(volume->slice.catalog, volume->patient);
    uint32_t others = namesakes(volume);
    json_t *repairs = dw_report_repairs(volume);
    dw_buf_reset(out);
    add_as_is_lines(volume, out);
    if (left_off > 0)
        add_left_off_lines(volume, left_off, out);
    add_kept_apart_lines(volume, out);
    if (others > 0)
        dw_buf_addf(out, "Under this Patient ID the list had objects of %u more patient%s: another issuer, name "
                         "or\r\nbirth date. They are not on this disc.\r\n\r\n",
                    others, others == 1 ? "" : "s");
    add_repair_lines(repairs, out);
    json_decref(repairs);
    if (out->size > 0 || volume->of > 1) {
        struct dw_buf body = *out;
        *out = (struct dw_buf){0};
        dw_buf_addf(out, "Disc %u of %u\r\n\r\n", volume->n, volume->of);
        dw_buf_add(out, body.data ? body.data : "", body.size);
        out->failed = out->failed || body.failed;
        dw_buf_done(&body);
    }
    return dw_buf_check(out, "the report of the disc", err);
}

uint64_t dw_report_fixed_bytes_max(const dw_catalog *catalog, uint32_t patient)
{
    uint32_t left_off = 0, as_is = 0, apart = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        if (!is_of(catalog, entry, patient))
            continue;
        left_off += entry->state == DW_ENTRY_LEFT_OFF;
        as_is += entry->as_is;
        apart += has_twins(entry) ? DW_LAYERS_MAX : 0;
    }
    uint64_t lines = 16 + (uint64_t)(left_off < LINES_MAX ? left_off : LINES_MAX) +
                     (as_is < LINES_MAX ? as_is : LINES_MAX) +
                     (apart < LINES_MAX + DW_LAYERS_MAX ? apart : LINES_MAX + DW_LAYERS_MAX);
    return lines * LINE_MAX_BYTES;
}

uint64_t dw_report_range_bytes_max(uint32_t studies, uint32_t series)
{
    return (3ULL * studies + 12ULL * series) * LINE_MAX_BYTES;
}
