#include "robot/journal.h"

#include <errno.h>
#include <fcntl.h>

#include "test.h"

static const struct dw_place bin1 = {DW_PLACE_BIN, 1}, drive1 = {DW_PLACE_DRIVE, 1},
                             drive2 = {DW_PLACE_DRIVE, 2}, printer = {DW_PLACE_PRINTER, 0},
                             output = {DW_PLACE_OUTPUT, 0};
static struct dw_clock_manual hands = {.wall_us = 1000};

static dw_journal *open_journal(const char *folder, const struct dw_disk *disk)
{
    char path[96];
    dw_journal *journal = NULL;
    struct dw_error err = {0};
    struct dw_clock clock = dw_clock_from_manual(&hands);
    snprintf(path, sizeof path, "%s/journal", folder);
    CHECK_OK(dw_journal_open(path, disk, &clock, &journal, &err), err);
    return journal;
}

static void append_bytes(const char *folder, const char *bytes)
{
    char path[96];
    snprintf(path, sizeof path, "%s/journal", folder);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    CHECK_INT(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

static void clean(const char *folder)
{
    struct dw_error err = {0};
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_motion_that_never_ended_is_found_at_the_next_start(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_journal *journal = open_journal(folder, NULL);
    CHECK(dw_journal_unfinished(journal) == NULL);
    CHECK_OK(dw_journal_begin(journal, 7, bin1, drive1, &err), err);
    CHECK_OK(dw_journal_end(journal, 7, "yes", &err), err);
    CHECK_OK(dw_journal_begin(journal, 8, bin1, drive2, &err), err);
    dw_journal_close(journal);

    journal = open_journal(folder, NULL);
    const struct dw_journal_motion *open = dw_journal_unfinished(journal);
    CHECK(open && open->disc == 8 && dw_place_same(open->to, drive2));
    const struct dw_journal_motion *done = dw_journal_find(journal, 7);
    CHECK(done && !done->unfinished && dw_place_same(done->at, drive1));
    CHECK(dw_journal_find(journal, 9) == NULL);
    dw_journal_close(journal);
    clean(folder);
}

static void doubt_stays_until_a_person_has_answered(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_journal *journal = open_journal(folder, NULL);
    CHECK_OK(dw_journal_begin(journal, 7, drive1, printer, &err), err);
    CHECK_OK(dw_journal_end(journal, 7, "unknown", &err), err);
    dw_journal_close(journal);
    journal = open_journal(folder, NULL);
    CHECK(dw_journal_unfinished(journal) != NULL);
    CHECK_OK(dw_journal_answer(journal, 7, output, &err), err);
    CHECK(dw_journal_unfinished(journal) == NULL);
    dw_journal_close(journal);
    journal = open_journal(folder, NULL);
    CHECK(dw_journal_unfinished(journal) == NULL);
    CHECK(dw_place_same(dw_journal_find(journal, 7)->at, output));
    dw_journal_close(journal);
    clean(folder);
}

static void a_missed_pick_leaves_the_disc_where_it_was(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_journal *journal = open_journal(folder, NULL);
    CHECK_OK(dw_journal_begin(journal, 7, drive1, printer, &err), err);
    CHECK_OK(dw_journal_end(journal, 7, "no", &err), err);
    CHECK(dw_journal_unfinished(journal) == NULL);
    CHECK(dw_place_same(dw_journal_find(journal, 7)->at, drive1));
    dw_journal_close(journal);
    clean(folder);
}

static void a_torn_last_line_is_no_line(void)
{
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    append_bytes(folder, "1\tbegin\t7\tbin 1\tdrive 1\n1\tend\t7\tyes\n2\tbegin\t8\tbin 1\tdri");
    dw_journal *journal = open_journal(folder, NULL);
    CHECK(dw_journal_unfinished(journal) == NULL);
    CHECK(dw_journal_find(journal, 8) == NULL);
    CHECK_OK(dw_journal_begin(journal, 9, bin1, drive2, &err), err);
    dw_journal_close(journal);
    journal = open_journal(folder, NULL); /* the rest was cut off, not glued to */
    CHECK_INT(dw_journal_unfinished(journal)->disc, 9);
    dw_journal_close(journal);
    clean(folder);
}

static void a_strange_line_in_the_middle_is_not_guessed_about(void)
{
    static const char *const bad[] = {"hello\n",
                                      "1\tbegin\t7\tbin 1\n",
                                      "1\tend\t7\tmaybe\n",
                                      "1\tbegin\tx\tbin 1\tdrive 1\n",
                                      "1\tbegin\t7\tbin 1\troof\n",
                                      "1\tanswer\t7\tdrive 1\tdrive 2\textra\n",
                                      "\n"};
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++) {
        char folder[64], path[96];
        dw_journal *journal = NULL;
        struct dw_error err = {0};
        struct dw_clock clock = dw_clock_from_manual(&hands);
        test_folder(folder);
        snprintf(path, sizeof path, "%s/journal", folder);
        append_bytes(folder, "1\tbegin\t7\tbin 1\tdrive 1\n1\tend\t7\tyes\n");
        append_bytes(folder, bad[i]);
        CHECK_INT(dw_journal_open(path, NULL, &clock, &journal, &err), DW_ERR_CORRUPT);
        CHECK_HAS(err.text, "journal:3");
        clean(folder);
    }
}

static int failing_fsync(void *ctx, int fd)
{
    bool *fails = ctx;
    if (!*fails)
        return 0;
    errno = EIO;
    return -1;
}
static ssize_t plain_write(void *ctx, int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static int plain_rename(void *ctx, const char *from, const char *to)
{
    return rename(from, to);
}
static bool never = false;

static void what_could_not_be_made_safe_was_not_written(void)
{
    char folder[64];
    bool fails = false;
    struct dw_error err = {0};
    struct dw_disk disk = {.write = plain_write, .fsync = failing_fsync, .ctx = &fails};
    test_folder(folder);
    dw_journal *journal = open_journal(folder, &disk);
    fails = true;
    CHECK_INT(dw_journal_begin(journal, 7, bin1, drive1, &err), DW_ERR_IO);
    CHECK(dw_journal_unfinished(journal) == NULL);
    fails = false;
    CHECK_OK(dw_journal_begin(journal, 8, bin1, drive1, &err), err);
    dw_journal_close(journal);
    journal = open_journal(folder, NULL);
    CHECK(dw_journal_find(journal, 7) == NULL);
    CHECK_INT(dw_journal_unfinished(journal)->disc, 8);
    dw_journal_close(journal);
    clean(folder);
}

static void a_long_journal_starts_anew_and_forgets_no_doubt(void)
{
    char folder[64], path[96];
    struct dw_buf text = {.max = 64 << 20};
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/journal", folder);
    dw_buf_add_text(&text, "1\tbegin\t1\tdrive 1\tprinter\n");
    for (int i = 2; text.size <= DW_JOURNAL_SIZE_MAX; i++)
        dw_buf_addf(&text, "1\tbegin\t%d\tbin 1\tdrive 2\n1\tend\t%d\tyes\n", i, i);
    CHECK_OK(dw_file_save(NULL, path, text.data, text.size, &err), err);
    dw_buf_done(&text);
    for (int round = 0; round < 2; round++) {
        dw_journal *journal = open_journal(folder, NULL);
        const struct dw_journal_motion *open = dw_journal_unfinished(journal);
        CHECK(open && open->disc == 1 && dw_place_same(open->to, printer));
        dw_journal_close(journal);
    }
    CHECK_OK(dw_file_read_all(path, DW_JOURNAL_SIZE_MAX, &text, &err), err);
    CHECK(text.size < 64 * 1024);
    dw_buf_done(&text);
    clean(folder);
}

static void a_journal_that_grows_while_it_is_open_starts_anew_too(void)
{
    static const struct dw_disk fast = {
        .write = plain_write, .fsync = failing_fsync, .rename = plain_rename, .ctx = &never};
    char folder[64];
    struct dw_error err = {0};
    test_folder(folder);
    dw_journal *journal = open_journal(folder, &fast);
    CHECK_OK(dw_journal_begin(journal, 1, drive1, printer, &err), err);
    for (int i = 2; i < 90000; i++) {
        CHECK_OK(dw_journal_begin(journal, i, bin1, drive2, &err), err);
        CHECK_OK(dw_journal_end(journal, i, "yes", &err), err);
    }
    dw_journal_close(journal);
    journal = open_journal(folder, NULL);
    CHECK(dw_journal_unfinished(journal) && dw_journal_unfinished(journal)->disc == 1);
    CHECK(dw_journal_find(journal, 89999) != NULL);
    dw_journal_close(journal);
    clean(folder);
}

TESTS(TEST(a_motion_that_never_ended_is_found_at_the_next_start),
      TEST(doubt_stays_until_a_person_has_answered),
      TEST(a_missed_pick_leaves_the_disc_where_it_was), TEST(a_torn_last_line_is_no_line),
      TEST(a_strange_line_in_the_middle_is_not_guessed_about),
      TEST(what_could_not_be_made_safe_was_not_written),
      TEST(a_long_journal_starts_anew_and_forgets_no_doubt),
      TEST(a_journal_that_grows_while_it_is_open_starts_anew_too))
