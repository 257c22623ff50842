#include "burn/drive/readback.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cdio/cdio.h>
#include <cdio/logging.h>
#include <cdio/mmc.h>

#include "base/clock.h"
#include "burn/drive/drive.h"
#include "burn/drive/libburn.h"

#define STDIO_STEP_BLOCKS 512
#define CAPACITY_TIMEOUT_MS 30000
#define READ_CAPACITY 0x25

#define READ_TRIES 3
#define SLOW_TIMES 4
#define SLOW_MS 300

struct readback {
    struct burn_drive_info *infos; /* a stdio: disc, */
    CdIo_t *cdio;                  /* or a real one */
    struct dw_readback_effort effort;
};

void dw_readback_note(struct dw_readback_effort *effort, uint32_t block, uint64_t bytes, int64_t ms)
{
    /* ms of this read against what so many bytes took before it */
    if (effort->bytes > 0 &&
        ms > SLOW_MS + SLOW_TIMES * (int64_t)((uint64_t)effort->read_ms * bytes / effort->bytes))
        effort->slow++;
    if (effort->bytes > 0 && ms > effort->slowest_ms) {
        effort->slowest_ms = ms;
        effort->slowest_block = block;
    }
    effort->bytes += bytes;
    effort->read_ms += ms;
}

struct dw_readback_effort dw_readback_effort(const struct dw_blocks *blocks)
{
    const struct readback *readback = blocks->ctx;
    return readback ? readback->effort : (struct dw_readback_effort){0};
}

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

/* cdio_read() where it can be had: libcdio's calls by LSN fail above about 400,000 sectors. Returns blocks read. */
static uint32_t read_some(struct readback *readback, uint32_t lba, uint32_t count, char *to)
{
    size_t done = 0, size = (size_t)count * DW_BLOCK_SIZE;
    off_t at = (off_t)lba * DW_BLOCK_SIZE;
    if (cdio_lseek(readback->cdio, at, SEEK_SET) != at)
        return 0;
    while (done < size) {
        ssize_t n = cdio_read(readback->cdio, to + done, size - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return (uint32_t)(done / DW_BLOCK_SIZE);
}

static dw_status drive_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct readback *readback = ctx;
    struct dw_clock clock = dw_clock_system();
    int64_t began_us = dw_clock_mono_us(&clock);
    uint32_t done = 0;
    int failed = 0; /* tries of the block that is next */
    while (done < count) {
        char *to = (char *)out + (size_t)done * DW_BLOCK_SIZE;
        uint32_t n = read_some(readback, lba + done, count - done, to);
        done += n;
        if (done == count)
            break;
        failed = n > 0 ? 1 : failed + 1;
        if (failed >= READ_TRIES)
            return dw_error_set(err, DW_ERR_IO, "block %u cannot be read", lba + done);
        readback->effort.retries++;
    }
    dw_readback_note(&readback->effort, lba, (uint64_t)count * DW_BLOCK_SIZE,
                     (dw_clock_mono_us(&clock) - began_us) / 1000);
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

/* Behind the end that the kernel knows it reads nothing: a disc burned since then would look as if it ended there. */
static dw_status compare_with_kernel(const char *path, uint32_t blocks, struct dw_error *err)
{
    uint64_t kernel_bytes = 0;
    dw_status st = DW_OK;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, BLKGETSIZE64, &kernel_bytes) != 0)
        st = dw_error_set(err, DW_ERR_IO, "size of '%s': %s", path, strerror(errno));
    else if (kernel_bytes / DW_BLOCK_SIZE < blocks)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "the system knows %llu blocks of this disc, the drive %u: open its tray and "
                          "close it again",
                          (unsigned long long)(kernel_bytes / DW_BLOCK_SIZE), blocks);
    if (fd >= 0)
        close(fd);
    return st;
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
    dw_status st = ask_capacity(readback, &out->count, err);
    return st == DW_OK ? compare_with_kernel(path, out->count, err) : st;
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
