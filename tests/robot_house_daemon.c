/* The daemon of the house, and the person in front of the robot. */
#include "robot_house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "robot/sim_machine.h"
#include "robot_house_inside.h"

/* --- the daemon's side --- */

struct house_row *house_row(struct house *h, int64_t disc)
{
    return disc >= 1 && disc <= h->rows ? &h->row[disc - 1] : NULL;
}

static void on_request(void *ctx, const struct dw_disc_request *request)
{
    struct house *h = ctx;
    if (house_is_gone(h))
        return;
    if (h->requests_left == 0) {
        if (h->row_is_stored && h->requests < HOUSE_REQUESTS_MAX)
            h->request[h->requests++] =
                (struct house_request){request->disc, request->event, request->drive};
        house_die(h);
        return;
    }
    if (h->requests_left > 0)
        h->requests_left--;
    if (h->requests < HOUSE_REQUESTS_MAX)
        h->request[h->requests++] =
            (struct house_request){request->disc, request->event, request->drive};
}

static void on_progress(void *ctx, int64_t disc, const struct dw_progress *progress)
{
}

static void on_fault(void *ctx, const struct dw_fault_report *report)
{
    struct house *h = ctx;
    struct house_fault *fault = NULL;
    for (int i = 0; i < h->faults; i++) {
        if (strcmp(h->fault[i].key, report->key) == 0)
            fault = &h->fault[i];
    }
    if (!fault && h->faults < HOUSE_FAULTS_MAX)
        fault = &h->fault[h->faults++];
    if (!fault)
        return;
    h->raised++;
    *fault = (struct house_fault){.disc = report->disc, .action = report->row->action};
    dw_text_cut(fault->key, sizeof fault->key, report->key);
    dw_text_cut(fault->sentence, sizeof fault->sentence, report->sentence);
}

static void on_cleared(void *ctx, const char *key)
{
    struct house *h = ctx;
    for (int i = 0; i < h->faults; i++) {
        if (strcmp(h->fault[i].key, key) == 0) {
            memmove(&h->fault[i], &h->fault[i + 1],
                    (size_t)(h->faults - i - 1) * sizeof h->fault[0]);
            h->faults--;
            return;
        }
    }
}

static void on_status(void *ctx, json_t *status)
{
    struct house *h = ctx;
    json_decref(h->status);
    h->status = status;
}

struct dw_publisher_listener house_listener(struct house *h)
{
    return (struct dw_publisher_listener){on_request, on_progress, on_fault,
                                          on_cleared, on_status,   h, NULL};
}

struct house_fault *house_fault(struct house *h, const char *id)
{
    for (int i = 0; i < h->faults; i++) {
        if (strncmp(h->fault[i].key, id, strlen(id)) == 0)
            return &h->fault[i];
    }
    return NULL;
}

static void send_row(struct house *h, struct house_row *row)
{
    char tree[32], chunks[32], label[96], expect[32];
    struct dw_error err = {0};
    snprintf(tree, sizeof tree, "tree-%lld", (long long)row->volume);
    snprintf(chunks, sizeof chunks, "chunks-%lld", (long long)row->volume);
    snprintf(label, sizeof label, "%s/label-%lld", h->folder, (long long)row->volume);
    snprintf(expect, sizeof expect, "expect-%lld", (long long)row->volume);
    json_t *head = json_pack(
        "{s:s, s:I, s:I, s:i, s:i, s:I, s:I, s:s, s:s, s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:i}",
        "type", "disc", "disc", (json_int_t)row->disc, "job", (json_int_t)row->job, "volume_n",
        row->n, "volume_of", row->of, "copy", (json_int_t)row->copy, "attempt",
        (json_int_t)row->attempt, "state", dw_disc_state_name(row->state), "before",
        row->state == DW_DISC_UNKNOWN && row->before != DW_DISC_UNKNOWN
            ? dw_disc_state_name(row->before)
            : "",
        "drive", row->drive, "media", row->media, "blocks", (json_int_t)row->blocks, "tree", tree,
        "chunks", chunks, "label", label, "expect", expect, "capacity_bytes", 0);
    json_object_set_new(head, "priority", json_integer(row->priority));
    json_object_set_new(head, "band", json_integer(row->band));
    house_must(dw_station_order(h->station, head, &err), &err);
    json_decref(head);
    row->told = true;
}

void house_tell(struct house *h)
{
    int open = 0;
    for (int i = 0; i < h->rows; i++)
        open += h->row[i].told && !dw_disc_is_final(h->row[i].state);
    for (int i = 0; i < h->rows && (!h->window || open < h->window); i++) {
        if (h->row[i].told || dw_disc_is_final(h->row[i].state))
            continue;
        send_row(h, &h->row[i]);
        open++;
    }
}

/* The station wants to see that there is one; what is on it is in its name. */
static void draw_label(const struct house *h, int64_t volume)
{
    char path[96];
    snprintf(path, sizeof path, "%s/label-%lld", h->folder, (long long)volume);
    if (access(path, F_OK) == 0)
        return;
    FILE *file = fopen(path, "w");
    if (!file || fputs("label", file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

struct house_row *house_order(struct house *h, const struct house_row *row)
{
    if (h->rows == HOUSE_ROWS_MAX) {
        fprintf(stderr, "robot house: too many rows\n");
        exit(1);
    }
    struct house_row *own = &h->row[h->rows++];
    *own = *row;
    own->disc = h->rows;
    own->state = DW_DISC_RESERVED;
    own->before = DW_DISC_UNKNOWN;
    own->n = own->n ? own->n : 1;
    own->of = own->of ? own->of : 1;
    own->copy = own->copy ? own->copy : 1;
    own->attempt = own->attempt ? own->attempt : 1;
    own->volume = own->volume ? own->volume : own->disc;
    draw_label(h, own->volume);
    own->media = own->media ? own->media : "cd";
    own->blocks = own->blocks ? own->blocks : 100000;
    if (h->station && !house_is_gone(h))
        house_tell(h);
    return own;
}

/* A rejected disc is made again, as the daemon would. */
static void finish(struct house *h, struct house_row *row)
{
    row->end_us = house_now_us(h);
    if (row->state == DW_DISC_DELIVERED) {
        h->delivered[h->deliveries++] = row->disc;
    } else if (row->state == DW_DISC_REJECTED || h->retry_gone) {
        struct house_row again = *row;
        again.attempt++;
        again.drive = 0;
        again.told = false;
        again.end_us = again.begin_us = 0;
        house_order(h, &again);
    }
}

void house_store(struct house *h)
{
    for (int i = 0; i < h->requests; i++) {
        struct house_request request = h->request[i];
        struct house_row *row = house_row(h, request.disc);
        enum dw_disc_state to;
        if (!row)
            continue;
        dw_status st = dw_disc_next(row->state, request.event, &to, NULL);
        if (st == DW_OK) {
            row->before = to == DW_DISC_UNKNOWN ? row->state : DW_DISC_UNKNOWN;
            row->state = to;
            if (request.drive)
                row->drive = request.drive;
        }
        if (!house_is_gone(h))
            dw_station_stored(h->station, request.disc, request.event, st,
                              dw_disc_state_name(row->state));
        if (st == DW_OK && dw_disc_is_final(to))
            finish(h, row);
    }
    h->requests = 0;
    if (!house_is_gone(h))
        house_tell(h);
}

int house_open_rows(const struct house *h)
{
    int open = 0;
    for (int i = 0; i < h->rows; i++)
        open += !dw_disc_is_final(h->row[i].state);
    return open;
}

/* --- the person in front of it --- */

static const char *where_is(const struct house *h, int64_t disc, unsigned dice, char out[24])
{
    const struct dw_sim_world *world = &h->sim->world;
    for (int i = 0; i < world->drives; i++) {
        if (world->drive[i].serial && world->drive[i].row == disc) {
            snprintf(out, 24, "drive %d", i + 1);
            return out;
        }
    }
    for (int i = 0; i < world->output.count; i++) {
        if (world->output.disc[i].row == disc)
            return "output";
    }
    for (int i = 0; i < world->reject.count; i++) {
        if (world->reject.disc[i].row == disc)
            return "reject";
    }
    bool loose = (world->arm.serial && world->arm.row == disc) ||
                 (world->floor.serial && world->floor.row == disc) ||
                 (world->in_printer.serial && world->in_printer.row == disc);
    if (loose && dice % 3 == 0) {
        for (int i = 0; i < world->drives; i++) {
            if (!world->drive[i].serial) {
                snprintf(out, 24, "drive %d", i + 1);
                return out;
            }
        }
    }
    return loose && dice % 3 == 1 ? "reject" : "gone";
}

bool house_answer(struct house *h, unsigned dice)
{
    char text[24];
    for (int i = 0; i < h->faults; i++) {
        struct house_fault fault = h->fault[i];
        const struct house_row *row = house_row(h, fault.disc);
        if (fault.action != DW_FAULT_ASK)
            continue;
        if (!row || row->state != DW_DISC_UNKNOWN || strncmp(fault.key, "out_of_step", 11) == 0) {
            dw_station_acknowledge(h->station, fault.key);
            return true;
        }
        const char *at = where_is(h, fault.disc, dice, text);
        if (strstr(fault.sentence, "cannot count") || strstr(fault.sentence, "lies"))
            at = "gone";
        dw_station_place(h->station, fault.disc, at);
        return true;
    }
    return false;
}

static bool told_once(struct house *h, const char *what, long long a, long long b)
{
    if (h->violations_told++ < 5)
        fprintf(stderr, "robot house: %s (%lld, %lld)\n", what, a, b);
    return false;
}

bool house_is_clean(struct house *h)
{
    const struct dw_sim_pile *out = &h->sim->world.output;
    bool clean = true;
    if (h->moved_in_doubt + h->moved_unasked)
        clean = told_once(h, "moved in doubt, unasked", h->moved_in_doubt, h->moved_unasked);
    if (h->burned_twice + h->labelled_wrong)
        clean = told_once(h, "burned twice, labelled wrong", h->burned_twice, h->labelled_wrong);
    for (int i = 0; i < out->count; i++) {
        const struct house_plastic *a = &h->plastic[out->disc[i].serial % HOUSE_PLASTIC_MAX];
        const struct house_row *row = a->row > 0 ? house_row(h, a->row) : NULL;
        if (!a->whole || a->label != a->volume || !row || row->state != DW_DISC_DELIVERED)
            clean =
                told_once(h, "in the output bin, but not a good disc", out->disc[i].serial, a->row);
        for (int k = 0; k < i; k++) {
            const struct house_plastic *b = &h->plastic[out->disc[k].serial % HOUSE_PLASTIC_MAX];
            const struct house_row *other = b->row > 0 ? house_row(h, b->row) : NULL;
            if (row && other && a->volume == b->volume && row->copy == other->copy)
                clean = told_once(h, "delivered twice", a->row, b->row);
        }
    }
    return clean;
}
