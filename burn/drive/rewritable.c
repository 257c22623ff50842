#include "burn/drive/rewritable.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"

#define PROFILE_BD_RE 0x43
#define FIRST_BLOCK 16   /* ISO 9660 descriptors, UDF volume recognition */
#define LOOK_BLOCKS 16
#define ANCHOR_BLOCK 256 /* UDF 2.2.3 */
#define END_ANCHOR 256 /* blocks between both at the end */
#define ECC_BLOCKS 32 /* of BD; DVD: 16 */
#define DEFAULT_SIZE (3 << 1) /* flags of burn_disc_format() */
#define AVOID_CERTIFICATION (1 << 6)
#define FLUSH 1 /* flag of burn_random_access_write() */
#define LOOK_MS 200
#define FORMAT_MS (15 * 60000)

bool dw_rewritable_is(int profile)
{
    return profile == 0x12 || profile == 0x13 || profile == 0x1A || profile == PROFILE_BD_RE;
}

static bool is_formatted(struct burn_drive *drive)
{
    int status = BURN_FORMAT_IS_UNKNOWN, count = 0;
    unsigned unused = 0;
    off_t size = 0;
    return burn_disc_get_formats(drive, &status, &size, &unused, &count) > 0 &&
           status == BURN_FORMAT_IS_FORMATTED;
}

static bool has_bytes(struct burn_drive *drive, uint32_t lba, uint32_t count, char *data)
{
    off_t got = 0, size = (off_t)count * DW_BLOCK_SIZE;
    if (burn_read_data(drive, (off_t)lba * DW_BLOCK_SIZE, data, size, &got, 1 << 1) <= 0)
        return false;
    for (off_t i = 0; i < got; i++)
        if (data[i])
            return true;
    return false;
}

bool dw_rewritable_holds_volume(struct burn_drive *drive)
{
    bool found = false;
    char *data = malloc((size_t)LOOK_BLOCKS * DW_BLOCK_SIZE);
    if (data && is_formatted(drive))
        found = has_bytes(drive, FIRST_BLOCK, LOOK_BLOCKS, data) ||
                has_bytes(drive, ANCHOR_BLOCK, 1, data);
    dw_libburn_drain();
    free(data);
    return found;
}

dw_status dw_rewritable_format(struct burn_drive *drive, struct dw_error *err)
{
    int profile = 0;
    char name[80];
    struct burn_progress unused;
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    if (burn_disc_get_profile(drive, &profile, name) <= 0 || profile != PROFILE_BD_RE ||
        is_formatted(drive))
        return DW_OK;
    dw_libburn_drain();
    burn_disc_format(drive, (off_t)0, DEFAULT_SIZE | AVOID_CERTIFICATION);
    for (int ms = 0; burn_drive_get_status(drive, &unused) != BURN_DRIVE_IDLE; ms += LOOK_MS) {
        if (ms >= FORMAT_MS)
            return dw_error_set(err, DW_ERR_TIMEOUT, "the disc is not formatted after %d minutes",
                                FORMAT_MS / 60000);
        nanosleep(&pause, NULL);
    }
    if (!burn_drive_wrote_well(drive))
        return dw_libburn_error(DW_ERR_IO, "the disc cannot be formatted", err);
    dw_libburn_drain();
    return DW_OK;
}

/* With all of its ECC block that lies behind the volume: a drive need not read first what was never written. */
static dw_status put_anchor(struct burn_drive *drive, const dw_plan *plan, uint32_t lba,
                            struct dw_error *err)
{
    char data[ECC_BLOCKS * DW_BLOCK_SIZE] = {0};
    uint32_t first = lba - lba % ECC_BLOCKS, end = dw_plan_blocks(plan);
    if (lba < end)
        return DW_OK;
    if (first < end)
        first = end;
    if (!dw_plan_anchor(plan, lba, (uint8_t *)data + (size_t)(lba - first) * DW_BLOCK_SIZE))
        return DW_OK;
    dw_libburn_drain();
    if (burn_random_access_write(drive, (off_t)first * DW_BLOCK_SIZE, data,
                                 (off_t)(lba - first + 1) * DW_BLOCK_SIZE, FLUSH) <= 0 ||
        !burn_drive_wrote_well(drive))
        return dw_libburn_error(DW_ERR_IO, "the end of the disc was not written well", err);
    return DW_OK;
}

dw_status dw_rewritable_end(struct burn_drive *drive, const dw_plan *plan, struct dw_error *err)
{
    int profile = 0, blocks = 0;
    char name[80];
    if (burn_disc_get_profile(drive, &profile, name) <= 0 || !dw_rewritable_is(profile))
        return DW_OK;
    if (burn_get_read_capacity(drive, &blocks, 0) <= 0 || blocks <= END_ANCHOR)
        return dw_libburn_error(DW_ERR_IO, "the drive does not tell where the disc ends", err);
    uint32_t last = (uint32_t)blocks - 1;
    dw_status st = put_anchor(drive, plan, last - END_ANCHOR, err);
    return st == DW_OK ? put_anchor(drive, plan, last, err) : st;
}
