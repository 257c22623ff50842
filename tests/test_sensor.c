/* What a drive's answers mean, and files that play drives. */
#include "burn/drive/sensor.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/limits.h"
#include "test.h"

static struct dw_sensor_answers answers(unsigned profile, unsigned status, uint32_t free_blocks)
{
    struct dw_sensor_answers a = {
        .configuration = {[6] = (uint8_t)(profile >> 8), [7] = (uint8_t)profile},
        .information = {[2] = (uint8_t)status},
        .track = {[16] = (uint8_t)(free_blocks >> 24), [17] = (uint8_t)(free_blocks >> 16),
                  [18] = (uint8_t)(free_blocks >> 8), [19] = (uint8_t)free_blocks},
        .configuration_size = 8,
        .information_size = 34,
        .track_size = 36,
    };
    return a;
}

static void blanks_are_told_apart_by_profile_and_size(void)
{
    static const struct {
        unsigned profile;
        uint32_t blocks;
        const char *name;
    } rows[] = {
        {0x09, 359847, "cd"},      {0x0A, 336225, "cd"},       {0x11, 2298496, "dvd"},
        {0x1B, 2295104, "dvd"},    {0x15, 4171712, "dvd-dl"},  {0x2B, 4173824, "dvd-dl"},
        {0x41, 12219392, "bd"},    {0x41, 11826176, "bd"},     {0x41, 24438784, "bd-50"},
        {0x41, 23652352, "bd-50"}, {0x41, 48878592, "bd-100"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct dw_sensor_answers a = answers(rows[i].profile, 0, rows[i].blocks);
        struct dw_seen seen = dw_sensor_understand(&a, 0);
        CHECK_INT(seen.state, DW_SEEN_BLANK);
        CHECK_STR(seen.blank ? seen.blank->name : NULL, rows[i].name);
        CHECK_INT(seen.free_bytes, (uint64_t)rows[i].blocks * DW_BLOCK_SIZE);
    }
}

static void a_drive_that_tells_no_size_is_believed_by_its_profile(void)
{
    struct dw_sensor_answers a = answers(0x2B, 0, 0);
    a.track_size = 0;
    struct dw_seen seen = dw_sensor_understand(&a, 0);
    CHECK_INT(seen.state, DW_SEEN_BLANK);
    CHECK_STR(seen.blank ? seen.blank->name : NULL, "dvd-dl");
    CHECK_INT(seen.free_bytes, 0);
}

static void a_formatted_bd_r_is_blank_until_its_first_block(void)
{
    struct dw_sensor_answers a = answers(0x41, 1, 11826176);
    a.information[4] = 1;
    a.track[7] = 1;
    CHECK_INT(dw_sensor_understand(&a, 0).state, DW_SEEN_BLANK);
    a.track[15] = 32; /* the next address to write */
    CHECK_INT(dw_sensor_understand(&a, 0).state, DW_SEEN_WRITTEN);
    a.track[15] = 0;
    a.information[2] = 5; /* its session is no longer empty */
    CHECK_INT(dw_sensor_understand(&a, 0).state, DW_SEEN_WRITTEN);
}

static void what_somebody_wrote_is_no_blank(void)
{
    struct dw_sensor_answers appendable = answers(0x09, 1, 100000), full = answers(0x1B, 2, 0),
                             rom = answers(0x10, 2, 0);
    CHECK_INT(dw_sensor_understand(&appendable, 0).state, DW_SEEN_WRITTEN);
    CHECK_INT(dw_sensor_understand(&full, 0).state, DW_SEEN_WRITTEN);
    CHECK_INT(dw_sensor_understand(&rom, 1).state, DW_SEEN_WRITTEN);
}

static void a_rewritable_disc_is_blank_as_long_as_no_volume_lies_on_it(void)
{
    struct dw_sensor_answers plus_rw = answers(0x1A, 2, 2295104), re = answers(0x43, 2, 11826176);
    CHECK_INT(dw_sensor_understand(&plus_rw, 0).state, DW_SEEN_BLANK);
    CHECK_INT(dw_sensor_understand(&plus_rw, 1).state, DW_SEEN_WRITTEN);
    CHECK_STR(dw_sensor_understand(&re, 0).blank->name, "bd");
}

static void a_disc_of_another_kind_is_strange_and_a_silent_drive_is_not_guessed_about(void)
{
    struct dw_sensor_answers hd_dvd = answers(0x51, 0, 0), silent = answers(0x09, 0, 0);
    silent.information_size = 0;
    CHECK_INT(dw_sensor_understand(&hd_dvd, 0).state, DW_SEEN_STRANGE);
    CHECK_INT(dw_sensor_understand(&silent, 0).state, DW_SEEN_UNKNOWN);
}

static void a_file_plays_a_drive(void)
{
    char folder[64], path[96], address[112];
    struct dw_error err = {0};
    struct dw_seen seen = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/disc", folder);
    snprintf(address, sizeof address, "stdio:%s", path);
    CHECK_OK(dw_sensor_look(address, &seen, &err), err);
    CHECK_INT(seen.state, DW_SEEN_EMPTY);
    CHECK_OK(dw_file_save(NULL, path, "", 0, &err), err);
    CHECK_OK(dw_sensor_look(address, &seen, &err), err);
    CHECK_INT(seen.state, DW_SEEN_BLANK);
    CHECK(seen.blank == NULL);
    CHECK_OK(dw_file_save(NULL, path, "x", 1, &err), err);
    CHECK_OK(dw_sensor_look(address, &seen, &err), err);
    CHECK_INT(seen.state, DW_SEEN_WRITTEN);
    CHECK(seen.volume == 0);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

/* Discs that differ in one byte have different volumes, and one disc always the same. */
static void are_told_apart(const char *path, char *disc, size_t size, size_t byte)
{
    char address[112];
    uint64_t volume[3];
    struct dw_error err = {0};
    struct dw_seen seen = {0};
    snprintf(address, sizeof address, "stdio:%s", path);
    for (int i = 0; i < 3; i++) {
        disc[byte] = (char)(i == 1);
        CHECK_OK(dw_file_save(NULL, path, disc, size, &err), err);
        CHECK_OK(dw_sensor_look(address, &seen, &err), err);
        volume[i] = seen.volume;
    }
    CHECK(volume[0] != 0 && volume[0] == volume[2] && volume[0] != volume[1]);
}

static void two_discs_are_told_apart_by_their_volume_descriptors(void)
{
    static char disc[17 * DW_BLOCK_SIZE];
    char folder[64], path[96];
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/disc", folder);
    memcpy(disc + 16 * DW_BLOCK_SIZE, "\1CD001\1", 7);
    are_told_apart(path, disc, sizeof disc, sizeof disc - 1);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

/* A Blu-ray disc is UDF alone: its first blocks are those of every other one. */
static void two_discs_of_udf_alone_are_told_apart_too(void)
{
    static char disc[260 * DW_BLOCK_SIZE];
    char folder[64], path[96], address[112];
    struct dw_error err = {0};
    struct dw_seen seen = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/disc", folder);
    snprintf(address, sizeof address, "stdio:%s", path);
    memcpy(disc + 16 * DW_BLOCK_SIZE, "\0BEA01\1", 7);
    char *anchor = disc + 256 * DW_BLOCK_SIZE;
    anchor[0] = 2;
    anchor[17] = 2 * DW_BLOCK_SIZE / 256; /* bytes of the sequence */
    anchor[20] = 32;                      /* where it begins */
    are_told_apart(path, disc, sizeof disc, 33 * DW_BLOCK_SIZE + 72);
    CHECK_OK(dw_file_save(NULL, path, disc, 256 * DW_BLOCK_SIZE, &err), err); /* and its anchor cannot be read */
    CHECK_OK(dw_sensor_look(address, &seen, &err), err);
    CHECK(seen.state == DW_SEEN_WRITTEN && seen.volume == 0);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_drive_that_is_not_there_is_an_error(void)
{
    struct dw_error err = {0};
    struct dw_seen seen = {.state = DW_SEEN_BUSY};
    CHECK_INT(dw_sensor_look("/dev/nonexistent-drive", &seen, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(seen.state, DW_SEEN_BUSY);
    CHECK_INT(dw_sensor_look("serial:of-no-drive", &seen, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "'serial:of-no-drive' is not plugged in");
}

TESTS(TEST(blanks_are_told_apart_by_profile_and_size),
      TEST(a_drive_that_tells_no_size_is_believed_by_its_profile),
      TEST(a_formatted_bd_r_is_blank_until_its_first_block), TEST(what_somebody_wrote_is_no_blank),
      TEST(a_rewritable_disc_is_blank_as_long_as_no_volume_lies_on_it),
      TEST(a_disc_of_another_kind_is_strange_and_a_silent_drive_is_not_guessed_about),
      TEST(a_file_plays_a_drive),
      TEST(two_discs_are_told_apart_by_their_volume_descriptors),
      TEST(two_discs_of_udf_alone_are_told_apart_too),
      TEST(a_drive_that_is_not_there_is_an_error))
