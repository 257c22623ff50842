#include "robot/scheduler.h"

#include "base/error.h"
#include "test.h"

static const struct dw_sched_times usual = {
    .load_ms = 14000, .unload_ms = 14000, .deliver_ms = 8000, .reject_ms = 14000};

static struct dw_sched_view two_drives(int waiting)
{
    return (struct dw_sched_view){.drives = 2,
                                  .drive = {{DW_SCHED_DRIVE_EMPTY, -1}, {DW_SCHED_DRIVE_EMPTY, -1}},
                                  .printer = DW_SCHED_PRINTER_EMPTY,
                                  .printer_left_ms = -1,
                                  .waiting = waiting,
                                  .output_room = true,
                                  .reject_room = true,
                                  .times = usual};
}

static void nothing_to_do_is_nothing(void)
{
    struct dw_sched_view view = two_drives(0);
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
    view.drive[0].state = view.drive[1].state = DW_SCHED_DRIVE_WORKING;
    view.waiting = 5;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
}

static void both_drives_are_filled_one_after_the_other(void)
{
    struct dw_sched_view view = two_drives(2);
    struct dw_sched_action action = dw_sched_next(&view);
    CHECK_INT(action.kind, DW_SCHED_LOAD);
    CHECK_INT(action.drive, 1);
    view.drive[0].state = DW_SCHED_DRIVE_WORKING;
    action = dw_sched_next(&view);
    CHECK_INT(action.kind, DW_SCHED_LOAD);
    CHECK_INT(action.drive, 2);
}

static void only_a_good_disc_goes_to_the_printer(void)
{
    struct dw_sched_view view = two_drives(0);
    view.drive[0].state = DW_SCHED_DRIVE_WORKING; /* not verified yet */
    view.drive[1].state = DW_SCHED_DRIVE_BAD;
    struct dw_sched_action action = dw_sched_next(&view);
    CHECK_INT(action.kind, DW_SCHED_REJECT);
    CHECK_INT(action.drive, 2);
    view.drive[1].state = DW_SCHED_DRIVE_READY;
    action = dw_sched_next(&view);
    CHECK_INT(action.kind, DW_SCHED_PRINT);
    CHECK_INT(action.drive, 2);
}

static void the_printer_takes_one_disc_at_a_time(void)
{
    struct dw_sched_view view = two_drives(0);
    view.drive[0].state = DW_SCHED_DRIVE_READY;
    view.printer = DW_SCHED_PRINTER_WORKING;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
    view.printer = DW_SCHED_PRINTER_DONE;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_DELIVER);
}

static void a_finished_disc_goes_out_first_when_nothing_else_waits(void)
{
    struct dw_sched_view view = two_drives(0);
    view.printer = DW_SCHED_PRINTER_DONE;
    view.drive[1].state = DW_SCHED_DRIVE_BAD;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_DELIVER);
}

static void full_bins_and_blocked_places_are_left_alone(void)
{
    struct dw_sched_view view = two_drives(0);
    view.printer = DW_SCHED_PRINTER_DONE;
    view.output_room = false;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
    view = two_drives(0);
    view.drive[0].state = DW_SCHED_DRIVE_BAD;
    view.reject_room = false;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
    view = two_drives(3);
    view.drive[0].state = view.drive[1].state = DW_SCHED_DRIVE_BLOCKED;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
}

static void without_a_printer_a_good_disc_goes_straight_out(void)
{
    struct dw_sched_view view = two_drives(0);
    view.no_printer = true;
    view.printer = DW_SCHED_PRINTER_BLOCKED;
    view.drive[0].state = DW_SCHED_DRIVE_READY;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_PRINT);
    view.output_room = false;
    CHECK_INT(dw_sched_next(&view).kind, DW_SCHED_NOTHING);
}

/* --- which disc --- */

static void the_first_in_line_is_loaded_and_equals_keep_their_order(void)
{
    struct dw_sched_view view = two_drives(3);
    struct dw_sched_waiting waiting[] = {{.priority = 1, .band = 1, .work_ms = 100000},
                                         {.priority = 2, .band = 2, .work_ms = 100000},
                                         {.priority = 2, .band = 2, .work_ms = 100000}};
    CHECK_INT(dw_sched_pick(&view, waiting, 3), 1);
}

static void the_discs_of_a_begun_set_come_before_all_others_but_more_urgent_ones(void)
{
    struct dw_sched_view view = two_drives(4);
    struct dw_sched_waiting waiting[] = {
        {.priority = 9, .band = 3, .work_ms = 100000},
        {.priority = 5, .band = 2, .work_ms = 100000, .set = DW_SCHED_SET_BEGUN},
        {.priority = 4, .band = 2, .work_ms = 100000, .set = DW_SCHED_SET_NEXT},
        {.priority = 10, .band = 3, .work_ms = 100000, .set = DW_SCHED_SET_LATER}};
    CHECK_INT(dw_sched_pick(&view, waiting, 4), 2); /* drives stand full until this one is out */
    waiting[2].set = DW_SCHED_SET_LATER;
    CHECK_INT(dw_sched_pick(&view, waiting, 4), 0);
    waiting[0].band = 2;
    CHECK_INT(dw_sched_pick(&view, waiting, 4), 1);
}

static void towards_the_end_the_longest_of_the_band_begins(void)
{
    struct dw_sched_view view = two_drives(3);
    struct dw_sched_waiting waiting[] = {{.priority = 3, .band = 1, .work_ms = 100000},
                                         {.priority = 2, .band = 1, .work_ms = 900000},
                                         {.priority = 1, .band = 0, .work_ms = 950000}};
    CHECK_INT(dw_sched_pick(&view, waiting, 3), 1);
}

static void a_disc_that_will_not_be_done_at_the_same_time_as_another_is_preferred_for_a_while(void)
{
    struct dw_sched_view view = two_drives(12);
    struct dw_sched_waiting waiting[12];
    view.times.print_ms = 60000;
    view.drive[0].state = DW_SCHED_DRIVE_WORKING;
    view.drive[0].left_ms = 214000;
    for (int i = 0; i < 12; i++)
        waiting[i] = (struct dw_sched_waiting){.work_ms = i == 1 ? 320000 : 200000};
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 1);
    waiting[0].passed_over = 2 * view.drives;
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 0);
}

static void a_disc_that_would_be_done_while_a_set_leaves_is_passed_over_for_one_that_is_done_behind_it(void)
{
    struct dw_sched_view view = two_drives(12);
    struct dw_sched_waiting waiting[12];
    view.drive[0].state = DW_SCHED_DRIVE_WORKING; /* the last disc of the set */
    view.drive[0].left_ms = 600000;
    view.spans = 1;
    view.span[0] = (struct dw_sched_span){.from_ms = 0, .until_ms = 600000};
    for (int i = 0; i < 12; i++)
        waiting[i] = (struct dw_sched_waiting){.work_ms = i == 3 ? 700000 : 200000};
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 3);
    view.span[0].from_ms = 300000; /* it begins to leave when the first in line is out */
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 0);
    view.span[0].from_ms = 100000;
    view.span[1] = (struct dw_sched_span){.from_ms = 600000, .until_ms = 900000}; /* another set follows it */
    view.spans = 2;
    for (int i = 0; i < 12; i++)
        waiting[i].work_ms = i == 3 ? 700000 : i == 5 ? 900000 : 200000;
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 5);
    waiting[0].passed_over = 2 * view.drives;
    CHECK_INT(dw_sched_pick(&view, waiting, 12), 0);
}

/* --- a whole run in virtual time --- */

struct run {
    int drives, discs;
    int64_t burn_ms[2], print_ms; /* discs alternate between two sizes */
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A machine with exact times, one arm; returns when the last disc lies in the output bin. */
static int64_t makespan(const struct run *run)
{
    struct dw_sched_view view = two_drives(run->discs);
    int64_t now = 0, done_at[DW_ROBOT_DRIVES_MAX] = {0}, printed_at = 0;
    int delivered = 0, loaded = 0;
    view.drives = run->drives;
    for (int i = 0; i < run->drives; i++)
        view.drive[i].state = DW_SCHED_DRIVE_EMPTY;
    while (delivered < run->discs && now < INT64_MAX / 2) {
        struct dw_sched_action action = dw_sched_next(&view);
        int64_t step = action.kind == DW_SCHED_LOAD      ? usual.load_ms
                       : action.kind == DW_SCHED_PRINT   ? usual.unload_ms
                       : action.kind == DW_SCHED_DELIVER ? usual.deliver_ms
                                                         : 0;
        if (step == 0) { /* until something ends */
            int64_t next = INT64_MAX;
            for (int i = 0; i < run->drives; i++) {
                if (view.drive[i].state == DW_SCHED_DRIVE_WORKING && done_at[i] < next)
                    next = done_at[i];
            }
            if (view.printer == DW_SCHED_PRINTER_WORKING && printed_at < next)
                next = printed_at;
            if (next == INT64_MAX)
                return INT64_MAX; /* nothing goes on and nothing ends */
            now = next;
        }
        now += step;
        if (action.kind == DW_SCHED_LOAD) {
            view.drive[action.drive - 1].state = DW_SCHED_DRIVE_WORKING;
            done_at[action.drive - 1] = now + run->burn_ms[loaded++ % 2];
            view.waiting--;
        } else if (action.kind == DW_SCHED_PRINT) {
            view.drive[action.drive - 1].state = DW_SCHED_DRIVE_EMPTY;
            view.printer = DW_SCHED_PRINTER_WORKING;
            printed_at = now + run->print_ms;
        } else if (action.kind == DW_SCHED_DELIVER) {
            view.printer = DW_SCHED_PRINTER_EMPTY;
            delivered++;
        }
        for (int i = 0; i < run->drives; i++) {
            view.drive[i].left_ms = done_at[i] - now;
            if (view.drive[i].state == DW_SCHED_DRIVE_WORKING && done_at[i] <= now)
                view.drive[i].state = DW_SCHED_DRIVE_READY;
        }
        view.printer_left_ms = printed_at - now;
        if (view.printer == DW_SCHED_PRINTER_WORKING && printed_at <= now)
            view.printer = DW_SCHED_PRINTER_DONE;
    }
    return now;
}

/* No schedule can be shorter: what the drives, the arm or the printer alone need. */
static int64_t bound(const struct run *run)
{
    int64_t n = run->discs, burns = (n + 1) / 2 * run->burn_ms[0] + n / 2 * run->burn_ms[1];
    int64_t shortest = run->burn_ms[0] < run->burn_ms[1] ? run->burn_ms[0] : run->burn_ms[1];
    int64_t tail = run->print_ms + usual.deliver_ms;
    int64_t drives = (n * (usual.load_ms + usual.unload_ms) + burns) / run->drives + tail;
    int64_t arm = n * (usual.load_ms + usual.unload_ms + usual.deliver_ms);
    int64_t printer =
        usual.load_ms + shortest + n * (usual.unload_ms + run->print_ms + usual.deliver_ms);
    return later(drives, later(arm, printer));
}

static void many_discs_take_little_longer_than_the_best_possible(void)
{
    static const struct run runs[] = {
        {.drives = 2, .discs = 40, .burn_ms = {240000, 240000}, .print_ms = 30000},
        {.drives = 2, .discs = 41, .burn_ms = {180000, 600000}, .print_ms = 45000},
        {.drives = 1, .discs = 20, .burn_ms = {240000, 300000}, .print_ms = 30000},
        {.drives = 4, .discs = 80, .burn_ms = {240000, 200000}, .print_ms = 30000},
        {.drives = 2,
         .discs = 40,
         .burn_ms = {20000, 20000},
         .print_ms = 60000}, /* printer-bound */
        {.drives = 8, .discs = 80, .burn_ms = {120000, 120000}, .print_ms = 5000}, /* arm-bound */
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(runs); i++) {
        int64_t took = makespan(&runs[i]), best = bound(&runs[i]);
        printf("  %d drives, %d discs: %lld s, bound %lld s, ratio %.3f\n", runs[i].drives,
               runs[i].discs, (long long)(took / 1000), (long long)(best / 1000),
               (double)took / (double)best);
        CHECK(took >= best);
        CHECK(took <= best + best / 8);
    }
}

TESTS(TEST(nothing_to_do_is_nothing), TEST(both_drives_are_filled_one_after_the_other),
      TEST(only_a_good_disc_goes_to_the_printer), TEST(the_printer_takes_one_disc_at_a_time),
      TEST(a_finished_disc_goes_out_first_when_nothing_else_waits),
      TEST(full_bins_and_blocked_places_are_left_alone),
      TEST(without_a_printer_a_good_disc_goes_straight_out),
      TEST(the_first_in_line_is_loaded_and_equals_keep_their_order),
      TEST(the_discs_of_a_begun_set_come_before_all_others_but_more_urgent_ones),
      TEST(towards_the_end_the_longest_of_the_band_begins),
      TEST(a_disc_that_will_not_be_done_at_the_same_time_as_another_is_preferred_for_a_while),
      TEST(a_disc_that_would_be_done_while_a_set_leaves_is_passed_over_for_one_that_is_done_behind_it),
      TEST(many_discs_take_little_longer_than_the_best_possible))
