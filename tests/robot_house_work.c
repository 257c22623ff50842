/* Work tasks of the house: they take the time that the machine takes, and leave what they burn on
 * the plastic. */
#include "robot_house.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "robot_house_inside.h"

#define BLOCK_BYTES 2048

const struct house_times house_usual_times = {
    .arm_ms = 8000,
    .tray_ms = 3000,
    .print_ms = 30000,
    .begin_ms = 12000,
    .close_ms = {[DW_MEDIA_CD] = 20000, [DW_MEDIA_DVD] = 25000, [DW_MEDIA_BD] = 30000},
    .burn_kbps = {[DW_MEDIA_CD] = 5000, [DW_MEDIA_DVD] = 14000, [DW_MEDIA_BD] = 22000},
    .read_kbps = {[DW_MEDIA_CD] = 5400, [DW_MEDIA_DVD] = 14000, [DW_MEDIA_BD] = 27000},
    .check_kbps = 40000,
};

int64_t house_task_ms(const struct house_times *times, const char *media, const char *task,
                      uint32_t blocks)
{
    int kind = dw_media_from_name(media);
    int64_t bytes = (int64_t)blocks * BLOCK_BYTES;
    if (strcmp(task, "burn") == 0)
        return times->begin_ms + times->close_ms[kind] + bytes / times->burn_kbps[kind];
    if (strcmp(task, "verify") == 0)
        return times->begin_ms + bytes / times->read_kbps[kind];
    return bytes / times->check_kbps;
}

dw_status house_spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                      struct dw_error *err)
{
    struct house *h = ctx;
    for (size_t i = 0; i < DW_ARRAY_LEN(h->worker); i++) {
        struct house_worker *worker = &h->worker[i];
        if (worker->channel)
            continue;
        *worker = (struct house_worker){.serial = 0};
        snprintf(worker->task, sizeof worker->task, "%s", argv[1]);
        *out_pid = 0;
        return dw_channel_new(fcntl(child_fd, F_DUPFD_CLOEXEC, 3), &worker->channel, err);
    }
    return dw_error_set(err, DW_ERR_LIMIT, "too many work tasks");
}

void house_worker_ends(struct house_worker *worker)
{
    dw_channel_free(worker->channel);
    *worker = (struct house_worker){.channel = NULL};
}

/* "stdio:memory/discs/disc-12.iso", "chunks-3": the number behind the last dash */
static int64_t number_in(const char *text)
{
    const char *dash = strrchr(text, '-');
    int64_t number = 0;
    char digits[32];
    if (!dash)
        return 0;
    snprintf(digits, sizeof digits, "%.*s", (int)strspn(dash + 1, "0123456789"), dash + 1);
    return dw_text_int(digits, 1, INT64_MAX, &number) ? number : 0;
}

static const struct house_row *row_of_volume(const struct house *h, int64_t volume)
{
    for (int i = 0; i < h->rows; i++) {
        if (h->row[i].volume == volume)
            return &h->row[i];
    }
    return NULL;
}

static void begin_burn(struct house *h, const struct house_worker *worker)
{
    struct house_plastic *plastic = &h->plastic[worker->serial % HOUSE_PLASTIC_MAX];
    h->burned_twice += plastic->volume != 0;
    plastic->volume = worker->volume;
    plastic->whole = false;
    for (int i = 0; i < h->rows; i++) {
        struct house_row *row = &h->row[i];
        if (row->volume == worker->volume && row->state == DW_DISC_BURNING && !row->begin_us) {
            row->begin_us = house_now_us(h);
            plastic->row = row->disc;
        }
    }
}

static void read_task(struct house *h, struct house_worker *worker)
{
    struct dw_message msg;
    struct dw_error err = {0};
    dw_status st = dw_channel_receive(worker->channel, 0, &msg, &err);
    if (st == DW_ERR_GONE)
        house_worker_ends(worker);
    if (st != DW_OK)
        return;
    bool check = strcmp(worker->task, "check") == 0, burn = strcmp(worker->task, "burn") == 0;
    worker->serial = number_in(dw_json_text(msg.head, check ? "source" : "drive"));
    worker->volume = number_in(dw_json_text(msg.head, check ? "expect" : burn ? "tree" : "chunks"));
    const struct house_row *row = row_of_volume(h, worker->volume);
    if (row) {
        worker->blocks = row->blocks;
        worker->begins_us = house_now_us(h);
        worker->ends_us = house_now_us(h) +
                          1000 * house_task_ms(&h->times, row->media, worker->task, row->blocks) +
                          1;
        if (burn)
            begin_burn(h, worker);
    }
    dw_message_done(&msg);
}

static void say(struct house_worker *worker, json_t *head)
{
    struct dw_error err = {0};
    dw_status st = dw_channel_post(worker->channel, head, NULL, 0, NULL, 0, &err);
    if (st != DW_OK && st != DW_ERR_GONE)
        house_must(st, &err);
}

static void tell_result(struct house *h, struct house_worker *worker)
{
    struct house_plastic *plastic = &h->plastic[worker->serial % HOUSE_PLASTIC_MAX];
    struct dw_error err = {0};
    dw_status st = DW_OK;
    bool same = plastic->volume == worker->volume && plastic->whole;
    if (strcmp(worker->task, "burn") == 0)
        plastic->whole = true;
    else if (strcmp(worker->task, "verify") == 0 && !same)
        st = dw_error_set(&err, DW_ERR_CORRUPT, "block 1 differs");
    json_t *result = dw_json_from_error("result", st, &err);
    if (strcmp(worker->task, "check") == 0) {
        json_object_set_new(result, "conforms", json_boolean(same));
        json_object_set_new(result, "findings",
                            same ? json_array() : json_pack("[{s:s}]", "code", "identity"));
    }
    say(worker, result);
    house_worker_ends(worker);
}

/* true: somebody said something */
bool house_play_worker(struct house *h, struct house_worker *worker)
{
    if (!worker->channel)
        return false;
    if (!worker->ends_us) {
        read_task(h, worker);
        return worker->ends_us != 0;
    }
    int64_t quarter = (worker->ends_us - worker->begins_us) / 4;
    struct dw_message msg;
    if (dw_channel_receive(worker->channel, 0, &msg, NULL) == DW_ERR_GONE) { /* killed */
        house_worker_ends(worker);
        return false;
    }
    if (house_now_us(h) >= worker->ends_us) {
        tell_result(h, worker);
        return true;
    }
    if (house_now_us(h) < worker->begins_us + quarter * (worker->quarters + 1))
        return false;
    worker->quarters++;
    say(worker, json_pack("{s:s, s:s, s:I, s:I}", "type", "progress", "stage",
                          strcmp(worker->task, "burn") == 0 ? "burning" : "verifying", "done",
                          (json_int_t)worker->blocks / 4 * worker->quarters * BLOCK_BYTES, "total",
                          (json_int_t)worker->blocks * BLOCK_BYTES));
    return true;
}

int64_t house_worker_due(const struct house_worker *worker)
{
    int64_t quarter = (worker->ends_us - worker->begins_us) / 4;
    return worker->quarters < 3 ? worker->begins_us + quarter * (worker->quarters + 1)
                                : worker->ends_us;
}
