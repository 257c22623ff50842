#include "daemon/intake/touched.h"
#include "test.h"

static void a_study_is_there_once_it_was_touched(void)
{
    struct dw_touched touched = {0};
    CHECK(!dw_touched_has(&touched, 7));
    dw_touched_add(&touched, 7);
    dw_touched_add(&touched, 7);
    dw_touched_add(&touched, 9);
    CHECK(dw_touched_has(&touched, 7) && dw_touched_has(&touched, 9));
    CHECK(!dw_touched_has(&touched, 8));
    CHECK_INT(touched.count, 2);
}

static void of_too_many_the_first_is_forgotten(void)
{
    struct dw_touched touched = {0};
    for (int64_t study = 1; study <= DW_TOUCHED_MAX + 2; study++)
        dw_touched_add(&touched, study);
    CHECK_INT(touched.count, DW_TOUCHED_MAX);
    CHECK(!dw_touched_has(&touched, 1) && !dw_touched_has(&touched, 2));
    CHECK(dw_touched_has(&touched, 3) && dw_touched_has(&touched, DW_TOUCHED_MAX + 2));
}

TESTS(TEST(a_study_is_there_once_it_was_touched), TEST(of_too_many_the_first_is_forgotten))
