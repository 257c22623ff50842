/* What the drive says about the disc in it. */
#include <string.h>

#include "mmc.h"

#define DATA_TRACK 4

/* Minutes, seconds and frames of a block of a CD. */
static void put_msf(uint8_t *at, uint32_t lba)
{
    uint32_t frames = lba + PREGAP;
    at[0] = (uint8_t)(frames / (60 * 75));
    at[1] = (uint8_t)(frames / 75 % 60);
    at[2] = (uint8_t)(frames % 75);
}

/* Tracks as READ TRACK INFORMATION counts them: a disc that is not final has one to come. */
static uint32_t track_count(const struct disc *disc)
{
    return disc->state == APPENDABLE ? 2 : 1;
}

static bool is_formatted_bd_r(const struct drive *drive)
{
    return drive->kind->family == BD_R && drive->disc.formatted;
}

void read_disc_information(struct drive *drive, struct request *request)
{
    static const uint8_t status[] = {[BLANK] = 0, [OPEN] = 1, [APPENDABLE] = 1, [FINAL] = 2};
    static const uint8_t session[] = {[BLANK] = 0, [OPEN] = 1, [APPENDABLE] = 0, [FINAL] = 3};
    const struct disc *disc = &drive->disc;
    uint32_t tracks = track_count(disc), state = disc->state;
    uint8_t reply[34] = {[1] = 32, [3] = 1};
    bool rewritable = drive->kind->family == CD_RW || drive->kind->family == DVD_MINUS_RW ||
                      kind_is_overwritable(drive->kind);
    if (kind_is_overwritable(drive->kind) && disc->formatted)
        state = FINAL;
    reply[2] = (uint8_t)(rewritable << 4 | session[state] << 2 | status[state]);
    if (is_formatted_bd_r(drive) && state == BLANK)
        reply[2] = 1; /* formatted and empty: appendable with an empty session */
    reply[4] = reply[5] = reply[6] = (uint8_t)tracks;
    if (drive->kind->family == DVD_PLUS_RW)
        reply[7] = disc->formatted ? 3 : 0;
    if (kind_is_cd(drive->kind)) {
        memset(reply + 16, 0xFF, 8);
        if (state == BLANK) {
            reply[16] = 0;
            put_msf(reply + 17, 97u * 60 * 75 + 27 * 75 + 18 - PREGAP);
        }
        if (state != FINAL) {
            reply[20] = 0;
            put_msf(reply + 21, disc->capacity);
        }
    } else {
        put32(reply + 16, state == FINAL ? UINT32_MAX : 0);
        put32(reply + 20, state == FINAL ? UINT32_MAX : disc->capacity);
    }
    answer(request, reply, sizeof reply, get16(request->cdb + 7));
}

/* The one track, or the room behind it. */
static void describe_track(const struct drive *drive, uint32_t track, uint8_t reply[36])
{
    const struct disc *disc = &drive->disc;
    bool overwritable = kind_is_overwritable(drive->kind);
    bool room = track == 2 || disc->state == BLANK || disc->state == OPEN;
    uint32_t start = track == 2 ? disc->written : 0;
    uint32_t size = (room ? disc->capacity : disc->written) - start;
    if (overwritable)
        size = disc->capacity;
    else if (disc->reserved && room && track == 1)
        size = disc->reserved;
    reply[1] = 34;
    reply[2] = reply[3] = (uint8_t)track;
    reply[5] = DATA_TRACK;
    reply[6] = (uint8_t)((disc->state == BLANK || track == 2) << 6 | (room ? 0x0F : 1));
    put32(reply + 8, start);
    if (room && !overwritable) {
        reply[7] = 1;
        put32(reply + 12, disc->written);
        put32(reply + 16, start + size - disc->written);
    }
    if (!kind_is_cd(drive->kind))
        put32(reply + 20, drive->kind->family == BD_R || drive->kind->family == BD_RE ? 32 : 16);
    put32(reply + 24, size);
}

void read_track_information(struct drive *drive, struct request *request)
{
    uint8_t reply[36] = {0}, how = request->cdb[1] & 3;
    uint32_t address = get32(request->cdb + 2), tracks = track_count(&drive->disc), track = address;
    if (how == 0)
        track = address < drive->disc.written || tracks == 1 ? 1 : 2;
    else if (how == 2)
        track = address == 1 ? 1 : address;
    else if (address == 0xFF) /* of CD and DVD+R alone */
        track = drive->disc.state != FINAL &&
                        (kind_is_cd(drive->kind) || drive->kind->family == DVD_PLUS_R)
                    ? tracks
                    : 0;
    if (track < 1 || track > tracks) {
        fail(request, 5, 0x24, 0);
        return;
    }
    describe_track(drive, track, reply);
    answer(request, reply, sizeof reply, get16(request->cdb + 7));
}

/* --- READ TOC/PMA/ATIP --- */

static void put_address(uint8_t *at, uint32_t lba, bool msf)
{
    if (msf)
        put_msf(at + 1, lba);
    else
        put32(at, lba);
}

static size_t toc(const struct drive *drive, uint8_t *reply, bool msf)
{
    reply[2] = reply[3] = 1;
    reply[5] = 0x14; /* data track */
    reply[6] = 1;
    put_address(reply + 8, 0, msf);
    reply[13] = 0x14;
    reply[14] = 0xAA;
    put_address(reply + 16, disc_readable(drive), msf);
    return 20;
}

static size_t full_toc(const struct drive *drive, uint8_t *reply)
{
    static const uint8_t points[] = {0xA0, 0xA1, 0xA2, 1};
    reply[2] = reply[3] = 1;
    for (size_t i = 0; i < sizeof points; i++) {
        uint8_t *at = reply + 4 + 11 * i;
        at[0] = 1;
        at[1] = 0x14;
        at[3] = points[i];
        if (points[i] == 0xA2)
            put_msf(at + 8, disc_readable(drive));
        else if (points[i] == 1)
            put_msf(at + 8, 0);
        else
            at[8] = 1; /* first and last track; disc type CD-DA or CD-ROM */
    }
    return 4 + 11 * sizeof points;
}

static size_t atip(const struct drive *drive, uint8_t *reply)
{
    reply[4] = 0xD0;
    reply[6] = (uint8_t)(0x80 | (drive->kind->family == CD_RW) << 6);
    put_msf(reply + 8, 97u * 60 * 75 + 27 * 75 + 18 - PREGAP);
    put_msf(reply + 12, drive->disc.capacity);
    return 28;
}

void read_toc(struct drive *drive, struct request *request)
{
    uint8_t reply[64] = {0}, format = request->cdb[2] & 0x0F;
    bool msf = request->cdb[1] & 2, cd = kind_is_cd(drive->kind);
    bool written = drive->disc.state == FINAL || drive->disc.state == APPENDABLE ||
                   (kind_is_overwritable(drive->kind) && drive->disc.formatted);
    size_t size = 0;
    if (format == 0) /* where old hosts say it */
        format = request->cdb[9] >> 6;
    if (format == 0 && written) {
        size = toc(drive, reply, msf);
    } else if (format == 1 && written) {
        reply[2] = reply[3] = 1;
        reply[5] = 0x14;
        reply[6] = 1;
        put_address(reply + 8, 0, msf);
        size = 12;
    } else if (format == 2 && written && cd) {
        size = full_toc(drive, reply);
    } else if (format == 4 && cd) {
        size = atip(drive, reply);
    } else {
        fail(request, 5, 0x24, 0);
        return;
    }
    put16(reply, (uint32_t)(size - 2));
    answer(request, reply, size, get16(request->cdb + 7));
}

/* --- sizes --- */

void read_capacity(struct drive *drive, struct request *request)
{
    uint8_t reply[8];
    uint32_t blocks = disc_readable(drive);
    put32(reply, blocks ? blocks - 1 : 0);
    put32(reply + 4, BLOCK);
    answer(request, reply, sizeof reply, request->size);
}

void read_format_capacities(struct drive *drive, struct request *request)
{
    uint8_t reply[4 + 4 * 8] = {0};
    enum family family = drive->kind->family;
    const struct disc *disc = &drive->disc;
    size_t size = 12;
    bool formatted = disc->state == FINAL || disc->formatted;
    put32(reply + 4, formatted && disc_readable(drive) ? disc_readable(drive) : disc->capacity);
    reply[8] = formatted ? 2 : 1;
    put24(reply + 9, BLOCK);
    if (family == BD_R && disc->state == BLANK && !disc->formatted) {
        put32(reply + 12, 11826176); /* with a spare area */
        reply[16] = 0x00 << 2;
        put24(reply + 17, 0x3000);
        put32(reply + 20, disc->capacity);
        reply[24] = 0x32 << 2;
        size = 28;
    } else if (family == BD_RE) {
        put32(reply + 12, disc->capacity);
        reply[16] = 0x00 << 2;
        put24(reply + 17, 0x3000);
        put32(reply + 20, disc->capacity);
        reply[24] = 0x30 << 2;
        put24(reply + 25, 0x3000);
        size = 28;
    } else if (family == DVD_PLUS_RW) {
        put32(reply + 12, disc->capacity);
        reply[16] = 0x26 << 2;
        size = 20;
    }
    reply[3] = (uint8_t)(size - 4);
    answer(request, reply, size, get16(request->cdb + 7));
}

static const char *product_id(const struct kind *kind)
{
    switch (kind->family) {
    case DVD_PLUS_R:
        return "MILLENIA001"; /* manufacturer of 8, type of 3: an M-DISC */
    case DVD_PLUS_RW:
        return "DWVIRTUALM1";
    case BD_R:
        return "MILLENMR1"; /* of 6 and 3 */
    case BD_RE:
        return "DWVIRTM1\0";
    default:
        return "";
    }
}

void read_structure(struct drive *drive, struct request *request)
{
    uint8_t reply[4 + 2048] = {0}, format = request->cdb[7];
    enum family family = drive->kind->family;
    const char *id = product_id(drive->kind);
    bool bd = family == BD_R || family == BD_RE;
    bool plus = family == DVD_PLUS_R || family == DVD_PLUS_RW;
    size_t size = 4 + 2048;
    if (!((plus && (format == 0x11 || format == 0x00)) || (bd && format == 0x00))) {
        fail(request, 5, 0x24, 0);
        return;
    }
    if (plus) {
        reply[4] = family == DVD_PLUS_R ? 0xA1 : 0x91;
        put24(reply + 4 + 5, 0x30000);
        put24(reply + 4 + 9, 0x30000 + drive->disc.capacity - 1);
        memcpy(reply + 4 + 19, id, 11); /* ECMA-349 14.4.2 */
    } else {
        memcpy(reply + 4, "DI", 2);
        reply[4 + 2] = 1;
        memcpy(reply + 4 + 8, family == BD_R ? "BDR" : "BDW", 3);
        memcpy(reply + 4 + 100, id, 9);
    }
    put16(reply, (uint32_t)(size - 2));
    answer(request, reply, size, get16(request->cdb + 8));
}

void read_buffer_capacity(struct drive *drive, struct request *request)
{
    uint8_t reply[12] = {[1] = 10};
    put32(reply + 4, 2048 * 1024);
    put32(reply + 8, 2048 * 1024 / (drive->slow_us ? 2 : 16));
    answer(request, reply, sizeof reply, get16(request->cdb + 7));
}
