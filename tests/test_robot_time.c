/* A robot in virtual time (tests/robot_house.h): order of work, and death at any moment. */
#include "robot_house.h"

#include "base/random.h"
#include "robot/sim_machine.h"
#include "test.h"

#define MINUTE (60 * 1000000LL)
#define HOUR (60 * MINUTE)

static struct house h;

static uint32_t roll(const struct dw_random *random)
{
    uint32_t dice;
    dw_random_fill(random, &dice, sizeof dice);
    return dice;
}

/* --- killed at 500 moments --- */

static void order_some(const struct dw_random *random)
{
    static const char *const media[] = {"cd", "dvd"};
    for (int job = 1; job <= 4; job++) {
        struct house_row row = {.job = job, .of = roll(random) % 3 == 0 ? 2 : 1};
        row.media = media[roll(random) % 2];
        for (row.n = 1; row.n <= row.of; row.n++) {
            row.blocks = 20000 + roll(random) % 100000;
            house_order(&h, &row);
        }
    }
}

static void plan_death(const struct dw_random *random)
{
    uint32_t dice = roll(random);
    h.arm_goes_on = roll(random) % 4 == 0;
    h.dies_after_write = h.row_is_stored = roll(random) % 2;
    if (dice % 3 == 0)
        h.dies_us = house_now_us(&h) + roll(random) % (12 * MINUTE);
    else if (dice % 3 == 1)
        h.writes_left = (int)(roll(random) % 12);
    else
        h.requests_left = (int)(roll(random) % 16);
}

/* Returns the kills it took. */
static int live_and_die(uint32_t seed, int kills)
{
    struct dw_random_fixed fixed = {.counter = 0};
    memcpy(fixed.seed, &seed, sizeof seed);
    struct dw_random random = dw_random_from_fixed(&fixed);
    int died = 0, steps = 0;
    house_open(&h, &house_usual_times,
               "{\"drives\": 2, \"bins\": \"cd,dvd\", \"initial_discs\": 190, "
               "\"bin_capacity\": 200, \"output_capacity\": 200, \"reject_capacity\": 200}");
    h.retry_gone = true;
    order_some(&random);
    int wanted = h.rows;
    plan_death(&random);
    house_boot(&h);
    while (house_open_rows(&h) > 0 && steps++ < 200000) {
        bool lives = house_step(&h, INT64_MAX);
        if (h.dead && !lives) {
            house_kill(&h);
            if (++died < kills)
                plan_death(&random);
            house_boot(&h);
        } else if (!house_answer(&h, roll(&random)) && !lives) {
            break;
        }
    }
    CHECK_INT(house_open_rows(&h), 0);
    CHECK_INT(h.deliveries, wanted);
    CHECK_INT(h.sim->world.output.count, wanted);
    CHECK(house_is_clean(&h));
    if (!house_is_clean(&h) || house_open_rows(&h))
        fprintf(stderr, "seed %u, %d kills\n", seed, died);
    house_close(&h);
    return died;
}

static void killed_at_500_moments_no_disc_is_doubled_mislabelled_or_moved_from_nowhere(void)
{
    int died = 0;
    for (uint32_t seed = 1; died < 500 && seed < 1000; seed++)
        died += live_and_die(seed, 10);
    printf("  %d kills\n", died);
    CHECK(died >= 500);
}

/* --- what comes first --- */

#define MACHINE                                                                                    \
    "{\"drives\": %d, \"bins\": \"%s\", \"initial_discs\": %d, \"bin_capacity\": 200, "            \
    "\"output_capacity\": 200, \"reject_capacity\": 200}"

static void open_house(int drives, const char *bins, int discs)
{
    char options[200];
    snprintf(options, sizeof options, MACHINE, drives, bins, discs);
    house_open(&h, &house_usual_times, options);
}

static int place_of(int64_t disc)
{
    for (int i = 0; i < h.deliveries; i++) {
        if (h.delivered[i] == disc)
            return i;
    }
    return -1;
}

static void the_more_urgent_one_is_loaded_first_whatever_makes_the_queue_shorter(void)
{
    open_house(1, "cd", 50);
    for (int i = 0; i < 6; i++)
        house_order(&h, &(struct house_row){.job = i, .blocks = 300000, .band = 2, .priority = -i});
    struct house_row *urgent =
        house_order(&h, &(struct house_row){.job = 9, .blocks = 1000, .band = 5, .priority = 5});
    house_boot(&h);
    house_run(&h, INT64_MAX);
    CHECK_INT(place_of(urgent->disc), 0);
    house_close(&h);
}

static void the_longest_does_not_begin_last(void)
{
    open_house(2, "cd", 50);
    for (int i = 0; i < 8; i++)
        house_order(&h, &(struct house_row){.job = i, .blocks = 30000});
    struct house_row *large = house_order(&h, &(struct house_row){.job = 9, .blocks = 340000});
    house_boot(&h);
    house_run(&h, INT64_MAX);
    int before = 0;
    for (int i = 0; i < h.rows; i++)
        before += h.row[i].begin_us < large->begin_us;
    CHECK(before < 8);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

/* Others are preferred for a while, because they fit better; then it is its turn. */
static void nobody_is_passed_over_for_ever(void)
{
    open_house(2, "cd", 190);
    struct house_row *first = NULL;
    for (int i = 0; i < 150; i++) {
        struct house_row *row =
            house_order(&h, &(struct house_row){.job = i, .blocks = i == 20 ? 1000 : 340000});
        first = i == 20 ? row : first;
    }
    house_boot(&h);
    house_run(&h, INT64_MAX);
    int before = 0;
    for (int i = 0; i < h.rows; i++)
        before += h.row[i].begin_us < first->begin_us;
    CHECK(before <= 20 + 6);
    house_close(&h);
}

static void with_one_bin_empty_the_other_media_go_on(void)
{
    open_house(2, "cd,dvd", 3);
    for (int i = 0; i < 5; i++)
        house_order(&h, &(struct house_row){.job = i, .media = "cd"});
    struct house_row *dvd = house_order(&h, &(struct house_row){.job = 9, .media = "dvd"});
    house_boot(&h);
    house_run(&h, 2 * HOUR);
    CHECK_INT(dvd->state, DW_DISC_DELIVERED);
    CHECK_INT(h.deliveries, 4);
    CHECK(house_fault(&h, "bin_empty:cd") != NULL);
    struct dw_error err = {0};
    CHECK_OK(dw_station_refill(h.station, "bin 1", 10, "cd", NULL, &err), err);
    house_run(&h, 4 * HOUR);
    CHECK_INT(h.deliveries, 6);
    CHECK(!house_fault(&h, "bin_empty"));
    house_close(&h);
}

/* --- sets --- */

/* Consecutive, and in order. */
static void check_set(int64_t job, int64_t copy, int of)
{
    int first = -1, n = 0;
    for (int i = 0; i < h.deliveries; i++) {
        const struct house_row *row = house_row(&h, h.delivered[i]);
        if (row->job != job || row->copy != copy)
            continue;
        if (first < 0)
            first = i;
        CHECK_INT(i, first + n);
        CHECK_INT(row->n, ++n);
    }
    CHECK_INT(n, of);
}

static void order_set(int job, int copy, int of, const char *media, uint32_t blocks)
{
    for (int n = 1; n <= of; n++)
        house_order(&h, &(struct house_row){.job = job,
                                            .copy = copy,
                                            .volume = 100 * job + n,
                                            .n = n,
                                            .of = of,
                                            .media = media,
                                            .blocks = n == of ? blocks / 4 : blocks});
}

static void the_discs_of_a_set_come_out_together_and_in_order(void)
{
    for (int drives = 1; drives <= 4; drives++) {
        open_house(drives, "cd,dvd", 100);
        house_order(&h, &(struct house_row){.job = 1, .blocks = 300000});
        order_set(2, 1, 3, "dvd", 2000000);
        order_set(2, 2, 3, "dvd", 2000000);
        for (int i = 0; i < 6; i++)
            house_order(&h,
                        &(struct house_row){.job = 10 + i, .blocks = 20000 + 20000 * (uint32_t)i});
        order_set(3, 1, 6, "cd", 150000);
        house_order(&h, &(struct house_row){.job = 4, .blocks = 30000});
        house_boot(&h);
        house_run(&h, 100 * HOUR);
        CHECK_INT(h.deliveries, 20);
        check_set(2, 1, 3);
        check_set(2, 2, 3);
        check_set(3, 1, 6);
        CHECK(house_is_clean(&h));
        house_close(&h);
    }
}

/* Short discs would stand in their drive until the set is out. */
static void beside_a_set_that_leaves_a_drive_gets_what_is_done_behind_it(void)
{
    open_house(2, "dvd", 100);
    house_order(&h, &(struct house_row){.job = 1, .media = "dvd", .blocks = 100000});
    house_order(&h, &(struct house_row){.job = 2, .media = "dvd", .blocks = 1000000});
    for (int n = 1; n <= 2; n++)
        house_order(&h, &(struct house_row){.job = 3, .n = n, .of = 2, .media = "dvd", .blocks = 1000000});
    struct house_row *first[2] = {0}; /* a short one is the first in line behind the set, then a long one */
    for (int i = 0; i < 8; i++) {
        struct house_row *row = house_order(
            &h, &(struct house_row){.job = 4 + i, .media = "dvd", .blocks = i % 2 ? 1500000 : 50000});
        first[i % 2] = first[i % 2] ? first[i % 2] : row;
    }
    house_boot(&h);
    house_run(&h, 100 * HOUR);
    CHECK_INT(h.deliveries, 12);
    CHECK(first[1]->begin_us < first[0]->begin_us);
    CHECK(place_of(first[1]->disc) > place_of(4)); /* disc 4 is the set's last one */
    check_set(3, 1, 2);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

/* The first disc of a set is bad: its successor is awaited by the others. */
static void a_rejected_disc_of_a_set_is_awaited(void)
{
    for (int drives = 1; drives <= 3; drives++) {
        open_house(drives, "cd", 100);
        struct dw_error err = {0};
        house_order(&h, &(struct house_row){.job = 1, .blocks = 200000});
        order_set(2, 1, 4, "cd", 200000);
        order_set(3, 1, 2, "cd", 200000);
        for (int i = 0; i < 4; i++)
            house_order(&h, &(struct house_row){.job = 10 + i, .blocks = 30000});
        house_boot(&h);
        CHECK_OK(dw_station_inject(h.station, "drive_fail@1:10", &err), err);
        while (h.row[1].state != DW_DISC_BURNING && house_step(&h, HOUR))
            ;
        char plan[32];
        snprintf(plan, sizeof plan, "drive_fail@%d:10", h.row[1].drive);
        CHECK_OK(dw_station_inject(h.station, plan, &err), err);
        house_run(&h, 100 * HOUR);
        CHECK(h.rows > 11);
        CHECK_INT(h.deliveries, 11);
        check_set(2, 1, 4);
        check_set(3, 1, 2);
        CHECK(house_is_clean(&h));
        house_close(&h);
    }
}

/* Blanks for the rest of the set are used up: the others do not wait for somebody to bring some. */
static void a_set_that_cannot_go_on_lets_others_pass(void)
{
    open_house(2, "cd,dvd", 2);
    struct dw_error err = {0};
    order_set(1, 1, 3, "dvd", 1000000);
    struct house_row *other = house_order(&h, &(struct house_row){.job = 2});
    house_boot(&h);
    house_run(&h, 4 * HOUR);
    CHECK_INT(other->state, DW_DISC_DELIVERED);
    CHECK_INT(h.deliveries, 3);
    CHECK_OK(dw_station_refill(h.station, "bin 2", 10, "dvd", NULL, &err), err);
    house_run(&h, 8 * HOUR);
    CHECK_INT(h.deliveries, 4);
    house_close(&h);
}

static void a_drive_that_breaks_does_not_keep_the_others_of_a_set_in_their_drives(void)
{
    open_house(2, "cd", 100);
    struct dw_error err = {0};
    order_set(1, 1, 2, "cd", 100000);
    house_boot(&h);
    while ((h.row[0].state != DW_DISC_BURNING || h.row[1].state != DW_DISC_BURNING) && house_step(&h, HOUR))
        ;
    char plan[32];
    snprintf(plan, sizeof plan, "drive_hardware@%d", h.row[0].drive);
    CHECK_OK(dw_station_inject(h.station, plan, &err), err);
    house_run(&h, 4 * HOUR);
    CHECK(house_fault(&h, "drive_hardware") != NULL);
    CHECK_INT(h.deliveries, 2);
    house_close(&h);
}

static void a_drive_that_broke_is_not_awaited_by_the_discs_of_others(void)
{
    open_house(2, "cd", 100);
    struct dw_error err = {0};
    struct house_row *other = house_order(&h, &(struct house_row){.job = 1, .blocks = 340000});
    order_set(2, 1, 2, "cd", 20000);
    house_boot(&h);
    while (h.row[2].state != DW_DISC_BURNING && house_step(&h, HOUR))
        ;
    char plan[32];
    snprintf(plan, sizeof plan, "drive_hardware@%d", h.row[2].drive);
    CHECK_OK(dw_station_inject(h.station, plan, &err), err);
    house_run(&h, 4 * HOUR);
    CHECK(house_fault(&h, "drive_hardware") != NULL);
    CHECK_INT(other->state, DW_DISC_DELIVERED);
    CHECK_INT(h.deliveries, 3);
    house_close(&h);
}

/* Nothing else happens that would make the robot look once more. */
static void a_set_that_is_cancelled_keeps_nobody_waiting(void)
{
    open_house(1, "cd", 100);
    order_set(1, 1, 2, "cd", 100000);
    struct house_row *other = house_order(&h, &(struct house_row){.job = 2});
    house_boot(&h);
    dw_station_cancel(h.station, 1);
    dw_station_cancel(h.station, 2);
    house_run(&h, HOUR);
    CHECK_INT(h.row[0].state, DW_DISC_ABANDONED);
    CHECK_INT(other->state, DW_DISC_DELIVERED);
    house_close(&h);
}

/* --- the robot goes and comes --- */

static void order_four(void)
{
    open_house(2, "cd", 100);
    for (int i = 0; i < 4; i++)
        house_order(&h, &(struct house_row){.job = i});
    house_boot(&h);
}

static void a_robot_that_is_unplugged_and_plugged_in_again_goes_on(void)
{
    order_four();
    while (h.row[1].state != DW_DISC_BURNING && house_step(&h, HOUR))
        ;
    h.unplugged = true;
    house_run(&h, house_now_us(&h) + HOUR);
    CHECK_INT(h.deliveries, 0);
    CHECK_INT(h.faults, 1);
    CHECK(house_fault(&h, "robot_offline") != NULL);
    CHECK(h.raised <= 2);
    h.unplugged = false;
    house_run(&h, house_now_us(&h) + 2 * HOUR);
    CHECK_INT(h.deliveries, 4);
    CHECK_INT(h.faults, 0);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

static void a_robot_that_is_unplugged_with_nothing_loaded_keeps_its_queue(void)
{
    open_house(2, "cd", 100);
    house_boot(&h);
    (void)house_step(&h, MINUTE);
    h.unplugged = true;
    struct house_row *row = house_order(&h, &(struct house_row){.job = 1});
    house_run(&h, house_now_us(&h) + HOUR);
    CHECK_INT(row->state, DW_DISC_RESERVED);
    CHECK_INT(h.faults, 1);
    CHECK(house_fault(&h, "robot_offline") != NULL);
    h.unplugged = false;
    house_run(&h, house_now_us(&h) + HOUR);
    CHECK_INT(row->state, DW_DISC_DELIVERED);
    house_close(&h);
}

static bool pull_the_plug(void *ctx)
{
    const struct house *house = ctx;
    return house->sim->world.arm.serial != 0;
}

static void switched_off_in_the_middle_of_a_motion_one_question_is_asked(void)
{
    order_four();
    h.unplug_when = pull_the_plug;
    house_run(&h, house_now_us(&h) + HOUR);
    CHECK(h.unplugged);
    CHECK_INT(h.sim->world.arm.row, 1);
    CHECK_INT(h.row[0].state, DW_DISC_UNKNOWN);
    CHECK(house_fault(&h, "no_answer:1") != NULL);
    CHECK_INT(h.row[1].state, DW_DISC_RESERVED);
    h.unplugged = false;
    h.retry_gone = true;
    CHECK(house_answer(&h, 2));
    house_run(&h, house_now_us(&h) + 2 * HOUR);
    CHECK_INT(h.deliveries, 4);
    CHECK_INT(h.faults, 0);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

static void a_program_that_was_started_again_goes_on_with_its_queue(void)
{
    order_four();
    while (h.row[1].state != DW_DISC_BURNING && house_step(&h, HOUR))
        ;
    house_kill(&h);
    house_boot(&h);
    house_run(&h, house_now_us(&h) + 4 * HOUR);
    CHECK_INT(h.deliveries, 4);
    CHECK_INT(h.sim->world.reject.count, 2); /* those that were being burned */
    CHECK_INT(h.faults, 0);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

/* --- what will be used up --- */

static const json_t *forecast(const char *supply)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(h.status, "forecast"), i, row)
    {
        if (strcmp(dw_json_text(row, "supply"), supply) == 0)
            return row;
    }
    return NULL;
}

static void blanks_that_the_queue_will_use_up_are_told_before_they_are(void)
{
    open_house(2, "cd,dvd", 6);
    for (int i = 0; i < 10; i++)
        house_order(&h, &(struct house_row){.job = i});
    house_order(&h, &(struct house_row){.job = 20, .media = "dvd"});
    house_boot(&h);
    house_run(&h, house_now_us(&h) + 5 * MINUTE);
    CHECK(house_fault(&h, "blanks_low:cd") != NULL);
    CHECK(!house_fault(&h, "blanks_low:dvd"));
    const json_t *row = forecast("cd");
    CHECK(dw_json_int(row, "left", -1) > 0 && dw_json_int(row, "left", -1) < 6);
    CHECK(dw_json_int(row, "wanted", 0) > dw_json_int(row, "left", 0));
    int64_t told_us = house_now_us(&h) + dw_json_int(row, "minutes", -1) * MINUTE;
    CHECK_INT(dw_json_int(forecast("dvd"), "minutes", 0), -1);
    house_run(&h, house_now_us(&h) + 4 * HOUR);
    CHECK(house_fault(&h, "bin_empty:cd") != NULL && !house_fault(&h, "blanks_low"));
    int64_t last_us = 0;
    for (int i = 0; i < 10; i++)
        last_us = h.row[i].begin_us > last_us ? h.row[i].begin_us : last_us;
    int64_t wrong_us = told_us > last_us ? told_us - last_us : last_us - told_us;
    CHECK(wrong_us < 6 * MINUTE);
    struct dw_error err = {0};
    CHECK_OK(dw_station_refill(h.station, "bin 1", 20, "cd", NULL, &err), err);
    house_run(&h, house_now_us(&h) + 4 * HOUR);
    CHECK_INT(h.deliveries, 11);
    CHECK_INT(h.faults, 0);
    house_close(&h);
}

static void ink_that_will_not_last_is_told_once_it_is_known_how_far_it_goes(void)
{
    house_open(&h, &house_usual_times,
               "{\"drives\": 2, \"bins\": \"cd\", \"initial_discs\": 190, "
               "\"bin_capacity\": 200, \"output_capacity\": 200, \"ink_prints\": 30}");
    for (int i = 0; i < 60; i++)
        house_order(&h, &(struct house_row){.job = i, .blocks = 20000});
    house_boot(&h);
    while (h.deliveries < 5 && house_step(&h, INT64_MAX))
        ;
    const json_t *row = forecast("ink");
    CHECK(dw_json_int(row, "left", -1) >= 20 && dw_json_int(row, "left", -1) <= 30);
    CHECK(dw_json_int(row, "minutes", -1) > 0);
    CHECK(house_fault(&h, "ink_low") != NULL);
    house_close(&h);
}

/* --- a drive fails before its disc is full --- */

static void a_drive_that_fails_in_the_middle_of_a_burn_is_noticed_there(void)
{
    struct dw_error err = {0};
    open_house(1, "cd", 10);
    struct house_row *row = house_order(&h, &(struct house_row){.job = 1, .blocks = 300000});
    house_boot(&h);
    CHECK_OK(dw_station_inject(h.station, "drive_fail@1:100000", &err), err);
    house_run(&h, HOUR);
    int64_t whole_us = 1000 * house_task_ms(&h.times, "cd", "burn", row->blocks);
    CHECK_INT(row->state, DW_DISC_REJECTED);
    CHECK(row->end_us - row->begin_us < whole_us * 3 / 4);
    CHECK_INT(h.deliveries, 1);
    CHECK(house_is_clean(&h));
    house_close(&h);
}

TESTS(TEST(the_more_urgent_one_is_loaded_first_whatever_makes_the_queue_shorter),
      TEST(the_longest_does_not_begin_last), TEST(nobody_is_passed_over_for_ever),
      TEST(with_one_bin_empty_the_other_media_go_on),
      TEST(the_discs_of_a_set_come_out_together_and_in_order),
      TEST(beside_a_set_that_leaves_a_drive_gets_what_is_done_behind_it), TEST(a_rejected_disc_of_a_set_is_awaited),
      TEST(a_set_that_cannot_go_on_lets_others_pass),
      TEST(a_drive_that_breaks_does_not_keep_the_others_of_a_set_in_their_drives),
      TEST(a_drive_that_broke_is_not_awaited_by_the_discs_of_others),
      TEST(a_set_that_is_cancelled_keeps_nobody_waiting),
      TEST(a_robot_that_is_unplugged_and_plugged_in_again_goes_on),
      TEST(a_robot_that_is_unplugged_with_nothing_loaded_keeps_its_queue),
      TEST(switched_off_in_the_middle_of_a_motion_one_question_is_asked),
      TEST(a_program_that_was_started_again_goes_on_with_its_queue),
      TEST(blanks_that_the_queue_will_use_up_are_told_before_they_are),
      TEST(ink_that_will_not_last_is_told_once_it_is_known_how_far_it_goes),
      TEST(a_drive_that_fails_in_the_middle_of_a_burn_is_noticed_there),
      TEST(killed_at_500_moments_no_disc_is_doubled_mislabelled_or_moved_from_nowhere))
