#include "config_fixture.h"
#include "daemon/intake/ae.h"

static void a_title_without_a_section_has_the_settings_of_the_site(void)
{
    static struct dw_config config;
    struct dw_ae_settings s;
    dw_config_defaults(&config);
    config.jobs.auto_publish = true;
    config.intake.quiet_s = 7;
    SET(config.jobs.profile, "STD-GEN-CD");
    dw_ae_settings(&config, "WHOEVER", &s);
    CHECK_STR(s.title, "");
    CHECK_STR(s.media, "cd");
    CHECK_STR(s.profile, "STD-GEN-CD");
    CHECK_STR(s.template, "standard");
    CHECK_INT(s.copies, 1);
    CHECK_INT(s.quiet_s, 7);
    CHECK(s.viewer && s.publish);
}

static void a_section_overrides_only_what_it_names(void)
{
    static struct dw_config config;
    struct dw_ae_settings s;
    dw_config_defaults(&config);
    struct dw_config_ae *ae = test_config_add(&config, "ae BURN CT 2");
    CHECK_INT(ae->options.copies, DW_OPTION_UNSET);
    ae->options.copies = 2;
    SET(ae->options.publish, "yes");
    dw_ae_settings(&config, " BURN CT 2 ", &s);
    CHECK_STR(s.title, "BURN CT 2");
    CHECK_INT(s.copies, 2);
    CHECK_INT(s.quiet_s, 60);
    CHECK(s.publish && s.viewer);
    SET(ae->options.viewer, "no");
    SET(ae->options.template, "blue");
    ae->options.quiet_s = 5;
    dw_ae_settings(&config, "BURN CT 2", &s);
    CHECK_STR(s.template, "blue");
    CHECK_INT(s.quiet_s, 5);
    CHECK(!s.viewer);
    dw_ae_settings(&config, "burn ct 2", &s); /* titles are case-sensitive */
    CHECK_INT(s.copies, 1);
    dw_config_done(&config);
}

static void another_medium_brings_its_own_profile(void)
{
    static struct dw_config config;
    struct dw_ae_settings s;
    dw_config_defaults(&config);
    SET(config.jobs.profile, "STD-GEN-CD");
    struct dw_config_ae *ae = test_config_add(&config, "ae DVD");
    SET(ae->options.media, "dvd");
    dw_ae_settings(&config, "DVD", &s);
    CHECK_STR(s.media, "dvd");
    CHECK_STR(s.profile, "");
    SET(ae->options.profile, "STD-GEN-DVD-JPEG");
    dw_ae_settings(&config, "DVD", &s);
    CHECK_STR(s.profile, "STD-GEN-DVD-JPEG");
    dw_config_done(&config);
}

TESTS(TEST(a_title_without_a_section_has_the_settings_of_the_site),
      TEST(a_section_overrides_only_what_it_names), TEST(another_medium_brings_its_own_profile))
