#include "layout/fileset/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dicom/record.h"
#include "layout/fileset/catalog_private.h"

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of objects");
}

dw_status dw_catalog_new(const struct dw_catalog_opts *opts, dw_catalog **out, struct dw_error *err)
{
    dw_catalog *catalog = calloc(1, sizeof *catalog);
    if (!catalog)
        return no_memory(err);
    catalog->opts = *opts;
    if (catalog->opts.compress && !catalog->opts.compress[0])
        catalog->opts.compress = NULL;
    *out = catalog;
    return DW_OK;
}

void dw_catalog_free(dw_catalog *catalog)
{
    if (!catalog)
        return;
    for (uint32_t i = 0; i < catalog->patient_count; i++)
        dw_keys_done(&catalog->patients[i].keys);
    for (uint32_t i = 0; i < catalog->study_count; i++)
        dw_keys_done(&catalog->studies[i].keys);
    for (uint32_t i = 0; i < catalog->series_count; i++)
        dw_keys_done(&catalog->series[i].keys);
    free(catalog->patients);
    free(catalog->studies);
    free(catalog->series);
    free(catalog->entries);
    free(catalog->order);
    dw_index_done(&catalog->instances);
    dw_index_done(&catalog->nodes);
    dw_arena_done(&catalog->arena);
    dw_arena_done(&catalog->key_arena);
    free(catalog);
}

void dw_catalog_drop_keys(dw_catalog *catalog)
{
    dw_arena_done(&catalog->key_arena);
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        catalog->entries[i].keys = NULL;
        catalog->entries[i].keys_size = 0;
    }
}

/* A zeroed row at the end of one of the catalog's tables; NULL: out of memory. */
void *dw_catalog_append(void **table, uint32_t *count, uint32_t *cap, size_t row_size)
{
    if (*count == *cap) {
        uint32_t bigger = *cap ? *cap * 2 : 16;
        void *moved = realloc(*table, bigger * row_size);
        if (!moved)
            return NULL;
        *table = moved;
        *cap = bigger;
    }
    char *row = (char *)*table + (size_t)*count * row_size;
    memset(row, 0, row_size);
    (*count)++;
    return row;
}

static bool read_some(int fd, char *buf, size_t size, size_t *out)
{
    *out = 0;
    while (*out < size) {
        ssize_t n = read(fd, buf + *out, size - *out);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *out += (size_t)n;
    }
    return true;
}

/* Two files that cannot be read are not the same. */
static bool same_bytes(const char *a, const char *b)
{
    enum { CHUNK = 32768 };
    char *buf = malloc(2 * CHUNK);
    int fd_a = open(a, O_RDONLY | O_CLOEXEC), fd_b = open(b, O_RDONLY | O_CLOEXEC);
    bool same = buf && fd_a >= 0 && fd_b >= 0;
    for (size_t n = CHUNK, m; same && n == CHUNK;)
        same = read_some(fd_a, buf, CHUNK, &n) && read_some(fd_b, buf + CHUNK, CHUNK, &m) &&
               n == m && memcmp(buf, buf + CHUNK, n) == 0;
    if (fd_a >= 0)
        close(fd_a);
    if (fd_b >= 0)
        close(fd_b);
    free(buf);
    return same;
}

bool dw_entry_same_content(const struct dw_entry *a, const struct dw_entry *b)
{
    if (a->size_bytes != b->size_bytes)
        return false;
    if (a->sha256 && b->sha256)
        return memcmp(a->sha256, b->sha256, DW_SHA256_SIZE) == 0;
    return same_bytes(a->path, b->path);
}

static bool is_same_object(const struct dw_entry *entry, const struct dw_objects_row *row)
{
    struct dw_entry other = {.path = row->path,
                             .size_bytes = row->object->size_bytes,
                             .sha256 = row->has_sha256 ? row->sha256 : NULL};
    return dw_entry_same_content(entry, &other);
}

static uint64_t plain_bytes(const struct dw_object *object, const struct dw_transfer_syntax *syntax)
{
    if (!syntax || !syntax->encapsulated)
        return object->size_bytes;
    uint64_t pixels = (uint64_t)object->rows * object->columns * object->samples_per_pixel *
                      (object->bits_allocated / 8);
    if (object->frames > 1 && pixels > 0 && object->frames < UINT64_MAX / 4 / pixels)
        pixels *= object->frames;
    return pixels > object->size_bytes ? pixels : object->size_bytes;
}

/* PS3.3 C.7.6.3.1.2; what is none of these is told from all of them, and that is enough. */
static const char *shared_photometric(const char *photometric)
{
    static const char *const known[] = {
        "MONOCHROME2", "MONOCHROME1", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422",
        "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "HSV", "ARGB", "CMYK", "XYB"};
    for (size_t i = 0; i < DW_ARRAY_LEN(known); i++)
        if (strcmp(known[i], photometric) == 0)
            return known[i];
    return photometric[0] ? "OTHER" : "";
}

/* File, hash, class, syntax and instance keys of a row; what dw_catalog_replace() changes. */
static dw_status set_content(dw_catalog *catalog, struct dw_entry *entry,
                             const struct dw_objects_row *row, struct dw_error *err)
{
    const struct dw_object *object = row->object;
    const uint8_t *part = NULL;
    size_t part_size = 0;
    struct dw_buf joined = {0};
    dw_status st = dw_record_keys(row->record, row->record_size, DW_PART_INSTANCE,
                                  catalog->opts.augmented, &joined, &part, &part_size, err);
    if (st == DW_OK) {
        entry->keys = dw_arena_copy(&catalog->key_arena, part, part_size);
        entry->keys_size = (uint32_t)part_size;
    }
    dw_buf_done(&joined);
    if (st != DW_OK)
        return st;
    entry->path = dw_arena_text(&catalog->arena, row->path);
    entry->sha256 = NULL;
    if (row->has_sha256) {
        entry->sha256 = dw_arena_copy(&catalog->arena, row->sha256, DW_SHA256_SIZE);
        if (!entry->sha256)
            return no_memory(err);
    }
    if (!entry->path || !entry->keys)
        return no_memory(err);
    entry->sop_class = dw_sop_class_find(object->sop_class);
    entry->syntax = dw_transfer_syntax_find(object->transfer_syntax);
    entry->size_bytes = object->size_bytes;
    entry->frames = object->frames;
    entry->has_us_regions = object->has_us_regions;
    entry->has_pixels = object->has_pixels;
    entry->has_meta = object->has_meta;
    entry->rows = object->rows;
    entry->columns = object->columns;
    entry->bits_stored = (uint8_t)(object->bits_stored < UINT8_MAX ? object->bits_stored : UINT8_MAX);
    entry->samples = (uint8_t)(object->samples_per_pixel < UINT8_MAX ? object->samples_per_pixel
                                                                      : UINT8_MAX);
    entry->photometric = shared_photometric(object->photometric);
    entry->plain_bytes = plain_bytes(object, entry->syntax);
    return DW_OK;
}

static dw_status merge_parts(dw_catalog *catalog, const struct dw_entry *entry,
                             const struct dw_objects_row *row, struct dw_error *err)
{
    struct dw_series *series = &catalog->series[entry->series];
    struct dw_study *study = &catalog->studies[series->study];
    struct dw_keys *keys[] = {
        [DW_PART_PATIENT] = &catalog->patients[study->patient].keys,
        [DW_PART_STUDY] = &study->keys,
        [DW_PART_SERIES] = &series->keys,
    };
    dw_status st = DW_OK;
    struct dw_buf joined = {0};
    for (size_t i = 0; st == DW_OK && i < DW_ARRAY_LEN(keys); i++) {
        const uint8_t *part = NULL;
        size_t size = 0;
        st = dw_record_keys(row->record, row->record_size, (enum dw_record_part)i,
                            catalog->opts.augmented, &joined, &part, &size, err);
        if (st == DW_OK)
            st = dw_keys_merge(keys[i], part, size, err);
    }
    dw_buf_done(&joined);
    return st;
}

static dw_status append_entry(dw_catalog *catalog, const struct dw_objects_row *row,
                              struct dw_error *err)
{
    const struct dw_object *object = row->object;
    if (catalog->entry_count >= DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d objects", DW_TREE_ENTRIES_MAX);
    struct dw_entry *entry = dw_catalog_append((void **)&catalog->entries, &catalog->entry_count,
                                    &catalog->entry_cap, sizeof *entry);
    if (!entry)
        return no_memory(err);
    *entry = (struct dw_entry){.number = row->number, .instance_number = object->instance_number};
    entry->sop_instance = dw_arena_text(&catalog->arena, object->sop_instance);
    if (!entry->sop_instance || !dw_catalog_find_place(catalog, object, &entry->series))
        return no_memory(err);
    return set_content(catalog, entry, row, err);
}

/* The objects of one SOP Instance UID are a chain; *out_last is its last link. */
static bool is_known_object(const dw_catalog *catalog, uint32_t first,
                            const struct dw_objects_row *row, uint32_t *out_last)
{
    for (uint32_t i = first;; i = catalog->entries[i].next_twin) {
        *out_last = i;
        if (is_same_object(&catalog->entries[i], row))
            return true;
        if (catalog->entries[i].next_twin == 0)
            return false;
    }
}

/* A further volume for each further content. Two patients' discs are apart anyway. What finds no room is left off
 * and not in the chain either, or one broken modality would have everything compared with everything. */
static void add_twin(dw_catalog *catalog, uint32_t first, uint32_t last, struct dw_entry *entry)
{
    uint32_t patient = dw_entry_patient_index(catalog, entry);
    unsigned layer = 0;
    entry->first_twin = first;
    entry->is_twin = true;
    for (uint32_t i = first;; i = catalog->entries[i].next_twin) {
        const struct dw_entry *twin = &catalog->entries[i];
        if (dw_entry_patient_index(catalog, twin) == patient && twin->layer >= layer)
            layer = twin->layer + 1U;
        if (i == last)
            break;
    }
    entry->is_crowded = layer >= DW_LAYERS_MAX;
    if (entry->is_crowded)
        return;
    entry->layer = (uint8_t)layer;
    catalog->entries[last].next_twin = (uint32_t)(entry - catalog->entries);
}

dw_status dw_catalog_add(dw_catalog *catalog, const struct dw_objects_row *row,
                         struct dw_error *err)
{
    uint32_t first = 0, last = 0;
    bool is_twin = dw_index_find(&catalog->instances, row->object->sop_instance, &first);
    if (is_twin && is_known_object(catalog, first, row, &last)) {
        catalog->duplicates++;
        return DW_OK;
    }
    dw_status st = append_entry(catalog, row, err);
    if (st != DW_OK)
        return st;
    uint32_t i = catalog->entry_count - 1;
    struct dw_entry *entry = &catalog->entries[i];
    if (is_twin)
        add_twin(catalog, first, last, entry);
    else if (!dw_index_add(&catalog->instances, entry->sop_instance, i))
        st = no_memory(err);
    else
        entry->first_twin = i;
    if (st == DW_OK)
        st = merge_parts(catalog, entry, row, err);
    if (st == DW_OK)
        dw_catalog_judge(catalog, entry);
    return st;
}

dw_status dw_catalog_replace(dw_catalog *catalog, uint32_t i, const struct dw_objects_row *row,
                             struct dw_error *err)
{
    struct dw_entry *entry = &catalog->entries[i];
    if (entry->state != DW_ENTRY_PENDING)
        return dw_error_set(err, DW_ERR_CONFLICT, "object %llu needs no converting",
                            (unsigned long long)entry->number);
    if (strcmp(row->object->sop_instance, entry->sop_instance) != 0)
        return dw_catalog_convert_failed(catalog, i, "converting changed what object it is", err);
    if (!dw_catalog_would_take(catalog, row->object))
        return dw_catalog_convert_failed(catalog, i,
                                         "converting did not give what the profile takes", err);
    dw_status st = set_content(catalog, entry, row, err);
    if (st != DW_OK)
        return st;
    catalog->pending--;
    dw_catalog_judge(catalog, entry);
    return DW_OK;
}

const struct dw_series *dw_entry_series(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->series[entry->series];
}

const struct dw_study *dw_entry_study(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->studies[catalog->series[entry->series].study];
}

uint32_t dw_entry_patient_index(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return dw_entry_study(catalog, entry)->patient;
}

const struct dw_patient *dw_entry_patient(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return &catalog->patients[dw_entry_patient_index(catalog, entry)];
}
