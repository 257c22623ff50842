#include "daemon/web/session.h"
#include "base/limits.h"
#include "tests/test.h"

static dw_sessions *make(struct dw_clock_manual *clock)
{
    dw_sessions *s = NULL;
    struct dw_error err = {0};
    CHECK_OK(dw_sessions_new(dw_clock_from_manual(clock), dw_random_system(), &s, &err), err);
    return s;
}

static void a_session_lives_until_it_is_idle_too_long(void)
{
    struct dw_clock_manual clock = {.mono_us = 1};
    dw_sessions *s = make(&clock);
    struct dw_session a, found;
    dw_sessions_start(s, true, &a);
    CHECK_INT(strlen(a.id), 64);
    CHECK(strcmp(a.id, a.csrf) != 0);
    dw_clock_advance(&clock, DW_SESSION_IDLE_S * 1000000LL);
    CHECK(dw_sessions_find(s, a.id, &found));
    CHECK_STR(found.csrf, a.csrf);
    dw_clock_advance(&clock, DW_SESSION_IDLE_S * 1000000LL + 1);
    CHECK(!dw_sessions_find(s, a.id, &found));
    CHECK(!dw_sessions_find(s, NULL, &found));
    CHECK(!dw_sessions_find(s, "", &found));
    dw_sessions_free(s);
}

static void the_idlest_session_makes_room_and_no_other(void)
{
    struct dw_clock_manual clock = {.mono_us = 1};
    dw_sessions *s = make(&clock);
    struct dw_session first, second, other;
    dw_sessions_start(s, true, &first);
    dw_clock_advance(&clock, 1000);
    dw_sessions_start(s, true, &second);
    for (int i = 2; i < DW_SESSIONS_MAX; i++) {
        dw_clock_advance(&clock, 1000);
        dw_sessions_start(s, false, &other);
    }
    CHECK(dw_sessions_find(s, second.id, &other));
    dw_sessions_start(s, false, &other); /* one more than there is room for */
    CHECK(!dw_sessions_find(s, first.id, &other));
    CHECK(dw_sessions_find(s, second.id, &other));
    dw_sessions_end(s, second.id);
    CHECK(!dw_sessions_find(s, second.id, &other));
    dw_sessions_free(s);
}

static void guessing_is_braked_for_a_minute(void)
{
    struct dw_clock_manual clock = {.mono_us = 1};
    struct dw_error err = {0};
    dw_sessions *s = make(&clock);
    for (int i = 0; i < 5; i++) {
        CHECK_OK(dw_sessions_may_try(s, &err), err);
        dw_sessions_failed(s);
    }
    CHECK_INT(dw_sessions_may_try(s, &err), DW_ERR_BUSY);
    dw_clock_advance(&clock, 60 * 1000000LL);
    CHECK_OK(dw_sessions_may_try(s, &err), err);
    dw_sessions_free(s);
}

TESTS(TEST(a_session_lives_until_it_is_idle_too_long),
      TEST(the_idlest_session_makes_room_and_no_other), TEST(guessing_is_braked_for_a_minute))
