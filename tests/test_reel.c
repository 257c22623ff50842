/* Files read ahead: each byte once, digests right, and a fault hurts its own file alone. The disc is made up: its
 * bytes follow from their place. */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "check/judge.h"
#include "check/source_private.h"
#include "check/tape.h"
#include "tests/test.h"

#define FILES_MAX 3000
#define MB (1024u * 1024)

struct disc {
    uint64_t sizes[FILES_MAX];
    uint32_t lbas[FILES_MAX];
    struct dw_reel_file files[FILES_MAX];
    size_t count;
    uint32_t blocks;
    uint8_t *times; /* each block was read */
    size_t calls;
    uint64_t bytes;
    long bad;       /* block that cannot be read; -1: none */
    long worn;      /* the same, but only for who asks for its file again */
    bool scattered; /* no file lies in one piece: each is asked for by itself */
    dw_check_source *source;
    const char *manifest; /* bytes of the last file, in place of the made up ones; NULL: none */
};

static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 2654435761u >> 13 ^ at >> 7);
}

static dw_status read_blocks(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct disc *disc = ctx;
    uint8_t *to = out;
    disc->calls++;
    for (uint32_t i = 0; i < count; i++) {
        if ((long)(lba + i) == disc->bad)
            return dw_error_set(err, DW_ERR_IO, "read block %u: worn out", lba + i);
        disc->times[lba + i]++;
        for (size_t k = 0; k < DW_BLOCK_SIZE; k++)
            *to++ = byte_at((uint64_t)(lba + i) * DW_BLOCK_SIZE + k);
    }
    disc->bytes += (uint64_t)count * DW_BLOCK_SIZE;
    return DW_OK;
}

static dw_status read_file(void *state, const struct dw_check_source_entry *entry, uint64_t offset, void *out,
                           size_t size, struct dw_error *err)
{
    struct disc *disc = state;
    uint64_t at = (uint64_t)entry->lba * DW_BLOCK_SIZE + offset;
    disc->calls++;
    disc->bytes += size;
    if (disc->manifest && entry->handle == disc->count - 1) {
        memcpy(out, disc->manifest + offset, size);
        return DW_OK;
    }
    for (size_t i = 0; i < size; i++) {
        long block = (long)((at + i) / DW_BLOCK_SIZE);
        if (block == disc->bad || block == disc->worn)
            return dw_error_set(err, DW_ERR_IO, "read block %ld: worn out", block);
        ((uint8_t *)out)[i] = byte_at(at + i);
    }
    return DW_OK;
}

static bool extent_of(void *state, const struct dw_check_source_entry *entry, uint64_t *first_block)
{
    *first_block = entry->lba;
    return !((const struct disc *)state)->scattered;
}

static void close_disc(void *state)
{
    (void)state;
}

static const struct dw_check_source_ops ops = {.read = read_file, .extent = extent_of, .close = close_disc};

static void put(struct disc *disc, uint64_t size)
{
    size_t i = disc->count++;
    disc->sizes[i] = size;
    disc->lbas[i] = disc->blocks;
    disc->files[i] = (struct dw_reel_file){(uint32_t)i, true};
    disc->blocks += (uint32_t)((size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE);
}

static struct disc *new_disc(void)
{
    struct disc *disc = calloc(1, sizeof *disc);
    disc->bad = disc->worn = -1;
    return disc;
}

static void open_disc(struct disc *disc)
{
    struct dw_error err = {0};
    struct dw_blocks blocks = {.read = read_blocks, .count = disc->blocks, .ctx = disc};
    disc->times = calloc(disc->blocks + 1, 1);
    CHECK_OK(dw_check_source_new(&ops, disc, &disc->source, &err), err);
    if (!disc->scattered)
        dw_check_source_set_image(disc->source, &blocks, NULL);
    for (size_t i = 0; i < disc->count; i++) {
        char path[32];
        bool is_manifest = disc->manifest && i + 1 == disc->count;
        CHECK(dw_text_format(path, sizeof path, is_manifest ? "/MANIFEST.TXT" : "/DATA/F%04zu", i));
        struct dw_check_source_entry entry = {.path = path,
                                              .raw = strrchr(path, '/') + 1,
                                              .size_bytes = disc->sizes[i],
                                              .lba = disc->lbas[i],
                                              .handle = (uint32_t)i};
        CHECK_OK(dw_check_source_add(disc->source, &entry, &err), err);
    }
}

static void done(struct disc *disc)
{
    dw_check_source_free(disc->source);
    free(disc->times);
    free(disc);
}

static void digest_of(const struct disc *disc, size_t i, uint8_t out[DW_SHA256_SIZE])
{
    uint8_t *bytes = malloc(disc->sizes[i] + 1);
    for (uint64_t k = 0; k < disc->sizes[i]; k++)
        bytes[k] = byte_at((uint64_t)disc->lbas[i] * DW_BLOCK_SIZE + k);
    dw_sha256_of(bytes, disc->sizes[i], out);
    free(bytes);
}

/* All files through a tape, each looked at near its begin and its end. The number that failed. */
static size_t pass(struct disc *disc, long may_fail)
{
    struct dw_error err = {0};
    dw_tape *tape = NULL;
    size_t failed = 0;
    CHECK_OK(dw_tape_new(disc->source, &tape, &err), err);
    CHECK_OK(dw_tape_ahead(tape, disc->files, disc->count, &err), err);
    for (size_t i = 0; i < disc->count; i++) {
        uint8_t digest[DW_SHA256_SIZE], right[DW_SHA256_SIZE], near[16];
        uint64_t begins = (uint64_t)disc->lbas[i] * DW_BLOCK_SIZE, end = disc->sizes[i];
        dw_tape_start(tape, i, true);
        if ((long)i != may_fail && end >= sizeof near) {
            CHECK_INT(dw_tape_pread(tape, near, sizeof near, 0), sizeof near);
            CHECK_INT(near[7], byte_at(begins + 7));
            CHECK_INT(dw_tape_pread(tape, near, sizeof near, end - 1), 1);
            CHECK_INT(near[0], byte_at(begins + end - 1));
        }
        if (dw_tape_end(tape, digest, &err) != DW_OK) {
            CHECK_INT((long)i, may_fail);
            CHECK_HAS(err.text, "worn out");
            failed++;
            continue;
        }
        digest_of(disc, i, right);
        CHECK(memcmp(digest, right, sizeof right) == 0);
    }
    dw_tape_free(tape);
    return failed;
}

static void each_block_is_read_once_and_neighbours_at_once(void)
{
    struct disc *disc = new_disc();
    for (size_t i = 0; i < FILES_MAX; i++)
        put(disc, i * 7919 % 20000);
    open_disc(disc);
    CHECK_INT(pass(disc, -1), 0);
    for (uint32_t i = 0; i < disc->blocks; i++)
        CHECK_INT(disc->times[i], 1);
    CHECK(disc->calls < FILES_MAX / 20);
    done(disc);
}

static void files_of_no_byte_up_to_many_windows_have_their_digests(void)
{
    static const uint64_t sizes[] = {0,  1,      2047,   2048,       2049,        MB - 1, MB, MB + 1,
                                     0,  3 * MB, MB / 2, 3 * MB + 5, 256 * 1024u, 0,      5 * MB - 1, 3, 0,
                                     63, 64,     65,     127,        128,         10000,  14 * MB + 64};
    for (int scattered = 0; scattered < 2; scattered++) {
        struct disc *disc = new_disc();
        disc->scattered = scattered;
        for (size_t i = 0; i < DW_ARRAY_LEN(sizes); i++)
            put(disc, sizes[i]);
        open_disc(disc);
        CHECK_INT(pass(disc, -1), 0);
        uint64_t all = 0;
        for (size_t i = 0; i < disc->count; i++)
            all += scattered ? disc->sizes[i] : (disc->sizes[i] + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
        CHECK_INT(disc->bytes, all);
        done(disc);
    }
}

static void there_may_be_more_files_than_the_ring_holds(void)
{
    struct disc *disc = new_disc();
    for (size_t i = 0; i < 40; i++)
        put(disc, MB - 300);
    open_disc(disc);
    CHECK_INT(pass(disc, -1), 0);
    done(disc);
}

/* Short and long files, every third of them hashed: straight from the reel. */
static void a_digest_that_nobody_wants_hinders_no_other(void)
{
    struct disc *disc = new_disc();
    struct dw_error err = {0};
    const struct dw_reel_piece *piece;
    dw_reel *reel = NULL;
    size_t i = 0, right = 0;
    uint8_t digest[DW_SHA256_SIZE];
    for (i = 0; i < 30; i++) {
        put(disc, i % 4 ? 3000 + 100 * i : 2 * MB + 7 * i);
        disc->files[i].hash = i % 3 == 0;
    }
    open_disc(disc);
    CHECK_OK(dw_reel_new(disc->source, disc->files, disc->count, &reel, &err), err);
    for (i = 0; (piece = dw_reel_next(reel)); i += piece->is_last) {
        CHECK_INT(piece->index, i);
        if (!piece->is_last || !piece->hash)
            continue;
        digest_of(disc, i, digest);
        CHECK(memcmp(digest, piece->sha256, sizeof digest) == 0);
        right++;
    }
    CHECK_INT(i, 30);
    CHECK_INT(right, 10);
    dw_reel_free(reel);
    done(disc);
}

static void a_block_that_cannot_be_read_hurts_its_own_file_alone(void)
{
    for (int scattered = 0; scattered < 2; scattered++) {
        struct disc *disc = new_disc();
        disc->scattered = scattered;
        for (size_t i = 0; i < 600; i++)
            put(disc, 9000);
        put(disc, 7 * MB); /* read in ranges */
        put(disc, 100);
        disc->bad = disc->lbas[300] + 2;
        open_disc(disc);
        CHECK_INT(pass(disc, 300), 1);
        disc->bad = disc->lbas[600] + 1500;
        CHECK_INT(pass(disc, 600), 1);
        done(disc);
    }
}

static void what_lies_before_the_fault_can_be_looked_at(void)
{
    struct disc *disc = new_disc();
    struct dw_error err = {0};
    dw_tape *tape = NULL;
    uint8_t head[8];
    put(disc, 900 * 1024);
    disc->bad = 400;
    open_disc(disc);
    CHECK_OK(dw_tape_new(disc->source, &tape, &err), err);
    CHECK_OK(dw_tape_ahead(tape, disc->files, 1, &err), err);
    dw_tape_start(tape, 0, true);
    CHECK_INT(dw_tape_pread(tape, head, sizeof head, 600000), sizeof head);
    CHECK(!dw_tape_failed(tape));
    CHECK_INT(dw_tape_pread(tape, head, sizeof head, 820000), -1);
    CHECK(dw_tape_failed(tape));
    dw_tape_free(tape);
    done(disc);
}

static void looking_back_reads_again_while_others_read_ahead(void)
{
    struct disc *disc = new_disc();
    struct dw_error err = {0};
    dw_tape *tape = NULL;
    put(disc, 4 * MB);
    for (int i = 0; i < 30; i++)
        put(disc, MB);
    open_disc(disc);
    CHECK_OK(dw_tape_new(disc->source, &tape, &err), err);
    CHECK_OK(dw_tape_ahead(tape, disc->files, disc->count, &err), err);
    dw_tape_start(tape, 0, true);
    for (uint64_t at = 0; at < 4 * MB; at += 100000) {
        uint8_t byte;
        CHECK_INT(dw_tape_pread(tape, &byte, 1, 3 * MB + at / 4), 1);
        CHECK_INT(dw_tape_pread(tape, &byte, 1, at), 1);
        CHECK_INT(byte, byte_at(at));
    }
    dw_tape_free(tape); /* left in the midst of it */
    done(disc);
}

static void a_second_look_that_fails_hurts_its_own_file_alone(void)
{
    struct disc *disc = new_disc();
    struct dw_error err = {0};
    dw_tape *tape = NULL;
    uint8_t byte, digest[DW_SHA256_SIZE], right[DW_SHA256_SIZE];
    put(disc, 6 * MB);
    put(disc, 3000);
    disc->worn = 0;
    open_disc(disc);
    CHECK_OK(dw_tape_new(disc->source, &tape, &err), err);
    CHECK_OK(dw_tape_ahead(tape, disc->files, disc->count, &err), err);
    dw_tape_start(tape, 0, true);
    CHECK_INT(dw_tape_pread(tape, &byte, 1, 2 * MB), 1);
    CHECK_INT(dw_tape_pread(tape, &byte, 1, 0), -1);
    CHECK_INT(dw_tape_end(tape, digest, &err), DW_ERR_IO);
    dw_tape_start(tape, 1, true);
    CHECK_INT(dw_tape_pread(tape, &byte, 1, 0), 1);
    CHECK_INT(byte, byte_at(6ull * MB));
    CHECK_OK(dw_tape_end(tape, digest, &err), err);
    digest_of(disc, 1, right);
    CHECK(memcmp(digest, right, sizeof right) == 0);
    dw_tape_free(tape);
    done(disc);
}

/* The judge's own pass: a manifest over every file, one of them changed, one of them worn out. */
static void the_judge_reads_each_byte_of_a_disc_once_and_tells_what_is_wrong_with_which_file(void)
{
    struct disc *disc = new_disc();
    struct dw_error err = {0};
    struct dw_buf manifest;
    dw_buf_init(&manifest, MB);
    for (size_t i = 0; i < 900; i++)
        put(disc, i == 450 ? 2 * MB : i * 37);
    for (size_t i = 0; i < 900; i++) {
        char hex[2 * DW_SHA256_SIZE + 1];
        uint8_t digest[DW_SHA256_SIZE];
        digest_of(disc, i, digest);
        digest[0] ^= i == 0 || i == 450 || i == 899;
        dw_text_hex(digest, sizeof digest, hex);
        dw_buf_addf(&manifest, "%s  DATA/F%04zu\n", hex, i);
    }
    put(disc, manifest.size);
    disc->manifest = manifest.data;
    disc->scattered = true;
    open_disc(disc);
    for (int round = 0; round < 2; round++) {
        struct dw_check_result *result = calloc(1, sizeof *result);
        struct dw_check_opts opts = {0};
        disc->bad = round ? (long)disc->lbas[700] : -1;
        disc->bytes = 0;
        CHECK_OK(dw_check_run(disc->source, &opts, result, &err), err);
        CHECK_INT(result->findings.seen[DW_MAN_HASH], 3);
        CHECK_INT(result->findings.seen[DW_FILE_IO], round);
        uint64_t all = manifest.size; /* without a DICOMDIR files of the root are opened in search of it */
        for (size_t i = 0; i < disc->count; i++)
            all += disc->sizes[i];
        CHECK_INT(disc->bytes, all);
        for (size_t i = 0; i < result->findings.count; i++)
            if (result->findings.list[i].code == DW_FILE_IO)
                CHECK_STR(result->findings.list[i].place, "/DATA/F0700");
        free(result);
    }
    dw_buf_done(&manifest);
    done(disc);
}

static dw_status enough(void *ctx, uint64_t done_bytes, uint64_t total_bytes, struct dw_error *err)
{
    unsigned *left = ctx;
    CHECK(done_bytes < total_bytes);
    return (*left)-- > 0 ? DW_OK : dw_error_set(err, DW_ERR_CANCELLED, "enough");
}

static void who_waits_hears_of_a_long_file_and_may_end_it(void)
{
    struct disc *disc = new_disc();
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_error err = {0};
    unsigned left = 3;
    struct dw_check_opts opts = {.progress = enough, .ctx = &left};
    put(disc, 64ull * MB);
    disc->scattered = true;
    open_disc(disc);
    CHECK_INT(dw_check_run(disc->source, &opts, result, &err), DW_ERR_CANCELLED);
    CHECK_STR(err.text, "enough");
    CHECK(disc->bytes < 32ull * MB);
    free(result);
    done(disc);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(each_block_is_read_once_and_neighbours_at_once),
        TEST(files_of_no_byte_up_to_many_windows_have_their_digests),
        TEST(there_may_be_more_files_than_the_ring_holds),
        TEST(a_digest_that_nobody_wants_hinders_no_other), TEST(a_block_that_cannot_be_read_hurts_its_own_file_alone),
        TEST(what_lies_before_the_fault_can_be_looked_at),
        TEST(looking_back_reads_again_while_others_read_ahead),
        TEST(a_second_look_that_fails_hurts_its_own_file_alone),
        TEST(the_judge_reads_each_byte_of_a_disc_once_and_tells_what_is_wrong_with_which_file),
        TEST(who_waits_hears_of_a_long_file_and_may_end_it),
    };
    return test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
}
