#include "robot/ptburn/job.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define FILE_MAX 4096 /* bytes of one job file */

static bool is_plain_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

/* A comma and '>' separate the parts of a value and cannot be quoted; the rest Windows forbids in names. */
static bool is_path_text(const char *text)
{
    return is_plain_ascii(text) && !strpbrk(text, ",<>\"|?*/");
}

dw_status dw_ptburn_server_path_check(const char *server, struct dw_error *err)
{
    bool share = strncmp(server, "\\\\", 2) == 0 && server[2] && server[2] != '\\' && strchr(server + 2, '\\');
    bool drive = isalpha((unsigned char)server[0]) && server[1] == ':' && server[2] == '\\';
    if (!is_path_text(server) || (!share && !drive) || strchr(server + 2, ':'))
        return dw_error_set(err, DW_ERR_INVALID,
                            "share_unc: '%.80s' is neither \\\\SERVER\\SHARE nor C:\\FOLDER in plain ASCII",
                            server);
    return DW_OK;
}

dw_status dw_ptburn_path(const struct dw_ptburn_paths *paths, const char *path, char *out, size_t size,
                         struct dw_error *err)
{
    size_t n = strlen(paths->local), m = strlen(paths->server);
    while (n > 1 && paths->local[n - 1] == '/')
        n--;
    while (m > 3 && paths->server[m - 1] == '\\')
        m--;
    if (strncmp(path, paths->local, n) != 0 || path[n] != '/' || strstr(path + n, "/../"))
        return dw_error_set(err, DW_ERR_INVALID, "a file of a job lies outside the shared folder");
    const char *rest = path + n + 1;
    char name[DW_PTBURN_SERVER_PATH_MAX];
    if (!dw_text_copy(name, sizeof name, rest))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d characters", DW_PTBURN_SERVER_PATH_MAX - 1);
    for (char *p = name; *p; p++) {
        if (*p == '/')
            *p = '\\';
    }
    if (!*name || !is_path_text(name) || strchr(name, ':'))
        return dw_error_set(err, DW_ERR_INVALID, "a path below the shared folder cannot be written in a job file");
    if (m + 1 + strlen(name) >= DW_PTBURN_SERVER_PATH_MAX ||
        !dw_text_format(out, size, "%.*s\\%s", (int)m, paths->server, name))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d characters", DW_PTBURN_SERVER_PATH_MAX - 1);
    return DW_OK;
}

static dw_status check_names(const struct dw_ptburn_job *job, struct dw_error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t n = strlen(job->stem);
    if (n == 0 || n >= DW_PTBURN_STEM_MAX || strspn(job->stem, letters) != n)
        return dw_error_set(err, DW_ERR_INVALID, "'%.40s' is no name of a job", job->stem);
    n = strlen(job->client);
    if (n == 0 || n > 32 || strspn(job->client, letters) != n)
        return dw_error_set(err, DW_ERR_INVALID, "'%.40s' is no name of a client", job->client);
    if (!is_plain_ascii(job->robot) || strlen(job->robot) >= DW_PTBURN_ROBOT_NAME_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "the robot's name is too long or no plain ASCII");
    return DW_OK;
}

static void line(struct dw_buf *out, const char *key, const char *value)
{
    dw_buf_addf(out, "%s = %s\r\n", key, value);
}

static void number(struct dw_buf *out, const char *key, int64_t value)
{
    dw_buf_addf(out, "%s = %lld\r\n", key, (long long)value);
}

dw_status dw_ptburn_job_write(const struct dw_ptburn_job *job, const struct dw_ptburn_paths *paths,
                              struct dw_buf *out, struct dw_error *err)
{
    char image[DW_PTBURN_SERVER_PATH_MAX], label[DW_PTBURN_SERVER_PATH_MAX] = "";
    dw_status st = check_names(job, err);
    if (st == DW_OK)
        st = dw_ptburn_path(paths, job->image, image, sizeof image, err);
    if (st == DW_OK && *job->label)
        st = dw_ptburn_path(paths, job->label, label, sizeof label, err);
    if (st != DW_OK)
        return st;
    dw_buf_init(out, FILE_MAX);
    line(out, "JobID", job->stem);
    line(out, "ClientID", job->client);
    if (*job->robot)
        line(out, "RobotName", job->robot);
    line(out, "ImageFile", image);
    line(out, "ImageType", "MODE_1_2048"); /* no default: a wrong one ruins the disc */
    line(out, "CloseDisc", "YES");
    line(out, "VerifyDisc", "YES");
    line(out, "RejectIfNotBlank", "YES"); /* or a session is added to what somebody left in the bin */
    number(out, "Copies", 1);
    if (job->speed > 0)
        number(out, "BurnSpeed", job->speed);
    number(out, "BinID", job->bin);
    if (*label)
        line(out, "PrintLabel", label);
    if (*label && job->quality >= 0)
        number(out, "PrintQuality", job->quality);
    /* Removes the private folder even if this appliance is switched off before the disc is ready. */
    line(out, "DeleteFiles", "YES");
    return dw_buf_check(out, "a job file", err);
}

static const struct message_info {
    const char *name;
    const char *value; /* NULL: takes none */
} messages[] = {
    [DW_PTBURN_ABORT] = {"ABORT", NULL},
    [DW_PTBURN_IGNORE_INK] = {"IGNORE_INKLOW", NULL},
    [DW_PTBURN_ALIGN] = {"ALIGN_PRINTER", NULL},
    [DW_PTBURN_CHECK_BINS] = {"CHECK_DISCSINBIN", NULL},
    [DW_PTBURN_KIOSK_ON] = {"CHANGE_KIOSK_MODE", "1"},
    [DW_PTBURN_KIOSK_OFF] = {"CHANGE_KIOSK_MODE", "0"},
};
static_assert(DW_ARRAY_LEN(messages) == DW_PTBURN_MESSAGE_COUNT, "name every message");

const char *dw_ptburn_message_name(enum dw_ptburn_message message)
{
    assert((unsigned)message < DW_ARRAY_LEN(messages));
    return messages[message].name;
}

dw_status dw_ptburn_message_write(enum dw_ptburn_message message, const char *client, const char *robot,
                                  struct dw_buf *out, struct dw_error *err)
{
    const struct message_info *info = &messages[message];
    if (!is_plain_ascii(robot) || !is_plain_ascii(client))
        return dw_error_set(err, DW_ERR_INVALID, "a message to the robot's server is written in plain ASCII");
    dw_buf_init(out, FILE_MAX);
    line(out, "Message", info->name);
    if (info->value)
        line(out, "Value", info->value);
    line(out, "ClientID", message == DW_PTBURN_ABORT ? client : "Administrator");
    if (*robot && message != DW_PTBURN_ABORT)
        line(out, "RobotName", robot);
    return dw_buf_check(out, "a message", err);
}
