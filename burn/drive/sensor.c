#include "burn/drive/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <scsi/sg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "burn/drive/drives.h"
#include "burn/drive/media.h"

#define ASK_MS 10000
#define VOLUME_AT (16 * DW_BLOCK_SIZE)
#define ANCHOR_AT (256 * DW_BLOCK_SIZE) /* ECMA-167 3/8.4.2.1, UDF 2.2.3 */
#define ANCHOR_TAG 2
#define SEQUENCE_BLOCKS_MAX 16 /* as long as a volume descriptor sequence has to be; behind its end there is nothing */

static const char *file_of(const char *address)
{
    static const char stdio[] = "stdio:";
    return strncmp(address, stdio, sizeof stdio - 1) == 0 ? address + sizeof stdio - 1 : NULL;
}

/* --- what the answers mean --- */

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t little32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* DVD-RAM, DVD-RW restricted overwrite, DVD+RW, BD-RE: "complete" from their first day on. */
static int is_overwritable(unsigned profile)
{
    return profile == 0x12 || profile == 0x13 || profile == 0x1A || profile == 0x43;
}

/* The largest kind that this many blocks are enough for. A formatted BD-R gives some percent to spare areas. */
static const struct dw_blank *kind_of(enum dw_media media, uint32_t blocks)
{
    size_t count;
    const struct dw_blank *table = dw_blank_table(&count), *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (table[i].media == media && (!found || table[i].blocks / 100 * 94 <= blocks))
            found = &table[i];
    }
    return found;
}

/* A BD-R that was formatted for a spare area is appendable before a block is on it: one session, empty, to be written
 * from block 0. */
static int is_formatted_blank(const struct dw_sensor_answers *a, unsigned profile)
{
    return profile == 0x41 && a->information_size >= 5 && (a->information[2] & 0x0F) == 1 &&
           a->information[4] == 1 && a->track_size >= 20 && (a->track[7] & 1) &&
           big32(a->track + 12) == 0;
}

struct dw_seen dw_sensor_understand(const struct dw_sensor_answers *a, int has_volume)
{
    struct dw_seen seen = {.state = DW_SEEN_STRANGE};
    if (a->configuration_size < 8 || a->information_size < 3)
        return (struct dw_seen){.state = DW_SEEN_UNKNOWN};
    unsigned profile = (unsigned)a->configuration[6] << 8 | a->configuration[7];
    unsigned status = a->information[2] & 3; /* 0 blank, 1 appendable, 2 complete */
    const struct dw_medium *medium = dw_medium_of_profile((uint16_t)profile);
    if (!medium) {
        /* A ROM is of no kind we write to, and still a disc that somebody wrote. */
        seen.state = status == 2 ? DW_SEEN_WRITTEN : DW_SEEN_STRANGE;
        return seen;
    }
    if (is_overwritable(profile) ? has_volume : status != 0 && !is_formatted_blank(a, profile)) {
        seen.state = DW_SEEN_WRITTEN;
        return seen;
    }
    uint32_t blocks = a->track_size >= 20 ? big32(a->track + 16) : 0;
    seen.state = DW_SEEN_BLANK;
    seen.free_bytes = (uint64_t)blocks * DW_BLOCK_SIZE;
    seen.blank = kind_of(medium->kind, blocks ? blocks : medium->capacity_blocks);
    return seen;
}

/* --- asking --- */

static size_t ask(int fd, const uint8_t *command, size_t command_size, uint8_t *out, size_t size)
{
    uint8_t sense[32];
    sg_io_hdr_t io = {.interface_id = 'S',
                      .dxfer_direction = SG_DXFER_FROM_DEV,
                      .cmd_len = (unsigned char)command_size,
                      .cmdp = (unsigned char *)command,
                      .dxferp = out,
                      .dxfer_len = (unsigned)size,
                      .sbp = sense,
                      .mx_sb_len = sizeof sense,
                      .timeout = ASK_MS};
    if (ioctl(fd, SG_IO, &io) != 0 || (io.info & SG_INFO_OK_MASK) != SG_INFO_OK)
        return 0;
    return io.resid > 0 && (size_t)io.resid <= size ? size - (size_t)io.resid : size;
}

#define SUM_BEGIN 14695981039346656037u /* FNV-1a */

static uint64_t added(uint64_t sum, const uint8_t block[DW_BLOCK_SIZE])
{
    for (size_t i = 0; i < DW_BLOCK_SIZE; i++)
        sum = (sum ^ block[i]) * 1099511628211u;
    return sum;
}

static uint64_t number_of(uint64_t sum)
{
    return sum ? sum : 1;
}

static bool read_block(int fd, uint64_t at, uint8_t block[DW_BLOCK_SIZE])
{
    return pread(fd, block, DW_BLOCK_SIZE, (off_t)at) == DW_BLOCK_SIZE;
}

/* Where UDF stands alone block 16 is the same on every disc: its names, times and sizes are where the anchor leads. 0: it
 * cannot be read. */
static uint64_t udf_volume_of(int fd)
{
    uint8_t block[DW_BLOCK_SIZE];
    uint64_t sum = SUM_BEGIN;
    if (!read_block(fd, ANCHOR_AT, block) || block[0] != ANCHOR_TAG || block[1] != 0)
        return 0;
    uint32_t blocks = little32(block + 16) / DW_BLOCK_SIZE;
    uint64_t at = (uint64_t)little32(block + 20) * DW_BLOCK_SIZE;
    for (uint32_t i = 0; i < blocks && i < SEQUENCE_BLOCKS_MAX; i++) {
        if (!read_block(fd, at + (uint64_t)i * DW_BLOCK_SIZE, block))
            return 0;
        sum = added(sum, block);
    }
    return blocks == 0 ? 0 : number_of(sum);
}

/* true: a volume lies there. *out: two discs of different jobs never have the same, 0 is none. */
static bool read_volume(int fd, uint64_t *out)
{
    uint8_t block[DW_BLOCK_SIZE];
    *out = 0;
    if (!read_block(fd, VOLUME_AT, block))
        return false;
    if (memcmp(block + 1, "CD001", 5) == 0)
        *out = number_of(added(SUM_BEGIN, block));
    else if (memcmp(block + 1, "BEA01", 5) == 0)
        *out = udf_volume_of(fd);
    else
        return false;
    return true;
}

static void look_at_disc(int fd, struct dw_seen *out)
{
    static const uint8_t configuration[10] = {0x46, 2, [8] = 8};
    static const uint8_t information[10] = {0x51, [8] = 34};
    static const uint8_t track[10] = {0x52, 1, 0, 0, 0, 0xFF, [8] = 36};
    static const uint8_t first_track[10] = {0x52, 1, 0, 0, 0, 1, [8] = 36};
    struct dw_sensor_answers a = {0};
    a.configuration_size =
        ask(fd, configuration, sizeof configuration, a.configuration, sizeof a.configuration);
    a.information_size = ask(fd, information, sizeof information, a.information, sizeof a.information);
    a.track_size = ask(fd, track, sizeof track, a.track, sizeof a.track);
    if (a.track_size == 0) /* the track to come has that name on CD and DVD+R alone; of a blank it is the first */
        a.track_size = ask(fd, first_track, sizeof first_track, a.track, sizeof a.track);
    uint64_t volume;
    *out = dw_sensor_understand(&a, read_volume(fd, &volume));
    out->volume = volume;
}

static dw_status open_device(const char *address, int *out, struct dw_error *err)
{
    char device[DW_PATH_MAX];
    dw_status st = dw_drives_resolve("", address, device, sizeof device, err);
    if (st != DW_OK)
        return st;
    int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "drive '%.150s': %s", address,
                            strerror(errno));
    *out = fd;
    return DW_OK;
}

static dw_status look_at_file(const char *path, struct dw_seen *out, struct dw_error *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0) {
        out->state = DW_SEEN_EMPTY;
        return errno == ENOENT ? DW_OK
                               : dw_error_set(err, dw_status_from_errno(errno), "look at '%s': %s",
                                              path, strerror(errno));
    }
    out->state = sb.st_size == 0 ? DW_SEEN_BLANK : DW_SEEN_WRITTEN;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return DW_OK;
    read_volume(fd, &out->volume);
    close(fd);
    return DW_OK;
}

dw_status dw_sensor_look(const char *address, struct dw_seen *out, struct dw_error *err)
{
    int fd = -1;
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    if (file_of(address)) {
        dw_status st = look_at_file(file_of(address), &seen, err);
        if (st == DW_OK)
            *out = seen;
        return st;
    }
    dw_status st = open_device(address, &fd, err);
    if (st != DW_OK)
        return st;
    switch (ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT)) {
    case CDS_NO_DISC:
        seen.state = DW_SEEN_EMPTY;
        break;
    case CDS_TRAY_OPEN:
        seen.state = DW_SEEN_OPEN;
        break;
    case CDS_DRIVE_NOT_READY:
        seen.state = DW_SEEN_BUSY;
        break;
    case CDS_DISC_OK:
        look_at_disc(fd, &seen);
        break;
    default: /* a drive that does not say */
        break;
    }
    close(fd);
    *out = seen;
    return DW_OK;
}
