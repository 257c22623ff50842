#include "robot/ptburn/report.h"

#include <sys/stat.h>

#include "base/channel.h"
#include "base/file.h"
#include "test.h"

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/Status/%s", folder, name);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

static void server_in(char folder[64])
{
    char path[128];
    test_folder(folder);
    snprintf(path, sizeof path, "%s/Status", folder);
    CHECK_INT(mkdir(path, 0700), 0);
}

static json_t *report_of(const char *folder)
{
    json_t *report = NULL;
    struct dw_error err = {0};
    CHECK_OK(dw_ptburn_report(folder, &report, &err), err);
    return report;
}

static void a_server_is_told_with_its_robots_drives_and_versions(void)
{
    char folder[64];
    server_in(folder);
    put(folder, "SystemStatus.txt",
        "[RobotList]\r\nRobot0=Front desk\r\n[Front desk]\r\nSysErrorNumber=5\r\nRobotType=11\r\nSystemDrives=1\r\n"
        "DiscsInRightBin=20\r\nStatusFile=Front desk.txt\r\nCartridgeType0=6\r\nCartridgeFill0=61\r\nLotus=1\r\n"
        "[System]\r\nPtburnSWVer=3.4.4\r\nServerTickCount=7\r\nDriveSpace=900\r\nNewThing=x\r\n");
    put(folder, "Front desk.txt",
        "[System]\r\nRoboFWVer=4.11\r\nSerialNum=0042\r\nDriveDesc0=ACME X1\r\nDriveLocation0=Robotic Recorder\r\n");
    json_t *report = report_of(folder);
    const json_t *robot = json_array_get(json_object_get(report, "robots"), 0);
    CHECK_STR(dw_json_text(robot, "model"), "Disc Publisher SE-3");
    CHECK_STR(dw_json_text(robot, "firmware"), "4.11");
    CHECK_INT(dw_json_int(robot, "error", 0), 5);
    CHECK(json_is_true(json_object_get(robot, "right_bin")) && json_is_false(json_object_get(robot, "left_bin")));
    const json_t *drive = json_array_get(json_object_get(robot, "drive_list"), 0);
    CHECK_STR(dw_json_text(drive, "place"), "Robotic Recorder");
    CHECK_STR(dw_json_text(drive, "model"), "ACME X1");
    CHECK_STR(dw_json_text(json_array_get(json_object_get(robot, "cartridges"), 0), "name"), "ink");
    CHECK_STR(json_string_value(json_array_get(json_object_get(robot, "other_keys"), 0)), "Lotus");
    CHECK_STR(json_string_value(json_array_get(json_object_get(report, "other_keys"), 0)), "NewThing");
    CHECK_STR(dw_json_text(json_object_get(report, "versions"), "PtburnSWVer"), "3.4.4");
    json_decref(report);
}

static void what_other_programs_call_their_jobs_stays_on_the_server(void)
{
    char folder[64];
    server_in(folder);
    put(folder, "SystemStatus.txt", "[RobotList]\nRobot0=R\n[R]\nRobotType=6\nStatusFile=R.txt\nStatus=INVENTED\n"
                                    "SysErrorString=INVENTED\n[System]\nServerTickCount=7\nSecret=INVENTED\n");
    put(folder, "R.txt", "[System]\nDriveLocation0=Robotic Recorder\nDriveJob0=INVENTED\nSystemStatus=INVENTED\n"
                         "[JobList]\nJob0=INVENTED\n[INVENTED]\nJobID=INVENTED\nClientID=INVENTED\nINVENTED=1\n");
    json_t *report = report_of(folder);
    char *text = json_dumps(report, 0);
    CHECK(text && !strstr(text, "INVENTED"));
    free(text);
    json_decref(report);
}

static void a_folder_that_is_no_server_says_so(void)
{
    char folder[64];
    json_t *report = NULL;
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_INT(dw_ptburn_report(folder, &report, &err), DW_ERR_NOT_FOUND);
    CHECK(*err.text && !report);
}

TESTS(TEST(a_server_is_told_with_its_robots_drives_and_versions),
      TEST(what_other_programs_call_their_jobs_stays_on_the_server), TEST(a_folder_that_is_no_server_says_so))
