/* The simulated machine in virtual time: nothing here waits. */
#include "robot/sim.h"
#include "robot/sim_plan.h"

#include <sys/stat.h>

#include "base/channel.h"
#include "base/random.h"
#include "test.h"

struct bench {
    char folder[64];
    struct dw_clock_manual hands;
    struct dw_robot_options options;
    dw_sim *sim;
    dw_mover *mover;
    int64_t waits_left; /* then the power fails; -1: never */
};

static bool wait_or_fail(void *ctx, int64_t us)
{
    struct bench *b = ctx;
    if (b->waits_left == 0)
        return false;
    if (b->waits_left > 0)
        b->waits_left--;
    dw_clock_advance(&b->hands, us);
    return true;
}

static void power_on(struct bench *b)
{
    struct dw_error err = {0};
    struct dw_sim_opts sim = {.state_dir = b->folder,
                              .options = &b->options,
                              .clock = dw_clock_from_manual(&b->hands),
                              .waiter = {wait_or_fail, b}};
    struct dw_mover_opts mover = {.drives = (int)b->options.drives, .bins = DW_ROBOT_BINS_MAX};
    CHECK_OK(dw_sim_open(&sim, &b->sim, &err), err);
    CHECK_OK(dw_mover_new(&dw_sim_driver, dw_sim_link(b->sim), &mover, &b->mover, &err), err);
}

static void power_off(struct bench *b)
{
    dw_mover_free(b->mover);
    dw_sim_close(b->sim);
    b->mover = NULL;
    b->sim = NULL;
}

static void bench_init(struct bench *b, const char *faults)
{
    *b = (struct bench){.waits_left = -1};
    test_folder(b->folder);
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &b->options);
    snprintf(b->options.faults, sizeof b->options.faults, "%s", faults);
    power_on(b);
}

static void bench_done(struct bench *b)
{
    struct dw_error err = {0};
    power_off(b);
    CHECK_OK(dw_file_remove_tree(b->folder, &err), err);
}

static bool file_is(const struct bench *b, const char *rel, off_t size)
{
    char path[128];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", b->folder, rel);
    return stat(path, &info) == 0 && info.st_size == size;
}

static struct dw_sensors sense(struct bench *b)
{
    struct dw_sensors sensors = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_mover_sense(b->mover, &sensors, &err), err);
    return sensors;
}

static const struct dw_place bin1 = {DW_PLACE_BIN, 1}, bin2 = {DW_PLACE_BIN, 2},
                             drive1 = {DW_PLACE_DRIVE, 1}, drive2 = {DW_PLACE_DRIVE, 2},
                             printer = {DW_PLACE_PRINTER, 0}, output = {DW_PLACE_OUTPUT, 0},
                             reject = {DW_PLACE_REJECT, 0}, gone = {DW_PLACE_NONE, 0};

static dw_status move(struct bench *b, struct dw_place from, struct dw_place to,
                      enum dw_moved *moved)
{
    struct dw_error err = {0};
    return dw_mover_move(b->mover, from, to, moved, &err);
}

static void must_move(struct bench *b, struct dw_place from, struct dw_place to)
{
    struct dw_error err = {0};
    enum dw_moved moved;
    CHECK_OK(dw_mover_move(b->mover, from, to, &moved, &err), err);
    CHECK_INT(moved, DW_MOVED_YES);
}

static void must_carry(struct bench *b, int64_t row, struct dw_place from, struct dw_place to)
{
    struct dw_error err = {0};
    enum dw_moved moved;
    CHECK_OK(dw_mover_carry(b->mover, row, from, to, &moved, &err), err);
}

static void write_label(struct bench *b, char path[96])
{
    struct dw_error err = {0};
    snprintf(path, 96, "%s/label of disc.png", b->folder); /* with blanks, as paths may */
    CHECK_OK(dw_file_save(NULL, path, "PNG-bytes", 9, &err), err);
}

static void a_disc_becomes_a_file_and_ends_in_the_output_bin_with_its_label(void)
{
    struct bench b;
    char label[96], image[DW_PATH_MAX], png[DW_PATH_MAX], device[DW_PATH_MAX];
    struct dw_error err = {0};
    bench_init(&b, "");
    CHECK_INT(sense(&b).bin[0].discs, 20);
    must_move(&b, bin1, drive1);
    CHECK_INT(sense(&b).bin[0].discs, 19);
    CHECK_INT(sense(&b).drive[0], DW_SENSED_DISC);
    CHECK(sense(&b).blank_bytes[0] == 359847ULL * 2048);
    CHECK(file_is(&b, "discs/disc-1.iso", 0));
    CHECK_OK(dw_mover_drive_device(b.mover, 1, device, sizeof device, &err), err);
    CHECK(strncmp(device, "stdio:/", 7) == 0 && dw_text_ends_with(device, "/discs/disc-1.iso"));
    CHECK_INT(dw_mover_drive_device(b.mover, 2, device, sizeof device, &err), DW_ERR_IO);
    must_move(&b, drive1, printer);
    write_label(&b, label);
    CHECK_OK(dw_mover_print(b.mover, 1, label, &err), err);
    CHECK_INT(sense(&b).printer, DW_PRINTER_BUSY);
    dw_clock_advance(&b.hands, b.options.print_ms * 1000 - 1);
    CHECK_INT(sense(&b).printer, DW_PRINTER_BUSY);
    dw_clock_advance(&b.hands, 1);
    CHECK_INT(sense(&b).printer, DW_PRINTER_PRINTED);
    must_move(&b, printer, output);
    CHECK(file_is(&b, "output/disc-1.iso", 0));
    CHECK(file_is(&b, "output/disc-1.png", 9));
    CHECK(!file_is(&b, "discs/disc-1.iso", 0));
    CHECK_OK(dw_mover_delivered_files(b.mover, image, png, sizeof image, &err), err);
    CHECK(dw_text_ends_with(image, "/output/disc-1.iso"));
    CHECK(dw_text_ends_with(png, "/output/disc-1.png"));
    bench_done(&b);
}

static void a_motion_takes_its_time_and_a_scale_of_zero_none(void)
{
    struct bench b;
    bench_init(&b, "");
    must_move(&b, bin1, drive1);
    CHECK_INT(b.hands.mono_us, (8000 + 2 * 3000) * 1000);
    bench_done(&b);
    bench_init(&b, "");
    power_off(&b);
    b.options.time_scale = 0;
    power_on(&b);
    must_move(&b, bin1, drive1);
    CHECK_INT(b.hands.mono_us, 0);
    bench_done(&b);
}

static void every_medium_has_its_bin_and_its_size(void)
{
    struct bench b;
    bench_init(&b, "");
    must_move(&b, bin2, drive2);
    CHECK(sense(&b).blank_bytes[1] == 2295104ULL * 2048);
    CHECK_STR(sense(&b).bin[1].media, "dvd");
    bench_done(&b);
}

static void a_bin_takes_any_blank_one_can_buy_and_calls_it_by_its_first_name(void)
{
    struct bench b;
    struct dw_error err = {0};
    struct dw_robot_bins bins;
    bench_init(&b, "");
    CHECK_OK(dw_mover_refill(b.mover, bin1, 5, "bd-25", &err), err);
    CHECK_STR(sense(&b).bin[0].media, "bd");
    CHECK_INT(dw_mover_refill(b.mover, bin2, 5, "tape", &err), DW_ERR_IO);
    must_move(&b, bin1, drive1);
    CHECK(sense(&b).blank_bytes[0] == 12219392ULL * 2048);
    CHECK_OK(dw_robot_bins_read(" cd, dvd-9,bd-100", &bins, &err), err);
    CHECK_INT(bins.count, 3);
    CHECK_STR(bins.blank[1]->name, "dvd-dl");
    CHECK_INT(dw_robot_bins_read("cd,tape", &bins, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "'tape' is not one of");
    CHECK_INT(dw_robot_bins_read(" , ", &bins, &err), DW_ERR_INVALID);
    CHECK_INT(dw_robot_bins_read("cd,cd,cd,cd,cd,cd,cd,cd,cd", &bins, &err), DW_ERR_LIMIT);
    bench_done(&b);
}

static void faults_of_the_arm_leave_the_disc_where_plastic_would_be(void)
{
    static const struct {
        const char *plan, *fault;
        enum dw_moved moved;
        int left; /* in the bin */
        enum dw_sensed arm;
    } cases[] = {
        {"missed_pick@1", "pick_failed", DW_MOVED_NO, 20, DW_SENSED_EMPTY},
        {"double_pick@1", "double_pick", DW_MOVED_UNKNOWN, 18, DW_SENSED_DISC},
        {"jam@1", "arm_jam", DW_MOVED_UNKNOWN, 19, DW_SENSED_DISC},
        {"tray_stuck@1", "tray_stuck", DW_MOVED_UNKNOWN, 19, DW_SENSED_DISC},
        {"silence@1", "no_answer", DW_MOVED_UNKNOWN, 19, DW_SENSED_DISC},
        {"dropped@1", "disc_dropped", DW_MOVED_UNKNOWN, 19, DW_SENSED_EMPTY},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct bench b;
        enum dw_moved moved;
        bench_init(&b, cases[i].plan);
        CHECK(move(&b, bin1, drive1, &moved) != DW_OK);
        CHECK_INT(moved, cases[i].moved);
        CHECK_STR(dw_mover_last_fault(b.mover), cases[i].fault);
        CHECK_INT(sense(&b).bin[0].discs, cases[i].left);
        CHECK_INT(sense(&b).arm, cases[i].arm);
        CHECK_INT(sense(&b).drive[0], DW_SENSED_EMPTY);
        bench_done(&b);
    }
}

static void a_bin_runs_empty_and_is_filled_again(void)
{
    struct bench b;
    enum dw_moved moved;
    struct dw_error err = {0};
    bench_init(&b, "bin_empty@1");
    CHECK_INT(move(&b, bin1, drive1, &moved), DW_ERR_NOT_FOUND);
    CHECK_INT(moved, DW_MOVED_NO);
    CHECK_INT(dw_mover_refill(b.mover, bin1, 51, "cd", &err), DW_ERR_IO);
    CHECK_OK(dw_mover_refill(b.mover, bin1, 7, "dvd", &err), err);
    CHECK_INT(sense(&b).bin[0].discs, 7);
    CHECK_STR(sense(&b).bin[0].media, "dvd");
    CHECK_OK(dw_mover_refill(b.mover, bin1, -1, "", &err), err);
    CHECK_INT(sense(&b).bin[0].discs, 50);
    CHECK(dw_mover_refill(b.mover, bin1, 3, "tape", &err) != DW_OK);
    CHECK_INT(dw_mover_refill(b.mover, drive1, 3, "cd", &err), DW_ERR_INVALID);
    must_move(&b, bin1, drive1);
    bench_done(&b);
}

static void ink_ends_and_is_changed(void)
{
    struct bench b;
    char label[96];
    struct dw_error err = {0};
    bench_init(&b, "ink_out@1");
    must_move(&b, bin1, drive1);
    must_move(&b, drive1, printer);
    write_label(&b, label);
    CHECK(dw_mover_print(b.mover, 1, label, &err) != DW_OK);
    CHECK_STR(dw_mover_last_fault(b.mover), "ink_out");
    CHECK_INT(sense(&b).printer, DW_PRINTER_NO_INK);
    CHECK_INT(sense(&b).ink_percent, 0);
    CHECK_OK(dw_mover_refill(b.mover, printer, 0, "", &err), err);
    CHECK_INT(sense(&b).ink_percent, 100);
    CHECK_OK(dw_mover_print(b.mover, 1, label, &err), err);
    CHECK(dw_mover_print(b.mover, 1, "/no/such/label.png", &err) != DW_OK);
    bench_done(&b);
}

static void a_drive_fails_after_so_many_blocks_and_a_byte_may_flip(void)
{
    struct bench b;
    struct dw_error err = {0};
    char path[96], bytes[3000] = {0}, now[3000];
    bench_init(&b, "drive_fail@1:1, corrupt@2");
    must_move(&b, bin1, drive1);
    must_move(&b, bin1, drive2);
    for (int n = 1; n <= 2; n++) {
        snprintf(path, sizeof path, "%s/discs/disc-%d.iso", b.folder, n);
        CHECK_OK(dw_file_save(NULL, path, bytes, sizeof bytes, &err), err);
    }
    CHECK_INT(dw_mover_drive_written(b.mover, 1, &err), DW_ERR_IO);
    CHECK_HAS(err.text, "block 1");
    CHECK(file_is(&b, "discs/disc-1.iso", 2048));
    CHECK_OK(dw_mover_drive_written(b.mover, 2, &err), err);
    FILE *file = fopen(path, "rb");
    CHECK_INT(fread(now, 1, sizeof now, file), sizeof now);
    fclose(file);
    int different = 0;
    for (size_t i = 0; i < sizeof now; i++)
        different += now[i] != bytes[i];
    CHECK_INT(different, 1);
    CHECK_OK(dw_mover_drive_written(b.mover, 1, &err), err); /* each fault happens once */
    bench_done(&b);
}

static void a_fault_dropped_into_the_folder_strikes_at_the_next_motion(void)
{
    struct bench b;
    char path[96];
    enum dw_moved moved;
    struct dw_error err = {0};
    bench_init(&b, "");
    snprintf(path, sizeof path, "%s/inject", b.folder);
    CHECK_OK(dw_file_save(NULL, path, "jam@1\n", 6, &err), err);
    CHECK(move(&b, bin1, drive1, &moved) != DW_OK);
    CHECK_STR(dw_mover_last_fault(b.mover), "arm_jam");
    CHECK(access(path, F_OK) != 0);
    bench_done(&b);
}

/* Everything that has a number, counted once for each place it is in. */
static int count_discs(const struct bench *b, int *in_bins, bool *doubled)
{
    static const char *const singles[] = {"arm", "second", "floor", "in_printer"};
    static const char *const lists[] = {"drives", "output", "reject"};
    int64_t seen[64];
    int count = 0;
    char path[96];
    snprintf(path, sizeof path, "%s/sim.json", b->folder);
    json_t *world = json_load_file(path, 0, NULL);
    CHECK(world != NULL);
    for (size_t i = 0; i < DW_ARRAY_LEN(singles); i++) {
        int64_t serial = dw_json_int(json_object_get(world, singles[i]), "serial", 0);
        if (serial)
            seen[count++] = serial;
    }
    for (size_t l = 0; l < DW_ARRAY_LEN(lists); l++) {
        const json_t *list = json_object_get(world, lists[l]);
        for (size_t i = 0; i < json_array_size(list) && count < 64; i++) {
            int64_t serial = dw_json_int(json_array_get(list, i), "serial", 0);
            if (serial)
                seen[count++] = serial;
        }
    }
    *in_bins = 0;
    for (size_t i = 0; i < json_array_size(json_object_get(world, "bins")); i++)
        *in_bins += (int)dw_json_int(json_array_get(json_object_get(world, "bins"), i), "discs", 0);
    *doubled = false;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++)
            *doubled |= seen[i] == seen[j];
    }
    json_decref(world);
    return count;
}

static void power_lost_at_any_moment_leaves_each_disc_in_one_place(void)
{
    static const struct {
        struct dw_place from, to;
    } way[] = {{{DW_PLACE_BIN, 1}, {DW_PLACE_DRIVE, 1}},
               {{DW_PLACE_DRIVE, 1}, {DW_PLACE_PRINTER, 0}},
               {{DW_PLACE_PRINTER, 0}, {DW_PLACE_OUTPUT, 0}}};
    for (int fail_at = 0; fail_at < 16; fail_at++) {
        struct bench b;
        int in_bins;
        bool doubled;
        enum dw_moved moved = DW_MOVED_YES;
        bench_init(&b, "");
        b.waits_left = fail_at;
        for (size_t i = 0; i < DW_ARRAY_LEN(way) && moved == DW_MOVED_YES; i++)
            CHECK(move(&b, way[i].from, way[i].to, &moved) == DW_OK || moved == DW_MOVED_UNKNOWN);
        power_off(&b);
        b.waits_left = -1;
        power_on(&b);
        int numbered = count_discs(&b, &in_bins, &doubled);
        CHECK(!doubled);
        CHECK_INT(numbered + in_bins, 40);
        CHECK_INT(sense(&b).bin[0].discs + numbered, 20);
        bench_done(&b);
    }
}

static void a_persons_hand_puts_the_disc_where_they_say(void)
{
    static const struct {
        const char *plan;
        struct dw_place at;
        int discs_in_machine, in_bins;
    } cases[] = {
        {"jam@1", {DW_PLACE_DRIVE, 2}, 1, 39},        {"jam@1", {DW_PLACE_REJECT, 0}, 1, 39},
        {"dropped@1", {DW_PLACE_NONE, 0}, 0, 39},     {"double_pick@1", {DW_PLACE_NONE, 0}, 0, 39},
        {"tray_stuck@1", {DW_PLACE_DRIVE, 1}, 1, 39}, {"silence@1", {DW_PLACE_OUTPUT, 0}, 1, 39}};
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct bench b;
        char path[96];
        int in_bins;
        bool doubled;
        enum dw_moved moved;
        struct dw_error err = {0};
        struct dw_clock clock = {0};
        bench_init(&b, cases[i].plan);
        dw_mover_free(b.mover);
        clock = dw_clock_from_manual(&b.hands);
        struct dw_mover_opts opts = {.drives = 2, .bins = 2};
        snprintf(path, sizeof path, "%s/journal", b.folder);
        CHECK_OK(dw_journal_open(path, NULL, &clock, &opts.journal, &err), err);
        CHECK_OK(dw_mover_new(&dw_sim_driver, dw_sim_link(b.sim), &opts, &b.mover, &err), err);
        CHECK(dw_mover_carry(b.mover, 5, bin1, drive1, &moved, &err) != DW_OK);
        CHECK_OK(dw_mover_answered(b.mover, 5, cases[i].at, &err), err);
        CHECK_INT(count_discs(&b, &in_bins, &doubled), cases[i].discs_in_machine);
        CHECK_INT(in_bins, cases[i].in_bins);
        CHECK_INT(sense(&b).arm, DW_SENSED_EMPTY);
        CHECK(!dw_mover_in_doubt(b.mover));
        dw_journal_close(opts.journal);
        bench_done(&b);
    }
}

/* Killed after the person acted and before that was noted: the same question comes again. */
static void the_same_answer_twice_touches_no_other_disc(void)
{
    static const char *const twice[][2] = {{"H 3 P N\r", "H 3 P R\r"},
                                           {"H 3 P R\r", "H 3 P N\r"},
                                           {"H 3 P N\r", "H 3 P O\r"},
                                           {"H 3 P O\r", "H 3 P N\r"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(twice); i++) {
        struct bench b;
        int in_bins;
        bool doubled;
        enum dw_moved moved;
        bench_init(&b, "jam@9");
        for (int n = 0; n < 3; n++) {
            must_carry(&b, n + 1, bin1, drive1);
            must_carry(&b, n + 1, drive1, printer);
            CHECK_INT(dw_mover_carry(b.mover, n + 1, printer, output, &moved, NULL),
                      n == 2 ? DW_ERR_IO : DW_OK);
        }
        for (int k = 0; k < 2; k++) {
            char reply[64];
            size_t size = 0;
            struct dw_error err = {0};
            dw_link *link = dw_sim_link(b.sim);
            CHECK_OK(link->exchange(link->ctx, twice[i][k], strlen(twice[i][k]), reply,
                                    sizeof reply, &size, 100, &err),
                     err);
            CHECK(size == 2 && reply[0] == 'H');
        }
        struct dw_sensors now = sense(&b);
        CHECK_INT(now.arm, DW_SENSED_EMPTY);
        CHECK_INT(now.output.discs, 2); /* the two good ones, whatever became of the third */
        CHECK(count_discs(&b, &in_bins, &doubled) <= 3 && !doubled);
        CHECK(file_is(&b, "output/disc-1.iso", 0) && file_is(&b, "output/disc-2.iso", 0));
        bench_done(&b);
    }
}

static void a_disc_brought_back_by_a_person_brings_its_bytes(void)
{
    struct bench b;
    char path[96], reply[64];
    size_t size = 0;
    struct dw_error err = {0};
    bench_init(&b, "");
    must_carry(&b, 1, bin1, drive1);
    snprintf(path, sizeof path, "%s/discs/disc-1.iso", b.folder);
    CHECK_OK(dw_file_save(NULL, path, "bytes", 5, &err), err);
    must_move(&b, drive1, reject);
    CHECK(file_is(&b, "reject/disc-1.iso", 5));
    dw_link *link = dw_sim_link(b.sim);
    CHECK_OK(link->exchange(link->ctx, "H 1 R D2\r", 9, reply, sizeof reply, &size, 100, &err),
             err);
    CHECK(file_is(&b, "discs/disc-1.iso", 5));
    CHECK_INT(sense(&b).drive[1], DW_SENSED_DISC);
    CHECK_INT(sense(&b).reject.discs, 0);
    bench_done(&b);
}

static void taken_out_discs_are_gone_and_emptied_reject_bins_are_shredded(void)
{
    struct bench b;
    struct dw_error err = {0};
    bench_init(&b, "");
    must_move(&b, bin1, drive1);
    must_move(&b, drive1, reject);
    CHECK(file_is(&b, "reject/disc-1.iso", 0));
    CHECK_OK(dw_mover_refill(b.mover, reject, 0, "", &err), err);
    CHECK(!file_is(&b, "reject/disc-1.iso", 0));
    CHECK_INT(sense(&b).reject.discs, 0);
    must_move(&b, bin1, drive1);
    CHECK_OK(dw_mover_cleared(b.mover, drive1, &err), err);
    CHECK_INT(sense(&b).drive[0], DW_SENSED_EMPTY);
    CHECK(!file_is(&b, "discs/disc-2.iso", 0));
    CHECK(dw_place_same(gone, (struct dw_place){0}));
    bench_done(&b);
}

static void a_machine_that_lost_a_drive_with_a_disc_in_it_is_not_started(void)
{
    struct bench b;
    dw_sim *sim = NULL;
    struct dw_error err = {0};
    bench_init(&b, "");
    must_move(&b, bin1, drive2);
    b.options.drives = 1;
    struct dw_sim_opts opts = {.state_dir = b.folder,
                               .options = &b.options,
                               .clock = dw_clock_from_manual(&b.hands),
                               .waiter = dw_sim_waiter_manual(&b.hands)};
    CHECK_INT(dw_sim_open(&opts, &sim, &err), DW_ERR_CONFLICT);
    CHECK(sim == NULL);
    snprintf(b.options.bins, sizeof b.options.bins, "cd,tape");
    CHECK_INT(dw_sim_open(&opts, &sim, &err), DW_ERR_INVALID);
    bench_done(&b);
}

static void frames_that_make_no_sense_are_answered_as_such(void)
{
    static const char *const bad[] = {
        "Z", "M",       "M B1", "M B9 D1",  "M X1 D1", "P",         "D",        "D 9", "W x",
        "F", "F B1 -2", "H D1", "H x D1 N", "H 1 D1",  "M B1 D1 x", "X fire@1", "",    "MB1 D1"};
    struct bench b;
    bench_init(&b, "");
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++) {
        char reply[DW_LINK_FRAME_MAX];
        struct dw_error err = {0};
        CHECK_OK(dw_link_ask(dw_sim_link(b.sim), bad[i], reply, sizeof reply, 100, &err), err);
        CHECK(reply[0] == 'E');
    }
    CHECK_INT(sense(&b).bin[0].discs, 20);
    bench_done(&b);
}

/* Written down and read again it is still a plan: the machine starts after a power cut between the two. */
static void of_two_faults_that_are_due_at_once_the_second_strikes_at_the_next_motion(void)
{
    struct dw_sim_plan plan = {.count = 0}, read = {.count = 0};
    struct dw_error err = {0};
    struct dw_buf text = {0};
    enum dw_sim_fault fault = DW_SIM_FAULT_COUNT;
    CHECK_OK(dw_sim_plan_add(&plan, "jam@1, dropped@1, cover_open@2", &err), err);
    CHECK(dw_sim_plan_motion(&plan, &fault));
    CHECK_INT(fault, DW_SIM_JAM);
    dw_sim_plan_text(&plan, &text);
    CHECK_STR(text.data, "dropped@1, cover_open@1");
    CHECK_OK(dw_sim_plan_add(&read, text.data, &err), err);
    CHECK(dw_sim_plan_motion(&read, &fault));
    CHECK_INT(fault, DW_SIM_DROPPED);
    dw_buf_done(&text);
}

static void what_is_planned_for_now_is_complained_of_at_once(void)
{
    struct bench b;
    char reply[DW_LINK_FRAME_MAX];
    struct dw_error err = {0};
    bench_init(&b, "");
    CHECK_OK(dw_link_ask(dw_sim_link(b.sim), "X cover_open@0", reply, sizeof reply, 100, &err), err);
    CHECK_STR(reply, "X");
    CHECK_STR(sense(&b).fault, "cover_open");
    CHECK_OK(dw_link_ask(dw_sim_link(b.sim), "X jam@0", reply, sizeof reply, 100, &err), err);
    CHECK(reply[0] == 'E'); /* there is nothing that could jam */
    bench_done(&b);
}

TESTS(TEST(a_disc_becomes_a_file_and_ends_in_the_output_bin_with_its_label),
      TEST(a_motion_takes_its_time_and_a_scale_of_zero_none),
      TEST(every_medium_has_its_bin_and_its_size),
      TEST(a_bin_takes_any_blank_one_can_buy_and_calls_it_by_its_first_name),
      TEST(faults_of_the_arm_leave_the_disc_where_plastic_would_be),
      TEST(a_bin_runs_empty_and_is_filled_again), TEST(ink_ends_and_is_changed),
      TEST(a_drive_fails_after_so_many_blocks_and_a_byte_may_flip),
      TEST(a_fault_dropped_into_the_folder_strikes_at_the_next_motion),
      TEST(power_lost_at_any_moment_leaves_each_disc_in_one_place),
      TEST(a_persons_hand_puts_the_disc_where_they_say),
      TEST(the_same_answer_twice_touches_no_other_disc),
      TEST(a_disc_brought_back_by_a_person_brings_its_bytes),
      TEST(taken_out_discs_are_gone_and_emptied_reject_bins_are_shredded),
      TEST(a_machine_that_lost_a_drive_with_a_disc_in_it_is_not_started),
      TEST(of_two_faults_that_are_due_at_once_the_second_strikes_at_the_next_motion),
      TEST(what_is_planned_for_now_is_complained_of_at_once),
      TEST(frames_that_make_no_sense_are_answered_as_such))
