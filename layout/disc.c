#include "layout/disc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layout/discpages.h"
#include "layout/fileset/icons.h"
#include "layout/fileset/report.h"

#define JSON_STYLE (JSON_INDENT(1) | JSON_PRESERVE_ORDER)

void dw_disc_rows_done(struct dw_disc_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        json_decref(rows->rows[i].report);
    free(rows->rows);
    *rows = (struct dw_disc_rows){0};
}

/* json is stolen. */
static dw_status save_json(const char *dir, const char *name, json_t *json, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_status st;
    char *text = json ? json_dumps(json, JSON_STYLE) : NULL;
    json_decref(json);
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for %s", name);
    if (!dw_text_format(path, sizeof path, "%s/%s", dir, name))
        st = dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    else
        st = dw_file_save(NULL, path, text, strlen(text), err);
    free(text);
    return st;
}

/* Written from the locked identity, not from directory records: the last gate compares both. */
static dw_status save_expect(const struct dw_disc_opts *opts, const struct dw_volume *volume,
                             const char *dir, struct dw_error *err)
{
    const struct dw_patient *patient = &volume->slice.catalog->patients[volume->patient];
    const struct dw_objects_identity *id = opts->identity;
    char digest[2 * DW_SHA256_SIZE + 1];
    dw_status st = dw_volume_instances_sha256(volume, digest, err);
    if (st != DW_OK)
        return st;
    const dw_catalog *catalog = volume->slice.catalog;
    return save_json(dir, "expect.json",
                     json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:b}", "patient_id",
                               id ? id->patient_id : patient->id, "issuer",
                               id ? id->issuer : patient->issuer, "patient_name",
                               id ? id->patient_name : patient->name, "birth_date",
                               id ? id->birth_date : patient->birth_date, "objects",
                               (json_int_t)volume->slice.count, "fileset_uid", volume->fileset_uid,
                               "instances_sha256", digest, "profile",
                               dw_catalog_claim(catalog), "nonconformant",
                               (int)catalog->nonconformant),
                     err);
}

static dw_status save_numbers(const struct dw_volume *volume, const char *dir, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    for (uint32_t i = 0; i < volume->slice.count; i++)
        dw_buf_addf(&text, "%llu\n",
                    (unsigned long long)dw_slice_entry(&volume->slice, i)->number);
    dw_status st = dw_buf_check(&text, "the numbers of a volume", err);
    if (st == DW_OK && !dw_text_format(path, sizeof path, "%s/objects", dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    if (st == DW_OK)
        st = dw_file_save(NULL, path, text.data, text.size, err);
    dw_buf_done(&text);
    return st;
}

static dw_status measure_and_save(const struct dw_disc_opts *opts, const dw_tree *tree,
                                  struct dw_disc_row *row, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_plan *plan;
    uint64_t capacity =
        opts->capacity_bytes ? opts->capacity_bytes : dw_media_capacity_bytes(opts->media);
    dw_status st = dw_plan_new(tree, opts->media, capacity, &plan, err);
    if (st != DW_OK)
        return st;
    row->blocks = dw_plan_blocks(plan);
    row->size_bytes = dw_plan_size_bytes(plan);
    dw_plan_free(plan);
    if (!dw_text_format(path, sizeof path, "%s/tree", row->dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    return dw_tree_save(tree, path, err);
}

static dw_status make_volume(const struct dw_disc_opts *opts, const struct dw_volume_opts *vopts,
                             const struct dw_volume *volume, const struct dw_previews *previews,
                             struct dw_disc_row *row, struct dw_error *err)
{
    dw_tree *tree = NULL;
    struct dw_pages_list pages = {0};
    struct dw_volume_file *files = NULL;
    dw_status st = dw_discpages_write(opts, volume, previews, row->dir, &pages, &files, err);
    if (st == DW_OK)
        st = dw_volume_make_tree(volume, vopts, row->dir, files, pages.count, &tree, err);
    if (st == DW_OK)
        st = measure_and_save(opts, tree, row, err);
    if (st == DW_OK)
        st = save_numbers(volume, row->dir, err);
    if (st == DW_OK)
        st = save_expect(opts, volume, row->dir, err);
    if (st == DW_OK) {
        row->report = dw_report_json(volume);
        st = save_json(row->dir, "report.json", json_incref(row->report), err);
    }
    dw_tree_free(tree);
    dw_pages_list_done(&pages);
    free(files);
    return st;
}

static dw_status open_row(const struct dw_disc_opts *opts, const struct dw_volume *volume, size_t i,
                          struct dw_disc_row *row, struct dw_error *err)
{
    row->n = volume->n;
    row->of = volume->of;
    row->patient = volume->patient;
    row->objects = volume->slice.count;
    memcpy(row->fileset_uid, volume->fileset_uid, sizeof row->fileset_uid);
    memcpy(row->fileset_id, volume->fileset_id, sizeof row->fileset_id);
    if (!dw_text_format(row->dir, sizeof row->dir, "%s-%zu", opts->out, i + 1)) {
        row->dir[0] = '\0';
        return dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    }
    if (mkdir(row->dir, 0700) != 0) {
        dw_status st = dw_error_set(err, dw_status_from_errno(errno), "make folder '%s': %s",
                                    row->dir, strerror(errno));
        row->dir[0] = '\0';
        return st;
    }
    return DW_OK;
}

static dw_status make_volumes(dw_catalog *catalog, const struct dw_disc_opts *opts,
                              const struct dw_volume_opts *vopts, const struct dw_volumes *volumes,
                              const struct dw_previews *previews, struct dw_disc_rows *out,
                              struct dw_error *err)
{
    dw_status st = DW_OK;
    out->rows = calloc(volumes->count, sizeof *out->rows);
    if (!out->rows)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for volumes");
    for (size_t i = 0; st == DW_OK && i < volumes->count; i++) {
        struct dw_disc_row *row = &out->rows[out->count++];
        st = open_row(opts, &volumes->rows[i], i, row, err);
        struct dw_volume_opts own = *vopts;
        own.last_use = i + 1 == volumes->count ? catalog : NULL;
        if (st == DW_OK)
            st = make_volume(opts, &own, &volumes->rows[i], previews, row, err);
    }
    if (st == DW_OK)
        return DW_OK;
    for (size_t i = 0; i < out->count; i++)
        if (out->rows[i].dir[0] && dw_file_remove_tree(out->rows[i].dir, NULL) != DW_OK)
            continue; /* the first failure is the one to tell */
    dw_disc_rows_done(out);
    return st;
}

dw_status dw_disc_make(dw_catalog *catalog, const struct dw_disc_opts *opts,
                       struct dw_disc_rows *out, struct dw_error *err)
{
    struct dw_previews previews = {0};
    struct dw_volumes volumes = {0};
    struct dw_disc_rows rows = {0};
    struct dw_volume_opts vopts = {
        .media = opts->media,
        .capacity_bytes = opts->capacity_bytes,
        .udf_revision = opts->udf_revision,
        .joliet = opts->joliet,
        .multivolume = opts->multivolume,
        .publisher = opts->publisher && opts->publisher[0] ? opts->publisher : opts->institution,
        .made_at_s = opts->made_at_s,
        .one_patient = opts->one_patient,
        .extra = dw_discpages_extra,
        .ctx = opts,
    };
    memcpy(vopts.seed, opts->seed, sizeof vopts.seed);
    dw_status st = DW_OK;
    if (opts->icons && opts->icons[0])
        st = dw_icons_find(catalog, opts->icons, err);
    if (st == DW_OK)
        st = dw_catalog_arrange(catalog, opts->made_at_s, err);
    if (st == DW_OK && opts->viewer && opts->previews && opts->previews[0])
        st = dw_previews_find(&previews, catalog, opts->previews, err);
    if (st == DW_OK)
        st = dw_volumes_plan(catalog, &vopts, &volumes, err);
    if (st == DW_OK)
        st = make_volumes(catalog, opts, &vopts, &volumes, &previews, &rows, err);
    if (st == DW_OK)
        *out = rows;
    dw_volumes_done(&volumes);
    dw_previews_done(&previews);
    return st;
}

static void add_repairs(json_t *list, size_t disc, const json_t *repairs)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)repairs, i, item)
        json_array_append_new(list, json_sprintf("disc %zu: %s", disc, json_string_value(item)));
}

json_t *dw_disc_rows_json(const struct dw_disc_rows *rows)
{
    json_t *volumes = json_array(), *repairs = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        const struct dw_disc_row *row = &rows->rows[i];
        json_array_append_new(
            volumes, json_pack("{s:i, s:i, s:s, s:I, s:I, s:s, s:s, s:I}", "n", (int)row->n, "of",
                               (int)row->of, "dir", row->dir, "blocks", (json_int_t)row->blocks,
                               "size_bytes", (json_int_t)row->size_bytes, "fileset_uid",
                               row->fileset_uid, "fileset_id", row->fileset_id, "objects",
                               (json_int_t)row->objects));
        add_repairs(repairs, i + 1, json_object_get(row->report, "repairs"));
    }
    return json_pack("{s:o, s:o}", "volumes", volumes, "repairs", repairs);
}
