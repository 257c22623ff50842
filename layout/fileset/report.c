#include "layout/fileset/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/fileset/directory.h"
#include "layout/fileset/repair.h"

#define RULES_MAX 32
#define LINE_MAX_BYTES 320      /* of REPORT.TXT: place or UID, key, what was done */
#define LEFT_OFF_LINES_MAX 2000 /* of REPORT.TXT; report.json has them all */

struct series_tally {
    uint32_t study, series; /* as on the disc */
    uint32_t objects[RULES_MAX];
};

static void add_sentence(json_t *list, const char *place, size_t rule, uint32_t objects)
{
    char text[LINE_MAX_BYTES];
    if (objects > 0)
        snprintf(text, sizeof text, "%s: %s was missing in %u object%s; the directory has %s", place,
                 dw_repair_rule_name(rule), objects, objects == 1 ? "" : "s",
                 dw_repair_rule_done(rule));
    else
        snprintf(text, sizeof text, "%s: %s was missing; the directory has %s", place,
                 dw_repair_rule_name(rule), dw_repair_rule_done(rule));
    json_array_append_new(list, json_string(text));
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

static bool is_left_off(const dw_catalog *catalog, const struct dw_entry *entry, uint32_t patient)
{
    return entry->state == DW_ENTRY_LEFT_OFF &&
           (patient == UINT32_MAX || dw_entry_patient_index(catalog, entry) == patient);
}

json_t *dw_report_left_off(const dw_catalog *catalog, uint32_t patient)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        if (is_left_off(catalog, entry, patient))
            json_array_append_new(list, json_pack("{s:I, s:s}", "number",
                                                  (json_int_t)entry->number, "reason",
                                                  entry->reason));
    }
    return list;
}

uint32_t dw_report_left_off_count(const dw_catalog *catalog, uint32_t patient)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        count += is_left_off(catalog, &catalog->entries[i], patient);
    return count;
}

json_t *dw_report_json(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    return json_pack("{s:i, s:i, s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "n", (int)volume->n, "of",
                     (int)volume->of, "profile", dw_catalog_claim(catalog), "fileset_id",
                     volume->fileset_id, "fileset_uid", volume->fileset_uid, "objects",
                     (json_int_t)volume->slice.count, "duplicates",
                     (json_int_t)catalog->duplicates, "left_off",
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
        if (++lines > LEFT_OFF_LINES_MAX) {
            dw_buf_addf(out, "... and %u more\r\n", count - LEFT_OFF_LINES_MAX);
            break;
        }
        dw_buf_addf(out, "%.64s  %.200s\r\n", entry->sop_instance, entry->reason);
    }
    dw_buf_add_text(out, "\r\n");
}

dw_status dw_report_text(const struct dw_volume *volume, struct dw_buf *out, struct dw_error *err)
{
    uint32_t left_off = dw_report_left_off_count(volume->slice.catalog, volume->patient);
    json_t *repairs = dw_report_repairs(volume), *item;
    size_t i;
    dw_buf_reset(out);
    if (left_off > 0 || json_array_size(repairs) > 0)
        dw_buf_add_text(out, "What this disc's maker had to leave off or to add\r\n"
                             "=================================================\r\n\r\n");
    if (left_off > 0)
        add_left_off_lines(volume, left_off, out);
    if (json_array_size(repairs) > 0)
        dw_buf_add_text(out, "The disc's directory needs these values, and the objects have none."
                             "\r\nThe objects themselves were not changed.\r\n\r\n");
    json_array_foreach(repairs, i, item)
        dw_buf_addf(out, "%s\r\n", json_string_value(item));
    json_decref(repairs);
    return dw_buf_check(out, "the report of the disc", err);
}

uint64_t dw_report_text_max(const dw_catalog *catalog, uint32_t patient, uint32_t studies,
                            uint32_t series)
{
    uint64_t lines = dw_report_left_off_count(catalog, patient);
    if (lines > LEFT_OFF_LINES_MAX)
        lines = LEFT_OFF_LINES_MAX;
    return (lines + 8 + 3ULL * studies + 8ULL * series) * LINE_MAX_BYTES;
}
