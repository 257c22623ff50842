#include "robot/ptburn/status.h"

#include "base/text.h"
#include "test.h"

static dw_ptburn_ini *ini_of(const void *data, size_t size, bool settled)
{
    dw_ptburn_ini *ini = NULL;
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_ini_parse(data, size, settled, &ini, &err), err);
    return ini;
}

static dw_ptburn_ini *ini_text(const char *text)
{
    return ini_of(text, strlen(text), false);
}

static const char server_text[] = "\r\n [RobotList]\r\nRobot0=Disc Publisher 4100\r\nRobot1 = Disc Publisher SE\r\nRobot3=x\r\n"
                                  "[Disc Publisher 4100]\r\nSysErrorNumber=3\r\nSysErrorString=whatever\r\nSystemDrives=2\r\n"
                                  "RobotType=8\r\nNumJobs=1\r\nDiscsInLeftBin=41\r\nDiscsInRightBin=-1\r\n"
                                  "StatusFile=Disc Publisher 4100.txt\r\nKioskModeEnabled=0\r\nCartridgeType0=2\r\n"
                                  "CartridgeFill0=88\r\nCartridgeType1=1\r\nCartridgeFill1=12\r\nCartridgeType3=0\r\n"
                                  "CartridgeFill3=0\r\n"
                                  "[Disc Publisher SE]\r\nDiscsInRightBin=255\r\nStatusFile=..\\secret.txt\r\nRobotType=99\r\n"
                                  "[System]\r\nSysErrorNumber=7\r\nPtburnSWVer=3.0.9.0\r\n"
                                  "ServerTime=11/20/2011 08:15:02\r\nServerTickCount=90211\r\nDriveSpace=51200\r\n";

static void the_servers_file_tells_robots_bins_ink_errors_and_the_pulse(void)
{
    struct dw_ptburn_server server;
    dw_ptburn_ini *ini = ini_text(server_text);
    dw_ptburn_server_read(ini, &server);
    dw_ptburn_ini_free(ini);
    CHECK_INT(server.robots, 2); /* the list ends at the first missing number */
    const struct dw_ptburn_robot *one = &server.robot[0], *two = &server.robot[1];
    CHECK_STR(one->name, "Disc Publisher 4100");
    CHECK_STR(one->status_file, "Disc Publisher 4100.txt");
    CHECK_INT(one->error, 3);
    CHECK_INT(one->drives, 2);
    CHECK(one->left_bin && one->right_bin);
    CHECK_INT(one->left, 41);
    CHECK_INT(one->right, -1);
    CHECK_INT(one->cartridges, 2); /* an empty slot is no empty cartridge */
    CHECK_INT(one->cartridge[0].percent, 88);
    CHECK_STR(dw_ptburn_ink_name(one->cartridge[0].type), "black ink");
    CHECK_INT(one->cartridge[1].percent, 12);
    CHECK_STR(dw_ptburn_ink_name(one->cartridge[1].type), "colour ink");
    CHECK_STR(dw_ptburn_ink_name(99), "ink of an unknown colour");
    CHECK_INT(one->kiosk, 0);
    CHECK(!two->left_bin && two->right_bin);
    CHECK_INT(two->right, -1); /* 255 is unknown */
    CHECK_INT(two->error, -1); /* several robots: the server's own number is nobody's */
    CHECK_INT(two->kiosk, -1);
    CHECK_STR(two->status_file, ""); /* it would lead out of the folder */
    CHECK_STR(server.pulse, "90211 11/20/2011 08:15:02");
    CHECK_INT(server.free_mb, 51200);
    CHECK_STR(server.version, "3.0.9.0");
}

static void with_one_robot_the_servers_number_is_its_own(void)
{
    struct dw_ptburn_server server;
    dw_ptburn_ini *ini = ini_text("[RobotList]\nRobot0=R\n[R]\nRobotType=6\n[System]\nSysErrorNumber=15\n");
    dw_ptburn_server_read(ini, &server);
    dw_ptburn_ini_free(ini);
    CHECK_INT(server.robots, 1);
    CHECK_INT(server.robot[0].error, 15);
    CHECK_STR(server.pulse, ""); /* nothing counts: it can never be called alive */
}

static void the_key_of_old_servers_for_an_error_is_known_too(void)
{
    struct dw_ptburn_server server;
    dw_ptburn_ini *ini = ini_text("[RobotList]\nRobot0=R\n[R]\nError=15\n[System]\nError=3\n");
    dw_ptburn_server_read(ini, &server);
    CHECK_INT(server.robot[0].error, 15);
    CHECK_INT(dw_ptburn_robot_error(ini, 0), 3);
    dw_ptburn_ini_free(ini);
}

static const char robot_text[] = "[System]\r\nSystemStatus=System OK\r\nSysErrorNumber=0\r\nDriveLocation0=Robotic Recorder\r\n"
                                 "DriveState0=3\r\nDrivePercent0=35\r\nDriveJob0=DWABC-12\r\nDriveDisc0=2\r\n"
                                 "[Robotic Recorder]\r\nGoodDiscs=2291\r\n[JobList]\r\nJob0=DWabc-12\r\n"
                                 "[dwabc-12]\r\nJobID=DWabc-12\r\nCurrentStatus=Verifying\r\nCurrentStatusState=2\r\n"
                                 "TimeStarted=11/20/2011 08:10:52 AM\r\nTimeCompleted=\r\nGoodDiscs=0\r\nBadDiscs=1\r\n"
                                 "JobState=1\r\nDiscErrorIndex0=1\r\nDiscErrorNumber0=19\r\nDiscErrorIndex1=1\r\n"
                                 "DiscErrorNumber1=18\r\n"
                                 "[DWabc-11]\r\nCurrentStatusState=15\r\nJobState=3\r\nJobErrorNumber=20\r\n";

static void a_job_is_found_whatever_the_case_with_its_drive_and_its_errors(void)
{
    struct dw_ptburn_job_status job;
    dw_ptburn_ini *ini = ini_text(robot_text);
    CHECK(dw_ptburn_job_status_read(ini, "DWabc-12", &job));
    CHECK_INT(job.doing, DW_PTBURN_VERIFYING);
    CHECK_INT(job.state, DW_PTBURN_JOB_RUNNING);
    CHECK_INT(job.good, 0);
    CHECK_INT(job.bad, 1);
    CHECK_INT(job.error, 0); /* not there: none */
    CHECK_INT(job.disc_error, 18);
    CHECK_INT(job.drive, 0);
    CHECK_INT(job.drive_state, 3);
    CHECK_INT(job.drive_percent, 35);
    CHECK(dw_ptburn_job_status_read(ini, "DWabc-11", &job));
    CHECK_INT(job.state, DW_PTBURN_JOB_FAILED);
    CHECK_INT(job.error, 20);
    CHECK_INT(job.good, -1);
    CHECK_INT(job.drive, -1);
    CHECK(!dw_ptburn_job_status_read(ini, "DWabc-1", &job));
    CHECK_INT(dw_ptburn_robot_error(ini, -1), 0);
    dw_ptburn_ini_free(ini);
}

static void the_same_file_in_utf16_says_the_same(void)
{
    struct dw_ptburn_job_status job;
    for (int big = 0; big < 2; big++) {
        uint8_t wide[2 * sizeof robot_text];
        size_t n = 0;
        wide[n++] = big ? 0xFE : 0xFF;
        wide[n++] = big ? 0xFF : 0xFE;
        for (const char *p = robot_text; *p; p++) {
            wide[n++] = big ? 0 : (uint8_t)*p;
            wide[n++] = big ? (uint8_t)*p : 0;
        }
        dw_ptburn_ini *ini = ini_of(wide, n, false);
        CHECK(dw_ptburn_job_status_read(ini, "DWabc-12", &job));
        CHECK_INT(job.drive_percent, 35);
        CHECK(dw_ptburn_ini_is_wide(ini));
        dw_ptburn_ini_free(ini);
    }
}

static void letters_beyond_ascii_are_shown_and_what_cannot_be_shown_is_not(void)
{
    static const uint8_t page[] = "[A]\nk=B\xFCro\x01\nz=a\0b\n"; /* a code page */
    static const uint8_t wide[] = {0xFF, 0xFE, '[', 0, 'A', 0, ']', 0, '\n', 0, 'k', 0, '=', 0, 0x3D, 0xD8, 0x0A, 0xDC,
                                   0x00, 0xDC, 0,   0, 0x34, 0x12, '\n', 0};
    dw_ptburn_ini *ini = ini_of(page, sizeof page - 1, false);
    CHECK_STR(dw_ptburn_ini_text(ini, "a", "K"), "B\xC3\xBCro?");
    CHECK_STR(dw_ptburn_ini_text(ini, "A", "z"), "a?b");
    dw_ptburn_ini_free(ini);
    ini = ini_of(wide, sizeof wide, false);
    CHECK_STR(dw_ptburn_ini_text(ini, "A", "k"), "\xF0\x9F\x90\x8A??\xE1\x88\xB4"); /* a pair, half a pair, a zero */
    dw_ptburn_ini_free(ini);
}

static void a_torn_last_line_counts_only_when_the_file_has_settled(void)
{
    static const char torn[] = "[J]\nJobState=3\nJobErrorNumber=3";
    struct dw_ptburn_job_status job;
    dw_ptburn_ini *ini = ini_of(torn, strlen(torn), false);
    CHECK(dw_ptburn_job_status_read(ini, "J", &job));
    CHECK_INT(job.error, 0);
    dw_ptburn_ini_free(ini);
    ini = ini_of(torn, strlen(torn), true);
    CHECK(dw_ptburn_job_status_read(ini, "J", &job));
    CHECK_INT(job.error, 3);
    dw_ptburn_ini_free(ini);
}

static void numbers_that_are_none_are_not_told(void)
{
    struct dw_ptburn_job_status job;
    dw_ptburn_ini *ini = ini_text("[J]\nCurrentStatusState=99\nJobState= -7\nGoodDiscs=1 disc\nBadDiscs=99999999999999999999\n");
    CHECK(dw_ptburn_job_status_read(ini, "J", &job));
    CHECK_INT(job.doing, DW_PTBURN_DOING_UNKNOWN);
    CHECK_INT(job.state, DW_PTBURN_JOB_UNKNOWN);
    CHECK_INT(job.good, -1);
    CHECK_INT(job.bad, -1);
    dw_ptburn_ini_free(ini);
}

static void a_file_without_end_is_refused_and_a_long_value_is_cut_between_letters(void)
{
    struct dw_buf text = {0};
    dw_ptburn_ini *ini = NULL;
    dw_buf_init(&text, 2 * DW_PTBURN_STATUS_FILE_MAX);
    for (int i = 0; i < DW_PTBURN_LINES_MAX + 1; i++)
        dw_buf_add_text(&text, "a=b\n");
    CHECK_INT(dw_ptburn_ini_parse(text.data, text.size, false, &ini, NULL), DW_ERR_LIMIT);
    CHECK(ini == NULL);
    CHECK_INT(dw_ptburn_ini_parse(text.data, DW_PTBURN_STATUS_FILE_MAX + 1, false, &ini, NULL), DW_ERR_LIMIT);
    dw_buf_reset(&text);
    dw_buf_add_text(&text, "[S]\nk=");
    for (int i = 0; i < 300; i++)
        dw_buf_add_text(&text, "\xE4");
    dw_buf_add_text(&text, "\n");
    ini = ini_of(text.data, text.size, false);
    const char *value = dw_ptburn_ini_text(ini, "S", "k");
    CHECK(value && strlen(value) < DW_PTBURN_VALUE_MAX && dw_text_is_utf8(value, strlen(value)));
    dw_ptburn_ini_free(ini);
    dw_buf_done(&text);
}

static void every_model_has_a_name_and_a_new_one_a_number(void)
{
    char name[40];
    for (int type = 0; type <= 14; type++) {
        dw_ptburn_model(type, name, sizeof name);
        CHECK(strncmp(name, "unknown", 7) != 0);
    }
    dw_ptburn_model(9, name, sizeof name);
    CHECK_STR(name, "Disc Publisher 4100 XRP");
    dw_ptburn_model(15, name, sizeof name);
    CHECK_STR(name, "unknown model (15)");
}

TESTS(TEST(the_servers_file_tells_robots_bins_ink_errors_and_the_pulse), TEST(with_one_robot_the_servers_number_is_its_own),
      TEST(the_key_of_old_servers_for_an_error_is_known_too),
      TEST(a_job_is_found_whatever_the_case_with_its_drive_and_its_errors), TEST(the_same_file_in_utf16_says_the_same),
      TEST(letters_beyond_ascii_are_shown_and_what_cannot_be_shown_is_not),
      TEST(a_torn_last_line_counts_only_when_the_file_has_settled), TEST(numbers_that_are_none_are_not_told),
      TEST(a_file_without_end_is_refused_and_a_long_value_is_cut_between_letters),
      TEST(every_model_has_a_name_and_a_new_one_a_number))
