#include "test.h"

#include "burn/drive/media.h"

static void every_medium_is_found_by_name_and_profile(void)
{
    unsigned count = 0;
    for (const struct dw_medium *m; (m = dw_medium_at(count)); count++) {
        CHECK(dw_medium_of_name(m->name) == m);
        CHECK(dw_medium_of_profile(m->profile) == m);
        CHECK(m->speed_1x_kbps > 0 && m->ecc_blocks > 0);
    }
    CHECK(count >= 10);
    CHECK(dw_medium_of_name("floppy") == NULL);
    CHECK(dw_medium_of_name(NULL) == NULL);
    CHECK(dw_medium_of_profile(0x08) == NULL); /* CD-ROM: pressed */
    CHECK(dw_medium_of_profile(0xFFFF) == NULL);
}

static void the_smallest_blank_is_what_a_kind_is_planned_for(void)
{
    for (unsigned i = 0; dw_medium_at(i); i++) {
        const struct dw_medium *m = dw_medium_at(i);
        if (!m->rewritable)
            CHECK(2048ULL * m->capacity_blocks >= dw_media_capacity_bytes(m->kind));
    }
    CHECK_INT(2048ULL * dw_medium_of_name("DVD+R")->capacity_blocks,
              dw_media_capacity_bytes(DW_MEDIA_DVD));
}

static void speeds_are_multiples_of_1x(void)
{
    CHECK_INT(dw_medium_speed_kbps(dw_medium_of_name("DVD-R"), 16), 22160);
    CHECK_INT(dw_medium_speed_kbps(dw_medium_of_name("CD-R"), 24), 4224);
    CHECK_INT(dw_medium_speed_kbps(dw_medium_of_name("CD-R"), 0), 0);
}

TESTS(TEST(every_medium_is_found_by_name_and_profile),
      TEST(the_smallest_blank_is_what_a_kind_is_planned_for), TEST(speeds_are_multiples_of_1x))
