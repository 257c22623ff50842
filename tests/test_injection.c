/* Every row of robot/faults.h at every step of a disc's way: no disc is lost or in two places, none
 * carries another's label, none is delivered unread or twice, and each job ends done or held with a
 * reason. */
#include "burn/drive/sense.h"
#include "robot/sim_plan.h"
#include "station_fixture.h"

#define VOLUMES 3
#define BLANKS 40

/* --- the machine as somebody sees who opens the lid --- */

struct machine {
    json_t *world;
};

static struct machine look(struct station_house *h)
{
    char path[96];
    snprintf(path, sizeof path, "%s/sim.json", h->folder);
    struct machine m = {json_load_file(path, 0, NULL)};
    CHECK(m.world != NULL);
    return m;
}

static const json_t *at(const struct machine *m, const char *place)
{
    return json_object_get(m->world, place);
}

static bool holds(const json_t *place, int64_t disc)
{
    return dw_json_int(place, "serial", 0) && (!disc || dw_json_int(place, "row", 0) == disc);
}

static bool pile_holds(const json_t *pile, int64_t disc)
{
    size_t i;
    const json_t *one;
    json_array_foreach(pile, i, one)
    {
        if (holds(one, disc))
            return true;
    }
    return false;
}

/* --- the person --- */

static void say_where(struct station_house *h, const struct station_row *row, bool refused)
{
    struct machine m = look(h);
    const char *answer = "gone";
    if (!refused && pile_holds(at(&m, "output"), row->disc))
        answer = "output";
    else if (pile_holds(at(&m, "reject"), row->disc))
        answer = "reject";
    else if (holds(json_array_get(at(&m, "drives"), 0), row->disc))
        answer = "drive 1";
    else if (holds(json_array_get(at(&m, "drives"), 1), row->disc))
        answer = "drive 2";
    json_decref(m.world);
    dw_station_place(h->station, row->disc, answer);
}

/* Does what the sentence asks for. false: nothing is asked. */
static bool person(struct station_house *h)
{
    char key[DW_FAULT_KEY_MAX];
    if (h->faults == 0)
        return false;
    for (int i = 0; i < h->rows; i++) {
        char end[16];
        snprintf(end, sizeof end, ":%lld", (long long)h->row[i].disc);
        for (int f = 0; h->row[i].state == DW_DISC_UNKNOWN && f < h->faults; f++) {
            if (dw_text_ends_with(h->fault[f], end)) {
                say_where(h, &h->row[i], strstr(h->sentence[f], "cannot count") != NULL);
                return true;
            }
        }
    }
    memcpy(key, h->fault[0], sizeof key);
    struct dw_error err = {0};
    if (strcmp(key, "bin_empty:cd") == 0)
        CHECK_OK(dw_station_refill(h->station, "bin 1", BLANKS, "cd", NULL, &err), err);
    dw_station_acknowledge(h->station, key);
    return true;
}

static void work_and_help(struct station_house *h)
{
    int visits = 0;
    house_run(h);
    while (visits < 40 && person(h)) {
        visits++;
        house_run(h);
    }
    CHECK(visits < 40);
}

/* --- what must hold in the end --- */

static void text_of(const struct station_house *h, int64_t serial, const char *ending, char out[32])
{
    char path[128];
    struct dw_buf bytes = {0};
    snprintf(path, sizeof path, "%s/output/disc-%lld.%s", h->folder, (long long)serial, ending);
    struct dw_error err = {0};
    CHECK_OK(dw_file_read_all(path, 1 << 20, &bytes, &err), err);
    dw_text_cut(out, 32, bytes.data ? bytes.data : "");
    dw_buf_done(&bytes);
}

/* Content, label and row of every delivered disc are of one volume. */
static void check_output(struct station_house *h, const struct machine *m)
{
    size_t i;
    const json_t *disc;
    json_array_foreach(at(m, "output"), i, disc)
    {
        char content[32] = "", label[32] = "", want[32];
        const struct station_row *row = house_row(h, dw_json_int(disc, "row", 0));
        CHECK(row != NULL && row->state == DW_DISC_DELIVERED);
        snprintf(want, sizeof want, "volume %d", row ? row->volume : 0);
        text_of(h, dw_json_int(disc, "serial", 0), "iso", content);
        text_of(h, dw_json_int(disc, "serial", 0), "png", label);
        CHECK_STR(content, want);
        CHECK_STR(label, want);
    }
}

static void check_machine(struct station_house *h, int taken_out)
{
    struct machine m = look(h);
    int in_bins = (int)dw_json_int(json_array_get(at(&m, "bins"), 0), "discs", 0);
    int output = (int)json_array_size(at(&m, "output")),
        reject = (int)json_array_size(at(&m, "reject"));
    CHECK(!holds(at(&m, "arm"), 0) && !holds(at(&m, "floor"), 0) && !holds(at(&m, "second"), 0) &&
          !holds(at(&m, "in_printer"), 0) && !holds(json_array_get(at(&m, "drives"), 0), 0) &&
          !holds(json_array_get(at(&m, "drives"), 1), 0));
    /* A second disc of a double pick goes back to its bin. */
    CHECK(in_bins + output + reject + taken_out >= BLANKS && in_bins + output + reject <= BLANKS);
    check_output(h, &m);
    json_decref(m.world);
}

static void check_jobs(struct station_house *h, const char *plan)
{
    int taken_out = 0, before = test_failures;
    for (int i = 0; i < h->rows; i++) {
        CHECK(dw_disc_is_final(h->row[i].state));
        taken_out += h->row[i].state == DW_DISC_ABANDONED;
    }
    for (int v = 1; v <= VOLUMES; v++) {
        int delivered = 0;
        for (int i = 0; i < h->rows; i++)
            delivered += h->row[i].volume == v && h->row[i].state == DW_DISC_DELIVERED;
        CHECK(delivered <= 1);
        CHECK(delivered == 1 || strlen(h->held[v]) > 10);
    }
    CHECK_INT(h->faults, 0);
    check_machine(h, taken_out);
    if (test_failures != before)
        fprintf(stderr, "  with %s\n", plan);
}

/* --- the machine fails --- */

static bool possible(const char *plan)
{
    struct dw_sim_plan ignored = {0};
    return dw_sim_plan_add(&ignored, plan, NULL) == DW_OK;
}

/* before: what goes wrong as well, ""; so that a disc is on its way to the reject bin. */
static bool once(const char *before, const char *id, int when)
{
    static struct station_house h;
    char plan[96];
    snprintf(plan, sizeof plan, "%s%s@%d", before, id, when);
    if (!possible(plan))
        return false;
    house_init(&h, VOLUMES, plan);
    work_and_help(&h);
    check_jobs(&h, plan);
    const struct dw_fault *row = dw_fault_find(id);
    bool told = h.seen > 0;
    for (int i = 0; i < h.rows; i++)
        told |= h.row[i].fault[0] != 0;
    /* What strikes is told: as a fault, or in the row of its disc. A missed pick is tried again by
     * itself; two discs come from a bin only, and not every motion needs a tray. */
    bool quiet = row->action == DW_FAULT_RETRY || strcmp(id, "double_pick") == 0 ||
                 strcmp(id, "tray_stuck") == 0;
    CHECK(told || quiet);
    if (!told && !quiet)
        fprintf(stderr, "  with %s\n", plan);
    house_done(&h);
    return true;
}

/* The rows that are injected below are all that a Primera robot can say. An empty bin is no word of the plan with a row: it
 * has one of its own. */
static void every_number_of_ptrobot_is_injected(void)
{
    for (int number = 1; number <= DW_FAULT_PTROBOT_MAX; number++) {
        char plan[64];
        snprintf(plan, sizeof plan, "%s@1", dw_fault_of_ptrobot(number)->id);
        CHECK(possible(plan));
        if (!possible(plan))
            fprintf(stderr, "  number %d: %s\n", number, plan);
    }
}

static int steps_of(const struct dw_fault *row)
{
    if (row->about == DW_FAULT_ROBOT)
        return 3 * VOLUMES; /* three motions carry a disc from bin to hand */
    if (row->about == DW_FAULT_BIN)
        return 1; /* nobody asks for the discs of the other bin */
    return row->about == DW_FAULT_PRINTER ? VOLUMES : 2;
}

static void whatever_the_machine_reports_at_whatever_step_no_disc_is_lost_or_mixed_up(void)
{
    int runs = 0, rows = 0;
    for (size_t i = 0; i < dw_faults_count; i++) {
        bool any = false;
        for (int when = 1; when <= steps_of(&dw_faults[i]); when++) {
            if (once("", dw_faults[i].id, when)) {
                runs++;
                any = true;
            }
        }
        rows += any;
    }
    fprintf(stderr, "%d of %zu rows in %d runs\n", rows, dw_faults_count, runs);
    CHECK(rows >= 50);
}

/* The way of a bad disc: from its drive (the second or third motion), and from the printer. */
static void whatever_happens_to_a_bad_disc_on_its_way_out_it_is_not_delivered(void)
{
    int runs = 0;
    for (size_t i = 0; i < dw_faults_count; i++) {
        if (dw_faults[i].about != DW_FAULT_ROBOT)
            continue;
        for (int when = 2; when <= 3; when++)
            runs += once("write_error@1, ", dw_faults[i].id, when);
        for (int when = 3; when <= 5; when++)
            runs += once("label_spoiled@1, ", dw_faults[i].id, when);
    }
    fprintf(stderr, "%d runs\n", runs);
    CHECK(runs > 100);
}

/* --- a task fails --- */

static const char *planned_task, *planned_fault;
static int planned_percent, planned_times;

static const char *fail_as_planned(struct station_house *h, const char *task,
                                   const struct station_row *row, int *written_percent)
{
    if (strcmp(task, planned_task) != 0 || planned_times-- <= 0)
        return "";
    *written_percent = planned_percent;
    return planned_fault;
}

static void every_failure_of_a_drive_at_every_step_of_a_task_ends_with_a_reason(void)
{
    static const struct {
        const char *task;
        int percent;
    } steps[] = {{"burn", 0}, {"burn", 50}, {"burn", 100}, {"verify", 100}, {"check", 100}};
    static struct station_house h;
    int runs = 0;
    for (int fault = DW_BURN_FAULT_OTHER; fault < DW_BURN_FAULT_COUNT; fault++) {
        for (size_t s = 0; s < DW_ARRAY_LEN(steps); s++) {
            char what[64];
            planned_task = steps[s].task;
            planned_percent = steps[s].percent;
            planned_fault = dw_burn_fault_name((enum dw_burn_fault)fault);
            planned_times = 1;
            snprintf(what, sizeof what, "%s in %s after %d%%", planned_fault, planned_task,
                     planned_percent);
            house_init(&h, VOLUMES, "");
            h.task = fail_as_planned;
            work_and_help(&h);
            check_jobs(&h, what);
            runs++;
            house_done(&h);
        }
    }
    fprintf(stderr, "%d runs\n", runs);
}

static int read_well[STATION_ROWS + 1]; /* of each disc */

static const char *fail_to_read(struct station_house *h, const char *task, const struct station_row *row,
                                int *written_percent)
{
    const char *fault = fail_as_planned(h, task, row, written_percent);
    read_well[row->disc] += strcmp(task, "verify") == 0 && !*fault;
    return fault;
}

/* Whatever row a task might name: that of a drive, of a disc, or one that no task should know of. */
static void whatever_ends_a_reading_the_disc_is_not_delivered_unread(void)
{
    static struct station_house h;
    int again = 0;
    for (size_t i = 0; i < dw_faults_count; i++) {
        char what[64];
        planned_task = "verify";
        planned_fault = dw_faults[i].id;
        planned_times = 1;
        snprintf(what, sizeof what, "verify ends with %s", planned_fault);
        house_init(&h, VOLUMES, "");
        h.task = fail_to_read;
        memset(read_well, 0, sizeof read_well);
        work_and_help(&h);
        check_jobs(&h, what);
        for (int r = 0; r < h.rows; r++)
            CHECK(h.row[r].state != DW_DISC_DELIVERED || read_well[h.row[r].disc] == 1);
        /* A person has found it in its drive: it was read from the beginning. */
        again += h.row[0].state == DW_DISC_DELIVERED;
        CHECK(h.row[0].state != DW_DISC_DELIVERED || dw_faults[i].action == DW_FAULT_ASK);
        house_done(&h);
    }
    CHECK(again > 0);
}

/* --- the machine speaks while nothing is asked of it --- */

static const struct dw_fault *sudden;

static void strike(struct station_house *h, int number)
{
    char plan[64];
    struct dw_error err = {0};
    snprintf(plan, sizeof plan, "%s@%d", sudden->id, number);
    sudden = NULL;
    CHECK_OK(dw_station_inject(h->station, plan, &err), err);
}

static bool strikes_at_once(const struct dw_fault *row)
{
    return row->about == DW_FAULT_ROBOT || row->about == DW_FAULT_PRINTER;
}

/* What is about a drive or its disc strikes when the disc that was read is judged, or with the next one. */
static const char *strike_while_reading(struct station_house *h, const char *task,
                                        const struct station_row *row, int *written_percent)
{
    if (sudden && strcmp(task, "verify") == 0)
        strike(h, strikes_at_once(sudden) ? 0 : row->drive);
    return "";
}

/* After the disc is written, and before its reading begins. */
static const char *strike_before_reading(struct station_house *h, const char *task,
                                         const struct station_row *row, int *written_percent)
{
    if (sudden && strcmp(task, "burn") == 0)
        strike(h, row->drive);
    return "";
}

static void strike_while_printing(struct station_house *h)
{
    struct dw_sensors sensors = {.drives = 0};
    struct dw_error err = {0};
    if (!sudden)
        return;
    CHECK_OK(dw_mover_sense(h->mover, &sensors, &err), err);
    if (sensors.printer == DW_PRINTER_BUSY)
        strike(h, 0);
}

static bool struck_by(const struct dw_fault *row, station_task_fn *task, void (*round)(struct station_house *h),
                      const char *when)
{
    static struct station_house h;
    char what[80], plan[64];
    snprintf(plan, sizeof plan, "%s@%d", row->id, strikes_at_once(row) ? 0 : 1);
    if (row->about == DW_FAULT_BIN || !possible(plan))
        return false;
    sudden = row;
    snprintf(what, sizeof what, "%s %s", row->id, when);
    house_init(&h, VOLUMES, "");
    h.task = task;
    h.round = round;
    work_and_help(&h);
    CHECK(sudden == NULL);
    check_jobs(&h, what);
    /* A spoiled label never goes out, and what holds the machine is told. */
    if (round && row->about == DW_FAULT_PRINTER && row->action != DW_FAULT_WARN)
        CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
    if (strikes_at_once(row) && dw_fault_holds(row))
        CHECK(h.seen > 0);
    house_done(&h);
    return true;
}

static void whatever_is_reported_while_a_disc_is_read_back_nothing_is_lost(void)
{
    int runs = 0;
    for (size_t i = 0; i < dw_faults_count; i++) {
        runs += struck_by(&dw_faults[i], strike_while_reading, NULL, "during verify");
        if (!strikes_at_once(&dw_faults[i]))
            runs += struck_by(&dw_faults[i], strike_before_reading, NULL, "before verify");
    }
    fprintf(stderr, "%d runs\n", runs);
    CHECK(runs >= 60);
}

static void whatever_is_reported_in_the_middle_of_a_label_it_is_on_no_wrong_disc_and_no_spoiled_one_goes_out(void)
{
    int runs = 0;
    for (size_t i = 0; i < dw_faults_count; i++) {
        if (strikes_at_once(&dw_faults[i]))
            runs += struck_by(&dw_faults[i], NULL, strike_while_printing, "in the middle of a label");
    }
    fprintf(stderr, "%d runs\n", runs);
    CHECK(runs >= 30);
}

TESTS(TEST(every_number_of_ptrobot_is_injected),
      TEST(whatever_the_machine_reports_at_whatever_step_no_disc_is_lost_or_mixed_up),
      TEST(whatever_happens_to_a_bad_disc_on_its_way_out_it_is_not_delivered),
      TEST(every_failure_of_a_drive_at_every_step_of_a_task_ends_with_a_reason),
      TEST(whatever_ends_a_reading_the_disc_is_not_delivered_unread),
      TEST(whatever_is_reported_while_a_disc_is_read_back_nothing_is_lost),
      TEST(whatever_is_reported_in_the_middle_of_a_label_it_is_on_no_wrong_disc_and_no_spoiled_one_goes_out))
