#include "layout/discpages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "layout/fileset/directory.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/manifest.h"

void dw_previews_done(struct dw_previews *previews)
{
    free(previews->files);
    *previews = (struct dw_previews){0};
}

static int compare_files(const void *a, const void *b)
{
    const struct dw_preview_file *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* "17-1.jpg"; anything else in the folder is not ours. */
static bool parse_name(const char *name, struct dw_preview_file *out)
{
    char digits[32];
    int64_t number, frame;
    const char *dash = strchr(name, '-'), *dot = strchr(name, '.');
    if (!dash || !dot || dot < dash || strcmp(dot, ".jpg") != 0)
        return false;
    if (!dw_text_format(digits, sizeof digits, "%.*s", (int)(dash - name), name) ||
        !dw_text_int(digits, 0, INT64_MAX, &number) ||
        !dw_text_format(digits, sizeof digits, "%.*s", (int)(dot - dash - 1), dash + 1) ||
        !dw_text_int(digits, 1, UINT32_MAX, &frame))
        return false;
    *out = (struct dw_preview_file){(uint64_t)number, (uint32_t)frame};
    return true;
}

static dw_status list_folder(struct dw_previews *previews, const char *folder, struct dw_error *err)
{
    DIR *dir = opendir(folder);
    if (!dir && errno == ENOENT)
        return DW_OK; /* nothing was drawn */
    if (!dir)
        return dw_error_set(err, dw_status_from_errno(errno), "open folder '%s': %s", folder,
                            strerror(errno));
    dw_status st = DW_OK;
    struct dirent *entry;
    struct dw_preview_file file;
    while (st == DW_OK && (entry = readdir(dir)) != NULL) {
        if (!parse_name(entry->d_name, &file))
            continue;
        if (previews->count == previews->cap) {
            size_t cap = previews->cap ? previews->cap * 2 : 64;
            struct dw_preview_file *bigger = realloc(previews->files, cap * sizeof *bigger);
            if (!bigger) {
                st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for previews");
                break;
            }
            previews->files = bigger;
            previews->cap = cap;
        }
        previews->files[previews->count++] = file;
    }
    closedir(dir);
    if (previews->count > 0)
        qsort(previews->files, previews->count, sizeof *previews->files, compare_files);
    return st;
}

static size_t first_of(const struct dw_previews *previews, uint64_t number)
{
    size_t low = 0, high = previews->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (previews->files[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool preview_path(const struct dw_previews *previews, size_t i, char *out, size_t size)
{
    return dw_text_format(out, size, "%s/%llu-%u.jpg", previews->folder,
                          (unsigned long long)previews->files[i].number, previews->files[i].frame);
}

dw_status dw_previews_find(struct dw_previews *previews, dw_catalog *catalog, const char *folder,
                           struct dw_error *err)
{
    previews->folder = folder;
    dw_status st = list_folder(previews, folder, err);
    for (uint32_t e = 0; st == DW_OK && previews->count > 0 && e < catalog->entry_count; e++) {
        struct dw_entry *entry = &catalog->entries[e];
        entry->extra_files = 0;
        entry->extra_bytes = 0;
        for (size_t i = first_of(previews, entry->number);
             i < previews->count && previews->files[i].number == entry->number; i++) {
            char path[DW_PATH_MAX];
            struct stat sb;
            if (!preview_path(previews, i, path, sizeof path) || stat(path, &sb) != 0)
                return dw_error_set(err, DW_ERR_NOT_FOUND, "preview %llu-%u.jpg cannot be read",
                                    (unsigned long long)entry->number, previews->files[i].frame);
            entry->extra_files++;
            entry->extra_bytes += ((uint64_t)sb.st_size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE *
                                  DW_BLOCK_SIZE;
        }
    }
    return st;
}

struct dw_volume_extra dw_discpages_extra(const void *ctx, const struct dw_volume_range *range)
{
    const struct dw_disc_opts *opts = ctx;
    return (struct dw_volume_extra){
        .bytes = dw_pages_size_max(range->studies, range->series, range->instances,
                                   range->entry_files, opts->viewer),
        .files = opts->viewer ? 5 + (size_t)range->studies + range->series : 2,
        .folders = opts->viewer,
    };
}

/* Everything that struct dw_pages_volume borrows. */
struct description {
    struct dw_pages_study *studies;
    struct dw_pages_series *series;
    struct dw_pages_instance *instances;
    struct dw_pages_preview *previews;
    char (*disc_paths)[DW_FILEID_LENGTH + 2];
    struct dw_arena arena; /* of preview paths */
    size_t preview_count;
};

static void free_description(struct description *d)
{
    dw_arena_done(&d->arena);
    free(d->previews);
    free(d->disc_paths);
    free(d->instances);
    free(d->series);
    free(d->studies);
}

static bool allocate(struct description *d, const struct dw_volume *volume, size_t previews)
{
    d->studies = calloc((size_t)volume->studies + 1, sizeof *d->studies);
    d->series = calloc((size_t)volume->series + 1, sizeof *d->series);
    d->instances = calloc((size_t)volume->slice.count + 1, sizeof *d->instances);
    d->disc_paths = calloc((size_t)volume->slice.count + 1, sizeof *d->disc_paths);
    d->previews = calloc(previews + 1, sizeof *d->previews);
    return d->studies && d->series && d->instances && d->disc_paths && d->previews;
}

static bool describe_instance(struct description *d, const struct dw_slice_step *step,
                              const struct dw_previews *previews, struct dw_pages_instance *out)
{
    const struct dw_entry *entry = step->entry;
    char fileid[DW_FILEID_LENGTH + 1];
    dw_fileid_make(step->study, step->series, step->instance, fileid);
    dw_fileid_to_path(fileid, d->disc_paths[step->i]);
    *out = (struct dw_pages_instance){
        .disc_path = d->disc_paths[step->i],
        .sop_class = entry->sop_class->uid,
        .number = entry->instance_number,
        .frames = entry->frames,
        .previews = &d->previews[d->preview_count],
        .preview_count = entry->extra_files,
    };
    size_t first = first_of(previews, entry->number);
    for (uint32_t i = 0; i < entry->extra_files; i++) {
        char path[DW_PATH_MAX];
        if (!preview_path(previews, first + i, path, sizeof path))
            return false;
        struct dw_pages_preview *preview = &d->previews[d->preview_count++];
        preview->src_path = dw_arena_text(&d->arena, path);
        preview->frame = previews->files[first + i].frame;
        if (!preview->src_path)
            return false;
    }
    return true;
}

static bool describe(struct description *d, const struct dw_volume *volume,
                     const struct dw_previews *previews)
{
    const dw_catalog *catalog = volume->slice.catalog;
    struct dw_slice_step step;
    size_t begun = 0; /* series */
    for (dw_slice_begin(&volume->slice, &step); dw_slice_next(&step);) {
        struct dw_pages_study *study = &d->studies[step.study - 1];
        if (step.new_study) {
            const struct dw_study *s = dw_entry_study(catalog, step.entry);
            *study = (struct dw_pages_study){
                .date = s->date, .time = s->time, .description = s->description,
                .study_id = s->id, .accession = s->accession, .institution = s->institution,
                .referring_physician = s->referring, .series = &d->series[begun]};
        }
        begun += step.new_series;
        struct dw_pages_series *series = &d->series[begun - 1];
        if (step.new_series) {
            const struct dw_series *s = dw_entry_series(catalog, step.entry);
            *series = (struct dw_pages_series){.modality = s->modality,
                                               .description = s->description,
                                               .number = s->number,
                                               .instances = &d->instances[step.i]};
            study->series_count++;
        }
        series->instance_count++;
        if (!describe_instance(d, &step, previews, &d->instances[step.i]))
            return false;
    }
    return true;
}

static dw_status list_files(const struct dw_pages_list *list, struct dw_volume_file **out,
                            struct dw_error *err)
{
    struct dw_volume_file *files = calloc(list->count + 1, sizeof *files);
    if (!files)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for pages");
    for (size_t i = 0; i < list->count; i++)
        files[i] = (struct dw_volume_file){
            .src_path = list->files[i].src_path,
            .disc_path = list->files[i].disc_path,
            .size_bytes = list->files[i].size_bytes,
            .sha256 = list->files[i].has_sha256 ? list->files[i].sha256 : NULL,
        };
    *out = files;
    return DW_OK;
}

dw_status dw_discpages_write(const struct dw_disc_opts *opts, const struct dw_volume *volume,
                             const struct dw_previews *previews, const char *dir,
                             struct dw_pages_list *out_list, struct dw_volume_file **out_files,
                             struct dw_error *err)
{
    const struct dw_patient *patient = &volume->slice.catalog->patients[volume->patient];
    struct description d = {0};
    char folder[DW_PATH_MAX];
    dw_status st = DW_OK;
    size_t count = 0;
    for (uint32_t i = 0; i < volume->slice.count; i++)
        count += dw_slice_entry(&volume->slice, i)->extra_files;
    if (!dw_text_format(folder, sizeof folder, "%s/pages", dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    else if (!allocate(&d, volume, count) || !describe(&d, volume, previews))
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for pages");
    if (st != DW_OK)
        goto out;
    struct dw_pages_volume pages = {
        .institution = opts->institution,
        .institution_contact = opts->institution_contact,
        .patient_name = patient->name,
        .patient_id = patient->id,
        .issuer = patient->issuer,
        .birth_date = patient->birth_date,
        .sex = patient->sex,
        .made_at_s = opts->made_at_s,
        .n = volume->n,
        .of = volume->of,
        .fileset_id = volume->fileset_id,
        .profile = dw_catalog_claim(volume->slice.catalog),
        .nonconformant = volume->slice.catalog->nonconformant,
        .supplement_of = opts->supplement_of,
        .manifest_path = DW_MANIFEST_PATH,
        .web_content = opts->viewer,
        .studies = d.studies,
        .study_count = volume->studies,
    };
    st = dw_pages_write(&pages, folder, out_list, err);
    if (st == DW_OK)
        st = list_files(out_list, out_files, err);
out:
    free_description(&d);
    return st;
}
