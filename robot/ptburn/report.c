#include "robot/ptburn/report.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "share_look.h"

/* Keys without their number, as far as anybody has told. What else a newer server says is worth knowing by its name; its
 * value may be anything. */
static const char *const told[] = {
    "BadDiscsLaunch",  "BadDiscsLife",   "CartridgeFill", "CartridgeType",  "DateManf",       "DiscsInLeftBin",
    "DiscsInRightBin", "DriveDesc",      "DriveDisc",     "DriveJob",       "DriveLetter",    "DriveLocation",
    "DrivePercent",    "DriveSpace",     "DriveState",    "Error",          "GoodDiscsLaunch", "GoodDiscsLife",
    "JobProcSWVer",    "KioskModeEnabled", "NumJobs",     "PTRobotVer",     "PtburnSWVer",    "PxDrvSWVer",
    "PxHelp20SWVer",   "PxMasSWVer",     "PxWaveSWVer",   "PxengSWVer",     "PxsdkSWVer",     "RoboFWVer",
    "RobotType",       "SerialNum",      "ServerTickCount", "ServerTime",   "Status",         "StatusFile",
    "SysErrorNumber",  "SysErrorString", "SystemDesc",    "SystemDrives",   "SystemStatus"};
static const char *const versions[] = {"PtburnSWVer", "JobProcSWVer", "PTRobotVer",  "PxengSWVer",   "PxsdkSWVer",
                                       "PxDrvSWVer",  "PxMasSWVer",   "PxWaveSWVer", "PxHelp20SWVer"};
#define KEYS_MAX 100 /* of one section: a report is read by people */

static void set_text(json_t *object, const char *key, const dw_ptburn_ini *ini, const char *section, const char *from)
{
    const char *text = ini ? dw_ptburn_ini_text(ini, section, from) : NULL;
    if (text && *text)
        json_object_set_new(object, key, json_string(text));
}

static bool is_told(const char *key)
{
    size_t length = strlen(key);
    while (length > 0 && isdigit((unsigned char)key[length - 1]))
        length--;
    for (size_t i = 0; i < DW_ARRAY_LEN(told); i++) {
        if ((strlen(told[i]) == length && strncasecmp(told[i], key, length) == 0) || strcasecmp(told[i], key) == 0)
            return true;
    }
    return false;
}

/* Of a section that is the server's own, never of a job's. */
static void add_other_keys(json_t *list, const dw_ptburn_ini *ini, const char *section)
{
    const char *in, *key;
    for (size_t i = 0; dw_ptburn_ini_at(ini, i, &in, &key) && json_array_size(list) < KEYS_MAX; i++) {
        if (key && strcasecmp(in, section) == 0 && !is_told(key))
            json_array_append_new(list, json_string(key));
    }
}

static json_t *cartridges_json(const struct dw_ptburn_robot *robot)
{
    json_t *list = json_array();
    for (int i = 0; i < robot->cartridges; i++)
        json_array_append_new(list, json_pack("{s:s, s:i, s:i}", "name", dw_ptburn_ink_name(robot->cartridge[i].type),
                                              "type", robot->cartridge[i].type, "percent", robot->cartridge[i].percent));
    return list;
}

static json_t *drives_json(const dw_ptburn_ini *own)
{
    json_t *list = json_array();
    for (int i = 0; own && i < DW_PTBURN_DRIVES_MAX; i++) {
        char location[24], desc[24];
        if (!dw_text_format(location, sizeof location, "DriveLocation%d", i) ||
            !dw_text_format(desc, sizeof desc, "DriveDesc%d", i) || !dw_ptburn_ini_text(own, "System", location))
            break;
        json_t *row = json_object();
        set_text(row, "place", own, "System", location);
        set_text(row, "model", own, "System", desc);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *robot_json(const char *share, const dw_ptburn_ini *server, const struct dw_ptburn_robot *robot)
{
    char model[40];
    dw_ptburn_ini *own = NULL;
    json_t *others = json_array();
    if (*robot->status_file && folder_status(share, robot->status_file, &own, NULL) != DW_OK)
        own = NULL;
    dw_ptburn_model(robot->type, model, sizeof model);
    add_other_keys(others, server, robot->name);
    if (own)
        add_other_keys(others, own, "System");
    json_t *out = json_pack("{s:s, s:i, s:s, s:i, s:i, s:i, s:b, s:i, s:b, s:i, s:b, s:o, s:o, s:o}", "name", robot->name,
                            "type", robot->type, "model", robot->type < 0 ? "" : model, "drives", robot->drives, "error",
                            robot->error, "kiosk", robot->kiosk, "right_bin", robot->right_bin, "right", robot->right,
                            "left_bin", robot->left_bin, "left", robot->left, "own_file", own != NULL, "cartridges",
                            cartridges_json(robot), "drive_list", drives_json(own), "other_keys", others);
    set_text(out, "firmware", own, "System", "RoboFWVer");
    set_text(out, "serial", own, "System", "SerialNum");
    set_text(out, "made", own, "System", "DateManf");
    dw_ptburn_ini_free(own);
    return out;
}

dw_status dw_ptburn_report(const char *share, json_t **out, struct dw_error *err)
{
    dw_ptburn_ini *ini = NULL;
    struct dw_ptburn_server server;
    dw_status st = folder_status(share, "SystemStatus.txt", &ini, err);
    if (st != DW_OK)
        return st;
    dw_ptburn_server_read(ini, &server);
    json_t *robots = json_array(), *versions_json = json_object(), *others = json_array();
    for (size_t i = 0; i < DW_ARRAY_LEN(versions); i++)
        set_text(versions_json, versions[i], ini, "System", versions[i]);
    for (int i = 0; i < server.robots; i++)
        json_array_append_new(robots, robot_json(share, ini, &server.robot[i]));
    add_other_keys(others, ini, "System");
    *out = json_pack("{s:b, s:b, s:I, s:o, s:o, s:o}", "unicode", server.wide, "ticks",
                     dw_ptburn_ini_text(ini, "System", "ServerTickCount") != NULL, "free_mb", (json_int_t)server.free_mb,
                     "versions", versions_json, "robots", robots, "other_keys", others);
    dw_ptburn_ini_free(ini);
    return *out ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
}
