/* What a drive does with a command before and after it is about the disc: readiness, events, tray. */
#include <string.h>

#include "mmc.h"

uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void put24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 16);
    put16(at + 1, value & 0xFFFF);
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
}

void fail(struct request *request, uint8_t key, uint8_t asc, uint8_t ascq)
{
    request->key = key;
    request->asc = asc;
    request->ascq = ascq;
    request->used = 0;
}

void answer(struct request *request, const uint8_t *data, size_t size, size_t wanted)
{
    size_t n = size < wanted ? size : wanted;
    if (n > request->size)
        n = request->size;
    if (n)
        memcpy(request->data, data, n);
    request->used = n;
}

static void test_unit_ready(struct drive *drive, struct request *request)
{
    (void)drive, (void)request; /* whoever comes so far finds it ready */
}

static void request_sense(struct drive *drive, struct request *request)
{
    uint8_t sense[18] = {0x70, [7] = 10};
    if (!drive->has_disc || drive->tray_open) {
        sense[2] = 2;
        sense[12] = 0x3A;
    } else if (drive->busy) {
        sense[2] = 2;
        sense[12] = 4;
        sense[13] = drive->busy_ascq;
    }
    answer(request, sense, sizeof sense, request->cdb[4]);
}

static void event_status(struct drive *drive, struct request *request)
{
    uint8_t reply[8] = {[3] = 0x10}; /* events of the medium alone */
    if (request->cdb[4] & 0x10) {
        reply[1] = 6;
        reply[2] = 4;
        reply[4] = drive->event;
        reply[5] = (uint8_t)(drive->tray_open | (drive->has_disc && !drive->tray_open) << 1);
        drive->event = 0;
    } else {
        reply[1] = 2;
        reply[2] = 0x80;
    }
    answer(request, reply, request->cdb[4] & 0x10 ? 8 : 4, get16(request->cdb + 7));
}

static void prevent_removal(struct drive *drive, struct request *request)
{
    drive->locked = request->cdb[4] & 1;
}

static void start_stop(struct drive *drive, struct request *request)
{
    bool loej = request->cdb[4] & 2, start = request->cdb[4] & 1;
    if (!loej)
        return;
    if (!start && drive->locked) {
        fail(request, 5, 0x53, 0x02); /* medium removal prevented */
    } else if (drive->jammed) {
        fail(request, 4, 0x53, 0x00); /* media load or eject failed */
    } else if (!start) {
        if (!drive->tray_open)
            tray_out(drive);
        drive->event = 3;
    } else if (drive->tray_open && drive->hand_loaded) {
        fail(request, 5, 0x24, 0x00); /* as drives for laptops answer (feature 0003h, Load = 0) */
    } else if (drive->tray_open && !tray_in(drive)) {
        fail(request, 4, 0x53, 0x00);
    }
}

static void mechanism_status(struct drive *drive, struct request *request)
{
    uint8_t reply[8] = {[1] = (uint8_t)(drive->tray_open << 4)};
    answer(request, reply, sizeof reply, get16(request->cdb + 8));
}

enum { ANY = 1, DISC = 2 }; /* served whatever the drive is at; needs a disc */
static const struct command {
    uint8_t opcode, flags;
    void (*run)(struct drive *drive, struct request *request);
} commands[] = {
    {0x00, DISC, test_unit_ready},
    {0x03, ANY, request_sense},
    {0x04, DISC, format_unit},
    {0x12, ANY, inquiry},
    {0x1B, 0, start_stop},
    {0x1E, ANY, prevent_removal},
    {0x23, DISC, read_format_capacities},
    {0x25, DISC, read_capacity},
    {0x28, DISC, read_blocks},
    {0x2A, DISC, write_blocks},
    {0x35, DISC, synchronize},
    {0x43, DISC, read_toc},
    {0x46, ANY, get_configuration},
    {0x4A, ANY, event_status},
    {0x51, DISC, read_disc_information},
    {0x52, DISC, read_track_information},
    {0x53, DISC, reserve_track},
    {0x55, 0, mode_select},
    {0x5A, ANY, mode_sense},
    {0x5B, DISC, close_track},
    {0x5C, DISC, read_buffer_capacity},
    {0x5D, DISC, send_cue_sheet},
    {0xA1, DISC, blank},
    {0xA8, DISC, read_blocks},
    {0xAA, DISC, write_blocks},
    {0xAC, 0, get_performance},
    {0xAD, DISC, read_structure},
    {0xB6, 0, set_streaming},
    {0xBB, 0, set_cd_speed},
    {0xBD, ANY, mechanism_status},
    {0xBE, DISC, read_blocks},
};

/* MMC-6 4.1.6: what is reported instead of doing the command. */
static bool held_up(struct drive *drive, struct request *request, uint8_t flags)
{
    if (flags & ANY)
        return false;
    if (drive->attention_asc) {
        fail(request, 6, drive->attention_asc, drive->attention_ascq);
        drive->attention_asc = 0;
    } else if (request->cdb[0] == 0x1B) {
        return false;
    } else if ((flags & DISC) && (!drive->has_disc || drive->tray_open)) {
        fail(request, 2, 0x3A, drive->tray_open ? 2 : 1);
    } else if (drive->busy) {
        drive->busy--;
        fail(request, 2, 4, drive->busy_ascq);
    }
    return request->key != 0;
}

void drive_execute(struct drive *drive, struct request *request)
{
    drive->commands++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].opcode != request->cdb[0])
            continue;
        if (!held_up(drive, request, commands[i].flags))
            commands[i].run(drive, request);
        return;
    }
    fail(request, 5, 0x20, 0);
}
