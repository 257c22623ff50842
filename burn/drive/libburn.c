#include "burn/drive/libburn.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "burn/drive/drive.h"
#include "burn/drive/sense.h"

#define STDIO "stdio:"
#define STDIO_LENGTH 6

/* libburn's list of drives and queue of messages are global. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static bool library_taken;

static bool take_library(void)
{
    pthread_mutex_lock(&library);
    bool mine = !library_taken;
    library_taken = true;
    pthread_mutex_unlock(&library);
    return mine;
}

static void give_library(void)
{
    pthread_mutex_lock(&library);
    library_taken = false;
    pthread_mutex_unlock(&library);
}

bool dw_drive_is_file(const char *address)
{
    return strncmp(address, STDIO, STDIO_LENGTH) == 0;
}

void dw_libburn_drain(void)
{
    int code, os_errno;
    char text[BURN_MSGS_MESSAGE_LEN], severity[80];
    for (int i = 0; i < 256; i++)
        if (burn_msgs_obtain("ALL", &code, text, &os_errno, severity) <= 0)
            break;
}

/* The oldest message is the cause and the others what came of it, but one with a sense tells the most. */
static void telling_message(char out[BURN_MSGS_MESSAGE_LEN])
{
    int code, os_errno;
    char text[BURN_MSGS_MESSAGE_LEN], severity[80];
    struct dw_sense sense;
    bool found = false;
    out[0] = '\0';
    for (int i = 0; i < 256 && !found; i++) {
        if (burn_msgs_obtain("SORRY", &code, text, &os_errno, severity) <= 0)
            break;
        found = dw_sense_parse(text, &sense);
        if (found || out[0] == '\0')
            memcpy(out, text, sizeof text);
    }
    dw_libburn_drain();
}

dw_status dw_libburn_error(dw_status st, const char *what, struct dw_error *err)
{
    char text[BURN_MSGS_MESSAGE_LEN];
    telling_message(text);
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == '.' || text[n - 1] == ' ' || text[n - 1] == '\n'))
        text[--n] = '\0';
    return n > 0 ? dw_error_set(err, st, "%s: %s", what, text) : dw_error_set(err, st, "%s", what);
}

/* Not every file: a mistyped path must not overwrite a hard disk. */
static dw_status check_file(const char *path, struct dw_error *err)
{
    struct stat sb;
    if (path[0] != '/')
        return dw_error_set(err, DW_ERR_INVALID, "'" STDIO "%s' is no absolute path", path);
    if (stat(path, &sb) == 0)
        return S_ISREG(sb.st_mode)
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID, "'%s' is not a regular file", path);
    if (errno == ENOENT)
        return DW_OK;
    return dw_error_set(err, dw_status_from_errno(errno), "look at '%s': %s", path,
                        strerror(errno));
}

static dw_status check_device(const char *path, struct dw_error *err)
{
    struct stat sb;
    if (path[0] != '/')
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is no address of a drive", path);
    if (stat(path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "drive '%s': %s", path,
                            strerror(errno));
    if (!S_ISBLK(sb.st_mode))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is no drive", path);
    return DW_OK;
}

static dw_status grab(const char *address, struct burn_drive_info **out, struct dw_error *err)
{
    char adr[BURN_DRIVE_ADR_LEN] = "", given[4096];
    if (!dw_text_copy(given, sizeof given, address))
        return dw_error_set(err, DW_ERR_INVALID, "the address of the drive is too long");
    if (dw_drive_is_file(address)) {
        if (!dw_text_copy(adr, sizeof adr, address))
            return dw_error_set(err, DW_ERR_INVALID, "the path of the disc is longer than %d",
                                BURN_DRIVE_ADR_LEN - 1);
    } else if (burn_drive_convert_fs_adr(given, adr) <= 0) {
        return dw_libburn_error(DW_ERR_NOT_FOUND, "no drive there", err);
    }
    int rc = burn_drive_scan_and_grab(out, adr, 1);
    if (rc <= 0 || !*out)
        return dw_libburn_error(rc == 0 ? DW_ERR_NOT_FOUND : DW_ERR_BUSY, "take the drive", err);
    dw_libburn_drain();
    return DW_OK;
}

dw_status dw_libburn_grab(const char *address, struct burn_drive_info **out, struct dw_error *err)
{
    struct burn_drive_info *infos = NULL;
    dw_status st = dw_drive_is_file(address) ? check_file(address + STDIO_LENGTH, err)
                                             : check_device(address, err);
    if (st != DW_OK)
        return st;
    if (!take_library())
        return dw_error_set(err, DW_ERR_BUSY, "this process holds a drive already");
    if (burn_initialize() == 0) {
        give_library();
        return dw_error_set(err, DW_ERR_INTERNAL, "libburn does not start");
    }
    burn_msgs_set_severities("ALL", "NEVER", "");
    st = grab(address, &infos, err);
    if (st != DW_OK) {
        burn_finish();
        give_library();
        return st;
    }
    *out = infos;
    return DW_OK;
}

void dw_libburn_release(struct burn_drive_info *infos)
{
    burn_drive_release(infos[0].drive, 0);
    burn_drive_info_free(infos);
    dw_libburn_drain();
    burn_finish();
    give_library();
}
