#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct status_row {
    const char *name;
    int exit_code;
    int http;
    unsigned dimse; /* PS3.4 B.2.3 and PS3.7 C */
};

static const struct status_row rows[] = {
    [DW_OK] = {"OK", 0, 200, 0x0000},
    [DW_ERR_CANCELLED] = {"CANCELLED", 3, 409, 0xFE00},
    [DW_ERR_INVALID] = {"INVALID", 2, 400, 0x0115},
    [DW_ERR_NOT_FOUND] = {"NOT_FOUND", 4, 404, 0x0112},
    [DW_ERR_CONFLICT] = {"CONFLICT", 5, 409, 0x0110},
    [DW_ERR_DENIED] = {"DENIED", 6, 403, 0x0124},
    [DW_ERR_LIMIT] = {"LIMIT", 7, 413, 0xA700},
    [DW_ERR_NO_SPACE] = {"NO_SPACE", 8, 507, 0xA700},
    [DW_ERR_UNSUPPORTED] = {"UNSUPPORTED", 9, 501, 0x0122},
    [DW_ERR_CORRUPT] = {"CORRUPT", 10, 422, 0xC000},
    [DW_ERR_IO] = {"IO", 11, 500, 0x0110},
    [DW_ERR_TIMEOUT] = {"TIMEOUT", 12, 504, 0x0110},
    [DW_ERR_GONE] = {"GONE", 13, 410, 0x0110},
    [DW_ERR_BUSY] = {"BUSY", 14, 503, 0xA700},
    [DW_ERR_INTERNAL] = {"INTERNAL", 15, 500, 0x0110},
};
_Static_assert(DW_ARRAY_LEN(rows) == DW_STATUS_COUNT, "describe every status");

/* A byte that continues a UTF-8 character must not be the first one we drop. */
static void end_on_character(char *text, size_t size)
{
    size_t end = size;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        end--;
    text[end] = '\0';
}

static void format_cut(char *out, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);
    if (n >= (int)size)
        end_on_character(out, size - 1);
}

void dw_error_write(struct dw_error *err, dw_status st, const char *fmt, ...)
{
    if (!err)
        return;
    va_list ap;
    va_start(ap, fmt);
    err->code = st;
    format_cut(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
}

void dw_error_write_before(struct dw_error *err, dw_status st, const char *fmt, ...)
{
    if (!err)
        return;
    char was[sizeof err->text];
    memcpy(was, err->text, sizeof was);
    va_list ap;
    va_start(ap, fmt);
    format_cut(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    err->code = st;
    size_t used = strlen(err->text);
    int n = snprintf(err->text + used, sizeof err->text - used, ": %s", was);
    if (n >= (int)(sizeof err->text - used))
        end_on_character(err->text, sizeof err->text - 1);
}

static const struct status_row *row_of(dw_status st)
{
    return (unsigned)st < DW_STATUS_COUNT ? &rows[st] : &rows[DW_ERR_INTERNAL];
}

const char *dw_status_name(dw_status st)
{
    return row_of(st)->name;
}

dw_status dw_status_from_name(const char *name)
{
    for (unsigned i = 0; name && i < DW_STATUS_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (dw_status)i;
    return DW_ERR_INTERNAL;
}

int dw_status_exit_code(dw_status st)
{
    return row_of(st)->exit_code;
}

int dw_status_http(dw_status st)
{
    return row_of(st)->http;
}

unsigned dw_status_dimse(dw_status st)
{
    return row_of(st)->dimse;
}

dw_status dw_status_from_errno(int errnum)
{
    switch (errnum) {
    case 0:
        return DW_OK;
    case ENOSPC:
    case EDQUOT:
        return DW_ERR_NO_SPACE;
    case ENOENT:
    case ENOTDIR:
        return DW_ERR_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return DW_ERR_CONFLICT;
    case EACCES:
    case EPERM:
    case EROFS:
        return DW_ERR_DENIED;
    case ETIMEDOUT:
        return DW_ERR_TIMEOUT;
    case EPIPE:
    case ECONNRESET:
    case ENODEV:
    case ENXIO:
        return DW_ERR_GONE;
    case EBUSY:
    case EAGAIN:
        return DW_ERR_BUSY;
    case ENOMEM:
        return DW_ERR_INTERNAL;
    case EFBIG:
    case ENAMETOOLONG:
    case EMFILE:
        return DW_ERR_LIMIT;
    default:
        return DW_ERR_IO;
    }
}
