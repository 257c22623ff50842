#include "layout/fileset/volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/random.h"
#include "burn/image/udf.h"
#include "layout/fileset/directory.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/manifest.h"
#include "layout/fileset/report.h"
#include "layout/fileset/split.h"
#include "layout/fileset/volume_tree.h"

#define OWN_FILES 4   /* DICOMDIR, REPORT.TXT, descriptor file, manifest */
#define OWN_FOLDERS 1 /* DICOM */
#define TOO_LARGE "it is larger than the medium"

void dw_volumes_done(struct dw_volumes *volumes)
{
    free(volumes->rows);
    *volumes = (struct dw_volumes){0};
}

static uint64_t round_up(uint64_t bytes)
{
    return (bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
}

static uint64_t capacity_of(const struct dw_volume_opts *opts)
{
    return opts->capacity_bytes ? opts->capacity_bytes : dw_media_capacity_bytes(opts->media);
}

/* What one object takes: its blocks, its directory record, its line of the manifest. */
static uint64_t entry_bytes(const struct dw_entry *entry, uint64_t file_bytes)
{
    return round_up(file_bytes) + dw_directory_entry_bytes(entry) +
           dw_manifest_line_bytes(DW_FILEID_LENGTH + 1);
}

/* Running sums over the reading order of one patient; [i] is what lies before thing i. */
struct ledger {
    const dw_catalog *catalog;
    const struct dw_volume_opts *opts;
    uint32_t first;            /* of the patient, in catalog->order */
    uint32_t count;
    uint64_t *bytes;
    uint32_t *series, *studies; /* begun */
    uint32_t *files;            /* that come with the objects */
    uint64_t fixed;            /* on every disc: patient, heads, report */
    uint64_t above;            /* largest study and series record: repeated behind a cut */
};

static const struct dw_entry *thing(const struct ledger *ledger, uint32_t i)
{
    return &ledger->catalog->entries[ledger->catalog->order[ledger->first + i]];
}

static enum dw_border border_before(void *ctx, uint32_t i)
{
    const struct ledger *ledger = ctx;
    if (i == 0)
        return DW_BORDER_STUDY;
    const struct dw_entry *before = thing(ledger, i - 1), *entry = thing(ledger, i);
    if (before->series == entry->series)
        return DW_BORDER_INSTANCE;
    return dw_entry_study(ledger->catalog, before) == dw_entry_study(ledger->catalog, entry)
               ? DW_BORDER_SERIES
               : DW_BORDER_STUDY;
}

/* Descriptors and directories. A second directory has names of twice as many bytes, another revision than the
 * medium's stands beside what the medium asks for: both are bounds, not sums to the byte. */
static uint64_t overhead(const dw_catalog *catalog, const struct dw_volume_opts *opts, size_t files,
                         size_t folders)
{
    uint64_t bytes = dw_plan_overhead_bytes(opts->media, files, folders);
    uint16_t revision = dw_volume_udf_revision(catalog, opts);
    if (opts->joliet)
        bytes += 2 * dw_plan_overhead_bytes(DW_MEDIA_CD, files, folders);
    if (revision != 0)
        bytes += dw_udf_overhead_blocks_max(revision, files, folders) * DW_BLOCK_SIZE;
    return bytes;
}

static uint64_t cost_of(void *ctx, uint32_t first, uint32_t end)
{
    const struct ledger *ledger = ctx;
    const struct dw_volume_opts *opts = ledger->opts;
    if (end <= first)
        return 0;
    enum dw_border border = border_before(ctx, first);
    struct dw_volume_range range = {
        .instances = end - first,
        .series = ledger->series[end] - ledger->series[first] + (border == DW_BORDER_INSTANCE),
        .studies = ledger->studies[end] - ledger->studies[first] + (border != DW_BORDER_STUDY),
        .entry_files = ledger->files[end] - ledger->files[first],
    };
    struct dw_volume_extra extra = {0};
    if (opts->extra)
        extra = opts->extra(opts->ctx, &range);
    extra.files += range.entry_files;
    return ledger->bytes[end] - ledger->bytes[first] + ledger->fixed + ledger->above + extra.bytes +
           extra.files * dw_manifest_line_bytes(sizeof "/IHE_PDI/P0000001.JPG" - 1) +
           dw_report_range_bytes_max(range.studies, range.series) +
           overhead(ledger->catalog, opts, range.instances + extra.files + OWN_FILES,
                    range.studies + range.series + extra.folders + OWN_FOLDERS);
}

static dw_status open_ledger(struct ledger *ledger, struct dw_error *err)
{
    size_t n = (size_t)ledger->count + 1;
    ledger->bytes = calloc(n, sizeof *ledger->bytes);
    ledger->series = calloc(n, sizeof *ledger->series);
    ledger->studies = calloc(n, sizeof *ledger->studies);
    ledger->files = calloc(n, sizeof *ledger->files);
    if (!ledger->bytes || !ledger->series || !ledger->studies || !ledger->files)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for splitting");
    uint32_t largest_study = 0, largest_series = 0;
    for (uint32_t i = 0; i < ledger->count; i++) {
        const struct dw_entry *entry = thing(ledger, i);
        enum dw_border border = border_before(ledger, i);
        uint64_t bytes = entry_bytes(entry, entry->size_bytes) + entry->extra_bytes;
        if (border >= DW_BORDER_SERIES) {
            uint32_t b = dw_directory_series_bytes(dw_entry_series(ledger->catalog, entry));
            largest_series = b > largest_series ? b : largest_series;
            bytes += b;
        }
        if (border == DW_BORDER_STUDY) {
            uint32_t b = dw_directory_study_bytes(dw_entry_study(ledger->catalog, entry));
            largest_study = b > largest_study ? b : largest_study;
            bytes += b;
        }
        ledger->bytes[i + 1] = ledger->bytes[i] + bytes;
        ledger->files[i + 1] = ledger->files[i] + entry->extra_files;
        ledger->series[i + 1] = ledger->series[i] + (border >= DW_BORDER_SERIES);
        ledger->studies[i + 1] = ledger->studies[i] + (border == DW_BORDER_STUDY);
    }
    uint32_t patient = dw_entry_patient_index(ledger->catalog, thing(ledger, 0));
    ledger->above = largest_study + largest_series;
    ledger->fixed = dw_directory_patient_bytes(&ledger->catalog->patients[patient]) +
                    DW_DIRECTORY_HEAD_MAX + dw_report_fixed_bytes_max(ledger->catalog, patient) +
                    3 * DW_BLOCK_SIZE + /* DICOMDIR, report and manifest are rounded up */
                    (ledger->opts->multivolume ? DW_VOLUME_DESCRIPTOR_BYTES_MAX : 0);
    return DW_OK;
}

static void close_ledger(struct ledger *ledger)
{
    free(ledger->bytes);
    free(ledger->series);
    free(ledger->studies);
    free(ledger->files);
}

/* The same seed gives the same UIDs, whatever else is made in between. */
static void name_volume(struct dw_volume *volume, const struct dw_volume_opts *opts)
{
    uint8_t in[48] = {0};
    struct dw_random_fixed fixed = {0};
    memcpy(in, opts->seed, 32);
    snprintf((char *)in + 32, 16, "%u/%u", volume->patient % 1000000, volume->n % 1000);
    dw_sha256_of(in, sizeof in, fixed.seed);
    struct dw_random random = dw_random_from_fixed(&fixed);
    dw_uid_new(&random, volume->fileset_uid);

    struct tm tm;
    time_t t = (time_t)opts->made_at_s;
    uint8_t tail[2];
    char date[16] = "";
    dw_random_fill(&random, tail, sizeof tail);
    if (!gmtime_r(&t, &tm) || strftime(date, sizeof date, "%Y%m%d", &tm) != 8)
        date[0] = '\0';
    snprintf(volume->fileset_id, sizeof volume->fileset_id, "D%.8s%02X%02X_%02u", date, tail[0],
             tail[1], volume->n % 100);
}

static dw_status append_volumes(const struct ledger *ledger, const uint32_t *ends, uint32_t discs,
                                struct dw_volumes *out, struct dw_error *err)
{
    struct dw_volume *rows = realloc(out->rows, (out->count + discs) * sizeof *rows);
    if (!rows)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for volumes");
    out->rows = rows;
    uint32_t first = 0;
    for (uint32_t i = 0; i < discs; i++) {
        struct dw_volume *volume = &rows[out->count++];
        enum dw_border border = border_before((void *)ledger, first);
        *volume = (struct dw_volume){
            .slice = {ledger->catalog, ledger->first + first, ends[i] - first},
            .patient = dw_entry_patient_index(ledger->catalog, thing(ledger, first)),
            .series = ledger->series[ends[i]] - ledger->series[first] +
                      (border == DW_BORDER_INSTANCE),
            .studies = ledger->studies[ends[i]] - ledger->studies[first] +
                       (border != DW_BORDER_STUDY),
        };
        first = ends[i];
    }
    return DW_OK;
}

/* Take one object out of the reading order. */
static dw_status too_large(dw_catalog *catalog, uint32_t at, struct dw_error *err)
{
    dw_status st = dw_catalog_leave_off(catalog, catalog->order[at], TOO_LARGE, err);
    memmove(&catalog->order[at], &catalog->order[at + 1],
            (catalog->order_count - at - 1) * sizeof *catalog->order);
    catalog->order_count--;
    return st;
}

static bool is_same_run(const dw_catalog *catalog, const struct dw_entry *a,
                        const struct dw_entry *b)
{
    return a->layer == b->layer &&
           dw_entry_patient_index(catalog, a) == dw_entry_patient_index(catalog, b);
}

/* The discs of the patient and layer whose objects begin at *first, which moves behind them. */
static dw_status split_run(dw_catalog *catalog, const struct dw_volume_opts *opts,
                               uint32_t *first, struct dw_volumes *out, struct dw_error *err)
{
    uint32_t ends[DW_VOLUMES_PER_JOB_MAX], discs = 0, stuck = UINT32_MAX;
    dw_status st;
    do {
        struct ledger ledger = {.catalog = catalog, .opts = opts, .first = *first};
        if (*first >= catalog->order_count)
            return DW_OK;
        while (*first + ledger.count < catalog->order_count &&
               is_same_run(catalog, thing(&ledger, 0), thing(&ledger, ledger.count)))
            ledger.count++;
        struct dw_split split = {
            .count = ledger.count,
            .border = border_before,
            .cost = cost_of,
            .ctx = &ledger,
            .capacity_bytes = capacity_of(opts),
            .discs_max = DW_VOLUMES_PER_JOB_MAX,
        };
        st = open_ledger(&ledger, err);
        if (st == DW_OK)
            st = dw_split(&split, ends, &discs, &stuck, err);
        if (st == DW_OK)
            st = append_volumes(&ledger, ends, discs, out, err);
        close_ledger(&ledger);
        if (st == DW_OK)
            *first += ledger.count;
        else if (st == DW_ERR_LIMIT && stuck != UINT32_MAX)
            st = too_large(catalog, *first + stuck, err);
        else
            stuck = UINT32_MAX;
    } while (st == DW_OK && stuck != UINT32_MAX);
    return st;
}

/* What no cut can help: files larger than the medium, or than ISO 9660 level 1 can say (PS3.12 F, CD). */
static dw_status drop_giants(dw_catalog *catalog, const struct dw_volume_opts *opts,
                             struct dw_error *err)
{
    uint64_t capacity = capacity_of(opts);
    uint32_t kept = 0;
    dw_status st = DW_OK;
    for (uint32_t i = 0; st == DW_OK && i < catalog->order_count; i++) {
        uint64_t size = catalog->entries[catalog->order[i]].size_bytes;
        if (size > capacity)
            st = dw_catalog_leave_off(catalog, catalog->order[i], TOO_LARGE, err);
        else if (size > UINT32_MAX && opts->media == DW_MEDIA_CD)
            st = dw_catalog_leave_off(catalog, catalog->order[i],
                                      "a file of this medium holds less than 4 GiB", err);
        else
            catalog->order[kept++] = catalog->order[i];
    }
    if (st == DW_OK)
        catalog->order_count = kept;
    return st;
}

static void mark_entries(const struct dw_volume *volume)
{
    dw_catalog *catalog = (dw_catalog *)volume->slice.catalog; /* dw_volumes_plan() has it to write */
    for (uint32_t i = 0; i < volume->slice.count; i++)
        catalog->entries[catalog->order[volume->slice.first + i]].disc = (uint8_t)volume->n;
}

/* All discs of one patient are one row, those of further layers behind the others. */
static dw_status number_volumes(const struct dw_volume_opts *opts, struct dw_volumes *volumes,
                                struct dw_error *err)
{
    for (size_t first = 0, end; first < volumes->count; first = end) {
        for (end = first; end < volumes->count; end++)
            if (volumes->rows[end].patient != volumes->rows[first].patient)
                break;
        if (end - first > DW_VOLUMES_PER_JOB_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "more than %d discs would be needed",
                                DW_VOLUMES_PER_JOB_MAX);
        for (size_t i = first; i < end; i++) {
            volumes->rows[i].n = (unsigned)(i - first + 1);
            volumes->rows[i].of = (unsigned)(end - first);
            name_volume(&volumes->rows[i], opts);
            mark_entries(&volumes->rows[i]);
        }
    }
    return DW_OK;
}

dw_status dw_volumes_plan(dw_catalog *catalog, const struct dw_volume_opts *opts,
                          struct dw_volumes *out, struct dw_error *err)
{
    struct dw_volumes volumes = {0};
    uint32_t first = 0;
    dw_status st = drop_giants(catalog, opts, err);
    while (st == DW_OK && first < catalog->order_count)
        st = split_run(catalog, opts, &first, &volumes, err);
    if (st == DW_OK)
        st = number_volumes(opts, &volumes, err);
    if (st == DW_OK && volumes.count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "none of %u objects can go on this medium",
                          catalog->entry_count);
    for (size_t i = 1; st == DW_OK && opts->one_patient && i < volumes.count; i++)
        if (volumes.rows[i].patient != volumes.rows[0].patient)
            st = dw_error_set(err, DW_ERR_CONFLICT,
                              "the objects belong to more than one patient, and a disc holds one");
    if (st != DW_OK) {
        dw_volumes_done(&volumes);
        return st;
    }
    *out = volumes;
    return DW_OK;
}
