/* A second opinion on UDF for tests: reads a volume block by block with its own ideas of the standard, checks
 * every tag it meets and calls back for each entry. Shares nothing with the writer. */
#ifndef DW_TESTS_UDF_WALK_H
#define DW_TESTS_UDF_WALK_H
#include <stdbool.h>
#include <stdint.h>

#include "test.h"

struct walk_entry {
    char name[1100]; /* of the entry alone, UTF-8 */
    const char *folder; /* path of the folder it lies in, "" the root */
    bool is_folder;
    uint64_t size_bytes, unique_id;
    uint32_t links, permissions, file_type, extents, lba; /* lba of the first extent; 0 none */
    uint8_t modified[12];
};

struct walk {
    bool (*read)(void *ctx, uint32_t lba, uint8_t out[2048]); /* false: nothing recorded there */
    void (*entry)(void *ctx, const struct walk_entry *entry);
    void *ctx;
    uint32_t blocks, reserve; /* of the volume; where the anchors say it is */

    uint16_t tag_version;
    uint32_t start, length, metadata_lba, metadata_blocks, mirror_lba; /* metadata_lba 0: there is none */
    uint32_t files, folders, padded, split; /* FIDs with implementation use; FIDs that cross a block */
    uint64_t next_id, highest_id;
    char volume_id[64], set_id[256];
};

static inline uint32_t le16(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8);
}
static inline uint32_t le32(const uint8_t *p)
{
    return le16(p) | le16(p + 2) << 16;
}
static inline uint64_t le64(const uint8_t *p)
{
    return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* Bit by bit, as the polynomial is written in ECMA-167 3/7.2.6. */
static inline uint32_t walk_crc(const uint8_t *data, size_t size)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = (data[i / 8] >> (7 - i % 8) & 1u) ^ crc >> 15;
        crc = (crc << 1 & 0xFFFF) ^ (bit ? 0x1021 : 0);
    }
    return crc;
}

static inline void walk_tag(const struct walk *w, const uint8_t *at, uint32_t id, uint32_t location)
{
    uint32_t sum = 0;
    for (int i = 0; i < 16; i++)
        sum += i == 4 ? 0 : at[i];
    CHECK_INT(at[4], sum & 255);
    CHECK_INT(le16(at), id);
    CHECK_INT(le16(at + 2), w->tag_version);
    CHECK_INT(at[5], 0);
    CHECK(le16(at + 10) <= 2048 - 16);
    CHECK_INT(le16(at + 8), walk_crc(at + 16, le16(at + 10)));
    CHECK_INT(le32(at + 12), location);
}

static inline bool walk_read(const struct walk *w, uint32_t lba, uint8_t out[2048])
{
    memset(out, 0, 2048);
    CHECK(lba < w->blocks);
    return w->read(w->ctx, lba, out);
}

/* OSTA CS0 to UTF-8. */
static inline void walk_text(const uint8_t *cs0, size_t bytes, char *out, size_t size)
{
    size_t n = 0;
    CHECK(bytes == 0 || cs0[0] == 8 || (cs0[0] == 16 && bytes % 2 == 1));
    for (size_t i = 1; i < bytes && n + 4 < size;) {
        uint32_t c = cs0[i++];
        if (cs0[0] == 16)
            c = c << 8 | cs0[i++];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < bytes) {
            c = 0x10000 + ((c & 0x3FF) << 10) + ((uint32_t)(cs0[i] & 3) << 8 | cs0[i + 1]);
            i += 2;
        }
        int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
        out[n++] = (char)(lead[more] | c >> 6 * more);
        while (more-- > 0)
            out[n++] = (char)(0x80 | (c >> 6 * more & 0x3F));
    }
    out[n] = '\0';
}

static inline void walk_dstring(const uint8_t *at, size_t size, char *out, size_t out_size)
{
    CHECK(at[size - 1] > 0 && at[size - 1] < size);
    for (size_t i = at[size - 1]; i < size - 1; i++)
        CHECK_INT(at[i], 0);
    walk_text(at, at[size - 1], out, out_size);
}

/* Where block `block` of that partition reference lies. */
static inline uint32_t walk_lba(const struct walk *w, uint32_t partition, uint32_t block)
{
    if (partition == 1) {
        CHECK(w->metadata_lba != 0 && block < w->metadata_blocks);
        return w->metadata_lba + block;
    }
    CHECK_INT(partition, 0);
    CHECK(block < w->length);
    return w->start + block;
}

/* An FE or EFE: all of walk_entry but name and folder, and its extents one behind the other. */
static inline void walk_icb(const struct walk *w, uint32_t partition, uint32_t block,
                            struct walk_entry *out)
{
    uint8_t b[2048];
    bool extended = w->metadata_lba != 0 || partition == 2;
    CHECK(walk_read(w, walk_lba(w, partition == 2 ? 0 : partition, block), b));
    walk_tag(w, b, extended ? 266 : 261, block);
    CHECK_INT(le16(b + 20), 4);
    CHECK_INT(le16(b + 24), 1);
    out->file_type = b[27];
    out->permissions = le32(b + 44);
    out->links = le16(b + 48);
    out->size_bytes = le64(b + 56);
    out->is_folder = b[27] == 4;
    if (extended)
        CHECK_INT(le64(b + 64), out->size_bytes);
    CHECK_INT(le64(b + (extended ? 72 : 64)), (out->size_bytes + 2047) / 2048);
    memcpy(out->modified, b + (extended ? 92 : 84), 12);
    out->unique_id = le64(b + (extended ? 200 : 160));
    uint32_t base = extended ? 216 : 176;
    CHECK_INT(le32(b + base - 8), 0);
    uint32_t form = le16(b + 34) & 7, step = form == 1 ? 16 : 8, bytes = le32(b + base - 4);
    CHECK_INT(le16(b + 10) + 16, base + bytes);
    CHECK_INT(form, w->metadata_lba != 0 && partition == 1 && b[27] == 5 ? 1 : 0);
    CHECK_INT(bytes % step, 0);
    out->extents = bytes / step;
    out->lba = 0;
    uint64_t total = 0;
    uint32_t next = 0;
    for (const uint8_t *ad = b + base; ad < b + base + bytes; ad += step) {
        uint32_t length = le32(ad), in = form == 1 ? le16(ad + 8) : partition == 1 ? 1 : 0;
        CHECK(length != 0 && length <= 0x3FFFF800);
        uint32_t lba = walk_lba(w, in, le32(ad + 4));
        walk_lba(w, in, le32(ad + 4) + (length + 2047) / 2048 - 1);
        CHECK(next == 0 || lba == next);
        CHECK_INT(total % 2048, 0);
        out->lba = out->lba ? out->lba : lba;
        next = lba + (length + 2047) / 2048;
        total += length;
    }
    CHECK_INT(total, out->size_bytes);
}

struct walk_fid {
    uint32_t flags, block, partition, unique_id, size;
    char name[1100];
};

static inline void walk_fid_at(struct walk *w, const uint8_t *directory, uint64_t at, uint32_t block,
                               struct walk_fid *out)
{
    const uint8_t *b = directory + at;
    CHECK(at % 2048 <= 2048 - 16); /* the tag lies in one block */
    walk_tag(w, b, 257, block + (uint32_t)(at / 2048));
    CHECK_INT(le16(b + 16), 1);
    uint32_t use = le16(b + 36);
    out->flags = b[18];
    CHECK_INT(le32(b + 20), 2048);
    out->block = le32(b + 24);
    out->partition = le16(b + 28);
    out->unique_id = le32(b + 32);
    out->size = (38 + use + b[19] + 3) & ~3u;
    CHECK_INT(le16(b + 10) + 16, out->size);
    CHECK(use == 0 || use == 32);
    CHECK(use == 0 || memcmp(b + 38, "\0*", 2) == 0);
    w->padded += use != 0;
    w->split += at / 2048 != (at + out->size - 1) / 2048;
    walk_text(b + 38 + use, b[19], out->name, sizeof out->name);
}

static inline void walk_folder(struct walk *w, const struct walk_entry *self, const char *path,
                               uint32_t self_block, uint32_t parent_block, uint64_t parent_id, int depth)
{
    uint32_t partition = w->metadata_lba != 0, subfolders = 0;
    uint32_t block = self->lba - (partition ? w->metadata_lba : w->start);
    uint64_t blocks = (self->size_bytes + 2047) / 2048;
    uint8_t *directory = calloc(1, blocks * 2048);
    for (uint64_t i = 0; i < blocks; i++)
        CHECK(walk_read(w, self->lba + (uint32_t)i, directory + i * 2048));
    w->folders++;
    CHECK(depth < 70);
    for (uint64_t at = 0; at < self->size_bytes;) {
        struct walk_fid fid;
        struct walk_entry e = {.folder = path};
        walk_fid_at(w, directory, at, block, &fid);
        CHECK_INT(fid.partition, partition);
        if (at == 0) {
            CHECK_INT(fid.flags, 0x0A);
            CHECK_INT(fid.block, parent_block);
            CHECK_INT(fid.unique_id, parent_id);
            CHECK_STR(fid.name, "");
        } else {
            walk_icb(w, partition, fid.block, &e);
            CHECK_INT(fid.flags, e.is_folder ? 2 : 0);
            CHECK_INT(fid.unique_id, e.unique_id);
            CHECK(e.unique_id >= 16 && e.unique_id < w->next_id);
            memcpy(e.name, fid.name, sizeof e.name);
            subfolders += e.is_folder;
            w->files += !e.is_folder;
            w->highest_id = e.unique_id > w->highest_id ? e.unique_id : w->highest_id;
            w->entry(w->ctx, &e);
        }
        if (e.is_folder) {
            size_t size = strlen(path) + strlen(fid.name) + 2;
            char *below = malloc(size);
            snprintf(below, size, "%s/%s", path, fid.name);
            walk_folder(w, &e, below, fid.block, self_block, self->unique_id, depth + 1);
            free(below);
        }
        at += fid.size;
    }
    CHECK_INT(self->links, 1 + subfolders);
    free(directory);
}

/* Type 2 map, metadata file and mirror, and that their contents are the same. */
static inline void walk_metadata(struct walk *w, const uint8_t *map)
{
    uint8_t a[2048], b[2048];
    struct walk_entry file = {.name = ""}, mirror = {.name = ""};
    CHECK_INT(map[0], 2);
    CHECK_INT(map[1], 64);
    CHECK(memcmp(map + 4, "\0*UDF Metadata Partition", 24) == 0);
    CHECK_INT(le32(map + 48), 0xFFFFFFFF);
    CHECK_INT(le32(map + 52), 32);
    CHECK_INT(le16(map + 56), 32);
    CHECK_INT(map[58], 1);
    walk_icb(w, 2, le32(map + 40), &file);
    walk_icb(w, 2, le32(map + 44), &mirror);
    CHECK_INT(file.file_type, 250);
    CHECK_INT(mirror.file_type, 251);
    CHECK_INT(file.links + mirror.links + file.unique_id + mirror.unique_id, 0);
    CHECK_INT(file.size_bytes, mirror.size_bytes);
    CHECK_INT(file.size_bytes % (32 * 2048), 0);
    CHECK_INT(file.lba % 32, 0);
    CHECK_INT(mirror.lba % 32, 0);
    w->metadata_lba = file.lba;
    w->mirror_lba = mirror.lba;
    w->metadata_blocks = (uint32_t)(file.size_bytes / 2048);
    for (uint32_t i = 0; i < w->metadata_blocks; i++) {
        CHECK_INT(walk_read(w, file.lba + i, a), walk_read(w, mirror.lba + i, b));
        CHECK(memcmp(a, b, 2048) == 0);
    }
}

static inline void walk_sequences(struct walk *w, uint32_t revision)
{
    static const uint32_t tags[] = {1, 4, 5, 6, 7, 8};
    uint8_t b[2048], other[2048];
    char text[256];
    for (uint32_t i = 0; i < 6; i++) {
        CHECK(walk_read(w, 32 + i, b) && walk_read(w, w->reserve + i, other));
        walk_tag(w, b, tags[i], 32 + i);
        walk_tag(w, other, tags[i], w->reserve + i);
        CHECK(memcmp(b + 16, other + 16, 2048 - 16) == 0);
        CHECK_INT(le32(b + 16), i == 5 ? 0 : i);
        if (i == 0) {
            CHECK_INT(le16(b + 60), 2);
            CHECK_INT(le16(b + 62), 2);
            walk_dstring(b + 24, 32, w->volume_id, sizeof w->volume_id);
            walk_dstring(b + 72, 128, w->set_id, sizeof w->set_id);
        } else if (i == 1) {
            CHECK(memcmp(b + 20, "\0*UDF LV Info", 13) == 0);
            CHECK_INT(le16(b + 44), revision);
            walk_dstring(b + 116, 128, text, sizeof text);
            CHECK_STR(text, w->volume_id);
        } else if (i == 2) {
            CHECK(memcmp(b + 24, revision < 0x200 ? "\0+NSR02" : "\0+NSR03", 8) == 0);
            CHECK_INT(le32(b + 184), 1);
            w->start = le32(b + 188);
            w->length = le32(b + 192);
            CHECK(w->start + w->length <= w->blocks);
        } else if (i == 3) {
            CHECK(memcmp(b + 216, "\0*OSTA UDF Compliant", 20) == 0);
            CHECK_INT(le16(b + 240), revision);
            CHECK_INT(b[242], 3);
            walk_dstring(b + 84, 128, text, sizeof text);
            CHECK_STR(text, w->volume_id);
            CHECK_INT(le32(b + 264), revision >= 0x250 ? 70 : 6);
            CHECK_INT(le32(b + 268), revision >= 0x250 ? 2 : 1);
            CHECK_INT(le16(b + 10) + 16, 440 + le32(b + 264));
            CHECK(memcmp(b + 440, "\1\6\1\0\0\0", 6) == 0);
            CHECK_INT(le16(b + 256), revision >= 0x250); /* reference of the FSD */
            CHECK_INT(le32(b + 436), 64);
            if (revision >= 0x250)
                walk_metadata(w, b + 446);
        }
    }
}

static inline void walk_volume(struct walk *w, uint32_t revision)
{
    uint8_t b[2048];
    struct walk_entry root = {.name = ""};
    w->tag_version = revision < 0x200 ? 2 : 3;
    CHECK(walk_read(w, 256, b));
    walk_tag(w, b, 2, 256);
    w->reserve = le32(b + 28);
    CHECK(walk_read(w, w->blocks - 1, b));
    walk_tag(w, b, 2, w->blocks - 1);
    CHECK_INT(le32(b + 28), w->reserve);
    walk_sequences(w, revision);
    CHECK(walk_read(w, 64, b));
    walk_tag(w, b, 9, 64);
    w->next_id = le64(b + 40);
    uint32_t maps = le32(b + 72), files = le32(b + 80 + 8 * maps + 32), folders = le32(b + 80 + 8 * maps + 36);
    CHECK_INT(maps, revision >= 0x250 ? 2 : 1);
    CHECK_INT(le32(b + 28), 1);
    CHECK_INT(le32(b + 80 + 4 * maps), w->length);
    if (maps == 2)
        CHECK_INT(le32(b + 92), w->metadata_blocks);
    CHECK_INT(le16(b + 80 + 8 * maps + 40), revision == 0x260 ? 0x250 : revision);
    CHECK_INT(le16(b + 80 + 8 * maps + 42), revision);
    CHECK_INT(le16(b + 80 + 8 * maps + 44), revision);
    CHECK(walk_read(w, 65, b));
    walk_tag(w, b, 8, 65);
    CHECK(walk_read(w, walk_lba(w, maps - 1, 1), b));
    walk_tag(w, b, 8, 1);
    CHECK(walk_read(w, walk_lba(w, maps - 1, 0), b));
    walk_tag(w, b, 256, 0);
    CHECK_INT(le32(b + 28), 3 | 3 << 16);
    CHECK_INT(b[442], 3);
    uint32_t block = le32(b + 404);
    walk_icb(w, le16(b + 408), block, &root);
    CHECK_INT(root.unique_id, 0);
    CHECK_INT(root.file_type, 4);
    walk_folder(w, &root, "", block, block, 0, 0);
    CHECK_INT(w->files, files);
    CHECK_INT(w->folders, folders);
    CHECK(w->highest_id < w->next_id);
}

#endif
