#include "robot/ptburn/follow.h"

#include "test.h"

static struct dw_ptburn_job_status status(enum dw_ptburn_doing doing, enum dw_ptburn_job_state state, int good, int bad)
{
    return (struct dw_ptburn_job_status){.doing = doing, .state = state, .good = good, .bad = bad, .drive = -1,
                                         .drive_state = -1, .drive_percent = -1};
}

static void a_file_of_a_job_is_known_by_its_ending_whatever_the_case(void)
{
    char stem[DW_PTBURN_STEM_MAX];
    enum dw_ptburn_file file;
    CHECK(dw_ptburn_file_read("DWa-1.qrj", stem, &file));
    CHECK_STR(stem, "DWa-1");
    CHECK_INT(file, DW_PTBURN_FILE_QUEUED);
    CHECK(dw_ptburn_file_read("x.ABT", stem, &file));
    CHECK_INT(file, DW_PTBURN_FILE_ERROR);
    CHECK(!dw_ptburn_file_read("x.STP", stem, &file));
    CHECK(!dw_ptburn_file_read(".JRQ", stem, &file));
    CHECK(!dw_ptburn_file_read("0123456789012345678901234567890.JRQ", stem, &file));
}

static void success_is_only_what_file_state_and_count_agree_upon(void)
{
    for (int file = 0; file < DW_PTBURN_FILE_COUNT; file++) {
        for (int doing = -1; doing <= 18; doing++) {
            for (int state = -1; state <= 4; state++) {
                for (int good = -1; good <= 2; good++) {
                    struct dw_ptburn_job_status s =
                        status((enum dw_ptburn_doing)doing, (enum dw_ptburn_job_state)state, good, 0);
                    bool agree = file == DW_PTBURN_FILE_DONE && good == 1 &&
                                 (doing == DW_PTBURN_COMPLETE || state == DW_PTBURN_JOB_COMPLETED) &&
                                 doing != DW_PTBURN_FAILED && doing != DW_PTBURN_ABORTED && state != DW_PTBURN_JOB_FAILED;
                    CHECK_INT(dw_ptburn_outcome((enum dw_ptburn_file)file, &s) == DW_PTBURN_GOOD, agree);
                    CHECK(dw_ptburn_outcome_at_last((enum dw_ptburn_file)file, &s) != DW_PTBURN_GOOD);
                }
            }
        }
        CHECK(dw_ptburn_outcome((enum dw_ptburn_file)file, NULL) != DW_PTBURN_GOOD);
    }
}

static void what_has_ended_without_a_word_is_looked_at_again_and_then_a_person_is_asked(void)
{
    struct dw_ptburn_job_status failed = status(DW_PTBURN_FAILED, DW_PTBURN_JOB_FAILED, 0, 3);
    struct dw_ptburn_job_status stopped = status(DW_PTBURN_ABORTED, DW_PTBURN_JOB_FAILED, 0, 0);
    struct dw_ptburn_job_status running = status(DW_PTBURN_RECORDING, DW_PTBURN_JOB_RUNNING, 0, 0);
    struct dw_ptburn_job_status short_of_one = status(DW_PTBURN_COMPLETE, DW_PTBURN_JOB_COMPLETED, 0, 1);
    struct dw_ptburn_job_status both = status(DW_PTBURN_FAILED, DW_PTBURN_JOB_FAILED, 1, 0);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_ERROR, &failed), DW_PTBURN_BAD);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_ERROR, &stopped), DW_PTBURN_STOPPED);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_DONE, &short_of_one), DW_PTBURN_BAD);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_STAGED, NULL), DW_PTBURN_NOT_SUBMITTED);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_RUNNING, &failed), DW_PTBURN_OPEN); /* the file is renamed in a moment */
    /* status late or gone */
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_ERROR, &running), DW_PTBURN_UNCLEAR);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_ERROR, &running), DW_PTBURN_BAD);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_ERROR, &both), DW_PTBURN_UNCLEAR);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_ERROR, &both), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_DONE, NULL), DW_PTBURN_UNCLEAR);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_DONE, NULL), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_DONE, &running), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_outcome(DW_PTBURN_FILE_NONE, NULL), DW_PTBURN_UNCLEAR);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_NONE, NULL), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_outcome_at_last(DW_PTBURN_FILE_NONE, &failed), DW_PTBURN_BAD);
}

static enum dw_ptburn_stage after(const enum dw_ptburn_doing *doings, size_t count, struct dw_ptburn_follow *follow)
{
    *follow = (struct dw_ptburn_follow){0};
    for (size_t i = 0; i < count; i++) {
        struct dw_ptburn_job_status s = status(doings[i], DW_PTBURN_JOB_RUNNING, 0, 0);
        dw_ptburn_follow_step(follow, &s);
    }
    return follow->reached;
}

static void a_disc_is_called_verified_only_when_it_was_seen_being_verified(void)
{
    static const enum dw_ptburn_doing usual[] = {DW_PTBURN_LOADING, DW_PTBURN_RECORDING,  DW_PTBURN_FINISHING,
                                                 DW_PTBURN_VERIFYING, DW_PTBURN_UNLOADING, DW_PTBURN_PRINTING,
                                                 DW_PTBURN_UNLOADING};
    static const enum dw_ptburn_doing print_first[] = {DW_PTBURN_LOADING, DW_PTBURN_PRINTING, DW_PTBURN_RECORDING,
                                                       DW_PTBURN_UNLOADING};
    static const enum dw_ptburn_doing second_blank[] = {DW_PTBURN_RECORDING, DW_PTBURN_VERIFYING, DW_PTBURN_REJECTING,
                                                        DW_PTBURN_LOADING,   DW_PTBURN_PRINTING};
    struct dw_ptburn_follow follow;
    CHECK_INT(after(usual, 4, &follow), DW_PTBURN_STAGE_VERIFYING);
    CHECK_INT(after(usual, 5, &follow), DW_PTBURN_STAGE_VERIFYING); /* out of the drive, not yet printed */
    CHECK_INT(after(usual, 7, &follow), DW_PTBURN_STAGE_DELIVERING);
    CHECK_INT(after(print_first, 4, &follow), DW_PTBURN_STAGE_BURNING);
    CHECK_INT(after(second_blank, 5, &follow), DW_PTBURN_STAGE_VERIFYING);
    CHECK_INT(follow.now, DW_PTBURN_STAGE_QUEUED);
}

static void a_disc_that_is_begun_anew_when_it_was_on_its_way_out_is_looked_for_by_a_person(void)
{
    static const enum dw_ptburn_doing made[] = {DW_PTBURN_RECORDING, DW_PTBURN_VERIFYING, DW_PTBURN_PRINTING,
                                                DW_PTBURN_UNLOADING, DW_PTBURN_LOADING};
    static const enum dw_ptburn_doing rejected[] = {DW_PTBURN_RECORDING, DW_PTBURN_VERIFYING, DW_PTBURN_PRINTING,
                                                    DW_PTBURN_UNLOADING, DW_PTBURN_REJECTING, DW_PTBURN_LOADING};
    struct dw_ptburn_follow follow;
    after(made, 4, &follow);
    CHECK(!follow.again);
    CHECK_INT(dw_ptburn_outcome_followed(DW_PTBURN_GOOD, &follow), DW_PTBURN_GOOD);
    struct dw_ptburn_job_status loading = status(DW_PTBURN_LOADING, DW_PTBURN_JOB_RUNNING, 0, 1);
    dw_ptburn_follow_step(&follow, &loading); /* a reject that was counted between two looks */
    CHECK(!follow.again);
    after(rejected, 6, &follow);
    CHECK(!follow.again);
    after(made, 5, &follow);
    CHECK(follow.again);
    CHECK_INT(dw_ptburn_outcome_followed(DW_PTBURN_OPEN, &follow), DW_PTBURN_OPEN);
    CHECK_INT(dw_ptburn_outcome_followed(DW_PTBURN_NOT_SUBMITTED, &follow), DW_PTBURN_NOT_SUBMITTED);
    CHECK_INT(dw_ptburn_outcome_followed(DW_PTBURN_GOOD, &follow), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_outcome_followed(DW_PTBURN_BAD, &follow), DW_PTBURN_LOST);
    CHECK_INT(dw_ptburn_next_event(DW_DISC_DELIVERING, &follow, DW_PTBURN_LOST, false), DW_DISC_EV_IN_DOUBT);
}

/* From every state a row can be in, and whatever is known: only listed events, and always to an end. */
static void every_outcome_leads_every_row_to_an_end_by_listed_events(void)
{
    static const enum dw_ptburn_outcome ends[] = {DW_PTBURN_GOOD, DW_PTBURN_BAD, DW_PTBURN_STOPPED};
    for (size_t i = 0; i < DW_ARRAY_LEN(ends); i++) {
        for (int bits = 0; bits < 4; bits++) {
            for (int from = DW_DISC_LOADING; from < DW_DISC_STATE_COUNT; from++) {
                struct dw_ptburn_follow follow = {.used = bits & 1};
                enum dw_disc_state state = (enum dw_disc_state)from;
                int on, steps = 0;
                while ((on = dw_ptburn_next_event(state, &follow, ends[i], bits & 2)) >= 0 && steps++ < 10)
                    CHECK_INT(dw_disc_next(state, (enum dw_disc_event)on, &state, NULL), DW_OK);
                CHECK(dw_disc_is_final(state));
                if (!dw_disc_is_final((enum dw_disc_state)from))
                    CHECK_INT(state == DW_DISC_DELIVERED, ends[i] == DW_PTBURN_GOOD);
            }
        }
    }
}

static enum dw_disc_state settle(enum dw_disc_state state, enum dw_ptburn_stage reached, enum dw_ptburn_outcome outcome,
                                 bool cancelled)
{
    struct dw_ptburn_follow follow = {.reached = reached, .now = reached, .used = reached > 0};
    int on, steps = 0;
    while ((on = dw_ptburn_next_event(state, &follow, outcome, cancelled)) >= 0 && steps++ < 10)
        CHECK_INT(dw_disc_next(state, (enum dw_disc_event)on, &state, NULL), DW_OK);
    CHECK(steps < 10);
    return state;
}

static void a_row_follows_what_is_seen_and_stays_there(void)
{
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_QUEUED, DW_PTBURN_OPEN, false), DW_DISC_LOADING);
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_BURNING, DW_PTBURN_OPEN, false), DW_DISC_BURNING);
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_PRINTING, DW_PTBURN_OPEN, false), DW_DISC_PRINTING);
    CHECK_INT(settle(DW_DISC_PRINTING, DW_PTBURN_STAGE_BURNING, DW_PTBURN_OPEN, false), DW_DISC_PRINTING);
    CHECK_INT(settle(DW_DISC_BURNING, DW_PTBURN_STAGE_VERIFYING, DW_PTBURN_UNCLEAR, false), DW_DISC_BURNING);
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_QUEUED, DW_PTBURN_NOT_SUBMITTED, false), DW_DISC_RESERVED);
    CHECK_INT(settle(DW_DISC_UNKNOWN, DW_PTBURN_STAGE_QUEUED, DW_PTBURN_NOT_SUBMITTED, false), DW_DISC_REJECTED);
    CHECK_INT(settle(DW_DISC_BURNING, DW_PTBURN_STAGE_BURNING, DW_PTBURN_LOST, false), DW_DISC_UNKNOWN);
}

static void after_a_restart_a_disc_that_the_server_still_makes_goes_on(void)
{
    /* what the table of disc.c makes of rows at a restart */
    static const enum dw_disc_state rows[] = {DW_DISC_UNKNOWN, DW_DISC_REJECTING, DW_DISC_VERIFYING};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        CHECK_INT(settle(rows[i], DW_PTBURN_STAGE_QUEUED, DW_PTBURN_OPEN, false), DW_DISC_VERIFYING);
        CHECK_INT(settle(rows[i], DW_PTBURN_STAGE_QUEUED, DW_PTBURN_GOOD, false), DW_DISC_DELIVERED);
        CHECK_INT(settle(rows[i], DW_PTBURN_STAGE_QUEUED, DW_PTBURN_BAD, false), DW_DISC_REJECTED);
        CHECK_INT(settle(rows[i], DW_PTBURN_STAGE_QUEUED, DW_PTBURN_LOST, false), DW_DISC_UNKNOWN);
    }
}

static void what_was_cancelled_before_a_blank_was_taken_is_abandoned_and_rejected_afterwards(void)
{
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_QUEUED, DW_PTBURN_STOPPED, true), DW_DISC_ABANDONED);
    CHECK_INT(settle(DW_DISC_BURNING, DW_PTBURN_STAGE_BURNING, DW_PTBURN_STOPPED, true), DW_DISC_REJECTED);
    CHECK_INT(settle(DW_DISC_LOADING, DW_PTBURN_STAGE_QUEUED, DW_PTBURN_GOOD, true), DW_DISC_DELIVERED); /* too late */
    /* stopped by somebody at the server: the job is to be held, so the row must say bad */
    struct dw_ptburn_follow follow = {0};
    CHECK_INT(dw_ptburn_next_event(DW_DISC_BURNING, &follow, DW_PTBURN_STOPPED, false), DW_DISC_EV_BAD_DISC);
}

static void the_reason_is_the_jobs_number_and_else_the_last_discs(void)
{
    struct dw_ptburn_job_status s = status(DW_PTBURN_FAILED, DW_PTBURN_JOB_FAILED, 0, 1);
    CHECK(dw_ptburn_why(&s) == NULL);
    s.disc_error = 19;
    CHECK_STR(dw_ptburn_why(&s)->row, "read_differs");
    s.error = 20;
    CHECK_STR(dw_ptburn_why(&s)->row, "server_rejects");
    CHECK(dw_ptburn_why(NULL) == NULL);
}

static void outcomes_are_kept_by_name(void)
{
    for (int i = 0; i < DW_PTBURN_OUTCOME_COUNT; i++)
        CHECK_INT(dw_ptburn_outcome_from_name(dw_ptburn_outcome_name((enum dw_ptburn_outcome)i)), i);
    CHECK_INT(dw_ptburn_outcome_from_name("?"), -1);
}

TESTS(TEST(a_file_of_a_job_is_known_by_its_ending_whatever_the_case),
      TEST(success_is_only_what_file_state_and_count_agree_upon),
      TEST(what_has_ended_without_a_word_is_looked_at_again_and_then_a_person_is_asked),
      TEST(a_disc_is_called_verified_only_when_it_was_seen_being_verified),
      TEST(a_disc_that_is_begun_anew_when_it_was_on_its_way_out_is_looked_for_by_a_person),
      TEST(every_outcome_leads_every_row_to_an_end_by_listed_events), TEST(a_row_follows_what_is_seen_and_stays_there),
      TEST(after_a_restart_a_disc_that_the_server_still_makes_goes_on),
      TEST(what_was_cancelled_before_a_blank_was_taken_is_abandoned_and_rejected_afterwards),
      TEST(the_reason_is_the_jobs_number_and_else_the_last_discs), TEST(outcomes_are_kept_by_name))
