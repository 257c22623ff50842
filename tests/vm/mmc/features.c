/* What the drive says about itself: INQUIRY, GET CONFIGURATION, mode pages, speeds. */
#include <string.h>

#include "mmc.h"

#define WRITE_PARAMETERS 0x05
#define CAPABILITIES 0x2A

void inquiry(struct drive *drive, struct request *request)
{
    (void)drive;
    uint8_t reply[36] = {0x05, 0x80, 0x05, 0x02, 31};
    if (request->cdb[1] & 1) {
        fail(request, 5, 0x24, 0); /* no vital product data */
        return;
    }
    memcpy(reply + 8, "DISCWRT VIRTUAL BURNER  0001", 28);
    answer(request, reply, sizeof reply, get16(request->cdb + 3));
}

/* --- GET CONFIGURATION --- */

struct list {
    uint8_t data[1024];
    size_t size;
    unsigned mode; /* 0 all, 1 the current ones, 2 one */
    uint16_t first;
};

static void feature(struct list *list, uint16_t code, bool persistent, bool current,
                    const uint8_t *data, uint8_t size)
{
    if (code < list->first || (list->mode == 2 && code != list->first) ||
        (list->mode == 1 && !current))
        return;
    uint8_t *at = list->data + list->size;
    put16(at, code);
    at[2] = (uint8_t)(persistent << 1 | current);
    at[3] = size;
    if (size)
        memcpy(at + 4, data, size);
    list->size += 4u + size;
}

static void profiles(struct list *list, uint16_t current)
{
    uint8_t data[64];
    uint8_t size = 0;
    for (uint32_t i = 0; kind_at(i); i++, size += 4) {
        put16(data + size, kind_at(i)->profile);
        data[size + 2] = kind_at(i)->profile == current;
        data[size + 3] = 0;
    }
    feature(list, 0x0000, true, true, data, size);
}

/* MMC-6 5.3; only fields that a host reads are set. */
static void features(const struct drive *drive, const struct kind *kind, struct list *list)
{
    enum family family = kind ? kind->family : CD_R;
    bool cd = kind && kind_is_cd(kind), bd = kind && (family == BD_R || family == BD_RE);
    bool minus = kind && (family == DVD_MINUS_R || family == DVD_MINUS_RW);
    bool plus = kind && (family == DVD_PLUS_R || family == DVD_PLUS_RW);
    uint8_t mechanism = (uint8_t)(0x20 | 0x08 | 0x01 | (drive->hand_loaded ? 0 : 0x10));
    feature(list, 0x0001, true, true, (uint8_t[]){0, 0, 0, 7, 1, 0, 0, 0}, 8);
    feature(list, 0x0002, true, true, (uint8_t[]){2, 0, 0, 0}, 4);
    feature(list, 0x0003, true, true, (uint8_t[]){mechanism, 0, 0, 0}, 4);
    feature(list, 0x0010, false, kind, (uint8_t[]){0, 0, 8, 0, 0, 1, 1, 0}, 8);
    feature(list, 0x001E, false, cd, (uint8_t[]){0, 0, 0, 0}, 4);
    feature(list, 0x001F, false, minus || plus, (uint8_t[]){1, 0, 0, 0}, 4);
    feature(list, 0x0020, false, kind && kind_is_overwritable(kind),
            (uint8_t[]){0, 0, 0, 0, 0, 0, 8, 0, 0, 1, 0, 0}, 12);
    feature(list, 0x0021, false, cd || minus, (uint8_t[]){0, 1, 0, 1, 16, 0, 0, 0}, 8);
    feature(list, 0x0023, false, bd || (kind && family == DVD_PLUS_RW),
            (uint8_t[]){0, 0, 0, 0, 0, 0, 0, 0}, 8);
    feature(list, 0x002A, false, plus && family == DVD_PLUS_RW, (uint8_t[]){1, 0, 0, 0}, 4);
    feature(list, 0x002B, false, plus && family == DVD_PLUS_R, (uint8_t[]){1, 0, 0, 0}, 4);
    feature(list, 0x002D, false, cd, (uint8_t[]){0x46, 0, 0, 0}, 4);
    feature(list, 0x002E, false, cd, (uint8_t[]){0x62, 0, 0, 0}, 4);
    feature(list, 0x002F, false, minus, (uint8_t[]){0x42, 0, 0, 0}, 4);
    feature(list, 0x0040, false, bd, (uint8_t[28]){0}, 28);
    feature(list, 0x0041, false, bd, (uint8_t[20]){0}, 20);
    feature(list, 0x0107, true, true, (uint8_t[]){0x1E, 0, 0, 0}, 4);
    feature(list, 0x0108, true, true, (const uint8_t *)"DW0000000001", 12);
}

void get_configuration(struct drive *drive, struct request *request)
{
    const struct kind *kind = drive->has_disc && !drive->tray_open ? drive->kind : NULL;
    struct list list = {
        .size = 8, .mode = request->cdb[1] & 3, .first = get16(request->cdb + 2)};
    profiles(&list, kind ? kind->profile : 0);
    features(drive, kind, &list);
    put32(list.data, (uint32_t)(list.size - 4));
    put16(list.data + 6, kind ? kind->profile : 0);
    answer(request, list.data, list.size, get16(request->cdb + 7));
}

/* --- mode pages --- */

static size_t capabilities(const struct drive *drive, uint8_t *page)
{
    uint32_t fastest = (drive->has_disc ? drive->kind->speed_kbps : 176) * 16;
    page[0] = CAPABILITIES;
    page[1] = 38;
    page[2] = 0x3B;
    page[3] = 0x33;
    page[4] = 0xF1;
    page[6] = (uint8_t)(0x29 | drive->locked << 1);
    put16(page + 8, 8448);
    put16(page + 12, 2048); /* KiB of buffer */
    put16(page + 14, 8448);
    put16(page + 18, fastest);
    put16(page + 28, drive->speed_kbps ? drive->speed_kbps : fastest);
    put16(page + 30, 2);
    put16(page + 34, fastest);
    put16(page + 38, fastest / 4);
    return 40;
}

void mode_sense(struct drive *drive, struct request *request)
{
    uint8_t reply[128] = {0}, wanted = request->cdb[2] & 0x3F;
    size_t size = 8;
    if (wanted == WRITE_PARAMETERS || wanted == 0x3F) {
        memcpy(reply + size, drive->page5, sizeof drive->page5);
        reply[size] = WRITE_PARAMETERS;
        reply[size + 1] = 50;
        size += 52;
    }
    if (wanted == CAPABILITIES || wanted == 0x3F)
        size += capabilities(drive, reply + size);
    if (size == 8) {
        fail(request, 5, 0x24, 0);
        return;
    }
    put16(reply, (uint32_t)(size - 2));
    answer(request, reply, size, get16(request->cdb + 7));
}

/* MMC-6 7.2: track at once, session at once and, of a DVD, incremental, with blocks of 2048 bytes; nothing raw. */
void mode_select(struct drive *drive, struct request *request)
{
    const uint8_t *page = request->data + 8;
    if (request->size < 10 + 8 || (page[0] & 0x3F) != WRITE_PARAMETERS) {
        fail(request, 5, 0x26, 0);
        return;
    }
    uint8_t type = page[2] & 0x0F, block = page[4] & 0x0F;
    bool incremental = type == 0 && drive->has_disc && !kind_is_cd(drive->kind);
    bool known = incremental || (type == 1 && (block == 8 || block == 10)) ||
                 (type == 2 && (block == 0 || block == 8));
    if (!known) {
        fail(request, 5, 0x26, 0);
        return;
    }
    size_t n = request->size - 8;
    memcpy(drive->page5, page, n < sizeof drive->page5 ? n : sizeof drive->page5);
}

/* --- speeds --- */

void get_performance(struct drive *drive, struct request *request)
{
    uint8_t reply[8 + 2 * 16] = {0}, type = request->cdb[10];
    uint32_t one = drive->has_disc ? drive->kind->speed_kbps : 176;
    size_t size = 8 + 2 * 16;
    if (type != 0 && type != 3) {
        fail(request, 5, 0x24, 0);
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t *at = reply + 8 + 16 * i;
        uint32_t speed = one * (i ? 4 : 16), end = drive->has_disc ? drive->disc.capacity - 1 : 0;
        if (type == 3) { /* write speed descriptors */
            put32(at + 4, end);
            put32(at + 8, speed);
            put32(at + 12, speed);
        } else { /* nominal performance: from, speed, to, speed */
            put32(at + 4, speed);
            put32(at + 8, end);
            put32(at + 12, speed);
        }
    }
    put32(reply, (uint32_t)(size - 4));
    uint32_t most = get16(request->cdb + 8);
    answer(request, reply, most < 2 ? 8 + 16 * most : size, request->size);
}

void set_streaming(struct drive *drive, struct request *request)
{
    if (request->size >= 28)
        drive->speed_kbps = get32(request->data + 20);
}

void set_cd_speed(struct drive *drive, struct request *request)
{
    drive->speed_kbps = get16(request->cdb + 4);
}
