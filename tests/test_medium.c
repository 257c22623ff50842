#include "core_fixture.h"
#include "daemon/jobs/medium.h"

#define OBJECT                                                                                     \
    "INSERT INTO object(arrival, number, study, state, size_bytes, study_uid, series_uid, sop_instance,"    \
    " sop_class, transfer_syntax, modality, frames, calling, received_at, detail) VALUES(1, "

struct shelf {
    struct core_fixture f;
    dw_robots *robots;
};

/* One study of one image and a job for it; bins as configured, for no robot has answered yet. */
static void shelf_open(struct shelf *shelf, const char *bins, const char *media,
                       const char *profile, double size_bytes, const char *syntax)
{
    struct core_fixture *f = &shelf->f;
    struct dw_error err = {0};
    char text[1200];
    core_open(f);
    struct dw_config_robot *robot = test_config_add(&f->config, "robot sim1");
    snprintf(robot->options.bins, sizeof robot->options.bins, "%s", bins);
    core_script(f, CORE_JOB
                "INSERT INTO study(id, study_uid, state, patient_id, issuer, patient_name, birth_date,"
                " sex, study_date, study_time, study_id, accession, description, institution,"
                " referring, first_at, last_at) VALUES(1, '1.2', 'complete', 'P1', '', 'A^B', '', '',"
                " '', '', '', '', '', '', '', 1, 1);"
                "INSERT INTO job_study VALUES(1, 1, 0, 1);");
    snprintf(text, sizeof text, "UPDATE job SET asked_media = '%s', asked_profile = '%s', copies = 1;",
             media, profile);
    core_script(f, text);
    for (int i = 1; i <= 100; i++) {
        snprintf(text, sizeof text,
                 OBJECT "%d, 1, 'received', %.0f, '1.2', '1.2.1', '1.2.1.%d',"
                        " '1.2.840.10008.5.1.4.1.1.2', '%s', 'CT', 1, '', 1,"
                        " '{\"rows\": 4000, \"columns\": 5000, \"bits_allocated\": 16,"
                        " \"has_pixels\": true}')",
                 i, size_bytes / 100, i, syntax);
        core_script(f, text);
    }
    CHECK_OK(dw_robots_new(&f->core, NULL, NULL, &shelf->robots, &err), err);
}

static void shelf_close(struct shelf *shelf)
{
    dw_robots_free(shelf->robots);
    core_close(&shelf->f);
}

static const char *decided(struct shelf *shelf)
{
    struct dw_error err = {0};
    CHECK_OK(dw_medium_decide(&shelf->f.core, shelf->robots, 1, &err), err);
    return core_text(&shelf->f, "SELECT media || ' ' || profile || ' ' || compress FROM job");
}

#define PLAIN "1.2.840.10008.1.2.1"
#define JPEG "1.2.840.10008.1.2.4.70"

static void auto_takes_the_fewest_discs_and_then_the_smallest_blank(void)
{
    static const struct {
        const char *bins;
        double gigabytes;
        const char *expected;
    } cases[] = {
        {"cd,dvd,bd", 0.3, "cd STD-GEN-CD "},
        {"dvd,bd", 0.3, "dvd STD-GEN-DVD-JPEG "},
        {"cd,dvd,bd", 3, "dvd STD-GEN-DVD-JPEG "},
        {"cd,dvd,dvd-dl,bd", 6, "dvd-dl STD-GEN-DVD-JPEG "},
        {"cd,dvd,bd", 6, "bd STD-GEN-BD "},
        {"bd,bd-50,bd-100", 40, "bd-50 STD-GEN-BD "},
        {"cd,bd-100", 40, "bd-100 STD-GEN-BD "},
        {"dvd", 40, "dvd STD-GEN-DVD-JPEG "},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct shelf shelf;
        shelf_open(&shelf, cases[i].bins, "auto", "", cases[i].gigabytes * 1e9, PLAIN);
        CHECK_STR(decided(&shelf), cases[i].expected);
        shelf_close(&shelf);
    }
}

static void what_a_cd_must_hold_decoded_counts_as_such(void)
{
    struct shelf shelf;
    /* 100 images of 40 MB in 1 MB of JPEG each: 100 MB on a DVD, 4 GB on CDs */
    shelf_open(&shelf, "cd,dvd", "auto", "", 1e8, JPEG);
    CHECK_STR(decided(&shelf), "dvd STD-GEN-DVD-JPEG ");
    shelf_close(&shelf);
}

static void what_was_ordered_is_not_chosen_anew(void)
{
    struct shelf shelf;
    shelf_open(&shelf, "cd,dvd", "bd-50", "STD-GEN-BD-JPEG", 1e6, PLAIN);
    CHECK_STR(decided(&shelf), "bd-50 STD-GEN-BD-JPEG ");
    shelf_close(&shelf);
    shelf_open(&shelf, "cd,dvd,bd-50", "auto", "STD-GEN-BD-J2K", 1e6, PLAIN);
    CHECK_STR(decided(&shelf), "bd-50 STD-GEN-BD-J2K ");
    shelf_close(&shelf);
    /* The profile is for discs that no bin holds: then the smallest that one can buy. */
    shelf_open(&shelf, "cd,dvd", "auto", "STD-GEN-BD", 1e6, PLAIN);
    CHECK_STR(decided(&shelf), "bd STD-GEN-BD ");
    shelf_close(&shelf);
}

static void images_are_compressed_only_where_that_spares_a_disc_and_may_be(void)
{
    static const struct {
        const char *media;
        double gigabytes;
        const char *expected;
    } cases[] = {
        {"dvd", 3, "dvd STD-GEN-DVD-JPEG "},
        {"dvd", 6, "dvd STD-GEN-DVD-JPEG " JPEG},
        {"bd", 40, "bd STD-GEN-BD-JPEG " JPEG},
        {"cd", 3, "cd STD-GEN-CD "}, /* the profile of CDs takes nothing compressed */
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct shelf shelf;
        shelf_open(&shelf, "cd", cases[i].media, "", cases[i].gigabytes * 1e9, PLAIN);
        shelf.f.config.jobs.compress = true;
        CHECK_STR(decided(&shelf), cases[i].expected);
        shelf_close(&shelf);
    }
}

static void words_are_read_as_people_type_them(void)
{
    static const struct {
        const char *media, *profile, *otherwise, *expected_media, *expected_profile;
    } good[] = {
        {"cd", "", "dvd", "cd", "STD-GEN-CD"},
        {"bd-25", "", "cd", "bd", "STD-GEN-BD"},
        {"", "", "dvd-9", "dvd-dl", "STD-GEN-DVD-JPEG"},
        {"auto", "", "cd", "auto", ""},
        {"", "STD-GEN-BD", "cd", "auto", "STD-GEN-BD"},
        {"", "STD-GEN-BD", "bd-50", "bd-50", "STD-GEN-BD"},
    };
    struct dw_medium_choice choice;
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(good); i++) {
        CHECK_OK(dw_medium_read(good[i].media, good[i].profile, good[i].otherwise, &choice, &err),
                 err);
        CHECK_STR(choice.media, good[i].expected_media);
        CHECK_STR(choice.profile, good[i].expected_profile);
    }
    CHECK_INT(dw_medium_read("tape", "", "cd", &choice, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "bd-100 or auto");
    CHECK_INT(dw_medium_read("cd", "STD-GEN-BD", "cd", &choice, &err), DW_ERR_INVALID);
    CHECK_INT(dw_medium_read("auto", "STD-GEN-XX", "cd", &choice, &err), DW_ERR_INVALID);
    CHECK_INT(dw_medium_read("", "STD-GEN-XX", "auto", &choice, &err), DW_ERR_INVALID);
}

TESTS(TEST(auto_takes_the_fewest_discs_and_then_the_smallest_blank),
      TEST(what_a_cd_must_hold_decoded_counts_as_such), TEST(what_was_ordered_is_not_chosen_anew),
      TEST(images_are_compressed_only_where_that_spares_a_disc_and_may_be),
      TEST(words_are_read_as_people_type_them))
