#include "test.h"

#include <stdbool.h>

#include "base/limits.h"
#include "burn/image/isoread.h"

/* A volume written by hand: descriptors at 16 and 17, root at 20, one block for each folder. */
#define BLOCKS 128
#define ROOT 20

struct disc {
    uint8_t data[BLOCKS][DW_BLOCK_SIZE];
    size_t used[BLOCKS]; /* bytes of records in a folder's block */
    struct dw_blocks blocks;
    struct dw_error err;
};

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = at[7 - i] = (uint8_t)(value >> (8 * i));
}

static size_t put_record(uint8_t *at, const char *name, size_t n, uint32_t lba, uint32_t size,
                         uint8_t flags)
{
    size_t length = 33 + n + (n % 2 == 0);
    at[0] = (uint8_t)length;
    put32(at + 2, lba);
    put32(at + 10, size);
    at[25] = flags;
    at[32] = (uint8_t)n;
    memcpy(at + 33, name, n);
    return length;
}

static uint8_t *add(struct disc *d, uint32_t folder, const char *name, uint32_t lba, uint32_t size,
                    uint8_t flags)
{
    uint8_t *at = d->data[folder] + d->used[folder];
    d->used[folder] += put_record(at, name, strlen(name), lba, size, flags);
    return at;
}

static void add_folder(struct disc *d, uint32_t parent, const char *name, uint32_t lba)
{
    if (name)
        add(d, parent, name, lba, DW_BLOCK_SIZE, 2);
    d->used[lba] = put_record(d->data[lba], "\0", 1, lba, DW_BLOCK_SIZE, 2);
    d->used[lba] += put_record(d->data[lba] + d->used[lba], "\1", 1, parent, DW_BLOCK_SIZE, 2);
}

static dw_status disc_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct disc *d = ctx;
    if (lba >= BLOCKS || count > BLOCKS - lba)
        return dw_error_set(err, DW_ERR_IO, "block %u is not there", lba);
    memcpy(out, d->data[lba], (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

static struct disc *new_disc(void)
{
    struct disc *d = calloc(1, sizeof *d);
    if (!d)
        exit(1);
    d->blocks = (struct dw_blocks){.read = disc_read, .count = BLOCKS, .ctx = d};
    for (int i = 16; i < 18; i++) {
        d->data[i][0] = i == 16 ? 1 : 255;
        memcpy(d->data[i] + 1, "CD001\1", 6);
    }
    uint8_t *pvd = d->data[16];
    memset(pvd + 8, ' ', 64);
    memcpy(pvd + 40, "LABEL", 5);
    put32(pvd + 80, BLOCKS);
    const uint8_t one_both[4] = {1, 0, 0, 1}, size_both[4] = {0, 8, 8, 0};
    memcpy(pvd + 120, one_both, 4);
    memcpy(pvd + 124, one_both, 4);
    memcpy(pvd + 128, size_both, 4);
    put_record(pvd + 156, "\0", 1, ROOT, DW_BLOCK_SIZE, 2);
    add_folder(d, ROOT, NULL, ROOT);
    return d;
}

static dw_status list(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    char *out = ctx;
    size_t n = strlen(out);
    CHECK(strlen(entry->path) < DW_ISO_PATH_MAX);
    snprintf(out + n, 4096 - n, "%s%s:%u+%llu ", entry->path, entry->is_folder ? "/" : "",
             entry->lba, (unsigned long long)entry->size_bytes);
    return DW_OK;
}

static dw_status walk(struct disc *d, char out[4096])
{
    struct dw_iso_volume volume;
    out[0] = '\0';
    dw_status st = dw_iso_read_volume(&d->blocks, &volume, &d->err);
    return st == DW_OK ? dw_iso_walk(&d->blocks, &volume, list, out, &d->err) : st;
}

static void expect(struct disc *d, dw_status want, const char *text)
{
    char out[4096];
    dw_status st = walk(d, out);
    CHECK_INT(st, want);
    if (want == DW_OK)
        CHECK_STR(out, text);
    else
        CHECK_HAS(d->err.text, text);
    free(d);
}

static void folders_come_before_what_is_in_them(void)
{
    struct disc *d = new_disc();
    add_folder(d, ROOT, "SUB", 21);
    add(d, ROOT, "A.;1", 30, 5, 0);
    add_folder(d, 21, "DEEP", 22);
    add(d, 21, "B.TXT;1", 31, 3000, 0);
    add(d, 22, "C.;1", 33, 0, 0);
    expect(d, DW_OK,
           "/SUB/:21+2048 /A:30+5 /SUB/DEEP/:22+2048 /SUB/B.TXT:31+3000 /SUB/DEEP/C:33+0 ");
}

static void the_volume_says_who_it_is(void)
{
    struct disc *d = new_disc();
    struct dw_iso_volume volume;
    CHECK_OK(dw_iso_read_volume(&d->blocks, &volume, &d->err), d->err);
    CHECK_STR(volume.volume_id, "LABEL");
    CHECK_STR(volume.system_id, "");
    CHECK_INT(volume.blocks, BLOCKS);
    CHECK_INT(volume.root_lba, ROOT);
    CHECK(volume.both_endian_ok && !volume.has_supplementary);
    d->data[16][87] ^= 1;
    memcpy(d->data[18], d->data[17], 7);
    d->data[17][0] = 2;
    CHECK_OK(dw_iso_read_volume(&d->blocks, &volume, &d->err), d->err);
    CHECK(!volume.both_endian_ok && volume.has_supplementary);
    free(d);
}

static void what_is_no_volume_is_refused(void)
{
    struct disc *d = new_disc();
    d->data[16][1] = 'X';
    expect(d, DW_ERR_CORRUPT, "no ISO 9660 volume");
    d = new_disc();
    d->blocks.count = 16;
    expect(d, DW_ERR_CORRUPT, "only 16 blocks");
    d = new_disc();
    d->data[16][0] = 0;
    expect(d, DW_ERR_CORRUPT, "no primary");
    d = new_disc();
    for (int i = 17; i < BLOCKS; i++)
        memcpy(d->data[i], d->data[16], DW_BLOCK_SIZE);
    d->blocks.count = 64;
    expect(d, DW_ERR_CORRUPT, "no ISO 9660 volume: only");
    d = new_disc();
    d->data[16][129] = 2;
    expect(d, DW_ERR_UNSUPPORTED, "blocks of 512");
    d = new_disc();
    d->data[16][156 + 25] = 0;
    expect(d, DW_ERR_CORRUPT, "no folder");
}

static void loops_end(void)
{
    struct disc *d = new_disc();
    add(d, ROOT, "SELF", ROOT, DW_BLOCK_SIZE, 2);
    expect(d, DW_ERR_CORRUPT, "loop");
    d = new_disc();
    add_folder(d, ROOT, "A", 21);
    add_folder(d, 21, "B", 22);
    add(d, 22, "BACK", 21, DW_BLOCK_SIZE, 2);
    expect(d, DW_ERR_CORRUPT, "loop");
}

static void overlapping_folders_and_endless_ones_end(void)
{
    struct disc *d = new_disc();
    for (uint32_t i = 0; i < 5; i++) {
        char name[2] = {(char)('A' + i), 0};
        add(d, ROOT, name, 30 + i, 40 * DW_BLOCK_SIZE, 2);
    }
    expect(d, DW_ERR_CORRUPT, "overlap");
    d = new_disc();
    add(d, ROOT, "A", 21, UINT32_MAX, 2);
    expect(d, DW_ERR_CORRUPT, "in a volume of");
    d = new_disc();
    add(d, ROOT, "A", UINT32_MAX, 10, 2);
    expect(d, DW_ERR_CORRUPT, "behind the end");
    d = new_disc();
    uint32_t at = ROOT;
    for (uint32_t i = 21; i < 21 + DW_ISO_LEVELS_MAX; i++) {
        add_folder(d, at, "D", i);
        at = i;
    }
    expect(d, DW_ERR_CORRUPT, "deeper");
}

static void broken_records_are_refused(void)
{
    struct disc *d = new_disc();
    add(d, ROOT, "A.;1", 30, 5, 0)[0] = 20;
    expect(d, DW_ERR_CORRUPT, "directory record of 20");
    d = new_disc();
    add(d, ROOT, "A.;1", 30, 5, 0)[32] = 200;
    expect(d, DW_ERR_CORRUPT, "name of 200");
    d = new_disc();
    add(d, ROOT, "A.;1", 30, 5, 0)[32] = 0;
    expect(d, DW_ERR_CORRUPT, "name of 0");
    d = new_disc();
    d->data[ROOT][DW_BLOCK_SIZE - 3] = 0;
    size_t at = d->used[ROOT];
    while (at + 34 * 2 < DW_BLOCK_SIZE)
        at += put_record(d->data[ROOT] + at, "A", 1, 30, 1, 0);
    d->data[ROOT][at] = 255; /* would cross the block */
    expect(d, DW_ERR_CORRUPT, "a directory record of 255");
    d = new_disc();
    add(d, ROOT, "A.;1", 30, 5, 0)[26] = 1;
    expect(d, DW_ERR_UNSUPPORTED, "interleaved");
}

static void names_are_safe_as_paths(void)
{
    struct disc *d = new_disc();
    add(d, ROOT, "..;1", 30, 1, 0);
    add(d, ROOT, "...;1", 30, 2, 0);
    add(d, ROOT, ";1", 30, 3, 0);
    add(d, ROOT, "A/../B.;1", 30, 4, 0);
    add(d, ROOT, "\x07\xFF.;1", 30, 5, 0);
    expect(d, DW_OK, "/_:30+1 /_:30+2 /_:30+3 /A_.._B:30+4 /__:30+5 ");
}

static void extents_of_one_file_are_taken_together(void)
{
    struct disc *d = new_disc();
    add(d, ROOT, "BIG.;1", 30, 4096, 0x80);
    add(d, ROOT, "BIG.;1", 32, 100, 0);
    add(d, ROOT, "Z.;1", 40, 1, 0);
    expect(d, DW_OK, "/BIG:30+4196 /Z:40+1 ");
    d = new_disc();
    add(d, ROOT, "BIG.;1", 30, 4096, 0x80);
    add(d, ROOT, "BIG.;1", 33, 100, 0);
    expect(d, DW_ERR_UNSUPPORTED, "do not adjoin");
    d = new_disc();
    add(d, ROOT, "BIG.;1", 30, 4096, 0x80);
    expect(d, DW_ERR_CORRUPT, "next extent");
    d = new_disc();
    add(d, ROOT, "BIG.;1", 30, 4096, 0x80);
    add(d, ROOT, "OTHER.;1", 32, 4096, 0);
    expect(d, DW_ERR_CORRUPT, "next extent");
}

static void files_are_found_by_path_and_read_from_any_offset(void)
{
    struct disc *d = new_disc();
    struct dw_iso_volume volume;
    struct dw_iso_entry entry;
    uint8_t got[5000];
    add_folder(d, ROOT, "SUB", 21);
    add(d, 21, "B.TXT;1", 30, 4500, 0);
    for (size_t i = 0; i < 3 * DW_BLOCK_SIZE; i++)
        d->data[30 + i / DW_BLOCK_SIZE][i % DW_BLOCK_SIZE] = (uint8_t)(i * 7 >> 2);
    CHECK_OK(dw_iso_read_volume(&d->blocks, &volume, &d->err), d->err);
    CHECK_OK(dw_iso_find(&d->blocks, &volume, "/", &entry, &d->err), d->err);
    CHECK(entry.is_folder && entry.lba == ROOT);
    CHECK_OK(dw_iso_find(&d->blocks, &volume, "/SUB/B.TXT", &entry, &d->err), d->err);
    CHECK(!entry.is_folder && entry.lba == 30 && entry.level == 3);
    CHECK_INT(entry.size_bytes, 4500);
    const size_t offsets[] = {0, 1, 2047, 2048, 2049, 4096, 4499, 4500};
    for (size_t i = 0; i < DW_ARRAY_LEN(offsets); i++) {
        size_t n = 4500 - offsets[i];
        CHECK_OK(dw_iso_read_file(&d->blocks, &entry, offsets[i], got, n, &d->err), d->err);
        CHECK(memcmp(got, &d->data[30][0] + offsets[i], n) == 0);
        CHECK_INT(dw_iso_read_file(&d->blocks, &entry, offsets[i], got, n + 1, &d->err),
                  DW_ERR_INVALID);
    }
    entry.lba = BLOCKS - 1;
    CHECK_INT(dw_iso_read_file(&d->blocks, &entry, 0, got, 4500, &d->err), DW_ERR_CORRUPT);
    static const char *const missing[] = {"/NO", "/SUB/NO", "/SUB/B.TXT/C", "/SU", "/SUB2"};
    for (size_t i = 0; i < DW_ARRAY_LEN(missing); i++)
        CHECK_INT(dw_iso_find(&d->blocks, &volume, missing[i], &entry, &d->err), DW_ERR_NOT_FOUND);
    free(d);
}

static dw_status refuse(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CANCELLED, "enough");
}

static void the_callers_own_failure_ends_the_walk(void)
{
    struct disc *d = new_disc();
    struct dw_iso_volume volume;
    add(d, ROOT, "A.;1", 30, 5, 0);
    CHECK_OK(dw_iso_read_volume(&d->blocks, &volume, &d->err), d->err);
    CHECK_INT(dw_iso_walk(&d->blocks, &volume, refuse, NULL, &d->err), DW_ERR_CANCELLED);
    CHECK_STR(d->err.text, "enough");
    free(d);
}

TESTS(TEST(folders_come_before_what_is_in_them), TEST(the_volume_says_who_it_is),
      TEST(what_is_no_volume_is_refused), TEST(loops_end),
      TEST(overlapping_folders_and_endless_ones_end), TEST(broken_records_are_refused),
      TEST(names_are_safe_as_paths), TEST(extents_of_one_file_are_taken_together),
      TEST(files_are_found_by_path_and_read_from_any_offset),
      TEST(the_callers_own_failure_ends_the_walk))
