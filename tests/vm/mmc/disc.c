/* The disc, and the file it lives in. */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "mmc.h"

static const struct kind kinds[] = {
    {"CD-R", CD_R, 0x09, 359847, 176},
    {"CD-RW", CD_RW, 0x0A, 359847, 176},
    {"DVD-R", DVD_MINUS_R, 0x11, 2298496, 1385},
    {"DVD-RW", DVD_MINUS_RW, 0x14, 2298496, 1385},
    {"DVD-R DL", DVD_MINUS_R, 0x15, 4171712, 1385},
    {"DVD+RW", DVD_PLUS_RW, 0x1A, 2295104, 1385},
    {"DVD+R", DVD_PLUS_R, 0x1B, 2295104, 1385},
    {"DVD+R DL", DVD_PLUS_R, 0x2B, 4173824, 1385},
    {"BD-R", BD_R, 0x41, 12219392, 4496},
    {"BD-RE", BD_RE, 0x43, 11826176, 4496},
};

const struct kind *kind_at(uint32_t i)
{
    return i < sizeof kinds / sizeof kinds[0] ? &kinds[i] : NULL;
}

const struct kind *kind_find(const char *name)
{
    for (uint32_t i = 0; kind_at(i); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

bool kind_is_cd(const struct kind *kind)
{
    return kind->family == CD_R || kind->family == CD_RW;
}

bool kind_is_overwritable(const struct kind *kind)
{
    return kind->family == DVD_PLUS_RW || kind->family == BD_RE;
}

void disc_save(const struct drive *drive)
{
    uint8_t head[4096] = {0};
    memcpy(head, &drive->disc, sizeof drive->disc);
    if (!drive->has_disc)
        memset(head, 0, sizeof head);
    ssize_t n = pwrite(drive->store, head, sizeof head, 0);
    assert(n == (ssize_t)sizeof head);
    fsync(drive->store);
}

bool disc_load(struct drive *drive)
{
    struct disc disc;
    if (pread(drive->store, &disc, sizeof disc, 0) != (ssize_t)sizeof disc ||
        disc.magic != STORE_MAGIC || !kind_at(disc.kind))
        return false;
    drive->disc = disc;
    drive->kind = kind_at(disc.kind);
    drive->has_disc = true;
    return true;
}

void disc_new(struct drive *drive, const struct kind *kind)
{
    uint32_t number = 0;
    while (kind_at(number) != kind)
        number++;
    int rc = ftruncate(drive->store, 0); /* a file forgets the disc before; a block device keeps its bytes */
    (void)rc;
    drive->kind = kind;
    drive->has_disc = true;
    drive->disc = (struct disc){.magic = STORE_MAGIC, .kind = number, .capacity = kind->blocks};
    disc_save(drive);
}

uint32_t disc_readable(const struct drive *drive)
{
    const struct disc *disc = &drive->disc;
    if (kind_is_overwritable(drive->kind))
        return disc->formatted ? disc->capacity : 0;
    if (disc->state == BLANK)
        return 0;
    /* Two run-out blocks of a track at once count and cannot be read (MMC-6 4.2.3.8.4). */
    if (kind_is_cd(drive->kind) && disc->state != OPEN && !disc->session_at_once)
        return disc->written + 2;
    return disc->written;
}

void medium_changed(struct drive *drive)
{
    drive->loads++;
    drive->busy = 3; /* it spins up */
    drive->busy_ascq = 0x01;
    drive->attention_asc = 0x28;
    drive->attention_ascq = 0;
    drive->event = drive->has_disc ? 2 : 3;
}
