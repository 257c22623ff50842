/* The verify task as the robot runs it: before it moves a tray it asks. */
#include "base/child.h"
#include "base/file.h"
#include "burn/image/stream.h"
#include "test.h"

#define WORK DW_BIN "/discwright-work"
#define PATIENCE_MS 20000

static uint32_t crc_of(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void put(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Of a volume without a block. */
static void write_chunks(const char *path)
{
    uint8_t bytes[20] = "DWCHUNK1";
    struct dw_error err = {0};
    put(bytes + 12, DW_CHUNK_BLOCKS);
    put(bytes + 16, crc_of(bytes, 16));
    CHECK_OK(dw_file_save(NULL, path, bytes, sizeof bytes, &err), err);
}

static void begin(struct dw_child *child, const char *folder, const char *drive)
{
    char chunks[96];
    struct dw_error err = {0};
    const char *const argv[] = {WORK, "verify", NULL};
    snprintf(chunks, sizeof chunks, "%s/chunks", folder);
    write_chunks(chunks);
    CHECK_OK(dw_child_start(NULL, argv, child, &err), err);
    CHECK_OK(dw_channel_send(child->channel,
                             json_pack("{s:s, s:s, s:s, s:s, s:b}", "type", "task", "task", "verify", "chunks",
                                       chunks, "drive", drive, "ask_tray", 1),
                             NULL, 0, NULL, 0, PATIENCE_MS, &err),
             err);
}

/* "tray", "tray rests" or "result". */
static const char *next(struct dw_child *child)
{
    static char said[32];
    struct dw_message msg;
    struct dw_error err = {0};
    do {
        dw_status st = dw_channel_receive(child->channel, PATIENCE_MS, &msg, &err);
        CHECK_OK(st, err);
        if (st != DW_OK)
            return "";
        bool rests = json_is_false(json_object_get(msg.head, "moves"));
        snprintf(said, sizeof said, "%s%s", msg.type, rests ? " rests" : "");
        dw_message_done(&msg);
    } while (strcmp(said, "progress") == 0);
    return said;
}

static void no_tray_moves_before_it_may_and_one_that_failed_is_not_said_to_rest(void)
{
    char folder[64];
    struct dw_child child = {.pidfd = -1};
    struct dw_error err = {0};
    test_folder(folder);
    begin(&child, folder, "/dev/null"); /* no drive: its tray does not come out */
    CHECK_STR(next(&child), "tray");
    CHECK_OK(dw_channel_send(child.channel, json_pack("{s:s}", "type", "tray"), NULL, 0, NULL, 0, PATIENCE_MS, &err),
             err);
    CHECK_STR(next(&child), "result");
    dw_child_done(&child);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_file_has_no_tray_to_ask_for(void)
{
    char folder[64], drive[96];
    struct dw_child child = {.pidfd = -1};
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(drive, sizeof drive, "stdio:%s/disc", folder);
    begin(&child, folder, drive);
    CHECK_STR(next(&child), "result");
    dw_child_done(&child);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(no_tray_moves_before_it_may_and_one_that_failed_is_not_said_to_rest), TEST(a_file_has_no_tray_to_ask_for))
