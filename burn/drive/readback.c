#include "burn/drive/readback.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cdio/cdio.h>
#include <cdio/logging.h>
#include <cdio/mmc.h>

#include "burn/drive/drive.h"
#include "burn/drive/libburn.h"

#define STDIO_STEP_BLOCKS 512
#define CAPACITY_TIMEOUT_MS 30000
#define READ_CAPACITY 0x25

struct readback {
    struct burn_drive_info *infos; /* a stdio: disc, */
    CdIo_t *cdio;                  /* or a real one */
};

/* --- files --- */

static dw_status file_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct readback *readback = ctx;
    char *to = out;
    while (count > 0) {
        uint32_t n = count < STDIO_STEP_BLOCKS ? count : STDIO_STEP_BLOCKS;
        off_t want = (off_t)n * DW_BLOCK_SIZE, got = 0;
        int rc = burn_read_data(readback->infos[0].drive, (off_t)lba * DW_BLOCK_SIZE, to, want,
                                &got, 1 << 1);
        if (rc <= 0 || got != want) {
            dw_libburn_drain();
            return dw_error_set(err, DW_ERR_IO, "block %lld cannot be read",
                                (long long)lba + got / DW_BLOCK_SIZE);
        }
        to += want;
        lba += n;
        count -= n;
    }
    return DW_OK;
}

static dw_status open_file(const char *address, struct readback *readback, struct dw_blocks *out,
                           struct dw_error *err)
{
    struct stat sb;
    const char *path = strchr(address, ':') + 1;
    if (stat(path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "read back '%s': %s", path,
                            strerror(errno));
    if (sb.st_size / DW_BLOCK_SIZE > UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "'%s' has more blocks than any disc", path);
    dw_status st = dw_libburn_grab(address, &readback->infos, err);
    if (st != DW_OK)
        return st;
    out->read = file_read;
    out->count = (uint32_t)(sb.st_size / DW_BLOCK_SIZE);
    return DW_OK;
}

/* --- drives --- */

/* cdio_read() where it can be had: libcdio's calls by LSN fail above about 400,000 sectors. */
static dw_status drive_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct readback *readback = ctx;
    char *to = out;
    size_t left = (size_t)count * DW_BLOCK_SIZE;
    off_t at = (off_t)lba * DW_BLOCK_SIZE;
    if (cdio_lseek(readback->cdio, at, SEEK_SET) != at)
        return dw_error_set(err, DW_ERR_IO, "block %u cannot be reached", lba);
    while (left > 0) {
        ssize_t n = cdio_read(readback->cdio, to, left);
        if (n <= 0)
            return dw_error_set(err, DW_ERR_IO, "block %u cannot be read",
                                lba + count - (uint32_t)(left / DW_BLOCK_SIZE));
        to += n;
        left -= (size_t)n;
    }
    return DW_OK;
}

/* MMC-6 6.26 READ CAPACITY: from the drive, as the kernel may still believe what it saw before burning. */
static dw_status ask_capacity(struct readback *readback, uint32_t *out_blocks, struct dw_error *err)
{
    mmc_cdb_t cdb = {{READ_CAPACITY}};
    uint8_t reply[8] = {0};
    if (mmc_run_cmd(readback->cdio, CAPACITY_TIMEOUT_MS, &cdb, SCSI_MMC_DATA_READ, sizeof reply,
                    reply) != 0)
        return dw_error_set(err, DW_ERR_IO, "the drive does not tell how much is on the disc");
    uint32_t last = (uint32_t)reply[0] << 24 | (uint32_t)reply[1] << 16 | (uint32_t)reply[2] << 8 |
                    (uint32_t)reply[3];
    if (last == UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "the disc has more blocks than can be counted");
    *out_blocks = last + 1;
    return DW_OK;
}

/* What the kernel read from this drive before is not what is on the disc now. */
static void forget_cached(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static dw_status open_drive(const char *path, struct readback *readback, struct dw_blocks *out,
                            struct dw_error *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "drive '%s': %s", path,
                            strerror(errno));
    if (!S_ISBLK(sb.st_mode))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is no drive", path);
    forget_cached(path);
    cdio_loglevel_default = CDIO_LOG_ASSERT; /* its warnings on stdout help nobody */
    readback->cdio = cdio_open(path, DRIVER_LINUX);
    if (!readback->cdio)
        return dw_error_set(err, DW_ERR_IO, "drive '%s' cannot be opened for reading", path);
    out->read = drive_read;
    return ask_capacity(readback, &out->count, err);
}

/* --- both --- */

dw_status dw_readback_open(const char *address, struct dw_blocks *out, struct dw_error *err)
{
    struct readback *readback = calloc(1, sizeof *readback);
    if (!readback)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for reading back");
    struct dw_blocks blocks = {.ctx = readback};
    dw_status st = dw_drive_is_file(address) ? open_file(address, readback, &blocks, err)
                                             : open_drive(address, readback, &blocks, err);
    if (st != DW_OK) {
        dw_readback_close(&blocks);
        return st;
    }
    *out = blocks;
    return DW_OK;
}

void dw_readback_close(struct dw_blocks *blocks)
{
    struct readback *readback = blocks->ctx;
    if (!readback)
        return;
    if (readback->infos)
        dw_libburn_release(readback->infos);
    if (readback->cdio)
        cdio_destroy(readback->cdio);
    free(readback);
    *blocks = (struct dw_blocks){0};
}
