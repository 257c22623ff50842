/* What became of every file of an offline run (layout/offline.h). */
#include <string.h>

#include "layout/offlinework.h"

struct dw_offline_counts dw_offline_count(const struct dw_offline_work *run, bool held)
{
    const dw_catalog *catalog = run->catalog;
    struct dw_offline_counts counts = {
        .files = run->intray.count,
        .duplicates = catalog->duplicates,
        .directories = run->directories,
    };
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        bool left_off = catalog->entries[i].state == DW_ENTRY_LEFT_OFF;
        if (catalog->entries[i].state == DW_ENTRY_DUPLICATE)
            continue; /* counted by the catalog */
        counts.left_off += left_off;
        counts.held += held && !left_off;
        counts.on_discs += !held && !left_off;
    }
    for (size_t i = 0; i < run->failure_count; i++) {
        counts.not_dicom += run->failures[i].not_dicom;
        counts.left_off += !run->failures[i].not_dicom;
    }
    return counts;
}

/* File names are bytes; JSON is UTF-8. What is not becomes '?'. */
static json_t *path_json(const char *path)
{
    char text[DW_PATH_MAX];
    if (dw_text_is_utf8(path, strlen(path)))
        return json_string(path);
    dw_text_cut(text, sizeof text, path);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return json_string(text);
}

static const char *given_path(const struct dw_offline_work *run, const struct dw_entry *entry)
{
    return run->intray.paths[entry->number - 1]; /* its own now leads to what was made of it */
}

static json_t *entry_json(const struct dw_offline_work *run, const struct dw_entry *entry)
{
    return json_pack("{s:o, s:s}", "path", path_json(given_path(run, entry)), "reason",
                     entry->reason ? entry->reason : "");
}

static json_t *entries_json(const struct dw_offline_work *run,
                            bool (*belongs)(const struct dw_entry *entry))
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < run->catalog->entry_count; i++)
        if (belongs(&run->catalog->entries[i]))
            json_array_append_new(list, entry_json(run, &run->catalog->entries[i]));
    return list;
}

static bool is_forbidden(const struct dw_entry *entry)
{
    return entry->state == DW_ENTRY_FORBIDDEN;
}

static bool is_as_is(const struct dw_entry *entry)
{
    return entry->state == DW_ENTRY_READY && entry->as_is;
}

static json_t *left_off_json(const struct dw_offline_work *run)
{
    json_t *list = json_array();
    for (size_t i = 0; i < run->failure_count; i++) {
        const struct dw_offline_failure *failure = &run->failures[i];
        json_array_append_new(list, json_pack("{s:o, s:s, s:b}", "path",
                                              path_json(run->intray.paths[failure->file]), "reason",
                                              failure->reason, "not_dicom", failure->not_dicom));
    }
    for (uint32_t i = 0; i < run->catalog->entry_count; i++) {
        const struct dw_entry *entry = &run->catalog->entries[i];
        if (entry->state != DW_ENTRY_LEFT_OFF)
            continue;
        json_t *row = entry_json(run, entry);
        json_object_set_new(row, "not_dicom", json_false());
        json_array_append_new(list, row);
    }
    return list;
}

/* Objects that share a SOP Instance UID with another and differ from it: each on a disc of its own. */
static json_t *kept_apart_json(const struct dw_offline_work *run)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < run->catalog->entry_count; i++) {
        const struct dw_entry *entry = &run->catalog->entries[i];
        if (entry->state == DW_ENTRY_READY && entry->layer > 0)
            json_array_append_new(list, json_pack("{s:o, s:i}", "path",
                                                  path_json(given_path(run, entry)), "layer",
                                                  (int)entry->layer));
    }
    return list;
}

static json_t *takers_json(const dw_catalog *catalog)
{
    json_t *list = json_array();
    uint64_t takers = dw_catalog_takers(catalog);
    size_t count;
    const struct dw_profile *profiles = dw_profile_table(&count);
    for (size_t i = 0; i < count; i++)
        if (takers >> i & 1)
            json_array_append_new(list, json_pack("{s:s, s:s}", "profile", profiles[i].name, "media",
                                                  dw_media_name(profiles[i].media)));
    return list;
}

static json_t *counts_json(const struct dw_offline_counts *counts)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "files", (json_int_t)counts->files,
                     "on_discs", (json_int_t)counts->on_discs, "held", (json_int_t)counts->held,
                     "duplicates", (json_int_t)counts->duplicates, "left_off", (json_int_t)counts->left_off,
                     "not_dicom", (json_int_t)counts->not_dicom, "directories_passed_over",
                     (json_int_t)counts->directories);
}

json_t *dw_offline_facts(const struct dw_offline_work *run, bool held)
{
    const dw_catalog *catalog = run->catalog;
    struct dw_offline_counts counts = dw_offline_count(run, held);
    json_t *facts = json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:I, s:o, s:I, s:I, s:o, s:o, s:o}", "media",
        dw_media_name(run->blank->media), "blank", run->blank->name, "profile",
        dw_catalog_claim(catalog), "profile_asked", catalog->opts.profile->name, "nonconformant",
        catalog->nonconformant, "made_at_s", (json_int_t)run->opts->made_at_s, "counts",
        counts_json(&counts), "converted", (json_int_t)run->converted, "compressed",
        (json_int_t)run->compressed, "left_off", left_off_json(run), "kept_apart",
        kept_apart_json(run), "as_is", entries_json(run, is_as_is));
    if (facts && held) {
        json_object_set_new(facts, "forbidden", entries_json(run, is_forbidden));
        json_object_set_new(facts, "takers", takers_json(catalog));
    }
    return facts;
}

json_t *dw_offline_report(const struct dw_offline *offline, const char *const *names)
{
    json_t *report = json_deep_copy(offline->facts), *volume;
    json_t *discs = dw_disc_rows_json(&offline->discs);
    size_t i;
    json_array_foreach(json_object_get(discs, "volumes"), i, volume) {
        json_object_del(volume, "dir"); /* of the work folder, which goes */
        json_object_set_new(volume, "file", path_json(names[i]));
        json_object_set_new(volume, "patient", json_integer(offline->discs.rows[i].patient + 1));
    }
    if (report && discs)
        json_object_update(report, discs);
    json_decref(discs);
    return report;
}

dw_status dw_offline_held(const struct dw_offline *offline, struct dw_error *err)
{
    const json_t *takers = json_object_get(offline->facts, "takers");
    const char *profile = json_string_value(json_object_get(offline->facts, "profile_asked"));
    size_t count = json_array_size(json_object_get(offline->facts, "forbidden"));
    if (json_array_size(takers) == 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "nothing was made: %zu of %zu files have no place in %s",
                            count, offline->counts.files, profile);
    return dw_error_set(err, DW_ERR_UNSUPPORTED,
                        "nothing was made: %zu of %zu files have no place in %s; %s takes all of them",
                        count, offline->counts.files, profile,
                        json_string_value(json_object_get(json_array_get(takers, 0), "profile")));
}
