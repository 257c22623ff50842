#include "burn/drive/meter.h"

#include "tests/test.h"

static void nothing_is_said_before_two_points_are_known(void)
{
    struct dw_meter meter = {0};
    CHECK_INT(dw_meter_kbps(&meter), 0);
    CHECK_INT(dw_meter_left_s(&meter, 1000), -1);
    dw_meter_add(&meter, 1000000, 0);
    CHECK_INT(dw_meter_left_s(&meter, 1000), -1);
}

static void a_steady_speed_is_told_with_the_time_that_is_left(void)
{
    struct dw_meter meter = {0};
    for (int64_t i = 0; i < 100; i++)
        dw_meter_add(&meter, i * 100000, (uint64_t)i * 500000); /* 5 MB a second */
    CHECK_INT(dw_meter_kbps(&meter), 5000);
    CHECK_INT(dw_meter_left_s(&meter, 50000000), 10);
    CHECK_INT(dw_meter_left_s(&meter, 50000001), 11);
}

static void what_was_long_ago_does_not_count(void)
{
    struct dw_meter meter = {0};
    uint64_t bytes = 0;
    for (int64_t s = 0; s < 100; s++) {
        bytes += s < 50 ? 9000000 : 1000000;
        dw_meter_add(&meter, s * 1000000, bytes);
    }
    CHECK_INT(dw_meter_kbps(&meter), 1000);
}

static void a_drive_that_stands_still_has_no_end(void)
{
    struct dw_meter meter = {0};
    for (int64_t s = 0; s < 30; s++)
        dw_meter_add(&meter, s * 1000000, 4096);
    CHECK_INT(dw_meter_kbps(&meter), 0);
    CHECK_INT(dw_meter_left_s(&meter, 1), -1);
}

TESTS(TEST(nothing_is_said_before_two_points_are_known), TEST(a_steady_speed_is_told_with_the_time_that_is_left),
      TEST(what_was_long_ago_does_not_count), TEST(a_drive_that_stands_still_has_no_end))
