#include "robot/ptburn/job.h"

#include "test.h"

static const struct dw_ptburn_paths paths = {"/mnt/ptburn/", "\\\\SRV\\PTBurnJobs"};
static const struct dw_ptburn_job ordinary = {.stem = "DWk3v9q-7",
                                              .client = "discwright-k3v9q",
                                              .robot = "Disc Publisher SE",
                                              .image = "/mnt/ptburn/DWk3v9q-7/disc.iso",
                                              .label = "/mnt/ptburn/DWk3v9q-7/label.jpg",
                                              .bin = DW_PTBURN_BIN_AUTO,
                                              .speed = 0,
                                              .quality = -1};

static void a_job_is_one_image_closed_verified_and_removed_afterwards(void)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_job_write(&ordinary, &paths, &out, &err), err);
    CHECK_STR(out.data, "JobID = DWk3v9q-7\r\n"
                        "ClientID = discwright-k3v9q\r\n"
                        "RobotName = Disc Publisher SE\r\n"
                        "ImageFile = \\\\SRV\\PTBurnJobs\\DWk3v9q-7\\disc.iso\r\n"
                        "ImageType = MODE_1_2048\r\n"
                        "CloseDisc = YES\r\n"
                        "VerifyDisc = YES\r\n"
                        "RejectIfNotBlank = YES\r\n"
                        "Copies = 1\r\n"
                        "BinID = 0\r\n"
                        "PrintLabel = \\\\SRV\\PTBurnJobs\\DWk3v9q-7\\label.jpg\r\n"
                        "DeleteFiles = YES\r\n");
    dw_buf_done(&out);
}

static void what_a_site_sets_is_in_the_job_and_what_it_does_not_set_is_left_to_the_server(void)
{
    struct dw_ptburn_job job = ordinary;
    struct dw_buf out = {0};
    struct dw_error err = {0};
    job.robot = job.label = "";
    job.bin = DW_PTBURN_BIN_RIGHT;
    job.speed = 16;
    job.quality = 4;
    CHECK_OK(dw_ptburn_job_write(&job, &paths, &out, &err), err);
    CHECK_HAS(out.data, "BurnSpeed = 16\r\n");
    CHECK_HAS(out.data, "BinID = 2\r\n");
    CHECK(!strstr(out.data, "RobotName"));
    CHECK(!strstr(out.data, "Print")); /* no label: no quality either */
    dw_buf_done(&out);
}

static void a_name_that_would_be_another_line_or_another_path_is_refused(void)
{
    static const char *const stems[] = {"", "a\r\nCopies = 9", "a b", "..", "a.b", "0123456789012345678901234567890"};
    struct dw_buf out = {0};
    struct dw_ptburn_job job = ordinary;
    for (size_t i = 0; i < DW_ARRAY_LEN(stems); i++) {
        job.stem = stems[i];
        CHECK_INT(dw_ptburn_job_write(&job, &paths, &out, NULL), DW_ERR_INVALID);
    }
    job = ordinary;
    job.robot = "Robot\r\nBinID = 1";
    CHECK_INT(dw_ptburn_job_write(&job, &paths, &out, NULL), DW_ERR_INVALID);
    job.robot = "R\xC3\xB6"
                "bi";
    CHECK_INT(dw_ptburn_job_write(&job, &paths, &out, NULL), DW_ERR_INVALID);
    job = ordinary;
    job.client = "who am I";
    CHECK_INT(dw_ptburn_job_write(&job, &paths, &out, NULL), DW_ERR_INVALID);
    dw_buf_done(&out);
}

static void a_path_is_written_as_the_server_knows_it_and_never_from_outside_the_share(void)
{
    static const char *const bad[] = {"/etc/passwd",        "/mnt/ptburnx/a",          "/mnt/ptburn/a/../../etc/passwd",
                                      "/mnt/ptburn/a,b",    "/mnt/ptburn/a>b",         "/mnt/ptburn/\xC3\xA4",
                                      "/mnt/ptburn/c:/win", "/mnt/ptburn/a\r\nb = c", "/mnt/ptburn/"};
    static const struct dw_ptburn_paths drive = {"/mnt/ptburn", "C:\\PTBurnJobs\\"};
    char out[DW_PTBURN_SERVER_PATH_MAX], longest[300] = "/mnt/ptburn/";
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_path(&drive, "/mnt/ptburn/j/disc.iso", out, sizeof out, &err), err);
    CHECK_STR(out, "C:\\PTBurnJobs\\j\\disc.iso");
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK_INT(dw_ptburn_path(&paths, bad[i], out, sizeof out, NULL), DW_ERR_INVALID);
    memset(longest + strlen(longest), 'x', 250);
    CHECK_INT(dw_ptburn_path(&paths, longest, out, sizeof out, NULL), DW_ERR_LIMIT);
}

static void the_servers_name_of_the_folder_is_a_share_or_a_drive(void)
{
    static const char *const good[] = {"\\\\SRV\\PTBurnJobs", "\\\\10.0.0.7\\jobs\\", "C:\\PTBurnJobs", "d:\\"};
    static const char *const bad[] = {"", "/mnt/ptburn", "PTBurnJobs", "\\\\SRV", "\\\\\\x", "C:PTBurnJobs", "C:\\a,b", "C:\\a:b"};
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(good); i++)
        CHECK_OK(dw_ptburn_server_path_check(good[i], &err), err);
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK_INT(dw_ptburn_server_path_check(bad[i], &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "share_unc");
}

static void an_abort_is_in_the_name_of_the_job_and_the_rest_in_the_administrators(void)
{
    static const struct {
        enum dw_ptburn_message message;
        const char *text;
    } rows[] = {
        {DW_PTBURN_ABORT, "Message = ABORT\r\nClientID = dw-1\r\n"},
        {DW_PTBURN_IGNORE_INK, "Message = IGNORE_INKLOW\r\nClientID = Administrator\r\nRobotName = R\r\n"},
        {DW_PTBURN_ALIGN, "Message = ALIGN_PRINTER\r\nClientID = Administrator\r\nRobotName = R\r\n"},
        {DW_PTBURN_CHECK_BINS, "Message = CHECK_DISCSINBIN\r\nClientID = Administrator\r\nRobotName = R\r\n"},
        {DW_PTBURN_KIOSK_ON, "Message = CHANGE_KIOSK_MODE\r\nValue = 1\r\nClientID = Administrator\r\nRobotName = R\r\n"},
        {DW_PTBURN_KIOSK_OFF, "Message = CHANGE_KIOSK_MODE\r\nValue = 0\r\nClientID = Administrator\r\nRobotName = R\r\n"},
    };
    CHECK_INT(DW_ARRAY_LEN(rows), DW_PTBURN_MESSAGE_COUNT);
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct dw_buf out = {0};
        struct dw_error err = {0};
        CHECK_OK(dw_ptburn_message_write(rows[i].message, "dw-1", "R", &out, &err), err);
        CHECK_STR(out.data, rows[i].text);
        CHECK_HAS(out.data, dw_ptburn_message_name(rows[i].message));
        dw_buf_done(&out);
    }
}

TESTS(TEST(a_job_is_one_image_closed_verified_and_removed_afterwards),
      TEST(what_a_site_sets_is_in_the_job_and_what_it_does_not_set_is_left_to_the_server),
      TEST(a_name_that_would_be_another_line_or_another_path_is_refused),
      TEST(a_path_is_written_as_the_server_knows_it_and_never_from_outside_the_share),
      TEST(the_servers_name_of_the_folder_is_a_share_or_a_drive),
      TEST(an_abort_is_in_the_name_of_the_job_and_the_rest_in_the_administrators))
