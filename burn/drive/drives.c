#include "burn/drive/drives.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define BLOCK_FOLDER "/sys/class/block"
#define FILE_MAX 65536

static const char serial_word[] = "serial:", path_word[] = "path:";

/* --- reading --- */

/* An attribute of a drive, without the spaces that fill it up. */
static void read_attribute(const char *folder, const char *name, char *out, size_t size)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    out[0] = '\0';
    if (dw_text_format(path, sizeof path, "%s/%s", folder, name) &&
        dw_file_read_all(path, FILE_MAX, &text, NULL) == DW_OK && text.size) {
        const char *from = text.data + strspn(text.data, " ");
        dw_text_cut(out, size, from);
        for (size_t n = strlen(out); n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '); n--)
            out[n - 1] = '\0';
    }
    if (!dw_text_is_utf8(out, strlen(out)))
        out[0] = '\0';
    dw_buf_done(&text);
}

/* udev writes words without spaces; what has some would not survive a list of addresses. */
static void take_word(const char *value, size_t length, char out[DW_OPTICAL_TEXT_MAX])
{
    char word[DW_OPTICAL_TEXT_MAX];
    if (length == 0 || length >= sizeof word)
        return;
    memcpy(word, value, length);
    word[length] = '\0';
    if (strpbrk(word, " \t,") || !dw_text_is_utf8(word, length))
        return;
    memcpy(out, word, length + 1);
}

/* Lines "E:KEY=VALUE" of a device's file in udev's database. */
static void read_udev(const char *text, struct dw_optical *out)
{
    char of_udev[DW_OPTICAL_TEXT_MAX] = "";
    const struct {
        const char *key;
        char *to;
    } keys[] = {{"E:DISCWRIGHT_SERIAL=", out->serial},
                {"E:ID_SERIAL=", of_udev},
                {"E:ID_PATH=", out->path}};
    for (; *text; text += strspn(text, "\n")) {
        size_t length = strcspn(text, "\n");
        for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
            size_t n = strlen(keys[i].key);
            if (length > n && strncmp(text, keys[i].key, n) == 0)
                take_word(text + n, length - n, keys[i].to);
        }
        text += length;
    }
    if (!out->serial[0])
        memcpy(out->serial, of_udev, sizeof out->serial);
}

static void look_up_udev(const char *root, const char *number, struct dw_optical *out)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    if (number[0] && dw_text_format(path, sizeof path, "%s/run/udev/data/b%s", root, number) &&
        dw_file_read_all(path, FILE_MAX, &text, NULL) == DW_OK && text.size)
        read_udev(text.data, out);
    dw_buf_done(&text);
}

static int number_of(const char *device)
{
    int64_t n = 0;
    bool ok = dw_text_int(device + strlen("/dev/sr"), 0, 9999, &n);
    return ok ? (int)n : -1;
}

static int by_number(const void *a, const void *b)
{
    const struct dw_optical *left = a, *right = b;
    return number_of(left->device) - number_of(right->device);
}

/* A drive that is being pulled out loses its files one by one: what cannot be read is not known. */
static bool read_drive(const char *root, const char *name, struct dw_optical *out)
{
    char folder[DW_PATH_MAX], number[24];
    *out = (struct dw_optical){.device = ""};
    if (strncmp(name, "sr", 2) != 0 ||
        !dw_text_format(out->device, sizeof out->device, "/dev/%s", name) ||
        number_of(out->device) < 0 ||
        !dw_text_format(folder, sizeof folder, "%s" BLOCK_FOLDER "/%s", root, name))
        return false;
    read_attribute(folder, "dev", number, sizeof number);
    read_attribute(folder, "device/vendor", out->vendor, sizeof out->vendor);
    read_attribute(folder, "device/model", out->model, sizeof out->model);
    read_attribute(folder, "device/rev", out->revision, sizeof out->revision);
    look_up_udev(root, number, out);
    return true;
}

dw_status dw_drives_list(const char *root, struct dw_drives *out, struct dw_error *err)
{
    char folder[DW_PATH_MAX];
    struct dw_optical drive;
    const struct dirent *entry;
    dw_status st = DW_OK;
    out->count = 0;
    if (!dw_text_format(folder, sizeof folder, "%s" BLOCK_FOLDER, root))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the block devices is too long");
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? DW_OK
                               : dw_error_set(err, dw_status_from_errno(errno), "read '%s': %s",
                                              folder, strerror(errno));
    while (st == DW_OK && (entry = readdir(dir)) != NULL) {
        if (!read_drive(root, entry->d_name, &drive))
            continue;
        if (out->count == DW_OPTICAL_MAX)
            st = dw_error_set(err, DW_ERR_LIMIT, "this machine has more than %d optical drives",
                              DW_OPTICAL_MAX);
        else
            out->drive[out->count++] = drive;
    }
    closedir(dir);
    qsort(out->drive, out->count, sizeof out->drive[0], by_number);
    return st;
}

/* --- names --- */

static size_t count_serial(const struct dw_drives *drives, const char *serial)
{
    size_t count = 0;
    for (size_t i = 0; i < drives->count; i++)
        count += strcmp(drives->drive[i].serial, serial) == 0;
    return count;
}

static bool has_own_serial(const struct dw_drives *drives, size_t i)
{
    const char *serial = drives->drive[i].serial;
    return *serial && count_serial(drives, serial) == 1;
}

void dw_drives_address(const struct dw_drives *drives, size_t i, char *out, size_t size)
{
    const struct dw_optical *drive = &drives->drive[i];
    if (has_own_serial(drives, i))
        snprintf(out, size, "%s%s", serial_word, drive->serial);
    else if (*drive->path)
        snprintf(out, size, "%s%s", path_word, drive->path);
    else
        snprintf(out, size, "%s", drive->device);
}

void dw_drives_identity(const struct dw_drives *drives, size_t i, char out[DW_DRIVE_SERIAL_MAX])
{
    const struct dw_optical *drive = &drives->drive[i];
    static_assert(DW_DRIVE_SERIAL_MAX > 2 * DW_OPTICAL_TEXT_MAX + 4, "serial and path fit");
    if (has_own_serial(drives, i))
        snprintf(out, DW_DRIVE_SERIAL_MAX, "%s", drive->serial);
    else if (*drive->path)
        snprintf(out, DW_DRIVE_SERIAL_MAX, "%s%sat %s", drive->serial, *drive->serial ? " " : "",
                 drive->path);
    else
        out[0] = '\0';
}

static const char *after(const char *address, const char *word)
{
    size_t n = strlen(word);
    return strncmp(address, word, n) == 0 ? address + n : NULL;
}

bool dw_drives_is_name(const char *address)
{
    return after(address, serial_word) || after(address, path_word);
}

dw_status dw_drives_find(const struct dw_drives *drives, const char *address, size_t *out_i,
                         struct dw_error *err)
{
    const char *serial = after(address, serial_word), *path = after(address, path_word);
    size_t i = 0;
    if (serial && *serial && count_serial(drives, serial) > 1)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "%zu drives say the serial '%.100s': name one by path:",
                            count_serial(drives, serial), serial);
    for (; i < drives->count; i++) {
        const struct dw_optical *drive = &drives->drive[i];
        if (serial ? *serial && strcmp(drive->serial, serial) == 0
            : path ? *path && strcmp(drive->path, path) == 0
                   : strcmp(drive->device, address) == 0)
            break;
    }
    if (i == drives->count)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "the drive '%.120s' is not plugged in", address);
    *out_i = i;
    return DW_OK;
}

dw_status dw_drives_resolve(const char *root, const char *address, char *out, size_t size,
                            struct dw_error *err)
{
    struct dw_drives drives;
    size_t i = 0;
    if (!dw_drives_is_name(address))
        return dw_text_copy(out, size, address)
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_LIMIT, "the path of a drive is too long");
    dw_status st = dw_drives_list(root, &drives, err);
    if (st == DW_OK)
        st = dw_drives_find(&drives, address, &i, err);
    if (st == DW_OK && !dw_text_copy(out, size, drives.drive[i].device))
        st = dw_error_set(err, DW_ERR_LIMIT, "the path of a drive is too long");
    return st;
}
