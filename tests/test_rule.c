#include "config_fixture.h"
#include "daemon/intake/rule.h"

static struct dw_config config;

/* What is known of a study that most tests ask about: a Wednesday at 14:30. */
static void know(struct dw_facts *facts)
{
    *facts = (struct dw_facts){.minute = 14 * 60 + 30, .weekday = 2};
    dw_facts_add(facts, DW_RULE_CALLED, "BURN_CT_2");
    dw_facts_add(facts, DW_RULE_CALLING, "CT1");
    dw_facts_add_list(facts, DW_RULE_MODALITY, "CT\\SR");
    dw_facts_add(facts, DW_RULE_BODY_PART, "CHEST");
    dw_facts_add(facts, DW_RULE_DESCRIPTION, "CT Thorax nativ");
    dw_facts_add(facts, DW_RULE_DESCRIPTION, "Lunge 1.0 B70f");
    dw_facts_add(facts, DW_RULE_REFERRING, "Müller Jörg");
    dw_facts_add(facts, DW_RULE_STATION, "CTAWP12345");
    dw_facts_add(facts, DW_RULE_INSTITUTION, "Klinikum Süd");
}

static struct dw_config_rule *fresh(const char *section)
{
    dw_config_done(&config);
    dw_config_defaults(&config);
    return test_config_add(&config, section);
}

static bool fits(const char *key, const char *value)
{
    struct dw_facts facts;
    struct dw_error err = {0};
    struct dw_config_rule *rule = fresh("rule one");
    char name[8];
    enum dw_rule_key failed;
    know(&facts);
    CHECK_OK(dw_section_set(dw_section_kind_of("rule", name, sizeof name), rule, key, value, &err), err);
    bool out = dw_rule_fits(rule, &facts, &failed);
    CHECK_STR(out ? key : dw_rule_key_name(failed), key);
    dw_facts_done(&facts);
    return out;
}

static void every_text_key_fits_its_own_value_and_no_other(void)
{
    static const struct {
        const char *key, *yes, *no;
    } cases[] = {
        {"called", "BURN_CT_?", "BURN_MR_?"},   {"calling", "CT*", "MR*"},
        {"modality", "SR", "MR"},               {"body_part", "chest", "head"},
        {"description", "*thorax*", "*knee*"},  {"referring", "muller*", "meier*"},
        {"station", "CTAWP*", "MRAWP*"},        {"institution", "*sud", "*nord"},
    };
    CHECK_INT(DW_ARRAY_LEN(cases), DW_RULE_TEXTS);
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        CHECK(fits(cases[i].key, cases[i].yes));
        CHECK(!fits(cases[i].key, cases[i].no));
        CHECK(fits(cases[i].key, ""));
    }
}

static void one_pattern_of_a_list_and_one_value_of_the_study_are_enough(void)
{
    CHECK(fits("modality", "MR, CT"));
    CHECK(fits("modality", "mr,sr ,US"));
    CHECK(!fits("modality", "MR, US"));
    CHECK(fits("description", "lunge*"));
    CHECK(!fits("modality", ","));
}

static void neither_case_nor_accents_make_a_difference(void)
{
    CHECK(fits("referring", "MÜLLER JÖRG"));
    CHECK(fits("referring", "Muller*"));
    CHECK(fits("institution", "KLINIKUM S?D"));
}

static void an_unknown_value_fits_only_what_takes_anything(void)
{
    struct dw_facts nothing = {0};
    struct dw_config_rule *rule = fresh("rule one");
    SET(rule->options.station, "*");
    CHECK(dw_rule_fits(rule, &nothing, NULL));
    SET(rule->options.station, "?*");
    CHECK(!dw_rule_fits(rule, &nothing, NULL));
}

static void a_time_of_day_has_a_beginning_and_an_end(void)
{
    CHECK(fits("time", "14:30-14:31"));
    CHECK(!fits("time", "14:31-15:00"));
    CHECK(!fits("time", "08:00-14:30"));
    CHECK(fits("time", "00:00-24:00"));
}

static bool at(const char *time, const char *day, int hour, int weekday)
{
    struct dw_facts facts = {.minute = hour * 60, .weekday = weekday};
    struct dw_config_rule *rule = fresh("rule one");
    SET(rule->options.time, time);
    SET(rule->options.day, day);
    return dw_rule_fits(rule, &facts, NULL);
}

static void a_night_passes_midnight_and_belongs_to_the_day_on_which_it_began(void)
{
    CHECK(at("22:00-06:00", "", 22, 4));
    CHECK(at("22:00-06:00", "", 5, 5));
    CHECK(!at("22:00-06:00", "", 6, 5));
    CHECK(!at("22:00-06:00", "", 12, 4));
    CHECK(at("22:00-06:00", "fri", 23, 4));
    CHECK(at("22:00-06:00", "fri", 3, 5)); /* Saturday, 3 o'clock */
    CHECK(!at("22:00-06:00", "fri", 3, 4));
    CHECK(at("22:00-06:00", "sun", 3, 0)); /* Monday, 3 o'clock */
}

static void days_are_lists_and_ranges(void)
{
    CHECK(fits("day", "wed"));
    CHECK(fits("day", "Mon-Fri"));
    CHECK(fits("day", "sat, sun, wed"));
    CHECK(!fits("day", "sat,sun"));
    CHECK(!fits("day", "fri-tue"));
    CHECK(fits("day", "fri-wed"));
}

static void every_key_of_a_rule_must_fit_and_the_first_that_does_not_is_named(void)
{
    struct dw_facts facts;
    char why[200];
    enum dw_rule_key failed;
    struct dw_config_rule *rule = fresh("rule one");
    know(&facts);
    SET(rule->options.modality, "CT");
    SET(rule->options.station, "CT*");
    CHECK(dw_rule_fits(rule, &facts, &failed));
    CHECK_INT(failed, DW_RULE_KEY_COUNT);
    SET(rule->options.modality, "MR,US");
    SET(rule->options.station, "MR*");
    CHECK(!dw_rule_fits(rule, &facts, &failed));
    dw_rule_why_not(rule, &facts, failed, why, sizeof why);
    CHECK_STR(why, "modality is CT, SR, not MR,US");
    SET(rule->options.modality, "");
    SET(rule->options.station, "");
    SET(rule->options.time, "08:00-09:00");
    CHECK(!dw_rule_fits(rule, &facts, &failed));
    dw_rule_why_not(rule, &facts, failed, why, sizeof why);
    CHECK_STR(why, "time is 14:30, not 08:00-09:00");
    SET(rule->options.time, "");
    SET(rule->options.day, "sat");
    CHECK(!dw_rule_fits(rule, &facts, &failed));
    dw_rule_why_not(rule, &facts, failed, why, sizeof why);
    CHECK_STR(why, "day is wed, not sat");
    dw_facts_done(&facts);
}

static void the_first_rule_of_the_file_that_fits_is_applied(void)
{
    struct dw_facts facts;
    struct dw_config_rule *rule = fresh("rule MR");
    know(&facts);
    SET(rule->options.modality, "MR");
    CHECK(dw_rule_first(&config, &facts) == NULL);
    rule = test_config_add(&config, "rule \"any CT\"");
    SET(rule->options.modality, "CT");
    test_config_add(&config, "rule rest");
    CHECK_STR(dw_rule_first(&config, &facts)->name, "any CT");
    SET(rule->options.called, "nobody");
    CHECK_STR(dw_rule_first(&config, &facts)->name, "rest");
    dw_facts_done(&facts);
}

static void a_rule_decides_before_the_ae_title_and_that_before_the_site(void)
{
    struct dw_facts facts;
    struct dw_decision d;
    struct dw_config_rule *rule = fresh("rule one");
    struct dw_config_ae *ae = test_config_add(&config, "ae BURN_CT_2");
    know(&facts);
    config.jobs.copies = 5;
    config.jobs.auto_publish = true;
    SET(config.jobs.template, "site");
    SET(ae->options.media, "dvd");
    ae->options.copies = 2;
    ae->options.quiet_s = 20;
    dw_rule_decide(&config, NULL, &facts, &d);
    CHECK_STR(d.rule, "");
    CHECK_INT(d.action, DW_ACTION_BURN);
    CHECK_INT(d.priority, DW_PRIORITY_NORMAL);
    CHECK_INT(d.ae.copies, 2);
    CHECK_INT(d.ae.quiet_s, 20);
    CHECK_STR(d.ae.template, "site");
    SET(rule->options.action, "hold");
    SET(rule->options.media, "bd");
    SET(rule->options.priority, "stat");
    SET(rule->options.viewer, "no");
    SET(rule->options.supplement, "burn");
    rule->options.copies = 3;
    dw_rule_decide(&config, rule, &facts, &d);
    CHECK_STR(d.rule, "one");
    CHECK_INT(d.action, DW_ACTION_HOLD);
    CHECK_INT(d.priority, DW_PRIORITY_STAT);
    CHECK_INT(d.ae.copies, 3);
    CHECK_INT(d.ae.quiet_s, 20);
    CHECK_STR(d.ae.media, "bd");
    CHECK(!d.ae.viewer && d.supplement_burn);
    SET(ae->options.publish, "no");
    dw_rule_decide(&config, NULL, &facts, &d);
    CHECK_INT(d.action, DW_ACTION_NONE);
    dw_facts_done(&facts);
}

static dw_status load(const char *text, struct dw_error *err)
{
    char folder[64], path[128];
    dw_config_done(&config);
    snprintf(path, sizeof path, "%s/x.conf", test_folder(folder));
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        exit(1);
    dw_status st = dw_config_load(path, &config, err);
    unlink(path);
    rmdir(folder);
    return st;
}

static void what_cannot_be_right_is_found_with_file_and_line(void)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"time = 8-17", "8-17"},         {"time = 22:00-25:00", "22:00"},
        {"time = 08:00-08:00", "08:00"}, {"day = monday", "monday"},
        {"day = mon-", "mon-"},          {"media = floppy", "media"},
        {"profile = STD-GEN-MO", "STD-GEN-MO"}, {"template = no_such", "no_such"},
        {"template = /no/such.svg", "/no/such.svg"}, {"action = eat", "action"},
        {"priority = urgent", "priority"}, {"copies = 0", "copies"},
        {"modalty = CT", "modalty"},     {"supplement = maybe", "supplement"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct dw_error err = {0};
        char text[160];
        snprintf(text, sizeof text, "[rule night]\nmodality = CT\n%s\n", cases[i].line);
        CHECK(load(text, &err) != DW_OK);
        CHECK_HAS(err.text, "x.conf:3: ");
        CHECK_HAS(err.text, cases[i].says);
    }
}

static void rules_are_read_in_the_order_of_the_file(void)
{
    struct dw_error err = {0};
    CHECK_OK(load("[rule \"z, at night\"]\ntime = 22:00-06:00\ntemplate = standard\nprofile = STD-GEN-CD\n"
                  "[jobs]\ncopies = 2\n[rule a]\n", &err), err);
    CHECK_INT(config.rule_count, 2);
    CHECK_STR(config.rules[0].name, "z, at night");
    CHECK_STR(config.rules[0].options.action, "burn");
    CHECK_STR(config.rules[1].name, "a");
    CHECK_INT(config.rules[1].options.copies, DW_OPTION_UNSET);
}

static void as_many_rules_as_there_may_be_are_read(void)
{
    struct dw_error err = {0};
    struct dw_buf text = {0};
    for (int i = 0; i <= DW_CONFIG_RULES_MAX; i++) {
        if (i == DW_CONFIG_RULES_MAX) {
            CHECK_OK(load(text.data, &err), err);
            CHECK_INT(config.rule_count, DW_CONFIG_RULES_MAX);
        }
        dw_buf_addf(&text, "[rule r%d]\ncalled = a\ncalling = b\nmodality = c\nbody_part = d\n"
                           "description = e\nreferring = f\nstation = g\ninstitution = h\n"
                           "time = 01:00-02:00\nday = mon\naction = hold\ncopies = 2\n", i);
    }
    CHECK_INT(load(text.data, &err), DW_ERR_LIMIT);
    dw_buf_done(&text);
}

static void priorities_are_named_both_ways(void)
{
    for (int i = 0; i < DW_PRIORITY_COUNT; i++)
        CHECK_INT(dw_priority_from_name(dw_priority_name((enum dw_priority)i)), i);
    CHECK_INT(dw_priority_from_name("urgent"), -1);
    CHECK_STR(dw_rule_action_name(DW_ACTION_IGNORE), "ignore");
}

TESTS(TEST(every_text_key_fits_its_own_value_and_no_other),
      TEST(one_pattern_of_a_list_and_one_value_of_the_study_are_enough),
      TEST(neither_case_nor_accents_make_a_difference),
      TEST(an_unknown_value_fits_only_what_takes_anything),
      TEST(a_time_of_day_has_a_beginning_and_an_end),
      TEST(a_night_passes_midnight_and_belongs_to_the_day_on_which_it_began),
      TEST(days_are_lists_and_ranges),
      TEST(every_key_of_a_rule_must_fit_and_the_first_that_does_not_is_named),
      TEST(the_first_rule_of_the_file_that_fits_is_applied),
      TEST(a_rule_decides_before_the_ae_title_and_that_before_the_site),
      TEST(what_cannot_be_right_is_found_with_file_and_line),
      TEST(rules_are_read_in_the_order_of_the_file), TEST(as_many_rules_as_there_may_be_are_read),
      TEST(priorities_are_named_both_ways))
