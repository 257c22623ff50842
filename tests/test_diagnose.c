/* The report about robots at the cables: what it tells, what it leaves alone. */
#include "robot/diagnose.h"

#include "base/channel.h"
#include "base/file.h"
#include "fake_libusb.h"
#include "test.h"

struct house {
    char root[64];
    dw_usb_bus *bus;
    struct fake_device *robot, *office, *mouse;
    struct dw_diagnose_robot site;
    json_t *report;
};

static void move_in(struct house *h)
{
    struct dw_error err = {0};
    *h = (struct house){.site = {.name = "desk"}};
    fake_bus = (struct fake_bus){.count = 0};
    h->robot = fake_bus_add(0x0f25, 0x0012, 3, &fake_printer);
    h->robot->id1284 = "MFG:Synthetic;MDL:Robot;";
    h->robot->port_status = 0x18;
    h->office = fake_bus_add(0x03f0, 0x0001, 4, &fake_printer);
    h->office->id1284 = "MFG:Office;";
    h->mouse = fake_bus_add(0x046d, 0x0002, 5, &fake_interrupt);
    test_folder(h->root);
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &h->site.options);
    snprintf(h->site.options.driver, sizeof h->site.options.driver, "primera");
    CHECK_OK(dw_usb_bus_open(&h->bus, &err), err);
}

static void write_file(struct house *h, const char *path, const char *text)
{
    char full[256];
    struct dw_error err = {0};
    snprintf(full, sizeof full, "%s%s", h->root, path);
    *strrchr(full, '/') = 0;
    CHECK_OK(dw_file_make_dirs(full, &err), err);
    snprintf(full, sizeof full, "%s%s", h->root, path);
    CHECK_OK(dw_file_save(NULL, full, text, strlen(text), &err), err);
}

static const json_t *look(struct house *h, size_t device)
{
    struct dw_error err = {0};
    struct dw_diagnose_opts opts = {.bus = h->bus, .root = h->root, .robots = &h->site, .robot_count = 1};
    json_decref(h->report);
    CHECK_OK(dw_diagnose(&opts, &h->report, &err), err);
    return json_array_get(json_object_get(h->report, "devices"), device);
}

static void move_out(struct house *h)
{
    struct dw_error err = {0};
    json_decref(h->report);
    dw_usb_bus_close(h->bus);
    CHECK_OK(dw_file_remove_tree(h->root, &err), err);
}

static void the_report_tells_what_a_robot_is_and_how_it_would_be_spoken_to(void)
{
    struct house h;
    move_in(&h);
    snprintf(h.site.options.dialect, sizeof h.site.options.dialect, "discpublisher2-captured");
    const json_t *device = look(&h, 0);
    CHECK_STR(dw_json_text(device, "path"), "1-2.3");
    CHECK_STR(dw_json_text(device, "vendor"), "0f25");
    CHECK_STR(dw_json_text(device, "driver"), "primera");
    CHECK_STR(dw_json_text(device, "robot"), "desk");
    CHECK_STR(dw_json_text(device, "serial"), "Synthetic? 1");
    CHECK_STR(dw_json_text(device, "id1284"), "MFG:Synthetic;MDL:Robot;");
    CHECK_INT(dw_json_int(json_object_get(device, "port_status"), "byte", 0), 0x18);
    CHECK_STR(dw_json_text(device, "dialect"), "discpublisher2-captured");
    CHECK_STR(dw_json_text(device, "dialect_why"), "[robot desk] names it");
    CHECK_INT(json_array_size(json_object_get(device, "commands")), 5);
    const json_t *interface = json_array_get(json_object_get(device, "interfaces"), 1);
    CHECK_INT(dw_json_int(interface, "class", 0), 7);
    CHECK_STR(dw_json_text(json_array_get(json_object_get(interface, "endpoints"), 1), "address"), "02");
    CHECK_INT(h.robot->frames, 0);
    CHECK(h.robot->usblp && !h.robot->open);
    move_out(&h);
}

static void a_robot_without_a_dialect_is_told_why(void)
{
    struct house h;
    move_in(&h);
    const json_t *device = look(&h, 0);
    CHECK_STR(dw_json_text(device, "dialect"), "");
    CHECK_HAS(dw_json_text(device, "dialect_why"), "name one in [robot] dialect");
    snprintf(h.site.options.dialect, sizeof h.site.options.dialect, "typo");
    CHECK_HAS(dw_json_text(look(&h, 0), "dialect_why"), "there is no dialect 'typo'");
    move_out(&h);
}

static void a_robot_with_a_foreign_id_is_the_one_that_the_site_names(void)
{
    struct house h;
    move_in(&h);
    snprintf(h.site.options.usb, sizeof h.site.options.usb, "03f0:0001");
    CHECK_STR(dw_json_text(look(&h, 1), "robot"), "desk");
    CHECK_STR(dw_json_text(look(&h, 1), "id1284"), "MFG:Office;");
    CHECK_STR(dw_json_text(look(&h, 0), "robot"), "");
    move_out(&h);
}

static void printers_that_are_no_robots_are_left_alone_and_other_devices_are_two_numbers(void)
{
    struct house h;
    move_in(&h);
    write_file(&h, "/sys/bus/usb/devices/1-2.4:1.1/ieee1284_id", "MFG:Office;MDL:Laser;\n");
    const json_t *office = look(&h, 1);
    CHECK_STR(dw_json_text(office, "id1284"), "MFG:Office;MDL:Laser;");
    CHECK_INT(h.office->detached, 0);
    CHECK(!json_object_get(office, "dialect"));
    const json_t *mouse = look(&h, 2);
    CHECK_STR(dw_json_text(mouse, "product"), "0002");
    CHECK(!json_object_get(mouse, "serial") && !json_object_get(mouse, "interfaces"));
    move_out(&h);
}

static void a_robot_that_works_is_not_disturbed(void)
{
    struct house h;
    move_in(&h);
    h.robot->busy = true;
    const json_t *device = look(&h, 0);
    CHECK_HAS(dw_json_text(device, "not_asked"), "the appliance, if it runs");
    CHECK_STR(dw_json_text(device, "id1284"), "");
    CHECK_INT(json_array_size(json_object_get(device, "interfaces")), 2);
    move_out(&h);
}

static void a_machine_without_usb_still_tells_its_versions_and_robots(void)
{
    struct house h;
    struct dw_error err = {0};
    json_t *report = NULL;
    move_in(&h);
    struct dw_diagnose_opts opts = {.root = h.root, .robots = &h.site, .robot_count = 1};
    CHECK_OK(dw_diagnose(&opts, &report, &err), err);
    CHECK_STR(dw_json_text(report, "discwright"), DW_VERSION);
    CHECK(json_is_false(json_object_get(report, "usb")));
    CHECK_INT(json_array_size(json_object_get(report, "robots")), 1);
    json_decref(report);
    move_out(&h);
}

TESTS(TEST(the_report_tells_what_a_robot_is_and_how_it_would_be_spoken_to),
      TEST(a_robot_without_a_dialect_is_told_why),
      TEST(a_robot_with_a_foreign_id_is_the_one_that_the_site_names),
      TEST(printers_that_are_no_robots_are_left_alone_and_other_devices_are_two_numbers),
      TEST(a_robot_that_works_is_not_disturbed), TEST(a_machine_without_usb_still_tells_its_versions_and_robots))
