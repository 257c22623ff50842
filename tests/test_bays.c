/* Which drive stands at which place of a robot, in a made-up machine. */
#include "robot/bays.h"

#include "machine_fixture.h"

struct house {
    struct machine_house machine;
    dw_bays *bays;
};

static void move_in(struct house *h, const char *device)
{
    struct dw_error err = {0};
    struct dw_robot_devices devices;
    test_folder(h->machine.root);
    machine_drive(&h->machine, 0, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    CHECK_OK(dw_robot_devices_read(device, &devices, &err), err);
    CHECK_OK(dw_bays_new(h->machine.root, &devices, &h->bays, &err), err);
}

static void move_out(struct house *h)
{
    dw_bays_free(h->bays);
    machine_done(&h->machine);
}

static const char *device_of(struct house *h, int n, dw_status want)
{
    static char out[256];
    struct dw_error err = {0};
    out[0] = 0;
    CHECK_INT(dw_bays_device(h->bays, n, out, sizeof out, &err), want);
    if (want != DW_OK)
        dw_text_cut(out, sizeof out, err.text);
    return out;
}

static const struct dw_bay *bay(struct house *h, int n)
{
    static struct dw_bay out;
    dw_bays_get(h->bays, n, &out);
    return &out;
}

static void a_bay_that_nobody_has_assigned_says_so(void)
{
    struct house h;
    move_in(&h, "serial:A,assign");
    CHECK_STR(bay(&h, 1)->why, "");
    CHECK_STR(bay(&h, 1)->device, "/dev/sr0");
    CHECK_STR(bay(&h, 1)->serial, "A");
    CHECK_STR(bay(&h, 2)->why, "Drive 2 is not assigned: say in the console which one it is");
    CHECK_STR(bay(&h, 2)->device, "");
    CHECK_STR(device_of(&h, 1, DW_OK), "/dev/sr0");
    CHECK_STR(device_of(&h, 2, DW_ERR_NOT_FOUND), "drive 2 is not assigned");
    move_out(&h);
}

static void a_drive_is_waited_for_and_found_under_another_number(void)
{
    struct house h;
    move_in(&h, "serial:B");
    CHECK_HAS(bay(&h, 1)->why, "Drive 1 (serial:B) is not plugged in");
    json_decref(dw_bays_tell(h.bays));
    CHECK(!dw_bays_look(h.bays));
    machine_drive(&h.machine, 5, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n");
    CHECK(dw_bays_look(h.bays));
    CHECK_STR(bay(&h, 1)->why, "");
    CHECK_STR(device_of(&h, 1, DW_OK), "/dev/sr5");
    machine_unplug(&h.machine, 5);
    CHECK_STR(bay(&h, 1)->device, "/dev/sr5");                       /* as it was looked at last */
    CHECK_HAS(device_of(&h, 1, DW_ERR_NOT_FOUND), "not plugged in"); /* as it is */
    machine_drive(&h.machine, 1, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n");
    CHECK(dw_bays_look(h.bays));
    CHECK_STR(device_of(&h, 1, DW_OK), "/dev/sr1");
    move_out(&h);
}

static void a_drive_whose_serial_another_says_too_is_asked_for(void)
{
    struct house h;
    move_in(&h, "serial:A,path:usb-1");
    CHECK_STR(bay(&h, 2)->serial, "A");
    machine_drive(&h.machine, 1, "E:ID_SERIAL=A\nE:ID_PATH=usb-2\n");
    CHECK(dw_bays_look(h.bays));
    CHECK_HAS(bay(&h, 1)->why, "another drive says the same serial");
    CHECK_HAS(device_of(&h, 1, DW_ERR_NOT_FOUND), "2 drives say the serial");
    CHECK_STR(bay(&h, 2)->why, "");
    CHECK_STR(bay(&h, 2)->serial, "A at usb-1");
    move_out(&h);
}

static void a_path_is_a_bay_as_long_as_it_is_there_and_brings_its_serial(void)
{
    struct house h;
    char link[128], target[128];
    move_in(&h, "/dev/sr0,/dev/link,/dev/none,stdio:/tmp/file");
    snprintf(link, sizeof link, "%s/dev/link", h.machine.root);
    snprintf(target, sizeof target, "%s/dev/sr0", h.machine.root);
    CHECK_INT(symlink(target, link), 0);
    CHECK(dw_bays_look(h.bays));
    CHECK_STR(bay(&h, 1)->serial, "A");
    CHECK_STR(bay(&h, 2)->serial, "A");
    CHECK_STR(bay(&h, 2)->device, "/dev/sr0");
    CHECK_HAS(bay(&h, 3)->why, "Drive 3 (/dev/none) is not plugged in");
    CHECK_STR(bay(&h, 4)->why, "");
    CHECK_STR(bay(&h, 4)->device, "stdio:/tmp/file");
    CHECK(dw_bays_is_file(h.bays, 4) && !dw_bays_is_file(h.bays, 1) && !dw_bays_is_file(h.bays, 5));
    move_out(&h);
}

static void a_person_says_which_drive_it_is_while_the_robot_runs(void)
{
    struct house h;
    struct dw_error err = {0};
    struct dw_robot_devices devices;
    move_in(&h, "assign");
    CHECK_OK(dw_robot_devices_read("serial:A", &devices, &err), err);
    CHECK_OK(dw_bays_set(h.bays, &devices, &err), err);
    CHECK_STR(device_of(&h, 1, DW_OK), "/dev/sr0");
    CHECK_STR(bay(&h, 1)->why, "");
    CHECK_OK(dw_robot_devices_read("serial:A,serial:B", &devices, &err), err);
    CHECK_INT(dw_bays_set(h.bays, &devices, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_bays_count(h.bays), 1);
    move_out(&h);
}

static void what_is_told_names_every_drive_of_the_machine_and_what_became_of_a_tray(void)
{
    struct house h;
    move_in(&h, "assign");
    json_t *told = dw_bays_tell(h.bays),
           *drive = json_array_get(json_object_get(told, "machine"), 0);
    CHECK_STR(json_string_value(json_object_get(told, "type")), "drives");
    CHECK_STR(json_string_value(json_object_get(drive, "address")), "serial:A");
    CHECK_STR(json_string_value(json_object_get(drive, "model")), "BD-RE BH16NS55");
    CHECK_STR(json_string_value(json_object_get(drive, "tray")), "");
    json_decref(told);
    CHECK(!dw_bays_look(h.bays));
    dw_bays_note_tray(h.bays, "/dev/sr0", "Its tray is open");
    CHECK(dw_bays_look(h.bays));
    told = dw_bays_tell(h.bays);
    drive = json_array_get(json_object_get(told, "machine"), 0);
    CHECK_STR(json_string_value(json_object_get(drive, "tray")), "Its tray is open");
    json_decref(told);
    move_out(&h);
}

static void devices_are_written_as_they_are_read(void)
{
    char text[512];
    struct dw_error err = {0};
    struct dw_robot_devices devices;
    struct dw_robot_options options = {.drives = 3};
    CHECK_OK(dw_robot_devices_read(" serial:A, assign\n/dev/sr0 assign path:usb-1", &devices, &err),
             err);
    dw_robot_devices_write(&devices, text, sizeof text);
    CHECK_STR(text, "serial:A,assign,/dev/sr0,assign,path:usb-1");
    CHECK_INT(dw_robot_devices_read("serial:", &devices, &err), DW_ERR_INVALID);
    CHECK_INT(dw_robot_devices_read("serial:A,serial:A", &devices, &err), DW_ERR_INVALID);
    for (int i = 0; i < 2; i++) { /* nothing, and the word for it */
        dw_text_cut(options.device, sizeof options.device, i ? "assign" : "");
        CHECK_OK(dw_robot_devices_of(&options, &devices, &err), err);
        dw_robot_devices_write(&devices, text, sizeof text);
        CHECK_STR(text, "assign,assign,assign");
    }
    dw_text_cut(options.device, sizeof options.device, "/dev/sr0");
    CHECK_OK(dw_robot_devices_of(&options, &devices, &err), err);
    CHECK_INT(devices.count, 1);
    CHECK(dw_robot_has_devices("manual") && !dw_robot_has_devices("sim"));
}

TESTS(TEST(a_bay_that_nobody_has_assigned_says_so),
      TEST(a_drive_is_waited_for_and_found_under_another_number),
      TEST(a_drive_whose_serial_another_says_too_is_asked_for),
      TEST(a_path_is_a_bay_as_long_as_it_is_there_and_brings_its_serial),
      TEST(a_person_says_which_drive_it_is_while_the_robot_runs),
      TEST(what_is_told_names_every_drive_of_the_machine_and_what_became_of_a_tray),
      TEST(devices_are_written_as_they_are_read))
