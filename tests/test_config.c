#include "base/file.h"
#include "daemon/config.h"
#include "test.h"

static dw_status load(const char *text, struct dw_config *out, struct dw_error *err)
{
    char folder[64], path[128];
    dw_config_done(out); /* of the load before */
    snprintf(path, sizeof path, "%s/x.conf", test_folder(folder));
    dw_status st = dw_file_save(NULL, path, text, strlen(text), err);
    if (st == DW_OK)
        st = dw_config_load(path, out, err);
    if (dw_file_remove_tree(folder, NULL) != DW_OK)
        CHECK(!"the test's folder could be removed");
    return st;
}

static void an_empty_file_gives_every_default_and_one_robot(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_OK(load("", &config, &err), err);
    CHECK_STR(config.dicom.aet, "DISCWRIGHT");
    CHECK_INT(config.dicom.port, 11112);
    CHECK_INT(config.jobs.previews_per_series, DW_PREVIEWS_PER_SERIES);
    CHECK_STR(config.web.bind, "127.0.0.1");
    CHECK_INT(config.robot_count, 1);
    CHECK_STR(config.robots[0].name, "robot1");
}

static void a_typo_names_file_line_and_key(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK(load("[dicom]\nport = 104\nprot = 1\n", &config, &err) != DW_OK);
    CHECK_HAS(err.text, "x.conf:3");
    CHECK_HAS(err.text, "prot");
    CHECK(load("[dicom]\nport = 104\nport = 105\n", &config, &err) != DW_OK);
    CHECK_HAS(err.text, "x.conf:3");
    CHECK_HAS(err.text, "twice");
    CHECK(load("[dicom]\nport = 70000\n", &config, &err) != DW_OK);
    CHECK_HAS(err.text, "65535");
    CHECK(load("[dicmo]\nport = 104\n", &config, &err) != DW_OK);
    CHECK_HAS(err.text, "dicmo");
    CHECK(load("port = 104\n", &config, &err) != DW_OK);
}

static void robots_have_sections_of_their_own(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_OK(load("[robot left]\ndrives = 1\n[robot right]\ndrives = 4\n", &config, &err), err);
    CHECK_INT(config.robot_count, 2);
    CHECK_INT(dw_config_robot_find(&config, "right")->options.drives, 4);
    CHECK_STR(dw_config_robot_find(&config, "")->name, "left");
    CHECK(dw_config_robot_find(&config, "middle") == NULL);
    CHECK(load("[robot ../x]\ndrives = 1\n", &config, &err) != DW_OK);
    CHECK(load("[robot]\ndrives = 1\n", &config, &err) != DW_OK);
    CHECK(load("[robot a]\ndirves = 1\n", &config, &err) != DW_OK);
    CHECK_HAS(err.text, "dirves");
}

static void drives_that_cannot_be_two_robots_are_refused_at_once(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_INT(load("[robot a]\ndriver = manual\ndevice = serial:K1, assign\n"
                   "[robot b]\ndriver = manual\ndevice = assign, serial:K1\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "[robot b]: device: 'serial:K1' is drive 1 of robot a");
    CHECK_INT(load("[robot a]\ndriver = manual\ndevice = sr0\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "[robot a]: device: 'sr0' is no absolute path");
    CHECK_OK(load("[robot a]\ndriver = manual\ndevice = \n[robot b]\ndriver = manual\ndevice = assign\n"
                  "[robot c]\n[robot d]\n", &config, &err), err); /* of a simulator it is never read */
}

static void a_section_without_a_key_is_there_with_its_defaults_and_order_is_kept(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_OK(load("[robot z]\n[robot \"a\"]\ndrives = 1\n[dicom]\nport = 104\n[robot m]\n", &config, &err), err);
    CHECK_INT(config.robot_count, 3);
    CHECK_STR(config.robots[0].name, "z");
    CHECK_STR(config.robots[1].name, "a");
    CHECK_STR(config.robots[2].name, "m");
    CHECK_STR(config.robots[2].options.driver, "sim");
}

static void repeated_sections_have_named_maxima(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_INT(load("[robot a]\n[robot b]\n[robot c]\n[robot d]\n[robot e]\n[robot f]\n[robot g]\n[robot h]\n"
                   "[robot i]\n", &config, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "x.conf:9");
    CHECK_HAS(err.text, "more than 8 sections [robot NAME]");
    CHECK_INT(load("[robot a_name_that_is_longer_than_31_chars]\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "at most 31");
    CHECK_INT(load("[robot a_name_that_is_so_long_that_it_would_be_cut_by_the_reader]\n", &config, &err),
              DW_ERR_LIMIT);
}

static void an_allow_list_of_many_titles_is_read_and_printed(void)
{
    static struct dw_config config, again;
    struct dw_error err = {0};
    struct dw_buf text = {0}, shown = {0};
    dw_buf_add_text(&text, "[dicom]\ncalling = CT1,\n");
    for (int i = 0; i < 100; i++)
        dw_buf_addf(&text, "  MODALITY_%07d,\n", i);
    dw_buf_add_text(&text, "\tLAST ONE\nport = 104\n[ae BURN]\nhosts = 10.0.0.0/8\n  ::1\n");
    CHECK_OK(load(text.data, &config, &err), err);
    CHECK_HAS(config.dicom.calling, "MODALITY_0000042");
    CHECK_INT(config.dicom.port, 104);
    dw_config_print(&config, &shown);
    CHECK_OK(load(shown.data, &again, &err), err);
    CHECK_HAS(again.dicom.calling, ", MODALITY_0000099, LAST ONE");
    CHECK_STR(again.aes[0].options.hosts, "10.0.0.0/8, ::1");
    dw_buf_done(&text);
    dw_buf_done(&shown);
    CHECK_INT(load("[dicom]\naet = A\n  bind = ::1\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "x.conf:2: dicom.aet: an indented line");
    CHECK_INT(load("[dicom]\nport = 1\naet = A\naet = A\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "x.conf:4");
    CHECK_INT(load("[dicom]\nhosts = ::1,\n  10.0.0.0/40\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "10.0.0.0/40");
}

static void a_running_daemon_takes_lists_titles_and_files_or_nothing(void)
{
    static struct dw_config config, fresh;
    struct dw_error err = {0};
    CHECK_OK(load("[listen a]\ntls = yes\ncertificate = /old\n[ae ONE]\n", &config, &err), err);
    CHECK_OK(load("[dicom]\ncalling = CT1\nport = 7\n[listen a]\ntls = yes\ncertificate = /new\n[ae TWO]\n[ae THREE]\n",
                  &fresh, &err), err);
    CHECK_OK(dw_config_renew(&config, &fresh, &err), err);
    CHECK_STR(config.dicom.calling, "CT1");
    CHECK_INT(config.dicom.port, 11112); /* that needs a restart */
    CHECK_STR(config.listens[0].options.certificate, "/new");
    CHECK_INT(config.ae_count, 2);
    CHECK_STR(config.aes[0].name, "TWO");
    CHECK_OK(load("[dicom]\ncalling = MR1\n[listen a]\ntls = no\n", &fresh, &err), err);
    CHECK_INT(dw_config_renew(&config, &fresh, &err), DW_ERR_CONFLICT);
    CHECK_OK(load("[dicom]\ncalling = MR1\n", &fresh, &err), err);
    CHECK_INT(dw_config_renew(&config, &fresh, &err), DW_ERR_CONFLICT);
    CHECK_STR(config.dicom.calling, "CT1");
    CHECK_INT(config.ae_count, 2);
}

static void a_console_beyond_loopback_needs_a_password(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_INT(load("[web]\nbind = 0.0.0.0\n", &config, &err), DW_ERR_DENIED);
    CHECK_HAS(err.text, "password");
    CHECK_OK(load("[web]\nbind = 0.0.0.0\npassword_file = /etc/dw\n", &config, &err), err);
    CHECK_OK(load("[web]\nbind = ::1\n", &config, &err), err);
}

static void what_is_printed_reads_back_as_the_same(void)
{
    static struct dw_config first, second;
    struct dw_error err = {0};
    struct dw_buf text = {0}, again = {0};
    CHECK_OK(load("[dicom]\nport = 104\naet = CT_DISCS\n[intake]\nreserve = 1GB\n[jobs]\n"
                  "auto_publish = yes\n[robot a]\ndrives = 3\nbins = dvd\n",
                  &first, &err),
             err);
    dw_config_print(&first, &text);
    CHECK_OK(dw_buf_check(&text, "configuration", &err), err);
    CHECK_HAS(text.data, "[robot a]");
    CHECK_OK(load(text.data, &second, &err), err);
    dw_config_print(&second, &again);
    CHECK_STR(again.data, text.data);
    dw_buf_done(&text);
    dw_buf_done(&again);
}

static void a_site_may_name_every_blank_and_no_contradiction(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    char text[64];
    size_t count;
    const struct dw_blank *blanks = dw_blank_table(&count);
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "[jobs]\nmedia = %s\n", blanks[i].name);
        CHECK_OK(load(text, &config, &err), err);
    }
    CHECK(load("[jobs]\nmedia = tape\n", &config, &err) != DW_OK);
    CHECK_INT(load("[robot a]\nbins = cd,tape\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "[robot a]");
    CHECK_HAS(err.text, "'tape'");
    CHECK_STR(config.jobs.forbidden, "hold");
    CHECK(config.jobs.nonconformant);
    CHECK_INT(load("[jobs]\nforbidden = as-is\nnonconformant = no\n", &config, &err),
              DW_ERR_INVALID);
    CHECK_HAS(err.text, "contradicts");
}

static void an_ae_title_has_at_most_sixteen_characters(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_INT(load("[dicom]\naet = THIS_IS_SEVENTEEN\n", &config, &err), DW_ERR_INVALID);
    CHECK_INT(load("[daemon]\nstate = relative/path\n", &config, &err), DW_ERR_INVALID);
}

static void a_reserve_that_stops_receiving_before_retention_acts_is_refused(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    CHECK_INT(load("[intake]\nreserve = 2GB\n[retention]\nkeep_min_free = 2GB\n", &config, &err),
              DW_ERR_INVALID);
    CHECK_HAS(err.text, "keep_min_free");
    CHECK_OK(load("[intake]\nreserve = 2GB\n[retention]\nkeep_min_free = 20GB\n", &config, &err), err);
    CHECK_INT(config.retention.keep_days, 0); /* nothing goes by age unless a site says so */
    dw_config_done(&config);
}

static void what_is_accepted_is_read_with_its_table(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    char folder[64], path[128], text[512];
    static const char good[] = "1.2.3|Maker's volume|PRIVATE|data\n", bad[] = "1.2.3|Maker's volume\n";
    snprintf(path, sizeof path, "%s/classes", test_folder(folder));
    snprintf(text, sizeof text,
             "[accept]\nsr = no\nany = yes\nprefer = 1.2.840.10008.1.2.4.70\nclasses = %s\n", path);
    CHECK_OK(dw_file_save(NULL, path, good, strlen(good), &err), err);
    CHECK_OK(load(text, &config, &err), err);
    CHECK(!config.policy.reports && config.policy.private_classes && config.policy.any);
    CHECK_INT(config.policy.prefer_count, 1);
    CHECK(config.classes != NULL);
    CHECK_OK(dw_file_save(NULL, path, bad, strlen(bad), &err), err);
    CHECK_INT(load(text, &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "classes:1: a row is uid|name|record type|kind");
    CHECK_INT(load("[accept]\nprefer = 1.2.3\n", &config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "accept.prefer: '1.2.3' is no transfer syntax that is received");
    dw_config_done(&config);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(an_empty_file_gives_every_default_and_one_robot), TEST(a_typo_names_file_line_and_key),
      TEST(robots_have_sections_of_their_own),
      TEST(drives_that_cannot_be_two_robots_are_refused_at_once),
      TEST(a_section_without_a_key_is_there_with_its_defaults_and_order_is_kept),
      TEST(repeated_sections_have_named_maxima),
      TEST(an_allow_list_of_many_titles_is_read_and_printed),
      TEST(a_running_daemon_takes_lists_titles_and_files_or_nothing), TEST(a_console_beyond_loopback_needs_a_password),
      TEST(what_is_printed_reads_back_as_the_same),
      TEST(a_site_may_name_every_blank_and_no_contradiction),
      TEST(an_ae_title_has_at_most_sixteen_characters),
      TEST(a_reserve_that_stops_receiving_before_retention_acts_is_refused),
      TEST(what_is_accepted_is_read_with_its_table))
