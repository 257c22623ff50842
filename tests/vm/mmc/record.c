/* Writing and reading: addresses, the file behind them, and what goes wrong on command. */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "mmc.h"

#define LEADOUT 0xAA

static struct fault *fault_at(struct drive *drive, bool is_write, uint32_t lba, uint32_t count)
{
    for (size_t i = 0; i < FAULTS_MAX; i++) {
        struct fault *fault = &drive->fault[i];
        if (fault->times && fault->is_write == is_write && fault->lba >= lba &&
            fault->lba - lba < count) {
            fault->times--;
            return fault;
        }
    }
    return NULL;
}

static void injected(struct drive *drive, const struct fault *fault, struct request *request)
{
    if (fault->key == 0xF) { /* it comes up again and knows nothing of what it was doing */
        drive->attention_asc = 0x29;
        drive->attention_ascq = 0;
        drive->disc.reserved = drive->disc.cue_blocks = 0;
        disc_save(drive);
        fail(request, 4, 0x08, 0x00);
        return;
    }
    fail(request, fault->key, fault->asc, fault->ascq);
    request->at = fault->lba;
    request->has_at = true;
}

static uint32_t block_count(const struct request *request)
{
    switch (request->cdb[0]) {
    case 0x28:
    case 0x2A:
        return get16(request->cdb + 7);
    case 0xBE:
        return (uint32_t)request->cdb[6] << 16 | get16(request->cdb + 7);
    default:
        return get32(request->cdb + 6);
    }
}

static void begin_track(struct drive *drive)
{
    struct disc *disc = &drive->disc;
    disc->state = OPEN;
    disc->session_at_once = (drive->page5[2] & 0x0F) == 2 || disc->reserved;
    disc->bufe = drive->page5[2] >> 6 & 1;
    disc->multi = drive->page5[3] >> 6;
    disc->speed_kbps = drive->speed_kbps;
    disc_save(drive);
}

/* MMC-6 4.2: where the next block must go. */
static bool may_write(struct drive *drive, struct request *request, uint32_t lba, uint32_t count)
{
    const struct disc *disc = &drive->disc;
    enum family family = drive->kind->family;
    bool at_once = (drive->page5[2] & 0x0F) == 2;
    uint32_t end = disc->reserved ? disc->reserved : disc->capacity;
    if (kind_is_overwritable(drive->kind)) {
        if (!disc->formatted)
            fail(request, 2, 0x30, 0x10); /* not formatted */
        else if (lba >= disc->capacity || count > disc->capacity - lba)
            fail(request, 5, 0x21, 0x00);
    } else if (disc->state == FINAL || disc->state == APPENDABLE) {
        fail(request, 5, 0x64, 0x00); /* illegal mode for this track */
    } else if (kind_is_cd(drive->kind) && at_once && disc->cue_blocks == 0) {
        fail(request, 5, 0x2C, 0x00); /* session at once without a cue sheet */
    } else if ((family == DVD_MINUS_R || family == DVD_MINUS_RW) && at_once && !disc->reserved) {
        fail(request, 5, 0x2C, 0x00);
    } else if (lba != disc->written) {
        fail(request, 5, 0x21, 0x02); /* invalid address for write */
    } else if (lba >= end || count > end - lba) {
        fail(request, 5, 0x63, 0x00); /* end of user area */
    }
    return request->key == 0;
}

void write_blocks(struct drive *drive, struct request *request)
{
    uint32_t lba = get32(request->cdb + 2), count = block_count(request), skip = 0;
    struct disc *disc = &drive->disc;
    if ((int32_t)lba < 0 && kind_is_cd(drive->kind)) { /* the pregap: not kept */
        skip = 0u - lba < count ? 0u - lba : count;
        lba = skip < count ? 0 : disc->written;
        count -= skip;
    }
    if (request->size < (size_t)(skip + count) * BLOCK) {
        fail(request, 5, 0x24, 0);
        return;
    }
    const struct fault *fault = fault_at(drive, true, lba, count);
    if (fault) {
        if (disc->state == BLANK)
            begin_track(drive);
        injected(drive, fault, request);
        return;
    }
    if (!may_write(drive, request, lba, count))
        return;
    if (disc->state == BLANK && !kind_is_overwritable(drive->kind))
        begin_track(drive);
    size_t size = (size_t)count * BLOCK;
    ssize_t n = pwrite(drive->store, request->data + (size_t)skip * BLOCK, size,
                       STORE_AT + (off_t)lba * BLOCK);
    assert(n == (ssize_t)size);
    if (!kind_is_overwritable(drive->kind) || lba + count > disc->written)
        disc->written = lba + count;
    drive->writes++;
    if (drive->slow_us)
        usleep(drive->slow_us * count);
}

void read_blocks(struct drive *drive, struct request *request)
{
    uint32_t lba = get32(request->cdb + 2), count = block_count(request);
    uint32_t end = disc_readable(drive), runout = 0;
    if (request->cdb[0] == 0xBE && (request->cdb[9] & 0xF8) != 0x10) {
        fail(request, 5, 0x24, 0); /* user data alone */
        return;
    }
    if (kind_is_cd(drive->kind) && !drive->disc.session_at_once && drive->disc.state != OPEN)
        runout = 2;
    if (lba >= end || count > end - lba) {
        fail(request, 5, 0x21, 0x00);
        return;
    }
    const struct fault *fault = fault_at(drive, false, lba, count);
    if (fault) {
        injected(drive, fault, request);
        return;
    }
    if (lba + count > end - runout) {
        fail(request, 3, 0x11, 0x05);
        return;
    }
    size_t size = (size_t)count * BLOCK;
    if (size > request->size)
        size = request->size;
    ssize_t n = pread(drive->store, request->data, size, STORE_AT + (off_t)lba * BLOCK);
    assert(n >= 0);
    memset(request->data + n, 0, size - (size_t)n); /* the file need not be as large as the disc */
    for (uint32_t i = 0; drive->numbered && i < size / BLOCK; i++)
        put32(request->data + (size_t)i * BLOCK, lba + i);
    request->used = size;
    drive->reads++;
}

/* --- how a track begins and ends --- */

void send_cue_sheet(struct drive *drive, struct request *request)
{
    size_t size = (size_t)request->cdb[6] << 16 | get16(request->cdb + 7);
    if ((drive->page5[2] & 0x0F) != 2 || !kind_is_cd(drive->kind) || size % 8 || size < 32 ||
        size > request->size) {
        fail(request, 5, 0x24, 0);
        return;
    }
    const uint8_t *last = request->data + size - 8;
    uint32_t frames = (last[5] * 60u + last[6]) * 75 + last[7];
    if (last[1] != LEADOUT || frames < PREGAP || frames - PREGAP > drive->disc.capacity) {
        fail(request, 5, 0x26, 0);
        return;
    }
    drive->disc.cue_blocks = frames - PREGAP;
}

void reserve_track(struct drive *drive, struct request *request)
{
    uint32_t blocks = get32(request->cdb + 5);
    if (drive->disc.state != BLANK || blocks == 0 || blocks > drive->disc.capacity)
        fail(request, 5, 0x24, 0);
    else
        drive->disc.reserved = blocks;
}

static void working(struct drive *drive, uint8_t ascq)
{
    drive->busy = 2;
    drive->busy_ascq = ascq;
}

/* What was written as a whole is closed with its last block (MMC-6 4.2.3.4, 4.3.3.3). */
void synchronize(struct drive *drive, struct request *request)
{
    struct disc *disc = &drive->disc;
    enum family family = drive->kind->family;
    bool cd_done = kind_is_cd(drive->kind) && disc->cue_blocks && disc->written >= disc->cue_blocks;
    bool dvd_done = (family == DVD_MINUS_R || family == DVD_MINUS_RW) && disc->reserved &&
                    disc->written >= disc->reserved;
    (void)request;
    if (disc->state == OPEN && (cd_done || dvd_done))
        disc->state = disc->multi ? APPENDABLE : FINAL;
    disc_save(drive);
    working(drive, 0x08);
}

void close_track(struct drive *drive, struct request *request)
{
    struct disc *disc = &drive->disc;
    uint8_t function = request->cdb[2] & 7;
    enum family family = drive->kind->family;
    bool plus = family == DVD_PLUS_R || family == BD_R;
    if (kind_is_overwritable(drive->kind)) {
        return;
    } else if (disc->state == FINAL || disc->state == BLANK) {
        fail(request, 5, disc->state == FINAL ? 0x64 : 0x24, 0);
        return;
    }
    if (function == 1 && disc->reserved && disc->written < disc->reserved) {
        fail(request, 5, 0x2C, 0);
        return;
    }
    if (function == 2)
        disc->state = plus || disc->multi ? APPENDABLE : FINAL;
    else if (function >= 5)
        disc->state = FINAL;
    disc_save(drive);
    working(drive, 0x07);
}

void blank(struct drive *drive, struct request *request)
{
    if (drive->kind->family != CD_RW && drive->kind->family != DVD_MINUS_RW) {
        fail(request, 5, 0x30, 0x00); /* incompatible medium */
        return;
    }
    disc_new(drive, drive->kind);
    working(drive, 0x07);
}

void format_unit(struct drive *drive, struct request *request)
{
    struct disc *disc = &drive->disc;
    enum family family = drive->kind->family;
    uint8_t type = request->size >= 12 ? request->data[8] >> 2 : 0xFF;
    bool known = (family == BD_R && disc->state == BLANK && !disc->formatted && type == 0x00) ||
                 (family == BD_RE && (type == 0x30 || type == 0x31 || type == 0x00)) ||
                 (family == DVD_PLUS_RW && type == 0x26);
    if (!known) {
        fail(request, 5, 0x26, 0);
        return;
    }
    if (family != DVD_PLUS_RW)
        disc->capacity = get32(request->data + 4);
    disc->formatted = 1;
    disc_save(drive);
    working(drive, 0x04);
}
