#include "dicom/dcmtk/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "dicom/dcmtk/meta.h"
#include "dicom/dcmtk/sample_parts.h"
#include "dicom/uid.h"

#define FILE_BYTES_MAX (64 * 1024 * 1024)
#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"

uint32_t sample_noise_next(struct sample_noise *noise)
{
    uint64_t x = noise->state ? noise->state : 0x9E3779B97F4A7C15u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    noise->state = x;
    return (uint32_t)(x >> 32);
}

int sample_noise_about(struct sample_noise *noise, int spread)
{
    if (spread <= 0)
        return 0;
    uint32_t r = sample_noise_next(noise);
    int span = 2 * spread + 1; /* the mean of two even ones is peaked in the middle */
    return ((int)((r & 0xFFFF) % (uint32_t)span) + (int)((r >> 16) % (uint32_t)span)) / 2 - spread;
}

void sample_common(const struct sample *sample, dw_elements *set,
                   const struct sample_series *series, const char *instance_uid,
                   int instance_number)
{
    dw_elements_text(set, 0x00080005, "CS", "ISO_IR 192");
    dw_elements_text(set, 0x00080012, "DA", "20260312");
    dw_elements_text(set, 0x00080013, "TM", "101500");
    dw_elements_text(set, 0x00080016, "UI", series->sop_class);
    dw_elements_text(set, 0x00080018, "UI", instance_uid);
    dw_elements_text(set, 0x00080020, "DA", "20260312");
    dw_elements_text(set, 0x00080023, "DA", "20260312");
    dw_elements_text(set, 0x00080030, "TM", "095800");
    dw_elements_textf(set, 0x00080033, "TM", "10%02d%02d", series->number, instance_number % 60);
    dw_elements_text(set, 0x00080050, "SH", "A26-0312-7");
    dw_elements_text(set, 0x00080060, "CS", series->modality);
    dw_elements_text(set, 0x00080070, "LO", "Discwright Synthetic");
    dw_elements_text(set, 0x00080080, "LO", "Krankenhaus Sankt Ærø");
    dw_elements_text(set, 0x00080081, "ST", "Hafenstraße 4, 00000 Musterstadt");
    dw_elements_text(set, 0x00080090, "PN", "Ørsted^Åse^^Dr.");
    dw_elements_text(set, 0x00081030, "LO", "Sample study of a phantom");
    dw_elements_text(set, 0x0008103E, "LO", series->description);
    dw_elements_text(set, 0x00081090, "LO", "Phantom Maker");
    dw_elements_text(set, 0x00100010, "PN", "Müller-Østergård^Zoë");
    dw_elements_text(set, 0x00100020, "LO", "DW-000042");
    dw_elements_text(set, 0x00100021, "LO", "DISCWRIGHT");
    dw_elements_text(set, 0x00100030, "DA", "19661117");
    dw_elements_text(set, 0x00100040, "CS", "F");
    dw_elements_text(set, 0x00101010, "AS", "059Y");
    dw_elements_text(set, 0x00181000, "LO", "000001");
    dw_elements_text(set, 0x00181020, "LO", DW_VERSION);
    dw_elements_text(set, 0x0020000D, "UI", sample->study_uid);
    dw_elements_text(set, 0x0020000E, "UI", series->uid);
    dw_elements_text(set, 0x00200010, "SH", "S260312");
    dw_elements_textf(set, 0x00200011, "IS", "%d", series->number);
    dw_elements_textf(set, 0x00200013, "IS", "%d", instance_number);
}

void sample_pixels(dw_elements *set, unsigned rows, unsigned columns, unsigned samples,
                   unsigned bits_stored)
{
    dw_elements_u16(set, 0x00280002, (uint16_t)samples);
    dw_elements_text(set, 0x00280004, "CS", samples == 3 ? "RGB" : "MONOCHROME2");
    if (samples > 1)
        dw_elements_u16(set, 0x00280006, 0);
    dw_elements_u16(set, 0x00280010, (uint16_t)rows);
    dw_elements_u16(set, 0x00280011, (uint16_t)columns);
    dw_elements_u16(set, 0x00280100, bits_stored > 8 ? 16 : 8);
    dw_elements_u16(set, 0x00280101, (uint16_t)bits_stored);
    dw_elements_u16(set, 0x00280102, (uint16_t)(bits_stored - 1));
    dw_elements_u16(set, 0x00280103, 0);
}

dw_status sample_save(dw_elements *set, const char *sop_class, const char *instance_uid,
                      struct dw_buf *buf, const char *path, struct dw_error *err)
{
    struct dw_meta meta = {.sop_class = sop_class,
                           .sop_instance = instance_uid,
                           .transfer_syntax = DW_TS_EXPLICIT_LE,
                           .source_ae = "DW_SAMPLE"};
    dw_status st = dw_meta_build(&meta, buf, err);
    if (st == DW_OK)
        st = dw_elements_write(set, buf, err);
    if (st != DW_OK)
        return st;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", path,
                            strerror(errno));
    st = dw_file_write_all(NULL, fd, buf->data, buf->size, path, err);
    close(fd);
    if (st != DW_OK)
        unlink(path);
    return st;
}

static void start(struct sample *sample, const char *seed)
{
    memset(sample, 0, sizeof *sample);
    dw_sha256_of(seed, strlen(seed), sample->fixed.seed);
    sample->random = dw_random_from_fixed(&sample->fixed);
    dw_uid_new(&sample->random, sample->study_uid);
    dw_uid_new(&sample->random, sample->frame_uid);
    dw_uid_new(&sample->random, sample->ct_series);
    for (int i = 0; i < SAMPLE_CT_SLICES; i++)
        dw_uid_new(&sample->random, sample->ct_instances[i]);
}

struct job { /* one object of the sample study */
    const char *sop_class, *modality, *description;
    void (*make)(struct sample *sample, dw_elements *set);
};
static const struct job jobs[] = {
    {"1.2.840.10008.5.1.4.1.1.3.1", "US", "Four chamber view", sample_make_us},
    {"1.2.840.10008.5.1.4.1.1.1.1", "DX", "Chest PA", sample_make_dx},
    {"1.2.840.10008.5.1.4.1.1.88.11", "SR", "Findings", sample_make_sr},
    {"1.2.840.10008.5.1.4.1.1.104.1", "DOC", "Letter", sample_make_pdf},
};

static dw_status write_ct(struct sample *sample, int i, const char *path, struct dw_buf *buf,
                          struct dw_error *err)
{
    struct sample_series series = {CT_CLASS, "CT", sample->ct_series, "Head axial 2.5 mm", 1};
    dw_elements *set = dw_elements_new();
    sample_common(sample, set, &series, sample->ct_instances[i], i + 1);
    sample_make_ct(sample, i, set);
    dw_status st = sample_save(set, CT_CLASS, sample->ct_instances[i], buf, path, err);
    dw_elements_free(set);
    return st;
}

static dw_status write_job(struct sample *sample, size_t j, const char *path, struct dw_buf *buf,
                           struct dw_error *err)
{
    char series_uid[DW_UID_MAX], instance_uid[DW_UID_MAX];
    dw_uid_new(&sample->random, series_uid);
    dw_uid_new(&sample->random, instance_uid);
    struct sample_series series = {jobs[j].sop_class, jobs[j].modality, series_uid,
                                   jobs[j].description, (int)j + 2};
    dw_elements *set = dw_elements_new();
    sample_common(sample, set, &series, instance_uid, 1);
    jobs[j].make(sample, set);
    dw_status st = sample_save(set, jobs[j].sop_class, instance_uid, buf, path, err);
    dw_elements_free(set);
    return st;
}

dw_status dw_sample_write(const char *folder, const char *seed, dw_sample_progress_fn *progress,
                          void *ctx, uint64_t *out_files, struct dw_error *err)
{
    dw_status st = dw_file_make_dirs(folder, err);
    if (st != DW_OK)
        return st;
    struct sample *sample = malloc(sizeof *sample);
    if (!sample)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    struct dw_buf buf;
    dw_buf_init(&buf, FILE_BYTES_MAX);
    start(sample, seed);
    uint64_t total = SAMPLE_CT_SLICES + DW_ARRAY_LEN(jobs), done = 0;
    while (st == DW_OK && done < total) {
        char path[DW_PATH_MAX];
        if (!dw_text_format(path, sizeof path, "%s/IM%04" PRIu64 ".dcm", folder, done + 1))
            st = dw_error_set(err, DW_ERR_LIMIT, "path is longer than %d bytes", DW_PATH_MAX - 1);
        else if (done < SAMPLE_CT_SLICES)
            st = write_ct(sample, (int)done, path, &buf, err);
        else
            st = write_job(sample, (size_t)done - SAMPLE_CT_SLICES, path, &buf, err);
        done += st == DW_OK;
        if (st == DW_OK && progress)
            st = progress(ctx, done, total, err);
    }
    if (out_files)
        *out_files = done;
    dw_buf_done(&buf);
    free(sample);
    return st;
}

/* --- large series for measuring --- */

#define BENCH_COLUMNS_MAX 512
#define BENCH_HEADER_BYTES 1700 /* of a file, about: meta header and elements before the pixels */

static dw_status bench_check(const struct dw_sample_bench *bench, struct dw_error *err)
{
    if (bench->count < 1 || bench->count > 1000000 || bench->series < 1 ||
        bench->series > bench->count)
        return dw_error_set(err, DW_ERR_INVALID,
                            "count must be 1 to 1000000 and series 1 to count");
    if (bench->bytes < 2048 || bench->bytes > 16777216)
        return dw_error_set(err, DW_ERR_INVALID, "bytes must be 2048 to 16777216");
    return DW_OK;
}

struct bench_state {
    struct sample *sample;
    const char *folder;
    struct dw_sample_bench bench;
    struct dw_buf buf;
    struct sample_noise noise;
    uint16_t *pixels;
    unsigned rows, columns;
    char series_uid[DW_UID_MAX];
};

static void bench_shape(struct bench_state *b)
{
    uint64_t pixels = b->bench.bytes > BENCH_HEADER_BYTES + 64
                          ? (b->bench.bytes - BENCH_HEADER_BYTES) / 2
                          : 32;
    b->columns = 8;
    while (b->columns < BENCH_COLUMNS_MAX && (uint64_t)b->columns * b->columns * 4 <= pixels)
        b->columns *= 2;
    b->rows = (unsigned)(pixels / b->columns);
    b->rows = b->rows ? b->rows : 1;
}

static dw_status bench_one(struct bench_state *b, uint64_t i, uint64_t in_series, uint64_t series,
                           struct dw_error *err)
{
    char uid[DW_UID_MAX], path[DW_PATH_MAX];
    dw_uid_new(&b->sample->random, uid);
    if (!dw_text_format(path, sizeof path, "%s/SE%04" PRIu64 "/IM%06" PRIu64, b->folder,
                        series + 1, i + 1))
        return dw_error_set(err, DW_ERR_LIMIT, "path is longer than %d bytes", DW_PATH_MAX - 1);
    struct sample_series info = {CT_CLASS, "CT", b->series_uid, "Bench", (int)series + 1};
    dw_elements *set = dw_elements_new();
    sample_common(b->sample, set, &info, uid, (int)in_series + 1);
    sample_ct_geometry(b->sample, set, (int)in_series, (int)in_series + 1, 1.0);
    sample_pixels(set, b->rows, b->columns, 1, 12);
    size_t count = (size_t)b->rows * b->columns;
    for (size_t p = 0; p < count; p++)
        b->pixels[p] = (uint16_t)(sample_noise_next(&b->noise) & 0x0FFF);
    dw_elements_bytes(set, 0x7FE00010, "OW", b->pixels, count * 2);
    dw_status st = sample_save(set, CT_CLASS, uid, &b->buf, path, err);
    dw_elements_free(set);
    return st;
}

static dw_status bench_all(struct bench_state *b, dw_sample_progress_fn *progress, void *ctx,
                           struct dw_error *err)
{
    dw_status st = DW_OK;
    uint64_t in_series = 0, current = UINT64_MAX;
    for (uint64_t i = 0; i < b->bench.count && st == DW_OK; i++, in_series++) {
        uint64_t series = i * b->bench.series / b->bench.count;
        if (series != current) {
            char path[DW_PATH_MAX];
            current = series;
            in_series = 0;
            dw_uid_new(&b->sample->random, b->series_uid);
            if (!dw_text_format(path, sizeof path, "%s/SE%04" PRIu64, b->folder, series + 1))
                return dw_error_set(err, DW_ERR_LIMIT, "path is longer than %d bytes",
                                    DW_PATH_MAX - 1);
            st = dw_file_make_dirs(path, err);
        }
        if (st == DW_OK)
            st = bench_one(b, i, in_series, series, err);
        if (st == DW_OK && progress)
            st = progress(ctx, i + 1, b->bench.count, err);
    }
    return st;
}

dw_status dw_sample_write_bench(const char *folder, const char *seed,
                                const struct dw_sample_bench *bench,
                                dw_sample_progress_fn *progress, void *ctx, struct dw_error *err)
{
    dw_status st = bench_check(bench, err);
    if (st == DW_OK)
        st = dw_file_make_dirs(folder, err);
    if (st != DW_OK)
        return st;
    struct bench_state b = {.folder = folder, .bench = *bench, .noise = {.state = 1}};
    dw_buf_init(&b.buf, FILE_BYTES_MAX);
    bench_shape(&b);
    b.sample = malloc(sizeof *b.sample);
    b.pixels = malloc((size_t)b.rows * b.columns * sizeof *b.pixels);
    if (!b.sample || !b.pixels) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    } else {
        start(b.sample, seed);
        st = bench_all(&b, progress, ctx, err);
    }
    dw_buf_done(&b.buf);
    free(b.pixels);
    free(b.sample);
    return st;
}
