#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/stream.h"

/* Sizes around every border there is: a byte, a block, a chunk, a slab of 1 MiB, several slabs. */
static const size_t sizes[] = {0,       1,       2047,    2048,    2049,    0,        131072,  131073,
                               1048576, 1048577, 5000000, 524288,  524288,  524288,   100,     0,
                               700000,  700000,  700000,  1,       3145728, 3145728 + 2048, 0};
#define FILES DW_ARRAY_LEN(sizes)

struct place {
    char folder[64], image[128], chunks[128];
    dw_tree *tree;
    dw_plan *plan;
    struct dw_error err;
};

static void source_path(const struct place *p, size_t i, char out[128])
{
    snprintf(out, 128, "%s/source-%zu", p->folder, i);
}

static uint8_t *content_of(size_t i)
{
    uint8_t *data = malloc(sizes[i] + 1);
    unsigned seed = (unsigned)i * 77 + 5;
    for (size_t k = 0; data && k < sizes[i]; k++) {
        seed = seed * 1664525u + 1013904223u;
        data[k] = (uint8_t)(seed >> 24);
    }
    return data;
}

static void write_source(const struct place *p, size_t i, const uint8_t *data, size_t size)
{
    char path[128];
    source_path(p, i, path);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f)
        fclose(f);
}

static void set_up(struct place *p, bool manifest)
{
    memset(p, 0, sizeof *p);
    test_folder(p->folder);
    snprintf(p->image, sizeof p->image, "%s/image", p->folder);
    snprintf(p->chunks, sizeof p->chunks, "%s/chunks", p->folder);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    for (size_t i = 0; i < FILES; i++) {
        char disc_path[32], path[128];
        uint8_t sha256[DW_SHA256_SIZE], *data = content_of(i);
        write_source(p, i, data, sizes[i]);
        dw_sha256_of(data, sizes[i], sha256);
        free(data);
        source_path(p, i, path);
        snprintf(disc_path, sizeof disc_path, "/D%zu/F%zu", i % 3, i);
        CHECK_OK(dw_tree_add(p->tree, path, disc_path, sizes[i], i % 2 ? sha256 : NULL, &p->err),
                 p->err);
    }
    if (manifest)
        CHECK_OK(dw_tree_add_manifest(p->tree, "/SHA256.TXT", &p->err), p->err);
    CHECK_OK(dw_plan_new(p->tree, DW_MEDIA_DVD, 0, &p->plan, &p->err), p->err);
}

static void tear_down(struct place *p)
{
    dw_plan_free(p->plan);
    dw_tree_free(p->tree);
    CHECK_OK(dw_file_remove_tree(p->folder, &p->err), p->err);
}

static void check_frame(const struct place *p, const uint8_t *image, uint32_t from, uint32_t end)
{
    for (uint32_t lba = from; lba < end; lba++) {
        uint8_t want[DW_BLOCK_SIZE];
        dw_plan_render(p->plan, lba, 1, want);
        CHECK(memcmp(image + (size_t)lba * DW_BLOCK_SIZE, want, sizeof want) == 0);
    }
}

/* Head, then each file at its block with zeros behind it, then zeros: written down without the stream. */
static void check_image(const struct place *p, const uint8_t *image, size_t size)
{
    size_t end = (size_t)dw_plan_file_lba(p->plan, 0) * DW_BLOCK_SIZE;
    CHECK_INT(size, dw_plan_size_bytes(p->plan));
    check_frame(p, image, 0, dw_plan_file_lba(p->plan, 0));
    for (size_t i = 0; i < FILES; i++) {
        if (sizes[i] == 0)
            continue;
        uint8_t *data = content_of(i);
        CHECK_INT((size_t)dw_plan_file_lba(p->plan, i) * DW_BLOCK_SIZE, end);
        CHECK(memcmp(image + end, data, sizes[i]) == 0);
        free(data);
        size_t padded = (sizes[i] + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
        size_t dirty = 0;
        for (size_t k = sizes[i]; k < padded; k++)
            dirty += image[end + k] != 0;
        CHECK_INT(dirty, 0);
        end += padded;
    }
    check_frame(p, image, dw_plan_file_lba(p->plan, dw_tree_file_count(p->tree)),
                dw_plan_blocks(p->plan));
}

static void read_image(const struct place *p, struct dw_buf *out)
{
    struct dw_error err = {0};
    dw_buf_init(out, 1 << 26);
    CHECK_OK(dw_file_read_all(p->image, (1 << 26) - 1, out, &err), err);
}

static void every_byte_is_where_the_plan_says(void)
{
    struct place p;
    struct dw_buf image;
    set_up(&p, false);
    CHECK_OK(dw_stream_to_file(p.plan, p.image, p.chunks, NULL, NULL, NULL, &p.err), p.err);
    read_image(&p, &image);
    check_image(&p, (uint8_t *)image.data, image.size);
    dw_buf_done(&image);
    tear_down(&p);
}

static void pulling_gives_the_same_bytes_whatever_the_step(void)
{
    static const uint32_t steps[] = {1, 7, 64, 512, 1000, 100000};
    struct place p;
    set_up(&p, true);
    size_t size = dw_plan_size_bytes(p.plan);
    uint8_t *first = malloc(size), *image = malloc(size + 100000 * (size_t)DW_BLOCK_SIZE);
    for (size_t s = 0; first && image && s < DW_ARRAY_LEN(steps); s++) {
        dw_stream *stream = NULL;
        size_t at = 0;
        uint32_t got = 1;
        CHECK_OK(dw_stream_new(p.plan, &stream, &p.err), p.err);
        while (got > 0 && at <= size) {
            CHECK_OK(dw_stream_next(stream, image + at, steps[s], &got, &p.err), p.err);
            at += (size_t)got * DW_BLOCK_SIZE;
        }
        CHECK_INT(at, size);
        check_image(&p, image, size);
        if (s == 0)
            memcpy(first, image, size);
        CHECK(memcmp(first, image, size) == 0);
        dw_stream_free(stream);
    }
    free(first);
    free(image);
    tear_down(&p);
}

static void hashes_and_manifest_name_every_file(void)
{
    struct place p;
    struct dw_buf image;
    dw_stream *stream = NULL;
    set_up(&p, true);
    CHECK_OK(dw_stream_to_file(p.plan, p.image, NULL, NULL, NULL, &stream, &p.err), p.err);
    read_image(&p, &image);
    const char *line = image.data + (size_t)dw_plan_file_lba(p.plan, FILES) * DW_BLOCK_SIZE;
    uint8_t sha256[DW_SHA256_SIZE];
    struct dw_tree_file file;
    dw_tree_file(p.tree, FILES, &file);
    dw_sha256_of(line, file.size_bytes, sha256);
    CHECK(memcmp(sha256, dw_stream_sha256(stream, FILES), sizeof sha256) == 0);
    for (size_t i = 0; i < FILES; i++) {
        char want[128], hex[2 * DW_SHA256_SIZE + 1];
        uint8_t *data = content_of(i);
        dw_sha256_of(data, sizes[i], sha256);
        free(data);
        CHECK(memcmp(sha256, dw_stream_sha256(stream, i), sizeof sha256) == 0);
        dw_text_hex(sha256, sizeof sha256, hex);
        snprintf(want, sizeof want, "%s  D%zu/F%zu\r\n", hex, i % 3, i);
        CHECK(strncmp(line, want, strlen(want)) == 0);
        line += strlen(want);
    }
    dw_stream_free(stream);
    dw_buf_done(&image);
    tear_down(&p);
}

/* Both ways of running the stream must fail, leave nothing, and name the file by its place on the disc. */
static void expect_failure(struct place *p, dw_status want, const char *sentence)
{
    uint32_t got = 1;
    uint8_t *data = malloc(512 * (size_t)DW_BLOCK_SIZE);
    dw_stream *stream = NULL;
    CHECK_INT(dw_stream_to_file(p->plan, p->image, p->chunks, NULL, NULL, NULL, &p->err), want);
    CHECK_HAS(p->err.text, sentence);
    CHECK(access(p->image, F_OK) != 0);
    CHECK(access(p->chunks, F_OK) != 0);
    char part[160];
    snprintf(part, sizeof part, "%s.part", p->image);
    CHECK(access(part, F_OK) != 0);
    CHECK_OK(dw_stream_new(p->plan, &stream, &p->err), p->err);
    dw_status st = DW_OK;
    while (st == DW_OK && got > 0)
        st = dw_stream_next(stream, data, 512, &got, &p->err);
    CHECK_INT(st, want);
    CHECK_HAS(p->err.text, sentence);
    dw_stream_free(stream);
    free(data);
}

static void a_source_of_another_size_is_a_conflict(void)
{
    struct place p;
    char path[128];
    set_up(&p, true);
    source_path(&p, 10, path);
    CHECK(truncate(path, 4999999) == 0);
    expect_failure(&p, DW_ERR_CONFLICT, "source of /D1/F10 changed");
    tear_down(&p);
}

static void a_source_of_other_content_is_a_conflict(void)
{
    static const size_t which[] = {1, 9, 11, 13, 21};
    for (size_t k = 0; k < DW_ARRAY_LEN(which); k++) {
        struct place p;
        char sentence[64];
        size_t i = which[k];
        set_up(&p, true);
        uint8_t *data = content_of(i);
        data[sizes[i] / 2] ^= 0x10;
        write_source(&p, i, data, sizes[i]);
        free(data);
        snprintf(sentence, sizeof sentence, "source of /D%zu/F%zu changed", i % 3, i);
        expect_failure(&p, DW_ERR_CONFLICT, sentence);
        tear_down(&p);
    }
}

static void a_source_that_is_gone_is_a_conflict_also_when_empty(void)
{
    static const size_t which[] = {0, 7, 22};
    for (size_t k = 0; k < DW_ARRAY_LEN(which); k++) {
        struct place p;
        char path[128], sentence[64];
        set_up(&p, false);
        source_path(&p, which[k], path);
        CHECK(unlink(path) == 0);
        snprintf(sentence, sizeof sentence, "source of /D%zu/F%zu changed: it is gone",
                 which[k] % 3, which[k]);
        expect_failure(&p, DW_ERR_CONFLICT, sentence);
        CHECK(strstr(p.err.text, p.folder) == NULL);
        tear_down(&p);
    }
}

static void a_pipe_in_the_place_of_a_source_does_not_hang(void)
{
    struct place p;
    char path[128];
    set_up(&p, false);
    source_path(&p, 3, path);
    CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
    expect_failure(&p, DW_ERR_CONFLICT, "source of /D0/F3 changed");
    tear_down(&p);
}

static dw_status stop_half_way(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return done * 2 < total ? DW_OK : dw_error_set(err, DW_ERR_CANCELLED, "enough");
}

static void a_cancelled_image_leaves_nothing_behind(void)
{
    struct place p;
    set_up(&p, true);
    CHECK_INT(dw_stream_to_file(p.plan, p.image, p.chunks, stop_half_way, NULL, NULL, &p.err),
              DW_ERR_CANCELLED);
    CHECK_STR(p.err.text, "enough");
    CHECK(access(p.image, F_OK) != 0 && access(p.chunks, F_OK) != 0);
    tear_down(&p);
}

static void a_folder_that_is_not_there_is_one_sentence(void)
{
    struct place p;
    set_up(&p, false);
    CHECK_INT(dw_stream_to_file(p.plan, "/nonexistent/image", NULL, NULL, NULL, NULL, &p.err),
              DW_ERR_NOT_FOUND);
    CHECK_HAS(p.err.text, "/nonexistent/image");
    tear_down(&p);
}

static void a_stream_may_be_freed_at_any_time(void)
{
    struct place p;
    uint8_t block[DW_BLOCK_SIZE];
    uint32_t got;
    set_up(&p, true);
    for (int pulls = 0; pulls < 3; pulls++) {
        dw_stream *stream = NULL;
        CHECK_OK(dw_stream_new(p.plan, &stream, &p.err), p.err);
        for (int i = 0; i < pulls; i++)
            CHECK_OK(dw_stream_next(stream, block, 1, &got, &p.err), p.err);
        dw_stream_free(stream);
    }
    dw_stream_free(NULL);
    tear_down(&p);
}

static void a_manifest_alone_is_an_empty_file(void)
{
    struct place p = {0};
    dw_stream *stream = NULL;
    test_folder(p.folder);
    snprintf(p.image, sizeof p.image, "%s/image", p.folder);
    CHECK_OK(dw_tree_new(&p.tree, &p.err), p.err);
    CHECK_OK(dw_tree_add_manifest(p.tree, "/SHA256.TXT", &p.err), p.err);
    CHECK_OK(dw_plan_new(p.tree, DW_MEDIA_CD, 0, &p.plan, &p.err), p.err);
    CHECK_OK(dw_stream_to_file(p.plan, p.image, NULL, NULL, NULL, &stream, &p.err), p.err);
    CHECK_INT(dw_stream_sha256(stream, 0)[0], 0xE3); /* of nothing */
    dw_stream_free(stream);
    tear_down(&p);
}

static void nothing_is_hashed_that_nobody_asked_for(void)
{
    struct place p;
    dw_stream *stream = NULL;
    set_up(&p, false);
    CHECK_OK(dw_stream_to_file(p.plan, p.image, NULL, NULL, NULL, &stream, &p.err), p.err);
    for (size_t i = 0; i < FILES; i++) {
        uint8_t sha256[DW_SHA256_SIZE], *data = content_of(i);
        const uint8_t *got = dw_stream_sha256(stream, i);
        dw_sha256_of(data, sizes[i], sha256);
        free(data);
        CHECK(i % 2 ? got && memcmp(got, sha256, sizeof sha256) == 0 : got == NULL);
    }
    dw_stream_free(stream);
    tear_down(&p);
}

static void an_image_left_to_the_kernel_has_the_same_bytes(void)
{
    struct place p;
    struct dw_buf image;
    set_up(&p, true);
    const struct dw_image_file how = {.path = p.image, .not_synced = true};
    CHECK_OK(dw_stream_write_image(p.plan, &how, NULL, NULL, NULL, &p.err), p.err);
    read_image(&p, &image);
    check_image(&p, (uint8_t *)image.data, image.size);
    dw_buf_done(&image);
    tear_down(&p);
}

/* A tree of one sparse file, with its last byte written, on that medium. */
static void set_up_sparse(struct place *p, enum dw_media media, uint64_t size)
{
    static const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    char path[128];
    memset(p, 0, sizeof *p);
    test_folder(p->folder);
    source_path(p, 0, path);
    write_source(p, 0, (const uint8_t *)"", 0);
    CHECK(truncate(path, (off_t)size) == 0 && utimensat(AT_FDCWD, path, long_ago, 0) == 0);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    CHECK_OK(dw_tree_add(p->tree, path, "/BIG", size, NULL, &p->err), p->err);
    CHECK_OK(dw_plan_new(p->tree, media, 0, &p->plan, &p->err), p->err);
}

static void a_source_written_while_it_is_read_is_noticed_without_a_hash(void)
{
    struct place p;
    dw_stream *stream = NULL;
    uint32_t got = 1;
    char path[128];
    uint8_t *data = malloc(512 * DW_BLOCK_SIZE);
    set_up_sparse(&p, DW_MEDIA_DVD, 64 << 20); /* far more than is read ahead */
    CHECK_OK(dw_stream_new(p.plan, &stream, &p.err), p.err);
    CHECK_OK(dw_stream_next(stream, data, 512, &got, &p.err), p.err);
    source_path(&p, 0, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "x", 1, 63 << 20) == 1);
    close(fd);
    dw_status st = DW_OK;
    while (st == DW_OK && got > 0)
        st = dw_stream_next(stream, data, 512, &got, &p.err);
    CHECK_INT(st, DW_ERR_CONFLICT);
    CHECK_HAS(p.err.text, "source of /BIG changed: written while it was read");
    dw_stream_free(stream);
    free(data);
    tear_down(&p);
}

static void five_gib_come_through_on_blu_ray(void)
{
#if !defined(__SANITIZE_ADDRESS__) /* which would take a minute for it */
    const uint64_t size = 5ULL << 30, mark = (4ULL << 30) + 5; /* behind what 32 bits count */
    struct place p;
    dw_stream *stream = NULL;
    uint32_t got = 1, lba = 0;
    char path[128];
    uint8_t *data = malloc(512 * DW_BLOCK_SIZE);
    set_up_sparse(&p, DW_MEDIA_BD, size);
    source_path(&p, 0, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "x", 1, (off_t)mark) == 1 && pwrite(fd, "y", 1, (off_t)size - 1) == 1);
    close(fd);
    CHECK_OK(dw_stream_new(p.plan, &stream, &p.err), p.err);
    uint64_t begin = (uint64_t)dw_plan_file_lba(p.plan, 0) * DW_BLOCK_SIZE;
    dw_status st = DW_OK;
    int seen = 0;
    for (; st == DW_OK && got > 0; lba += got) {
        st = dw_stream_next(stream, data, 512, &got, &p.err);
        uint64_t from = (uint64_t)lba * DW_BLOCK_SIZE, end = from + (uint64_t)got * DW_BLOCK_SIZE;
        if (begin + mark >= from && begin + mark < end)
            seen += data[begin + mark - from] == 'x';
        if (begin + size - 1 >= from && begin + size - 1 < end)
            seen += data[begin + size - 1 - from] == 'y';
    }
    CHECK_OK(st, p.err);
    CHECK_INT(seen, 2);
    CHECK_INT(lba, dw_plan_blocks(p.plan));
    dw_stream_free(stream);
    free(data);
    tear_down(&p);
#endif
}

TESTS(TEST(every_byte_is_where_the_plan_says), TEST(nothing_is_hashed_that_nobody_asked_for),
      TEST(an_image_left_to_the_kernel_has_the_same_bytes),
      TEST(a_source_written_while_it_is_read_is_noticed_without_a_hash),
      TEST(five_gib_come_through_on_blu_ray), TEST(pulling_gives_the_same_bytes_whatever_the_step),
      TEST(hashes_and_manifest_name_every_file), TEST(a_source_of_another_size_is_a_conflict),
      TEST(a_source_of_other_content_is_a_conflict),
      TEST(a_source_that_is_gone_is_a_conflict_also_when_empty),
      TEST(a_pipe_in_the_place_of_a_source_does_not_hang),
      TEST(a_cancelled_image_leaves_nothing_behind),
      TEST(a_folder_that_is_not_there_is_one_sentence), TEST(a_stream_may_be_freed_at_any_time),
      TEST(a_manifest_alone_is_an_empty_file))
