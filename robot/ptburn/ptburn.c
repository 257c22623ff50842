#include "ptburn_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int64_t ptburn_now(const dw_ptburn *ptburn)
{
    return dw_clock_mono_us(&ptburn->opts.clock);
}

struct ptburn_disc *ptburn_find(dw_ptburn *ptburn, int64_t disc)
{
    for (size_t i = 0; disc && i < ptburn->count; i++) {
        if (ptburn->discs[i]->order.disc == disc)
            return ptburn->discs[i];
    }
    return NULL;
}

static void disc_free(struct ptburn_disc *disc)
{
    dw_disc_order_done(&disc->order);
    free(disc);
}

void ptburn_forget(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    int64_t number = disc->order.disc;
    if (ptburn->worker_disc == number) {
        dw_worker_kill(&ptburn->worker);
        ptburn->worker_disc = 0;
    }
    for (size_t i = 0; i < ptburn->count; i++) {
        if (ptburn->discs[i] != disc)
            continue;
        memmove(&ptburn->discs[i], &ptburn->discs[i + 1], (ptburn->count - i - 1) * sizeof ptburn->discs[0]);
        ptburn->count--;
        break;
    }
    ptburn_clear_disc(ptburn, number);
    /* Patient data leaves the share with the disc, or, under a job that still needs it, with that job. */
    bool live = ptburn->view && dw_ptburn_file_is_live(dw_ptburn_view_file(ptburn->view, disc->stem));
    if (!live && dw_ptburn_record_find(ptburn->records, number))
        ptburn_op(ptburn, DW_PTBURN_OP_CLEAN, number, disc->stem, NULL);
    disc_free(disc);
}

unsigned dw_ptburn_caps(const struct dw_robot_options *options)
{
    struct dw_robot_bins bins;
    bool one = dw_robot_bins_read(options->bins, &bins, NULL) == DW_OK && bins.count == 1;
    return one && !ptburn_wants_kiosk(options) ? DW_PTBURN_CAPS | DW_HAS_TWO_EXITS : DW_PTBURN_CAPS;
}

dw_status dw_ptburn_sensors(const struct dw_robot_options *options, struct dw_sensors *out, struct dw_error *err)
{
    struct dw_robot_bins bins;
    dw_status st = dw_robot_bins_read(options->bins, &bins, err);
    if (st == DW_OK && bins.count > 2)
        st = dw_error_set(err, DW_ERR_INVALID, "bins: a ptburn robot has one input bin (the right one) or two (right, left)");
    if (st == DW_OK && options->share[0] != '/')
        st = dw_error_set(err, DW_ERR_INVALID, "share: name the folder where the server's job folder is mounted");
    if (st == DW_OK)
        st = dw_ptburn_server_path_check(options->share_unc, err);
    if (st != DW_OK)
        return st;
    *out = (struct dw_sensors){.drives = (int)options->drives, .bins = bins.count, .ink_percent = -1};
    out->output = out->reject = (struct dw_bin_sensed){.discs = -1};
    out->output.capacity = (int)options->output_capacity;
    out->reject.capacity = (int)options->reject_capacity;
    for (int i = 0; i < bins.count; i++) {
        out->bin[i] = (struct dw_bin_sensed){.discs = -1, .capacity = (int)options->bin_capacity};
        dw_text_cut(out->bin[i].media, sizeof out->bin[i].media, bins.blank[i]->name);
        dw_text_cut(out->bin[i].stock, sizeof out->bin[i].stock, bins.stock[i]);
    }
    return DW_OK;
}

static dw_status open_parts(dw_ptburn *ptburn, struct dw_error *err)
{
    struct dw_sensors sensors;
    dw_status st = dw_ptburn_sensors(&ptburn->options, &sensors, err);
    if (st == DW_OK)
        st = dw_robot_bins_read(ptburn->options.bins, &ptburn->bins, err);
    if (st == DW_OK)
        st = dw_ptburn_records_open(ptburn->opts.state_dir, &ptburn->records, err);
    if (st != DW_OK)
        return st;
    const char *prefix = dw_ptburn_records_prefix(ptburn->records);
    const struct dw_ptburn_share_opts share = {
        .path = ptburn->options.share, .prefix = prefix, .at_once = ptburn->opts.at_once};
    if (!dw_text_format(ptburn->client, sizeof ptburn->client, "discwright-%.*s", (int)strlen(prefix) - 3, prefix + 2))
        return dw_error_set(err, DW_ERR_INTERNAL, "the name of a client is too long");
    ptburn->paths = (struct dw_ptburn_paths){ptburn->options.share, ptburn->options.share_unc};
    return dw_ptburn_share_open(&share, &ptburn->share, err);
}

dw_status dw_ptburn_new(const struct dw_ptburn_opts *opts, dw_ptburn **out, struct dw_error *err)
{
    dw_ptburn *ptburn = calloc(1, sizeof *ptburn);
    if (!ptburn)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    ptburn->opts = *opts;
    ptburn->faults.listener = &ptburn->opts.listener;
    ptburn->options = *opts->options;
    ptburn->robot = -1;
    ptburn->looked_us = ptburn->robot_us = dw_clock_mono_us(&opts->clock);
    dw_status st = open_parts(ptburn, err);
    if (st == DW_OK)
        *out = ptburn;
    else
        dw_ptburn_free(ptburn);
    return st;
}

void dw_ptburn_free(dw_ptburn *ptburn)
{
    if (!ptburn)
        return;
    dw_worker_kill(&ptburn->worker);
    dw_ptburn_share_close(ptburn->share);
    dw_ptburn_records_close(ptburn->records);
    dw_ptburn_view_free(ptburn->view);
    for (size_t i = 0; i < ptburn->count; i++)
        disc_free(ptburn->discs[i]);
    free(ptburn->discs);
    free(ptburn->last_status);
    free(ptburn);
}

static dw_status add(dw_ptburn *ptburn, struct ptburn_disc *disc, struct dw_error *err)
{
    if (ptburn->count >= DW_ROBOT_ORDERS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a robot keeps at most %d discs in mind", DW_ROBOT_ORDERS_MAX);
    if (ptburn->count == ptburn->room) {
        size_t room = ptburn->room ? 2 * ptburn->room : 16;
        struct ptburn_disc **grown = realloc(ptburn->discs, room * sizeof *grown);
        if (!grown)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        ptburn->discs = grown;
        ptburn->room = room;
    }
    ptburn->discs[ptburn->count++] = disc;
    return DW_OK;
}

static dw_status new_disc(dw_ptburn *ptburn, struct dw_disc_order *order, struct dw_error *err)
{
    struct ptburn_disc *disc = calloc(1, sizeof *disc);
    if (!disc)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    disc->order = *order;
    disc->state = order->state;
    disc->before = order->before;
    disc->drive = order->drive;
    disc->answer = -1;
    disc->told_percent = -1;
    dw_status st = dw_text_format(disc->stem, sizeof disc->stem, "%s%lld", dw_ptburn_records_prefix(ptburn->records),
                                  (long long)order->disc)
                       ? add(ptburn, disc, err)
                       : dw_error_set(err, DW_ERR_LIMIT, "disc %lld: its number is too long for the name of a job",
                                      (long long)order->disc);
    if (st != DW_OK) {
        free(disc);
        return st;
    }
    ptburn_sum_up(disc);
    ptburn_resume(ptburn, disc);
    return DW_OK;
}

dw_status dw_ptburn_order(dw_ptburn *ptburn, json_t *head, struct dw_error *err)
{
    struct dw_disc_order order;
    dw_status st = dw_disc_order_read(head, &order, err);
    if (st != DW_OK)
        return st;
    if (!ptburn_find(ptburn, order.disc) && !dw_disc_is_final(order.state))
        st = new_disc(ptburn, &order, err);
    else
        st = DW_ERR_CONFLICT; /* known, or over: left alone */
    if (st != DW_OK)
        dw_disc_order_done(&order);
    return st == DW_ERR_CONFLICT ? DW_OK : st;
}

void dw_ptburn_rejected(dw_ptburn *ptburn, int in_a_row)
{
    ptburn->rejected_in_a_row = in_a_row;
}

dw_status dw_ptburn_refill(dw_ptburn *ptburn, const char *bin, const char *media, const char *stock,
                           struct dw_error *err)
{
    struct dw_place place;
    if (!dw_place_from_name(bin, &place))
        return dw_error_set(err, DW_ERR_INVALID, "this robot has no such bin");
    if (place.kind == DW_PLACE_BIN && place.number > ptburn->bins.count)
        return dw_error_set(err, DW_ERR_INVALID, "this robot has %d input bins", ptburn->bins.count);
    if (place.kind == DW_PLACE_BIN && *media && strcmp(media, ptburn->bins.blank[place.number - 1]->name) != 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "what a bin of this robot holds is said in its settings");
    if (place.kind == DW_PLACE_BIN && stock && ptburn->opts.stock) {
        dw_status st = dw_stock_set(ptburn->opts.stock, place.number, stock, err);
        if (st != DW_OK)
            return st;
    }
    if (place.kind == DW_PLACE_BIN) {
        ptburn->count_due = true;
        ptburn_count_bins(ptburn);
    }
    return DW_OK;
}

int dw_ptburn_poll(const dw_ptburn *ptburn, struct pollfd fds[DW_PTBURN_FDS_MAX], int *timeout_ms)
{
    int count = 0;
    int64_t left = ptburn->look_due_us - ptburn_now(ptburn);
    fds[count++] = (struct pollfd){.fd = dw_ptburn_share_fd(ptburn->share), .events = POLLIN};
    count += dw_worker_poll(&ptburn->worker, fds + count);
    if (ptburn->looking || left > 1000000) /* what only time changes is looked at every second */
        left = 1000000;
    *timeout_ms = left <= 0 ? 0 : (int)(left / 1000 + 1);
    return count;
}

void dw_ptburn_step(dw_ptburn *ptburn)
{
    ptburn_server_step(ptburn);
    ptburn_worker_step(ptburn);
    ptburn_ask_again(ptburn);
    ptburn_prepare_step(ptburn);
    ptburn_watch(ptburn);
    ptburn_tell(ptburn);
}
