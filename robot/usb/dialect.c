/* Which dialect a device speaks, and what its frames are made of. */
#include "robot/usb/dialect.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/share.h"
#include "base/text.h"

const char *dw_evidence_name(enum dw_evidence level)
{
    static const char *const names[] = {[DW_EVIDENCE_CAPTURED] = "CAPTURED",
                                        [DW_EVIDENCE_DOCUMENTED] = "DOCUMENTED",
                                        [DW_EVIDENCE_INFERRED] = "INFERRED"};
    static_assert(DW_ARRAY_LEN(names) == DW_EVIDENCE_COUNT, "name every level");
    assert((unsigned)level < DW_ARRAY_LEN(names));
    return names[level];
}

const char *dw_checksum_name(enum dw_checksum rule)
{
    static const char *const names[] = {[DW_CHECKSUM_NONE] = "none",
                                        [DW_CHECKSUM_SUM_ALL] = "sum-all",
                                        [DW_CHECKSUM_SUM_WITHOUT_FIRST] = "sum-without-first"};
    static_assert(DW_ARRAY_LEN(names) == DW_CHECKSUM_COUNT, "name every rule");
    assert((unsigned)rule < DW_ARRAY_LEN(names));
    return names[rule];
}

uint8_t dw_checksum(enum dw_checksum rule, const uint8_t *bytes, size_t size)
{
    unsigned sum = 0;
    for (size_t i = rule == DW_CHECKSUM_SUM_WITHOUT_FIRST ? 1 : 0; rule != DW_CHECKSUM_NONE && i < size; i++)
        sum += bytes[i];
    return (uint8_t)sum;
}

bool dw_bytes_read(const char *text, struct dw_bytes *out)
{
    struct dw_bytes bytes = {.size = 0};
    for (;;) {
        while (isspace((unsigned char)*text))
            text++;
        if (!*text)
            break;
        char digits[3] = {text[0], text[1], 0};
        if (bytes.size == sizeof bytes.byte || !dw_text_unhex(digits, &bytes.byte[bytes.size], 1))
            return false;
        bytes.size++;
        text += 2;
    }
    *out = bytes;
    return true;
}

bool dw_reply_fits(const struct dw_reply *reply, const void *bytes, size_t size)
{
    if (reply->bytes.size == 0 || reply->bytes.size != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!reply->any[i] && reply->bytes.byte[i] != ((const uint8_t *)bytes)[i])
            return false;
    }
    return true;
}

const struct dw_dialect_command *dw_dialect_command(const struct dw_dialect *dialect, const char *name)
{
    for (int i = 0; i < dialect->commands; i++) {
        if (strcmp(dialect->command[i].name, name) == 0)
            return &dialect->command[i];
    }
    return NULL;
}

/* --- files --- */

dw_status dw_dialect_find(const char *name, struct dw_dialect *out, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (*name == '/')
        return dw_dialect_read(name, out, err);
    if (strchr(name, '/'))
        return dw_error_set(err, DW_ERR_INVALID, "dialect: '%.60s' is no name and no absolute path", name);
    if (dw_text_format(path, sizeof path, "%s/%s.conf", DW_DIALECT_SITE_FOLDER, name) && access(path, F_OK) == 0)
        return dw_dialect_read(path, out, err);
    if (*name && dw_share_find("dialects", name, ".conf", path, sizeof path))
        return dw_dialect_read(path, out, err);
    return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no dialect '%.60s'", name);
}

static int is_dialect_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && dw_text_ends_with(entry->d_name, ".conf");
}

static bool speaks(const struct dw_dialect *dialect, const struct dw_usb_device *device, const char *id1284)
{
    return !dialect->only_by_name && dw_usb_match_fits(&dialect->match, device) &&
           dw_usb_match_id(&dialect->match, id1284);
}

/* *count of this folder; *out is the last one. one is room for a dialect: they are large for a stack. */
static dw_status look_through(const char *folder, const struct dw_usb_device *device, const char *id1284,
                              struct dw_dialect *one, struct dw_dialect *out, int *count, struct dw_error *err)
{
    struct dirent **entries = NULL;
    char path[DW_PATH_MAX];
    dw_status st = DW_OK;
    *count = 0;
    int n = scandir(folder, &entries, is_dialect_file, alphasort);
    if (n < 0)
        return errno == ENOENT ? DW_OK
                               : dw_error_set(err, dw_status_from_errno(errno), "look through '%s': %s", folder,
                                              strerror(errno));
    if (n > DW_DIALECTS_MAX)
        st = dw_error_set(err, DW_ERR_LIMIT, "'%s' holds more than %d dialects", folder, DW_DIALECTS_MAX);
    for (int i = 0; i < n; i++) {
        if (st == DW_OK && !dw_text_format(path, sizeof path, "%s/%s", folder, entries[i]->d_name))
            st = dw_error_set(err, DW_ERR_LIMIT, "'%s' has a path that is too long", folder);
        if (st == DW_OK)
            st = dw_dialect_read(path, one, err);
        if (st == DW_OK && speaks(one, device, id1284)) {
            (*count)++;
            *out = *one;
        }
        free(entries[i]);
    }
    free(entries);
    if (st == DW_OK && *count > 1)
        st = dw_error_set(err, DW_ERR_CONFLICT, "%d dialects of '%s' fit this robot: name one", *count, folder);
    return st;
}

dw_status dw_dialect_of(const struct dw_usb_device *device, const char *id1284, struct dw_dialect *out,
                        struct dw_error *err)
{
    char ours[DW_PATH_MAX] = "";
    int count = 0;
    struct dw_dialect *room = calloc(2, sizeof *room);
    if (!room)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = look_through(DW_DIALECT_SITE_FOLDER, device, id1284, &room[0], &room[1], &count, err);
    if (st == DW_OK && count == 0 && dw_share_find("dialects", ".", "", ours, sizeof ours))
        st = look_through(ours, device, id1284, &room[0], &room[1], &count, err);
    if (st == DW_OK && count == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND,
                          "no dialect says that it is for USB device %04x:%04x: name one in [robot] dialect",
                          (unsigned)device->vendor, (unsigned)device->product);
    if (st == DW_OK)
        *out = room[1];
    free(room);
    return st;
}
