#include "test.h"

#include <sys/stat.h>

#include "base/file.h"
#include "burn/drive/drive.h"
#include "burn/drive/identity.h"
#include "burn/drive/readback.h"
#include "burn/drive/tray.h"

#define BIG_SIZE 3000001

struct place {
    char folder[64], big[128], small[128], disc[128], drive[140], chunks[128];
    dw_tree *tree;
    dw_plan *plan;
    struct dw_error err;
    enum dw_burn_fault fault;
};

static void names_that_drives_tell_are_cut_to_what_can_be_printed(void)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"  K1234567  ", "K1234567"}, {"CMCMAG/AE1/1", "CMCMAG/AE1/1"}, {"   ", ""},
                 {"A\x01\xff\x42", "AB"},   {"TWO  WORDS ", "TWO  WORDS"}};
    char out[DW_DRIVE_SERIAL_MAX], small[4];
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        dw_identity_clean((const unsigned char *)cases[i].bytes, strlen(cases[i].bytes), out, sizeof out);
        CHECK_STR(out, cases[i].text);
    }
    dw_identity_clean((const unsigned char *)"12345678", 8, small, sizeof small);
    CHECK_STR(small, "123");
}

static void write_file(const char *path, size_t size, unsigned seed)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    for (size_t i = 0; f && i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        fputc((int)(seed >> 16), f);
    }
    if (f)
        fclose(f);
}

static void set_up(struct place *p)
{
    memset(p, 0, sizeof *p);
    test_folder(p->folder);
    snprintf(p->big, sizeof p->big, "%s/big", p->folder);
    snprintf(p->small, sizeof p->small, "%s/small", p->folder);
    snprintf(p->disc, sizeof p->disc, "%s/disc", p->folder);
    snprintf(p->drive, sizeof p->drive, "stdio:%s", p->disc);
    snprintf(p->chunks, sizeof p->chunks, "%s/chunks", p->folder);
    write_file(p->big, BIG_SIZE, 1);
    write_file(p->small, 100, 2);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    CHECK_OK(dw_tree_set_label(p->tree, "BURN", 1700000000, &p->err), p->err);
    CHECK_OK(dw_tree_add(p->tree, p->small, "/SMALL", 100, NULL, &p->err), p->err);
    CHECK_OK(dw_tree_add(p->tree, p->big, "/BIG", BIG_SIZE, NULL, &p->err), p->err);
    CHECK_OK(dw_tree_add_manifest(p->tree, "/SHA256.TXT", &p->err), p->err);
    CHECK_OK(dw_plan_new(p->tree, DW_MEDIA_DVD, 0, &p->plan, &p->err), p->err);
}

static void tear_down(struct place *p)
{
    dw_plan_free(p->plan);
    dw_tree_free(p->tree);
    CHECK_OK(dw_file_remove_tree(p->folder, &p->err), p->err);
}

static dw_status burn(struct place *p, dw_burn_live_fn *live, void *ctx)
{
    const struct dw_burn_options options = {.finalize = true};
    dw_drive *drive = NULL;
    dw_stream *stream = NULL;
    CHECK_OK(dw_stream_new(p->plan, &stream, &p->err), p->err);
    CHECK_OK(dw_drive_open(p->drive, &drive, &p->err), p->err);
    dw_status st = dw_drive_burn(drive, p->plan, stream, &options, live, ctx, &p->err);
    p->fault = dw_drive_fault(drive);
    if (st == DW_OK)
        CHECK_OK(dw_stream_save_chunks(stream, p->chunks, &p->err), p->err);
    dw_drive_close(drive);
    dw_stream_free(stream);
    return st;
}

static dw_status verify(struct place *p)
{
    struct dw_blocks blocks = {0};
    dw_chunks *chunks = NULL;
    CHECK_OK(dw_chunks_load(p->chunks, &chunks, &p->err), p->err);
    CHECK_OK(dw_readback_open(p->drive, &blocks, &p->err), p->err);
    dw_status st = dw_chunks_verify(chunks, &blocks, NULL, NULL, &p->err);
    dw_readback_close(&blocks);
    dw_chunks_free(chunks);
    return st;
}

static void a_burned_disc_is_the_image_and_verifies(void)
{
    struct place p;
    char image[128];
    struct dw_buf a = {0}, b = {0};
    set_up(&p);
    snprintf(image, sizeof image, "%s/image", p.folder);
    CHECK_OK(burn(&p, NULL, NULL), p.err);
    CHECK_OK(verify(&p), p.err);
    CHECK_OK(dw_stream_to_file(p.plan, image, NULL, NULL, NULL, NULL, &p.err), p.err);
    CHECK_OK(dw_file_read_all(image, 1 << 24, &a, &p.err), p.err);
    CHECK_OK(dw_file_read_all(p.disc, 1 << 24, &b, &p.err), p.err);
    CHECK_INT(a.size, dw_plan_size_bytes(p.plan));
    CHECK(b.size == a.size && memcmp(a.data, b.data, a.size) == 0);
    dw_buf_done(&a);
    dw_buf_done(&b);
    tear_down(&p);
}

static void what_was_on_a_file_disc_before_is_gone(void)
{
    struct place p;
    struct stat sb;
    set_up(&p);
    write_file(p.disc, 9000000, 3);
    CHECK_OK(burn(&p, NULL, NULL), p.err);
    CHECK(stat(p.disc, &sb) == 0);
    CHECK_INT(sb.st_size, dw_plan_size_bytes(p.plan));
    tear_down(&p);
}

static void one_wrong_bit_on_the_disc_fails_verification(void)
{
    struct place p;
    set_up(&p);
    CHECK_OK(burn(&p, NULL, NULL), p.err);
    FILE *f = fopen(p.disc, "r+b");
    CHECK(f && fseek(f, 700 * 2048 + 5, SEEK_SET) == 0);
    int byte = f ? fgetc(f) : 0;
    CHECK(f && fseek(f, 700 * 2048 + 5, SEEK_SET) == 0 && fputc(byte ^ 1, f) != EOF);
    if (f)
        fclose(f);
    CHECK_INT(verify(&p), DW_ERR_CORRUPT);
    CHECK_HAS(p.err.text, "block 640");
    tear_down(&p);
}

static void a_disc_that_ends_early_fails_verification(void)
{
    struct place p;
    set_up(&p);
    CHECK_OK(burn(&p, NULL, NULL), p.err);
    CHECK(truncate(p.disc, 1000 * 2048) == 0);
    CHECK_INT(verify(&p), DW_ERR_CORRUPT);
    tear_down(&p);
}

static void a_source_that_changed_fails_the_burn_instead_of_padding_it(void)
{
    struct place p;
    set_up(&p);
    CHECK(truncate(p.big, BIG_SIZE - 1) == 0);
    CHECK_INT(burn(&p, NULL, NULL), DW_ERR_CONFLICT);
    CHECK_HAS(p.err.text, "source of /BIG changed");
    CHECK_INT(p.fault, DW_BURN_FAULT_SOURCE); /* the drive is not to blame */
    CHECK(access(p.chunks, F_OK) != 0);
    tear_down(&p);
}

static dw_status stop_at_once(void *ctx, const struct dw_burn_live *live, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CANCELLED, "a person stopped it");
}

static void progress_can_cancel(void)
{
    struct place p;
    set_up(&p);
    CHECK_INT(burn(&p, stop_at_once, NULL), DW_ERR_CANCELLED);
    CHECK_STR(p.err.text, "a person stopped it");
    CHECK_INT(p.fault, DW_BURN_FAULT_NONE);
    tear_down(&p);
}

static dw_status note(void *ctx, const struct dw_burn_live *live, struct dw_error *err)
{
    uint64_t *last = ctx;
    CHECK(live->done_bytes >= *last && live->done_bytes <= live->total_bytes);
    CHECK(live->done_bytes < live->total_bytes || strcmp(live->stage, "closing") == 0);
    *last = live->done_bytes;
    return DW_OK;
}

static void progress_ends_with_everything(void)
{
    struct place p;
    uint64_t last = 0;
    set_up(&p);
    CHECK_OK(burn(&p, note, &last), p.err);
    CHECK_INT(last, dw_plan_size_bytes(p.plan));
    tear_down(&p);
}

static void a_process_holds_one_drive_at_a_time(void)
{
    struct place p;
    struct dw_drive_disc disc;
    dw_drive *one = NULL, *two = NULL;
    set_up(&p);
    CHECK_OK(dw_drive_open(p.drive, &one, &p.err), p.err);
    CHECK_INT(dw_drive_open(p.drive, &two, &p.err), DW_ERR_BUSY);
    CHECK_OK(dw_drive_disc(one, &disc, &p.err), p.err);
    CHECK_INT(disc.state, DW_DRIVE_BLANK);
    CHECK(disc.medium == NULL && disc.free_bytes > 0);
    dw_drive_close(one);
    CHECK_OK(dw_drive_open(p.drive, &two, &p.err), p.err);
    dw_drive_close(two);
    tear_down(&p);
}

static void addresses_that_are_no_drives_are_refused(void)
{
    struct dw_error err = {0};
    struct dw_blocks blocks = {0};
    dw_drive *drive = NULL;
    CHECK_INT(dw_drive_open("", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_drive_open("sr0", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_drive_open("/dev/null", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_drive_open("/dev/nonexistent-drive", &drive, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_drive_open("stdio:relative", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_drive_open("stdio:/dev/null", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_drive_open("stdio:/tmp", &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_readback_open("stdio:/nonexistent/disc", &blocks, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_readback_open("/dev/nonexistent-drive", &blocks, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_readback_open("/dev/null", &blocks, &err), DW_ERR_INVALID);
    CHECK(drive == NULL);
}

static void a_file_has_no_tray_and_what_is_no_drive_neither(void)
{
    struct dw_error err = {0};
    enum dw_tray tray = DW_TRAY_BUSY;
    CHECK_INT(dw_tray_open("/dev/nonexistent-drive", &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_tray_open("/dev/null", &err), DW_ERR_UNSUPPORTED);
    CHECK_INT(dw_tray_close("stdio:/tmp/disc", &err), DW_OK);
    CHECK_INT(dw_tray_cycle("stdio:/tmp/disc", NULL, NULL, &err), DW_OK);
    CHECK_INT(dw_tray_look("stdio:/tmp/disc", &tray, &err), DW_OK);
    CHECK_INT(tray, DW_TRAY_LOADED);
}

static void a_read_that_takes_much_longer_than_those_before_is_counted(void)
{
    struct dw_readback_effort effort = {0};
    dw_readback_note(&effort, 0, 1 << 20, 9000); /* it spins up */
    CHECK_INT(effort.slow, 0);
    effort = (struct dw_readback_effort){0};
    for (uint32_t i = 0; i < 10; i++)
        dw_readback_note(&effort, i * 512, 1 << 20, 100);
    dw_readback_note(&effort, 5120, 1 << 20, 700);
    CHECK_INT(effort.slow, 0);
    dw_readback_note(&effort, 5632, 1 << 20, 4000);
    CHECK_INT(effort.slow, 1);
    CHECK_INT(effort.slowest_ms, 4000);
    CHECK_INT(effort.slowest_block, 5632);
    CHECK_INT(effort.read_ms, 5700);
}

TESTS(TEST(a_burned_disc_is_the_image_and_verifies), TEST(what_was_on_a_file_disc_before_is_gone),
      TEST(one_wrong_bit_on_the_disc_fails_verification),
      TEST(a_disc_that_ends_early_fails_verification),
      TEST(a_source_that_changed_fails_the_burn_instead_of_padding_it), TEST(progress_can_cancel),
      TEST(progress_ends_with_everything), TEST(a_process_holds_one_drive_at_a_time),
      TEST(addresses_that_are_no_drives_are_refused),
      TEST(names_that_drives_tell_are_cut_to_what_can_be_printed),
      TEST(a_read_that_takes_much_longer_than_those_before_is_counted),
      TEST(a_file_has_no_tray_and_what_is_no_drive_neither))
