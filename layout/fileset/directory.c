#include "layout/fileset/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/random.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/icons.h"

#define WRITE_BYTES (256 * 1024)
#define CLASS_DICOMDIR "1.2.840.10008.1.3.10"

#define ITEM_HEAD 8                    /* (FFFE,E000) and its length */
#define LINKS_BYTES (12 + 10 + 12)     /* (0004,1400), (0004,1410), (0004,1420) */
#define SHORT_HEAD 8                   /* tag, VR and 16-bit length */
#define GENERAL_CLASS 0x0008001Au      /* Related General SOP Class UID of the instance */
#define ICON_SEQUENCE 0x00880200u
#define ICON_HEAD (12 + ITEM_HEAD)     /* of the sequence and its one item */
#define ICON_ELEMENTS (7 * 10 + 20 + 12) /* seven numbers, one code, the head of the pixels */

struct writer {
    const struct dw_disk *disk;
    const char *path;
    int fd;
    uint8_t *buf;
    size_t used;
    uint64_t total;
    dw_sha256 *sha; /* NULL: nobody asked */
    uint8_t *icon;  /* room for the pixels of one */
    dw_status st;   /* the first failure; later calls do nothing */
    struct dw_error *err;
};

/* --- sizes --- */

static uint32_t even(size_t length)
{
    return (uint32_t)(length + (length & 1));
}

static uint32_t text_bytes(const char *text)
{
    return SHORT_HEAD + even(strlen(text));
}

static uint32_t node_bytes(const char *type, uint32_t keys)
{
    return ITEM_HEAD + LINKS_BYTES + text_bytes(type) + keys;
}

/* (0004,151A) is required when the instance carries (0008,001A); as a key it would not be legal. */
static bool find_general_class(const struct dw_entry *entry, struct dw_key *out)
{
    return dw_keys_find(entry->keys, entry->keys_size, GENERAL_CLASS, out) && out->length > 0;
}

static uint32_t icon_bytes(uint32_t edge)
{
    return edge == 0 ? 0 : ICON_HEAD + ICON_ELEMENTS + edge * edge;
}

uint32_t dw_directory_entry_bytes(const struct dw_entry *entry)
{
    uint32_t private_uid = entry->sop_class->is_private ? text_bytes(entry->sop_class->uid) : 0;
    return node_bytes(entry->sop_class->record_type, entry->keys_size) + private_uid + SHORT_HEAD +
           DW_FILEID_LENGTH + text_bytes(entry->sop_class->uid) + text_bytes(entry->sop_instance) +
           text_bytes(entry->syntax->uid) + icon_bytes(entry->icon_edge);
}

uint32_t dw_directory_series_bytes(const struct dw_series *series)
{
    return node_bytes("SERIES", (uint32_t)series->keys.data.size);
}

uint32_t dw_directory_study_bytes(const struct dw_study *study)
{
    return node_bytes("STUDY", (uint32_t)study->keys.data.size);
}

uint32_t dw_directory_patient_bytes(const struct dw_patient *patient)
{
    return node_bytes("PATIENT", (uint32_t)patient->keys.data.size);
}

/* --- a slice, step by step --- */

void dw_slice_begin(const struct dw_slice *slice, struct dw_slice_step *out)
{
    *out = (struct dw_slice_step){.slice = slice, .i = UINT32_MAX};
}

bool dw_slice_next(struct dw_slice_step *step)
{
    const dw_catalog *catalog = step->slice->catalog;
    const struct dw_entry *before = step->entry;
    if (++step->i >= step->slice->count)
        return false;
    step->entry = dw_slice_entry(step->slice, step->i);
    step->new_series = !before || before->series != step->entry->series;
    step->new_study = !before || catalog->series[before->series].study !=
                                     catalog->series[step->entry->series].study;
    if (step->new_study) {
        step->study++;
        step->series = 0;
    }
    if (step->new_series) {
        step->series++;
        step->instance = 0;
    }
    step->instance++;
    return true;
}

/* --- bytes --- */

static void flush(struct writer *w)
{
    if (w->st == DW_OK && w->used > 0) {
        if (w->sha)
            dw_sha256_add(w->sha, w->buf, w->used);
        w->st = dw_file_write_all(w->disk, w->fd, w->buf, w->used, w->path, w->err);
    }
    w->used = 0;
}

static void put(struct writer *w, const void *data, size_t size)
{
    const uint8_t *p = data;
    w->total += size;
    while (size > 0) {
        size_t n = WRITE_BYTES - w->used < size ? WRITE_BYTES - w->used : size;
        memcpy(w->buf + w->used, p, n);
        w->used += n;
        p += n;
        size -= n;
        if (w->used == WRITE_BYTES)
            flush(w);
    }
}

static void put_u16(struct writer *w, uint16_t v)
{
    put(w, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

static void put_u32(struct writer *w, uint32_t v)
{
    put(w, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}, 4);
}

static void put_head(struct writer *w, uint16_t group, uint16_t element, const char *vr,
                     size_t length)
{
    put_u16(w, group);
    put_u16(w, element);
    put(w, vr, 2);
    put_u16(w, (uint16_t)length);
}

static void put_ul(struct writer *w, uint16_t element, uint32_t value)
{
    put_head(w, 0x0004, element, "UL", 4);
    put_u32(w, value);
}

/* UIDs are padded with a zero, everything else with a space (PS3.5 6.2). */
static void put_text(struct writer *w, uint16_t group, uint16_t element, const char *vr,
                     const char *text)
{
    size_t length = strlen(text);
    put_head(w, group, element, vr, even(length));
    put(w, text, length);
    if (length & 1)
        put(w, memcmp(vr, "UI", 2) == 0 ? "" : " ", 1);
}

static void put_meta(struct writer *w, const struct dw_directory_opts *opts)
{
    static const uint8_t preamble[128];
    uint32_t length = 14 + text_bytes(CLASS_DICOMDIR) + text_bytes(opts->fileset_uid) +
                      text_bytes(DW_TS_EXPLICIT_LE) + text_bytes(DW_IMPLEMENTATION_CLASS_UID) +
                      text_bytes(DW_IMPLEMENTATION_VERSION_NAME);
    put(w, preamble, sizeof preamble);
    put(w, "DICM", 4);
    put_head(w, 0x0002, 0x0000, "UL", 4);
    put_u32(w, length);
    put_head(w, 0x0002, 0x0001, "OB", 0);
    put_u32(w, 2);
    put(w, "\0\1", 2);
    put_text(w, 0x0002, 0x0002, "UI", CLASS_DICOMDIR);
    put_text(w, 0x0002, 0x0003, "UI", opts->fileset_uid);
    put_text(w, 0x0002, 0x0010, "UI", DW_TS_EXPLICIT_LE);
    put_text(w, 0x0002, 0x0012, "UI", DW_IMPLEMENTATION_CLASS_UID);
    put_text(w, 0x0002, 0x0013, "SH", DW_IMPLEMENTATION_VERSION_NAME);
}

static void put_links(struct writer *w, const char *type, uint32_t bytes, uint32_t next,
                      uint32_t lower)
{
    put_u16(w, 0xFFFE);
    put_u16(w, 0xE000);
    put_u32(w, bytes - ITEM_HEAD);
    put_ul(w, 0x1400, next);
    put_head(w, 0x0004, 0x1410, "US", 2);
    put_u16(w, 0xFFFF); /* in use; 0000H is retired */
    put_ul(w, 0x1420, lower);
    put_text(w, 0x0004, 0x1430, "CS", type);
}

static void put_node(struct writer *w, const char *type, const struct dw_keys *keys, uint32_t next)
{
    uint32_t bytes = node_bytes(type, (uint32_t)keys->data.size);
    put_links(w, type, bytes, next, (uint32_t)w->total + bytes); /* its first child is next */
    put(w, keys->data.data, keys->data.size);
}

static void put_us(struct writer *w, uint16_t element, uint16_t value)
{
    put_head(w, 0x0028, element, "US", 2);
    put_u16(w, value);
}

/* PS3.3 F.7: exactly one item, one unsigned sample of 8 bits; square pixels need no aspect ratio. */
static void put_icon(struct writer *w, const dw_catalog *catalog, const struct dw_entry *entry)
{
    uint32_t edge = entry->icon_edge;
    if (w->st == DW_OK)
        w->st = dw_icons_read(catalog, entry, w->icon, w->err);
    put_head(w, ICON_SEQUENCE >> 16, (uint16_t)ICON_SEQUENCE, "SQ", 0);
    put_u32(w, icon_bytes(edge) - 12);
    put_u16(w, 0xFFFE);
    put_u16(w, 0xE000);
    put_u32(w, icon_bytes(edge) - ICON_HEAD);
    put_us(w, 0x0002, 1);
    put_text(w, 0x0028, 0x0004, "CS", "MONOCHROME2");
    put_us(w, 0x0010, (uint16_t)edge);
    put_us(w, 0x0011, (uint16_t)edge);
    put_us(w, 0x0100, 8);
    put_us(w, 0x0101, 8);
    put_us(w, 0x0102, 7);
    put_us(w, 0x0103, 0);
    put_head(w, 0x7FE0, 0x0010, "OB", 0);
    put_u32(w, edge * edge);
    put(w, w->icon, (size_t)edge * edge);
}

/* Keys in tag order, with the icon in its place and without what the head of the record says. */
static void put_keys(struct writer *w, const dw_catalog *catalog, const struct dw_entry *entry)
{
    size_t pos = 0, before = 0;
    struct dw_key key;
    bool icon = entry->icon_edge != 0;
    while (dw_key_next(entry->keys, entry->keys_size, &pos, &key)) {
        if (icon && key.tag > ICON_SEQUENCE) {
            put_icon(w, catalog, entry);
            icon = false;
        }
        if (key.tag != GENERAL_CLASS || key.length == 0)
            put(w, entry->keys + before, pos - before);
        before = pos;
    }
    if (icon)
        put_icon(w, catalog, entry);
}

static void put_entry(struct writer *w, const struct dw_slice_step *step, bool is_last)
{
    const struct dw_entry *entry = step->entry;
    char fileid[DW_FILEID_LENGTH + 1];
    struct dw_key general;
    uint32_t bytes = dw_directory_entry_bytes(entry);
    dw_fileid_make(step->study, step->series, step->instance, fileid);
    put_links(w, entry->sop_class->record_type, bytes, is_last ? 0 : (uint32_t)w->total + bytes, 0);
    /* Whose record it is: the SOP class says it best, and dcm4che writes it so. */
    if (entry->sop_class->is_private)
        put_text(w, 0x0004, 0x1432, "UI", entry->sop_class->uid);
    put_text(w, 0x0004, 0x1500, "CS", fileid);
    put_text(w, 0x0004, 0x1510, "UI", entry->sop_class->uid);
    put_text(w, 0x0004, 0x1511, "UI", entry->sop_instance);
    put_text(w, 0x0004, 0x1512, "UI", entry->syntax->uid);
    bool has_general = find_general_class(entry, &general);
    if (has_general) { /* the key moves to the head; both forms are of the same size */
        put_head(w, 0x0004, 0x151A, "UI", general.length);
        put(w, general.value, general.length);
    }
    if (has_general || entry->icon_edge)
        put_keys(w, step->slice->catalog, entry);
    else
        put(w, entry->keys, entry->keys_size);
}

/* --- the file --- */

/* Offsets of the next sibling need the sizes below: bytes of each series and study, in order. */
struct sizes {
    uint32_t *series, *studies; /* with their own record */
    uint64_t total;             /* of all records */
};

static dw_status measure(const struct dw_slice *slice, struct sizes *out, struct dw_error *err)
{
    const dw_catalog *catalog = slice->catalog;
    size_t series = 0, studies = 0;
    struct dw_slice_step step;
    out->series = calloc((size_t)catalog->series_count + 1, sizeof *out->series);
    out->studies = calloc((size_t)catalog->study_count + 1, sizeof *out->studies);
    if (!out->series || !out->studies)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for directory offsets");
    out->total = 0;
    for (dw_slice_begin(slice, &step); dw_slice_next(&step);) {
        uint32_t study_bytes = 0, series_bytes = 0, bytes = dw_directory_entry_bytes(step.entry);
        if (step.new_study) {
            studies++;
            study_bytes = dw_directory_study_bytes(dw_entry_study(catalog, step.entry));
        }
        if (step.new_series) {
            series++;
            series_bytes = dw_directory_series_bytes(dw_entry_series(catalog, step.entry));
        }
        out->total += study_bytes + series_bytes + bytes;
        if (out->total > UINT32_MAX - (1u << 20))
            return dw_error_set(err, DW_ERR_LIMIT, "the directory would be larger than 4 GiB");
        out->series[series - 1] += series_bytes + bytes;
        out->studies[studies - 1] += study_bytes + series_bytes + bytes;
    }
    return DW_OK;
}

static bool last_of_series(const struct dw_slice *slice, uint32_t i)
{
    return i + 1 == slice->count ||
           dw_slice_entry(slice, i + 1)->series != dw_slice_entry(slice, i)->series;
}

static void put_records(struct writer *w, const struct dw_slice *slice, const struct sizes *sizes)
{
    const dw_catalog *catalog = slice->catalog;
    uint32_t end = (uint32_t)(w->total + sizes->total), study_end = 0;
    size_t study = 0, series = 0;
    struct dw_slice_step step;
    for (dw_slice_begin(slice, &step); w->st == DW_OK && dw_slice_next(&step);) {
        if (step.new_study) {
            study_end = (uint32_t)w->total + sizes->studies[study++];
            put_node(w, "STUDY", &dw_entry_study(catalog, step.entry)->keys,
                     study_end == end ? 0 : study_end);
        }
        if (step.new_series) {
            uint32_t series_end = (uint32_t)w->total + sizes->series[series++];
            put_node(w, "SERIES", &dw_entry_series(catalog, step.entry)->keys,
                     series_end == study_end ? 0 : series_end);
        }
        put_entry(w, &step, last_of_series(slice, step.i));
    }
}

static void put_file(struct writer *w, const struct dw_slice *slice,
                     const struct dw_directory_opts *opts, const struct sizes *sizes)
{
    const struct dw_patient *patient =
        dw_entry_patient(slice->catalog, dw_slice_entry(slice, 0));
    put_meta(w, opts);
    put_text(w, 0x0004, 0x1130, "CS", opts->fileset_id);
    if (opts->descriptor_file_id)
        put_text(w, 0x0004, 0x1141, "CS", opts->descriptor_file_id);
    if (opts->descriptor_file_id && opts->charset && opts->charset[0])
        put_text(w, 0x0004, 0x1142, "CS", opts->charset);
    /* two offsets, the flag and the head of the sequence lie between here and the first record */
    uint32_t root = (uint32_t)w->total + 12 + 12 + 10 + 12;
    put_ul(w, 0x1200, root);
    put_ul(w, 0x1202, root);
    put_head(w, 0x0004, 0x1212, "US", 2);
    put_u16(w, 0x0000);
    put_head(w, 0x0004, 0x1220, "SQ", 0);
    put_u32(w, dw_directory_patient_bytes(patient) + (uint32_t)sizes->total);
    put_node(w, "PATIENT", &patient->keys, 0);
    put_records(w, slice, sizes);
    flush(w);
}

dw_status dw_directory_save(const struct dw_slice *slice, const struct dw_directory_opts *opts,
                            const char *path, uint64_t *out_size, uint8_t *out_sha256,
                            struct dw_error *err)
{
    struct sizes sizes = {0};
    struct writer w = {.disk = opts->disk, .path = path, .fd = -1, .err = err};
    if (slice->count == 0)
        return dw_error_set(err, DW_ERR_INVALID, "a directory without an instance is not legal");
    if (opts->descriptor_file_id && !dw_fileid_is_legal(opts->descriptor_file_id))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is no File ID", opts->descriptor_file_id);
    w.buf = malloc(WRITE_BYTES);
    w.icon = malloc((size_t)DW_ICON_EDGE_MAX * DW_ICON_EDGE_MAX);
    dw_status st = measure(slice, &sizes, err);
    if (st == DW_OK && (!w.buf || !w.icon))
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the directory");
    if (st != DW_OK)
        goto out;
    w.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w.fd < 0) {
        st = dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", path,
                          strerror(errno));
        goto out;
    }
    if (out_sha256) {
        w.sha = dw_sha256_new();
        dw_sha256_start(w.sha);
    }
    put_file(&w, slice, opts, &sizes);
    st = w.st;
    if (st == DW_OK && out_size)
        *out_size = w.total;
    if (st == DW_OK && out_sha256)
        dw_sha256_end(w.sha, out_sha256);
out:
    if (w.fd >= 0)
        close(w.fd);
    if (st != DW_OK && w.fd >= 0)
        unlink(path);
    dw_sha256_free(w.sha);
    free(w.buf);
    free(w.icon);
    free(sizes.series);
    free(sizes.studies);
    return st;
}
