#include "test.h"

#include <stdbool.h>

#include "burn/image/udfread.h"

/* A UDF 2.50 volume written by hand: partition from block 300 on, metadata file in its blocks 4 to
 * 19 (two pieces), its mirror in blocks 60 to 75, files between them. What lies where in the
 * metadata file: */
#define BLOCKS 640
#define PARTITION 300
#define PARTITION_BLOCKS 100
enum {
    META_FSD,
    META_ROOT,
    META_ROOT_DATA,
    META_SUB = 5,
    META_SUB_DATA,
    META_FILE,
    META_LONG,
    META_AED,
    META_EMBEDDED,
    META_BLOCKS = 16
};

struct disc {
    uint8_t data[BLOCKS][DW_BLOCK_SIZE];
    size_t root_size, sub_size;
    bool unreadable[BLOCKS];
    struct dw_blocks blocks;
    struct dw_error err;
    char faults[4096];
};

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

/* Bit by bit, unlike the one it tests. */
static uint16_t crc16(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++)
        for (int bit = 7; bit >= 0; bit--)
            crc = (crc << 1 ^ ((crc >> 15 ^ (uint32_t)(p[i] >> bit)) & 1 ? 0x1021u : 0)) & 0xFFFF;
    return (uint16_t)crc;
}

static void tag(uint8_t *d, uint16_t id, uint32_t location, size_t size)
{
    memset(d, 0, 16);
    put16(d, id);
    put16(d + 2, 3);
    put16(d + 8, crc16(d + 16, size - 16));
    put16(d + 10, (uint32_t)(size - 16));
    put32(d + 12, location);
    uint8_t sum = 0;
    for (int i = 0; i < 16; i++)
        sum = (uint8_t)(sum + d[i]);
    d[4] = sum;
}

/* Metadata blocks 0 to 9 lie at partition block 4, the others at 20: two extents. */
static uint32_t meta_lba(uint32_t block)
{
    return PARTITION + (block < 10 ? 4 + block : 20 + block - 10);
}
static uint8_t *meta(struct disc *d, uint32_t block)
{
    return d->data[meta_lba(block)];
}

static void ad_short(uint8_t *p, uint32_t bytes, uint32_t block)
{
    put32(p, bytes);
    put32(p + 4, block);
}
static void ad_long(uint8_t *p, uint32_t bytes, uint32_t block, uint16_t partition)
{
    ad_short(p, bytes, block);
    put16(p + 8, partition);
}

/* An extended file entry whose allocation descriptors (or bytes) are at 216 already. */
static void entry(uint8_t *d, uint32_t location, uint8_t type, uint8_t form, uint64_t size,
                  uint32_t ads)
{
    put16(d + 20, 4);
    d[27] = type;
    put16(d + 34, form);
    put32(d + 44, 0x5AD6);
    put16(d + 48, 1);
    put32(d + 56, (uint32_t)size);
    put32(d + 60, (uint32_t)(size >> 32));
    put32(d + 212, ads);
    tag(d, 266, location, 216 + ads);
}

static void put_name(uint8_t *to, const char *name, bool wide, size_t *out_size)
{
    size_t n = strlen(name);
    to[0] = wide ? 16 : 8;
    for (size_t i = 0; i < n; i++) {
        to[1 + (wide ? 2 * i + 1 : i)] = (uint8_t)name[i];
        if (wide)
            to[1 + 2 * i] = 0x30; /* U+30xx: kana */
    }
    *out_size = 1 + (wide ? 2 * n : n);
}

/* use: bytes of implementation use, to let an FID cross its block. */
static void fid(struct disc *d, bool sub, const char *name, bool wide, uint8_t characteristics,
                uint32_t block, uint32_t use)
{
    uint8_t bytes[4096] = {0};
    size_t *at = sub ? &d->sub_size : &d->root_size, name_size = 0;
    uint32_t first = sub ? META_SUB_DATA : META_ROOT_DATA;
    put16(bytes + 16, 1);
    bytes[18] = characteristics;
    ad_long(bytes + 20, 2048, block, 1);
    put16(bytes + 36, use);
    if (name[0])
        put_name(bytes + 38 + use, name, wide, &name_size);
    bytes[19] = (uint8_t)name_size;
    size_t size = (38 + use + name_size + 3) & ~(size_t)3;
    tag(bytes, 257, first + (uint32_t)(*at / 2048), size);
    for (size_t i = 0; i < size; i++)
        meta(d, first + (uint32_t)((*at + i) / 2048))[(*at + i) % 2048] = bytes[i];
    *at += size;
}

static void fill_tree(struct disc *d)
{
    fid(d, false, "", false, 0x0A, META_ROOT, 0);
    fid(d, false, "FILE", false, 0, META_FILE, 0);
    fid(d, false, "GONE", false, 4, META_FILE, 0);
    fid(d, false, "\x42\x44", true, 0, META_EMBEDDED, 2000); /* crosses the block's end */
    fid(d, false, "SUB", false, 2, META_SUB, 0);
    fid(d, true, "", false, 0x0A, META_ROOT, 0);
    fid(d, true, "LONG", false, 0, META_LONG, 0);
    ad_short(meta(d, META_ROOT) + 216, (uint32_t)d->root_size, META_ROOT_DATA);
    entry(meta(d, META_ROOT), META_ROOT, 4, 0, d->root_size, 8);
    ad_short(meta(d, META_SUB) + 216, (uint32_t)d->sub_size, META_SUB_DATA);
    entry(meta(d, META_SUB), META_SUB, 4, 0, d->sub_size, 8);
    ad_long(meta(d, META_FILE) + 216, 3000, 40, 0);
    entry(meta(d, META_FILE), META_FILE, 5, 1, 3000, 16);
    /* one block, then on in an AED: a hole of one block, and ten bytes more */
    ad_long(meta(d, META_LONG) + 216, 2048, 45, 0);
    ad_long(meta(d, META_LONG) + 232, 3u << 30 | 2048, META_AED, 1);
    entry(meta(d, META_LONG), META_LONG, 5, 1, 4106, 32);
    ad_long(meta(d, META_AED) + 24, 2u << 30 | 2048, 0, 0);
    ad_long(meta(d, META_AED) + 40, 10, 47, 0);
    put32(meta(d, META_AED) + 20, 32);
    tag(meta(d, META_AED), 258, META_AED, 24 + 32);
    memcpy(meta(d, META_EMBEDDED) + 216, "within", 6);
    entry(meta(d, META_EMBEDDED), META_EMBEDDED, 5, 3, 6, 6);
    for (unsigned i = 0; i < 3000; i++)
        d->data[PARTITION + 40 + i / 2048][i % 2048] = (uint8_t)(i * 7);
    memset(d->data[PARTITION + 45], 'A', 2048);
    memcpy(d->data[PARTITION + 47], "0123456789", 10);
}

static void put_sequence(struct disc *d, uint32_t lba)
{
    uint8_t *pvd = d->data[lba], *pd = d->data[lba + 1], *lvd = d->data[lba + 2];
    memcpy(pvd + 24, "\x08LABEL", 6);
    pvd[24 + 31] = 6;
    tag(pvd, 1, lba, 512);
    put32(pd + 184, 1);
    put32(pd + 188, PARTITION);
    put32(pd + 192, PARTITION_BLOCKS);
    tag(pd, 5, lba + 1, 512);
    put32(lvd + 212, 2048);
    memcpy(lvd + 217, "*OSTA UDF Compliant", 19);
    put16(lvd + 240, 0x0250);
    ad_long(lvd + 248, 4096, META_FSD, 1);
    put32(lvd + 264, 70);
    put32(lvd + 268, 2);
    ad_short(lvd + 432, 4096, 64);
    uint8_t *map = lvd + 440;
    map[0] = 1;
    map[1] = 6;
    map += 6;
    map[0] = 2;
    map[1] = 64;
    memcpy(map + 5, "*UDF Metadata Partition", 23);
    put32(map + 44, 59);
    put32(map + 48, UINT32_MAX);
    put32(map + 52, 32);
    map[58] = 1;
    tag(lvd, 6, lba + 2, 440 + 70);
    tag(d->data[lba + 3], 8, lba + 3, 512);
}

static dw_status disc_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct disc *d = ctx;
    if (lba >= BLOCKS || count > BLOCKS - lba)
        return dw_error_set(err, DW_ERR_IO, "block %u is not there", lba);
    for (uint32_t i = 0; i < count; i++)
        if (d->unreadable[lba + i])
            return dw_error_set(err, DW_ERR_IO, "block %u cannot be read", lba + i);
    memcpy(out, d->data[lba], (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

static void put_anchor(struct disc *d, uint32_t lba)
{
    ad_short(d->data[lba] + 16, 32768, 32);
    ad_short(d->data[lba] + 24, 32768, 48);
    tag(d->data[lba], 2, lba, 512);
}

static void put_metadata_file(struct disc *d)
{
    uint8_t *file = d->data[PARTITION], *mirror = d->data[PARTITION + 59];
    ad_short(file + 216, 10 * 2048, 4);
    ad_short(file + 224, 6 * 2048, 20);
    entry(file, 0, 250, 0, META_BLOCKS * 2048, 16);
    ad_short(mirror + 216, META_BLOCKS * 2048, 60);
    entry(mirror, 59, 251, 0, META_BLOCKS * 2048, 8);
    for (uint32_t i = 0; i < META_BLOCKS; i++)
        memcpy(d->data[PARTITION + 60 + i], meta(d, i), 2048);
}

static struct disc *new_disc(void)
{
    struct disc *d = calloc(1, sizeof *d);
    if (!d)
        exit(1);
    d->blocks = (struct dw_blocks){.read = disc_read, .count = BLOCKS, .ctx = d};
    memcpy(d->data[16] + 1, "BEA01\1", 6);
    memcpy(d->data[17] + 1, "NSR03\1", 6);
    memcpy(d->data[18] + 1, "TEA01\1", 6);
    put_sequence(d, 32);
    put_sequence(d, 48);
    put_anchor(d, 256);
    put_anchor(d, BLOCKS - 257);
    put_anchor(d, BLOCKS - 1);
    uint8_t *lvid = d->data[64];
    put32(lvid + 28, 1);
    tag(lvid, 9, 64, 512);
    ad_long(meta(d, META_FSD) + 400, 2048, META_ROOT, 1);
    tag(meta(d, META_FSD), 256, META_FSD, 512);
    fill_tree(d);
    put_metadata_file(d);
    return d;
}

static dw_status list_entry(void *ctx, const struct dw_udfvol_entry *entry, struct dw_error *err)
{
    size_t n = strlen(ctx);
    (void)err;
    snprintf((char *)ctx + n, 4096 - n, "%s%s=%llu ", entry->path, entry->is_folder ? "/" : "",
             (unsigned long long)entry->size_bytes);
    return DW_OK;
}

static void note_fault(void *ctx, const struct dw_udfvol_fault *fault)
{
    struct disc *d = ctx;
    size_t n = strlen(d->faults);
    snprintf(d->faults + n, sizeof d->faults - n, "[%d at %u%s%s: %s]", fault->kind, fault->lba,
             fault->path[0] ? " in " : "", fault->path, fault->sentence);
}

/* Open and list; the listing is in out. */
static dw_status list(struct disc *d, bool listen, char out[4096])
{
    dw_udfvol *volume = NULL;
    out[0] = d->faults[0] = '\0';
    dw_status st =
        dw_udfvol_open(&d->blocks, listen ? note_fault : NULL, d, NULL, &volume, &d->err);
    if (st == DW_OK)
        st = dw_udfvol_walk(volume, list_entry, out, &d->err);
    dw_udfvol_close(volume);
    return st;
}

static const char tree_text[] = "/FILE=3000 /\xE3\x81\x82\xE3\x81\x84=6 /SUB/=84 /SUB/LONG=4106 ";

static void a_volume_with_metadata_partition_is_read_whole(void)
{
    struct disc *d = new_disc();
    char text[4096];
    CHECK_OK(list(d, false, text), d->err);
    CHECK_STR(text, tree_text);
    CHECK_OK(list(d, true, text), d->err);
    CHECK_STR(d->faults, "[9 at 306: with its name]"); /* the one that the sample has deleted */
    dw_udfvol *volume = NULL;
    CHECK_OK(dw_udfvol_open(&d->blocks, NULL, NULL, NULL, &volume, &d->err), d->err);
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    CHECK_INT(info->revision, 0x0250);
    CHECK_STR(info->volume_id, "LABEL");
    CHECK(info->has_metadata && info->metadata_ok && info->mirror_ok && info->mirror_is_copy);
    CHECK(info->anchor_ok[0] && info->anchor_ok[1] && info->anchor_ok[2]);
    struct dw_udfvol_extent extent;
    CHECK(dw_udfvol_metadata_extent(volume, false, 1, &extent));
    CHECK_INT(extent.lba, PARTITION + 20);
    CHECK(!dw_udfvol_metadata_extent(volume, false, 2, &extent));
    dw_udfvol_close(volume);
    free(d);
}

static void bytes_come_from_extents_holes_and_entries(void)
{
    struct disc *d = new_disc();
    dw_udfvol *volume = NULL;
    struct dw_udfvol_entry entry = {0};
    uint8_t bytes[8192];
    CHECK_OK(dw_udfvol_open(&d->blocks, NULL, NULL, NULL, &volume, &d->err), d->err);
    CHECK_OK(dw_udfvol_find(volume, "/FILE", &entry, &d->err), d->err);
    CHECK(entry.is_contiguous);
    CHECK_INT(entry.lba, PARTITION + 40);
    CHECK_OK(dw_udfvol_read_file(volume, &entry, 2040, bytes, 960, &d->err), d->err);
    for (unsigned i = 0; i < 960; i++)
        CHECK_INT(bytes[i], (uint8_t)((2040 + i) * 7));
    CHECK_INT(dw_udfvol_read_file(volume, &entry, 2999, bytes, 2, &d->err), DW_ERR_INVALID);
    CHECK_OK(dw_udfvol_find(volume, "/SUB/LONG", &entry, &d->err), d->err);
    CHECK(!entry.is_contiguous);
    CHECK_INT(entry.level, 3);
    CHECK_OK(dw_udfvol_read_file(volume, &entry, 2047, bytes, 2059, &d->err), d->err);
    CHECK_INT(bytes[0], 'A');
    CHECK_INT(bytes[1] | bytes[2048], 0);
    CHECK(memcmp(bytes + 2049, "0123456789", 10) == 0);
    CHECK_OK(dw_udfvol_find(volume, "/\xE3\x81\x82\xE3\x81\x84", &entry, &d->err), d->err);
    CHECK(entry.is_embedded);
    CHECK_OK(dw_udfvol_read_file(volume, &entry, 1, bytes, 5, &d->err), d->err);
    CHECK(memcmp(bytes, "ithin", 5) == 0);
    CHECK_INT(dw_udfvol_find(volume, "/GONE", &entry, &d->err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_udfvol_find(volume, "/FILE/X", &entry, &d->err), DW_ERR_NOT_FOUND);
    CHECK_HAS(d->err.text, "/FILE/X");
    dw_udfvol_close(volume);
    free(d);
}

struct damage {
    const char *what;
    void (*seed)(struct disc *d);
    const char *fault; /* what a listener is told */
    bool mended;       /* and a reader that does not listen sees nothing of it */
};

static void break_main(struct disc *d)
{
    d->data[34][300] ^= 1;
}
static void unreadable_main(struct disc *d)
{
    d->unreadable[33] = true;
}
static void no_256(struct disc *d)
{
    memset(d->data[256], 0, 2048);
}
static void break_metadata_file(struct disc *d)
{
    d->data[PARTITION][27] = 5;
    d->data[PARTITION][0] = 1;
}
static void break_fsd(struct disc *d)
{
    meta(d, META_FSD)[100] ^= 1;
}
static void unreadable_fsd(struct disc *d)
{
    d->unreadable[meta_lba(META_FSD)] = true;
}
static void break_entry(struct disc *d)
{
    meta(d, META_FILE)[56] ^= 1;
}
static void move_entry(struct disc *d)
{
    tag(meta(d, META_FILE), 266, 99, 216 + 16);
}
static void break_fid(struct disc *d)
{
    meta(d, META_SUB_DATA)[40 + 20] ^= 1;
}
static void overwrite_fid(struct disc *d)
{
    memset(meta(d, META_SUB_DATA), 0xFF, 2048);
}
static void break_aed(struct disc *d)
{
    meta(d, META_AED)[30] ^= 1;
}
static void both_entries(struct disc *d)
{
    break_entry(d);
    d->data[PARTITION + 60 + META_FILE][57] ^= 1;
}
static void no_recognition(struct disc *d)
{
    memset(d->data[17], 0, 2048);
}

static const struct damage damages[] = {
    {"the main sequence", break_main, "at 34", true},
    {"an unreadable main sequence", unreadable_main, "main volume descriptor sequence", true},
    {"the anchor at 256", no_256, "", true},
    {"the metadata file", break_metadata_file, "[5 at", true},
    {"the file set descriptor", break_fsd, "CRC", true},
    {"an unreadable file set descriptor", unreadable_fsd, "cannot be read", true},
    {"a file entry", break_entry, "CRC", true},
    {"a file entry of another block", move_entry, "another block", true},
    {"a file identifier", break_fid, "/SUB", true},
    {"a folder overwritten", overwrite_fid, "no file identifier", true},
    {"an allocation extent", break_aed, "CRC", true},
    {"a file entry and its copy", both_entries, "CRC", false},
    {"the recognition sequence", no_recognition, "NSR02", false},
};

static void what_is_broken_comes_from_its_second_copy_and_is_told(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(damages); i++) {
        struct disc *d = new_disc();
        char text[4096];
        int before = test_failures;
        damages[i].seed(d);
        dw_status st = list(d, false, text);
        CHECK_INT(st, damages[i].mended ? DW_OK : DW_ERR_CORRUPT);
        if (damages[i].mended)
            CHECK_STR(text, tree_text);
        CHECK_OK(list(d, true, text), d->err);
        CHECK_HAS(d->faults, damages[i].fault);
        if (test_failures != before)
            fprintf(stderr, "  ... with damage to %s: %s, %s, %s\n", damages[i].what, text,
                    d->faults, d->err.text);
        free(d);
    }
}

static void a_loop_ends_the_walk_with_a_sentence(void)
{
    struct disc *d = new_disc();
    char text[4096];
    fid(d, true, "BACK", false, 2, META_ROOT, 0);
    ad_short(meta(d, META_SUB) + 216, (uint32_t)d->sub_size, META_SUB_DATA);
    entry(meta(d, META_SUB), META_SUB, 4, 0, d->sub_size, 8);
    CHECK_INT(list(d, false, text), DW_ERR_CORRUPT);
    CHECK_HAS(d->err.text, "loop");
    CHECK_OK(list(d, true, text), d->err);
    CHECK_HAS(d->faults, "loop");
    CHECK_HAS(text, "/SUB/LONG");
    free(d);
}

static void many_names_of_one_long_chain_of_extents_end_the_walk(void)
{
    struct disc *d = new_disc();
    char text[4096];
    /* each turn gives a hole of a block and begins the same block anew */
    ad_long(meta(d, META_AED) + 40, 3u << 30 | 2048, META_AED, 1);
    tag(meta(d, META_AED), 258, META_AED, 24 + 32);
    entry(meta(d, META_LONG), META_LONG, 5, 1, 2048 + 1500 * 2048, 32);
    CHECK_OK(list(d, false, text), d->err); /* strange, and no more */
    for (const char *name = "ABC"; *name; name++)
        fid(d, true, (char[]){*name, 0}, false, 0, META_LONG, 0);
    ad_short(meta(d, META_SUB) + 216, (uint32_t)d->sub_size, META_SUB_DATA);
    entry(meta(d, META_SUB), META_SUB, 4, 0, d->sub_size, 8);
    CHECK_INT(list(d, true, text), DW_ERR_LIMIT);
    CHECK_HAS(d->err.text, "more blocks than the disc has");
    free(d);
}

static void what_it_cannot_read_is_named(void)
{
    struct disc *d = new_disc();
    char text[4096];
    memcpy(d->data[34] + 440 + 6 + 5, "*UDF Virtual Partition\0", 23);
    tag(d->data[34], 6, 34, 440 + 70);
    CHECK_INT(list(d, false, text), DW_ERR_UNSUPPORTED);
    CHECK_HAS(d->err.text, "Virtual");
    memset(d->data, 0, sizeof d->data);
    CHECK_INT(list(d, false, text), DW_ERR_NOT_FOUND);
    d->blocks.count = 3;
    CHECK_INT(list(d, false, text), DW_ERR_NOT_FOUND);
    free(d);
}

static void an_extent_behind_the_partition_is_told(void)
{
    struct disc *d = new_disc();
    char text[4096];
    ad_long(meta(d, META_FILE) + 216, 3000, PARTITION_BLOCKS - 1, 0);
    entry(meta(d, META_FILE), META_FILE, 5, 1, 3000, 16);
    CHECK_INT(list(d, false, text), DW_ERR_CORRUPT);
    CHECK_HAS(d->err.text, "not all on the disc");
    CHECK_OK(list(d, true, text), d->err);
    CHECK_HAS(d->faults, "/FILE");
    free(d);
}

static void names_are_decoded_by_their_compression_id(void)
{
    char out[64];
    CHECK(dw_udfvol_cs0((const uint8_t *)"\x08"
                                         "A\xE9",
                        3, out, sizeof out));
    CHECK_STR(out, "A\xC3\xA9");
    CHECK(dw_udfvol_cs0((const uint8_t *)"\x10\xD8\x3D\xDE\x00", 5, out, sizeof out));
    CHECK_STR(out, "\xF0\x9F\x98\x80");
    CHECK(dw_udfvol_cs0((const uint8_t *)"\x10\xD8\x3D\x00"
                                         "A",
                        5, out, sizeof out));
    CHECK_STR(out, "_A");
    CHECK(!dw_udfvol_cs0((const uint8_t *)"\x10\x00", 2, out, sizeof out));
    CHECK(!dw_udfvol_cs0((const uint8_t *)"\xFE"
                                          "A",
                         2, out, sizeof out));
}

/* The volume ends where the disc does, or so many blocks before. */
static void a_medium_behind_its_volume_ends_with_the_anchors_of_the_volume(void)
{
    static const struct {
        const char *what;
        uint32_t volume_blocks, spoiled; /* 0: none */
        bool stale;                      /* a good anchor, and of another volume */
        dw_status status;
        const char *text;
    } rows[] = {
        {"both are there", 300, 0, false, DW_OK, ""},
        {"the last is lost", 300, BLOCKS - 1, false, DW_ERR_CORRUPT, "block 639 is no anchor of this volume"},
        {"the last but 256 is lost", 300, BLOCKS - 257, false, DW_ERR_CORRUPT, "block 383 is no anchor"},
        {"the last is of an earlier volume", 300, BLOCKS - 1, true, DW_ERR_CORRUPT, "block 639 is no anchor"},
        {"the last but 256 lies inside", BLOCKS - 256, BLOCKS - 257, false, DW_OK, ""},
        {"the medium ends with the volume", BLOCKS, BLOCKS - 1, false, DW_OK, ""},
        {"no UDF", 300, 256, false, DW_OK, ""},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct disc *d = new_disc();
        int before = test_failures;
        if (rows[i].spoiled)
            memset(d->data[rows[i].spoiled], 0, DW_BLOCK_SIZE);
        if (rows[i].stale) {
            put_anchor(d, rows[i].spoiled);
            ad_short(d->data[rows[i].spoiled] + 24, 32768, 64);
            tag(d->data[rows[i].spoiled], 2, rows[i].spoiled, 512);
        }
        CHECK_INT(dw_udfvol_check_end(&d->blocks, rows[i].volume_blocks, &d->err), rows[i].status);
        CHECK_HAS(d->err.text, rows[i].text);
        if (test_failures != before)
            fprintf(stderr, "  ... %s\n", rows[i].what);
        free(d);
    }
}

static void the_end_of_a_medium_that_cannot_be_read_says_so(void)
{
    struct disc *d = new_disc();
    d->unreadable[BLOCKS - 1] = true;
    CHECK_INT(dw_udfvol_check_end(&d->blocks, 300, &d->err), DW_ERR_IO);
    CHECK_STR(d->err.text, "block 639 cannot be read");
    free(d);
}

TESTS(TEST(a_volume_with_metadata_partition_is_read_whole),
      TEST(a_medium_behind_its_volume_ends_with_the_anchors_of_the_volume),
      TEST(the_end_of_a_medium_that_cannot_be_read_says_so),
      TEST(bytes_come_from_extents_holes_and_entries),
      TEST(what_is_broken_comes_from_its_second_copy_and_is_told),
      TEST(a_loop_ends_the_walk_with_a_sentence),
      TEST(many_names_of_one_long_chain_of_extents_end_the_walk), TEST(what_it_cannot_read_is_named),
      TEST(an_extent_behind_the_partition_is_told), TEST(names_are_decoded_by_their_compression_id))
