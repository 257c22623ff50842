#include "layout/offlinework.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/random.h"
#include "layout/fileset/icons.h"

#define NOT_DICOM_TEXT "not a DICOM file" /* how the scanner's sentence begins (dicom/scan.h) */

void dw_offline_done(struct dw_offline *offline)
{
    dw_disc_rows_done(&offline->discs);
    json_decref(offline->facts);
    *offline = (struct dw_offline){0};
}

static void work_done(struct dw_offline_work *run)
{
    dw_catalog_free(run->catalog);
    dw_intray_done(&run->intray);
    free(run->failures);
}

/* --- scanning --- */

static bool is_directory_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcasecmp(slash ? slash + 1 : path, "DICOMDIR") == 0;
}

static dw_status note_failure(struct dw_offline_work *run, const struct dw_intray_file *file,
                              struct dw_error *err)
{
    if (is_directory_file(run->intray.paths[file->i])) {
        run->directories++; /* each disc gets its own; this one describes another file-set */
        return DW_OK;
    }
    if (run->failure_count == run->failure_cap) {
        size_t cap = run->failure_cap ? run->failure_cap * 2 : 64;
        struct dw_offline_failure *bigger = realloc(run->failures, cap * sizeof *bigger);
        if (!bigger)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the report");
        run->failures = bigger;
        run->failure_cap = cap;
    }
    struct dw_offline_failure *failure = &run->failures[run->failure_count++];
    *failure = (struct dw_offline_failure){
        .file = file->i,
        .not_dicom = strncmp(file->text, NOT_DICOM_TEXT, strlen(NOT_DICOM_TEXT)) == 0,
        .reason = dw_arena_text(&run->intray.arena, file->text),
    };
    return failure->reason ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
}

static dw_status on_scanned(void *ctx, const struct dw_intray_file *file, struct dw_error *err)
{
    struct dw_offline_work *run = ctx;
    dw_status st = DW_OK;
    if (run->opts->progress)
        st = run->opts->progress(run->opts->ctx, "scan", file->i + 1, run->intray.count, err);
    if (st != DW_OK)
        return st;
    if (file->st == DW_ERR_INTERNAL)
        return dw_error_set(err, file->st, "%s", file->text);
    if (file->st != DW_OK)
        return note_failure(run, file, err);
    struct dw_objects_row row = {
        .number = file->i + 1,
        .path = run->intray.paths[file->i],
        .object = file->object,
        .record = file->record->data,
        .record_size = file->record->size,
    };
    return dw_catalog_add(run->catalog, &row, err);
}

static const struct dw_profile *profile_for(const struct dw_offline_opts *opts,
                                            const struct dw_blank *blank)
{
    return opts->profile ? opts->profile : dw_profile_of_media(blank->media);
}

static dw_status list_and_scan(struct dw_offline_work *run, struct dw_error *err)
{
    const struct dw_offline_opts *opts = run->opts;
    struct dw_catalog_opts want = {
        .profile = profile_for(opts, opts->blanks[0]),
        .forbidden = opts->forbidden,
        .augmented = opts->augmented,
        .allow_private = opts->allow_private,
    };
    dw_status st = dw_catalog_new(&want, &run->catalog, err);
    for (size_t i = 0; st == DW_OK && i < opts->path_count; i++)
        st = dw_intray_list(&run->intray, opts->paths[i], err);
    if (st == DW_OK && run->intray.count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no file in what was given");
    if (st == DW_OK)
        st = dw_intray_scan(&run->intray, opts->threads, on_scanned, run, err);
    if (st == DW_OK && run->catalog->entry_count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "none of %zu files is a DICOM object that can be filed",
                          run->intray.count);
    return st;
}

/* --- the blank --- */

/* What plain images become: the first lossless syntax of the profile that can be made. */
static const char *compressed_syntax(const struct dw_profile *profile)
{
    static const char *const made[] = {DW_TS_JPEG_LOSSLESS, DW_TS_J2K_LOSSLESS};
    for (size_t i = 0; i < DW_ARRAY_LEN(made); i++)
        for (const char *const *allowed = profile->transfer_syntaxes; *allowed; allowed++)
            if (strcmp(*allowed, made[i]) == 0)
                return made[i];
    return NULL;
}

/* Objects stay as they were received unless that takes discs that compressing saves. */
static dw_status choose_compression(struct dw_offline_work *run, const struct dw_profile *profile,
                                    struct dw_error *err)
{
    const char *syntax = compressed_syntax(profile);
    struct dw_volumes_need need = {0};
    if (!syntax && run->opts->blank_count == 1)
        return dw_error_set(err, DW_ERR_INVALID, "%s takes no lossless compression", profile->name);
    if (!syntax)
        return DW_OK;
    dw_status st = dw_volumes_count(run->catalog, run->blank, run->opts->volume_bytes, &need, err);
    if (st == DW_OK && need.discs > run->catalog->patient_count)
        run->catalog->opts.compress = syntax; /* dw_catalog_set_profile() comes next and judges by it */
    return st;
}

static dw_status choose_blank(struct dw_offline_work *run, struct dw_error *err)
{
    const struct dw_offline_opts *opts = run->opts;
    dw_status st = DW_OK;
    run->blank = opts->blanks[0];
    if (opts->blank_count > 1)
        st = dw_volumes_choose(run->catalog, opts->blanks, opts->blank_count, opts->volume_bytes,
                               &run->blank, err);
    const struct dw_profile *profile = profile_for(opts, run->blank);
    if (st == DW_OK && opts->compress)
        st = choose_compression(run, profile, err);
    return st == DW_OK ? dw_catalog_set_profile(run->catalog, profile, err) : st;
}

/* --- the discs --- */

static dw_status make_discs(struct dw_offline_work *run, struct dw_disc_rows *out,
                            struct dw_error *err)
{
    const struct dw_offline_opts *opts = run->opts;
    char volumes[DW_PATH_MAX];
    uint64_t capacity = dw_blank_capacity_bytes(run->blank);
    struct dw_disc_opts disc = {
        .media = run->blank->media,
        .capacity_bytes = opts->volume_bytes ? opts->volume_bytes : capacity,
        .udf_revision = opts->udf_revision,
        .joliet = opts->joliet,
        .multivolume = opts->multivolume,
        .viewer = opts->viewer,
        .institution = opts->institution ? opts->institution : "",
        .made_at_s = opts->made_at_s,
        .previews = run->previews,
        .icons = run->icons,
        .out = volumes,
    };
    if (!dw_text_format(volumes, sizeof volumes, "%s/volume", opts->work))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    struct dw_random random = dw_random_system();
    if (opts->has_seed)
        memcpy(disc.seed, opts->seed, sizeof disc.seed);
    else
        dw_random_fill(&random, disc.seed, sizeof disc.seed);
    return dw_disc_make(run->catalog, &disc, out, err);
}

/* Icons first: arranging for the previews asks for those that the profile demands. */
static dw_status draw_and_write(struct dw_offline_work *run, struct dw_offline *out,
                                struct dw_error *err)
{
    dw_status st = dw_offline_icons(run, err);
    if (st == DW_OK)
        st = dw_icons_find(run->catalog, run->icons, err);
    if (st == DW_OK && run->opts->viewer)
        st = dw_offline_preview(run, err);
    return st == DW_OK ? make_discs(run, &out->discs, err) : st;
}

/* Everything up to the volumes, or up to where somebody has to be asked. */
static dw_status make(struct dw_offline_work *run, struct dw_offline *out, struct dw_error *err)
{
    dw_status st = list_and_scan(run, err);
    if (st == DW_OK)
        st = choose_blank(run, err);
    if (st == DW_OK && run->catalog->forbidden == 0)
        st = dw_offline_convert(run, err);
    if (st == DW_OK && run->catalog->forbidden == 0)
        st = draw_and_write(run, out, err);
    /* Some is found out late: keys and icons that the profile demands and the object cannot give. */
    out->held = (st == DW_OK || st == DW_ERR_UNSUPPORTED) && run->catalog->forbidden > 0;
    return out->held ? DW_OK : st;
}

dw_status dw_offline_run(const struct dw_offline_opts *opts, struct dw_offline *out,
                         struct dw_error *err)
{
    struct dw_offline_work run = {.opts = opts};
    struct dw_offline made = {0};
    dw_status st = make(&run, &made, err);
    if (st == DW_OK) {
        made.blank = run.blank;
        made.media = run.blank->media;
        made.counts = dw_offline_count(&run, made.held);
        made.facts = dw_offline_facts(&run, made.held);
        if (!made.facts)
            st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the report");
    }
    work_done(&run);
    if (st == DW_OK)
        *out = made;
    else
        dw_offline_done(&made);
    return st;
}
