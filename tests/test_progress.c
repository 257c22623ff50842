/* What a task tells of its disc, before anybody shows it. */
#include "robot/progress.h"

#include "base/channel.h"
#include "burn/drive/media.h"
#include "robot/publisher.h"
#include "test.h"

static bool read_text(const char *text, struct dw_progress *out)
{
    json_t *message = json_loads(text, 0, NULL);
    CHECK(message != NULL);
    bool good = dw_progress_read(message, out);
    json_decref(message);
    return good;
}

static void what_the_drive_tells_goes_on_unchanged(void)
{
    struct dw_progress p = {.stage = ""}, again = {.stage = ""};
    CHECK(read_text("{\"stage\": \"burning\", \"done\": 100, \"total\": 4000, \"speed_kbps\": 7040,"
                    " \"buffer_percent\": 97, \"left_s\": 65}",
                    &p));
    p.speed_1x_kbps = dw_media_1x_kbps(DW_MEDIA_CD);
    json_t *told = dw_publisher_progress(7, &p);
    CHECK_INT(dw_json_int(told, "disc", 0), 7);
    CHECK_STR(dw_json_text(told, "type"), "progress");
    CHECK(dw_progress_read(told, &again));
    CHECK_STR(again.stage, "burning");
    CHECK_INT(again.done_bytes, 100);
    CHECK_INT(again.total_bytes, 4000);
    CHECK_INT(again.speed_kbps, 7040);
    CHECK_INT(again.speed_1x_kbps, 176);
    CHECK_INT(again.buffer_percent, 97);
    CHECK_INT(again.left_s, 65);
    json_decref(told);
}

static void what_a_drive_does_not_tell_is_not_known(void)
{
    struct dw_progress p = {.speed_kbps = 1};
    CHECK(read_text("{\"stage\": \"close-tray\", \"done\": 0, \"total\": 1}", &p));
    CHECK_INT(p.speed_kbps, 0);
    CHECK_INT(p.speed_1x_kbps, 0);
    CHECK_INT(p.buffer_percent, -1);
    CHECK_INT(p.left_s, -1);
}

static void an_impossible_number_is_one_that_is_not_known(void)
{
    struct dw_progress p = {.stage = ""};
    CHECK(read_text("{\"stage\": \"burning\", \"done\": 1, \"total\": 2, \"speed_kbps\": 4294967297,"
                    " \"buffer_percent\": 101, \"left_s\": 9223372036854775807}",
                    &p));
    CHECK_INT(p.speed_kbps, 0);
    CHECK_INT(p.buffer_percent, -1);
    CHECK_INT(p.left_s, -1);
    CHECK(read_text("{\"stage\": \"burning\", \"done\": 1, \"total\": 2, \"speed_kbps\": -5,"
                    " \"buffer_percent\": -7, \"left_s\": \"soon\"}",
                    &p));
    CHECK_INT(p.speed_kbps, 0);
    CHECK_INT(p.buffer_percent, -1);
    CHECK_INT(p.left_s, -1);
}

static void more_done_than_there_is_is_not_told_on(void)
{
    static const char *const bad[] = {
        "{\"stage\": \"burning\", \"done\": 3, \"total\": 2}",
        "{\"stage\": \"burning\", \"done\": -1, \"total\": 2}",
        "{\"stage\": \"burning\", \"total\": 2}",
        "{\"stage\": \"burning\", \"done\": 1, \"total\": 1099511627777}",
        "{\"stage\": \"\", \"done\": 1, \"total\": 2}",
        "{\"stage\": \"<b>burning\", \"done\": 1, \"total\": 2}",
        "{\"stage\": \"a-stage-of-no-task-of-ours\", \"done\": 1, \"total\": 2}",
    };
    struct dw_progress p = {.buffer_percent = 42};
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK(!read_text(bad[i], &p));
    CHECK_INT(p.buffer_percent, 42);
}

TESTS(TEST(what_the_drive_tells_goes_on_unchanged), TEST(what_a_drive_does_not_tell_is_not_known),
      TEST(an_impossible_number_is_one_that_is_not_known),
      TEST(more_done_than_there_is_is_not_told_on))
