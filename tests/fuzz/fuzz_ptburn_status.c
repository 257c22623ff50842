/* Fuzz target: a byte whose lowest bit says that the file has settled, then any bytes as a status file of PTBurn. What
 * comes out is text that can be shown, numbers within their ranges, and names that stay inside their folder. */
#include "fuzz.h"
#include "robot/ptburn/follow.h"

static void look_at_server(const dw_ptburn_ini *ini)
{
    struct dw_ptburn_server server;
    dw_ptburn_server_read(ini, &server);
    require(server.robots >= 0 && server.robots <= DW_PTBURN_ROBOTS_MAX && server.free_mb >= -1);
    require_utf8(server.pulse, sizeof server.pulse);
    require_utf8(server.version, sizeof server.version);
    for (int i = 0; i < server.robots; i++) {
        const struct dw_ptburn_robot *robot = &server.robot[i];
        require_utf8(robot->name, sizeof robot->name);
        require_utf8(robot->status_file, sizeof robot->status_file);
        require(robot->name[0] && !strpbrk(robot->status_file, "/\\") && robot->status_file[0] != '.');
        require(robot->drives >= 0 && robot->drives <= DW_PTBURN_DRIVES_MAX && robot->kiosk >= -1 && robot->kiosk <= 1);
        require(robot->left >= -1 && robot->left < 255 && robot->right >= -1 && robot->right < 255);
        require(robot->cartridges >= 0 && robot->cartridges <= DW_PTBURN_CARTRIDGES_MAX);
        for (int c = 0; c < robot->cartridges; c++)
            require(robot->cartridge[c].type > 0 && robot->cartridge[c].percent >= 0 && robot->cartridge[c].percent <= 100);
        require(robot->error == 0 || dw_ptburn_system_error(robot->error));
    }
}

static void look_at_job(const dw_ptburn_ini *ini)
{
    struct dw_ptburn_job_status job;
    struct dw_ptburn_follow follow = {0};
    if (!dw_ptburn_job_status_read(ini, "DW-1", &job))
        return;
    require(job.doing >= DW_PTBURN_DOING_UNKNOWN && job.doing <= DW_PTBURN_MOVED);
    require(job.state >= DW_PTBURN_JOB_UNKNOWN && job.state <= DW_PTBURN_JOB_MOVED);
    require(job.drive >= -1 && job.drive < DW_PTBURN_DRIVES_MAX && job.drive_percent >= -1 && job.drive_percent <= 100);
    require(job.error >= 0 && job.disc_error >= 0 && job.good >= -1 && job.bad >= -1);
    dw_ptburn_follow_step(&follow, &job);
    for (int file = 0; file < DW_PTBURN_FILE_COUNT; file++)
        require(dw_ptburn_outcome((enum dw_ptburn_file)file, &job) != DW_PTBURN_GOOD || job.good == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_ptburn_ini *ini = NULL;
    struct dw_error err = {0};
    if (size == 0)
        return 0;
    dw_status st = dw_ptburn_ini_parse(data + 1, size - 1, data[0] & 1, &ini, &err);
    require_told(st, &err);
    if (st != DW_OK)
        return 0;
    look_at_server(ini);
    look_at_job(ini);
    int error = dw_ptburn_robot_error(ini, -1);
    require(error >= -1 && error <= 9999);
    dw_ptburn_ini_free(ini);
    return 0;
}
