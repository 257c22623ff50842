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

static bool tray_2_is_out;

static dw_status look_at_tray(const char *address, enum dw_tray *out, struct dw_error *err)
{
    *out = strcmp(address, "/dev/sr3") == 0 && tray_2_is_out ? DW_TRAY_OPEN : DW_TRAY_LOADED;
    return DW_OK;
}

static struct site *open_site(const char *device, int volumes)
{
    static struct site site;
    struct dw_robot_devices devices;
    struct dw_error err = {0};
    memset(&site, 0, sizeof site);
    test_folder(site.machine.root);
    machine_drive(&site.machine, 0, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    house_prepare(&site.h, volumes ? volumes : 1, "");
    site.h.tray_look = look_at_tray;
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

static void no_disc_is_loaded_while_a_tray_is_shown(void)
{
    struct site *site = open_site("serial:A", 0);
    struct station_house *h = &site->h;
    struct dw_error err = {0};
    h->motion_us = 5000000;
    CHECK_OK(dw_station_tray(h->station, "/dev/sr0", &err), err);
    house_send(h, house_order(h, 1));
    dw_station_step(h->station);
    CHECK_INT(h->asked_count, 0);
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_DELIVERED);
    close_site(site);
}

/* It opened, or half, and the drive says that it did not. */
static void a_tray_that_was_shown_and_stays_out_holds_the_arm(void)
{
    struct site *site = open_site("serial:A,serial:B", 0);
    struct station_house *h = &site->h;
    struct dw_error err = {0};
    tray_2_is_out = false;
    machine_drive(&site->machine, 3, "E:ID_SERIAL=B\n");
    house_run(h);
    CHECK_OK(dw_station_tray(h->station, "/dev/sr3", &err), err);
    tray_2_is_out = true;
    house_run(h);
    CHECK(house_fault(h, "tray_out:2") >= 0);
    house_send(h, house_order(h, 1));
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_RESERVED);
    tray_2_is_out = false;
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_DELIVERED);
    close_site(site);
}

/* The tray of drive 2 goes out to have its disc read back, and its task dies. */
static void die_with_tray_2_out(struct station_house *h)
{
    for (int round = 0; round < 400 && h->trays_out == 0; round++) {
        house_work(h);
        dw_station_step(h->station);
        house_daemon(h);
    }
    CHECK_INT(h->trays_out, 1);
    CHECK_INT(h->row[0].drive, 2);
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        json_decref(h->waiting[i]);
        h->waiting[i] = NULL;
        h->tray_us[i] = 0;
        dw_channel_free(h->worker[i]);
        h->worker[i] = NULL;
    }
    tray_2_is_out = true;
}

static void the_arm_rests_until_a_tray_that_its_task_left_out_is_in(void)
{
    struct site *site = open_site("assign,serial:B", 0);
    struct station_house *h = &site->h;
    tray_2_is_out = false;
    h->trays = true;
    machine_drive(&site->machine, 3, "E:ID_SERIAL=B\n");
    house_run(h);
    house_send(h, house_order(h, 1));
    die_with_tray_2_out(h);
    house_run(h);
    CHECK(house_fault(h, "tray_out:2") >= 0);
    CHECK_HAS(h->sentence[house_fault(h, "tray_out:2")], "The tray of drive 2 is out: push it in");
    CHECK_INT(h->row[0].state, DW_DISC_VERIFYING);
    CHECK(!dw_interlock_arm_begin(dw_mover_interlock(h->mover)));
    dw_station_acknowledge(h->station, "tray_out:2"); /* nobody can wish it in */
    house_run(h);
    CHECK(house_fault(h, "tray_out:2") >= 0);
    tray_2_is_out = false;
    house_run(h);
    CHECK(house_fault(h, "tray_out:2") < 0);
    CHECK_INT(h->row[0].state, DW_DISC_REJECTED);
    CHECK_INT(h->row[1].state, DW_DISC_DELIVERED);
    close_site(site);
}

static void a_tray_that_an_earlier_program_left_out_is_seen_at_the_start(void)
{
    struct site *site = open_site("serial:A,serial:B", 0);
    struct station_house *h = &site->h;
    machine_drive(&site->machine, 3, "E:ID_SERIAL=B\n");
    CHECK(dw_bays_look(h->bays));
    house_off(h);
    tray_2_is_out = true;
    house_on(h);
    house_send(h, house_order(h, 1));
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_RESERVED);
    CHECK_INT(h->faults, 1);
    CHECK_STR(h->fault[0], "tray_out:2");
    tray_2_is_out = false;
    house_run(h);
    CHECK_INT(h->row[0].state, DW_DISC_DELIVERED);
    CHECK_INT(h->faults, 0);
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
      TEST(no_disc_is_loaded_while_a_tray_is_shown), TEST(the_arm_rests_until_a_tray_that_its_task_left_out_is_in),
      TEST(a_tray_that_was_shown_and_stays_out_holds_the_arm),
      TEST(a_tray_that_an_earlier_program_left_out_is_seen_at_the_start),
      TEST(a_robot_with_its_own_drives_has_none_of_the_machine))
