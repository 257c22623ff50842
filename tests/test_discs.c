#include "core_fixture.h"
#include "daemon/jobs/disc.h"

static void set_state(struct core_fixture *f, int64_t id, const char *state)
{
    struct dw_error err = {0};
    CHECK_OK(dw_sql_exec(f->core.sql, &err, "UPDATE disc SET state = ? WHERE id = ?", "ti", state,
                         id),
             err);
}

static int64_t reserve(struct core_fixture *f, int64_t copy)
{
    struct dw_error err = {0};
    int64_t id = 0;
    CHECK_OK(dw_disc_reserve(&f->core, 1, 1, copy, "sim1", &id, &err), err);
    return id;
}

static void every_state_and_event_is_stored_as_the_table_says(void)
{
    struct core_fixture f;
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    int64_t id = reserve(&f, 1);
    for (int from = 0; from < DW_DISC_STATE_COUNT; from++) {
        for (int on = 0; on < DW_DISC_EVENT_COUNT; on++) {
            enum dw_disc_state want = (enum dw_disc_state)from, got = (enum dw_disc_state)from;
            struct dw_error err = {0};
            set_state(&f, id, dw_disc_state_name((enum dw_disc_state)from));
            dw_status listed =
                dw_disc_next((enum dw_disc_state)from, (enum dw_disc_event)on, &want, NULL);
            dw_status st = dw_disc_apply(&f.core, id, (enum dw_disc_event)on, NULL, &got, &err);
            CHECK_INT(st, listed);
            CHECK_INT(got, want);
            CHECK_STR(core_text(&f, "SELECT state FROM disc"), dw_disc_state_name(want));
        }
    }
    core_close(&f);
}

static void after_a_restart_every_disc_is_what_its_table_says(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    for (int state = 0; state < DW_DISC_STATE_COUNT; state++)
        set_state(&f, reserve(&f, state + 1), dw_disc_state_name((enum dw_disc_state)state));
    CHECK_OK(dw_disc_restart(&f.core, "another", &err), err);
    struct dw_disc_row disc;
    for (int state = 0; state < DW_DISC_STATE_COUNT; state++) {
        CHECK_OK(dw_disc_row_load(&f.core, state + 1, &disc, &err), err);
        CHECK_INT(disc.state, state); /* another robot's trouble is not this one's */
    }
    CHECK_OK(dw_disc_restart(&f.core, NULL, &err), err);
    for (int state = 0; state < DW_DISC_STATE_COUNT; state++) {
        CHECK_OK(dw_disc_row_load(&f.core, state + 1, &disc, &err), err);
        CHECK_INT(disc.state, dw_disc_after_restart((enum dw_disc_state)state));
        if (disc.state == DW_DISC_UNKNOWN && state != DW_DISC_UNKNOWN)
            CHECK_INT(disc.before, state);
    }
    core_close(&f);
}

static void a_copy_is_delivered_once_whatever_the_program_believes(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    int64_t id = 0;
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    set_state(&f, reserve(&f, 1), "delivered");
    CHECK_INT(dw_disc_reserve(&f.core, 1, 1, 1, "sim1", &id, &err), DW_ERR_CONFLICT);
    /* Even a row that should not exist cannot become a second delivered disc. */
    core_script(&f, "INSERT INTO disc(id, volume, job, copy, attempt, state, robot, reserved_at,"
                    " changed_at) VALUES(9, 1, 1, 1, 2, 'delivering', 'sim1', 1, 1)");
    CHECK_INT(dw_disc_apply(&f.core, 9, DW_DISC_EV_DELIVERED, NULL, NULL, &err), DW_ERR_CONFLICT);
    CHECK_STR(core_text(&f, "SELECT state FROM disc ORDER BY id"), "delivered delivering");
    core_close(&f);
}

static void a_retry_is_a_new_row_with_the_next_attempt(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    int64_t id = 0;
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    int64_t first = reserve(&f, 1);
    CHECK_INT(dw_disc_reserve(&f.core, 1, 1, 1, "sim1", &id, &err), DW_ERR_CONFLICT);
    set_state(&f, first, "rejected");
    reserve(&f, 1);
    CHECK_STR(core_text(&f, "SELECT attempt FROM disc ORDER BY id"), "1 2");
    core_close(&f);
}

static void what_comes_with_an_event_is_kept(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    struct dw_disc_counts counts;
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    int64_t id = reserve(&f, 1);
    set_state(&f, id, "delivering");
    struct dw_disc_detail detail = {.drive = 2, .image = "/out/disc-1.iso"};
    CHECK_OK(dw_disc_apply(&f.core, id, DW_DISC_EV_DELIVERED, &detail, NULL, &err), err);
    CHECK_STR(core_text(&f, "SELECT image FROM disc"), "/out/disc-1.iso");
    CHECK_STR(core_text(&f, "SELECT drive FROM disc"), "2");
    CHECK_STR(core_text(&f, "SELECT delivered_at FROM disc"), "1700000000");
    CHECK_OK(dw_disc_count(&f.core, 1, &counts, &err), err);
    CHECK_INT(counts.wanted, 2);
    CHECK_INT(counts.delivered, 1);
    CHECK_INT(counts.live, 0);
    core_close(&f);
}

TESTS(TEST(every_state_and_event_is_stored_as_the_table_says),
      TEST(after_a_restart_every_disc_is_what_its_table_says),
      TEST(a_copy_is_delivered_once_whatever_the_program_believes),
      TEST(a_retry_is_a_new_row_with_the_next_attempt), TEST(what_comes_with_an_event_is_kept))
