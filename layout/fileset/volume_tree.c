/* The tree of one disc: directory, pages, report, objects, manifest (layout/fileset/volume.h). */
#include "layout/fileset/volume_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "burn/image/udf.h"
#include "layout/fileset/directory.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/manifest.h"
#include "layout/fileset/multivolume.h"
#include "layout/fileset/report.h"

/* Save text in dir and name it on the disc; disc_path begins with a slash. */
static dw_status add_text(dw_tree *tree, const struct dw_buf *text, const char *dir,
                          const char *disc_path, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    uint8_t sha256[DW_SHA256_SIZE];
    if (!dw_text_format(path, sizeof path, "%s%s", dir, disc_path))
        return dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    dw_status st = dw_file_save(NULL, path, text->data, text->size, err);
    dw_sha256_of(text->data, text->size, sha256);
    return st != DW_OK ? st : dw_tree_add(tree, path, disc_path, text->size, sha256, err);
}

static dw_status add_report(dw_tree *tree, const struct dw_volume *volume, const char *dir,
                            struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_status st = dw_report_text(volume, &text, err);
    if (st == DW_OK && text.size > 0)
        st = add_text(tree, &text, dir, "/REPORT.TXT", err);
    dw_buf_done(&text);
    return st;
}

static bool goes_on(const struct dw_volume *volume)
{
    const dw_catalog *catalog = volume->slice.catalog;
    if (volume->n == volume->of)
        return false;
    const struct dw_entry *last = dw_slice_entry(&volume->slice, volume->slice.count - 1);
    const struct dw_entry *next = dw_slice_entry(&volume[1].slice, 0);
    return dw_entry_study(catalog, last) == dw_entry_study(catalog, next);
}

static bool has_descriptor(const struct dw_volume *volume, const struct dw_volume_opts *opts)
{
    return opts->multivolume && volume->of > 1;
}

/* The discs of a patient lie side by side in the list of volumes. */
static dw_status add_descriptor(dw_tree *tree, const struct dw_volume *volume, const char *dir,
                                struct dw_error *err)
{
    struct dw_multivolume_row *rows = calloc(volume->of, sizeof *rows);
    const struct dw_volume *first = volume - (volume->n - 1);
    struct dw_buf text = {0};
    if (!rows)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of discs");
    for (unsigned i = 0; i < volume->of; i++)
        rows[i] = (struct dw_multivolume_row){.fileset_id = first[i].fileset_id,
                                              .fileset_uid = first[i].fileset_uid,
                                              .studies = first[i].studies,
                                              .instances = first[i].slice.count,
                                              .goes_on = goes_on(&first[i])};
    dw_status st = dw_multivolume_text(rows, volume->of, volume->n - 1, &text, err);
    if (st == DW_OK)
        st = add_text(tree, &text, dir, "/" DW_MULTIVOLUME_FILE_ID, err);
    dw_buf_done(&text);
    free(rows);
    return st;
}

/* Base letters of U+00C0 to U+00FF: labels and identifiers of ISO 9660 have no others. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOXOUUUUYTSAAAAAAACEEEEIIIIDNOOOOO_OUUUUYTY";

/* a-characters of ISO 9660 (7.4.1); what is none becomes a letter that looks like it, or '_'. */
static void to_a_characters(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p && n + 1 < size; p++) {
        char c = (char)*p;
        if (*p >= 'a' && *p <= 'z')
            c = (char)(*p - 'a' + 'A');
        else if (*p == 0xC3 && p[1] >= 0x80 && p[1] <= 0xBF)
            c = latin[*++p - 0x80];
        else if ((*p & 0xC0) == 0x80)
            continue;
        else if (!(*p >= 'A' && *p <= 'Z') && !(*p >= '0' && *p <= '9') &&
                 !strchr(" !\"%&'()*+,-./:;<=>?_", *p))
            c = '_';
        out[n++] = c;
    }
    out[n] = '\0';
}

uint16_t dw_volume_udf_revision(const dw_catalog *catalog, const struct dw_volume_opts *opts)
{
    const char *of_profile = catalog->opts.profile->udf;
    if (opts->udf_revision != 0 || !of_profile)
        return opts->udf_revision;
    return dw_udf_revision_from_name(of_profile);
}

static dw_status set_format(dw_tree *tree, const struct dw_volume *volume,
                            const struct dw_volume_opts *opts, struct dw_error *err)
{
    struct dw_tree_format format = *dw_tree_format(tree);
    format.udf_revision = dw_volume_udf_revision(volume->slice.catalog, opts);
    format.joliet = opts->joliet;
    if (opts->publisher)
        to_a_characters(opts->publisher, format.publisher, sizeof format.publisher);
    return dw_tree_set_format(tree, &format, err);
}

static dw_status add_directory(dw_tree *tree, const struct dw_volume *volume,
                               const struct dw_volume_opts *vopts, const char *dir,
                               struct dw_error *err)
{
    char path[DW_PATH_MAX];
    uint8_t sha256[DW_SHA256_SIZE];
    uint64_t size;
    struct dw_directory_opts opts = {
        .fileset_id = volume->fileset_id,
        .fileset_uid = volume->fileset_uid,
        .descriptor_file_id = has_descriptor(volume, vopts) ? DW_MULTIVOLUME_FILE_ID : NULL,
    };
    if (!dw_text_format(path, sizeof path, "%s/DICOMDIR", dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the folder's path is too long");
    dw_status st = dw_directory_save(&volume->slice, &opts, path, &size, sha256, err);
    return st != DW_OK ? st : dw_tree_add(tree, path, "/DICOMDIR", size, sha256, err);
}

static dw_status add_objects(dw_tree *tree, const struct dw_volume *volume, struct dw_error *err)
{
    struct dw_slice_step step;
    dw_status st = DW_OK;
    for (dw_slice_begin(&volume->slice, &step); st == DW_OK && dw_slice_next(&step);) {
        char fileid[DW_FILEID_LENGTH + 1], disc_path[DW_FILEID_LENGTH + 2];
        if (step.study > DW_FILEID_MAX || step.series > DW_FILEID_MAX ||
            step.instance > DW_FILEID_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "more than %d objects in one folder of the disc",
                                DW_FILEID_MAX);
        dw_fileid_make(step.study, step.series, step.instance, fileid);
        dw_fileid_to_path(fileid, disc_path);
        st = dw_tree_add(tree, step.entry->path, disc_path, step.entry->size_bytes,
                         step.entry->sha256, err);
        if (st != DW_OK)
            dw_error_prefix(err, st, "object %llu", (unsigned long long)step.entry->number);
    }
    return st;
}

dw_status dw_volume_make_tree(const struct dw_volume *volume, const struct dw_volume_opts *opts,
                              const char *dir, const struct dw_volume_file *files,
                              size_t file_count, dw_tree **out, struct dw_error *err)
{
    dw_tree *tree;
    dw_status st = dw_tree_new(&tree, err);
    if (st != DW_OK)
        return st;
    st = dw_tree_set_label(tree, volume->fileset_id, opts->made_at_s, err);
    if (st == DW_OK)
        st = set_format(tree, volume, opts, err);
    if (st == DW_OK)
        st = add_directory(tree, volume, opts, dir, err);
    if (st == DW_OK && opts->last_use)
        dw_catalog_drop_keys(opts->last_use);
    for (size_t i = 0; st == DW_OK && i < file_count; i++)
        st = dw_tree_add(tree, files[i].src_path, files[i].disc_path, files[i].size_bytes,
                         files[i].sha256, err);
    if (st == DW_OK && has_descriptor(volume, opts))
        st = add_descriptor(tree, volume, dir, err);
    if (st == DW_OK)
        st = add_report(tree, volume, dir, err);
    if (st == DW_OK)
        st = add_objects(tree, volume, err);
    if (st == DW_OK)
        st = dw_manifest_add(tree, err);
    if (st != DW_OK) {
        dw_tree_free(tree);
        return st;
    }
    *out = tree;
    return DW_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

dw_status dw_volume_instances_sha256(const struct dw_volume *volume,
                                     char out[2 * DW_SHA256_SIZE + 1], struct dw_error *err)
{
    uint32_t count = volume->slice.count;
    const char **uids = calloc((size_t)count + 1, sizeof *uids);
    if (!uids)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of instances");
    for (uint32_t i = 0; i < count; i++)
        uids[i] = dw_slice_entry(&volume->slice, i)->sop_instance;
    qsort(uids, count, sizeof *uids, compare_texts);
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_start(sha);
    for (uint32_t i = 0; i < count; i++) {
        dw_sha256_add(sha, uids[i], strlen(uids[i]));
        dw_sha256_add(sha, "\n", 1);
    }
    uint8_t hash[DW_SHA256_SIZE];
    dw_sha256_end(sha, hash);
    dw_text_hex(hash, sizeof hash, out);
    dw_sha256_free(sha);
    free(uids);
    return DW_OK;
}
