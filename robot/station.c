#include "robot/station.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "robot/station_state.h"

struct station_disc *station_find(dw_station *station, int64_t disc)
{
    for (size_t i = 0; disc && i < station->count; i++) {
        if (station->discs[i]->order.disc == disc)
            return station->discs[i];
    }
    return NULL;
}

struct station_disc *station_at(dw_station *station, struct dw_place place)
{
    for (size_t i = 0; i < station->count; i++) {
        if (dw_place_same(station->discs[i]->at, place))
            return station->discs[i];
    }
    return NULL;
}

const struct dw_journal_motion *station_motion(const dw_station *station, int64_t disc)
{
    for (size_t i = 0; i < station->motion_count; i++) {
        if (station->motions[i].disc == disc)
            return &station->motions[i];
    }
    return NULL;
}

static void disc_free(struct station_disc *disc)
{
    dw_disc_order_done(&disc->order);
    free(disc->image);
    free(disc->label);
    free(disc);
}

/* Nothing of it remains but what the sensors see. */
void station_forget(dw_station *station, struct station_disc *disc)
{
    int64_t number = disc->order.disc;
    station_set_leave(station, disc);
    if (station->arm_owner == number)
        station->arm_owner = 0;
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        if (station->drive[i].disc == number) {
            dw_worker_kill(&station->drive[i].worker);
            station->drive[i].disc = 0;
        }
    }
    for (size_t i = 0; i < station->count; i++) {
        if (station->discs[i] != disc)
            continue;
        memmove(&station->discs[i], &station->discs[i + 1],
                (station->count - i - 1) * sizeof station->discs[0]);
        station->count--;
        break;
    }
    station_clear_disc(station, number);
    disc_free(disc);
}

static dw_status copy_motions(dw_station *station, const dw_journal *journal, struct dw_error *err)
{
    const struct dw_journal_motion *motions;
    size_t count = journal ? dw_journal_motions(journal, &motions) : 0;
    const struct dw_journal_motion *open = journal ? dw_journal_unfinished(journal) : NULL;
    if (open)
        station->lost_disc = open->disc;
    if (count == 0)
        return DW_OK;
    station->motions = calloc(count, sizeof *motions);
    if (!station->motions)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy(station->motions, motions, count * sizeof *motions);
    station->motion_count = count;
    return DW_OK;
}

dw_status dw_station_new(const struct dw_station_opts *opts, dw_station **out, struct dw_error *err)
{
    dw_station *station = calloc(1, sizeof *station);
    if (!station)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    station->opts = *opts;
    station->faults.listener = &station->opts.listener;
    station->options = *opts->options;
    station->sensors = opts->sensors;
    station->started_us = dw_clock_mono_us(&opts->clock);
    station_rates_init(station);
    station_trays_unseen(station); /* an earlier program may have left one out */
    dw_status st = copy_motions(station, opts->journal, err);
    if (st == DW_OK && station->lost_disc)
        station_raise(station, "position_unknown", station->lost_disc, 0, NULL, NULL);
    if (st == DW_OK)
        *out = station;
    else
        dw_station_free(station);
    return st;
}

void dw_station_free(dw_station *station)
{
    if (!station)
        return;
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++)
        dw_worker_kill(&station->drive[i].worker);
    for (size_t i = 0; i < station->count; i++)
        disc_free(station->discs[i]);
    free(station->discs);
    free(station->motions);
    json_decref(station->last_status);
    free(station);
}

static dw_status add(dw_station *station, struct station_disc *disc, struct dw_error *err)
{
    if (station->count >= DW_ROBOT_ORDERS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a robot keeps at most %d discs in mind",
                            DW_ROBOT_ORDERS_MAX);
    if (station->count == station->room) {
        size_t room = station->room ? 2 * station->room : 16;
        struct station_disc **grown = realloc(station->discs, room * sizeof *grown);
        if (!grown)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        station->discs = grown;
        station->room = room;
    }
    station->discs[station->count++] = disc;
    return DW_OK;
}

dw_status dw_station_order(dw_station *station, json_t *head, struct dw_error *err)
{
    struct dw_disc_order order;
    dw_status st = dw_disc_order_read(head, &order, err);
    if (st != DW_OK)
        return st;
    if (station_find(station, order.disc) || dw_disc_is_final(order.state)) {
        dw_disc_order_done(&order);
        return DW_OK;
    }
    struct station_disc *disc = calloc(1, sizeof *disc);
    if (!disc) {
        dw_disc_order_done(&order);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    disc->order = order;
    disc->state = order.state;
    disc->before = order.before;
    st = add(station, disc, err);
    if (st != DW_OK) {
        disc_free(disc);
        return st;
    }
    station_set_join(station, disc);
    station_resume(station, disc);
    return DW_OK;
}

void dw_station_cancel(dw_station *station, int64_t number)
{
    struct station_disc *disc = station_find(station, number);
    if (!disc ||
        dw_disc_next(disc->state, DW_DISC_EV_CANCEL, &(enum dw_disc_state){0}, NULL) != DW_OK) {
        /* While the arm loads it the blank still arrives; it is taken out again afterwards. */
        if (disc && (disc->state == DW_DISC_LOADING ||
                     (disc->phase == PHASE_ASKED && disc->asked == DW_DISC_EV_NOT_LOADED))) {
            disc->cancel = true;
            if (station->opts.person) /* who is asked for the blank need not bring it any more */
                dw_person_withdraw(station->opts.person, number);
        } else if (disc &&
                 disc->phase == PHASE_NO_LABEL) /* nobody wants to mend the printer for it */
            station_bad(station, disc, NULL, "cancelled by a person");
        return;
    }
    disc->cancel = true;
    if (disc->phase == PHASE_ASKED || disc->phase == PHASE_DOUBT)
        return;
    if (station_tray_moves(station) && disc->phase == PHASE_WORKING && station->drive[disc->at.number - 1].tray)
        return; /* only its task brings the tray in again: then it goes on */
    if (disc->at.kind == DW_PLACE_DRIVE)
        dw_worker_kill(&station->drive[disc->at.number - 1].worker);
    station_ask(station, disc, DW_DISC_EV_CANCEL, "cancelled by a person", NULL);
}

void dw_station_look(dw_station *station)
{
    if (!station->sensing)
        station->sense_due_us = dw_clock_mono_us(&station->opts.clock);
}

/* An unfinished motion of a disc that the daemon has not sent: known from the journal alone. */
static struct station_disc *lost_disc(dw_station *station, int64_t number)
{
    json_t *head = json_pack("{s:I, s:s}", "disc", (json_int_t)number, "state", "unknown");
    dw_status st = head ? dw_station_order(station, head, NULL) : DW_ERR_INTERNAL;
    json_decref(head);
    return st == DW_OK ? station_find(station, number) : NULL;
}

void dw_station_place(dw_station *station, int64_t number, const char *at)
{
    struct dw_error err = {0};
    struct dw_place place = {0};
    struct station_disc *disc = station_find(station, number), *other;
    int drive = 0;
    if (!disc)
        disc = lost_disc(station, number);
    if (!disc || disc->state != DW_DISC_UNKNOWN || disc->phase != PHASE_DOUBT)
        return;
    dw_status st = dw_disc_answer(disc->before, at, &disc->answer, &drive, &err);
    if (st == DW_OK && drive > station->sensors.drives)
        st =
            dw_error_set(&err, DW_ERR_INVALID, "this robot has %d drives", station->sensors.drives);
    if (st == DW_OK && !dw_place_from_name(at, &place))
        st = dw_error_set(&err, DW_ERR_INVALID, "there is no such place");
    if (st == DW_OK && drive && (other = station_at(station, place)) && other != disc)
        st = dw_error_set(&err, DW_ERR_CONFLICT, "disc %lld lies in drive %d",
                          (long long)other->order.disc, drive);
    if (st != DW_OK) {
        station_refuse_answer(station, disc, err.text);
        return;
    }
    disc->phase = PHASE_MOVING; /* until the arm's thread has noted it */
    if (drive)
        disc->at = place; /* no other disc may be said to lie there meanwhile */
    station_submit(station,
                   &(struct dw_arm_job){.kind = DW_ARM_ANSWER, .disc = number, .to = place});
}

dw_status dw_station_refill(dw_station *station, const char *bin, int discs, const char *media,
                            const char *stock, struct dw_error *err)
{
    struct dw_arm_job job = {.kind = DW_ARM_REFILL, .discs = discs};
    if (!dw_place_from_name(bin, &job.to) || job.to.kind == DW_PLACE_DRIVE ||
        job.to.kind == DW_PLACE_NONE ||
        (job.to.kind == DW_PLACE_BIN && job.to.number > station->sensors.bins))
        return dw_error_set(err, DW_ERR_INVALID, "this robot has no such bin");
    if (!dw_text_copy(job.text, sizeof job.text, media) || strlen(media) >= 8)
        return dw_error_set(err, DW_ERR_INVALID, "there are no discs of that kind");
    if (stock && job.to.kind == DW_PLACE_BIN && station->opts.stock) {
        dw_status st = dw_stock_set(station->opts.stock, job.to.number, stock, err);
        if (st != DW_OK)
            return st;
    }
    station_submit(station, &job);
    return DW_OK;
}

dw_status dw_station_inject(dw_station *station, const char *faults, struct dw_error *err)
{
    struct dw_arm_job job = {.kind = DW_ARM_INJECT};
    if (!(dw_mover_caps(station->opts.mover) & DW_IS_SIMULATED))
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "only a simulated robot fails on command");
    if (!dw_text_copy(job.text, sizeof job.text, faults))
        return dw_error_set(err, DW_ERR_LIMIT, "the list of faults is too long");
    station_submit(station, &job);
    return DW_OK;
}

dw_status dw_station_step_answer(dw_station *station, int64_t n, const char *answer,
                                 struct dw_error *err)
{
    bool done = strcmp(answer, "done") == 0;
    if (!station->opts.person)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "this robot asks nobody for a hand");
    if (!done && strcmp(answer, "failed") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "a step is answered with 'done' or 'failed'");
    return dw_person_answer(station->opts.person, n, done ? DW_PERSON_DONE : DW_PERSON_FAILED, err);
}

/* --- the loop --- */

static int64_t sooner(int64_t a_us, int64_t b_us)
{
    return a_us == 0 || (b_us && b_us < a_us) ? b_us : a_us;
}

int dw_station_poll(const dw_station *station, struct pollfd fds[DW_STATION_FDS_MAX],
                    int *timeout_ms)
{
    int count = 0;
    int64_t due = station->sense_due_us, now = dw_clock_mono_us(&station->opts.clock);
    fds[count++] = (struct pollfd){.fd = dw_arm_fd(station->opts.arm), .events = POLLIN};
    if (station->opts.person)
        fds[count++] = (struct pollfd){.fd = dw_person_fd(station->opts.person), .events = POLLIN};
    if (dw_mover_printer_fd(station->opts.mover) >= 0)
        fds[count++] =
            (struct pollfd){.fd = dw_mover_printer_fd(station->opts.mover), .events = POLLIN};
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        const struct dw_worker *worker = &station->drive[i].worker;
        count += dw_worker_poll(worker, fds + count);
        if (!dw_worker_running(worker))
            continue;
        due = sooner(due, worker->started_us + (int64_t)DW_WORK_TASK_SECONDS_MAX * 1000000);
        if (worker->result_us)
            due = sooner(due, worker->result_us + DW_WORKER_ENDING_MS * 1000LL);
    }
    for (size_t i = 0; i < station->count; i++)
        due = sooner(due, station->discs[i]->ask_again_us);
    due = sooner(due, station_watch_due_us(station));
    due = sooner(due, station_set_due_us(station));
    due = sooner(due, station_bays_due_us(station));
    if (due == 0)
        *timeout_ms = -1;
    else if (due <= now)
        *timeout_ms = 0;
    else
        *timeout_ms = due - now > 3600000000LL ? 3600000 : (int)((due - now) / 1000 + 1);
    return count;
}

/* Often only towards the expected end: most of a label's time nothing is to be seen. */
static int64_t look_at_printer_us(const dw_station *station)
{
    int64_t left_us = station->print_began_us + station->print_us - dw_clock_mono_us(&station->opts.clock);
    return left_us > 2000000 ? 2000000 : left_us > 200000 ? left_us : 200000;
}

/* Printing, and whatever a person is asked to mend, is looked at again from time to time. */
static void plan_sensing(dw_station *station)
{
    int64_t now = dw_clock_mono_us(&station->opts.clock), every_us = 0;
    if (station->sense_due_us && station->sense_due_us <= now && !station->sensing) {
        station->sensing = true;
        station->sense_due_us = 0;
        station_submit(station, &(struct dw_arm_job){.kind = DW_ARM_SENSE});
    }
    for (size_t i = 0; i < station->faults.count; i++) {
        if (dw_fault_holds(station->faults.fault[i].row))
            every_us = 2000000;
    }
    for (size_t i = 0; i < station->count; i++) {
        if (station->discs[i]->phase == PHASE_PRINTING)
            every_us = look_at_printer_us(station);
    }
    if (every_us == 0)
        station->sense_due_us = 0;
    else if (!station->sensing)
        station->sense_due_us = sooner(station->sense_due_us, now + every_us);
}

static void ask_again(dw_station *station)
{
    int64_t now = dw_clock_mono_us(&station->opts.clock);
    for (size_t i = 0; i < station->count; i++) {
        struct station_disc *disc = station->discs[i];
        if (!disc->ask_again_us || disc->ask_again_us > now)
            continue;
        disc->ask_again_us = 0;
        station_ask(station, disc, disc->asked, disc->why, disc->why_fault);
    }
}

void dw_station_step(dw_station *station)
{
    station_arm_step(station);
    dw_mover_look_at_printer(station->opts.mover, &station->sensors);
    for (int i = 0; station->opts.stock && i < station->sensors.bins; i++)
        dw_text_cut(station->sensors.bin[i].stock, sizeof station->sensors.bin[i].stock,
                    dw_stock_of(station->opts.stock, i + 1));
    station_bays_step(station);
    station_drives_step(station);
    ask_again(station);
    station_watch(station);
    station_schedule(station);
    plan_sensing(station);
    station_tell(station);
}
