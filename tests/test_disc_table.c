#include "robot/disc.h"

#include "test.h"

static void every_state_and_event_name_is_read_back(void)
{
    for (int i = 0; i < DW_DISC_STATE_COUNT; i++)
        CHECK_INT(dw_disc_state_from_name(dw_disc_state_name((enum dw_disc_state)i)), i);
    for (int i = 0; i < DW_DISC_EVENT_COUNT; i++)
        CHECK_INT(dw_disc_event_from_name(dw_disc_event_name((enum dw_disc_event)i)), i);
    CHECK_INT(dw_disc_state_from_name("burnt"), -1);
    CHECK_INT(dw_disc_state_from_name(NULL), -1);
    CHECK_INT(dw_disc_event_from_name(""), -1);
    CHECK_INT(dw_disc_event_from_name(NULL), -1);
}

static enum dw_disc_state walk(const enum dw_disc_event *on, size_t count)
{
    enum dw_disc_state state = DW_DISC_RESERVED;
    struct dw_error err = {0};
    for (size_t i = 0; i < count; i++)
        CHECK_OK(dw_disc_next(state, on[i], &state, &err), err);
    return state;
}

static void a_good_disc_goes_the_whole_way(void)
{
    static const enum dw_disc_event way[] = {DW_DISC_EV_LOAD,    DW_DISC_EV_LOADED,
                                             DW_DISC_EV_BURNED,  DW_DISC_EV_VERIFIED,
                                             DW_DISC_EV_PRINTED, DW_DISC_EV_DELIVERED};
    CHECK_INT(walk(way, DW_ARRAY_LEN(way)), DW_DISC_DELIVERED);
}

static void a_bad_disc_is_rejected_only_once_it_is_out(void)
{
    static const enum dw_disc_event way[] = {DW_DISC_EV_LOAD, DW_DISC_EV_LOADED, DW_DISC_EV_BURNED,
                                             DW_DISC_EV_BAD_DISC, DW_DISC_EV_OUT};
    CHECK_INT(walk(way, 4), DW_DISC_REJECTING);
    CHECK_INT(walk(way, 5), DW_DISC_REJECTED);
}

static void nothing_is_delivered_but_by_verifying_and_printing(void)
{
    /* Every pair of the table: only two ways lead to delivered, and both come after the print. */
    for (int s = 0; s < DW_DISC_STATE_COUNT; s++) {
        for (int e = 0; e < DW_DISC_EVENT_COUNT; e++) {
            enum dw_disc_state to = DW_DISC_RESERVED;
            if (dw_disc_next((enum dw_disc_state)s, (enum dw_disc_event)e, &to, NULL) != DW_OK)
                continue;
            if (to == DW_DISC_DELIVERED)
                CHECK((s == DW_DISC_DELIVERING && e == DW_DISC_EV_DELIVERED) ||
                      (s == DW_DISC_UNKNOWN && e == DW_DISC_EV_FOUND_OUTPUT));
            if (to == DW_DISC_PRINTING)
                CHECK_INT(s, DW_DISC_VERIFYING);
            CHECK(!dw_disc_is_final((enum dw_disc_state)s));
        }
    }
}

static void a_pair_that_is_not_listed_is_refused_and_changes_nothing(void)
{
    enum dw_disc_state to = DW_DISC_PRINTING;
    struct dw_error err = {0};
    CHECK_INT(dw_disc_next(DW_DISC_BURNING, DW_DISC_EV_PRINTED, &to, &err), DW_ERR_CONFLICT);
    CHECK_INT(to, DW_DISC_PRINTING);
    CHECK_HAS(err.text, "burning");
}

static void after_a_restart_a_person_looks_wherever_an_arm_was_moving(void)
{
    for (int s = 0; s < DW_DISC_STATE_COUNT; s++) {
        enum dw_disc_state state = (enum dw_disc_state)s, after = dw_disc_after_restart(state);
        if (dw_disc_moves_arm(state))
            CHECK_INT(after, DW_DISC_UNKNOWN);
        if (dw_disc_is_final(state))
            CHECK_INT(after, state);
    }
    CHECK_INT(dw_disc_after_restart(DW_DISC_BURNING), DW_DISC_REJECTING);
    CHECK_INT(dw_disc_after_restart(DW_DISC_VERIFYING), DW_DISC_VERIFYING);
    CHECK_INT(dw_disc_after_restart(DW_DISC_RESERVED), DW_DISC_RESERVED);
}

static void a_moving_arm_can_always_end_in_doubt(void)
{
    for (int s = 0; s < DW_DISC_STATE_COUNT; s++) {
        enum dw_disc_state to = DW_DISC_RESERVED;
        if (!dw_disc_moves_arm((enum dw_disc_state)s))
            continue;
        CHECK_INT(dw_disc_next((enum dw_disc_state)s, DW_DISC_EV_IN_DOUBT, &to, NULL), DW_OK);
        CHECK_INT(to, DW_DISC_UNKNOWN);
    }
}

static void only_a_disc_on_its_way_out_counts_as_delivered_by_a_persons_word(void)
{
    enum dw_disc_event event;
    int drive;
    struct dw_error err = {0};
    CHECK_OK(dw_disc_answer(DW_DISC_DELIVERING, "output", &event, &drive, &err), err);
    CHECK_INT(event, DW_DISC_EV_FOUND_OUTPUT);
    CHECK_INT(dw_disc_answer(DW_DISC_PRINTING, "output", &event, &drive, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_disc_answer(DW_DISC_UNKNOWN, "output", &event, &drive, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_disc_answer(DW_DISC_LOADING, "output", &event, &drive, &err), DW_ERR_CONFLICT);
}

static void a_disc_found_in_a_drive_is_read_again_only_if_it_was_good(void)
{
    enum dw_disc_event event;
    int drive = 0;
    struct dw_error err = {0};
    CHECK_OK(dw_disc_answer(DW_DISC_PRINTING, "drive 2", &event, &drive, &err), err);
    CHECK_INT(event, DW_DISC_EV_FOUND_DRIVE);
    CHECK_INT(drive, 2);
    CHECK_OK(dw_disc_answer(DW_DISC_REJECTING, "drive 1", &event, &drive, &err), err);
    CHECK_INT(event, DW_DISC_EV_FOUND_BAD);
    CHECK_OK(dw_disc_answer(DW_DISC_LOADING, "drive 1", &event, &drive, &err), err);
    CHECK_INT(event, DW_DISC_EV_FOUND_BAD);
    CHECK_INT(dw_disc_answer(DW_DISC_PRINTING, "drive 0", &event, &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_disc_answer(DW_DISC_PRINTING, "drive 99", &event, &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_disc_answer(DW_DISC_PRINTING, "shelf", &event, &drive, &err), DW_ERR_INVALID);
    CHECK_INT(dw_disc_answer(DW_DISC_PRINTING, NULL, &event, &drive, &err), DW_ERR_INVALID);
}

TESTS(TEST(every_state_and_event_name_is_read_back), TEST(a_good_disc_goes_the_whole_way),
      TEST(a_bad_disc_is_rejected_only_once_it_is_out),
      TEST(nothing_is_delivered_but_by_verifying_and_printing),
      TEST(a_pair_that_is_not_listed_is_refused_and_changes_nothing),
      TEST(after_a_restart_a_person_looks_wherever_an_arm_was_moving),
      TEST(a_moving_arm_can_always_end_in_doubt),
      TEST(only_a_disc_on_its_way_out_counts_as_delivered_by_a_persons_word),
      TEST(a_disc_found_in_a_drive_is_read_again_only_if_it_was_good))
