#include "test.h"

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/blocks.h"
#include "burn/image/stream.h"

#define SOURCE_BYTES 1500000 /* two slabs, the last chunk is not full */

struct place {
    char folder[64], image[128], chunks[128];
    dw_tree *tree;
    dw_plan *plan;
    dw_chunks *loaded;
    struct dw_buf disc; /* the image, to be damaged */
    struct dw_error err;
};

static void set_up(struct place *p)
{
    char source[128];
    memset(p, 0, sizeof *p);
    test_folder(p->folder);
    snprintf(p->image, sizeof p->image, "%s/image", p->folder);
    snprintf(p->chunks, sizeof p->chunks, "%s/chunks", p->folder);
    snprintf(source, sizeof source, "%s/source", p->folder);
    char *data = malloc(SOURCE_BYTES);
    for (size_t i = 0; data && i < SOURCE_BYTES; i++)
        data[i] = (char)(i * 31 >> 3);
    CHECK_OK(dw_file_save(NULL, source, data, SOURCE_BYTES, &p->err), p->err);
    free(data);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    CHECK_OK(dw_tree_add(p->tree, source, "/FILE", SOURCE_BYTES, NULL, &p->err), p->err);
    CHECK_OK(dw_plan_new(p->tree, DW_MEDIA_CD, 0, &p->plan, &p->err), p->err);
    CHECK_OK(dw_stream_to_file(p->plan, p->image, p->chunks, NULL, NULL, NULL, &p->err), p->err);
    CHECK_OK(dw_chunks_load(p->chunks, &p->loaded, &p->err), p->err);
    CHECK_OK(dw_file_read_all(p->image, 1 << 22, &p->disc, &p->err), p->err);
}

static void tear_down(struct place *p)
{
    dw_chunks_free(p->loaded);
    dw_plan_free(p->plan);
    dw_tree_free(p->tree);
    dw_buf_done(&p->disc);
    CHECK_OK(dw_file_remove_tree(p->folder, &p->err), p->err);
}

static dw_status disc_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct place *p = ctx;
    memcpy(out, p->disc.data + (size_t)lba * DW_BLOCK_SIZE, (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

static struct dw_blocks disc_of(struct place *p)
{
    return (struct dw_blocks){
        .read = disc_read, .count = (uint32_t)(p->disc.size / DW_BLOCK_SIZE), .ctx = p};
}

static void a_disc_as_it_was_written_verifies(void)
{
    struct place p;
    struct dw_blocks file;
    set_up(&p);
    struct dw_blocks disc = disc_of(&p);
    CHECK_INT(dw_chunks_blocks(p.loaded), dw_plan_blocks(p.plan));
    CHECK_OK(dw_chunks_verify(p.loaded, &disc, NULL, NULL, &p.err), p.err);
    CHECK_OK(dw_blocks_open_file(p.image, &file, &p.err), p.err);
    CHECK_INT(file.count, dw_plan_blocks(p.plan));
    CHECK_OK(dw_chunks_verify(p.loaded, &file, NULL, NULL, &p.err), p.err);
    dw_blocks_close_file(&file);
    disc.count += 150; /* run-out and padding of a real disc; not looked at */
    CHECK_OK(dw_chunks_verify(p.loaded, &disc, NULL, NULL, &p.err), p.err);
    tear_down(&p);
}

static void a_changed_bit_anywhere_is_found_and_its_chunk_named(void)
{
    struct place p;
    set_up(&p);
    struct dw_blocks disc = disc_of(&p);
    for (uint32_t lba = 0; lba < disc.count; lba += 37) {
        char sentence[64];
        char *byte = p.disc.data + (size_t)lba * DW_BLOCK_SIZE + lba;
        snprintf(sentence, sizeof sentence, "block %u ", lba / DW_CHUNK_BLOCKS * DW_CHUNK_BLOCKS);
        *byte ^= 1;
        CHECK_INT(dw_chunks_verify(p.loaded, &disc, NULL, NULL, &p.err), DW_ERR_CORRUPT);
        CHECK_HAS(p.err.text, sentence);
        *byte ^= 1;
    }
    tear_down(&p);
}

static dw_status cannot_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_IO, "block %u cannot be read", lba);
}

static void an_unreadable_or_short_disc_fails(void)
{
    struct place p;
    set_up(&p);
    struct dw_blocks disc = disc_of(&p);
    disc.count--;
    CHECK_INT(dw_chunks_verify(p.loaded, &disc, NULL, NULL, &p.err), DW_ERR_CORRUPT);
    disc.count++;
    disc.read = cannot_read;
    CHECK_INT(dw_chunks_verify(p.loaded, &disc, NULL, NULL, &p.err), DW_ERR_IO);
    CHECK_STR(p.err.text, "block 0 cannot be read");
    tear_down(&p);
}

static dw_status stop(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    ++*(int *)ctx;
    CHECK(done > 0 && done <= total);
    return dw_error_set(err, DW_ERR_CANCELLED, "enough");
}

static void progress_can_stop_it(void)
{
    struct place p;
    int calls = 0;
    set_up(&p);
    struct dw_blocks disc = disc_of(&p);
    CHECK_INT(dw_chunks_verify(p.loaded, &disc, stop, &calls, &p.err), DW_ERR_CANCELLED);
    CHECK_INT(calls, 1);
    tear_down(&p);
}

static void damaged_checksum_files_are_refused(void)
{
    struct place p;
    struct dw_buf file = {0};
    dw_chunks *chunks = NULL;
    set_up(&p);
    CHECK_OK(dw_file_read_all(p.chunks, 1 << 20, &file, &p.err), p.err);
    for (size_t at = 0; at < file.size; at++) {
        file.data[at] ^= 4;
        FILE *f = fopen(p.chunks, "wb");
        CHECK(f && fwrite(file.data, 1, file.size - at % 2, f) == file.size - at % 2);
        if (f)
            fclose(f);
        CHECK_INT(dw_chunks_load(p.chunks, &chunks, &p.err), DW_ERR_CORRUPT);
        file.data[at] ^= 4;
    }
    CHECK_INT(dw_chunks_load("/nonexistent/chunks", &chunks, &p.err), DW_ERR_NOT_FOUND);
    CHECK(chunks == NULL);
    dw_buf_done(&file);
    tear_down(&p);
}

static void a_folder_is_no_image(void)
{
    struct dw_blocks blocks = {0};
    struct dw_error err = {0};
    CHECK_INT(dw_blocks_open_file("/tmp", &blocks, &err), DW_ERR_INVALID);
    CHECK_INT(dw_blocks_open_file("/nonexistent/image", &blocks, &err), DW_ERR_NOT_FOUND);
    dw_blocks_close_file(&blocks);
}

TESTS(TEST(a_disc_as_it_was_written_verifies),
      TEST(a_changed_bit_anywhere_is_found_and_its_chunk_named),
      TEST(an_unreadable_or_short_disc_fails), TEST(progress_can_stop_it),
      TEST(damaged_checksum_files_are_refused), TEST(a_folder_is_no_image))
