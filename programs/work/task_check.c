/* Work task "check": judge an image, a folder or a drive (docs/messages.md). */
#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "burn/drive/readback.h"
#include "burn/image/blocks.h"
#include "check/judge.h"
#include "check/report.h"
#include "dicom/dcmtk/dirmodule.h"
#include "programs/work/task.h"
#include "programs/work/task_identify.h"

#define DIGEST_PIECE (1024 * 1024) /* bytes read at once */

struct opened {
    dw_check_source *source;
    struct dw_blocks blocks;
    bool is_file, is_drive;
};

static void close_source(struct opened *opened)
{
    dw_check_source_free(opened->source);
    if (opened->is_file)
        dw_blocks_close_file(&opened->blocks);
    if (opened->is_drive)
        dw_readback_close(&opened->blocks);
}

/* A memory stick, a loop device or a machine's virtual disk may hold a disc's volume, and knows no MMC. */
static bool is_optical(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool optical = fd >= 0 && ioctl(fd, CDROM_GET_CAPABILITY, 0) >= 0;
    if (fd >= 0)
        close(fd);
    return optical;
}

/* "stdio:/path" and optical drives are drives, the rest is what the file system says it is. */
static dw_status open_source(const char *path, struct opened *out, struct dw_error *err)
{
    struct stat sb;
    bool named_drive = strncmp(path, "stdio:", 6) == 0;
    if (!named_drive && stat(path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    if (!named_drive && S_ISDIR(sb.st_mode))
        return dw_check_source_open_folder(path, &out->source, err);
    dw_status st;
    if (named_drive || (S_ISBLK(sb.st_mode) && is_optical(path))) {
        st = dw_readback_open(path, &out->blocks, err);
        out->is_drive = st == DW_OK;
    } else if (S_ISREG(sb.st_mode) || S_ISBLK(sb.st_mode)) {
        st = dw_blocks_open_file(path, &out->blocks, err);
        out->is_file = st == DW_OK;
    } else {
        st = dw_error_set(err, DW_ERR_INVALID, "'%s' is no image, folder or drive", path);
    }
    return st == DW_OK ? dw_check_source_open_blocks(&out->blocks, &out->source, err) : st;
}

static dw_status on_progress(void *ctx, uint64_t done_bytes, uint64_t total_bytes,
                             struct dw_error *err)
{
    return dw_task_progress(ctx, "checking", done_bytes, total_bytes, err);
}

/* SHA-256 of an image file, as sha256sum says it: this is how a certificate names what was judged. */
static dw_status add_digest(dw_channel *channel, const char *path, json_t *result, struct dw_error *err)
{
    struct stat sb;
    uint8_t digest[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    uint64_t done_bytes = 0;
    ssize_t got = 0;
    dw_status st = DW_OK;
    uint8_t *piece = malloc(DIGEST_PIECE);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_start(sha);
    if (!piece || fd < 0 || fstat(fd, &sb) != 0)
        st = dw_error_set(err, DW_ERR_IO, "read '%s' for its SHA-256: %s", path, strerror(errno));
    while (st == DW_OK && (got = read(fd, piece, DIGEST_PIECE)) > 0) {
        dw_sha256_add(sha, piece, (size_t)got);
        done_bytes += (uint64_t)got;
        st = dw_task_progress(channel, "hashing", done_bytes, (uint64_t)sb.st_size, err);
    }
    if (st == DW_OK && got < 0)
        st = dw_error_set(err, DW_ERR_IO, "read '%s' for its SHA-256: %s", path, strerror(errno));
    if (st == DW_OK) {
        dw_sha256_end(sha, digest);
        dw_text_hex(digest, sizeof digest, hex);
        json_object_set_new(result, "sha256", json_string(hex));
        json_object_set_new(result, "size_bytes", json_integer((json_int_t)done_bytes));
    }
    dw_sha256_free(sha);
    if (fd >= 0)
        close(fd);
    free(piece);
    return st;
}

/* A part of the judge that is missing, or of another version: neither disc nor drive is to blame, and the next disc would
 * end like this one. */
static bool is_ours(dw_status st)
{
    return st == DW_ERR_NOT_FOUND || st == DW_ERR_CONFLICT || st == DW_ERR_INTERNAL || st == DW_ERR_UNSUPPORTED ||
           st == DW_ERR_LIMIT;
}

static dw_status judge(dw_channel *channel, const json_t *task, struct opened *opened, json_t *result,
                       struct dw_error *err)
{
    const char *expect_path = dw_json_text(task, "expect");
    struct dw_check_expect *expect = calloc(1, sizeof *expect);
    struct dw_check_result *found = calloc(1, sizeof *found);
    struct dw_check_opts opts = {
        .profile = dw_json_text(task, "profile"), .progress = on_progress, .ctx = channel};
    dw_status st = expect && found ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK && expect_path[0]) {
        st = dw_check_expect_read(expect_path, expect, err);
        opts.expect = expect;
    }
    bool told = st == DW_OK;
    if (told)
        st = dw_check_run(opened->source, &opts, found, err);
    if (!told || is_ours(st))
        json_object_set_new(result, "fault", json_string("check_failed"));
    if (st == DW_OK) {
        dw_check_report_json(found, result);
        if (opened->is_drive)
            json_object_set_new(result, "source_kind", json_string("drive"));
        if (opened->is_file && json_is_true(json_object_get(task, "digest")))
            st = add_digest(channel, dw_json_text(task, "source"), result, err);
    }
    free(expect);
    free(found);
    return st;
}

dw_status dw_task_check(dw_channel *channel, const json_t *task, json_t *result,
                        struct dw_error *err)
{
    struct opened opened = {0};
    dw_dirmodule_prepare();
    dw_status st = open_source(dw_json_text(task, "source"), &opened, err);
    if (st == DW_OK && json_is_true(json_object_get(task, "identify")))
        st = dw_task_identify(opened.source, result, err);
    else if (st == DW_OK)
        st = judge(channel, task, &opened, result, err);
    close_source(&opened);
    return st;
}
