/* A robot whose drives are the machine's: they may be missing, come later, and be shown to a
 * person. */
#include "machine_fixture.h"
#include "station_fixture.h"

struct site {
    struct machine_house machine;
    struct station_house h;
};

static int delivered(const struct station_house *h)
{
    int count = 0;
    for (int i = 0; i < h->rows; i++)
        count += h->row[i].state == DW_DISC_DELIVERED;
    return count;
}

static struct site *open_site(const char *device, int volumes)
{
    static struct site site;
    struct dw_robot_devices devices;
    struct dw_error err = {0};
    memset(&site, 0, sizeof site);
    test_folder(site.machine.root);
    machine_drive(&site.machine, 0, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    house_prepare(&site.h, volumes, "");
    CHECK_OK(dw_robot_devices_read(device, &devices, &err), err);
    CHECK_OK(dw_bays_new(site.machine.root, &devices, &site.h.bays, &err), err);
    house_on(&site.h);
    for (int v = 1; v <= volumes; v++)
        house_send(&site.h, house_order(&site.h, v));
    return &site;
}

static void close_site(struct site *site)
{
    house_done(&site->h);
    machine_done(&site->machine);
}

static void a_missing_drive_gets_no_disc_and_is_one_fault_that_ends_by_itself(void)
{
    struct site *site = open_site("serial:A,serial:B", 3);
    struct station_house *h = &site->h;
    house_run(h);
    CHECK_INT(delivered(h), 3);
    for (int i = 0; i < h->rows; i++)
        CHECK_INT(h->row[i].drive, 1);
    CHECK_INT(h->faults, 1);
    CHECK_STR(h->fault[0], "drive_missing:2");
    CHECK_HAS(h->sentence[0], "Drive 2 (serial:B) is not plugged in");
    CHECK_INT(h->seen, 1);
    dw_station_acknowledge(h->station, "drive_missing:2"); /* nobody can wish it here */
    house_run(h);
    CHECK_INT(h->faults, 1);
    machine_drive(&site->machine, 3, "E:ID_SERIAL=B\n");
    house_run(h);
    CHECK_INT(h->faults, 0);
    for (int v = 1; v <= 3; v++)
        house_send(h, house_order(h, v));
    house_run(h);
    CHECK_INT(delivered(h), 6);
    bool by_second = false;
    for (int i = 3; i < h->rows; i++)
        by_second |= h->row[i].drive == 2;
    CHECK(by_second);
    close_site(site);
}

static void a_robot_without_a_drive_waits_and_begins_when_a_person_has_said_which_one_it_is(void)
{
    struct site *site = open_site("assign,assign", 1);
    struct station_house *h = &site->h;
    struct dw_error err = {0};
    house_run(h);
    CHECK_INT(delivered(h), 0);
    CHECK_INT(h->row[0].state, DW_DISC_RESERVED);
    CHECK_INT(h->faults, 2);
    CHECK_HAS(h->sentence[0], "Drive 1 is not assigned: say in the console which one it is");
    CHECK_OK(dw_station_devices(h->station, "assign,serial:A", &err), err);
    house_run(h);
    CHECK_INT(delivered(h), 1);
    CHECK_INT(h->row[0].drive, 2);
    CHECK_STR(h->row[0].serial, "A");
    CHECK_INT(h->faults, 1);
    CHECK_INT(dw_station_devices(h->station, "serial:A", &err), DW_ERR_CONFLICT);
    close_site(site);
}

static const char *tray_of(const struct station_house *h)
{
    const json_t *drive = json_array_get(json_object_get(h->drives, "machine"), 0);
    return json_string_value(json_object_get(drive, "tray"));
}

static void a_tray_opens_so_that_a_person_sees_which_drive_it_is_and_how_it_went_is_told(void)
{
    struct site *site = open_site("assign", 0);
    struct station_house *h = &site->h;
    struct dw_error err = {0};
    house_run(h);
    CHECK_STR(tray_of(h), "");
    CHECK_OK(dw_station_tray(h->station, "/dev/sr0", &err), err);
    house_run(h);
    /* A file, or nothing, has no tray, and what the kernel says of it is passed on. */
    CHECK_HAS(tray_of(h), "Its tray was not opened: ");
    CHECK_OK(dw_station_tray(h->station, "/dev/sr0", &err), err); /* and again */
    close_site(site);
}

static const char *fail_burn(struct station_house *h, const char *task,
                             const struct station_row *row, int *percent)
{
    return strcmp(task, "burn") == 0 ? "no_disc" : "";
}

static void no_tray_moves_while_a_disc_is_in_hand_or_lost(void)
{
    struct site *site = open_site("serial:A,assign", 1);
    struct station_house *h = &site->h;
    struct dw_error err = {0};
    h->task = fail_burn; /* a person is asked where the disc is */
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_UNKNOWN);
    CHECK_INT(dw_station_tray(h->station, "/dev/sr0", &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "disc 1 is in hand");
    close_site(site);
}

static void a_robot_with_its_own_drives_has_none_of_the_machine(void)
{
    static struct station_house h;
    struct dw_error err = {0};
    house_init(&h, 1, "");
    house_run(&h);
    CHECK_INT(delivered(&h), 1);
    CHECK(h.drives == NULL);
    CHECK_INT(dw_station_tray(h.station, "/dev/sr0", &err), DW_ERR_UNSUPPORTED);
    CHECK_INT(dw_station_devices(h.station, "serial:A", &err), DW_ERR_UNSUPPORTED);
    house_done(&h);
}

TESTS(TEST(a_missing_drive_gets_no_disc_and_is_one_fault_that_ends_by_itself),
      TEST(a_robot_without_a_drive_waits_and_begins_when_a_person_has_said_which_one_it_is),
      TEST(a_tray_opens_so_that_a_person_sees_which_drive_it_is_and_how_it_went_is_told),
      TEST(no_tray_moves_while_a_disc_is_in_hand_or_lost),
      TEST(a_robot_with_its_own_drives_has_none_of_the_machine))
