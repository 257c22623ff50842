#include "robot/ptburn/share.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"

#define STEM "DWx-1"

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

static bool is_there(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void server_in(char folder[64])
{
    char path[128];
    test_folder(folder);
    snprintf(path, sizeof path, "%s/Status", folder);
    CHECK_INT(mkdir(path, 0700), 0);
    put(folder, "Status/SystemStatus.txt", "[RobotList]\nRobot0=R\nRobot1=S\n[R]\nStatusFile=R.txt\n[S]\nStatusFile=S.txt\n"
                                           "[System]\nServerTickCount=7\n");
}

static dw_ptburn_share *share_in(const char *folder, bool at_once)
{
    dw_ptburn_share *share = NULL;
    struct dw_error err = {0};
    const struct dw_ptburn_share_opts opts = {.path = folder, .prefix = "DWx-", .at_once = at_once};
    CHECK_OK(dw_ptburn_share_open(&opts, &share, &err), err);
    return share;
}

static struct dw_ptburn_result done(dw_ptburn_share *share, enum dw_ptburn_op_kind kind, const char *text)
{
    struct dw_ptburn_op op = {.kind = kind, .disc = 1, .stem = STEM, .text = text ? strdup(text) : NULL};
    struct dw_ptburn_result result = {.status = DW_ERR_INTERNAL};
    struct pollfd fd = {.fd = dw_ptburn_share_fd(share), .events = POLLIN};
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_share_submit(share, &op, &err), err);
    poll(&fd, 1, 20000);
    CHECK(dw_ptburn_share_take(share, &result));
    CHECK(!dw_ptburn_share_take(share, &result));
    return result;
}

static void a_job_lies_there_whole_before_it_is_a_request(void)
{
    char folder[64];
    server_in(folder);
    dw_ptburn_share *share = share_in(folder, false);
    CHECK_INT(done(share, DW_PTBURN_OP_PREPARE, NULL).status, DW_OK);
    CHECK(is_there(folder, STEM));
    CHECK_INT(done(share, DW_PTBURN_OP_STAGE, "Copies = 1\r\n").status, DW_OK);
    CHECK(is_there(folder, STEM ".TMP") && !is_there(folder, STEM ".JRQ"));
    CHECK_INT(done(share, DW_PTBURN_OP_SUBMIT, NULL).status, DW_OK);
    CHECK(!is_there(folder, STEM ".TMP") && is_there(folder, STEM ".JRQ"));
    CHECK_INT(done(share, DW_PTBURN_OP_SUBMIT, NULL).status, DW_ERR_CONFLICT); /* never twice */
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void the_unicode_build_gets_its_letters_in_two_bytes(void)
{
    char folder[64], path[128];
    struct dw_buf text = {0};
    struct dw_error err = {0};
    struct dw_ptburn_result result;
    server_in(folder);
    dw_ptburn_share *share = share_in(folder, true);
    const struct dw_ptburn_op op = {.kind = DW_PTBURN_OP_STAGE, .stem = STEM, .text = strdup("a=b\r\n"), .wide = true};
    CHECK_OK(dw_ptburn_share_submit(share, &op, &err), err);
    CHECK(dw_ptburn_share_take(share, &result) && result.status == DW_OK);
    snprintf(path, sizeof path, "%s/" STEM ".TMP", folder);
    CHECK_OK(dw_file_read_all(path, 100, &text, &err), err);
    CHECK(text.size == 12 && memcmp(text.data, "\xFF\xFE" "a\0=\0b\0\r\0\n", 12) == 0);
    dw_buf_done(&text);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_job_that_is_there_already_is_not_made_anew(void)
{
    static const char *const names[] = {STEM ".JRQ", STEM ".qrj", STEM ".INP", STEM ".DON", STEM ".Err", "dwX-1.abt"};
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++) {
        char folder[64];
        server_in(folder);
        put(folder, names[i], "x");
        dw_ptburn_share *share = share_in(folder, true);
        CHECK_INT(done(share, DW_PTBURN_OP_PREPARE, NULL).status, DW_ERR_CONFLICT);
        CHECK(!is_there(folder, STEM));
        dw_ptburn_share_close(share);
        CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
    }
}

static void nothing_is_written_where_no_server_is(void)
{
    char folder[64];
    test_folder(folder); /* the mount point alone */
    dw_ptburn_share *share = share_in(folder, true);
    struct dw_ptburn_result result = done(share, DW_PTBURN_OP_PREPARE, NULL);
    CHECK_INT(result.status, DW_ERR_NOT_FOUND);
    CHECK_HAS(result.err.text, "SystemStatus.txt");
    CHECK(!is_there(folder, STEM));
    CHECK_INT(done(share, DW_PTBURN_OP_LOOK, NULL).status, DW_ERR_NOT_FOUND);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void cleaning_takes_the_disc_away_and_leaves_the_services_own_files(void)
{
    char folder[64];
    server_in(folder);
    dw_ptburn_share *share = share_in(folder, true);
    CHECK_INT(done(share, DW_PTBURN_OP_PREPARE, NULL).status, DW_OK);
    put(folder, STEM "/disc.iso", "data");
    put(folder, STEM ".TMP", "x");
    put(folder, STEM ".PTM", "x");
    put(folder, STEM ".DON", "x");
    put(folder, "DWx-12.TMP", "another's");
    CHECK_INT(done(share, DW_PTBURN_OP_CLEAN, NULL).status, DW_OK);
    CHECK(!is_there(folder, STEM) && !is_there(folder, STEM ".TMP") && !is_there(folder, STEM ".PTM"));
    CHECK(is_there(folder, STEM ".DON") && is_there(folder, "DWx-12.TMP"));
    CHECK_INT(done(share, DW_PTBURN_OP_CLEAN, NULL).status, DW_OK); /* nothing there is clean, too */
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void what_the_service_still_needs_is_not_cleaned_away(void)
{
    static const char *const endings[] = {STEM ".JRQ", STEM ".qrj", STEM ".INP"};
    char folder[64], status[128], away[128];
    server_in(folder);
    dw_ptburn_share *share = share_in(folder, true);
    CHECK_INT(done(share, DW_PTBURN_OP_PREPARE, NULL).status, DW_OK);
    put(folder, STEM "/disc.iso", "data");
    for (size_t i = 0; i < DW_ARRAY_LEN(endings); i++) {
        put(folder, endings[i], "x");
        CHECK_INT(done(share, DW_PTBURN_OP_CLEAN, NULL).status, DW_ERR_BUSY);
        CHECK(is_there(folder, STEM "/disc.iso"));
        snprintf(away, sizeof away, "%s/%s", folder, endings[i]);
        CHECK_INT(unlink(away), 0);
    }
    snprintf(status, sizeof status, "%s/Status", folder);
    snprintf(away, sizeof away, "%s/away", folder);
    CHECK_INT(rename(status, away), 0); /* the mount is gone: an empty folder proves nothing */
    CHECK_INT(done(share, DW_PTBURN_OP_CLEAN, NULL).status, DW_ERR_NOT_FOUND);
    CHECK_INT(rename(away, status), 0);
    CHECK_INT(done(share, DW_PTBURN_OP_CLEAN, NULL).status, DW_OK);
    CHECK(!is_there(folder, STEM));
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_message_waits_until_the_one_before_it_is_heard(void)
{
    char folder[64];
    server_in(folder);
    dw_ptburn_share *share = share_in(folder, true);
    CHECK_INT(done(share, DW_PTBURN_OP_MESSAGE, "Message = ABORT\r\n").status, DW_OK);
    CHECK(is_there(folder, STEM ".PTM"));
    CHECK_INT(done(share, DW_PTBURN_OP_MESSAGE, "Message = ABORT\r\n").status, DW_ERR_BUSY);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_look_finds_what_is_ours_and_what_robots_say_of_it(void)
{
    char folder[64];
    struct dw_ptburn_job_status status;
    int robot = -1;
    server_in(folder);
    put(folder, "Status/R.txt", "[DWx-1]\nJobState=4\nCurrentStatusState=18\n");
    put(folder, "Status/S.txt", "[dwX-1]\nJobState=1\nCurrentStatusState=2\n");
    put(folder, "dwx-1.inp", "x");
    put(folder, "DWx-2.QRJ", "x");
    put(folder, "DWx-2.PTM", "x");
    put(folder, "DWother-3.INP", "x");
    dw_ptburn_share *share = share_in(folder, true);
    struct dw_ptburn_result result = done(share, DW_PTBURN_OP_LOOK, NULL);
    CHECK_INT(result.status, DW_OK);
    CHECK(result.view && result.view->server.robots == 2);
    CHECK_INT(result.view->count, 2);
    CHECK_INT(dw_ptburn_view_file(result.view, "DWx-1"), DW_PTBURN_FILE_RUNNING);
    CHECK_INT(dw_ptburn_view_file(result.view, "DWx-2"), DW_PTBURN_FILE_QUEUED);
    CHECK_INT(dw_ptburn_view_file(result.view, "DWx-3"), DW_PTBURN_FILE_NONE);
    CHECK(dw_ptburn_view_job(result.view, "DWx-1", &status, &robot));
    CHECK_INT(robot, 1); /* it was moved there */
    CHECK_INT(status.doing, DW_PTBURN_VERIFYING);
    CHECK(!dw_ptburn_view_job(result.view, "DWx-2", &status, &robot));
    dw_ptburn_view_free(result.view);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_status_file_that_is_none_holds_nobody(void)
{
    char folder[64], path[128];
    server_in(folder);
    snprintf(path, sizeof path, "%s/Status/R.txt", folder);
    CHECK_INT(mkfifo(path, 0600), 0);
    dw_ptburn_share *share = share_in(folder, true);
    struct dw_ptburn_result result = done(share, DW_PTBURN_OP_LOOK, NULL);
    CHECK_INT(result.status, DW_OK);
    CHECK(result.view && result.view->status[0] == NULL);
    dw_ptburn_view_free(result.view);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_status_file_without_an_end_is_not_read_to_its_end(void)
{
    char folder[64], path[128];
    server_in(folder);
    snprintf(path, sizeof path, "%s/Status/R.txt", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_INT(ftruncate(fd, (off_t)1 << 42), 0); /* takes no room, and hours to read */
    close(fd);
    dw_ptburn_share *share = share_in(folder, true);
    struct dw_ptburn_result result = done(share, DW_PTBURN_OP_LOOK, NULL);
    CHECK_INT(result.status, DW_OK);
    CHECK(result.view && result.view->status[0] == NULL);
    dw_ptburn_view_free(result.view);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void half_a_status_file_is_no_word_of_the_server(void)
{
    char folder[64];
    server_in(folder);
    put(folder, "Status/SystemStatus.txt", "[RobotList]\nRobot0=R\n[R]\nDiscsInRightBin=2");
    dw_ptburn_share *share = share_in(folder, true);
    struct dw_ptburn_result result = done(share, DW_PTBURN_OP_LOOK, NULL);
    CHECK_INT(result.status, DW_ERR_CORRUPT);
    CHECK(result.view == NULL);
    dw_ptburn_share_close(share);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static int came[2], gate[2];

static void wait_at_gate(void *ctx)
{
    char byte = 0;
    CHECK_INT(write(came[1], &byte, 1), 1);
    ssize_t n = read(gate[0], &byte, 1); /* nobody ever opens it */
    (void)n;
}

static void a_share_that_hangs_is_seen_to_hang_and_keeps_nobody_from_leaving(void)
{
    char folder[64];
    dw_ptburn_share *share = NULL;
    struct dw_error err = {0};
    struct dw_ptburn_result result;
    server_in(folder);
    char byte;
    CHECK_INT(pipe(gate), 0);
    CHECK_INT(pipe(came), 0);
    const struct dw_ptburn_share_opts opts = {.path = folder, .prefix = "DWx-", .before = wait_at_gate};
    CHECK_OK(dw_ptburn_share_open(&opts, &share, &err), err);
    const struct dw_ptburn_op op = {.kind = DW_PTBURN_OP_LOOK};
    CHECK_OK(dw_ptburn_share_submit(share, &op, &err), err);
    CHECK_INT(read(came[0], &byte, 1), 1);
    CHECK(!dw_ptburn_share_take(share, &result));
    CHECK(dw_ptburn_share_busy_us(share) > 0);
    dw_ptburn_share_close(share); /* returns, and the thread is left behind at the gate */
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

TESTS(TEST(a_job_lies_there_whole_before_it_is_a_request), TEST(the_unicode_build_gets_its_letters_in_two_bytes), TEST(a_job_that_is_there_already_is_not_made_anew),
      TEST(nothing_is_written_where_no_server_is), TEST(cleaning_takes_the_disc_away_and_leaves_the_services_own_files),
      TEST(what_the_service_still_needs_is_not_cleaned_away), TEST(a_message_waits_until_the_one_before_it_is_heard), TEST(a_look_finds_what_is_ours_and_what_robots_say_of_it),
      TEST(a_status_file_that_is_none_holds_nobody),
      TEST(a_status_file_without_an_end_is_not_read_to_its_end), TEST(half_a_status_file_is_no_word_of_the_server),
      TEST(a_share_that_hangs_is_seen_to_hang_and_keeps_nobody_from_leaving))
