#include "layout/pages/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layout/pages/parts.h"
#include "viewer-payload/payload.h"

#define PAGE_MAX (256u * 1024 * 1024) /* a series of some 500,000 pictures */

/* Bounds for dw_pages_size_max(); a test fills every field to the brim and compares. */
#define TEXT_COST (6u * DW_WORDS_MAX) /* all '"' */
#define PAGE_COST (12u * 1024 + 12u * TEXT_COST + 6u * 1024)
#define STUDY_COST (512u + 8u * TEXT_COST)
#define SERIES_COST                                                                                \
    (1024u + 5u * TEXT_COST) /* a row of INDEX.HTM and a card of IHE_PDI/INDEX.HTM */
#define INSTANCE_COST 320u   /* a line with the place of one that has no picture */
#define KIND_COST 96u        /* "1 report with 2 frames, " */
#define KINDS 16u            /* of one series */
#define PREVIEW_COST 560u

void dw_pages_list_done(struct dw_pages_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->files[i].src_path);
    free(list->files);
    memset(list, 0, sizeof *list);
}

static dw_status list_add(struct dw_pages_list *list, const char *src_path, const char *disc_path,
                          uint64_t size_bytes, const uint8_t *sha256, struct dw_error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct dw_pages_file *files = realloc(list->files, cap * sizeof *files);
        if (!files)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for %zu pages", cap);
        list->files = files;
        list->cap = cap;
    }
    struct dw_pages_file file = {.size_bytes = size_bytes, .has_sha256 = sha256 != NULL};
    if (!dw_text_copy(file.disc_path, sizeof file.disc_path, disc_path))
        return dw_error_set(err, DW_ERR_INTERNAL, "page name '%s' is too long", disc_path);
    if (sha256)
        memcpy(file.sha256, sha256, sizeof file.sha256);
    file.src_path = strdup(src_path);
    if (!file.src_path)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a page name");
    list->files[list->count++] = file;
    return DW_OK;
}

struct writer {
    const struct dw_pages_volume *volume;
    const char *folder;
    struct dw_parts parts;
    struct dw_buf page;
    struct dw_pages_list *out;
};

/* The page as a file. In the folder its name is flat: IHE_PDI/INDEX.HTM and INDEX.HTM are two
 * files. */
static dw_status save(struct writer *w, const char *file_name, const char *disc_path,
                      struct dw_error *err)
{
    char path[DW_PATH_MAX];
    uint8_t sha256[DW_SHA256_SIZE];
    dw_status st = dw_buf_check(&w->page, file_name, err);
    if (st != DW_OK)
        return st;
    if (!dw_text_format(path, sizeof path, "%s/%s", w->folder, file_name))
        return dw_error_set(err, DW_ERR_LIMIT, "path of %s is longer than %d bytes", file_name,
                            DW_PATH_MAX);
    st = dw_file_save(NULL, path, w->page.data, w->page.size, err);
    if (st != DW_OK)
        return st;
    dw_sha256_of(w->page.data, w->page.size, sha256);
    st = list_add(w->out, path, disc_path, w->page.size, sha256, err);
    dw_buf_reset(&w->page);
    return st;
}

static dw_status list_previews(struct writer *w, const struct dw_pages_series *series,
                               size_t *preview_number, struct dw_error *err)
{
    for (size_t i = 0; i < series->instance_count; i++) {
        const struct dw_pages_instance *instance = &series->instances[i];
        for (size_t k = 0; k < instance->preview_count; k++) {
            const char *src = instance->previews[k].src_path;
            char disc_path[32];
            struct stat info;
            if (stat(src, &info) != 0)
                return dw_error_set(err, dw_status_from_errno(errno), "preview '%s': %s", src,
                                    strerror(errno));
            if (!dw_text_format(disc_path, sizeof disc_path, "/IHE_PDI/P%07zu.JPG",
                                (*preview_number)++))
                return dw_error_set(err, DW_ERR_INTERNAL, "preview name is too long");
            dw_status st = list_add(w->out, src, disc_path, (uint64_t)info.st_size, NULL, err);
            if (st != DW_OK)
                return st;
        }
    }
    return DW_OK;
}

static dw_status write_web(struct writer *w, size_t series_count, struct dw_error *err)
{
    const struct dw_pages_volume *volume = w->volume;
    dw_web_index(&w->page, volume, &w->parts);
    dw_status st = save(w, "WEB.HTM", "/IHE_PDI/INDEX.HTM", err);
    size_t series_number = 1, preview_number = 1;
    for (size_t i = 0; st == DW_OK && i < volume->study_count; i++) {
        const struct dw_pages_study *study = &volume->studies[i];
        for (size_t k = 0; st == DW_OK && k < study->series_count; k++, series_number++) {
            const struct dw_pages_series *series = &study->series[k];
            char name[16], disc_path[32];
            if (!dw_text_format(name, sizeof name, "S%07zu.HTM", series_number) ||
                !dw_text_format(disc_path, sizeof disc_path, "/IHE_PDI/%s", name))
                return dw_error_set(err, DW_ERR_INTERNAL, "page name is too long");
            dw_web_series(&w->page, &w->parts, study, series, series_number, series_count,
                          preview_number);
            st = save(w, name, disc_path, err);
            if (st == DW_OK)
                st = list_previews(w, series, &preview_number, err);
        }
    }
    return st;
}

static dw_status check_limits(const struct dw_pages_volume *volume, size_t *out_series,
                              struct dw_error *err)
{
    size_t series = 0, previews = 0;
    for (size_t i = 0; i < volume->study_count; i++) {
        series += volume->studies[i].series_count;
        for (size_t k = 0; k < volume->studies[i].series_count; k++)
            previews += dw_parts_series_previews(&volume->studies[i].series[k]);
    }
    *out_series = series;
    if (series > DW_PAGES_SERIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%zu series on one disc, pages hold at most %d",
                            series, DW_PAGES_SERIES_MAX);
    if (previews > DW_PAGES_PREVIEWS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%zu previews on one disc, pages hold at most %d",
                            previews, DW_PAGES_PREVIEWS_MAX);
    return DW_OK;
}

dw_status dw_pages_write(const struct dw_pages_volume *volume, const char *folder,
                         struct dw_pages_list *out, struct dw_error *err)
{
    struct writer w = {.volume = volume, .folder = folder, .out = out};
    size_t series_count = 0;
    dw_pages_list_done(out);
    dw_buf_init(&w.page, PAGE_MAX);
    dw_parts_init(&w.parts, volume);

    dw_status st = check_limits(volume, &series_count, err);
    if (st == DW_OK)
        st = dw_file_make_dirs(folder, err);
    if (st != DW_OK)
        goto out;
    dw_root_readme(&w.page, volume);
    st = save(&w, "README.TXT", "/README.TXT", err);
    if (st != DW_OK)
        goto out;
    dw_root_index(&w.page, volume, &w.parts);
    st = save(&w, "INDEX.HTM", "/INDEX.HTM", err);
    if (st == DW_OK && volume->web_content)
        st = write_web(&w, series_count, err);
out:
    dw_parts_done(&w.parts);
    dw_buf_done(&w.page);
    if (st != DW_OK)
        dw_pages_list_done(out);
    return st;
}

uint64_t dw_pages_size_max(size_t studies, size_t series, size_t instances, size_t previews,
                           bool web_content)
{
    uint64_t kinds = instances < KINDS * (uint64_t)series ? instances : KINDS * (uint64_t)series;
    uint64_t root = 2 * PAGE_COST + (uint64_t)studies * STUDY_COST +
                    (uint64_t)series * SERIES_COST + kinds * KIND_COST;
    uint64_t bytes = root + 2 * DW_BLOCK_SIZE;
    if (web_content)
        bytes += root + DW_BLOCK_SIZE +
                 (uint64_t)series * (PAGE_COST + 3 * TEXT_COST + DW_BLOCK_SIZE) +
                 kinds * KIND_COST + (uint64_t)instances * INSTANCE_COST +
                 (uint64_t)previews * PREVIEW_COST;
    return (bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
}
