/* The mover core and the driver "sim" against a scripted wire. */
#include "robot/mover.h"

#include "robot/arm.h"
#include "robot/sim.h"
#include "test.h"

struct exchange {
    const char *send;
    const char *reply; /* NULL: silence */
};
struct fake_link {
    dw_link link;
    const struct exchange *script;
    size_t count, next;
};

static dw_status fake_exchange(void *ctx, const void *send, size_t send_size, void *reply,
                               size_t reply_max, size_t *reply_size, int timeout_ms,
                               struct dw_error *err)
{
    struct fake_link *fake = ctx;
    const struct exchange *now = &fake->script[fake->next];
    if (fake->next >= fake->count || strlen(now->send) != send_size ||
        memcmp(now->send, send, send_size) != 0) {
        fprintf(stderr, "sent '%.*s', expected '%s'\n", (int)send_size, (const char *)send,
                fake->next < fake->count ? now->send : "nothing");
        test_failures++;
        return dw_error_set(err, DW_ERR_GONE, "not in the script");
    }
    fake->next++;
    if (!now->reply)
        return dw_error_set(err, DW_ERR_TIMEOUT, "silence");
    *reply_size = strlen(now->reply);
    memcpy(reply, now->reply, *reply_size);
    return DW_OK;
}

static struct fake_link fake_link_init(const struct exchange *script, size_t count)
{
    return (struct fake_link){
        .link = {.exchange = fake_exchange}, .script = script, .count = count};
}

static bool fake_link_finished(const struct fake_link *fake)
{
    return fake->next == fake->count;
}

static struct dw_place bin(int n)
{
    return (struct dw_place){DW_PLACE_BIN, n};
}
static struct dw_place drive(int n)
{
    return (struct dw_place){DW_PLACE_DRIVE, n};
}
static const struct dw_place printer = {DW_PLACE_PRINTER, 0}, output = {DW_PLACE_OUTPUT, 0},
                             reject = {DW_PLACE_REJECT, 0};

#define PROBE                                                                                      \
    {                                                                                              \
        .send = "I\r", .reply = "I discwright-sim\r"                                               \
    }
#define SENSORS(arm, one, two, print, discs, out)                                                  \
    {                                                                                              \
        .send = "S\r",                                                                             \
        .reply = "S {\"bins\":[{\"discs\":" discs ",\"capacity\":50,\"media\":\"cd\"}],"           \
                 "\"drives\":[{\"disc\":" one ",\"bytes\":0},{\"disc\":" two ",\"bytes\":0}],"     \
                 "\"output\":{\"discs\":" out ",\"capacity\":50,\"media\":\"\"},"                  \
                 "\"reject\":{\"discs\":0,\"capacity\":20,\"media\":\"\"},\"arm\":" arm            \
                 ",\"in_printer\":" print ",\"printer\":0,\"ink\":80}\r"                           \
    }
#define ALL_EMPTY SENSORS("1", "1", "1", "1", "20", "0")

static dw_mover *mover_on(struct fake_link *fake, int retries)
{
    struct dw_mover_opts opts = {.drives = 2, .bins = 1, .pick_retries = retries};
    dw_mover *mover = NULL;
    struct dw_error err = {0};
    fake->link.ctx = fake;
    CHECK_OK(dw_mover_new(&dw_sim_driver, &fake->link, &opts, &mover, &err), err);
    return mover;
}

static void a_silent_arm_is_reported_and_nothing_more_is_sent(void)
{
    static const struct exchange script[] = {PROBE, ALL_EMPTY, {.send = "M B1 D2\r"}};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(2), &moved, &err), DW_ERR_TIMEOUT);
    CHECK_INT(moved, DW_MOVED_UNKNOWN);
    CHECK_STR(dw_mover_last_fault(mover), "no_answer");
    CHECK_HAS(err.text, "no answer to 'M B1 D2' within 60000 ms");
    /* in doubt: neither a motion nor even a question about one */
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_CONFLICT);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_INT(dw_mover_print(mover, 1, "/label.png", &err), DW_ERR_CONFLICT);
    CHECK(fake_link_finished(&fake)); /* nothing more, nothing less was sent */
    dw_mover_free(mover);
}

static void a_missed_pick_is_tried_again_only_so_often(void)
{
    static const struct exchange script[] = {
        PROBE,
        ALL_EMPTY,
        {.send = "M B1 D1\r", .reply = "E pick_failed no the picker holds nothing\r"},
        {.send = "M B1 D1\r", .reply = "E pick_failed no the picker holds nothing\r"},
        {.send = "M B1 D1\r", .reply = "E pick_failed no the picker holds nothing\r"},
        ALL_EMPTY,
        {.send = "M B1 D1\r", .reply = "M\r"},
    };
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_IO);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "pick_failed");
    CHECK(!dw_mover_in_doubt(mover));
    CHECK_OK(dw_mover_move(mover, bin(1), drive(1), &moved, &err), err);
    CHECK_INT(moved, DW_MOVED_YES);
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

static void an_open_cover_does_not_come_of_trying(void)
{
    static const struct exchange script[] = {
        PROBE, ALL_EMPTY, {.send = "M B1 D1\r", .reply = "E cover_open no the machine reports it\r"}};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_IO);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "cover_open");
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

#define COMPLAINS(fault)                                                                           \
    {                                                                                              \
        .send = "S\r", .reply = "S {\"bins\":[{\"discs\":20,\"capacity\":50,\"media\":\"cd\"}],"    \
                                "\"drives\":[{\"disc\":1},{\"disc\":1}],\"arm\":1,\"in_printer\":1,"  \
                                "\"printer\":0,\"fault\":\"" fault "\"}\r"                          \
    }

static void a_machine_that_complains_is_not_told_to_move_unless_it_only_warns(void)
{
    static const struct exchange script[] = {PROBE, COMPLAINS("cover_open"), COMPLAINS("ink_low"),
                                             {.send = "M B1 D1\r", .reply = "M\r"}};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_BUSY);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "cover_open");
    CHECK_OK(dw_mover_move(mover, bin(1), drive(1), &moved, &err), err);
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

static void a_jam_is_never_tried_again(void)
{
    static const struct exchange script[] = {
        PROBE,
        SENSORS("1", "2", "1", "1", "20", "0"),
        {.send = "M D1 P\r", .reply = "E arm_jam unknown the arm met resistance\r"},
    };
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 5);
    CHECK_INT(dw_mover_move(mover, drive(1), printer, &moved, &err), DW_ERR_IO);
    CHECK_INT(moved, DW_MOVED_UNKNOWN);
    CHECK_STR(dw_mover_last_fault(mover), "arm_jam");
    CHECK(dw_mover_in_doubt(mover));
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

static void an_answer_that_makes_no_sense_is_doubt(void)
{
    static const struct exchange script[] = {
        PROBE, ALL_EMPTY, {.send = "M B1 D1\r", .reply = "?\r"}};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_CORRUPT);
    CHECK_INT(moved, DW_MOVED_UNKNOWN);
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

static void sensors_that_contradict_the_order_stop_it(void)
{
    static const struct exchange script[] = {
        PROBE, SENSORS("1", "2", "1", "1", "20", "0"), /* drive 1 is full */
    };
    static const struct exchange gone[] = {PROBE, ALL_EMPTY}; /* drive 1 is empty */
    static const struct exchange held[] = {PROBE, SENSORS("2", "1", "1", "1", "20", "0")};
    static const struct {
        const struct exchange *script;
        struct dw_place from, to;
        const char *text;
    } cases[] = {{script, {DW_PLACE_BIN, 1}, {DW_PLACE_DRIVE, 1}, "drive 1 already holds"},
                 {gone, {DW_PLACE_DRIVE, 1}, {DW_PLACE_PRINTER, 0}, "drive 1 is empty"},
                 {held, {DW_PLACE_BIN, 1}, {DW_PLACE_DRIVE, 1}, "arm already holds"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct fake_link fake = fake_link_init(cases[i].script, 2);
        struct dw_error err = {0};
        enum dw_moved moved;
        dw_mover *mover = mover_on(&fake, 2);
        CHECK_INT(dw_mover_move(mover, cases[i].from, cases[i].to, &moved, &err), DW_ERR_CONFLICT);
        CHECK_INT(moved, DW_MOVED_UNKNOWN);
        CHECK_HAS(err.text, cases[i].text);
        CHECK(dw_mover_in_doubt(mover));
        CHECK(fake_link_finished(&fake));
        dw_mover_free(mover);
    }
}

static void an_empty_bin_and_a_full_one_are_no_doubt(void)
{
    static const struct exchange script[] = {PROBE, SENSORS("1", "1", "1", "2", "0", "50"),
                                             SENSORS("1", "1", "1", "2", "0", "50")};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = mover_on(&fake, 2);
    CHECK_INT(dw_mover_move(mover, bin(1), drive(1), &moved, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "bin_empty");
    CHECK_INT(dw_mover_move(mover, printer, output, &moved, &err), DW_ERR_CONFLICT);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "output_full");
    CHECK(!dw_mover_in_doubt(mover));
    dw_mover_free(mover);
}

static void ways_that_make_no_sense_are_refused_without_a_word_to_the_device(void)
{
    static const struct exchange script[] = {PROBE};
    static const struct dw_place bad[][2] = {
        {{DW_PLACE_BIN, 2}, {DW_PLACE_DRIVE, 1}},     {{DW_PLACE_BIN, 1}, {DW_PLACE_DRIVE, 3}},
        {{DW_PLACE_BIN, 1}, {DW_PLACE_DRIVE, 0}},     {{DW_PLACE_OUTPUT, 0}, {DW_PLACE_DRIVE, 1}},
        {{DW_PLACE_REJECT, 0}, {DW_PLACE_OUTPUT, 0}}, {{DW_PLACE_BIN, 1}, {DW_PLACE_OUTPUT, 0}},
        {{DW_PLACE_DRIVE, 1}, {DW_PLACE_DRIVE, 2}},   {{DW_PLACE_NONE, 0}, {DW_PLACE_DRIVE, 1}},
        {{DW_PLACE_DRIVE, 1}, {DW_PLACE_BIN, 1}},
    };
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    dw_mover *mover = mover_on(&fake, 2);
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++) {
        struct dw_error err = {0};
        enum dw_moved moved;
        CHECK_INT(dw_mover_move(mover, bad[i][0], bad[i][1], &moved, &err), DW_ERR_INVALID);
        CHECK_INT(moved, DW_MOVED_NO);
    }
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
}

static void a_stranger_on_the_wire_is_refused(void)
{
    static const struct exchange script[] = {{.send = "I\r", .reply = "I toaster\r"}};
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_mover_opts opts = {.drives = 2, .bins = 1};
    struct dw_error err = {0};
    dw_mover *mover = NULL;
    fake.link.ctx = &fake;
    CHECK_INT(dw_mover_new(&dw_sim_driver, &fake.link, &opts, &mover, &err), DW_ERR_UNSUPPORTED);
    CHECK(mover == NULL);
}

static void places_have_names_both_ways(void)
{
    static const struct dw_place places[] = {{DW_PLACE_BIN, 1},     {DW_PLACE_DRIVE, 8},
                                             {DW_PLACE_PRINTER, 0}, {DW_PLACE_OUTPUT, 0},
                                             {DW_PLACE_REJECT, 0},  {DW_PLACE_NONE, 0}};
    for (size_t i = 0; i < DW_ARRAY_LEN(places); i++) {
        char name[DW_PLACE_NAME_MAX];
        struct dw_place again = {0};
        CHECK(dw_place_from_name(dw_place_name(places[i], name), &again));
        CHECK(dw_place_same(places[i], again));
    }
    struct dw_place none;
    CHECK(!dw_place_from_name("drive 9", &none) && !dw_place_from_name("drive", &none) &&
          !dw_place_from_name("bin x", &none) && !dw_place_from_name(NULL, &none));
    CHECK(dw_mover_driver_find("sim") == &dw_sim_driver);
    CHECK(dw_mover_driver_find("none") == NULL && dw_mover_driver_find(NULL) == NULL);
}

static void a_move_of_the_arm_is_journalled_before_it_begins(void)
{
    static const struct exchange script[] = {
        PROBE,
        ALL_EMPTY,
        {.send = "M B1 D1 42\r", .reply = "E arm_jam unknown stuck\r"},
        PROBE,
        {.send = "H 42 B1 D1\r", .reply = "H\r"},
        SENSORS("1", "2", "1", "1", "19", "0"),
        {.send = "M D1 R 42\r", .reply = "M\r"}};
    char folder[64], path[96];
    struct dw_clock_manual hands = {0};
    struct dw_clock clock = dw_clock_from_manual(&hands);
    struct fake_link fake = fake_link_init(script, DW_ARRAY_LEN(script));
    struct dw_mover_opts opts = {.drives = 2, .bins = 1};
    struct dw_error err = {0};
    enum dw_moved moved;
    dw_mover *mover = NULL;
    fake.link.ctx = &fake;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/journal", folder);
    CHECK_OK(dw_journal_open(path, NULL, &clock, &opts.journal, &err), err);
    CHECK_OK(dw_mover_new(&dw_sim_driver, &fake.link, &opts, &mover, &err), err);
    CHECK_INT(dw_mover_carry(mover, 42, bin(1), drive(1), &moved, &err), DW_ERR_IO);
    dw_mover_free(mover);
    dw_journal_close(opts.journal);

    /* a new process: the doubt is still there, and ends with the answer about that disc alone */
    CHECK_OK(dw_journal_open(path, NULL, &clock, &opts.journal, &err), err);
    CHECK_OK(dw_mover_new(&dw_sim_driver, &fake.link, &opts, &mover, &err), err);
    CHECK(dw_mover_in_doubt(mover));
    CHECK_INT(dw_mover_carry(mover, 43, bin(1), drive(2), &moved, &err), DW_ERR_CONFLICT);
    CHECK_OK(dw_mover_answered(mover, 41, drive(2), &err), err);
    CHECK(dw_mover_in_doubt(mover));
    CHECK_OK(dw_mover_answered(mover, 42, drive(1), &err), err);
    CHECK(!dw_mover_in_doubt(mover));
    CHECK_OK(dw_mover_carry(mover, 42, drive(1), reject, &moved, &err), err);
    CHECK(fake_link_finished(&fake));
    dw_mover_free(mover);
    dw_journal_close(opts.journal);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static dw_mover *moving; /* a motion is under way in it */

static dw_status move_and_ask_for_a_tray(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                                         enum dw_moved *moved, struct dw_error *err)
{
    CHECK(!dw_interlock_tray_begin(dw_mover_interlock(moving), 2));
    *moved = from.kind == DW_PLACE_BIN ? DW_MOVED_YES : DW_MOVED_UNKNOWN;
    return *moved == DW_MOVED_YES ? DW_OK : dw_error_set(err, DW_ERR_IO, "as planned");
}

static dw_status sense_nothing(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err)
{
    *out = (struct dw_sensors){.drives = 2, .bins = 1, .bin = {{.discs = -1}}, .output = {.discs = -1},
                               .reject = {.discs = -1}};
    return DW_OK;
}

static dw_status probe_nothing(void *state, dw_link *link, struct dw_error *err)
{
    return DW_OK;
}

static void a_tray_waits_for_the_arm_and_the_arm_for_a_tray(void)
{
    struct dw_mover_driver driver = {
        .name = "test", .probe = probe_nothing, .sense = sense_nothing, .move = move_and_ask_for_a_tray};
    struct dw_mover_opts opts = {.drives = 2, .bins = 1};
    struct dw_error err = {0};
    enum dw_moved moved;
    CHECK_OK(dw_mover_new(&driver, NULL, &opts, &moving, &err), err);
    struct dw_interlock *interlock = dw_mover_interlock(moving);
    CHECK_OK(dw_mover_move(moving, bin(1), drive(1), &moved, &err), err);
    CHECK(dw_interlock_tray_begin(interlock, 1) && dw_interlock_tray_begin(interlock, 2));
    dw_interlock_tray_rests(interlock, 1);
    CHECK_INT(dw_mover_move(moving, bin(1), drive(1), &moved, &err), DW_ERR_BUSY);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK(!dw_mover_in_doubt(moving));
    dw_interlock_tray_rests(interlock, 2);
    CHECK_INT(dw_mover_carry(moving, 7, drive(1), reject, &moved, &err), DW_ERR_IO);
    CHECK(!dw_interlock_tray_begin(interlock, 1)); /* the arm may be anywhere */
    CHECK_OK(dw_mover_answered(moving, 7, reject, &err), err);
    CHECK(dw_interlock_tray_begin(interlock, 1));
    dw_mover_free(moving);
}

/* Who takes a disc out of one drive sees what the tray of another one does. */
static void a_person_is_no_arm_that_a_tray_must_wait_for(void)
{
    struct dw_interlock interlock;
    dw_interlock_init(&interlock, true);
    CHECK(dw_interlock_arm_begin(&interlock));
    CHECK(dw_interlock_tray_begin(&interlock, 1));
    CHECK(dw_interlock_arm_begin(&interlock));
    dw_interlock_done(&interlock);
}

static int motions;

static dw_status count_motion(void *state, dw_link *link, struct dw_place from, struct dw_place to, enum dw_moved *moved,
                              struct dw_error *err)
{
    motions++;
    *moved = DW_MOVED_YES;
    return DW_OK;
}

static dw_status printer_may_hold_a_label(void *ctx, long long disc, struct dw_error *err)
{
    return dw_error_set(err, *(bool *)ctx ? DW_ERR_GONE : DW_OK, "disc %lld: as planned", disc);
}

static void printer_looks(void *ctx, struct dw_printer_now *out)
{
    *out = (struct dw_printer_now){.ink_percent = -1};
}

static void nothing_is_laid_into_a_printer_that_may_print_the_label_of_another_disc(void)
{
    struct dw_mover_driver driver = {.name = "test", .probe = probe_nothing, .sense = sense_nothing, .move = count_motion};
    bool away = true;
    struct dw_printer beside = {.expect = printer_may_hold_a_label, .look = printer_looks, .fd = -1, .ctx = &away};
    struct dw_mover_opts opts = {.drives = 2, .bins = 1, .printer = &beside};
    struct dw_error err = {0};
    dw_mover *mover = NULL;
    enum dw_moved moved;
    motions = 0;
    CHECK_OK(dw_mover_new(&driver, NULL, &opts, &mover, &err), err);
    CHECK_INT(dw_mover_carry(mover, 7, drive(1), printer, &moved, &err), DW_ERR_BUSY);
    CHECK_STR(err.text, "disc 7: as planned");
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(mover), "printer_offline");
    CHECK_OK(dw_mover_carry(mover, 8, drive(2), reject, &moved, &err), err); /* all else goes on */
    CHECK_INT(motions, 1);
    away = false;
    CHECK_OK(dw_mover_carry(mover, 7, drive(1), printer, &moved, &err), err);
    CHECK_INT(motions, 2);
    dw_mover_free(mover);
}

TESTS(TEST(a_silent_arm_is_reported_and_nothing_more_is_sent),
      TEST(a_missed_pick_is_tried_again_only_so_often), TEST(an_open_cover_does_not_come_of_trying),
      TEST(a_machine_that_complains_is_not_told_to_move_unless_it_only_warns),
      TEST(a_jam_is_never_tried_again),
      TEST(an_answer_that_makes_no_sense_is_doubt), TEST(sensors_that_contradict_the_order_stop_it),
      TEST(an_empty_bin_and_a_full_one_are_no_doubt),
      TEST(ways_that_make_no_sense_are_refused_without_a_word_to_the_device),
      TEST(a_stranger_on_the_wire_is_refused), TEST(places_have_names_both_ways),
      TEST(a_move_of_the_arm_is_journalled_before_it_begins),
      TEST(a_tray_waits_for_the_arm_and_the_arm_for_a_tray), TEST(a_person_is_no_arm_that_a_tray_must_wait_for),
      TEST(nothing_is_laid_into_a_printer_that_may_print_the_label_of_another_disc))
