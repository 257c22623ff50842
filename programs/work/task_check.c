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

#include "base/text.h"
#include "burn/drive/readback.h"
#include "burn/image/hashed.h"
#include "check/judge.h"
#include "check/report.h"
#include "dicom/dcmtk/dirmodule.h"
#include "programs/work/task.h"
#include "programs/work/task_identify.h"

struct opened {
    dw_check_source *source;
    struct dw_blocks blocks;
    dw_hashed *hashed; /* of an image file whose digest is wanted */
    bool is_file, is_drive;
};

static void close_source(struct opened *opened)
{
    dw_check_source_free(opened->source);
    dw_hashed_free(opened->hashed);
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

/* With the digest of an image file as its blocks are read, if somebody wants it. */
static dw_status open_image(struct opened *opened, bool digest, struct dw_error *err)
{
    struct dw_blocks blocks = opened->blocks;
    dw_status st = DW_OK;
    if (opened->is_file && digest && (st = dw_hashed_new(&opened->blocks, &opened->hashed, err)) == DW_OK)
        blocks = dw_hashed_blocks(opened->hashed);
    return st == DW_OK ? dw_check_source_open_blocks(&blocks, &opened->source, err) : st;
}

/* "stdio:/path" and optical drives are drives, the rest is what the file system says it is. */
static dw_status open_source(const char *path, bool digest, struct opened *out, struct dw_error *err)
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
    return st == DW_OK ? open_image(out, digest, err) : st;
}

static dw_status on_progress(void *ctx, uint64_t done_bytes, uint64_t total_bytes,
                             struct dw_error *err)
{
    return dw_task_progress(ctx, "checking", done_bytes, total_bytes, err);
}

/* What follows the last whole block of an image file. */
static dw_status read_tail(const char *path, uint64_t offset, uint8_t tail[DW_BLOCK_SIZE], size_t *out_size,
                           struct dw_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : pread(fd, tail, DW_BLOCK_SIZE - 1, (off_t)offset);
    dw_status st =
        got < 0 ? dw_error_set(err, DW_ERR_IO, "read '%s' for its SHA-256: %s", path, strerror(errno)) : DW_OK;
    if (fd >= 0)
        close(fd);
    *out_size = got > 0 ? (size_t)got : 0;
    return st;
}

/* SHA-256 of an image file, as sha256sum says it: this is how a certificate names what was judged. */
static dw_status add_digest(dw_channel *channel, const char *path, struct opened *opened, json_t *result,
                            struct dw_error *err)
{
    uint8_t digest[DW_SHA256_SIZE], tail[DW_BLOCK_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    size_t tail_size = 0;
    uint64_t whole = (uint64_t)opened->blocks.count * DW_BLOCK_SIZE;
    dw_status st = read_tail(path, whole, tail, &tail_size, err);
    if (st == DW_OK)
        st = dw_hashed_end(opened->hashed, tail, tail_size, on_progress, channel, digest, err);
    if (st != DW_OK)
        return st;
    dw_text_hex(digest, sizeof digest, hex);
    json_object_set_new(result, "sha256", json_string(hex));
    uint64_t size_bytes = whole + tail_size;
    json_object_set_new(result, "size_bytes", json_integer((json_int_t)size_bytes));
    return DW_OK;
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
        if (opened->hashed)
            st = add_digest(channel, dw_json_text(task, "source"), opened, result, err);
    }
    free(expect);
    free(found);
    return st;
}

dw_status dw_task_check(dw_channel *channel, const json_t *task, json_t *result,
                        struct dw_error *err)
{
    struct opened opened = {0};
    bool digest = json_is_true(json_object_get(task, "digest"));
    dw_dirmodule_prepare();
    dw_status st = open_source(dw_json_text(task, "source"), digest, &opened, err);
    if (st == DW_OK && json_is_true(json_object_get(task, "identify")))
        st = dw_task_identify(opened.source, result, err);
    else if (st == DW_OK)
        st = judge(channel, task, &opened, result, err);
    close_source(&opened);
    return st;
}
