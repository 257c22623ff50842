#include "config_fixture.h"
#include "daemon/intake/admission.h"
#include "daemon/intake/hosts.h"

static dw_status decide(const struct dw_config *config, const char *calling, const char *called,
                        const char *host, const char *port)
{
    struct dw_error err = {0};
    struct dw_visitor visitor = {calling, called, host, port};
    return dw_admission_decide(config, &visitor, &err);
}

static void without_lists_everybody_may_come_in(void)
{
    static struct dw_config config;
    dw_config_defaults(&config);
    CHECK_INT(decide(&config, "CT1", "ANYTHING", "192.0.2.7", "dicom"), DW_OK);
    CHECK_INT(decide(&config, "", "", "2001:db8::7", "dicom"), DW_OK);
}

static void the_called_title_is_checked_where_it_is_configured(void)
{
    static struct dw_config config;
    dw_config_defaults(&config);
    struct dw_config_listen *strict = test_config_add(&config, "listen strict");
    test_config_add(&config, "ae BURN CT");
    SET(strict->options.check_called_aet, "yes");
    CHECK_INT(decide(&config, "CT1", "OTHER", "192.0.2.7", "dicom"), DW_OK);
    CHECK_INT(decide(&config, "CT1", "OTHER", "192.0.2.7", "strict"), DW_ERR_NOT_FOUND);
    CHECK_INT(decide(&config, "CT1", "DISCWRIGHT", "192.0.2.7", "strict"), DW_OK);
    CHECK_INT(decide(&config, "CT1", " BURN CT  ", "192.0.2.7", "strict"), DW_OK);
    CHECK_INT(decide(&config, "CT1", "burn ct", "192.0.2.7", "strict"), DW_ERR_NOT_FOUND);
    config.dicom.check_called_aet = true;
    SET(strict->options.check_called_aet, "no");
    CHECK_INT(decide(&config, "CT1", "OTHER", "192.0.2.7", "dicom"), DW_ERR_NOT_FOUND);
    CHECK_INT(decide(&config, "CT1", "OTHER", "192.0.2.7", "strict"), DW_OK);
    SET(strict->options.check_called_aet, "inherit");
    CHECK_INT(decide(&config, "CT1", "OTHER", "192.0.2.7", "strict"), DW_ERR_NOT_FOUND);
    dw_config_done(&config);
}

static void a_title_may_be_served_on_some_ports_only(void)
{
    static struct dw_config config;
    dw_config_defaults(&config);
    test_config_add(&config, "listen secure");
    struct dw_config_ae *ae = test_config_add(&config, "ae BURN");
    SET(ae->options.listen, "secure");
    CHECK_INT(decide(&config, "CT1", "BURN", "192.0.2.7", "dicom"), DW_ERR_NOT_FOUND);
    CHECK_INT(decide(&config, "CT1", "BURN", "192.0.2.7", "secure"), DW_OK);
    SET(ae->options.listen, "secure, dicom");
    CHECK_INT(decide(&config, "CT1", "BURN", "192.0.2.7", "dicom"), DW_OK);
    dw_config_done(&config);
}

static void calling_titles_and_addresses_have_allow_lists(void)
{
    static struct dw_config config;
    dw_config_defaults(&config);
    SET(config.dicom.calling, "CT1, MR 2");
    SET(config.dicom.hosts, "192.0.2.0/24, 2001:db8::/32");
    CHECK_INT(decide(&config, "CT1", "X", "192.0.2.7", "dicom"), DW_OK);
    CHECK_INT(decide(&config, " MR 2 ", "X", "2001:db8:9::1", "dicom"), DW_OK);
    CHECK_INT(decide(&config, "CT2", "X", "192.0.2.7", "dicom"), DW_ERR_DENIED);
    CHECK_INT(decide(&config, "MR", "X", "192.0.2.7", "dicom"), DW_ERR_DENIED);
    CHECK_INT(decide(&config, "CT1", "X", "192.0.3.7", "dicom"), DW_ERR_UNSUPPORTED);
    CHECK_INT(decide(&config, "CT1", "X", "2001:db9::1", "dicom"), DW_ERR_UNSUPPORTED);
    /* a stranger learns nothing, not even whether his titles were right */
    CHECK_INT(decide(&config, "CT9", "X", "198.51.100.1", "dicom"), DW_ERR_UNSUPPORTED);
}

static void the_lists_of_a_title_replace_those_of_the_site(void)
{
    static struct dw_config config;
    dw_config_defaults(&config);
    SET(config.dicom.calling, "CT1");
    SET(config.dicom.hosts, "192.0.2.7");
    struct dw_config_ae *ae = test_config_add(&config, "ae BURN");
    CHECK_INT(decide(&config, "MR1", "BURN", "192.0.2.7", "dicom"), DW_ERR_DENIED);
    SET(ae->options.calling, "MR1");
    CHECK_INT(decide(&config, "MR1", "BURN", "192.0.2.7", "dicom"), DW_OK);
    CHECK_INT(decide(&config, "CT1", "BURN", "192.0.2.7", "dicom"), DW_ERR_DENIED);
    CHECK_INT(decide(&config, "MR1", "BURN", "192.0.2.8", "dicom"), DW_ERR_UNSUPPORTED);
    SET(ae->options.hosts, "*");
    SET(ae->options.calling, "*");
    CHECK_INT(decide(&config, "WHOEVER", "BURN", "198.51.100.1", "dicom"), DW_OK);
    CHECK_INT(decide(&config, "WHOEVER", "OTHER", "198.51.100.1", "dicom"), DW_ERR_UNSUPPORTED);
    dw_config_done(&config);
}

static void networks_are_compared_bit_by_bit(void)
{
    CHECK(dw_hosts_has("10.0.0.0/8", "10.255.255.255"));
    CHECK(!dw_hosts_has("10.0.0.0/8", "11.0.0.0"));
    CHECK(dw_hosts_has("10.1.2.3/9", "10.127.0.1")); /* what the mask hides does not count */
    CHECK(!dw_hosts_has("10.1.2.3/9", "10.128.0.1"));
    CHECK(dw_hosts_has("192.0.2.128/25", "192.0.2.129"));
    CHECK(!dw_hosts_has("192.0.2.128/25", "192.0.2.127"));
    CHECK(dw_hosts_has("0.0.0.0/0", "203.0.113.1"));
    CHECK(!dw_hosts_has("0.0.0.0/0", "2001:db8::1"));
    CHECK(dw_hosts_has("::/0", "2001:db8::1"));
    CHECK(dw_hosts_has("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK(!dw_hosts_has("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(dw_hosts_has("fe80::/10", "fe80::1%eth0"));
    CHECK(!dw_hosts_has("192.0.2.7", "192.0.2.70"));
    CHECK(!dw_hosts_has("", "192.0.2.7"));
    CHECK(!dw_hosts_has("*", "unknown"));
    CHECK(dw_hosts_has("*", "::1"));
}

static void an_ipv4_address_and_its_mapped_form_are_one(void)
{
    CHECK(dw_hosts_has("192.0.2.0/24", "::ffff:192.0.2.9"));
    CHECK(dw_hosts_has("::ffff:192.0.2.9", "192.0.2.9"));
    CHECK(dw_hosts_has("::ffff:192.0.2.0/120", "192.0.2.9"));
    CHECK(!dw_hosts_has("::ffff:192.0.2.0/120", "192.0.3.9"));
}

static void what_is_no_address_is_named(void)
{
    struct dw_error err = {0};
    static const char *const wrong[] = {"10.0.0.0/33", "::/129", "pacs.example", "10.0.0", "10.0.0.0/", "10.0.0.1/-1"};
    CHECK_OK(dw_hosts_check("10.0.0.0/8 , 10.1.1.1\t::1,*", &err), err);
    CHECK_OK(dw_hosts_check("", &err), err);
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        char list[64];
        snprintf(list, sizeof list, "10.0.0.0/8, %s", wrong[i]);
        CHECK_INT(dw_hosts_check(list, &err), DW_ERR_INVALID);
        CHECK_HAS(err.text, wrong[i]);
        CHECK(!dw_hosts_has(wrong[i], "10.0.0.1"));
    }
}

static void a_configuration_names_ports_that_exist(void)
{
    static struct dw_config config;
    struct dw_error err = {0};
    dw_config_defaults(&config);
    struct dw_config_ae *ae = test_config_add(&config, "ae BURN");
    SET(ae->options.listen, "secure");
    CHECK_INT(dw_admission_check(&config, &err), DW_ERR_INVALID);
    CHECK_STR(err.text, "[ae BURN]: there is no section [listen secure]");
    test_config_add(&config, "listen secure");
    CHECK_OK(dw_admission_check(&config, &err), err);
    SET(ae->options.hosts, "somewhere");
    CHECK_INT(dw_admission_check(&config, &err), DW_ERR_INVALID);
    SET(ae->options.hosts, "");
    test_config_add(&config, "listen dicom");
    CHECK_INT(dw_admission_check(&config, &err), DW_ERR_INVALID);
    dw_config_done(&config);
    dw_config_defaults(&config);
    config.dicom.enabled = false;
    CHECK_INT(dw_admission_check(&config, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "no port");
}

TESTS(TEST(without_lists_everybody_may_come_in), TEST(the_called_title_is_checked_where_it_is_configured),
      TEST(a_title_may_be_served_on_some_ports_only), TEST(calling_titles_and_addresses_have_allow_lists),
      TEST(the_lists_of_a_title_replace_those_of_the_site), TEST(networks_are_compared_bit_by_bit),
      TEST(an_ipv4_address_and_its_mapped_form_are_one), TEST(what_is_no_address_is_named),
      TEST(a_configuration_names_ports_that_exist))
