/* Which drive of the machine is whose: two robots, played by hand, and what people say of their drives. */
#include "jobs_fixture.h"

/* Two robots: `desk` is a person's, and has two drives to be assigned; `arm` has the one that it names. */
static void open_site(struct fixture *f, const char *arm_device)
{
    memset(f, 0, sizeof *f);
    test_folder(f->folder);
    dw_config_defaults(&f->config);
    snprintf(f->config.daemon.state, sizeof f->config.daemon.state, "%s/state", f->folder);
    f->config.intake.reserve = 1;
    f->config.intake.quiet_s = 10;
    struct dw_config_robot *desk = test_config_add(&f->config, "robot desk");
    SET(desk->options.driver, "manual");
    SET(desk->options.device, "assign");
    struct dw_config_robot *arm = test_config_add(&f->config, "robot arm");
    SET(arm->options.driver, "manual"); /* a driver with drives of this machine; its hello says that it has an arm */
    SET(arm->options.device, arm_device);
    f->hands = (struct dw_clock_manual){.wall_us = 1700000000000000, .mono_us = 1000000};
    f->spawner = (struct dw_spawner){.spawn = fake_spawn, .ctx = f};
    fixture_open(f);
}

static struct fake *program(struct fixture *f, const char *name)
{
    return fake_find(f, "discwright-robot", name);
}

static json_t *machine(void)
{
    json_t *list = json_array();
    for (int i = 0; i < 3; i++) {
        char address[16], device[16];
        snprintf(address, sizeof address, "serial:%c", 'A' + i);
        snprintf(device, sizeof device, "/dev/sr%d", i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "address", address, "device", device,
                                              "serial", address + 7, "path", "", "model", "BD-RE"));
    }
    return list;
}

/* As a robot does when its program starts, and when its drives are others: bays as given, "serial device|...". */
static void tell_drives(struct fixture *f, const char *name, const char *serial_1, const char *serial_2)
{
    json_t *bays = json_array();
    const char *const serials[] = {serial_1, serial_2};
    for (int i = 0; i < 2 && serials[i]; i++)
        json_array_append_new(bays, json_pack("{s:i, s:s, s:s, s:s, s:s}", "n", i + 1, "address", "x", "device",
                                              *serials[i] ? "/dev/srX" : "", "serial", serials[i], "why",
                                              *serials[i] ? "" : "Drive is not assigned"));
    fake_say(f, program(f, name), json_pack("{s:s, s:o, s:o}", "type", "drives", "bays", bays, "machine", machine()));
}

static void say_hello(struct fixture *f, const char *name, bool person)
{
    fake_say(f, program(f, name), json_pack("{s:s, s:s, s:i, s:[s]}", "type", "hello", "driver", "manual", "drives",
                                            2, "caps", person ? "person" : "sense_pick"));
    fake_say(f, program(f, name), json_pack("{s:s, s:s, s:s}", "type", "status", "activity", "idle", "arm", "idle"));
}

static void start_both(struct fixture *f, const char *arm_device)
{
    open_site(f, arm_device);
    tell_drives(f, "desk", "", "");
    say_hello(f, "desk", true);
    tell_drives(f, "arm", "C", NULL);
    say_hello(f, "arm", false);
}

/* "OK", or the sentence that refuses it. */
static const char *ask(struct fixture *f, json_t *request)
{
    static char out[256];
    json_t *reply = order(f, request);
    const char *text = dw_json_text(reply, "text");
    snprintf(out, sizeof out, "%s", *text ? text : dw_json_text(reply, "status"));
    json_decref(reply);
    return out;
}

static const char *assign(struct fixture *f, const char *name, int drive, const char *address)
{
    return ask(f, json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "assign", "robot", name, "drive", drive, "address",
                            address, "user", "ada"));
}

static const char *tray(struct fixture *f, const char *name, const char *address, bool is_free)
{
    return ask(f, json_pack("{s:s, s:s, s:s, s:b}", "type", "tray", "robot", name, "address", address, "free",
                            is_free));
}

static const char *told(struct fixture *f, const char *name, const char *type)
{
    static char out[256];
    json_t *message = fake_hear(f, program(f, name), type);
    const json_t *from = strcmp(type, "config") == 0 ? json_object_get(message, "options") : message;
    snprintf(out, sizeof out, "%s", message ? dw_json_text(from, "device") : "nothing");
    json_decref(message);
    return out;
}

/* The discs of a job on `desk`, as rows: nothing needs to be received for them. */
static void disc_row(struct fixture *f, const char *robot, const char *state)
{
    char script[2048];
    snprintf(script, sizeof script,
             "INSERT OR IGNORE INTO job(id, state, made_by, recipient, copies, media, profile, template, viewer,"
             " robot, made_at, seed, patient_id, issuer, patient_name, birth_date) VALUES(1, 'active', 'desk', '',"
             " 2, 'cd', 'STD-GEN-CD', 'standard', 1, 'desk', 1, '00', 'P1', '', 'A^B', '');"
             "INSERT OR IGNORE INTO volume(id, job, n, of, state, dir, media, blocks, size_bytes, fileset_uid,"
             " fileset_id, objects, planned_at) VALUES(1, 1, 1, 1, 'planned', 'volumes/1-1', 'cd', 10, 20480,"
             " '2.25.1', 'DW', 1, 1);"
             "DELETE FROM disc; INSERT INTO disc(id, volume, job, copy, attempt, state, robot, drive, reserved_at,"
             " changed_at) VALUES(7, 1, 1, 1, 1, '%s', '%s', 1, 10, 20);",
             state, robot);
    fixture_edit(f, script);
}

static void a_person_says_which_drive_it_is_and_a_restart_forgets_nothing(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(told(&f, "desk", "config"), "assign,assign");
    CHECK_STR(assign(&f, "desk", 2, "serial:B"), "OK");
    CHECK_STR(told(&f, "desk", "devices"), "assign,serial:B");
    CHECK_STR(ask_text(&f, "SELECT action || ' ' || user || ' ' || result FROM audit"), "assign ada OK");
    CHECK_HAS(ask_text(&f, "SELECT detail FROM audit"), "robot=desk drive=2 address=serial:B");
    CHECK_STR(assign(&f, "desk", 1, "A"), "OK"); /* a serial may stand alone */
    CHECK_STR(told(&f, "desk", "devices"), "serial:A,serial:B");
    fixture_restart(&f);
    json_t *config = fake_hear(&f, program(&f, "desk"), "config");
    CHECK_INT(dw_json_int(config, "drives", 0), 2);
    CHECK_STR(dw_json_text(json_object_get(config, "options"), "device"), "serial:A,serial:B");
    json_decref(config);
    tell_drives(&f, "desk", "A", "B");
    say_hello(&f, "desk", true);
    CHECK_STR(assign(&f, "desk", 2, ""), "OK"); /* taken back */
    CHECK_STR(told(&f, "desk", "devices"), "serial:A,assign");
    CHECK_STR(ask_text(&f, "SELECT place || ' ' || address FROM bay"), "1 serial:A");
    fixture_done(&f);
}

/* Two programs at one machine would each believe that its arm is alone. */
static void a_robot_that_cannot_be_told_its_drives_is_not_started(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    fixture_close(&f);
    fixture_edit(&f, "ALTER TABLE bay RENAME TO elsewhere");
    fixture_open(&f);
    for (int i = 0; i < 3; i++)
        advance_s(&f, 60);
    CHECK(program(&f, "desk") == NULL);
    fixture_edit(&f, "ALTER TABLE elsewhere RENAME TO bay");
    advance_s(&f, 60);
    CHECK_STR(told(&f, "desk", "config"), "assign,assign");
    fixture_done(&f);
}

/* What the robot would only log is answered at once. */
static void a_bin_is_not_filled_with_what_the_settings_say_it_does_not_hold(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    fake_say(&f, program(&f, "arm"), json_pack("{s:s, s:s, s:i, s:[s]}", "type", "hello", "driver", "manual", "drives", 2,
                                               "caps", "fixed_bins"));
    fake_say(&f, program(&f, "arm"),
             json_pack("{s:s, s:[{s:s, s:s, s:i, s:i, s:s}]}", "type", "status", "bins", "name", "bin 1", "role", "input",
                       "discs", -1, "capacity", 25, "media", "cd"));
    json_t *order = json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", "refill", "robot", "arm", "bin", "bin 1", "discs", 20,
                              "media", "dvd");
    CHECK_HAS(ask(&f, json_incref(order)), "is for blanks of the kind cd");
    json_object_set_new(order, "media", json_string("cd"));
    json_object_set_new(order, "discs", json_integer(26));
    CHECK_HAS(ask(&f, json_incref(order)), "at most 25 discs");
    CHECK_STR(told(&f, "arm", "refill"), "nothing");
    json_object_set_new(order, "discs", json_integer(25));
    CHECK_STR(ask(&f, order), "OK");
    fixture_done(&f);
}

/* "" takes a word back; a page that forgot to say which drive does not. */
static void an_order_that_lacks_its_word_changes_nothing(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "OK");
    CHECK_HAS(ask(&f, json_pack("{s:s, s:s, s:i}", "type", "assign", "robot", "desk", "drive", 1)), "say which drive");
    CHECK_HAS(ask(&f, json_pack("{s:s, s:s, s:i, s:i}", "type", "assign", "robot", "desk", "drive", 1, "address", 7)),
              "say which drive");
    CHECK_STR(ask_text(&f, "SELECT place || ' ' || address FROM bay"), "1 serial:A");
    CHECK_HAS(ask(&f, json_pack("{s:s, s:s, s:s, s:s}", "type", "refill", "robot", "desk", "bin", "bin 1", "discs", "20")),
              "discs: 0 to");
    CHECK_STR(told(&f, "desk", "refill"), "nothing");
    fixture_done(&f);
}

static void udev_hears_which_drives_are_robots(void)
{
    struct fixture f;
    char path[128];
    struct dw_error err = {0};
    struct dw_buf text = {0};
    start_both(&f, "serial:C,/dev/sr7");
    snprintf(path, sizeof path, "%s/state/run/drives", f.folder);
    CHECK_OK(dw_file_read_all(path, 1000, &text, &err), err);
    CHECK_STR(text.data, "serial:C\n"); /* a number says nothing about a drive */
    CHECK_STR(assign(&f, "desk", 2, "serial:B"), "OK");
    CHECK_OK(dw_file_read_all(path, 1000, &text, &err), err);
    CHECK_STR(text.data, "serial:B\nserial:C\n");
    dw_buf_done(&text);
    fixture_done(&f);
}

static void one_drive_is_never_given_to_two_places(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "desk", 1, "serial:C"), "that is drive 1 of robot arm");
    CHECK_STR(assign(&f, "desk", 1, "/dev/sr2"), "that is drive 1 of robot arm");
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "OK");
    CHECK_STR(assign(&f, "desk", 2, "serial:A"), "that is drive 1 of robot desk");
    CHECK_STR(assign(&f, "arm", 1, "A"), "that is drive 1 of robot desk");
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "OK"); /* it is that one already */
    CHECK_HAS(assign(&f, "desk", 2, "serial:Z"), "no drive of this machine");
    CHECK_HAS(assign(&f, "desk", 3, "serial:B"), "drives 1 to 2");
    CHECK_HAS(assign(&f, "shelf", 1, "serial:B"), "no such robot");
    fixture_done(&f);
}

static void a_file_that_names_a_drive_twice_gives_it_to_the_first_robot(void)
{
    struct fixture f;
    open_site(&f, "/dev/sr0");
    CHECK_STR(told(&f, "arm", "config"), "/dev/sr0");
    tell_drives(&f, "desk", "", "");
    say_hello(&f, "desk", true);
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "that is drive 1 of robot arm");
    fixture_close(&f);
    fixture_edit(&f, "INSERT INTO bay VALUES('desk', 1, 'serial:A', 'assign', 1)");
    fixture_open(&f);
    CHECK_STR(told(&f, "arm", "config"), "/dev/sr0"); /* nobody knows yet that it is the same */
    tell_drives(&f, "arm", "A", NULL);
    CHECK_STR(told(&f, "arm", "devices"), "assign");
    fixture_done(&f);
}

/* What the file says of a place may have been given away while a person's word stood for it. */
static void what_is_taken_back_leads_to_no_drive_that_another_place_has(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "arm", 1, "serial:B"), "OK");
    CHECK_STR(told(&f, "arm", "devices"), "serial:B");
    CHECK_STR(assign(&f, "desk", 1, "serial:C"), "OK");
    CHECK_STR(assign(&f, "arm", 1, ""), "that is drive 1 of robot desk");
    CHECK_STR(assign(&f, "arm", 1, "serial:C"), "that is drive 1 of robot desk");
    CHECK_STR(ask_text(&f, "SELECT address FROM bay WHERE robot = 'arm'"), "serial:B");
    CHECK_STR(assign(&f, "desk", 1, ""), "OK");
    CHECK_STR(assign(&f, "arm", 1, ""), "OK");
    CHECK_STR(told(&f, "arm", "devices"), "serial:C");
    fixture_done(&f);
}

/* Bridges of one make say one serial: the second one that is plugged in makes the first one's name worth nothing, and
 * a disc may lie in it. */
static void a_drive_that_may_be_anothers_is_given_to_nobody(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    json_t *machine = json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}]", "address", "path:usb-1", "device", "/dev/sr2",
                                "serial", "C", "path", "usb-1", "address", "path:usb-2", "device", "/dev/sr3", "serial", "C",
                                "path", "usb-2");
    fake_say(&f, program(&f, "desk"), json_pack("{s:s, s:[], s:o}", "type", "drives", "bays", "machine", machine));
    CHECK_STR(assign(&f, "desk", 1, "path:usb-1"), "that is drive 1 of robot arm");
    disc_row(&f, "arm", "verifying");
    CHECK_HAS(tray(&f, "desk", "path:usb-1", true), "robot arm has disc 7 in hand");
    disc_row(&f, "arm", "delivered");
    CHECK_STR(assign(&f, "arm", 1, "path:usb-1"), "OK"); /* that ends it */
    CHECK_STR(assign(&f, "desk", 1, "path:usb-1"), "that is drive 1 of robot arm");
    CHECK_STR(assign(&f, "desk", 1, "path:usb-2"), "OK");
    fixture_done(&f);
}

static void who_changes_the_file_means_it(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "arm", 1, "serial:B"), "OK");
    CHECK_STR(told(&f, "arm", "devices"), "serial:B");
    fixture_close(&f);
    SET(f.config.robots[1].options.device, "serial:A");
    fixture_open(&f);
    CHECK_STR(told(&f, "arm", "config"), "serial:A");
    fixture_done(&f);
}

static void a_tray_is_opened_by_the_program_of_the_robot_it_belongs_to(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(tray(&f, "arm", "serial:C", true), "OK");
    CHECK_STR(told(&f, "arm", "tray"), "/dev/sr2");
    CHECK_STR(tray(&f, "desk", "serial:C", true), "OK");
    CHECK_STR(told(&f, "desk", "tray"), "nothing");
    CHECK_STR(told(&f, "arm", "tray"), "/dev/sr2");
    CHECK_STR(tray(&f, "desk", "A", true), "OK");
    CHECK_STR(told(&f, "desk", "tray"), "/dev/sr0");
    CHECK_HAS(ask_text(&f, "SELECT detail FROM audit WHERE id = 1"), "robot=arm address=serial:C");
    fixture_done(&f);
}

static void no_tray_moves_under_an_arm_until_somebody_has_looked(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_HAS(tray(&f, "arm", "serial:C", false), "robot arm has an arm: look whether the way of the tray is free");
    CHECK_HAS(tray(&f, "desk", "serial:A", false), "robot arm has an arm"); /* it may stand in there */
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "OK");
    CHECK_STR(tray(&f, "desk", "serial:A", false), "OK"); /* a person's: there is no arm */
    fake_say(&f, program(&f, "arm"), json_pack("{s:s, s:s, s:s}", "type", "status", "activity", "x", "arm", "moving"));
    CHECK_HAS(tray(&f, "arm", "serial:C", true), "robot arm is moving");
    CHECK_HAS(tray(&f, "desk", "serial:B", true), "robot arm is moving");
    fake_die(&f, program(&f, "arm"));
    CHECK_HAS(tray(&f, "desk", "serial:B", true), "robot arm: its program is not running");
    fixture_done(&f);
}

static void nothing_is_changed_and_no_tray_moves_while_a_disc_of_ours_is_there(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "desk", 1, "serial:A"), "OK");
    disc_row(&f, "desk", "burning");
    CHECK_HAS(assign(&f, "desk", 1, "serial:B"), "disc 7 lies in drive 1");
    CHECK_HAS(assign(&f, "desk", 1, ""), "disc 7 lies in drive 1");
    CHECK_STR(assign(&f, "desk", 2, "serial:B"), "OK"); /* the other place is free */
    CHECK_HAS(tray(&f, "desk", "serial:A", true), "robot desk has disc 7 in hand");
    CHECK_HAS(tray(&f, "arm", "serial:A", true), "robot desk has disc 7 in hand");
    disc_row(&f, "desk", "reserved");
    CHECK_STR(tray(&f, "desk", "serial:A", true), "OK"); /* its program sees to it that nothing begins meanwhile */
    CHECK_STR(assign(&f, "desk", 2, ""), "OK");
    disc_row(&f, "arm", "reserved");
    CHECK_HAS(tray(&f, "desk", "serial:B", true), "robot arm has disc 7 in hand"); /* it may begin at any time */
    disc_row(&f, "arm", "delivered");
    CHECK_STR(tray(&f, "desk", "serial:B", true), "OK");
    fixture_done(&f);
}

static void a_drive_that_comes_brings_its_past_along(void)
{
    struct fixture f;
    open_site(&f, "serial:C");
    fixture_edit(&f, "INSERT INTO drive(serial, robot, place, bad_in_a_row, first_at, last_at) VALUES('B', 'desk', 5,"
                     " 2, 1, 1)");
    tell_drives(&f, "desk", "", "");
    say_hello(&f, "desk", true);
    json_decref(fake_hear(&f, program(&f, "desk"), "health"));
    tell_drives(&f, "desk", "", "B");
    json_t *health = fake_hear(&f, program(&f, "desk"), "health");
    const json_t *drive = json_array_get(json_object_get(health, "drives"), 0);
    CHECK_INT(dw_json_int(drive, "n", 0), 2);
    CHECK_INT(dw_json_int(drive, "bad_in_a_row", 0), 2);
    json_decref(health);
    tell_drives(&f, "desk", "", "B");
    CHECK(fake_hear(&f, program(&f, "desk"), "health") == NULL); /* nothing new */
    fixture_done(&f);
}

static void everybody_sees_the_drives_of_the_machine_and_whose_they_are(void)
{
    struct fixture f;
    start_both(&f, "serial:C");
    CHECK_STR(assign(&f, "desk", 2, "serial:B"), "OK");
    advance_s(&f, 1);
    json_t *reply = order(&f, json_pack("{s:s, s:s}", "type", "robot", "name", "desk"));
    char *text = json_dumps(json_object_get(reply, "machine"), JSON_COMPACT | JSON_SORT_KEYS);
    CHECK_HAS(text, "{\"address\":\"serial:A\",\"device\":\"/dev/sr0\",\"drive\":0,\"model\":\"BD-RE\",\"path\":\"\","
                    "\"robot\":\"\",\"serial\":\"A\"}");
    CHECK_HAS(text, "\"address\":\"serial:B\",\"device\":\"/dev/sr1\",\"drive\":2");
    CHECK_HAS(text, "\"robot\":\"arm\"");
    const json_t *bays = json_object_get(json_object_get(reply, "robot"), "bays");
    CHECK_INT(json_array_size(bays), 2);
    CHECK(json_is_true(json_object_get(json_array_get(bays, 1), "assigned")));
    CHECK(json_is_false(json_object_get(json_array_get(bays, 0), "assigned")));
    free(text);
    json_decref(reply);
    fixture_done(&f);
}

static void a_robot_with_its_own_drives_is_not_asked_which_they_are(void)
{
    struct fixture f;
    fixture_init(&f);
    CHECK_HAS(assign(&f, "sim1", 1, "serial:A"), "the drives of robot sim1 are inside of it");
    CHECK_HAS(tray(&f, "sim1", "serial:A", true), "the drives of robot sim1 are inside of it");
    fixture_done(&f);
}

TESTS(TEST(a_person_says_which_drive_it_is_and_a_restart_forgets_nothing),
      TEST(a_robot_that_cannot_be_told_its_drives_is_not_started), TEST(an_order_that_lacks_its_word_changes_nothing),
      TEST(a_bin_is_not_filled_with_what_the_settings_say_it_does_not_hold), TEST(udev_hears_which_drives_are_robots), TEST(one_drive_is_never_given_to_two_places),
      TEST(a_file_that_names_a_drive_twice_gives_it_to_the_first_robot),
      TEST(what_is_taken_back_leads_to_no_drive_that_another_place_has),
      TEST(a_drive_that_may_be_anothers_is_given_to_nobody), TEST(who_changes_the_file_means_it),
      TEST(a_tray_is_opened_by_the_program_of_the_robot_it_belongs_to),
      TEST(no_tray_moves_under_an_arm_until_somebody_has_looked),
      TEST(nothing_is_changed_and_no_tray_moves_while_a_disc_of_ours_is_there),
      TEST(a_drive_that_comes_brings_its_past_along),
      TEST(everybody_sees_the_drives_of_the_machine_and_whose_they_are),
      TEST(a_robot_with_its_own_drives_is_not_asked_which_they_are))
