#include "burn/image/iso.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "burn/image/iso_check.h"
#include "burn/image/iso_record.h"

#define RECORD_FIXED 33              /* bytes of a directory record before its name (9.1) */
#define TABLE_ROW_FIXED 8            /* and of a row of a path table (9.4) */
#define EXTENT_BYTES_MAX 0xFFFFF800u /* whole blocks that fit into 32 bits */
#define IDENTIFIER_MAX (2 * DW_JOLIET_UNITS_MAX + 4)
#define STAMP_SIZE 7
#define ALIAS_RECORD_MAX 48 /* 33 and 12 + ";1", padded */

/* One directory hierarchy: that of the primary descriptor, or the Joliet one. */
struct view {
    bool joliet;
    struct dw_family family;
    struct dw_isonames names;
    uint32_t *queue; /* folders (0: the root) by level, parent and name: the order of path tables */
    uint32_t *number;    /* place of each in that order, from 1 */
    uint32_t *folder_at; /* first block of each folder, counted from the first of all directories */
    uint32_t *folder_blocks;
    uint32_t table_bytes, table_blocks, table_at; /* L, and M behind it */
};

struct dw_iso {
    const dw_tree *tree;
    struct view views[2];
    size_t view_count;
    uint32_t first, blocks; /* directories: path tables, folders, the zero block */
    uint8_t *descriptors, *directories;
    size_t changed_names;
};

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the directories of a disc");
}

/* --- measuring --- */

/* As recorded: with separators and version (7.5.1), which Joliet writes in two bytes each. */
static size_t identifier(const struct view *view, uint32_t entry, uint8_t out[IDENTIFIER_MAX])
{
    size_t n = 0;
    const char *name = dw_isonames_get(&view->names, entry, &n);
    memcpy(out, name, n);
    if (entry < view->family.folders)
        return n;
    if (view->joliet) {
        memcpy(out + n, "\0;\0001", 4);
        return n + 4;
    }
    const char *behind = memchr(name, '.', n) ? ";1" : ".;1";
    memcpy(out + n, behind, strlen(behind));
    return n + strlen(behind);
}

static size_t record_bytes(size_t identifier_bytes)
{
    return RECORD_FIXED + identifier_bytes + (identifier_bytes % 2 == 0);
}

static uint64_t entry_bytes(const struct view *view, uint32_t entry)
{
    struct dw_tree_file file;
    if (entry < view->family.folders)
        return 0;
    dw_tree_file(view->family.tree, entry - view->family.folders, &file);
    return file.size_bytes;
}

static uint32_t extent_count(uint64_t bytes)
{
    return bytes <= UINT32_MAX ? 1 : (uint32_t)((bytes + EXTENT_BYTES_MAX - 1) / EXTENT_BYTES_MAX);
}

/* Records do not cross blocks (6.8.1.1). */
static uint32_t blocks_of_folder(const struct view *view, uint32_t p)
{
    const struct dw_family *family = &view->family;
    size_t at = 2 * record_bytes(1), blocks = 1;
    uint8_t name[IDENTIFIER_MAX];
    for (uint32_t i = family->first[p]; i < family->first[p + 1]; i++) {
        size_t length = record_bytes(identifier(view, family->child[i], name));
        for (uint32_t n = extent_count(entry_bytes(view, family->child[i])); n > 0; n--) {
            if (at + length > DW_BLOCK_SIZE) {
                blocks++;
                at = 0;
            }
            at += length;
        }
    }
    return (uint32_t)blocks;
}

static void queue_folders(struct view *view)
{
    const struct dw_family *family = &view->family;
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t p = view->queue[i], length = 1;
        view->number[p] = (uint32_t)i + 1;
        for (uint32_t k = family->first[p]; k < family->first[p + 1]; k++)
            if (family->child[k] < family->folders)
                view->queue[count++] = family->child[k] + 1;
        if (p != 0) {
            uint8_t name[IDENTIFIER_MAX];
            length = (uint32_t)identifier(view, p - 1, name);
        }
        view->table_bytes += TABLE_ROW_FIXED + length + length % 2;
    }
}

/* *at: the next free block of the directories. */
static dw_status measure(struct view *view, const dw_tree *tree, uint32_t *at, struct dw_error *err)
{
    dw_status st = dw_family_init(&view->family, tree, err);
    if (st == DW_OK)
        st = dw_isonames_init(&view->names, &view->family, view->joliet, err);
    if (st != DW_OK)
        return st;
    size_t count = view->family.folders + 1;
    dw_isonames_sort(&view->names, &view->family);
    view->queue = calloc(count, sizeof *view->queue);
    view->number = calloc(count, sizeof *view->number);
    view->folder_at = calloc(count, sizeof *view->folder_at);
    view->folder_blocks = calloc(count, sizeof *view->folder_blocks);
    if (!view->queue || !view->number || !view->folder_at || !view->folder_blocks)
        return no_memory(err);
    queue_folders(view);
    view->table_blocks = (view->table_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    view->table_at = *at;
    *at += 2 * view->table_blocks;
    for (size_t i = 0; i < count; i++) {
        uint32_t p = view->queue[i];
        view->folder_at[p] = *at;
        view->folder_blocks[p] = blocks_of_folder(view, p);
        *at += view->folder_blocks[p];
    }
    return DW_OK;
}

static void view_done(struct view *view)
{
    dw_family_done(&view->family);
    dw_isonames_done(&view->names);
    free(view->queue);
    free(view->number);
    free(view->folder_at);
    free(view->folder_blocks);
    *view = (struct view){0};
}

dw_status dw_iso_new(const dw_tree *tree, dw_iso **out, struct dw_error *err)
{
    if (dw_tree_folder_count(tree) >= DW_ISO_FOLDERS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT,
                            "%zu folders are more than the %d that ISO 9660 can count",
                            dw_tree_folder_count(tree), DW_ISO_FOLDERS_MAX - 1);
    dw_iso *iso = calloc(1, sizeof *iso);
    if (!iso)
        return no_memory(err);
    dw_status st = DW_OK;
    iso->tree = tree;
    iso->view_count = dw_tree_format(tree)->joliet ? 2 : 1;
    iso->views[1].joliet = true;
    for (size_t i = 0; st == DW_OK && i < iso->view_count; i++)
        st = measure(&iso->views[i], tree, &iso->blocks, err);
    iso->blocks++;
    iso->changed_names = iso->views[0].names.changed;
    if (st != DW_OK) {
        dw_iso_free(iso);
        return st;
    }
    *out = iso;
    return DW_OK;
}

void dw_iso_free(dw_iso *iso)
{
    if (!iso)
        return;
    view_done(&iso->views[0]);
    view_done(&iso->views[1]);
    free(iso->descriptors);
    free(iso->directories);
    free(iso);
}

uint32_t dw_iso_descriptors(const dw_iso *iso)
{
    return (uint32_t)iso->view_count + 1;
}

uint32_t dw_iso_directory_blocks(const dw_iso *iso)
{
    return iso->blocks;
}

size_t dw_iso_changed_names(const dw_iso *iso)
{
    return iso->changed_names;
}

/* --- numbers (7.2, 7.3) and times --- */

static void put_le(uint8_t *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_be(uint8_t *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[size - 1 - i] = (uint8_t)(value >> 8 * i);
}

static void put_both(uint8_t *at, uint32_t value, size_t size)
{
    put_le(at, value, size);
    put_be(at + size, value, size);
}

static struct tm utc(int64_t time_s)
{
    time_t t = (time_t)time_s;
    struct tm tm = {.tm_year = 80, .tm_mday = 1};
    gmtime_r(&t, &tm);
    return tm;
}

static void put_stamp(uint8_t *at, int64_t time_s) /* 9.1.5 */
{
    struct tm tm = utc(time_s);
    const int parts[] = {tm.tm_year, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
    for (size_t i = 0; i < DW_ARRAY_LEN(parts); i++)
        at[i] = (uint8_t)parts[i];
    at[6] = 0; /* offset from GMT */
}

/* --- drawing --- */

struct record {
    const uint8_t *name;
    size_t name_length;
    uint32_t lba, bytes;
    uint8_t flags;
    uint8_t stamp[STAMP_SIZE];
};

static size_t put_record(uint8_t *at, const struct record *record)
{
    size_t length = record_bytes(record->name_length);
    at[0] = (uint8_t)length;
    put_both(at + 2, record->lba, 4);
    put_both(at + 10, record->bytes, 4);
    memcpy(at + 18, record->stamp, STAMP_SIZE);
    at[25] = record->flags;
    put_both(at + 28, 1, 2); /* volume of the set */
    at[32] = (uint8_t)record->name_length;
    memcpy(at + RECORD_FIXED, record->name, record->name_length);
    return length;
}

static struct record folder_record(const dw_iso *iso, const struct view *view, uint32_t p,
                                   const uint8_t *name, size_t name_length)
{
    struct record record = {
        .name = name,
        .name_length = name_length,
        .lba = iso->first + view->folder_at[p],
        .bytes = view->folder_blocks[p] * DW_BLOCK_SIZE,
        .flags = DW_ISO_FLAG_FOLDER,
    };
    put_stamp(record.stamp, dw_tree_made_at_s(iso->tree));
    return record;
}

struct pen { /* where the next record of a folder goes */
    uint8_t *block;
    size_t at;
};

static void write_record(struct pen *pen, const struct record *record)
{
    if (pen->at + record_bytes(record->name_length) > DW_BLOCK_SIZE) {
        pen->block += DW_BLOCK_SIZE;
        pen->at = 0;
    }
    pen->at += put_record(pen->block + pen->at, record);
}

static void write_file(const dw_iso *iso, const struct view *view, uint32_t entry,
                       const uint32_t *file_lba, struct pen *pen)
{
    uint8_t name[IDENTIFIER_MAX];
    struct dw_tree_file file;
    size_t i = entry - view->family.folders;
    dw_tree_file(iso->tree, i, &file);
    struct record record = {.name = name, .name_length = identifier(view, entry, name)};
    put_stamp(record.stamp, file.modified_s);
    record.lba = file.size_bytes > 0 ? file_lba[i] : iso->first + iso->blocks - 1;
    uint64_t left = file.size_bytes;
    for (uint32_t n = extent_count(left); n > 0; n--) { /* more than one: level 3 (10.3) */
        record.bytes = n > 1 ? EXTENT_BYTES_MAX : (uint32_t)left;
        record.flags = n > 1 ? DW_ISO_FLAG_MORE : 0;
        write_record(pen, &record);
        record.lba += EXTENT_BYTES_MAX / DW_BLOCK_SIZE;
        left -= record.bytes;
    }
}

static void draw_folder(const dw_iso *iso, const struct view *view, uint32_t p,
                        const uint32_t *file_lba)
{
    static const uint8_t self[1] = {0}, parent[1] = {1};
    const struct dw_family *family = &view->family;
    struct pen pen = {iso->directories + (size_t)view->folder_at[p] * DW_BLOCK_SIZE, 0};
    struct record record = folder_record(iso, view, p, self, 1);
    write_record(&pen, &record);
    record = folder_record(iso, view, p == 0 ? 0 : family->parent[p - 1], parent, 1);
    write_record(&pen, &record);
    for (uint32_t i = family->first[p]; i < family->first[p + 1]; i++) {
        uint32_t entry = family->child[i];
        if (entry >= family->folders) {
            write_file(iso, view, entry, file_lba, &pen);
            continue;
        }
        uint8_t name[IDENTIFIER_MAX];
        size_t length = identifier(view, entry, name);
        record = folder_record(iso, view, entry + 1, name, length);
        write_record(&pen, &record);
    }
}

static void draw_tables(const dw_iso *iso, const struct view *view)
{
    uint8_t *l = iso->directories + (size_t)view->table_at * DW_BLOCK_SIZE;
    uint8_t *m = l + (size_t)view->table_blocks * DW_BLOCK_SIZE;
    for (size_t i = 0; i <= view->family.folders; i++) {
        uint32_t p = view->queue[i], lba = iso->first + view->folder_at[p];
        uint32_t above = p == 0 ? 1 : view->number[view->family.parent[p - 1]];
        uint8_t name[IDENTIFIER_MAX] = {0};
        size_t length = p == 0 ? 1 : identifier(view, p - 1, name);
        l[0] = m[0] = (uint8_t)length;
        put_le(l + 2, lba, 4);
        put_be(m + 2, lba, 4);
        put_le(l + 6, above, 2);
        put_be(m + 6, above, 2);
        memcpy(l + TABLE_ROW_FIXED, name, length);
        memcpy(m + TABLE_ROW_FIXED, name, length);
        l += TABLE_ROW_FIXED + length + length % 2;
        m += TABLE_ROW_FIXED + length + length % 2;
    }
}

/* --- descriptors (8.4, 8.5) --- */

static void put_text(uint8_t *at, size_t size, const char *text, bool wide)
{
    for (size_t i = 0; i < size; i++) /* a field of an odd size ends with a zero byte in Joliet */
        at[i] = !wide ? ' ' : i % 2 == 1 ? ' ' : 0;
    size_t step = wide ? 2 : 1;
    for (size_t i = 0; text[i] && (i + 1) * step <= size; i++)
        at[i * step + step - 1] = (uint8_t)text[i];
}

static void put_long_stamp(uint8_t *at, int64_t time_s) /* 8.4.26.1: digits, hundredths, offset */
{
    struct tm tm = utc(time_s);
    char text[32];
    memset(at, '0', 16);
    if (strftime(text, sizeof text, "%Y%m%d%H%M%S00", &tm) == 16)
        memcpy(at, text, 16);
    at[16] = 0;
}

static void draw_descriptor(const dw_iso *iso, const struct view *view, uint32_t volume_blocks,
                            uint8_t *d)
{
    static const uint8_t self[1] = {0};
    const struct dw_tree_format *format = dw_tree_format(iso->tree);
    const struct {
        size_t at, size;
        const char *text;
    } texts[] = {
        {8, 32, ""}, /* system: blank (PS3.12 F.2.2.1) */
        {40, 32, dw_tree_label(iso->tree)},
        {190, 128, ""}, /* volume set */
        {318, 128, format->publisher},
        {446, 128, format->preparer},
        {574, 128, "DISCWRIGHT"},
        {702, 37, ""},
        {739, 37, ""},
        {776, 37, ""}, /* files with copyright, abstract, bibliography: none */
    };
    d[0] = view->joliet ? 2 : 1;
    memcpy(d + 1, "CD001\1", 6);
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
        put_text(d + texts[i].at, texts[i].size, texts[i].text, view->joliet);
    put_both(d + 80, volume_blocks, 4);
    if (view->joliet)
        memcpy(d + 88, "%/E", 3); /* UCS-2 level 3 */
    put_both(d + 120, 1, 2);
    put_both(d + 124, 1, 2);
    put_both(d + 128, DW_BLOCK_SIZE, 2);
    put_both(d + 132, view->table_bytes, 4);
    put_le(d + 140, iso->first + view->table_at, 4);
    put_be(d + 148, iso->first + view->table_at + view->table_blocks, 4);
    struct record root = folder_record(iso, view, 0, self, 1);
    put_record(d + 156, &root);
    put_long_stamp(d + 813, dw_tree_made_at_s(iso->tree));
    put_long_stamp(d + 830, dw_tree_made_at_s(iso->tree));
    memset(d + 847, '0', 16); /* never expires */
    memset(d + 864, '0', 16); /* and is valid at once */
    d[881] = 1;
}

static dw_status read_drawn(void *ctx, uint32_t lba, uint32_t count, void *out,
                            struct dw_error *err)
{
    uint8_t *to = out;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *block = dw_iso_block(ctx, lba + i);
        if (!block)
            return dw_error_set(err, DW_ERR_IO, "block %u is none of the directories", lba + i);
        memcpy(to + (size_t)i * DW_BLOCK_SIZE, block, DW_BLOCK_SIZE);
    }
    return DW_OK;
}

dw_status dw_iso_draw(dw_iso *iso, uint32_t first, const uint32_t *file_lba, uint32_t volume_blocks,
                      struct dw_error *err)
{
    iso->first = first;
    iso->descriptors = calloc(dw_iso_descriptors(iso), DW_BLOCK_SIZE);
    iso->directories = calloc(iso->blocks, DW_BLOCK_SIZE);
    if (!iso->descriptors || !iso->directories)
        return no_memory(err);
    for (size_t i = 0; i < iso->view_count; i++) {
        const struct view *view = &iso->views[i];
        draw_descriptor(iso, view, volume_blocks, iso->descriptors + i * DW_BLOCK_SIZE);
        draw_tables(iso, view);
        for (uint32_t p = 0; p <= view->family.folders; p++)
            draw_folder(iso, view, p, file_lba);
    }
    memcpy(iso->descriptors + iso->view_count * DW_BLOCK_SIZE, "\377CD001\1", 7);
    struct dw_blocks blocks = {.read = read_drawn, .count = first + iso->blocks, .ctx = iso};
    struct dw_iso_planned planned = {
        .family = &iso->views[0].family,
        .names = &iso->views[0].names,
        .file_lba = file_lba,
        .empty_lba = first + iso->blocks - 1,
        .volume_blocks = volume_blocks,
    };
    dw_status st = dw_iso_check(&planned, &blocks, err);
    view_done(&iso->views[0]); /* only what was drawn is still needed */
    view_done(&iso->views[1]);
    return st;
}

const uint8_t *dw_iso_block(const dw_iso *iso, uint32_t lba)
{
    if (lba >= DW_ISO_FIRST_DESCRIPTOR && lba - DW_ISO_FIRST_DESCRIPTOR < dw_iso_descriptors(iso))
        return iso->descriptors + (size_t)(lba - DW_ISO_FIRST_DESCRIPTOR) * DW_BLOCK_SIZE;
    if (lba >= iso->first && lba - iso->first < iso->blocks)
        return iso->directories + (size_t)(lba - iso->first) * DW_BLOCK_SIZE;
    return NULL;
}

uint64_t dw_iso_blocks_max(size_t files, size_t folders)
{
    /* A folder's own two records begin its first block; it has a row of at most 16 bytes in each of
     * two path tables. */
    uint64_t all_folders = (uint64_t)folders + 1;
    uint64_t per_block = DW_BLOCK_SIZE / ALIAS_RECORD_MAX;
    uint64_t directories = (files + 3 * all_folders) / per_block + all_folders;
    uint64_t tables = 2 * (all_folders * 16 / DW_BLOCK_SIZE + 1);
    uint64_t more_extents = 1; /* records of files of 4 GiB and more */
    return DW_ISO_FIRST_DESCRIPTOR + 2 + directories + tables + more_extents + 1;
}
