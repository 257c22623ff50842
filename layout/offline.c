#include "layout/offline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"
#include "layout/offlinework.h"

#define NOT_DICOM_TEXT "not a DICOM file" /* how the scanner's sentence begins (dicom/scan.h) */

void dw_offline_done(struct dw_offline *offline)
{
    dw_disc_rows_done(&offline->discs);
    dw_catalog_free(offline->catalog);
    dw_intray_done(&offline->intray);
    free(offline->failures);
    *offline = (struct dw_offline){0};
}

struct scan {
    const struct dw_offline_opts *opts;
    struct dw_offline *offline;
};

static bool is_directory_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcasecmp(slash ? slash + 1 : path, "DICOMDIR") == 0;
}

static dw_status note_failure(struct dw_offline *offline, const struct dw_intray_file *file,
                              struct dw_error *err)
{
    if (is_directory_file(offline->intray.paths[file->i])) {
        offline->directories++; /* each disc gets its own; this one describes another file-set */
        return DW_OK;
    }
    if (offline->failure_count == offline->failure_cap) {
        size_t cap = offline->failure_cap ? offline->failure_cap * 2 : 64;
        struct dw_offline_failure *bigger = realloc(offline->failures, cap * sizeof *bigger);
        if (!bigger)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the report");
        offline->failures = bigger;
        offline->failure_cap = cap;
    }
    struct dw_offline_failure *failure = &offline->failures[offline->failure_count++];
    *failure = (struct dw_offline_failure){
        .file = file->i,
        .not_dicom = strncmp(file->text, NOT_DICOM_TEXT, strlen(NOT_DICOM_TEXT)) == 0,
        .reason = dw_arena_text(&offline->intray.arena, file->text),
    };
    offline->not_dicom += failure->not_dicom;
    return failure->reason ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
}

static dw_status on_scanned(void *ctx, const struct dw_intray_file *file, struct dw_error *err)
{
    struct scan *scan = ctx;
    struct dw_offline *offline = scan->offline;
    dw_status st = DW_OK;
    if (scan->opts->progress)
        st = scan->opts->progress(scan->opts->ctx, "scan", file->i + 1, offline->intray.count, err);
    if (st != DW_OK)
        return st;
    if (file->st == DW_ERR_INTERNAL)
        return dw_error_set(err, file->st, "%s", file->text);
    if (file->st != DW_OK)
        return note_failure(offline, file, err);
    struct dw_objects_row row = {
        .number = file->i + 1,
        .path = offline->intray.paths[file->i],
        .object = file->object,
        .record = file->record->data,
        .record_size = file->record->size,
    };
    return dw_catalog_add(offline->catalog, &row, err);
}

static dw_status list_and_scan(const struct dw_offline_opts *opts, struct dw_offline *out,
                               struct dw_error *err)
{
    const struct dw_profile *profile;
    struct scan scan = {opts, out};
    enum dw_media media = opts->auto_media ? DW_MEDIA_CD : opts->media;
    dw_status st = dw_profile_choose(opts->profile, media, &profile, err);
    if (st == DW_OK)
        st = dw_catalog_new(&(struct dw_catalog_opts){.profile = profile,
                                                      .forbidden = DW_FORBIDDEN_LEAVE_OFF},
                            &out->catalog, err);
    for (size_t i = 0; st == DW_OK && i < opts->path_count; i++)
        st = dw_intray_list(&out->intray, opts->paths[i], err);
    if (st == DW_OK && out->intray.count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no file in what was given");
    if (st == DW_OK)
        st = dw_intray_scan(&out->intray, opts->threads, on_scanned, &scan, err);
    if (st == DW_OK && out->catalog->entry_count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "none of %zu files is a DICOM object that can be filed",
                          out->intray.count);
    out->media = media;
    return st;
}

static dw_status choose_media(const struct dw_offline_opts *opts, struct dw_offline *out,
                              struct dw_error *err)
{
    const struct dw_blank *blanks[] = {dw_blank_find("cd"), dw_blank_find("dvd")}, *chosen;
    if (!opts->auto_media)
        return DW_OK;
    dw_status st = dw_volumes_choose(out->catalog, blanks, DW_ARRAY_LEN(blanks), opts->volume_bytes,
                                     &chosen, err);
    if (st != DW_OK)
        return st;
    out->media = chosen->media;
    return dw_catalog_set_profile(out->catalog, dw_profile_of_media(chosen->media), err);
}

static dw_status make_discs(const struct dw_offline_opts *opts, struct dw_offline *out,
                            struct dw_error *err)
{
    char volumes[DW_PATH_MAX];
    struct dw_disc_opts disc = {
        .media = out->media,
        .capacity_bytes = opts->volume_bytes,
        .viewer = opts->viewer,
        .institution = opts->institution ? opts->institution : "",
        .made_at_s = opts->made_at_s,
        .previews = out->previews,
        .out = volumes,
    };
    if (!dw_text_format(volumes, sizeof volumes, "%s/volume", opts->work))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    struct dw_random random = dw_random_system();
    if (opts->has_seed)
        memcpy(disc.seed, opts->seed, sizeof disc.seed);
    else
        dw_random_fill(&random, disc.seed, sizeof disc.seed);
    return dw_disc_make(out->catalog, &disc, &out->discs, err);
}

dw_status dw_offline_run(const struct dw_offline_opts *opts, struct dw_offline *out,
                         struct dw_error *err)
{
    struct dw_offline run = {0};
    dw_status st = list_and_scan(opts, &run, err);
    if (st == DW_OK)
        st = choose_media(opts, &run, err);
    if (st == DW_OK)
        st = dw_offline_convert(opts, &run, err);
    if (st == DW_OK && opts->viewer)
        st = dw_offline_preview(opts, &run, err);
    if (st == DW_OK)
        st = make_discs(opts, &run, err);
    if (st != DW_OK) {
        dw_offline_done(&run);
        return st;
    }
    *out = run;
    return DW_OK;
}

/* --- what became of it --- */

size_t dw_offline_left_out(const struct dw_offline *offline)
{
    size_t count = offline->failure_count;
    for (uint32_t i = 0; i < offline->catalog->entry_count; i++)
        count += offline->catalog->entries[i].state == DW_ENTRY_LEFT_OFF;
    return count;
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

static json_t *left_off_json(const struct dw_offline *offline)
{
    json_t *list = json_array();
    for (size_t i = 0; i < offline->failure_count; i++) {
        const struct dw_offline_failure *failure = &offline->failures[i];
        json_array_append_new(list, json_pack("{s:o, s:s, s:b}", "path",
                                              path_json(offline->intray.paths[failure->file]),
                                              "reason", failure->reason, "not_dicom",
                                              failure->not_dicom));
    }
    for (uint32_t i = 0; i < offline->catalog->entry_count; i++) {
        const struct dw_entry *entry = &offline->catalog->entries[i];
        if (entry->state == DW_ENTRY_LEFT_OFF)
            json_array_append_new(list,
                                  json_pack("{s:o, s:s, s:b}", "path",
                                            path_json(offline->intray.paths[entry->number - 1]),
                                            "reason", entry->reason, "not_dicom", 0));
    }
    return list;
}

json_t *dw_offline_report(const struct dw_offline *offline, const struct dw_offline_opts *opts,
                          const char *const *names)
{
    json_t *report = dw_disc_rows_json(&offline->discs), *volume;
    size_t i;
    json_array_foreach(json_object_get(report, "volumes"), i, volume) {
        json_object_del(volume, "dir"); /* of the work folder, which goes */
        json_object_set_new(volume, "file", path_json(names[i]));
        json_object_set_new(volume, "patient", json_integer(offline->discs.rows[i].patient + 1));
    }
    json_object_set_new(report, "media", json_string(dw_media_name(offline->media)));
    json_object_set_new(report, "profile", json_string(dw_catalog_claim(offline->catalog)));
    json_object_set_new(report, "made_at_s", json_integer(opts->made_at_s));
    json_object_set_new(report, "files", json_integer((json_int_t)offline->intray.count));
    json_object_set_new(report, "duplicates", json_integer(offline->catalog->duplicates));
    json_object_set_new(report, "not_dicom", json_integer((json_int_t)offline->not_dicom));
    json_object_set_new(report, "directories_passed_over",
                        json_integer((json_int_t)offline->directories));
    json_object_set_new(report, "left_off", left_off_json(offline));
    return report;
}
